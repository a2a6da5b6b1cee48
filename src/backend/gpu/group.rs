//! Replicas that lie in one array on the device, and how their steps are submitted.

use std::collections::VecDeque;
use std::ops::Range;

use bytemuck::bytes_of;
use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindingResource, Buffer, BufferBinding, BufferDescriptor,
    BufferUsages, CommandEncoder, ComputePass, ErrorFilter, MapMode, SubmissionIndex,
};

use super::arena::Arena;
use super::data::DeviceData;
use super::device::GpuDevice;
use super::error::GpuError;
use super::lower::{Dispatch, Lowered, PARAMS_STRIDE};
use super::params::StepValues;
use super::pipelines::Pipelines;

/// Submissions under way at once: one that is computed, one that waits, one that is read.
const STAGES: usize = 3;

/// Most steps of a submission.
pub(super) const MOST_STEPS: usize = 128;

/// Bytes of a record buffer at most.
const RECORD_BYTES: usize = 32 << 20;

/// Replicas in one array.
pub(super) struct Group {
    /// Places of the replicas in the ensemble.
    pub(super) places: Range<usize>,
    /// Memory of its large arrays.
    bytes: u64,
    /// One for all replicas, or the pieces of a single one, all but the last of `piece` elements.
    arena: Vec<Buffer>,
    piece: usize,
    hyper: Buffer,
    metrics: Buffer,
    words: Buffer,
    steps: Buffer,
    records: Buffer,
    staging: Vec<Buffer>,
    bound: [BindGroup; 3],
    /// First word of the example indices.
    first_index: usize,
    /// Words of a step's example indices.
    pub(super) indices_per_step: usize,
    /// Numbers of a step's record.
    record: usize,
    /// Most steps of a submission.
    pub(super) capacity: usize,
    /// Steps of the next submission.
    pub(super) pace: usize,
    under_way: VecDeque<UnderWay>,
    next_stage: usize,
}

struct UnderWay {
    stage: usize,
    steps: usize,
    index: SubmissionIndex,
}

/// What a group is made for.
pub(super) struct Plan<'a> {
    pub(super) arena: &'a Arena,
    pub(super) lowered: &'a Lowered,
    pub(super) data: &'a DeviceData,
    /// Words that do not change: places, keys.
    pub(super) words: &'a [u32],
    /// Example orders, and examples of each a step.
    pub(super) orders: usize,
    pub(super) batch: usize,
    /// Numbers of a step's record.
    pub(super) record: usize,
    /// What other groups take of the device's memory.
    pub(super) bytes_in_use: u64,
}

