//! A run without a window, from start to summary.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use hebbscope::experiment::Experiment;
use hebbscope::record::{FinalWindow, Intervention, MetricStore, MetricsCsv, MetricsParquet, Row, RunFolder, Summary};
use hebbscope::training::{Branch, Outcome, Run, summarize, write_outcome};

use super::progress::{Progress, duration};
use super::{Format, INTERRUPTED, all_threads, interrupt_flag};

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
    store: MetricStore,
}

impl Headless {
    pub(super) fn new(run: Run, interventions: Vec<Intervention>, output: Option<Output>) -> Self {
        let columns = Arc::clone(run.columns());
        // A window that becomes longer on the way reaches back to rows from before.
        let later = interventions.iter().filter(|one| one.field == "measure.window").filter_map(|one| one.new.as_u64());
        let own = run.experiment().measure.window;
        let mut window = FinalWindow::new(columns.names().len(), run.seeds(), later.fold(own, u64::max) as usize);
        window.narrow_to(run.seeds(), own as usize);
        let store = MetricStore::new(columns, run.seeds());
        Self { run, pending: interventions.into(), output, window, store }
    }

    /// Trains to the end, or to an interrupt, and writes the run folder; the exit code.
    pub(super) fn train(mut self) -> anyhow::Result<u8> {
        let interrupted = interrupt_flag();
        let mut csv = self.output.as_ref().map(|o| o.folder.metrics_csv(self.run.columns())).transpose()?;
        let wants_parquet = self.output.as_ref().filter(|o| o.format == Format::Parquet);
        let mut parquet = wants_parquet.map(|o| o.folder.metrics_parquet(self.run.columns())).transpose()?;
        let began = Instant::now();
        let mut progress = Progress::new(self.run.total_steps(), self.run.seeds().len() as u64);
        let mut complete = true;
        while self.run.step() < self.run.total_steps() && self.run.is_alive() {
            self.intervene()?;
            let stop = interrupted.load(Ordering::SeqCst);
            self.chunk(stop, &mut csv, &mut parquet)?;
            for news in self.run.newly_diverged() {
                let (seed, step, field) = (news.seed, news.divergence.step, &news.divergence.field);
                self.window.mark_diverged(seed);
                eprintln!("warning: seed {seed} diverged at step {step}: {field} is not finite; the others go on");
            }
            let (step, run, window) = (self.run.step(), &self.run, &self.window);
            progress.set_total(run.total_steps());
            progress.show(step, || alignment_line(run, window));
            if stop && step < self.run.total_steps() {
                complete = false;
                break;
            }
        }
        progress.finish();
        complete &= self.run.step() >= self.run.total_steps();
        for left in &self.pending {
            eprintln!("warning: the run ended before the intervention at step {} ({})", left.step, left.field);
        }
        let seconds = began.elapsed().as_secs_f64();
        self.finish(csv, parquet, complete, seconds)?;
        Ok(match (interrupted.load(Ordering::SeqCst) && !complete, self.run.is_alive()) {
            (true, _) => INTERRUPTED,
            (false, true) => 0,
            (false, false) => 1,
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

    fn chunk(
        &mut self,
        last: bool,
        csv: &mut Option<MetricsCsv>,
        parquet: &mut Option<MetricsParquet>,
    ) -> anyhow::Result<()> {
        let mut limit = if last { 1 } else { CHUNK };
        if let Some(next) = self.pending.front() {
            limit = limit.min(next.step.saturating_sub(self.run.step()).max(1));
        }
        let every = self.run.experiment().measure.snapshot_every;
        if let (Some(output), true) = (&self.output, every > 0) {
            if self.run.step().is_multiple_of(every) {
                output.folder.write_snapshot(&self.run.snapshot(1))?;
            }
            limit = limit.min(every - self.run.step() % every);
        }
        let mut failure = Ok(());
        let (window, store) = (&mut self.window, &mut self.store);
        self.run.advance(limit, last, |row: Row| {
            window.push(&row);
            store.push(&row);
            if failure.is_ok() {
                failure = csv.as_mut().map_or(Ok(()), |csv| csv.push(&row));
            }
            if failure.is_ok() {
                failure = parquet.as_mut().map_or(Ok(()), |parquet| parquet.push(&row));
            }
        });
        Ok(failure?)
    }

    fn finish(
        &mut self,
        csv: Option<MetricsCsv>,
        parquet: Option<MetricsParquet>,
        complete: bool,
        seconds: f64,
    ) -> anyhow::Result<()> {
        let outcome = Outcome { window: &self.window, store: &self.store, is_complete: complete, seconds };
        let summary = match &self.output {
            Some(output) => {
                csv.map_or(Ok(()), MetricsCsv::finish)?;
                parquet.map_or(Ok(()), MetricsParquet::finish)?;
                write_outcome(&mut self.run, Branch::A, &output.folder, &outcome)?
            }
            None => summarize(&self.run, Branch::A, &outcome),
        };
        print_summary(&summary, seconds, self.output.as_ref().map(|o| o.folder.path().to_path_buf()));
        Ok(())
    }
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
    println!(
        "{}: {} steps of {} seed{} in {}, {:.0} replica-steps/s on {}",
        summary.experiment,
        summary.steps,
        summary.seeds.len(),
        if summary.seeds.len() == 1 { "" } else { "s" },
        duration(seconds),
        summary.replica_steps_per_second,
        summary.backend
    );
    println!("data: {}", summary.data_source);
    if let Some(notice) = &summary.notice {
        println!("note: {notice}");
    }
    if !summary.complete {
        println!("note: stopped early; the folder holds the run up to step {}", summary.steps);
    }
    println!("alignment over the last {} measured steps (mean ± SD over seeds)", summary.window);
    println!("layer  learning signal   full update");
    for layer in &summary.layers {
        let signal = format!("{}{}", number(layer.signal.mean), spread(layer.signal.sd));
        let full = format!("{}{}", number(layer.full.mean), spread(layer.full.sd));
        let note = if layer.collapsed { "  collapsed in seeds " } else { "" };
        let seeds = layer.collapsed_seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        println!("{:5}  {signal:16}  {full}{note}{seeds}", layer.layer);
    }
    let loss = &summary.validation_loss;
    let value = loss.mean.map_or_else(|| "undefined".to_owned(), |v| format!("{v:.4e}"));
    println!("validation loss {value}{}", loss.sd.map_or_else(String::new, |sd| format!(" ± {sd:.1e}")));
    if let Some(accuracy) = summary.validation_accuracy.as_ref().and_then(|a| a.mean) {
        println!("validation accuracy {:.1} %", 100.0 * accuracy);
    }
    for lost in &summary.diverged {
        println!("seed {} diverged at step {}: {} was not finite", lost.seed, lost.step, lost.field);
    }
    if let Some(folder) = folder {
        println!("run folder: {}", folder.display());
    }
}

/// Trains an experiment and prints its summary; leaves no folder.
pub(super) fn run_in_terminal(experiment: Experiment) -> anyhow::Result<u8> {
    let run = Run::new(experiment, all_threads())?;
    Headless::new(run, Vec::new(), None).train()
}
