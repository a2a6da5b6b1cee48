//! Trajectories of other implementations, and their replay.

use std::fs;

use hebbscope::verify::{Golden, replay};

use super::{Loader, root, written};

pub const GOLDEN: Loader = Loader { name: "golden", load, seeds };

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
    let mut whole: serde_json::Value = serde_json::from_slice(bytes).expect("JSON");
    let cut = |list: Option<&mut serde_json::Value>| {
        if let Some(serde_json::Value::Array(steps)) = list {
            steps.truncate(2);
        }
    };
    for path in ["/x", "/y", "/steps", "/extra/noise", "/extra/dropout"] {
        cut(whole.pointer_mut(path));
    }
    whole["config"]["steps"] = 2.into();
    if let Some(last) = whole.get_mut("final").and_then(serde_json::Value::as_object_mut) {
        for (_, counted) in last.iter_mut().filter(|(name, _)| name.ends_with(".num_batches_tracked")) {
            *counted = 2.into();
        }
    }
    serde_json::to_vec(&whole).expect("JSON")
}
