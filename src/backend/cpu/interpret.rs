//! Runs the operations of a program on one replica.

use super::aligned::Aligned;
use super::elementwise::{add, add_row_to_all, copy, scale, subtract_from, subtract_scaled_rows};
use super::forces::{Noise, Split, Step};
use super::matmul::{Operand, Shape, Strides, Target, matmul};
use super::optimizer::{Adam, AdamStep, Rates, clip_factor, normalize_existing, normalize_rows, random_signal, update};
use super::real::Real;
use super::reduce::{column_mean, column_mean_product, column_variance, norms, pair_sums, squared_norm, sum_of_sizes};
use super::replica::Replica;
use super::rows::{Part, Shape as Rows, Written, share_all, share_rows, share_sums};
use super::shared::matmul_by;
use super::{activation, forces, loss, sums};
use crate::backend::StepInputs;
use crate::program::measure::{
    FORCES, LOSS, PAIR_SUMS, PER_EXAMPLE_SUMS, ROW_SUMS, ROW_VALUES, SIGN_SUMS, WINDOW_SUMS,
};
use crate::program::{BufferId, Instruction, Op, Optimizer, Slot, View};
use crate::random::CHUNK;

/// What kind of step it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct StepKind {
    pub(super) measured: bool,
    pub(super) closes_window: bool,
    pub(super) trains: bool,
}

impl<T: Real> Replica<T> {
    /// Runs the instructions whose conditions hold.
    pub(super) fn run(&mut self, instructions: &[Instruction], kind: StepKind) {
        for instruction in instructions {
            let wanted = instruction.when.holds(kind.measured, kind.closes_window, kind.trains);
            let off = instruction.unless_zero.is_some_and(|slot| self.value(slot) == 0.0);
            if wanted && !off {
                self.execute(&instruction.op);
            }
        }
    }

    /// As [`Self::run`], adding the seconds of every instruction to `seconds`.
    pub(super) fn run_timed(&mut self, instructions: &[Instruction], kind: StepKind, seconds: &mut [f64]) {
        for (instruction, sum) in instructions.iter().zip(seconds) {
            let began = std::time::Instant::now();
            self.run(std::slice::from_ref(instruction), kind);
            *sum += began.elapsed().as_secs_f64();
        }
    }

    pub(in crate::backend) fn value(&self, slot: Slot) -> f64 {
        self.hyper[slot.index()]
    }

    /// Where a buffer lies.
    pub(super) fn place(&self, buffer: BufferId) -> usize {
        self.memory.place(buffer)
    }

    pub(super) fn at(&self, view: View) -> (View, &[T]) {
        (view, &self.buffers[self.place(view.buffer)])
    }

    /// Moves the memory of a buffer out while it is written; nothing is allocated.
    pub(super) fn take(&mut self, buffer: BufferId) -> Aligned<T> {
        let place = self.place(buffer);
        std::mem::take(&mut self.buffers[place])
    }

    /// Puts it back.
    pub(super) fn give(&mut self, buffer: BufferId, data: Aligned<T>) {
        let place = self.place(buffer);
        self.buffers[place] = data;
    }

    /// Runs `f` on rows of `view`, all other buffers being readable, on as many threads as share this replica's work.
    pub(super) fn with_rows(&mut self, view: View, f: impl Fn(&Self, Part, (View, &mut [T])) + Sync) {
        let mut data = self.take(view.buffer);
        share_rows(self.team.as_deref(), view, &mut data, |part, data| f(self, part, (part.written(view), data)));
        self.give(view.buffer, data);
    }

    /// Runs `f` on the buffer of `view`, all others being readable.
    pub(super) fn with(&mut self, view: View, f: impl FnOnce(&Self, (View, &mut [T]))) {
        let mut data = self.take(view.buffer);
        f(self, (view, &mut data));
        self.give(view.buffer, data);
    }

