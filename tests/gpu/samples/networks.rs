//! The operations that networks other than perceptrons consist of, on random numbers.

use hebbscope::experiment::Windows;
use hebbscope::program::{Heads, ImageLayout, ImageOp, Initial, Op, Role, RowOp, TokenOp, View};

use super::{Buffers, Sample};

impl Buffers {
    /// The right half of a buffer, as pre-activations lie beside what is asked of them.
    fn right(&mut self, rows: usize, columns: usize) -> View {
        self.random(rows, 2 * columns).columns(columns, columns)
    }

    /// The left half of a buffer, to be overwritten.
    fn left(&mut self, rows: usize, columns: usize) -> View {
        self.random(rows, 2 * columns).columns(0, columns)
    }

    /// Whole numbers below `below`, by turns.
    fn counted(&mut self, rows: usize, columns: usize, below: usize) -> View {
        let values = (0..rows * columns).map(|place| (place * 7 % below) as f64).collect();
        self.add(rows, columns, Role::State, Initial::Values(values))
    }

    /// Zeros and ones: any two may well be equal.
    fn ties(&mut self, rows: usize, columns: usize) -> View {
        let stream = format!("ties {}", self.all.len());
        self.add(rows, columns, Role::State, Initial::Kept { stream, without: 0.4 })
    }

    /// From 0.05 to 20: cut to whole numbers, tokens of any table of fewer, some beyond it.
    fn tokens(&mut self, sequences: usize, length: usize) -> View {
        let stream = format!("tokens {}", self.all.len());
        self.add(sequences, length, Role::State, Initial::LogUniform { stream, bound: 3.0 })
    }
}

/// Samples under way.
#[derive(Default)]
struct Samples(Vec<Sample>);

impl Samples {
    fn add<const N: usize>(
        &mut self,
        name: String,
        depth: usize,
        kernel: &'static str,
        make: impl FnOnce(&mut Buffers) -> [Op; N],
    ) {
        let mut buffers = Buffers::default();
        let mut ops = make(&mut buffers).into_iter();
        let op = ops.next().expect("a sample has an operation");
        let next = ops.next();
        self.0.push(Sample { name, buffers: buffers.all, op, next, kernel: Some(kernel), depth });
    }
}

/// Patches, pooling and their ways back over some images.
pub fn windows(images: usize, w: Windows) -> Vec<Sample> {
    use ImageOp::{MaxPool, MaxPoolBackward, Patches, SumPatches};
    let mut all = Samples::default();
    let (pixels, positions, channels) = (images * w.pixels(), images * w.positions(), w.channels);
    let name = |what: &str| format!("{what} of {images} {w:?}");
    all.add(name("patches of pixels"), 1, "patches", |b| {
        let (from, to) = (b.right(pixels, channels), b.out(positions, w.patch()));
        [Op::Image(Patches { windows: w, layout: ImageLayout::Pixels, from, to })]
    });
    all.add(name("patches of planes"), 1, "patches", |b| {
        let (from, to) = (b.right(images, channels * w.pixels()), b.left(positions, w.patch()));
        [Op::Image(Patches { windows: w, layout: ImageLayout::Planes, from, to })]
    });
    let area = w.kernel * w.kernel;
    for accumulate in [false, true] {
        all.add(name("sum of patches"), area, "sum_patches", |b| {
            let (from, to) = (b.random(positions, w.patch()), b.left(pixels, channels));
            [Op::Image(SumPatches { windows: w, from, to, scale: 0.7, accumulate })]
        });
        all.add(name("back from places"), area, "max_pool_backward", |b| {
            let (from, places) = (b.right(positions, channels), b.counted(positions, channels, area));
            let to = b.left(pixels, channels);
            [Op::Image(MaxPoolBackward { windows: w, places, from, to, scale: 0.7, accumulate })]
        });
    }
    for has_ties in [false, true] {
        all.add(name("pooling and back"), area, "max_pool", |b| {
            let from = if has_ties { b.ties(pixels, channels) } else { b.right(pixels, channels) };
            let (to, places) = (b.out(positions, channels), b.out(positions, channels));
            let (gradient, back) = (b.random(positions, channels), b.left(pixels, channels));
            let pool = MaxPool { windows: w, from, to, places };
            let (from, to, scale, accumulate) = (gradient, back, 0.7, false);
            [Op::Image(pool), Op::Image(MaxPoolBackward { windows: w, places, from, to, scale, accumulate })]
        });
    }
    all.0
}

