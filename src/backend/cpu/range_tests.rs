//! Sums at every scale of f32, in each version of the loops.

use super::forces::{self, Noise, Split, Step};
use super::real::Real;
use super::reduce::{pair_sums, squared_norm};
use super::sums::{per_example, row_sums, row_value};
use crate::program::measure::{FORCE_VALUES, FORCES, ROW_SUMS, ROW_VALUES};
use crate::program::{BufferId, View};
use crate::random::Stream;

const ROWS: usize = 3;
/// No multiple of a vector.
const COLUMNS: usize = 37;

/// Exponents of the scales: the elements stay normal numbers, their squares do not.
const POWERS: [i32; 11] = [-120, -100, -75, -60, -30, 0, 30, 60, 75, 100, 120];

fn view(rows: usize, columns: usize) -> View {
    View { buffer: BufferId(0), offset: 0, rows, columns, row_stride: columns }
}

fn matrix(stream: &str, power: i32) -> Vec<f32> {
    let mut values = vec![0.0; ROWS * COLUMNS];
    Stream::new(1, stream).fill_normal(0, &mut values);
    // No element near 0, which would leave the normal numbers at the least scale.
    values.iter().map(|value| (value + value.signum() * 0.5) * f32::power_of_two(power)).collect()
}

fn at(values: &[f32]) -> (View, &[f32]) {
    (view(ROWS, COLUMNS), values)
}

/// 2^exponent in f64.
fn power(exponent: i32) -> f64 {
    <f64 as Real>::power_of_two(exponent)
}

struct Sums {
    rows: Vec<f32>,
    totals: [f64; ROW_SUMS],
}

fn sums(g: &[f32], h: &[f32], u: Option<&[f32]>, w: &[f32]) -> Sums {
    let (mut rows, mut totals) = (vec![f32::NAN; ROWS * ROW_VALUES], [f64::NAN; ROW_SUMS]);
    row_sums(at(g), at(h), u.map(at), at(w), &mut rows);
    super::sums::totals(&rows, &mut totals);
    Sums { rows, totals }
}

/// Exponents of g, H, u and W in each of the nine sums.
const PARTS: [[i32; 4]; ROW_SUMS] = [
    [2, 0, 0, 0],
    [0, 2, 0, 0],
    [1, 1, 0, 0],
    [0, 0, 2, 0],
    [0, 1, 1, 0],
    [0, 0, 0, 2],
    [1, 0, 0, 1],
    [0, 0, 1, 1],
    [0, 1, 0, 1],
];

#[test]
fn sums_of_rows_are_the_same_at_every_scale() {
    let [g, h, u, w] = ["g", "h", "u", "w"].map(|name| matrix(name, 0));
    for has_update in [true, false] {
        let plain = sums(&g, &h, has_update.then_some(&u[..]), &w);
        assert!(plain.rows.chunks_exact(ROW_VALUES).all(|row| row[ROW_SUMS..] == [0.0; 4]), "nothing to scale");
        for of_g in POWERS {
            for of_h in POWERS {
                let powers = [of_g, of_h, of_g, -of_h];
                let by = powers.map(f32::power_of_two);
                let scaled = |x: &[f32], by: f32| x.iter().map(|x| x * by).collect::<Vec<_>>();
                let (g, h, u, w) = (scaled(&g, by[0]), scaled(&h, by[1]), scaled(&u, by[2]), scaled(&w, by[3]));
                let found = sums(&g, &h, has_update.then_some(&u[..]), &w);
                for (place, parts) in PARTS.iter().enumerate() {
                    // Powers of two change no digit: f64 holds all of these.
                    let factor = power(parts.iter().zip(powers).map(|(part, power)| part * power).sum());
                    assert_eq!(found.totals[place], plain.totals[place] * factor, "sum {place} at {powers:?}");
                    for (row, before) in found.rows.chunks_exact(ROW_VALUES).zip(plain.rows.chunks_exact(ROW_VALUES)) {
                        assert!(row[place].is_finite() && (row[place] != 0.0) == (before[place] != 0.0));
                        assert_eq!(row_value(row, place), row_value(before, place) * factor, "row at {powers:?}");
                    }
                }
            }
        }
    }
}

/// Rows of one matrix need not be of one size.
#[test]
fn every_row_has_its_own_scale() {
    let [g, h, u, mut w] = ["g", "h", "u", "w"].map(|name| matrix(name, 0));
    let plain = sums(&g, &h, Some(&u), &w);
    w[..COLUMNS].iter_mut().for_each(|w| *w *= f32::power_of_two(-90));
    w[COLUMNS..2 * COLUMNS].fill(0.0);
    let found = sums(&g, &h, Some(&u), &w);
    let square = |sums: &Sums, row: usize| row_value(&sums.rows[row * ROW_VALUES..][..ROW_VALUES], 5);
    assert_eq!(square(&found, 0), square(&plain, 0) * power(-180));
    assert_eq!(square(&found, 1), 0.0);
    assert_eq!(square(&found, 2), square(&plain, 2));
    assert_eq!(found.totals[5], square(&found, 0) + square(&found, 2));
    assert_eq!(found.totals[..5], plain.totals[..5], "others are as they were");
}