impl Group {
    /// Makes room for the replicas at `places`.
    pub(super) fn new(
        gpu: &GpuDevice,
        pipelines: &Pipelines,
        plan: &Plan<'_>,
        places: Range<usize>,
    ) -> Result<Self, GpuError> {
        let replicas = places.len();
        let sizes = plan.arena.sizes();
        let record = plan.record.max(1);
        let capacity = (RECORD_BYTES / (4 * record)).clamp(1, MOST_STEPS);
        let indices_per_step = plan.orders * plan.batch;
        let make = |label, words: usize, usage| {
            gpu.device.create_buffer(&BufferDescriptor {
                label: Some(label),
                size: (4 * words).max(16) as u64,
                usage,
                mapped_at_creation: false,
            })
        };
        let bytes = 4 * (replicas * plan.arena.elements + (1 + STAGES) * capacity * record) as u64;
        gpu.has_room(plan.bytes_in_use + bytes)?;
        let storage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
        let read_back = BufferUsages::COPY_DST | BufferUsages::MAP_READ;
        let stride = PARAMS_STRIDE / 4;
        let made = gpu.scoped(ErrorFilter::OutOfMemory, || {
            let arena = plan.arena.arrays(replicas).into_iter();
            let arena: Vec<_> = arena.map(|words| make("arena", words, storage | BufferUsages::COPY_SRC)).collect();
            let hyper = make("hyper-parameters", replicas * sizes.hypers as usize, storage);
            let metrics = make("metrics", replicas * sizes.metrics as usize, storage | BufferUsages::COPY_SRC);
            let words = make("words", plan.words.len() + capacity * indices_per_step, storage);
            let steps = make("steps", capacity * stride, BufferUsages::UNIFORM | storage);
            let params = make("parameters", plan.lowered.params.len() / 4, BufferUsages::UNIFORM | storage);
            let records = make("records", capacity * record, storage | BufferUsages::COPY_SRC);
            let staging = (0..STAGES).map(|_| make("staging", capacity * record, read_back)).collect::<Vec<_>>();
            (arena, hyper, metrics, words, steps, params, records, staging)
        });
        let (arena, hyper, metrics, words, steps, params, records, staging) =
            made.map_err(|message| GpuError::OutOfMemory { adapter: gpu.adapter.name.clone(), message })?;
        gpu.queue.write_buffer(&words, 0, bytemuck::cast_slice(plan.words));
        gpu.queue.write_buffer(&params, 0, &plan.lowered.params);
        let whole = |buffer| BindingResource::Buffer(BufferBinding { buffer, offset: 0, size: None });
        let part = |buffer| {
            let size = std::num::NonZeroU64::new(PARAMS_STRIDE as u64);
            BindingResource::Buffer(BufferBinding { buffer, offset: 0, size })
        };
        let pieces = arena[1..].iter().map(whole);
        let resources = [
            [whole(&arena[0]), whole(&hyper), whole(&metrics), whole(&words), part(&steps)]
                .into_iter()
                .chain(pieces)
                .collect(),
            vec![part(&params)],
            vec![whole(&plan.data.inputs[0]), whole(&plan.data.inputs[1]), whole(&plan.data.targets), whole(&records)],
        ];
        let mut layouts = pipelines.layouts.iter();
        let bound = resources.map(|resources| {
            let entries: Vec<_> = resources
                .into_iter()
                .enumerate()
                .map(|(binding, resource)| BindGroupEntry { binding: binding as u32, resource })
                .collect();
            let layout = layouts.next().expect("there are as many layouts as lists of resources");
            gpu.device.create_bind_group(&BindGroupDescriptor { label: None, layout, entries: &entries })
        });
        Ok(Self {
            places,
            bytes,
            arena,
            piece: plan.arena.piece().unwrap_or(usize::MAX),
            hyper,
            metrics,
            words,
            steps,
            records,
            staging,
            bound,
            first_index: plan.words.len(),
            indices_per_step,
            record,
            capacity,
            pace: 1,
            under_way: VecDeque::new(),
            next_stage: 0,
        })
    }

