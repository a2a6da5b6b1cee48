//! Curves, marks, axes and legends.

pub mod alternation;
pub mod chart;
pub mod curve_cache;
pub mod curves;
pub mod layer_sight;
pub mod legend;
pub mod markers;
pub mod marks;
pub mod names;
pub(in crate::app) mod patterns;
pub mod plot_items;
pub mod time_axis;
