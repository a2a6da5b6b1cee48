//! When news of the trainer wake the window.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use eframe::egui::Context;

use super::{DATA_INTERVAL, EFFECT};
use crate::training::Waker;

/// Until when news are drawn at once; shared with the trainer's thread.
#[derive(Default)]
pub(super) struct Hurry(Mutex<Option<Instant>>);

impl Hurry {
    pub(super) fn start(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + EFFECT);
    }

    pub(super) fn is_on(&self, now: Instant) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|until| now < until)
    }
}

/// Wakes the window for new data, but no more often than data are redrawn unless there is a hurry; the last call is
/// never lost.
pub(super) fn waker(ctx: Context, hurry: Arc<Hurry>) -> Waker {
    let planned = std::cell::Cell::new(None::<Instant>);
    Box::new(move || {
        let now = Instant::now();
        match planned.get() {
            _ if hurry.is_on(now) => {
                planned.set(Some(now));
                ctx.request_repaint();
            }
            Some(at) if now < at => {}
            Some(at) if now < at + DATA_INTERVAL => {
                planned.set(Some(at + DATA_INTERVAL));
                ctx.request_repaint_after(at + DATA_INTERVAL - now);
            }
            _ => {
                planned.set(Some(now));
                ctx.request_repaint();
            }
        }
    })
}
