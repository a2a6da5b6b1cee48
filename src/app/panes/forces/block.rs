//! The theory beside the balance: what it predicts of a stationary layer, what is measured, and whether it applies now.

use eframe::egui::{Color32, FontId, Grid, Response, RichText, ScrollArea, Ui};

use super::header::Choices;
use crate::app::look::glossary;
use crate::app::look::glossary::Term;
use crate::app::look::numbers;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::panes::parts::readout::REST;
use crate::app::view::View;
use crate::experiment::RuleKind;
use crate::theory::{Comparison, Law, PREMISE_LIMIT, comparisons, premise};
use crate::training::{Expectations, LayerExpectations, LayerRest, RunState};

/// Width that the block needs.
pub const WIDTH: f32 = 368.0;

/// Batches that are quick enough for a run that goes on.
pub const FEW: u64 = 8;

/// Size of figures.
const FIGURES: f32 = 11.0;

/// Name that fits the table, and what a law says in symbols.
#[must_use]
pub fn law(law: Law) -> (&'static str, &'static str) {
    match law {
        Law::Outward => (
            "Outward push",
            "⟨W, E g⟩ = γ ⟨W, D W⟩, for uniform decay γ Tr W Wᵀ (eq. 6): the mean learning signal pushes the weights \
             outwards as much as decay pulls them in.",
        ),
        Law::PerExample => (
            "Lemma 1",
            "C = E⟨g(x), H(x)⟩ = γ E|h_a|² Tr W Wᵀ (eq. 8, Lemma 1): signal and Hebbian update of the same example \
             correlate. The signal is taken before clipping. Holds as far as |h_a|² is the same for all examples.",
        ),
        Law::Mean => (
            "Mean product",
            "⟨E g, E H⟩ = γ ⟨D W, E H⟩ (eq. 11 and 12), which is γ E|h_b|² for uniform decay and a layer without biases: \
             the mean signal has a part along the mean Hebbian update.",
        ),
        Law::Cosine => (
            "Cosine",
            "cos(E g, E H) against cos(D W, E H), which it has at exact stationarity (eq. 10). The latter is below 1 as E \
             H is not proportional to W.",
        ),
    }
}

/// Batches to ask for: few while the run goes on.
#[must_use]
pub fn wanted(state: RunState, choices: &Choices) -> u64 {
    if choices.whole_set && state != RunState::Running { 0 } else { FEW }
}

/// Draws the block for one layer; the batches are chosen in it.
pub fn show(ui: &mut Ui, view: &View<'_>, choices: &mut Choices, layer: usize, palette: &Palette) {
    let made = view.link.expectations();
    batches(ui, choices);
    let Some(made) = made else {
        ui.weak("Expectations appear here in a moment.");
        return;
    };
    let Some(own) = made.layers.iter().find(|own| own.layer == layer) else { return };
    stationarity(ui, view, own, palette);
    ui.add_space(2.0);
    table(ui, own, made.experiment.rule.kind);
    ui.add_space(2.0);
    small(ui, &words::say(&source(&made))).on_hover_text(words::say("E averages over these examples at the weights of this step, without noise. While the run goes on, 8 batches are \
         averaged once a second; a pass over the training set waits until it is paused."));
}

fn batches(ui: &mut Ui, choices: &mut Choices) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        ui.strong("Theory");
        ui.add_space(6.0);
        let few = ui.selectable_label(!choices.whole_set, words::say("8 batches"));
        let few = few.on_hover_text(words::say("Averages over the 8 batches that come next: quick, with the noise of few examples."));
        if few.accessible_name("Theory over 8 batches").clicked() {
            choices.whole_set = false;
        }
        let whole = ui.selectable_label(choices.whole_set, "Whole training set").on_hover_text(words::say("Averages over one pass while the run is paused, and over 8 batches while it goes on. Examples that fill no \
             batch are left out."));
        if whole.accessible_name("Theory over the whole training set").clicked() {
            choices.whole_set = true;
        }
    });
}

/// Whether the layer is at rest, and how far mean signal and decay are from balance, in a sentence. Stationary, as the theorem has
/// it, is a layer of which both is so.
#[must_use]
pub fn verdict(layer: &LayerExpectations, rest: Option<&LayerRest>, step: u64) -> String {
    let percent = |gap: f64| {
        let percent = 100.0 * gap;
        if percent < 10.0 {
            format!("{percent:.1}")
        } else if percent < 9999.5 {
            format!("{percent:.0}")
        } else {
            numbers::scientific(percent)
        }
    };
    match premise(layer).gap {
        None if layer.decay == 0.0 => "No weight decay (γ = 0): the theorem says nothing.".into(),
        None => "The weights are zero: the theorem says nothing.".into(),
        Some(gap) => {
            let gap = percent(gap);
            let since = rest.filter(|rest| rest.is_at(step)).and_then(|rest| rest.since).map(numbers::count);
            match (since, premise(layer).holds()) {
                (Some(since), true) => format!("Stationary: at rest since step {since} (gap {gap} % of decay)"),
                (Some(since), false) => format!("At rest since step {since}, not balanced (gap {gap} % of decay)"),
                (None, _) => format!("Not at rest yet (gap {gap} % of decay)"),
            }
        }
    }
}

