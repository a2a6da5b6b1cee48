//! The first page: a run to begin with, tours, files, and the paper's figures below.

use eframe::egui::{
    Align, CentralPanel, Context, CornerRadius, CursorIcon, Frame, Layout, Margin, Rect, Response, RichText, Role,
    Sense, Stroke, StrokeKind, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};

use super::cards::laid;
use crate::app::look::dialog::Dialog;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::orders::AppCommand;
use crate::tour::TOURS;

/// Below this width of the page everything stands closer together.
const WIDE: f32 = 900.0;
/// Below this height too.
const HIGH: f32 = 560.0;
/// Space between two choices.
const GAP: f32 = 12.0;

/// The page while it is open.
pub struct FirstPage {
    /// The window has just been opened, and nothing trains yet.
    is_start: bool,
    is_new: bool,
}

/// What the page is told of the window.
pub struct Told<'a> {
    /// What an earlier start left, by its name and in words.
    pub left: Option<(&'a str, &'a str)>,
    /// How many more runs and grids earlier starts have left.
    pub others: usize,
    /// What went wrong last.
    pub warning: Option<&'a str>,
}

/// What was chosen on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The run that is ready.
    Begin,
    /// The run of an earlier start.
    GoOn,
    /// That run is given up.
    Discard,
}

impl FirstPage {
    /// The page at the window's start, or later.
    pub fn new(is_start: bool) -> Self {
        Self { is_start, is_new: true }
    }

    /// Draws the page over the whole window. `below` draws the figures, with room in the line of their heading.
    pub fn ui(
        &mut self,
        ctx: &Context,
        told: &Told<'_>,
        shows_again: &mut bool,
        commands: &mut Vec<AppCommand>,
        mut below: impl FnMut(&mut Ui),
    ) -> Option<Choice> {
        let mut choice = None;
        let screen = ctx.content_rect();
        let (is_wide, is_high) = (screen.width() >= WIDE, screen.height() >= HIGH);
        let sides = if is_wide { 28 } else { 14 };
        let margin = Margin { left: sides, right: sides, top: if is_high { 16 } else { 8 }, bottom: 10 };
        let fill = ctx.global_style().visuals.panel_fill;
        let modal = Dialog::FirstPage.show_over_all(ctx, Frame::new().fill(fill), |ui| {
            ui.set_min_size(screen.size());
            ui.set_max_size(screen.size());
            CentralPanel::default_margins().frame(Frame::new().inner_margin(margin)).show(ui, |ui| {
                head(ui, is_wide, is_high, shows_again);
                ui.add_space(if is_high { 12.0 } else { 4.0 });
                choice = self.runs(ui, told, is_high);
                ui.add_space(if is_high { 8.0 } else { 2.0 });
                others(ui, is_wide, commands);
                if let Some(warning) = told.warning {
                    ui.label(RichText::new(warning).color(Palette::of(ui.ctx().theme()).warning));
                }
                ui.add_space(if is_high { 10.0 } else { 2.0 });
                below(ui);
            });
        });
        if choice.is_none() && modal.confirmed {
            choice = Some(if told.left.is_some() { Choice::GoOn } else { Choice::Begin });
        }
        if choice.is_none() && modal.cancelled {
            choice = Some(Choice::Begin);
        }
        self.is_new = false;
        choice
    }

