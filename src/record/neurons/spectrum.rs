//! Power spectrum of a neuron's cosine.

/// Power density of equally spaced values, by frequency in cycles per step.
///
/// The mean is removed, undefined values (NaN) count as the mean, and a Hann window keeps strong frequencies from
/// leaking into others. One-sided: the sum of the densities times their distance is the variance, up to what the window
/// weighs differently. Values are a power of two in number, `spacing` steps apart.
pub(super) fn power(values: &[f32], spacing: f64) -> Vec<(f64, f64)> {
    let n = values.len();
    let defined = values.iter().filter(|v| !v.is_nan());
    let count = defined.clone().count();
    if !n.is_power_of_two() || n < 2 || count == 0 {
        return Vec::new();
    }
    let mean = defined.map(|&v| f64::from(v)).sum::<f64>() / count as f64;
    let hann = |i: usize| 0.5 - 0.5 * (std::f64::consts::TAU * i as f64 / n as f64).cos();
    let weighted = |(i, &v): (usize, &f32)| if v.is_nan() { 0.0 } else { (f64::from(v) - mean) * hann(i) };
    let mut real: Vec<f64> = values.iter().enumerate().map(weighted).collect();
    let mut imaginary = vec![0.0; n];
    transform(&mut real, &mut imaginary);
    let weight: f64 = (0..n).map(|i| hann(i).powi(2)).sum();
    (1..=n / 2)
        .map(|k| {
            // Each frequency stands for its negative too, but for the highest one, which is its own.
            let sides = if k == n / 2 { 1.0 } else { 2.0 };
            let square = real[k] * real[k] + imaginary[k] * imaginary[k];
            (k as f64 / (n as f64 * spacing), sides * square * spacing / weight)
        })
        .collect()
}

/// Fourier transform in place, of a power of two numbers (Cooley and Tukey 1965).
fn transform(real: &mut [f64], imaginary: &mut [f64]) {
    let n = real.len();
    let bits = n.trailing_zeros();
    for i in 0..n {
        let j = i.reverse_bits() >> (usize::BITS - bits);
        if i < j {
            real.swap(i, j);
            imaginary.swap(i, j);
        }
    }
    let mut half = 1;
    while half < n {
        for k in 0..half {
            let (sin, cos) = (-std::f64::consts::PI * k as f64 / half as f64).sin_cos();
            for low in (k..n).step_by(2 * half) {
                let high = low + half;
                let re = real[high] * cos - imaginary[high] * sin;
                let im = real[high] * sin + imaginary[high] * cos;
                (real[high], imaginary[high]) = (real[low] - re, imaginary[low] - im);
                (real[low], imaginary[low]) = (real[low] + re, imaginary[low] + im);
            }
        }
        half *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transform_is_the_sum_it_stands_for() {
        let n = 16;
        let x: Vec<f64> = (0..n).map(|i| (i as f64 * 0.37).sin() + f64::from(i == 3)).collect();
        let (mut real, mut imaginary) = (x.clone(), vec![0.0; n]);
        transform(&mut real, &mut imaginary);
        for k in 0..n {
            let angle = |i: usize| -std::f64::consts::TAU * (i * k) as f64 / n as f64;
            let re: f64 = x.iter().enumerate().map(|(i, x)| x * angle(i).cos()).sum();
            let im: f64 = x.iter().enumerate().map(|(i, x)| x * angle(i).sin()).sum();
            // Sixteen terms of order 1 in f64.
            assert!((re - real[k]).abs() < 1e-13 && (im - imaginary[k]).abs() < 1e-13, "frequency {k}");
        }
    }

    #[test]
    fn a_sine_has_its_power_at_its_frequency() {
        let (n, amplitude, offset) = (1024, 0.3, 0.5);
        let values: Vec<f32> = (0..n)
            .map(|i| (offset + amplitude * (std::f64::consts::TAU * 100.0 * i as f64 / n as f64).sin()) as f32)
            .collect();
        let spectrum = power(&values, 2.0);
        let peak = spectrum.iter().max_by(|a, b| a.1.total_cmp(&b.1)).expect("some");
        assert_eq!(peak.0, 100.0 / 2048.0);
        let distance = 1.0 / 2048.0;
        let variance: f64 = spectrum.iter().map(|(_, p)| p * distance).sum();
        // f32 values; the window's weights drop out for a whole number of periods.
        assert!((variance - amplitude * amplitude / 2.0).abs() < 1e-6, "{variance}");
    }
}
