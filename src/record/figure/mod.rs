//! Figures for publication: exhibits laid out on a sheet and rendered as SVG, PDF and PNG.

mod bars;
mod bitmap;
mod chart;
mod color_bar;
pub mod colormap;
mod drawn;
mod groups;
mod heat;
#[cfg(test)]
mod layout_tests;
mod look;
mod map;
mod marker;
mod names;
mod network;
mod pdf;
mod places;
mod plot;
mod raised;
mod sheet;
mod svg;
mod table;
mod thumbnail;
mod ticks;

pub(super) use bars::fitting as fitting_bars;
pub(super) use chart::{Ends, fitting_ends};
pub use drawn::Drawn;
pub(super) use groups::fitting as fitting_groups;
pub use look::FigureLook;
use look::Tones;
pub use marker::{Marker, places as marker_places};
pub use raised::{with_raised_digits, with_raised_power};
use sheet::{Anchor, Area, GREY, INK, Sheet, wrapped};

use super::error::RecordError;
use super::exhibit::{Chart, Exhibit, Panel};

const MARGIN: f64 = 24.0;
const GAP: f64 = 18.0;
const TITLE: f64 = 21.0;
const SUBTITLE: f64 = 14.0;
const MIN_SIZE: (f64, f64) = (900.0, 600.0);
/// Margin of a panel on a sheet of its own, and the least height of such a sheet, relative to its width.
const EDGE: f64 = 10.0;
const LEAST_HEIGHT: f64 = 0.72;
/// Width of a panel that has others beside it.
const PANEL_WIDTH: f64 = 480.0;

/// A figure in both forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// Text of the SVG file.
    pub svg: String,
    /// Bytes of the PNG file.
    pub png: Vec<u8>,
}

pub(super) fn svg(exhibit: &Exhibit) -> Result<String, RecordError> {
    svg::render(&laid_out(exhibit)?).map_err(|message| exhibit.failure(message))
}

pub(super) fn png(exhibit: &Exhibit, scale: u32) -> Result<Vec<u8>, RecordError> {
    let bitmap = bitmap::render(&laid_out(exhibit)?, scale).map_err(|message| exhibit.failure(message))?;
    bitmap::encode(&bitmap.pixels, bitmap.width, bitmap.height).map_err(|message| exhibit.failure(message))
}

/// A small picture of the first of some exhibits that has a shape.
pub(super) fn thumbnail(exhibits: &[Exhibit]) -> Result<Option<Vec<u8>>, RecordError> {
    let Some(first) = exhibits.first() else { return Ok(None) };
    exhibits.iter().try_for_each(Exhibit::check)?;
    thumbnail::png(exhibits).map_err(|message| first.failure(message))
}

pub(super) fn rgba(exhibit: &Exhibit, scale: u32) -> Result<(usize, usize, Vec<u8>), RecordError> {
    let bitmap = bitmap::render(&laid_out(exhibit)?, scale).map_err(|message| exhibit.failure(message))?;
    let pixels = bitmap.pixels.chunks_exact(3).flat_map(|rgb| [rgb[0], rgb[1], rgb[2], 255]).collect();
    Ok((bitmap.width as usize, bitmap.height as usize, pixels))
}

/// The whole exhibit as shapes, as run folders have it.
fn laid_out(exhibit: &Exhibit) -> Result<Sheet, RecordError> {
    let columns = exhibit.columns.clamp(1, exhibit.panels.len().max(1));
    let width = MIN_SIZE.0.max(2.0 * MARGIN + columns as f64 * PANEL_WIDTH + (columns - 1) as f64 * GAP);
    let page = Page { width, least_height: MIN_SIZE.1, margin: MARGIN, columns, has_heading: true };
    page.laid_out(exhibit, Tones::default())
}

/// The room that an exhibit is laid out in.
struct Page {
    width: f64,
    least_height: f64,
    margin: f64,
    columns: usize,
    has_heading: bool,
}

