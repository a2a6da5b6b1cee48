//! The end of the window that a signal brings: the run is saved first, however busy the window is, and then it closes.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use eframe::egui::Context;

use crate::training::{Leaver, NotLeft};

/// Longest that saving may take; what was saved on the way is there all the same.
pub(in crate::app) const PATIENCE: Duration = Duration::from_secs(10);

/// Ends a window from another thread.
#[derive(Clone, Debug, Default)]
pub struct Ending {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    is_asked: AtomicBool,
    open: Mutex<Option<Open>>,
}

/// What there is to end, once there is a window.
#[derive(Clone)]
struct Open {
    window: Context,
    trainer: Leaver,
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Open")
    }
}

impl Ending {
    /// Leaves the run for the next start and asks the window to close; returns once the run is saved.
    pub fn ask(&self) {
        self.shared.is_asked.store(true, Ordering::SeqCst);
        // What could not be saved in time is not worth more time: whoever sent the signal ends the process by force next.
        if let Err(error) = self.leave() {
            let _ = writeln!(std::io::stderr(), "warning: {error}");
        }
        if let Some(Open { window, .. }) = self.open() {
            window.request_repaint();
        }
    }

    /// Leaves the run of the window, if there is one, for the next start.
    pub(in crate::app) fn leave(&self) -> Result<(), NotLeft> {
        self.open().map_or(Ok(()), |open| open.trainer.leave(PATIENCE))
    }

    fn open(&self) -> Option<Open> {
        self.shared.open.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the window is to close.
    pub(in crate::app) fn is_asked(&self) -> bool {
        self.shared.is_asked.load(Ordering::SeqCst)
    }

    /// There is a window with a trainer.
    pub(in crate::app) fn watch(&self, window: &Context, trainer: Leaver) {
        let open = Open { window: window.clone(), trainer };
        *self.shared.open.lock().unwrap_or_else(PoisonError::into_inner) = Some(open);
    }
}
