//! The matrix product against a plain one in f64, at shapes that leave every kind of edge.

use super::lanes::{Lanes, Plain};
use super::matmul::{Operand, Shape, Strides, Target, matmul, packing_space, product};
use super::product::Product;
use super::real::Real;
use crate::random::Stream;

const SIZES: [usize; 9] = [1, 2, 7, 16, 17, 33, 128, 129, 300];
/// What the result holds before, and must still hold outside its columns.
const GUARD: f32 = 12345.0;

struct Case {
    shape: Shape,
    transpose: (bool, bool),
    accumulate: bool,
}

fn cases() -> impl Iterator<Item = Case> {
    let flags = [false, true];
    SIZES.into_iter().flat_map(move |m| {
        SIZES.into_iter().flat_map(move |n| {
            // Three depths a pair keep the test quick; all depths appear.
            let depths = [SIZES[(m + n) % 9], SIZES[(m * 3 + n) % 9], SIZES[(m + 2 * n) % 9]];
            depths.into_iter().flat_map(move |k| {
                flags.into_iter().flat_map(move |ta| {
                    flags.into_iter().map(move |tb| Case {
                        shape: Shape { m, n, k },
                        transpose: (ta, tb),
                        accumulate: (m + n + k) % 2 == 0,
                    })
                })
            })
        })
    })
}

fn operand(rows: usize, columns: usize, transposed: bool, stream: &str) -> (Vec<f32>, Strides) {
    // A row stride beyond the columns, as the stacked buffers have it.
    let (lines, line) = if transposed { (columns, rows + 3) } else { (rows, columns + 3) };
    let mut data = vec![0.0; lines * line];
    Stream::new(1, stream).fill_symmetric(0, 1.0, &mut data);
    (data, if transposed { Strides { row: 1, column: line } } else { Strides { row: line, column: 1 } })
}

fn check(case: &Case, run: impl FnOnce(Shape, Operand<'_, f32>, Operand<'_, f32>, Target<'_, f32>, &mut [f32])) {
    let Shape { m, n, k } = case.shape;
    let (a, a_strides) = operand(m, k, case.transpose.0, "a");
    let (b, b_strides) = operand(k, n, case.transpose.1, "b");
    let line = n + 5;
    let mut c = vec![GUARD; m * line];
    let mut packed = vec![f32::NAN; packing_space(case.shape)];
    run(
        case.shape,
        Operand { data: &a, strides: a_strides },
        Operand { data: &b, strides: b_strides },
        Target { data: &mut c, row: line, accumulate: case.accumulate },
        &mut packed,
    );
    for i in 0..m {
        for j in 0..n {
            let at = |x: &[f32], s: Strides, i: usize, j: usize| f64::from(x[i * s.row + j * s.column]);
            let exact: f64 = (0..k).map(|l| at(&a, a_strides, i, l) * at(&b, b_strides, l, j)).sum();
            let expected = 0.5 * exact + if case.accumulate { f64::from(GUARD) } else { 0.0 };
            // k roundings of sums up to sqrt(k), and one of the sum with the guard.
            let tolerance = 6e-8 * (k as f64).sqrt() * (k as f64 + 2.0) + if case.accumulate { 2e-3 } else { 0.0 };
            let found = f64::from(c[i * line + j]);
            assert!((found - expected).abs() <= tolerance, "{:?} {:?} at {i}, {j}", case.shape, case.transpose);
        }
        assert!(c[i * line + n..(i + 1) * line].iter().all(|&v| v == GUARD), "{:?}: written outside", case.shape);
    }
}

#[test]
fn products_agree_with_f64() {
    for case in cases() {
        check(&case, |s, a, b, c, p| matmul(s, 0.5, a, b, c, p));
    }
}

#[test]
fn the_portable_kernel_agrees_too() {
    for case in cases().step_by(7) {
        check(&case, |s, a, b, c, p| product::<Plain<f32, 8>, f32>(&Product::new(s, 0.5, a, b, c), p));
    }
}

/// An element's sum does not depend on how many rows are computed with it: measuring must change no bit.
#[test]
fn rows_computed_alone_have_the_same_bits() {
    let (a, strides) = operand(256, 200, true, "a");
    let (b, b_strides) = operand(200, 128, false, "b");
    let mut packed = vec![0.0; packing_space(Shape { m: 256, n: 128, k: 200 })];
    let mut run = |m: usize| {
        let mut c = vec![0.0; m * 128];
        let (a, b) = (Operand { data: &a[..], strides }, Operand { data: &b[..], strides: b_strides });
        let target = Target { data: &mut c[..], row: 128, accumulate: false };
        matmul(Shape { m, n: 128, k: 200 }, 1.0, a, b, target, &mut packed);
        c
    };
    let (few, all) = (run(37), run(256));
    assert_eq!(few, all[..37 * 128]);
}

#[test]
fn transposition_is_exact() {
    fn transposed<L: Lanes<Elem = f32>>() {
        let n = L::N;
        let from: Vec<f32> = (0..n * (n + 1)).map(|i| i as f32).collect();
        let mut to = vec![0.0; n * (n + 2)];
        // SAFETY: both hold n rows at their strides; the portable vector needs no instruction set.
        unsafe { L::transpose(from.as_ptr(), n + 1, to.as_mut_ptr(), n + 2) };
        for i in 0..n {
            for j in 0..n {
                assert_eq!(to[i * (n + 2) + j], from[j * (n + 1) + i]);
            }
        }
    }
    transposed::<Plain<f32, 8>>();
    #[cfg(target_arch = "x86_64")]
    {
        use crate::instruction_set::InstructionSet;
        let found = InstructionSet::detect();
        if found >= InstructionSet::Avx2 {
            transposed::<<f32 as Real>::Avx2>();
        }
        if found >= InstructionSet::Avx512 {
            transposed::<<f32 as Real>::Avx512>();
        }
    }
}
