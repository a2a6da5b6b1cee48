//! `hebbscope train`.

use std::path::{Path, PathBuf};

use anyhow::bail;
use hebbscope::experiment::{Experiment, Purpose, expand_home, resolve_for};
use hebbscope::record::{
    Intervention, Overwrite, Place, RunFolder, make_folder, read_interventions, remember, remember_configuration,
    report_beside,
};
use hebbscope::share::parse_intervention;
use hebbscope::training::{BackendChoice, Run, TrainError, rehearse};

use super::again::{self, Words};
use super::exit::{BROKEN, DONE, INTERRUPTED, Started, is_of_what_has_gone};
use super::headless::{Headless, Output};
use super::interrupt::Interrupts;
use super::keeper::{CheckpointEvery, Keeper};
use super::print::{remark, say};
use super::resume::{self, Found};
use super::{Format, TrainArgs, all_threads, warned};

/// Checks everything before anything is written, then trains.
pub(super) fn run(args: &TrainArgs) -> anyhow::Result<u8> {
    let interrupts = Interrupts::watch();
    match args.out.as_deref().filter(|out| args.resume && holds_something(out)) {
        Some(folder) => go_on(args, folder, &interrupts),
        None => begin(args, &interrupts),
    }
}

/// Whether there is something in a folder that a run may go on with.
fn holds_something(folder: &Path) -> bool {
    folder.exists() && std::fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_some())
}

/// Trains from the first step on.
fn begin(args: &TrainArgs, interrupts: &Interrupts) -> anyhow::Result<u8> {
    let (experiment, interventions) = asked_for(args)?;
    rehearse(&experiment, &interventions).map_err(|error| with_hint(error, args))?;
    warn_about_sampling(&experiment);
    warn_about_reading(&experiment);
    let mut run = Run::new(experiment, threads(args))?;
    run.foresee(&interventions);
    let backend = choose_backend(&mut run, args)?;
    let path = args.out.clone().map_or_else(|| make_folder(&run.experiment().name), Ok)?;
    let overwrite = if args.force || args.resume { Overwrite::Force } else { Overwrite::Refuse };
    let folder = RunFolder::create(&path, overwrite)?;
    report_beside(&path);
    remember_configuration(run.experiment());
    if folder.went_by_names() {
        remark!(
            "note: {}: has no list of its files; those with the names that every run folder has were removed",
            path.display()
        );
    }
    if let Some(said) = backend {
        remark!("trains on {said}");
    }
    let keeper = Keeper::new(args.checkpoint_every, 0);
    if keeper.keeps() {
        folder.begin_checkpoints().after_start()?;
    }
    folder.write_experiment(&run.recorded_experiment()).after_start()?;
    let csv = folder.metrics_csv(run.columns()).after_start()?;
    let is_parquet = args.format == Format::Parquet;
    let parquet = is_parquet.then(|| folder.metrics_parquet(run.columns())).transpose().after_start()?;
    let output = Output { folder, csv: Some(csv), parquet, is_parquet, keeper };
    let place = Place::of(&path);
    let outcome = Headless::new(run, interventions, Some(output)).train(interrupts).after_start();
    told_how_to_go_on(args, &path, &place, outcome)
}

/// Goes on with the run in a folder, from its newest checkpoint that can be used.
fn go_on(args: &TrainArgs, path: &Path, interrupts: &Interrupts) -> anyhow::Result<u8> {
    let is_itself = is_same_folder(Path::new(&args.experiment), path);
    if is_itself && !(args.set.is_empty() && args.seeds.is_none() && args.intervene.is_empty()) {
        bail!("{}: goes on with what it was begun with: leave out --set, --seeds and --intervene", path.display());
    }
    let (found, going, turn) = match resume::find(path)? {
        Found::Checkpoint { run, going, turn } => (*run, going, turn),
        Found::Finished(last) => {
            if let Some((found, going)) = last.filter(|_| !is_itself) {
                let (experiment, interventions) = asked_for(args)?;
                resume::check_same(path, &found, &going, &experiment, &interventions)?;
            }
            say!("{}: the run went to its end; there is nothing to go on with", path.display());
            return Ok(DONE);
        }
        Found::Nothing if is_itself => {
            bail!(
                "{}: no checkpoint was made before the run ended; train it again: {}",
                path.display(),
                again::train(args)
            )
        }
        Found::Nothing => {
            remark!("note: {}: no checkpoint was made before the run ended; it begins again", path.display());
            return begin(args, interrupts);
        }
    };
    if is_itself {
        resume::check_unchanged(path, &found)?;
    } else {
        let (experiment, interventions) = asked_for(args)?;
        resume::check_same(path, &found, &going, &experiment, &interventions)?;
    }
    let step = found.step();
    let mut run = found.resume(threads(args), None)?;
    let scheduled = going.scheduled.clone();
    remember_configuration(run.experiment());
    remember("run", || format!("goes on from step {step}"));
    let backend = choose_backend(&mut run, args)?;
    let is_parquet = going.parquet;
    let mut headless = Headless::new(run, scheduled, None);
    headless.go_on_from(&going);
    // Read before anything is changed in the folder.
    let columns = headless.columns();
    resume::each_row(path, &going, &columns, |row| {
        headless.hear(row);
        Ok(())
    })?;
    let (folder, csv) = RunFolder::take_up(path, going.mark, &columns)?;
    report_beside(path);
    let mut parquet = is_parquet.then(|| folder.metrics_parquet(&columns)).transpose().after_start()?;
    if let Some(parquet) = &mut parquet {
        resume::each_row(path, &going, &columns, |row| parquet.push(row)).after_start()?;
    }
    remark!("goes on after step {step} in {}", path.display());
    if let Some(said) = backend {
        remark!("trains on {said}");
    }
    let keeper = Keeper::new(args.checkpoint_every, turn);
    let output = Output { folder, csv: Some(csv), parquet, is_parquet, keeper };
    let place = Place::of(path);
    let outcome = headless.with_output(output).train(interrupts).after_start();
    told_how_to_go_on(args, path, &place, outcome)
}

