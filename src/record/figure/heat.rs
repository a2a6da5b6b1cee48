//! Matrices in colours, with a bar that tells what the colours mean.

use super::color_bar::{self, ColorBar};
use super::plot::{AXIS, Axes, Frame, HEADING, SMALLEST, TICK, heading};
use super::sheet::{Anchor, Area, GREY, INK, Rgb, Shape, Sheet, fitted, text_width};
use super::ticks::Scale;
use crate::record::exhibit::{Axis, Heat};

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
    let x_axis = Axis { range: Some((start, end)), ..Axis::default() };
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
    let frame = Frame::new(sheet, Area { right: area.right - bar_room + 14.0, ..area }, &axes);
    let inner = frame.inner;

    let tones = sheet.tones;
    let color = |value: &f32| tones.diverging((f64::from(*value) / range) as f32);
    if heat.rows > 0 && heat.columns > 0 {
        let mut colors: Vec<Rgb> = heat.values.iter().map(color).collect();
        let reached = heat.reached.unwrap_or(heat.columns).min(heat.columns);
        colors.chunks_exact_mut(heat.columns).for_each(|row| row[reached..].fill(tones.paper()));
        sheet.shapes.push(Shape::Cells { area: inner, columns: heat.columns, colors });
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
