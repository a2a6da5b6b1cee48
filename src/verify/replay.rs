//! Runs a golden trajectory in either precision, on the CPU or on a graphics processor.

use std::sync::Arc;

use super::trajectory::{Golden, MapStep, Step};
use crate::backend::cpu::{CpuExecutor, Measurement, Real, Replica};
use crate::backend::gpu::GpuDevice;
use crate::backend::{Executor, StepInputs};
use crate::program::measure::{LOSS, LayerMetrics, PENALTY, ROW_VALUES, cosine};
use crate::program::{BufferId, Given, Program, Role, View};

/// Largest deviations of a replay: losses, norms and weights relative, cosines absolute.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deviations {
    /// Of the training loss and the penalty on activity.
    pub loss: f64,
    /// Of all cosines, whole matrices and rows.
    pub cosines: f64,
    /// Of the norms of signal, weights and Hebbian update and of C(W).
    pub norms: f64,
    /// Of the final parameters and running statistics, and of states after every step, by the largest of each.
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

/// Examples and draws are written before each step; nobody is asked for any.
struct Nothing;

impl<T: Real> StepInputs<T> for Nothing {
    fn batch(&mut self, _step: u64, _inputs: &mut [T], _targets: &mut [T]) {}
    fn noise(&self, _stream: usize, _step: u64, _sd: f64, _first: usize, _out: &mut [T]) {}
    fn mask(&self, _stream: usize, _step: u64, _rate: f64, _first: usize, _out: &mut [T]) {}
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

/// Most numbers that a replay computes with: 512 MiB of double precision. The longest file that is read has some three million
/// numbers.
const MOST_ELEMENTS: usize = 1 << 26;

/// Most constants that a program has by itself, such as the 1 of a written rule.
const OF_PROGRAM: usize = 64;

/// A trajectory with its program.
struct Replay<'a> {
    golden: &'a Golden,
    program: Arc<Program>,
    given: Given,
    hyper: Vec<f64>,
}

impl<'a> Replay<'a> {
    fn new(golden: &'a Golden) -> Result<Self, String> {
        let experiment = &golden.experiment;
        let program = Program::compile(experiment);
        let elements = program.lasting_elements().saturating_add(program.working_elements());
        if elements > MOST_ELEMENTS {
            return Err(format!("config: a network that computes with {elements} numbers; at most {MOST_ELEMENTS}"));
        }
        check_given(golden, &program)?;
        let (program, given) = program.with_given_inputs().ok_or("a program without examples")?;
        let mut hyper = vec![0.0; program.slots];
        crate::training::fill_hyper(experiment, &mut hyper);
        for (stream, steps) in &golden.draws {
            let wanted = given.draws.iter().find(|(name, _)| name == stream);
            let wanted = wanted.ok_or_else(|| format!("extra: the program draws nothing from {stream}"))?.1.len();
            if let Some(found) = steps.iter().map(Vec::len).find(|found| *found != wanted) {
                return Err(format!("extra: {stream}: found {found} values a step, expected {wanted}"));
            }
        }
        Ok(Self { golden, program: Arc::new(program), given, hyper })
    }

    fn replica<T: Real>(&self) -> Result<Replica<T>, String> {
        let mut replica = Replica::new(&self.program, 0, self.hyper.clone(), Box::new(Nothing));
        for (name, values) in &self.golden.init {
            let view = whole(&self.program, name)?;
            if values.len() != view.len() {
                return Err(format!("{name}: {} values, expected {}x{}", values.len(), view.rows, view.columns));
            }
            write(&mut replica, view, values);
        }
        Ok(replica)
    }

    /// Writes what step `step` is given.
    fn give<T: Real>(&self, replica: &mut Replica<T>, step: usize) {
        write(replica, self.given.inputs, &self.golden.x[step]);
        write(replica, self.given.targets, &self.golden.y[step]);
        for (stream, view) in &self.given.draws {
            if let Some(steps) = self.golden.draws.get(stream) {
                write(replica, *view, &steps[step]);
            }
        }
    }

    fn compare_states<T: Real>(
        &self,
        replica: &Replica<T>,
        expected: &Step,
        to: &mut Deviations,
    ) -> Result<(), String> {
        for (name, values) in &expected.states {
            let found = read(replica, whole(&self.program, name)?);
            to.weights = note(to.weights, max_norm_deviation(&found, values));
        }
        Ok(())
    }

    fn compare_last<T: Real>(&self, replica: &Replica<T>, to: &mut Deviations) -> Result<(), String> {
        for (name, values) in &self.golden.last {
            let found = read(replica, whole(&self.program, name)?);
            to.weights = note(to.weights, max_norm_deviation(&found, values));
        }
        Ok(())
    }

