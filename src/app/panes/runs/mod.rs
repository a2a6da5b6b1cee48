//! Runs that others have taken the place of: brought back, named, laid over the present one.

mod columns;
mod grids;

use std::collections::{BTreeSet, HashMap};

use eframe::egui::{
    Align2, Button, Checkbox, Color32, Grid, Rect, Response, RichText, ScrollArea, Sense, Shape, Stroke, TextEdit, Ui,
    pos2, vec2,
};

use super::parts::measured::measured_layers;
use crate::app::figures::exhibits;
use crate::app::link::grids::CELL_IDS;
use crate::app::link::shelf::default_name;
use crate::app::look::elided::elided;
use crate::app::look::focus;
use crate::app::look::glossary;
use crate::app::look::glossary::Term;
use crate::app::look::numbers;
use crate::app::look::theme::Palette;
use crate::app::look::titles;
use crate::app::look::words;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::plot::markers;
use crate::app::view::{Pane, View};
use crate::experiment::fields;
use crate::record::{Exhibit, Marker, MetricStore, Panel, Table};
use crate::training::{Command, ShelvedRun, Status};
use columns::{Columns, SPACING};
use grids::GridRows;

/// Width and height of the curve of a row.
const SPARK: [f32; 2] = [92.0, 18.0];

/// Width of a letter, about, and of the margins of a field.
const LETTER: f32 = 6.9;
const MARGINS: f32 = 10.0;

/// Points of it.
const POINTS: usize = 46;

/// A second press within so many seconds gives a run up.
const CONFIRM: f64 = 4.0;

/// What there is in a row beside what the shelf says.
struct Reading {
    /// Last defined alignment of each measured layer, mean over seeds.
    last: Vec<(usize, Option<f32>)>,
    /// Heights from -1 to 1 of each measured layer.
    curves: HashMap<usize, Vec<[f32; 2]>>,
}

/// The pane.
#[derive(Default)]
pub struct RunsPane {
    readings: HashMap<u64, Reading>,
    /// The run that another press gives up, and when the first came, in seconds of the window.
    doomed: Option<(u64, f64)>,
    columns: Columns,
    grids: GridRows,
}

/// What a row asks for.
enum Asked {
    Restore,
    Pin(bool),
    Discard,
}

impl Pane for RunsPane {
    fn kind(&self) -> PaneKind {
        PaneKind::Runs
    }

    fn on_new_run(&mut self, status: &Status) {
        // Those of runs of grids are few, and stay.
        let is_there = |run_id: u64| run_id >= CELL_IDS || status.shelf.iter().any(|run| run.run_id == run_id);
        self.readings.retain(|run_id, _| is_there(*run_id));
        self.doomed = None;
    }

    fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let now = ui.input(|input| input.time);
        self.doomed.take_if(|(_, at)| now - *at > CONFIRM);
        let shelf = shown(view);
        if shelf.is_empty() && view.link.grids().all().is_empty() {
            ui.add_space(8.0);
            ui.label(
                RichText::new(
                    "Nothing here yet. A run that a reset, new seeds or another experiment takes the place of is kept here; \
                     Undo brings the last one back.",
                )
                .weak(),
            );
            return;
        }
        let layer = view.selection.layer;
        ScrollArea::both().auto_shrink(false).show(ui, |ui| {
            if !shelf.is_empty() {
                let widths = self.columns.fields(ui.available_width());
                let told = shelf.iter().any(|run| !changes(run).is_empty());
                let grid =
                    Grid::new("runs").striped(true).spacing(vec2(SPACING, 5.0)).min_row_height(24.0).min_col_width(0.0);
                self.columns.begin();
                grid.show(ui, |ui| {
                    head(ui, layer, told, &mut self.columns);
                    for run in shelf.iter().rev() {
                        self.row(ui, view, run, (layer, widths, told));
                        self.columns.end_row();
                        ui.end_row();
                    }
                });
                self.columns.end(ui);
            }
            self.grids.ui(ui, view);
            focus::follow(ui);
        });
    }

    fn exhibit(&mut self, view: &mut View<'_>) -> Option<Exhibit> {
        let runs = self.table(view).into_iter();
        let panels: Vec<Panel> = runs.chain(grids::table(view.link.grids().all())).map(Panel::Table).collect();
        (!panels.is_empty()).then(|| exhibits::exhibit(PaneKind::Runs, "Runs on the shelf", view, panels, 1))
    }
}

