//! A training step, compiled from the experiment into a flat list of operations over preallocated buffers.
//!
//! Layers, rules, regularisers and measurement only append operations; executors run them.

mod access;
mod builder;
mod check;
mod compile;
mod course;
mod given;
mod graph;
mod groups;
mod images;
mod initial;
mod layers;
mod map;
pub mod measure;
mod memory;
mod models;
mod op;
mod regularizers;
mod rules;
mod slot;
mod tokens;
mod view;

pub use access::Accesses;
pub use builder::{Builder, NoiseStream};
pub use compile::Switches;
pub use course::Course;
pub use given::Given;
pub use groups::RowOp;
pub use images::{ImageLayout, ImageOp};
pub use initial::Initial;
pub use map::{Parameter, ParameterKind};
pub use memory::MemoryPlan;
pub use op::{Decay, DecayShare, InjectedNoise, InnerBatch, Instruction, Op, Optimizer, Source, When};
pub use slot::Slot;
pub use tokens::{Heads, TokenOp};
pub use view::{BufferId, View};

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

/// Views of one linear map, for snapshots and panes.
#[derive(Clone, Debug, PartialEq)]
pub struct MapViews {
    /// Its number in forward order, counted from 1: the layer of a multilayer perceptron.
    pub layer: usize,
    /// Name in state dictionaries, such as `layers.0`.
    pub name: String,
    /// Name in columns: `2`, `encoder_1_query`.
    pub label: String,
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
    /// Instructions of the step after which all of these views are there; later ones may overwrite those that are no
    /// parameters.
    pub ready: usize,
}

impl MapViews {
    /// What is there when the map is ready, besides parameters.
    fn passing(&self) -> impl Iterator<Item = View> {
        let always = [self.input, self.pre_activation, self.signal, self.hebbian, self.update, self.weights];
        always.into_iter().chain(self.delta).chain(self.decay.product)
    }
}

/// A compiled step.
#[derive(Clone, Debug)]
pub struct Program {
    /// Buffers.
    pub buffers: Vec<Buffer>,
    /// Where they lie.
    pub memory: MemoryPlan,
    /// Hyper-parameters of a replica.
    pub slots: usize,
    /// Live settings that it is compiled with.
    pub switches: Switches,
    /// The step, in order.
    pub step: Vec<Instruction>,
    /// Forward pass and loss on a chunk of the validation set, noise-free.
    pub evaluation: Vec<Instruction>,
    /// Where the evaluation's examples and targets go.
    pub evaluation_batch: (View, View),
    /// Streams of injected noise.
    pub noise_streams: Vec<NoiseStream>,
    /// Every trained parameter, layer by layer.
    pub parameters: Vec<Parameter>,
    /// Every linear map, in forward order.
    pub layers: Vec<MapViews>,
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
    /// A step of single operations that measures `metrics` numbers: what tests of executors run.
    #[must_use]
    pub fn bare(buffers: Vec<Buffer>, step: Vec<Instruction>, metrics: usize) -> Self {
        let whole = View { buffer: BufferId(0), offset: 0, rows: 1, columns: 1, row_stride: 1 };
        Self {
            memory: MemoryPlan::separate(&buffers),
            slots: Slot::count(0, 0),
            switches: Switches::default(),
            buffers,
            step,
            evaluation: Vec::new(),
            evaluation_batch: (whole, whole),
            noise_streams: Vec::new(),
            parameters: Vec::new(),
            layers: Vec::new(),
            metrics: MetricLayout { count: metrics, ..MetricLayout::default() },
            plan: MeasurePlan { every: 1, window: 1, total_steps: 1 },
            batch_size: 1,
            flops_per_step: 0,
        }
    }

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
            Op::FillNoise { into, .. } | Op::DrawMask { into, .. } => format!("draw {}", name(into)),
            Op::Evaluate { out, .. } => format!("evaluate {}", name(out)),
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

    /// Elements that a replica holds between steps: parameters, states and constants.
    #[must_use]
    pub fn lasting_elements(&self) -> usize {
        let lasting = self.buffers.iter().filter(|buffer| buffer.role != Role::Scratch);
        lasting.map(|buffer| buffer.rows * buffer.columns).sum()
    }

    /// Elements that a step of a replica needs beside them, and that the next step does not read.
    #[must_use]
    pub fn working_elements(&self) -> usize {
        let is_own = |place: &usize| self.buffers[*place].role == Role::Scratch && self.memory.is_own(*place);
        let own =
            (0..self.buffers.len()).filter(is_own).map(|place| self.buffers[place].rows * self.buffers[place].columns);
        own.sum::<usize>() + self.memory.slabs().iter().sum::<usize>()
    }

    /// Elements that a look at a step needs in place of [`Self::working_elements`].
    #[must_use]
    pub fn looked_at_elements(&self) -> usize {
        let scratch = self.buffers.iter().filter(|buffer| buffer.role == Role::Scratch);
        scratch.map(|buffer| buffer.rows * buffer.columns).sum()
    }
}
