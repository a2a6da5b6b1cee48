//! Where a replica's buffers lie in the one array that all kernels share.

use std::ops::Range;

use super::kernel::Sizes;
use super::params::GpuView;
use crate::program::{BufferId, MemoryPlan, Op, Program, Role, View};

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
    /// Elements behind the buffers, for sums of parts of a matrix.
    parts: Range<usize>,
    guard: usize,
    piece: Option<usize>,
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
    /// Places for a program. With a `guard`, so many elements that belong to none lie between any two buffers, and each
    /// buffer has a place of its own, so that whatever is written outside it shows.
    #[must_use]
    pub fn new(program: &Program, guard: usize) -> Self {
        let separate = MemoryPlan::separate(&program.buffers);
        let memory = if guard > 0 { &separate } else { &program.memory };
        let mut offsets = vec![0; program.buffers.len()];
        let mut next = guard;
        let mut take = |elements: usize| {
            let first = next;
            next = (next + elements).next_multiple_of(ALIGNMENT) + guard;
            (first, next)
        };
        let mut lasting = 0;
        for scratch in [false, true] {
            for (place, buffer) in program.buffers.iter().enumerate() {
                if (buffer.role == Role::Scratch) == scratch && memory.is_own(place) {
                    let (first, end) = take(buffer.rows * buffer.columns);
                    offsets[place] = first;
                    if !scratch {
                        lasting = end;
                    }
                }
            }
        }
        let slabs: Vec<usize> = memory.slabs().iter().map(|&elements| take(elements).0).collect();
        for (place, offset) in offsets.iter_mut().enumerate() {
            let slab = memory.place(BufferId(place)).checked_sub(program.buffers.len());
            *offset = slab.map_or(*offset, |slab| slabs[slab]);
        }
        let next = take(0).0.next_multiple_of(ALIGNMENT);
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
            elements: next.max(ALIGNMENT),
            parts: next..next,
            guard,
            piece: None,
            evaluation,
            norms,
            exponents,
            metrics: 2 * exponents,
            hypers: program.slots as u32,
        }
    }

    /// Makes room for so many sums of parts of a matrix.
    pub fn make_room_for_parts(&mut self, elements: usize) {
        self.parts.end = self.parts.start + elements;
        self.elements =
            (self.parts.end.next_multiple_of(ALIGNMENT) + self.guard).next_multiple_of(ALIGNMENT).max(ALIGNMENT);
    }

    /// Cuts a replica into pieces of so many bytes at most, unless one holds it.
    pub fn cut(&mut self, bytes: u64) {
        let piece = (bytes / 4) as usize / ALIGNMENT * ALIGNMENT;
        self.piece = Some(piece).filter(|&piece| piece > 0 && piece < self.elements);
    }

    /// Arrays for so many replicas, by their elements: one for all, or the pieces of a single one.
    #[must_use]
    pub fn arrays(&self, replicas: usize) -> Vec<usize> {
        match self.piece {
            None => vec![replicas * self.elements],
            Some(piece) => (0..self.elements).step_by(piece).map(|at| piece.min(self.elements - at)).collect(),
        }
    }

    /// Elements of the first array and of those between it and the last.
    #[must_use]
    pub fn piece(&self) -> Option<usize> {
        self.piece
    }

    /// Elements behind the buffers that hold sums of parts of a matrix.
    #[must_use]
    pub fn parts(&self) -> Range<usize> {
        self.parts.clone()
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
        Sizes {
            arena: self.elements as u32,
            metrics: self.metrics,
            hypers: self.hypers,
            exponents: self.exponents,
            piece: self.piece.map(|piece| piece as u32),
        }
    }
}
