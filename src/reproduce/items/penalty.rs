//! Section 4: a penalty on activations makes the signal more anti-Hebbian.

use crate::record::{Axis, AxisScale, Exhibit, with_raised_power};
use crate::reproduce::claim::{Limit, LimitKind, Statement};
use crate::reproduce::error::ReproduceError;
use crate::reproduce::evidence::{Finding, Sample};
use crate::reproduce::figures::{alignment_chart, sampled};
use crate::reproduce::plan::{Item, Judged, Plan};
use crate::reproduce::recipe::Recipe;
use crate::reproduce::results::Results;
use crate::reproduce::settings::{QUICK_SEEDS, Settings};

pub(super) const ITEM: Item = Item {
    id: "penalty",
    label: "Section 4, penalty",
    title: "A penalty on activations pushes towards anti-Hebbian",
    shows: "Alignment of the regression network over the strength of a penalty on the mean size of its activations, with and \
            without weight decay.",
    plan,
    judge,
};

const GRID: &str = "activation-penalty";
const PENALTIES: [f64; 5] = [0.0, 1e-4, 1e-3, 1e-2, 1e-1];
const DECAYS: [f64; 2] = [0.0, 5e-4];

fn plan(settings: &Settings) -> Result<Plan, ReproduceError> {
    let recipe = Recipe::new(GRID, "sre")
        .over('x', "regularizer.activation_penalty", &PENALTIES)
        .over('y', "regularizer.weight_decay", &DECAYS)
        .seeds(settings.seeds.unwrap_or(QUICK_SEEDS))
        .record(&["signal", "validation_loss"]);
    Ok(Plan {
        grids: vec![recipe.grid(settings)?],
        limits: settings.step_limit().into_iter().collect(),
        chosen: vec![
            "The penalty is the mean absolute activation of each hidden layer; its strengths are chosen, as the paper gives no setting.",
        ],
        ..Plan::default()
    })
}

fn judge(settings: &Settings, limits: &[Limit], results: &Results) -> Judged {
    let grid = results.grid(GRID);
    let row = |layer: usize, at: usize| grid.map_or_else(Vec::new, |grid| grid.row(&format!("signal_{layer}"), at));
    let mut judged = Judged::default();
    for (at, decay) in DECAYS.iter().enumerate() {
        let samples = row(2, at);
        let lowest = samples.iter().skip(1).filter(|one| one.n() > 0).min_by(|a, b| {
            let mean = |one: &&Sample| one.mean().unwrap_or(f64::INFINITY);
            mean(a).total_cmp(&mean(b))
        });
        let finding = match (samples.first(), lowest) {
            (Some(none), Some(lowest)) => {
                Finding::above(none, lowest, "without penalty against the strength with the lowest alignment")
            }
            _ => Finding::undecided("nothing has been trained"),
        };
        let what = if *decay == 0.0 { "without weight decay" } else { "with weight decay 5e-4" };
        let name = if *decay == 0.0 { "penalty.no_decay" } else { "penalty.decay" };
        let statement = Statement::new(
            name,
            format!("A penalty on activations can make the signal more anti-Hebbian, {what}"),
            "lower",
        );
        judged.claims.push(statement.row(&samples).spoiled_by(&[LimitKind::Shorter]).judged(finding, limits));
    }
    if grid.is_some() {
        let chart = |layer: usize| {
            let name = |decay: f64| {
                if decay == 0.0 {
                    "\u{3b3} = 0".to_owned()
                } else {
                    format!("\u{3b3} = {}", with_raised_power(&format!("{decay:e}")))
                }
            };
            let curves =
                DECAYS.iter().enumerate().map(|(at, decay)| sampled(name(*decay), at, &PENALTIES, &row(layer, at)));
            let scale = AxisScale::LogBesideZero { least: -4 };
            let x = Axis { label: "strength of the penalty \u{3bb}".into(), scale, range: None };
            alignment_chart(format!("Layer {layer}"), x, curves.collect())
        };
        judged.exhibits.push(Exhibit {
            name: "penalty".into(),
            title: "Alignment over the strength of a penalty on activations".into(),
            subtitle: format!(
                "the SRE; mean and SD over {} seeds, last 100 steps",
                settings.seeds.unwrap_or(QUICK_SEEDS)
            ),
            panels: [1, 2, 3].map(chart).to_vec(),
            columns: 2,
        });
    }
    judged
}
