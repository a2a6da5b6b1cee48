//! What feeds a replica in training: shuffled examples and counter-based noise.

use std::sync::Arc;

use crate::backend::StepInputs;
use crate::backend::cpu::Real;
use crate::data::{BatchOrder, DataSet};
use crate::program::Program;
use crate::random::{CHUNK, Stream};

/// Examples of one data set in the order of one seed, and that seed's noise.
pub struct Generator {
    data: Arc<DataSet>,
    order: BatchOrder,
    indices: Vec<u32>,
    cursor: u64,
    noise: Vec<Stream>,
}

impl Generator {
    /// For one seed of a program; `cursor` examples have been drawn already.
    #[must_use]
    pub fn new(program: &Program, data: Arc<DataSet>, seed: u64, cursor: u64) -> Self {
        Self {
            order: BatchOrder::new(seed, data.train.examples()),
            indices: vec![0; program.batch_size.max(program.evaluation_batch.0.rows)],
            cursor,
            noise: program.noise_streams.iter().map(|s| Stream::new(seed, &s.name)).collect(),
            data,
        }
    }
}

impl<T: Real> StepInputs<T> for Generator {
    fn batch(&mut self, _step: u64, inputs: &mut [T], targets: &mut [T]) {
        let rows = inputs.len() / self.data.train.input_width();
        let indices = &mut self.indices[..rows];
        self.order.fill(self.cursor, indices);
        self.data.train.gather(indices, inputs, targets);
        self.cursor += rows as u64;
    }

    fn noise(&self, stream: usize, step: u64, sd: f64, first: usize, out: &mut [T]) {
        let (stream, sd) = (self.noise[stream], T::from_f64(sd));
        by_pieces(first, out, |first, deviates, out| {
            stream.fill_normal_from(step, first, deviates);
            scaled(sd, deviates, out);
        });
    }

    fn mask(&self, stream: usize, step: u64, rate: f64, first: usize, out: &mut [T]) {
        let stream = self.noise[stream];
        let (rate, kept) = (rate as f32, T::from_f64(1.0 / (1.0 - rate)));
        by_pieces(first, out, |first, deviates, out| {
            stream.fill_unit_from(step, first, deviates);
            for (to, &unit) in out.iter_mut().zip(deviates.iter()) {
                *to = if unit < rate { T::ZERO } else { kept };
            }
        });
    }

    fn cursor(&self) -> u64 {
        self.cursor
    }

    fn seek(&mut self, cursor: u64) {
        self.cursor = cursor;
    }

    fn validation(&mut self, first: usize, inputs: &mut [T], targets: &mut [T]) -> usize {
        let set = &self.data.validation;
        let rows = inputs.len() / set.input_width();
        let used = rows.min(set.examples().saturating_sub(first));
        for (row, index) in self.indices[..rows].iter_mut().enumerate() {
            // Rows beyond the last example repeat it; they are not counted.
            *index = (first + row.min(used.saturating_sub(1))) as u32;
        }
        if used > 0 {
            set.gather(&self.indices[..rows], inputs, targets);
        }
        used
    }

    fn data(&self) -> Option<&Arc<DataSet>> {
        Some(&self.data)
    }

    fn indices(&mut self, indices: &mut [u32]) {
        self.order.fill(self.cursor, indices);
        self.cursor += indices.len() as u64;
    }

    fn stream_key(&self, stream: usize) -> [u32; 4] {
        self.noise[stream].key()
    }

    fn validation_examples(&self) -> usize {
        self.data.validation.examples()
    }
}

/// Elements whose deviates are drawn before they are used: few enough to stay in the nearest cache, and to be cleared in no time.
const PIECE: usize = 8 * CHUNK;

/// Calls `f` with the place of a piece's first element in the stream, memory for its deviates, and the piece.
fn by_pieces<T>(first: usize, out: &mut [T], f: impl Fn(usize, &mut [f32], &mut [T])) {
    let mut deviates = [0.0; PIECE];
    for (place, out) in out.chunks_mut(PIECE).enumerate() {
        f(first + place * PIECE, &mut deviates[..out.len()], out);
    }
}

crate::dispatched! { fn scaled<T: Real>(factor: T, from: &[f32], to: &mut [T]) = scaled_body }

#[inline(always)]
fn scaled_body<T: Real>(factor: T, from: &[f32], to: &mut [T]) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to = factor * T::from(from);
    }
}