    fn compare_step<T: Real>(&self, m: &Measurement<'_, T>, step: usize, to: &mut Deviations) {
        let expected = &self.golden.steps[step];
        to.loss = note(to.loss, relative(m.metrics[LOSS], expected.loss));
        if let Some(penalty) = expected.penalty {
            to.loss = note(to.loss, relative(m.metrics[PENALTY], penalty));
        }
        let mut first_row = 0;
        for (places, expected) in self.program.metrics.layers.iter().zip(&expected.maps) {
            let neurons = self.program.layers[places.layer - 1].weights.rows;
            let rows = &m.rows[first_row * ROW_VALUES..(first_row + neurons) * ROW_VALUES];
            first_row += neurons;
            compare_map(places, m.metrics, expected, to);
            compare_rows(rows, expected, to);
        }
    }
}

/// What is not given would be as large as a file says, and not as large as the file.
fn check_given(golden: &Golden, program: &Program) -> Result<(), String> {
    let matrices = golden.experiment.regularizer.decay_matrix.iter().flatten();
    let given: usize = golden.init.iter().map(|(_, values)| values.len()).chain(matrices.map(Vec::len)).sum();
    let of_file = program.buffers.iter().filter(|buffer| matches!(buffer.role, Role::Parameter | Role::Constant));
    let needed: usize = of_file.map(|buffer| buffer.rows * buffer.columns).sum();
    if needed <= given + OF_PROGRAM {
        return Ok(());
    }
    Err(format!(
        "init and extra: found {given} values, fewer than the {needed} parameters and constants of the network"
    ))
}

fn whole(program: &Program, name: &str) -> Result<View, String> {
    let BufferId(place) = program.buffer(name).ok_or_else(|| format!("the program has no buffer {name}"))?;
    let spec = &program.buffers[place];
    let (rows, columns) = (spec.rows, spec.columns);
    Ok(View { buffer: BufferId(place), offset: 0, rows, columns, row_stride: columns })
}

fn write<T: Real>(replica: &mut Replica<T>, view: View, values: &[f64]) {
    let values: Vec<T> = values.iter().map(|&value| T::from_f64(value)).collect();
    replica.write(view, &values);
}

fn read<T: Real>(replica: &Replica<T>, view: View) -> Vec<f64> {
    replica.read(view).into_iter().map(Into::into).collect()
}

/// Runs the trajectory on the CPU and compares it number by number.
///
/// # Errors
/// What does not fit between the file and the program.
pub fn replay<T: Real>(golden: &Golden) -> Result<Deviations, String> {
    let replay = Replay::new(golden)?;
    let mut executor =
        CpuExecutor::new(Arc::clone(&replay.program), vec![replay.replica::<T>()?], 1).map_err(|e| e.to_string())?;
    executor.keep_rows(Some(0));
    let mut deviations = Deviations::default();
    for (step, expected) in golden.steps.iter().enumerate() {
        replay.give(&mut executor.replicas_mut()[0], step);
        executor.advance(1);
        let mut seen = 0;
        executor.for_each_measurement(|m| {
            seen += 1;
            replay.compare_step(&m, step, &mut deviations);
        });
        if seen == 0 {
            return Err(diverged(step, golden));
        }
        replay.compare_states(&executor.replicas()[0], expected, &mut deviations)?;
    }
    replay.compare_last(&executor.replicas()[0], &mut deviations)?;
    Ok(deviations)
}

/// As [`replay`] in f32, on a device; it is given back in any case.
///
/// # Errors
/// As [`replay`], and what the device says.
pub fn replay_on(golden: &Golden, device: GpuDevice) -> (Result<Deviations, String>, Option<GpuDevice>) {
    let prepared = Replay::new(golden).and_then(|replay| {
        let replica = replay.replica::<f32>()?;
        let executor = Executor::new(Arc::clone(&replay.program), vec![replica], 1).map_err(|e| e.to_string())?;
        Ok((replay, executor))
    });
    let (replay, mut executor) = match prepared {
        Ok(prepared) => prepared,
        Err(message) => return (Err(message), Some(device)),
    };
    executor.keep_rows(Some(0));
    if let Err(error) = executor.use_device(device) {
        return (Err(error.to_string()), None);
    }
    let result = run_on(&replay, &mut executor);
    (result, executor.into_heritage().device)
}

