//! The grid as a map: a colour a point, the line of zero alignment, the fitted boundary, and where the run is.

use std::sync::Arc;

use eframe::egui::epaint::CornerRadius;
use eframe::egui::{Color32, ColorImage, FontId, RichText, Stroke, TextureHandle, TextureOptions, Ui, vec2};
use egui_plot::{AxisHints, GridMark, HoverPosition, Line, LineStyle, Plot, PlotImage, PlotPoint, PlotPoints};

use super::quantity::PhaseQuantity;
use super::ring;
use super::ring::Moved;
use crate::app::look::numbers;
use crate::app::look::spoken::Picture;
use crate::app::look::theme::Palette;
use crate::app::look::titles;
use crate::app::look::words::say;
use crate::app::plot::chart;
use crate::app::view::View;
use crate::experiment::SweepAxis;
use crate::record::{MapLine, colormap};
use crate::sweep::{self, CellState, CollapsedLayers, Crossing, Grid, Place, Plane, SweepState, axis_ticks};

/// Cells up to which gaps are filled, which takes each gap a look at all that is known.
const FILLED: usize = 4096;
/// Height of the horizontal axis with its name: numbers with exponents are taller than plain ones.
pub const X_THICKNESS: f32 = 38.0;
/// Points between two numbers along an axis.
const NUMBER_DISTANCE: f32 = 46.0;
/// Width of a letter of a text there.
const LETTER: f32 = 7.5;
/// Cells that an arrow key moves the run by.
const KEY_STEP: f64 = 0.2;
/// Letters of such a text, at most.
const LONGEST: usize = 18;

/// What is drawn, made anew only when something in it has changed.
#[derive(Default)]
pub struct PlanePicture {
    key: Option<(u64, usize, PhaseQuantity, bool)>,
    texture: Option<TextureHandle>,
    /// The quantity over the plane.
    pub plane: Option<Arc<Plane>>,
    contour: Vec<Vec<(f64, f64)>>,
    fits: Vec<MapLine>,
    /// Where the boundary lies between two neighbours and no better is known.
    intervals: Vec<MapLine>,
    /// Where alignment is zero in a sweep over one field, in cells: the ends of an interval where no better is known.
    zeros: Vec<f64>,
    words: String,
    /// Lowest and highest value that a colour stands for, where the quantity has no sign.
    ends: (f64, f64),
}

/// What the pointer does on the map: column and row.
#[derive(Clone, Copy, Debug, Default)]
pub struct Touch {
    /// The point below it.
    pub over: Option<(usize, usize)>,
    /// The point that was clicked.
    pub clicked: Option<(usize, usize)>,
}

