//! What layers, rules and measurement append to.

use super::op::{InnerBatch, Instruction, Op, When};
use super::slot::Slot;
use super::view::{BufferId, View};
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

    /// A stream of random numbers, `len` a step; its place among the program's.
    pub fn stream(&mut self, name: impl Into<String>, len: usize) -> usize {
        self.noise_streams.push(NoiseStream { name: name.into(), len });
        self.noise_streams.len() - 1
    }

    /// The place of a stream that was named before.
    #[must_use]
    pub fn stream_of(&self, name: &str) -> Option<usize> {
        self.noise_streams.iter().position(|stream| stream.name == name)
    }

    /// Appends an operation with all its conditions.
    pub fn push_instruction(&mut self, instruction: Instruction) {
        self.instructions.push(instruction);
    }

    /// Appends `to += sd * N(0, 1)`, skipped while the SD is 0.
    pub fn push_noise(&mut self, stream: impl Into<String>, sd: Slot, to: View) {
        let name = stream.into();
        let noise = self.scratch(format!("noise/{name}"), to.rows, to.columns);
        let stream = self.stream(name, to.len());
        self.push_unless_zero(sd, Op::FillNoise { stream, sd, into: noise });
        self.push_unless_zero(sd, Op::Add { from: noise, to });
    }

    /// Appends `to += from`, skipped while `slot` is 0; what it does to |to|^2 is noted at measured steps.
    pub fn push_observed(&mut self, slot: Slot, from: View, to: View, metric: usize) {
        let unless_zero = Some(slot);
        let observed = Op::ChangeWeights { from, to, replaces: false, metric };
        self.instructions.push(Instruction { op: observed, when: When::Measured, unless_zero });
        self.instructions.push(Instruction { op: Op::Add { from, to }, when: When::Unmeasured, unless_zero });
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
