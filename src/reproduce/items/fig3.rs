//! Figure 3: alignment against weight decay for several activations, and in a deeper network.

use super::sce::{self, Cut};
use crate::record::{Axis, AxisScale, Exhibit};
use crate::reproduce::claim::{Claim, Limit, LimitKind, Statement};
use crate::reproduce::error::ReproduceError;
use crate::reproduce::evidence::{Finding, Sample};
use crate::reproduce::figures::{alignment_chart, sampled};
use crate::reproduce::plan::{Item, Judged, Plan};
use crate::reproduce::recipe::Recipe;
use crate::reproduce::results::Results;
use crate::reproduce::settings::{PAPER_SEEDS, Settings};

pub(super) const ITEM: Item = Item {
    id: "fig3",
    label: "Figure 3",
    title: "Whatever the activation, and in deeper networks too, more decay is more Hebbian",
    shows: "One curve an activation: alignment of the second layer over weight decay. All of them rise. Beside them the six \
            hidden layers of a deeper and wider network, one curve a layer.",
    plan,
    judge,
};

const ACTIVATIONS: [&str; 4] = ["linear", "relu", "sigmoid", "tanh"];
const GRID: &str = "activations";
const DEEP_GRID: &str = "deep";
/// Hidden layers of the deeper network, which are those that the paper shows.
const DEEP_LAYERS: usize = 6;
/// Its seeds and steps with `--quick`.
const DEEP_QUICK_SEEDS: u64 = 2;
const DEEP_QUICK_STEPS: [u64; 2] = [500; 2];
/// Steps of the means, as the caption has it.
const WINDOW: u64 = 100;

fn deep() -> Cut {
    Cut {
        what: "6 x 512 network".into(),
        paper: PAPER_SEEDS,
        full: PAPER_SEEDS,
        quick: DEEP_QUICK_SEEDS,
        steps: DEEP_QUICK_STEPS,
    }
}

fn plan(settings: &Settings) -> Result<Plan, ReproduceError> {
    let recipe = sce::recipe(GRID, settings)
        .over('x', "regularizer.weight_decay", &sce::DECAYS)
        .over_texts('y', "model.activation", &ACTIVATIONS)
        .seeds(settings.seeds_of(PAPER_SEEDS))
        .record(&["signal", "validation_loss", "accuracy"]);
    let deeper = Recipe::new(DEEP_GRID, "mlp-6x512")
        .with(&deep().assignments(settings))
        .set("measure.window", WINDOW)
        .over('x', "regularizer.weight_decay", &sce::DECAYS)
        .seeds(deep().seeds(settings))
        .record(&["signal", "validation_loss", "accuracy"]);
    Ok(Plan {
        grids: vec![recipe.grid(settings)?, deeper.grid(settings)?],
        limits: Limit::each_once(sce::limits(settings, PAPER_SEEDS).into_iter().chain(deep().limits(settings))),
        chosen: vec!["Weight decays 0 to 5e-2: the paper gives none for this figure."],
        ..Plan::default()
    })
}

fn judge(settings: &Settings, _limits: &[Limit], results: &Results) -> Judged {
    let grid = results.grid(GRID);
    let row = |at: usize| grid.map_or_else(Vec::new, |grid| grid.row("signal_2", at));
    let mut judged = Judged::default();
    let limits = sce::limits(settings, PAPER_SEEDS);
    for (at, activation) in ACTIVATIONS.iter().enumerate() {
        let samples = row(at);
        let statement = Statement::new(
            format!("fig3.{activation}"),
            format!("Alignment rises with weight decay, {activation} network"),
            "rises",
        );
        let statement = statement.row(&samples).spoiled_by(&[LimitKind::Shorter]);
        judged.claims.push(statement.judged(sce::rises(&samples), &limits));
    }
    let layers = deep_rows(results);
    judged.claims.push(deep_claim(&layers, settings));
    if grid.is_some() {
        let curves = ACTIVATIONS.iter().enumerate().map(|(at, name)| sampled(*name, at, &sce::DECAYS, &row(at)));
        let x = || Axis { label: "weight decay \u{3b3}".into(), scale: AxisScale::Linear, range: None };
        let deeper =
            (1..).zip(&layers).map(|(layer, row)| sampled(format!("layer {layer}"), layer - 1, &sce::DECAYS, row));
        judged.exhibits.push(Exhibit {
            name: "fig3".into(),
            title: "Figure 3: alignment over weight decay".into(),
            subtitle: format!(
                "{}; {} (6 x 512: {}), last {WINDOW} steps",
                sce::label(settings),
                sce::points(settings.seeds_of(PAPER_SEEDS)),
                sce::points(deep().seeds(settings))
            ),
            panels: vec![
                alignment_chart("By activation, layer 2", x(), curves.collect()),
                alignment_chart("Six layers of 512, tanh", x(), deeper.collect()),
            ],
            columns: 2,
        });
    }
    judged
}

/// Alignment over weight decay of each hidden layer of the deeper network.
fn deep_rows(results: &Results) -> Vec<Vec<Sample>> {
    let grid = results.grid(DEEP_GRID);
    grid.map_or_else(Vec::new, |grid| (1..=DEEP_LAYERS).map(|layer| grid.row(&format!("signal_{layer}"), 0)).collect())
}

fn deep_claim(layers: &[Vec<Sample>], settings: &Settings) -> Claim {
    let findings: Vec<Finding> = layers.iter().map(|row| sce::rises(row)).collect();
    let count = |holds: Option<bool>| findings.iter().filter(|finding| finding.holds == holds).count();
    let (rising, against) = (count(Some(true)), count(Some(false)));
    let shown: Vec<String> = (1..)
        .zip(layers)
        .map(|(layer, row)| {
            let means: Vec<String> = row.iter().map(Sample::words).collect();
            format!("layer {layer}: {}", means.join(", "))
        })
        .collect();
    let why = format!(
        "alignment rises in {rising} of {DEEP_LAYERS} layers and does not in {against}; in more than half it must ({})",
        shown.join("; ")
    );
    let finding = match () {
        () if layers.is_empty() => Finding::undecided("nothing has been trained"),
        () if 2 * rising > DEEP_LAYERS => Finding::decided(true, why),
        () if 2 * against >= DEEP_LAYERS => Finding::decided(false, why),
        () => Finding::undecided(why),
    };
    Statement::new(
        "fig3.deep",
        "The trend holds in a deeper and wider network (6 x 512, tanh), though some of its layers may go anti-Hebbian",
        "rises in most layers",
    )
    .words(format!("in {rising} of {DEEP_LAYERS} layers"), layers.len())
    .spoiled_by(&[LimitKind::Shorter])
    .judged(finding, &deep().limits(settings))
}
