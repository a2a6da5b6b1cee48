//! Uniformly drawn sequences of tokens, labelled by a fixed random transformer of the network's own shape.

use ndarray::Array2;
use rayon::prelude::*;

use super::error::DataError;
use super::product::Packed;
use super::regression::{Layer, Teacher, activate, allocate, flat, on_cache_lines};
use super::tanh::exp_of;
use super::{DataSet, Inputs, Split, Targets};
use crate::experiment::{Activation, Experiment, MapKind};
use crate::random::Stream;

/// Added to the variance of a row, as in the network's own norms.
const EPSILON: f32 = 1e-5;
/// Sequences that pass through the teacher together.
const BLOCK: usize = 16;

/// A linear map of tokens.
struct TokenMap {
    packed: Packed,
    bias: Vec<f32>,
}

/// An encoder with all that it is made of.
struct Encoder {
    length: usize,
    width: usize,
    heads: usize,
    /// vocabulary x width.
    embedding: Array2<f32>,
    /// length x width.
    positions: Array2<f32>,
    /// Six a layer: query, key, value, projection, and the two of its feed-forward part.
    maps: Vec<TokenMap>,
    feed_forward: usize,
    activation: Activation,
}

/// Tokens uniform below the vocabulary, targets from a transformer with PyTorch's initial values.
pub(super) fn teacher_student(experiment: &Experiment, seed: u64) -> Result<DataSet, DataError> {
    let (data, model) = (&experiment.data, &experiment.model);
    let table = |name: &str, rows: usize| {
        let mut values = allocate("model.width", rows, model.width)?;
        Stream::new(seed, &format!("teacher/{name}")).fill_normal(0, flat(&mut values));
        Ok(values)
    };
    let (mut maps, mut head) = (Vec::new(), Vec::new());
    for (shape, k) in experiment.maps().iter().zip(1..) {
        let bound = 1.0 / (shape.inputs as f32).sqrt();
        let module = shape.state.rsplit('.').next().unwrap_or_default();
        let is_split = ["q", "k", "v"].contains(&module);
        // Query, key and value are rows of one matrix with Xavier's bound; attention begins without biases.
        let of_weights = if is_split { (6.0 / (shape.inputs + 3 * shape.outputs) as f32).sqrt() } else { bound };
        let of_bias = if is_split || module == "out_proj" { 0.0 } else { bound };
        let has_bias = if shape.kind == MapKind::Token { true } else { data.teacher_bias };
        let layer = Layer::drawn(seed, k, [shape.outputs, shape.inputs], of_weights, has_bias.then_some(of_bias))?;
        if shape.kind != MapKind::Token {
            head.push(layer);
            continue;
        }
        let packed = layer.packed("model.width")?;
        maps.push(TokenMap { packed, bias: layer.bias.unwrap_or_default() });
    }
    let encoder = Encoder {
        length: data.length,
        width: model.width,
        heads: model.heads,
        embedding: table("embedding", data.vocabulary)?,
        positions: table("position", data.length)?,
        maps,
        feed_forward: model.feed_forward,
        activation: model.encoder_activation,
    };
    let head = Teacher { layers: head, activation: data.teacher_activation.unwrap_or(model.activation) };
    let split = |field, examples, [input_stream, noise_stream]: [&str; 2]| {
        let mut tokens = allocate(field, examples, data.length)?;
        Stream::new(seed, input_stream).fill_unit(0, flat(&mut tokens));
        let last = data.vocabulary as f32 - 1.0;
        tokens.mapv_inplace(|u| (u * data.vocabulary as f32).floor().min(last));
        let mut targets = head.outputs(field, &encoder.means(field, &tokens)?)?;
        super::regression::add_noise(experiment, field, seed, noise_stream, &mut targets)?;
        let (inputs, targets) = (on_cache_lines(tokens), on_cache_lines(targets));
        Ok(Split { inputs: Inputs::Real(inputs), targets: Targets::Values(targets) })
    };
    Ok(DataSet {
        train: split("data.train_examples", data.train_examples, ["data", "target_noise"])?,
        validation: split(
            "data.validation_examples",
            data.validation_examples,
            ["validation", "validation_target_noise"],
        )?,
        source: format!(
            "tokens, {} of {} a sequence, labelled by a transformer of {} layers",
            data.length, data.vocabulary, model.encoder_layers
        ),
        notice: None,
        content: None,
    })
}

