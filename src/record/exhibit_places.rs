//! Where runs have been in a plane of two settings, and how they were there, as data.

use super::exhibit::{Axis, CsvTable, Table};
use super::figure::Marker;

/// Stays in a plane, coloured by how the run was there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Places {
    /// Heading; may be empty.
    pub title: String,
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// Stays in the order in which they are drawn.
    pub stays: Vec<PlacedStay>,
    /// Ways between stays.
    pub ways: Vec<[(f64, f64); 2]>,
    /// Straight lines on the axes with a name each, which may be empty.
    pub guides: Vec<(String, [(f64, f64); 2])>,
    /// Rings around places.
    pub rings: Vec<PlacedRing>,
    /// Quantity of the colours, which reach from -1 to 1.
    pub color_label: String,
    /// The numbers, a row a stay.
    pub numbers: Table,
}

/// A stay at one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlacedStay {
    /// Where.
    pub at: (f64, f64),
    /// What its colour stands for; NaN where undefined.
    pub value: f32,
    /// Whether it lasted long enough to say something.
    pub is_long: bool,
}

/// A ring around a place.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedRing {
    /// What is there.
    pub name: String,
    /// Where.
    pub at: (f64, f64),
    /// Its colour; without one, dark around light.
    pub color: Option<[u8; 3]>,
    /// A shape on its rim, by which those are told apart whose colours cannot be.
    pub marker: Option<Marker>,
}

impl Places {
    pub(super) fn inconsistency(&self) -> Option<String> {
        let (columns, rows) = (self.numbers.header.len(), &self.numbers.rows);
        let wrong = rows.iter().find(|row| row.len() != columns)?;
        Some(format!("a row has {} cells for {columns} columns", wrong.len()))
    }

    pub(super) fn table(&self, part: String) -> CsvTable {
        let rows: Vec<Vec<String>> = std::iter::once(&self.numbers.header).chain(&self.numbers.rows).cloned().collect();
        CsvTable { part, text: super::exhibit_csv::block(&rows) }
    }

    /// Every text of it.
    pub(super) fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        let Self { title, x, y, guides, rings, color_label, numbers, .. } = self;
        [title, &mut x.label, &mut y.label, color_label]
            .into_iter()
            .chain(guides.iter_mut().map(|(name, _)| name))
            .chain(rings.iter_mut().map(|ring| &mut ring.name))
            .chain(std::iter::once(&mut numbers.title))
            .chain(&mut numbers.header)
            .chain(numbers.rows.iter_mut().flatten())
    }
}
