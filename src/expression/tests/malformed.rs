//! Every kind of mistake, its place and what the message says.

use super::{rule, signal};
use crate::expression::{Place, RateText, Rule, RuleError, RuleText, StateText};

fn refused(text: &RuleText) -> RuleError {
    Rule::check(text).map(|_| ()).expect_err(&format!("{text:?} is malformed"))
}

fn line_and_column(place: Option<Place>) -> Option<(usize, usize)> {
    place.map(|place| (place.line, place.column))
}

const FUNCTIONS: &str = "tanh sigmoid relu exp log sqrt abs sign step min max avg norm rownorm";

#[test]
fn mistakes_in_a_signal_are_placed_and_named() {
    let known = "known are act delta feedback loss pi post pre slope w";
    let deep = format!("{}post{}", "(".repeat(65), ")".repeat(65));
    let operand = "allowed are a number, a name, a function, `-` or `(`";
    let product = |function: &str, part: &str| {
        format!(
            "`{part}` mixes pre- and post-synaptic values of a sample inside `{function}` and cannot be separated; \
             write a product such as `{function}(a) * {function}(b)`, each of one side"
        )
    };
    let power = |part: &str| {
        format!(
            "the power `{part}` mixes the two sides: only whole exponents from 0 to 8, written as numbers, can be \
             expanded; else take powers of one side alone"
        )
    };
    let nested = |inner: &str| {
        format!("`{inner}` inside `avg`: an aggregate may not contain another; take it out of the parentheses")
    };
    let table: &[(&str, (usize, usize), String)] = &[
        ("  ", (1, 1), "empty expression: write, for example, `post * pre`".into()),
        (
            "2 post * pre",
            (1, 3),
            "found the name `post` after a complete operand; allowed are an operator or the end. Multiplication is \
             written `*`"
                .into(),
        ),
        ("post * pree", (1, 8), format!("unknown name `pree`, did you mean `pre`?; {known}")),
        ("Post * pre", (1, 1), format!("unknown name `Post`, did you mean `post`?; {known}")),
        (
            "(post - avg(post) * pre",
            (1, 24),
            "found the end of the expression; missing `)` for the `(` at column 1".into(),
        ),
        ("post * pre)", (1, 11), "found `)` without a `(` before it".into()),
        ("post * pre +", (1, 13), format!("found the end of the expression; {operand}")),
        ("post * + pre", (1, 8), format!("found `+`; {operand}; there is no unary plus")),
        ("post ** 2 * pre", (1, 6), "found `**`; a power is written `^`".into()),
        (
            "tanh post * pre",
            (1, 6),
            "found the name `post` after the function `tanh`; its argument is written `tanh(...)`".into(),
        ),
        (
            "post(2) * pre",
            (1, 5),
            format!(
                "found `(` after the name `post`, which is not a function; multiplication is written `*`; functions \
                 are {FUNCTIONS}"
            ),
        ),
        (
            "(post)(pre)",
            (1, 7),
            "found `(` after a complete operand; allowed are an operator or the end. Multiplication is written \
             `*`"
            .into(),
        ),
        ("1e * post * pre", (1, 1), "malformed number `1e`: after `e` come digits, as in `1e-3`".into()),
        ("post * 1e999", (1, 8), "the number `1e999` is too large".into()),
        ("post × pre", (1, 6), "found the character `×`; multiplication is `*`".into()),
        ("post * (pre > 0)", (1, 13), "found the character `>`; write `step(x)` for x > 0".into()),
        ("min(post) * pre", (1, 1), "`min` takes 2 arguments, found 1".into()),
        ("tanh(post, 2) * pre", (1, 1), "`tanh` takes 1 argument, found 2".into()),
        ("exp() * pre", (1, 1), "`exp` takes 1 argument, found 0".into()),
        ("post, pre", (1, 5), "found `,` outside a function; allowed are an operator or the end".into()),
        ("avg(post - avg(post)) * pre", (1, 12), nested("avg")),
        ("avg(post / rownorm(w)) * pre", (1, 12), nested("rownorm")),
        (
            "avg(post * pre)",
            (1, 1),
            "`avg(post * pre)`: `avg` takes an expression of one side; write the product outside (the signal is \
             averaged over samples anyway) or `avg(a) * avg(b)`"
                .into(),
        ),
        ("norm(post) * pre", (1, 6), "`norm` takes `w` only, found `post`".into()),
        ("post * pre -\n  tanh(pre * post)", (2, 3), product("tanh", "tanh(pre * post)")),
        (
            "max(post, pre)",
            (1, 1),
            "`max(post, pre)` compares the two sides sample by sample and cannot be separated; each argument must be \
             of the same side"
                .into(),
        ),
        (
            "post * pre / (post + pre)",
            (1, 14),
            "division by `(post + pre)`, which mixes the two sides: divide by one side alone, as in `x / a / b`".into(),
        ),
        ("(post * pre)^9", (1, 1), power("(post * pre)^9")),
        ("tanh(loss * w)", (1, 1), product("tanh", "tanh(loss * w)")),
        (&deep, (1, 65), "nested deeper than 64".into()),
    ];
    assert_eq!(table.len(), 30);
    for (text, place, message) in table {
        let error = refused(&signal(text));
        assert_eq!(line_and_column(error.place), Some(*place), "{text}");
        assert_eq!(error.problem.to_string(), *message, "{text}");
        assert_eq!(error.to_string(), format!("rule.signal, line {}, column {}: {message}", place.0, place.1));
    }
    let error = refused(&rule("(post * pre)^k", &[("k", 2.0)], &[]));
    assert_eq!(error.to_string(), format!("rule.signal, line 1, column 1: {}", power("(post * pre)^k")));
}

