//! A rule as it is written, and as it is once it is checked.

use super::assemble::{Assembled, Row, assemble};
use super::ast::Ast;
use super::error::{Field, Flaw, Problem, RuleError};
use super::graph::{Graph, Value};
use super::names::{self, Shape};
use super::parser::parse;
use super::plan::{Plan, Product};
use super::separate::{Scope, separate};
use super::tape::{Binary, Input};
use super::{MAX_PARAMETERS, MAX_STATES};

/// A rule as it is written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleText {
    /// The learning signal of the weights.
    pub signal: String,
    /// The learning signal of the biases; blank: they do not learn.
    pub bias: String,
    /// Names and values.
    pub parameters: Vec<(String, f64)>,
    /// Names and what they average.
    pub states: Vec<(String, StateText)>,
}

/// A running average as it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct StateText {
    /// What is averaged.
    pub of: String,
    /// How fast.
    pub rate: RateText,
    /// The value before the first step.
    pub start: f64,
}

/// The rate of a running average as it is written.
#[derive(Clone, Debug, PartialEq)]
pub enum RateText {
    /// A number from 0 to 1.
    Number(f64),
    /// The name of a parameter.
    Parameter(String),
}

/// A number that may change while a run goes on.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its value at the start.
    pub value: f64,
    /// Whether it is the rate of a state, so that it has to stay between 0 and 1.
    pub is_rate: bool,
}

impl Parameter {
    /// Whether the parameter may have a value.
    ///
    /// # Errors
    /// When the value is not finite, or outside 0 to 1 for a rate.
    pub fn check(&self, value: f64) -> Result<(), RuleError> {
        let problem = if !value.is_finite() {
            Problem::NotFinite { what: "the value", value: value.to_string() }
        } else if self.is_rate && !(0.0..=1.0).contains(&value) {
            Problem::Rate(value.to_string())
        } else {
            return Ok(());
        };
        Err(RuleError::outside(Field::Parameter(self.name.clone()), problem))
    }
}

/// The rate of a running average.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rate {
    /// A number from 0 to 1.
    Number(f64),
    /// The parameter of that number.
    Parameter(usize),
}

/// A running average: s <- (1 - rate) s + rate * (mean over samples of `of`).
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Its name.
    pub name: String,
    /// What is averaged.
    pub of: Ast,
    /// How fast.
    pub rate: Rate,
    /// The value before the first step.
    pub start: f64,
    /// What it has one number for each of.
    pub shape: Shape,
}

/// A rule that can be run.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The parameters in the order of the text; their place is the number in [`Input::Parameter`].
    pub parameters: Vec<Parameter>,
    /// The states, each behind those that its `of` reads; their place is the number in [`Input::State`].
    pub states: Vec<State>,
    /// The signal of the weights as it was written.
    pub signal: Ast,
    /// The signal of the biases as it was written.
    pub bias: Option<Ast>,
    /// What to do for it.
    pub plan: Plan,
    pub(super) graph: Graph,
    pub(super) signal_rows: Vec<Row>,
    pub(super) bias_rows: Vec<Row>,
}

