//! A grid of runs: planned, started, watched.

mod bar;
mod cost;

use std::sync::Arc;
use std::time::Instant;

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{ComboBox, FontId, Label, RichText, ScrollArea, Sense, TextStyle, Ui, vec2};

use super::cuts;
use super::cuts::Cut;
use super::map;
use super::map::PlanePicture;
use super::plan;
use super::quantity::PhaseQuantity;
use crate::app::link::grids::order_of_cell;
use crate::app::link::guard::{Loss, Plane};
use crate::app::link::journal::Weight;
use crate::app::look::numbers;
use crate::app::look::theme::Palette;
use crate::app::look::titles;
use crate::app::look::words;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::panes::parts::color_bar::gradient;
use crate::app::view::View;
use crate::experiment::{Experiment, Sweep};
use crate::record::Exhibit;
use crate::sweep::{
    self, Beside, CellState, LeftSweep, Live, LiveCommand, LiveOptions, LiveState, Place, Seen, SweepState,
};
use crate::training::{BackendChoice, Command};
use cost::Cost;

/// Least width at which cuts stand beside the map, if the pane is wider than high.
const SIDE_BY_SIDE: f32 = 640.0;
/// Height of the pane below which what is known of the boundary is said where the pointer is.
const LOW: f32 = 200.0;
/// Least height at which cuts stand below the map.
const STACKED: f32 = 460.0;

/// The plan, and the grid that trains.
#[derive(Default)]
pub struct GridView {
    plan: Option<(String, Sweep)>,
    cost: Cost,
    live: Option<Live>,
    /// A grid that was trained elsewhere.
    trained: Option<Arc<SweepState>>,
    started: Option<Instant>,
    /// Runs at their end when the cells were saved last.
    saved: usize,
    /// Plans that were extended, the newest last.
    extended: Vec<Sweep>,
    /// Replica-steps a second when it trained last.
    rate: f64,
    /// The experiment for which it waits.
    waits_for: Option<String>,
    threads: usize,
    refused: Option<String>,
    quantity: PhaseQuantity,
    cut: Cut,
    picture: PlanePicture,
    picked: (usize, usize),
    /// Whether grids are saved in the user's cache folder on their way.
    saves: bool,
    /// The grid that is shown, where an earlier start left it and it does not train yet.
    left: Option<Arc<LeftSweep>>,
}

impl GridView {
    /// The newest state, if a grid was started.
    pub fn snapshot(&self) -> Option<Arc<SweepState>> {
        self.live.as_ref().map(Live::snapshot).or_else(|| self.trained.clone())
    }

    /// Layers that the grid's runs measure, once there is one.
    pub fn layers(&self) -> Option<Vec<usize>> {
        self.snapshot().map(|snapshot| snapshot.grid.layers())
    }

    /// What ending the grid would lose.
    pub fn loss(&self) -> Option<Loss> {
        let (snapshot, started) = (self.snapshot()?, self.started?);
        let name = titles::quoted(snapshot.grid.experiment());
        let unsaved = snapshot.done.saturating_sub(self.saved);
        let is_begun = |cell: &&CellState| matches!(cell, CellState::Running { step, .. } if *step > 0);
        let begun = snapshot.cells.iter().filter(is_begun).count();
        Loss::of_grid(&name, [unsaved, begun, snapshot.cells.len()], started.elapsed())
    }

    /// Takes note that the cells were saved as they were then, unless there is another grid since.
    pub fn saved(&mut self, then: &SweepState) {
        if self.snapshot().is_some_and(|now| Arc::ptr_eq(&now.grid, &then.grid)) {
            self.saved = then.done;
            self.tell(LiveCommand::Saved(then.done));
        }
    }

    /// Ends the grid and begins to plan the next one with what this one was.
    pub fn end(&mut self) {
        if let Some(snapshot) = self.snapshot() {
            self.plan = Some((snapshot.grid.experiment().name.clone(), snapshot.grid.sweep().clone()));
        }
        (self.trained, self.left, self.waits_for) = (None, None, None);
        self.give_up();
    }

    /// Saves grids in the user's cache folder on their way, from the next one on.
    pub fn save_on_the_way(&mut self) {
        self.saves = true;
    }

    fn give_up(&mut self) {
        if let Some(live) = self.live.take() {
            live.give_up();
        }
    }

    /// Takes note of a new run: one of another experiment has the machine for itself until the grid is told to go on.
    pub fn on_new_run(&mut self, name: &str) {
        let Some(snapshot) = self.snapshot() else { return };
        let trains = matches!(snapshot.state, LiveState::Preparing | LiveState::Running);
        if self.live.is_some() && trains && snapshot.grid.experiment().name != name {
            self.tell(LiveCommand::Pause);
            self.waits_for = Some(name.to_owned());
        }
    }

