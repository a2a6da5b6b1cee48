//! The table of settings without effect, held against what is compiled and generated: a field that the table calls
//! without effect changes nothing, and every other one changes something.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::process::Command;

use hebbscope::data::{Inputs, Split, Targets, load};
use hebbscope::experiment::fields::{Allowed, FIELDS};
use hebbscope::experiment::{
    Experiment, MapShape, Purpose, StopRule, from_toml_file, resolve, resolve_for, with_assignment,
};
use hebbscope::program::{Program, Slot};
use hebbscope::training::fill_hyper;
use toml::Value;

/// Fields that say nothing of what is trained.
const NAMES: [&str; 2] = ["name", "description"];
/// Fields that have no other value here: own data, with what is done to them, paths and contents need files, and another kind of network other data.
const WITHOUT_OTHERS: [&str; 10] = [
    "data.path",
    "data.input_columns",
    "data.target_columns",
    "data.label_column",
    "data.targets_path",
    "data.labels_path",
    "data.standardize",
    "data.split_seed",
    "data.content",
    "model.kind",
];

/// Sequences of 4 tokens out of 3.
const TRANSFORMER: &[&str] = &[
    "model.kind=transformer",
    "data.kind=tokens",
    "data.length=4",
    "data.vocabulary=3",
    "model.width=4",
    "model.heads=2",
    "model.feed_forward=3",
    "model.encoder_layers=1",
];
const CNN: &[&str] = &["model.kind=cnn", "data.kind=digits", "model.channels=[2, 3]"];
const RESNET: &[&str] = &["model.kind=resnet", "data.kind=digits", "model.planes=[2, 3]", "model.blocks=[1, 1]"];

fn small(sets: &[&str]) -> Experiment {
    let own = [
        "data.train_examples=12",
        "data.validation_examples=6",
        "data.input_size=3",
        "data.output_size=2",
        "model.hidden=[3, 2]",
        "training.batch_size=4",
        "training.seeds=1",
    ];
    let all: Vec<String> = own.iter().chain(sets).map(|set| (*set).to_owned()).collect();
    let file = tempfile::Builder::new().suffix(".toml").tempfile().expect("a temporary file");
    resolve(file.path().to_str().expect("a plain path"), &all).unwrap_or_else(|e| panic!("{sets:?}: {e}"))
}

