//! What a rule is made of and what it costs, for a terminal and a window alike.

use std::fmt;

use super::assemble::Row;
use super::names::Shape;
use super::rule::{Rate, Rule};
use super::tape::Input;
use super::words::{name, written};

/// One term of a signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermWords {
    /// What the post-synaptic side contributes to each sample.
    pub post: Option<String>,
    /// What the pre-synaptic side contributes to each sample.
    pub pre: Option<String>,
    /// What the mean over samples is multiplied with; the whole term where it has no samples.
    pub synapse: Option<String>,
    /// Whether both sides are multiplied sample by sample: the part that costs as much as a forward pass.
    pub costs_product: bool,
}

/// A running average.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateWords {
    /// Its name.
    pub name: String,
    /// What it averages.
    pub of: String,
    /// How fast.
    pub rate: String,
    /// `one number a synapse` and the like.
    pub shape: &'static str,
}

/// A quantity that the network has to provide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeedWords {
    /// Its name in the language.
    pub name: String,
    /// What it is.
    pub meaning: &'static str,
    /// Whether computing it takes the backward pass.
    pub backward: bool,
}

/// What a rule is made of and what it costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The signal, term by term.
    pub terms: Vec<TermWords>,
    /// The signal of the biases, term by term; empty where they do not learn.
    pub bias_terms: Vec<TermWords>,
    /// The running averages, each behind those it reads.
    pub states: Vec<StateWords>,
    /// What the network has to provide.
    pub needs: Vec<NeedWords>,
    /// Products over samples, those of states included: each costs about as much as a forward pass of the map.
    pub products: usize,
    /// Means over samples.
    pub averages: usize,
    /// Functions applied for every synapse, those of states included.
    pub operations_a_synapse: usize,
    /// Parameters and states that nothing reads.
    pub unused: Vec<String>,
}

impl Explanation {
    pub(super) fn of(rule: &Rule) -> Self {
        let word = |value: &Option<_>| value.map(|value| written(rule, value));
        let term = |row: &Row| TermWords {
            post: word(&row.post),
            pre: word(&row.pre),
            synapse: word(&row.synapse),
            costs_product: row.post.is_some() && row.pre.is_some(),
        };
        let states = rule.states.iter().map(|state| StateWords {
            name: state.name.clone(),
            of: state.of.to_string(),
            rate: match state.rate {
                Rate::Number(number) => number.to_string(),
                Rate::Parameter(place) => name(rule, Input::Parameter(place)),
            },
            shape: state.shape.words(),
        });
        let synapses = rule.states.iter().zip(&rule.plan.updates);
        let synapses = synapses.filter(|(state, _)| state.shape == Shape::SYNAPSE).map(|(_, tape)| tape.operations());
        Self {
            terms: rule.signal_rows.iter().map(term).collect(),
            bias_terms: rule.bias_rows.iter().map(term).collect(),
            states: states.collect(),
            needs: needs(rule),
            products: rule.plan.products.len(),
            averages: rule.plan.averages.len(),
            operations_a_synapse: rule.plan.signal.operations() + synapses.sum::<usize>(),
            unused: unused(rule),
        }
    }
}

fn needs(rule: &Rule) -> Vec<NeedWords> {
    let need = |input: Input| {
        let (meaning, backward) = match input {
            Input::Pre => ("what the synapse receives", false),
            Input::Post => ("the pre-activation of the neuron", false),
            Input::Act => ("the activation of the neuron", false),
            Input::Slope => ("the derivative of the neuron's activation", false),
            Input::Delta => ("minus the derivative of the loss by the pre-activation", true),
            Input::Feedback => ("the output's error through fixed random feedback", false),
            Input::Loss => ("the loss of the example", false),
            Input::Weight => ("the weight", false),
            Input::RowNorm => ("the length of the neuron's incoming weights", false),
            Input::Norm => ("the norm of the layer's weights", false),
            Input::Bias => ("the bias", false),
            Input::BiasNorm => ("the norm of the layer's biases", false),
            Input::Average(_) | Input::Product(_) | Input::Parameter(_) | Input::State(_) | Input::Operand(_) => {
                return None;
            }
        };
        let name = match input {
            Input::Bias => "w in bias".to_owned(),
            Input::BiasNorm => "norm(w) in bias".to_owned(),
            other => name(rule, other),
        };
        Some(NeedWords { name, meaning, backward })
    };
    rule.plan.inputs().into_iter().filter_map(need).collect()
}

fn unused(rule: &Rule) -> Vec<String> {
    let written: Vec<&str> = rule.signal.names().chain(rule.bias.iter().flat_map(|bias| bias.names())).collect();
    let by_states = |own: &str, wanted: &str| {
        rule.states.iter().any(|state| state.name != own && state.of.names().any(|name| name == wanted))
    };
    let is_used = |name: &str| written.contains(&name) || by_states(name, name);
    let parameters = rule.parameters.iter().filter(|p| !p.is_rate && !is_used(&p.name)).map(|p| &p.name);
    let states = rule.states.iter().filter(|state| !is_used(&state.name)).map(|state| &state.name);
    parameters.chain(states).cloned().collect()
}

impl fmt::Display for TermWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.post, &self.pre) {
            (Some(post), Some(pre)) => write!(f, "mean over samples of ({post}) x ({pre})")?,
            (Some(side), None) | (None, Some(side)) => write!(f, "mean over samples of ({side})")?,
            (None, None) => return f.write_str(self.synapse.as_deref().unwrap_or("1")),
        }
        self.synapse.as_ref().map_or(Ok(()), |factor| write!(f, ", times {factor}"))
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The signal of a weight is the sum of")?;
        for term in &self.terms {
            writeln!(f, "  {term}")?;
        }
        match &self.bias_terms[..] {
            [] => writeln!(f, "Biases do not learn")?,
            terms => {
                writeln!(f, "The signal of a bias is the sum of")?;
                for term in terms {
                    writeln!(f, "  {term}")?;
                }
            }
        }
        for StateWords { name, of, rate, shape } in &self.states {
            writeln!(f, "State {name}: running average of {of} at rate {rate}, {shape}")?;
        }
        for NeedWords { name, meaning, backward } in &self.needs {
            writeln!(f, "Needs {name}: {meaning}{}", if *backward { " (takes the backward pass)" } else { "" })?;
        }
        let plural = if self.products == 1 { "" } else { "s" };
        write!(f, "Costs {} product{plural} over samples", self.products)?;
        write!(f, " and {} operations a synapse", self.operations_a_synapse)?;
        for name in &self.unused {
            write!(f, "\nNothing reads {name}")?;
        }
        Ok(())
    }
}
