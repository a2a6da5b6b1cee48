//! The stop rule: whether the window means of alignment and stationarity gap have become steady.
//!
//! Only the cell's own rows decide, so that a cell stops at the same step wherever and however often it is trained.

use std::collections::VecDeque;

use crate::experiment::Sweep;
use crate::record::{Columns, Row};

/// Windows on either side of the comparison, as for running until converged in the window. Five average out what a
/// single window scatters.
pub const WINDOWS: usize = 5;

/// One layer in one window.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    alignment: f64,
    rows: f64,
    gap: Option<f64>,
}

/// Watches the rows of one cell.
pub struct Stationarity {
    window: u64,
    tolerance: f64,
    gap_tolerance: f64,
    min_steps: u64,
    /// Columns of alignment and gap, for each layer.
    columns: Vec<(usize, usize)>,
    open: Vec<Sum>,
    closed: VecDeque<Vec<(f64, f64)>>,
}

impl Stationarity {
    /// For rows of these columns, in tumbling windows of `window` steps.
    #[must_use]
    pub fn new(sweep: &Sweep, columns: &Columns, layers: &[usize], window: u64) -> Self {
        let of_layer = |layer: &usize| {
            Some((columns.index(&format!("signal_{layer}"))?, columns.index(&format!("stationarity_gap_{layer}"))?))
        };
        let columns: Vec<_> = layers.iter().filter_map(of_layer).collect();
        Self {
            window,
            tolerance: sweep.tolerance,
            gap_tolerance: sweep.gap_tolerance,
            min_steps: sweep.min_steps,
            open: vec![Sum::default(); columns.len()],
            columns,
            closed: VecDeque::new(),
        }
    }

    /// Steps from `step` to the end of its window.
    #[must_use]
    pub fn steps_left(&self, step: u64) -> u64 {
        self.window - step % self.window
    }

    /// Takes a row in.
    pub fn push(&mut self, row: &Row) {
        for (sum, (signal, gap)) in self.open.iter_mut().zip(&self.columns) {
            if let Some(value) = row.values[*signal] {
                sum.alignment += f64::from(value);
                sum.rows += 1.0;
            }
            sum.gap = row.values[*gap].map(f64::from).or(sum.gap);
        }
        if (row.step + 1).is_multiple_of(self.window) {
            let mean = |sum: &Sum| (sum.alignment / sum.rows, sum.gap.unwrap_or(f64::NAN));
            self.closed.push_back(self.open.iter().map(mean).collect());
            self.open.fill(Sum::default());
            if self.closed.len() > 2 * WINDOWS {
                self.closed.pop_front();
            }
        }
    }

    /// Whether the last windows are like those before, in every layer; `step` steps have been trained.
    ///
    /// A layer without alignment (collapsed) is steady when it has none on both sides.
    #[must_use]
    pub fn is_steady(&self, step: u64) -> bool {
        if step < self.min_steps || self.closed.len() < 2 * WINDOWS || !step.is_multiple_of(self.window) {
            return false;
        }
        (0..self.columns.len()).all(|layer| {
            let mean = |from: usize, pick: fn(&(f64, f64)) -> f64| {
                self.closed.range(from..from + WINDOWS).map(|window| pick(&window[layer])).sum::<f64>() / WINDOWS as f64
            };
            let [before, after] = [0, WINDOWS].map(|from| mean(from, |window| window.0));
            let [gap_before, gap_after] = [0, WINDOWS].map(|from| mean(from, |window| window.1));
            let largest = gap_before.abs().max(gap_after.abs());
            let is_level = |a: f64, b: f64, most: f64| (a - b).abs() <= most || (a.is_nan() && b.is_nan());
            is_level(before, after, self.tolerance) && is_level(gap_before, gap_after, self.gap_tolerance * largest)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_curve_is_steady_and_a_rising_one_is_not() {
        let columns = Columns::new(vec!["signal_1".into(), "stationarity_gap_1".into()]);
        let sweep = Sweep { tolerance: 0.01, gap_tolerance: 0.1, min_steps: 150, ..Sweep::default() };
        let stop_of = |slope: f32| {
            let mut rule = Stationarity::new(&sweep, &columns, &[1], 10);
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
}
