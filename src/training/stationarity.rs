//! Rest: whether the window means of a layer's alignment and stationarity gap have become steady.
//!
//! This is what *at rest* means everywhere: for the stop rule of runs and cells, for runs of the window, and in what is said of a
//! layer. Only the run's own rows decide, so that a cell stops at the same step wherever and however often it is trained.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::experiment::{Sweep, Training};
use crate::record::{Columns, Row};

/// Windows (`measure.window` steps each) on either side of the comparison; chosen here. Five average out what a single
/// window scatters.
pub const WINDOWS: usize = 5;

/// How much five windows may differ from the five before, and how early.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tolerances {
    /// Largest change of a layer's mean alignment.
    pub alignment: f64,
    /// Largest change of a layer's mean stationarity gap, relative to the larger one.
    pub gap: f64,
    /// Fewest steps.
    pub min_steps: u64,
}

impl From<&Sweep> for Tolerances {
    fn from(sweep: &Sweep) -> Self {
        Self { alignment: sweep.tolerance, gap: sweep.gap_tolerance, min_steps: sweep.min_steps }
    }
}

impl From<&Training> for Tolerances {
    fn from(training: &Training) -> Self {
        Self { alignment: training.tolerance, gap: training.gap_tolerance, min_steps: training.min_steps }
    }
}

/// One layer in one window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Sum {
    alignment: f64,
    rows: f64,
    gap: Option<f64>,
}

impl Sum {
    /// Mean alignment, where it was defined, and gap.
    fn means(&self) -> [Option<f64>; 2] {
        [(self.rows > 0.0).then(|| self.alignment / self.rows), self.gap]
    }
}

/// Watches the rows of one seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stationarity {
    window: u64,
    tolerances: Tolerances,
    /// Columns of alignment and gap, for each layer; a gap that is not measured does not count.
    columns: Vec<(usize, Option<usize>)>,
    /// The window that the sums are of, by its place.
    current: u64,
    open: Vec<Sum>,
    closed: VecDeque<Vec<Sum>>,
}

impl Stationarity {
    /// For rows of these columns, in tumbling windows of `window` steps.
    #[must_use]
    pub fn new(tolerances: Tolerances, columns: &Columns, layers: &[usize], window: u64) -> Self {
        let of_layer = |layer: &usize| {
            Some((columns.index(&format!("signal_{layer}"))?, columns.index(&format!("stationarity_gap_{layer}"))))
        };
        let columns: Vec<_> = layers.iter().filter_map(of_layer).collect();
        let open = vec![Sum::default(); columns.len()];
        Self { window, tolerances, open, columns, current: 0, closed: VecDeque::new() }
    }

    /// As at the beginning, at step `step`.
    pub(super) fn beginning_at(self, step: u64) -> Self {
        Self { current: step / self.window, ..self }
    }

    /// Whether it is about windows of that length in rows of those columns.
    #[must_use]
    pub fn fits(&self, columns: &Columns, window: u64) -> bool {
        let (count, layers) = (columns.names().len(), self.columns.len());
        self.window == window
            && self.columns.iter().all(|(signal, gap)| *signal < count && gap.is_none_or(|gap| gap < count))
            && self.closed.iter().chain([&self.open]).all(|sums| sums.len() == layers)
    }

    /// Steps from `step` to the end of its window.
    #[must_use]
    pub fn steps_left(&self, step: u64) -> u64 {
        self.window - step % self.window
    }

    /// Takes a row in.
    pub fn push(&mut self, row: &Row) {
        self.close_up_to(row.step);
        for (sum, (signal, gap)) in self.open.iter_mut().zip(&self.columns) {
            if let Some(value) = row.values[*signal] {
                sum.alignment += f64::from(value);
                sum.rows += 1.0;
            }
            sum.gap = gap.and_then(|gap| row.values[gap]).map(f64::from).or(sum.gap);
        }
    }

    /// Closes the windows that end at a step or before it.
    fn close_up_to(&mut self, step: u64) {
        if step / self.window == self.current {
            return;
        }
        self.current = step / self.window;
        let sums = std::mem::replace(&mut self.open, vec![Sum::default(); self.columns.len()]);
        self.closed.push_back(sums);
        if self.closed.len() > 2 * WINDOWS {
            self.closed.pop_front();
        }
    }

    /// Whether the last windows are like those before, in every layer; `step` steps have been trained.
    ///
    /// A layer without alignment (collapsed) is steady when it has none on both sides.
    #[must_use]
    pub fn is_steady(&mut self, step: u64) -> bool {
        self.close_up_to(step);
        step.is_multiple_of(self.window)
            && (0..self.columns.len()).all(|layer| self.is_layer_steady(layer, step))
            && self.has_seen_enough(step)
    }

