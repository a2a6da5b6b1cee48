//! Seeded 32x32x3 images with natural images' 1/f^2 spectrum and ten class templates.

use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::DataSet;
use super::channels::{CHANNELS, IMAGE, Images, PLANE, normalized};
use super::error::DataError;
use super::texture::{Pair, Textures};
use crate::experiment::Experiment;
use crate::random::Stream;

const CLASSES: usize = 10;
/// Textures that two images take, in pairs: so no half of a pair is wasted.
const PAIRS_PER_TWO: usize = CHANNELS;
/// Quantisation: 0 and 255 lie 2.7 SD out, and a step is 1/48 SD.
const MEAN: f32 = 128.0;
const SD: f32 = 48.0;

/// Images `class_contrast * template[class] + texture`, channels independent, quantised to bytes.
///
/// A template is one random image scaled to variance 1 exactly, so that the contrast means the same for each class;
/// textures have variance 1 in expectation. The sum is divided by its expected SD before quantisation, which keeps the
/// share of clipped pixels near 1% at any contrast. The same images for every seed and thread count; labels are balanced
/// to within one and shuffled.
pub(super) fn generate(experiment: &Experiment) -> Result<DataSet, DataError> {
    let data = &experiment.data;
    let textures = Textures::new();
    let templates = templates(&textures);
    let contrast = data.class_contrast as f32;
    let images = |field, examples, stream| draw(field, examples, stream, contrast, &textures, &templates);
    let train = images("data.train_examples", data.train_examples, "synthetic/train")?;
    let validation = images("data.validation_examples", data.validation_examples, "synthetic/validation")?;
    let (train, validation) = normalized(train, validation, CLASSES);
    let source = format!("synthetic images 32x32x3, 1/f^2 spectrum, class contrast {}", data.class_contrast);
    Ok(DataSet { train, validation, source, notice: None, content: None })
}

/// One image a class, mean 0 and variance 1 over all its values.
fn templates(textures: &Textures) -> Vec<f32> {
    let stream = Stream::new(0, "synthetic/templates");
    let mut templates = vec![0.0; CLASSES * IMAGE];
    for (two, images) in templates.chunks_mut(2 * IMAGE).enumerate() {
        two_images(textures, stream, two, images);
    }
    for template in templates.chunks_exact_mut(IMAGE) {
        let squares: f64 = template.iter().map(|&v| f64::from(v).powi(2)).sum();
        let factor = (IMAGE as f64 / squares).sqrt() as f32;
        template.iter_mut().for_each(|v| *v *= factor);
    }
    templates
}

/// Textures of images `2 two` and `2 two + 1` of a stream; `out` holds both, or only the first.
fn two_images(textures: &Textures, stream: Stream, two: usize, out: &mut [f32]) {
    let mut pair = Pair::default();
    for (within, planes) in out.chunks_mut(2 * PLANE).enumerate() {
        textures.pair(stream, (two * PAIRS_PER_TWO + within) as u64, &mut pair);
        for (plane, texture) in planes.chunks_exact_mut(PLANE).zip([&pair.first, &pair.second]) {
            plane.copy_from_slice(texture);
        }
    }
}

