//! Courses of a live value over the steps of a run: what the configured value is multiplied by at each of them.

use std::f64::consts::PI;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::config::Experiment;

/// Largest factor that a course may come to.
const MOST: f64 = 1e3;

/// Longest course, in steps, as long as the longest run.
const LONGEST: u64 = 1_000_000_000_000;

/// How the factor goes on behind the warm-up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Shape {
    /// 1.
    #[default]
    Constant,
    /// A straight line from 1.
    Linear {
        /// The factor at the end, and after it.
        to: f64,
    },
    /// Half a cosine from 1.
    Cosine {
        /// The factor at the end, and after it.
        to: f64,
    },
    /// Multiplied again and again.
    Steps {
        /// By this.
        by: f64,
        /// After so many steps each.
        every: u64,
    },
}

/// A course of factors, as text such as `warm-up 200, cosine to 0.01 over 4000`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Schedule {
    /// Step at which it begins; the factor is 1 before.
    pub from: u64,
    /// Steps over which the factor rises in equal parts to 1.
    pub warm_up: u64,
    /// What comes then.
    pub shape: Shape,
    /// Steps from the beginning to the end of a line or a cosine, with the warm-up; `None`: to the end of the run.
    pub over: Option<u64>,
}

/// `[schedule]`: factors on live values, step by step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Schedules {
    /// On `rule.learning_rate`.
    pub learning_rate: Schedule,
    /// On `regularizer.weight_decay` and `weight_decay_layers`.
    pub weight_decay: Schedule,
    /// On `noise.weight_sd`, `input_sd` and `gradient_sd`.
    pub noise: Schedule,
}

impl Schedule {
    /// Whether the factor is 1 at every step.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.shape == Shape::Constant && self.warm_up == 0
    }

    /// The factor at a step, counted from 0; `run_steps` are those of the whole run.
    ///
    /// The same on every machine: it takes nothing but sums, products and quotients.
    #[must_use]
    pub fn factor(&self, step: u64, run_steps: u64) -> f64 {
        let Some(since) = step.checked_sub(self.from) else { return 1.0 };
        if since < self.warm_up {
            return (since + 1) as f64 / self.warm_up as f64;
        }
        let behind = since - self.warm_up;
        let over = self.over.unwrap_or_else(|| run_steps.saturating_sub(self.from));
        // From the first step behind the warm-up to the last step of the course.
        let length = over.saturating_sub(self.warm_up).saturating_sub(1);
        let share = if behind >= length { 1.0 } else { behind as f64 / length as f64 };
        match self.shape {
            Shape::Constant => 1.0,
            Shape::Linear { to } => 1.0 + (to - 1.0) * share,
            Shape::Cosine { to } => to + (1.0 - to) * half_cosine(share),
            Shape::Steps { by, every } => powers(by, behind / every.max(1)),
        }
    }

    /// The same course in a run of that length, with its end as a number of steps.
    #[must_use]
    pub fn ending_with(self, run_steps: u64) -> Self {
        let ends = matches!(self.shape, Shape::Linear { .. } | Shape::Cosine { .. });
        let rest = run_steps.saturating_sub(self.from).max(self.warm_up + 1);
        Self { over: self.over.or(ends.then_some(rest)), ..self }
    }
}

/// (1 + cos(pi x)) / 2 for x from 0 to 1.
fn half_cosine(x: f64) -> f64 {
    // Of the nearer end, as the series is short there; cos(pi x) / 2 = 1/2 - sin^2(pi x / 2).
    let (near, is_far) = if x <= 0.5 { (x, false) } else { (1.0 - x, true) };
    let angle = near * (PI / 2.0);
    let square = angle * angle;
    // Up to pi/4 the first term left out, (pi/4)^19 / 19!, is below the last digit.
    let series = (1..=8).rev().fold(1.0, |sum, k| {
        let k = f64::from(k);
        1.0 - square / (2.0 * k * (2.0 * k + 1.0)) * sum
    });
    let sine = angle * series;
    if is_far { sine * sine } else { 1.0 - sine * sine }
}

/// `by` multiplied `times` times, in an order that does not depend on the machine.
fn powers(by: f64, times: u64) -> f64 {
    let (mut result, mut square, mut left) = (1.0, by, times);
    while left > 0 {
        if left % 2 == 1 {
            result *= square;
        }
        square *= square;
        left /= 2;
    }
    result
}

