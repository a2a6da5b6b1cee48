//! A sheet as PDF: shapes as paths, text as text with what is needed of its typeface.

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{Path, PathBuilder, Point as Place, Rect, Size, Transform};
use krilla::image::Image;
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule, LineCap, LineJoin, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::text::{Font, TextDirection};

use super::bitmap;
use super::sheet::{Anchor, Area, Point, Rgb, Shape, Sheet, runs, text_width, typefaces};
use super::svg::{MOST_RECTANGLES, enlarged, rectangles};

/// The bytes of the file, a page whose units are `points` of 1/72 inch each.
pub(super) fn render(sheet: &Sheet, points: f64, title: &str) -> Result<Vec<u8>, String> {
    let (width, height) = (sheet.width * points, sheet.height * points);
    let page = PageSettings::from_wh(width as f32, height as f32)
        .ok_or_else(|| format!("a page of {width:.1} x {height:.1} points"))?;
    let faces = typefaces()?;
    let font = |(family, bytes): (&'static str, &'static [u8])| {
        Font::new(bytes.into(), 0).map(|font| (family, font)).ok_or("a bundled typeface cannot be read")
    };
    let fonts = [font(faces[0])?, font(faces[1])?];
    let mut document = Document::new();
    document.set_metadata(Metadata::new().title(title.to_owned()).creator("Hebbscope".to_owned()));
    {
        let mut page = document.start_page_with(page);
        let mut surface = page.surface();
        surface.push_transform(&Transform::from_scale(points as f32, points as f32));
        let ground = Area { left: 0.0, top: 0.0, right: sheet.width, bottom: sheet.height };
        filled(&mut surface, rectangle(ground), sheet.tones.paper(), 1.0);
        for shape in &sheet.shapes {
            draw(&mut surface, shape, &fonts)?;
        }
        surface.pop();
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|error| format!("{error:?}"))
}

fn draw(surface: &mut Surface<'_>, shape: &Shape, fonts: &[(&str, Font)]) -> Result<(), String> {
    match shape {
        Shape::Line { points, color, width, dash } => {
            stroked(surface, joined(points, false), *color, *width, dash);
        }
        Shape::Polygon { points, color, opacity } => filled(surface, joined(points, true), *color, *opacity),
        Shape::Dot { at, radius, color } => filled(surface, circle(*at, *radius), *color, 1.0),
        Shape::Text { text, at, size, anchor, upwards, color } => {
            let back = match anchor {
                Anchor::Start => 0.0,
                Anchor::Middle => text_width(text, *size) / 2.0,
                Anchor::End => text_width(text, *size),
            };
            let turned = if *upwards { -90.0 } else { 0.0 };
            surface.push_transform(&Transform::from_translate(at.0 as f32, at.1 as f32));
            surface.push_transform(&Transform::from_rotate(turned));
            surface.set_stroke(None);
            surface.set_fill(Some(fill(*color, 1.0)));
            for (family, along, part) in runs(text, *size) {
                let Some((_, font)) = fonts.iter().find(|(name, _)| *name == family) else { continue };
                let from = Place::from_xy((along - back) as f32, 0.0);
                surface.draw_text(from, font.clone(), *size as f32, &part, false, TextDirection::LeftToRight);
            }
            surface.pop();
            surface.pop();
        }
        Shape::Cells { area, columns, colors } if colors.len() <= MOST_RECTANGLES => {
            for (cell, color) in rectangles(*area, *columns, colors) {
                filled(surface, rectangle(cell), color, 1.0);
            }
        }
        Shape::Cells { area, columns, colors } => {
            let (pixels, width, height) = enlarged(*columns, colors);
            let png = bitmap::encode(&pixels, width as u32, height as u32)?;
            let image = Image::from_png(png.into(), false)?;
            let size = Size::from_wh(area.width() as f32, area.height() as f32);
            surface.push_transform(&Transform::from_translate(area.left as f32, area.top as f32));
            if let Some(size) = size {
                surface.draw_image(image, size);
            }
            surface.pop();
        }
    }
    Ok(())
}

fn fill([red, green, blue]: Rgb, opacity: f64) -> Fill {
    let opacity = NormalizedF32::new(opacity.clamp(0.0, 1.0) as f32).unwrap_or(NormalizedF32::ONE);
    Fill { paint: rgb::Color::new(red, green, blue).into(), opacity, rule: FillRule::NonZero }
}

/// What has no extent, as an area without height, is not drawn.
fn filled(surface: &mut Surface<'_>, path: Option<Path>, color: Rgb, opacity: f64) {
    let Some(path) = path else { return };
    surface.set_stroke(None);
    surface.set_fill(Some(fill(color, opacity)));
    surface.draw_path(&path);
}

fn stroked(surface: &mut Surface<'_>, path: Option<Path>, [red, green, blue]: Rgb, width: f64, dash: &[f64]) {
    let Some(path) = path else { return };
    surface.set_fill(None);
    surface.set_stroke(Some(Stroke {
        paint: rgb::Color::new(red, green, blue).into(),
        width: width as f32,
        line_cap: if dash.is_empty() { LineCap::Round } else { LineCap::Butt },
        line_join: LineJoin::Round,
        dash: (!dash.is_empty())
            .then(|| StrokeDash { array: dash.iter().map(|length| *length as f32).collect(), offset: 0.0 }),
        ..Stroke::default()
    }));
    surface.draw_path(&path);
}

fn joined(points: &[Point], closed: bool) -> Option<Path> {
    let (first, rest) = points.split_first()?;
    let mut path = PathBuilder::new();
    path.move_to(first.0 as f32, first.1 as f32);
    rest.iter().for_each(|(x, y)| path.line_to(*x as f32, *y as f32));
    if closed {
        path.close();
    }
    path.finish()
}

fn rectangle(area: Area) -> Option<Path> {
    let rect = Rect::from_ltrb(area.left as f32, area.top as f32, area.right as f32, area.bottom as f32)?;
    let mut path = PathBuilder::new();
    path.push_rect(rect);
    path.finish()
}

fn circle((x, y): Point, radius: f64) -> Option<Path> {
    /// Handles of the cubic curve that is nearest to a quarter of a circle.
    const HANDLE: f32 = 0.552_284_8;
    let (x, y, r) = (x as f32, y as f32, radius as f32);
    let h = HANDLE * r;
    let mut path = PathBuilder::new();
    path.move_to(x + r, y);
    path.cubic_to(x + r, y + h, x + h, y + r, x, y + r);
    path.cubic_to(x - h, y + r, x - r, y + h, x - r, y);
    path.cubic_to(x - r, y - h, x - h, y - r, x, y - r);
    path.cubic_to(x + h, y - r, x + r, y - h, x + r, y);
    path.close();
    path.finish()
}
