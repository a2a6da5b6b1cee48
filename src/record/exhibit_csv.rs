//! An exhibit's numbers as CSV.

use std::collections::BTreeMap;

use super::exhibit::{
    BarSeries, Bars, Binned, Chart, CsvTable, Exhibit, Groups, Heat, Map, Panel, Series, SeriesPoint, Table,
};

/// Longest part of a name.
const LONGEST: usize = 48;

/// All panels; see [`Exhibit::tables`].
pub(super) fn tables(exhibit: &Exhibit) -> Vec<CsvTable> {
    let mut tables: Vec<CsvTable> = Vec::new();
    let mut is_taken = vec![false; exhibit.panels.len()];
    for (index, panel) in exhibit.panels.iter().enumerate() {
        if is_taken[index] {
            continue;
        }
        let (name, rows) = match panel {
            Panel::Chart(chart) => (first_of([&chart.title, &chart.y.label]), of_chart(chart)),
            Panel::Heat(heat) => (first_of([&heat.title, &heat.color_label]), of_heat(heat)),
            Panel::Map(map) => {
                let mut maps = vec![map];
                for (other, panel) in exhibit.panels.iter().enumerate().skip(index + 1) {
                    if let Panel::Map(other_map) = panel
                        && is_same_plane(map, other_map)
                    {
                        is_taken[other] = true;
                        maps.push(other_map);
                    }
                }
                (if maps.len() > 1 { "cells" } else { first_of([&map.title, &map.color_label]) }, of_maps(&maps))
            }
            Panel::Bars(bars) => (first_of([&bars.title, &bars.y.label]), of_bars(bars)),
            Panel::Groups(groups) => (first_of([&groups.title, &groups.y.label]), of_groups(groups)),
            Panel::Places(places) => {
                let name = first_of([&places.numbers.title, &places.title]);
                let part = free(&tables, part(name), index);
                tables.push(places.table(part));
                continue;
            }
            Panel::Network(network) => {
                tables.extend(network.tables());
                continue;
            }
            Panel::Table(Table { title, header, rows }) => {
                (title.as_str(), std::iter::once(header).chain(rows).cloned().collect())
            }
        };
        let part = free(&tables, part(name), index);
        tables.push(CsvTable { part, text: block(&rows) });
    }
    tables
}

fn first_of(names: [&String; 2]) -> &str {
    names.into_iter().find(|name| !name.is_empty()).map_or("", String::as_str)
}

/// Whether cells of both maps are cells of one plane.
fn is_same_plane(a: &Map, b: &Map) -> bool {
    let same =
        |a: &super::exhibit::MapAxis, b: &super::exhibit::MapAxis| (&a.label, &a.values) == (&b.label, &b.values);
    same(&a.x, &b.x) && same(&a.y, &b.y) && a.values.len() == b.values.len() && a.unfinished == b.unfinished
}

/// A heading as part of a file's name.
fn part(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut part = words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-");
    part.truncate(LONGEST);
    part.trim_end_matches('-').to_owned()
}

fn free(tables: &[CsvTable], part: String, index: usize) -> String {
    let part = if part.is_empty() { format!("panel-{}", index + 1) } else { part };
    let numbered = (1..).map(|count| if count == 1 { part.clone() } else { format!("{part}-{count}") });
    let is_free = |name: &String| tables.iter().all(|table| table.part != *name);
    // Of more names than tables one is free.
    numbered.take(tables.len() + 1).find(is_free).unwrap_or(part)
}

