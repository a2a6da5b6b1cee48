//! Signed bars of whole layers, with their figures.

use std::sync::Arc;

use eframe::egui::{
    Align2, Color32, FontId, Galley, Rect, RichText, Role, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use super::terms::{Balance, PARTS, TERMS, colors, direction};
use crate::app::look::numbers;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::panes::parts::readout::Summary;
use crate::app::plot::legend::capitalized;
use crate::record::Columns;

/// Least and greatest height of a bar with its name and figure.
const ROW: f32 = 17.0;
const HIGHEST: f32 = 28.0;
/// Between two layers.
const BETWEEN: f32 = 6.0;
/// Rows of a layer: its heading, the parts, their sum, the change and what is left.
const ROWS: usize = PARTS + 4;

/// Least room for names, and the space behind the longest of them.
const NAMES: f32 = 62.0;
const BEHIND_NAMES: f32 = 8.0;
/// Size of names.
const NAME: f32 = 12.0;
const SUM_NAME: &str = "Sum";
const RESIDUAL_NAME: &str = "Residual";

/// Size of figures.
const FIGURES: f32 = 11.0;
/// Room of a mean and its SD, each with a sign, three digits and a power of two digits.
const FIGURES_WIDTH: f32 = 158.0;

const SUM: &str = "The sum of learning signal, weight decay, noise and squared step. It is the change of |W|², exactly but \
                   for rounding: |W + u + ε|² − |W|² = 2⟨W, u + ε⟩ + |u + ε|².";

const RESIDUAL: &str = "Observed change minus sum: rounding of single precision, nothing else.";

/// Draws the bars of every balance.
pub fn show(ui: &mut Ui, columns: &Columns, balances: &[Balance], palette: &Palette) {
    let each = ui.available_height() / balances.len().max(1) as f32 - BETWEEN;
    let height = (each / ROWS as f32).floor().clamp(ROW, HIGHEST);
    ScrollArea::vertical().id_salt("force_bars").auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for balance in balances {
            one(ui, &capitalized(&columns.title(balance.layer)), balance, height, palette);
            ui.add_space(BETWEEN);
        }
    });
}

fn one(ui: &mut Ui, title: &str, balance: &Balance, height: f32, palette: &Palette) {
    let scale = numbers::round_up(balance.greatest());
    let ink = ui.visuals().weak_text_color();
    let colors = colors(palette);
    let sizes = Sizes { scale, height, names: names_width(ui) };
    heading(ui, title, balance.layer, &sizes, palette);
    for (i, term) in TERMS.iter().enumerate().take(PARTS) {
        let line = Line { name: term.short, full: term.name, explanation: term.explanation, color: colors[i] };
        row(ui, title, &line, balance.terms[i], &sizes);
    }
    let sum = Line { name: SUM_NAME, full: SUM_NAME, explanation: SUM, color: ink };
    row(ui, title, &sum, balance.sum, &sizes);
    let term = &TERMS[PARTS];
    let line = Line { name: term.short, full: term.name, explanation: term.explanation, color: colors[PARTS] };
    row(ui, title, &line, balance.terms[PARTS], &sizes);
    residual(ui, title, balance, &sizes);
}

/// What is left is rounding, which a bar or digits would give a meaning that it has not: it has a line only when it is more.
fn residual(ui: &mut Ui, title: &str, balance: &Balance, sizes: &Sizes) {
    let height = sizes.height;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let share = balance.residual.map(|residual| residual.mean.abs() / balance.greatest().max(f64::MIN_POSITIVE));
    let text = match share {
        None => "not measured".to_owned(),
        Some(share) if share <= ROUNDING => "none but rounding".to_owned(),
        Some(share) => format!("{:.1} % of the greatest part", 100.0 * share),
    };
    let name = format!("{title}, residual: {text}");
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    let ink = ui.visuals().weak_text_color();
    let painter = ui.painter();
    painter.text(rect.left_center(), Align2::LEFT_CENTER, RESIDUAL_NAME, FontId::proportional(NAME), ink);
    let at = pos2(bars(rect, sizes.names).left(), rect.center().y);
    painter.text(at, Align2::LEFT_CENTER, &text, FontId::proportional(11.0), ink);
    response.on_hover_ui(|ui| {
        ui.strong(format!("Residual: {text}"));
        if let Some(residual) = balance.residual {
            ui.label(format!("{} in the mean over seeds", numbers::signed(residual.mean)));
        }
        ui.label(RESIDUAL);
    });
}

/// Residuals beside the greatest part up to which they are what single precision leaves: some hundred roundings of 6×10⁻⁸.
const ROUNDING: f64 = 1e-5;

struct Line {
    name: &'static str,
    full: &'static str,
    explanation: &'static str,
    color: Color32,
}

/// What the rows of a layer have in common: the value at the bars' ends, their height, and the room of their names.
struct Sizes {
    scale: f64,
    height: f32,
    names: f32,
}

/// Room for the longest name, as the vocabulary has it.
fn names_width(ui: &Ui) -> f32 {
    let ink = ui.visuals().text_color();
    let width = |name: &str| {
        let font = FontId::proportional(NAME);
        ui.painter().layout_no_wrap(words::say(name).into_owned(), font, ink).size().x + BEHIND_NAMES
    };
    TERMS.iter().map(|term| term.short).chain([SUM_NAME, RESIDUAL_NAME]).map(width).fold(NAMES, f32::max)
}

