//! Table 1: alignment against weight decay, for each learning rule.

use crate::record::{Exhibit, Panel, Table, with_raised_power};
use crate::reproduce::claim::{Limit, LimitKind, Statement};
use crate::reproduce::error::ReproduceError;
use crate::reproduce::evidence::{Finding, Sample, count};
use crate::reproduce::figures;
use crate::reproduce::plan::{Item, Judged, Plan};
use crate::reproduce::recipe::Recipe;
use crate::reproduce::results::Results;
use crate::reproduce::settings::{PAPER_SEEDS, Settings};

const DECAYS: [f64; 4] = [0.0, 5e-5, 5e-4, 5e-3];

/// The transformer's cells with `--quick`. Small batches buy steps, of which alignment takes many.
const QUICK_SEEDS: u64 = 2;
const QUICK_STEPS: u64 = 1_500;
const QUICK_BATCH: usize = 16;
const QUICK_EXAMPLES: u64 = 4_096;
/// Seeds of a transformer's cells: a step takes as long as two hundred of the perceptron's.
const TRANSFORMER_SEEDS: u64 = 3;

/// Whose rows they are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Model {
    Mlp,
    Transformer,
}

impl Model {
    fn name(self) -> &'static str {
        match self {
            Self::Mlp => "MLP",
            Self::Transformer => "transformer",
        }
    }

    fn seeds(self, settings: &Settings) -> u64 {
        match self {
            Self::Mlp => settings.seeds_of(PAPER_SEEDS),
            Self::Transformer => settings.seeds.unwrap_or(if settings.quick { QUICK_SEEDS } else { TRANSFORMER_SEEDS }),
        }
    }

    /// In which ways its rows are less than the paper's.
    fn limits(self, settings: &Settings) -> Vec<Limit> {
        let seeds = self.seeds(settings);
        let s = if seeds == 1 { "" } else { "s" };
        let mut limits = Vec::new();
        if seeds < PAPER_SEEDS {
            let words = format!("{} rows: {seeds} seed{s} in place of {PAPER_SEEDS}", self.name());
            limits.push(Limit { kind: LimitKind::FewerSeeds, words });
        }
        if self == Self::Transformer && settings.quick {
            let words = format!("transformer rows: {} steps in place of 3,950", count(QUICK_STEPS));
            limits.push(Limit { kind: LimitKind::Shorter, words });
            let words = format!(
                "transformer rows: batches of {QUICK_BATCH} in place of 256, {} training examples in place of 20,000",
                count(QUICK_EXAMPLES)
            );
            limits.push(Limit { kind: LimitKind::Smaller, words });
        }
        limits.extend(settings.step_limit());
        limits
    }
}

/// A row of the table.
struct Row {
    id: &'static str,
    model: Model,
    rule: &'static str,
    preset: &'static str,
    /// Column of the map that the paper reads: its second layer, or the first for DFA.
    column: &'static str,
    /// What is read and why, and at which learning rate.
    reading: &'static str,
    /// The paper's mean and standard deviation; `None` where the weights collapsed.
    paper: [Option<(f64, f64)>; 4],
}

impl Row {
    fn name(&self) -> String {
        format!("{}, {}", self.rule, self.model.name())
    }
}

