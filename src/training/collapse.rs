//! Layers that collapse while a run goes on, and grow back.

use serde::{Deserialize, Serialize};

use super::rows::{FIRST_LAYER, HEBBIAN_NORM, PER_LAYER, SIGNAL_NORM, WEIGHT_NORM};
use super::run::Run;
use super::twin::Branch;
use crate::experiment::WeightNoiseMode;
use crate::record::{Collapse, CollapseCause};

/// Share of its initial norm below which a layer has collapsed.
pub(super) const COLLAPSED: f64 = 1e-3;

/// Share of its initial norm from which on a collapsed layer counts as grown back. Chosen here: twice the other, so that
/// noise about the limit is not told at every step.
const GROWN: f64 = 2.0 * COLLAPSED;

/// Ended collapses that are kept; of more, the oldest are forgotten.
const CAPACITY: usize = 1024;

/// What a measured step says of one layer of one seed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) step: u64,
    /// Place of the seed among those of the run, and its number.
    pub(super) seed: (usize, u64),
    /// Counted from 1.
    pub(super) layer: usize,
    /// Norms of the weights, at the start and now; none where they are not known at this step.
    pub(super) weights: Option<(f64, f64)>,
    /// Norms of learning signal and Hebbian update.
    pub(super) signal: f64,
    pub(super) hebbian: f64,
}

/// A layer collapsed, or has grown back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CollapseNews {
    /// It collapsed.
    Collapsed(Collapse),
    /// It has grown back.
    Recovered(Collapse),
}

/// What has collapsed in the seeds of a run, told by its measured steps.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Collapses {
    /// Of every seed and layer.
    places: Vec<Place>,
    layers: usize,
    ended: Vec<Collapse>,
    /// Told to whoever watched then.
    #[serde(skip)]
    news: Vec<CollapseNews>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Place {
    open: Option<Collapse>,
    /// Since when signal or Hebbian update is exactly zero.
    zero: Option<(CollapseCause, u64)>,
}

impl Collapses {
    pub(super) fn new(seeds: usize, layers: usize) -> Self {
        Self { places: vec![Place::default(); seeds * layers], layers, ended: Vec::new(), news: Vec::new() }
    }

    /// Whether these are those of so many seeds and layers.
    pub(super) fn fits(&self, seeds: usize, layers: usize) -> bool {
        self.layers == layers && self.places.len() >= seeds * layers
    }

    /// Takes up a measured step; a vector that is zero for `window` steps is a collapse too, for it has no direction.
    pub(super) fn observe(&mut self, reading: Reading, window: u64) {
        let (place, seed) = reading.seed;
        let Some(here) = self.places.get_mut(place * self.layers + reading.layer - 1) else { return };
        let zero = match (reading.signal == 0.0, reading.hebbian == 0.0) {
            (true, _) => Some(CollapseCause::Signal),
            (false, true) => Some(CollapseCause::Hebbian),
            (false, false) => None,
        };
        here.zero = zero.map(|cause| match here.zero {
            Some((before, since)) if before == cause => (cause, since),
            _ => (cause, reading.step),
        });
        // A layer that started at zero has not shrunk.
        let share = reading.weights.filter(|(initial, _)| *initial > 0.0).map(|(initial, now)| now / initial);
        if let Some(open) = &here.open {
            let is_over = match open.cause {
                CollapseCause::Weights => share.is_some_and(|share| share >= GROWN),
                CollapseCause::Signal => reading.signal > 0.0,
                CollapseCause::Hebbian => reading.hebbian > 0.0,
            };
            if is_over && let Some(open) = here.open.take() {
                let over = Collapse { until: Some(reading.step), ..open };
                if self.ended.len() == CAPACITY {
                    self.ended.remove(0);
                }
                self.ended.push(over.clone());
                self.news.push(CollapseNews::Recovered(over));
            }
            return;
        }
        let lasting = here.zero.filter(|(_, since)| reading.step - since >= window);
        let cause = if share.is_some_and(|share| share < COLLAPSED) {
            Some((CollapseCause::Weights, reading.step))
        } else {
            lasting
        };
        if let Some((cause, step)) = cause {
            let made = Collapse { seed, layer: reading.layer, cause, step, until: None };
            here.open = Some(made.clone());
            self.news.push(CollapseNews::Collapsed(made));
        }
    }

