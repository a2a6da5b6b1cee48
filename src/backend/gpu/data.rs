//! Examples on the device: one copy a seed, however many replicas share it.

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
        let (mut inputs, mut targets) = (Vec::new(), Vec::new());
        if let Some(first) = sets.first() {
            layout.has_classes = matches!(first.train.targets, Targets::Classes { .. });
            if let Inputs::Bytes { scale, offset, .. } = &first.train.inputs {
                layout.scales = Some(0);
                inputs.extend(scale.iter().chain(offset).map(|value| value.to_bits()));
            }
        }
        let splits: [fn(&DataSet) -> &Split; 2] = [|set| &set.train, |set| &set.validation];
        for (split, places) in splits.into_iter().zip([&mut layout.train, &mut layout.validation]) {
            let (input, target) = (inputs.len(), targets.len());
            for set in sets {
                push_inputs(&split(set).inputs, &mut inputs);
                push_targets(&split(set).targets, &mut targets);
            }
            let count = sets.len().max(1);
            *places = DataPlaces {
                inputs: [input, (inputs.len() - input) / count].map(|words| words as u32),
                targets: [target, (targets.len() - target) / count].map(|words| words as u32),
            };
        }
        let piece = (gpu.binding_bytes() / 4) as usize;
        let (first, second) = inputs.split_at(inputs.len().min(piece));
        layout.second_inputs = first.len() as u32;
        Ok(Self { inputs: [buffer(gpu, first)?, buffer(gpu, second)?], targets: buffer(gpu, &targets)?, layout })
    }
}

fn push_inputs(inputs: &Inputs, words: &mut Vec<u32>) {
    match inputs {
        Inputs::Real(values) => words.extend(values.iter().map(|value| value.to_bits())),
        Inputs::Bytes { pixels, .. } => {
            let bytes: Vec<u8> = pixels.iter().copied().collect();
            words.extend(bytes.chunks(4).map(|four| {
                let mut word = [0; 4];
                word[..four.len()].copy_from_slice(four);
                u32::from_le_bytes(word)
            }));
        }
    }
}

fn push_targets(targets: &Targets, words: &mut Vec<u32>) {
    match targets {
        Targets::Values(values) => words.extend(values.iter().map(|value| value.to_bits())),
        Targets::Classes { labels, .. } => words.extend(labels.iter().map(|&label| u32::from(label))),
    }
}

fn buffer(gpu: &GpuDevice, words: &[u32]) -> Result<Buffer, GpuError> {
    let bytes: &[u8] = bytemuck::cast_slice(words);
    let allowed = gpu.binding_bytes();
    let needed = bytes.len() as u64;
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
    let buffer = made.map_err(|message| GpuError::OutOfMemory { adapter: gpu.adapter.name.clone(), message })?;
    gpu.queue.write_buffer(&buffer, 0, bytes);
    Ok(buffer)
}
