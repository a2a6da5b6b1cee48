//! Whole programs on both executors.

use std::sync::Arc;

use hebbscope::backend::Executor;
use hebbscope::backend::cpu::{CpuExecutor, Replica};
use hebbscope::backend::gpu::{GpuDevice, GpuExecutor, adapters};
use hebbscope::data;
use hebbscope::experiment::{Activation, DataKind, Experiment, Loss, RuleKind, WeightNoiseMode, resolve};
use hebbscope::program::Program;
use hebbscope::program::measure::{LOSS, cosine};
use hebbscope::record::Row;
use hebbscope::training::{BackendChoice, Branch, Generator, Run, fill_hyper};

use crate::deviations::Deviations;
use crate::device;

const STEPS: u64 = 200;

/// Largest deviation of a cosine, and of a loss relative to itself. The same step differs by the order of its sums, some
/// 1e-6; two hundred steps of training pass a deviation on, and a chaotic rule lets it grow.
pub(crate) const TOLERANCE: f64 = 1e-3;

pub(crate) fn host(experiment: &Experiment) -> CpuExecutor<f32> {
    let mut program = Program::compile(experiment);
    program.plan.total_steps = experiment.total_steps();
    let program = Arc::new(program);
    let sets = data::load(experiment, &experiment.seeds()).expect("data that are made up");
    let mut hyper = vec![0.0; program.slots];
    fill_hyper(experiment, &mut hyper);
    let replicas = experiment.seeds().into_iter().zip(sets).map(|(seed, set)| {
        let inputs = Generator::new(&program, set, seed, 0);
        Replica::new(&program, seed, hyper.clone(), Box::new(inputs))
    });
    let replicas = replicas.collect();
    CpuExecutor::new(program, replicas, 2).expect("two threads")
}

/// Loss and cosines of the measured steps, step by step and seed by seed.
fn measurements(executor: &CpuExecutor<f32>) -> Vec<(f64, Vec<Option<f64>>)> {
    let mut all = Vec::new();
    executor.for_each_measurement(|m| {
        let cosines = executor.program().metrics.layers.iter().flat_map(|layer| {
            let sums = &m.metrics[layer.totals..];
            [cosine(sums[0], sums[1], sums[2]), cosine(sums[3], sums[1], sums[4])]
        });
        all.push((m.metrics[LOSS], cosines.collect()));
    });
    all
}

/// Deviations over [`STEPS`] steps, in chunks of odd length, and of the validation.
pub(crate) fn deviation(experiment: &Experiment, steps: u64) -> Option<Deviations> {
    let mut cpu = host(experiment);
    let mut mirror = host(experiment);
    let program = Arc::clone(mirror.program());
    let mut gpu = GpuExecutor::new(device()?, program, mirror.replicas(), Some(0)).expect("a small program");
    mirror.keep_rows(Some(0));
    cpu.keep_rows(Some(0));
    let mut most = Deviations::default();
    let mut done = 0;
    while done < steps {
        let chunk = (steps - done).min(37);
        cpu.advance(chunk);
        gpu.advance(mirror.replicas_mut(), chunk).expect("the device is there");
        let (expected, found) = (measurements(&cpu), measurements(&mirror));
        assert_eq!(expected.len(), found.len());
        for ((loss, cosines), (other_loss, other_cosines)) in expected.iter().zip(&found) {
            most.loss = most.loss.max((loss - other_loss).abs() / loss.abs().max(1e-12));
            for pair in cosines.iter().zip(other_cosines) {
                match pair {
                    (Some(a), Some(b)) => most.cosine = most.cosine.max((a - b).abs()),
                    (None, None) => {}
                    (a, b) => panic!("one is undefined: {a:?} and {b:?}"),
                }
            }
        }
        most.take_all(&cpu, &mirror);
        done += chunk;
    }
    let (expected, found) = (cpu.evaluate(), gpu.evaluate(mirror.replicas()).expect("the device is there"));
    assert_eq!(expected.len(), found.len());
    for pair in expected.iter().zip(&found) {
        let (Some((a, right)), Some((b, others_right))) = pair else { panic!("a replica has diverged: {pair:?}") };
        // An example at the border of two classes may fall on either side.
        assert!((right - others_right).abs() < 0.02, "accuracy {right} and {others_right}");
        most.validation = most.validation.max((a - b).abs() / a.abs().max(1e-12));
    }
    // What comes back from the device goes on as what was there.
    gpu.download(mirror.replicas_mut()).expect("the device is there");
    most.take_states(&cpu, &mirror);
    cpu.advance(1);
    mirror.advance(1);
    let [expected, found] = [&cpu, &mirror].map(|executor| executor.replicas()[0].train_loss());
    assert!((expected - found).abs() <= TOLERANCE * expected, "back on the CPU: {expected} and {found}");
    Some(most)
}

