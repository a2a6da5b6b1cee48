//! Pieces that several panes are made of.

pub mod behind;
pub mod measured;
pub mod number_field;
pub mod readout;
pub mod setting;
