//! One pass over a matrix on several threads: each has rows of its own, so that no element knows how many there are.

use super::team::{Team, join};
use crate::program::View;

/// Elements that a thread has to have to be worth waking: a pass is bound by memory, and 64 Ki of f32 take some 50 us.
const LEAST_ELEMENTS: usize = 1 << 16;

/// Calls `f` for parts of a matrix: for the numbers of its first row and of its rows, and the memory of these rows, which
/// begins at the first of them. `f` must do the same to a row whatever part it is in.
pub(super) fn share_rows<T: Send>(team: Option<&Team>, view: View, data: &mut [T], f: impl Fn(Part, &mut [T]) + Sync) {
    share_weighted_rows(team, view, view.columns, data, f);
}

/// As [`share_rows`], where a row takes as long as one of `elements` elements.
pub(super) fn share_weighted_rows<T: Send>(
    team: Option<&Team>,
    view: View,
    elements: usize,
    data: &mut [T],
    f: impl Fn(Part, &mut [T]) + Sync,
) {
    let whole = Part { first: 0, rows: view.rows };
    let most = (view.rows * elements / LEAST_ELEMENTS).min(view.rows);
    let parts = team.map_or(1, |team| team.threads().min(most));
    let data = &mut data[view.offset..];
    match team.filter(|_| parts > 1) {
        None => f(whole, data),
        Some(team) => team.gather(|| divide(view.row_stride, whole, parts, data, &f)),
    }
}

/// Rows of a matrix that are gone through together.
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
}

fn divide<T: Send>(stride: usize, part: Part, parts: usize, data: &mut [T], f: &(impl Fn(Part, &mut [T]) + Sync)) {
    if parts <= 1 {
        f(part, data);
        return;
    }
    let here = parts / 2;
    let rows = part.rows * here / parts;
    let (first, second) = data.split_at_mut(rows * stride);
    let rest = Part { first: part.first + rows, rows: part.rows - rows };
    join(|| divide(stride, Part { rows, ..part }, here, first, f), || divide(stride, rest, parts - here, second, f));
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
}
