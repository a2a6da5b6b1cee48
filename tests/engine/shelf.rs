//! Runs that others have taken the place of, and that come back.

use std::path::Path;
use std::sync::Arc;

use hebbscope::record::{RunWords, left_behind};
use hebbscope::training::{Branch, Command, Event, FoundRun, ReplacedBy, RunState, SHELF_RUNS, Status, Trainer};

use super::autosave::{crash, die, dying, first_part, inner, last_save, second_part, trainer, wait_saved};
use super::watched::{curves, run_to, set, spawn, tiny, wait_for, wait_until};

fn said(name: &str, note: &str) -> RunWords {
    RunWords { name: name.into(), note: note.into(), is_kept: false }
}

fn shelved(trainer: &Trainer) -> (u64, ReplacedBy) {
    wait_for(trainer, |event| match event {
        Event::Shelved { run_id, by } => Some((run_id, by)),
        Event::Notice(text) | Event::Failed(text) => panic!("{text}"),
        _ => None,
    })
}

pub fn restore(trainer: &Trainer, run_id: u64) -> Status {
    trainer.send(Command::Restore(run_id));
    wait_for(trainer, |event| match event {
        Event::Restored { was, .. } => {
            assert_eq!(was, run_id);
            Some(())
        }
        Event::NotRestored { message } | Event::Notice(message) | Event::Failed(message) => panic!("{message}"),
        _ => None,
    });
    trainer.status()
}

fn assert_same(folder: &Path, [one, other]: [&str; 2]) {
    for file in ["metrics.csv", "interventions.jsonl", "config.toml", "final.npz"] {
        for part in ["", "twin-b"] {
            let read = |name: &str| std::fs::read(folder.join(name).join(part).join(file)).expect("saved");
            assert!(read(one) == read(other), "{part}/{file}");
        }
    }
}

/// With its twin, its curves and its past.
#[test]
fn a_run_that_comes_back_goes_on_as_if_nothing_had_happened() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let whole = spawn(tiny());
    first_part(&whole);
    second_part(&whole, &path("whole"));
    let trainer = spawn(tiny());
    first_part(&trainer);
    let before = (curves(&trainer.metrics().lock()), trainer.status());
    trainer.send(Command::Reset);
    assert_eq!(shelved(&trainer), (1, ReplacedBy::Reset));
    let status = wait_until(&trainer, |status| status.run_id == 2 && status.state == RunState::Paused);
    assert!(status.twin.is_none() && status.step == 0 && status.shelf.len() == 1);
    run_to(&trainer, 7);
    trainer.send(Command::NewSeed(40));
    assert_eq!(shelved(&trainer), (2, ReplacedBy::NewSeed));
    run_to(&trainer, 5);
    let status = restore(&trainer, 1);
    assert_eq!((status.step, status.state, status.run_id), (45, RunState::Paused, 4));
    assert_eq!(status.shelf.iter().map(|one| (one.run_id, one.step)).collect::<Vec<_>>(), [(2, 7), (3, 5)]);
    assert_eq!(curves(&trainer.metrics().lock()), before.0);
    assert_eq!(status.history, before.1.history, "its past is there");
    assert!(status.twin.is_some() && status.interventions == before.1.interventions);
    second_part(&trainer, &path("restored"));
    assert_same(folder.path(), ["whole", "restored"]);
}

/// Held in the cache folder alone, it has no past but goes on to the same numbers.
#[test]
fn a_run_that_lies_on_disk_comes_back_as_well() {
    let Some(folder) = inner("shelf::a_run_that_lies_on_disk_comes_back_as_well") else { return };
    let folder = folder.as_path();
    let whole = trainer();
    first_part(&whole);
    second_part(&whole, &folder.join("whole"));
    let trainer = trainer();
    trainer.send(Command::BoundShelf(0));
    first_part(&trainer);
    let before = curves(&trainer.metrics().lock());
    trainer.send(Command::Reset);
    assert_eq!(shelved(&trainer).0, 1);
    let status = restore(&trainer, 1);
    assert_eq!((status.step, status.state), (45, RunState::Paused));
    assert_eq!(*status.history, [45], "its past is not held");
    assert_eq!(curves(&trainer.metrics().lock()), before);
    second_part(&trainer, &folder.join("restored"));
    assert_same(folder, ["whole", "restored"]);
}

