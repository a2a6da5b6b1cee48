//! Figure 10, right: the linear layers of a convolutional network beside a perceptron's.

use super::sce::{self, Cut};
use crate::record::{Axis, AxisScale, Exhibit};
use crate::reproduce::claim::{Limit, LimitKind, Statement};
use crate::reproduce::error::ReproduceError;
use crate::reproduce::evidence::{Finding, Sample};
use crate::reproduce::figures::{alignment_chart, sampled};
use crate::reproduce::plan::{GridPlan, Judged};
use crate::reproduce::recipe::Recipe;
use crate::reproduce::results::Results;
use crate::reproduce::settings::{PAPER_SEEDS, Settings};

const GRID: &str = "cnn";
/// Seeds and steps with `--quick`.
const QUICK_SEEDS: u64 = 2;
const QUICK_STEPS: [u64; 2] = [750, 200];
/// The convolutional network's fully connected maps; the second is the one that the paper's points are of.
const LINEAR: [&str; 3] = ["linear_1", "linear_2", "linear_3"];
const MATTERS: &[LimitKind] = &[LimitKind::Shorter, LimitKind::Smaller];

fn cut() -> Cut {
    Cut { what: "CNN".into(), paper: PAPER_SEEDS, full: PAPER_SEEDS, quick: QUICK_SEEDS, steps: QUICK_STEPS }
}

pub(super) fn grid(settings: &Settings, window: u64) -> Result<GridPlan, ReproduceError> {
    let cut = cut();
    Recipe::new(GRID, "cnn")
        .with(&cut.assignments(settings))
        .set("measure.window", window)
        .over('x', "regularizer.weight_decay", &sce::DECAYS)
        .seeds(cut.seeds(settings))
        .record(&["signal", "validation_loss", "accuracy"])
        .grid(settings)
}

pub(super) fn limits(settings: &Settings) -> Vec<Limit> {
    let mut limits = cut().limits(settings);
    if settings.cifar.is_none() {
        let words = "CNN: three poolings leave one pixel of 8 x 8, so that its linear layers are 128-512-256-10 in place of 2048-512-256-10";
        limits.push(Limit { kind: LimitKind::Smaller, words: words.into() });
    }
    limits
}

/// Claims and figure, beside the perceptron's alignment over the same weight decays.
pub(super) fn judge(settings: &Settings, perceptron: &[Sample], results: &Results, window: u64) -> Judged {
    let grid = results.grid(GRID);
    let row = |map: &str| grid.map_or_else(Vec::new, |grid| grid.row(&format!("signal_{map}"), 0));
    let limits = limits(settings);
    let second = row(LINEAR[1]);
    let above =
        Statement::new("fig10.cnn", "The linear layers of a convolutional network lie above the perceptron's", "above")
            .row(&second)
            .spoiled_by(MATTERS)
            .judged(lies_above(&second, perceptron), &limits);
    let trend = Statement::new("fig10.cnn_trend", "Their alignment rises with weight decay", "rises")
        .row(&second)
        .spoiled_by(MATTERS)
        .judged(sce::rises(&second), &limits);
    let exhibits = grid.map(|grid| {
        let maps = grid.grid().experiment().maps();
        let name = |map: &str| {
            let of = maps.iter().find(|one| one.label == map);
            let shape = of.map_or_else(String::new, |one| format!(" ({} to {})", one.inputs, one.outputs));
            format!("CNN, {}{shape}", map.replace('_', " "))
        };
        let mut curves = vec![sampled("perceptron, layer 2", 0, &sce::DECAYS, perceptron)];
        curves.extend(LINEAR.iter().enumerate().map(|(at, map)| sampled(name(map), at + 1, &sce::DECAYS, &row(map))));
        let x = Axis { label: "weight decay \u{3b3}".into(), scale: AxisScale::Linear, range: None };
        Exhibit {
            name: "fig10-cnn".into(),
            title: "Figure 10, right: alignment of a convolutional network's linear layers over weight decay".into(),
            subtitle: format!(
                "{}; CNN: {}, perceptron: {}, last {window} steps",
                sce::label(settings),
                sce::points(cut().seeds(settings)),
                sce::points(settings.seeds_of(PAPER_SEEDS))
            ),
            panels: vec![alignment_chart("", x, curves)],
            columns: 1,
        }
    });
    Judged { claims: vec![above, trend], exhibits: exhibits.into_iter().collect() }
}

/// Whether one curve lies above another at most of the weight decays above 0 at which both have an alignment.
fn lies_above(higher: &[Sample], lower: &[Sample]) -> Finding {
    let is_sound = |one: &Sample| one.n() > 0 && one.collapsed == 0;
    let pairs: Vec<(f64, f64)> = higher
        .iter()
        .zip(lower)
        .skip(1)
        .filter(|(a, b)| is_sound(a) && is_sound(b))
        .filter_map(|(a, b)| Some((a.mean()?, b.mean()?)))
        .collect();
    if pairs.is_empty() {
        return Finding::undecided("there is no weight decay at which both have an alignment");
    }
    let above = pairs.iter().filter(|(a, b)| a > b).count();
    let why = format!(
        "the CNN's second linear layer lies above the perceptron's second layer at {above} of {} weight decays above 0; at more than half it must",
        pairs.len()
    );
    Finding::decided(2 * above > pairs.len(), why)
}
