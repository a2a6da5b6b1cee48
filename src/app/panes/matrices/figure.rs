//! The matrices as a figure and as tables.

use super::header::Choices;
use super::ordering::MatrixOrder;
use super::picture::Reduced;
use super::plates::ColorScale;
use super::quantity::MatrixQuantity;
use super::readout;
use super::step::Step;
use crate::app::figures::exhibits;
use crate::app::panes::parts::units::Units;
use crate::record::{Axis, Chart, Heat, Panel, Series, SeriesStyle, Table};

/// Cells to a side up to which a figure shows each; more are averaged.
const CELLS: usize = 512;

/// Four heat maps a step, the scatter plot of the last step, and a table of norms and cosines.
#[must_use]
pub fn panels(steps: &[(&str, &Step)], choices: &Choices, units: Units) -> Vec<Panel> {
    let reduced: Vec<[Reduced; 4]> = steps.iter().map(|(_, step)| reduce(step)).collect();
    let sheets = steps.iter().zip(&reduced);
    let peaks: Vec<_> =
        sheets.map(|((_, step), reduced)| (step.sheet(), reduced.each_ref().map(|reduced| reduced.peak))).collect();
    let (strongest, _) = choices.scale.strongest(&peaks);
    let mut panels = Vec::new();
    for (((name, step), reduced), strongest) in steps.iter().zip(reduced).zip(strongest) {
        for ((quantity, reduced), strongest) in MatrixQuantity::ALL.into_iter().zip(reduced).zip(strongest) {
            panels.push(Panel::Heat(heat(name, step, quantity, reduced, (strongest, units), choices)));
        }
    }
    if let Some((name, step)) = steps.last() {
        panels.push(Panel::Chart(scatter(name, step, choices.scatter)));
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
    (strongest, units): (f32, Units),
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
        ..Heat::default()
    }
}

fn scatter(name: &str, step: &Step, chosen: MatrixQuantity) -> Chart {
    let sheet = step.sheet();
    let (x, y) = (&sheet.sample[MatrixQuantity::Hebbian.index()], &sheet.sample[chosen.index()]);
    let symbol = chosen.symbol();
    let points = x.iter().zip(y).map(|(x, y)| exhibits::point(f64::from(*x), f64::from(*y))).collect();
    let color = exhibits::rgb(exhibits::layer_color(sheet.layer));
    let mut series =
        vec![Series { name: "elements".into(), color, style: SeriesStyle::Points, points, ..Series::default() }];
    if let Some(slope) = sheet.hebbian_cosines[chosen.index()] {
        let end = x.iter().map(|x| f64::from(x.abs())).filter(|x| x.is_finite()).fold(1.0, f64::max);
        let points = [-end, end].map(|x| exhibits::point(x, slope * x)).to_vec();
        let name = format!("least squares through 0, slope = cosine = {slope:.3}");
        series.push(Series { name, color: [190, 60, 0], style: SeriesStyle::Line, points, ..Series::default() });
    }
    let axis = |symbol: &str| Axis { label: format!("{symbol} / RMS({symbol})"), ..Axis::default() };
    let title = format!("{name}{symbol} against H");
    Chart { title, x: axis("H"), y: axis(symbol), series, marks: Vec::new(), zero_line: true }
}
