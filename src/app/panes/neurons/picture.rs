//! The heat map as a texture, painted anew only when something in it has changed.

use std::ops::Range;
use std::time::{Duration, Instant};

use eframe::egui::{Color32, ColorImage, Context, TextureHandle, TextureOptions, vec2};
use egui_plot::{PlotImage, PlotPoint};

use super::rows::row;
use super::sight::Sight;
use crate::app::link::DATA_INTERVAL;
use crate::app::plot::time_axis::TimeAxis;
use crate::record::{HeatMap, colormap};

/// Bins side by side, as columns of the texture between two places on the axis of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Columns {
    /// Place of the left edge.
    pub left: f64,
    /// Place of the right edge.
    pub right: f64,
    /// Bins whose mean each column shows.
    pub bins: Vec<Range<usize>>,
}

impl Columns {
    /// On a linear axis a column a bin; on a logarithmic one `pixels` columns of equal width within what is in sight.
    #[must_use]
    pub fn new(map: &HeatMap, time: &TimeAxis, pixels: usize) -> Self {
        let edge = |bin: usize| map.first_step as f64 - 0.5 + (bin as u64 * map.bin_width) as f64;
        if !time.is_logarithmic() {
            let bins = (0..map.bins).map(|bin| bin..bin + 1).collect();
            return Self { left: edge(0), right: edge(map.bins), bins };
        }
        let places = time.places();
        let left = time.place(edge(0)).max(*places.start());
        let right = time.place(edge(map.bins)).min(*places.end());
        let count = if map.bins > 0 && right > left { pixels.max(1) } else { 0 };
        let step_of = |column: usize| time.step_at(left + (right - left) * column as f64 / count as f64);
        let bin_of = |step: f64| ((step - edge(0)) / map.bin_width as f64).max(0.0);
        let bins = (0..count).map(|column| {
            let first = (bin_of(step_of(column)) as usize).min(map.bins - 1);
            let last = bin_of(step_of(column + 1)).ceil() as usize;
            first..last.clamp(first + 1, map.bins)
        });
        Self { left, right, bins: bins.collect() }
    }
}

/// What a texture was painted from.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Key {
    version: u64,
    order: u64,
    dark: bool,
    logarithmic: bool,
    /// What is in sight of a logarithmic axis, and pixels across; a linear one is stretched by the graphics card.
    places: Option<(f64, f64, usize)>,
}

/// The texture, and where it lies.
#[derive(Default)]
pub struct HeatPicture {
    texture: Option<TextureHandle>,
    key: Option<Key>,
    painted: Option<Instant>,
    left: f64,
    right: f64,
    rows: usize,
    repaints: u64,
}

impl HeatPicture {
    /// Paints the texture if it is not what it should be; returns the time until it may be, if it has to wait.
    pub fn update(
        &mut self,
        ctx: &Context,
        sight: &Sight,
        (rows, order): (&[usize], u64),
        time: &TimeAxis,
        pixels: usize,
        now: Instant,
    ) -> Option<Duration> {
        let dark = ctx.theme() == eframe::egui::Theme::Dark;
        let places = time.places();
        let logarithmic = time.is_logarithmic();
        let places = logarithmic.then_some((*places.start(), *places.end(), pixels));
        let key = Key { version: sight.version, order, dark, logarithmic, places };
        let Some(before) = self.key.filter(|_| self.texture.is_some()) else {
            self.paint(ctx, sight, rows, time, key, now);
            return None;
        };
        if before == key {
            return None;
        }
        // Data come at their own pace already; a hand that drags a logarithmic axis would be faster.
        let only_moved = Key { places: before.places, ..key } == before;
        let rest = self.painted.and_then(|at| DATA_INTERVAL.checked_sub(now.saturating_duration_since(at)));
        match rest.filter(|rest| only_moved && !rest.is_zero()) {
            Some(rest) => Some(rest),
            None => {
                self.paint(ctx, sight, rows, time, key, now);
                None
            }
        }
    }

