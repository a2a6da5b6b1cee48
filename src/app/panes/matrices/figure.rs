//! The matrices as a figure and as tables.

use eframe::egui::Theme;

use super::header::Choices;
use super::ordering::MatrixOrder;
use super::picture::Reduced;
use super::plates::ColorScale;
use super::quantity::MatrixQuantity;
use super::readout;
use super::step::Step;
use crate::app::figures::exhibits;
use crate::app::look::numbers;
use crate::app::look::theme::Palette;
use crate::app::panes::parts::units::Units;
use crate::record::{Axis, Chart, Heat, Panel, Series, SeriesPoint, SeriesStyle, Table};

/// Cells to a side up to which a figure shows each; more are averaged.
const CELLS: usize = 512;

/// Four heat maps a step, the scatter plot of the last step, and a table of norms and cosines.
#[must_use]
pub fn panels(steps: &[(&str, &Step)], choices: &Choices, units: Units, picked: Option<usize>) -> Vec<Panel> {
    let reduced: Vec<[Reduced; 4]> = steps.iter().map(|(_, step)| reduce(step)).collect();
    let sheets = steps.iter().zip(&reduced);
    let peaks: Vec<_> =
        sheets.map(|((_, step), reduced)| (step.sheet(), reduced.each_ref().map(|reduced| reduced.peak))).collect();
    let (strongest, _) = choices.scale.strongest(&peaks);
    let mut panels = Vec::new();
    for (((name, step), reduced), strongest) in steps.iter().zip(reduced).zip(strongest) {
        for ((quantity, reduced), strongest) in MatrixQuantity::ALL.into_iter().zip(reduced).zip(strongest) {
            panels.push(Panel::Heat(heat(name, step, quantity, reduced, (strongest, units, picked), choices)));
        }
    }
    if let Some((name, step)) = steps.last() {
        let frozen = steps.first().filter(|_| steps.len() > 1);
        panels.push(Panel::Chart(scatter(name, step, frozen, choices.scatter)));
    }
    let named: Vec<_> = steps.iter().map(|(name, step)| (*name, step.sheet())).collect();
    let (header, rows) = readout::table(&named);
    panels.push(Panel::Table(Table { title: "Norms and cosines over the whole layer".into(), header, rows }));
    panels
}

fn block(step: &Step) -> (usize, usize) {
    let (rows, columns) = step.cells();
    (rows.div_ceil(CELLS).max(1), columns.div_ceil(CELLS).max(1))
}

fn reduce(step: &Step) -> [Reduced; 4] {
    MatrixQuantity::ALL
        .map(|quantity| Reduced::new(quantity.of(step.sheet().matrices()), step.arrangement(), block(step)))
}

fn heat(
    name: &str,
    step: &Step,
    quantity: MatrixQuantity,
    reduced: Reduced,
    (strongest, units, picked): (f32, Units, Option<usize>),
    choices: &Choices,
) -> Heat {
    let (down, across) = block(step);
    let norm = step.sheet().norms[quantity.index()];
    let symbol = quantity.symbol();
    let (values, range, label) = match choices.scale {
        ColorScale::Direction if norm > 0.0 => {
            let values = reduced.values.iter().map(|value| (f64::from(*value) / norm) as f32).collect();
            (values, (f64::from(strongest) / norm) as f32, format!("{symbol} / ‖{symbol}‖"))
        }
        _ => (reduced.values, strongest, symbol.to_owned()),
    };
    let whole = (down, across) == (1, 1);
    let numbers = |neurons: &[usize]| neurons.iter().map(|neuron| (neuron + 1).to_string()).collect::<Vec<_>>();
    let is_plain = step.arrangement().is_plain();
    let axis = |side: &str, block: usize| {
        let order = match choices.order {
            _ if is_plain => "",
            MatrixOrder::Index => ", place among those shown",
            MatrixOrder::Mean => ", place by mean of H",
            MatrixOrder::Similarity => ", place by similarity",
        };
        let block = if block > 1 { format!(" (means of {block})") } else { String::new() };
        Axis { label: format!("{side}{order}{block}"), ..Axis::default() }
    };
    Heat {
        title: format!("{name}{}", quantity.title()),
        x: axis(units.across(), across),
        y: axis(units.down(), down),
        x_edges: (0.5, across as f64),
        rows: reduced.rows,
        columns: reduced.columns,
        values,
        range,
        color_label: label,
        row_labels: (whole && !is_plain).then(|| numbers(&step.arrangement().rows)),
        column_labels: (whole && !is_plain).then(|| numbers(&step.arrangement().columns)),
        picked_row: picked
            .and_then(|neuron| step.arrangement().rows.iter().position(|row| *row == neuron))
            .map(|row| row / down),
        is_square: true,
        ..Heat::default()
    }
}

/// As the window has it: a frozen step lies pale behind, both axes are symmetric, and the line has the cosine as its slope.
fn scatter(name: &str, step: &Step, frozen: Option<&(&str, &Step)>, chosen: MatrixQuantity) -> Chart {
    let sheet = step.sheet();
    let symbol = chosen.symbol();
    let points = |step: &Step| -> Vec<SeriesPoint> {
        let sample = &step.sheet().sample;
        let (x, y) = (&sample[MatrixQuantity::Hebbian.index()], &sample[chosen.index()]);
        x.iter().zip(y).map(|(x, y)| exhibits::point(f64::from(*x), f64::from(*y))).collect()
    };
    let elements = |name: String, points, depth, paleness, color| {
        let style = SeriesStyle::Points;
        Series { name, color, style, points, depth, paleness, ..Series::default() }
    };
    let own = points(step);
    let extent = |of: fn(&SeriesPoint) -> f64| {
        1.06 * own.iter().map(|point| of(point).abs()).filter(|v| v.is_finite()).fold(1.0, f64::max)
    };
    let (width, height) = (extent(|point| point.x), extent(|point| point.y));
    let color = exhibits::rgb(exhibits::layer_color(sheet.layer));
    let mut series = vec![elements(format!("{name}elements"), own, 0, 0.0, color)];
    if let Some(slope) = sheet.hebbian_cosines[chosen.index()] {
        let points = [-width, width].map(|x| exhibits::point(x, slope * x)).to_vec();
        let name = format!("least squares through 0, slope = cosine = {}", numbers::cosine(slope).trim_start());
        let color = exhibits::rgb(Palette::of(Theme::Light).warning);
        series.push(Series { name, color, points, ..Series::default() });
    }
    series.extend(frozen.map(|(name, frozen)| elements(format!("{name}elements"), points(frozen), 1, 0.55, [90; 3])));
    let axis = |symbol: &str, reach: f64| Axis {
        label: format!("{symbol} / RMS({symbol})"),
        range: Some((-reach, reach)),
        ..Axis::default()
    };
    let title = format!("{name}{symbol} against H");
    Chart { title, x: axis("H", width), y: axis(symbol, height), series, marks: Vec::new(), zero_line: true }
}