/// Where bars lie between names and figures.
fn bars(rect: Rect, names: f32) -> Rect {
    let figures = FIGURES_WIDTH.min(0.46 * rect.width());
    Rect::from_x_y_ranges(
        rect.left() + names..=(rect.right() - figures).max(rect.left() + names + 20.0),
        rect.y_range(),
    )
}

/// Layer, directions and the value at the bars' ends.
fn heading(ui: &mut Ui, title: &str, layer: usize, sizes: &Sizes, palette: &Palette) {
    let scale = sizes.scale;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW + 1.0), Sense::hover());
    let ink = ui.visuals().weak_text_color();
    let text = numbers::scientific(scale);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{title}, bars to {text}")));
    let room = bars(rect, sizes.names);
    let painter = ui.painter();
    let small = FontId::proportional(11.0);
    let directions =
        |words: [&str; 2]| words.map(|word| painter.layout_no_wrap(word.to_owned(), FontId::monospace(11.0), ink));
    let fits = |words: &[Arc<Galley>; 2], room: Rect| words[0].size().x + words[1].size().x + 8.0 <= room.width();
    let (long, short) = (directions(["← pulls in", "pushes out →"]), directions(["← in", "out →"]));
    let name = painter.layout_no_wrap(words::say(title).into_owned(), small, palette.layer(layer));
    // A name that is longer than the names of the parts takes from the room of the directions.
    let from = room.left().max(rect.left() + name.size().x + 8.0);
    let left = Rect::from_x_y_ranges(from..=room.right().max(from), room.y_range());
    painter.galley(Align2::LEFT_CENTER.anchor_size(rect.left_center(), name.size()).min, name, ink);
    let shown = if fits(&long, left) { Some(long) } else { Some(short).filter(|short| fits(short, left)) };
    if let Some([pulls, pushes]) = shown {
        painter.galley(Align2::LEFT_CENTER.anchor_size(left.left_center(), pulls.size()).min, pulls, ink);
        painter.galley(Align2::RIGHT_CENTER.anchor_size(left.right_center(), pushes.size()).min, pushes, ink);
    }
    painter.text(
        rect.right_center(),
        Align2::RIGHT_CENTER,
        words::say(&format!("|W|² a step, ±{text}")),
        FontId::proportional(11.0),
        ink,
    );
    response.on_hover_text(words::say(&format!(
        "Change of |W|² a step of {}, mean over the last window of steps. A bar reaches its end at ±{text}. \
         Figures are mean and SD over seeds.",
        title.to_lowercase()
    )));
}

fn row(ui: &mut Ui, title: &str, line: &Line, value: Option<Summary>, sizes: &Sizes) {
    let (scale, height) = (sizes.scale, sizes.height);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let text = value
        .map_or_else(|| "not measured".to_owned(), |v| format!("{}, {}", numbers::signed(v.mean), direction(v.mean)));
    let name = format!("{title}, {}: {text}", line.full.to_lowercase());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    let visuals = ui.visuals();
    let (ink, weak) = (visuals.text_color(), visuals.weak_text_color());
    let room = bars(rect, sizes.names);
    let painter = ui.painter();
    if response.hovered() {
        painter.rect_filled(rect, 2.0, visuals.faint_bg_color);
    }
    painter.text(rect.left_center(), Align2::LEFT_CENTER, words::say(line.name), FontId::proportional(NAME), ink);
    let inner = room.shrink2(vec2(2.0, 0.15 * height));
    painter.rect_filled(inner, 0.0, visuals.extreme_bg_color);
    let zero = inner.center().x;
    if let Some(Summary { mean, sd }) = value {
        let place = |value: f64| zero + 0.5 * inner.width() * (value / scale).clamp(-1.0, 1.0) as f32;
        let end = place(mean);
        let bar = Rect::from_x_y_ranges(zero.min(end)..=zero.max(end), inner.y_range());
        painter.rect_filled(bar.shrink2(vec2(0.0, 1.0)), 0.0, line.color);
        if let Some(sd) = sd.filter(|sd| *sd > 0.0) {
            painter.hline(place(mean - sd)..=place(mean + sd), inner.center().y, Stroke::new(1.5, ink));
        }
        let figure = format!("{:>10}", numbers::signed(mean));
        // A part that is off has none.
        let spread = sd.filter(|sd| *sd > 0.0).map_or_else(String::new, |sd| format!("±{}", numbers::measured(sd)));
        let font = FontId::monospace(FIGURES);
        let at =
            painter.text(pos2(room.right() + 4.0, rect.center().y), Align2::LEFT_CENTER, figure, font.clone(), ink);
        painter.text(
            pos2(at.right() + 3.0, rect.center().y),
            Align2::LEFT_CENTER,
            spread,
            FontId::monospace(11.0),
            weak,
        );
    } else {
        painter.text(
            pos2(room.right() + 4.0, rect.center().y),
            Align2::LEFT_CENTER,
            "         –",
            FontId::monospace(FIGURES),
            weak,
        );
    }
    painter.vline(zero, inner.y_range(), Stroke::new(1.0, weak));
    response.on_hover_ui(|ui| {
        ui.strong(words::say(&format!("{}: {text}", line.full)));
        if let Some(sd) = value.and_then(|value| value.sd) {
            ui.label(RichText::new(format!("SD over seeds {}", numbers::measured(sd))));
        }
        ui.label(line.explanation);
    });
}
