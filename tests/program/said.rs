//! What the terminal says of a run is true of this run.

use std::process::{Command, Output};

fn train(set: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let small =
        ["model.hidden=[6]", "data.train_examples=200", "data.validation_examples=20", "training.batch_size=20"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_hebbscope"));
    command.args(["train", "sre", "--backend", "cpu", "--threads", "1", "--out"]).arg(folder.path().join("out"));
    for assignment in small.iter().chain(set) {
        command.args(["--set", assignment]);
    }
    command.output().expect("the binary starts")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn warned(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_mean_is_over_as_many_steps_as_there_are() {
    let heading = |set: &[&str]| {
        let output = train(set);
        let text = said(&output);
        text.lines().find(|line| line.starts_with("alignment")).map(str::to_owned).unwrap_or(text)
    };
    let five = heading(&["training.steps=5", "training.seeds=2"]);
    assert_eq!(five, "alignment over the last 5 measured steps (mean ± SD over seeds)");
    let one = heading(&["training.steps=1", "training.seeds=1"]);
    assert_eq!(one, "alignment at the last measured step (one seed)");
    let many = heading(&["training.steps=120", "training.seeds=2"]);
    assert_eq!(many, "alignment over the last 100 measured steps (mean ± SD over seeds)");
}

#[test]
fn the_reading_of_alignment_is_named_where_it_is_not_the_usual_one() {
    let output = train(&["training.steps=20", "training.seeds=2", "measure.alignment=sign"]);
    let text = said(&output);
    assert!(text.contains("alignment of signs over the last 20 measured steps"), "{text}");
    assert!(text.contains("note: alignment is the cosine of signs, cos(sign g, sign H)"), "{text}");
    let output = train(&["training.steps=20", "training.seeds=2", "measure.alignment=per_example"]);
    let text = said(&output);
    assert!(text.contains("alignment of single examples, their mean over the last 20"), "{text}");
    let output = train(&["training.steps=20", "training.seeds=2"]);
    assert!(!said(&output).contains("note: alignment"), "{}", said(&output));
}

#[test]
fn nobody_goes_on_after_the_last_seed_has_diverged() {
    let wild = ["rule.learning_rate=1000.0", "rule.clip=0.0", "model.activation=linear", "training.steps=400"];
    let output = train(&[&wild[..], &["training.seeds=1"]].concat());
    assert_eq!(output.status.code(), Some(1));
    assert!(warned(&output).contains("is not finite; no seed is left"), "{}", warned(&output));
    assert!(!warned(&output).contains("go on"), "{}", warned(&output));
    assert!(said(&output).contains("no seed is left that could be measured"), "{}", said(&output));
}

/// Mesa's layers speak for themselves where there is no session; nothing of a run without a window is about that.
#[test]
fn drivers_are_silent_without_a_session() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_hebbscope"));
    command.args(["train", "sre", "--threads", "1", "--set", "model.hidden=[6]", "--set", "training.steps=3"]);
    for name in ["XDG_RUNTIME_DIR", "DISPLAY", "WAYLAND_DISPLAY", "NODEVICE_SELECT"] {
        command.env_remove(name);
    }
    let output = command.arg("--out").arg(folder.path().join("out")).output().expect("the binary starts");
    assert!(output.status.success(), "{}", warned(&output));
    assert!(!warned(&output).contains("XDG_RUNTIME_DIR"), "{}", warned(&output));
}
