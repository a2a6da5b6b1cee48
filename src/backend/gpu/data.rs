//! Examples on the device: one copy of each data set, however many replicas share it.

use std::borrow::Cow;
use std::sync::Arc;

use wgpu::{Buffer, BufferDescriptor, BufferUsages};

use super::device::GpuDevice;
use super::error::GpuError;
use super::lower::{DataLayout, DataPlaces};
use crate::data::{DataSet, Inputs, Split, Targets};

/// Data sets on the device.
pub struct DeviceData {
    /// Two pieces: most adapters bind no more than 128 MB at once, and CIFAR-10 has 184 MB.
    pub(super) inputs: [Buffer; 2],
    pub(super) targets: Buffer,
    /// Where the sets lie; places and keys are those of a group of replicas.
    pub(super) layout: DataLayout,
}

impl DeviceData {
    /// Copies data sets of the same shape, one after another.
    ///
    /// # Errors
    /// When the inputs do not fit into two pieces of the device's memory, or the targets into one.
    pub fn new(gpu: &GpuDevice, sets: &[Arc<DataSet>]) -> Result<Self, GpuError> {
        let mut layout = DataLayout::default();
        let mut scales = Vec::new();
        if let Some(first) = sets.first() {
            layout.has_classes = matches!(first.train.targets, Targets::Classes { .. });
            if let Inputs::Bytes { scale, offset, .. } = &first.train.inputs {
                layout.scales = Some(0);
                scales.extend(scale.iter().chain(offset).map(|value| value.to_bits()));
            }
        }
        let (mut inputs, mut targets) = (scales.len(), 0);
        for (split, places) in SPLITS.into_iter().zip([&mut layout.train, &mut layout.validation]) {
            let [input, target] = sets.first().map_or([0, 0], |set| {
                let split = split(set);
                [input_bytes(&split.inputs).len().div_ceil(4), target_words(&split.targets).len()]
            });
            *places = DataPlaces {
                inputs: [inputs, input].map(|words| words as u32),
                targets: [targets, target].map(|words| words as u32),
            };
            inputs += input * sets.len();
            targets += target * sets.len();
        }
        let piece = (gpu.binding_bytes() / 4) as usize;
        let first = inputs.min(piece);
        layout.second_inputs = first as u32;
        let made = Self {
            inputs: [buffer(gpu, first)?, buffer(gpu, inputs - first)?],
            targets: buffer(gpu, targets)?,
            layout,
        };
        made.write_inputs(gpu, 0, bytemuck::cast_slice(&scales));
        for (split, places) in SPLITS.into_iter().zip([layout.train, layout.validation]) {
            for (i, set) in sets.iter().enumerate() {
                let split = split(set);
                let at = |[first, stride]: [u32; 2]| first as usize + i * stride as usize;
                made.write_inputs(gpu, at(places.inputs), &input_bytes(&split.inputs));
                let words = target_words(&split.targets);
                gpu.queue.write_buffer(&made.targets, 4 * at(places.targets) as u64, bytemuck::cast_slice(&words));
                // What waits to be copied lies in memory a second time until then.
                gpu.queue.submit([]);
                gpu.wait()?;
            }
        }
        Ok(made)
    }

    /// Writes bytes from a word on, which may lie in both pieces.
    fn write_inputs(&self, gpu: &GpuDevice, at: usize, bytes: &[u8]) {
        let second = self.layout.second_inputs as usize;
        let (before, behind) = bytes.split_at(bytes.len().min(4 * second.saturating_sub(at)));
        write(gpu, &self.inputs[0], at, before);
        write(gpu, &self.inputs[1], (at + before.len().div_ceil(4)).saturating_sub(second), behind);
    }
}

const SPLITS: [fn(&DataSet) -> &Split; 2] = [|set| &set.train, |set| &set.validation];

/// Writes bytes from a word of a buffer on, filled up to whole words.
fn write(gpu: &GpuDevice, buffer: &Buffer, word: usize, bytes: &[u8]) {
    let (whole, rest) = bytes.split_at(bytes.len() / 4 * 4);
    if !whole.is_empty() {
        gpu.queue.write_buffer(buffer, 4 * word as u64, whole);
    }
    if !rest.is_empty() {
        let mut last = [0; 4];
        last[..rest.len()].copy_from_slice(rest);
        gpu.queue.write_buffer(buffer, (4 * word + whole.len()) as u64, &last);
    }
}

/// Inputs as they lie in memory, row by row.
fn input_bytes(inputs: &Inputs) -> Cow<'_, [u8]> {
    match inputs {
        Inputs::Real(values) => match values.as_slice() {
            Some(values) => Cow::Borrowed(bytemuck::cast_slice(values)),
            None => Cow::Owned(values.iter().flat_map(|value| value.to_le_bytes()).collect()),
        },
        Inputs::Bytes { pixels, .. } => match pixels.as_slice() {
            Some(pixels) => Cow::Borrowed(pixels),
            None => Cow::Owned(pixels.iter().copied().collect()),
        },
    }
}

fn target_words(targets: &Targets) -> Vec<u32> {
    match targets {
        Targets::Values(values) => values.iter().map(|value| value.to_bits()).collect(),
        Targets::Classes { labels, .. } => labels.iter().map(|&label| u32::from(label)).collect(),
    }
}

/// A buffer of so many words.
fn buffer(gpu: &GpuDevice, words: usize) -> Result<Buffer, GpuError> {
    let allowed = gpu.binding_bytes();
    let needed = 4 * words as u64;
    if needed > allowed {
        let (needed, allowed) = (needed / 1_000_000, allowed / 1_000_000);
        let adapter = gpu.adapter.name.clone();
        return Err(GpuError::TooLarge { what: "the examples", needed, allowed, adapter });
    }
    let made = gpu.scoped(wgpu::ErrorFilter::OutOfMemory, || {
        gpu.device.create_buffer(&BufferDescriptor {
            label: Some("examples"),
            size: needed.max(16),
            usage: BufferUsages::STORAGE | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })
    });
    made.map_err(|message| GpuError::OutOfMemory { adapter: gpu.adapter.name.clone(), message })
}