/// From pixels to planes and back.
pub fn regrouped(images: usize, pixels: usize, channels: usize) -> Vec<Sample> {
    let mut all = Samples::default();
    for accumulate in [false, true] {
        for layout in [ImageLayout::Pixels, ImageLayout::Planes] {
            let name = format!("regroup {images} of {pixels}x{channels} {layout:?} {accumulate}");
            all.add(name, 1, "regroup", |b| {
                let [of_pixels, of_planes] = [[images * pixels, channels], [images, channels * pixels]];
                let is_back = layout == ImageLayout::Planes;
                let [[rows, columns], to] = if is_back { [of_planes, of_pixels] } else { [of_pixels, of_planes] };
                let (from, to) = (b.right(rows, columns), b.left(to[0], to[1]));
                [Op::Image(ImageOp::Regroup { layout, pixels, from, to, scale: 0.6, accumulate })]
            });
        }
    }
    all.0
}

/// Tables of tokens and positions.
pub fn tables([sequences, length]: [usize; 2], vocabulary: usize, width: usize) -> Vec<Sample> {
    let mut all = Samples::default();
    let name = |what: &str| format!("{what} of {sequences}x{length} tokens, {vocabulary}x{width}");
    all.add(name("embedding"), 1, "embed", |b| {
        let (tokens, table) = (b.tokens(sequences, length), b.random(vocabulary, width));
        let (positions, out) = (b.random(length, width), b.left(sequences * length, width));
        [Op::Token(TokenOp::Embed { tokens, table, positions, out })]
    });
    all.add(name("sum"), sequences * length, "sum_tokens", |b| {
        let (tokens, from) = (b.tokens(sequences, length), b.right(sequences * length, width));
        [Op::Token(TokenOp::SumTokens { tokens, from, out: b.out(vocabulary, width), scale: 0.3 })]
    });
    all.add(name("one of each"), 1, "one_hot", |b| {
        let (tokens, out) = (b.tokens(sequences, length), b.out(sequences, length * vocabulary));
        [Op::Token(TokenOp::OneHot { tokens, out })]
    });
    // What no batch holds: negative, and between whole numbers.
    all.add(name("odd tokens"), 1, "one_hot", |b| {
        let (tokens, out) = (b.random(sequences, length), b.out(sequences, length * vocabulary));
        [Op::Token(TokenOp::OneHot { tokens, out })]
    });
    all.0
}

/// Attention and its gradients; `width` is that of one head.
pub fn attention(sequences: usize, heads: Heads, width: usize) -> Vec<Sample> {
    use TokenOp::{Attention, AttentionBackward};
    let mut all = Samples::default();
    let name = |what: &str| format!("{what} of {sequences} {heads:?} of {width}");
    let (rows, columns) = (sequences * heads.length, heads.count * width);
    let places = sequences * heads.count * heads.length;
    // Scores are sums over the width; what hangs on them is summed over the length.
    let depth = heads.length * width;
    // Each beside its gradient in one buffer.
    let beside = |b: &mut Buffers| {
        let buffers = [(); 3].map(|()| b.random(rows, 2 * columns));
        (buffers.map(|view| view.columns(columns, columns)), buffers.map(|view| view.columns(0, columns)))
    };
    all.add(name("attention and back"), depth, "attention", |b| {
        let (from, to) = beside(b);
        let (probabilities, out) = (b.out(places, heads.length), b.left(rows, columns));
        let gradient = b.right(rows, columns);
        let back = AttentionBackward { heads, from, probabilities, gradient, to };
        [Op::Token(Attention { heads, from, probabilities, out }), Op::Token(back)]
    });
    all.add(name("back from anything"), depth, "attention_backward", |b| {
        let (from, to) = beside(b);
        let (probabilities, gradient) = (b.positive(places, heads.length), b.random(rows, columns));
        [Op::Token(AttentionBackward { heads, from, probabilities, gradient, to })]
    });
    all.0
}

