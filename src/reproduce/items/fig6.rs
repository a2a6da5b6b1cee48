//! Figure 6: the early bump of alignment, and the initial scale.

use super::sce;
use crate::record::{AxisScale, Exhibit};
use crate::reproduce::claim::{Limit, LimitKind, Statement};
use crate::reproduce::course::{CourseRecord, Keep};
use crate::reproduce::error::ReproduceError;
use crate::reproduce::evidence::{Finding, Sample, number};
use crate::reproduce::figures::{course_chart, course_series};
use crate::reproduce::plan::{Item, Judged, Plan};
use crate::reproduce::results::Results;
use crate::reproduce::settings::{QUICK_SEEDS, Settings};

pub(super) const ITEM: Item = Item {
    id: "fig6",
    label: "Figure 6",
    title: "A bump of Hebbian alignment early in training",
    shows: "ReLU networks at a low learning rate, begun at half, once and twice the usual scale: alignment of the update jumps \
            up and comes down, while the norm of the weights only falls.",
    plan,
    judge,
};

const SCALES: [f64; 3] = [0.5, 1.0, 2.0];
/// Steps of a point, as in the paper's title.
const BIN: u64 = 200;
const SIGNAL: usize = 0;
const FULL: usize = 1;
const NORM: usize = 2;
/// A rise of the norm that counts as none, relative to it: single precision, and the spread within a point.
const RISE: f64 = 1e-3;

fn name(scale: f64) -> String {
    format!("bump-{scale}").replace('.', "_")
}

const FASTER: &str = "bump-faster";

fn plan(settings: &Settings) -> Result<Plan, ReproduceError> {
    let seeds = settings.seeds.unwrap_or(QUICK_SEEDS);
    let columns = ["signal_2", "full_2", "weight_norm_2"].map(str::to_owned).to_vec();
    let keep = Keep { columns, bin: BIN, ..Keep::default() };
    let run = |name: String, scale: f64, rate: f64| {
        let mut recipe = sce::recipe(name, settings)
            .set("model.activation", "relu")
            .set("model.init_scale", scale)
            .set("rule.learning_rate", rate)
            .set("regularizer.weight_decay", 0.05)
            .set("measure.full_update", true)
            .set("measure.every", 10);
        if settings.cifar.is_none() {
            // At a hundredth of the learning rate of the others the course is slower.
            recipe = recipe.set("training.steps", if settings.quick { 15_000 } else { 30_000 });
        }
        recipe.courses(seeds, &keep, settings)
    };
    let mut courses = Vec::new();
    for scale in SCALES {
        courses.extend(run(name(scale), scale, 1e-3)?);
    }
    courses.extend(run(FASTER.into(), 1.0, 1e-2)?);
    Ok(Plan {
        courses,
        limits: sce::limits(settings, 1),
        chosen: vec![
            "Weight decay 0.05, that of Figure 20's run at this learning rate: the paper gives none here.",
            "The bump is the highest point of the update's alignment above the mean of the last quarter of the steps.",
        ],
        ..Plan::default()
    })
}

/// Height of the highest point above the level at the end, and its step.
fn bump(record: &CourseRecord) -> Option<(f64, f64)> {
    let all = record.curves.get(FULL).filter(|all| all.len() >= 4)?;
    let late = &all[all.len() - all.len() / 4..];
    let level = late.iter().map(|bin| bin.mean).sum::<f64>() / late.len() as f64;
    let top = all.iter().max_by(|a, b| a.mean.total_cmp(&b.mean))?;
    Some((top.mean - level, top.step))
}

/// The largest rise of the norm from one point to the next, up to the top of the bump, relative to it.
fn rise(record: &CourseRecord) -> Option<f64> {
    let (_, top) = bump(record)?;
    let all = record.curves.get(NORM)?;
    let until = all.iter().take_while(|bin| bin.step <= top).count().max(2).min(all.len());
    let rises = all[..until].windows(2).map(|pair| (pair[1].mean - pair[0].mean) / pair[0].mean);
    rises.reduce(f64::max)
}

fn judge(settings: &Settings, limits: &[Limit], results: &Results) -> Judged {
    let over = |name: &str, of: &dyn Fn(&CourseRecord) -> Option<f64>| {
        Sample::of(results.courses(name).into_iter().filter_map(of))
    };
    let heights: Vec<Sample> = SCALES.iter().map(|scale| over(&name(*scale), &|r| bump(r).map(|b| b.0))).collect();
    let (small, large) = (&heights[0], &heights[2]);
    let differs = {
        let (a, b) = (
            Finding::above(small, large, "height at 0.5x against 2x"),
            Finding::above(large, small, "height at 2x against 0.5x"),
        );
        if b.holds == Some(true) { b } else { Finding { holds: a.holds, ..a } }
    };
    let rises = Sample::of(SCALES.iter().flat_map(|scale| over(&name(*scale), &rise).values));
    let falls = match rises.values.iter().copied().reduce(f64::max) {
        Some(most) => Finding::decided(
            most <= RISE,
            format!(
                "the largest rise between two points up to the bump is {} of the norm; at most {RISE}",
                number(most)
            ),
        ),
        None => Finding::undecided("nothing has been trained"),
    };
    let (slow, fast) = (over(&name(1.0), &|r| bump(r).map(|b| b.1)), over(FASTER, &|r| bump(r).map(|b| b.1)));
    const MATTERS: &[LimitKind] = &[LimitKind::Shorter];
    let statement =
        |id: &str, words: &str, paper: &str| Statement::new(format!("fig6.{id}"), words, paper).spoiled_by(MATTERS);
    let claims = vec![
        statement("bump", "Alignment of the update has a bump early in training (1x)", "a sharp jump")
            .sample(&heights[1])
            .judged(Finding::sign(&heights[1], true), limits),
        statement("scale", "The size of the bump depends on the initial scale (0.5x, 1x, 2x)", "depends")
            .row(&heights)
            .judged(differs, limits),
        statement("norm", "The norm of the weights falls monotonically meanwhile", "falls")
            .sample(&rises)
            .judged(falls, limits),
        statement(
            "rate",
            "A higher learning rate makes it happen faster (step of the top, 0.01 against 0.001)",
            "earlier",
        )
        .row(&[fast.clone(), slow.clone()])
        .judged(Finding::above(&slow, &fast, "step of the top at 0.001 against 0.01"), limits),
    ];
    let first = |curve: usize| -> Vec<_> {
        let of = |(place, scale): (usize, &f64)| {
            Some(course_series(format!("{scale}x"), place, results.courses(&name(*scale)).first()?, curve))
        };
        SCALES.iter().enumerate().filter_map(of).collect()
    };
    let exhibit = || Exhibit {
        name: "fig6".into(),
        title: "Figure 6: initial scale, alignment of the update and weight norm, layer 2".into(),
        subtitle: format!(
            "{}; ReLU, learning rate 0.001; mean and SD over {BIN} steps each, first seed",
            sce::label(settings)
        ),
        panels: vec![
            course_chart("Alignment of the full update", "cosine", AxisScale::Linear, first(FULL)),
            course_chart("Alignment of the learning signal", "cosine", AxisScale::Linear, first(SIGNAL)),
            course_chart("Norm of the weights", "|W|", AxisScale::Log10, first(NORM)),
        ],
        columns: 2,
    };
    let exhibits = if first(FULL).is_empty() { Vec::new() } else { vec![exhibit()] };
    Judged { claims, exhibits }
}
