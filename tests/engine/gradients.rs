//! The learning signal against central differences of the loss, in double precision.

use hebbscope::backend::cpu::Replica;
use hebbscope::experiment::{Activation, DataKind, Experiment, Loss, ModelKind, ResNetBlock, RuleKind, Stem};
use hebbscope::program::{ParameterKind, Program, View};
use hebbscope::random::Stream;
use hebbscope::training::fill_hyper;

use super::one_batch::OneBatch;

const BATCH: usize = 6;
const INPUTS: usize = 5;
const OUTPUTS: usize = 4;
/// Width of a difference. Its truncation error is about h^2 and its rounding error 1e-16 / h: both near 1e-11.
const H: f64 = 1e-5;
/// Largest deviation, relative to the largest entry of the layer's signal (1e-3 at least in these networks): the 1e-11
/// above, with two orders of magnitude for third derivatives and sums.
const TOLERANCE: f64 = 1e-7;

fn normal(stream: &str, len: usize) -> Vec<f64> {
    let mut values = vec![0.0_f32; len];
    Stream::new(3, stream).fill_normal(0, &mut values);
    values.into_iter().map(f64::from).collect()
}

fn recorded(experiment: &Experiment) -> OneBatch {
    let targets = match experiment.training.loss {
        Loss::Mse => normal("targets", BATCH * OUTPUTS),
        Loss::CrossEntropy => {
            (0..BATCH * OUTPUTS).map(|i| f64::from(u8::from(i % OUTPUTS == i / OUTPUTS % 3))).collect()
        }
    };
    let mut inputs = normal("inputs", BATCH * experiment.input_width());
    if experiment.data.kind == DataKind::Tokens {
        let vocabulary = experiment.data.vocabulary as f64;
        inputs.iter_mut().for_each(|x| *x = (*x * 97.0).floor().rem_euclid(vocabulary));
    }
    OneBatch { inputs, targets }
}

fn experiment(activation: Activation, loss: Loss, bias: bool, hidden: &[usize]) -> Experiment {
    let mut experiment = Experiment::default();
    experiment.data.kind = DataKind::TeacherStudent;
    experiment.data.input_size = INPUTS;
    experiment.data.output_size = OUTPUTS;
    experiment.model.hidden = hidden.to_vec();
    experiment.model.activation = activation;
    experiment.model.bias = bias;
    experiment.training.loss = loss;
    experiment.training.batch_size = BATCH;
    experiment
}

struct Network {
    program: Program,
    replica: Replica<f64>,
    /// Whether third derivatives are large, as behind norms over few units.
    is_curved: bool,
}

/// Loss, which hidden neurons are active for which sample, and where in its window a largest value is: where one of these
/// changes, ReLU, |x| and pooling have their kink.
struct Point {
    loss: f64,
    active: Vec<bool>,
    places: Vec<f64>,
}

impl Network {
    fn new(experiment: &Experiment) -> Self {
        let program = Program::compile(experiment);
        let mut hyper = vec![0.0; program.slots];
        fill_hyper(experiment, &mut hyper);
        let replica = Replica::new(&program, 1, hyper, Box::new(recorded(experiment)));
        let is_curved = experiment.model.kind != ModelKind::Mlp;
        Self { program, replica, is_curved }
    }

    fn view(&self, name: &str) -> View {
        let buffer = self.program.buffer(name).unwrap_or_else(|| panic!("the program has no buffer {name}"));
        let spec = &self.program.buffers[buffer.0];
        View { buffer, offset: 0, rows: spec.rows, columns: spec.columns, row_stride: spec.columns }
    }

    fn peek(&mut self) -> Point {
        let named = |kinds: &[&str]| -> Vec<View> {
            let of_kind = |name: &&str| kinds.iter().any(|kind| name.starts_with(kind));
            let names = self.program.buffers.iter().map(|buffer| buffer.name.as_str()).filter(of_kind);
            names.map(|name| self.view(name)).collect()
        };
        let (activity, places) = (named(&["post_activation/", "block/"]), named(&["largest/"]));
        self.replica.peek(&self.program, |r| Point {
            loss: r.train_loss() + r.penalty(),
            active: activity.iter().flat_map(|&view| r.read(view)).map(|x| x > 0.0).collect(),
            places: places.iter().flat_map(|&view| r.read(view)).collect(),
        })
    }

    fn read(&mut self, view: View) -> Vec<f64> {
        self.replica.peek(&self.program, |r| r.read(view))
    }

