//! Colours, numbers, and words for what happened.

pub(in crate::app) mod changes;
pub mod dialog;
pub mod elided;
pub(in crate::app) mod fallen;
pub(in crate::app) mod focus;
pub mod glossary;
pub mod numbers;
pub mod reading;
pub(in crate::app) mod reading_order;
pub(in crate::app) mod spoken;
pub(in crate::app) mod stage;
pub mod theme;
pub(in crate::app) mod titles;
#[cfg(test)]
mod vision;
pub mod words;
