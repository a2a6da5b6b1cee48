//! Figure 16: other regularisers, and what steadies larger networks (section 3).

use super::sce;
use crate::record::{AxisScale, Exhibit};
use crate::reproduce::claim::{Claim, Limit, LimitKind, Statement};
use crate::reproduce::course::{CourseRecord, CurveBin, Keep};
use crate::reproduce::error::ReproduceError;
use crate::reproduce::evidence::{Finding, Sample, number};
use crate::reproduce::figures::{course_chart, course_series};
use crate::reproduce::plan::{Item, Judged, Plan};
use crate::reproduce::recipe::Changes;
use crate::reproduce::results::Results;
use crate::reproduce::settings::{QUICK_SEEDS, Settings};

pub(super) const ITEM: Item = Item {
    id: "fig16",
    label: "Figure 16",
    title: "Other regularisers: L1 and L2 are Hebbian, batch norm is not, dropout does nothing",
    shows: "Alignment over training with one regulariser each beside a network without any; and a deeper network with and \
            without residual connections and batch norm.",
    plan,
    judge,
};

/// Id, name, and settings beside those of the network without any.
const VARIANTS: [(&str, &str, Changes); 5] = [
    ("none", "none", &[]),
    ("batch_norm", "batch norm", &[("model.batch_norm", "true")]),
    ("dropout", "dropout 0.2", &[("model.dropout", "0.2")]),
    ("l1", "L1, 1e-3", &[("regularizer.l1", "1e-3")]),
    ("l2", "L2, 1e-2", &[("regularizer.weight_decay", "1e-2")]),
];
/// The deeper network of section 3's sentence, plain and steadied.
const DEEP: [(&str, Changes); 2] =
    [("deep_plain", &[]), ("deep_steadied", &[("model.batch_norm", "true"), ("model.residual", "true")])];
const DEEP_HIDDEN: &str = "[128, 128, 128, 128, 128]";
const DEEP_LAYERS: usize = 6;
const BIN: u64 = 50;
/// A difference in cosine that counts as none.
const NOTHING: f64 = 0.05;

fn name(id: &str) -> String {
    format!("regularizer-{id}")
}

fn plan(settings: &Settings) -> Result<Plan, ReproduceError> {
    let seeds = settings.seeds.unwrap_or(QUICK_SEEDS);
    let with = |id: &str, set: Changes| {
        // The settings of a variant come last: L2 is one of them.
        sce::recipe(name(id), settings).set("regularizer.weight_decay", 0.0).changed(set)
    };
    let keep = |layers: std::ops::RangeInclusive<usize>| Keep {
        columns: layers.map(|layer| format!("signal_{layer}")).collect(),
        bin: BIN,
        ..Keep::default()
    };
    let mut courses = Vec::new();
    for (id, _, set) in VARIANTS {
        courses.extend(with(id, set).courses(seeds, &keep(2..=2), settings)?);
    }
    for (id, set) in DEEP {
        let recipe = with(id, set).set("model.hidden", DEEP_HIDDEN).set("regularizer.weight_decay", 5e-3);
        courses.extend(recipe.courses(seeds, &keep(1..=DEEP_LAYERS), settings)?);
    }
    Ok(Plan {
        courses,
        limits: sce::limits(settings, 1),
        chosen: vec![
            "Strengths (L1 1e-3, L2 1e-2, dropout 0.2): the paper gives none. Three seeds, of which the figure shows the first.",
            "Section 3's 'larger' network: six layers of 128 with weight decay 5e-3.",
        ],
        ..Plan::default()
    })
}

fn late(record: &CourseRecord, curve: usize) -> &[CurveBin] {
    let all = record.curves.get(curve).map_or(&[][..], Vec::as_slice);
    &all[all.len() - all.len() / 4..]
}

/// Mean alignment over the last quarter of the steps, over all curves that are kept.
fn level(record: &CourseRecord) -> f64 {
    let all: Vec<f64> = (0..record.curves.len()).flat_map(|curve| late(record, curve)).map(|bin| bin.mean).collect();
    all.iter().sum::<f64>() / all.len() as f64
}

