//! What a person has picked, the same in every pane.

use std::collections::BTreeSet;

/// Layer, neuron and seed that panes about one of them show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Layer, counted from 1.
    pub layer: usize,
    /// Post-synaptic neuron of that layer, counted from 0.
    pub neuron: Option<usize>,
    /// Place of the seed among those of the run.
    pub seed_index: usize,
}

impl Default for Selection {
    fn default() -> Self {
        // The paper's figures show the second layer.
        Self { layer: 2, neuron: None, seed_index: 0 }
    }
}

impl Selection {
    /// Picks a layer; a neuron of another one is no longer picked.
    pub fn pick_layer(&mut self, layer: usize) {
        if layer != self.layer {
            self.layer = layer;
            self.neuron = None;
        }
    }

    /// Keeps the selection within a run of `layers` layers and `seeds` seeds.
    pub fn fit(&mut self, layers: usize, seeds: usize) {
        if self.layer > layers {
            self.pick_layer(layers.max(1));
        }
        self.seed_index = self.seed_index.min(seeds.saturating_sub(1));
    }
}

/// Controls that a teacher or a tour has put out of sight, by field path, pane or command name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hidden {
    names: BTreeSet<String>,
}

impl Hidden {
    /// From names, as `--hide` takes them.
    #[must_use]
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self { names: names.into_iter().collect() }
    }

    /// Hides one more.
    pub fn hide(&mut self, name: &str) {
        self.names.insert(name.to_owned());
    }

    /// Whether a control is to be shown. A name hides everything below it: `noise` hides `noise.weight_sd`.
    #[must_use]
    pub fn shows(&self, name: &str) -> bool {
        !self.names.iter().any(|hidden| {
            name == hidden || name.strip_prefix(hidden.as_str()).is_some_and(|rest| rest.starts_with('.'))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_hides_its_fields() {
        let hidden = Hidden::new(["noise".to_owned(), "rule.clip".to_owned()]);
        assert!(!hidden.shows("noise.weight_sd") && !hidden.shows("rule.clip"));
        assert!(hidden.shows("rule.learning_rate") && hidden.shows("noises"));
    }

    #[test]
    fn a_selection_stays_within_the_run() {
        let mut selection = Selection { layer: 5, neuron: Some(3), seed_index: 7 };
        selection.fit(3, 2);
        assert_eq!(selection, Selection { layer: 3, neuron: None, seed_index: 1 });
    }
}
