//! Numbers as people type them: one reading for every field of the window.

use crate::experiment::fields::Allowed;

/// Why a text is not taken as a number.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Misread {
    /// It has letters, two signs, or nothing at all.
    #[error("is not a number")]
    NotANumber,
    /// Its comma may set thousands apart or begin the decimals.
    #[error("may be {thousands} or {decimal}: write it without the comma")]
    Ambiguous {
        /// With the comma between thousands.
        thousands: String,
        /// With a decimal comma.
        decimal: String,
    },
    /// It is beyond the range of double precision.
    #[error("is too large a number to compute with")]
    TooLarge,
}

/// Reads `5e-4`, `0.0005`, `.5`, `0,005`, `5×10⁻⁴`, `5*10^-4`, `10^-3`, `1 000`, `1,234,567` and `1,000.5`.
///
/// # Errors
/// What else is typed. A single comma before three digits is refused where both of its meanings are likely, as in `1,500`;
/// so is a point between thousands, as in `1.000,5`.
pub fn read(text: &str) -> Result<f64, Misread> {
    let plain = plain(text.trim());
    let value = match product(&plain) {
        Some((mantissa, power)) => {
            let mantissa = if mantissa.is_empty() { 1.0 } else { decimal(&mantissa)? };
            // Through decimal text, since a product with a power of ten would be off by its rounding.
            format!("{mantissa:e}").split_once('e').and_then(|(digits, own)| {
                let exponent = own.parse::<i32>().ok()?.checked_add(power)?;
                format!("{digits}e{exponent}").parse().ok()
            })
        }
        None => Some(decimal(&plain)?),
    };
    let value: f64 = value.ok_or(Misread::TooLarge)?;
    if value.is_finite() { Ok(value) } else { Err(Misread::TooLarge) }
}

/// As [`read`], for what a field allows; of a whole number, a single comma before three digits sets thousands apart.
///
/// # Errors
/// Why the text is refused and what is allowed, to be said behind the field's name: `'abc' is not a number (...)`.
pub fn read_allowed(text: &str, allowed: Allowed) -> Result<f64, String> {
    let words = allowed.words().unwrap_or_else(|| "a finite number".into());
    let refused = |why: String| format!("'{}' {why}; allowed is {words}", text.trim());
    let value = match (read(text), allowed) {
        (Err(Misread::Ambiguous { thousands, .. }), Allowed::Whole { .. }) => {
            thousands.parse().map_err(|_| refused(Misread::NotANumber.to_string()))?
        }
        (read, _) => read.map_err(|error| refused(error.to_string()))?,
    };
    if allowed.contains(value) { Ok(value) } else { Err(refused("is not allowed".into())) }
}

/// Other signs for minus, times and raised digits as those of a program.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut is_raised = false;
    for c in text.chars() {
        let raised =
            "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().position(|digit| digit == c).and_then(|digit| char::from_digit(digit as u32, 10));
        if (raised.is_some() || c == '⁻') && !is_raised && !out.ends_with('^') {
            out.push('^');
        }
        is_raised = raised.is_some() || c == '⁻';
        out.push(match c {
            '⁻' | '−' | '–' => '-',
            '×' | '·' | 'x' => '*',
            '\u{a0}' | '\u{202f}' | '\u{2009}' | '_' => ' ',
            other => raised.unwrap_or(other),
        });
    }
    out
}

/// The parts of `mantissa*10^power` and of `10^power`, whose mantissa is empty; `None` for a text without them.
fn product(text: &str) -> Option<(String, i32)> {
    let (mantissa, rest) = match text.split_once('*') {
        Some((mantissa, rest)) => (mantissa.trim(), rest.trim()),
        None => ("", text),
    };
    if mantissa.is_empty() && text.contains('*') {
        return None;
    }
    let power = rest.strip_prefix("10")?;
    let power = match power.strip_prefix('^') {
        Some(power) => power,
        // A sign tells the power from the digits of another number.
        None if power.starts_with('-') || power.starts_with('+') => power,
        None => return None,
    };
    Some((mantissa.to_owned(), power.trim().parse().ok()?))
}