/// Compares what every number of `wanted` is of, and whatever else is measured.
#[track_caller]
pub(crate) fn agrees(name: &str, experiment: &Experiment, steps: u64, wanted: &[&str]) {
    let Some(most) = deviation(experiment, steps) else { return };
    println!("{name}: {most:?}");
    assert!(most.loss < TOLERANCE && most.cosine < TOLERANCE && most.validation < TOLERANCE, "{name}: {most:?}");
    most.check(name, wanted, 2.0 * TOLERANCE);
}

pub(crate) fn small(rule: RuleKind) -> Experiment {
    let mut experiment = Experiment::default();
    experiment.data.train_examples = 203;
    experiment.data.validation_examples = 337;
    experiment.data.input_size = 13;
    experiment.data.output_size = 9;
    experiment.model.hidden = vec![19, 11];
    experiment.model.bias = true;
    experiment.rule.kind = rule;
    experiment.rule.learning_rate = 0.01;
    experiment.rule.clip = 2.0;
    experiment.rule.random_nn_hidden = vec![10];
    experiment.noise.weight_sd = 1e-3;
    experiment.noise.input_sd = 0.1;
    experiment.noise.gradient_sd = 0.01;
    experiment.training.batch_size = 10;
    experiment.training.steps = Some(2 * STEPS);
    experiment.training.seeds = 3;
    experiment.measure.window = 8;
    experiment.measure.stationarity = true;
    experiment.measure.per_example = true;
    experiment.measure.post_activation = true;
    experiment
}

/// What [`small`] measures of every rule.
const USUAL: [&str; 4] = ["totals", "rows", "window", "post-activations"];

#[test]
fn the_paper_s_regression_agrees() {
    let settings = ["training.seeds=1", "noise.weight_sd=1e-3", "training.steps=400", "data.validation_examples=300"];
    let experiment = resolve("sre", &settings.map(String::from)).expect("a preset");
    agrees("sre", &experiment, STEPS, &["totals", "rows", "window"]);
}

/// f32 squares nothing below 1e-19; the directions of such signals are those of others.
#[test]
fn tiny_signals_agree() {
    let mut experiment = small(RuleKind::Sgd);
    experiment.training.loss_scale = 1e-24;
    experiment.noise.gradient_sd = 0.0;
    agrees("tiny signals", &experiment, 40, &USUAL);
}

#[test]
fn classification_from_pixels_agrees() {
    let mut experiment = small(RuleKind::Sgd);
    experiment.data.kind = DataKind::Digits;
    experiment.training.loss = Loss::CrossEntropy;
    experiment.model.activation = Activation::Relu;
    experiment.model.hidden = vec![64, 32];
    experiment.rule.learning_rate = 0.05;
    experiment.training.batch_size = 64;
    agrees("digits", &experiment, STEPS, &USUAL);
}

/// Two hundred steps of 3072 inputs would take lavapipe many minutes: these are enough to meet every kernel at the size.
const WIDE_STEPS: u64 = 12;

#[test]
fn images_of_the_size_of_cifar_agree() {
    let settings =
        ["training.seeds=2", "training.batch_size=32", "data.train_examples=96", "data.validation_examples=40"];
    let mut experiment = resolve("sce", &settings.map(String::from)).expect("a preset");
    experiment.data.kind = DataKind::SyntheticImages;
    agrees("sce", &experiment, WIDE_STEPS, &["totals", "rows"]);
}

