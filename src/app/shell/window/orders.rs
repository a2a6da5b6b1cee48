//! Which commands do something now, and what they do.

use std::path::PathBuf;
use std::time::Duration;

use eframe::egui::{Context, ViewportCommand};

use super::Window;
use crate::app::desk::Desk;
use crate::app::link::guard::{CHEAP_AT_CLOSE, Loss, Order, Question};
use crate::app::link::journal::Weight;
use crate::app::link::undo::Way;
use crate::app::orders::AppCommand;
use crate::app::orders::Purpose;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::shell::finder::Finder;
use crate::app::shell::glossary::Sheet;
use crate::app::shell::paste::Paste;
use crate::app::shell::presenting::Presenting;
use crate::app::tours::touring::Move;
use crate::record::{propose_folder, remember};
use crate::tour::Guide;
use crate::training::{Branch, Command};

impl Window {
    pub(super) fn is_enabled(&self, command: AppCommand) -> bool {
        if self.presenting.is_some() && command.destroys() {
            return false;
        }
        match command {
            AppCommand::PresentSliders => self.presenting.is_some(),
            AppCommand::Step => !self.link.is_running(),
            AppCommand::Undo => self.link.deeds().next(Way::Back).is_some(),
            AppCommand::Redo => self.link.deeds().next(Way::Again).is_some(),
            AppCommand::ForkTwin => self.link.status().twin.is_none() && self.link.shown_step().is_none(),
            AppCommand::SaveCells => self.panes.grid_of_runs().is_some(),
            AppCommand::EndTwin | AppCommand::KeepTwin => self.link.status().twin.is_some(),
            AppCommand::ShowPresent | AppCommand::ForkFromHere => self.link.shown_step().is_some(),
            AppCommand::Past(_) => self.link.status().step > 0,
            AppCommand::EndTour => self.touring.is_some(),
            AppCommand::NextStage => self.guide().is_some_and(Guide::can_go_on),
            AppCommand::PreviousStage => self.guide().is_some_and(|guide| guide.place().0 > 1),
            _ => true,
        }
    }

