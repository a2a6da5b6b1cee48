//! Devices that are lost around a change of the replicas: what goes on is what the host made of them.

use std::time::Duration;

use hebbscope::backend::gpu::GpuDevice;
use hebbscope::data;
use hebbscope::experiment::RuleKind;
use hebbscope::record::Row;
use hebbscope::training::{BackendChoice, Branch, Ensemble, Member, Run};
use toml::Value;

use crate::device;
use crate::programs::{TOLERANCE, small};

/// The step of the change, and a later one. Neither is the end of a pass over the data, at which all is copied to the host.
const CHANGE: u64 = 45;
const LATER: u64 = 65;

/// When the device goes.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Kill {
    /// The CPU trains.
    Never,
    /// Just before the change.
    Before,
    /// Between the change and the next step.
    After,
}

/// Rows of the steps after a change, up to step 80, of both twins; and what was said of the device.
fn rows(kill: Kill, change: &dyn Fn(&mut Run)) -> (Vec<(Branch, Row)>, Option<String>) {
    let mut experiment = small(RuleKind::Adam);
    experiment.training.steps = Some(80);
    let mut run = Run::new(experiment, 1).expect("a small, valid experiment");
    if kill != Kill::Never {
        run.use_backend(BackendChoice::Gpu).expect("an adapter is there");
    }
    let destroy = |run: &Run| run.executor().device().expect("it trains on one").destroy();
    assert!(!CHANGE.is_multiple_of(run.experiment().steps_per_epoch()));
    while run.step() < CHANGE {
        run.advance(CHANGE - run.step(), false, |_| {});
    }
    if kill == Kill::Before {
        destroy(&run);
    }
    change(&mut run);
    if kill == Kill::After {
        destroy(&run);
    }
    let mut rows = Vec::new();
    while run.step() < 80 {
        run.advance_branches(80 - run.step(), false, |branch, row| rows.push((branch, row)));
    }
    assert!(run.describe_backend().starts_with("CPU"), "{}", run.describe_backend());
    (rows, run.take_loss())
}

#[track_caller]
fn survives(change: &dyn Fn(&mut Run)) {
    if device().is_none() {
        return;
    }
    let (expected, _) = rows(Kill::Never, change);
    assert!(expected.len() >= 40);
    for kill in [Kill::Before, Kill::After] {
        let (found, said) = rows(kill, change);
        let said = said.expect("the loss is reported");
        assert!(said.contains("The CPU goes on"), "{kill:?}: {said}");
        assert_eq!(expected.len(), found.len(), "{kill:?}");
        for ((branch, expected), (other, found)) in expected.iter().zip(&found) {
            assert_eq!((branch, expected.step, expected.seed), (other, found.step, found.seed), "{kill:?}");
            let [expected, loss] = [expected, found].map(|row| f64::from(row.values[0].expect("a loss")));
            let step = found.step;
            assert!((expected - loss).abs() <= TOLERANCE * expected, "{kill:?}: step {step}: {expected} and {loss}");
        }
    }
}

#[test]
fn going_back_outlasts_the_device() {
    survives(&|run| {
        let there = run.checkpoint();
        let weights = |run: &mut Run| run.snapshot(3).seeds;
        let before = weights(run);
        while run.step() < LATER {
            run.advance(LATER - run.step(), false, |_| {});
        }
        run.restore(&there).expect("a checkpoint of this run");
        assert_eq!(run.step(), CHANGE);
        assert_eq!(before.len(), weights(run).len());
    });
}

/// What is asked first after the loss is answered by networks that have taken all steps, and what was measured last is there once.
#[test]
fn an_evaluation_outlasts_the_device() {
    let Some(device) = device() else { return };
    let mut experiment = small(RuleKind::Adam);
    experiment.training.seeds = 1;
    let loss = |device: Option<GpuDevice>| {
        let data = data::load(&experiment, &experiment.seeds()).expect("small").remove(0);
        let program = Ensemble::program(&experiment).expect("small");
        let member = Member { experiment: experiment.clone(), data };
        let mut ensemble = Ensemble::new(program, vec![member], 1).expect("a thread");
        let is_lost = device.is_some();
        if let Some(device) = device {
            ensemble.executor_mut().use_device(device).expect("it takes a small network");
        }
        (0..10).for_each(|_| ensemble.advance(3, |_, _| {}));
        ensemble.executor_mut().advance(3);
        if is_lost {
            ensemble.executor().device().expect("it trains on one").destroy();
        }
        let (loss, _) = ensemble.executor_mut().evaluate()[0].expect("a loss");
        assert_eq!(ensemble.executor().replicas()[0].step(), 33);
        let mut measured = Vec::new();
        ensemble.executor().for_each_measurement(|one| measured.push(one.step));
        assert_eq!(measured, [30, 31, 32]);
        let said = ensemble.executor_mut().take_loss();
        assert_eq!(said.as_ref().is_some_and(|said| said.contains("The CPU goes on")), is_lost, "{said:?}");
        loss
    };
    let (expected, found) = (loss(None), loss(Some(device)));
    assert!((expected - found).abs() <= TOLERANCE * expected, "{expected} and {found}");
}

#[test]
fn dropped_seeds_outlast_the_device() {
    survives(&|run| {
        run.set("training.seeds", Value::Integer(2), None).expect("a run can lose seeds");
    });
}

fn fork(run: &mut Run) {
    let changes = [("regularizer.weight_decay".to_owned(), Value::Float(0.2))];
    run.fork(&changes).expect("a live field");
    while run.step() < LATER {
        run.advance(LATER - run.step(), false, |_| {});
    }
}

#[test]
fn twins_outlast_the_device() {
    survives(&|run| {
        run.fork(&[("regularizer.weight_decay".to_owned(), Value::Float(0.2))]).expect("a live field");
    });
}

#[test]
fn the_end_of_a_twin_outlasts_the_device() {
    for keep in [Branch::A, Branch::B] {
        survives(&|run| {
            fork(run);
            assert!(run.end_twin(keep));
        });
    }
}

#[test]
fn a_long_pause_outlasts_the_device() {
    survives(&|run| {
        // As the window does while nothing trains: it looks, and time goes by.
        assert!(run.moment(Branch::A, 1, true).is_some());
        std::thread::sleep(Duration::from_millis(600));
        assert!(run.moment(Branch::A, 0, true).is_some());
    });
}

#[test]
fn another_program_outlasts_the_device() {
    survives(&|run| {
        run.set("training.batch_size", Value::Integer(7), None).expect("a run can change it");
    });
}

#[test]
fn settings_outlast_the_device() {
    survives(&|run| {
        run.set("regularizer.weight_decay", Value::Float(0.3), None).expect("a live field");
    });
}
