//! Curves.

use super::marker::{Marker, places as marker_places};
use super::plot::{Axes, Entry, Frame, HEADING, clipped, clipped_polygon, heading, legend};
use super::sheet::{Anchor, Area, GREY, INK, Point, Rgb, Shape, Sheet, fitted, text_width};
use super::ticks::Scale;
use crate::record::exhibit::{AxisScale, Chart, Series, SeriesPoint, SeriesStyle};

/// Share of the span of values that is left free above and below them.
pub(in crate::record) const MARGIN_OF_HEIGHTS: f64 = 0.06;

const WIDTH: f64 = 2.0;
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
    let x_values =
        chart.series.iter().flat_map(|s| s.points.iter().map(|p| p.x)).chain(chart.marks.iter().map(|m| m.x));
    let x = Scale::new(&chart.x, x_values, 0.0);
    let y = y_scale(chart);
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
    let rows = labels.iter().map(|(_, _, row)| row + 1).max().unwrap_or(0);
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
    for mark in &chart.marks {
        if let Some(x) = frame.x(mark.x).filter(|x| (inner.left..=inner.right).contains(x)) {
            let points = vec![(x, inner.top), (x, inner.bottom)];
            sheet.shapes.push(Shape::Line { points, color: GREY, width: 1.0, dash: &[3.0, 3.0] });
        }
    }
    for (x, text, row) in labels {
        let baseline = mark_strip.bottom + (rows - row) as f64 * MARK_SIZE * 1.3;
        sheet.text(&text, (x, baseline), MARK_SIZE, Anchor::Start, GREY);
    }
    // Bands first, so that none hides a line.
    for series in chart.series.iter().filter(|series| !series.hides_spread) {
        draw_spread(sheet, &frame, series);
    }
    for series in &chart.series {
        draw_curve(sheet, &frame, series);
    }
    frame.finish(sheet);
}

fn y_scale(chart: &Chart) -> Scale {
    let values = chart.series.iter().flat_map(|series| {
        series.points.iter().flat_map(|point| [Some(point.y), point.low, point.high].into_iter().flatten())
    });
    Scale::new(&chart.y, values.chain(chart.zero_line.then_some(0.0)), MARGIN_OF_HEIGHTS)
}

/// Left end, text and row (from the frame upwards) of the labels for which there is room.
fn placed_marks(chart: &Chart, frame: &Frame) -> Vec<(f64, String, usize)> {
    let inner = frame.inner;
    let mut free = [f64::NEG_INFINITY; MARK_ROWS];
    let mut marks: Vec<(f64, &str)> =
        chart.marks.iter().filter_map(|mark| Some((frame.x(mark.x)?, mark.label.as_str()))).collect();
    marks.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut placed = Vec::new();
    for (x, label) in marks.into_iter().filter(|(x, _)| (inner.left..=inner.right).contains(x)) {
        let (text, _) = fitted(label, MARK_SIZE, MARK_SIZE, inner.width() / 2.0);
        let width = text_width(&text, MARK_SIZE);
        let left = x.min(inner.right - width);
        if let Some(row) = free.iter().position(|end| *end + 10.0 <= left) {
            free[row] = left + width;
            placed.push((left, text, row));
        }
    }
    placed
}

pub(super) fn draw_legend(sheet: &mut Sheet, area: Area, series: &[Series]) -> Area {
    type Sample = Box<dyn Fn(&mut Sheet, Point, f64)>;
    let shown = entries_of(series);
    let samples: Vec<Sample> = shown
        .iter()
        .map(|&(_, style, color, banded)| {
            Box::new(move |sheet: &mut Sheet, (x, y): Point, width: f64| {
                if banded {
                    let band = Area { left: x, top: y - 5.0, right: x + width, bottom: y + 5.0 };
                    sheet.rectangle(band, color, 0.22);
                }
                if style == SeriesStyle::Points {
                    sheet.shapes.push(Shape::Dot { at: (x + width / 2.0, y), radius: 3.0, color });
                } else {
                    stroke(sheet, vec![(x, y), (x + width, y)], style, color);
                }
                if let SeriesStyle::Marked(marker) = style {
                    mark(sheet, marker, (x + width / 2.0, y), color);
                }
            }) as Sample
        })
        .collect();
    let entries: Vec<Entry> =
        shown.iter().zip(&samples).map(|((name, ..), sample)| Entry { name, sample: sample.as_ref() }).collect();
    legend(sheet, area, &entries)
}

/// Entries of the legend: name, style, colour, and whether there is a band. Of curves with kinds every name once, as a line,
/// and every kind once, in ink.
fn entries_of(series: &[Series]) -> Vec<(&str, SeriesStyle, Rgb, bool)> {
    let banded = |one: &Series| {
        one.style != SeriesStyle::Points && !one.hides_spread && one.points.iter().any(|point| point.low.is_some())
    };
    let mut entries: Vec<(&str, SeriesStyle, Rgb, bool)> = Vec::new();
    let has = |entries: &[(&str, SeriesStyle, Rgb, bool)], name: &str| entries.iter().any(|entry| entry.0 == name);
    for one in series {
        if one.kind.is_empty() {
            entries.push((&one.name, one.style, one.color, banded(one)));
        } else if !has(&entries, &one.name) {
            let any = series.iter().any(|other| other.name == one.name && banded(other));
            entries.push((&one.name, SeriesStyle::Line, one.color, any));
        }
    }
    for one in series.iter().filter(|one| !one.kind.is_empty()) {
        if !has(&entries, &one.kind) {
            entries.push((&one.kind, one.style, INK, false));
        }
    }
    entries
}

