//! Grouped signed bars.

use super::names::Names;
use super::plot::{Axes, Entry, Frame, HEADING, clipped, clipped_polygon, heading, legend};
use super::sheet::{Area, INK, Point, Rgb, Shape, Sheet};
use super::ticks::Scale;
use crate::record::exhibit::{Axis, AxisScale, Bars};

pub(super) fn preferred_height(bars: &Bars) -> f64 {
    270.0 + if bars.title.is_empty() { 0.0 } else { HEADING * 1.5 }
}

pub(super) fn draw(sheet: &mut Sheet, area: Area, bars: &Bars) {
    let mut area = heading(sheet, area, &bars.title);
    if !bars.is_one_a_group() {
        area = key(sheet, area, bars);
    }
    let axis = Axis { scale: AxisScale::Linear, range: bars.y.range.or(fitting(bars)), ..Axis::default() };
    let y = Scale::new(&axis, std::iter::empty(), 0.0);
    let names = Names::new(&bars.groups, area.width());
    let bottom_room = names.room();
    let axes = Axes { x: None, y: Some((&bars.y.label, y, false)), left_room: 0.0, bottom_room };
    let frame = Frame::new(sheet, area, &axes);
    frame.grid(sheet);
    let inner = frame.inner;
    let slot = inner.width() / bars.groups.len().max(1) as f64;
    let zero = frame.y(0.0).unwrap_or(inner.bottom);
    for group in 0..bars.groups.len() {
        let left = inner.left + group as f64 * slot;
        for Bar { place, of, from, to, color, spread } in standing(bars, group) {
            let width = slot * if bars.is_stacked { 0.9 } else { 0.78 } / of as f64;
            let begin = left + (slot - width * of as f64) / 2.0 + place as f64 * width;
            let end = begin + width * if of > 1 { 0.94 } else { 1.0 };
            let (Some(bottom), Some(top)) = (frame.y(from), frame.y(to)) else { continue };
            let points = clipped_polygon(inner, vec![(begin, bottom), (end, bottom), (end, top), (begin, top)]);
            if points.len() > 2 {
                sheet.shapes.push(Shape::Polygon { points, color, opacity: 1.0 });
            }
            let middle = (begin + end) / 2.0;
            let ends = frame.y(to - spread).zip(frame.y(to + spread)).filter(|_| spread > 0.0);
            if let Some((a, b)) = ends.and_then(|(a, b)| clipped(inner, (middle, a), (middle, b))) {
                sheet.line(vec![a, b], INK, 1.2);
            }
        }
        let sum: f64 = bars.series.iter().map(|one| one.values[group]).filter(|value| value.is_finite()).sum();
        if let Some(y) = frame.y(sum).filter(|y| bars.is_stacked && (inner.top..=inner.bottom).contains(y)) {
            sheet.line(vec![(left + 0.05 * slot, y), (left + 0.95 * slot, y)], INK, 1.4);
        }
    }
    names.draw(sheet, inner);
    if (inner.top..=inner.bottom).contains(&zero) {
        sheet.line(vec![(inner.left, zero), (inner.right, zero)], INK, 1.0);
    }
    frame.finish(sheet);
}

/// A bar of a group: which of how many beside each other, and between which values.
struct Bar {
    place: usize,
    of: usize,
    from: f64,
    to: f64,
    color: Rgb,
    spread: f64,
}

/// The bars of a group.
fn standing(bars: &Bars, group: usize) -> Vec<Bar> {
    let is_alone = bars.is_one_a_group();
    let of = if is_alone || bars.is_stacked { 1 } else { bars.series.len().max(1) };
    let mut ends = [0.0; 2];
    let mut standing = Vec::new();
    for (index, one) in bars.series.iter().enumerate().filter(|(_, one)| one.values[group].is_finite()) {
        let value = one.values[group];
        let from = if bars.is_stacked { ends[usize::from(value < 0.0)] } else { 0.0 };
        ends[usize::from(value < 0.0)] = from + value;
        let spread = one.spreads.get(group).copied().unwrap_or(0.0);
        standing.push(Bar {
            place: if of == 1 { 0 } else { index },
            of,
            from,
            to: from + value,
            color: one.color,
            spread,
        });
    }
    standing
}

/// The ends of an axis that holds every bar with its spread; bars stand on the axis where all have one sign.
pub(in crate::record) fn fitting(bars: &Bars) -> Option<(f64, f64)> {
    let all = (0..bars.groups.len()).flat_map(|group| standing(bars, group));
    let reach = |bar: Bar| [bar.to - bar.spread.max(0.0), bar.to + bar.spread.max(0.0)];
    let values = all.flat_map(reach).filter(|value| value.is_finite());
    let (low, high) = values.fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    let margin = 0.06 * (high - low);
    (low < high).then_some((if low < 0.0 { low - margin } else { 0.0 }, if high > 0.0 { high + margin } else { 0.0 }))
}

fn key(sheet: &mut Sheet, area: Area, bars: &Bars) -> Area {
    type Sample = Box<dyn Fn(&mut Sheet, Point, f64)>;
    let filled = |color: Rgb| {
        Box::new(move |sheet: &mut Sheet, (x, y): Point, width: f64| {
            sheet.rectangle(
                Area { left: x + width - 16.0, top: y - 5.0, right: x + width, bottom: y + 5.0 },
                color,
                1.0,
            );
        }) as Sample
    };
    let mut entries: Vec<(&str, Sample)> =
        bars.series.iter().map(|one| (one.name.as_str(), filled(one.color))).collect();
    if bars.is_stacked {
        let line = |sheet: &mut Sheet, (x, y): Point, width: f64| {
            sheet.line(vec![(x + width - 16.0, y), (x + width, y)], INK, 1.4);
        };
        entries.push(("sum", Box::new(line)));
    }
    let entries: Vec<Entry> = entries.iter().map(|(name, sample)| Entry { name, sample: sample.as_ref() }).collect();
    legend(sheet, area, &entries)
}
