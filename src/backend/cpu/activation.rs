//! Activations forward and backward.

use super::elementwise::each_pair;
use super::lanes::Lanes;
use super::real::{Real, with_lanes};
use crate::experiment::Activation;
use crate::program::View;

/// `y = f(x)`.
pub(super) fn forward<T: Real>(kind: Activation, x: (View, &[T]), y: (View, &mut [T])) {
    each_pair(x, y, |x, y| match kind {
        Activation::Linear => y.copy_from_slice(x),
        Activation::Relu => relu(x, y),
        Activation::Sigmoid => sigmoid(x, y),
        Activation::Tanh => tanh(x, y),
    });
}

/// `gradient *= f'(x)` from y = f(x).
pub(super) fn backward<T: Real>(kind: Activation, y: (View, &[T]), gradient: (View, &mut [T])) {
    each_pair(y, gradient, |y, g| match kind {
        Activation::Linear => {}
        Activation::Relu => relu_backward(y, g),
        Activation::Sigmoid => sigmoid_backward(y, g),
        Activation::Tanh => tanh_backward(y, g),
    });
}

crate::dispatched! { fn relu<T: Real>(x: &[T], y: &mut [T]) = relu_body }
crate::dispatched! { fn sigmoid<T: Real>(x: &[T], y: &mut [T]) = sigmoid_body }
with_lanes! { pub(super) fn tanh(x: &[T], y: &mut [T]) = tanh_body }
crate::dispatched! { fn relu_backward<T: Real>(y: &[T], g: &mut [T]) = relu_backward_body }
crate::dispatched! { fn sigmoid_backward<T: Real>(y: &[T], g: &mut [T]) = sigmoid_backward_body }
crate::dispatched! { fn tanh_backward<T: Real>(y: &[T], g: &mut [T]) = tanh_backward_body }

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
