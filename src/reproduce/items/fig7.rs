//! Figures 7 and 8: accuracy and alignment over weight decay, and over batch size or learning rate.

use super::fig5::best_near_zero;
use super::sce;
use crate::record::Exhibit;
use crate::reproduce::claim::{Limit, LimitKind, Statement};
use crate::reproduce::error::ReproduceError;
use crate::reproduce::evidence::{Finding, Sample};
use crate::reproduce::plan::{Item, Judged, Plan};
use crate::reproduce::results::{GridResults, Results};
use crate::reproduce::settings::Settings;
use crate::sweep::plane_exhibit;

pub(super) const FIG7: Item = Item {
    id: "fig7",
    label: "Figure 7",
    title: "Batch size against weight decay: best between Hebbian and anti-Hebbian",
    shows: "Accuracy and alignment of classifiers over batch size and weight decay. The paper finds the best accuracy where \
            alignment changes its sign, and more alignment in larger batches.",
    plan: |settings| PLANES[0].plan(settings),
    judge: |settings, limits, results| PLANES[0].judge(settings, limits, results),
};

pub(super) const FIG8: Item = Item {
    id: "fig8",
    label: "Figure 8",
    title: "Learning rate against weight decay: best between Hebbian and anti-Hebbian",
    shows: "The same over learning rate and weight decay: the paper finds more alignment at larger learning rates.",
    plan: |settings| PLANES[1].plan(settings),
    judge: |settings, limits, results| PLANES[1].judge(settings, limits, results),
};

struct AccuracyPlane {
    id: &'static str,
    label: &'static str,
    grid: &'static str,
    /// Presets at full length and quick.
    presets: [&'static str; 2],
    /// The horizontal axis in words.
    what: &'static str,
    reductions: &'static str,
    /// Epochs on the digits, which have six batches of 256 where CIFAR-10 has 196.
    digit_epochs: u64,
}

const PLANES: [AccuracyPlane; 2] = [
    AccuracyPlane {
        id: "fig7",
        label: "Figure 7",
        grid: "batch-size",
        presets: ["fig7", "fig7-quick"],
        what: "batch size",
        reductions: "6 x 8 cells in place of 7 x 10, 40 epochs of the digits",
        digit_epochs: 200,
    },
    AccuracyPlane {
        id: "fig8",
        label: "Figure 8",
        grid: "learning-rate",
        presets: ["fig8", "fig8-quick"],
        what: "learning rate",
        reductions: "8 x 8 cells in place of 10 x 10, 40 epochs of the digits",
        digit_epochs: 200,
    },
];

impl AccuracyPlane {
    fn plan(&self, settings: &Settings) -> Result<Plan, ReproduceError> {
        let mut recipe = crate::reproduce::recipe::Recipe::new(self.grid, self.presets[usize::from(settings.quick)]);
        let mut limits = sce::limits(settings, 1);
        limits.retain(|limit| limit.kind != LimitKind::Shorter);
        match (&settings.cifar, settings.quick) {
            (Some(_), _) => recipe = recipe.with(&settings.classification().assignments),
            (None, true) => limits.push(Limit { kind: LimitKind::FewerCells, words: self.reductions.into() }),
            // The digits at the length that a full run has on them.
            (None, false) => {
                let set = ["data.kind=digits", "data.train_examples=1437", "data.validation_examples=360"];
                recipe = recipe.with(&set.map(str::to_owned)).set("training.epochs", self.digit_epochs);
            }
        }
        if let Some(seeds) = settings.seeds {
            recipe = recipe.seeds(seeds);
        }
        Ok(Plan {
            grids: vec![recipe.grid(settings)?],
            limits,
            chosen: vec!["Ranges of both axes: the paper gives none."],
            ..Plan::default()
        })
    }

    fn judge(&self, settings: &Settings, limits: &[Limit], results: &Results) -> Judged {
        let grid = results.grid(self.grid);
        let points = grid.map_or_else(Vec::new, |grid| grid.pairs("signal_2", "validation_accuracy"));
        // Small for good cells.
        let errors: Vec<(f64, f64)> = points.iter().map(|(alignment, accuracy)| (*alignment, 1.0 - accuracy)).collect();
        let (finding, median) = best_near_zero(&errors);
        let best = Statement::new(
            format!("{}.best", self.id),
            "The best accuracy is at a critical position between Hebbian and anti-Hebbian alignment",
            "about 0",
        )
        .value(median, None, points.len())
        .judged(finding, limits);
        let lines =
            grid.map_or_else(Vec::new, |grid| (0..grid.grid().rows()).map(|row| grid.row("signal_2", row)).collect());
        let (more, agree, of) = rises_where_decayed(&lines);
        let larger = Statement::new(
            format!("{}.larger", self.id),
            format!("A larger {} leads to better alignment", self.what),
            "more",
        )
        .words(format!("in {agree} of {of} lines"), of)
        .judged(more, limits);
        let columns = grid.map_or_else(Vec::new, |grid| {
            (0..grid.grid().columns()).map(|column| grid.column("signal_2", column)).collect()
        });
        let (finding, rises, of) = majority(&columns, &format!("along weight decay, for each {}", self.what));
        let decay =
            Statement::new(format!("{}.decay", self.id), "Stronger weight decay leads to better alignment", "more")
                .words(format!("in {rises} of {of} lines"), of)
                .judged(finding, limits);
        let exhibits = grid.map(|grid| self.exhibit(settings, grid)).into_iter().collect();
        Judged { claims: vec![best, larger, decay], exhibits }
    }

    fn exhibit(&self, settings: &Settings, grid: &GridResults) -> Exhibit {
        let label = sce::label(settings);
        let all = plane_exhibit(grid.grid(), 2, "", &|cell| grid.values(cell));
        let titled = |what: &str| all.panels.iter().find(|panel| panel.title().starts_with(what)).cloned();
        let panels = ["Accuracy on", "Alignment of", "Accuracy against"].into_iter().filter_map(titled).collect();
        Exhibit {
            name: self.id.into(),
            title: format!(
                "{}: accuracy (left) and alignment (right) over {} and weight decay, layer 2",
                self.label, self.what
            ),
            subtitle: format!("{label}; one run a cell; grey: collapsed or diverged"),
            panels,
            columns: 2,
        }
    }
}

/// In how many lines the last defined value lies above the first, of all lines with two.
fn majority(lines: &[Vec<Sample>], what: &str) -> (Finding, usize, usize) {
    let ends: Vec<f64> = lines
        .iter()
        .filter_map(|line| {
            let known: Vec<f64> = line.iter().filter_map(Sample::mean).collect();
            (known.len() > 1).then(|| known[known.len() - 1] - known[0])
        })
        .collect();
    if ends.is_empty() {
        return (Finding::undecided("there is no line with two values"), 0, 0);
    }
    let agree = ends.iter().filter(|end| **end > 0.0).count();
    let why = format!(
        "{what}: the last defined value lies above the first in {agree} of {} lines; at least two thirds must",
        ends.len()
    );
    (Finding::decided(3 * agree >= 2 * ends.len(), why), agree, ends.len())
}

/// As [`majority`] over the upper half of the rows: where decay is weak there is little alignment to grow.
fn rises_where_decayed(rows: &[Vec<Sample>]) -> (Finding, usize, usize) {
    majority(&rows[rows.len() / 2..], "along the axis, for each of the stronger half of weight decays")
}
