//! The neurons of a layer as dots: one below the other, or in a narrow grid where they are too many for that.

/// Distance of dots that are seen as such, in points; more of them share a row before they get closer.
const CLEAR: f32 = 6.5;
/// Largest distance.
const WIDE: f32 = 26.0;
/// Radius of a dot as a share of their distance, and the largest one.
const RADIUS: (f32, f32) = (0.36, 7.0);

/// Room that the head of the first and of the last column needs to each side.
const OUTER: f32 = 66.0;

/// Middles of columns within `width` points, from the left: the first and the last one as far outside as their heads allow.
#[must_use]
pub fn column_middles(columns: usize, width: f32) -> Vec<f32> {
    let edge = (0.5 * width / columns.max(1) as f32).min(OUTER);
    let pitch = (width - 2.0 * edge) / columns.saturating_sub(1).max(1) as f32;
    if columns == 1 {
        return vec![0.5 * width];
    }
    (0..columns).map(|place| edge + place as f32 * pitch).collect()
}

/// Dots around a centre, numbered row by row from the top.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DotGrid {
    /// How many.
    pub units: usize,
    /// Dots beside each other.
    pub across: usize,
    /// Rows.
    pub rows: usize,
    /// Distance of neighbours, in points.
    pub spacing: f32,
}

impl DotGrid {
    /// As few dots in a row as leave them clear of each other within `width` x `height` points; where that is impossible, as
    /// many as keep them furthest apart.
    #[must_use]
    pub fn new(units: usize, width: f32, height: f32) -> Self {
        let (width, height) = (width.max(1.0), height.max(1.0));
        let spacing = |across: usize| {
            let rows = units.div_ceil(across).max(1) as f32;
            // Neighbouring columns of dots are half a row apart.
            let down = if across > 1 { height / (rows + 0.5) } else { height / rows };
            let beside = if across > 1 { width / across as f32 } else { WIDE };
            down.min(beside).min(WIDE)
        };
        let square = (units as f32 * width / height).sqrt().ceil() as usize + 1;
        let most = square.clamp(1, units.max(1));
        let clear = (1..=most).find(|across| spacing(*across) >= CLEAR);
        let across = clear.or_else(|| (1..=most).max_by(|a, b| spacing(*a).total_cmp(&spacing(*b)))).unwrap_or(1);
        Self { units, across, rows: units.div_ceil(across).max(1), spacing: spacing(across) }
    }

    /// Where a unit lies, from the centre of all: to the right and down, in points.
    #[must_use]
    pub fn place(&self, unit: usize) -> (f32, f32) {
        let (row, column) = (unit / self.across, unit % self.across);
        let middle = |count: usize| (count as f32 - 1.0) / 2.0;
        let x = (column as f32 - middle(self.across)) * self.spacing;
        let y = (row as f32 - middle(self.rows)) * self.spacing + self.shift(column);
        (x, y)
    }

    /// The unit whose dot, or the room around it, is there.
    #[must_use]
    pub fn unit_at(&self, x: f32, y: f32) -> Option<usize> {
        let middle = |count: usize| (count as f32 - 1.0) / 2.0;
        let column = (x / self.spacing + middle(self.across)).round();
        let column = (0.0..self.across as f32).contains(&column).then_some(column as usize)?;
        let row = ((y - self.shift(column)) / self.spacing + middle(self.rows)).round();
        let row = (0.0..self.rows as f32).contains(&row).then_some(row as usize)?;
        Some(row * self.across + column).filter(|unit| *unit < self.units)
    }

    /// Radius of a dot, in points.
    #[must_use]
    pub fn radius(&self) -> f32 {
        (RADIUS.0 * self.spacing).min(RADIUS.1)
    }

    /// Half of width and height.
    #[must_use]
    pub fn half_size(&self) -> (f32, f32) {
        let extra = if self.across > 1 { 0.25 * self.spacing } else { 0.0 };
        (0.5 * self.across as f32 * self.spacing, 0.5 * self.rows as f32 * self.spacing + extra)
    }

    /// How far a column of dots is moved down, so that lines to one do not hide its neighbours.
    fn shift(&self, column: usize) -> f32 {
        match (self.across, column % 2) {
            (1, _) => 0.0,
            (_, 0) => -0.25 * self.spacing,
            _ => 0.25 * self.spacing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_evenly_spaced_within_their_room() {
        assert_eq!(column_middles(1, 300.0), [150.0]);
        assert_eq!(column_middles(3, 732.0), [66.0, 366.0, 666.0]);
        assert_eq!(column_middles(4, 320.0), [40.0, 120.0, 200.0, 280.0]);
        assert!(column_middles(0, 320.0).is_empty());
    }

    #[test]
    fn few_stand_in_a_line_and_many_in_a_grid() {
        assert_eq!(DotGrid::new(12, 100.0, 400.0).across, 1);
        let many = DotGrid::new(128, 100.0, 400.0);
        assert!(many.across > 1 && many.spacing >= CLEAR, "{many:?}");
        let crowd = DotGrid::new(3072, 40.0, 300.0);
        assert!(crowd.spacing < CLEAR && crowd.spacing > 1.5, "{crowd:?}");
    }

    #[test]
    fn every_dot_lies_within_and_is_found_where_it_is() {
        for (units, width, height) in
            [(1, 50.0, 50.0), (12, 100.0, 400.0), (128, 60.0, 320.0), (513, 90.0, 200.0), (3072, 200.0, 380.0)]
        {
            let grid = DotGrid::new(units, width, height);
            let (half_width, half_height) = grid.half_size();
            // Sums of single-precision numbers of this size miss by less than a thousandth of a point.
            assert!(half_height <= height / 2.0 + 1e-3, "{grid:?}");
            assert!(grid.across == 1 || half_width <= width / 2.0 + 1e-3, "{grid:?}");
            for unit in 0..units {
                let (x, y) = grid.place(unit);
                assert!(x.abs() <= half_width && y.abs() <= half_height, "{grid:?} {unit}");
                assert_eq!(grid.unit_at(x, y), Some(unit), "{grid:?}");
            }
            assert_eq!(grid.unit_at(0.0, half_height + grid.spacing), None);
        }
    }
}
