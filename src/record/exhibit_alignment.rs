//! Alignment of a whole run as an exhibit.

use super::alignment_curves::BandCurves;
use super::error::RecordError;
use super::exhibit::{Axis, Chart, Exhibit, Panel, SERIES_COLORS, Series, SeriesPoint};
use super::figure::{Figure, Marker};

/// Pixels a point of the PNG.
const PNG_SCALE: u32 = 2;

/// Alignment against step, above for the learning signal g, below for the full update: the mean over seeds of each
/// layer, counted from 1, with a band of one standard deviation over seeds. Undefined alignments are gaps.
///
/// # Errors
/// When the run has no such layer.
pub fn alignment_exhibit(
    store: &dyn BandCurves,
    layers: &[usize],
    title: &str,
    subtitle: &str,
) -> Result<Exhibit, RecordError> {
    let steps = store.last_step().map_or(1, |step| step.saturating_add(1));
    let panel = |label: &str, name: &str| {
        let series = series(store, layers, name)?;
        let x = Axis { label: "step".into(), range: Some((0.0, steps as f64)), ..Axis::default() };
        let y = Axis { label: label.into(), range: Some(range(&series)), ..Axis::default() };
        Ok(Panel::Chart(Chart { title: String::new(), x, y, series, marks: Vec::new(), zero_line: true }))
    };
    let reading = if store.seed_count() > 1 { "line: mean over seeds; band: \u{b1} 1 SD over seeds" } else { "" };
    let parts: Vec<&str> = [subtitle, reading].into_iter().filter(|part| !part.is_empty()).collect();
    let panels = vec![panel("alignment, cos(g, H)", "signal")?, panel("full update, cos(\u{394}W, H)", "full")?];
    let (name, title, subtitle) = ("alignment".into(), title.into(), parts.join(" \u{b7} "));
    Ok(Exhibit { name, title, subtitle, panels, columns: 1 })
}

/// [`alignment_exhibit`] drawn in both forms.
///
/// # Errors
/// As [`alignment_exhibit`], and when the drawing library fails.
pub fn alignment_figure(
    store: &dyn BandCurves,
    layers: &[usize],
    title: &str,
    subtitle: &str,
) -> Result<Figure, RecordError> {
    alignment_exhibit(store, layers, title, subtitle)?.figure()
}

impl Exhibit {
    /// Both forms, as run folders have them.
    ///
    /// # Errors
    /// When the drawing library fails.
    pub fn figure(&self) -> Result<Figure, RecordError> {
        Ok(Figure { svg: self.svg()?, png: self.png(PNG_SCALE)? })
    }
}

fn series(store: &dyn BandCurves, layers: &[usize], name: &str) -> Result<Vec<Series>, RecordError> {
    let curve = |(index, layer): (usize, &usize)| {
        let column = format!("{name}_{layer}");
        let column = store.columns().index(&column).ok_or(RecordError::NoColumn(column))?;
        let mut points: Vec<SeriesPoint> = Vec::new();
        let mut previous = 0;
        for point in store.points(column) {
            if point.is_after_gap {
                let x = (previous as f64 + point.first_step as f64) / 2.0;
                points.push(SeriesPoint { x, y: f64::NAN, ..SeriesPoint::default() });
            }
            previous = point.last_step;
            let (mean, sd) = (f64::from(point.mean), point.sd.map(f64::from));
            let x = (point.first_step as f64 + point.last_step as f64) / 2.0;
            points.push(SeriesPoint {
                x,
                y: mean,
                low: sd.map(|sd| mean - sd),
                high: sd.map(|sd| mean + sd),
                ..SeriesPoint::default()
            });
        }
        let color = SERIES_COLORS[index % SERIES_COLORS.len()];
        let marker = Some(Marker::of(index + 1));
        Ok(Series { name: store.columns().title(*layer), color, marker, points, ..Series::default() })
    };
    layers.iter().enumerate().map(curve).collect()
}

/// Range of the vertical axis: the bands and zero with a margin, within what a cosine can be.
fn range(series: &[Series]) -> (f64, f64) {
    let values = series
        .iter()
        .flat_map(|series| &series.points)
        .flat_map(|point| [Some(point.y).filter(|y| y.is_finite()), point.low, point.high].into_iter().flatten());
    let (low, high) = values.fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    // So small a span would show rounding as a signal.
    let margin = ((high - low) * 0.08).max(0.005);
    ((low - margin).max(-1.05), (high + margin).min(1.05))
}