    fn execute(&mut self, op: &Op) {
        match op {
            Op::FillBatch { inputs, targets } => self.fill_batch(*inputs, *targets),
            Op::FillNoise { stream, sd, into } => {
                let sd = self.value(*sd);
                self.draw(*into, |inputs, step, first, out| inputs.noise(*stream, step, sd, first, out));
            }
            Op::MatMul { .. } => self.matmul(op),
            Op::Copy { from, to } => self.with_rows(*to, |s, part, to| copy(s.at(part.of(*from)), to)),
            Op::Add { from, to } => self.with_rows(*to, |s, part, to| add(s.at(part.of(*from)), to)),
            Op::ChangeWeights { from, to, replaces, metric } => {
                let mut change = 0.0;
                self.with(*to, |s, to| change = forces::change(s.at(*from), to, *replaces));
                self.metrics[*metric] = change;
            }
            Op::Subtract { a, b, out } => self.with(*out, |s, (view, data)| {
                copy(s.at(*b), (view, &mut *data));
                subtract_from(s.at(*a), (view, data));
            }),
            Op::AddRow { row, to } => self.with_rows(*to, |s, _, to| add_row_to_all(s.slice(*row), to)),
            Op::ColumnMean { x, out } => {
                self.with(*out, |s, (v, data)| column_mean(s.at(*x), &mut data[v.offset..v.offset + v.len()]));
            }
            Op::ColumnMeanProduct { a, b, out } => self.with(*out, |s, (v, data)| {
                column_mean_product(s.at(*a), s.at(*b), &mut data[v.offset..v.offset + v.len()]);
            }),
            Op::ColumnVariance { x, mean, out } => self.with(*out, |s, (v, data)| {
                column_variance(s.at(*x), s.slice(*mean), &mut data[v.offset..v.offset + v.len()]);
            }),
            Op::Evaluate { tape, operands, out } => self.evaluate_tape(tape, operands, *out),
            Op::DrawMask { stream, rate, into } => {
                let rate = self.value(*rate);
                self.draw(*into, |inputs, step, first, out| inputs.mask(*stream, step, rate, first, out));
            }
            Op::ExampleLoss { kind, scale, output, target, out } => self.with(*out, |s, (view, data)| {
                let out = &mut data[view.offset..view.offset + view.len()];
                loss::examples(*kind, *scale, s.at(*output), s.at(*target), out);
            }),
            Op::Norms { x, out, whole } => self.with(*out, |s, (view, data)| {
                norms(s.at(*x), *whole, &mut data[view.offset..view.offset + view.len()]);
            }),
            Op::ActivationPenalty { views, rate, metric } => {
                let mean = |view: &View| sum_of_sizes(*view, self.at(*view).1) / view.len() as f64;
                self.metrics[*metric] = self.value(*rate) * views.iter().map(mean).sum::<f64>();
            }
            Op::SubtractScaledRows { scale, x, from } => {
                self.with(*from, |s, to| subtract_scaled_rows(s.slice(*scale), s.at(*x), to));
            }
            Op::Activate { kind, x, y } => {
                self.with_rows(*y, |s, part, y| activation::forward(*kind, s.at(part.of(*x)), y));
            }
            Op::ActivationBackward { kind, y, gradient } => {
                self.with_rows(*gradient, |s, part, g| activation::backward(*kind, s.at(part.of(*y)), g));
            }
            Op::Softmax { x, y } => self.with(*y, |s, (view, data)| {
                for row in 0..view.rows {
                    let from = view.offset + row * view.row_stride;
                    loss::softmax(super::reduce::row_of(*x, s.at(*x).1, row), &mut data[from..from + view.columns]);
                }
            }),
            Op::Loss { kind, scale, output, target, delta } => {
                let mut data = self.take(delta.buffer);
                let shape = Rows { rows: delta.rows, elements: delta.columns * loss::cost(*kind) };
                let written = [Written::of(*delta, &mut data)];
                let [sum] = share_sums(self.team.as_deref(), shape, written, |part, [data]| {
                    let [output, target] = [*output, *target].map(|view| self.at(part.of(view)));
                    [loss::sum(*kind, *scale, output, target, (part.written(*delta), data))]
                });
                self.give(delta.buffer, data);
                self.metrics[LOSS] = loss::mean(*kind, *scale, *output, sum);
            }
            Op::Clip { views, limit } => self.clip(views, *limit),
            Op::RandomSignal { weights, direction, signal, target, clip } => {
                let (target, clip) = (self.value(*target), self.value(*clip));
                self.with(*signal, |s, g| random_signal(s.at(*weights), s.at(*direction), target, clip, g));
            }
            Op::Update { .. } => self.update(op),
            Op::NormalizeRows { kind, x, mask } => self.with(*x, |s, x| match mask {
                None => normalize_rows(*kind, x),
                Some(mask) => normalize_existing(*kind, s.at(*mask), x),
            }),
            Op::EvaluateLoss { kind, scale, output, target } => {
                let used = self.evaluation_rows;
                let (sum, right) = loss::evaluate(*kind, *scale, self.at(*output), self.at(*target), used);
                self.evaluation.0 += sum;
                self.evaluation.1 += right;
            }
            Op::Image(op) => self.image_op(op),
            Op::Token(op) => self.token_op(op),
            Op::Rows(op) => self.row_op(op),
            Op::RowSums { .. }
            | Op::Forces { .. }
            | Op::SignSums { .. }
            | Op::PerExampleSums { .. }
            | Op::PairSums { .. }
            | Op::CloseWindow { .. } => self.measure(op),
        }
    }

