//! Gaussian inputs labelled by a fixed random network, or by a unit-norm linear map.

use ndarray::{Array1, Array2, s};

use super::error::DataError;
use super::product::Packed;
use super::tanh::tanh;
use super::{DataSet, Inputs, Split, Targets};
use crate::experiment::{Activation, Experiment};
use crate::random::Stream;

/// Rows that pass through the teacher together: small enough for the cache.
const BLOCK: usize = 256;

/// One affine map: `weights` is out x in, `bias` one value an output.
pub(super) struct Layer {
    weights: Array2<f32>,
    pub(super) bias: Option<Vec<f32>>,
}

/// Layers with an activation between them, none after the last.
pub(super) struct Teacher {
    pub(super) layers: Vec<Layer>,
    pub(super) activation: Activation,
}

impl Layer {
    /// Layer `k` of a teacher: weights of U(-bound, bound), biases of U(-bias_bound, bias_bound).
    pub(super) fn drawn(
        seed: u64,
        k: usize,
        [outputs, inputs]: [usize; 2],
        bound: f32,
        bias_bound: Option<f32>,
    ) -> Result<Self, DataError> {
        let mut weights = allocate("data.output_size", outputs, inputs)?;
        Stream::new(seed, &format!("teacher/W{k}")).fill_symmetric(0, bound, flat(&mut weights));
        let bias = bias_bound.map(|bound| {
            let mut bias = vec![0.0; outputs];
            Stream::new(seed, &format!("teacher/b{k}")).fill_symmetric(0, bound, &mut bias);
            bias
        });
        Ok(Self { weights, bias })
    }

    /// Its weights, laid out to be multiplied with; `field` is named where memory does not suffice.
    pub(super) fn packed(&self, field: &'static str) -> Result<Packed, DataError> {
        let (outputs, width) = self.weights.dim();
        Packed::new(self.weights.as_slice().expect("`allocate` gives row-major arrays"), width)
            .ok_or(DataError::Memory { field, examples: outputs, width })
    }
}

/// Inputs N(0, 1), targets from a random MLP of the same distribution as PyTorch's `Linear`.
pub(super) fn teacher_student(experiment: &Experiment, seed: u64) -> Result<DataSet, DataError> {
    let data = &experiment.data;
    let mut sizes = vec![data.input_size];
    sizes.extend_from_slice(data.teacher_hidden.as_deref().unwrap_or(&experiment.model.hidden));
    sizes.push(data.output_size);
    let layers = sizes.windows(2).zip(1..).map(|(pair, k)| {
        let (fan_in, outputs) = (pair[0], pair[1]);
        let bound = (data.teacher_scale / (fan_in as f64).sqrt()) as f32;
        Layer::drawn(seed, k, [outputs, fan_in], bound, data.teacher_bias.then_some(bound))
    });
    let activation = data.teacher_activation.unwrap_or(experiment.model.activation);
    let teacher = Teacher { layers: layers.collect::<Result<_, DataError>>()?, activation };
    let widths: Vec<String> = sizes.iter().map(ToString::to_string).collect();
    let source = format!(
        "teacher-student, {} {}{}",
        widths.join("-"),
        name(activation),
        if data.teacher_bias { " with biases" } else { "" }
    );
    teacher.label(experiment, seed, source)
}

/// Inputs N(0, I), targets `W* x` with every row of `W*` a random direction of length 1.
pub(super) fn linear(experiment: &Experiment, seed: u64) -> Result<DataSet, DataError> {
    let (inputs, outputs) = (experiment.data.input_size, experiment.data.output_size);
    let mut weights = allocate("data.output_size", outputs, inputs)?;
    Stream::new(seed, "teacher/W1").fill_normal(0, flat(&mut weights));
    for mut row in weights.rows_mut() {
        let norm = row.iter().map(|&w| f64::from(w).powi(2)).sum::<f64>().sqrt();
        if norm > 0.0 {
            row.mapv_inplace(|w| (f64::from(w) / norm) as f32);
        } else {
            // A deviate can be exactly 0, and a single input has no other to give the row a length.
            row[0] = 1.0;
        }
    }
    let teacher = Teacher { layers: vec![Layer { weights, bias: None }], activation: Activation::Linear };
    teacher.label(experiment, seed, format!("linear regression, {inputs}-{outputs}, unit-norm rows"))
}

