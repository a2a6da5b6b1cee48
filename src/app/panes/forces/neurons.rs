//! A stacked signed bar for each neuron: what its weights are pushed and pulled by.

use eframe::egui::{Align2, FontId, PointerButton, Pos2, Rect, ScrollArea, Sense, Stroke, Ui, pos2, vec2};

use super::terms::{PARTS, TERMS, colors, direction};
use crate::app::look::numbers;
use crate::app::look::spoken::Picture;
use crate::app::look::theme::Palette;
use crate::app::look::words;

/// Narrower bars cannot be hit; a layer of more neurons scrolls.
const LEAST_BAR: f32 = 2.0;

/// Widest bars.
const MOST_BAR: f32 = 24.0;

/// Order of the neurons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForceSort {
    /// By number.
    #[default]
    Index,
    /// By the sum of the parts, the greatest first.
    Sum,
}

/// Sum of the parts of one neuron.
#[must_use]
pub fn sum(parts: &[f32; PARTS]) -> f64 {
    parts.iter().map(|&part| f64::from(part)).sum()
}

/// Neurons in an order.
#[must_use]
pub fn order(forces: &[[f32; PARTS]], sort: ForceSort) -> Vec<usize> {
    let mut neurons: Vec<usize> = (0..forces.len()).collect();
    if sort == ForceSort::Sum {
        neurons.sort_by(|&a, &b| sum(&forces[b]).total_cmp(&sum(&forces[a])));
    }
    neurons
}

/// Greatest height of a stack of either sign.
fn greatest(forces: &[[f32; PARTS]]) -> f64 {
    let stack = |parts: &[f32; PARTS], sign: f64| {
        parts.iter().map(|&part| (sign * f64::from(part)).max(0.0)).filter(|part| part.is_finite()).sum::<f64>()
    };
    forces.iter().flat_map(|parts| [stack(parts, 1.0), stack(parts, -1.0)]).fold(0.0, f64::max)
}

/// Draws the bars; returns the neuron that was clicked.
pub fn show(
    ui: &mut Ui,
    layer: usize,
    forces: &[[f32; PARTS]],
    sort: ForceSort,
    picked: Option<usize>,
    palette: &Palette,
) -> Option<usize> {
    let order = order(forces, sort);
    let scale = numbers::round_up(greatest(forces));
    legend(ui, scale, palette);
    let size = vec2(ui.available_width(), (ui.available_height() - 4.0).max(60.0));
    let bar = (size.x / order.len().max(1) as f32).clamp(LEAST_BAR, MOST_BAR);
    let width = (bar * order.len() as f32).max(1.0);
    ScrollArea::horizontal()
        .id_salt("neuron_forces")
        .auto_shrink([false, false])
        .show(ui, |ui| {
            let height = if width > size.x { size.y - 10.0 } else { size.y };
            let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::click());
            let name = format!("Forces on the neurons of layer {layer}");
            let summary = || {
                let sums: Vec<f32> = forces.iter().map(|parts| parts.iter().sum()).collect();
                let [all, grow, shrink] = [
                    forces.len(),
                    sums.iter().filter(|sum| **sum > 0.0).count(),
                    sums.iter().filter(|sum| **sum < 0.0).count(),
                ]
                .map(|count| numbers::count(count as u64));
                format!("{all} neurons: the weights of {grow} grow, those of {shrink} shrink")
            };
            Picture::new(name, &summary).tell(&response);
            let at = |position: Pos2| order.get(((position.x - rect.left()) / bar).max(0.0) as usize).copied();
            let hovered = response.hover_pos().and_then(at);
            draw(ui, rect, bar, forces, &order, scale, [hovered, picked], palette);
            let clicked = response.clicked_by(PointerButton::Primary).then_some(hovered).flatten();
            if let Some(neuron) = hovered {
                response.on_hover_ui_at_pointer(|ui| tooltip(ui, neuron, &forces[neuron]));
            }
            clicked
        })
        .inner
}