    fn paint(&mut self, ctx: &Context, sight: &Sight, rows: &[usize], time: &TimeAxis, key: Key, now: Instant) {
        let columns = Columns::new(&sight.map, time, key.places.map_or(0, |(_, _, pixels)| pixels));
        self.key = Some(key);
        self.painted = Some(now);
        (self.left, self.right, self.rows) = (columns.left, columns.right, rows.len());
        self.repaints += 1;
        if rows.is_empty() || columns.bins.is_empty() {
            self.rows = 0;
        }
        let image = image(&sight.map, rows, &columns, key.dark);
        match &mut self.texture {
            Some(texture) => texture.set(image, TextureOptions::NEAREST),
            None => self.texture = Some(ctx.load_texture("neurons", image, TextureOptions::NEAREST)),
        }
    }

    /// How often it was painted.
    #[must_use]
    #[cfg(test)]
    pub fn repaints(&self) -> u64 {
        self.repaints
    }

    /// The texture in its place: row r from the top lies between the heights -r and -(r + 1).
    #[must_use]
    pub fn item(&self) -> Option<PlotImage> {
        let texture = self.texture.as_ref().filter(|_| self.rows > 0)?;
        let rows = self.rows as f64;
        let center = PlotPoint::new(f64::midpoint(self.left, self.right), -rows / 2.0);
        let size = vec2((self.right - self.left) as f32, rows as f32);
        Some(PlotImage::new("neurons", texture, center, size).allow_hover(false))
    }
}

/// Colours of the map: a line of pixels a neuron.
fn image(map: &HeatMap, rows: &[usize], columns: &Columns, dark: bool) -> ColorImage {
    let mut pixels = Vec::with_capacity(rows.len() * columns.bins.len());
    for &neuron in rows {
        let values = row(map, neuron);
        pixels.extend(columns.bins.iter().map(|bins| {
            let value = match values.get(bins.clone()) {
                Some([value]) => *value,
                Some(several) => crate::app::panes::neurons::rows::mean(several).map_or(f32::NAN, |mean| mean as f32),
                None => f32::NAN,
            };
            color(value, dark)
        }));
    }
    if pixels.is_empty() {
        // A texture has at least one pixel.
        return ColorImage::new([1, 1], vec![Color32::TRANSPARENT]);
    }
    ColorImage::new([columns.bins.len(), rows.len()], pixels)
}

/// Colour of a cosine; NaN is grey.
#[must_use]
pub fn color(value: f32, dark: bool) -> Color32 {
    let [r, g, b] = colormap::diverging(value, dark);
    Color32::from_rgb(r, g, b)
}

/// What lies under a point of the map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// Neuron, counted from 0.
    pub neuron: usize,
    /// First step of the bin.
    pub first_step: u64,
    /// Last step of the bin.
    pub last_step: u64,
    /// Its cosine, a mean over the bin; NaN where undefined.
    pub value: f32,
}

/// The neuron at height `y`; row r from the top lies between -r and -(r + 1).
#[must_use]
pub fn neuron_at(rows: &[usize], y: f64) -> Option<usize> {
    (y <= 0.0).then(|| rows.get((-y).floor() as usize).copied()).flatten()
}

