//! Random small experiments on both executors: what nobody has thought to combine. Losses, cosines, all that is measured,
//! and then parameters and states.

use hebbscope::experiment::{
    Activation, AlignmentReading, Coupling, DataKind, Experiment, HebbActivity, Loss, ModelKind, Normalization,
    OjaForm, OptimizerKind, OtherParameters, ResNetBlock, RuleKind, RuleRate, RuleState, Stem, WeightNoiseMode,
};
use hebbscope::random::Stream;
use rand::Rng as _;

use super::programs::deviation;

/// Experiments of the test, one of each rule; each has kernels of its own, which lavapipe compiles for some seconds.
const CASES: u64 = 8;
/// Multiplies them, for a longer look than a test suite has time for.
const FACTOR: &str = "HEBBSCOPE_TEST_CASES";
/// Few steps: an odd number of windows, and no time for a chaotic rule to enlarge the last digits.
const STEPS: u64 = 7;
/// Of a loss, relative to itself, of a cosine, and of a parameter or a state, relative to the largest of its elements. Sums
/// in another order differ by some 1e-7, of which seven steps make 1e-6.
const TOLERANCE: f64 = 1e-4;
/// Of any other number, relative to its scale.
const OF_NUMBERS: f64 = 2e-3;
/// Of the numbers of single rows: of one weight or two, they may be what large terms have left of each other.
const OF_ROWS: f64 = 5e-2;
/// How many times the tolerances may be exceeded by a rule that normalises rows. Its update is what is left of the difference
/// of weights that are a thousand times as large, and has so many digits less.
const NORMALIZED: f64 = 20.0;

/// Draws one thing of several.
struct Draw<F>(F);

