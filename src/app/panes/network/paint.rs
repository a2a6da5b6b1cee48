//! The drawing itself: lines below, dots above them, words around.

use std::iter;
use std::sync::{Arc, Weak};

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Shape, Stroke, TextFormat, Ui, vec2};

use super::plan::{Found, Plan};
use super::reading::Reading;
use crate::app::cheap::still::Still;
use crate::app::look::numbers;
use crate::app::look::stage;
use crate::app::look::theme::Palette;
use crate::app::plot::patterns;
use crate::record::{Connection, NetworkDrawing, colormap, lifted, line_opacity, signs};

/// Width of the line under the pointer.
const POINTED: f32 = 3.0;
/// Dots with a smaller radius have no outline, and so small a one that nothing of it would be seen is not drawn unless it is an end of
/// a line.
const OUTLINED: f32 = 2.2;
const SMALLEST: f32 = 0.6;

/// Colour of a connection by its agreement: as neurons have it, and fainter the less it says.
#[must_use]
pub fn line_color(agreement: f32, dark: bool) -> Color32 {
    dot_color(agreement, dark).gamma_multiply(line_opacity(agreement))
}

/// Colour of a neuron by its cosine.
#[must_use]
pub fn dot_color(cosine: f32, dark: bool) -> Color32 {
    let [r, g, b] = colormap::diverging(lifted(cosine), dark);
    Color32::from_rgb(r, g, b)
}

/// What stays from frame to frame while the same drawing is in the same place.
#[derive(Default)]
pub struct Stills {
    lines: Still<Looks>,
    dots: Still<Looks>,
}

/// What lines and dots depend on.
#[derive(Clone)]
struct Looks {
    /// Not held: it has all matrices of a step.
    reading: Weak<Reading>,
    picked: Option<(usize, usize)>,
    area: Rect,
    is_dark: bool,
    thick: f32,
}

impl PartialEq for Looks {
    fn eq(&self, other: &Self) -> bool {
        Weak::ptr_eq(&self.reading, &other.reading)
            && (self.picked, self.area, self.is_dark, self.thick)
                == (other.picked, other.area, other.is_dark, other.thick)
    }
}

/// Draws everything but the heads of the columns.
pub fn draw(
    ui: &Ui,
    painter: &Painter,
    plan: &Plan,
    (reading, drawing): (&Arc<Reading>, &NetworkDrawing),
    pointed: Option<Found>,
    stills: &mut Stills,
) {
    let dark = ui.visuals().dark_mode;
    let palette = Palette::of(ui.ctx().theme());
    let thick = stage::stroke(ui.ctx(), Stroke::new(1.0, Color32::WHITE)).width;
    let stroke = |line: &Connection| Stroke::new(thick * line.width(), line_color(line.agreement, dark));
    let looks =
        Looks { reading: Arc::downgrade(reading), picked: drawing.picked, area: plan.area, is_dark: dark, thick };
    stills.lines.draw(painter, looks.clone(), || {
        let others = drawing.connections.iter().filter(|line| !line.is_against());
        others.map(|line| Shape::line_segment(plan.ends(line), stroke(line))).collect()
    });
    // Above, as what is below them is seen between their dashes.
    let against = drawing.connections.iter().filter(|line| line.is_against());
    let against: Vec<_> = against.map(|line| (plan.ends(line), stroke(line))).collect();
    painter.add(patterns::dashed(ui.ctx(), &against, signs::AGAINST.map(|length| length as f32)));
    if let Some(line) = pointed.and_then(|found| match found {
        Found::Line(place) => drawing.connections.get(place),
        Found::Unit(..) => None,
    }) {
        let width = thick * POINTED;
        painter.line_segment(plan.ends(line), Stroke::new(width, palette.mark));
        painter.line_segment(plan.ends(line), Stroke::new(width - 1.6, line_color(line.agreement, dark).to_opaque()));
    }
    stills.dots.draw(painter, looks, || {
        (0..drawing.columns.len()).flat_map(|column| dots(ui, plan, drawing, column, &palette)).collect()
    });
    let ring = |(column, unit): (usize, usize), stroke: Stroke| {
        painter.circle_stroke(plan.at((column, unit)), plan.radius(column).max(2.0) + 2.6, stroke);
    };
    if let Some(Found::Unit(column, unit)) = pointed {
        ring((column, unit), Stroke::new(1.4, palette.mark.gamma_multiply(0.8)));
    }
    if let Some((column, unit)) = drawing.picked {
        ring((column, unit), Stroke::new(4.0, palette.plot.gamma_multiply(0.8)));
        ring((column, unit), Stroke::new(2.0, palette.mark));
        name(ui, painter, plan, (column, unit), &palette);
    }
    if plan.has_foot() {
        feet(ui, painter, plan, drawing);
    }
}

