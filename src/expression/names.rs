//! What the names of an expression mean and which sides their values have.

use std::ops::BitOr;

use super::ast::Function;
use super::tape::Input;

/// What a value has one number for each of: it is broadcast along all others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Shape {
    /// One number a sample.
    pub sample: bool,
    /// One number a post-synaptic neuron i.
    pub post: bool,
    /// One number a pre-synaptic neuron j.
    pub pre: bool,
}

impl Shape {
    /// One number a layer.
    pub const LAYER: Self = Self { sample: false, post: false, pre: false };
    /// One number a sample.
    pub const SAMPLE: Self = Self { sample: true, post: false, pre: false };
    /// One number a post-synaptic neuron.
    pub const POST: Self = Self { sample: false, post: true, pre: false };
    /// One number a pre-synaptic neuron.
    pub const PRE: Self = Self { sample: false, post: false, pre: true };
    /// One number a synapse.
    pub const SYNAPSE: Self = Self { sample: false, post: true, pre: true };
    /// One number a sample and post-synaptic neuron.
    pub const SAMPLE_POST: Self = Self { sample: true, post: true, pre: false };
    /// One number a sample and pre-synaptic neuron.
    pub const SAMPLE_PRE: Self = Self { sample: true, post: false, pre: true };

    /// Whether it combines samples with both sides, so that it would be one number a sample and synapse.
    #[must_use]
    pub const fn mixes(self) -> bool {
        self.sample && self.post && self.pre
    }

    /// The same after the mean over samples.
    #[must_use]
    pub const fn averaged(self) -> Self {
        Self { sample: false, ..self }
    }

    /// In words: `a synapse`, `a post-synaptic neuron`, ...
    #[must_use]
    pub const fn words(self) -> &'static str {
        match (self.sample, self.post, self.pre) {
            (false, false, false) => "one number a layer",
            (false, true, false) => "one number a post-synaptic neuron",
            (false, false, true) => "one number a pre-synaptic neuron",
            (false, true, true) => "one number a synapse",
            (true, false, false) => "one number a sample",
            (true, true, false) => "one number a sample and post-synaptic neuron",
            (true, false, true) => "one number a sample and pre-synaptic neuron",
            (true, true, true) => "one number a sample and synapse",
        }
    }
}

impl BitOr for Shape {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self { sample: self.sample || other.sample, post: self.post || other.post, pre: self.pre || other.pre }
    }
}

/// The built-in names but `pi`, each with what it means in the signal of the weights.
pub const BUILT_IN: [(&str, Input); 8] = [
    ("act", Input::Act),
    ("delta", Input::Delta),
    ("feedback", Input::Feedback),
    ("loss", Input::Loss),
    ("post", Input::Post),
    ("pre", Input::Pre),
    ("slope", Input::Slope),
    ("w", Input::Weight),
];

/// The number of the circle.
pub const PI: &str = "pi";

/// Whether `name` can be written in an expression.
#[must_use]
pub fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether `name` is taken by a built-in value or function.
#[must_use]
pub fn is_built_in(name: &str) -> bool {
    name == PI || Function::named(name).is_some() || BUILT_IN.iter().any(|(known, _)| *known == name)
}

/// All functions, as messages list them.
#[must_use]
pub fn function_list() -> String {
    Function::ALL.iter().map(|function| function.name()).collect::<Vec<_>>().join(" ")
}

/// The function that was meant by `name`, unless that is far from all of them or a value's.
#[must_use]
pub fn nearest_function(name: &str) -> Option<String> {
    if is_built_in(name) {
        return None;
    }
    let functions = Function::ALL.iter().map(|function| function.name());
    nearest(name, functions).filter(|found| distance(name, found) <= 2)
}

/// The known name that is closest to `name`; the first of several.
#[must_use]
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let cased = |known: &str| distance(&name.to_ascii_lowercase(), &known.to_ascii_lowercase());
    // Another case alone is the likeliest slip.
    known.into_iter().min_by_key(|known| (cased(known).min(distance(name, known)), cased(known))).map(str::to_owned)
}

/// How many characters have to be added, left out, replaced or swapped with their neighbour.
fn distance(from: &str, to: &str) -> usize {
    // Names may be as long as an expression; what is that far from every known one needs no exact distance.
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().take(64).collect(), to.chars().take(64).collect());
    let mut before = vec![0; to.len() + 1];
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for i in 1..=from.len() {
        let mut row = vec![i; to.len() + 1];
        for j in 1..=to.len() {
            let replaced = last[j - 1] + usize::from(from[i - 1] != to[j - 1]);
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest, nearest_function};

    #[test]
    fn distances_are_those_of_typing() {
        assert_eq!(distance("pree", "pre"), 1);
        assert_eq!(distance("psot", "post"), 1);
        assert_eq!(distance("", "post"), 4);
        assert_eq!(distance("delta", "delta"), 0);
    }

    #[test]
    fn another_case_is_nearest() {
        assert_eq!(nearest("W", ["k", "w"]).as_deref(), Some("w"));
        assert_eq!(nearest("POST", ["pi", "post", "pre"]).as_deref(), Some("post"));
        assert_eq!(nearest("x", []), None);
    }

    #[test]
    fn functions_of_other_languages_are_understood() {
        assert_eq!(nearest_function("sgn").as_deref(), Some("sign"));
        assert_eq!(nearest_function("post"), None);
        assert_eq!(nearest_function("logarithm"), None);
    }
}