/// What the command line asks for.
fn asked_for(args: &TrainArgs) -> anyhow::Result<(Experiment, Vec<Intervention>)> {
    let mut assignments = args.set.clone();
    if let Some(seeds) = args.seeds {
        assignments.push(format!("training.seeds={seeds}"));
    }
    let mut experiment = warned(resolve_for(Purpose::Run, &args.experiment, &assignments)?);
    if experiment.sweep.take().is_some() {
        let grid = Words::of(&["sweep"]).word(&args.experiment).each("--set", &args.set).line();
        remark!("note: [sweep] is left out, this is a single run; the grid: {grid}");
    }
    let record = own_record(args);
    let file = args.interventions.as_deref().or(record.as_deref());
    let mut interventions = file.map(read_interventions).transpose()?.unwrap_or_default();
    let is_record = |path: &Path| path.is_dir() || path.ends_with("interventions.jsonl");
    if file.is_some_and(is_record) {
        leave_out_the_end(&experiment, &mut interventions);
    }
    // What trained is recorded and not repeated: this machine may have another processor.
    interventions.retain(|one| !one.is_of_backend());
    if let Some(record) = record.filter(|_| !interventions.is_empty()) {
        let (count, s) = (interventions.len(), if interventions.len() == 1 { "" } else { "s" });
        remark!("applies the {count} change{s} of {}; --no-interventions leaves them out", record.display());
    }
    for argument in &args.intervene {
        interventions.push(parse_intervention(argument)?);
    }
    interventions.retain(|one| !one.is_of_backend());
    // Stable: of one step, those of the file come first, then the arguments in their order.
    interventions.sort_by_key(|one| one.step);
    Ok((experiment, interventions))
}

/// The changes of the run folder that is to be trained again, where there are any.
fn own_record(args: &TrainArgs) -> Option<PathBuf> {
    let folder = expand_home(Path::new(&args.experiment));
    let record = folder.join("interventions.jsonl");
    (!args.no_interventions && args.interventions.is_none() && folder.is_dir() && record.is_file()).then_some(record)
}

fn with_hint(error: TrainError, args: &TrainArgs) -> anyhow::Error {
    let error = anyhow::Error::from(error);
    match own_record(args) {
        Some(record) => error.context(format!("{}: --no-interventions leaves its changes out", record.display())),
        None => error,
    }
}

fn threads(args: &TrainArgs) -> usize {
    args.threads.map_or_else(all_threads, usize::from)
}

fn choose_backend(run: &mut Run, args: &TrainArgs) -> anyhow::Result<Option<String>> {
    let choice = BackendChoice::from(args.backend);
    Ok((choice != BackendChoice::Cpu).then(|| run.use_backend(choice)).transpose()?)
}

fn is_same_folder(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| expand_home(path).canonicalize().ok();
    place(one).is_some() && place(one) == place(other)
}

/// Says of a run that was cut short how it goes on, where there is what it can go on with.
fn told_how_to_go_on(
    args: &TrainArgs,
    folder: &Path,
    place: &Place,
    outcome: anyhow::Result<u8>,
) -> anyhow::Result<u8> {
    let keeps = args.checkpoint_every != CheckpointEvery::Never;
    let has_gone = outcome.as_ref().is_err_and(|error| is_of_what_has_gone(error.as_ref()));
    match *outcome.as_ref().unwrap_or(&BROKEN) {
        INTERRUPTED => {
            // It may have gone while the end was written.
            place.check().after_start()?;
            if keeps {
                remark!("interrupted; go on with: {}", again::resume(args, folder));
            } else {
                remark!("interrupted; the whole run: {}", again::train(args));
            }
        }
        BROKEN if keeps && place.is_there() && !has_gone => {
            remark!("what was computed is kept; go on with: {}", again::resume(args, folder));
        }
        _ => {}
    }
    outcome
}

/// A session that was saved at rest may have settings that were changed after its last step: they had no part in it.
fn leave_out_the_end(experiment: &Experiment, interventions: &mut Vec<Intervention>) {
    let total = experiment.total_steps();
    for one in interventions.iter().filter(|one| one.step == total) {
        remark!("note: {} was changed after the last step of the recorded run, and is left out", one.field);
    }
    interventions.retain(|one| one.step != total);
}

/// What is measured and stays empty all the same.
fn warn_about_reading(experiment: &Experiment) {
    let full = experiment.unread_full_update().filter(|_| experiment.measure.full_update);
    for reason in experiment.unread_alignment().as_deref().into_iter().chain(full) {
        remark!("warning: measure.alignment = \"per_example\": {reason}");
    }
}

/// RandomNN without decay flips its sign at every step: an even distance between samples would show one phase only.
fn warn_about_sampling(experiment: &Experiment) {
    use hebbscope::experiment::RuleKind;
    let every = experiment.measure.every;
    if experiment.rule.kind == RuleKind::RandomNn && every.is_multiple_of(2) {
        remark!(
            "warning: measure.every = {every} is even, and random_nn may alternate from step to step: an odd number \
             shows both phases"
        );
    }
}
