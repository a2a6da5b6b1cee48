//! Menus: the commands, by what they are about.

use eframe::egui::{Button, MenuBar, RichText, Ui};

use crate::app::orders::{AppCommand, ExportForm, Menu};

/// What menus show of the window's state: commands that are off, and those that are ticked.
pub struct MenuState<'a> {
    /// Whether a command does something now.
    pub is_enabled: &'a dyn Fn(AppCommand) -> bool,
    /// Whether a command stands for something that is on.
    pub is_on: &'a dyn Fn(AppCommand) -> bool,
    /// What a command is called now, where that is not always the same.
    pub named: &'a dyn Fn(AppCommand) -> Option<String>,
    /// Name of the pane that exports take.
    pub front: &'a str,
}

/// Draws the menus; `commands` gets what is picked.
pub fn ui(ui: &mut Ui, state: &MenuState<'_>, commands: &mut Vec<AppCommand>) {
    MenuBar::new().ui(ui, |ui| {
        for menu in Menu::ALL {
            let opened = ui.menu_button(menu.label(), |ui| {
                ui.set_min_width(230.0);
                if menu == Menu::Tours {
                    AppCommand::tours().into_iter().for_each(|tour| item(ui, tour, state, commands));
                }
                for command in AppCommand::all().into_iter().filter(|command| command.menu() == menu) {
                    if command.opens_group() {
                        ui.separator();
                    }
                    if let AppCommand::ExportFront(ExportForm::Png) = command {
                        ui.label(RichText::new(format!("Of the pane {}", state.front)).small().weak());
                    }
                    item(ui, command, state, commands);
                }
            });
            // The menu of the run and the button that runs would have one name otherwise.
            opened.response.accessible_name(format!("{} menu", menu.label()));
        }
    });
}

fn item(ui: &mut Ui, command: AppCommand, state: &MenuState<'_>, commands: &mut Vec<AppCommand>) {
    let name = command.label();
    let tick = if (state.is_on)(command) { "• " } else { "" };
    let shown = (state.named)(command).unwrap_or_else(|| name.clone());
    let button = Button::new(format!("{tick}{shown}")).shortcut_text(command.key_text());
    let response = ui.add_enabled((state.is_enabled)(command), button).on_hover_text(command.description());
    if response.accessible_name(format!("Menu: {name}")).clicked() {
        commands.push(command);
        ui.close();
    }
}
