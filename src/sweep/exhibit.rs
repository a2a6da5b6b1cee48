//! A sweep as figures: the plane with its boundary, cuts through it, the validation loss over it and against alignment.

use super::categories::over_categories;
use super::contour::contour;
use super::crossing::Crossing;
use super::fit::{Boundary, PowerLaw, brief, fit_boundary, sided, sides, theory_exponent};
use super::grid::{Grid, Place};
use super::plane::Plane;
use crate::experiment::{Recorded, Spacing, SweepAxis};
use crate::own_words;
use crate::record::{
    Axis, AxisScale, Chart, Exhibit, Map, MapAxis, MapColors, MapLine, Mark, Panel, SERIES_COLORS, Series, SeriesPoint,
    SeriesStyle, Stats, colormap,
};

/// Curves of a cut, at most.
const CUTS: usize = 5;
/// Dots of the scatter, at most.
const DOTS: usize = 4000;
const INK: [u8; 3] = [40, 40, 40];
const FIT: [u8; 3] = [0, 114, 178];
const THEORY: [u8; 3] = [213, 94, 0];

/// Values of a cell, and whether they are final; `None` where there are none yet.
pub type ValueOf<'a> = dyn Fn(usize) -> Option<(&'a [Option<f64>], bool)> + 'a;

/// What a window shows of a plane.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Layer, counted from 1.
    pub layer: usize,
    /// Column of the cells that the colours stand for.
    pub column: String,
    /// Its name.
    pub title: String,
    /// The same as the name of an axis.
    pub label: String,
    /// Whether it is a cosine, which has a sign.
    pub is_cosine: bool,
    /// Whether equal ratios of it are equal steps.
    pub is_logarithmic: bool,
    /// What stands beside the plane.
    pub beside: Beside,
}

/// What stands beside a plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// A cut along the horizontal axis, with that row in front.
    Across(usize),
    /// A cut along the vertical axis, with that column in front.
    Up(usize),
    /// Performance against alignment.
    Scatter,
}

/// Curves of a cut behind the one in front, at most; as many as the window has.
const BEHIND: usize = 8;

/// The part of a sweep's figure that is seen, with marks around what a person has written ([`own_words`]). Sweeps over one field, and over values that are no numbers, are seen as a whole.
#[must_use]
pub fn seen_exhibit<'a>(grid: &Grid, seen: &Seen, subtitle: &str, value_of: &ValueOf<'a>) -> Exhibit {
    let whole = marked_exhibit(grid, seen.layer, subtitle, value_of);
    let Some(y) = grid.y().filter(|_| !grid.has_categories()) else { return whole };
    let x = grid.x();
    let signal = Plane::new(grid, &format!("signal_{}", seen.layer), value_of);
    let plane = Plane::new(grid, &seen.column, value_of);
    let boundary = fit_boundary(grid, &signal);
    let mut lines = zero_lines(&signal);
    lines.extend(interval_lines(grid, &boundary));
    lines.extend(boundary_lines(grid, &boundary));
    let colors = if seen.is_cosine {
        MapColors::Diverging(strongest(&plane))
    } else {
        let (low, high) = ends(&plane, seen.is_logarithmic);
        MapColors::Sequential { low, high, logarithmic: seen.is_logarithmic }
    };
    let beside = match seen.beside {
        Beside::Across(row) => Some(cut_in_front(x, y, row, seen, |at, line| plane.at(at, line))),
        Beside::Up(column) => Some(cut_in_front(y, x, column, seen, |at, line| plane.at(line, at))),
        Beside::Scatter => {
            let is_class = grid.index("validation_accuracy").is_some();
            let performance = if is_class { "validation_accuracy" } else { "validation_loss" };
            scatter(grid, seen.layer, performance, value_of)
        }
    };
    let map = map(grid, y, &plane, seen.title.clone(), colors, &seen.label, lines);
    let panels = std::iter::once(map).chain(beside.map(Panel::Chart)).collect();
    Exhibit { panels, ..whole }
}

