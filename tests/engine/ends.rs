//! How a run ends before its last step: faults, seeds that diverge, experiments that cannot start, a window that closes.

use std::time::{Duration, Instant};

use super::trainer::{endless, paused_at, started};
use super::watched::{set, spawn, tiny, wait_for, wait_until};
use hebbscope::training::{Command, Event, Run, RunState, Trainer};

/// A rebuild that would need more memory than allowed is refused before anything has changed.
#[test]
fn a_rebuild_that_does_not_fit_into_memory_is_refused() {
    let mut wide = tiny();
    wide.data.train_examples = 100_000;
    wide.data.input_size = 1;
    wide.data.output_size = 1;
    wide.data.teacher_hidden = Some(vec![1]);
    wide.model.hidden = vec![16_384];
    wide.training.seeds = 1;
    let mut run = Run::new(wide.clone(), 1).expect("small in batches of 10");
    // 100,000 x 16,384 activations of 4 bytes are 6.1 GiB, and there are three such buffers.
    let error = run.set("training.batch_size", 100_000.into(), None).expect_err("too large").to_string();
    assert!(error.contains("GiB") && error.contains("training.batch_size"), "{error}");
    assert_eq!(*run.experiment(), wide);
    assert!(run.interventions().is_empty());
    run.advance(1, false, |_| {});
    assert_eq!(run.step(), 1);
}

/// Whatever panics in the trainer's thread, such as the waker here, ends the run and not the thread: what was recorded
/// is saved, another run starts, and nobody waits for answers that do not come.
#[test]
fn a_fault_of_the_trainer_leaves_the_rows_and_another_start() {
    let fails = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let waker = std::sync::Arc::clone(&fails);
    let waker = move || assert!(!waker.swap(false, std::sync::atomic::Ordering::SeqCst), "a fault on purpose");
    let trainer = Trainer::spawn(tiny(), 1, Box::new(waker)).expect("a thread");
    trainer.send(Command::RunUntil(20));
    wait_until(&trainer, |status| status.step == 20 && status.state == RunState::Paused);
    fails.store(true, std::sync::atomic::Ordering::SeqCst);
    trainer.send(Command::RunUntil(40));
    let words = wait_for(&trainer, |event| match event {
        Event::Failed(words) => Some(words),
        _ => None,
    });
    assert!(words.contains("a fault of this program") && words.contains("a fault on purpose"), "{words}");
    assert!(words.contains("Save session"), "{words}");
    let status = wait_until(&trainer, |status| status.state == RunState::Failed);
    assert!(status.step > 20, "the chunk before the fault counts");

    // What would need the broken run is refused in words, and not silently.
    let decay = Command::Set { field: "regularizer.weight_decay".into(), value: 0.01.into(), target: None };
    trainer.send(decay);
    wait_for(&trainer, |event| match event {
        Event::Refused { field, message } => {
            assert!(field.contains("decay") && message.contains("fault"), "{field}: {message}");
            Some(())
        }
        _ => None,
    });
    trainer.send(Command::ForkFrom(5));
    wait_for(&trainer, |event| {
        matches!(event, Event::Notice(words) if words.contains("save the session")).then_some(())
    });

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("saved");
    trainer.send(Command::SaveSession(path.clone()));
    wait_for(&trainer, |event| matches!(event, Event::Saved(_)).then_some(()));
    let metrics = std::fs::read_to_string(path.join("metrics.csv")).expect("saved");
    assert_eq!(metrics.lines().count() as u64, 1 + 2 * status.step);
    let summary = std::fs::read_to_string(path.join("summary.json")).expect("saved");
    assert!(summary.contains("a fault on purpose"), "{summary}");

    trainer.send(Command::Reset);
    trainer.send(Command::RunUntil(50));
    wait_until(&trainer, |status| status.run_id == 2 && status.step == 50 && status.state == RunState::Paused);
}

#[test]
fn when_every_seed_diverges_the_run_fails() {
    let mut experiment = endless();
    experiment.rule.learning_rate = 1000.0;
    experiment.model.activation = hebbscope::experiment::Activation::Linear;
    let trainer = spawn(experiment);
    trainer.send(Command::Run);
    let mut seeds = Vec::new();
    while seeds.len() < 2 {
        let (seed, step, field) = wait_for(&trainer, |event| match event {
            Event::Diverged { seed, step, field } => Some((seed, step, field)),
            _ => None,
        });
        assert!(step > 0 && step < 1000, "seed {seed} at step {step}");
        assert!(field == "train_loss" || field.starts_with("W of layer "), "{field}");
        seeds.push(seed);
    }
    assert_eq!(seeds, [0, 1]);
    assert_eq!(wait_until(&trainer, |s| s.state != RunState::Running).state, RunState::Failed);
}

