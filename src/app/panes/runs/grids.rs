//! Grids of runs on the shelf, and the choice of one of their runs.

use eframe::egui::{ComboBox, Grid, RichText, Ui, vec2};

use crate::app::link::grids::{ShelvedGrid, order_of_cell};
use crate::app::link::guard::{Loaded, Order};
use crate::app::look::glossary;
use crate::app::look::glossary::Term;
use crate::app::look::numbers;
use crate::app::look::theme::Palette;
use crate::app::look::titles;
use crate::app::look::words;
use crate::app::orders::pane_kind::{LayoutPreset, PaneKind};
use crate::app::view::View;
use crate::experiment::SweepAxis;
use crate::record::Table;
use crate::sweep::{Place, SweepState};

/// Width of the choice of a value.
const VALUE: f32 = 96.0;

/// Where a grid that a former start has left comes from.
const EARLIER: &str = "an earlier start";

/// Which run of which grid is looked at.
#[derive(Default)]
pub struct GridRows {
    picked: Option<Picked>,
}

struct Picked {
    grid: u64,
    place: Place,
}

/// What a row asks for.
enum Asked {
    Show,
    Keep(bool),
    Discard,
    Pick,
}

impl GridRows {
    /// Draws the grids, and the run of one of them that is looked at.
    pub fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        if view.link.grids().all().is_empty() {
            return;
        }
        ui.add_space(12.0);
        glossary::label(ui, RichText::new("Grids of runs").strong(), Term::GridOfRuns);
        ui.add_space(2.0);
        let mut asked = None;
        Grid::new("grids of runs").striped(true).spacing(vec2(14.0, 5.0)).min_row_height(24.0).show(ui, |ui| {
            for (name, about) in [
                ("Grid", "The experiment whose runs these are."),
                ("Over", "The fields that the runs differ in."),
                ("Runs", "Runs at their end, of all."),
                ("From", "Where it was read from."),
                ("", ""),
            ] {
                let label = ui.label(RichText::new(name).small().weak());
                if !about.is_empty() {
                    label.on_hover_text(about);
                }
            }
            ui.end_row();
            for grid in view.link.grids().all().iter().rev() {
                let is_picked = self.picked.as_ref().is_some_and(|picked| picked.grid == grid.id);
                asked = row(ui, grid, is_picked).map(|what| (grid.id, what)).or(asked.take());
                ui.end_row();
            }
        });
        if let Some((id, what)) = asked {
            self.obey(view, id, &what);
        }
        self.one_run(ui, view);
    }

    fn obey(&mut self, view: &mut View<'_>, id: u64, what: &Asked) {
        match what {
            Asked::Keep(is_kept) => view.link.grids_mut().keep(id, *is_kept),
            Asked::Discard => view.link.discard_grid(id),
            Asked::Pick if self.picked.as_ref().is_some_and(|picked| picked.grid == id) => self.picked = None,
            Asked::Pick => {
                self.picked = Some(Picked { grid: id, place: Place { column: 0, row: 0, seed_place: 0 } });
            }
            Asked::Show => {
                let Some(grid) = view.link.grids().all().iter().find(|grid| grid.id == id) else { return };
                view.orders.push(Order::Load(Box::new(Loaded {
                    layout: Some(LayoutPreset::Phase),
                    pane: Some(PaneKind::Phase),
                    ..Loaded::new(grid.state.grid.experiment().clone()).with_plane(grid.plane())
                })));
            }
        }
    }

    /// The run that is looked at: its values on the axes are chosen, and what it has come to stands beside them.
    fn one_run(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let Some(Picked { grid: id, place }) = &mut self.picked else { return };
        let Some(shelved) = view.link.grids().all().iter().find(|grid| grid.id == *id) else {
            return self.picked = None;
        };
        let state = std::sync::Arc::clone(&shelved.state);
        let grid = &state.grid;
        ui.add_space(6.0);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            ui.label(format!("Run of {} with", titles::quoted(grid.experiment())));
            value(ui, grid.x(), &mut place.column);
            if let Some(y) = grid.y() {
                value(ui, y, &mut place.row);
            }
            if grid.seeds().len() > 1 {
                ui.label("seed");
                let seeds: Vec<String> = grid.seeds().iter().map(u64::to_string).collect();
                choice(ui, "Seed of the run", &seeds, &mut place.seed_place);
            }
            let cell = grid.cell(*place);
            let palette = Palette::of(ui.ctx().theme());
            finals(ui, &state, cell, &palette);
            let back = if state.kept(cell).is_some() {
                "The run comes back at its end. The present one goes to the shelf."
            } else {
                "The run is trained again from its start: its network was not kept. The present one goes to the shelf."
            };
            if ui.button("Bring back").accessible_name("Bring back the run of the grid").on_hover_text(words::say(back)).clicked() {
                view.orders.extend(order_of_cell(&state, cell));
            }
            let is_done = state.outcome(cell).is_some();
            let lay = ui.add_enabled(is_done, eframe::egui::Button::new("Lay over"));
            let about = "Puts the run into the list above, with its values over the steps at its end laid over the present curves.";
            let lay = lay.on_hover_text(words::say(about)).on_disabled_hover_text("It is not at its end yet.");
            if lay.clicked() {
                view.link.lay_cell(&state, cell, name(&state, *place));
            }
        });
    }
}

