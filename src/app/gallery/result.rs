//! A result of `hebbscope reproduce`: its items, what each comes to beside the paper, and all that ran, to be run again.

use std::collections::HashMap;
use std::sync::Arc;

use eframe::egui::{
    Align, Color32, CornerRadius, CursorIcon, Label, Layout, RichText, Role, ScrollArea, Sense, Stroke, StrokeKind,
    TextStyle, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use image::RgbaImage;

use super::cards::laid;
use super::cells;
use super::cells::{Touched, words_of};
use super::pictures::Drawn;
use super::shelf::{family, place};
use crate::app::link::guard::{Loaded, Order, Plane};
use crate::app::look::numbers;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::orders::pane_kind::{LayoutPreset, PaneKind};
use crate::record::Exhibit;
use crate::reproduce::{Claim, CoursePlan, GridResults, ItemResult, Reproduction, Verdict};
use crate::sweep::Place;

/// Width of the list of items.
const LIST: f32 = 300.0;
/// Height of an entry of it.
const ENTRY: f32 = 62.0;
/// Width of the widest verdict.
const VERDICT: f32 = 92.0;

/// What is shown of an item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tab {
    #[default]
    Claims,
    Figures,
    Runs,
}

/// Pixels a point of figures, which are made smaller to fit.
const SCALE: u32 = 2;

/// A figure on the screen.
struct Figure {
    image: RgbaImage,
    drawn: Option<Drawn>,
}

impl Figure {
    fn new(exhibit: &Exhibit) -> Result<Self, String> {
        let (width, height, rgba) = exhibit.rgba(SCALE).map_err(|error| error.to_string())?;
        let image = RgbaImage::from_raw(width as u32, height as u32, rgba);
        Ok(Self { image: image.ok_or("a picture of another size than it says")?, drawn: None })
    }

    /// Draws it as wide as there is room, and no wider than it is in print.
    fn ui(&mut self, ui: &mut Ui, exhibit: &Exhibit) {
        let size = vec2(self.image.width() as f32, self.image.height() as f32) / SCALE as f32;
        let size = size * (ui.available_width() / size.x).min(1.0);
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &exhibit.title));
        let drawn = Drawn::new(ui, &exhibit.name, &self.image, size, self.drawn.take());
        drawn.draw(ui, rect.min);
        self.drawn = Some(drawn);
    }
}

/// The opened result, with what is looked at.
pub struct ResultPage {
    reproduction: Arc<Reproduction>,
    picked: usize,
    tab: Tab,
    /// What the cells of a grid show, where it is not the first choice.
    quantities: HashMap<String, String>,
    /// Figures of the picked item, or why they cannot be drawn.
    figures: Option<(usize, Vec<Result<Figure, String>>)>,
}

impl ResultPage {
    /// Shows a result.
    #[must_use]
    pub fn new(reproduction: Arc<Reproduction>) -> Self {
        Self { reproduction, picked: 0, tab: Tab::default(), quantities: HashMap::new(), figures: None }
    }

    /// Name of its folder.
    #[must_use]
    pub fn name(&self) -> String {
        let folder = &self.reproduction.folder;
        folder.file_name().map_or_else(|| folder.display().to_string(), |name| name.to_string_lossy().into_owned())
    }

