//! Stays in a plane of settings, with the ways between them, and a bar that tells what their colours mean.

use super::chart::{mark, runs_within};
use super::color_bar::{self, ColorBar};
use super::plot::{AXIS, Axes, Entry, Frame, HEADING, TICK, heading, legend};
use super::sheet::{Anchor, Area, FAINT, GREY, INK, Point, Shape, Sheet, text_width};
use super::ticks::Scale;
use crate::record::exhibit::Axis;
use crate::record::exhibit_places::{PlacedRing, Places};

/// Radii of long and short stays, and of rings.
const LONG: f64 = 7.0;
const SHORT: f64 = 4.5;
const RING: f64 = 9.5;
/// Size of the names of guides, and their distance from each other.
const GUIDE: f64 = 10.5;
const APART: f64 = 8.0;

pub(super) fn preferred_height(places: &Places) -> f64 {
    400.0 + if places.title.is_empty() { 0.0 } else { HEADING * 1.5 }
}

pub(super) fn draw(sheet: &mut Sheet, area: Area, places: &Places) {
    let area = heading(sheet, area, &places.title);
    let area = key(sheet, area, places);
    let whole = Axis { range: Some((-1.0, 1.0)), ..Axis::default() };
    let colors = Scale::new(&whole, std::iter::empty(), 0.0);
    let bar_ticks = colors.ticks(4.0, false, |_| true);
    let widest = bar_ticks.iter().filter_map(|t| t.label.as_ref()).fold(0.0_f64, |w, l| w.max(l.width(TICK)));
    let bar_room = 14.0 + color_bar::WIDTH + 8.0 + widest + AXIS * 1.6;
    let all = || places.stays.iter().map(|stay| stay.at);
    let x = Scale::new(&places.x, all().map(|at| at.0), 0.05);
    let y = Scale::new(&places.y, all().map(|at| at.1), 0.05);
    let axes = Axes {
        x: Some((&places.x.label, x, false)),
        y: Some((&places.y.label, y, false)),
        left_room: 0.0,
        bottom_room: 0.0,
    };
    let frame = Frame::new(sheet, Area { right: area.right - bar_room + 14.0, ..area }, &axes);
    frame.grid(sheet);
    let inner = frame.inner;
    let at = |(x, y): (f64, f64)| frame.point(x, y);
    guides(sheet, inner, places, &at);
    for way in &places.ways {
        let ends: Vec<Point> = way.iter().filter_map(|end| at(*end)).collect();
        for points in runs_within(inner, &ends) {
            sheet.line(points, GREY, 1.0);
        }
    }
    let tones = sheet.tones;
    let is_inside = |(x, y): &Point| (inner.left..=inner.right).contains(x) && (inner.top..=inner.bottom).contains(y);
    for stay in &places.stays {
        let Some(place) = at(stay.at).filter(is_inside) else { continue };
        let radius = if stay.is_long { LONG } else { SHORT };
        sheet.shapes.push(Shape::Dot { at: place, radius: radius + 0.8, color: GREY });
        let color = if stay.value.is_nan() { tones.paper() } else { tones.diverging(stay.value) };
        sheet.exact(Shape::Dot { at: place, radius, color });
    }
    for ring in &places.rings {
        if let Some(place) = at(ring.at).filter(is_inside) {
            draw_ring(sheet, place, ring, RING);
        }
    }
    frame.finish(sheet);
    frame.border(sheet);
    let has_undefined = places.stays.iter().any(|stay| stay.value.is_nan());
    let label = &places.color_label;
    let bar = ColorBar { label, scale: &colors, ticks: &bar_ticks, widest, has_undefined: false };
    bar.draw(sheet, inner, |share| tones.diverging((2.0 * share - 1.0) as f32));
    if has_undefined {
        let words = "empty: undefined";
        let beside = (inner.right + 14.0, area.bottom - AXIS * 0.4);
        if beside.0 + text_width(words, GUIDE) < sheet.width {
            sheet.text(words, beside, GUIDE, Anchor::Start, GREY);
        }
    }
}

