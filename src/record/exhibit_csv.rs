//! An exhibit's numbers as CSV.

use std::collections::BTreeMap;

use super::exhibit::{Bars, Chart, Exhibit, Heat, Map, Panel, Series, Table};

/// All panels; see [`Exhibit::csv`].
pub(super) fn write(exhibit: &Exhibit) -> String {
    let mut out = String::new();
    for (index, panel) in exhibit.panels.iter().enumerate() {
        if exhibit.panels.len() > 1 {
            if index > 0 {
                out.push('\n');
            }
            // A comment ends with its line.
            let title = panel.title().replace(['\n', '\r'], " ");
            out.push_str(&if title.is_empty() { format!("# panel {}\n", index + 1) } else { format!("# {title}\n") });
        }
        let rows = match panel {
            Panel::Chart(chart) => of_chart(chart),
            Panel::Heat(heat) => of_heat(heat),
            Panel::Map(map) => of_map(map),
            Panel::Bars(bars) => of_bars(bars),
            Panel::Table(Table { header, rows, .. }) => std::iter::once(header).chain(rows).cloned().collect(),
        };
        out.push_str(&block(&rows));
    }
    out
}

fn block(rows: &[Vec<String>]) -> String {
    // Cells that begin like a comment are quoted, so that no reader takes them for one.
    let mut writer = csv::WriterBuilder::new().comment(Some(b'#')).flexible(true).from_writer(Vec::new());
    for row in rows.iter().filter(|row| !row.is_empty()) {
        // Writing to memory does not fail.
        let _ = writer.write_record(row);
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// Fewest digits that read back as the same value.
fn number(value: f64) -> String {
    if value.is_nan() {
        String::new()
    } else if value.fract() == 0.0 && value.abs() < 1e15 {
        format!("{value:.0}")
    } else {
        format!("{value:?}")
    }
}

fn single(value: f32) -> String {
    if value.is_nan() { String::new() } else { format!("{value:?}") }
}

fn name_or(label: &str, otherwise: &str) -> String {
    if label.is_empty() { otherwise.to_owned() } else { label.to_owned() }
}

/// Order of numbers by value, as a key.
fn order(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

fn of_chart(chart: &Chart) -> Vec<Vec<String>> {
    let spread = |series: &Series| series.points.iter().any(|point| point.low.is_some() || point.high.is_some());
    let mut header = vec![name_or(&chart.x.label, "x")];
    let mut first_column = Vec::new();
    for series in &chart.series {
        first_column.push(header.len());
        header.push(series.name.clone());
        if spread(series) {
            header.extend([format!("{}_low", series.name), format!("{}_high", series.name)]);
        }
    }
    let mark_column = header.len();
    if !chart.marks.is_empty() {
        header.push("mark".to_owned());
    }
    let width = header.len();
    // The n-th point of a curve at one x stands in the n-th row of that x.
    let mut rows: BTreeMap<(u64, usize), Vec<String>> = BTreeMap::new();
    let empty = |x: f64| {
        let mut row = vec![String::new(); width];
        row[0] = number(x);
        row
    };
    for (series, &column) in chart.series.iter().zip(&first_column) {
        let mut seen: BTreeMap<u64, usize> = BTreeMap::new();
        for point in &series.points {
            let repeat = seen.entry(order(point.x)).or_default();
            let row = rows.entry((order(point.x), *repeat)).or_insert_with(|| empty(point.x));
            *repeat += 1;
            row[column] = number(point.y);
            if spread(series) {
                row[column + 1] = point.low.map(number).unwrap_or_default();
                row[column + 2] = point.high.map(number).unwrap_or_default();
            }
        }
    }
    for mark in &chart.marks {
        let cell = &mut rows.entry((order(mark.x), 0)).or_insert_with(|| empty(mark.x))[mark_column];
        *cell = if cell.is_empty() { mark.label.clone() } else { format!("{cell}; {}", mark.label) };
    }
    std::iter::once(header).chain(rows.into_values()).collect()
}

fn of_heat(heat: &Heat) -> Vec<Vec<String>> {
    let header = vec![name_or(&heat.y.label, "row"), name_or(&heat.x.label, "x"), name_or(&heat.color_label, "value")];
    let (start, step) = heat.x_edges;
    let cells = heat.values.iter().take(heat.rows * heat.columns).enumerate().map(|(index, value)| {
        let (row, column) = (index / heat.columns, index % heat.columns);
        let label =
            |labels: &Option<Vec<String>>, at: usize| labels.as_ref().and_then(|labels| labels.get(at).cloned());
        let centre = start + (column as f64 + 0.5) * step;
        vec![
            label(&heat.row_labels, row).unwrap_or_else(|| (row + 1).to_string()),
            label(&heat.column_labels, column).unwrap_or_else(|| number(centre)),
            single(*value),
        ]
    });
    std::iter::once(header).chain(cells).collect()
}

fn of_map(map: &Map) -> Vec<Vec<String>> {
    let mut header = vec![name_or(&map.y.label, "y"), name_or(&map.x.label, "x"), name_or(&map.color_label, "value")];
    let is_marked = !map.unfinished.is_empty();
    if is_marked {
        header.push("finished".to_owned());
    }
    let columns = map.x.values.len().max(1);
    let cells = map.values.iter().enumerate().map(|(at, value)| {
        let mut row = vec![number(map.y.values[at / columns]), number(map.x.values[at % columns]), single(*value)];
        if is_marked {
            row.push((!map.unfinished[at]).to_string());
        }
        row
    });
    std::iter::once(header).chain(cells).collect()
}

fn of_bars(bars: &Bars) -> Vec<Vec<String>> {
    let header = std::iter::once("group".to_owned()).chain(bars.series.iter().map(|(name, _, _)| name.clone()));
    let group = |(index, name): (usize, &String)| {
        let values =
            bars.series.iter().map(|(_, _, values)| values.get(index).copied().map(number).unwrap_or_default());
        std::iter::once(name.clone()).chain(values).collect()
    };
    std::iter::once(header.collect()).chain(bars.groups.iter().enumerate().map(group)).collect()
}
