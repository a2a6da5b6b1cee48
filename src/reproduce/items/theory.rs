//! The paper's equations: eq. 6 and 12 at rest, Lemma 1, eq. 17, non-uniform decay (C.4), and the bounds of C.5.

use crate::random::Stream;
use crate::record::{Axis, AxisScale, Chart, Exhibit, Panel, Series, SeriesPoint, SeriesStyle, Table};
use crate::reproduce::claim::{Claim, Limit, LimitKind, Statement};
use crate::reproduce::course::{CourseRecord, Keep};
use crate::reproduce::error::ReproduceError;
use crate::reproduce::evidence::{Finding, Sample, count, number};
use crate::reproduce::figures;
use crate::reproduce::plan::{Item, Judged, Plan};
use crate::reproduce::recipe::{Changes, Recipe};
use crate::reproduce::results::Results;
use crate::reproduce::settings::{QUICK_SEEDS, Settings};
use crate::theory::{Law, PREMISE_LIMIT, comparisons, premise};
use crate::training::LayerExpectations;

pub(super) const ITEM: Item = Item {
    id: "theory",
    label: "Equations",
    title: "The equations at a network that has come to rest",
    shows: "What eq. 6, 8 and 12 predict of a trained network beside what is measured, with uniform weight decay and with a rate \
            of its own for every neuron (C.4); eq. 17 against random draws; and how alignment falls with the distance from rest \
            (C.5).",
    plan,
    judge,
};

/// Id, words, and settings beside the regression experiment's at rest.
const RUNS: [(&str, &str, Changes); 3] = [
    ("uniform", "uniform decay", &[]),
    ("diagonal", "a rate a neuron (diagonal D)", &[("regularizer.decay_spread", "3.0")]),
    (
        "correlated",
        "correlated rates (positive-definite D)",
        &[("regularizer.decay_spread", "3.0"), ("regularizer.decay_correlation", "0.5")],
    ),
];
/// Settings of a run in whose first layer |h_a|² is nearly constant, as Lemma 1 assumes: the coefficient of variation of the
/// squared length of 512 normal deviates is sqrt(2 / 512) = 0.06. Hidden layers are narrower, to come to the same cost.
const WIDE: Changes = &[
    ("data.input_size", "512"),
    ("model.hidden", "[64, 64]"),
    ("data.train_examples", "500"),
    ("training.batch_size", "500"),
];
/// Its name.
const WIDE_ID: &str = "wide";
/// Layer whose course is followed, and the curves.
const LAYER: usize = 2;
const PRODUCT: usize = 0;
const GAP: usize = 1;
const BIN: u64 = 100;
/// Steps that bring the networks to rest: the gap is 0.7 of the decay after 4,000 of them, and 0.01 after 20,000.
const QUICK_STEPS: u64 = 16_000;

/// Largest relative residual with which an equation counts as met, at rest within the same share.
const CLOSE: f64 = PREMISE_LIMIT;

fn name(id: &str) -> String {
    format!("rest-{id}")
}

fn plan(settings: &Settings) -> Result<Plan, ReproduceError> {
    // One seed's course gives the slope of C.5, and another's is held against it.
    let seeds = settings.seeds.unwrap_or(if settings.quick { 2 } else { QUICK_SEEDS });
    let columns = vec![format!("expected_product_{LAYER}"), format!("stationarity_gap_{LAYER}")];
    let keep = Keep { columns, bin: BIN, expectations: true, ..Keep::default() };
    let mut courses = Vec::new();
    let uniform = RUNS.iter().map(|(id, _, set)| (*id, *set));
    for (id, set) in uniform.chain([(WIDE_ID, WIDE)]) {
        let rest = Recipe::new(name(id), "sre")
            .set("regularizer.weight_decay", 5e-3)
            // A batch as large as the training set has no noise that keeps a network from rest; few examples do as well.
            .set("data.train_examples", 1_000)
            .set("training.batch_size", 1_000)
            .set("training.steps", if settings.quick { QUICK_STEPS } else { 20_000 })
            // An epoch is a step here.
            .set("measure.validate_every", 0)
            .set("measure.per_example", true)
            .set("measure.stationarity", true);
        courses.extend(rest.changed(set).courses(seeds, &keep, settings)?);
    }
    let mut limits: Vec<Limit> = settings.step_limit().into_iter().collect();
    if settings.quick {
        limits.push(Limit {
            kind: LimitKind::Shorter,
            words: format!("{} steps in place of 20,000", count(QUICK_STEPS)),
        });
    }
    Ok(Plan {
        courses,
        limits,
        chosen: vec![
            "The equations are of rest; so one batch is the whole training set (1,000 examples), and weight decay 5e-3. A layer counts as at rest when |E g \u{2212} \u{3b3} D W| is below a tenth of \u{3b3} |D W|.",
            "Lemma 1 assumes |h_a|\u{b2} to be the same for all examples (Assumption 2), which no layer of the experiment comes near but the first; so a second network has 512 inputs, whose squared length varies by 6 %.",
            "C.5 names constants that nobody can know (Lipschitz, over a whole neighbourhood). Tested is its consequence: a slope found on one seed's course bounds those of the others.",
        ],
        ..Plan::default()
    })
}

