//! Bounds, levels, counters and rewinding of [`NeuronStore`].

use super::*;

const WINDOW: u64 = 10;

fn store(neurons: usize) -> NeuronStore {
    NeuronStore::new(&[(1, neurons)], 0, WINDOW)
}

fn push(store: &mut NeuronStore, step: u64, values: &[f32]) {
    let negative: Vec<f32> = values.iter().map(|v| -v).collect();
    store.push(step, NeuronRows { signal: values, full: &negative, forces: None });
}

/// A signal whose bins differ, with undefined values.
fn wave(step: u64, neuron: usize) -> f32 {
    if (step + neuron as u64).is_multiple_of(97) {
        f32::NAN
    } else {
        ((step as f64) * 0.013 + neuron as f64).sin() as f32
    }
}

fn push_wave(store: &mut NeuronStore, steps: Range<u64>, every: usize) {
    let neurons = store.layers()[0].1;
    for step in steps.step_by(every) {
        let values: Vec<f32> = (0..neurons).map(|neuron| wave(step, neuron)).collect();
        push(store, step, &values);
    }
}

fn mean(steps: impl Iterator<Item = u64>, neuron: usize) -> f32 {
    let values: Vec<f64> = steps.map(|s| f64::from(wave(s, neuron))).filter(|v| !v.is_nan()).collect();
    (values.iter().sum::<f64>() / values.len() as f64) as f32
}

/// A bin is rounded to f32 each time that it is merged, ten times here.
const ROUNDING: f32 = 1e-6;

#[test]
fn memory_is_bounded_however_long_the_run_and_wide_the_network() {
    let mut long = store(3);
    push_wave(&mut long, 0..300_000, 1);
    assert!(long.bytes() <= NeuronStore::max_bytes(3), "{} of {}", long.bytes(), NeuronStore::max_bytes(3));
    let before = long.bytes();
    push_wave(&mut long, 300_000..400_000, 1);
    assert_eq!(long.bytes(), before);

    assert_eq!(long.recent_steps(), 4096);
    let wide = 20_000;
    let mut wide_store = store(wide);
    let recent = wide_store.recent_steps();
    assert!(recent < 4096 && recent * wide * 2 * 4 <= 48 << 20, "{recent} steps");
    let values = vec![0.5; wide];
    (0..2 * recent as u64).for_each(|step| push(&mut wide_store, step, &values));
    assert!(wide_store.bytes() <= NeuronStore::max_bytes(wide));
    assert!(NeuronStore::max_bytes(wide) < 150 << 20);
}

#[test]
fn full_rate_within_the_ring_and_means_beyond() {
    let mut store = store(2);
    push_wave(&mut store, 0..20_000, 1);
    let near = store.heat(1, NeuronReading::Signal, 19_000, 19_499, 500);
    assert_eq!((near.first_step, near.bin_width, near.bins, near.neurons), (19_000, 1, 500, 2));
    for neuron in 0..2 {
        for bin in 0..500 {
            let expected = wave(19_000 + bin as u64, neuron);
            let found = near.values[neuron * 500 + bin];
            assert!(found == expected || (found.is_nan() && expected.is_nan()), "bin {bin}: {found}, not {expected}");
        }
    }
    // 20,000 steps in at most 1,024 bins: 32 steps each.
    let far = store.heat(1, NeuronReading::Full, 0, u64::MAX, 4096);
    assert_eq!((far.first_step, far.bin_width, far.bins), (0, 32, 625));
    for (bin, &value) in far.values[..625].iter().enumerate() {
        let from = bin as u64 * 32;
        let expected = -mean(from..from + 32, 0);
        assert!((value - expected).abs() < ROUNDING, "bin {bin}: {value} instead of {expected}");
    }
    let coarse = store.heat(1, NeuronReading::Signal, 0, u64::MAX, 100);
    assert_eq!((coarse.bin_width, coarse.bins), (256, 79));
    assert!((coarse.values[79 + 3] - mean(768..1024, 1)).abs() < ROUNDING);
    let curve = store.curve(1, 1, NeuronReading::Signal, 0, u64::MAX, 100);
    assert_eq!(curve.len(), 79);
    assert_eq!(curve[3], (768.0 + 127.5, coarse.values[79 + 3]));
}

