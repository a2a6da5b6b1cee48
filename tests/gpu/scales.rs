//! Sums of numbers whose squares f32 does not hold, on both executors.

use hebbscope::experiment::Normalization;
use hebbscope::program::measure::{FORCE_VALUES, FORCES, ROW_PAIRS, ROW_SUMS, ROW_VALUES};
use hebbscope::program::{Decay, DecayShare, InjectedNoise, Op, Optimizer, Slot, View};

use crate::device;
use crate::kernels::{After, hypers, run};
use crate::samples::{Buffers, RATE, Sample};

/// Rows and columns, larger than a workgroup in either direction, and exponents of the scales: numbers within a factor of
/// some hundred of them are normal.
const CASES: [(usize, usize, i32); 7] =
    [(7, 300, -110), (300, 7, -80), (7, 300, -62), (300, 7, -30), (7, 300, 62), (300, 7, 105), (1, 1, 105)];

/// First metric of the sums of rows, and of forces behind them.
const SUMS: usize = 1;
const AFTER_SUMS: usize = SUMS + ROW_SUMS;

/// Sums of many products of both signs differ by the order of their terms, by some 6e-8 of the norms a term's root.
const TOLERANCE: f64 = 2e-5;

/// A program of two operations at most, and which buffers hold rows of sums and of forces.
struct Scaled {
    sample: Sample,
    sums: Option<View>,
    forces: Option<View>,
}

fn sample(name: &str, buffers: Buffers, op: Op, next: Option<Op>) -> Scaled {
    let sample = Sample { name: name.into(), buffers: buffers.all, op, next, kernel: None, depth: 1 };
    Scaled { sample, sums: None, forces: None }
}

/// [`ROW_SUMS`] of one metric list, or of a decoded row: the largest that each could be.
fn size_of_sum(sums: &[f64], place: usize) -> f64 {
    let square = |operand: usize| sums[[0, 1, 3, 5][operand]];
    let (a, b) = ROW_PAIRS[place];
    (square(a) * square(b)).sqrt()
}

#[track_caller]
fn close(what: &str, expected: f64, found: f64, size: f64) {
    assert!((expected - found).abs() <= TOLERANCE * size, "{what}: CPU {expected:e}, GPU {found:e}, of {size:e}");
}

/// The rows of a view as numbers of f64: sums first, then what they are raised by.
fn rows(after: &After, replica: usize, view: View) -> Vec<Vec<f64>> {
    let values = &after.buffers[replica][view.buffer.0];
    let decode = |row: &[f32]| -> Vec<f64> {
        let raised = |value: f32, exponent: f32| f64::from(value) * 2f64.powi(exponent as i32);
        if view.columns == ROW_VALUES {
            (0..ROW_SUMS).map(|s| raised(row[s], row[9 + ROW_PAIRS[s].0] + row[9 + ROW_PAIRS[s].1])).collect()
        } else {
            (0..FORCES).map(|force| raised(row[force], row[FORCES])).collect()
        }
    };
    values.chunks_exact(view.columns).map(decode).collect()
}

/// Compares sums of rows, forces, and their totals.
fn compare_sums(scaled: &Scaled, [cpu, gpu]: &[After; 2]) {
    let name = &scaled.sample.name;
    for replica in 0..cpu.metrics.len() {
        let (expected, found) = (&cpu.metrics[replica][SUMS..], &gpu.metrics[replica][SUMS..]);
        let mut by_rows = Vec::new();
        if let Some(view) = scaled.sums {
            by_rows = rows(cpu, replica, view);
            for (row, other) in by_rows.iter().zip(rows(gpu, replica, view)) {
                for place in 0..ROW_SUMS {
                    close(&format!("{name}, sum {place} of a row"), row[place], other[place], size_of_sum(row, place));
                }
            }
            for place in 0..ROW_SUMS {
                close(&format!("{name}, sum {place}"), expected[place], found[place], size_of_sum(expected, place));
            }
            assert!(expected[0] > 0.0 && expected[1] > 0.0 && expected[5] > 0.0, "{name}: {expected:?}");
        }
        if let Some(view) = scaled.forces {
            // Every term is a product of W, g, u or eps, all of one size here.
            let sizes: Vec<f64> = by_rows.iter().map(|row| 10.0 * (row[0] + row[3] + row[5])).collect();
            for ((row, other), size) in rows(cpu, replica, view).iter().zip(rows(gpu, replica, view)).zip(&sizes) {
                for force in 0..FORCES {
                    close(&format!("{name}, force {force} of a row"), row[force], other[force], *size);
                }
            }
            let (expected, found) = (&expected[ROW_SUMS..], &found[ROW_SUMS..]);
            for force in 0..FORCES {
                close(&format!("{name}, force {force}"), expected[force], found[force], sizes.iter().sum());
            }
            assert!(expected[..FORCES].iter().any(|force| *force != 0.0), "{name}: {expected:?}");
        }
    }
}

