//! Figures 10 and 12: missing connections, with the linear layers of a convolutional network, and frozen parameters.

use super::{fig10_cnn, sce};
use crate::record::{Axis, AxisScale, Exhibit};
use crate::reproduce::claim::{Limit, LimitKind, Statement};
use crate::reproduce::error::ReproduceError;
use crate::reproduce::evidence::{Finding, Sample, number};
use crate::reproduce::figures::{alignment_chart, sampled};
use crate::reproduce::plan::{Item, Judged, Plan};
use crate::reproduce::results::Results;
use crate::reproduce::settings::{PAPER_SEEDS, Settings};

pub(super) const FIG10: Item = Item {
    id: "fig10",
    label: "Figure 10",
    title: "Sparser networks look more Hebbian",
    shows: "Alignment over weight decay, one curve a share of connections that do not exist: the fewer there are, the higher \
            it lies. Beside them the linear layers behind convolutions, which are highly sparse.",
    plan: |settings| {
        let mut plan = SPARSITY.plan(settings)?;
        plan.grids.push(fig10_cnn::grid(settings, WINDOW)?);
        plan.limits = Limit::each_once(plan.limits.into_iter().chain(fig10_cnn::limits(settings)));
        Ok(plan)
    },
    judge: |settings, _, results| {
        let mut judged = SPARSITY.judge(settings, results);
        let perceptron = results.grid(SPARSITY.grid).map_or_else(Vec::new, |grid| grid.row("signal_2", 0));
        let beside = fig10_cnn::judge(settings, &perceptron, results, WINDOW);
        judged.claims.extend(beside.claims);
        judged.exhibits.extend(beside.exhibits);
        judged
    },
};

pub(super) const FIG12: Item = Item {
    id: "fig12",
    label: "Figure 12",
    title: "Freezing parameters lowers alignment, and the trend stays",
    shows: "Alignment over weight decay, one curve a share of parameters that keep their initial values: it falls with that \
            share, and still rises with decay.",
    plan: |settings| FROZEN.plan(settings),
    judge: |settings, _, results| FROZEN.judge(settings, results),
};

/// A share of the network that is taken away, over weight decay.
struct Shares {
    id: &'static str,
    label: &'static str,
    grid: &'static str,
    field: &'static str,
    what: &'static str,
    values: [f64; 4],
    /// Whether the paper's alignment rises with the share.
    rises: bool,
    claim: &'static str,
}

const SPARSITY: Shares = Shares {
    id: "fig10",
    label: "Figure 10, left",
    grid: "sparsity",
    field: "model.sparsity",
    what: "missing connections",
    values: [0.0, 0.5, 0.8, 0.9],
    rises: true,
    claim: "Alignment increases with sparsity",
};

const FROZEN: Shares = Shares {
    id: "fig12",
    label: "Figure 12",
    grid: "frozen",
    field: "model.frozen",
    what: "frozen parameters",
    values: [0.0, 0.25, 0.5, 0.75],
    rises: false,
    claim: "Alignment decreases with the share of frozen parameters",
};

/// Steps of the means, as the captions have it.
const WINDOW: u64 = 200;

impl Shares {
    fn plan(&self, settings: &Settings) -> Result<Plan, ReproduceError> {
        let recipe = sce::recipe(self.grid, settings)
            .set("measure.window", WINDOW)
            .over('x', "regularizer.weight_decay", &sce::DECAYS)
            .over('y', self.field, &self.values)
            .seeds(settings.seeds_of(PAPER_SEEDS))
            .record(&["signal", "validation_loss", "accuracy"]);
        Ok(Plan {
            grids: vec![recipe.grid(settings)?],
            limits: sce::limits(settings, PAPER_SEEDS),
            chosen: vec!["Shares and weight decays: the paper gives none in its text."],
            ..Plan::default()
        })
    }

