//! What a run leaves is enough to compute with: `final.npz` and the arrays of `hebbscope data` give the validation loss.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use ndarray::{Array0, Array1, Array2};
use ndarray_npy::NpzReader;

fn hebbscope(folder: &Path, args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_hebbscope")).args(args).current_dir(folder).output();
    let output = output.expect("the binary starts");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{args:?}: {said}");
    said
}

fn archive(path: &Path) -> NpzReader<File> {
    NpzReader::new(File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))).expect("an archive")
}

fn matrix(archive: &mut NpzReader<File>, name: &str) -> Array2<f64> {
    let values: Array2<f32> = archive.by_name(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    values.mapv(f64::from)
}

/// Loss and share of right classes on the validation set, in double precision, from the files alone.
fn recomputed(run: &Path, data: &Path, seed: u64, activation: &str, is_entropy: bool) -> (f64, f64) {
    let (mut weights, mut data) = (archive(&run.join("final.npz")), archive(data));
    let names = weights.names().expect("names");
    let mut x = matrix(&mut data, &format!("validation_inputs_seed{seed}"));
    let targets = matrix(&mut data, &format!("validation_targets_seed{seed}"));
    let layers = (1..).take_while(|k| names.contains(&format!("W_{k}_seed{seed}"))).count();
    for k in 1..=layers {
        x = x.dot(&matrix(&mut weights, &format!("W_{k}_seed{seed}")).t());
        let bias = format!("b_{k}_seed{seed}");
        if names.contains(&bias) {
            let bias: Array1<f32> = weights.by_name(&bias).expect("a bias");
            x += &bias.mapv(f64::from);
        }
        if k < layers {
            x.mapv_inplace(|h| match activation {
                "tanh" => h.tanh(),
                "relu" => h.max(0.0),
                "sigmoid" => 1.0 / (1.0 + (-h).exp()),
                _ => h,
            });
        }
    }
    let mut loss = 0.0;
    let mut right = 0;
    for (row, target) in x.rows().into_iter().zip(targets.rows()) {
        if is_entropy {
            let largest = row.iter().copied().fold(f64::MIN, f64::max);
            let sum: f64 = row.iter().map(|h| (h - largest).exp()).sum();
            loss -= row.iter().zip(target).map(|(h, t)| t * (h - largest - sum.ln())).sum::<f64>();
            let place = |values: ndarray::ArrayView1<'_, f64>| {
                values
                    .iter()
                    .enumerate()
                    .fold((0, f64::MIN), |best, (at, &v)| if v > best.1 { (at, v) } else { best })
                    .0
            };
            right += usize::from(place(row) == place(target));
        } else {
            loss += row.iter().zip(target).map(|(h, t)| (h - t).powi(2)).sum::<f64>() / row.len() as f64;
        }
    }
    (loss / x.nrows() as f64, right as f64 / x.nrows() as f64)
}

fn per_seed(run: &Path, field: &str) -> Vec<f64> {
    let summary: serde_json::Value =
        serde_json::from_reader(File::open(run.join("summary.json")).expect("there")).expect("JSON");
    let values = summary[field]["per_seed"].as_array().expect("a list");
    values.iter().map(|value| value.as_f64().expect("defined")).collect()
}

/// Trains, writes the data of the run folder, and compares.
fn check(preset: &str, sets: &[&str], activation: &str, is_entropy: bool) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path();
    let mut args = vec!["train", preset, "--out", "run", "--backend", "cpu", "--seeds", "2"];
    args.extend(["--set", "training.steps=40", "--set", "measure.window=10"]);
    args.extend(sets.iter().flat_map(|set| ["--set", set]));
    hebbscope(root, &args);
    hebbscope(root, &["data", "run", "--out", "data.npz"]);
    let (run, losses) = (root.join("run"), per_seed(&root.join("run"), "validation_loss"));
    for (seed, expected) in losses.iter().enumerate() {
        let (loss, accuracy) = recomputed(&run, &root.join("data.npz"), seed as u64, activation, is_entropy);
        // f32 forward passes against f64: some 1e-6 of an activation, at most as much of the loss.
        assert!((loss / expected - 1.0).abs() < 1e-5, "{preset} {sets:?}, seed {seed}: {loss} {expected}");
        if is_entropy {
            // One example on the border between two classes may fall to either side.
            let recorded = per_seed(&run, "validation_accuracy")[seed];
            assert!((accuracy - recorded).abs() < 0.01, "{preset}, seed {seed}: {accuracy} {recorded}");
        }
    }
    let mut weights = archive(&run.join("final.npz"));
    let step: Array0<i64> = weights.by_name("step").expect("a step");
    let seeds: Array1<u64> = weights.by_name("seeds").expect("seeds");
    assert_eq!((step.into_scalar(), seeds.to_vec()), (40, vec![0, 1]));
}

const SMALL: [&str; 2] = ["data.train_examples=640", "data.validation_examples=128"];

