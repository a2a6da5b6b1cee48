//! Figure 2: signal and Hebbian update side by side at the end of training, with strong weight decay and with none.

use super::sce;
use crate::record::Exhibit;
use crate::reproduce::claim::{Limit, LimitKind, Statement};
use crate::reproduce::course::{CourseRecord, Keep};
use crate::reproduce::error::ReproduceError;
use crate::reproduce::evidence::{Finding, Sample, number};
use crate::reproduce::figures::matrix_heats;
use crate::reproduce::plan::{Item, Judged, Plan};
use crate::reproduce::results::Results;
use crate::reproduce::settings::{QUICK_SEEDS, Settings};

pub(super) const ITEM: Item = Item {
    id: "fig2",
    label: "Figure 2",
    title: "The two updates, weight by weight",
    shows: "Learning signal and Hebbian update of 20 x 20 weights of the second layer at the end of training. With strong weight \
            decay they are nearly one picture; without, they have little in common.",
    plan,
    judge,
};

/// Run with the paper's strong decay, which Figure 17 shows as well.
pub(super) const STRONG: &str = "matrices-strong";
const NONE: &str = "matrices-none";
/// Steps of the means at the end.
const LAST: u64 = 100;
/// Alignments below are very low.
const LOW: f64 = 0.2;

/// The run at a weight decay; `steps` are those at which matrices are kept beside the last.
pub(super) fn courses(
    name: &'static str,
    decay: f64,
    settings: &Settings,
) -> Result<Vec<crate::reproduce::CoursePlan>, ReproduceError> {
    let recipe = sce::recipe(name, settings).set("regularizer.weight_decay", decay).set("rule.learning_rate", 0.1);
    let mut courses = recipe.courses(settings.seeds.unwrap_or(QUICK_SEEDS), &Keep::default(), settings)?;
    for course in &mut courses {
        let epoch = course.experiment.steps_per_epoch();
        course.keep = Keep {
            columns: vec!["signal_2".into()],
            bin: LAST,
            // One beyond the end stands for the last step.
            matrices: Some((2, vec![epoch, u64::MAX])),
            lowest_of_last: LAST,
            ..Keep::default()
        };
    }
    Ok(courses)
}

fn plan(settings: &Settings) -> Result<Plan, ReproduceError> {
    let mut all = courses(STRONG, 0.05, settings)?;
    all.extend(courses(NONE, 0.0, settings)?);
    Ok(Plan { courses: all, limits: sce::limits(settings, 1), ..Plan::default() })
}

/// Alignment over the last steps, a value a run.
pub(super) fn last_alignment(records: &[&CourseRecord]) -> Sample {
    Sample::of(records.iter().filter_map(|record| Some(record.curves.first()?.last()?.mean)))
}

fn judge(settings: &Settings, limits: &[Limit], results: &Results) -> Judged {
    let (strong, none) = (results.courses(STRONG), results.courses(NONE));
    let (with, without) = (last_alignment(&strong), last_alignment(&none));
    let low = match without.mean() {
        Some(mean) => Finding::decided(
            mean.abs() <= LOW,
            format!("{} without decay, at most {LOW} to either side of 0", number(mean)),
        ),
        None => Finding::undecided("nothing has been trained"),
    };
    let high = Statement::new(
        "fig2.strong",
        "With \u{3b3} = 0.05 signal and Hebbian update are much closer than without decay",
        "high",
    )
    .sample(&with)
    .spoiled_by(&[LimitKind::Shorter])
    .judged(Finding::above(&with, &without, "with decay above without"), limits);
    let low = Statement::new("fig2.none", "Without weight decay the alignment at the end is very low", "very low")
        .sample(&without)
        .spoiled_by(&[LimitKind::Shorter])
        .judged(low, limits);
    let pair = [(&strong, "\u{3b3} = 0.05"), (&none, "\u{3b3} = 0")];
    let panels: Vec<_> = { pair.into_iter() }
        // The last but one: the one with the lowest alignment comes after the last step's.
        .filter_map(|(records, what)| Some((records.first()?.matrices.iter().rev().nth(1)?, what)))
        .flat_map(|(matrices, what)| {
            matrix_heats(&format!("{what}, cosine {}", matrices.cosine.map_or_else(String::new, number)), matrices)
        })
        .collect();
    let figure = Exhibit {
        name: "fig2".into(),
        title: "Figure 2: directions of learning signal and Hebbian update, layer 2, last step".into(),
        subtitle: format!("{}; the first 20 x 20 weights, first seed", sce::label(settings)),
        panels,
        columns: 2,
    };
    Judged { claims: vec![high, low], exhibits: if figure.panels.is_empty() { Vec::new() } else { vec![figure] } }
}
