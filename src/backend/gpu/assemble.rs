//! Makes room for replicas on a device: in as few waves as its memory allows.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::arena::Arena;
use super::data::DeviceData;
use super::device::GpuDevice;
use super::error::GpuError;
use super::executor::GpuExecutor;
use super::group::{Group, Plan};
use super::lower::{DataLayout, Dispatch, Lowered, lower, record_rows};
use super::pipelines::Pipelines;
use super::wide::record_numbers;
use crate::backend::cpu::Replica;
use crate::data::DataSet;
use crate::program::{Op, Optimizer, Program, View};

impl GpuExecutor {
    /// Compiles the program and makes room for the replicas, the sums of whose rows are kept for the one at `keep_rows`.
    ///
    /// # Errors
    /// When the device does not have the memory for a single replica, refuses a kernel, or the inputs are not those of
    /// a data set.
    pub fn new(
        gpu: GpuDevice,
        program: Arc<Program>,
        replicas: &[Replica<f32>],
        keep_rows: Option<usize>,
    ) -> Result<Self, GpuError> {
        Self::with_guard(gpu, program, replicas, keep_rows, 0)
    }

    /// As [`Self::new`], with `guard` elements that belong to nothing between any two buffers; for tests.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_guard(
        gpu: GpuDevice,
        program: Arc<Program>,
        replicas: &[Replica<f32>],
        keep_rows: Option<usize>,
        guard: usize,
    ) -> Result<Self, GpuError> {
        let mut arena = Arena::new(&program, guard);
        arena.make_room_for_parts(lower(&program, &arena, &DataLayout::default(), 1).parts);
        let sharing = Sharing::of(&program, replicas)?;
        let data = DeviceData::new(&gpu, &sharing.sets)?;
        let bytes = 4 * arena.elements as u64;
        let binding = gpu.binding_bytes();
        arena.cut(binding);
        let pieces = arena.arrays(1).len() as u32;
        // Kernels count elements in 32 bits.
        if pieces > gpu.most_pieces() || bytes > binding * u64::from(pieces) || arena.elements > u32::MAX as usize {
            let allowed = (binding * u64::from(gpu.most_pieces())).min(4 * u64::from(u32::MAX));
            let (needed, allowed) = (bytes / 1_000_000, allowed / 1_000_000);
            let adapter = gpu.adapter.name.clone();
            return Err(GpuError::TooLarge { what: "the matrices of one network", needed, allowed, adapter });
        }
        let inner = program.step.iter().map(|instruction| match &instruction.op {
            Op::MatMul { batch, .. } => batch.count as u32,
            _ => 1,
        });
        // A replica in pieces has them for itself.
        let most = (binding / bytes).min(u64::from(u32::MAX) / arena.elements as u64) as usize;
        let most = most.clamp(1, (gpu.most_groups() / inner.max().unwrap_or(1)).max(1) as usize);
        let mut waves = replicas.len().div_ceil(most).max(1);
        let (room, layout) = loop {
            let size = replicas.len().div_ceil(waves).max(1);
            let assembly = Assembly { gpu: &gpu, program: &program, arena: &arena, data: &data, sharing: &sharing };
            match assembly.room(replicas, keep_rows, size) {
                // Not even the first wave fits: smaller ones may.
                Err(GpuError::OutOfMemory { .. }) if size > 1 => waves = replicas.len().div_ceil(size.div_ceil(2)),
                outcome => break outcome?,
            }
        };
        let betas = program.step.iter().find_map(|instruction| match &instruction.op {
            Op::Update { optimizer: Optimizer::Adam { beta1, beta2, .. }, .. } => Some((*beta1, *beta2)),
            _ => None,
        });
        let Layout { lowered, rows, record_width, group_size, pipelines } = layout;
        let Sharing { leaders, orders, .. } = sharing;
        let executor = Self {
            gpu,
            program,
            arena,
            lowered,
            pipelines,
            takes_turns: room.groups.len() < room.waves.len(),
            groups: room.groups,
            waves: room.waves,
            leaders,
            orders,
            rows,
            kept: keep_rows,
            record_width,
            groups_at_most: group_size,
            betas,
        };
        executor.upload(replicas)?;
        Ok(executor)
    }
}

/// What replicas have in common: data sets, and orders of examples.
struct Sharing {
    sets: Vec<Arc<DataSet>>,
    /// The data set of each replica.
    places: Vec<usize>,
    /// Replicas whose example indices stand for an order; and the order of each replica.
    leaders: Vec<usize>,
    orders: Vec<usize>,
    /// Whether examples are drawn at all.
    draws: bool,
}

