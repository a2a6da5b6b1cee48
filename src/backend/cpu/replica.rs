//! One network in training: its buffers, hyper-parameters and inputs.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::aligned::Aligned;
use super::matmul::{Shape, packing_space};
use super::real::Real;
use super::tape::TapeSpace;
use super::team::Team;
use crate::backend::StepInputs;
use crate::program::{Course, MemoryPlan, Op, Program, Role, Slot, View};

/// A replica that left the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Divergence {
    /// Step whose value was not finite.
    pub step: u64,
    /// The value.
    pub field: String,
}

/// One network in training.
pub struct Replica<T> {
    /// Its seed.
    pub seed: u64,
    /// By their place in the memory plan: what outlasts a step, and while a step runs the memory that it works in.
    pub(in crate::backend) buffers: Vec<Aligned<T>>,
    pub(super) memory: Arc<MemoryPlan>,
    pub(super) tapes: TapeSpace<T>,
    /// Those of the present step.
    pub(in crate::backend) hyper: Vec<f64>,
    /// Those of them that follow a schedule.
    pub(in crate::backend) courses: Vec<Course>,
    pub(in crate::backend) metrics: Vec<f64>,
    pub(in crate::backend) inputs: Box<dyn StepInputs<T>>,
    /// Of each thread that shares its products.
    pub(super) packed: Vec<Aligned<T>>,
    /// Threads that share its products, while a step runs.
    pub(super) team: Option<Arc<Team>>,
    /// Updates done.
    pub(in crate::backend) step: u64,
    /// Updates done since the optimiser's memory was cleared.
    pub(in crate::backend) optimizer_steps: u64,
    /// Measured steps in the sums of the open window.
    pub(in crate::backend) window_steps: f64,
    pub(in crate::backend) diverged: Option<Divergence>,
    pub(in crate::backend) recorded: Vec<f64>,
    pub(in crate::backend) recorded_rows: Vec<T>,
    pub(in crate::backend) recorded_forces: Vec<T>,
    pub(in crate::backend) evaluation: (f64, f64),
    pub(in crate::backend) evaluation_rows: usize,
}

/// All of a replica that outlasts a step, from which it goes on bit for bit: parameters, memories, counters. Constants
/// follow from program and seed.
#[derive(Clone)]
pub struct ReplicaState<T> {
    /// Its seed.
    pub seed: u64,
    /// Parameters and states, in the program's order.
    buffers: Vec<Aligned<T>>,
    metrics: Vec<f64>,
    counters: Counters,
}

/// What a replica has counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Counters {
    /// Examples drawn so far.
    pub cursor: u64,
    /// Updates done.
    pub step: u64,
    /// Updates done since the optimiser's memory was cleared.
    pub optimizer_steps: u64,
    /// Measured steps in the sums of the open window.
    pub window_steps: f64,
    /// Why it left the run, if it did.
    pub diverged: Option<Divergence>,
}

impl<T: Real> ReplicaState<T> {
    /// From what it is made of: `fill` writes each parameter and state of the program, by its name, in the program's order.
    ///
    /// # Errors
    /// The first of `fill`.
    pub fn from_parts<E>(
        program: &Program,
        seed: u64,
        counters: Counters,
        metrics: Vec<f64>,
        mut fill: impl FnMut(&str, &mut [T]) -> Result<(), E>,
    ) -> Result<Self, E> {
        let lasting = program.buffers.iter().filter(|spec| lasts(spec.role));
        let buffers = lasting.map(|spec| {
            let mut data = Aligned::zeros(spec.rows * spec.columns);
            fill(&spec.name, &mut data).map(|()| data)
        });
        Ok(Self { seed, buffers: buffers.collect::<Result<_, E>>()?, metrics, counters })
    }

    /// Parameters and states of the program that it is a state of: name, rows, columns, values.
    pub fn arrays<'a>(&'a self, program: &'a Program) -> impl Iterator<Item = (&'a str, usize, usize, &'a [T])> {
        let lasting = program.buffers.iter().filter(|spec| lasts(spec.role));
        lasting.zip(&self.buffers).map(|(spec, data)| (spec.name.as_str(), spec.rows, spec.columns, &**data))
    }

    /// What the last measured step has left among the metrics.
    #[must_use]
    pub fn metrics(&self) -> &[f64] {
        &self.metrics
    }

    /// What it has counted.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Heap held, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.buffers.iter().map(|b| b.len() * size_of::<T>()).sum::<usize>() + self.metrics.len() * size_of::<f64>()
    }

    /// Examples drawn so far.
    #[must_use]
    pub fn cursor(&self) -> u64 {
        self.counters.cursor
    }

    /// Whether it had left the run.
    #[must_use]
    pub fn is_diverged(&self) -> bool {
        self.counters.diverged.is_some()
    }
}

