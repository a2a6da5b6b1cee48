//! Figure 11: the linear layers of residual networks over weight decay.

use super::sce::{self, Cut};
use crate::record::{Axis, AxisScale, Exhibit};
use crate::reproduce::claim::{Limit, LimitKind, Statement};
use crate::reproduce::error::ReproduceError;
use crate::reproduce::figures::{alignment_chart, sampled};
use crate::reproduce::plan::{Item, Judged, Plan};
use crate::reproduce::recipe::Recipe;
use crate::reproduce::results::Results;
use crate::reproduce::settings::Settings;

pub(super) const ITEM: Item = Item {
    id: "fig11",
    label: "Figure 11",
    title: "The linear layers of residual networks look Hebbian",
    shows: "Alignment over weight decay of the second linear layer behind ResNet-18, 34 and 50: it rises with the decay.",
    plan,
    judge,
};

/// A residual network of the figure.
struct Backbone {
    id: &'static str,
    name: &'static str,
    preset: &'static str,
    block: &'static str,
    blocks: &'static str,
}

const BACKBONES: [Backbone; 3] = [
    Backbone { id: "resnet_18", name: "ResNet-18", preset: "resnet-18", block: "basic", blocks: "[2, 2, 2, 2]" },
    Backbone { id: "resnet_34", name: "ResNet-34", preset: "resnet-34", block: "basic", blocks: "[3, 4, 6, 3]" },
    Backbone { id: "resnet_50", name: "ResNet-50", preset: "resnet-50", block: "bottleneck", blocks: "[3, 4, 6, 3]" },
];

/// The head's second map.
const COLUMN: &str = "signal_fc_2";
/// Strengths of weight decay: a full run of one of these networks takes a core a day or two.
const DECAYS: [f64; 4] = [0.0, 3e-3, 1e-2, 3e-2];
/// Steps and batch size with `--quick`, and channels of the stages in place of 64, 128, 256, 512.
const QUICK_STEPS: [u64; 2] = [300, 60];
const QUICK_BATCH: usize = 64;
const QUICK_PLANES: &str = "[8, 16, 32, 64]";
/// Steps of the means, as the caption of Figure 10 has it.
const WINDOW: u64 = 200;
const QUICK_WINDOW: u64 = 50;
const MATTERS: &[LimitKind] = &[LimitKind::Shorter, LimitKind::Smaller];

impl Backbone {
    fn grid(&self) -> String {
        format!("backbone-{}", self.preset)
    }

    /// The figure shows single runs.
    fn cut(&self) -> Cut {
        Cut { what: self.name.into(), paper: 1, full: 1, quick: 1, steps: QUICK_STEPS }
    }

    fn limits(&self, settings: &Settings) -> Vec<Limit> {
        let mut limits = self.cut().limits(settings);
        if settings.quick {
            let words = format!(
                "residual networks: stages of {QUICK_PLANES} channels in place of [64, 128, 256, 512], batches of {QUICK_BATCH} in place of 128, last {QUICK_WINDOW} steps in place of {WINDOW}"
            );
            limits.push(Limit { kind: LimitKind::Smaller, words });
        }
        limits
    }

    fn recipe(&self, settings: &Settings) -> Recipe {
        let cut = self.cut();
        let recipe = match settings.quick {
            // The depth of a preset stands for channels too.
            true => Recipe::new(self.grid(), "cnn")
                .set("model.kind", "resnet")
                .set("model.stem", "cifar")
                .set("model.block", self.block)
                .set("model.blocks", self.blocks)
                .set("model.planes", QUICK_PLANES)
                .set("model.hidden", "[512, 256]")
                .set("training.batch_size", QUICK_BATCH)
                .with(&cut.assignments(settings))
                .set("measure.window", QUICK_WINDOW),
            false => {
                Recipe::new(self.grid(), self.preset).with(&cut.assignments(settings)).set("measure.window", WINDOW)
            }
        };
        recipe.over('x', "regularizer.weight_decay", &DECAYS).seeds(cut.seeds(settings)).record(&[
            "signal",
            "validation_loss",
            "accuracy",
        ])
    }
}

fn plan(settings: &Settings) -> Result<Plan, ReproduceError> {
    let grids = BACKBONES.iter().map(|one| one.recipe(settings).grid(settings)).collect::<Result<_, _>>()?;
    Ok(Plan {
        grids,
        limits: Limit::each_once(BACKBONES.iter().flat_map(|one| one.limits(settings))),
        chosen: vec![
            "Weight decays 0 to 3e-2, learning rate 0.1, batches of 128: the paper gives none for this figure.",
            "Stem: a 3 x 3 convolution without pooling, as is usual for images of 32 x 32; the paper says neither.",
        ],
        ..Plan::default()
    })
}

fn judge(settings: &Settings, _limits: &[Limit], results: &Results) -> Judged {
    let mut judged = Judged::default();
    let mut curves = Vec::new();
    for (place, one) in BACKBONES.iter().enumerate() {
        let grid = results.grid(&one.grid());
        let row = grid.map_or_else(Vec::new, |grid| grid.row(COLUMN, 0));
        let claim = format!("Alignment of the linear layers behind {} rises with weight decay", one.name);
        let statement = Statement::new(format!("fig11.{}", one.id), claim, "rises").row(&row).spoiled_by(MATTERS);
        judged.claims.push(statement.judged(sce::rises(&row), &one.limits(settings)));
        if grid.is_some() {
            let name =
                if settings.quick { format!("{}, an eighth of its channels", one.name) } else { one.name.into() };
            curves.push(sampled(name, place, &DECAYS, &row));
        }
    }
    if !curves.is_empty() {
        let (seeds, window) = (BACKBONES[0].cut().seeds(settings), if settings.quick { QUICK_WINDOW } else { WINDOW });
        let x = Axis { label: "weight decay \u{3b3}".into(), scale: AxisScale::Linear, range: None };
        judged.exhibits.push(Exhibit {
            name: "fig11".into(),
            title: "Figure 11: alignment of the second linear layer behind residual networks over weight decay".into(),
            subtitle: format!("{}; {}, last {window} steps", sce::label(settings), sce::points(seeds)),
            panels: vec![alignment_chart("", x, curves)],
            columns: 1,
        });
    }
    judged
}
