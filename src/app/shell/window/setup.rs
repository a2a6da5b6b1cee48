//! How the window starts.

use std::path::PathBuf;
use std::sync::Arc;

use crate::app::link::selection::Hidden;
use crate::app::look::words::Vocabulary;
use crate::app::shell::ending::Ending;
use crate::record::LeftBehind;
use crate::reproduce::Rates;
use crate::sweep::LeftSweep;
use crate::tour::Tour;
use crate::training::BackendChoice;

/// How the window starts.
#[derive(Clone, Debug, Default)]
pub struct WindowSetup {
    /// Threads of the trainer.
    pub threads: usize,
    /// What trains.
    pub backend: BackendChoice,
    /// Whether training starts with the window.
    pub run_at_start: bool,
    /// Controls that are out of sight.
    pub hidden: Hidden,
    /// A tour to start with.
    pub tour: Option<Tour>,
    /// Something to open, as if it were dropped.
    pub opens: Option<PathBuf>,
    /// How fast this machine trains, where that is known already.
    pub rates: Option<Rates>,
    /// What there is to say of what an earlier start has stored.
    pub notes: Vec<String>,
    /// Whether the run is saved in the user's cache folder on its way.
    pub autosaves: bool,
    /// Runs that earlier starts left behind, the last one first.
    pub left: Vec<Arc<LeftBehind>>,
    /// Grids of runs that they left, the last one first.
    pub left_grids: Vec<Arc<LeftSweep>>,
    /// Whether the first page lies above the run, which then waits, unless a person has chosen otherwise.
    pub first_page: bool,
    /// Whose words the window speaks, where a person has chosen no others.
    pub vocabulary: Vocabulary,
    /// What ends the window from another thread.
    pub ending: Ending,
    /// Called in each frame that is drawn: a place for tests to let something fail.
    #[doc(hidden)]
    pub each_frame: Option<fn()>,
}
