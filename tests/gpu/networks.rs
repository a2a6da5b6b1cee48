//! Whole programs of transformers, convolutions and residual networks on both executors.

use hebbscope::experiment::{Activation, DataKind, Experiment, Loss, ModelKind, ResNetBlock, RuleKind, Stem};

use crate::programs::{agrees, small};

const STEPS: u64 = 50;

/// What is measured of every map.
const WANTED: [&str; 6] = ["totals", "rows", "window", "forces", "norm changes", "forces of rows"];

fn network(rule: RuleKind) -> Experiment {
    let mut experiment = small(rule);
    // What changes tokens has no meaning.
    experiment.noise.input_sd = 0.0;
    experiment.measure.post_activation = false;
    experiment.measure.force_balance = true;
    experiment.model.hidden = vec![11];
    experiment.training.seeds = 2;
    experiment
}

fn transformer(rule: RuleKind) -> Experiment {
    let mut experiment = network(rule);
    experiment.model.kind = ModelKind::Transformer;
    experiment.data.kind = DataKind::Tokens;
    experiment.data.vocabulary = 7;
    experiment.data.length = 9;
    experiment.model.width = 12;
    experiment.model.heads = 3;
    experiment.model.feed_forward = 10;
    experiment.data.validation_examples = 37;
    experiment
}

fn digits(rule: RuleKind, kind: ModelKind) -> Experiment {
    let mut experiment = network(rule);
    experiment.model.kind = kind;
    experiment.data.kind = DataKind::Digits;
    experiment.data.validation_examples = 50;
    experiment.training.loss = Loss::CrossEntropy;
    experiment.model.activation = Activation::Relu;
    experiment
}

#[test]
fn transformers_agree() {
    // Rules with random signals have golden trajectories, which a device follows as well.
    for (rule, layers) in [(RuleKind::Sgd, 2), (RuleKind::Adam, 1)] {
        let mut experiment = transformer(rule);
        experiment.model.encoder_layers = layers;
        agrees(&format!("transformer, {rule:?}"), &experiment, STEPS, &WANTED);
    }
}

#[test]
fn convolutions_agree() {
    for (rule, kernel, stride, padding) in [(RuleKind::Sgd, 3, 1, 1), (RuleKind::Adam, 2, 1, 0)] {
        let mut experiment = digits(rule, ModelKind::Cnn);
        experiment.model.channels = vec![4, 5];
        experiment.model.kernel = kernel;
        experiment.model.stride = stride;
        experiment.model.padding = padding;
        experiment.model.pool = 2;
        agrees(&format!("convolutions of {kernel}, {rule:?}"), &experiment, STEPS, &WANTED);
    }
}

#[test]
fn residual_networks_agree() {
    for (block, stem) in [(ResNetBlock::Basic, Stem::Cifar), (ResNetBlock::Bottleneck, Stem::Imagenet)] {
        let mut experiment = digits(RuleKind::Sgd, ModelKind::Resnet);
        experiment.model.block = block;
        experiment.model.stem = stem;
        experiment.model.planes = vec![3, 4];
        experiment.model.blocks = vec![1, 1];
        experiment.model.hidden.clear();
        agrees(&format!("residual network, {block:?}"), &experiment, STEPS, &WANTED);
    }
}