/// The grids as they stand in the list, the newest first; `None` where there are none.
pub fn table(grids: &[ShelvedGrid]) -> Option<Table> {
    let rows: Vec<Vec<String>> = grids
        .iter()
        .rev()
        .map(|grid| {
            let state = &grid.state;
            let from = match &state.folder {
                _ if grid.left.is_some() => EARLIER.to_owned(),
                Some(folder) => {
                    folder.file_name().map_or_else(String::new, |name| words::own(&name.to_string_lossy()).into_owned())
                }
                None => String::new(),
            };
            let title = titles::title(state.grid.experiment()).into_owned();
            vec![title, over(state), state.done.to_string(), state.cells.len().to_string(), from]
        })
        .collect();
    let header = ["grid", "over", "runs at their end", "runs", "from"].map(String::from).to_vec();
    (!rows.is_empty()).then(|| Table { title: "Grids of runs".into(), header, rows })
}

/// The fields that the runs of a grid differ in.
fn over(state: &SweepState) -> String {
    state.grid.axes().iter().map(|axis| titles::of_field(axis.field)).collect::<Vec<_>>().join(", ")
}

fn row(ui: &mut Ui, grid: &ShelvedGrid, is_picked: bool) -> Option<Asked> {
    let mut asked = None;
    let (state, name) = (&grid.state, titles::title(grid.state.grid.experiment()));
    ui.label(&*name);
    ui.label(words::say(&over(state)));
    let count = |count: usize| numbers::count(count as u64);
    ui.label(format!("{} of {}", count(state.done), count(state.cells.len())));
    match (&grid.left, &state.folder) {
        (Some(_), _) => ui.label(EARLIER).on_hover_text("It can go on where it was."),
        (None, Some(folder)) => {
            let short = folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            ui.label(short).on_hover_text(folder.display().to_string())
        }
        (None, None) => ui.weak("-"),
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let show = ui.button("Show").accessible_name(format!("Show the grid {name}"));
        if show.on_hover_text("In the phase diagram, with its experiment as the run.").clicked() {
            asked = Some(Asked::Show);
        }
        let pick = ui.selectable_label(is_picked, "Runs …").accessible_name(format!("Runs of the grid {name}"));
        if pick.on_hover_text("Choose one of its runs, to bring it back or lay it over the present one.").clicked() {
            asked = Some(Asked::Pick);
        }
        let keep = ui.selectable_label(grid.is_kept, "Keep").accessible_name(format!("Keep the grid {name}"));
        if keep.on_hover_text("Stays however many come after it.").clicked() {
            asked = Some(Asked::Keep(!grid.is_kept));
        }
        let about = match grid.left {
            Some(_) => "Removes the grid for good.",
            None => "Takes the grid off the shelf; its folder stays.",
        };
        let discard = ui.button("Discard").accessible_name(format!("Discard the grid {name}"));
        if discard.on_hover_text(about).clicked() {
            asked = Some(Asked::Discard);
        }
    });
    asked
}

/// The choice of a value of an axis.
fn value(ui: &mut Ui, axis: &SweepAxis, place: &mut usize) {
    ui.label(words::say(titles::of_field(axis.field)));
    let values: Vec<String> = (0..axis.values.len()).map(|at| numbers::axis_value(&axis.value(at))).collect();
    choice(ui, titles::of_field(axis.field), &values, place);
}

fn choice(ui: &mut Ui, name: &str, values: &[String], place: &mut usize) {
    *place = (*place).min(values.len().saturating_sub(1));
    let combo = ComboBox::from_id_salt(("run of a grid", name)).width(VALUE).selected_text(&values[*place]);
    let shown = combo.show_ui(ui, |ui| {
        for (at, value) in values.iter().enumerate() {
            ui.selectable_value(place, at, value);
        }
    });
    shown.response.accessible_name(name);
}

/// What a run has come to: the alignment of every layer at its end.
fn finals(ui: &mut Ui, state: &SweepState, cell: usize, palette: &Palette) {
    let Some(outcome) = state.outcome(cell) else {
        ui.weak("not at its end");
        return;
    };
    for layer in state.grid.layers() {
        let Some(value) = state.grid.index(&format!("signal_{layer}")).map(|at| outcome.values[at]) else { continue };
        let text = value.map_or_else(|| "-".into(), numbers::cosine);
        ui.label(RichText::new(text).monospace().color(palette.layer(layer)))
            .on_hover_text(words::say(&format!("Alignment of layer {layer} at the end.")));
    }
    ui.weak(format!("after {} steps", numbers::count(outcome.steps)));
}

/// What a run of a grid is called in the list.
fn name(state: &SweepState, place: Place) -> String {
    let grid = &state.grid;
    let along = grid.axes().iter().zip([place.column, place.row]);
    let values: Vec<String> = along.map(|(axis, at)| numbers::axis_value(&axis.value(at))).collect();
    let seed =
        if grid.seeds().len() > 1 { format!(", seed {}", grid.seeds()[place.seed_place]) } else { String::new() };
    format!("{} ({}{seed})", titles::title(grid.experiment()), values.join(", "))
}
