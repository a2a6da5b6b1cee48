//! From outcomes to `cells.csv`, `sweep.json` and figures; and the merge, which wants every cell.

use serde::Serialize;

use super::error::SweepError;
use super::exhibit::cell_exhibits;
use super::fit::{Boundary, THEORY_EXPONENT, fit_boundary};
use super::folder::SweepFolder;
use super::gather::Gathered;
use super::grid::Grid;
use super::outcome::Outcome;
use super::plane::Plane;
use super::table::{cells_csv, write_cells_parquet};
use super::trial::Workshop;
use crate::experiment::{AlignmentReading, Spacing, StopRule, SweepAxis};

/// `sweep.json`
#[derive(Serialize)]
struct Report<'a> {
    experiment: &'a str,
    description: &'a str,
    config_hash: String,
    version: &'a str,
    axes: Vec<ReportedAxis<'a>>,
    seeds: &'a [u64],
    cells: usize,
    stop: StopRule,
    alignment_reading: AlignmentReading,
    window: u64,
    data_source: &'a str,
    notice: Option<&'a str>,
    backends: Vec<&'a str>,
    collapsed: usize,
    diverged: usize,
    layers: Vec<ReportedLayer>,
}

#[derive(Serialize)]
struct ReportedAxis<'a> {
    field: &'a str,
    label: String,
    spacing: Spacing,
    squared: bool,
    values: &'a [f64],
}

#[derive(Serialize)]
struct ReportedLayer {
    layer: usize,
    boundary: Boundary,
    theory_exponent: f64,
}

/// What a merge found wrong, in words, a line each.
pub type Complaints = Vec<String>;

/// Checks that every cell is there and nothing else, and writes the results; or says what is missing or foreign, and
/// writes nothing.
///
/// # Errors
/// When the system refuses.
pub fn merge(
    folder: &SweepFolder,
    grid: &Grid,
    gathered: &Gathered,
    parquet: bool,
) -> Result<Result<(), Complaints>, SweepError> {
    let mut complaints: Vec<String> = gathered.foreign.iter().map(|words| format!("foreign: {words}")).collect();
    let failed = |cell: usize| gathered.failed.binary_search_by_key(&cell, |(cell, _)| *cell).ok();
    complaints.extend(gathered.missing().map(|cell| match failed(cell) {
        Some(at) => format!("failed: {}: {}", grid.describe(cell), gathered.failed[at].1),
        None => format!("missing: {}", grid.describe(cell)),
    }));
    if !complaints.is_empty() {
        return Ok(Err(complaints));
    }
    write_results(folder, grid, gathered, parquet)?;
    Ok(Ok(()))
}

/// Writes `cells.csv`, `sweep.json` and the figures, and `cells.parquet` where it is wanted.
///
/// # Errors
/// When the system refuses.
pub fn write_results(folder: &SweepFolder, grid: &Grid, gathered: &Gathered, parquet: bool) -> Result<(), SweepError> {
    let outcome_of = |cell: usize| gathered.outcomes[cell].as_ref();
    folder.write("cells.csv", cells_csv(grid, outcome_of).as_bytes())?;
    let (source, notice) = Workshop::new(std::sync::Arc::new(grid.clone()), false).source()?;
    // Before what takes more room, and can be made again.
    let mut text = serde_json::to_string_pretty(&report(grid, gathered, &source, notice.as_deref()))
        .map_err(|source| crate::record::RecordError::Json { path: folder.path().join("sweep.json"), source })?;
    text.push('\n');
    folder.write("sweep.json", text.as_bytes())?;
    if parquet {
        folder.list("cells.parquet")?;
        write_cells_parquet(&folder.path().join("cells.parquet"), grid, outcome_of)?;
    }
    let value_of = |cell: usize| outcome_of(cell).map(|outcome| (outcome.values.as_slice(), true));
    for exhibit in cell_exhibits(grid, &subtitle(grid, notice.as_deref()), &value_of) {
        let name = |ending: &str| format!("figures/{}.{ending}", exhibit.name);
        folder.write(&name("svg"), exhibit.svg()?.as_bytes())?;
        folder.write(&name("png"), &exhibit.png(2)?)?;
        folder.write(&name("csv"), exhibit.csv().as_bytes())?;
    }
    Ok(())
}

fn report<'a>(grid: &'a Grid, gathered: &'a Gathered, source: &'a str, notice: Option<&'a str>) -> Report<'a> {
    let experiment = grid.experiment();
    let value_of = |cell: usize| gathered.outcomes[cell].as_ref().map(|outcome| (outcome.values.as_slice(), true));
    let layer = |layer: usize| {
        let plane = Plane::new(grid, &format!("signal_{layer}"), value_of);
        ReportedLayer { layer, boundary: fit_boundary(grid, &plane), theory_exponent: THEORY_EXPONENT }
    };
    let axis = |axis: &'a SweepAxis| ReportedAxis {
        field: axis.field.path,
        label: axis.label(),
        spacing: axis.spacing,
        squared: axis.squared,
        values: &axis.values,
    };
    let count = |pick: fn(&Outcome) -> bool| gathered.outcomes.iter().flatten().filter(|outcome| pick(outcome)).count();
    Report {
        experiment: &experiment.name,
        description: &experiment.description,
        config_hash: grid.config_hash(),
        version: env!("CARGO_PKG_VERSION"),
        axes: grid.axes().iter().map(axis).collect(),
        seeds: grid.seeds(),
        cells: grid.cells(),
        stop: grid.sweep().stop,
        alignment_reading: experiment.measure.alignment,
        window: experiment.measure.window,
        data_source: source,
        notice,
        backends: gathered.backends.iter().map(String::as_str).collect(),
        collapsed: count(|outcome| outcome.collapsed),
        diverged: count(|outcome| outcome.diverged),
        layers: grid.layers().into_iter().map(layer).collect(),
    }
}

/// What stands below the heading of every figure of a sweep.
fn subtitle(grid: &Grid, notice: Option<&str>) -> String {
    let experiment = grid.experiment();
    let mut text = format!(
        "{} x {} cells, {} seed{}, learning rate {:e}, {} steps, mean over the last {}",
        grid.columns(),
        grid.rows(),
        grid.seeds().len(),
        if grid.seeds().len() == 1 { "" } else { "s" },
        experiment.rule.learning_rate,
        experiment.total_steps(),
        experiment.measure.window
    );
    if let Some(notice) = notice {
        text.push_str(&format!(" ({notice})"));
    }
    text
}
