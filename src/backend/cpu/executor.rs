//! Trains replicas side by side, each step by step on one thread.

use std::sync::{Arc, Mutex, PoisonError};

use super::aligned::Aligned;
use super::interpret::StepKind;
use super::real::Real;
use super::replica::{Divergence, Replica, Working};
use super::threads::Threads;
use crate::program::measure::{FORCE_VALUES, LOSS, ROW_VALUES};
use crate::program::{MapViews, Program, Role, Slot, View};

/// One measured step of one replica, borrowed from the executor.
#[derive(Clone, Copy, Debug)]
pub struct Measurement<'a, T> {
    /// Step.
    pub step: u64,
    /// Place of the replica.
    pub replica: usize,
    /// Numbers by the program's [`crate::program::measure::MetricLayout`].
    pub metrics: &'a [f64],
    /// Whether the step closed a window that was measured from its beginning, so that the window's sums are those of
    /// this step.
    pub closes_window: bool,
    /// Row sums of the measured layers one after another, [`ROW_VALUES`] a row; empty unless the replica's are kept.
    pub rows: &'a [T],
    /// Force balance of the rows in the same order, [`FORCE_VALUES`] a row; empty where it is not measured or not kept.
    pub forces: &'a [T],
}

/// Replicas of one program.
pub struct CpuExecutor<T> {
    program: Arc<Program>,
    replicas: Vec<Replica<T>>,
    threads: Threads<T>,
    keep_rows: Option<usize>,
}

impl<T: Real> CpuExecutor<T> {
    /// An executor over `threads` threads. Where there are more than replicas, they share the products of single ones, to
    /// the same bits.
    ///
    /// # Errors
    /// When the system refuses threads.
    pub fn new(
        program: Arc<Program>,
        replicas: Vec<Replica<T>>,
        threads: usize,
    ) -> Result<Self, rayon::ThreadPoolBuildError> {
        let threads = Threads::new(threads, replicas.len())?;
        Ok(Self { program, replicas, threads, keep_rows: None })
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// The replicas.
    #[must_use]
    pub fn replicas(&self) -> &[Replica<T>] {
        &self.replicas
    }

    /// The replicas, to change hyper-parameters or parameters between steps.
    pub fn replicas_mut(&mut self) -> &mut [Replica<T>] {
        &mut self.replicas
    }

    /// Takes the replicas out, to carry them over to another program.
    #[must_use]
    pub fn into_replicas(self) -> Vec<Replica<T>> {
        self.replicas
    }

    /// Keeps the replicas at the places that `keep` is true of.
    pub fn retain(&mut self, mut keep: impl FnMut(usize) -> bool) {
        let mut place = 0;
        self.replicas.retain(|_| {
            place += 1;
            keep(place - 1)
        });
    }

    /// Adds replicas of the same program after the others, and uses up to `threads` workers for all of them.
    ///
    /// # Errors
    /// When the system refuses threads; nothing is added then.
    pub fn extend(&mut self, more: Vec<Replica<T>>, threads: usize) -> Result<(), rayon::ThreadPoolBuildError> {
        self.threads = Threads::new(threads, self.replicas.len() + more.len())?;
        self.replicas.extend(more);
        Ok(())
    }

    /// Threads, those that help with single products included.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.threads.asked
    }

    /// The replica, by its place, whose measurements carry the sums of single rows from the next
    /// [`Self::advance`] on; none by default. Others cost nothing.
    pub fn keep_rows(&mut self, replica: Option<usize>) {
        self.keep_rows = replica;
        for replica in &mut self.replicas {
            replica.recorded_rows.clear();
            replica.recorded_forces.clear();
        }
    }

