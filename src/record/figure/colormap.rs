//! Colours of matrices: a diverging map for signed values, a sequential one for magnitudes, a grey for undefined.
//!
//! Both are straight paths in OKLab, where equal distances look about equal. Blue and orange stay apart for readers with
//! any of the common colour deficiencies, and lightness says the magnitude even without colour.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

/// Entries between -1 and 1; neighbours differ by at most one of 255 levels, so that no band is seen.
const STEPS: usize = 1024;

/// Lightness in OKLab of the middle, and the two ends.
struct Path {
    centre_lightness: f64,
    negative: End,
    positive: End,
}

/// Lightness and chroma in OKLab and hue in degrees.
struct End {
    lightness: f64,
    chroma: f64,
    hue: f64,
}

/// Colours of matrices and maps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColorMap {
    /// Blue, the ground, orange: told apart with any of the common colour deficiencies.
    #[default]
    BlueOrange,
    /// Purple, the ground, green: likewise, where blue means something else.
    PurpleGreen,
    /// Dark blue, grey, light yellow: lightness alone orders the values, so that a print in grey still says the sign.
    DarkToLight,
}

impl ColorMap {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::BlueOrange, Self::PurpleGreen, Self::DarkToLight];

    /// Its name.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::BlueOrange => "Blue to orange",
            Self::PurpleGreen => "Purple to green",
            Self::DarkToLight => "Dark to light (safe in grey)",
        }
    }

    /// Colour of a signed value, as [`diverging`].
    #[must_use]
    pub fn diverging(self, value: f32, dark: bool) -> [u8; 3] {
        static TABLES: [OnceLock<Vec<[u8; 3]>>; 6] = [const { OnceLock::new() }; 6];
        if value.is_nan() {
            return self.undefined(dark);
        }
        let (place, path) = self.path(dark);
        let table = TABLES[place]
            .get_or_init(|| (0..=STEPS).map(|index| path.signed(index as f64 / STEPS as f64 * 2.0 - 1.0)).collect());
        table[((f64::from(value.clamp(-1.0, 1.0)) + 1.0) / 2.0 * STEPS as f64).round() as usize]
    }

    /// Colour of a magnitude, as [`sequential`].
    #[must_use]
    pub fn sequential(self, value: f32, dark: bool) -> [u8; 3] {
        let size = value.clamp(0.0, 1.0);
        match self {
            _ if value.is_nan() => self.undefined(dark),
            // One half alone: a reader learns one meaning of its lightness.
            Self::BlueOrange => self.diverging(-size, dark),
            Self::PurpleGreen => self.diverging(size, dark),
            Self::DarkToLight if dark => self.diverging(2.0 * size - 1.0, dark),
            Self::DarkToLight => self.diverging(1.0 - 2.0 * size, dark),
        }
    }

    /// Colour of values that are not defined: one that the map does not have.
    #[must_use]
    pub fn undefined(self, dark: bool) -> [u8; 3] {
        match (self, dark) {
            // Its greys are values.
            (Self::DarkToLight, false) => [255; 3],
            (Self::DarkToLight, true) => [0; 3],
            (_, dark) => srgb(if dark { 0.5 } else { 0.65 }, 0.0, 0.0),
        }
    }

    /// Its place in the list of tables, and its path.
    fn path(self, dark: bool) -> (usize, Path) {
        let path = |centre_lightness, lightness, chroma, hues: [f64; 2]| {
            let [negative, positive] = hues.map(|hue| End { lightness, chroma, hue });
            Path { centre_lightness, negative, positive }
        };
        match (self, dark) {
            (Self::BlueOrange, false) => (0, path(0.97, 0.45, 0.14, [258.0, 40.0])),
            (Self::BlueOrange, true) => (1, path(0.32, 0.76, 0.12, [250.0, 55.0])),
            (Self::PurpleGreen, false) => (2, path(0.97, 0.42, 0.15, [310.0, 145.0])),
            (Self::PurpleGreen, true) => (3, path(0.32, 0.76, 0.13, [310.0, 145.0])),
            (Self::DarkToLight, dark) => {
                let negative = End { lightness: 0.3, chroma: 0.13, hue: 262.0 };
                let positive = End { lightness: 0.92, chroma: 0.13, hue: 98.0 };
                (4 + usize::from(dark), Path { centre_lightness: 0.61, negative, positive })
            }
        }
    }
}

