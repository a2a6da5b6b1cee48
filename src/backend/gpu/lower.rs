//! From a step program to dispatches of kernels.

use std::sync::Arc;

use bytemuck::{Pod, bytes_of};

use super::arena::Arena;
use super::kernel::{Kernel, Plain};
use super::params::{self, GpuView, Keep, NONE};
use super::reduction::{Reduction, Segments};
use super::tape::TapeKernel;
use super::wide::record_numbers;
use crate::experiment::{Loss, Normalization};
use crate::expression::Tape;
use crate::program::measure::{LOSS, ROW_SUMS};
use crate::program::{Instruction, Op, Optimizer, Program, Slot, Source, View, When};

/// Bytes from the parameters of a dispatch to those of the next: the largest alignment that WebGPU lets an adapter ask
/// for, and room for the largest struct.
pub const PARAMS_STRIDE: usize = 256;

/// A kernel with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dispatch {
    /// Place among [`Lowered::kernels`].
    pub kernel: usize,
    /// First byte of its parameters.
    pub params: u32,
    /// Workgroups of a replica; beyond what a device takes along x they lie along y as well.
    pub groups: u32,
    /// Workgroups along z for each replica; one where only one replica is meant.
    pub inner: u32,
    /// Whether z counts replicas.
    pub per_replica: bool,
}

/// An instruction with the conditions it had.
#[derive(Clone, Debug)]
pub struct LoweredInstruction {
    /// When.
    pub when: When,
    /// Skipped altogether while this hyper-parameter is 0 for every replica.
    pub unless_zero: Option<Slot>,
    /// What, in order.
    pub dispatches: Vec<Dispatch>,
}

/// A program as dispatches.
#[derive(Clone, Debug, Default)]
pub struct Lowered {
    /// Kernels in use.
    pub kernels: Vec<Kernel>,
    /// Parameters of all dispatches.
    pub params: Vec<u8>,
    /// The step.
    pub step: Vec<LoweredInstruction>,
    /// Evaluation of a chunk of the validation set, its gathering first.
    pub evaluation: Vec<LoweredInstruction>,
    /// Keeps the step's metrics.
    pub record: Option<Dispatch>,
    /// Numbers that sums of parts of a matrix take, at most.
    pub parts: usize,
}

/// Where data lie on the device.
#[derive(Clone, Copy, Debug, Default)]
pub struct DataPlaces {
    /// First word of a set's inputs, and words from one data set to the next.
    pub inputs: [u32; 2],
    /// The same of targets.
    pub targets: [u32; 2],
}

/// All that the host knows of the data.
#[derive(Clone, Copy, Debug, Default)]
pub struct DataLayout {
    /// Training examples.
    pub train: DataPlaces,
    /// Validation examples.
    pub validation: DataPlaces,
    /// Words of inputs in the first of the two pieces.
    pub second_inputs: u32,
    /// First word of factors and offsets of pixels; `None` for numbers.
    pub scales: Option<u32>,
    /// Whether targets are classes.
    pub has_classes: bool,
    /// First word of the replicas' places of data.
    pub places: u32,
    /// First word of the replicas' places in the list of example orders.
    pub orders: u32,
    /// First word of the keys of random streams, and words from a stream to the next.
    pub keys: [u32; 2],
}

/// Fewer workgroups than these leave a large GPU idle: smaller tiles then.
const FEW_GROUPS: u64 = 256;

/// Lowers a program for `replicas` replicas.
#[must_use]
pub fn lower(program: &Program, arena: &Arena, data: &DataLayout, replicas: u32) -> Lowered {
    let mut lowering = Lowering { arena, data, replicas, lowered: Lowered::default() };
    let step = lowering.step(&program.step);
    let (inputs, targets) = program.evaluation_batch;
    let gather = LoweredInstruction {
        when: When::Always,
        unless_zero: None,
        dispatches: vec![lowering.fill_batch(inputs, targets, true)],
    };
    let evaluation = program.evaluation.iter().map(|instruction| lowering.instruction(instruction));
    let evaluation = std::iter::once(gather).chain(evaluation.collect::<Vec<_>>()).collect();
    let count = program.metrics.count as u32;
    let record = params::Record { count, pad: [0; 3] };
    let numbers = record_numbers(program.metrics.count) as u32;
    let record = lowering.plain(Plain::Record, &record, numbers.div_ceil(64));
    Lowered { step, evaluation, record: Some(record), ..lowering.lowered }
}

