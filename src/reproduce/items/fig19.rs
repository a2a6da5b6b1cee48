//! Figures 19 and 20: what single neurons do, late and early in training.

use super::sce;
use crate::record::Exhibit;
use crate::reproduce::claim::{Claim, Limit, LimitKind, Statement};
use crate::reproduce::course::{CoursePlan, Keep, NeuronRecord};
use crate::reproduce::error::ReproduceError;
use crate::reproduce::evidence::{Finding, Sample, number};
use crate::reproduce::figures::neuron_heat;
use crate::reproduce::plan::{Item, Judged, Plan};
use crate::reproduce::recipe::Recipe;
use crate::reproduce::results::Results;
use crate::reproduce::settings::{QUICK_SEEDS, Settings};

pub(super) const FIG19: Item = Item {
    id: "fig19",
    label: "Figure 19",
    title: "Late in training, neurons swing between Hebbian and anti-Hebbian",
    shows: "The update of 30 neurons over training, red where it is Hebbian and blue where it is anti-Hebbian: with weight decay \
            stripes run through all of them at once, without there is little of that.",
    plan: plan_late,
    judge: judge_late,
};

pub(super) const FIG20: Item = Item {
    id: "fig20",
    label: "Figure 20",
    title: "Early in training, neurons take roles",
    shows: "The update of single neurons of ReLU classifiers early on: most are Hebbian or anti-Hebbian for many steps at a \
            stretch.",
    plan: plan_early,
    judge: judge_early,
};

/// Neurons that are drawn, as in the paper.
const SHOWN: usize = 30;
const MATTERS: &[LimitKind] = &[LimitKind::Shorter];

const DECAYED: &str = "neurons-decay";
const FREE: &str = "neurons-free";

fn watched(recipe: Recipe, shown: u64, settings: &Settings) -> Result<Vec<CoursePlan>, ReproduceError> {
    let keep = Keep { columns: vec!["full_2".into()], bin: 50, neurons: Some((2, shown)), ..Keep::default() };
    let recipe = recipe.set("measure.neurons", true).set("measure.full_update", true);
    recipe.courses(settings.seeds.unwrap_or(QUICK_SEEDS), &keep, settings)
}

fn records<'a>(results: &'a Results, name: &str) -> Vec<&'a NeuronRecord> {
    results.courses(name).into_iter().filter_map(|record| record.neurons.as_ref()).collect()
}

fn over(records: &[&NeuronRecord], of: impl Fn(&NeuronRecord) -> Option<f64>) -> Sample {
    Sample::of(records.iter().filter_map(|record| of(record)))
}

fn plan_late(settings: &Settings) -> Result<Plan, ReproduceError> {
    let run = |name: &str, decay: f64| {
        let recipe = Recipe::new(name, "sre").set("regularizer.weight_decay", decay).set("rule.learning_rate", 0.01);
        watched(recipe, 0, settings)
    };
    let mut courses = run(DECAYED, 0.05)?;
    courses.extend(run(FREE, 0.0)?);
    Ok(Plan {
        courses,
        limits: settings.step_limit().into_iter().collect(),
        chosen: vec![
            "Learning rate 0.01, the paper's default: at 0.1 a weight decay of 0.05 lets all weights collapse. Three seeds, of which the figure shows the first.",
        ],
        ..Plan::default()
    })
}

fn judge_late(_settings: &Settings, limits: &[Limit], results: &Results) -> Judged {
    let (decayed, free) = (records(results, DECAYED), records(results, FREE));
    let size = |records: &[&NeuronRecord]| over(records, |one| one.late_size);
    let together = |records: &[&NeuronRecord]| over(records, |one| one.late_together);
    let claim = |id: &str, words: &str, paper: &str, with: &Sample, without: &Sample, what: &str| {
        let finding = Finding::above(with, without, what);
        let statement = Statement::new(format!("fig19.{id}"), words, paper).row(&[with.clone(), without.clone()]);
        statement.spoiled_by(MATTERS).judged(finding, limits)
    };
    let claims = vec![
        claim(
            "size",
            "Neurons' updates are strongly Hebbian or anti-Hebbian late in training with \u{3b3} = 0.05, and much less without decay (mean size of the cosine, with and without)",
            "much weaker without",
            &size(&decayed),
            &size(&free),
            "with against without decay",
        ),
        claim(
            "together",
            "With weight decay neurons swing together (SD over late steps of the mean over neurons, with and without)",
            "some form of global coherent oscillation",
            &together(&decayed),
            &together(&free),
            "with against without decay",
        ),
    ];
    let pair = [(decayed.first(), "\u{3b3} = 0.05"), (free.first(), "\u{3b3} = 0")];
    let panels: Vec<_> =
        pair.into_iter().filter_map(|(record, title)| Some(neuron_heat(title, record?, SHOWN))).collect();
    let figure = Exhibit {
        name: "fig19".into(),
        title: "Figure 19: alignment of single neurons' full updates over training, layer 2".into(),
        subtitle: format!("the SRE, tanh; the first {SHOWN} neurons of the first seed; means over a column's steps"),
        panels,
        columns: 2,
    };
    Judged { claims, exhibits: if figure.panels.is_empty() { Vec::new() } else { vec![figure] } }
}

/// Initial scale, learning rate and weight decay of a run.
struct Early {
    name: &'static str,
    scale: f64,
    rate: f64,
    decay: f64,
}

