//! What is opened or dropped, read beside the window's thread, as recorded curves may be large.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use eframe::egui::{Align2, Color32, Context, FontId, Id, LayerId, Order};

use crate::reproduce::Reproduction;
use crate::share::{self, Opened};
use crate::sweep::{SweepFolder, SweepState};
use crate::training::caught;

/// What was read.
pub enum Found {
    /// Something to train or to look at, with what is to be said of it.
    Opened(Box<Opened>, Vec<String>),
    /// A grid of runs, with the folder that it was read from.
    Sweep(Arc<SweepState>, PathBuf),
    /// What `hebbscope reproduce` has left.
    Reproduction(Arc<Reproduction>),
}

/// What was read, or why nothing was.
pub type Answer = Result<Found, String>;

/// Something on its way in.
pub struct Opening {
    path: PathBuf,
    answer: Receiver<Answer>,
}

impl Opening {
    /// Starts to read a file or folder.
    #[must_use]
    pub fn new(ctx: &Context, path: PathBuf) -> Self {
        let (sender, answer) = bounded(1);
        let (repaint, from, failed) = (ctx.clone(), path.clone(), sender.clone());
        let reading = std::thread::Builder::new().name("open file".into()).spawn(move || {
            let read = caught(|| find(&from));
            let fault = |words| Err(format!("{}: cannot be read by a fault of this program: {words}", from.display()));
            let read = read.unwrap_or_else(fault);
            // The window may have been closed.
            let _ = sender.send(read);
            repaint.request_repaint();
        });
        if let Err(error) = reading {
            // There is room for one answer.
            let _ = failed.send(Err(format!("{}: cannot be read: {error}", path.display())));
        }
        Self { path, answer }
    }

    /// Where it is read from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What was read, once it is.
    pub fn poll(&self) -> Option<Answer> {
        match self.answer.try_recv() {
            Ok(read) => Some(read),
            Err(TryRecvError::Empty) => None,
            // The thread has ended without a word.
            Err(TryRecvError::Disconnected) => {
                Some(Err(format!("{}: a fault of this program; the file was not read", self.path.display())))
            }
        }
    }
}

fn find(path: &Path) -> Answer {
    if let Some(folder) = Reproduction::folder_of(path) {
        let read = Reproduction::read(&folder).map_err(|error| error.to_string())?;
        return Ok(Found::Reproduction(Arc::new(read)));
    }
    if let Some(folder) = SweepFolder::folder_of(path) {
        let read = SweepState::open(&folder).map_err(|error| error.to_string())?;
        return Ok(Found::Sweep(Arc::new(read), folder));
    }
    let (opened, warnings) = share::open_path_aloud(path).map_err(|error| error.to_string())?;
    Ok(Found::Opened(Box::new(opened), warnings))
}

/// Files that a person has let go above the window; while they hover, the window says what will become of them.
#[must_use]
pub fn dropped(ctx: &Context) -> Vec<PathBuf> {
    let (hovering, dropped) = ctx.input(|input| {
        let dropped: Vec<PathBuf> = input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect();
        (!input.raw.hovered_files.is_empty(), dropped)
    });
    if hovering {
        let painter = ctx.layer_painter(LayerId::new(Order::Foreground, Id::unique("drop")));
        let screen = ctx.content_rect();
        painter.rect_filled(screen, 0.0, Color32::from_black_alpha(170));
        let text = "Drop to open: a configuration, a run or sweep, a snapshot or a reproduction";
        painter.text(screen.center(), Align2::CENTER_CENTER, text, FontId::proportional(20.0), Color32::WHITE);
    }
    dropped
}