const ROWS: &[Row] = &[
    Row {
        id: "mlp.adam",
        model: Model::Mlp,
        rule: "Adam",
        preset: "sre-adam",
        column: "signal_2",
        reading: "Adam, MLP: layer 2; learning rate 0.003 (the paper gives none)",
        paper: [Some((-0.02, 0.0)), Some((0.10, 0.0)), Some((0.66, 0.01)), None],
    },
    Row {
        id: "mlp.sgd",
        model: Model::Mlp,
        rule: "SGD",
        preset: "sre",
        column: "signal_2",
        reading: "SGD, MLP: layer 2; learning rate 0.1, as 0.01 ends far from rest",
        paper: [Some((-0.10, 0.01)), Some((-0.06, 0.01)), Some((0.17, 0.01)), Some((0.59, 0.01))],
    },
    Row {
        id: "mlp.dfa",
        model: Model::Mlp,
        rule: "DFA",
        preset: "sre-dfa",
        column: "signal_1",
        reading: "DFA, MLP: layer 1, as in the paper; feedback U(\u{b1}1/\u{221a}32)",
        paper: [Some((0.45, 0.05)), Some((0.45, 0.04)), Some((0.68, 0.05)), Some((0.87, 0.0))],
    },
    Row {
        id: "mlp.random_nn",
        model: Model::Mlp,
        rule: "RandomNN",
        preset: "sre-random-nn",
        column: "signal_1",
        reading: "RandomNN, MLP: layer 1, which has the paper's values; layer 2 has lower ones",
        paper: [Some((0.0, 0.0)), Some((0.0, 0.0)), Some((0.05, 0.0)), Some((0.50, 0.0))],
    },
    Row {
        id: "transformer.adam",
        model: Model::Transformer,
        rule: "Adam",
        preset: "sre-transformer-adam",
        column: "signal_head_2",
        reading: "Adam, transformer: the second layer of its MLP; learning rate 0.01 (the paper gives none)",
        paper: [Some((-0.02, 0.02)), Some((0.50, 0.24)), Some((0.99, 0.02)), None],
    },
    Row {
        id: "transformer.sgd",
        model: Model::Transformer,
        rule: "SGD",
        preset: "sre-transformer",
        column: "signal_head_2",
        reading: "SGD, transformer: the second layer of its MLP; learning rate 0.1",
        paper: [Some((0.0, 0.01)), Some((0.04, 0.01)), Some((0.47, 0.06)), Some((0.88, 0.03))],
    },
    Row {
        id: "transformer.dfa",
        model: Model::Transformer,
        rule: "DFA",
        preset: "sre-transformer-dfa",
        column: "signal_head_1",
        reading: "DFA, transformer: the first layer of its MLP, as the paper reads the first under DFA",
        paper: [Some((0.08, 0.03)), Some((0.07, 0.02)), Some((0.11, 0.02)), Some((0.12, 0.02))],
    },
    Row {
        id: "transformer.random_nn",
        model: Model::Transformer,
        rule: "RandomNN",
        preset: "sre-transformer-random-nn",
        column: "signal_head_1",
        reading: "RandomNN, transformer: the first layer of its MLP, which has the paper's values; the second has lower ones",
        paper: [Some((0.0, 0.0)), Some((0.0, 0.0)), Some((0.01, 0.0)), Some((0.09, 0.01))],
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

/// What else the paper leaves open.
const CHOSEN: [&str; 4] = [
    "Learning rate: the paper's default of 0.01 ends far from rest with a mean squared loss and 50 epochs.",
    "DFA: fifteen other conventions gave no better agreement with the paper's row of the perceptron.",
    "RandomNN: the paper's table is of the second layer, its values are those of the first here; both are trained. In the transformer at 5e-3, 0.08 in the first layer of its MLP and 0.05 in the second (one seed, batches of 16), where the paper has 0.09.",
    "Transformer: encoder as PyTorch's, without dropout, with learned positions; the mean of its tokens goes into the MLP.",
];

fn plan(settings: &Settings) -> Result<Plan, ReproduceError> {
    let grid = |row: &Row| {
        let mut recipe = Recipe::new(grid_name(row), row.preset).over('x', "regularizer.weight_decay", &DECAYS);
        if row.model == Model::Transformer && settings.quick {
            recipe = recipe
                .set("training.steps", QUICK_STEPS)
                .set("training.batch_size", QUICK_BATCH)
                .set("data.train_examples", QUICK_EXAMPLES)
                .set("data.validation_examples", QUICK_EXAMPLES / 8);
        }
        recipe.seeds(row.model.seeds(settings)).record(&["signal", "validation_loss"]).grid(settings)
    };
    Ok(Plan {
        grids: ROWS.iter().map(grid).collect::<Result<_, _>>()?,
        limits: Limit::each_once([Model::Mlp, Model::Transformer].into_iter().flat_map(|one| one.limits(settings))),
        chosen: ROWS.iter().map(|row| row.reading).chain(CHOSEN).collect(),
        ..Plan::default()
    })
}

fn judge(settings: &Settings, _limits: &[Limit], results: &Results) -> Judged {
    let mut judged = Judged::default();
    let mut rows = Vec::new();
    for row in ROWS {
        let samples =
            results.grid(&grid_name(row)).map_or_else(|| vec![Sample::default(); 4], |grid| grid.row(row.column, 0));
        judge_row(row, &samples, &row.model.limits(settings), &mut judged);
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
    const MATTERS: &[LimitKind] = &[LimitKind::Shorter, LimitKind::Smaller];
    judged.claims.push(statement.row(samples).spoiled_by(MATTERS).judged(Finding::order(&defined, true), limits));
    for (at, paper) in row.paper.iter().enumerate() {
        let id = format!("table1.{}.cell{}", row.id, at + 1);
        let words = format!(
            "{of} at \u{3b3} = {}: {}",
            decay(at),
            if paper.is_some() { "alignment" } else { "weights collapse" }
        );
        let sample = samples.get(at).cloned().unwrap_or_default();
        let statement = Statement::new(id, words, paper_words(*paper)).sample(&sample).spoiled_by(MATTERS);
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

/// As figures and tables have it.
fn shown_decay(at: usize) -> String {
    with_raised_power(&decay(at))
}

fn paper_words(cell: Option<(f64, f64)>) -> String {
    cell.map_or_else(|| "collapsed".into(), |(mean, sd)| format!("{mean:.2} \u{b1} {sd:.2}").replace('-', "\u{2212}"))
}

fn exhibits(settings: &Settings, rows: &[(&Row, Vec<Sample>)]) -> Vec<Exhibit> {
    let mut header = vec!["Rule".to_owned(), String::new()];
    header.extend((0..DECAYS.len()).map(|at| format!("\u{3b3} = {}", shown_decay(at))));
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
    let seeds = [Model::Mlp, Model::Transformer]
        .map(|model| format!("{}: n = {}", model.name(), model.seeds(settings)))
        .join(", ");
    let names: Vec<String> = (0..DECAYS.len()).map(shown_decay).collect();
    let of_model = |model: Model| rows.iter().filter(move |(row, _)| row.model == model);
    let curves = |model: Model| {
        let rows: Vec<_> = of_model(model).map(|(row, samples)| (row.rule.to_owned(), samples.clone())).collect();
        figures::groups(format!("This build, {}", model.name()), "weight decay \u{3b3}", "cosine", &names, &rows)
    };
    let papers = |model: Model| {
        let cell = |cell: &Option<(f64, f64)>| cell.map_or_else(Sample::default, |(mean, _)| Sample::of([mean]));
        let rows: Vec<_> =
            of_model(model).map(|(row, _)| (row.rule.to_owned(), row.paper.iter().map(cell).collect())).collect();
        figures::groups(format!("The paper, {}", model.name()), "weight decay \u{3b3}", "cosine", &names, &rows)
    };
    vec![
        Exhibit {
            name: "table1".into(),
            title: "Table 1: alignment (mean \u{b1} SD over seeds) by learning rule and weight decay".into(),
            subtitle: format!("{seeds}; means over the last 100 steps"),
            panels: vec![Panel::Table(table)],
            columns: 1,
        },
        Exhibit {
            name: "table1-rows".into(),
            title: "The rows of Table 1 as curves".into(),
            subtitle: format!("mean and SD over seeds ({seeds}), and the paper's means"),
            panels: [Model::Mlp, Model::Transformer].into_iter().flat_map(|one| [curves(one), papers(one)]).collect(),
            columns: 2,
        },
    ]
}
