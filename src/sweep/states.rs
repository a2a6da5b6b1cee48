//! States of cells in a sweep's folder: what one that was cut short goes on from, and on request what each came to.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::SweepError;
use super::folder::SweepFolder;
use super::trial::Trial;
use crate::record::Row;
use crate::training::{FoundRun, Stationarity, TrainError};

/// Folder of the states.
pub(super) const STATES: &str = "cells";

/// Training between two states of a cell; as between two checkpoints of a run.
pub(super) const EVERY: Duration = Duration::from_secs(60);

/// Training below which a cell that is told to stop is begun anew rather than written; chosen here.
pub(super) const WORTH: Duration = Duration::from_secs(3);

/// Where the states of a sweep's cells lie.
#[derive(Clone, Debug)]
pub struct CellStates {
    folder: SweepFolder,
    /// Executor and its vector instructions: a cell goes on with the same.
    backend: String,
    /// Whether the states of cells that are at their end are kept.
    keeps_weights: bool,
}

/// What a state says beside the network.
#[derive(Serialize, Deserialize)]
struct Driver {
    backend: String,
    seconds: Option<f64>,
    /// Rows of the last window.
    rows: Vec<(u64, Vec<Option<f32>>)>,
    /// What the stop rule has seen.
    rule: Option<Stationarity>,
}

/// The state of a cell, by [`super::Grid::key`], in the folder of a sweep.
#[must_use]
pub fn state_of(folder: &Path, key: u64) -> PathBuf {
    folder.join(STATES).join(name(key))
}

fn name(key: u64) -> String {
    format!("{key:016x}.checkpoint")
}

impl CellStates {
    /// In the folder of a sweep.
    #[must_use]
    pub fn new(folder: SweepFolder, backend: String, keeps_weights: bool) -> Self {
        Self { folder, backend, keeps_weights }
    }

    pub(super) fn keeps_weights(&self) -> bool {
        self.keeps_weights
    }

    /// Writes the state of a cell of a trial, by its place there.
    pub(super) fn write(&self, trial: &mut Trial, place: usize) -> Result<(), SweepError> {
        let key = trial.key(place);
        self.folder.list(&format!("{STATES}/{}", name(key)))?;
        let path = state_of(self.folder.path(), key);
        let folder = self.folder.path().join(STATES);
        std::fs::create_dir_all(&folder).map_err(SweepError::io(&folder, "cannot be created"))?;
        let rows = trial.ensemble().window_rows(place).into_iter().map(|row| (row.step, row.values)).collect();
        let driver = Driver { backend: self.backend.clone(), seconds: None, rows, rule: trial.rule(place).cloned() };
        trial.stored(place)?.write(&path, &driver)?;
        Ok(())
    }

    /// Removes the state of a cell that is at its end, where there is one.
    pub(super) fn remove(&self, key: u64) {
        // What stays is passed over by whoever goes on, as the cell is in the journal.
        let _ = std::fs::remove_file(state_of(self.folder.path(), key));
    }

    /// Puts cells at their start where an earlier process was; the step, or nothing where that has left no state of one of
    /// them, or of different steps. What cannot be used is told, and the cells begin anew.
    pub(super) fn take_up(&self, trial: &mut Trial) -> Result<Option<u64>, TrainError> {
        let mut found = Vec::new();
        for place in 0..trial.cells().count() {
            let Some(state) = self.read(trial.key(place))? else { return Ok(None) };
            found.push(state);
        }
        let Some(step) = found.first().map(|(run, _)| run.step()) else { return Ok(None) };
        if step >= trial.total() || found.iter().any(|(run, _)| run.step() != step) {
            return Ok(None);
        }
        for (place, (run, driver)) in found.into_iter().enumerate() {
            let seed = run.experiment().training.seed;
            let rows = driver.rows.into_iter().map(|(step, values)| Row { step, epoch: 0, seed, values });
            if !trial.take_up(place, run, &rows.collect::<Vec<_>>(), driver.rule)? {
                return Ok(None);
            }
        }
        Ok(Some(step))
    }

    /// The step of the state that an earlier process has left of a cell, where it can be used.
    pub(super) fn step_of(&self, key: u64) -> Option<u64> {
        self.read(key).ok().flatten().map(|(run, _)| run.step())
    }

