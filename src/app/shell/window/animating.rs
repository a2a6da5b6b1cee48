//! Panes as moving pictures: planned, taken frame by frame while the window goes on, and said what came of it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use eframe::egui::Context;

use super::Window;
use crate::app::figures::animation::{Animation, Sight, Subject};
use crate::app::figures::exhibits;
use crate::app::link::journal::Weight;
use crate::app::orders::Purpose;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::shell::animation_dialog::{self, AnimationDialog, Planned};
use crate::app::view::{View, Wants};
use crate::record::Exhibit;
use crate::training::Command;

/// Time that a frame of the window gives to frames of the animation.
const SHARE: Duration = Duration::from_millis(8);

impl Window {
    /// Asks what the moving picture of a pane is to show.
    pub(super) fn plan_animation(&mut self, kind: PaneKind) {
        if self.animation.is_some() {
            return self.tell(Err("an animation is being made; the next one can begin when it is done".into()));
        }
        let status = self.link.status();
        let last = status.step;
        let Some(whole) = self.whole_of(kind, last, None) else {
            let text = format!("The {} pane shows nothing yet that could be animated.", kind.title());
            self.link.journal_mut().say(Weight::Warning, text);
            return;
        };
        if !self.panes.get(kind).changes_with_steps() && !whole.runs_over_steps() {
            let text = format!("The {} pane shows nothing that changes from step to step.", kind.title());
            self.link.journal_mut().say(Weight::Warning, text);
            return;
        }
        let (from, to) = self.time.steps();
        let steps = (from.min(last), to.min(last));
        let plan = animation_dialog::proposed(self.animated.as_ref(), kind, steps, self.look.clone());
        self.planning = Some(AnimationDialog::new(plan, last));
    }

    /// Goes on with what is planned and with what is under way.
    pub(super) fn animate(&mut self, ctx: &Context) {
        if let Some(mut planning) = self.planning.take() {
            match planning.ui(ctx) {
                Planned::Waiting => self.planning = Some(planning),
                Planned::GivenUp => {}
                Planned::Plan(plan) => {
                    let purpose = Purpose::Animation(plan.kind, plan.form);
                    let name = format!("{}-{}-steps", self.link.status().experiment.name, plan.kind.id());
                    let plain = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' };
                    let name: String = name.chars().map(plain).collect();
                    let path = PathBuf::from("exports").join(format!("{name}.{}", plan.form.extension()));
                    self.animated = Some(plan);
                    self.dialogs.ask(ctx, purpose, path);
                }
            }
        }
        let Some(mut animation) = self.animation.take() else { return };
        if animation.run_id() != self.link.status().run_id {
            animation.fail("another run has begun; the animation of the former one is given up".into());
        }
        let until = Instant::now() + SHARE;
        while let Some(wanted) = animation.wanted() {
            let kind = animation.kind();
            let exhibit = self.seen(kind, animation.sight(), wanted.step, wanted.moment);
            animation.give(exhibit);
            if Instant::now() >= until {
                break;
            }
        }
        if animation_dialog::progress(ctx, &animation) {
            animation.fail("The animation was cancelled; no file was written.".into());
        }
        match animation.outcome() {
            Some(outcome) => self.tell(outcome),
            None => {
                self.animation = Some(animation);
                ctx.request_repaint_after(Duration::from_millis(30));
            }
        }
    }

    /// Begins what was planned, now that its path is known.
    pub(super) fn begin_animation(&mut self, ctx: &Context, path: PathBuf) {
        let Some(plan) = self.animated.clone() else { return };
        self.films += 1;
        let film = self.films;
        let Some(whole) = self.whole_of(plan.kind, plan.to, Some(film)) else { return };
        let pane = self.panes.get(plan.kind);
        let (needs_moments, changes_with_steps) = (pane.shows_steps(), pane.changes_with_steps());
        let (time, selection, run_id) = (self.time.clone(), self.selection.clone(), self.link.status().run_id);
        let subject = Subject { time, selection, run_id, film, needs_moments, changes_with_steps };
        match Animation::begin(ctx, plan, path, whole, subject) {
            Ok((animation, walk)) => {
                if let Some(walk) = walk {
                    self.link.send(Command::Walk(walk));
                }
                self.animation = Some(animation);
            }
            Err(error) => self.tell(Err(error)),
        }
    }

    /// A pane as it is now, for a picture whose last step is `last`: axes and parts that all frames share.
    pub(super) fn whole_of(&mut self, kind: PaneKind, last: u64, film: Option<u64>) -> Option<Exhibit> {
        let (mut time, mut selection) = (self.time.clone(), self.selection.clone());
        let moment = self.link.moment();
        let shown = (last < self.link.status().step).then_some(last);
        let sight = Sight { time: &mut time, selection: &mut selection, film };
        self.seen(kind, sight, shown.unwrap_or(last), moment)
    }

    /// What a pane shows of a step.
    fn seen(
        &mut self,
        kind: PaneKind,
        sight: Sight<'_>,
        step: u64,
        moment: Option<std::sync::Arc<crate::training::Moment>>,
    ) -> Option<Exhibit> {
        let is_present = step >= self.link.status().step;
        let mut view = View {
            moment,
            shown_step: (!is_present).then_some(step),
            link: &mut self.link,
            time: sight.time,
            selection: sight.selection,
            hidden: &self.hidden,
            highlighted: &[],
            points: exhibits::POINTS,
            film: sight.film,
            wants: &mut Wants::default(),
            commands: &mut Vec::new(),
            orders: &mut Vec::new(),
        };
        self.panes.get(kind).exhibit(&mut view)
    }
}
