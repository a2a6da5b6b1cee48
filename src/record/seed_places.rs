//! From a seed to its place among those of a run.

use std::collections::HashMap;

/// Places of seeds; a row of one of thousands finds its own without a search.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct SeedPlaces {
    places: HashMap<u64, usize>,
}

impl SeedPlaces {
    /// Heap of one seed, at most: a table of hashes is filled to 7/8 before it doubles, and has a byte beside each entry.
    pub(super) const BYTES: usize = 3 * (2 * size_of::<u64>() + 1);

    /// In the order of `seeds`; of equal ones the first counts.
    pub(super) fn new(seeds: &[u64]) -> Self {
        let mut places = HashMap::with_capacity(seeds.len());
        for (place, &seed) in seeds.iter().enumerate() {
            places.entry(seed).or_insert(place);
        }
        Self { places }
    }

    /// The place of a seed.
    pub(super) fn at(&self, seed: u64) -> Option<usize> {
        self.places.get(&seed).copied()
    }
}
