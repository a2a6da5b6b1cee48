//! From outcomes to `cells.csv`, `sweep.json` and figures; and the merge, which wants every cell.

use serde::Serialize;

use super::boundary_words::boundary_words;
use super::error::SweepError;
use super::exhibit::cell_exhibits;
use super::fit::{Boundary, fit_boundary, theory_exponent};
use super::folder::SweepFolder;
use super::gather::Gathered;
use super::grid::{Grid, Place};
use super::outcome::Outcome;
use super::plane::Plane;
use super::table::{cells_csv, write_cells_parquet};
use super::workshop::Workshop;
use crate::experiment::{AlignmentReading, AxisValue, Spacing, StopRule, SweepAxis};
use crate::own_words::plain;

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
    /// Absent where values are no numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    spacing: Option<Spacing>,
    squared: bool,
    values: Vec<AxisValue>,
}

#[derive(Serialize)]
struct ReportedLayer {
    layer: usize,
    boundary: Boundary,
    theory_exponent: Option<f64>,
    theory_reason: Option<String>,
    /// Cells without an alignment.
    undefined: usize,
    in_words: String,
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
    if gathered.computations.len() > 1 {
        let versions: Vec<String> = gathered.computations.iter().map(u32::to_string).collect();
        complaints.push(format!("foreign: cells of several versions of what a cell computes: {}", versions.join(", ")));
    }
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
        for (place, table) in exhibit.tables().into_iter().enumerate() {
            // The first has the figure's name.
            let name = if place == 0 { name("csv") } else { format!("figures/{}-{}.csv", exhibit.name, table.part) };
            folder.write(&name, table.text.as_bytes())?;
        }
    }
    Ok(())
}

fn report<'a>(grid: &'a Grid, gathered: &'a Gathered, source: &'a str, notice: Option<&'a str>) -> Report<'a> {
    let experiment = grid.experiment();
    let value_of = |cell: usize| gathered.outcomes[cell].as_ref().map(|outcome| (outcome.values.as_slice(), true));
    let count = |pick: &dyn Fn(&Outcome) -> bool| gathered.outcomes.iter().flatten().filter(|o| pick(o)).count();
    let layer = |layer: usize| {
        let plane = Plane::new(grid, &format!("signal_{layer}"), value_of);
        let boundary = fit_boundary(grid, &plane);
        let at = grid.index(&format!("signal_{layer}"));
        let undefined = at.map_or(0, |at| count(&|outcome| outcome.values[at].is_none()));
        let mut in_words = match at {
            Some(_) => boundary_words(grid, &boundary),
            None => "alignment is not recorded (sweep.record has no signal)".into(),
        };
        if undefined > 0 {
            in_words.push_str(&format!("; alignment is undefined in {undefined} of {} cells", grid.cells()));
        }
        let (theory_exponent, theory_reason) = match theory_exponent(grid) {
            Ok(exponent) => (Some(exponent), None),
            Err(reason) => (None, Some(reason)),
        };
        ReportedLayer { layer, boundary, theory_exponent, theory_reason, undefined, in_words }
    };
    let axis = |axis: &'a SweepAxis| ReportedAxis {
        field: axis.field.path,
        label: plain(&axis.label()).into_owned(),
        spacing: (!axis.is_category()).then_some(axis.spacing),
        squared: axis.squared,
        values: (0..axis.values.len()).map(|at| axis.value(at)).collect(),
    };
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
        collapsed: count(&|outcome| outcome.collapsed.any()),
        diverged: count(&|outcome| outcome.diverged),
        layers: grid.layers().into_iter().map(layer).collect(),
    }
}

/// What stands below the heading of every figure of a sweep: what its cells have in common.
fn subtitle(grid: &Grid, notice: Option<&str>) -> String {
    let experiment = grid.experiment();
    let is_swept = |path: &str| grid.axes().iter().any(|axis| axis.field.path == path);
    let many = grid.seeds().len();
    let mut parts = vec![
        format!("{} x {} cells", grid.columns(), grid.rows()),
        format!("{many} seed{}", if many == 1 { "" } else { "s" }),
    ];
    if let Some(rate) = learning_rate(grid).filter(|_| !is_swept("rule.learning_rate")) {
        parts.push(format!("learning rate {rate:e}"));
    }
    parts.extend(steps(grid));
    if !is_swept("measure.window") {
        parts.push(format!("mean over the last {}", experiment.measure.window));
    }
    parts.extend(experiment.measure.alignment.note().map(str::to_owned));
    let mut text = parts.join(", ");
    if let Some(notice) = notice {
        text.push_str(&format!(" ({notice})"));
    }
    text
}

/// The learning rate of all cells; none where a rule brings another one.
fn learning_rate(grid: &Grid) -> Option<f64> {
    let rates = grid.representatives().into_iter().map(|cell| Some(grid.experiment_of(cell).ok()?.rule.learning_rate));
    let rates: Vec<f64> = rates.collect::<Option<_>>()?;
    rates.iter().all(|rate| *rate == rates[0]).then_some(rates[0])
}

/// Steps of the cells; the axes may set them, and a stop rule may end them earlier.
fn steps(grid: &Grid) -> Option<String> {
    let sweep = grid.sweep();
    let up_to = if sweep.stop == StopRule::Stationarity { "up to " } else { "" };
    if !up_to.is_empty() && sweep.max_steps > 0 {
        return Some(format!("up to {} steps", sweep.max_steps));
    }
    let ends = |axis: &SweepAxis| {
        let by_value = |a: &usize, b: &usize| axis.values[*a].total_cmp(&axis.values[*b]);
        let all = || 0..axis.values.len();
        if axis.is_category() {
            return all().collect();
        }
        [all().min_by(by_value), all().max_by(by_value)].map(|at| at.unwrap_or(0)).to_vec()
    };
    let (columns, rows) = (ends(grid.x()), grid.y().map_or_else(|| vec![0], ends));
    let of_column = |column: usize| rows.iter().map(move |&row| Place { column, row, seed_place: 0 });
    let corners = columns.into_iter().flat_map(of_column);
    // Steps rise or fall with each field that they depend on, so that the corners have the fewest and the most.
    let steps = corners.map(|corner| Some(grid.experiment_of(grid.cell(corner)).ok()?.total_steps()));
    let steps: Vec<u64> = steps.collect::<Option<_>>()?;
    let (fewest, most) = (steps.iter().min()?, steps.iter().max()?);
    let is_one = fewest == most || !up_to.is_empty();
    Some(if is_one { format!("{up_to}{most} steps") } else { format!("{fewest} to {most} steps") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::resolve;

    #[test]
    fn another_reading_of_alignment_stands_in_the_subtitle() {
        let of =
            |set: &[String]| subtitle(&Grid::new(&resolve("fig4-quick", set).expect("valid")).expect("a grid"), None);
        assert!(!of(&[]).contains("alignment"), "{}", of(&[]));
        let signs = of(&["measure.alignment=sign".into()]);
        assert!(signs.contains("alignment is the cosine of signs"), "{signs}");
    }
}