pub(super) fn block(rows: &[Vec<String>]) -> String {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
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

/// What a column of a curve holds.
fn column_name(series: &Series, quantity: &str) -> String {
    match (series.name.as_str(), quantity) {
        (name, _) if !series.kind.is_empty() => format!("{name}: {}", series.kind),
        ("", quantity) => name_or(quantity, "value"),
        (name, "") => name.to_owned(),
        // One that names its quantity itself.
        (name, quantity) if name.ends_with(quantity) => name.to_owned(),
        (name, quantity) => format!("{name}: {quantity}"),
    }
}

/// Whether a series has a spread.
fn spread(series: &Series) -> bool {
    series.points.iter().any(|point| point.low.is_some() || point.high.is_some())
}

fn of_chart(chart: &Chart) -> Vec<Vec<String>> {
    let extremes = |point: &SeriesPoint| point.binned.and_then(|bin| bin.extremes);
    let reaches = |series: &Series| series.points.iter().any(|point| extremes(point).is_some());
    let is_binned = chart.series.iter().flat_map(|series| &series.points).any(|point| point.binned.is_some());
    let x = name_or(&chart.x.label, "x");
    let mut header = if is_binned { vec![format!("{x}_from"), format!("{x}_to")] } else { vec![x] };
    let places = header.len();
    let mut first_column = Vec::new();
    for series in &chart.series {
        first_column.push(header.len());
        let name = column_name(series, &chart.y.label);
        let more = [(spread(series), ["low", "high"]), (reaches(series), ["min", "max"])];
        let more = more.into_iter().filter(|(there, _)| *there).flat_map(|(_, ends)| ends);
        let more: Vec<String> = more.map(|end| format!("{name}_{end}")).collect();
        header.push(name);
        header.extend(more);
    }
    let mark_column = header.len();
    if !chart.marks.is_empty() {
        header.push("mark".to_owned());
    }
    let width = header.len();
    // The n-th point of a curve at one place stands in the n-th row of that place.
    let mut rows: BTreeMap<(u64, u64, usize), Vec<String>> = BTreeMap::new();
    let empty = |(from, to): (f64, f64)| {
        let mut row = vec![String::new(); width];
        row[0] = number(from);
        if places > 1 {
            row[1] = number(to);
        }
        row
    };
    let place = |point: &SeriesPoint| point.binned.map_or((point.x, point.x), |Binned { from, to, .. }| (from, to));
    let key = |(from, to): (f64, f64), repeat: usize| (order(from), order(to), repeat);
    for (series, &column) in chart.series.iter().zip(&first_column) {
        let mut seen: BTreeMap<(u64, u64, usize), usize> = BTreeMap::new();
        // Between bins, a point without a value only ends a line.
        for point in series.points.iter().filter(|point| !is_binned || point.binned.is_some() || !point.y.is_nan()) {
            let at = place(point);
            let repeat = seen.entry(key(at, 0)).or_default();
            let row = rows.entry(key(at, *repeat)).or_insert_with(|| empty(at));
            *repeat += 1;
            let optional = |value: Option<f64>| value.map(number).unwrap_or_default();
            let mut cells = vec![number(point.y)];
            if spread(series) {
                cells.extend([optional(point.low), optional(point.high)]);
            }
            if reaches(series) {
                cells.extend([
                    optional(extremes(point).map(|ends| ends.0)),
                    optional(extremes(point).map(|ends| ends.1)),
                ]);
            }
            row.splice(column..column + cells.len(), cells);
        }
    }
    for mark in &chart.marks {
        let at = (mark.x, mark.x);
        let cell = &mut rows.entry(key(at, 0)).or_insert_with(|| empty(at))[mark_column];
        *cell = if cell.is_empty() { mark.label.clone() } else { format!("{cell}; {}", mark.label) };
    }
    std::iter::once(header).chain(rows.into_values()).collect()
}

fn of_heat(heat: &Heat) -> Vec<Vec<String>> {
    let x = name_or(&heat.x.label, "x");
    let (start, step) = heat.x_edges;
    // A column that is wider than a place is a mean over the places in it.
    let is_binned = step > 1.0 && heat.column_labels.is_none();
    let places = if is_binned { vec![format!("{x}_from"), format!("{x}_to")] } else { vec![x] };
    let mut header = vec![name_or(&heat.y.label, "row")];
    header.extend(places);
    header.push(name_or(&heat.color_label, "value"));
    let cells = heat.values.iter().take(heat.rows * heat.columns).enumerate().map(|(index, value)| {
        let (row, column) = (index / heat.columns, index % heat.columns);
        let label =
            |labels: &Option<Vec<String>>, at: usize| labels.as_ref().and_then(|labels| labels.get(at).cloned());
        let edge = |at: f64| number(start + at * step);
        // Half a place before the first one and after the last, where places are whole.
        let inwards = if start.fract().abs() == 0.5 { 0.5 / step } else { 0.0 };
        let mut cells = vec![label(&heat.row_labels, row).unwrap_or_else(|| (row + 1).to_string())];
        match is_binned {
            true => cells.extend([edge(column as f64 + inwards), edge(column as f64 + 1.0 - inwards)]),
            false => cells.push(label(&heat.column_labels, column).unwrap_or_else(|| edge(column as f64 + 0.5))),
        }
        cells.push(single(*value));
        cells
    });
    std::iter::once(header).chain(cells).collect()
}

/// Maps over one plane: a column each.
fn of_maps(maps: &[&Map]) -> Vec<Vec<String>> {
    let Some(map) = maps.first() else { return Vec::new() };
    let mut header = vec![name_or(&map.y.label, "y"), name_or(&map.x.label, "x")];
    for map in maps {
        let name = first_of([&map.title, &map.color_label]);
        header.push(name_or(if maps.len() > 1 { name } else { &map.color_label }, "value"));
    }
    let is_marked = !map.unfinished.is_empty();
    if is_marked {
        header.push("finished".to_owned());
    }
    let columns = map.x.values.len().max(1);
    let cells = (0..map.values.len()).map(|at| {
        let mut row = vec![number(map.y.values[at / columns]), number(map.x.values[at % columns])];
        row.extend(maps.iter().map(|map| single(map.values[at])));
        if is_marked {
            row.push((!map.unfinished[at]).to_string());
        }
        row
    });
    std::iter::once(header).chain(cells).collect()
}

fn of_bars(bars: &Bars) -> Vec<Vec<String>> {
    let at = |values: &[f64], group: usize| values.get(group).copied().map(number).unwrap_or_default();
    if bars.is_one_a_group() {
        let quantity = name_or(&bars.y.label, "value");
        let header = vec!["part".to_owned(), quantity.clone(), format!("{quantity}_sd")];
        let row = |(group, name): (usize, &String)| {
            let one = bars.series.iter().find(|one| one.values.get(group).is_some_and(|value| !value.is_nan()));
            let cell = |values: fn(&BarSeries) -> &[f64]| one.map(|one| at(values(one), group)).unwrap_or_default();
            vec![name.clone(), cell(|one| &one.values), cell(|one| &one.spreads)]
        };
        return std::iter::once(header).chain(bars.groups.iter().enumerate().map(row)).collect();
    }
    let named = |name: &String| match bars.y.label.as_str() {
        "" => name.clone(),
        quantity => format!("{name}: {quantity}"),
    };
    let mut header = vec!["group".to_owned()];
    for one in &bars.series {
        let name = named(&one.name);
        let spread = (!one.spreads.is_empty()).then(|| format!("{name}_sd"));
        header.push(name);
        header.extend(spread);
    }
    let group = |(index, name): (usize, &String)| {
        let mut row = vec![name.clone()];
        for one in &bars.series {
            row.push(at(&one.values, index));
            row.extend((!one.spreads.is_empty()).then(|| at(&one.spreads, index)));
        }
        row
    };
    std::iter::once(header).chain(bars.groups.iter().enumerate().map(group)).collect()
}

fn of_groups(groups: &Groups) -> Vec<Vec<String>> {
    let mut header = vec![name_or(&groups.label, "group")];
    for series in &groups.series {
        let name = column_name(series, &groups.y.label);
        let ends = spread(series).then(|| ["low", "high"].map(|end| format!("{name}_{end}")));
        header.push(name);
        header.extend(ends.into_iter().flatten());
    }
    let optional = |value: Option<f64>| value.map(number).unwrap_or_default();
    let row = |(at, name): (usize, &String)| {
        let mut row = vec![name.clone()];
        for series in &groups.series {
            let point = series.points.get(at).copied().unwrap_or(SeriesPoint { y: f64::NAN, ..SeriesPoint::default() });
            row.push(number(point.y));
            if spread(series) {
                row.extend([optional(point.low), optional(point.high)]);
            }
        }
        row
    };
    std::iter::once(header).chain(groups.groups.iter().enumerate().map(row)).collect()
}
