//! The teacher's hyperbolic tangent: `f32::tanh` takes 5.6 million calls longer than the start may.

/// Replaces every value by its hyperbolic tangent; error below 1.2e-7 absolute.
///
/// No fused multiply-add is used, so every instruction set gives the same bits.
#[inline(always)]
fn tanh_body(values: &mut [f32]) {
    for value in values {
        *value = tanh_of(*value);
    }
}

crate::dispatched! {
    pub(super) fn tanh(values: &mut [f32]) = tanh_body
}

/// Cephes' tanhf: an odd polynomial near 0, exponentials elsewhere. Both are computed, so that the loop has no branch.
#[inline(always)]
fn tanh_of(x: f32) -> f32 {
    let z = x * x;
    let near =
        ((((-5.704_989e-3 * z + 2.063_909e-2) * z - 5.373_971_6e-2) * z + 1.333_144_2e-1) * z - 3.333_328e-1) * z * x
            + x;
    // 1 - 2 / (exp(20) + 1) is 1 in f32, so larger arguments need no exponential of their own.
    // A comparison keeps NaN, which `min` would turn into 20.
    let doubled = x.abs() * 2.0;
    let far = 1.0 - 2.0 / (exp_of(if doubled > 20.0 { 20.0 } else { doubled }) + 1.0);
    if x.abs() < 0.625 { near } else { far.copysign(x) }
}

/// Cephes' expf for -80 to 20.
#[inline(always)]
pub(super) fn exp_of(x: f32) -> f32 {
    // Adding 1.5 * 2^23 rounds to a whole number, which then stands in the low bits.
    let shifted = x * std::f32::consts::LOG2_E + 12_582_912.0;
    let n = shifted - 12_582_912.0;
    let r = x - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let p =
        ((((1.987_569_1e-4 * r + 1.398_2e-3) * r + 8.333_452e-3) * r + 4.166_579_6e-2) * r + 1.666_666_5e-1) * r + 0.5;
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(0x3f80_0000));
    (p * r * r + r + 1.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_library() {
        let points: Vec<f32> = (-120_000..=120_000).map(|i| i as f32 * 1e-4).collect();
        let mut values = points.clone();
        tanh(&mut values);
        for (&x, &y) in points.iter().zip(&values) {
            let exact = f64::from(x).tanh();
            // Two roundings at 1 (6e-8 each) at most.
            assert!((f64::from(y) - exact).abs() < 1.2e-7, "tanh({x}) = {y}, not {exact}");
        }
    }

    #[test]
    fn saturates_and_keeps_nan() {
        let mut values = [f32::INFINITY, f32::NEG_INFINITY, 1e30, f32::NAN];
        tanh(&mut values);
        assert_eq!(values[..3], [1.0, -1.0, 1.0]);
        assert!(values[3].is_nan());
    }

    #[test]
    fn the_portable_version_gives_the_same_bits() {
        let mut fast: Vec<f32> = (0..1000).map(|i| (i as f32 - 500.0) * 0.017).collect();
        let mut plain = fast.clone();
        tanh(&mut fast);
        tanh_body(&mut plain);
        assert_eq!(fast, plain);
    }
}
