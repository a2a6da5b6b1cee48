//! What examples are, whichever files they were read from, so that a configuration can ask for the same ones again.

use sha2::Digest;

use super::channels::Images;
use crate::experiment::DataContent;

/// Of the training and the validation examples that are used: labels and pixels, in their order.
pub(super) fn content_of(train: &Images, validation: &Images) -> DataContent {
    let mut digest = sha2::Sha256::new();
    for images in [train, validation] {
        digest.update((images.labels.len() as u64).to_le_bytes());
        digest.update(&images.labels);
        digest.update(&images.pixels);
    }
    let examples = [train, validation].map(|images| images.labels.len());
    let hash = digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    DataContent { examples, hash }
}
