//! One product on several threads: parts of C, each summed as it would be alone.

use super::aligned::Aligned;
use super::matmul::{Operand, Shape, Target, compute_product};
use super::product::Product;
use super::real::Real;
use super::team::{Team, join};

/// Multiplications that a thread has to have to be worth waking: about 0.1 ms of an AVX2 core, some times what it takes
/// to wake one. Smaller products gain little where the other core is free, and lose where it is not.
const LEAST_WORK: usize = 1 << 22;

/// Number of parts that a product is divided into for `threads`. No bit of it depends on that.
#[must_use]
pub const fn parts(shape: Shape, threads: usize) -> usize {
    let most = shape.m * shape.n * shape.k / LEAST_WORK;
    if most <= 1 || threads <= 1 {
        1
    } else if most < threads {
        most
    } else {
        threads
    }
}

/// As [`super::matmul::matmul`], to the same bits, on the threads of a team; fastest within [`Team::lead`].
///
/// `packed` has a packing space for each thread; the product is divided among no more threads than that.
///
/// # Panics
/// When an operand or a packing space is shorter than the shape and the strides say, or there is no packing space.
pub fn matmul_by<T: Real>(
    team: &Team,
    shape: Shape,
    alpha: T,
    a: Operand<'_, T>,
    b: Operand<'_, T>,
    c: Target<'_, T>,
    packed: &mut [Aligned<T>],
) {
    let product = Product::new(shape, alpha, a, b, c);
    match parts(shape, team.threads().min(packed.len())) {
        1 => compute_product(&product, &mut packed[0]),
        parts => team.gather(|| divide(product, &mut packed[..parts])),
    }
}

/// One part a packing space: half of them here, the others wherever a thread is free.
fn divide<T: Real>(product: Product<'_, T>, packed: &mut [Aligned<T>]) {
    let parts = packed.len();
    if let [packed] = packed {
        compute_product(&product, packed);
        return;
    }
    let (here, there) = packed.split_at_mut(parts / 2);
    let (first, second) = product.split(here.len(), parts);
    join(|| divide(first, here), || divide(second, there));
}
