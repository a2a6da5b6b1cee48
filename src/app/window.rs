//! The window: panels, the pace of redrawing, and commands taken at the end of a frame.

use std::time::{Duration, Instant};

use eframe::egui::{CentralPanel, Context, Frame, Margin, Panel, RichText, Ui, ViewportCommand};

use super::command::AppCommand;
use super::journal::Journal;
use super::link::{DATA_INTERVAL, Link};
use super::numbers;
use super::panes::{AlignmentPane, ControlsPane, LossPane, Pane, View};
use super::status_bar;
use super::theme;
use super::time_axis::TimeAxis;
use super::top_bar::TopBar;
use crate::experiment::Experiment;
use crate::record::RunFolder;
use crate::training::{Command, RunState, Status};

/// Time between two titles of a run that goes on.
const TITLE_INTERVAL: Duration = Duration::from_secs(1);

/// Height that a window manager's title bar and a taskbar may take.
const TITLE_BAR: f32 = 40.0;

/// Everything behind the window. Dropping it ends the trainer.
pub struct Window {
    link: Link,
    time: TimeAxis,
    top_bar: TopBar,
    controls: ControlsPane,
    alignment: AlignmentPane,
    loss: LossPane,
    log_is_open: bool,
    title: String,
    titled: Option<Instant>,
    titled_state: (u64, RunState),
    run_id: u64,
    fills_screen: Option<bool>,
}

impl Window {
    /// Starts a trainer and the window's state around it.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn new(ctx: &Context, experiment: Experiment, threads: usize, run_at_start: bool) -> std::io::Result<Self> {
        theme::install(ctx);
        let mut link = Link::new(ctx, experiment, threads)?;
        if run_at_start {
            link.send(Command::Run);
        }
        Ok(Self {
            link,
            time: TimeAxis::default(),
            top_bar: TopBar::default(),
            controls: ControlsPane::default(),
            alignment: AlignmentPane::default(),
            loss: LossPane::default(),
            log_is_open: false,
            title: String::new(),
            titled: None,
            titled_state: (0, RunState::Preparing),
            run_id: 0,
            fills_screen: None,
        })
    }

    /// The trainer's state as of the last frame.
    #[must_use]
    pub fn status(&self) -> &Status {
        self.link.status()
    }

    /// What happened so far.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        self.link.journal()
    }

    fn panels(&mut self, ui: &mut Ui, commands: &mut Vec<AppCommand>) {
        let fill = ui.visuals().panel_fill;
        let frame = |x: i8, y: i8| Frame::new().fill(fill).inner_margin(Margin::symmetric(x, y));
        Panel::top("top_bar").resizable(false).frame(frame(12, 6)).show(ui, |ui| {
            self.top_bar.ui(ui, &mut self.link, commands);
        });
        Panel::bottom("status_bar").exact_size(28.0).resizable(false).frame(frame(12, 2)).show(ui, |ui| {
            status_bar::bar(ui, self.link.journal(), self.log_is_open, commands);
        });
        if self.log_is_open {
            Panel::bottom("log")
                .default_size(130.0)
                .size_range(60.0..=400.0)
                .resizable(true)
                .frame(frame(12, 6))
                .show(ui, |ui| status_bar::log(ui, self.link.journal()));
        }
        let mut view = View { link: &mut self.link, time: &mut self.time, commands };
        Panel::left(self.controls.id())
            .default_size(272.0)
            .size_range(240.0..=380.0)
            .resizable(true)
            .frame(frame(12, 6))
            .show(ui, |ui| self.controls.ui(ui, &mut view));
        let loss = self.loss.id();
        CentralPanel::default_margins().frame(Frame::new().fill(fill)).show(ui, |ui| {
            let height = (ui.available_height() * 0.38).max(150.0);
            Panel::bottom(loss)
                .default_size(height)
                .size_range(130.0..=ui.available_height() - 180.0)
                .resizable(true)
                .frame(frame(12, 6))
                .show(ui, |ui| titled(ui, &mut self.loss, &mut view));
            CentralPanel::default_margins()
                .frame(frame(12, 6))
                .show(ui, |ui| titled(ui, &mut self.alignment, &mut view));
        });
    }

    fn obey(&mut self, command: AppCommand) {
        match command {
            AppCommand::RunOrPause if self.link.is_running() => self.link.send(Command::Pause),
            AppCommand::RunOrPause => self.link.send(Command::Run),
            AppCommand::Step if self.link.is_running() => {}
            AppCommand::Step => self.link.send(Command::Step(self.top_bar.step_size)),
            AppCommand::Reset => self.link.restart(Command::Reset),
            AppCommand::NewSeed => {
                let training = &self.link.status().experiment.training;
                let next = training.seed.wrapping_add(training.seeds as u64);
                self.link.restart(Command::NewSeed(next));
            }
            AppCommand::Save => {
                let name = &self.link.status().experiment.name;
                self.link.send(Command::SaveSession(RunFolder::default_path(name)));
            }
            AppCommand::FollowRun => self.time.follow(),
            AppCommand::ToggleLog => self.log_is_open = !self.log_is_open,
        }
    }

    fn take_up_run(&mut self, ctx: &Context) {
        let status = self.link.status();
        self.time.reach(status.step);
        if status.run_id != self.run_id {
            self.run_id = status.run_id;
            self.time.follow();
        }
        // Only the step changes while a run goes on; titles that flicker ten times a second distract.
        let state = (status.run_id, status.state);
        let due = status.state != RunState::Running || self.titled.is_none_or(|at| at.elapsed() >= TITLE_INTERVAL);
        if state == self.titled_state && !due {
            return;
        }
        self.titled_state = state;
        let title = title(status);
        if title != self.title {
            ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.title = title;
            self.titled = Some(Instant::now());
        }
    }
}

