//! Figure 14: noise in the network's input.

use super::noise_planes::{NoisePlane, figure, monotone};
use crate::reproduce::claim::{Limit, LimitKind, Statement};
use crate::reproduce::error::ReproduceError;
use crate::reproduce::evidence::Finding;
use crate::reproduce::plan::{Item, Judged, Plan};
use crate::reproduce::results::{GridResults, Results};
use crate::reproduce::settings::Settings;

pub(super) const ITEM: Item = Item {
    id: "fig14",
    label: "Figure 14",
    title: "Noise in the input can make learning anti-Hebbian too",
    shows: "A map over the strength of input noise and of weight decay for each layer. The boundary lies elsewhere in each, \
            as the noise enters at the bottom.",
    plan,
    judge,
};

const PLANE: NoisePlane = NoisePlane { name: "input-noise", full: "fig14", quick: "fig14-quick" };
const LAYERS: [usize; 3] = [1, 2, 3];

fn plan(settings: &Settings) -> Result<Plan, ReproduceError> {
    PLANE
        .plan(settings, &["Ranges (SD 0 to 2, weight decay 1e-5 to 5e-3) and learning rate 0.1: the paper gives none."])
}

/// Cells that are anti-Hebbian with noise where the cell of the same decay without noise is not.
fn turned(grid: &GridResults, layer: usize) -> usize {
    let of_row = |row: usize| {
        let line = grid.row(&format!("signal_{layer}"), row);
        let is_free = line.first().and_then(|cell| cell.mean()).is_some_and(|mean| mean > 0.0);
        line.iter().skip(1).filter(|cell| is_free && cell.mean().is_some_and(|mean| mean < 0.0)).count()
    };
    (0..grid.grid().rows()).map(of_row).sum()
}

fn judge(_settings: &Settings, limits: &[Limit], results: &Results) -> Judged {
    let grid = results.grid(PLANE.name);
    let counts: Vec<usize> =
        grid.map_or_else(Vec::new, |grid| LAYERS.iter().map(|layer| turned(grid, *layer)).collect());
    let shown = LAYERS
        .iter()
        .zip(&counts)
        .map(|(layer, count)| format!("layer {layer}: {count}"))
        .collect::<Vec<_>>()
        .join(", ");
    let cells = grid.map_or(0, |grid| grid.grid().columns() * grid.grid().rows());
    let rows =
        grid.map_or_else(Vec::new, |grid| (0..grid.grid().rows()).map(|row| grid.row("signal_1", row)).collect());
    let (falls, fallen) = monotone(&rows, false, "layer 1, along the noise, for each weight decay");
    let anti = match counts.iter().sum::<usize>() {
        _ if counts.is_empty() => Finding::undecided("nothing has been trained"),
        all => Finding::decided(
            all > 0,
            format!("cells that noise turns from Hebbian to anti-Hebbian: {shown}; at least one must"),
        ),
    };
    let depth = match counts.iter().min() == counts.iter().max() {
        _ if counts.is_empty() => Finding::undecided("nothing has been trained"),
        same => Finding::decided(
            !same,
            format!("cells on the anti-Hebbian side of the boundary: {shown}; they must differ"),
        ),
    };
    let claims = vec![
        Statement::new("fig14.falls", "Alignment falls as input noise grows", "falls")
            .words(format!("in {fallen} of {} lines", rows.len()), rows.len())
            .judged(falls, limits),
        Statement::new("fig14.anti", "Input noise can lead to anti-Hebbian learning", "can")
            .words(shown.clone(), cells)
            .spoiled_by(&[LimitKind::Shorter])
            .judged(anti, limits),
        Statement::new("fig14.depth", "The phase boundary changes with depth", "changes")
            .words(shown, cells)
            .spoiled_by(&[LimitKind::Shorter])
            .judged(depth, limits),
    ];
    let of_layer = |grid: &GridResults, layer: usize| {
        let mut exhibit = figure(
            grid,
            layer,
            &format!("fig14-{layer}"),
            &format!("Figure 14: alignment over input noise and weight decay, layer {layer}"),
            "the SRE; one run a cell",
        );
        // The map alone: the three layers are to be compared.
        exhibit.panels.truncate(1);
        exhibit
    };
    let exhibits =
        grid.map_or_else(Vec::new, |grid| LAYERS.iter().map(|layer| of_layer(grid, *layer)).collect::<Vec<_>>());
    // One figure of three maps.
    let merged = exhibits.into_iter().reduce(|mut all, one| {
        all.panels.extend(one.panels);
        all
    });
    let merged = merged.map(|all| crate::record::Exhibit {
        name: "fig14".into(),
        title: "Figure 14: alignment over input noise and weight decay, layer by layer".into(),
        ..all
    });
    Judged { claims, exhibits: merged.into_iter().collect() }
}
