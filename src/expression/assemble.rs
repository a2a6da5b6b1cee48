//! From terms to as few products over samples as can be, and one value that combines them.

use super::graph::{Graph, Made, Value};
use super::names::Shape;
use super::tape::{Binary, Unary};
use super::term::{Term, Terms, scaled, times};

/// A term as it is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The post-synaptic factor of each sample.
    pub post: Option<Value>,
    /// The pre-synaptic factor of each sample. With both factors there is a product over samples, with one a mean.
    pub pre: Option<Value>,
    /// What the product or mean is multiplied with, once a synapse.
    pub synapse: Option<Value>,
}

/// A sum of terms that has become a value without samples.
#[derive(Clone, Debug)]
pub struct Assembled {
    /// The mean over samples of the expression.
    pub value: Value,
    /// What it is the sum of.
    pub rows: Vec<Row>,
}

const SAMPLE_SIDES: [Shape; 2] = [Shape::SAMPLE_POST, Shape::SAMPLE_PRE];
const WITHOUT_SAMPLES: [Shape; 4] = [Shape::LAYER, Shape::POST, Shape::PRE, Shape::SYNAPSE];

/// Merges terms, places what belongs to neither side where it costs least, and adds up.
///
/// `passes`: whether every value of a synapse is gone through in any case, so that a factor there costs nothing.
pub fn assemble(graph: &mut Graph, terms: Terms, passes: bool) -> Assembled {
    let mut terms = terms.into_list();
    for term in &mut terms {
        place_loss(graph, term);
    }
    let terms = merged(graph, terms);
    let passes = passes || terms.len() > 1 || terms.iter().any(|term| term.factor(Shape::SYNAPSE).is_some());
    let mut sum = None;
    let mut rows = Vec::with_capacity(terms.len());
    for mut term in terms {
        let (value, row) = emit(graph, &mut term, passes);
        rows.push(row);
        sum = Some(sum.map_or(value, |sum| graph.binary(Binary::Add, sum, value)));
    }
    let value = sum.unwrap_or_else(|| graph.constant(0.0));
    Assembled { value, rows }
}

/// The loss goes with either side: with the one that there is.
fn place_loss(graph: &mut Graph, term: &mut Term) {
    let Some(loss) = term.take(Shape::SAMPLE) else { return };
    let side = if term.factor(Shape::SAMPLE_POST).is_none() && term.factor(Shape::SAMPLE_PRE).is_some() {
        Shape::SAMPLE_PRE
    } else {
        Shape::SAMPLE_POST
    };
    let factor = times(graph, term.factor(side), loss);
    term.set(side, Some(factor));
}

/// Adds up terms that differ in one side only, until there are none: each sum saves a product, and none is expanded
/// for it.
fn merged(graph: &mut Graph, mut terms: Vec<Term>) -> Vec<Term> {
    loop {
        let before = terms.len();
        terms = merged_along(graph, terms, &SAMPLE_SIDES, &WITHOUT_SAMPLES);
        let pre = [Shape::SAMPLE_PRE, Shape::PRE, Shape::SYNAPSE];
        let post = [Shape::SAMPLE_POST, Shape::POST, Shape::SYNAPSE];
        terms = merged_along(graph, terms, &pre, &[Shape::LAYER, Shape::POST, Shape::SAMPLE_POST]);
        terms = merged_along(graph, terms, &post, &[Shape::LAYER, Shape::PRE, Shape::SAMPLE_PRE]);
        if terms.len() == before {
            return terms;
        }
    }
}

/// Sums of the parts of shapes `added` over terms whose factors of shapes `equal` are equal.
fn merged_along(graph: &mut Graph, terms: Vec<Term>, equal: &[Shape], added: &[Shape]) -> Vec<Term> {
    let side = added.iter().copied().find(|shape| shape.sample);
    let mut groups: Vec<Vec<Term>> = Vec::new();
    for term in terms {
        let alike = |group: &&mut Vec<Term>| {
            let first = &group[0];
            let has_side = side.is_none_or(|side| first.factor(side).is_some() && term.factor(side).is_some());
            has_side && equal.iter().all(|shape| first.factor(*shape) == term.factor(*shape))
        };
        match groups.iter_mut().find(alike) {
            Some(group) => group.push(term),
            None => groups.push(vec![term]),
        }
    }
    groups.into_iter().map(|group| sum_of(graph, group, equal, added, side)).collect()
}

