//! What a buffer holds at the start of a run.

use crate::random::Stream;

/// Values at the start of a run, as a function of the seed.
#[derive(Clone, Debug, PartialEq)]
pub enum Initial {
    /// Zeros.
    Zero,
    /// U[-bound, bound) from a named stream.
    Uniform {
        /// Stream.
        stream: String,
        /// Bound.
        bound: f64,
    },
    /// N(0, sd^2) from a named stream.
    Normal {
        /// Stream.
        stream: String,
        /// SD.
        sd: f64,
    },
    /// exp(U[-bound, bound)) from a named stream.
    LogUniform {
        /// Stream.
        stream: String,
        /// Bound of the logarithm.
        bound: f64,
    },
    /// n x n, sqrt(d_i d_j) rho^|i-j| with d as in `LogUniform`: positive definite for |rho| < 1.
    Correlated {
        /// Stream of d.
        stream: String,
        /// Bound of d's logarithm.
        bound: f64,
        /// rho.
        correlation: f64,
    },
    /// Given numbers, row-major.
    Values(Vec<f64>),
}

impl Initial {
    /// Fills `out`, a row-major buffer of `columns` columns.
    pub fn fill(&self, seed: u64, columns: usize, out: &mut [f64]) {
        let mut draws = vec![0.0_f32; out.len()];
        match self {
            Self::Zero => out.fill(0.0),
            Self::Uniform { stream, bound } => {
                Stream::new(seed, stream).fill_symmetric(0, *bound as f32, &mut draws);
                widen(&draws, out);
            }
            Self::Normal { stream, sd } => {
                Stream::new(seed, stream).fill_normal(0, &mut draws);
                for (value, &z) in out.iter_mut().zip(&draws) {
                    *value = f64::from(z) * sd;
                }
            }
            Self::LogUniform { stream, bound } => {
                Stream::new(seed, stream).fill_symmetric(0, *bound as f32, &mut draws);
                for (value, &z) in out.iter_mut().zip(&draws) {
                    *value = f64::from(z).exp();
                }
            }
            Self::Correlated { stream, bound, correlation } => {
                let rates = &mut draws[..columns];
                Stream::new(seed, stream).fill_symmetric(0, *bound as f32, rates);
                for (place, value) in out.iter_mut().enumerate() {
                    let (i, j) = (place / columns, place % columns);
                    let root = (0.5 * (f64::from(rates[i]) + f64::from(rates[j]))).exp();
                    *value = root * correlation.powi(i.abs_diff(j) as i32);
                }
            }
            Self::Values(values) => out.copy_from_slice(values),
        }
    }
}

fn widen(from: &[f32], to: &mut [f64]) {
    for (value, &z) in to.iter_mut().zip(from) {
        *value = f64::from(z);
    }
}