    /// The state of a cell; nothing where there is none of this executor.
    fn read(&self, key: u64) -> Result<Option<(FoundRun, Driver)>, TrainError> {
        let path = state_of(self.folder.path(), key);
        if !path.is_file() {
            return Ok(None);
        }
        let found = FoundRun::open(&path)?;
        let driver: Driver = found.driver()?;
        Ok((driver.backend == self.backend).then_some((found, driver)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::backend::gpu::GpuDevice;
    use crate::experiment::{Experiment, from_toml};
    use crate::sweep::{Existing, Grid, Order, Outcome, Progress, Session, Shard, Workshop};

    /// Two cells of 400 steps, of noise, momenta and running statistics; the last 50 are measured.
    fn experiment(more: &str) -> Experiment {
        let text = format!(
            "[data]\ninput_size = 4\noutput_size = 3\ntrain_examples = 96\nvalidation_examples = 8\n[model]\nhidden = [5]\n\
             batch_norm = true\n[rule]\noptimizer = \"adam\"\nlearning_rate = 0.01\n[noise]\nweight_sd = 0.001\n\
             [schedule]\nlearning_rate = \"cosine to 0.1\"\n[training]\nbatch_size = 16\nsteps = 400\n[measure]\nwindow = 50\n\
             [sweep]\nx = \"regularizer.weight_decay\"\nx_values = [0.0, 0.01]\n{more}\n"
        );
        from_toml("states", &text).expect("allowed")
    }

    fn folder(experiment: &Experiment, path: &Path) -> (Arc<Grid>, SweepFolder) {
        let grid = Arc::new(Grid::new(experiment).expect("a grid"));
        let folder = SweepFolder::create(path, &grid, Shard::ALL, Existing::Resume).expect("made");
        (grid, folder)
    }

    fn outcome(trial: &mut Trial) -> Outcome {
        let finished = trial.train(u64::MAX);
        finished.into_iter().next().expect("at its end").1
    }

    #[test]
    fn a_cell_goes_on_within_its_training() {
        let rest = "stop = \"stationarity\"\ntolerance = 0.1\ngap_tolerance = 2.0\nmin_steps = 320";
        for more in ["", rest] {
            let scratch = tempfile::tempdir().expect("a temporary folder");
            let experiment = experiment(more);
            let (grid, folder) = folder(&experiment, &scratch.path().join("sweep"));
            let workshop = Workshop::new(grid, false);
            let states = Arc::new(CellStates::new(folder, "here".into(), false));
            let whole = outcome(&mut workshop.trial(1).expect("small"));
            // In the middle, and within the last window.
            for cut in [130, 377_u64.min(whole.steps - 7)] {
                let mut first = workshop.trial(1).expect("small");
                assert_eq!(first.keep_states(Arc::clone(&states)).expect("none yet"), None);
                let mut taken = first.step();
                while taken < cut {
                    first.train((cut - taken).min(9));
                    taken = first.step();
                }
                states.write(&mut first, 0).expect("written");
                let mut second = workshop.trial(1).expect("small");
                assert_eq!(second.keep_states(Arc::clone(&states)).expect("whole"), Some(taken));
                assert_eq!(outcome(&mut second), whole, "cut at {taken}: {more}");
                // What is over leaves nothing.
                assert!(!state_of(&scratch.path().join("sweep"), second_key(&workshop)).exists());
                // Another processor's bits are others.
                states.write(&mut first, 0).expect("written");
                let elsewhere = CellStates { backend: "elsewhere".into(), ..(*states).clone() };
                let mut third = workshop.trial(1).expect("small");
                assert_eq!(third.keep_states(Arc::new(elsewhere)).expect("readable"), None);
                states.remove(second_key(&workshop));
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_written_into_what_took_the_place_of_the_folder() {
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let path = scratch.path().join("sweep");
        let (grid, folder) = folder(&experiment(""), &path);
        let states = CellStates::new(folder, "here".into(), false);
        let mut trial = Workshop::new(grid, false).trial(1).expect("small");
        trial.train(9);
        std::fs::rename(&path, scratch.path().join("moved")).expect("moved");
        std::fs::create_dir(&path).expect("made");
        let error = states.write(&mut trial, 0).expect_err("it is another's").to_string();
        assert!(error.contains("it has been removed or moved away"), "{error}");
        assert_eq!(std::fs::read_dir(&path).expect("there").count(), 0);
    }

    /// Cells of a wave are at one step; one that has no state of it, or another's, lets all begin anew.
    #[test]
    fn a_wave_goes_on_within_its_training() {
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let (grid, folder) = folder(&experiment(""), &scratch.path().join("sweep"));
        let workshop = Workshop::new(Arc::clone(&grid), false);
        let states = Arc::new(CellStates::new(folder, "here".into(), false));
        let devices = std::iter::once(None).chain(GpuDevice::open().ok().map(Some));
        for device in devices {
            let wave = |device: &mut Option<GpuDevice>| {
                let mut wave = workshop.wave(&[0, 1], 1).expect("small");
                let taken = wave.keep_states(Arc::clone(&states)).expect("whole");
                if let Some(device) = device.take() {
                    wave.ensemble_mut().executor_mut().use_device(device).expect("it is there");
                }
                (wave, taken)
            };
            let mut device = device;
            let is_on_device = device.is_some();
            let (mut whole, _) = wave(&mut device);
            let mut expected = whole.train(u64::MAX);
            device = whole.into_ensemble().into_device();
            // Within the last window, whose rows come from the state.
            let (mut first, taken) = wave(&mut device);
            assert_eq!(taken, None);
            while first.step() < 377 {
                first.train((377 - first.step()).min(9));
            }
            first.write_state(Duration::ZERO).expect("written");
            device = first.into_ensemble().into_device();
            let (mut second, taken) = wave(&mut device);
            assert_eq!((taken, second.cells().count()), (Some(377), 2), "on a device: {is_on_device}");
            let mut found = second.train(u64::MAX);
            expected.sort_by_key(|(cell, _)| *cell);
            found.sort_by_key(|(cell, _)| *cell);
            // The same sums in the same order.
            assert_eq!(found, expected, "on a device: {is_on_device}");
            assert!((0..2).all(|cell| !state_of(states.folder.path(), grid.key(cell)).exists()));
            // Cells at two steps go in two waves.
            let mut alone = workshop.trial(1).expect("small");
            alone.train(30);
            states.write(&mut alone, 0).expect("written");
            let begins_anew = || {
                let mut both = workshop.wave(&[0, 1], 1).expect("small");
                assert_eq!(both.keep_states(Arc::clone(&states)).expect("readable"), None);
                assert_eq!(both.step(), 0);
            };
            begins_anew();
            let session = Session::new(&grid, Order::OneByOne, |_| true, &[], Arc::new(AtomicBool::new(false)));
            let session = session.keeping(CellStates::clone(&states));
            assert_eq!(session.by_step(vec![0, 1]), [vec![0], vec![1]]);
            // Also where each has one.
            let mut other = workshop.trial(0).expect("small");
            other.train(50);
            states.write(&mut other, 0).expect("written");
            begins_anew();
            assert_eq!(session.by_step(vec![0, 1]), [vec![1], vec![0]]);
            (0..2).for_each(|cell| states.remove(grid.key(cell)));
        }
    }

    fn second_key(workshop: &Workshop) -> u64 {
        workshop.grid().key(1)
    }

    #[test]
    fn weights_stay_on_request() {
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let path = scratch.path().join("sweep");
        let (grid, folder) = folder(&experiment("keep = \"weights\""), &path);
        let session = Session::new(&grid, Order::OneByOne, |_| true, &[], Arc::new(AtomicBool::new(false)));
        let session = session.keeping(CellStates::new(folder, "here".into(), true));
        let (sink, news) = crossbeam_channel::unbounded();
        session.train(2, &sink).expect("trained");
        drop(sink);
        let done = news.iter().filter(|one| matches!(one, Progress::Done { .. })).count();
        assert_eq!(done, 2);
        for cell in 0..2 {
            let found = FoundRun::open(&state_of(&path, grid.key(cell))).expect("kept");
            assert_eq!(found.step(), 400);
            let (decay, wanted) = (found.initial().regularizer.weight_decay, [0.0, 0.01][cell]);
            assert_eq!(decay, wanted);
        }
        let list = std::fs::read_to_string(path.join(".hebbscope.jsonl")).expect("there");
        assert_eq!(list.matches(".checkpoint").count(), 2, "{list}");
    }
}