/// A window that leaves no room for its own title bar on a small screen fills that screen instead.
fn fill_small_screen(ctx: &Context, decided: &mut Option<bool>) {
    if decided.is_some() {
        return;
    }
    let (screen, inner) = ctx.input(|input| (input.viewport().monitor_size, input.viewport().inner_rect));
    if let (Some(screen), Some(inner)) = (screen, inner) {
        let fills = inner.height() + TITLE_BAR > screen.y || inner.width() > screen.x;
        *decided = Some(fills);
        if fills {
            ctx.send_viewport_cmd(ViewportCommand::Maximized(true));
        }
    }
}

impl eframe::App for Window {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        fill_small_screen(ctx, &mut self.fills_screen);
        self.link.begin_frame();
        self.take_up_run(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let mut commands = AppCommand::pressed(ui.ctx());
        self.panels(ui, &mut commands);
        self.link.end_frame();
        let obeyed = !commands.is_empty();
        for command in commands {
            self.obey(command);
        }
        if obeyed {
            ui.ctx().request_repaint();
        } else if self.link.is_moving() {
            ui.ctx().request_repaint_after(DATA_INTERVAL);
        }
    }
}

fn titled(ui: &mut Ui, pane: &mut dyn Pane, view: &mut View<'_>) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(pane.title()).text_style(theme::title_style()).strong());
    });
    pane.ui(ui, view);
}

/// `Hebbscope - sre - seeds 0-3 - step 1,200`; a taskbar shows how a run behind other windows gets on.
fn title(status: &Status) -> String {
    let name = &status.experiment.name;
    let step = numbers::count(status.step);
    let state = match status.state {
        RunState::Preparing => return format!("Hebbscope - {name} - preparing"),
        RunState::Running => format!("step {step}"),
        RunState::Paused => format!("paused at step {step}"),
        RunState::Finished => format!("finished at step {step}"),
        RunState::Failed => format!("stopped at step {step}"),
    };
    format!("Hebbscope - {name} - {} - {state}", numbers::seeds(&status.seeds))
}