fn draw(
    field: &'static str,
    examples: usize,
    stream: &str,
    contrast: f32,
    textures: &Textures,
    templates: &[f32],
) -> Result<Images, DataError> {
    let mut labels: Vec<u8> = (0..CLASSES as u8).cycle().take(examples).collect();
    labels.shuffle(&mut Stream::new(0, &format!("{stream}/labels")).words(0));
    let refused = || DataError::Memory { field, examples, width: IMAGE };
    let length = examples.checked_mul(IMAGE).ok_or_else(refused)?;
    let mut pixels = Vec::new();
    pixels.try_reserve_exact(length).map_err(|_| refused())?;
    pixels.resize(length, 0_u8);
    let stream = Stream::new(0, stream);
    let shrink = SD / (1.0 + contrast * contrast).sqrt();
    pixels.par_chunks_mut(2 * IMAGE).zip(labels.par_chunks(2)).enumerate().for_each_init(
        || vec![0.0; 2 * IMAGE],
        |values, (two, (pixels, labels))| {
            let values = &mut values[..pixels.len()];
            two_images(textures, stream, two, values);
            for ((pixels, values), &label) in pixels.chunks_exact_mut(IMAGE).zip(values.chunks_exact(IMAGE)).zip(labels)
            {
                let template = &templates[usize::from(label) * IMAGE..][..IMAGE];
                for ((pixel, &value), &template) in pixels.iter_mut().zip(values).zip(template) {
                    // The conversion clamps to 0 and 255; adding a half rounds.
                    *pixel = (MEAN + 0.5 + shrink * (contrast * template + value)) as u8;
                }
            }
        },
    );
    Ok(Images { pixels, labels })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Inputs, Split, Targets};
    use crate::experiment::DataKind;

    fn images(train: usize, contrast: f64) -> DataSet {
        let mut experiment = Experiment::default();
        experiment.data.kind = DataKind::SyntheticImages;
        experiment.data.train_examples = train;
        experiment.data.validation_examples = 100;
        experiment.data.class_contrast = contrast;
        generate(&experiment).expect("small")
    }

    fn bytes(split: &Split) -> (&[u8], &[u8]) {
        match (&split.inputs, &split.targets) {
            (Inputs::Bytes { pixels, .. }, Targets::Classes { labels, .. }) => {
                (pixels.as_slice().expect("row-major"), labels)
            }
            _ => panic!("images are bytes with classes"),
        }
    }

    /// Power |F(ky, kx)|^2 of a plane for the frequencies with ky from 0 to 16, by a direct transform.
    fn power(plane: &[u8], waves: &[(f64, f64)]) -> Vec<f64> {
        let mut rows = vec![(0.0, 0.0); PLANE];
        for y in 0..32 {
            for kx in 0..32 {
                let (re, im) = &mut rows[y * 32 + kx];
                for x in 0..32 {
                    let (cos, sin) = waves[kx * x % 32];
                    let value = f64::from(plane[y * 32 + x]);
                    *re += value * cos;
                    *im -= value * sin;
                }
            }
        }
        let mut power = vec![0.0; 17 * 32];
        for ky in 0..17 {
            for kx in 0..32 {
                let (mut re, mut im) = (0.0, 0.0);
                for y in 0..32 {
                    let (cos, sin) = waves[ky * y % 32];
                    let (a, b) = rows[y * 32 + kx];
                    re += a * cos + b * sin;
                    im += b * cos - a * sin;
                }
                power[ky * 32 + kx] = re * re + im * im;
            }
        }
        power
    }

    #[test]
    fn power_falls_with_the_square_of_the_frequency() {
        const PLANES: usize = 600;
        let set = images(PLANES / CHANNELS, 0.0);
        let waves: Vec<(f64, f64)> = (0..32)
            .map(|k| {
                let (sin, cos) = (std::f64::consts::TAU * f64::from(k) / 32.0).sin_cos();
                (cos, sin)
            })
            .collect();
        // Sum of power * f^2 and number of frequencies in each ring of width 1.
        let mut rings = [(0.0, 0_usize); 16];
        for plane in bytes(&set.train).0.chunks_exact(PLANE) {
            let power = power(plane, &waves);
            // Half of the plane of frequencies, without the axes: the other half is its mirror image.
            for ky in 1_usize..16 {
                for kx in (1_usize..32).filter(|&kx| kx != 16) {
                    let squared = (ky.pow(2) + kx.min(32 - kx).pow(2)) as f64;
                    if let Some(ring) = rings.get_mut(squared.sqrt().round() as usize) {
                        ring.0 += power[ky * 32 + kx] * squared;
                        ring.1 += 1;
                    }
                }
            }
        }
        let flat: Vec<(f64, usize)> = rings[1..].iter().map(|&(sum, count)| (sum / count as f64, count)).collect();
        let mean = flat.iter().map(|(level, _)| level).sum::<f64>() / flat.len() as f64;
        for (f, &(level, count)) in (1..).zip(&flat) {
            // Power at one frequency is exponentially distributed, with an SD equal to its mean: 4.5 standard errors,
            // and 2% for what clipping at 2.7 SD takes from low frequencies and adds to high ones.
            let tolerance = 4.5 / (count as f64).sqrt() + 0.02;
            assert!((level / mean - 1.0).abs() < tolerance, "f = {f}: f^2 * power is {} of the mean", level / mean);
        }
    }

    #[test]
    fn bytes_have_the_stated_mean_and_sd_and_are_rarely_clipped() {
        for contrast in [0.0, 0.5, 20.0] {
            let set = images(500, contrast);
            let pixels = bytes(&set.train).0;
            let mean = pixels.iter().map(|&p| f64::from(p)).sum::<f64>() / pixels.len() as f64;
            let square = pixels.iter().map(|&p| f64::from(p).powi(2)).sum::<f64>() / pixels.len() as f64;
            let clipped = pixels.iter().filter(|&&p| p == 0 || p == 255).count() as f64 / pixels.len() as f64;
            // Every unclipped plane has mean 128 exactly; clipping is symmetric in expectation.
            assert!((mean - 128.0).abs() < 0.3, "contrast {contrast}: mean {mean}");
            // Variance of 1,500 textures: 0.8% standard error; clipping takes up to 1%.
            assert!(((square - mean * mean).sqrt() / 48.0 - 1.0).abs() < 0.04, "contrast {contrast}");
            // 0.8% of a Gaussian lies beyond 2.66 SD; textures of different variance have heavier tails together.
            assert!(clipped < 0.02, "contrast {contrast}: {clipped} clipped");
        }
    }

    #[test]
    fn labels_are_balanced_and_shuffled() {
        let set = images(205, 0.5);
        let labels = bytes(&set.train).1;
        let mut counts = [0; CLASSES];
        labels.iter().for_each(|&label| counts[usize::from(label)] += 1);
        assert!(counts.iter().all(|count| (20..=21).contains(count)), "{counts:?}");
        assert_ne!(labels[..10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }

    /// Share of images nearest, by inner product with the mean removed, to the training mean of their own class.
    fn nearest_mean_accuracy(set: &DataSet) -> f64 {
        let mut means = vec![0.0; CLASSES * IMAGE];
        let (pixels, labels) = bytes(&set.train);
        for (image, &label) in pixels.chunks_exact(IMAGE).zip(labels) {
            for (mean, &pixel) in means[usize::from(label) * IMAGE..][..IMAGE].iter_mut().zip(image) {
                *mean += f64::from(pixel) - 128.0;
            }
        }
        let (pixels, labels) = bytes(&set.validation);
        let right = pixels.chunks_exact(IMAGE).zip(labels).filter(|(image, label)| {
            let score = |class: usize| -> f64 {
                means[class * IMAGE..][..IMAGE].iter().zip(*image).map(|(m, &p)| m * (f64::from(p) - 128.0)).sum()
            };
            let best = (0..CLASSES).max_by(|&a, &b| score(a).total_cmp(&score(b)));
            best == Some(usize::from(**label))
        });
        right.count() as f64 / labels.len() as f64
    }

    #[test]
    fn contrast_makes_classes_recognisable() {
        // Chance is 0.1 with a standard error of 0.03 over 100 images; 4 of them.
        let none = nearest_mean_accuracy(&images(400, 0.0));
        assert!(none < 0.22, "{none} without contrast");
        let high = nearest_mean_accuracy(&images(400, 3.0));
        assert!(high > 0.9, "{high} at contrast 3");
    }

    #[test]
    fn images_do_not_depend_on_how_many_there_are_or_on_threads() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
        let (few, many) = (pool.install(|| images(31, 0.0)), images(40, 0.0));
        // Without contrast an image is its texture, whatever its label.
        assert_eq!(bytes(&few.train).0, &bytes(&many.train).0[..31 * IMAGE]);
        assert_eq!(bytes(&few.validation), bytes(&many.validation));
        assert_ne!(bytes(&many.train).0[..IMAGE], bytes(&many.validation).0[..IMAGE]);
    }
}
