//! Figure 17: steps with a low alignment share structure with the Hebbian update all the same.

use super::{fig2, sce};
use crate::record::Exhibit;
use crate::reproduce::claim::{Limit, LimitKind, Statement};
use crate::reproduce::course::MatrixRecord;
use crate::reproduce::error::ReproduceError;
use crate::reproduce::evidence::{Finding, Sample, number};
use crate::reproduce::figures::matrix_heats;
use crate::reproduce::plan::{Item, Judged, Plan};
use crate::reproduce::results::Results;
use crate::reproduce::settings::Settings;

pub(super) const ITEM: Item = Item {
    id: "fig17",
    label: "Figure 17",
    title: "Even a step that looks little Hebbian shares the structure",
    shows: "Learning signal and Hebbian update after the first epoch, and at the one of the last 100 steps at which they are \
            least alike: rows and columns that are strong in one are strong in the other.",
    plan,
    judge,
};

fn plan(settings: &Settings) -> Result<Plan, ReproduceError> {
    Ok(Plan {
        courses: fig2::courses(fig2::STRONG, 0.05, settings)?,
        limits: sce::limits(settings, 1),
        chosen: vec![
            "'Similar structure' is read as the correlation of the sizes of the weights' entries in both updates, whatever their signs: 0 for matrices that have nothing in common.",
        ],
        ..Plan::default()
    })
}

fn judge(settings: &Settings, limits: &[Limit], results: &Results) -> Judged {
    let records = results.courses(fig2::STRONG);
    let of = |pick: &dyn Fn(&MatrixRecord) -> Option<f64>, is_first: bool| {
        let matrix = |record: &&crate::reproduce::CourseRecord| {
            let one = if is_first { record.matrices.first() } else { record.matrices.last() };
            one.and_then(pick)
        };
        Sample::of(records.iter().filter_map(matrix))
    };
    let first = of(&|matrix| matrix.cosine, true);
    let lowest = of(&|matrix| matrix.cosine, false);
    let shared = of(&|matrix| matrix.size_correlation, false);
    let claims = vec![
        Statement::new(
            "fig17.first_epoch",
            "Alignment begins after the first epoch already (\u{3b3} = 0.05)",
            "above 0",
        )
        .sample(&first)
        .judged(Finding::sign(&first, true), limits),
        Statement::new(
            "fig17.structure",
            "The least aligned of the last 100 steps shares structure with its Hebbian update",
            "a lot of similar structure",
        )
        .sample(&shared)
        .spoiled_by(&[LimitKind::Shorter])
        .judged(Finding::sign(&shared, true).noting(&format!("its cosine is {}", lowest.words())), limits),
    ];
    let Some(record) = records.first() else { return Judged { claims, exhibits: Vec::new() } };
    let panels = [
        (record.matrices.first(), "after the first epoch"),
        (record.matrices.last(), "least aligned of the last 100 steps"),
    ];
    let panels = panels.into_iter().filter_map(|(matrix, what)| Some((matrix?, what))).flat_map(|(matrix, what)| {
        matrix_heats(&format!("{what}, cosine {}", matrix.cosine.map_or_else(String::new, number)), matrix)
    });
    let figure = Exhibit {
        name: "fig17".into(),
        title: "Figure 17: directions of learning signal and Hebbian update, layer 2, \u{3b3} = 0.05".into(),
        subtitle: format!("{}; the first 20 x 20 weights, first seed", sce::label(settings)),
        panels: panels.collect(),
        columns: 2,
    };
    Judged { claims, exhibits: vec![figure] }
}
