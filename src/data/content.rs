//! What examples are, whichever files they were read from, so that a configuration can ask for the same ones again.

use ndarray::Array2;
use sha2::Digest;

use super::channels::Images;
use super::split::{Inputs, Split, Targets};
use crate::experiment::DataContent;

/// Of the training and the validation examples that are used: labels and pixels, in their order.
pub(super) fn content_of(train: &Images, validation: &Images) -> DataContent {
    let mut digest = sha2::Sha256::new();
    for images in [train, validation] {
        digest.update((images.labels.len() as u64).to_le_bytes());
        digest.update(&images.labels);
        digest.update(&images.pixels);
    }
    DataContent { examples: [train, validation].map(|images| images.labels.len()), hash: hash_of(digest) }
}

/// As [`content_of`], of examples that are numbers.
pub(super) fn content_of_numbers(splits: [&Split; 2]) -> DataContent {
    let mut digest = sha2::Sha256::new();
    for split in splits {
        for side in [split.examples(), split.input_width(), split.output_width()] {
            digest.update((side as u64).to_le_bytes());
        }
        let mut numbers = |values: &Array2<f32>| values.iter().for_each(|value| digest.update(value.to_le_bytes()));
        match &split.inputs {
            Inputs::Real(values) => numbers(values),
            Inputs::Bytes { pixels, .. } => pixels.iter().for_each(|pixel| digest.update([*pixel])),
        }
        match &split.targets {
            Targets::Values(values) => values.iter().for_each(|value| digest.update(value.to_le_bytes())),
            Targets::Classes { labels, .. } => digest.update(labels),
        }
    }
    DataContent { examples: splits.map(Split::examples), hash: hash_of(digest) }
}

fn hash_of(digest: sha2::Sha256) -> String {
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
