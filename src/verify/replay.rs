//! Runs a golden trajectory in either precision.

use std::sync::Arc;

use super::golden::{Golden, LayerStep, NoiseStep, Parameters, Targets};
use crate::backend::StepInputs;
use crate::backend::cpu::{CpuExecutor, Measurement, Real, Replica};
use crate::program::measure::{LOSS, LayerMetrics, ROW_VALUES, cosine};
use crate::program::{Program, Slot};

/// Largest deviations of a replay: losses, norms and weights relative, cosines absolute.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deviations {
    /// Of the training loss.
    pub loss: f64,
    /// Of all cosines, whole matrices and rows.
    pub cosines: f64,
    /// Of the norms of signal and weights and of C(W).
    pub norms: f64,
    /// Of the final weights and biases, by the largest of each matrix.
    pub weights: f64,
}

impl Deviations {
    /// The largest of all.
    #[must_use]
    pub fn largest(&self) -> f64 {
        // NaN must not vanish in a maximum.
        [self.loss, self.cosines, self.norms, self.weights].into_iter().fold(0.0, note)
    }
}

/// Larger of the two; a NaN counts as infinite.
fn note(largest: f64, deviation: f64) -> f64 {
    if deviation.is_nan() { f64::INFINITY } else { largest.max(deviation) }
}

fn relative(found: f64, expected: f64) -> f64 {
    if found == expected { 0.0 } else { (found - expected).abs() / expected.abs().max(1e-300) }
}

/// Batches and noise from the file.
struct Recorded {
    x: Vec<Vec<f64>>,
    y: Vec<Vec<f64>>,
    /// By stream of the program, then by step.
    noise: Vec<Vec<Vec<f64>>>,
}

impl<T: Real> StepInputs<T> for Recorded {
    fn batch(&mut self, step: u64, inputs: &mut [T], targets: &mut [T]) {
        fill(&self.x[step as usize], inputs);
        fill(&self.y[step as usize], targets);
    }

    fn noise(&mut self, stream: usize, step: u64, _sd: f64, out: &mut [T]) {
        fill(&self.noise[stream][step as usize], out);
    }

    fn cursor(&self) -> u64 {
        0
    }

    fn seek(&mut self, _cursor: u64) {}

    fn validation(&mut self, _first: usize, _inputs: &mut [T], _targets: &mut [T]) -> usize {
        0
    }

    fn validation_examples(&self) -> usize {
        0
    }
}

fn fill<T: Real>(from: &[f64], to: &mut [T]) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to = T::from_f64(from);
    }
}

/// Runs the trajectory and compares it number by number.
///
/// # Errors
/// What does not fit between the file and the program.
pub fn replay<T: Real>(golden: &Golden) -> Result<Deviations, String> {
    let experiment = golden.experiment()?;
    let program = Arc::new(Program::compile(&experiment));
    let mut hyper = vec![0.0; Slot::count(program.layers.len())];
    crate::training::fill_hyper(&experiment, &mut hyper);
    let inputs = recorded(golden, &program)?;
    let mut replica = Replica::<T>::new(&program, 0, hyper, Box::new(inputs));
    install(golden, &program, &mut replica)?;
    let mut executor = CpuExecutor::new(Arc::clone(&program), vec![replica], 1).map_err(|e| e.to_string())?;
    executor.keep_rows(Some(0));
    executor.advance(golden.steps.len() as u64);

    let mut deviations = Deviations::default();
    let mut seen = 0;
    executor.for_each_measurement(|m| {
        seen += 1;
        compare_step(golden, &program, &m, &mut deviations);
    });
    if seen != golden.steps.len() {
        return Err(format!("the replay diverged after {seen} of {} steps", golden.steps.len()));
    }
    let replica = &executor.replicas()[0];
    for (k, last) in golden.last.iter().enumerate() {
        let parameter = |name: String| program.buffer(&name).map(|id| read_whole(&program, replica, id.0));
        let flat: Vec<f64> = last.weights.concat();
        let found = parameter(format!("W{}", k + 1)).unwrap_or_default();
        deviations.weights = note(deviations.weights, max_norm_deviation(&found, &flat));
        if let Some(bias) = &last.bias {
            let found = parameter(format!("b{}", k + 1)).unwrap_or_default();
            deviations.weights = note(deviations.weights, max_norm_deviation(&found, bias));
        }
    }
    Ok(deviations)
}

