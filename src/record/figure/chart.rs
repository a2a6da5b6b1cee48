//! Curves.

use super::look::Tones;
use super::marker::{Marker, places as marker_places};
use super::plot::{Axes, Entry, Frame, HEADING, clipped, clipped_polygon, heading, legend};
use super::sheet::{Anchor, Area, GREY, INK, Point, Rgb, Shape, Sheet, fitted, text_width};
use super::ticks::Scale;
use crate::record::exhibit::{AxisScale, Chart, Mark, Series, SeriesPoint, SeriesStyle};

/// Share of the span of values that is left free above and below them.
const MARGIN_OF_HEIGHTS: f64 = 0.06;

/// Widths of curves in front, and of those behind.
const WIDTH: f64 = 2.0;
const THIN: f64 = 1.3;
/// Width of the edges of a curve that alternates, beside that of a curve.
const EDGE: f64 = 0.75;
/// Opacity of the spread, and of the stretch between least and greatest value.
const SPREAD: f64 = 0.22;
const EXTREMES: f64 = 0.1;
/// Points of a cloud whose dots are small.
const MANY: usize = 300;
/// Rows of labels of marks above the frame.
const MARK_ROWS: usize = 3;
const MARK_SIZE: f64 = 11.0;

pub(super) fn preferred_height(chart: &Chart) -> f64 {
    260.0 + if chart.title.is_empty() { 0.0 } else { HEADING * 1.5 } + if chart.marks.is_empty() { 0.0 } else { 16.0 }
}

/// Draws a chart; `own_legend` unless one for the whole exhibit has been drawn.
pub(super) fn draw(sheet: &mut Sheet, area: Area, chart: &Chart, own_legend: bool) {
    let mut area = heading(sheet, area, &chart.title);
    if own_legend {
        area = draw_legend(sheet, area, &chart.series);
    }
    let mark_strip = Area { bottom: area.top, ..area };
    let (x, y) = scales(chart);
    // Rows of mark labels are known only with the frame's width, and the frame only with their height: its left and
    // right edge do not depend on its top.
    let axes = Axes {
        x: Some((&chart.x.label, x, false)),
        y: Some((&chart.y.label, y, false)),
        left_room: 0.0,
        bottom_room: 0.0,
    };
    let trial = Frame::new(&mut Sheet { width: sheet.width, ..Sheet::default() }, area, &axes);
    let labels = placed_marks(chart, &trial);
    let rows = labels.iter().map(|label| label.row + 1).max().unwrap_or(0);
    area.top += rows as f64 * MARK_SIZE * 1.3;
    let frame = Frame::new(sheet, area, &axes);
    frame.grid(sheet);
    let inner = frame.inner;
    if chart.zero_line
        && chart.y.scale == AxisScale::Linear
        && let Some(y) = frame.y(0.0).filter(|y| (inner.top..=inner.bottom).contains(y))
    {
        sheet.line(vec![(inner.left, y), (inner.right, y)], INK, 1.0);
    }
    for mark in chart.marks.iter().filter(|mark| !mark.is_ahead) {
        if let Some(x) = frame.x(mark.x).filter(|x| (inner.left..=inner.right).contains(x)) {
            let points = vec![(x, inner.top), (x, inner.bottom)];
            sheet.shapes.push(Shape::Line { points, color: GREY, width: 1.0, dash: &[3.0, 3.0] });
        }
    }
    for Label { left: x, text, row, .. } in labels.into_iter().filter(|label| !label.is_ahead) {
        let baseline = mark_strip.bottom + (rows - row) as f64 * MARK_SIZE * 1.3;
        sheet.text(&text, (x, baseline), MARK_SIZE, Anchor::Start, GREY);
    }
    let mut series: Vec<&Series> = chart.series.iter().collect();
    series.sort_by_key(|series| std::cmp::Reverse(series.depth));
    // Bands first, so that none hides a line.
    for series in series.iter().filter(|series| !series.hides_spread) {
        draw_spread(sheet, &frame, series);
    }
    for series in series {
        draw_curve(sheet, &frame, series);
    }
    frame.finish(sheet);
}

