//! A tour under way: what it asks of the window, and how the window was before it.

use std::sync::Arc;

use crate::app::desk::Desk;
use crate::app::link::Link;
use crate::app::link::selection::{Hidden, Selection};
use crate::app::orders::pane_kind::{LayoutPreset, PaneKind};
use crate::experiment::Experiment;
use crate::tour::{Action, Guide, Mark, StoreObservation, TOURS, Tour};
use crate::training::Command;

/// What a tour may touch.
pub(in crate::app) struct Room<'a> {
    /// The run.
    pub(in crate::app) link: &'a mut Link,
    /// Panes.
    pub(in crate::app) desk: &'a mut Desk,
    /// Controls out of sight.
    pub(in crate::app) hidden: &'a mut Hidden,
    /// The layer that is shown.
    pub(in crate::app) selection: &'a mut Selection,
}

/// A move of the person who takes the tour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) enum Move {
    /// To the stage before.
    Back,
    /// To the next stage, if this one is done.
    Next,
    /// To the next stage in any case.
    Skip,
    /// An answer, by its place.
    Answer(usize),
    /// The stage begins anew, from the step at which it was entered.
    Again,
    /// The setting that is waited for is made.
    SetForMe,
}

/// What a tour changes in the window and gives back when it ends.
pub(in crate::app) struct Before {
    desk: Desk,
    hidden: Hidden,
    selection: Selection,
    speed_limit: Option<f64>,
    experiment: Arc<Experiment>,
    run_id: u64,
}

/// A tour under way.
pub(in crate::app) struct Touring {
    guide: Guide,
    before: Before,
    /// What the stage points at, by field path or pane name.
    marks: Vec<&'static str>,
    /// A layer that the run under preparation has and the present one may lack.
    layer: Option<usize>,
    /// Run and step at which the stage was entered, once that is known.
    entered: Option<(u64, u64)>,
}

impl Touring {
    /// Enters the first stage. A tour that follows another has what was before that one.
    pub(in crate::app) fn start(tour: Tour, room: &mut Room<'_>, earlier: Option<Before>) -> Self {
        let before = earlier.unwrap_or_else(|| Before {
            desk: room.desk.clone(),
            hidden: room.hidden.clone(),
            selection: room.selection.clone(),
            speed_limit: room.link.speed_limit(),
            experiment: Arc::clone(&room.link.status().experiment),
            run_id: room.link.status().run_id,
        });
        room.hidden.clone_from(&before.hidden);
        // Whoever begins a tour finds the own run again after it, and none of the tour's.
        room.link.send(Command::Passing(true));
        let mut touring = Self { guide: Guide::new(tour), before, marks: Vec::new(), layer: None, entered: None };
        let actions = touring.guide.enter();
        touring.apply(actions, room);
        touring
    }

    /// The way through the tour.
    pub(in crate::app) fn guide(&self) -> &Guide {
        &self.guide
    }

    /// Place among the built-in tours; `None` for one from a file.
    pub(in crate::app) fn place(&self) -> Option<usize> {
        TOURS.iter().position(|built_in| built_in.name == self.guide.tour().file)
    }

    /// What the stage points at.
    pub(in crate::app) fn marks(&self) -> &[&'static str] {
        &self.marks
    }

    /// The panes as they were before the tour.
    pub(in crate::app) fn desk_before(&mut self) -> &mut Desk {
        &mut self.before.desk
    }

    /// Makes a move and carries out what follows from it.
    pub(in crate::app) fn make(&mut self, step: Move, room: &mut Room<'_>) {
        let stage = self.guide.place();
        if step == Move::Again {
            self.go_back_to_entry(room);
        }
        let actions = match step {
            Move::Again => self.guide.again(&room.link.status().experiment),
            Move::SetForMe => {
                let wanted = self.guide.awaited().and_then(|wait| wait.by_hand());
                wanted.map(|(field, value)| Action::Set { field, value }).into_iter().collect()
            }
            Move::Back => self.guide.back(),
            Move::Next => self.guide.next(),
            Move::Skip => self.guide.skip(),
            Move::Answer(choice) => self.guide.answer(choice),
        };
        if self.guide.place() != stage {
            self.marks.clear();
            let is_known = !self.guide.loads_experiment() && room.link.is_settled();
            self.entered = is_known.then(|| (room.link.status().run_id, room.link.status().step));
        }
        self.apply(actions, room);
    }