#[test]
fn mistakes_around_the_signal_name_their_field() {
    let mut of_bias = rule("post * pre", &[], &[("e", "post * pre")]);
    of_bias.bias = "e".into();
    let mut unknown_rate = rule("a * pre", &[], &[("a", "post")]);
    unknown_rate.states[0].1.rate = RateText::Parameter("r".into());
    let mut large_rate = rule("a * pre", &[], &[("a", "post")]);
    large_rate.states[0].1.rate = RateText::Number(1.5);
    let table = [
        (
            of_bias,
            "rule.bias, line 1, column 1: the state `e` has a value per pre-synaptic neuron or synapse: a bias has \
             none",
        ),
        (
            rule("post * pre * k", &[("post", 1.0)], &[]),
            "rule.parameters.post: shadows the built-in name `post`; choose another",
        ),
        (rule("k * post", &[("k", 1.0)], &[("k", "post")]), "rule.state.k: a parameter has the same name"),
        (
            rule("a * pre", &[], &[("a", "b + post"), ("b", "a^2")]),
            "rule.state.a: needs itself through `a` -> `b` -> `a`",
        ),
        (unknown_rate, "rule.state.a: rate `r` is not a parameter; parameters are none"),
        (large_rate, "rule.state.a: rate 1.5 is not between 0 and 1"),
        (
            rule("a * pre", &[], &[("a", "sqrt(post * pre)")]),
            "rule.state.a, line 1, column 1: `sqrt(post * pre)` mixes pre- and post-synaptic values of a sample inside \
             `sqrt` and cannot be separated; write a product such as `sqrt(a) * sqrt(b)`, each of one side",
        ),
        (
            rule("2k * post", &[("2k", 1.0)], &[]),
            "rule.parameters.2k: a name is a letter followed by letters, digits or `_`",
        ),
    ];
    for (text, message) in table {
        assert_eq!(refused(&text).to_string(), message);
    }
}

