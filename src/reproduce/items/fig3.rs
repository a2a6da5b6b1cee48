//! Figure 3: alignment against weight decay for several activations.

use super::sce;
use crate::record::{Axis, AxisScale, Exhibit};
use crate::reproduce::claim::{Limit, LimitKind, Statement};
use crate::reproduce::error::ReproduceError;
use crate::reproduce::evidence::{Finding, Sample};
use crate::reproduce::figures::{alignment_chart, sampled};
use crate::reproduce::plan::{Item, Judged, Plan};
use crate::reproduce::results::Results;
use crate::reproduce::settings::{PAPER_SEEDS, Settings};

pub(super) const ITEM: Item = Item {
    id: "fig3",
    label: "Figure 3",
    title: "Whatever the activation, more decay is more Hebbian",
    shows: "One curve an activation: alignment of the second layer over weight decay. All of them rise.",
    plan,
    judge,
};

const ACTIVATIONS: [&str; 4] = ["linear", "relu", "sigmoid", "tanh"];
const GRID: &str = "activations";

fn plan(settings: &Settings) -> Result<Plan, ReproduceError> {
    let recipe = sce::recipe(GRID, settings)
        .over('x', "regularizer.weight_decay", &sce::DECAYS)
        .over_texts('y', "model.activation", &ACTIVATIONS)
        .seeds(settings.seeds_of(PAPER_SEEDS))
        .record(&["signal", "validation_loss", "accuracy"]);
    Ok(Plan {
        grids: vec![recipe.grid(settings)?],
        limits: sce::limits(settings, PAPER_SEEDS),
        chosen: vec!["Weight decays 0 to 5e-2: the paper gives none for this figure."],
        ..Plan::default()
    })
}

fn judge(settings: &Settings, limits: &[Limit], results: &Results) -> Judged {
    let grid = results.grid(GRID);
    let row = |at: usize| grid.map_or_else(Vec::new, |grid| grid.row("signal_2", at));
    let mut judged = Judged::default();
    for (at, activation) in ACTIVATIONS.iter().enumerate() {
        let samples = row(at);
        // Weights that collapsed have no alignment, and stand in no order.
        let defined: Vec<Sample> = samples.iter().filter(|one| one.collapsed == 0).cloned().collect();
        let statement = Statement::new(
            format!("fig3.{activation}"),
            format!("Alignment rises with weight decay, {activation} network"),
            "rises",
        );
        judged.claims.push(
            statement.row(&samples).spoiled_by(&[LimitKind::Shorter]).judged(Finding::order(&defined, true), limits),
        );
    }
    if grid.is_some() {
        let curves = ACTIVATIONS.iter().enumerate().map(|(at, name)| sampled(*name, at, &sce::DECAYS, &row(at)));
        let x = Axis { label: "weight decay \u{3b3}".into(), scale: AxisScale::Linear, range: None };
        judged.exhibits.push(Exhibit {
            name: "fig3".into(),
            title: "Figure 3, left: alignment over weight decay, by activation, layer 2".into(),
            subtitle: format!(
                "{}; mean and SD over {} seeds, last 100 steps",
                sce::label(settings),
                settings.seeds_of(PAPER_SEEDS)
            ),
            panels: vec![alignment_chart("", x, curves.collect())],
            columns: 1,
        });
    }
    judged
}
