//! Numbers as a scientist writes them.

use crate::experiment::AxisValue;

/// Significant digits of a setting; finer steps are below what a slider can be aimed at.
const DIGITS: i32 = 3;

/// A setting in short form: `0`, `0.1`, `256`, `5×10⁻⁴`.
#[must_use]
pub fn scientific(value: f64) -> String {
    written(value, trim_zeros)
}

/// A measured value with three significant digits, zeros at the end included: `5.80×10⁻³`.
#[must_use]
pub fn measured(value: f64) -> String {
    written(value, |text| text)
}

/// A measured value with its sign: `+5.80×10⁻³`, `−0.100`; at most ten characters for two-digit exponents, zero
/// without a sign.
#[must_use]
pub fn signed(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let sign = if value < 0.0 { '−' } else { '+' };
    format!("{sign}{}", measured(value.abs()))
}

/// The least of 1, 2 and 5 times a power of ten that is not below `value`, so that a scale rests while values move; 1
/// for nothing.
#[must_use]
pub fn round_up(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return 1.0;
    }
    let power = 10f64.powi(exponent(value));
    // The greatest value of a decade is written as ten times the power below.
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|edge| *edge >= value * (1.0 - 1e-12)).unwrap_or(value)
}

fn written(value: f64, finish: fn(String) -> String) -> String {
    if value == 0.0 {
        return "0".into();
    }
    if !value.is_finite() {
        return value.to_string();
    }
    let rounded = round_significant(value);
    let magnitude = rounded.abs();
    if (0.01..10_000.0).contains(&magnitude) {
        return finish(format!("{rounded:.*}", (DIGITS - 1 - exponent(rounded)).max(0) as usize));
    }
    let exponent = exponent(rounded);
    let mantissa = finish(format!("{:.*}", (DIGITS - 1) as usize, rounded / 10f64.powi(exponent)));
    format!("{mantissa}×10{}", superscript(exponent))
}

/// Rounds to three significant digits, so that what is shown is what is sent.
#[must_use]
pub fn round_significant(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    // Through decimal text, since scaling by a power of ten would leave 5.0000000000000001e-4.
    format!("{value:.*e}", (DIGITS - 1) as usize).parse().unwrap_or(value)
}

/// An exponent in raised digits.
#[must_use]
pub fn superscript(exponent: i32) -> String {
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    exponent.to_string().chars().map(|c| c.to_digit(10).map_or('⁻', |d| RAISED[d as usize])).collect()
}

/// A loss, from its decimal logarithm, with three significant digits.
#[must_use]
pub fn from_log10(log: f64) -> String {
    scientific(10f64.powf(log))
}

/// A count with thousands set apart: `12,345`.
#[must_use]
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A time that was spent: `8 s`, `2 min 10 s`, `3 h 5 min`.
#[must_use]
pub fn duration(time: std::time::Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// Seeds in short form: `seed 3`, `seeds 0-3`.
#[must_use]
pub fn seeds(seeds: &[u64]) -> String {
    match (seeds.first(), seeds.last()) {
        (Some(first), Some(last)) if first != last => format!("seeds {first}-{last}"),
        (Some(seed), _) => format!("seed {seed}"),
        _ => "no seeds".into(),
    }
}

/// A cosine with its sign, so that columns of them align: `+0.171`, `−0.100`.
#[must_use]
pub fn cosine(value: f64) -> String {
    let text = format!("{:.3}", value.abs());
    let sign = if text == "0.000" {
        ' '
    } else if value < 0.0 {
        '−'
    } else {
        '+'
    };
    format!("{sign}{text}")
}

/// A setting's value out of an intervention or a configuration, in short form.
#[must_use]
pub fn json(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Number(number) => match number.as_u64() {
            Some(whole) => count(whole),
            None => number.as_f64().map_or_else(|| number.to_string(), scientific),
        },
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(items) if items.is_empty() => "none".into(),
        other => other.to_string(),
    }
}

/// A value of an axis of a sweep, in short form: `5×10⁻⁴`, `on`, `tanh`.
#[must_use]
pub fn axis_value(value: &AxisValue) -> String {
    match value {
        AxisValue::Number(number) => scientific(*number),
        AxisValue::Switch(is_on) => if *is_on { "on" } else { "off" }.into(),
        AxisValue::Text(text) => text.clone(),
    }
}

fn exponent(value: f64) -> i32 {
    // The formatter's own exponent, since log10 of a power of ten may fall just below it.
    format!("{:e}", value.abs()).split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0)
}

fn trim_zeros(text: String) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measured_values_keep_their_digits() {
        for (value, text) in
            [(5.8e-3, "5.80×10⁻³"), (0.1, "0.100"), (1234.0, "1230"), (0.0, "0"), (-2e-7, "-2.00×10⁻⁷")]
        {
            assert_eq!(measured(value), text);
        }
    }

    #[test]
    fn signed_values_and_round_scales() {
        for (value, text) in [(5.8e-3, "+5.80×10⁻³"), (-0.1, "−0.100"), (0.0, "0"), (-1.23e-12, "−1.23×10⁻¹²")]
        {
            assert_eq!(signed(value), text);
        }
        for (value, edge) in [(0.0, 1.0), (1.0, 1.0), (1.01, 2.0), (0.0031, 0.005), (7.0, 10.0), (f64::NAN, 1.0)] {
            assert!((round_up(value) / edge - 1.0).abs() < 1e-9, "{value}: {}", round_up(value));
        }
    }

    #[test]
    fn writes_settings_in_short_form() {
        let cases = [
            (0.0, "0"),
            (0.1, "0.1"),
            (256.0, "256"),
            (0.015, "0.015"),
            (5e-4, "5×10⁻⁴"),
            (1.234_56e-5, "1.23×10⁻⁵"),
            (1e-3, "1×10⁻³"),
            (-2e6, "−2×10⁶"),
        ];
        for (value, text) in cases {
            assert_eq!(scientific(value).replace('-', "−"), text);
        }
    }

    #[test]
    fn values_of_axes_are_written_like_settings() {
        let text = |text: &str| AxisValue::Text(text.into());
        let cases = [
            (AxisValue::Number(0.0), "0"),
            (AxisValue::Number(5e-4), "5×10⁻⁴"),
            (AxisValue::Switch(true), "on"),
            (text("tanh"), "tanh"),
        ];
        for (value, written) in cases {
            assert_eq!(axis_value(&value), written);
        }
    }

    #[test]
    fn counts_and_cosines_align() {
        assert_eq!(count(0), "0");
        assert_eq!(count(3950), "3,950");
        assert_eq!(count(1_000_000), "1,000,000");
        assert_eq!(cosine(0.171), "+0.171");
        assert_eq!(cosine(-0.1), "−0.100");
        assert_eq!(cosine(-0.0001), " 0.000");
    }
}
