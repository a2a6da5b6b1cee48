//! What a reproduction will take, before it starts.

use std::time::Instant;

use super::error::ReproduceError;
use super::work::Work;
use crate::experiment::{Experiment, resolve};
use crate::program::Program;
use crate::training::Run;

/// Steps that are timed, after as many that warm the caches.
const TIMED: u64 = 48;
/// Bytes of a cell's lines in a journal, and of a run's record.
const CELL_BYTES: f64 = 400.0;
const RUN_BYTES: f64 = 400_000.0;
/// Bytes of the report with its figures, an item.
const ITEM_BYTES: f64 = 1_500_000.0;

/// What a reproduction will take, roughly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Seconds on the threads that there are.
    pub seconds: f64,
    /// Bytes of memory beside the program's own.
    pub memory: f64,
    /// Bytes of the folder.
    pub disk: f64,
}

/// Weights times examples of a step: what its products cost, up to a factor.
fn cost(program: &Program) -> f64 {
    program.lasting_elements() as f64 * program.batch_size as f64
}

impl Work {
    /// What all of it takes, from how long some steps of the regression experiment take here; networks of other forms take
    /// up to some times as long or as short.
    ///
    /// # Errors
    /// When the experiment that is timed cannot be trained.
    pub fn estimate(&self, items: usize) -> Result<Estimate, ReproduceError> {
        let small = ["data.train_examples=512", "data.validation_examples=16", "training.seeds=1"].map(str::to_owned);
        let mut run = Run::new(resolve("sre", &small)?, 1)?;
        let train = |run: &mut Run| {
            let end = run.step() + TIMED;
            while run.step() < end && run.is_alive() {
                run.advance(end - run.step(), false, |_| {});
            }
        };
        train(&mut run);
        let began = Instant::now();
        train(&mut run);
        let per_step = began.elapsed().as_secs_f64() / TIMED as f64;
        let per_cost = per_step / cost(run.executor().program());
        let grids = self.plan().grids.iter().map(|one| (one.grid.experiment(), one.grid.cells(), CELL_BYTES));
        let runs = self.plan().courses.iter().map(|one| (&one.experiment, 1, RUN_BYTES));
        let (mut seconds, mut memory, mut disk) = (0.0, 0.0_f64, items as f64 * ITEM_BYTES);
        for (experiment, cells, bytes) in grids.chain(runs) {
            let program = Program::compile(experiment);
            seconds += cost(&program) * per_cost * experiment.total_steps() as f64 * cells as f64;
            memory = memory.max(self.threads() as f64 * (buffers(&program) + examples(experiment)));
            disk += bytes * cells as f64;
        }
        Ok(Estimate { seconds: seconds / self.threads() as f64, memory, disk })
    }
}

fn buffers(program: &Program) -> f64 {
    ((program.lasting_elements() + program.working_elements()) * size_of::<f32>()) as f64
}

fn examples(experiment: &Experiment) -> f64 {
    let sizes = experiment.sizes();
    let width = sizes.first().zip(sizes.last()).map_or(0, |(first, last)| first + last);
    ((experiment.data.train_examples + experiment.data.validation_examples) * width * size_of::<f32>()) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reproduce::{Settings, choose};
    use crate::sweep::Shard;

    #[test]
    fn more_takes_more_room() {
        let items = choose(&["table1".into()]).expect("known");
        let of = |settings: &Settings| {
            Work::new(&items, settings, Shard::ALL, 2).and_then(|work| work.estimate(1)).expect("trained")
        };
        let quick = of(&Settings { quick: true, ..Settings::default() });
        let full = of(&Settings::default());
        // Seconds are timed, on a machine that may be busy with something else meanwhile: their order is not asked for.
        assert!(full.seconds > 0.0 && quick.seconds > 0.0, "{full:?} {quick:?}");
        assert!(quick.memory > 1e6 && full.disk > quick.disk, "{full:?} {quick:?}");
    }
}