/// Row sums alone, as one pass with an update, and before the forces of each split and noise.
fn sums_of_rows(rows: usize, columns: usize, power: i32) -> Vec<Scaled> {
    let mut all = Vec::new();
    for has_update in [false, true] {
        let mut b = Buffers::default();
        // Each operand has a size of its own.
        let (signal, hebbian) = (b.scaled(rows, columns, power), b.scaled(rows, columns, -power));
        let update = has_update.then(|| b.scaled(rows, columns, power / 2));
        let (weights, sums) = (b.scaled(rows, columns, 0), b.out(rows, ROW_VALUES));
        let op = Op::RowSums { signal, hebbian, update, weights, sums, metrics: SUMS };
        all.push(Scaled { sums: Some(sums), ..sample("row sums", b, op, None) });
    }
    let mut b = Buffers::default();
    let [weights, signal, hebbian] = [power, power, -power].map(|power| b.scaled(rows, columns, power));
    let (update, sums) = (b.out(rows, columns), b.out(rows, ROW_VALUES));
    let decay = Some(Decay { rate: RATE, diagonal: None, product: None });
    let op = Op::Update { weights, signal, decay, optimizer: Optimizer::Sgd, update, share: None };
    let next = Op::RowSums { signal, hebbian, update: Some(update), weights, sums, metrics: SUMS };
    let mut fused = Scaled { sums: Some(sums), ..sample("update with sums", b, op, Some(next)) };
    fused.sample.kernel = Some("update_row_sums");
    all.push(fused);
    for (has_share, has_rates, passes) in
        [(false, false, false), (false, true, false), (true, false, true), (false, true, true), (true, true, false)]
    {
        let mut b = Buffers::default();
        let [signal, hebbian, update, weights, eps, clean, share] = [(); 7].map(|()| b.scaled(rows, columns, power));
        let (sums, forces) = (b.out(rows, ROW_VALUES), b.out(rows, FORCE_VALUES));
        let op = Op::RowSums { signal, hebbian, update: Some(update), weights, sums, metrics: SUMS };
        let next = Op::Forces {
            row_sums: sums,
            weights,
            signal,
            update,
            decay_share: has_share.then_some(share),
            rates: has_rates.then_some([RATE, Slot::L1]),
            noise: InjectedNoise { sd: Slot::WeightSd, noise: eps, clean: passes.then_some(clean) },
            forces,
            metrics: AFTER_SUMS,
            noise_change: AFTER_SUMS + FORCES,
        };
        let name = format!("forces {has_share} {has_rates} {passes}");
        all.push(Scaled { sums: Some(sums), forces: Some(forces), ..sample(&name, b, op, Some(next)) });
    }
    all
}

#[test]
fn sums_of_rows_and_forces_are_those_of_the_cpu_at_every_scale() {
    let mut device = device();
    for (rows, columns, power) in CASES {
        for mut scaled in sums_of_rows(rows, columns, power) {
            scaled.sample.name = format!("{} {rows}x{columns} at 2^{power}", scaled.sample.name);
            let Some(both) = run(&scaled.sample, &hypers(), &mut device) else { return };
            compare_sums(&scaled, &both);
        }
    }
}

