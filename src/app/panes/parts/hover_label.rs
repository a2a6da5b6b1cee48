//! What the pointer finds on a curve over steps.

use egui_plot::HoverPosition;

use crate::app::look::numbers;

/// Name of the curve, step and value; nothing away from curves that have names.
#[must_use]
pub fn over_steps(
    position: &HoverPosition<'_>,
    step_at: impl Fn(f64) -> u64,
    write: impl Fn(f64) -> String,
) -> Option<String> {
    match position {
        HoverPosition::NearDataPoint { plot_name, position, .. } if !plot_name.is_empty() => {
            let step = numbers::count(step_at(position.x));
            Some(format!("{plot_name}\nstep {step}\n{}", write(position.y)))
        }
        _ => None,
    }
}

/// The value of a curve of cosines.
#[must_use]
pub fn cosine(value: f64) -> String {
    format!("cosine {}", numbers::cosine(value))
}