/// What is not a number stays none, and a zero is no small number.
#[test]
fn what_cannot_be_scaled_is_left_as_it_is() {
    let [g, h, u, w] = ["g", "h", "u", "w"].map(|name| matrix(name, 0));
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut broken = g.clone();
        broken[5] = bad;
        let found = sums(&broken, &h, Some(&u), &w);
        assert!(!found.totals[0].is_finite() && !found.totals[2].is_finite());
        assert!(found.totals[1].is_finite() && found.totals[5].is_finite());
    }
    let zero = vec![0.0; ROWS * COLUMNS];
    let found = sums(&zero, &h, Some(&zero), &w);
    assert_eq!([0, 2, 3, 4, 6, 7].map(|place| found.totals[place]), [0.0; 6]);
    // The least of all f32 have lost digits of their own, but not their size.
    let least = vec![f32::from_bits(1); ROWS * COLUMNS];
    let norm = sums(&least, &h, None, &w).totals[0].sqrt();
    assert!((norm / ((ROWS * COLUMNS) as f64).sqrt() / f64::from(f32::from_bits(1)) - 1.0).abs() < 1e-6);
}

#[test]
fn norms_pairs_and_examples_are_the_same_at_every_scale() {
    let (a, b) = (matrix("a", 0), matrix("b", 0));
    let [aa, bb, ab] = pair_sums(at(&a), at(&b));
    let mut examples = [0.0; 3];
    per_example(at(&a), at(&b), at(&a), &mut examples);
    for of_a in POWERS {
        for of_b in POWERS {
            let (a, b) = (matrix("a", of_a), matrix("b", of_b));
            let expected = [aa * power(2 * of_a), bb * power(2 * of_b), ab * power(of_a + of_b)];
            assert_eq!(pair_sums(at(&a), at(&b)), expected, "{of_a}, {of_b}");
            assert_eq!(squared_norm(at(&a).0, &a), expected[0]);
            let mut found = [0.0; 3];
            per_example(at(&a), at(&b), at(&a), &mut found);
            assert_eq!(found[..2], examples[..2], "{of_a}, {of_b}");
            assert_eq!(found[2], examples[2] * power(3 * of_a + of_b));
        }
    }
}

/// All terms of the force balance, at scales of W and of what changes it.
#[test]
fn forces_are_the_same_at_every_scale() {
    // The four splits and noises that sum in ways of their own.
    let run = |of_w: i32, of_u: i32, case: usize| {
        let [g, h, u, eps, share] = ["g", "h", "u", "eps", "share"].map(|name| matrix(name, of_u));
        let (w, clean) = (matrix("w", of_w), matrix("clean", of_w));
        let known = sums(&g, &h, Some(&u), &w);
        let step = Step { sums: &known.rows, weights: at(&w), update: at(&u) };
        let split = match case {
            0 | 1 => Split::Signal { matrix: at(&g), rate: 0.25 },
            2 => Split::Decay(at(&share)),
            _ => Split::SignalOnly,
        };
        let noise = match case {
            0 => Noise::None,
            1 => Noise::Stays { noise: at(&eps) },
            2 => Noise::Passes { clean: at(&clean) },
            _ => Noise::None,
        };
        let (mut rows, mut totals) = (vec![f32::NAN; ROWS * FORCE_VALUES], [f64::NAN; FORCES]);
        forces::forces(&step, &split, &noise, &mut rows, &mut totals);
        let rows: Vec<[f64; FORCES]> = rows
            .chunks_exact(FORCE_VALUES)
            .map(|row| std::array::from_fn(|force| f64::from(row[force]) * power(row[FORCES] as i32)))
            .collect();
        (rows, totals)
    };
    for case in 0..4 {
        let (plain_rows, plain) = run(0, 0, case);
        for both in POWERS {
            let (rows, totals) = run(both, both, case);
            // A common scale changes no digit, wherever it leads.
            assert_eq!(totals, plain.map(|force| force * power(2 * both)), "case {case}, all at 2^{both}");
            let expected: Vec<_> = plain_rows.iter().map(|row| row.map(|force| force * power(2 * both))).collect();
            assert_eq!(rows, expected, "case {case}, rows at 2^{both}");
        }
        // Without noise, W and the update keep their own scales.
        for of_u in POWERS.into_iter().filter(|_| case != 1) {
            let (_, totals) = run(-of_u, of_u, case);
            assert_eq!(totals[..2], plain[..2], "case {case}, W at 2^{}, u at 2^{of_u}", -of_u);
        }
    }
}

#[test]
fn changes_of_the_norm_are_the_same_at_every_scale() {
    for replaces in [false, true] {
        let run = |exponent: i32| {
            let (x, mut w) = (matrix("x", exponent), matrix("w", exponent));
            let change = forces::change(at(&x), (view(ROWS, COLUMNS), &mut w), replaces);
            (change, w)
        };
        let (plain, after) = run(0);
        assert!(plain != 0.0);
        for exponent in POWERS {
            let (change, w) = run(exponent);
            assert_eq!(change, plain * power(2 * exponent), "2^{exponent}");
            assert!(w.iter().zip(&after).all(|(w, after)| *w == after * f32::power_of_two(exponent)), "2^{exponent}");
        }
        // No change is no lost digit.
        let mut w = matrix("w", 0);
        let x = if replaces { w.clone() } else { vec![0.0; ROWS * COLUMNS] };
        assert_eq!(forces::change(at(&x), (view(ROWS, COLUMNS), &mut w), replaces), 0.0);
    }
}

/// The loops above are those of this machine's widest vectors; the other versions run in processes of their own.
#[test]
fn every_instruction_set_scales_alike() {
    let own = std::env::current_exe().expect("a test is a program");
    for narrower in ["portable", "avx2"] {
        let mut command = std::process::Command::new(&own);
        command.args(["at_every_scale", "every_row_has_its_own_scale", "--test-threads=1"]);
        let output = command.env("HEBBSCOPE_INSTRUCTION_SET", narrower).output().expect("it starts again");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains(" 5 passed"), "{narrower}: {said}");
    }
}
