//! Neurons as dots in columns, and connections between them as lines.

use super::colormap::{diverging, undefined};
use super::plot::{HEADING, SMALLEST, TICK, heading};
use super::sheet::{Anchor, Area, GREY, INK, Point, Rgb, Shape, Sheet, fitted, text_width};
use crate::record::dot_grid::{DotGrid, column_middles};
use crate::record::exhibit_network::NetworkDrawing;

/// Share of a column's width that its dots may take.
const DOTS: f32 = 0.46;
/// Room for titles above the columns, for counts below them, and for the key.
const HEAD: f64 = 2.9 * TICK;
const FOOT: f64 = 1.7 * TICK;
const KEY: f64 = 2.2 * TICK;
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
    let dots = Area { top: area.top + HEAD, bottom: area.bottom - FOOT - KEY, ..area };
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
    for line in &network.connections {
        let points = vec![place(line.from), place(line.to)];
        sheet.line(points, on_white(line.agreement), 0.5 + 1.8 * f64::from(line.share));
    }
    for (index, (column, grid)) in network.columns.iter().zip(&grids).enumerate() {
        let radius = f64::from(grid.radius());
        for unit in 0..column.units {
            let at = place((index, unit));
            if radius >= OUTLINED {
                sheet.shapes.push(Shape::Dot { at, radius: radius + 0.7, color: GREY });
            }
            let color = column.cosines.as_ref().map_or([205; 3], |cosines| diverging(cosines[unit], false));
            sheet.shapes.push(Shape::Dot { at, radius, color });
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
    key(sheet, Area { top: area.bottom - KEY, ..area }, network);
}

/// What colours and lines mean.
fn key(sheet: &mut Sheet, area: Area, network: &NetworkDrawing) {
    let y = area.bottom - 0.6 * TICK;
    let mut x = area.left;
    let before = format!("{} pushes this synapse against Hebb", capitalized(&network.quantity));
    sheet.text(&before, (x, y), TICK, Anchor::Start, INK);
    x += text_width(&before, TICK) + 8.0;
    let colors: Vec<Rgb> =
        (0..STEPS).map(|step| diverging(2.0 * (step as f32 + 0.5) / STEPS as f32 - 1.0, false)).collect();
    let bar = Area { left: x, right: x + BAR, top: y - 0.75 * TICK, bottom: y };
    sheet.shapes.push(Shape::Cells { area: bar, columns: STEPS, colors });
    x = bar.right + 8.0;
    let after = "as Hebb would;  dots: a neuron's cosine, \u{2212}1 to +1;  thick: large |w|";
    let (after, size) = fitted(after, TICK, SMALLEST, area.right - x);
    sheet.text(&after, (x, y), size, Anchor::Start, INK);
}

/// Colour of a connection on white: fainter where it says little, and never invisible.
fn on_white(agreement: f32) -> Rgb {
    if agreement.is_nan() {
        return undefined(false);
    }
    let share = agreement.clamp(-1.0, 1.0);
    let faintest = if share == 0.0 { 0.0 } else { share.signum() * 0.12 };
    diverging(faintest + 0.88 * share, false)
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
