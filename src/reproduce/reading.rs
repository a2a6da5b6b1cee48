//! A reproduction as it stands in its folder: what ran of each item, and what it comes to.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::claim::{Claim, Verdict};
use super::error::ReproduceError;
use super::folder::{MANIFEST, Manifest, ReproductionFolder};
use super::items;
use super::plan::{Item, Plan};
use super::results::Results;
use super::work::Work;
use crate::record::Exhibit;
use crate::sweep::Shard;

/// Files of the folder that stand for it.
const FILES: [&str; 3] = [MANIFEST, "report.json", "report.html"];

/// A reproduction, complete or not.
pub struct Reproduction {
    /// Its folder.
    pub folder: PathBuf,
    /// What it was begun for.
    pub manifest: Manifest,
    /// Its items, in the paper's order.
    pub items: Vec<ItemResult>,
    /// Cells and runs that are at their end, and all.
    pub progress: (usize, usize),
    /// Those that could not be trained, in words.
    pub failed: Vec<String>,
    /// Executors of what ran.
    pub backends: Vec<String>,
}

/// An item of a reproduction.
pub struct ItemResult {
    /// Which.
    pub item: &'static Item,
    /// Its experiments, as they ran.
    pub plan: Plan,
    /// What there is of them.
    pub results: Results,
    /// Claims with their verdicts; where something is missing, none is tested.
    pub claims: Vec<Claim>,
    /// Figures and tables.
    pub exhibits: Vec<Exhibit>,
}

impl ItemResult {
    /// How many claims have a verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.claims.iter().filter(|claim| claim.verdict == verdict).count()
    }
}

impl Reproduction {
    /// The folder of a reproduction that a path means: itself, or the one that its report lies in.
    #[must_use]
    pub fn folder_of(path: &Path) -> Option<PathBuf> {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let folder = if FILES.contains(&name) && path.is_file() { path.parent()? } else { path };
        folder.join(MANIFEST).is_file().then(|| folder.to_path_buf())
    }

    /// Reads a folder without changing it.
    ///
    /// # Errors
    /// When it is no reproduction's, or a file of it cannot be read, is damaged, or is of another version.
    pub fn read(path: &Path) -> Result<Self, ReproduceError> {
        let (folder, manifest) = ReproductionFolder::look(path)?;
        Self::of(&folder, manifest)
    }

    /// What a folder that was opened holds.
    pub(super) fn of(folder: &ReproductionFolder, manifest: Manifest) -> Result<Self, ReproduceError> {
        let chosen = items::choose(&manifest.items)?;
        let settings = manifest.settings();
        // As it was pinned when it ran.
        let work = Work::new(&chosen, &settings, Shard::ALL, 1)?;
        let all = Results::read(folder, work.plan())?;
        let result = |item: &'static Item| {
            let mut plan = (item.plan)(&settings)?;
            as_it_ran(&mut plan, work.plan());
            let results = Results::read(folder, &plan)?;
            let judged = (item.judge)(&settings, &plan.limits, &results);
            let mut claims = judged.claims;
            let (done, units) = results.progress();
            if done < units {
                for claim in &mut claims {
                    claim.verdict = Verdict::NotTested;
                    claim.why = format!("{} of {units} cells and runs are not at their end", units - done);
                }
            }
            Ok(ItemResult { item, plan, results, claims, exhibits: judged.exhibits })
        };
        Ok(Self {
            folder: folder.path().to_path_buf(),
            items: chosen.into_iter().map(result).collect::<Result<_, ReproduceError>>()?,
            manifest,
            progress: all.progress(),
            backends: all.backends(),
            failed: all.failed,
        })
    }
}

/// Gives a plan what was read from files when it ran.
fn as_it_ran(plan: &mut Plan, all: &Plan) {
    for one in &mut plan.grids {
        if let Some(pinned) = all.grids.iter().find(|pinned| pinned.name == one.name) {
            one.grid = Arc::clone(&pinned.grid);
        }
    }
    for one in &mut plan.courses {
        if let Some(pinned) = all.courses.iter().find(|pinned| pinned.name == one.name) {
            one.clone_from(pinned);
        }
    }
}