impl PlanePicture {
    /// Makes plane, colours and lines of a snapshot.
    pub fn update(&mut self, ui: &Ui, snapshot: &SweepState, layer: usize, quantity: PhaseQuantity) {
        let dark = ui.visuals().dark_mode;
        let key = (snapshot.generation, layer, quantity, dark);
        if self.key == Some(key) {
            return;
        }
        self.key = Some(key);
        let plane = snapshot.plane(&quantity.column(layer));
        let signal = snapshot.plane(&PhaseQuantity::Signal.column(layer));
        // Nothing lies between values that are no numbers, and so no line.
        self.contour = if snapshot.grid.has_categories() { Vec::new() } else { sweep::contour(&signal, 0.0) };
        let boundary = sweep::fit_boundary(&snapshot.grid, &signal);
        self.fits = sweep::boundary_lines(&snapshot.grid, &boundary);
        self.intervals = sweep::interval_lines(&snapshot.grid, &boundary);
        self.words = sweep::boundary_words(&snapshot.grid, &boundary);
        let x = snapshot.grid.x();
        let ends = |one: &Crossing| if one.coarse { vec![one.from, one.to] } else { vec![one.x] };
        let alone = boundary.crossings.iter().filter(|one| one.y.is_none());
        self.zeros = alone.flat_map(ends).map(|value| x.place_of(value)).collect();
        let known = || plane.values.iter().copied().filter(|value| value.is_finite());
        self.ends = (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
        let ground = Palette::of(ui.ctx().theme()).plot;
        let image = self.image(&plane, quantity, dark, ground);
        match &mut self.texture {
            Some(texture) => texture.set(image, TextureOptions::NEAREST),
            None => self.texture = Some(ui.ctx().load_texture("grid of runs", image, TextureOptions::NEAREST)),
        }
        self.plane = Some(Arc::new(plane));
    }

    /// Colour of a value; what is not known yet has the ground's.
    pub fn color(&self, plane: &Plane, quantity: PhaseQuantity, value: f64, dark: bool) -> Color32 {
        let [r, g, b] = if quantity.is_cosine() {
            sweep::color(plane, value, dark)
        } else {
            colormap::sequential(self.share(quantity, value) as f32, dark)
        };
        Color32::from_rgb(r, g, b)
    }

    /// Where a value without a sign lies between the ends; losses by their logarithm.
    fn share(&self, quantity: PhaseQuantity, value: f64) -> f64 {
        let (low, high) = self.ends;
        let scaled = |v: f64| if quantity == PhaseQuantity::Loss { v.max(f64::MIN_POSITIVE).ln() } else { v };
        let width = scaled(high) - scaled(low);
        if width > 0.0 { colormap::above_ground((scaled(value) - scaled(low)) / width) } else { 0.5 }
    }

    fn image(&self, plane: &Plane, quantity: PhaseQuantity, dark: bool, ground: Color32) -> ColorImage {
        let known: Vec<(usize, usize)> = (0..plane.values.len())
            .filter(|at| plane.values[*at].is_finite() && plane.values.len() <= FILLED)
            .map(|at| (at % plane.columns, at / plane.columns))
            .collect();
        let mut pixels = Vec::with_capacity(plane.values.len());
        for row in (0..plane.rows).rev() {
            for column in 0..plane.columns {
                let value = plane.at(column, row);
                let finished = plane.finished[row * plane.columns + column];
                pixels.push(match (value.is_finite(), finished) {
                    (true, true) => self.color(plane, quantity, value, dark),
                    (true, false) => self.color(plane, quantity, value, dark).lerp_to_gamma(ground, 0.35),
                    (false, true) => self.color(plane, quantity, f64::NAN, dark),
                    (false, false) => match nearest(&known, column, row) {
                        Some((c, r)) => self.color(plane, quantity, plane.at(c, r), dark).lerp_to_gamma(ground, 0.72),
                        None => ground,
                    },
                });
            }
        }
        ColorImage::new([plane.columns, plane.rows], pixels)
    }

    /// Lowest and highest value of the colours.
    pub fn ends(&self, quantity: PhaseQuantity) -> Option<(f64, f64)> {
        let plane = self.plane.as_ref()?;
        if quantity.is_cosine() {
            let most = plane.values.iter().filter(|v| v.is_finite()).fold(0.0_f64, |m, v| m.max(v.abs()));
            return (most > 0.0).then_some((-most, most));
        }
        (self.ends.0 <= self.ends.1).then_some(self.ends)
    }

    /// Whether some of the boundary is known to lie between two neighbours and no better.
    pub fn is_coarse(&self) -> bool {
        !self.intervals.is_empty()
    }

    /// Where alignment is zero in a sweep over one field, in cells.
    pub fn zeros(&self) -> &[f64] {
        &self.zeros
    }

    /// The boundary in words.
    pub fn words(&self) -> &str {
        &self.words
    }

    /// Names of the lines, for the legend: the fit and the theory.
    pub fn fits(&self) -> &[MapLine] {
        &self.fits
    }
}

/// Colours of the fitted line and of the theory's.
pub fn fit_colors(palette: &Palette) -> [Color32; 2] {
    [palette.layer(3), palette.layer(4)]
}

/// The name of an axis as far as there is room beside it: with its unit, without, or its symbol.
pub fn name_within(ui: &Ui, axis: &SweepAxis, room: f32) -> String {
    let symbol = format!("{}{}", axis.symbol(), if axis.squared { "²" } else { "" });
    chart::name_within(ui, &[&axis.label(), &axis.short_label(), &symbol], room)
}

/// Draws the map.
pub fn show(
    ui: &mut Ui,
    view: &mut View<'_>,
    snapshot: &Arc<SweepState>,
    picture: &PlanePicture,
    quantity: PhaseQuantity,
    height: f32,
) -> Touch {
    let palette = Palette::of(ui.ctx().theme());
    let grid = &snapshot.grid;
    let (Some(plane), Some(y)) = (&picture.plane, grid.y()) else { return Touch::default() };
    let x = grid.x();
    let ink = ui.visuals().weak_text_color();
    let font = FontId::monospace(11.0);
    let axis = |hints: AxisHints<'static>, name: String| {
        hints.label(RichText::new(name).size(11.5).color(ink)).tick_label_font(font.clone()).tick_label_color(ink)
    };
    let (x_ticks, y_ticks) = (ticks(x), ticks(y));
    let width = ui.available_width() - 70.0;
    let x_marks = thinned(&x_ticks, width, plane.columns);
    let y_marks = thinned(&y_ticks, (height - 50.0) * 2.2, plane.rows);
    let layer = view.selection.layer;
    let (shot, shown_plane) = (Arc::clone(snapshot), Arc::clone(plane));
    let (columns, rows) = (plane.columns as f64, plane.rows as f64);
    let plot = crate::app::panes::phase::fixed_axes::fixed(Plot::new("grid of runs"))
        .height(height)
        .custom_x_axes(vec![
            axis(AxisHints::new_x(), name_within(ui, x, width))
                .formatter(move |mark, _| tick(&x_ticks, mark.value))
                .label_spacing(8.0..=12.0)
                .min_thickness(X_THICKNESS),
        ])
        .custom_y_axes(vec![
            axis(AxisHints::new_y(), name_within(ui, y, height - X_THICKNESS))
                .formatter(move |mark, _| tick(&y_ticks, mark.value))
                .label_spacing(4.0..=8.0)
                .min_thickness(62.0),
        ])
        .x_grid_spacer(move |_| x_marks.clone())
        .y_grid_spacer(move |_| y_marks.clone())
        .show_grid(false)
        .label_formatter(move |position| describe(position, &shot, &shown_plane, quantity, layer));
    let texture = picture.texture.as_ref().map(TextureHandle::id);
    let fits = fit_colors(&palette);
    let response = plot.show(ui, |plot| {
        plot.set_plot_bounds_x(-0.5..=columns - 0.5);
        plot.set_plot_bounds_y(-0.5..=rows - 0.5);
        if let Some(texture) = texture {
            let center = PlotPoint::new((columns - 1.0) / 2.0, (rows - 1.0) / 2.0);
            plot.image(
                PlotImage::new("", texture, center, vec2(columns as f32, rows as f32)).allow_hover(false).id("cells"),
            );
        }
        for (at, line) in picture.contour.iter().enumerate() {
            let points: Vec<[f64; 2]> = line.iter().map(|(x, y)| [*x, *y]).collect();
            let stroke = Stroke::new(1.8, palette.zero);
            plot.line(Line::new("", PlotPoints::from(points)).stroke(stroke).allow_hover(false).id(("zero", at)));
        }
        for (at, line) in picture.intervals.iter().enumerate() {
            let points: Vec<[f64; 2]> = line.points.iter().map(|(x, y)| [*x, *y]).collect();
            let stroke = Stroke::new(1.0, palette.zero);
            plot.line(Line::new("", PlotPoints::from(points)).stroke(stroke).allow_hover(false).id(("within", at)));
        }
        for (at, line) in picture.fits.iter().enumerate() {
            let points: Vec<[f64; 2]> = line.points.iter().map(|(x, y)| [*x, *y]).collect();
            let style = if at == 0 { LineStyle::Dashed { length: 9.0 } } else { LineStyle::Dashed { length: 3.0 } };
            let stroke = Stroke::new(1.8, fits[at % fits.len()]);
            let line = Line::new("", PlotPoints::from(points)).stroke(stroke).style(style);
            plot.line(line.allow_hover(false).id(("fit", at)));
        }
        plot.pointer_coordinate()
    });
    let name = format!("Map of {} over the grid", quantity.label().to_lowercase());
    let summary = || {
        let (done, all) = (numbers::count(snapshot.done as u64), numbers::count(snapshot.cells.len() as u64));
        format!("{columns} × {rows} points, {done} of {all} runs at their end. {}", picture.words())
    };
    Picture::new(name, &summary).tell(&response.response);
    let painter = ui.painter().with_clip_rect(*response.transform.frame());
    let at = |x: f64, y: f64| response.transform.position_from_point(&PlotPoint::new(x, y));
    // What is still on its way has a dot, where there is room for one.
    let cell = response.transform.frame().size() / vec2(columns as f32, rows as f32);
    if cell.x.min(cell.y) >= 5.0 {
        for row in 0..plane.rows {
            for column in 0..plane.columns {
                if !plane.finished[row * plane.columns + column] && plane.at(column, row).is_finite() {
                    let color = palette.zero.gamma_multiply(0.55);
                    painter.rect_filled(
                        eframe::egui::Rect::from_center_size(at(column as f64, row as f64), vec2(2.0, 2.0)),
                        CornerRadius::ZERO,
                        color,
                    );
                }
            }
        }
    }
    if let Some((column, row)) = live_place(view, grid, y) {
        let axes = [grid.x(), y];
        let refused = axes.iter().find_map(|axis| ring::refused(axis.field));
        let frame = *response.transform.frame();
        let moved = ring::show(ui, at(column, row), frame, &here(view, axes), refused.as_deref());
        let to = moved.map(|moved| match moved {
            Moved::To(at) => {
                let to = response.transform.value_from_position(at);
                (to.x, to.y)
            }
            Moved::By(right, up) => (column + KEY_STEP * right, row + KEY_STEP * up),
        });
        if let Some((column, row)) = to {
            for (axis, place) in axes.into_iter().zip([column, row]) {
                ring::set(view.link, axis.field.path, ring::value(axis, place));
            }
        }
    }
    let over = response.inner.filter(|_| response.response.hovered()).and_then(|at| point(plane, at));
    Touch { over, clicked: over.filter(|_| response.response.clicked()) }
}

