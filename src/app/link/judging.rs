//! What the values that wait for a new run come to. Own data are read to their end for it, beside the window's thread.

use std::collections::BTreeMap;
use std::sync::Arc;

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use eframe::egui::Context;

use crate::experiment::{DataKind, Experiment, with_assignments};
use crate::tables::Sample;
use crate::training::caught;

/// Values that wait, by field.
type Changes = BTreeMap<String, toml::Value>;

/// What waits, and what it comes to.
#[derive(Clone)]
pub struct Judged {
    /// The experiment that is changed.
    pub of: Arc<Experiment>,
    /// The values.
    pub changes: Changes,
    /// The experiment that they lead to, or why they lead to none.
    pub next: Result<Arc<Experiment>, String>,
    /// The beginning of its own data, where it has such.
    pub sample: Option<Arc<Sample>>,
}

impl Judged {
    fn new(of: Arc<Experiment>, changes: Changes) -> Self {
        let values = changes.iter().map(|(path, value)| (path.as_str(), value));
        let mut next = if changes.is_empty() {
            Ok(Arc::clone(&of))
        } else {
            with_assignments(&of, values).map(Arc::new).map_err(|error| error.to_string())
        };
        let mut sample = None;
        if let Ok(experiment) = &next
            && experiment.data.kind == DataKind::File
        {
            match experiment.data.sample() {
                Ok(read) => sample = Some(Arc::new(read)),
                // A run that trains has its data, whatever became of their file.
                Err(error) if !changes.is_empty() => next = Err(error.to_string()),
                Err(_) => {}
            }
        }
        Self { of, changes, next, sample }
    }

    fn is_of(&self, of: &Arc<Experiment>, changes: &Changes) -> bool {
        Arc::ptr_eq(&self.of, of) && self.changes == *changes
    }
}

/// The newest judgement, and the one that is being made.
pub(super) struct Judging {
    ctx: Context,
    known: Option<Judged>,
    waiting: Option<Receiver<Judged>>,
}

impl Judging {
    pub(super) fn new(ctx: &Context) -> Self {
        Self { ctx: ctx.clone(), known: None, waiting: None }
    }

    /// What these values come to; `None` while a file is read for it.
    pub(super) fn poll(&mut self, of: &Arc<Experiment>, changes: &Changes) -> Option<&Judged> {
        match self.waiting.as_ref().map(Receiver::try_recv) {
            Some(Ok(judged)) => (self.known, self.waiting) = (Some(judged), None),
            Some(Err(TryRecvError::Disconnected)) => self.waiting = None,
            Some(Err(TryRecvError::Empty)) | None => {}
        }
        let is_known = self.known.as_ref().is_some_and(|known| known.is_of(of, changes));
        if !is_known && self.waiting.is_none() {
            if reads_files(of, changes) {
                self.begin(of, changes);
            } else {
                self.known = Some(Judged::new(Arc::clone(of), changes.clone()));
            }
        }
        self.known.as_ref().filter(|known| known.is_of(of, changes))
    }

    fn begin(&mut self, of: &Arc<Experiment>, changes: &Changes) {
        let (sender, answer) = bounded(1);
        let (of, changes, repaint) = (Arc::clone(of), changes.clone(), self.ctx.clone());
        let failed = (Arc::clone(&of), changes.clone(), sender.clone());
        let refused = |(of, changes): (Arc<Experiment>, Changes), words: String| Judged {
            of,
            changes,
            next: Err(words),
            sample: None,
        };
        let judge = move || {
            let kept = (Arc::clone(&of), changes.clone());
            let judged = caught(|| Judged::new(of, changes));
            let fault = |words| refused(kept, format!("the data cannot be read by a fault of this program: {words}"));
            // The window may have been closed.
            let _ = sender.send(judged.unwrap_or_else(fault));
            repaint.request_repaint();
        };
        if let Err(error) = std::thread::Builder::new().name("own data".into()).spawn(judge) {
            let (of, changes, sender) = failed;
            // There is room for one answer.
            let _ = sender.send(refused((of, changes), format!("the data cannot be read: {error}")));
        }
        self.waiting = Some(answer);
    }
}

fn reads_files(of: &Experiment, changes: &Changes) -> bool {
    match changes.get("data.kind") {
        Some(kind) => kind.as_str() == Some("file"),
        None => of.data.kind == DataKind::File,
    }
}