/// A decimal number without powers in words: digits, point or comma, thousands apart, `e` and an exponent.
fn decimal(text: &str) -> Result<f64, Misread> {
    let (number, exponent) = match text.find(['e', 'E']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let unsigned = number.trim_start_matches(['+', '-']);
    let sign = &number[..number.len() - unsigned.len()];
    let digits = without_separators(unsigned)?;
    let is_plain = |text: &str| text.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E'));
    let whole = format!("{sign}{digits}{exponent}");
    if !is_plain(&whole) {
        return Err(Misread::NotANumber);
    }
    whole.parse().map_err(|_| Misread::NotANumber)
}

fn without_separators(text: &str) -> Result<String, Misread> {
    let commas = text.matches(',').count();
    if text.contains(' ') {
        return if commas == 0 { groups(text, ' ').ok_or(Misread::NotANumber) } else { Err(Misread::NotANumber) };
    }
    match (commas, text.find('.')) {
        (0, _) => Ok(text.to_owned()),
        (1, None) => {
            let decimal = text.replace(',', ".");
            match groups(text, ',') {
                // Nobody writes thousands behind a zero.
                Some(thousands) if !text.starts_with('0') => {
                    let shown = decimal.trim_end_matches('0').trim_end_matches('.').to_owned();
                    Err(Misread::Ambiguous { thousands, decimal: shown })
                }
                _ => Ok(decimal),
            }
        }
        _ => groups(text, ',').ok_or(Misread::NotANumber),
    }
}

/// The digits of `1,234,567.8` without what sets thousands apart; `None` where it stands elsewhere.
fn groups(text: &str, separator: char) -> Option<String> {
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let are_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = whole.split(separator);
    let first = parts.next().filter(|first| (1..=3).contains(&first.len()) && are_digits(first))?;
    let mut digits = first.to_owned();
    for part in parts {
        if part.len() != 3 || !are_digits(part) {
            return None;
        }
        digits.push_str(part);
    }
    (!rest.contains(separator)).then(|| format!("{digits}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::look::numbers::scientific;

    #[test]
    fn reads_every_common_spelling() {
        for text in [
            "5e-4",
            "0.0005",
            "5×10⁻⁴",
            "5*10^-4",
            "5 x 10^-4",
            "5·10⁻⁴",
            "5×10−4",
            ".0005",
            "0,0005",
            "+5E-4",
            "5,0e-4",
            " 0.0005 ",
            "0,5×10⁻³",
        ] {
            assert_eq!(read(text), Ok(5e-4), "{text}");
        }
        for (text, value) in [
            ("0,005", 0.005),
            ("1,5", 1.5),
            (" .5 ", 0.5),
            ("5.", 5.0),
            ("-2", -2.0),
            ("−2", -2.0),
            ("5e-3", 5e-3),
            ("5·10⁻³", 5e-3),
            ("10^3", 1000.0),
            ("10²", 100.0),
            ("102", 102.0),
            ("1 000", 1000.0),
            ("1_000", 1000.0),
            ("1,234,567", 1_234_567.0),
            ("1,000.5", 1000.5),
            ("0.0012345", 0.0012345),
            ("1e3", 1000.0),
        ] {
            assert_eq!(read(text), Ok(value), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_not_clear() {
        for text in [
            "",
            "abc",
            "nan",
            "inf",
            "--3",
            "1.000,5",
            "1,2,3",
            "1,0000,000",
            "5*102",
            "*10^3",
            "1 2",
            "5 %",
            "0x10",
            "1e",
        ] {
            assert_eq!(read(text), Err(Misread::NotANumber), "{text}");
        }
        for text in ["1e999", "10^400", "9×10^308"] {
            assert_eq!(read(text), Err(Misread::TooLarge), "{text}");
        }
        let error = read("1,500").expect_err("both are likely").to_string();
        assert_eq!(error, "may be 1500 or 1.5: write it without the comma");
    }

    #[test]
    fn what_is_allowed_is_told() {
        let seeds = Allowed::Whole { min: 1, max: 1024 };
        for (text, value) in [("1e3", 1000.0), ("20.0", 20.0), ("1,000", 1000.0), ("0016", 16.0)] {
            assert_eq!(read_allowed(text, seeds), Ok(value), "{text}");
        }
        for (text, why) in [
            ("1.5", "'1.5' is not allowed; allowed is a whole number from 1 to 1024"),
            ("2000", "'2000' is not allowed; allowed is a whole number from 1 to 1024"),
            (" few ", "'few' is not a number; allowed is a whole number from 1 to 1024"),
        ] {
            assert_eq!(read_allowed(text, seeds), Err(why.into()));
        }
        let rate = Allowed::Number { min: 0.0, max: 1e3, above: false };
        assert_eq!(
            read_allowed("1e300", rate),
            Err("'1e300' is not allowed; allowed is a number from 0 to 1e3".into())
        );
    }

    #[test]
    fn what_is_shown_reads_back() {
        for value in [3.0e-7, 1.23e-3, 0.5, 17.0, 9.99e8, -2e6] {
            assert_eq!(read(&scientific(value)), Ok(value));
        }
    }
}
