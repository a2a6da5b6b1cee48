//! What a person sets.

use crate::record::Target;

/// What is set: a field, for all layers or one, for the run with its twin or one of the two.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Setting {
    /// Dotted path of the field.
    pub field: String,
    /// Layer, counted from 1; absent for all.
    pub layer: Option<usize>,
    /// Name of the twin; absent for both.
    pub twin: Option<String>,
}

impl Setting {
    /// A field of the whole run.
    #[must_use]
    pub fn of(field: &str) -> Self {
        Self { field: field.to_owned(), layer: None, twin: None }
    }

    /// The part of a run that it is about; `None` for all of it.
    #[must_use]
    pub fn target(&self) -> Option<Target> {
        let target = Target { layer: self.layer, twin: self.twin.clone() };
        (target != Target::default()).then_some(target)
    }
}
