//! Trajectories of other implementations, and their replay.

use std::fs;

use hebbscope::verify::{Golden, replay};
use serde_json::{Value, json};

use super::{Loader, root, written};

pub const GOLDEN: Loader = Loader { name: "golden", load, seeds, claims };

fn load(input: &[u8]) -> bool {
    let Ok(golden) = Golden::read(&written("golden.json", input)) else { return false };
    let Ok(deviations) = replay::<f64>(&golden) else { return false };
    let _ = deviations.largest();
    true
}

fn seeds() -> Vec<Vec<u8>> {
    let names = [
        "tanh_sgd_mse_pdD",
        "tanh_randomnn",
        "sigmoid_sgd_ce_l2",
        "tanh_sgd_noise_temp",
        "layers/cnn_sgd_ce",
        "layers/mlp_dropout",
        "layers/mlp_frozen",
        "layers/resnet_imagenet_stem",
        "layers/transformer_dfa",
        "rules/rule_everything_relu_ce",
        "rules/rule_trace_tanh",
    ];
    let file = |name: &str| fs::read(root().join(format!("tests/golden/{name}.json"))).expect("shipped");
    names.into_iter().map(|name| shortened(&file(name))).collect()
}

/// A trajectory of its first two steps: short enough that what is damaged is seldom a digit among thousands.
fn shortened(bytes: &[u8]) -> Vec<u8> {
    let mut whole: Value = serde_json::from_slice(bytes).expect("JSON");
    let cut = |list: Option<&mut Value>| {
        if let Some(Value::Array(steps)) = list {
            steps.truncate(2);
        }
    };
    for path in ["/x", "/y", "/steps", "/extra/noise", "/extra/dropout"] {
        cut(whole.pointer_mut(path));
    }
    whole["config"]["steps"] = 2.into();
    if let Some(last) = whole.get_mut("final").and_then(Value::as_object_mut) {
        for (_, counted) in last.iter_mut().filter(|(name, _)| name.ends_with(".num_batches_tracked")) {
            *counted = 2.into();
        }
    }
    serde_json::to_vec(&whole).expect("JSON")
}

/// Files of some hundred kilobytes at most, of which nearly all fits: what is computed of two of their sizes does not.
fn claims() -> Vec<Vec<u8>> {
    let shipped = |name: &str| -> Value {
        let bytes = fs::read(root().join(format!("tests/golden/{name}.json"))).expect("shipped");
        serde_json::from_slice(&shortened(&bytes)).expect("JSON")
    };
    let changed = |name: &str, changes: Vec<(&str, Value)>| {
        let mut golden = shipped(name);
        for (place, value) in changes {
            *golden.pointer_mut(place).unwrap_or_else(|| panic!("{name} has {place}")) = value;
        }
        serde_json::to_vec(&golden).expect("JSON")
    };
    const WIDE: usize = 9000;
    let of = |length: usize, value: Value| Value::Array(vec![value; length]);
    // One step, of two layers without biases.
    let plain = |name: &str, sizes: [usize; 3], y: Value| {
        let mut layer = shipped(name)["steps"][0]["layers"][0].clone();
        let parameters: Vec<_> =
            sizes.windows(2).map(|ends| json!({ "W": of(ends[1], of(ends[0], json!(0.5))), "b": null })).collect();
        let mut layers = Vec::new();
        for neurons in &sizes[1..] {
            for rows in ["signal_hebb_rows", "full_hebb_rows"] {
                layer[rows] = of(*neurons, json!(0.5));
            }
            layers.push(layer.clone());
        }
        let changes = vec![
            ("/config/sizes", json!(sizes)),
            ("/config/batch", json!(WIDE)),
            ("/config/steps", json!(1)),
            ("/config/bias", json!(false)),
            ("/init", json!(parameters)),
            ("/final", json!(parameters)),
            ("/x", json!([of(WIDE, json!([0.5]))])),
            ("/y", json!([y])),
            ("/steps", json!([{ "loss": 0.5, "layers": layers }])),
        ];
        changed(name, changes)
    };
    let random = json!([of(4096, json!([])), []]);
    let last = &shipped("tanh_randomnn")["extra"]["rnn"][3];
    vec![
        // Targets as rows: examples by classes.
        plain("tanh_sgd_ce_l1", [1, 1, WIDE], of(WIDE, json!(0))),
        changed(
            "layers/mlp_batchnorm_relu_ce",
            vec![
                ("/config/model/sizes/3", json!(16_384)),
                ("/config/batch", json!(WIDE)),
                ("/y/0", of(WIDE, json!(0))),
                ("/y/1", of(WIDE, json!(0))),
            ],
        ),
        // Activations: examples by neurons.
        plain("tanh_sgd_mse_l2", [1, WIDE, 1], of(WIDE, json!([0.5]))),
        // A random network of which the file gives none of the weights.
        changed("tanh_randomnn", vec![("/extra/rnn", json!([random, random, random, last]))]),
    ]
}
