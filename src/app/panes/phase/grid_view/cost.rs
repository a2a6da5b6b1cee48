//! How long a grid will take, before it is started.

use std::sync::Arc;

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use eframe::egui::Context;

use crate::experiment::{Experiment, Sweep};
use crate::reproduce::{GridPlan, Rates};
use crate::sweep::Grid;
use crate::training::caught;

/// What is timed, and what came of it.
type Timed = (Result<f64, String>, Rates);

/// Seconds of a planned grid on one thread. Steps of a small network of its kind are timed beside the window's thread.
#[derive(Default)]
pub struct Cost {
    /// What it was asked for last.
    plan: Option<(Experiment, Sweep)>,
    seconds: Option<Result<f64, String>>,
    waiting: Option<Receiver<Timed>>,
    /// Each kind of network is timed once.
    rates: Rates,
}

impl Cost {
    /// Seconds of all runs of `grid` on one thread, once they are known; asks for them when the plan is another one.
    pub fn seconds(&mut self, ctx: &Context, experiment: &Experiment, sweep: &Sweep, grid: Grid) -> Option<f64> {
        match self.waiting.as_ref().map(Receiver::try_recv) {
            Some(Ok((seconds, rates))) => {
                (self.seconds, self.rates, self.waiting) = (Some(seconds), rates, None);
            }
            // The thread has ended without an answer, which nothing depends on.
            Some(Err(TryRecvError::Disconnected)) => self.waiting = None,
            Some(Err(TryRecvError::Empty)) | None => {}
        }
        let is_other = self.plan.as_ref().is_none_or(|(of, plan)| of != experiment || plan != sweep);
        if is_other && self.waiting.is_none() {
            self.plan = Some((experiment.clone(), sweep.clone()));
            self.seconds = None;
            self.waiting = Some(Self::time(ctx, grid, self.rates.clone()));
        }
        if is_other { None } else { self.seconds.as_ref()?.as_ref().ok().copied() }
    }

    fn time(ctx: &Context, grid: Grid, mut rates: Rates) -> Receiver<Timed> {
        let (sender, answer) = bounded(1);
        let repaint = ctx.clone();
        let time = move || {
            let plan = GridPlan { name: String::new(), grid: Arc::new(grid) };
            let timed = caught(|| plan.seconds(&mut rates).map_err(|error| error.to_string()));
            // The window may have been closed.
            let _ = sender.send((timed.unwrap_or_else(Err), rates));
            repaint.request_repaint();
        };
        // Where there is no thread for it, the plan is shown without a time.
        drop(std::thread::Builder::new().name("cost of a grid".into()).spawn(time));
        answer
    }
}
