//! What the pointer finds on a curve over steps.

use egui_plot::HoverPosition;

use crate::app::look::numbers;
use crate::app::look::words;

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
            Some(words::say(&format!("{plot_name}\nstep {step}\n{}", write(position.y))).into_owned())
        }
        _ => None,
    }
}

/// The value of a curve of cosines.
#[must_use]
pub fn cosine(value: f64) -> String {
    format!("cosine {}", numbers::cosine(value))
}
