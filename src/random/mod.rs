//! Random numbers as a function: of the seed, a named stream, the step and the element's index, and of nothing else.
//!
//! So a twin, a shard or a resumed run draws the same numbers, and a new stream changes no other.

mod deviates;
mod threefry;

use std::convert::Infallible;

pub use deviates::CHUNK;
use deviates::chunk_words;
use rand::TryRng;

/// One named stream of one seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    key: [u32; 4],
}

impl Stream {
    /// The stream `name` of `seed`, such as `init/W1` or `weight_noise/W2`.
    #[must_use]
    pub fn new(seed: u64, name: &str) -> Self {
        // FNV-1a, 64 bits: stable for ever, and collisions among a few hundred names are out of the question.
        let hash = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |h, byte| (h ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        Self { key: [seed as u32, (seed >> 32) as u32, hash as u32, (hash >> 32) as u32] }
    }

    /// The key that its blocks are encrypted with.
    #[must_use]
    pub fn key(self) -> [u32; 4] {
        self.key
    }

    /// N(0, 1) deviates for elements 0, 1, ... of `step`.
    pub fn fill_normal(self, step: u64, out: &mut [f32]) {
        fill_normal(self.key, step, 0, out);
    }

    /// N(0, 1) deviates for elements `first`, `first + 1`, ... of `step`.
    ///
    /// # Panics
    /// When `first` is no multiple of [`CHUNK`].
    pub fn fill_normal_from(self, step: u64, first: usize, out: &mut [f32]) {
        assert!(first.is_multiple_of(CHUNK), "element {first} is within a chunk");
        fill_normal(self.key, step, first / CHUNK, out);
    }

    /// U[0, 1) deviates for elements 0, 1, ... of `step`.
    pub fn fill_unit(self, step: u64, out: &mut [f32]) {
        fill_unit(self.key, step, 0, out);
    }

    /// U[0, 1) deviates for elements `first`, `first + 1`, ... of `step`.
    ///
    /// # Panics
    /// When `first` is no multiple of [`CHUNK`].
    pub fn fill_unit_from(self, step: u64, first: usize, out: &mut [f32]) {
        assert!(first.is_multiple_of(CHUNK), "element {first} is within a chunk");
        fill_unit(self.key, step, first / CHUNK, out);
    }

    /// U[-bound, bound) deviates for elements 0, 1, ... of `step`.
    pub fn fill_symmetric(self, step: u64, bound: f32, out: &mut [f32]) {
        self.fill_unit(step, out);
        for value in out {
            *value = (*value * 2.0 - 1.0) * bound;
        }
    }

    /// The words of `step` one after another, for `rand`'s shuffles and distributions.
    #[must_use]
    pub fn words(self, step: u64) -> Words {
        Words { stream: self, step, chunk: 0, buffer: [0; CHUNK], used: CHUNK }
    }
}

crate::dispatched! {
    fn fill_normal(key: [u32; 4], step: u64, first: usize, out: &mut [f32]) = deviates::fill_normal_body
}
crate::dispatched! {
    fn fill_unit(key: [u32; 4], step: u64, first: usize, out: &mut [f32]) = deviates::fill_unit_body
}

/// Random words of one stream and step, as a `rand` generator.
#[derive(Clone, Debug)]
pub struct Words {
    stream: Stream,
    step: u64,
    chunk: usize,
    buffer: [u32; CHUNK],
    used: usize,
}

impl Words {
    fn next(&mut self) -> u32 {
        if self.used == CHUNK {
            let words = chunk_words(self.stream.key, self.step, self.chunk);
            for (group, word) in self.buffer.chunks_exact_mut(words[0].len()).zip(&words) {
                group.copy_from_slice(word);
            }
            self.chunk += 1;
            self.used = 0;
        }
        self.used += 1;
        self.buffer[self.used - 1]
    }
}

impl TryRng for Words {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.next())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let low = u64::from(self.next());
        Ok(low | u64::from(self.next()) << 32)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for bytes in out.chunks_mut(4) {
            bytes.copy_from_slice(&self.next().to_le_bytes()[..bytes.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::seq::SliceRandom;

    #[test]
    fn normals_have_the_moments_of_a_gaussian() {
        const N: usize = 1 << 20;
        let mut values = vec![0.0; N];
        Stream::new(7, "weight_noise/W1").fill_normal(3, &mut values);
        let moment = |p: i32| values.iter().map(|&v| f64::from(v).powi(p)).sum::<f64>() / N as f64;
        // Standard errors of the sample moments are sqrt(1, 2, 15, 96)/sqrt(N) = 0.001, 0.0014, 0.004, 0.01; 5 of them.
        for (power, expected, tolerance) in [(1, 0.0, 0.005), (2, 1.0, 0.007), (3, 0.0, 0.02), (4, 3.0, 0.05)] {
            let found = moment(power);
            assert!((found - expected).abs() < tolerance, "moment {power}: {found}");
        }
        let beyond_four = values.iter().filter(|v| v.abs() > 4.0).count();
        // 66.4 expected of 2^20; Poisson, 5 SD.
        assert!((26..=107).contains(&beyond_four), "{beyond_four} beyond 4 SD");
        let lag: f64 = values.windows(2).map(|w| f64::from(w[0]) * f64::from(w[1])).sum::<f64>() / N as f64;
        assert!(lag.abs() < 0.005, "neighbours correlate: {lag}");
    }

    #[test]
    fn a_prefix_does_not_depend_on_the_length() {
        let stream = Stream::new(1, "input_noise");
        let (mut short, mut long) = (vec![0.0; 77], vec![0.0; 1000]);
        stream.fill_normal(9, &mut short);
        stream.fill_normal(9, &mut long);
        assert_eq!(short, long[..77]);
    }

    #[test]
    fn a_stream_can_be_drawn_in_pieces() {
        let stream = Stream::new(1, "input_noise");
        type Draw = (fn(Stream, u64, &mut [f32]), fn(Stream, u64, usize, &mut [f32]));
        let draws: [Draw; 2] =
            [(Stream::fill_normal, Stream::fill_normal_from), (Stream::fill_unit, Stream::fill_unit_from)];
        for (whole, from) in draws {
            let (mut expected, mut found) = (vec![0.0; 1000], vec![0.0; 1000]);
            whole(stream, 9, &mut expected);
            let (first, second) = found.split_at_mut(5 * CHUNK);
            from(stream, 9, 5 * CHUNK, second);
            from(stream, 9, 0, first);
            assert_eq!(expected, found);
        }
    }

    #[test]
    fn seed_stream_and_step_each_change_the_numbers() {
        let draw = |seed, name: &str, step| {
            let mut out = [0.0; 64];
            Stream::new(seed, name).fill_unit(step, &mut out);
            out
        };
        let base = draw(0, "init/W1", 0);
        assert_eq!(base, draw(0, "init/W1", 0));
        for other in [draw(1, "init/W1", 0), draw(0, "init/W2", 0), draw(0, "init/W1", 1), draw(1 << 40, "init/W1", 0)]
        {
            assert!(base.iter().zip(&other).filter(|(a, b)| a == b).count() < 3);
        }
        assert!(base.iter().all(|v| (0.0..1.0).contains(v)));
    }

    #[test]
    fn the_portable_version_gives_the_same_bits() {
        let mut fast = vec![0.0; 1000];
        let mut plain = vec![0.0; 1000];
        let stream = Stream::new(5, "x");
        stream.fill_normal(2, &mut fast);
        deviates::fill_normal_body(stream.key, 2, 0, &mut plain);
        assert_eq!(fast, plain);
    }

    #[test]
    fn words_serve_rand() {
        let mut order: Vec<u32> = (0..1000).collect();
        order.shuffle(&mut Stream::new(0, "batches").words(0));
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..1000).collect::<Vec<_>>());
        assert_ne!(order, sorted);
    }
}
