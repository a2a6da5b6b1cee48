//! Curves copied out of the metric store, broken where a value is undefined, and how they are drawn.

use std::ops::Range;
use std::sync::OnceLock;

use eframe::egui::{Color32, Stroke};
use egui_plot::{LineStyle, PlotPoint, PlotUi};

use super::plot_items::{CurveBand, CurveLine};
use super::time_axis::TimeAxis;
use crate::app::look::stage;
use crate::record::{BandPoint, Binned, Marker, MetricStore, SeriesPoint};

/// Opacity of the band of one SD around the mean.
const BAND: f32 = 0.24;

/// Width of the edges of a curve that alternates, beside that of a curve.
const EDGE: f32 = 0.75;

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
    /// Share of the values of each point that turned back.
    turning: Vec<f64>,
    /// Points between which the curve alternates with every step, where single steps cannot be told apart.
    alternating: Vec<Range<usize>>,
}

/// A curve in pieces.
#[derive(Debug, Default)]
pub struct Curve {
    pieces: Vec<Piece>,
    /// What is asked for with every frame, and found with the first.
    extent: OnceLock<Option<(f64, f64)>>,
    alternates: OnceLock<Option<(f64, f64)>>,
}

/// Share of values that turn back from which a curve counts as alternating. Chosen here: two thirds of chance do, and nearly
/// all of a sign that changes with every step but for a slip now and then.
const ALTERNATES: f64 = 0.85;

/// Fewest values of which that can be said. Chosen here: of so many, chance has a share beyond [`ALTERNATES`] once in a thousand.
const LEAST_VALUES: f64 = 64.0;