/// Standard deviation of single steps over the last quarter, over all curves.
fn unrest(record: &CourseRecord) -> f64 {
    let all: Vec<f64> =
        (0..record.curves.len()).flat_map(|curve| late(record, curve)).map(|bin| bin.sd * bin.sd).collect();
    (all.iter().sum::<f64>() / all.len() as f64).sqrt()
}

fn judge(settings: &Settings, limits: &[Limit], results: &Results) -> Judged {
    let of =
        |id: &str, value: &dyn Fn(&CourseRecord) -> f64| Sample::of(results.courses(&name(id)).into_iter().map(value));
    let plain = of("none", &level);
    const MATTERS: &[LimitKind] = &[LimitKind::Shorter];
    let claim = |id: &str, words: &str, paper: &str, sample: &Sample, finding: Finding| -> Claim {
        Statement::new(format!("fig16.{id}"), words, paper).sample(sample).spoiled_by(MATTERS).judged(finding, limits)
    };
    let [batch, dropout, l1, l2] = ["batch_norm", "dropout", "l1", "l2"].map(|id| of(id, &level));
    let nothing = match (dropout.mean(), plain.mean()) {
        (Some(with), Some(without)) => Finding::decided(
            (with - without).abs() <= NOTHING,
            format!("{} with dropout and {} without: at most {NOTHING} apart", number(with), number(without)),
        ),
        _ => Finding::undecided("nothing has been trained"),
    };
    let [level_plain, level_steadied] = DEEP.map(|(id, _)| of(id, &level));
    let [unrest_plain, unrest_steadied] = DEEP.map(|(id, _)| of(id, &unrest));
    let claims = vec![
        claim(
            "batch_norm",
            "Batch norm has a modest but persistent anti-Hebbian effect",
            "lower",
            &batch,
            Finding::above(&plain, &batch, "without against with batch norm"),
        ),
        claim(
            "l1",
            "L1 decay has a Hebbian effect",
            "higher",
            &l1,
            Finding::above(&l1, &plain, "with against without L1"),
        ),
        claim(
            "l2",
            "L2 decay has a Hebbian effect",
            "higher",
            &l2,
            Finding::above(&l2, &plain, "with against without L2"),
        ),
        claim("dropout", "Dropout has no effect", "none", &dropout, nothing),
        claim(
            "deep.hebbian",
            "Residual connections and batch norm make a larger network more Hebbian (section 3)",
            "more",
            &level_steadied,
            Finding::above(&level_steadied, &level_plain, "mean over layers, with against without"),
        ),
        claim(
            "deep.steady",
            "Residual connections and batch norm steady a larger network (section 3)",
            "steadier",
            &unrest_steadied,
            Finding::above(&unrest_plain, &unrest_steadied, "SD of single steps' alignment, without against with"),
        ),
    ];
    let curves: Vec<_> = { VARIANTS.iter().enumerate() }
        .filter_map(|(place, (id, words, _))| {
            Some(course_series(*words, place, results.courses(&name(id)).first()?, 0))
        })
        .collect();
    let deep = |(at, (id, _)): (usize, (&str, Changes))| {
        let records = results.courses(&name(id));
        let record = records.first()?;
        let curves =
            (0..DEEP_LAYERS).map(|layer| course_series(format!("layer {}", layer + 1), layer, record, layer)).collect();
        let title = ["Six layers", "Six layers, residual connections and batch norm"][at];
        Some(course_chart(title, "cosine", AxisScale::Linear, curves))
    };
    let mut panels = vec![course_chart("One regulariser each, layer 2", "cosine", AxisScale::Linear, curves)];
    panels.extend(DEEP.into_iter().enumerate().filter_map(deep));
    let figure = Exhibit {
        name: "fig16".into(),
        title: "Figure 16: alignment of the learning signal with other regularisers".into(),
        subtitle: format!("{}; mean and SD over {BIN} steps each, first seed", sce::label(settings)),
        panels,
        columns: 2,
    };
    let exhibits = if results.courses(&name("none")).is_empty() { Vec::new() } else { vec![figure] };
    Judged { claims, exhibits }
}