fn stationarity(ui: &mut Ui, view: &View<'_>, layer: &LayerExpectations, palette: &Palette) {
    let status = view.link.status();
    let step = status.looking_at.unwrap_or(status.step);
    let rest = status.rest.iter().find(|rest| rest.layer == layer.layer);
    let holds = premise(layer).holds() && rest.is_some_and(|rest| rest.is_at(step));
    let color = if holds { palette.layer(3) } else { palette.warning };
    let windowed = {
        let metrics = view.link.metrics();
        let store = metrics.lock();
        let column = store.columns().index(&format!("stationarity_gap_{}", layer.layer));
        let seed = view.selection.seed_index;
        column.and_then(|column| store.latest_defined(column, seed)).map(|(_, gap)| f64::from(gap))
    };
    let verdict =
        glossary::label(ui, RichText::new(words::say(&verdict(layer, rest, step))).color(color), Term::Stationary);
    verdict.on_hover_ui(|ui| {
        ui.label(REST);
        ui.label(words::say(&format!(
            "The theorem's premise is balance, E g = γ D W. The gap is |E g − γ D W| = {}, and γ |D W| = {}; it counts as \
             balanced below {:.0} % (chosen here). A layer that is at rest and balanced is stationary.",
            numbers::measured(layer.gap),
            numbers::measured(layer.decay_norm),
            100.0 * PREMISE_LIMIT,
        )));
        if let Some(gap) = windowed {
            ui.label(words::say(&format!(
                "Averaged over the last window of training steps instead, the gap was {}.",
                numbers::measured(gap)
            )));
        }
    });
}

fn table(ui: &mut Ui, layer: &LayerExpectations, rule: RuleKind) {
    ScrollArea::horizontal().id_salt("theory_table").auto_shrink([false, true]).show(ui, |ui| {
        Grid::new("theory").num_columns(4).min_col_width(0.0).min_row_height(15.0).spacing([5.0, 1.0]).show(ui, |ui| {
            ui.label("");
            for name in ["predicted", "measured", "residual"] {
                let name = RichText::new(format!("{name:>11}")).font(FontId::monospace(FIGURES));
                ui.label(name.color(ui.visuals().weak_text_color()));
            }
            ui.end_row();
            for comparison in comparisons(layer) {
                row(ui, &comparison, layer, rule);
                if comparison.law == Law::PerExample {
                    variation(ui, layer);
                }
            }
        });
    });
}

fn row(ui: &mut Ui, comparison: &Comparison, layer: &LayerExpectations, rule: RuleKind) {
    let (name, meaning) = law(comparison.law);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.label(RichText::new(name).size(12.0)).on_hover_text(words::say(meaning));
        small(ui, comparison.equation.split(',').next().unwrap_or_default());
    });
    let blank = match (comparison.measured, comparison.law) {
        (None, Law::PerExample) => Some(no_examples(rule)),
        (None, _) => Some("Undefined: one of the two is zero."),
        _ => None,
    };
    let silent = (layer.decay == 0.0).then_some("Without weight decay the theorem says nothing.");
    let write =
        |value: f64| if comparison.law == Law::Cosine { numbers::cosine(value) } else { numbers::signed(value) };
    figure(ui, comparison.predicted.map(write), silent.or(blank));
    figure(ui, comparison.measured.map(write), blank);
    let residual = figure(ui, comparison.residual().map(write), silent.or(blank));
    if let Some(relative) = comparison.relative_residual() {
        residual.on_hover_text(format!("Measured minus predicted: {:+.1} % of the prediction.", 100.0 * relative));
    }
    ui.end_row();
}

/// Why there is no value example by example.
fn no_examples(rule: RuleKind) -> &'static str {
    match rule {
        RuleKind::RandomNn => {
            "Blank: the signal of RandomNN comes from the batch as a whole and not from single examples."
        }
        _ => "Blank: this rule has no error of single examples that could be multiplied with their Hebbian update.",
    }
}

/// How far Lemma 1's assumption is from true, right below it.
fn variation(ui: &mut Ui, layer: &LayerExpectations) {
    let hint = "SD over mean of |h_a|² over examples. Lemma 1 takes it to be 0; the further from 0, the less its \
                prediction has to hold.";
    small(ui, "   CV of |h_a|²").on_hover_text(words::say(hint));
    ui.label("");
    figure(ui, layer.input_square_cv.map(|cv| format!("{cv:.3}")), None).on_hover_text(words::say(hint));
    ui.label("");
    ui.end_row();
}

fn figure(ui: &mut Ui, text: Option<String>, blank: Option<&str>) -> Response {
    let ink = if text.is_some() { ui.visuals().text_color() } else { ui.visuals().weak_text_color() };
    let shown = text.unwrap_or_else(|| "–".into());
    let label = ui.label(RichText::new(format!("{shown:>11}")).font(FontId::monospace(FIGURES)).color(ink));
    match blank {
        Some(reason) => label.on_hover_text(words::say(reason)),
        None => label,
    }
}

fn source(made: &Expectations) -> String {
    let over = if made.asked == 0 { "whole training set" } else { "8 batches" };
    format!(
        "Step {}, seed {}, {} examples ({over})",
        numbers::count(made.step),
        made.seed,
        numbers::count(made.examples)
    )
}

fn small(ui: &mut Ui, text: &str) -> Response {
    let ink: Color32 = ui.visuals().weak_text_color();
    ui.label(RichText::new(text).size(11.0).color(ink))
}