    /// Which of the layers were steady when the last window was closed; `step` steps have been trained.
    pub(super) fn steady_layers(&mut self, step: u64) -> Vec<bool> {
        self.close_up_to(step);
        (0..self.columns.len()).map(|layer| self.is_layer_steady(layer, step)).collect()
    }

    fn has_seen_enough(&self, step: u64) -> bool {
        step >= self.tolerances.min_steps && self.closed.len() >= 2 * WINDOWS
    }

    fn is_layer_steady(&self, layer: usize, step: u64) -> bool {
        if !self.has_seen_enough(step) {
            return false;
        }
        let Tolerances { alignment, gap, .. } = self.tolerances;
        let mean = |from: usize, value: usize| {
            let values = self.closed.range(from..from + WINDOWS).map(|window| window[layer].means()[value]);
            values.sum::<Option<f64>>().map(|sum| sum / WINDOWS as f64)
        };
        let is_level = |value: usize, most: fn(f64, f64, f64) -> f64, tolerance: f64| match [0, WINDOWS]
            .map(|from| mean(from, value))
        {
            [Some(before), Some(after)] => (before - after).abs() <= most(before, after, tolerance),
            [None, None] => true,
            _ => false,
        };
        is_level(0, |_, _, tolerance| tolerance, alignment)
            && is_level(1, |before, after, tolerance| tolerance * before.abs().max(after.abs()), gap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever is measured of a window, it is closed once.
    #[test]
    fn windows_close_where_they_end_however_often_they_are_measured() {
        let columns = Columns::new(vec!["signal_1".into(), "stationarity_gap_1".into()]);
        let tolerances = Tolerances { alignment: 0.01, gap: 0.1, min_steps: 0 };
        for every in [1, 2, 5, 10] {
            let mut rule = Stationarity::new(tolerances, &columns, &[1], 10);
            let stop = (0..1000).find(|&step| {
                if step % every == 0 {
                    // Level from step 40 on, far from it before.
                    let signal = if step < 40 { 0.1 * step as f32 } else { 0.5 };
                    let gap = (step % 10 + every >= 10).then_some(2.0);
                    rule.push(&Row { step, epoch: 0, seed: 0, values: vec![Some(signal), gap] });
                }
                (step + 1) % 10 == 0 && rule.is_steady(step + 1)
            });
            assert_eq!(stop, Some(139), "every {every}");
        }
    }

    #[test]
    fn a_level_curve_is_steady_and_a_rising_one_is_not() {
        let columns = Columns::new(vec!["signal_1".into(), "stationarity_gap_1".into()]);
        let tolerances = Tolerances { alignment: 0.01, gap: 0.1, min_steps: 150 };
        let stop_of = |slope: f32| {
            let mut rule = Stationarity::new(tolerances, &columns, &[1], 10);
            (0..1000).find(|&step| {
                let gap = (step % 10 == 9).then_some(1.0);
                let values = vec![Some(0.3 + slope * step as f32), gap];
                rule.push(&Row { step, epoch: 0, seed: 0, values });
                rule.is_steady(step + 1)
            })
        };
        // Ten windows are full after 100 steps, and 150 are asked for.
        assert_eq!(stop_of(0.0), Some(149));
        // Five windows of ten steps later the mean is 50 steps further: 0.05 at this slope.
        assert_eq!(stop_of(1e-3), None);
    }

    #[test]
    fn each_layer_rests_by_itself() {
        let columns = Columns::new(["signal_1", "signal_2", "stationarity_gap_1"].map(String::from).to_vec());
        let tolerances = Tolerances { alignment: 0.01, gap: 0.1, min_steps: 0 };
        let mut rule = Stationarity::new(tolerances, &columns, &[1, 2], 10);
        let mut rested = [None, None];
        for step in 0..400 {
            // The second layer moves until step 200, and its gap is not measured.
            let values = vec![Some(0.5), Some(0.001 * step.min(200) as f32), (step % 10 == 9).then_some(1.0)];
            rule.push(&Row { step, epoch: 0, seed: 0, values });
            for (since, rests) in rested.iter_mut().zip(rule.steady_layers(step + 1)) {
                *since = since.or(rests.then_some(step + 1));
            }
        }
        assert_eq!(rested[0], Some(100), "ten windows");
        // Fifty steps on, five windows that hardly move lie beside five that rest.
        assert!(rested[1].is_some_and(|step| (230..=300).contains(&step)), "{rested:?}");
        assert!(rule.is_steady(400));
    }
}
