//! The frame of a plot: heading, axes with ticks and labels, and the way from values to points.

use super::sheet::{Anchor, Area, FAINT, INK, Point, Sheet, fitted, text_width, wrapped};
use super::ticks::{Scale, Tick};

/// Sizes of type, in points.
pub(super) const HEADING: f64 = 15.0;
pub(super) const AXIS: f64 = 14.0;
pub(super) const TICK: f64 = 12.5;
/// Smallest type that is still read in print.
pub(super) const SMALLEST: f64 = 8.0;

/// Lines of a panel's heading at most, and their distance in sizes of its type.
pub(super) const HEADING_LINES: usize = 2;
pub(super) const HEADING_PITCH: f64 = 1.3;

/// Draws a panel's heading and gives what is left below it.
pub(super) fn heading(sheet: &mut Sheet, area: Area, title: &str) -> Area {
    let mut top = area.top;
    for line in wrapped(title, HEADING, area.width(), HEADING_LINES) {
        sheet.text(&line, (area.left, top + HEADING), HEADING, Anchor::Start, INK);
        top += HEADING * HEADING_PITCH;
    }
    Area { top: if top > area.top { top + 4.0 } else { top }, ..area }
}

/// What stands on the axes of a frame.
pub(super) struct Axes<'a> {
    pub x: Option<(&'a str, Scale, bool)>,
    pub y: Option<(&'a str, Scale, bool)>,
    /// Room left of the frame for other labels than ticks, and below it.
    pub left_room: f64,
    pub bottom_room: f64,
}

/// A frame with its scales.
pub(super) struct Frame {
    pub inner: Area,
    x: Option<Scale>,
    y: Option<Scale>,
    x_ticks: Vec<Tick>,
    y_ticks: Vec<Tick>,
}

impl Frame {
    /// Lays out a frame in an area; draws labels and grid, but not the border, which comes last.
    pub(super) fn new(sheet: &mut Sheet, area: Area, axes: &Axes) -> Self {
        let label_height = |label: &str| if label.is_empty() { 4.0 } else { AXIS * 1.5 };
        let bottom_labels = if axes.x.is_some() { TICK * 1.7 } else { axes.bottom_room };
        let x_label = axes.x.as_ref().map_or("", |(label, _, _)| label);
        let y_label = axes.y.as_ref().map_or("", |(label, _, _)| label);
        let bottom = area.bottom - label_height(x_label) - bottom_labels;
        let inner_height = bottom - area.top;
        let y_ticks = axes.y.as_ref().map_or_else(Vec::new, |(_, scale, whole)| {
            scale.ticks(inner_height / 36.0, *whole, |ticks| apart(ticks, scale, inner_height, |_| TICK * 1.3))
        });
        let widest = y_ticks.iter().filter_map(|tick| tick.label.as_ref()).fold(0.0_f64, |w, l| w.max(l.width(TICK)));
        let left = area.left + label_height(y_label) + widest.max(axes.left_room) + 8.0;
        let inner = Area { left, top: area.top + TICK * 0.5, right: area.right - 14.0, bottom };
        let x_ticks = axes.x.as_ref().map_or_else(Vec::new, |(_, scale, whole)| {
            let fits = |ticks: &[Tick]| {
                apart(ticks, scale, inner.width(), |tick| tick.label.as_ref().map_or(0.0, |l| l.width(TICK) + 12.0))
            };
            scale.ticks(inner.width() / 70.0, *whole, fits)
        });
        // It may be wider than what stands on it, as far as the panel reaches.
        let room = 2.0 * (inner.middle().0 - area.left).min(area.right - inner.middle().0);
        let (text, size) = fitted(x_label, AXIS, SMALLEST, room.max(inner.width()));
        sheet.text(&text, (inner.middle().0, area.bottom - AXIS * 0.4), size, Anchor::Middle, INK);
        let (text, size) = fitted(y_label, AXIS, SMALLEST, inner.height());
        sheet.upwards(&text, (area.left + AXIS * 0.9, inner.middle().1), size, Anchor::Middle, INK);
        let scale_of = |axis: &Option<(&str, Scale, bool)>| axis.as_ref().map(|(_, scale, _)| *scale);
        Self { inner, x: scale_of(&axes.x), y: scale_of(&axes.y), x_ticks, y_ticks }
    }

    /// Horizontal lines at the labelled ticks, below everything.
    pub(super) fn grid(&self, sheet: &mut Sheet) {
        for tick in self.y_ticks.iter().filter(|tick| tick.label.is_some()) {
            if let Some(y) = self.y(tick.value) {
                sheet.line(vec![(self.inner.left, y), (self.inner.right, y)], FAINT, 0.8);
            }
        }
    }

    /// Axes, ticks and their labels, above everything.
    pub(super) fn finish(&self, sheet: &mut Sheet) {
        let Area { left, top, right, bottom } = self.inner;
        for tick in &self.x_ticks {
            let Some(x) = self.x(tick.value) else { continue };
            let length = if tick.label.is_some() { 5.0 } else { 3.0 };
            sheet.line(vec![(x, bottom), (x, bottom + length)], INK, 1.0);
            if let Some(label) = &tick.label {
                // The outermost labels stay on the sheet.
                let half = label.width(TICK) / 2.0;
                let x = x.min(sheet.width - half - 2.0);
                label.draw(sheet, (x, bottom + 6.0 + TICK), TICK, Anchor::Middle, INK);
            }
        }
        for tick in &self.y_ticks {
            let Some(y) = self.y(tick.value) else { continue };
            let length = if tick.label.is_some() { 5.0 } else { 3.0 };
            sheet.line(vec![(left - length, y), (left, y)], INK, 1.0);
            if let Some(label) = &tick.label {
                label.draw(sheet, (left - 8.0, y + TICK * 0.35), TICK, Anchor::End, INK);
            }
        }
        sheet.line(vec![(left, top), (left, bottom), (right, bottom)], INK, 1.0);
    }

    /// Border on all four sides, for matrices.
    pub(super) fn border(&self, sheet: &mut Sheet) {
        let Area { left, top, right, bottom } = self.inner;
        sheet.line(vec![(left, top), (right, top), (right, bottom)], INK, 1.0);
    }

    pub(super) fn x(&self, value: f64) -> Option<f64> {
        Some(self.inner.left + self.x?.place(value)? * self.inner.width())
    }

    pub(super) fn y(&self, value: f64) -> Option<f64> {
        Some(self.inner.bottom - self.y?.place(value)? * self.inner.height())
    }

    pub(super) fn point(&self, x: f64, y: f64) -> Option<Point> {
        Some((self.x(x)?, self.y(y)?))
    }
}

fn apart(ticks: &[Tick], scale: &Scale, length: f64, room: impl Fn(&Tick) -> f64) -> bool {
    let labelled: Vec<(f64, f64)> = ticks
        .iter()
        .filter(|tick| tick.label.is_some())
        .filter_map(|tick| Some((scale.place(tick.value)? * length, room(tick))))
        .collect();
    labelled.windows(2).all(|pair| pair[1].0 - pair[0].0 >= (pair[0].1 + pair[1].1) / 2.0)
}

/// One entry of a legend.
pub(super) struct Entry<'a> {
    pub name: &'a str,
    /// Draws the sample, given the middle of its left end and its width.
    pub sample: &'a dyn Fn(&mut Sheet, Point, f64),
}