impl RunsPane {
    /// The runs as they stand in the list; `None` where there are none.
    fn table(&mut self, view: &View<'_>) -> Option<Table> {
        let shelf = shown(view);
        if shelf.is_empty() {
            return None;
        }
        let layer = view.selection.layer;
        let present = live(view, layer);
        let mut layers = BTreeSet::new();
        for run in &shelf {
            layers.extend(
                reading(&mut self.readings, run)
                    .into_iter()
                    .flat_map(|reading| reading.last.iter().map(|(layer, _)| *layer)),
            );
        }
        let mut header: Vec<String> = ["run", "experiment", "seeds", "steps", "changes"].map(String::from).into();
        header.extend(layers.iter().map(|layer| format!("cosine, layer {layer}")));
        header.extend([format!("layer {layer} less present"), "note".into()]);
        // The newest first, as they are seen.
        let rows = shelf.iter().rev().map(|run| {
            let last: HashMap<usize, f32> = { reading(&mut self.readings, run).into_iter() }
                .flat_map(|reading| reading.last.iter().filter_map(|(layer, last)| Some((*layer, (*last)?))))
                .collect();
            let written = |value: Option<f32>| value.map_or_else(String::new, |value| format!("{value:+.4}"));
            let (name, note) = (view.link.name_of(run), view.link.note_of(run.run_id).note);
            let seeds = numbers::seeds(&run.seeds);
            let mut row =
                vec![name, titles::title(&run.experiment).into_owned(), seeds, run.step.to_string(), changes(run)];
            row.extend(layers.iter().map(|layer| written(last.get(layer).copied())));
            let less = written(last.get(&layer).zip(present).map(|(last, present)| last - present));
            row.extend([less, words::own(&note).into_owned()]);
            row
        });
        let rows = rows.collect();
        let title = "Last cosine of each layer, mean over seeds".to_owned();
        Some(Table { title, header, rows })
    }
}

/// Runs with steps, oldest first: one without has nothing to show, though undo brings it back as well.
fn shown(view: &View<'_>) -> Vec<ShelvedRun> {
    view.link.shelf().iter().filter(|run| run.step > 0).chain(view.link.grids().runs()).cloned().collect()
}

fn head(ui: &mut Ui, layer: usize, told: bool, columns: &mut Columns) {
    let overlay = "Lays the run's curves over those of the present one, in this colour and with this shape, in Alignment, Loss, Norms and the \
                   phase diagram.";
    let present = format!("Last alignment of layer {layer}, the layer that is picked, less that of the present run.");
    for (name, about) in [
        ("Show", overlay),
        ("Run", "Click to rename."),
        ("Seeds", "Seeds that trained."),
        ("Steps", "Steps run."),
        ("Changes", "What was changed by hand on the way."),
        ("Alignment", "Last alignment of every layer, mean over the seeds (eq. 10)."),
        ("To present", present.as_str()),
        ("Course", "Alignment of the picked layer over the run, from -1 to 1."),
        ("", ""),
        ("Note", "Whatever you want to remember of it."),
    ] {
        if name == "Changes" && !told {
            continue;
        }
        let text = RichText::new(words::say(name)).small().weak();
        let term = match name {
            "Run" => Some(Term::RunShelf),
            "Seeds" => Some(Term::Seed),
            "Steps" => Some(Term::Step),
            "Changes" => Some(Term::Intervention),
            "Alignment" => Some(Term::Alignment),
            _ => None,
        };
        let label = match term {
            Some(term) => glossary::label(ui, text, term),
            None => ui.label(text),
        };
        match name {
            "Run" | "Note" => columns.field(),
            _ => columns.saw(&label),
        }
        if !about.is_empty() {
            label.on_hover_text(words::say(about));
        }
    }
    columns.end_row();
    ui.end_row();
}

