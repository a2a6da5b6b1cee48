//! Layers that lose their direction: told when it happens, with seed, step and cause, and no longer told when the run
//! goes back before it.

use super::watched::{run_to, set, spawn, tiny, wait_for};
use std::process::Command as Process;

use hebbscope::experiment::{Experiment, Init};
use hebbscope::record::{Collapse, CollapseCause};
use hebbscope::training::{Branch, CollapseNews, Command, Event, Run, Trainer};

fn experiment() -> Experiment {
    let mut experiment = tiny();
    experiment.rule.learning_rate = 0.1;
    experiment.training.steps = Some(60);
    experiment.noise.weight_sd = 0.0;
    experiment
}

/// Halves the weights at every step.
const HALVING: f64 = 5.0;

/// Seed, layer and first step.
fn places(collapses: &[Collapse]) -> Vec<(u64, usize, u64)> {
    let mut places: Vec<_> = collapses.iter().map(|one| (one.seed, one.layer, one.step)).collect();
    places.sort_unstable();
    places
}

fn collapsed(trainer: &Trainer) -> (Branch, Collapse) {
    wait_for(trainer, |event| match event {
        Event::Collapsed { branch, collapse } => Some((branch, collapse)),
        _ => None,
    })
}

#[test]
fn a_drag_that_kills_the_network_is_told_layer_by_layer_and_going_back_takes_it_back() {
    let trainer = spawn(experiment());
    run_to(&trainer, 10);
    set(&trainer, "regularizer.weight_decay", HALVING);
    run_to(&trainer, 40);
    let mut told: Vec<Collapse> = (0..4).map(|_| collapsed(&trainer).1).collect();
    told.sort_by_key(|one| (one.seed, one.layer));
    let which: Vec<_> = told.iter().map(|one| (one.seed, one.layer)).collect();
    assert_eq!(which, [(0, 1), (0, 2), (1, 1), (1, 2)]);
    for one in &told {
        // 2^-10 is the first power of a half below a thousandth; signals are small beside that.
        assert!((18..=30).contains(&one.step), "{one:?}");
        assert_eq!((one.cause, one.until), (CollapseCause::Weights, None));
    }
    assert_eq!(places(&trainer.status().collapses), places(&told));
    let first = told.iter().map(|one| one.step).min().expect("four");

    // Just after the first one, it stands alone with those of the same step; before it, there is none.
    trainer.send(Command::ForkFrom(first + 1));
    wait_for(&trainer, |event| matches!(event, Event::Rewound { .. }).then_some(()));
    let same: Vec<Collapse> = told.iter().filter(|one| one.step == first).cloned().collect();
    assert_eq!(places(&trainer.status().collapses), places(&same));
    trainer.send(Command::ForkFrom(first));
    wait_for(&trainer, |event| matches!(event, Event::Rewound { .. }).then_some(()));
    assert!(trainer.status().collapses.is_empty());

    // Repeated, the same is told at the same steps.
    run_to(&trainer, 40);
    let again: Vec<Collapse> = (0..4).map(|_| collapsed(&trainer).1).collect();
    assert_eq!(places(&again), places(&told));
}

#[test]
fn a_layer_that_grows_back_is_told_too() {
    let trainer = spawn(experiment());
    set(&trainer, "regularizer.weight_decay", HALVING);
    run_to(&trainer, 30);
    set(&trainer, "regularizer.weight_decay", 0.0);
    set(&trainer, "noise.weight_sd", 0.05);
    run_to(&trainer, 60);
    let mut grown: Vec<(u64, usize)> = (0..4)
        .map(|_| {
            wait_for(&trainer, |event| match event {
                Event::Recovered { branch: Branch::A, collapse } => Some((collapse.seed, collapse.layer)),
                _ => None,
            })
        })
        .collect();
    grown.sort_unstable();
    assert_eq!(grown, [(0, 1), (0, 2), (1, 1), (1, 2)]);
    let all = trainer.status().collapses;
    assert!(all.len() == 4 && all.iter().all(|one| one.until.is_some_and(|until| until >= 30) && !one.is_at(60)));
    // Back among the steps where it was collapsed, it is again.
    trainer.send(Command::ForkFrom(25));
    wait_for(&trainer, |event| matches!(event, Event::Rewound { .. }).then_some(()));
    assert!(trainer.status().collapses.iter().all(|one| one.until.is_none() && one.is_at(25)));
}