    /// Minus dL/dp for every entry of a parameter; `None` where the difference straddles a kink.
    fn differences(&mut self, parameter: &str, has_kinks: bool) -> Vec<Option<f64>> {
        let view = self.view(parameter);
        let start = self.replica.read(view);
        let found = (0..start.len())
            .map(|i| {
                let is_curved = self.is_curved;
                let mut at = |shift: f64| {
                    let mut moved = start.clone();
                    moved[i] += shift;
                    self.replica.write(view, &moved);
                    self.peek()
                };
                let mut difference = |h: f64| {
                    let (up, down) = (at(h), at(-h));
                    let is_smooth = up.active == down.active && up.places == down.places;
                    (!has_kinks || is_smooth).then(|| (down.loss - up.loss) / (2.0 * h))
                };
                if !is_curved {
                    return difference(H);
                }
                // Richardson's extrapolation leaves an error of h^4.
                let (near, far) = (difference(H)?, difference(2.0 * H)?);
                Some((4.0 * near - far) / 3.0)
            })
            .collect();
        self.replica.write(view, &start);
        found
    }

    /// Compares a signal with the differences of its parameter; returns how many entries were kept, and of how many.
    fn compare(&mut self, parameter: &str, signal: View, has_kinks: bool, what: &str) -> (usize, usize) {
        let signal = self.read(signal);
        let mut differences = self.differences(parameter, has_kinks);
        if self.program.buffer(&format!("mask/{parameter}")).is_some() {
            let mask = self.view(&format!("mask/{parameter}"));
            // What does not exist has no signal, whatever it would change.
            for ((exists, difference), signal) in self.replica.read(mask).iter().zip(&mut differences).zip(&signal) {
                if *exists == 0.0 {
                    assert_eq!(*signal, 0.0, "{what}, {parameter}: a signal where there is no connection");
                    *difference = Some(0.0);
                }
            }
        }
        let largest = signal.iter().fold(0.0_f64, |m, g| m.max(g.abs()));
        assert!(largest > 1e-3, "{what}, {parameter}: a signal of size {largest:e} tests nothing");
        let mut kept = 0;
        for (i, (&g, d)) in signal.iter().zip(&differences).enumerate() {
            let Some(d) = d else { continue };
            kept += 1;
            let off = (g - d).abs() / largest;
            assert!(off < TOLERANCE, "{what}, {parameter}[{i}]: signal {g:e}, difference {d:e}, off by {off:e}");
        }
        (kept, signal.len())
    }
}

#[test]
fn signal_of_sgd_is_minus_the_loss_gradient() {
    for activation in [Activation::Linear, Activation::Relu, Activation::Sigmoid, Activation::Tanh] {
        for loss in [Loss::Mse, Loss::CrossEntropy] {
            for bias in [false, true] {
                for hidden in [&[][..], &[7], &[7, 6, 5]] {
                    let what = format!("{activation:?}, {loss:?}, bias {bias}, hidden {hidden:?}");
                    let has_kinks = activation == Activation::Relu;
                    // Fan-in scaling leaves deep gradients small; at 3 those of the first layer are of order 0.01 to 1.
                    let mut experiment = experiment(activation, loss, bias, hidden);
                    experiment.model.init_scale = 3.0;
                    let mut network = Network::new(&experiment);
                    let (mut kept, mut all) = (0, 0);
                    for k in 1..=hidden.len() + 1 {
                        let signal = network.program.layers[k - 1].signal;
                        let mut pairs = vec![(format!("W{k}"), signal)];
                        if bias {
                            pairs.push((format!("b{k}"), network.view(&format!("bias_signal/{k}"))));
                        }
                        for (parameter, signal) in pairs {
                            let (some, of) = network.compare(&parameter, signal, has_kinks, &what);
                            kept += some;
                            all += of;
                        }
                    }
                    assert!(has_kinks || kept == all);
                    // A kink lies within 1e-5 of one of some hundred pre-activations of order 1 in about 1 of 1,000.
                    assert!(kept * 100 >= all * 95, "{what}: only {kept} of {all} entries are away from kinks");
                }
            }
        }
    }
}

/// The gradient is compared at a point that training has reached, too: not only at the initial weights.
#[test]
fn signal_stays_the_gradient_away_from_the_start() {
    let mut experiment = experiment(Activation::Tanh, Loss::Mse, true, &[6]);
    experiment.model.init_scale = 3.0;
    let mut network = Network::new(&experiment);
    for k in 1..=2 {
        let view = network.view(&format!("W{k}"));
        let moved: Vec<f64> =
            network.replica.read(view).iter().zip(normal("shift", view.len())).map(|(w, z)| w + z).collect();
        network.replica.write(view, &moved);
        let signal = network.program.layers[k - 1].signal;
        network.compare(&format!("W{k}"), signal, false, "moved weights");
    }
}

