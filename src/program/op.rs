//! The operations of a step program, and what they refer to.
//!
//! An operation names buffers by views (a matrix with a row stride inside a buffer), hyper-parameters by slots that are
//! read when it runs, and measured numbers by their place among the metrics. It says nothing of replicas, threads or
//! devices: every buffer exists once a replica.

use std::sync::Arc;

use super::groups::RowOp;
use super::images::ImageOp;
use super::slot::Slot;
use super::tokens::TokenOp;
use super::view::View;
use crate::experiment::{Activation, Loss, Normalization};
use crate::expression::Tape;

/// Repeats a matrix product over an inner axis, such as attention's heads; strides count elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InnerBatch {
    /// Products.
    pub count: usize,
    /// From one left operand to the next.
    pub a_stride: usize,
    /// From one right operand to the next.
    pub b_stride: usize,
    /// From one result to the next.
    pub out_stride: usize,
}

impl InnerBatch {
    /// One product.
    pub const ONE: Self = Self { count: 1, a_stride: 0, b_stride: 0, out_stride: 0 };
}

/// How a step changes a parameter, given its learning signal g and decay d.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Optimizer {
    /// u = eta (g - d).
    Sgd,
    /// Adam (Kingma and Ba 2015) with PyTorch's placement of epsilon.
    Adam {
        /// First moment, of the parameter's shape.
        first: View,
        /// Second moment, of the parameter's shape.
        second: View,
        /// Decay of the first moment.
        beta1: f64,
        /// Decay of the second moment.
        beta2: f64,
        /// Added outside the root.
        epsilon: f64,
        /// Whether decay goes through the moments (PyTorch's `Adam`) or beside them (AdamW).
        coupled: bool,
    },
}

/// Where Adam keeps the decay's part of the update: the decay goes through a first moment of its own under the second
/// moment that it shares with the signal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DecayShare {
    /// First moment of the decay alone; absent where the decay does not go through the moments.
    pub first: Option<View>,
    /// The decay's part of the update, of the parameter's shape.
    pub update: View,
}

/// Weight decay of one parameter: d = gamma D W + l1 sign(W).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decay {
    /// gamma.
    pub rate: Slot,
    /// D's diagonal, 1 x rows.
    pub diagonal: Option<View>,
    /// D W where D is a full matrix.
    pub product: Option<View>,
}

/// How a step's weights differ from those that the force balance is about, W before the step's noise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InjectedNoise {
    /// SD; while it is 0 the weights do not differ, and nothing below is read.
    pub sd: Slot,
    /// The step's noise, out x in.
    pub noise: View,
    /// W without noise, where the noise does not stay (`transient`); then it is no part of W's change.
    pub clean: Option<View>,
}

/// Where a tape's operand comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Source {
    /// An element for each of the result's.
    Matrix(View),
    /// 1 x columns, the same in every row.
    Row(View),
    /// 1 x rows, an element for each row.
    Column(View),
    /// One element for all.
    Single(View),
    /// A hyper-parameter.
    Slot(Slot),
}