impl RunsPane {
    fn row(
        &mut self,
        ui: &mut Ui,
        view: &mut View<'_>,
        run: &ShelvedRun,
        (layer, [name_width, note_width], told): (usize, [f32; 2], bool),
    ) {
        let palette = Palette::of(ui.ctx().theme());
        let (name, note) = (view.link.name_of(run), view.link.note_of(run.run_id));
        let color = palette.run(note.color);
        let shown = ui.horizontal(|ui| {
            let mut shown = note.is_overlaid;
            let has_curves = run.curves.is_some();
            let toggle = ui.add_enabled(has_curves, Checkbox::without_text(&mut shown));
            let why = "Its curves come back with it: an earlier start of the program left it.";
            if toggle.on_disabled_hover_text(words::say(why)).accessible_name(format!("Overlay {name}")).changed() {
                view.link.annotate(run.run_id, |note| note.is_overlaid = shown);
            }
            let (dot, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
            ui.painter().extend(markers::filled(Marker::of_run(note.color), dot.center(), 4.5, color));
        });
        self.columns.saw(&shown.response);
        self.columns.field();
        let mut text = note.name.clone();
        // What is typed may be longer than the field, and tells all of it under the pointer, as what stands for a name does.
        let letters = ((name_width - MARGINS) / LETTER) as usize;
        let usual = elided(&default_name(run), letters);
        let field = TextEdit::singleline(&mut text).hint_text(usual).desired_width(name_width - MARGINS);
        let field = ui.add_sized([name_width, 22.0], field.align(Align2::LEFT_CENTER));
        let field = if name.chars().count() > letters { field.on_hover_text(&name) } else { field };
        if field.accessible_name(format!("Name of {name}")).changed() {
            view.link.annotate(run.run_id, |note| note.name = text);
        }
        let seeds = numbers::seeds(&run.seeds);
        self.columns.saw(&ui.label(seeds.trim_start_matches("seeds ").trim_start_matches("seed ")));
        self.columns.saw(&ui.label(RichText::new(format!("{:>7}", numbers::count(run.step))).monospace()));
        if told {
            let told = changes(run);
            let text = if told.is_empty() { RichText::new("none").weak() } else { RichText::new(words::say(&told)) };
            self.columns.saw(&ui.label(text));
        }
        let present = live(view, layer);
        let columns = &mut self.columns;
        match reading(&mut self.readings, run) {
            None => (0..3).for_each(|_| columns.saw(&ui.label(RichText::new("-").weak()))),
            Some(reading) => {
                let finals = ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 8.0;
                    for &(layer, last) in &reading.last {
                        let text = last.map_or_else(|| "-".into(), |value| numbers::cosine(f64::from(value)));
                        ui.label(RichText::new(text).monospace().color(palette.layer(layer)))
                            .on_hover_text(words::say(&format!("Layer {layer}")));
                    }
                });
                columns.saw(&finals.response);
                let last = reading.last.iter().find(|(of, _)| *of == layer).and_then(|(_, last)| *last);
                let text = match (last, present) {
                    (Some(last), Some(present)) => numbers::cosine(f64::from(last - present)),
                    _ => "-".into(),
                };
                columns.saw(&ui.label(RichText::new(text).monospace()));
                columns.saw(&spark(ui, reading.curves.get(&layer).map_or(&[][..], Vec::as_slice), color));
            }
        }
        match self.actions(ui, run, &name) {
            Some(Asked::Restore) if view.link.grids().has(run.run_id) => {
                view.orders.extend(view.link.grids().order(run.run_id));
            }
            Some(Asked::Discard) if view.link.grids().has(run.run_id) => view.link.grids_mut().lift(run.run_id),
            Some(Asked::Restore) => view.link.bring_back(run.run_id),
            Some(Asked::Pin(is_kept)) => view.link.send(Command::Pin { run_id: run.run_id, is_kept }),
            Some(Asked::Discard) => view.link.send(Command::Discard(run.run_id)),
            None => {}
        }
        self.columns.field();
        let mut text = note.note.clone();
        let field = TextEdit::singleline(&mut text).hint_text("note").desired_width(note_width - MARGINS);
        let field = ui.add_sized([note_width, 22.0], field.align(Align2::LEFT_CENTER));
        let field = if note.note.is_empty() { field } else { field.on_hover_text(words::own(&note.note)) };
        if field.accessible_name(format!("Note on {name}")).changed() {
            view.link.annotate(run.run_id, |note| note.note = text);
        }
    }

    fn actions(&mut self, ui: &mut Ui, run: &ShelvedRun, name: &str) -> Option<Asked> {
        let mut asked = None;
        let drawn = ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let back = ui.button("Bring back").accessible_name(format!("Bring back {name}"));
            let about = "The run takes its place again, paused, with its curves, its past and its twin. The present one \
                         goes to the shelf.";
            if back.on_hover_text(words::say(about)).clicked() {
                asked = Some(Asked::Restore);
            }
            let keep = ui.selectable_label(run.is_kept, "Keep").accessible_name(format!("Keep {name}"));
            if keep.on_hover_text("Stays however many runs come after it.").clicked() {
                asked = Some(Asked::Pin(!run.is_kept));
            }
            let is_doomed = self.doomed.is_some_and(|(doomed, _)| doomed == run.run_id);
            // Of one width, so that nothing moves under the pointer between the two presses.
            let label = if is_doomed { RichText::new("Really?").strong() } else { RichText::new("Discard") };
            let button = ui.add(Button::new(label).min_size(vec2(64.0, 0.0))).accessible_name(format!("Discard {name}"));
            if button.on_hover_text("Gives the run up for good; press twice.").clicked() {
                if is_doomed {
                    asked = Some(Asked::Discard);
                    self.doomed = None;
                } else {
                    self.doomed = Some((run.run_id, ui.input(|input| input.time)));
                }
            }
        });
        self.columns.saw(&drawn.response);
        asked
    }
}

