//! Tests of the curves.

use super::*;

fn store(columns: usize, seeds: &[u64]) -> MetricStore {
    let names = (0..columns).map(|column| format!("c{column}")).collect();
    MetricStore::new(Arc::new(Columns::new(names)), seeds)
}

fn row(step: u64, seed: u64, values: &[Option<f32>]) -> Row {
    Row { step, epoch: 0, seed, values: values.to_vec() }
}

#[test]
fn memory_stays_bounded_and_stops_growing() {
    let mut store = store(3, &[0, 1]);
    let mut after = Vec::new();
    for step in 0..1_000_000 {
        for seed in [0, 1] {
            store.push(&row(step, seed, &[Some(step as f32), Some(-1.0), (step % 79 == 78).then_some(0.5)]));
        }
        if step == 10_000 || step == 999_999 {
            after.push(store.bytes());
        }
    }
    assert!(after[1] <= MetricStore::max_bytes(3, 2), "{} > {}", after[1], MetricStore::max_bytes(3, 2));
    assert_eq!(after[0], after[1], "all is there after 8,192 steps");
    // And the bound is not idle: a store that dropped what it should hold would lie far below.
    assert!(after[1] * 2 > MetricStore::max_bytes(3, 2));
    assert_eq!(store.last_step(), Some(999_999));
}

#[test]
fn spike_is_seen_at_any_zoom() {
    let mut store = store(1, &[0]);
    let spike = 123_457;
    for step in 0..400_000 {
        let value = if step == spike { 9.0 } else { (step as f32 * 0.01).sin() };
        store.push(&row(step, 0, &[Some(value)]));
    }
    for max_bins in [1, 2, 3, 17, 100, 1_000, 8_192, 100_000] {
        for half in [0, 1, 100, 10_000, u64::from(u32::MAX)] {
            let bins = store.envelope(0, 0, spike.saturating_sub(half), spike + half, max_bins);
            assert!(bins.len() <= max_bins);
            let holders: Vec<&Bin> = bins.iter().filter(|bin| bin.max == 9.0).collect();
            assert_eq!(holders.len(), 1, "{max_bins} bins, {half} steps around");
            assert!((holders[0].first_step..=holders[0].last_step).contains(&spike));
        }
    }
    assert!(store.envelope(0, 0, 0, 100_000, 100).iter().all(|bin| bin.max < 2.0));
}

#[test]
fn bins_tile_the_run_and_keep_its_mean() {
    let mut store = store(1, &[0]);
    for step in 0..50_000_u64 {
        store.push(&row(step, 0, &[Some(step as f32)]));
    }
    let bins = store.envelope(0, 0, 0, u64::MAX, 300);
    assert!(bins.len() > 150 && bins.len() <= 300, "{}", bins.len());
    assert_eq!((bins[0].first_step, bins[bins.len() - 1].last_step), (0, 49_999));
    for bin in &bins {
        assert_eq!((bin.min, bin.max), (bin.first_step as f32, bin.last_step as f32));
        // Sums of whole numbers are exact in f64; the mean is rounded once, and halves are exact below 2^23.
        assert_eq!(bin.mean, (bin.min + bin.max) / 2.0);
    }
    assert!(bins.windows(2).all(|pair| pair[1].first_step == pair[0].last_step + 1));
}

#[test]
fn newest_rows_are_at_full_rate() {
    let mut store = store(1, &[0]);
    for step in 0..100_000 {
        store.push(&row(step, 0, &[Some(step as f32)]));
    }
    let first = 100_000 - RECENT_ROWS as u64;
    let bins = store.envelope(0, 0, first, u64::MAX, RECENT_ROWS);
    assert_eq!(bins.len(), RECENT_ROWS);
    assert!(bins.iter().all(|bin| bin.first_step == bin.last_step && bin.min == bin.first_step as f32));
    // One step further back the rows have gone, and only bins are left.
    assert!(store.envelope(0, 0, first - 1, u64::MAX, 10_000).len() < RECENT_ROWS);
    // A window within the newest rows, with an end before the last.
    let steps: Vec<u64> = store.envelope(0, 0, 99_990, 99_993, 10).iter().map(|bin| bin.first_step).collect();
    assert_eq!(steps, [99_990, 99_991, 99_992, 99_993]);
}

#[test]
fn undefined_values_are_gaps() {
    let mut store = store(2, &[0]);
    for step in 0..20_000 {
        let gap = (8_000..12_000).contains(&step);
        store.push(&row(step, 0, &[(!gap).then_some(1.0), (step % 100 == 99).then_some(f32::NAN)]));
    }
    let bins = store.envelope(0, 0, 0, u64::MAX, 8_192);
    assert!(bins.iter().all(|bin| bin.last_step < 8_016 || bin.first_step >= 11_984), "bins are 4 steps wide here");
    let gap = bins.windows(2).find(|pair| store.has_rows_between(pair[0].last_step, pair[1].first_step));
    let gap = gap.expect("the gap");
    assert!((7_990..=8_000).contains(&gap[0].last_step) && (12_000..12_010).contains(&gap[1].first_step));
    assert!(store.envelope(1, 0, 0, u64::MAX, 100).is_empty());
    assert_eq!(store.latest_defined(1, 0), None);
}

