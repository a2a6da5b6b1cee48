//! Curves and bands as plots draw them, with no more triangles than can be seen.

use std::ops::RangeInclusive;

use eframe::egui::{Color32, Mesh, Pos2, Rangef, Rect, Shape, Stroke, Ui};
use egui_plot::{LineStyle, PlotBounds, PlotGeometry, PlotItem, PlotItemBase, PlotPoint, PlotTransform};

use super::markers;
use super::patterns::patterned;
use crate::record::{Marker, marker_places};

/// How far, in pixels, a drawn line may be from a point that it leaves out: less than shades of a soft edge tell apart.
const DEVIATION: f32 = 0.125;

/// The same for the edges of a band, which are not soft and so lie on whole pixels anyway.
const EDGE_DEVIATION: f32 = 0.5;

/// Height in pixels below which a band is hidden by the line that runs in its middle.
const THINNEST: f32 = 1.0;

/// A curve whose steps increase.
pub(in crate::app) struct CurveLine {
    base: PlotItemBase,
    points: Vec<PlotPoint>,
    stroke: Stroke,
    style: LineStyle,
    marker: Option<Marker>,
    part: Part,
}

/// What of a curve is drawn.
enum Part {
    /// The line with its shapes.
    Line,
    /// The word that stands beside each of these.
    Labels(String),
}

/// What lies between two curves over the same steps.
pub(in crate::app) struct CurveBand {
    base: PlotItemBase,
    steps: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
    fill: Color32,
}

impl CurveLine {
    /// `name` is shown at the cursor.
    pub(in crate::app) fn new(name: &str, points: Vec<PlotPoint>, stroke: Stroke, style: LineStyle) -> Self {
        Self { base: PlotItemBase::new(name.to_owned()), points, stroke, style, marker: None, part: Part::Line }
    }

    /// With shapes on it.
    pub(in crate::app) fn marked(self, marker: Option<Marker>) -> Self {
        Self { marker, ..self }
    }

    /// In its place a word beside each of these. Drawn after every line, it is crossed by none.
    pub(in crate::app) fn labels(self, label: &str) -> Self {
        Self { part: Part::Labels(label.to_owned()), ..self }
    }

    fn markers(&self, ui: &Ui, marker: Marker, frame: Rect, points: &[Pos2], shapes: &mut Vec<Shape>) {
        let points: Vec<[f32; 2]> = points.iter().map(|point| [point.x, point.y]).collect();
        // A thin curve has small ones.
        let radius = (1.9 * self.stroke.width).clamp(2.6, 6.0);
        for [x, y] in marker_places(&points, (frame.left(), frame.right()), markers::DISTANCE, marker) {
            if frame.y_range().contains(y) {
                let at = Pos2::new(x, y);
                match &self.part {
                    Part::Line => shapes.extend(markers::filled(marker, at, radius, self.stroke.color)),
                    Part::Labels(label) => {
                        shapes.extend(markers::label(ui, label, (at, radius), frame, self.stroke.color))
                    }
                }
            }
        }
    }
}

impl CurveBand {
    /// Between `low` and `high`, which have as many values as `steps`.
    pub(in crate::app) fn new(steps: &[f64], low: &[f64], high: &[f64], fill: Color32) -> Self {
        Self {
            base: PlotItemBase::new(String::new()),
            steps: steps.to_vec(),
            low: low.to_vec(),
            high: high.to_vec(),
            fill,
        }
    }
}

impl PlotItem for CurveLine {
    fn shapes(&self, ui: &Ui, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        let points: Vec<Pos2> = self.points.iter().map(|point| transform.position_from_point(point)).collect();
        let tolerance = DEVIATION / ui.pixels_per_point();
        let kept = thinned(points.len(), |i| points[i].x, &[&|i| points[i].y], tolerance);
        let points: Vec<Pos2> = kept.into_iter().map(|i| points[i]).collect();
        match points[..] {
            [] => {}
            _ if matches!(self.part, Part::Labels(_)) => {}
            [only] => shapes.push(Shape::circle_filled(only, 0.5 * self.stroke.width, self.stroke.color)),
            _ => shapes.push(patterned(ui.ctx(), &points, self.stroke, self.style)),
        }
        if let Some(marker) = self.marker {
            self.markers(ui, marker, *transform.frame(), &points, shapes);
        }
    }

