//! One measured step of one seed.

use serde::{Deserialize, Serialize};

/// Names of the values of a [`Row`], the same for a whole run.
///
/// `train_loss, validation_loss, validation_accuracy`, then for each measured layer k the run folder's columns
/// `signal_k, full_k, weight_norm_k, signal_norm_k, hebbian_norm_k, stationarity_gap_k`, then what goes beyond the
/// contract (`averaged_k`, `neggrad_k`, ...).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Columns {
    names: Vec<String>,
    /// Layers of a network whose columns are named after its maps, with the names.
    labels: Vec<(usize, String)>,
}

impl Columns {
    /// From names, in the order of the values.
    #[must_use]
    pub fn new(names: Vec<String>) -> Self {
        Self { names, labels: Vec::new() }
    }

    /// As [`Self::new`], for names that end in a map's label (`signal_encoder_1_query`) in place of a layer's number.
    #[must_use]
    pub fn labelled(names: Vec<String>, labels: Vec<(usize, String)>) -> Self {
        Self { names, labels }
    }

    /// Every name once, of several stretches of a run, those of the first one first.
    pub(super) fn joined<'a>(all: impl Iterator<Item = &'a Self>) -> Self {
        let mut joined = Self::default();
        for columns in all {
            joined
                .names
                .extend(columns.names.iter().filter(|name| !joined.names.contains(name)).cloned().collect::<Vec<_>>());
            if joined.labels.is_empty() {
                joined.labels.clone_from(&columns.labels);
            }
        }
        joined
    }

    /// These columns, and behind them those that only the others have.
    #[must_use]
    pub fn and(&self, others: &Self) -> Self {
        Self::joined([self, others].into_iter())
    }

    /// Those of these columns whose names are chosen.
    #[must_use]
    pub fn only(&self, is_chosen: impl FnMut(&String) -> bool) -> Self {
        let mut is_chosen = is_chosen;
        let names = self.names.iter().filter(|name| is_chosen(name)).cloned().collect();
        Self { names, labels: self.labels.clone() }
    }

    /// The names.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Position of a name among the values; a layer may be named by its number in any case, as in `signal_2`.
    #[must_use]
    pub fn index(&self, name: &str) -> Option<usize> {
        let exact = self.names.iter().position(|n| n == name);
        exact.or_else(|| {
            let (what, number) = name.rsplit_once('_')?;
            let number = number.parse::<usize>().ok()?;
            let (_, label) = self.labels.iter().find(|(layer, _)| *layer == number)?;
            self.names.iter().position(|n| n.strip_prefix(what).and_then(|rest| rest.strip_prefix('_')) == Some(label))
        })
    }

    /// Layers whose alignment is among the values, counted from 1, with its place.
    pub fn alignments(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.names.iter().enumerate().filter_map(|(place, name)| {
            let label = name.strip_prefix("signal_")?;
            let named = self.labels.iter().find(|(_, known)| known == label).map(|(layer, _)| *layer);
            Some((named.or_else(|| label.parse().ok())?, place))
        })
    }

    /// What the layer is called in running text whose columns end in this label.
    pub(super) fn title_of_label(&self, label: &str) -> String {
        if self.labels.iter().any(|(_, known)| known == label) {
            label.replace('_', " ")
        } else {
            format!("layer {label}")
        }
    }

    /// What a layer is called in running text: `layer 2`, `encoder 1 query`.
    #[must_use]
    pub fn title(&self, layer: usize) -> String {
        let label = self.labels.iter().find(|(number, _)| *number == layer).map(|(_, label)| label.replace('_', " "));
        label.unwrap_or_else(|| format!("layer {layer}"))
    }
}

/// One measured step of one seed; `None` where a value is undefined or was not measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Step, counted from 0; values are those before its update.
    pub step: u64,
    /// Pass over the training set, counted from 0.
    pub epoch: u64,
    /// Seed.
    pub seed: u64,
    /// Values in the order of [`Columns`].
    pub values: Vec<Option<f32>>,
}
