//! The matrix product `C (+)= alpha A B` of row-major, possibly strided and transposed operands.
//!
//! `B` is packed into panels of two vectors' width; tiles of `C` are kept in registers. Every element of `C` is summed
//! over k in order, in blocks of [`DEPTH`]: a pure function of the shape and the instruction set, whatever else runs.

use super::lanes::Lanes;
use super::real::with_lanes;

/// Length of a block of k: two vectors' width of `B` at that depth just fill a 32 KiB L1 cache.
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
    fn extent(self, rows: usize, columns: usize) -> usize {
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

/// Elements of packing space that a product needs.
#[must_use]
pub const fn packing_space(n: usize, k: usize) -> usize {
    let depth = if k < DEPTH { k } else { DEPTH };
    // Widest panel is 32 elements; columns are padded to whole panels.
    n.div_ceil(32) * 32 * depth
}

with_lanes! {
    /// [`product`] with the vectors of this machine.
    pub fn matmul(
        shape: Shape, alpha: T, a: Operand<'_, T>, b: Operand<'_, T>, c: Target<'_, T>, packed: &mut [T],
    ) = product
}

/// `c = alpha a b`, or `c += alpha a b`.
///
/// # Panics
/// When an operand is shorter than its shape and strides say.
#[inline(always)]
pub fn product<L: Lanes<Elem = T>, T: Copy + Default>(
    shape: Shape,
    alpha: T,
    a: Operand<'_, T>,
    b: Operand<'_, T>,
    c: Target<'_, T>,
    packed: &mut [T],
) {
    let Operand { data: a, strides: a_strides } = a;
    let Operand { data: b, strides: b_strides } = b;
    let Target { data: c, row: c_row, accumulate } = c;
    let Shape { m, n, k } = shape;
    if m == 0 || n == 0 || k == 0 {
        return;
    }
    assert!(a.len() >= a_strides.extent(m, k), "A is too short");
    assert!(b.len() >= b_strides.extent(k, n), "B is too short");
    assert!(c.len() >= (m - 1) * c_row + n, "C is too short");
    assert!(packed.len() >= packing_space(n, k), "packing space is too short");
    assert!(a_strides.row == 1 || a_strides.column == 1, "A is row-major or the transpose of that");
    // Vector gathers count elements in 32 bits, up to fifteen strides ahead.
    assert!(b_strides.column <= i32::MAX as usize / 16, "columns of B are too far from each other");
    let tiles = m.div_ceil(L::TILE_ROWS);
    for start in (0..k).step_by(DEPTH) {
        let depth = DEPTH.min(k - start);
        pack::<L, T>(&b[start * b_strides.row..], b_strides, depth, n, packed);
        let add = accumulate || start > 0;
        let mut column = 0;
        let mut offset = 0;
        while column < n {
            let width = (n - column).min(2 * L::N);
            let vectors = width.div_ceil(L::N);
            let whole = width == vectors * L::N;
            let right = &packed[offset..offset + depth * vectors * L::N];
            for index in 0..tiles {
                // Rows are dealt out evenly, so that no tile is left with a few rows only.
                let row = index * m / tiles;
                let rows = (index + 1) * m / tiles - row;
                let left = &a[row * a_strides.row + start * a_strides.column..];
                let out = &mut c[row * c_row + column..];
                assert!(left.len() >= a_strides.extent(rows, depth) && out.len() >= (rows - 1) * c_row + width);
                let tile = Tile {
                    a: left.as_ptr(),
                    a_strides,
                    b: right.as_ptr(),
                    depth,
                    alpha,
                    add,
                    c: out.as_mut_ptr(),
                    c_row,
                };
                if whole {
                    compute::<L, T>(&tile, rows, vectors);
                } else {
                    compute_edge::<L, T>(&tile, rows, vectors, width, out);
                }
            }
            offset += depth * vectors * L::N;
            column += width;
        }
    }
}

/// Copies `depth` rows of `b` into panels of `V` vectors' width, padding the last one with zeros.
#[inline(always)]
fn pack<L: Lanes<Elem = T>, T: Copy + Default>(b: &[T], strides: Strides, depth: usize, n: usize, packed: &mut [T]) {
    let mut column = 0;
    let mut offset = 0;
    while column < n {
        let width = (n - column).min(2 * L::N);
        let padded = width.div_ceil(L::N) * L::N;
        let panel = &mut packed[offset..offset + depth * padded];
        let from = &b[column * strides.column..];
        assert!(from.len() >= strides.extent(depth, width));
        if width == 2 * L::N {
            pack_vectors::<L, T, 2>(from, strides, panel);
        } else if width == L::N {
            pack_vectors::<L, T, 1>(from, strides, panel);
        } else {
            for (row, out) in panel.chunks_exact_mut(padded).enumerate() {
                for (j, value) in out.iter_mut().enumerate() {
                    *value = if j < width { from[row * strides.row + j * strides.column] } else { T::default() };
                }
            }
        }
        offset += depth * padded;
        column += width;
    }
}

/// Packs a whole panel of `V` vectors' width; the caller has checked that `from` holds it.
#[inline(always)]
fn pack_vectors<L: Lanes<Elem = T>, T: Copy, const V: usize>(from: &[T], strides: Strides, panel: &mut [T]) {
    let width = V * L::N;
    let depth = panel.len() / width;
    // SAFETY: row and v N + N columns are within the operand, asserted by the caller; the panel holds depth rows of
    // width elements, and whole blocks end before depth.
    unsafe {
        let (source, to) = (from.as_ptr(), panel.as_mut_ptr());
        if strides.column == 1 {
            for row in 0..depth {
                for v in 0..V {
                    L::load(source.add(row * strides.row + v * L::N)).store(to.add(row * width + v * L::N));
                }
            }
            return;
        }
        let blocks = if strides.row == 1 { depth / L::N } else { 0 };
        for block in 0..blocks {
            for v in 0..V {
                let corner = source.add(block * L::N + v * L::N * strides.column);
                L::transpose(corner, strides.column, to.add(block * L::N * width + v * L::N), width);
            }
        }
        for row in blocks * L::N..depth {
            for v in 0..V {
                let first = source.add(row * strides.row + v * L::N * strides.column);
                L::load_strided(first, strides.column).store(to.add(row * width + v * L::N));
            }
        }
    }
}

/// One register tile: `rows x vectors` of C from rows of A and one panel of packed B.
pub struct Tile<T> {
    a: *const T,
    a_strides: Strides,
    b: *const T,
    depth: usize,
    alpha: T,
    add: bool,
    c: *mut T,
    c_row: usize,
}

/// Computes a tile whose columns are whole vectors, choosing the kernel for its number of rows.
macro_rules! by_rows {
    ($lanes:ident, $tile:expr, $rows:expr, $v:literal: $($r:literal)*) => {
        match $rows {
            // SAFETY: the caller checked the extents of the three operands.
            $($r => unsafe { $lanes::tile::<$r, $v>($tile) },)*
            _ => unreachable!("tiles have 1 to 12 rows"),
        }
    };
}

#[inline(always)]
fn compute<L: Lanes<Elem = T>, T: Copy + Default>(tile: &Tile<T>, rows: usize, vectors: usize) {
    if vectors == 2 {
        by_rows!(L, tile, rows, 2: 1 2 3 4 5 6 7 8 9 10 11 12)
    } else {
        by_rows!(L, tile, rows, 1: 1 2 3 4 5 6 7 8 9 10 11 12)
    }
}

/// Computes a tile whose last vector reaches beyond C, by way of a buffer.
#[inline(never)]
fn compute_edge<L: Lanes<Elem = T>, T: Copy + Default>(
    tile: &Tile<T>,
    rows: usize,
    vectors: usize,
    width: usize,
    out: &mut [T],
) {
    let mut edge = [T::default(); 12 * 32];
    let c_row = tile.c_row;
    if tile.add {
        for r in 0..rows {
            edge[r * 32..r * 32 + width].copy_from_slice(&out[r * c_row..r * c_row + width]);
        }
    }
    compute::<L, T>(&Tile { c: edge.as_mut_ptr(), c_row: 32, ..*tile }, rows, vectors);
    for r in 0..rows {
        out[r * c_row..r * c_row + width].copy_from_slice(&edge[r * 32..r * 32 + width]);
    }
}

/// The kernel: `R` rows and `V` vectors of columns held in registers while k runs.
///
/// # Safety
/// `a` must hold `R x depth`, `b` `depth x V N` and `c` `R x V N` elements at the tile's strides, one of A's strides
/// must be 1, and the instruction set must be there.
#[inline(always)]
pub unsafe fn tile_body<L: Lanes<Elem = T>, T: Copy + Default, const R: usize, const V: usize>(tile: &Tile<T>) {
    if R > L::TILE_ROWS {
        return;
    }
    let zero = L::splat(T::default());
    let mut sums: [[L; V]; R] = std::array::from_fn(|_| std::array::from_fn(|_| zero));
    let mut b = tile.b;
    // SAFETY: the caller's promise; checked accesses here cost a third of the speed.
    unsafe {
        if tile.a_strides.row == 1 {
            let mut a = tile.a;
            for _ in 0..tile.depth {
                let right: [L; V] = std::array::from_fn(|v| L::load(b.add(v * L::N)));
                for r in 0..R {
                    let left = L::splat(*a.add(r));
                    for v in 0..V {
                        sums[r][v] = left.mul_add(right[v], sums[r][v]);
                    }
                }
                a = a.wrapping_add(tile.a_strides.column);
                b = b.wrapping_add(V * L::N);
            }
        } else {
            let stride = tile.a_strides.row;
            // One pointer for three rows: x86 addresses reach p, p + s and p + 2 s without further arithmetic.
            let mut a: [*const T; 4] = std::array::from_fn(|group| tile.a.wrapping_add(3 * group * stride));
            for _ in 0..tile.depth {
                let right: [L; V] = std::array::from_fn(|v| L::load(b.add(v * L::N)));
                for r in 0..R {
                    let left = L::splat(*a[r / 3].wrapping_add((r % 3) * stride));
                    for v in 0..V {
                        sums[r][v] = left.mul_add(right[v], sums[r][v]);
                    }
                }
                for pointer in &mut a {
                    *pointer = pointer.wrapping_add(1);
                }
                b = b.wrapping_add(V * L::N);
            }
        }
        let alpha = L::splat(tile.alpha);
        let mut c = tile.c;
        for row in sums {
            for v in 0..V {
                let place = c.add(v * L::N);
                let value = if tile.add { row[v].mul_add(alpha, L::load(place)) } else { row[v].mul(alpha) };
                value.store(place);
            }
            c = c.wrapping_add(tile.c_row);
        }
    }
}
