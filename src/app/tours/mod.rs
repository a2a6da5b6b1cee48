//! A tour on screen.

pub mod panel;
mod text;
pub mod touring;
mod words;
