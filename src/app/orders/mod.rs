//! What a person can tell the window to do: one list that feeds menus, buttons, shortcuts, palette and shortcut sheet.

pub mod pane_kind;
pub mod past;
mod purpose;

use eframe::egui::{Context, Key, KeyboardShortcut, Modifiers, Popup, ThemePreference};

pub use purpose::Purpose;

use crate::app::look::words;
use crate::app::look::words::Vocabulary;
use crate::tour::TOURS;
use crate::training::BackendChoice;
use pane_kind::{LayoutPreset, PaneKind};
use past::Past;

/// How something is taken out of a pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportForm {
    /// A figure of pixels.
    Png,
    /// A figure of shapes.
    Svg,
    /// A figure of shapes on a page.
    Pdf,
    /// What is shown, as numbers.
    Csv,
    /// The figure, to the clipboard.
    CopyImage,
    /// The numbers, to the clipboard.
    CopyData,
}

impl ExportForm {
    /// Every form.
    pub const ALL: [Self; 6] = [Self::Png, Self::Svg, Self::Pdf, Self::Csv, Self::CopyImage, Self::CopyData];

    /// Whether it is a figure in a file, whose looks can be chosen.
    #[must_use]
    pub fn is_figure(self) -> bool {
        matches!(self, Self::Png | Self::Svg | Self::Pdf)
    }

    /// What the form is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Png | Self::CopyImage => "PNG",
            Self::Svg => "SVG",
            Self::Pdf => "PDF",
            Self::Csv | Self::CopyData => "CSV",
        }
    }
}

/// The menu that a command stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Menu {
    /// Opening, saving, exporting.
    File,
    /// Settings and clipboard.
    Edit,
    /// The run.
    Run,
    /// Looks.
    View,
    /// Panes and layouts.
    Window,
    /// Guided tours.
    Tours,
    /// Help.
    Help,
}

impl Menu {
    /// Every menu, from left to right.
    pub const ALL: [Self; 7] = [Self::File, Self::Edit, Self::Run, Self::View, Self::Window, Self::Tours, Self::Help];

    /// Its name.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::Edit => "Edit",
            Self::Run => "Run",
            Self::View => "View",
            Self::Window => "Window",
            Self::Tours => "Tours",
            Self::Help => "Help",
        }
    }
}

/// An order to the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppCommand {
    /// Trains, or pauses a run that is training.
    RunOrPause,
    /// Trains the chosen number of steps, then pauses.
    Step,
    /// Trains until every layer is at rest.
    RunUntilConverged,
    /// Lets the CPU, a graphics processor or the faster of the two train.
    TrainOn(BackendChoice),
    /// Starts anew from the same initial weights.
    Reset,
    /// Starts anew from other initial weights.
    NewSeed,
    /// Forks a twin that goes on beside the run.
    ForkTwin,
    /// Goes on without the twin.
    EndTwin,
    /// Makes the twin the run.
    KeepTwin,
    /// Back to the present.
    ShowPresent,
    /// Continues the run from the step that is shown.
    ForkFromHere,
    /// Goes through the past.
    Past(Past),
    /// Shows or hides the timeline below the panes.
    Timeline,
    /// Opens a configuration, run folder or snapshot.
    Open,
    /// Shows the paper's table and figures, and results of their reproduction.
    Gallery,
    /// Opens a share string from the clipboard or typed in.
    PasteShareString,
    /// Writes the whole session as a run folder.
    Save,
    /// Writes the matrices of the step that is shown.
    SaveSnapshot,
    /// Saves the cells of a grid of runs as CSV or Parquet.
    SaveCells,
    /// Takes what a pane shows out of it.
    Export(PaneKind, ExportForm),
    /// Takes what the pane in front shows out of it.
    ExportFront(ExportForm),
    /// Makes a moving picture of a pane over the run's steps.
    Animate(PaneKind),
    /// Makes a moving picture of the pane in front.
    AnimateFront,
    /// Closes the window.
    Quit,
    /// Takes back the last change of a setting.
    Undo,
    /// Makes it again.
    Redo,
    /// Copies the command line that repeats this run.
    CopyCommand,
    /// Copies the experiment as a short text.
    CopyShareString,
    /// Shows the whole run again and follows it.
    FollowRun,
    /// Steps on a logarithmic axis, or not.
    ToggleLogTime,
    /// Dark, light, or as the system.
    Theme(ThemePreference),
    /// The words of a field of science.
    Speak(Vocabulary),
    /// One pane for a room: full screen, large, without bars.
    Present,
    /// Shows or hides the sliders while one presents.
    PresentSliders,
    /// Everything larger.
    ZoomIn,
    /// Everything smaller.
    ZoomOut,
    /// Everything at its usual size.
    ZoomReset,
    /// Arranges the panes.
    Layout(LayoutPreset),
    /// Arranges the panes as this layout has them.
    ResetLayout,
    /// Brings a pane to the front, or back if it was closed.
    ShowPane(PaneKind),
    /// Opens a pane, or closes it where it is in front.
    TogglePane(PaneKind),
    /// Starts a guided tour, by its place in [`TOURS`].
    StartTour(usize),
    /// To the tour's next stage, once this one is done.
    NextStage,
    /// To the stage before.
    PreviousStage,
    /// Ends the tour.
    EndTour,
    /// Shows the first page.
    FirstPage,
    /// Shows every word that the window explains.
    Glossary,
    /// Finds a command by its name.
    Palette,
    /// Shows every key.
    Shortcuts,
}

