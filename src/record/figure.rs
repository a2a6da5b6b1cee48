//! Figures for publication, drawn as SVG and PNG from the curves of a run.

use std::sync::OnceLock;

use eframe::egui::FontDefinitions;
use image::{ExtendedColorType, ImageEncoder};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::error::RecordError;
use super::metric_store::{BandPoint, MetricStore};

/// Size of the drawing in points; the PNG has [`PNG_SCALE`] pixels a point.
const SIZE: (u32, u32) = (900, 680);
const PNG_SCALE: u32 = 2;
/// Points of a curve: more than one for each second pixel only thickens the line.
const MAX_POINTS: usize = 600;
/// Family under which the bundled typeface is registered; an SVG's reader picks its own sans-serif.
const FAMILY: &str = "sans-serif";
const INK: RGBColor = RGBColor(40, 40, 40);
const FAINT: RGBColor = RGBColor(222, 222, 222);
/// Okabe and Ito's colours, without black (the zero line) and yellow (too faint on white).
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
];

/// A figure in both forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// Text of the SVG file.
    pub svg: String,
    /// Bytes of the PNG file.
    pub png: Vec<u8>,
}

/// One curve: mean over seeds and its band.
struct Curve {
    label: String,
    colour: RGBColor,
    /// Runs of points without a gap between them.
    pieces: Vec<Vec<BandPoint>>,
}

/// Curves with one vertical axis.
struct Panel {
    axis: &'static str,
    curves: Vec<Curve>,
}

/// Alignment against step, above for the learning signal g, below for the full update: the mean over seeds of each
/// layer, counted from 1, with a band of one standard deviation over seeds. Undefined alignments are gaps.
///
/// # Errors
/// When the run has no such layer, or the drawing library fails.
pub fn alignment_figure(
    store: &MetricStore,
    layers: &[usize],
    title: &str,
    subtitle: &str,
) -> Result<Figure, RecordError> {
    let panels = [
        Panel { axis: "alignment, cos(g, H)", curves: curves(store, layers, "signal")? },
        Panel { axis: "full update, cos(\u{394}W, H)", curves: curves(store, layers, "full")? },
    ];
    let steps = store.last_step().map_or(1, |step| step.saturating_add(1));
    let failure = |message: String| RecordError::Figure { title: title.to_owned(), message };
    register_typeface().map_err(failure)?;

    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
    draw(&area, 1, &panels, steps, title, subtitle).map_err(failure)?;
    drop(area);

    let (width, height) = (SIZE.0 * PNG_SCALE, SIZE.1 * PNG_SCALE);
    let mut pixels = vec![0; (width * height * 3) as usize];
    let area = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
    draw(&area, PNG_SCALE, &panels, steps, title, subtitle).map_err(failure)?;
    drop(area);
    let mut png = Vec::new();
    image::codecs::png::PngEncoder::new(&mut png)
        .write_image(&pixels, width, height, ExtendedColorType::Rgb8)
        .map_err(|error| failure(error.to_string()))?;
    Ok(Figure { svg, png })
}

fn curves(store: &MetricStore, layers: &[usize], name: &str) -> Result<Vec<Curve>, RecordError> {
    let curve = |(index, layer): (usize, &usize)| {
        let name = format!("{name}_{layer}");
        let column = store.columns().index(&name).ok_or(RecordError::NoColumn(name))?;
        let points = store.band(column, 0, u64::MAX, MAX_POINTS);
        let pieces = points
            .chunk_by(|a, b| !store.has_rows_between(a.last_step, b.first_step))
            .map(<[BandPoint]>::to_vec)
            .collect();
        Ok(Curve { label: format!("layer {layer}"), colour: COLOURS[index % COLOURS.len()], pieces })
    };
    layers.iter().enumerate().map(curve).collect()
}

/// The bitmap backend knows no system fonts; the interface's typeface is bundled anyway.
fn register_typeface() -> Result<(), String> {
    static DONE: OnceLock<Result<(), String>> = OnceLock::new();
    DONE.get_or_init(|| {
        let mut fonts = FontDefinitions::default();
        let font = fonts.font_data.remove("Ubuntu-Light").ok_or("the bundled typeface is missing")?;
        // Registered fonts live as long as the program, and this one is registered once.
        let bytes: &'static [u8] = (*font.font).as_ref().to_vec().leak();
        plotters::style::register_font(FAMILY, FontStyle::Normal, bytes)
            .map_err(|_| "the bundled typeface cannot be read".to_owned())
    })
    .clone()
}

/// Draws the whole figure with `scale` pixels a point.
fn draw<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    scale: u32,
    panels: &[Panel],
    steps: u64,
    title: &str,
    subtitle: &str,
) -> Result<(), String> {
    let pen = Pen { scale: scale as i32 };
    area.fill(&WHITE).map_err(words)?;
    area.draw(&Text::new(title.to_owned(), pen.at(24, 16), pen.font(22))).map_err(words)?;
    area.draw(&Text::new(subtitle.to_owned(), pen.at(24, 44), pen.font(15))).map_err(words)?;
    pen.legend(area, panels)?;
    let header = pen.px(96);
    let (_, plots) = area.split_vertically(header);
    for (panel, plot) in panels.iter().zip(plots.split_evenly((panels.len().max(1), 1))) {
        pen.panel(&plot, panel, steps)?;
    }
    area.present().map_err(words)
}

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Lengths in points become pixels here.
#[derive(Clone, Copy)]
struct Pen {
    scale: i32,
}

impl Pen {
    fn px(self, points: i32) -> i32 {
        points * self.scale
    }

    fn at(self, x: i32, y: i32) -> (i32, i32) {
        (self.px(x), self.px(y))
    }

