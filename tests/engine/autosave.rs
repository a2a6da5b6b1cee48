//! A run of the window that its process leaves behind, and another process takes up.

use std::path::Path;
use std::process::Command as Process;
use std::sync::Arc;
use std::time::Instant;

use hebbscope::record::{LeftBehind, clean_cache, left_behind};
use hebbscope::training::{Command, Event, RunState, Trainer};

use super::watched::{PATIENCE, run_to, tiny};

/// Tells a test that it is the process with a cache folder of its own.
const INNER: &str = "HEBBSCOPE_TEST_CACHE";

fn trainer() -> Trainer {
    let trainer = Trainer::spawn(tiny(), 1, Box::new(|| {})).expect("a thread");
    trainer.send(Command::Autosave);
    trainer
}

/// Two changes, and a twin with another rule.
fn first_part(trainer: &Trainer) {
    run_to(trainer, 20);
    trainer.send(Command::Set { field: "regularizer.weight_decay".into(), value: 3e-3.into(), target: None });
    run_to(trainer, 30);
    trainer.send(Command::Fork { changes: vec![("rule.kind".into(), "hebb".into())] });
    run_to(trainer, 45);
}

fn second_part(trainer: &Trainer, folder: &Path) {
    trainer.send(Command::Set { field: "noise.weight_sd".into(), value: 2e-3.into(), target: None });
    run_to(trainer, 60);
    trainer.send(Command::SaveSession(folder.to_path_buf()));
    until(trainer, |event| matches!(event, Event::Saved(_)));
}

fn until(trainer: &Trainer, is_it: impl Fn(&Event) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let event = trainer.events().recv_deadline(deadline).expect("the event comes");
        if is_it(&event) {
            return;
        }
        if let Event::Notice(text) | Event::Failed(text) = event {
            assert!(text.contains("went on"), "{text}");
        }
    }
}

fn the_left_run() -> Arc<LeftBehind> {
    let mut left = left_behind();
    assert_eq!(left.len(), 1, "{left:?}");
    Arc::new(left.remove(0))
}

#[test]
fn a_run_that_was_left_goes_on_as_if_nothing_had_happened() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let Some(folder) = std::env::var_os(INNER) else {
        let name = "autosave::a_run_that_was_left_goes_on_as_if_nothing_had_happened";
        let mut inner = Process::new(std::env::current_exe().expect("this binary"));
        inner.args(["--exact", name, "--nocapture"]).env("XDG_CACHE_HOME", scratch.path()).env(INNER, scratch.path());
        let output = inner.output().expect("this binary starts");
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
        return;
    };
    let folder = Path::new(&folder);
    let whole = trainer();
    first_part(&whole);
    second_part(&whole, &folder.join("whole"));
    // What is over leaves a run, which is given up here.
    drop(whole);
    the_left_run().forget();
    let left = trainer();
    first_part(&left);
    drop(left);
    clean_cache();
    let other = trainer();
    other.send(Command::Load(Box::new(tiny())));
    let found = the_left_run();
    other.send(Command::TakeUp(Arc::clone(&found)));
    until(&other, |event| matches!(event, Event::Notice(text) if text.contains("at step 45, as it was left")));
    let status = other.status();
    assert_eq!((status.step, status.state), (45, RunState::Paused));
    assert!(status.twin.as_ref().is_some_and(|twin| twin.forked_at == 30), "{:?}", status.twin);
    drop(found);
    second_part(&other, &folder.join("taken-up"));
    for file in ["metrics.csv", "interventions.jsonl", "config.toml", "final.npz"] {
        for part in ["", "twin-b"] {
            let read = |name: &str| std::fs::read(folder.join(name).join(part).join(file)).expect("saved");
            assert!(read("whole") == read("taken-up"), "{part}/{file}");
        }
    }
    drop(other);
    the_left_run().forget();
    clean_cache();
    let cached = std::fs::read_dir(folder.join("hebbscope")).expect("the cache folder").count();
    assert_eq!(cached, 0, "what nobody needs has gone");
}
