//! Rows of a heatmap, one a neuron.

use crate::record::HeatMap;

/// Cosines of a neuron; empty where there is none.
#[must_use]
pub fn row(map: &HeatMap, neuron: usize) -> &[f32] {
    map.values.get(neuron * map.bins..(neuron + 1) * map.bins).unwrap_or(&[])
}

/// Mean of the defined values.
#[must_use]
pub fn mean(values: &[f32]) -> Option<f64> {
    let (sum, count) = values.iter().filter(|v| !v.is_nan()).fold((0.0, 0_u32), |(s, n), &v| (s + f64::from(v), n + 1));
    (count > 0).then(|| sum / f64::from(count))
}
