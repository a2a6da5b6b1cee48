//! Fields that a rule which the user writes adds to the table: its parameters and states, by their names.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::fields::{Allowed, Change, Field};

/// Most fields: files of others may ask for any number of names.
const MOST_KNOWN: usize = 1 << 16;

/// The field of that path, if it is one of a written rule, whether or not a rule has it.
pub(super) fn field(path: &str) -> Option<&'static Field> {
    let (doc, change, allowed): (&str, _, _) = match path.strip_prefix("rule.")?.split('.').collect::<Vec<_>>()[..] {
        ["parameters", name] if is_name(name) => {
            ("A parameter of the rule that rule.signal writes.", Change::Live, number(-1e9, 1e9))
        }
        ["state", name, "rate"] if is_name(name) => {
            ("How fast this running average follows: its share of the present step.", Change::Live, number(0.0, 1.0))
        }
        ["state", name, "start"] if is_name(name) => {
            ("The running average before the first step.", Change::Reset, number(-1e9, 1e9))
        }
        ["state", name, "of"] if is_name(name) => {
            ("What this running average is of: an expression, averaged over samples.", Change::Reset, Allowed::Any)
        }
        _ => return None,
    };
    static KNOWN: OnceLock<Mutex<HashMap<String, &'static Field>>> = OnceLock::new();
    let mut known = KNOWN.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(field) = known.get(path) {
        return Some(field);
    }
    if known.len() >= MOST_KNOWN {
        return None;
    }
    // Kept for ever, as the other fields are; there are as many as names of parameters and states were asked for.
    let path: &'static str = Box::leak(path.to_owned().into_boxed_str());
    let mut parts = path.split('.').skip(2);
    let (name, part) = (parts.next().unwrap_or_default(), parts.next());
    let label = match part {
        Some("rate") => Box::leak(format!("Rate of {name}").into_boxed_str()),
        Some("start") => Box::leak(format!("Start of {name}").into_boxed_str()),
        _ => name,
    };
    let field = Box::leak(Box::new(Field { path, label, symbol: "", unit: "", doc, change, allowed }));
    known.insert(path.to_owned(), field);
    Some(field)
}

/// A letter, then letters, digits and `_`, and no more of them than anyone types.
fn is_name(name: &str) -> bool {
    let letter = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    letter && name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

const fn number(min: f64, max: f64) -> Allowed {
    Allowed::Number { min, max, above: false }
}
