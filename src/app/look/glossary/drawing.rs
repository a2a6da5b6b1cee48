//! Small drawings of vectors: what an angle between two updates means.

use std::f32::consts::{PI, TAU};

use eframe::egui::{
    Align2, Color32, FontId, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2,
    vec2,
};

use super::Drawing;
use super::card::live;
use crate::app::look::numbers;
use crate::app::look::theme::Palette;
use crate::app::look::words;

/// Size of a drawing.
const SIZE: Vec2 = vec2(300.0, 104.0);
/// Length of the longest arrow.
const LONG: f32 = 74.0;

/// Draws it.
pub fn ui(ui: &mut Ui, kind: Drawing) {
    let (rect, response) = ui.allocate_exact_size(SIZE, Sense::hover());
    let palette = Palette::of(ui.ctx().theme());
    let painter = ui.painter_at(rect);
    let (ink, weak) = (ui.visuals().text_color(), ui.visuals().weak_text_color());
    let pen = Pen { painter: &painter, ink, weak };
    let origin = pos2(rect.center().x, rect.bottom() - 20.0);
    let said = match kind {
        Drawing::Angle => {
            let now = live(ui.ctx());
            let (cosine, color, of) = match &now {
                Some(live) => (live.cosine, live.color, format!("{} now", live.title)),
                None => (0.5, palette.layer(1), "for illustration".to_owned()),
            };
            pen.angle(origin, cosine, color, &format!("cosine {}, {of}", numbers::cosine(cosine)))
        }
        Drawing::Hebbian => pen.angle(origin, 0.87, palette.layer(1), "small angle: cosine near +1"),
        Drawing::AntiHebbian => pen.angle(origin, -0.87, palette.layer(1), "obtuse angle: cosine near −1"),
        Drawing::Unrelated => pen.angle(origin, 0.0, palette.layer(1), "right angle: cosine 0"),
        Drawing::Decay => {
            let from = pos2(rect.center().x, rect.center().y - 8.0);
            pen.arrow(from, vec2(LONG, 0.0), palette.layer(1), "signal");
            pen.arrow(from, vec2(-LONG, 0.0), palette.warning, "decay");
            pen.words(
                pos2(rect.center().x, rect.bottom() - 12.0),
                "at rest: decay pulls in, the signal pushes out along W",
            )
        }
        Drawing::Noise => {
            let from = pos2(rect.center().x, rect.center().y - 8.0);
            for place in 0..12 {
                let way = Vec2::angled(TAU * place as f32 / 12.0);
                pen.bare_arrow(from + way * 12.0, way * 18.0, weak);
            }
            pen.arrow(from + vec2(LONG + 12.0, 0.0), vec2(-LONG * 0.55, 0.0), palette.layer(1), "signal");
            pen.words(pos2(rect.center().x, rect.bottom() - 12.0), "at rest: noise pushes out, the signal pulls in")
        }
        Drawing::Plane => pen.plane(Rect::from_min_max(rect.min + vec2(80.0, 4.0), rect.max - vec2(60.0, 34.0))),
        Drawing::Parting => pen.parting(rect.shrink2(vec2(50.0, 10.0)).with_max_y(rect.bottom() - 28.0), &palette),
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &said));
}

struct Pen<'a> {
    painter: &'a Painter,
    ink: Color32,
    weak: Color32,
}