impl Rule {
    /// Checks a rule and makes a plan of it.
    ///
    /// # Errors
    /// The first thing that is wrong: parameters first, then states, the signal, the bias.
    pub fn check(text: &RuleText) -> Result<Self, RuleError> {
        let mut parameters = check_parameters(&text.parameters)?;
        let names: Vec<String> = parameters.iter().map(|parameter| parameter.name.clone()).collect();
        let (states, known) = check_states(text, &mut parameters, &names)?;
        let scope = Scope { parameters: &names, states: &known, of_biases: false };
        let mut graph = Graph::default();
        let mut updates = Vec::with_capacity(states.len());
        for (place, state) in states.iter().enumerate() {
            // One number a synapse is gone through anyway to update the state.
            let found = mean(&state.of, scope, &mut graph, state.shape == Shape::SYNAPSE);
            let found = found.map_err(|flaw| flaw.within(Field::State(state.name.clone()), state.of.text()))?;
            updates.push(update(&mut graph, place, state, found.value));
        }
        let signal = parse(&text.signal).map_err(|flaw| flaw.within(Field::Signal, &text.signal))?;
        let of_weights =
            mean(&signal, scope, &mut graph, false).map_err(|flaw| flaw.within(Field::Signal, &text.signal))?;
        let in_bias = |flaw: Flaw| flaw.within(Field::Bias, &text.bias);
        let bias = if text.bias.trim().is_empty() { None } else { Some(parse(&text.bias).map_err(in_bias)?) };
        let of_biases = match &bias {
            Some(bias) => Some(mean(bias, Scope { of_biases: true, ..scope }, &mut graph, true).map_err(in_bias)?),
            None => None,
        };
        let bias_rows = of_biases.as_ref().map_or_else(Vec::new, |found| found.rows.clone());
        let tape = |value: Value| graph.tape(value);
        let product = |&(post, pre): &(Value, Value)| Product { post: tape(post), pre: tape(pre) };
        let plan = Plan {
            averages: graph.averages().iter().copied().map(tape).collect(),
            products: graph.products().iter().map(product).collect(),
            signal: tape(of_weights.value),
            bias: of_biases.map(|found| tape(found.value)),
            updates: updates.into_iter().map(tape).collect(),
        };
        Ok(Self { parameters, states, signal, bias, plan, graph, signal_rows: of_weights.rows, bias_rows })
    }

    /// What the rule is made of, in words.
    #[must_use]
    pub fn explain(&self) -> super::Explanation {
        super::Explanation::of(self)
    }
}

fn mean(ast: &Ast, scope: Scope<'_>, graph: &mut Graph, passes: bool) -> Result<Assembled, Flaw> {
    let terms = separate(ast, scope, graph)?;
    Ok(assemble(graph, terms, passes))
}

fn update(graph: &mut Graph, place: usize, state: &State, mean: Value) -> Value {
    let rate = match state.rate {
        Rate::Number(number) => graph.constant(number),
        Rate::Parameter(parameter) => graph.input(Input::Parameter(parameter), Shape::LAYER),
    };
    let one = graph.constant(1.0);
    let kept = graph.binary(Binary::Subtract, one, rate);
    let old = graph.input(Input::State(place), state.shape);
    let old = graph.binary(Binary::Multiply, kept, old);
    let new = graph.binary(Binary::Multiply, rate, mean);
    graph.binary(Binary::Add, old, new)
}

/// Refuses a list whose parts are compared with each other, where it is longer than anyone writes one.
fn within<T>(list: &[(String, T)], most: usize, field: impl FnOnce(String) -> Field) -> Result<(), RuleError> {
    match list.get(most) {
        Some((first, _)) => {
            let problem = Problem::TooMany { found: list.len(), most };
            Err(RuleError::outside(field(first.clone()), problem))
        }
        None => Ok(()),
    }
}

fn check_parameters(given: &[(String, f64)]) -> Result<Vec<Parameter>, RuleError> {
    within(given, MAX_PARAMETERS, Field::Parameter)?;
    let mut parameters: Vec<Parameter> = Vec::with_capacity(given.len());
    for (name, value) in given {
        let twice = parameters.iter().any(|known| known.name == *name);
        if let Some(problem) = wrong_name(name).or(twice.then_some(Problem::Twice)) {
            return Err(RuleError::outside(Field::Parameter(name.clone()), problem));
        }
        let parameter = Parameter { name: name.clone(), value: *value, is_rate: false };
        parameter.check(*value)?;
        parameters.push(parameter);
    }
    Ok(parameters)
}

fn wrong_name(name: &str) -> Option<Problem> {
    if !names::is_name(name) {
        Some(Problem::BadName)
    } else if names::is_built_in(name) {
        Some(Problem::Shadows(name.to_owned()))
    } else {
        None
    }
}

type Known = Vec<(String, Shape)>;