    fn initialize(&mut self, _x_range: RangeInclusive<f64>) {}

    fn color(&self) -> Color32 {
        self.stroke.color
    }

    fn geometry(&self) -> PlotGeometry<'_> {
        match self.part {
            Part::Line => PlotGeometry::Points(&self.points),
            // What is below the pointer is the line.
            Part::Labels(_) => PlotGeometry::None,
        }
    }

    fn bounds(&self) -> PlotBounds {
        let mut bounds = PlotBounds::NOTHING;
        self.points.iter().for_each(|point| bounds.extend_with(point));
        bounds
    }

    fn base(&self) -> &PlotItemBase {
        &self.base
    }

    fn base_mut(&mut self) -> &mut PlotItemBase {
        &mut self.base
    }
}

impl PlotItem for CurveBand {
    fn shapes(&self, ui: &Ui, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        let pixel = ui.pixels_per_point().recip();
        let spans: Vec<(f32, Rangef)> = (0..self.steps.len())
            .map(|i| {
                let at = |y: f64| transform.position_from_point(&PlotPoint::new(self.steps[i], y));
                let (low, high) = (at(self.low[i]), at(self.high[i]));
                (low.x, Rangef::new(high.y, low.y))
            })
            .collect();
        let kept =
            thinned(spans.len(), |i| spans[i].0, &[&|i| spans[i].1.min, &|i| spans[i].1.max], EDGE_DEVIATION * pixel);
        let kept: Vec<_> = kept.into_iter().map(|i| spans[i]).collect();
        let mesh = band(&kept, THINNEST * pixel, self.fill);
        if !mesh.is_empty() {
            shapes.push(mesh.into());
        }
    }

    fn initialize(&mut self, _x_range: RangeInclusive<f64>) {}

    fn color(&self) -> Color32 {
        self.fill
    }

    fn geometry(&self) -> PlotGeometry<'_> {
        PlotGeometry::None
    }

    fn bounds(&self) -> PlotBounds {
        let mut bounds = PlotBounds::NOTHING;
        for (i, step) in self.steps.iter().enumerate() {
            bounds.extend_with(&PlotPoint::new(*step, self.low[i]));
            bounds.extend_with(&PlotPoint::new(*step, self.high[i]));
        }
        bounds
    }

    fn base(&self) -> &PlotItemBase {
        &self.base
    }

    fn base_mut(&mut self) -> &mut PlotItemBase {
        &mut self.base
    }
}

/// Fills between the ends of vertical spans, but where two neighbours are both lower than `thinnest`.
fn band(spans: &[(f32, Rangef)], thinnest: f32, fill: Color32) -> Mesh {
    let mut mesh = Mesh::default();
    let mut newest = None;
    for (i, pair) in spans.windows(2).enumerate() {
        if pair.iter().all(|(_, y)| y.span() < thinnest) {
            continue;
        }
        for (j, (x, y)) in pair.iter().enumerate() {
            if newest.is_none_or(|newest| newest < i + j) {
                mesh.colored_vertex(Pos2::new(*x, y.min), fill);
                mesh.colored_vertex(Pos2::new(*x, y.max), fill);
                newest = Some(i + j);
            }
        }
        let last = mesh.vertices.len() as u32;
        mesh.add_triangle(last - 4, last - 3, last - 2);
        mesh.add_triangle(last - 3, last - 2, last - 1);
    }
    mesh
}

