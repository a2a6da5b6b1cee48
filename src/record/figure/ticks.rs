//! Where ticks stand and what they say.

use super::sheet::{Anchor, Point, Rgb, Sheet, text_width};
use crate::record::exhibit::{Axis, AxisScale};

/// Size of a raised exponent beside that of its base.
const RAISED: f64 = 0.75;

/// A number as printed, with an exponent that is set smaller and raised, as few typefaces have legible ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Label {
    pub base: String,
    pub exponent: String,
}

impl Label {
    pub(super) fn width(&self, size: f64) -> f64 {
        text_width(&self.base, size) + text_width(&self.exponent, size * RAISED)
    }

    pub(super) fn draw(&self, sheet: &mut Sheet, at: Point, size: f64, anchor: Anchor, color: Rgb) {
        let left = match anchor {
            Anchor::Start => at.0,
            Anchor::Middle => at.0 - self.width(size) / 2.0,
            Anchor::End => at.0 - self.width(size),
        };
        sheet.text(&self.base, (left, at.1), size, Anchor::Start, color);
        let beside = (left + text_width(&self.base, size), at.1 - 0.38 * size);
        sheet.text(&self.exponent, beside, size * RAISED, Anchor::Start, color);
    }
}

/// A tick; without a label a minor one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub value: f64,
    pub label: Option<Label>,
}

/// An axis with its ends: from values to 0..1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    logarithmic: bool,
}

impl Scale {
    /// The axis's own range, or one that fits `values`; `margin` is a share of the span left free at both ends.
    pub(super) fn new(axis: &Axis, values: impl Iterator<Item = f64>, margin: f64) -> Self {
        let logarithmic = axis.scale == AxisScale::Log10;
        let usable = |value: &f64| value.is_finite() && (!logarithmic || *value > 0.0);
        let transform = |value: f64| if logarithmic { value.log10() } else { value };
        let given = axis.range.filter(|(a, b)| usable(a) && usable(b) && a != b);
        if let Some((a, b)) = given {
            return Self { low: transform(a.min(b)), high: transform(a.max(b)), logarithmic };
        }
        let (mut low, mut high) = values
            .filter(usable)
            .map(transform)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        // So small a span would show rounding as a signal.
        let least = if logarithmic { 0.1 } else { (low.abs().max(high.abs()) * 1e-6).max(f64::MIN_POSITIVE) };
        if high - low < least {
            let half = if logarithmic || low == 0.0 { 0.5 } else { low.abs() / 2.0 };
            (low, high) = (low - half, high + half);
        } else {
            (low, high) = (low - margin * (high - low), high + margin * (high - low));
        }
        Self { low, high, logarithmic }
    }

    /// Share of the way from the low end to the high one; `None` where the axis has no place for the value.
    pub(super) fn place(&self, value: f64) -> Option<f64> {
        let value = if self.logarithmic { (value > 0.0).then(|| value.log10())? } else { value };
        let share = (value - self.low) / (self.high - self.low);
        share.is_finite().then_some(share)
    }

    /// About `count` labelled ticks, fewer if `fits` says that their labels overlap.
    pub(super) fn ticks(&self, count: f64, whole: bool, fits: impl Fn(&[Tick]) -> bool) -> Vec<Tick> {
        let mut wanted = count.max(2.0);
        loop {
            let ticks = if self.logarithmic { self.of_decades(wanted) } else { self.of_steps(wanted, whole) };
            if wanted < 2.0 || fits(&ticks) {
                return ticks;
            }
            wanted *= 0.8;
        }
    }

    fn of_steps(&self, count: f64, whole: bool) -> Vec<Tick> {
        let raw = (self.high - self.low) / count;
        let power = 10_f64.powf(raw.log10().floor());
        let mut step = [1.0, 2.0, 5.0, 10.0].map(|n| n * power).into_iter().find(|s| *s >= raw * 0.8).unwrap_or(raw);
        if whole {
            step = step.max(1.0);
        }
        if !(step.is_finite() && step > 0.0) {
            return Vec::new();
        }
        let slack = 1e-9 * (self.high - self.low);
        let (first, last) = (((self.low - slack) / step).ceil(), ((self.high + slack) / step).floor());
        let values: Vec<f64> = (0..=(last - first).clamp(0.0, 100.0) as u32)
            .map(|index| (first + f64::from(index)) * step)
            .filter(|value| *value <= self.high + slack)
            .collect();
        let largest = values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
        values.into_iter().map(|value| Tick { value, label: Some(linear(value, step, largest)) }).collect()
    }

