//! Grouped signed bars.

use super::names::Names;
use super::plot::{Axes, Entry, Frame, HEADING, clipped_polygon, heading, legend};
use super::sheet::{Area, INK, Point, Shape, Sheet};
use super::ticks::Scale;
use crate::record::exhibit::{Axis, AxisScale, Bars};

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
    let names = Names::new(&bars.groups, area.width());
    let bottom_room = names.room();
    let axes = Axes { x: None, y: Some((&bars.y.label, y, false)), left_room: 0.0, bottom_room };
    let frame = Frame::new(sheet, area, &axes);
    frame.grid(sheet);
    let inner = frame.inner;
    let slot = inner.width() / bars.groups.len().max(1) as f64;
    let width = slot * 0.78 / bars.series.len().max(1) as f64;
    let zero = frame.y(0.0).unwrap_or(inner.bottom);
    for group in 0..bars.groups.len() {
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
    }
    names.draw(sheet, inner);
    if (inner.top..=inner.bottom).contains(&zero) {
        sheet.line(vec![(inner.left, zero), (inner.right, zero)], INK, 1.0);
    }
    frame.finish(sheet);
}
