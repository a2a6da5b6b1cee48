//! `hebbscope train --resume`: a run that was cut short goes on in its folder.

use std::path::{Path, PathBuf};

use anyhow::bail;
use hebbscope::experiment::{Experiment, Purpose, differing, resolve_for};
use hebbscope::record::{Intervention, RecordError, RunFolder};
use hebbscope::training::{FoundRun, TrainError};

use super::keeper::Going;
use super::print::remark;

/// What a folder has to go on from.
pub(super) enum Found {
    /// Nothing: no checkpoint was made before the run was cut short.
    Nothing,
    /// A run that went to its end, as its last checkpoint has it.
    Finished(Option<(Box<FoundRun>, Going)>),
    /// A checkpoint, with what it says beside the run; the turn of the next one.
    Checkpoint { run: Box<FoundRun>, going: Going, turn: usize },
}

/// Looks for the newest checkpoint of a folder that can be used, and says why newer ones cannot.
pub(super) fn find(folder: &Path) -> anyhow::Result<Found> {
    RunFolder::check_idle(folder)?;
    let mut found: Vec<(PathBuf, Result<FoundRun, TrainError>)> =
        RunFolder::checkpoints_in(folder).into_iter().map(|path| (path.clone(), FoundRun::open(&path))).collect();
    let last = folder.join("checkpoint.end");
    let is_complete = RunFolder::summary_in(folder)?.is_some_and(|summary| summary.complete);
    if is_complete && found.iter().all(|(path, _)| *path == last) {
        let last = found.pop().and_then(|(_, run)| run.ok().filter(FoundRun::ends));
        return Ok(Found::Finished(last.and_then(|run| run.driver().ok().map(|going| (Box::new(run), going)))));
    }
    // Those that cannot be read come first, so that each is told of.
    found.sort_by_key(|(_, run)| std::cmp::Reverse(run.as_ref().map_or(u64::MAX, FoundRun::step)));
    let mut unusable = Vec::new();
    for (path, run) in found {
        if run.as_ref().is_ok_and(|run| !run.ends()) {
            bail!(
                "{}: was saved by the window, which goes on from its end; train it again without --resume, in another folder",
                folder.display()
            );
        }
        let usable = run.map_err(anyhow::Error::from).and_then(|mut run| {
            let going: Going = run.driver()?;
            if !RunFolder::reaches(folder, going.mark) {
                bail!("{}: there are fewer rows in the folder than it was made after", path.display());
            }
            run.check_arrays()?;
            Ok((run, going))
        });
        match usable {
            Ok((run, going)) => {
                for words in &unusable {
                    remark!("warning: {words}; the one before is used");
                }
                // The oldest place is the one behind this.
                let place = path.extension().and_then(|place| place.to_str()?.parse::<usize>().ok());
                let turn = place.map_or(0, |place| place + 1);
                return Ok(Found::Checkpoint { run: Box::new(run), going, turn });
            }
            Err(error) => unusable.push(format!("{error:#}")),
        }
    }
    if unusable.is_empty() {
        return Ok(Found::Nothing);
    }
    bail!("{}; there is no other checkpoint: train again in another folder, or here with --force", unusable.join("; "))
}

/// Refuses to go on where the configuration in the folder has been changed: the checkpoint has its own, which would be written
/// over it. One that cannot be read says nothing.
pub(super) fn check_unchanged(folder: &Path, found: &FoundRun) -> anyhow::Result<()> {
    let Ok(read) = resolve_for(Purpose::Run, &folder.to_string_lossy(), &[]) else { return Ok(()) };
    let mut now = read.experiment.with_schedules_ending();
    // It has the steps that were run, where a change on the way has set them.
    (now.training.steps, now.training.epochs) = (found.initial().training.steps, found.initial().training.epochs);
    match differing(found.initial(), &now) {
        None => Ok(()),
        Some(fields) => bail!(
            "{}: its config.toml is not that of its checkpoints: {fields}; put it back as it was, or train it in another folder",
            folder.display()
        ),
    }
}

/// Refuses to go on with another run than the one in the folder.
pub(super) fn check_same(
    folder: &Path,
    found: &FoundRun,
    going: &Going,
    wanted: &Experiment,
    interventions: &[Intervention],
) -> anyhow::Result<()> {
    let mut wanted = wanted.clone().with_schedules_ending();
    wanted.data.content = wanted.data.content.or_else(|| found.initial().data.content.clone());
    if let Some(fields) = differing(found.initial(), &wanted) {
        bail!("{}: holds another run: {fields}; choose another folder, or --force", folder.display());
    }
    let (there, here) = (going.scheduled.len(), interventions.len());
    let other = going.scheduled.iter().zip(interventions).find(|(there, here)| !is_same(there, here));
    if let Some((there, here)) = other {
        bail!(
            "{}: holds a run with another change: {} = {} before step {} there, {} = {} before step {} here",
            folder.display(),
            there.field,
            there.new,
            there.step,
            here.field,
            here.new,
            here.step
        );
    }
    if there != here {
        bail!("{}: holds a run with other changes on its way: {there} there, {here} here", folder.display());
    }
    Ok(())
}

/// What a change changes from is not part of what is asked for.
fn is_same(a: &Intervention, b: &Intervention) -> bool {
    (a.step, &a.field, &a.new, &a.target) == (b.step, &b.field, &b.new, &b.target)
}

/// The rows of a folder up to a checkpoint.
pub(super) fn each_row(
    folder: &Path,
    going: &Going,
    columns: &hebbscope::record::Columns,
    mut sink: impl FnMut(&hebbscope::record::Row) -> Result<(), RecordError>,
) -> Result<(), RecordError> {
    RunFolder::rows_up_to(folder, going.mark, columns, |row| sink(&row))
}