/// Other values of a field; not all of them are allowed in every experiment.
fn others(path: &str, allowed: Allowed, experiment: &Experiment) -> Vec<Value> {
    let now = Value::try_from(experiment).expect("plain structs have a TOML form");
    let now = path.split('.').try_fold(&now, |value, key| value.get(key));
    let numbers = |list: &[f64]| Value::Array(list.iter().map(|v| Value::Float(*v)).collect());
    let words = |words: &[&str]| words.iter().map(|word| Value::String((*word).to_owned())).collect::<Vec<_>>();
    let list = |items: &[i64]| vec![Value::Array(items.iter().map(|v| Value::Integer(*v)).collect())];
    match path {
        "data.kind" => words(&["teacher_student", "digits", "synthetic_images"]),
        _ if WITHOUT_OTHERS.contains(&path) => Vec::new(),
        "data.teacher_activation" | "model.activation" | "model.encoder_activation" => words(&["relu", "sigmoid"]),
        "data.image" => list(&[4, 4, 4]),
        "model.parameters" => vec![Value::Integer(60)],
        "model.width" => vec![Value::Integer(6)],
        "model.channels" => list(&[3]),
        "model.planes" => list(&[3, 2]),
        "model.blocks" => list(&[1, 2]),
        "model.block" => words(&["bottleneck"]),
        "model.stem" => words(&["imagenet"]),
        "model.depth" => vec![Value::Integer(18)],
        "data.teacher_hidden" => list(&[5]),
        "model.hidden" => list(&[4, 4]),
        "model.init" => words(&["he_normal", "xavier_uniform"]),
        "rule.kind" => words(&["oja", "dfa"]),
        "rule.random_nn_hidden" => list(&[7]),
        "rule.hebb_activity" => words(&["post"]),
        "rule.normalization" => words(&["unit"]),
        "rule.oja_form" => words(&["subspace"]),
        "rule.others" => words(&["none"]),
        "rule.optimizer" => words(&["adam"]),
        "rule.signal" => words(&["post * pre"]),
        "rule.bias" => words(&["post"]),
        "model.frozen_layers" => list(&[1]),
        "regularizer.coupling" => words(&["decoupled"]),
        "regularizer.weight_decay_layers" => {
            vec![numbers(&vec![0.25; experiment.layer_count()])]
        }
        "regularizer.decay_matrix" => {
            let of_layer = |map: &MapShape| Value::Array(vec![numbers(&vec![0.5; map.outputs])]);
            vec![Value::Array(experiment.maps().iter().map(of_layer).collect())]
        }
        "noise.weight_mode" => words(&["transient"]),
        "schedule.learning_rate" | "schedule.weight_decay" | "schedule.noise" => words(&["linear to 0.5"]),
        "training.stop" => words(&["stationarity"]),
        "training.loss" => words(&["cross_entropy", "mse"]),
        "measure.alignment" => words(&["sign"]),
        "measure.snapshot_seeds" => words(&["all"]),
        // Of one layer alone it is all of them.
        "measure.layers" => {
            if experiment.layer_count() == 1 {
                Vec::new()
            } else {
                list(&[1])
            }
        }
        "regularizer.decay_correlation" => vec![Value::Float(0.5)],
        _ => match (now, allowed) {
            (Some(Value::Boolean(is_on)), _) => vec![Value::Boolean(!is_on)],
            (Some(Value::Float(number)), Allowed::Number { max, .. }) => {
                vec![Value::Float((number * 1.5 + 1e-3).min(max * 0.9))]
            }
            (Some(Value::Integer(number)), Allowed::Whole { .. }) => {
                vec![Value::Integer(number + 1), Value::Integer(number - 1)]
            }
            (None, Allowed::Whole { .. }) => vec![Value::Integer(3)],
            _ => Vec::new(),
        },
    }
}

fn hash_split(split: &Split, to: &mut DefaultHasher) {
    match &split.inputs {
        Inputs::Real(values) => values.iter().for_each(|value| value.to_bits().hash(to)),
        Inputs::Bytes { pixels, scale, offset } => {
            pixels.iter().for_each(|pixel| pixel.hash(to));
            scale.iter().chain(offset).for_each(|value| value.to_bits().hash(to));
        }
    }
    match &split.targets {
        Targets::Values(values) => values.iter().for_each(|value| value.to_bits().hash(to)),
        Targets::Classes { labels, classes } => (labels, classes).hash(to),
    }
}

/// All that a run is made of: program, values read at each step, data, seeds, and what the loop around it asks for.
fn fingerprint(experiment: &Experiment, data: &mut HashMap<String, u64>) -> String {
    let program = Program::compile(experiment);
    let text = format!("{program:?}");
    let mut hyper = vec![0.0; program.slots];
    fill_hyper(experiment, &mut hyper);
    let layers = (0..program.layers.len()).map(Slot::WeightDecay);
    let slots = [
        Slot::Clip,
        Slot::TargetNorm,
        Slot::WeightSd,
        Slot::InputSd,
        Slot::GradientSd,
        Slot::Dropout,
        Slot::ActivationPenalty,
    ]
    .into_iter()
    .chain(layers);
    // Rate and L1 are read by every update; the others where the program names them.
    let read: Vec<f64> = slots
        .filter(|slot| text.contains(&format!("{slot:?}")))
        .chain([Slot::LearningRate, Slot::L1])
        .map(|slot| hyper[slot.index()])
        .collect();
    let Experiment { data: source, model, training, measure, .. } = experiment;
    let key = format!("{source:?} {model:?} {}", training.seed);
    let data = data.entry(key).or_insert_with(|| {
        let sets = load(experiment, &[training.seed]).expect("small data");
        let mut hash = DefaultHasher::new();
        hash_split(&sets[0].train, &mut hash);
        hash_split(&sets[0].validation, &mut hash);
        hash.finish()
    });
    let snapshots = (measure.snapshot_every, measure.snapshot_seeds);
    let around = (measure.validate_every, snapshots, measure.neurons, experiment.total_steps());
    let tolerances = (training.tolerance, training.gap_tolerance, training.min_steps);
    let rest = (training.stop == StopRule::Stationarity).then_some(tolerances);
    format!("{text} {read:?} {:?} {data} {:?} {around:?} {rest:?}", experiment.schedule, experiment.seeds())
}

