//! Training in chunks between two looks at the commands: recorded changes, steps, rows, news, and the pace.

use std::time::{Duration, Instant};

use super::collapse::CollapseNews;
use super::messages::{Event, News, RunState};
use super::run::Run;
use super::twin::Branch;
use super::worker::{Goal, Worker};

/// Time between two looks at the commands while training.
const CHUNK: Duration = Duration::from_millis(12);

impl Worker<'_> {
    /// Makes the recorded changes whose step has come.
    fn replay_due(&mut self) {
        let step = self.run.as_ref().map_or(0, Run::step);
        while let Some(due) = self.scheduled.pop_front_if(|next| next.step <= step) {
            match toml::Value::try_from(&due.new) {
                Ok(value) => self.set(&due.field, value, due.target),
                Err(error) => self.send(Event::Refused { field: due.field, message: error.to_string() }),
            }
        }
    }

    pub(super) fn train(&mut self) {
        self.replay_due();
        let Some(run) = &mut self.run else { return };
        let target = match self.goal {
            Goal::Step(step) => step,
            Goal::Endless | Goal::Rest => u64::MAX,
        };
        let mut steps = self.chunk.min(target.saturating_sub(run.step()));
        if let Some(limit) = self.limit {
            // Slow motion: one frame's worth of steps, then a wait that a command cuts short.
            steps = steps.min((limit * CHUNK.as_secs_f64()).ceil() as u64);
        }
        let window = self.rest.steps_left(run);
        if self.goal == Goal::Rest {
            steps = steps.min(window);
        }
        if let Some(next) = self.scheduled.front() {
            steps = steps.min(next.step.saturating_sub(run.step()));
        }
        let began = Instant::now();
        let mut rests = false;
        if steps > 0 {
            let before = run.step();
            let rows = &mut self.rows;
            // The store is free while the steps are computed, and taken for the pushes alone.
            let (neurons, mut store) = (&self.slots.neurons, None);
            run.advance_watching(
                steps,
                false,
                |branch, row| rows.push((branch, row)),
                |step, row| {
                    let store = store.get_or_insert_with(|| neurons.change());
                    store.push(step, row);
                },
            );
            drop(store);
            if let Some(words) = run.fault().map(str::to_owned) {
                self.rows.clear();
                return self.break_down(words);
            }
            let now = run.step();
            let took = began.elapsed();
            self.seconds += took.as_secs_f64();
            self.adapt(now - before, took);
            rests = self.take_rows();
            self.report(before, now);
            self.keep_after(took);
            self.autosave_after();
            self.show_running();
            self.hold_rate(now - before, began);
        }
        let Some(run) = &self.run else { return };
        let step = run.step();
        if !run.is_alive() {
            self.state = RunState::Failed;
        } else if step >= target {
            self.state = RunState::Paused;
        } else if rests {
            self.state = RunState::AtRest;
        }
        self.publish();
        if self.state != RunState::Running {
            self.show_present();
        }
        if rests {
            self.send(Event::Converged { step });
        }
        (self.waker)();
    }

    /// Stores the rows of a chunk; whether the run has come to the rest that was asked for.
    fn take_rows(&mut self) -> bool {
        let rows = std::mem::take(&mut self.rows);
        self.store_rows(&rows);
        let mut rests = false;
        if let Some(run) = &self.run {
            self.rest.push(run, rows.iter().filter(|(branch, _)| *branch == Branch::A).map(|(_, row)| row));
            rests = self.goal == Goal::Rest && self.rest.has_come(run);
        }
        self.rows = rows;
        self.rows.clear();
        rests
    }

    /// Keeps a chunk near [`CHUNK`], so that a slider is felt at once.
    fn adapt(&mut self, done: u64, took: Duration) {
        let per_step = took.as_secs_f64() / done.max(1) as f64;
        let fitting = (CHUNK.as_secs_f64() / per_step.max(1e-9)) as u64;
        self.chunk = fitting.clamp(1, (self.chunk * 2).min(4096));
    }

    fn report(&mut self, before: u64, now: u64) {
        let Some(run) = &mut self.run else { return };
        let outbox = self.outbox;
        let tell = |event| {
            // As in [`Worker::send`].
            let _ = outbox.try_send(News { step: now, event });
        };
        let (done, planned) = (now - before, run.planned_steps());
        if (before + 1..=now).contains(&planned) {
            tell(Event::PlanDone { step: planned });
        }
        let alive = run.all_networks().filter(|r| r.divergence().is_none()).count();
        self.rate.add(done * alive as u64);
        if let Some(text) = run.take_loss() {
            tell(Event::Notice(text));
        }
        for news in run.newly_diverged() {
            let (step, field) = (news.divergence.step, news.divergence.field);
            tell(Event::Diverged { seed: news.seed, step, field });
        }
        if run.twin().is_some() {
            for news in run.newly_diverged_in(Branch::B) {
                let (step, field) = (news.divergence.step, news.divergence.field);
                tell(Event::TwinDiverged { seed: news.seed, step, field });
            }
        }
        for branch in [Branch::A, Branch::B] {
            for news in run.take_collapse_news(branch) {
                tell(match news {
                    CollapseNews::Collapsed(collapse) => Event::Collapsed { branch, collapse },
                    CollapseNews::Recovered(collapse) => Event::Recovered { branch, collapse },
                });
            }
        }
    }

    fn hold_rate(&self, done: u64, began: Instant) {
        let Some(limit) = self.limit else { return };
        let until = began + Duration::from_secs_f64(done as f64 / limit);
        (self.waker)();
        while self.inbox.is_empty() && Instant::now() < until {
            std::thread::sleep((until - Instant::now().min(until)).min(Duration::from_millis(10)));
        }
    }
}
