//! Lines of equal value on a plane: marching squares.

use std::collections::HashMap;

use super::plane::Plane;

/// A point in cells: (column, row), where (0, 0) is the centre of the first cell.
type Point = (f64, f64);

/// An edge between two neighbouring points of the grid: the lower one, and whether it goes up.
type Edge = (usize, usize, bool);

/// Lines along which the plane has the value `level`, in cells; between centres of cells it is interpolated. A square with
/// an undefined corner has no line.
#[must_use]
pub fn contour(plane: &Plane, level: f64) -> Vec<Vec<Point>> {
    let mut joined: HashMap<Edge, Vec<Edge>> = HashMap::new();
    let mut order = Vec::new();
    for row in 0..plane.rows.saturating_sub(1) {
        for column in 0..plane.columns.saturating_sub(1) {
            for (a, b) in segments(plane, level, column, row) {
                joined.entry(a).or_default().push(b);
                joined.entry(b).or_default().push(a);
                order.extend([a, b]);
            }
        }
    }
    // Ends of open lines first, then what is left: closed ones.
    let is_end = |edge: &Edge, joined: &HashMap<Edge, Vec<Edge>>| joined.get(edge).is_some_and(|next| next.len() == 1);
    let mut lines = Vec::new();
    for only_ends in [true, false] {
        for edge in &order {
            let begins = joined.get(edge).is_some_and(|next| !next.is_empty()) && (!only_ends || is_end(edge, &joined));
            if begins {
                let line = follow(&mut joined, *edge);
                lines.push(line.into_iter().map(|edge| crossing(plane, level, edge)).collect());
            }
        }
    }
    lines
}

/// Takes a line out of the segments, from one edge on.
fn follow(joined: &mut HashMap<Edge, Vec<Edge>>, start: Edge) -> Vec<Edge> {
    let mut line = vec![start];
    let mut at = start;
    while let Some(next) = joined.get_mut(&at).and_then(Vec::pop) {
        if let Some(back) = joined.get_mut(&next)
            && let Some(place) = back.iter().position(|edge| *edge == at)
        {
            back.swap_remove(place);
        }
        line.push(next);
        at = next;
    }
    line
}

/// Segments within the square whose lower left corner is that point.
fn segments(plane: &Plane, level: f64, column: usize, row: usize) -> Vec<(Edge, Edge)> {
    let corners = [(0, 0), (1, 0), (1, 1), (0, 1)].map(|(c, r)| plane.at(column + c, row + r) - level);
    if corners.iter().any(|value| value.is_nan()) {
        return Vec::new();
    }
    let above = corners.map(|value| value >= 0.0);
    // Bottom, right, top, left.
    let edges: [Edge; 4] =
        [(column, row, false), (column + 1, row, true), (column, row + 1, false), (column, row, true)];
    let crossed: Vec<Edge> =
        (0..4).filter(|&side| above[side] != above[(side + 1) % 4]).map(|side| edges[side]).collect();
    match crossed[..] {
        [a, b] => vec![(a, b)],
        [bottom, right, top, left] => {
            // A saddle: the mean decides which corners are joined.
            let is_joined = (corners.iter().sum::<f64>() >= 0.0) == above[0];
            if is_joined { vec![(bottom, right), (top, left)] } else { vec![(bottom, left), (right, top)] }
        }
        _ => Vec::new(),
    }
}

fn crossing(plane: &Plane, level: f64, (column, row, goes_up): Edge) -> Point {
    let (c, r) = if goes_up { (column, row + 1) } else { (column + 1, row) };
    let (a, b) = (plane.at(column, row) - level, plane.at(c, r) - level);
    let share = if a == b { 0.5 } else { a / (a - b) };
    let (x, y) = (column as f64, row as f64);
    if goes_up { (x, y + share) } else { (x + share, y) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(columns: usize, rows: usize, value: impl Fn(f64, f64) -> f64) -> Plane {
        let values = (0..columns * rows).map(|at| value((at % columns) as f64, (at / columns) as f64)).collect();
        Plane { columns, rows, values, finished: vec![true; columns * rows] }
    }

    #[test]
    fn a_straight_boundary_is_one_line() {
        let lines = contour(&plane(5, 4, |x, y| x - 0.5 * y - 0.7), 0.0);
        assert_eq!(lines.len(), 1);
        for (x, y) in &lines[0] {
            assert!((x - 0.5 * y - 0.7).abs() < 1e-12);
        }
        let heights: Vec<f64> = lines[0].iter().map(|point| point.1).collect();
        assert!(heights.is_sorted() || heights.iter().rev().is_sorted(), "{heights:?}");
        assert!((heights[0] - heights[heights.len() - 1]).abs() == 3.0);
    }

    #[test]
    fn a_hill_is_a_closed_line_and_a_gap_has_none() {
        let hill = |x: f64, y: f64| 2.2 - (x - 3.0).hypot(y - 3.0);
        let lines = contour(&plane(7, 7, hill), 0.0);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0][0], lines[0][lines[0].len() - 1]);
        assert!(contour(&plane(2, 2, |x, _| if x == 0.0 { f64::NAN } else { 1.0 }), 0.0).is_empty());
        assert!(contour(&plane(1, 5, |_, y| y - 2.5), 0.0).is_empty());
    }

    #[test]
    fn a_saddle_has_two_lines() {
        let lines = contour(&plane(2, 2, |x, y| if x == y { 1.0 } else { -1.0 }), 0.1);
        assert_eq!(lines.len(), 2);
    }
}
