//! What a buffer holds at the start of a run.

use rand::Rng as _;

use crate::random::Stream;

/// Values at the start of a run, as a function of the seed.
#[derive(Clone, Debug, PartialEq)]
pub enum Initial {
    /// Zeros.
    Zero,
    /// Ones.
    One,
    /// The same number everywhere.
    Constant(f64),
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
    /// Zeros at a share of the places, round(share times their number) of them, and ones elsewhere.
    Kept {
        /// Stream that chooses the places.
        stream: String,
        /// Share of zeros.
        without: f64,
    },
    /// The product of two, element by element.
    Product(Box<Self>, Box<Self>),
}

impl Initial {
    /// Fills `out`, a row-major buffer of `columns` columns.
    pub fn fill(&self, seed: u64, columns: usize, out: &mut [f64]) {
        let mut draws = vec![0.0_f32; out.len()];
        match self {
            Self::Zero => out.fill(0.0),
            Self::One => out.fill(1.0),
            Self::Constant(value) => out.fill(*value),
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
            Self::Kept { stream, without } => {
                out.fill(1.0);
                let zeros = (without * out.len() as f64).round() as usize;
                for place in chosen(Stream::new(seed, stream), out.len(), zeros) {
                    out[place as usize] = 0.0;
                }
            }
            Self::Product(one, other) => {
                one.fill(seed, columns, out);
                let mut factors = vec![0.0; out.len()];
                other.fill(seed, columns, &mut factors);
                out.iter_mut().zip(&factors).for_each(|(value, factor)| *value *= factor);
            }
        }
    }
}

/// `count` of the places below `among`, each with the same probability.
fn chosen(stream: Stream, among: usize, count: usize) -> Vec<u32> {
    let mut words = stream.words(0);
    // Words that are equal are told apart by their places.
    let mut keyed: Vec<(u32, u32)> = (0..among as u32).map(|place| (words.next_u32(), place)).collect();
    if count < keyed.len() {
        keyed.select_nth_unstable(count);
        keyed.truncate(count);
    }
    keyed.into_iter().map(|(_, place)| place).collect()
}

fn widen(from: &[f32], to: &mut [f64]) {
    for (value, &z) in to.iter_mut().zip(from) {
        *value = f64::from(z);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_share_is_left_out_and_differs_by_seed() {
        let fill = |seed, without| {
            let mut out = vec![0.5; 101];
            Initial::Kept { stream: "mask/W1".into(), without }.fill(seed, 101, &mut out);
            out
        };
        for (without, zeros) in [(0.0, 0), (0.25, 25), (0.3, 30), (1.0, 101)] {
            let found = fill(3, without);
            assert_eq!(found.iter().filter(|&&value| value == 0.0).count(), zeros, "{without}");
            assert!(found.iter().all(|&value| value == 0.0 || value == 1.0));
        }
        assert_ne!(fill(3, 0.3), fill(4, 0.3));
        let mut masked = vec![0.0; 101];
        let kept = Initial::Kept { stream: "mask/W1".into(), without: 0.3 };
        let normal = Initial::Normal { stream: "init/W1".into(), sd: 1.0 };
        Initial::Product(Box::new(normal), Box::new(kept)).fill(3, 101, &mut masked);
        let exists = fill(3, 0.3);
        assert!(masked.iter().zip(&exists).all(|(value, exists)| (*value == 0.0) == (*exists == 0.0)));
    }
}
