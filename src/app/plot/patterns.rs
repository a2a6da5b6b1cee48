//! Dashed and dotted curves: one ribbon each, under a texture that repeats along it.

use eframe::egui::epaint::Vertex;
use eframe::egui::{
    Color32, ColorImage, Context, Id, Mesh, Pos2, Shape, Stroke, TextureHandle, TextureOptions, TextureWrapMode, Vec2,
    pos2, vec2,
};
use egui_plot::LineStyle;

use crate::app::cheap::strokes;

/// Texels along a period, and across a line with its soft edges.
const TEXELS: [usize; 2] = [64, 32];

/// Textures that are kept; more pass by only where somebody zooms.
const KEPT: usize = 48;

/// What repeats along a line, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Pattern {
    period: f32,
    /// Length of a dash; `None` for dots, whose diameter is the width.
    dash: Option<f32>,
    width: f32,
}

/// A line through `points`; its pattern begins at the first.
///
/// A shape a dash would be thousands for a curve that swings up and down, and a dot dozens of triangles.
pub(in crate::app) fn patterned(ctx: &Context, points: &[Pos2], stroke: Stroke, style: LineStyle) -> Shape {
    let pixels_per_point = ctx.pixels_per_point();
    let Some(pattern) = Pattern::of(style, stroke.width, pixels_per_point) else {
        return Shape::line(points.to_vec(), stroke);
    };
    if points.len() < 2 {
        return Shape::Noop;
    }
    // What is thinner than a pixel gets paler instead.
    let color = stroke.color.gamma_multiply((stroke.width * pixels_per_point).min(1.0));
    let mut mesh = strokes::strip(points, (pattern.width + 1.0) / pixels_per_point, color);
    let period = pattern.period / pixels_per_point;
    let (mut length, mut last) = (0.0, points[0]);
    for pair in mesh.vertices.chunks_exact_mut(2) {
        let middle = pair[0].pos.lerp(pair[1].pos, 0.5);
        length += middle.distance(last);
        last = middle;
        pair[0].uv = pos2(length / period, 0.0);
        pair[1].uv = pos2(length / period, 1.0);
    }
    mesh.texture_id = pattern.texture(ctx).id();
    mesh.into()
}

/// Straight lines in dashes, each of its own width and colour, as one shape: of hundreds, a shape a dash would be thousands.
/// A dash and the gap behind it are in points.
pub(in crate::app) fn dashed(ctx: &Context, lines: &[([Pos2; 2], Stroke)], [dash, gap]: [f32; 2]) -> Shape {
    let Some(thick) = lines.iter().map(|(_, stroke)| stroke.width).reduce(f32::max) else { return Shape::Noop };
    let pixels_per_point = ctx.pixels_per_point();
    // Sharp ends of dashes matter more than the softness of their sides, which all share.
    let pattern = Pattern {
        period: (dash + gap) * pixels_per_point,
        dash: Some(dash * pixels_per_point),
        width: (thick * pixels_per_point).max(1.0).round(),
    };
    let mut mesh = Mesh::with_texture(pattern.texture(ctx).id());
    for ([from, to], stroke) in lines {
        let way = *to - *from;
        if way.length_sq() < 1e-6 {
            continue;
        }
        let color = stroke.color.gamma_multiply((stroke.width * pixels_per_point).min(1.0));
        // Soft sides are a share of the width here: what is covered is as wide as the stroke.
        let half = 0.5 * stroke.width.max(pixels_per_point.recip()) * (1.0 + pattern.width.recip());
        let side = way.normalized().rot90() * half;
        let end = way.length() / (dash + gap);
        let first = mesh.vertices.len() as u32;
        for (pos, u, v) in
            [(*from + side, 0.0, 0.0), (*from - side, 0.0, 1.0), (*to + side, end, 0.0), (*to - side, end, 1.0)]
        {
            mesh.vertices.push(Vertex { pos, uv: pos2(u, v), color });
        }
        mesh.add_triangle(first, first + 1, first + 2);
        mesh.add_triangle(first + 1, first + 3, first + 2);
    }
    mesh.into()
}

impl Pattern {
    /// `None` for solid lines. Proportions are those of the plots' own styles.
    fn of(style: LineStyle, width: f32, pixels_per_point: f32) -> Option<Self> {
        let pixels = |points: f32| points * pixels_per_point;
        match style {
            LineStyle::Solid => None,
            LineStyle::Dashed { length } => {
                let period = pixels(length * std::f32::consts::GOLDEN_RATIO);
                Some(Self { period, dash: Some(pixels(length)), width: pixels(width).max(1.0) })
            }
            LineStyle::Dotted { spacing } => {
                Some(Self { period: pixels(spacing), dash: None, width: pixels(2.0 * width).max(1.0) })
            }
        }
    }

