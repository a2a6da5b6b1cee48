//! In which order cells are trained: a coarse grid over the whole plane first, then finer ones, and among the finer cells
//! first those between neighbours of opposite sign. The order changes nothing but when a cell is known.

use std::collections::VecDeque;

use super::grid::{Grid, Place};
use crate::experiment::SweepAxis;

/// Cells of the coarse grid, at most.
const COARSE: usize = 64;

/// A cell that is to be trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Waiting {
    cell: usize,
    /// Distance, in cells, of the grid on which it is refined; the coarse grid has the largest.
    stride: usize,
}

/// Hands out cells one by one.
#[derive(Clone, Debug)]
pub struct Planner {
    columns: usize,
    rows: usize,
    /// Whether columns and rows go over values that are no numbers: all of them are on every grid, as nothing is known of
    /// one from its neighbours.
    whole: [bool; 2],
    /// Cells of the coarse grid, all handed out before the others.
    coarse: VecDeque<usize>,
    waiting: Vec<Waiting>,
    /// The next ones of `waiting`, last first, in the order that was best when they were chosen.
    next: Vec<usize>,
    /// Sign of each point, of its first seed; 0 where it is not known or has none.
    signs: Vec<i8>,
    known: Vec<bool>,
}

impl Planner {
    /// For the cells of a grid that `is_wanted` is true of.
    #[must_use]
    pub fn new(grid: &Grid, is_wanted: impl Fn(usize) -> bool) -> Self {
        let (columns, rows) = (grid.columns(), grid.rows());
        let whole = [Some(grid.x()), grid.y()].map(|axis| axis.is_some_and(SweepAxis::is_category));
        let lines = |count: usize, is_whole: bool, stride: usize| if is_whole { count } else { lines(count, stride) };
        let coarse_cells = |stride: usize| lines(columns, whole[0], stride) * lines(rows, whole[1], stride);
        let mut largest = 1;
        // Beyond the axes' lengths a wider grid has no fewer lines.
        while coarse_cells(largest) > COARSE && largest < columns.max(rows) {
            largest *= 2;
        }
        let points = columns * rows;
        let mut coarse = VecDeque::new();
        let mut waiting = Vec::new();
        for cell in (0..grid.cells()).filter(|cell| is_wanted(*cell)) {
            let Place { column, row, seed_place } = grid.place(cell);
            let on =
                |stride: usize| (whole[0] || is_on(column, columns, stride)) && (whole[1] || is_on(row, rows, stride));
            // The stride halves from grid to grid, and every cell is on that of 1.
            let stride =
                std::iter::successors(Some(largest), |s| (*s > 1).then_some(s / 2)).find(|s| on(*s)).unwrap_or(1);
            if stride == largest && seed_place == 0 {
                coarse.push_back(cell);
            } else {
                waiting.push(Waiting { cell, stride });
            }
        }
        Self {
            columns,
            rows,
            whole,
            coarse,
            waiting,
            next: Vec::new(),
            signs: vec![0; points],
            known: vec![false; points],
        }
    }

    /// Tells what a cell has come to, or that it has none: the alignment whose sign is followed.
    pub fn learn(&mut self, cell: usize, alignment: Option<f64>) {
        if cell < self.signs.len() {
            self.known[cell] = true;
            self.signs[cell] =
                alignment.filter(|value| *value != 0.0).map_or(0, |value| if value > 0.0 { 1 } else { -1 });
        }
    }

    /// The next cell of the coarse grid.
    pub fn next_coarse(&mut self) -> Option<usize> {
        self.coarse.pop_front()
    }

    /// The next cell.
    pub fn next_cell(&mut self) -> Option<usize> {
        if let Some(cell) = self.coarse.pop_front() {
            return Some(cell);
        }
        if self.next.is_empty() {
            self.choose();
        }
        self.next.pop()
    }

    /// Cells not handed out yet.
    #[must_use]
    pub fn left(&self) -> usize {
        self.coarse.len() + self.waiting.len() + self.next.len()
    }

    /// Puts the waiting cells in order and takes some from the front.
    fn choose(&mut self) {
        let points = self.signs.len();
        let mut ranked: Vec<_> = std::mem::take(&mut self.waiting)
            .into_iter()
            .map(|one| {
                let seed = one.cell / points;
                let is_between = seed == 0 && self.is_between_signs(one);
                (seed, !is_between, usize::MAX - one.stride, one)
            })
            .collect();
        ranked.sort_unstable_by_key(|(seed, rest, stride, one)| (*seed, *rest, *stride, one.cell));
        // What is learnt meanwhile may change the order: so only a few. Yet not so few that ordering a large grid again
        // and again would take long.
        let few = (ranked.len() / 16).max(8).min(ranked.len());
        // Those between signs by themselves: what they show may put others between signs, before the rest.
        let between = ranked.iter().take_while(|(_, rest, ..)| !rest).count();
        let count = if between > 0 { few.min(between) } else { few };
        self.next = ranked[..count].iter().rev().map(|(.., one)| one.cell).collect();
        self.waiting = ranked[count..].iter().map(|(.., one)| *one).collect();
    }

