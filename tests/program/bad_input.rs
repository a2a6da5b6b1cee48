//! Input that cannot be used ends with code 2 and one clear line, and leaves nothing behind.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// How many lines an error may have.
#[derive(Clone, Copy, PartialEq)]
enum Lines {
    One,
    /// The argument parser adds its usage, the TOML parser the place in the file.
    Several,
}

pub(super) struct Case {
    files: Vec<(&'static str, Vec<u8>)>,
    args: Vec<String>,
    /// What the error must say: field or file, value, and what is allowed.
    words: Vec<&'static str>,
    lines: Lines,
}

fn command(args: &[&str], words: &[&'static str]) -> Case {
    let args = args.iter().map(|a| (*a).to_owned()).collect();
    Case { files: Vec::new(), args, words: words.to_vec(), lines: Lines::One }
}

fn usage(args: &[&str], words: &[&'static str]) -> Case {
    Case { lines: Lines::Several, ..command(args, words) }
}

/// A preset with assignments.
pub(super) fn set(preset: &str, assignments: &[&str], words: &[&'static str]) -> Case {
    let mut case = command(&["train", preset, "--out", "out/of/this"], words);
    for assignment in assignments {
        case.args.extend(["--set".to_owned(), (*assignment).to_owned()]);
    }
    case
}

/// A TOML file.
fn toml(text: &str, words: &[&'static str]) -> Case {
    let files = vec![("experiment.toml", text.as_bytes().to_vec())];
    Case { files, ..command(&["train", "experiment.toml", "--out", "out"], words) }
}

/// Files, of which one is an experiment.
pub(super) fn files(files: Vec<(&'static str, Vec<u8>)>, experiment: &str, words: &[&'static str]) -> Case {
    Case { files, ..command(&["train", experiment, "--out", "out"], words) }
}

/// A small run with a file of interventions.
fn interventions(lines: &str, words: &[&'static str]) -> Case {
    let mut case = set(
        "sre",
        &["data.train_examples=300", "data.validation_examples=10", "training.steps=10", "training.seeds=2"],
        words,
    );
    case.args.extend(["--interventions".to_owned(), "changes.jsonl".to_owned()]);
    case.files = vec![("changes.jsonl", lines.as_bytes().to_vec())];
    case
}

fn change(step: u64, field: &str, new: &str) -> String {
    format!("{{\"step\":{step},\"field\":\"{field}\",\"old\":0,\"new\":{new}}}\n")
}

/// Every file and folder below `root` with its content.
fn tree(root: &Path) -> BTreeSet<(PathBuf, Vec<u8>)> {
    let mut found = BTreeSet::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("the test's own folder") {
            let path = entry.expect("the test's own folder").path();
            let content = if path.is_dir() { Vec::new() } else { fs::read(&path).expect("the test's own file") };
            if path.is_dir() {
                open.push(path.clone());
            }
            found.insert((path, content));
        }
    }
    found
}

fn run(folder: &Path, args: &[String]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hebbscope"));
    command.args(args).current_dir(folder).output().expect("the binary starts")
}

pub(super) fn check(cases: Vec<Case>) {
    for Case { files, args, words, lines } in cases {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, content) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("below the folder")).expect("a folder");
            fs::write(path, content).expect("a file");
        }
        let before = tree(folder.path());
        let output = run(folder.path(), &args);
        let said = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(output.stdout.is_empty(), "{args:?}: {}", String::from_utf8_lossy(&output.stdout));
        assert!(said.starts_with("error: "), "{args:?}: {said}");
        assert_eq!(said.matches("error:").count(), 1, "{args:?}: {said}");
        if lines == Lines::One {
            assert_eq!(said.lines().count(), 1, "{args:?}: {said}");
        }
        for word in words {
            assert!(said.contains(word), "{args:?} must say {word:?}: {said}");
        }
        for jargon in ["usize", "u64", "f64", "struct ", "panicked", "variant, expected string"] {
            assert!(!said.contains(jargon), "{args:?} speaks of {jargon:?}: {said}");
        }
        assert!(before == tree(folder.path()), "{args:?} left something or changed a file");
    }
}

#[test]
fn values_of_the_wrong_type() {
    check(vec![
        set("sre", &["rule.learning_rate=\"x\""], &["--set: rule.learning_rate: ", "\"x\"", "a number from 0 to 1e3"]),
        set("sre", &["model.hidden=3"], &["model.hidden: found 3", "a list", "whole number from 1 to 16384"]),
        set("sre", &["model.hidden=[3,\"a\"]"], &["model.hidden[1]: ", "\"a\"", "whole number from 1 to 16384"]),
        set("sre", &["training.batch_size=1.5"], &["training.batch_size: found 1.5", "whole number from 1"]),
        set("sre", &["model.activation=3"], &["model.activation: found 3", "linear | relu | sigmoid | tanh"]),
        set("sre", &["model.bias=yes"], &["model.bias: found \"yes\"", "true or false"]),
        set("sre", &["name=3"], &["name: found 3", "text"]),
        set(
            "sre",
            &["training.steps=99999999999999999999"],
            &["training.steps: ", "99999999999999999999", "to 1000000000000"],
        ),
        toml(
            "[rule]\nlearning_rate = [1.0]\n",
            &["experiment.toml: rule.learning_rate: found [1.0]", "a number from 0"],
        ),
        toml("rule = 3\n", &["experiment.toml: rule: found 3", "section [rule]"]),
    ]);
}

#[test]
fn numbers_out_of_range() {
    check(vec![
        set("sre", &["rule.learning_rate=nan"], &["rule.learning_rate = nan", "a number from 0 to 1e3"]),
        set("sre", &["rule.learning_rate=inf"], &["rule.learning_rate = inf", "a number from 0 to 1e3"]),
        set("sre", &["noise.weight_sd=-inf"], &["noise.weight_sd = -inf", "a number from 0 to 1e3"]),
        set("sre", &["regularizer.weight_decay=-1"], &["regularizer.weight_decay = -1", "a number from 0 to 1e3"]),
        set("sre", &["rule.beta1=1"], &["rule.beta1 = 1", "a number from 0 to 9.99999e-1"]),
        set("sre", &["training.loss_scale=0"], &["training.loss_scale = 0", "above 0"]),
        set("sre", &["regularizer.decay_correlation=1"], &["regularizer.decay_correlation = 1", "-0.99 to 9.9e-1"]),
        set("sre", &["model.hidden=[0]"], &["model.hidden = 0", "whole number from 1 to 16384"]),
        set("sre", &["model.hidden=[-3]"], &["model.hidden[0]: found [-3]", "whole number from 1 to 16384"]),
        set("sre", &["data.teacher_hidden=[20000]"], &["data.teacher_hidden = 20000", "whole number from 1 to 16384"]),
        set("sre", &["training.batch_size=-5"], &["training.batch_size: found -5", "whole number from 1"]),
        set("sre", &["training.batch_size=0"], &["training.batch_size = 0", "whole number from 1"]),
        set("sre", &["training.seeds=0"], &["training.seeds = 0", "whole number from 1 to 65536"]),
        set("sre", &["training.seed=-1"], &["training.seed: found -1", "whole number from 0"]),
        set("sre", &["training.steps=0"], &["training.steps = 0", "whole number from 1"]),
        set("sre", &["measure.window=0"], &["measure.window = 0", "whole number from 1"]),
        set("sre", &["measure.every=0"], &["measure.every = 0", "whole number from 1"]),
        set(
            "sre",
            &["regularizer.weight_decay_layers=[0.1,nan,0.1]"],
            &["weight_decay_layers = nan", "a number from 0"],
        ),
        command(&["train", "sre", "--seeds", "0"], &["training.seeds = 0", "whole number from 1 to 65536"]),
        toml("[noise]\ninput_sd = -0.5\n", &["noise.input_sd = -0.5", "a number from 0 to 1e3"]),
        toml("[rule]\nlearning_rate = nan\n", &["rule.learning_rate = nan", "a number from 0 to 1e3"]),
    ]);
}

#[test]
fn numbers_that_single_precision_does_not_have() {
    let least = "1.2e-38";
    check(vec![
        set("sre-adam", &["rule.epsilon=1e-50"], &["rule.epsilon = 1e-50", "a number from 1e-16 to 1e0"]),
        set("sre-adam", &["rule.epsilon=1e-17"], &["rule.epsilon = 1e-17", "a number from 1e-16"]),
        set("sre-adam", &["rule.beta2=0.99999999"], &["rule.beta2 = 0.99999999", "a number from 0 to 9.99999e-1"]),
        set("sre", &["regularizer.weight_decay=1e-50"], &["weight_decay = 1e-50", "single precision", "0, or", least]),
        set("sre", &["noise.weight_sd=1e-39"], &["noise.weight_sd = 1e-39", "single precision", "0, or", least]),
        set(
            "sre",
            &["training.loss_scale=1e-50"],
            &["loss_scale = 1e-50", "single precision", "must be at least", least],
        ),
        set("sre-random-nn", &["rule.target_norm=1e-40"], &["rule.target_norm = 1e-40", "must be at least", least]),
        set("sre", &["rule.learning_rate=1e39"], &["rule.learning_rate = 1e39", "a number from 0 to 1e3"]),
        set(
            "sre",
            &["regularizer.weight_decay_layers=[0.1,1e-45,0.1]"],
            &["weight_decay_layers = 1e-45", "single precision"],
        ),
        // What they enter as, beside the widths.
        set("sre", &["training.loss_scale=2e-38"], &["training.loss_scale = 2e-38", "enters as 1.", "1.9e-37"]),
        set("sre", &["model.init_scale=2e-38"], &["model.init_scale = 2e-38", "enters as", "single precision"]),
        set("sre-dfa", &["rule.feedback_scale=2e-38"], &["rule.feedback_scale = 2e-38", "enters as"]),
        set("sre", &["data.teacher_scale=2e-38"], &["data.teacher_scale = 2e-38", "enters as"]),
        command(
            &["sweep", "fig4-quick", "--out", "out", "--set", "sweep.x_values=[0.0,1e-45]"],
            &["sweep.x = \"noise.weight_sd\"", "1e-45", "single precision"],
        ),
        command(
            &["train", "sre", "--out", "out", "--intervene", "5:noise.input_sd=1e-50"],
            &["step 5: noise.input_sd = 1e-50", "single precision"],
        ),
    ]);
}

#[test]
fn unknown_names() {
    check(vec![
        set("sre-adm", &[], &["no experiment 'sre-adm'", "did you mean 'sre-adam'?"]),
        set("Fig4", &[], &["no experiment 'Fig4'", "did you mean 'fig4'?"]),
        set("mnist", &[], &["no experiment 'mnist'", "digits", "fig14-quick) nor a file\n"]),
        set("sre", &["rule.foo=1"], &["--set: rule.foo: unknown field", "rule.learning_rate", "rule.kind"]),
        set(
            "sre",
            &["foo=1"],
            &["foo: unknown field", "data, model, rule, regularizer, noise, schedule, training, measure"],
        ),
        set("sre", &["foo.bar=1"], &["foo.bar: unknown field", "data, model, rule"]),
        set("sre", &["rule.kind=foo"], &["rule.kind: unknown variant `foo`", "`sgd`, `adam`, `dfa`, `random_nn`"]),
        set("sre", &["model.activation=\"gelu\""], &["model.activation: unknown variant `gelu`", "`tanh`"]),
        set("sre", &["training.loss=mae"], &["training.loss: unknown variant `mae`", "`mse`", "`cross_entropy`"]),
        toml("[optimizer]\nlr = 1\n", &["experiment.toml: optimizer: unknown field", "`rule`", "`training`"]),
        toml("[rule]\nmomentum = 0.9\n", &["experiment.toml: rule.momentum: unknown field", "`learning_rate`"]),
        toml("[data]\nkind = \"mnist\"\n", &["data.kind: unknown variant `mnist`", "`digits`", "`cifar10`"]),
        command(&["presets", "show", "nope"], &["no preset 'nope'", "sre-adam", "linear-regression"]),
        command(&["train", "nope.toml", "--out", "out"], &["no experiment 'nope.toml'", "sre-adam", "nor a file"]),
    ]);
}

#[test]
fn files_and_assignments_that_cannot_be_read() {
    let mut folder = command(&["train", "there", "--out", "out"], &["there/config.toml: cannot be read"]);
    folder.files = vec![("there/else.txt", Vec::new())];
    let mut binary = command(&["train", "x.toml", "--out", "out"], &["x.toml: cannot be read", "UTF-8"]);
    binary.files = vec![("x.toml", vec![0xff, 0xfe, 0x00])];
    let parser = |case: Case| Case { lines: Lines::Several, ..case };
    check(vec![
        folder,
        binary,
        parser(toml("name = \"x\"\n[data\n", &["experiment.toml: not valid TOML", "line 2"])),
        parser(toml("[rule]\nclip = 1\nclip = 2\n", &["experiment.toml: not valid TOML", "line 3", "clip"])),
        set("sre", &["nothing"], &["--set nothing: expected path.to.field=value"]),
        set("sre", &["=3"], &["--set =3: expected path.to.field=value"]),
        set("sre", &["rule.clip="], &["--set rule.clip=: expected path.to.field=value"]),
        set("sre", &["rule=3"], &["--set: rule: unknown field", "rule.kind"]),
    ]);
}

#[test]
fn parts_that_do_not_fit_each_other() {
    let small = ["model.hidden=[2]", "data.output_size=2"];
    let matrix = |value: &str, words: &[&'static str]| {
        let assignment = format!("regularizer.decay_matrix={value}");
        set("sre", &[small[0], small[1], &assignment], words)
    };
    check(vec![
        set("sre", &["training.batch_size=30000"], &["training.batch_size = 30000", "data.train_examples = 20000"]),
        set(
            "sre",
            &["regularizer.weight_decay_layers=[0.1]"],
            &["weight_decay_layers = [0.1]", "each of the 3 layers"],
        ),
        set("sre", &["measure.layers=[1,4]"], &["measure.layers = 4", "layers 1 to 3"]),
        set("sre", &["measure.layers=[2,2]"], &["measure.layers = [2, 2]", "at most once"]),
        set("sre", &["training.loss=cross_entropy"], &["training.loss = \"cross_entropy\"", "digits", "\"mse\""]),
        set("digits", &["data.train_examples=1700"], &["data.train_examples = 1700", "1,797", "360"]),
        set("sre", &["data.path=somewhere"], &["data.path = \"somewhere\"", "cifar10"]),
        set("sce", &["data.train_examples=50001"], &["data.train_examples = 50001", "50,000 training"]),
        set("sre-hebb-normalized", &["data.input_size=1"], &["data.input_size = 1", "at least 2"]),
        set("sre", &["model.hidden=[16384,16384,16384,16384]"], &["model.hidden = [16384", "GiB", "narrower"]),
        // 160 TiB: more than any machine has, whatever it has.
        set(
            "sre",
            &["training.seeds=65536", "data.train_examples=10000000"],
            &["training.seeds = 65536", "data.train_examples = 10000000", "GiB", "fewer"],
        ),
        matrix("[[[1.0,1.0]]]", &["regularizer.decay_matrix = 1 matrices", "each of the 2 layers"]),
        matrix("[[[1.0,1.0]],[[1.0,1.0,1.0]]]", &["decay_matrix[1]", "2 neurons"]),
        matrix("[[[1.0,1.0]],[[1.0,0.5],[0.4,1.0]]]", &["decay_matrix[1]", "symmetric and positive definite"]),
        matrix("[[[1.0,1.0]],[[1.0,2.0],[2.0,1.0]]]", &["decay_matrix[1]", "symmetric and positive definite"]),
        matrix("[[[1.0,-1.0]],[[1.0,1.0]]]", &["decay_matrix[0]", "positive definite"]),
    ]);
}

/// Six batch files of three records each, in which `broken` may change or remove one.
fn cifar(broken: impl Fn(usize, Vec<u8>) -> Option<Vec<u8>>) -> Vec<(&'static str, Vec<u8>)> {
    let names = ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"];
    let paths = [
        "c/data_batch_1.bin",
        "c/data_batch_2.bin",
        "c/data_batch_3.bin",
        "c/data_batch_4.bin",
        "c/data_batch_5.bin",
        "c/test_batch.bin",
    ];
    assert!(names.iter().zip(paths).all(|(name, path)| path.contains(name)));
    let sound = || (0..3).flat_map(|label| std::iter::once(label).chain([7; 3072])).collect::<Vec<u8>>();
    paths.into_iter().enumerate().filter_map(|(i, path)| Some((path, broken(i, sound())?))).collect()
}

#[test]
fn broken_cifar_archives() {
    let load = |path: &str, files: Vec<(&'static str, Vec<u8>)>, words: &[&'static str]| {
        let path = format!("data.path={path}");
        let sizes = ["data.train_examples=15", "data.validation_examples=3", "training.batch_size=5"];
        Case { files, ..set("sce", &[&path, sizes[0], sizes[1], sizes[2]], words) }
    };
    let sound = cifar(|_, file| Some(file));
    let mut short = sound.clone();
    short[0].1.truncate(3073 * 2);
    let gzip_of = |content: &[u8]| {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(content).expect("in memory");
        encoder.finish().expect("in memory")
    };
    let mut tar = tar::Builder::new(Vec::new());
    for (path, content) in &sound {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        tar.append_data(&mut header, path, content.as_slice()).expect("an entry");
    }
    let mut cut = gzip_of(&tar.into_inner().expect("an archive"));
    cut.truncate(cut.len() / 2);
    check(vec![
        load("nowhere", Vec::new(), &["nowhere: cannot be read"]),
        load(
            "c",
            vec![("c/readme.html", Vec::new())],
            &["c: holds no batch file", "data_batch_1.bin", "test_batch.bin"],
        ),
        load("c", cifar(|i, f| (i != 3).then_some(f)), &["c: data_batch_4.bin is missing"]),
        load(
            "c",
            cifar(|i, f| Some(if i == 2 { f[..5000].to_vec() } else { f })),
            &["data_batch_3.bin: 5000 bytes", "3073"],
        ),
        load(
            "c",
            cifar(|i, mut f| {
                if i == 5 {
                    f[3073] = 10
                }
                Some(f)
            }),
            &["test_batch.bin: record 1", "label 10", "0 to 9"],
        ),
        load("c", short, &["data.train_examples = 15", "1 to 14"]),
        load("a.tar.gz", vec![("a.tar.gz", b"PK\x03\x04".to_vec())], &["a.tar.gz: not a gzip file", "50 4b"]),
        load("a.tar.gz", vec![("a.tar.gz", cut)], &["a.tar.gz: gzip data truncated or damaged"]),
        load("a.tar.gz", vec![("a.tar.gz", gzip_of(b"no archive"))], &["a.tar.gz: ", ".tar.gz"]),
    ]);
}

#[test]
fn folders_that_cannot_be_written() {
    let with = |args: &[&str], files: &[&'static str], words: &[&'static str]| {
        let small = ["--set", "data.train_examples=300", "--set", "data.validation_examples=10", "--seeds", "1"];
        let all: Vec<&str> = ["train", "sre"].into_iter().chain(small).chain(args.iter().copied()).collect();
        let files = files.iter().map(|name| (*name, b"mine".to_vec())).collect();
        Case { files, ..command(&all, words) }
    };
    check(vec![
        with(&["--out", "file/below"], &["file"], &["file/below: cannot be created", "Not a directory"]),
        with(&["--out", "file"], &["file"], &["file: is not a folder"]),
        with(&["--out", "file", "--force"], &["file"], &["file: is not a folder"]),
        with(&["--out", "full"], &["full/thesis.txt"], &["full: exists and is not empty", "--force"]),
        with(
            &["--out", "full", "--force", "--set", "training.steps=0"],
            &["full/config.toml"],
            &["training.steps = 0"],
        ),
    ]);
}

#[test]
fn interventions_that_cannot_be_made() {
    let good = change(2, "rule.learning_rate", "0.2");
    let layer = |n: u64| {
        change(3, "regularizer.weight_decay", "0.1").replace("}\n", &format!(",\"target\":{{\"layer\":{n}}}}}\n"))
    };
    let missing = Case { files: Vec::new(), ..interventions("", &["changes.jsonl: cannot be read"]) };
    check(vec![
        missing,
        interventions(&format!("{good}{{\"step\": 4,\n"), &["changes.jsonl, line 2: EOF"]),
        interventions(&good.replace("new", "newer"), &["changes.jsonl, line 1: unknown field `newer`"]),
        interventions(&good.replace("}", ",\"note\":1}"), &["line 1: unknown field `note`"]),
        interventions("3\n", &["changes.jsonl, line 1: ", "integer `3`", "step, field, old and new"]),
        interventions(&good.replace('2', "-2"), &["line 1: invalid value: integer `-2`", "whole number"]),
        interventions(&format!("{}{good}", change(5, "rule.clip", "1.0")), &["line 2: step 2 comes after step 5"]),
        interventions(
            &format!("{good}{}", change(4, "rule.learning_rate", "-0.5")),
            &["step 4: rule.learning_rate = -0.5", "from 0 to 1e3"],
        ),
        interventions(&change(4, "rule.momentum", "0.5"), &["step 4: rule.momentum", "unknown field"]),
        interventions(&change(4, "training.seed", "5"), &["step 4: training.seed = 5", "new run"]),
        interventions(&change(4, "model.hidden", "[3]"), &["step 4: model.hidden", "new run"]),
        interventions(&change(4, "rule.clip", "null"), &["step 4: rule.clip = null"]),
        interventions(
            &change(4, "rule.clip", "\"much\""),
            &["step 4: ", "rule.clip: found \"much\"", "a number from 0"],
        ),
        interventions(
            &change(4, "training.batch_size", "301"),
            &["step 4: training.batch_size = 301", "data.train_examples = 300"],
        ),
        interventions(&change(4, "training.seeds", "3"), &["step 4: training.seeds = 3", "at most 2"]),
        interventions(
            &change(4, "measure.stationarity", "false"),
            &["step 4: measure.stationarity = false", "changes what is measured"],
        ),
        interventions(&layer(9), &["step 3: regularizer.weight_decay", "target.layer = 9", "1 to 3"]),
        interventions(&layer(1).replace("weight_decay", "l1"), &["step 3: regularizer.l1", "single layer"]),
        interventions(&layer(1).replace("\"layer\":1", "\"twin\":\"B\""), &["step 3: ", "no twin 'B'"]),
        // Beyond the end of the run they would not take effect, but are no less wrong.
        interventions(&change(4000, "rule.clip", "-1.0"), &["step 4000: rule.clip = -1", "from 0"]),
    ]);
}

#[test]
fn arguments() {
    check(vec![
        usage(&["train", "sre", "--backend", "tpu"], &["'tpu'", "--backend", "cpu"]),
        usage(&["train", "sre", "--threads", "0"], &["'0'", "--threads", "1..=1024"]),
        usage(&["train", "sre", "--threads", "many"], &["'many'", "--threads"]),
        usage(&["train", "sre", "--format", "xml"], &["'xml'", "--format", "csv, parquet"]),
        usage(&["train", "sre", "--seeds", "two"], &["'two'", "--seeds"]),
        usage(&["train"], &["<EXPERIMENT>"]),
        usage(&["train", "sre", "--out", ""], &["--out"]),
        usage(&["verify"], &["<FILES>"]),
        usage(&["fly"], &["'fly'"]),
    ]);
}

#[test]
fn trajectories_that_cannot_be_replayed() {
    let whole =
        fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tanh_sgd_mse_l2.json")).expect("shipped");
    let text = String::from_utf8(whole).expect("text");
    let verify = |content: &str, words: &[&'static str]| {
        let files = vec![("t.json", content.as_bytes().to_vec())];
        Case { files, ..command(&["verify", "t.json"], words) }
    };
    check(vec![
        command(&["verify", "nowhere.json"], &["nowhere.json: cannot be read"]),
        verify(&text[..text.len() / 2], &["t.json: not a golden trajectory", "EOF"]),
        verify("[1, 2]", &["t.json: not a golden trajectory"]),
        verify(&text.replace("\"tanh\"", "\"gelu\""), &["t.json: not a golden trajectory", "gelu"]),
    ]);
}

#[test]
fn one_altered_number_is_found() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tanh_sgd_mse_l2.json");
    let text = fs::read_to_string(&path).expect("shipped");
    let mut golden: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let verify = |golden: &serde_json::Value| {
        fs::write(folder.path().join("t.json"), golden.to_string()).expect("a file");
        run(folder.path(), &["verify".to_owned(), "t.json".to_owned()])
    };
    let sound = verify(&golden);
    assert_eq!(sound.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&sound.stdout).contains("  ok"));
    for place in ["/steps/7/loss", "/steps/19/layers/1/signal_hebb", "/steps/3/layers/0/weight_norm", "/final/1/W/0/0"]
    {
        let number = golden.pointer_mut(place).unwrap_or_else(|| panic!("trajectories have {place}"));
        let before = number.clone();
        // A thousand times the tolerance of 1e-9.
        *number = serde_json::json!(before.as_f64().expect("a number") + 1e-6);
        let output = verify(&golden);
        assert_eq!(output.status.code(), Some(1), "{place}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("EXCEEDED"), "{place}");
        *golden.pointer_mut(place).expect("as before") = before;
    }
}