    fn judge(&self, settings: &Settings, results: &Results) -> Judged {
        let limits = &sce::limits(settings, PAPER_SEEDS);
        let grid = results.grid(self.grid);
        let row = |at: usize| grid.map_or_else(Vec::new, |grid| grid.row("signal_2", at));
        const MATTERS: &[LimitKind] = &[LimitKind::Shorter];
        let mut judged = Judged::default();
        // At the decays where all shares have an alignment, none of it collapsed.
        let columns: Vec<usize> = (1..sce::DECAYS.len())
            .filter(|at| {
                (0..self.values.len())
                    .all(|line| row(line).get(*at).is_some_and(|one| one.n() > 0 && one.collapsed == 0))
            })
            .collect();
        let of_column = |at: usize| -> Vec<Sample> {
            (0..self.values.len()).filter_map(|line| row(line).get(at).cloned()).collect()
        };
        let orders: Vec<Finding> = columns.iter().map(|at| Finding::order(&of_column(*at), self.rises)).collect();
        let agree = orders.iter().filter(|order| order.holds == Some(true)).count();
        let against = orders.iter().filter(|order| order.holds == Some(false)).count();
        let order = match orders.is_empty() {
            true => Finding::undecided("there is no weight decay at which all have an alignment"),
            false => {
                let example = columns.last().map_or_else(String::new, |at| {
                    let shown = of_column(*at).iter().map(Sample::words).collect::<Vec<_>>().join(", ");
                    format!("; at \u{3b3} = {}: {shown}", number(sce::DECAYS[*at]))
                });
                let why = format!(
                    "in order (beyond two standard errors) at {agree} and against it at {against} of {} weight decays above 0; most must be in order{example}",
                    orders.len()
                );
                match (2 * agree > orders.len(), 2 * against >= orders.len()) {
                    (true, _) => Finding::decided(true, why),
                    (_, true) => Finding::decided(false, why),
                    _ => Finding::undecided(why),
                }
            }
        };
        let order = Statement::new(
            format!("{}.order", self.id),
            self.claim,
            if self.rises { "increases" } else { "decreases" },
        )
        .words(format!("at {agree} of {} weight decays", orders.len()), orders.len())
        .spoiled_by(MATTERS)
        .judged(order, limits);
        judged.claims.push(order);
        let trends: Vec<Finding> = (0..self.values.len()).map(|line| sce::rises(&row(line))).collect();
        let rising = trends.iter().filter(|trend| trend.holds == Some(true)).count();
        let trend = if trends.iter().all(|trend| trend.holds.is_none()) {
            Finding::undecided("no curve tells")
        } else {
            let against = trends.iter().find(|trend| trend.holds == Some(false));
            let beside = against.map_or_else(String::new, |trend| format!("; one does not: {}", trend.why));
            Finding::decided(
                rising == trends.len(),
                format!(
                    "rises at {rising} of {} shares of {}; at all of them it must{beside}",
                    trends.len(),
                    self.what
                ),
            )
        };
        let trend = Statement::new(
            format!("{}.trend", self.id),
            format!("Alignment rises with weight decay at every share of {}", self.what),
            "rises",
        )
        .words(format!("at {rising} of {}", trends.len()), trends.len())
        .spoiled_by(MATTERS)
        .judged(trend, limits);
        judged.claims.push(trend);
        if grid.is_some() {
            let name = |share: f64| format!("{:.0} % {}", 100.0 * share, self.what);
            let curves =
                self.values.iter().enumerate().map(|(at, share)| sampled(name(*share), at, &sce::DECAYS, &row(at)));
            let x = Axis { label: "weight decay \u{3b3}".into(), scale: AxisScale::Linear, range: None };
            judged.exhibits.push(Exhibit {
                name: self.id.into(),
                title: format!("{}: alignment over weight decay, by the share of {}, layer 2", self.label, self.what),
                subtitle: format!(
                    "{}; {}, last {WINDOW} steps",
                    sce::label(settings),
                    sce::points(settings.seeds_of(PAPER_SEEDS))
                ),
                panels: vec![alignment_chart("", x, curves.collect())],
                columns: 1,
            });
        }
        judged
    }
}