impl Encoder {
    /// The mean of the output tokens of every sequence, sequences x width.
    fn means(&self, field: &'static str, tokens: &Array2<f32>) -> Result<Array2<f32>, DataError> {
        let mut means = allocate(field, tokens.nrows(), self.width)?;
        let from = tokens.as_slice().expect("`allocate` gives row-major arrays");
        let blocks = from.par_chunks(BLOCK * self.length).zip(flat(&mut means).par_chunks_mut(BLOCK * self.width));
        blocks.for_each(|(tokens, means)| self.encode(tokens, means));
        Ok(means)
    }

    fn encode(&self, tokens: &[f32], means: &mut [f32]) {
        let (rows, width) = (tokens.len(), self.width);
        let mut x = vec![0.0; rows * width];
        for (place, (row, &token)) in x.chunks_exact_mut(width).zip(tokens).enumerate() {
            let (table, position) = (self.embedding.row(token as usize), self.positions.row(place % self.length));
            for ((x, &a), &b) in row.iter_mut().zip(table).zip(position) {
                *x = a + b;
            }
        }
        let mut through = [(); 3].map(|()| vec![0.0; rows * width]);
        let (mut attended, mut outer) = (vec![0.0; rows * width], vec![0.0; rows * width]);
        let mut inner = vec![0.0; rows * self.feed_forward];
        for maps in self.maps.chunks_exact(6) {
            for (map, out) in maps.iter().zip(&mut through) {
                map.packed.multiply(&x, Some(&map.bias), out);
            }
            self.attend(&through, &mut attended);
            maps[3].packed.multiply(&attended, Some(&maps[3].bias), &mut outer);
            add_and_normalize(&outer, &mut x, width);
            maps[4].packed.multiply(&x, Some(&maps[4].bias), &mut inner);
            activate(self.activation, &mut inner);
            maps[5].packed.multiply(&inner, Some(&maps[5].bias), &mut outer);
            add_and_normalize(&outer, &mut x, width);
        }
        for (mean, x) in means.chunks_exact_mut(width).zip(x.chunks_exact(self.length * width)) {
            for row in x.chunks_exact(width) {
                for (mean, &x) in mean.iter_mut().zip(row) {
                    *mean += x / self.length as f32;
                }
            }
        }
    }

    fn attend(&self, [query, key, value]: &[Vec<f32>; 3], out: &mut [f32]) {
        let (length, width) = (self.length, self.width);
        let columns = width / self.heads;
        let scale = 1.0 / (columns as f32).sqrt();
        let mut scores = vec![0.0; length];
        let sequences = query.chunks_exact(length * width).zip(key.chunks_exact(length * width));
        let sequences = sequences.zip(value.chunks_exact(length * width)).zip(out.chunks_exact_mut(length * width));
        for (((query, key), value), out) in sequences {
            for head in (0..width).step_by(columns) {
                let of = |values: &'_ [f32], row: usize| -> std::ops::Range<usize> {
                    debug_assert!(values.len() == length * width, "a sequence");
                    row * width + head..row * width + head + columns
                };
                for row in 0..length {
                    let own = &query[of(query, row)];
                    for (other, score) in scores.iter_mut().enumerate() {
                        let products = own.iter().zip(&key[of(key, other)]).map(|(q, k)| q * k);
                        *score = scale * products.sum::<f32>();
                    }
                    softmax(&mut scores);
                    let to = &mut out[of(query, row)];
                    to.fill(0.0);
                    for (other, weight) in scores.iter().enumerate() {
                        for (to, value) in to.iter_mut().zip(&value[of(value, other)]) {
                            *to += weight * value;
                        }
                    }
                }
            }
        }
    }
}

fn softmax(values: &mut [f32]) {
    let top = values.iter().fold(f32::NEG_INFINITY, |top, value| top.max(*value));
    let mut sum = 0.0;
    for value in values.iter_mut() {
        *value = exp_of((*value - top).max(-80.0));
        sum += *value;
    }
    values.iter_mut().for_each(|value| *value /= sum);
}

/// `x = norm(x + addend)`, row by row, gain 1 and shift 0 as at the start of a network.
fn add_and_normalize(addend: &[f32], x: &mut [f32], width: usize) {
    let count = width as f32;
    for (row, addend) in x.chunks_exact_mut(width).zip(addend.chunks_exact(width)) {
        row.iter_mut().zip(addend).for_each(|(x, a)| *x += a);
        let mean = row.iter().sum::<f32>() / count;
        let variance = row.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / count;
        let deviation = (variance + EPSILON).sqrt();
        row.iter_mut().for_each(|x| *x = (*x - mean) / deviation);
    }
}
