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
    kind: AxisScale,
}

/// How far an axis that begins with zero beside decades reaches beyond zero's place, in decades.
const BEYOND_ZERO: f64 = 0.6;
/// What is below the least decade of such an axis stands half a decade below it.
const BELOW_LEAST: f64 = 0.5;

/// Where a value stands on an axis of that kind, before it is stretched between the ends; `None` where it has no place.
fn place_on(kind: AxisScale, value: f64) -> Option<f64> {
    let place = match kind {
        AxisScale::Linear => value,
        AxisScale::Log10 => (value > 0.0).then(|| value.log10())?,
        // As the window has it: what lies half a step before the first one begins with it.
        AxisScale::LogFromZero => (value.max(0.0) + 1.0).log10(),
        AxisScale::LogBesideZero { least } if value <= 0.0 => f64::from(least) - 1.0,
        AxisScale::LogBesideZero { least } => value.log10().max(f64::from(least) - BELOW_LEAST),
    };
    place.is_finite().then_some(place)
}

/// The value at such a place.
fn value_on(kind: AxisScale, place: f64) -> f64 {
    match kind {
        AxisScale::Linear => place,
        AxisScale::Log10 => 10_f64.powf(place),
        AxisScale::LogFromZero => 10_f64.powf(place) - 1.0,
        AxisScale::LogBesideZero { least } if place < f64::from(least) - BELOW_LEAST => 0.0,
        AxisScale::LogBesideZero { .. } => 10_f64.powf(place),
    }
}

impl Scale {
    /// The axis's own range, or one that fits `values`; `margin` is a share of the span left free at both ends.
    pub(super) fn new(axis: &Axis, values: impl Iterator<Item = f64>, margin: f64) -> Self {
        let kind = axis.scale;
        let is_linear = kind == AxisScale::Linear;
        let place = |value: f64| if value.is_finite() { place_on(kind, value) } else { None };
        let given = axis.range.and_then(|(a, b)| Some((place(a.min(b))?, place(a.max(b))?))).filter(|(a, b)| a != b);
        if let Some((low, high)) = given {
            let begins_with_zero =
                matches!(kind, AxisScale::LogBesideZero { least } if low < f64::from(least) - BELOW_LEAST);
            return Self { low: if begins_with_zero { low - BEYOND_ZERO } else { low }, high, kind };
        }
        let (mut low, mut high) = values
            .filter_map(place)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        // So small a span would show rounding as a signal.
        let least = if is_linear { (low.abs().max(high.abs()) * 1e-6).max(f64::MIN_POSITIVE) } else { 0.1 };
        if high - low < least {
            let half = if !is_linear || low == 0.0 { 0.5 } else { low.abs() / 2.0 };
            (low, high) = (low - half, high + half);
        } else {
            (low, high) = (low - margin * (high - low), high + margin * (high - low));
        }
        Self { low, high, kind }
    }

    /// Share of the way from the low end to the high one; `None` where the axis has no place for the value.
    pub(super) fn place(&self, value: f64) -> Option<f64> {
        let share = (place_on(self.kind, value)? - self.low) / (self.high - self.low);
        share.is_finite().then_some(share)
    }

    /// The value at a share of the way.
    pub(super) fn value_at(&self, share: f64) -> f64 {
        value_on(self.kind, self.low + share * (self.high - self.low))
    }

    /// The values at both ends, where they differ.
    pub(super) fn ends(&self) -> Option<(f64, f64)> {
        let ends = (self.value_at(0.0), self.value_at(1.0));
        (ends.0 < ends.1).then_some(ends)
    }

    /// Whether equal differences are equal lengths.
    pub(super) fn is_linear(&self) -> bool {
        self.kind == AxisScale::Linear
    }

    /// About `count` labelled ticks, fewer if `fits` says that their labels overlap.
    pub(super) fn ticks(&self, count: f64, whole: bool, fits: impl Fn(&[Tick]) -> bool) -> Vec<Tick> {
        let mut wanted = count.max(2.0);
        loop {
            let ticks = match self.kind {
                AxisScale::Linear => self.of_steps(wanted, whole),
                AxisScale::Log10 => self.of_decades(wanted),
                AxisScale::LogFromZero => self.of_counts(wanted),
                AxisScale::LogBesideZero { least } => self.beside_zero(wanted, least),
            };
            if wanted < 2.0 || fits(&ticks) {
                return ticks;
            }
            wanted *= 0.8;
        }
    }

