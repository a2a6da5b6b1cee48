//! The first two principal components of the neurons' cosines over time, and the angle in the plane of the two.

/// Most values that are taken into account; of longer maps, evenly spaced bins.
const MAX_VALUES: usize = 1 << 15;

/// Rounds of the first look; later ones start from the directions found before.
const ROUNDS: usize = 24;

/// Two directions in the space of neurons, kept so that the next look begins where the last one ended and the angles
/// turn as little as the data allow.
#[derive(Debug, Default)]
pub struct Principal {
    directions: Vec<[f32; 2]>,
}

impl Principal {
    /// Angle of each row in the plane of the two components, -pi to pi; `None` for rows that are constant or undefined.
    ///
    /// Rows lose their mean, undefined values count as the mean. The directions are found by subspace iteration on
    /// X X^T, X having a row a neuron.
    pub fn angles(&mut self, rows: &[&[f32]]) -> Vec<Option<f64>> {
        let bins = rows.iter().map(|row| row.len()).min().unwrap_or(0);
        let kept = bins.min((MAX_VALUES / rows.len().max(1)).max(16));
        let at = |i: usize| i * bins / kept;
        let mut x = vec![0.0_f32; rows.len() * kept];
        for (row, centred) in rows.iter().zip(x.chunks_exact_mut(kept.max(1))) {
            let Some(mean) = crate::app::panes::neurons::rows::mean(row) else { continue };
            for (i, value) in centred.iter_mut().enumerate() {
                let deviation = row[at(i)] - mean as f32;
                *value = if deviation.is_nan() { 0.0 } else { deviation };
            }
        }
        if self.directions.len() != rows.len() {
            // Any start serves that is not orthogonal to the directions sought; this one is the same in every run.
            self.directions =
                (0..rows.len()).map(|i| [(0.7 * i as f32 + 0.3).sin(), (1.3 * i as f32 + 0.9).cos()]).collect();
        }
        for _ in 0..ROUNDS {
            if !self.improve(&x, kept) {
                return vec![None; rows.len()];
            }
        }
        let energy = |row: &[f32]| row.iter().map(|v| v * v).sum::<f32>();
        let moves = x.chunks_exact(kept.max(1)).map(|row| energy(row) > 1e-12);
        let scaled = self.scaled(&x, kept);
        // Its columns are as long as the squared singular values; a row's coordinates have the singular values once.
        let [first, second] =
            [0, 1].map(|k| scaled.iter().map(|d| d[k] * d[k]).sum::<f32>().powf(0.25).max(f32::MIN_POSITIVE));
        let angle = |[a, b]: [f32; 2]| f64::from(b / second).atan2(f64::from(a / first));
        moves.zip(scaled).map(|(moves, at)| moves.then(|| angle(at))).collect()
    }

    /// One round of subspace iteration; false where the rows span no plane.
    fn improve(&mut self, x: &[f32], kept: usize) -> bool {
        let mut next = self.scaled(x, kept);
        // Gram and Schmidt.
        let first = next.iter().map(|d| d[0] * d[0]).sum::<f32>().sqrt();
        if first.is_nan() || first <= f32::MIN_POSITIVE {
            return false;
        }
        next.iter_mut().for_each(|d| d[0] /= first);
        let shared: f32 = next.iter().map(|d| d[0] * d[1]).sum();
        next.iter_mut().for_each(|d| d[1] -= shared * d[0]);
        let second = next.iter().map(|d| d[1] * d[1]).sum::<f32>().sqrt();
        // Where all neurons move as one there is no second component, and two phases are left.
        let scale = if second > 1e-6 * first { 1.0 / second } else { 0.0 };
        next.iter_mut().for_each(|d| d[1] *= scale);
        self.directions = next;
        true
    }

    /// X X^T applied to both directions.
    fn scaled(&self, x: &[f32], kept: usize) -> Vec<[f32; 2]> {
        let mut sums = [vec![0.0_f32; kept], vec![0.0_f32; kept]];
        for (row, direction) in x.chunks_exact(kept.max(1)).zip(&self.directions) {
            for (sums, &weight) in sums.iter_mut().zip(direction) {
                sums.iter_mut().zip(row).for_each(|(sum, &value)| *sum += weight * value);
            }
        }
        x.chunks_exact(kept.max(1)).map(|row| [dot(row, &sums[0]), dot(row, &sums[1])]).collect()
    }
}

/// Inner product in eight partial sums, which a compiler may do side by side.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a_parts, b_parts) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a_parts.remainder().iter().zip(b_parts.remainder()).map(|(a, b)| a * b).sum();
    let mut sums = [0.0_f32; 8];
    for (a, b) in a_parts.zip(b_parts) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    rest + sums.iter().sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opposite_phases_are_half_a_turn_apart() {
        let wave = |lag: f64| -> Vec<f32> {
            (0..100).map(|t| (std::f64::consts::TAU * (f64::from(t) / 25.0 - lag)).sin() as f32).collect()
        };
        let rows = [wave(0.0), wave(0.5), wave(0.25), vec![0.3; 100], vec![f32::NAN; 100]];
        let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let angles = Principal::default().angles(&rows);
        assert_eq!(angles[3], None);
        assert_eq!(angles[4], None);
        let turn = |a: usize, b: usize| (angles[a].unwrap_or(9.0) - angles[b].unwrap_or(-9.0)).abs();
        // f32 sums of a hundred terms.
        assert!((turn(0, 1) - std::f64::consts::PI).abs() < 1e-3, "{angles:?}");
    }

    #[test]
    fn a_second_look_begins_where_the_first_ended() {
        let rows: Vec<Vec<f32>> =
            (0..12_i32).map(|i| (0..64_i32).map(|t| ((0.3 * t as f32) + (i * i) as f32).sin()).collect()).collect();
        let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let mut principal = Principal::default();
        let first = principal.angles(&rows);
        let second = principal.angles(&rows);
        for (a, b) in first.iter().zip(&second) {
            let apart = (a.unwrap_or(9.0) - b.unwrap_or(-9.0)).abs();
            // The plane is found; as the two singular values are nearly equal, the directions in it still turn a little.
            assert!(apart.min(std::f64::consts::TAU - apart) < 0.1, "{first:?} {second:?}");
        }
    }

    #[test]
    fn nothing_at_all_has_no_angles() {
        assert!(Principal::default().angles(&[]).is_empty());
        assert_eq!(Principal::default().angles(&[&[], &[]]), [None, None]);
        assert_eq!(Principal::default().angles(&[&[0.5, 0.5]]), [None]);
    }
}