    fn font(self, size: i32) -> TextStyle<'static> {
        TextStyle::from((FAMILY, self.px(size)).into_font()).color(&INK)
    }

    fn line(self, colour: impl Color, width: u32) -> ShapeStyle {
        colour.stroke_width(width * self.scale as u32)
    }

    /// One row above the panels, which share their colours.
    fn legend<DB: DrawingBackend>(self, area: &DrawingArea<DB, Shift>, panels: &[Panel]) -> Result<(), String> {
        let middle = 80;
        let mut x = 24;
        let font = self.font(15).pos(Pos::new(HPos::Left, VPos::Center));
        for curve in panels.first().map(|panel| panel.curves.as_slice()).unwrap_or_default() {
            let sample = Rectangle::new([self.at(x, middle - 6), self.at(x + 28, middle + 6)], band_of(curve.colour));
            area.draw(&sample).map_err(words)?;
            let ends = vec![self.at(x, middle), self.at(x + 28, middle)];
            area.draw(&PathElement::new(ends, self.line(curve.colour, 2))).map_err(words)?;
            area.draw(&Text::new(curve.label.clone(), self.at(x + 36, middle), font.clone())).map_err(words)?;
            x += 36 + 8 * curve.label.len() as i32 + 16;
        }
        let what = "line: mean over seeds; band: \u{b1} 1 SD over seeds";
        area.draw(&Text::new(what, self.at(x, middle), font)).map_err(words)
    }

    fn panel<DB: DrawingBackend>(self, area: &DrawingArea<DB, Shift>, panel: &Panel, steps: u64) -> Result<(), String> {
        let (low, high) = range(&panel.curves);
        let end = steps as f64;
        let mut chart = ChartBuilder::on(area)
            .margin_right(self.px(24))
            .margin_left(self.px(14))
            .margin_top(self.px(6))
            .margin_bottom(self.px(6))
            .x_label_area_size(self.px(44))
            .y_label_area_size(self.px(62))
            .build_cartesian_2d(0.0..end, low..high)
            .map_err(words)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .bold_line_style(FAINT)
            .light_line_style(TRANSPARENT)
            .axis_style(self.line(INK, 1))
            .label_style(self.font(14))
            .axis_desc_style(self.font(16))
            .x_desc("step")
            .y_desc(panel.axis)
            .x_labels(9)
            .y_labels(9)
            .x_label_formatter(&|step| grouped(step.round() as u64))
            .y_label_formatter(&|value| decimal(*value))
            .draw()
            .map_err(words)?;
        let zero = PathElement::new(vec![(0.0, 0.0), (end, 0.0)], self.line(INK, 1));
        chart.draw_series(std::iter::once(zero)).map_err(words)?;
        // Bands first, so that none hides a line.
        for curve in &panel.curves {
            let bands = curve.pieces.iter().filter_map(|piece| outline(piece, low, high));
            chart.draw_series(bands.map(|edge| Polygon::new(edge, band_of(curve.colour)))).map_err(words)?;
        }
        for curve in &panel.curves {
            for piece in &curve.pieces {
                let points = piece.iter().map(|point| (middle(point), f64::from(point.mean)));
                if piece.len() == 1 {
                    // A line of one point would not be seen.
                    let dots = points.map(|point| Circle::new(point, self.px(2), curve.colour.filled()));
                    chart.draw_series(dots).map_err(words)?;
                } else {
                    chart.draw_series(LineSeries::new(points, self.line(curve.colour, 2))).map_err(words)?;
                }
            }
        }
        Ok(())
    }
}

fn band_of(colour: RGBColor) -> ShapeStyle {
    colour.mix(0.22).filled()
}

fn middle(point: &BandPoint) -> f64 {
    (point.first_step as f64 + point.last_step as f64) / 2.0
}

/// Upper edge of the band from left to right, then the lower one back; `None` where no point has a spread.
fn outline(piece: &[BandPoint], low: f64, high: f64) -> Option<Vec<(f64, f64)>> {
    let edge = |point: &BandPoint, sign: f64| {
        let value = f64::from(point.mean) + sign * f64::from(point.sd.unwrap_or(0.0));
        // The drawing library does not cut polygons at the axes.
        (middle(point), value.clamp(low, high))
    };
    piece.iter().any(|point| point.sd.is_some()).then(|| {
        let upper = piece.iter().map(|point| edge(point, 1.0));
        upper.chain(piece.iter().rev().map(|point| edge(point, -1.0))).collect()
    })
}

/// Range of the vertical axis: the bands and zero with a margin, within what a cosine can be.
fn range(curves: &[Curve]) -> (f64, f64) {
    let points = curves.iter().flat_map(|curve| curve.pieces.iter().flatten());
    let (low, high) = points.fold((0.0_f64, 0.0_f64), |(low, high), point| {
        let (mean, sd) = (f64::from(point.mean), f64::from(point.sd.unwrap_or(0.0)));
        (low.min(mean - sd), high.max(mean + sd))
    });
    // So small a span would show rounding as a signal.
    let margin = ((high - low) * 0.08).max(0.005);
    ((low - margin).max(-1.05), (high + margin).min(1.05))
}

/// Thousands set apart by thin spaces, as in print.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) && digits.len() > 4 {
            out.push('\u{a0}');
        }
        out.push(digit);
    }
    out
}

/// Tick label without trailing zeros, and with a minus sign instead of a hyphen.
fn decimal(value: f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.replace('-', "\u{2212}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tick_labels() {
        assert_eq!([0.25, -0.1, 0.0, -1e-9].map(decimal), ["0.25", "\u{2212}0.1", "0", "0"]);
        assert_eq!(
            [0, 999, 3950, 10_000, 1_000_000].map(grouped),
            ["0", "999", "3950", "10\u{a0}000", "1\u{a0}000\u{a0}000"]
        );
    }
}
