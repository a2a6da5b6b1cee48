//! Figure 15: learning signal against full update over the course of training.

use super::sce;
use crate::record::{AxisScale, Exhibit, SeriesStyle};
use crate::reproduce::claim::{Claim, Limit, LimitKind, Statement};
use crate::reproduce::course::{CourseRecord, CurveBin, Keep};
use crate::reproduce::error::ReproduceError;
use crate::reproduce::evidence::{Finding, Sample};
use crate::reproduce::figures::{course_chart, course_series};
use crate::reproduce::plan::{Item, Judged, Plan};
use crate::reproduce::recipe::Recipe;
use crate::reproduce::results::Results;
use crate::reproduce::settings::{QUICK_SEEDS, Settings};

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
/// Steps of a point of the curves.
const BIN: u64 = 50;
/// Curves, by their places.
const SIGNAL: usize = 0;
const FULL: usize = 1;
const LOSS: usize = 2;
const ACCURACY: usize = 3;

fn plan(settings: &Settings) -> Result<Plan, ReproduceError> {
    let columns = ["signal_2", "full_2", "validation_loss", "validation_accuracy"].map(str::to_owned).to_vec();
    let keep = Keep { columns, bin: BIN, ..Keep::default() };
    let seeds = settings.seeds.unwrap_or(QUICK_SEEDS);
    let measured = |recipe: Recipe| recipe.set("measure.full_update", true);
    let mut courses = measured(sce::recipe(CLASSIFICATION, settings)).courses(seeds, &keep, settings)?;
    courses.extend(measured(Recipe::new(REGRESSION, "sre")).courses(seeds, &keep, settings)?);
    Ok(Plan {
        courses,
        limits: sce::limits(settings, 1),
        chosen: vec![
            "The paper shows one classification run; three seeds are trained, and the figure shows the first.",
            "Beside it the regression experiment, of which the paper says the same in section 5; it needs no images.",
        ],
        ..Plan::default()
    })
}

fn judge(settings: &Settings, limits: &[Limit], results: &Results) -> Judged {
    let mut judged = Judged::default();
    let own: Vec<Limit> = settings.step_limit().into_iter().collect();
    for (name, id, what, limits) in [
        (CLASSIFICATION, "classification", "classification (SCE)", limits),
        (REGRESSION, "regression", "regression (SRE)", own.as_slice()),
    ] {
        let records = results.courses(name);
        judged.claims.extend(claims(id, what, &records, limits));
        let label = if name == CLASSIFICATION { sce::label(settings) } else { "teacher and student" };
        judged.exhibits.extend(records.first().map(|record| exhibit(id, what, label, record)));
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

fn claims(id: &str, what: &str, records: &[&CourseRecord], limits: &[Limit]) -> Vec<Claim> {
    let over = |of: &dyn Fn(&CourseRecord) -> f64| Sample::of(records.iter().map(|record| of(record)));
    let signal = over(&|record| mean(late(record, SIGNAL), |bin| bin.mean));
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
    const MATTERS: &[LimitKind] = &[LimitKind::Shorter];
    let name = |end: &str| format!("fig15.{id}.{end}");
    let claim = |end: &str, words: &str, paper: &str, sample: &Sample, finding: Finding| {
        let words = format!("{words}, {what}");
        Statement::new(name(end), words, paper).sample(sample).spoiled_by(MATTERS).judged(finding, limits)
    };
    vec![
        claim(
            "signal",
            "The learning signal stays Hebbian on average",
            "above 0",
            &signal,
            Finding::sign(&signal, true),
        ),
        claim("full_mean", "The mean of the full update's alignment goes to 0", "0", &full, to_zero),
        claim(
            "full_spread",
            "Its single steps go on to swing between Hebbian and anti-Hebbian",
            "strong",
            &swing,
            stays,
        ),
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
