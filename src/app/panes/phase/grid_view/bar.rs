//! How far a grid is, and what may be done with it: four buttons that are always there, so that none slides under the pointer.

use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{Button, Label, RichText, Role, TextStyle, Ui, WidgetInfo, vec2};

use super::{GridView, about};
use crate::app::link::guard::Order;
use crate::app::look::numbers;
use crate::app::look::theme::Palette;
use crate::app::look::titles;
use crate::app::look::words;
use crate::app::orders::AppCommand;
use crate::app::panes::phase::{cuts, plan};
use crate::app::view::View;
use crate::experiment::{Sweep, SweepAxis};
use crate::sweep::{Grid, LiveCommand, LiveState, Place, SweepState};

/// Width of the button whose word changes.
const PAUSE_WIDTH: f32 = 84.0;
/// Between what keeps the grid and what ends it.
const APART: f32 = 14.0;

impl GridView {
    /// The buttons, and how far it is.
    pub(super) fn bar(&mut self, ui: &mut Ui, view: &mut View<'_>, snapshot: &Arc<SweepState>) {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            if self.live.is_some() {
                self.conduct(ui, snapshot);
            } else if self.left.is_some() {
                let about = "Trains the runs that are missing; those that were on their way go on where they were.";
                if ui.add(Button::new("Go on").min_size(vec2(PAUSE_WIDTH, 0.0))).on_hover_text(about).clicked() {
                    self.go_on(ui, view);
                }
            }
            let save = ui.button("Save cells …").on_hover_text(AppCommand::SaveCells.tooltip());
            if save.clicked() {
                view.commands.push(AppCommand::SaveCells);
            }
            ui.add_space(APART);
            if ui.button("New grid").on_hover_text("Ends this grid and plans another one.").clicked() {
                view.orders.push(Order::NewGrid);
            }
            let mono = |text: String| RichText::new(text).text_style(TextStyle::Monospace).size(12.0);
            let grid = &snapshot.grid;
            ui.label(RichText::new(titles::title(grid.experiment())).strong()).on_hover_text(words::say(&format!(
                "The experiment whose runs these are, {} steps each.",
                numbers::count(grid.experiment().total_steps()),
            )));
            ui.add(Label::new(mono(words::say(&words(snapshot)).into_owned())).extend())
                .on_hover_text(format!("On {}.", snapshot.backend));
            let warning = Palette::of(ui.ctx().theme()).warning;
            if snapshot.failed > 0 {
                ui.label(RichText::new(format!("{} cannot be trained", snapshot.failed)).color(warning));
            }
            if let (Some(other), LiveState::Paused) = (&self.waits_for, &snapshot.state) {
                ui.label(RichText::new(format!("waits, as {} was opened", titles::quoted_name(other))).color(warning));
            }
            match (&snapshot.notice, &snapshot.state) {
                (Some(notice), LiveState::Stopped | LiveState::Broken) if self.live.is_some() => {
                    ui.label(RichText::new(notice).color(warning));
                }
                (Some(notice), _) => {
                    ui.weak(notice);
                }
                (None, _) => {}
            }
        });
    }

    /// What one may tell a grid that trains here.
    fn conduct(&mut self, ui: &mut Ui, snapshot: &SweepState) {
        let (word, told) = match snapshot.state {
            LiveState::Paused | LiveState::Stopped => ("Go on", Some(LiveCommand::Resume)),
            LiveState::Preparing | LiveState::Running => ("Pause grid", Some(LiveCommand::Pause)),
            LiveState::Done | LiveState::Broken => ("Pause grid", None),
        };
        let pause = Button::new(word).min_size(vec2(PAUSE_WIDTH, 0.0));
        if let (true, Some(told)) = (ui.add_enabled(told.is_some(), pause).clicked(), told) {
            self.waits_for = None;
            self.tell(told);
        }
        ui.add_enabled_ui(snapshot.state != LiveState::Broken, |ui| self.extend(ui, snapshot));
    }

    fn extend(&mut self, ui: &mut Ui, snapshot: &SweepState) {
        let grid = &snapshot.grid;
        ui.menu_button("Extend", |ui| {
            let x = cuts::symbol(grid.x());
            let mut choices = vec![
                (format!("Finer in {x}"), plan::finer(grid.sweep(), true)),
                (format!("Wider in {x}"), plan::wider(grid.sweep(), true)),
            ];
            if let Some(y) = grid.y().map(cuts::symbol) {
                choices.push((format!("Finer in {y}"), plan::finer(grid.sweep(), false)));
                choices.push((format!("Wider in {y}"), plan::wider(grid.sweep(), false)));
            }
            for (name, sweep) in choices {
                if let Some(sweep) = self.choice(ui, snapshot, &name, sweep) {
                    self.extended.push(grid.sweep().clone());
                    self.tell(LiveCommand::Extend(Box::new(sweep)));
                    ui.close();
                }
            }
            ui.separator();
            let before = self.extended.last().and_then(|sweep| plan::grid(grid.experiment(), sweep).ok());
            let costs = before.map_or_else(String::new, |before| {
                let given_up = finished_beyond(snapshot, &before);
                format!("gives up {} finished", numbers::count(given_up as u64))
            });
            let name = "Take back the last extension";
            let button = ui.add_enabled(!self.extended.is_empty(), Button::new(name).shortcut_text(costs));
            button.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
            if button.clicked()
                && let Some(sweep) = self.extended.pop()
            {
                self.tell(LiveCommand::Extend(Box::new(sweep)));
                ui.close();
            }
        })
        .response
        .on_hover_text("More points, or a wider range; what has been trained is kept.");
    }

    /// An extension with what it costs; the plan, once it is chosen.
    fn choice(&self, ui: &mut Ui, snapshot: &SweepState, name: &str, sweep: Option<Sweep>) -> Option<Sweep> {
        let grid = &snapshot.grid;
        let planned = sweep.as_ref().map(|sweep| plan::grid(grid.experiment(), sweep));
        let (costs, refused) = match &planned {
            None => (String::new(), Some("The values of this axis are a list.".to_owned())),
            Some(Err(words)) => (String::new(), Some(words.clone())),
            Some(Ok(wider)) => {
                let more = wider.cells().saturating_sub(grid.cells());
                let steps = more as f64 * grid.experiment().total_steps() as f64;
                let time = if self.rate > 0.0 { format!(", {}", about(steps / self.rate)) } else { String::new() };
                (format!("+ {} runs{time}", numbers::count(more as u64)), None)
            }
        };
        let button = ui.add_enabled(refused.is_none(), Button::new(name).shortcut_text(costs));
        button.widget_info(|| WidgetInfo::labeled(Role::Button, refused.is_none(), name));
        let button = match &refused {
            Some(words) => button.on_disabled_hover_text(words::say(words)),
            None => button,
        };
        sweep.filter(|_| button.clicked())
    }
}

