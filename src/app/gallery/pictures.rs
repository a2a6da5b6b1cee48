//! The pictures that come with the program, which `hebbscope reproduce` has made of what it trained.

use std::collections::HashMap;
use std::sync::OnceLock;

use eframe::egui::{Color32, ColorImage, Context, Pos2, Rect, TextureHandle, TextureOptions, Ui, Vec2, pos2, vec2};
use image::RgbaImage;
use image::imageops::FilterType;

use crate::app::look::theme::Palette;
use crate::reproduce::PictureList;

/// The files of `assets/gallery`, as bytes by the names of their items.
macro_rules! shipped {
    ($($item:literal),* $(,)?) => {
        &[$(($item, include_bytes!(concat!("../../../assets/gallery/", $item, ".png")))),*]
    };
}

const SHIPPED: &[(&str, &[u8])] = shipped![
    "table1", "fig2", "fig3", "fig4", "fig5", "fig6", "fig7", "fig8", "fig9", "fig10", "fig11", "fig12", "fig13",
    "fig14", "fig15", "fig16", "fig17", "fig18", "fig19", "fig20", "penalty", "theory"
];

/// How they were made.
const LIST: &str = include_str!("../../../assets/gallery/gallery.json");

/// Textures of pictures, made when a card is seen for the first time.
#[derive(Default)]
pub struct Pictures {
    read: HashMap<&'static str, Option<RgbaImage>>,
    drawn: HashMap<&'static str, Drawn>,
}

/// A picture as a texture whose texels are the screen's pixels: where the processor draws, it takes texels singly.
pub(super) struct Drawn {
    is_dark: bool,
    pixels: [u32; 2],
    texture: TextureHandle,
}

impl Pictures {
    /// The picture of an item in the colours of the theme, and in which ways it is of less than the paper's experiments.
    ///
    /// It lies in the middle of `room`.
    pub fn draw(&mut self, ui: &Ui, room: Rect, id: &'static str) -> Option<String> {
        let made = list().pictures.iter().find(|made| made.item == id)?;
        let image = self.read.entry(id).or_insert_with(|| {
            let (_, bytes) = SHIPPED.iter().find(|(item, _)| *item == id)?;
            Some(image::load_from_memory(bytes).ok()?.into_rgba8())
        });
        let image = image.as_ref()?;
        let whole = vec2(image.width() as f32, image.height() as f32);
        let size = whole * (room.width() / whole.x).min(room.height() / whole.y);
        let kept = self.drawn.remove(id);
        let drawn = Drawn::new(ui, id, image, size, kept);
        drawn.draw(ui, room.center() - size / 2.0);
        self.drawn.insert(id, drawn);
        Some(match made.reductions.as_slice() {
            [] => "this build's result".to_owned(),
            some => format!("this build's result: {}", some.join("; ")),
        })
    }
}

/// What is said of the pictures; a file that is damaged says nothing, so that none is shown without its label.
fn list() -> &'static PictureList {
    static LIST_READ: OnceLock<PictureList> = OnceLock::new();
    LIST_READ.get_or_init(|| serde_json::from_str(LIST).unwrap_or_default())
}

impl Drawn {
    /// A picture `size` points large; one that is kept is taken up where it is what is wanted.
    pub(super) fn new(ui: &Ui, name: &str, image: &RgbaImage, size: Vec2, kept: Option<Self>) -> Self {
        let is_dark = ui.visuals().dark_mode;
        let pixels = [size.x, size.y].map(|points| (points * ui.pixels_per_point()).round().max(1.0) as u32);
        if let Some(kept) = kept.filter(|kept| kept.is_dark == is_dark && kept.pixels == pixels) {
            return kept;
        }
        let small = image::imageops::resize(image, pixels[0], pixels[1], FilterType::Triangle);
        let image = themed(ui.ctx(), pixels.map(|pixels| pixels as usize), small.as_raw());
        Self { is_dark, pixels, texture: ui.ctx().load_texture(name, image, TextureOptions::NEAREST) }
    }