/// Linear regression in one dimension is stable below a learning rate of 2 / E[x^2], which a small training set of each
/// seed sets anew: between them, some seeds diverge and others do not.
#[test]
fn a_seed_that_diverges_leaves_the_others_alone() {
    let mut edge = tiny();
    edge.data.kind = hebbscope::experiment::DataKind::LinearRegression;
    edge.data.train_examples = 4;
    edge.data.input_size = 1;
    edge.data.output_size = 1;
    edge.data.target_noise_sd = 1.0;
    edge.model.hidden = Vec::new();
    edge.noise.weight_sd = 0.0;
    edge.training.batch_size = 4;
    edge.training.steps = Some(3000);
    edge.training.seeds = 8;
    edge.rule.learning_rate = 1.0;
    let trainer = spawn(edge.clone());
    trainer.send(Command::RunUntil(3000));
    paused_at(&trainer, 3000);
    let events: Vec<Event> = trainer.events().try_iter().map(|news| news.event).collect();
    let lost: Vec<(u64, u64)> = events
        .iter()
        .filter_map(|event| match event {
            Event::Diverged { seed, step, .. } => Some((*seed, *step)),
            _ => None,
        })
        .collect();
    assert!(!lost.is_empty() && lost.len() < 8, "the learning rate lies between the seeds' edges: {lost:?}");
    let metrics = trainer.metrics();
    let store = metrics.lock();
    let loss = store.columns().index("train_loss").expect("a column of the contract");
    for seed in 0..8_u64 {
        let last = store.envelope(loss, seed as usize, 0, u64::MAX, 4096).last().map(|bin| bin.last_step);
        match lost.iter().find(|(other, _)| *other == seed) {
            Some((_, step)) => assert!(last.is_some_and(|last| last < *step), "seed {seed} has no row after {step}"),
            None => {
                assert_eq!(last, Some(2999), "seed {seed} trained to the end");
                // And as if it had been alone.
                let mut alone = edge.clone();
                alone.training.seed = seed;
                alone.training.seeds = 1;
                let mut run = Run::new(alone, 1).expect("valid");
                let mut values = Vec::new();
                while run.step() < 3000 {
                    run.advance(3000, false, |row| values.push(row.values[loss]));
                }
                assert_eq!(values.last().copied().flatten(), store.latest(loss, seed as usize), "seed {seed}");
            }
        }
    }
}

#[test]
fn an_experiment_that_cannot_start_says_so_and_another_can_be_loaded() {
    let mut broken = tiny();
    broken.training.batch_size = 121;
    let trainer = spawn(broken);
    let message = wait_for(&trainer, |event| match event {
        Event::Failed(message) => Some(message),
        _ => None,
    });
    assert!(message.contains("training.batch_size = 121"), "{message}");
    assert_eq!(trainer.status().state, RunState::Failed);
    // Commands that need a run are passed over.
    trainer.send(Command::Run);
    trainer.send(Command::Step(3));
    trainer.send(Command::Snapshot);
    set(&trainer, "rule.clip", 1.0);
    trainer.send(Command::Load(Box::new(tiny())));
    started(&trainer);
    trainer.send(Command::Step(3));
    paused_at(&trainer, 3);
}

#[test]
fn dropping_the_handle_ends_the_thread_at_once() {
    for running in [true, false] {
        let trainer = spawn(endless());
        started(&trainer);
        if running {
            trainer.send(Command::Run);
            wait_until(&trainer, |s| s.step > 100);
        }
        let events = trainer.events().clone();
        let began = Instant::now();
        drop(trainer);
        // A chunk takes 12 ms; the thread has gone when its end of the channel has.
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
        while events.try_recv().is_ok() {}
        assert!(matches!(events.try_recv(), Err(crossbeam_channel::TryRecvError::Disconnected)));
    }
}

#[test]
fn stop_and_a_slow_motion_wait_end_soon() {
    let trainer = spawn(endless());
    started(&trainer);
    // One step in ten seconds: stopping must not wait for the next.
    trainer.send(Command::LimitRate(Some(0.1)));
    trainer.send(Command::Run);
    wait_until(&trainer, |s| s.state == RunState::Running);
    std::thread::sleep(Duration::from_millis(50));
    let began = Instant::now();
    trainer.send(Command::Stop);
    drop(trainer);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}
