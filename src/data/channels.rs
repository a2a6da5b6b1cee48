//! Images of bytes, channel after channel, and their normalisation to mean 0 and SD 1 a channel.

use ndarray::Array2;

use super::{Inputs, Split, Targets};

/// Channels of an image.
pub(super) const CHANNELS: usize = 3;
/// Pixels of one channel, 32 rows of 32.
pub(super) const PLANE: usize = 32 * 32;
/// Bytes of an image.
pub(super) const IMAGE: usize = CHANNELS * PLANE;

/// Labelled images.
#[derive(Debug, Default)]
pub(super) struct Images {
    /// `IMAGE` bytes each: 1,024 red, 1,024 green, 1,024 blue.
    pub(super) pixels: Vec<u8>,
    /// Class of each.
    pub(super) labels: Vec<u8>,
}

/// Training and validation splits, both normalised by each channel's mean and population SD over the training images.
///
/// A channel without any variation keeps SD 1, so that it becomes 0 and not NaN.
pub(super) fn normalized(train: Images, validation: Images, classes: usize) -> (Split, Split) {
    let (mut scale, mut offset) = (Vec::with_capacity(IMAGE), Vec::with_capacity(IMAGE));
    for channel in 0..CHANNELS {
        let (mean, sd) = moments(&train.pixels, channel);
        let sd = if sd > 0.0 { sd } else { 1.0 };
        scale.resize((channel + 1) * PLANE, (1.0 / sd) as f32);
        offset.resize((channel + 1) * PLANE, (-mean / sd) as f32);
    }
    let split = |images: Images| {
        let rows = images.labels.len();
        let pixels = Array2::from_shape_vec((rows, IMAGE), images.pixels).expect("every label came with IMAGE bytes");
        Split {
            inputs: Inputs::Bytes { pixels, scale: scale.clone(), offset: offset.clone() },
            targets: Targets::Classes { labels: images.labels, classes },
        }
    };
    (split(train), split(validation))
}

/// Mean and population SD of one channel, from exact sums.
fn moments(pixels: &[u8], channel: usize) -> (f64, f64) {
    let (mut sum, mut squares) = (0_u64, 0_u64);
    for image in pixels.chunks_exact(IMAGE) {
        let plane = &image[channel * PLANE..][..PLANE];
        // 1,024 * 255^2 fits u32, which vectorises twice as wide.
        sum += u64::from(plane.iter().map(|&p| u32::from(p)).sum::<u32>());
        squares += u64::from(plane.iter().map(|&p| u32::from(p).pow(2)).sum::<u32>());
    }
    let count = (pixels.len() / CHANNELS) as f64;
    let mean = sum as f64 / count;
    (mean, (squares as f64 / count - mean * mean).max(0.0).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_channel_of_the_training_images_has_mean_0_and_sd_1() {
        let image = |base: u8| (0..IMAGE).map(|i| base + (i % 70) as u8 * (1 + (i / PLANE) as u8)).collect::<Vec<_>>();
        let train = Images { pixels: [image(3), image(40)].concat(), labels: vec![0, 1] };
        let validation = Images { pixels: image(7), labels: vec![1] };
        let (train, validation) = normalized(train, validation, 10);
        let (mut x, mut y) = (vec![0.0_f64; 2 * IMAGE], vec![0.0; 20]);
        train.gather(&[0, 1], &mut x, &mut y);
        for channel in 0..CHANNELS {
            let values: Vec<f64> =
                x.chunks(IMAGE).flat_map(|image| image[channel * PLANE..][..PLANE].iter().copied()).collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let variance = values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64 - mean * mean;
            // Scale and offset are f32: 6e-8 of values up to 3.
            assert!(mean.abs() < 1e-6 && (variance - 1.0).abs() < 1e-6, "channel {channel}: {mean}, {variance}");
        }
        // The validation image takes the training images' factors, not its own.
        let (Inputs::Bytes { scale, .. }, Inputs::Bytes { scale: other, .. }) = (&train.inputs, &validation.inputs)
        else {
            panic!("images are bytes");
        };
        assert_eq!(scale, other);
    }

    #[test]
    fn a_channel_without_variation_becomes_zero() {
        let images = || Images { pixels: vec![9; IMAGE], labels: vec![0] };
        let (train, _) = normalized(images(), images(), 10);
        let (mut x, mut y) = (vec![1.0_f32; IMAGE], vec![0.0; 10]);
        train.gather(&[0], &mut x, &mut y);
        assert!(x.iter().all(|&v| v == 0.0));
    }
}