pub(super) fn stroke(sheet: &mut Sheet, points: Vec<Point>, style: SeriesStyle, color: Rgb) {
    let dash: &'static [f64] = match style {
        SeriesStyle::Line | SeriesStyle::Marked(_) | SeriesStyle::Points => &[],
        SeriesStyle::Dashed => &[7.0, 4.0],
        SeriesStyle::Dotted => &[2.0, 3.5],
    };
    sheet.shapes.push(Shape::Line { points, color, width: WIDTH, dash });
}

/// Distance between two shapes of a curve, and the radius of a disc.
const MARKER_DISTANCE: f32 = 130.0;
const MARKER_RADIUS: f64 = 3.6;

fn mark(sheet: &mut Sheet, marker: Marker, at: Point, color: Rgb) {
    if marker.parts().is_empty() {
        sheet.shapes.push(Shape::Dot { at, radius: MARKER_RADIUS, color });
    }
    for part in marker.parts() {
        let corner = |[x, y]: &[f32; 2]| (at.0 + MARKER_RADIUS * f64::from(*x), at.1 + MARKER_RADIUS * f64::from(*y));
        sheet.shapes.push(Shape::Polygon { points: part.iter().map(corner).collect(), color, opacity: 1.0 });
    }
}

/// Shapes on a piece of a curve, within the frame.
fn draw_markers(sheet: &mut Sheet, inner: Area, points: &[Point], marker: Marker, color: Rgb) {
    let points: Vec<[f32; 2]> = points.iter().map(|(x, y)| [*x as f32, *y as f32]).collect();
    let across = (inner.left as f32, inner.right as f32);
    for [x, y] in marker_places(&points, across, MARKER_DISTANCE, marker) {
        let (x, y) = (f64::from(x), f64::from(y));
        if (inner.top..=inner.bottom).contains(&y) {
            mark(sheet, marker, (x, y), color);
        }
    }
}

/// Runs of points that have a place on both axes.
fn pieces<'a>(series: &'a Series, frame: &'a Frame) -> impl Iterator<Item = &'a [SeriesPoint]> {
    series.points.split(|point| frame.point(point.x, point.y).is_none()).filter(|piece| !piece.is_empty())
}

fn draw_spread(sheet: &mut Sheet, frame: &Frame, series: &Series) {
    let inner = frame.inner;
    // An edge without a place, as of zero on a logarithmic axis, lies beyond the lower end.
    let edge = |x: f64, y: f64| Some((frame.x(x)?, frame.y(y).unwrap_or(inner.bottom + 1.0)));
    for piece in pieces(series, frame) {
        let spread: Vec<(Point, Point)> =
            piece.iter().filter_map(|point| Some((edge(point.x, point.low?)?, edge(point.x, point.high?)?))).collect();
        if series.style == SeriesStyle::Points {
            for (low, high) in spread {
                if let Some((a, b)) = clipped(inner, low, high) {
                    sheet.line(vec![a, b], series.color, 1.2);
                }
            }
        } else if spread.len() > 1 {
            let lower = spread.iter().map(|(low, _)| *low);
            let outline = lower.chain(spread.iter().rev().map(|(_, high)| *high)).collect();
            let points = clipped_polygon(inner, outline);
            if points.len() > 2 {
                sheet.shapes.push(Shape::Polygon { points, color: series.color, opacity: 0.22 });
            }
        }
    }
}

fn draw_curve(sheet: &mut Sheet, frame: &Frame, series: &Series) {
    let inner = frame.inner;
    let is_inside = |(x, y): &Point| (inner.left..=inner.right).contains(x) && (inner.top..=inner.bottom).contains(y);
    for piece in pieces(series, frame) {
        let points: Vec<Point> = piece.iter().filter_map(|point| frame.point(point.x, point.y)).collect();
        // A line of one point would not be seen.
        if series.style == SeriesStyle::Points || points.len() == 1 {
            let radius = if series.style == SeriesStyle::Points { 3.0 } else { WIDTH };
            for at in points.into_iter().filter(is_inside) {
                sheet.shapes.push(Shape::Dot { at, radius, color: series.color });
            }
            continue;
        }
        let mut run: Vec<Point> = Vec::new();
        for pair in points.windows(2) {
            let Some((a, b)) = clipped(inner, pair[0], pair[1]) else { continue };
            if run.last() != Some(&a) {
                if run.len() > 1 {
                    stroke(sheet, std::mem::take(&mut run), series.style, series.color);
                }
                run = vec![a];
            }
            run.push(b);
        }
        if run.len() > 1 {
            stroke(sheet, run, series.style, series.color);
        }
        if let SeriesStyle::Marked(marker) = series.style {
            draw_markers(sheet, inner, &points, marker, series.color);
        }
    }
}
