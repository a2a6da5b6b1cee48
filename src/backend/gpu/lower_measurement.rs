//! From operations that measure to dispatches of kernels.

use super::kernel::Plain;
use super::lower::{Dispatch, Lowering, slot};
use super::params::{self, Keep, NONE};
use super::reduction::{Reduction, Segments};
use crate::program::measure::{FORCES, PAIR_SUMS, PER_EXAMPLE_SUMS, ROW_SUMS, SIGN_SUMS, WINDOW_SUMS};
use crate::program::{Op, Slot, View};

impl Lowering<'_> {
    /// Totals of single rows' sums: [`ROW_SUMS`] or [`FORCES`] columns, behind which each row has its exponents.
    pub(super) fn totals(&mut self, x: View, metric: usize, columns: usize) -> Dispatch {
        let kind = u32::from(columns == FORCES);
        self.add_rows(self.view(x), columns, kind, Keep::Metric, metric as u32, NONE)
    }

    /// Measurement.
    pub(super) fn measurement(&mut self, op: &Op, unless_zero: u32) -> Vec<Dispatch> {
        match op {
            Op::RowSums { signal, hebbian, update, weights, sums, metrics } => {
                let segments = Segments::of(signal.columns);
                let params = params::RowSums {
                    signal: self.view(*signal),
                    hebbian: self.view(*hebbian),
                    update: self.optional(*update),
                    weights: self.view(*weights),
                    sums: self.view(*sums),
                    lanes: segments.lanes,
                    pad: [0; 3],
                };
                let rows = self.plain(Plain::RowSums, &params, segments.groups(signal.rows));
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
                let segments = Segments::of(weights.columns);
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
                    lanes: segments.lanes,
                    pad: [0; 2],
                };
                let rows = self.plain(Plain::Forces, &params, segments.groups(weights.rows));
                vec![rows, self.totals(*forces, *metrics, FORCES)]
            }
            Op::SignSums { signal, hebbian, update, metrics } => {
                let of = Reduction::of_elements(Plain::SignSums, *signal, SIGN_SUMS, *metrics, unless_zero);
                let [signal, hebbian] = [signal, hebbian].map(|view| self.view(*view));
                let update = self.optional(*update);
                self.sums(&of, |sums| params::SignSums { signal, hebbian, update, sums, unless_zero, pad: [0; 3] })
            }
            Op::PerExampleSums { delta, pre_activation, input, power, metrics } => {
                let of = Reduction::of_rows(Plain::PerExampleSums, *delta, PER_EXAMPLE_SUMS, *metrics, unless_zero);
                let [delta, pre_activation, inputs] = [delta, pre_activation, input].map(|view| self.view(*view));
                let power = self.optional(*power);
                self.sums(&of, |sums| params::PerExampleSums {
                    delta,
                    pre_activation,
                    inputs,
                    power,
                    sums,
                    unless_zero,
                    pad: [0; 3],
                })
            }
            Op::PairSums { a, b, metrics } => {
                let of = Reduction::of_elements(Plain::PairSums, *a, PAIR_SUMS, *metrics, unless_zero);
                let [x, y] = [a, b].map(|view| self.view(*view));
                self.sums(&of, |sums| params::PairSums { x, y, sums, unless_zero, pad: [0; 3] })
            }
            Op::CloseWindow { signal, hebbian, weights, diagonal, rate, metrics } => {
                let of = Reduction::of_elements(Plain::CloseWindow, *signal, WINDOW_SUMS, *metrics, unless_zero);
                let [signal, hebbian, weights] = [signal, hebbian, weights].map(|view| self.view(*view));
                let (diagonal, rate) = (self.optional(*diagonal), slot(Some(*rate)));
                self.sums(&of, |sums| params::CloseWindow {
                    signal,
                    hebbian,
                    weights,
                    diagonal,
                    sums,
                    rate,
                    unless_zero,
                    pad: [0; 2],
                })
            }
            _ => unreachable!("only measurements are lowered here"),
        }
    }
}
