//! The numbers that tapes are evaluated in.

use std::fmt::Debug;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// What the functions of the language need of a number. Arithmetic is that of IEEE 754.
pub trait Number:
    Copy
    + Debug
    + Default
    + PartialEq
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;

    /// The nearest number of this kind.
    fn from_f64(value: f64) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
    /// Exponential.
    fn exp(self) -> Self;
    /// Natural logarithm, NaN of negative numbers.
    fn ln(self) -> Self;
    /// Square root, NaN of negative numbers.
    fn sqrt(self) -> Self;
    /// Absolute value.
    fn abs(self) -> Self;
    /// IEEE's `pow`: 1 where the exponent is 0, NaN for negative bases unless the exponent is whole.
    fn pow(self, exponent: Self) -> Self;

    /// The logistic function.
    #[inline(always)]
    fn sigmoid(self) -> Self {
        Self::ONE / (Self::ONE + (-self).exp())
    }

    /// max(x, 0), NaN of NaN.
    #[inline(always)]
    fn relu(self) -> Self {
        if self < Self::ZERO { Self::ZERO } else { self }
    }

    /// -1, 0 or 1, NaN of NaN.
    #[inline(always)]
    fn sign(self) -> Self {
        if self > Self::ZERO {
            Self::ONE
        } else if self < Self::ZERO {
            -Self::ONE
        } else {
            // Takes the sign off -0 and passes NaN on.
            self + Self::ZERO
        }
    }

    /// 1 where x > 0, else 0.
    #[inline(always)]
    fn step(self) -> Self {
        if self > Self::ZERO { Self::ONE } else { Self::ZERO }
    }

    /// The smaller one; NaN where either is.
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        if self < other || is_nan(self) { self } else { other }
    }

    /// The larger one; NaN where either is.
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        if self > other || is_nan(self) { self } else { other }
    }

    /// A whole power by squaring: several times as fast as [`Self::pow`], and vectorised.
    #[inline(always)]
    fn whole_power(self, exponent: i32) -> Self {
        let mut left = exponent.unsigned_abs();
        let mut square = self;
        let mut result = Self::ONE;
        while left > 0 {
            if left % 2 == 1 {
                result = result * square;
            }
            square = square * square;
            left /= 2;
        }
        if exponent < 0 { Self::ONE / result } else { result }
    }
}

#[expect(clippy::eq_op, reason = "only NaN differs from itself, and PartialEq is all that is known here")]
#[inline(always)]
fn is_nan<T: Number>(value: T) -> bool {
    value != value
}

/// tanh of f32: an odd polynomial of degree 13 over an even one of degree 6 (the coefficients of Eigen's `ptanh`), within
/// a few units in the last place. Unlike the system's it becomes vectors.
#[inline(always)]
fn tanh_f32(x: f32) -> f32 {
    const ODD: [f32; 7] =
        [-2.760_768_5e-16, 2.000_188e-13, -8.604_672e-11, 5.122_297e-8, 1.485_722_4e-5, 6.372_619e-4, 4.893_524_6e-3];
    const EVEN: [f32; 4] = [1.198_258_4e-6, 1.185_347_1e-4, 2.268_434_6e-3, 4.893_525e-3];
    // Written so that a NaN stays one.
    let bounded = if x > 7.905_311 { 7.905_311 } else { x };
    let bounded = if bounded < -7.905_311 { -7.905_311 } else { bounded };
    let z = bounded * bounded;
    let sum = |coefficients: &[f32]| coefficients.iter().fold(0.0, |sum, coefficient| sum * z + coefficient);
    let inside = bounded * sum(&ODD) / sum(&EVEN);
    // From here on it is 1 in single precision.
    let below = if x < -9.02 { -1.0 } else { inside };
    if x > 9.02 { 1.0 } else { below }
}

/// exp of f32: 2^n times Cephes' polynomial on [-ln 2 / 2, ln 2 / 2], within a few units in the last place, with infinity
/// and 0 beyond the range. Unlike the system's it becomes vectors.
#[inline(always)]
fn exp_f32(x: f32) -> f32 {
    let bounded = if x > 89.0 { 89.0 } else { x };
    let bounded = if bounded < -104.0 { -104.0 } else { bounded };
    let n = (bounded * std::f32::consts::LOG2_E + 12_582_912.0) - 12_582_912.0;
    let r = bounded - n * 0.693_359_4 + n * 2.121_944_4e-4;
    const SERIES: [f32; 6] = [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 5e-1];
    let p = SERIES.iter().fold(0.0, |sum, coefficient| sum * r + coefficient) * r * r + r + 1.0;
    // Two powers, as a single one may leave the normal numbers where the product does not.
    let first = (0.5 * n) as i32;
    let power = |n: i32| f32::from_bits(((n + 127) as u32) << 23);
    // A NaN would give an arbitrary whole number here; the product with p keeps it a NaN.
    p * power(first) * power(n as i32 - first)
}

