//! Weight decay: uniform, by neuron (diagonal D), by any positive-definite D (appendix C.4), and L1.

use super::builder::product;
use super::map::Map;
use super::op::Decay;
use super::view::View;
use super::{Builder, Initial, Role};
use crate::experiment::Experiment;

/// D of one layer.
#[derive(Clone, Copy, Debug)]
pub(super) enum DecayMatrix {
    /// The identity.
    Uniform,
    /// 1 x out.
    Diagonal(View),
    /// out x out.
    Full(View),
}

/// Declares D of a layer, as given or drawn.
pub(super) fn declare(builder: &mut Builder, experiment: &Experiment, map: &Map) -> DecayMatrix {
    let regularizer = &experiment.regularizer;
    let neurons = map.weights.trained.rows;
    let name = format!("decay_matrix/{}", map.number);
    if let Some(given) = regularizer.decay_matrix.get(map.weights.layer - 1) {
        let values = Initial::Values(given.concat());
        return if given.len() == 1 {
            DecayMatrix::Diagonal(builder.buffer(name, 1, neurons, Role::Constant, values))
        } else {
            DecayMatrix::Full(builder.buffer(name, neurons, neurons, Role::Constant, values))
        };
    }
    let (spread, correlation) = (regularizer.decay_spread, regularizer.decay_correlation);
    let (stream, bound) = (name.clone(), spread.ln());
    if correlation != 0.0 {
        let initial = Initial::Correlated { stream, bound, correlation };
        DecayMatrix::Full(builder.buffer(name, neurons, neurons, Role::Constant, initial))
    } else if spread != 1.0 {
        DecayMatrix::Diagonal(builder.buffer(name, 1, neurons, Role::Constant, Initial::LogUniform { stream, bound }))
    } else {
        DecayMatrix::Uniform
    }
}

/// The decay term of a layer's weights; a full D costs a product D W.
pub(super) fn append(builder: &mut Builder, map: &Map, matrix: DecayMatrix) -> Decay {
    let rate = map.weights.rate();
    match matrix {
        DecayMatrix::Uniform => Decay { rate, diagonal: None, product: None },
        DecayMatrix::Diagonal(diagonal) => Decay { rate, diagonal: Some(diagonal), product: None },
        DecayMatrix::Full(full) => {
            let weights = map.weights.effective;
            let out = builder.scratch(format!("decayed/{}", map.number), weights.rows, weights.columns);
            builder.push(product((full, false), (weights, false), out, 1.0));
            Decay { rate, diagonal: None, product: Some(out) }
        }
    }
}