/// Names of the colours, and the value at the bars' ends.
fn legend(ui: &mut Ui, scale: f64, palette: &Palette) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 0.0);
        for (term, color) in TERMS.iter().zip(colors(palette)).take(PARTS) {
            let (rect, _) = ui.allocate_exact_size(vec2(9.0, 9.0), Sense::hover());
            ui.painter().rect_filled(rect, 1.0, color);
            ui.small(words::say(term.short)).on_hover_text(words::say(term.explanation));
            ui.add_space(4.0);
        }
        ui.small("─ sum")
            .on_hover_text(words::say("The sum of the parts: the change of the squared norm of the neuron's weights."));
        ui.add_space(4.0);
        ui.small(words::say(&format!("|w|² a step, ±{}", numbers::scientific(scale)))).on_hover_text(words::say(
            "Mean over the last window of steps that has closed, of the seed whose neurons are followed.",
        ));
    });
}

#[expect(clippy::too_many_arguments, reason = "one call, and each is drawn")]
fn draw(
    ui: &Ui,
    rect: Rect,
    bar: f32,
    forces: &[[f32; PARTS]],
    order: &[usize],
    scale: f64,
    marked: [Option<usize>; 2],
    palette: &Palette,
) {
    let visuals = ui.visuals();
    let (ink, weak) = (visuals.strong_text_color(), visuals.weak_text_color());
    let painter = ui.painter();
    painter.rect_filled(rect, 2.0, visuals.extreme_bg_color);
    let zero = rect.center().y;
    let unit = 0.5 * (rect.height() - 4.0) / scale as f32;
    let colors = colors(palette);
    let gap = if bar >= 4.0 { 1.0 } else { 0.0 };
    for (place, &neuron) in order.iter().enumerate() {
        let left = rect.left() + place as f32 * bar;
        let column = left..=left + bar - gap;
        if marked.contains(&Some(neuron)) {
            let color =
                if marked[1] == Some(neuron) { palette.accent.gamma_multiply(0.5) } else { visuals.faint_bg_color };
            painter.rect_filled(Rect::from_x_y_ranges(left..=left + bar, rect.y_range()), 0.0, color);
        }
        let mut ends = [zero; 2];
        for (&part, color) in forces[neuron].iter().zip(colors).filter(|(part, _)| part.is_finite()) {
            let end = &mut ends[usize::from(part < 0.0)];
            let next = *end - part * unit;
            painter.rect_filled(Rect::from_x_y_ranges(column.clone(), end.min(next)..=end.max(next)), 0.0, color);
            *end = next;
        }
        let sum = zero - sum(&forces[neuron]) as f32 * unit;
        if sum.is_finite() {
            painter.hline(column, sum, Stroke::new(1.5, ink));
        }
    }
    painter.hline(rect.x_range(), zero, Stroke::new(1.0, weak));
    let font = FontId::proportional(11.0);
    painter.text(pos2(rect.left() + 6.0, rect.top() + 3.0), Align2::LEFT_TOP, "pushes out", font.clone(), weak);
    painter.text(pos2(rect.left() + 6.0, rect.bottom() - 3.0), Align2::LEFT_BOTTOM, "pulls in", font, weak);
}

fn tooltip(ui: &mut Ui, neuron: usize, parts: &[f32; PARTS]) {
    ui.strong(format!("Neuron {}", neuron + 1));
    for (term, &part) in TERMS.iter().zip(parts) {
        ui.monospace(format!("{:<16}{:>11}", term.name, numbers::signed(f64::from(part))));
    }
    let sum = sum(parts);
    ui.monospace(format!("{:<16}{:>11}", "Sum", numbers::signed(sum)));
    ui.weak(format!("In all: {}.", direction(sum)));
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORCES: [[f32; 4]; 3] = [[1.0, -2.0, 0.0, 0.5], [3.0, -1.0, 0.25, 0.5], [0.0, -4.0, 0.0, 0.0]];

    #[test]
    fn neurons_are_sorted_by_their_sum() {
        assert_eq!(order(&FORCES, ForceSort::Index), [0, 1, 2]);
        assert_eq!(order(&FORCES, ForceSort::Sum), [1, 0, 2]);
    }

    #[test]
    fn the_scale_holds_stacks_of_either_sign() {
        assert!((greatest(&FORCES) - 4.0).abs() < 1e-12);
        assert!((greatest(&FORCES[1..2]) - 3.75).abs() < 1e-12);
        assert_eq!(greatest(&[[f32::NAN; 4]]), 0.0);
    }
}
