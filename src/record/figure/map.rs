//! Planes of settings in colours, with lines on them and a bar that tells what the colours mean.

use super::chart::{pale, runs_within, stroke};
use super::color_bar::{self, ColorBar};
use super::colormap;
use super::look::Tones;
use super::plot::{AXIS, Axes, Entry, Frame, HEADING, SMALLEST, TICK, heading, legend};
use super::sheet::{Anchor, Area, INK, Point, Rgb, Shape, Sheet, fitted};
use super::ticks::{Label, Scale, standing_alone};
use crate::record::exhibit::{Axis, AxisScale, Map, MapAxis, MapColors, SeriesStyle};

/// Room between two labels of an axis.
const APART: f64 = 10.0;

pub(super) fn preferred_height(map: &Map) -> f64 {
    400.0 + if map.title.is_empty() { 0.0 } else { HEADING * 1.5 }
}

/// Share of the ground in the colour of a cell that is under way.
const UNDER_WAY: f32 = 0.35;

/// From a value to a colour, and the scale of the bar.
struct Coloring {
    scale: Scale,
    colors: MapColors,
    tones: Tones,
}

impl Coloring {
    fn new(map: &Map, tones: Tones) -> Self {
        // By its digits: 0.02 as f32 lies a little below 0.02, whose tick would be lost.
        let exact = |value: f32| value.to_string().parse::<f64>().unwrap_or(1.0);
        let (range, scale) = match map.colors {
            MapColors::Diverging(range) => ((-exact(range), exact(range)), AxisScale::Linear),
            MapColors::Sequential { low, high, logarithmic } => {
                ((exact(low), exact(high)), if logarithmic { AxisScale::Log10 } else { AxisScale::Linear })
            }
        };
        let axis = Axis { range: Some(range), scale, ..Axis::default() };
        Self { scale: Scale::new(&axis, std::iter::empty(), 0.0), colors: map.colors, tones }
    }

    fn of(&self, value: f32) -> Rgb {
        if value.is_nan() { self.tones.undefined() } else { self.at(self.scale.place(f64::from(value)).unwrap_or(0.0)) }
    }

    /// Colour at a share of the bar's height.
    fn at(&self, share: f64) -> Rgb {
        match self.colors {
            MapColors::Diverging(_) => self.tones.diverging((2.0 * share - 1.0) as f32),
            MapColors::Sequential { .. } => self.tones.sequential(colormap::above_ground(share) as f32),
        }
    }
}

pub(super) fn draw(sheet: &mut Sheet, area: Area, map: &Map) {
    let area = heading(sheet, area, &map.title);
    let area = draw_legend(sheet, area, map);
    let coloring = Coloring::new(map, sheet.tones);
    let bar_ticks = coloring.scale.ticks((area.height() / 50.0).min(8.0), false, |_| true);
    let widest = bar_ticks.iter().filter_map(|t| t.label.as_ref()).fold(0.0_f64, |w, l| w.max(l.width(TICK)));
    let bar_room = 14.0 + color_bar::WIDTH + 8.0 + widest + if map.color_label.is_empty() { 4.0 } else { AXIS * 1.6 };

    let (x_names, y_names) = (tick_names(&map.x), tick_names(&map.y));
    let left_room = y_names.iter().fold(0.0_f64, |w, (_, label)| w.max(label.width(TICK))) + AXIS * 1.5;
    let axes = Axes { x: None, y: None, left_room, bottom_room: TICK * 1.7 + AXIS * 1.5 };
    let frame = Frame::new(sheet, Area { right: area.right - bar_room + 14.0, ..area }, &axes);
    let inner = frame.inner;
    let (columns, rows) = (map.x.values.len(), map.y.values.len());
    if columns == 0 || rows == 0 {
        return;
    }

    // Shapes have their first row at the top.
    let color = |cell: usize| {
        let value = map.values[cell];
        match map.unfinished.get(cell) {
            Some(true) if value.is_nan() => sheet.tones.paper(),
            Some(true) => pale(coloring.of(value), UNDER_WAY, sheet.tones.paper()),
            _ => coloring.of(value),
        }
    };
    let cells = (0..rows).rev().flat_map(|row| row * columns..(row + 1) * columns);
    let colors: Vec<Rgb> = cells.map(color).collect();
    sheet.shapes.push(Shape::Cells { area: inner, columns, colors });
    let at = |column: f64, row: f64| -> Point {
        let (across, up) = ((column + 0.5) / columns as f64, (row + 0.5) / rows as f64);
        (inner.left + across * inner.width(), inner.bottom - up * inner.height())
    };
    let is_begun = |cell: &usize| map.unfinished[*cell] && !map.values[*cell].is_nan();
    for cell in (0..map.unfinished.len()).filter(is_begun) {
        let place = at((cell % columns) as f64, (cell / columns) as f64);
        sheet.shapes.push(Shape::Dot { at: place, radius: 1.6, color: INK });
    }
    for line in &map.lines {
        let points: Vec<Point> = line.points.iter().map(|(column, row)| at(*column, *row)).collect();
        for points in runs_within(inner, &points) {
            stroke(sheet, points, line.style, line.color);
        }
    }
    draw_ticks(sheet, inner, &x_names, &y_names, at);
    let (text, size) = fitted(&map.y.label, AXIS, SMALLEST, inner.height());
    sheet.upwards(&text, (area.left + AXIS * 0.9, inner.middle().1), size, Anchor::Middle, INK);
    let (text, size) = fitted(&map.x.label, AXIS, SMALLEST, inner.width());
    sheet.text(&text, (inner.middle().0, area.bottom - AXIS * 0.4), size, Anchor::Middle, INK);
    frame.finish(sheet);
    frame.border(sheet);
    let bar = ColorBar {
        label: &map.color_label,
        scale: &coloring.scale,
        ticks: &bar_ticks,
        widest,
        has_undefined: { map.values.iter().enumerate() }
            .any(|(cell, value)| value.is_nan() && map.unfinished.get(cell) != Some(&true)),
    };
    bar.draw(sheet, inner, |share| coloring.at(share));
}