fn reading<'a>(readings: &'a mut HashMap<u64, Reading>, run: &ShelvedRun) -> Option<&'a Reading> {
    let store = run.curves.as_ref()?;
    Some(readings.entry(run.run_id).or_insert_with(|| read(store)))
}

fn read(store: &MetricStore) -> Reading {
    let columns = store.columns();
    let end = store.last_step().unwrap_or(0);
    let mut reading = Reading { last: Vec::new(), curves: HashMap::new() };
    for layer in measured_layers(columns) {
        let Some(column) = columns.index(&format!("signal_{layer}")) else { continue };
        reading.last.push((layer, last(store, column)));
        let points = store.band(column, 0, end, POINTS);
        let place = |step: u64| step as f32 / end.max(1) as f32;
        let points = points.iter().map(|point| [place(point.last_step), point.mean]).filter(|at| at[1].is_finite());
        reading.curves.insert(layer, points.collect());
    }
    reading
}

/// Mean over the seeds of what is last defined.
fn last(store: &MetricStore, column: usize) -> Option<f32> {
    let seeds = 0..store.seeds().len();
    let values: Vec<f32> = seeds.filter_map(|seed| Some(store.latest_defined(column, seed)?.1)).collect();
    (!values.is_empty()).then(|| values.iter().sum::<f32>() / values.len() as f32)
}

fn live(view: &View<'_>, layer: usize) -> Option<f32> {
    exhibits::with_store(view, |store| last(store, store.columns().index(&format!("signal_{layer}"))?))
}

/// What was changed on the way: the last value of the first few settings.
fn changes(run: &ShelvedRun) -> String {
    let mut told: Vec<(&str, String)> = Vec::new();
    for one in run.interventions.iter().filter(|one| !one.is_of_backend()) {
        let name = fields::field(&one.field).map_or(one.field.as_str(), titles::of_field);
        told.retain(|(other, _)| *other != name);
        told.push((name, numbers::json(&one.new)));
    }
    let more = told.len().saturating_sub(2);
    let mut words: Vec<String> = told.iter().rev().take(2).map(|(name, value)| format!("{name} {value}")).collect();
    if more > 0 {
        words.push(format!("{more} more"));
    }
    if run.has_twin {
        words.push("twin".into());
    }
    words.join(", ")
}

fn spark(ui: &mut Ui, points: &[[f32; 2]], color: Color32) -> Response {
    let (rect, response) = ui.allocate_exact_size(SPARK.into(), Sense::hover());
    let line = Stroke::new(1.0, ui.visuals().weak_text_color().gamma_multiply(0.5));
    ui.painter().hline(rect.x_range(), rect.center().y, line);
    let at =
        |[x, y]: [f32; 2], rect: Rect| pos2(rect.left() + x * rect.width(), rect.center().y - 0.5 * y * rect.height());
    ui.painter().add(Shape::line(points.iter().map(|&point| at(point, rect)).collect(), Stroke::new(1.5, color)));
    response
}