#[test]
fn steps_between_measurements_are_no_gaps() {
    let mut store = store(1);
    push_wave(&mut store, 0..70_000, 7);
    let near = store.heat(1, NeuronReading::Signal, 69_000, 70_000, 4096);
    assert_eq!(near.bin_width, 8);
    let defined = near.values.iter().filter(|v| !v.is_nan()).count();
    // One undefined value in 97 steps, of which every seventh is measured.
    assert!(defined > near.bins * 9 / 10, "{defined} of {}", near.bins);
}

#[test]
fn what_is_not_there_is_empty() {
    let mut store = store(2);
    assert_eq!(store.heat(1, NeuronReading::Signal, 0, 10, 10).bins, 0);
    push(&mut store, 5, &[0.1, f32::NAN]);
    push(&mut store, 5, &[0.9, 0.9]);
    push(&mut store, 6, &[0.9]);
    assert_eq!(store.last_step(), Some(5));
    assert_eq!(store.heat(2, NeuronReading::Signal, 0, 10, 10).bins, 0);
    assert_eq!(store.statistics(1, 2, NeuronReading::Signal), None);
    let undefined = store.statistics(1, 1, NeuronReading::Signal).expect("a neuron");
    assert_eq!((undefined.mean, undefined.hebbian_fraction, undefined.open), (None, None, None));
    assert!(store.spectrum(1, 0, NeuronReading::Signal).is_empty());
    assert!(store.forces(1).is_none());
}

#[test]
fn flips_and_dwell_times_of_a_known_signal() {
    let mut store = store(1);
    // Steps 0 to 2 Hebbian, 3 to 7 anti-Hebbian with a zero and a gap inside, 8 to 23 Hebbian, then anti-Hebbian.
    let signal = |step: u64| match step {
        4 => 0.0,
        5 => f32::NAN,
        3..=7 => -0.5,
        24.. => -0.25,
        _ => 0.5,
    };
    (0..30).for_each(|step| push(&mut store, step, &[signal(step)]));
    let found = store.statistics(1, 0, NeuronReading::Signal).expect("a neuron");
    assert_eq!((found.first_step, found.defined, found.flips), (0, 29, 3));
    // 3 + 16 of 29 are positive.
    assert_eq!(found.hebbian_fraction, Some(19.0 / 29.0));
    let mean: f64 = (19.0 * 0.5 - 3.0 * 0.5 - 6.0 * 0.25) / 29.0;
    assert!((found.mean.expect("defined") - mean).abs() < 1e-15);
    let histogram = |bins: &[usize]| {
        let mut expected = [0; phases::DWELL_BINS];
        bins.iter().for_each(|&bin| expected[bin] += 1);
        expected
    };
    // Dwell times 3 and 16 (bins 1 and 4), and 5 (bin 2).
    assert_eq!(found.hebbian, Dwell { count: 2, total: 19, max: 16, histogram: histogram(&[1, 4]) });
    assert_eq!(found.anti_hebbian, Dwell { count: 1, total: 5, max: 5, histogram: histogram(&[2]) });
    assert_eq!(found.open, Some(Phase { hebbian: false, since: 24 }));
    // The other reading is the negative of the first.
    let other = store.statistics(1, 0, NeuronReading::Full).expect("a neuron");
    assert_eq!((other.hebbian, other.anti_hebbian, other.flips), (found.anti_hebbian, found.hebbian, 3));
}

#[test]
fn spectrum_of_a_sine_peaks_at_its_frequency() {
    let mut store = store(2);
    for step in (0..30_000_u64).step_by(3) {
        let phase = std::f64::consts::TAU * step as f64 * 0.05;
        push(&mut store, step, &[(0.2 + 0.4 * phase.sin()) as f32, 0.0]);
    }
    let spectrum = store.spectrum(1, 0, NeuronReading::Signal);
    assert_eq!(spectrum.len(), 2048);
    let peak = spectrum.iter().max_by(|a, b| a.1.total_cmp(&b.1)).expect("some");
    // Frequencies lie 1 / (4096 * 3) apart.
    let distance = 1.0 / (4096.0 * 3.0);
    assert!((peak.0 - 0.05).abs() <= distance, "{peak:?}");
    let variance: f64 = spectrum.iter().map(|(_, power)| power * distance).sum();
    // Not a whole number of periods: the window weighs the sine's half-periods within a thousandth.
    assert!((variance - 0.08).abs() < 1e-3, "{variance}");
    assert!(store.spectrum(1, 1, NeuronReading::Signal).iter().all(|(_, power)| *power == 0.0));
}