/// What lies at a place of the axis of time and a height.
#[must_use]
pub fn cell(map: &HeatMap, rows: &[usize], step_at: impl Fn(f64) -> f64, x: f64, y: f64) -> Option<Cell> {
    let neuron = neuron_at(rows, y)?;
    // A bin reaches half a step beyond its first and last one.
    let bin = ((step_at(x) + 0.5 - map.first_step as f64) / map.bin_width as f64).floor();
    if !(0.0..map.bins as f64).contains(&bin) {
        return None;
    }
    let first_step = map.first_step + bin as u64 * map.bin_width;
    let value = row(map, neuron).get(bin as usize).copied()?;
    Some(Cell { neuron, first_step, last_step: first_step + map.bin_width - 1, value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::panes::neurons::sight::{Span, Subject};
    use crate::record::NeuronReading;
    use std::sync::Arc;

    fn map() -> HeatMap {
        HeatMap {
            first_step: 96,
            bin_width: 32,
            bins: 3,
            neurons: 2,
            values: vec![0.1, 0.2, 0.3, -0.1, f32::NAN, -0.3],
        }
    }

    fn sight(version: u64) -> Sight {
        Sight {
            subject: Subject { run_id: 1, layer: 2, reading: NeuronReading::Full, followed: None, unit: "neuron" },
            span: Span { from: 0, to: 10, bins: 100 },
            seed: 0,
            neurons: 2,
            last_step: None,
            map: map(),
            statistics: Arc::default(),
            curves: [Vec::new(), Vec::new()],
            spectrum: Arc::default(),
            counted: None,
            version,
        }
    }

    fn logarithmic() -> TimeAxis {
        let mut time = TimeAxis::default();
        time.reach(191);
        time.toggle_logarithmic();
        time
    }

    #[test]
    fn the_pointer_finds_neuron_and_steps_on_both_axes() {
        let rows = [1, 0];
        for time in [TimeAxis::default(), logarithmic()] {
            let at = |step: f64, y: f64| cell(&map(), &rows, |x| time.step_at(x), time.place(step), y);
            let found = at(130.0, -0.5).expect("within the map");
            assert_eq!((found.neuron, found.first_step, found.last_step), (1, 128, 159));
            assert!(found.value.is_nan());
            assert_eq!(at(127.4, -1.5), Some(Cell { neuron: 0, first_step: 96, last_step: 127, value: 0.1 }));
            assert_eq!(at(127.6, -1.5).map(|cell| cell.value), Some(0.2));
            assert_eq!(at(95.4, -1.5), None, "before the first bin");
            assert_eq!(at(191.6, -1.5), None, "after the last bin");
            assert_eq!(at(130.0, 0.5), None, "above the first row");
            assert_eq!(at(130.0, -2.5), None, "below the last row");
        }
    }

    #[test]
    fn linear_columns_are_the_bins() {
        let columns = Columns::new(&map(), &TimeAxis::default(), 640);
        assert_eq!((columns.left, columns.right), (95.5, 191.5));
        assert_eq!(columns.bins, [0..1, 1..2, 2..3]);
    }

    #[test]
    fn logarithmic_columns_show_what_the_pointer_finds() {
        let time = logarithmic();
        let columns = Columns::new(&map(), &time, 500);
        assert_eq!(columns.bins.len(), 500);
        let width = (columns.right - columns.left) / 500.0;
        for (column, bins) in columns.bins.iter().enumerate() {
            let middle = columns.left + (column as f64 + 0.5) * width;
            let found = cell(&map(), &[0], |x| time.step_at(x), middle, -0.5).expect("within the map");
            let bin = ((found.first_step - 96) / 32) as usize;
            assert!(bins.contains(&bin), "column {column} shows {bins:?}, the pointer finds {bin}");
        }
        assert_eq!((columns.bins[0].start, columns.bins[499].end), (0, 3));
    }

    #[test]
    fn undefined_is_grey_and_rows_follow_the_order() {
        let image = image(&map(), &[1, 0], &Columns::new(&map(), &TimeAxis::default(), 10), true);
        assert_eq!(image.size, [3, 2]);
        let expected = [-0.1, f32::NAN, -0.3, 0.1, 0.2, 0.3].map(|value| color(value, true));
        assert_eq!(image.pixels, expected);
        let grey = image.pixels[1];
        assert!(grey.r() == grey.g() && grey.g() == grey.b());
    }

    #[test]
    fn is_painted_only_when_something_has_changed() {
        let ctx = Context::default();
        let mut picture = HeatPicture::default();
        let (start, mut time) = (Instant::now(), TimeAxis::default());
        let mut update = |version, order, time: &TimeAxis, ms| {
            let now = start + Duration::from_millis(ms);
            let waits = picture.update(&ctx, &sight(version), (&[0, 1], order), time, 300, now);
            (picture.repaints(), waits.is_some())
        };
        assert_eq!(update(0, 0, &time, 0), (1, false));
        assert_eq!(update(0, 0, &time, 500), (1, false), "nothing has changed");
        time.choose(0.0..=50.0);
        assert_eq!(update(0, 0, &time, 600), (1, false), "a linear axis stretches the texture");
        assert_eq!(update(1, 0, &time, 700), (2, false), "new data");
        assert_eq!(update(1, 1, &time, 710), (3, false), "another order");
        time.toggle_logarithmic();
        assert_eq!(update(1, 1, &time, 720), (4, false), "another axis");
        time.choose(0.0..=60.0);
        assert_eq!(update(1, 1, &time, 730), (4, true), "a moving logarithmic axis waits");
        assert_eq!(update(1, 1, &time, 900), (5, false));
    }
}