/// For rules that do not follow the gradient, `measure.loss_gradient` keeps it beside the signal.
#[test]
fn supervised_gradient_beside_another_rule_is_the_gradient() {
    for rule in [RuleKind::Oja, RuleKind::Hebb, RuleKind::Dfa] {
        for (activation, loss) in [(Activation::Tanh, Loss::Mse), (Activation::Sigmoid, Loss::CrossEntropy)] {
            let mut experiment = experiment(activation, loss, false, &[7, 6]);
            experiment.model.init_scale = 3.0;
            experiment.rule.kind = rule;
            experiment.measure.loss_gradient = true;
            let mut network = Network::new(&experiment);
            for k in 1..=3 {
                let supervised = network.view(&format!("supervised/{k}"));
                network.compare(&format!("W{k}"), supervised, false, &format!("{rule:?}, {loss:?}"));
            }
            let (first, other) = (network.program.layers[0].signal, network.view("supervised/1"));
            let (signal, gradient) = (network.read(first), network.read(other));
            assert_ne!(signal, gradient, "{rule:?} has a signal of its own in the hidden layers");
        }
    }
}

#[test]
fn loss_scale_scales_loss_and_signal() {
    for loss in [Loss::Mse, Loss::CrossEntropy] {
        let mut plain = experiment(Activation::Tanh, loss, true, &[7]);
        plain.model.init_scale = 3.0;
        let mut scaled = plain.clone();
        scaled.training.loss_scale = 0.3;
        let (mut one, mut other) = (Network::new(&plain), Network::new(&scaled));
        let (before, after) = (one.peek().loss, other.peek().loss);
        // One rounding each.
        assert!((after - 0.3 * before).abs() < 1e-15 * before.abs().max(1.0), "{before}, {after}");
        for k in 0..2 {
            let (before, after) = (one.read(one.program.layers[k].signal), other.read(other.program.layers[k].signal));
            let largest = before.iter().fold(0.0_f64, |m, g| m.max(g.abs()));
            for (g, s) in before.iter().zip(&after) {
                // Sums of 6 products, each rounded once or twice.
                assert!((s - 0.3 * g).abs() < 1e-14 * largest, "{loss:?}, layer {}: {g}, {s}", k + 1);
            }
        }
    }
}

/// Residual connections, batch norm, dropout, penalty and missing connections, each with each other.
#[test]
fn signal_is_the_gradient_in_every_variant() {
    for bits in 0..32_u32 {
        for activation in [Activation::Relu, Activation::Tanh] {
            let has = |bit: u32| bits >> bit & 1 == 1;
            let loss = if bits % 3 == 0 { Loss::CrossEntropy } else { Loss::Mse };
            let mut experiment = experiment(activation, loss, true, &[7, 7, 7]);
            experiment.model.init_scale = 2.0;
            experiment.model.residual = has(0);
            experiment.model.batch_norm = has(1);
            experiment.model.dropout = if has(2) { 0.3 } else { 0.0 };
            experiment.regularizer.activation_penalty = if has(3) { 0.4 } else { 0.0 };
            experiment.model.sparsity = if has(4) { 0.25 } else { 0.0 };
            let what = format!("{activation:?}, variants {bits:05b}");
            let has_kinks = activation == Activation::Relu || has(3);
            let mut network = Network::new(&experiment);
            // Gains and shifts away from 1 and 0, so that each counts.
            for k in 1..=3 {
                for name in [format!("gain{k}"), format!("shift{k}")] {
                    if network.program.buffer(&name).is_some() {
                        let view = network.view(&name);
                        let start = network.replica.read(view);
                        let moved: Vec<f64> =
                            start.iter().zip(normal(&name, view.len())).map(|(w, z)| w + 0.3 * z).collect();
                        network.replica.write(view, &moved);
                    }
                }
            }
            let (mut kept, mut all) = (0, 0);
            for k in 1..=4 {
                let mut pairs = vec![(format!("W{k}"), network.program.layers[k - 1].signal)];
                let bias = network.view(&format!("bias_signal/{k}"));
                if has(1) && k < 4 {
                    // A bias before batch norm changes nothing; its signal is what rounding leaves.
                    assert!(network.read(bias).iter().all(|signal| signal.abs() < 1e-12), "{what}");
                    for name in [format!("gain{k}"), format!("shift{k}")] {
                        let signal = network.view(&format!("signal/{name}"));
                        pairs.push((name, signal));
                    }
                } else {
                    pairs.push((format!("b{k}"), bias));
                }
                for (parameter, signal) in pairs {
                    let (some, of) = network.compare(&parameter, signal, has_kinks, &what);
                    kept += some;
                    all += of;
                }
            }
            assert!(has_kinks || kept == all);
            assert!(kept * 100 >= all * 95, "{what}: only {kept} of {all} entries are away from kinks");
        }
    }
}