/// A cut with one line in front of the others, which lie pale behind it.
fn cut_in_front(
    along: &SweepAxis,
    across: &SweepAxis,
    picked: usize,
    seen: &Seen,
    value: impl Fn(usize, usize) -> f64,
) -> Chart {
    let has_values = |line: &usize| (0..along.values.len()).any(|at| value(at, *line).is_finite());
    // A line that a coarse grid leaves out has nothing to show yet.
    let lines: Vec<usize> = (0..across.values.len()).filter(has_values).collect();
    let front = lines.iter().copied().min_by_key(|line| line.abs_diff(picked)).unwrap_or(0);
    let symbol = across.symbol();
    let series = |line: usize| Series {
        name: format!("{symbol} = {}", short(across.values[line])),
        color: if line == front { SERIES_COLORS[1] } else { INK },
        points: (0..along.values.len())
            .map(|at| SeriesPoint { x: along.shown(at), y: value(at, line), ..SeriesPoint::default() })
            .collect(),
        depth: u8::from(line != front),
        paleness: if line == front { 0.0 } else { 0.7 },
        is_unnamed: line != front,
        ..Series::default()
    };
    let every = across.values.len().div_ceil(BEHIND).max(1);
    let behind = lines.iter().copied().filter(|line| line % every == 0 && *line != front);
    let scale = if seen.is_logarithmic { AxisScale::Log10 } else { AxisScale::Linear };
    Chart {
        title: format!("Cut along {}", along.short_label()),
        x: chart_axis(along),
        y: Axis { label: seen.label.clone(), scale, range: None },
        series: std::iter::once(front).chain(behind).map(series).collect(),
        marks: Vec::new(),
        zero_line: seen.is_cosine,
    }
}

/// All figures of a sweep, one a layer.
#[must_use]
pub fn cell_exhibits<'a>(grid: &Grid, subtitle: &str, value_of: &ValueOf<'a>) -> Vec<Exhibit> {
    grid.layers().into_iter().map(|layer| plane_exhibit(grid, layer, subtitle, value_of)).collect()
}

/// The figure of a sweep for one layer, counted from 1.
#[must_use]
pub fn plane_exhibit<'a>(grid: &Grid, layer: usize, subtitle: &str, value_of: &ValueOf<'a>) -> Exhibit {
    marked_exhibit(grid, layer, subtitle, value_of).in_words(&|text| own_words::plain(text).into_owned())
}

fn marked_exhibit<'a>(grid: &Grid, layer: usize, subtitle: &str, value_of: &ValueOf<'a>) -> Exhibit {
    let of = own_words::marked(&grid.experiment().name);
    let name = format!("phase-{layer}");
    let title = match grid.y() {
        Some(y) => {
            format!("{of}: {} against {}, layer {layer}", y.short_label(), grid.x().short_label())
        }
        None => format!("{of}: {}, layer {layer}", grid.x().short_label()),
    };
    let panels = match grid.y() {
        _ if grid.has_categories() => over_categories(grid, layer, value_of),
        Some(_) => over_plane(grid, layer, value_of),
        None => over_line(grid, layer, value_of),
    };
    Exhibit { name, title, subtitle: subtitle.to_owned(), panels, columns: 2 }
}

