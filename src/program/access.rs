//! What every operation reads and writes.

use super::op::{Op, Optimizer, Source};
use super::slot::Slot;
use super::view::View;

/// What an operation reads and writes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Accesses {
    /// What has to be there before it.
    pub reads: Vec<View>,
    /// What has to be there before it unless the hyper-parameter is 0.
    pub reads_unless_zero: Vec<(Slot, View)>,
    /// What is overwritten, whatever it was.
    pub writes: Vec<View>,
    /// What is changed in place.
    pub updates: Vec<View>,
}

impl Accesses {
    /// Those of an operation with one result, which is added to what is there, or overwrites it.
    #[must_use]
    pub fn of_result(reads: Vec<View>, out: View, accumulate: bool) -> Self {
        let of = Self { reads, ..Self::default() };
        if accumulate { of.update([out]) } else { of.write([out]) }
    }

    fn read(mut self, views: impl IntoIterator<Item = View>) -> Self {
        self.reads.extend(views);
        self
    }

    fn write(mut self, views: impl IntoIterator<Item = View>) -> Self {
        self.writes.extend(views);
        self
    }

    fn update(mut self, views: impl IntoIterator<Item = View>) -> Self {
        self.updates.extend(views);
        self
    }

    /// Every view that is touched.
    pub fn all(&self) -> impl Iterator<Item = View> + '_ {
        let guarded = self.reads_unless_zero.iter().map(|(_, view)| view);
        self.reads.iter().chain(guarded).chain(&self.writes).chain(&self.updates).copied()
    }
}

impl Op {
    /// What it reads and writes.
    #[must_use]
    pub fn accesses(&self) -> Accesses {
        let of = Accesses::default;
        match self {
            Self::FillBatch { inputs, targets } => of().write([*inputs, *targets]),
            Self::FillNoise { into, .. } | Self::DrawMask { into, .. } => of().write([*into]),
            Self::MatMul { a, b, out, accumulate, batch, .. } => {
                let shifted = |view: &View, stride: usize| {
                    let view = *view;
                    (0..batch.count).map(move |i| View { offset: view.offset + i * stride, ..view })
                };
                let out = shifted(out, batch.out_stride);
                let read = of().read(shifted(a, batch.a_stride)).read(shifted(b, batch.b_stride));
                if *accumulate { read.update(out) } else { read.write(out) }
            }
            Self::Copy { from, to } => of().read([*from]).write([*to]),
            Self::Add { from, to } => of().read([*from]).update([*to]),
            Self::ChangeWeights { from, to, .. } => of().read([*from]).update([*to]),
            Self::Subtract { a, b, out } => of().read([*a, *b]).write([*out]),
            Self::AddRow { row, to } => of().read([*row]).update([*to]),
            Self::ColumnMean { x, out } => of().read([*x]).write([*out]),
            Self::ColumnMeanProduct { a, b, out } => of().read([*a, *b]).write([*out]),
            Self::ColumnVariance { x, mean, out } => of().read([*x, *mean]).write([*out]),
            Self::Evaluate { operands, out, .. } => {
                let views = operands.iter().filter_map(|operand| match operand {
                    Source::Matrix(view) | Source::Row(view) | Source::Column(view) | Source::Single(view) => {
                        Some(*view)
                    }
                    Source::Slot(_) => None,
                });
                let (in_place, read): (Vec<View>, Vec<View>) = views.partition(|view| view == out);
                let read = of().read(read);
                if in_place.is_empty() { read.write([*out]) } else { read.update([*out]) }
            }
            Self::ExampleLoss { output, target, out, .. } => of().read([*output, *target]).write([*out]),
            Self::Norms { x, out, .. } => of().read([*x]).write([*out]),
            Self::ActivationPenalty { views, .. } => of().read(views.iter().copied()),
            Self::SubtractScaledRows { scale, x, from } => of().read([*scale, *x]).update([*from]),
            Self::Activate { x, y, .. } | Self::Softmax { x, y } => of().read([*x]).write([*y]),
            Self::ActivationBackward { y, gradient, .. } => of().read([*y]).update([*gradient]),
            Self::Loss { output, target, delta, .. } => of().read([*output, *target]).write([*delta]),
            Self::Clip { views, .. } => of().update(views.iter().copied()),
            Self::RandomSignal { weights, direction, signal, .. } => of().read([*weights, *direction]).write([*signal]),
            Self::Update { weights, signal, decay, optimizer, update, share } => {
                let decay = decay.iter().flat_map(|decay| decay.diagonal.into_iter().chain(decay.product));
                let mut all = of().read([*weights, *signal]).read(decay).write([*update]);
                if let Optimizer::Adam { first, second, .. } = optimizer {
                    all = all.update([*first, *second]);
                }
                if let Some(share) = share {
                    all = all.update(share.first).write([share.update]);
                }
                all
            }
            Self::NormalizeRows { x, mask, .. } => of().read(*mask).update([*x]),
            Self::RowSums { signal, hebbian, update, weights, sums, .. } => {
                of().read([*signal, *hebbian, *weights]).read(*update).write([*sums])
            }
            Self::Forces { row_sums, weights, signal, update, decay_share, noise, forces, .. } => {
                let mut all = of().read([*row_sums, *weights, *signal, *update]).read(*decay_share).write([*forces]);
                // The noise itself is read where it stays in the weights, the weights without it where it does not.
                all.reads_unless_zero.push((noise.sd, noise.clean.unwrap_or(noise.noise)));
                all
            }
            Self::SignSums { signal, hebbian, update, .. } => of().read([*signal, *hebbian]).read(*update),
            Self::PerExampleSums { delta, pre_activation, input, power, .. } => {
                of().read([*delta, *pre_activation, *input]).read(*power)
            }
            Self::PairSums { a, b, .. } => of().read([*a, *b]),
            Self::CloseWindow { signal, hebbian, weights, diagonal, .. } => {
                of().read(*diagonal).update([*signal, *hebbian, *weights])
            }
            Self::EvaluateLoss { output, target, .. } => of().read([*output, *target]),
            Self::Image(op) => op.accesses(),
            Self::Token(op) => op.accesses(),
            Self::Rows(op) => op.accesses(),
        }
    }
}
