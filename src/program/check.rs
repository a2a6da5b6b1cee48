//! What is asked of a program when it is compiled: no operation reads what it overwrites, and nothing is read before it
//! is written.

use std::collections::BTreeSet;

use super::op::{Instruction, Op, When};
use super::slot::Slot;
use super::tokens::TokenOp;
use super::view::View;
use super::{Buffer, Role};

/// A kind of step, as far as it decides which instructions run.
#[derive(Clone, Copy, Debug)]
struct Kind {
    measured: bool,
    closes_window: bool,
    trains: bool,
    /// Whether every hyper-parameter that instructions wait for is other than 0.
    on: bool,
}

impl When {
    /// Whether an instruction runs in such a step.
    #[must_use]
    pub fn holds(self, measured: bool, closes_window: bool, trains: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Measured => measured,
            Self::Unmeasured => !measured,
            Self::WindowEnd => closes_window,
            Self::Training => trains,
            Self::TrainingMeasured => trains && measured,
            Self::TrainingUnmeasured => trains && !measured,
        }
    }
}

/// Checks a list of instructions; `given` is what is written before it begins.
///
/// # Errors
/// The first instruction that breaks a rule, in words for an engineer.
pub fn check(buffers: &[Buffer], instructions: &[Instruction], given: &[View]) -> Result<(), String> {
    for instruction in instructions {
        separate(buffers, instruction)?;
    }
    for (measured, closes_window, trains) in
        [(false, false, true), (true, false, true), (true, true, true), (true, false, false)]
    {
        for on in [true, false] {
            written_first(buffers, instructions, given, Kind { measured, closes_window, trains, on })?;
        }
    }
    Ok(())
}

fn separate(buffers: &[Buffer], instruction: &Instruction) -> Result<(), String> {
    let accesses = instruction.op.accesses();
    let changed: Vec<View> = accesses.writes.iter().chain(&accesses.updates).copied().collect();
    let read = accesses.reads.iter().chain(accesses.reads_unless_zero.iter().map(|(_, view)| view));
    for view in accesses.all() {
        let buffer = &buffers[view.buffer.0];
        if view.end() > buffer.rows * buffer.columns {
            return Err(format!("{:?} reaches beyond {}", instruction.op, buffer.name));
        }
    }
    // Executors hold a buffer that is written apart from those that are read; few know how to do with one.
    let meets = |a: View, b: View| match &instruction.op {
        Op::Evaluate { .. } | Op::Token(TokenOp::AttentionBackward { .. }) => overlap(a, b),
        _ => a.buffer == b.buffer,
    };
    for reads in read {
        if changed.iter().any(|view| meets(*view, *reads)) {
            return Err(format!("{:?} overwrites what it reads in {}", instruction.op, buffers[reads.buffer.0].name));
        }
    }
    Ok(())
}

/// Whether two views have an element in common.
fn overlap(a: View, b: View) -> bool {
    if a.buffer != b.buffer || a.end() <= b.offset || b.end() <= a.offset {
        return false;
    }
    if a.row_stride != b.row_stride || a.row_stride == 0 {
        return true;
    }
    let rectangle = |view: View| {
        let (row, column) = (view.offset / a.row_stride, view.offset % a.row_stride);
        (row..row + view.rows, column..column + view.columns)
    };
    let ((rows, columns), (other_rows, other_columns)) = (rectangle(a), rectangle(b));
    let meet = |a: &std::ops::Range<usize>, b: &std::ops::Range<usize>| a.start < b.end && b.start < a.end;
    meet(&rows, &other_rows) && meet(&columns, &other_columns)
}

fn written_first(buffers: &[Buffer], instructions: &[Instruction], given: &[View], kind: Kind) -> Result<(), String> {
    let lasting = |view: &View| buffers[view.buffer.0].role != Role::Scratch;
    let is_on = |slot: Option<Slot>| slot.is_none() || kind.on;
    let mut known = Known::default();
    given.iter().for_each(|view| known.write(*view));
    for instruction in instructions {
        let wanted = instruction.when.holds(kind.measured, kind.closes_window, kind.trains);
        if !wanted || !is_on(instruction.unless_zero) {
            continue;
        }
        let accesses = instruction.op.accesses();
        let guarded = accesses.reads_unless_zero.iter().filter(|_| kind.on).map(|(_, view)| view);
        let needed = accesses.reads.iter().chain(guarded).chain(&accesses.updates);
        for view in needed.filter(|view| !lasting(view)) {
            if !known.covers(*view) {
                let name = &buffers[view.buffer.0].name;
                return Err(format!("{:?} reads {name} before it is written ({kind:?})", instruction.op));
            }
        }
        accesses.writes.iter().for_each(|view| known.write(*view));
    }
    Ok(())
}