/// What a crash leaves of them is offered again, and comes back as it was.
#[test]
fn a_shelf_that_was_left_is_found_by_the_next_start() {
    let Some(folder) = inner("shelf::a_shelf_that_was_left_is_found_by_the_next_start") else { return };
    let folder = folder.as_path();
    let whole = trainer();
    first_part(&whole);
    second_part(&whole, &folder.join("whole"));
    {
        let mut trainer = trainer();
        first_part(&trainer);
        trainer.send(Command::Reset);
        assert_eq!(shelved(&trainer).0, 1);
        trainer.send(Command::Annotate { run_id: 1, words: said("the good one", "before the decay") });
        trainer.send(Command::Pin { run_id: 1, is_kept: true });
        run_to(&trainer, 3);
        trainer.send(Command::Annotate { run_id: 2, words: said("still live", "") });
        trainer.leave(std::time::Duration::from_secs(20)).expect("it is left in time");
    }
    let left: Vec<_> = left_behind().into_iter().map(Arc::new).collect();
    assert_eq!(left.len(), 2);
    let trainer = trainer();
    trainer.send(Command::ShelveLeft(left));
    let status = wait_until(&trainer, |status| status.shelf.len() == 2);
    let of = |step: u64| status.shelf.iter().find(|one| one.step == step).expect("there").clone();
    // Names, notes and pins outlive the window.
    assert_eq!(of(45).words, RunWords { is_kept: true, ..said("the good one", "before the decay") });
    assert!(of(45).is_kept && !of(3).is_kept && of(3).words == said("still live", ""));
    assert!(of(45).has_twin && of(45).left.is_some() && of(45).curves.is_none() && !of(3).has_twin);
    trainer.send(Command::Restore(of(45).run_id));
    wait_for(&trainer, |event| match event {
        Event::TakenUp { step } => {
            assert_eq!(step, 45);
            Some(())
        }
        Event::Notice(text) => panic!("{text}"),
        _ => None,
    });
    assert_eq!(trainer.status().shelf.iter().filter(|one| one.step == 45).count(), 0);
    second_part(&trainer, &folder.join("restored"));
    assert_same(folder, ["whole", "restored"]);
}

/// Step and twin of each run that a crash has left, in the order in which the next start finds them; they are given up.
fn found_after_crash() -> Vec<(u64, bool)> {
    let left = left_behind();
    let found = left.iter().map(|left| {
        let found: FoundRun = last_save(left);
        left.forget();
        (found.step(), found.has_twin())
    });
    found.collect()
}

/// And not the one that it took the place of, which was saved after it.
#[test]
fn the_run_in_the_window_is_what_a_crash_leaves_first() {
    let name = "shelf::the_run_in_the_window_is_what_a_crash_leaves_first";
    let Some(folder) = inner(name) else { return };
    if let Some(deeds) = dying() {
        let trainer = trainer();
        first_part(&trainer);
        trainer.send(Command::Reset);
        if deeds == "bring back" {
            run_to(&trainer, 7);
            trainer.send(Command::NewSeed(40));
            shelved(&trainer);
            assert_eq!(shelved(&trainer).0, 2);
            run_to(&trainer, 5);
            restore(&trainer, 1);
            wait_saved(&folder, 3);
        } else {
            restore(&trainer, 1);
            wait_saved(&folder, 1);
            trainer.send(Command::EndTwin { keep: Branch::A });
            wait_for(&trainer, |event| matches!(event, Event::TwinEnded { .. }).then_some(()));
            // Beside the run with both, which was copied: two saves of the run itself.
            wait_saved(&folder, 2);
            let second = || {
                std::fs::read_dir(folder.join("hebbscope"))
                    .expect("there")
                    .flatten()
                    .any(|file| file.file_name().to_string_lossy().ends_with(".1"))
            };
            wait_until(&trainer, |_| second());
        }
        die();
    }
    crash(name, "bring back");
    assert_eq!(found_after_crash(), [(45, true), (5, false), (7, false)]);
    crash(name, "end a twin");
    assert_eq!(found_after_crash(), [(45, false), (45, true)]);
}

/// The next start finds all of it, and what it goes on with before the rest; and so does the start after that.
#[test]
fn a_crash_with_a_full_shelf_loses_none_of_it() {
    let name = "shelf::a_crash_with_a_full_shelf_loses_none_of_it";
    let Some(folder) = inner(name) else { return };
    const ALL: usize = SHELF_RUNS + 1;
    match dying().as_deref() {
        Some("fill") => {
            let trainer = trainer();
            // Two more than there is room for, each of as many steps as its number.
            for run_id in 1..ALL as u64 + 2 {
                run_to(&trainer, run_id);
                trainer.send(Command::Reset);
                wait_until(&trainer, |status| status.run_id == run_id + 1 && status.state == RunState::Paused);
            }
            run_to(&trainer, ALL as u64 + 2);
            // What has gone is told between.
            trainer.send(Command::Restore(10));
            wait_until(&trainer, |status| status.step == 10 && status.state == RunState::Paused);
            wait_saved(&folder, ALL);
            die();
        }
        Some("go on") => {
            let mut left: Vec<_> = left_behind().into_iter().map(Arc::new).collect();
            let trainer = trainer();
            trainer.send(Command::TakeUp(left.remove(0)));
            trainer.send(Command::ShelveLeft(left));
            // Beside them that which each start has, and nobody has trained.
            let status = wait_until(&trainer, |status| status.shelf.len() == SHELF_RUNS + 1);
            assert_eq!(status.step, 10);
            let wanted = status.shelf.iter().find(|one| one.step == 20).expect("there").run_id;
            trainer.send(Command::Restore(wanted));
            let status = wait_until(&trainer, |status| status.step == 20 && status.state == RunState::Paused);
            assert_eq!((status.shelf.len(), status.shelf.iter().filter(|one| one.step == 0).count()), (SHELF_RUNS, 0));
            // What comes later is heard once it is saved.
            trainer.send(Command::LimitRate(Some(7.0)));
            wait_until(&trainer, |status| status.speed_limit == Some(7.0));
            wait_saved(&folder, ALL);
            die();
        }
        _ => {}
    }
    let steps =
        |left: &[hebbscope::record::LeftBehind]| left.iter().map(|one| last_save(one).step()).collect::<Vec<_>>();
    crash(name, "fill");
    // Of 27 runs the first two have gone.
    let others = |first: &[u64]| (3..=ALL as u64 + 2).rev().filter(|step| !first.contains(step)).collect::<Vec<_>>();
    let left = left_behind();
    assert_eq!(steps(&left), [vec![10], others(&[10])].concat());
    drop(left);
    crash(name, "go on");
    assert_eq!(steps(&left_behind()), [vec![20, 10], others(&[10, 20])].concat());
}