#[test]
fn unmeasured_steps_are_no_gaps() {
    let mut store = store(1, &[0]);
    for step in (0..30_000).step_by(10) {
        store.push(&row(step, 0, &[Some(0.0)]));
    }
    let bins = store.envelope(0, 0, 0, u64::MAX, 5_000);
    assert!(bins.windows(2).all(|pair| !store.has_rows_between(pair[0].last_step, pair[1].first_step)));
    assert!(store.has_rows_between(95, 105) && !store.has_rows_between(100, 110) && !store.has_rows_between(5, 5));
}

#[test]
fn band_over_seeds_is_as_computed_by_hand() {
    let mut store = store(1, &[0, 1, 2]);
    for step in 0..4 {
        for (seed, values) in [(0, [1.0, 2.0, 3.0, 4.0]), (1, [2.0, 2.0, 2.0, 2.0]), (2, [6.0, 8.0, 0.0, 0.0])] {
            // The third seed leaves after two steps.
            if seed < 2 || step < 2 {
                store.push(&row(step, seed, &[Some(values[step as usize])]));
            }
        }
    }
    let band = store.band(0, 0, u64::MAX, 2);
    // Steps 0 and 1: means 1.5, 2, 7; their mean is 3.5, deviations -2, -1.5, 3.5 give 18.5 / 2.
    let first = BandPoint {
        first_step: 0,
        last_step: 1,
        mean: 3.5,
        sd: Some(9.25_f64.sqrt() as f32),
        min: 1.0,
        max: 8.0,
        turning: 0.0,
    };
    // Steps 2 and 3: means 3.5 and 2; mean 2.75, deviations 0.75 each give 1.125 / 1.
    let second = BandPoint {
        first_step: 2,
        last_step: 3,
        mean: 2.75,
        sd: Some(1.125_f64.sqrt() as f32),
        min: 2.0,
        max: 4.0,
        turning: 0.0,
    };
    assert_eq!(band, [first, second]);
}

#[test]
fn one_seed_has_no_spread() {
    let mut store = store(1, &[5]);
    store.push(&row(0, 5, &[Some(1.0)]));
    assert_eq!(
        store.band(0, 0, 10, 10),
        [BandPoint { first_step: 0, last_step: 0, mean: 1.0, sd: None, min: 1.0, max: 1.0, turning: 0.0 }]
    );
}

#[test]
fn seeds_that_stopped_early_still_line_up() {
    let mut store = store(1, &[0, 1]);
    for step in 0..60_000 {
        store.push(&row(step, 0, &[Some(0.0)]));
        if step < 10_001 {
            store.push(&row(step, 1, &[Some(2.0)]));
        }
    }
    // The stopped seed still has its last rows at full rate here, the other does not.
    for from in [0, 6_000, 9_000] {
        for point in store.band(0, from, 20_000, 500) {
            let both = point.first_step <= 10_000;
            assert_eq!(point.sd.is_some(), both, "{point:?}");
            assert_eq!(point.mean, if both { 1.0 } else { 0.0 });
        }
    }
}

#[test]
fn latest_and_recent_mean() {
    let mut store = store(2, &[0, 1]);
    assert_eq!((store.latest(0, 0), store.recent_mean(0, 0, 5), store.last_step()), (None, None, None));
    store.push(&row(0, 0, &[Some(1.0), Some(0.5)]));
    store.push(&row(1, 0, &[Some(2.0), None]));
    store.push(&row(2, 0, &[Some(6.0), None]));
    assert_eq!((store.latest(0, 0), store.latest(1, 0)), (Some(6.0), None));
    assert_eq!(store.latest_defined(1, 0), Some((0, 0.5)));
    assert_eq!((store.recent_mean(0, 0, 2), store.recent_mean(0, 0, 99)), (Some(4.0), Some(3.0)));
    assert_eq!((store.recent_mean(1, 0, 3), store.recent_mean(0, 0, 0)), (None, None));
    assert_eq!((store.latest(0, 1), store.latest(7, 0), store.latest(0, 7)), (None, None, None));
    assert!(store.envelope(7, 0, 0, 9, 9).is_empty() && store.envelope(0, 7, 0, 9, 9).is_empty());
    assert!(store.envelope(0, 0, 2, 1, 9).is_empty() && store.envelope(0, 0, 0, 9, 0).is_empty());
}