/// Dispatches that keep the row sums and forces of one replica, behind the metrics of all.
#[must_use]
pub fn record_rows(program: &Program, arena: &Arena, lowered: &mut Lowered, replica: u32, first: u32) -> Vec<Dispatch> {
    let data = DataLayout::default();
    let mut lowering = Lowering { arena, data: &data, replicas: 1, lowered: std::mem::take(lowered) };
    let mut to = first;
    let rows = program.layers.iter().filter_map(|layer| layer.row_sums);
    let forces = program.layers.iter().filter_map(|layer| layer.forces);
    let dispatches = rows
        .chain(forces)
        .map(|view| {
            let params = params::RecordRows { x: arena.view(view), replica, to, pad: [0; 2] };
            to += view.len() as u32;
            Dispatch { per_replica: false, ..lowering.over(Plain::RecordRows, &params, view.len()) }
        })
        .collect();
    *lowered = lowering.lowered;
    dispatches
}

/// A program on its way to dispatches.
pub(super) struct Lowering<'a> {
    pub(super) arena: &'a Arena,
    data: &'a DataLayout,
    replicas: u32,
    pub(super) lowered: Lowered,
}

pub(super) fn slot(slot: Option<Slot>) -> u32 {
    slot.map_or(NONE, |slot| slot.index() as u32)
}