#[test]
fn of_twins_only_the_one_that_collapsed_says_so_and_takes_it_along() {
    let trainer = spawn(experiment());
    run_to(&trainer, 5);
    trainer.send(Command::Fork { changes: vec![("regularizer.weight_decay".into(), HALVING.into())] });
    run_to(&trainer, 40);
    let told: Vec<(Branch, Collapse)> = (0..4).map(|_| collapsed(&trainer)).collect();
    assert!(told.iter().all(|(branch, _)| *branch == Branch::B));
    assert!(trainer.status().collapses.is_empty(), "the run itself is well");
    trainer.send(Command::EndTwin { keep: Branch::B });
    wait_for(&trainer, |event| matches!(event, Event::TwinEnded { .. }).then_some(()));
    let told: Vec<Collapse> = told.into_iter().map(|(_, one)| one).collect();
    assert_eq!(places(&trainer.status().collapses), places(&told));
}

#[test]
fn what_is_told_does_not_depend_on_chunks_or_threads() {
    let told = |chunk: u64, threads: usize| {
        let mut experiment = experiment();
        experiment.regularizer.weight_decay = HALVING;
        let mut run = Run::new(experiment, threads).expect("valid");
        let mut news = Vec::new();
        while run.step() < 60 {
            run.advance(chunk, false, |_| ());
            news.extend(run.take_collapse_news(Branch::A));
        }
        assert!(news.iter().all(|one| matches!(one, CollapseNews::Collapsed(_))));
        (places(&run.collapses(Branch::A)), news.len())
    };
    let usual = told(64, 1);
    assert_eq!(usual.1, 4);
    assert_eq!(told(1, 1), usual);
    assert_eq!(told(7, 2), usual);
}

#[test]
fn a_signal_that_stays_zero_is_told_from_its_first_step() {
    let mut experiment = experiment();
    // Zero weights upon zero weights pass no gradient on.
    experiment.model.init = Init::Zeros;
    let mut run = Run::new(experiment, 1).expect("valid");
    run.advance(30, false, |_| ());
    let all = run.collapses(Branch::A);
    assert_eq!(places(&all), [(0, 1, 0), (0, 2, 0), (1, 1, 0), (1, 2, 0)]);
    assert!(all.iter().all(|one| one.cause == CollapseCause::Signal), "{all:?}");
}

/// What the terminal says of a run with these settings: the warnings and the summary; and `summary.json`.
fn headless(set: &[&str]) -> (String, String, serde_json::Value) {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let small = [
        "model.hidden=[6]",
        "data.train_examples=120",
        "data.validation_examples=20",
        "training.batch_size=20",
        "training.steps=60",
    ];
    let mut command = Process::new(env!("CARGO_BIN_EXE_hebbscope"));
    command.args(["train", "sre", "--backend", "cpu", "--threads", "1", "--seeds", "2", "--out"]).arg(&out);
    for assignment in small.iter().chain(set) {
        command.args(["--set", assignment]);
    }
    let output = command.output().expect("the binary starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = std::fs::read_to_string(out.join("summary.json")).expect("a run leaves its summary");
    let [said, warned] = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    (said, warned, serde_json::from_str(&text).expect("JSON"))
}

#[test]
fn without_a_window_the_terminal_and_the_summary_say_why() {
    let (said, warned, summary) = headless(&["regularizer.weight_decay=5.0"]);
    for layer in 1..=2 {
        assert!(warned.contains(&format!("warning: layer {layer} collapsed at step ")), "{warned}");
        let line = said.lines().find(|line| line.starts_with(&format!("layer {layer} collapsed (seeds 0, 1), since")));
        assert!(line.is_some_and(|line| line.ends_with("|W| is below a thousandth of its initial norm")), "{said}");
        let collapses = &summary["layers"][layer - 1]["collapses"];
        assert_eq!(collapses.as_array().map(Vec::len), Some(2), "{collapses}");
        assert!(collapses[0]["step"].as_u64().is_some_and(|step| step > 0 && step < 60), "{collapses}");
    }
    let (said, _, summary) = headless(&["model.init=zeros", "training.steps=130"]);
    let reason = &summary["layers"][1]["collapses"][0]["reason"];
    assert_eq!(reason, "W is exactly zero");
    assert!(said.contains("layer 2 collapsed (seeds 0, 1), since step 0: W is exactly zero"), "{said}");
    let (said, warned, summary) = headless(&[]);
    assert!(!said.contains("collapsed") && !warned.contains("collapsed"));
    assert_eq!(summary["layers"][0]["collapses"], serde_json::json!([]));
}
