//! The bits of products: those of a plain loop that sums in the documented order, whichever way a product is computed
//! and on however many threads.

use super::aligned::Aligned;
use super::lanes::{Lanes, Plain};
use super::matmul::{DEPTH, Operand, Shape, Strides, Target, compute_product, matmul, narrow, packing_space};
use super::product::Product;
use super::real::Real;
use super::shared::{matmul_by, parts};
use super::team::Team;
use super::wide;
use crate::instruction_set::InstructionSet;
use crate::random::Stream;

/// What the matrix around C holds, and must still hold.
const GUARD: f32 = 12345.0;

struct Case<T> {
    shape: Shape,
    alpha: T,
    accumulate: bool,
    a: (Vec<T>, Strides),
    b: (Vec<T>, Strides),
    /// C before, with its guards.
    c: Vec<T>,
    row: usize,
}

impl<T: Real> Case<T> {
    /// Operands whose last element is the last of their slice, so that none may be read beyond.
    fn new(shape: Shape, (transpose_a, transpose_b): (bool, bool), accumulate: bool) -> Self {
        let Shape { m, n, k } = shape;
        let numbers = |count: usize, stream: &str| -> Vec<T> {
            let mut values = vec![0.0; count];
            Stream::new(7, stream).fill_symmetric(0, 1.0, &mut values);
            values.into_iter().map(T::from).collect()
        };
        let operand = |rows: usize, columns: usize, transposed: bool, stream: &str| {
            let (lines, line) = if transposed { (columns, rows) } else { (rows, columns) };
            // Lines of a power of two beside others, and gaps between lines.
            let stride = line + lines % 3;
            let data = numbers((lines - 1) * stride + line, stream);
            (data, if transposed { Strides { row: 1, column: stride } } else { Strides { row: stride, column: 1 } })
        };
        let row = n + 3;
        let mut c = numbers(m * row, "c");
        (0..m).for_each(|i| c[i * row + n..(i + 1) * row].fill(T::from(GUARD)));
        Self {
            shape,
            alpha: T::from(if accumulate { 0.3 } else { 1.0 }),
            accumulate,
            a: operand(m, k, transpose_a, "a"),
            b: operand(k, n, transpose_b, "b"),
            c,
            row,
        }
    }

