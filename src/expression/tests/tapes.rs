//! Evaluation of tapes over lanes.

use super::rule;
use crate::expression::evaluate::LANES;
use crate::expression::{Input, Number, Operand, Rule, Scratch, Tape};

fn post_side(text: &str) -> Tape {
    let rule = Rule::check(&rule(&format!("({text}) * pre"), &[("k", 2.5)], &[])).unwrap_or_else(|e| panic!("{e}"));
    rule.plan.products[0].post.clone()
}

fn evaluated<T: Number>(tape: &Tape, post: &[T]) -> Vec<T> {
    let operand = |input: &Input| match input {
        Input::Parameter(_) => Operand::Same(T::from_f64(2.5)),
        _ => Operand::Lanes(post),
    };
    let operands: Vec<Operand<'_, T>> = tape.inputs().iter().map(operand).collect();
    let mut out = vec![T::ZERO; post.len()];
    tape.evaluate(&operands, &mut out, &mut Scratch::of([tape]));
    out
}

#[test]
fn any_number_of_lanes_gives_the_same_values() {
    let tape = post_side("tanh(k * post) + k^2 * max(post, 0.25) - post^3");
    let values: Vec<f64> = (0..3 * LANES + 5).map(|i| (i as f64 * 0.37).sin()).collect();
    for lanes in [0, 1, LANES - 1, LANES, LANES + 1, values.len()] {
        let found = evaluated(&tape, &values[..lanes]);
        for (x, y) in values.iter().zip(found) {
            assert_eq!(y, (2.5 * x).tanh() + 6.25 * x.max(0.25) - x * x * x);
        }
    }
}

#[test]
fn arithmetic_is_ieee_in_both_precisions() {
    let infinity = f64::INFINITY;
    let table = [
        ("1 / post", 0.0, infinity),
        ("log(post)", -1.0, f64::NAN),
        ("sqrt(post)", -1.0, f64::NAN),
        ("post^0.5", -2.0, f64::NAN),
        ("post^3", -2.0, -8.0),
        ("post^(k + 0.5)", -2.0, -8.0),
        ("post^(k - 2.5)", 0.0, 1.0),
        ("post^0 * post", 3.0, 3.0),
        ("min(post, 1)", f64::NAN, f64::NAN),
        ("max(1, post)", f64::NAN, f64::NAN),
        ("relu(post)", f64::NAN, f64::NAN),
        ("relu(post)", -3.0, 0.0),
        ("sign(post)", -0.0, 0.0),
        ("sign(post)", -7.0, -1.0),
        ("step(post)", 0.0, 0.0),
        ("step(post)", 1e-30, 1.0),
        ("exp(post)", 1e6, infinity),
        ("0 * post", infinity, f64::NAN),
        ("tanh(post)", -1e9, -1.0),
        ("sigmoid(post)", -1e9, 0.0),
        ("(1 / 0 + post) * 1", 1.0, infinity),
    ];
    for (text, x, expected) in table {
        let tape = post_side(text);
        let wide = evaluated(&tape, &[x])[0];
        let narrow = f64::from(evaluated(&tape, &[x as f32])[0]);
        for found in [wide, narrow] {
            assert!(
                found == expected || (found.is_nan() && expected.is_nan()),
                "{text} at {x} is {found}, not {expected}"
            );
        }
    }
}

#[test]
fn a_side_that_is_only_read_is_a_copy() {
    let tape = post_side("post");
    assert_eq!(tape.bare(), Some(Input::Post));
    assert_eq!(evaluated(&tape, &[1.0_f32, 2.0]), [1.0, 2.0]);
}
