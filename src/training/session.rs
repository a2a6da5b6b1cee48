//! What a run leaves when it ends or is saved, with a window or without one.

use crate::experiment::{AlignmentReading, Experiment};
use crate::instruction_set::InstructionSet;
use crate::record::{
    AlignmentCurves, BandCurves, CollapseCause, CollapsedSeed, Divergence, Exhibit, FinalWindow, LayerSummary,
    MetricStore, Panel, RecordError, RunFolder, Spool, Summary, Thinned, alignment_exhibit,
};

use super::rows::VALIDATION;
use super::run::Run;
use super::twin::Branch;

/// What a run came to, beside what it knows itself.
pub struct Outcome<'a> {
    /// Its last measured rows.
    pub window: &'a FinalWindow,
    /// Its alignment.
    pub curves: &'a dyn BandCurves,
    /// Whether it went to its end.
    pub is_complete: bool,
    /// Seconds of training.
    pub seconds: f64,
    /// Steps whose rows are no longer there.
    pub thinned: Option<Thinned>,
}

/// `summary.json` of a run, or of one of its twins.
#[must_use]
pub fn summarize(run: &Run, branch: Branch, outcome: &Outcome<'_>) -> Summary {
    let recorded = run.recorded_experiment();
    let (columns, window) = (run.columns_of(branch), outcome.window);
    let stats = |name: &str| columns.index(name).map(|c| window.mean_stats(c)).unwrap_or_default();
    let last = |name: &str| columns.index(name).map(|c| window.last_stats(c)).unwrap_or_default();
    let measured = &run.program_of(branch).metrics.layers;
    let layers = measured
        .iter()
        .map(|layer| {
            let k = layer.layer;
            let collapses = collapsed_seeds(run, branch, window, k);
            let summary = LayerSummary::new(k, stats(&format!("signal_{k}")), stats(&format!("full_{k}")), collapses);
            let map = &run.program_of(branch).layers[k - 1];
            summary.named(&map.name, &map.label)
        })
        .collect();
    let data = run.data().first();
    let steps_per_second = run.step() as f64 / outcome.seconds.max(1e-9);
    let lost = run.diverged_in(branch).into_iter();
    Summary {
        experiment: recorded.name.clone(),
        backend: run.describe_backend(),
        seeds: run.seeds().to_vec(),
        steps: run.step(),
        steps_per_second,
        window: run.experiment_of(branch).measure.window as usize,
        layers,
        validation_loss: last("validation_loss"),
        version: env!("CARGO_PKG_VERSION").into(),
        config_hash: recorded.config_hash(),
        validation_accuracy: recorded.is_classification().then(|| last("validation_accuracy")),
        train_loss: stats("train_loss"),
        instruction_set: InstructionSet::detect().name().into(),
        kernel: crate::backend::cpu::KERNEL.into(),
        data_source: data.map(|d| d.source.clone()).unwrap_or_default(),
        notice: data.and_then(|d| d.notice.clone()),
        fault: run.fault().map(str::to_owned),
        alignment_reading: recorded.measure.alignment,
        diverged: lost
            .map(|d| Divergence { seed: d.seed, step: d.divergence.step, field: d.divergence.field })
            .collect(),
        complete: outcome.is_complete,
        replica_steps_per_second: steps_per_second * run.seeds().len() as f64,
        threads: run.threads(),
        averaged_steps: window.rows(),
        thinned: outcome.thinned,
    }
}

/// Seeds in which a layer, counted from 1, ends without a direction, and why.
fn collapsed_seeds(run: &Run, branch: Branch, window: &FinalWindow, layer: usize) -> Vec<CollapsedSeed> {
    let columns = run.columns_of(branch);
    let shrunken = run.shrunken_seeds(branch, layer - 1);
    let read = columns.index(&format!("signal_{layer}")).filter(|_| reading_exists(run, branch));
    let undefined = read.map(|column| window.undefined_at_the_end(column)).unwrap_or_default();
    let norm = |name: &str, seed| columns.index(&format!("{name}_{layer}")).and_then(|c| window.newest(c, seed));
    let reason = |seed: u64| {
        let weights = norm("weight_norm", seed);
        if weights == Some(0.0) {
            "W is exactly zero"
        } else if shrunken.contains(&seed) {
            CollapseCause::Weights.words()
        } else if norm("signal_norm", seed) == Some(0.0) {
            CollapseCause::Signal.words()
        } else if norm("hebbian_norm", seed) == Some(0.0) {
            CollapseCause::Hebbian.words()
        } else {
            "no angle is defined between its learning signal and its Hebbian update"
        }
    };
    let is_collapsed = |seed: &&u64| shrunken.contains(seed) || undefined.contains(seed);
    let made = |&seed: &u64| CollapsedSeed {
        seed,
        step: run.collapsed_since(branch, seed, layer),
        reason: reason(seed).to_owned(),
    };
    run.seeds().iter().filter(is_collapsed).map(made).collect()
}

