//! From a replica's sums to the columns of the metrics.

use crate::backend::cpu::Measurement;
use crate::experiment::{AlignmentReading, Experiment};
use crate::program::measure::{LOSS, LayerMetrics, cosine};
use crate::program::{Program, Switches};
use crate::record::Columns;

/// Place of the validation loss; the accuracy follows it.
pub(super) const VALIDATION: usize = 1;
/// Columns of the contract, for each layer.
pub(super) const PER_LAYER: usize = 6;
/// Place of the first of them.
pub(super) const FIRST_LAYER: usize = 3;
/// Places of norms among them.
pub(super) const WEIGHT_NORM: usize = 2;
pub(super) const SIGNAL_NORM: usize = 3;
pub(super) const HEBBIAN_NORM: usize = 4;

/// Columns of the force balance, for each layer: the four terms of the change of |W|^2, that change as observed, and
/// the cosine of W and H.
const BALANCE: [&str; 6] =
    ["radial_signal", "radial_decay", "radial_noise", "step_square", "norm_change", "stationary_cosine"];

/// The penalty on activity, at steps at which it is on; last, as it is there once it has been.
pub(super) const PENALTY: &str = "activation_penalty";

/// Names of the columns of a program's rows: the contract's, then what goes beyond it, and [`PENALTY`] where something
/// `is_penalised` at some step.
pub(super) fn columns(program: &Program, is_penalised: bool) -> Columns {
    let mut names: Vec<String> = ["train_loss", "validation_loss", "validation_accuracy"].map(String::from).into();
    for layer in &program.metrics.layers {
        let k = label(program, layer);
        names.extend(
            ["signal", "full", "weight_norm", "signal_norm", "hebbian_norm", "stationarity_gap"]
                .map(|name| format!("{name}_{k}")),
        );
    }
    for layer in &program.metrics.layers {
        let k = label(program, layer);
        let beyond = [
            (layer.window.is_some(), "averaged"),
            (layer.loss_gradient.is_some(), "neggrad"),
            (layer.gradient_hebbian.is_some(), "neggrad_hebbian"),
            (layer.post_activation.is_some(), "signal_post"),
            (layer.per_example.is_some(), "per_example"),
            (layer.per_example.is_some(), "expected_product"),
        ];
        names.extend(beyond.into_iter().filter(|(there, _)| *there).map(|(_, name)| format!("{name}_{k}")));
    }
    for layer in program.metrics.layers.iter().filter(|layer| layer.forces.is_some()) {
        names.extend(BALANCE.map(|name| format!("{name}_{}", label(program, layer))));
    }
    names.extend(is_penalised.then(|| PENALTY.to_owned()));
    let labels = program.layers.iter().map(|map| (map.layer, map.label.clone()));
    Columns::labelled(names, labels.filter(|(layer, label)| *label != layer.to_string()).collect())
}

/// What the columns of a layer end in.
fn label<'a>(program: &'a Program, layer: &LayerMetrics) -> &'a str {
    // Numbers of layers count the maps of the program.
    &program.layers[layer.layer - 1].label
}

/// The values of one measured step, of these columns; validation is filled in by the caller.
pub(super) fn values(
    experiment: &Experiment,
    program: &Program,
    columns: &Columns,
    m: &Measurement<'_, f32>,
) -> Vec<Option<f32>> {
    let mut values = vec![Some(m.metrics[LOSS] as f32), None, None];
    let layers = &program.metrics.layers;
    values.reserve(layers.len() * (PER_LAYER + 6 + BALANCE.len()));
    for layer in layers {
        values.extend(contract_values(experiment.measure.alignment, layer, m));
    }
    for layer in layers {
        let pair = |at: usize| cosine(m.metrics[at], m.metrics[at + 1], m.metrics[at + 2]);
        if let Some(at) = layer.window {
            let averaged = m.closes_window.then(|| cosine(m.metrics[at + 1], m.metrics[at + 2], m.metrics[at + 3]));
            values.push(averaged.flatten().map(|v| v as f32));
        }
        for at in [layer.loss_gradient, layer.gradient_hebbian, layer.post_activation].into_iter().flatten() {
            values.push(pair(at).map(|v| v as f32));
        }
        if let Some(at) = layer.per_example {
            values.push(per_example(m.metrics, at).map(|v| v as f32));
            values.push(Some(m.metrics[at + 2] as f32));
        }
    }
    for layer in layers {
        values.extend(balance_values(layer, m).into_iter().flatten());
    }
    if values.len() < columns.names().len() {
        // What compiles it in may be the other twin, or a rule of before that minimised it.
        let is_on = Switches::of(experiment).activation_penalty;
        values.push(program.metrics.penalty.filter(|_| is_on).map(|at| m.metrics[at] as f32));
    }
    values
}

/// The force balance of one layer, d|W|^2 = 2<W,u_signal> + 2<W,u_decay> + 2<W,eps> + |u + eps|^2, and the cosine that
/// signal and H would have if the signal were exactly gamma W (eq. 10 to 12).
fn balance_values(layer: &LayerMetrics, m: &Measurement<'_, f32>) -> Option<[Option<f32>; BALANCE.len()]> {
    let (at, change) = (layer.forces?, layer.norm_change?);
    let [signal, decay, noise, square] = std::array::from_fn(|i| m.metrics[at + i]);
    let change = m.metrics[change] + m.metrics[change + 1];
    let [hh, ww, wh] = [1, 5, 8].map(|i| m.metrics[layer.totals + i]);
    let stationary = cosine(ww, hh, wh);
    let values = [Some(2.0 * signal), Some(2.0 * decay), Some(2.0 * noise), Some(square), Some(change), stationary];
    Some(values.map(|v| v.map(|v| v as f32)))
}

fn contract_values(
    reading: AlignmentReading,
    layer: &LayerMetrics,
    m: &Measurement<'_, f32>,
) -> [Option<f32>; PER_LAYER] {
    let [gg, hh, gh, uu, uh, ww] = std::array::from_fn(|i| m.metrics[layer.totals + i]);
    let (signal, full) = match (reading, layer.sign) {
        (AlignmentReading::Sign, Some(at)) => {
            let s = &m.metrics[at..at + 5];
            (cosine(s[0], s[1], s[2]), cosine(s[3], s[1], s[4]))
        }
        (AlignmentReading::PerExample, _) => (layer.per_example.and_then(|at| per_example(m.metrics, at)), None),
        _ => (cosine(gg, hh, gh), cosine(uu, hh, uh)),
    };
    let full = full.filter(|_| layer.full_update);
    let gap = layer.window.filter(|_| m.closes_window).map(|at| m.metrics[at].sqrt());
    [signal, full, Some(ww.sqrt()), Some(gg.sqrt()), Some(hh.sqrt()), gap].map(|v| v.map(|v| v as f32))
}

fn per_example(metrics: &[f64], at: usize) -> Option<f64> {
    (metrics[at + 1] > 0.0).then(|| metrics[at] / metrics[at + 1])
}
