//! Grouped signed bars.

use super::plot::{Axes, Entry, Frame, HEADING, TICK, clipped_polygon, heading, legend};
use super::sheet::{Anchor, Area, INK, Point, Shape, Sheet, fitted, shortened, text_width};
use super::ticks::Scale;
use crate::record::exhibit::{Axis, AxisScale, Bars};

/// Longest group names when they are turned upwards.
const MAX_TURNED: f64 = 110.0;

pub(super) fn preferred_height(bars: &Bars) -> f64 {
    270.0 + if bars.title.is_empty() { 0.0 } else { HEADING * 1.5 }
}

pub(super) fn draw(sheet: &mut Sheet, area: Area, bars: &Bars) {
    let mut area = heading(sheet, area, &bars.title);
    type Sample = Box<dyn Fn(&mut Sheet, Point, f64)>;
    let samples: Vec<Sample> = bars
        .series
        .iter()
        .map(|&(_, color, _)| {
            Box::new(move |sheet: &mut Sheet, (x, y): Point, width: f64| {
                sheet.rectangle(
                    Area { left: x + width - 16.0, top: y - 5.0, right: x + width, bottom: y + 5.0 },
                    color,
                    1.0,
                );
            }) as Sample
        })
        .collect();
    let entries: Vec<Entry> = bars
        .series
        .iter()
        .zip(&samples)
        .map(|((name, _, _), sample)| Entry { name, sample: sample.as_ref() })
        .collect();
    area = legend(sheet, area, &entries);

    let values = bars.series.iter().flat_map(|(_, _, values)| values.iter().copied()).filter(|value| value.is_finite());
    let (low, high) = values.fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    // Bars stand on the axis where all have one sign.
    let margin = 0.06 * (high - low);
    let fitting = (low < high)
        .then_some((if low < 0.0 { low - margin } else { 0.0 }, if high > 0.0 { high + margin } else { 0.0 }));
    let axis = Axis { scale: AxisScale::Linear, range: bars.y.range.or(fitting), ..Axis::default() };
    let y = Scale::new(&axis, std::iter::empty(), 0.0);
    let widest = bars.groups.iter().fold(0.0_f64, |w, name| w.max(text_width(name, TICK)));
    // The frame is at most so wide; whether names are turned decides its height, not its width.
    let slot = (area.width() - 80.0) / bars.groups.len().max(1) as f64;
    let turned = widest > slot - 6.0;
    let bottom_room = if turned { widest.min(MAX_TURNED) + 12.0 } else { TICK * 1.7 };
    let axes = Axes { x: None, y: Some((&bars.y.label, y, false)), left_room: 0.0, bottom_room };
    let frame = Frame::new(sheet, area, &axes);
    frame.grid(sheet);
    let inner = frame.inner;
    let slot = inner.width() / bars.groups.len().max(1) as f64;
    let width = slot * 0.78 / bars.series.len().max(1) as f64;
    let zero = frame.y(0.0).unwrap_or(inner.bottom);
    for (group, name) in bars.groups.iter().enumerate() {
        let left = inner.left + group as f64 * slot;
        for (index, (_, color, values)) in bars.series.iter().enumerate() {
            let Some(top) = values.get(group).and_then(|value| frame.y(*value)) else { continue };
            let from = left + slot * 0.11 + index as f64 * width;
            let to = from + width * 0.94;
            let points = clipped_polygon(inner, vec![(from, zero), (to, zero), (to, top), (from, top)]);
            if points.len() > 2 {
                sheet.shapes.push(Shape::Polygon { points, color: *color, opacity: 1.0 });
            }
        }
        let centre = left + slot / 2.0;
        if turned {
            // Where even turned names touch, some are left out.
            let every = (TICK * 1.2 / slot).ceil().max(1.0) as usize;
            if group.is_multiple_of(every) {
                let at = (centre + TICK * 0.35, inner.bottom + 7.0);
                sheet.upwards(&shortened(name, TICK, MAX_TURNED), at, TICK, Anchor::End, INK);
            }
        } else {
            let (text, size) = fitted(name, TICK, TICK, slot);
            sheet.text(&text, (centre, inner.bottom + 6.0 + TICK), size, Anchor::Middle, INK);
        }
    }
    if (inner.top..=inner.bottom).contains(&zero) {
        sheet.line(vec![(inner.left, zero), (inner.right, zero)], INK, 1.0);
    }
    frame.finish(sheet);
}