#[test]
fn every_rule_agrees() {
    use RuleKind::{Adam, Dfa, Hebb, HebbNormalized, Oja, RandomNn, Sgd};
    for rule in [Sgd, Adam, Dfa, Hebb, HebbNormalized, Oja, RandomNn] {
        let mut experiment = small(rule);
        if rule == Hebb {
            // Weights grow without bound: a small rate keeps two hundred steps within range.
            experiment.rule.learning_rate = 1e-3;
        }
        experiment.measure.force_balance = true;
        experiment.measure.loss_gradient = true;
        let forces = ["forces", "norm changes", "forces of rows", "supervised gradient", "supervised gradient and H"];
        // Only rules with a signal of each example have a mean of their cosines.
        let own: &[&str] = if matches!(rule, Sgd | Adam | Dfa) { &["per example"] } else { &[] };
        agrees(&format!("{rule:?}"), &experiment, STEPS, &[&USUAL[..], &forces, own].concat());
    }
}

#[test]
fn readings_and_noise_that_passes_agree() {
    for every in [1, 3] {
        let mut experiment = small(RuleKind::Sgd);
        experiment.noise.weight_mode = WeightNoiseMode::Transient;
        experiment.measure.every = every;
        experiment.measure.alignment = hebbscope::experiment::AlignmentReading::Sign;
        experiment.model.activation = Activation::Sigmoid;
        experiment.measure.force_balance = true;
        let wanted = [&USUAL[..], &["signs", "forces", "norm changes", "forces of rows"]].concat();
        agrees(&format!("transient noise, every {every}"), &experiment, STEPS, &wanted);
    }
}

#[test]
fn a_destroyed_device_is_reported() {
    let experiment = small(RuleKind::Sgd);
    let mut mirror = host(&experiment);
    let Some(device) = device() else { return };
    let program = Arc::clone(mirror.program());
    let mut gpu = GpuExecutor::new(device, program, mirror.replicas(), None).expect("a small program");
    gpu.advance(mirror.replicas_mut(), 20).expect("the device is there");
    gpu.device().destroy();
    let error = gpu.advance(mirror.replicas_mut(), 20).expect_err("the device is gone");
    assert!(error.to_string().contains("was lost"), "{error}");
}

/// Rows of a run of 120 steps, that `meddle` is called with every 30.
fn rows(meddle: impl Fn(&mut Run)) -> Vec<Row> {
    let mut experiment = small(RuleKind::Sgd);
    experiment.training.steps = Some(120);
    let mut run = Run::new(experiment, 1).expect("a small, valid experiment");
    run.watch_neurons(Some(0));
    let mut rows = Vec::new();
    while run.step() < 120 {
        if run.step().is_multiple_of(30) {
            meddle(&mut run);
        }
        run.advance(30 - run.step() % 30, false, |row| rows.push(row));
    }
    rows
}

/// No step is missing or told twice, and every loss is that of the CPU.
#[track_caller]
fn same_rows(rows: &[Row], expected: &[Row]) {
    assert_eq!(rows.len(), expected.len());
    for (row, expected) in rows.iter().zip(expected) {
        assert_eq!((row.step, row.epoch, row.seed), (expected.step, expected.epoch, expected.seed));
        let defined = |row: &Row| row.values.iter().map(Option::is_some).collect::<Vec<_>>();
        assert_eq!(defined(row), defined(expected), "step {}", row.step);
        let [found, loss] = [row, expected].map(|row| f64::from(row.values[0].expect("a loss")));
        assert!((found - loss).abs() <= TOLERANCE * loss, "step {}: {loss} and {found}", row.step);
    }
}

#[test]
fn executors_change_in_the_middle_of_a_run() {
    if device().is_none() {
        return;
    }
    let expected = rows(|_| {});
    let found = rows(|run| {
        let choice = if run.step() % 60 == 0 { BackendChoice::Gpu } else { BackendChoice::Cpu };
        run.use_backend(choice).expect("both are there");
    });
    same_rows(&found, &expected);
}

