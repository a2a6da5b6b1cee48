//! Colours, fonts and spacing, for a dark and a light room.
//!
//! Eight layers can be told apart by readers with any colour vision, and stand at 3:1 or better against their ground: the first
//! three are blue, orange and green as Okabe and Ito have them, the others were searched for beside them.

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::{
    Color32, Context, CornerRadius, FontData, FontFamily, FontId, Margin, Shadow, Stroke, Style, TextStyle, Theme,
    Vec2, Visuals, style::HandleShape, vec2,
};

use crate::record::with_raised_digits;

/// Colours of what is drawn, beyond the widgets' own.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    layers: [Color32; 8],
    runs: [Color32; 8],
    /// Training loss.
    pub training: Color32,
    /// Validation loss and accuracy.
    pub validation: Color32,
    /// Something went wrong.
    pub warning: Color32,
    /// The button that matters most.
    pub accent: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// Zero line of the alignment.
    pub zero: Color32,
    /// Marks of interventions.
    pub mark: Color32,
    /// Ground of plots.
    pub plot: Color32,
}

const DARK: Palette = Palette {
    layers: [
        Color32::from_rgb(0x4e, 0xaf, 0xe1),
        Color32::from_rgb(0xe5, 0xa4, 0x21),
        Color32::from_rgb(0x57, 0xff, 0xb9),
        Color32::from_rgb(0xaa, 0x74, 0x7a),
        Color32::from_rgb(0x74, 0x6a, 0xc0),
        Color32::from_rgb(0xa8, 0xb9, 0xb4),
        Color32::from_rgb(0x04, 0x85, 0x13),
        Color32::from_rgb(0xf2, 0xff, 0xff),
    ],
    runs: [
        Color32::from_rgb(0xf2, 0x6d, 0x85),
        Color32::from_rgb(0xa9, 0x93, 0xff),
        Color32::from_rgb(0xa6, 0xd8, 0x54),
        Color32::from_rgb(0x5a, 0xd2, 0xd6),
        Color32::from_rgb(0xd0, 0xa8, 0x7c),
        Color32::from_rgb(0xe0, 0x7a, 0xe0),
        Color32::from_rgb(0xb8, 0xc4, 0xd4),
        Color32::from_rgb(0xe8, 0xc9, 0x5a),
    ],
    training: Color32::from_rgb(0xa8, 0xb0, 0xba),
    validation: Color32::from_rgb(0xdd, 0x8f, 0xba),
    warning: Color32::from_rgb(0xff, 0x8a, 0x4a),
    accent: Color32::from_rgb(0x24, 0x74, 0xb6),
    on_accent: Color32::WHITE,
    zero: Color32::from_rgb(0xc4, 0xca, 0xd2),
    mark: Color32::from_rgb(0xd8, 0xdc, 0xe2),
    plot: Color32::from_rgb(0x12, 0x15, 0x19),
};

const LIGHT: Palette = Palette {
    layers: [
        Color32::from_rgb(0x24, 0x60, 0x93),
        Color32::from_rgb(0xc4, 0x6d, 0x12),
        Color32::from_rgb(0x1f, 0x96, 0x71),
        Color32::from_rgb(0x8e, 0x7f, 0xd2),
        Color32::from_rgb(0xa5, 0x28, 0x0a),
        Color32::from_rgb(0x27, 0x10, 0x00),
        Color32::from_rgb(0x0d, 0x09, 0x2a),
        Color32::from_rgb(0x53, 0x4a, 0x4c),
    ],
    runs: [
        Color32::from_rgb(0xb8, 0x2c, 0x4c),
        Color32::from_rgb(0x5f, 0x46, 0xc4),
        Color32::from_rgb(0x4c, 0x7d, 0x0c),
        Color32::from_rgb(0x0c, 0x7c, 0x82),
        Color32::from_rgb(0x85, 0x5c, 0x2e),
        Color32::from_rgb(0x9c, 0x34, 0x9c),
        Color32::from_rgb(0x52, 0x60, 0x72),
        Color32::from_rgb(0x8c, 0x6a, 0x00),
    ],
    training: Color32::from_rgb(0x5c, 0x66, 0x72),
    validation: Color32::from_rgb(0xa8, 0x3f, 0x7b),
    warning: Color32::from_rgb(0xb8, 0x3a, 0x00),
    accent: Color32::from_rgb(0x00, 0x6b, 0xa8),
    on_accent: Color32::WHITE,
    zero: Color32::from_rgb(0x3a, 0x42, 0x4c),
    mark: Color32::from_rgb(0x2c, 0x33, 0x3b),
    plot: Color32::WHITE,
};