fn scales(chart: &Chart) -> (Scale, Scale) {
    let x_values =
        chart.series.iter().flat_map(|s| s.points.iter().map(|p| p.x)).chain(chart.marks.iter().map(|m| m.x));
    let values = chart.series.iter().flat_map(|series| {
        let ends = |point: &SeriesPoint| point.edges.map_or([None; 2], |(low, high)| [Some(low), Some(high)]);
        series
            .points
            .iter()
            .flat_map(move |point| [Some(point.y), point.low, point.high].into_iter().chain(ends(point)).flatten())
    });
    let y = Scale::new(&chart.y, values.chain(chart.zero_line.then_some(0.0)), MARGIN_OF_HEIGHTS);
    (Scale::new(&chart.x, x_values, 0.0), y)
}

/// Ends of an axis, where it has any.
pub(in crate::record) type Ends = Option<(f64, f64)>;

/// The ends of both axes: those that are given, else those that fit what is shown.
pub(in crate::record) fn fitting_ends(chart: &Chart) -> (Ends, Ends) {
    let (x, y) = scales(chart);
    (chart.x.range.or_else(|| x.ends()), chart.y.range.or_else(|| y.ends()))
}

/// Words at a mark.
struct Label {
    left: f64,
    text: String,
    /// From the frame upwards.
    row: usize,
    is_ahead: bool,
}

/// The labels for which there is room.
fn placed_marks(chart: &Chart, frame: &Frame) -> Vec<Label> {
    let inner = frame.inner;
    let mut free = [f64::NEG_INFINITY; MARK_ROWS];
    let mut marks: Vec<(f64, &Mark)> = chart.marks.iter().filter_map(|mark| Some((frame.x(mark.x)?, mark))).collect();
    marks.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut placed = Vec::new();
    for (x, mark) in marks.into_iter().filter(|(x, _)| (inner.left..=inner.right).contains(x)) {
        let (text, _) = fitted(&mark.label, MARK_SIZE, MARK_SIZE, inner.width() / 2.0);
        let width = text_width(&text, MARK_SIZE);
        let left = x.min(inner.right - width);
        if let Some(row) = free.iter().position(|end| *end + 10.0 <= left) {
            free[row] = left + width;
            placed.push(Label { left, text, row, is_ahead: mark.is_ahead });
        }
    }
    placed
}

pub(super) fn draw_legend(sheet: &mut Sheet, area: Area, series: &[Series]) -> Area {
    type Sample<'a> = Box<dyn Fn(&mut Sheet, Point, f64) + 'a>;
    let shown = entries_of(series);
    let tones = sheet.tones;
    let samples: Vec<Sample<'_>> = shown
        .iter()
        .map(|&Named { style, marker, color, paleness, depth, is_banded, .. }| {
            let color = on_ground(color, paleness, tones);
            Box::new(move |sheet: &mut Sheet, (x, y): Point, width: f64| {
                if is_banded {
                    let points = vec![(x, y - 5.0), (x + width, y - 5.0), (x + width, y + 5.0), (x, y + 5.0)];
                    sheet.exact(Shape::Polygon { points, color, opacity: SPREAD });
                }
                if style == SeriesStyle::Points {
                    sheet.exact(Shape::Dot { at: (x + width / 2.0, y), radius: 3.0, color });
                } else {
                    let points = vec![(x, y), (x + width, y)];
                    sheet.exact(Shape::Line { points, color, width: width_at(depth), dash: dash(style) });
                }
                if let Some(marker) = marker {
                    mark(sheet, marker, (x + width / 2.0, y), color);
                }
            }) as Sample<'_>
        })
        .collect();
    let entries: Vec<Entry> =
        shown.iter().zip(&samples).map(|(named, sample)| Entry { name: named.name, sample: sample.as_ref() }).collect();
    legend(sheet, area, &entries)
}

/// An entry of the legend.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Named<'a> {
    name: &'a str,
    style: SeriesStyle,
    marker: Option<Marker>,
    color: Rgb,
    paleness: f32,
    depth: u8,
    is_banded: bool,
}

