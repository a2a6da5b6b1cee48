//! How terms are merged and where factors go.

use super::{rule, signal};
use crate::expression::tape::Instruction;
use crate::expression::words::written;
use crate::expression::{Input, Rule, Shape};

fn terms(text: &str) -> Vec<String> {
    let parameters = [("k", 0.5)];
    let states = [("theta", "act"), ("mu", "pre"), ("e", "post * pre"), ("s", "loss")];
    let rule = Rule::check(&rule(text, &parameters, &states)).unwrap_or_else(|error| panic!("{error}"));
    rule.explain().terms.iter().map(ToString::to_string).collect()
}

#[test]
fn one_sided_factors_stay_whole() {
    assert_eq!(
        terms("(post - avg(post)) * (pre - avg(pre))"),
        ["mean over samples of (post - avg(post)) x (pre - avg(pre))"]
    );
    assert_eq!(terms("(post + act)^3 * pre"), ["mean over samples of ((post + act)^3) x (pre)"]);
}

#[test]
fn terms_that_differ_in_one_side_are_one_product() {
    assert_eq!(terms("post * pre - act * pre"), ["mean over samples of (post - act) x (pre)"]);
    assert_eq!(
        terms("post * pre - post * mu"),
        ["mean over samples of (post) x (pre)", "mean over samples of (post), times -mu"]
    );
    assert_eq!(terms("post * tanh(pre) + k * post * pre"), ["mean over samples of (post) x (tanh(pre) + k * pre)"]);
    assert_eq!(terms("post * pre * w + post * pre * e"), ["mean over samples of (post) x (pre), times w + e"]);
    assert_eq!(terms("post * pre + 2 * post * pre"), ["mean over samples of (3 * post) x (pre)"]);
    assert_eq!(terms("loss * post * pre - s * post * pre"), ["mean over samples of (loss * post - s * post) x (pre)"]);
    assert_eq!(
        terms("(post + pre)^2 * w"),
        [
            "mean over samples of (post^2), times w",
            "mean over samples of (post) x (pre), times 2 * w",
            "mean over samples of (pre^2), times w",
        ]
    );
}

#[test]
fn what_belongs_to_neither_side_goes_where_it_costs_least() {
    // A single product of two stored matrices: writing one side anew is less than going through all synapses.
    assert_eq!(terms("-post * pre"), ["mean over samples of (-post) x (pre)"]);
    assert_eq!(terms("k * post * pre * theta"), ["mean over samples of (k * (post * theta)) x (pre)"]);
    // A side that is computed anyway takes it.
    assert_eq!(terms("k * post * tanh(pre)"), ["mean over samples of (post) x (k * tanh(pre))"]);
    // All synapses are gone through anyway.
    assert_eq!(terms("k * post * pre - w"), ["mean over samples of (post) x (pre), times k", "-w"]);
    assert_eq!(terms("post * pre / rownorm(w) * w"), ["mean over samples of (post) x (pre), times w / rownorm(w)"]);
    assert_eq!(terms("tanh(post) * pre / rownorm(w)"), ["mean over samples of (tanh(post) / rownorm(w)) x (pre)"]);
    assert_eq!(terms("loss * pre"), ["mean over samples of (loss * pre)"]);
    assert_eq!(terms("tanh(post) * loss * pre"), ["mean over samples of (tanh(post) * loss) x (pre)"]);
}

#[test]
fn what_has_no_samples_costs_no_product() {
    for text in [
        "-w",
        "1",
        "-k * w",
        "loss",
        "loss * w",
        "post",
        "avg(post) * avg(pre)",
        "tanh(avg(post) * avg(pre))",
        "tanh(w * theta)",
    ] {
        let rule = Rule::check(&rule(text, &[("k", 1.0)], &[("theta", "act")])).unwrap_or_else(|e| panic!("{e}"));
        assert!(rule.plan.products.is_empty(), "{text}");
        assert!(!rule.plan.signal.shape().sample, "{text}");
    }
    assert_eq!(terms("w + k * w - 1"), ["w + k * w - 1"]);
}

#[test]
fn states_and_signal_share_products_and_means() {
    let rule =
        Rule::check(&rule("post * pre - avg(act) * w", &[], &[("e", "post * pre"), ("m", "act")])).expect("fine");
    assert_eq!((rule.plan.products.len(), rule.plan.averages.len()), (1, 1));
    assert_eq!(rule.explain().unused, ["e", "m"]);
}

#[test]
fn a_plain_product_is_the_signal_as_it_is() {
    let rule = Rule::check(&signal("delta * pre")).expect("fine");
    let product = rule.plan.bare_product().expect("nothing is left to do");
    assert_eq!((product.post.bare(), product.pre.bare()), (Some(Input::Delta), Some(Input::Pre)));
    assert!(Rule::check(&signal("delta * pre - w")).expect("fine").plan.bare_product().is_none());
}

#[test]
fn in_bias_the_input_is_one_and_the_weight_the_bias() {
    let mut text = rule("post * pre", &[("k", 0.5)], &[("m", "post")]);
    text.bias = "k * pre * (post - w) / norm(w) + rownorm(w) * m + tanh(pre * post)".into();
    let rule = Rule::check(&text).expect("fine");
    let inputs = rule.plan.inputs();
    assert!(inputs.contains(&Input::Bias) && inputs.contains(&Input::BiasNorm));
    assert!(!inputs.contains(&Input::Weight) && !inputs.contains(&Input::Norm) && !inputs.contains(&Input::RowNorm));
    assert_eq!(rule.plan.bias.as_ref().map(|tape| tape.shape()), Some(Shape::POST));
    text.bias = "delta * pre".into();
    let bias_terms = Rule::check(&text).expect("fine").explain().bias_terms;
    assert_eq!(bias_terms.iter().map(ToString::to_string).collect::<Vec<_>>(), ["mean over samples of (delta)"]);
}

#[test]
fn explanations_read_like_the_language() {
    let rule = Rule::check(&rule("post * pre - post^2 * w", &[], &[])).expect("fine");
    assert_eq!(
        rule.explain().to_string(),
        "The signal of a weight is the sum of\n  mean over samples of (post) x (pre)\n  mean over samples of \
         (post^2), times -w\n\
         Biases do not learn\nNeeds pre: what the synapse receives\nNeeds post: the pre-activation of the neuron\n\
         Needs w: the weight\nCosts 1 product over samples and 2 operations a synapse"
    );
    let values: Vec<String> =
        rule.signal_rows.iter().filter_map(|row| row.post).map(|value| written(&rule, value)).collect();
    assert_eq!(values, ["post", "post^2"]);
}

#[test]
fn operators_bind_as_they_are_documented() {
    let table = [
        ("-2^2", -4.0),
        ("2*-3^2", -18.0),
        ("2^-1", 0.5),
        ("2^-1^2", 0.5),
        ("--3", 3.0),
        ("2^3^2", 512.0),
        ("8/4/2", 1.0),
    ];
    let table = table.into_iter().chain([
        ("5-3-1", 1.0),
        ("(-2)^3", -8.0),
        ("1. + .5 - 1E+1", -8.5),
        ("pi/pi*2^0.5^2", 2f64.powf(0.25)),
    ]);
    for (text, value) in table {
        let rule = Rule::check(&signal(text)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(rule.plan.signal.instructions(), [Instruction::Constant(value)], "{text}");
    }
}
