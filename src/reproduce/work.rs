//! Training of all that the items need: grids through the sweeps' scheduler and journals, single runs beside each other.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, unbounded};

use super::course::CourseRecord;
use super::error::ReproduceError;
use super::folder::ReproductionFolder;
use super::plan::{Item, Plan};
use super::results::Results;
use super::settings::Settings;
use crate::data;
use crate::experiment::KeptOfCell;
use crate::instruction_set::InstructionSet;
use crate::sweep::{
    CellStates, Existing, Grid, Header, Order, Progress, Session, Shard, SweepError, SweepFolder, Workshop, gather,
    train_into,
};
use crate::training::COMPUTATION;
use crate::training::caught;

/// Time between two calls of who shows how far it is.
const LOOK: Duration = Duration::from_millis(100);

/// All grids and runs of some items, each once.
pub struct Work {
    plan: Plan,
    shard: Shard,
    threads: usize,
}

/// News on the way.
pub enum News<'a> {
    /// A grid or the single runs begin: what, how many are to be trained, and how many are there already.
    Begins {
        /// Name.
        name: &'a str,
        /// Cells or runs to train.
        wanted: usize,
        /// Those that are there.
        known: usize,
    },
    /// Of the cells of a grid, or nothing for a while.
    Cell(&'a Grid, Option<&'a Progress>),
    /// A run is at its end; its steps.
    Run(u64),
    /// Nothing for a while.
    Nothing,
    /// What began is at its end.
    Ends,
}

impl Work {
    /// Of the items; `shard` of it is to be trained, on `threads` threads.
    ///
    /// # Errors
    /// When an experiment is not allowed, data cannot be had, or there are more shards than cells and runs.
    pub fn new(items: &[&Item], settings: &Settings, shard: Shard, threads: usize) -> Result<Self, ReproduceError> {
        let mut plan = Plan::default();
        let mut seen = BTreeSet::new();
        for item in items {
            let one = (item.plan)(settings)?;
            plan.grids.extend(one.grids.into_iter().filter(|grid| seen.insert(grid.name.clone())));
            plan.courses.extend(one.courses.into_iter().filter(|course| seen.insert(course.name.clone())));
        }
        let mut work = Self { plan, shard, threads };
        work.pin(settings)?;
        let units = work.units();
        if shard.count > units.max(1) {
            return Err(ReproduceError::TooManyShards { index: shard.index, count: shard.count, units });
        }
        Ok(work)
    }

    /// Grids and runs, each once.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Threads that train.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Cells and runs in all.
    #[must_use]
    pub fn units(&self) -> usize {
        self.plan.grids.iter().map(|one| one.grid.cells()).sum::<usize>() + self.plan.courses.len()
    }

    /// What is at its end.
    ///
    /// # Errors
    /// When a journal or record cannot be read.
    pub fn results(&self, folder: &ReproductionFolder) -> Result<Results, ReproduceError> {
        Results::read(folder, &self.plan)
    }

    /// Whether a cell or run, by its place among all of them, is of this shard.
    pub(super) fn is_own(&self, unit: usize) -> bool {
        self.shard.has(unit)
    }

    /// Steps of all cells and runs.
    ///
    /// # Errors
    /// When the experiment of a cell is not allowed.
    pub fn steps(&self) -> Result<u64, ReproduceError> {
        let mut steps = self.plan.courses.iter().map(|one| one.experiment.total_steps()).sum::<u64>();
        for one in &self.plan.grids {
            let of_grid = one.alike()?;
            steps += of_grid
                .iter()
                .map(|(experiment, cells)| experiment.total_steps().saturating_mul(cells.len() as u64))
                .sum::<u64>();
        }
        Ok(steps)
    }

    /// Reads what is read from files, so that what cannot be used is refused before anything is written, and says in every
    /// configuration what it was.
    fn pin(&mut self, settings: &Settings) -> Result<(), ReproduceError> {
        if settings.cifar.is_none() {
            return Ok(());
        }
        for one in self.plan.grids.iter_mut().filter(|one| !one.grid.experiment().data.path.is_empty()) {
            let mut workshop = Workshop::new(Arc::clone(&one.grid), false);
            workshop.pin()?;
            one.grid = Arc::clone(workshop.grid());
        }
        for one in self.plan.courses.iter_mut().filter(|one| !one.experiment.data.path.is_empty()) {
            let sets = data::load(&one.experiment, &[one.experiment.training.seed])?;
            one.experiment.data.content = sets.first().and_then(|set| set.content.clone());
        }
        Ok(())
    }

