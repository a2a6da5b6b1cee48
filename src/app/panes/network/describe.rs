//! What lies under the pointer, in words.

use eframe::egui::{Response, RichText, TextStyle, Tooltip, Ui};

use super::plan::Found;
use super::reading::Reading;
use crate::app::look::numbers;
use crate::app::look::words;
use crate::record::{Connection, NetworkDrawing};

/// Agreement beyond which a synapse says something.
const SAYS: f32 = 0.1;

/// A tooltip about a unit or a connection.
pub fn tooltip(response: &Response, reading: &Reading, drawing: &NetworkDrawing, found: Found) {
    Tooltip::for_widget(response).at_pointer().gap(14.0).show(|ui| match found {
        Found::Unit(column, unit) => of_unit(ui, reading, drawing, (column, unit)),
        Found::Line(place) => {
            if let Some(line) = drawing.connections.get(place) {
                of_line(ui, reading, drawing, line);
            }
        }
    });
}

fn of_unit(ui: &mut Ui, reading: &Reading, drawing: &NetworkDrawing, (column, unit): (usize, usize)) {
    ui.label(words::say(&unit_name(drawing, (column, unit))));
    let shown = &drawing.columns[column];
    let Some(cosines) = &shown.cosines else {
        let text = if reading.layer_of(column).is_none() {
            "What comes from outside has no synapses of its own."
        } else {
            "This layer is not measured in this run."
        };
        ui.label(RichText::new(words::say(text)).weak());
        return;
    };
    let cosine = cosines[unit];
    mono(
        ui,
        &format!("cosine {}", if cosine.is_nan() { "undefined".into() } else { numbers::cosine(f64::from(cosine)) }),
    );
    let (quantity, symbol) = (&drawing.quantity, &drawing.symbol);
    let text = format!("of its row of the {quantity} {symbol} with its row of the Hebbian update H (eq. 10)");
    ui.label(RichText::new(words::say(&text)).weak());
    let is_picked = drawing.picked == Some((column, unit));
    let text = if is_picked { "Click to let it go." } else { "Click to pick it here, in Neurons and in Matrices." };
    ui.label(RichText::new(text).weak());
}

fn of_line(ui: &mut Ui, reading: &Reading, drawing: &NetworkDrawing, line: &Connection) {
    let ends = format!("{} → {}", unit_name(drawing, line.from), unit_name(drawing, line.to));
    ui.label(words::say(&ends));
    let symbol = &drawing.symbol;
    let group = reading.anatomy.links.iter().find(|link| link.to == line.to.0).map_or(1, |link| link.group);
    let weight = if group > 1 { "RMS of w" } else { "w" };
    let value = |value: f32| numbers::signed(f64::from(value));
    mono(ui, &format!("{weight:<8} {}", value(line.weight)));
    mono(ui, &format!("{symbol:<8} {}", value(line.push)));
    mono(ui, &format!("{:<8} {}", "H", value(line.hebbian)));
    let verdict = match line.agreement {
        agreement if agreement.is_nan() => "no direction: a matrix is zero",
        agreement if agreement > SAYS => "pushed as Hebb's rule would",
        agreement if agreement < -SAYS => "pushed against Hebb's rule",
        _ => "hardly pushed either way",
    };
    mono(ui, &format!("{:<8} {}", "share", value(line.agreement)));
    ui.label(verdict);
    let text = format!(
        "share: {symbol}·H over the root mean squares of both; its mean over the layer's synapses is the layer's cosine."
    );
    ui.label(RichText::new(words::say(&text)).weak());
    if group > 1 {
        ui.label(RichText::new(words::say(&format!("Means over the {group} weights between these channels."))).weak());
    }
}

/// 'Layer 2, neuron 17'.
#[must_use]
pub fn unit_name(drawing: &NetworkDrawing, (column, unit): (usize, usize)) -> String {
    let Some(shown) = drawing.columns.get(column) else { return String::new() };
    format!("{}, {} {}", shown.title, shown.unit, numbers::count(unit as u64 + 1))
}

/// What the drawing shows in a few sentences.
#[must_use]
pub fn told(reading: &Reading, drawing: &NetworkDrawing) -> String {
    let mut parts = vec![format!("step {}, seed {}", numbers::count(reading.moment.step), reading.moment.seed)];
    for column in &drawing.columns {
        let Some(cosines) = &column.cosines else { continue };
        let [all, hebbian] = [cosines.len(), cosines.iter().filter(|cosine| **cosine > 0.0).count()]
            .map(|count| numbers::count(count as u64));
        let cosine = column.cosine.map_or_else(|| "undefined".to_owned(), |c| numbers::cosine(c).trim().to_owned());
        let (title, unit, quantity) = (&column.title, &column.unit, &drawing.quantity);
        parts.push(format!("{title}: cosine of the {quantity} {cosine}, {hebbian} of {all} {unit}s Hebbian"));
    }
    let says = |sign: f32| drawing.connections.iter().filter(|line| sign * line.agreement > SAYS).count();
    let [all, with, against] = [drawing.connections.len(), says(1.0), says(-1.0)].map(|n| numbers::count(n as u64));
    let whose = drawing.picked.map_or_else(String::new, |picked| format!(" of {}", unit_name(drawing, picked)));
    parts.push(format!(
        "of the {all} synapses{whose} that are drawn {with} are pushed as Hebb's rule would, {against} against it"
    ));
    parts.join(". ")
}

fn mono(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).text_style(TextStyle::Monospace));
}
