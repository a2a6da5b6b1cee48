//! The network as a drawing that is its editor: a layer is a column as high as it is wide, chosen with a click; it can be
//! widened, removed, and have a neighbour put in.

use eframe::egui::{
    Align2, Color32, Label, Pos2, Rect, RichText, Sense, Shape, Stroke, StrokeKind, TextStyle, Ui, pos2, vec2,
};

use crate::app::link::Link;
use crate::app::look::words;
use crate::app::look::{numbers, theme};
use crate::app::panes::parts::number_field::NumberField;
use crate::experiment::fields::field;
use crate::experiment::{DataKind, Experiment};

const PATH: &str = "model.hidden";
/// Height of the drawing.
const HEIGHT: f32 = 104.0;
/// Height of the highest column, and of one of a single unit.
const COLUMN: [f32; 2] = [72.0, 6.0];
/// Width of a column.
const THICK: f32 = 12.0;
/// Most hidden layers that are drawn; further ones are in the list.
const MOST: usize = 24;
/// Most hidden layers that there may be.
const MOST_LAYERS: usize = 63;

/// Which hidden layer is chosen, counted from 0.
#[derive(Default)]
pub struct Widths {
    chosen: usize,
}

impl Widths {
    /// Draws the network that the next run would have.
    pub fn ui(&mut self, ui: &mut Ui, link: &mut Link, next: &Experiment) {
        let hidden = next.model.hidden.clone();
        self.chosen = self.chosen.min(hidden.len().saturating_sub(1));
        let maps = next.maps();
        let before = (maps.len() + 1).saturating_sub(next.sizes().len());
        let weights: usize = maps.iter().map(|map| map.weights()).sum();
        let about = match before {
            0 => String::new(),
            _ => format!("behind {before} layers of another kind; "),
        };
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new("Network").text_style(theme::title_style()).strong());
            ui.weak(words::say(&format!("{about}{} weights", numbers::count(weights as u64))));
        });
        self.drawing(ui, next, before);
        let changed = self.controls(ui, &hidden);
        if let Some(widths) = changed {
            let list = widths.into_iter().map(|width| toml::Value::Integer(width as i64)).collect();
            link.set(PATH, toml::Value::Array(list));
        }
        if next.data.kind == DataKind::TeacherStudent && next.data.teacher_hidden.as_ref() != Some(&next.model.hidden) {
            let widths = next.data.teacher_hidden.as_deref().unwrap_or_default();
            let widths: Vec<String> = widths.iter().map(ToString::to_string).collect();
            let text = format!("The teacher keeps its own hidden widths, {} (data.teacher_hidden).", widths.join("–"));
            ui.add(Label::new(RichText::new(text).weak()).wrap());
        }
        ui.add_space(4.0);
    }

    fn drawing(&mut self, ui: &mut Ui, next: &Experiment, before: usize) {
        let sizes = next.sizes();
        let drawn = sizes.len().min(MOST + 2);
        let (area, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
        let painter = ui.painter_at(area);
        let palette = theme::Palette::of(ui.ctx().theme());
        let ink = ui.visuals().weak_text_color();
        let widest = sizes.iter().copied().max().unwrap_or(1).max(2) as f32;
        // Widths differ by a thousandfold.
        let height = |size: usize| COLUMN[1] + (COLUMN[0] - COLUMN[1]) * (size.max(1) as f32).ln() / widest.ln();
        let step = area.width() / drawn as f32;
        let middle = area.top() + 4.0 + COLUMN[0] / 2.0;
        let column = |place: usize| {
            let center = pos2(area.left() + step * (place as f32 + 0.5), middle);
            Rect::from_center_size(center, vec2(THICK.min(0.5 * step), height(sizes[place])))
        };
        for place in 1..drawn {
            let (from, to) = (column(place - 1), column(place));
            let corners: Vec<Pos2> = vec![from.right_top(), to.left_top(), to.left_bottom(), from.right_bottom()];
            let color = palette.layer(before + place);
            painter.add(Shape::convex_polygon(
                corners,
                color.gamma_multiply(0.22),
                Stroke::new(1.0, color.gamma_multiply(0.6)),
            ));
        }
        let font = TextStyle::Small.resolve(ui.style());
        for place in 0..drawn {
            let rect = column(place);
            let is_hidden = (1..sizes.len() - 1).contains(&place);
            let is_chosen = is_hidden && place - 1 == self.chosen;
            let fill: Color32 = if is_hidden { palette.layer(before + place) } else { ink };
            painter.rect_filled(rect, 3.0, fill);
            if is_chosen {
                painter.rect_stroke(rect.expand(3.0), 4.0, Stroke::new(2.0, palette.mark), StrokeKind::Outside);
            }
            painter.text(
                pos2(rect.center().x, area.bottom() - 2.0),
                Align2::CENTER_BOTTOM,
                sizes[place].to_string(),
                font.clone(),
                ink,
            );
            if !is_hidden {
                continue;
            }
            let target =
                Rect::from_x_y_ranges(rect.center().x - step / 2.0..=rect.center().x + step / 2.0, area.y_range());
            let response = ui.interact(target, ui.scope_id().with(("hidden layer", place)), Sense::click());
            let name = format!("Hidden layer {place}: {} units", sizes[place]);
            let response = response.on_hover_text(words::say(&format!("{name}. Click to change it.")));
            response
                .widget_info(|| eframe::egui::WidgetInfo::selected(eframe::egui::Role::Button, true, is_chosen, &name));
            if response.clicked() {
                self.chosen = place - 1;
            }
        }
    }

    /// What can be done with the chosen layer; the widths that it leads to.
    fn controls(&mut self, ui: &mut Ui, hidden: &[usize]) -> Option<Vec<usize>> {
        let allowed = field(PATH)?.allowed;
        let mut widths = hidden.to_vec();
        ui.horizontal_wrapped(|ui| {
            if let Some(width) = widths.get_mut(self.chosen) {
                ui.label(words::say(&format!("Hidden layer {}", self.chosen + 1)));
                if ui.button("−").accessible_name("Half as wide").on_hover_text("Half as wide.").clicked() {
                    *width = (*width / 2).max(1);
                }
                let number = NumberField { speed: 0.0, allowed, zero: None, size: vec2(64.0, 20.0) };
                let typed = number.ui(ui, *width as f64);
                typed.response.accessible_name("Width of the chosen layer");
                if let Some(value) = typed.value {
                    *width = value as usize;
                }
                if ui.button("+").accessible_name("Twice as wide").on_hover_text("Twice as wide.").clicked() {
                    *width = (*width * 2).min(16_384);
                }
                if ui.button("Remove").on_hover_text(words::say("The network without this layer.")).clicked() {
                    widths.remove(self.chosen);
                }
            } else {
                ui.weak(words::say("No hidden layer: inputs go straight to the outputs."));
            }
            let add = ui.add_enabled(widths.len() < MOST_LAYERS, eframe::egui::Button::new(words::say("Add a layer")));
            if add.on_hover_text(words::say("Another layer behind this one, as wide.")).clicked() {
                let width = widths.get(self.chosen).copied().unwrap_or(32);
                let place = (self.chosen + 1).min(widths.len());
                widths.insert(place, width);
                self.chosen = place;
            }
        });
        (widths != hidden).then_some(widths)
    }
}
