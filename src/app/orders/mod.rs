//! What a person can tell the window to do: one list that feeds menus, buttons, shortcuts, palette and shortcut sheet.

mod export_form;
mod keys;
mod menus;
pub mod pane_kind;
pub mod past;
mod purpose;
mod words;

use eframe::egui::ThemePreference;

pub use export_form::ExportForm;
pub use menus::Menu;
pub use purpose::Purpose;

use crate::app::look::words::Vocabulary;
use crate::tour::TOURS;
use crate::training::BackendChoice;
use pane_kind::{LayoutPreset, PaneKind};
use past::Past;

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
    /// Opens the list of experiments.
    Experiments,
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
        let mut all = vec![
            Self::Experiments,
            Self::Gallery,
            Self::Open,
            Self::PasteShareString,
            Self::Save,
            Self::SaveSnapshot,
            Self::SaveCells,
        ];
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
                | Self::Experiments
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
}
