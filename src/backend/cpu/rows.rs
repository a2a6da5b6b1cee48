//! One pass over matrices on several threads: each has rows of its own, so that no element knows how many there are.

use super::team::{Team, join};
use crate::program::View;

/// Elements that a thread has to have to be worth waking: a pass is bound by memory, and 64 Ki of f32 take some 50 us.
const LEAST_ELEMENTS: usize = 1 << 16;

/// Parts that a sum is cut into, at most.
const MOST_PARTS: usize = 64;

/// Rows of one shape that are gone through, and what one costs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// How many.
    pub(super) rows: usize,
    /// A row takes as long as a pass over so many elements.
    pub(super) elements: usize,
}

/// Memory that is written, from the first row on.
pub(super) struct Written<'a, T> {
    /// Elements from a row to the next.
    pub(super) stride: usize,
    /// The memory; none where nothing is written.
    pub(super) data: &'a mut [T],
}

impl<'a, T> Written<'a, T> {
    /// A matrix in its buffer.
    pub(super) fn of(view: View, data: &'a mut [T]) -> Self {
        Self { stride: view.row_stride, data: data.get_mut(view.offset..).unwrap_or_default() }
    }

    /// The first rows, and the others.
    fn split(self, rows: usize) -> (Self, Self) {
        let at = (rows * self.stride).min(self.data.len());
        let (first, second) = self.data.split_at_mut(at);
        (Self { data: first, ..self }, Self { stride: self.stride, data: second })
    }
}

/// Rows that are gone through together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// The first.
    pub(super) first: usize,
    /// How many.
    pub(super) rows: usize,
}

impl Part {
    /// These rows of a matrix.
    pub(super) fn of(self, view: View) -> View {
        view.rows(self.first, self.rows)
    }

    /// These rows of the matrix that is written, in the memory of the part.
    pub(super) fn written(self, view: View) -> View {
        View { offset: 0, rows: self.rows, ..view }
    }

    /// The first rows, and the others.
    fn split(self, rows: usize) -> (Self, Self) {
        (Self { rows, ..self }, Self { first: self.first + rows, rows: self.rows - rows })
    }
}

/// Calls `f` for parts of a matrix: for the numbers of its first row and of its rows, and the memory of these rows, which
/// begins at the first of them. `f` must do the same to a row whatever part it is in.
pub(super) fn share_rows<T: Send>(team: Option<&Team>, view: View, data: &mut [T], f: impl Fn(Part, &mut [T]) + Sync) {
    let shape = Shape { rows: view.rows, elements: view.columns };
    share_all(team, shape, [Written::of(view, data)], |part, [data]| f(part, data));
}

