//! From numbers to an answer, by a criterion that is said with it.

/// Standard errors by which a difference or a mean must lie beyond zero to count as one: the usual 95 %.
const ERRORS: f64 = 2.0;
/// Combined standard deviations within which two values count as the same.
const DEVIATIONS: f64 = 3.0;
/// Half of the last of the two decimals that the paper prints: its values and deviations are known no better.
const ROUNDING: f64 = 0.005;

/// One quantity, a value a seed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// Defined values.
    pub values: Vec<f64>,
    /// Seeds whose weights had collapsed.
    pub collapsed: usize,
    /// Seeds that diverged.
    pub diverged: usize,
    /// Seeds that have not been trained, or could not be.
    pub missing: usize,
}

impl Sample {
    /// Of values, none of which is missing.
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        Self { values: values.into_iter().filter(|value| value.is_finite()).collect(), ..Self::default() }
    }

    /// How many values.
    #[must_use]
    pub fn n(&self) -> usize {
        self.values.len()
    }

    /// Their mean.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (!self.values.is_empty()).then(|| self.values.iter().sum::<f64>() / self.n() as f64)
    }

    /// Their standard deviation, with n - 1; `None` for fewer than two.
    #[must_use]
    pub fn sd(&self) -> Option<f64> {
        let mean = self.mean().filter(|_| self.n() > 1)?;
        Some((self.values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (self.n() - 1) as f64).sqrt())
    }

    /// Standard error of the mean.
    #[must_use]
    pub fn se(&self) -> Option<f64> {
        Some(self.sd()? / (self.n() as f64).sqrt())
    }

    /// Differences seed by seed where both have all seeds; else none.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        if self.n() != other.n() {
            return Self::default();
        }
        Self::of(self.values.iter().zip(&other.values).map(|(a, b)| a - b))
    }

    /// As `0.17 ± 0.01`, or what there is in its place.
    #[must_use]
    pub fn words(&self) -> String {
        let seeds = self.collapsed + self.diverged + self.missing + self.n();
        match (self.mean(), self.sd()) {
            _ if self.collapsed > 0 && self.collapsed == seeds => "collapsed".into(),
            // The spread of an alignment is in its third decimal.
            (Some(mean), Some(sd)) if mean.abs() < 10.0 && sd >= 5e-4 => {
                format!("{mean:.3} \u{b1} {sd:.3}").replace('-', "\u{2212}")
            }
            (Some(mean), Some(sd)) => format!("{} \u{b1} {}", number(mean), number(sd)),
            (Some(mean), None) => number(mean),
            (None, _) if self.diverged > 0 => "diverged".into(),
            (None, _) => "undefined".into(),
        }
    }
}

/// A number as tables have it: two or three decimals, powers of ten where that would show nothing.
#[must_use]
pub fn number(value: f64) -> String {
    let size = value.abs();
    let text = match size {
        0.0 => "0".to_owned(),
        _ if !(5e-4..1e5).contains(&size) => format!("{value:.1e}"),
        _ if size < 0.1 => format!("{value:.3}"),
        _ if size < 100.0 => format!("{value:.2}"),
        _ => format!("{value:.0}"),
    };
    text.replace('-', "\u{2212}")
}

/// A count with a comma every three digits.
#[must_use]
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group).into_owned());
    groups.collect::<Vec<_>>().join(",")
}

/// What a criterion comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Whether the claim holds; `None` where the numbers do not tell.
    pub holds: Option<bool>,
    /// The criterion, and what decided.
    pub why: String,
}

impl Finding {
    /// Nothing can be said.
    #[must_use]
    pub fn undecided(why: impl Into<String>) -> Self {
        Self { holds: None, why: why.into() }
    }

    /// Decided by a criterion of one's own, which `why` has to say.
    #[must_use]
    pub fn decided(holds: bool, why: impl Into<String>) -> Self {
        Self { holds: Some(holds), why: why.into() }
    }

    /// Whether the mean lies above 0 (or below) by more than two standard errors.
    #[must_use]
    pub fn sign(sample: &Sample, is_positive: bool) -> Self {
        let side = if is_positive { "above" } else { "below" };
        let Some(mean) = sample.mean() else { return Self::undecided("there is no value") };
        let Some(se) = sample.se() else {
            return Self::undecided(format!("{} of one seed has no error; more seeds tell", number(mean)));
        };
        let distance = format!("{} \u{b1} {} (standard error)", number(mean), number(se));
        let criterion = format!("the mean must lie {side} 0 by more than two standard errors");
        if mean.abs() <= ERRORS * se {
            return Self::undecided(format!("{criterion}: {distance} does not tell on which side"));
        }
        Self::decided((mean > 0.0) == is_positive, format!("{criterion}: {distance}"))
    }

