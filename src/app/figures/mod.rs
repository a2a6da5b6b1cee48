//! What a pane gives away.

pub mod about;
pub mod animation;
pub mod dress;
pub mod exhibits;
pub mod exports;
pub mod full_rate;
pub mod takeout;
