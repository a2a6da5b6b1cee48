//! What of a network is measured.

use crate::record::Columns;

/// Layers whose alignment is measured, counted from 1.
#[must_use]
pub fn measured_layers(columns: &Columns) -> Vec<usize> {
    columns.alignments().map(|(layer, _)| layer).collect()
}
