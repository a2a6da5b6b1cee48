//! Which layers' curves are in sight: all of a few, and at first a choice of many, which would cover each other.

use std::collections::BTreeSet;

use crate::experiment::{Experiment, MapKind};

/// Curves that can be told apart: as many as layers have colours of their own.
pub const READABLE: usize = 8;

/// Fully connected layers behind convolutions or an encoder that are among them; they are what the paper's figures show.
const HEAD: usize = 4;

/// Layers that a person or the first sight has hidden.
#[derive(Default)]
pub struct LayerSight {
    hidden: BTreeSet<usize>,
    /// The layers that it was made for.
    of: Vec<String>,
}

impl LayerSight {
    /// Takes up the layers of a run: of the same network what was chosen stays as it is.
    pub fn fit(&mut self, experiment: &Experiment) {
        let maps = experiment.maps();
        let layers = experiment.measured_layers();
        let titles: Vec<String> =
            layers.iter().filter_map(|layer| maps.get(layer - 1)).map(|map| map.title()).collect();
        if titles == self.of {
            return;
        }
        self.of = titles;
        let is_whole = |layer: usize| maps.get(layer - 1).is_some_and(|map| map.kind == MapKind::Linear);
        let shown = first_shown(&layers, is_whole);
        self.hidden = layers.into_iter().filter(|layer| !shown.contains(layer)).collect();
    }

    /// Whether a layer's curves are in sight.
    #[must_use]
    pub fn shows(&self, layer: usize) -> bool {
        !self.hidden.contains(&layer)
    }

    /// The hidden ones, to be changed in a legend.
    pub fn hidden(&mut self) -> &mut BTreeSet<usize> {
        &mut self.hidden
    }
}

/// All of a few layers; of many the last fully connected ones, and as many others, evenly spaced, as are readable.
fn first_shown(layers: &[usize], is_whole: impl Fn(usize) -> bool) -> BTreeSet<usize> {
    // As many as have a row of names and no list of their own.
    if layers.len() <= 2 * READABLE && layers.iter().all(|layer| is_whole(*layer)) || layers.len() <= READABLE {
        return layers.iter().copied().collect();
    }
    let mut shown: BTreeSet<usize> = layers.iter().rev().copied().filter(|layer| is_whole(*layer)).take(HEAD).collect();
    let others: Vec<usize> = layers.iter().copied().filter(|layer| !shown.contains(layer)).collect();
    let room = READABLE - shown.len();
    let last = others.len().saturating_sub(1);
    shown.extend((0..room).filter_map(|i| others.get(i * last / (room - 1).max(1))));
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::resolve;

    fn shown(preset: &str) -> Vec<usize> {
        let experiment = resolve(preset, &[]).expect("a preset");
        let mut sight = LayerSight::default();
        sight.fit(&experiment);
        experiment.measured_layers().into_iter().filter(|layer| sight.shows(*layer)).collect()
    }

    #[test]
    fn few_layers_are_all_in_sight() {
        assert_eq!(shown("sre"), [1, 2, 3]);
        assert_eq!(shown("cnn"), [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn of_many_layers_a_readable_choice_with_the_head_is() {
        let resnet = shown("resnet-18");
        assert_eq!(resnet.len(), READABLE);
        assert!(resnet[0] == 1 && resnet.ends_with(&[21, 22, 23]), "{resnet:?}");
        // The paper's second layer of a transformer is the head's second.
        let transformer = shown("sre-transformer");
        assert!(transformer.len() == READABLE && transformer.ends_with(&[13, 14, 15]), "{transformer:?}");
    }

    #[test]
    fn a_choice_outlives_a_reset_and_not_another_network() {
        let (one, other) = (resolve("sre", &[]).expect("a preset"), resolve("cnn", &[]).expect("a preset"));
        let mut sight = LayerSight::default();
        sight.fit(&one);
        sight.hidden().insert(2);
        sight.fit(&one);
        assert!(!sight.shows(2));
        sight.fit(&other);
        assert!(sight.shows(2));
    }
}