    /// Whether means rise (or fall) along a row: no step goes the other way by more than two standard errors, and the last
    /// lies beyond the first by more than that.
    #[must_use]
    pub fn order(row: &[Sample], rises: bool) -> Self {
        let verb = if rises { "rise" } else { "fall" };
        let criterion = format!(
            "means must {verb}: no step the other way, and the last beyond the first, by more than two standard errors"
        );
        let Some(means) = row.iter().map(Sample::mean).collect::<Option<Vec<_>>>().filter(|row| row.len() > 1) else {
            return Self::undecided("a cell of the row has no value");
        };
        let gain = |a: usize, b: usize| if rises { means[b] - means[a] } else { means[a] - means[b] };
        let error = |a: usize, b: usize| Some((row[a].se()?.powi(2) + row[b].se()?.powi(2)).sqrt());
        let against = (1..row.len()).find(|&at| gain(at - 1, at) < -ERRORS * error(at - 1, at).unwrap_or(0.0));
        let shown = means.iter().map(|mean| number(*mean)).collect::<Vec<_>>().join(", ");
        if let Some(at) = against {
            return Self::decided(
                false,
                format!("{criterion}; {shown}: from {} to {}", number(means[at - 1]), number(means[at])),
            );
        }
        let last = row.len() - 1;
        match error(0, last) {
            _ if gain(0, last) <= 0.0 => Self::decided(false, format!("{criterion}; {shown}")),
            Some(error) if gain(0, last) <= ERRORS * error => {
                Self::undecided(format!("{criterion}; {shown}: first and last do not differ by more than that"))
            }
            None if row.iter().any(|sample| sample.n() < 2) => {
                // Without an error the order alone is known.
                Self::decided(true, format!("means must {verb} step by step (one seed, no error); {shown}"))
            }
            _ => Self::decided(true, format!("{criterion}; {shown}")),
        }
    }

    /// Whether one quantity lies above another by more than two standard errors of the difference.
    #[must_use]
    pub fn above(higher: &Sample, lower: &Sample, what: &str) -> Self {
        let (Some(a), Some(b)) = (higher.mean(), lower.mean()) else { return Self::undecided("there is no value") };
        let (Some(ea), Some(eb)) = (higher.se(), lower.se()) else {
            return Self::undecided(format!(
                "{what}: {} and {} of one seed each have no error; more seeds tell",
                number(a),
                number(b)
            ));
        };
        let error = (ea * ea + eb * eb).sqrt();
        let why = format!(
            "{what}: {} \u{2212} {} = {} \u{b1} {} (standard error), which must be above 0 by more than two of them",
            number(a),
            number(b),
            number(a - b),
            number(error)
        );
        if (a - b).abs() <= ERRORS * error { Self::undecided(why) } else { Self::decided(a > b, why) }
    }

    /// Whether a value is the paper's, within three combined standard deviations; neither is known better than to the
    /// two decimals that the paper prints.
    #[must_use]
    pub fn same(sample: &Sample, paper: f64, paper_sd: f64) -> Self {
        let Some(mean) = sample.mean() else { return Self::undecided("there is no value") };
        let Some(sd) = sample.sd() else {
            return Self::undecided(format!("{} of one seed has no standard deviation; more seeds tell", number(mean)));
        };
        let combined = (sd * sd + paper_sd.max(ROUNDING).powi(2)).sqrt();
        let apart = (mean - paper).abs() / combined;
        Self::decided(
            apart <= DEVIATIONS,
            format!(
                "{} is {apart:.1} combined standard deviations from the paper's {}; at most three",
                sample.words(),
                number(paper)
            ),
        )
    }

    /// Whether an exponent is the expected one within two standard errors.
    #[must_use]
    pub fn exponent(exponent: f64, se: f64, expected: f64) -> Self {
        let apart = (exponent - expected).abs() / se;
        Self::decided(
            apart <= ERRORS,
            format!("{exponent:.2} \u{b1} {se:.2} is {apart:.1} standard errors from {expected}; at most two"),
        )
    }

    /// With something to know beside it.
    #[must_use]
    pub fn noting(self, words: &str) -> Self {
        Self { why: format!("{}; {words}", self.why), ..self }
    }

    /// Both must hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let holds = match (self.holds, other.holds) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        };
        Self { holds, why: format!("{}; {}", self.why, other.why) }
    }
}

