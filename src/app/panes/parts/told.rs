//! What curves show, in a sentence, for those who do not see them.

use super::readout;
use crate::app::link::Link;
use crate::app::look::numbers;

/// A curve by its name, with the column that it is made of and how its values are written.
pub struct Told {
    name: String,
    column: String,
    write: fn(f64) -> String,
    is_sparse: bool,
}

impl Told {
    /// A curve with a value at every measured step.
    pub fn new(name: impl Into<String>, column: impl Into<String>, write: fn(f64) -> String) -> Self {
        Self { name: name.into(), column: column.into(), write, is_sparse: false }
    }

    /// One with a value now and then.
    pub fn sparse(name: impl Into<String>, column: impl Into<String>, write: fn(f64) -> String) -> Self {
        Self { is_sparse: true, ..Self::new(name, column, write) }
    }
}

/// The newest values, or those of the step that is shown: means over seeds and the last `window` measured steps.
#[must_use]
pub fn newest(link: &Link, window: u64, curves: &[Told]) -> String {
    let shown = link.shown_step();
    let metrics = link.metrics();
    let store = metrics.lock();
    let value = |curve: &Told| {
        let summary = match curve.is_sparse {
            true => readout::latest(&store, &curve.column, shown),
            false => readout::recent(&store, &curve.column, window, shown),
        };
        let value = summary.map_or_else(|| "undefined".to_owned(), |s| (curve.write)(s.mean).trim().to_owned());
        format!("{} {value}", curve.name)
    };
    let values: Vec<String> = curves.iter().map(value).collect();
    let step = numbers::count(shown.unwrap_or(link.status().step));
    if values.is_empty() { "no curves are shown".to_owned() } else { format!("at step {step}: {}", values.join(", ")) }
}

/// That of the alignment of some layers.
#[must_use]
pub fn alignment(link: &Link, layers: &[usize]) -> String {
    let status = link.status();
    let curve = |layer: &usize| Told::new(status.columns.title(*layer), format!("signal_{layer}"), numbers::cosine);
    let curves: Vec<Told> = layers.iter().map(curve).collect();
    let values = newest(link, status.experiment.measure.window, &curves);
    format!("{} curves; cosine of the learning signal {values}", curves.len())
}
