//! Where a command stands: its menu, and the lines between groups.

use eframe::egui::ThemePreference;

use super::pane_kind::PaneKind;
use super::{AppCommand, ExportForm};
use crate::app::look::words::Vocabulary;
use crate::training::BackendChoice;

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

impl AppCommand {
    /// The menu that it stands in.
    #[must_use]
    pub fn menu(self) -> Menu {
        match self {
            Self::Experiments
            | Self::Gallery
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
                | Self::Present
                | Self::ZoomIn
                | Self::ResetLayout
                | Self::TogglePane(PaneKind::Controls)
                | Self::NextStage
        )
    }
}