#[test]
fn a_run_goes_on_when_its_device_is_killed() {
    if device().is_none() {
        return;
    }
    let expected = rows(|_| {});
    let found = rows(|run| match run.step() {
        0 => drop(run.use_backend(BackendChoice::Gpu).expect("an adapter is there")),
        60 => run.executor().device().expect("it trains on one").destroy(),
        90 => {
            let said = run.take_loss().expect("the loss is reported");
            assert!(said.contains("was lost") && said.contains("The CPU goes on"), "{said}");
            assert!(run.describe_backend().starts_with("CPU"));
            let recorded = run.interventions().last().expect("it is recorded");
            assert_eq!((recorded.step, recorded.field.as_str()), (90, "backend"));
            assert_eq!((&recorded.old, &recorded.new), (&"gpu".into(), &"cpu".into()));
        }
        _ => {}
    });
    same_rows(&found, &expected);
}

#[test]
fn an_ensemble_beyond_one_piece_of_memory_trains_in_waves() {
    let mut experiment = small(RuleKind::Adam);
    experiment.training.seeds = 5;
    let mut cpu = host(&experiment);
    let mut mirror = host(&experiment);
    let Some(mut device) = device() else { return };
    let program = Arc::clone(mirror.program());
    // Room for two networks, and some.
    device.limit_memory(10 * (program.lasting_elements() + program.working_elements()) as u64);
    let mut gpu = GpuExecutor::new(device, program, mirror.replicas(), Some(3)).expect("one network fits");
    mirror.keep_rows(Some(3));
    assert_eq!(gpu.waves(), 3);
    cpu.keep_rows(Some(3));
    let mut most = Deviations::default();
    for _ in 0..3 {
        cpu.advance(20);
        gpu.advance(mirror.replicas_mut(), 20).expect("the device is there");
        most.take_all(&cpu, &mirror);
        for ((loss, _), (other, _)) in measurements(&cpu).iter().zip(&measurements(&mirror)) {
            assert!((loss - other).abs() <= TOLERANCE * loss, "{loss} and {other}");
        }
        let mut rows = 0;
        mirror.for_each_measurement(|m| rows += usize::from(m.replica == 3 && !m.rows.is_empty()));
        assert_eq!(rows, 20);
    }
    most.check("waves", &USUAL, 2.0 * TOLERANCE);
}

/// Losses of `steps` steps and of the validation set are those of the CPU.
pub(crate) fn same_losses(experiment: &Experiment, gpu: &mut GpuExecutor, mirror: &mut CpuExecutor<f32>, steps: u64) {
    let mut cpu = host(experiment);
    for chunk in [steps / 3, steps - steps / 3] {
        cpu.advance(chunk);
        gpu.advance(mirror.replicas_mut(), chunk).expect("the device is there");
        let (expected, found) = (measurements(&cpu), measurements(mirror));
        assert_eq!(expected.len(), found.len());
        assert!(!expected.is_empty(), "something is measured");
        for ((loss, _), (other, _)) in expected.iter().zip(&found) {
            assert!((loss - other).abs() <= TOLERANCE * loss, "{loss} and {other}");
        }
    }
    let validated = gpu.evaluate(mirror.replicas()).expect("the device is there");
    assert_eq!(validated.len(), cpu.replicas().len());
    for (expected, found) in cpu.evaluate().into_iter().zip(validated) {
        let (Some((expected, _)), Some((found, _))) = (expected, found) else { panic!("a replica has diverged") };
        assert!((expected - found).abs() <= TOLERANCE * expected, "validation: {expected} and {found}");
    }
    gpu.download(mirror.replicas_mut()).expect("the device is there");
    for (expected, found) in cpu.replicas().iter().zip(mirror.replicas()) {
        assert_eq!(expected.step(), found.step());
    }
}