/// Entries of the legend in the order of the curves: of those with kinds every kind once, in ink, and behind all others every
/// name once, as a line.
fn entries_of(series: &[Series]) -> Vec<Named<'_>> {
    let banded = |one: &Series| {
        one.style != SeriesStyle::Points && !one.hides_spread && one.points.iter().any(|point| point.low.is_some())
    };
    let mut entries: Vec<Named<'_>> = Vec::new();
    let has = |entries: &[Named<'_>], name: &str| entries.iter().any(|entry| entry.name == name);
    for one in series.iter().filter(|one| !one.is_unnamed) {
        let &Series { style, marker, color, paleness, depth, .. } = one;
        if one.kind.is_empty() {
            entries.push(Named { name: &one.name, style, marker, color, paleness, depth, is_banded: banded(one) });
        } else if !has(&entries, &one.kind) {
            let (marker, color, is_banded) = (None, INK, false);
            entries.push(Named { name: &one.kind, style, marker, color, paleness, depth, is_banded });
        }
    }
    for one in series.iter().filter(|one| !one.kind.is_empty()) {
        if !has(&entries, &one.name) {
            let is_banded = series.iter().any(|other| other.name == one.name && banded(other));
            let &Series { marker, color, .. } = one;
            let (style, paleness, depth) = match one.is_unnamed {
                true => (one.style, one.paleness, one.depth),
                false => (SeriesStyle::Line, 0.0, 0),
            };
            entries.push(Named { name: &one.name, style, marker, color, paleness, depth, is_banded });
        }
    }
    entries
}

/// A colour that was chosen for white, on the ground, with a share of that in it.
fn on_ground(color: Rgb, paleness: f32, tones: Tones) -> Rgb {
    pale(tones.shown(color), paleness, tones.paper())
}

/// A colour with a share of the ground in it.
pub(super) fn pale(color: Rgb, paleness: f32, paper: Rgb) -> Rgb {
    let mixed = |at: usize| f32::from(color[at]) + paleness * (f32::from(paper[at]) - f32::from(color[at]));
    [0, 1, 2].map(|at| mixed(at).round() as u8)
}

fn width_at(depth: u8) -> f64 {
    if depth == 0 { WIDTH } else { THIN }
}

fn dash(style: SeriesStyle) -> &'static [f64] {
    match style {
        SeriesStyle::Line | SeriesStyle::Points => &[],
        SeriesStyle::Dashed => &[7.0, 4.0],
        SeriesStyle::LongDashed => &[14.0, 5.0],
        SeriesStyle::VeryLongDashed => &[22.0, 6.0],
        SeriesStyle::ShortDashed => &[4.0, 2.5],
        SeriesStyle::Dotted => &[2.0, 3.5],
        SeriesStyle::SparselyDotted => &[2.0, 7.5],
        SeriesStyle::RarelyDotted => &[2.0, 15.0],
    }
}

pub(super) fn stroke(sheet: &mut Sheet, points: Vec<Point>, style: SeriesStyle, color: Rgb) {
    sheet.shapes.push(Shape::Line { points, color, width: WIDTH, dash: dash(style) });
}

/// Distance between two shapes of a curve, and the radius of a disc.
const MARKER_DISTANCE: f32 = 130.0;
const MARKER_RADIUS: f64 = 3.6;

/// A shape in a colour of the ground.
pub(super) fn mark(sheet: &mut Sheet, marker: Marker, at: Point, color: Rgb) {
    if marker.parts().is_empty() {
        sheet.exact(Shape::Dot { at, radius: MARKER_RADIUS, color });
    }
    for part in marker.parts() {
        let corner = |[x, y]: &[f32; 2]| (at.0 + MARKER_RADIUS * f64::from(*x), at.1 + MARKER_RADIUS * f64::from(*y));
        sheet.exact(Shape::Polygon { points: part.iter().map(corner).collect(), color, opacity: 1.0 });
    }
}

/// A word at the upper right of a shape, or at its upper left where the frame ends.
fn write_beside(sheet: &mut Sheet, inner: Area, text: &str, (x, y): Point, color: Rgb) {
    if text.is_empty() {
        return;
    }
    let fits = x + MARKER_RADIUS + text_width(text, BESIDE) <= inner.right;
    let (anchor, side) = if fits { (Anchor::Start, 1.0) } else { (Anchor::End, -1.0) };
    let (text, at) = (text.to_owned(), (x + side * MARKER_RADIUS, y - MARKER_RADIUS));
    sheet.exact(Shape::Text { text, at, size: BESIDE, anchor, upwards: false, color });
}

/// Size of its letters.
const BESIDE: f64 = 10.0;

