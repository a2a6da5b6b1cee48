//! `hebbscope train`.

use hebbscope::experiment::{Experiment, Purpose, resolve_for};
use hebbscope::record::{Intervention, Overwrite, RunFolder, make_folder, read_interventions};
use hebbscope::share::parse_intervention;
use hebbscope::training::{BackendChoice, Run, rehearse};

use super::again::{self, Words};
use super::exit::{INTERRUPTED, Started};
use super::headless::{Headless, Output};
use super::interrupt::Interrupts;
use super::print::remark;
use super::{TrainArgs, all_threads, warned};

/// Checks everything before anything is written, then trains.
pub(super) fn run(args: &TrainArgs) -> anyhow::Result<u8> {
    let interrupts = Interrupts::watch();
    let mut assignments = args.set.clone();
    if let Some(seeds) = args.seeds {
        assignments.push(format!("training.seeds={seeds}"));
    }
    let mut experiment = warned(resolve_for(Purpose::Run, &args.experiment, &assignments)?);
    if experiment.sweep.take().is_some() {
        let grid = Words::of(&["sweep"]).word(&args.experiment).each("--set", &args.set).line();
        remark!("note: [sweep] is left out, this is a single run; the grid: {grid}");
    }
    let mut interventions = args.interventions.as_deref().map(read_interventions).transpose()?.unwrap_or_default();
    let is_record = |path: &std::path::Path| path.is_dir() || path.ends_with("interventions.jsonl");
    if args.interventions.as_deref().is_some_and(is_record) {
        leave_out_the_end(&experiment, &mut interventions);
    }
    for argument in &args.intervene {
        interventions.push(parse_intervention(argument)?);
    }
    // What trained is recorded and not repeated: this machine may have another processor.
    interventions.retain(|one| !one.is_of_backend());
    // Stable: of one step, those of the file come first, then the arguments in their order.
    interventions.sort_by_key(|one| one.step);
    rehearse(&experiment, &interventions)?;
    warn_about_sampling(&experiment);
    warn_about_reading(&experiment);
    let threads = args.threads.map_or_else(all_threads, usize::from);
    let mut run = Run::new(experiment, threads)?;
    run.foresee(&interventions);
    let choice = BackendChoice::from(args.backend);
    let backend = (choice != BackendChoice::Cpu).then(|| run.use_backend(choice)).transpose()?;
    let path = args.out.clone().map_or_else(|| make_folder(&run.experiment().name), Ok)?;
    let folder = RunFolder::create(&path, if args.force { Overwrite::Force } else { Overwrite::Refuse })?;
    if folder.went_by_names() {
        remark!(
            "note: {}: has no list of its files; those with the names that every run folder has were removed",
            path.display()
        );
    }
    if let Some(said) = backend {
        remark!("trains on {said}");
    }
    folder.write_experiment(&run.recorded_experiment()).after_start()?;
    let output = Some(Output { folder, format: args.format });
    let code = Headless::new(run, interventions, output).train(&interrupts).after_start()?;
    if code == INTERRUPTED {
        remark!("interrupted; the whole run: {}", again::train(args));
    }
    Ok(code)
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