macro_rules! number {
    ($($t:ident $tanh:expr, $exp:expr;)*) => {$(
        impl Number for $t {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;

            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as Self
            }

            #[inline(always)]
            fn tanh(self) -> Self {
                $tanh(self)
            }

            #[inline(always)]
            fn exp(self) -> Self {
                $exp(self)
            }

            #[inline(always)]
            fn ln(self) -> Self {
                $t::ln(self)
            }

            #[inline(always)]
            fn sqrt(self) -> Self {
                $t::sqrt(self)
            }

            #[inline(always)]
            fn abs(self) -> Self {
                $t::abs(self)
            }

            #[inline(always)]
            fn pow(self, exponent: Self) -> Self {
                $t::powf(self, exponent)
            }
        }
    )*};
}

number!(f32 tanh_f32, exp_f32; f64 f64::tanh, f64::exp;);

#[cfg(test)]
mod tests {
    use super::{Number, is_nan};

    fn check<T: Number>() {
        let number = T::from_f64;
        let nan = number(f64::NAN);
        assert!(is_nan(nan));
        for other in [number(1.0), nan] {
            for result in [nan.min(other), other.min(nan), nan.max(other), other.max(nan)] {
                assert!(is_nan(result), "min and max pass NaN on");
            }
        }
        for result in [nan.relu(), nan.sign(), nan.tanh(), nan.sigmoid(), number(-1.0).ln(), number(-1.0).sqrt()] {
            assert!(is_nan(result));
        }
        assert_eq!(nan.step(), T::ZERO);
        assert_eq!(T::ZERO.sign(), T::ZERO);
        assert_eq!(T::ONE / (-T::ZERO).sign(), T::ONE / T::ZERO);
        assert_eq!(T::ZERO.pow(T::ZERO), T::ONE);
        assert_eq!(number(-2.0).pow(number(3.0)), number(-8.0));
        assert!(is_nan(number(-2.0).pow(number(0.5))));
        for exponent in -9..=9 {
            let exact = number(1.5).pow(number(f64::from(exponent)));
            let gap = (number(1.5).whole_power(exponent) - exact).abs();
            assert!(gap <= exact * number(1e-6), "{exponent}");
        }
        assert_eq!(number(-2.0).whole_power(3), number(-8.0));
        assert_eq!(T::ZERO.whole_power(-1), T::ONE / T::ZERO);
        assert_eq!(number(1000.0).sigmoid(), T::ONE);
        assert_eq!(number(-1000.0).sigmoid(), T::ZERO);
    }

    /// Four units in the last place of an f32, as measured.
    #[test]
    fn f32_functions_are_accurate_over_their_whole_range() {
        for x in (-1_100_000..=1_100_000).map(|i| i as f32 * 1e-4) {
            let exact = f64::from(x);
            let near = |found: f32, expected: f64, floor: f64| {
                let error = (f64::from(found) - expected).abs() / expected.abs().max(floor);
                assert!(error < 4.0 * f64::from(f32::EPSILON), "{x}: {found}, not {expected}");
            };
            near(Number::tanh(x), exact.tanh(), 1e-30);
            let (found, expected) = (Number::exp(x), exact.exp());
            if expected > f64::from(f32::MAX) {
                assert_eq!(found, f32::INFINITY, "{x}");
            } else {
                // Below the normal numbers steps are coarser.
                near(found, expected, f64::from(f32::MIN_POSITIVE));
            }
        }
        assert_eq!(Number::exp(f32::NEG_INFINITY), 0.0);
        assert_eq!(Number::exp(f32::INFINITY), f32::INFINITY);
        assert_eq!(Number::tanh(f32::INFINITY), Number::tanh(50.0_f32));
        assert!(Number::exp(f32::NAN).is_nan());
    }

    #[test]
    fn arithmetic_is_ieee() {
        check::<f32>();
        check::<f64>();
    }
}