impl Teacher {
    fn label(&self, experiment: &Experiment, seed: u64, source: String) -> Result<DataSet, DataError> {
        let data = &experiment.data;
        let train =
            self.split(experiment, "data.train_examples", data.train_examples, seed, ["data", "target_noise"])?;
        let validation = self.split(
            experiment,
            "data.validation_examples",
            data.validation_examples,
            seed,
            ["validation", "validation_target_noise"],
        )?;
        Ok(DataSet { train, validation, source, notice: None, content: None })
    }

    fn split(
        &self,
        experiment: &Experiment,
        field: &'static str,
        examples: usize,
        seed: u64,
        [input_stream, noise_stream]: [&str; 2],
    ) -> Result<Split, DataError> {
        let mut inputs = allocate(field, examples, experiment.data.input_size)?;
        Stream::new(seed, input_stream).fill_normal(0, flat(&mut inputs));
        let mut targets = self.outputs(field, &inputs)?;
        add_noise(experiment, field, seed, noise_stream, &mut targets)?;
        let (inputs, targets) = (on_cache_lines(inputs), on_cache_lines(targets));
        Ok(Split { inputs: Inputs::Real(inputs), targets: Targets::Values(targets) })
    }

    /// Outputs for every row of `inputs`; memory for them and for one block of hidden activity.
    pub(super) fn outputs(&self, field: &'static str, inputs: &Array2<f32>) -> Result<Array2<f32>, DataError> {
        let Some((last, hidden)) = self.layers.split_last() else { return Ok(inputs.clone()) };
        let mut outputs = allocate(field, inputs.nrows(), last.weights.nrows())?;
        let mut through = Vec::with_capacity(hidden.len());
        for layer in hidden {
            let width = layer.weights.nrows();
            through.push((
                layer.packed("data.teacher_hidden")?,
                layer,
                width,
                allocate("data.teacher_hidden", BLOCK, width)?,
            ));
        }
        let (last_packed, width) = (last.packed("data.teacher_hidden")?, last.weights.nrows());
        let (from, columns) = (inputs.as_slice().expect("`allocate` gives row-major arrays"), inputs.ncols());
        let blocks = from.chunks(BLOCK * columns.max(1)).zip(flat(&mut outputs).chunks_mut(BLOCK * width.max(1)));
        for (mut input, out) in blocks {
            let rows = input.len() / columns.max(1);
            for (packed, layer, width, activity) in &mut through {
                let activity = &mut flat(activity)[..rows * *width];
                packed.multiply(input, layer.bias.as_deref(), activity);
                activate(self.activation, activity);
                input = activity;
            }
            last_packed.multiply(input, last.bias.as_deref(), out);
        }
        Ok(outputs)
    }
}

/// Applies an activation to every value.
pub(super) fn activate(activation: Activation, values: &mut [f32]) {
    match activation {
        Activation::Linear => {}
        Activation::Relu => values.iter_mut().for_each(|v| *v = v.max(0.0)),
        Activation::Tanh => tanh(values),
        Activation::Sigmoid => {
            // 1 / (1 + exp(-x)) = (1 + tanh(x / 2)) / 2.
            values.iter_mut().for_each(|v| *v *= 0.5);
            tanh(values);
            values.iter_mut().for_each(|v| *v = 0.5 + 0.5 * *v);
        }
    }
}

fn name(activation: Activation) -> &'static str {
    match activation {
        Activation::Linear => "linear",
        Activation::Relu => "relu",
        Activation::Sigmoid => "sigmoid",
        Activation::Tanh => "tanh",
    }
}

