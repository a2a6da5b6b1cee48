//! Where a replica's buffers lie in the one array that all kernels share.

use super::kernel::Sizes;
use super::params::GpuView;
use crate::program::{Op, Program, Role, Slot, View};

/// Buffers begin at multiples of this many elements: a cache line of 64 bytes.
const ALIGNMENT: usize = 16;

/// Places of the buffers of a replica. What outlasts a step comes first, so that one copy takes it out.
#[derive(Clone, Debug)]
pub struct Arena {
    offsets: Vec<usize>,
    /// Elements of what outlasts a step: parameters, states, constants.
    pub lasting: usize,
    /// Elements of a replica.
    pub elements: usize,
    /// First of two metrics: sums of an evaluation.
    pub evaluation: u32,
    /// First of the metrics that clipping needs.
    pub norms: u32,
    /// First of the metrics' exponents, in their order.
    pub exponents: u32,
    /// Metrics of a replica, those and the exponents included.
    pub metrics: u32,
    hypers: u32,
}

impl Arena {
    /// Places for a program; between them lie `guard` elements that belong to none.
    #[must_use]
    pub fn new(program: &Program, guard: usize) -> Self {
        let mut offsets = vec![0; program.buffers.len()];
        let mut next = guard;
        let mut lasting = 0;
        for scratch in [false, true] {
            for (place, buffer) in program.buffers.iter().enumerate() {
                if (buffer.role == Role::Scratch) == scratch {
                    offsets[place] = next;
                    next = (next + buffer.rows * buffer.columns).next_multiple_of(ALIGNMENT) + guard;
                }
            }
            if !scratch {
                lasting = next;
            }
        }
        let clipped = program.step.iter().map(|instruction| match &instruction.op {
            Op::Clip { views, .. } => views.len(),
            _ => 0,
        });
        let count = program.metrics.count as u32;
        let evaluation = count;
        let norms = evaluation + 2;
        let exponents = norms + clipped.max().unwrap_or(0) as u32;
        Self {
            offsets,
            lasting,
            elements: next.next_multiple_of(ALIGNMENT).max(ALIGNMENT),
            evaluation,
            norms,
            exponents,
            metrics: 2 * exponents,
            hypers: Slot::count(program.layers.len()) as u32,
        }
    }

    /// First element of a buffer.
    #[must_use]
    pub fn offset(&self, buffer: usize) -> usize {
        self.offsets[buffer]
    }

    /// A view inside a replica.
    #[must_use]
    pub fn view(&self, view: View) -> GpuView {
        let offset = self.offsets[view.buffer.0] + view.offset;
        [offset, view.rows, view.columns, view.row_stride].map(|value| value as u32)
    }

    /// What the kernels need to know.
    #[must_use]
    pub fn sizes(&self) -> Sizes {
        Sizes { arena: self.elements as u32, metrics: self.metrics, hypers: self.hypers, exponents: self.exponents }
    }
}
