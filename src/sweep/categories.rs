//! Figures of a sweep over values that are no numbers: a curve for each along the axis of numbers, or a point for each.

use super::exhibit::{ValueOf, chart_axis, zeros_as_marks};
use super::fit::fit_boundary;
use super::grid::{Grid, Place};
use super::plane::Plane;
use crate::experiment::SweepAxis;
use crate::record::{
    Axis, AxisScale, Chart, Groups, Mark, Panel, SERIES_COLORS, Series, SeriesPoint, SeriesStyle, Stats,
};

/// How curves look that would have the colour of another one.
const STYLES: [SeriesStyle; 3] = [SeriesStyle::Line, SeriesStyle::Dashed, SeriesStyle::Dotted];

/// A quantity of a figure.
struct Quantity {
    /// Name of the values.
    name: String,
    title: String,
    y: Axis,
    zero_line: bool,
}

impl Quantity {
    /// Those that a grid records of a layer.
    fn recorded(grid: &Grid, layer: usize) -> Vec<Self> {
        let cosine = || Axis { label: "cosine".into(), ..Axis::default() };
        let of_layer = |name: &str, words: &str| Self {
            name: format!("{name}_{layer}"),
            title: format!("Alignment of the {words}, layer {layer}"),
            y: cosine(),
            zero_line: true,
        };
        let of_validation = |name: &str, title: &str, label: &str, scale| Self {
            name: name.into(),
            title: title.into(),
            y: Axis { label: label.into(), scale, range: None },
            zero_line: false,
        };
        let loss = of_validation("validation_loss", "Validation loss", "validation loss", AxisScale::Log10);
        let words = "Accuracy on the validation set";
        let accuracy = of_validation("validation_accuracy", words, "share correct", AxisScale::Linear);
        let all = [of_layer("signal", "learning signal"), of_layer("full", "full update"), loss, accuracy];
        all.into_iter().filter(|quantity| grid.index(&quantity.name).is_some()).collect()
    }
}

/// Panels of a grid one of whose axes has values that are no numbers.
pub(super) fn over_categories<'a>(grid: &Grid, layer: usize, value_of: &ValueOf<'a>) -> Vec<Panel> {
    let numbers = grid.axes().iter().position(|axis| !axis.is_category());
    let panel = |quantity: Quantity| match numbers {
        Some(along) => Panel::Chart(curves(grid, along, &quantity, layer, value_of)),
        None => Panel::Groups(points(grid, &quantity, value_of)),
    };
    Quantity::recorded(grid, layer).into_iter().map(panel).collect()
}

/// A curve for each value of the other axis, where there is one.
fn curves<'a>(grid: &Grid, along: usize, quantity: &Quantity, layer: usize, value_of: &ValueOf<'a>) -> Chart {
    let axis = &grid.axes()[along];
    let across = &grid.axes()[1 - along];
    let curve = |line: usize| {
        let place = |at: usize| if along == 0 { (at, line) } else { (line, at) };
        let point = |at: usize| SeriesPoint { x: axis.shown(at), ..mean(grid, place(at), &quantity.name, value_of) };
        series(across.named_value(line), line, (0..axis.values.len()).map(point).collect())
    };
    Chart {
        title: quantity.title.clone(),
        x: chart_axis(axis),
        y: quantity.y.clone(),
        series: (0..across.values.len()).map(curve).collect(),
        marks: if quantity.name.starts_with("signal") { zero_marks(grid, axis, layer, value_of) } else { Vec::new() },
        zero_line: quantity.zero_line,
    }
}

/// A group for each value of the horizontal axis, in it a point for each of the vertical one.
fn points<'a>(grid: &Grid, quantity: &Quantity, value_of: &ValueOf<'a>) -> Groups {
    let x = grid.x();
    let of_row = |row: usize| {
        let name = grid.y().map_or_else(String::new, |y| y.named_value(row));
        let of_column = |column: usize| mean(grid, (column, row), &quantity.name, value_of);
        series(name, row, (0..grid.columns()).map(of_column).collect())
    };
    Groups {
        title: quantity.title.clone(),
        label: x.label(),
        y: quantity.y.clone(),
        groups: (0..grid.columns()).map(|column| x.named_value(column)).collect(),
        series: (0..grid.rows()).map(of_row).collect(),
        zero_line: quantity.zero_line,
    }
}

fn series(name: String, place: usize, points: Vec<SeriesPoint>) -> Series {
    let colors = SERIES_COLORS.len();
    Series {
        name,
        color: SERIES_COLORS[place % colors],
        style: STYLES[place / colors % STYLES.len()],
        points,
        ..Series::default()
    }
}

/// Mean over the seeds of a point of the grid, one standard deviation to either side.
fn mean<'a>(grid: &Grid, (column, row): (usize, usize), name: &str, value_of: &ValueOf<'a>) -> SeriesPoint {
    let at = grid.index(name);
    let value = |seed_place: usize| {
        let (values, _) = value_of(grid.cell(Place { column, row, seed_place }))?;
        values.get(at?).copied().flatten()
    };
    let Stats { mean, sd, .. } = Stats::over((0..grid.seeds().len()).map(value).collect());
    let y = mean.unwrap_or(f64::NAN);
    SeriesPoint { y, low: sd.map(|sd| y - sd), high: sd.map(|sd| y + sd), ..SeriesPoint::default() }
}

/// Where alignment is zero, value by value.
fn zero_marks<'a>(grid: &Grid, axis: &SweepAxis, layer: usize, value_of: &ValueOf<'a>) -> Vec<Mark> {
    let boundary = fit_boundary(grid, &Plane::new(grid, &format!("signal_{layer}"), value_of));
    let of_value = |(value, crossings)| zeros_as_marks(axis, Some(value), crossings);
    let found = boundary.categories.iter().map(|one| (one.value.plain(), one.crossings.as_slice()));
    found.flat_map(of_value).collect()
}
