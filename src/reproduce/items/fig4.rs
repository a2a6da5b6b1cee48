//! Figure 4: alignment over weight noise and weight decay, and the exponent of the boundary of zero alignment.

use super::noise_planes::{WEIGHT_NOISE, plane_claims};
use crate::reproduce::claim::{Limit, LimitKind, Statement};
use crate::reproduce::error::ReproduceError;
use crate::reproduce::evidence::Finding;
use crate::reproduce::plan::{Item, Judged, Plan};
use crate::reproduce::results::{GridResults, Results};
use crate::reproduce::settings::Settings;
use crate::sweep::{PowerLaw, THEORY_EXPONENT, fit_boundary};

pub(super) const ITEM: Item = Item {
    id: "fig4",
    label: "Figure 4",
    title: "Noise against weight decay: where Hebbian turns anti-Hebbian",
    shows: "A map over the strength of weight noise and of weight decay. Where decay wins, learning looks Hebbian (red); where \
            noise wins, anti-Hebbian (blue). The theory has the boundary at \u{3b3}\u{a0}\u{221d}\u{a0}\u{3c3}\u{b2}.",
    plan,
    judge,
};

fn plan(settings: &Settings) -> Result<Plan, ReproduceError> {
    WEIGHT_NOISE.plan(
        settings,
        &[
            "Noise stays in the weights (noise.weight_mode = accumulate): the temporary reading fits the paper's boundary worse.",
            "Ranges (weight decay 1e-4 to 5e-3, SD 0 to 3e-3), learning rate 0.1 and spacings: the paper gives none.",
        ],
    )
}

fn judge(_settings: &Settings, limits: &[Limit], results: &Results) -> Judged {
    let title = "Figure 4: alignment over weight noise and weight decay, layer 2";
    let mut judged = plane_claims("fig4", title, &WEIGHT_NOISE, limits, results);
    judged.claims.extend(exponents(results.grid(WEIGHT_NOISE.name), limits));
    judged
}

/// The exponent as it is read, and with the decay subtracted at which alignment is zero without noise.
fn exponents(grid: Option<&GridResults>, limits: &[Limit]) -> Vec<crate::reproduce::Claim> {
    let boundary = grid.map(|grid| fit_boundary(grid.grid(), &grid.plane("signal_2")));
    let claim = |id: &str, words: &str, law: Option<PowerLaw>, reason: Option<String>| {
        let finding = match law {
            Some(law) => Finding::exponent(law.exponent, law.exponent_se, THEORY_EXPONENT),
            None => Finding::undecided(reason.unwrap_or_else(|| "there is no boundary to fit".into())),
        };
        let (value, se, n) =
            (law.map(|law| law.exponent), law.map(|law| law.exponent_se), law.map_or(0, |law| law.points));
        let statement = Statement::new(id, words, "2 (\u{3b3} \u{221d} \u{3c3}\u{b2}, eq. 18)").value(value, se, n);
        statement.spoiled_by(&[LimitKind::Shorter]).judged(finding, limits)
    };
    let parts = boundary
        .map(|boundary| ((boundary.raw, boundary.raw_reason), (boundary.subtracted, boundary.subtracted_reason)));
    let ((raw, raw_reason), (subtracted, subtracted_reason)) = parts.unwrap_or_default();
    vec![
        claim(
            "fig4.exponent",
            "Exponent of the boundary of zero alignment (SD: standard error of the fit)",
            raw,
            raw_reason,
        ),
        claim(
            "fig4.exponent_offset",
            "The same, after subtracting the weight decay at which alignment is zero without noise",
            subtracted,
            subtracted_reason,
        ),
    ]
}
