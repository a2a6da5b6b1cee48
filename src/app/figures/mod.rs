//! What a pane gives away.

pub mod exhibits;
pub mod exports;
pub mod takeout;
