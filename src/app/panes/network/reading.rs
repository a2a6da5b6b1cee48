//! What is read out of the matrices of a step: cosines of neurons, and the strongest connections.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use super::anatomy::{Anatomy, Link};
use crate::record::{Connection, LayerSnapshot, NetworkColumn, NetworkDrawing, NeuronReading};
use crate::training::Moment;

/// Most connections that are drawn altogether, and of one map where there are few maps.
pub const MOST: usize = 1_200;
const MOST_OF_A_MAP: usize = 200;
/// Most connections of a picked neuron to each side.
pub const MOST_OF_A_NEURON: usize = 160;

/// A step as it is drawn.
pub struct Reading {
    /// The step, whose matrices are lent on.
    pub moment: Arc<Moment>,
    /// What pushes the weights.
    pub quantity: NeuronReading,
    /// Columns and what connects them.
    pub anatomy: Anatomy,
    /// What is drawn while no neuron is picked.
    pub drawing: NetworkDrawing,
    /// Of each link.
    scales: Vec<Scale>,
}

/// What makes the connections of a map comparable.
#[derive(Clone, Copy, Debug, Default)]
struct Scale {
    /// One over the product of the root mean squares of push and Hebbian update; NaN where one is zero.
    agreement: f64,
    /// Largest |weight|, or root mean square of a group of them.
    weight: f32,
}

/// Names and symbol of what pushes the weights.
#[must_use]
pub fn names(quantity: NeuronReading) -> (&'static str, &'static str) {
    match quantity {
        NeuronReading::Signal => ("learning signal", "g"),
        NeuronReading::Full => ("full update", "ΔW"),
    }
}

impl Reading {
    /// Reads a step.
    #[must_use]
    pub fn new(moment: &Arc<Moment>, quantity: NeuronReading) -> Self {
        let layers = moment.snapshot.seeds.first().map_or(&[][..], |seed| &seed.layers);
        let numbers: Vec<usize> = layers.iter().map(|layer| layer.layer).collect();
        let anatomy = Anatomy::new(&moment.experiment, &numbers);
        let (name, symbol) = names(quantity);
        let mut drawing =
            NetworkDrawing { quantity: name.to_owned(), symbol: symbol.to_owned(), ..NetworkDrawing::default() };
        let mut sums = vec![[0.0; 3]; layers.len()];
        for column in &anatomy.columns {
            let mut drawn = NetworkColumn {
                title: column.title.clone(),
                unit: column.unit.to_owned(),
                units: column.units,
                ..NetworkColumn::default()
            };
            if let Some((place, layer)) = column.place.and_then(|place| Some((place, layers.get(place)?))) {
                let (cosines, whole) = cosines(layer, quantity);
                sums[place] = whole;
                (drawn.cosines, drawn.cosine) = (Some(cosines), cosine(whole));
            }
            drawing.columns.push(drawn);
        }
        let most = (MOST / anatomy.links.len().max(1)).clamp(1, MOST_OF_A_MAP);
        let mut scales = Vec::new();
        for link in &anatomy.links {
            let layer = &layers[link.place];
            let count = layer.weights.len() as f64;
            let [aa, bb, _] = sums[link.place];
            let product = (aa / count).sqrt() * (bb / count).sqrt();
            let mut scale = Scale { agreement: if product > 0.0 { product.recip() } else { f64::NAN }, weight: 0.0 };
            let found = strongest(layer, link.group, most);
            scale.weight = found.first().map_or(0.0, |found| found.0);
            let lines = found.iter().map(|&(_, post, pre)| connection(layer, quantity, link, scale, (post, pre)));
            drawing.connections.extend(lines);
            drawing.all_connections += (layer.weights.len() / link.group) as u64;
            scales.push(scale);
        }
        drawing.connections.sort_by(|a, b| weakness(a).total_cmp(&weakness(b)));
        Self { moment: Arc::clone(moment), quantity, anatomy, drawing, scales }
    }

