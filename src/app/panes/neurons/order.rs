//! Which neurons the map shows, and in which order from top to bottom.

use std::time::{Duration, Instant};

use super::principal::Principal;
use super::rows::{mean, row};
use super::sight::{Sight, Subject};
use crate::record::HeatMap;

/// Rows that change places more often could not be followed by eye.
const SORT_INTERVAL: Duration = Duration::from_secs(1);

/// Neurons of Figure 19.
pub const EXAMPLES: usize = 30;

/// Most rows of the map, which a texture of any graphics card holds.
pub const MAX_ROWS: usize = 2048;

/// What decides the order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NeuronSort {
    /// As the layer has them.
    #[default]
    Index,
    /// Most Hebbian on top.
    Mean,
    /// Neurons that rise and fall together next to each other.
    Phase,
}

impl NeuronSort {
    /// Every order.
    pub const ALL: [Self; 3] = [Self::Index, Self::Mean, Self::Phase];

    /// Name on its button.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Index => "Index",
            Self::Mean => "Mean",
            Self::Phase => "Phase",
        }
    }

    /// What it does, in a sentence.
    #[must_use]
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Index => "Neurons from top to bottom as they stand in the layer: row i of W.",
            Self::Mean => "The most Hebbian neuron on top: by the mean of cos θ_i over the steps in sight.",
            Self::Phase => {
                "Neurons that oscillate together next to each other: by the angle atan2(b_i, a_i) of their first two \
                 principal components over the steps in sight. Neurons in opposite phase stand half the map apart; a \
                 wave that travels through the neurons becomes a slanted stripe."
            }
        }
    }
}

/// What an order is for; a change of it sorts at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    subject: Subject,
    neurons: usize,
    sort: NeuronSort,
    all: bool,
}

/// The order as it was sorted last.
#[derive(Default)]
pub struct RowOrder {
    rows: Vec<usize>,
    key: Option<Key>,
    sorted: Option<Instant>,
    version: u64,
    changes: u64,
    principal: Principal,
}

impl RowOrder {
    /// Neurons from top to bottom, counted from 0.
    #[must_use]
    pub fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// Rises when rows change places.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Sorts when something else is looked at; because of new data at most once a second, and not while `held`.
    pub fn update(&mut self, sight: &Sight, sort: NeuronSort, all: bool, held: bool, now: Instant) {
        // Following a neuron leaves the rows alone.
        let subject = Subject { followed: None, ..sight.subject };
        let key = Some(Key { subject, neurons: sight.map.neurons.max(sight.neurons), sort, all });
        let rests = held || self.sorted.is_some_and(|at| now.saturating_duration_since(at) < SORT_INTERVAL);
        if self.key == key && (rests || self.version == sight.version || sort == NeuronSort::Index) {
            return;
        }
        if self.key.map(|key| key.subject) != Some(subject) {
            self.principal = Principal::default();
        }
        let shown = examples(sight.neurons, if all { MAX_ROWS } else { EXAMPLES });
        let rows = sorted(shown, &sight.map, sort, &mut self.principal);
        if rows != self.rows {
            self.rows = rows;
            self.changes = self.changes.wrapping_add(1);
        }
        self.key = key;
        self.sorted = Some(now);
        self.version = sight.version;
    }
}

/// At most `wanted` of the neurons, evenly spaced.
#[must_use]
pub fn examples(neurons: usize, wanted: usize) -> Vec<usize> {
    let shown = neurons.min(wanted);
    (0..shown).map(|i| i * neurons / shown).collect()
}

