//! What networks are trained on: generated regressions, digits, CIFAR-10, synthetic images, and files of the user's own.
//!
//! A data set is a function of the configuration and, for the regressions, of the seed; images and own data are the
//! same for every seed. Nothing here knows of batches in flight: training asks [`BatchOrder`] for indices and [`Split::gather`] for
//! the rows.

mod archive;
mod channels;
mod cifar10;
mod content;
mod digits;
mod error;
mod identity;
mod order;
mod own;
mod product;
mod regression;
mod split;
mod synthetic;
mod tanh;
mod texture;
mod threads;
mod tokens;

use std::sync::Arc;

use rayon::prelude::*;

use crate::experiment::{DataContent, DataKind, Experiment};

pub use error::DataError;
pub use identity::DataIdentity;
pub use order::BatchOrder;
pub use split::{Inputs, Split, Targets};

/// Training and validation examples of one seed.
#[derive(Clone, Debug)]
pub struct DataSet {
    /// Examples that batches are drawn from.
    pub train: Split,
    /// Examples for validation loss and accuracy.
    pub validation: Split,
    /// What it is, in words, such as `teacher-student, 32-128-128-32 tanh`.
    pub source: String,
    /// What the user must be told wherever results are shown; `None` if there is nothing.
    pub notice: Option<String>,
    /// Of examples read from files: what they are, for `data.content`.
    pub content: Option<DataContent>,
}

impl DataSet {
    /// Whether an experiment of the same [`DataIdentity`] takes these examples: unless it names others.
    #[must_use]
    pub fn is_taken_by(&self, experiment: &Experiment) -> bool {
        match (&experiment.data.content, &self.content) {
            (Some(asked), Some(found)) => !asked.is_other(found),
            _ => true,
        }
    }
}

/// Loads or generates one data set a seed, in the order of `seeds`.
///
/// Seeds that share their data (every seed for images, equal seeds for the regressions) share one [`Arc`].
/// Generation uses `rayon`'s current pool; the numbers do not depend on it.
///
/// # Errors
/// Files that are absent or not what they should be, more examples than there are, too little memory.
pub fn load(experiment: &Experiment, seeds: &[u64]) -> Result<Vec<Arc<DataSet>>, DataError> {
    for (field, asked) in [
        ("data.train_examples", experiment.data.train_examples),
        ("data.validation_examples", experiment.data.validation_examples),
    ] {
        if asked == 0 || asked > u32::MAX as usize {
            let place = "an index of 32 bits".to_owned();
            return Err(DataError::Examples { field, asked, available: u32::MAX as usize, place });
        }
    }
    let shared = |set: DataSet| {
        let set = Arc::new(set);
        seeds.iter().map(|_| Arc::clone(&set)).collect()
    };
    threads::with_threads(|| match experiment.data.kind {
        DataKind::TeacherStudent => per_seed(seeds, |seed| regression::teacher_student(experiment, seed)),
        DataKind::LinearRegression => per_seed(seeds, |seed| regression::linear(experiment, seed)),
        DataKind::Tokens => per_seed(seeds, |seed| tokens::teacher_student(experiment, seed)),
        DataKind::Digits => digits::load(experiment).map(shared),
        DataKind::Cifar10 if experiment.data.path.is_empty() => {
            let mut set = synthetic::generate(experiment)?;
            set.notice = Some("synthetic images stand in for CIFAR-10: data.path is empty".to_owned());
            Ok(shared(set))
        }
        DataKind::Cifar10 => cifar10::load(experiment).map(shared),
        DataKind::SyntheticImages => synthetic::generate(experiment).map(shared),
        DataKind::File => own::load(experiment).map(shared),
    })
}

