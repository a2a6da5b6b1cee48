//! Gradient descent: the learning signal is minus the batch-mean loss gradient (eq. 4).

use super::{Signals, append_outer_products};
use crate::program::Builder;
use crate::program::layers::{Forward, append_backward};
use crate::program::op::View;

pub(super) fn append(builder: &mut Builder, forward: &Forward, signals: &[Signals]) {
    let deltas: Vec<View> = forward.layers.iter().map(|l| l.delta).collect();
    append_backward(builder, forward, &deltas);
    for (layer, signal) in forward.layers.iter().zip(signals) {
        append_outer_products(builder, layer, forward.activations[layer.layer - 1], signal);
    }
}