/// Rows of very different sizes, zeros among them, in one matrix.
#[test]
fn rows_need_not_be_of_one_size() {
    let mut device = device();
    let (rows, columns) = (6, 300);
    for (first, others) in [(-110, 0), (-110, -60), (60, -60), (105, 0), (105, -110)] {
        for is_zero in [false, true] {
            let mut b = Buffers::default();
            let [signal, hebbian, update] = [0; 3].map(|power| b.scaled(rows, columns, power));
            let (weights, sums) = (b.scaled(rows, columns, others), b.out(rows, ROW_VALUES));
            let from = if is_zero { b.zeros(2, columns) } else { b.scaled(2, columns, first) };
            let op = Op::Copy { from, to: weights.rows(0, 2) };
            let next = Op::RowSums { signal, hebbian, update: Some(update), weights, sums, metrics: SUMS };
            let name = format!("rows at 2^{first} and 2^{others}, or 0: {is_zero}");
            let scaled = Scaled { sums: Some(sums), ..sample(&name, b, op, Some(next)) };
            let Some(both) = run(&scaled.sample, &hypers(), &mut device) else { return };
            compare_sums(&scaled, &both);
        }
    }
}

/// Adam's update with the decay's share as one pass with its sums: moments of a tiny signal, and an update of usual size.
#[test]
fn the_sums_of_adams_rows_are_those_of_the_cpu_at_every_scale() {
    let mut device = device();
    for power in [-110, -62, 0, 30] {
        let (rows, columns) = (5, 270);
        let mut b = Buffers::default();
        let [weights, signal, hebbian, first, moment] =
            [0, power, power, power, power].map(|p| b.scaled(rows, columns, p));
        let (second, share, update) = (b.positive(rows, columns), b.out(rows, columns), b.out(rows, columns));
        let sums = b.out(rows, ROW_VALUES);
        let optimizer = Optimizer::Adam { first, second, beta1: 0.9, beta2: 0.999, epsilon: 1.0, coupled: true };
        let share = Some(DecayShare { first: Some(moment), update: share });
        let op = Op::Update { weights, signal, decay: None, optimizer, update, share };
        let next = Op::RowSums { signal, hebbian, update: Some(update), weights, sums, metrics: SUMS };
        let name = format!("Adam at 2^{power}");
        let mut scaled = Scaled { sums: Some(sums), ..sample(&name, b, op, Some(next)) };
        scaled.sample.kernel = Some("update_row_sums");
        let Some(both) = run(&scaled.sample, &hypers(), &mut device) else { return };
        compare_sums(&scaled, &both);
    }
}

/// Metrics, each with the size that it could have.
#[track_caller]
fn compare_metrics(sample: &Sample, [cpu, gpu]: &[After; 2], sizes: impl Fn(&[f64]) -> Vec<f64>) {
    for (expected, found) in cpu.metrics.iter().zip(&gpu.metrics) {
        let (expected, found) = (&expected[SUMS..], &found[SUMS..]);
        for (place, size) in sizes(expected).into_iter().enumerate() {
            assert!(size.is_finite() && size > 0.0, "{}: metric {place} has no size", sample.name);
            close(&format!("{}, metric {place}", sample.name), expected[place], found[place], size);
        }
    }
}

