//! Training allocates nothing once it is under way.

use std::sync::Arc;

use hebbscope::backend::cpu::{CpuExecutor, Replica};
use hebbscope::data;
use hebbscope::experiment::{AlignmentReading, Experiment, RuleKind};
use hebbscope::program::Program;
use hebbscope::training::{Generator, fill_hyper};

use super::counting::calls;

/// Everything that costs working memory: noise of all kinds, biases, clipping, every measurement.
fn experiment(rule: RuleKind) -> Experiment {
    let mut experiment = Experiment::default();
    experiment.data.train_examples = 100;
    experiment.data.validation_examples = 20;
    experiment.data.input_size = 9;
    experiment.data.output_size = 5;
    experiment.model.hidden = vec![11, 7];
    experiment.model.bias = true;
    experiment.rule.kind = rule;
    experiment.rule.learning_rate = 1e-3;
    experiment.rule.clip = 0.5;
    experiment.rule.random_nn_hidden = vec![8, 8];
    experiment.noise.weight_sd = 1e-4;
    experiment.noise.input_sd = 0.1;
    experiment.noise.gradient_sd = 0.01;
    experiment.regularizer.decay_correlation = 0.3;
    experiment.training.batch_size = 16;
    experiment.training.steps = Some(10_000);
    experiment.training.seeds = 2;
    experiment.measure.window = 10;
    experiment.measure.loss_gradient = true;
    experiment.measure.post_activation = true;
    experiment.measure.per_example = true;
    experiment.measure.alignment = AlignmentReading::Sign;
    experiment
}

fn executor(experiment: &Experiment) -> CpuExecutor<f32> {
    experiment.validate().expect("within all ranges");
    let program = Arc::new(Program::compile(experiment));
    let mut hyper = vec![0.0; program.slots];
    fill_hyper(experiment, &mut hyper);
    let seeds = experiment.seeds();
    let sets = data::load(experiment, &seeds).expect("small");
    let replicas = seeds.iter().zip(sets).map(|(&seed, set)| {
        let inputs = Generator::new(&program, set, seed, 0);
        Replica::new(&program, seed, hyper.clone(), Box::new(inputs))
    });
    let replicas = replicas.collect();
    CpuExecutor::new(program, replicas, 1).expect("one thread")
}

#[test]
fn training_allocates_nothing_after_the_first_chunk() {
    const CHUNK: u64 = 40;
    for rule in [
        RuleKind::Sgd,
        RuleKind::Adam,
        RuleKind::Dfa,
        RuleKind::RandomNn,
        RuleKind::Hebb,
        RuleKind::HebbNormalized,
        RuleKind::Oja,
    ] {
        for keep_rows in [None, Some(0), Some(1)] {
            let mut executor = executor(&experiment(rule));
            executor.keep_rows(keep_rows);
            executor.advance(CHUNK);
            let before = calls();
            for _ in 0..10 {
                executor.advance(CHUNK);
            }
            let after = calls();
            assert_eq!(executor.replicas()[1].step(), 11 * CHUNK, "{rule:?} has trained on");
            assert!(executor.replicas()[1].train_loss().is_finite(), "{rule:?}");
            assert_eq!(after - before, 0, "{rule:?}, rows kept {keep_rows:?}: calls of the allocator in 400 steps");
        }
    }
}