/// The values of the run along both axes.
fn here(view: &View<'_>, axes: [&SweepAxis; 2]) -> String {
    let value = |axis: &SweepAxis| {
        let name = if axis.field.symbol.is_empty() { titles::of_field(axis.field) } else { axis.field.symbol };
        let number = view.link.number(axis.field.path).map_or_else(String::new, numbers::scientific);
        format!("{} = {number}", say(name))
    };
    axes.map(value).join(", ")
}

/// Where the run sits, in cells, if it is one of the grid's experiment.
pub fn live_place(view: &View<'_>, grid: &Grid, y: &SweepAxis) -> Option<(f64, f64)> {
    if view.link.status().experiment.name != grid.experiment().name {
        return None;
    }
    let place = |axis: &SweepAxis| {
        let number = view.link.number(axis.field.path).filter(|_| !axis.is_category());
        number.map(|value| axis.place_of(value))
    };
    Some((place(grid.x())?, place(y)?))
}

/// The nearest point that has a value.
fn nearest(known: &[(usize, usize)], column: usize, row: usize) -> Option<(usize, usize)> {
    known.iter().copied().min_by_key(|(c, r)| c.abs_diff(column).pow(2) + r.abs_diff(row).pow(2))
}

fn point(plane: &Plane, at: PlotPoint) -> Option<(usize, usize)> {
    let index = |place: f64, count: usize| {
        let rounded = place.round();
        (rounded >= 0.0 && rounded < count as f64).then_some(rounded as usize)
    };
    Some((index(at.x, plane.columns)?, index(at.y, plane.rows)?))
}

