//! A statement of the paper, what was measured, and the verdict.

use serde::Serialize;

use super::evidence::{Finding, Sample};

/// What a claim comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Verdict {
    /// The numbers agree with the paper, by the criterion that is said.
    #[serde(rename = "reproduces")]
    Reproduces,
    /// They do not.
    #[serde(rename = "differs")]
    Differs,
    /// This reproduction cannot tell.
    #[serde(rename = "not tested")]
    NotTested,
}

impl Verdict {
    /// As the report has it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Reproduces => "reproduces",
            Self::Differs => "differs",
            Self::NotTested => "not tested",
        }
    }
}

/// In which way an experiment is less than the paper's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitKind {
    /// Other data stand in for those of the paper.
    StandIn,
    /// Training is shorter, so that runs may not be at rest.
    Shorter,
    /// The network, or the set of examples, is smaller.
    Smaller,
    /// There are fewer seeds.
    FewerSeeds,
    /// A grid is coarser or narrower.
    FewerCells,
    /// Steps were set by hand, which leaves nothing of the paper's experiment.
    Steps,
}

/// A way in which an experiment is less than the paper's, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Which.
    pub kind: LimitKind,
    /// In words, with both numbers.
    pub words: String,
}

impl Limit {
    /// Limits of the parts of an item, none of them twice.
    #[must_use]
    pub fn each_once(all: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut limits = Vec::new();
        for limit in all {
            if !limits.contains(&limit) {
                limits.push(limit);
            }
        }
        limits
    }
}

/// A claim with its verdict, as `report.json` has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Claim {
    /// Stable name, such as `table1.mlp.sgd.order`.
    pub id: String,
    /// What the paper says, in plain words.
    pub claim: String,
    /// The paper's number or words.
    pub paper: String,
    /// This build's number, or words where it is not one number.
    pub measured: Measured,
    /// Standard deviation over seeds.
    pub sd: Option<f64>,
    /// Seeds, runs or cells that the measured value is of.
    pub n: usize,
    /// What it comes to.
    pub verdict: Verdict,
    /// The criterion and what decided, or why it was not tested.
    pub why: String,
}

/// What was measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Measured {
    /// A number.
    Number(f64),
    /// Several, or something that is none.
    Words(String),
    /// Nothing.
    Nothing(()),
}

impl Measured {
    /// In words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Number(value) => super::evidence::number(*value),
            Self::Words(words) => words.clone(),
            Self::Nothing(()) => "\u{2013}".into(),
        }
    }
}

/// A claim on its way to a verdict.
pub struct Statement {
    id: String,
    claim: String,
    paper: String,
    measured: Measured,
    sd: Option<f64>,
    n: usize,
    spoiled_by: &'static [LimitKind],
}

/// What spoils every claim: numbers of other data or of a few steps are none of the paper's.
const ALWAYS: [LimitKind; 2] = [LimitKind::StandIn, LimitKind::Steps];

impl Statement {
    /// A claim of the paper by its stable name, and what the paper gives for it.
    #[must_use]
    pub fn new(id: impl Into<String>, claim: impl Into<String>, paper: impl Into<String>) -> Self {
        let measured = Measured::Nothing(());
        Self { id: id.into(), claim: claim.into(), paper: paper.into(), measured, sd: None, n: 0, spoiled_by: &[] }
    }

    /// The number that was measured: a mean over seeds.
    #[must_use]
    pub fn sample(self, sample: &Sample) -> Self {
        let measured = match sample.mean() {
            Some(mean) => Measured::Number(mean),
            None => Measured::Words(sample.words()),
        };
        Self { measured, sd: sample.sd(), n: sample.n(), ..self }
    }

    /// A number that is no mean over seeds, and of how many runs or cells it is.
    #[must_use]
    pub fn value(self, value: Option<f64>, sd: Option<f64>, n: usize) -> Self {
        let measured = value.filter(|v| v.is_finite()).map_or(Measured::Nothing(()), Measured::Number);
        Self { measured, sd: sd.filter(|v| v.is_finite()), n, ..self }
    }

    /// What was measured in words, where it is not one number.
    #[must_use]
    pub fn words(self, words: impl Into<String>, n: usize) -> Self {
        Self { measured: Measured::Words(words.into()), n, ..self }
    }

    /// A row of means over seeds.
    #[must_use]
    pub fn row(self, row: &[Sample]) -> Self {
        let words = row.iter().map(Sample::words).collect::<Vec<_>>().join(", ");
        let n = row.iter().map(Sample::n).min().unwrap_or(0);
        self.words(words, n)
    }

    /// Which reductions leave the claim undecidable, beside other data and a number of steps set by hand, which always do.
    #[must_use]
    pub fn spoiled_by(self, spoiled_by: &'static [LimitKind]) -> Self {
        Self { spoiled_by, ..self }
    }

    /// The verdict, under the limits of the item's experiments.
    #[must_use]
    pub fn judged(self, finding: Finding, limits: &[Limit]) -> Claim {
        let spoils = |limit: &&Limit| ALWAYS.contains(&limit.kind) || self.spoiled_by.contains(&limit.kind);
        let spoiled: Vec<&str> = limits.iter().filter(spoils).map(|limit| limit.words.as_str()).collect();
        let (verdict, why) = match (spoiled.is_empty(), finding.holds) {
            (true, Some(true)) => (Verdict::Reproduces, finding.why),
            (true, Some(false)) => (Verdict::Differs, finding.why),
            (true, None) => (Verdict::NotTested, finding.why),
            (false, holds) => {
                let there = match holds {
                    Some(true) => "what ran instead meets the criterion",
                    Some(false) => "what ran instead does not meet the criterion",
                    None => "what ran instead does not tell",
                };
                (Verdict::NotTested, format!("{}; {there}: {}", spoiled.join("; "), finding.why))
            }
        };
        let Self { id, claim, paper, measured, sd, n, .. } = self;
        Claim { id, claim, paper, measured, sd, n, verdict, why }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(holds: Option<bool>, limits: &[LimitKind], spoiled_by: &'static [LimitKind]) -> Verdict {
        let limits: Vec<Limit> = limits.iter().map(|&kind| Limit { kind, words: "less".into() }).collect();
        let finding = Finding { holds, why: String::new() };
        Statement::new("x.y", "a claim", "1").spoiled_by(spoiled_by).judged(finding, &limits).verdict
    }

    #[test]
    fn nothing_reproduces_on_data_that_stand_in_or_beside_a_reduction_that_matters() {
        use LimitKind::{FewerSeeds, Shorter, StandIn, Steps};
        assert_eq!(verdict(Some(true), &[], &[]), Verdict::Reproduces);
        assert_eq!(verdict(Some(false), &[FewerSeeds], &[]), Verdict::Differs);
        assert_eq!(verdict(None, &[], &[]), Verdict::NotTested);
        for limit in [StandIn, Steps] {
            for holds in [Some(true), Some(false)] {
                assert_eq!(verdict(holds, &[limit], &[]), Verdict::NotTested);
            }
        }
        assert_eq!(verdict(Some(true), &[Shorter], &[Shorter]), Verdict::NotTested);
        assert_eq!(verdict(Some(true), &[Shorter], &[FewerSeeds]), Verdict::Reproduces);
    }
}