fn per_seed(
    seeds: &[u64],
    generate: impl Fn(u64) -> Result<DataSet, DataError> + Sync,
) -> Result<Vec<Arc<DataSet>>, DataError> {
    let mut distinct = seeds.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let make = |&seed: &u64| generate(seed).map(Arc::new);
    let sets: Vec<Arc<DataSet>> = match &distinct[..] {
        // Needs no other thread, nor that the system gives any.
        [seed] => vec![make(seed)?],
        _ => distinct.par_iter().map(make).collect::<Result<_, _>>()?,
    };
    Ok(seeds.iter().map(|seed| Arc::clone(&sets[distinct.partition_point(|other| other < seed)])).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Activation, ModelKind};

    fn small(kind: DataKind) -> Experiment {
        let mut experiment = Experiment::default();
        experiment.data.kind = kind;
        experiment.data.train_examples = 40;
        experiment.data.validation_examples = 20;
        if kind == DataKind::Tokens {
            experiment.model.kind = ModelKind::Transformer;
        }
        experiment
    }

    #[test]
    fn widths_and_counts_are_those_of_the_experiment() {
        for kind in [
            DataKind::TeacherStudent,
            DataKind::LinearRegression,
            DataKind::Digits,
            DataKind::SyntheticImages,
            DataKind::Tokens,
        ] {
            let experiment = small(kind);
            let sets = load(&experiment, &[3]).unwrap_or_else(|e| panic!("{kind:?}: {e}"));
            for (split, examples) in [(&sets[0].train, 40), (&sets[0].validation, 20)] {
                assert_eq!(split.examples(), examples, "{kind:?}");
                assert_eq!(split.input_width(), experiment.input_width(), "{kind:?}");
                assert_eq!(split.output_width(), experiment.output_width(), "{kind:?}");
            }
            assert!(sets[0].notice.is_none(), "{kind:?}");
        }
    }

    #[test]
    fn seeds_keep_their_order_and_equal_ones_share() {
        let experiment = small(DataKind::TeacherStudent);
        let sets = load(&experiment, &[5, 2, 5]).expect("generated");
        let alone = load(&experiment, &[2]).expect("generated");
        assert!(Arc::ptr_eq(&sets[0], &sets[2]));
        let rows = |set: &DataSet| {
            let (mut x, mut y) = (vec![0.0_f32; 32], vec![0.0_f32; 32]);
            set.train.gather(&[7], &mut x, &mut y);
            (x, y)
        };
        assert_eq!(rows(&sets[1]), rows(&alone[0]));
        assert_ne!(rows(&sets[0]), rows(&sets[1]));
    }

    #[test]
    fn images_are_shared_by_all_seeds() {
        for kind in [DataKind::Digits, DataKind::SyntheticImages] {
            let sets = load(&small(kind), &[0, 1]).expect("generated");
            assert!(Arc::ptr_eq(&sets[0], &sets[1]), "{kind:?}");
        }
    }

    #[test]
    fn synthetic_images_say_that_they_stand_in_for_cifar10() {
        let sets = load(&small(DataKind::Cifar10), &[0]).expect("generated");
        let notice = sets[0].notice.as_deref().expect("a notice");
        assert!(notice.contains("synthetic images stand in for CIFAR-10"), "{notice}");
        assert!(sets[0].source.contains("synthetic"), "{}", sets[0].source);
    }

    /// Every bit of the examples of each kind, as numbers that hardly coincide.
    fn digests() -> Vec<u64> {
        let mut experiments = Vec::new();
        for activation in [Activation::Tanh, Activation::Relu, Activation::Sigmoid, Activation::Linear] {
            let mut experiment = small(DataKind::TeacherStudent);
            experiment.data.teacher_activation = Some(activation);
            experiment.data.teacher_bias = activation == Activation::Relu;
            // Sums of more terms than are summed at once.
            experiment.data.teacher_hidden = Some(vec![300, 19]);
            experiment.data.target_noise_sd = 0.1;
            experiments.push(experiment);
        }
        let kinds = [DataKind::LinearRegression, DataKind::Digits, DataKind::SyntheticImages, DataKind::Tokens];
        experiments.extend(kinds.map(small));
        let digest = |experiment: &Experiment| {
            let set = &load(experiment, &[3]).expect("generated")[0];
            let mut digest = 0xcbf2_9ce4_8422_2325_u64;
            for split in [&set.train, &set.validation] {
                let examples: Vec<u32> = (0..split.examples() as u32).collect();
                let mut x = vec![0.0_f32; examples.len() * split.input_width()];
                let mut y = vec![0.0_f32; examples.len() * split.output_width()];
                split.gather(&examples, &mut x, &mut y);
                // FNV-1a, a word at a time.
                let bits = x.iter().chain(&y).map(|value| u64::from(value.to_bits()));
                digest = bits.fold(digest, |digest, bits| (digest ^ bits).wrapping_mul(0x100_0000_01b3));
            }
            digest
        };
        experiments.iter().map(digest).collect()
    }

    /// What a process prints that is told which instructions to use.
    #[test]
    fn digests_of_the_data() {
        println!("digests {:?}", digests());
    }

    #[test]
    fn data_are_the_same_on_every_instruction_set() {
        let expected = format!("digests {:?}", digests());
        let own = std::env::current_exe().expect("a test is a program");
        for narrower in ["portable", "avx2", "avx512"] {
            let mut command = std::process::Command::new(&own);
            command.args(["digests_of_the_data", "--nocapture"]).env("HEBBSCOPE_INSTRUCTION_SET", narrower);
            let output = command.output().expect("it starts again");
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && said.contains(&expected), "{narrower}: {said}");
        }
    }

    #[test]
    fn an_empty_split_is_refused_by_name() {
        let mut experiment = small(DataKind::TeacherStudent);
        experiment.data.validation_examples = 0;
        let error = load(&experiment, &[0]).expect_err("no examples").to_string();
        assert!(error.starts_with("data.validation_examples = 0: must be from 1"), "{error}");
    }
}