/// Spearman's rank correlation; `None` for fewer than three points or without spread.
#[must_use]
pub fn rank_correlation(points: &[(f64, f64)]) -> Option<f64> {
    let ranks = |values: Vec<f64>| -> Vec<f64> {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
        let mut ranks = vec![0.0; values.len()];
        let mut first = 0;
        for group in order.chunk_by(|a, b| values[*a] == values[*b]) {
            // Equal values share the mean of their ranks.
            let mean = first as f64 + (group.len() - 1) as f64 / 2.0;
            group.iter().for_each(|at| ranks[*at] = mean);
            first += group.len();
        }
        ranks
    };
    let x = ranks(points.iter().map(|point| point.0).collect());
    let y = ranks(points.iter().map(|point| point.1).collect());
    if points.len() < 3 { None } else { correlation(x.iter().copied().zip(y.iter().copied())) }
}

/// Pearson's correlation; `None` without spread.
#[must_use]
pub fn correlation(points: impl Iterator<Item = (f64, f64)> + Clone) -> Option<f64> {
    let n = points.clone().count() as f64;
    let (sx, sy) = points.clone().fold((0.0, 0.0), |(sx, sy), (x, y)| (sx + x, sy + y));
    let (mx, my) = (sx / n, sy / n);
    let (xx, yy, xy) = points.fold((0.0, 0.0, 0.0), |(xx, yy, xy), (x, y)| {
        (xx + (x - mx).powi(2), yy + (y - my).powi(2), xy + (x - mx) * (y - my))
    });
    (xx > 0.0 && yy > 0.0).then(|| xy / (xx * yy).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(mean: f64) -> Sample {
        Sample::of([mean - 0.01, mean, mean + 0.01])
    }

    #[test]
    fn a_sign_counts_beyond_its_error_only() {
        assert_eq!(Finding::sign(&around(0.1), true).holds, Some(true));
        assert_eq!(Finding::sign(&around(0.1), false).holds, Some(false));
        assert_eq!(Finding::sign(&around(0.001), true).holds, None);
        assert_eq!(Finding::sign(&Sample::of([0.5]), true).holds, None, "one seed has no error");
        assert_eq!(Finding::sign(&Sample::default(), true).holds, None);
    }

    #[test]
    fn an_order_allows_steps_back_within_the_error() {
        let row = |means: &[f64]| means.iter().map(|mean| around(*mean)).collect::<Vec<_>>();
        assert_eq!(Finding::order(&row(&[0.0, -0.001, 0.05, 0.5]), true).holds, Some(true));
        assert_eq!(Finding::order(&row(&[0.0, 0.3, 0.2, 0.5]), true).holds, Some(false));
        assert_eq!(Finding::order(&row(&[0.0, 0.001]), true).holds, None);
        assert_eq!(Finding::order(&row(&[0.5, 0.1]), false).holds, Some(true));
        assert_eq!(Finding::order(&row(&[0.1, 0.5]), false).holds, Some(false));
        assert_eq!(Finding::order(&[around(0.1), Sample::default()], true).holds, None);
    }

    #[test]
    fn values_are_compared_in_combined_deviations() {
        assert_eq!(Finding::same(&around(0.17), 0.17, 0.0).holds, Some(true));
        assert_eq!(Finding::same(&around(0.21), 0.17, 0.01).holds, Some(true));
        assert_eq!(Finding::same(&around(0.30), 0.17, 0.01).holds, Some(false));
        assert_eq!(Finding::exponent(1.9, 0.06, 2.0).holds, Some(true));
        assert_eq!(Finding::exponent(1.64, 0.11, 2.0).holds, Some(false));
    }

    #[test]
    fn ranks_share_ties() {
        assert_eq!(rank_correlation(&[(0.0, 1.0), (1.0, 2.0), (2.0, 30.0)]), Some(1.0));
        assert_eq!(rank_correlation(&[(0.0, 1.0), (0.0, 1.0)]), None);
        let tied = rank_correlation(&[(0.0, 1.0), (0.0, 1.0), (1.0, 0.0)]).expect("spread");
        assert!((tied + 1.0).abs() < 1e-12, "{tied}");
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [0.0, 0.1712, 0.0261, -3e-5, 12.0].map(number),
            ["0", "0.17", "0.026", "\u{2212}3.0e\u{2212}5", "12.00"]
        );
        assert_eq!([0, 999, 1_500, 2_000_017].map(count), ["0", "999", "1,500", "2,000,017"]);
        assert_eq!(around(0.17).words(), "0.170 \u{b1} 0.010");
        assert_eq!(Sample { collapsed: 2, ..Sample::default() }.words(), "collapsed");
    }
}