    /// Powers of ten; where these are fewer than two, 2 and 5 times powers too, then every digit, and at last equal steps.
    fn of_decades(&self, count: f64) -> Vec<Tick> {
        const DIGITS: [&[i32]; 3] = [&[1], &[1, 2, 5], &[1, 2, 3, 4, 5, 6, 7, 8, 9]];
        let least = usize::from(self.high - self.low < 2.0);
        let mut ticks = Vec::new();
        for digits in &DIGITS[least..] {
            ticks = self.of_digits(count, digits);
            if ticks.iter().filter(|tick| tick.label.is_some()).count() >= 2 {
                return ticks;
            }
        }
        // Within one digit the axis is as good as linear.
        let within = Self { low: 10_f64.powf(self.low), high: 10_f64.powf(self.high), logarithmic: false };
        let finer = [1.0, 2.0, 4.0, 8.0].map(|finer| within.of_steps(finer * count.max(2.0), false));
        finer.into_iter().find(|steps| steps.len() >= 2).unwrap_or(ticks)
    }

    fn of_digits(&self, count: f64, digits: &[i32]) -> Vec<Tick> {
        let (first, last) = ((self.low - 1e-9).ceil() as i32, (self.high + 1e-9).floor() as i32);
        let every = (f64::from(last - first) / count).ceil().max(1.0) as i32;
        let span = self.high - self.low;
        let mut ticks = Vec::new();
        for decade in (first - 1)..=last {
            let power = 10_f64.powi(decade);
            for digit in 1..=9 {
                let value = f64::from(digit) * power;
                let place = value.log10();
                if place < self.low - 1e-9 || place > self.high + 1e-9 {
                    continue;
                }
                let labelled = if digit == 1 {
                    decade.rem_euclid(every) == 0
                } else {
                    digits.contains(&digit) || (span < 0.6 && count > 3.0)
                };
                if labelled {
                    ticks.push(Tick { value, label: Some(power_of_ten(digit, decade)) });
                } else if span < 8.0 || digit == 1 {
                    ticks.push(Tick { value, label: None });
                }
            }
        }
        ticks
    }
}

/// The ends of an axis that fits values.
pub(in crate::record) fn fitting_range(scale: AxisScale, values: Vec<f64>, margin: f64) -> Option<(f64, f64)> {
    let axis = Axis { scale, ..Axis::default() };
    let Scale { low, high, logarithmic } = Scale::new(&axis, values.into_iter(), margin);
    let ends = if logarithmic { (10_f64.powf(low), 10_f64.powf(high)) } else { (low, high) };
    (ends.0 < ends.1).then_some(ends)
}

/// A number by itself: three digits at most, with a power of ten where there would be many zeros.
pub(super) fn standing_alone(value: f64) -> Label {
    if value == 0.0 || !value.is_finite() {
        return Label { base: "0".into(), exponent: String::new() };
    }
    let text = format!("{value:.2e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-2..=3).contains(&exponent) {
        let places = (2 - exponent).max(0) as usize;
        let plain = format!("{value:.places$}");
        let plain = if plain.contains('.') { plain.trim_end_matches('0').trim_end_matches('.') } else { &plain };
        return Label { base: minus(plain), exponent: String::new() };
    }
    let base = if mantissa == "1" { "10".to_owned() } else { format!("{}\u{d7}10", minus(mantissa)) };
    Label { base, exponent: minus(&exponent.to_string()) }
}

fn power_of_ten(digit: i32, decade: i32) -> Label {
    let base = if digit == 1 { "10".to_owned() } else { format!("{digit}\u{d7}10") };
    Label { base, exponent: minus(&decade.to_string()) }
}

/// Decimals as the step needs them; powers of ten beyond 10^6 and below 10^-4.
fn linear(value: f64, step: f64, largest: f64) -> Label {
    if value == 0.0 || largest == 0.0 {
        return Label { base: "0".into(), exponent: String::new() };
    }
    if !(1e-3..1e7).contains(&largest) {
        let decade = largest.log10().floor() as i32;
        let unit = 10_f64.powi(decade);
        let mantissa = decimals(value / unit, step / unit);
        return Label { base: format!("{mantissa}\u{d7}10"), exponent: minus(&decade.to_string()) };
    }
    Label { base: decimals(value, step), exponent: String::new() }
}

fn decimals(value: f64, step: f64) -> String {
    // 0.25 needs two places though its power of ten has one.
    let places = (0..12)
        .find(|places| (step * 10_f64.powi(*places)).fract().min(1.0 - (step * 10_f64.powi(*places)).fract()) < 1e-6);
    let text = format!("{value:.*}", places.unwrap_or(12) as usize);
    if text.trim_matches(['-', '0', '.']).is_empty() { "0".to_owned() } else { minus(&grouped(&text)) }
}