    /// A contiguous view's elements.
    pub(super) fn slice(&self, view: View) -> &[T] {
        &self.at(view).1[view.offset..view.offset + view.len()]
    }

    /// Fills a view with numbers of a random stream, which `f` draws from a given element on.
    fn draw(&mut self, into: View, f: impl Fn(&dyn StepInputs<T>, u64, usize, &mut [T]) + Sync) {
        // A number takes some times as long as a copy of one.
        const COST: usize = 4;
        let mut data = self.take(into.buffer);
        let shape = Rows { rows: into.len().div_ceil(CHUNK), elements: CHUNK * COST };
        let written = [Written { stride: CHUNK, data: &mut data[into.offset..into.offset + into.len()] }];
        share_all(self.team.as_deref(), shape, written, |part, [out]| {
            f(&*self.inputs, self.step, part.first * CHUNK, out);
        });
        self.give(into.buffer, data);
    }

    fn fill_batch(&mut self, inputs: View, targets: View) {
        let (mut x, mut y) = (self.take(inputs.buffer), self.take(targets.buffer));
        self.inputs.batch(self.step, &mut x[..inputs.len()], &mut y[..targets.len()]);
        self.give(inputs.buffer, x);
        self.give(targets.buffer, y);
    }

    fn matmul(&mut self, op: &Op) {
        let Op::MatMul { a, transpose_a, b, transpose_b, out, alpha, accumulate, batch } = op else { return };
        let strides = |view: &View, transposed: bool| {
            if transposed {
                Strides { row: 1, column: view.row_stride }
            } else {
                Strides { row: view.row_stride, column: 1 }
            }
        };
        let depth = if *transpose_a { a.rows } else { a.columns };
        let shape = Shape { m: out.rows, n: out.columns, k: depth };
        let mut packed = std::mem::take(&mut self.packed);
        self.with(*out, |s, (_, data)| {
            for i in 0..batch.count {
                let left = &s.at(*a).1[a.offset + i * batch.a_stride..];
                let right = &s.at(*b).1[b.offset + i * batch.b_stride..];
                let to = &mut data[out.offset + i * batch.out_stride..];
                let (left, right) = (
                    Operand { data: left, strides: strides(a, *transpose_a) },
                    Operand { data: right, strides: strides(b, *transpose_b) },
                );
                let target = Target { data: to, row: out.row_stride, accumulate: *accumulate };
                let alpha = T::from_f64(*alpha);
                match &s.team {
                    None => matmul(shape, alpha, left, right, target, &mut packed[0]),
                    Some(team) => matmul_by(team, shape, alpha, left, right, target, &mut packed),
                }
            }
        });
        self.packed = packed;
    }