/// Before a twin was given up, the run is on the shelf with both.
#[test]
fn a_twin_that_was_given_up_comes_back() {
    let Some(folder) = inner("shelf::a_twin_that_was_given_up_comes_back") else { return };
    let folder = folder.as_path();
    let whole = trainer();
    first_part(&whole);
    second_part(&whole, &folder.join("whole"));
    for keep in [Branch::A, Branch::B] {
        let trainer = trainer();
        first_part(&trainer);
        trainer.send(Command::EndTwin { keep });
        let (run_id, by) = shelved(&trainer);
        assert_eq!(by, ReplacedBy::TwinEnded);
        let status = run_to(&trainer, 50);
        assert!(status.twin.is_none() && status.run_id == 1, "the run goes on");
        let status = restore(&trainer, run_id);
        assert_eq!((status.step, status.state), (45, RunState::Paused));
        assert!(status.twin.is_some() && status.shelf.iter().any(|one| one.step == 50), "and is on the shelf itself");
        let name = format!("restored-{keep:?}");
        second_part(&trainer, &folder.join(&name));
        assert_same(folder, ["whole", &name]);
    }
}

#[test]
fn of_many_the_oldest_go_and_what_is_kept_stays() {
    let trainer = spawn(tiny());
    run_to(&trainer, 2);
    trainer.send(Command::Reset);
    trainer.send(Command::Pin { run_id: 1, is_kept: true });
    for _ in 0..SHELF_RUNS + 3 {
        trainer.send(Command::Reset);
    }
    let last = SHELF_RUNS as u64 + 5;
    let status = wait_until(&trainer, |status| status.run_id == last && status.state == RunState::Paused);
    let ids: Vec<u64> = status.shelf.iter().map(|one| one.run_id).collect();
    let newest = last - SHELF_RUNS as u64..last;
    assert_eq!(ids, std::iter::once(1).chain(newest).collect::<Vec<_>>());
    trainer.send(Command::Discard(1));
    wait_until(&trainer, |status| status.shelf.len() == SHELF_RUNS);
    trainer.send(Command::Restore(1));
    let said = wait_for(&trainer, |event| match event {
        Event::NotRestored { message } => Some(message),
        _ => None,
    });
    assert!(said.contains("no longer on the shelf"), "{said}");
    assert_eq!(trainer.status().run_id, last, "the present run stays");
}

#[test]
fn runs_of_passing_worth_leave_nothing() {
    let trainer = spawn(tiny());
    run_to(&trainer, 4);
    trainer.send(Command::Passing(true));
    trainer.send(Command::Load(Box::new(tiny())));
    assert_eq!(shelved(&trainer).0, 1);
    run_to(&trainer, 6);
    trainer.send(Command::Reset);
    run_to(&trainer, 8);
    trainer.send(Command::Passing(false));
    let status = restore(&trainer, 1);
    assert_eq!((status.step, status.shelf.len()), (4, 0));
    trainer.send(Command::Reset);
    assert_eq!(shelved(&trainer), (status.run_id, ReplacedBy::Reset));
}

/// Nothing of the run before stands under the name of one that could not be started.
#[test]
fn a_failed_start_shows_nothing_of_the_run_before() {
    let trainer = spawn(tiny());
    run_to(&trainer, 9);
    let mut other = tiny();
    other.data.kind = hebbscope::experiment::DataKind::Cifar10;
    other.data.path = "/nowhere/at/all".into();
    set(&trainer, "noise.weight_sd", 2e-3);
    trainer.send(Command::Load(Box::new(other)));
    wait_for(&trainer, |event| matches!(event, Event::Failed(_)).then_some(()));
    let status = trainer.status();
    assert_eq!(status.state, RunState::Failed);
    assert_eq!((status.step, status.shelf.len()), (0, 1));
    assert_eq!(trainer.metrics().lock().last_step(), None);
    assert!(trainer.neurons().lock().layers().is_empty());
    assert_eq!(restore(&trainer, 1).step, 9);
}
