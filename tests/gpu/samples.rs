//! One operation of each kind at any size, on random numbers.

pub mod networks;

use std::sync::Arc;

use hebbscope::experiment::{Activation, Loss, Normalization};
use hebbscope::expression::Tape;
use hebbscope::program::measure::{FORCE_VALUES, FORCES, ROW_VALUES};
use hebbscope::program::{
    Buffer, BufferId, Decay, DecayShare, ImageOp, Initial, InjectedNoise, InnerBatch, Op, Optimizer, Role, RowOp, Slot,
    Source, TokenOp, View,
};

/// Buffers of a program of one operation.
#[derive(Default)]
pub struct Buffers {
    pub all: Vec<Buffer>,
}

impl Buffers {
    fn add(&mut self, rows: usize, columns: usize, role: Role, initial: Initial) -> View {
        let name = format!("buffer {}", self.all.len());
        self.all.push(Buffer { name, rows, columns, role, initial });
        View { buffer: BufferId(self.all.len() - 1), offset: 0, rows, columns, row_stride: columns }
    }

    /// Random numbers that differ from seed to seed.
    pub fn random(&mut self, rows: usize, columns: usize) -> View {
        self.scaled(rows, columns, 0)
    }

    /// The same times a power of two.
    pub fn scaled(&mut self, rows: usize, columns: usize, power: i32) -> View {
        let stream = format!("sample {}", self.all.len());
        self.add(rows, columns, Role::State, Initial::Normal { stream, sd: 2f64.powi(power) })
    }

    /// Zeros that are there before the operation.
    pub fn zeros(&mut self, rows: usize, columns: usize) -> View {
        self.add(rows, columns, Role::State, Initial::Zero)
    }

    /// Positive random numbers.
    pub fn positive(&mut self, rows: usize, columns: usize) -> View {
        let stream = format!("sample {}", self.all.len());
        self.add(rows, columns, Role::State, Initial::LogUniform { stream, bound: 1.0 })
    }

    /// Overwritten by the operation.
    pub fn out(&mut self, rows: usize, columns: usize) -> View {
        // It is read after the step, when what steps work in belongs to nobody.
        self.add(rows, columns, Role::State, Initial::Zero)
    }
}

/// An operation with its buffers.
pub struct Sample {
    pub name: String,
    pub buffers: Vec<Buffer>,
    pub op: Op,
    /// What follows it.
    pub next: Option<Op>,
    /// A kernel that it has to be lowered to.
    pub kernel: Option<&'static str>,
    /// Numbers that are summed into one: rounding grows with its root.
    pub depth: usize,
}

/// Kinds of operations, by number; a new operation does not compile before it is here.
pub fn kind(op: &Op) -> usize {
    match op {
        Op::FillBatch { .. } => 0,
        Op::FillNoise { .. } => 1,
        Op::MatMul { .. } => 2,
        Op::Copy { .. } => 3,
        Op::Add { .. } => 4,
        Op::ChangeWeights { .. } => 5,
        Op::Subtract { .. } => 6,
        Op::AddRow { .. } => 7,
        Op::ColumnMean { .. } => 8,
        Op::ColumnMeanProduct { .. } => 9,
        Op::SubtractScaledRows { .. } => 10,
        Op::Activate { .. } => 11,
        Op::ActivationBackward { .. } => 12,
        Op::Softmax { .. } => 13,
        Op::Loss { .. } => 14,
        Op::Clip { .. } => 15,
        Op::RandomSignal { .. } => 16,
        Op::Update { .. } => 17,
        Op::NormalizeRows { .. } => 18,
        Op::RowSums { .. } => 19,
        Op::Forces { .. } => 20,
        Op::SignSums { .. } => 21,
        Op::PerExampleSums { .. } => 22,
        Op::PairSums { .. } => 23,
        Op::CloseWindow { .. } => 24,
        Op::EvaluateLoss { .. } => 25,
        Op::ColumnVariance { .. } => 26,
        Op::Evaluate { .. } => 27,
        Op::DrawMask { .. } => 28,
        Op::ActivationPenalty { .. } => 29,
        Op::ExampleLoss { .. } => 30,
        Op::Norms { .. } => 31,
        Op::Image(ImageOp::Patches { .. }) => 32,
        Op::Image(ImageOp::SumPatches { .. }) => 33,
        Op::Image(ImageOp::MaxPool { .. }) => 34,
        Op::Image(ImageOp::MaxPoolBackward { .. }) => 35,
        Op::Image(ImageOp::Regroup { .. }) => 36,
        Op::Token(TokenOp::Embed { .. }) => 37,
        Op::Token(TokenOp::SumTokens { .. }) => 38,
        Op::Token(TokenOp::OneHot { .. }) => 39,
        Op::Token(TokenOp::Attention { .. }) => 40,
        Op::Token(TokenOp::AttentionBackward { .. }) => 41,
        Op::Rows(RowOp::MeanOfGroups { .. }) => 42,
        Op::Rows(RowOp::Spread { .. }) => 43,
        Op::Rows(RowOp::Standardize { .. }) => 44,
        Op::Rows(RowOp::StandardizeBackward { .. }) => 45,
    }
}

