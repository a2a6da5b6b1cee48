//! How a figure is to look: its size on paper, its type, its ground and its colours.

use serde::{Deserialize, Serialize};

use super::colormap::{self, ColorMap};
use super::sheet::{FAINT, GREY, INK, Rgb};

/// Points of an inch, and millimetres of one.
pub(super) const POINTS: f64 = 72.0;
pub(super) const MILLIMETRES: f64 = 25.4;

/// What a figure looks like that is made for a page, a poster or a screen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FigureLook {
    /// Width in millimetres, 30 to 1200.
    pub width_mm: f64,
    /// Height as a share of the width; absent as high as the content asks for. Type gets smaller where it must.
    pub height_share: Option<f64>,
    /// Size of the names of axes in points (1/72 inch), 4 to 72; other type is in proportion to it.
    pub font_pt: f64,
    /// Dots an inch of a file of pixels, 50 to 1200.
    pub dpi: f64,
    /// Light on dark, for a screen.
    pub is_dark: bool,
    /// Colours of matrices and maps.
    pub colors: ColorMap,
    /// Whether title and settings stand above; a caption says them elsewhere.
    pub has_heading: bool,
}

impl Default for FigureLook {
    fn default() -> Self {
        Self {
            width_mm: 170.0,
            height_share: None,
            font_pt: 8.0,
            dpi: 300.0,
            is_dark: false,
            colors: ColorMap::default(),
            has_heading: true,
        }
    }
}

impl FigureLook {
    /// One column of a journal.
    #[must_use]
    pub fn one_column() -> Self {
        Self { width_mm: 85.0, font_pt: 7.0, dpi: 600.0, has_heading: false, ..Self::default() }
    }

    /// Two columns of a journal.
    #[must_use]
    pub fn two_columns() -> Self {
        Self::default()
    }

    /// A slide of 16 to 9, as presentation programs make them: 13.33 inches wide.
    #[must_use]
    pub fn slide() -> Self {
        Self {
            width_mm: 338.7,
            height_share: Some(9.0 / 16.0),
            font_pt: 18.0,
            dpi: 144.0,
            is_dark: true,
            ..Self::default()
        }
    }

    /// What cannot be drawn, in words: the field, its value and what is allowed.
    ///
    /// # Errors
    /// Of a value beyond its bounds.
    pub fn check(&self) -> Result<(), String> {
        let bounded = [
            ("width", self.width_mm, 30.0, 1200.0, "mm"),
            ("font size", self.font_pt, 4.0, 72.0, "pt"),
            ("resolution", self.dpi, 50.0, 1200.0, "dots an inch"),
            ("height", self.height_share.unwrap_or(1.0), 0.2, 5.0, "times the width"),
        ];
        let outside = bounded.into_iter().find(|(_, value, low, high, _)| !(*low..=*high).contains(value));
        outside.map_or(Ok(()), |(name, value, low, high, unit)| {
            Err(format!("a {name} of {value} {unit}, but must be {low} to {high} {unit}"))
        })
    }

    /// Width in points.
    pub(super) fn width_pt(&self) -> f64 {
        self.width_mm / MILLIMETRES * POINTS
    }

    pub(super) fn tones(&self) -> Tones {
        Tones { is_dark: self.is_dark, map: self.colors }
    }
}

/// Ground of dark figures: that of the window's plots.
const DARK_PAPER: Rgb = [0x12, 0x15, 0x19];

/// Colours of a sheet: its ground, and what stands for the tones that layouts name.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Tones {
    pub is_dark: bool,
    pub map: ColorMap,
}

impl Tones {
    pub(super) fn paper(self) -> Rgb {
        if self.is_dark { DARK_PAPER } else { [255; 3] }
    }

    /// Colour of a signed value, 1 the strongest.
    pub(super) fn diverging(self, value: f32) -> Rgb {
        self.map.diverging(value, self.is_dark)
    }

    /// Colour of a magnitude, 1 the strongest.
    pub(super) fn sequential(self, value: f32) -> Rgb {
        self.map.sequential(value, self.is_dark)
    }

    /// Colour of what has no value.
    pub(super) fn undefined(self) -> Rgb {
        self.map.undefined(self.is_dark)
    }

    /// What stands for a colour that was chosen for white.
    pub(super) fn shown(self, color: Rgb) -> Rgb {
        match color {
            _ if !self.is_dark => color,
            INK => [0xe2, 0xe5, 0xe9],
            GREY => [0xa4, 0xac, 0xb6],
            FAINT => [0x34, 0x3a, 0x42],
            color => colormap::on_dark(color),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_drawn_is_named() {
        for look in [FigureLook::one_column(), FigureLook::two_columns(), FigureLook::slide()] {
            assert_eq!(look.check(), Ok(()), "{look:?}");
        }
        for (look, words) in [
            (FigureLook { width_mm: 5.0, ..FigureLook::default() }, "a width of 5 mm, but must be 30 to 1200 mm"),
            (FigureLook { font_pt: f64::NAN, ..FigureLook::default() }, "a font size of NaN pt"),
            (FigureLook { dpi: 1e9, ..FigureLook::default() }, "a resolution of 1000000000 dots an inch"),
        ] {
            let error = look.check().expect_err("beyond its bounds");
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn everything_stands_out_of_a_dark_ground() {
        let tones = Tones { is_dark: true, ..Tones::default() };
        // Contrast as WCAG has it.
        let luminance = |color: Rgb| {
            let linear = color.map(|c| {
                let c = f64::from(c) / 255.0;
                if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
            });
            0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        };
        let contrast = |color: Rgb| (luminance(color) + 0.05) / (luminance(tones.paper()) + 0.05);
        assert!(contrast(tones.shown(INK)) > 7.0 && contrast(tones.shown(GREY)) > 4.5);
        for color in [[0, 0, 0], [0x27, 0x10, 0], [0x0d, 0x09, 0x2a], [0, 114, 178], [255, 255, 255], [0xa5, 0x28, 0xa]]
        {
            assert!(contrast(tones.shown(color)) >= 3.0, "{color:?}: {:?}", tones.shown(color));
        }
    }
}
