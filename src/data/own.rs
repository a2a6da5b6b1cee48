//! The user's own examples, from a CSV file or arrays of NumPy.

use std::path::Path;

use ndarray::Array2;
use rand::seq::SliceRandom;

use super::DataSet;
use super::content::content_of_numbers;
use super::error::DataError;
use super::regression::{allocate, flat};
use super::split::{Inputs, Split, Targets};
use crate::experiment::{Data, Experiment};
use crate::random::Stream;
use crate::tables::{self, Answers, Nowhere, Shape, Sink};

/// Classes that are named in words, at most.
const MOST_NAMED: usize = 6;

/// Examples of one purpose while they are read.
struct Part {
    inputs: Array2<f32>,
    targets: Array2<f32>,
    labels: Vec<u8>,
}

impl Part {
    fn new(field: &'static str, examples: usize, shape: &Shape) -> Result<Self, DataError> {
        let has_classes = !shape.classes.is_empty();
        let targets = if has_classes { 0 } else { shape.outputs };
        Ok(Self {
            inputs: allocate(field, examples, shape.inputs)?,
            targets: allocate(field, examples, targets)?,
            labels: if has_classes { vec![0; examples] } else { Vec::new() },
        })
    }

    fn finished(self, shape: &Shape) -> Split {
        let targets = match shape.classes.len() {
            0 => Targets::Values(self.targets),
            classes => {
                let rank = |label: u8| shape.ranks.get(usize::from(label)).copied().unwrap_or(0);
                Targets::Classes { labels: self.labels.into_iter().map(rank).collect(), classes }
            }
        };
        Split { inputs: Inputs::Real(self.inputs), targets }
    }
}

/// Puts rows where the split has them.
struct Rows {
    /// Place of each row of the file, training examples first.
    places: Vec<u32>,
    parts: [Part; 2],
}

impl Rows {
    /// The part that a row belongs to and its place there; `None` where it is not used.
    fn part(&mut self, row: usize) -> Option<(&mut Part, usize)> {
        let place = *self.places.get(row)? as usize;
        let [train, validation] = &mut self.parts;
        let first = train.inputs.nrows();
        match place.checked_sub(first) {
            None => Some((train, place)),
            Some(place) => (place < validation.inputs.nrows()).then_some((validation, place)),
        }
    }
}

impl Sink for Rows {
    fn input(&mut self, row: usize, column: usize, value: f32) {
        let to = self.part(row).and_then(|(part, place)| part.inputs.get_mut((place, column)));
        to.into_iter().for_each(|to| *to = value);
    }

    fn target(&mut self, row: usize, column: usize, value: f32) {
        let to = self.part(row).and_then(|(part, place)| part.targets.get_mut((place, column)));
        to.into_iter().for_each(|to| *to = value);
    }

    fn label(&mut self, row: usize, class: u8) {
        let to = self.part(row).and_then(|(part, place)| part.labels.get_mut(place));
        to.into_iter().for_each(|to| *to = class);
    }
}

/// Reads the file twice: to see what there is, before there is memory for it, and to take it.
pub(super) fn load(experiment: &Experiment) -> Result<DataSet, DataError> {
    let data = &experiment.data;
    let request = data.request().map_err(DataError::Config)?;
    let shape = tables::read(request, &mut Nowhere).map_err(DataError::Table)?;
    for (field, asked, found) in
        [("data.input_size", data.input_size, shape.inputs), ("data.output_size", data.output_size, shape.outputs)]
    {
        if asked != found {
            return Err(DataError::Width { field, asked, found, path: data.path.clone().into() });
        }
    }
    let [train, validation] = [data.train_examples, data.validation_examples];
    for (field, asked, other) in
        [("data.validation_examples", validation, 0), ("data.train_examples", train, validation)]
    {
        let available = shape.rows.saturating_sub(other);
        if asked > available {
            let beside = if other == 0 { String::new() } else { format!(" beside {other} validation examples") };
            return Err(DataError::Examples { field, asked, available, place: format!("{}{beside}", data.path) });
        }
    }
    let mut rows = Rows {
        places: places(shape.rows, data.split_seed),
        parts: [
            Part::new("data.train_examples", train, &shape)?,
            Part::new("data.validation_examples", validation, &shape)?,
        ],
    };
    if tables::read(request, &mut rows).map_err(DataError::Table)? != shape {
        let source = std::io::Error::other("it was changed while it was read");
        return Err(DataError::Read { path: data.path.clone().into(), source });
    }
    let [mut train, mut validation] = rows.parts.map(|part| part.finished(&shape));
    let content = content_of_numbers([&train, &validation]);
    if let Some(asked) = data.content.as_ref().filter(|asked| asked.is_other(&content)) {
        return Err(DataError::Content { path: data.path.clone().into(), asked: asked.clone(), found: content });
    }
    if data.standardize {
        standardize(&mut train, &mut validation);
    }
    let source = source(data, request.answers, &shape);
    Ok(DataSet { train, validation, source, notice: None, content: Some(content) })
}

/// Where each row goes.
fn places(rows: usize, seed: u64) -> Vec<u32> {
    // As many rows as an index has numbers for.
    let mut order: Vec<u32> = (0..).take(rows).collect();
    order.shuffle(&mut Stream::new(seed, "file/split").words(0));
    let mut places = vec![0; rows];
    for (place, row) in (0..).zip(order) {
        places[row as usize] = place;
    }
    places
}

/// Mean 0 and SD 1 of each input over the training examples; 0 throughout where it is the same in all of them.
fn standardize(train: &mut Split, validation: &mut Split) {
    let (Inputs::Real(train), Inputs::Real(validation)) = (&mut train.inputs, &mut validation.inputs) else { return };
    let (count, width) = (train.nrows() as f64, train.ncols());
    let mut means = vec![0.0_f64; width];
    let mut deviations = vec![0.0_f64; width];
    let first = train.row(0).to_owned();
    let mut varies = vec![false; width];
    for row in train.rows() {
        for (column, value) in row.iter().enumerate() {
            means[column] += f64::from(*value) / count;
            varies[column] |= *value != first[column];
        }
    }
    for row in train.rows() {
        for (column, value) in row.iter().enumerate() {
            deviations[column] += (f64::from(*value) - means[column]).powi(2) / count;
        }
    }
    for (place, value) in flat(train).iter_mut().chain(flat(validation)).enumerate() {
        let column = place % width;
        let (mean, deviation) = (means[column], deviations[column].sqrt());
        *value = if varies[column] { ((f64::from(*value) - mean) / deviation) as f32 } else { 0.0 };
    }
}

fn source(data: &Data, answers: Answers<'_>, shape: &Shape) -> String {
    let named = |path: &Path| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let mut classes = shape.classes.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join(", ");
    if shape.classes.len() > MOST_NAMED {
        classes.push_str(", ...");
    }
    let outputs = shape.outputs;
    let learnt = match answers {
        Answers::Columns(names) if names.len() <= MOST_NAMED => format!("target {}", names.join(", ")),
        Answers::Columns(_) => format!("{outputs} targets"),
        Answers::Values(path) => format!("{outputs} targets of {}", named(path)),
        Answers::Label(name) => format!("{outputs} classes of {name} ({classes})"),
        Answers::Labels(path) => format!("{outputs} classes of {} ({classes})", named(path)),
    };
    let standardized = if data.standardize { ", standardised" } else { "" };
    let [train, validation] = [data.train_examples, data.validation_examples];
    format!(
        "own data, {}: {} inputs{standardized}, {learnt}, {train} + {validation} of {} rows",
        data.path, shape.inputs, shape.rows
    )
}
