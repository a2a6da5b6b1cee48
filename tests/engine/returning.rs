//! A run's folder, opened at its end.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use hebbscope::experiment::{KeptOfCell, Sweep, from_toml, from_toml_file};
use hebbscope::record::read_interventions;
use hebbscope::sweep::{CellStates, Existing, Grid, Order, Session, Shard, SweepFolder, state_of};
use hebbscope::training::{Command, Event, RunState, Trainer};

use super::watched::{run_to, set, spawn, tiny, wait_for};

fn save(trainer: &Trainer, folder: &Path) {
    trainer.send(Command::SaveSession(folder.to_path_buf()));
    wait_for(trainer, |event| match event {
        Event::Saved(_) => Some(()),
        Event::Notice(text) | Event::Failed(text) => panic!("{text}"),
        _ => None,
    });
}

fn open(trainer: &Trainer, folder: &Path) {
    let config = folder.join("config.toml");
    let text = std::fs::read_to_string(&config).expect("there");
    let experiment = Box::new(from_toml_file(&config, &text).expect("valid").experiment);
    let interventions = read_interventions(folder).expect("readable");
    trainer.send(Command::Open { folder: folder.to_path_buf(), experiment, interventions });
}

fn first_part(trainer: &Trainer) {
    run_to(trainer, 20);
    set(trainer, "regularizer.weight_decay", 3e-3);
    run_to(trainer, 30);
    trainer.send(Command::Fork { changes: vec![("rule.kind".into(), "hebb".into())] });
    run_to(trainer, 45);
}

fn second_part(trainer: &Trainer, folder: &Path) {
    set(trainer, "noise.weight_sd", 2e-3);
    run_to(trainer, 60);
    save(trainer, folder);
}

/// Measured at every third step, a record ends with rows that a run which goes on does not have.
#[test]
fn a_saved_session_goes_on_as_if_it_had_never_been_closed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    for every in [1, 3] {
        let mut experiment = tiny();
        experiment.measure.every = every;
        let name = |what: &str| path(&format!("{what}-{every}"));
        let whole = spawn(experiment.clone());
        first_part(&whole);
        save(&whole, &name("middle"));
        second_part(&whole, &name("whole"));
        let other = spawn(tiny());
        open(&other, &name("middle"));
        let (opened, step) = wait_for(&other, |event| match event {
            Event::Returned { folder, step } => Some((folder, step)),
            Event::Notice(text) | Event::Failed(text) => panic!("{text}"),
            _ => None,
        });
        assert_eq!((opened, step), (name("middle"), 45));
        let status = other.status();
        assert_eq!((status.step, status.state), (45, RunState::Paused));
        assert!(status.twin.as_ref().is_some_and(|twin| twin.forked_at == 30), "{:?}", status.twin);
        let curves = other.metrics().lock().last_step();
        assert_eq!(curves, Some(44 / every * every), "its curves are there");
        second_part(&other, &name("opened"));
        for file in ["metrics.csv", "interventions.jsonl", "config.toml", "final.npz"] {
            for part in ["", "twin-b"] {
                let read = |what: &str| std::fs::read(name(what).join(part).join(file)).expect("saved");
                assert!(read("whole") == read("opened"), "every {every}: {part}/{file}");
            }
        }
    }
}

/// A folder whose configuration was edited is not the run that its checkpoint is of.
#[test]
fn a_folder_without_its_end_begins_at_the_start_and_says_so() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = folder.path().join("run");
    let trainer = spawn(tiny());
    run_to(&trainer, 20);
    save(&trainer, &run);
    let config = run.join("config.toml");
    let text = std::fs::read_to_string(&config).expect("there");
    std::fs::write(&config, text.replace("weight_sd = 0.001", "weight_sd = 0.25")).expect("written");
    let said = |trainer: &Trainer| {
        wait_for(trainer, |event| match event {
            Event::Notice(text) => Some(text),
            Event::Returned { .. } => panic!("opened"),
            _ => None,
        })
    };
    open(&trainer, &run);
    let text = said(&trainer);
    assert!(
        text.contains("begins at its start") && text.contains("noise.weight_sd is 0.001 there and 0.25 here"),
        "{text}"
    );
    assert_eq!((trainer.status().step, trainer.status().experiment.noise.weight_sd), (0, 0.25));
    std::fs::write(&config, text_with_end(&config)).expect("written");
    let end = run.join("checkpoint.end");
    let whole = std::fs::read(&end).expect("there");
    std::fs::write(&end, &whole[..whole.len() - 7]).expect("written");
    open(&trainer, &run);
    let text = said(&trainer);
    assert!(text.contains("begins at its start") && text.contains("checkpoint.end"), "{text}");
    assert_eq!(trainer.status().step, 0);
}

fn text_with_end(config: &Path) -> String {
    std::fs::read_to_string(config).expect("there").replace("weight_sd = 0.25", "weight_sd = 0.001")
}

/// The cell is there at its end, measured as any run, and its weights are those that a run of the same settings comes to.
#[test]
fn a_kept_cell_opens_without_being_trained() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let path = scratch.path().join("sweep");
    let mut experiment = tiny();
    experiment.sweep = Some(Sweep {
        x: "regularizer.weight_decay".into(),
        x_values: [0.0, 1e-2].map(Into::into).to_vec(),
        keep: KeptOfCell::Weights,
        ..Sweep::default()
    });
    // As it is read from a file.
    let experiment = from_toml("cells", &experiment.to_toml()).expect("valid");
    let grid = Arc::new(Grid::new(&experiment).expect("a grid"));
    let folder = SweepFolder::create(&path, &grid, Shard::ALL, Existing::Refuse).expect("made");
    let session = Session::new(&grid, Order::OneByOne, |_| true, &[], Arc::new(AtomicBool::new(false)));
    let session = session.keeping(CellStates::new(folder, "here".into(), true));
    session.train(1, &crossbeam_channel::unbounded().0).expect("trained");
    let cell = grid.experiment_of(1).expect("allowed");
    let trainer = spawn(tiny());
    let file = state_of(&path, grid.key(1));
    trainer.send(Command::Open { folder: file, experiment: Box::new(cell.clone()), interventions: Vec::new() });
    let step = wait_for(&trainer, |event| match event {
        Event::Returned { step, .. } => Some(step),
        Event::Notice(text) | Event::Failed(text) => panic!("{text}"),
        _ => None,
    });
    assert_eq!(step, 50);
    let whole = spawn(cell);
    run_to(&whole, 50);
    let weights = |trainer: &Trainer| {
        trainer.send(Command::Snapshot);
        let snapshot = wait_for(trainer, |event| match event {
            Event::Snapshot(snapshot) => Some(snapshot),
            _ => None,
        });
        snapshot.seeds[0].layers.iter().map(|layer| layer.weights.clone()).collect::<Vec<_>>()
    };
    assert_eq!(weights(&trainer), weights(&whole));
    // It goes on as the run does, with all columns.
    run_to(&trainer, 60);
    run_to(&whole, 60);
    assert_eq!(weights(&trainer), weights(&whole));
    let columns = |trainer: &Trainer| trainer.status().columns.names().to_vec();
    assert_eq!(columns(&trainer), columns(&whole));
}
