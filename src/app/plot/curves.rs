//! Curves copied out of the metric store, broken where a value is undefined, and how they are drawn.

use std::collections::HashMap;
use std::sync::Arc;

use eframe::egui::{Color32, Stroke};
use egui_plot::{LineStyle, PlotPoint, PlotUi};

use super::plot_items::{CurveBand, CurveLine};
use super::time_axis::TimeAxis;
use crate::app::link::contents::Contents;
use crate::app::look::stage;
use crate::record::{BandPoint, Binned, MetricStore, SeriesPoint};

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
    /// First and last step of each point.
    covered: Vec<(u64, u64)>,
    /// Whether a point stands for several steps.
    is_binned: bool,
}

/// A curve in pieces.
#[derive(Debug, Default)]
pub struct Curve {
    pieces: Vec<Piece>,
}

/// How values turn into heights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HeightScale {
    /// As they are.
    Linear,
    /// Decimal logarithm; values that have none are left out.
    Log10,
}

/// What part of a column is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// First step.
    pub from: u64,
    /// Last step.
    pub to: u64,
    /// Points at most.
    pub points: usize,
    /// Whether values are joined over steps without one, as those of the end of an epoch are.
    pub joined: bool,
    /// Whether steps stand on a logarithmic axis.
    pub logarithmic: bool,
}

/// Stretches of a logarithmic axis that are read each by itself, so that early steps keep their detail.
const STRETCHES: usize = 12;

impl Stretch {
    /// What `time` shows on a plot `width` points wide.
    #[must_use]
    pub fn of(time: &TimeAxis, width: f32) -> Self {
        let (from, to) = time.steps();
        let points = ((width / POINTS_PER_BIN) as usize).clamp(64, 2048);
        Self { from, to, points, joined: false, logarithmic: time.is_logarithmic() }
    }

    /// The same with values joined over steps without one.
    #[must_use]
    pub fn joined(self) -> Self {
        Self { joined: true, ..self }
    }

    /// Points by `read`, which takes first step, last step and number of points, of curves that end at step `last`.
    fn read(&self, last: Option<u64>, read: impl Fn(u64, u64, usize) -> Vec<BandPoint>) -> Vec<BandPoint> {
        if !self.logarithmic {
            return read(self.from, self.to, self.points);
        }
        let to = self.to.min(last.unwrap_or(0));
        let place = |step: u64| (step as f64 + 1.0).log10();
        let (first, last) = (place(self.from), place(to));
        let edge = |i: usize| 10f64.powf(first + (last - first) * i as f64 / STRETCHES as f64) as u64;
        let mut points: Vec<BandPoint> = Vec::new();
        for i in 0..STRETCHES {
            let begin = if i == 0 { self.from } else { edge(i) };
            let end = if i + 1 == STRETCHES { to } else { edge(i + 1).saturating_sub(1) };
            for point in read(begin, end, self.points / STRETCHES) {
                // Bins at the border of two stretches may be met twice.
                if points.last().is_none_or(|last| last.last_step < point.first_step) {
                    points.push(point);
                }
            }
        }
        points
    }
}

/// Points of the screen for each point of a curve.
const POINTS_PER_BIN: f32 = 1.6;

/// Curves of one store as they were read last; read again only when there are new rows or another part is wanted.
#[derive(Default)]
pub struct CurveCache {
    key: Option<(Contents, Stretch)>,
    curves: HashMap<(String, HeightScale, bool), Arc<Curve>>,
}

impl CurveCache {
    /// A column of a store with `contents`, from the cache where it is still true.
    pub fn read(
        &mut self,
        contents: Contents,
        store: &MetricStore,
        column: &str,
        window: Stretch,
        scale: HeightScale,
    ) -> Arc<Curve> {
        let key = (contents, Stretch { joined: false, ..window });
        if self.key != Some(key) {
            self.key = Some(key);
            self.curves.clear();
        }
        let entry = self.curves.entry((column.to_owned(), scale, window.joined));
        Arc::clone(entry.or_insert_with(|| Arc::new(Curve::read(store, column, window, scale))))
    }
}

impl Curve {
    /// Copies a column; empty where the run has no such column.
    #[must_use]
    pub fn read(store: &MetricStore, column: &str, window: Stretch, scale: HeightScale) -> Self {
        let Some(index) = store.columns().index(column) else { return Self::default() };
        let points = window.read(store.last_step(), |from, to, points| store.band(index, from, to, points));
        Self::of(&points, store, window, scale)
    }

