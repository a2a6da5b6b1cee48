//! An exhibit drawn with a look: one layout, from which all forms come.

use super::look::{FigureLook, MILLIMETRES, POINTS};
use super::plot::AXIS;
use super::sheet::Sheet;
use super::{GAP, MARGIN, Page, bitmap, pdf, svg};
use crate::record::error::RecordError;
use crate::record::exhibit::Exhibit;

/// Least width of a panel that has others beside it, in units of the sheet.
const LEAST_PANEL: f64 = 300.0;
/// Narrowest sheet.
const LEAST_WIDTH: f64 = 300.0;
/// Margin of figures that are narrower than [`NARROW`].
const NARROW_MARGIN: f64 = 10.0;
const NARROW: f64 = 640.0;
/// Least height of a figure as a share of its width.
const LEAST_SHARE: f64 = 0.5;
/// How much larger a sheet is tried, so that a height that was asked for holds it all, and how often.
const GROWTH: f64 = 1.06;
const TRIALS: usize = 40;
/// As far as rounding makes a sheet higher than it was asked for.
const SLACK: f64 = 2.0;

/// A figure with a look, ready for any form.
pub struct Drawn {
    pub(super) sheet: Sheet,
    look: FigureLook,
    title: String,
}

impl Exhibit {
    /// Laid out for a page, a slide or a screen.
    ///
    /// # Errors
    /// When a panel's lengths contradict each other, the look is beyond its bounds, or the content does not fit into the
    /// height that was asked for.
    pub fn drawn(&self, look: &FigureLook) -> Result<Drawn, RecordError> {
        look.check().map_err(|message| self.failure(message))?;
        let natural = look.width_pt() * AXIS / look.font_pt;
        // Narrower, axes would leave no room for what stands on them; type gets smaller instead.
        let mut width = natural.ceil().max(LEAST_WIDTH);
        for _ in 0..TRIALS {
            let margin = if width < NARROW { NARROW_MARGIN } else { MARGIN };
            let wanted = self.columns.clamp(1, self.panels.len().max(1));
            let beside = ((width - 2.0 * margin + GAP) / (LEAST_PANEL + GAP)).floor().max(1.0) as usize;
            let least_height = (width * look.height_share.unwrap_or(LEAST_SHARE)).round();
            // A given height is best used with panels beside each other.
            let most = if look.height_share.is_some() { self.panels.len().max(1) } else { wanted };
            for columns in wanted.min(beside)..=most.min(beside).max(wanted.min(beside)) {
                let page = Page { width, least_height, margin, columns, has_heading: look.has_heading };
                let sheet = page.laid_out(self, look.tones())?;
                if look.height_share.is_none() || sheet.height <= least_height + SLACK {
                    return Ok(Drawn { sheet, look: look.clone(), title: self.title.clone() });
                }
            }
            width = (width * GROWTH).ceil();
        }
        Err(self.failure("it does not fit into the height that was asked for; let the height follow the content"))
    }
}

impl Drawn {
    /// Points of 1/72 inch a unit of the sheet.
    fn points(&self) -> f64 {
        self.look.width_pt() / self.sheet.width
    }

    /// Width and height on paper, in millimetres.
    #[must_use]
    pub fn millimetres(&self) -> (f64, f64) {
        let unit = self.points() / POINTS * MILLIMETRES;
        (self.look.width_mm, self.sheet.height * unit)
    }

    /// Size of the names of axes in points; smaller than asked for where a given height asks for it.
    #[must_use]
    pub fn font_pt(&self) -> f64 {
        AXIS * self.points()
    }

    /// Width and height in pixels at the look's resolution.
    #[must_use]
    pub fn pixels(&self) -> (u32, u32) {
        let scale = self.pixel_scale();
        ((self.sheet.width * scale).round() as u32, (self.sheet.height * scale).round() as u32)
    }

    /// Pixels a unit of the sheet.
    fn pixel_scale(&self) -> f64 {
        self.points() * self.look.dpi / POINTS
    }

    /// The text of an SVG file.
    ///
    /// # Errors
    /// When the drawing library fails.
    pub fn svg(&self) -> Result<String, RecordError> {
        svg::render_on_paper(&self.sheet, self.points() / POINTS * MILLIMETRES).map_err(|message| self.failure(message))
    }

    /// The bytes of a PDF file of one page.
    ///
    /// # Errors
    /// When the drawing library fails.
    pub fn pdf(&self) -> Result<Vec<u8>, RecordError> {
        pdf::render(&self.sheet, self.points(), &self.title).map_err(|message| self.failure(message))
    }

    /// The bytes of a PNG file at the look's resolution, which it names.
    ///
    /// # Errors
    /// When it has too many pixels, or the drawing library fails.
    pub fn png(&self) -> Result<Vec<u8>, RecordError> {
        bitmap::render_at(&self.sheet, self.pixel_scale())
            .and_then(|bitmap| bitmap::encode_for_print(&bitmap, self.look.dpi / MILLIMETRES * 1000.0))
            .map_err(|message| self.failure(message))
    }

    /// Width, height and red, green and blue of every pixel, row by row, with so many pixels across.
    ///
    /// # Errors
    /// When it has too many pixels, or the drawing library fails.
    pub fn rgb(&self, width: u32) -> Result<(u32, u32, Vec<u8>), RecordError> {
        let bitmap = bitmap::render_at(&self.sheet, f64::from(width.max(1)) / self.sheet.width);
        bitmap.map(|bitmap| (bitmap.width, bitmap.height, bitmap.pixels)).map_err(|message| self.failure(message))
    }

    fn failure(&self, message: String) -> RecordError {
        RecordError::Figure { title: self.title.clone(), message }
    }
}