/// Places along an axis, in cells, and what stands there.
pub fn ticks(axis: &SweepAxis) -> Vec<(f64, String)> {
    if axis.is_category() {
        return axis.values.iter().zip(&axis.categories).map(|(place, value)| (*place, short(value.plain()))).collect();
    }
    let (places, values): (Vec<f64>, Vec<f64>) = axis_ticks(axis).into_iter().unzip();
    places.into_iter().zip(alike(&values)).collect()
}

/// Numbers of one axis, all in one form: where some have a power of ten, all but zero have one.
fn alike(values: &[f64]) -> Vec<String> {
    let texts: Vec<String> = values.iter().map(|value| numbers::scientific(*value)).collect();
    if !texts.iter().any(|text| text.contains('×')) {
        return texts;
    }
    let with_power = |(value, text): (&f64, String)| {
        let digits = format!("{value:.2e}");
        match digits.split_once('e').and_then(|(mantissa, power)| Some((mantissa, power.parse::<i32>().ok()?))) {
            Some((mantissa, power)) if *value != 0.0 && !text.contains('×') => {
                let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
                format!("{mantissa}×10{}", numbers::superscript(power))
            }
            _ => text,
        }
    };
    values.iter().zip(texts).map(with_power).collect()
}

/// A text that is not longer than its place.
fn short(text: String) -> String {
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST - 1).chain(['\u{2026}']).collect()
}

