//! The window: everything that lies behind it, and how it comes to be.

mod animating;
mod exchange;
mod faults;
mod finding;
mod first;
mod frame;
mod kept;
mod left_behind;
mod orders;
mod overlays;
mod panels;
mod placing;
mod setup;
mod title;
mod tours;

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use eframe::egui::Context;

use super::animation_dialog::AnimationDialog;
use super::dialogs::Dialogs;
use super::ending::Ending;
use super::figure_dialog::FigureDialog;
use super::finder::Finder;
use super::glossary::Sheet;
use super::left::LeftRun;
use super::numbers_dialog::NumbersDialog;
use super::opening::Opening;
use super::pace::Pace;
use super::paste::Paste;
use super::presenting::Presenting;
use super::timeline::Timeline;
use super::top_bar::TopBar;
use crate::app::desk::Desk;
use crate::app::figures::animation::{Animation, Plan};
use crate::app::figures::exports::{Content, Exports};
use crate::app::gallery::Gallery;
use crate::app::link::Link;
use crate::app::link::guard::Question;
use crate::app::link::journal::{Journal, Weight};
use crate::app::link::selection::{Hidden, Selection};
use crate::app::look::words::Vocabulary;
use crate::app::look::{spoken, theme};
use crate::app::orders::pane_kind::{LayoutPreset, PaneKind};
use crate::app::panes::Panes;
use crate::app::plot::time_axis::TimeAxis;
use crate::app::tours::touring::Touring;
use crate::experiment::Experiment;
use crate::record::{Exhibit, FigureLook, LeftBehind};
use crate::sweep;
use crate::training::{AUTOSAVE_EVERY, BackendChoice, Command, RunState, Status};

use placing::Placing;
pub use setup::WindowSetup;

/// Everything behind the window. Dropping it ends the trainer.
pub struct Window {
    link: Link,
    time: TimeAxis,
    top_bar: TopBar,
    desk: Desk,
    panes: Panes,
    selection: Selection,
    hidden: Hidden,
    palette: Option<Finder>,
    shows_keys: bool,
    glossary: Option<Sheet>,
    dialogs: Dialogs,
    paste: Option<Paste>,
    opening: Option<Opening>,
    /// What was let go above the window and waits for what is being opened.
    to_open: VecDeque<PathBuf>,
    gallery: Gallery,
    /// What is being exported, until its path is known.
    exported: Option<Content>,
    /// Numbers whose level of detail is being chosen.
    numbers: Option<NumbersDialog>,
    /// A figure whose looks are being chosen, and the looks that were chosen last.
    figure: Option<FigureDialog>,
    look: FigureLook,
    /// A moving picture that is planned, the plan of the last one, and one that is being made.
    planning: Option<AnimationDialog>,
    animated: Option<Plan>,
    /// Animations that were begun.
    films: u64,
    animation: Option<Animation>,
    exports: Exports,
    title: String,
    titled: Option<Instant>,
    titled_state: (u64, RunState),
    run_id: u64,
    placing: Placing,
    touring: Option<Touring>,
    question: Option<Question>,
    left: Option<LeftRun>,
    /// Everything that earlier starts left, until that question is answered.
    all_left: Vec<Arc<LeftBehind>>,
    left_grids: Vec<Arc<sweep::LeftSweep>>,
    /// Whether training begins once the question about a left run is answered otherwise.
    runs_after: bool,
    /// Whether the window closes without a further question.
    closes: bool,
    /// Whether it is asked before the window closes with something of worth.
    asks: bool,
    /// Whether a start that is asked for nothing shows the first page.
    shows_first: bool,
    /// Whose words the window speaks.
    vocabulary: Vocabulary,
    presenting: Option<Presenting>,
    timeline: Timeline,
    ending: Ending,
    each_frame: Option<fn()>,
    pace: Option<Pace>,
}