    pub(super) fn obey(&mut self, ctx: &Context, command: AppCommand) {
        // Keys do not ask.
        if !self.is_enabled(command) {
            return;
        }
        remember("window", || format!("{command:?}"));
        match command {
            AppCommand::RunOrPause if self.link.is_running() => self.link.send(Command::Pause),
            AppCommand::RunOrPause => self.link.send(Command::Run),
            AppCommand::Step => self.link.send(Command::Step(self.top_bar.step_size)),
            AppCommand::RunUntilConverged => self.link.send(Command::RunUntilConverged),
            AppCommand::ForkTwin => {
                self.link.send(Command::Fork { changes: Vec::new() });
                // Without a value that differs, twins stay alike.
                self.link.set_steer(Some(Branch::B));
                self.desk.show(PaneKind::Twins);
            }
            AppCommand::TrainOn(choice) => self.link.send(Command::UseBackend(choice)),
            AppCommand::EndTwin => self.link.send(Command::EndTwin { keep: Branch::A }),
            AppCommand::KeepTwin => self.link.send(Command::EndTwin { keep: Branch::B }),
            AppCommand::ShowPresent => self.link.look(None),
            AppCommand::ForkFromHere => {
                if let Some(step) = self.link.shown_step() {
                    self.link.send(Command::ForkFrom(step));
                }
            }
            AppCommand::Past(past) => self.timeline.obey(&mut self.link, past),
            AppCommand::Timeline => {
                if let Some(presenting) = &mut self.presenting {
                    presenting.shows_timeline = !presenting.shows_timeline;
                } else {
                    self.timeline.wanted = Some(!self.timeline.is_shown(ctx));
                }
            }
            AppCommand::Reset => self.order(Order::Reset),
            AppCommand::NewSeed => self.order(Order::NewSeed),
            AppCommand::Save => {
                let folder = propose_folder(&self.link.status().experiment.name);
                self.dialogs.ask(ctx, Purpose::SaveSession, folder);
            }
            AppCommand::SaveSnapshot => {
                let status = self.link.status();
                let step = self.link.shown_step().unwrap_or(status.step);
                let file = format!("exports/{}-step-{step}.npz", status.experiment.name);
                self.dialogs.ask(ctx, Purpose::SaveSnapshot, PathBuf::from(file));
            }
            AppCommand::SaveCells => {
                let Some(snapshot) = self.panes.grid_of_runs() else { return };
                let file = format!("exports/{}-cells.csv", snapshot.grid.experiment().name);
                self.dialogs.ask(ctx, Purpose::SaveCells, PathBuf::from(file));
            }
            AppCommand::Experiments => self.top_bar.open_experiments(),
            AppCommand::Gallery => self.gallery.open(),
            AppCommand::FirstPage => self.gallery.open_first(false),
            AppCommand::Glossary => self.glossary = Some(Sheet::new(None)),
            AppCommand::Open => self.dialogs.ask(ctx, Purpose::Open, PathBuf::new()),
            AppCommand::PasteShareString => self.paste = Some(Paste::default()),
            AppCommand::CopyCommand => {
                ctx.copy_text(self.command_line());
                let copied = match &self.link.status().twin {
                    None => "Copied the command that repeats this run",
                    Some(_) => "Copied the commands that repeat twins A and B",
                };
                self.tell(Ok(copied.into()));
            }
            AppCommand::CopyShareString => {
                let (text, said) = self.share_string();
                ctx.copy_text(text);
                self.tell(Ok(said));
            }
            AppCommand::Export(kind, form) => self.export(ctx, kind, form),
            AppCommand::ExportFront(form) => self.export(ctx, self.desk.front(), form),
            AppCommand::Animate(kind) => self.plan_animation(kind),
            AppCommand::AnimateFront => self.plan_animation(self.desk.front()),
            AppCommand::Undo => self.undo(Way::Back),
            AppCommand::Redo => self.undo(Way::Again),
            AppCommand::FollowRun => self.time.follow_or_show_whole(),
            AppCommand::ToggleLogTime => self.time.toggle_logarithmic(),
            AppCommand::Theme(preference) => ctx.set_theme(preference),
            AppCommand::Speak(vocabulary) => self.vocabulary = vocabulary,
            AppCommand::Present => self.present(ctx),
            AppCommand::PresentSliders => {
                if let Some(presenting) = &mut self.presenting {
                    presenting.shows_strip = !presenting.shows_strip;
                }
            }
            AppCommand::ZoomIn => eframe::egui::gui_zoom::zoom_in(ctx),
            AppCommand::ZoomOut => eframe::egui::gui_zoom::zoom_out(ctx),
            AppCommand::ZoomReset => ctx.set_zoom_factor(1.0),
            AppCommand::Layout(preset) => self.rearrange(|desk| *desk = Desk::new(preset)),
            AppCommand::ResetLayout => self.rearrange(|desk| *desk = Desk::new(desk.preset())),
            AppCommand::ShowPane(kind) if self.presenting.is_some() => {
                if let Some(presenting) = &mut self.presenting {
                    presenting.pane = kind;
                }
            }
            AppCommand::ShowPane(kind) => self.desk.show(kind),
            AppCommand::TogglePane(kind) if self.desk.in_sight().contains(&kind) => {
                self.rearrange(|desk| desk.close(kind));
            }
            AppCommand::TogglePane(kind) => self.desk.show(kind),
            AppCommand::StartTour(place) => self.start_built_in(place),
            AppCommand::NextStage => self.move_in_tour(Move::Next),
            AppCommand::PreviousStage => self.move_in_tour(Move::Back),
            AppCommand::EndTour => self.end_tour(),
            AppCommand::Palette => self.palette = Some(Finder::default()),
            AppCommand::Shortcuts => self.shows_keys = true,
            AppCommand::Quit => ctx.send_viewport_cmd(ViewportCommand::Close),
        }
    }

