//! A tour under way: what it asks of the window, and how the window was before it.

use super::desk::Desk;
use super::link::Link;
use super::pane_kind::{LayoutPreset, PaneKind};
use super::selection::{Hidden, Selection};
use crate::tour::{Action, Guide, Mark, StoreObservation, TOURS, Tour};
use crate::training::Command;

/// What a tour may touch.
pub(super) struct Room<'a> {
    /// The run.
    pub(super) link: &'a mut Link,
    /// Panes.
    pub(super) desk: &'a mut Desk,
    /// Controls out of sight.
    pub(super) hidden: &'a mut Hidden,
    /// The layer that is shown.
    pub(super) selection: &'a mut Selection,
}

/// A move of the person who takes the tour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    /// To the stage before.
    Back,
    /// To the next stage, if this one is done.
    Next,
    /// To the next stage in any case.
    Skip,
    /// An answer, by its place.
    Answer(usize),
}

/// What a tour changes in the window and gives back when it ends.
struct Before {
    desk: Desk,
    hidden: Hidden,
    speed_limit: Option<f64>,
}

/// A tour under way.
pub(super) struct Touring {
    guide: Guide,
    before: Before,
    /// What the stage points at, by field path or pane name.
    marks: Vec<&'static str>,
    /// A layer that the run under preparation has and the present one may lack.
    layer: Option<usize>,
}

impl Touring {
    /// Enters the first stage.
    pub(super) fn start(tour: Tour, room: &mut Room<'_>) -> Self {
        let before =
            Before { desk: room.desk.clone(), hidden: room.hidden.clone(), speed_limit: room.link.speed_limit() };
        let mut touring = Self { guide: Guide::new(tour), before, marks: Vec::new(), layer: None };
        let actions = touring.guide.enter();
        touring.apply(actions, room);
        touring
    }

    /// The way through the tour.
    pub(super) fn guide(&self) -> &Guide {
        &self.guide
    }

    /// Place among the built-in tours; `None` for one from a file.
    pub(super) fn place(&self) -> Option<usize> {
        TOURS.iter().position(|built_in| built_in.name == self.guide.tour().file)
    }

    /// What the stage points at.
    pub(super) fn marks(&self) -> &[&'static str] {
        &self.marks
    }

    /// The panes as they were before the tour.
    pub(super) fn desk_before(&mut self) -> &mut Desk {
        &mut self.before.desk
    }

    /// Makes a move and carries out what follows from it.
    pub(super) fn make(&mut self, step: Move, room: &mut Room<'_>) {
        let stage = self.guide.place();
        let actions = match step {
            Move::Back => self.guide.back(),
            Move::Next => self.guide.next(),
            Move::Skip => self.guide.skip(),
            Move::Answer(choice) => self.guide.answer(choice),
        };
        if self.guide.place() != stage {
            self.marks.clear();
        }
        self.apply(actions, room);
    }

    /// Looks at the run, once it is the one that the tour speaks of.
    pub(super) fn observe(&mut self, room: &mut Room<'_>) {
        if !room.link.is_settled() {
            return;
        }
        if let Some(layer) = self.layer.take() {
            room.selection.pick_layer(layer);
        }
        let actions = {
            let status = room.link.status();
            let metrics = room.link.metrics();
            let metrics = metrics.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let seen = StoreObservation { metrics: &metrics, experiment: &status.experiment, step: status.step };
            self.guide.observe(&seen)
        };
        self.apply(actions, room);
    }

    /// Gives back what the tour changed; the run stays as it is.
    pub(super) fn end(self, room: &mut Room<'_>) {
        *room.desk = self.before.desk;
        *room.hidden = self.before.hidden;
        room.link.send(Command::LimitRate(self.before.speed_limit));
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