    /// What is drawn while a neuron, by its layer and number, is picked: its strongest connections alone. `None` where it is not in the
    /// drawing.
    #[must_use]
    pub fn of_neuron(&self, layer: usize, neuron: usize) -> Option<NetworkDrawing> {
        let column = self.anatomy.columns.iter().position(|column| column.layer == Some(layer))?;
        (neuron < self.anatomy.columns[column].units).then_some(())?;
        let layers = &self.moment.snapshot.seeds.first()?.layers;
        let mut connections = Vec::new();
        for (link, scale) in self.anatomy.links.iter().zip(&self.scales) {
            let layer = &layers[link.place];
            let units = (layer.weights.nrows(), layer.weights.ncols() / link.group);
            let ends: Vec<(usize, usize)> = if link.to == column {
                (0..units.1).map(|pre| (neuron, pre)).collect()
            } else if link.from == column {
                (0..units.0).map(|post| (post, neuron)).collect()
            } else {
                continue;
            };
            let lines = ends.into_iter().map(|ends| connection(layer, self.quantity, link, *scale, ends));
            let mut lines: Vec<Connection> =
                lines.filter(|line| line.weight != 0.0 && line.weight.is_finite()).collect();
            lines.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
            lines.truncate(MOST_OF_A_NEURON);
            connections.extend(lines);
        }
        connections.sort_by(|a, b| weakness(a).total_cmp(&weakness(b)));
        Some(NetworkDrawing { connections, picked: Some((column, neuron)), ..self.drawing.clone() })
    }

    /// The layer, counted from 1, and whether it is measured, of a column.
    #[must_use]
    pub fn layer_of(&self, column: usize) -> Option<usize> {
        self.anatomy.columns.get(column)?.layer
    }
}

/// What is drawn first, as it says least.
fn weakness(line: &Connection) -> f32 {
    if line.agreement.is_nan() { -1.0 } else { line.agreement.abs().min(1.0) * (0.3 + line.share) }
}

fn pushes(layer: &LayerSnapshot, quantity: NeuronReading) -> &ndarray::Array2<f32> {
    match quantity {
        NeuronReading::Signal => &layer.signal,
        NeuronReading::Full => &layer.full_update,
    }
}

/// The cosine of each row (eq. 10 of one post-synaptic neuron), and over the whole matrix <a,a>, <b,b> and <a,b>.
fn cosines(layer: &LayerSnapshot, quantity: NeuronReading) -> (Vec<f32>, [f64; 3]) {
    let mut whole = [0.0; 3];
    let rows = pushes(layer, quantity).rows().into_iter().zip(layer.hebbian.rows());
    let cosines = rows.map(|(a, b)| {
        let sums = a.iter().zip(b).fold([0.0; 3], |[aa, bb, ab], (&a, &b)| {
            let (a, b) = (f64::from(a), f64::from(b));
            [aa + a * a, bb + b * b, ab + a * b]
        });
        whole = std::array::from_fn(|i| whole[i] + sums[i]);
        cosine(sums).map_or(f32::NAN, |cosine| cosine as f32)
    });
    (cosines.collect(), whole)
}

/// `None` where a vector is zero or not finite, as in the metrics.
fn cosine([aa, bb, ab]: [f64; 3]) -> Option<f64> {
    let norms = aa.sqrt() * bb.sqrt();
    (norms > 0.0 && norms.is_finite() && ab.is_finite()).then(|| (ab / norms).clamp(-1.0, 1.0))
}

/// Magnitude, post-synaptic and pre-synaptic unit of the strongest connections, the strongest first. What does not exist, being
/// masked, is exactly zero, and never among them.
fn strongest(layer: &LayerSnapshot, group: usize, most: usize) -> Vec<(f32, usize, usize)> {
    // Of positive numbers the bits are ordered as the numbers are.
    let mut heap: BinaryHeap<Reverse<(u32, usize, usize)>> = BinaryHeap::with_capacity(most + 1);
    let mut least = 0.0_f32;
    let mut offer = |magnitude: f32, post: usize, pre: usize| {
        if magnitude > least && magnitude.is_finite() {
            if heap.len() == most {
                heap.pop();
            }
            heap.push(Reverse((magnitude.to_bits(), post, pre)));
            if heap.len() == most {
                least = heap.peek().map_or(0.0, |Reverse((bits, ..))| f32::from_bits(*bits));
            }
        }
    };
    for (post, row) in layer.weights.rows().into_iter().enumerate() {
        if group == 1 {
            row.iter().enumerate().for_each(|(pre, weight)| offer(weight.abs(), post, pre));
        } else {
            for pre in 0..row.len() / group {
                offer(root_mean_square(row.iter().skip(pre * group).take(group)), post, pre);
            }
        }
    }
    let mut found: Vec<_> =
        heap.into_iter().map(|Reverse((bits, post, pre))| (f32::from_bits(bits), post, pre)).collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    found
}