    /// The large choices: the run that is ready, and one that was left.
    fn runs(&self, ui: &mut Ui, told: &Told<'_>, is_high: bool) -> Option<Choice> {
        let mut choice = None;
        let height = if is_high { 84.0 } else { 60.0 };
        let (name, about) = if self.is_start {
            (
                "Start with the default network",
                "A small network learns from a teacher. Make weight decay larger, and its learning looks Hebbian; make noise \
                 larger, and it looks anti-Hebbian. Nothing in it computes Hebb's rule.",
            )
        } else {
            ("Back to the run", "The run that the window has goes on as it was.")
        };
        let width = ui.available_width();
        let (all, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
        let Some((name_of_left, left)) = told.left else {
            let rect = Rect::from_min_size(all.min, vec2(width.min(760.0), height));
            let begin = large(ui, rect, name, about, true);
            if self.is_new {
                begin.request_focus();
            }
            return begin.clicked().then_some(Choice::Begin);
        };
        let side = (width - GAP) / 2.0;
        let first = Rect::from_min_size(all.min, vec2(side, height));
        let more = match told.others {
            0 => String::new(),
            1 => " One more lies in the pane Runs.".into(),
            others => format!(" {others} more lie in the pane Runs."),
        };
        let go_on = large(ui, first, &format!("Go on with {name_of_left}"), &format!("{left}{more}"), true);
        if self.is_new {
            go_on.request_focus();
        }
        if go_on.clicked() {
            choice = Some(Choice::GoOn);
        }
        let second = Rect::from_min_size(all.min + vec2(side + GAP, 0.0), vec2(side, height));
        if large(ui, second, name, about, false).clicked() {
            choice = Some(Choice::Begin);
        }
        let discard = format!("Discard {}", name_of_left.replace("your", "the"));
        let discard = ui.small_button(discard).on_hover_text("Removes it for good.");
        if discard.clicked() {
            choice = Some(Choice::Discard);
        }
        choice
    }
}

fn head(ui: &mut Ui, is_wide: bool, is_high: bool, shows_again: &mut bool) {
    ui.horizontal(|ui| {
        let size = if is_high { 26.0 } else { 20.0 };
        ui.label(RichText::new("Hebbscope").size(size).color(ui.visuals().strong_text_color()));
        if is_wide {
            ui.add_space(6.0);
            let question = "When does a learning rule that computes nothing Hebbian look Hebbian?";
            ui.label(RichText::new(question).size(15.0).weak());
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let mut hides = !*shows_again;
            let hint = "The window then starts with the default network at once. Menu Help has this page all the same.";
            if ui.checkbox(&mut hides, "Do not show this at the start").on_hover_text(words::say(hint)).changed() {
                *shows_again = !hides;
            }
        });
    });
}

/// Tours and what is opened, in one line where there is room.
fn others(ui: &mut Ui, is_wide: bool, commands: &mut Vec<AppCommand>) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        if is_wide {
            ui.weak("Guided tours:");
            for (place, tour) in TOURS.iter().enumerate() {
                if ui.button(words::say(tour.title())).on_hover_text(words::say(tour.shows())).clicked() {
                    commands.push(AppCommand::StartTour(place));
                }
            }
            ui.add_space(10.0);
        } else {
            ui.menu_button("Guided tours ▼", |ui| {
                for (place, tour) in TOURS.iter().enumerate() {
                    if ui.button(words::say(tour.title())).on_hover_text(words::say(tour.shows())).clicked() {
                        commands.push(AppCommand::StartTour(place));
                        ui.close();
                    }
                }
            });
        }
        for command in [AppCommand::Open, AppCommand::PasteShareString] {
            if ui.button(command.label()).on_hover_text(command.description()).clicked() {
                commands.push(command);
            }
        }
    });
}

/// A choice as large as its rectangle: a name and what happens.
fn large(ui: &mut Ui, rect: Rect, name: &str, about: &str, is_first: bool) -> Response {
    let response = ui.interact(rect, ui.scope_id().with(name), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    let palette = Palette::of(ui.ctx().theme());
    let visuals = ui.visuals();
    let (fill, ink, text) = if is_first {
        (palette.accent, palette.on_accent, palette.on_accent)
    } else {
        (visuals.widgets.inactive.weak_bg_fill, visuals.strong_text_color(), visuals.text_color())
    };
    let edge = if response.has_focus() || response.hovered() {
        Stroke::new(2.0, visuals.strong_text_color())
    } else {
        Stroke::NONE
    };
    ui.painter().rect(rect, CornerRadius::same(6), fill, edge, StrokeKind::Outside);
    let inner = rect.shrink2(Vec2::new(16.0, 9.0));
    let mut hint_width = 0.0;
    if is_first {
        let key = laid(ui, "Enter", 12.5, text, 80.0, 1);
        hint_width = key.size().x + 12.0;
        ui.painter().galley(pos2(inner.right() - key.size().x, inner.top() + 4.0), key, text);
    }
    let title = laid(ui, name, 18.0, ink, inner.width() - hint_width, 1);
    let below = inner.top() + title.size().y + 3.0;
    ui.painter().galley(inner.min, title, ink);
    let rows = ((inner.bottom() - below) / 16.0).floor().max(1.0) as usize;
    let words = laid(ui, about, 13.0, text, inner.width(), rows);
    ui.painter().galley(pos2(inner.left(), below), words, text);
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    if rows < 2 { response.on_hover_text(words::say(about)) } else { response }
}

/// A line that heads the figures, with what stands at its right end.
pub fn heading_of_figures(ui: &mut Ui, right: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("Or begin with a finding").size(16.0).color(ui.visuals().strong_text_color()));
        let rest = ui.available_rect_before_wrap();
        if rest.width() > 560.0 {
            ui.weak("The paper's table and figures. A click loads the experiment and the panes that show it.");
        }
        let builder = UiBuilder::new().layout(Layout::right_to_left(Align::Center));
        ui.scope_builder(builder.max_rect(ui.available_rect_before_wrap()), right);
    });
}