/// All layers of all seeds that are at rest, with how many there are.
fn layers(records: &[&CourseRecord]) -> (Vec<LayerExpectations>, usize) {
    let all: Vec<LayerExpectations> = records.iter().flat_map(|record| record.expectations.iter().copied()).collect();
    let count = all.len();
    (all.into_iter().filter(|layer| premise(layer).holds()).collect(), count)
}

fn judge(_settings: &Settings, limits: &[Limit], results: &Results) -> Judged {
    let mut claims = Vec::new();
    let mut rows = Vec::new();
    for (id, words, _) in RUNS {
        let records = results.courses(&name(id));
        let (resting, all) = layers(&records);
        for (law, equation, what) in [
            (Law::Outward, if id == "uniform" { "eq6" } else { "eq6d" }, "<W, E g> = \u{3b3} <W, D W> (eq. 6)"),
            (Law::Mean, if id == "uniform" { "eq12" } else { "eq23" }, "<E g, E H> = \u{3b3} <D W, E H> (eq. 12, 23)"),
        ] {
            claims.push(equation_claim(
                &format!("{id}.{equation}"),
                &format!("{what}, {words}"),
                law,
                &resting,
                all,
                limits,
            ));
        }
        if id == "uniform" {
            let (wide, more) = layers(&results.courses(&name(WIDE_ID)));
            claims.push(lemma_claim(&[resting, wide].concat(), all + more, limits));
        }
        for layer in records.first().into_iter().flat_map(|record| &record.expectations) {
            rows.extend(table_rows(words, layer));
        }
    }
    claims.push(noise_claim());
    let uniform = results.courses(&name("uniform"));
    claims.extend(bound_claims(&uniform, limits));
    let mut exhibits = Vec::new();
    if !rows.is_empty() {
        let header =
            ["Run", "Layer", "Equation", "Predicted", "Measured", "Residual", "Gap"].map(str::to_owned).to_vec();
        exhibits.push(Exhibit {
            name: "theory".into(),
            title: "Predicted and measured at the end of training, first seed".into(),
            subtitle: "the SRE, one batch a step; Gap: |E g \u{2212} \u{3b3} D W| / (\u{3b3} |D W|), the premise"
                .into(),
            panels: vec![Panel::Table(Table { title: String::new(), header, rows })],
            columns: 1,
        });
        exhibits.push(bound_figure(&uniform));
    }
    Judged { claims, exhibits }
}

fn residuals(law: Law, resting: &[LayerExpectations]) -> Sample {
    let of = |layer: &LayerExpectations| comparisons(layer).into_iter().find(|one| one.law == law)?.relative_residual();
    Sample::of(resting.iter().filter_map(of).map(f64::abs))
}

fn equation_claim(
    id: &str,
    words: &str,
    law: Law,
    resting: &[LayerExpectations],
    all: usize,
    limits: &[Limit],
) -> Claim {
    let found = residuals(law, resting);
    let finding = match found.values.iter().copied().reduce(f64::max) {
        Some(most) => Finding::decided(
            most <= CLOSE,
            format!(
                "largest relative residual {} over {} of {all} layers and seeds that are at rest; at most {CLOSE}",
                number(most),
                resting.len()
            ),
        ),
        None => Finding::undecided(format!("none of {all} layers is at rest")),
    };
    // Whether a layer is at rest is looked at: shorter training spoils nothing.
    Statement::new(format!("theory.{id}"), words, "0 (relative residual)").sample(&found).judged(finding, limits)
}

