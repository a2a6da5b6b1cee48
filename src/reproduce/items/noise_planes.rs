//! Planes of noise and weight decay of the regression experiment: Figures 4, 5, 13 and 14.

use crate::record::Exhibit;
use crate::reproduce::claim::{Limit, LimitKind, Statement};
use crate::reproduce::error::ReproduceError;
use crate::reproduce::evidence::{Finding, Sample};
use crate::reproduce::plan::{GridPlan, Judged, Plan};
use crate::reproduce::recipe::Recipe;
use crate::reproduce::results::{GridResults, Results};
use crate::reproduce::settings::Settings;
use crate::sweep::plane_exhibit;

/// A plane by the presets of its figure.
pub(super) struct NoisePlane {
    /// Name of its folder; figures of one plane share it.
    pub name: &'static str,
    /// Preset at full length.
    pub full: &'static str,
    /// Preset of fewer cells and steps.
    pub quick: &'static str,
}

/// The plane of Figures 4 and 5.
pub(super) const WEIGHT_NOISE: NoisePlane = NoisePlane { name: "weight-noise", full: "fig4", quick: "fig4-quick" };

impl NoisePlane {
    pub(super) fn plan(&self, settings: &Settings, chosen: &[&'static str]) -> Result<Plan, ReproduceError> {
        let preset = if settings.quick { self.quick } else { self.full };
        let recipe = Recipe::new(self.name, preset);
        let recipe = match settings.seeds {
            Some(seeds) => recipe.seeds(seeds),
            None => recipe,
        };
        let grid: GridPlan = recipe.grid(settings)?;
        let mut limits: Vec<Limit> = settings.step_limit().into_iter().collect();
        if settings.quick {
            let cells = "10 x 10 cells in place of 20 x 20".to_owned();
            let steps = "1,500 steps in place of 3,950, so that runs are not at rest yet".to_owned();
            limits.push(Limit { kind: LimitKind::FewerCells, words: cells });
            limits.push(Limit { kind: LimitKind::Shorter, words: steps });
        }
        Ok(Plan { grids: vec![grid], limits, chosen: chosen.to_vec(), ..Plan::default() })
    }
}

/// The figure of a plane for a layer, as sweeps draw it.
pub(super) fn figure(grid: &GridResults, layer: usize, name: &str, title: &str, subtitle: &str) -> Exhibit {
    let exhibit = plane_exhibit(grid.grid(), layer, subtitle, &|cell| grid.values(cell));
    Exhibit { name: name.into(), title: title.into(), ..exhibit }
}

/// Whether alignment follows an axis: in how many lines along it (rows, or columns) it rises or falls from one end to the
/// other, which must be all but a tenth.
pub(super) fn monotone(lines: &[Vec<Sample>], rises: bool, what: &str) -> (Finding, usize) {
    let ends = |line: &Vec<Sample>| {
        let known: Vec<f64> = line.iter().filter_map(Sample::mean).collect();
        (known.len() > 1).then(|| known[known.len() - 1] - known[0])
    };
    let changes: Vec<f64> = lines.iter().filter_map(ends).collect();
    if changes.is_empty() {
        return (Finding::undecided("there is no line with two values"), 0);
    }
    let agree = changes.iter().filter(|change| (**change > 0.0) == rises).count();
    let verb = if rises { "rises" } else { "falls" };
    let why = format!(
        "{what}: it {verb} from one end to the other in {agree} of {} lines; at least nine of ten must",
        changes.len()
    );
    (Finding::decided(10 * agree >= 9 * changes.len(), why), agree)
}

/// Claims and figure of a plane of weight noise and weight decay.
pub(super) fn plane_claims(id: &str, title: &str, plane: &NoisePlane, limits: &[Limit], results: &Results) -> Judged {
    let grid = results.grid(plane.name);
    let lines = |rows: bool| match grid {
        Some(grid) if rows => (0..grid.grid().rows()).map(|row| grid.row("signal_2", row)).collect(),
        Some(grid) => (0..grid.grid().columns()).map(|column| grid.column("signal_2", column)).collect(),
        None => Vec::new(),
    };
    let (along_noise, along_decay) = (lines(true), lines(false));
    let (falls, fallen) = monotone(&along_noise, false, "along the noise, for each weight decay");
    let (rises, risen) = monotone(&along_decay, true, "along weight decay, for each strength of noise");
    let noise = Statement::new(format!("{id}.noise"), "Alignment falls as weight noise grows", "falls");
    let decay = Statement::new(format!("{id}.decay"), "Alignment rises with weight decay", "rises");
    let words = |count: usize, all: usize| format!("in {count} of {all} lines");
    let claims = vec![
        noise.words(words(fallen, along_noise.len()), along_noise.len()).judged(falls, limits),
        decay.words(words(risen, along_decay.len()), along_decay.len()).judged(rises, limits),
    ];
    let subtitle = "the SRE; one run a cell; lines where alignment is 0";
    Judged { claims, exhibits: grid.map(|grid| figure(grid, 2, id, title, subtitle)).into_iter().collect() }
}
