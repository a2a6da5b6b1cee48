//! Checks of a whole experiment: ranges from the field table, then what must fit together.

use super::check_counts::MOST_LAYERS;
use super::config::{DataKind, Experiment, Loss};
use super::error::ConfigError;
use super::fields::{Field, field, vanishes};
use super::model::ModelKind;
use super::rule::RuleKind;
use super::show::shown;
use super::sweep::StopRule;

impl Experiment {
    /// Checks ranges and shapes.
    ///
    /// # Errors
    /// The first field that is out of range or does not fit the others.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.check_counts()?;
        let mut written = self.clone();
        // Widths that the teacher has from the model are checked, and blamed, under the model's name.
        written.data.teacher_hidden = written.data.teacher_hidden.filter(|widths| *widths != self.model.hidden);
        let table = toml::Value::try_from(&written)
            .map_err(|e| ConfigError::value("experiment", "", format!("cannot be written as TOML: {e}")))?;
        check_ranges("", &table)?;
        self.check_model()?;
        self.check_data()?;
        self.check_layers()?;
        self.check_rule()?;
        self.check_decay_matrices()?;
        self.check_factors()?;
        self.check_stop()?;
        self.check_sweep()
    }

    /// Checks ranges, and that the network's maps can be listed and take the examples and the matrices that are given: all
    /// that the sizes of what is made of it need, of an experiment that is none to train, as that of a recorded trajectory.
    ///
    /// # Errors
    /// The first field that is out of range or does not fit.
    pub fn check_sizes(&self) -> Result<(), ConfigError> {
        self.check_counts()?;
        let table = toml::Value::try_from(self)
            .map_err(|e| ConfigError::value("experiment", "", format!("cannot be written as TOML: {e}")))?;
        check_ranges("", &table)?;
        self.check_model()?;
        self.check_decay_matrices()
    }

    fn check_data(&self) -> Result<(), ConfigError> {
        let examples = self.data.train_examples;
        if self.training.batch_size > examples {
            return Err(ConfigError::value(
                "training.batch_size",
                self.training.batch_size,
                format!("larger than the training set; at most data.train_examples = {examples}"),
            ));
        }
        let limit = match self.data.kind {
            DataKind::Digits => Some((1_797, "the digits have 1,797 examples in all")),
            DataKind::Cifar10 => Some((60_000, "CIFAR-10 has 50,000 training and 10,000 validation examples")),
            _ => None,
        };
        if let Some((all, words)) = limit {
            let (train, validation) = (self.data.train_examples, self.data.validation_examples);
            if self.data.kind == DataKind::Cifar10 && train > 50_000 {
                return Err(ConfigError::value("data.train_examples", train, words));
            }
            if self.data.kind == DataKind::Cifar10 && validation > 10_000 {
                return Err(ConfigError::value("data.validation_examples", validation, words));
            }
            if train + validation > all {
                return Err(ConfigError::value(
                    "data.train_examples",
                    train,
                    format!("{words}, and data.validation_examples takes {validation}"),
                ));
            }
        }
        if self.training.loss == Loss::CrossEntropy && !self.is_classification() {
            return Err(ConfigError::value(
                "training.loss",
                "\"cross_entropy\"",
                "needs classes: data.kind digits, cifar10 or synthetic_images, or file with data.label_column or \
                 data.labels_path; use \"mse\" for regressions",
            ));
        }
        if self.training.loss == Loss::CrossEntropy && self.output_width() < 2 {
            return Err(ConfigError::value("data.output_size", self.output_width(), "cross_entropy needs at least 2"));
        }
        if self.data.kind == DataKind::File {
            self.data.request()?;
        }
        if !self.data.path.is_empty() && !matches!(self.data.kind, DataKind::Cifar10 | DataKind::File) {
            return Err(ConfigError::value(
                "data.path",
                format!("{:?}", self.data.path),
                "only data.kind = \"cifar10\" and \"file\" read files",
            ));
        }
        Ok(())
    }

    /// What stationarity is told by must be measured, in every window.
    fn check_stop(&self) -> Result<(), ConfigError> {
        if self.training.stop != StopRule::Stationarity || self.sweep.is_some() {
            return Ok(());
        }
        if !self.measure.stationarity {
            let message = "training.stop = \"stationarity\" compares the stationarity gaps, which this measures";
            return Err(ConfigError::value("measure.stationarity", false, message));
        }
        let (every, window) = (self.measure.every, self.measure.window);
        if !window.is_multiple_of(every) {
            let message = format!(
                "training.stop = \"stationarity\" compares windows of as many measured steps each: measure.every must \
                 divide measure.window = {window}"
            );
            return Err(ConfigError::value("measure.every", every, message));
        }
        Ok(())
    }

    fn check_layers(&self) -> Result<(), ConfigError> {
        let maps = self.maps();
        let layers = maps.len();
        if layers > MOST_LAYERS {
            let message = format!("at most {MOST_LAYERS} layers");
            return Err(ConfigError::value("model.hidden", format!("{layers} layers"), message));
        }
        let per_layer = self.regularizer.weight_decay_layers.len();
        if per_layer != 0 && per_layer != layers {
            return Err(ConfigError::value(
                "regularizer.weight_decay_layers",
                format!("{:?}", self.regularizer.weight_decay_layers),
                format!("needs one value for each of the {layers} layers, or none"),
            ));
        }
        for (path, listed) in
            [("measure.layers", &self.measure.layers), ("model.frozen_layers", &self.model.frozen_layers)]
        {
            if let Some(layer) = listed.iter().find(|layer| **layer > layers) {
                return Err(ConfigError::value(path, layer, format!("the network has layers 1 to {layers}")));
            }
            let mut seen = listed.clone();
            seen.sort_unstable();
            if seen.windows(2).any(|w| w[0] == w[1]) {
                return Err(ConfigError::value(path, format!("{listed:?}"), "each layer at most once"));
            }
        }
        let is_perceptron = self.model.kind == ModelKind::Mlp;
        if is_perceptron && self.model.batch_norm && !self.model.hidden.is_empty() && self.training.batch_size < 2 {
            let message = "model.batch_norm needs at least 2 examples a batch, as one has no variance";
            return Err(ConfigError::value("training.batch_size", self.training.batch_size, message));
        }
        if let (RuleKind::HebbNormalized, Some(map)) = (self.rule.kind, maps.iter().find(|map| map.inputs < 2)) {
            let path = if is_perceptron { "data.input_size" } else { "model.kind" };
            let message = format!("hebb_normalized needs at least 2 inputs of a neuron, and {} has one", map.title());
            return Err(ConfigError::value(path, map.inputs, message));
        }
        Ok(())
    }

    /// Factors that a field has a part in, and that training computes with in single precision: they must be there as
    /// the field itself must.
    fn check_factors(&self) -> Result<(), ConfigError> {
        let widest = |sizes: &[usize]| sizes[..sizes.len() - 1].iter().copied().max().unwrap_or(1) as f64;
        let most_inputs = self.maps().iter().map(|map| map.inputs).max().unwrap_or(1) as f64;
        let outputs = self.output_width() as f64;
        let mut teacher = vec![self.input_width()];
        teacher.extend(self.data.teacher_hidden.as_ref().unwrap_or(&self.model.hidden));
        teacher.push(self.output_width());
        let loss = match self.training.loss {
            Loss::Mse => 2.0 / outputs,
            Loss::CrossEntropy => 1.0,
        };
        for (path, value, factor) in [
            ("model.init_scale", self.model.init_scale, 1.0 / most_inputs.sqrt()),
            ("rule.feedback_scale", self.rule.feedback_scale, 1.0 / outputs.sqrt()),
            ("data.teacher_scale", self.data.teacher_scale, 1.0 / widest(&teacher).sqrt()),
            ("training.loss_scale", self.training.loss_scale, loss),
        ] {
            if vanishes(value * factor) {
                let least = f64::from(f32::MIN_POSITIVE) / factor;
                let message = format!(
                    "with these widths it enters as {:.1e}, which is 0 in single precision; at least {least:.1e}",
                    value * factor
                );
                return Err(ConfigError::value(path, format!("{value:?}"), message));
            }
        }
        Ok(())
    }

    fn check_decay_matrices(&self) -> Result<(), ConfigError> {
        const PATH: &str = "regularizer.decay_matrix";
        let matrices = &self.regularizer.decay_matrix;
        if matrices.is_empty() {
            return Ok(());
        }
        if self.regularizer.decay_spread != 1.0 || self.regularizer.decay_correlation != 0.0 {
            return Err(ConfigError::value(
                PATH,
                "given",
                "either decay_matrix or decay_spread and decay_correlation, not both",
            ));
        }
        let maps = self.maps();
        if matrices.len() != maps.len() {
            return Err(ConfigError::value(
                PATH,
                format!("{} matrices", matrices.len()),
                format!("needs one matrix for each of the {} layers", maps.len()),
            ));
        }
        for (k, matrix) in matrices.iter().enumerate() {
            let n = maps[k].outputs;
            let shape_fits = (matrix.len() == 1 || matrix.len() == n) && matrix.iter().all(|row| row.len() == n);
            if !shape_fits {
                return Err(ConfigError::value(
                    format!("{PATH}[{k}]"),
                    format!("{} rows of {:?}", matrix.len(), matrix.iter().map(Vec::len).max().unwrap_or(0)),
                    format!("layer {} has {n} neurons: 1 row of {n} or {n} rows of {n}", k + 1),
                ));
            }
            let positive = if matrix.len() == 1 && n != 1 {
                matrix[0].iter().all(|&d| d > 0.0)
            } else {
                is_positive_definite(matrix)
            };
            if !positive {
                return Err(ConfigError::value(
                    format!("{PATH}[{k}]"),
                    format!("{n}x{n}"),
                    "must be symmetric and positive definite",
                ));
            }
        }
        Ok(())
    }
}

