//! The 8x8 handwritten digits that are part of the program; source and licence in `assets/digits/README.md`.

use std::io::Read;

use flate2::read::GzDecoder;
use ndarray::Array2;
use rand::seq::SliceRandom;

use super::error::DataError;
use super::{DataSet, Inputs, Split, Targets};
use crate::experiment::Experiment;
use crate::random::Stream;

const FILE: &str = "assets/digits/digits.csv.gz";
static COMPRESSED: &[u8] = include_bytes!("../../assets/digits/digits.csv.gz");

/// Images in the file.
const EXAMPLES: usize = 1_797;
/// Pixels of an image, 8 rows of 8.
const PIXELS: usize = 64;
/// Largest pixel: the ink in a 4x4 block.
const INK: u8 = 16;
const CLASSES: u8 = 10;

/// Pixels and class of one image.
type Digit = ([u8; PIXELS], u8);

/// The digits, shuffled once and alike for every seed: first the training examples, then the validation examples.
///
/// Pixels are scaled by one mean and one SD for all of them, those of the training pixels: corner pixels that are
/// nearly always 0 then stay small, where an SD for each pixel would blow them up.
pub(super) fn load(experiment: &Experiment) -> Result<DataSet, DataError> {
    let (train, validation) = (experiment.data.train_examples, experiment.data.validation_examples);
    let place = || "the set of 1797 digits".to_owned();
    if train > EXAMPLES {
        return Err(DataError::Examples {
            field: "data.train_examples",
            asked: train,
            available: EXAMPLES,
            place: place(),
        });
    }
    if validation > EXAMPLES - train {
        return Err(DataError::Examples {
            field: "data.validation_examples",
            asked: validation,
            available: EXAMPLES - train,
            place: format!("{} beside {train} training examples", place()),
        });
    }
    let mut text = String::new();
    GzDecoder::new(COMPRESSED)
        .read_to_string(&mut text)
        .map_err(|e| wrong(FILE.to_owned(), e.to_string(), "gzip of text".to_owned()))?;
    let mut digits = parse(&text)?;
    digits.shuffle(&mut Stream::new(0, "digits").words(0));
    let (mean, sd) = moments(&digits[..train]);
    Ok(DataSet {
        train: split(&digits[..train], mean, sd),
        validation: split(&digits[train..train + validation], mean, sd),
        source: format!("handwritten digits 8x8 (UCI), {train} + {validation} of {EXAMPLES}"),
        notice: None,
        content: None,
    })
}

fn parse(text: &str) -> Result<Vec<Digit>, DataError> {
    let mut digits = Vec::with_capacity(EXAMPLES);
    for (line, number) in text.lines().zip(1..) {
        let place = || format!("{FILE}: line {number}");
        let values: Vec<&str> = line.split(',').collect();
        if values.len() != PIXELS + 1 {
            return Err(wrong(place(), format!("{} values", values.len()), format!("{}", PIXELS + 1)));
        }
        let mut digit = ([0; PIXELS], 0);
        for (column, value) in values.iter().enumerate() {
            let largest = if column < PIXELS { INK } else { CLASSES - 1 };
            let read = value.parse().ok().filter(|&v: &u8| v <= largest).ok_or_else(|| {
                let found = format!("value {value:?} in column {}", column + 1);
                wrong(place(), found, format!("whole numbers from 0 to {largest}"))
            })?;
            *digit.0.get_mut(column).unwrap_or(&mut digit.1) = read;
        }
        digits.push(digit);
    }
    if digits.len() != EXAMPLES {
        return Err(wrong(FILE.to_owned(), format!("{} lines", digits.len()), EXAMPLES.to_string()));
    }
    Ok(digits)
}

fn wrong(place: String, found: String, allowed: String) -> DataError {
    DataError::Digits { place, found, allowed }
}

/// Mean and population SD of all pixels; SD 1 where there is no variation to divide by.
fn moments(digits: &[Digit]) -> (f64, f64) {
    let pixels = || digits.iter().flat_map(|digit| &digit.0).map(|&p| u64::from(p));
    let count = (digits.len() * PIXELS) as f64;
    let mean = pixels().sum::<u64>() as f64 / count;
    let variance = pixels().map(|p| p * p).sum::<u64>() as f64 / count - mean * mean;
    (mean, if variance > 0.0 { variance.sqrt() } else { 1.0 })
}

