//! The teacher's matrix product: the same bits on every instruction set.

/// Terms that are summed by themselves before they are added to the others.
const DEPTH: usize = 256;
/// Outputs side by side, and rows, whose sums are held at once: registers of 16 lanes, or pairs of eight.
const WIDTH: usize = 16;
const ROWS: usize = 4;

/// A matrix, out x in, laid out for [`Packed::multiply`].
pub(super) struct Packed {
    /// Panels of [`WIDTH`] outputs, each inputs x WIDTH; the last one is filled up with zeros.
    panels: Vec<f32>,
    inputs: usize,
    outputs: usize,
}

/// Rows of a row-major matrix.
#[derive(Clone, Copy)]
struct Rows<'a> {
    values: &'a [f32],
    width: usize,
}

impl Packed {
    /// Lays out `weights`, row by row, `inputs` a row. `None` where there is no memory for it.
    pub(super) fn new(weights: &[f32], inputs: usize) -> Option<Self> {
        let outputs = weights.len() / inputs.max(1);
        let mut panels = Vec::new();
        panels.try_reserve_exact(outputs.div_ceil(WIDTH) * WIDTH * inputs).ok()?;
        panels.resize(outputs.div_ceil(WIDTH) * WIDTH * inputs, 0.0);
        for (output, row) in weights.chunks_exact(inputs.max(1)).enumerate() {
            let panel = &mut panels[output / WIDTH * WIDTH * inputs..];
            for (input, &weight) in row.iter().enumerate() {
                panel[input * WIDTH + output % WIDTH] = weight;
            }
        }
        Some(Self { panels, inputs, outputs })
    }

    /// `out = x W^T + bias`, row by row; `x` and `out` are row-major.
    ///
    /// An output is the sum of the sums over [`DEPTH`] inputs each, in order, added to the bias; a term is added with a
    /// single rounding. Where the processor has no instruction for that, or may not use it, it is computed.
    pub(super) fn multiply(&self, x: &[f32], bias: Option<&[f32]>, out: &mut [f32]) {
        for row in out.chunks_exact_mut(self.outputs.max(1)) {
            match bias {
                Some(bias) => row.copy_from_slice(bias),
                None => row.fill(0.0),
            }
        }
        if self.inputs > 0 && self.outputs > 0 {
            multiply(self, Rows { values: x, width: self.inputs }, out);
        }
    }
}

crate::dispatched! { fn multiply(packed: &Packed, x: Rows<'_>, out: &mut [f32]) = multiply_body }

#[inline(always)]
fn multiply_body(packed: &Packed, x: Rows<'_>, out: &mut [f32]) {
    let Packed { panels, inputs, outputs } = packed;
    for (panel, first) in panels.chunks_exact(WIDTH * inputs).zip((0..*outputs).step_by(WIDTH)) {
        let columns = first..(first + WIDTH).min(*outputs);
        let mut blocks = x.values.chunks_exact(ROWS * x.width);
        let mut row = 0;
        for block in &mut blocks {
            add_panel::<ROWS>(panel, Rows { values: block, ..x }, &mut out[row * outputs..], *outputs, columns.clone());
            row += ROWS;
        }
        for block in blocks.remainder().chunks_exact(x.width) {
            add_panel::<1>(panel, Rows { values: block, ..x }, &mut out[row * outputs..], *outputs, columns.clone());
            row += 1;
        }
    }
}

#[inline(always)]
fn add_panel<const R: usize>(
    panel: &[f32],
    x: Rows<'_>,
    out: &mut [f32],
    outputs: usize,
    columns: std::ops::Range<usize>,
) {
    for from in (0..x.width).step_by(DEPTH) {
        let to = (from + DEPTH).min(x.width);
        let mut sums = [[0.0_f32; WIDTH]; R];
        let rows: [&[f32]; R] = std::array::from_fn(|row| &x.values[row * x.width + from..row * x.width + to]);
        for (input, weights) in panel[from * WIDTH..to * WIDTH].chunks_exact(WIDTH).enumerate() {
            for (sums, row) in sums.iter_mut().zip(&rows) {
                for (sum, &weight) in sums.iter_mut().zip(weights) {
                    *sum = row[input].mul_add(weight, *sum);
                }
            }
        }
        for (row, sums) in sums.iter().enumerate() {
            for (out, sum) in out[row * outputs..][columns.clone()].iter_mut().zip(sums) {
                *out += sum;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    fn random(stream: &str, count: usize) -> Vec<f32> {
        let mut values = vec![0.0; count];
        Stream::new(4, stream).fill_normal(0, &mut values);
        values
    }

    /// One rounding a term, in the order that is promised: by another way, so that no compiler can choose.
    fn expected(weights: &[f32], inputs: usize, x: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        let rows = weights.chunks_exact(inputs);
        let output = |x: &[f32], (place, row): (usize, &[f32])| {
            let blocks = x.chunks(DEPTH).zip(row.chunks(DEPTH));
            blocks.fold(bias.map_or(0.0, |bias| bias[place]), |total, (x, row)| {
                total + x.iter().zip(row).fold(0.0, |sum, (&x, &w)| fused(x, w, sum))
            })
        };
        x.chunks_exact(inputs).flat_map(|x| rows.clone().enumerate().map(move |row| output(x, row))).collect()
    }

    /// `a * b + c` rounded once. The product of two f32 is exact in f64; the sum, rounded to odd there, rounds to f32 as
    /// the exact one does (Boldo and Melquiond 2008), as f64 has more than two digits more than twice.
    fn fused(a: f32, b: f32, c: f32) -> f32 {
        let (product, c) = (f64::from(a) * f64::from(b), f64::from(c));
        let sum = product + c;
        let of_c = sum - product;
        let error = (product - (sum - of_c)) + (c - of_c);
        if error == 0.0 || sum.to_bits() & 1 == 1 {
            return sum as f32;
        }
        let away = (error > 0.0) == (sum > 0.0);
        f64::from_bits(if away { sum.to_bits() + 1 } else { sum.to_bits() - 1 }) as f32
    }

    #[test]
    fn every_version_gives_the_bits_that_are_promised() {
        for (rows, inputs, outputs) in [(1, 1, 1), (3, 5, 17), (9, 32, 16), (5, 256, 40), (6, 700, 3), (256, 33, 19)] {
            let (weights, x) = (random("weights", outputs * inputs), random("x", rows * inputs));
            let bias = random("bias", outputs);
            let packed = Packed::new(&weights, inputs).expect("small");
            for bias in [None, Some(&bias[..])] {
                let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
                let expected = bits(&expected(&weights, inputs, &x, bias));
                let mut out = vec![f32::NAN; rows * outputs];
                packed.multiply(&x, bias, &mut out);
                assert_eq!(bits(&out), expected, "as dispatched, {rows}x{inputs}x{outputs}");
                // The version for processors without an instruction for a term.
                out.fill(0.0);
                out.chunks_exact_mut(outputs)
                    .zip(bias.iter().cycle())
                    .for_each(|(row, bias)| row.copy_from_slice(bias));
                multiply_body(&packed, Rows { values: &x, width: inputs }, &mut out);
                assert_eq!(bits(&out), expected, "portable, {rows}x{inputs}x{outputs}");
            }
        }
    }
}