    /// Whether any replica still trains.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.replicas.iter().any(|r| r.diverged.is_none())
    }

    /// Trains every replica that has not diverged for `steps` steps.
    ///
    /// Allocates only until the record has grown to the largest number of steps asked for.
    pub fn advance(&mut self, steps: u64) {
        let program = &*self.program;
        let keep_rows = self.keep_rows;
        let threads = &self.threads;
        threads.for_each(&mut self.replicas, |place, replica| {
            threads.lend(program, replica, |replica| replica.advance(program, steps, keep_rows == Some(place)));
        });
    }

    /// Runs the next step of a replica without training, calls `f` for every map when its matrices lie in the buffers,
    /// `with_noise` or without the noise on its weights, and takes the step back. It needs no more memory than a step, and
    /// a copy of what the step changes.
    ///
    /// # Errors
    /// The first error of `f`; the step is taken back.
    pub fn look<E: Send>(
        &mut self,
        place: usize,
        with_noise: bool,
        f: impl FnMut(Sight<'_, T>, &MapViews) -> Result<(), E> + Send,
    ) -> Result<(), E> {
        let program = &*self.program;
        self.threads.lend(program, &mut self.replicas[place], |replica| replica.look(program, with_noise, f))
    }

    /// As [`Self::look`], for `batches` steps one after another on batches from example `cursor` of the stream on, all at
    /// the present weights and without noise.
    ///
    /// # Errors
    /// The first error of `f`, with which it ends.
    pub fn survey<E: Send>(
        &mut self,
        place: usize,
        cursor: u64,
        batches: u64,
        f: impl FnMut(&Replica<T>, &MapViews) -> Result<(), E> + Send,
    ) -> Result<(), E> {
        let program = &*self.program;
        self.threads.lend(program, &mut self.replicas[place], |replica| replica.survey(program, cursor, batches, f))
    }

    /// Calls `f` for the measured steps of the last [`Self::advance`], step by step and replica by replica.
    pub fn for_each_measurement(&self, mut f: impl FnMut(Measurement<'_, T>)) {
        let width = self.program.metrics.count + 2;
        let [rows, forces] = self.row_widths();
        let mut places = vec![0; self.replicas.len()];
        while let Some(step) = self.next_recorded(&places, width) {
            for (replica, place) in places.iter_mut().enumerate() {
                let from = &self.replicas[replica];
                let Some(record) = from.recorded.get(*place * width..(*place + 1) * width) else { continue };
                if record[0] as u64 != step {
                    continue;
                }
                let part = |values: &'_ [T], width: usize| -> std::ops::Range<usize> {
                    if values.is_empty() { 0..0 } else { *place * width..(*place + 1) * width }
                };
                f(Measurement {
                    step,
                    replica,
                    closes_window: record[1] != 0.0,
                    metrics: &record[2..],
                    rows: &from.recorded_rows[part(&from.recorded_rows, rows)],
                    forces: &from.recorded_forces[part(&from.recorded_forces, forces)],
                });
                *place += 1;
            }
        }
    }

    fn next_recorded(&self, places: &[usize], width: usize) -> Option<u64> {
        let steps = self.replicas.iter().zip(places).filter_map(|(r, &p)| r.recorded.get(p * width));
        steps.map(|&s| s as u64).min()
    }

    /// Row sums and forces of one measured step.
    fn row_widths(&self) -> [usize; 2] {
        let layers = &self.program.layers;
        let rows = layers.iter().filter_map(|l| l.row_sums).map(|v| v.rows * ROW_VALUES).sum();
        [rows, layers.iter().filter_map(|l| l.forces).map(|v| v.rows * FORCE_VALUES).sum()]
    }

    /// Loss and accuracy on the validation set of every replica; `None` for one that has diverged.
    pub fn evaluate(&mut self) -> Vec<Option<(f64, f64)>> {
        let program = &*self.program;
        let threads = &self.threads;
        let results: Vec<Mutex<Option<(f64, f64)>>> = self.replicas.iter().map(|_| Mutex::new(None)).collect();
        threads.for_each(&mut self.replicas, |place, replica| {
            if replica.diverged.is_none() {
                let found = threads.lend(program, replica, |replica| replica.evaluate(program));
                *results[place].lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
            }
        });
        results.into_iter().map(|found| found.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
    }
}

/// A step that is measured and changes no weights.
const UNTRAINED: StepKind = StepKind { measured: true, closes_window: false, trains: false };

/// What a step without training overwrites and must not change.
struct Aside<T> {
    buffers: Vec<(usize, Aligned<T>)>,
    metrics: Vec<f64>,
    cursor: u64,
}

/// A replica in the middle of a step that is only looked at.
pub struct Sight<'a, T> {
    replica: &'a Replica<T>,
    aside: &'a Aside<T>,
    /// The step's noise on the map's weights, row by row; `None` while there is none, or where it was not asked for.
    pub noise: Option<Vec<T>>,
}

impl<T: Real> Sight<'_, T> {
    /// The elements of a view of this step, row by row.
    #[must_use]
    pub fn read(&self, view: View) -> Vec<T> {
        self.replica.read(view)
    }

    /// The elements of a parameter as training has left it, before the step's noise.
    #[must_use]
    pub fn trained(&self, view: View) -> Vec<T> {
        let kept = self.aside.buffers.iter().find(|(place, _)| *place == view.buffer.0);
        kept.map_or_else(|| self.replica.read(view), |(_, data)| data[view.offset..view.offset + view.len()].to_vec())
    }
}

