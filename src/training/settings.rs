//! Settings that change while a run goes on.

use toml::Value;

use super::error::TrainError;
use super::run::{Epoch, Run, needs_new_run};
use crate::experiment::fields::{Change, field};
use crate::experiment::{ConfigError, with_assignment};
use crate::record::{Intervention, Target};

const WEIGHT_DECAY: &str = "regularizer.weight_decay";
const WEIGHT_DECAY_LAYERS: &str = "regularizer.weight_decay_layers";

impl Run {
    /// Changes one field from the next step on; `None` when it has that value already.
    ///
    /// # Errors
    /// When the field is unknown, needs a new run, or the value is not allowed; nothing changes then.
    pub fn set(
        &mut self,
        path: &str,
        value: Value,
        target: Option<Target>,
    ) -> Result<Option<Intervention>, TrainError> {
        let Some(known) = field(path) else {
            return Err(ConfigError::value(path, &value, "unknown field").into());
        };
        let target = target.filter(|t| *t != Target::default());
        if let Some(twin) = target.as_ref().and_then(|t| t.twin.as_ref()) {
            return Err(ConfigError::value(path, &value, format!("there is no twin '{twin}' in this run")).into());
        }
        let layer = target.as_ref().and_then(|t| t.layer);
        let (changed, old, new) = match layer {
            Some(layer) => self.with_layer_decay(path, layer, &value)?,
            None => {
                let changed = with_assignment(&self.experiment, path, value.clone())?;
                let old = read_field(&self.experiment, path);
                let new = read_field(&changed, path);
                (changed, old, new)
            }
        };
        if changed == self.experiment {
            return Ok(None);
        }
        if known.change == Change::Reset {
            return Err(needs_new_run(path, &value).into());
        }
        let previous = std::mem::replace(&mut self.experiment, changed);
        if known.change == Change::Rebuild {
            self.apply_rebuild(path, &previous)?;
        } else {
            self.refresh_hyper();
        }
        let intervention = Intervention { step: self.step, field: path.into(), old, new, target };
        self.interventions.push(intervention.clone());
        Ok(Some(intervention))
    }

    fn with_layer_decay(
        &self,
        path: &str,
        layer: usize,
        value: &Value,
    ) -> Result<(crate::experiment::Experiment, serde_json::Value, serde_json::Value), TrainError> {
        let layers = self.experiment.sizes().len() - 1;
        if path != WEIGHT_DECAY {
            let message = format!("only {WEIGHT_DECAY} can change for a single layer");
            return Err(ConfigError::value(path, value, message).into());
        }
        if layer == 0 || layer > layers {
            return Err(ConfigError::value(path, layer, format!("target.layer must be 1 to {layers}")).into());
        }
        let number = value.as_float().or_else(|| value.as_integer().map(|i| i as f64));
        let Some(number) = number else {
            return Err(ConfigError::value(path, value, "must be a number").into());
        };
        let regularizer = &self.experiment.regularizer;
        let mut rates = regularizer.weight_decay_layers.clone();
        rates.resize(layers, regularizer.weight_decay);
        let old = rates[layer - 1];
        rates[layer - 1] = number;
        let list = Value::Array(rates.into_iter().map(Value::Float).collect());
        let changed = with_assignment(&self.experiment, WEIGHT_DECAY_LAYERS, list)?;
        Ok((changed, old.into(), number.into()))
    }

    fn apply_rebuild(&mut self, path: &str, previous: &crate::experiment::Experiment) -> Result<(), TrainError> {
        if path == "training.seeds" {
            let result = self.change_seeds(previous.training.seeds);
            if result.is_err() {
                self.experiment = previous.clone();
            }
            return result;
        }
        if matches!(path, "training.steps" | "training.epochs") {
            self.total_steps = self.experiment.total_steps();
        }
        if self.experiment.training.batch_size != previous.training.batch_size {
            // The pass goes on from the same share of its examples.
            let share = (self.step - self.epoch.first_step) as f64 / self.epoch.steps as f64;
            let steps = self.experiment.steps_per_epoch();
            let done = ((share * steps as f64).round() as u64).min(steps - 1).min(self.step);
            self.epoch = Epoch { first_step: self.step - done, steps, ..self.epoch };
        }
        self.rebuild()
    }

    fn change_seeds(&mut self, previous: usize) -> Result<(), TrainError> {
        let wanted = self.experiment.training.seeds;
        if wanted > previous {
            return Err(ConfigError::value(
                "training.seeds",
                wanted,
                format!("a run can lose seeds on its way but not gain any: at most {previous}, or start a new run"),
            )
            .into());
        }
        self.drop_seeds(wanted);
        Ok(())
    }
}

fn read_field(experiment: &crate::experiment::Experiment, path: &str) -> serde_json::Value {
    let whole = serde_json::to_value(experiment).unwrap_or_default();
    let pointer = format!("/{}", path.replace('.', "/"));
    whole.pointer(&pointer).cloned().unwrap_or_default()
}
