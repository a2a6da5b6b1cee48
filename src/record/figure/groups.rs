//! Points with their spread, group by group.

use super::chart::draw_legend;
use super::names::Names;
use super::plot::{AXIS, Axes, Frame, HEADING, SMALLEST, clipped, heading};
use super::sheet::{Anchor, Area, INK, Shape, Sheet, fitted};
use super::ticks::Scale;
use crate::record::exhibit::{AxisScale, Groups, Series, SeriesStyle};

const RADIUS: f64 = 3.5;
/// Half the width of the strokes at the ends of a spread.
const CAP: f64 = 4.0;
/// Share of a group's width that its points take.
const TAKEN: f64 = 0.7;

pub(super) fn preferred_height(groups: &Groups) -> f64 {
    270.0 + if groups.title.is_empty() { 0.0 } else { HEADING * 1.5 }
}

pub(super) fn draw(sheet: &mut Sheet, area: Area, groups: &Groups) {
    let mut area = heading(sheet, area, &groups.title);
    // One series without a name is what the axis says.
    if groups.series.iter().any(|series| !series.name.is_empty()) {
        let as_points = |series: &Series| Series { style: SeriesStyle::Points, ..series.clone() };
        area = draw_legend(sheet, area, &groups.series.iter().map(as_points).collect::<Vec<_>>());
    }
    let y = scale(groups);
    let names = Names::new(&groups.groups, area.width());
    let label_room = if groups.label.is_empty() { 0.0 } else { AXIS * 1.5 };
    let bottom_room = names.room() + label_room;
    let axes = Axes { x: None, y: Some((&groups.y.label, y, false)), left_room: 0.0, bottom_room };
    let frame = Frame::new(sheet, area, &axes);
    frame.grid(sheet);
    let inner = frame.inner;
    if groups.zero_line
        && groups.y.scale == AxisScale::Linear
        && let Some(y) = frame.y(0.0).filter(|y| (inner.top..=inner.bottom).contains(y))
    {
        sheet.line(vec![(inner.left, y), (inner.right, y)], INK, 1.0);
    }
    let slot = inner.width() / groups.groups.len().max(1) as f64;
    let apart = slot * TAKEN / groups.series.len().max(1) as f64;
    for (place, series) in groups.series.iter().enumerate() {
        let beside = (place as f64 + 0.5 - groups.series.len() as f64 / 2.0) * apart;
        for (group, point) in series.points.iter().enumerate() {
            let x = inner.left + (group as f64 + 0.5) * slot + beside;
            // An edge without a place, as of zero on a logarithmic axis, lies beyond the lower end.
            let edge = |value: f64| frame.y(value).unwrap_or(inner.bottom + 1.0);
            let ends = point.low.zip(point.high).map(|(low, high)| (edge(low), edge(high)));
            if let Some((a, b)) = ends.and_then(|(low, high)| clipped(inner, (x, low), (x, high))) {
                sheet.line(vec![a, b], series.color, 1.4);
                for (_, y) in [a, b] {
                    sheet.line(vec![(x - CAP, y), (x + CAP, y)], series.color, 1.4);
                }
            }
            if let Some(y) = frame.y(point.y).filter(|y| (inner.top..=inner.bottom).contains(y)) {
                sheet.shapes.push(Shape::Dot { at: (x, y), radius: RADIUS, color: series.color });
            }
        }
    }
    names.draw(sheet, inner);
    let (text, size) = fitted(&groups.label, AXIS, SMALLEST, inner.width());
    sheet.text(&text, (inner.middle().0, area.bottom - AXIS * 0.4), size, Anchor::Middle, INK);
    frame.finish(sheet);
}

fn scale(groups: &Groups) -> Scale {
    let values = groups.series.iter().flat_map(|series| {
        series.points.iter().flat_map(|point| [Some(point.y), point.low, point.high].into_iter().flatten())
    });
    Scale::new(&groups.y, values.chain(groups.zero_line.then_some(0.0)), 0.06)
}

/// The ends of the vertical axis.
pub(in crate::record) fn fitting(groups: &Groups) -> Option<(f64, f64)> {
    scale(groups).ends()
}
