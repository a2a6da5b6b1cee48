//! A texture of discs of many sizes, each soft by half a pixel on either side of its edge.

use eframe::egui::{Color32, ColorImage, Pos2, Rect, pos2};

/// Smallest and largest disc that the texture has, in pixels.
const RADII: [f32; 2] = [1.0, 12.0];

/// Discs for each pixel of radius; more would make the texture wider than 2,048 texels, which every driver has.
const DISCS_PER_PIXEL: f32 = 5.0;

/// Texels along a disc's sides.
const TEXELS: usize = 32;

/// Where the texture has a disc with nearly this radius, and half the side of the square around it and its soft edge,
/// all in pixels; `None` if there is none.
pub(super) fn place(radius: f32) -> Option<(Rect, f32)> {
    (RADII[0]..=RADII[1]).contains(&radius).then(|| {
        let index = ((radius - RADII[0]) * DISCS_PER_PIXEL).round();
        let (left, right) = (index / count() as f32, (index + 1.0) / count() as f32);
        (Rect::from_min_max(pos2(left, 0.0), pos2(right, 1.0)), radius_of(index as usize) + 0.5)
    })
}

/// A place in the texture that is opaque: the middle of the largest disc.
pub(super) fn opaque() -> Pos2 {
    pos2(1.0 - 0.5 / count() as f32, 0.5)
}

fn count() -> usize {
    ((RADII[1] - RADII[0]) * DISCS_PER_PIXEL) as usize + 1
}

fn radius_of(index: usize) -> f32 {
    RADII[0] + index as f32 / DISCS_PER_PIXEL
}

/// Discs beside each other, each with half a pixel of softness outside and inside.
pub(super) fn atlas() -> ColorImage {
    let width = TEXELS * count();
    let pixels = (0..width * TEXELS).map(|index| {
        let (column, row) = (index % width, index / width);
        let radius = radius_of(column / TEXELS);
        let place = |texel: usize| ((texel as f32 + 0.5) / TEXELS as f32 - 0.5) * 2.0 * (radius + 0.5);
        let distance = place(column % TEXELS).hypot(place(row));
        Color32::from_white_alpha((255.0 * (radius + 0.5 - distance).clamp(0.0, 1.0)).round() as u8)
    });
    ColorImage::new([width, TEXELS], pixels.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn discs_have_their_areas() {
        let atlas = atlas();
        for index in 0..count() {
            let radius = radius_of(index);
            let texels = (0..TEXELS).flat_map(|row| {
                let start = row * atlas.width() + index * TEXELS;
                &atlas.pixels[start..start + TEXELS]
            });
            let covered: f32 = texels.map(|texel| f32::from(texel.a()) / 255.0).sum();
            let area = covered * (2.0 * (radius + 0.5) / TEXELS as f32).powi(2);
            // A cone with a flat top: its soft edge adds a twelfth of a square pixel times pi.
            let exact = std::f32::consts::PI * (radius.powi(2) + 1.0 / 12.0);
            assert!((area - exact).abs() < 0.02 * exact, "radius {radius}: {area} for {exact}");
        }
    }
}
