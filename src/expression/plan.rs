//! What an engine does for a rule, for every map and step.

use super::tape::{Input, Tape};

/// The mean over samples of a product: one number a synapse.
#[derive(Clone, Debug, PartialEq)]
pub struct Product {
    /// One number a sample and i; may vary over less.
    pub post: Tape,
    /// One number a sample and j; may vary over less.
    pub pre: Tape,
}

/// The programs of a rule, in the order in which they are run.
///
/// - The averages, in order: each is evaluated for every sample (and i or j where its shape has them) and averaged over
///   samples. An average may read earlier ones.
/// - The products: both sides for every sample, then the mean over samples of their product for every synapse.
/// - `signal` for every synapse, `bias` for every i.
/// - `updates`: the new value of every state, in the shape of that state. An update reads states' old values; a state
///   stands behind those it reads, so going through them from the last to the first they may be written in place.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Means over samples of the signal, the bias and the states, each once. Each has a shape with samples, and its
    /// mean the same shape without.
    pub averages: Vec<Tape>,
    /// Products over samples of the signal and the states, each once.
    pub products: Vec<Product>,
    /// The signal of a weight: one number a synapse.
    pub signal: Tape,
    /// The signal of a bias: one number an i; none where biases do not learn.
    pub bias: Option<Tape>,
    /// The new value of every state.
    pub updates: Vec<Tape>,
}

impl Plan {
    /// Every tape, in the order in which they are run.
    pub fn tapes(&self) -> impl Iterator<Item = &Tape> {
        let products = self.products.iter().flat_map(|product| [&product.post, &product.pre]);
        let last = std::iter::once(&self.signal).chain(&self.bias).chain(&self.updates);
        self.averages.iter().chain(products).chain(last)
    }

    /// What an engine has to have at hand, sorted: everything that is read but means and products of this plan.
    #[must_use]
    pub fn inputs(&self) -> Vec<Input> {
        let mut inputs: Vec<Input> = self
            .tapes()
            .flat_map(Tape::inputs)
            .copied()
            .filter(|input| !matches!(input, Input::Average(_) | Input::Product(_)))
            .collect();
        inputs.sort_unstable();
        inputs.dedup();
        inputs
    }

    /// Whether anything reads `input`.
    #[must_use]
    pub fn reads(&self, input: Input) -> bool {
        self.tapes().any(|tape| tape.inputs().contains(&input))
    }

    /// The product that is the signal as it is, where nothing remains to be done once a synapse.
    #[must_use]
    pub fn bare_product(&self) -> Option<&Product> {
        match self.signal.bare() {
            Some(Input::Product(place)) => self.products.get(place),
            _ => None,
        }
    }
}