fn read_whole<T: Real>(program: &Program, replica: &Replica<T>, buffer: usize) -> Vec<f64> {
    let spec = &program.buffers[buffer];
    let view = crate::program::View {
        buffer: crate::program::BufferId(buffer),
        offset: 0,
        rows: spec.rows,
        columns: spec.columns,
        row_stride: spec.columns,
    };
    replica.read(view).into_iter().map(Into::into).collect()
}

fn max_norm_deviation(found: &[f64], expected: &[f64]) -> f64 {
    if found.len() != expected.len() {
        return f64::INFINITY;
    }
    let scale = expected.iter().fold(0.0_f64, |m, v| m.max(v.abs())).max(1e-300);
    found.iter().zip(expected).fold(0.0, |largest, (a, b)| note(largest, (a - b).abs() / scale))
}

fn recorded(golden: &Golden, program: &Program) -> Result<Recorded, String> {
    let outputs = program.layers[program.layers.len() - 1].weights.rows;
    let y = match &golden.y {
        Targets::Values(steps) => steps.iter().map(|rows| rows.concat()).collect(),
        Targets::Classes(steps) => steps
            .iter()
            .map(|classes| {
                let mut one_hot = vec![0.0; classes.len() * outputs];
                for (row, &class) in classes.iter().enumerate() {
                    let place = one_hot.get_mut(row * outputs + class).filter(|_| class < outputs);
                    *place.ok_or_else(|| format!("y: class {class}, allowed 0 to {}", outputs - 1))? = 1.0;
                }
                Ok(one_hot)
            })
            .collect::<Result<Vec<_>, String>>()?,
    };
    let wanted = golden.config.batch * outputs;
    if y.len() != golden.steps.len() || y.iter().any(|step| step.len() != wanted) {
        return Err(format!("y: expected {} steps of {wanted} values", golden.steps.len()));
    }
    let noise = match &golden.extra.noise {
        None => Vec::new(),
        Some(steps) => program
            .noise_streams
            .iter()
            .map(|stream| noise_of(steps, &stream.name, stream.len))
            .collect::<Result<Vec<_>, String>>()?,
    };
    Ok(Recorded { x: golden.x.iter().map(|rows| rows.concat()).collect(), y, noise })
}

fn noise_of(steps: &[NoiseStep], stream: &str, len: usize) -> Result<Vec<Vec<f64>>, String> {
    let Some(parameter) = stream.strip_prefix("weight_noise/") else { return Ok(Vec::new()) };
    let (kind, layer) = parameter.split_at(1);
    let layer: usize = layer.parse().map_err(|_| format!("stream {stream}"))?;
    steps
        .iter()
        .map(|layers| {
            let (weights, bias) = layers.get(layer - 1).ok_or("extra.noise: too few layers")?;
            let values = if kind == "W" { weights.concat() } else { bias.clone().unwrap_or_default() };
            if values.len() == len { Ok(values) } else { Err(format!("extra.noise: {stream} needs {len} values")) }
        })
        .collect()
}

