//! Figure 15: learning signal against full update over the course of training.

use super::sce;
use crate::record::{AxisScale, Exhibit, SeriesStyle};
use crate::reproduce::claim::{Claim, Limit, LimitKind, Statement};
use crate::reproduce::course::{CourseRecord, CurveBin, Keep};
use crate::reproduce::error::ReproduceError;
use crate::reproduce::evidence::{Finding, Sample, number};
use crate::reproduce::figures::{course_chart, course_series};
use crate::reproduce::plan::{Item, Judged, Plan};
use crate::reproduce::recipe::Recipe;
use crate::reproduce::results::Results;
use crate::reproduce::settings::{QUICK_SEEDS, Settings};
use crate::theory::PREMISE_LIMIT;

pub(super) const ITEM: Item = Item {
    id: "fig15",
    label: "Figure 15",
    title: "The learning signal is Hebbian on average, the full update is not",
    shows: "Over the course of training, the alignment of the learning signal stays above zero, while that of the full update \
            (signal and decay together) has a mean that goes to zero and steps that go on to swing to either side.",
    plan,
    judge,
};

const CLASSIFICATION: &str = "course-sce";
const REGRESSION: &str = "course-sre";
/// The same until it is at rest, which takes some times 1 / (learning rate x decay) steps.
const RESTING: &str = "course-sre-rest";
/// Weight decay of Table 1's regression experiment.
const TABLE_DECAY: &str = "5e-4";
const DECAY: &str = "regularizer.weight_decay";
const REST_DECAY: &str = "5e-3";
const REST_STEPS: u64 = 20_000;
/// Steps of a point of the curves.
const BIN: u64 = 50;
/// Curves, by their places.
const SIGNAL: usize = 0;
const FULL: usize = 1;
const LOSS: usize = 2;
const ACCURACY: usize = 3;
const GAP: usize = 4;
const NORM: usize = 5;

fn plan(settings: &Settings) -> Result<Plan, ReproduceError> {
    let columns =
        ["signal_2", "full_2", "validation_loss", "validation_accuracy", "stationarity_gap_2", "weight_norm_2"];
    let columns = columns.map(str::to_owned).to_vec();
    let keep = Keep { columns, bin: BIN, ..Keep::default() };
    let seeds = settings.seeds.unwrap_or(QUICK_SEEDS);
    let measured = |recipe: Recipe| recipe.set("measure.full_update", true);
    let mut courses = measured(sce::recipe(CLASSIFICATION, settings)).courses(seeds, &keep, settings)?;
    let regression = |name: &str| measured(Recipe::new(name, "sre")).set("measure.stationarity", true);
    courses.extend(regression(REGRESSION).courses(seeds, &keep, settings)?);
    let resting = regression(RESTING).set(DECAY, REST_DECAY).set("training.steps", REST_STEPS);
    courses.extend(resting.courses(seeds, &keep, settings)?);
    Ok(Plan {
        courses,
        limits: sce::limits(settings, 1),
        chosen: vec![
            "The paper shows one classification run; three seeds are trained, and the figure shows the first.",
            "Beside it the regression experiment, of which the paper says the same in section 5; it needs no images.",
            "Section 5 speaks of networks near rest, which the regression experiment does not reach in Table 1's 3,950 steps: |W| still shrinks. The full update is judged in a run with weight decay 5e-3 and 20,000 steps, where |E g \u{2212} \u{3b3} W| is below a tenth of \u{3b3} |W|.",
        ],
        ..Plan::default()
    })
}

fn judge(settings: &Settings, limits: &[Limit], results: &Results) -> Judged {
    let mut judged = Judged::default();
    let own: Vec<Limit> = settings.step_limit().into_iter().collect();
    let classification = results.courses(CLASSIFICATION);
    judged.claims.push(signal_claim(("classification", "classification (SCE)"), &classification, limits));
    judged.claims.extend(full_claims(("classification", "classification (SCE)"), &classification, None, limits));
    judged.exhibits.extend(
        classification
            .first()
            .map(|record| exhibit("classification", "classification (SCE)", sce::label(settings), record)),
    );
    let (regression, resting) = (results.courses(REGRESSION), results.courses(RESTING));
    judged.claims.push(signal_claim(("regression", "regression (SRE)"), &regression, &own));
    let rest = Rest { gap: gap(&resting, REST_DECAY), before: before(&regression) };
    judged.claims.extend(full_claims(("regression", "regression (SRE)"), &resting, Some(&rest), &own));
    for (id, what, records) in
        [("regression", "regression (SRE)", &regression), ("rest", "regression (SRE, until it is at rest)", &resting)]
    {
        judged.exhibits.extend(records.first().map(|record| exhibit(id, what, "teacher and student", record)));
    }
    judged
}

/// Bins of the last quarter of a curve.
fn late(record: &CourseRecord, curve: usize) -> &[CurveBin] {
    let all = record.curves.get(curve).map_or(&[][..], Vec::as_slice);
    &all[all.len() - all.len() / 4..]
}

fn mean(bins: &[CurveBin], of: impl Fn(&CurveBin) -> f64) -> f64 {
    bins.iter().map(of).sum::<f64>() / bins.len() as f64
}

/// Standard deviation of single steps around the mean of their bin.
fn spread(bins: &[CurveBin]) -> f64 {
    mean(bins, |bin| bin.sd * bin.sd).sqrt()
}

