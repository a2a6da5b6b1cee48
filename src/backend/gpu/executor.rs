//! Trains the replicas of a CPU executor on a device, and keeps both in step.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::arena::Arena;
use super::assemble::Wave;
use super::device::GpuDevice;
use super::error::GpuError;
use super::group::{Group, Pass};
use super::lower::{Dispatch, Lowered, LoweredInstruction};
use super::params::StepValues;
use super::pipelines::Pipelines;
use super::wide::{read_record, record_numbers, split};
use crate::backend::cpu::{Divergence, Replica};
use crate::program::measure::LOSS;
use crate::program::{Program, Role, View, When};

/// A submission takes about this long: drivers reset a device that does not answer for seconds, and a slider acts at the
/// next one.
const SUBMISSION: Duration = Duration::from_millis(8);

/// Bytes that are read back at once.
const READ_BYTES: usize = 64 << 20;

/// Replicas of one program on a device. The host's replicas stay the owners: their parameters and states are copied to
/// the device, trained there, and copied back when they are asked for.
pub struct GpuExecutor {
    pub(super) gpu: GpuDevice,
    pub(super) program: Arc<Program>,
    pub(super) arena: Arena,
    pub(super) lowered: Lowered,
    pub(super) pipelines: Pipelines,
    /// One a wave, or a single one that the waves use by turns.
    pub(super) groups: Vec<Group>,
    pub(super) waves: Vec<Wave>,
    pub(super) takes_turns: bool,
    /// Replicas, by place, whose example indices stand for an order; and the order of each replica.
    pub(super) leaders: Vec<usize>,
    pub(super) orders: Vec<usize>,
    pub(super) rows: Vec<Dispatch>,
    pub(super) kept: Option<usize>,
    pub(super) record_width: usize,
    /// Replicas of the largest group.
    pub(super) groups_at_most: usize,
    pub(super) betas: Option<(f64, f64)>,
}

/// Where a run of steps has come to.
#[derive(Clone, Copy)]
struct Progress {
    step: u64,
    optimizer_steps: u64,
    window_steps: f64,
}

impl GpuExecutor {
    /// Gives the device back.
    #[must_use]
    pub fn into_device(self) -> GpuDevice {
        self.gpu
    }

    /// The device.
    #[must_use]
    pub fn device(&self) -> &GpuDevice {
        &self.gpu
    }

    /// Waves that the replicas are trained in one after another, as they do not fit into one piece of memory.
    #[must_use]
    pub fn waves(&self) -> usize {
        self.waves.len()
    }

    /// Whether the waves are moved in and out of the device's memory, which does not hold all of them.
    #[must_use]
    pub fn takes_turns(&self) -> bool {
        self.takes_turns
    }

    /// Copies parameters, states, constants and hyper-parameters of the replicas to the device. Waves that take turns are
    /// copied when it is theirs.
    ///
    /// # Errors
    /// When the device is lost.
    pub fn upload(&self, replicas: &[Replica<f32>]) -> Result<(), GpuError> {
        if !self.takes_turns() {
            self.groups.iter().for_each(|group| self.upload_group(group, replicas));
            // Copies take effect with the next submission; what waits in memory until then is given back.
            self.gpu.queue.submit([]);
        }
        self.gpu.check()
    }

    fn upload_group(&self, group: &Group, replicas: &[Replica<f32>]) {
        let own = &replicas[group.places.clone()];
        for (i, replica) in own.iter().enumerate() {
            // What lies between buffers is left as it is.
            for (place, spec) in self.program.buffers.iter().enumerate() {
                if spec.role != Role::Scratch {
                    let first = i * self.arena.elements + self.arena.offset(place);
                    group.write_arena(&self.gpu, first, &replica.buffers[place]);
                }
            }
        }
        let width = self.arena.metrics as usize;
        let mut metrics = vec![0.0; own.len() * width];
        for (row, replica) in metrics.chunks_exact_mut(width).zip(own) {
            let exponents = self.arena.exponents as usize;
            for (place, &metric) in replica.metrics.iter().enumerate() {
                [row[place], row[exponents + place]] = split(metric);
            }
        }
        group.write_metrics(&self.gpu, &metrics);
        self.upload_hyper_of(group, replicas);
    }

    /// Gives the only array to a wave, whose replicas are copied in.
    pub(super) fn seat(&self, group: &mut Group, wave: &Wave, replicas: &[Replica<f32>]) -> Result<(), GpuError> {
        group.places = wave.places.clone();
        group.write_words(&self.gpu, &wave.words);
        self.upload_group(group, replicas);
        self.gpu.queue.submit([]);
        self.gpu.check()
    }

