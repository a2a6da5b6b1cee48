//! Programs and data that the cells of a grid share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::error::SweepError;
use super::grid::Grid;
use super::trial::Trial;
use crate::data::{self, DataIdentity, DataSet};
use crate::experiment::{Experiment, Recorded, StopRule, SweepAxis};
use crate::program::Program;
use crate::training::{Ensemble, Member, Stationarity, TrainError};

/// Steps between two measurements of a cell whose result nobody waits for before its last window.
const NEVER: u64 = 1_000_000_000;
/// The same where values on the way are shown; odd, as some rules alternate from step to step.
const OFTEN: u64 = 9;
/// Programs that are kept, and data sets although no cell trains on them.
const KEPT: usize = 16;

/// What the cells of a grid share.
pub struct Workshop {
    grid: Arc<Grid>,
    /// Whether cells are measured on their way.
    watched: bool,
    programs: Mutex<HashMap<Vec<u64>, Arc<Program>>>,
    /// One copy of each, whatever cells and seeds train on it.
    data: Mutex<HashMap<DataIdentity, Arc<DataSet>>>,
}

impl Workshop {
    /// For the cells of a grid; `watched` cells have values on their way.
    #[must_use]
    pub fn new(grid: Arc<Grid>, watched: bool) -> Self {
        Self { grid, watched, programs: Mutex::default(), data: Mutex::default() }
    }

    /// The grid.
    #[must_use]
    pub fn grid(&self) -> &Arc<Grid> {
        &self.grid
    }

    /// A workshop for another grid, with the data that are there already.
    #[must_use]
    pub fn moved_to(&self, grid: Arc<Grid>) -> Self {
        let data = std::mem::take(&mut *lock(&self.data));
        Self { grid, watched: self.watched, programs: Mutex::default(), data: Mutex::new(data) }
    }

    /// What a cell trains, measured only as its outcome and the stop rule need it. None of this changes a bit of the
    /// training or of what is measured at its end.
    fn experiment(&self, cell: usize) -> Result<Experiment, TrainError> {
        let mut experiment = self.grid.experiment_of(cell)?;
        let sweep = self.grid.sweep();
        let by_rest = sweep.stop == StopRule::Stationarity;
        if by_rest && sweep.max_steps > 0 {
            experiment.training.steps = Some(sweep.max_steps);
        }
        let measure = &mut experiment.measure;
        measure.every = match (by_rest, self.watched) {
            (true, _) => 1,
            (false, true) => OFTEN,
            (false, false) => NEVER,
        };
        measure.stationarity = by_rest;
        measure.full_update = sweep.record.contains(&Recorded::Full);
        measure.neurons = false;
        measure.force_balance = false;
        measure.loss_gradient = false;
        measure.post_activation = false;
        measure.per_example = false;
        Ok(experiment)
    }

    fn program(&self, cell: usize, experiment: &Experiment) -> Result<Arc<Program>, TrainError> {
        let mut programs = lock(&self.programs);
        let key = self.grid.program_key(cell);
        if let Some(known) = programs.get(&key) {
            return Ok(Arc::clone(known));
        }
        let program = Ensemble::program(experiment)?;
        // An axis of compiled values would otherwise keep a program for each.
        if programs.len() >= KEPT {
            programs.clear();
        }
        programs.insert(key, Arc::clone(&program));
        Ok(program)
    }

    fn data(&self, experiment: &Experiment) -> Result<Arc<DataSet>, TrainError> {
        // Held while the data are made: other cells that need them wait instead of making them again.
        let mut sets = lock(&self.data);
        let key = DataIdentity::of(experiment, experiment.training.seed);
        if let Some(known) = sets.get(&key).filter(|known| known.is_taken_by(experiment)) {
            return Ok(Arc::clone(known));
        }
        if sets.len() >= KEPT {
            sets.retain(|_, set| Arc::strong_count(set) > 1);
        }
        let seed = experiment.training.seed;
        let made = data::load(experiment, &[seed])?;
        // One seed has one set.
        let set =
            made.into_iter().next().ok_or_else(|| crate::experiment::ConfigError::value("seed", seed, "no data"))?;
        sets.insert(key, Arc::clone(&set));
        Ok(set)
    }

    /// What is to be told of the data wherever results are shown, and where they came from; of the first cell, and of
    /// one for each kind of data that is swept.
    ///
    /// # Errors
    /// When the data cannot be had.
    pub fn source(&self) -> Result<(String, Option<String>), TrainError> {
        let is_of_data = |axis: &SweepAxis| axis.is_category() && axis.field.path.starts_with("data.");
        let cells = match self.grid.axes().iter().any(is_of_data) {
            true => self.grid.representatives(),
            false => vec![0],
        };
        let (mut sources, mut notices) = (Vec::new(), Vec::new());
        for cell in cells {
            let data = self.data(&self.experiment(cell)?)?;
            if !sources.contains(&data.source) {
                sources.push(data.source.clone());
            }
            notices.extend(data.notice.clone().filter(|notice| !notices.contains(notice)));
        }
        Ok((sources.join("; "), (!notices.is_empty()).then(|| notices.join("; "))))
    }

    /// Makes what the first cell needs, and the first with each of the values that are no numbers, so that input that
    /// cannot be used is refused before anything is written.
    ///
    /// # Errors
    /// When the configuration, the data or the memory do not allow these cells.
    pub fn check(&self) -> Result<(), TrainError> {
        for cell in self.grid.representatives() {
            let experiment = self.experiment(cell)?;
            self.program(cell, &experiment)?;
            self.data(&experiment)?;
        }
        Ok(())
    }

