//! Declares parameters: what they are at the start, which of them exist, which train, and the noise on them.

use std::sync::Arc;

use crate::experiment::{Experiment, WeightNoiseMode};
use crate::expression::Tape;
use crate::program::map::{Parameter, ParameterKind};
use crate::program::op::{Instruction, Op, Source, When};
use crate::program::slot::Slot;
use crate::program::view::View;
use crate::program::{Builder, Initial, Role};

/// Declares a parameter of layer `layer`, counted from 1.
pub(in crate::program) fn declare(
    builder: &mut Builder,
    experiment: &Experiment,
    kind: ParameterKind,
    layer: usize,
    [rows, columns]: [usize; 2],
    initial: Initial,
) -> Parameter {
    let letter = match kind {
        ParameterKind::Weights => "W",
        ParameterKind::Bias => "b",
        ParameterKind::Gain => "gain",
        ParameterKind::Shift => "shift",
    };
    let name = format!("{letter}{layer}");
    let model = &experiment.model;
    let is_sparse = kind == ParameterKind::Weights && model.sparsity > 0.0;
    let missing = || Initial::Kept { stream: format!("mask/{name}"), without: model.sparsity };
    let initial = if is_sparse { Initial::Product(Box::new(initial), Box::new(missing())) } else { initial };
    let trained = builder.buffer(name.clone(), rows, columns, Role::Parameter, initial);
    let mask = is_sparse.then(|| builder.buffer(format!("mask/{name}"), rows, columns, Role::Constant, missing()));
    let is_whole_layer = model.frozen_layers.contains(&layer);
    let trainable = (is_whole_layer || model.frozen > 0.0).then(|| {
        let stream = format!("frozen/{name}");
        let initial = if is_whole_layer { Initial::Zero } else { Initial::Kept { stream, without: model.frozen } };
        builder.buffer(format!("trainable/{name}"), rows, columns, Role::Constant, initial)
    });
    let is_transient = experiment.noise.weight_mode == WeightNoiseMode::Transient;
    let effective = if is_transient { builder.scratch(format!("noisy/{name}"), rows, columns) } else { trained };
    let noise = builder.scratch(format!("noise/weight_noise/{name}"), rows, columns);
    Parameter { name, kind, layer, trained, effective, noise, mask, trainable }
}

impl Parameter {
    /// Appends the step's noise; what it does to |W|^2 goes to the metric `observed`, where it stays and that is wanted.
    pub(in crate::program) fn append_noise(&self, builder: &mut Builder, observed: Option<usize>) {
        if self.is_copied() {
            builder.push(Op::Copy { from: self.trained, to: self.effective });
        }
        let stream = builder.stream(format!("weight_noise/{}", self.name), self.noise.len());
        builder.push_unless_zero(Slot::WeightSd, Op::FillNoise { stream, sd: Slot::WeightSd, into: self.noise });
        for factor in self.mask.into_iter().chain(self.trainable) {
            builder.push_unless_zero(Slot::WeightSd, scaled_by(self.noise, factor));
        }
        match observed.filter(|_| !self.is_copied()) {
            Some(metric) => builder.push_observed(Slot::WeightSd, self.noise, self.effective, metric),
            None => builder.push_unless_zero(Slot::WeightSd, Op::Add { from: self.noise, to: self.effective }),
        }
    }
}

impl Parameter {
    /// Appends the same noise once more, at measured steps, in memory of its own.
    pub(in crate::program) fn append_noise_again(&self, builder: &mut Builder) -> View {
        let name = format!("weight_noise/{}", self.name);
        let out = builder.scratch(format!("noise_again/{}", self.name), self.trained.rows, self.trained.columns);
        let Some(stream) = builder.stream_of(&name) else { return self.noise };
        let draw = Op::FillNoise { stream, sd: Slot::WeightSd, into: out };
        let factors = self.mask.into_iter().chain(self.trainable).map(|factor| scaled_by(out, factor));
        for op in std::iter::once(draw).chain(factors) {
            builder.push_instruction(Instruction { op, when: When::Measured, unless_zero: Some(Slot::WeightSd) });
        }
        out
    }
}

/// `x *= factor`, element by element.
pub(in crate::program) fn scaled_by(x: View, factor: View) -> Op {
    let tape = Arc::new(Tape::elementwise("x * factor", &["x", "factor"]));
    Op::Evaluate { tape, operands: vec![Source::Matrix(x), Source::Matrix(factor)], out: x }
}