/// What every network of this test has: 4 outputs, few examples.
fn network(kind: ModelKind, activation: Activation, loss: Loss, hidden: &[usize]) -> Experiment {
    let mut experiment = experiment(activation, loss, true, hidden);
    experiment.model.kind = kind;
    experiment.model.init_scale = 2.0;
    experiment
}

fn image(experiment: &mut Experiment, image: [usize; 3]) {
    experiment.data.image = image.to_vec();
    experiment.data.input_size = image.iter().product();
}

/// Every parameter of transformers, convolutional and residual networks: attention, layer and batch norm, embeddings,
/// patches with padding and stride, pooling with and without overlap, sums around blocks.
#[test]
fn signal_is_the_gradient_in_every_network() {
    for activation in [Activation::Relu, Activation::Tanh] {
        let mut transformer = network(ModelKind::Transformer, activation, Loss::Mse, &[5]);
        transformer.data.kind = DataKind::Tokens;
        (transformer.data.vocabulary, transformer.data.length) = (4, 3);
        (transformer.model.width, transformer.model.heads, transformer.model.feed_forward) = (4, 2, 5);
        transformer.model.encoder_activation = activation;
        let mut cnn = network(ModelKind::Cnn, activation, Loss::CrossEntropy, &[5]);
        image(&mut cnn, [2, 7, 6]);
        (cnn.model.channels, cnn.model.kernel, cnn.model.padding) = (vec![3, 4], 3, 1);
        let mut strided = network(ModelKind::Cnn, activation, Loss::Mse, &[]);
        image(&mut strided, [1, 9, 8]);
        (strided.model.channels, strided.model.kernel, strided.model.stride) = (vec![3], 4, 2);
        (strided.model.padding, strided.model.pool) = (2, 1);
        let mut basic = network(ModelKind::Resnet, activation, Loss::CrossEntropy, &[]);
        image(&mut basic, [1, 5, 4]);
        (basic.model.planes, basic.model.blocks, basic.model.stem_channels) = (vec![2, 3], vec![1, 1], 2);
        let mut bottleneck = network(ModelKind::Resnet, activation, Loss::Mse, &[]);
        image(&mut bottleneck, [2, 7, 6]);
        (bottleneck.model.block, bottleneck.model.stem) = (ResNetBlock::Bottleneck, Stem::Imagenet);
        (bottleneck.model.planes, bottleneck.model.blocks) = (vec![2], vec![2]);
        let networks = [("transformer", transformer), ("cnn", cnn), ("strided", strided), ("basic", basic)];
        for (name, mut experiment) in networks.into_iter().chain([("bottleneck", bottleneck)]) {
            experiment.measure.layers = (1..=experiment.layer_count()).collect();
            let what = format!("{name}, {activation:?}");
            let mut network = Network::new(&experiment);
            let parameters = network.program.parameters.clone();
            for parameter in &parameters {
                // Gains and shifts away from 1 and 0, so that each counts.
                let start = network.replica.read(parameter.trained);
                let shift = normal(&parameter.name, start.len());
                let moved: Vec<f64> = start.iter().zip(shift).map(|(w, z)| w + 0.2 * z).collect();
                network.replica.write(parameter.trained, &moved);
            }
            let (mut kept, mut all) = (0, 0);
            for parameter in &parameters {
                let name = &parameter.name;
                let signal = match parameter.kind {
                    ParameterKind::Weights => network.program.layers[parameter.layer - 1].signal,
                    ParameterKind::Bias => network.view(&format!("bias_signal/{}", parameter.layer)),
                    _ => network.view(&format!("signal/{name}")),
                };
                // Softmax does not see what all of a query's scores have in common.
                let is_key_bias = parameter.kind == ParameterKind::Bias
                    && parameter.part.as_ref().is_some_and(|part| part.first == 4);
                if is_key_bias {
                    assert!(network.read(signal).iter().all(|signal| signal.abs() < 1e-12), "{what}, {name}");
                    continue;
                }
                let (some, of) = network.compare(name, signal, true, &what);
                kept += some;
                all += of;
            }
            assert!(kept * 100 >= all * 95, "{what}: only {kept} of {all} entries are away from kinks");
        }
    }
}

#[test]
fn narrower_instruction_sets_have_the_same_gradients() {
    super::narrower::run("narrower_instruction_sets_have_the_same_gradients", &["gradients::"], 6);
}