/// Kinds that [`all`] has no sample of: examples, noise and evaluation need a data set, and are tested with one.
pub const WITH_DATA: [usize; 4] = [0, 1, 25, 28];

/// Kinds in all.
pub const KINDS: usize = 46;

/// Slots in use: 0.3, but for the weight noise's, which is `noise`.
pub fn hyper(noise: f64, decay: f64) -> Vec<f64> {
    let mut values = vec![0.3; Slot::count(0, 0)];
    values[Slot::WeightSd.index()] = noise;
    values[Slot::L1.index()] = decay;
    values[Slot::InputSd.index()] = decay;
    values
}

/// Stands for a rate of decay in programs without layers.
pub const RATE: Slot = Slot::InputSd;

/// Products of all forms.
pub fn products(m: usize, n: usize, k: usize) -> Vec<Sample> {
    // A left operand that lies askew in its buffer, and one that begins at whole vectors of four.
    let mut samples = products_beside(m, n, k, 3, 2);
    if [m, n, k].iter().all(|size| size.is_multiple_of(4)) {
        samples.extend(products_beside(m, n, k, 8, 4));
    }
    samples
}

/// Products whose left operand lies in a matrix of `more` columns more, from column `from` on.
fn products_beside(m: usize, n: usize, k: usize, more: usize, from: usize) -> Vec<Sample> {
    let mut samples = Vec::new();
    for (transpose_a, transpose_b) in [(false, false), (false, true), (true, false), (true, true)] {
        for accumulate in [false, true] {
            let mut b = Buffers::default();
            let left = if transpose_a { b.random(k, m + more) } else { b.random(m, k + more) };
            let right = if transpose_b { b.random(n, k) } else { b.random(k, n) };
            let out = if accumulate { b.random(m, n) } else { b.out(m, n) };
            let width = left.columns - more;
            let op = Op::MatMul {
                a: left.columns(from, width),
                transpose_a,
                b: right,
                transpose_b,
                out,
                alpha: 0.7,
                accumulate,
                batch: InnerBatch::ONE,
            };
            let name = format!("{m}x{n}x{k} {transpose_a} {transpose_b} {accumulate} {from}");
            let kernel = Some(if from.is_multiple_of(4) { "matmul_vec4" } else { "matmul" });
            samples.push(Sample { name, buffers: b.all, op, next: None, kernel, depth: k });
        }
    }
    let mut b = Buffers::default();
    let (heads, left, right) = (3, b.random(m, 3 * k), b.random(n, 3 * k));
    let out = b.out(heads * m, n);
    let batch = InnerBatch { count: heads, a_stride: k, b_stride: k, out_stride: m * n };
    let op = Op::MatMul {
        a: left.columns(0, k),
        transpose_a: false,
        b: right.columns(0, k),
        transpose_b: true,
        out: out.rows(0, m),
        alpha: 1.0,
        accumulate: false,
        batch,
    };
    samples.push(Sample {
        name: format!("{heads} heads of {m}x{n}x{k}"),
        buffers: b.all,
        op,
        next: None,
        kernel: None,
        depth: k,
    });
    samples
}