/// Rows of entries above a plot; gives what is left below them.
pub(super) fn legend(sheet: &mut Sheet, area: Area, entries: &[Entry]) -> Area {
    const SAMPLE: f64 = 26.0;
    if entries.is_empty() {
        return area;
    }
    let (mut x, mut y) = (area.left, area.top + TICK * 0.8);
    for entry in entries {
        let (name, size) = fitted(entry.name, TICK, TICK, area.width() - SAMPLE - 8.0);
        let width = SAMPLE + 7.0 + text_width(&name, size);
        if x > area.left && x + width > area.right {
            (x, y) = (area.left, y + TICK * 1.6);
        }
        (entry.sample)(sheet, (x, y), SAMPLE);
        sheet.text(&name, (x + SAMPLE + 7.0, y + TICK * 0.35), size, Anchor::Start, INK);
        x += width + 18.0;
    }
    Area { top: y + TICK * 1.2, ..area }
}

/// The part of a line from `a` to `b` within the area.
pub(super) fn clipped(area: Area, a: Point, b: Point) -> Option<(Point, Point)> {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let (mut from, mut to) = (0.0_f64, 1.0_f64);
    for (step, room) in [(-dx, a.0 - area.left), (dx, area.right - a.0), (-dy, a.1 - area.top), (dy, area.bottom - a.1)]
    {
        if step == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if step < 0.0 {
            from = from.max(room / step);
        } else {
            to = to.min(room / step);
        }
    }
    let at = |share: f64| (a.0 + share * dx, a.1 + share * dy);
    (from <= to).then(|| (at(from), at(to)))
}

/// A polygon's part within the area.
pub(super) fn clipped_polygon(area: Area, points: Vec<Point>) -> Vec<Point> {
    /// Signed depth of a point behind one side, positive inside.
    type Depth = fn(&Area, Point) -> f64;
    let sides: [Depth; 4] = [|r, p| p.0 - r.left, |r, p| r.right - p.0, |r, p| p.1 - r.top, |r, p| r.bottom - p.1];
    sides.iter().fold(points, |points, depth| {
        let mut kept = Vec::with_capacity(points.len());
        for (index, &point) in points.iter().enumerate() {
            let before = points[(index + points.len() - 1) % points.len()];
            let (d0, d1) = (depth(&area, before), depth(&area, point));
            if (d0 < 0.0) != (d1 < 0.0) {
                let share = d0 / (d0 - d1);
                kept.push((before.0 + share * (point.0 - before.0), before.1 + share * (point.1 - before.1)));
            }
            if d1 >= 0.0 {
                kept.push(point);
            }
        }
        kept
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Area = Area { left: 0.0, top: 0.0, right: 10.0, bottom: 10.0 };

    #[test]
    fn lines_are_cut_at_the_frame() {
        assert_eq!(clipped(AREA, (-5.0, 5.0), (15.0, 5.0)), Some(((0.0, 5.0), (10.0, 5.0))));
        assert_eq!(clipped(AREA, (5.0, 5.0), (5.0, 20.0)), Some(((5.0, 5.0), (5.0, 10.0))));
        assert_eq!(clipped(AREA, (-1.0, -1.0), (-1.0, 20.0)), None);
        assert_eq!(clipped(AREA, (-6.0, 4.0), (4.0, -6.0)), None);
    }

    #[test]
    fn polygons_are_cut_at_the_frame() {
        let cut = clipped_polygon(AREA, vec![(-5.0, 2.0), (5.0, 2.0), (5.0, 30.0), (-5.0, 30.0)]);
        let area: f64 = (0..cut.len())
            .map(|i| {
                let (a, b) = (cut[i], cut[(i + 1) % cut.len()]);
                a.0 * b.1 - b.0 * a.1
            })
            .sum::<f64>()
            / 2.0;
        // x from 0 to 5, y from 2 to 10.
        assert!((area.abs() - 40.0).abs() < 1e-9, "{cut:?}");
        assert!(clipped_polygon(AREA, vec![(20.0, 0.0), (30.0, 0.0), (30.0, 5.0)]).is_empty());
    }
}