impl Experiment {
    /// The same with every schedule's end as a number of steps, so that a run whose length changes on its way keeps them.
    #[must_use]
    pub fn with_schedules_ending(mut self) -> Self {
        let steps = self.total_steps();
        let Schedules { learning_rate, weight_decay, noise } = &mut self.schedule;
        for schedule in [learning_rate, weight_decay, noise] {
            *schedule = schedule.ending_with(steps);
        }
        self
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, warm_up, shape, over } = self;
        let mut parts = Vec::new();
        if *from > 0 && !self.is_constant() {
            parts.push(format!("from {from}"));
        }
        if *warm_up > 0 {
            parts.push(format!("warm-up {warm_up}"));
        }
        let over = over.map(|steps| format!(" over {steps}")).unwrap_or_default();
        match shape {
            Shape::Constant if *warm_up > 0 => {}
            Shape::Constant => parts.push("constant".into()),
            Shape::Linear { to } => parts.push(format!("linear to {to:?}{over}")),
            Shape::Cosine { to } => parts.push(format!("cosine to {to:?}{over}")),
            Shape::Steps { by, every } => parts.push(format!("steps {by:?} every {every}")),
        }
        f.write_str(&parts.join(", "))
    }
}

/// Why a text is no schedule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0}; a schedule is constant, linear to F, cosine to F (both with 'over N' steps, else to the end of the run) or steps F every N, with 'warm-up N' and 'from N' before it, set apart by commas"
)]
pub struct NoSchedule(String);

fn wrong<T>(message: impl Into<String>) -> Result<T, NoSchedule> {
    Err(NoSchedule(message.into()))
}

fn factor(text: &str) -> Result<f64, NoSchedule> {
    match text.parse::<f64>() {
        Ok(value) if (0.0..=MOST).contains(&value) => Ok(value),
        _ => wrong(format!("'{text}' is no factor from 0 to {MOST}")),
    }
}

fn steps(text: &str, least: u64) -> Result<u64, NoSchedule> {
    match text.parse::<u64>() {
        Ok(value) if (least..=LONGEST).contains(&value) => Ok(value),
        _ => wrong(format!("'{text}' is no number of steps from {least} to {LONGEST:e}", LONGEST = LONGEST as f64)),
    }
}

impl FromStr for Schedule {
    type Err = NoSchedule;

    fn from_str(text: &str) -> Result<Self, NoSchedule> {
        let [mut from, mut warm_up, mut course] = [None; 3];
        for part in text.split(',') {
            let words: Vec<&str> = part.split_whitespace().collect();
            let (place, value) = match words[..] {
                ["from", count] => (&mut from, Self { from: steps(count, 0)?, ..Self::default() }),
                ["warm-up" | "warmup", count] => (&mut warm_up, Self { warm_up: steps(count, 0)?, ..Self::default() }),
                ["constant"] => (&mut course, Self::default()),
                ["steps", by, "every", count] => {
                    let shape = Shape::Steps { by: factor(by)?, every: steps(count, 1)? };
                    (&mut course, Self { shape, ..Self::default() })
                }
                [kind @ ("linear" | "cosine"), ref rest @ ..] => (&mut course, ending(kind, rest)?),
                [] if text.trim().is_empty() => return wrong("is empty"),
                [] => return wrong("has nothing between two commas, or after the last"),
                _ => return wrong(format!("'{}' is not understood", part.trim())),
            };
            if place.replace(value).is_some() {
                return wrong(format!("'{}' comes second", part.trim()));
            }
        }
        let course: Self = course.unwrap_or_default();
        let made =
            Self { from: from.map_or(0, |one| one.from), warm_up: warm_up.map_or(0, |one| one.warm_up), ..course };
        if let Some(over) = made.over.filter(|over| *over <= made.warm_up) {
            return wrong(format!("'over {over}' counts the {} of the warm-up too and must be more", made.warm_up));
        }
        if made.is_constant() && made.from > 0 {
            return wrong(format!("nothing begins at step {}", made.from));
        }
        Ok(made)
    }
}

/// A line or a cosine, from the words behind its name.
fn ending(kind: &str, words: &[&str]) -> Result<Schedule, NoSchedule> {
    let (to, over) = match *words {
        [] => (0.0, None),
        ["to", to] => (factor(to)?, None),
        ["over", count] => (0.0, Some(steps(count, 1)?)),
        ["to", to, "over", count] => (factor(to)?, Some(steps(count, 1)?)),
        _ => return wrong(format!("'{kind} {}' is not understood", words.join(" "))),
    };
    let shape = if kind == "linear" { Shape::Linear { to } } else { Shape::Cosine { to } };
    Ok(Schedule { shape, over, ..Schedule::default() })
}

