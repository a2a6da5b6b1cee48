//! A run without a window, from start to summary.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use hebbscope::experiment::Experiment;
use hebbscope::record::{
    AlignmentCurves, FinalWindow, Intervention, MetricsCsv, MetricsParquet, RecordError, Row, RunFolder, Summary,
};
use hebbscope::training::{Branch, Outcome, Run, summarize, write_outcome};

use super::exit::{DONE, FAILED, INTERRUPTED};
use super::interrupt::Interrupts;
use super::print::{remark, say};
use super::progress::{Progress, duration};
use super::{Format, all_threads};

/// Steps between two looks at the interrupt flag.
const CHUNK: u64 = 64;

/// Where a headless run leaves what it measures.
pub(super) struct Output {
    pub(super) folder: RunFolder,
    pub(super) format: Format,
}

/// A run with everything that follows its rows.
pub(super) struct Headless {
    run: Run,
    pending: std::collections::VecDeque<Intervention>,
    output: Option<Output>,
    window: FinalWindow,
    curves: AlignmentCurves,
    csv: Option<MetricsCsv>,
    parquet: Option<MetricsParquet>,
    /// What could not be written.
    failures: Vec<RecordError>,
    /// Whether snapshots are written on the way.
    snapshots: bool,
}

impl Headless {
    pub(super) fn new(run: Run, interventions: Vec<Intervention>, output: Option<Output>) -> Self {
        let columns = Arc::clone(run.columns());
        // A window that becomes longer on the way reaches back to rows from before.
        let later = interventions.iter().filter(|one| one.field == "measure.window").filter_map(|one| one.new.as_u64());
        let own = run.experiment().measure.window;
        let mut window = FinalWindow::new(columns.names().len(), run.seeds(), later.fold(own, u64::max) as usize);
        window.narrow_to(run.seeds(), own as usize);
        let curves = AlignmentCurves::new(columns, run.seeds());
        let (csv, parquet, failures) = (None, None, Vec::new());
        Self { run, pending: interventions.into(), output, window, curves, csv, parquet, failures, snapshots: true }
    }

    /// Trains to the end, or to an interrupt, and writes the run folder; the exit code.
    pub(super) fn train(mut self, interrupts: &Interrupts) -> anyhow::Result<u8> {
        let interrupted = interrupts.flag();
        self.csv = self.output.as_ref().map(|o| o.folder.metrics_csv(self.run.columns())).transpose()?;
        let wants_parquet = self.output.as_ref().filter(|o| o.format == Format::Parquet);
        self.parquet = wants_parquet.map(|o| o.folder.metrics_parquet(self.run.columns())).transpose()?;
        let began = Instant::now();
        let mut progress = Progress::new(self.run.total_steps(), self.run.seeds().len() as u64);
        let mut complete = true;
        while self.run.step() < self.run.total_steps() && self.run.is_alive() {
            self.intervene()?;
            let stop = interrupted.load(Ordering::SeqCst);
            let goes_on = self.chunk(stop);
            if let Some(lost) = self.run.take_loss() {
                remark!("warning: {lost}");
            }
            for news in self.run.newly_diverged() {
                let (seed, step, field) = (news.seed, news.divergence.step, &news.divergence.field);
                self.window.mark_diverged(seed);
                remark!("warning: seed {seed} diverged at step {step}: {field} is not finite; the others go on");
            }
            let (step, run, window) = (self.run.step(), &self.run, &self.window);
            progress.set_total(run.total_steps());
            progress.show(step, || alignment_line(run, window));
            if (stop && step < self.run.total_steps()) || !goes_on {
                complete = false;
                break;
            }
        }
        progress.finish();
        complete &= self.run.step() >= self.run.total_steps();
        for left in &self.pending {
            remark!("warning: the run ended before the intervention at step {} ({})", left.step, left.field);
        }
        let seconds = began.elapsed().as_secs_f64();
        self.finish(complete, seconds);
        if let Some(broken) = broken(self.failures) {
            return Err(broken);
        }
        Ok(match (interrupted.load(Ordering::SeqCst) && !complete, self.run.is_alive()) {
            (true, _) => INTERRUPTED,
            (false, true) => DONE,
            (false, false) => FAILED,
        })
    }

    fn intervene(&mut self) -> anyhow::Result<()> {
        while let Some(next) = self.pending.pop_front_if(|i| i.step <= self.run.step()) {
            let value = toml::Value::try_from(&next.new)
                .map_err(|e| anyhow::anyhow!("intervention at step {}: {}: {e}", next.step, next.field))?;
            self.run.set(&next.field, value, next.target.clone())?;
            self.window.narrow_to(self.run.seeds(), self.run.experiment().measure.window as usize);
        }
        Ok(())
    }