/// The neurons `shown` in the order that is wanted; those without a defined value last.
fn sorted(mut shown: Vec<usize>, map: &HeatMap, sort: NeuronSort, principal: &mut Principal) -> Vec<usize> {
    let keys: Vec<Option<f64>> = match sort {
        NeuronSort::Index => return shown,
        NeuronSort::Mean => shown.iter().map(|&neuron| mean(row(map, neuron)).map(|mean| -mean)).collect(),
        NeuronSort::Phase => principal.angles(&shown.iter().map(|&neuron| row(map, neuron)).collect::<Vec<_>>()),
    };
    let mut order: Vec<usize> = (0..shown.len()).collect();
    order.sort_by(|&a, &b| match (keys[a], keys[b]) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    });
    shown = order.into_iter().map(|at| shown[at]).collect();
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::panes::neurons::sight::Span;
    use crate::record::NeuronReading;
    use std::sync::Arc;

    fn map(rows: &[Vec<f32>]) -> HeatMap {
        let bins = rows.first().map_or(0, Vec::len);
        HeatMap { first_step: 0, bin_width: 1, bins, neurons: rows.len(), values: rows.concat() }
    }

    fn sight(rows: &[Vec<f32>], version: u64) -> Sight {
        Sight {
            subject: Subject { run_id: 1, layer: 2, reading: NeuronReading::Full, followed: None, unit: "neuron" },
            span: Span { from: 0, to: 10, bins: 100 },
            seed: 0,
            neurons: rows.len(),
            last_step: Some(version),
            map: map(rows),
            statistics: Arc::default(),
            curves: [Vec::new(), Vec::new()],
            spectrum: Arc::default(),
            counted: Some(version),
            version,
        }
    }

    #[test]
    fn examples_are_spread_over_the_layer() {
        assert_eq!(examples(5, 30), [0, 1, 2, 3, 4]);
        assert_eq!(examples(0, 30), [0_usize; 0]);
        let some = examples(128, 30);
        assert_eq!((some.len(), some[0], some[1], some[29]), (30, 0, 4, 123));
        assert!(some.windows(2).all(|pair| (4..=5).contains(&(pair[1] - pair[0]))));
    }

    #[test]
    fn the_most_hebbian_is_on_top_and_the_undefined_last() {
        let nan = f32::NAN;
        let map = map(&[vec![nan, nan], vec![-0.5, nan], vec![0.25, 0.75], vec![0.1, 0.1]]);
        let order = |sort| sorted(vec![0, 1, 2, 3], &map, sort, &mut Principal::default());
        assert_eq!(order(NeuronSort::Mean), [2, 3, 1, 0]);
        assert_eq!(order(NeuronSort::Index), [0, 1, 2, 3]);
    }

    #[test]
    fn phases_of_a_travelling_wave_come_in_order() {
        // Neuron i lags by a part of a turn that is 7 i mod 16 sixteenths.
        let lag = |i: usize| (7 * i) % 16;
        let rows: Vec<Vec<f32>> = (0..16)
            .map(|i| {
                let phase = |t: usize| std::f64::consts::TAU * (t as f64 / 20.0 - lag(i) as f64 / 16.0);
                (0..200).map(|t| (0.1 * i as f64 + 0.5 * phase(t).sin()) as f32).collect()
            })
            .collect();
        let order = sorted((0..16).collect(), &map(&rows), NeuronSort::Phase, &mut Principal::default());
        let lags: Vec<usize> = order.into_iter().map(lag).collect();
        let steps: Vec<usize> = lags.windows(2).map(|pair| (pair[1] + 16 - pair[0]) % 16).collect();
        assert!(steps.iter().all(|&s| s == 1) || steps.iter().all(|&s| s == 15), "{lags:?}");
    }

    #[test]
    fn new_data_sort_once_a_second_and_never_under_the_pointer() {
        let (up, down) = (vec![vec![0.1; 4], vec![0.9; 4]], vec![vec![0.9; 4], vec![0.1; 4]]);
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let mut order = RowOrder::default();
        order.update(&sight(&up, 0), NeuronSort::Mean, true, false, at(0));
        assert_eq!(order.rows(), [1, 0]);
        order.update(&sight(&down, 1), NeuronSort::Mean, true, false, at(900));
        assert_eq!(order.rows(), [1, 0], "too early");
        order.update(&sight(&down, 1), NeuronSort::Mean, true, true, at(1100));
        assert_eq!(order.rows(), [1, 0], "the pointer is over the map");
        order.update(&sight(&down, 1), NeuronSort::Mean, true, false, at(1200));
        assert_eq!(order.rows(), [0, 1]);
        let changes = order.changes();
        order.update(&sight(&down, 2), NeuronSort::Mean, true, false, at(3000));
        assert_eq!(order.changes(), changes, "nothing has moved");
        order.update(&sight(&up, 3), NeuronSort::Index, true, true, at(3001));
        order.update(&sight(&up, 3), NeuronSort::Mean, true, true, at(3002));
        assert_eq!(order.rows(), [1, 0], "another order is wanted, which does not wait");
    }
}