#[test]
fn the_table_tells_what_has_an_effect() {
    let rules = ["sgd", "adam", "dfa", "random_nn", "hebb", "hebb_normalized", "oja"];
    let mut experiments: Vec<(String, Experiment)> = Vec::new();
    for rule in rules {
        let kind = format!("rule.kind={rule}");
        experiments.push((kind.clone(), small(&[&kind])));
        experiments.push((format!("{kind} with biases"), small(&[&kind, "model.bias=true", "data.teacher_bias=true"])));
        experiments.push((format!("{kind} without hidden layers"), small(&[&kind, "model.hidden=[]"])));
    }
    for sets in [
        &["data.kind=linear_regression"][..],
        &["data.kind=digits"],
        &["data.kind=digits", "training.loss=cross_entropy", "model.bias=true"],
        &["data.kind=synthetic_images", "data.train_examples=4", "data.validation_examples=2"],
        &["data.kind=cifar10", "data.train_examples=4", "data.validation_examples=2"],
        &["regularizer.weight_decay_layers=[0.1, 0.2, 0.3]", "model.bias=true"],
        &["regularizer.decay_spread=2"],
        &["training.steps=9"],
        &["training.stop=stationarity"],
        &["model.init=zeros"],
        &["noise.weight_sd=0.1", "noise.weight_mode=transient"],
        &["measure.alignment=per_example", "measure.every=3"],
        &["model.batch_norm=true", "rule.kind=hebb"],
        &["model.batch_norm=true", "rule.kind=dfa"],
        &["model.sparsity=0.3", "model.frozen=0.3", "model.bias=true", "measure.force_balance=true"],
        &["model.dropout=0.2", "regularizer.activation_penalty=0.1", "model.residual=true"],
        &["model.frozen_layers=[1, 2, 3]"],
        &["rule.kind=custom", "rule.signal=delta * pre", "model.bias=true"],
        &["rule.kind=custom", "rule.signal=delta * pre - w", "rule.optimizer=adam", "model.batch_norm=true"],
        &["model.hidden=[]", "data.teacher_hidden=[4]", "data.teacher_activation=tanh"],
        TRANSFORMER,
        &[TRANSFORMER, &["rule.kind=dfa", "model.bias=true"]].concat(),
        &[TRANSFORMER, &["rule.kind=hebb", "model.hidden=[]"]].concat(),
        &[TRANSFORMER, &["rule.kind=random_nn"]].concat(),
        CNN,
        &[CNN, &["rule.kind=dfa", "model.hidden=[]", "model.bias=true", "model.pool=1"]].concat(),
        RESNET,
        &[RESNET, &["model.depth=18", "rule.kind=oja"]].concat(),
    ] {
        experiments.push((format!("{sets:?}"), small(sets)));
    }
    let scaled = with_assignment(&small(&[]), "model.parameters", Value::Integer(80)).expect("some widths");
    experiments.push(("widths from a number of parameters".into(), scaled));
    let mut data = HashMap::new();
    let (mut with, mut without) = (BTreeSet::new(), BTreeSet::new());
    for (name, experiment) in &experiments {
        let before = fingerprint(experiment, &mut data);
        let of_runs = FIELDS.iter().filter(|field| !field.path.starts_with("sweep.") && !NAMES.contains(&field.path));
        for field in of_runs {
            for value in others(field.path, field.allowed, experiment) {
                let Ok(changed) = with_assignment(experiment, field.path, value.clone()) else { continue };
                if changed == *experiment {
                    continue;
                }
                let is_same = fingerprint(&changed, &mut data) == before;
                match changed.without_effect(field.path) {
                    Some(reason) => {
                        assert!(is_same, "{name}: {} = {value} has an effect, but: {reason}", field.path);
                        without.insert(field.path);
                    }
                    // Feedback alignment without hidden layers is gradient descent, CIFAR-10 without files synthetic images.
                    None if is_same && matches!(field.path, "rule.kind" | "data.kind") => {}
                    None => {
                        assert!(
                            !is_same,
                            "{name}: {} = {value} changes nothing, which the table does not say",
                            field.path
                        );
                        with.insert(field.path);
                    }
                }
            }
        }
    }
    // Where it cannot be without effect is not asked here, but that it can have one is, of every field of a run.
    let never: Vec<_> = FIELDS
        .iter()
        .map(|field| field.path)
        .filter(|path| !path.starts_with("sweep.") && !NAMES.contains(path) && !WITHOUT_OTHERS.contains(path))
        .filter(|path| !with.contains(path))
        .collect();
    assert!(never.is_empty(), "{never:?} never changed anything");
    assert!(without.len() >= 20, "{without:?}");
}

