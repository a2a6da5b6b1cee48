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

macro_rules! number {
    ($($t:ident)*) => {$(
        impl Number for $t {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;

            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as Self
            }

            #[inline(always)]
            fn tanh(self) -> Self {
                $t::tanh(self)
            }

            #[inline(always)]
            fn exp(self) -> Self {
                $t::exp(self)
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

number!(f32 f64);

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

    #[test]
    fn arithmetic_is_ieee() {
        check::<f32>();
        check::<f64>();
    }
}