    /// Draws it into all that is left of `ui`.
    pub fn ui(&mut self, ui: &mut Ui, orders: &mut Vec<Order>) {
        let reproduction = Arc::clone(&self.reproduction);
        let (done, units) = reproduction.progress;
        let count = |count: usize| numbers::count(count as u64);
        let progress = match done == units {
            true => format!("{} cells and runs", count(units)),
            false => format!("{} of {} cells and runs are at their end", count(done), count(units)),
        };
        let words = format!("{}  ·  {progress}", reproduction.manifest.command());
        ui.add(Label::new(RichText::new(words).text_style(TextStyle::Monospace).size(11.5)).truncate())
            .on_hover_text(reproduction.folder.display().to_string());
        ui.add_space(6.0);
        let room = ui.available_rect_before_wrap();
        let list = room.with_max_x(room.left() + LIST);
        let detail = room.with_min_x(list.right() + 18.0);
        ui.painter().vline(list.right() + 9.0, room.y_range(), ui.visuals().widgets.noninteractive.bg_stroke);
        ui.scope_builder(UiBuilder::new().max_rect(list).id_salt("items"), |ui| self.list(ui, &reproduction));
        ui.scope_builder(UiBuilder::new().max_rect(detail).id_salt("item"), |ui| {
            if let Some(item) = reproduction.items.get(self.picked) {
                self.detail(ui, item, orders);
            }
        });
        ui.advance_cursor_after_rect(room);
    }

    fn list(&mut self, ui: &mut Ui, reproduction: &Reproduction) {
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            for (at, result) in reproduction.items.iter().enumerate() {
                if entry(ui, result, at == self.picked) {
                    self.picked = at;
                }
            }
        });
    }

    fn detail(&mut self, ui: &mut Ui, result: &ItemResult, orders: &mut Vec<Order>) {
        let item = result.item;
        // Above what is of different length from item to item, so that they stay where they are.
        ui.horizontal(|ui| {
            for (tab, name) in [(Tab::Claims, "Claims"), (Tab::Figures, "Figures"), (Tab::Runs, "Runs")] {
                if ui.selectable_label(self.tab == tab, name).clicked() {
                    self.tab = tab;
                }
            }
        });
        ui.add_space(4.0);
        ui.add(Label::new(RichText::new(item.title).size(18.0).color(ui.visuals().strong_text_color())).wrap());
        ui.add(Label::new(item.shows).wrap());
        if !result.plan.limits.is_empty() {
            let limits: Vec<&str> = result.plan.limits.iter().map(|limit| limit.words.as_str()).collect();
            let text = format!("Less than in the paper: {}.", limits.join("; "));
            ui.add(Label::new(RichText::new(text).size(12.0).weak()).wrap());
        }
        ui.add_space(2.0);
        ui.separator();
        let area = ScrollArea::vertical().id_salt((item.id, self.tab as u8)).auto_shrink([false, false]);
        area.show(ui, |ui| {
            ui.set_max_width(ui.available_width() - 10.0);
            match self.tab {
                Tab::Claims => claims(ui, &result.claims),
                Tab::Figures => self.figures(ui, &result.exhibits),
                Tab::Runs => self.runs(ui, result, orders),
            }
        });
    }

    fn figures(&mut self, ui: &mut Ui, exhibits: &[Exhibit]) {
        if !matches!(self.figures, Some((of, _)) if of == self.picked) {
            self.figures = Some((self.picked, exhibits.iter().map(Figure::new).collect()));
        }
        let Some((_, figures)) = &mut self.figures else { return };
        if figures.is_empty() {
            ui.weak("There is no figure of it yet.");
        }
        for (figure, exhibit) in figures.iter_mut().zip(exhibits) {
            match figure {
                Ok(figure) => figure.ui(ui, exhibit),
                Err(words) => {
                    ui.label(RichText::new(words.as_str()).color(Palette::of(ui.ctx().theme()).warning));
                }
            }
            ui.add_space(8.0);
        }
    }

    fn runs(&mut self, ui: &mut Ui, result: &ItemResult, orders: &mut Vec<Order>) {
        for one in &result.plan.grids {
            if let Some(grid) = result.results.grid(&one.name) {
                self.grid(ui, &one.name, grid, orders);
                ui.add_space(14.0);
            }
        }
        let mut names: Vec<&str> = result.plan.courses.iter().map(family).collect();
        names.dedup();
        for name in names {
            let known = result.results.courses(name).len();
            let courses: Vec<_> = result.plan.courses.iter().filter(|course| family(course) == name).collect();
            runs_of(ui, name, &courses, known, orders);
            ui.add_space(8.0);
        }
    }

    fn grid(&mut self, ui: &mut Ui, name: &str, results: &GridResults, orders: &mut Vec<Order>) {
        let grid = results.grid();
        let names = grid.names();
        let Some(first) = names.iter().find(|name| *name == "signal_2").or(names.first()) else { return };
        let chosen = self.quantities.entry(name.to_owned()).or_insert_with(|| first.clone());
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(name).strong());
            let steps = numbers::count(grid.experiment().total_steps());
            ui.weak(words::say(&format!("{} runs of {steps} steps", numbers::count(grid.cells() as u64))));
            let combo = eframe::egui::ComboBox::from_id_salt(("quantity of", name)).width(150.0);
            let combo = combo.selected_text(words_of(chosen)).show_ui(ui, |ui| {
                for name in names {
                    ui.selectable_value(chosen, name.clone(), words_of(name));
                }
            });
            combo.response.accessible_name(format!("What the cells of {name} show"));
            let open = ui.button("Open in the phase diagram");
            let open = open.on_hover_text("The whole grid with boundary, cuts and scatter, beside its run.");
            if open.accessible_name(format!("Open {name} in the phase diagram")).clicked() {
                let notice = format!("read from {}", self.reproduction.folder.display());
                let said = Some(format!("Opened the grid {name}, {notice}"));
                orders.push(Order::Load(Box::new(Loaded {
                    layout: Some(LayoutPreset::Phase),
                    pane: Some(PaneKind::Phase),
                    plane: Some(Plane::Trained(Arc::new(results.snapshot(notice)))),
                    said,
                    ..Loaded::new(grid.experiment().clone())
                })));
            }
        });
        ui.weak("A click on a cell trains it here, with its seeds side by side.");
        ui.add_space(2.0);
        if let Some(Touched { column, row }) = cells::ui(ui, name, results, chosen) {
            orders.extend(cell(name, results, column, row));
        }
    }
}