#[test]
fn unknown_seeds_and_earlier_steps_are_ignored() {
    let mut store = store(1, &[0]);
    store.push(&row(0, 9, &[Some(1.0)]));
    assert_eq!(store.last_step(), None);
    store.push(&row(5, 0, &[Some(1.0)]));
    store.push(&row(5, 0, &[Some(2.0)]));
    store.push(&row(4, 0, &[Some(3.0)]));
    let bins = store.envelope(0, 0, 0, 9, 9);
    assert_eq!(bins.len(), 1);
    assert_eq!((bins[0].first_step, bins[0].max), (5, 1.0));
}

#[test]
fn very_late_step_is_held() {
    let mut store = store(1, &[0]);
    store.push(&row(0, 0, &[Some(1.0)]));
    store.push(&row(u64::MAX, 0, &[Some(2.0)]));
    assert_eq!(store.envelope(0, 0, 0, u64::MAX, 2).len(), 2);
    assert_eq!(store.envelope(0, 0, 0, u64::MAX, 1).len(), 1);
}

#[test]
fn a_difference_is_taken_seed_by_seed() {
    let (mut a, mut b) = (store(1, &[3, 4]), store(1, &[3, 4]));
    // Seeds differ by 10, twins by 1 and 2: the spread is that of the latter.
    for step in 0..100 {
        for (seed, offset, apart) in [(3, 0.0, 1.0), (4, 10.0, 2.0)] {
            let value = step as f32 + offset;
            a.push(&row(step, seed, &[Some(value)]));
            if step >= 40 {
                b.push(&row(step, seed, &[Some(value + apart)]));
            }
        }
    }
    let points = a.difference(&b, 0, 0, 1_000, 1_000);
    assert_eq!(points.len(), 60);
    for (step, point) in (40..).zip(&points) {
        assert_eq!((point.first_step, point.last_step, point.mean, point.min, point.max), (step, step, 1.5, 1.0, 2.0));
        // SD of 1 and 2 with n - 1, in single precision.
        assert!(point.sd.is_some_and(|sd| (sd - 0.5f32.sqrt()).abs() < 1e-6));
    }
    assert!(a.difference(&store(1, &[3]), 0, 0, 1_000, 1_000).is_empty(), "other seeds");
}

#[test]
fn a_difference_of_long_and_short_curves_has_no_common_past() {
    let (mut a, mut b) = (store(1, &[0]), store(1, &[0]));
    let fork = 100_001;
    for step in 0..104_000 {
        a.push(&row(step, 0, &[Some(if step < fork { 1e6 } else { 1.0 })]));
        if step >= fork {
            b.push(&row(step, 0, &[Some(3.0)]));
        }
    }
    for max_bins in [64, 100_000] {
        let points = a.difference(&b, 0, fork, u64::MAX, max_bins);
        assert!(points.len() > 1);
        assert!(points.iter().all(|point| point.mean == 2.0), "{points:?}");
    }
}

#[test]
fn a_mean_over_steps_leaves_out_what_is_undefined() {
    let mut store = store(1, &[0]);
    for step in 0..10 {
        store.push(&row(step, 0, &[(step != 4).then_some(step as f32)]));
    }
    assert_eq!(store.mean_over(0, 0, 3, 5), Some(4.0));
    assert_eq!(store.mean_over(0, 0, 4, 4), None);
    assert_eq!(store.mean_over(0, 1, 0, 9), None, "no such seed");
}

/// Of every level of detail, and read from any step on.
#[test]
fn a_curve_that_alternates_is_told_from_chance_at_every_width() {
    let mut store = store(2, &[3]);
    let steps = 20_000;
    // A linear congruence is chance enough, and the same everywhere.
    let mut state = 12_345_u32;
    for step in 0..steps {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let sign = if step % 2 == 0 { 1.0 } else { -1.0 };
        let values = [Some(sign * (0.5 + 1e-5 * step as f32)), Some((state >> 8) as f32)];
        store.push(&row(step, 3, &values));
        if [1_000, 8_000, steps - 1].contains(&step) {
            for (from, points) in [(0, 100), (step / 2, 40), (step - 900, 900), (step - 31, 32)] {
                let share = |column| {
                    let band = store.band(column, from, step, points);
                    band.iter().map(|point| f64::from(point.turning)).sum::<f64>() / band.len() as f64
                };
                // The first two values cannot turn: 30 of 32 are left.
                assert!(share(0) > 0.93, "{from} to {step} in {points}: {}", share(0));
                // Of 32 values a share of 2/3 has a standard deviation of about 0.1.
                assert!((share(1) - 2.0 / 3.0).abs() < 0.3, "{from} to {step} in {points}: {}", share(1));
            }
        }
    }
}