    /// After [`Self::check`], goes over to the grid whose experiment names what its data are, where they are read from
    /// files.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub fn pin(&mut self) -> Result<(), SweepError> {
        self.check()?;
        let content = self.data(&self.experiment(0)?)?.content.clone();
        if content.is_some() && content != self.grid.experiment().data.content {
            let mut experiment = self.grid.experiment().clone();
            experiment.data.content = content;
            *self = self.moved_to(Arc::new(Grid::new(&experiment)?));
        }
        Ok(())
    }

    /// Bytes of the buffers of a cell.
    pub(super) fn bytes_of(&self, cell: usize) -> Result<usize, TrainError> {
        let program = self.program(cell, &self.experiment(cell)?)?;
        Ok((program.lasting_elements() + program.working_elements()) * size_of::<f32>())
    }

    /// A cell at its start.
    ///
    /// # Errors
    /// When the configuration, the data or the system do not allow it.
    pub fn trial(&self, cell: usize) -> Result<Trial, TrainError> {
        self.wave(&[cell], 1)
    }

    /// Cells of one program at their start, side by side.
    ///
    /// # Errors
    /// As [`Self::trial`].
    pub fn wave(&self, cells: &[usize], threads: usize) -> Result<Trial, TrainError> {
        let experiments = cells.iter().map(|&cell| self.experiment(cell)).collect::<Result<Vec<_>, _>>()?;
        let total = experiments[0].total_steps();
        let window = experiments[0].measure.window;
        let has_classes = experiments[0].is_classification();
        let program = self.program(cells[0], &experiments[0])?;
        let members = experiments
            .into_iter()
            .map(|experiment| Ok(Member { data: self.data(&experiment)?, experiment }))
            .collect::<Result<Vec<_>, TrainError>>()?;
        let ensemble = Ensemble::new(program, members, threads)?;
        let rule = || {
            let layers = self.grid.layers();
            let by_rest = self.grid.sweep().stop == StopRule::Stationarity;
            by_rest.then(|| Stationarity::new(self.grid.sweep().into(), ensemble.columns(), &layers, window))
        };
        let cells = cells.iter().map(|&cell| (cell, rule())).collect();
        Ok(Trial::new(Arc::clone(&self.grid), cells, ensemble, total, has_classes))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Three seeds of four cells, the second of which has narrower examples than its experiment says: a step of it reads
/// beyond their end, and panics.
#[cfg(test)]
pub(super) fn broken_workshop(watched: bool) -> Workshop {
    let mut experiment = Experiment::default();
    experiment.data.train_examples = 400;
    experiment.data.validation_examples = 20;
    experiment.model.hidden = vec![4];
    experiment.training.batch_size = 20;
    experiment.training.steps = Some(40);
    experiment.measure.window = 10;
    let mut narrow = experiment.clone();
    narrow.data.input_size = 3;
    experiment.sweep = Some(crate::experiment::Sweep {
        x: "regularizer.weight_decay".into(),
        x_values: [0.0, 1e-3, 2e-3, 3e-3].map(Into::into).to_vec(),
        seeds: 3,
        ..crate::experiment::Sweep::default()
    });
    let workshop = Workshop::new(Arc::new(Grid::new(&experiment).expect("allowed")), watched);
    let data = data::load(&narrow, &[1]).expect("made").remove(0);
    let key = DataIdentity::of(&workshop.experiment(4).expect("allowed"), 1);
    lock(&workshop.data).insert(key, data);
    workshop
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::from_toml;

    /// Sets that the cells of a grid of three values and four seeds train on.
    fn sets(data: &str, axis: &str) -> Vec<Arc<DataSet>> {
        let text = format!(
            "{data}\ntrain_examples = 40\nvalidation_examples = 8\n[model]\nhidden = [3]\n[training]\n\
             batch_size = 4\nsteps = 2\n[sweep]\n{axis}\nseeds = 4\nrecord = [\"signal\"]\n"
        );
        let experiment = from_toml("shared", &text).expect("allowed");
        let workshop = Workshop::new(Arc::new(Grid::new(&experiment).expect("a grid")), false);
        let cells = 0..workshop.grid().cells();
        assert_eq!(cells.len(), 12);
        let data = |cell| workshop.data(&workshop.experiment(cell).expect("allowed")).expect("shipped, or made up");
        cells.map(data).collect()
    }

    fn distinct(sets: &[Arc<DataSet>]) -> usize {
        let all: std::collections::HashSet<_> = sets.iter().map(Arc::as_ptr).collect();
        all.len()
    }

    #[test]
    fn images_are_held_once_for_all_seeds_and_values() {
        for kind in ["digits", "synthetic_images"] {
            let data = format!("[data]\nkind = \"{kind}\"");
            let field = "x = \"model.init_scale\"\nx_values = [0.5, 1.0, 2.0]";
            assert_eq!(distinct(&sets(&data, field)), 1, "{kind}");
        }
    }

    #[test]
    fn regressions_are_held_once_a_seed_and_by_what_they_depend_on() {
        let data = "[data]\nkind = \"teacher_student\"";
        let none = "x = \"model.init_scale\"\nx_values = [0.5, 1.0, 2.0]";
        assert_eq!(distinct(&sets(data, none)), 4);
        let each = "x = \"data.teacher_scale\"\nx_values = [0.5, 1.0, 2.0]";
        assert_eq!(distinct(&sets(data, each)), 12);
    }
}
