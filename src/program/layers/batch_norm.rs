//! Batch normalisation (Ioffe and Szegedy 2015) as PyTorch's: y = gain (x - mean) / sqrt(variance + eps) + shift.

use super::evaluate;
use crate::experiment::Activation;
use crate::program::Builder;
use crate::program::graph::{Chain, Graph, Mode, Node, Value};
use crate::program::map::{Parameter, Unit, UnitKind};
use crate::program::op::{Op, Source, When};
use crate::program::view::View;

/// Added to the variance, PyTorch's default.
const EPSILON: f64 = 1e-5;
/// Share of a batch in the running statistics, PyTorch's default.
const MOMENTUM: f64 = 0.1;

/// Parameters and running statistics of one normalisation.
#[derive(Clone, Debug)]
pub(in crate::program) struct BatchNorm {
    /// Gain, 1 x width.
    pub gain: Parameter,
    /// Shift, 1 x width.
    pub shift: Parameter,
    /// Running mean, 1 x width.
    pub running_mean: View,
    /// Running variance, unbiased, 1 x width.
    pub running_variance: View,
}

#[derive(Debug)]
struct Normalize {
    unit: usize,
    gain: View,
    input: Value,
    output: Value,
    normalized: View,
    variance: View,
}

impl Node for Normalize {
    fn inputs(&self) -> Vec<Value> {
        vec![self.input]
    }

    fn output(&self) -> Value {
        self.output
    }

    fn is_in_place(&self) -> bool {
        true
    }

    /// dx = gain / sd (dy - mean dy - x^ mean(dy x^)); the two means are the signals of shift and gain.
    fn append_backward(&self, builder: &mut Builder, chain: &mut Chain<'_>) {
        let gradient = chain.gradient(self.output);
        let signals = chain.append_unit(builder, self.unit, gradient);
        let [(_, of_shift), (_, of_gain)] = signals[..] else { unreachable!("a norm has a shift and a gain") };
        let text = format!("gain / sqrt(variance + {EPSILON}) * (g - shift - x * slope)");
        builder.push(evaluate(
            &text,
            &[
                ("gain", Source::Row(self.gain)),
                ("variance", Source::Row(self.variance)),
                ("g", Source::Matrix(gradient)),
                ("shift", Source::Row(of_shift)),
                ("x", Source::Matrix(self.normalized)),
                ("slope", Source::Row(of_gain)),
            ],
            gradient,
        ));
        chain.contribute(builder, self.input, gradient);
    }
}

/// Appends a normalisation behind the map of number `map`, counted from 1.
pub(in crate::program) fn batch_norm(
    builder: &mut Builder,
    graph: &mut Graph,
    norm: &BatchNorm,
    map: usize,
    input: Value,
) -> Value {
    let x = graph.view(input);
    let name = format!("normed/{map}");
    let y = builder.scratch(graph.named(name.clone()), x.rows, x.columns);
    let output = graph.made(&name, y);
    let scaled = |x: View, [mean, variance]: [View; 2], out| {
        let text = format!("(x - mean) / sqrt(variance + {EPSILON})");
        let named = [("x", Source::Matrix(x)), ("mean", Source::Row(mean)), ("variance", Source::Row(variance))];
        evaluate(&text, &named, out)
    };
    let affine = |x: View, gain: View, shift: View, out| {
        let named = [("gain", Source::Row(gain)), ("x", Source::Matrix(x)), ("shift", Source::Row(shift))];
        evaluate("gain * x + shift", &named, out)
    };
    if graph.mode == Mode::Evaluation {
        builder.push(scaled(x, [norm.running_mean, norm.running_variance], y));
        builder.push(affine(y, norm.gain.trained, norm.shift.trained, y));
        return output;
    }
    let mean = builder.scratch(format!("batch_mean/{map}"), 1, x.columns);
    let variance = builder.scratch(format!("batch_variance/{map}"), 1, x.columns);
    builder.push(Op::ColumnMean { x, out: mean });
    builder.push(Op::ColumnVariance { x, mean, out: variance });
    let normalized = builder.scratch(format!("normalized_activity/{map}"), x.rows, x.columns);
    builder.push(scaled(x, [mean, variance], normalized));
    builder.push(affine(normalized, norm.gain.effective, norm.shift.effective, y));
    // The unbiased variance goes into the running one.
    let samples = x.rows as f64;
    let unbiased = MOMENTUM * samples / (samples - 1.0).max(1.0);
    for (running, of_batch, share) in [(norm.running_mean, mean, MOMENTUM), (norm.running_variance, variance, unbiased)]
    {
        let text = format!("{} * running + {share} * batch", 1.0 - MOMENTUM);
        let named = [("running", Source::Matrix(running)), ("batch", Source::Matrix(of_batch))];
        builder.push_when(When::Training, evaluate(&text, &named, running));
    }
    let unit = graph.units.len();
    graph.maps[map - 1].norm = Some(unit);
    graph.units.push(Unit {
        name: format!("norm{map}"),
        layer: map,
        output: y,
        activity: y,
        activation: Activation::Linear,
        kind: UnitKind::Norm { gain: norm.gain.clone().into(), shift: norm.shift.clone().into(), normalized },
    });
    let gain = norm.gain.effective;
    graph.push(Normalize { unit, gain, input, output, normalized, variance });
    output
}