fn tick_names(axis: &MapAxis) -> Vec<(f64, Label)> {
    axis.ticks.iter().map(|(place, value)| (*place, standing_alone(*value))).collect()
}

fn draw_legend(sheet: &mut Sheet, area: Area, map: &Map) -> Area {
    let mut seen: Vec<(&str, Rgb, SeriesStyle)> = Vec::new();
    for line in map.lines.iter().filter(|line| !line.name.is_empty()) {
        if !seen.iter().any(|(name, ..)| *name == line.name) {
            seen.push((&line.name, line.color, line.style));
        }
    }
    type Sample = Box<dyn Fn(&mut Sheet, Point, f64)>;
    let samples: Vec<Sample> = seen
        .iter()
        .map(|&(_, color, style)| {
            Box::new(move |sheet: &mut Sheet, (x, y): Point, width: f64| {
                stroke(sheet, vec![(x, y), (x + width, y)], style, color);
            }) as Sample
        })
        .collect();
    let entries: Vec<Entry> =
        seen.iter().zip(&samples).map(|((name, ..), sample)| Entry { name, sample: sample.as_ref() }).collect();
    legend(sheet, area, &entries)
}

fn draw_ticks(
    sheet: &mut Sheet,
    inner: Area,
    x_names: &[(f64, Label)],
    y_names: &[(f64, Label)],
    at: impl Fn(f64, f64) -> Point,
) {
    let mut end = f64::NEG_INFINITY;
    for (place, label) in x_names {
        let (x, _) = at(*place, 0.0);
        if !(inner.left - 0.5..=inner.right + 0.5).contains(&x) {
            continue;
        }
        sheet.line(vec![(x, inner.bottom), (x, inner.bottom + 5.0)], INK, 1.0);
        let half = label.width(TICK) / 2.0;
        if x - half > end + APART {
            label.draw(sheet, (x, inner.bottom + 6.0 + TICK), TICK, Anchor::Middle, INK);
            end = x + half;
        }
    }
    let mut top = f64::INFINITY;
    for (place, label) in y_names {
        let (_, y) = at(0.0, *place);
        if !(inner.top - 0.5..=inner.bottom + 0.5).contains(&y) {
            continue;
        }
        sheet.line(vec![(inner.left - 5.0, y), (inner.left, y)], INK, 1.0);
        if y + TICK * 0.65 < top {
            label.draw(sheet, (inner.left - 8.0, y + TICK * 0.35), TICK, Anchor::End, INK);
            top = y - TICK * 0.65;
        }
    }
}