/// Writes all that follows the metrics to a run's folder: interventions, configuration and summary, which are small and
/// without which the rest says little; then matrices and figure. Where one cannot be written, the others are all the same.
/// What could not be, with the reason, comes beside the summary.
pub fn write_outcome(
    run: &mut Run,
    branch: Branch,
    folder: &RunFolder,
    outcome: &Outcome<'_>,
) -> (Summary, Vec<RecordError>) {
    let recorded = run.recorded_experiment();
    let summary = summarize(run, branch, outcome);
    let mut failures = Vec::new();
    let mut tried = |outcome: Result<(), RecordError>| failures.extend(outcome.err());
    tried(folder.write_interventions(&run.recorded_interventions(branch)));
    tried(folder.write_experiment(&recorded));
    tried(folder.write_summary(&summary));
    folder.give_back_reserve();
    // What a fault has left half way through a step is nobody's result.
    if run.fault().is_none() {
        tried(run.write_final(branch, folder));
        let seeds = run.snapshot_seeds();
        tried(folder.snapshot(run.step()).and_then(|writer| run.write_snapshot(branch, seeds, writer)));
    }
    let layers: Vec<usize> = summary.layers.iter().map(|l| l.layer).collect();
    let exhibit = alignment_exhibit(outcome.curves, &layers, &recorded.name, &subtitle(&recorded, &summary));
    let figure = exhibit.and_then(|mut exhibit| {
        name_reading(&mut exhibit, summary.alignment_reading);
        exhibit.figure()
    });
    tried(figure.and_then(|figure| folder.write_figure("alignment", &figure)));
    (summary, failures)
}

/// Names another reading than the usual one where the figure has its cosines.
fn name_reading(exhibit: &mut Exhibit, reading: AlignmentReading) {
    let Some(note) = reading.note() else { return };
    exhibit.subtitle = format!("{note} · {}", exhibit.subtitle);
    for (panel, (name, symbol)) in exhibit.panels.iter_mut().zip([("alignment", "g"), ("full update", "ΔW")]) {
        if let Panel::Chart(chart) = panel {
            chart.y.label = format!("{name}, {}", reading.formula(symbol));
        }
    }
}

/// Whether the chosen reading of alignment exists for the rule; without it, undefined does not mean collapsed.
fn reading_exists(run: &Run, branch: Branch) -> bool {
    let layers = &run.program_of(branch).metrics.layers;
    run.experiment().measure.alignment != AlignmentReading::PerExample || layers.iter().all(|l| l.per_example.is_some())
}

fn subtitle(experiment: &Experiment, summary: &Summary) -> String {
    let mut text = format!(
        "weight decay {:e}, weight noise {:e}, learning rate {:e}, {} seed{}",
        experiment.regularizer.weight_decay,
        experiment.noise.weight_sd,
        experiment.rule.learning_rate,
        summary.seeds.len(),
        if summary.seeds.len() == 1 { "" } else { "s" }
    );
    if let Some(notice) = &summary.notice {
        text.push_str(&format!(" ({notice})"));
    }
    text
}