    fn clip(&mut self, views: &[View], limit: Slot) {
        let squared: f64 = views.iter().map(|&view| squared_norm(view, self.at(view).1)).sum();
        let factor = clip_factor(squared, self.value(limit));
        // A factor of 1 would change no bit; skipping it saves a pass.
        if factor < 1.0 {
            for &view in views {
                self.with(view, |_, x| scale(T::from_f64(factor), x));
            }
        }
    }

    fn update(&mut self, op: &Op) {
        let Op::Update { weights, signal, decay, optimizer, update: out, share } = op else { return };
        let rates = Rates {
            learning_rate: T::from_f64(self.value(Slot::LearningRate)),
            decay: T::from_f64(decay.map_or(0.0, |d| self.value(d.rate))),
            l1: T::from_f64(if decay.is_some() { self.value(Slot::L1) } else { 0.0 }),
        };
        let diagonal = decay.and_then(|d| d.diagonal);
        let decayed = decay.and_then(|d| d.product).unwrap_or(*weights);
        let Optimizer::Adam { first, second, beta1, beta2, epsilon, coupled } = optimizer else {
            self.with_rows(*out, |s, part, u| {
                let diagonal = diagonal.map(|d| &s.slice(d)[part.first..part.first + part.rows]);
                let [weights, decayed, signal] = [*weights, decayed, *signal].map(|view| s.at(part.of(view)));
                update(rates, diagonal, weights, decayed, signal, u, None);
            });
            return;
        };
        let t = self.optimizer_steps as i32 + 1;
        let step = AdamStep {
            beta1: T::from_f64(*beta1),
            beta2: T::from_f64(*beta2),
            complements: (T::from_f64(1.0 - beta1), T::from_f64(1.0 - beta2)),
            epsilon: T::from_f64(*epsilon),
            corrections: (T::from_f64(1.0 - beta1.powi(t)), T::from_f64(1.0 - beta2.powi(t))),
            coupled: *coupled,
        };
        let (mut m, mut v) = (self.take(first.buffer), self.take(second.buffer));
        let mut decay_update = share.map(|share| self.take(share.update.buffer)).unwrap_or_default();
        let decay_first = share.and_then(|share| share.first);
        let mut decay_m = decay_first.map(|view| self.take(view.buffer)).unwrap_or_default();
        let mut data = self.take(out.buffer);
        let columns = out.columns;
        let whole = |data| Written { stride: columns, data };
        let memory = [whole(&mut m), whole(&mut v), whole(&mut decay_m), whole(&mut decay_update)];
        let [first_moment, second_moment, decay_moment, share_of_decay] = memory;
        let written = [Written::of(*out, &mut data), first_moment, second_moment, decay_moment, share_of_decay];
        let shape = Rows { rows: out.rows, elements: columns };
        share_all(self.team.as_deref(), shape, written, |part, [u, first, second, decay_first, decay_update]| {
            let diagonal = diagonal.map(|d| &self.slice(d)[part.first..part.first + part.rows]);
            let [weights, decayed, signal] = [*weights, decayed, *signal].map(|view| self.at(part.of(view)));
            let adam = Adam { step, first, second, decay_first, decay_update };
            update(rates, diagonal, weights, decayed, signal, (part.written(*out), u), Some(adam));
        });
        self.give(out.buffer, data);
        self.give(first.buffer, m);
        self.give(second.buffer, v);
        if let Some(share) = share {
            self.give(share.update.buffer, decay_update);
        }
        if let Some(view) = decay_first {
            self.give(view.buffer, decay_m);
        }
    }

    /// Fills the force balance of every row and its totals.
    fn forces(&self, op: &Op, rows: &mut [T], totals: &mut [f64]) {
        let Op::Forces { row_sums, weights, signal, update, decay_share, rates, noise, .. } = op else { return };
        let split = match (decay_share, rates) {
            (Some(share), _) => Split::Decay(self.at(*share)),
            (None, Some(rates)) if rates.iter().all(|&rate| self.value(rate) == 0.0) => Split::SignalOnly,
            _ => {
                // As the update has it: rounded to the precision of the step.
                let rate: f64 = T::from_f64(self.value(Slot::LearningRate)).into();
                Split::Signal { matrix: self.at(*signal), rate }
            }
        };
        let noise = match noise.clean {
            _ if self.value(noise.sd) == 0.0 => Noise::None,
            Some(clean) => Noise::Passes { clean: self.at(clean) },
            None => Noise::Stays { noise: self.at(noise.noise) },
        };
        let step = Step { sums: self.slice(*row_sums), weights: self.at(*weights), update: self.at(*update) };
        forces::forces(&step, &split, &noise, rows, totals);
    }