    /// Draws it with its upper left corner at the pixel nearest to a point.
    pub(super) fn draw(&self, ui: &Ui, at: Pos2) {
        let scale = ui.pixels_per_point();
        let corner = pos2((at.x * scale).round(), (at.y * scale).round()) / scale;
        let size = vec2(self.pixels[0] as f32, self.pixels[1] as f32) / scale;
        let whole = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
        ui.painter().image(self.texture.id(), Rect::from_min_size(corner, size), whole, Color32::WHITE);
    }
}

/// A picture that was drawn on white, in the colours of a theme: on the dark one light and dark change places, and hues
/// stay.
fn themed(ctx: &Context, size: [usize; 2], rgba: &[u8]) -> ColorImage {
    let theme = ctx.theme();
    if theme == eframe::egui::Theme::Light {
        return ColorImage::from_rgba_unmultiplied(size, rgba);
    }
    let ground = Palette::of(theme).plot;
    let pixels = rgba.chunks_exact(4).map(|pixel| turned([pixel[0], pixel[1], pixel[2]], ground)).collect();
    ColorImage::new(size, pixels)
}

/// Inverts a colour and turns its hue back, then lays white on the ground of dark plots.
fn turned(rgb: [u8; 3], ground: Color32) -> Color32 {
    let [red, green, blue] = rgb.map(|value| 1.0 - f32::from(value) / 255.0);
    // The rotation of hues by half a turn that browsers have, with the weights of luminance.
    let turned = [
        -0.574 * red + 1.43 * green + 0.144 * blue,
        0.426 * red + 0.43 * green + 0.144 * blue,
        0.426 * red + 1.43 * green - 0.856 * blue,
    ];
    let lowest = [ground.r(), ground.g(), ground.b()];
    let [red, green, blue] = std::array::from_fn(|channel| {
        let low = f32::from(lowest[channel]);
        (low + (235.0 - low) * turned[channel].clamp(0.0, 1.0)).round() as u8
    });
    Color32::from_rgb(red, green, blue)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reproduce::ITEMS;

    #[test]
    fn every_picture_that_is_shipped_has_its_item_and_its_label() {
        let list: PictureList = serde_json::from_str(LIST).expect("written by the program");
        let shipped: Vec<&str> = SHIPPED.iter().map(|(item, _)| *item).collect();
        let made: Vec<&str> = list.pictures.iter().map(|made| made.item.as_str()).collect();
        assert_eq!(shipped, made);
        let known: Vec<&str> = ITEMS.iter().map(|item| item.id).filter(|id| shipped.contains(id)).collect();
        assert_eq!(shipped, known, "of items that there are, in their order");
        for (item, bytes) in SHIPPED {
            let image = image::load_from_memory(bytes).unwrap_or_else(|error| panic!("{item}: {error}"));
            assert!(image.width() > 300 && bytes.len() < 48_000, "{item}");
        }
        assert!(SHIPPED.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() < 600_000);
        // Steps set by hand try the way and not the paper.
        for made in &list.pictures {
            assert!(made.command.starts_with("hebbscope reproduce ") && !made.command.contains("--steps"), "{made:?}");
        }
    }

    #[test]
    fn on_a_dark_ground_light_and_dark_change_places_and_hues_stay() {
        let ground = Palette::of(eframe::egui::Theme::Dark).plot;
        assert_eq!(turned([255; 3], ground), ground);
        assert!(turned([0; 3], ground).r() > 220);
        let orange = turned([213, 94, 0], ground);
        assert!(orange.r() > orange.g() && orange.g() > orange.b(), "{orange:?}");
        let blue = turned([0, 114, 178], ground);
        assert!(blue.b() > blue.g() && blue.g() > blue.r(), "{blue:?}");
    }
}