    /// Takes up another grid: its plan, and its cells where it was trained.
    pub fn show(&mut self, plane: Plane) {
        let (grid, trained, left) = match plane {
            Plane::Planned(grid) => (grid, None, None),
            Plane::Trained(snapshot) => (Arc::clone(&snapshot.grid), Some(snapshot), None),
            Plane::Left(left) => (Arc::clone(&left.state().grid), Some(Arc::clone(left.state())), Some(left)),
        };
        self.give_up();
        let plan = Some((grid.experiment().name.clone(), grid.sweep().clone()));
        let (quantity, cut, saves) = (self.quantity, self.cut, self.saves);
        *self = Self { plan, trained, left, quantity, cut, saves, ..Self::default() };
    }

    fn options(&self) -> LiveOptions {
        LiveOptions { threads: self.threads, backend: BackendChoice::Auto, paused: false, saves: self.saves }
    }

    /// Goes on with a grid that an earlier start left.
    fn go_on(&mut self, ui: &Ui, view: &mut View<'_>) {
        let Some(left) = self.left.take() else { return };
        view.link.send(Command::Pause);
        self.threads = threads(false);
        let ctx = ui.ctx().clone();
        match Live::go_on(&left, self.options(), Box::new(move || ctx.request_repaint())) {
            Ok(live) => {
                view.link.grids_mut().take(&left);
                (self.live, self.trained, self.started) = (Some(live), None, Some(Instant::now()));
                self.saved = 0;
            }
            Err(error) => {
                view.link.journal_mut().say(Weight::Warning, format!("That grid cannot go on: {error}"));
                self.left = Some(left);
            }
        }
    }

    /// What is shown, for figures and files.
    pub fn exhibit(&self, view: &View<'_>) -> Option<Exhibit> {
        let snapshot = self.snapshot()?;
        let subtitle = format!(
            "{} of {} runs at their end, {}",
            numbers::count(snapshot.done as u64),
            numbers::count(snapshot.cells.len() as u64),
            numbers::seeds(snapshot.grid.seeds())
        );
        let layer = self.layer(view, &snapshot);
        let quantities = PhaseQuantity::recorded(&snapshot.grid, layer);
        let quantity = if quantities.contains(&self.quantity) { self.quantity } else { *quantities.first()? };
        let (column, row) = self.picked;
        let seen = Seen {
            layer,
            column: quantity.column(layer),
            title: quantity.title(layer),
            label: quantity.axis().to_owned(),
            is_cosine: quantity.is_cosine(),
            is_logarithmic: quantity == PhaseQuantity::Loss,
            beside: match self.cut {
                Cut::Across => Beside::Across(row),
                Cut::Up => Beside::Up(column),
                Cut::Scatter => Beside::Scatter,
            },
        };
        let exhibit = sweep::seen_exhibit(&snapshot.grid, &seen, &subtitle, &|cell| snapshot.cells[cell].values());
        let name = format!("{}-{}", snapshot.grid.experiment().name, PaneKind::Phase.id());
        Some(Exhibit { name, ..exhibit })
    }

