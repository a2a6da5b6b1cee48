//! Progress of a headless run: a bar on a terminal, plain lines elsewhere.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use hebbscope::sweep::{self, Grid};
use indicatif::{ProgressBar, ProgressStyle};

use super::print::remark;

/// Time between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Shows how far a run is.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    total: u64,
    seeds: u64,
    began: Instant,
    last_line: Instant,
}

impl Progress {
    pub(super) fn new(total: u64, seeds: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(total);
            let template = "{bar:20} {pos}/{len} steps  ETA {eta}  {wide_msg}";
            // The template is a constant; the default style serves if a later version refuses it.
            bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        let now = Instant::now();
        Self { bar, total, seeds, began: now, last_line: now }
    }

    /// The run's length, which an intervention may change.
    pub(super) fn set_total(&mut self, total: u64) {
        if total != self.total {
            self.total = total;
            self.bar.iter().for_each(|bar| bar.set_length(total));
        }
    }

    /// `alignment` is made only when something is shown.
    pub(super) fn show(&mut self, step: u64, alignment: impl FnOnce() -> String) {
        let seconds = self.began.elapsed().as_secs_f64().max(1e-6);
        let rate = step as f64 * self.seeds as f64 / seconds;
        if let Some(bar) = &self.bar {
            bar.set_position(step);
            if self.last_line.elapsed() > Duration::from_millis(100) {
                self.last_line = Instant::now();
                bar.set_message(format!("{rate:.0} replica-steps/s  alignment {}", alignment()));
            }
        } else if self.last_line.elapsed() > LINE_EVERY {
            self.last_line = Instant::now();
            let left = (self.total.saturating_sub(step)) as f64 * seconds / step.max(1) as f64;
            let total = self.total;
            remark!(
                "step {step}/{total}  {rate:.0} replica-steps/s  ETA {}  alignment {}",
                duration(left),
                alignment()
            );
        }
    }

    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Shows how far a sweep is.
pub(super) struct SweepProgress {
    bar: Option<ProgressBar>,
    total: usize,
    done: usize,
    steps: u64,
    began: Instant,
    last_line: Instant,
}

impl SweepProgress {
    pub(super) fn new(total: usize) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(total as u64);
            let style = ProgressStyle::with_template("{bar:20} {pos}/{len} cells  {wide_msg}");
            // The template is a constant; the default style serves if a later version refuses it.
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        let now = Instant::now();
        Self { bar, total, done: 0, steps: 0, began: now, last_line: now }
    }

    /// News of the cells of a grid, if there are any.
    pub(super) fn hear(&mut self, grid: &Grid, news: Option<&sweep::Progress>) {
        match news {
            Some(sweep::Progress::Done { outcome, .. }) => self.done(outcome.steps),
            Some(sweep::Progress::Failed { cell, words }) => {
                self.done += 1;
                self.say(&format!("warning: {}: {words}", grid.describe(*cell)));
            }
            Some(sweep::Progress::Notice(words)) => self.say(&format!("note: {words}")),
            Some(sweep::Progress::Started { .. } | sweep::Progress::Running { .. }) | None => {}
        }
    }

    /// A cell or run is at its end.
    pub(super) fn done(&mut self, steps: u64) {
        self.done += 1;
        self.steps += steps;
    }

    pub(super) fn say(&self, words: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| remark!("{words}")),
            None => remark!("{words}"),
        }
    }

    pub(super) fn show(&mut self) {
        let every = if self.bar.is_some() { Duration::from_millis(100) } else { LINE_EVERY };
        if self.last_line.elapsed() < every {
            return;
        }
        self.last_line = Instant::now();
        let seconds = self.began.elapsed().as_secs_f64().max(1e-6);
        let rate = self.steps as f64 / seconds;
        // Cells that diverge or come to rest early are short: by cells, not by steps.
        let eta = match self.done {
            0 => "ETA after the first cells".to_owned(),
            done => format!("ETA {}", duration((self.total - done) as f64 * seconds / done as f64)),
        };
        let text = format!("{rate:.0} replica-steps/s  {eta}");
        match &self.bar {
            Some(bar) => {
                bar.set_position(self.done as u64);
                bar.set_message(text);
            }
            None => remark!("{}/{} cells  {text}", self.done, self.total),
        }
    }

    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let seconds = self.began.elapsed().as_secs_f64().max(1e-6);
        remark!("{} cells in {}, {:.0} replica-steps/s", self.done, duration(seconds), self.steps as f64 / seconds);
    }
}

/// Seconds in words: 8 s, 3 min 20 s, 2 h 5 min.
pub(super) fn duration(seconds: f64) -> String {
    let s = seconds.round() as u64;
    match s {
        0..60 => format!("{s} s"),
        60..3600 => format!("{} min {} s", s / 60, s % 60),
        3600..172_800 => format!("{} h {} min", s / 3600, s % 3600 / 60),
        _ => format!("{} days {} h", s / 86_400, s % 86_400 / 3600),
    }
}
