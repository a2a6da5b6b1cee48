//! A run without a window, from start to summary.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use hebbscope::experiment::Experiment;
use hebbscope::record::{
    AlignmentCurves, Columns, FinalWindow, FolderMark, Intervention, LayerSummary, MetricsCsv, MetricsParquet,
    RecordError, Row, RunFolder, Summary, remember, remember_setting,
};
use hebbscope::training::{Branch, Outcome, Run, summarize, write_outcome};

use super::all_threads;
use serde_json::Value;

use super::collapsed::{collapse_lines, reasons};
use super::exit::{BROKEN, DONE, FAILED, INTERRUPTED};
use super::interrupt::Interrupts;
use super::keeper::{Going, Keeper};
use super::print::{remark, say};
use super::progress::{Progress, duration};

/// Steps between two looks at the interrupt flag.
const CHUNK: u64 = 64;

/// Longest that the interrupt flag waits to be looked at.
const PATIENCE: Duration = Duration::from_millis(250);

/// Where a headless run leaves what it measures.
pub(super) struct Output {
    pub(super) folder: RunFolder,
    /// Until it is whole, or cannot be written any more.
    pub(super) csv: Option<MetricsCsv>,
    pub(super) parquet: Option<MetricsParquet>,
    /// Whether the rows are to be there as Parquet.
    pub(super) is_parquet: bool,
    pub(super) keeper: Keeper,
}