    fn texture(self, ctx: &Context) -> TextureHandle {
        type Kept = Vec<(Pattern, TextureHandle)>;
        let id = Id::unique("patterns of lines");
        let mut kept: Kept = ctx.data(|data| data.get_temp(id)).unwrap_or_default();
        if let Some((_, texture)) = kept.iter().find(|(pattern, _)| *pattern == self) {
            return texture.clone();
        }
        let options = TextureOptions { wrap_mode: TextureWrapMode::Repeat, ..TextureOptions::LINEAR };
        let texture = ctx.load_texture("pattern of a line", self.image(), options);
        if kept.len() == KEPT {
            drop(kept.remove(0));
        }
        kept.push((self, texture.clone()));
        ctx.data_mut(|data| data.insert_temp(id, kept));
        texture
    }

    /// Opacity in a period, with half a pixel of softness inside and outside of every edge.
    fn image(self) -> ColorImage {
        let [along, across] = TEXELS;
        let place = |texel: usize, texels: usize| (texel as f32 + 0.5) / texels as f32;
        let pixels = (0..along * across).map(|index| {
            let x = place(index % along, along) * self.period;
            let y = (place(index / along, across) - 0.5) * (self.width + 1.0);
            Color32::from_white_alpha((255.0 * self.opacity(vec2(x, y))).round() as u8)
        });
        ColorImage::new(TEXELS, pixels.collect())
    }

    /// How much of the pixel around `at` is covered, counted from the beginning of a period and the middle of the line.
    fn opacity(self, at: Vec2) -> f32 {
        let covered = |half: f32, distance: f32| (half + 0.5 - distance).clamp(0.0, 1.0);
        let from_middle = |middle: f32| {
            let ahead = (at.x - middle).rem_euclid(self.period);
            ahead.min(self.period - ahead)
        };
        let half_width = 0.5 * self.width;
        match self.dash {
            Some(dash) => covered(0.5 * dash, from_middle(0.5 * dash)) * covered(half_width, at.y.abs()),
            None => covered(half_width, from_middle(0.0).hypot(at.y)),
        }
    }
}

#[cfg(test)]
mod tests {
    use eframe::egui::{Button, Rect, Slider, StrokeKind, Theme, Ui, Vec2};
    use egui_kittest::Harness;

    use super::*;
    use crate::app::cheap::draw_cheaply;

    const DASHES: LineStyle = LineStyle::Dashed { length: 5.0 };

    #[test]
    fn a_swinging_curve_costs_no_more_than_a_level_one() {
        let ctx = Context::default();
        let line = |height: f32| (0..100).map(|x| pos2(x as f32, height * (x % 2) as f32)).collect::<Vec<_>>();
        for (height, most) in [(0.0, 2 * 99), (400.0, 2 * (99 + 98))] {
            let shape = patterned(&ctx, &line(height), Stroke::new(1.6, Color32::RED), DASHES);
            let Shape::Mesh(mesh) = shape else { panic!("a ribbon is a mesh") };
            assert!(mesh.is_valid());
            // A sharp turn is cut off, which is one more quadrilateral.
            assert!(mesh.indices.len() / 3 <= most, "{} triangles", mesh.indices.len() / 3);
        }
    }

    #[test]
    fn patterns_repeat_along_the_line_whatever_its_points() {
        let ctx = Context::default();
        let shape = patterned(&ctx, &[pos2(0.0, 0.0), pos2(30.0, 40.0)], Stroke::new(2.0, Color32::RED), DASHES);
        let Shape::Mesh(mesh) = shape else { panic!("a ribbon is a mesh") };
        let (first, last) = (mesh.vertices[0].uv.x, mesh.vertices[mesh.vertices.len() - 1].uv.x);
        let periods = 50.0 / (5.0 * std::f32::consts::GOLDEN_RATIO);
        assert!(first.abs() < 1e-4 && (last - periods).abs() < 1e-4, "{first} to {last}, not {periods}");
    }

    #[test]
    fn dashed_lines_are_one_shape_and_repeat_by_their_own_lengths() {
        let ctx = Context::default();
        let line = |x: f32, width: f32| ([pos2(x, 0.0), pos2(x, 55.0)], Stroke::new(width, Color32::RED));
        let Shape::Mesh(mesh) = dashed(&ctx, &[line(0.0, 0.6), line(9.0, 2.4)], [7.0, 4.0]) else { panic!("one mesh") };
        assert!(mesh.is_valid() && mesh.indices.len() == 2 * 6, "{} corners", mesh.indices.len());
        assert!(mesh.vertices.iter().all(|corner| corner.uv.x == 0.0 || (corner.uv.x - 5.0).abs() < 1e-5));
        let widths = [0, 4].map(|at| mesh.vertices[at].pos.distance(mesh.vertices[at + 1].pos));
        // A pixel at least, and softness of a quarter of the thickest at both sides.
        let is_near = |(width, expected): (f32, f32)| (width - expected).abs() < 1e-4;
        assert!(widths.into_iter().zip([1.5, 3.6]).all(is_near), "{widths:?}");
        assert!(matches!(dashed(&ctx, &[], [7.0, 4.0]), Shape::Noop));
    }

