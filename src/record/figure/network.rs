//! Neurons as dots in columns, and connections between them as lines.

use super::look::Tones;
use super::plot::{HEADING, SMALLEST, TICK, heading};
use super::sheet::{Anchor, Area, FAINT, GREY, INK, Point, Rgb, Shape, Sheet, fitted, text_width, wrapped};
use crate::record::dot_grid::{DotGrid, column_middles};
use crate::record::exhibit_network::{NetworkDrawing, lifted, line_opacity};
use crate::record::signs;

/// Share of a column's width that its dots may take.
const DOTS: f32 = 0.46;
/// Room for titles above the columns, for counts below them, and for the key.
const HEAD: f64 = 2.9 * TICK;
const FOOT: f64 = 1.7 * TICK;
const KEY: f64 = 2.2 * TICK;
const LINE: f64 = 1.35 * TICK;
/// Width of the bar of colours, and its colours.
const BAR: f64 = 110.0;
const STEPS: usize = 64;
/// Dots with a smaller radius have no outline.
const OUTLINED: f64 = 1.8;

pub(super) fn preferred_height(network: &NetworkDrawing) -> f64 {
    460.0 + if network.title.is_empty() { 0.0 } else { HEADING * 1.5 }
}

pub(super) fn draw(sheet: &mut Sheet, area: Area, network: &NetworkDrawing) {
    let area = heading(sheet, area, &network.title);
    if network.columns.is_empty() {
        return;
    }
    let middles: Vec<f64> =
        column_middles(network.columns.len(), area.width() as f32).into_iter().map(f64::from).collect();
    let width = match middles[..] {
        [first, second, ..] => second - first,
        _ => area.width(),
    };
    let key_room = key_height(network, area.width());
    let dots = Area { top: area.top + HEAD, bottom: area.bottom - FOOT - key_room, ..area };
    let grids: Vec<DotGrid> = network
        .columns
        .iter()
        .map(|column| DotGrid::new(column.units, width as f32 * DOTS, dots.height().max(1.0) as f32))
        .collect();
    let middle = |column: usize| (area.left + middles[column], dots.middle().1);
    let place = |(column, unit): (usize, usize)| -> Point {
        let ((x, y), (dx, dy)) = (middle(column), grids[column].place(unit));
        (x + f64::from(dx), y + f64::from(dy))
    };
    let tones = sheet.tones;
    for line in &network.connections {
        let points = vec![place(line.from), place(line.to)];
        sheet.exact(Shape::Line {
            points,
            color: line_color(line.agreement, tones),
            width: line.width().into(),
            dash: if line.is_against() { &signs::AGAINST } else { &[] },
        });
    }
    for (index, (column, grid)) in network.columns.iter().zip(&grids).enumerate() {
        let radius = f64::from(grid.radius());
        for unit in 0..column.units {
            let at = place((index, unit));
            if radius >= OUTLINED {
                sheet.shapes.push(Shape::Dot { at, radius: radius + 0.7, color: GREY });
            }
            let own = |cosines: &Vec<f32>| tones.diverging(lifted(cosines[unit]));
            match column.cosines.as_ref().map(own) {
                Some(color) => {
                    sheet.exact(Shape::Dot { at, radius, color });
                    if column.cosines.as_ref().is_some_and(|cosines| signs::has_minus(cosines[unit], 1.0)) {
                        sheet.minus(at, 2.0 * radius, color);
                    }
                }
                None => sheet.shapes.push(Shape::Dot { at, radius, color: FAINT }),
            }
        }
        let x = middle(index).0;
        let (title, size) = fitted(&column.title, TICK, SMALLEST, width - 8.0);
        sheet.text(&title, (x, area.top + TICK), size, Anchor::Middle, INK);
        if let Some(cosine) = column.cosine {
            let text = format!("cosine {cosine:+.3}").replace('-', "\u{2212}");
            let (text, size) = fitted(&text, TICK, SMALLEST, width - 8.0);
            sheet.text(&text, (x, area.top + 2.3 * TICK), size, Anchor::Middle, GREY);
        }
        let plural = if column.units == 1 { "" } else { "s" };
        let (text, size) = fitted(&format!("{} {}{plural}", column.units, column.unit), TICK, SMALLEST, width - 8.0);
        sheet.text(&text, (x, dots.bottom + FOOT - 0.3 * TICK), size, Anchor::Middle, GREY);
    }
    if let Some((column, unit)) = network.picked {
        let at = place((column, unit));
        let radius = f64::from(grids[column].radius()) + 3.0;
        let ring = (0..=24).map(|step| {
            let angle = f64::from(step) / 24.0 * std::f64::consts::TAU;
            (at.0 + radius * angle.cos(), at.1 + radius * angle.sin())
        });
        sheet.line(ring.collect(), INK, 1.4);
    }
    key(sheet, Area { top: area.bottom - key_room, ..area }, network);
}