/// Ticks as marks of a plot, as many as there is room for.
pub fn thinned(ticks: &[(f64, String)], width: f32, cells: usize) -> Vec<GridMark> {
    let longest = ticks.iter().map(|(_, text)| text.chars().count()).max().unwrap_or(0) as f32;
    let room = (width / NUMBER_DISTANCE.max(longest * LETTER)).max(2.0) as usize;
    let every = ticks.len().div_ceil(room).max(1);
    // The plot decides by the step whether a number has room, which has been decided here.
    ticks.iter().step_by(every).map(|(place, _)| GridMark { value: *place, step_size: cells as f64 }).collect()
}

/// What stands at a tick.
pub fn tick(ticks: &[(f64, String)], place: f64) -> String {
    let near = ticks.iter().min_by(|a, b| (a.0 - place).abs().total_cmp(&(b.0 - place).abs()));
    near.filter(|tick| (tick.0 - place).abs() < 1e-6).map_or_else(String::new, |tick| tick.1.clone())
}

fn describe(
    position: &HoverPosition<'_>,
    snapshot: &SweepState,
    plane: &Plane,
    quantity: PhaseQuantity,
    layer: usize,
) -> Option<String> {
    let (HoverPosition::NearDataPoint { position: at, .. } | HoverPosition::Elsewhere { position: at }) = position;
    let (column, row) = point(plane, *at)?;
    let grid = &snapshot.grid;
    let cell = grid.cell(Place { column, row, seed_place: 0 });
    let mut lines: Vec<String> = { grid.values(cell).into_iter() }
        .map(|(field, value)| {
            let name = if field.symbol.is_empty() { titles::of_field(field) } else { field.symbol };
            format!("{} = {}", say(name), numbers::axis_value(&value))
        })
        .collect();
    for shown in PhaseQuantity::recorded(grid, layer) {
        let value = snapshot_value(snapshot, column, row, &shown.column(layer));
        let text = value.map_or_else(
            || "-".to_owned(),
            |value| if shown.is_cosine() { numbers::cosine(value) } else { numbers::measured(value) },
        );
        let mark = if shown == quantity { " ◂" } else { "" };
        let name = if shown.is_cosine() { format!("{}, layer {layer}", shown.label()) } else { shown.label().into() };
        lines.push(format!("{}: {text}{mark}", say(&name)));
    }
    lines.push(match &snapshot.cells[cell] {
        CellState::Waiting => "waits for its turn".into(),
        CellState::Running { step, total, .. } => {
            format!("at step {} of {}", numbers::count(*step), numbers::count(*total))
        }
        CellState::Done(outcome) if outcome.diverged => {
            format!("diverged after {} steps", numbers::count(outcome.steps))
        }
        CellState::Done(outcome) if outcome.collapsed.any() => {
            let who = match &outcome.collapsed {
                CollapsedLayers::These(layers) => {
                    let all: Vec<String> = layers.iter().map(|layer| snapshot.grid.title(*layer)).collect();
                    format!("{} ", all.join(", "))
                }
                CollapsedLayers::None | CollapsedLayers::Unsaid => String::new(),
            };
            format!("{who}collapsed; {} steps", numbers::count(outcome.steps))
        }
        CellState::Done(outcome) => format!("{} steps; click to open this run", numbers::count(outcome.steps)),
        CellState::Failed(words) => format!("failed: {words}"),
    });
    Some(say(&lines.join("\n")).into_owned())
}

/// Mean over the seeds of a point.
fn snapshot_value(snapshot: &SweepState, column: usize, row: usize, name: &str) -> Option<f64> {
    let grid = &snapshot.grid;
    let at = grid.names().iter().position(|known| known == name)?;
    let values: Vec<f64> = (0..grid.seeds().len())
        .filter_map(|seed_place| {
            let (values, _) = snapshot.cells[grid.cell(Place { column, row, seed_place })].values()?;
            values.get(at).copied().flatten()
        })
        .collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_an_axis_have_one_form() {
        assert_eq!(alike(&[0.0, 0.1, 0.0398, 6.31e-3]), ["0", "1×10⁻¹", "3.98×10⁻²", "6.31×10⁻³"]);
        assert_eq!(alike(&[0.0, 0.1, 0.5]), ["0", "0.1", "0.5"]);
    }
}