impl AppCommand {
    /// Every command, in the order of menus; [`AppCommand::tours`] are left out.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all =
            vec![Self::Gallery, Self::Open, Self::PasteShareString, Self::Save, Self::SaveSnapshot, Self::SaveCells];
        all.extend(ExportForm::ALL.map(Self::ExportFront));
        all.extend([
            Self::AnimateFront,
            Self::Quit,
            Self::Undo,
            Self::Redo,
            Self::CopyCommand,
            Self::CopyShareString,
            Self::RunOrPause,
            Self::Step,
            Self::RunUntilConverged,
            Self::Reset,
            Self::NewSeed,
            Self::ForkTwin,
            Self::EndTwin,
            Self::KeepTwin,
            Self::ShowPresent,
            Self::ForkFromHere,
        ]);
        all.extend(Past::ALL.map(Self::Past));
        all.extend([
            Self::TrainOn(BackendChoice::Auto),
            Self::TrainOn(BackendChoice::Cpu),
            Self::TrainOn(BackendChoice::Gpu),
            Self::FollowRun,
            Self::ToggleLogTime,
            Self::Theme(ThemePreference::Dark),
            Self::Theme(ThemePreference::Light),
            Self::Theme(ThemePreference::System),
            Self::Speak(Vocabulary::MachineLearning),
            Self::Speak(Vocabulary::Neuroscience),
            Self::Present,
            Self::PresentSliders,
            Self::Timeline,
            Self::ZoomIn,
            Self::ZoomOut,
            Self::ZoomReset,
        ]);
        all.extend(LayoutPreset::ALL.map(Self::Layout));
        all.push(Self::ResetLayout);
        all.extend(PaneKind::ALL.map(Self::TogglePane));
        all.extend([
            Self::NextStage,
            Self::PreviousStage,
            Self::EndTour,
            Self::FirstPage,
            Self::Glossary,
            Self::Palette,
            Self::Shortcuts,
        ]);
        all
    }

    /// Whether it ends or replaces something that a room is looking at.
    #[must_use]
    pub fn destroys(self) -> bool {
        matches!(
            self,
            Self::Reset
                | Self::NewSeed
                | Self::EndTwin
                | Self::KeepTwin
                | Self::ForkFromHere
                | Self::Open
                | Self::PasteShareString
                | Self::Gallery
                | Self::FirstPage
                | Self::StartTour(_)
                | Self::TrainOn(_)
                | Self::Layout(_)
                | Self::ResetLayout
                | Self::TogglePane(_)
                | Self::Undo
                | Self::Redo
                | Self::Quit
        )
    }

    /// The built-in tours, in the order in which they are offered.
    #[must_use]
    pub fn tours() -> Vec<Self> {
        (0..TOURS.len()).map(Self::StartTour).collect()
    }

    /// Menu and name, as the palette lists it.
    #[must_use]
    pub fn full_name(self) -> String {
        match self {
            Self::StartTour(_) => format!("Tour: {}", self.label()),
            _ => format!("{}: {}", self.menu().label(), self.label()),
        }
    }

    /// The menu that it stands in.
    #[must_use]
    pub fn menu(self) -> Menu {
        match self {
            Self::Gallery
            | Self::Open
            | Self::PasteShareString
            | Self::Save
            | Self::SaveSnapshot
            | Self::SaveCells
            | Self::Export(..)
            | Self::ExportFront(_)
            | Self::Animate(_)
            | Self::AnimateFront
            | Self::Quit => Menu::File,
            Self::Undo | Self::Redo | Self::CopyCommand | Self::CopyShareString => Menu::Edit,
            Self::RunOrPause
            | Self::Step
            | Self::RunUntilConverged
            | Self::Reset
            | Self::NewSeed
            | Self::ForkTwin
            | Self::EndTwin
            | Self::KeepTwin
            | Self::ShowPresent
            | Self::ForkFromHere
            | Self::Past(_)
            | Self::TrainOn(_) => Menu::Run,
            Self::FollowRun
            | Self::ToggleLogTime
            | Self::Theme(_)
            | Self::Speak(_)
            | Self::Present
            | Self::PresentSliders
            | Self::Timeline
            | Self::ZoomIn
            | Self::ZoomOut
            | Self::ZoomReset => Menu::View,
            Self::Layout(_) | Self::ResetLayout | Self::ShowPane(_) | Self::TogglePane(_) => Menu::Window,
            Self::StartTour(_) | Self::NextStage | Self::PreviousStage | Self::EndTour => Menu::Tours,
            Self::FirstPage | Self::Glossary | Self::Palette | Self::Shortcuts => Menu::Help,
        }
    }

    /// Whether a line stands above it in its menu.
    #[must_use]
    pub fn opens_group(self) -> bool {
        matches!(
            self,
            Self::Open
                | Self::Save
                | Self::ExportFront(ExportForm::Png)
                | Self::Quit
                | Self::CopyCommand
                | Self::Reset
                | Self::ForkTwin
                | Self::ShowPresent
                | Self::TrainOn(BackendChoice::Auto)
                | Self::Theme(ThemePreference::Dark)
                | Self::Speak(Vocabulary::MachineLearning)
                | Self::ZoomIn
                | Self::ResetLayout
                | Self::TogglePane(PaneKind::Controls)
                | Self::NextStage
        )
    }

    /// Name on buttons and in menus.
    #[must_use]
    pub fn label(self) -> String {
        let label: String = match self {
            Self::RunOrPause => "Run".into(),
            Self::Step => "Step".into(),
            Self::RunUntilConverged => "Run until at rest".into(),
            Self::TrainOn(BackendChoice::Auto) => "Train on the faster".into(),
            Self::TrainOn(BackendChoice::Cpu) => "Train on the CPU".into(),
            Self::TrainOn(BackendChoice::Gpu) => "Train on the GPU".into(),
            Self::Reset => "Reset".into(),
            Self::NewSeed => "New seed".into(),
            Self::ForkTwin => "Fork a twin".into(),
            Self::EndTwin => "End twin".into(),
            Self::KeepTwin => "Keep twin instead".into(),
            Self::ShowPresent => "Back to the present".into(),
            Self::ForkFromHere => "Continue from the shown step".into(),
            Self::Past(past) => past.label().into(),
            Self::Timeline => "Timeline".into(),
            Self::Gallery => "Gallery".into(),
            Self::Open => "Open …".into(),
            Self::PasteShareString => "Paste share string …".into(),
            Self::Save => "Save session …".into(),
            Self::SaveSnapshot => "Save matrices (NPZ) …".into(),
            Self::SaveCells => "Save cells of the grid …".into(),
            Self::Export(_, form) | Self::ExportFront(form) => match form {
                ExportForm::Png => "Export figure as PNG …".into(),
                ExportForm::Svg => "Export figure as SVG …".into(),
                ExportForm::Pdf => "Export figure as PDF …".into(),
                ExportForm::Csv => "Export data as CSV …".into(),
                ExportForm::CopyImage => "Copy figure".into(),
                ExportForm::CopyData => "Copy data".into(),
            },
            Self::Animate(_) | Self::AnimateFront => "Animation …".into(),
            Self::Quit => "Quit".into(),
            Self::Undo => "Undo".into(),
            Self::Redo => "Redo".into(),
            Self::CopyCommand => "Copy command".into(),
            Self::CopyShareString => "Copy share string".into(),
            Self::FollowRun => "Follow run".into(),
            Self::ToggleLogTime => "Logarithmic time".into(),
            Self::Theme(ThemePreference::Dark) => "Dark theme".into(),
            Self::Theme(ThemePreference::Light) => "Light theme".into(),
            Self::Theme(ThemePreference::System) => "System theme".into(),
            Self::Speak(vocabulary) => format!("Words of {}", vocabulary.title().to_lowercase()),
            Self::ZoomIn => "Zoom in".into(),
            Self::ZoomOut => "Zoom out".into(),
            Self::ZoomReset => "Usual size".into(),
            Self::Layout(preset) => format!("Layout {}", preset.label()),
            Self::ResetLayout => "Reset layout".into(),
            Self::ShowPane(kind) => format!("Show {}", kind.title()),
            Self::TogglePane(kind) => kind.title().into(),
            Self::StartTour(place) => TOURS.get(place).map_or("Tour", |tour| tour.title()).into(),
            Self::NextStage => "Next stage".into(),
            Self::PreviousStage => "Previous stage".into(),
            Self::EndTour => "End tour".into(),
            Self::Present => "Present".into(),
            Self::PresentSliders => "Sliders while presenting".into(),
            Self::FirstPage => "First page".into(),
            Self::Glossary => "Glossary".into(),
            Self::Palette => "Find a command …".into(),
            Self::Shortcuts => "Keys".into(),
        };
        words::say(&label).into_owned()
    }

    /// What it does, in a sentence.
    #[must_use]
    pub fn description(self) -> String {
        let text = match self {
            Self::RunOrPause => "Train, or pause at the next step.",
            Self::Step => "Train the chosen number of steps, then pause.",
            Self::RunUntilConverged => {
                "Train until every layer is at rest: over five windows, its alignment and the gap between mean signal and decay are \
                 those of the five windows before, within the tolerances of [training]."
            }
            Self::TrainOn(BackendChoice::Auto) => {
                "Time this experiment on the CPU and on the graphics processor, and go on with the faster. Weights and \
                 steps stay as they are."
            }
            Self::TrainOn(BackendChoice::Cpu) => "Go on with the CPU, with the same weights.",
            Self::TrainOn(BackendChoice::Gpu) => {
                "Go on with the graphics processor, with the same weights. Sums are added in another order there, so the \
                 last digits differ."
            }
            Self::Reset => "Start again from the same initial weights, with the present settings.",
            Self::NewSeed => "Start again with seeds not used so far: other teacher, data, initial weights and noise.",
            Self::ForkTwin => {
                "Copy the run as it is now into a twin that sees the same batches and noise. Change a value of one of \
                 them, and all that differs from then on comes from it."
            }
            Self::EndTwin => "Go on with the run alone.",
            Self::KeepTwin => "Go on with the twin alone, as the run.",
            Self::ShowPresent => {
                "Show the present again, after looking back. A run that the look back has paused goes on."
            }
            Self::Past(past) => past.description(),
            Self::Timeline => {
                "Show or hide the timeline below the panes: the run's history, to look back in and to play."
            }
            Self::ForkFromHere => {
                "Go back to the step that is shown and continue from there. What came after stays visible as a faint \
                 curve."
            }
            Self::Gallery => {
                "The paper's table and figures as cards: what each shows, and a click that loads it. Results of 'hebbscope \
                 reproduce' are opened there."
            }
            Self::Open => {
                "Open an experiment (TOML), a run folder, a snapshot (NPZ) or the folder of a reproduction. Dropping it on the \
                 window does the same."
            }
            Self::PasteShareString => "Open an experiment from the short text that 'Copy share string' makes.",
            Self::Save => {
                "Write a run folder: configuration, every change made on the way, metrics, summary, matrices and figures."
            }
            Self::SaveCells => {
                "Write a line for each point and seed of the grid of runs that is at its end: CSV, or Parquet by the \
                 file's name. The others are named in a file beside it."
            }
            Self::SaveSnapshot => {
                "Write W, learning signal, Hebbian and full update of the step that is shown, for NumPy."
            }
            Self::Export(_, form) | Self::ExportFront(form) => match form {
                ExportForm::Png => "Write the pane as a figure of pixels; size, type and colours can be chosen.",
                ExportForm::Svg => {
                    "Write the pane as a figure of shapes, to be edited; size, type and colours can be chosen."
                }
                ExportForm::Pdf => {
                    "Write the pane as a figure of shapes on a page of its size, with its typeface, for print."
                }
                ExportForm::Csv => "Write the numbers that the pane shows.",
                ExportForm::CopyImage => "Copy the pane's figure to the clipboard.",
                ExportForm::CopyData => "Copy the pane's numbers to the clipboard, as CSV.",
            },
            Self::Animate(_) | Self::AnimateFront => {
                "Write the pane as a moving picture over the run's steps (APNG, GIF, or MP4 with ffmpeg); the run trains on."
            }
            Self::Quit => "End the run and close the window.",
            Self::Undo => "Set the last changed setting back. A whole drag of a slider is one change.",
            Self::Redo => "Make the change again that was taken back last.",
            Self::CopyCommand => {
                "Copy the command line that repeats this run without the window, changes included; with a twin, one for each."
            }
            Self::CopyShareString => "Copy the experiment, with its changes, as a short text to send to somebody.",
            Self::FollowRun => {
                "Show the newest steps and follow the run, as double-clicking a plot does. Once more for the whole run."
            }
            Self::ToggleLogTime => "Show steps on a logarithmic axis in every plot over time, or on a linear one.",
            Self::Theme(ThemePreference::Dark) => "For a dark room.",
            Self::Theme(ThemePreference::Light) => "For a bright room or a projector.",
            Self::Theme(ThemePreference::System) => "As the system has it.",
            Self::Speak(vocabulary) => return vocabulary.about().to_owned(),
            Self::ZoomIn => "Make everything larger, as for a projector.",
            Self::ZoomOut => "Make everything smaller.",
            Self::ZoomReset => "Show everything at its usual size.",
            Self::Layout(_) => "Arrange the panes for this purpose.",
            Self::ResetLayout => "Put the panes back where the present layout has them.",
            Self::ShowPane(kind) | Self::TogglePane(kind) => kind.description(),
            Self::StartTour(place) => {
                TOURS.get(place).map_or("Be guided through an experiment, step by step.", |tour| tour.shows())
            }
            Self::NextStage => "Go to the tour's next stage, once this one is done.",
            Self::PreviousStage => "Go back to the tour's stage before, with its settings.",
            Self::EndTour => "Leave the tour. Layout, speed, controls and experiment become as they were before it.",
            Self::Present => {
                "Show the pane in front to a room: the whole screen, type half as large again, thick curves with their names. \
                 Keys that end a run are off; F11 or Escape ends it."
            }
            Self::PresentSliders => "Show or hide the sliders below the pane that is presented.",
            Self::FirstPage => {
                "What the window begins with: the default network, tours, files, and the paper's findings as cards."
            }
            Self::Glossary => "Every word of the window in two sentences.",
            Self::Palette => "Type a part of a command's name and press Enter.",
            Self::Shortcuts => "Every key of the window on one page.",
        };
        words::say(text).into_owned()
    }

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

    /// Description and key, for tooltips.
    #[must_use]
    pub fn tooltip(self) -> String {
        let key = self.key_text();
        if key.is_empty() { self.description() } else { format!("{}\nKey: {key}", self.description()) }
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

    #[test]
    fn every_command_has_a_name_and_says_what_it_does() {
        for command in AppCommand::all().into_iter().chain(AppCommand::tours()) {
            assert!(!command.label().is_empty());
            assert!(command.description().ends_with('.'), "{}: {}", command.label(), command.description());
        }
    }
}
