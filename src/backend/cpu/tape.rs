//! Tapes over the rows of views.

use std::sync::Mutex;

use super::real::Real;
use super::replica::Replica;
use crate::expression::Tape;
use crate::expression::evaluate::{Operand, Scratch};
use crate::program::{Source, View};

/// Operands that are held without asking for memory.
const FEW: usize = 24;

/// What the evaluation of tapes and attention need, kept from one to the next.
#[derive(Debug, Default)]
pub(super) struct TapeSpace<T> {
    scratch: Scratch<T>,
    /// One head of one sequence, for each thread that has worked at one.
    pub(super) blocks: Mutex<Vec<Vec<T>>>,
    /// Rows of operands that lie in the buffer that is written.
    rows: Vec<T>,
}

/// An operand before its row is known.
#[derive(Clone, Copy)]
enum Given<'a, T> {
    Matrix(View, &'a [T]),
    /// In the buffer that is written; the place of its copy.
    Written(View, usize),
    Row(&'a [T]),
    Column(&'a [T]),
    Same(T),
}

impl<T: Real> Replica<T> {
    /// Writes the value of a tape for every element of `out`.
    pub(super) fn evaluate_tape(&mut self, tape: &Tape, operands: &[Source], out: View) {
        let mut space = std::mem::take(&mut self.tapes);
        let mut data = self.take(out.buffer);
        let written = operands.iter().filter(|operand| is_written(operand, out)).count();
        space.rows.resize(space.rows.len().max(written * out.columns), T::ZERO);
        let mut few = [Given::Same(T::ZERO); FEW];
        let mut many = Vec::new();
        let given: &mut [Given<'_, T>] = if operands.len() <= FEW {
            &mut few[..operands.len()]
        } else {
            many.resize(operands.len(), Given::Same(T::ZERO));
            &mut many
        };
        let mut copies = 0;
        for (given, operand) in given.iter_mut().zip(operands) {
            *given = match *operand {
                Source::Matrix(view) if view.buffer == out.buffer => {
                    copies += 1;
                    Given::Written(view, (copies - 1) * out.columns)
                }
                Source::Matrix(view) => Given::Matrix(view, self.of(view)),
                Source::Row(view) => Given::Row(&self.of(view)[view.offset..view.offset + view.len()]),
                Source::Column(view) => Given::Column(&self.of(view)[view.offset..view.offset + view.len()]),
                Source::Single(view) => Given::Same(self.of(view)[view.offset]),
                Source::Slot(slot) => Given::Same(T::from_f64(self.value(slot))),
            };
        }
        rows(tape, given, out, &mut data, &mut space);
        self.give(out.buffer, data);
        self.tapes = space;
    }

    fn of(&self, view: View) -> &[T] {
        &self.buffers[self.place(view.buffer)]
    }
}

fn is_written(operand: &Source, out: View) -> bool {
    matches!(operand, Source::Matrix(view) if view.buffer == out.buffer)
}

/// Goes through the rows; where every operand is contiguous or the same for all, they are a single long one.
fn rows<T: Real>(tape: &Tape, given: &[Given<'_, T>], out: View, data: &mut [T], space: &mut TapeSpace<T>) {
    let flat = out.is_contiguous()
        && given.iter().all(|given| match given {
            Given::Matrix(view, _) => view.is_contiguous(),
            Given::Same(_) => true,
            Given::Written(..) | Given::Row(_) | Given::Column(_) => false,
        });
    let (count, columns) = if flat { (1, out.len()) } else { (out.rows, out.columns) };
    for row in 0..count {
        for given in given {
            if let Given::Written(view, to) = *given {
                let from = view.offset + row * view.row_stride;
                space.rows[to..to + columns].copy_from_slice(&data[from..from + columns]);
            }
        }
        let copies = &space.rows;
        let from = out.offset + row * out.row_stride;
        let out = &mut data[from..from + columns];
        if given.len() <= FEW {
            let mut few = [Operand::Same(T::ZERO); FEW];
            few.iter_mut().zip(given).for_each(|(to, given)| *to = operand(given, copies, row, columns));
            T::evaluate(tape, &few[..given.len()], out, &mut space.scratch);
        } else {
            let many: Vec<_> = given.iter().map(|given| operand(given, copies, row, columns)).collect();
            T::evaluate(tape, &many, out, &mut space.scratch);
        }
    }
}

fn operand<'a, T: Real>(given: &Given<'a, T>, copies: &'a [T], row: usize, columns: usize) -> Operand<'a, T> {
    match *given {
        Given::Matrix(view, values) => {
            let from = view.offset + row * view.row_stride;
            Operand::Lanes(&values[from..from + columns])
        }
        Given::Written(_, from) => Operand::Lanes(&copies[from..from + columns]),
        Given::Row(values) => Operand::Lanes(values),
        Given::Column(values) => Operand::Same(values[row]),
        Given::Same(value) => Operand::Same(value),
    }
}
