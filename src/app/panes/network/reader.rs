//! Reads steps on a thread of its own: of a wide network that takes longer than a frame has.

use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};
use eframe::egui::Context;

use super::reading::Reading;
use crate::record::NeuronReading;
use crate::training::Moment;

/// What is asked of the thread.
type Asked = (Arc<Moment>, NeuronReading);

/// The newest reading, and the thread that makes the next one.
#[derive(Default)]
pub struct Reader {
    worker: Option<Worker>,
    reading: Option<Arc<Reading>>,
    /// What the newest reading is of, or will be.
    asked: Option<Asked>,
    /// What the thread is at.
    under_way: Option<Asked>,
}

struct Worker {
    asks: Sender<Asked>,
    made: Receiver<Reading>,
}

fn is_same(a: &Asked, b: &Asked) -> bool {
    Arc::ptr_eq(&a.0, &b.0) && a.1 == b.1
}

impl Reader {
    /// The newest reading; asks for one of this step where it is of another. While one is made, that of the step before stays.
    pub fn look(&mut self, ctx: &Context, moment: &Arc<Moment>, quantity: NeuronReading) -> Option<Arc<Reading>> {
        self.take();
        let asked = (Arc::clone(moment), quantity);
        if self.under_way.is_none() && self.asked.as_ref().is_none_or(|before| !is_same(before, &asked)) {
            self.asked = Some((Arc::clone(moment), quantity));
            match self.worker.as_ref().filter(|worker| worker.asks.try_send(asked.clone()).is_ok()) {
                Some(_) => self.under_way = Some(asked),
                None => self.begin(ctx, asked),
            }
        }
        self.reading.clone()
    }

    /// What was read last.
    #[must_use]
    pub fn last(&self) -> Option<&Arc<Reading>> {
        self.reading.as_ref()
    }

    /// Whether the newest reading is of this step.
    #[must_use]
    pub fn is_of(&self, moment: &Arc<Moment>) -> bool {
        self.under_way.is_none() && self.asked.as_ref().is_some_and(|(of, _)| Arc::ptr_eq(of, moment))
    }

    /// Forgets everything: what is under way is of a run that is over.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// Takes what the thread has made.
    fn take(&mut self) {
        let Some(worker) = &self.worker else { return };
        match worker.made.try_recv() {
            Ok(reading) => {
                self.under_way = None;
                self.reading = Some(Arc::new(reading));
            }
            Err(crossbeam_channel::TryRecvError::Empty) => {}
            // It has ended; the next step begins another.
            Err(crossbeam_channel::TryRecvError::Disconnected) => (self.worker, self.under_way) = (None, None),
        }
    }

    /// Starts the thread with its first task; where the system refuses one, reads here.
    fn begin(&mut self, ctx: &Context, asked: Asked) {
        let (asks, inbox) = bounded::<Asked>(1);
        let (outbox, made) = bounded(1);
        let ctx = ctx.clone();
        let work = move || {
            for (moment, quantity) in inbox {
                if outbox.send(Reading::new(&moment, quantity)).is_err() {
                    return;
                }
                ctx.request_repaint();
            }
        };
        let started = thread::Builder::new().name("network".into()).spawn(work);
        if started.is_ok() && asks.try_send(asked.clone()).is_ok() {
            self.worker = Some(Worker { asks, made });
            self.under_way = Some(asked);
        } else {
            self.reading = Some(Arc::new(Reading::new(&asked.0, asked.1)));
        }
    }
}