fn warnings(purpose: Purpose, experiment: &str, sets: &[&str]) -> Vec<String> {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    resolve_for(purpose, experiment, &sets).unwrap_or_else(|e| panic!("{experiment} {sets:?}: {e}")).warnings
}

#[track_caller]
fn assert_one(warnings: &[String], words: &[&str]) {
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(words.iter().all(|word| warnings[0].contains(word)), "{warnings:?} must say {words:?}");
}

#[test]
fn what_was_given_in_vain_is_named() {
    for (experiment, sets, words) in [
        ("digits", &["data.input_size=50"][..], &["--set: data.input_size = 50 has no effect", "images"][..]),
        // Also where it is the default, as somebody asked for it.
        ("digits", &["data.input_size=32"], &["data.input_size = 32 has no effect"]),
        ("sre", &["rule.beta1=0.5"], &["rule.beta1 = 0.5", "\"adam\""]),
        ("sre-adam", &["rule.kind=sgd", "rule.beta1=0.5"], &["rule.beta1 = 0.5", "\"adam\""]),
        (
            "sre",
            &["regularizer.weight_decay=1", "regularizer.weight_decay_layers=[1,1,1]"],
            &["regularizer.weight_decay = 1 has no effect", "weight_decay_layers"],
        ),
        ("sre", &["training.steps=9", "training.epochs=3"], &["training.epochs = 3", "training.steps"]),
        ("fig4", &["sweep.x_points=3"], &["sweep.x_points = 3", "single run"]),
    ] {
        assert_one(&warnings(Purpose::Run, experiment, sets), words);
    }
    for (sets, words) in [
        (&["sweep.x_values=[0.0, 1e-3]", "sweep.x_from=0.5"][..], &["sweep.x_from = 0.5", "sweep.x_values"][..]),
        (&["sweep.y=\"\"", "sweep.y_points=3"], &["sweep.y_points = 3", "no vertical axis"]),
        (&["sweep.y=\"\"", "sweep.y_values=[0.1]"], &["sweep.y_values = [0.1]", "no vertical axis"]),
        (&["sweep.tolerance=0.1"], &["sweep.tolerance = 0.1", "stationarity"]),
        (&["noise.weight_sd=0.1"], &["noise.weight_sd = 0.1", "sweep.x"]),
        (&["training.seeds=9"], &["training.seeds = 9", "sweep.seeds"]),
        (&["measure.every=2"], &["measure.every = 2", "measured at their end"]),
        (
            &["sweep.stop=stationarity", "sweep.max_steps=50", "training.steps=9"],
            &["training.steps = 9", "sweep.max_steps"],
        ),
    ] {
        assert_one(&warnings(Purpose::Grid, "fig4-quick", sets), words);
    }
}