impl Sharing {
    fn of(program: &Program, replicas: &[Replica<f32>]) -> Result<Self, GpuError> {
        let draws = program.step.iter().any(|instruction| matches!(instruction.op, Op::FillBatch { .. }));
        let mut sets: Vec<Arc<DataSet>> = Vec::new();
        let mut known = HashMap::new();
        let mut places = vec![0; replicas.len()];
        for (place, replica) in places.iter_mut().zip(replicas).filter(|_| draws) {
            let set = replica.inputs.data().ok_or(GpuError::Inputs)?;
            *place = *known.entry(Arc::as_ptr(set)).or_insert_with(|| {
                sets.push(Arc::clone(set));
                sets.len() - 1
            });
        }
        let mut leaders: Vec<usize> = Vec::new();
        let mut known = HashMap::new();
        let order = |(place, replica): (usize, &Replica<f32>)| {
            *known.entry(replica.seed).or_insert_with(|| {
                leaders.push(place);
                leaders.len() - 1
            })
        };
        let orders = replicas.iter().enumerate().map(order).collect();
        Ok(Self { sets, places, leaders, orders, draws })
    }
}

/// Replicas that are trained one wave after another.
pub(super) struct Wave {
    /// Places of its replicas.
    pub(super) places: Range<usize>,
    /// What its kernels look up: data sets, orders and keys of its replicas.
    pub(super) words: Vec<u32>,
}

/// Arrays on the device: one a wave, or a single one that the waves use by turns.
struct Room {
    groups: Vec<Group>,
    waves: Vec<Wave>,
}

/// What depends on the size of a wave.
struct Layout {
    lowered: Lowered,
    rows: Vec<Dispatch>,
    record_width: usize,
    group_size: usize,
    pipelines: Pipelines,
}

struct Assembly<'a> {
    gpu: &'a GpuDevice,
    program: &'a Program,
    arena: &'a Arena,
    data: &'a DeviceData,
    sharing: &'a Sharing,
}

impl Assembly<'_> {
    /// Refuses a kernel with more workgroups than two axes hold, or more inner products than one.
    fn check_groups(&self, lowered: &Lowered) -> Result<(), GpuError> {
        let most = u64::from(self.gpu.most_groups());
        let all = lowered.step.iter().chain(&lowered.evaluation).flat_map(|one| &one.dispatches);
        let beyond =
            |dispatch: &&Dispatch| u64::from(dispatch.groups) > most * most || u64::from(dispatch.inner) > most;
        match all.chain(&lowered.record).find(beyond) {
            None => Ok(()),
            Some(dispatch) => Err(GpuError::Workgroups {
                adapter: self.gpu.adapter.name.clone(),
                kernel: lowered.kernels[dispatch.kernel].name(),
                needed: u64::from(dispatch.groups) * u64::from(dispatch.inner),
                allowed: self.gpu.most_groups(),
            }),
        }
    }

    /// Room for waves of `size` replicas.
    fn room(
        &self,
        replicas: &[Replica<f32>],
        keep_rows: Option<usize>,
        size: usize,
    ) -> Result<(Room, Layout), GpuError> {
        let &Self { gpu, program, arena, data, sharing } = self;
        let streams = program.noise_streams.len();
        let mut places = data.layout;
        places.places = 0;
        places.orders = size as u32;
        places.keys = [2 * size as u32, 4 * size as u32];
        let mut lowered = lower(program, arena, &places, size as u32);
        let metrics = size * record_numbers(program.metrics.count);
        let rows = match keep_rows {
            Some(place) => record_rows(program, arena, &mut lowered, (place % size) as u32, metrics as u32),
            None => Vec::new(),
        };
        self.check_groups(&lowered)?;
        let width = |view: Option<View>| view.map_or(0, View::len);
        let row_numbers: usize = program.layers.iter().map(|l| width(l.row_sums) + width(l.forces)).sum();
        let record_width = metrics + if keep_rows.is_some() { row_numbers } else { 0 };
        let pipelines = Pipelines::new(gpu, &lowered.kernels, arena.sizes())?;
        let mut waves = Vec::new();
        for first in (0..replicas.len()).step_by(size) {
            let range = first..(first + size).min(replicas.len());
            let mut words = vec![0; 2 * size + 4 * streams * size];
            for (i, place) in range.clone().enumerate() {
                words[i] = sharing.places[place] as u32;
                words[size + i] = sharing.orders[place] as u32;
                for stream in 0..streams {
                    let at = 2 * size + 4 * (stream * size + i);
                    words[at..at + 4].copy_from_slice(&replicas[place].inputs.stream_key(stream));
                }
            }
            waves.push(Wave { places: range, words });
        }
        let mut groups: Vec<Group> = Vec::new();
        for wave in &waves {
            let plan = Plan {
                arena,
                lowered: &lowered,
                data,
                words: &wave.words,
                orders: if sharing.draws { sharing.leaders.len() } else { 0 },
                batch: program.batch_size,
                record: record_width,
                bytes_in_use: groups.iter().map(Group::bytes).sum(),
            };
            match Group::new(gpu, &pipelines, &plan, wave.places.clone()) {
                Ok(group) => groups.push(group),
                // The first one's array is there for all of them; memory of the others comes back when it is asked for.
                Err(GpuError::OutOfMemory { .. }) if !groups.is_empty() => {
                    groups.truncate(1);
                    gpu.wait()?;
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok((Room { groups, waves }, Layout { lowered, rows, record_width, group_size: size, pipelines }))
    }
}
