//! The register tile: the one place where products are summed, and so where the order of every sum is fixed.

use super::lanes::Lanes;
use super::matmul::Strides;

/// One register tile: `rows x vectors` of C from rows of A and one panel of packed B.
pub struct Tile<T> {
    /// First element of A.
    pub a: *const T,
    /// Strides of A.
    pub a_strides: Strides,
    /// The panel.
    pub b: *const T,
    /// Columns of A, rows of the panel.
    pub depth: usize,
    /// Factor of the sums.
    pub alpha: T,
    /// Whether C is added to.
    pub add: bool,
    /// First element of C.
    pub c: *mut T,
    /// Elements from a row of C to the next.
    pub c_row: usize,
}

/// Computes a tile whose columns are whole vectors, choosing the kernel for its number of rows.
macro_rules! by_rows {
    ($lanes:ident, $tile:expr, $rows:expr, $v:literal: $($r:literal)*) => {
        match $rows {
            // SAFETY: the promise of `compute_whole`'s caller.
            $($r => unsafe { $lanes::tile::<$r, $v>($tile) },)*
            _ => unreachable!("tiles have 1 to 12 rows"),
        }
    };
}

/// Computes `rows x width` elements of C, `width` being two vectors' at most.
///
/// # Safety
/// As of [`tile_body`] for `rows` rows and whole vectors, except that C needs to hold only `width` columns.
#[inline(always)]
pub unsafe fn compute<L: Lanes<Elem = T>, T: Copy + Default>(tile: &Tile<T>, rows: usize, width: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        if width.is_multiple_of(L::N) {
            compute_whole::<L, T>(tile, rows, width / L::N);
        } else {
            compute_edge::<L, T>(tile, rows, width);
        }
    }
}

/// # Safety
/// As of [`compute`], with whole vectors.
#[inline(always)]
unsafe fn compute_whole<L: Lanes<Elem = T>, T: Copy + Default>(tile: &Tile<T>, rows: usize, vectors: usize) {
    if vectors == 2 {
        by_rows!(L, tile, rows, 2: 1 2 3 4 5 6 7 8 9 10 11 12)
    } else {
        by_rows!(L, tile, rows, 1: 1 2 3 4 5 6 7 8 9 10 11 12)
    }
}

/// Computes a tile whose last vector reaches beyond C, by way of a buffer.
///
/// # Safety
/// As of [`compute`], for `width` columns of C.
#[inline(never)]
unsafe fn compute_edge<L: Lanes<Elem = T>, T: Copy + Default>(tile: &Tile<T>, rows: usize, width: usize) {
    let mut edge = [T::default(); 12 * 32];
    if tile.add {
        for r in 0..rows {
            // SAFETY: the caller's promise; no reference to C is made, whose neighbours others may write.
            unsafe { tile.c.add(r * tile.c_row).copy_to_nonoverlapping(edge[r * 32..][..width].as_mut_ptr(), width) };
        }
    }
    let buffered = Tile { c: edge.as_mut_ptr(), c_row: 32, ..*tile };
    // SAFETY: the caller's promise, with 12 rows of two vectors, 32 elements at most, in the buffer.
    unsafe { compute_whole::<L, T>(&buffered, rows, width.div_ceil(L::N)) };
    for r in 0..rows {
        // SAFETY: the caller's promise.
        unsafe { tile.c.add(r * tile.c_row).copy_from_nonoverlapping(edge[r * 32..][..width].as_ptr(), width) };
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
