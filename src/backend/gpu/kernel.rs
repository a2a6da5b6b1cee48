//! The kernels: WGSL files, and what Rust puts before them.

use std::fmt::Write as _;

use super::params::NONE;
use super::pieces::in_pieces;
use super::tape::TapeKernel;
use super::wide::METRIC_STEP;
use crate::experiment::Activation;
use crate::program::measure::KEPT_EXPONENTS;

/// Sizes of a program, the same for all its kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Elements of a replica.
    pub arena: u32,
    /// Numbers of a replica.
    pub metrics: u32,
    /// Hyper-parameters of a replica.
    pub hypers: u32,
    /// Place of the first metric's exponent.
    pub exponents: u32,
    /// Elements of each of the arrays that a replica lies in, where one does not hold it.
    pub piece: Option<u32>,
}

impl Sizes {
    /// Arrays that the replicas lie in.
    #[must_use]
    pub fn pieces(self) -> u32 {
        self.piece.map_or(1, |piece| self.arena.div_ceil(piece))
    }
}

/// A kernel, specialised.
#[derive(Clone, Debug, PartialEq)]
pub enum Kernel {
    /// A tape for every element.
    Tape(TapeKernel),
    /// Matrix product; `thread` is the edge of the square of results that an invocation holds.
    MatMul {
        /// Whether the left operand is used transposed.
        transpose_a: bool,
        /// Whether the right operand is used transposed.
        transpose_b: bool,
        /// 2 or 4: tiles of 32 or 64.
        thread: u32,
    },
    /// Matrix product of operands whose rows are whole vectors of four.
    MatMulVec4 {
        /// Whether the left operand is used transposed.
        transpose_a: bool,
        /// Whether the right operand is used transposed.
        transpose_b: bool,
        /// Rows of four results that an invocation holds; 1 or 4: tiles of 32 or 64.
        rows: u32,
    },
    /// Activation.
    Activate(Activation),
    /// Its derivative.
    ActivationBackward(Activation),
    /// SGD or Adam.
    Update {
        /// Whether it is Adam.
        adam: bool,
    },
    /// SGD or Adam, and the sums over rows that measurement needs, in one pass.
    UpdateRowSums {
        /// Whether it is Adam.
        adam: bool,
    },
    /// One that has no variants, by its file.
    Plain(Plain),
}

macro_rules! plain {
    ($($name:ident $file:literal $base:ident,)+) => {
        /// Kernels without variants.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Plain {
            $(#[doc = concat!("`", $file, ".wgsl`")] $name,)+
        }

        impl Plain {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            const fn parts(self) -> (&'static str, &'static str, Base) {
                match self {
                    $(Self::$name => ($file, include_str!(concat!("../../../shaders/", $file, ".wgsl")), Base::$base),)+
                }
            }
        }
    };
}

plain! {
    FillBatch "fill_batch" Alone,
    FillNoise "fill_noise" Random,
    DrawMask "draw_mask" Random,
    Copy "copy" Elementwise,
    Add "add" Elementwise,
    Subtract "subtract" Elementwise,
    AddRow "add_row" Elementwise,
    SubtractScaledRows "subtract_scaled_rows" Elementwise,
    ColumnMean "column_mean" Alone,
    ChangeWeights "change_weights" Sums,
    Softmax "softmax" Alone,
    Loss "loss" Sums,
    EvaluateLoss "evaluate_loss" Sums,
    SquaredNorm "squared_norm" Sums,
    Clip "clip" Wide,
    RandomSignal "random_signal" Wide,
    RandomSignalSums "random_signal_sums" Sums,
    NormalizeRows "normalize_rows" Rows,
    RowSums "row_sums" RowSums,
    RowTotals "row_totals" Rows,
    Forces "forces" Rows,
    SignSums "sign_sums" Sums,
    PerExampleSums "per_example_sums" Sums,
    PairSums "pair_sums" Sums,
    ActivationPenalty "activation_penalty" Sums,
    ExampleLoss "example_loss" Alone,
    Norms "norms" Rows,
    CloseWindow "close_window" Sums,
    Record "record" Alone,
    RecordRows "record_rows" Alone,
    Patches "patches" Windows,
    SumPatches "sum_patches" SumWindows,
    MaxPool "max_pool" Windows,
    MaxPoolBackward "max_pool_backward" SumWindows,
    Regroup "regroup" Alone,
    Embed "embed" Words,
    SumTokens "sum_tokens" Words,
    OneHot "one_hot" ElementwiseWords,
    Attention "attention" Tiles,
    AttentionBackward "attention_backward" Tiles,
    MeanOfGroups "mean_of_groups" Elementwise,
    Spread "spread" Alone,
    Standardize "standardize" Rows,
    StandardizeBackward "standardize_backward" Rows,
}

