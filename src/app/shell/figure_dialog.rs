//! How a figure is to look: its size, its type and its colours, with a small picture of what comes of it.

use std::sync::Arc;

use crossbeam_channel::{Receiver, bounded};
use eframe::egui::{
    Align, Checkbox, ColorImage, ComboBox, Context, DragValue, Grid, Image, Layout, Rect, RichText, Sense, StrokeKind,
    TextureHandle, TextureOptions, Ui, vec2,
};

use crate::app::figures::dress;
use crate::app::look::dialog::Dialog;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::look::words::Vocabulary;
use crate::app::orders::ExportForm;
use crate::app::orders::pane_kind::PaneKind;
use crate::record::{Exhibit, FigureLook, colormap::ColorMap};
use crate::training::caught;

/// Sizes of the dialog's parts in points.
const SETTINGS: f32 = 250.0;
const PREVIEW: f32 = 380.0;
const HEIGHT: f32 = 300.0;

/// Pixels across of the small picture, as sharp as dense screens show it.
const PIXELS: u32 = 760;

/// A figure whose looks are being chosen.
pub struct FigureDialog {
    kind: PaneKind,
    form: ExportForm,
    exhibit: Arc<Exhibit>,
    look: FigureLook,
    preview: Preview,
    is_new: bool,
}

/// What was chosen.
pub enum Chosen {
    /// Nothing yet.
    Waiting,
    /// No figure; the looks are remembered.
    GivenUp(FigureLook),
    /// A figure with these looks.
    Look(FigureLook),
}

/// A small picture with what is told of it, or why there is none.
type Picture = Result<(Made, ColorImage), String>;

/// A small picture, drawn beside the window's thread.
#[derive(Default)]
struct Preview {
    shown: Option<(FigureLook, Made, Option<TextureHandle>)>,
    pending: Option<(FigureLook, Receiver<Picture>)>,
}

/// What is told of a figure.
#[derive(Clone, Debug, Default)]
struct Made {
    words: String,
    problem: Option<String>,
}

impl FigureDialog {
    /// With the looks that were chosen last.
    #[must_use]
    pub fn new(kind: PaneKind, form: ExportForm, exhibit: Exhibit, look: FigureLook) -> Self {
        Self { kind, form, exhibit: Arc::new(exhibit), look, preview: Preview::default(), is_new: true }
    }

    /// Pane, form and content.
    #[must_use]
    pub fn into_parts(self) -> (PaneKind, ExportForm, Exhibit) {
        (self.kind, self.form, Arc::unwrap_or_clone(self.exhibit))
    }

    /// Draws the question.
    pub fn ui(&mut self, ctx: &Context) -> Chosen {
        let mut chosen = Chosen::Waiting;
        self.preview.follow(ctx, &self.exhibit, &self.look);
        let modal = Dialog::Figure.show(ctx, |ui| {
            ui.set_width(SETTINGS + PREVIEW + 14.0);
            ui.heading(words::say(&format!("Figure of {} as {}", self.kind.title(), self.form.name())));
            ui.add_space(6.0);
            ui.horizontal_top(|ui| {
                ui.allocate_ui(vec2(SETTINGS, HEIGHT), |ui| {
                    ui.set_min_size(vec2(SETTINGS, HEIGHT));
                    ui.vertical(|ui| settings(ui, &mut self.look, self.form));
                });
                self.preview.ui(ui);
            });
            ui.add_space(8.0);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let export = ui.add_enabled(self.look.check().is_ok(), eframe::egui::Button::new("Export …"));
                if self.is_new {
                    export.request_focus();
                    self.is_new = false;
                }
                if export.clicked() {
                    chosen = Chosen::Look(self.look.clone());
                }
                if ui.button("Cancel").clicked() {
                    chosen = Chosen::GivenUp(self.look.clone());
                }
            });
        });
        // A number that was being typed is taken up by the same key.
        if modal.confirmed && self.look.check().is_ok() {
            chosen = Chosen::Look(self.look.clone());
        }
        if modal.cancelled && matches!(chosen, Chosen::Waiting) {
            chosen = Chosen::GivenUp(self.look.clone());
        }
        chosen
    }
}

