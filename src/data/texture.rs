//! Random textures of 32x32 with a 1/f^2 power spectrum, by filtering white noise in the frequency domain.

use super::channels::PLANE;
use crate::random::Stream;

/// Pixels along a side.
const SIDE: usize = 32;
const BITS: u32 = SIDE.ilog2();

/// Draws textures: each a real periodic Gaussian field whose power at spatial frequency f is proportional to 1/f^2
/// (amplitude 1/f), with mean 0 and expected variance 1.
///
/// One complex field gives two independent textures, its real and its imaginary part.
#[derive(Debug)]
pub(super) struct Textures {
    /// Factor of each frequency, in the bit-reversed order that the transform starts from.
    amplitude: [f32; PLANE],
    /// cos and sin of 2 pi k / 32 for k below 16.
    roots: [(f32, f32); SIDE / 2],
}

/// Working memory of [`Textures::pair`]; on return it holds the two textures.
#[derive(Debug)]
pub(super) struct Pair {
    /// Real parts: the first texture, row by row.
    pub(super) first: [f32; PLANE],
    /// Imaginary parts: the second.
    pub(super) second: [f32; PLANE],
}

impl Default for Pair {
    fn default() -> Self {
        Self { first: [0.0; PLANE], second: [0.0; PLANE] }
    }
}

impl Textures {
    pub(super) fn new() -> Self {
        let frequency = |place: usize| {
            let k = place.reverse_bits() >> (usize::BITS - BITS);
            k.min(SIDE - k) as f64
        };
        let power = |place: usize| {
            let squared = frequency(place / SIDE).powi(2) + frequency(place % SIDE).powi(2);
            if squared > 0.0 { 1.0 / squared } else { 0.0 }
        };
        // White noise of variance 1 in each part has, after the transform, a variance of the sum of the powers.
        let total: f64 = (0..PLANE).map(power).sum();
        let mut amplitude = [0.0; PLANE];
        for (place, value) in amplitude.iter_mut().enumerate() {
            *value = (power(place) / total).sqrt() as f32;
        }
        let mut roots = [(0.0, 0.0); SIDE / 2];
        for (k, root) in roots.iter_mut().enumerate() {
            let (sin, cos) = (std::f64::consts::TAU * k as f64 / SIDE as f64).sin_cos();
            *root = (cos as f32, sin as f32);
        }
        Self { amplitude, roots }
    }

    /// Two textures from deviates 0 to 1,023 (real parts) and 1,024 to 2,047 (imaginary) of `stream` at `step`.
    pub(super) fn pair(&self, stream: Stream, step: u64, out: &mut Pair) {
        let mut white = [0.0; 2 * PLANE];
        stream.fill_normal(step, &mut white);
        let (real, imaginary) = white.split_at(PLANE);
        for (out, white) in [(&mut out.first, real), (&mut out.second, imaginary)] {
            for ((value, &noise), &amplitude) in out.iter_mut().zip(white).zip(&self.amplitude) {
                *value = noise * amplitude;
            }
        }
        self.transform(out);
    }

    /// The inverse Fourier transform, without a factor, of a field whose rows and columns are in bit-reversed order.
    fn transform(&self, field: &mut Pair) {
        for _ in 0..2 {
            columns(&self.roots, &mut field.first, &mut field.second);
            transpose(&mut field.first);
            transpose(&mut field.second);
        }
    }
}

crate::dispatched! {
    fn columns(roots: &[(f32, f32); SIDE / 2], real: &mut [f32; PLANE], imaginary: &mut [f32; PLANE]) = columns_body
}