fn lasts(role: Role) -> bool {
    matches!(role, Role::Parameter | Role::State)
}

impl<T: Real> Replica<T> {
    /// A replica at the start of its run.
    ///
    /// # Panics
    /// When `hyper` has fewer values than the program has slots.
    #[must_use]
    pub fn new(program: &Program, seed: u64, hyper: Vec<f64>, inputs: Box<dyn StepInputs<T>>) -> Self {
        assert!(hyper.len() >= program.slots, "a value for every slot");
        let mut buffers: Vec<Aligned<T>> = Vec::with_capacity(program.buffers.len() + program.memory.slabs().len());
        for spec in &program.buffers {
            let mut data = Aligned::default();
            if spec.role != Role::Scratch {
                data = Aligned::zeros(spec.rows * spec.columns);
                let mut values = vec![0.0; data.len()];
                spec.initial.fill(seed, spec.columns, &mut values);
                for (to, &from) in data.iter_mut().zip(&values) {
                    *to = T::from_f64(from);
                }
            }
            buffers.push(data);
        }
        buffers.resize_with(buffers.capacity(), Aligned::default);
        Self {
            seed,
            buffers,
            memory: Arc::new(program.memory.clone()),
            tapes: TapeSpace::default(),
            hyper,
            courses: Vec::new(),
            metrics: vec![0.0; program.metrics.count],
            inputs,
            packed: Vec::new(),
            team: None,
            step: 0,
            optimizer_steps: 0,
            window_steps: 0.0,
            diverged: None,
            recorded: Vec::new(),
            recorded_rows: Vec::new(),
            recorded_forces: Vec::new(),
            evaluation: (0.0, 0.0),
            evaluation_rows: 0,
        }
    }

    /// Memory that a replica of a program holds between steps, in bytes, but for its inputs and what it has measured.
    #[must_use]
    pub fn bytes(program: &Program) -> usize {
        let lasting = program.buffers.iter().filter(|spec| spec.role != Role::Scratch);
        let lasting: usize = lasting.map(|spec| bytes_of::<T>(spec.rows * spec.columns)).sum();
        let headers = (program.buffers.len() + program.memory.slabs().len()) * size_of::<Aligned<T>>();
        let numbers = (program.metrics.count + program.slots) * size_of::<f64>();
        lasting + headers + numbers + size_of::<Self>()
    }

    /// The elements of a view, row by row.
    #[must_use]
    pub fn read(&self, view: View) -> Vec<T> {
        let data = &self.buffers[self.place(view.buffer)];
        (0..view.rows)
            .flat_map(|row| {
                let from = view.offset + row * view.row_stride;
                data[from..from + view.columns].iter().copied()
            })
            .collect()
    }

    /// A whole buffer.
    #[must_use]
    pub fn buffer(&self, id: crate::program::BufferId) -> &[T] {
        &self.buffers[self.place(id)]
    }

    /// Examples drawn so far.
    #[must_use]
    pub fn inputs_cursor(&self) -> u64 {
        self.inputs.cursor()
    }

    /// Overwrites a contiguous view.
    ///
    /// # Panics
    /// When `values` is not of the view's length.
    pub fn write(&mut self, view: View, values: &[T]) {
        assert!(view.is_contiguous(), "only contiguous views are written");
        let place = self.place(view.buffer);
        self.buffers[place][view.offset..view.offset + view.len()].copy_from_slice(values);
    }

    /// Its hyper-parameters, by [`crate::program::Slot::index`].
    #[must_use]
    pub fn hyper(&self) -> &[f64] {
        &self.hyper
    }

    /// Sets its hyper-parameters, by [`crate::program::Slot::index`], and those of them that follow a schedule.
    pub fn set_hyper(&mut self, values: &[f64], courses: &[Course]) {
        self.hyper.copy_from_slice(values);
        courses.clone_into(&mut self.courses);
    }

    /// Brings the hyper-parameters that follow a schedule to the present step.
    pub(in crate::backend) fn keep_course(&mut self) {
        for course in &self.courses {
            self.hyper[course.slot.index()] = course.at(self.step);
        }
    }