/// Colour of a signed value: blue at -1, near white (near black if `dark`) at 0, orange at 1; beyond, as at the ends.
/// NaN has the colour of [`undefined`].
#[must_use]
pub fn diverging(value: f32, dark: bool) -> [u8; 3] {
    ColorMap::BlueOrange.diverging(value, dark)
}

/// A share of the way between the ends of a quantity without a sign, as a magnitude whose colour is told from the ground.
#[must_use]
pub fn above_ground(share: f64) -> f64 {
    const LEAST: f64 = 0.06;
    LEAST + (1.0 - LEAST) * share
}

/// Colour of a magnitude: that of the background at 0, dark blue (light blue if `dark`) at 1; beyond, as at the ends.
/// NaN has the colour of [`undefined`].
#[must_use]
pub fn sequential(value: f32, dark: bool) -> [u8; 3] {
    ColorMap::BlueOrange.sequential(value, dark)
}

/// Colour of values that are not defined: a grey that neither map has.
#[must_use]
pub fn undefined(dark: bool) -> [u8; 3] {
    ColorMap::BlueOrange.undefined(dark)
}

/// A colour of the same hue that stands out of a dark ground.
pub(super) fn on_dark(color: [u8; 3]) -> [u8; 3] {
    /// Lightness of what is black on white, and that which stands out as it is.
    const LEAST: f64 = 0.62;
    const LIGHT: f64 = 0.53;
    let [lightness, a, b] = oklab(color);
    if lightness >= LIGHT {
        return color;
    }
    let lighter = LEAST + (1.0 - LEAST) * lightness;
    let mut share = 1.0;
    while share > 0.0 && !in_gamut(lighter, share * a, share * b) {
        share -= 0.01;
    }
    srgb(lighter, share * a, share * b)
}

/// OKLab of an sRGB colour.
fn oklab(colour: [u8; 3]) -> [f64; 3] {
    let [r, g, b] = colour.map(|channel| {
        let c = f64::from(channel) / 255.0;
        if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    });
    let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
    let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
    let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
    [
        0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s,
        1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s,
        0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s,
    ]
}

impl Path {
    /// Colour at `t` in -1 to 1.
    fn signed(&self, t: f64) -> [u8; 3] {
        let size = t.abs();
        let end = if t < 0.0 { &self.negative } else { &self.positive };
        let lightness = self.centre_lightness + (end.lightness - self.centre_lightness) * size;
        let hue = end.hue.to_radians();
        // Small values become coloured a little faster than they become dark.
        let mut chroma = end.chroma * (1.0 - (1.0 - size).powi(2));
        while !in_gamut(lightness, chroma * hue.cos(), chroma * hue.sin()) {
            chroma -= 0.001;
        }
        srgb(lightness, chroma * hue.cos(), chroma * hue.sin())
    }
}

/// Linear red, green and blue of an OKLab colour (Ottosson 2020).
fn linear(lightness: f64, a: f64, b: f64) -> [f64; 3] {
    let long = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let medium = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let short = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
    [
        4.076_741_662_1 * long - 3.307_711_591_3 * medium + 0.230_969_929_2 * short,
        -1.268_438_004_6 * long + 2.609_757_401_1 * medium - 0.341_319_396_5 * short,
        -0.004_196_086_3 * long - 0.703_418_614_7 * medium + 1.707_614_701_0 * short,
    ]
}

fn in_gamut(lightness: f64, a: f64, b: f64) -> bool {
    // A tolerance, as grey itself misses the cube by rounding.
    linear(lightness, a, b).iter().all(|channel| (-1e-6..=1.0 + 1e-6).contains(channel))
}

