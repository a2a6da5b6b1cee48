//! What layers, rules and measurement append to.

use super::op::{BufferId, InnerBatch, Instruction, Op, Slot, View, When};
use super::{Buffer, Initial, Role};

/// A stream of injected noise: where its numbers come from and how many a step takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoiseStream {
    /// Name of the random stream.
    pub name: String,
    /// Numbers a step.
    pub len: usize,
}

/// Collects buffers and instructions.
#[derive(Debug, Default)]
pub struct Builder {
    pub(super) buffers: Vec<Buffer>,
    pub(super) instructions: Vec<Instruction>,
    pub(super) noise_streams: Vec<NoiseStream>,
}

impl Builder {
    /// Adds a buffer and returns a view of the whole of it.
    ///
    /// # Panics
    /// When there is one of that name: parameters and memories are carried over by name.
    pub fn buffer(
        &mut self,
        name: impl Into<String>,
        rows: usize,
        columns: usize,
        role: Role,
        initial: Initial,
    ) -> View {
        let name = name.into();
        assert!(self.buffers.iter().all(|b| b.name != name), "two buffers named {name}");
        self.buffers.push(Buffer { name, rows, columns, role, initial });
        View { buffer: BufferId(self.buffers.len() - 1), offset: 0, rows, columns, row_stride: columns }
    }

    /// Adds a buffer that every step overwrites.
    pub fn scratch(&mut self, name: impl Into<String>, rows: usize, columns: usize) -> View {
        self.buffer(name, rows, columns, Role::Scratch, Initial::Zero)
    }

    /// Appends an operation.
    pub fn push(&mut self, op: Op) {
        self.push_when(When::Always, op);
    }

    /// Appends an operation that runs at some steps only.
    pub fn push_when(&mut self, when: When, op: Op) {
        self.instructions.push(Instruction { op, when, unless_zero: None });
    }

    /// Appends an operation that is skipped while `slot` is 0.
    pub fn push_unless_zero(&mut self, slot: Slot, op: Op) {
        self.instructions.push(Instruction { op, when: When::Always, unless_zero: Some(slot) });
    }

    /// Appends `to += sd * N(0, 1)`, skipped while the SD is 0; returns the view of the noise.
    pub fn push_noise(&mut self, stream: impl Into<String>, sd: Slot, to: View) -> View {
        let noise = self.push_draw(stream, sd, to);
        self.push_unless_zero(sd, Op::Add { from: noise, to });
        noise
    }

    /// As [`Self::push_noise`], but what it does to |to|^2 is noted at measured steps.
    pub fn push_observed_noise(&mut self, stream: impl Into<String>, sd: Slot, to: View, metric: usize) -> View {
        let noise = self.push_draw(stream, sd, to);
        let observed = Op::ChangeWeights { from: noise, to, replaces: false, metric };
        let unless_zero = Some(sd);
        self.instructions.push(Instruction { op: observed, when: When::Measured, unless_zero });
        self.instructions.push(Instruction { op: Op::Add { from: noise, to }, when: When::Unmeasured, unless_zero });
        noise
    }

    fn push_draw(&mut self, stream: impl Into<String>, sd: Slot, to: View) -> View {
        let name = stream.into();
        let noise = self.scratch(format!("noise/{name}"), to.rows, to.columns);
        self.noise_streams.push(NoiseStream { name, len: to.len() });
        let stream = self.noise_streams.len() - 1;
        self.push_unless_zero(sd, Op::FillNoise { stream, sd, into: noise });
        noise
    }

    /// `out = alpha A B`.
    pub fn matmul(&mut self, a: View, b: View, out: View, alpha: f64) {
        self.push(product((a, false), (b, false), out, alpha));
    }

    /// The buffers and instructions collected so far.
    #[must_use]
    pub fn finish(self) -> (Vec<Buffer>, Vec<Instruction>) {
        (self.buffers, self.instructions)
    }

    pub(super) fn take_instructions(&mut self) -> Vec<Instruction> {
        std::mem::take(&mut self.instructions)
    }
}

/// `out = alpha A B`, each operand with whether it is transposed.
#[must_use]
pub fn product(a: (View, bool), b: (View, bool), out: View, alpha: f64) -> Op {
    Op::MatMul {
        a: a.0,
        transpose_a: a.1,
        b: b.0,
        transpose_b: b.1,
        out,
        alpha,
        accumulate: false,
        batch: InnerBatch::ONE,
    }
}
