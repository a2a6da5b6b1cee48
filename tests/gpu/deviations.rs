//! How far what a device measures is from what the CPU does, number by number.

use std::collections::BTreeMap;

use hebbscope::backend::cpu::{CpuExecutor, Measurement};
use hebbscope::program::Program;
use hebbscope::program::measure::{FORCE_VALUES, FORCES, LayerMetrics, ROW_SUMS, ROW_VALUES};

/// All that was measured in one step of one replica.
pub struct Measured {
    pub step: u64,
    pub replica: usize,
    pub closes_window: bool,
    pub metrics: Vec<f64>,
    pub rows: Vec<f64>,
    pub forces: Vec<f64>,
}

pub fn measured(executor: &CpuExecutor<f32>) -> Vec<Measured> {
    let mut all = Vec::new();
    // The exponents behind a row's numbers taken up.
    let raised = |value: f32, exponent: f32| f64::from(value) * 2f64.powi(exponent as i32);
    let sums = |row: &[f32]| {
        let [g, h, u, w] = [9, 10, 11, 12].map(|at| row[at]);
        let exponents = [g + g, h + h, g + h, u + u, u + h, w + w, w + g, w + u, w + h];
        exponents.into_iter().enumerate().map(|(at, exponent)| raised(row[at], exponent)).collect::<Vec<_>>()
    };
    let parts = |row: &[f32]| (0..FORCES).map(|at| raised(row[at], row[FORCES])).collect::<Vec<_>>();
    executor.for_each_measurement(|m| {
        let rows = m.rows.chunks_exact(ROW_VALUES).flat_map(sums).collect();
        let forces = m.forces.chunks_exact(FORCE_VALUES).flat_map(parts).collect();
        let Measurement { step, replica, closes_window, .. } = m;
        all.push(Measured { step, replica, closes_window, metrics: m.metrics.to_vec(), rows, forces });
    });
    all
}

/// What a deviation of each of the sums of [`ROW_SUMS`] is measured by: the length of the vectors that it is a product of.
fn scales_of_row(sums: &[f64]) -> [f64; ROW_SUMS] {
    let [g, h, u, w] = [0, 1, 3, 5].map(|at| sums[at].sqrt());
    [g * g, h * h, g * h, u * u, u * h, w * w, w * g, w * u, w * h]
}

/// The same of [`FORCES`], from the sums of the row: parts of either sign make up <W,u> and |u + eps|^2.
fn scales_of_forces(forces: &[f64], sums: &[f64]) -> [f64; FORCES] {
    let parts = forces.iter().fold(0.0_f64, |most, part| most.max(part.abs()));
    [parts + (sums[5] * sums[3]).sqrt(); FORCES]
}

/// A number among the metrics: what it is of, its place, and what its deviation is measured by.
struct Place {
    of: &'static str,
    at: usize,
    scale: f64,
}

/// Every number that is measured of a layer, beside those of the loss.
fn places(layer: &LayerMetrics, m: &Measured) -> Vec<Place> {
    let of = |of, first: usize, scales: &[f64]| {
        scales.iter().enumerate().map(|(i, &scale)| Place { of, at: first + i, scale }).collect::<Vec<_>>()
    };
    let sums = &m.metrics[layer.totals..layer.totals + ROW_SUMS];
    let mut places = of("totals", layer.totals, &scales_of_row(sums));
    if let (Some(forces), Some(change)) = (layer.forces, layer.norm_change) {
        let scales = scales_of_forces(&m.metrics[forces..forces + FORCES], sums);
        places.extend(of("forces", forces, &scales));
        places.extend(of("norm changes", change, &[2.0 * scales[0]; 2]));
    }
    if let Some(at) = layer.sign {
        // Numbers of elements that are not 0, and agreements less disagreements among them.
        let [g, h, _, u, _] = std::array::from_fn(|i| m.metrics[at + i]);
        places.extend(of("signs", at, &[g, h, g.max(h), u, u.max(h)]));
    }
    if let Some(at) = layer.per_example {
        // A sum of cosines and their number; and C(W), whose parts are of either sign and some times its size.
        let [_, count, product] = std::array::from_fn(|i| m.metrics[at + i]);
        places.extend(of("per example", at, &[count, count, product.abs().max((sums[0] * sums[1]).sqrt())]));
    }
    if let Some(at) = layer.window.filter(|_| m.closes_window) {
        let [gap, g, h, _] = std::array::from_fn(|i| m.metrics[at + i]);
        places.extend(of("window", at, &[gap.max(g), g, h, (g * h).sqrt()]));
    }
    for (name, at) in [
        ("supervised gradient", layer.loss_gradient),
        ("supervised gradient and H", layer.gradient_hebbian),
        ("post-activations", layer.post_activation),
    ] {
        if let Some(at) = at {
            let [a, b] = [m.metrics[at], m.metrics[at + 1]];
            places.extend(of(name, at, &[a, b, (a * b).sqrt()]));
        }
    }
    places
}

