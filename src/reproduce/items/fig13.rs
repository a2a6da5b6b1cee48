//! Figure 13: the plane of weight noise and weight decay with Adam.

use super::noise_planes::{NoisePlane, plane_claims};
use crate::reproduce::claim::Limit;
use crate::reproduce::error::ReproduceError;
use crate::reproduce::plan::{Item, Judged, Plan};
use crate::reproduce::results::Results;
use crate::reproduce::settings::Settings;

pub(super) const ITEM: Item = Item {
    id: "fig13",
    label: "Figure 13",
    title: "The same balance with Adam",
    shows: "The map of Figure 4 for Adam, over other ranges: alignment falls with noise and rises with decay here too.",
    plan,
    judge,
};

const PLANE: NoisePlane = NoisePlane { name: "weight-noise-adam", full: "fig13", quick: "fig13-quick" };

fn plan(settings: &Settings) -> Result<Plan, ReproduceError> {
    PLANE.plan(
        settings,
        &["Ranges (weight decay 1e-5 to 1e-3, SD 0 to 5e-3) and learning rate 0.003: the paper gives none."],
    )
}

fn judge(_settings: &Settings, limits: &[Limit], results: &Results) -> Judged {
    plane_claims(
        "fig13",
        "Figure 13: alignment over weight noise and weight decay with Adam, layer 2",
        &PLANE,
        limits,
        results,
    )
}