#[test]
fn forces_are_means_of_the_last_window() {
    let mut store = NeuronStore::new(&[(1, 1), (3, 2)], 0, WINDOW);
    let cosines = [0.5; 3];
    for step in 0..25_u64 {
        let forces: Vec<[f32; 4]> = (0..3).map(|n| [step as f32, n as f32, -1.0, 2.0]).collect();
        store.push(step, NeuronRows { signal: &cosines, full: &cosines, forces: Some(&forces) });
        assert_eq!(store.forces(1).is_some(), step >= 9, "step {step}");
    }
    // Steps 10 to 19.
    assert_eq!(store.forces(3), Some(&[[14.5, 1.0, -1.0, 2.0], [14.5, 2.0, -1.0, 2.0]][..]));
    assert_eq!(store.forces(2), None);
}

/// All that can be asked of a store.
fn everything(store: &NeuronStore) -> String {
    let heat = |from, bins| format!("{:?}", store.heat(1, NeuronReading::Signal, from, u64::MAX, bins));
    let statistics: Vec<_> = (0..2).map(|neuron| store.statistics(1, neuron, NeuronReading::Full)).collect();
    let recent = store.first_recent_step().unwrap_or(0);
    format!("{:?} {} {} {statistics:?}", store.last_step(), heat(0, 64), heat(recent, 4096))
}

#[test]
fn a_rewind_within_the_ring_is_exact() {
    for (end, back) in [(3000, 1234), (3000, 0), (20_000, 19_000), (20_000, 17_100)] {
        let mut rewound = store(2);
        push_wave(&mut rewound, 0..end, 1);
        rewound.truncate_from(back);
        assert_eq!(rewound.last_step(), back.checked_sub(1));
        let mut straight = store(2);
        push_wave(&mut straight, 0..back, 1);
        let statistics =
            |s: &NeuronStore| s.statistics(1, 1, NeuronReading::Signal).map(|s| (s.defined, s.flips, s.hebbian));
        assert_eq!(statistics(&rewound), statistics(&straight), "{end} back to {back}");
        push_wave(&mut rewound, back..end, 1);
        let mut again = store(2);
        push_wave(&mut again, 0..end, 1);
        if end <= 4096 {
            assert_eq!(everything(&rewound), everything(&again), "{end} back to {back}");
        }
        assert_eq!(statistics(&rewound), statistics(&again), "{end} back to {back}");
        let (a, b) = (
            rewound.heat(1, NeuronReading::Signal, 0, u64::MAX, 1024),
            again.heat(1, NeuronReading::Signal, 0, u64::MAX, 1024),
        );
        assert_eq!((a.first_step, a.bin_width, a.bins), (b.first_step, b.bin_width, b.bins));
        let close = |(a, b): (&f32, &f32)| (a - b).abs() < ROUNDING || (a.is_nan() && b.is_nan());
        assert!(a.values.iter().zip(&b.values).all(close), "{end} back to {back}");
    }
}

#[test]
fn a_rewind_beyond_the_ring_keeps_nothing_of_what_is_undone() {
    let mut store = store(1);
    // Hebbian until step 10,000, anti-Hebbian afterwards.
    let value = |step: u64| if step < 10_000 { 0.5 } else { -0.5 };
    (0..20_000).for_each(|step| push(&mut store, step, &[value(step)]));
    store.truncate_from(5_001);
    let map = store.heat(1, NeuronReading::Signal, 0, u64::MAX, 4096);
    // Bins of 32 steps: 156 whole ones, the cut one being forgotten.
    assert_eq!((map.bin_width, map.bins), (32, 156));
    assert!(map.values.iter().all(|&v| v == 0.5), "nothing of the later half");
    assert_eq!(store.statistics(1, 0, NeuronReading::Signal).map(|s| s.defined), Some(0));
    (5_001..6_000).for_each(|step| push(&mut store, step, &[0.25]));
    let after = store.statistics(1, 0, NeuronReading::Signal).expect("a neuron");
    assert_eq!((after.first_step, after.defined, after.mean, after.flips), (5_001, 999, Some(0.25), 0));
}