    /// Whether a hyper-parameter may be other than 0 in some step.
    pub(in crate::backend) fn may_use(&self, slot: Slot) -> bool {
        self.hyper[slot.index()] != 0.0 || self.courses.iter().any(|one| one.slot == slot && one.value != 0.0)
    }

    /// Updates done.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Loss of the batch of the last step.
    #[must_use]
    pub fn train_loss(&self) -> f64 {
        self.metrics[crate::program::measure::LOSS]
    }

    /// Penalty on activity of the last measured step; 0 where there is none.
    #[must_use]
    pub fn penalty(&self) -> f64 {
        self.metrics.get(crate::program::measure::PENALTY).copied().unwrap_or(0.0)
    }

    /// Why it left the run, if it did.
    #[must_use]
    pub fn divergence(&self) -> Option<&Divergence> {
        self.diverged.as_ref()
    }

    /// What a replica of the same program and seed needs to go on from here.
    #[must_use]
    pub fn state(&self, program: &Program) -> ReplicaState<T> {
        let lasting = program.buffers.iter().zip(&self.buffers).filter(|(spec, _)| lasts(spec.role));
        ReplicaState {
            seed: self.seed,
            buffers: lasting.map(|(_, data)| data.clone()).collect(),
            metrics: self.metrics.clone(),
            counters: Counters {
                cursor: self.inputs.cursor(),
                step: self.step,
                optimizer_steps: self.optimizer_steps,
                window_steps: self.window_steps,
                diverged: self.diverged.clone(),
            },
        }
    }

    /// Goes back, or on, to a state of the same program and seed. Hyper-parameters are the caller's to set.
    ///
    /// # Panics
    /// When the state is another program's or seed's.
    pub fn restore(&mut self, program: &Program, state: &ReplicaState<T>) {
        assert_eq!(self.seed, state.seed, "a state of this seed");
        let count = program.buffers.iter().filter(|spec| lasts(spec.role)).count();
        assert_eq!(count, state.buffers.len(), "a state of this program");
        let lasting = program.buffers.iter().zip(&mut self.buffers).filter(|(spec, _)| lasts(spec.role));
        for ((_, to), from) in lasting.zip(&state.buffers) {
            to.copy_from_slice(from);
        }
        self.metrics.copy_from_slice(&state.metrics);
        let Counters { cursor, step, optimizer_steps, window_steps, diverged } = &state.counters;
        self.inputs.seek(*cursor);
        self.step = *step;
        self.optimizer_steps = *optimizer_steps;
        self.window_steps = *window_steps;
        self.diverged.clone_from(diverged);
        self.recorded.clear();
        self.recorded_rows.clear();
        self.recorded_forces.clear();
    }

    /// Takes over what training has made of another program's replica: parameters and states of the same name and
    /// shape, counters. Constants are this program's own.
    ///
    /// Inputs are made anew by the caller, from [`Self::inputs_cursor`].
    pub fn adopt(&mut self, new: &Program, old: &Program, mut from: Self) {
        let (mut all_states, mut all_windows) = (true, true);
        let is_window = |name: &str| name.starts_with("window_");
        for (place, spec) in new.buffers.iter().enumerate() {
            if !lasts(spec.role) {
                continue;
            }
            let source = old.buffers.iter().position(|b| b.name == spec.name);
            match source {
                Some(i) if (old.buffers[i].rows, old.buffers[i].columns) == (spec.rows, spec.columns) => {
                    self.buffers[place] = std::mem::take(&mut from.buffers[i]);
                }
                _ => {
                    all_states &= spec.role != Role::State || !spec.name.starts_with("adam");
                    all_windows &= !is_window(&spec.name);
                }
            }
        }
        self.step = from.step;
        self.optimizer_steps = if all_states { from.optimizer_steps } else { 0 };
        self.window_steps = from.window_steps;
        if !all_windows {
            // Sums of one window are sums over the same steps.
            self.window_steps = 0.0;
            let windows = new.buffers.iter().zip(&mut self.buffers).filter(|(spec, _)| is_window(&spec.name));
            windows.for_each(|(_, sums)| sums.fill(T::ZERO));
        }
        self.diverged = from.diverged;
        self.remove_missing(new);
    }

