//! Looks into a run's past, and ways back to it.

use std::time::{Duration, Instant};

use super::watched::{PATIENCE, curves, run_to, set, spawn, store_of, tiny, wait_for, wait_until};

use hebbscope::experiment::{Experiment, RuleKind};
use hebbscope::training::{Branch, Command, Event, History, Run, RunState, Trainer, Watch};

fn experiment() -> Experiment {
    let mut experiment = tiny();
    experiment.training.steps = Some(1_000_000);
    experiment.rule.kind = RuleKind::Adam;
    experiment
}

fn moment_at(trainer: &Trainer, step: u64, is_live: bool) -> std::sync::Arc<hebbscope::training::Moment> {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(moment) = trainer.moment().filter(|m| m.step == step && m.is_live == is_live) {
            return moment;
        }
        assert!(Instant::now() < until, "no moment of step {step}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The same run without a thread; its matrices at some steps.
fn expected(steps: &[u64]) -> Vec<String> {
    let mut run = Run::new(experiment(), 1).expect("valid");
    let mut seen = Vec::new();
    for step in 0..=500 {
        if step == 100 {
            run.set("training.batch_size", 20.into(), None).expect("allowed");
        }
        if step == 300 {
            run.set("noise.weight_sd", 0.01.into(), None).expect("allowed");
        }
        if steps.contains(&step) {
            let moment = run.moment(Branch::A, 1, false).expect("alive");
            seen.push(format!("{:?} {:?} {:?}", moment.snapshot.seeds, moment.noise, moment.experiment));
        }
        run.advance(1, false, |_| {});
    }
    seen
}

fn steered() -> Trainer {
    let trainer = spawn(experiment());
    run_to(&trainer, 100);
    set(&trainer, "training.batch_size", 20);
    run_to(&trainer, 300);
    set(&trainer, "noise.weight_sd", 0.01);
    run_to(&trainer, 500);
    trainer
}

#[test]
fn a_look_shows_the_past_as_it_was_and_leaves_the_run_alone() {
    let trainer = steered();
    trainer.send(Command::Watch(Watch { matrices: true, seed_index: 1, branch: Branch::A }));
    let present = moment_at(&trainer, 500, true);
    let steps = [0, 57, 100, 101, 299, 300, 350];
    // Forwards, and backwards.
    let mut seen = Vec::new();
    for step in steps.into_iter().chain([57, 0]) {
        trainer.send(Command::Look(Some(step)));
        let moment = moment_at(&trainer, step, false);
        assert_eq!((moment.seed, trainer.status().looking_at, trainer.status().step), (1, Some(step), 500));
        assert!(moment.noise.iter().all(Option::is_some));
        seen.push(format!("{:?} {:?} {:?}", moment.snapshot.seeds, moment.noise, moment.experiment));
    }
    let expected = expected(&steps);
    for (at, step) in steps.iter().enumerate() {
        assert!(seen[at] == expected[at], "step {step}");
    }
    assert!(seen[7] == expected[1] && seen[8] == expected[0]);
    trainer.send(Command::Look(None));
    assert_eq!(moment_at(&trainer, 500, true).snapshot, present.snapshot);
    assert_eq!(trainer.status().looking_at, None);

    // A drag through the past: what counts is where it ends.
    for step in (0..400).rev() {
        trainer.send(Command::Look(Some(step)));
    }
    trainer.send(Command::Look(Some(57)));
    assert_eq!(
        format!("{:?}", moment_at(&trainer, 57, false).snapshot.seeds),
        format!("{:?}", {
            trainer.send(Command::Look(Some(57)));
            moment_at(&trainer, 57, false).snapshot.seeds.clone()
        })
    );
    run_to(&trainer, 520);
    assert_eq!(trainer.status().looking_at, None, "to train is to go back to the present");
    let untouched = steered();
    run_to(&untouched, 520);
    assert_eq!(store_of(&trainer), store_of(&untouched));
}

#[test]
fn going_back_repeats_the_run_and_a_slider_makes_another_future() {
    let trainer = steered();
    let original = store_of(&trainer);
    for step in [320, 300, 41, 100, 0] {
        trainer.send(Command::ForkFrom(step));
        let at = wait_for(&trainer, |event| match event {
            Event::Rewound { step } => Some(step),
            Event::Notice(text) => panic!("{text}"),
            _ => None,
        });
        let status = trainer.status();
        // Where it went back beyond an intervention, that is made again by hand; a step has those made at it.
        let known = status.interventions.len();
        assert_eq!((at, status.state, status.step), (step.min(status.step), RunState::Paused, status.step));
        assert_eq!(known, [100, 300].iter().filter(|made| **made <= at).count(), "at {at}");
        assert_eq!(trainer.metrics().lock().last_step(), at.checked_sub(1));
        assert!(trainer.before_metrics().lock().is_some());
        if known < 1 {
            run_to(&trainer, 100);
            set(&trainer, "training.batch_size", 20);
        }
        if known < 2 {
            if trainer.status().step < 300 {
                run_to(&trainer, 300);
            }
            set(&trainer, "noise.weight_sd", 0.01);
        }
        run_to(&trainer, 500);
        assert!(store_of(&trainer) == original, "after going back to {step}");
    }
    trainer.send(Command::ForkFrom(200));
    set(&trainer, "regularizer.weight_decay", 0.2);
    wait_until(&trainer, |s| s.step == 200 && s.interventions.len() == 2);
    run_to(&trainer, 500);
    assert!(store_of(&trainer) != original);
}

#[test]
fn a_twin_is_there_where_it_was() {
    let norms = ("model.batch_norm", toml::Value::Boolean(true));
    for change in [("regularizer.weight_decay", 0.2.into()), ("rule.kind", "hebb".into()), norms] {
        a_twin_is_there_with(&change);
    }
}

fn a_twin_is_there_with((field, value): &(&str, toml::Value)) {
    let trainer = spawn(experiment());
    run_to(&trainer, 50);
    trainer.send(Command::Fork { changes: vec![((*field).into(), value.clone())] });
    run_to(&trainer, 120);
    let twins = || trainer.twin_metrics().lock().as_ref().map(curves);
    let (own, other) = (store_of(&trainer), twins().expect("a twin"));
    let settings = trainer.status().twin.expect("a twin").experiment;
    assert!(own != other && *settings != experiment(), "{field}");
    trainer.send(Command::Watch(Watch { matrices: true, seed_index: 0, branch: Branch::B }));
    trainer.send(Command::Look(Some(80)));
    let moment = moment_at(&trainer, 80, false);
    assert!(moment.branch == Branch::B && moment.experiment == settings, "{field}");
    trainer.send(Command::ForkFrom(90));
    wait_until(&trainer, |s| s.step == 90 && s.twin.is_some());
    run_to(&trainer, 120);
    assert_eq!((store_of(&trainer), twins()), (own, Some(other.clone())), "{field}");
    // The twin becomes the run: its curves take the place of the original's from the fork on.
    trainer.send(Command::EndTwin { keep: Branch::B });
    let status = wait_until(&trainer, |s| s.twin.is_none());
    assert_eq!((status.interventions.len(), &status.experiment), (1, &settings));
    assert!(twins().is_none());
    {
        let metrics = trainer.metrics();
        let store = metrics.lock();
        let column = store.columns().index("weight_norm_1").expect("a column of the contract");
        assert_eq!(store.envelope(column, 0, 0, u64::MAX, 4096).len(), 120);
        let late = format!("{:?}", store.envelope(column, 0, 50, u64::MAX, 4096));
        assert_eq!(late, other[column]);
    }
    // What it was before the fork can be looked at, and gone back to.
    trainer.send(Command::Look(Some(110)));
    assert_eq!(moment_at(&trainer, 110, false).experiment, settings);
    trainer.send(Command::ForkFrom(20));
    let status = wait_until(&trainer, |s| s.step == 20);
    assert!(status.interventions.is_empty() && *status.experiment == experiment(), "{field}");
}

#[test]
fn the_history_is_bounded_and_denser_near_the_present() {
    let mut run = Run::new(experiment(), 1).expect("valid");
    let each = run.checkpoint().bytes();
    let mut history = History::new(20 * each);
    for _ in 0..400 {
        history.push(run.checkpoint(), run.step() == 500);
        assert!(history.bytes() <= 20 * each);
        for _ in 0..10 {
            run.advance(1, false, |_| {});
        }
    }
    let steps = history.steps();
    assert_eq!((steps[0], steps[steps.len() - 1], steps.len()), (0, 3990, 20));
    let gaps: Vec<u64> = steps.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps[gaps.len() - 1] == 10 && gaps[..5].iter().sum::<u64>() > 1500, "{steps:?}");
    assert_eq!(history.nearest(3985).map(hebbscope::training::Checkpoint::step), Some(steps[18].min(3980)));
    // Two are kept even where there is room for none.
    let mut least = History::new(0);
    for _ in 0..3 {
        least.push(run.checkpoint(), false);
        run.advance(1, false, |_| {});
    }
    assert_eq!(least.steps().len(), 2);
}

#[test]
fn a_level_run_stops_by_itself() {
    let mut level = experiment();
    level.rule.kind = RuleKind::Sgd;
    level.rule.learning_rate = 0.0;
    level.noise.weight_sd = 0.0;
    level.measure.window = 60;
    // Every batch is the whole set, so that nothing changes at all.
    level.training.batch_size = 120;
    let trainer = spawn(level);
    run_to(&trainer, 7);
    trainer.send(Command::RunUntilConverged);
    let step = wait_for(&trainer, |event| match event {
        Event::Converged { step } => Some(step),
        _ => None,
    });
    // Ten whole windows after the one that had begun.
    assert_eq!(step, 660);
    let status = trainer.status();
    assert_eq!((status.state, status.step), (RunState::AtRest, 660));
    // Nobody paused it, so that a setting takes it up again, until it rests under that.
    let change = |field: &str, value: f64| Command::Set { field: field.into(), value: value.into(), target: None };
    trainer.send(change("regularizer.weight_decay", 0.02));
    let step = wait_for(&trainer, |event| match event {
        Event::Converged { step } => Some(step),
        _ => None,
    });
    assert_eq!((step, trainer.status().state), (1260, RunState::AtRest));
    // What was paused stays so.
    trainer.send(Command::Run);
    trainer.send(Command::Pause);
    wait_until(&trainer, |s| s.state == RunState::Paused);
    let step = trainer.status().step;
    trainer.send(change("regularizer.weight_decay", 0.03));
    wait_for(&trainer, |event| matches!(event, Event::Intervened(_)).then_some(()));
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!((trainer.status().state, trainer.status().step), (RunState::Paused, step));
}
