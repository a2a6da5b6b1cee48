//! A sheet as SVG.

use std::fmt::Write;

use super::bitmap;
use super::sheet::{Anchor, Point, Rgb, Shape, Sheet, text_width};
use crate::record::base64;

/// The text of the file.
pub(super) fn render(sheet: &Sheet) -> Result<String, String> {
    let (width, height) = (sheet.width, sheet.height);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" \
         xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} \
         {height}\" font-family=\"Ubuntu, Helvetica, Arial, sans-serif\">\n<rect width=\"{width}\" \
         height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    for shape in &sheet.shapes {
        push(&mut out, shape)?;
    }
    out.push_str("</svg>\n");
    Ok(out)
}

fn push(out: &mut String, shape: &Shape) -> Result<(), String> {
    let written = match shape {
        Shape::Line { points, color, width, dash } => {
            let dash: String = match dash.len() {
                0 => String::new(),
                _ => {
                    let lengths: Vec<String> = dash.iter().map(ToString::to_string).collect();
                    format!(" stroke-dasharray=\"{}\"", lengths.join(" "))
                }
            };
            writeln!(
                out,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{width}\" \
                 stroke-linejoin=\"round\" stroke-linecap=\"{}\"{dash}/>",
                list(points),
                hex(*color),
                if dash.is_empty() { "round" } else { "butt" },
            )
        }
        Shape::Polygon { points, color, opacity } => {
            writeln!(out, "<polygon points=\"{}\" fill=\"{}\" fill-opacity=\"{opacity}\"/>", list(points), hex(*color))
        }
        Shape::Dot { at, radius, color } => {
            writeln!(
                out,
                "<circle cx=\"{}\" cy=\"{}\" r=\"{radius}\" fill=\"{}\"/>",
                short(at.0),
                short(at.1),
                hex(*color)
            )
        }
        Shape::Text { text, at, size, anchor, upwards, color } => {
            let (x, y) = (short(at.0), short(at.1));
            let anchor = match anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            let turn = if *upwards { format!(" transform=\"rotate(-90 {x} {y})\"") } else { String::new() };
            // A reader's typeface may be wider than the one that the layout was made for.
            let length = short(text_width(text, *size));
            writeln!(
                out,
                "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\" text-anchor=\"{anchor}\" fill=\"{}\" \
                 textLength=\"{length}\" lengthAdjust=\"spacingAndGlyphs\"{turn}>{}</text>",
                short(*size),
                hex(*color),
                escaped(text)
            )
        }
        Shape::Cells { area, columns, colors } => {
            let rows = colors.len() / (*columns).max(1);
            let pixels: Vec<u8> = colors.iter().flatten().copied().collect();
            let png = bitmap::encode(&pixels, *columns as u32, rows as u32)?;
            writeln!(
                out,
                "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" \
                 image-rendering=\"pixelated\" style=\"image-rendering:pixelated\" \
                 xlink:href=\"data:image/png;base64,{}\"/>",
                short(area.left),
                short(area.top),
                short(area.width()),
                short(area.height()),
                base64::encode(base64::STANDARD, &png)
            )
        }
    };
    written.map_err(|error| error.to_string())
}

fn list(points: &[Point]) -> String {
    points.iter().map(|(x, y)| format!("{},{}", short(*x), short(*y))).collect::<Vec<_>>().join(" ")
}

/// Hundredths of a point are finer than any printer.
fn short(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// For text in XML; characters that XML forbids are left out.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