fn dots(ui: &Ui, plan: &Plan, drawing: &NetworkDrawing, column: usize, palette: &Palette) -> Vec<Shape> {
    let dark = ui.visuals().dark_mode;
    let (shown, radius) = (&drawing.columns[column], plan.radius(column));
    let plain = ui.visuals().weak_text_color().gamma_multiply(0.75);
    let outline = Stroke::new(1.0, palette.zero.gamma_multiply(0.6));
    let color = |unit: usize| shown.cosines.as_ref().map_or(plain, |cosines| dot_color(cosines[unit], dark));
    let dot = |unit: usize| {
        let at = plan.at((column, unit));
        if radius < OUTLINED || shown.cosines.is_none() {
            return Shape::circle_filled(at, radius.max(SMALLEST), color(unit));
        }
        // An outline that is opaque in effect, as lines end below it.
        let ring = blend(outline.color, palette.plot);
        let filled = color(unit);
        let mut parts =
            vec![Shape::circle_filled(at, radius + 0.5, ring), Shape::circle_filled(at, radius - 0.5, filled)];
        if shown.cosines.as_ref().is_some_and(|cosines| signs::has_minus(cosines[unit], 1.0)) {
            parts.extend(minus(at, 2.0 * radius, filled));
        }
        Shape::Vec(parts)
    };
    if radius >= SMALLEST {
        return (0..shown.units).map(dot).collect();
    }
    let (first, last) = (plan.at((column, 0)), plan.at((column, shown.units.saturating_sub(1))));
    let all = Shape::rect_filled(Rect::from_two_pos(first, last).expand(1.0), 2.0, plain.gamma_multiply(0.25));
    let ends = drawing.connections.iter().flat_map(|line| [line.from, line.to]);
    iter::once(all).chain(ends.filter(|end| end.0 == column).map(|(_, unit)| dot(unit))).collect()
}

/// A minus on a dot of that size and colour.
fn minus(at: Pos2, size: f32, color: Color32) -> Option<Shape> {
    let [length, width] = signs::minus_on(size)?;
    let [red, green, blue] = signs::ink_on([color.r(), color.g(), color.b()]);
    let rect = Rect::from_center_size(at, vec2(length, width));
    Some(Shape::rect_filled(rect, 0.0, Color32::from_rgb(red, green, blue)))
}

fn blend(over: Color32, ground: Color32) -> Color32 {
    ground.blend(over)
}

/// The number of the picked neuron beside it.
fn name(ui: &Ui, painter: &Painter, plan: &Plan, (column, unit): (usize, usize), palette: &Palette) {
    let at = plan.at((column, unit)) + vec2(plan.radius(column).max(2.0) + 7.0, 0.0);
    let text = numbers::count(unit as u64 + 1);
    let galley = painter.layout_no_wrap(text, FontId::proportional(12.5), ui.visuals().strong_text_color());
    let rect = Align2::LEFT_CENTER.anchor_size(at, galley.size());
    painter.rect_filled(rect.expand2(vec2(4.0, 1.0)), 3.0, palette.plot.gamma_multiply(0.88));
    painter.galley(rect.min, galley, ui.visuals().strong_text_color());
}

fn feet(ui: &Ui, painter: &Painter, plan: &Plan, drawing: &NetworkDrawing) {
    let ink = ui.visuals().weak_text_color();
    for (place, column) in drawing.columns.iter().enumerate() {
        let plural = if column.units == 1 { "" } else { "s" };
        let text = format!("{} {}{plural}", numbers::count(column.units as u64), column.unit);
        let at = Pos2::new(plan.center(place).x, plan.area.bottom() - 4.0);
        words(painter, &text, FontId::proportional(11.5), ink, (at, Align2::CENTER_BOTTOM), plan.pitch - 6.0, 1);
    }
}

/// A text around a place, in as many rows as allowed, shortened where they are too few.
pub fn words(
    painter: &Painter,
    text: &str,
    font: FontId,
    ink: Color32,
    (at, align): (Pos2, Align2),
    width: f32,
    rows: usize,
) -> f32 {
    let mut job = LayoutJob::default();
    job.append(text, 0.0, TextFormat::simple(font, ink));
    job.wrap = TextWrapping { max_width: width.max(8.0), max_rows: rows, ..TextWrapping::default() };
    job.halign = align.x();
    let galley = painter.layout_job(job);
    let (rect, size) = (galley.rect, galley.size());
    let top = align.anchor_size(at, size).top();
    // A centred galley lies around its own origin.
    painter.galley(Pos2::new(at.x, top - rect.top().min(0.0)), galley, ink);
    size.y
}