    /// Trains what the folder does not have yet, until all is there or `stop` is set.
    ///
    /// # Errors
    /// When a journal or record cannot be written or read, or something has failed that is no fault of the input. What is
    /// finished is kept.
    pub fn train(
        &self,
        folder: &ReproductionFolder,
        stop: &Arc<AtomicBool>,
        told: &mut dyn FnMut(News<'_>),
    ) -> Result<(), ReproduceError> {
        let mut first = 0;
        for one in &self.plan.grids {
            if stop.load(Ordering::SeqCst) {
                return Ok(());
            }
            let offset = first;
            first += one.grid.cells();
            let is_own = |cell: usize| self.shard.has(offset + cell);
            self.train_grid(folder, &one.name, &one.grid, is_own, stop, told)?;
        }
        if stop.load(Ordering::SeqCst) {
            return Ok(());
        }
        let mut wanted = Vec::new();
        let mut known = 0;
        for (place, course) in self.plan.courses.iter().enumerate().filter(|(at, _)| self.shard.has(first + at)) {
            match folder.course(course)? {
                None => wanted.push(place),
                Some(_) => known += 1,
            }
        }
        if wanted.is_empty() {
            return Ok(());
        }
        told(News::Begins { name: "single runs", wanted: wanted.len(), known });
        let outcome = self.train_courses(folder, &wanted, stop, told);
        told(News::Ends);
        outcome
    }

    fn train_grid(
        &self,
        folder: &ReproductionFolder,
        name: &str,
        grid: &Arc<Grid>,
        is_own: impl Fn(usize) -> bool,
        stop: &Arc<AtomicBool>,
        told: &mut dyn FnMut(News<'_>),
    ) -> Result<(), ReproduceError> {
        let path = folder.grid(name);
        folder.list_grid(name)?;
        let sweep = SweepFolder::create(&path, grid, Shard::ALL, Existing::Resume)?;
        let before = gather(grid, std::slice::from_ref(&path))?;
        before.check_computation(&path)?;
        let known: Vec<_> =
            before.outcomes.iter().enumerate().filter_map(|(cell, known)| Some((cell, known.clone()?))).collect();
        let is_wanted = |cell: usize| is_own(cell) && before.outcomes[cell].is_none();
        let session = Session::new(grid, Order::OneByOne, is_wanted, &known, Arc::clone(stop));
        let backend = format!("cpu {}", InstructionSet::detect().name());
        let keeps_weights = grid.sweep().keep == KeptOfCell::Weights;
        let session = session.keeping(CellStates::new(sweep.clone(), backend.clone(), keeps_weights));
        let wanted = session.left();
        if wanted == 0 {
            return Ok(());
        }
        told(News::Begins { name, wanted, known: known.len() });
        let header = Header {
            config_hash: grid.config_hash(),
            shard: (self.shard.index, self.shard.count),
            backend,
            computation: COMPUTATION,
        };
        let journal = sweep.journal(&header)?;
        let outcome = train_into(&session, None, self.threads, journal, &mut |news| told(News::Cell(grid, news)));
        told(News::Ends);
        outcome?;
        Ok(())
    }

    /// Single runs, one a thread at a time; each is kept when it is at its end.
    fn train_courses(
        &self,
        folder: &ReproductionFolder,
        wanted: &[usize],
        stop: &Arc<AtomicBool>,
        told: &mut dyn FnMut(News<'_>),
    ) -> Result<(), ReproduceError> {
        /// Place among the runs, and what it left.
        type Ended = (usize, Result<Option<CourseRecord>, ReproduceError>);
        let next = AtomicUsize::new(0);
        let halt = AtomicBool::new(false);
        let (sink, news) = unbounded::<Ended>();
        let work = |sink: crossbeam_channel::Sender<Ended>| {
            while let Some(&place) = wanted.get(next.fetch_add(1, Ordering::SeqCst)) {
                if stop.load(Ordering::SeqCst) || halt.load(Ordering::SeqCst) {
                    return;
                }
                let course = &self.plan.courses[place];
                let trained = caught(|| course.train(stop));
                let fault = |words| Err(ReproduceError::Fault { what: course.name.clone(), words });
                let ended = trained.unwrap_or_else(fault);
                if sink.send((place, ended)).is_err() {
                    return;
                }
            }
        };
        std::thread::scope(|scope| {
            for place in 0..self.threads.clamp(1, wanted.len()) {
                let (sink, work) = (sink.clone(), &work);
                let started =
                    std::thread::Builder::new().name(format!("run-{place}")).spawn_scoped(scope, move || work(sink));
                // Fewer threads train the same runs.
                if let Err(source) = started
                    && place == 0
                {
                    return Err(SweepError::Thread(source).into());
                }
            }
            drop(sink);
            let mut outcome = Ok(());
            loop {
                match news.recv_timeout(LOOK) {
                    Ok((place, Ok(Some(record)))) => {
                        // What cannot be kept need not be trained.
                        if let Err(error) = folder.keep(&self.plan.courses[place], &record) {
                            halt.store(true, Ordering::SeqCst);
                            outcome = outcome.and(Err(error));
                        }
                        told(News::Run(record.steps));
                    }
                    Ok((_, Ok(None))) => {}
                    Ok((_, Err(error))) => {
                        halt.store(true, Ordering::SeqCst);
                        outcome = outcome.and(Err(error));
                    }
                    Err(RecvTimeoutError::Timeout) => told(News::Nothing),
                    Err(RecvTimeoutError::Disconnected) => return outcome,
                }
            }
        })
    }
}
