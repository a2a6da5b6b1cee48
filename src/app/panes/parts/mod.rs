//! Pieces that several panes are made of.

pub mod behind;
pub mod color_bar;
pub mod follow_button;
pub mod hover_label;
pub mod measured;
pub mod number_field;
pub mod readout;
pub mod setting;
pub mod told;
pub mod units;
