//! Copies of blocks of the factors in the order in which the tiles read them.

use std::ops::Range;

use super::lanes::Lanes;
use super::matmul::Strides;

/// Copies `depth` rows of B into panels of two vectors' width, padding the last one to whole vectors with zeros.
#[inline(always)]
pub fn pack_panels<L: Lanes<Elem = T>, T: Copy + Default>(
    b: &[T],
    strides: Strides,
    depth: usize,
    n: usize,
    packed: &mut [T],
) {
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
        // Of a matrix whose rows are a power of two apart, the lines that a block reads fall into one set of the L1 cache,
        // which holds those of 8 rows: the next block needs the other half of each line.
        for v in 0..V {
            for block in 0..blocks {
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

/// Copies rows of A into tiles: the numbers `tiles` of `of`, each `depth x rows`, a step of k after the other.
///
/// `a` starts at the block's first column; its `m` rows are dealt out to all tiles evenly.
#[inline(always)]
pub fn pack_tiles<L: Lanes<Elem = T>, T: Copy>(
    a: &[T],
    strides: Strides,
    (m, depth): (usize, usize),
    tiles: Range<usize>,
    of: usize,
    packed: &mut [T],
) {
    let mut offset = 0;
    for index in tiles {
        let row = index * m / of;
        let rows = (index + 1) * m / of - row;
        let from = &a[row * strides.row..];
        assert!(from.len() >= strides.extent(rows, depth));
        // The last vector of a transposed block reaches beyond the tile.
        let to = &mut packed[offset..offset + depth * rows + L::N];
        if strides.row == 1 {
            // SAFETY: the extents were just checked.
            unsafe { pack_columns(from.as_ptr(), strides.column, rows, depth, to.as_mut_ptr()) };
        } else {
            // Whole blocks are transposed where the rows of the next tiles can be read too: these end up beyond each
            // step, where the next step overwrites them.
            let is_whole = m - row >= L::N && from.len() >= strides.extent(L::N, depth);
            let blocks = if is_whole { depth / L::N } else { 0 };
            for block in 0..blocks {
                let corner = from[block * L::N..].as_ptr();
                let place = to[block * L::N * rows..].as_mut_ptr();
                // SAFETY: N rows of depth elements were just checked to be readable, and depth steps and a vector to be
                // writable; a tile has no more rows than a vector has lanes.
                unsafe { L::transpose(corner, strides.row, place, rows) };
            }
            for step in blocks * L::N..depth {
                for r in 0..rows {
                    to[step * rows + r] = from[r * strides.row + step];
                }
            }
        }
        offset += depth * rows;
    }
}

/// # Safety
/// `depth` runs of `rows` elements must be readable at `stride`, and the tile be writable.
#[inline(always)]
unsafe fn pack_columns<T: Copy>(from: *const T, stride: usize, rows: usize, depth: usize, to: *mut T) {
    macro_rules! by_rows {
        ($($r:literal)*) => {
            match rows {
                // Runs of a known length are copied by a pair of moves, others by a call.
                $($r => for step in 0..depth {
                    // SAFETY: the caller's promise.
                    unsafe { to.add(step * $r).copy_from_nonoverlapping(from.add(step * stride), $r) };
                },)*
                _ => unreachable!("tiles have 1 to 12 rows"),
            }
        };
    }
    by_rows!(1 2 3 4 5 6 7 8 9 10 11 12);
}
