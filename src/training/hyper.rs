//! From the configuration's live fields to a replica's hyper-parameters.

use crate::experiment::Experiment;
use crate::program::Slot;

/// Writes the live fields of an experiment to their slots.
pub fn fill_hyper(experiment: &Experiment, values: &mut [f64]) {
    let Experiment { model, rule, regularizer, noise, .. } = experiment;
    for (slot, value) in [
        (Slot::LearningRate, rule.learning_rate),
        (Slot::Clip, rule.clip),
        (Slot::TargetNorm, rule.target_norm),
        (Slot::L1, regularizer.l1),
        (Slot::WeightSd, noise.weight_sd),
        (Slot::InputSd, noise.input_sd),
        (Slot::GradientSd, noise.gradient_sd),
        (Slot::Dropout, model.dropout),
        (Slot::ActivationPenalty, regularizer.activation_penalty),
    ] {
        values[slot.index()] = value;
    }
    for (place, value) in rule.parameter_values().into_iter().enumerate() {
        values[Slot::RuleParameter(place).index()] = value;
    }
    for layer in 0..experiment.layer_count() {
        let rate = regularizer.weight_decay_layers.get(layer).copied().unwrap_or(regularizer.weight_decay);
        values[Slot::WeightDecay(layer).index()] = rate;
    }
}