impl Page {
    fn laid_out(&self, exhibit: &Exhibit, tones: Tones) -> Result<Sheet, RecordError> {
        exhibit.check()?;
        sheet::register_typeface().map_err(|message| exhibit.failure(message))?;
        let &Self { width, least_height, margin, columns, has_heading } = self;
        let mut sheet = Sheet { width, tones, ..Sheet::default() };
        let inside = Area { left: margin, top: margin - 6.0, right: width - margin, bottom: f64::INFINITY };
        let mut area = if has_heading { header(&mut sheet, inside, exhibit) } else { inside };
        let shares_legend = shared_legend(&exhibit.panels);
        if let Some(first) = shares_legend {
            area = chart::draw_legend(&mut sheet, area, &first.series);
            area.top += 4.0;
        }

        let rows: Vec<&[Panel]> = exhibit.panels.chunks(columns).collect();
        let panel_width = (area.width() - GAP * (columns - 1) as f64) / columns as f64;
        let height = |row: &&[Panel]| row.iter().map(|panel| asked_height(panel, panel_width)).fold(0.0, f64::max);
        let mut heights: Vec<f64> = rows.iter().map(height).collect();
        let used = area.top + heights.iter().sum::<f64>() + GAP * rows.len().saturating_sub(1) as f64 + margin;
        // What is left of the least height goes to the rows alike; tables keep theirs.
        let growing: Vec<bool> =
            rows.iter().map(|row| row.iter().any(|panel| !matches!(panel, Panel::Table(_)))).collect();
        let spare = (least_height - used).max(0.0) / growing.iter().filter(|grows| **grows).count().max(1) as f64;
        for (height, _) in heights.iter_mut().zip(&growing).filter(|(_, grows)| **grows) {
            *height += spare;
        }
        let mut top = area.top;
        for (row, height) in rows.iter().zip(&heights) {
            for (column, panel) in row.iter().enumerate() {
                let left = area.left + column as f64 * (panel_width + GAP);
                let place = Area { left, top, right: left + panel_width, bottom: top + height };
                draw(&mut sheet, place, panel, shares_legend.is_none());
            }
            top += height + GAP;
        }
        sheet.height = (top - GAP + margin).max(least_height).ceil();
        Ok(sheet.toned())
    }
}

/// Each panel on a sheet of its own, which is `width` wide and as high as the panel asks for.
pub(super) fn panel_svgs(exhibit: &Exhibit, width: f64) -> Result<Vec<String>, RecordError> {
    exhibit.check()?;
    sheet::register_typeface().map_err(|message| exhibit.failure(message))?;
    let of_panel = |panel: &Panel| {
        let height = (preferred_height(panel) + 2.0 * EDGE).max(width * LEAST_HEIGHT).ceil();
        let mut sheet = Sheet { width, height, ..Sheet::default() };
        let place = Area { left: EDGE, top: EDGE, right: width - EDGE, bottom: height - EDGE };
        draw(&mut sheet, place, panel, true);
        svg::render(&sheet).map_err(|message| exhibit.failure(message))
    };
    exhibit.panels.iter().map(of_panel).collect()
}

fn draw(sheet: &mut Sheet, place: Area, panel: &Panel, own_legend: bool) {
    match panel {
        Panel::Chart(chart) => chart::draw(sheet, place, chart, own_legend),
        Panel::Heat(heat) => heat::draw(sheet, place, heat),
        Panel::Map(map) => map::draw(sheet, place, map),
        Panel::Bars(bars) => bars::draw(sheet, place, bars),
        Panel::Groups(groups) => groups::draw(sheet, place, groups),
        Panel::Places(places) => places::draw(sheet, place, places),
        Panel::Network(network) => network::draw(sheet, place, network),
        Panel::Table(table) => table::draw(sheet, place, table),
    }
}

fn header(sheet: &mut Sheet, area: Area, exhibit: &Exhibit) -> Area {
    let mut top = area.top;
    for line in wrapped(&exhibit.title, TITLE, area.width(), 3) {
        top += TITLE * 1.2;
        sheet.text(&line, (area.left, top), TITLE, Anchor::Start, INK);
    }
    for line in wrapped(&exhibit.subtitle, SUBTITLE, area.width(), 4) {
        top += SUBTITLE * 1.45;
        sheet.text(&line, (area.left, top), SUBTITLE, Anchor::Start, GREY);
    }
    Area { top: top + 14.0, ..area }
}

/// Height that a panel asks for where it is so wide: of a heading, kinds of panels count one line.
fn asked_height(panel: &Panel, width: f64) -> f64 {
    let lines = wrapped(panel.title(), plot::HEADING, width, plot::HEADING_LINES).len();
    preferred_height(panel) + lines.saturating_sub(1) as f64 * plot::HEADING * plot::HEADING_PITCH
}

fn preferred_height(panel: &Panel) -> f64 {
    match panel {
        Panel::Chart(chart) => chart::preferred_height(chart),
        Panel::Heat(heat) => heat::preferred_height(heat),
        Panel::Map(map) => map::preferred_height(map),
        Panel::Bars(bars) => bars::preferred_height(bars),
        Panel::Groups(groups) => groups::preferred_height(groups),
        Panel::Places(places) => places::preferred_height(places),
        Panel::Network(network) => network::preferred_height(network),
        Panel::Table(table) => table::preferred_height(table),
    }
}

/// The chart whose legend serves all, where there are only charts with the same curves by name and look.
fn shared_legend(panels: &[Panel]) -> Option<&Chart> {
    let [Panel::Chart(first), rest @ ..] = panels else { return None };
    let look = |chart: &Chart| {
        chart.series.iter().map(|s| (s.name.clone(), s.kind.clone(), s.color, s.style, s.marker)).collect::<Vec<_>>()
    };
    let same = |panel: &Panel| matches!(panel, Panel::Chart(chart) if look(chart) == look(first));
    rest.iter().all(same).then_some(first)
}