/// Adds Gaussian noise of SD `data.target_noise_sd`.
pub(super) fn add_noise(
    experiment: &Experiment,
    field: &'static str,
    seed: u64,
    stream: &str,
    targets: &mut Array2<f32>,
) -> Result<(), DataError> {
    let sd = experiment.data.target_noise_sd as f32;
    if sd > 0.0 {
        let mut noise = allocate(field, targets.nrows(), targets.ncols())?;
        Stream::new(seed, stream).fill_normal(0, flat(&mut noise));
        targets.scaled_add(sd, &noise);
    }
    Ok(())
}

/// Zeros, rows x width, or an error that names `field` where memory does not suffice.
pub(super) fn allocate(field: &'static str, rows: usize, width: usize) -> Result<Array2<f32>, DataError> {
    let refused = || DataError::Memory { field, examples: rows, width };
    let count = rows.checked_mul(width).ok_or_else(refused)?;
    let mut values = Vec::new();
    values.try_reserve_exact(count).map_err(|_| refused())?;
    values.resize(count, 0.0);
    Array2::from_shape_vec((rows, width), values).map_err(|_| refused())
}

pub(super) fn flat(values: &mut Array2<f32>) -> &mut [f32] {
    values.as_slice_mut().expect("`allocate` gives row-major arrays")
}

