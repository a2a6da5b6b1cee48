//! What the host tells a kernel: one struct a kernel, of the same name and layout as the `Params` of its WGSL file.
//!
//! A view of no rows stands for one that is absent, and [`NONE`] for a place that is.

use bytemuck::{Pod, Zeroable};

/// No such place.
pub const NONE: u32 = u32::MAX;

/// Operands of a tape whose places are parameters; those of more are part of the kernel.
pub const MOST_OPERANDS: usize = 14;

/// A matrix inside a replica: offset, rows, columns, elements from a row to the next.
pub type GpuView = [u32; 4];

/// What a kernel of sums has: items of a part, what becomes of the sums (a [`Keep`]), where, and the number of parts.
pub type GpuSums = [u32; 4];

/// What becomes of a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// It is a metric.
    Metric,
    /// It is added to a metric.
    Added,
    /// Its root is an element of the replica.
    Root,
    /// It is part of a row of sums and their exponents in the replica.
    Row,
}

macro_rules! params {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty,)+ })+) => {$(
        $(#[$doc])*
        #[repr(C)]
        #[derive(Clone, Copy, Debug, Pod, Zeroable)]
        pub struct $name {
            $(pub $field: $kind,)+
        }
    )+};
}

params! {
    /// `matmul.wgsl`, `matmul_vec4.wgsl`
    MatMul { a: GpuView, b: GpuView, out: GpuView, inner: [u32; 4], alpha: f32, accumulate: u32, unless_zero: u32, depth: u32, }
    /// `fill_batch.wgsl`
    FillBatch {
        inputs: GpuView, targets: GpuView, input_base: u32, input_stride: u32, target_base: u32, target_stride: u32,
        input_kind: u32, target_kind: u32, places: u32, in_order: u32, orders: u32, scales: u32,
        second_inputs: u32, pad: u32,
    }
    /// `random.wgsl`: `fill_noise.wgsl`, `draw_mask.wgsl`
    Draw { into: GpuView, setting: u32, keys: u32, unless_zero: u32, pad: u32, }
    /// `example_loss.wgsl`
    ExampleLoss { output: GpuView, wanted: GpuView, to: GpuView, kind: u32, scale: f32, unless_zero: u32, pad: u32, }
    /// `norms.wgsl`
    Norms { x: GpuView, to: GpuView, unless_zero: u32, lanes: u32, pad: [u32; 2], }
    /// `activation_penalty.wgsl`
    ActivationPenalty { x: GpuView, sums: GpuSums, rate: u32, unless_zero: u32, pad: [u32; 2], }
    /// What `tape.rs` prints: the result and [`MOST_OPERANDS`] views or slots.
    Tape { to: GpuView, unless_zero: u32, pad: [u32; 3], operands: [GpuView; MOST_OPERANDS], }
    /// `elementwise.wgsl`: `copy.wgsl`, `add.wgsl`, `subtract.wgsl`, `add_row.wgsl`, `subtract_scaled_rows.wgsl`, `activate.wgsl`,
    /// `activation_backward.wgsl`
    Elementwise { x: GpuView, y: GpuView, to: GpuView, unless_zero: u32, pad: [u32; 3], }
    /// `column_mean.wgsl`
    ColumnMean {
        x: GpuView, y: GpuView, out: GpuView, kind: u32, unless_zero: u32, rows_of_a_part: u32, divisor: f32,
    }
    /// `change_weights.wgsl`
    ChangeWeights { x: GpuView, to: GpuView, sums: GpuSums, replaces: u32, unless_zero: u32, pad: [u32; 2], }
    /// `softmax.wgsl`
    Softmax { x: GpuView, y: GpuView, unless_zero: u32, pad: [u32; 3], }
    /// `loss.wgsl`
    Loss {
        output: GpuView, wanted: GpuView, delta: GpuView, kind: u32, scale: f32, unless_zero: u32, pad: u32,
        sums: GpuSums,
    }
    /// `evaluate_loss.wgsl`
    EvaluateLoss { output: GpuView, wanted: GpuView, kind: u32, scale: f32, unless_zero: u32, pad: u32, sums: GpuSums, }
    /// `squared_norm.wgsl`
    SquaredNorm { x: GpuView, sums: GpuSums, unless_zero: u32, pad: [u32; 3], }
    /// `clip.wgsl`
    Clip { x: GpuView, limit: u32, metric: u32, count: u32, unless_zero: u32, }
    /// `random_signal.wgsl`
    RandomSignal { direction: GpuView, signal: GpuView, sums: u32, wanted: u32, clip: u32, unless_zero: u32, }
    /// `random_signal_sums.wgsl`
    RandomSignalSums { weights: GpuView, direction: GpuView, sums: GpuSums, unless_zero: u32, pad: [u32; 3], }
    /// `optimizer.wgsl`: `update.wgsl`, `update_row_sums.wgsl`
    Update {
        weights: GpuView, decayed: GpuView, signal: GpuView, update: GpuView, diagonal: GpuView, first: GpuView,
        second: GpuView, decay_first: GpuView, decay_update: GpuView, learning_rate: u32, decay: u32, l1: u32,
        unless_zero: u32, betas: [f32; 4], epsilon: f32, coupled: u32, lanes: u32, pad: u32,
        hebbian: GpuView, sums: GpuView,
    }
    /// `normalize_rows.wgsl`
    NormalizeRows { x: GpuView, mask: GpuView, kind: u32, unless_zero: u32, lanes: u32, pad: u32, }
    /// `row_sums.wgsl`
    RowSums {
        signal: GpuView, hebbian: GpuView, update: GpuView, weights: GpuView, sums: GpuView, lanes: u32, pad: [u32; 3],
    }
    /// `row_totals.wgsl`
    RowTotals { x: GpuView, kind: u32, keep: u32, to: u32, unless_zero: u32, lanes: u32, pad: [u32; 3], }
    /// `forces.wgsl`
    Forces {
        row_sums: GpuView, weights: GpuView, signal: GpuView, update: GpuView, decay_share: GpuView, noise: GpuView,
        clean: GpuView, forces: GpuView, learning_rate: u32, noise_sd: u32, rate: u32, l1: u32, noise_change: u32,
        lanes: u32, pad: [u32; 2],
    }
    /// `sign_sums.wgsl`
    SignSums {
        signal: GpuView, hebbian: GpuView, update: GpuView, sums: GpuSums, unless_zero: u32, pad: [u32; 3],
    }
    /// `per_example_sums.wgsl`
    PerExampleSums {
        delta: GpuView, pre_activation: GpuView, inputs: GpuView, power: GpuView, sums: GpuSums, unless_zero: u32,
        pad: [u32; 3],
    }
    /// `pair_sums.wgsl`
    PairSums { x: GpuView, y: GpuView, sums: GpuSums, unless_zero: u32, pad: [u32; 3], }
    /// `close_window.wgsl`
    CloseWindow {
        signal: GpuView, hebbian: GpuView, weights: GpuView, diagonal: GpuView, sums: GpuSums, rate: u32,
        unless_zero: u32, pad: [u32; 2],
    }
    /// `record.wgsl`
    Record { count: u32, pad: [u32; 3], }
    /// `record_rows.wgsl`
    RecordRows { x: GpuView, replica: u32, to: u32, pad: [u32; 2], }
    /// `windows.wgsl`: `patches.wgsl`, `sum_patches.wgsl`, `max_pool.wgsl`, `max_pool_backward.wgsl`
    Windows {
        channels: u32, height: u32, width: u32, kernel: u32, stride: u32, padding: u32, down: u32, across: u32,
        x: GpuView, to: GpuView, places: GpuView, scale: f32, accumulate: u32, planes: u32, unless_zero: u32,
    }
    /// `regroup.wgsl`
    Regroup {
        x: GpuView, to: GpuView, pixels: u32, planes: u32, scale: f32, accumulate: u32, unless_zero: u32, pad: [u32; 3],
    }
    /// `embed.wgsl`
    Embed { tokens: GpuView, table: GpuView, positions: GpuView, to: GpuView, unless_zero: u32, pad: [u32; 3], }
    /// `sum_tokens.wgsl`
    SumTokens { tokens: GpuView, x: GpuView, to: GpuView, scale: f32, unless_zero: u32, pad: [u32; 2], }
    /// `attention.wgsl`
    Attention {
        from: [GpuView; 3], probabilities: GpuView, to: GpuView, heads: u32, length: u32, unless_zero: u32, pad: u32,
    }
    /// `attention_backward.wgsl`
    AttentionBackward {
        from: [GpuView; 3], probabilities: GpuView, gradient: GpuView, to: [GpuView; 3], heads: u32, length: u32,
        unless_zero: u32, pad: u32,
    }
    /// `spread.wgsl`
    Spread { x: GpuView, to: GpuView, accumulate: u32, unless_zero: u32, pad: [u32; 2], }
    /// `standardize.wgsl`
    Standardize { x: GpuView, to: GpuView, deviations: GpuView, epsilon: f32, unless_zero: u32, lanes: u32, pad: u32, }
    /// `standardize_backward.wgsl`
    StandardizeBackward { z: GpuView, deviations: GpuView, to: GpuView, unless_zero: u32, lanes: u32, pad: [u32; 2], }
    /// `Step` of `prelude.wgsl`: what changes from step to step.
    StepValues {
        step: [u32; 2], indices: u32, record: u32, corrections: [f32; 2], window_steps: f32, first_example: u32,
        used_examples: u32, pad: [u32; 3],
    }
}