/// Radix-2 transform of every column at once: a butterfly works on two whole rows, which the compiler vectorises.
#[inline(always)]
fn columns_body(roots: &[(f32, f32); SIDE / 2], real: &mut [f32; PLANE], imaginary: &mut [f32; PLANE]) {
    for stage in 0..BITS {
        let half = 1 << stage;
        for block in (0..SIDE).step_by(2 * half) {
            for k in 0..half {
                let (cos, sin) = roots[k * (SIDE / 2 / half)];
                let (re_a, re_b) = two_rows(real, block + k, half);
                let (im_a, im_b) = two_rows(imaginary, block + k, half);
                for column in 0..SIDE {
                    let re = re_b[column] * cos - im_b[column] * sin;
                    let im = re_b[column] * sin + im_b[column] * cos;
                    (re_b[column], im_b[column]) = (re_a[column] - re, im_a[column] - im);
                    (re_a[column], im_a[column]) = (re_a[column] + re, im_a[column] + im);
                }
            }
        }
    }
}

/// Rows `row` and `row + apart`.
#[inline(always)]
fn two_rows(values: &mut [f32; PLANE], row: usize, apart: usize) -> (&mut [f32; SIDE], &mut [f32; SIDE]) {
    let (rows, _) = values.as_chunks_mut::<SIDE>();
    let (before, after) = rows.split_at_mut(row + apart);
    (&mut before[row], &mut after[0])
}

fn transpose(values: &mut [f32; PLANE]) {
    for row in 0..SIDE {
        for column in 0..row {
            values.swap(row * SIDE + column, column * SIDE + row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transform_is_the_sum_of_waves() {
        let mut white = [0.0; 2 * PLANE];
        Stream::new(1, "test").fill_normal(0, &mut white);
        let reversed = |k: usize| k.reverse_bits() >> (usize::BITS - BITS);
        let mut field = Pair::default();
        for place in 0..PLANE {
            let source = reversed(place / SIDE) * SIDE + reversed(place % SIDE);
            field.first[place] = white[source];
            field.second[place] = white[PLANE + source];
        }
        Textures::new().transform(&mut field);
        for (y, x) in [(0, 0), (1, 0), (0, 1), (5, 17), (31, 30)] {
            let (mut re, mut im) = (0.0, 0.0);
            for place in 0..PLANE {
                let turn = ((place / SIDE) * y + (place % SIDE) * x) as f64 / SIDE as f64;
                let (sin, cos) = (std::f64::consts::TAU * turn).sin_cos();
                let (a, b) = (f64::from(white[place]), f64::from(white[PLANE + place]));
                re += a * cos - b * sin;
                im += a * sin + b * cos;
            }
            let at = y * SIDE + x;
            // Ten stages of f32 rounding on sums of size 32.
            assert!((f64::from(field.first[at]) - re).abs() < 1e-4, "{} at {y}, {x}, not {re}", field.first[at]);
            assert!((f64::from(field.second[at]) - im).abs() < 1e-4, "{} at {y}, {x}, not {im}", field.second[at]);
        }
    }

    #[test]
    fn textures_have_mean_0_and_variance_1() {
        let (textures, mut pair) = (Textures::new(), Pair::default());
        let (mut squares, mut product) = (0.0, 0.0);
        const PAIRS: u64 = 500;
        for step in 0..PAIRS {
            textures.pair(Stream::new(0, "test"), step, &mut pair);
            let mean: f32 = pair.first.iter().sum::<f32>() / PLANE as f32;
            // Frequency 0 has amplitude 0; the rest is rounding.
            assert!(mean.abs() < 1e-5, "mean {mean}");
            squares += pair.first.iter().chain(&pair.second).map(|&v| f64::from(v).powi(2)).sum::<f64>();
            product += pair.first.iter().zip(&pair.second).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>();
        }
        let variance = squares / (PAIRS as usize * 2 * PLANE) as f64;
        let correlation = product / (PAIRS as usize * PLANE) as f64;
        // The variance of one texture has SD sqrt(2 sum p^2) = 0.32 (p: share of a frequency), their product 0.23; over
        // 1,000 and 500 of them 0.010 each. 5 of them.
        assert!((variance - 1.0).abs() < 0.05, "variance {variance}");
        assert!(correlation.abs() < 0.05, "first and second correlate: {correlation}");
    }
}