    /// Memory of its large arrays.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn write_words(&self, gpu: &GpuDevice, words: &[u32]) {
        gpu.queue.write_buffer(&self.words, 0, bytemuck::cast_slice(words));
    }

    /// Where the example indices of the `i`-th step of a submission begin, in words.
    pub(super) fn indices_of(&self, i: usize) -> u32 {
        (self.first_index + i * self.indices_per_step) as u32
    }

    /// Where the record of the `i`-th step of a submission begins.
    pub(super) fn record_of(&self, i: usize) -> u32 {
        (i * self.record) as u32
    }

    pub(super) fn write_hyper(&self, gpu: &GpuDevice, values: &[f32]) {
        gpu.queue.write_buffer(&self.hyper, 0, bytemuck::cast_slice(values));
    }

    pub(super) fn write_metrics(&self, gpu: &GpuDevice, values: &[f32]) {
        gpu.queue.write_buffer(&self.metrics, 0, bytemuck::cast_slice(values));
    }

    pub(super) fn write_metric(&self, gpu: &GpuDevice, first: usize, values: &[f32]) {
        gpu.queue.write_buffer(&self.metrics, 4 * first as u64, bytemuck::cast_slice(values));
    }

    pub(super) fn write_arena(&self, gpu: &GpuDevice, first: usize, values: &[f32]) {
        for (array, range, from) in self.cut(first..first + values.len()) {
            let values = &values[from..from + range.len()];
            gpu.queue.write_buffer(array, 4 * range.start as u64, bytemuck::cast_slice(values));
        }
    }

    pub(super) fn write_steps(&self, gpu: &GpuDevice, values: &[StepValues], indices: &[u32]) {
        let mut bytes = vec![0; values.len() * PARAMS_STRIDE];
        for (place, value) in bytes.chunks_exact_mut(PARAMS_STRIDE).zip(values) {
            place[..size_of::<StepValues>()].copy_from_slice(bytes_of(value));
        }
        gpu.queue.write_buffer(&self.steps, 0, &bytes);
        if !indices.is_empty() {
            gpu.queue.write_buffer(&self.words, 4 * self.first_index as u64, bytemuck::cast_slice(indices));
        }
    }

    /// Whether all stages are in use, so that the oldest has to be read before more is submitted.
    pub(super) fn is_full(&self) -> bool {
        self.under_way.len() == self.staging.len()
    }

    /// Submits steps whose values were written; `encode` fills the pass of the `i`-th. `hyper` has the hyper-parameters of
    /// each step, where they differ.
    pub(super) fn submit(
        &mut self,
        gpu: &GpuDevice,
        steps: usize,
        encode: impl Fn(&mut Pass<'_>, usize),
        hyper: &[f32],
        pipelines: &Pipelines,
    ) {
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        if hyper.is_empty() {
            self.pass(&mut encoder, pipelines, |pass| (0..steps).for_each(|i| encode(pass, i)));
        } else {
            // Buffers that a pass reads change between passes only.
            let bytes = bytemuck::cast_slice(hyper);
            let each = (bytes.len() / steps) as u64;
            let all = gpu.device.create_buffer(&BufferDescriptor {
                label: Some("hyper-parameters by step"),
                size: bytes.len() as u64,
                usage: BufferUsages::COPY_DST | BufferUsages::COPY_SRC,
                mapped_at_creation: false,
            });
            gpu.queue.write_buffer(&all, 0, bytes);
            for i in 0..steps {
                encoder.copy_buffer_to_buffer(&all, i as u64 * each, &self.hyper, 0, each);
                self.pass(&mut encoder, pipelines, |pass| encode(pass, i));
            }
        }
        let stage = self.next_stage;
        let bytes = 4 * (steps * self.record) as u64;
        encoder.copy_buffer_to_buffer(&self.records, 0, &self.staging[stage], 0, bytes);
        let index = gpu.queue.submit([encoder.finish()]);
        // Whether it could be mapped shows when the range is asked for.
        self.staging[stage].map_async(MapMode::Read, 0..bytes, |_| {});
        self.next_stage = (stage + 1) % self.staging.len();
        self.under_way.push_back(UnderWay { stage, steps, index });
    }

    /// Waits for the oldest submission and hands out its records, [`Self::record`] numbers a step; `None` when there is
    /// none.
    pub(super) fn collect<R>(
        &mut self,
        gpu: &GpuDevice,
        read: impl FnOnce(usize, &[f32]) -> R,
    ) -> Result<Option<R>, GpuError> {
        let Some(oldest) = self.under_way.pop_front() else { return Ok(None) };
        gpu.wait_for(oldest.index)?;
        let bytes = 4 * (oldest.steps * self.record) as u64;
        let staging = &self.staging[oldest.stage];
        let result = {
            let range = staging.get_mapped_range(0..bytes).map_err(|error| gpu.lost(error.to_string()))?;
            read(oldest.steps, bytemuck::cast_slice(&range))
        };
        staging.unmap();
        Ok(Some(result))
    }

    fn pass(&self, encoder: &mut CommandEncoder, pipelines: &Pipelines, fill: impl FnOnce(&mut Pass<'_>)) {
        let pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        let mut pass = Pass { pass, bound: &self.bound, pipelines, replicas: self.places.len() as u32, step: None };
        pass.pass.set_bind_group(2, &self.bound[2], &[]);
        fill(&mut pass);
    }

    /// Runs what `fill` encodes, by itself and without a record.
    pub(super) fn run(&self, gpu: &GpuDevice, pipelines: &Pipelines, fill: impl FnOnce(&mut Pass<'_>)) {
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        self.pass(&mut encoder, pipelines, fill);
        gpu.queue.submit([encoder.finish()]);
    }

    /// Elements of the array, several pieces one after another.
    pub(super) fn read_arena(&self, gpu: &GpuDevice, pieces: &[Range<usize>]) -> Result<Vec<f32>, GpuError> {
        let ranges = pieces.iter().flat_map(|range| self.cut(range.clone()));
        read(gpu, &ranges.map(|(array, range, _)| (array, range)).collect::<Vec<_>>())
    }

    /// A range of elements by the arrays that they lie in: the place there, and where it begins in the range.
    fn cut(&self, range: Range<usize>) -> impl Iterator<Item = (&Buffer, Range<usize>, usize)> {
        let piece = self.piece;
        let arrays = self.arena.iter().enumerate().map(move |(place, array)| {
            let (begin, end) = (place.saturating_mul(piece), (place + 1).saturating_mul(piece));
            let own = range.start.max(begin)..range.end.min(end);
            (array, own.start.saturating_sub(begin)..own.end.saturating_sub(begin), own.start - range.start)
        });
        arrays.filter(|(_, own, _)| !own.is_empty())
    }

    pub(super) fn read_metrics(&self, gpu: &GpuDevice, count: usize) -> Result<Vec<f32>, GpuError> {
        read(gpu, &[(&self.metrics, 0..count)])
    }
}

/// Copies ranges of buffers of the device to the host.
fn read(gpu: &GpuDevice, ranges: &[(&Buffer, Range<usize>)]) -> Result<Vec<f32>, GpuError> {
    let count: usize = ranges.iter().map(|(_, range)| range.len()).sum();
    let bytes = 4 * count as u64;
    let made = gpu.scoped(ErrorFilter::OutOfMemory, || {
        gpu.device.create_buffer(&BufferDescriptor {
            label: Some("read back"),
            size: bytes.max(16),
            usage: BufferUsages::COPY_DST | BufferUsages::MAP_READ,
            mapped_at_creation: false,
        })
    });
    let adapter = || gpu.adapter.name.clone();
    let staging = made.map_err(|message| GpuError::OutOfMemory { adapter: adapter(), message })?;
    let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let mut to = 0;
    for (buffer, range) in ranges {
        let length = 4 * range.len() as u64;
        encoder.copy_buffer_to_buffer(buffer, 4 * range.start as u64, &staging, to, length);
        to += length;
    }
    gpu.queue.submit([encoder.finish()]);
    staging.map_async(MapMode::Read, 0..bytes, |_| {});
    gpu.wait()?;
    let range = staging.get_mapped_range(0..bytes).map_err(|error| gpu.lost(error.to_string()))?;
    Ok(bytemuck::cast_slice(&range).to_vec())
}

/// A compute pass over the replicas of a group.
pub(super) struct Pass<'a> {
    pass: ComputePass<'a>,
    bound: &'a [BindGroup; 3],
    pipelines: &'a Pipelines,
    replicas: u32,
    step: Option<u32>,
}

impl Pass<'_> {
    /// Lets what follows see the values of the `i`-th step.
    pub(super) fn begin_step(&mut self, i: usize) {
        let offset = (i * PARAMS_STRIDE) as u32;
        if self.step != Some(offset) {
            self.step = Some(offset);
            self.pass.set_bind_group(0, &self.bound[0], &[offset]);
        }
    }

    pub(super) fn dispatch(&mut self, dispatch: &Dispatch) {
        let z = if dispatch.per_replica { self.replicas * dispatch.inner } else { 1 };
        self.pass.set_pipeline(&self.pipelines.compiled[dispatch.kernel]);
        self.pass.set_bind_group(1, &self.bound[1], &[dispatch.params]);
        let [x, y] = grid(dispatch.groups, self.pipelines.most_groups);
        self.pass.dispatch_workgroups(x, y, z);
    }
}

/// Workgroups along x and y, at most `most` each where there are no more than its square, that hold `groups`.
fn grid(groups: u32, most: u32) -> [u32; 2] {
    let rows = groups.div_ceil(most.max(1)).max(1);
    [groups.div_ceil(rows), rows]
}

#[cfg(test)]
mod tests {
    use super::grid;

    #[test]
    fn a_grid_holds_all_workgroups_within_the_limit() {
        assert_eq!(grid(0, 5), [0, 1]);
        for most in [1, 2, 5, 65_535] {
            for groups in [1, 2, 4, 5, 6, 24, 25, 65_534, 65_535, 65_536, 131_071, 16_777_216] {
                if u64::from(groups) > u64::from(most).pow(2) {
                    continue;
                }
                let [x, y] = grid(groups, most);
                assert!(x <= most && y <= most, "{groups} in {x} x {y} of {most}");
                assert!(u64::from(x) * u64::from(y) >= u64::from(groups), "{groups} in {x} x {y}");
                // No row of it is idle.
                assert!(u64::from(x) * u64::from(y - 1) < u64::from(groups), "{groups} in {x} x {y}");
            }
        }
    }
}
