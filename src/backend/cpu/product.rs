//! A product that can be divided: what is computed, from what, and the rectangle of C that it goes to.

use std::marker::PhantomData;

use super::matmul::{Operand, Shape, Target};

/// A rectangle of a row-major matrix that is written through it alone: those that it is divided into do not overlap.
///
/// Rectangles side by side lie in the same rows, so that none of them can hold a slice of the matrix.
#[derive(Debug)]
pub struct Rectangle<'a, T> {
    first: *mut T,
    row: usize,
    rows: usize,
    columns: usize,
    matrix: PhantomData<&'a mut [T]>,
}

// SAFETY: it stands for exclusive references to its elements.
unsafe impl<T: Send> Send for Rectangle<'_, T> {}

impl<'a, T> Rectangle<'a, T> {
    /// # Panics
    /// When the elements are too few, or rows overlap.
    fn new(data: &'a mut [T], row: usize, rows: usize, columns: usize) -> Self {
        if rows > 0 && columns > 0 {
            assert!(data.len() >= (rows - 1) * row + columns, "C is too short");
            assert!(rows == 1 || row >= columns, "rows of C overlap");
        }
        Self { first: data.as_mut_ptr(), row, rows, columns, matrix: PhantomData }
    }

    /// Elements from a row to the next.
    #[inline(always)]
    pub fn row(&self) -> usize {
        self.row
    }

    /// Pointer to an element from which `rows x columns` are within the rectangle.
    #[inline(always)]
    pub fn at(&self, row: usize, column: usize, rows: usize, columns: usize) -> *mut T {
        assert!(row + rows <= self.rows && column + columns <= self.columns, "outside of C");
        self.first.wrapping_add(row * self.row + column)
    }

    fn split_rows(self, at: usize) -> (Self, Self) {
        assert!(at <= self.rows);
        let first = self.first.wrapping_add(at * self.row);
        (Self { rows: at, ..self }, Self { first, rows: self.rows - at, ..self })
    }

    fn split_columns(self, at: usize) -> (Self, Self) {
        assert!(at <= self.columns);
        let first = self.first.wrapping_add(at);
        (Self { columns: at, ..self }, Self { first, columns: self.columns - at, ..self })
    }
}

/// `c = alpha a b`, or `c += alpha a b`, its extents checked.
#[derive(Debug)]
pub struct Product<'a, T> {
    pub(super) shape: Shape,
    pub(super) alpha: T,
    pub(super) a: Operand<'a, T>,
    pub(super) b: Operand<'a, T>,
    pub(super) c: Rectangle<'a, T>,
    pub(super) accumulate: bool,
}

impl<'a, T: Copy> Product<'a, T> {
    /// # Panics
    /// When an operand is shorter than its shape and strides say.
    pub fn new(shape: Shape, alpha: T, a: Operand<'a, T>, b: Operand<'a, T>, c: Target<'a, T>) -> Self {
        let Shape { m, n, k } = shape;
        assert!(a.data.len() >= a.strides.extent(m, k), "A is too short");
        assert!(b.data.len() >= b.strides.extent(k, n), "B is too short");
        assert!(a.strides.row == 1 || a.strides.column == 1, "A is row-major or the transpose of that");
        let rectangle = Rectangle::new(c.data, c.row, m, n);
        Self { shape, alpha, a, b, c: rectangle, accumulate: c.accumulate }
    }

    /// Divides it in proportion `left` to `parts - left`, across its longer side: that packs the least anew.
    ///
    /// k is never divided, so that no sum changes.
    #[must_use]
    pub fn split(self, left: usize, parts: usize) -> (Self, Self) {
        let Shape { m, n, k } = self.shape;
        let Self { alpha, a, b, accumulate, .. } = self;
        let part = |shape, a, b, c| Self { shape, alpha, a, b, c, accumulate };
        if m >= n {
            let at = cut(m, left, parts, ROW_STEP);
            let (above, below) = self.c.split_rows(at);
            let rest = Operand { data: &a.data[(at * a.strides.row).min(a.data.len())..], ..a };
            (part(Shape { m: at, n, k }, a, b, above), part(Shape { m: m - at, n, k }, rest, b, below))
        } else {
            let at = cut(n, left, parts, COLUMN_STEP);
            let (before, after) = self.c.split_columns(at);
            let rest = Operand { data: &b.data[(at * b.strides.column).min(b.data.len())..], ..b };
            (part(Shape { m, n: at, k }, a, b, before), part(Shape { m, n: n - at, k }, a, rest, after))
        }
    }
}

/// Tiles of all instruction sets have numbers of rows that divide it.
const ROW_STEP: usize = 12;
/// The widest panel; it is also a whole number of cache lines, which two threads should not share.
const COLUMN_STEP: usize = 32;

/// Where a side is cut: at the multiple of `step` next to the proportion.
fn cut(side: usize, left: usize, parts: usize, step: usize) -> usize {
    let exact = side * left / parts;
    ((exact + step / 2) / step * step).min(side)
}