#[test]
fn an_ensemble_beyond_the_whole_memory_takes_turns() {
    let mut experiment = small(RuleKind::Adam);
    experiment.training.seeds = 5;
    experiment.measure.stationarity = true;
    let mut mirror = host(&experiment);
    let program = Arc::clone(mirror.program());
    let make = |total: Option<u64>| {
        let mut device = device()?;
        // Room for two networks in one piece, and some.
        device.limit_memory(10 * (program.lasting_elements() + program.working_elements()) as u64);
        total.into_iter().for_each(|total| device.limit_total_memory(total));
        Some(GpuExecutor::new(device, Arc::clone(&program), host(&experiment).replicas(), Some(3)))
    };
    let Some(unlimited) = make(None) else { return };
    let unlimited = unlimited.expect("there is room for five small networks");
    assert_eq!((unlimited.waves(), unlimited.takes_turns()), (3, false));
    // Half of what three waves take: one fits, and two do not.
    let mut gpu = make(Some(unlimited.bytes() / 2)).expect("it was there before").expect("one wave fits");
    mirror.keep_rows(Some(3));
    assert_eq!((gpu.waves(), gpu.takes_turns()), (3, true));
    same_losses(&experiment, &mut gpu, &mut mirror, 30);
    // Less than one of the three takes, and more than a single network does: waves of one.
    let mut gpu = make(Some(unlimited.bytes() * 3 / 10)).expect("it was there before").expect("one network fits");
    let mut mirror = host(&experiment);
    mirror.keep_rows(Some(3));
    assert_eq!((gpu.waves(), gpu.takes_turns()), (5, true));
    same_losses(&experiment, &mut gpu, &mut mirror, 30);
    let error = make(Some(1000)).expect("it was there before").map(|gpu| gpu.waves()).expect_err("nothing fits");
    assert!(error.to_string().contains("out of memory"), "{error}");
}

#[test]
fn examples_beyond_one_binding_lie_in_two() {
    for kind in [DataKind::TeacherStudent, DataKind::SyntheticImages] {
        let mut experiment = small(RuleKind::Sgd);
        experiment.data.kind = kind;
        experiment.data.train_examples = 1400;
        experiment.data.validation_examples = 300;
        let mut mirror = host(&experiment);
        let Some(mut device) = device() else { return };
        let program = Arc::clone(mirror.program());
        let numbers = 1700 * experiment.sizes()[0];
        // Numbers of 4 bytes, different for each of three seeds; pixels of a byte.
        let inputs = if kind == DataKind::TeacherStudent { 3 * 4 * numbers } else { numbers };
        device.limit_memory(inputs as u64 * 3 / 4);
        let mut gpu = GpuExecutor::new(device, program, mirror.replicas(), None).expect("two pieces fit");
        // Images are wide: a few steps on lavapipe meet every piece.
        same_losses(&experiment, &mut gpu, &mut mirror, if kind == DataKind::TeacherStudent { 30 } else { 6 });
    }
}

#[test]
fn a_device_that_refuses_kernels_leaves_the_run_to_the_cpu() {
    let Some((adapter, mut summary)) = adapters().into_iter().next() else { return };
    // As an adapter whose workgroups are smaller than WebGPU asks for.
    summary.invocations = 128;
    let device = GpuDevice::open_adapter(&adapter, summary).expect("it can be opened all the same");
    let experiment = small(RuleKind::Sgd);
    let cpu = host(&experiment);
    let program = Arc::clone(cpu.program());
    let replicas = cpu.replicas().len();
    let mut executor = Executor::new(program, cpu.into_replicas(), 1).expect("one thread");
    let error = executor.use_device(device).expect_err("kernels need 256 invocations").to_string();
    assert!(error.contains("the kernel ") && error.contains("was refused"), "{error}");
    executor.advance(5);
    assert!(executor.adapter().is_none());
    assert_eq!(executor.replicas().iter().filter(|replica| replica.step() == 5).count(), replicas);
}

#[test]
fn software_is_not_taken_for_the_faster() {
    let mut run = Run::new(small(RuleKind::Sgd), 1).expect("a small, valid experiment");
    let said = run.use_backend(BackendChoice::Auto).expect("there is always a CPU");
    if adapters().first().is_none_or(|(_, summary)| summary.is_software()) {
        assert!(said.starts_with("CPU"), "{said}");
        assert!(run.executor().adapter().is_none());
    }
}

