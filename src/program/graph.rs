//! Values of a network and what makes them, from which the chain rule follows.

use std::fmt;

use super::builder::{Builder, product};
use super::map::{Map, Unit};
use super::op::{InnerBatch, Op};
use super::view::View;

/// A matrix of samples x width that a network computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Value(usize);

/// What a forward pass is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A step: noisy weights, statistics of the batch, dropout; what is needed for the chain rule is kept.
    Training,
    /// Validation: trained weights, running statistics, no dropout.
    Evaluation,
}

#[derive(Debug)]
struct Record {
    name: String,
    view: View,
    consumers: usize,
    /// The map whose pre-activation it is.
    map: Option<usize>,
    /// Whether it depends on what trains.
    is_trained: bool,
}

/// What makes a value of others, and how a gradient gets back through it.
pub trait Node: fmt::Debug {
    /// What it reads.
    fn inputs(&self) -> Vec<Value>;
    /// What it makes.
    fn output(&self) -> Value;
    /// Whether the gradient of its only input may be computed in the memory of its output's.
    fn is_in_place(&self) -> bool {
        false
    }
    /// Appends what its inputs get of its output's gradient.
    fn append_backward(&self, builder: &mut Builder, chain: &mut Chain<'_>);
}

/// A network's forward pass.
#[derive(Debug)]
pub struct Graph {
    /// What it is for.
    pub mode: Mode,
    values: Vec<Record>,
    nodes: Vec<Box<dyn Node>>,
    /// Linear maps, in forward order.
    pub maps: Vec<Map>,
    /// What has parameters that are no map's, in forward order.
    pub units: Vec<Unit>,
    /// Activations of hidden layers, which a penalty may be on.
    pub activities: Vec<Value>,
}

impl Graph {
    /// A pass that has computed nothing yet.
    #[must_use]
    pub fn new(mode: Mode) -> Self {
        Self {
            mode,
            values: Vec::new(),
            nodes: Vec::new(),
            maps: Vec::new(),
            units: Vec::new(),
            activities: Vec::new(),
        }
    }

    /// Name of a buffer of this pass.
    #[must_use]
    pub fn named(&self, name: String) -> String {
        if self.mode == Mode::Evaluation { format!("evaluation/{name}") } else { name }
    }

    /// A value that nothing in the network makes.
    pub fn given(&mut self, name: &str, view: View) -> Value {
        self.record(name, view, None, false)
    }

    /// A value that a node makes of others, or of parameters.
    pub fn made(&mut self, name: &str, view: View) -> Value {
        self.record(name, view, None, true)
    }

    /// The pre-activation of a map, whose gradient is the map's delta.
    pub fn pre_activation(&mut self, name: &str, view: View, map: usize) -> Value {
        self.record(name, view, Some(map), true)
    }

    fn record(&mut self, name: &str, view: View, map: Option<usize>, is_trained: bool) -> Value {
        self.values.push(Record { name: name.to_owned(), view, consumers: 0, map, is_trained });
        Value(self.values.len() - 1)
    }

    /// Where a value lies.
    #[must_use]
    pub fn view(&self, value: Value) -> View {
        self.values[value.0].view
    }

    /// Notes how a value was made.
    pub fn push(&mut self, node: impl Node + 'static) {
        if self.mode == Mode::Training {
            node.inputs().iter().for_each(|input| self.values[input.0].consumers += 1);
            self.nodes.push(Box::new(node));
        }
    }
}

/// The chain rule through a graph: gradients as what each sample asks of a value, minus N times dL/dvalue.
#[derive(Debug)]
pub struct Chain<'a> {
    /// The network.
    pub graph: &'a Graph,
    gradients: Vec<Option<View>>,
    written: Vec<bool>,
    prefix: String,
    /// Learning signals of parameters that are no maps', by name.
    pub signals: Vec<(String, View)>,
}

impl<'a> Chain<'a> {
    /// Gradients of the maps' pre-activations lie in `deltas`; those of other values get memory where they cannot share
    /// it. Names of buffers begin with `prefix`.
    #[must_use]
    pub fn new(builder: &mut Builder, graph: &'a Graph, deltas: &[View], prefix: &str) -> Self {
        let mut gradients: Vec<Option<View>> =
            graph.values.iter().map(|record| record.map.map(|map| deltas[map])).collect();
        for node in &graph.nodes {
            let (inputs, output) = (node.inputs(), node.output());
            if gradients[output.0].is_some() || !graph.values[output.0].is_trained {
                continue;
            }
            // What only passes through this node is gone when its input's gradient is there.
            let shared = inputs.first().filter(|input| node.is_in_place() && graph.values[input.0].consumers == 1);
            gradients[output.0] = Some(match shared.and_then(|input| gradients[input.0]) {
                Some(view) => view,
                None => {
                    let record = &graph.values[output.0];
                    builder.scratch(format!("{prefix}gradient/{}", record.name), record.view.rows, record.view.columns)
                }
            });
        }
        let written = vec![false; graph.values.len()];
        Self { graph, gradients, written, prefix: prefix.to_owned(), signals: Vec::new() }
    }

    /// Appends the whole backward pass; the gradient of `output` has been written.
    pub fn append(&mut self, builder: &mut Builder, output: Value) {
        self.written[output.0] = true;
        let graph = self.graph;
        for node in graph.nodes.iter().rev() {
            if self.written[node.output().0] {
                node.append_backward(builder, self);
            }
        }
    }

    /// Name of a buffer of this pass.
    #[must_use]
    pub fn named(&self, name: String) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Appends the signals of a unit's parameters from the gradient of what it makes, and keeps them.
    pub fn append_unit(&mut self, builder: &mut Builder, unit: usize, gradient: View) -> Vec<(String, View)> {
        let signals = self.graph.units[unit].append_signals(builder, gradient, &self.prefix);
        self.signals.extend(signals.iter().cloned());
        signals
    }

    /// The gradient of a value that has been written.
    ///
    /// # Panics
    /// When the value does not depend on anything that trains.
    #[must_use]
    pub fn gradient(&self, value: Value) -> View {
        self.gradients[value.0].expect("a gradient is asked for where one flows")
    }

    /// Adds `A B` to the gradient of a value, if anything asks for it.
    pub fn contribute_product(&mut self, builder: &mut Builder, value: Value, a: View, b: View) {
        let Some((out, accumulate)) = self.claim(value) else { return };
        builder.push(match product((a, false), (b, false), out, 1.0) {
            Op::MatMul { a, transpose_a, b, transpose_b, out, alpha, .. } => {
                Op::MatMul { a, transpose_a, b, transpose_b, out, alpha, accumulate, batch: InnerBatch::ONE }
            }
            other => other,
        });
    }

    /// Where an operation is to write, or to add where that is said, a gradient of a value, if anything asks for it.
    pub fn claim(&mut self, value: Value) -> Option<(View, bool)> {
        let out = self.gradients[value.0].filter(|_| self.graph.values[value.0].is_trained)?;
        Some((out, std::mem::replace(&mut self.written[value.0], true)))
    }

    /// Adds a matrix to the gradient of a value, if anything asks for it.
    pub fn contribute(&mut self, builder: &mut Builder, value: Value, from: View) {
        let Some((to, is_written)) = self.claim(value) else { return };
        if to == from {
            return;
        }
        builder.push(if is_written { Op::Add { from, to } } else { Op::Copy { from, to } });
    }
}