    /// Connections that this program lacks are gone, with what an optimizer remembers of them.
    fn remove_missing(&mut self, program: &Program) {
        for parameter in &program.parameters {
            let Some(mask) = parameter.mask else { continue };
            let exists = self.buffers[mask.buffer.0].clone();
            let memory = format!("/{}", parameter.name);
            let of_it = program.buffers.iter().zip(&mut self.buffers).filter(|(spec, data)| {
                let is_its = spec.name == parameter.name || spec.name.ends_with(&memory);
                is_its && lasts(spec.role) && data.len() == exists.len()
            });
            for (_, data) in of_it {
                data.iter_mut().zip(exists.iter()).for_each(|(value, &exists)| *value *= exists);
            }
        }
    }
}

/// Memory that a step works in and that no later step reads: a thread's, lent to the replica that it runs.
pub(super) struct Working<T> {
    memory: Arc<MemoryPlan>,
    /// Of buffers that have memory of their own, by their place; then the slabs.
    buffers: Vec<(usize, Aligned<T>)>,
    packed: Vec<Aligned<T>>,
    team: Option<Arc<Team>>,
    tapes: TapeSpace<T>,
}

impl<T: Real> Working<T> {
    /// As the program's plan has it, for a replica whose products are shared by a team.
    pub(super) fn new(program: &Program, team: Option<Arc<Team>>) -> Self {
        Self::of_plan(program, program.memory.clone(), team)
    }

    /// With memory for each buffer, so that all of a step is there after it.
    pub(super) fn separate(program: &Program) -> Self {
        Self::of_plan(program, MemoryPlan::separate(&program.buffers), None)
    }

    fn of_plan(program: &Program, memory: MemoryPlan, team: Option<Arc<Team>>) -> Self {
        let count = program.buffers.len();
        let own = program
            .buffers
            .iter()
            .enumerate()
            .filter(|(place, spec)| spec.role == Role::Scratch && memory.is_own(*place));
        let own = own.map(|(place, spec)| (place, Aligned::zeros(spec.rows * spec.columns)));
        let slabs = memory.slabs().iter().enumerate();
        let buffers = own.chain(slabs.map(|(slab, &elements)| (count + slab, Aligned::zeros(elements)))).collect();
        let threads = team.as_ref().map_or(1, |team| team.threads());
        let packed = (0..threads).map(|_| Aligned::zeros(largest_packing(program))).collect();
        Self { memory: Arc::new(memory), buffers, packed, team, tapes: TapeSpace::default() }
    }

    /// Lends it to a replica, or takes it back.
    pub(super) fn swap(&mut self, replica: &mut Replica<T>) {
        let places = self.buffers.iter().map(|(place, _)| place + 1).max().unwrap_or(0);
        if replica.buffers.len() < places {
            replica.buffers.resize_with(places, Aligned::default);
        }
        for (place, data) in &mut self.buffers {
            std::mem::swap(data, &mut replica.buffers[*place]);
        }
        std::mem::swap(&mut self.memory, &mut replica.memory);
        std::mem::swap(&mut self.packed, &mut replica.packed);
        std::mem::swap(&mut self.team, &mut replica.team);
        std::mem::swap(&mut self.tapes, &mut replica.tapes);
    }
}

/// Memory that a thread works in, in bytes, whichever of a program's replicas it runs; each further thread that shares
/// its products has less than a mebibyte.
#[must_use]
pub fn working_bytes<T>(program: &Program) -> usize {
    let own = (0..program.buffers.len())
        .filter(|&place| program.buffers[place].role == Role::Scratch && program.memory.is_own(place))
        .map(|place| program.buffers[place].rows * program.buffers[place].columns);
    let buffers: usize = own.chain(program.memory.slabs().iter().copied()).map(bytes_of::<T>).sum();
    buffers + bytes_of::<T>(largest_packing(program))
}

/// Bytes of a buffer, which begins at a cache line.
fn bytes_of<T>(elements: usize) -> usize {
    (elements * size_of::<T>()).next_multiple_of(64)
}

fn largest_packing(program: &Program) -> usize {
    let ops = program.step.iter().chain(&program.evaluation);
    ops.filter_map(|instruction| match &instruction.op {
        Op::MatMul { a, transpose_a, out, .. } => {
            let k = if *transpose_a { a.rows } else { a.columns };
            Some(packing_space(Shape { m: out.rows, n: out.columns, k }))
        }
        _ => None,
    })
    .max()
    .unwrap_or(0)
}