/// Trains a point of a grid with all its seeds.
fn cell(name: &str, results: &GridResults, column: usize, row: usize) -> Option<Order> {
    let grid = results.grid();
    let place = grid.cell(Place { column, row, seed_place: 0 });
    let mut experiment = grid.experiment_of(place).ok()?;
    experiment.training.seeds = grid.seeds().len();
    // As the phase pane does, so that the plan belongs to the run.
    experiment.name.clone_from(&grid.experiment().name);
    let said = Some(format!("Trains {} of {name}", cells::words(grid, column, row)));
    let layout = if grid.y().is_some() { LayoutPreset::Phase } else { LayoutPreset::Explore };
    Some(Order::Load(Box::new(Loaded {
        layout: Some(layout),
        pane: Some(PaneKind::Alignment),
        plane: Some(Plane::Trained(Arc::new(results.snapshot(format!("read from {name}"))))),
        runs: true,
        said,
        ..Loaded::new(experiment)
    })))
}

/// Single runs that differ in their seeds, with a button each.
fn runs_of(ui: &mut Ui, name: &str, courses: &[&CoursePlan], known: usize, orders: &mut Vec<Order>) {
    let Some(first) = courses.first() else { return };
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(name).strong());
        let steps = numbers::count(first.experiment.total_steps());
        ui.weak(words::say(&format!("{known} of {} runs of {steps} steps", courses.len())));
        for course in courses {
            let seed = course.experiment.training.seed;
            let button = ui.button(format!("Run seed {seed}")).accessible_name(format!("Run {}", course.name));
            if button.clicked() {
                let (layout, pane) = place(&course.keep);
                orders.push(Order::Load(Box::new(Loaded {
                    layout: Some(layout),
                    pane: Some(pane),
                    runs: true,
                    said: Some(format!("Trains {}", course.name)),
                    ..Loaded::new(course.experiment.clone())
                })));
            }
        }
    });
}

