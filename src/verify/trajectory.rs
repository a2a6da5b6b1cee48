//! What every format of trajectory files says: an experiment, what its buffers and draws are, and what must come of it.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::error::VerifyError;
use super::{layers, plain, rules};
use crate::experiment::Experiment;
use crate::input_file;

/// Values of a buffer of the program, by its name.
pub(super) type Values = Vec<(String, Vec<f64>)>;

/// One trajectory.
#[derive(Debug)]
pub struct Golden {
    pub(super) experiment: Experiment,
    /// Buffers before the first step.
    pub(super) init: Values,
    /// Examples of every step, row by row.
    pub(super) x: Vec<Vec<f64>>,
    /// Targets of every step, row by row; one-hot for classes.
    pub(super) y: Vec<Vec<f64>>,
    /// What is drawn, by stream and step; 0 of streams that are not named.
    pub(super) draws: BTreeMap<String, Vec<Vec<f64>>>,
    /// What is recorded of every step.
    pub(super) steps: Vec<Step>,
    /// Buffers after the last step.
    pub(super) last: Values,
}

/// What is recorded of a step.
#[derive(Debug, Default)]
pub(super) struct Step {
    pub(super) loss: f64,
    pub(super) penalty: Option<f64>,
    pub(super) maps: Vec<MapStep>,
    /// States after it.
    pub(super) states: Values,
}

/// What is recorded of a map; cosines are 0 where they are undefined.
#[derive(Debug, Default)]
pub(super) struct MapStep {
    pub(super) signal_hebb: f64,
    pub(super) full_hebb: f64,
    pub(super) signal_hebb_rows: Vec<f64>,
    pub(super) full_hebb_rows: Vec<f64>,
    pub(super) signal_norm: f64,
    pub(super) weight_norm: f64,
    pub(super) hebbian_norm: Option<f64>,
    pub(super) signal_hebb_post: Option<f64>,
    pub(super) signal_neggrad: Option<f64>,
    pub(super) neggrad_hebb: Option<f64>,
    pub(super) mean_signal_dot_hebbian: Option<f64>,
    /// Whether that is of signals that are clipped as their mean is.
    pub(super) is_clipped_product: bool,
    /// Cosines and norm with the Hebbian update of connections that do not exist, too.
    pub(super) dense: Option<[f64; 3]>,
}

impl Golden {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// When it cannot be read, is no trajectory, or its parts do not fit each other.
    pub fn read(path: &Path) -> Result<Self, VerifyError> {
        let text = input_file::read_text(path, input_file::TRAJECTORY)
            .map_err(|source| VerifyError::Read { path: path.into(), source })?;
        let format = |message: String| VerifyError::Format { path: path.into(), message };
        let whole: Value = serde_json::from_str(&text).map_err(|e| format(e.to_string()))?;
        let is_custom = whole.pointer("/config/rule").and_then(Value::as_str) == Some("custom");
        let golden = match whole.pointer("/config/model") {
            Some(_) => layers::read(&whole),
            None if is_custom => rules::read(&text, &whole),
            None => plain::read(&text),
        };
        let golden = golden.map_err(format)?;
        golden.check().map_err(format)?;
        Ok(golden)
    }

    /// What every format asks for, of an experiment whose sizes have been checked.
    fn check(&self) -> Result<(), String> {
        let steps = self.steps.len();
        let expect = |what: &str, found: usize, wanted: usize| {
            if found == wanted { Ok(()) } else { Err(format!("{what}: found {found}, expected {wanted}")) }
        };
        expect("x: steps", self.x.len(), steps)?;
        expect("y: steps", self.y.len(), steps)?;
        let batch = self.experiment.training.batch_size;
        for x in &self.x {
            expect("x: values of a step", x.len(), batch * self.experiment.input_width())?;
        }
        for y in &self.y {
            expect("y: values of a step", y.len(), batch * self.experiment.output_width())?;
        }
        let shapes = self.experiment.maps();
        for step in &self.steps {
            expect("steps: layers", step.maps.len(), shapes.len())?;
            for (map, shape) in step.maps.iter().zip(&shapes) {
                expect("steps: signal_hebb_rows", map.signal_hebb_rows.len(), shape.outputs)?;
                expect("steps: full_hebb_rows", map.full_hebb_rows.len(), shape.outputs)?;
            }
        }
        for (stream, steps_of_stream) in &self.draws {
            expect(&format!("extra: steps of {stream}"), steps_of_stream.len(), steps)?;
        }
        Ok(())
    }
}