    /// C after `run`; the packing space holds what would spoil every sum.
    fn run(
        &self,
        run: impl FnOnce(Shape, T, Operand<'_, T>, Operand<'_, T>, Target<'_, T>, &mut [Aligned<T>]),
    ) -> Vec<T> {
        let mut c = self.c.clone();
        let mut space = Aligned::zeros(packing_space(self.shape));
        space.fill(T::from(f32::NAN));
        let target = Target { data: &mut c, row: self.row, accumulate: self.accumulate };
        let a = Operand { data: &self.a.0, strides: self.a.1 };
        let b = Operand { data: &self.b.0, strides: self.b.1 };
        run(self.shape, self.alpha, a, b, target, &mut [space.clone(), space.clone(), space.clone(), space]);
        c
    }

    fn whole(&self) -> Vec<T> {
        self.run(|s, alpha, a, b, c, packed| matmul(s, alpha, a, b, c, &mut packed[0]))
    }

    /// In parts that are computed one after another.
    fn in_parts(&self, parts: usize) -> Vec<T> {
        fn divide<T: Real>(product: Product<'_, T>, parts: usize, packed: &mut [T]) {
            if parts == 1 {
                compute_product(&product, packed);
                return;
            }
            let (first, second) = product.split(parts / 2, parts);
            divide(first, parts / 2, packed);
            divide(second, parts - parts / 2, packed);
        }
        self.run(|s, alpha, a, b, c, packed| divide(Product::new(s, alpha, a, b, c), parts, &mut packed[0]))
    }

    /// With the vectors of `L`, the way that is `wide` or the other.
    fn by<L: Lanes<Elem = T>>(&self, is_wide: bool) -> Vec<T> {
        self.run(|s, alpha, a, b, c, _| {
            let whole = Product::new(s, alpha, a, b, c);
            let mut space = vec![T::from(f32::NAN); 1 << 20];
            if is_wide {
                wide::product::<L, T>(&whole, &mut space);
            } else {
                narrow::<L, T>(&whole, &mut space);
            }
        })
    }

    /// One element after another: the sums of blocks of k by `mul_add`, each scaled and added to what there is.
    fn reference(&self, mul_add: impl Fn(T, T, T) -> T) -> Vec<T> {
        let mut c = self.c.clone();
        let at = |(data, s): &(Vec<T>, Strides), i: usize, j: usize| data[i * s.row + j * s.column];
        for i in 0..self.shape.m {
            for j in 0..self.shape.n {
                let place = &mut c[i * self.row + j];
                for start in (0..self.shape.k).step_by(DEPTH) {
                    let block = start..self.shape.k.min(start + DEPTH);
                    let sum = block.fold(T::ZERO, |sum, l| mul_add(at(&self.a, i, l), at(&self.b, l, j), sum));
                    *place =
                        if self.accumulate || start > 0 { mul_add(sum, self.alpha, *place) } else { sum * self.alpha };
                }
            }
        }
        c
    }
}

fn assert_same<T: Real>(found: &[T], expected: &[T], case: &Case<T>, what: &str) {
    let bits = |values: &[T]| bytemuck::cast_slice::<T, u8>(values).to_vec();
    assert!(bits(found) == bits(expected), "{what}: {:?}, A {:?}, B {:?}", case.shape, case.a.1, case.b.1);
}

/// The reference's multiply-add, as this machine's f32 kernels round it.
fn mul_add(a: f32, b: f32, c: f32) -> f32 {
    if InstructionSet::detect() == InstructionSet::Portable { a * b + c } else { a.mul_add(b, c) }
}

/// Odd sizes up to 67, at random but the same each time, then shapes at the edges of all blocks.
fn shapes() -> impl Iterator<Item = Shape> {
    let mut sizes = [0.0; 3 * 60];
    Stream::new(3, "shapes").fill_symmetric(0, 0.5, &mut sizes);
    let size = |x: f32| 1 + ((x + 0.5) * 67.0) as usize % 67;
    let small: Vec<Shape> = sizes.chunks(3).map(|s| Shape { m: size(s[0]), n: size(s[1]), k: size(s[2]) }).collect();
    let large = [
        (256, 130, 257),
        (150, 520, 129),
        (150, 513, 260),
        (67, 1030, 128),
        (5, 1100, 300),
        (700, 66, 255),
        (13, 640, 1024),
        (1, 2000, 140),
        (290, 1, 600),
    ];
    small.into_iter().chain(large.map(|(m, n, k)| Shape { m, n, k }))
}

fn cases<T: Real>() -> impl Iterator<Item = Case<T>> {
    shapes().enumerate().flat_map(|(i, shape)| {
        let all = [(false, false), (true, true), (false, true), (true, false)];
        // Two a shape keep the test quick; all appear with large ones too.
        let two = all.into_iter().skip(i % 2 * 2).take(2);
        two.enumerate().map(move |(j, transpose)| Case::new(shape, transpose, (i / 2 + j) % 2 == 0))
    })
}

#[test]
fn every_way_gives_the_bits_of_the_documented_order() {
    for case in cases::<f32>() {
        let expected = case.reference(mul_add);
        assert_same(&case.whole(), &expected, &case, "whole");
        for parts in 1..=4 {
            assert_same(&case.in_parts(parts), &expected, &case, &format!("{parts} parts"));
        }
        let found = InstructionSet::detect();
        if found >= InstructionSet::Avx2 {
            let c = [false, true].map(|is_wide| case.by::<<f32 as Real>::Avx2>(is_wide));
            c.iter().for_each(|c| assert_same(c, &expected, &case, "avx2"));
        }
        if found >= InstructionSet::Avx512 {
            let c = [false, true].map(|is_wide| case.by::<<f32 as Real>::Avx512>(is_wide));
            c.iter().for_each(|c| assert_same(c, &expected, &case, "avx512"));
        }
        let unfused = case.reference(|a, b, c| a * b + c);
        for is_wide in [false, true] {
            assert_same(&case.by::<Plain<f32, 8>>(is_wide), &unfused, &case, &format!("portable, wide {is_wide}"));
            // The geometry of AVX-512, on any machine.
            assert_same(&case.by::<Plain<f32, 16, 12>>(is_wide), &unfused, &case, &format!("12 rows, wide {is_wide}"));
        }
    }
}

#[test]
fn doubles_too() {
    for case in cases::<f64>() {
        let expected = case.reference(|a, b, c| a * b + c);
        assert_same(&case.whole(), &expected, &case, "whole");
        assert_same(&case.in_parts(3), &expected, &case, "3 parts");
        for is_wide in [false, true] {
            assert_same(&case.by::<Plain<f64, 8>>(is_wide), &expected, &case, &format!("wide {is_wide}"));
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let teams: Vec<Team> = (1..=4).map(|threads| Team::new(threads).expect("threads")).collect();
    for case in cases::<f32>() {
        let whole = case.whole();
        for team in &teams {
            let outside = case.run(|s, alpha, a, b, c, packed| matmul_by(team, s, alpha, a, b, c, packed));
            let within = team.lead(|| case.run(|s, alpha, a, b, c, packed| matmul_by(team, s, alpha, a, b, c, packed)));
            assert_same(&outside, &whole, &case, "outside");
            assert_same(&within, &whole, &case, "within");
        }
    }
}

/// No part of a product needs more packing space than the whole, which is bounded.
#[test]
fn packing_space_suffices_for_parts() {
    let sides = [1, 10, 63, 64, 65, 128, 129, 200, 511, 512, 513, 1024, 1025, 3072];
    for k in [1, 31, 32, 127, 128, 129, 256, 3072] {
        for (i, &m) in sides.iter().enumerate() {
            for (j, &n) in sides.iter().enumerate() {
                let space = packing_space(Shape { m, n, k });
                assert!(space * size_of::<f32>() <= (656 << 10) + 64, "{m} x {n} x {k}: {space}");
                for (m, n) in [(sides[i.saturating_sub(1)], n), (m, sides[j.saturating_sub(1)])] {
                    assert!(packing_space(Shape { m, n, k }) <= space, "{m} x {n} x {k}");
                }
            }
        }
    }
}

#[test]
fn threads_get_work_that_is_worth_waking_them() {
    assert_eq!(parts(Shape { m: 256, n: 32, k: 32 }, 8), 1);
    assert_eq!(parts(Shape { m: 256, n: 3072, k: 3072 }, 8), 8);
    assert_eq!(parts(Shape { m: 256, n: 3072, k: 3072 }, 1), 1);
}
