//! Checks of how many items lists have, before anything is made of each of them.

use super::config::Experiment;
use super::error::ConfigError;
use super::fields::field;
use super::model::Model;
use crate::expression::{MAX_PARAMETERS, MAX_STATES};

/// Most layers of a network, and of each of its parts.
pub(super) const MOST_LAYERS: usize = 64;
/// Most items of a list of or for layers, which is then compared with how many there are.
const MOST_ITEMS: usize = 1024;

impl Experiment {
    /// Checks lists: a file within its limit may have ten million items, and some of a network's maps are made of each.
    pub(super) fn check_counts(&self) -> Result<(), ConfigError> {
        let (data, model, rule) = (&self.data, &self.model, &self.rule);
        let teacher = data.teacher_hidden.as_deref().unwrap_or_default();
        for (path, found, most, what) in [
            ("model.hidden", model.hidden.len(), MOST_LAYERS, "layers"),
            ("data.teacher_hidden", teacher.len(), MOST_LAYERS, "layers"),
            ("model.channels", model.channels.len(), MOST_LAYERS, "convolutions"),
            ("model.planes", model.planes.len(), MOST_LAYERS, "stages"),
            ("model.blocks", model.blocks.len(), MOST_LAYERS, "stages"),
            ("rule.random_nn_hidden", rule.random_nn_hidden.len(), MOST_LAYERS, "layers"),
            ("model.frozen_layers", model.frozen_layers.len(), MOST_ITEMS, "items"),
            ("measure.layers", self.measure.layers.len(), MOST_ITEMS, "items"),
            ("regularizer.weight_decay_layers", self.regularizer.weight_decay_layers.len(), MOST_ITEMS, "items"),
            ("regularizer.decay_matrix", self.regularizer.decay_matrix.len(), MOST_ITEMS, "matrices"),
            ("rule.parameters", rule.parameters.len(), MAX_PARAMETERS, "parameters"),
            ("rule.state", rule.state.len(), MAX_STATES, "states"),
        ] {
            if found > most {
                return Err(ConfigError::value(path, format!("{found} {what}"), format!("at most {most} {what}")));
            }
        }
        Ok(())
    }
}

impl Model {
    /// Whether so many layers may be asked for, which is looked at before there is a width for each.
    pub(super) fn has_depth_in_range(&self) -> bool {
        field("model.depth_layers").is_some_and(|field| field.refusal(self.depth_layers as f64).is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{from_toml, resolve};

    fn refusal(text: &str) -> String {
        from_toml("lists", text).expect_err("refused").to_string()
    }

    #[test]
    fn long_lists_are_refused_by_their_number() {
        let ones = |count: usize| vec!["1"; count].join(", ");
        for (section, field, count, words) in [
            ("model", "hidden", 65, "model.hidden = 65 layers: at most 64 layers"),
            ("model", "channels", 100_000, "model.channels = 100000 convolutions: at most 64"),
            ("model", "planes", 100_000, "model.planes = 100000 stages: at most 64"),
            ("data", "teacher_hidden", 100_000, "data.teacher_hidden = 100000 layers: at most 64"),
            ("measure", "layers", 100_000, "measure.layers = 100000 items: at most 1024"),
        ] {
            let said = refusal(&format!("[{section}]\n{field} = [{}]\n", ones(count)));
            assert!(said.contains(words), "{field}: {said}");
        }
        let parameters: String = (0..100_000).map(|at| format!("k{at} = 1\n")).collect();
        let said = refusal(&format!("[rule]\nkind = \"custom\"\nsignal = \"pre\"\n[rule.parameters]\n{parameters}"));
        assert!(said.contains("rule.parameters = 100000 parameters: at most"), "{said}");
    }

    /// A list of so many widths is made of a number alone.
    #[test]
    fn widths_are_not_made_for_more_layers_than_there_may_be() {
        for layers in [65, 1_000_000_000_000_000_u64] {
            let given = ["model.parameters=1e6".to_owned(), format!("model.depth_layers={layers}")];
            let said = resolve("sre", &given).expect_err("refused").to_string();
            assert!(said.contains("model.depth_layers") && said.contains("from 3 to 64"), "{said}");
        }
    }
}