/// Elements that are written.
#[derive(Default)]
struct Known {
    written: Vec<View>,
}

impl Known {
    fn write(&mut self, view: View) {
        if !self.written.contains(&view) {
            self.written.push(view);
        }
    }

    /// Whether every element of a view is in some written view. Views are cut along the edges of one another; few of a
    /// buffer differ.
    fn covers(&self, view: View) -> bool {
        let others: Vec<View> = self.written.iter().copied().filter(|other| other.buffer == view.buffer).collect();
        if others.contains(&view) {
            return true;
        }
        let mut edges: BTreeSet<usize> = BTreeSet::new();
        // Where written views are bands of the same rows side by side, every row is as the first.
        let is_band = |other: &View| {
            let (first, last) = (view.offset / view.row_stride.max(1), other.offset / view.row_stride.max(1));
            other.row_stride == view.row_stride && last <= first && last + other.rows >= first + view.rows
        };
        let rows = if others.iter().all(is_band) { view.rows.min(1) } else { view.rows };
        for row in 0..rows {
            let start = view.offset + row * view.row_stride;
            edges.clear();
            edges.extend([start, start + view.columns]);
            let segments = others.iter().flat_map(|other| segments(*other, start..start + view.columns));
            let segments: Vec<_> = segments.collect();
            segments.iter().for_each(|segment| edges.extend([segment.start, segment.end]));
            let edges: Vec<usize> = edges.iter().copied().collect();
            let whole = edges.windows(2).all(|edge| segments.iter().any(|s| s.start <= edge[0] && edge[1] <= s.end));
            if !whole {
                return false;
            }
        }
        true
    }
}

/// The parts of `within` that lie in a view.
fn segments(view: View, within: std::ops::Range<usize>) -> Vec<std::ops::Range<usize>> {
    if view.is_empty() || view.end() <= within.start || view.offset >= within.end {
        return Vec::new();
    }
    let stride = view.row_stride.max(1);
    let first = within.start.saturating_sub(view.offset) / stride;
    let last = (within.end - view.offset).div_ceil(stride).min(view.rows);
    let cut = |row: usize| {
        let start = view.offset + row * view.row_stride;
        start.max(within.start)..(start + view.columns).min(within.end)
    };
    (first.min(view.rows)..last).map(cut).filter(|range| range.start < range.end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::{Builder, Slot};

    fn instructions(builder: Builder) -> (Vec<Buffer>, Vec<Instruction>) {
        builder.finish()
    }

    #[test]
    fn what_is_read_has_to_be_written_in_every_kind_of_step() {
        let mut builder = Builder::default();
        let (x, y, z) = (builder.scratch("x", 2, 4), builder.scratch("y", 2, 4), builder.scratch("z", 2, 4));
        builder.push_when(When::Measured, Op::FillNoise { stream: 0, sd: Slot::WeightSd, into: x });
        builder.push(Op::Copy { from: x, to: y });
        let (buffers, found) = instructions(builder);
        assert!(check(&buffers, &found, &[]).is_err_and(|words| words.contains("reads x before it is written")));
        // Half of it is not all of it; two halves are.
        assert!(check(&buffers, &found[1..], &[x.columns(0, 2)]).is_err());
        assert_eq!(check(&buffers, &found[1..], &[x.columns(0, 2), x.columns(2, 2)]), Ok(()));
        let aliased = Instruction { op: Op::Subtract { a: z, b: y, out: z }, when: When::Always, unless_zero: None };
        assert!(
            check(&buffers, &[aliased], &[y, z]).is_err_and(|words| words.contains("overwrites what it reads in z"))
        );
    }

    #[test]
    fn halves_of_a_buffer_do_not_overlap() {
        let mut builder = Builder::default();
        let x = builder.scratch("x", 3, 6);
        assert!(!overlap(x.columns(0, 3), x.columns(3, 3)));
        assert!(overlap(x.columns(0, 4), x.columns(3, 3)));
        assert!(!overlap(x.rows(0, 1), x.rows(1, 2)));
        assert!(overlap(x, x.rows(1, 1)));
    }
}
