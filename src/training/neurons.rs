//! From the sums of single rows to the cosines and forces of single neurons.

use crate::backend::cpu::Measurement;
use crate::program::Program;
use crate::program::measure::{FORCE_VALUES, FORCES, ROW_VALUES, cosine};
use crate::record::NeuronRows;

/// Room for one measured step of all neurons, used again and again.
#[derive(Debug, Default)]
pub(super) struct NeuronBuffer {
    signal: Vec<f32>,
    full: Vec<f32>,
    forces: Vec<[f32; 4]>,
}

impl NeuronBuffer {
    /// The neurons of a measurement; `None` where it carries no rows.
    pub(super) fn fill(&mut self, program: &Program, m: &Measurement<'_, f32>) -> Option<NeuronRows<'_>> {
        if m.rows.is_empty() {
            return None;
        }
        self.signal.clear();
        self.full.clear();
        self.forces.clear();
        let full_update = program.metrics.layers.first().is_some_and(|layer| layer.full_update);
        let narrow = |value: Option<f64>| value.map_or(f32::NAN, |v| v as f32);
        for sums in m.rows.chunks_exact(ROW_VALUES) {
            // The exponents of the operands drop out of their cosines.
            let [gg, hh, gh, uu, uh] = std::array::from_fn(|i| f64::from(sums[i]));
            self.signal.push(narrow(cosine(gg, hh, gh)));
            self.full.push(if full_update { narrow(cosine(uu, hh, uh)) } else { f32::NAN });
        }
        let doubled = |row: &[f32]| {
            let raise = 2f64.powi(row[FORCES] as i32);
            let force = |place: usize, factor: f64| (factor * f64::from(row[place]) * raise) as f32;
            [force(0, 2.0), force(1, 2.0), force(2, 2.0), force(3, 1.0)]
        };
        self.forces.extend(m.forces.chunks_exact(FORCE_VALUES).map(doubled));
        let forces = (!self.forces.is_empty()).then_some(&self.forces[..]);
        Some(NeuronRows { signal: &self.signal, full: &self.full, forces })
    }
}

/// Measured layers, counted from 1, in the order of the rows of a measurement, and their neurons.
pub(super) fn layers(program: &Program) -> Vec<(usize, usize)> {
    program.layers.iter().filter(|l| l.row_sums.is_some()).map(|l| (l.layer, l.weights.rows)).collect()
}
