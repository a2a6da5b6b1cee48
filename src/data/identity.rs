//! What a data set is made from, so that equal ones are held once.

use crate::experiment::{DataKind, Experiment};

/// All that the examples of one seed are a function of: those fields of the configuration that its kind of data reads,
/// and the seed where they depend on it. Sets of equal identities are equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DataIdentity(String);

impl DataIdentity {
    /// Of the data that one seed of a run trains on.
    #[must_use]
    pub fn of(experiment: &Experiment, seed: u64) -> Self {
        let (data, model) = (&experiment.data, &experiment.model);
        let counts = [data.train_examples, data.validation_examples];
        let sizes = [data.input_size, data.output_size];
        // Numbers by their bits: a shortest decimal would do as well, but needs more thought.
        let noise = data.target_noise_sd.to_bits();
        Self(match data.kind {
            DataKind::TeacherStudent => {
                let hidden = data.teacher_hidden.as_deref().unwrap_or(&model.hidden);
                let activation = data.teacher_activation.unwrap_or(model.activation);
                let (bias, scale) = (data.teacher_bias, data.teacher_scale.to_bits());
                format!("teacher {counts:?} {sizes:?} {hidden:?} {activation:?} {bias} {scale} {noise} seed {seed}")
            }
            DataKind::LinearRegression => format!("linear {counts:?} {sizes:?} {noise} seed {seed}"),
            DataKind::Tokens => {
                let sequence = [data.vocabulary, data.length, data.output_size];
                let encoder = [model.width, model.heads, model.feed_forward, model.encoder_layers];
                let activation = data.teacher_activation.unwrap_or(model.activation);
                let (hidden, inner) = (&model.hidden, model.encoder_activation);
                let bias = data.teacher_bias;
                format!(
                    "tokens {counts:?} {sequence:?} {encoder:?} {hidden:?} {activation:?} {inner:?} {bias} {noise} seed \
                     {seed}"
                )
            }
            DataKind::Digits => format!("digits {counts:?}"),
            DataKind::Cifar10 if data.path.is_empty() => {
                format!("stand-in {counts:?} {}", data.class_contrast.to_bits())
            }
            DataKind::Cifar10 => format!("cifar10 {counts:?} {}", data.path),
            DataKind::File => {
                let places = [&data.path, &data.targets_path, &data.labels_path, &data.label_column];
                let columns = [&data.input_columns, &data.target_columns];
                let (standardize, split_seed) = (data.standardize, data.split_seed);
                format!("file {counts:?} {sizes:?} {places:?} {columns:?} {standardize} {split_seed}")
            }
            DataKind::SyntheticImages => format!("synthetic {counts:?} {}", data.class_contrast.to_bits()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Inputs, Targets, load};
    use crate::experiment::{Activation, ModelKind, RuleKind};

    const KINDS: [DataKind; 6] = [
        DataKind::TeacherStudent,
        DataKind::LinearRegression,
        DataKind::Digits,
        DataKind::Cifar10,
        DataKind::SyntheticImages,
        DataKind::Tokens,
    ];

    fn small(kind: DataKind) -> Experiment {
        let mut experiment = Experiment::default();
        experiment.data.kind = kind;
        experiment.data.train_examples = 12;
        experiment.data.validation_examples = 6;
        experiment.model.hidden = vec![3];
        if kind == DataKind::Tokens {
            experiment.model.kind = ModelKind::Transformer;
        }
        experiment
    }

    type Change = (&'static str, fn(&mut Experiment));

    /// Changes of a configuration, one at a time.
    fn changes() -> Vec<Change> {
        vec![
            ("train_examples", |e| e.data.train_examples += 1),
            ("validation_examples", |e| e.data.validation_examples += 1),
            ("input_size", |e| e.data.input_size += 1),
            ("output_size", |e| e.data.output_size += 1),
            ("teacher_hidden", |e| e.data.teacher_hidden = Some(vec![5])),
            ("teacher_activation", |e| e.data.teacher_activation = Some(Activation::Sigmoid)),
            ("teacher_bias", |e| e.data.teacher_bias = true),
            ("teacher_scale", |e| e.data.teacher_scale = 1.5),
            ("target_noise_sd", |e| e.data.target_noise_sd = 0.25),
            ("class_contrast", |e| e.data.class_contrast = 0.75),
            ("vocabulary", |e| e.data.vocabulary += 1),
            ("length", |e| e.data.length += 1),
            ("width", |e| e.model.width += 4),
            ("heads", |e| e.model.heads = 2),
            ("feed_forward", |e| e.model.feed_forward += 1),
            ("encoder_layers", |e| e.model.encoder_layers += 1),
            ("encoder_activation", |e| e.model.encoder_activation = Activation::Tanh),
            ("hidden", |e| e.model.hidden = vec![4]),
            ("activation", |e| e.model.activation = Activation::Relu),
            ("bias", |e| e.model.bias = !e.model.bias),
            ("init", |e| e.rule.kind = RuleKind::Oja),
            ("learning_rate", |e| e.rule.learning_rate = 0.3),
            ("batch_size", |e| e.training.batch_size = 4),
            ("seed", |e| e.training.seed = 7),
        ]
    }

    /// Bits of all examples.
    fn bits(experiment: &Experiment) -> Vec<u32> {
        let set = load(experiment, &[experiment.training.seed]).expect("made up, or shipped").remove(0);
        let mut bits = Vec::new();
        for split in [&set.train, &set.validation] {
            match &split.inputs {
                Inputs::Real(values) => bits.extend(values.iter().map(|value| value.to_bits())),
                Inputs::Bytes { pixels, scale, offset } => {
                    bits.extend(pixels.iter().map(|&pixel| u32::from(pixel)));
                    bits.extend(scale.iter().chain(offset).map(|value| value.to_bits()));
                }
            }
            match &split.targets {
                Targets::Values(values) => bits.extend(values.iter().map(|value| value.to_bits())),
                Targets::Classes { labels, .. } => bits.extend(labels.iter().map(|&label| u32::from(label))),
            }
        }
        bits
    }

    #[test]
    fn equal_identities_mean_equal_data_and_others_other_data() {
        for kind in KINDS {
            let plain = small(kind);
            let (identity, data) = (DataIdentity::of(&plain, 0), bits(&plain));
            for (name, change) in changes() {
                let mut other = plain.clone();
                change(&mut other);
                let is_same = DataIdentity::of(&other, other.training.seed) == identity;
                assert_eq!(is_same, bits(&other) == data, "{kind:?}: {name}");
            }
        }
    }

    #[test]
    fn images_are_those_of_any_seed() {
        for kind in [DataKind::Digits, DataKind::Cifar10, DataKind::SyntheticImages] {
            assert_eq!(DataIdentity::of(&small(kind), 1), DataIdentity::of(&small(kind), 2), "{kind:?}");
        }
        let [one, two] = ["a", "b"].map(|path| {
            let mut experiment = small(DataKind::Cifar10);
            experiment.data.path = path.into();
            DataIdentity::of(&experiment, 0)
        });
        assert_ne!(one, two);
    }
}
