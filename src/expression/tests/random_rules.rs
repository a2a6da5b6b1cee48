//! Random rules: the plan gives what the definition gives.

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::naive::{Mean, Naive};
use super::printing::expressions;
use super::reference::{Data, IN, OUT, Runner, SAMPLES};
use crate::expression::{Problem, Rate, Rule, RuleText, Shape};

fn numbers(count: usize) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(prop_oneof![12 => -2.0..2.0, 1 => Just(0.0)], count)
}

fn data() -> impl Strategy<Value = Data> {
    let post = || numbers(SAMPLES * OUT);
    let others = (numbers(SAMPLES), numbers(OUT * IN), numbers(OUT), 0.0..1.0, numbers(11));
    (numbers(SAMPLES * IN), [post(), post(), post(), post(), post()], others).prop_map(|(pre, post, others)| {
        let (loss, weights, bias, parameter, states) = others;
        Data { pre, post, loss, weights, bias, parameter, states }
    })
}

const FUNCTIONS: &[&str] = &["tanh", "sigmoid", "relu", "exp", "sqrt", "log", "abs", "sign", "step"];

/// Expressions of given names only.
fn of_names(names: &'static [&'static str]) -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        5 => prop::sample::select(names).prop_map(str::to_owned),
        1 => prop::sample::select(&["0.5", "2", "k", "s", "norm(w)", "avg(loss)"][..]).prop_map(str::to_owned),
    ];
    leaf.prop_recursive(3, 6, 2, |inner| {
        prop_oneof![
            4 => (inner.clone(), prop::sample::select(&["+", "-", "*", "/"][..]), inner.clone())
                .prop_map(|(a, operator, b)| format!("({a} {operator} {b})")),
            1 => (inner.clone(), prop::sample::select(&["2", "3", "-1", "0.5", "0", "k"][..]))
                .prop_map(|(a, n)| format!("({a})^{n}")),
            1 => inner.clone().prop_map(|a| format!("(-{a})")),
            2 => (prop::sample::select(FUNCTIONS), inner.clone()).prop_map(|(f, a)| format!("{f}({a})")),
            1 => (prop::sample::select(&["min", "max"][..]), inner.clone(), inner)
                .prop_map(|(f, a, b)| format!("{f}({a}, {b})")),
        ]
    })
}

/// Expressions that can be separated, because they are put together so.
fn separable() -> impl Strategy<Value = String> {
    let post = || of_names(&["post", "act", "slope", "delta", "feedback", "loss", "theta", "avg(post)", "rownorm(w)"]);
    let pre = || of_names(&["pre", "loss", "mu", "avg(pre)"]);
    let synapse = || of_names(&["w", "e", "theta", "mu", "rownorm(w)", "avg(post)", "avg(pre)"]);
    let leaf = prop_oneof![
        3 => (post(), pre()).prop_map(|(post, pre)| format!("{post} * {pre}")),
        1 => (post(), pre(), synapse()).prop_map(|(post, pre, synapse)| format!("{post} * {pre} * {synapse}")),
        1 => post(),
        1 => pre(),
        1 => synapse(),
    ];
    leaf.prop_recursive(3, 8, 2, move |inner| {
        let divisor = prop_oneof![post(), pre(), synapse()];
        prop_oneof![
            4 => (inner.clone(), prop::sample::select(&["+", "-", "*"][..]), inner.clone())
                .prop_map(|(a, operator, b)| format!("({a} {operator} {b})")),
            1 => (inner.clone(), divisor).prop_map(|(a, b)| format!("({a}) / {b}")),
            1 => inner.clone().prop_map(|a| format!("-({a})")),
            1 => (inner, 0..4).prop_map(|(a, n)| format!("({a})^{n}")),
        ]
    })
}

fn in_rule(signal: &str) -> RuleText {
    super::rule(signal, &[("k", 0.5)], &[("theta", "act"), ("mu", "pre"), ("e", "post * pre"), ("s", "loss")])
}

fn close(found: f64, mean: Mean, what: &str) -> Result<(), TestCaseError> {
    let Mean { value, scale, largest, has_wild_part } = mean;
    // Beyond this a product of parts may overflow in one order and not in another.
    const LARGEST: f64 = 1e140;
    if value.is_finite() && scale.max(largest) < LARGEST {
        prop_assert!((found - value).abs() <= 1e-9 * scale + 1e-140, "{what}: {found} is not {value} (scale {scale})");
    } else if !value.is_finite() && has_wild_part {
        prop_assert!(!found.is_finite(), "{what}: {found} is not {value}");
    }
    Ok(())
}

fn check(text: &RuleText, data: &Data) -> Result<(), TestCaseError> {
    let Ok(rule) = Rule::check(text) else { return Err(TestCaseError::reject("cannot be separated")) };
    let found = Runner::run(&rule, data);
    let signal = Naive::new(&rule, data, &rule.signal, false);
    for place in 0..OUT * IN {
        close(found.signal[place], signal.mean(place / IN, place % IN), "signal")?;
    }
    if let Some(bias) = &rule.bias {
        let naive = Naive::new(&rule, data, bias, true);
        for i in 0..OUT {
            close(found.bias[i], naive.mean(i, 0), "bias")?;
        }
    }
    for (place, state) in rule.states.iter().enumerate() {
        let naive = Naive::new(&rule, data, &state.of, false);
        let rate = match state.rate {
            Rate::Number(number) => number,
            Rate::Parameter(_) => data.parameter,
        };
        for synapse in 0..OUT * IN {
            let at = (0, synapse / IN, synapse % IN);
            let mean = naive.mean(at.1, at.2);
            let old = data.state(place, state.shape, at);
            let value = (1.0 - rate) * old + rate * mean.value;
            close(found.updates[place][synapse], Mean { value, scale: mean.scale + old.abs(), ..mean }, &state.name)?;
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, max_global_rejects: 400_000, ..ProptestConfig::default() })]

    #[test]
    fn separable_rules_give_what_their_definition_gives(text in separable(), of in separable(), data in data()) {
        let mut text = in_rule(&text);
        text.states.push(("x".into(), text.states[2].1.clone()));
        text.states[4].1.of = format!("x * 0.5 + {of}");
        if let Err(error) = Rule::check(&text) {
            prop_assert!(matches!(*error.problem, Problem::TooManyTerms), "{error}");
        }
        check(&text, &data)?;
    }

    #[test]
    fn biases_get_what_their_definition_gives(
        text in of_names(&[
            "post", "act", "slope", "delta", "feedback", "loss", "theta", "avg(post)", "rownorm(w)", "w", "pre",
        ]),
        data in data(),
    ) {
        check(&RuleText { bias: text, ..in_rule("post * pre") }, &data)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, max_global_rejects: 400_000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_grammar_allows_gives_what_its_definition_gives(text in expressions(), data in data()) {
        check(&in_rule(&text), &data)?;
    }
}

#[test]
fn shapes_of_tapes_fit_where_they_are_used() {
    let rule = Rule::check(&in_rule("(post - theta) * (pre - mu) * w / s + avg(act) * e")).expect("fine");
    for product in &rule.plan.products {
        assert!(product.post.shape().post && !product.post.shape().pre);
        assert!(product.pre.shape().pre && !product.pre.shape().post);
    }
    assert!(rule.plan.averages.iter().all(|tape| tape.shape().sample));
    for (state, tape) in rule.states.iter().zip(&rule.plan.updates) {
        assert_eq!(tape.shape() | state.shape, state.shape);
    }
    assert_eq!(rule.plan.signal.shape(), Shape::SYNAPSE);
}
