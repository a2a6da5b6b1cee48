//! The rules of the recorded trajectories can be run, at the cost that they should have.

use super::rule;
use crate::expression::{Input, RateText, Rule, RuleText, Shape};

fn check(text: &RuleText) -> Rule {
    Rule::check(text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn recorded_rules_cost_as_many_products_as_they_have_pairs_of_sides() {
    let everything = "-post^2 * pre / 2 / 4 + max(delta, -k)^3 * min(pre, 1.5) / (1 + rownorm(w))\n\
                      + 2^-1^2 * sign(delta) * step(pre - 0.1) - 0.2 * abs(post)^1.5 * exp(-pre^2)\n\
                      - 0.2 * w / (0.1 + norm(w)) + pi/10 * log(1 + act^2) * sqrt(abs(pre)) - sigmoid(-post) * w * \
                      abs(w)";
    let of_everything = "min(delta, 0.5) - w * abs(w) / (1 + norm(w)) + 0.1 * rownorm(w) * pre";
    let table = [
        ("act * (act - theta) * pre", "", &[][..], &[("theta", "act^2")][..], 1, 1),
        ("(post - avg(post)) * (pre - avg(pre))", "", &[], &[], 1, 2),
        ("feedback * slope * pre", "feedback * slope", &[], &[], 1, 1),
        (everything, of_everything, &[("k", 0.4)], &[], 5, 2),
        ("k * pre * (post - w)", "k * pre * (post - w)", &[("k", 0.5)], &[], 1, 2),
        ("act * pre", "", &[], &[], 1, 0),
        ("post * pre - post^2 * w", "", &[], &[], 1, 1),
        ("delta * pre", "delta", &[], &[], 1, 1),
        ("(avg(loss) - loss) * post * pre", "(avg(loss) - loss) * post", &[], &[], 1, 2),
        ("e - 0.1*w", "", &[], &[("e", "post*pre")], 1, 0),
    ];
    for (signal, bias, parameters, states, products, averages) in table {
        let mut text = rule(signal, parameters, states);
        text.bias = bias.into();
        let rule = check(&text);
        assert_eq!(rule.plan.products.len(), products, "{signal}\n{:#?}", rule.explain());
        assert_eq!(rule.plan.averages.len(), averages, "{signal}\n{:#?}", rule.explain());
        assert_eq!(rule.bias.is_some(), !bias.is_empty());
    }
}

#[test]
fn states_have_the_sides_of_what_they_average() {
    let signal = "(baseline - loss) * (post - m) / sqrt(0.1 + v) * (pre - mu)";
    let states = [("baseline", "loss"), ("v", "(post - m)^2"), ("m", "post"), ("mu", "pre")];
    let mut text = rule(signal, &[("r", 0.25)], &states);
    text.bias = "(baseline - loss) * (post - m)".into();
    text.states[2].1.rate = RateText::Parameter("r".into());
    let rule = check(&text);
    let shapes: Vec<(&str, Shape)> = rule.states.iter().map(|state| (state.name.as_str(), state.shape)).collect();
    // v reads m, so m stands before it.
    assert_eq!(shapes, [("baseline", Shape::LAYER), ("m", Shape::POST), ("v", Shape::POST), ("mu", Shape::PRE)]);
    assert_eq!(rule.plan.products.len(), 1);
    assert!(rule.plan.reads(Input::Loss) && !rule.plan.reads(Input::Delta) && !rule.plan.reads(Input::Weight));
    assert!(rule.parameters[0].is_rate);
}