#[test]
fn pairs_windows_examples_and_changes_are_those_of_the_cpu_at_every_scale() {
    let mut device = device();
    for (rows, columns, power) in CASES {
        let name = |what: &str| format!("{what} {rows}x{columns} at 2^{power}");
        let product = |a: f64, b: f64| (a * b).sqrt();
        let mut b = Buffers::default();
        let op =
            Op::PairSums { a: b.scaled(rows, columns, power), b: b.scaled(rows, columns, power / 2), metrics: SUMS };
        let pair = sample(&name("pair"), b, op, None).sample;
        let Some(both) = run(&pair, &hypers(), &mut device) else { return };
        compare_metrics(&pair, &both, |m| vec![m[0], m[1], product(m[0], m[1])]);

        for has_diagonal in [false, true] {
            let mut b = Buffers::default();
            let [signal, hebbian, weights] = [power, -power, power].map(|p| b.scaled(rows, columns, p));
            let diagonal = has_diagonal.then(|| b.random(1, rows));
            let op = Op::CloseWindow { signal, hebbian, weights, diagonal, rate: RATE, metrics: SUMS };
            let window = sample(&name("window"), b, op, None);
            let Some(both) = run(&window.sample, &hypers(), &mut device) else { return };
            compare_metrics(&window.sample, &both, |m| vec![m[0], m[1], m[2], product(m[1], m[2])]);
        }

        let mut b = Buffers::default();
        // The product of all three stays within f64, as it does of what f32 holds.
        let (delta, pre_activation) = (b.scaled(rows, columns, power), b.scaled(rows, columns, power / 2));
        let input = b.scaled(rows, 19, power / 4);
        let op = Op::PerExampleSums { delta, pre_activation, input, power: None, metrics: SUMS };
        let examples = sample(&name("examples"), b, op, None).sample;
        let Some(both) = run(&examples, &hypers(), &mut device) else { return };
        // Mean of |delta| |h| |input|^2, of numbers of variance 1 but for their scales.
        let mean = 19.0 * columns as f64 * 2f64.powi(power + power / 2 + 2 * (power / 4));
        compare_metrics(&examples, &both, |m| vec![rows as f64, m[1], mean]);
        assert_eq!(both[1].metrics[0][SUMS + 1], rows as f64, "every example has its cosine");

        for replaces in [false, true] {
            let mut b = Buffers::default();
            let (from, to) = (b.scaled(rows, columns, power), b.scaled(rows, columns, power));
            let op = Op::ChangeWeights { from, to, replaces, metric: SUMS };
            let change = sample(&name("change"), b, op, None).sample;
            let Some(both) = run(&change, &hypers(), &mut device) else { return };
            let size = 4.0 * (rows * columns) as f64 * 2f64.powi(2 * power);
            compare_metrics(&change, &both, |_| vec![size]);
            let [on_cpu, on_gpu] = both.each_ref().map(|after| &after.buffers[0][to.buffer.0]);
            assert_eq!(on_cpu, on_gpu, "{}: one rounding each", change.name);
        }
    }
}

/// What a norm decides: clipping, the random rule's signal, normalised rows.
#[test]
fn what_norms_decide_is_decided_as_on_the_cpu_at_every_scale() {
    let mut device = device();
    for (rows, columns, power) in CASES {
        let mut samples = Vec::new();
        let mut add = |what: &str, make: &dyn Fn(&mut Buffers) -> Op| {
            let mut b = Buffers::default();
            let op = make(&mut b);
            samples.push(sample(&format!("{what} {rows}x{columns} at 2^{power}"), b, op, None).sample);
        };
        add("clip", &|b| {
            let views = vec![b.scaled(rows, columns, power), b.scaled(1, rows, power)];
            Op::Clip { views, limit: Slot::Clip }
        });
        add("random signal", &|b| {
            let (weights, direction) = (b.scaled(rows, columns, power), b.scaled(rows, columns, power));
            let signal = b.out(rows, columns);
            Op::RandomSignal { weights, direction, signal, target: Slot::TargetNorm, clip: Slot::Clip }
        });
        for kind in [Normalization::Standardize, Normalization::Unit] {
            add("normalize", &|b| Op::NormalizeRows { kind, x: b.scaled(rows, columns, power), mask: None });
        }
        for sample in samples {
            let Some([cpu, gpu]) = run(&sample, &hypers(), &mut device) else { return };
            for (place, (expected, found)) in cpu.buffers[0].iter().zip(&gpu.buffers[0]).enumerate() {
                let size = expected.iter().fold(0.0, |size, value| f64::from(value.abs()).max(size));
                // A row of one element less its mean is 0, up to a rounding.
                let size = if columns == 1 && sample.name.starts_with("normalize") { size.max(1.0) } else { size };
                assert!(size > 0.0 && size.is_finite(), "{}, buffer {place}", sample.name);
                for (expected, found) in expected.iter().zip(found) {
                    let what = format!("{}, buffer {place}", sample.name);
                    close(&what, f64::from(*expected), f64::from(*found), size);
                }
            }
        }
    }
}
