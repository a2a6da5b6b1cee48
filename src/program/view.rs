//! Matrices inside the buffers of a program.

/// A buffer of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BufferId(pub usize);

/// A matrix inside a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// The buffer.
    pub buffer: BufferId,
    /// First element.
    pub offset: usize,
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// Elements from a row to the next.
    pub row_stride: usize,
}

impl View {
    /// Columns `from .. from + columns`.
    ///
    /// # Panics
    /// Where they reach beyond the view's, into the next row.
    #[must_use]
    pub fn columns(self, from: usize, columns: usize) -> Self {
        assert!(from + columns <= self.columns, "columns {from} to {} of {}", from + columns, self.columns);
        Self { offset: self.offset + from, columns, ..self }
    }

    /// Rows `from .. from + rows`.
    ///
    /// # Panics
    /// Where they reach beyond the view's, into whatever lies behind it.
    #[must_use]
    pub fn rows(self, from: usize, rows: usize) -> Self {
        assert!(from + rows <= self.rows, "rows {from} to {} of {}", from + rows, self.rows);
        Self { offset: self.offset + from * self.row_stride, rows, ..self }
    }

    /// Elements.
    #[must_use]
    pub fn len(self) -> usize {
        self.rows * self.columns
    }

    /// Whether there is no element.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Whether rows follow each other without gaps.
    #[must_use]
    pub fn is_contiguous(self) -> bool {
        self.row_stride == self.columns || self.rows <= 1
    }

    /// Position after the last element.
    #[must_use]
    pub fn end(self) -> usize {
        if self.is_empty() { self.offset } else { self.offset + (self.rows - 1) * self.row_stride + self.columns }
    }
}
