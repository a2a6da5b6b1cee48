//! Reading and writing expressions.

use proptest::prelude::*;

use crate::expression::{Rule, parse};

#[test]
fn only_needed_parentheses_are_written() {
    let table = [
        ("((post))*(pre)", "post * pre"),
        ("a-(b-c)-d", "a - (b - c) - d"),
        ("a/(b*c)", "a / (b * c)"),
        ("(a/b)*c", "a / b * c"),
        ("(-x)^2", "(-x)^2"),
        ("-x^2", "-x^2"),
        ("2*-3^2", "2 * -3^2"),
        ("2^-1^2", "2^-1^2"),
        ("2^(-1)^2", "2^(-1)^2"),
        ("(2^3)^4", "(2^3)^4"),
        ("2^3^4", "2^3^4"),
        ("--x", "--x"),
        ("-(a+b)*c", "-(a + b) * c"),
        ("-(a*b)", "-(a * b)"),
        ("a+-b", "a + -b"),
        (" min( a ,\n b+1 )", "min(a, b + 1)"),
        ("1. + .5 + 1E+3 + 1e-30", "1 + 0.5 + 1000 + 1e-30"),
    ];
    for (text, written) in table {
        let tree = parse(text).unwrap_or_else(|flaw| panic!("{text}: {flaw:?}"));
        assert_eq!(tree.to_string(), written);
        assert_eq!(parse(written).ok(), Some(tree), "{text}");
    }
}

const NAMES: &[&str] =
    &["pre", "post", "act", "slope", "delta", "feedback", "loss", "w", "pi", "k", "theta", "mu", "e", "s"];
const FUNCTIONS: &[&str] = &["tanh", "sigmoid", "relu", "exp", "log", "sqrt", "abs", "sign", "step", "avg"];

const AGGREGATES: &[&str] = &["norm(w)", "rownorm(w)", "avg(post)", "avg(pre)", "avg(loss)"];

/// Texts of the grammar, parentheses wherever they may stand.
pub fn expressions() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        4 => prop::sample::select(NAMES).prop_map(str::to_owned),
        1 => prop::sample::select(&["0", "1", "2", "0.5", "3.25", "1e-3", "8"][..]).prop_map(str::to_owned),
        1 => prop::sample::select(AGGREGATES).prop_map(str::to_owned),
    ];
    leaf.prop_recursive(5, 24, 2, |inner| {
        prop_oneof![
            6 => (inner.clone(), prop::sample::select(&["+", "-", "*", "*", "*", "/", "^"][..]), inner.clone())
                .prop_map(|(left, operator, right)| format!("{left} {operator} {right}")),
            2 => inner.clone().prop_map(|inner| format!("({inner})")),
            1 => inner.clone().prop_map(|inner| format!("-{inner}")),
            2 => (prop::sample::select(FUNCTIONS), inner.clone()).prop_map(|(f, inner)| format!("{f}({inner})")),
            1 => (prop::sample::select(&["min", "max"][..]), inner.clone(), inner)
                .prop_map(|(f, a, b)| format!("{f}({a}, {b})")),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_back(text in expressions()) {
        if let Ok(tree) = parse(&text) {
            let written = tree.to_string();
            prop_assert_eq!(parse(&written).ok(), Some(tree), "{}", written);
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        let _ = Rule::check(&super::signal(&text)).map_err(|error| error.to_string());
    }

    #[test]
    fn no_string_of_tokens_makes_it_panic(
        tokens in prop::collection::vec(
            prop::sample::select(&[
                "pre", "post", "w", "loss", "k", "1", "2", "1e9", "+", "-", "*", "/", "^", "(", ")", ",", "tanh(",
                "avg(",
                "norm(w)", "min(", "\n", " ", "x", "×",
            ][..]),
            0..40,
        ),
    ) {
        let text = super::rule(&tokens.concat(), &[("k", 0.5)], &[("s", &tokens.join(" "))]);
        match Rule::check(&text) {
            Ok(rule) => prop_assert!(!rule.explain().to_string().is_empty()),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}
