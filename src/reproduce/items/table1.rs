//! Table 1: alignment against weight decay, for each learning rule.

use crate::record::{Exhibit, Panel, Table};
use crate::reproduce::claim::{Limit, LimitKind, Statement};
use crate::reproduce::error::ReproduceError;
use crate::reproduce::evidence::{Finding, Sample};
use crate::reproduce::figures;
use crate::reproduce::plan::{Item, Judged, Plan};
use crate::reproduce::recipe::Recipe;
use crate::reproduce::results::Results;
use crate::reproduce::settings::{PAPER_SEEDS, Settings};

const DECAYS: [f64; 4] = [0.0, 5e-5, 5e-4, 5e-3];

/// A row of the table.
struct Row {
    id: &'static str,
    model: &'static str,
    rule: &'static str,
    preset: &'static str,
    /// The map that the paper reads: its second layer, or the first for DFA.
    layer: usize,
    /// Why, and at which learning rate.
    reading: &'static str,
    /// The paper's mean and standard deviation; `None` where the weights collapsed.
    paper: [Option<(f64, f64)>; 4],
}

impl Row {
    fn name(&self) -> String {
        format!("{}, {}", self.rule, self.model)
    }
}

const ROWS: &[Row] = &[
    Row {
        id: "mlp.adam",
        model: "MLP",
        rule: "Adam",
        preset: "sre-adam",
        layer: 2,
        reading: "layer 2; learning rate 0.003 (the paper gives none)",
        paper: [Some((-0.02, 0.0)), Some((0.10, 0.0)), Some((0.66, 0.01)), None],
    },
    Row {
        id: "mlp.sgd",
        model: "MLP",
        rule: "SGD",
        preset: "sre",
        layer: 2,
        reading: "layer 2; learning rate 0.1, as 0.01 ends far from rest",
        paper: [Some((-0.10, 0.01)), Some((-0.06, 0.01)), Some((0.17, 0.01)), Some((0.59, 0.01))],
    },
    Row {
        id: "mlp.dfa",
        model: "MLP",
        rule: "DFA",
        preset: "sre-dfa",
        layer: 1,
        reading: "layer 1, as in the paper; feedback U(\u{b1}1/\u{221a}32)",
        paper: [Some((0.45, 0.05)), Some((0.45, 0.04)), Some((0.68, 0.05)), Some((0.87, 0.0))],
    },
    Row {
        id: "mlp.random_nn",
        model: "MLP",
        rule: "RandomNN",
        preset: "sre-random-nn",
        layer: 1,
        reading: "layer 1, which has the paper's values; layer 2 has lower ones",
        paper: [Some((0.0, 0.0)), Some((0.0, 0.0)), Some((0.05, 0.0)), Some((0.50, 0.0))],
    },
];

pub(super) const ITEM: Item = Item {
    id: "table1",
    label: "Table 1",
    title: "Every learning rule looks more Hebbian with more weight decay",
    shows: "One row a learning rule, one column a strength of weight decay: the cosine between learning signal and Hebbian \
            update at the end of training. It rises along every row, whether or not the rule learns anything.",
    plan,
    judge,
};

fn grid_name(row: &Row) -> String {
    format!("table1-{}", row.id.replace('.', "-"))
}

fn plan(settings: &Settings) -> Result<Plan, ReproduceError> {
    let seeds = settings.seeds_of(PAPER_SEEDS);
    let grid = |row: &Row| {
        let recipe = Recipe::new(grid_name(row), row.preset).over('x', "regularizer.weight_decay", &DECAYS);
        recipe.seeds(seeds).record(&["signal", "validation_loss"]).grid(settings)
    };
    Ok(Plan {
        grids: ROWS.iter().map(grid).collect::<Result<_, _>>()?,
        limits: settings.seed_limit(PAPER_SEEDS).into_iter().chain(settings.step_limit()).collect(),
        chosen: vec![
            "Learning rate: the paper's default of 0.01 ends far from rest with a mean squared loss and 50 epochs; 0.1 for SGD, DFA and RandomNN, 0.003 for Adam.",
            "DFA's feedback weights: U(\u{b1}1/\u{221a}outputs). Fifteen other conventions gave no better agreement with the paper's row.",
            "RandomNN: the paper's table is of the second layer, its values are those of the first here; both are trained, the first is reported.",
        ],
        ..Plan::default()
    })
}

fn judge(settings: &Settings, limits: &[Limit], results: &Results) -> Judged {
    let mut judged = Judged::default();
    let mut rows = Vec::new();
    for row in ROWS {
        let name = format!("signal_{}", row.layer);
        let samples =
            results.grid(&grid_name(row)).map_or_else(|| vec![Sample::default(); 4], |grid| grid.row(&name, 0));
        judge_row(row, &samples, limits, &mut judged);
        rows.push((row, samples));
    }
    judged.exhibits = exhibits(settings, &rows);
    judged
}

