//! The matrix product `C (+)= alpha A B` of row-major, possibly strided and transposed operands.
//!
//! `B` is packed into panels of two vectors' width; tiles of `C` are kept in registers. Every element of `C` is summed
//! over k in order, in blocks of [`DEPTH`]: a pure function of the shape and the instruction set, whatever else runs,
//! and whichever way the product is blocked or divided.

use super::lanes::Lanes;
use super::pack::pack_panels;
use super::product::Product;
use super::real::{Real, with_lanes};
use super::tile::{Tile, compute};
use super::wide;

/// Length of a block of k: two vectors' width of `B` at that depth just fill a 32 KiB L1 cache.
///
/// It fixes the order of every sum, and is not to be tuned.
pub const DEPTH: usize = 128;

/// Strides of an operand: element (i, j) is at `i * row + j * column`.
#[derive(Clone, Copy, Debug)]
pub struct Strides {
    /// From a row to the next.
    pub row: usize,
    /// From a column to the next.
    pub column: usize,
}

impl Strides {
    /// Last element's position plus one, for a `rows x columns` operand.
    pub fn extent(self, rows: usize, columns: usize) -> usize {
        if rows == 0 || columns == 0 { 0 } else { (rows - 1) * self.row + (columns - 1) * self.column + 1 }
    }
}

/// A factor of a product.
#[derive(Clone, Copy, Debug)]
pub struct Operand<'a, T> {
    /// Elements.
    pub data: &'a [T],
    /// Where they lie.
    pub strides: Strides,
}

/// Where a product goes.
#[derive(Debug)]
pub struct Target<'a, T> {
    /// Row-major elements.
    pub data: &'a mut [T],
    /// Elements from a row to the next.
    pub row: usize,
    /// Whether the product is added.
    pub accumulate: bool,
}

/// Shape of a product.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Rows of A and C.
    pub m: usize,
    /// Columns of B and C.
    pub n: usize,
    /// Columns of A, rows of B.
    pub k: usize,
}

/// Elements of packing space that a product needs, or any part of it.
#[must_use]
pub const fn packing_space(shape: Shape) -> usize {
    wide::packing_space(shape)
}

/// Elements of a block of k of the whole of B.
pub(super) const fn narrow_space(n: usize, k: usize) -> usize {
    let depth = if k < DEPTH { k } else { DEPTH };
    // Widest panel is 32 elements; columns are padded to whole panels.
    n.div_ceil(32) * 32 * depth
}

/// `c = alpha a b`, or `c += alpha a b`.
///
/// # Panics
/// When an operand or the packing space is shorter than the shape and the strides say.
pub fn matmul<T: Real>(
    shape: Shape,
    alpha: T,
    a: Operand<'_, T>,
    b: Operand<'_, T>,
    c: Target<'_, T>,
    packed: &mut [T],
) {
    compute_product(&Product::new(shape, alpha, a, b, c), packed);
}

with_lanes! {
    /// Computes a product, or a part of one, with the vectors of this machine.
    pub fn compute_product(whole: &Product<'_, T>, packed: &mut [T]) = product
}

/// Chooses the way by the shape alone.
#[inline(always)]
pub fn product<L: Lanes<Elem = T>, T: Copy + Default>(product: &Product<'_, T>, packed: &mut [T]) {
    let Shape { m, n, k } = product.shape;
    if m == 0 || n == 0 || k == 0 {
        return;
    }
    assert!(packed.len() >= packing_space(product.shape), "packing space is too short");
    // Vector gathers count elements in 32 bits, up to fifteen strides ahead.
    assert!(product.b.strides.column <= i32::MAX as usize / 16, "columns of B are too far from each other");
    if wide::is_wide(product.shape) {
        wide::product::<L, T>(product, packed);
    } else {
        narrow::<L, T>(product, packed);
    }
}

/// The way of products whose factors stay in the caches: B is packed a block of k at a time, A is read where it lies.
#[inline(always)]
pub(super) fn narrow<L: Lanes<Elem = T>, T: Copy + Default>(product: &Product<'_, T>, packed: &mut [T]) {
    let Product { shape: Shape { m, n, k }, alpha, a, b, accumulate, .. } = *product;
    let tiles = m.div_ceil(L::TILE_ROWS);
    for start in (0..k).step_by(DEPTH) {
        let depth = DEPTH.min(k - start);
        pack_panels::<L, T>(&b.data[start * b.strides.row..], b.strides, depth, n, packed);
        let add = accumulate || start > 0;
        let mut column = 0;
        let mut offset = 0;
        while column < n {
            let width = (n - column).min(2 * L::N);
            let padded = width.next_multiple_of(L::N);
            let right = &packed[offset..offset + depth * padded];
            for index in 0..tiles {
                // Rows are dealt out evenly, so that no tile is left with a few rows only.
                let row = index * m / tiles;
                let rows = (index + 1) * m / tiles - row;
                let left = &a.data[row * a.strides.row + start * a.strides.column..];
                assert!(left.len() >= a.strides.extent(rows, depth));
                let tile = Tile {
                    a: left.as_ptr(),
                    a_strides: a.strides,
                    b: right.as_ptr(),
                    depth,
                    alpha,
                    add,
                    c: product.c.at(row, column, rows, width),
                    c_row: product.c.row(),
                };
                // SAFETY: the three extents were checked just above.
                unsafe { compute::<L, T>(&tile, rows, width) };
            }
            offset += depth * padded;
            column += width;
        }
    }
}