    /// Trains a little; whether its rows could be kept.
    fn chunk(&mut self, last: bool) -> bool {
        let mut limit = if last { 1 } else { CHUNK };
        if let Some(next) = self.pending.front() {
            limit = limit.min(next.step.saturating_sub(self.run.step()).max(1));
        }
        let every = self.run.experiment().measure.snapshot_every;
        if let (Some(output), true) = (&self.output, every > 0 && self.snapshots) {
            if self.run.step().is_multiple_of(every) {
                let (step, seeds) = (self.run.step(), self.run.snapshot_seeds());
                let writer = output.folder.snapshot(step);
                let written = writer.and_then(|writer| self.run.write_snapshot(Branch::A, seeds, writer));
                // One that fails is followed by others that fail: said once.
                self.snapshots = written.is_ok();
                note(&mut self.failures, written);
            }
            limit = limit.min(every - self.run.step() % every);
        }
        let (window, curves, failures) = (&mut self.window, &mut self.curves, &mut self.failures);
        let (csv, parquet) = (&mut self.csv, &mut self.parquet);
        let had_rows = csv.is_some();
        self.run.advance(limit, last, |row: Row| {
            window.push(&row);
            curves.push(&row);
            if let Some(error) = csv.as_mut().and_then(|csv| csv.push(&row).err()) {
                // What it holds stays, under the name of unfinished rows.
                *csv = None;
                // Cannot be read without its end, and takes room from what can.
                *parquet = None;
                note(failures, Err(error));
            }
            if let Some(error) = parquet.as_mut().and_then(|parquet| parquet.push(&row).err()) {
                *parquet = None;
                note(failures, Err(error));
            }
        });
        // What cannot be kept need not be trained.
        self.csv.is_some() == had_rows
    }

    fn finish(&mut self, complete: bool, seconds: f64) {
        let outcome = Outcome { window: &self.window, curves: &self.curves, is_complete: complete, seconds };
        let summary = match &self.output {
            Some(output) => {
                note(&mut self.failures, self.csv.take().map_or(Ok(()), MetricsCsv::finish));
                note(&mut self.failures, self.parquet.take().map_or(Ok(()), MetricsParquet::finish));
                let (summary, failures) = write_outcome(&mut self.run, Branch::A, &output.folder, &outcome);
                failures.into_iter().for_each(|failure| note(&mut self.failures, Err(failure)));
                summary
            }
            None => summarize(&self.run, Branch::A, &outcome),
        };
        print_summary(&summary, seconds, self.output.as_ref().map(|o| o.folder.path().to_path_buf()));
    }
}

/// Says what could not be written when it happens: a run may go on for hours.
fn note(failures: &mut Vec<RecordError>, outcome: Result<(), RecordError>) {
    if let Err(error) = outcome {
        remark!("warning: {error}");
        failures.push(error);
    }
}

/// The error that a run ends with that could not leave everything.
fn broken(failures: Vec<RecordError>) -> Option<anyhow::Error> {
    let others = failures.len().saturating_sub(1);
    let first = anyhow::Error::from(failures.into_iter().next()?);
    let all = if others > 0 { format!(" (and {others} more)") } else { String::new() };
    Some(first.context(format!("the folder is not whole; what was computed before is kept{all}")))
}

fn alignment_line(run: &Run, window: &FinalWindow) -> String {
    let parts = run.executor().program().metrics.layers.iter().map(|layer| {
        let column = run.columns().index(&format!("signal_{}", layer.layer));
        let mean = column.and_then(|c| window.mean_stats(c).mean);
        mean.map_or_else(|| format!("L{} -", layer.layer), |m| format!("L{} {m:+.3}", layer.layer))
    });
    parts.collect::<Vec<_>>().join(" ")
}

fn print_summary(summary: &Summary, seconds: f64, folder: Option<PathBuf>) {
    let number = |v: Option<f64>| v.map_or_else(|| "undefined".to_owned(), |v| format!("{v:+.3}"));
    let spread = |v: Option<f64>| v.map_or_else(String::new, |v| format!(" ± {v:.3}"));
    say!(
        "{}: {} steps of {} seed{} in {}, {:.0} replica-steps/s on {}",
        summary.experiment,
        summary.steps,
        summary.seeds.len(),
        if summary.seeds.len() == 1 { "" } else { "s" },
        duration(seconds),
        summary.replica_steps_per_second,
        summary.backend
    );
    say!("data: {}", summary.data_source);
    if let Some(notice) = &summary.notice {
        say!("note: {notice}");
    }
    if !summary.complete {
        say!("note: stopped early; the folder holds the run up to step {}", summary.steps);
    }
    say!("alignment over the last {} measured steps (mean ± SD over seeds)", summary.window);
    say!("layer  learning signal   full update");
    for layer in &summary.layers {
        let signal = format!("{}{}", number(layer.signal.mean), spread(layer.signal.sd));
        let full = format!("{}{}", number(layer.full.mean), spread(layer.full.sd));
        let note = if layer.collapsed { "  collapsed in seeds " } else { "" };
        let seeds = layer.collapsed_seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        say!("{:5}  {signal:16}  {full}{note}{seeds}", layer.layer);
    }
    let loss = &summary.validation_loss;
    let value = loss.mean.map_or_else(|| "undefined".to_owned(), |v| format!("{v:.4e}"));
    say!("validation loss {value}{}", loss.sd.map_or_else(String::new, |sd| format!(" ± {sd:.1e}")));
    if let Some(accuracy) = summary.validation_accuracy.as_ref().and_then(|a| a.mean) {
        say!("validation accuracy {:.1} %", 100.0 * accuracy);
    }
    for lost in &summary.diverged {
        say!("seed {} diverged at step {}: {} was not finite", lost.seed, lost.step, lost.field);
    }
    if let Some(folder) = folder {
        say!("run folder: {}", folder.display());
    }
}

/// Trains an experiment and prints its summary; leaves no folder.
pub(super) fn run_in_terminal(experiment: Experiment, interrupts: &Interrupts) -> anyhow::Result<u8> {
    let run = Run::new(experiment, all_threads())?;
    Headless::new(run, Vec::new(), None).train(interrupts)
}