/// Means of groups, and copies to all of a group.
pub fn groups(groups: usize, size: usize, columns: usize) -> Vec<Sample> {
    let mut all = Samples::default();
    let name = |what: &str| format!("{what} of {groups} of {size}x{columns}");
    all.add(name("mean"), size, "mean_of_groups", |b| {
        let (from, to) = (b.right(groups * size, columns), b.left(groups, columns));
        [Op::Rows(RowOp::MeanOfGroups { from, to })]
    });
    for accumulate in [false, true] {
        all.add(name("spread"), 1, "spread", |b| {
            let (from, to) = (b.right(groups, columns), b.left(groups * size, columns));
            [Op::Rows(RowOp::Spread { from, to, accumulate })]
        });
    }
    all.0
}

/// Rows brought to mean 0 and variance 1, and back.
pub fn standardized(rows: usize, columns: usize) -> Vec<Sample> {
    let mut all = Samples::default();
    all.add(format!("standardize {rows}x{columns}"), columns, "standardize", |b| {
        let (x, out, deviations) = (b.right(rows, columns), b.left(rows, columns), b.out(1, rows));
        [Op::Rows(RowOp::Standardize { x, out, deviations, epsilon: 1e-5 })]
    });
    all.add(format!("standardize back {rows}x{columns}"), columns, "standardize_backward", |b| {
        let (z, deviations, gradient) = (b.right(rows, columns), b.positive(1, rows), b.left(rows, columns));
        [Op::Rows(RowOp::StandardizeBackward { z, deviations, gradient })]
    });
    all.0
}

const fn square(channels: usize, [height, width]: [usize; 2], [kernel, stride, padding]: [usize; 3]) -> Windows {
    Windows { channels, height, width, kernel, stride, padding }
}

/// Every operation, in every shape that matters.
pub fn all() -> Vec<Sample> {
    let mut all = Vec::new();
    for w in [
        square(1, [1, 1], [1, 1, 0]),
        square(3, [4, 5], [1, 2, 0]),
        square(2, [8, 7], [2, 2, 0]),
        square(3, [7, 5], [3, 1, 1]),
        square(4, [6, 7], [3, 2, 1]),
        square(5, [5, 4], [3, 1, 0]),
        square(1, [9, 11], [7, 2, 3]),
        // Windows larger than the image.
        square(2, [2, 3], [3, 1, 1]),
        // Pixels that no window reaches.
        square(2, [6, 9], [2, 3, 0]),
    ] {
        all.extend(windows(3, w));
    }
    for [images, pixels, channels] in [[1, 1, 1], [3, 6, 5], [2, 35, 17]] {
        all.extend(regrouped(images, pixels, channels));
    }
    for [sequences, length, vocabulary, width] in [[3, 1, 4, 1], [2, 5, 7, 17], [5, 32, 20, 8], [40, 9, 3, 33]] {
        all.extend(tables([sequences, length], vocabulary, width));
    }
    for [sequences, length, heads, width] in
        [[1, 1, 1, 1], [3, 1, 2, 4], [2, 5, 3, 7], [4, 32, 4, 8], [2, 33, 2, 33], [1, 70, 1, 40], [1, 128, 2, 64]]
    {
        all.extend(attention(sequences, Heads { count: heads, length }, width));
    }
    for [size, rows, columns] in [[1, 3, 5], [17, 7, 3], [129, 2, 64]] {
        all.extend(groups(rows, size, columns));
    }
    for [rows, columns] in [[1, 1], [5, 1], [16, 17], [33, 100], [3, 300]] {
        all.extend(standardized(rows, columns));
    }
    all
}

/// Every operation with more than 12 workgroups, and no more than their square.
pub fn many() -> Vec<Sample> {
    let mut all = windows(5, square(3, [16, 15], [3, 1, 1]));
    all.extend(regrouped(40, 35, 17));
    all.extend(tables([30, 5], 120, 40));
    all.extend(attention(17, Heads { count: 3, length: 33 }, 5));
    all.extend(groups(300, 3, 31));
    all.extend(standardized(1000, 3));
    all
}