fn over_plane<'a>(grid: &Grid, layer: usize, value_of: &ValueOf<'a>) -> Vec<Panel> {
    let Some(y) = grid.y() else { return Vec::new() };
    let x = grid.x();
    let plane_of = |name: &str| Plane::new(grid, name, value_of);
    let signal = plane_of(&format!("signal_{layer}"));
    let records = |what| grid.sweep().record.contains(&what);
    let zero = zero_lines(&signal);
    let mut panels = Vec::new();
    if records(Recorded::Signal) {
        let boundary = fit_boundary(grid, &signal);
        let mut lines = zero.clone();
        lines.extend(interval_lines(grid, &boundary));
        lines.extend(boundary_lines(grid, &boundary));
        let title = format!("Alignment of the learning signal, layer {layer}");
        let colors = MapColors::Diverging(strongest(&signal));
        panels.push(map(grid, y, &signal, title, colors, "cosine", lines));
        let cut = |along: &SweepAxis, across: &SweepAxis, of_row: bool| {
            Panel::Chart(cuts(along, across, |at, line| if of_row { signal.at(at, line) } else { signal.at(line, at) }))
        };
        panels.push(cut(x, y, true));
        panels.push(cut(y, x, false));
    }
    let classes = grid.experiment().is_classification();
    if classes && records(Recorded::Accuracy) {
        let accuracy = plane_of("validation_accuracy");
        let (low, high) = ends(&accuracy, false);
        let colors = MapColors::Sequential { low, high, logarithmic: false };
        panels.push(map(
            grid,
            y,
            &accuracy,
            "Accuracy on the validation set".into(),
            colors,
            "share correct",
            zero.clone(),
        ));
    }
    if records(Recorded::ValidationLoss) {
        let loss = plane_of("validation_loss");
        let (low, high) = ends(&loss, true);
        let colors = MapColors::Sequential { low, high, logarithmic: true };
        panels.push(map(grid, y, &loss, "Validation loss".into(), colors, "validation loss", zero));
    }
    let performance = if classes && records(Recorded::Accuracy) { "validation_accuracy" } else { "validation_loss" };
    panels.extend(scatter(grid, layer, performance, value_of).map(Panel::Chart));
    panels
}

fn map(
    grid: &Grid,
    y: &SweepAxis,
    plane: &Plane,
    title: String,
    colors: MapColors,
    color_label: &str,
    lines: Vec<MapLine>,
) -> Panel {
    let is_whole = plane.finished.iter().all(|finished| *finished);
    Panel::Map(Map {
        title,
        x: map_axis(grid.x()),
        y: map_axis(y),
        values: plane.values.iter().map(|value| *value as f32).collect(),
        unfinished: if is_whole { Vec::new() } else { plane.finished.iter().map(|finished| !finished).collect() },
        colors,
        color_label: color_label.to_owned(),
        lines,
    })
}

fn map_axis(axis: &SweepAxis) -> MapAxis {
    MapAxis {
        label: axis.label(),
        values: (0..axis.values.len()).map(|at| axis.shown(at)).collect(),
        ticks: axis_ticks(axis),
    }
}

/// Round values along an axis, as they are shown, with their places in cells.
#[must_use]
pub fn axis_ticks(axis: &SweepAxis) -> Vec<(f64, f64)> {
    let shown: Vec<f64> = (0..axis.values.len()).map(|at| axis.shown(at)).collect();
    let (low, high) = shown.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
    let field_value = |shown: f64| if axis.squared { shown.max(0.0).sqrt() } else { shown };
    let is_log = axis.spacing == Spacing::Log && low > 0.0;
    let values: Vec<f64> = if shown.len() <= 6 {
        shown
    } else if is_log {
        let digits: &[f64] = if high / low > 200.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
        let decades = low.log10().floor() as i32..=high.log10().ceil() as i32;
        let all = decades.flat_map(|decade| digits.iter().map(move |digit| digit * 10f64.powi(decade)));
        all.filter(|v| *v >= low * 0.999 && *v <= high * 1.001).collect()
    } else {
        let raw = (high - low) / 5.0;
        let power = 10f64.powf(raw.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|n| n * power).into_iter().find(|s| *s >= raw * 0.8).unwrap_or(raw);
        let count = ((high - low) / step + 1e-9) as usize;
        let first = (low / step - 1e-9).ceil();
        (0..=count).map(|at| (first + at as f64) * step).filter(|v| *v <= high * (1.0 + 1e-9)).collect()
    };
    values.into_iter().map(|value| (axis.place_of(field_value(value)), value)).collect()
}

