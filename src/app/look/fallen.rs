//! Collapsed layers in words: for messages, the bar at the bottom, plots and readouts.

use super::numbers;
use crate::record::{Collapse, CollapseCause};
use crate::training::Branch;

/// What became of a layer in some seeds, told in one message.
#[derive(Debug)]
pub(in crate::app) struct Told {
    branch: Branch,
    layer: usize,
    /// Why it collapsed; `None` where it has grown back.
    cause: Option<CollapseCause>,
    seeds: Vec<u64>,
    steps: (u64, u64),
    pub(in crate::app) text: String,
}

impl Told {
    pub(in crate::app) fn new(branch: Branch, cause: Option<CollapseCause>, layer: usize) -> Self {
        Self { branch, layer, cause, seeds: Vec::new(), steps: (u64::MAX, 0), text: String::new() }
    }

    pub(in crate::app) fn is_of(&self, branch: Branch, layer: usize) -> bool {
        (self.branch, self.layer) == (branch, layer)
    }

    pub(in crate::app) fn cause(&self) -> Option<CollapseCause> {
        self.cause
    }

    /// Adds a seed and puts the whole into words.
    pub(in crate::app) fn add(&mut self, seed: u64, step: u64) {
        if !self.seeds.contains(&seed) {
            self.seeds.push(seed);
        }
        self.steps = (self.steps.0.min(step), self.steps.1.max(step));
        let (first, last) = (numbers::count(self.steps.0), numbers::count(self.steps.1));
        let when =
            if self.steps.0 == self.steps.1 { format!("step {first}") } else { format!("steps {first} to {last}") };
        let twin = if self.branch == Branch::B { "Twin B: layer" } else { "Layer" };
        let (layer, seeds) = (self.layer, list(&self.seeds));
        self.text = match self.cause {
            Some(cause) => {
                let (words, advice) = (cause.words(), advice(cause));
                format!("{twin} {layer} collapsed at {when} ({seeds}): {words}. {advice}")
            }
            None => format!("{twin} {layer} has grown back at {when} ({seeds})."),
        };
    }
}

/// What a person can do about it.
#[must_use]
pub fn advice(cause: CollapseCause) -> &'static str {
    match cause {
        CollapseCause::Weights => "Lower weight decay; what does not grow back then needs a Reset.",
        CollapseCause::Signal | CollapseCause::Hebbian => {
            "Its units, or those beyond it, have fallen silent: lower the learning rate or the decay, then Reset."
        }
    }
}

/// What the readout of a layer says.
pub struct Tag {
    /// Beside the layer's name.
    pub text: String,
    /// On hover: seeds, steps, cause and advice.
    pub explanation: String,
}

/// What is to be said of a layer after `step` steps of `seeds` seeds; `None` where it has not collapsed.
#[must_use]
pub fn tag(collapses: &[Collapse], layer: usize, step: u64, seeds: usize) -> Option<Tag> {
    let now: Vec<&Collapse> = collapses.iter().filter(|one| one.layer == layer && one.is_at(step)).collect();
    let cause = now.first()?.cause;
    let text = if now.len() >= seeds { "collapsed".to_owned() } else { format!("{} of {seeds} collapsed", now.len()) };
    let each = now.iter().map(|one| format!("Seed {}: since step {}.", one.seed, numbers::count(one.step)));
    let each = each.take(8).collect::<Vec<_>>().join(" ");
    let rest = if now.len() > 8 { format!(" And {} more.", now.len() - 8) } else { String::new() };
    let explanation = format!(
        "Collapsed: {}. What is left has an angle, but computes nothing. {} {each}{rest}",
        cause.words(),
        advice(cause)
    );
    Some(Tag { text, explanation })
}

/// Collapses of one layer that stand under one mark.
pub struct Fall {
    /// Layer, counted from 1.
    pub layer: usize,
    /// First step of any seed.
    pub step: u64,
    /// `layer 2 collapsed`, with the seeds where they are not all.
    pub label: String,
}

/// Marks of the collapses, one a layer for all seeds that follow each other with less than `apart` between; `apart`
/// tells from two steps whether they stand under one mark.
#[must_use]
pub fn falls(collapses: &[Collapse], seeds: usize, apart: impl Fn(u64, u64) -> bool) -> Vec<Fall> {
    let mut groups: Vec<(usize, u64, u64, Vec<u64>)> = Vec::new();
    for one in collapses {
        match groups.iter_mut().rfind(|group| group.0 == one.layer) {
            Some((_, _, last, members)) if !apart(*last, one.step) => {
                *last = one.step;
                if !members.contains(&one.seed) {
                    members.push(one.seed);
                }
            }
            _ => groups.push((one.layer, one.step, one.step, vec![one.seed])),
        }
    }
    let label = |layer: usize, members: &[u64]| {
        if members.len() >= seeds {
            format!("layer {layer} collapsed")
        } else {
            format!("layer {layer} collapsed ({} of {seeds} seeds)", members.len())
        }
    };
    groups.into_iter().map(|(layer, step, _, members)| Fall { layer, step, label: label(layer, &members) }).collect()
}

/// The collapsed layers in one short text; `None` where all are well.
#[must_use]
pub fn summary(collapses: &[Collapse]) -> Option<String> {
    let mut layers: Vec<usize> = collapses.iter().filter(|one| one.until.is_none()).map(|one| one.layer).collect();
    layers.sort_unstable();
    layers.dedup();
    match &layers[..] {
        [] => None,
        [one] => Some(format!("Layer {one} collapsed")),
        [many @ .., last] => {
            let many: Vec<String> = many.iter().map(ToString::to_string).collect();
            Some(format!("Layers {} and {last} collapsed", many.join(", ")))
        }
    }
}

fn list(seeds: &[u64]) -> String {
    match seeds {
        [one] => format!("seed {one}"),
        many if many.len() <= 6 => {
            format!("seeds {}", many.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
        }
        many => format!("{} seeds", many.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collapse(seed: u64, layer: usize, step: u64, until: Option<u64>) -> Collapse {
        Collapse { seed, layer, cause: CollapseCause::Weights, step, until }
    }

    #[test]
    fn a_readout_says_it_while_it_is_so() {
        let all = [collapse(0, 2, 100, Some(200)), collapse(1, 2, 120, None)];
        let text = |step| tag(&all, 2, step, 2).map(|tag| tag.text);
        assert_eq!(
            [99, 100, 150, 250].map(text),
            [
                None,
                Some("1 of 2 collapsed".to_owned()),
                Some("collapsed".to_owned()),
                Some("1 of 2 collapsed".to_owned()),
            ]
        );
        assert!(tag(&all, 1, 150, 2).is_none());
        let said = tag(&all, 2, 250, 2).map(|tag| tag.explanation).unwrap_or_default();
        assert!(said.contains("Seed 1: since step 120.") && said.contains("Lower weight decay"), "{said}");
    }

    #[test]
    fn seeds_of_a_layer_share_a_mark_unless_far_apart() {
        let all =
            [collapse(0, 1, 10, None), collapse(0, 2, 12, None), collapse(1, 1, 15, None), collapse(1, 2, 90, None)];
        let marks = falls(&all, 2, |a, b| b - a > 20);
        let marks: Vec<_> = marks.iter().map(|fall| (fall.step, fall.label.as_str())).collect();
        let half = "layer 2 collapsed (1 of 2 seeds)";
        assert_eq!(marks, [(10, "layer 1 collapsed"), (12, half), (90, half)]);
        assert_eq!(summary(&all).as_deref(), Some("Layers 1 and 2 collapsed"));
    }
}