fn lemma_claim(resting: &[LayerExpectations], all: usize, limits: &[Limit]) -> Claim {
    let ratio = |layer: &LayerExpectations| {
        let one = comparisons(layer).into_iter().find(|one| one.law == Law::PerExample)?;
        Some(one.measured? / one.predicted?)
    };
    let is_constant = |layer: &&LayerExpectations| layer.input_square_cv.is_some_and(|cv| cv <= CLOSE);
    let (meeting, others): (Vec<&LayerExpectations>, Vec<_>) = resting.iter().partition(is_constant);
    let found = Sample::of(meeting.iter().copied().filter_map(ratio));
    let most = |values: &Sample| values.values.iter().copied().fold(0.0, f64::max);
    let off = |sample: &Sample| sample.values.iter().map(|ratio| (ratio - 1.0).abs()).fold(0.0, f64::max);
    let premise = format!("Assumption 2: |h_a|\u{b2} varies by at most {CLOSE} of its mean over examples");
    let finding = match found.n() {
        0 => Finding::undecided(format!("none of {} layers and seeds at rest meets {premise}", resting.len())),
        n => Finding::decided(
            off(&found) <= CLOSE && found.values.iter().all(|ratio| *ratio > 0.0),
            format!(
                "off by up to {} of itself over {n} layers and seeds of {all} that are at rest and meet {premise}; at most \
                 {CLOSE}, and above 0",
                number(off(&found))
            ),
        ),
    };
    let beside = Sample::of(others.iter().copied().filter_map(ratio));
    let finding = match beside.n() {
        0 => finding,
        n => finding.noting(&format!(
            "in {n} others at rest |h_a|\u{b2} varies by up to {}, and C(W*), {}, is off by up to {} of itself: large inputs \
             and large signals come together",
            number(most(&Sample::of(others.iter().filter_map(|layer| layer.input_square_cv)))),
            if beside.values.iter().all(|ratio| *ratio > 0.0) { "positive everywhere" } else { "not positive everywhere" },
            number(off(&beside))
        )),
    };
    let words =
        "C(W*) = \u{3b3} c_a |W*|\u{b2} > 0 (eq. 8, Lemma 1) where |h_a|\u{b2} is constant, as the ratio of both";
    Statement::new("theory.lemma1", words, "1").sample(&found).judged(finding, limits)
}

fn table_rows(run: &str, layer: &LayerExpectations) -> Vec<Vec<String>> {
    let shown = |value: Option<f64>| {
        value.map_or_else(|| "\u{2013}".to_owned(), |value| format!("{value:.4e}").replace('-', "\u{2212}"))
    };
    let gap = premise(layer).gap.map_or_else(|| "\u{2013}".to_owned(), number);
    let row = |one: crate::theory::Comparison| {
        let residual = one
            .relative_residual()
            .map_or_else(|| "\u{2013}".to_owned(), |r| format!("{:.1} %", 100.0 * r).replace('-', "\u{2212}"));
        vec![
            run.to_owned(),
            layer.layer.to_string(),
            one.equation.to_owned(),
            shown(one.predicted),
            shown(one.measured),
            residual,
            gap.clone(),
        ]
    };
    comparisons(layer).into_iter().filter(|one| one.law != Law::Cosine).map(row).collect()
}

/// Eq. 17 against draws of the noise, for a fixed example.
fn noise_claim() -> Claim {
    const INPUTS: usize = 16;
    const DRAWS: u64 = 20_000;
    const SD: f64 = 0.3;
    let draw = |name: &str| {
        let mut values = vec![0.0_f32; INPUTS];
        Stream::new(17, name).fill_normal(0, &mut values);
        values.into_iter().map(f64::from).collect::<Vec<f64>>()
    };
    let (x, v) = (draw("example"), draw("weights"));
    let y = 0.5;
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let (xx, vx) = (dot(&x, &x), dot(&v, &x));
    let expected = -xx * (vx * vx + SD * SD * xx - vx * y);
    let stream = Stream::new(17, "noise");
    let mut noise = vec![0.0_f32; INPUTS];
    let products = (0..DRAWS).map(|step| {
        stream.fill_normal(step, &mut noise);
        let w: Vec<f64> = v.iter().zip(&noise).map(|(v, e)| v + SD * f64::from(*e)).collect();
        let wx = dot(&w, &x);
        // (-x (w.x - y)) . (x w.x)
        -xx * (wx - y) * wx
    });
    let found = Sample::of(products);
    let finding = match found.mean().zip(found.se()) {
        Some((mean, se)) => Finding::decided(
            (mean - expected).abs() <= 3.0 * se,
            format!(
                "{} \u{b1} {} (standard error) over {DRAWS} draws; at most three from {}",
                number(mean),
                number(se),
                number(expected)
            ),
        ),
        None => Finding::undecided("nothing was drawn"),
    };
    Statement::new("theory.eq17", "Expected alignment under weight noise (eq. 17), 16 inputs, SD 0.3", number(expected))
        .value(found.mean(), found.se(), found.n())
        .judged(finding, &[])
}

