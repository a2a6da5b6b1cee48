//! Rules that a user writes: the plan of their averages, products, signals and states, as operations on every map.

use std::sync::Arc;

use super::{Prepared, Signals, append_hebbian_update, append_outer_products, feedback, supervised, trains_others};
use crate::experiment::{Activation, Experiment};
use crate::expression::{Input, Rule, Shape, Tape};
use crate::program::builder::product;
use crate::program::compile::Ends;
use crate::program::graph::Graph;
use crate::program::groups::RowOp;
use crate::program::map::Map;
use crate::program::op::{Op, Source, When};
use crate::program::slot::Slot;
use crate::program::view::View;
use crate::program::{Builder, Initial, Role};

/// A rule, and what it reads that belongs to no single map.
#[derive(Debug)]
pub(super) struct Written {
    rule: Rule,
    /// 1 x 1, a one.
    one: View,
    /// Loss of every sample, 1 x samples, for each number of samples that a map has.
    losses: Vec<View>,
    /// The error through the feedback weights, by map, samples x out.
    feedback: Vec<View>,
}

pub(super) fn prepare(builder: &mut Builder, experiment: &Experiment, graph: &Graph, ends: &Ends) -> Prepared {
    let mut text = experiment.rule.engine_text();
    if graph.maps.iter().all(|map| map.bias.is_none()) {
        // What nobody has need not be computed.
        text.bias.clear();
    }
    let rule = Rule::check(&text);
    // Validation has checked the same text; rates that became parameters change nothing in it.
    let rule = rule.unwrap_or_else(|error| panic!("a rule that was validated: {error}"));
    let reads = |input| rule.plan.reads(input);
    let mut others = Vec::new();
    if reads(Input::Delta) {
        let prepared = supervised::prepare(builder, graph, ends.output);
        if trains_others(experiment, graph) {
            others = prepared.others;
        }
    } else if trains_others(experiment, graph) {
        others = supervised::prepare_others(builder, graph, ends.output).others;
    }
    let one = builder.buffer("one", 1, 1, Role::Constant, Initial::One);
    let losses = if reads(Input::Loss) { append_losses(builder, experiment, graph, ends) } else { Vec::new() };
    let feedback = if reads(Input::Feedback) { append_feedback(builder, experiment, graph) } else { Vec::new() };
    Prepared { others, written: Some(Written { rule, one, losses, feedback }), ..Prepared::default() }
}

/// The loss of every example, and for maps with several samples of one the same for each.
fn append_losses(builder: &mut Builder, experiment: &Experiment, graph: &Graph, ends: &Ends) -> Vec<View> {
    let examples = ends.predictions.rows;
    let out = builder.scratch("example_loss", 1, examples);
    let (kind, scale) = (experiment.training.loss, experiment.training.loss_scale);
    builder.push(Op::ExampleLoss { kind, scale, output: ends.predictions, target: ends.targets, out });
    let mut samples: Vec<usize> =
        graph.maps.iter().map(|map| map.input.rows).filter(|rows| *rows != examples).collect();
    samples.sort_unstable();
    samples.dedup();
    let column = |row: View| View { rows: row.columns, columns: 1, row_stride: 1, ..row };
    let spread = samples.into_iter().map(|samples| {
        let row = builder.scratch(format!("sample_loss/{samples}"), 1, samples);
        builder.push(Op::Rows(RowOp::Spread { from: column(out), to: column(row), accumulate: false }));
        row
    });
    std::iter::once(out).chain(spread.collect::<Vec<_>>()).collect()
}

/// -(e B^T) of every hidden map, without a derivative; at the last map its delta.
fn append_feedback(builder: &mut Builder, experiment: &Experiment, graph: &Graph) -> Vec<View> {
    let last = graph.maps.len() - 1;
    let error = graph.maps[last].delta;
    let hidden = graph.maps[..last].iter().map(|map| {
        let out = builder.scratch(format!("fed_back/{}", map.number), map.delta.rows, map.delta.columns);
        feedback::append_feedback(builder, experiment, error, &map.number.to_string(), out);
        out
    });
    hidden.collect::<Vec<_>>().into_iter().chain([error]).collect()
}

