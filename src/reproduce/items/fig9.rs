//! Figure 9: alignment against weight decay in networks of 1, 10 and 50 million parameters.

use super::sce::{self, Cut};
use crate::record::{Axis, AxisScale, Exhibit};
use crate::reproduce::claim::{Limit, LimitKind, Statement};
use crate::reproduce::error::ReproduceError;
use crate::reproduce::evidence::count;
use crate::reproduce::figures::{alignment_chart, sampled};
use crate::reproduce::plan::{Item, Judged, Plan};
use crate::reproduce::recipe::Recipe;
use crate::reproduce::results::Results;
use crate::reproduce::settings::{PAPER_SEEDS, Settings};

pub(super) const ITEM: Item = Item {
    id: "fig9",
    label: "Figure 9",
    title: "Larger networks look Hebbian too",
    shows: "Alignment of the second layer over weight decay in perceptrons of 1, 10 and 50 million parameters with 3, 7 and 9 \
            layers: it rises in all of them.",
    plan,
    judge,
};

/// A network of the figure.
struct Scale {
    id: &'static str,
    preset: &'static str,
    /// Parameters in all.
    parameters: u64,
    layers: usize,
    /// Seeds at full length. Fifty million parameters at ten seeds would take a machine of two cores about two weeks.
    seeds: u64,
}

const SCALES: [Scale; 3] = [
    Scale { id: "mlp_1m", preset: "mlp-1m", parameters: 1_000_000, layers: 3, seeds: PAPER_SEEDS },
    Scale { id: "mlp_10m", preset: "mlp-10m", parameters: 10_000_000, layers: 7, seeds: PAPER_SEEDS },
    Scale { id: "mlp_50m", preset: "mlp-50m", parameters: 50_000_000, layers: 9, seeds: 3 },
];

/// Seeds and steps with `--quick`, and by how many times smaller the networks are.
const QUICK_SEEDS: u64 = 1;
const QUICK_STEPS: [u64; 2] = [600; 2];
const QUICK_SHARE: u64 = 40;
/// Steps of the means, as the caption has it.
const WINDOW: u64 = 200;
const MATTERS: &[LimitKind] = &[LimitKind::Shorter, LimitKind::Smaller];

impl Scale {
    fn grid(&self) -> String {
        format!("scale-{}", self.preset)
    }

    fn cut(&self) -> Cut {
        Cut { what: self.name(), paper: PAPER_SEEDS, full: self.seeds, quick: QUICK_SEEDS, steps: QUICK_STEPS }
    }

    /// As the paper names it.
    fn name(&self) -> String {
        format!("{} M", self.parameters / 1_000_000)
    }

    fn limits(&self, settings: &Settings) -> Vec<Limit> {
        let mut limits = self.cut().limits(settings);
        if settings.quick {
            let words = format!(
                "{}: {} parameters in as many layers in place of {} million",
                self.name(),
                count(self.parameters / QUICK_SHARE),
                self.parameters / 1_000_000
            );
            limits.push(Limit { kind: LimitKind::Smaller, words });
        }
        limits
    }

    fn recipe(&self, settings: &Settings) -> Recipe {
        let cut = self.cut();
        let recipe = Recipe::new(self.grid(), self.preset).with(&cut.assignments(settings));
        let recipe = match settings.quick {
            true => recipe.set("model.parameters", self.parameters / QUICK_SHARE),
            false => recipe,
        };
        recipe
            .set("measure.window", WINDOW)
            .set("measure.layers", "[2]")
            .over('x', "regularizer.weight_decay", &sce::DECAYS)
            .seeds(cut.seeds(settings))
            .record(&["signal", "validation_loss", "accuracy"])
    }
}

fn plan(settings: &Settings) -> Result<Plan, ReproduceError> {
    let grids = SCALES.iter().map(|scale| scale.recipe(settings).grid(settings)).collect::<Result<_, _>>()?;
    Ok(Plan {
        grids,
        limits: Limit::each_once(SCALES.iter().flat_map(|scale| scale.limits(settings))),
        chosen: vec![
            "Learning rate 0.1, as in Figures 2 and 17, and weight decays 0 to 5e-2: the paper gives none for this figure.",
        ],
        ..Plan::default()
    })
}

fn judge(settings: &Settings, _limits: &[Limit], results: &Results) -> Judged {
    let mut judged = Judged::default();
    let mut curves = Vec::new();
    for (place, scale) in SCALES.iter().enumerate() {
        let grid = results.grid(&scale.grid());
        let row = grid.map_or_else(Vec::new, |grid| grid.row("signal_2", 0));
        let statement = Statement::new(
            format!("fig9.{}", scale.id),
            format!(
                "Alignment rises with weight decay in a network of {} million parameters, {} layers",
                scale.parameters / 1_000_000,
                scale.layers
            ),
            "rises",
        );
        let statement = statement.row(&row).spoiled_by(MATTERS);
        judged.claims.push(statement.judged(sce::rises(&row), &scale.limits(settings)));
        if let Some(grid) = grid {
            let parameters: usize = grid.grid().experiment().maps().iter().map(|map| map.weights() + map.outputs).sum();
            let name = format!("{} ({:.2} M here), {} layers", scale.name(), parameters as f64 / 1e6, scale.layers);
            curves.push(sampled(name, place, &sce::DECAYS, &row));
        }
    }
    if !curves.is_empty() {
        let seeds = SCALES.map(|scale| format!("{}: {}", scale.name(), sce::points(scale.cut().seeds(settings))));
        let x = Axis { label: "weight decay \u{3b3}".into(), scale: AxisScale::Linear, range: None };
        judged.exhibits.push(Exhibit {
            name: "fig9".into(),
            title: "Figure 9: alignment over weight decay, by the number of parameters, layer 2".into(),
            subtitle: format!("{}; {}; last {WINDOW} steps", sce::label(settings), seeds.join(", ")),
            panels: vec![alignment_chart("", x, curves)],
            columns: 1,
        });
    }
    judged
}