#[test]
fn what_has_an_effect_or_was_not_given_is_passed_over_in_silence() {
    for preset in hebbscope::experiment::PRESETS {
        for purpose in [Purpose::Run, Purpose::Grid, Purpose::Window] {
            assert!(warnings(purpose, preset.name, &[]).is_empty(), "{}", preset.name);
        }
    }
    let digits = ["data.kind=digits", "data.train_examples=1000", "data.validation_examples=300"];
    for sets in [&digits[..], &["rule.kind=dfa", "rule.feedback_scale=2"], &["training.steps=9"]] {
        assert!(warnings(Purpose::Run, "sre", sets).is_empty(), "{sets:?}");
    }
}

#[test]
fn files_are_asked_for_what_they_give() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("my.toml");
    let of = |text: &str| {
        std::fs::write(&path, text).expect("a file");
        warnings(Purpose::Run, path.to_str().expect("plain"), &[])
    };
    let digits =
        "[data]\nkind = \"digits\"\ntrain_examples = 100\nvalidation_examples = 50\n[training]\nbatch_size = 10\n";
    assert!(of(digits).is_empty());
    assert_one(&of(&digits.replace("kind", "input_size = 32\nkind")), &["my.toml: data.input_size = 32 has no effect"]);
    // A preset that was written out has every field; what was changed in it is somebody's.
    let whole = resolve("digits", &[]).expect("valid").to_commented_toml();
    assert!(of(&whole).is_empty(), "{:?}", of(&whole));
    assert_one(&of(&whole.replace("input_size = 32", "input_size = 50")), &["data.input_size = 50"]);
    // So that the window can say it too.
    let read = from_toml_file(&path, &whole.replace("input_size = 32", "input_size = 50")).expect("valid");
    assert_one(&read.warnings, &["data.input_size = 50"]);
    // A teacher's activation follows the model's.
    let follows = "[model]\nhidden = []\nactivation = \"relu\"\n[data]\nteacher_hidden = [4]\n";
    assert!(of(follows).is_empty());
    let apart = follows.replace("teacher_hidden", "teacher_activation = \"tanh\"\nteacher_hidden");
    assert_one(&of(&apart), &["model.activation = \"relu\"", "model.hidden is empty"]);
}

fn hebbscope(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hebbscope"));
    let output = command.args(arguments).current_dir(folder).output().expect("the binary starts");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_run_is_warned_of_and_its_folder_is_not() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let arguments = [
        "train",
        "digits",
        "--set",
        "data.input_size=50",
        "--set",
        "training.steps=3",
        "--set",
        "model.hidden=[4]",
        "--seeds",
        "1",
        "--out",
        "run",
    ];
    let (code, said) = hebbscope(folder.path(), &arguments);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("warning: --set: data.input_size = 50 has no effect"), "{said}");
    let (code, said) = hebbscope(folder.path(), &["train", "run", "--out", "again"]);
    assert!(code == Some(0) && !said.contains("warning"), "{said}");
}

#[test]
fn an_axis_without_effect_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (sets, words) in [
        (
            &["regularizer.weight_decay_layers=[0.1,0.1,0.1]"][..],
            &["sweep.y = \"regularizer.weight_decay\"", "weight_decay_layers"][..],
        ),
        (&["sweep.x=rule.beta1"], &["sweep.x = \"rule.beta1\"", "\"adam\""]),
        (&["sweep.x=data.class_contrast"], &["sweep.x = \"data.class_contrast\"", "synthetic images"]),
    ] {
        let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", *set]).collect();
        let all = [
            &["sweep", "fig4-quick", "--out", "out", "--set", "sweep.x_to=0.5", "--set", "sweep.x_from=0.1"][..],
            &sets,
        ]
        .concat();
        let (code, said) = hebbscope(folder.path(), &all);
        assert_eq!(code, Some(2), "{said}");
        assert!(words.iter().all(|word| said.contains(word)), "{said}");
        assert!(!folder.path().join("out").exists());
    }
}
