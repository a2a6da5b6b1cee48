//! Where columns and units lie.

use eframe::egui::{Pos2, Rect, pos2, vec2};

use crate::record::{Connection, DotGrid, NetworkDrawing, column_middles};

/// Columns are never closer than this; more of them are scrolled.
pub const PITCH: f32 = 76.0;
/// Share of a column's room that its dots may take.
const DOTS: f32 = 0.46;
/// Room above the dots for name and cosine, and below them for their number.
const HEAD: f32 = 36.0;
/// What each further row of a name takes, and about how wide a letter is.
const ROW: f32 = 15.0;
const LETTER: f32 = 6.6;
const FOOT: f32 = 20.0;
/// Lower drawings have no words below the dots.
const LOW: f32 = 150.0;
/// Room between dots and edge.
const EDGE: f32 = 4.0;
/// How far from a dot or a line the pointer may be, in points.
const REACH: f32 = 4.0;

/// The columns in their places.
pub struct Plan {
    /// All of it.
    pub area: Rect,
    /// Where the dots are.
    pub dots: Rect,
    /// Width of a column's room.
    pub pitch: f32,
    /// Rows that names may take.
    pub rows: usize,
    columns: Vec<(Pos2, DotGrid)>,
}

/// What the pointer is at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Found {
    /// Column and unit.
    Unit(usize, usize),
    /// A connection, by its place among those shown.
    Line(usize),
}

impl Plan {
    /// Lays the columns of a drawing side by side.
    #[must_use]
    pub fn new(area: Rect, drawing: &NetworkDrawing) -> Self {
        let middles = column_middles(drawing.columns.len(), area.width());
        let pitch = match middles[..] {
            [first, second, ..] => second - first,
            _ => area.width(),
        };
        let is_long = |title: &str| title.chars().count() as f32 * LETTER > pitch - 6.0;
        let rows_of = |title: &str| match title.chars().count() {
            _ if !is_long(title) => 1,
            letters if letters as f32 * LETTER <= 1.7 * (pitch - 6.0) => 2,
            // What tells two layers apart may be the last word.
            _ => 3,
        };
        let rows = drawing.columns.iter().map(|column| rows_of(&column.title)).max().unwrap_or(1);
        let head = HEAD + (rows - 1) as f32 * ROW;
        let foot = if area.height() < LOW { EDGE } else { FOOT };
        let (top, bottom) = (area.top() + head, (area.bottom() - foot).max(area.top() + head + 1.0));
        let dots = Rect::from_x_y_ranges(area.x_range(), top..=bottom);
        let columns = drawing.columns.iter().zip(middles).map(|(column, middle)| {
            let center = pos2(area.left() + middle, dots.center().y);
            (center, DotGrid::new(column.units, pitch * DOTS, dots.height() - EDGE))
        });
        let columns = columns.collect();
        Self { area, dots, pitch, rows, columns }
    }

    /// Whether there is room for words below the dots.
    #[must_use]
    pub fn has_foot(&self) -> bool {
        self.area.height() >= LOW
    }

    /// The room of a column's head.
    #[must_use]
    pub fn head(&self, column: usize) -> Rect {
        let center = self.center(column).x;
        let half = (0.5 * self.pitch).min(center - self.area.left()).min(self.area.right() - center);
        let size = vec2(2.0 * half, self.dots.top() - self.area.top());
        Rect::from_min_size(pos2(center - half, self.area.top()), size)
    }

    /// The middle of a column.
    #[must_use]
    pub fn center(&self, column: usize) -> Pos2 {
        self.columns.get(column).map_or(self.area.center(), |(center, _)| *center)
    }

    /// Radius of the dots of a column.
    #[must_use]
    pub fn radius(&self, column: usize) -> f32 {
        self.columns.get(column).map_or(0.0, |(_, grid)| grid.radius())
    }

    /// Where a unit is.
    #[must_use]
    pub fn at(&self, (column, unit): (usize, usize)) -> Pos2 {
        let Some((center, grid)) = self.columns.get(column) else { return self.area.center() };
        let (x, y) = grid.place(unit);
        *center + vec2(x, y)
    }

    /// Ends of a connection.
    #[must_use]
    pub fn ends(&self, line: &Connection) -> [Pos2; 2] {
        [self.at(line.from), self.at(line.to)]
    }

    /// What lies under the pointer: a unit before a line, and of lines the nearest.
    #[must_use]
    pub fn find(&self, drawing: &NetworkDrawing, at: Pos2) -> Option<Found> {
        for (column, (center, grid)) in self.columns.iter().enumerate() {
            let from = at - *center;
            let Some(unit) = grid.unit_at(from.x, from.y) else { continue };
            if self.at((column, unit)).distance(at) <= grid.radius() + REACH.min(grid.spacing * 0.5) {
                return Some(Found::Unit(column, unit));
            }
        }
        let distance = |line: &Connection| distance(self.ends(line), at);
        let lines = drawing.connections.iter().enumerate().map(|(place, line)| (place, distance(line)));
        let nearest = lines.min_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, distance)| *distance <= REACH);
        nearest.map(|(place, _)| Found::Line(place))
    }
}

/// From a point to the part of a line between its ends.
fn distance([a, b]: [Pos2; 2], at: Pos2) -> f32 {
    let along = b - a;
    let share = if along.length_sq() > 0.0 { ((at - a).dot(along) / along.length_sq()).clamp(0.0, 1.0) } else { 0.0 };
    (a + share * along).distance(at)
}

#[cfg(test)]
mod tests {
    use super::super::reading::{Reading, tests::moment};
    use super::*;
    use crate::record::NeuronReading;

    #[test]
    fn units_and_lines_are_found_where_they_are() {
        let reading = Reading::new(&moment(&[8, 40, 8], false), NeuronReading::Signal);
        let drawing = reading.of_neuron(1, 3).expect("there is such a neuron");
        let plan = Plan::new(Rect::from_min_size(pos2(30.0, 60.0), vec2(700.0, 400.0)), &drawing);
        for (column, units) in [8, 40, 8].into_iter().enumerate() {
            for unit in 0..units {
                let at = plan.at((column, unit));
                assert!(plan.dots.contains(at));
                assert_eq!(plan.find(&drawing, at), Some(Found::Unit(column, unit)));
            }
        }
        let line = drawing.connections[0];
        let [a, b] = plan.ends(&line);
        let found = plan.find(&drawing, a + 0.37 * (b - a));
        assert!(matches!(found, Some(Found::Line(place)) if drawing.connections[place] == line), "{found:?}");
        assert_eq!(plan.find(&drawing, plan.area.left_top()), None);
    }
}
