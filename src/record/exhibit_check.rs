//! Whether an exhibit can be drawn: lengths of what it is made of fit each other.

use super::error::RecordError;
use super::exhibit::{BarSeries, Bars, Exhibit, Heat, Map, Panel, Series};

impl Exhibit {
    /// Whether lengths fit each other.
    pub(super) fn check(&self) -> Result<(), RecordError> {
        for panel in &self.panels {
            let wrong = match panel {
                Panel::Chart(_) => None,
                Panel::Heat(heat) => heat.inconsistency(),
                Panel::Map(map) => map.inconsistency(),
                Panel::Bars(bars) => bars.inconsistency(),
                Panel::Groups(groups) => {
                    let is_wrong = |series: &&Series| series.points.len() != groups.groups.len();
                    groups.series.iter().find(is_wrong).map(|series| {
                        let (name, points) = (&series.name, series.points.len());
                        format!("'{name}' has {points} points for {} groups", groups.groups.len())
                    })
                }
                Panel::Places(places) => places.inconsistency(),
                Panel::Network(network) => network.inconsistency(),
                Panel::Table(table) => table
                    .rows
                    .iter()
                    .find(|row| row.len() != table.header.len())
                    .map(|row| format!("a row has {} cells for {} columns", row.len(), table.header.len())),
            };
            if let Some(wrong) = wrong {
                return Err(self.failure(format!("panel '{}': {wrong}", panel.title())));
            }
        }
        Ok(())
    }
}

impl Map {
    fn inconsistency(&self) -> Option<String> {
        let (columns, rows) = (self.x.values.len(), self.y.values.len());
        let wrong = |count: usize, what: &str| {
            (columns.checked_mul(rows) != Some(count)).then(|| format!("{count} {what} for {rows} x {columns} cells"))
        };
        let marks = if self.unfinished.is_empty() { None } else { wrong(self.unfinished.len(), "marks") };
        wrong(self.values.len(), "values").or(marks)
    }
}

impl Bars {
    fn inconsistency(&self) -> Option<String> {
        let groups = self.groups.len();
        let wrong = |one: &BarSeries, values: usize, what: &str| {
            (values != groups).then(|| format!("'{}' has {values} {what} for {groups} groups", one.name))
        };
        let spreads = |one: &BarSeries| if one.spreads.is_empty() { groups } else { one.spreads.len() };
        self.series
            .iter()
            .find_map(|one| wrong(one, one.values.len(), "values").or_else(|| wrong(one, spreads(one), "spreads")))
    }
}

impl Heat {
    fn inconsistency(&self) -> Option<String> {
        if self.rows.checked_mul(self.columns) != Some(self.values.len()) {
            return Some(format!("{} values for {} x {} cells", self.values.len(), self.rows, self.columns));
        }
        let wrong = |labels: &Option<Vec<String>>, count: usize, what: &str| {
            let labels = labels.as_ref().map(Vec::len).filter(|labels| *labels != count)?;
            Some(format!("{labels} labels for {count} {what}"))
        };
        wrong(&self.row_labels, self.rows, "rows").or_else(|| wrong(&self.column_labels, self.columns, "columns"))
    }
}
