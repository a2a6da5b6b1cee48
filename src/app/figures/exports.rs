//! What is on its way out: figures are drawn and files written beside the window's thread, which a large figure or a slow disk
//! would hold up.
//!
//! A window that closes waits for them, so that what was asked for is there, whole.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use eframe::egui::Context;

use super::about::About;
use super::full_rate::FullRate;
use super::takeout::{self, Done};
use crate::app::look::words;
use crate::app::look::words::Vocabulary;
use crate::app::orders::ExportForm;
use crate::app::orders::Purpose;
use crate::record::{Exhibit, FigureLook};
use crate::sweep::SweepState;
use crate::training::caught;

/// Everything that is on its way. Dropped, it waits for it.
#[derive(Default)]
pub struct Exports {
    all: Vec<Export>,
}

struct Export {
    what: Arc<What>,
    thread: Option<JoinHandle<()>>,
    done: Receiver<Result<Done, String>>,
}

/// What goes to a file once its path is known.
#[derive(Clone)]
pub enum Content {
    /// What a pane shows, and what is told of it beside its numbers.
    Shown(Box<Exhibit>, Box<About>),
    /// Rows of the run.
    Rows(Arc<FullRate>),
}

/// What is taken out.
pub enum What {
    /// What a pane shows or was made of, with this look, into a file.
    File(Content, FigureLook, Purpose, ExportForm, PathBuf),
    /// The cells of a grid of runs, into a file.
    Cells(Arc<SweepState>, PathBuf),
    /// What a pane shows, for the clipboard.
    Clipboard(Exhibit, FigureLook, ExportForm),
}

impl What {
    fn make(&self) -> Result<Done, String> {
        match self {
            Self::File(Content::Rows(rows), _, _, _, path) => {
                let written = rows.write(path).map_err(|error| error.to_string())?;
                Ok(Done::Written(written))
            }
            Self::File(Content::Shown(exhibit, about), look, _, form, path) => {
                let written = takeout::write(exhibit, about, look, *form, path).map_err(|error| error.to_string())?;
                let names: Vec<_> = written.iter().map(|path| words::path(path)).collect();
                let fineness = if form.is_figure() { String::new() } else { takeout::fineness(exhibit) };
                Ok(Done::Written(format!("Wrote {}{fineness}", names.join(", "))))
            }
            Self::Cells(snapshot, path) => {
                let written = takeout::write_cells(snapshot, path)?;
                let names: Vec<_> = written.iter().map(|path| words::path(path)).collect();
                let left = snapshot.cells.len() - snapshot.done;
                let said = if left > 0 { format!("; {left} runs are not at their end") } else { String::new() };
                Ok(Done::Written(format!("Wrote {}{said}", names.join(", "))))
            }
            Self::Clipboard(exhibit, look, form) => {
                takeout::copy(exhibit, look, *form).map_err(|error| error.to_string())
            }
        }
    }
}

impl Exports {
    /// Begins to take something out.
    pub fn begin(&mut self, ctx: &Context, what: What) {
        let what = Arc::new(what);
        let (sender, done) = bounded(1);
        let (made, repaint, failed) = (Arc::clone(&what), ctx.clone(), sender.clone());
        let vocabulary = Vocabulary::spoken();
        let thread = std::thread::Builder::new().name("export".into()).spawn(move || {
            vocabulary.speak();
            let fault = |words| Err(format!("nothing was exported by a fault of this program: {words}"));
            let outcome = caught(|| made.make()).unwrap_or_else(fault);
            drop(made);
            // The window may have been closed.
            let _ = sender.send(outcome);
            repaint.request_repaint();
        });
        let thread = thread.map_err(|error| failed.send(Err(format!("nothing was exported: {error}")))).ok();
        self.all.push(Export { what, thread, done });
    }

    /// Rows that are being written, and for which pane.
    pub fn rows_under_way(&self) -> impl Iterator<Item = (Purpose, &Arc<FullRate>)> {
        self.all.iter().filter_map(|export| match &*export.what {
            What::File(Content::Rows(rows), _, purpose, ..) => Some((*purpose, rows)),
            _ => None,
        })
    }

    /// What is at its end, with what came of it.
    pub fn poll(&mut self) -> Vec<(Arc<What>, Result<Done, String>)> {
        let mut ended = Vec::new();
        self.all.retain(|export| match export.done.try_recv() {
            Ok(outcome) => {
                ended.push((Arc::clone(&export.what), outcome));
                false
            }
            Err(TryRecvError::Empty) => true,
            Err(TryRecvError::Disconnected) => {
                ended.push((Arc::clone(&export.what), Err("nothing was exported: its thread has ended".into())));
                false
            }
        });
        ended
    }
}

impl Drop for Exports {
    fn drop(&mut self) {
        for thread in self.all.iter_mut().filter_map(|export| export.thread.take()) {
            // What went wrong there has been caught.
            let _ = thread.join();
        }
    }
}