impl Pen<'_> {
    /// g and H from one point; what the drawing says.
    fn angle(&self, origin: Pos2, cosine: f64, color: Color32, words: &str) -> String {
        let angle = (cosine.clamp(-1.0, 1.0) as f32).acos();
        self.arrow(origin, vec2(LONG, 0.0), self.ink, "H");
        self.arrow(origin, Vec2::angled(-angle) * LONG, color, "g");
        let arc: Vec<Pos2> = (0..=24).map(|at| origin + Vec2::angled(-angle * at as f32 / 24.0) * 26.0).collect();
        self.painter.line(arc, Stroke::new(1.0, self.weak));
        let middle = origin + Vec2::angled(-angle / 2.0) * 40.0;
        let degrees = format!("{:.0}°", angle * 180.0 / PI);
        self.painter.text(middle, Align2::CENTER_CENTER, degrees, FontId::proportional(11.0), self.weak);
        self.words(origin + vec2(0.0, 11.0), words)
    }

    /// Decay upwards, noise to the right, and the curve between the two regions.
    fn plane(&self, room: Rect) -> String {
        let edge = Stroke::new(1.0, self.weak);
        self.painter.rect_stroke(room, 0.0, edge, StrokeKind::Inside);
        let at = |x: f32| pos2(room.left() + x * room.width(), room.bottom() - x * x * 0.85 * room.height());
        self.painter.line((0..=24).map(|place| at(place as f32 / 24.0)).collect(), Stroke::new(2.0, self.ink));
        let font = FontId::proportional(11.5);
        for (text, x, y) in [("Hebbian", 0.3, 0.25), ("anti-Hebbian", 0.74, 0.86)] {
            let place = room.lerp_inside(vec2(x, y));
            self.painter.text(place, Align2::CENTER_CENTER, text, font.clone(), self.ink);
        }
        let (decay, noise) = (words::say("decay"), words::say("noise"));
        let left = room.left_center() - vec2(6.0, 0.0);
        self.painter.text(left, Align2::RIGHT_CENTER, format!("{decay} ↑"), font.clone(), self.weak);
        self.painter.text(
            room.center_bottom() + vec2(0.0, 2.0),
            Align2::CENTER_TOP,
            format!("{noise} →"),
            font,
            self.weak,
        );
        self.words(pos2(room.center().x, room.bottom() + 24.0), "on the curve alignment is zero: γ ∝ σ²")
    }

    /// One curve, then two: the second dashed.
    fn parting(&self, room: Rect, palette: &Palette) -> String {
        let at = |x: f32, y: f32| room.lerp_inside(vec2(x, y));
        let fork = 0.45;
        let one = Stroke::new(2.0, palette.layer(1));
        self.painter.line(vec![at(0.0, 0.8), at(0.2, 0.62), at(fork, 0.5)], one);
        self.painter.line(vec![at(fork, 0.5), at(0.7, 0.55), at(1.0, 0.6)], one);
        let other = [at(fork, 0.5), at(0.7, 0.22), at(1.0, 0.12)];
        self.painter.extend(Shape::dashed_line(&other, Stroke::new(2.0, palette.layer(2)), 6.0, 4.0));
        self.painter.vline(at(fork, 0.0).x, room.y_range(), Stroke::new(1.0, self.weak));
        let font = FontId::proportional(12.0);
        for (text, y) in [("A", 0.6), ("B", 0.12)] {
            self.painter.text(at(1.0, y) + vec2(6.0, 0.0), Align2::LEFT_CENTER, text, font.clone(), self.ink);
        }
        self.words(
            pos2(room.center().x, room.bottom() + 16.0),
            "the same up to the change; all that differs comes from it",
        )
    }

    fn arrow(&self, from: Pos2, way: Vec2, color: Color32, name: &str) {
        self.bare_arrow(from, way, color);
        let beyond = from + way + way.normalized() * 6.0;
        let anchor = if way.y.abs() > way.x.abs() {
            Align2::CENTER_BOTTOM
        } else if way.x > 0.0 {
            Align2::LEFT_CENTER
        } else {
            Align2::RIGHT_CENTER
        };
        self.painter.text(beyond, anchor, words::say(name), FontId::proportional(13.0), color);
    }

    fn bare_arrow(&self, from: Pos2, way: Vec2, color: Color32) {
        let (tip, along) = (from + way, way.normalized());
        let side = along.rot90() * 3.5;
        let stroke = Stroke::new(2.0, color);
        self.painter.line_segment([from, tip], stroke);
        self.painter.line_segment([tip, tip - along * 7.0 + side], stroke);
        self.painter.line_segment([tip, tip - along * 7.0 - side], stroke);
    }

    fn words(&self, at: Pos2, words: &str) -> String {
        let words = words::say(words);
        self.painter.text(at, Align2::CENTER_CENTER, &*words, FontId::proportional(11.5), self.weak);
        words.into_owned()
    }
}