/// An update whose rows are summed right after it, with each optimiser.
pub fn updates_with_sums(rows: usize, columns: usize) -> Vec<Sample> {
    let sample = |adam: Option<bool>| {
        let mut b = Buffers::default();
        let (weights, signal) = (b.random(rows, columns), b.random(rows, columns));
        let (hebbian, update, sums) = (b.random(rows, columns), b.out(rows, columns), b.out(rows, ROW_VALUES));
        let decay = Some(Decay { rate: RATE, diagonal: Some(b.random(1, rows)), product: None });
        let mut share = None;
        let optimizer = adam.map_or(Optimizer::Sgd, |coupled| {
            let (first, second) = (b.random(rows, columns), b.positive(rows, columns));
            let moment = coupled.then(|| b.random(rows, columns));
            share = Some(DecayShare { first: moment, update: b.out(rows, columns) });
            Optimizer::Adam { first, second, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, coupled }
        });
        let op = Op::Update { weights, signal, decay, optimizer, update, share };
        let next = Some(Op::RowSums { signal, hebbian, update: Some(update), weights, sums, metrics: 1 });
        let name = format!("update with sums {rows}x{columns} {adam:?}");
        Sample { name, buffers: b.all, op, next, kernel: Some("update_row_sums"), depth: rows * columns }
    };
    [None, Some(false), Some(true)].into_iter().map(sample).collect()
}

