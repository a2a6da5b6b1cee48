//! Figure 5: validation loss over the plane of Figure 4, and against alignment.

use super::noise_planes::{WEIGHT_NOISE, figure};
use crate::record::{AxisScale, Exhibit, Panel};
use crate::reproduce::claim::{Limit, LimitKind, Statement};
use crate::reproduce::error::ReproduceError;
use crate::reproduce::evidence::{Finding, number, rank_correlation};
use crate::reproduce::figures::scatter;
use crate::reproduce::plan::{Item, Judged, Plan};
use crate::reproduce::results::Results;
use crate::reproduce::settings::Settings;

pub(super) const ITEM: Item = Item {
    id: "fig5",
    label: "Figure 5",
    title: "Networks do best when they look neither Hebbian nor anti-Hebbian",
    shows: "Validation loss over noise and weight decay, and against alignment: the paper finds the best networks where \
            alignment is about zero.",
    plan,
    judge,
};

/// Alignments that count as neither Hebbian nor anti-Hebbian.
pub(super) const NEAR_ZERO: f64 = 0.1;

fn plan(settings: &Settings) -> Result<Plan, ReproduceError> {
    WEIGHT_NOISE.plan(settings, &[])
}

/// Whether the best cells have alignments near zero: the median size of the alignments of the best twentieth, at least
/// three, is at most [`NEAR_ZERO`]. `points` are alignment and what is small for good cells; also that median.
pub(super) fn best_near_zero(points: &[(f64, f64)]) -> (Finding, Option<f64>) {
    if points.len() < 3 {
        return (Finding::undecided("there are fewer than three cells with both values"), None);
    }
    let mut order: Vec<&(f64, f64)> = points.iter().collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let best = &order[..(points.len() / 20).max(3)];
    let median = |values: Vec<f64>| {
        let mut values = values;
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let (size, signed) = (median(best.iter().map(|p| p.0.abs()).collect()), median(best.iter().map(|p| p.0).collect()));
    let why = format!(
        "the {} best of {} cells have a median alignment of {}, in size {}; at most {NEAR_ZERO}. The best cell's is {}",
        best.len(),
        points.len(),
        number(signed),
        number(size),
        number(best[0].0)
    );
    (Finding::decided(size <= NEAR_ZERO, why), Some(signed))
}

fn judge(_settings: &Settings, limits: &[Limit], results: &Results) -> Judged {
    let grid = results.grid(WEIGHT_NOISE.name);
    let points = grid.map_or_else(Vec::new, |grid| grid.pairs("signal_2", "validation_loss"));
    let (finding, median) = best_near_zero(&points);
    let best = Statement::new("fig5.best", "The best performance is at an alignment near 0", "about 0")
        .value(median, None, points.len())
        .spoiled_by(&[LimitKind::Shorter])
        .judged(finding, limits);
    // The corner of least noise and decay against the corners with more of either.
    let loss = |column: usize, row: usize| grid.and_then(|grid| grid.sample("validation_loss", column, row).mean());
    let corners = grid.and_then(|grid| {
        let (last, top) = (grid.grid().columns() - 1, grid.grid().rows() - 1);
        Some((loss(0, 0)?, loss(last, 0)?, loss(0, top)?))
    });
    let finding = match corners {
        Some((least, noise, decay)) => Finding::decided(
            least < noise && least < decay,
            format!(
                "{} at least noise and decay must be below {} at most noise and {} at most decay",
                number(least),
                number(noise),
                number(decay)
            ),
        ),
        None => Finding::undecided("nothing has been trained"),
    };
    let corner =
        Statement::new("fig5.corner", "Validation loss falls as both weight decay and noise get smaller", "falls")
            .value(corners.map(|corners| corners.0), None, points.len())
            .spoiled_by(&[LimitKind::Shorter])
            .judged(finding, limits);
    let mut judged = Judged { claims: vec![best, corner], exhibits: Vec::new() };
    if let Some(grid) = grid {
        let all = figure(grid, 2, "fig5", "Figure 5: validation loss, and against alignment", "");
        let mut panels: Vec<Panel> =
            all.panels.into_iter().filter(|panel| panel.title() == "Validation loss").collect();
        panels.push(scatter(
            "Validation loss against alignment",
            "cosine, layer 2",
            "validation loss",
            AxisScale::Log10,
            &points,
        ));
        let sizes: Vec<(f64, f64)> = points.iter().map(|(alignment, loss)| (alignment.abs(), *loss)).collect();
        let rank = rank_correlation(&sizes).map_or_else(|| "undefined".into(), number);
        let subtitle = format!("the SRE, one run a cell; rank correlation of loss with the size of alignment: {rank}");
        judged.exhibits.push(Exhibit { panels, subtitle, columns: 2, ..all });
    }
    judged
}
