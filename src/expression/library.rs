//! Learning rules of the literature, written in the language.

use super::rule::{RateText, RuleText, StateText};

/// A known rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KnownRule {
    /// Short name, for files and commands.
    pub name: &'static str,
    /// Name in words.
    pub title: &'static str,
    /// The signal of the weights.
    pub signal: &'static str,
    /// The signal of the biases; empty: they do not learn.
    pub bias: &'static str,
    /// Names and values of its parameters.
    pub parameters: &'static [(&'static str, f64)],
    /// Its running averages: name, what is averaged, rate, start.
    pub states: &'static [(&'static str, &'static str, f64, f64)],
    /// What it is and where it comes from.
    pub origin: &'static str,
}

impl KnownRule {
    /// The rule of that short name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        KNOWN.iter().find(|rule| rule.name == name)
    }

    /// The rule as a user would write it.
    #[must_use]
    pub fn text(&self) -> RuleText {
        let state = |&(name, of, rate, start): &(&str, &str, f64, f64)| {
            (name.to_owned(), StateText { of: of.to_owned(), rate: RateText::Number(rate), start })
        };
        RuleText {
            signal: self.signal.to_owned(),
            bias: self.bias.to_owned(),
            parameters: self.parameters.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
            states: self.states.iter().map(state).collect(),
        }
    }
}

/// All known rules: the gradient and its relatives first, then Hebb's.
pub const KNOWN: &[KnownRule] = &[
    KnownRule {
        name: "sgd",
        title: "Gradient descent",
        signal: "delta * pre",
        bias: "delta",
        parameters: &[],
        states: &[],
        origin: "Descends the loss by back-propagated errors (Rumelhart, Hinton & Williams 1986).",
    },
    KnownRule {
        name: "sign-sgd",
        title: "Sign of the error",
        signal: "sign(delta) * pre",
        bias: "sign(delta)",
        parameters: &[],
        states: &[],
        origin: "Keeps only the sign of each neuron's error, after signSGD (Bernstein et al. 2018), which takes the \
                 sign of each weight's gradient.",
    },
    KnownRule {
        name: "dfa",
        title: "Direct feedback alignment",
        signal: "feedback * slope * pre",
        bias: "feedback * slope",
        parameters: &[],
        states: &[],
        origin: "Sends the output's error to each layer through fixed random weights (Nøkland 2016).",
    },
    KnownRule {
        name: "hebb",
        title: "Hebb",
        signal: "post * pre",
        bias: "",
        parameters: &[],
        states: &[],
        origin: "Strengthens synapses between neurons that are active together (Hebb 1949).",
    },
    KnownRule {
        name: "anti-hebb",
        title: "Anti-Hebb",
        signal: "-post * pre",
        bias: "",
        parameters: &[],
        states: &[],
        origin: "Hebb's rule with the opposite sign, which decorrelates (Földiák 1990).",
    },
    KnownRule {
        name: "oja",
        title: "Oja",
        signal: "post * pre - post^2 * w",
        bias: "",
        parameters: &[],
        states: &[],
        origin: "Hebb's rule with a decay that keeps each neuron's weights at length 1; finds the first principal \
                 component (Oja 1982).",
    },
    KnownRule {
        name: "covariance",
        title: "Covariance",
        signal: "(post - avg(post)) * (pre - avg(pre))",
        bias: "",
        parameters: &[],
        states: &[],
        origin: "Strengthens what varies together and weakens what varies oppositely (Sejnowski 1977).",
    },
    KnownRule {
        name: "bcm",
        title: "BCM",
        signal: "act * (act - theta) * pre",
        bias: "",
        parameters: &[],
        states: &[("theta", "act^2", 0.01, 0.1)],
        origin: "Strengthens above and weakens below a threshold that follows the neuron's activity (Bienenstock, \
                 Cooper & Munro 1982).",
    },
    KnownRule {
        name: "gating",
        title: "Presynaptic gating",
        signal: "pre * (post - w)",
        bias: "",
        parameters: &[],
        states: &[],
        origin: "Moves the weights of active inputs towards the neuron's response, as in Grossberg's outstar \
                 (Grossberg 1968).",
    },
    KnownRule {
        name: "three-factor",
        title: "Three-factor rule (reward-modulated Hebb)",
        signal: "(avg(loss) - loss) * post * pre",
        bias: "(avg(loss) - loss) * post",
        parameters: &[],
        states: &[],
        origin: "Hebb's rule times a reward: the batch's mean loss minus the example's (Frémaux & Gerstner 2016).",
    },
];

#[cfg(test)]
mod tests {
    use super::{KNOWN, KnownRule};
    use crate::expression::Rule;

    #[test]
    fn every_known_rule_can_be_run() {
        for known in KNOWN {
            let rule = Rule::check(&known.text()).unwrap_or_else(|error| panic!("{}: {error}", known.name));
            assert_eq!(rule.plan.products.len(), 1, "{} costs one product", known.name);
            assert_eq!(rule.bias.is_some(), !known.bias.is_empty());
            assert_eq!(rule.explain().unused, Vec::<String>::new());
            assert_eq!(KnownRule::named(known.name), Some(known));
        }
    }

    #[test]
    fn names_differ() {
        let mut names: Vec<&str> = KNOWN.iter().map(|known| known.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KNOWN.len());
        assert_eq!(KnownRule::named("none"), None);
    }
}