fn root_mean_square<'a>(values: impl ExactSizeIterator<Item = &'a f32>) -> f32 {
    let count = values.len().max(1) as f64;
    (values.map(|value| f64::from(*value).powi(2)).sum::<f64>() / count).sqrt() as f32
}

/// All that is known of a connection.
fn connection(
    layer: &LayerSnapshot,
    quantity: NeuronReading,
    link: &Link,
    scale: Scale,
    (post, pre): (usize, usize),
) -> Connection {
    let push = pushes(layer, quantity);
    let columns = pre * link.group..(pre + 1) * link.group;
    let mean = |value: &dyn Fn(usize) -> f64| columns.clone().map(value).sum::<f64>() / link.group as f64;
    let weight = if link.group == 1 {
        layer.weights[(post, pre)]
    } else {
        mean(&|column| f64::from(layer.weights[(post, column)]).powi(2)).sqrt() as f32
    };
    let product = mean(&|column| f64::from(push[(post, column)]) * f64::from(layer.hebbian[(post, column)]));
    Connection {
        from: (link.from, pre),
        to: (link.to, post),
        weight,
        share: if scale.weight > 0.0 { (weight.abs() / scale.weight).min(1.0) } else { 0.0 },
        push: mean(&|column| f64::from(push[(post, column)])) as f32,
        hebbian: mean(&|column| f64::from(layer.hebbian[(post, column)])) as f32,
        agreement: (product * scale.agreement) as f32,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::experiment::{Experiment, resolve};
    use crate::record::{SeedSnapshot, Snapshot};
    use crate::training::Branch;
    use ndarray::Array2;

    /// A step of a network of these widths, whose matrices are made of small whole numbers.
    pub(in super::super) fn moment(sizes: &[usize], sparsity: bool) -> Arc<Moment> {
        let hidden = format!("model.hidden={:?}", &sizes[1..sizes.len() - 1]);
        let data = [format!("data.input_size={}", sizes[0]), format!("data.output_size={}", sizes[sizes.len() - 1])];
        let experiment: Experiment =
            resolve("sre", &[vec![hidden], data.to_vec()].concat()).expect("the preset takes these widths");
        let value = |seed: usize, i: usize, j: usize| (((i * 7 + j * 13 + seed * 5) * 31) % 41) as f32 - 20.0;
        let layers = sizes.windows(2).enumerate().map(|(place, pair)| {
            let matrix = |seed: usize| Array2::from_shape_fn((pair[1], pair[0]), |(i, j)| value(seed + place, i, j));
            let mask = |(i, j): (usize, usize), value: f32| if sparsity && (i + j) % 3 == 0 { 0.0 } else { value };
            let weights = Array2::from_shape_fn((pair[1], pair[0]), |at| mask(at, 0.01 * value(place, at.0, at.1)));
            LayerSnapshot {
                layer: place + 1,
                weights,
                bias: None,
                signal: matrix(3),
                hebbian: matrix(8),
                full_update: matrix(4),
            }
        });
        let seeds = vec![SeedSnapshot { seed: 5, layers: layers.collect() }];
        let snapshot = Arc::new(Snapshot { step: 7, config: String::new(), seeds });
        let noise = vec![None; sizes.len() - 1];
        Arc::new(Moment {
            step: 7,
            seed: 5,
            branch: Branch::A,
            is_live: true,
            experiment: Arc::new(experiment),
            snapshot,
            noise,
        })
    }

    #[test]
    fn no_more_connections_than_the_bound_and_the_strongest_of_them() {
        let reading = Reading::new(&moment(&[64, 200, 100, 30], false), NeuronReading::Signal);
        let lines = &reading.drawing.connections;
        assert_eq!(lines.len(), 3 * MOST_OF_A_MAP);
        for column in 0..3 {
            let of_map = lines.iter().filter(|line| line.from.0 == column);
            let weakest = of_map.map(|line| line.weight.abs()).fold(f32::MAX, f32::min);
            let layer = &reading.moment.snapshot.seeds[0].layers[column];
            let stronger = layer.weights.iter().filter(|weight| weight.abs() > weakest).count();
            assert!(stronger < MOST_OF_A_MAP, "{stronger} are stronger than the weakest that is shown");
        }
        let deep = Reading::new(&moment(&[20, 50, 50, 50, 50, 50, 50, 50, 50, 20], false), NeuronReading::Signal);
        assert!(deep.drawing.connections.len() <= MOST);
    }

    #[test]
    fn the_mean_of_all_agreements_is_the_cosine_of_the_matrix() {
        let reading = Reading::new(&moment(&[6, 9, 4], false), NeuronReading::Signal);
        let column = &reading.drawing.columns[1];
        let cosine = column.cosine.expect("no matrix is zero");
        let mut sum = 0.0;
        for neuron in 0..9 {
            let drawing = reading.of_neuron(1, neuron).expect("there is such a neuron");
            let own = drawing.connections.iter().filter(|line| line.to.0 == 1);
            sum += own.map(|line| f64::from(line.agreement)).sum::<f64>();
        }
        // One weight in 41 is zero and not drawn; those that are there decide to the fourth digit only where none is.
        let layer = &reading.moment.snapshot.seeds[0].layers[0];
        let missing: f64 = layer
            .weights
            .indexed_iter()
            .filter(|(_, weight)| **weight == 0.0)
            .map(|(at, _)| f64::from(layer.signal[at]) * f64::from(layer.hebbian[at]) * reading.scales[0].agreement)
            .sum();
        // Agreements are single precision: 54 of them, each off by 6e-8 at most of about 1.
        assert!(((sum + missing) / 54.0 - cosine).abs() < 1e-6, "{sum} {cosine}");
    }

    #[test]
    fn what_is_masked_is_not_drawn() {
        let reading = Reading::new(&moment(&[10, 12, 8], true), NeuronReading::Full);
        assert!(reading.drawing.connections.iter().all(|line| (line.to.1 + line.from.1) % 3 != 0));
        let drawing = reading.of_neuron(1, 4).expect("there is such a neuron");
        assert!(!drawing.connections.is_empty() && drawing.connections.iter().all(|line| line.weight != 0.0));
        assert_eq!(drawing.picked, Some((1, 4)));
        assert!(reading.of_neuron(1, 12).is_none() && reading.of_neuron(5, 0).is_none());
    }

    #[test]
    fn what_is_not_finite_is_undefined_and_breaks_nothing() {
        let mut moment = Arc::try_unwrap(moment(&[5, 6, 4], false)).expect("held once");
        let mut snapshot = Snapshot::clone(&moment.snapshot);
        let layer = &mut snapshot.seeds[0].layers[0];
        layer.weights[(0, 0)] = f32::NAN;
        layer.weights[(0, 1)] = f32::INFINITY;
        layer.signal.row_mut(2).fill(0.0);
        layer.signal[(3, 0)] = f32::NAN;
        moment.snapshot = Arc::new(snapshot);
        let reading = Reading::new(&Arc::new(moment), NeuronReading::Signal);
        let column = &reading.drawing.columns[1];
        let cosines = column.cosines.as_ref().expect("measured");
        assert!(cosines[2].is_nan() && cosines[3].is_nan() && cosines[4].is_finite() && column.cosine.is_none());
        let finite = |line: &Connection| line.weight.is_finite() && line.share.is_finite();
        assert!(reading.drawing.connections.iter().all(finite));
    }
}