#[test]
fn nothing_is_read_before_it_is_written_and_nothing_written_outside() {
    const POISON: u32 = 0x7fc1_2345;
    for noise in [0.0, 1e-3] {
        let mut experiment = small(RuleKind::Adam);
        experiment.noise.weight_sd = noise;
        experiment.noise.input_sd = noise;
        experiment.noise.gradient_sd = noise;
        let mut cpu = host(&experiment);
        let mut mirror = host(&experiment);
        let Some(device) = device() else { return };
        let program = Arc::clone(mirror.program());
        let mut gpu = GpuExecutor::with_guard(device, program, mirror.replicas(), None, 48).expect("a small program");
        gpu.poison(f32::from_bits(POISON));
        cpu.advance(30);
        gpu.advance(mirror.replicas_mut(), 30).expect("the device is there");
        let mut most = Deviations::default();
        most.take_all(&cpu, &mirror);
        most.check(&format!("noise {noise}"), &["totals", "window"], 2.0 * TOLERANCE);
        for ((loss, _), (other, _)) in measurements(&cpu).iter().zip(&measurements(&mirror)) {
            assert!((loss - other).abs() <= TOLERANCE * loss, "noise {noise}: {loss} and {other}");
        }
        gpu.poison(f32::from_bits(POISON));
        assert!(
            gpu.evaluate(mirror.replicas()).expect("the device is there").iter().all(|v| v.is_some_and(|v| v.0 > 0.0))
        );
        let guards = gpu.read_guards().expect("the device is there");
        assert!(guards.len() > 100 && guards.iter().all(|value| value.to_bits() == POISON));
    }
}

#[test]
fn seeds_that_diverge_are_told_with_their_step() {
    if device().is_none() {
        return;
    }
    let mut experiment = small(RuleKind::Sgd);
    experiment.model.activation = Activation::Linear;
    experiment.rule.clip = 0.0;
    experiment.training.steps = Some(400);
    // Far beyond what descent bears: a handful of steps, too few for rounding to grow.
    experiment.rule.learning_rate = 100.0;
    let [cpu, gpu] = [BackendChoice::Cpu, BackendChoice::Gpu].map(|choice| {
        let mut run = Run::new(experiment.clone(), 1).expect("a small, valid experiment");
        run.use_backend(choice).expect("both are there");
        let mut rows = 0_u64;
        while run.step() < 400 && run.is_alive() {
            run.advance(50, false, |_| rows += 1);
        }
        (run.diverged(), rows)
    });
    assert!(!cpu.0.is_empty(), "the experiment is wild");
    assert_eq!(cpu.0.len(), gpu.0.len());
    for (expected, found) in cpu.0.iter().zip(&gpu.0) {
        assert_eq!(expected.seed, found.seed);
        // Growth by a factor a step: the last digits decide whether the last finite loss is one step sooner or later.
        assert!(expected.divergence.step.abs_diff(found.divergence.step) <= 1, "{expected:?} {found:?}");
    }
    assert!(cpu.1.abs_diff(gpu.1) <= 3);
}