/// Appends the signals and states of one map.
pub(super) fn append(builder: &mut Builder, written: &Written, map: &Map, signals: &mut Signals) {
    let plan = &written.rule.plan;
    let mut on_map = OnMap::declare(builder, written, map);
    let is_outer_product = plan
        .bare_product()
        .is_some_and(|product| product.post.bare() == Some(Input::Delta) && product.pre.bare() == Some(Input::Pre));
    for (place, average) in plan.averages.iter().enumerate() {
        on_map.append_average(builder, place, average);
    }
    // Where nothing is left to do once a synapse, the product itself is the signal.
    let bare = match plan.signal.bare() {
        Some(Input::Product(place)) => Some(place),
        _ => None,
    };
    for (place, one) in plan.products.iter().enumerate() {
        if is_outer_product && bare == Some(place) {
            // One pass over the input gives the Hebbian update as well. Biases follow below.
            let without_bias = Map { bias: None, ..map.clone() };
            append_outer_products(builder, &without_bias, signals);
            on_map.products.push(signals.weights);
            continue;
        }
        let out = if bare == Some(place) {
            signals.weights
        } else {
            on_map.scratch(builder, "product", place, Shape::SYNAPSE)
        };
        let post = on_map.side(builder, "post_factor", place, &one.post, Shape::SAMPLE_POST);
        let pre = on_map.side(builder, "pre_factor", place, &one.pre, Shape::SAMPLE_PRE);
        builder.push(product((post, true), (pre, false), out, 1.0 / map.input.rows as f64));
        on_map.products.push(out);
    }
    if !is_outer_product {
        append_hebbian_update(builder, map, signals.hebbian);
    }
    if bare.is_none() {
        builder.push(on_map.evaluate(&plan.signal, Shape::SYNAPSE, signals.weights));
    }
    if let (Some(bias), Some(tape)) = (&map.bias, &plan.bias) {
        let out = builder.scratch(format!("bias_signal/{}", map.number), 1, bias.trained.columns);
        builder.push(on_map.evaluate(tape, Shape::POST, out));
        signals.others.push((bias.clone(), out));
    }
    // Each update reads old values of states before it, and of itself.
    for (place, update) in plan.updates.iter().enumerate().rev() {
        let out = on_map.states[place];
        builder.push_when(When::Training, on_map.evaluate(update, written.rule.states[place].shape, out));
    }
}

/// What a rule reads of one map.
struct OnMap<'a> {
    written: &'a Written,
    map: &'a Map,
    averages: Vec<View>,
    products: Vec<View>,
    states: Vec<View>,
    slope: Option<View>,
    row_norms: Option<View>,
    norm: Option<View>,
    bias_norm: Option<View>,
}

impl<'a> OnMap<'a> {
    fn declare(builder: &mut Builder, written: &'a Written, map: &'a Map) -> Self {
        let plan = &written.rule.plan;
        let number = map.number;
        let weights = map.weights.effective;
        let mut this = Self {
            written,
            map,
            averages: Vec::new(),
            products: Vec::new(),
            states: Vec::new(),
            slope: None,
            row_norms: None,
            norm: None,
            bias_norm: None,
        };
        for state in &written.rule.states {
            let [rows, columns] = this.size(state.shape);
            let name = format!("state/{}/{number}", state.name);
            this.states.push(builder.buffer(name, rows, columns, Role::State, Initial::Constant(state.start)));
        }
        if plan.reads(Input::Slope) && map.activation != Activation::Linear {
            this.slope = Some(this.append_slope(builder));
        }
        let norms = |builder: &mut Builder, name: &str, x: View, columns: usize| {
            let out = builder.scratch(format!("{name}/{number}"), 1, columns);
            builder.push(Op::Norms { x, out, whole: columns == 1 && name != "row_norm" });
            out
        };
        if plan.reads(Input::RowNorm) {
            this.row_norms = Some(norms(builder, "row_norm", weights, weights.rows));
        }
        if plan.reads(Input::Norm) {
            this.norm = Some(norms(builder, "norm", weights, 1));
        }
        if let Some(bias) = map.bias.as_ref().filter(|_| plan.reads(Input::BiasNorm)) {
            this.bias_norm = Some(norms(builder, "bias_norm", bias.effective, 1));
        }
        this
    }

    /// f' from the activity, which it can be told by behind a norm as well.
    fn append_slope(&self, builder: &mut Builder) -> View {
        let activity = self.map.activity;
        let out = builder.scratch(format!("slope/{}", self.map.number), activity.rows, activity.columns);
        let text = match self.map.activation {
            Activation::Linear => "1 + 0 * a",
            Activation::Relu => "step(a)",
            Activation::Sigmoid => "a * (1 - a)",
            Activation::Tanh => "1 - a^2",
        };
        let tape = Arc::new(Tape::elementwise(text, &["a"]));
        builder.push(Op::Evaluate { tape, operands: vec![Source::Matrix(activity)], out });
        out
    }