/// Symmetry to rounding, then Cholesky.
fn is_positive_definite(matrix: &[Vec<f64>]) -> bool {
    let n = matrix.len();
    let scale = matrix.iter().flatten().fold(0.0_f64, |m, v| m.max(v.abs()));
    let mut lower = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..=i {
            // Values typed to 12 digits are symmetric to about 1e-12 of the largest.
            if (matrix[i][j] - matrix[j][i]).abs() > 1e-9 * scale {
                return false;
            }
            let dot: f64 = (0..j).map(|k| lower[i][k] * lower[j][k]).sum();
            let rest = matrix[i][j] - dot;
            if i == j {
                if rest <= 0.0 || !rest.is_finite() {
                    return false;
                }
                lower[i][i] = rest.sqrt();
            } else {
                lower[i][j] = rest / lower[j][j];
            }
        }
    }
    true
}

fn check_ranges(prefix: &str, value: &toml::Value) -> Result<(), ConfigError> {
    if let toml::Value::Table(table) = value {
        for (key, inner) in table {
            let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
            check_ranges(&path, inner)?;
        }
        return Ok(());
    }
    match field(prefix) {
        Some(known) => check_value(known, value),
        None => Err(ConfigError::value(prefix, value, "unknown field")),
    }
}

pub(super) fn check_value(field: &Field, value: &toml::Value) -> Result<(), ConfigError> {
    let number = match value {
        toml::Value::Integer(i) => *i as f64,
        toml::Value::Float(x) => *x,
        toml::Value::Array(items) => return items.iter().try_for_each(|item| check_value(field, item)),
        _ => return Ok(()),
    };
    check_number(field, number, &shown(value))
}

/// Checks one number against a field's range and precision.
///
/// # Errors
/// The field, the value and what is allowed.
pub fn check_number(field: &Field, number: f64, shown: &str) -> Result<(), ConfigError> {
    field.refusal(number).map_or(Ok(()), |message| Err(ConfigError::value(field.path, shown, message)))
}
