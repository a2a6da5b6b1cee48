//! `hebbscope replay`: repeats a recorded run and compares it with its record.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use anyhow::Context;
use clap::Args;
use hebbscope::experiment::{Purpose, resolve_for};
use hebbscope::instruction_set::InstructionSet;
use hebbscope::record::{Intervention, RunFolder, Summary, read_interventions};
use hebbscope::training::{BackendChoice, Deviation, Replay, Replayed, replay};

use super::exit::{DONE, FAILED, INTERRUPTED};
use super::interrupt::Interrupts;
use super::print::{remark, say};
use super::progress::Progress;
use super::{Backend, all_threads, path};

/// Deviation that is taken for the same run where last digits may differ: of cosines as it is, of all else relative. Single
/// precision has seven digits, of which steps that build on each other lose some; the paper's figures are read to two.
const LOOSE: f64 = 1e-2;

/// Of `replay`.
#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// A run folder, of `train` or of a saved session; its twin is repeated too.
    #[arg(value_parser = path())]
    folder: PathBuf,
    /// Largest deviation that is allowed (of cosines as it is, of all else relative); by default 0 where the CPU and its
    /// instruction set are those of the record, and 0.01 elsewhere.
    #[arg(long, value_name = "DEVIATION", value_parser = tolerance)]
    tolerance: Option<f64>,
    /// Executor.
    #[arg(long, value_enum, default_value_t = Backend::Cpu)]
    backend: Backend,
    /// Worker threads; by default one a core.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

fn tolerance(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| "must be a number from 0".to_owned())
}

/// Repeats the run, and its twin.
pub(super) fn run(args: &ReplayArgs) -> anyhow::Result<u8> {
    let interrupts = Interrupts::watch();
    // Else what is said would be about experiments, or about a file that nobody named.
    anyhow::ensure!(
        args.folder.join("config.toml").is_file(),
        "{}: is not the folder of a run, which has a config.toml",
        args.folder.display()
    );
    let twin = args.folder.join("twin-b");
    let mut folders = vec![args.folder.clone()];
    folders.extend(twin.join("config.toml").is_file().then_some(twin));
    let mut code = DONE;
    for folder in &folders {
        match one(args, folder, &interrupts)? {
            DONE => {}
            INTERRUPTED => return Ok(INTERRUPTED),
            other => code = other,
        }
    }
    Ok(code)
}

fn one(args: &ReplayArgs, folder: &Path, interrupts: &Interrupts) -> anyhow::Result<u8> {
    let name = folder.to_string_lossy();
    let experiment = resolve_for(Purpose::Run, &name, &[])?.experiment;
    // What comes last is looked for first: of a run under way the rest is not there yet either.
    let summary = RunFolder::summary_in(folder)?.with_context(|| match RunFolder::check_idle(folder) {
        Ok(()) => format!("{name}: has no summary.json: the run is not over, or was killed; train --resume ends it"),
        Err(_) => format!("{name}: the run is under way in another process; it can be repeated once it is over"),
    })?;
    let all = read_interventions(folder)?;
    if summary.steps == 0 {
        // The configuration of a run has one step at least.
        say!("{name}: repeats: it was saved before its first step");
        return Ok(DONE);
    }
    let (wanted, reason) = match args.tolerance {
        Some(tolerance) => (tolerance, "as asked".to_owned()),
        None => usual_tolerance(&summary, &all, args.backend),
    };
    let interventions: Vec<Intervention> = all.into_iter().filter(|one| !one.is_of_backend()).collect();
    let stop = interrupts.flag();
    let mut progress = Progress::new(experiment.total_steps(), experiment.training.seeds as u64);
    let mut said = None;
    let prepare = |run: &mut hebbscope::training::Run| -> anyhow::Result<()> {
        let choice = BackendChoice::from(args.backend);
        if choice != BackendChoice::Cpu {
            said = Some(run.use_backend(choice)?);
        }
        Ok(())
    };
    let whole_from = summary.thinned.map_or(0, |thinned| thinned.before);
    let threads = args.threads.map_or_else(all_threads, usize::from);
    let go_on = |step: u64| {
        progress.show(step, String::new);
        !stop.load(Ordering::SeqCst)
    };
    let metrics = folder.join("metrics.csv");
    let (experiment, interventions, metrics) = (&experiment, &interventions[..], metrics.as_path());
    let of = Replay { experiment, interventions, metrics, whole_from, tolerance: wanted, threads };
    let found = replay(of, prepare, go_on);
    progress.finish();
    let found = found?;
    if let Some(said) = said {
        remark!("repeated on {said}");
    }
    Ok(told(&name, &found, wanted, &reason))
}

/// What deviation is allowed, and why.
fn usual_tolerance(summary: &Summary, interventions: &[Intervention], backend: Backend) -> (f64, String) {
    let here = InstructionSet::detect().name();
    let was_on_device = !summary.backend.starts_with("CPU") || interventions.iter().any(|one| one.is_of_backend());
    if was_on_device || backend != Backend::Cpu {
        (LOOSE, "a graphics processor computed one of them".into())
    } else if summary.instruction_set != here {
        (LOOSE, format!("recorded with {}, repeated with {here}", summary.instruction_set))
    } else if summary.version != env!("CARGO_PKG_VERSION") {
        (LOOSE, format!("recorded by version {}, repeated by {}", summary.version, env!("CARGO_PKG_VERSION")))
    } else {
        (0.0, format!("both on the CPU with {here}: bit for bit"))
    }
}

fn told(name: &str, found: &Replayed, tolerance: f64, reason: &str) -> u8 {
    let allowed = format!("allowed is {tolerance} ({reason})");
    let Replayed { steps, rows, values, largest, beyond, .. } = found;
    if found.is_stopped {
        say!("{name}: stopped after {steps} steps; {rows} rows compared, largest deviation {largest:.2e}; {allowed}");
        return INTERRUPTED;
    }
    let Some(Deviation { step, seed, column, recorded, repeated }) = &found.first else {
        say!(
            "{name}: repeats: {steps} steps, {rows} rows, {values} values, largest deviation {largest:.2e}; {allowed}"
        );
        return DONE;
    };
    let number = |value: &Option<f32>| value.map_or_else(|| "undefined".to_owned(), |value| format!("{value:?}"));
    match column {
        Some(column) => say!(
            "{name}: differs from step {step} on: {column} of seed {seed} is {} in the record and {} here",
            number(recorded),
            number(repeated)
        ),
        None if recorded.is_some() => {
            say!("{name}: differs from step {step} on: the record has a row of seed {seed}, and here there is none");
        }
        None => say!("{name}: differs from step {step} on: the record lacks the row of seed {seed} that there is here"),
    }
    say!("{beyond} of {values} values differ, the largest by {largest:.2e}; {allowed}");
    if let Some((from, steps)) = found.growth.filter(|_| tolerance > 0.0) {
        say!(
            "they grew tenfold every {steps:.1} steps from 1e-6 at step {from} on, as another rounding does where a run amplifies it: what made \
             this run may repeat it, another processor cannot"
        );
    }
    FAILED
}
