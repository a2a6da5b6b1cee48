//! Finding a command, a pane, a setting, a word or an experiment by a part of its name, and the sheet of all keys.

use eframe::egui::{
    Align, Align2, Area, Button, Context, Frame, Grid, Id, Layout, Order, Response, RichText, ScrollArea, TextEdit,
    TextStyle, Ui, pos2, vec2,
};

use super::listed;
use crate::app::look::dialog::Dialog;
use crate::app::look::glossary;
use crate::app::look::glossary::Term;
use crate::app::look::words;
use crate::app::orders::{AppCommand, Menu};
use crate::experiment::fields::{FIELDS, Field};
use crate::experiment::{PRESETS, Preset};

/// Height of what is shown at once: twelve rows.
const HEIGHT: f32 = 348.0;

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
    /// An experiment was.
    Experiment(&'static Preset),
    /// A setting was.
    Field(&'static Field),
    /// A word of the glossary was.
    Term(Term),
}

/// Something that can be found.
#[derive(Clone, Copy)]
enum Found {
    Command(AppCommand),
    Field(&'static Field),
    Term(Term),
    Experiment(&'static Preset),
}

impl Found {
    fn name(self) -> String {
        match self {
            Self::Command(command) => command.full_name(),
            Self::Field(field) => format!("Setting: {}", field.label),
            Self::Term(term) => format!("Word: {}", term.entry().name),
            Self::Experiment(preset) => format!("Experiment: {}", preset.title),
        }
    }

    /// What stands at the end of its row: a key, or the name in files.
    fn aside(self) -> String {
        match self {
            Self::Command(command) => command.key_text(),
            Self::Field(field) => field.path.to_owned(),
            Self::Term(_) => String::new(),
            Self::Experiment(preset) => preset.name.to_owned(),
        }
    }

    /// What is looked through beside the name.
    fn about(self) -> String {
        match self {
            Self::Command(command) => command.description(),
            Self::Field(field) => field.doc.to_owned(),
            Self::Term(term) => term.entry().text.clone(),
            Self::Experiment(preset) => preset.summary(),
        }
    }

    fn outcome(self) -> Outcome {
        match self {
            Self::Command(command) => Outcome::Chosen(command),
            Self::Field(field) => Outcome::Field(field),
            Self::Term(term) => Outcome::Term(term),
            Self::Experiment(preset) => Outcome::Experiment(preset),
        }
    }

    /// What is looked through.
    fn searched(self) -> String {
        let about = match self {
            // What a command does has the words of many others.
            Self::Command(_) => String::new(),
            Self::Term(term) => term.entry().also.join(" "),
            other => other.about(),
        };
        format!("{} {about} {}", words::say(&self.name()), self.aside())
    }

    /// What comes first: what begins so, then commands, settings, words and experiments.
    fn rank(self, wanted: &str) -> (bool, u8) {
        let begins = |name: &str| name.to_lowercase().starts_with(wanted);
        match self {
            Self::Command(command) => (!begins(&command.label()), 0),
            Self::Field(field) => (!begins(field.label), 1),
            Self::Term(term) => (!begins(&term.entry().name), 2),
            Self::Experiment(preset) => (!begins(preset.name) && !begins(preset.title), 3),
        }
    }
}

impl Finder {
    /// Draws the palette above everything else.
    pub fn ui(&mut self, ctx: &Context, is_enabled: &dyn Fn(AppCommand) -> bool) -> Outcome {
        let is_there = |found: &Found| match found {
            Found::Command(command) => is_enabled(*command),
            Found::Experiment(_) | Found::Field(_) | Found::Term(_) => true,
        };
        let found: Vec<Found> = matches(&self.text).into_iter().filter(is_there).collect();
        let keyed = listed::keys(ctx, &mut self.chosen, found.len());
        if keyed.left {
            return Outcome::Closed;
        }
        let mut outcome = match found.get(self.chosen).filter(|_| keyed.entered) {
            Some(found) => found.outcome(),
            None => Outcome::Open,
        };
        let screen = ctx.content_rect();
        let at = pos2(screen.center().x - WIDTH / 2.0, screen.top() + 64.0);
        let area = Area::new(Id::unique("palette")).order(Order::Foreground).fixed_pos(at).show(ctx, |ui| {
            Frame::popup(ui.style()).show(ui, |ui| {
                ui.set_width(WIDTH);
                let field = TextEdit::singleline(&mut self.text)
                    .desired_width(WIDTH)
                    .align(Align2::LEFT_CENTER)
                    .hint_text("Find a command, pane, setting, word or experiment");
                let field = ui.add_sized(vec2(WIDTH, 28.0), field);
                field.request_focus();
                if field.changed() {
                    self.chosen = 0;
                }
                field.accessible_name("Find a command");
                ui.add_space(4.0);
                if found.is_empty() {
                    ui.weak("Nothing has that name.");
                }
                ScrollArea::vertical().max_height(HEIGHT).show(ui, |ui| {
                    for (place, found) in found.iter().enumerate() {
                        let is_chosen = place == self.chosen;
                        let row = row(ui, *found, is_chosen);
                        if is_chosen && keyed.moved {
                            row.scroll_to_me(None);
                        }
                        if row.clicked() {
                            outcome = found.outcome();
                        }
                    }
                });
            });
        });
        let pressed_beside = ctx.input(|input| {
            input.pointer.any_pressed()
                && input.pointer.interact_pos().is_some_and(|at| !area.response.rect.contains(at))
        });
        if pressed_beside && matches!(outcome, Outcome::Open) { Outcome::Closed } else { outcome }
    }
}

fn row(ui: &mut Ui, found: Found, chosen: bool) -> Response {
    let size = vec2(WIDTH, 24.0);
    let name = words::say(&found.name()).into_owned();
    let button = Button::selectable(chosen, name.as_str()).min_size(size).shortcut_text(found.aside()).truncate();
    let row = ui.add(button);
    let row = match found {
        Found::Term(term) => glossary::explained(row, term),
        _ => row.on_hover_text(words::say(&found.about())),
    };
    row.accessible_name(name)
}

/// What has every word of `text` in its name or in what is said of it; names that start with it come first.
fn matches(text: &str) -> Vec<Found> {
    let wanted = text.trim().to_lowercase();
    let commands = AppCommand::all().into_iter().chain(AppCommand::tours()).filter(|one| *one != AppCommand::Palette);
    // Those of grids are planned in the phase diagram.
    let fields = FIELDS.iter().filter(|field| !field.path.starts_with("sweep.") && field.path != "data.content");
    let all = commands
        .map(Found::Command)
        .chain(fields.map(Found::Field))
        .chain(Term::ALL.into_iter().map(Found::Term))
        .chain(PRESETS.iter().map(Found::Experiment));
    let mut found: Vec<Found> = all.filter(|found| listed::has_words(&found.searched(), &wanted)).collect();
    if !wanted.is_empty() {
        found.sort_by_key(|found| found.rank(&wanted));
    }
    found
}

/// Draws the sheet of keys; returns whether it stays open.
pub fn shortcut_sheet(ctx: &Context) -> bool {
    let mut open = true;
    let room = ctx.content_rect().size();
    let modal = Dialog::Keys.show(ctx, |ui| {
        ui.set_width((room.x - 48.0).min(640.0));
        ui.horizontal(|ui| {
            ui.heading("Keys");
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if ui.button("Close").clicked() {
                    open = false;
                }
            });
        });
        ui.add_space(6.0);
        ScrollArea::vertical().max_height((room.y - 100.0).min(460.0)).show(ui, |ui| {
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
                        ui.label(words::say(what));
                        ui.weak(words::say(does));
                    });
                }
            });
        });
    });
    open && !modal.confirmed && !modal.cancelled
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

    fn names(text: &str) -> Vec<String> {
        matches(text).into_iter().map(Found::name).collect()
    }

    #[test]
    fn finds_by_any_words_and_prefers_beginnings() {
        assert_eq!(names("fork").first(), Some(&AppCommand::ForkTwin.full_name()));
        let dark = AppCommand::Theme(eframe::egui::ThemePreference::Dark);
        assert!(names("theme dark").contains(&dark.full_name()));
        assert_eq!(names("tour: noise").len(), 1, "one tour is about noise");
        assert!(names("no such thing").is_empty());
        assert!(names("").len() > 40 + PRESETS.len());
    }

    #[test]
    fn finds_panes_and_experiments_by_what_they_are() {
        assert!(names("phase diagram").iter().any(|name| name.contains("Phase diagram")));
        let found = names("experiment table 1");
        assert!(!found.is_empty() && found.iter().all(|name| name.starts_with("Experiment: ")), "{found:?}");
    }

    #[test]
    fn finds_settings_and_words_by_what_is_said_of_them() {
        assert!(names("batch size").contains(&"Setting: Batch size".to_owned()));
        assert!(names("noise.weight_sd").contains(&"Setting: Weight noise".to_owned()));
        assert!(names("equilibrium").contains(&"Word: Stationary".to_owned()));
        assert_eq!(names("fig13-quick").len(), 1);
        assert!(!names("sweep.x_points").iter().any(|name| name.starts_with("Setting: ")));
    }
}