/// Writes the run folder of a run between two steps, as a headless run that ends here leaves it. `spools` hold its rows,
/// each up to its step; `live` are its curves, which stand in where rows are missing.
///
/// The rows are those that were measured: a headless run of the same length measures each of its last `measure.window`
/// steps, which with `measure.every` above 1 are more.
///
/// # Errors
/// When the system refuses.
pub(super) fn save(
    run: &mut Run,
    branch: Branch,
    folder: &RunFolder,
    spools: &mut [(&mut Spool, u64)],
    live: &MetricStore,
    seconds: f64,
) -> Result<Summary, RecordError> {
    folder.write_experiment(&run.recorded_experiment())?;
    let present = std::sync::Arc::clone(run.columns_of(branch));
    // The last spool has the present columns; those that were only measured earlier follow them.
    let columns = spools.iter().rev().fold(present.names().to_vec(), |mut names, (spool, _)| {
        let earlier: Vec<_> = spool.columns().names().iter().filter(|name| !names.contains(name)).cloned().collect();
        names.extend(earlier);
        names
    });
    let columns = crate::record::Columns::new(columns);
    let seeds = run.seeds().to_vec();
    let mut window = FinalWindow::new(present.names().len(), &seeds, run.experiment().measure.window as usize);
    let mut alignment = AlignmentCurves::new(std::sync::Arc::clone(&present), &seeds);
    let mut csv = folder.metrics_csv(&columns)?;
    // A run that ends is checked and validated at its last step.
    run.check_weights();
    let validation = if run.step() > 0 { run.validate(branch) } else { Vec::new() };
    let mut written = vec![false; seeds.len()];
    let mut put = |row: &crate::record::Row| {
        csv.push(row)?;
        window.push(row);
        alignment.push(row);
        Ok(())
    };
    let mut missing = None;
    for (spool, until) in spools.iter_mut() {
        spool.for_each(&columns, *until, |mut row| {
            let place = seeds.iter().position(|seed| *seed == row.seed);
            if let Some(place) = place.filter(|_| row.step + 1 == run.step()) {
                written[place] = true;
                if row.values[VALIDATION].is_none() {
                    run.fill_validation(&mut row.values, validation.get(place).copied().flatten());
                }
            }
            put(&row)
        })?;
        missing = missing.or(spool.missing_from().filter(|step| *step < *until));
    }
    for place in (0..seeds.len()).filter(|place| missing.is_none() && !written[*place]) {
        if let Some(Some(_)) = validation.get(place) {
            let mut row = run.unmeasured_row(branch, place, validation[place]);
            row.values.resize(columns.names().len(), None);
            put(&row)?;
        }
    }
    csv.finish()?;
    if let Some(missing) = missing {
        live.recent_rows(missing, |row| window.push(&row));
    }
    for lost in run.diverged_in(branch) {
        window.mark_diverged(lost.seed);
    }
    let thinned = spools.iter().fold(None, |all, (spool, until)| {
        let its = spool.thinned().map(|thinned| Thinned { before: thinned.before.min(*until), ..thinned });
        Thinned::of_both(all, its)
    });
    let is_complete = run.step() >= run.planned_steps();
    let curves: &dyn BandCurves = if missing.is_some() { live } else { &alignment };
    let outcome = Outcome { window: &window, curves, is_complete, seconds, thinned };
    let (summary, failures) = write_outcome(run, branch, folder, &outcome);
    failures.into_iter().next().map_or(Ok(summary), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::resolve;
    use crate::record::{Overwrite, read_metrics};

    #[test]
    fn a_session_whose_rows_were_thinned_says_which_are_left() {
        let set = ["data.input_size=4", "data.output_size=2", "model.hidden=[3]", "data.train_examples=40"];
        let more = ["training.batch_size=10", "training.seeds=2", "training.steps=6000", "measure.validate_every=0"];
        let set: Vec<String> = set.iter().chain(&more).map(|one| (*one).to_owned()).collect();
        let mut run = Run::new(resolve("sre", &set).expect("valid"), 1).expect("started");
        // Files grow by a quarter of a mebibyte.
        let mut spool = Spool::with_limit(300 << 10);
        let columns = std::sync::Arc::clone(run.columns());
        while run.step() < 6000 {
            run.advance(64, false, |row| spool.push(&columns, &row).expect("written"));
        }
        let path = tempfile::tempdir().expect("a folder");
        let folder = RunFolder::create(&path.path().join("run"), Overwrite::Refuse).expect("made");
        let live = MetricStore::new(columns, run.seeds());
        let summary = save(&mut run, Branch::A, &folder, &mut [(&mut spool, u64::MAX)], &live, 1.0).expect("saved");
        let thinned = spool.thinned().expect("more rows than there is room for");
        assert_eq!(summary.thinned, Some(thinned));
        let text = std::fs::read_to_string(folder.path().join("summary.json")).expect("written");
        assert!(text.contains(&format!("\"before\": {}", thinned.before)), "{text}");
        let store = read_metrics(&folder.path().join("metrics.csv")).expect("readable");
        assert_eq!(store.last_step(), Some(5999));
        let rows = std::fs::read_to_string(folder.path().join("metrics.csv")).expect("written").lines().count() as u64;
        let whole = 1 + 2 * 6000;
        let wanted = 1 + 2 * (6000 - thinned.before + thinned.before.div_ceil(thinned.every));
        assert!(rows == wanted && rows < whole, "{rows} rows, {wanted} wanted of {whole}");
    }
}