impl Window {
    /// Starts a trainer and the window's state around it.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn new(ctx: &Context, experiment: Experiment, setup: WindowSetup) -> std::io::Result<Self> {
        theme::install(ctx);
        spoken::install(ctx);
        let mut link = Link::new(ctx, experiment, setup.threads.max(1))?;
        setup.ending.watch(ctx, link.leaver());
        if setup.backend != BackendChoice::Cpu {
            link.send(Command::UseBackend(setup.backend));
        }
        if setup.autosaves {
            link.send(Command::Autosave(AUTOSAVE_EVERY));
        }
        // Behind a question nobody sees what is trained, and it may be trained for nothing.
        let left = LeftRun::last_of(&setup.left, &setup.left_grids);
        if setup.run_at_start && left.is_none() && !setup.first_page {
            link.send(Command::Run);
        }
        let mut window = Self {
            link,
            time: TimeAxis::default(),
            top_bar: TopBar::default(),
            desk: Desk::default(),
            panes: Panes::default(),
            selection: Selection::default(),
            hidden: setup.hidden,
            palette: None,
            shows_keys: false,
            glossary: None,
            dialogs: Dialogs::default(),
            paste: None,
            opening: None,
            to_open: VecDeque::new(),
            gallery: Gallery::new(setup.rates),
            exported: None,
            numbers: None,
            figure: None,
            look: FigureLook::default(),
            planning: None,
            animated: None,
            films: 0,
            animation: None,
            exports: Exports::default(),
            title: String::new(),
            titled: None,
            titled_state: (0, RunState::Preparing),
            run_id: 0,
            placing: Placing::Unknown,
            touring: None,
            question: None,
            runs_after: setup.run_at_start,
            left,
            all_left: setup.left,
            left_grids: setup.left_grids,
            closes: false,
            asks: true,
            shows_first: true,
            vocabulary: setup.vocabulary,
            presenting: None,
            timeline: Timeline::default(),
            ending: setup.ending,
            each_frame: setup.each_frame,
            pace: Pace::asked(),
        };
        if setup.autosaves {
            window.panes.save_grids();
        }
        for note in setup.notes {
            window.link.journal_mut().say(Weight::Warning, note);
        }
        if setup.first_page {
            window.gallery.open_first(true);
        }
        window.opening = setup.opens.map(|path| Opening::new(ctx, path));
        if let Some(tour) = setup.tour {
            window.start_tour(tour);
        }
        Ok(window)
    }

    /// The trainer's state as of the last frame.
    #[must_use]
    pub fn status(&self) -> &Status {
        self.link.status()
    }

    /// Trains up to a step, then pauses.
    pub fn run_until(&mut self, step: u64) {
        self.link.send(Command::RunUntil(step));
    }

    /// What happened so far.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        self.link.journal()
    }

    /// The newest state of the grid of runs, if one was started.
    #[must_use]
    pub fn grid_of_runs(&self) -> Option<Arc<sweep::SweepState>> {
        self.panes.grid_of_runs()
    }

    /// Panes that can be seen.
    #[must_use]
    pub fn panes_in_sight(&self) -> Vec<PaneKind> {
        self.desk.in_sight()
    }

    /// Brings a pane to the front, or back if it was closed.
    pub fn show_pane(&mut self, kind: PaneKind) {
        self.desk.show(kind);
    }

    /// What a pane gives away as it is at this moment; `None` where there is nothing.
    pub fn taken_out(&mut self, kind: PaneKind) -> Option<Exhibit> {
        let step = self.link.shown_step().unwrap_or(self.link.status().step);
        self.whole_of(kind, step, None)
    }

    /// Steps that every plot over time shows.
    #[must_use]
    pub fn steps_in_sight(&self) -> RangeInclusive<f64> {
        self.time.range()
    }

    /// Lays every run of the shelf over the present one.
    pub fn overlay_shelf(&mut self) {
        let runs: Vec<u64> = self.link.shelf().iter().map(|run| run.run_id).collect();
        runs.into_iter().for_each(|run| self.link.annotate(run, |note| note.is_overlaid = true));
    }

    /// Arranges the panes.
    pub fn arrange(&mut self, preset: LayoutPreset) {
        self.desk = Desk::new(preset);
    }

    /// Whether the first page lies above everything.
    #[must_use]
    pub fn shows_first_page(&self) -> bool {
        self.gallery.shows_first()
    }

    /// Whether the gallery lies above the panes.
    #[must_use]
    pub fn shows_gallery(&self) -> bool {
        self.gallery.is_open()
    }
}
