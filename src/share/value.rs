//! Values of fields as short text of one line that is TOML.

use toml::Value;

/// Fewest characters that read back as the same value.
pub(super) fn to_text(value: &Value) -> String {
    match value {
        Value::Float(number) => float(*number),
        // JSON's strings are TOML's, always on one line.
        Value::String(text) => serde_json::Value::from(text.as_str()).to_string().replace('\u{7f}', "\\u007f"),
        Value::Array(items) => format!("[{}]", items.iter().map(to_text).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

fn float(number: f64) -> String {
    if !number.is_finite() {
        return Value::Float(number).to_string();
    }
    let (plain, scientific) = (format!("{number:?}"), format!("{number:e}"));
    // A whole number without point or exponent would be an integer.
    if scientific.len() < plain.len() && scientific.contains('e') { scientific } else { plain }
}

/// Reads what [`to_text`] wrote, or any TOML value.
pub(super) fn from_text(text: &str) -> Option<Value> {
    format!("v = {text}").parse::<toml::Table>().ok().filter(|table| table.len() == 1)?.remove("v")
}

/// An intervention's value, whose absence is null, as text.
pub(super) fn json_to_text(value: &serde_json::Value) -> String {
    Value::try_from(value).map_or_else(|_| "null".to_owned(), |value| to_text(&value))
}

/// Reads what [`json_to_text`] wrote.
pub(super) fn json_from_text(text: &str) -> Option<serde_json::Value> {
    if text == "null" {
        return Some(serde_json::Value::Null);
    }
    serde_json::to_value(from_text(text)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_exact() {
        for (value, text) in [
            (Value::Float(5e-4), "5e-4"),
            (Value::Float(0.1), "0.1"),
            (Value::Float(1.0), "1.0"),
            (Value::Float(-0.0), "-0.0"),
            (Value::Float(1e300), "1e300"),
            (Value::Integer(-7), "-7"),
            (Value::Boolean(true), "true"),
            (Value::String("a \"b\"\n\t\u{3b3}\u{7f}\u{0}".into()), "\"a \\\"b\\\"\\n\\t\u{3b3}\\u007f\\u0000\""),
            (Value::Array(vec![Value::Float(2.0), Value::Array(vec![])]), "[2.0,[]]"),
        ] {
            assert_eq!(to_text(&value), text);
            assert_eq!(from_text(text), Some(value));
        }
        let third = Value::Float(1.0 / 3.0);
        assert_eq!(from_text(&to_text(&third)), Some(third));
        assert_eq!(from_text("1\nw = 2"), None);
        assert_eq!(json_from_text(&json_to_text(&serde_json::Value::Null)), Some(serde_json::Value::Null));
    }
}