/// Lines with their names where they leave the plane above, as far as there is room.
fn guides(sheet: &mut Sheet, inner: Area, places: &Places, at: &dyn Fn((f64, f64)) -> Option<Point>) {
    let mut end = f64::NEG_INFINITY;
    // From the left, where the steepest ends are.
    let mut guides: Vec<_> = places.guides.iter().collect();
    guides.sort_by(|a, b| top_of(&a.1, at).total_cmp(&top_of(&b.1, at)));
    for (name, ends) in guides {
        let points: Vec<Point> = ends.iter().filter_map(|end| at(*end)).collect();
        for points in runs_within(inner, &points) {
            let top = points.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1));
            sheet.line(points, FAINT, 1.2);
            let Some((x, y)) = top.filter(|_| !name.is_empty()) else { continue };
            let width = text_width(name, GUIDE);
            let left = x - width - 6.0;
            if y <= inner.top + 1.0 && left > end + APART && left > inner.left + 4.0 {
                sheet.text(name, (left, inner.top + GUIDE * 1.1), GUIDE, Anchor::Start, GREY);
                end = left + width;
            }
        }
    }
}

/// Where the upper end of a line would stand.
fn top_of(ends: &[(f64, f64); 2], at: &dyn Fn((f64, f64)) -> Option<Point>) -> f64 {
    let [Some(a), Some(b)] = ends.map(at) else { return f64::INFINITY };
    // Lines of one slope are in the order in which they cross any height.
    if a.1 == b.1 { a.0 } else { a.0 + (b.0 - a.0) * (0.0 - a.1) / (b.1 - a.1) }
}

/// What rings and sizes of dots mean.
fn key(sheet: &mut Sheet, area: Area, places: &Places) -> Area {
    type Sample = Box<dyn Fn(&mut Sheet, Point, f64)>;
    let mut entries: Vec<(&str, Sample)> = Vec::new();
    for ring in places.rings.iter().filter(|ring| !ring.name.is_empty()) {
        let shown = ring.clone();
        let sample =
            move |sheet: &mut Sheet, (x, y): Point, width: f64| draw_ring(sheet, (x + width / 2.0, y), &shown, 6.0);
        entries.push((&ring.name, Box::new(sample)));
    }
    for (is_long, radius, name) in [(true, LONG, "ten windows or longer"), (false, SHORT, "shorter stay")] {
        if places.stays.iter().any(|stay| stay.is_long == is_long) {
            let sample = move |sheet: &mut Sheet, (x, y): Point, width: f64| {
                sheet.shapes.push(Shape::Dot { at: (x + width / 2.0, y), radius, color: GREY });
            };
            entries.push((name, Box::new(sample)));
        }
    }
    let entries: Vec<Entry> = entries.iter().map(|(name, sample)| Entry { name, sample: sample.as_ref() }).collect();
    legend(sheet, area, &entries)
}

/// A ring, which stands out of any colour where it has none of its own.
fn draw_ring(sheet: &mut Sheet, at: Point, ring: &PlacedRing, radius: f64) {
    let corner = |step: i32| {
        let angle = f64::from(step) / 24.0 * std::f64::consts::TAU;
        (at.0 + radius * angle.cos(), at.1 + radius * angle.sin())
    };
    let circle: Vec<Point> = (0..=24).map(corner).collect();
    match ring.color {
        Some(color) => {
            sheet.line(circle, color, 2.2);
            if let Some(marker) = ring.marker {
                let aside = radius * std::f64::consts::FRAC_1_SQRT_2;
                mark(sheet, marker, (at.0 + aside, at.1 - aside), color);
            }
        }
        None => {
            sheet.line(circle.clone(), INK, 4.0);
            let paper = sheet.tones.paper();
            sheet.exact(Shape::Line { points: circle, color: paper, width: 1.6, dash: &[] });
        }
    }
}
