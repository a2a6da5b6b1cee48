//! From operations that measure to dispatches of kernels.

use super::kernel::Plain;
use super::lower::{Dispatch, Lowering, slot};
use super::params;
use crate::program::measure::{FORCES, ROW_SUMS};
use crate::program::{Op, Slot, View};

impl Lowering<'_> {
    /// Totals of single rows' sums: [`ROW_SUMS`] or [`FORCES`] columns, behind which each row has its exponents.
    pub(super) fn totals(&mut self, x: View, metric: usize, columns: usize) -> Dispatch {
        let kind = u32::from(columns == FORCES);
        let params = params::RowTotals { x: self.view(x), metric: metric as u32, kind, pad: [0; 2] };
        self.plain(Plain::RowTotals, &params, columns as u32)
    }

    /// Measurement.
    pub(super) fn measurement(&mut self, op: &Op) -> Vec<Dispatch> {
        match op {
            Op::RowSums { signal, hebbian, update, weights, sums, metrics } => {
                let params = params::RowSums {
                    signal: self.view(*signal),
                    hebbian: self.view(*hebbian),
                    update: self.optional(*update),
                    weights: self.view(*weights),
                    sums: self.view(*sums),
                };
                let rows = self.plain(Plain::RowSums, &params, signal.rows as u32);
                vec![rows, self.totals(*sums, *metrics, ROW_SUMS)]
            }
            Op::Forces {
                row_sums,
                weights,
                signal,
                update,
                decay_share,
                rates,
                noise,
                forces,
                metrics,
                noise_change,
            } => {
                let params = params::Forces {
                    row_sums: self.view(*row_sums),
                    weights: self.view(*weights),
                    signal: self.view(*signal),
                    update: self.view(*update),
                    decay_share: self.optional(*decay_share),
                    noise: self.view(noise.noise),
                    clean: self.optional(noise.clean),
                    forces: self.view(*forces),
                    learning_rate: slot(Some(Slot::LearningRate)),
                    noise_sd: slot(Some(noise.sd)),
                    rate: slot(rates.map(|rates| rates[0])),
                    l1: slot(rates.map(|rates| rates[1])),
                    noise_change: *noise_change as u32,
                    pad: [0; 3],
                };
                let rows = self.plain(Plain::Forces, &params, weights.rows as u32);
                vec![rows, self.totals(*forces, *metrics, FORCES)]
            }
            Op::SignSums { signal, hebbian, update, metrics } => {
                let params = params::SignSums {
                    signal: self.view(*signal),
                    hebbian: self.view(*hebbian),
                    update: self.optional(*update),
                    metric: *metrics as u32,
                    pad: [0; 3],
                };
                vec![self.plain(Plain::SignSums, &params, 1)]
            }
            Op::PerExampleSums { delta, pre_activation, input, power, metrics } => {
                let params = params::PerExampleSums {
                    delta: self.view(*delta),
                    pre_activation: self.view(*pre_activation),
                    inputs: self.view(*input),
                    power: self.optional(*power),
                    metric: *metrics as u32,
                    pad: [0; 3],
                };
                vec![self.plain(Plain::PerExampleSums, &params, 1)]
            }
            Op::PairSums { a, b, metrics } => {
                let params =
                    params::PairSums { x: self.view(*a), y: self.view(*b), metric: *metrics as u32, pad: [0; 3] };
                vec![self.plain(Plain::PairSums, &params, 1)]
            }
            Op::CloseWindow { signal, hebbian, weights, diagonal, rate, metrics } => {
                let params = params::CloseWindow {
                    signal: self.view(*signal),
                    hebbian: self.view(*hebbian),
                    weights: self.view(*weights),
                    diagonal: self.optional(*diagonal),
                    rate: slot(Some(*rate)),
                    metric: *metrics as u32,
                    pad: [0; 2],
                };
                vec![self.plain(Plain::CloseWindow, &params, 1)]
            }
            _ => unreachable!("only measurements are lowered here"),
        }
    }
}