impl Lowering<'_> {
    fn dispatch<P: Pod>(&mut self, kernel: Kernel, params: &P, groups: u32, inner: u32) -> Dispatch {
        const { assert!(size_of::<P>() <= PARAMS_STRIDE, "parameters fit into their place") };
        let kernels = &mut self.lowered.kernels;
        let place = kernels.iter().position(|known| *known == kernel).unwrap_or_else(|| {
            kernels.push(kernel);
            kernels.len() - 1
        });
        let bytes = &mut self.lowered.params;
        let first = bytes.len();
        bytes.extend_from_slice(bytes_of(params));
        bytes.resize(first + PARAMS_STRIDE, 0);
        Dispatch { kernel: place, params: first as u32, groups, inner, per_replica: true }
    }

    pub(super) fn plain<P: Pod>(&mut self, kernel: Plain, params: &P, groups: u32) -> Dispatch {
        self.dispatch(Kernel::Plain(kernel), params, groups, 1)
    }

    /// One invocation an element.
    pub(super) fn over<P: Pod>(&mut self, kernel: Plain, params: &P, elements: usize) -> Dispatch {
        self.plain(kernel, params, elements.div_ceil(256) as u32)
    }

    pub(super) fn view(&self, view: View) -> GpuView {
        self.arena.view(view)
    }

    pub(super) fn optional(&self, view: Option<View>) -> GpuView {
        view.map_or([0, 0, 1, 0], |view| self.view(view))
    }

    fn instruction(&mut self, instruction: &Instruction) -> LoweredInstruction {
        let unless_zero = slot(instruction.unless_zero);
        let dispatches = self.op(&instruction.op, unless_zero);
        LoweredInstruction { when: instruction.when, unless_zero: instruction.unless_zero, dispatches }
    }

    /// An entry for each instruction. Where the sums of a layer's rows follow its update, both are one pass at measured
    /// steps, in the second's place, and the first is left to the others.
    fn step(&mut self, step: &[Instruction]) -> Vec<LoweredInstruction> {
        let mut lowered: Vec<LoweredInstruction> = Vec::with_capacity(step.len());
        for (i, instruction) in step.iter().enumerate() {
            let before = i.checked_sub(1).map(|place| &step[place]);
            match before.and_then(|before| self.update_row_sums(before, instruction)) {
                Some(both) => {
                    if let Some(update) = lowered.last_mut() {
                        update.when = When::Unmeasured;
                    }
                    lowered.push(LoweredInstruction { when: When::Measured, unless_zero: None, dispatches: both });
                }
                None => lowered.push(self.instruction(instruction)),
            }
        }
        lowered
    }

    fn update_row_sums(&mut self, before: &Instruction, sums: &Instruction) -> Option<Vec<Dispatch>> {
        let (
            Op::Update { weights, signal, update, optimizer, .. },
            Op::RowSums { weights: w, signal: g, update: Some(u), hebbian, sums: to, metrics },
        ) = (&before.op, &sums.op)
        else {
            return None;
        };
        let is_same = (w, g, u) == (weights, signal, update);
        let is_plain = before.when == When::Always && before.unless_zero.is_none() && sums.unless_zero.is_none();
        if !is_same || !is_plain || sums.when != When::Measured {
            return None;
        }
        let params = params::Update {
            hebbian: self.view(*hebbian),
            sums: self.view(*to),
            lanes: Segments::of(weights.columns).lanes,
            ..self.update_params(&before.op, NONE)
        };
        let adam = matches!(optimizer, Optimizer::Adam { .. });
        let groups = Segments::of(weights.columns).groups(weights.rows);
        let pass = self.dispatch(Kernel::UpdateRowSums { adam }, &params, groups, 1);
        Some(vec![pass, self.totals(*to, *metrics, ROW_SUMS)])
    }

    fn elementwise(&mut self, kernel: Kernel, x: View, y: Option<View>, to: View, unless_zero: u32) -> Vec<Dispatch> {
        let params =
            params::Elementwise { x: self.view(x), y: self.optional(y), to: self.view(to), unless_zero, pad: [0; 3] };
        vec![self.dispatch(kernel, &params, to.len().div_ceil(256) as u32, 1)]
    }

    fn fill_batch(&mut self, inputs: View, targets: View, in_order: bool) -> Dispatch {
        let data = *self.data;
        let places = if in_order { data.validation } else { data.train };
        let params = params::FillBatch {
            inputs: self.view(inputs),
            targets: self.view(targets),
            input_base: places.inputs[0],
            input_stride: places.inputs[1],
            target_base: places.targets[0],
            target_stride: places.targets[1],
            input_kind: u32::from(data.scales.is_some()),
            target_kind: u32::from(data.has_classes),
            places: data.places,
            in_order: u32::from(in_order),
            orders: data.orders,
            scales: data.scales.unwrap_or(0),
            second_inputs: data.second_inputs,
            pad: 0,
        };
        self.over(Plain::FillBatch, &params, inputs.len() + targets.len())
    }

    fn op(&mut self, op: &Op, unless_zero: u32) -> Vec<Dispatch> {
        let plain = Kernel::Plain;
        match op {
            Op::FillBatch { inputs, targets } => vec![self.fill_batch(*inputs, *targets, false)],
            Op::FillNoise { stream, sd, into } => {
                vec![self.draw(Plain::FillNoise, *stream, *sd, *into, unless_zero)]
            }
            Op::MatMul { .. } => vec![self.matmul(op, unless_zero)],
            Op::Copy { from, to } => self.elementwise(plain(Plain::Copy), *from, None, *to, unless_zero),
            Op::Add { from, to } => self.elementwise(plain(Plain::Add), *from, None, *to, unless_zero),
            Op::Subtract { a, b, out } => self.elementwise(plain(Plain::Subtract), *a, Some(*b), *out, unless_zero),
            Op::AddRow { row, to } => self.elementwise(plain(Plain::AddRow), *row, None, *to, unless_zero),
            Op::SubtractScaledRows { scale, x, from } => {
                self.elementwise(plain(Plain::SubtractScaledRows), *scale, Some(*x), *from, unless_zero)
            }
            Op::Activate { kind, x, y } => self.elementwise(Kernel::Activate(*kind), *x, None, *y, unless_zero),
            Op::ActivationBackward { kind, y, gradient } => {
                self.elementwise(Kernel::ActivationBackward(*kind), *y, None, *gradient, unless_zero)
            }
            Op::ChangeWeights { from, to, replaces, metric } => {
                let of = Reduction::of_elements(Plain::ChangeWeights, *to, 1, *metric, unless_zero);
                let (x, to, replaces) = (self.view(*from), self.view(*to), u32::from(*replaces));
                self.sums(&of, |sums| params::ChangeWeights { x, to, sums, replaces, unless_zero, pad: [0; 2] })
            }
            Op::ColumnMean { x, out } => self.column_mean(*x, None, *out, 0, unless_zero),
            Op::ColumnMeanProduct { a, b, out } => self.column_mean(*a, Some(*b), *out, 1, unless_zero),
            Op::ColumnVariance { x, mean, out } => self.column_mean(*x, Some(*mean), *out, 2, unless_zero),
            Op::Evaluate { tape, operands, out } => vec![self.evaluate(tape, operands, *out, unless_zero)],
            Op::DrawMask { stream, rate, into } => {
                vec![self.draw(Plain::DrawMask, *stream, *rate, *into, unless_zero)]
            }
            Op::ExampleLoss { kind, scale, output, target, out } => {
                let params = params::ExampleLoss {
                    output: self.view(*output),
                    wanted: self.view(*target),
                    to: self.view(*out),
                    kind: loss_number(*kind),
                    scale: *scale as f32,
                    unless_zero,
                    pad: 0,
                };
                vec![self.over(Plain::ExampleLoss, &params, output.rows)]
            }
            Op::Norms { x, out, whole } => {
                let to = self.view(*out);
                if *whole {
                    return self.squared_norm(*x, Keep::Root, to[0], unless_zero);
                }
                let segments = Segments::of(x.columns);
                let lanes = segments.lanes;
                let params = params::Norms { x: self.view(*x), to, unless_zero, lanes, pad: [0; 2] };
                vec![self.plain(Plain::Norms, &params, segments.groups(x.rows))]
            }
            Op::ActivationPenalty { views, rate, metric } => {
                let rate = slot(Some(*rate));
                let of_view = |(place, view): (usize, &View)| {
                    let keep = if place == 0 { Keep::Metric } else { Keep::Added };
                    let kernel = Plain::ActivationPenalty;
                    let of = Reduction { keep, ..Reduction::of_elements(kernel, *view, 1, *metric, unless_zero) };
                    let x = self.view(*view);
                    self.sums(&of, |sums| params::ActivationPenalty { x, sums, rate, unless_zero, pad: [0; 2] })
                };
                views.iter().enumerate().flat_map(of_view).collect()
            }
            Op::Softmax { x, y } => {
                let params = params::Softmax { x: self.view(*x), y: self.view(*y), unless_zero, pad: [0; 3] };
                vec![self.plain(Plain::Softmax, &params, x.rows.div_ceil(64) as u32)]
            }
            Op::Loss { kind, scale, output, target, delta } => {
                let of = match kind {
                    Loss::Mse => Reduction::of_elements(Plain::Loss, *output, 1, LOSS, unless_zero),
                    Loss::CrossEntropy => Reduction::of_rows(Plain::Loss, *output, 1, LOSS, unless_zero),
                };
                let [output, wanted, delta] = [output, target, delta].map(|view| self.view(*view));
                let (kind, scale) = (loss_number(*kind), *scale as f32);
                self.sums(&of, |sums| params::Loss { output, wanted, delta, kind, scale, unless_zero, pad: 0, sums })
            }
            Op::EvaluateLoss { kind, scale, output, target } => {
                let metric = self.arena.evaluation as usize;
                let of = Reduction::of_rows(Plain::EvaluateLoss, *output, 2, metric, unless_zero);
                let of = Reduction { keep: Keep::Added, ..of };
                let [output, wanted] = [output, target].map(|view| self.view(*view));
                let (kind, scale) = (loss_number(*kind), *scale as f32);
                self.sums(&of, |sums| params::EvaluateLoss { output, wanted, kind, scale, unless_zero, pad: 0, sums })
            }
            Op::Image(op) => vec![self.image_op(op, unless_zero)],
            Op::Token(op) => vec![self.token_op(op, unless_zero)],
            Op::Rows(op) => vec![self.row_op(op, unless_zero)],
            Op::Clip { views, limit } => self.clip(views, *limit, unless_zero),
            Op::RandomSignal { .. } => self.random_signal(op, unless_zero),
            Op::Update { .. } => vec![self.update(op, unless_zero)],
            Op::NormalizeRows { kind, x, mask } => {
                let kind = match kind {
                    Normalization::None => return Vec::new(),
                    Normalization::Standardize => 0,
                    Normalization::Unit => 1,
                };
                let segments = Segments::of(x.columns);
                let params = params::NormalizeRows {
                    x: self.view(*x),
                    mask: self.optional(*mask),
                    kind,
                    unless_zero,
                    lanes: segments.lanes,
                    pad: 0,
                };
                vec![self.plain(Plain::NormalizeRows, &params, segments.groups(x.rows))]
            }
            Op::RowSums { .. }
            | Op::Forces { .. }
            | Op::SignSums { .. }
            | Op::PerExampleSums { .. }
            | Op::PairSums { .. }
            | Op::CloseWindow { .. } => self.measurement(op, unless_zero),
        }
    }

    fn matmul(&mut self, op: &Op, unless_zero: u32) -> Dispatch {
        let Op::MatMul { a, transpose_a, b, transpose_b, out, alpha, accumulate, batch } = op else {
            unreachable!("only matrix products are lowered here")
        };
        let groups = |thread: u32| {
            let edge = 16 * thread;
            (out.columns as u32).div_ceil(edge) * (out.rows as u32).div_ceil(edge)
        };
        let inner = batch.count as u32;
        let all = u64::from(groups(4)) * u64::from(inner * self.replicas);
        let thread = if all < FEW_GROUPS { 2 } else { 4 };
        let params = params::MatMul {
            a: self.view(*a),
            b: self.view(*b),
            out: self.view(*out),
            inner: [inner, batch.a_stride as u32, batch.b_stride as u32, batch.out_stride as u32],
            alpha: *alpha as f32,
            accumulate: u32::from(*accumulate),
            unless_zero,
            depth: if *transpose_a { a.rows } else { a.columns } as u32,
        };
        let (transpose_a, transpose_b) = (*transpose_a, *transpose_b);
        let strides = [batch.a_stride, batch.b_stride, batch.out_stride];
        let is_whole = [params.a, params.b, params.out].into_iter().all(is_whole_vectors);
        let kernel = if is_whole && strides.iter().all(|stride| stride.is_multiple_of(4)) {
            Kernel::MatMulVec4 { transpose_a, transpose_b, rows: if thread == 4 { 4 } else { 1 } }
        } else {
            Kernel::MatMul { transpose_a, transpose_b, thread }
        };
        self.dispatch(kernel, &params, groups(thread), inner)
    }

    /// Numbers of a random stream.
    fn draw(&mut self, kernel: Plain, stream: usize, setting: Slot, into: View, unless_zero: u32) -> Dispatch {
        let keys = self.data.keys[0] + stream as u32 * self.data.keys[1];
        let params = params::Draw { into: self.view(into), setting: slot(Some(setting)), keys, unless_zero, pad: 0 };
        // Four elements an invocation, sixteen invocations a chunk of 64.
        self.over(kernel, &params, into.len().div_ceil(64) * 16)
    }

    fn squared_norm(&mut self, x: View, keep: Keep, to: u32, unless_zero: u32) -> Vec<Dispatch> {
        let of = Reduction { keep, to, ..Reduction::of_elements(Plain::SquaredNorm, x, 1, 0, unless_zero) };
        let x = self.view(x);
        self.sums(&of, |sums| params::SquaredNorm { x, sums, unless_zero, pad: [0; 3] })
    }

    fn random_signal(&mut self, op: &Op, unless_zero: u32) -> Vec<Dispatch> {
        let Op::RandomSignal { weights, direction, signal, target, clip } = op else {
            unreachable!("only random signals are lowered here")
        };
        let of = Reduction::of_elements(Plain::RandomSignalSums, *weights, 3, 0, unless_zero);
        // The sums lie behind those of the parts.
        let parts = of.items.div_ceil(of.part) + 1;
        let rows = self.parts(parts, 6);
        let sums = rows[0] + rows[3] * (rows[1] - 1);
        let of = Reduction { keep: Keep::Row, to: sums, ..of };
        let [weights, direction] = [weights, direction].map(|view| self.view(*view));
        let mut dispatches =
            self.sums(&of, |sums| params::RandomSignalSums { weights, direction, sums, unless_zero, pad: [0; 3] });
        let (wanted, clip) = (slot(Some(*target)), slot(Some(*clip)));
        let params = params::RandomSignal { direction, signal: self.view(*signal), sums, wanted, clip, unless_zero };
        dispatches.push(self.over(Plain::RandomSignal, &params, signal.len()));
        dispatches
    }

    fn evaluate(&mut self, tape: &Arc<Tape>, operands: &[Source], out: View, unless_zero: u32) -> Dispatch {
        let places: Vec<GpuView> = operands
            .iter()
            .map(|operand| match *operand {
                Source::Matrix(view) | Source::Row(view) | Source::Column(view) | Source::Single(view) => {
                    self.view(view)
                }
                Source::Slot(of) => [slot(Some(of)), 0, 0, 0],
            })
            .collect();
        let mut params =
            params::Tape { to: self.view(out), unless_zero, pad: [0; 3], operands: [[0; 4]; params::MOST_OPERANDS] };
        params.operands.iter_mut().zip(&places).for_each(|(to, place)| *to = *place);
        let kernel = Kernel::Tape(TapeKernel::new(Arc::clone(tape), operands, &places));
        self.dispatch(kernel, &params, out.len().div_ceil(256) as u32, 1)
    }

    fn clip(&mut self, views: &[View], limit: Slot, unless_zero: u32) -> Vec<Dispatch> {
        let first = self.arena.norms;
        let mut dispatches = Vec::new();
        for (place, view) in views.iter().enumerate() {
            dispatches.extend(self.squared_norm(*view, Keep::Metric, first + place as u32, unless_zero));
        }
        for view in views {
            let params = params::Clip {
                x: self.view(*view),
                limit: slot(Some(limit)),
                metric: first,
                count: views.len() as u32,
                unless_zero,
            };
            dispatches.push(self.over(Plain::Clip, &params, view.len()));
        }
        dispatches
    }

    fn update(&mut self, op: &Op, unless_zero: u32) -> Dispatch {
        let Op::Update { weights, optimizer, .. } = op else { unreachable!("only updates are lowered here") };
        let params = self.update_params(op, unless_zero);
        let adam = matches!(optimizer, Optimizer::Adam { .. });
        self.dispatch(Kernel::Update { adam }, &params, weights.len().div_ceil(256) as u32, 1)
    }

    fn update_params(&self, op: &Op, unless_zero: u32) -> params::Update {
        let Op::Update { weights, signal, decay, optimizer, update, share } = op else {
            unreachable!("only updates are lowered here")
        };
        let decayed = decay.and_then(|d| d.product).unwrap_or(*weights);
        let mut params = params::Update {
            weights: self.view(*weights),
            decayed: self.view(decayed),
            signal: self.view(*signal),
            update: self.view(*update),
            diagonal: self.optional(decay.and_then(|d| d.diagonal)),
            first: self.optional(None),
            second: self.optional(None),
            decay_first: self.optional(None),
            decay_update: self.optional(None),
            learning_rate: slot(Some(Slot::LearningRate)),
            decay: slot(decay.map(|d| d.rate)),
            l1: slot(Some(Slot::L1)),
            unless_zero,
            betas: [0.0; 4],
            epsilon: 0.0,
            coupled: 0,
            lanes: 0,
            pad: 0,
            hebbian: self.optional(None),
            sums: self.optional(None),
        };
        if let Optimizer::Adam { first, second, beta1, beta2, epsilon, coupled } = *optimizer {
            params.first = self.view(first);
            params.second = self.view(second);
            params.decay_first = self.optional(share.and_then(|share| share.first));
            params.decay_update = self.optional(share.map(|share| share.update));
            params.betas = [beta1 as f32, beta2 as f32, (1.0 - beta1) as f32, (1.0 - beta2) as f32];
            params.epsilon = epsilon as f32;
            params.coupled = u32::from(coupled);
        }
        params
    }
}

/// Whether the rows of a view begin at and consist of whole vectors of four elements.
fn is_whole_vectors([offset, _, columns, row_stride]: GpuView) -> bool {
    [offset, columns, row_stride].iter().all(|value| value.is_multiple_of(4))
}

fn loss_number(kind: Loss) -> u32 {
    match kind {
        Loss::Mse => 0,
        Loss::CrossEntropy => 1,
    }
}
