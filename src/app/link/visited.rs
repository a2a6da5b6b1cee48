//! Where runs have been in the plane of noise and weight decay, and how Hebbian they were there.

use super::Link;
use super::contents::Contents;
use crate::record::{Intervention, MetricStore};

const DECAY: &str = "regularizer.weight_decay";
const NOISE: &str = "noise.weight_sd";

/// A stay at one setting.
#[derive(Clone, Debug, PartialEq)]
pub struct Stay {
    /// Weight decay.
    pub decay: f64,
    /// SD of the weight noise.
    pub noise: f64,
    /// First step.
    pub from: u64,
    /// Step after the last one.
    pub to: u64,
    /// Mean alignment of the learning signal over the last window of the stay, layer by layer; `None` where undefined.
    pub alignment: Vec<(usize, Option<f64>)>,
    /// Whether the stay lasted ten windows at least, so that the curves had time to come to rest.
    pub is_long: bool,
}

/// Windows after which a stay counts as long; chosen here, as the curves of the presets rest after some hundred steps.
const LONG: u64 = 10;

/// Stays of the present run, and those of earlier runs of the same experiment.
#[derive(Debug, Default)]
pub struct Visited {
    past: Vec<Stay>,
    present: Vec<Stay>,
    run: Option<(u64, String)>,
    seen: Option<(Contents, usize)>,
}

/// Stays of earlier runs that are kept.
const CAPACITY: usize = 400;

impl Visited {
    /// Reads what is new of the run.
    pub fn update(&mut self, link: &Link) {
        let status = link.status();
        let run = (status.run_id, status.experiment.name.clone());
        let metrics = link.metrics();
        let store = metrics.lock();
        if self.run.as_ref() != Some(&run) {
            let same = self.run.as_ref().is_some_and(|(_, name)| *name == run.1);
            let before = std::mem::take(&mut self.present);
            if same {
                self.past.extend(before.into_iter().filter(|stay| stay.is_long));
                let surplus = self.past.len().saturating_sub(CAPACITY);
                self.past.drain(..surplus);
            } else {
                self.past.clear();
            }
            self.run = Some(run);
            self.seen = None;
        }
        let interventions = status.interventions.as_slice();
        let seen = (link.contents(), interventions.len());
        if self.seen == Some(seen) {
            return;
        }
        self.seen = Some(seen);
        let experiment = &status.experiment;
        let now = (experiment.regularizer.weight_decay, experiment.noise.weight_sd);
        let window = experiment.measure.window;
        let ends = stays(interventions, now, store.last_step().map_or(0, |step| step + 1));
        self.present = ends.into_iter().map(|place| measure(&store, place, window)).collect();
    }

    /// Reads what is new of the run's twin, since the two parted.
    pub fn update_twin(&mut self, link: &Link) {
        let Some(twin) = &link.status().twin else {
            *self = Self::default();
            return;
        };
        let seen = (link.contents(), twin.interventions.len());
        if self.seen == Some(seen) {
            return;
        }
        let metrics = link.twin_metrics();
        let store = metrics.lock();
        let Some(store) = store.as_ref() else { return };
        self.seen = Some(seen);
        let now = (twin.experiment.regularizer.weight_decay, twin.experiment.noise.weight_sd);
        let end = store.last_step().map_or(0, |step| step + 1).max(twin.forked_at);
        let window = twin.experiment.measure.window;
        self.present = since(stays(&twin.interventions, now, end), twin.forked_at)
            .map(|place| measure(store, place, window))
            .collect();
    }

    /// Stays of earlier runs, then those of the present one; the last is where the run is now.
    pub fn all(&self) -> impl Iterator<Item = &Stay> {
        self.past.iter().chain(&self.present)
    }

    /// Where the run was at a step of its past.
    #[must_use]
    pub fn at(&self, step: u64) -> Option<&Stay> {
        self.present.iter().find(|stay| (stay.from..stay.to).contains(&step)).or(self.present.last())
    }
}

/// Decay, noise, first step and step after the last of each stay.
fn stays(interventions: &[Intervention], now: (f64, f64), end: u64) -> Vec<(f64, f64, u64, u64)> {
    let whole = |i: &&Intervention| i.target.is_none() && (i.field == DECAY || i.field == NOISE);
    let changes: Vec<&Intervention> = interventions.iter().filter(whole).collect();
    let first =
        |field: &str, now: f64| changes.iter().find(|i| i.field == field).and_then(|i| i.old.as_f64()).unwrap_or(now);
    let (mut decay, mut noise) = (first(DECAY, now.0), first(NOISE, now.1));
    let mut from = 0;
    let mut stays = Vec::new();
    for change in changes {
        if change.step > from {
            stays.push((decay, noise, from, change.step));
            from = change.step;
        }
        let new = change.new.as_f64().unwrap_or_default();
        if change.field == DECAY {
            decay = new;
        } else {
            noise = new;
        }
    }
    stays.push((decay, noise, from, end.max(from)));
    stays
}

/// What of the stays came after a step; the last one stands even if no step was trained in it.
fn since(stays: Vec<(f64, f64, u64, u64)>, step: u64) -> impl Iterator<Item = (f64, f64, u64, u64)> {
    let last = stays.len().saturating_sub(1);
    let parts = stays.into_iter().enumerate().filter(move |(place, (.., to))| *place == last || *to > step);
    parts.map(move |(_, (decay, noise, from, to))| (decay, noise, from.max(step), to.max(step)))
}

fn measure(store: &MetricStore, (decay, noise, from, to): (f64, f64, u64, u64), window: u64) -> Stay {
    let begin = to.saturating_sub(window).max(from);
    let layers = store.columns().alignments().map(|(layer, index)| {
        // A stay of no step has nothing to measure.
        let points = if to > begin { store.band(index, begin, to - 1, 64) } else { Vec::new() };
        let weight: f64 = points.iter().map(|p| (p.last_step - p.first_step + 1) as f64).sum();
        let sum: f64 = points.iter().map(|p| f64::from(p.mean) * (p.last_step - p.first_step + 1) as f64).sum();
        (layer, (weight > 0.0).then(|| sum / weight))
    });
    Stay { decay, noise, from, to, alignment: layers.collect(), is_long: to - from >= LONG * window }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(step: u64, field: &str, old: f64, new: f64) -> Intervention {
        Intervention { step, field: field.into(), old: old.into(), new: new.into(), target: None }
    }

    #[test]
    fn a_stay_ends_where_a_value_changes() {
        let changes = [
            change(100, DECAY, 5e-4, 1e-3),
            change(100, NOISE, 0.0, 0.01),
            change(300, "rule.learning_rate", 0.1, 0.2),
            change(400, NOISE, 0.01, 0.0),
        ];
        let found = stays(&changes, (1e-3, 0.0), 500);
        assert_eq!(found, [(5e-4, 0.0, 0, 100), (1e-3, 0.01, 100, 400), (1e-3, 0.0, 400, 500)]);
        assert_eq!(stays(&[], (5e-4, 0.0), 7), [(5e-4, 0.0, 0, 7)]);
        // A twin that parted at step 200, or just now.
        let of_twin: Vec<_> = since(found.clone(), 200).collect();
        assert_eq!(of_twin, [(1e-3, 0.01, 200, 400), (1e-3, 0.0, 400, 500)]);
        assert_eq!(since(found, 500).collect::<Vec<_>>(), [(1e-3, 0.0, 500, 500)]);
    }
}
