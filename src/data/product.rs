//! The teacher's matrix product: the same bits on every instruction set.

/// Terms that are summed by themselves before they are added to the others.
const DEPTH: usize = 256;
/// Rows that are multiplied together, so that a weight that was loaded serves all of them.
const ROWS: usize = 4;

/// A matrix, out x in, laid out for [`Packed::multiply`].
pub(super) struct Packed {
    /// in x out.
    transposed: Vec<f32>,
    inputs: usize,
    outputs: usize,
}

impl Packed {
    /// Lays out `weights`, row by row, `inputs` a row. `None` where there is no memory for it.
    pub(super) fn new(weights: &[f32], inputs: usize) -> Option<Self> {
        let outputs = weights.len() / inputs.max(1);
        let mut transposed = Vec::new();
        transposed.try_reserve_exact(weights.len()).ok()?;
        transposed.resize(weights.len(), 0.0);
        for (output, row) in weights.chunks_exact(inputs.max(1)).enumerate() {
            for (input, &weight) in row.iter().enumerate() {
                transposed[input * outputs + output] = weight;
            }
        }
        Some(Self { transposed, inputs, outputs })
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
            multiply(self, x, out, &mut vec![0.0; ROWS * self.outputs]);
        }
    }
}

crate::dispatched! { fn multiply(packed: &Packed, x: &[f32], out: &mut [f32], sums: &mut [f32]) = multiply_body }

/// Adds the product to `out`; `sums` is room for [`ROWS`] rows of it.
#[inline(always)]
fn multiply_body(packed: &Packed, x: &[f32], out: &mut [f32], sums: &mut [f32]) {
    let &Packed { inputs, outputs, .. } = packed;
    for (x, out) in x.chunks(ROWS * inputs).zip(out.chunks_mut(ROWS * outputs)) {
        for (from, weights) in (0..inputs).step_by(DEPTH).zip(packed.transposed.chunks(DEPTH * outputs)) {
            sums.fill(0.0);
            if let Some(x) = rows_of(x, inputs) {
                let (first, last) = sums.split_at_mut(2 * outputs);
                let ((a, b), (c, d)) = (first.split_at_mut(outputs), last.split_at_mut(outputs));
                for (input, weights) in (from..).zip(weights.chunks_exact(outputs)) {
                    add_four(x.map(|row| row[input]), weights, [a, b, c, d]);
                }
            } else {
                for (x, sums) in x.chunks_exact(inputs).zip(sums.chunks_exact_mut(outputs)) {
                    for (x, weights) in x[from..].iter().zip(weights.chunks_exact(outputs)) {
                        add_one(*x, weights, sums);
                    }
                }
            }
            for (out, sum) in out.iter_mut().zip(&*sums) {
                *out += sum;
            }
        }
    }
}

/// The rows of a whole block of [`ROWS`].
#[inline(always)]
fn rows_of(x: &[f32], inputs: usize) -> Option<[&[f32]; ROWS]> {
    (x.len() == ROWS * inputs).then(|| std::array::from_fn(|row| &x[row * inputs..(row + 1) * inputs]))
}

/// Adds a term to the sums of four rows.
#[inline(always)]
fn add_four(x: [f32; 4], weights: &[f32], [a, b, c, d]: [&mut [f32]; 4]) {
    let n = weights.len();
    let (a, b, c, d) = (&mut a[..n], &mut b[..n], &mut c[..n], &mut d[..n]);
    for i in 0..n {
        a[i] = x[0].mul_add(weights[i], a[i]);
        b[i] = x[1].mul_add(weights[i], b[i]);
        c[i] = x[2].mul_add(weights[i], c[i]);
        d[i] = x[3].mul_add(weights[i], d[i]);
    }
}

/// Adds a term to the sums of a row.
#[inline(always)]
fn add_one(x: f32, weights: &[f32], sums: &mut [f32]) {
    for (sum, &weight) in sums.iter_mut().zip(weights) {
        *sum = x.mul_add(weight, *sum);
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
                multiply_body(&packed, &x, &mut out, &mut vec![0.0; ROWS * outputs]);
                assert_eq!(bits(&out), expected, "portable, {rows}x{inputs}x{outputs}");
            }
        }
    }
}