/// The paper's left and right, and runs that differ from these in one setting.
const LEFT: Early = Early { name: "roles-left", scale: 0.5, rate: 0.001, decay: 0.05 };
const RIGHT: Early = Early { name: "roles-right", scale: 1.0, rate: 0.01, decay: 0.025 };
const NO_DECAY: Early = Early { name: "roles-no-decay", scale: 1.0, rate: 0.01, decay: 0.0 };
const MORE_DECAY: Early = Early { name: "roles-more-decay", scale: 1.0, rate: 0.01, decay: 0.05 };
const SMALL: Early = Early { name: "roles-small", scale: 0.5, rate: 0.01, decay: 0.025 };
const LARGE: Early = Early { name: "roles-large", scale: 2.0, rate: 0.01, decay: 0.025 };
const SLOW: Early = Early { name: "roles-slow", scale: 1.0, rate: 0.001, decay: 0.025 };
/// Steps of these runs: 'early into training'.
const EARLY_STEPS: u64 = 600;
/// Share of a neuron's steps with one sign from which on it has taken a role.
const ROLE: f64 = 0.9;

fn plan_early(settings: &Settings) -> Result<Plan, ReproduceError> {
    let mut courses = Vec::new();
    for run in [LEFT, RIGHT, NO_DECAY, MORE_DECAY, SMALL, LARGE, SLOW] {
        let recipe = sce::recipe(run.name, settings)
            .set("model.activation", "relu")
            .set("model.init_scale", run.scale)
            .set("rule.learning_rate", run.rate)
            .set("regularizer.weight_decay", run.decay)
            .set("training.steps", EARLY_STEPS);
        courses.extend(watched(recipe, 0, settings)?);
    }
    let mut limits = sce::limits(settings, 1);
    // The runs are as short as they are meant to be.
    limits.retain(|limit| limit.kind != LimitKind::Shorter);
    Ok(Plan {
        courses,
        limits,
        chosen: vec![
            "'Early' is the first 600 steps. A role is one sign in nine of ten of a neuron's steps.",
            "A phase lasts from one change of sign to the next; its mean is over all neurons of layer 2.",
            "The paper's sentence on the initial scale reads as 'longer phases at a smaller scale'; what speaks for the other reading stands beside it.",
        ],
        ..Plan::default()
    })
}

fn judge_early(settings: &Settings, limits: &[Limit], results: &Results) -> Judged {
    let of = |run: &Early| records(results, run.name);
    let roles = |record: &NeuronRecord| {
        let shares: Vec<f64> = record.statistics.iter().filter_map(|one| one.hebbian_share).collect();
        let taken = shares.iter().filter(|share| **share >= ROLE || **share <= 1.0 - ROLE).count();
        (!shares.is_empty()).then(|| taken as f64 / shares.len() as f64)
    };
    let phases = |run: &Early| over(&of(run), NeuronRecord::mean_phase);
    let anti = |run: &Early| over(&of(run), NeuronRecord::anti_hebbian_share);
    let claim = |id: &str, words: &str, paper: &str, samples: &[Sample], finding: Finding| -> Claim {
        Statement::new(format!("fig20.{id}"), words, paper).row(samples).judged(finding, limits)
    };
    let taken = over(&of(&LEFT), roles);
    let most = match taken.mean() {
        Some(mean) => Finding::decided(
            mean > 0.5,
            format!(
                "{} of the neurons have one sign in at least {ROLE} of their steps; more than half must",
                number(mean)
            ),
        ),
        None => Finding::undecided("nothing has been trained"),
    };
    let (none, more) = (anti(&NO_DECAY), anti(&MORE_DECAY));
    let (small, usual, large, slow) = (phases(&SMALL), phases(&RIGHT), phases(&LARGE), phases(&SLOW));
    let larger = Finding::above(&large, &small, "read the other way, 2x against 0.5x");
    let claims = vec![
        claim(
            "roles",
            "Neurons take Hebbian or anti-Hebbian roles that persist (share that has one, left panel)",
            "often",
            std::slice::from_ref(&taken),
            most,
        ),
        claim(
            "anti_share",
            "The share of anti-Hebbian neurons rises with weight decay (0 and 0.05)",
            "rises",
            &[none.clone(), more.clone()],
            Finding::above(&more, &none, "at 0.05 against none"),
        ),
        claim(
            "phase_scale",
            "Phases last longer at a smaller initial scale (steps at 0.5x, 1x, 2x)",
            "longer",
            &[small.clone(), usual.clone(), large],
            Finding::above(&small, &usual, "0.5x against 1x").noting(&larger.why),
        ),
        claim(
            "phase_rate",
            "Phases last longer at a smaller learning rate (steps at 0.001 and 0.01)",
            "longer",
            &[slow.clone(), usual.clone()],
            Finding::above(&slow, &usual, "0.001 against 0.01"),
        ),
    ];
    let panels: Vec<_> = [
        (&LEFT, "init 0.5x, learning rate 0.001, \u{3b3} = 0.05"),
        (&RIGHT, "init 1x, learning rate 0.01, \u{3b3} = 0.025"),
    ]
    .into_iter()
    .filter_map(|(run, title)| Some(neuron_heat(title, of(run).first()?, SHOWN)))
    .collect();
    let figure = Exhibit {
        name: "fig20".into(),
        title: "Figure 20: alignment of single neurons' full updates early in training, layer 2".into(),
        subtitle: format!("{}; ReLU; the first {SHOWN} neurons of the first seed", sce::label(settings)),
        panels,
        columns: 2,
    };
    Judged { claims, exhibits: if figure.panels.is_empty() { Vec::new() } else { vec![figure] } }
}