fn run_on(replay: &Replay<'_>, executor: &mut Executor) -> Result<Deviations, String> {
    let golden = replay.golden;
    let mut deviations = Deviations::default();
    for (step, expected) in golden.steps.iter().enumerate() {
        replay.give(&mut executor.replicas_mut()[0], step);
        executor.advance(1);
        if let Some(loss) = executor.take_loss() {
            return Err(loss);
        }
        let mut seen = 0;
        executor.for_each_measurement(|m| {
            seen += 1;
            replay.compare_step(&m, step, &mut deviations);
        });
        if seen == 0 {
            return Err(diverged(step, golden));
        }
        executor.sync();
        replay.compare_states(&executor.replicas()[0], expected, &mut deviations)?;
    }
    executor.sync();
    replay.compare_last(&executor.replicas()[0], &mut deviations)?;
    Ok(deviations)
}

fn diverged(step: usize, golden: &Golden) -> String {
    format!("the replay diverged after {step} of {} steps", golden.steps.len())
}

fn max_norm_deviation(found: &[f64], expected: &[f64]) -> f64 {
    if found.len() != expected.len() {
        return f64::INFINITY;
    }
    let scale = expected.iter().fold(0.0_f64, |m, v| m.max(v.abs())).max(1e-300);
    found.iter().zip(expected).fold(0.0, |largest, (a, b)| note(largest, (a - b).abs() / scale))
}

fn compare_map(places: &LayerMetrics, metrics: &[f64], expected: &MapStep, to: &mut Deviations) {
    let [gg, hh, gh, uu, uh, ww] = std::array::from_fn(|i| metrics[places.totals + i]);
    let pair = |at: Option<usize>| at.and_then(|at| cosine(metrics[at], metrics[at + 1], metrics[at + 2]));
    let mut cosines = vec![
        (cosine(gg, hh, gh), Some(expected.signal_hebb)),
        (cosine(uu, hh, uh), Some(expected.full_hebb)),
        (pair(places.loss_gradient), expected.signal_neggrad),
        (pair(places.gradient_hebbian), expected.neggrad_hebb),
        (pair(places.post_activation), expected.signal_hebb_post),
    ];
    let mut norms = vec![
        (gg.sqrt(), Some(expected.signal_norm)),
        (ww.sqrt(), Some(expected.weight_norm)),
        (hh.sqrt(), expected.hebbian_norm),
    ];
    if let Some([signal, full, norm]) = expected.dense {
        // Signal and update are 0 where there is no connection, so that their inner products with H are the same.
        let dense = places.dense.map_or(f64::NAN, |at| metrics[at]);
        cosines.push((cosine(gg, dense, gh), Some(signal)));
        cosines.push((cosine(uu, dense, uh), Some(full)));
        norms.push((dense.sqrt(), Some(norm)));
    }
    // The files hold 0 where a cosine is undefined.
    for (found, expected) in cosines {
        let Some(expected) = expected else { continue };
        to.cosines = note(to.cosines, (found.unwrap_or(0.0) - expected).abs());
    }
    for (found, expected) in norms {
        let Some(expected) = expected else { continue };
        to.norms = note(to.norms, relative(found, expected));
    }
    let recorded = expected;
    if let (Some(at), Some(expected)) = (places.per_example, recorded.mean_signal_dot_hebbian) {
        // A sum of terms of both signs: its error is measured against 1 where it nearly cancels.
        let clip = match places.unclipped.filter(|_| recorded.is_clipped_product).map(|at| metrics[at]) {
            Some(unclipped) if unclipped > 0.0 => (gg / unclipped).sqrt(),
            _ => 1.0,
        };
        let error = (clip * metrics[at + 2] - expected).abs() / expected.abs().max(1.0);
        to.norms = note(to.norms, error);
    }
}

fn compare_rows<T: Real>(rows: &[T], expected: &MapStep, to: &mut Deviations) {
    if rows.len() != expected.signal_hebb_rows.len() * ROW_VALUES
        || rows.len() != expected.full_hebb_rows.len() * ROW_VALUES
    {
        to.cosines = f64::INFINITY;
        return;
    }
    for (sums, (&signal, &full)) in
        rows.chunks_exact(ROW_VALUES).zip(expected.signal_hebb_rows.iter().zip(&expected.full_hebb_rows))
    {
        // The exponents of the operands drop out of their cosines.
        let [gg, hh, gh, uu, uh]: [f64; 5] = std::array::from_fn(|i| sums[i].into());
        for (found, expected) in [(cosine(gg, hh, gh), signal), (cosine(uu, hh, uh), full)] {
            to.cosines = note(to.cosines, (found.unwrap_or(0.0) - expected).abs());
        }
    }
}
