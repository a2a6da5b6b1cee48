//! Names of groups below a frame: upright where there is room, or turned upwards.

use super::plot::TICK;
use super::sheet::{Anchor, Area, INK, Sheet, fitted, shortened, text_width};

/// Longest names when they are turned upwards.
const MAX_TURNED: f64 = 110.0;

/// Names from left to right, each in the middle of as wide a part of the frame.
pub(super) struct Names<'a> {
    names: &'a [String],
    widest: f64,
    turned: bool,
}

impl<'a> Names<'a> {
    /// For a frame in an area of that width.
    pub(super) fn new(names: &'a [String], width: f64) -> Self {
        let widest = names.iter().fold(0.0_f64, |w, name| w.max(text_width(name, TICK)));
        // The frame is at most so wide; whether names are turned decides its height, not its width.
        let slot = (width - 80.0) / names.len().max(1) as f64;
        Self { names, widest, turned: widest > slot - 6.0 }
    }

    /// Height of the names below the frame.
    pub(super) fn room(&self) -> f64 {
        if self.turned { self.widest.min(MAX_TURNED) + 12.0 } else { TICK * 1.7 }
    }

    pub(super) fn draw(&self, sheet: &mut Sheet, inner: Area) {
        let slot = inner.width() / self.names.len().max(1) as f64;
        for (group, name) in self.names.iter().enumerate() {
            let centre = inner.left + (group as f64 + 0.5) * slot;
            if self.turned {
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
    }
}
