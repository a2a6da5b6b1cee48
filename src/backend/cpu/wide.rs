//! The way of products whose factors do not stay in the caches: blocks of both are packed, and used while they last.
//!
//! A block of A lies in the L2 cache, a panel of B and the tile of C in L1 for as many blocks of k as are packed at once.

use super::lanes::Lanes;
use super::matmul::{DEPTH, Shape, Strides, narrow_space};
use super::pack::{pack_panels, pack_tiles};
use super::product::Product;
use super::tile::{Tile, compute};

/// Steps of k that are packed at once. Each block of [`DEPTH`] is still summed by itself and added to C, which stays in
/// L1 between them.
const DEEP: usize = 2 * DEPTH;
/// Largest number of rows in a block of A, a multiple of all heights of tiles.
const ROWS: usize = 144;
/// Largest number of columns in a block of B, a multiple of all widths of panels.
const COLUMNS: usize = 512;
/// Widest vector: writing the last tile reaches that far beyond it.
const SLACK: usize = 16;

/// Whether a product is computed this way: a function of the shape alone, though no bit depends on it. A shape with fewer
/// rows or columns than one that is not wide is not wide either.
///
/// Where the factors stay in the L2 cache without being packed, packing them costs up to a twentieth, and more where a
/// packed element of A serves for few columns.
pub const fn is_wide(shape: Shape) -> bool {
    let Shape { m, n, k } = shape;
    // Products with no more than 128 columns gain only where A leaves the cache.
    let is_large = n > 128 && m * n * k >= 1 << 23;
    let is_long = n >= 64 && m * k >= 1 << 17;
    k >= 32 && (is_large || is_long) || narrow_space(n, k) > COLUMNS * DEEP
}

/// Elements of packing space for a product, or any part of it: 656 KiB of f32 at most.
pub const fn packing_space(shape: Shape) -> usize {
    let Shape { m, n, k } = shape;
    let narrow = narrow_space(n, k);
    if !is_wide(shape) {
        return narrow;
    }
    let depth = if k < DEEP { k } else { DEEP };
    let wide = right_space(n, depth) + if m < ROWS { m } else { ROWS } * depth + SLACK;
    // A part of it may be narrow.
    let part = if narrow < COLUMNS * DEEP { narrow } else { COLUMNS * DEEP };
    if part > wide { part } else { wide }
}

const fn right_space(n: usize, depth: usize) -> usize {
    let columns = n.div_ceil(32) * 32;
    (if columns < COLUMNS { columns } else { COLUMNS }) * depth
}

/// Start of share `index` of `count` things dealt out evenly.
#[inline(always)]
fn share(index: usize, of: usize, count: usize) -> usize {
    index * count / of
}

/// Computes a product; the packing space was checked.
#[inline(always)]
pub fn product<L: Lanes<Elem = T>, T: Copy + Default>(product: &Product<'_, T>, packed: &mut [T]) {
    let Product { shape: Shape { m, n, k }, alpha, a, b, accumulate, .. } = *product;
    let (right, left) = packed.split_at_mut(right_space(n, DEEP.min(k)));
    let panel = 2 * L::N;
    let (tiles, panels) = (m.div_ceil(L::TILE_ROWS), n.div_ceil(panel));
    let row_blocks = tiles.div_ceil(ROWS / L::TILE_ROWS);
    let column_blocks = panels.div_ceil(COLUMNS / panel);
    for start in (0..k).step_by(DEEP) {
        let depth = DEEP.min(k - start);
        for column_block in 0..column_blocks {
            let column = share(column_block, column_blocks, panels) * panel;
            let end = (share(column_block + 1, column_blocks, panels) * panel).min(n);
            let from = &b.data[start * b.strides.row + column * b.strides.column..];
            pack_panels::<L, T>(from, b.strides, depth, end - column, right);
            for row_block in 0..row_blocks {
                let range = share(row_block, row_blocks, tiles)..share(row_block + 1, row_blocks, tiles);
                let from = &a.data[start * a.strides.column..];
                pack_tiles::<L, T>(from, a.strides, (m, depth), range.clone(), tiles, left);
                let mut column = column;
                let mut panel_offset = 0;
                while column < end {
                    let width = (end - column).min(panel);
                    let padded = width.next_multiple_of(L::N);
                    let right = &right[panel_offset..panel_offset + depth * padded];
                    let mut tile_offset = 0;
                    for index in range.clone() {
                        let row = share(index, tiles, m);
                        let rows = share(index + 1, tiles, m) - row;
                        let left = &left[tile_offset..tile_offset + depth * rows];
                        let c = product.c.at(row, column, rows, width);
                        for step in (0..depth).step_by(DEPTH) {
                            let tile = Tile {
                                a: left[step * rows..].as_ptr(),
                                a_strides: Strides { row: 1, column: rows },
                                b: right[step * padded..].as_ptr(),
                                depth: DEPTH.min(depth - step),
                                alpha,
                                add: accumulate || start + step > 0,
                                c,
                                c_row: product.c.row(),
                            };
                            // SAFETY: the slices hold depth rows of the panel and steps of the tile; C was checked.
                            unsafe { compute::<L, T>(&tile, rows, width) };
                        }
                        tile_offset += depth * rows;
                    }
                    panel_offset += depth * padded;
                    column += width;
                }
            }
        }
    }
}