/// Points of a course: gap to rest, and C relative to its value at the end.
fn course_points(record: &CourseRecord) -> Vec<(f64, f64)> {
    let (Some(product), Some(gap)) = (record.curves.get(PRODUCT), record.curves.get(GAP)) else { return Vec::new() };
    let Some(end) = product.last().map(|bin| bin.mean).filter(|end| *end > 0.0) else { return Vec::new() };
    // A gap is one number a window: the points of both are paired by their bin.
    gap.iter()
        .filter_map(|gap| {
            let at = product.iter().find(|bin| (bin.step / BIN as f64).floor() == (gap.step / BIN as f64).floor())?;
            Some((gap.mean, at.mean / end))
        })
        .collect()
}

fn bound_claims(records: &[&CourseRecord], limits: &[Limit]) -> Vec<Claim> {
    let positive = Sample::of(records.iter().filter_map(|record| {
        let all = record.curves.get(PRODUCT).filter(|all| !all.is_empty())?;
        let from_here = all.iter().rev().take_while(|bin| bin.mean > 0.0).count();
        Some(from_here as f64 / all.len() as f64)
    }));
    let long = match positive.values.iter().copied().reduce(f64::min) {
        Some(least) => Finding::decided(
            least > 0.1,
            format!("C(W) is positive over the last {:.0} % of every course; at least a tenth must", 100.0 * least),
        ),
        None => Finding::undecided("nothing has been trained"),
    };
    // The smallest slope L with C >= C* - L gap along the first course.
    let slope = |points: &[(f64, f64)]| {
        points.iter().filter(|(gap, _)| *gap > 0.0).map(|(gap, c)| (1.0 - c) / gap).fold(0.0, f64::max)
    };
    let found = records.first().map(|record| slope(&course_points(record))).filter(|slope| *slope > 0.0);
    let others: Vec<(f64, f64)> = records.iter().skip(1).flat_map(|record| course_points(record)).collect();
    let bound = match found {
        Some(slope) if !others.is_empty() => {
            let kept = others.iter().filter(|(gap, c)| *c >= 1.0 - 1.1 * slope * gap - 1e-3).count();
            let why = format!(
                "with the slope of the first seed's course ({} of C* a unit of |F|, and a tenth more), the bound holds at {kept} of {} points of the other seeds'; at least 95 % must",
                number(slope),
                others.len()
            );
            Finding::decided(20 * kept >= 19 * others.len(), why)
        }
        _ => Finding::undecided("there are no courses of two seeds"),
    };
    vec![
        Statement::new(
            "theory.duration",
            "Alignment is positive for long before rest (eq. 28), as a share of the course",
            "long",
        )
        .sample(&positive)
        .judged(long, limits),
        Statement::new(
            "theory.bound",
            "C(W) \u{2265} C* \u{2212} (L/\u{3bc}) |F(W)|: the deficit is at most linear in the gap to rest (eq. 29)",
            "a bound",
        )
        .value(found, None, others.len())
        .judged(bound, limits),
    ]
}

fn bound_figure(records: &[&CourseRecord]) -> Exhibit {
    let dots = |(place, record): (usize, &&CourseRecord)| {
        let points =
            course_points(record).into_iter().map(|(x, y)| SeriesPoint { x, y, ..SeriesPoint::default() }).collect();
        Series { style: SeriesStyle::Points, ..figures::series(format!("seed {}", place + 1), place, points) }
    };
    let chart = Chart {
        title: "C(W) over its value at the end, against the gap to rest".into(),
        x: Axis { label: "|F(W)|".into(), ..Axis::default() },
        y: Axis { label: "C(W) / C*".into(), scale: AxisScale::Linear, range: None },
        series: records.iter().enumerate().map(dots).collect(),
        marks: Vec::new(),
        zero_line: true,
    };
    Exhibit {
        name: "theory-bound".into(),
        title: "Appendix C.5: alignment and the distance from rest, layer 2".into(),
        subtitle: format!("the SRE, uniform decay; means over {BIN} steps each"),
        panels: vec![Panel::Chart(chart)],
        columns: 1,
    }
}