/// Size below which a parameter or state is not told from 0: a sum of numbers of order 1 is that far off.
const LEAST: f32 = 1e-4;

/// Largest deviations over a run.
#[derive(Debug, Default)]
pub struct Deviations {
    /// Of the loss, relative to it.
    pub loss: f64,
    /// Of a cosine.
    pub cosine: f64,
    /// Of any other number, by what it is of, each relative to its scale.
    pub numbers: BTreeMap<&'static str, f64>,
    /// Of the validation loss.
    pub validation: f64,
    /// Of each parameter and state at the end, by its name, relative to the largest of its elements.
    pub states: BTreeMap<String, f64>,
}

impl Deviations {
    fn note(&mut self, of: &'static str, [expected, found]: [f64; 2], scale: f64) {
        assert!(found.is_finite(), "{of}: {found}, and {expected} on the CPU");
        let most = self.numbers.entry(of).or_insert(0.0);
        // Without a scale both are 0.
        *most = most.max((expected - found).abs() / scale.max(f64::from(f32::MIN_POSITIVE)));
    }

    /// Takes in all that both executors have measured since they last advanced.
    pub fn take_all(&mut self, expected: &CpuExecutor<f32>, found: &CpuExecutor<f32>) {
        let (all, others) = (measured(expected), measured(found));
        assert_eq!(all.len(), others.len());
        assert!(!all.is_empty(), "something is measured");
        for (one, other) in all.iter().zip(&others) {
            self.take(expected.program(), one, other);
        }
    }

    /// Takes in what both executors' replicas hold.
    pub fn take_states(&mut self, expected: &CpuExecutor<f32>, found: &CpuExecutor<f32>) {
        let program = expected.program();
        for (one, other) in expected.replicas().iter().zip(found.replicas()) {
            let (one, other) = (one.state(program), other.state(program));
            for ((name, .., values), (.., others)) in one.arrays(program).zip(other.arrays(program)) {
                let largest = values.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
                let apart = values.iter().zip(others).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
                assert!(others.iter().all(|value| value.is_finite()), "{name} is not finite");
                // What is 0 but for its last digits has no size to measure by.
                let relative = f64::from(apart) / f64::from(largest.max(LEAST));
                let most = self.states.entry(name.to_owned()).or_insert(0.0);
                *most = most.max(relative);
            }
        }
    }

    fn take(&mut self, program: &Program, expected: &Measured, found: &Measured) {
        assert_eq!((expected.step, expected.replica), (found.step, found.replica));
        assert_eq!(expected.closes_window, found.closes_window);
        for layer in &program.metrics.layers {
            for Place { of, at, scale } in places(layer, expected) {
                self.note(of, [expected.metrics[at], found.metrics[at]], scale);
            }
        }
        assert_eq!((expected.rows.len(), expected.forces.len()), (found.rows.len(), found.forces.len()));
        let rows = expected.rows.chunks_exact(ROW_SUMS).zip(found.rows.chunks_exact(ROW_SUMS));
        let mut forces = expected.forces.chunks_exact(FORCES).zip(found.forces.chunks_exact(FORCES));
        for (row, other) in rows {
            for ((a, b), scale) in row.iter().zip(other).zip(scales_of_row(row)) {
                self.note("rows", [*a, *b], scale);
            }
            if let Some((own, other)) = forces.next() {
                for ((a, b), scale) in own.iter().zip(other).zip(scales_of_forces(own, row)) {
                    self.note("forces of rows", [*a, *b], scale);
                }
            }
        }
        assert!(forces.next().is_none(), "forces of every row, or of none");
    }

    /// Whether every number but the loss, the cosines and the validation is near enough, and those of `wanted` are among
    /// them; `allowed` is relative to each number's scale.
    #[track_caller]
    pub fn check(&self, name: &str, wanted: &[&str], allowed: f64) {
        let missing: Vec<_> = wanted.iter().filter(|of| !self.numbers.contains_key(**of)).collect();
        assert!(missing.is_empty(), "{name}: {missing:?} were not measured");
        for (of, deviation) in &self.numbers {
            // An element near 0 may have either sign.
            let allowed = if *of == "signs" { 10.0 * allowed } else { allowed };
            assert!(*deviation < allowed, "{name}: {of}: {deviation:.1e}");
        }
    }
}
