//! `report.json`, `report.html` and the figures, from what ran.

use std::path::PathBuf;

use serde::Serialize;

use super::claim::{Claim, Verdict};
use super::error::ReproduceError;
use super::folder::{Manifest, ReproductionFolder};
use super::reading::{ItemResult, Reproduction};
use super::{gallery, hardware, html};
use crate::record::{Exhibit, RecordError};
use crate::training::COMPUTATION;

/// `report.json`
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// Of the program.
    pub version: &'static str,
    /// Of what a cell computes.
    pub computation: u32,
    /// The command, without its folder.
    pub command: String,
    /// The machine that wrote the report.
    pub hardware: String,
    /// Executors of what ran.
    pub backends: Vec<String>,
    /// The options.
    pub settings: Manifest,
    /// Whether every cell and run is at its end.
    pub complete: bool,
    /// The items.
    pub items: Vec<ItemReport>,
}

/// An item in `report.json`.
#[derive(Debug, Serialize)]
pub(super) struct ItemReport {
    pub id: &'static str,
    pub label: &'static str,
    pub title: &'static str,
    pub shows: &'static str,
    /// Cells and runs, and how many of them are at their end.
    pub units: usize,
    pub done: usize,
    /// In which ways the experiments are less than the paper's.
    pub reductions: Vec<String>,
    /// What the paper leaves open and was chosen.
    pub chosen: Vec<&'static str>,
    pub experiments: Vec<Experiment>,
    pub claims: Vec<Claim>,
    /// Figures by their paths in the folder.
    pub figures: Vec<String>,
    #[serde(skip)]
    pub exhibits: Vec<Exhibit>,
}

/// An experiment of an item.
#[derive(Debug, Serialize)]
pub(super) struct Experiment {
    /// Name of its grid or run.
    pub name: String,
    /// Folder of the grid, or file of the run, in the folder.
    pub path: String,
    /// `grid` or `run`.
    pub kind: &'static str,
    /// Hash of its configuration.
    pub config_hash: String,
    /// Cells of the grid; 1 for a run.
    pub cells: usize,
    /// Steps of a cell or run, at most.
    pub steps: u64,
    /// The configuration.
    #[serde(skip)]
    pub config: String,
}

/// What a report came to.
#[derive(Debug)]
pub struct Written {
    /// Claims by verdict: reproduces, differs, not tested.
    pub verdicts: [usize; 3],
    /// Cells and runs that are at their end, and all.
    pub progress: (usize, usize),
    /// Those that could not be trained, in words.
    pub failed: Vec<String>,
    /// The page.
    pub page: PathBuf,
}

/// Writes the report of what a folder holds, complete or not: a claim whose cells are not all there is not tested.
///
/// # Errors
/// When the folder cannot be read or written.
pub fn write_report(folder: &ReproductionFolder, manifest: &Manifest) -> Result<Written, ReproduceError> {
    let reproduction = Reproduction::of(folder, manifest.clone())?;
    gallery::write(folder, &reproduction)?;
    let Reproduction { items, progress, failed, backends, .. } = reproduction;
    let report = Report {
        version: env!("CARGO_PKG_VERSION"),
        computation: COMPUTATION,
        command: manifest.command(),
        hardware: hardware::words(),
        backends,
        settings: manifest.clone(),
        complete: progress.0 == progress.1,
        items: items.into_iter().map(report_of).collect(),
    };
    for exhibit in report.items.iter().flat_map(|item| &item.exhibits) {
        write_exhibit(folder, exhibit)?;
    }
    let path = folder.path().join("report.json");
    let mut text = serde_json::to_string_pretty(&report).map_err(|source| RecordError::Json { path, source })?;
    text.push('\n');
    folder.write("report.json", text.as_bytes())?;
    folder.write("report.html", html::page(&report)?.as_bytes())?;
    let claims = || report.items.iter().flat_map(|item| &item.claims);
    let count = |verdict: Verdict| claims().filter(|claim| claim.verdict == verdict).count();
    let verdicts = [Verdict::Reproduces, Verdict::Differs, Verdict::NotTested].map(count);
    Ok(Written { verdicts, progress, failed, page: folder.path().join("report.html") })
}

fn report_of(result: ItemResult) -> ItemReport {
    let ItemResult { item, plan, results, claims, exhibits } = result;
    let (done, units) = results.progress();
    let grids = plan.grids.iter().map(|one| Experiment {
        name: one.name.clone(),
        path: format!("grids/{}", one.name),
        kind: "grid",
        config_hash: one.grid.config_hash(),
        cells: one.grid.cells(),
        steps: one.grid.experiment().total_steps(),
        config: one.grid.experiment().to_toml(),
    });
    let runs = plan.courses.iter().map(|one| Experiment {
        name: one.name.clone(),
        path: format!("runs/{}.json", one.name),
        kind: "run",
        config_hash: one.experiment.config_hash(),
        cells: 1,
        steps: one.experiment.total_steps(),
        config: one.experiment.to_toml(),
    });
    ItemReport {
        id: item.id,
        label: item.label,
        title: item.title,
        shows: item.shows,
        units,
        done,
        reductions: plan.limits.iter().map(|limit| limit.words.clone()).collect(),
        chosen: plan.chosen.clone(),
        experiments: grids.chain(runs).collect(),
        claims,
        figures: exhibits.iter().map(|exhibit| format!("figures/{}.svg", exhibit.name)).collect(),
        exhibits,
    }
}

fn write_exhibit(folder: &ReproductionFolder, exhibit: &Exhibit) -> Result<(), ReproduceError> {
    let name = |ending: &str| format!("figures/{}.{ending}", exhibit.name);
    let figures = folder.path().join("figures");
    std::fs::create_dir_all(&figures).map_err(ReproduceError::io(&figures, "cannot be created"))?;
    folder.write(&name("svg"), exhibit.svg()?.as_bytes())?;
    folder.write(&name("png"), &exhibit.png(1)?)?;
    for (place, table) in exhibit.tables().into_iter().enumerate() {
        let name = if place == 0 { name("csv") } else { format!("figures/{}-{}.csv", exhibit.name, table.part) };
        folder.write(&name, table.text.as_bytes())?;
    }
    Ok(())
}
