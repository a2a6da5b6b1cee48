//! Curves copied out of the metric store, broken where a value is undefined, and how they are drawn.

use eframe::egui::{Color32, Stroke};
use egui_plot::{FilledArea, Line, LineStyle, PlotUi};

use crate::record::{BandPoint, MetricStore};

/// Opacity of the band of one SD around the mean.
const BAND: f32 = 0.24;

/// Opacity of the stretch between least and greatest value.
const ENVELOPE: f32 = 0.10;

/// A curve without a gap.
#[derive(Debug, Default)]
pub struct Piece {
    steps: Vec<f64>,
    mean: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
    min: Vec<f64>,
    max: Vec<f64>,
    /// Whether several seeds lie behind the mean.
    has_band: bool,
    /// Whether a point stands for several steps.
    is_binned: bool,
}

/// A curve in pieces.
#[derive(Debug, Default)]
pub struct Curve {
    pieces: Vec<Piece>,
}

/// How values turn into heights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// As they are.
    Linear,
    /// Decimal logarithm; values that have none are left out.
    Log10,
}

/// What part of a column is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// First step.
    pub from: u64,
    /// Last step.
    pub to: u64,
    /// Points at most.
    pub points: usize,
    /// Whether values are joined over steps without one, as those of the end of an epoch are.
    pub joined: bool,
}

impl Curve {
    /// Copies a column; empty where the run has no such column.
    #[must_use]
    pub fn read(store: &MetricStore, column: &str, window: Window, scale: Scale) -> Self {
        let Some(index) = store.columns().index(column) else { return Self::default() };
        let points = store.band(index, window.from, window.to, window.points);
        Self::from_points(&points, scale, |after, before| !window.joined && store.has_rows_between(after, before))
    }

    /// `is_gap` tells whether values are missing between two steps, rather than not measured.
    fn from_points(points: &[BandPoint], scale: Scale, is_gap: impl Fn(u64, u64) -> bool) -> Self {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut last: Option<u64> = None;
        for point in points {
            if !point.mean.is_finite() || (scale == Scale::Log10 && point.mean <= 0.0) {
                continue;
            }
            if last.is_none_or(|last| is_gap(last, point.first_step)) {
                pieces.push(Piece::default());
            }
            if let Some(piece) = pieces.last_mut() {
                piece.push(point, scale);
            }
            last = Some(point.last_step);
        }
        Self { pieces }
    }

    /// Least and greatest height.
    #[must_use]
    pub fn extent(&self) -> Option<(f64, f64)> {
        let heights = self.pieces.iter().flat_map(|piece| piece.low.iter().chain(&piece.high)).copied();
        heights.fold(None, |extent, y| match extent {
            None => Some((y, y)),
            Some((low, high)) => Some((low.min(y), high.max(y))),
        })
    }

    /// Median height of the mean.
    #[must_use]
    pub fn median(&self) -> Option<f64> {
        let mut heights: Vec<f64> = self.pieces.iter().flat_map(|piece| piece.mean.iter().copied()).collect();
        let middle = heights.len() / 2;
        (!heights.is_empty()).then(|| *heights.select_nth_unstable_by(middle, f64::total_cmp).1)
    }

    /// Number of points.
    #[must_use]
    pub fn count(&self) -> usize {
        self.pieces.iter().map(|piece| piece.steps.len()).sum()
    }

    /// The points of the mean.
    #[must_use]
    pub fn points(&self) -> Vec<[f64; 2]> {
        self.pieces.iter().flat_map(Piece::line).collect()
    }

    /// Draws the band over seeds and, where a point stands for many steps, the stretch between their extremes.
    pub fn draw_bands(&self, plot: &mut PlotUi<'_>, id: &str, color: Color32) {
        for (i, piece) in self.pieces.iter().enumerate() {
            if piece.is_binned {
                let area = FilledArea::new("", &piece.steps, &piece.min, &piece.max);
                plot.add(area.fill_color(color.gamma_multiply(ENVELOPE)).allow_hover(false).id((id, i, "envelope")));
            }
            if piece.has_band {
                let area = FilledArea::new("", &piece.steps, &piece.low, &piece.high);
                plot.add(area.fill_color(color.gamma_multiply(BAND)).allow_hover(false).id((id, i, "band")));
            }
        }
    }

    /// Draws the mean.
    pub fn draw_line(&self, plot: &mut PlotUi<'_>, name: &str, stroke: Stroke, style: LineStyle) {
        for (i, piece) in self.pieces.iter().enumerate() {
            let line = Line::new(name, piece.line().collect::<Vec<_>>());
            plot.line(line.stroke(stroke).style(style).id((name, i)));
        }
    }
}

impl Piece {
    fn push(&mut self, point: &BandPoint, scale: Scale) {
        let height = |value: f32| match scale {
            Scale::Linear => f64::from(value),
            // What a band loses below zero has no logarithm; the least value that occurred stands in.
            Scale::Log10 => f64::from(value.max(point.min).max(f32::MIN_POSITIVE)).log10(),
        };
        let sd = point.sd.filter(|sd| sd.is_finite());
        self.steps.push((point.first_step as f64 + point.last_step as f64) / 2.0);
        self.mean.push(height(point.mean));
        self.low.push(height(point.mean - sd.unwrap_or(0.0)));
        self.high.push(height(point.mean + sd.unwrap_or(0.0)));
        self.min.push(height(point.min));
        self.max.push(height(point.max));
        self.has_band |= sd.is_some();
        self.is_binned |= point.last_step > point.first_step;
    }

    fn line(&self) -> impl Iterator<Item = [f64; 2]> {
        self.steps.iter().zip(&self.mean).map(|(&x, &y)| [x, y])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(step: u64, mean: f32) -> BandPoint {
        BandPoint { first_step: step, last_step: step, mean, sd: Some(0.1), min: mean - 0.1, max: mean + 0.1 }
    }

    #[test]
    fn breaks_where_values_are_missing() {
        let points: Vec<_> = [0, 1, 2, 8, 9].map(|step| point(step, 0.5)).into();
        let gap = |after: u64, before: u64| before - after > 1;
        assert_eq!(Curve::from_points(&points, Scale::Linear, gap).pieces.len(), 2);
        assert_eq!(Curve::from_points(&points, Scale::Linear, |_, _| false).pieces.len(), 1);
    }

    #[test]
    fn logarithms_leave_out_what_has_none() {
        let points = [point(0, 0.5), point(1, 0.0), point(2, f32::NAN), point(3, 0.05)];
        let curve = Curve::from_points(&points, Scale::Log10, |_, _| false);
        assert_eq!(curve.count(), 2);
        assert!(curve.points().iter().all(|p| p[1].is_finite()));
        let (low, high) = curve.extent().unwrap_or_default();
        assert!(low.is_finite() && high < 0.0, "{low} {high}");
    }
}