#[test]
fn regressions() {
    let with = |more: &[&'static str]| [&SMALL[..], more].concat();
    check("sre", &with(&[]), "tanh", false);
    check("sre", &with(&["noise.weight_sd=0.02"]), "tanh", false);
    check("sre", &with(&["noise.weight_sd=0.05", "noise.weight_mode=transient", "model.bias=true"]), "tanh", false);
    check("sre-dfa", &with(&["noise.weight_sd=0.01"]), "tanh", false);
    check("sre-adam", &with(&["model.activation=relu", "model.hidden=[16]"]), "relu", false);
}

#[test]
fn classes() {
    check("digits", &["noise.weight_sd=0.01"], activation_of("digits"), true);
    check(
        "sce",
        &["data.train_examples=512", "data.validation_examples=128", "model.hidden=[32]"],
        activation_of("sce"),
        true,
    );
}

fn activation_of(preset: &str) -> &'static str {
    use hebbscope::experiment::{Activation, resolve};
    match resolve(preset, &[]).expect("a preset").model.activation {
        Activation::Tanh => "tanh",
        Activation::Relu => "relu",
        Activation::Sigmoid => "sigmoid",
        Activation::Linear => "linear",
    }
}

/// Snapshots hold the trained weights, under noise too: those that a run of just so many steps ends with, for the seeds
/// that were asked for.
#[test]
fn snapshots_hold_trained_weights() {
    for mode in ["accumulate", "transient"] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path();
        let mode = format!("noise.weight_mode={mode}");
        let train = |out: &str, more: &[&str]| {
            let mut args = vec!["train", "sre", "--out", out, "--backend", "cpu", "--seeds", "2"];
            let sets = ["noise.weight_sd=0.02", "model.bias=true", "model.hidden=[8]", "measure.window=5", &mode];
            args.extend(SMALL.iter().chain(&sets).chain(more).flat_map(|set| ["--set", set]));
            hebbscope(root, &args);
        };
        train("long", &["training.steps=30", "measure.snapshot_every=10", "measure.snapshot_seeds=all"]);
        train("short", &["training.steps=20"]);
        let pairs = [
            ("long/snapshots/step_00000020.npz", "short/final.npz", &[0, 1][..]),
            ("long/snapshots/step_00000030.npz", "long/final.npz", &[0, 1]),
            ("short/snapshots/step_00000020.npz", "short/final.npz", &[0]),
        ];
        for (snapshot, end, seeds) in pairs {
            let (mut snapshot, mut end) = (archive(&root.join(snapshot)), archive(&root.join(end)));
            let held: Array1<u64> = snapshot.by_name("seeds").expect("seeds");
            assert_eq!(held.to_vec(), seeds);
            for name in seeds.iter().flat_map(|seed| [1, 2].map(|k| format!("{k}_seed{seed}"))) {
                let weights = format!("W_{name}");
                assert_eq!(matrix(&mut snapshot, &weights), matrix(&mut end, &weights), "{mode}, {weights}");
                let [a, b]: [Array1<f32>; 2] =
                    [&mut snapshot, &mut end].map(|archive| archive.by_name(&format!("b_{name}")).expect("a bias"));
                assert_eq!(a, b, "{mode}, b_{name}");
                assert!(snapshot.by_name::<ndarray::OwnedRepr<f32>, ndarray::Ix2>(&format!("signal_{name}")).is_ok());
            }
        }
    }
}

#[test]
fn data_are_refused_and_shared_in_words() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path();
    let run = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_hebbscope")).args(args).current_dir(root).output();
        let output = output.expect("the binary starts");
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output.status.code(), said)
    };
    std::fs::write(root.join("mine.npz"), "x").expect("written");
    let (code, said) = run(&["data", "digits", "--out", "mine.npz"]);
    assert!(code == Some(2) && said.contains("mine.npz: exists already"), "{said}");
    let (code, said) = run(&["data", "nowhere", "--out", "a.npz"]);
    assert!(code == Some(2) && said.contains("nowhere"), "{said}");
    let (code, said) = run(&["data", "digits", "--out", "."]);
    assert!(code == Some(2) && said.contains("is a folder"), "{said}");
    assert_eq!(std::fs::read(root.join("mine.npz")).expect("there"), b"x");
    assert_eq!(std::fs::read_dir(root).expect("there").count(), 1);
    let (code, said) = run(&["data", "digits", "--seeds", "2", "--out", "mine.npz", "--force"]);
    assert_eq!(code, Some(0), "{said}");
    // 1,797 digits of 64 + 10 values are half a megabyte.
    let mut digits = archive(&root.join("mine.npz"));
    assert_eq!(matrix(&mut digits, "train_inputs_seed1").dim(), (1437, 64));
    let targets = matrix(&mut digits, "validation_targets_seed0");
    assert!(targets.rows().into_iter().all(|row| row.sum() == 1.0), "one-hot");
    // 1,400 images of 3,082 values are 17 MB, five times that is more than is repeated.
    let images = ["data", "sce", "--set", "data.train_examples=1300", "--set", "data.validation_examples=100"];
    let (code, said) = run(&[&images[..], &["--seeds", "5", "--out", "images.npz"]].concat());
    assert!(code == Some(0) && said.contains("all seeds share it"), "{said}");
    let names = archive(&root.join("images.npz")).names().expect("names");
    assert!(names.contains(&"train_inputs_seed0".to_owned()) && !names.contains(&"train_inputs_seed1".to_owned()));
}