fn split(digits: &[Digit], mean: f64, sd: f64) -> Split {
    let inputs = Array2::from_shape_fn((digits.len(), PIXELS), |(row, column)| {
        ((f64::from(digits[row].0[column]) - mean) / sd) as f32
    });
    Split {
        inputs: Inputs::Real(inputs),
        targets: Targets::Classes {
            labels: digits.iter().map(|digit| digit.1).collect(),
            classes: usize::from(CLASSES),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::DataKind;

    fn experiment(train: usize, validation: usize) -> Experiment {
        let mut experiment = Experiment::default();
        experiment.data.kind = DataKind::Digits;
        experiment.data.train_examples = train;
        experiment.data.validation_examples = validation;
        experiment
    }

    fn labels(split: &Split) -> &[u8] {
        match &split.targets {
            Targets::Classes { labels, .. } => labels,
            Targets::Values(_) => panic!("digits have classes"),
        }
    }

    fn inputs(split: &Split) -> &Array2<f32> {
        match &split.inputs {
            Inputs::Real(values) => values,
            Inputs::Bytes { .. } => panic!("digits are real"),
        }
    }

    #[test]
    fn classes_have_the_counts_that_uci_states() {
        let set = load(&experiment(1437, 360)).expect("the shipped file");
        let mut counts = [0; 10];
        for &label in labels(&set.train).iter().chain(labels(&set.validation)) {
            counts[usize::from(label)] += 1;
        }
        // optdigits.names, 'Class Distribution', testing set.
        assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    }

    #[test]
    fn training_pixels_have_mean_0_and_sd_1() {
        let set = load(&experiment(1000, 300)).expect("the shipped file");
        let values = inputs(&set.train).mapv(f64::from);
        let (mean, sd) = (values.mean().expect("not empty"), values.std(0.0));
        // 17 distinct f32 values, each rounded by up to 6e-8 of at most 2.
        assert!(mean.abs() < 2e-7 && (sd - 1.0).abs() < 2e-7, "{mean}, {sd}");
    }

    #[test]
    fn the_first_image_of_the_file_keeps_its_pixels() {
        // Rank 0 of the file: a zero, whose first row is 0 0 5 13 9 1 0 0.
        let mut text = String::new();
        GzDecoder::new(COMPRESSED).read_to_string(&mut text).expect("the shipped file");
        let digits = parse(&text).expect("the shipped file");
        assert_eq!(digits[0].0[..8], [0, 0, 5, 13, 9, 1, 0, 0]);
        assert_eq!((digits[0].1, digits[1].1, digits[9].1), (0, 1, 9));
    }

    #[test]
    fn splits_do_not_overlap_and_are_mixed() {
        let set = load(&experiment(1437, 360)).expect("the shipped file");
        // The file holds no image twice, so a common row would be an overlap.
        let mut rows: Vec<Vec<u32>> = [&set.train, &set.validation]
            .into_iter()
            .flat_map(|split| inputs(split).rows().into_iter().map(|r| r.iter().map(|v| v.to_bits()).collect()))
            .collect();
        rows.sort_unstable();
        rows.dedup();
        assert_eq!(rows.len(), 1797);
        // Unshuffled, the file runs 0, 1, 2, ..., 9, 0, 1, ...
        assert_ne!(labels(&set.train)[..10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }

    #[test]
    fn more_examples_than_there_are_name_the_field() {
        let error = load(&experiment(1798, 1)).expect_err("too many").to_string();
        assert!(error.starts_with("data.train_examples = 1798: must be from 1 to 1797"), "{error}");
        let error = load(&experiment(1700, 98)).expect_err("too many").to_string();
        assert!(error.starts_with("data.validation_examples = 98: must be from 1 to 97"), "{error}");
    }

    #[test]
    fn a_changed_file_is_refused() {
        let row = |pixel: &str, label: &str| format!("{}{label}", format!("{pixel},").repeat(64));
        for (text, expected) in [
            (row("0", "0"), "1 lines; allowed: 1797"),
            (row("17", "0"), "line 1: value \"17\" in column 1; allowed: whole numbers from 0 to 16"),
            (row("0", "10"), "line 1: value \"10\" in column 65; allowed: whole numbers from 0 to 9"),
            (row("", "0"), "line 1: value \"\" in column 1"),
            ("1,2,3".to_owned(), "line 1: 3 values; allowed: 65"),
        ] {
            let error = parse(&text).expect_err("refused").to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
