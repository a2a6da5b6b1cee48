//! Finding a command by a part of its name, and the sheet of all keys.

use eframe::egui::{
    Align, Area, Button, Context, Frame, Grid, Id, Key, Layout, Modal, Order, RichText, ScrollArea, TextEdit,
    TextStyle, Ui, pos2, vec2,
};

use crate::app::orders::{AppCommand, Menu};

/// Commands shown at once.
const ROWS: usize = 12;

/// Width of the list.
const WIDTH: f32 = 480.0;

/// The open palette.
#[derive(Default)]
pub struct Finder {
    text: String,
    chosen: usize,
}

/// What became of the palette in a frame.
pub enum Outcome {
    /// It stays open.
    Open,
    /// It is closed without a choice.
    Closed,
    /// A command was chosen.
    Chosen(AppCommand),
}

impl Finder {
    /// Draws the palette above everything else.
    pub fn ui(&mut self, ctx: &Context, is_enabled: &dyn Fn(AppCommand) -> bool) -> Outcome {
        let found: Vec<AppCommand> = matches(&self.text).into_iter().filter(|c| is_enabled(*c)).take(ROWS).collect();
        self.chosen = self.chosen.min(found.len().saturating_sub(1));
        let (down, up, enter, escape) = ctx.input_mut(|input| {
            let mut key = |key| input.consume_key(eframe::egui::Modifiers::NONE, key);
            (key(Key::ArrowDown), key(Key::ArrowUp), key(Key::Enter), key(Key::Escape))
        });
        if escape {
            return Outcome::Closed;
        }
        if down && self.chosen + 1 < found.len() {
            self.chosen += 1;
        }
        if up {
            self.chosen = self.chosen.saturating_sub(1);
        }
        let mut outcome = match found.get(self.chosen).filter(|_| enter) {
            Some(command) => Outcome::Chosen(*command),
            None => Outcome::Open,
        };
        let screen = ctx.content_rect();
        let at = pos2(screen.center().x - WIDTH / 2.0, screen.top() + 64.0);
        let area = Area::new(Id::unique("palette")).order(Order::Foreground).fixed_pos(at).show(ctx, |ui| {
            Frame::popup(ui.style()).show(ui, |ui| {
                ui.set_width(WIDTH);
                let field = TextEdit::singleline(&mut self.text).desired_width(WIDTH).hint_text("Find a command");
                let field = ui.add_sized(vec2(WIDTH, 28.0), field);
                field.request_focus();
                if field.changed() {
                    self.chosen = 0;
                }
                field.accessible_name("Find a command");
                ui.add_space(4.0);
                if found.is_empty() {
                    ui.weak("No command has that name.");
                }
                for (place, command) in found.iter().enumerate() {
                    if row(ui, *command, place == self.chosen) {
                        outcome = Outcome::Chosen(*command);
                    }
                }
            });
        });
        let pressed_beside = ctx.input(|input| {
            input.pointer.any_pressed()
                && input.pointer.interact_pos().is_some_and(|at| !area.response.rect.contains(at))
        });
        if pressed_beside && matches!(outcome, Outcome::Open) { Outcome::Closed } else { outcome }
    }
}

fn row(ui: &mut Ui, command: AppCommand, chosen: bool) -> bool {
    let button =
        Button::selectable(chosen, command.full_name()).min_size(vec2(WIDTH, 24.0)).shortcut_text(command.key_text());
    ui.add(button).on_hover_text(command.description()).accessible_name(command.full_name()).clicked()
}

/// Commands whose names hold every word of `text`; those that start with it come first.
fn matches(text: &str) -> Vec<AppCommand> {
    let wanted = text.trim().to_lowercase();
    let mut found: Vec<AppCommand> = AppCommand::all()
        .into_iter()
        .chain(AppCommand::tours())
        .filter(|command| {
            let name = command.full_name().to_lowercase();
            *command != AppCommand::Palette && wanted.split_whitespace().all(|word| name.contains(word))
        })
        .collect();
    found.sort_by_key(|command| !command.label().to_lowercase().starts_with(&wanted));
    found
}

/// Draws the sheet of keys; returns whether it stays open.
pub fn shortcut_sheet(ctx: &Context) -> bool {
    let mut open = true;
    let modal = Modal::new(Id::unique("keys")).show(ctx, |ui| {
        ui.set_width(640.0);
        ui.horizontal(|ui| {
            ui.heading("Keys");
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if ui.button("Close").clicked() {
                    open = false;
                }
            });
        });
        ui.add_space(6.0);
        ScrollArea::vertical().max_height(460.0).show(ui, |ui| {
            ui.columns(2, |columns| {
                for (place, menus) in
                    [&[Menu::File, Menu::Edit, Menu::Tours, Menu::Help][..], &[Menu::Run, Menu::View, Menu::Window]]
                        .into_iter()
                        .enumerate()
                {
                    for menu in menus {
                        keys_of(&mut columns[place], *menu);
                    }
                }
                let other = &mut columns[0];
                other.add_space(6.0);
                other.strong("Mouse");
                for (what, does) in [
                    ("Wheel over a plot", "zoom steps"),
                    ("Drag in a plot", "move"),
                    ("Right drag in a plot", "zoom to a box"),
                    ("Double click in a plot", "follow the run"),
                    ("Double click a setting's name", "back to the experiment's value"),
                    ("Drag a tab", "move its pane"),
                ] {
                    other.horizontal_wrapped(|ui| {
                        ui.label(what);
                        ui.weak(does);
                    });
                }
            });
        });
    });
    open && !modal.should_close()
}

fn keys_of(ui: &mut Ui, menu: Menu) {
    let commands: Vec<AppCommand> =
        AppCommand::all().into_iter().filter(|c| c.menu() == menu && c.shortcut().is_some()).collect();
    if commands.is_empty() {
        return;
    }
    ui.add_space(6.0);
    ui.strong(menu.label());
    Grid::new(("keys", menu.label())).num_columns(2).spacing([12.0, 3.0]).show(ui, |ui| {
        for command in commands {
            ui.label(RichText::new(format!("{:>12}", command.key_text())).text_style(TextStyle::Monospace));
            ui.label(command.label()).on_hover_text(command.description());
            ui.end_row();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_by_any_words_and_prefers_beginnings() {
        let found = matches("fork");
        assert_eq!(found.first(), Some(&AppCommand::ForkTwin));
        assert!(matches("theme dark").contains(&AppCommand::Theme(eframe::egui::ThemePreference::Dark)));
        assert_eq!(matches("tour: noise").len(), 1, "one tour is about noise");
        assert!(matches("no such thing").is_empty());
        assert!(matches("").len() > 40);
    }
}