fn zero_lines(signal: &Plane) -> Vec<MapLine> {
    let line = |points| MapLine { name: "alignment 0".into(), color: INK, style: SeriesStyle::Line, points };
    contour(signal, 0.0).into_iter().map(line).collect()
}

/// Where the boundary is known to lie between two neighbours and no better: a line from one to the other.
#[must_use]
pub fn interval_lines(grid: &Grid, boundary: &Boundary) -> Vec<MapLine> {
    let Some(y) = grid.y() else { return Vec::new() };
    let x = grid.x();
    let line = |(from, to, y_value): (f64, f64, f64)| {
        let row = y.place_of(y_value);
        let points = vec![(x.place_of(from), row), (x.place_of(to), row)];
        MapLine { name: "zero lies within (coarse)".into(), color: INK, style: SeriesStyle::Line, points }
    };
    let coarse = boundary.crossings.iter().filter(|crossing| crossing.coarse);
    coarse.filter_map(|crossing| Some(line((crossing.from, crossing.to, crossing.y?)))).collect()
}

/// The fitted power law where there is one, and the theory's through the same points where it says something.
#[must_use]
pub fn boundary_lines(grid: &Grid, boundary: &Boundary) -> Vec<MapLine> {
    let Some((law, offset)) = boundary.law_and_offset().filter(|_| grid.y().is_some()) else { return Vec::new() };
    let PowerLaw { exponent, exponent_se, coefficient, .. } = law;
    let (left, right) = sides(grid);
    let (left_axis, right_axis) = (&grid.axes()[left], &grid.axes()[right]);
    let (name, of) = (left_axis.symbol(), right_axis.symbol());
    let name = if offset > 0.0 { format!("{name} \u{2212} {name}\u{2080}") } else { name };
    let is_within = |axis: &SweepAxis, place: f64| place > -0.5 && place < axis.values.len() as f64 - 0.5;
    let curve = |exponent: f64, coefficient: f64| -> Vec<(f64, f64)> {
        const STEPS: usize = 200;
        let last = (right_axis.values.len() - 1) as f64;
        (0..=STEPS)
            .map(|step| {
                let place = -0.5 + (last + 1.0) * step as f64 / STEPS as f64;
                (place, right_axis.value_at(place))
            })
            .filter(|(_, value)| *value > 0.0)
            .map(|(place, value)| (place, left_axis.place_of(offset + coefficient * value.powf(exponent))))
            // Beyond the ends the axis has no place of its own.
            .filter(|(_, place)| is_within(left_axis, *place))
            .map(|(along, across)| if left == 0 { (across, along) } else { (along, across) })
            .collect()
    };
    let mut lines = vec![MapLine {
        name: format!("fit {name} \u{221d} {of}\u{1d56}, p = {exponent:.2} \u{b1} {exponent_se:.2}"),
        color: FIT,
        style: SeriesStyle::Dashed,
        points: curve(exponent, coefficient),
    }];
    if let Ok(theory) = theory_exponent(grid) {
        // Through the middle of the same points, in logarithms.
        let logs: Vec<f64> = { boundary.crossings.iter().filter(|crossing| !crossing.coarse) }
            .filter_map(|crossing| Some(sided(left, crossing.x, crossing.y?)))
            .filter(|(u, v)| *u > 0.0 && *v > offset)
            .map(|(u, v)| (v - offset).ln() - theory * u.ln())
            .collect();
        let through = (logs.iter().sum::<f64>() / logs.len().max(1) as f64).exp();
        lines.push(MapLine {
            name: format!("theory p = {theory} (eq. 18)"),
            color: THEORY,
            style: SeriesStyle::Dotted,
            points: curve(theory, through),
        });
    }
    lines
}