impl Palette {
    /// The colours for a theme.
    #[must_use]
    pub fn of(theme: Theme) -> Self {
        match theme {
            Theme::Dark => DARK,
            Theme::Light => LIGHT,
        }
    }

    /// Colour of a layer, counted from 1; deep networks start over after eight.
    #[must_use]
    pub fn layer(&self, layer: usize) -> Color32 {
        self.layers[layer.saturating_sub(1) % self.layers.len()]
    }

    /// Colour of a run that lies over the present one, by its place; beyond eight they start over.
    #[must_use]
    pub fn run(&self, place: usize) -> Color32 {
        self.runs[place % self.runs.len()]
    }
}

/// Gives the window its fonts and both themes.
pub fn install(ctx: &Context) {
    let mut fonts = eframe::egui::FontDefinitions::default();
    for name in ["Ubuntu-Light", "Hack"] {
        let Some(face) = fonts.font_data.get_mut(name) else { continue };
        if let Some(bytes) = with_raised_digits((*face.font).as_ref()) {
            *face = Arc::new(FontData { font: Arc::new(bytes), ..FontData::clone(face) });
        }
    }
    // The proportional font has no arrow; the monospaced one has.
    if let Some(family) = fonts.families.get_mut(&FontFamily::Proportional) {
        family.insert(1, "Hack".to_owned());
    }
    ctx.set_fonts(fonts);
    for theme in [Theme::Dark, Theme::Light] {
        ctx.style_mut_of(theme, |style| restyle(style, theme));
    }
}

/// Text style of panel and pane titles.
#[must_use]
pub fn title_style() -> TextStyle {
    TextStyle::Name("Title".into())
}

fn restyle(style: &mut Style, theme: Theme) {
    let mut text = BTreeMap::new();
    text.insert(TextStyle::Small, FontId::proportional(11.5));
    text.insert(TextStyle::Body, FontId::proportional(13.5));
    text.insert(TextStyle::Button, FontId::proportional(13.5));
    text.insert(TextStyle::Heading, FontId::proportional(18.0));
    text.insert(TextStyle::Monospace, FontId::monospace(12.5));
    text.insert(title_style(), FontId::proportional(15.0));
    style.text_styles = text;
    style.drag_value_text_style = TextStyle::Monospace;
    style.explanation_tooltips = false;
    style.animation_time = 0.08;

    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(8.0, 5.0);
    spacing.button_padding = vec2(9.0, 3.0);
    spacing.interact_size = Vec2::new(40.0, 22.0);
    spacing.slider_rail_height = 4.0;
    spacing.tooltip_width = 360.0;
    spacing.window_margin = Margin::same(10);
    spacing.menu_margin = Margin::same(6);
    // Room for the whole list of experiments, and for scroll bars beside what they scroll.
    spacing.default_area_size = vec2(640.0, 640.0);
    spacing.scroll.floating_allocated_width = 8.0;
    // What goes on beyond an edge is seen to do so before anyone points at it.
    (spacing.scroll.floating_width, spacing.scroll.dormant_handle_opacity) = (3.0, 0.5);

    style.interaction.tooltip_delay = 0.35;
    style.interaction.selectable_labels = false;
    style.visuals = visuals(theme);
}

