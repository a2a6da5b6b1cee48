//! The two precisions: f32 for training, f64 for verification.

#[cfg(target_arch = "x86_64")]
use super::lanes::{F32x8, F32x16};
use super::lanes::{Lanes, Plain};
use crate::expression::evaluate::{Operand, Scratch};
use crate::expression::{Number, Tape};
use crate::program::measure::KEPT_EXPONENTS;

/// A floating-point number that programs can run in.
pub trait Real:
    Copy
    + Default
    + PartialOrd
    + Send
    + Sync
    + std::fmt::Debug
    + bytemuck::Pod
    + From<f32>
    + Into<f64>
    + std::ops::Add<Output = Self>
    + std::ops::Sub<Output = Self>
    + std::ops::Mul<Output = Self>
    + std::ops::Div<Output = Self>
    + std::ops::Neg<Output = Self>
    + std::ops::AddAssign
    + std::ops::MulAssign
{
    /// Vector where AVX-512 is there.
    type Avx512: Lanes<Elem = Self>;
    /// Vector where AVX2 is there.
    type Avx2: Lanes<Elem = Self>;
    /// Vector elsewhere.
    type Portable: Lanes<Elem = Self>;
    /// Zero.
    const ZERO: Self;
    /// One.
    const ONE: Self;
    /// Name of the precision.
    const NAME: &'static str;

    /// Rounds.
    fn from_f64(value: f64) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// Absolute value.
    fn abs(self) -> Self;
    /// Hyperbolic tangent; for f32 a rational approximation within 4 units in the last place.
    fn tanh(self) -> Self;
    /// Hyperbolic tangents of a row.
    fn tanh_row<L: Lanes<Elem = Self>>(x: &[Self], y: &mut [Self]);
    /// 1 / (1 + exp(-x)).
    fn sigmoid(self) -> Self;
    /// Exponential.
    fn exp(self) -> Self;
    /// Natural logarithm.
    fn ln(self) -> Self;
    /// Whether a finished sum of products has all of its digits. In f64 that of numbers within f32 always has.
    fn keeps_digits(self) -> bool;
    /// Exponent of the power of two that brings the largest of `values` near 1 when they are divided by it; 0 where all
    /// are 0, one is not finite, or nothing has to be scaled in this precision.
    fn scale_of(values: impl Iterator<Item = Self>) -> i32;
    /// Exponent of the power of two that `values` have to be divided by to be held without loss; 0 where they are.
    fn excess_of(values: &[f64]) -> i32;
    /// `2^exponent`, for a normal result.
    fn power_of_two(exponent: i32) -> Self;
    /// The value of a tape for every element of `out`.
    fn evaluate(tape: &Tape, operands: &[Operand<'_, Self>], out: &mut [Self], scratch: &mut Scratch<Self>);

    /// -1, 0 or 1; 0 at 0.
    #[inline(always)]
    fn sign(self) -> Self {
        let positive = if self > Self::ZERO { Self::ONE } else { Self::ZERO };
        let negative = if self < Self::ZERO { Self::ONE } else { Self::ZERO };
        positive - negative
    }
}

impl Real for f32 {
    #[cfg(target_arch = "x86_64")]
    type Avx512 = F32x16;
    #[cfg(target_arch = "x86_64")]
    type Avx2 = F32x8;
    #[cfg(not(target_arch = "x86_64"))]
    type Avx512 = Plain<f32, 8>;
    #[cfg(not(target_arch = "x86_64"))]
    type Avx2 = Plain<f32, 8>;
    type Portable = Plain<f32, 8>;
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const NAME: &'static str = "f32";

    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value as f32
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        self.sqrt()
    }
    #[inline(always)]
    fn abs(self) -> Self {
        self.abs()
    }
    /// As of a row of one.
    #[inline(always)]
    fn tanh(self) -> Self {
        let mut y = [0.0];
        Self::tanh_row::<Plain<f32, 1>>(&[self], &mut y);
        y[0]
    }
    #[inline(always)]
    fn tanh_row<L: Lanes<Elem = Self>>(x: &[Self], y: &mut [Self]) {
        assert_eq!(x.len(), y.len(), "rows of one length");
        let whole = x.len() / L::N * L::N;
        for place in (0..whole).step_by(L::N) {
            // SAFETY: place + N is at most the length of both.
            unsafe { tanh_lanes(L::load(x.as_ptr().add(place))).store(y.as_mut_ptr().add(place)) };
        }
        if whole < x.len() {
            // The rest goes through a vector too, so that an element's value does not depend on its place.
            let mut rest = [0.0; 16];
            rest[..x.len() - whole].copy_from_slice(&x[whole..]);
            // SAFETY: N is at most 16.
            unsafe { tanh_lanes(L::load(rest.as_ptr())).store(rest.as_mut_ptr()) };
            y[whole..].copy_from_slice(&rest[..x.len() - whole]);
        }
    }
    #[inline(always)]
    fn sigmoid(self) -> Self {
        1.0 / (1.0 + Real::exp(-self))
    }
    /// 2^n times Cephes' polynomial on [-ln 2 / 2, ln 2 / 2]; error below 2 units in the last place.
    #[inline(always)]
    fn exp(self) -> Self {
        let x = if self > 88.0 { 88.0 } else { self };
        let x = if x < -87.0 { -87.0 } else { x };
        let n = (x * std::f32::consts::LOG2_E + 12_582_912.0) - 12_582_912.0;
        let r = x - n * 0.693_359_4 + n * 2.121_944_4e-4;
        let p = (((((1.987_569_1e-4 * r + 1.398_199_9e-3) * r + 8.333_452e-3) * r + 4.166_579_6e-2) * r
            + 1.666_666_5e-1)
            * r
            + 5e-1)
            * r
            * r
            + r
            + 1.0;
        // A NaN would give an arbitrary integer here; the product with p keeps it a NaN.
        p * f32::from_bits(((n as i32 + 127) as u32) << 23)
    }
    #[inline(always)]
    fn ln(self) -> Self {
        self.ln()
    }
    #[inline(always)]
    fn keeps_digits(self) -> bool {
        KEPT_EXPONENTS.contains(&exponent(self.to_bits()))
    }
    fn scale_of(values: impl Iterator<Item = Self>) -> i32 {
        // Of positive numbers, the order of their bits is that of their values, with what is not finite on top.
        let largest = values.map(|value| value.to_bits() & 0x7fff_ffff).fold(0, u32::max);
        // The power and its inverse have to be normal numbers.
        if largest == 0 || largest >= 0x7f80_0000 { 0 } else { exponent(largest).clamp(-126, 126) }
    }
    fn excess_of(values: &[f64]) -> i32 {
        let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        let exponent = (largest.to_bits() >> 52) as i32 - 1023;
        let is_held = largest == 0.0 || !largest.is_finite() || KEPT_EXPONENTS.contains(&exponent);
        if is_held { 0 } else { exponent }
    }
    #[inline(always)]
    fn power_of_two(exponent: i32) -> Self {
        f32::from_bits(((exponent + 127) as u32) << 23)
    }
    fn evaluate(tape: &Tape, operands: &[Operand<'_, Self>], out: &mut [Self], scratch: &mut Scratch<Self>) {
        evaluate_f32(tape, operands, out, scratch);
    }
}

/// Exponent of two of an f32; -127 below the normal numbers, 128 beyond the finite ones.
#[inline(always)]
fn exponent(bits: u32) -> i32 {
    (bits >> 23 & 0xff) as i32 - 127
}

/// tanh of f32: an odd polynomial of degree 13 over an even one of degree 6 (the coefficients of Eigen's `ptanh`).
#[inline(always)]
fn tanh_lanes<L: Lanes<Elem = f32>>(x: L) -> L {
    const ODD: [f32; 6] = [2.000_188e-13, -8.604_672e-11, 5.122_297e-8, 1.485_722_4e-5, 6.372_619e-4, 4.893_524_6e-3];
    const EVEN: [f32; 3] = [1.185_347_1e-4, 2.268_434_6e-3, 4.893_525e-3];
    let x = x.clamp(L::splat(-7.905_311), L::splat(7.905_311));
    let z = x.mul(x);
    let mut p = L::splat(-2.760_768_5e-16);
    for coefficient in ODD {
        p = p.mul_add(z, L::splat(coefficient));
    }
    let mut q = L::splat(1.198_258_4e-6);
    for coefficient in EVEN {
        q = q.mul_add(z, L::splat(coefficient));
    }
    x.mul(p).mul(q.reciprocal())
}

impl Real for f64 {
    type Avx512 = Plain<f64, 8>;
    type Avx2 = Plain<f64, 8>;
    type Portable = Plain<f64, 8>;
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const NAME: &'static str = "f64";

    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        self.sqrt()
    }
    #[inline(always)]
    fn abs(self) -> Self {
        self.abs()
    }
    #[inline(always)]
    fn tanh(self) -> Self {
        self.tanh()
    }
    #[inline(always)]
    fn tanh_row<L: Lanes<Elem = Self>>(x: &[Self], y: &mut [Self]) {
        for (y, &x) in y.iter_mut().zip(x) {
            *y = x.tanh();
        }
    }
    #[inline(always)]
    fn sigmoid(self) -> Self {
        1.0 / (1.0 + (-self).exp())
    }
    #[inline(always)]
    fn exp(self) -> Self {
        self.exp()
    }
    #[inline(always)]
    fn ln(self) -> Self {
        self.ln()
    }
    #[inline(always)]
    fn keeps_digits(self) -> bool {
        true
    }
    fn scale_of(_values: impl Iterator<Item = Self>) -> i32 {
        0
    }
    fn excess_of(_values: &[f64]) -> i32 {
        0
    }
    #[inline(always)]
    fn power_of_two(exponent: i32) -> Self {
        f64::from_bits(((exponent + 1023) as u64) << 52)
    }
    fn evaluate(tape: &Tape, operands: &[Operand<'_, Self>], out: &mut [Self], scratch: &mut Scratch<Self>) {
        evaluate_body(tape, operands, out, scratch);
    }
}

crate::dispatched! {
    fn evaluate_f32(tape: &Tape, operands: &[Operand<'_, f32>], out: &mut [f32], scratch: &mut Scratch<f32>) = evaluate_body
}

#[inline(always)]
fn evaluate_body<T: Number>(tape: &Tape, operands: &[Operand<'_, T>], out: &mut [T], scratch: &mut Scratch<T>) {
    tape.evaluate(operands, out, scratch);
}

/// Defines a function over `T: Real` whose body is compiled for each instruction set with its vector type.
macro_rules! with_lanes {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident : $ty:ty),* $(,)?) $(-> $ret:ty)? = $body:ident) => {
        $(#[$meta])*
        $vis fn $name<T: $crate::backend::cpu::Real>($($arg: $ty),*) $(-> $ret)? {
            #[cfg(target_arch = "x86_64")]
            {
                use $crate::instruction_set::InstructionSet;
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
                fn avx512<T: $crate::backend::cpu::Real>($($arg: $ty),*) $(-> $ret)? { $body::<T::Avx512, T>($($arg),*) }
                #[target_feature(enable = "avx2,fma")]
                fn avx2<T: $crate::backend::cpu::Real>($($arg: $ty),*) $(-> $ret)? { $body::<T::Avx2, T>($($arg),*) }
                match InstructionSet::detect() {
                    // SAFETY: detect() found the instructions; the products run eight times as fast with them.
                    InstructionSet::Avx512 => return unsafe { avx512::<T>($($arg),*) },
                    // SAFETY: as above.
                    InstructionSet::Avx2 => return unsafe { avx2::<T>($($arg),*) },
                    InstructionSet::Portable => {}
                }
            }
            $body::<T::Portable, T>($($arg),*)
        }
    };
}
pub(super) use with_lanes;

#[cfg(test)]
mod tests {
    use super::Real;

    /// Against f64: the bound is 4 units in the last place of an f32, as measured over 200,001 points.
    #[test]
    fn f32_functions_are_accurate() {
        let points = (-100_000..=100_000).map(|i| i as f32 * 1.0e-4);
        for x in points {
            let exact = f64::from(x);
            let check = |name: &str, found: f32, expected: f64, floor: f64| {
                let error = (f64::from(found) - expected).abs() / expected.abs().max(floor);
                assert!(error < 4.0 * f64::from(f32::EPSILON), "{name}({x}) = {found}, not {expected}");
            };
            check("tanh", Real::tanh(x), exact.tanh(), 1e-30);
            check("exp", Real::exp(x), exact.exp(), 0.0);
            check("sigmoid", Real::sigmoid(x), 1.0 / (1.0 + (-exact).exp()), 0.0);
        }
        let row: Vec<f32> = (-100_000..=100_000).map(|i| i as f32 * 1.0e-4).collect();
        let mut found = vec![0.0; row.len()];
        crate::backend::cpu::activation::tanh(&row, &mut found);
        for (&x, &y) in row.iter().zip(&found) {
            let error = (f64::from(y) - f64::from(x).tanh()).abs() / f64::from(x).tanh().abs().max(1e-30);
            assert!(error < 4.0 * f64::from(f32::EPSILON), "tanh of a row at {x} is {y}");
        }
        crate::backend::cpu::activation::tanh(&[f32::NAN, 1.0], &mut found[..2]);
        assert!(found[0].is_nan() && !found[1].is_nan());
        assert!(Real::tanh(f32::NAN).is_nan() && Real::sigmoid(f32::NAN).is_nan() && Real::exp(f32::NAN).is_nan());
        assert_eq!(Real::tanh(f32::INFINITY), Real::tanh(50.0));
        assert_eq!(Real::tanh(0.0_f32), 0.0);
    }
}
