//! What a command is called, and what is said of it.

use eframe::egui::ThemePreference;

use super::{AppCommand, ExportForm};
use crate::app::look::words;
use crate::tour::TOURS;
use crate::training::BackendChoice;

impl AppCommand {
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
            Self::Experiments => "Experiment …".into(),
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
            Self::Experiments => "Open the list of experiments that come with the program.",
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
                TOURS.get(place).map_or("Be guided through an experiment, stage by stage.", |tour| tour.shows())
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

    /// Menu and name, as the palette lists it.
    #[must_use]
    pub fn full_name(self) -> String {
        match self {
            Self::StartTour(_) => format!("Tour: {}", self.label()),
            _ => format!("{}: {}", self.menu().label(), self.label()),
        }
    }

    /// Description and key, for tooltips.
    #[must_use]
    pub fn tooltip(self) -> String {
        let key = self.key_text();
        if key.is_empty() { self.description() } else { format!("{}\nKey: {key}", self.description()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_name_and_says_what_it_does() {
        for command in AppCommand::all().into_iter().chain(AppCommand::tours()) {
            assert!(!command.label().is_empty());
            assert!(command.description().ends_with('.'), "{}: {}", command.label(), command.description());
        }
    }
}
