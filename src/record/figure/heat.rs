//! Matrices in colours, with a bar that tells what the colours mean.

use std::ops::Range;

use super::color_bar::{self, ColorBar};
use super::plot::{AXIS, Axes, Frame, HEADING, SMALLEST, TICK, heading};
use super::sheet::{Anchor, Area, GREY, INK, Rgb, Shape, Sheet, fitted, text_width};
use super::ticks::Scale;
use crate::record::exhibit::{Axis, Heat};
use crate::record::signs;

/// Widest names of rows.
const MAX_LABEL: f64 = 130.0;

pub(super) fn preferred_height(heat: &Heat) -> f64 {
    // Rows of names want room to be read.
    let rows = heat.row_labels.as_ref().map_or(0.0, |labels| labels.len() as f64 * TICK * 1.3);
    rows.clamp(300.0, 900.0) + if heat.title.is_empty() { 0.0 } else { HEADING * 1.5 }
}

pub(super) fn draw(sheet: &mut Sheet, area: Area, heat: &Heat) {
    let area = heading(sheet, area, &heat.title);
    // By its digits: 0.02 as f32 lies a little below 0.02, whose tick would be lost.
    let range: f64 = heat.range.abs().to_string().parse().unwrap_or(1.0);
    let range = if range.is_finite() && range > 0.0 { range } else { 1.0 };
    let scale = Scale::new(&Axis { range: Some((-range, range)), ..Axis::default() }, std::iter::empty(), 0.0);
    let bar_ticks = scale.ticks((area.height() / 50.0).min(8.0), false, |_| true);
    let widest = bar_ticks.iter().filter_map(|t| t.label.as_ref()).fold(0.0_f64, |w, l| w.max(l.width(TICK)));
    let bar_room = 14.0 + color_bar::WIDTH + 8.0 + widest + if heat.color_label.is_empty() { 4.0 } else { AXIS * 1.6 };

    let (start, step) = heat.x_edges;
    let end = start + step * heat.columns.max(1) as f64;
    let x_axis = Axis { range: heat.x.range.or(Some((start, end))), ..heat.x.clone() };
    let x = Scale::new(&x_axis, std::iter::empty(), 0.0);
    // Row 1 is at the top: the scale counts downwards from 0.5, and labels are turned round below.
    let labels: Option<Vec<String>> = heat
        .row_labels
        .as_ref()
        .map(|labels| labels.iter().map(|label| fitted(label, TICK, TICK, MAX_LABEL).0).collect());
    let row_names = labels.unwrap_or_else(|| (1..=heat.rows).map(|row| row.to_string()).collect());
    let left_room = row_names.iter().fold(0.0_f64, |w, name| w.max(text_width(name, TICK)));
    let whole = step == 1.0 && start.fract().abs() == 0.5;
    let axes =
        Axes { x: Some((&heat.x.label, x, whole)), y: None, left_room: left_room + AXIS * 1.5, bottom_room: 0.0 };
    let mut place = Area { right: area.right - bar_room + 14.0, ..area };
    if heat.is_square && heat.rows > 0 && heat.columns > 0 {
        let trial = Frame::new(&mut Sheet { width: sheet.width, ..Sheet::default() }, place, &axes).inner;
        let (width, height) = squared(trial, heat);
        (place.right, place.bottom) = (place.right - trial.width() + width, place.bottom - trial.height() + height);
    }
    let frame = Frame::new(sheet, place, &axes);
    let inner = frame.inner;

    let tones = sheet.tones;
    if heat.rows > 0 && heat.columns > 0 {
        let reached = heat.reached.unwrap_or(heat.columns);
        let color = |row: &[f32], bins: &Range<usize>| {
            if bins.start >= reached {
                return tones.paper();
            }
            tones.diverging((f64::from(mean(&row[bins.clone()])) / range) as f32)
        };
        for Strip { from, to, columns } in strips(heat, &x) {
            let rows = heat.values.chunks_exact(heat.columns);
            let colors: Vec<Rgb> =
                rows.flat_map(|row| columns.iter().map(|bins| color(row, bins)).collect::<Vec<_>>()).collect();
            let at = |share: f64| inner.left + share * inner.width();
            let area = Area { left: at(from), right: at(to), ..inner };
            let (width, height) = (area.width() / columns.len() as f64, area.height() / heat.rows as f64);
            sheet.shapes.push(Shape::Cells { area, columns: columns.len(), colors: colors.clone() });
            let values = heat.values.chunks_exact(heat.columns).enumerate();
            let values = values.flat_map(|(row, values)| columns.iter().enumerate().map(move |at| (row, values, at)));
            for ((row, values, (column, bins)), color) in values.zip(&colors) {
                if bins.start < reached && signs::has_minus(mean(&values[bins.clone()]), range as f32) {
                    let at = (area.left + (column as f64 + 0.5) * width, area.top + (row as f64 + 0.5) * height);
                    sheet.minus(at, width.min(height), *color);
                }
            }
        }
        for x in heat.marks.iter().filter_map(|at| frame.x(*at)).filter(|x| (inner.left..=inner.right).contains(x)) {
            let points = vec![(x, inner.top), (x, inner.bottom)];
            sheet.shapes.push(Shape::Line { points, color: GREY, width: 1.0, dash: &[3.0, 3.0] });
        }
        if let Some(row) = heat.picked_row.filter(|row| *row < heat.rows) {
            let [top, bottom] = [row, row + 1].map(|row| inner.top + inner.height() * row as f64 / heat.rows as f64);
            let (left, right) = (inner.left, inner.right);
            sheet.line(vec![(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], INK, 1.4);
        }
        draw_row_names(sheet, inner, &row_names, heat.row_labels.is_some());
    }
    let (text, size) = fitted(&heat.y.label, AXIS, SMALLEST, inner.height());
    sheet.upwards(&text, (area.left + AXIS * 0.9, inner.middle().1), size, Anchor::Middle, INK);
    frame.finish(sheet);
    frame.border(sheet);
    let bar = ColorBar {
        label: &heat.color_label,
        scale: &scale,
        ticks: &bar_ticks,
        widest,
        has_undefined: heat.values.iter().any(|value| value.is_nan()),
    };
    bar.draw(sheet, inner, |share| tones.diverging((2.0 * share - 1.0) as f32));
}

/// Shortest side of a matrix whose cells would be squares.
const THINNEST: f64 = 40.0;

/// Width and height of a matrix of square cells in that room.
fn squared(room: Area, heat: &Heat) -> (f64, f64) {
    let (rows, columns) = (heat.rows as f64, heat.columns as f64);
    let cell = (room.width() / columns).min(room.height() / rows);
    let side = |cells: f64, most: f64| (cell * cells).max(THINNEST.min(most));
    (side(columns, room.width()), side(rows, room.height()))
}

/// Columns of one width beside each other, between two shares of the horizontal axis, and the values whose mean each shows.
#[derive(Clone, Debug, PartialEq)]
struct Strip {
    from: f64,
    to: f64,
    columns: Vec<Range<usize>>,
}

/// Columns of a map whose places are not of one width; as many as the window has at most.
const UNEVEN: usize = 1024;

/// What of the columns is in sight. Those that an end of the axis cuts are narrower than the others.
fn strips(heat: &Heat, x: &Scale) -> Vec<Strip> {
    const NEAR: f64 = 1e-9;
    let (start, step) = heat.x_edges;
    let share = |column: usize| x.place(start + step * column as f64).unwrap_or(0.0);
    let (from, to) = (share(0).max(0.0), share(heat.columns).min(1.0));
    if to - from < NEAR {
        return Vec::new();
    }
    if !x.is_linear() {
        let bin_at = |at: f64| ((x.value_at(at) - start) / step).max(0.0);
        let columns = (0..UNEVEN).map(|column| {
            let edge = |column: usize| bin_at(from + (to - from) * column as f64 / UNEVEN as f64);
            let first = (edge(column) as usize).min(heat.columns - 1);
            first..(edge(column + 1).ceil() as usize).clamp(first + 1, heat.columns)
        });
        return vec![Strip { from, to, columns: columns.collect() }];
    }
    let is_seen = |column: &usize| share(column + 1) > NEAR && share(*column) < 1.0 - NEAR;
    let seen: Vec<usize> = (0..heat.columns).filter(is_seen).collect();
    let is_cut = |column: usize| share(column) < -NEAR || share(column + 1) > 1.0 + NEAR;
    let strip = |columns: &[usize]| Strip {
        from: share(columns[0]).max(0.0),
        to: share(columns[columns.len() - 1] + 1).min(1.0),
        columns: columns.iter().map(|&column| column..column + 1).collect(),
    };
    seen.chunk_by(|a, b| !is_cut(*a) && !is_cut(*b)).map(strip).collect()
}

/// Mean of the values that are defined.
fn mean(values: &[f32]) -> f32 {
    if let [value] = values {
        return *value;
    }
    let (sum, count) = { values.iter().filter(|value| !value.is_nan()) }
        .fold((0.0_f64, 0_u32), |(sum, count), value| (sum + f64::from(*value), count + 1));
    if count > 0 { (sum / f64::from(count)) as f32 } else { f32::NAN }
}

/// Names beside their rows, as many as there is room for; numbers at round steps.
fn draw_row_names(sheet: &mut Sheet, inner: Area, names: &[String], named: bool) {
    let height = inner.height() / names.len() as f64;
    let needed = (TICK * 1.3 / height).ceil().max(1.0) as usize;
    let every = if named {
        needed
    } else {
        let power = 10_usize.pow(needed.ilog10());
        [1, 2, 5, 10].map(|n| n * power).into_iter().find(|n| *n >= needed).unwrap_or(needed)
    };
    for (row, name) in names.iter().enumerate() {
        let shown =
            if named || every == 1 { row.is_multiple_of(every) } else { row == 0 || (row + 1).is_multiple_of(every) };
        let y = inner.top + (row as f64 + 0.5) * height;
        if shown && !(row > 0 && !named && (row as f64) * height < TICK * 1.3) {
            sheet.line(vec![(inner.left - 5.0, y), (inner.left, y)], INK, 1.0);
            sheet.text(name, (inner.left - 8.0, y + TICK * 0.35), TICK, Anchor::End, INK);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::exhibit::AxisScale;

    fn strips_of(scale: AxisScale, range: (f64, f64)) -> Vec<Strip> {
        // Four columns of ten steps each from 0 on.
        let heat = Heat { x_edges: (-0.5, 10.0), columns: 4, ..Heat::default() };
        let axis = Axis { scale, range: Some(range), ..Axis::default() };
        strips(&heat, &Scale::new(&axis, std::iter::empty(), 0.0))
    }

    #[test]
    fn columns_that_an_end_cuts_are_narrower_and_the_others_stay_where_they_are() {
        let whole = strips_of(AxisScale::Linear, (-0.5, 39.5));
        assert_eq!(whole, [Strip { from: 0.0, to: 1.0, columns: vec![0..1, 1..2, 2..3, 3..4] }]);
        let cut = strips_of(AxisScale::Linear, (4.5, 34.5));
        let columns: Vec<Vec<usize>> =
            cut.iter().map(|strip| strip.columns.iter().map(|bins| bins.start).collect()).collect();
        assert_eq!(columns, [vec![0], vec![1, 2], vec![3]]);
        assert!((cut[0].to - 5.0 / 30.0).abs() < 1e-12 && (cut[2].from - 25.0 / 30.0).abs() < 1e-12, "{cut:?}");
        let wide = strips_of(AxisScale::Linear, (0.0, 79.5));
        assert!(wide.last().is_some_and(|strip| (strip.to - 39.5 / 79.5).abs() < 1e-12), "{wide:?}");
    }

    #[test]
    fn early_columns_are_wide_on_a_logarithmic_axis() {
        let strips = strips_of(AxisScale::LogFromZero, (0.0, 39.5));
        let [strip] = &strips[..] else { panic!("one: {strips:?}") };
        let first = strip.columns.iter().filter(|bins| **bins == (0..1)).count();
        // Step 9.5, where the second column begins, stands at log 10.5 of log 40.5.
        let share = 10.5_f64.log10() / 40.5_f64.log10();
        assert!((first as f64 / UNEVEN as f64 - share).abs() < 2.0 / UNEVEN as f64, "{first}");
        assert_eq!((strip.columns[0].start, strip.columns[UNEVEN - 1].end), (0, 4));
        assert_eq!(mean(&[1.0, f32::NAN, 0.0]), 0.5);
        assert!(mean(&[f32::NAN; 2]).is_nan());
    }
}
