//! Figure 18: training with Hebbian rules does not follow the supervised gradient.

use super::sce;
use crate::record::{AxisScale, Exhibit};
use crate::reproduce::claim::{Limit, LimitKind, Statement};
use crate::reproduce::course::{CourseRecord, Keep};
use crate::reproduce::error::ReproduceError;
use crate::reproduce::evidence::{Finding, Sample, number};
use crate::reproduce::figures::{course_chart, course_series};
use crate::reproduce::plan::{Item, Judged, Plan};
use crate::reproduce::results::Results;
use crate::reproduce::settings::Settings;

pub(super) const ITEM: Item = Item {
    id: "fig18",
    label: "Figure 18",
    title: "Hebbian learning does not become gradient descent",
    shows: "Networks trained by Hebbian rules, and at every step the cosine of their update with minus the supervised gradient: \
            it goes to zero for every rule, reading and learning rate.",
    plan,
    judge,
};

/// Names in the figure and of the runs, and the settings.
const RULES: [(&str, &str, &str, &str); 4] = [
    ("normalized Hebbian, pre-activation", "hebb_normalized_pre", "hebb_normalized", "pre"),
    ("normalized Hebbian, post-activation", "hebb_normalized_post", "hebb_normalized", "post"),
    ("Oja, pre-activation", "oja_pre", "oja", "pre"),
    ("Oja, post-activation", "oja_post", "oja", "post"),
];
const RATES: [f64; 2] = [0.01, 0.001];
/// Steps of a point, as in the paper's caption.
const BIN: u64 = 200;
/// Means of a size up to this have approached zero.
const NEAR_ZERO: f64 = 0.1;

fn name(rule: &str, rate: f64) -> String {
    format!("hebbian-{rule}-{rate}").replace('.', "_")
}

fn plan(settings: &Settings) -> Result<Plan, ReproduceError> {
    let mut courses = Vec::new();
    for (_, id, kind, activity) in RULES {
        for rate in RATES {
            let recipe = sce::recipe(name(id, rate), settings)
                .set("rule.kind", kind)
                .set("rule.hebb_activity", activity)
                .set("rule.learning_rate", rate)
                .set("regularizer.weight_decay", 0.0)
                .set("measure.loss_gradient", true);
            let keep = Keep { columns: vec!["neggrad_2".into()], bin: BIN, ..Keep::default() };
            courses.extend(recipe.courses(1, &keep, settings)?);
        }
    }
    Ok(Plan {
        courses,
        limits: sce::limits(settings, 1),
        chosen: vec![
            "Learning rates 0.01 and 0.001; 'weight standardization' is read as rows of mean 0 and SD 1 after every step; no weight decay.",
        ],
        ..Plan::default()
    })
}

/// Mean over the last quarter of the steps, and over the first point.
fn ends(record: &CourseRecord) -> Option<(f64, f64)> {
    let all = record.curves.first().filter(|all| !all.is_empty())?;
    let late = &all[all.len() - all.len().div_ceil(4)..];
    Some((all[0].mean, late.iter().map(|bin| bin.mean).sum::<f64>() / late.len() as f64))
}

fn judge(settings: &Settings, limits: &[Limit], results: &Results) -> Judged {
    let mut judged = Judged::default();
    let mut panels = Vec::new();
    for rate in RATES {
        let mut curves = Vec::new();
        for (place, (words, id, ..)) in RULES.into_iter().enumerate() {
            let records = results.courses(&name(id, rate));
            let found = records.first().and_then(|record| ends(record));
            let finding = match found {
                Some((_, late)) => Finding::decided(
                    late.abs() <= NEAR_ZERO,
                    format!(
                        "{} over the last quarter of the steps, at most {NEAR_ZERO} to either side of 0",
                        number(late)
                    ),
                ),
                None => Finding::undecided("there is no value: nothing has been trained, or the weights ran away"),
            };
            let late = Sample::of(found.map(|(_, late)| late));
            let rate_id = if rate == RATES[0] { "fast" } else { "slow" };
            let statement = Statement::new(
                format!("fig18.{id}.{rate_id}"),
                format!("{words}, learning rate {rate}: alignment with gradient descent approaches 0"),
                "0",
            );
            judged.claims.push(statement.sample(&late).spoiled_by(&[LimitKind::Shorter]).judged(finding, limits));
            curves.extend(records.first().map(|record| course_series(words, place, record, 0)));
        }
        if !curves.is_empty() {
            panels.push(course_chart(
                format!("Learning rate {rate}"),
                "cosine with minus the gradient",
                AxisScale::Linear,
                curves,
            ));
        }
    }
    if !panels.is_empty() {
        judged.exhibits.push(Exhibit {
            name: "fig18".into(),
            title: "Figure 18: alignment of Hebbian updates with the supervised gradient, layer 2".into(),
            subtitle: format!("{}; mean and SD over {BIN} steps each, one run a curve", sce::label(settings)),
            panels,
            columns: 2,
        });
    }
    judged
}