    #[test]
    fn patterns_have_the_area_of_their_shapes() {
        let dashes = Pattern::of(DASHES, 1.6, 2.0);
        let dots = Pattern::of(LineStyle::Dotted { spacing: 5.0 }, 1.6, 2.0);
        let disc = std::f32::consts::PI * 3.2f32.powi(2);
        for (pattern, area) in [(dashes, 10.0 * 3.2), (dots, disc)] {
            let Some(pattern) = pattern else { panic!("a pattern") };
            let opacity: f32 = pattern.image().pixels.iter().map(|texel| f32::from(texel.a()) / 255.0).sum();
            let texel = pattern.period * (pattern.width + 1.0) / (TEXELS[0] * TEXELS[1]) as f32;
            // Soft edges are sampled at four and more texels a pixel.
            assert!((opacity * texel - area).abs() < 0.03 * area, "{} for {area}", opacity * texel);
        }
    }

    #[test]
    fn textures_are_shared_and_bounded() {
        let ctx = Context::default();
        let ask = |width: f32| Pattern::of(DASHES, width, 1.0).map(|pattern| pattern.texture(&ctx).id());
        assert_eq!(ask(1.5), ask(1.5));
        let before = ctx.tex_manager().read().num_allocated();
        for index in 0..3 * KEPT {
            ask(2.0 + index as f32);
        }
        assert!(ctx.tex_manager().read().num_allocated() <= before + KEPT);
    }

    const SIZE: Vec2 = vec2(300.0, 200.0);

    /// Everything that is drawn in another way in software.
    fn sheet(ui: &mut Ui) {
        // Over the fill that is left out, as the window's is drawn in the colour that it is cleared with.
        ui.painter().rect_filled(Rect::from_min_size(pos2(0.0, 0.0), SIZE), 0.0, Color32::from_gray(20));
        ui.add(Slider::new(&mut 0.3, 0.0..=1.0).text("value"));
        let _ = ui.add(Button::new("Button"));
        let painter = ui.painter();
        let wave: Vec<Pos2> =
            (0..60).map(|i| pos2(10.0 + 3.0 * i as f32, 110.0 + 25.0 * (0.4 * i as f32).sin())).collect();
        let lower: Vec<Pos2> = wave.iter().map(|at| *at + vec2(0.0, 45.0)).collect();
        painter.add(Shape::line(wave, Stroke::new(2.0, Color32::LIGHT_BLUE)));
        painter.add(patterned(ui.ctx(), &lower, Stroke::new(1.6, Color32::GREEN), LineStyle::Dashed { length: 5.0 }));
        painter.line_segment([pos2(200.0, 20.0), pos2(290.0, 75.0)], Stroke::new(1.0, Color32::WHITE));
        painter.hline(200.0..=290.0, 90.5, Stroke::new(1.0, Color32::GRAY));
        painter.vline(250.5, 20.0..=180.0, Stroke::new(1.0, Color32::GRAY));
        painter.rect_filled(Rect::from_min_size(pos2(210.0, 100.0), vec2(30.0, 20.0)), 0.0, Color32::DARK_GREEN);
        painter.rect_filled(Rect::from_min_size(pos2(210.0, 130.0), vec2(30.0, 20.0)), 4.0, Color32::DARK_RED);
        let framed = Rect::from_min_size(pos2(210.0, 160.0), vec2(30.0, 20.0));
        painter.rect(framed, 5.0, Color32::DARK_BLUE, Stroke::new(1.0, Color32::WHITE), StrokeKind::Inside);
        for (i, radius) in [2.6, 4.0, 6.4, 10.0].into_iter().enumerate() {
            painter.circle_filled(pos2(272.0, 105.0 + 22.0 * i as f32), radius, Color32::ORANGE);
        }
    }

    /// Red, green and blue of every pixel.
    fn drawn(cheaply: bool) -> Vec<[u8; 3]> {
        let builder = Harness::builder().with_size(SIZE).with_theme(Theme::Dark).wgpu();
        let mut harness = builder.build_ui(sheet);
        if cheaply {
            draw_cheaply(&harness.ctx);
        }
        harness.run();
        harness.remove_cursor();
        let image = harness.render().expect("a renderer is at hand");
        image.pixels().map(|pixel| [pixel.0[0], pixel.0[1], pixel.0[2]]).collect()
    }

    #[test]
    fn the_cheap_picture_is_nearly_the_same() {
        let (usual, cheap) = (drawn(false), drawn(true));
        let off = |(a, b): (&[u8; 3], &[u8; 3])| (0..3).map(|i| a[i].abs_diff(b[i])).max().unwrap_or_default();
        let differences: Vec<u8> = usual.iter().zip(&cheap).map(off).collect();
        let mean = differences.iter().map(|d| f64::from(*d)).sum::<f64>() / differences.len() as f64;
        let count = |least: u8| differences.iter().filter(|d| **d >= least).count();
        assert!(count(1) > 0, "the plugins drew nothing");
        // Soft edges have another slope, some 2,000 pixels by 20 or 30 each. By more than half differ only the two ends of
        // a line, which are not soft, and edges of discs, which the usual way takes from prepared ones; a shape out of
        // place by a pixel would be off by dozens.
        let (far, near) = (count(128), count(1));
        assert!(far <= 12 && mean < 1.5, "{near} pixels are off, {far} of them far, by {mean} in the mean");
    }
}
