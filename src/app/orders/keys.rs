//! The keys of commands, and which of them were pressed.

use eframe::egui::{Context, Key, KeyboardShortcut, Modifiers, Popup};

use super::pane_kind::{LayoutPreset, PaneKind};
use super::{AppCommand, ExportForm};

impl AppCommand {
    /// Its key.
    #[must_use]
    pub fn shortcut(self) -> Option<KeyboardShortcut> {
        let plain = |key| Some(KeyboardShortcut::new(Modifiers::NONE, key));
        let control = |key| Some(KeyboardShortcut::new(Modifiers::COMMAND, key));
        let both = |key| Some(KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key));
        match self {
            Self::RunOrPause => plain(Key::Space),
            Self::Step => plain(Key::S),
            Self::Reset => plain(Key::R),
            Self::NewSeed => plain(Key::N),
            Self::ForkTwin => plain(Key::T),
            Self::ShowPresent => plain(Key::End),
            Self::NextStage => plain(Key::PageDown),
            Self::PreviousStage => plain(Key::PageUp),
            Self::FollowRun => plain(Key::F),
            Self::ToggleLogTime => plain(Key::X),
            Self::TogglePane(PaneKind::Log) => plain(Key::L),
            Self::Shortcuts => plain(Key::F1),
            Self::Present => plain(Key::F11),
            Self::PresentSliders => plain(Key::C),
            Self::Past(past) => past.shortcut(),
            Self::Timeline => plain(Key::H),
            Self::Experiments => plain(Key::E),
            Self::Gallery => plain(Key::G),
            Self::Open => control(Key::O),
            Self::PasteShareString => both(Key::V),
            Self::Save => control(Key::S),
            Self::SaveSnapshot => both(Key::S),
            Self::ExportFront(ExportForm::Png) => control(Key::E),
            Self::ExportFront(ExportForm::CopyImage) => both(Key::C),
            Self::Quit => control(Key::Q),
            Self::Undo => control(Key::Z),
            Self::Redo => both(Key::Z),
            Self::Palette => control(Key::P),
            Self::ZoomIn => control(Key::Plus),
            Self::ZoomOut => control(Key::Minus),
            Self::ZoomReset => control(Key::Num0),
            Self::Layout(LayoutPreset::Explore) => control(Key::Num1),
            Self::Layout(LayoutPreset::Teach) => control(Key::Num2),
            Self::Layout(LayoutPreset::Neurons) => control(Key::Num3),
            Self::Layout(LayoutPreset::Matrices) => control(Key::Num4),
            Self::Layout(LayoutPreset::Phase) => control(Key::Num5),
            Self::Layout(LayoutPreset::Everything) => control(Key::Num6),
            _ => None,
        }
    }

    /// Its key in words, `Ctrl+Shift+S`; empty where it has none.
    #[must_use]
    pub fn key_text(self) -> String {
        let Some(KeyboardShortcut { modifiers, logical_key }) = self.shortcut() else { return String::new() };
        let control = if modifiers.command { "Ctrl+" } else { "" };
        let shift = if modifiers.shift { "Shift+" } else { "" };
        let key = match logical_key {
            Key::Plus => "+",
            Key::Minus => "−",
            Key::ArrowLeft => "←",
            Key::ArrowRight => "→",
            other => other.name(),
        };
        format!("{control}{shift}{key}")
    }

    /// Takes the commands whose keys were pressed out of this frame's input.
    ///
    /// Whatever lies above the panes (a dialog, a sheet, an open list or menu) and a text being edited keep every key,
    /// and a widget that holds the keyboard's focus keeps Space, which presses it, and the arrows, which move it.
    #[must_use]
    pub fn pressed(ctx: &Context) -> Vec<Self> {
        let is_covered = ctx.memory(|memory| memory.top_modal_layer().is_some()) || Popup::is_any_open(ctx);
        if is_covered || ctx.text_edit_focused() {
            return Vec::new();
        }
        let focused = ctx.memory(|memory| memory.focused().is_some());
        let mut pressed = Vec::new();
        // Keys with more modifiers first: Ctrl+S would take Ctrl+Shift+S as well.
        let mut commands: Vec<_> = Self::all().into_iter().filter_map(|c| Some((c, c.shortcut()?))).collect();
        commands.sort_by_key(|(_, shortcut)| std::cmp::Reverse(shortcut.modifiers.shift));
        for (command, shortcut) in commands {
            // The interface library itself zooms by these keys.
            let zooms = matches!(command, Self::ZoomIn | Self::ZoomOut | Self::ZoomReset);
            let is_widgets = matches!(shortcut.logical_key, Key::Space | Key::ArrowLeft | Key::ArrowRight);
            if zooms || (focused && is_widgets) {
                continue;
            }
            if ctx.input_mut(|input| input.consume_shortcut(&shortcut)) {
                pressed.push(command);
            }
        }
        let second = |key, modifiers| ctx.input_mut(|input| input.consume_key(modifiers, key));
        if second(Key::Questionmark, Modifiers::NONE) || second(Key::Questionmark, Modifiers::SHIFT) {
            pressed.push(Self::Shortcuts);
        }
        if second(Key::Y, Modifiers::COMMAND) {
            pressed.push(Self::Redo);
        }
        pressed
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_key_has_two_meanings() {
        let keys: Vec<String> =
            AppCommand::all().into_iter().map(AppCommand::key_text).filter(|k| !k.is_empty()).collect();
        let different: BTreeSet<&String> = keys.iter().collect();
        assert_eq!(keys.len(), different.len(), "{keys:?}");
    }
}