fn settings(ui: &mut Ui, look: &mut FigureLook, form: ExportForm) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let presets = [
            ("One column", FigureLook::one_column(), "85 mm wide, type of 7 pt, without a heading."),
            ("Two columns", FigureLook::two_columns(), "170 mm wide, type of 8 pt."),
            ("Slide 16:9", FigureLook::slide(), "A whole slide of 339 x 191 mm, light on dark, type of 18 pt."),
        ];
        for (name, preset, explanation) in presets {
            // Which colours one reads best is no matter of the page.
            let preset = FigureLook { colors: look.colors, ..preset };
            if ui.selectable_label(*look == preset, name).on_hover_text(words::say(explanation)).clicked() {
                *look = preset;
            }
        }
    });
    ui.add_space(8.0);
    Grid::new("looks").num_columns(2).spacing(vec2(12.0, 8.0)).show(ui, |ui| {
        let mut number = |name: &str, value: &mut f64, range, unit: &str, explanation: &str| {
            let label = ui.label(name).on_hover_text(words::say(explanation));
            let field = DragValue::new(value).range(range).max_decimals(1).suffix(format!(" {unit}")).speed(0.5);
            ui.add(field).labelled_by(label.id).on_hover_text(words::say(explanation));
            ui.end_row();
        };
        number("Width", &mut look.width_mm, 30.0..=1200.0, "mm", "Width on paper.");
        number("Type", &mut look.font_pt, 4.0..=72.0, "pt", "Size of the names of axes; other type is in proportion.");
        if form == ExportForm::Png {
            number("Resolution", &mut look.dpi, 50.0..=1200.0, "dpi", "Dots an inch: 300 for print, 144 for a screen.");
        }
        ui.label("Height")
            .on_hover_text("As the content asks for, or that of a slide, on which type gets smaller if it must.");
        ui.horizontal(|ui| {
            for (name, share) in [("content", None), ("16:9", Some(9.0 / 16.0)), ("4:3", Some(0.75))] {
                if ui.selectable_label(look.height_share == share, name).clicked() {
                    look.height_share = share;
                }
            }
        });
        ui.end_row();
        ui.label("Ground");
        ui.horizontal(|ui| {
            ui.selectable_value(&mut look.is_dark, false, "light");
            ui.selectable_value(&mut look.is_dark, true, "dark");
        });
        ui.end_row();
        let label = ui.label("Colours").on_hover_text("Of matrices and maps; curves keep the window's colours.");
        let list = ComboBox::from_id_salt("colour map").selected_text(look.colors.label()).width(150.0);
        let list = list.show_ui(ui, |ui| {
            for map in ColorMap::ALL {
                ui.selectable_value(&mut look.colors, map, map.label());
            }
        });
        list.response.labelled_by(label.id);
        ui.end_row();
        ui.label("");
        ui.add(Checkbox::new(&mut look.has_heading, "Title and settings above"))
            .on_hover_text("Leave them out where a caption says them.");
        ui.end_row();
    });
}

impl Preview {
    /// Takes what has been drawn, and has drawn what was chosen since.
    fn follow(&mut self, ctx: &Context, exhibit: &Arc<Exhibit>, look: &FigureLook) {
        if let Some((of, made)) = self.pending.as_ref().and_then(|(of, made)| Some((of.clone(), made.try_recv().ok()?)))
        {
            self.pending = None;
            self.shown = Some(match made {
                Ok((made, picture)) => {
                    (of, made, Some(ctx.load_texture("figure preview", picture, TextureOptions::LINEAR)))
                }
                Err(problem) => (of, Made { problem: Some(problem), ..Made::default() }, None),
            });
        }
        if self.pending.is_some() || self.shown.as_ref().is_some_and(|(of, ..)| of == look) {
            return;
        }
        let (sender, made) = bounded(1);
        let (exhibit, wanted, repaint) = (Arc::clone(exhibit), look.clone(), ctx.clone());
        let vocabulary = Vocabulary::spoken();
        let drawing = std::thread::Builder::new().name("figure preview".into()).spawn(move || {
            vocabulary.speak();
            let made = caught(|| picture(&exhibit, &wanted)).unwrap_or_else(Err);
            // The dialog may be closed by now.
            let _ = sender.send(made);
            repaint.request_repaint();
        });
        match drawing {
            Ok(_) => self.pending = Some((look.clone(), made)),
            Err(error) => {
                let problem = Some(format!("no preview: {error}"));
                self.shown = Some((look.clone(), Made { problem, ..Made::default() }, None));
            }
        }
    }

    fn ui(&self, ui: &mut Ui) {
        let (room, _) = ui.allocate_exact_size(vec2(PREVIEW, HEIGHT), Sense::hover());
        let line = ui.visuals().widgets.noninteractive.bg_stroke;
        let Some((_, made, texture)) = &self.shown else {
            ui.painter().rect_stroke(room, 2.0, line, StrokeKind::Inside);
            return;
        };
        let picture = Rect::from_min_max(room.min, room.max - vec2(0.0, 22.0));
        if let Some(texture) = texture {
            let size = texture.size_vec2();
            let size = size * (picture.width() / size.x).min(picture.height() / size.y);
            let place = Rect::from_center_size(picture.center(), size);
            Image::new(texture).paint_at(ui, place);
            ui.painter().rect_stroke(place, 0.0, line, StrokeKind::Outside);
        }
        let words = Rect::from_min_max(picture.left_bottom(), room.max);
        let (text, color) = match &made.problem {
            Some(problem) => (problem, Palette::of(ui.ctx().theme()).warning),
            None => (&made.words, ui.visuals().weak_text_color()),
        };
        ui.put(words, eframe::egui::Label::new(RichText::new(text).small().color(color)).truncate());
    }
}

fn picture(exhibit: &Exhibit, look: &FigureLook) -> Picture {
    let drawn = dress::drawn(exhibit, look).map_err(|error| error.to_string())?;
    let (width, height, pixels) = drawn.rgb(PIXELS).map_err(|error| error.to_string())?;
    let ((wide, high), (across, down)) = (drawn.millimetres(), drawn.pixels());
    let size = if drawn.font_pt() < look.font_pt * 0.97 {
        format!(", type {:.1} pt so that all fits", drawn.font_pt())
    } else {
        String::new()
    };
    let words = format!("{wide:.0} × {high:.0} mm, {across} × {down} pixels{size}");
    let image = ColorImage::from_rgb([width as usize, height as usize], &pixels);
    Ok((Made { words, problem: None }, image))
}
