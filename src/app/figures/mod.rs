//! What a pane gives away.

pub mod animation;
pub mod dress;
pub mod exhibits;
pub mod exports;
pub mod takeout;
