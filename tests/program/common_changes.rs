//! Changes that a run and its twin have in common: each is in the records of both, and the record of each repeats by itself.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command as Process;
use std::time::{Duration, Instant};

use hebbscope::backend::gpu::adapters;
use hebbscope::experiment::fields::{Change, FIELDS};
use hebbscope::experiment::{change_in_branch, resolve};
use hebbscope::record::{Intervention, Target, read_interventions};
use hebbscope::training::{BackendChoice, Command, Event, Replay, TrainError, Trainer, replay};

/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Every kind of change, in an order in which each has an effect: the field, the value, and the layer where it is one's alone.
const CHANGES: &[(&str, &str, Option<usize>)] = &[
    ("regularizer.weight_decay", "3e-3", None),
    ("regularizer.weight_decay", "0.02", Some(2)),
    ("regularizer.weight_decay_layers", "[0.01, 0.02, 0.03]", None),
    ("regularizer.l1", "1e-3", None),
    ("regularizer.decay_bias", "false", None),
    ("regularizer.activation_penalty", "1e-3", None),
    ("noise.weight_sd", "1e-3", None),
    ("noise.weight_mode", "\"transient\"", None),
    ("noise.input_sd", "0.1", None),
    ("noise.gradient_sd", "1e-3", None),
    ("rule.learning_rate", "0.03", None),
    ("rule.clip", "0.5", None),
    ("rule", "{ learning_rate = 0.04, clip = 0.4 }", None),
    ("schedule.learning_rate", "\"steps 0.9 every 2\"", None),
    ("schedule.weight_decay", "\"steps 0.9 every 2\"", None),
    ("schedule.noise", "\"steps 0.9 every 2\"", None),
    ("model.activation", "\"relu\"", None),
    ("model.residual", "true", None),
    ("training.loss_scale", "0.5", None),
    ("training.batch_size", "12", None),
    ("training.seeds", "2", None),
    ("measure.window", "6", None),
    ("measure.alignment", "\"sign\"", None),
    ("measure.full_update", "false", None),
    ("measure.stationarity", "false", None),
    ("measure.force_balance", "false", None),
    ("measure.loss_gradient", "true", None),
    ("measure.post_activation", "true", None),
    ("measure.per_example", "true", None),
    ("measure.validate_every", "1", None),
    ("measure.layers", "[1, 3]", None),
    ("measure.every", "2", None),
    ("measure.neurons", "false", None),
    ("measure.snapshot_every", "50", None),
    ("measure.snapshot_seeds", "\"all\"", None),
];

/// What no row tells of: what else is looked at, or lies in a folder.
const SILENT: [&str; 3] = ["measure.neurons", "measure.snapshot_every", "measure.snapshot_seeds"];

/// Fields of other rules and networks than those here, of which is asked what is asked of their like; and the length, in place of
/// which a folder has the steps that were run.
const OF_OTHERS: [&str; 25] = [
    "model.encoder_activation",
    "model.dropout",
    "model.batch_norm",
    "model.bias",
    "model.sparsity",
    "model.frozen",
    "model.frozen_layers",
    "training.loss",
    "training.epochs",
    "training.steps",
    "rule.kind",
    "rule.beta1",
    "rule.beta2",
    "rule.epsilon",
    "rule.target_norm",
    "rule.hebb_activity",
    "rule.normalization",
    "rule.oja_form",
    "rule.others",
    "rule.optimizer",
    "regularizer.coupling",
    "regularizer.decay_matrix",
    "regularizer.decay_spread",
    "regularizer.decay_correlation",
    "rule.signal",
];

#[test]
fn every_field_that_a_run_may_change_is_tried() {
    let tried: BTreeSet<&str> = CHANGES.iter().map(|(field, ..)| *field).collect();
    for field in FIELDS {
        let may_change = change_in_branch(field.path).is_some_and(|change| change != Change::Reset);
        let known = tried.contains(field.path) || OF_OTHERS.contains(&field.path);
        let of_rule = field.change == Change::Reset && field.path.starts_with("rule.");
        assert!(!may_change || known || of_rule, "{}", field.path);
    }
}

