//! The bar beside a map of colours that tells what they mean.

use super::plot::{AXIS, SMALLEST, TICK};
use super::sheet::{Anchor, Area, INK, Rgb, Shape, Sheet, fitted};
use super::ticks::{Scale, Tick};

/// Colours of the bar.
const STEPS: usize = 256;
/// Width of the coloured part.
pub(super) const WIDTH: f64 = 16.0;

/// What a bar shows.
pub(super) struct ColorBar<'a> {
    /// Name of the quantity.
    pub label: &'a str,
    /// Where a value lies along the bar.
    pub scale: &'a Scale,
    /// Its numbers.
    pub ticks: &'a [Tick],
    /// Width of the widest number.
    pub widest: f64,
    /// Whether there are values without a colour of their own.
    pub has_undefined: bool,
}

impl ColorBar<'_> {
    /// Draws the bar to the right of a map; `color_at` is the colour at a share of its height.
    pub fn draw(&self, sheet: &mut Sheet, inner: Area, color_at: impl Fn(f64) -> Rgb) {
        let left = inner.right + 14.0;
        let undefined_room = if self.has_undefined { TICK * 2.2 } else { 0.0 };
        let bar = Area { left, right: left + WIDTH, top: inner.top, bottom: inner.bottom - undefined_room };
        let colors = (0..STEPS).map(|step| color_at(1.0 - (step as f64 + 0.5) / STEPS as f64)).collect();
        sheet.shapes.push(Shape::Cells { area: bar, columns: 1, colors });
        outline(sheet, bar);
        for tick in self.ticks {
            let (Some(share), Some(label)) = (self.scale.place(tick.value), &tick.label) else { continue };
            let y = bar.bottom - share * bar.height();
            sheet.line(vec![(bar.right, y), (bar.right + 4.0, y)], INK, 1.0);
            // Signs line up at the right.
            label.draw(sheet, (bar.right + 7.0 + self.widest, y + TICK * 0.35), TICK, Anchor::End, INK);
        }
        let (text, size) = fitted(self.label, AXIS, SMALLEST, bar.height());
        let x = bar.right + 8.0 + self.widest + AXIS * 1.25;
        sheet.upwards(&text, (x, bar.middle().1), size, Anchor::Middle, INK);
        if self.has_undefined {
            let swatch = Area { top: inner.bottom - TICK * 1.2, bottom: inner.bottom, ..bar };
            sheet.shapes.push(Shape::Cells { area: swatch, columns: 1, colors: vec![sheet.tones.undefined()] });
            outline(sheet, swatch);
            let (text, size) = fitted("undefined", TICK, SMALLEST, sheet.width - bar.right - 12.0);
            sheet.text(&text, (bar.right + 7.0, swatch.bottom - TICK * 0.25), size, Anchor::Start, INK);
        }
    }
}

fn outline(sheet: &mut Sheet, area: Area) {
    let Area { left, top, right, bottom } = area;
    sheet.line(vec![(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], INK, 0.8);
}
