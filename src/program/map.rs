//! Linear maps and their parameters: what rules, regularisers and measurement are about.

use std::sync::Arc;

use super::builder::Builder;
use super::op::{Op, Source};
use super::slot::Slot;
use super::tokens::TokenOp;
use super::view::View;
use crate::experiment::Activation;
use crate::expression::Tape;

/// What a parameter is in its layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// W of a map.
    Weights,
    /// b of a map.
    Bias,
    /// A norm's gain.
    Gain,
    /// A norm's shift.
    Shift,
    /// An embedding's rows, one for each token.
    Embedding,
    /// An embedding's rows, one for each position.
    Positions,
}

/// A parameter that state dictionaries and random rules take as rows of a larger one, as attention's query, key and value
/// are rows of one matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its first row there; its first element where the larger one is a single row.
    pub first: usize,
    /// Rows of the larger one, or elements.
    pub of: usize,
}

/// A trained parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Name of its buffer, such as `W1`.
    pub name: String,
    /// Name in state dictionaries, such as `layers.0.weight`; of the larger parameter, where it is part of one.
    pub state: String,
    /// Which part of a larger parameter it is.
    pub part: Option<Part>,
    /// What it is.
    pub kind: ParameterKind,
    /// The layer that it belongs to, counted from 1.
    pub layer: usize,
    /// As training leaves it; out x in for weights, a row a token or position for embeddings, 1 x width else.
    pub trained: View,
    /// As the step uses it: `trained`, or a noisy copy.
    pub effective: View,
    /// The step's noise; not written while its SD is 0.
    pub noise: View,
    /// 1 where a connection exists, 0 elsewhere; absent where all do.
    pub mask: Option<View>,
    /// 1 where it trains, 0 where it is frozen; absent where all of it trains.
    pub trainable: Option<View>,
}

impl Parameter {
    /// Its rate of decay.
    #[must_use]
    pub fn rate(&self) -> Slot {
        Slot::WeightDecay(self.layer - 1)
    }

    /// Whether the step uses a noisy copy.
    #[must_use]
    pub fn is_copied(&self) -> bool {
        self.effective != self.trained
    }
}

/// A linear map h_b = W h_a (+ b), with `W` out x in and samples as rows (eq. 1).
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// In forward order, from 1.
    pub number: usize,
    /// Name in golden files and state dictionaries, such as `layers.0`.
    pub name: String,
    /// W.
    pub weights: Parameter,
    /// b.
    pub bias: Option<Parameter>,
    /// Input h_a, samples x in.
    pub input: View,
    /// Pre-activation h_b, samples x out; right of `delta` in one buffer, so that one product serves both.
    pub pre_activation: View,
    /// What each sample asks of the pre-activation, samples x out: minus N times dL/dh_b for gradients.
    pub delta: View,
    /// `delta` and `pre_activation` side by side, samples x 2 out.
    pub stacked: View,
    /// f(h_b) where an activation follows, maybe behind a norm; else h_b.
    pub activity: View,
    /// The activation that follows, maybe behind a norm; linear where none does.
    pub activation: Activation,
    /// The unit right behind it, where that is a norm: its place among the graph's.
    pub norm: Option<usize>,
    /// Computes the input once more, where it does not stay from the forward pass on.
    pub refresh: Option<Op>,
}

/// A place in the network whose parameters are no map's.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// Name of its buffers: `norm1`, `embedding`, `position`.
    pub name: String,
    /// The map that its parameters are listed with, counted from 1.
    pub layer: usize,
    /// What it makes, samples x width.
    pub output: View,
    /// f of that, where an activation follows directly.
    pub activity: View,
    /// The activation that follows directly; linear where none does.
    pub activation: Activation,
    /// Its parameters.
    pub kind: UnitKind,
}

/// Parameters of a [`Unit`], and what their signals are made of.
#[derive(Clone, Debug, PartialEq)]
pub enum UnitKind {
    /// Gain and shift behind a normalisation.
    Norm {
        /// Gain, 1 x width.
        gain: Box<Parameter>,
        /// Shift, 1 x width.
        shift: Box<Parameter>,
        /// What is multiplied by the gain, samples x width.
        normalized: View,
    },
    /// A row for each token.
    Embedding {
        /// vocabulary x width.
        table: Parameter,
        /// sequences x length.
        tokens: View,
    },
    /// A row for each position.
    Positions {
        /// length x width.
        table: Parameter,
    },
}

impl Unit {
    /// Its parameters.
    #[must_use]
    pub fn parameters(&self) -> Vec<&Parameter> {
        match &self.kind {
            UnitKind::Norm { gain, shift, .. } => vec![&**gain, &**shift],
            UnitKind::Embedding { table, .. } | UnitKind::Positions { table } => vec![table],
        }
    }

    /// Appends the signals of its parameters from what each sample asks of its output, samples x width: a name and a
    /// matrix of the parameter's shape for each. Names of buffers begin with `prefix`.
    pub fn append_signals(&self, builder: &mut Builder, delta: View, prefix: &str) -> Vec<(String, View)> {
        let mut signals = Vec::new();
        let mut signal = |builder: &mut Builder, parameter: &Parameter| {
            let (rows, columns) = (parameter.trained.rows, parameter.trained.columns);
            let view = builder.scratch(format!("{prefix}signal/{}", parameter.name), rows, columns);
            signals.push((parameter.name.clone(), view));
            view
        };
        match &self.kind {
            UnitKind::Norm { gain, shift, normalized } => {
                let (of_shift, of_gain) = (signal(builder, shift), signal(builder, gain));
                builder.push(Op::ColumnMean { x: delta, out: of_shift });
                builder.push(Op::ColumnMeanProduct { a: delta, b: *normalized, out: of_gain });
            }
            UnitKind::Embedding { table, tokens } => {
                let out = signal(builder, table);
                let scale = 1.0 / delta.rows as f64;
                builder.push(Op::Token(TokenOp::SumTokens { tokens: *tokens, from: delta, out, scale }));
            }
            UnitKind::Positions { table } => {
                let out = signal(builder, table);
                let length = out.rows;
                // Sequences one below the other, each as one row.
                let columns = out.len();
                let sequences = View { rows: delta.rows / length, columns, row_stride: columns, ..delta };
                builder
                    .push(Op::ColumnMean { x: sequences, out: View { rows: 1, columns, row_stride: columns, ..out } });
                let tape = Tape::elementwise(&format!("x / {length}"), &["x"]);
                builder.push(Op::Evaluate { tape: Arc::new(tape), operands: vec![Source::Matrix(out)], out });
            }
        }
        signals
    }
}