impl<T: Real> Replica<T> {
    fn advance(&mut self, program: &Program, steps: u64, keep_rows: bool) {
        self.recorded.clear();
        self.recorded_rows.clear();
        self.recorded_forces.clear();
        for _ in 0..steps {
            if self.diverged.is_some() {
                return;
            }
            self.advance_one(program, keep_rows);
        }
    }

    fn advance_one(&mut self, program: &Program, keep_rows: bool) {
        self.keep_course();
        let measured = program.plan.is_measured(self.step);
        let closes_window = measured && program.plan.closes_window(self.step);
        if measured {
            self.window_steps += 1.0;
        }
        self.run(&program.step, StepKind { measured, closes_window, trains: true });
        if !self.metrics[LOSS].is_finite() {
            // The step's number and loss decide, so that measuring less often stops a replica at the same step.
            self.diverged = Some(Divergence { step: self.step, field: self.first_non_finite(program) });
            return;
        }
        if measured {
            self.recorded.push(self.step as f64);
            let is_whole = closes_window && self.window_steps == program.plan.steps_of_window(self.step) as f64;
            self.recorded.push(f64::from(u8::from(is_whole)));
            self.recorded.extend_from_slice(&self.metrics);
            if keep_rows {
                for view in program.layers.iter().filter_map(|l| l.row_sums) {
                    let place = self.place(view.buffer);
                    self.recorded_rows.extend_from_slice(&self.buffers[place][..view.len()]);
                }
                for view in program.layers.iter().filter_map(|l| l.forces) {
                    let place = self.place(view.buffer);
                    self.recorded_forces.extend_from_slice(&self.buffers[place][..view.len()]);
                }
            }
        }
        if closes_window {
            self.window_steps = 0.0;
        }
        self.step += 1;
        self.optimizer_steps += 1;
    }

    /// What was not finite first: the weights of the lowest layer, or the loss alone.
    pub(in crate::backend) fn first_non_finite(&self, program: &Program) -> String {
        // What the step used may be a noisy copy, which is gone; it is not finite where these are not, or the noise is not.
        let broken = |layer: &&MapViews| {
            self.buffers[layer.trained_weights.buffer.0].iter().any(|&w| !Into::<f64>::into(w).is_finite())
        };
        program.layers.iter().find(broken).map_or_else(|| "train_loss".into(), |l| format!("W of layer {}", l.layer))
    }

    /// Says again what was not finite, now that the weights are there.
    pub(in crate::backend) fn name_divergence(&mut self, program: &Program) {
        if let Some(step) = self.diverged.as_ref().map(|diverged| diverged.step) {
            self.diverged = Some(Divergence { step, field: self.first_non_finite(program) });
        }
    }

    /// Marks a replica whose weights are not finite although its last loss was; to be called at the end of a run.
    pub fn check_weights(&mut self, program: &Program) {
        let field = self.first_non_finite(program);
        if self.diverged.is_none() && field != "train_loss" {
            self.diverged = Some(Divergence { step: self.step, field });
        }
    }

    /// Trains `steps` measured steps; mean seconds of every instruction of the step.
    pub fn profile(&mut self, program: &Program, steps: u64) -> Vec<f64> {
        let mut seconds = vec![0.0; program.step.len()];
        let mut working = Working::new(program, None);
        working.swap(self);
        for _ in 0..steps {
            self.keep_course();
            let closes_window = program.plan.closes_window(self.step);
            self.window_steps += 1.0;
            self.run_timed(&program.step, StepKind { measured: true, closes_window, trains: true }, &mut seconds);
            self.window_steps *= f64::from(u8::from(!closes_window));
            self.step += 1;
            self.optimizer_steps += 1;
        }
        working.swap(self);
        seconds.iter_mut().for_each(|s| *s /= steps as f64);
        seconds
    }

    /// Runs the next step without training, calls `f` while all of its matrices lie in the buffers, and takes it back.
    ///
    /// Each matrix has memory of its own for that; [`CpuExecutor::look`] needs no more than a step.
    pub fn peek<R>(&mut self, program: &Program, f: impl FnOnce(&Self) -> R) -> R {
        self.keep_course();
        let aside = self.set_aside(program);
        let mut working = Working::separate(program);
        working.swap(self);
        self.run(&program.step, UNTRAINED);
        let result = f(self);
        working.swap(self);
        self.take_back(aside);
        result
    }

