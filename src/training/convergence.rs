//! Whether a run has come to rest: alignments and loss no longer change from windows to windows.

use std::collections::VecDeque;

use crate::record::{Columns, Row};

/// Windows (`measure.window` steps each) on either side of the comparison; chosen here. Five average out what a single
/// window scatters.
pub const WINDOWS: usize = 5;

/// Largest difference of a layer's mean alignment (a cosine). Chosen here: half of the last digit that Table 1 prints.
pub const ALIGNMENT_TOLERANCE: f64 = 0.005;

/// Largest relative difference of the mean training loss. Chosen here: at a fifth of a percent a window, a loss curve
/// looks level.
pub const LOSS_TOLERANCE: f64 = 0.02;

/// Mean of the defined values of one column.
#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    sum: f64,
    count: f64,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1.0;
    }

    fn value(self) -> Option<f64> {
        (self.count > 0.0).then(|| self.sum / self.count)
    }
}

/// Watches the windows that begin after it.
pub(super) struct Convergence {
    /// Steps of a window; windows begin at its multiples.
    window: u64,
    from: u64,
    /// The training loss, then the alignment of every measured layer.
    columns: Vec<usize>,
    open: Vec<Mean>,
    closed: VecDeque<Vec<Mean>>,
}

impl Convergence {
    /// From step `step` on.
    pub(super) fn new(columns: &Columns, window: u64, step: u64) -> Self {
        let layers = columns.alignments().map(|(_, place)| place);
        let columns: Vec<usize> = columns.index("train_loss").into_iter().chain(layers).collect();
        let open = vec![Mean::default(); columns.len()];
        Self { window, from: step.next_multiple_of(window), columns, open, closed: VecDeque::new() }
    }

    /// Steps until the next window's end.
    pub(super) fn steps_left(&self, step: u64) -> u64 {
        self.window - step % self.window
    }

    pub(super) fn push(&mut self, row: &Row) {
        if row.step < self.from {
            return;
        }
        for (mean, &column) in self.open.iter_mut().zip(&self.columns) {
            if let Some(value) = row.values.get(column).copied().flatten().filter(|value| value.is_finite()) {
                mean.add(value.into());
            }
        }
    }

    /// To be asked after the rows before `step` have been pushed; true once the run has come to rest. A window without
    /// rows does not count.
    pub(super) fn is_reached(&mut self, step: u64) -> bool {
        let is_empty = self.open.first().is_none_or(|loss| loss.count == 0.0);
        if !step.is_multiple_of(self.window) || is_empty {
            return false;
        }
        let fresh = vec![Mean::default(); self.columns.len()];
        self.closed.push_back(std::mem::replace(&mut self.open, fresh));
        if self.closed.len() > 2 * WINDOWS {
            self.closed.pop_front();
        }
        self.closed.len() == 2 * WINDOWS && (0..self.columns.len()).all(|place| self.rests(place))
    }

    fn rests(&self, place: usize) -> bool {
        let mean = |windows: &mut dyn Iterator<Item = &Vec<Mean>>| {
            let mut whole = Mean::default();
            for window in windows {
                whole.sum += window[place].sum;
                whole.count += window[place].count;
            }
            whole.value()
        };
        let before = mean(&mut self.closed.iter().take(WINDOWS));
        let now = mean(&mut self.closed.iter().skip(WINDOWS));
        match (before, now) {
            (Some(before), Some(now)) if place == 0 => (now - before).abs() <= LOSS_TOLERANCE * before.abs(),
            (Some(before), Some(now)) => (now - before).abs() < ALIGNMENT_TOLERANCE,
            // A layer that has collapsed, or has no alignment, rests.
            (None, None) => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Step at which a run of these losses and alignments comes to rest, windows being 4 steps.
    fn rests_at(from: u64, values: impl Fn(u64) -> [Option<f32>; 2]) -> Option<u64> {
        let columns = Columns::new(vec!["train_loss".into(), "signal_1".into(), "signal_norm_1".into()]);
        let mut watch = Convergence::new(&columns, 4, from);
        (from..400).find_map(|step| {
            // The norm never rests, and does not matter.
            let values = values(step).into_iter().chain([Some(step as f32)]).collect();
            watch.push(&Row { step, epoch: 0, seed: 0, values });
            watch.is_reached(step + 1).then_some(step + 1)
        })
    }

    #[test]
    fn a_level_run_rests_after_ten_whole_windows() {
        assert_eq!(rests_at(0, |_| [Some(1.0), Some(0.5)]), Some(40));
        // A window that had begun before does not count.
        assert_eq!(rests_at(3, |_| [Some(1.0), Some(0.5)]), Some(44));
        assert_eq!(rests_at(0, |_| [Some(1.0), None]), Some(40));
    }

    #[test]
    fn each_of_loss_and_alignment_must_rest() {
        // Over 20 steps the loss falls by 4 percent until step 200, and the alignment rises by 0.01 until step 300.
        let loss = |step: u64| (-0.002 * step.min(200) as f32).exp();
        let alignment = |step: u64| 0.0005 * step.min(300) as f32;
        let by_loss = rests_at(0, |step| [Some(loss(step)), Some(0.5)]).expect("rests");
        let by_alignment = rests_at(0, |step| [Some(1.0), Some(alignment(step))]).expect("rests");
        assert!((204..=232).contains(&by_loss), "{by_loss}");
        assert!((304..=332).contains(&by_alignment), "{by_alignment}");
        assert_eq!(rests_at(0, |step| [Some(loss(step)), Some(alignment(step))]), Some(by_alignment));
    }
}