/// Shapes on a piece of a curve, within the frame, each with a word beside it.
fn draw_markers(sheet: &mut Sheet, inner: Area, points: &[Point], (marker, label): (Marker, &str), color: Rgb) {
    let points: Vec<[f32; 2]> = points.iter().map(|(x, y)| [*x as f32, *y as f32]).collect();
    let across = (inner.left as f32, inner.right as f32);
    for [x, y] in marker_places(&points, across, MARKER_DISTANCE, marker) {
        let (x, y) = (f64::from(x), f64::from(y));
        if (inner.top..=inner.bottom).contains(&y) {
            mark(sheet, marker, (x, y), color);
            write_beside(sheet, inner, label, (x, y), color);
        }
    }
}

/// Runs of points that have a place on both axes.
fn pieces<'a>(series: &'a Series, frame: &'a Frame) -> impl Iterator<Item = &'a [SeriesPoint]> {
    series.points.split(|point| frame.point(point.x, point.y).is_none()).filter(|piece| !piece.is_empty())
}

fn draw_spread(sheet: &mut Sheet, frame: &Frame, series: &Series) {
    let inner = frame.inner;
    let color = on_ground(series.color, series.paleness, sheet.tones);
    // An edge without a place, as of zero on a logarithmic axis, lies beyond the lower end.
    let edge = |x: f64, y: f64| Some((frame.x(x)?, frame.y(y).unwrap_or(inner.bottom + 1.0)));
    let between = |point: &SeriesPoint, ends: Option<(f64, f64)>| {
        let (low, high) = ends?;
        Some((edge(point.x, low)?, edge(point.x, high)?))
    };
    for piece in pieces(series, frame) {
        if series.style == SeriesStyle::Points {
            for (low, high) in piece.iter().filter_map(|point| between(point, point.low.zip(point.high))) {
                if let Some((a, b)) = clipped(inner, low, high) {
                    sheet.exact(Shape::Line { points: vec![a, b], color, width: 1.2, dash: &[] });
                }
            }
            continue;
        }
        for part in piece.chunk_by(alike) {
            let mut fill = |ends: &dyn Fn(&SeriesPoint) -> Option<(f64, f64)>, opacity: f64| {
                let spread: Vec<(Point, Point)> = part.iter().filter_map(|point| between(point, ends(point))).collect();
                let outline: Vec<Point> =
                    { spread.iter().map(|(low, _)| *low) }.chain(spread.iter().rev().map(|(_, high)| *high)).collect();
                let points = clipped_polygon(inner, outline);
                if spread.len() > 1 && points.len() > 2 {
                    sheet.exact(Shape::Polygon { points, color, opacity });
                }
            };
            if part[0].edges.is_some() {
                fill(&|point| point.edges, SPREAD);
            } else {
                fill(&|point| point.binned.and_then(|bin| bin.extremes), EXTREMES);
                fill(&|point| point.low.zip(point.high), SPREAD);
            }
        }
    }
}

/// Whether two points are drawn alike: both as a mean, or both as edges.
fn alike(a: &SeriesPoint, b: &SeriesPoint) -> bool {
    a.edges.is_some() == b.edges.is_some()
}

fn draw_curve(sheet: &mut Sheet, frame: &Frame, series: &Series) {
    let inner = frame.inner;
    let color = on_ground(series.color, series.paleness, sheet.tones);
    let width = width_at(series.depth);
    let is_inside = |(x, y): &Point| (inner.left..=inner.right).contains(x) && (inner.top..=inner.bottom).contains(y);
    for part in pieces(series, frame).flat_map(|piece| piece.chunk_by(alike)) {
        let heights = |height: &dyn Fn(&SeriesPoint) -> f64| -> Vec<Point> {
            part.iter().filter_map(|point| frame.point(point.x, height(point))).collect()
        };
        // What alternates is drawn as its two edges: single values would be a pattern of the raster.
        let curves = match part[0].edges {
            Some(_) => vec![
                (heights(&|point| point.edges.map_or(point.y, |(low, _)| low)), EDGE * width),
                (heights(&|point| point.edges.map_or(point.y, |(_, high)| high)), EDGE * width),
            ],
            None => vec![(heights(&|point| point.y), width)],
        };
        for (points, width) in curves {
            // A line of one point would not be seen.
            if series.style == SeriesStyle::Points || points.len() == 1 {
                let many = points.len() > MANY;
                let radius = if series.style != SeriesStyle::Points {
                    width
                } else if many {
                    1.5
                } else {
                    3.0
                };
                for at in points.into_iter().filter(is_inside) {
                    sheet.exact(Shape::Dot { at, radius, color });
                }
                continue;
            }
            for points in runs_within(inner, &points) {
                sheet.exact(Shape::Line { points, color, width, dash: dash(series.style) });
            }
            if let Some(marker) = series.marker {
                draw_markers(sheet, inner, &points, (marker, &series.label), color);
            }
        }
    }
}

