//! Metrics beyond the range of f32: on the device a metric is an f32 and a small number of steps of powers of two.

/// Exponents of two from a step to the next: 16 steps reach over the squares of all that f32 holds.
pub const METRIC_STEP: i32 = 64;

/// Exponents in one number of a record, as digits of a number to the base of [`DIGITS`]: a whole number that f32 holds.
const IN_A_NUMBER: usize = 6;
const DIGITS: u32 = 16;
/// The digit of no step.
const NO_STEP: u32 = DIGITS / 2;

/// Numbers of one replica in a record of `metrics`: the metrics, and their exponents.
pub fn record_numbers(metrics: usize) -> usize {
    metrics + metrics.div_ceil(IN_A_NUMBER)
}

/// The metrics of one replica in a record.
pub fn read_record(record: &[f32], metrics: &mut [f64]) {
    let (values, packed) = record.split_at(metrics.len());
    for (place, (to, &value)) in metrics.iter_mut().zip(values).enumerate() {
        let digits = packed[place / IN_A_NUMBER] as u32;
        let digit = digits / DIGITS.pow((place % IN_A_NUMBER) as u32) % DIGITS;
        *to = f64::from(value);
        if digit != NO_STEP {
            *to *= 2f64.powi((digit as i32 - NO_STEP as i32) * METRIC_STEP);
        }
    }
}

/// A metric as the device keeps it: its value and its steps.
pub fn split(metric: f64) -> [f32; 2] {
    let exponent = ((metric.to_bits() >> 52 & 0x7ff) as i32) - 1023;
    if metric == 0.0 || !metric.is_finite() || (f32::MIN_EXP..f32::MAX_EXP - 1).contains(&exponent) {
        return [metric as f32, 0.0];
    }
    let furthest = NO_STEP as i32;
    let steps =
        (f64::from(exponent) / f64::from(METRIC_STEP)).round().clamp(f64::from(-furthest), f64::from(furthest - 1));
    [(metric * 2f64.powi(-(steps as i32) * METRIC_STEP)) as f32, steps as f32]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_split_reads_back() {
        // The squares of the least and the largest numbers of f32, sums of many such, and what is usual.
        let metrics = [1.4e-76, -1.2e77, 1e85, 0.1, 0.0, -3e-30, f64::from(f32::MIN_POSITIVE), 1e-60, 3e38];
        let mut record: Vec<f32> = metrics.iter().map(|&metric| split(metric)[0]).collect();
        let digits = metrics.map(|metric| (split(metric)[1] + NO_STEP as f32) as u32);
        // As `record.wgsl` packs them, with zeros for what is not there.
        for some in digits.chunks(IN_A_NUMBER) {
            let whole = some.iter().chain(std::iter::repeat(&NO_STEP)).take(IN_A_NUMBER).collect::<Vec<_>>();
            record.push(whole.iter().rev().fold(0, |number, &digit| number * DIGITS + digit) as f32);
        }
        assert_eq!(record.len(), record_numbers(metrics.len()));
        let mut found = [f64::NAN; 9];
        read_record(&record, &mut found);
        for (found, expected) in found.into_iter().zip(metrics) {
            // One rounding to f32.
            assert!((found - expected).abs() <= 6e-8 * expected.abs(), "{found}, not {expected}");
        }
    }
}