/// The same values from the start of a cache line on: gathered rows, which are read in random order, then touch a
/// third fewer lines.
pub(super) fn on_cache_lines(values: Array2<f32>) -> Array2<f32> {
    let (shape, len) = (values.dim(), values.len());
    let mut store = Array1::<f32>::zeros(len + 16);
    let first = store.as_ptr().align_offset(64).min(16);
    store.slice_mut(s![first..first + len]).assign(&values.flatten());
    let aligned = store.slice_move(s![first..first + len]);
    aligned.into_shape_with_order(shape).unwrap_or(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::DataKind;

    fn experiment() -> Experiment {
        let mut experiment = Experiment::default();
        experiment.data.train_examples = 300;
        experiment.data.validation_examples = 50;
        experiment
    }

    fn real(split: &Split) -> (&Array2<f32>, &Array2<f32>) {
        match (&split.inputs, &split.targets) {
            (Inputs::Real(x), Targets::Values(y)) => (x, y),
            _ => panic!("a regression has real inputs and targets"),
        }
    }

    /// Draws U(-bound, bound) as the trainer's initialisation would.
    fn uniform(stream: &str, rows: usize, width: usize, bound: f64) -> Array2<f64> {
        let mut values = vec![0.0; rows * width];
        Stream::new(6, stream).fill_symmetric(0, bound as f32, &mut values);
        Array2::from_shape_vec((rows, width), values).expect("sizes agree").mapv(f64::from)
    }

    #[test]
    fn targets_are_the_teachers_in_double_precision() {
        type Function = fn(f64) -> f64;
        let cases: [(Activation, Function); 4] = [
            (Activation::Tanh, f64::tanh),
            (Activation::Relu, |v| v.max(0.0)),
            (Activation::Sigmoid, |v| 1.0 / (1.0 + (-v).exp())),
            (Activation::Linear, |v| v),
        ];
        for (activation, function) in cases {
            let mut experiment = experiment();
            experiment.data.input_size = 5;
            experiment.data.output_size = 3;
            experiment.data.teacher_hidden = Some(vec![7, 4]);
            experiment.data.teacher_activation = Some(activation);
            experiment.data.teacher_bias = true;
            experiment.data.teacher_scale = 2.0;
            let set = teacher_student(&experiment, 6).expect("small");
            let (x, y) = real(&set.train);
            let mut activity = x.mapv(f64::from);
            for (k, pair) in [5, 7, 4, 3].windows(2).enumerate() {
                let bound = 2.0 / (pair[0] as f64).sqrt();
                let weights = uniform(&format!("teacher/W{}", k + 1), pair[1], pair[0], bound);
                let bias = uniform(&format!("teacher/b{}", k + 1), 1, pair[1], bound);
                activity = activity.dot(&weights.t()) + &bias;
                if k < 2 {
                    activity.mapv_inplace(function);
                }
            }
            for (&found, &expected) in y.iter().zip(&activity) {
                // Three products of at most 7 terms of order 1 in f32: a few times 1e-7 each.
                assert!((f64::from(found) - expected).abs() < 5e-6, "{activation:?}: {found}, not {expected}");
            }
        }
    }

    #[test]
    fn absent_teacher_fields_follow_the_model() {
        let set = teacher_student(&experiment(), 0).expect("small");
        assert_eq!(set.source, "teacher-student, 32-128-128-32 tanh");
    }

    #[test]
    fn a_longer_split_begins_with_the_shorter_one() {
        let mut longer = experiment();
        longer.data.train_examples = 301;
        let (short, long) =
            (teacher_student(&experiment(), 1).expect("small"), teacher_student(&longer, 1).expect("small"));
        assert_eq!(real(&short.train).0, real(&long.train).0.slice(s![..300, ..]));
        assert_eq!(real(&short.validation), real(&long.validation));
    }

    #[test]
    fn training_and_validation_differ() {
        let set = teacher_student(&experiment(), 1).expect("small");
        assert_ne!(real(&set.train).0.row(0), real(&set.validation).0.row(0));
    }

    #[test]
    fn a_linear_teacher_has_unit_rows_and_exact_targets() {
        let mut experiment = experiment();
        experiment.data.kind = DataKind::LinearRegression;
        experiment.data.input_size = 16;
        experiment.data.output_size = 2;
        let set = linear(&experiment, 3).expect("small");
        let (x, y) = real(&set.train);
        let mut weights = vec![0.0; 32];
        Stream::new(3, "teacher/W1").fill_normal(0, &mut weights);
        for (output, row) in weights.chunks(16).enumerate() {
            let norm = row.iter().map(|&w| f64::from(w).powi(2)).sum::<f64>().sqrt();
            for (x, y) in x.rows().into_iter().zip(y.column(output)) {
                let expected: f64 = row.iter().zip(x).map(|(&w, &x)| f64::from(w) / norm * f64::from(x)).sum();
                // 16 products of order 1 in f32.
                assert!((f64::from(*y) - expected).abs() < 2e-6, "{y}, not {expected}");
            }
        }
    }

    #[test]
    fn a_single_input_gives_a_weight_of_one_in_size() {
        let mut experiment = experiment();
        experiment.data.input_size = 1;
        experiment.data.output_size = 1;
        let set = linear(&experiment, 0).expect("small");
        let (x, y) = real(&set.train);
        assert!(x.iter().zip(y).all(|(x, y)| x.abs() == y.abs()));
    }

    #[test]
    fn target_noise_has_its_sd_and_spares_the_inputs() {
        let mut noisy = experiment();
        noisy.data.target_noise_sd = 0.5;
        let (clean, noisy) =
            (teacher_student(&experiment(), 2).expect("small"), teacher_student(&noisy, 2).expect("small"));
        for (clean, noisy) in [(&clean.train, &noisy.train), (&clean.validation, &noisy.validation)] {
            let ((x, y), (noisy_x, noisy_y)) = (real(clean), real(noisy));
            assert_eq!(x, noisy_x);
            let difference = noisy_y - y;
            let sd = difference.mapv(|d| f64::from(d).powi(2)).mean().expect("not empty").sqrt();
            // Relative standard error 1/sqrt(2 n) with n = 1,600 at least: 0.018; 5 of them.
            assert!((sd / 0.5 - 1.0).abs() < 0.09, "SD {sd}");
        }
    }

    #[test]
    fn too_many_examples_are_an_error() {
        let error = allocate("data.train_examples", usize::MAX / 8, 16).expect_err("too large").to_string();
        assert!(error.starts_with("data.train_examples = ") && error.contains("16 values"), "{error}");
    }
}