/// Which of `count` points suffice: straight lines between them pass every other one within `tolerance`, vertically, in
/// each of `heights`.
///
/// From the last point that was kept, those slopes are held open that pass all points since; a point whose own slope is
/// not among them makes its predecessor the next to be kept.
fn thinned(count: usize, x: impl Fn(usize) -> f32, heights: &[&dyn Fn(usize) -> f32], tolerance: f32) -> Vec<usize> {
    let any = (f32::NEG_INFINITY, f32::INFINITY);
    let mut kept = Vec::with_capacity(count.min(64));
    let mut slopes = vec![any; heights.len()];
    let mut anchor = 0;
    for i in 0..count {
        if i > 0 {
            let slope = |height: &dyn Fn(usize) -> f32, from: usize, by: f32| {
                (height(i) + by - height(from)) / (x(i) - x(from))
            };
            let passes = heights.iter().zip(&slopes).all(|(height, (least, greatest))| {
                let slope = slope(height, anchor, 0.0);
                (*least..=*greatest).contains(&slope)
            });
            if !passes {
                anchor = i - 1;
                kept.push(anchor);
                slopes.fill(any);
            }
            for (height, (least, greatest)) in heights.iter().zip(&mut slopes) {
                *least = least.max(slope(height, anchor, -tolerance));
                *greatest = greatest.min(slope(height, anchor, tolerance));
            }
        } else {
            kept.push(0);
        }
    }
    if count > 1 {
        kept.push(count - 1);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(heights: &[f32], tolerance: f32) -> Vec<usize> {
        thinned(heights.len(), |i| i as f32, &[&|i| heights[i]], tolerance)
    }

    #[test]
    fn straight_stretches_need_their_ends_only() {
        let bent: Vec<f32> = (0..100).map(|i| (i as f32 - 40.0).max(0.0)).collect();
        assert_eq!(kept(&bent, 0.01), [0, 40, 99]);
        assert_eq!(kept(&[], 0.01), [0_usize; 0]);
        assert_eq!(kept(&[1.0], 0.01), [0]);
        assert_eq!(kept(&[1.0, 5.0], 0.01), [0, 1]);
    }

    #[test]
    fn no_point_is_passed_further_than_the_tolerance() {
        let tolerance = 0.125;
        let curve: Vec<f32> = (0..2_000)
            .map(|i| {
                let x = i as f32;
                40.0 * (x / 90.0).sin() + if i % 500 > 400 { 30.0 * (x * 1.7).sin() } else { 0.05 * (x * 7.3).sin() }
            })
            .collect();
        let kept = kept(&curve, tolerance);
        assert!(kept.len() < 1_000, "{} of 2000", kept.len());
        for pair in kept.windows(2) {
            for i in pair[0]..=pair[1] {
                let part = (i - pair[0]) as f32 / (pair[1] - pair[0]) as f32;
                let drawn = curve[pair[0]] + part * (curve[pair[1]] - curve[pair[0]]);
                // Rounding of heights around 70.
                assert!((drawn - curve[i]).abs() < tolerance + 1e-4, "{i}: {drawn} for {}", curve[i]);
            }
        }
    }

    #[test]
    fn equal_steps_are_no_harm() {
        let places = [0.0, 1.0, 1.0, 1.0, 2.0];
        let heights = [0.0, 1.0, 5.0, 1.0, 0.0];
        let kept = thinned(5, |i| places[i], &[&|i| heights[i]], 0.1);
        assert!(kept.contains(&2) && kept.windows(2).all(|pair| pair[0] < pair[1]), "{kept:?}");
    }

    #[test]
    fn a_band_is_drawn_where_it_can_be_seen() {
        let span = |x: f32, height: f32| (x, Rangef::new(10.0 - height, 10.0 + height));
        let spans = [span(0.0, 0.1), span(1.0, 0.1), span(2.0, 4.0), span(3.0, 0.1), span(4.0, 0.1), span(5.0, 4.0)];
        let mesh = band(&spans, 1.0, Color32::RED);
        assert!(mesh.is_valid());
        let area: f32 = mesh
            .triangles()
            .map(|corners| {
                let [a, b, c] = corners.map(|i| mesh.vertices[i as usize].pos);
                0.5 * ((b - a).x * (c - a).y - (b - a).y * (c - a).x).abs()
            })
            .sum();
        // Three trapezia, 8 high at one end and 0.2 at the other.
        assert!((area - 3.0 * 4.1).abs() < 1e-4, "{area}");
    }
}
