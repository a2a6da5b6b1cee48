//! What a rule is made of and what it costs, in plain words.

use eframe::egui::{CollapsingHeader, Label, RichText, TextStyle, Ui};

use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::expression::Explanation;
use crate::expression::explain::{StateWords, TermWords};

/// Draws what a rule is made of; `None` while it cannot be read.
pub fn ui(ui: &mut Ui, explanation: Option<&Explanation>, has_biases: bool) {
    CollapsingHeader::new("What this rule is made of").id_salt("rule made of").default_open(true).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        let Some(explanation) = explanation else {
            let ink = ui.visuals().weak_text_color();
            ui.add(Label::new(RichText::new("It is told once the rule can be read.").color(ink)).wrap());
            return;
        };
        terms(ui, "a weight", &explanation.terms);
        match &explanation.bias_terms[..] {
            [] if has_biases => line(ui, "Biases do not learn."),
            [] => {}
            of_biases => terms(ui, "a bias", of_biases),
        }
        for state in &explanation.states {
            line(ui, &words_of_state(state));
        }
        for need in &explanation.needs {
            let cost = if need.backward { ", for which errors are propagated back" } else { "" };
            line(ui, &format!("{}: {}{cost}.", need.name, need.meaning));
        }
        line(ui, &costs(explanation));
        for name in &explanation.unused {
            let color = Palette::of(ui.ctx().theme()).warning;
            ui.add(Label::new(RichText::new(format!("Nothing reads {name}.")).color(color)).wrap());
        }
    });
}

fn line(ui: &mut Ui, text: &str) {
    ui.add(Label::new(words::say(text)).wrap());
}

fn terms(ui: &mut Ui, whose: &str, terms: &[TermWords]) {
    line(ui, &introduction(whose, terms.len()));
    for term in terms {
        let text = RichText::new(words_of_term(term)).text_style(TextStyle::Monospace);
        ui.indent(("rule term", whose, &term.post, &term.pre, &term.synapse), |ui| ui.add(Label::new(text).wrap()));
    }
}

fn introduction(whose: &str, count: usize) -> String {
    let of = if count == 1 { "is".to_owned() } else { format!("is the sum of {count} terms") };
    format!("The signal of {whose} {of}, with ⟨ ⟩ the mean over samples:")
}

fn words_of_term(term: &TermWords) -> String {
    let mean = match (&term.post, &term.pre) {
        (Some(post), Some(pre)) => format!("⟨ {} × {} ⟩", grouped(post), grouped(pre)),
        (Some(side), None) | (None, Some(side)) => format!("⟨ {side} ⟩"),
        (None, None) => return term.synapse.clone().unwrap_or_else(|| "1".to_owned()),
    };
    match &term.synapse {
        Some(factor) => format!("{mean} × {}", grouped(factor)),
        None => mean,
    }
}

/// A factor in parentheses, unless it is a single name or call.
fn grouped(text: &str) -> String {
    if text.contains(' ') || text.starts_with('-') { format!("({text})") } else { text.to_owned() }
}

fn words_of_state(state: &StateWords) -> String {
    let StateWords { name, of, rate, shape } = state;
    format!("{name}: running average of {of}, {shape}; each step it moves by {rate} of the way to the batch's mean.")
}

fn costs(explanation: &Explanation) -> String {
    let products = match explanation.products {
        0 => "no product over samples".to_owned(),
        1 => "1 product over samples, which takes about as long as a forward pass".to_owned(),
        many => format!("{many} products over samples, each of which takes about as long as a forward pass"),
    };
    let operations = match explanation.operations_a_synapse {
        0 => String::new(),
        1 => "; and 1 operation a synapse".to_owned(),
        many => format!("; and {many} operations a synapse"),
    };
    format!("Costs a step: {products}{operations}.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::Rule;
    use crate::expression::library::KnownRule;

    fn explained(name: &str) -> Explanation {
        let known = KnownRule::named(name).expect("in the library");
        Rule::check(&known.text()).expect("it can be run").explain()
    }

    #[test]
    fn rules_are_told_in_plain_words() {
        let oja = explained("oja");
        let terms: Vec<String> = oja.terms.iter().map(words_of_term).collect();
        assert_eq!(terms, ["⟨ post × pre ⟩", "⟨ post^2 ⟩ × (-w)"]);
        assert!(introduction("a weight", terms.len()).starts_with("The signal of a weight is the sum of 2 terms"));
        let bcm = explained("bcm");
        let state = words_of_state(&bcm.states[0]);
        assert!(state.starts_with("theta: running average of act^2, one number a post-synaptic neuron"), "{state}");
        assert!(costs(&bcm).starts_with("Costs a step: 1 product over samples"), "{}", costs(&bcm));
    }
}
