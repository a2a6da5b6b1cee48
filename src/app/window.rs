//! The window: panels, the pace of redrawing, and commands taken at the end of a frame.

use eframe::egui::{CentralPanel, Context, Frame, Margin, Panel, RichText, Ui, ViewportCommand};

use super::command::AppCommand;
use super::journal::Journal;
use super::link::{DATA_INTERVAL, Link};
use super::panes::{AlignmentPane, ControlsPane, LossPane, Pane, View};
use super::status_bar;
use super::theme;
use super::time_axis::TimeAxis;
use super::top_bar::TopBar;
use crate::experiment::Experiment;
use crate::training::{Command, Status};

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
    run_id: u64,
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
            run_id: 0,
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
        let title = title(status);
        if title != self.title {
            ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }
}

impl eframe::App for Window {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
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

/// `Hebbscope - sre - seeds 0-3`.
fn title(status: &Status) -> String {
    let name = &status.experiment.name;
    match (status.seeds.first(), status.seeds.last()) {
        (Some(first), Some(last)) if first != last => format!("Hebbscope - {name} - seeds {first}-{last}"),
        (Some(seed), _) => format!("Hebbscope - {name} - seed {seed}"),
        _ => format!("Hebbscope - {name}"),
    }
}
