//! A sheet as pixels.

use image::{ExtendedColorType, ImageEncoder};
use plotters::backend::{BitMapBackend, DrawingBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontFamily, FontTransform, IntoFont, RGBColor, TextStyle};

use super::sheet::{Anchor, Area, LIBRARY_SIZE_PER_EM, Point, Rgb, Shape, Sheet, runs, text_width};

/// Drawn so many times larger in both directions and averaged, as the library places shapes on whole pixels.
const OVERSAMPLING: u32 = 2;
/// Pixels, before averaging, that a drawing may have: 1.2 GB.
const MAX_PIXELS: u64 = 400_000_000;

/// Pixels as red, green, blue.
pub(super) struct Bitmap {
    pub width: u32,
    pub height: u32,
    pub pixels: Vec<u8>,
}

/// Draws with `scale` pixels a point.
pub(super) fn render(sheet: &Sheet, scale: u32) -> Result<Bitmap, String> {
    if !(1..=8).contains(&scale) {
        return Err(format!("{scale} pixels a point, but must be 1 to 8"));
    }
    render_at(sheet, f64::from(scale))
}

/// As [`render`], with any positive number of pixels a point.
pub(super) fn render_at(sheet: &Sheet, scale: f64) -> Result<Bitmap, String> {
    let pixels = |points: f64| (points.ceil() * scale).round().max(1.0);
    let (width, height) = (pixels(sheet.width), pixels(sheet.height));
    if width * height * f64::from(OVERSAMPLING).powi(2) > MAX_PIXELS as f64 {
        return Err(format!("{width} x {height} pixels are too many; make it smaller, or with fewer pixels a point"));
    }
    let (width, height) = (width as u32, height as u32);
    let (fine_width, fine_height) = (width * OVERSAMPLING, height * OVERSAMPLING);
    let paper = sheet.tones.paper();
    let mut fine = paper.repeat(fine_width as usize * fine_height as usize);
    {
        let mut canvas = Canvas {
            backend: BitMapBackend::with_buffer(&mut fine, (fine_width, fine_height)),
            scale: scale * f64::from(OVERSAMPLING),
        };
        for shape in &sheet.shapes {
            canvas.draw(shape)?;
        }
        canvas.backend.present().map_err(|error| error.to_string())?;
    }
    Ok(Bitmap { width, height, pixels: averaged(&fine, width, height) })
}

/// The bytes of a PNG file.
pub(super) fn encode(pixels: &[u8], width: u32, height: u32) -> Result<Vec<u8>, String> {
    let mut png = Vec::new();
    image::codecs::png::PngEncoder::new(&mut png)
        .write_image(pixels, width, height, ExtendedColorType::Rgb8)
        .map_err(|error| error.to_string())?;
    Ok(png)
}

/// As [`encode`], for a print with so many pixels a metre.
pub(super) fn encode_for_print(bitmap: &Bitmap, pixels_a_metre: f64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, bitmap.width, bitmap.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let density = pixels_a_metre.round() as u32;
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: density, yppu: density, unit: png::Unit::Meter }));
    let mut writer = encoder.write_header().map_err(|error| error.to_string())?;
    writer.write_image_data(&bitmap.pixels).map_err(|error| error.to_string())?;
    writer.finish().map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// As [`encode`], in fewer bytes and more time: flat colours are packed best as they are.
pub(super) fn encode_small(pixels: &[u8], width: u32, height: u32) -> Result<Vec<u8>, String> {
    use image::codecs::png::{CompressionType, FilterType, PngEncoder};
    // 32 levels of a channel are as good as 256 where nothing is larger than a card.
    let level = |value: &u8| ((u32::from(*value) * 31 + 127) / 255 * 255 / 31) as u8;
    let pixels: Vec<u8> = pixels.iter().map(level).collect();
    let mut png = Vec::new();
    PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::NoFilter)
        .write_image(&pixels, width, height, ExtendedColorType::Rgb8)
        .map_err(|error| error.to_string())?;
    Ok(png)
}

fn averaged(fine: &[u8], width: u32, height: u32) -> Vec<u8> {
    let n = OVERSAMPLING as usize;
    let (width, height) = (width as usize, height as usize);
    let mut out = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            for channel in 0..3 {
                let sum: u32 = (0..n * n)
                    .map(|i| u32::from(fine[((y * n + i / n) * width * n + x * n + i % n) * 3 + channel]))
                    .sum();
                out.push((sum / (n * n) as u32) as u8);
            }
        }
    }
    out
}

/// The drawing library's bitmap, in points.
struct Canvas<'a> {
    backend: BitMapBackend<'a>,
    scale: f64,
}