    /// Zero and powers of ten, with their 2 and 5 fold between them; where these are fewer than two, round values.
    fn of_counts(&self, count: f64) -> Vec<Tick> {
        // Numbers of so few digits stand closer than those with powers.
        let roomy = 1.6 * count;
        let span = self.high - self.low;
        let every = (span / roomy).ceil().max(1.0) as i32;
        let is_seen = |value: f64| self.place(value).is_some_and(|share| (-1e-9..=1.0 + 1e-9).contains(&share));
        let mut ticks = vec![Tick { value: 0.0, label: Some(standing_alone(0.0)) }];
        for decade in 0..=15 {
            for digit in [1, 2, 5] {
                let value = f64::from(digit) * 10_f64.powi(decade);
                // One stands close beside zero.
                let is_named = digit == 1 && decade % every == 0 && (decade > 0 || roomy >= 1.5 * span);
                let label = is_named.then(|| count_of(decade));
                ticks.push(Tick { value, label });
            }
        }
        ticks.retain(|tick| is_seen(tick.value));
        if ticks.iter().filter(|tick| tick.label.is_some()).count() >= 2 {
            return ticks;
        }
        let within = Self { low: self.value_at(0.0), high: self.value_at(1.0), kind: AxisScale::Linear };
        within.of_steps(count, true)
    }

    /// Zero and powers of ten from the least on.
    fn beside_zero(&self, count: f64, least: i32) -> Vec<Tick> {
        let every = ((self.high - self.low) / (1.6 * count)).ceil().max(1.0) as i32;
        let zero = Tick { value: 0.0, label: Some(standing_alone(0.0)) };
        let decades = (least..=self.high.floor() as i32).map(|decade| Tick {
            value: 10_f64.powi(decade),
            // The least stands close beside zero.
            label: ((decade - least) % every == 0 && (every == 1 || decade > least)).then(|| power_of_ten(1, decade)),
        });
        let is_seen = |tick: &Tick| self.place(tick.value).is_some_and(|share| (-1e-9..=1.0 + 1e-9).contains(&share));
        std::iter::once(zero).chain(decades).filter(is_seen).collect()
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
        let within = Self { low: self.value_at(0.0), high: self.value_at(1.0), kind: AxisScale::Linear };
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

/// A power of ten among counts.
fn count_of(decade: i32) -> Label {
    if decade > 3 {
        return power_of_ten(1, decade);
    }
    Label { base: 10_i32.pow(decade.unsigned_abs()).to_string(), exponent: String::new() }
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
        let kinds =
            [AxisScale::Linear, AxisScale::Log10, AxisScale::LogFromZero, AxisScale::LogBesideZero { least: -5 }];
        for kind in kinds {
            let axis = Axis { scale: kind, ..Axis::default() };
            for values in [vec![], vec![3.0], vec![f64::NAN, -1.0], vec![0.0]] {
                let scale = Scale::new(&axis, values.into_iter(), 0.05);
                assert!(scale.high > scale.low);
                let ticks = scale.ticks(5.0, false, |_| true).len();
                assert!(ticks >= 2 || kind == AxisScale::LogBesideZero { least: -5 }, "{kind:?} {axis:?}: {ticks}");
            }
        }
    }

    #[test]
    fn steps_begin_with_zero_on_a_logarithmic_axis() {
        let axis = |range| scale(range, AxisScale::LogFromZero);
        let steps = axis((0.0, 3999.0));
        assert_eq!(steps.place(0.0), Some(0.0));
        assert!(steps.place(9.0).is_some_and(|share| (share - 1.0 / 4000_f64.log10()).abs() < 1e-12));
        for share in [0.0, 0.3, 1.0] {
            assert!((steps.place(steps.value_at(share)).expect("a place") - share).abs() < 1e-12);
        }
        assert_eq!(words(&steps.ticks(6.0, false, |_| true)), ["0", "1", "10", "100", "1000"]);
        // One gives way first, as it stands close beside zero.
        assert_eq!(words(&axis((0.0, 2e5)).ticks(4.0, false, |_| true)), ["0", "10", "100", "1000", "10^4", "10^5"]);
        assert!(words(&axis((210.0, 870.0)).ticks(4.0, false, |_| true)).len() >= 2);
    }

    #[test]
    fn zero_has_a_place_beside_decades() {
        let axis = scale((0.0, 0.1), AxisScale::LogBesideZero { least: -8 });
        let place = |value: f64| axis.place(value).expect("a place");
        let decade = place(1e-3) - place(1e-4);
        assert!((place(1e-8) - place(0.0) - decade).abs() < 1e-12, "a decade below the least one");
        assert!(place(0.0) > 0.5 * decade, "and clear of the frame");
        assert_eq!(words(&axis.ticks(9.0, false, |_| true))[..2], ["0", "10^\u{2212}8"]);
    }
}