impl Serialize for Schedule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|error| serde::de::Error::custom(format!("{text:?}: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(text: &str) -> Schedule {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn text_and_back() {
        for text in [
            "constant",
            "linear to 0.0",
            "cosine to 0.01 over 4000",
            "steps 0.1 every 1000",
            "warm-up 200",
            "from 500, warm-up 200, cosine to 0.0 over 4000",
        ] {
            assert_eq!(schedule(text).to_string(), text);
        }
        assert_eq!(schedule("  cosine ,warmup 5").to_string(), "warm-up 5, cosine to 0.0");
        assert_eq!(schedule("linear over 7, from 3").to_string(), "from 3, linear to 0.0 over 7");
        assert_eq!(schedule("warm-up 0"), Schedule::default());
    }

    #[test]
    fn other_texts_are_refused_by_the_word() {
        for (text, said) in [
            ("", "is empty"),
            ("constant,", "nothing between two commas"),
            ("exponential", "'exponential' is not understood"),
            ("linear by 3", "'linear by 3' is not understood"),
            ("cosine to -1", "'-1' is no factor"),
            ("cosine to nan", "'nan' is no factor"),
            ("cosine to 1e4", "'1e4' is no factor"),
            ("steps 0.5", "'steps 0.5' is not understood"),
            ("steps 0.5 every 0", "'0' is no number of steps"),
            ("steps 0.5 every 1e3", "'1e3' is no number of steps"),
            ("linear, cosine", "'cosine' comes second"),
            ("warm-up 10, linear over 10", "'over 10' counts the 10 of the warm-up"),
            ("warm-up -1", "'-1' is no number of steps"),
            ("from 10", "nothing begins at step 10"),
            ("warm-up 99999999999999999999", "is no number of steps"),
        ] {
            let error = text.parse::<Schedule>().expect_err(text).to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    /// Values by hand; a schedule has its last value in the last step of the run.
    #[test]
    fn factors_are_those_of_the_definition() {
        let at = |text: &str, steps: &[u64], run: u64| -> Vec<f64> {
            let schedule = schedule(text);
            steps.iter().map(|&step| schedule.factor(step, run)).collect()
        };
        assert_eq!(at("constant", &[0, 5, 1 << 60], 10), [1.0; 3]);
        assert_eq!(at("warm-up 4", &[0, 1, 2, 3, 4, 9], 10), [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]);
        assert_eq!(at("linear to 0", &[0, 2, 4, 5], 5), [1.0, 0.5, 0.0, 0.0]);
        assert_eq!(at("linear to 3 over 3", &[0, 1, 2, 9], 5), [1.0, 2.0, 3.0, 3.0]);
        assert_eq!(
            at("from 2, warm-up 2, linear to 0 over 5", &[0, 1, 2, 3, 4, 5, 6], 99),
            [1.0, 1.0, 0.5, 1.0, 1.0, 0.5, 0.0]
        );
        assert_eq!(at("steps 0.5 every 3", &[0, 2, 3, 6, 8], 9), [1.0, 1.0, 0.5, 0.25, 0.25]);
        assert_eq!(at("cosine to 0.5", &[0, 2, 4], 5), [1.0, 0.75, 0.5]);
        // Shorter than its own parts.
        assert_eq!(at("warm-up 4, cosine", &[0, 3, 4], 2), [0.25, 1.0, 0.0]);
        assert_eq!(at("linear", &[0], 1), [0.0]);
    }

    #[test]
    fn the_cosine_is_that_of_the_library() {
        for i in 0..=1000 {
            let x = f64::from(i) / 1000.0;
            let (own, library) = (half_cosine(x), (1.0 + (PI * x).cos()) / 2.0);
            // A few times the rounding of numbers up to 1.
            assert!((own - library).abs() < 1e-15, "{x}: {own} {library}");
        }
    }

    #[test]
    fn an_end_of_the_run_becomes_a_number() {
        assert_eq!(schedule("cosine").ending_with(40).to_string(), "cosine to 0.0 over 40");
        assert_eq!(schedule("from 10, linear to 2").ending_with(40).to_string(), "from 10, linear to 2.0 over 30");
        assert_eq!(
            schedule("from 50, warm-up 3, linear").ending_with(40).to_string(),
            "from 50, warm-up 3, linear to 0.0 over 4"
        );
        assert_eq!(schedule("steps 0.1 every 5").ending_with(40), schedule("steps 0.1 every 5"));
        let ended = schedule("warm-up 7, cosine to 0.25").ending_with(90);
        assert!((0..200).all(|step| ended.factor(step, 5) == schedule("warm-up 7, cosine to 0.25").factor(step, 90)));
    }
}