/// What both twins can take, where one of them learns by `rule`.
fn changes(rule: &str) -> Vec<(&'static str, &'static str, Option<usize>)> {
    let is_hebbian = rule == "hebb";
    // There are no signals of single examples there, and nobody descends a penalty.
    let of_gradients = ["measure.per_example", "regularizer.activation_penalty"];
    CHANGES.iter().copied().filter(|(field, ..)| !is_hebbian || !of_gradients.contains(field)).collect()
}

/// A run and its twin, which parts at once from it by `fork`.
fn session(fork: (&str, toml::Value), changes: &[(&str, &str, Option<usize>)], folder: &Path) {
    let sizes = [
        "model.hidden=[6,6]",
        "model.batch_norm=true",
        "data.input_size=6",
        "data.train_examples=96",
        "data.validation_examples=16",
        "training.batch_size=16",
        "training.seeds=3",
        "training.steps=4000",
        "rule.learning_rate=0.05",
        "measure.neurons=true",
        "measure.window=10",
        "measure.validate_every=2",
    ]
    .map(str::to_owned);
    let trainer = Trainer::spawn(resolve("sre", &sizes).expect("valid"), 1, Box::new(|| {})).expect("a thread");
    let until = Instant::now() + PATIENCE;
    let heard = |what: &str, is_it: &dyn Fn(&Event) -> bool| loop {
        match trainer.events().recv_deadline(until).unwrap_or_else(|_| panic!("no {what}")).event {
            event if is_it(&event) => return,
            Event::Failed(words) | Event::Notice(words) | Event::Refused { message: words, .. } => {
                panic!("{what}: {words}")
            }
            _ => {}
        }
    };
    let run_to = |step: u64| {
        trainer.send(Command::RunUntil(step));
        while trainer.status().step < step {
            assert!(Instant::now() < until, "{:?}", trainer.status().state);
            std::thread::sleep(Duration::from_millis(1));
        }
    };
    run_to(4);
    trainer.send(Command::Fork { changes: vec![(fork.0.into(), fork.1)] });
    heard("fork", &|event| matches!(event, Event::Forked { .. }));
    for (place, (field, value, layer)) in changes.iter().enumerate() {
        run_to(6 + 2 * place as u64);
        let value = toml::from_str::<toml::Table>(&format!("v = {value}")).expect(field)["v"].clone();
        if *field == Intervention::BACKEND {
            let is_device = value.as_str() == Some("gpu");
            trainer.send(Command::UseBackend(if is_device { BackendChoice::Gpu } else { BackendChoice::Cpu }));
            heard(field, &|event| matches!(event, Event::Backend(_)));
            continue;
        }
        // What is common in any case stays so where a twin is named.
        let twin = field.starts_with("measure.").then(|| "B".to_owned());
        let target = Some(Target { layer: *layer, twin }).filter(|target| *target != Target::default());
        trainer.send(Command::Set { field: (*field).into(), value, target });
        heard(field, &|event| matches!(event, Event::Intervened(one) if one.field == *field));
    }
    // More than an epoch, after which there is a validation.
    run_to(2 * changes.len() as u64 + 30);
    trainer.send(Command::SaveSession(folder.to_path_buf()));
    heard("saved session", &|event| matches!(event, Event::Saved(_)));
}

/// Whether the rows of a folder are those of its configuration with these changes.
fn repeats(folder: &Path, interventions: &[Intervention]) -> Result<bool, TrainError> {
    let experiment = resolve(&folder.to_string_lossy(), &[]).expect("saved");
    let metrics = folder.join("metrics.csv");
    let (experiment, metrics) = (&experiment, metrics.as_path());
    let of = Replay { experiment, interventions, metrics, whole_from: 0, tolerance: 0.0, threads: 1 };
    replay::<TrainError>(of, |_| Ok(()), |_| true).map(|found| found.first.is_none())
}