/// Points of a curve for a step up to which each step is drawn: a third of a step or less on the screen is a pattern of the
/// raster and no more of the curve.
const STEPS_PER_POINT: f64 = 0.5;

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

    /// The same for one of so many curves that share a plot: of more than [`FEW`], each has fewer points.
    #[must_use]
    pub fn among(self, curves: usize) -> Self {
        let fewer = (self.points * FEW).checked_div(curves).unwrap_or(self.points);
        let coarsest = (self.points as f32 * POINTS_PER_BIN / COARSEST) as usize;
        Self { points: fewer.clamp(coarsest.max(64).min(self.points), self.points), ..self }
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

/// Curves that have all of their points in a plot. Of more, each is one line in a tangle, and together they would cost a frame.
const FEW: usize = 10;

/// Points of the screen for each point of a curve among many, at most: a stroke is nearly as wide.
const COARSEST: f32 = 2.5;

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
        let steps = window.to.min(store.last_step().unwrap_or(0)).saturating_sub(window.from) as f64;
        if steps > STEPS_PER_POINT * window.points as f64 {
            curve.pieces.iter_mut().for_each(Piece::find_alternating);
        }
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
        Self { pieces, ..Self::default() }
    }

    /// Between which heights the curve alternates with every step, where it does in sight: the medians of the least and the
    /// greatest value there. `None` of a curve that does not, and where single steps can be told apart.
    #[must_use]
    pub fn alternates(&self) -> Option<(f64, f64)> {
        *self.alternates.get_or_init(|| {
            let median = |low: bool| {
                let edges = self.pieces.iter().flat_map(|piece| {
                    piece.alternating.iter().cloned().flat_map(move |range| {
                        let (lows, highs) = piece.edges(range);
                        if low { lows } else { highs }
                    })
                });
                median(edges.collect())
            };
            median(true).zip(median(false))
        })
    }

    /// Least and greatest height.
    #[must_use]
    pub fn extent(&self) -> Option<(f64, f64)> {
        *self.extent.get_or_init(|| {
            let heights = self.pieces.iter().flat_map(Piece::stretches).flat_map(|stretch| {
                let (low, high) = stretch.band();
                low.into_iter().chain(high)
            });
            heights.fold(None, |extent, y| {
                Some(extent.map_or((y, y), |(low, high): (f64, f64)| (low.min(y), high.max(y))))
            })
        })
    }

    /// Median height of the mean.
    #[must_use]
    pub fn median(&self) -> Option<f64> {
        median(self.pieces.iter().flat_map(|piece| piece.mean.iter().copied()).collect())
    }

    /// Points with their spread over seeds; a NaN between pieces.
    #[must_use]
    pub fn series_points(&self) -> Vec<SeriesPoint> {
        let mut points: Vec<SeriesPoint> = Vec::with_capacity(self.count() + self.pieces.len());
        for piece in &self.pieces {
            // Steps themselves, wherever they stand on the axis.
            let step = |i: usize| (piece.covered[i].0 as f64 + piece.covered[i].1 as f64) / 2.0;
            if let Some(last) = points.last().map(|p| p.x).filter(|_| !piece.covered.is_empty()) {
                points.push(SeriesPoint { x: (last + step(0)) / 2.0, y: f64::NAN, ..SeriesPoint::default() });
            }
            let mut edges = vec![None; piece.steps.len()];
            for range in &piece.alternating {
                let (low, high) = piece.edges(range.clone());
                for (at, ends) in range.clone().zip(low.into_iter().zip(high)) {
                    edges[at] = Some(ends);
                }
            }
            points.extend((0..piece.steps.len()).map(|i| SeriesPoint {
                x: step(i),
                y: piece.mean[i],
                low: piece.has_band.then_some(piece.low[i]),
                high: piece.has_band.then_some(piece.high[i]),
                edges: edges[i],
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
    ///
    /// Of a curve that alternates, the stretch between its two edges.
    pub fn draw_bands(&self, plot: &mut PlotUi<'_>, color: Color32) {
        for stretch in self.pieces.iter().flat_map(Piece::stretches) {
            let Stretched { piece, range, alternates } = &stretch;
            let steps = &piece.steps[range.clone()];
            let mut add = |low: &[f64], high: &[f64], strength: f32| {
                plot.add(CurveBand::new(steps, low, high, color.gamma_multiply(strength)));
            };
            if piece.is_binned && !alternates {
                add(&piece.min[range.clone()], &piece.max[range.clone()], ENVELOPE);
            }
            if piece.has_band || *alternates {
                let (low, high) = stretch.band();
                add(&low, &high, BAND);
            }
        }
    }

    /// Draws the mean; of a curve that alternates, both edges, as the mean of two values that follow each other says nothing and
    /// single ones draw a pattern of the raster.
    pub fn draw_line(&self, plot: &mut PlotUi<'_>, name: &str, stroke: Stroke, style: LineStyle) {
        self.draw_marked(plot, name, stroke, style, None);
    }

    /// The same with shapes on it, by which it is told from others.
    pub fn draw_marked(
        &self,
        plot: &mut PlotUi<'_>,
        name: &str,
        stroke: Stroke,
        style: LineStyle,
        marker: Option<Marker>,
    ) {
        let marked = |line: CurveLine| line.marked(marker);
        self.draw_lines(plot, name, stroke, style, &marked);
    }

    /// A word beside each of these, in the place of the line.
    pub fn draw_labels(&self, plot: &mut PlotUi<'_>, stroke: Stroke, marker: Option<Marker>, label: &str) {
        let labels = |line: CurveLine| line.marked(marker).labels(label);
        self.draw_lines(plot, "", stroke, LineStyle::Solid, &labels);
    }

    fn draw_lines(
        &self,
        plot: &mut PlotUi<'_>,
        name: &str,
        stroke: Stroke,
        style: LineStyle,
        drawn: &dyn Fn(CurveLine) -> CurveLine,
    ) {
        let stroke = stage::stroke(plot.ctx(), stroke);
        let alternating = format!("{name}, which alternates every step");
        for stretch in self.pieces.iter().flat_map(Piece::stretches) {
            let Stretched { piece, range, alternates } = &stretch;
            let mut add = |name: &str, heights: &[f64], stroke: Stroke| {
                let points = piece.steps[range.clone()].iter().zip(heights).map(|(&x, &y)| PlotPoint::new(x, y));
                plot.add(drawn(CurveLine::new(name, points.collect(), stroke, style)));
            };
            if *alternates {
                let (low, high) = stretch.band();
                let thin = Stroke::new(EDGE * stroke.width, stroke.color);
                [low, high].iter().for_each(|edge| add(&alternating, edge, thin));
            } else {
                add(name, &piece.mean[range.clone()], stroke);
            }
        }
    }
}

fn median(mut heights: Vec<f64>) -> Option<f64> {
    let middle = heights.len() / 2;
    (!heights.is_empty()).then(|| *heights.select_nth_unstable_by(middle, f64::total_cmp).1)
}

/// Points of a piece that are drawn alike.
struct Stretched<'a> {
    piece: &'a Piece,
    range: Range<usize>,
    alternates: bool,
}

impl Stretched<'_> {
    /// Lower and upper edge of what is shaded: one SD around the mean, or between what the curve alternates.
    fn band(&self) -> (Vec<f64>, Vec<f64>) {
        let Self { piece, range, alternates } = self;
        if *alternates {
            return piece.edges(range.clone());
        }
        (piece.low[range.clone()].to_vec(), piece.high[range.clone()].to_vec())
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
        self.turning.push(point.turning.into());
        self.has_band |= sd.is_some();
        self.is_binned |= point.last_step > point.first_step;
    }

    /// Finds where the curve alternates.
    fn find_alternating(&mut self) {
        let count = self.steps.len();
        let values: Vec<f64> = self.covered.iter().map(|(from, to)| (to - from + 1) as f64).collect();
        let turned: Vec<f64> = self.turning.iter().zip(&values).map(|(share, values)| share * values).collect();
        let sum = |of: &[f64], range: Range<usize>| of[range].iter().sum::<f64>();
        // So many values around each point that chance is told from a rule.
        let alternates = |at: usize| {
            let (mut from, mut to) = (at, at + 1);
            while sum(&values, from..to) < LEAST_VALUES && (from > 0 || to < count) {
                (from, to) = (from.saturating_sub(1), (to + 1).min(count));
            }
            sum(&turned, from..to) >= ALTERNATES * sum(&values, from..to).max(LEAST_VALUES)
        };
        let marked: Vec<bool> = (0..count).map(alternates).collect();
        let mut from = 0;
        for group in marked.chunk_by(|a, b| a == b) {
            let range = from..from + group.len();
            from = range.end;
            if group[0] && group.len() > 1 && sum(&values, range.clone()) >= LEAST_VALUES {
                self.alternating.push(range);
            }
        }
    }

    /// The piece in stretches that are drawn alike, from left to right.
    fn stretches(&self) -> impl Iterator<Item = Stretched<'_>> {
        let mut borders = vec![0];
        borders.extend(self.alternating.iter().flat_map(|range| [range.start, range.end]));
        borders.push(self.steps.len());
        let between = borders.windows(2).map(|pair| pair[0]..pair[1]).collect::<Vec<_>>();
        // Those in between stand at odd places.
        let all = between.into_iter().enumerate().filter(|(_, range)| !range.is_empty());
        all.map(|(at, range)| Stretched { piece: self, range, alternates: at % 2 == 1 })
    }

    /// Least and greatest height at each point; at one of a single step, of it and the one before, between which it went.
    fn edges(&self, range: Range<usize>) -> (Vec<f64>, Vec<f64>) {
        let edge = |heights: &[f64], better: fn(f64, f64) -> f64| {
            let at = |i: usize| {
                let (from, to) = self.covered[i];
                let neighbour = if i > 0 { i - 1 } else { 1.min(heights.len() - 1) };
                if from == to { better(heights[i], heights[neighbour]) } else { heights[i] }
            };
            range.clone().map(at).collect()
        };
        (edge(&self.min, f64::min), edge(&self.max, f64::max))
    }

    fn line(&self) -> impl Iterator<Item = [f64; 2]> {
        self.steps.iter().zip(&self.mean).map(|(&x, &y)| [x, y])
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn point(step: u64, mean: f32) -> BandPoint {
        BandPoint {
            first_step: step,
            last_step: step,
            mean,
            sd: Some(0.1),
            min: mean - 0.1,
            max: mean + 0.1,
            turning: 0.0,
        }
    }

    #[test]
    fn curves_of_many_have_fewer_points_down_to_a_bound() {
        let alone = Stretch { from: 0, to: 9_999, points: 1_000, joined: false, logarithmic: false };
        let points = |curves| alone.among(curves).points;
        // A point for 1.6 of the screen, and for 2.5 among many.
        assert_eq!([0, 1, FEW, FEW * 5 / 4, 100].map(points), [1_000, 1_000, 1_000, 833, 640]);
        let narrow = Stretch { points: 64, ..alone };
        assert_eq!(narrow.among(100).points, 64, "what is narrow has few already");
    }

    #[test]
    fn breaks_where_values_are_missing() {
        let points: Vec<_> = [0, 1, 2, 8, 9].map(|step| point(step, 0.5)).into();
        let gap = |after: u64, before: u64| before - after > 1;
        assert_eq!(Curve::from_points(&points, HeightScale::Linear, gap).pieces.len(), 2);
        assert_eq!(Curve::from_points(&points, HeightScale::Linear, |_, _| false).pieces.len(), 1);
    }

    #[test]
    fn a_curve_that_alternates_is_drawn_as_its_edges_where_steps_are_too_narrow() {
        let columns = Arc::new(crate::record::Columns::new(vec!["signal_1".into(), "full_1".into(), "later_1".into()]));
        let mut store = MetricStore::new(columns, &[0, 1]);
        for step in 0..2_000_u64 {
            for seed in [0, 1] {
                let sign: f32 = if (step + seed) % 2 == 0 { 0.9 } else { -0.7 };
                let later = if step < 1_000 { 0.25 } else { 0.5 * sign.signum() };
                let values = vec![Some(sign), Some(step as f32), Some(later)];
                store.push(&crate::record::Row { step, epoch: 0, seed, values });
            }
        }
        let window = |from, to, points| Stretch { from, to, points, joined: false, logarithmic: false };
        let of = |column, window| Curve::read(&store, column, window, HeightScale::Linear);
        for wide in [window(0, 2_000, 300), window(0, 2_000, 2_048), window(900, 1_900, 400)] {
            let curve = of("signal_1", wide);
            // Seeds alternate by turns, so that the mean is level; each value is one of two.
            assert_eq!(curve.alternates(), Some((f64::from(-0.7_f32), f64::from(0.9_f32))), "{wide:?}");
            let (low, high) = curve.extent().expect("heights");
            assert!(low >= -0.75 && high <= 0.95, "no wider than its values: {low} to {high}");
            assert_eq!(of("full_1", wide).alternates(), None);
            // A figure has the same edges, at the steps that they have.
            let points = curve.series_points();
            let edges: Vec<_> = points.iter().filter_map(|point| point.edges).collect();
            assert!(
                edges.len() > 9 * points.len() / 10 && edges.iter().all(|(low, high)| high - low > 1.5),
                "{wide:?}"
            );
            let logarithmic = of("signal_1", Stretch { logarithmic: true, ..wide }).series_points();
            assert_eq!(logarithmic[0].x.floor(), wide.from as f64, "steps, and not their places");
        }
        assert_eq!(of("signal_1", window(100, 180, 400)).alternates(), None, "single steps are seen");
        // Only where it does: a column that is level up to step 1,000 and alternates from there.
        let curve = of("later_1", window(0, 2_000, 500));
        assert_eq!(curve.alternates(), Some((-0.5, 0.5)));
        let stretches: Vec<(bool, f64)> = { curve.pieces.iter().flat_map(Piece::stretches) }
            .map(|one| (one.alternates, one.piece.steps[one.range.start]))
            .collect();
        assert!(matches!(stretches[..], [(false, _), (true, from)] if (from - 1_000.0).abs() <= 60.0), "{stretches:?}");
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
