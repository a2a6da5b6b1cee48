//! Activations forward and backward.

use super::elementwise::{copy, cut, paired};
use super::lanes::Lanes;
use super::real::{Real, with_lanes};
use crate::experiment::Activation;
use crate::program::View;

/// `y = f(x)`.
pub(super) fn forward<T: Real>(kind: Activation, x: (View, &[T]), y: (View, &mut [T])) {
    if kind == Activation::Linear { copy(x, y) } else { forward_rows(kind, x, y) }
}

with_lanes! {
    /// The rows are walked inside, as a call for each of them would cost more than a short row.
    fn forward_rows(kind: Activation, x: (View, &[T]), y: (View, &mut [T])) = forward_body
}
with_lanes! {
    /// `gradient *= f'(x)` from y = f(x).
    pub(super) fn backward(kind: Activation, y: (View, &[T]), gradient: (View, &mut [T])) = backward_body
}
#[cfg(test)]
with_lanes! { pub(super) fn tanh(x: &[T], y: &mut [T]) = tanh_body }

#[inline(always)]
fn forward_body<L: Lanes<Elem = T>, T: Real>(kind: Activation, x: (View, &[T]), y: (View, &mut [T])) {
    let (rows, columns) = paired(x.0, y.0);
    for row in 0..rows {
        let (x, y) = (&x.1[cut(x.0, row, columns)], &mut y.1[cut(y.0, row, columns)]);
        match kind {
            Activation::Linear => y.copy_from_slice(x),
            Activation::Relu => relu_body(x, y),
            Activation::Sigmoid => sigmoid_body(x, y),
            Activation::Tanh => tanh_body::<L, T>(x, y),
        }
    }
}

#[inline(always)]
fn backward_body<L: Lanes<Elem = T>, T: Real>(kind: Activation, y: (View, &[T]), gradient: (View, &mut [T])) {
    let (rows, columns) = paired(y.0, gradient.0);
    for row in 0..rows {
        let (y, g) = (&y.1[cut(y.0, row, columns)], &mut gradient.1[cut(gradient.0, row, columns)]);
        match kind {
            Activation::Linear => {}
            Activation::Relu => relu_backward_body(y, g),
            Activation::Sigmoid => sigmoid_backward_body(y, g),
            Activation::Tanh => tanh_backward_body(y, g),
        }
    }
}

#[inline(always)]
fn relu_body<T: Real>(x: &[T], y: &mut [T]) {
    for (y, &x) in y.iter_mut().zip(x) {
        // Written so that a NaN stays one.
        *y = if x < T::ZERO { T::ZERO } else { x };
    }
}

#[inline(always)]
fn sigmoid_body<T: Real>(x: &[T], y: &mut [T]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y = x.sigmoid();
    }
}

#[inline(always)]
fn tanh_body<L: Lanes<Elem = T>, T: Real>(x: &[T], y: &mut [T]) {
    T::tanh_row::<L>(x, y);
}

#[inline(always)]
fn relu_backward_body<T: Real>(y: &[T], g: &mut [T]) {
    for (g, &y) in g.iter_mut().zip(y) {
        *g = if y > T::ZERO { *g } else { T::ZERO };
    }
}

#[inline(always)]
fn sigmoid_backward_body<T: Real>(y: &[T], g: &mut [T]) {
    for (g, &y) in g.iter_mut().zip(y) {
        *g *= y * (T::ONE - y);
    }
}

#[inline(always)]
fn tanh_backward_body<T: Real>(y: &[T], g: &mut [T]) {
    for (g, &y) in g.iter_mut().zip(y) {
        *g *= T::ONE - y * y;
    }
}