const PRELUDE: &str = include_str!("../../../shaders/prelude.wgsl");
const RANDOM: &str = include_str!("../../../shaders/random.wgsl");
const REDUCE: &str = include_str!("../../../shaders/reduce.wgsl");
const RANGE: &str = include_str!("../../../shaders/range.wgsl");
const ROWS: &str = include_str!("../../../shaders/rows.wgsl");
const SUMS: &str = include_str!("../../../shaders/sums.wgsl");
const KEEP_ROW_SUMS: &str = include_str!("../../../shaders/keep_row_sums.wgsl");
const ELEMENTWISE: &str = include_str!("../../../shaders/elementwise.wgsl");
const WINDOWS: &str = include_str!("../../../shaders/windows.wgsl");
const SUM_WINDOWS: &str = include_str!("../../../shaders/sum_windows.wgsl");
const WORD: &str = include_str!("../../../shaders/word.wgsl");
const TILES: &str = include_str!("../../../shaders/tiles.wgsl");

/// What a kernel is written on top of, besides the prelude.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Base {
    Alone,
    Random,
    Rows,
    Sums,
    Wide,
    RowSums,
    Elementwise,
    Windows,
    SumWindows,
    Words,
    ElementwiseWords,
    Tiles,
}

impl Base {
    const fn texts(self) -> &'static [&'static str] {
        match self {
            Self::Alone => &[],
            Self::Random => &[RANDOM],
            Self::Rows => &[REDUCE, RANGE, ROWS],
            Self::Sums => &[REDUCE, RANGE, SUMS],
            Self::Wide => &[RANGE],
            Self::RowSums => &[REDUCE, RANGE, ROWS, KEEP_ROW_SUMS],
            Self::Elementwise => &[ELEMENTWISE],
            Self::Windows => &[WINDOWS],
            Self::SumWindows => &[WINDOWS, SUM_WINDOWS],
            Self::Words => &[WORD],
            Self::ElementwiseWords => &[ELEMENTWISE, WORD],
            Self::Tiles => &[TILES],
        }
    }
}

const MATMUL: &str = include_str!("../../../shaders/matmul.wgsl");
const MATMUL_VEC4: &str = include_str!("../../../shaders/matmul_vec4.wgsl");
const ACTIVATE: &str = include_str!("../../../shaders/activate.wgsl");
const ACTIVATION_BACKWARD: &str = include_str!("../../../shaders/activation_backward.wgsl");
const OPTIMIZER: &str = include_str!("../../../shaders/optimizer.wgsl");
const UPDATE: &str = include_str!("../../../shaders/update.wgsl");
const UPDATE_ROW_SUMS: &str = include_str!("../../../shaders/update_row_sums.wgsl");