/// A run with everything that follows its rows.
pub(super) struct Headless {
    run: Run,
    pending: std::collections::VecDeque<Intervention>,
    output: Option<Output>,
    window: FinalWindow,
    curves: AlignmentCurves,
    scheduled: Vec<Intervention>,
    /// Seconds of training before this process went on with the run.
    seconds_before: f64,
    began: Instant,
    /// Steps between two looks at the interrupt flag.
    chunk: u64,
    /// What could not be written.
    failures: Vec<RecordError>,
    /// Whether snapshots are written on the way.
    snapshots: bool,
    /// The folder that was removed or moved away.
    lost: Option<PathBuf>,
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
        Self {
            run,
            pending: interventions.clone().into(),
            output,
            window,
            curves,
            scheduled: interventions,
            seconds_before: 0.0,
            began: Instant::now(),
            chunk: 1,
            failures: Vec::new(),
            snapshots: true,
            lost: None,
        }
    }

    /// Goes on where an earlier process was: changes before that step are made already.
    pub(super) fn go_on_from(&mut self, going: &Going) {
        let made = self.scheduled.len().saturating_sub(going.pending);
        self.pending.drain(..made);
        self.seconds_before = going.seconds.unwrap_or(0.0);
    }

    /// Takes up a row that an earlier process measured.
    pub(super) fn hear(&mut self, row: &Row) {
        self.window.push(row);
        self.curves.push(row);
    }

    /// Names of the values of the rows.
    pub(super) fn columns(&self) -> Arc<Columns> {
        Arc::clone(self.run.columns())
    }

    /// Leaves what it measures in a folder.
    pub(super) fn with_output(mut self, output: Output) -> Self {
        self.window.narrow_to(self.run.seeds(), self.run.experiment().measure.window as usize);
        for lost in self.run.diverged() {
            self.window.mark_diverged(lost.seed);
        }
        self.output = Some(output);
        self
    }

    /// Trains to the end, or to an interrupt, and writes the run folder; the exit code.
    pub(super) fn train(mut self, interrupts: &Interrupts) -> anyhow::Result<u8> {
        let interrupted = interrupts.flag();
        self.began = Instant::now();
        let began_at = self.run.step();
        let mut progress = Progress::new(self.run.total_steps(), self.run.seeds().len() as u64);
        let mut complete = true;
        while self.run.step() < self.run.total_steps() && self.run.is_alive() {
            let stop = interrupted.load(Ordering::SeqCst);
            // Before the changes of this step, and before a last step that an uninterrupted run would not take for one.
            if !self.keep(stop, began_at) {
                complete = false;
                break;
            }
            self.intervene()?;
            let goes_on = self.chunk(stop);
            if let Some(lost) = self.run.take_loss() {
                remark!("warning: {lost}");
            }
            for news in self.run.newly_diverged() {
                let (seed, step, field) = (news.seed, news.divergence.step, &news.divergence.field);
                self.window.mark_diverged(seed);
                let outlook = if self.run.is_alive() { "the others go on" } else { "no seed is left" };
                remark!("warning: seed {seed} diverged at step {step}: {field} is not finite; {outlook}");
            }
            for line in collapse_lines(&self.run.take_collapse_news(Branch::A)) {
                remark!("warning: {line}");
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
        if self.run.is_at_rest() {
            remark!("came to rest after {} steps (training.stop)", self.run.step());
        }
        complete &= self.run.step() >= self.run.total_steps();
        for left in &self.pending {
            remark!("warning: the run ended before the intervention at step {} ({})", left.step, left.field);
        }
        let is_interrupted = interrupted.load(Ordering::SeqCst) && !complete;
        self.finish(complete, is_interrupted);
        if let Some(words) = self.run.fault() {
            let step = self.run.step();
            remark!(
                "error: a fault of this program has stopped the run: {words}; what was computed up to step {step} is kept"
            );
            return Ok(BROKEN);
        }
        if let Some(folder) = self.lost {
            anyhow::bail!(
                "{}: the folder has been removed or moved away under the run, which ended after {} steps: what was written \
                 before is where the folder is now, and the rest is lost",
                folder.display(),
                self.run.step()
            );
        }
        if let Some(broken) = broken(self.failures) {
            return Err(broken);
        }
        Ok(match (is_interrupted, self.run.is_alive()) {
            (true, _) => INTERRUPTED,
            (false, true) => DONE,
            (false, false) => FAILED,
        })
    }

    /// Makes a checkpoint where one is due, or where the run is about to be cut short; whether there is a place for it.
    fn keep(&mut self, stop: bool, began_at: u64) -> bool {
        let (step, seconds) = (self.run.step(), self.seconds());
        let going = self.going(Some(seconds));
        let Some(Output { folder, csv: Some(csv), keeper, .. }) = &mut self.output else { return true };
        // One that it has just gone on from is there.
        let is_new = step > began_at;
        if keeper.keeps() && is_new && (stop || keeper.is_due(step)) {
            if !folder.is_in_place() {
                return false;
            }
            remember("run", || format!("checkpoint before step {step}"));
            keeper.keep(&mut self.run, folder, csv, going);
        }
        if stop {
            keeper.wait();
        }
        true
    }

    fn going(&self, seconds: Option<f64>) -> Going {
        Going {
            mark: FolderMark { rows: 0, listed: 0 },
            scheduled: self.scheduled.iter().map(|one| Intervention { old: Value::Null, ..one.clone() }).collect(),
            pending: self.pending.len(),
            parquet: self.output.as_ref().is_some_and(|output| output.is_parquet),
            seconds,
        }
    }

    /// Seconds of training, those of earlier processes too.
    fn seconds(&self) -> f64 {
        self.seconds_before + self.began.elapsed().as_secs_f64()
    }

    fn intervene(&mut self) -> anyhow::Result<()> {
        while let Some(next) = self.pending.pop_front_if(|i| i.step <= self.run.step()) {
            let value = toml::Value::try_from(&next.new)
                .map_err(|e| anyhow::anyhow!("intervention at step {}: {}: {e}", next.step, next.field))?;
            remember_setting(|| format!("{} = {value} before step {}", next.field, next.step));
            self.run.set(&next.field, value, next.target.clone())?;
            self.window.narrow_to(self.run.seeds(), self.run.experiment().measure.window as usize);
        }
        Ok(())
    }

    /// Trains a little; whether its rows could be kept.
    fn chunk(&mut self, last: bool) -> bool {
        let mut limit = if last { 1 } else { self.chunk };
        if let Some(output) = &self.output {
            limit = limit.min(output.keeper.steps_left(self.run.step()));
        }
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
        let (mut no_csv, mut no_parquet) = (None, None);
        let (csv, parquet) = match &mut self.output {
            Some(output) => (&mut output.csv, &mut output.parquet),
            None => (&mut no_csv, &mut no_parquet),
        };
        let had_rows = csv.is_some();
        self.run.let_rest(self.pending.is_empty());
        let began = Instant::now();
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
        self.chunk = match began.elapsed() {
            long if long > PATIENCE => (self.chunk / 2).max(1),
            short if short < PATIENCE / 4 => (2 * self.chunk).min(CHUNK),
            _ => self.chunk,
        };
        // What cannot be kept need not be trained.
        csv.is_some() == had_rows
    }

    fn finish(&mut self, complete: bool, is_interrupted: bool) {
        let seconds = self.seconds();
        // What has its name by now may be another's.
        self.lost =
            self.output.take_if(|output| !output.folder.is_in_place()).map(|output| output.folder.path().into());
        let outcome =
            Outcome { window: &self.window, curves: &self.curves, is_complete: complete, seconds, thinned: None };
        let ends = !is_interrupted && self.run.fault().is_none();
        let mut going = self.going(None);
        let summary = match &mut self.output {
            Some(Output { folder, csv, parquet, is_parquet, keeper }) => {
                keeper.wait();
                let mark = csv.as_mut().map(|csv| folder.mark(csv)).transpose();
                let rows = csv.take().map_or(Ok(()), MetricsCsv::finish);
                let is_whole = rows.is_ok();
                note(&mut self.failures, rows);
                let parquet = parquet.take().map(MetricsParquet::finish);
                let has_parquet = !*is_parquet || matches!(parquet, Some(Ok(())));
                note(&mut self.failures, parquet.unwrap_or(Ok(())));
                // Before the summary, without which the run is not over.
                if let (true, Ok(Some(mark))) = (ends && is_whole && keeper.keeps(), mark) {
                    going.mark = mark;
                    let written = self.run.stored().write(&folder.last_checkpoint(), &going);
                    note(&mut self.failures, written.map(drop));
                }
                let (summary, failures) = write_outcome(&mut self.run, Branch::A, folder, &outcome);
                let is_told = failures.is_empty();
                failures.into_iter().for_each(|failure| note(&mut self.failures, Err(failure)));
                // Whatever could not be written is tried again from them.
                if ends && is_whole && has_parquet && is_told && folder.last_checkpoint().exists() {
                    note(&mut self.failures, folder.drop_checkpoints());
                }
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
        let what = if folder.is_some() { "the folder holds the run up to step" } else { "at step" };
        say!("note: stopped early; {what} {}", summary.steps);
    }
    say!("{}", heading(summary));
    if let Some(note) = summary.alignment_reading.note() {
        say!("note: {note}");
    }
    // A multilayer perceptron's layers are named by their numbers alone.
    let title = |layer: &LayerSummary| layer.label.as_deref().map_or_else(String::new, |label| label.replace('_', " "));
    let width = summary.layers.iter().map(|layer| title(layer).len()).max().unwrap_or(0);
    let gap = if width > 0 { "  " } else { "" };
    say!("layer{gap}{:width$}  learning signal   full update", "");
    for layer in &summary.layers {
        let signal = format!("{}{}", number(layer.signal.mean), spread(layer.signal.sd));
        let full = format!("{}{}", number(layer.full.mean), spread(layer.full.sd));
        let note = match layer.collapsed_seeds.len() {
            0 => String::new(),
            all if all == summary.seeds.len() => "  collapsed".into(),
            some => format!("  collapsed in {some} of {} seeds", summary.seeds.len()),
        };
        say!("{:5}{gap}{:width$}  {signal:16}  {full}{note}", layer.layer, title(layer));
    }
    for line in reasons(summary) {
        say!("{line}");
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

/// What the table of alignments is a table of.
fn heading(summary: &Summary) -> String {
    let reading = summary.alignment_reading.heading();
    let over = match summary.averaged_steps {
        0 => return format!("{reading}: no seed is left that could be measured"),
        1 => "at the last measured step".to_owned(),
        many => format!("over the last {many} measured steps"),
    };
    let alive = summary.seeds.len() - summary.diverged.len();
    format!("{reading} {over} ({})", if alive > 1 { "mean ± SD over seeds" } else { "one seed" })
}

/// Trains an experiment and prints its summary; leaves no folder.
pub(super) fn run_in_terminal(experiment: Experiment, interrupts: &Interrupts) -> anyhow::Result<u8> {
    let run = Run::new(experiment, all_threads())?;
    Headless::new(run, Vec::new(), None).train(interrupts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hebbscope::data;
    use hebbscope::experiment::resolve;
    use hebbscope::record::Overwrite;

    use super::super::keeper::CheckpointEvery;

    #[test]
    fn a_fault_ends_with_its_own_code_and_the_rows() {
        let set = |outputs: usize| {
            ["model.hidden=[6]".to_owned(), "data.train_examples=2560".into(), format!("data.output_size={outputs}")]
        };
        let experiment = resolve("sre", &set(32)).expect("valid");
        let mut data = data::load(&experiment, &experiment.seeds()).expect("made");
        // Validation examples of another width than the network's: the end of the first epoch cannot take them.
        let other = data::load(&resolve("sre", &set(16)).expect("valid"), &[0]).expect("made");
        Arc::make_mut(&mut data[1]).validation = other[0].validation.clone();
        let run = Run::with_data(experiment, 1, data).expect("started");
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("out");
        let folder = RunFolder::create(&out, Overwrite::Refuse).expect("made");
        let csv = Some(folder.metrics_csv(run.columns()).expect("begun"));
        let keeper = Keeper::new(CheckpointEvery::default(), 0);
        let output = Output { folder, csv, parquet: None, is_parquet: false, keeper };
        let code = Headless::new(run, Vec::new(), Some(output)).train(&Interrupts::watch()).expect("written");
        assert_eq!(code, BROKEN);
        let summary = std::fs::read_to_string(out.join("summary.json")).expect("written");
        let summary: Value = serde_json::from_str(&summary).expect("JSON");
        let steps = summary["steps"].as_u64().expect("a number");
        assert!(steps == 10 && summary["fault"].is_string() && summary["complete"] == false, "{summary}");
        let rows = std::fs::read_to_string(out.join("metrics.csv")).expect("written");
        let seeds = summary["seeds"].as_array().map_or(0, Vec::len) as u64;
        assert_eq!(rows.lines().count() as u64, 1 + steps * seeds);
    }
}