    /// A column of `other` minus that of `store`, seed by seed; the band is that of the differences.
    #[must_use]
    pub fn difference(store: &MetricStore, other: &MetricStore, column: &str, window: Stretch) -> Self {
        let Some(index) = store.columns().index(column) else { return Self::default() };
        // Twins of other rules may have other columns beside those that all runs have, which come first.
        if other.columns().index(column) != Some(index) {
            return Self::default();
        }
        let read = |from, to, points| store.difference(other, index, from, to, points);
        let points = window.read(other.last_step(), read);
        Self::of(&points, other, window, HeightScale::Linear)
    }

    fn of(points: &[BandPoint], store: &MetricStore, window: Stretch, scale: HeightScale) -> Self {
        let is_gap = |after, before| !window.joined && store.has_rows_between(after, before);
        let mut curve = Self::from_points(points, scale, is_gap);
        if window.logarithmic {
            let steps = curve.pieces.iter_mut().flat_map(|piece| &mut piece.steps);
            steps.for_each(|step| *step = (*step + 1.0).log10());
        }
        curve
    }

    /// `is_gap` tells whether values are missing between two steps, rather than not measured.
    fn from_points(points: &[BandPoint], scale: HeightScale, is_gap: impl Fn(u64, u64) -> bool) -> Self {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut last: Option<u64> = None;
        for point in points {
            if !point.mean.is_finite() || (scale == HeightScale::Log10 && point.mean <= 0.0) {
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

    /// Points with their spread over seeds; a NaN between pieces.
    #[must_use]
    pub fn series_points(&self) -> Vec<SeriesPoint> {
        let mut points: Vec<SeriesPoint> = Vec::with_capacity(self.count() + self.pieces.len());
        for piece in &self.pieces {
            if let (Some(last), Some(&first)) = (points.last().map(|p| p.x), piece.steps.first()) {
                points.push(SeriesPoint { x: (last + first) / 2.0, y: f64::NAN, ..SeriesPoint::default() });
            }
            points.extend((0..piece.steps.len()).map(|i| SeriesPoint {
                x: piece.steps[i],
                y: piece.mean[i],
                low: piece.has_band.then_some(piece.low[i]),
                high: piece.has_band.then_some(piece.high[i]),
                binned: piece.is_binned.then(|| Binned {
                    from: piece.covered[i].0 as f64,
                    to: piece.covered[i].1 as f64,
                    extremes: Some((piece.min[i], piece.max[i])),
                }),
            }));
        }
        points
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

    /// The last point of the mean.
    #[must_use]
    pub fn end(&self) -> Option<[f64; 2]> {
        self.pieces.last().and_then(|piece| piece.line().last())
    }

    /// Draws the band over seeds and, where a point stands for many steps, the stretch between their extremes.
    pub fn draw_bands(&self, plot: &mut PlotUi<'_>, color: Color32) {
        for piece in &self.pieces {
            if piece.is_binned {
                plot.add(CurveBand::new(&piece.steps, &piece.min, &piece.max, color.gamma_multiply(ENVELOPE)));
            }
            if piece.has_band {
                plot.add(CurveBand::new(&piece.steps, &piece.low, &piece.high, color.gamma_multiply(BAND)));
            }
        }
    }

    /// Draws the mean.
    pub fn draw_line(&self, plot: &mut PlotUi<'_>, name: &str, stroke: Stroke, style: LineStyle) {
        let stroke = stage::stroke(plot.ctx(), stroke);
        for piece in &self.pieces {
            plot.add(CurveLine::new(name, piece.line().map(PlotPoint::from).collect(), stroke, style));
        }
    }
}

impl Piece {
    fn push(&mut self, point: &BandPoint, scale: HeightScale) {
        let height = |value: f32| match scale {
            HeightScale::Linear => f64::from(value),
            // What a band loses below zero has no logarithm; the least value that occurred stands in.
            HeightScale::Log10 => f64::from(value.max(point.min).max(f32::MIN_POSITIVE)).log10(),
        };
        let sd = point.sd.filter(|sd| sd.is_finite());
        self.steps.push((point.first_step as f64 + point.last_step as f64) / 2.0);
        self.covered.push((point.first_step, point.last_step));
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
        assert_eq!(Curve::from_points(&points, HeightScale::Linear, gap).pieces.len(), 2);
        assert_eq!(Curve::from_points(&points, HeightScale::Linear, |_, _| false).pieces.len(), 1);
    }

    #[test]
    fn logarithms_leave_out_what_has_none() {
        let points = [point(0, 0.5), point(1, 0.0), point(2, f32::NAN), point(3, 0.05)];
        let curve = Curve::from_points(&points, HeightScale::Log10, |_, _| false);
        assert_eq!(curve.count(), 2);
        assert!(curve.points().iter().all(|p| p[1].is_finite()));
        let (low, high) = curve.extent().unwrap_or_default();
        assert!(low.is_finite() && high < 0.0, "{low} {high}");
    }
}