/// As [`share_rows`], of several matrices that have the same rows.
pub(super) fn share_all<T: Send, const N: usize>(
    team: Option<&Team>,
    shape: Shape,
    written: [Written<'_, T>; N],
    f: impl Fn(Part, [&mut [T]; N]) + Sync,
) {
    let whole = Part { first: 0, rows: shape.rows };
    let most = (shape.rows * shape.elements / LEAST_ELEMENTS).min(shape.rows);
    let threads = team.map_or(1, |team| team.threads().min(most));
    match team.filter(|_| threads > 1) {
        None => f(whole, written.map(|written| written.data)),
        Some(team) => team.gather(|| divide(whole, threads, written, &f)),
    }
}

fn divide<T: Send, const N: usize>(
    part: Part,
    threads: usize,
    written: [Written<'_, T>; N],
    f: &(impl Fn(Part, [&mut [T]; N]) + Sync),
) {
    if threads <= 1 {
        f(part, written.map(|written| written.data));
        return;
    }
    let here = threads / 2;
    let rows = part.rows * here / threads;
    let (part, rest) = part.split(rows);
    let (first, second) = split(written, rows);
    join(|| divide(part, here, first, f), || divide(rest, threads - here, second, f));
}

/// Sums over parts of fixed size, which are added in order: what they come to is a function of the shape, and not of the
/// threads that share the parts. `f` gets what [`share_all`] gives, and may write it.
pub(super) fn share_sums<T: Send, const N: usize, const S: usize>(
    team: Option<&Team>,
    shape: Shape,
    written: [Written<'_, T>; N],
    f: impl Fn(Part, [&mut [T]; N]) -> [f64; S] + Sync,
) -> [f64; S] {
    let whole = Part { first: 0, rows: shape.rows };
    let rows = (LEAST_ELEMENTS / shape.elements.max(1)).max(1).max(shape.rows.div_ceil(MOST_PARTS));
    let mut sums = [[0.0; S]; MOST_PARTS];
    let sums = &mut sums[..shape.rows.div_ceil(rows)];
    let threads = team.map_or(1, |team| team.threads().min(sums.len()));
    match team.filter(|_| threads > 1) {
        None => sum_parts(whole, rows, written, sums, &f),
        Some(team) => team.gather(|| divide_sums(whole, rows, threads, written, sums, &f)),
    }
    let mut total = [0.0; S];
    for sums in sums {
        total.iter_mut().zip(sums).for_each(|(total, sum)| *total += *sum);
    }
    total
}

fn divide_sums<T: Send, const N: usize, const S: usize>(
    part: Part,
    rows: usize,
    threads: usize,
    written: [Written<'_, T>; N],
    sums: &mut [[f64; S]],
    f: &(impl Fn(Part, [&mut [T]; N]) -> [f64; S] + Sync),
) {
    if threads <= 1 {
        sum_parts(part, rows, written, sums, f);
        return;
    }
    let here = threads / 2;
    let count = sums.len() * here / threads;
    let (sums, other_sums) = sums.split_at_mut(count);
    let (part, rest) = part.split(count * rows);
    let (first, second) = split(written, count * rows);
    join(
        || divide_sums(part, rows, here, first, sums, f),
        || divide_sums(rest, rows, threads - here, second, other_sums, f),
    );
}

fn sum_parts<T: Send, const N: usize, const S: usize>(
    mut rest: Part,
    rows: usize,
    mut written: [Written<'_, T>; N],
    sums: &mut [[f64; S]],
    f: &impl Fn(Part, [&mut [T]; N]) -> [f64; S],
) {
    for sums in sums {
        let (part, others) = rest.split(rows.min(rest.rows));
        let (first, second) = split(written, part.rows);
        *sums = f(part, first.map(|written| written.data));
        (rest, written) = (others, second);
    }
}

/// The first rows of each, and the others.
fn split<T, const N: usize>(written: [Written<'_, T>; N], rows: usize) -> ([Written<'_, T>; N], [Written<'_, T>; N]) {
    let mut others = [const { None }; N];
    let mut place = others.iter_mut();
    let first = written.map(|written| {
        let (first, second) = written.split(rows);
        if let Some(place) = place.next() {
            *place = Some(second);
        }
        first
    });
    (first, others.map(|other| other.expect("there are as many places as matrices")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::BufferId;

    #[test]
    fn every_row_is_gone_through_once_whatever_the_team() {
        let view = View { buffer: BufferId(0), offset: 5, rows: 301, columns: 700, row_stride: 703 };
        let mut alone = vec![0; view.end()];
        let number = |part: Part, data: &mut [i32]| {
            let own = part.written(view);
            for row in 0..own.rows {
                let from = own.offset + row * own.row_stride;
                for (column, value) in data[from..from + own.columns].iter_mut().enumerate() {
                    *value += ((part.first + row) * 1000 + column + 1) as i32;
                }
            }
        };
        share_rows(None, view, &mut alone, number);
        for threads in [1, 2, 3] {
            let team = Team::new(threads).expect("some threads");
            let mut shared = vec![0; view.end()];
            team.lead(|| share_rows(Some(&team), view, &mut shared, number));
            assert!(shared == alone, "{threads} threads");
        }
        assert_eq!(alone[5 + 300 * 703 + 2], 300_003);
    }

    /// Sums whose bits show their order, and two matrices of which one is absent.
    #[test]
    fn sums_do_not_depend_on_the_team() {
        for (rows, columns) in [(0, 3), (1, 3), (93, 700), (94, 700), (1000, 700), (200_000, 2)] {
            let view = View { buffer: BufferId(0), offset: 5, rows, columns, row_stride: columns + 1 };
            let sum = |team: Option<&Team>| {
                let mut data = vec![1_u32; view.offset + rows * view.row_stride];
                let shape = Shape { rows, elements: columns };
                let written = [Written::of(view, &mut data), Written { stride: 0, data: &mut [] }];
                let sums = share_sums(team, shape, written, |part, [data, absent]| {
                    assert!(absent.is_empty());
                    let own = part.written(view);
                    let mut sums = [0.0; 2];
                    for row in 0..own.rows {
                        for (column, value) in data[row * own.row_stride..][..columns].iter_mut().enumerate() {
                            sums[0] += 1.0 / ((part.first + row) * columns + column + 1) as f64;
                            sums[1] += f64::from(*value);
                            *value += 1;
                        }
                    }
                    sums
                });
                (sums.map(f64::to_bits), data)
            };
            let (expected, data) = sum(None);
            // Every element once, and nothing beside them.
            assert_eq!(f64::from_bits(expected[1]), (rows * columns) as f64);
            assert_eq!(data.iter().filter(|&&value| value == 2).count(), rows * columns);
            for threads in [1, 2, 3] {
                let team = Team::new(threads).expect("some threads");
                assert!(
                    team.lead(|| sum(Some(&team))) == (expected, data.clone()),
                    "{rows}x{columns}, {threads} threads"
                );
            }
        }
    }
}