    /// Copies hyper-parameters only.
    pub fn upload_hyper(&self, replicas: &[Replica<f32>]) {
        if !self.takes_turns() {
            self.groups.iter().for_each(|group| self.upload_hyper_of(group, replicas));
        }
    }

    fn upload_hyper_of(&self, group: &Group, replicas: &[Replica<f32>]) {
        let own = &replicas[group.places.clone()];
        let values: Vec<f32> = own.iter().flat_map(|replica| replica.hyper().iter().map(|&v| v as f32)).collect();
        group.write_hyper(&self.gpu, &values);
    }

    /// Copies parameters and states of the device to the replicas. Those of waves that take turns are there already.
    ///
    /// # Errors
    /// When the device is lost.
    pub fn download(&self, replicas: &mut [Replica<f32>]) -> Result<(), GpuError> {
        if self.takes_turns() {
            return self.gpu.check();
        }
        self.groups.iter().try_for_each(|group| self.download_group(group, replicas))
    }

    fn download_group(&self, group: &Group, replicas: &mut [Replica<f32>]) -> Result<(), GpuError> {
        let (elements, lasting) = (self.arena.elements, self.arena.lasting);
        let at_once = (READ_BYTES / (4 * lasting.max(1))).max(1);
        let own = &mut replicas[group.places.clone()];
        for (chunk, part) in own.chunks_mut(at_once).enumerate() {
            let first = chunk * at_once;
            let pieces: Vec<Range<usize>> =
                (first..first + part.len()).map(|i| i * elements..i * elements + lasting).collect();
            let values = self.read(group, &pieces)?;
            for (replica, values) in part.iter_mut().zip(values.chunks_exact(lasting.max(1))) {
                for (place, spec) in self.program.buffers.iter().enumerate() {
                    if matches!(spec.role, Role::Parameter | Role::State) {
                        let from = self.arena.offset(place);
                        let buffer = &mut replica.buffers[place];
                        let count = buffer.len();
                        buffer.copy_from_slice(&values[from..from + count]);
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) fn read(&self, group: &Group, pieces: &[Range<usize>]) -> Result<Vec<f32>, GpuError> {
        group.read_arena(&self.gpu, pieces)
    }

    /// Trains every replica that has not diverged for `steps` steps, and leaves their measurements with the replicas as
    /// the CPU would. Parameters and states stay on the device.
    ///
    /// # Errors
    /// When the device is lost; the replicas' steps are as they were then. What they have recorded, and the buffers of
    /// waves that take turns, may be later.
    pub fn advance(&mut self, replicas: &mut [Replica<f32>], steps: u64) -> Result<(), GpuError> {
        let Some(first) = replicas.iter().find(|replica| replica.diverged.is_none()) else { return Ok(()) };
        let begin =
            Progress { step: first.step, optimizer_steps: first.optimizer_steps, window_steps: first.window_steps };
        for replica in replicas.iter_mut() {
            replica.recorded.clear();
            replica.recorded_rows.clear();
            replica.recorded_forces.clear();
        }
        let active = self.active(replicas);
        let cursors: Vec<u64> = self.leaders.iter().map(|&leader| replicas[leader].inputs.cursor()).collect();
        let mut end = begin;
        let mut ended = cursors.clone();
        let takes_turns = self.takes_turns;
        let mut groups = std::mem::take(&mut self.groups);
        let mut outcome = Ok(());
        for (place, wave) in self.waves.iter().enumerate() {
            // Every wave draws the same examples.
            for (&leader, &cursor) in self.leaders.iter().zip(&cursors) {
                replicas[leader].inputs.seek(cursor);
            }
            let group = &mut groups[if takes_turns { 0 } else { place }];
            outcome = (|| {
                if takes_turns {
                    self.seat(group, wave, replicas)?;
                }
                end = self.advance_group(group, replicas, begin, steps, &active)?;
                if takes_turns { self.download_group(group, replicas) } else { Ok(()) }
            })();
            if outcome.is_err() {
                break;
            }
            ended = self.leaders.iter().map(|&leader| replicas[leader].inputs.cursor()).collect();
        }
        self.groups = groups;
        if let Err(error) = outcome {
            for (&leader, &cursor) in self.leaders.iter().zip(&cursors) {
                replicas[leader].inputs.seek(cursor);
            }
            return Err(error);
        }
        for (replica, &order) in replicas.iter_mut().zip(&self.orders) {
            replica.inputs.seek(ended[order]);
            if replica.diverged.is_none() {
                replica.step = end.step;
                replica.optimizer_steps = end.optimizer_steps;
                replica.window_steps = end.window_steps;
            }
        }
        Ok(())
    }

    /// Which instructions do something for any replica.
    fn active(&self, replicas: &[Replica<f32>]) -> Vec<bool> {
        let is_active = |instruction: &LoweredInstruction| {
            instruction.unless_zero.is_none_or(|slot| replicas.iter().any(|replica| replica.may_use(slot)))
        };
        self.lowered.step.iter().map(is_active).collect()
    }

    fn advance_group(
        &self,
        group: &mut Group,
        replicas: &mut [Replica<f32>],
        begin: Progress,
        steps: u64,
        active: &[bool],
    ) -> Result<Progress, GpuError> {
        let mut submitted = begin;
        let mut collected = begin;
        let end = begin.step + steps;
        let mut since = Instant::now();
        while collected.step < end {
            while submitted.step < end && !group.is_full() {
                let left = (end - submitted.step).min(group.capacity as u64) as usize;
                submitted = self.submit(group, replicas, submitted, group.pace.clamp(1, left), active);
            }
            let places = group.places.clone();
            let read = group.collect(&self.gpu, |count, records| {
                for record in records.chunks_exact(self.record_width) {
                    collected = self.take_record(&places, replicas, collected, record);
                }
                count
            });
            let count = read?.unwrap_or(0);
            // The rate at which submissions come back is that of the device, as long as one is always waiting.
            let seconds = since.elapsed().as_secs_f64() / count.max(1) as f64;
            since = Instant::now();
            let pace = (SUBMISSION.as_secs_f64() / seconds.max(1e-7)) as usize;
            group.pace = pace.clamp(1, (2 * group.pace).min(group.capacity));
        }
        Ok(submitted)
    }

    fn kind(&self, now: Progress) -> Kind {
        let measured = self.program.plan.is_measured(now.step);
        Kind { measured, closes_window: measured && self.program.plan.closes_window(now.step) }
    }

    fn after(&self, now: Progress, kind: Kind) -> Progress {
        let window_steps = match kind {
            Kind { closes_window: true, .. } => 0.0,
            Kind { measured: true, .. } => now.window_steps + 1.0,
            Kind { .. } => now.window_steps,
        };
        Progress { step: now.step + 1, optimizer_steps: now.optimizer_steps + 1, window_steps }
    }

    fn submit(
        &self,
        group: &mut Group,
        replicas: &mut [Replica<f32>],
        begin: Progress,
        steps: usize,
        active: &[bool],
    ) -> Progress {
        let batch = self.program.batch_size;
        let mut now = begin;
        let (mut values, mut kinds) = (Vec::with_capacity(steps), Vec::with_capacity(steps));
        let mut indices = vec![0; steps * group.indices_per_step];
        for i in 0..steps {
            if group.indices_per_step > 0 {
                let own = &mut indices[i * group.indices_per_step..(i + 1) * group.indices_per_step];
                for (&leader, indices) in self.leaders.iter().zip(own.chunks_exact_mut(batch)) {
                    replicas[leader].inputs.indices(indices);
                }
            }
            let kind = self.kind(now);
            let t = now.optimizer_steps as i32 + 1;
            let corrections = self.betas.map_or([1.0; 2], |(b1, b2)| [b1, b2].map(|b| (1.0 - b.powi(t)) as f32));
            values.push(StepValues {
                step: [now.step as u32, (now.step >> 32) as u32],
                indices: group.indices_of(i),
                record: group.record_of(i),
                corrections,
                window_steps: (now.window_steps + f64::from(u8::from(kind.measured))) as f32,
                first_example: 0,
                used_examples: 0,
                pad: [0; 3],
            });
            kinds.push(kind);
            now = self.after(now, kind);
        }
        group.write_steps(&self.gpu, &values, &indices);
        let courses = on_course(&replicas[group.places.clone()], begin.step, steps);
        let keeps_rows = self.kept.is_some_and(|place| group.places.contains(&place));
        let encode = |pass: &mut Pass<'_>, i: usize| {
            pass.begin_step(i);
            let kind = kinds[i];
            for (instruction, active) in self.lowered.step.iter().zip(active) {
                if *active && kind.wants(instruction.when) {
                    instruction.dispatches.iter().for_each(|dispatch| pass.dispatch(dispatch));
                }
            }
            self.lowered.record.iter().for_each(|dispatch| pass.dispatch(dispatch));
            if keeps_rows && kind.measured {
                self.rows.iter().for_each(|dispatch| pass.dispatch(dispatch));
            }
        };
        group.submit(&self.gpu, steps, encode, &courses, &self.pipelines);
        now
    }

    /// Takes up the record of one step.
    fn take_record(
        &self,
        places: &Range<usize>,
        replicas: &mut [Replica<f32>],
        now: Progress,
        record: &[f32],
    ) -> Progress {
        let kind = self.kind(now);
        let numbers = record_numbers(self.program.metrics.count);
        for (place, metrics) in places.clone().zip(record.chunks_exact(numbers)) {
            let replica = &mut replicas[place];
            if replica.diverged.is_some() {
                continue;
            }
            read_record(metrics, &mut replica.metrics);
            if !replica.metrics[LOSS].is_finite() {
                replica.diverged = Some(Divergence { step: now.step, field: "train_loss".into() });
                continue;
            }
            if kind.measured {
                replica.recorded.push(now.step as f64);
                let plan = self.program.plan;
                let is_whole = kind.closes_window && now.window_steps + 1.0 == plan.steps_of_window(now.step) as f64;
                replica.recorded.push(f64::from(u8::from(is_whole)));
                replica.recorded.extend_from_slice(&replica.metrics);
                if self.kept == Some(place) {
                    let layers = &self.program.layers;
                    let sums: usize = layers.iter().filter_map(|l| l.row_sums).map(View::len).sum();
                    let (sums, forces) = record[self.metric_numbers()..].split_at(sums);
                    replica.recorded_rows.extend_from_slice(sums);
                    replica.recorded_forces.extend_from_slice(forces);
                }
            }
        }
        self.after(now, kind)
    }

    /// Numbers of a record before those of rows.
    fn metric_numbers(&self) -> usize {
        let largest = self.groups_at_most;
        largest * record_numbers(self.program.metrics.count)
    }
}

/// The hyper-parameters of the replicas of a group at each of some steps; empty where none of them follows a schedule.
fn on_course(replicas: &[Replica<f32>], first: u64, steps: usize) -> Vec<f32> {
    let mut values = Vec::new();
    if replicas.iter().all(|replica| replica.courses.is_empty()) {
        return values;
    }
    for step in (first..).take(steps) {
        for replica in replicas {
            let from = values.len();
            values.extend(replica.hyper().iter().map(|&value| value as f32));
            for course in &replica.courses {
                values[from + course.slot.index()] = course.at(step) as f32;
            }
        }
    }
    values
}

/// What kind of step it is.
#[derive(Clone, Copy)]
struct Kind {
    measured: bool,
    closes_window: bool,
}

impl Kind {
    fn wants(self, when: When) -> bool {
        match when {
            When::Always | When::Training => true,
            When::Measured | When::TrainingMeasured => self.measured,
            When::Unmeasured | When::TrainingUnmeasured => !self.measured,
            When::WindowEnd => self.closes_window,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::StepInputs;
    use crate::program::{Course, Slot};

    struct Nothing;

    impl StepInputs<f32> for Nothing {
        fn batch(&mut self, _step: u64, _inputs: &mut [f32], _targets: &mut [f32]) {}
        fn cursor(&self) -> u64 {
            0
        }
        fn seek(&mut self, _cursor: u64) {}
        fn noise(&self, _stream: usize, _step: u64, _sd: f64, _first: usize, _out: &mut [f32]) {}
        fn mask(&self, _stream: usize, _step: u64, _rate: f64, _first: usize, _out: &mut [f32]) {}
        fn validation(&mut self, _first: usize, _inputs: &mut [f32], _targets: &mut [f32]) -> usize {
            0
        }
        fn validation_examples(&self) -> usize {
            0
        }
    }

    /// Of a submission, which on a slow device is a single step.
    #[test]
    fn each_step_and_replica_has_its_own_values() {
        let program = Program::bare(Vec::new(), Vec::new(), 1);
        let replica = |schedule: Option<&str>| {
            let mut values = vec![0.0; program.slots];
            values[Slot::LearningRate.index()] = 8.0;
            let mut replica = Replica::new(&program, 0, values.clone(), Box::new(Nothing));
            let schedule = schedule.map(|text| text.parse().expect("of that form"));
            let course =
                schedule.map(|schedule| Course { slot: Slot::LearningRate, value: 8.0, schedule, run_steps: 9 });
            replica.set_hyper(&values, course.as_slice());
            replica
        };
        let rates = |schedules: [Option<&str>; 2]| {
            let all = on_course(&schedules.map(replica), 1, 3);
            let rate = |own: &[f32]| own[Slot::LearningRate.index()];
            all.chunks_exact(program.slots).map(rate).collect::<Vec<_>>()
        };
        assert_eq!(rates([Some("steps 0.5 every 1"), None]), [4.0, 8.0, 2.0, 8.0, 1.0, 8.0]);
        assert_eq!(rates([None, Some("steps 0.5 every 2")]), [8.0, 8.0, 8.0, 4.0, 8.0, 4.0]);
        assert!(rates([None, None]).is_empty());
    }
}