impl Canvas<'_> {
    fn px(&self, (x, y): Point) -> (i32, i32) {
        ((x * self.scale).round() as i32, (y * self.scale).round() as i32)
    }

    fn draw(&mut self, shape: &Shape) -> Result<(), String> {
        match shape {
            Shape::Line { points, color, width, dash } => {
                dashes(points, dash).iter().try_for_each(|(a, b)| self.stroke(*a, *b, *width, *color))
            }
            Shape::Polygon { points, color, opacity } => {
                let points: Vec<(i32, i32)> = points.iter().map(|point| self.px(*point)).collect();
                let color = rgb(*color).mix(*opacity);
                self.backend.fill_polygon(points, &color).map_err(|error| error.to_string())
            }
            Shape::Dot { at, radius, color } => self.stroke(*at, *at, 2.0 * radius, *color),
            Shape::Text { text, at, size, anchor, upwards, color } => {
                let back = match anchor {
                    Anchor::Start => 0.0,
                    Anchor::Middle => text_width(text, *size) / 2.0,
                    Anchor::End => text_width(text, *size),
                };
                let library_size = size * LIBRARY_SIZE_PER_EM * self.scale;
                // The library puts the baseline half a type size below the top.
                let rise = (library_size / 2.0).floor() / self.scale;
                let color = rgb(*color);
                for (family, along, part) in runs(text, *size) {
                    let (from, turn) = if *upwards {
                        ((at.0 - rise, at.1 + back - along), FontTransform::Rotate270)
                    } else {
                        ((at.0 - back + along, at.1 - rise), FontTransform::None)
                    };
                    let font = (FontFamily::Name(family), library_size).into_font().transform(turn);
                    let style = TextStyle::from(font).color(&color).pos(Pos::new(HPos::Left, VPos::Top));
                    let from = self.px(from);
                    self.backend.draw_text(&part, &style, from).map_err(|error| error.to_string())?;
                }
                Ok(())
            }
            Shape::Cells { area, columns, colors } => self.cells(*area, *columns, colors),
        }
    }

    /// A straight line with round ends: pixels whose centre lies within half its width.
    fn stroke(&mut self, a: Point, b: Point, width: f64, color: Rgb) -> Result<(), String> {
        let scale = self.scale;
        let (a, b) = ((a.0 * scale, a.1 * scale), (b.0 * scale, b.1 * scale));
        let reach = (width * scale / 2.0).max(0.5);
        let color = rgb(color).to_backend_color();
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let square = dx * dx + dy * dy;
        let rows = ((a.1.min(b.1) - reach).floor() as i32)..=((a.1.max(b.1) + reach).ceil() as i32);
        for y in rows {
            // Of a long slanted line only a few pixels lie in each row.
            let (mut left, mut right) = (a.0.min(b.0), a.0.max(b.0));
            if dy.abs() > 1e-9 {
                let x_at = |y: f64| a.0 + dx * ((y - a.1) / dy).clamp(0.0, 1.0);
                let (one, other) = (x_at(f64::from(y) + 0.5 - reach), x_at(f64::from(y) + 0.5 + reach));
                (left, right) = (one.min(other), one.max(other));
            }
            for x in ((left - reach).floor() as i32)..=((right + reach).ceil() as i32) {
                let (px, py) = (f64::from(x) + 0.5 - a.0, f64::from(y) + 0.5 - a.1);
                let along = if square > 0.0 { ((px * dx + py * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
                let (ex, ey) = (px - along * dx, py - along * dy);
                if ex * ex + ey * ey <= reach * reach {
                    self.backend.draw_pixel((x, y), color).map_err(|error| error.to_string())?;
                }
            }
        }
        Ok(())
    }

    /// Each pixel has the mean colour of the cells below it.
    fn cells(&mut self, area: Area, columns: usize, colors: &[Rgb]) -> Result<(), String> {
        let rows = colors.len() / columns.max(1);
        if rows == 0 {
            return Ok(());
        }
        let (left, top) = self.px((area.left, area.top));
        let (right, bottom) = self.px((area.right, area.bottom));
        let (width, height) = ((right - left).max(1) as usize, (bottom - top).max(1) as usize);
        let below = |pixel: usize, pixels: usize, cells: usize| {
            let first = pixel * cells / pixels;
            first..((pixel + 1) * cells).div_ceil(pixels).max(first + 1).min(if cells <= pixels {
                first + 1
            } else {
                cells
            })
        };
        for y in 0..height {
            let row_range = below(y, height, rows);
            for x in 0..width {
                let column_range = below(x, width, columns);
                let mut sum = [0_u32; 3];
                for row in row_range.clone() {
                    for color in &colors[row * columns + column_range.start..row * columns + column_range.end] {
                        (0..3).for_each(|channel| sum[channel] += u32::from(color[channel]));
                    }
                }
                let count = (row_range.len() * column_range.len()) as u32;
                let color = rgb(sum.map(|channel| (channel / count) as u8)).to_backend_color();
                let at = (left + x as i32, top + y as i32);
                self.backend.draw_pixel(at, color).map_err(|error| error.to_string())?;
            }
        }
        Ok(())
    }
}

fn rgb([red, green, blue]: Rgb) -> RGBColor {
    RGBColor(red, green, blue)
}

/// Straight pieces of a line, cut by the pattern of lengths drawn and left out.
fn dashes(points: &[Point], pattern: &[f64]) -> Vec<(Point, Point)> {
    let mut pieces = Vec::new();
    let (mut at, mut left) = (0, pattern.first().copied().unwrap_or(f64::INFINITY));
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            let drawn = at % 2 == 0;
            if length <= left {
                if drawn {
                    pieces.push((from, to));
                }
                left -= length;
                break;
            }
            let share = left / length;
            let cut = (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
            if drawn {
                pieces.push((from, cut));
            }
            from = cut;
            at += 1;
            left = pattern[at % pattern.len()];
        }
    }
    pieces
}
