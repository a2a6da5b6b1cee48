//! Random expressions as tapes: the same values on the CPU and as WGSL.

use std::sync::Arc;

use hebbscope::expression::Tape;
use hebbscope::program::{Op, Slot, Source};
use hebbscope::random::Stream;

use super::device;
use super::kernels::{compare, hypers, run};
use super::samples::{Buffers, Sample};

const NAMES: [&str; 5] = ["m", "r", "c", "s", "k"];

/// An expression of at most `depth` levels whose value is of order 1 and changes gradually: jumps, where a last digit
/// decides, are left to the tests of single functions.
fn expression(next: &mut impl FnMut(usize) -> usize, depth: usize) -> String {
    if depth == 0 || next(5) == 0 {
        return match next(6) {
            5 => format!("{}", 0.25 * (1 + next(8)) as f64),
            name => NAMES[name].to_owned(),
        };
    }
    let mut inner = || expression(next, depth - 1);
    let (a, b) = (inner(), inner());
    match next(12) {
        0 => format!("({a} + {b})"),
        1 => format!("({a} - {b})"),
        2 => format!("tanh({a}) * tanh({b})"),
        3 => format!("({a}) / (1 + abs({b}))"),
        4 => format!("min({a}, {b})"),
        5 => format!("max({a}, {b})"),
        6 => format!("sqrt(abs({a}) + 0.1)"),
        7 => format!("log(1 + ({a})^2)"),
        8 => format!("exp(-abs({a}))"),
        9 => format!("sigmoid({a}) - relu(tanh({b}))"),
        10 => format!("(1 + tanh({a}))^1.5"),
        _ => format!("-tanh({a})^3"),
    }
}

#[test]
fn random_expressions_are_those_of_the_cpu() {
    let mut device = device();
    let mut words = Stream::new(11, "expressions").words(0);
    let mut next = |below: usize| {
        let word: Result<u32, std::convert::Infallible> = rand::TryRng::try_next_u32(&mut words);
        word.map_or(0, |word| word as usize % below)
    };
    for number in 0..24 {
        let text = expression(&mut next, 4);
        let tape = Tape::elementwise(&text, &NAMES);
        let mut buffers = Buffers::default();
        let (rows, columns) = (5, 37);
        let sources = [
            Source::Matrix(buffers.random(rows, columns + 1).columns(1, columns)),
            Source::Row(buffers.random(1, columns)),
            Source::Column(buffers.random(1, rows)),
            Source::Single(buffers.random(1, 1)),
            Source::Slot(Slot::WeightSd),
        ];
        let operands = tape.operands().map(|place| sources[place]).collect();
        let op = Op::Evaluate { tape: Arc::new(tape), operands, out: buffers.out(rows, columns) };
        // Each level may lose some units in the last place, and pow and log of a device more than that.
        let name = format!("expression {number}: {text}");
        let sample = Sample { name, buffers: buffers.all, op, next: None, kernel: Some("tape"), depth: 1_000 };
        let Some(both) = run(&sample, &hypers(), &mut device) else { return };
        compare(&sample, &both);
    }
}
