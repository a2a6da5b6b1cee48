//! What a path is asked for.

use super::ExportForm;
use super::pane_kind::PaneKind;
use crate::record::MovingForm;

/// What the path is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Something to open.
    Open,
    /// A folder for the whole session.
    SaveSession,
    /// A file for the matrices.
    SaveSnapshot,
    /// A file for the cells of a grid of runs.
    SaveCells,
    /// A file for what a pane shows.
    Export(PaneKind, ExportForm),
    /// A file for a moving picture of a pane.
    Animation(PaneKind, MovingForm),
}

impl Purpose {
    /// Title of the question.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Open => "Open an experiment, a run folder, a snapshot or a reproduction",
            Self::SaveSession => "Save the session as a run folder",
            Self::SaveSnapshot => "Save the matrices for NumPy",
            Self::SaveCells => "Save the cells of the grid as CSV or Parquet",
            Self::Export(_, ExportForm::Png) => "Export the figure as PNG",
            Self::Export(_, ExportForm::Svg) => "Export the figure as SVG",
            Self::Export(_, ExportForm::Pdf) => "Export the figure as PDF",
            Self::Export(..) => "Export the data as CSV",
            Self::Animation(_, MovingForm::Apng) => "Write the animation as APNG",
            Self::Animation(_, MovingForm::Gif) => "Write the animation as GIF",
            Self::Animation(_, MovingForm::Mp4) => "Write the animation as MP4",
        }
    }

    /// What the desktop calls it.
    #[must_use]
    pub fn verb(self) -> &'static str {
        if self == Self::Open { "Open file" } else { "Save file" }
    }

    /// What the path is, in a line.
    #[must_use]
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Open => {
                "A configuration (.toml), a run folder or that of a reproduction, one of their files, or a snapshot (.npz)."
            }
            Self::SaveSession => "A folder that does not exist yet, or is empty.",
            Self::SaveCells => "A file that ends with .csv or .parquet; the folders above it are made where missing.",
            Self::SaveSnapshot | Self::Export(..) | Self::Animation(..) => {
                "A file; the folders above it are made where they are missing."
            }
        }
    }

    /// Whether the path is one of a folder.
    #[must_use]
    pub fn is_folder(self) -> bool {
        self == Self::SaveSession
    }
}