impl Kernel {
    /// Every kernel in every variant.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all: Vec<Self> = Plain::ALL.iter().map(|&plain| Self::Plain(plain)).collect();
        for (transpose_a, transpose_b) in [(false, false), (false, true), (true, false), (true, true)] {
            all.extend([2, 4].map(|thread| Self::MatMul { transpose_a, transpose_b, thread }));
            all.extend([1, 4].map(|rows| Self::MatMulVec4 { transpose_a, transpose_b, rows }));
        }
        let kinds = [Activation::Linear, Activation::Relu, Activation::Sigmoid, Activation::Tanh];
        all.extend(kinds.map(Self::Activate));
        all.extend(kinds.map(Self::ActivationBackward));
        all.extend([false, true].map(|adam| Self::Update { adam }));
        all.extend([false, true].map(|adam| Self::UpdateRowSums { adam }));
        all
    }

    /// Name for profiles and error messages: the file's, without the variant.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Tape(_) => "tape",
            Self::MatMul { .. } => "matmul",
            Self::MatMulVec4 { .. } => "matmul_vec4",
            Self::Activate(_) => "activate",
            Self::ActivationBackward(_) => "activation_backward",
            Self::Update { .. } => "update",
            Self::UpdateRowSums { .. } => "update_row_sums",
            Self::Plain(plain) => plain.parts().0,
        }
    }

    /// The whole text of its shader; its parameters lie in storage where `are_stored`, in uniforms else.
    #[must_use]
    pub fn source(&self, sizes: Sizes, are_stored: bool) -> String {
        let Sizes { arena, metrics, hypers, exponents, piece } = sizes;
        let vectors = if matches!(self, Self::MatMulVec4 { .. }) { 4 } else { 1 };
        let finish = |text: String| {
            let text = stored(text, are_stored);
            piece.map_or(text.clone(), |piece| in_pieces(&text, piece / vectors, sizes.pieces()))
        };
        let (least, largest) = (KEPT_EXPONENTS.start(), KEPT_EXPONENTS.end());
        let element = if matches!(self, Self::MatMulVec4 { .. }) { "vec4<f32>" } else { "f32" };
        let mut text = format!(
            "const ARENA = {arena}u;\nconst METRICS = {metrics}u;\nconst HYPERS = {hypers}u;\nconst NONE = {NONE}u;\n\
             const EXPONENTS = {exponents}u;\nconst METRIC_STEP = {METRIC_STEP};\n\
             const LEAST_EXPONENT = {least};\nconst LARGEST_EXPONENT = {largest};\nalias Element = {element};\n"
        );
        let (body, base) = match self {
            Self::Tape(tape) => {
                text.push_str(PRELUDE);
                text.push_str(&tape.source());
                return finish(text);
            }
            Self::MatMul { transpose_a, transpose_b, thread } => {
                // Writing to a string does not fail.
                let _ = writeln!(
                    text,
                    "const TRANSPOSE_A = {transpose_a};\nconst TRANSPOSE_B = {transpose_b};\nconst THREAD = {thread}u;"
                );
                (MATMUL, Base::Alone)
            }
            Self::MatMulVec4 { transpose_a, transpose_b, rows } => {
                let _ = writeln!(
                    text,
                    "const TRANSPOSE_A = {transpose_a};\nconst TRANSPOSE_B = {transpose_b};\nconst ROWS = {rows}u;"
                );
                (MATMUL_VEC4, Base::Alone)
            }
            Self::Activate(kind) | Self::ActivationBackward(kind) => {
                let number = match *kind {
                    Activation::Linear => 0,
                    Activation::Relu => 1,
                    Activation::Sigmoid => 2,
                    Activation::Tanh => 3,
                };
                let _ = writeln!(text, "const ACTIVATION = {number}u;");
                (if matches!(self, Self::Activate(_)) { ACTIVATE } else { ACTIVATION_BACKWARD }, Base::Elementwise)
            }
            Self::Update { adam } | Self::UpdateRowSums { adam } => {
                let _ = writeln!(text, "const OPTIMIZER = {}u;", u32::from(*adam));
                if matches!(self, Self::Update { .. }) {
                    (UPDATE, Base::Alone)
                } else {
                    (UPDATE_ROW_SUMS, Base::RowSums)
                }
            }
            Self::Plain(plain) => (plain.parts().1, plain.parts().2),
        };
        text.push_str(PRELUDE);
        base.texts().iter().for_each(|part| text.push_str(part));
        if matches!(self, Self::Update { .. } | Self::UpdateRowSums { .. }) {
            text.push_str(OPTIMIZER);
        }
        text.push_str(body);
        finish(text)
    }
}

fn stored(text: String, are_stored: bool) -> String {
    if are_stored { text.replace("var<uniform>", "var<storage, read>") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn naga_accepts_every_shader() {
        use eframe::wgpu::naga::{front, valid};
        let whole = Sizes { arena: 1024, metrics: 32, hypers: 10, exponents: 16, piece: None };
        let pieces = Sizes { piece: Some(400), ..whole };
        assert_eq!((whole.pieces(), pieces.pieces()), (1, 3));
        let variants = |kernel: Kernel| {
            [(whole, false), (whole, true), (pieces, true)].map(|(sizes, stored)| (kernel.clone(), sizes, stored))
        };
        for (kernel, sizes, are_stored) in Kernel::all().into_iter().chain(TapeKernel::samples()).flat_map(variants) {
            let source = kernel.source(sizes, are_stored);
            assert_eq!(source.contains("var<uniform>"), !are_stored, "{kernel:?}");
            assert_eq!(source.contains("arena_set("), sizes.piece.is_some(), "{kernel:?}");
            let module = front::wgsl::parse_str(&source)
                .unwrap_or_else(|error| panic!("{kernel:?}: {}", error.emit_to_string(&source)));
            let mut validator = valid::Validator::new(valid::ValidationFlags::all(), valid::Capabilities::default());
            let checked = validator.validate(&module);
            assert!(checked.is_ok(), "{kernel:?}: {checked:?}");
            let point = &module.entry_points[0];
            let invocations: u32 = point.workgroup_size.iter().product();
            assert!(invocations <= 256, "{kernel:?}: {invocations} invocations");
        }
    }
}