    /// Every collapse, in the order of their steps.
    pub(super) fn all(&self) -> Vec<Collapse> {
        let open = self.places.iter().filter_map(|place| place.open.clone());
        let mut all: Vec<Collapse> = self.ended.iter().cloned().chain(open).collect();
        all.sort_by_key(|one| (one.step, one.layer, one.seed));
        all
    }

    /// The collapse that a seed's layer is in.
    pub(super) fn open(&self, seed: u64, layer: usize) -> Option<&Collapse> {
        self.places.iter().filter_map(|place| place.open.as_ref()).find(|one| (one.seed, one.layer) == (seed, layer))
    }

    /// What is new since the last call.
    pub(super) fn take_news(&mut self) -> Vec<CollapseNews> {
        std::mem::take(&mut self.news)
    }

    /// Forgets what was seen from a step on.
    pub(super) fn forget_from(&mut self, step: u64, seeds: &[u64]) {
        self.news.clear();
        // Seeds that were given up since are there again, behind the others.
        self.places.resize(self.places.len().max(seeds.len() * self.layers), Place::default());
        for place in &mut self.places {
            place.open = place.open.take().filter(|open| open.step < step);
            place.zero = place.zero.filter(|(_, since)| *since < step);
        }
        self.ended.retain(|one| one.step < step);
        // What has grown back since is collapsed again.
        let again = |one: &Collapse| one.until.is_some_and(|until| until >= step);
        for one in self.ended.iter().filter(|one| again(one)) {
            let at = seeds.iter().position(|seed| *seed == one.seed);
            let place = at.and_then(|at| self.places.get_mut(at * self.layers + one.layer - 1));
            if let Some(place) = place {
                place.open = Some(Collapse { until: None, ..one.clone() });
            }
        }
        self.ended.retain(|one| !again(one));
    }
}

/// What was seen in the run and its twin.
pub(super) struct Seen {
    own: Collapses,
    twin: Option<Collapses>,
}

impl Run {
    /// Layers that collapsed in a twin on the way, those that have grown back too, in the order of their steps. Without
    /// twins, in the run.
    #[must_use]
    pub fn collapses(&self, branch: Branch) -> Vec<Collapse> {
        let mut all = self.seen_in(branch).all();
        all.retain(|one| self.seeds.contains(&one.seed));
        all
    }

    /// Layers of a twin that collapsed or have grown back since the last call.
    pub fn take_collapse_news(&mut self, branch: Branch) -> Vec<CollapseNews> {
        match (&mut self.twin, branch) {
            (Some(twin), Branch::B) => twin.collapses.take_news(),
            (None, Branch::B) => Vec::new(),
            (_, Branch::A) => self.collapses.take_news(),
        }
    }

    /// First step that shows the collapse which a layer of a seed is in.
    pub(super) fn collapsed_since(&self, branch: Branch, seed: u64, layer: usize) -> Option<u64> {
        self.seen_in(branch).open(seed, layer).map(|one| one.step)
    }

    fn seen_in(&self, branch: Branch) -> &Collapses {
        match (&self.twin, branch) {
            (Some(twin), Branch::B) => &twin.collapses,
            _ => &self.collapses,
        }
    }

    /// What was seen so far, to be handed back by [`Self::put_seen`].
    pub(super) fn take_seen(&mut self) -> Seen {
        let twin = self.twin.as_mut().map(|twin| std::mem::take(&mut twin.collapses));
        Seen { own: std::mem::take(&mut self.collapses), twin }
    }

    pub(super) fn put_seen(&mut self, seen: Seen) {
        self.collapses = seen.own;
        if let Some((twin, collapses)) = self.twin.as_mut().zip(seen.twin) {
            twin.collapses = collapses;
        }
    }

    /// As [`Self::put_seen`], after the run has gone back to its present step: those steps are not measured again.
    pub(super) fn put_seen_before(&mut self, mut seen: Seen) {
        let (step, seeds) = (self.step, self.seeds.clone());
        for collapses in [Some(&mut seen.own), seen.twin.as_mut()].into_iter().flatten() {
            collapses.forget_from(step, &seeds);
        }
        self.put_seen(seen);
    }

