//! Layer normalisation (Ba et al. 2016) as PyTorch's: y = gain (x - mean) / sqrt(variance + eps) + shift, by samples.

use super::evaluate;
use crate::experiment::Activation;
use crate::program::Builder;
use crate::program::graph::{Chain, Graph, Mode, Node, Value};
use crate::program::groups::RowOp;
use crate::program::map::{Parameter, Unit, UnitKind};
use crate::program::op::{Op, Source};
use crate::program::view::View;

/// Added to the variance, PyTorch's default.
const EPSILON: f64 = 1e-5;

#[derive(Debug)]
struct LayerNorm {
    unit: usize,
    gain: View,
    input: Value,
    output: Value,
    normalized: View,
    deviations: View,
}

impl Node for LayerNorm {
    fn inputs(&self) -> Vec<Value> {
        vec![self.input]
    }

    fn output(&self) -> Value {
        self.output
    }

    fn is_in_place(&self) -> bool {
        true
    }

    fn append_backward(&self, builder: &mut Builder, chain: &mut Chain<'_>) {
        let gradient = chain.gradient(self.output);
        chain.append_unit(builder, self.unit, gradient);
        let named = [("gain", Source::Row(self.gain)), ("g", Source::Matrix(gradient))];
        builder.push(evaluate("gain * g", &named, gradient));
        let (z, deviations) = (self.normalized, self.deviations);
        builder.push(Op::Rows(RowOp::StandardizeBackward { z, deviations, gradient }));
        chain.contribute(builder, self.input, gradient);
    }
}

/// Appends a normalisation whose gain and shift are listed with the map of number `map`, counted from 1.
pub(in crate::program) fn layer_norm(
    builder: &mut Builder,
    graph: &mut Graph,
    (gain, shift): (&Parameter, &Parameter),
    map: usize,
    input: Value,
) -> Value {
    let x = graph.view(input);
    let name = format!("normed/{map}");
    let is_training = graph.mode == Mode::Training;
    let [of_gain, of_shift] = [gain, shift].map(|p| if is_training { p.effective } else { p.trained });
    let normalized = builder.scratch(graph.named(format!("normalized_activity/{map}")), x.rows, x.columns);
    let deviations = builder.scratch(graph.named(format!("deviation/{map}")), 1, x.rows);
    builder.push(Op::Rows(RowOp::Standardize { x, out: normalized, deviations, epsilon: EPSILON }));
    let y = builder.scratch(graph.named(name.clone()), x.rows, x.columns);
    let named = [("gain", Source::Row(of_gain)), ("x", Source::Matrix(normalized)), ("shift", Source::Row(of_shift))];
    builder.push(evaluate("gain * x + shift", &named, y));
    let output = graph.made(&name, y);
    let unit = graph.units.len();
    graph.units.push(Unit {
        name: format!("norm{map}"),
        layer: map,
        output: y,
        activity: y,
        activation: Activation::Linear,
        kind: UnitKind::Norm { gain: gain.clone().into(), shift: shift.clone().into(), normalized },
    });
    graph.push(LayerNorm { unit, gain: of_gain, input, output, normalized, deviations });
    output
}