pub(super) fn visuals(theme: Theme) -> Visuals {
    let palette = Palette::of(theme);
    let dark = theme == Theme::Dark;
    let mut visuals = if dark { Visuals::dark() } else { Visuals::light() };
    let gray = Color32::from_gray;
    let (text, strong, panel, line) = if dark {
        (
            Color32::from_rgb(0xcf, 0xd4, 0xda),
            gray(0xf4),
            Color32::from_rgb(0x1a, 0x1e, 0x23),
            Color32::from_rgb(0x30, 0x36, 0x3e),
        )
    } else {
        (
            Color32::from_rgb(0x2a, 0x30, 0x37),
            gray(0x0c),
            Color32::from_rgb(0xf3, 0xf4, 0xf6),
            Color32::from_rgb(0xd3, 0xd7, 0xdc),
        )
    };
    let (rest, hover, press) = if dark {
        (Color32::from_rgb(0x2b, 0x31, 0x39), Color32::from_rgb(0x38, 0x40, 0x4a), Color32::from_rgb(0x46, 0x50, 0x5c))
    } else {
        (Color32::from_rgb(0xe1, 0xe4, 0xe8), Color32::from_rgb(0xd4, 0xd9, 0xdf), Color32::from_rgb(0xc4, 0xcb, 0xd3))
    };
    visuals.weak_text_color =
        Some(if dark { Color32::from_rgb(0x9a, 0xa3, 0xae) } else { Color32::from_rgb(0x5b, 0x64, 0x6f) });
    visuals.panel_fill = panel;
    visuals.window_fill = if dark { Color32::from_rgb(0x20, 0x25, 0x2b) } else { Color32::WHITE };
    visuals.window_stroke = Stroke::new(1.0, line);
    visuals.extreme_bg_color = palette.plot;
    // On a white dialog a white field has no edge.
    visuals.text_edit_bg_color = (!dark).then(|| Color32::from_rgb(0xe6, 0xe9, 0xed));
    visuals.faint_bg_color =
        if dark { Color32::from_rgb(0x20, 0x25, 0x2b) } else { Color32::from_rgb(0xea, 0xec, 0xef) };
    visuals.warn_fg_color = palette.warning;
    visuals.error_fg_color = palette.warning;
    visuals.selection.bg_fill = palette.accent;
    visuals.selection.stroke = Stroke::new(1.0, palette.on_accent);
    visuals.slider_trailing_fill = true;
    visuals.handle_shape = HandleShape::Circle;
    visuals.popup_shadow =
        Shadow { offset: [0, 4], blur: 12, spread: 0, color: Color32::from_black_alpha(if dark { 110 } else { 40 }) };
    visuals.window_shadow = visuals.popup_shadow;

    let radius = CornerRadius::same(4);
    let widgets = &mut visuals.widgets;
    for (widget, fill) in [
        (&mut widgets.noninteractive, panel),
        (&mut widgets.inactive, rest),
        (&mut widgets.hovered, hover),
        (&mut widgets.active, press),
        (&mut widgets.open, hover),
    ] {
        widget.corner_radius = radius;
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = Stroke::NONE;
        widget.fg_stroke = Stroke::new(1.0, text);
        widget.expansion = 0.0;
    }
    widgets.noninteractive.bg_stroke = Stroke::new(1.0, line);
    widgets.hovered.fg_stroke = Stroke::new(1.0, strong);
    widgets.active.fg_stroke = Stroke::new(1.0, strong);
    widgets.open.fg_stroke = Stroke::new(1.0, strong);
    // The rail of a slider takes the resting fill, which must stand out of the panel.
    widgets.inactive.bg_fill =
        if dark { Color32::from_rgb(0x3c, 0x44, 0x4e) } else { Color32::from_rgb(0xc6, 0xcc, 0xd3) };
    visuals
}