    /// Takes up the values of a measured step.
    pub(super) fn observe(&self, seen: &mut Seen, (branch, seed): (Branch, usize), step: u64, values: &[Option<f32>]) {
        let Some(collapses) = (match branch {
            Branch::A => Some(&mut seen.own),
            Branch::B => seen.twin.as_mut(),
        }) else {
            return;
        };
        let experiment = self.experiment_of(branch);
        // Transient noise hides the weights that it is added to.
        let is_clean = experiment.noise.weight_mode == WeightNoiseMode::Accumulate || experiment.noise.weight_sd == 0.0;
        let number = |value: Option<f32>| f64::from(value.unwrap_or(f32::NAN));
        let layers = &self.program_of(branch).metrics.layers;
        for (layer, values) in layers.iter().zip(values[FIRST_LAYER..].chunks_exact(PER_LAYER)) {
            let initial = self.initial_norms[seed][layer.layer - 1];
            let reading = Reading {
                step,
                seed: (seed, self.seeds[seed]),
                layer: layer.layer,
                weights: is_clean.then(|| (initial, number(values[WEIGHT_NORM]))),
                signal: number(values[SIGNAL_NORM]),
                hebbian: number(values[HEBBIAN_NORM]),
            };
            collapses.observe(reading, experiment.measure.window);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: u64 = 10;

    fn reading(step: u64, share: f64, signal: f64) -> Reading {
        Reading { step, seed: (0, 7), layer: 2, weights: Some((4.0, 4.0 * share)), signal, hebbian: 1.0 }
    }

    fn told(news: &[CollapseNews]) -> Vec<(bool, CollapseCause, u64)> {
        let part = |one: &CollapseNews| match one {
            CollapseNews::Collapsed(one) => (true, one.cause, one.step),
            CollapseNews::Recovered(one) => (false, one.cause, one.until.unwrap_or_default()),
        };
        news.iter().map(part).collect()
    }

    #[test]
    fn a_layer_that_shrinks_is_told_once_and_so_is_one_that_grows_back() {
        let mut seen = Collapses::new(1, 3);
        for (step, share) in [1.0, 9e-4, 1.1e-3, 9e-4, 1.9e-3, 2.1e-3, 1.5e-3].into_iter().enumerate() {
            seen.observe(reading(step as u64, share, 1.0), WINDOW);
        }
        let weights = CollapseCause::Weights;
        assert_eq!(told(&seen.take_news()), [(true, weights, 1), (false, weights, 5)]);
        assert!(seen.take_news().is_empty());
        assert_eq!(seen.all(), [Collapse { seed: 7, layer: 2, cause: weights, step: 1, until: Some(5) }]);
        assert!(seen.open(7, 2).is_none());
    }

    #[test]
    fn a_zero_signal_counts_when_it_lasts_a_window_and_from_its_first_step() {
        let mut seen = Collapses::new(1, 3);
        for step in 0..30 {
            let signal = if (3..6).contains(&step) || step >= 12 { 0.0 } else { 1.0 };
            seen.observe(reading(step, 1.0, signal), WINDOW);
        }
        assert_eq!(told(&seen.take_news()), [(true, CollapseCause::Signal, 12)]);
        assert_eq!(seen.open(7, 2).map(|one| one.step), Some(12));
    }

    #[test]
    fn going_back_forgets_a_collapse_or_reopens_one_that_was_over_later() {
        let mut seen = Collapses::new(1, 3);
        for (step, share) in [(10, 1e-4), (20, 1.0), (30, 1e-4)] {
            seen.observe(reading(step, share, 1.0), WINDOW);
        }
        let mut between = seen.clone();
        between.forget_from(25, &[7]);
        assert_eq!(between.all(), seen.all()[..1]);
        between.forget_from(15, &[7]);
        assert_eq!(between.open(7, 2).map(|one| (one.step, one.until)), Some((10, None)));
        between.forget_from(10, &[7]);
        assert!(between.all().is_empty() && between.take_news().is_empty());
    }
}