    /// Begins to show one pane to a room, or ends it.
    pub(super) fn present(&mut self, ctx: &Context) {
        match self.presenting.take() {
            Some(presenting) => presenting.end(ctx),
            None => self.presenting = Some(Presenting::begin(ctx, self.desk.front())),
        }
    }

    fn undo(&mut self, way: Way) {
        let places = || serde_json::to_string(&self.desk).unwrap_or_default();
        if let Some(text) = self.link.undo(way, places)
            && let Ok(desk) = serde_json::from_str::<Desk>(&text)
        {
            self.desk = desk;
        }
    }

    /// Puts the panes elsewhere, so that it can be taken back.
    pub(super) fn rearrange(&mut self, make: impl FnOnce(&mut Desk)) {
        let before = serde_json::to_string(&self.desk);
        make(&mut self.desk);
        // A desk that cannot be written has no way back.
        if let (Ok(before), Ok(now)) = (before, serde_json::to_string(&self.desk))
            && before != now
        {
            self.link.note_places(before);
        }
    }

    /// Carries an order out, or asks first where that would lose something of worth.
    pub(super) fn order(&mut self, order: Order) {
        let loss = match &order {
            Order::NewGrid => self.panes.loss_of_grid(),
            Order::Close => self.loss_of_closing(),
            Order::Load(loaded) if loaded.plane.is_some() => self.panes.loss_of_grid(),
            // The run goes to the shelf.
            Order::Reset | Order::NewSeed | Order::Load(_) | Order::Tour(_) => None,
        };
        match loss {
            Some(loss) => self.question = Some(Question::new(order, loss)),
            None => self.carry_out(order),
        }
    }

    /// What closing the window loses: the run, unless it is a tour's own, and the grid of runs.
    pub(super) fn loss_of_closing(&self) -> Option<Loss> {
        if !self.asks {
            return None;
        }
        self.loss_with_grid(CHEAP_AT_CLOSE)
    }

    fn loss_with_grid(&self, cheap: Duration) -> Option<Loss> {
        let run = if self.touring.is_some() { None } else { Loss::of_run(&self.link, cheap) };
        let grid = self.panes.loss_of_grid();
        match run {
            Some(run) => Some(run.with(grid)),
            None => grid,
        }
    }

    /// Asks before a window is closed with what would be lost; whether it may close is said once.
    pub(super) fn watch_closing(&mut self, ctx: &Context) {
        self.closes |= self.ending.is_asked();
        if self.closes {
            ctx.send_viewport_cmd(ViewportCommand::Close);
        } else if ctx.input(|input| input.viewport().close_requested()) {
            if self.loss_of_closing().is_none() {
                self.closes = true;
                return;
            }
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            // It may have been closed from a taskbar, and the question is to be seen.
            ctx.send_viewport_cmd(ViewportCommand::Minimized(false));
            ctx.send_viewport_cmd(ViewportCommand::Focus);
            self.order(Order::Close);
        }
    }

    pub(super) fn carry_out(&mut self, order: Order) {
        match order {
            Order::Reset => self.reset(),
            Order::NewSeed => {
                let training = &self.link.status().experiment.training;
                let next = training.seed.wrapping_add(training.seeds as u64);
                self.link.restart(Command::NewSeed(next));
            }
            Order::Load(loaded) => self.load(*loaded),
            Order::NewGrid => self.panes.end_grid(),
            Order::Tour(tour) => self.start_tour(*tour),
            Order::Close => self.closes = true,
        }
    }

    /// A new run from the same initial weights, or, where values waited for it, of the changed experiment.
    pub(super) fn reset(&mut self) {
        if self.link.pending().is_empty() {
            self.link.restart(Command::Reset);
            return;
        }
        match self.link.take_next_experiment() {
            Ok(experiment) => self.link.restart(Command::Load(Box::new(experiment))),
            Err(error) => self.link.journal_mut().say(Weight::Warning, error),
        }
    }
}
