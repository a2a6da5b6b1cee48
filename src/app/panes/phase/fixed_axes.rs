//! Plots of the plane.

use egui_plot::Plot;

/// A plot whose axes are those of the plane: nothing moves or zooms it.
#[must_use]
pub fn fixed(plot: Plot<'_>) -> Plot<'_> {
    plot.allow_scroll(false).allow_drag(false).allow_boxed_zoom(false).allow_zoom(false).show_x(false).show_y(false)
}