/// Runs at their end that a smaller grid does not have.
fn finished_beyond(snapshot: &SweepState, smaller: &Grid) -> usize {
    let grid = &snapshot.grid;
    let is_kept = |axis: &SweepAxis, smaller: Option<&SweepAxis>| -> Vec<bool> {
        let kept = smaller.map_or(&[][..], |smaller| &smaller.values);
        axis.values.iter().map(|value| kept.contains(value)).collect()
    };
    let columns = is_kept(grid.x(), Some(smaller.x()));
    let rows = grid.y().map(|y| is_kept(y, smaller.y()));
    let is_given_up = |cell: &usize| {
        let Place { column, row, .. } = grid.place(*cell);
        !(columns[column] && rows.as_ref().is_none_or(|rows| rows[row]))
    };
    (0..grid.cells()).filter(is_given_up).filter(|cell| snapshot.outcome(*cell).is_some()).count()
}

/// How far it is, in words that do not jump.
fn words(snapshot: &SweepState) -> String {
    let runs =
        format!("{} of {} runs", numbers::count(snapshot.done as u64), numbers::count(snapshot.cells.len() as u64));
    let rate = format!("{:>6} steps/s", numbers::count(snapshot.rate as u64));
    match snapshot.state {
        LiveState::Preparing => "preparing".into(),
        LiveState::Running => {
            let left = snapshot.eta.map_or_else(|| "…".into(), left);
            format!("{runs}  {rate}  {left} left")
        }
        LiveState::Paused => format!("{runs}  paused"),
        LiveState::Stopped => format!("{runs}  stopped"),
        LiveState::Done => format!("{runs}  done"),
        LiveState::Broken => format!("{runs}  broke down"),
    }
}

fn left(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..90 => format!("{seconds} s"),
        90..5400 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{:.1} h", seconds as f64 / 3600.0),
    }
}
