//! From the configuration's live fields to a replica's hyper-parameters.

use std::sync::Arc;

use super::inputs::Generator;
use crate::backend::cpu::Replica;
use crate::data::DataSet;
use crate::experiment::Experiment;
use crate::program::{Course, Program, Slot};

/// A replica at its start, with the hyper-parameters of an experiment; its data begin at example `cursor` of the stream.
pub(super) fn replica_of(
    experiment: &Experiment,
    program: &Program,
    data: Arc<DataSet>,
    seed: u64,
    cursor: u64,
) -> Replica<f32> {
    let inputs = Generator::new(program, data, seed, cursor);
    let (values, courses) = hyper_of(experiment, program);
    let mut replica = Replica::new(program, seed, values.clone(), Box::new(inputs));
    replica.set_hyper(&values, &courses);
    replica
}

/// The hyper-parameters of an experiment, and those of them that follow a schedule.
pub(super) fn hyper_of(experiment: &Experiment, program: &Program) -> (Vec<f64>, Vec<Course>) {
    let mut values = vec![0.0; program.slots];
    fill_hyper(experiment, &mut values);
    let courses = courses_of(experiment, &values);
    (values, courses)
}

fn courses_of(experiment: &Experiment, values: &[f64]) -> Vec<Course> {
    let schedules = &experiment.schedule;
    let decays = (0..experiment.layer_count()).map(|layer| (Slot::WeightDecay(layer), schedules.weight_decay));
    let noises = [Slot::WeightSd, Slot::InputSd, Slot::GradientSd].map(|slot| (slot, schedules.noise));
    let all = std::iter::once((Slot::LearningRate, schedules.learning_rate)).chain(decays).chain(noises);
    let run_steps = experiment.total_steps();
    let course = |(slot, schedule): (Slot, _)| Course { slot, value: values[slot.index()], schedule, run_steps };
    all.filter(|(_, schedule)| !schedule.is_constant()).map(course).collect()
}

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
