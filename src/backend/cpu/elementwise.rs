//! Elementwise operations over views.

use super::real::Real;
use crate::program::View;

/// The rows of a view; a contiguous one counts as a single long row.
pub(super) fn shape(view: View) -> (usize, usize, usize) {
    if view.is_contiguous() { (1, view.len(), 0) } else { (view.rows, view.columns, view.row_stride) }
}

/// Calls `f` for rows of one view.
#[inline(always)]
pub(super) fn each_row<T>(view: View, data: &mut [T], mut f: impl FnMut(&mut [T])) {
    let (rows, columns, stride) = shape(view);
    for row in 0..rows {
        let from = view.offset + row * stride;
        f(&mut data[from..from + columns]);
    }
}

/// Rows of two views of the same shape and their length; contiguous views count as a single long row.
#[inline(always)]
pub(super) fn paired(a: View, b: View) -> (usize, usize) {
    if a.is_contiguous() && b.is_contiguous() { (1, a.len()) } else { (a.rows, a.columns) }
}

/// Row `row`, `columns` long, of a view that [`paired`] has cut.
#[inline(always)]
pub(super) fn cut(view: View, row: usize, columns: usize) -> std::ops::Range<usize> {
    let from = view.offset + row * view.row_stride;
    from..from + columns
}

/// Calls `f` for matching rows of two views of the same shape.
#[inline(always)]
pub(super) fn each_pair<T>(a: (View, &[T]), b: (View, &mut [T]), mut f: impl FnMut(&[T], &mut [T])) {
    let (rows, columns) = paired(a.0, b.0);
    for row in 0..rows {
        f(&a.1[cut(a.0, row, columns)], &mut b.1[cut(b.0, row, columns)]);
    }
}

pub(super) fn copy<T: Real>(from: (View, &[T]), to: (View, &mut [T])) {
    each_pair(from, to, |x, y| y.copy_from_slice(x));
}

pub(super) fn add<T: Real>(from: (View, &[T]), to: (View, &mut [T])) {
    each_pair(from, to, |x, y| add_row(x, y));
}

pub(super) fn subtract_from<T: Real>(minuend: (View, &[T]), out: (View, &mut [T])) {
    each_pair(minuend, out, |a, b| reverse_subtract_row(a, b));
}

pub(super) fn scale<T: Real>(factor: T, x: (View, &mut [T])) {
    each_row(x.0, x.1, |row| scale_row(factor, row));
}

pub(super) fn add_row_to_all<T: Real>(addend: &[T], to: (View, &mut [T])) {
    let (view, data) = to;
    for row in 0..view.rows {
        let from = view.offset + row * view.row_stride;
        add_row(addend, &mut data[from..from + view.columns]);
    }
}

/// `to[i, :] -= scale[i] x[i, :]`.
pub(super) fn subtract_scaled_rows<T: Real>(scale: &[T], x: (View, &[T]), to: (View, &mut [T])) {
    let columns = x.0.columns;
    for (row, &factor) in scale.iter().enumerate().take(x.0.rows) {
        let (i, j) = (x.0.offset + row * x.0.row_stride, to.0.offset + row * to.0.row_stride);
        add_scaled_row(-factor, &x.1[i..i + columns], &mut to.1[j..j + columns]);
    }
}

crate::dispatched! {
    fn add_row<T: Real>(x: &[T], y: &mut [T]) = add_row_body
}
crate::dispatched! {
    fn reverse_subtract_row<T: Real>(a: &[T], b: &mut [T]) = reverse_subtract_row_body
}
crate::dispatched! {
    fn scale_row<T: Real>(factor: T, x: &mut [T]) = scale_row_body
}
crate::dispatched! {
    pub(super) fn add_scaled_row<T: Real>(factor: T, x: &[T], y: &mut [T]) = add_scaled_row_body
}

#[inline(always)]
fn add_row_body<T: Real>(x: &[T], y: &mut [T]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y += x;
    }
}

/// `b = a - b`.
#[inline(always)]
fn reverse_subtract_row_body<T: Real>(a: &[T], b: &mut [T]) {
    for (b, &a) in b.iter_mut().zip(a) {
        *b = a - *b;
    }
}

#[inline(always)]
fn scale_row_body<T: Real>(factor: T, x: &mut [T]) {
    for x in x {
        *x *= factor;
    }
}

#[inline(always)]
fn add_scaled_row_body<T: Real>(factor: T, x: &[T], y: &mut [T]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y += factor * x;
    }
}
