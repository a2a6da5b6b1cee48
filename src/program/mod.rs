//! A training step, compiled from the experiment into a flat list of operations over preallocated buffers.
//!
//! Layers, rules, regularisers and measurement only append operations; executors run them.

mod builder;
mod compile;
mod initial;
pub mod layers;
pub mod measure;
mod op;
mod regularizers;
mod rules;

pub use builder::{Builder, NoiseStream};
pub use initial::Initial;
pub use op::{BufferId, Decay, DecayShare, InjectedNoise, InnerBatch, Instruction, Op, Optimizer, Slot, View, When};

use measure::{MeasurePlan, MetricLayout};

/// What a buffer is for, and so what becomes of it when the program is compiled anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Trained; carried over by name.
    Parameter,
    /// Optimiser's or measurement's memory; carried over by name where the shape stays.
    State,
    /// Fixed after initialisation, such as DFA's feedback.
    Constant,
    /// Overwritten in every step.
    Scratch,
}

/// A buffer, once a replica.
#[derive(Clone, Debug, PartialEq)]
pub struct Buffer {
    /// Name, unique in the program: `W1`, `b1`, `adam_first/W1`, ...
    pub name: String,
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// What it is for.
    pub role: Role,
    /// Values at the start of a run.
    pub initial: Initial,
}

/// Views of one layer, for snapshots and panes.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerViews {
    /// Layer, counted from 1.
    pub layer: usize,
    /// W as the step used it, out x in.
    pub weights: View,
    /// W as training leaves it, out x in: without the noise of a step, where that does not stay.
    pub trained_weights: View,
    /// Bias as training leaves it, 1 x out.
    pub trained_bias: Option<View>,
    /// Input h_a of the batch, batch x in.
    pub input: View,
    /// Pre-activation h_b of the batch, batch x out.
    pub pre_activation: View,
    /// What each example asks of the pre-activation, batch x out, so that its learning signal is delta h_a^T; absent
    /// where the rule has no signal of single examples.
    pub delta: Option<View>,
    /// Weight decay gamma D W; a full matrix D has its product with W among the step's results.
    pub decay: Decay,
    /// Learning signal, out x in.
    pub signal: View,
    /// Hebbian update, out x in.
    pub hebbian: View,
    /// Full update, out x in.
    pub update: View,
    /// Sums of the rows (see [`Op::RowSums`]), out x 9; absent where the layer is not measured.
    pub row_sums: Option<View>,
    /// Force balance of the rows (see [`Op::Forces`]), out x 4; absent where it is not measured.
    pub forces: Option<View>,
}

/// A compiled step.
#[derive(Clone, Debug)]
pub struct Program {
    /// Buffers.
    pub buffers: Vec<Buffer>,
    /// The step, in order.
    pub step: Vec<Instruction>,
    /// Forward pass and loss on a chunk of the validation set, noise-free.
    pub evaluation: Vec<Instruction>,
    /// Where the evaluation's examples and targets go.
    pub evaluation_batch: (View, View),
    /// Streams of injected noise.
    pub noise_streams: Vec<NoiseStream>,
    /// Every layer.
    pub layers: Vec<LayerViews>,
    /// Places of the measured numbers.
    pub metrics: MetricLayout,
    /// Which steps are measured.
    pub plan: MeasurePlan,
    /// Examples a step.
    pub batch_size: usize,
    /// Multiplications and additions of the matrix products of a measured step.
    pub flops_per_step: u64,
}

impl Program {
    /// The buffer of that name.
    #[must_use]
    pub fn buffer(&self, name: &str) -> Option<BufferId> {
        self.buffers.iter().position(|b| b.name == name).map(BufferId)
    }

    /// An instruction in words, for profiles: its operation and what it writes.
    #[must_use]
    pub fn describe(&self, instruction: &Instruction) -> String {
        let name = |view: &View| self.buffers[view.buffer.0].name.as_str();
        match &instruction.op {
            Op::MatMul { a, transpose_a, b, transpose_b, out, .. } => {
                let depth = if *transpose_a { a.rows } else { a.columns };
                let mark = |transposed: bool| if transposed { "^T" } else { "" };
                format!(
                    "matmul {}{} {}{} -> {} ({}x{}x{depth})",
                    name(a),
                    mark(*transpose_a),
                    name(b),
                    mark(*transpose_b),
                    name(out),
                    out.rows,
                    out.columns
                )
            }
            Op::Activate { y, .. } => format!("activate -> {}", name(y)),
            Op::ActivationBackward { gradient, .. } => format!("activation backward -> {}", name(gradient)),
            Op::FillBatch { .. } => "gather batch".into(),
            Op::FillNoise { into, .. } => format!("draw {}", name(into)),
            Op::Add { to, from } => format!("add {} -> {}", name(from), name(to)),
            Op::ChangeWeights { to, from, .. } => format!("observe {} -> {}", name(from), name(to)),
            Op::Copy { to, .. } => format!("copy -> {}", name(to)),
            Op::Update { update, .. } => name(update).into(),
            Op::RowSums { sums, .. } => name(sums).into(),
            Op::Forces { forces, .. } => name(forces).into(),
            Op::Loss { .. } => "loss".into(),
            Op::CloseWindow { signal, .. } => format!("close {}", name(signal)),
            other => {
                let text = format!("{other:?}");
                text.split([' ', '{']).next().unwrap_or_default().to_lowercase()
            }
        }
    }

    /// Elements of all buffers of one replica.
    #[must_use]
    pub fn elements(&self) -> usize {
        self.buffers.iter().map(|b| b.rows * b.columns).sum()
    }
}
