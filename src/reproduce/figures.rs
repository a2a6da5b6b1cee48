//! Panels as the paper draws them, from what ran.

use super::course::{CourseRecord, CurveBin, MatrixRecord, NeuronRecord};
use super::evidence::Sample;
use crate::record::{Axis, AxisScale, Chart, Groups, Heat, Panel, SERIES_COLORS, Series, SeriesPoint, SeriesStyle};

/// A curve of samples over the values of an axis, one standard deviation to either side.
pub(super) fn sampled(name: impl Into<String>, place: usize, xs: &[f64], samples: &[Sample]) -> Series {
    let point = |(x, sample): (&f64, &Sample)| {
        let y = sample.mean().unwrap_or(f64::NAN);
        let sd = sample.sd();
        SeriesPoint { x: *x, y, low: sd.map(|sd| y - sd), high: sd.map(|sd| y + sd), ..SeriesPoint::default() }
    };
    series(name, place, xs.iter().zip(samples).map(point).collect())
}

/// A curve in the colour of its place; beyond six, dashed.
pub(super) fn series(name: impl Into<String>, place: usize, points: Vec<SeriesPoint>) -> Series {
    let colors = SERIES_COLORS.len();
    let style = if place < colors { SeriesStyle::Line } else { SeriesStyle::Dashed };
    Series { name: name.into(), color: SERIES_COLORS[place % colors], style, points, ..Series::default() }
}

/// Curves of alignment.
pub(super) fn alignment_chart(title: impl Into<String>, x: Axis, series: Vec<Series>) -> Panel {
    let y = Axis { label: "cosine".into(), ..Axis::default() };
    Panel::Chart(Chart { title: title.into(), x, y, series, marks: Vec::new(), zero_line: true })
}

/// Samples of named groups, a point each, as where an axis is of the values 0, 5e-5, 5e-4, 5e-3.
pub(super) fn groups(
    title: impl Into<String>,
    label: &str,
    y: &str,
    names: &[String],
    rows: &[(String, Vec<Sample>)],
) -> Panel {
    let xs: Vec<f64> = (0..names.len()).map(|at| at as f64).collect();
    let of_row = |(place, (name, samples)): (usize, &(String, Vec<Sample>))| {
        let mut one = sampled(name.clone(), place, &xs, samples);
        one.points.resize(names.len(), SeriesPoint { y: f64::NAN, ..SeriesPoint::default() });
        one
    };
    Panel::Groups(Groups {
        title: title.into(),
        label: label.into(),
        y: Axis { label: y.into(), ..Axis::default() },
        groups: names.to_vec(),
        series: rows.iter().enumerate().map(of_row).collect(),
        zero_line: true,
    })
}

/// Points against each other, a dot a run.
pub(super) fn scatter(title: &str, x: &str, y: &str, scale: AxisScale, points: &[(f64, f64)]) -> Panel {
    let dots = points.iter().map(|(x, y)| SeriesPoint { x: *x, y: *y, ..SeriesPoint::default() }).collect();
    Panel::Chart(Chart {
        title: title.into(),
        x: Axis { label: x.into(), ..Axis::default() },
        y: Axis { label: y.into(), scale, range: None },
        series: vec![Series { style: SeriesStyle::Points, ..series("a run", 0, dots) }],
        marks: Vec::new(),
        zero_line: false,
    })
}

/// A curve of a run, mean and standard deviation over each of its bins.
pub(super) fn course_series(name: impl Into<String>, place: usize, record: &CourseRecord, curve: usize) -> Series {
    let spread = |bin: &CurveBin, side: f64| (bin.n > 1).then_some(bin.mean + side * bin.sd);
    let point = |bin: &CurveBin| SeriesPoint {
        x: bin.step,
        y: bin.mean,
        low: spread(bin, -1.0),
        high: spread(bin, 1.0),
        ..SeriesPoint::default()
    };
    series(name, place, record.curves.get(curve).into_iter().flatten().map(point).collect())
}

/// Curves over the steps of runs.
pub(super) fn course_chart(title: impl Into<String>, y: &str, scale: AxisScale, series: Vec<Series>) -> Panel {
    Panel::Chart(Chart {
        title: title.into(),
        x: Axis { label: "step".into(), ..Axis::default() },
        y: Axis { label: y.into(), scale, range: None },
        series,
        marks: Vec::new(),
        zero_line: scale == AxisScale::Linear,
    })
}

/// Cosines of neurons over time, a row a neuron.
pub(super) fn neuron_heat(title: impl Into<String>, record: &NeuronRecord, most: usize) -> Panel {
    let rows = record.statistics.len().min(most);
    let values = record.values.iter().take(rows * record.bins).map(|value| value.unwrap_or(f32::NAN)).collect();
    Panel::Heat(Heat {
        title: title.into(),
        x: Axis { label: "step".into(), ..Axis::default() },
        y: Axis { label: "neuron".into(), ..Axis::default() },
        x_edges: (record.first_step as f64, record.bin_width as f64),
        rows,
        columns: record.bins,
        values,
        range: 1.0,
        color_label: "cosine of the full update".into(),
        row_labels: None,
        column_labels: None,
        ..Heat::default()
    })
}

/// The corners of signal and Hebbian update beside each other.
pub(super) fn matrix_heats(what: &str, record: &MatrixRecord) -> [Panel; 2] {
    let heat = |name: &str, values: &[f32]| {
        // One strong entry would leave the others pale: the strongest colours are two standard deviations.
        let square = values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / values.len().max(1) as f64;
        Panel::Heat(Heat {
            title: format!("{name}, {what}"),
            x: Axis { label: "dimension 2 (pre-synaptic)".into(), ..Axis::default() },
            y: Axis { label: "dimension 1 (post-synaptic)".into(), ..Axis::default() },
            x_edges: (0.5, 1.0),
            rows: record.rows,
            columns: record.columns,
            values: values.to_vec(),
            range: (2.0 * square.sqrt()).max(1e-12) as f32,
            color_label: "direction (matrix over its norm)".into(),
            row_labels: None,
            column_labels: None,
            ..Heat::default()
        })
    };
    [heat("Learning signal", &record.signal), heat("Hebbian update", &record.hebbian)]
}