    /// Rows and columns of a value of such a shape. What has one number a neuron alone is a row.
    fn size(&self, shape: Shape) -> [usize; 2] {
        let [out, input] = [self.map.weights.trained.rows, self.map.weights.trained.columns];
        let samples = self.map.input.rows;
        match (shape.sample, shape.post, shape.pre) {
            (true, true, _) => [samples, out],
            (true, false, true) => [samples, input],
            (true, false, false) => [samples, 1],
            (false, true, true) => [out, input],
            (false, true, false) => [1, out],
            (false, false, true) => [1, input],
            (false, false, false) => [1, 1],
        }
    }

    fn scratch(&self, builder: &mut Builder, name: &str, place: usize, shape: Shape) -> View {
        let [rows, columns] = self.size(shape);
        builder.scratch(format!("{name}{place}/{}", self.map.number), rows, columns)
    }

    fn append_average(&mut self, builder: &mut Builder, place: usize, tape: &Tape) {
        let shape = tape.shape();
        let x = self.side(builder, "averaged", place, tape, shape);
        let out = self.scratch(builder, "average", place, shape.averaged());
        builder.push(Op::ColumnMean { x, out });
        self.averages.push(out);
    }

    /// A matrix with a tape's value for every sample: an input itself where it is one.
    fn side(&self, builder: &mut Builder, name: &str, place: usize, tape: &Tape, shape: Shape) -> View {
        if let Some(Source::Matrix(view)) = tape.bare().map(|input| self.source(input, shape)) {
            return view;
        }
        let out = self.scratch(builder, name, place, shape);
        builder.push(self.evaluate(tape, shape, out));
        out
    }

    /// `out` = a tape's value in such a shape.
    fn evaluate(&self, tape: &Tape, shape: Shape, out: View) -> Op {
        let source = |&input: &Input| match self.source(input, shape) {
            // What is computed anew from itself has its own shape.
            Source::Row(view) | Source::Single(view) if view == out => Source::Matrix(view),
            source => source,
        };
        let operands = tape.inputs().iter().map(source).collect();
        Op::Evaluate { tape: Arc::new(tape.clone()), operands, out }
    }

    /// Where an input lies, for a result of such a shape.
    fn source(&self, input: Input, within: Shape) -> Source {
        let map = self.map;
        let one = Source::Single(self.written.one);
        let optional = |view: Option<View>| view.map_or(one, Source::Single);
        match input {
            Input::Pre => Source::Matrix(map.input),
            Input::Post => Source::Matrix(map.pre_activation),
            Input::Act => Source::Matrix(map.activity),
            Input::Slope => self.slope.map_or(one, Source::Matrix),
            Input::Delta => Source::Matrix(map.delta),
            Input::Feedback => Source::Matrix(self.written.feedback[map.number - 1]),
            Input::Loss => {
                let own = self.written.losses.iter().find(|view| view.columns == map.input.rows);
                own.map_or(one, |view| Source::Column(*view))
            }
            Input::Average(place) => {
                let shape = self.written.rule.plan.averages[place].shape().averaged();
                placed(self.averages[place], shape, within)
            }
            Input::Product(place) => Source::Matrix(self.products[place]),
            Input::Weight => Source::Matrix(map.weights.effective),
            Input::RowNorm => self.row_norms.map_or(one, |view| placed(view, Shape::POST, within)),
            Input::Norm => optional(self.norm),
            Input::Bias => map.bias.as_ref().map_or(one, |bias| placed(bias.effective, Shape::POST, within)),
            Input::BiasNorm => optional(self.bias_norm),
            Input::Parameter(place) => Source::Slot(Slot::RuleParameter(place)),
            Input::State(place) => placed(self.states[place], self.written.rule.states[place].shape, within),
            Input::Operand(_) => unreachable!("rules have no operands of their own"),
        }
    }
}

/// How a value without samples lies along a result of another shape.
fn placed(view: View, shape: Shape, within: Shape) -> Source {
    match (shape.post, shape.pre) {
        (false, false) => Source::Single(view),
        (true, true) => Source::Matrix(view),
        // In a matrix of synapses, post-synaptic neurons are rows.
        (true, false) if !within.sample && within.pre => Source::Column(view),
        (true, false) | (false, true) => Source::Row(view),
    }
}