    fn measure(&mut self, op: &Op) {
        let mut metrics = std::mem::take(&mut self.metrics);
        match op {
            Op::RowSums { signal, hebbian, update, weights, sums: rows, metrics: at } => {
                let totals = &mut metrics[*at..*at + ROW_SUMS];
                // A row of sums stands for a row of the matrices, which are what takes the time.
                let mut data = self.take(rows.buffer);
                let shape = Rows { rows: rows.rows, elements: weights.columns };
                share_all(self.team.as_deref(), shape, [Written::of(*rows, &mut data)], |part, [data]| {
                    let of = |view: View| self.at(part.of(view));
                    let data = &mut data[..part.rows * ROW_VALUES];
                    sums::row_sums(of(*signal), of(*hebbian), update.map(of), of(*weights), data);
                });
                sums::totals(&data[..rows.len()], totals);
                self.give(rows.buffer, data);
            }
            Op::Forces { forces, metrics: at, noise_change, noise, .. } => {
                if self.value(noise.sd) == 0.0 || noise.clean.is_some() {
                    metrics[*noise_change] = 0.0;
                }
                let totals = &mut metrics[*at..*at + FORCES];
                self.with(*forces, |s, (view, data)| s.forces(op, &mut data[..view.len()], totals));
            }
            Op::SignSums { signal, hebbian, update, metrics: at } => {
                let out = &mut metrics[*at..*at + SIGN_SUMS];
                sums::sign_sums(self.at(*signal), self.at(*hebbian), update.map(|u| self.at(u)), out);
            }
            Op::PerExampleSums { delta, pre_activation, input, power, metrics: at } => {
                let out = &mut metrics[*at..*at + PER_EXAMPLE_SUMS];
                let (delta, pre_activation) = (self.at(*delta), self.at(*pre_activation));
                match power {
                    None => sums::per_example(delta, pre_activation, self.at(*input), out),
                    Some(power) => sums::per_example_of_some(delta, pre_activation, self.at(*power), out),
                }
            }
            Op::PairSums { a, b, metrics: at } => {
                metrics[*at..*at + PAIR_SUMS].copy_from_slice(&pair_sums(self.at(*a), self.at(*b)));
            }
            Op::CloseWindow { signal, hebbian, weights, diagonal, rate, metrics: at } => {
                let views = [*signal, *hebbian, *weights];
                let mut buffers = views.map(|view| self.take(view.buffer));
                let [g, h, w] = &mut buffers;
                let written = [Written::of(*signal, g), Written::of(*hebbian, h), Written::of(*weights, w)];
                let shape = Rows { rows: weights.rows, elements: weights.columns };
                let rate = self.value(*rate);
                let sums = share_sums(self.team.as_deref(), shape, written, |part, sums| {
                    let sums = sums.map(|sums| &mut sums[..part.rows * weights.columns]);
                    let diagonal = diagonal.map(|d| &self.slice(d)[part.first..part.first + part.rows]);
                    let found = sums::window(sums.each_ref().map(|sums| &**sums), diagonal, weights.columns, rate);
                    sums.into_iter().for_each(|sums| sums.fill(T::ZERO));
                    found
                });
                // Of means over the steps of the window.
                let steps = self.window_steps * self.window_steps;
                metrics[*at..*at + WINDOW_SUMS].copy_from_slice(&sums.map(|sum| sum / steps));
                for (view, buffer) in views.into_iter().zip(buffers) {
                    self.give(view.buffer, buffer);
                }
            }
            _ => {}
        }
        self.metrics = metrics;
    }
}