/// The parts of a line that lie within the frame.
pub(super) fn runs_within(inner: Area, points: &[Point]) -> Vec<Vec<Point>> {
    let mut runs: Vec<Vec<Point>> = Vec::new();
    for pair in points.windows(2) {
        let Some((a, b)) = clipped(inner, pair[0], pair[1]) else { continue };
        match runs.last_mut() {
            Some(run) if run.last() == Some(&a) => run.push(b),
            _ => runs.push(vec![a, b]),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_drawn_alike_have_words_beside_their_shapes_that_stay_in_the_frame() {
        super::super::sheet::register_typeface().expect("the bundled typeface");
        let inner = Area { left: 0.0, top: 0.0, right: 400.0, bottom: 100.0 };
        let mut sheet = Sheet::default();
        let points: Vec<Point> = (0..=40).map(|at| (10.0 * f64::from(at), 50.0)).collect();
        draw_markers(&mut sheet, inner, &points, (Marker::Disc, "encoder 9"), INK);
        draw_markers(&mut sheet, inner, &points, (Marker::Disc, ""), INK);
        let texts: Vec<_> = { sheet.shapes.iter() }
            .filter_map(|shape| match shape {
                Shape::Text { text, at, size, anchor, .. } => Some((text_width(text, *size), at.0, *anchor)),
                _ => None,
            })
            .collect();
        let places = marker_places(&[[0.0, 50.0], [400.0, 50.0]], (0.0, 400.0), MARKER_DISTANCE, Marker::Disc).len();
        assert!(places > 1 && texts.len() == places, "{texts:?} at {places} shapes");
        for (width, x, anchor) in texts {
            let right = if anchor == Anchor::Start { x + width } else { x };
            assert!(right <= inner.right && right - width >= inner.left, "{x} {width} {anchor:?}");
        }
    }

    fn series(name: &str, kind: &str, depth: u8) -> Series {
        Series { name: name.into(), kind: kind.into(), depth, ..Series::default() }
    }

    #[test]
    fn the_legend_has_the_order_of_the_curves_and_names_that_several_share_once() {
        let curves = [
            series("layer 1", "learning signal", 0),
            series("layer 2", "learning signal", 0),
            series("layer 1", "full update", 1),
            series("layer 1", "Twin B", 3),
            series("first try, layer 1", "", 3),
            Series { is_unnamed: true, ..series("second try, layer 1", "weights", 3) },
            Series { is_unnamed: true, ..series("second try, layer 1", "signal", 3) },
        ];
        let names: Vec<&str> = entries_of(&curves).iter().map(|entry| entry.name).collect();
        assert_eq!(
            names,
            [
                "learning signal",
                "full update",
                "Twin B",
                "first try, layer 1",
                "layer 1",
                "layer 2",
                "second try, layer 1"
            ]
        );
    }

    #[test]
    fn what_lies_behind_is_drawn_first_and_what_alternates_as_two_lines() {
        super::super::sheet::register_typeface().expect("bundled");
        let points =
            |edges| (0..4).map(|x| SeriesPoint { x: f64::from(x), y: 0.5, edges, ..Default::default() }).collect();
        let front = Series { color: [200, 0, 0], points: points(None), ..series("a", "", 0) };
        let behind = Series { color: [0, 0, 200], points: points(Some((0.0, 1.0))), ..series("b", "", 1) };
        let chart = Chart { series: vec![front, behind], ..Chart::default() };
        let mut sheet = Sheet { width: 400.0, ..Sheet::default() };
        draw(&mut sheet, Area { left: 0.0, top: 0.0, right: 400.0, bottom: 300.0 }, &chart, false);
        let lines = sheet.shapes.iter().filter_map(|shape| match shape {
            Shape::Line { color, points, .. } if *color != INK && points.len() > 2 => Some(*color),
            _ => None,
        });
        assert_eq!(lines.collect::<Vec<_>>(), [[0, 0, 200], [0, 0, 200], [200, 0, 0]]);
    }
}