/// Curves along one axis for some values of the other.
fn cuts(along: &SweepAxis, across: &SweepAxis, value: impl Fn(usize, usize) -> f64) -> Chart {
    let lines = across.values.len();
    let count = CUTS.min(lines);
    let chosen = (0..count).map(|at| if count == 1 { 0 } else { at * (lines - 1) / (count - 1) });
    let symbol = across.symbol();
    let series = chosen.enumerate().map(|(place, line)| Series {
        name: format!("{symbol} = {}", short(across.values[line])),
        color: SERIES_COLORS[place % SERIES_COLORS.len()],
        style: SeriesStyle::Line,
        points: (0..along.values.len())
            .map(|at| SeriesPoint { x: along.shown(at), y: value(at, line), ..SeriesPoint::default() })
            .collect(),
        ..Series::default()
    });
    Chart {
        title: format!("Cuts along {}", along.short_label()),
        x: chart_axis(along),
        y: Axis { label: "cosine".into(), ..Axis::default() },
        series: series.collect(),
        marks: Vec::new(),
        zero_line: true,
    }
}

pub(super) fn chart_axis(axis: &SweepAxis) -> Axis {
    let shown = || (0..axis.values.len()).map(|at| axis.shown(at));
    let least = shown().filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
    let scale = match axis.spacing {
        Spacing::Log if shown().all(|value| value > 0.0) => AxisScale::Log10,
        // As the map has it: zero stands before the decades.
        Spacing::Log if least.is_finite() && shown().all(|value| value >= 0.0) => {
            AxisScale::LogBesideZero { least: (least.log10() + 1e-9).floor() as i32 }
        }
        _ => AxisScale::Linear,
    };
    Axis { label: axis.label(), scale, range: None }
}

/// Performance against alignment, a dot a cell (Figure 5, right).
fn scatter<'a>(grid: &Grid, layer: usize, performance: &str, value_of: &ValueOf<'a>) -> Option<Chart> {
    let at = |name: &str| grid.index(name);
    let (x, y) = (at(&format!("signal_{layer}"))?, at(performance)?);
    let is_loss = performance == "validation_loss";
    let every = grid.cells().div_ceil(DOTS);
    let points = (0..grid.cells()).step_by(every).filter_map(|cell| {
        let (values, is_final) = value_of(cell)?;
        let (x, y) = (values[x]?, values[y]?);
        (is_final && (!is_loss || y > 0.0)).then(|| SeriesPoint { x, y, ..SeriesPoint::default() })
    });
    let (words, scale) = if is_loss { ("Validation loss", AxisScale::Log10) } else { ("Accuracy", AxisScale::Linear) };
    let points: Vec<SeriesPoint> = points.collect();
    let most = points.iter().fold(0.05_f64, |most, point| most.max(point.x.abs())) * 1.08;
    let series = Series {
        name: "a cell and seed".into(),
        color: SERIES_COLORS[0],
        style: SeriesStyle::Points,
        points,
        ..Series::default()
    };
    Some(Chart {
        title: format!("{words} against alignment"),
        x: Axis { label: format!("cosine, layer {layer}"), range: Some((-most, most)), ..Axis::default() },
        y: Axis { label: words.to_lowercase(), scale, range: None },
        series: vec![series],
        marks: Vec::new(),
        zero_line: false,
    })
}