fn every_common_change_is_in_both_records(fork: (&str, toml::Value), own: usize) {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let folder = scratch.path().join("session");
    let changes = changes(fork.1.as_str().unwrap_or_default());
    session(fork, &changes, &folder);
    let output = Process::new(env!("CARGO_BIN_EXE_hebbscope")).arg("replay").arg(&folder).output().expect("starts");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let exact = said.lines().filter(|line| line.contains("repeats: ") && line.contains("largest deviation 0.00e0"));
    assert_eq!((output.status.code(), exact.count()), (Some(0), 2), "{said}");
    for (branch, own) in [(folder.clone(), 0), (folder.join("twin-b"), own)] {
        let record = read_interventions(&branch).expect("saved");
        let made: Vec<_> = record[own..].iter().map(|one| (one.field.as_str(), one.step)).collect();
        let wanted: Vec<_> = changes.iter().enumerate().map(|(at, (field, ..))| (*field, 6 + 2 * at as u64)).collect();
        assert_eq!(made, wanted, "{}", branch.display());
        // As if it had been left out of the twin's record.
        for left_out in (own..record.len()).filter(|_| own > 0) {
            let rest: Vec<_> = record.iter().enumerate().filter(|(at, _)| *at != left_out).collect();
            let rest: Vec<_> = rest.into_iter().map(|(_, one)| one.clone()).collect();
            let field = record[left_out].field.as_str();
            // Refused is what a later change has another old value for.
            let is_told = !repeats(&branch, &rest).unwrap_or(false);
            assert_eq!(is_told, !SILENT.contains(&field), "{} without its change of {field}", branch.display());
        }
    }
}

#[test]
fn common_changes_are_in_both_records_of_twins_with_one_step() {
    every_common_change_is_in_both_records(("noise.weight_sd", 2e-3.into()), 1);
}

#[test]
fn common_changes_are_in_both_records_of_twins_with_a_step_each() {
    every_common_change_is_in_both_records(("rule.kind", "hebb".into()), 1);
}

/// What trains is no field, and a replay repeats on the CPU whatever trained: so it is a change by itself, which says in both records
/// that no more than the tolerance of a device can be asked for.
#[test]
fn a_change_of_what_trains_is_in_both_records() {
    if adapters().is_empty() {
        let is_required = std::env::var_os("HEBBSCOPE_REQUIRE_GPU").is_some_and(|value| value == "1");
        assert!(!is_required, "HEBBSCOPE_REQUIRE_GPU is 1, and there is no adapter");
        println!("skipped: no adapter");
        return;
    }
    let changes = [
        (Intervention::BACKEND, "\"gpu\"", None),
        ("regularizer.weight_decay", "3e-3", None),
        (Intervention::BACKEND, "\"cpu\"", None),
    ];
    for fork in [("noise.weight_sd", 2e-3.into()), ("rule.kind", "hebb".into())] {
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let folder = scratch.path().join("session");
        session(fork.clone(), &changes, &folder);
        for (branch, own) in [(folder.clone(), 0), (folder.join("twin-b"), 1)] {
            let record = read_interventions(&branch).expect("saved");
            let made: Vec<_> = record[own..].iter().map(|one| (one.field.as_str(), one.step)).collect();
            let wanted: Vec<_> = changes.iter().zip([6, 8, 10]).map(|((field, ..), step)| (*field, step)).collect();
            assert_eq!(made, wanted, "{fork:?}: {}", branch.display());
            let (there, back) = (&record[own], &record[own + 2]);
            assert_eq!((&there.old, &there.new), (&back.new, &back.old), "{fork:?}: there and back");
        }
        let output = Process::new(env!("CARGO_BIN_EXE_hebbscope")).arg("replay").arg(&folder).output().expect("starts");
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let reasons = said.lines().filter(|line| line.contains("repeats: ") && line.contains("a graphics processor"));
        assert_eq!((output.status.code(), reasons.count()), (Some(0), 2), "{fork:?}: {said}");
    }
}