    /// Brings the run back to where the stage found it, unless the stage makes one of its own.
    fn go_back_to_entry(&mut self, room: &mut Room<'_>) {
        self.marks.clear();
        let present = (room.link.status().run_id, room.link.status().step);
        if let Some((run_id, step)) = self.entered.take().filter(|_| !self.guide.loads_experiment())
            && run_id == present.0
            && step <= present.1
        {
            room.link.send(Command::ForkFrom(step));
        }
    }

    /// A pane that the stage needs and that is not there: one to look at, or that of the setting to be made.
    pub(in crate::app) fn missing(&self, desk: &Desk) -> Option<PaneKind> {
        let is_by_hand = self.guide.awaited().is_some_and(|wait| wait.by_hand().is_some());
        let named = self.guide.panes().into_iter().filter_map(PaneKind::from_id);
        named.chain(is_by_hand.then_some(PaneKind::Controls)).find(|kind| !desk.has(*kind))
    }

    /// Looks at the run, once it is the one that the tour speaks of.
    pub(in crate::app) fn observe(&mut self, room: &mut Room<'_>) {
        if !room.link.is_settled() {
            return;
        }
        if let Some(layer) = self.layer.take() {
            room.selection.pick_layer(layer);
        }
        if self.entered.is_none() {
            self.entered = Some((room.link.status().run_id, room.link.status().step));
        }
        let actions = {
            let status = room.link.status();
            let metrics = room.link.metrics();
            let metrics = metrics.lock();
            let seen = StoreObservation { metrics: &metrics, experiment: &status.experiment, step: status.step };
            self.guide.observe(&seen)
        };
        self.apply(actions, room);
    }

    /// What was before the tour, for one that follows.
    pub(in crate::app) fn into_before(self) -> Before {
        self.before
    }

    /// Gives back what the tour changed: panes, controls, layer, speed, and the experiment, whose run begins anew and
    /// waits.
    pub(in crate::app) fn end(self, room: &mut Room<'_>) {
        *room.desk = self.before.desk;
        *room.hidden = self.before.hidden;
        *room.selection = self.before.selection;
        room.link.send(Command::LimitRate(self.before.speed_limit));
        room.link.send(Command::Passing(false));
        let own = room.link.status().shelf.iter().find(|one| one.run_id == self.before.run_id).map(|one| one.run_id);
        if let Some(run_id) = own {
            room.link.send(Command::Pause);
            room.link.send(Command::Restore(run_id));
        } else if room.link.status().run_id != self.before.run_id
            || *room.link.status().experiment != *self.before.experiment
        {
            room.link.load_paused(Experiment::clone(&self.before.experiment));
        }
    }

    fn apply(&mut self, actions: Vec<Action>, room: &mut Room<'_>) {
        // The trainer's state is that of the last frame; within these actions, the last order counts.
        let mut runs = room.link.is_running();
        for action in actions {
            match action {
                Action::LoadExperiment { experiment, .. } => {
                    runs = false;
                    room.link.show_recorded(None);
                    room.link.load_paused(*experiment);
                }
                Action::Set { field, value } => room.link.set_at_once(field, value),
                Action::Run | Action::Pause => {
                    runs = action == Action::Run;
                    room.link.send(if runs { Command::Run } else { Command::Pause });
                }
                Action::Reset => {
                    room.link.restart(Command::Reset);
                    room.link.send(if runs { Command::Run } else { Command::Pause });
                }
                Action::Rate(limit) => room.link.send(Command::LimitRate(limit)),
                Action::Layout(name) => {
                    if let Some(preset) = LayoutPreset::from_id(name) {
                        *room.desk = Desk::new(preset);
                    }
                }
                Action::Pane(name) => {
                    if let Some(kind) = PaneKind::from_id(name) {
                        room.desk.show(kind);
                    }
                }
                Action::Highlight(Mark::Field(name) | Mark::Pane(name)) => self.marks.push(name),
                Action::Hide(field) => room.hidden.hide(field),
                Action::SelectLayer(layer) => {
                    room.selection.pick_layer(layer);
                    self.layer = Some(layer);
                }
            }
        }
    }
}