/// What lines and dots mean, beside the bar.
const AFTER: &str = "as Hebb would;  dots: a neuron's cosine, \u{2212}1 to +1;  thick: large |w|";

fn before(network: &NetworkDrawing) -> String {
    format!("{} pushes this synapse against Hebb (dashed)", capitalized(&network.quantity))
}

/// The same in lines of their own, where a line has no room for it.
fn key_lines(network: &NetworkDrawing, width: f64) -> Vec<String> {
    let one = text_width(&before(network), TICK) + BAR + 16.0 + text_width(AFTER, TICK);
    if one <= width {
        return Vec::new();
    }
    let words = format!(
        "Lines: how the {} pushes a synapse, dashed: against Hebb; thick: large |w|. Dots: a neuron's cosine, \u{2212}1 to +1.",
        network.quantity
    );
    wrapped(&words, TICK, width, 3)
}

/// Height of the key.
fn key_height(network: &NetworkDrawing, width: f64) -> f64 {
    KEY + key_lines(network, width).len() as f64 * LINE
}

/// What colours and lines mean.
fn key(sheet: &mut Sheet, area: Area, network: &NetworkDrawing) {
    let lines = key_lines(network, area.width());
    let (y, tones) = (area.bottom - 0.6 * TICK - lines.len() as f64 * LINE, sheet.tones);
    let (before, after) = match lines.is_empty() {
        true => (before(network), AFTER),
        false => ("against Hebb".to_owned(), "as Hebb would"),
    };
    let mut x = area.left;
    sheet.text(&before, (x, y), TICK, Anchor::Start, INK);
    x += text_width(&before, TICK) + 8.0;
    let colors: Vec<Rgb> =
        (0..STEPS).map(|step| line_color(2.0 * (step as f32 + 0.5) / STEPS as f32 - 1.0, tones)).collect();
    let bar = Area { left: x, right: x + BAR, top: y - 0.75 * TICK, bottom: y };
    sheet.shapes.push(Shape::Cells { area: bar, columns: STEPS, colors });
    x = bar.right + 8.0;
    let (after, size) = fitted(after, TICK, SMALLEST, area.right - x);
    sheet.text(&after, (x, y), size, Anchor::Start, INK);
    for (line, text) in lines.iter().enumerate() {
        sheet.text(text, (area.left, y + (line + 1) as f64 * LINE), TICK, Anchor::Start, GREY);
    }
}

/// Colour of a connection on the ground, as the window has it: fainter the less it says.
fn line_color(agreement: f32, tones: Tones) -> Rgb {
    let (color, paper, share) = (tones.diverging(lifted(agreement)), tones.paper(), line_opacity(agreement));
    let mixed = |at: usize| f32::from(paper[at]) + share * (f32::from(color[at]) - f32::from(paper[at]));
    [0, 1, 2].map(|at| mixed(at).round() as u8)
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