    /// As [`CpuExecutor::look`], in memory that is there already.
    fn look<E>(
        &mut self,
        program: &Program,
        with_noise: bool,
        mut f: impl FnMut(Sight<'_, T>, &MapViews) -> Result<(), E>,
    ) -> Result<(), E> {
        self.keep_course();
        let aside = self.set_aside(program);
        let result = self.run_in_parts(program, |replica, map| {
            let noise = with_noise.then(|| replica.noise_of(program, map)).flatten();
            f(Sight { replica, aside: &aside, noise }, map)
        });
        self.take_back(aside);
        result
    }

    /// As [`CpuExecutor::survey`], in memory that is there already.
    fn survey<E>(
        &mut self,
        program: &Program,
        cursor: u64,
        batches: u64,
        mut f: impl FnMut(&Self, &MapViews) -> Result<(), E>,
    ) -> Result<(), E> {
        self.keep_course();
        let hyper = self.hyper.clone();
        for slot in [Slot::WeightSd, Slot::InputSd, Slot::GradientSd] {
            self.hyper[slot.index()] = 0.0;
        }
        let aside = self.set_aside(program);
        self.inputs.seek(cursor);
        let result = (0..batches).try_for_each(|_| self.run_in_parts(program, |replica, map| f(replica, map)));
        self.take_back(aside);
        self.hyper = hyper;
        result
    }

    /// The present step's noise on a map's weights, drawn once more; `None` while there is none.
    fn noise_of(&mut self, program: &Program, map: &MapViews) -> Option<Vec<T>> {
        let sd = self.value(Slot::WeightSd);
        let parameter =
            program.parameters.iter().find(|one| one.trained == map.trained_weights).filter(|_| sd > 0.0)?;
        let name = format!("weight_noise/{}", parameter.name);
        let stream = program.noise_streams.iter().position(|stream| stream.name == name)?;
        let mut noise = vec![T::ZERO; parameter.trained.len()];
        self.inputs.noise(stream, self.step, sd, 0, &mut noise);
        for factors in parameter.mask.into_iter().chain(parameter.trainable) {
            noise.iter_mut().zip(self.read(factors)).for_each(|(noise, factor)| *noise *= factor);
        }
        Some(noise)
    }

    fn run_in_parts<E>(
        &mut self,
        program: &Program,
        mut f: impl FnMut(&mut Self, &MapViews) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut from = 0;
        for map in &program.layers {
            self.run(&program.step[from..map.ready], UNTRAINED);
            from = map.ready;
            f(self, map)?;
        }
        Ok(())
    }

    /// What the instructions change that run when a step is only looked at.
    fn set_aside(&self, program: &Program) -> Aside<T> {
        let StepKind { measured, closes_window, trains } = UNTRAINED;
        let runs = program.step.iter().filter(|instruction| {
            let off = instruction.unless_zero.is_some_and(|slot| self.value(slot) == 0.0);
            instruction.when.holds(measured, closes_window, trains) && !off
        });
        let mut places: Vec<usize> = runs
            .flat_map(|instruction| {
                let accesses = instruction.op.accesses();
                accesses.writes.into_iter().chain(accesses.updates).map(|view| view.buffer.0)
            })
            .filter(|&place| program.buffers[place].role != Role::Scratch)
            .collect();
        places.sort_unstable();
        places.dedup();
        Aside {
            buffers: places.into_iter().map(|place| (place, self.buffers[place].clone())).collect(),
            metrics: self.metrics.clone(),
            cursor: self.inputs.cursor(),
        }
    }

    fn take_back(&mut self, aside: Aside<T>) {
        for (place, buffer) in aside.buffers {
            self.buffers[place] = buffer;
        }
        self.metrics = aside.metrics;
        self.inputs.seek(aside.cursor);
    }

    fn evaluate(&mut self, program: &Program) -> (f64, f64) {
        let (x, y) = program.evaluation_batch;
        let examples = self.inputs.validation_examples();
        self.evaluation = (0.0, 0.0);
        let mut first = 0;
        while first < examples {
            let (mut inputs, mut targets) = (self.take(x.buffer), self.take(y.buffer));
            let (to_x, to_y) = (&mut inputs[..x.len()], &mut targets[..y.len()]);
            self.evaluation_rows = self.inputs.validation(first, to_x, to_y);
            self.give(x.buffer, inputs);
            self.give(y.buffer, targets);
            if self.evaluation_rows == 0 {
                break;
            }
            self.run(&program.evaluation, StepKind { measured: false, closes_window: false, trains: false });
            first += self.evaluation_rows;
        }
        let count = examples.max(1) as f64;
        (self.evaluation.0 / count, self.evaluation.1 / count)
    }
}