/// A sweep over one field: means over seeds with their spread.
fn over_line<'a>(grid: &Grid, layer: usize, value_of: &ValueOf<'a>) -> Vec<Panel> {
    let x = grid.x();
    let curve = |name: &str, label: &str, color: [u8; 3], style: SeriesStyle| {
        let at = grid.index(name)?;
        let point = |column: usize| {
            let seeds = (0..grid.seeds().len()).map(|seed_place| {
                let (values, _) = value_of(grid.cell(Place { column, row: 0, seed_place }))?;
                values.get(at).copied().flatten()
            });
            let Stats { mean, sd, .. } = Stats::over(seeds.collect());
            let y = mean.unwrap_or(f64::NAN);
            SeriesPoint {
                x: x.shown(column),
                y,
                low: sd.map(|sd| y - sd),
                high: sd.map(|sd| y + sd),
                ..SeriesPoint::default()
            }
        };
        Some(Series {
            name: label.to_owned(),
            color,
            style,
            points: (0..grid.columns()).map(point).collect(),
            ..Series::default()
        })
    };
    let signal = curve(&format!("signal_{layer}"), "learning signal", SERIES_COLORS[0], SeriesStyle::Line);
    let full = curve(&format!("full_{layer}"), "full update", SERIES_COLORS[0], SeriesStyle::Dashed);
    let alignment = Chart {
        title: format!("Alignment, layer {layer}"),
        x: chart_axis(x),
        y: Axis { label: "cosine".into(), ..Axis::default() },
        series: signal.into_iter().chain(full).collect(),
        marks: zero_marks(grid, layer, value_of),
        zero_line: true,
    };
    let loss = curve("validation_loss", "validation loss", SERIES_COLORS[1], SeriesStyle::Line).map(|series| Chart {
        title: "Validation loss".into(),
        x: chart_axis(x),
        y: Axis { label: "validation loss".into(), scale: AxisScale::Log10, range: None },
        series: vec![series],
        marks: Vec::new(),
        zero_line: false,
    });
    std::iter::once(alignment).chain(loss).map(Panel::Chart).collect()
}

/// Where alignment is zero along the only axis.
fn zero_marks<'a>(grid: &Grid, layer: usize, value_of: &ValueOf<'a>) -> Vec<Mark> {
    let boundary = fit_boundary(grid, &Plane::new(grid, &format!("signal_{layer}"), value_of));
    zeros_as_marks(grid.x(), None, &boundary.crossings)
}

/// Changes of sign along an axis as marks, for which `name` is said before.
pub(super) fn zeros_as_marks(axis: &SweepAxis, name: Option<String>, crossings: &[Crossing]) -> Vec<Mark> {
    let shown = |value: f64| if axis.squared { value * value } else { value };
    let name = name.map_or_else(String::new, |name| format!("{name}: "));
    let mark = |value: f64, label: String| Mark { x: shown(value), label: format!("{name}{label}"), is_ahead: false };
    let marks = crossings.iter().flat_map(|crossing| match crossing.coarse {
        true => vec![mark(crossing.from, "zero between here".into()), mark(crossing.to, "and here".into())],
        false => vec![mark(crossing.x, format!("zero at {}", brief(shown(crossing.x))))],
    });
    marks.collect()
}

/// The strongest colour: the largest magnitude, to the next tenth.
fn strongest(plane: &Plane) -> f32 {
    let largest = plane.values.iter().filter(|v| v.is_finite()).fold(0.0_f64, |most, v| most.max(v.abs()));
    ((largest * 10.0).ceil() / 10.0).clamp(0.1, 1.0) as f32
}

/// Smallest and largest value.
fn ends(plane: &Plane, positive: bool) -> (f32, f32) {
    let usable = |v: &&f64| v.is_finite() && (!positive || **v > 0.0);
    let (low, high) =
        plane.values.iter().filter(usable).fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
    if low < high { (low as f32, high as f32) } else { (1e-3, 1.0) }
}

fn short(value: f64) -> String {
    let text = format!("{value:.2e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
    match exponent.parse::<i32>() {
        Ok(0) => mantissa.to_owned(),
        Ok(exponent) if (-2..3).contains(&exponent) => format!("{}", (value * 1e4).round() / 1e4),
        _ => crate::record::with_raised_power(&format!("{mantissa}e{exponent}")),
    }
}

/// The colour of an alignment where the strongest is that of the plane; for who draws cells of its own.
#[must_use]
pub fn color(plane: &Plane, value: f64, dark: bool) -> [u8; 3] {
    colormap::diverging((value / f64::from(strongest(plane))) as f32, dark)
}