#[test]
fn other_mistakes_have_a_place_too() {
    let long = "p".repeat(4097);
    let terms: String = (0..300).map(|i| format!("tanh({i} * post) * tanh({i} * pre) * exp(w * {i}) + ")).collect();
    let terms = terms[..4000].rsplit_once(" + ").map_or("", |(whole, _)| whole).to_owned();
    let wide = "(post + pre + w + post*w + pre^3)^8";
    let table = [
        ("sgn(post) * pre", (1, 4), "which is not a function, did you mean `sign`?"),
        ("(post pre)", (1, 7), "after a complete operand; allowed are an operator or `)`"),
        ("(post, pre)", (1, 6), "found `,` outside a function; allowed are an operator or `)`"),
        ("post *\n(pre", (2, 5), "missing `)` for the `(` at line 2, column 1"),
        ("tanh", (1, 5), "found the end of the expression after the function `tanh`"),
        ("post * pre * ", (1, 13), "found the end of the expression"),
        (".", (1, 1), "a number has digits"),
        ("π * post", (1, 1), "write `pi`"),
        ("norm(w + 1)", (1, 6), "`norm` takes `w` only, found `w + 1`"),
        ("avg(w) * post", (1, 1), "`avg` takes an expression of one side"),
        ("2^(post * pre)", (1, 1), "the power `2^(post * pre)` mixes"),
        ("(post * pre)^-1", (1, 1), "only whole exponents"),
        ("1e+", (1, 1), "malformed number `1e`"),
        ("post * pre\n* kk", (2, 3), "unknown name `kk`"),
        (&long, (1, 4097), "the expression has 4097 characters; allowed are 4096"),
        (wide, (1, 1), "expands into more than 256 terms"),
    ];
    for (text, place, part) in table {
        let error = refused(&signal(text));
        assert_eq!(line_and_column(error.place), Some(place), "{text}: {error}");
        assert!(error.to_string().contains(part), "{text}: {error}");
    }
    Rule::check(&signal(&terms)).expect("long sums are no deep nesting");
    let mut twice = rule("a * pre", &[("k", 1.0)], &[("a", "post"), ("a", "act")]);
    assert_eq!(refused(&twice).to_string(), "rule.state.a: is given twice");
    twice.states.pop();
    twice.parameters.push(("k".into(), 2.0));
    assert_eq!(refused(&twice).to_string(), "rule.parameters.k: is given twice");
    twice.parameters[1] = ("m".into(), f64::NAN);
    assert_eq!(refused(&twice).to_string(), "rule.parameters.m: the value NaN is not a finite number");
    twice.parameters.pop();
    twice.states[0].1.start = f64::INFINITY;
    assert_eq!(refused(&twice).to_string(), "rule.state.a: start inf is not a finite number");
    twice.states[0].1 = StateText { of: " ".into(), rate: RateText::Number(0.1), start: 0.0 };
    assert_eq!(refused(&twice).place.map(|place| place.column), Some(1));
}

#[test]
fn a_parameter_that_is_a_rate_stays_one() {
    let mut text = rule("a * pre", &[("r", 0.5)], &[("a", "post")]);
    text.states[0].1.rate = RateText::Parameter("r".into());
    let rule = Rule::check(&text).expect("well formed");
    assert!(rule.parameters[0].check(1.0).is_ok());
    let error = rule.parameters[0].check(1.5).expect_err("too large");
    assert_eq!(error.to_string(), "rule.parameters.r: rate 1.5 is not between 0 and 1");
    text.parameters[0].1 = 1.5;
    assert_eq!(refused(&text).to_string(), "rule.state.a: rate 1.5 is not between 0 and 1");
}

#[test]
fn longer_cycles_are_followed_to_their_end() {
    let text = rule("a * pre", &[], &[("x", "a"), ("a", "a + b"), ("b", "c"), ("c", "a * 2")]);
    assert_eq!(refused(&text).to_string(), "rule.state.a: needs itself through `a` -> `b` -> `c` -> `a`");
}

#[test]
fn more_parameters_or_states_than_anyone_writes_are_refused() {
    let names: Vec<String> = (0..100_000).map(|at| format!("k{at}")).collect();
    let parameters = names.iter().map(|name| (name.clone(), 1.0)).collect();
    let text = RuleText { signal: "pre".into(), parameters, ..RuleText::default() };
    assert_eq!(refused(&text).to_string(), "rule.parameters.k256: is one of 100000; allowed are 256");
    let state = StateText { of: "post".into(), rate: RateText::Number(0.1), start: 0.0 };
    let states = names.iter().map(|name| (name.clone(), state.clone())).collect();
    let text = RuleText { signal: "pre".into(), states, ..RuleText::default() };
    assert_eq!(refused(&text).to_string(), "rule.state.k64: is one of 100000; allowed are 64");
}
