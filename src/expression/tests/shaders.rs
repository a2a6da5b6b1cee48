//! Printed tapes are WGSL.

use eframe::wgpu::naga::{front, valid};

use crate::expression::wgsl::{PRELUDE, body, literal};
use crate::expression::{Input, Rule, RuleText, Tape, library::KNOWN};

fn validated(source: &str) {
    let module = front::wgsl::parse_str(source).unwrap_or_else(|e| panic!("{}\n{source}", e.emit_to_string(source)));
    let flags = valid::ValidationFlags::all();
    let mut validator = valid::Validator::new(flags, valid::Capabilities::empty());
    validator.validate(&module).unwrap_or_else(|e| panic!("{e:?}\n{source}"));
}

fn function(tape: &Tape, name: &str) -> String {
    let operands: Vec<String> = (0..tape.inputs().len()).map(|input| format!("inputs[index + {input}u]")).collect();
    format!("fn {name}(index: u32) -> f32 {{\n{}}}\n", body(tape, &operands))
}

fn shader(rule: &Rule) -> String {
    let mut source = String::from("@group(0) @binding(0) var<storage, read_write> inputs: array<f32>;\n");
    source.push_str(PRELUDE);
    let mut calls = String::new();
    for (place, tape) in rule.plan.tapes().enumerate() {
        source.push_str(&function(tape, &format!("tape_{place}")));
        calls.push_str(&format!("    inputs[{place}u] = tape_{place}(id.x);\n"));
    }
    source + "@compute @workgroup_size(64)\nfn main(@builtin(global_invocation_id) id: vec3<u32>) {\n" + &calls + "}\n"
}

#[test]
fn known_rules_are_valid_shaders() {
    for known in KNOWN {
        validated(&shader(&Rule::check(&known.text()).expect("known")));
    }
}

#[test]
fn every_function_and_constant_is_valid() {
    let signal = "(tanh(post) + sigmoid(post) + relu(post) + exp(post) + log(post) + sqrt(post) + abs(post) + \
                  sign(post) + step(post) + min(post, k) + max(post, -k) + post^3 + post^-2 + post^k + post / k - \
                  (-post) + 1 / 0 * post + 0 / 0 * post + 1e39 * post + 1e-42 * post + -(1/0) * post + 1e30 * post) * \
                  pre + w * rownorm(w) / norm(w) - avg(loss) * e";
    let text = RuleText { bias: "delta + 1e-300".into(), ..super::rule(signal, &[("k", 0.5)], &[("e", "post * pre")]) };
    validated(&shader(&Rule::check(&text).expect("fine")));
}

#[test]
fn a_body_is_one_statement_an_instruction() {
    let rule = Rule::check(&super::rule("(k * post^2 - 0.5) * pre", &[("k", 0.5)], &[])).expect("fine");
    let tape = &rule.plan.products[0].post;
    let operand = |input: &Input| if *input == Input::Post { "post[i]" } else { "k" };
    let operands: Vec<&str> = tape.inputs().iter().map(operand).collect();
    let body = body(tape, &operands);
    for line in ["= post[i];", "= k;", "= tape_whole_power(", ", 2);", "= 0.5f;", "    return v5;"] {
        assert!(body.contains(line), "{body}");
    }
}

#[test]
fn literals_read_back() {
    for number in [0.0, -0.0, 1.0, -1.5, 0.1, 1e-7, 3.4e38, f32::MAX, f32::MIN_POSITIVE, 16_777_216.0, -1e30] {
        let text = literal(number);
        if number.to_bits() == 0x8000_0000 {
            assert_eq!(text, "tape_bits(0x80000000u)");
            continue;
        }
        let bare = text.trim_matches(['(', ')']).trim_end_matches('f');
        assert_eq!(bare.parse::<f32>().map(f32::to_bits), Ok(number.to_bits()), "{text}");
        assert!(bare.contains(['.', 'e']), "{text}");
    }
    assert_eq!(literal(f32::INFINITY), "tape_bits(0x7f800000u)");
    assert_eq!(literal(f32::NEG_INFINITY), "tape_bits(0xff800000u)");
    assert_eq!(literal(1e-40), format!("tape_bits({:#010x}u)", 1e-40_f32.to_bits()));
}