/// How far the runs that are to be at rest are from it, and what shorter ones show.
struct Rest {
    /// |E g - gamma W| over gamma |W|, the mean over the last quarter.
    gap: Sample,
    before: String,
}

fn gap(records: &[&CourseRecord], decay: &str) -> Sample {
    let decay: f64 = decay.parse().unwrap_or(f64::NAN);
    let of = |record: &&CourseRecord| {
        mean(late(record, GAP), |bin| bin.mean) / (decay * mean(late(record, NORM), |bin| bin.mean))
    };
    Sample::of(records.iter().map(of))
}

/// What the experiment shows that is not at rest.
fn before(records: &[&CourseRecord]) -> String {
    let full = Sample::of(records.iter().map(|record| mean(late(record, FULL), |bin| bin.mean)));
    format!(
        "over the last quarter of Table 1's steps at decay {TABLE_DECAY} the gap to rest is {} of the decay, and the mean {}",
        gap(records, TABLE_DECAY).words(),
        full.words()
    )
}

/// `id` and the words for it.
type Named = (&'static str, &'static str);

fn claim(
    (id, what): Named,
    end: &str,
    words: &str,
    paper: &str,
    sample: &Sample,
    judged: (Finding, &[Limit]),
) -> Claim {
    const MATTERS: &[LimitKind] = &[LimitKind::Shorter];
    let (finding, limits) = judged;
    let statement = Statement::new(format!("fig15.{id}.{end}"), format!("{words}, {what}"), paper);
    statement.sample(sample).spoiled_by(MATTERS).judged(finding, limits)
}

fn signal_claim(named: Named, records: &[&CourseRecord], limits: &[Limit]) -> Claim {
    let signal = Sample::of(records.iter().map(|record| mean(late(record, SIGNAL), |bin| bin.mean)));
    let words = "The learning signal stays Hebbian on average";
    claim(named, "signal", words, "above 0", &signal, (Finding::sign(&signal, true), limits))
}

fn full_claims(named: Named, records: &[&CourseRecord], rest: Option<&Rest>, limits: &[Limit]) -> [Claim; 2] {
    let over = |of: &dyn Fn(&CourseRecord) -> f64| Sample::of(records.iter().map(|record| of(record)));
    let full = over(&|record| mean(late(record, FULL), |bin| bin.mean));
    let swing = over(&|record| spread(late(record, FULL)));
    let earliest = over(&|record| {
        let all = record.curves.get(FULL).map_or(&[][..], Vec::as_slice);
        spread(&all[all.len() / 4..all.len() / 2])
    });
    let ratio = full.mean().zip(swing.mean()).map(|(mean, swing)| mean.abs() / swing);
    let to_zero = ratio.map_or_else(
        || Finding::undecided("nothing has been trained"),
        |ratio| {
            let why = format!("over the last quarter the mean is {ratio:.2} of the standard deviation of single steps; at most a quarter");
            Finding::decided(ratio <= 0.25, why)
        },
    );
    let kept = swing.mean().zip(earliest.mean()).map(|(late, early)| late / early);
    let stays = kept.map_or_else(
        || Finding::undecided("nothing has been trained"),
        |kept| {
            let why = format!(
                "its standard deviation over the last quarter is {kept:.2} of that over the second; at least half"
            );
            Finding::decided(kept >= 0.5, why)
        },
    );
    // Whether the runs are at rest is looked at.
    let to_zero = match rest {
        None => to_zero,
        Some(Rest { gap, before }) => match gap.values.iter().copied().reduce(f64::max) {
            Some(most) if most > PREMISE_LIMIT => Finding::undecided(format!(
                "the runs are not at rest: the gap is up to {} of the decay, and must be at most {PREMISE_LIMIT}",
                number(most)
            )),
            Some(most) => {
                to_zero.noting(&format!("the gap to rest is at most {} of the decay; {before}", number(most)))
            }
            None => Finding::undecided("the gap to rest is not known"),
        },
    };
    let mean_words = "The mean of the full update's alignment goes to 0 near rest";
    let spread_words = "Its single steps go on to swing between Hebbian and anti-Hebbian";
    [
        claim(named, "full_mean", mean_words, "0", &full, (to_zero, limits)),
        claim(named, "full_spread", spread_words, "strong", &swing, (stays, limits)),
    ]
}

fn exhibit(id: &str, what: &str, label: &str, record: &CourseRecord) -> Exhibit {
    let full = course_series("full update", 1, record, FULL);
    let mut loss = course_series("validation loss", 0, record, LOSS);
    loss.style = SeriesStyle::Line;
    let alignment = vec![full, course_series("learning signal", 0, record, SIGNAL)];
    let mut panels = vec![
        course_chart("Alignment with the Hebbian update, layer 2", "cosine", AxisScale::Linear, alignment),
        course_chart("Validation loss", "validation loss", AxisScale::Log10, vec![loss]),
    ];
    if record.curves.get(ACCURACY).is_some_and(|curve| !curve.is_empty()) {
        let accuracy = course_series("validation accuracy", 2, record, ACCURACY);
        panels.push(course_chart("Validation accuracy", "share correct", AxisScale::Linear, vec![accuracy]));
    }
    Exhibit {
        name: format!("fig15-{id}"),
        title: format!("Figure 15: learning signal and full update over a {what} run"),
        subtitle: format!("{label}; mean and SD over {BIN} steps each, first seed"),
        panels,
        columns: 2,
    }
}
