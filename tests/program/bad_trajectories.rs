//! Trajectories whose sizes are none: refused by name, before anything is made of that size.

use std::fs;
use std::path::Path;

use hebbscope::verify::{Golden, replay};
use serde_json::{Value, json};

fn shipped(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    serde_json::from_str(&fs::read_to_string(path).expect("shipped")).expect("JSON")
}

/// What is said of a shipped trajectory with other values at some places.
#[track_caller]
fn said(name: &str, changes: &[(&str, Value)]) -> String {
    let mut golden = shipped(name);
    for (place, value) in changes {
        *golden.pointer_mut(place).unwrap_or_else(|| panic!("{name} has {place}")) = value.clone();
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("t.json");
    fs::write(&path, golden.to_string()).expect("a file");
    match Golden::read(&path) {
        Err(error) => error.to_string(),
        Ok(golden) => replay::<f64>(&golden).expect_err("refused"),
    }
}

#[test]
fn sizes_that_no_memory_holds() {
    let huge = json!(4_000_000_000_000_000_000_u64);
    for (name, changes, words) in [
        ("tanh_sgd_ce_l1.json", vec![("/config/sizes/3", huge.clone())], "rows: found 4, expected 4000000000000000000"),
        (
            "tanh_sgd_mse_l2.json",
            vec![("/config/sizes/1", huge.clone())],
            "rows: found 8, expected 4000000000000000000",
        ),
        (
            "tanh_sgd_mse_l2.json",
            vec![("/config/batch", huge.clone())],
            "x: batch: found 16, expected 4000000000000000000",
        ),
        ("layers/transformer_sgd.json", vec![("/config/model/layers", huge.clone())], "config: model.encoder_layers"),
        ("layers/transformer_sgd.json", vec![("/config/model/vocabulary", huge.clone())], "config: data.vocabulary"),
        ("layers/cnn_sgd_ce.json", vec![("/config/model/input/0", huge.clone())], "config.model.input"),
        ("layers/cnn_sgd_ce.json", vec![("/config/model/pool", huge.clone())], "config.model: model.pool"),
        ("layers/cnn_sgd_ce.json", vec![("/config/model/pool", json!(0))], "config.model: model.pool = 0"),
        ("layers/resnet_basic_sgd.json", vec![("/config/model/stages/0/blocks", huge.clone())], "config: model.blocks"),
        ("layers/mlp_dropout.json", vec![("/config/model/dropout", json!(1.0))], "config: model.dropout = 1.0"),
    ] {
        let said = said(name, &changes);
        assert!(said.contains(words), "{name}: {said}");
    }
}

#[test]
fn parts_that_do_not_fit_the_network() {
    // Wide layers of which the file gives no rows, and none of the weights.
    let wide = said(
        "layers/mlp_dropout.json",
        &[("/config/model/sizes/1", json!(16_384)), ("/config/model/sizes/2", json!(16_384))],
    );
    assert!(wide.contains("signal_hebb_rows: found 8, expected 16384"), "{wide}");
    let rows = vec![Value::Array(Vec::new()); 4096];
    let unfilled = said("tanh_randomnn.json", &[("/extra/rnn/0/0", json!(rows))]);
    assert!(unfilled.contains("init and extra: found") && unfilled.contains("fewer than the"), "{unfilled}");
    let short = said("tanh_sgd_mse_pdD.json", &[("/extra/D/0", json!([[1.0]]))]);
    assert!(short.contains("regularizer.decay_matrix[0]") && short.contains("layer 1 has 8 neurons"), "{short}");
    let classes = said("tanh_sgd_ce_l1.json", &[("/y/3", json!([0, 1]))]);
    assert!(classes.contains("y: found 2 classes in a step, expected 16"), "{classes}");
    let class = said("tanh_sgd_ce_l1.json", &[("/y/3/0", json!(u64::MAX))]);
    assert!(class.contains("y: class 18446744073709551615, allowed 0 to 3"), "{class}");
}