impl<F: FnMut() -> u32> Draw<F> {
    fn below(&mut self, bound: usize) -> usize {
        (self.0)() as usize % bound
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    /// Once in so many times.
    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn number(&mut self, once_in: usize, value: f64) -> f64 {
        if self.once_in(once_in) { value } else { 0.0 }
    }
}

/// Expressions without jumps, with what they need: a parameter `k`, a state `theta`.
const SIGNALS: [(&str, &str); 6] = [
    ("act * (act - theta) * pre", "act^2"),
    ("(act - avg(act)) * (pre - avg(pre)) - k * w", ""),
    ("delta * pre - k * post^2 * w", ""),
    ("tanh(post) * pre - theta * w", "post * pre"),
    ("loss * act * pre", ""),
    ("feedback * slope * pre / (1 + rownorm(w)) + k * norm(w) * w", ""),
];

fn written(draw: &mut Draw<impl FnMut() -> u32>, e: &mut Experiment) {
    let (signal, state) = draw.one(&SIGNALS);
    e.rule.signal = signal.into();
    e.rule.bias = if draw.once_in(2) { "delta" } else { "" }.into();
    e.rule.parameters.insert("k".into(), 0.1);
    if !state.is_empty() {
        let state = RuleState { of: state.into(), rate: RuleRate::Number(0.2), start: 0.1 };
        e.rule.state.insert("theta".into(), state);
    }
    e.rule.normalization = draw.one(&[None, None, Some(Normalization::Unit)]);
}

const KINDS: [ModelKind; 8] = {
    use ModelKind::{Cnn, Mlp, Resnet, Transformer};
    [Mlp, Transformer, Mlp, Cnn, Mlp, Resnet, Mlp, Mlp]
};

const RULES: [RuleKind; 8] = {
    use RuleKind::{Adam, Custom, Dfa, Hebb, HebbNormalized, Oja, RandomNn, Sgd};
    [Sgd, Dfa, Custom, Adam, HebbNormalized, RandomNn, Hebb, Oja]
};

fn network(draw: &mut Draw<impl FnMut() -> u32>, e: &mut Experiment) {
    let widths = [1, 2, 3, 5, 8, 17, 33];
    e.model.hidden = (0..draw.below(4)).map(|_| draw.one(&widths)).collect();
    e.model.activation = draw.one(&[Activation::Linear, Activation::Relu, Activation::Sigmoid, Activation::Tanh]);
    e.model.bias = draw.once_in(2);
    (e.data.input_size, e.data.output_size) = (draw.one(&widths), draw.one(&[1, 2, 3, 9]));
    let is_image = matches!(e.model.kind, ModelKind::Cnn | ModelKind::Resnet);
    if e.model.kind == ModelKind::Transformer {
        e.data.kind = DataKind::Tokens;
        (e.data.vocabulary, e.data.length) = (draw.one(&[1, 2, 7]), draw.one(&[1, 3, 9]));
        e.model.heads = draw.one(&[1, 3]);
        e.model.width = e.model.heads * draw.one(&[1, 4]);
        (e.model.feed_forward, e.model.encoder_layers) = (draw.one(&widths), 1 + draw.below(2));
        e.model.encoder_activation = draw.one(&[Activation::Relu, Activation::Tanh]);
    } else if is_image || draw.once_in(3) {
        e.data.kind = DataKind::Digits;
        e.training.loss = draw.one(&[Loss::CrossEntropy, Loss::Mse]);
    }
    e.model.channels = (0..1 + draw.below(2)).map(|_| draw.one(&[1, 3, 4])).collect();
    e.model.kernel = draw.one(&[1, 2, 3]);
    (e.model.stride, e.model.padding) = (draw.one(&[1, 2]), draw.below(e.model.kernel));
    e.model.pool = draw.one(&[1, 2]);
    e.model.block = draw.one(&[ResNetBlock::Basic, ResNetBlock::Bottleneck]);
    e.model.stem = draw.one(&[Stem::Cifar, Stem::Imagenet]);
    e.model.planes = vec![draw.one(&[1, 3]), draw.one(&[2, 3])];
    e.model.blocks = vec![1, 1];
    if e.model.kind == ModelKind::Mlp {
        e.model.residual = draw.once_in(3);
        e.model.batch_norm = draw.once_in(4);
        e.model.dropout = draw.number(4, 0.3);
        e.regularizer.activation_penalty = draw.number(4, 0.01);
    }
    e.model.sparsity = draw.number(4, 0.4);
    e.model.frozen = draw.number(4, 0.3);
    if draw.once_in(5) {
        e.model.frozen_layers = vec![1];
    }
}

fn rule(draw: &mut Draw<impl FnMut() -> u32>, e: &mut Experiment) {
    e.rule.learning_rate = draw.one(&[1e-3, 1e-2]);
    e.rule.clip = draw.number(3, 0.3);
    e.rule.random_nn_hidden = vec![draw.one(&[1, 6])];
    e.rule.hebb_activity = draw.one(&[HebbActivity::Pre, HebbActivity::Post]);
    e.rule.oja_form = draw.one(&[OjaForm::Row, OjaForm::Subspace]);
    e.rule.optimizer = draw.one(&[OptimizerKind::Sgd, OptimizerKind::Sgd, OptimizerKind::Adam]);
    e.rule.others = draw.one(&[OtherParameters::Sgd, OtherParameters::None]);
    // Adam takes a signal that is 0 but for its last digits for as large as any other, as that of a bias which a norm
    // takes away: one executor would go one way, and the other another.
    e.rule.epsilon = 1e-3;
    match e.rule.kind {
        RuleKind::Custom => written(draw, e),
        RuleKind::HebbNormalized => e.rule.normalization = draw.one(&[None, Some(Normalization::Unit)]),
        _ => {}
    }
}

fn rest(draw: &mut Draw<impl FnMut() -> u32>, e: &mut Experiment) {
    e.regularizer.weight_decay = draw.number(2, 1e-2);
    e.regularizer.l1 = draw.number(4, 1e-3);
    e.regularizer.decay_bias = draw.once_in(2);
    e.regularizer.coupling = draw.one(&[Coupling::Coupled, Coupling::Decoupled]);
    if draw.once_in(5) {
        (e.regularizer.decay_spread, e.regularizer.decay_correlation) = (3.0, draw.number(2, 0.4));
    }
    e.noise.weight_sd = draw.number(2, 1e-3);
    e.noise.weight_mode = draw.one(&[WeightNoiseMode::Accumulate, WeightNoiseMode::Transient]);
    e.noise.input_sd = if e.data.kind == DataKind::Tokens { 0.0 } else { draw.number(3, 0.1) };
    e.noise.gradient_sd = draw.number(3, 1e-2);
    e.training.loss_scale = draw.one(&[1.0, 0.5]);
    // Two samples that are normalised are 1 and -1: what their signal is made of cancels out to the last digits.
    let has_norms = e.model.batch_norm || e.model.kind == ModelKind::Resnet;
    let batches = if has_norms { &[7, 16][..] } else { &[1, 2, 7, 16] };
    e.training.batch_size = draw.one(batches);
    e.training.seeds = 1 + draw.below(3);
    e.training.steps = Some(2 * STEPS);
    (e.data.train_examples, e.data.validation_examples) = (draw.one(&[17, 40]), draw.one(&[1, 23]));
    e.measure.every = draw.one(&[1, 1, 2]);
    e.measure.window = draw.one(&[1, 3]);
    e.measure.alignment = draw.one(&[AlignmentReading::Batch, AlignmentReading::Batch, AlignmentReading::PerExample]);
    e.measure.neurons = draw.once_in(2);
    e.measure.full_update = !draw.once_in(4);
    e.measure.stationarity = !draw.once_in(4);
    e.measure.force_balance = draw.once_in(2);
    e.measure.loss_gradient = draw.once_in(3);
    e.measure.post_activation = e.data.kind != DataKind::Tokens && draw.once_in(3);
    e.measure.per_example = draw.once_in(3);
}

/// The first experiment that is allowed of those that a number stands for.
fn experiment(case: u64) -> Experiment {
    let mut words = Stream::new(case, "random programs").words(0);
    let mut draw = Draw(move || words.next_u32());
    loop {
        let mut drawn = Experiment::default();
        // Each rule in its turn, with another network in the next round.
        drawn.model.kind = KINDS[(case % 8) as usize];
        drawn.rule.kind = RULES[((case + 3 * (case / 8)) % 8) as usize];
        network(&mut draw, &mut drawn);
        rule(&mut draw, &mut drawn);
        rest(&mut draw, &mut drawn);
        if drawn.validate().is_ok() && is_normalized_well(&drawn) {
            return drawn;
        }
    }
}

fn is_normalized(experiment: &Experiment) -> bool {
    experiment.rule.kind == RuleKind::HebbNormalized || experiment.rule.normalization.is_some()
}

/// Two weights that are normalised are 1 and -1, and stay so: their update is nothing but last digits.
fn is_normalized_well(experiment: &Experiment) -> bool {
    // Of a row some weights may not exist, and some may not train.
    let is_thinned = experiment.model.sparsity > 0.0 || experiment.model.frozen > 0.0;
    let least = if is_thinned { 13 } else { 3 };
    !is_normalized(experiment) || experiment.maps().iter().all(|map| map.inputs >= least)
}

/// What differs from the defaults, for messages.
fn in_words(experiment: &Experiment) -> String {
    let fields = experiment.differing_fields();
    fields.iter().map(|(path, value)| format!("{path} = {value}")).collect::<Vec<_>>().join(", ")
}

#[test]
fn random_programs_agree() {
    let factor = std::env::var(FACTOR).ok().and_then(|factor| factor.parse::<u64>().ok()).unwrap_or(1);
    for case in 0..CASES * factor {
        let experiment = experiment(case);
        let name = format!("case {case}: {}", in_words(&experiment));
        println!("{name}");
        let Some(most) = deviation(&experiment, STEPS) else { return };
        let largest = |all: &mut dyn Iterator<Item = &f64>| all.fold(0.0_f64, |most, one| most.max(*one));
        let [numbers, states] = [largest(&mut most.numbers.values()), largest(&mut most.states.values())];
        let [loss, cosine, validation] = [most.loss, most.cosine, most.validation];
        println!("    {loss:.1e} {cosine:.1e} {validation:.1e}, numbers {numbers:.1e}, states {states:.1e}");
        let factor = if is_normalized(&experiment) { NORMALIZED } else { 1.0 };
        assert!(loss < TOLERANCE && cosine < factor * TOLERANCE && validation < TOLERANCE, "{name}: {most:?}");
        assert!(most.numbers.contains_key("totals"), "{name}: nothing was measured");
        for (of, deviation) in &most.numbers {
            let allowed = if of.contains("rows") { OF_ROWS } else { OF_NUMBERS };
            assert!(*deviation < factor * allowed, "{name}: {of}: {deviation:.1e}");
        }
        for (buffer, deviation) in &most.states {
            assert!(*deviation < TOLERANCE, "{name}: {buffer}: {deviation:.1e}");
        }
    }
}

/// Otherwise the test above could be of one kind of network and rule.
#[test]
fn random_programs_are_of_every_kind() {
    let rules: std::collections::BTreeSet<String> =
        (0..CASES).map(|case| format!("{:?}", experiment(case).rule.kind)).collect();
    assert_eq!(rules.len(), RULES.len(), "{rules:?}");
    let all: Vec<Experiment> = (0..8 * CASES).map(experiment).collect();
    let has = |what: &dyn Fn(&Experiment) -> bool| assert!(all.iter().filter(|one| what(one)).count() >= 3);
    for kind in KINDS {
        for rule in RULES {
            assert!(all.iter().any(|one| one.model.kind == kind && one.rule.kind == rule), "{kind:?} and {rule:?}");
        }
    }
    has(&|one| one.model.batch_norm);
    has(&|one| one.model.dropout > 0.0);
    has(&|one| one.model.sparsity > 0.0);
    has(&|one| one.model.frozen > 0.0);
    has(&|one| one.model.residual);
    has(&|one| one.training.batch_size == 1);
    has(&|one| one.model.hidden.contains(&1));
    has(&|one| one.rule.optimizer == OptimizerKind::Adam && one.rule.kind != RuleKind::Adam);
    has(&|one| one.regularizer.activation_penalty > 0.0 && one.model.kind == ModelKind::Mlp);
}
