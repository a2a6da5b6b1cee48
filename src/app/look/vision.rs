//! Whether the colours can be told apart, and read, by everybody.

use eframe::egui::{Color32, Theme};

use super::theme::{Palette, visuals};
use crate::record::colormap;

/// What a reader of that vision sees of linear red, green and blue (Machado, Oliveira and Fernandes 2009, severity 1).
const VISIONS: [(&str, [[f64; 3]; 3]); 4] = [
    ("usual", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    ("protanopia", [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    (
        "deuteranopia",
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    ),
    ("tritanopia", [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
];

fn linear(color: [u8; 3]) -> [f64; 3] {
    color.map(|value| {
        let value = f64::from(value) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    })
}

fn seen(color: [f64; 3], matrix: &[[f64; 3]; 3]) -> [f64; 3] {
    matrix.map(|row| row.iter().zip(color).map(|(a, b)| a * b).sum::<f64>().clamp(0.0, 1.0))
}

/// CIE L*a*b* under D65.
fn lab(color: [f64; 3]) -> [f64; 3] {
    const XYZ: [[f64; 3]; 3] =
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]];
    let white = [0.95047, 1.0, 1.08883];
    let mut f = [0.0; 3];
    for (i, row) in XYZ.iter().enumerate() {
        let x = row.iter().zip(color).map(|(a, b)| a * b).sum::<f64>() / white[i];
        f[i] = if x > 216.0 / 24389.0 { x.cbrt() } else { (24389.0 / 27.0 * x + 16.0) / 116.0 };
    }
    [116.0 * f[1] - 16.0, 500.0 * (f[0] - f[1]), 200.0 * (f[1] - f[2])]
}

/// CIEDE2000 (Sharma, Wu and Dalal 2005).
fn difference([l1, a1, b1]: [f64; 3], [l2, a2, b2]: [f64; 3]) -> f64 {
    let mean = 0.5 * (a1.hypot(b1) + a2.hypot(b2));
    let g = 0.5 * (1.0 - (mean.powi(7) / (mean.powi(7) + 25f64.powi(7))).sqrt());
    let (a1, a2) = ((1.0 + g) * a1, (1.0 + g) * a2);
    let (c1, c2) = (a1.hypot(b1), a2.hypot(b2));
    let (h1, h2) = (b1.atan2(a1).to_degrees().rem_euclid(360.0), b2.atan2(a2).to_degrees().rem_euclid(360.0));
    let is_gray = c1 * c2 == 0.0;
    let turn = match h2 - h1 {
        _ if is_gray => 0.0,
        turn if turn > 180.0 => turn - 360.0,
        turn if turn < -180.0 => turn + 360.0,
        turn => turn,
    };
    let (dl, dc) = (l2 - l1, c2 - c1);
    let dh = 2.0 * (c1 * c2).sqrt() * (0.5 * turn).to_radians().sin();
    let (l, c, sum) = (0.5 * (l1 + l2), 0.5 * (c1 + c2), h1 + h2);
    let h = match (h1 - h2).abs() {
        _ if is_gray => sum,
        apart if apart <= 180.0 => 0.5 * sum,
        _ if sum < 360.0 => 0.5 * (sum + 360.0),
        _ => 0.5 * (sum - 360.0),
    };
    let cos = |degrees: f64| degrees.to_radians().cos();
    let t = 1.0 - 0.17 * cos(h - 30.0) + 0.24 * cos(2.0 * h) + 0.32 * cos(3.0 * h + 6.0) - 0.20 * cos(4.0 * h - 63.0);
    let rotation = 30.0 * (-((h - 275.0) / 25.0).powi(2)).exp();
    let weight = 2.0 * (c.powi(7) / (c.powi(7) + 25f64.powi(7))).sqrt();
    let sl = 1.0 + 0.015 * (l - 50.0).powi(2) / (20.0 + (l - 50.0).powi(2)).sqrt();
    let (sc, sh) = (1.0 + 0.045 * c, 1.0 + 0.015 * c * t);
    let rt = -(2.0 * rotation).to_radians().sin() * weight;
    let (l, c, h) = (dl / sl, dc / sc, dh / sh);
    (l * l + c * c + h * h + rt * c * h).sqrt()
}

/// Contrast of two colours (WCAG 2).
fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let luminance = |color| linear(color).iter().zip([0.2126, 0.7152, 0.0722]).map(|(a, b)| a * b).sum::<f64>() + 0.05;
    let (a, b): (f64, f64) = (luminance(a), luminance(b));
    a.max(b) / a.min(b)
}

fn rgb(color: Color32) -> [u8; 3] {
    [color.r(), color.g(), color.b()]
}

#[test]
fn the_difference_is_that_of_the_published_pairs() {
    // Of the table in Sharma, Wu and Dalal (2005), to its four digits.
    for (a, b, expected) in [
        ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
        ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
        ([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644),
        ([22.7233, 20.0904, -46.6940], [23.0331, 14.9730, -42.5619], 2.0373),
        ([50.0, -0.0010, 2.4900], [50.0, 0.0011, -2.4900], 4.7461),
    ] {
        assert!((difference(a, b) - expected).abs() < 1e-4, "{} for {expected}", difference(a, b));
    }
}

#[test]
fn eight_layers_are_told_apart_by_all_kinds_of_colour_vision() {
    for theme in [Theme::Dark, Theme::Light] {
        let palette = Palette::of(theme);
        for (vision, matrix) in &VISIONS {
            let seen = |layer| lab(seen(linear(rgb(palette.layer(layer))), matrix));
            for a in 1..=8 {
                for b in a + 1..=8 {
                    let apart = difference(seen(a), seen(b));
                    assert!(apart >= 15.0, "layers {a} and {b} are {apart:.1} apart: {vision}, {theme:?}");
                }
            }
        }
    }
}

/// Blue and orange: of signs, the ends and what is half as far are told apart by hue, and none of them is the middle.
#[test]
fn signs_are_told_apart_by_all_kinds_of_colour_vision() {
    for dark in [false, true] {
        for (vision, matrix) in &VISIONS {
            let seen = |value: f32| lab(seen(linear(colormap::diverging(value, dark)), matrix));
            for value in [0.25, 0.5, 1.0] {
                let apart = difference(seen(value), seen(-value));
                assert!(apart >= 15.0, "±{value} are {apart:.1} apart: {vision}, dark {dark}");
            }
            for value in [-1.0, 1.0] {
                let apart = difference(seen(value), seen(0.0));
                assert!(apart >= 15.0, "{value} and 0 are {apart:.1} apart: {vision}, dark {dark}");
            }
        }
    }
}

#[test]
fn curves_and_text_stand_out_from_their_ground() {
    for theme in [Theme::Dark, Theme::Light] {
        let (palette, visuals) = (Palette::of(theme), visuals(theme));
        let grounds = [palette.plot, visuals.panel_fill];
        for ground in grounds {
            let curves = (1..=8).map(|layer| palette.layer(layer)).chain((0..8).map(|place| palette.run(place)));
            for color in
                curves.chain([palette.training, palette.validation, palette.warning, palette.zero, palette.mark])
            {
                let contrast = contrast(rgb(color), rgb(ground));
                assert!(contrast >= 3.0, "{color:?} on {ground:?}: {contrast:.2}, {theme:?}");
            }
            for color in [visuals.text_color(), visuals.strong_text_color(), visuals.weak_text_color()] {
                let contrast = contrast(rgb(color), rgb(ground));
                assert!(contrast >= 4.5, "{color:?} on {ground:?}: {contrast:.2}, {theme:?}");
            }
        }
        let on_button = contrast(rgb(palette.on_accent), rgb(palette.accent));
        assert!(on_button >= 4.5, "{on_button:.2}, {theme:?}");
        let handle = visuals.widgets.inactive.fg_stroke.color;
        let contrast = contrast(rgb(handle), rgb(visuals.panel_fill));
        assert!(contrast >= 3.0, "the handle of a slider: {contrast:.2}, {theme:?}");
    }
}