fn judge_row(row: &Row, samples: &[Sample], limits: &[Limit], judged: &mut Judged) {
    let of = row.name();
    let paper: Vec<String> = row.paper.iter().map(|cell| paper_words(*cell)).collect();
    // Weights that collapsed have no alignment, and stand in no order.
    let defined: Vec<Sample> = samples.iter().filter(|one| one.collapsed == 0).cloned().collect();
    let statement = Statement::new(
        format!("table1.{}.order", row.id),
        format!("{of}: alignment rises with weight decay"),
        paper.join(", "),
    );
    judged.claims.push(statement.row(samples).judged(Finding::order(&defined, true), limits));
    for (at, paper) in row.paper.iter().enumerate() {
        let id = format!("table1.{}.cell{}", row.id, at + 1);
        let words = format!(
            "{of} at \u{3b3} = {}: {}",
            decay(at),
            if paper.is_some() { "alignment" } else { "weights collapse" }
        );
        let sample = samples.get(at).cloned().unwrap_or_default();
        let statement =
            Statement::new(id, words, paper_words(*paper)).sample(&sample).spoiled_by(&[LimitKind::Shorter]);
        let finding = match paper {
            Some((mean, sd)) => Finding::same(&sample, *mean, *sd),
            None => collapse(&sample),
        };
        judged.claims.push(statement.judged(finding, limits));
    }
}

/// Whether the weights of most seeds collapsed.
fn collapse(sample: &Sample) -> Finding {
    let seeds = sample.n() + sample.collapsed;
    if seeds == 0 {
        return Finding::undecided("nothing has been trained");
    }
    Finding::decided(
        2 * sample.collapsed > seeds,
        format!("the weights of {} of {seeds} seeds collapsed; most must", sample.collapsed),
    )
}

fn decay(at: usize) -> String {
    match DECAYS[at] {
        0.0 => "0".into(),
        value => format!("{value:e}"),
    }
}

fn paper_words(cell: Option<(f64, f64)>) -> String {
    cell.map_or_else(|| "collapsed".into(), |(mean, sd)| format!("{mean:.2} \u{b1} {sd:.2}").replace('-', "\u{2212}"))
}

fn exhibits(settings: &Settings, rows: &[(&Row, Vec<Sample>)]) -> Vec<Exhibit> {
    let mut header = vec!["Rule".to_owned(), String::new()];
    header.extend((0..DECAYS.len()).map(|at| format!("\u{3b3} = {}", decay(at))));
    let of_row = |(row, samples): &(&Row, Vec<Sample>)| {
        let names = |who: &str| vec![row.name(), who.to_owned()];
        let paper = names("paper").into_iter().chain(row.paper.iter().map(|cell| paper_words(*cell))).collect();
        let ours = |one: &Sample| match one.collapsed {
            0 => one.words(),
            some => format!("{} ({some} collapsed)", one.words()),
        };
        let built = names("this build").into_iter().chain(samples.iter().map(ours)).collect();
        [paper, built]
    };
    let table = Table { title: String::new(), header, rows: rows.iter().flat_map(of_row).collect() };
    let seeds = settings.seeds_of(PAPER_SEEDS);
    let subtitle =
        rows.iter().map(|(row, _)| format!("{}: {}", row.name(), row.reading)).collect::<Vec<_>>().join("; ");
    let names: Vec<String> = (0..DECAYS.len()).map(decay).collect();
    let curves: Vec<(String, Vec<Sample>)> = rows.iter().map(|(row, samples)| (row.name(), samples.clone())).collect();
    let papers: Vec<(String, Vec<Sample>)> = rows
        .iter()
        .map(|(row, _)| {
            let cell = |cell: &Option<(f64, f64)>| cell.map_or_else(Sample::default, |(mean, _)| Sample::of([mean]));
            (row.name(), row.paper.iter().map(cell).collect())
        })
        .collect();
    vec![
        Exhibit {
            name: "table1".into(),
            title: "Table 1: alignment (mean \u{b1} SD over seeds) by learning rule and weight decay".into(),
            subtitle: format!("{seeds} seeds; means over the last 100 steps. {subtitle}"),
            panels: vec![Panel::Table(table)],
            columns: 1,
        },
        Exhibit {
            name: "table1-rows".into(),
            title: "The rows of Table 1 as curves".into(),
            subtitle: format!("mean and SD over {seeds} seeds, and the paper's means"),
            panels: vec![
                figures::groups("This build", "weight decay \u{3b3}", "cosine", &names, &curves),
                figures::groups("The paper", "weight decay \u{3b3}", "cosine", &names, &papers),
            ],
            columns: 2,
        },
    ]
}