/// Every other operation on matrices of that size.
#[expect(clippy::too_many_lines, reason = "a list")]
pub fn all(rows: usize, columns: usize) -> Vec<Sample> {
    let mut samples = Vec::new();
    let size = rows * columns;
    let mut add = |name: &str, depth: usize, make: &dyn Fn(&mut Buffers) -> Op| {
        let mut buffers = Buffers::default();
        let op = make(&mut buffers);
        samples.push(Sample {
            name: format!("{name} {rows}x{columns}"),
            buffers: buffers.all,
            op,
            next: None,
            kernel: None,
            depth,
        });
    };
    let kinds = [Activation::Linear, Activation::Relu, Activation::Sigmoid, Activation::Tanh];
    add("copy", 1, &|b| Op::Copy { from: b.random(rows, columns), to: b.out(rows, columns) });
    add("copy columns", 1, &|b| {
        let from = b.random(rows, columns + 5).columns(3, columns);
        Op::Copy { from, to: b.out(rows, columns) }
    });
    add("add", 1, &|b| Op::Add { from: b.random(rows, columns), to: b.random(rows, columns) });
    for replaces in [false, true] {
        add("change weights", size, &|b| Op::ChangeWeights {
            from: b.random(rows, columns),
            to: b.random(rows, columns),
            replaces,
            metric: 1,
        });
    }
    add("subtract", 1, &|b| {
        let (a, other) = (b.random(rows, columns), b.random(rows, columns));
        Op::Subtract { a, b: other, out: b.out(rows, columns) }
    });
    add("add row", 1, &|b| Op::AddRow { row: b.random(1, columns), to: b.random(rows, columns) });
    add("column mean", rows, &|b| Op::ColumnMean { x: b.random(rows, columns), out: b.out(1, columns) });
    add("mean square", rows, &|b| {
        let x = b.random(rows, columns);
        Op::ColumnMeanProduct { a: x, b: x, out: b.out(1, columns) }
    });
    add("mean product", rows, &|b| {
        let (x, other) = (b.random(rows, columns), b.random(rows, columns));
        Op::ColumnMeanProduct { a: x, b: other, out: b.out(1, columns) }
    });
    add("variance", rows, &|b| Op::ColumnVariance {
        x: b.random(rows, columns),
        mean: b.random(1, columns),
        out: b.out(1, columns),
    });
    add("penalty", size, &|b| {
        let views = vec![b.random(rows, columns), b.random(columns, rows)];
        Op::ActivationPenalty { views, rate: Slot::WeightSd, metric: 1 }
    });
    for kind in [Loss::Mse, Loss::CrossEntropy] {
        add("example loss", columns, &|b| {
            let (output, target) = (b.random(rows, columns), b.positive(rows, columns));
            Op::ExampleLoss { kind, scale: 0.7, output, target, out: b.out(1, rows) }
        });
    }
    for (whole, count) in [(false, rows), (true, 1)] {
        add("norms", size, &|b| Op::Norms { x: b.random(rows, columns), out: b.out(1, count), whole });
        // Squares of these leave the range of f32.
        add("small norms", size, &|b| Op::Norms { x: b.scaled(rows, columns, -80), out: b.out(1, count), whole });
    }
    add("tape", 1, &|b| {
        let names = ["m", "r", "c", "s", "k", "n"];
        let tape = Tape::elementwise("tanh(m) * r + c / (s^2 + 1) - k * max(m, n) + exp(r)", &names);
        let sources = [
            Source::Matrix(b.random(rows, columns)),
            Source::Row(b.random(1, columns)),
            Source::Column(b.random(1, rows)),
            Source::Single(b.random(1, 1)),
            Source::Slot(Slot::WeightSd),
            // Askew in its buffer.
            Source::Matrix(b.random(rows, columns + 3).columns(2, columns)),
        ];
        let operands = tape.operands().map(|place| sources[place]).collect();
        Op::Evaluate { tape: Arc::new(tape), operands, out: b.out(rows, columns) }
    });
    add("tape in place", 1, &|b| {
        let tape = Arc::new(Tape::elementwise("x * factor - x", &["x", "factor"]));
        let out = b.random(rows, columns + 2).columns(1, columns);
        let operands = vec![Source::Matrix(out), Source::Matrix(b.random(rows, columns))];
        Op::Evaluate { tape, operands, out }
    });
    add("tape of many", 1, &|b| {
        let names: Vec<String> = (0..27).map(|place| format!("x{place}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let tape = Arc::new(Tape::elementwise(&names.join(" + "), &names));
        let operands = (0..names.len()).map(|_| Source::Matrix(b.random(rows, columns))).collect();
        Op::Evaluate { tape, operands, out: b.out(rows, columns) }
    });
    add("scaled rows", 1, &|b| {
        let (scale, x) = (b.random(1, rows), b.random(rows, columns));
        Op::SubtractScaledRows { scale, x, from: b.random(rows, columns) }
    });
    for kind in kinds {
        add("activate", 1, &|b| Op::Activate { kind, x: b.random(rows, columns), y: b.out(rows, columns) });
        add("backward", 1, &|b| Op::ActivationBackward {
            kind,
            y: b.random(rows, columns),
            gradient: b.random(rows, columns),
        });
    }
    add("softmax", columns, &|b| Op::Softmax { x: b.random(rows, columns), y: b.out(rows, columns) });
    for kind in [Loss::Mse, Loss::CrossEntropy] {
        add("loss", size, &|b| {
            let (output, target) = (b.random(rows, columns), b.random(rows, columns));
            Op::Loss { kind, scale: 0.6, output, target, delta: b.out(rows, columns) }
        });
    }
    add("clip", size, &|b| {
        let views = vec![b.random(rows, columns), b.random(1, rows)];
        Op::Clip { views, limit: Slot::Clip }
    });
    add("random signal", size, &|b| {
        let (weights, direction) = (b.random(rows, columns), b.random(rows, columns));
        let signal = b.out(rows, columns);
        Op::RandomSignal { weights, direction, signal, target: Slot::TargetNorm, clip: Slot::Clip }
    });
    for (has_decay, has_diagonal) in [(false, false), (true, false), (true, true)] {
        add("sgd", 1, &|b| {
            let decay = has_decay.then(|| Decay {
                rate: RATE,
                diagonal: has_diagonal.then(|| b.random(1, rows)),
                product: None,
            });
            let (weights, signal) = (b.random(rows, columns), b.random(rows, columns));
            let update = b.out(rows, columns);
            Op::Update { weights, signal, decay, optimizer: Optimizer::Sgd, update, share: None }
        });
    }
    for coupled in [false, true] {
        add("adam", 1, &|b| {
            let (weights, signal) = (b.random(rows, columns), b.random(rows, columns));
            let decay = Some(Decay { rate: RATE, diagonal: None, product: Some(b.random(rows, columns)) });
            let (first, second) = (b.random(rows, columns), b.positive(rows, columns));
            let optimizer = Optimizer::Adam { first, second, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, coupled };
            let first = coupled.then(|| b.random(rows, columns));
            let share = Some(DecayShare { first, update: b.out(rows, columns) });
            Op::Update { weights, signal, decay, optimizer, update: b.out(rows, columns), share }
        });
    }
    for kind in [Normalization::Standardize, Normalization::Unit] {
        add("normalize", columns, &|b| Op::NormalizeRows { kind, x: b.random(rows, columns), mask: None });
        add("normalize some", columns, &|b| {
            let kept = Initial::Kept { stream: "kept".into(), without: 0.3 };
            let mask = b.add(rows, columns, Role::Constant, kept.clone());
            let normal = Initial::Normal { stream: "some".into(), sd: 1.0 };
            let x = b.add(rows, columns, Role::State, Initial::Product(Box::new(normal), Box::new(kept)));
            Op::NormalizeRows { kind, x, mask: Some(mask) }
        });
    }
    for has_update in [false, true] {
        add("row sums", size, &|b| {
            let (signal, hebbian) = (b.random(rows, columns), b.random(rows, columns));
            let update = has_update.then(|| b.random(rows, columns));
            let (weights, sums) = (b.random(rows, columns), b.out(rows, ROW_VALUES));
            Op::RowSums { signal, hebbian, update, weights, sums, metrics: 1 }
        });
        add("signs", 1, &|b| {
            let (signal, hebbian) = (b.random(rows, columns), b.random(rows, columns));
            let update = has_update.then(|| b.random(rows, columns));
            Op::SignSums { signal, hebbian, update, metrics: 1 }
        });
        add("window", size, &|b| {
            let (signal, hebbian) = (b.random(rows, columns), b.random(rows, columns));
            let weights = b.random(rows, columns);
            let diagonal = has_update.then(|| b.random(1, rows));
            Op::CloseWindow { signal, hebbian, weights, diagonal, rate: RATE, metrics: 1 }
        });
    }
    for (has_share, has_rates, passes) in
        [(false, false, false), (false, true, false), (true, false, true), (false, true, true), (true, true, false)]
    {
        add("forces", size, &|b| {
            let (row_sums, weights) = (b.random(rows, ROW_VALUES), b.random(rows, columns));
            let (signal, update) = (b.random(rows, columns), b.random(rows, columns));
            let decay_share = has_share.then(|| b.random(rows, columns));
            let clean = passes.then(|| b.random(rows, columns));
            let noise = InjectedNoise { sd: Slot::WeightSd, noise: b.random(rows, columns), clean };
            Op::Forces {
                row_sums,
                weights,
                signal,
                update,
                decay_share,
                rates: has_rates.then_some([RATE, Slot::L1]),
                noise,
                forces: b.out(rows, FORCE_VALUES),
                metrics: 1,
                noise_change: 1 + FORCES,
            }
        });
    }
    add("examples", size, &|b| {
        let (delta, pre_activation) = (b.random(rows, columns), b.random(rows, columns));
        Op::PerExampleSums { delta, pre_activation, input: b.random(rows, 19), power: None, metrics: 1 }
    });
    add("some examples", size, &|b| {
        let (delta, pre_activation) = (b.random(rows, columns), b.random(rows, columns));
        let power = Some(b.positive(rows, columns));
        Op::PerExampleSums { delta, pre_activation, input: b.random(rows, 19), power, metrics: 1 }
    });
    add("pair", size, &|b| Op::PairSums { a: b.random(rows, columns), b: b.random(rows, columns), metrics: 1 });
    samples
}