fn sum_of(graph: &mut Graph, mut group: Vec<Term>, equal: &[Shape], added: &[Shape], side: Option<Shape>) -> Term {
    if group.len() == 1 {
        return group.remove(0);
    }
    let mut sum = None;
    for term in &group {
        let part = term.part(graph, added);
        sum = Some(sum.map_or(part, |sum| graph.binary(Binary::Add, sum, part)));
    }
    let mut merged = Term::number(1.0);
    for shape in equal {
        merged.set(*shape, group[0].factor(*shape));
    }
    match (sum, sum.and_then(|sum| graph.constant_of(sum)), side) {
        (_, Some(number), None) => merged.coefficient = number,
        // A mean of losses alone has its place there, though its shape has no side.
        (Some(sum), _, Some(side)) => merged.set(side, Some(sum)),
        (Some(sum), None, None) => merged.multiply_factor(graph, sum),
        (None, ..) => {}
    }
    merged
}

/// The value of one term, and what it is made of.
fn emit(graph: &mut Graph, term: &mut Term, passes: bool) -> (Value, Row) {
    let (post, pre) = (term.take(Shape::SAMPLE_POST), term.take(Shape::SAMPLE_PRE));
    let (Some(mut post), Some(mut pre)) = (post, pre) else {
        let factor = term.part(graph, &WITHOUT_SAMPLES);
        let Some(side) = post.or(pre) else {
            return (factor, Row { post: None, pre: None, synapse: Some(factor) });
        };
        let mean = graph.average(side);
        let synapse = Some(factor).filter(|factor| graph.constant_of(*factor) != Some(1.0));
        let value = synapse.map_or(mean, |factor| signed_product(graph, mean, factor));
        return (value, Row { post, pre, synapse });
    };
    // A side that is computed takes one more factor for nothing; one that is only read would have to be written first.
    let computed = |graph: &Graph, side: Value| !graph.is_input(side);
    if (computed(graph, post) || !passes)
        && let Some(factor) = term.take(Shape::POST)
    {
        post = times(graph, Some(post), factor);
    }
    if (computed(graph, pre) || !passes)
        && let Some(factor) = term.take(Shape::PRE)
    {
        pre = times(graph, Some(pre), factor);
    }
    if term.coefficient != 1.0 || term.factor(Shape::LAYER).is_some() {
        let coefficient = std::mem::replace(&mut term.coefficient, 1.0);
        let scalar = term.take(Shape::LAYER);
        if !computed(graph, post) && computed(graph, pre) {
            pre = scaled_by(graph, coefficient, scalar, pre);
        } else if computed(graph, post) || !passes {
            post = scaled_by(graph, coefficient, scalar, post);
        } else {
            term.coefficient = coefficient;
            term.set(Shape::LAYER, scalar);
        }
    }
    let factor = term.part(graph, &WITHOUT_SAMPLES);
    let product = graph.product(post, pre);
    let synapse = Some(factor).filter(|factor| graph.constant_of(*factor) != Some(1.0));
    let value = synapse.map_or(product, |factor| signed_product(graph, product, factor));
    (value, Row { post: Some(post), pre: Some(pre), synapse })
}

fn scaled_by(graph: &mut Graph, coefficient: f64, scalar: Option<Value>, side: Value) -> Value {
    let product = scalar.map_or(side, |scalar| times(graph, Some(scalar), side));
    if coefficient == -1.0 {
        return graph.unary(Unary::Negate, product);
    }
    let coefficient = graph.constant(coefficient);
    times(graph, Some(coefficient), product)
}

/// `value * factor` with the factor's sign outside, so that a sum can subtract.
fn signed_product(graph: &mut Graph, value: Value, factor: Value) -> Value {
    if let Some(number) = graph.constant_of(factor) {
        return scaled(graph, number, Some(value));
    }
    if let Made::Unary(Unary::Negate, inner) = graph.made(factor) {
        let product = times(graph, Some(value), inner);
        return graph.unary(Unary::Negate, product);
    }
    times(graph, Some(value), factor)
}