/// An operation.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// The step's examples and targets.
    FillBatch {
        /// batch x input.
        inputs: View,
        /// batch x output; one-hot for classes.
        targets: View,
    },
    /// `into = sd * N(0, 1)` from a named stream.
    FillNoise {
        /// Place among [`super::Program::noise_streams`].
        stream: usize,
        /// SD.
        sd: Slot,
        /// Where to.
        into: View,
    },
    /// `out (+)= alpha A B`, each operand transposed or not.
    MatMul {
        /// Left operand.
        a: View,
        /// Whether `a` is used transposed.
        transpose_a: bool,
        /// Right operand.
        b: View,
        /// Whether `b` is used transposed.
        transpose_b: bool,
        /// Result.
        out: View,
        /// Factor.
        alpha: f64,
        /// Whether the product is added to `out`.
        accumulate: bool,
        /// Inner axis.
        batch: InnerBatch,
    },
    /// `to = from`.
    Copy {
        /// Source.
        from: View,
        /// Destination, of the same shape.
        to: View,
    },
    /// `to += from`.
    Add {
        /// Source.
        from: View,
        /// Destination, of the same shape.
        to: View,
    },
    /// `to += from` or `to = from`, and by how much that changes |to|^2.
    ///
    /// The change is the sum of (new - old)(new + old) over the elements as they are stored, so that it keeps its
    /// digits where two squares of nearly the same size would lose them.
    ChangeWeights {
        /// What is added, or the new value.
        from: View,
        /// Changed in place, of the same shape.
        to: View,
        /// Whether `from` replaces `to`.
        replaces: bool,
        /// Metric of the change.
        metric: usize,
    },
    /// `out = a - b`.
    Subtract {
        /// Minuend.
        a: View,
        /// Subtrahend.
        b: View,
        /// Difference.
        out: View,
    },
    /// Adds one row to every row.
    AddRow {
        /// 1 x columns.
        row: View,
        /// rows x columns.
        to: View,
    },
    /// Mean over rows.
    ColumnMean {
        /// rows x columns.
        x: View,
        /// 1 x columns.
        out: View,
    },
    /// Mean over rows of a product.
    ColumnMeanProduct {
        /// rows x columns.
        a: View,
        /// rows x columns; may be `a` itself.
        b: View,
        /// 1 x columns.
        out: View,
    },
    /// Variance over rows: the mean square of what differs from the mean.
    ColumnVariance {
        /// rows x columns.
        x: View,
        /// 1 x columns.
        mean: View,
        /// 1 x columns.
        out: View,
    },
    /// The value of a tape for every element.
    Evaluate {
        /// What is computed.
        tape: Arc<Tape>,
        /// Its operands, in the order of its inputs; one of the shape of `out` may be `out` itself.
        operands: Vec<Source>,
        /// Result.
        out: View,
    },
    /// `into` = 0 with the probability `rate`, else 1 / (1 - rate), from a named stream.
    DrawMask {
        /// Place among [`super::Program::noise_streams`].
        stream: usize,
        /// Probability of 0.
        rate: Slot,
        /// Where to.
        into: View,
    },
    /// Data loss of each example of the batch.
    ExampleLoss {
        /// Which.
        kind: Loss,
        /// Factor on the loss.
        scale: f64,
        /// batch x output.
        output: View,
        /// batch x output.
        target: View,
        /// 1 x batch.
        out: View,
    },
    /// Euclidean norm of every row, or Frobenius norm of the whole.
    Norms {
        /// rows x columns.
        x: View,
        /// 1 x rows, or 1 x 1 for the whole.
        out: View,
        /// Whether it is the norm of the whole.
        whole: bool,
    },
    /// `rate` times the sum over views of the mean absolute element.
    ActivationPenalty {
        /// Activations of the hidden layers.
        views: Vec<View>,
        /// lambda.
        rate: Slot,
        /// Metric.
        metric: usize,
    },
    /// `from[i, :] -= scale[i] x[i, :]`.
    SubtractScaledRows {
        /// 1 x rows.
        scale: View,
        /// rows x columns.
        x: View,
        /// rows x columns.
        from: View,
    },
    /// `y = f(x)`.
    Activate {
        /// f.
        kind: Activation,
        /// Pre-activations.
        x: View,
        /// Post-activations.
        y: View,
    },
    /// `gradient *= f'(x)`, from y = f(x).
    ActivationBackward {
        /// f.
        kind: Activation,
        /// Post-activations.
        y: View,
        /// Changed in place.
        gradient: View,
    },
    /// Softmax of every row.
    Softmax {
        /// Logits.
        x: View,
        /// Probabilities.
        y: View,
    },
    /// Data loss of the batch, and what every example asks of the output: minus batch size times its gradient.
    Loss {
        /// Which.
        kind: Loss,
        /// Factor on the loss.
        scale: f64,
        /// batch x output.
        output: View,
        /// batch x output.
        target: View,
        /// batch x output.
        delta: View,
    },
    /// Scales all views by min(1, limit / (norm + 1e-6)), norm over all of them together; nothing at limit 0.
    Clip {
        /// The learning signals of weights and biases.
        views: Vec<View>,
        /// Largest norm.
        limit: Slot,
    },
    /// Learning signal of appendix C.6 from the random direction W*.
    RandomSignal {
        /// W.
        weights: View,
        /// W*, unclipped.
        direction: View,
        /// p s_dir s_red W*.
        signal: View,
        /// Norm that W is driven to.
        target: Slot,
        /// Largest norm of W*.
        clip: Slot,
    },
    /// `update` = what the optimiser does to the parameter, from the signal and the decay.
    Update {
        /// W of this step (with transient noise).
        weights: View,
        /// Learning signal.
        signal: View,
        /// Decay; absent for a parameter that does not decay.
        decay: Option<Decay>,
        /// Optimiser.
        optimizer: Optimizer,
        /// Change of W.
        update: View,
        /// Adam: what of the change the decay alone causes, where the force balance asks for it.
        share: Option<DecayShare>,
    },
    /// Normalises every row.
    NormalizeRows {
        /// How.
        kind: Normalization,
        /// In place.
        x: View,
        /// 1 where an element exists, 0 elsewhere; those that do not stay 0 and do not count.
        mask: Option<View>,
    },
    /// Sums of one layer's rows: |g|^2, |H|^2, <g,H>, |u|^2, <u,H>, |W|^2, <W,g>, <W,u>, <W,H>; their totals go to the
    /// metrics.
    RowSums {
        /// Learning signal, out x in.
        signal: View,
        /// Hebbian update, out x in.
        hebbian: View,
        /// Full update, out x in.
        update: Option<View>,
        /// W, out x in.
        weights: View,
        /// out x 13: see [`super::measure::ROW_VALUES`].
        sums: View,
        /// First of nine metrics.
        metrics: usize,
    },
    /// The force balance, row by row: <W,u_signal>, <W,u_decay>, <W,eps> and |u + eps|^2, with W before the step's noise
    /// eps; their totals go to the metrics.
    ///
    /// The signal's part of the update is learning rate times g, and the rest is the decay's (and the normalisation's),
    /// unless the optimiser says what the decay's part is.
    Forces {
        /// What [`Op::RowSums`] has left, out x 13.
        row_sums: View,
        /// W as the step used it, out x in.
        weights: View,
        /// Learning signal, out x in.
        signal: View,
        /// Full update, out x in.
        update: View,
        /// The decay's part of the update, out x in, where it is not u - learning rate times g.
        decay_share: Option<View>,
        /// Rates of the decay: while all are 0, and nothing else is in the update, the signal's part is the whole.
        rates: Option<[Slot; 2]>,
        /// Noise of the step.
        noise: InjectedNoise,
        /// out x 5: see [`super::measure::FORCE_VALUES`].
        forces: View,
        /// First of four metrics.
        metrics: usize,
        /// Metric of what the noise did to |W|^2, set to 0 here where there was none.
        noise_change: usize,
    },
    /// Counts and products of the signs of g, H and u: the five sums of [`super::measure::SIGN_SUMS`].
    SignSums {
        /// Learning signal.
        signal: View,
        /// Hebbian update.
        hebbian: View,
        /// Full update.
        update: Option<View>,
        /// First metric.
        metrics: usize,
    },
    /// Sum over examples of cos(g(x), H(x)), number of examples where it is defined, and sum of <g(x), H(x)>.
    PerExampleSums {
        /// Per-example learning delta, batch x out.
        delta: View,
        /// Pre-activations, batch x out.
        pre_activation: View,
        /// Inputs of the layer, batch x in.
        input: View,
        /// Where not all connections exist: sum of the squared inputs of each neuron's own, batch x out.
        power: Option<View>,
        /// First of three metrics.
        metrics: usize,
    },
    /// |a|^2, |b|^2, <a,b>.
    PairSums {
        /// One.
        a: View,
        /// Other.
        b: View,
        /// First of three metrics.
        metrics: usize,
    },
    /// Closes a window: |mean g - gamma D mean W|^2 and |mean g|^2, |mean H|^2, <mean g, mean H>; clears the sums.
    CloseWindow {
        /// Sum of g over the window's measured steps.
        signal: View,
        /// Sum of H.
        hebbian: View,
        /// Sum of W, or of D W.
        weights: View,
        /// D's diagonal.
        diagonal: Option<View>,
        /// gamma.
        rate: Slot,
        /// First of four metrics.
        metrics: usize,
    },
    /// Adds the loss and the number of right answers of the rows in use to the evaluation's sums.
    EvaluateLoss {
        /// Which.
        kind: Loss,
        /// Factor on the loss.
        scale: f64,
        /// rows x output.
        output: View,
        /// rows x output.
        target: View,
    },
    /// An operation on images.
    Image(ImageOp),
    /// An operation on tokens.
    Token(TokenOp),
    /// An operation on groups of rows.
    Rows(RowOp),
}

/// When an instruction runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At every step.
    Always,
    /// At measured steps.
    Measured,
    /// At the other steps.
    Unmeasured,
    /// At the last measured step of a window.
    WindowEnd,
    /// At every step that trains; not when a step is only looked at.
    Training,
    /// At measured steps that train.
    TrainingMeasured,
    /// At unmeasured steps that train.
    TrainingUnmeasured,
}

/// An operation with its conditions.
#[derive(Clone, Debug, PartialEq)]
pub struct Instruction {
    /// What.
    pub op: Op,
    /// When.
    pub when: When,
    /// Skipped while this hyper-parameter is 0.
    pub unless_zero: Option<Slot>,
}
