//! A sheet as SVG.

use std::fmt::Write;

use super::bitmap;
use super::sheet::{Anchor, Area, Point, Rgb, Shape, Sheet, text_width};
use crate::record::base64;

/// Cells that are drawn one by one; beyond, files would be too large for their readers.
pub(super) const MOST_RECTANGLES: usize = 20_000;

/// The text of the file; a unit of the sheet is a pixel of the reader.
pub(super) fn render(sheet: &Sheet) -> Result<String, String> {
    rendered(sheet, &sheet.width.to_string(), &sheet.height.to_string())
}

/// As [`render`], with a unit of the sheet as so many millimetres.
pub(super) fn render_on_paper(sheet: &Sheet, millimetres: f64) -> Result<String, String> {
    let long = |units: f64| format!("{}mm", short(units * millimetres));
    rendered(sheet, &long(sheet.width), &long(sheet.height))
}

fn rendered(sheet: &Sheet, outer_width: &str, outer_height: &str) -> Result<String, String> {
    let (width, height) = (sheet.width, sheet.height);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" \
         xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"{outer_width}\" height=\"{outer_height}\" viewBox=\"0 0 \
         {width} {height}\" font-family=\"Ubuntu, Helvetica, Arial, sans-serif\">\n<rect width=\"{width}\" \
         height=\"{height}\" fill=\"{}\"/>\n",
        hex(sheet.tones.paper())
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
        Shape::Cells { area, columns, colors } if colors.len() <= MOST_RECTANGLES => {
            cells(out, *area, *columns, colors)
        }
        Shape::Cells { area, columns, colors } => {
            let (pixels, width, height) = enlarged(*columns, colors);
            let png = bitmap::encode(&pixels, width as u32, height as u32)?;
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

/// Cells as rectangles, whose edges are hard in every reader. Each reaches a little below those that follow to its right
/// and beneath, so that no ground shows between them where a reader smooths edges.
pub(super) fn rectangles(area: Area, columns: usize, colors: &[Rgb]) -> Vec<(Area, Rgb)> {
    const BELOW: f64 = 0.4;
    let rows = colors.len() / columns.max(1);
    let x = |column: usize| area.left + area.width() * column as f64 / columns as f64;
    let y = |row: usize| area.top + area.height() * row as f64 / rows as f64;
    let mut found = Vec::new();
    for (row, colors) in colors.chunks_exact(columns.max(1)).enumerate() {
        let (top, bottom) = (y(row), (y(row + 1) + BELOW).min(area.bottom));
        let mut first = 0;
        // Neighbours of one colour are one rectangle.
        for run in colors.chunk_by(|a, b| a == b) {
            let (left, right) = (x(first), (x(first + run.len()) + BELOW).min(area.right));
            found.push((Area { left, top, right, bottom }, run[0]));
            first += run.len();
        }
    }
    found
}

fn cells(out: &mut String, area: Area, columns: usize, colors: &[Rgb]) -> std::fmt::Result {
    writeln!(out, "<g shape-rendering=\"crispEdges\">")?;
    for (cell, color) in rectangles(area, columns, colors) {
        writeln!(
            out,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>",
            short(cell.left),
            short(cell.top),
            short(cell.width()),
            short(cell.height()),
            hex(color)
        )?;
    }
    writeln!(out, "</g>")
}

/// Cells as pixels, each as many times as fit into a picture of that many, with its width and height: readers smooth
/// pictures whatever they are told, and so only the rim of a cell.
pub(super) fn enlarged(columns: usize, colors: &[Rgb]) -> (Vec<u8>, usize, usize) {
    const SIDE: usize = 2400;
    let rows = colors.len() / columns.max(1);
    let times = |count: usize| (SIDE / count.max(1)).clamp(1, 16);
    let (across, down) = (times(columns), times(rows));
    let mut pixels = Vec::with_capacity(colors.len() * across * down * 3);
    for line in colors.chunks_exact(columns.max(1)) {
        let line: Vec<u8> = line.iter().flat_map(|color| std::iter::repeat_n(*color, across)).flatten().collect();
        (0..down).for_each(|_| pixels.extend_from_slice(&line));
    }
    (pixels, columns * across, rows * down)
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
