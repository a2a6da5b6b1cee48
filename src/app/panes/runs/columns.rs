//! Widths of the list's columns, of which two take what the others leave.

use eframe::egui::{Response, Ui};

/// Between columns.
pub const SPACING: f32 = 11.0;

/// Least and greatest widths of the fields for name and note.
const NAME: [f32; 2] = [130.0, 360.0];
const NOTE: [f32; 2] = [110.0, 420.0];
/// Share of what is left that the name takes.
const NAMES: f32 = 0.55;

/// What a cell stands in.
#[derive(Clone, Copy, PartialEq)]
enum Column {
    /// As wide as its widest content.
    Content(f32),
    /// A field for text, which is given its width.
    Field,
}

/// The columns, measured by what stands in them: widths of a drawn grid lag a frame behind and depend on the fields, so that
/// a list that took them would move under the pointer for many frames.
#[derive(Default)]
pub struct Columns {
    settled: Vec<Column>,
    seen: Vec<Column>,
    place: usize,
    /// Widths of name and note, now and in the picture before.
    given: [[f32; 2]; 2],
}

impl Columns {
    /// Widths of the fields for name and note in so much room.
    pub fn fields(&mut self, room: f32) -> [f32; 2] {
        let contents = self.settled.iter().map(|column| match column {
            Column::Content(width) => *width,
            Column::Field => 0.0,
        });
        let rest = room - contents.sum::<f32>() - SPACING * self.settled.len().saturating_sub(1) as f32;
        let rest = rest.max(0.0);
        let name = (NAMES * rest).clamp(NAME[0], NAME[1]);
        let given = [name, (rest - name).clamp(NOTE[0], NOTE[1])].map(f32::floor);
        self.given = [given, self.given[0]];
        given
    }

    /// Before the first row.
    pub fn begin(&mut self) {
        self.seen.clear();
        self.place = 0;
    }

    /// A cell of the present row.
    pub fn saw(&mut self, cell: &Response) {
        self.take(Column::Content(cell.rect.width()));
    }

    /// A cell of the present row whose width [`Columns::fields`] has given.
    pub fn field(&mut self) {
        self.take(Column::Field);
    }

    /// After the last cell of a row.
    pub fn end_row(&mut self) {
        self.place = 0;
    }

    /// After the last row: where the columns are not those that the fields were given their widths by, or the fields are not
    /// those that the grid has drawn before, the frame is drawn again before anybody sees it.
    pub fn end(&mut self, ui: &Ui) {
        if self.seen != self.settled || self.given[0] != self.given[1] {
            self.settled.clone_from(&self.seen);
            ui.ctx().request_discard("the columns of the list have other widths");
        }
    }

    fn take(&mut self, column: Column) {
        match (self.seen.get_mut(self.place), column) {
            (None, _) => self.seen.push(column),
            (Some(Column::Content(width)), Column::Content(cell)) => *width = width.max(cell),
            (Some(seen), _) => *seen = column,
        }
        self.place += 1;
    }
}
