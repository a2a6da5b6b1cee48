//! What controls stand under and in: headings with the word that explains them, and the frame of one that is pointed at.

use eframe::egui::{RichText, Stroke, StrokeKind, Ui, vec2};

use crate::app::look::glossary;
use crate::app::look::glossary::Term;
use crate::app::look::theme;
use crate::app::look::words;

/// A heading with a line to the edge, which tells it from the labels below.
pub(super) fn heading(ui: &mut Ui, name: &str) {
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        ui.set_height(20.0);
        let text = RichText::new(words::say(name)).text_style(theme::title_style()).strong();
        match headed(name) {
            Some(term) => glossary::label(ui, text, term),
            None => ui.label(text),
        };
        let (from, line) = (ui.cursor().min.x, ui.visuals().widgets.noninteractive.bg_stroke);
        let y = ui.max_rect().center().y;
        ui.painter().hline(from..=ui.max_rect().right(), y, line);
    });
}

/// The word that explains a heading.
fn headed(name: &str) -> Option<Term> {
    Some(match name {
        "Decay, noise, learning rate" | "Regularisation" => Term::WeightDecay,
        "Other noise" => Term::Noise,
        "Optimisation" => Term::LearningRate,
        "Rule" => Term::LearningRule,
        _ => return None,
    })
}

/// Draws a control, framed while a tour points at it.
pub(super) fn highlighted(ui: &mut Ui, is_on: bool, content: impl FnOnce(&mut Ui)) {
    let response = ui.scope(content).response;
    if is_on {
        let accent = theme::Palette::of(ui.ctx().theme()).warning;
        let rect = response.rect.expand2(vec2(6.0, 3.0));
        ui.painter().rect_stroke(rect, 5.0, Stroke::new(2.0, accent), StrokeKind::Outside);
        // Once, or nobody could scroll away from it.
        let frame = ui.ctx().cumulative_frame_nr();
        let id = response.id.with("highlighted");
        let last = ui.data_mut(|data| std::mem::replace(data.get_temp_mut_or_default::<u64>(id), frame));
        if last + 1 < frame {
            response.scroll_to_me(None);
        }
    }
}
