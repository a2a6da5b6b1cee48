//! A long run holds no more memory than a short one, and of many seeds no more than their networks and examples.

use std::sync::Arc;

use hebbscope::experiment::{Activation, DataKind, Experiment};
use hebbscope::record::{FinalWindow, MetricStore};
use hebbscope::training::{Command, Run, RunState, Trainer};

const SHORT: u64 = 100_000;
const LONG: u64 = 1_000_000;
/// By 100,000 steps every store has its final size, so that nothing should grow at all. 1 MiB allows for pages that the
/// allocator keeps or returns; one number forgotten at every step would be 3.6 MB.
const SLACK: u64 = 1 << 20;

fn experiment() -> Experiment {
    let mut experiment = Experiment::default();
    experiment.data.kind = DataKind::LinearRegression;
    experiment.data.train_examples = 64;
    experiment.data.validation_examples = 4;
    experiment.data.input_size = 2;
    experiment.data.output_size = 2;
    experiment.model.hidden = vec![4];
    experiment.model.activation = Activation::Tanh;
    experiment.training.batch_size = 4;
    experiment.training.steps = Some(LONG);
    experiment.training.seeds = 1;
    // An epoch has 16 steps, and validating at the end of each would take longer than training.
    experiment.measure.validate_every = 10_000;
    experiment.noise.weight_sd = 1e-4;
    experiment
}

/// Resident memory of this process in bytes.
fn resident() -> u64 {
    status_of("self", "VmRSS:").expect("every process has it")
}

/// A line of a process's status in bytes; `None` once it has ended.
fn status_of(process: &str, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}

#[test]
#[cfg(target_os = "linux")]
fn a_million_steps_take_no_more_memory_than_a_tenth_of_them() {
    let mut run = Run::new(experiment(), 1).expect("tiny");
    let columns = run.columns().names().len();
    let mut store = MetricStore::new(Arc::clone(run.columns()), run.seeds());
    let mut window = FinalWindow::new(columns, run.seeds(), 100);
    let mut rows = 0_u64;
    let mut short = 0;
    while run.step() < LONG {
        run.advance(64, false, |row| {
            rows += 1;
            store.push(&row);
            window.push(&row);
        });
        if short == 0 && run.step() >= SHORT {
            short = resident();
        }
    }
    let long = resident();
    assert_eq!(rows, LONG, "every step was measured");
    assert!(run.diverged().is_empty());
    assert!(window.mean(0, 0).is_some(), "the window was fed");
    assert!(long < short + SLACK, "{short} bytes after {SHORT} steps, {long} after {LONG}");
    assert!(store.bytes() <= MetricStore::max_bytes(columns, 1), "{} bytes of curves", store.bytes());
    // Half of the bound at least: the store was full, so that the bound was put to the test.
    assert!(store.bytes() * 2 > MetricStore::max_bytes(columns, 1), "{} bytes of curves", store.bytes());
}

/// A network of some hundred megabytes, with its checkpoints, leaves nothing behind once another run has taken its place.
#[test]
#[cfg(target_os = "linux")]
fn a_large_run_gives_its_memory_back() {
    // As the binary does.
    hebbscope::heap::keep_little();
    let mut large = experiment();
    large.data.input_size = 64;
    large.data.output_size = 64;
    large.model.hidden = vec![1024, 1024];
    large.training.seeds = 4;
    let small = experiment();
    let trainer = Trainer::spawn(small.clone(), 2, Box::new(|| {})).expect("a thread");
    // What others take the place of is gone, rather than on the shelf.
    trainer.send(Command::Passing(true));
    let step_on = |run: u64, steps: u64| {
        let began = std::time::Instant::now();
        trainer.send(Command::Step(steps));
        loop {
            let status = trainer.status();
            if (status.run_id, status.step, status.state) == (run, steps, RunState::Paused) {
                return resident();
            }
            assert!(began.elapsed() < std::time::Duration::from_secs(120), "step {} of run {run}", status.step);
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    };
    let first = step_on(1, 200);
    let (mut most, mut last) = (0, first);
    for round in 1..4 {
        trainer.send(Command::Load(Box::new(large.clone())));
        most = step_on(2 * round, 2).max(most);
        trainer.send(Command::Load(Box::new(small.clone())));
        last = step_on(2 * round + 1, 200);
    }
    // Networks, windows and a checkpoint of each of the four.
    assert!(most > first + (64 << 20), "{first} bytes before, {most} in between");
    // What arenas keep at their ends, and between blocks that are in use.
    assert!(last < first + (most - first) / 4, "{first} bytes before, {last} after, {most} in between");
}

/// Most memory that a headless run of so many seeds and a thousand steps takes, in bytes.
#[cfg(target_os = "linux")]
fn peak(seeds: usize) -> u64 {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut experiment = experiment();
    experiment.training.steps = Some(1000);
    experiment.training.seeds = seeds;
    experiment.measure.validate_every = 1_000_000;
    std::fs::write(folder.path().join("many.toml"), experiment.to_toml()).expect("a file");
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_hebbscope"))
        .args(["train", "many.toml", "--out", "run", "--backend", "cpu", "--threads", "1"])
        .current_dir(folder.path())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the binary starts");
    let mut most = 0;
    let status = loop {
        most = status_of(&child.id().to_string(), "VmHWM:").unwrap_or(0).max(most);
        if let Some(status) = child.try_wait().expect("a child of ours") {
            break status;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    };
    assert!(status.success() && folder.path().join("run/figures/alignment.svg").exists());
    assert!(most > 1 << 20, "{most} bytes");
    most
}

/// Three quarters of a megabyte a seed would be the curves of every column.
#[test]
#[cfg(target_os = "linux")]
fn many_seeds_take_little_beside_their_networks() {
    let (one, many) = (peak(1), peak(129));
    // 58 kB for the figure, 13 kB for the last hundred rows, and some for a network of 24 weights.
    let each = many.saturating_sub(one) / 128;
    assert!(each < 250_000, "{each} bytes a seed");
}

/// What a run would need is told by its parts, with what bounds it, before anything is made or written.
#[test]
#[cfg(target_os = "linux")]
fn too_many_seeds_are_refused_beforehand_within_the_limit_of_the_process() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let binary = env!("CARGO_BIN_EXE_hebbscope");
    // 9 MB a seed: 4 GB hold a process and some seeds, but not a thousand; no test machine's memory matters here.
    let run = |seeds: u64, more: &str| {
        let command = format!(
            "ulimit -v 4000000; exec '{binary}' train sre --seeds {seeds} --set training.steps=1 {more} --backend cpu --out run"
        );
        let output = std::process::Command::new("sh").args(["-c", &command]).current_dir(folder.path()).output();
        let output = output.expect("a shell");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = run(1000, "");
    assert_eq!(code, Some(2), "{said}");
    for words in ["training.seeds = 1000", "GiB of memory", "for networks", "for examples", "what is measured", "free"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!folder.path().join("run").exists(), "nothing is written");
    // Where nearly all of it is for networks: some 60 MB a seed.
    let (code, said) = run(100, "--set model.hidden=[2000,2000] --set data.train_examples=320");
    assert!(code == Some(2) && said.contains("for networks"), "{code:?}: {said}");
    let (code, said) = run(2, "");
    assert_eq!(code, Some(0), "{said}");
}