    /// Draws plan or grid.
    pub fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        match self.snapshot() {
            None => self.planning(ui, view),
            Some(snapshot) => self.watching(ui, view, &snapshot),
        }
    }

    fn planning(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let experiment = Experiment::clone(&view.link.status().experiment);
        let named = self.plan.take().filter(|(name, _)| *name == experiment.name);
        let (name, mut sweep) =
            named.unwrap_or_else(|| (experiment.name.clone(), experiment.sweep.clone().unwrap_or_else(plan::standard)));
        ui.label(format!("Trains {name} with its present settings at every point of a grid; the run itself pauses."));
        ui.add_space(4.0);
        let heard = ScrollArea::horizontal().id_salt("plan").show(ui, |ui| plan::ui(ui, &mut sweep, &experiment)).inner;
        for (name, refused) in heard {
            view.link.hear_typed(&name, refused.is_none(), refused);
        }
        ui.add_space(4.0);
        let checked = plan::grid(&experiment, &sweep);
        let palette = Palette::of(ui.ctx().theme());
        ui.horizontal(|ui| {
            let start = ui.add_enabled(checked.is_ok(), eframe::egui::Button::new("Start the grid"));
            match &checked {
                Ok(grid) => {
                    let runs = numbers::count(grid.cells() as u64);
                    let steps = numbers::count(experiment.total_steps());
                    let points = format!("{} × {}", grid.columns(), grid.rows());
                    ui.weak(words::say(&format!("{points} points, {runs} runs of {steps} steps")));
                    let threads = threads(false).min(grid.cells());
                    let seconds = self.cost.seconds(ui.ctx(), &experiment, &sweep, grid.clone());
                    let time = seconds.map_or_else(|| "…".into(), |all| about(all / threads as f64));
                    ui.weak(time).on_hover_text(words::say(&format!(
                        "How long it takes on {threads} of this machine's cores while nothing else trains, by the time \
                         that some steps of a small network of this kind take.",
                    )));
                    if start.clicked() {
                        self.start(ui, view, experiment.planned(sweep.clone()));
                    }
                }
                Err(error) => {
                    ui.label(RichText::new(error).color(palette.warning));
                }
            }
        });
        if let Some(words) = &self.refused {
            ui.label(RichText::new(words).color(palette.warning));
        }
        self.plan = Some((name, sweep));
    }

    fn start(&mut self, ui: &Ui, view: &mut View<'_>, experiment: Experiment) {
        view.link.send(Command::Pause);
        (self.extended, self.waits_for) = (Vec::new(), None);
        let ctx = ui.ctx().clone();
        self.threads = threads(false);
        match Live::start(&experiment, self.options(), Box::new(move || ctx.request_repaint())) {
            Ok(live) => {
                (self.live, self.refused, self.picture) = (Some(live), None, PlanePicture::default());
                (self.started, self.saved) = (Some(Instant::now()), 0);
            }
            Err(error) => self.refused = Some(error.to_string()),
        }
    }

    fn watching(&mut self, ui: &mut Ui, view: &mut View<'_>, snapshot: &Arc<SweepState>) {
        let wanted = threads(view.link.is_running());
        if wanted != self.threads {
            self.threads = wanted;
            self.tell(LiveCommand::Threads(wanted));
        }
        if snapshot.rate > 0.0 {
            self.rate = snapshot.rate;
        }
        self.bar(ui, view, snapshot);
        let layer = self.layer(view, snapshot);
        let quantities = PhaseQuantity::recorded(&snapshot.grid, layer);
        if !quantities.contains(&self.quantity) {
            self.quantity = quantities.first().copied().unwrap_or_default();
        }
        self.picture.update(ui, snapshot, layer, self.quantity);
        self.key(ui, snapshot, &quantities);
        let Some(plane) = self.picture.plane.clone() else { return };
        let grid = Arc::clone(&snapshot.grid);
        let (width, height) = (ui.available_width(), ui.available_height());
        let is_wide = width >= SIDE_BY_SIDE && width > height;
        let Some(y) = grid.y() else {
            let zeros = self.picture.zeros();
            cuts::curves(ui, &plane, (grid.x(), None), (true, 0), self.quantity, zeros, height - 24.0);
            return;
        };
        let mut touch = map::Touch::default();
        if is_wide {
            ui.horizontal_top(|ui| {
                ui.allocate_ui(vec2(width * 0.58, height), |ui| {
                    touch = map::show(ui, view, snapshot, &self.picture, self.quantity, height);
                });
                ui.allocate_ui(vec2(ui.available_width(), height), |ui| {
                    ui.vertical(|ui| self.cuts(ui, snapshot, layer));
                });
            });
        } else {
            let share = if height >= STACKED { 0.56 } else { 1.0 };
            touch = map::show(ui, view, snapshot, &self.picture, self.quantity, height * share);
            if share < 1.0 {
                self.cuts(ui, snapshot, layer);
            }
        }
        if let Some(over) = touch.over {
            self.picked = over;
        } else if let Some((column, row)) = map::live_place(view, &grid, y) {
            self.picked = (column.round().max(0.0) as usize, row.round().max(0.0) as usize);
        }
        if let Some((column, row)) = touch.clicked {
            open(view, snapshot, grid.cell(Place { column, row, seed_place: 0 }));
        }
    }

    /// The picked layer, or the last that the grid has.
    fn layer(&self, view: &View<'_>, snapshot: &SweepState) -> usize {
        let layers = snapshot.grid.layers();
        let picked = view.selection.layer;
        if layers.contains(&picked) { picked } else { layers.last().copied().unwrap_or(1) }
    }

    fn cuts(&mut self, ui: &mut Ui, snapshot: &SweepState, layer: usize) {
        let grid = &snapshot.grid;
        let Some(plane) = self.picture.plane.clone() else { return };
        cuts::choice(ui, &mut self.cut, (grid.x(), grid.y()));
        let height = (ui.available_height() - 22.0).max(80.0);
        let (column, row) = self.picked;
        match (self.cut, grid.y()) {
            (Cut::Scatter, _) => cuts::scatter(ui, snapshot, layer, height),
            (Cut::Up, Some(y)) => {
                cuts::curves(ui, &plane, (y, Some(grid.x())), (false, column), self.quantity, &[], height);
            }
            (_, y) => cuts::curves(ui, &plane, (grid.x(), y), (true, row), self.quantity, &[], height),
        }
    }

    /// The quantity, what its colours mean, and the names of the lines.
    fn key(&mut self, ui: &mut Ui, snapshot: &SweepState, quantities: &[PhaseQuantity]) {
        let palette = Palette::of(ui.ctx().theme());
        let dark = ui.visuals().dark_mode;
        // Where there is little room the map gets it.
        let is_low = ui.available_height() < LOW;
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 5.0;
            let combo = ComboBox::from_id_salt("quantity of the grid")
                .width(140.0)
                .selected_text(words::say(self.quantity.label()));
            let shown = combo.show_ui(ui, |ui| {
                for quantity in quantities {
                    let entry = ui.selectable_value(&mut self.quantity, *quantity, words::say(quantity.label()));
                    entry.on_hover_text(words::say(quantity.explanation()));
                }
            });
            shown
                .response
                .accessible_name("Quantity of the grid")
                .on_hover_text(words::say(self.quantity.explanation()));
            if let (Some((low, high)), Some(plane)) = (self.picture.ends(self.quantity), &self.picture.plane) {
                let number = |v: f64| if self.quantity.is_cosine() { numbers::cosine(v) } else { numbers::measured(v) };
                let mono = |text: String| RichText::new(text).text_style(TextStyle::Monospace).size(11.0);
                ui.label(mono(number(low)));
                let (rect, bar) = ui.allocate_exact_size(vec2(120.0, 10.0), Sense::hover());
                ui.painter().add(gradient(rect, |place| {
                    let share = f64::from(place + 1.0) / 2.0;
                    let value = if self.quantity == PhaseQuantity::Loss {
                        (low.ln() + share * (high.ln() - low.ln())).exp()
                    } else {
                        low + share * (high - low)
                    };
                    self.picture.color(plane, self.quantity, value, dark)
                }));
                ui.label(mono(number(high)));
                if is_low && self.picture.fits().is_empty() && snapshot.done > 0 {
                    bar.on_hover_text(self.picture.words());
                }
            }
            if snapshot.done < snapshot.cells.len() {
                ui.add(Label::new(RichText::new("pale with a dot: still training").weak()).extend())
                    .on_hover_text(words::say("The value at the step that it has come to."));
            }
            for (line, color) in self.picture.fits().iter().zip(map::fit_colors(&palette)) {
                // Sign and words stay together where the row ends.
                let mut text = LayoutJob::default();
                let font = FontId::proportional(12.0);
                text.append("━ ", 0.0, TextFormat::simple(font.clone(), color));
                let is_over = snapshot.done + snapshot.failed == snapshot.cells.len();
                let name = if is_over { line.name.clone() } else { format!("{}, so far", line.name) };
                text.append(&name, 0.0, TextFormat::simple(font, ui.visuals().text_color()));
                ui.add(Label::new(text).extend());
            }
            if self.picture.is_coarse() {
                let text = RichText::new("─ zero lies within: the sign changes too steeply there").size(12.0);
                ui.add(Label::new(text).extend()).on_hover_text("A finer grid tells where.");
            }
            if self.picture.fits().is_empty() && snapshot.done > 0 && !is_low {
                ui.end_row();
                ui.weak(self.picture.words());
            }
        });
    }

    fn tell(&self, command: LiveCommand) {
        if let Some(live) = &self.live {
            live.send(command);
        }
    }
}

/// Opens a cell as the window's run.
fn open(view: &mut View<'_>, snapshot: &SweepState, cell: usize) {
    view.orders.extend(order_of_cell(snapshot, cell));
}

/// Cores for the grid: one is left to the run where that trains too.
fn threads(run_trains: bool) -> usize {
    let cores = crate::cores::available();
    if run_trains { (cores - 1).max(1) } else { cores }
}

/// A time that is not known to the second.
fn about(seconds: f64) -> String {
    match seconds {
        ..1.0 => "less than a second".into(),
        1.0..90.0 => format!("about {seconds:.0} s"),
        90.0..5400.0 => format!("about {:.0} min", seconds / 60.0),
        5400.0..172_800.0 => format!("about {:.1} h", seconds / 3600.0),
        _ => format!("about {:.0} days", seconds / 86_400.0),
    }
}
