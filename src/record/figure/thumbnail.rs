//! A small picture of an exhibit, for cards: the one part of it that is best known by its shape, with axes and without words
//! that nobody could read there.

use super::colormap::diverging;
use super::plot::TICK;
use super::sheet::{Area, Shape, Sheet, text_width};
use super::{bitmap, draw, sheet};
use crate::record::exhibit::{Chart, Exhibit, Heat, Panel};

/// Width and height in points; pixels are twice as many.
const SIZE: (f64, f64) = (380.0, 164.0);
const EDGE: f64 = 6.0;
const GAP: f64 = 10.0;
/// Groups beyond which the legend would leave no room for them.
const NAMED: usize = 3;
/// What an entry of a legend takes beside its name, and the least distance between two.
const SAMPLE: f64 = 33.0;
const BETWEEN: f64 = 18.0;

/// As a PNG file; `None` where there is nothing to draw.
pub(in crate::record) fn png(exhibits: &[Exhibit]) -> Result<Option<Vec<u8>>, String> {
    let panels = chosen(exhibits);
    if panels.is_empty() {
        return Ok(None);
    }
    sheet::register_typeface()?;
    let mut sheet = Sheet { width: SIZE.0, height: SIZE.1, ..Sheet::default() };
    let width = (SIZE.0 - 2.0 * EDGE - GAP * (panels.len() - 1) as f64) / panels.len() as f64;
    for (place, panel) in panels.iter().enumerate() {
        let left = EDGE + place as f64 * (width + GAP);
        let area = Area { left, top: EDGE, right: left + width, bottom: SIZE.1 - EDGE };
        if let Panel::Heat(heat) = panel {
            cells(&mut sheet, area, heat);
            continue;
        }
        let panel = plain(panel);
        // More than a row of names would take the room of the curves.
        let has_legend = !matches!(&panel, Panel::Chart(chart) if legend_width(chart) > area.width());
        draw(&mut sheet, area, &panel, has_legend);
    }
    let bitmap = bitmap::render(&sheet, 2)?;
    bitmap::encode_small(&bitmap.pixels, bitmap.width, bitmap.height).map(Some)
}

/// A matrix alone, as high as the picture: a bar beside each would take half of its width.
fn cells(sheet: &mut Sheet, area: Area, heat: &Heat) {
    if heat.rows == 0 || heat.columns == 0 {
        return;
    }
    // Entries of weights are squares; time is as long as there is room.
    let width = if heat.rows == heat.columns { area.width().min(area.height()) } else { area.width() };
    let left = area.middle().0 - width / 2.0;
    let colors = heat.values.iter().map(|value| diverging(value / heat.range, false)).collect();
    sheet.shapes.push(Shape::Cells { area: Area { left, right: left + width, ..area }, columns: heat.columns, colors });
}

/// The first panel that is no table, with the one beside it where both are matrices; tables alone are the first.
fn chosen(exhibits: &[Exhibit]) -> Vec<&Panel> {
    let is_shape = |panel: &&Panel| !matches!(panel, Panel::Table(_));
    let panels = || exhibits.iter().flat_map(|exhibit| &exhibit.panels);
    let shapes: Vec<&Panel> = panels().filter(is_shape).collect();
    match shapes.as_slice() {
        [first @ Panel::Heat(_), second @ Panel::Heat(_), ..] => vec![first, second],
        [first, ..] => vec![first],
        [] => panels().take(1).collect(),
    }
}

/// Width of a legend in one row.
fn legend_width(chart: &Chart) -> f64 {
    let names = chart.series.iter().map(|series| series.name.as_str()).filter(|name| !name.is_empty());
    let widths = names.map(|name| SAMPLE + text_width(name, TICK));
    widths.reduce(|all, width| all + BETWEEN + width).unwrap_or_default()
}

/// What a curve or an axis is, without the particulars that follow it.
fn in_short(name: &str) -> String {
    let end = [", ", " (", " with "].iter().filter_map(|mark| name.find(mark)).min().unwrap_or(name.len());
    name[..end].to_owned()
}

/// Without headings, and without the names that would take the room of what is named.
fn plain(panel: &Panel) -> Panel {
    let mut panel = panel.clone();
    match &mut panel {
        Panel::Chart(chart) => {
            chart.title.clear();
            chart.y.label = in_short(&chart.y.label);
            chart.series.iter_mut().for_each(|series| series.name = in_short(&series.name));
        }
        Panel::Heat(heat) => heat.title.clear(),
        Panel::Map(map) => {
            map.title.clear();
            map.color_label.clear();
            map.lines.iter_mut().for_each(|line| line.name.clear());
        }
        Panel::Bars(bars) => bars.title.clear(),
        Panel::Groups(groups) => {
            groups.title.clear();
            if groups.series.len() > NAMED {
                groups.series.iter_mut().for_each(|series| series.name.clear());
            }
        }
        Panel::Places(places) => places.title.clear(),
        Panel::Network(network) => network.title.clear(),
        Panel::Table(table) => table.title.clear(),
    }
    panel
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::exhibit::{Axis, Series};

    fn chart(names: &[&str]) -> Chart {
        let series = names.iter().map(|name| Series { name: (*name).to_owned(), ..Series::default() });
        Chart {
            title: String::new(),
            x: Axis::default(),
            y: Axis::default(),
            series: series.collect(),
            marks: Vec::new(),
            zero_line: false,
        }
    }

    #[test]
    fn a_legend_is_one_row_of_short_names_or_none() {
        sheet::register_typeface().expect("the figures' own typeface");
        let long = ["1 M (0.03 M here), 3 layers", "10 M (0.25 M here), 7 layers", "50 M (1.25 M here), 9 layers"];
        assert!(legend_width(&chart(&long)) > SIZE.0);
        let Panel::Chart(short) = plain(&Panel::Chart(chart(&long))) else { panic!("a chart stays one") };
        let names: Vec<_> = short.series.iter().map(|series| series.name.as_str()).collect();
        assert_eq!(names, ["1 M", "10 M", "50 M"]);
        assert_eq!(in_short("cosine with minus the gradient"), "cosine");
        assert!(legend_width(&short) < SIZE.0 - 2.0 * EDGE);
    }
}
