//! What a table looks like: its first rows, and what its values are like as a whole.

use super::{Request, Shape, Sink, TableError, read};

/// Rows that are kept.
const ROWS: usize = 5;
/// Values of a row that are kept.
const COLUMNS: usize = 6;

/// The beginning of a table, with its extent.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// How much there is.
    pub shape: Shape,
    /// First inputs of the first rows.
    pub inputs: Vec<Vec<f32>>,
    /// What these rows lead to: first values, or the place of the class among the shape's classes.
    pub answers: Vec<Answer>,
    /// Least and greatest input.
    pub input_range: (f32, f32),
    /// Least and greatest value that is learnt, where values are.
    pub target_range: Option<(f32, f32)>,
    /// Rows of each class, in the order of the shape's classes.
    pub class_counts: Vec<usize>,
}

/// What a row leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Values.
    Values(Vec<f32>),
    /// A class, by its place.
    Class(usize),
}

impl Sample {
    /// Reads a table once.
    ///
    /// # Errors
    /// As [`read`].
    pub fn of(request: Request<'_>) -> Result<Self, TableError> {
        let mut seen = Seen::default();
        let shape = read(request, &mut seen)?;
        let rank = |class: &u8| shape.ranks.get(usize::from(*class)).map_or(0, |rank| usize::from(*rank));
        let rows = shape.rows.min(ROWS);
        let answers = (0..rows).map(|row| match shape.classes.is_empty() {
            true => Answer::Values(seen.targets.get(row).cloned().unwrap_or_default()),
            false => Answer::Class(seen.labels.get(row).map_or(0, rank)),
        });
        let answers = answers.collect();
        let mut class_counts = vec![0; shape.classes.len()];
        for (class, count) in seen.counts.iter().enumerate() {
            if let Some(place) = shape.ranks.get(class).and_then(|rank| class_counts.get_mut(usize::from(*rank))) {
                *place = *count;
            }
        }
        seen.inputs.truncate(rows);
        Ok(Self {
            answers,
            inputs: seen.inputs,
            input_range: seen.input_range.unwrap_or((0.0, 0.0)),
            target_range: seen.target_range,
            class_counts,
            shape,
        })
    }
}

#[derive(Default)]
struct Seen {
    inputs: Vec<Vec<f32>>,
    targets: Vec<Vec<f32>>,
    labels: Vec<u8>,
    counts: Vec<usize>,
    input_range: Option<(f32, f32)>,
    target_range: Option<(f32, f32)>,
}

fn keep(rows: &mut Vec<Vec<f32>>, row: usize, column: usize, value: f32) {
    if row >= ROWS || column >= COLUMNS {
        return;
    }
    if rows.len() <= row {
        rows.resize(row + 1, Vec::new());
    }
    let values = &mut rows[row];
    if values.len() <= column {
        values.resize(column + 1, f32::NAN);
    }
    values[column] = value;
}

fn widen(range: &mut Option<(f32, f32)>, value: f32) {
    let (low, high) = range.unwrap_or((value, value));
    *range = Some((low.min(value), high.max(value)));
}

impl Sink for Seen {
    fn input(&mut self, row: usize, column: usize, value: f32) {
        keep(&mut self.inputs, row, column, value);
        widen(&mut self.input_range, value);
    }

    fn target(&mut self, row: usize, column: usize, value: f32) {
        keep(&mut self.targets, row, column, value);
        widen(&mut self.target_range, value);
    }

    fn label(&mut self, row: usize, class: u8) {
        if row < ROWS {
            if self.labels.len() <= row {
                self.labels.resize(row + 1, 0);
            }
            self.labels[row] = class;
        }
        let class = usize::from(class);
        if self.counts.len() <= class {
            self.counts.resize(class + 1, 0);
        }
        self.counts[class] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::Answers;

    #[test]
    fn a_table_is_known_by_its_first_rows_and_its_ranges() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("own.csv");
        std::fs::write(&path, "x,kind,y\n1,b,0.5\n-2,a,4\n3,b,1\n").expect("written");
        let request = |answers| Request { path: &path, inputs: &[], answers };
        let inputs = ["x".to_owned()];
        let by_label = Request { inputs: &inputs, ..request(Answers::Label("kind")) };
        let sample = Sample::of(by_label).expect("sound");
        assert_eq!((sample.shape.rows, sample.shape.classes.clone()), (3, vec!["a".to_owned(), "b".into()]));
        assert_eq!(sample.inputs, [[1.0], [-2.0], [3.0]]);
        assert_eq!(sample.answers, [Answer::Class(1), Answer::Class(0), Answer::Class(1)]);
        assert_eq!((sample.class_counts, sample.input_range, sample.target_range), (vec![1, 2], (-2.0, 3.0), None));
        let targets = ["y".to_owned()];
        let by_value = Request { inputs: &inputs, ..request(Answers::Columns(&targets)) };
        let sample = Sample::of(by_value).expect("sound");
        assert_eq!(sample.answers, [0.5, 4.0, 1.0].map(|y| Answer::Values(vec![y])));
        assert_eq!(sample.target_range, Some((0.5, 4.0)));
        assert!(Sample::of(request(Answers::Label("none"))).is_err());
    }
}