    /// Whether the known neighbours on the next coarser grid differ in sign.
    fn is_between_signs(&self, one: Waiting) -> bool {
        let (column, row) = (one.cell % self.columns, one.cell / self.columns);
        let wide = one.stride * 2;
        let sides = |at: usize, count: usize, is_whole: bool| {
            if is_whole {
                return [at, at];
            }
            let below = at / wide * wide;
            let above = if at.is_multiple_of(wide) { at } else { (below + wide).min(count - 1) };
            // The last line belongs to every grid.
            [if at == count - 1 { at } else { below }, above]
        };
        let mut seen = [false; 2];
        for r in sides(row, self.rows, self.whole[1]) {
            for c in sides(column, self.columns, self.whole[0]) {
                match self.signs[r * self.columns + c] {
                    1 => seen[1] = true,
                    -1 => seen[0] = true,
                    _ => {}
                }
            }
        }
        seen[0] && seen[1]
    }
}

/// Lines of an axis on the grid of a stride: every `stride`-th, and the last.
fn lines(count: usize, stride: usize) -> usize {
    (0..count).filter(|at| is_on(*at, count, stride)).count()
}

fn is_on(at: usize, count: usize, stride: usize) -> bool {
    at.is_multiple_of(stride) || at == count - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Experiment, Sweep};

    fn grid(columns: usize, rows: usize, seeds: usize) -> Grid {
        let sweep = Sweep {
            x: "noise.weight_sd".into(),
            x_points: columns,
            y: "regularizer.weight_decay".into(),
            y_points: rows,
            seeds,
            ..Sweep::default()
        };
        Grid::new(&Experiment { sweep: Some(sweep), ..Experiment::default() }).expect("allowed")
    }

    #[test]
    fn every_cell_once_and_the_whole_plane_first() {
        let grid = grid(20, 20, 2);
        let mut planner = Planner::new(&grid, |_| true);
        let mut order = Vec::new();
        while let Some(cell) = planner.next_cell() {
            order.push(cell);
            let Place { column, row, .. } = grid.place(cell);
            // A boundary along the diagonal.
            planner.learn(cell, Some(if column > row { 1.0 } else { -1.0 }));
        }
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..800).collect::<Vec<_>>());
        let coarse: Vec<Place> = order[..COARSE].iter().map(|cell| grid.place(*cell)).take(36).collect();
        for corner in [(0, 0), (19, 0), (0, 19), (19, 19)] {
            assert!(coarse.iter().any(|p| (p.column, p.row) == corner), "{corner:?} is in the coarse grid");
        }
        // After the coarse grid come cells near the diagonal before cells far from it.
        let far = |cell: &usize| {
            let Place { column, row, .. } = grid.place(*cell);
            column.abs_diff(row)
        };
        let (near, rest) = order[36..400].split_at(60);
        let mean = |cells: &[usize]| cells.iter().map(|c| far(c) as f64).sum::<f64>() / cells.len() as f64;
        assert!(mean(near) < 0.5 * mean(rest), "{} and {}", mean(near), mean(rest));
        // The second seed waits for the first.
        assert!(order[..400].iter().all(|cell| grid.place(*cell).seed_place == 0));
    }

    #[test]
    fn signs_are_followed_along_numbers_only() {
        let text = "[sweep]\nx = \"rule.kind\"\nx_values = [\"sgd\", \"hebb\", \"oja\"]\n\
                    y = \"regularizer.weight_decay\"\ny_points = 100\n";
        let grid = Grid::new(&crate::experiment::from_toml("text", text).expect("allowed")).expect("a grid");
        let mut planner = Planner::new(&grid, |_| true);
        let mut order = Vec::new();
        while let Some(cell) = planner.next_cell() {
            order.push(grid.place(cell));
            let Place { column, row, .. } = grid.place(cell);
            // Only the second rule changes its sign, at row 70.
            planner.learn(cell, Some(if column == 0 || column == 1 && row < 70 { -1.0 } else { 1.0 }));
        }
        assert_eq!(order.len(), 300);
        let coarse = order.iter().take_while(|place| place.row.is_multiple_of(8) || place.row == 99).count();
        assert!((3..=COARSE).contains(&coarse), "{coarse}");
        // Neighbours of opposite sign in other columns are none.
        let next = &order[coarse..coarse + 3];
        assert!(next.iter().all(|place| place.column == 1 && place.row.abs_diff(70) <= 8), "{next:?}");
    }

    #[test]
    fn large_grids_are_ordered_soon() {
        let grid = grid(300, 300, 1);
        let mut planner = Planner::new(&grid, |_| true);
        let mut count = 0;
        while planner.next_cell().is_some() {
            count += 1;
        }
        assert_eq!((count, planner.left()), (90_000, 0));
    }
}