/// A twin of another rule has a program and an executor of its own, on the device as well; it comes to what the CPU does, as does
/// the run beside it.
#[test]
fn twins_of_another_rule_agree() {
    if device().is_none() {
        return;
    }
    let mut experiment = small(RuleKind::Sgd);
    experiment.training.steps = Some(60);
    let other = [("rule.kind".to_owned(), "dfa".into()), ("rule.optimizer".to_owned(), "adam".into())];
    let rows = |choice: BackendChoice| {
        let mut run = Run::new(experiment.clone(), 2).expect("small");
        run.use_backend(choice).expect("a device is there");
        run.advance(11, false, |_| {});
        run.fork(&other).expect("a rule that branches may differ in");
        assert!(!std::ptr::eq(run.program_of(Branch::A).as_ref(), run.program_of(Branch::B).as_ref()));
        let is_on_device = |run: &Run, branch: Branch| run.executor_of(branch).device().is_some();
        let mut rows = Vec::new();
        while run.step() < run.total_steps() {
            run.advance_branches(13, false, |branch, row: Row| rows.push((branch, row)));
            let wanted = choice == BackendChoice::Gpu;
            assert_eq!((is_on_device(&run, Branch::A), is_on_device(&run, Branch::B)), (wanted, wanted));
        }
        assert_eq!(run.take_loss(), None);
        rows.sort_by_key(|(branch, row)| (*branch == Branch::B, row.step, row.seed));
        rows
    };
    let (host, device) = (rows(BackendChoice::Cpu), rows(BackendChoice::Gpu));
    assert_eq!(host.len(), device.len());
    assert!(host.iter().any(|(branch, _)| *branch == Branch::B));
    for ((branch, a), (other, b)) in host.iter().zip(&device) {
        assert_eq!((branch, a.step, a.seed), (other, b.step, b.seed));
        for (place, (a, b)) in a.values.iter().zip(&b.values).enumerate() {
            assert_eq!(a.is_some(), b.is_some());
            let (Some(a), Some(b)) = (a.map(f64::from), b.map(f64::from)) else { continue };
            // Values and cosines: single precision in another order, over some dozen steps.
            assert!((a - b).abs() < TOLERANCE * a.abs().max(1.0), "{branch:?}, value {place}: {a} and {b}");
        }
    }
}

/// However many steps a submission has, each has its own values: these halve with every step, once submissions have grown.
#[test]
fn schedules_change_within_a_submission() {
    if device().is_none() {
        return;
    }
    let mut experiment = small(RuleKind::Sgd);
    experiment.rule.learning_rate = 0.1;
    experiment.training.steps = Some(80);
    let losses = |choice: BackendChoice| {
        let mut run = Run::new(experiment.clone(), 2).expect("small");
        run.use_backend(choice).expect("a device is there");
        run.advance(40, false, |_| {});
        run.set("schedule.learning_rate", "steps 0.5 every 1".into(), None).expect("live");
        let mut losses = Vec::new();
        while run.step() < run.total_steps() {
            run.advance(40, false, |row: Row| losses.push(f64::from(row.values[0].expect("a loss"))));
        }
        losses
    };
    let (host, device) = (losses(BackendChoice::Cpu), losses(BackendChoice::Gpu));
    assert_eq!(host.len(), device.len());
    for (a, b) in host.iter().zip(&device) {
        assert!((a - b).abs() < TOLERANCE * a, "{a} and {b}");
    }
}

/// Values of their own in every step of a submission; each twin follows its own course.
#[test]
fn schedules_agree() {
    if device().is_none() {
        return;
    }
    let mut experiment = small(RuleKind::Sgd);
    experiment.training.steps = Some(90);
    experiment.schedule.learning_rate = "warm-up 7, cosine to 0.1".parse().expect("of that form");
    experiment.schedule.weight_decay = "steps 0.5 every 20".parse().expect("of that form");
    experiment.schedule.noise = "linear to 0 over 60".parse().expect("of that form");
    let rows = |choice: BackendChoice| {
        let mut run = Run::new(experiment.clone(), 2).expect("small");
        run.use_backend(choice).expect("a device is there");
        run.advance(5, false, |_| {});
        run.fork(&[("schedule.learning_rate".into(), "linear to 3".into())]).expect("live");
        let mut rows = Vec::new();
        while run.step() < run.total_steps() {
            run.advance_branches(37, false, |branch, row: Row| rows.push((branch, row)));
        }
        rows
    };
    let (host, device) = (rows(BackendChoice::Cpu), rows(BackendChoice::Gpu));
    assert_eq!(host.len(), device.len());
    let mut losses = Vec::new();
    for ((branch, a), (other, b)) in host.iter().zip(&device) {
        assert_eq!((branch, a.step, a.seed), (other, b.step, b.seed));
        for (a, b) in a.values.iter().zip(&b.values).take(1) {
            let (a, b) = (f64::from(a.expect("measured")), f64::from(b.expect("measured")));
            assert!((a - b).abs() < TOLERANCE * a, "{a} and {b}");
            losses.push(a);
        }
    }
    // The twin's course differs from the run's, and shows.
    let last = &host[host.len() - 6..];
    assert_ne!(last[0].1.values[0], last[3].1.values[0]);
}