/// An entry of the list of items; whether it was pressed.
fn entry(ui: &mut Ui, result: &ItemResult, picked: bool) -> bool {
    let item = result.item;
    let width = ui.available_width() - 8.0;
    let (rect, response) = ui.allocate_exact_size(vec2(width, ENTRY), Sense::click());
    let name = format!("{}: {}", item.label, item.title);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, picked, &name));
    let visuals = ui.visuals();
    let fill = match (picked, response.hovered()) {
        (true, _) => visuals.widgets.active.weak_bg_fill,
        (false, true) => visuals.widgets.hovered.weak_bg_fill,
        (false, false) => Color32::TRANSPARENT,
    };
    let focused = Stroke::new(2.0, visuals.selection.bg_fill);
    let edge = if response.has_focus() { focused } else { Stroke::NONE };
    let (strong, weak, text) = (visuals.strong_text_color(), visuals.weak_text_color(), visuals.text_color());
    let painter = ui.painter();
    painter.rect(rect, CornerRadius::same(4), fill, edge, StrokeKind::Inside);
    let left = rect.left() + 10.0;
    let inside = width - 20.0;
    painter.galley(pos2(left, rect.top() + 6.0), laid(ui, item.label, 13.5, strong, inside, 1), strong);
    painter.galley(pos2(left, rect.top() + 24.0), laid(ui, item.title, 12.0, text, inside, 1), text);
    let palette = Palette::of(ui.ctx().theme());
    let mut x = left;
    for verdict in [Verdict::Reproduces, Verdict::Differs, Verdict::NotTested] {
        let count = result.count(verdict);
        if count > 0 {
            let color = color(&palette, verdict, weak);
            let galley = laid(ui, &format!("{count} {}", said(verdict, count)), 11.5, color, inside, 1);
            let taken = galley.size().x;
            painter.galley(pos2(x, rect.top() + 42.0), galley, color);
            x += taken + 12.0;
        }
    }
    response.on_hover_text(words::say(item.title)).on_hover_cursor(CursorIcon::PointingHand).clicked()
}

fn said(verdict: Verdict, count: usize) -> &'static str {
    match verdict {
        Verdict::Reproduces if count != 1 => "reproduce",
        Verdict::Differs if count != 1 => "differ",
        _ => verdict.words(),
    }
}

fn color(palette: &Palette, verdict: Verdict, weak: Color32) -> Color32 {
    match verdict {
        Verdict::Reproduces => palette.layer(3),
        Verdict::Differs => palette.warning,
        Verdict::NotTested => weak,
    }
}

fn claims(ui: &mut Ui, claims: &[Claim]) {
    let palette = Palette::of(ui.ctx().theme());
    for claim in claims {
        ui.horizontal_top(|ui| {
            let color = color(&palette, claim.verdict, ui.visuals().weak_text_color());
            ui.allocate_ui_with_layout(vec2(VERDICT, 20.0), Layout::left_to_right(Align::Min), |ui| {
                ui.set_min_width(VERDICT);
                ui.label(RichText::new(claim.verdict.words()).color(color));
            });
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                ui.add(Label::new(RichText::new(&claim.claim).color(ui.visuals().strong_text_color())).wrap());
                ui.horizontal_wrapped(|ui| {
                    ui.spacing_mut().item_spacing.x = 5.0;
                    ui.weak("paper");
                    ui.label(&claim.paper);
                    ui.add_space(10.0);
                    ui.weak("here");
                    ui.label(measured(claim));
                });
                ui.add(Label::new(RichText::new(&claim.why).size(12.0).weak()).wrap());
            });
        });
        ui.add_space(4.0);
        ui.separator();
    }
}

/// What was measured, with its spread and number.
fn measured(claim: &Claim) -> String {
    let mut words = claim.measured.words();
    if let Some(sd) = claim.sd {
        words.push_str(&format!(" ± {}", numbers::measured(sd)));
    }
    if claim.n > 0 {
        words.push_str(&format!("  (n = {})", claim.n));
    }
    words
}