fn install<T: Real>(golden: &Golden, program: &Program, replica: &mut Replica<T>) -> Result<(), String> {
    let mut write = |name: String, values: Vec<f64>| -> Result<(), String> {
        let id = program.buffer(&name).ok_or_else(|| format!("the program has no buffer {name}"))?;
        let spec = &program.buffers[id.0];
        if values.len() != spec.rows * spec.columns {
            return Err(format!("{name}: {} values, expected {}x{}", values.len(), spec.rows, spec.columns));
        }
        let (rows, columns) = (spec.rows, spec.columns);
        let view = crate::program::View { buffer: id, offset: 0, rows, columns, row_stride: columns };
        let values: Vec<T> = values.into_iter().map(T::from_f64).collect();
        replica.write(view, &values);
        Ok(())
    };
    for (k, Parameters { weights, bias }) in golden.init.iter().enumerate() {
        write(format!("W{}", k + 1), weights.concat())?;
        if let Some(bias) = bias {
            write(format!("b{}", k + 1), bias.clone())?;
        }
    }
    for (k, matrix) in golden.extra.feedback.iter().flatten().enumerate() {
        write(format!("feedback/{}", k + 1), matrix.concat())?;
    }
    for (k, (weights, bias)) in golden.extra.rnn.iter().flatten().enumerate() {
        write(format!("random_nn/W{}", k + 1), weights.concat())?;
        write(format!("random_nn/b{}", k + 1), bias.clone())?;
    }
    for (k, (weights, bias)) in golden.extra.proj.iter().flatten().enumerate() {
        write(format!("projection/W{}", k + 1), weights.concat())?;
        if let Some(bias) = bias {
            write(format!("projection/b{}", k + 1), bias.concat())?;
        }
    }
    Ok(())
}

fn compare_step<T: Real>(golden: &Golden, program: &Program, m: &Measurement<'_, T>, deviations: &mut Deviations) {
    let expected = &golden.steps[m.step as usize];
    deviations.loss = note(deviations.loss, relative(m.metrics[LOSS], expected.loss));
    let mut first_row = 0;
    for (places, expected) in program.metrics.layers.iter().zip(&expected.layers) {
        let neurons = program.layers[places.layer - 1].weights.rows;
        let rows = &m.rows[first_row * ROW_VALUES..(first_row + neurons) * ROW_VALUES];
        first_row += neurons;
        compare_layer(places, m.metrics, expected, deviations);
        compare_rows(rows, expected, deviations);
    }
}

fn compare_layer(places: &LayerMetrics, metrics: &[f64], expected: &LayerStep, deviations: &mut Deviations) {
    let [gg, hh, gh, uu, uh, ww] = std::array::from_fn(|i| metrics[places.totals + i]);
    let pair = |at: Option<usize>| at.and_then(|at| cosine(metrics[at], metrics[at + 1], metrics[at + 2]));
    // The files hold 0 where a cosine is undefined.
    let cosines = [
        (cosine(gg, hh, gh), expected.signal_hebb),
        (cosine(uu, hh, uh), expected.full_hebb),
        (pair(places.loss_gradient), expected.signal_neggrad),
        (pair(places.gradient_hebbian), expected.neggrad_hebb),
        (pair(places.post_activation), expected.signal_hebb_post),
    ];
    for (found, expected) in cosines {
        deviations.cosines = note(deviations.cosines, (found.unwrap_or(0.0) - expected).abs());
    }
    deviations.norms = note(deviations.norms, relative(gg.sqrt(), expected.signal_norm));
    deviations.norms = note(deviations.norms, relative(ww.sqrt(), expected.weight_norm));
    if let (Some(at), Some(expected)) = (places.per_example, expected.mean_signal_dot_hebbian) {
        // A sum of terms of both signs: its error is measured against 1 where it nearly cancels.
        let error = (metrics[at + 2] - expected).abs() / expected.abs().max(1.0);
        deviations.norms = note(deviations.norms, error);
    }
}

fn compare_rows<T: Real>(rows: &[T], expected: &LayerStep, deviations: &mut Deviations) {
    if rows.len() != expected.signal_hebb_rows.len() * ROW_VALUES
        || rows.len() != expected.full_hebb_rows.len() * ROW_VALUES
    {
        deviations.cosines = f64::INFINITY;
        return;
    }
    for (sums, (&signal, &full)) in
        rows.chunks_exact(ROW_VALUES).zip(expected.signal_hebb_rows.iter().zip(&expected.full_hebb_rows))
    {
        // The exponents of the operands drop out of their cosines.
        let [gg, hh, gh, uu, uh]: [f64; 5] = std::array::from_fn(|i| sums[i].into());
        for (found, expected) in [(cosine(gg, hh, gh), signal), (cosine(uu, hh, uh), full)] {
            deviations.cosines = note(deviations.cosines, (found.unwrap_or(0.0) - expected).abs());
        }
    }
}
