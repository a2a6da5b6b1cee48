//! Where alignment is zero, and what is said of it: on the terminal, in sweep.json and in the figures.

use std::path::Path;

use super::{TINY, expect};

/// Sweeps `text` into the folder `out`; what was said, and sweep.json.
fn sweep(root: &Path, text: &str) -> (String, serde_json::Value) {
    std::fs::write(root.join("sweep.toml"), text).expect("written");
    let said = expect(root, &["sweep", "sweep.toml", "--out", "out", "--backend", "cpu", "--force"], 0);
    let report = std::fs::read_to_string(root.join("out/sweep.json")).expect("there");
    (said, serde_json::from_str(&report).expect("JSON"))
}

fn figure(root: &Path) -> String {
    std::fs::read_to_string(root.join("out/figures/phase-2.svg")).expect("there")
}

#[test]
fn the_theory_is_told_of_weight_noise_and_weight_decay_only() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path();
    let (_, report) = sweep(root, TINY);
    assert_eq!(report["layers"][1]["theory_exponent"], 2.0);
    let rate = TINY.replace(
        "x = \"noise.weight_sd\"\nx_from = 0.0\nx_to = 0.05",
        "x = \"rule.learning_rate\"\nx_from = 0.01\nx_to = 0.3",
    );
    let (said, report) = sweep(root, &rate);
    assert!(!said.contains("theory"), "{said}");
    for layer in report["layers"].as_array().expect("layers") {
        assert!(layer["theory_exponent"].is_null());
        assert!(layer["theory_reason"].as_str().is_some_and(|reason| reason.contains("rule.learning_rate")), "{layer}");
        for law in ["raw", "subtracted"] {
            let boundary = &layer["boundary"];
            assert!(boundary[law].is_null() != boundary[format!("{law}_reason")].is_null(), "{boundary}");
        }
    }
    let svg = figure(root);
    assert!(!svg.contains("theory"), "no line of the theory either");
    // The base value of a swept field is that of no cell.
    assert!(!svg.contains("learning rate 1e-1") && svg.contains("120 steps"));
}

#[test]
fn a_sweep_over_steps_tells_the_fewest_and_the_most() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = TINY.replace(
        "x = \"noise.weight_sd\"\nx_from = 0.0\nx_to = 0.05",
        "x = \"training.steps\"\nx_from = 20\nx_to = 60",
    );
    sweep(folder.path(), &text);
    let svg = figure(folder.path());
    assert!(svg.contains("20 to 60 steps") && svg.contains("learning rate 1e-1"), "{svg}");
}

/// A line of values of weight decay, between which the sign of a single linear map's alignment changes.
#[test]
fn a_sweep_over_one_field_has_its_crossings_with_their_intervals() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path();
    let line = |values: &str| {
        TINY.replace(
            "x = \"noise.weight_sd\"\nx_from = 0.0\nx_to = 0.05\nx_points = 5\ny = \"regularizer.weight_decay\"\n\
             y_spacing = \"log\"\ny_from = 1e-4\ny_to = 0.1\ny_points = 4",
            &format!("x = \"regularizer.weight_decay\"\nx_values = {values}"),
        )
        .replace("[measure]", "[noise]\nweight_sd = 0.02\n[measure]")
    };
    let (said, report) = sweep(root, &line("[1e-4, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3]"));
    let mut found = 0;
    for layer in report["layers"].as_array().expect("layers") {
        for crossing in layer["boundary"]["crossings"].as_array().expect("crossings") {
            let number = |name: &str| crossing[name].as_f64().unwrap_or_else(|| panic!("{name} of {crossing}"));
            assert!(number("from") <= number("x") && number("x") <= number("to") && number("from") < number("to"));
            assert!(crossing["coarse"].is_boolean() && crossing.get("y").is_none());
            found += 1;
            let words = layer["in_words"].as_str().expect("words");
            assert!(words.contains("changes its sign") && said.contains(words), "{said}");
        }
    }
    assert!(found > 0, "a sign changes: {report}");
    // Two values far apart say that the sign changes and not where.
    let (said, report) = sweep(root, &line("[1e-4, 0.3]"));
    let coarse: Vec<_> = { report["layers"].as_array().expect("layers").iter() }
        .flat_map(|layer| layer["boundary"]["crossings"].as_array().expect("crossings"))
        .collect();
    assert!(!coarse.is_empty() && coarse.iter().all(|crossing| crossing["coarse"] == true), "{coarse:?}");
    assert!(said.contains("somewhere between regularizer.weight_decay = 0.0001 and 0.3"), "{said}");
    let figures: String = (1..=2)
        .map(|layer| std::fs::read_to_string(root.join(format!("out/figures/phase-{layer}.svg"))).expect("there"))
        .collect();
    assert!(figures.contains("zero between here"), "the picture says so, too");
}