fn minus(text: &str) -> String {
    text.replace('-', "\u{2212}")
}

/// Thousands set apart by thin spaces, as in print.
pub(super) fn grouped(number: &str) -> String {
    let (whole, rest) = number.split_once('.').map_or((number, None), |(whole, rest)| (whole, Some(rest)));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut out = sign.to_owned();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) && digits.len() > 4 {
            out.push('\u{2009}');
        }
        out.push(digit);
    }
    rest.map_or(out.clone(), |rest| format!("{out}.{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(range: (f64, f64), scale: AxisScale) -> Scale {
        let axis = Axis { range: Some(range), scale, ..Axis::default() };
        Scale::new(&axis, std::iter::empty(), 0.0)
    }

    fn words(ticks: &[Tick]) -> Vec<String> {
        let labels = ticks.iter().filter_map(|tick| tick.label.as_ref());
        labels
            .map(|l| if l.exponent.is_empty() { l.base.clone() } else { format!("{}^{}", l.base, l.exponent) })
            .collect()
    }

    #[test]
    fn linear_ticks() {
        let ticks = |range| words(&scale(range, AxisScale::Linear).ticks(4.0, false, |_| true));
        assert_eq!(ticks((-0.1, 0.3)), ["\u{2212}0.1", "0", "0.1", "0.2", "0.3"]);
        assert_eq!(ticks((0.0, 40_000.0)), ["0", "10\u{2009}000", "20\u{2009}000", "30\u{2009}000", "40\u{2009}000"]);
        assert_eq!(ticks((0.0, 4000.0)), ["0", "1000", "2000", "3000", "4000"]);
        assert_eq!(
            ticks((0.0, 2e-5)),
            ["0", "0.5\u{d7}10^\u{2212}5", "1.0\u{d7}10^\u{2212}5", "1.5\u{d7}10^\u{2212}5", "2.0\u{d7}10^\u{2212}5"]
        );
        let whole = scale((0.5, 3.5), AxisScale::Linear).ticks(9.0, true, |_| true);
        assert_eq!(words(&whole), ["1", "2", "3"]);
    }

    #[test]
    fn decades() {
        let ticks = |range| words(&scale(range, AxisScale::Log10).ticks(6.0, false, |_| true));
        assert_eq!(ticks((1e-3, 1.0)), ["10^\u{2212}3", "10^\u{2212}2", "10^\u{2212}1", "10^0"]);
        assert_eq!(ticks((1e-12, 1.0)).len(), 7);
        assert_eq!(
            ticks((0.02, 0.3)),
            ["2\u{d7}10^\u{2212}2", "5\u{d7}10^\u{2212}2", "10^\u{2212}1", "2\u{d7}10^\u{2212}1"]
        );
        assert_eq!(scale((1e-3, 1.0), AxisScale::Log10).place(0.0), None);
    }

    #[test]
    fn a_logarithmic_axis_has_at_least_two_numbers() {
        let spans =
            [(1.8e-3, 3.9e-3), (0.9, 1.9), (2.1e-4, 2.9e-4), (0.011, 0.019), (0.3, 3.0), (5e-9, 1e-8), (1e-7, 9e3)];
        for range in spans {
            for count in [2.0, 3.0, 6.0] {
                let ticks = scale(range, AxisScale::Log10).ticks(count, false, |_| true);
                let named = words(&ticks);
                assert!(named.len() >= 2, "{range:?} with {count}: {named:?}");
                assert!(named.windows(2).all(|pair| pair[0] != pair[1]), "{named:?}");
            }
        }
        let few = scale((1.8e-3, 3.9e-3), AxisScale::Log10).ticks(2.0, false, |_| true);
        assert_eq!(words(&few), ["2\u{d7}10^\u{2212}3", "3\u{d7}10^\u{2212}3"]);
    }

    #[test]
    fn empty_and_single_values_have_an_axis() {
        for kind in [AxisScale::Linear, AxisScale::Log10] {
            let axis = Axis { scale: kind, ..Axis::default() };
            for values in [vec![], vec![3.0], vec![f64::NAN, -1.0], vec![0.0]] {
                let scale = Scale::new(&axis, values.into_iter(), 0.05);
                assert!(scale.high > scale.low);
                assert!(scale.ticks(5.0, false, |_| true).len() >= 2);
            }
        }
    }
}