fn srgb(lightness: f64, a: f64, b: f64) -> [u8; 3] {
    linear(lightness, a, b).map(|channel| {
        let channel = channel.clamp(0.0, 1.0);
        let encoded = if channel <= 0.003_130_8 { 12.92 * channel } else { 1.055 * channel.powf(1.0 / 2.4) - 0.055 };
        (encoded * 255.0).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(a: [u8; 3], b: [u8; 3]) -> f64 {
        let (a, b) = (oklab(a), oklab(b));
        (0..3).map(|i| (a[i] - b[i]).powi(2)).sum::<f64>().sqrt()
    }

    #[test]
    fn lightness_is_symmetric_and_falls_with_magnitude() {
        for dark in [false, true] {
            let lightness = |t: i32| oklab(diverging(t as f32 / 50.0, dark))[0];
            for t in 1..=50 {
                // Rounding to 8 bits moves lightness by less than 0.006.
                assert!((lightness(t) - lightness(-t)).abs() < 0.006, "{dark} {t}");
                for sign in [-1, 1] {
                    let change = lightness(sign * t) - lightness(sign * (t - 1));
                    assert!(if dark { change > 0.0 } else { change < 0.0 }, "{dark} {t} {change}");
                }
            }
        }
    }

    #[test]
    fn signs_move_apart_in_hue() {
        for dark in [false, true] {
            let apart = |t: i32| {
                let (plus, minus) = (oklab(diverging(t as f32 / 20.0, dark)), oklab(diverging(-t as f32 / 20.0, dark)));
                (plus[1] - minus[1]).hypot(plus[2] - minus[2])
            };
            assert_eq!(apart(0), 0.0);
            assert!((1..=20).all(|t| apart(t) > apart(t - 1) - 0.004), "8 bits round by less than 0.004");
            assert!(apart(20) > 0.15);
            let [red, _, blue] = diverging(-1.0, dark);
            assert!(blue > red);
            let [red, _, blue] = diverging(1.0, dark);
            assert!(red > blue);
        }
    }

    #[test]
    fn neighbours_differ_little_and_undefined_much() {
        for dark in [false, true] {
            for index in 0..=400 {
                let t = index as f32 / 200.0 - 1.0;
                let colour = diverging(t, dark);
                assert!(distance(colour, diverging(t + 0.005, dark)) < 0.012, "{dark} {t}");
                assert!(distance(colour, undefined(dark)) > 0.05, "{dark} {t}: {colour:?}");
            }
            assert_eq!(diverging(f32::NAN, dark), undefined(dark));
            assert_eq!(sequential(f32::NAN, dark), undefined(dark));
            assert_eq!(diverging(7.0, dark), diverging(1.0, dark));
            assert_eq!(sequential(-3.0, dark), diverging(0.0, dark));
            assert_eq!(sequential(1.0, dark), diverging(-1.0, dark));
        }
    }

    #[test]
    fn every_map_orders_its_values_and_tells_them_from_nothing() {
        for map in ColorMap::ALL {
            for dark in [false, true] {
                let of = |t: i32| map.diverging(t as f32 / 50.0, dark);
                let monotone = map == ColorMap::DarkToLight;
                for t in -49..=50 {
                    let change = oklab(of(t))[0] - oklab(of(t - 1))[0];
                    // Rounding to 8 bits moves lightness by less than 0.003.
                    let rises = monotone || (t > 0) == dark;
                    assert!(if rises { change > -0.003 } else { change < 0.003 }, "{map:?} {dark} {t}: {change}");
                    assert!(distance(of(t), map.undefined(dark)) > 0.05, "{map:?} {dark} {t}");
                }
                let ends = distance(of(50), of(-50));
                assert!(ends > 0.2, "{map:?} {dark}: {ends}");
                let sizes: Vec<f64> = (0..=20).map(|t| oklab(map.sequential(t as f32 / 20.0, dark))[0]).collect();
                assert!(
                    sizes.windows(2).all(|pair| if dark { pair[1] > pair[0] } else { pair[1] < pair[0] }),
                    "{map:?} {dark}"
                );
            }
        }
    }
}