fn check_states(
    text: &RuleText,
    parameters: &mut [Parameter],
    names: &[String],
) -> Result<(Vec<State>, Known), RuleError> {
    within(&text.states, MAX_STATES, Field::State)?;
    let mut states: Vec<State> = Vec::with_capacity(text.states.len());
    for (name, given) in &text.states {
        let wrong = |problem| RuleError::outside(Field::State(name.clone()), problem);
        if let Some(problem) = wrong_name(name) {
            return Err(wrong(problem));
        }
        if names.contains(name) {
            return Err(wrong(Problem::SameAsParameter));
        }
        if states.iter().any(|known| known.name == *name) {
            return Err(wrong(Problem::Twice));
        }
        let rate = rate(&given.rate, parameters).map_err(wrong)?;
        if !given.start.is_finite() {
            return Err(wrong(Problem::NotFinite { what: "start", value: given.start.to_string() }));
        }
        let of = parse(&given.of).map_err(|flaw| flaw.within(Field::State(name.clone()), &given.of))?;
        states.push(State { name: name.clone(), of, rate, start: given.start, shape: Shape::LAYER });
    }
    let mut states = in_order(states)?;
    let mut known: Known = states.iter().map(|state| (state.name.clone(), Shape::LAYER)).collect();
    for (place, state) in states.iter_mut().enumerate() {
        let scope = Scope { parameters: names, states: &known, of_biases: false };
        state.shape = scope
            .shape_of(&state.of, &state.name)
            .map_err(|flaw| flaw.within(Field::State(state.name.clone()), state.of.text()))?;
        known[place].1 = state.shape;
    }
    Ok((states, known))
}

fn rate(given: &RateText, parameters: &mut [Parameter]) -> Result<Rate, Problem> {
    let (rate, value) = match given {
        RateText::Number(number) => (Rate::Number(*number), *number),
        RateText::Parameter(name) => {
            let Some(place) = parameters.iter().position(|parameter| parameter.name == *name) else {
                let names: Vec<&str> = parameters.iter().map(|parameter| parameter.name.as_str()).collect();
                let known = if names.is_empty() { "none".to_owned() } else { names.join(" ") };
                return Err(Problem::UnknownRate { name: name.clone(), known });
            };
            parameters[place].is_rate = true;
            (Rate::Parameter(place), parameters[place].value)
        }
    };
    if (0.0..=1.0).contains(&value) { Ok(rate) } else { Err(Problem::Rate(value.to_string())) }
}

/// Sorts states so that each stands behind those it reads.
fn in_order(states: Vec<State>) -> Result<Vec<State>, RuleError> {
    let reads: Vec<Vec<usize>> = (0..states.len()).map(|place| read_by(&states, place)).collect();
    let mut done: Vec<usize> = Vec::with_capacity(states.len());
    while done.len() < states.len() {
        let ready = |place: &usize| !done.contains(place) && reads[*place].iter().all(|read| done.contains(read));
        match (0..states.len()).find(ready) {
            Some(place) => done.push(place),
            None => return Err(cycle(&states, &reads, &done)),
        }
    }
    let mut states: Vec<Option<State>> = states.into_iter().map(Some).collect();
    Ok(done.into_iter().filter_map(|place| states[place].take()).collect())
}

fn read_by(states: &[State], place: usize) -> Vec<usize> {
    let names: Vec<&str> = states[place].of.names().collect();
    (0..states.len()).filter(|other| *other != place && names.contains(&states[*other].name.as_str())).collect()
}

/// The first state, in the order of the text, that leads back to itself, by the shortest way.
fn cycle(states: &[State], reads: &[Vec<usize>], done: &[usize]) -> RuleError {
    let round = (0..states.len()).filter(|place| !done.contains(place)).find_map(|start| way_back(reads, start));
    // Where no state is ready, each of the rest reads another of the rest: there is a way back to one of them.
    let round = round.unwrap_or_default();
    let names: Vec<String> = round.iter().map(|place| format!("`{}`", states[*place].name)).collect();
    let name = round.first().map_or_else(String::new, |place| states[*place].name.clone());
    RuleError::outside(Field::State(name), Problem::Cycle(names.join(" -> ")))
}

fn way_back(reads: &[Vec<usize>], start: usize) -> Option<Vec<usize>> {
    let mut from: Vec<Option<usize>> = vec![None; reads.len()];
    let mut reached = vec![start];
    let mut next = 0;
    while let Some(&place) = reached.get(next) {
        next += 1;
        for &read in &reads[place] {
            if read == start {
                let mut way = vec![start, place];
                while let Some(before) = way.last().filter(|last| **last != start).and_then(|last| from[*last]) {
                    way.push(before);
                }
                way.reverse();
                return Some(way);
            }
            if from[read].is_none() {
                from[read] = Some(place);
                reached.push(read);
            }
        }
    }
    None
}
