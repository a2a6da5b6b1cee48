//! The grid: which cells there are, what each trains, and by which key its result is known.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::error::SweepError;
use crate::experiment::fields::{Change, Field};
use crate::experiment::{AlignmentReading, AxisValue, ConfigError, Experiment, Recorded, Sweep, SweepAxis};
use crate::record::Columns;

/// All cells of an experiment's `[sweep]`.
///
/// Cells count seed by seed, within a seed row by row (vertical axis), within a row column by column.
#[derive(Clone, Debug)]
pub struct Grid {
    experiment: Experiment,
    sweep: Sweep,
    axes: Vec<SweepAxis>,
    seeds: Vec<u64>,
    names: Columns,
    /// The layer, counted from 1, that each of them is of.
    layers_of_names: Vec<Option<usize>>,
    /// Of what the cells have in common that differ in numbers alone: one for each combination of values that are none.
    bases: Vec<[u8; 32]>,
}

/// Where a cell lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Along the horizontal axis, from 0.
    pub column: usize,
    /// Along the vertical axis, from 0.
    pub row: usize,
    /// Among the seeds, from 0.
    pub seed_place: usize,
}

impl Grid {
    /// The grid of an experiment.
    ///
    /// # Errors
    /// When it has none, or the experiment is not allowed.
    pub fn new(experiment: &Experiment) -> Result<Self, SweepError> {
        experiment.validate()?;
        let sweep = experiment.sweep.clone().ok_or_else(|| SweepError::NoSweep(experiment.name.clone()))?;
        let axes = sweep.axes()?;
        let first = experiment.training.seed;
        let seeds = (0..sweep.seeds as u64).map(|place| first.wrapping_add(place)).collect();
        let kinds = experiment.cells_of_categories(&axes)?;
        let named = names(experiment, &sweep, kinds.iter().any(Experiment::is_classification));
        let (names, layers_of_names): (Vec<String>, Vec<Option<usize>>) = named.into_iter().unzip();
        for kind in &kinds {
            check_recorded(kind, &sweep, &names)?;
        }
        let bases = kinds.iter().map(|kind| base_hash(kind, &sweep, &axes)).collect();
        let labels = experiment.maps().into_iter().map(|map| map.label).enumerate().map(|(at, label)| (at + 1, label));
        let labels = labels.filter(|(layer, label)| *label != layer.to_string()).collect();
        let names = Columns::labelled(names, labels);
        let grid = Self { experiment: experiment.clone(), sweep, axes, seeds, names, layers_of_names, bases };
        grid.check_distinct()?;
        Ok(grid)
    }

    /// Refuses values that are spelled otherwise and train the same, as an alternative that has two names.
    fn check_distinct(&self) -> Result<(), ConfigError> {
        let mut seen = HashMap::new();
        for cell in self.representatives() {
            let Some(first) = seen.insert(self.key(cell), cell) else { continue };
            let message = format!("trains the same as {}; one of both", self.describe(first));
            return Err(ConfigError::value("sweep", self.describe(cell), message));
        }
        Ok(())
    }

    /// The experiment, with its `[sweep]`.
    #[must_use]
    pub fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    /// `[sweep]`
    #[must_use]
    pub fn sweep(&self) -> &Sweep {
        &self.sweep
    }

    /// The axes: horizontal, then vertical if there is one.
    #[must_use]
    pub fn axes(&self) -> &[SweepAxis] {
        &self.axes
    }

    /// The horizontal axis.
    #[must_use]
    pub fn x(&self) -> &SweepAxis {
        &self.axes[0]
    }

    /// The vertical axis.
    #[must_use]
    pub fn y(&self) -> Option<&SweepAxis> {
        self.axes.get(1)
    }

    /// Values of the horizontal axis.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.axes[0].values.len()
    }

    /// Values of the vertical axis; 1 without one.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.axes.get(1).map_or(1, |axis| axis.values.len())
    }

    /// Seeds of each point.
    #[must_use]
    pub fn seeds(&self) -> &[u64] {
        &self.seeds
    }

    /// Cells: points times seeds.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.columns() * self.rows() * self.seeds.len()
    }

    /// Names of the values of an [`super::Outcome`].
    #[must_use]
    pub fn names(&self) -> &[String] {
        self.names.names()
    }

    /// Names of the values as columns of a run, with the names of its layers.
    #[must_use]
    pub fn value_columns(&self) -> &Columns {
        &self.names
    }

    /// Place of a value among those of an [`super::Outcome`]; layers may be named by their numbers.
    #[must_use]
    pub fn index(&self, name: &str) -> Option<usize> {
        self.names.index(name)
    }

    /// The layer, counted from 1, that a value of an [`super::Outcome`] is of; `None` of one that belongs to the network.
    #[must_use]
    pub fn layer_of(&self, value: usize) -> Option<usize> {
        self.layers_of_names.get(value).copied().flatten()
    }

    /// What a layer is called in running text.
    #[must_use]
    pub fn title(&self, layer: usize) -> String {
        self.names.title(layer)
    }

    /// Measured layers, counted from 1.
    #[must_use]
    pub fn layers(&self) -> Vec<usize> {
        self.experiment.measured_layers()
    }

    /// Where the `cell`-th cell lies.
    #[must_use]
    pub fn place(&self, cell: usize) -> Place {
        let (columns, rows) = (self.columns(), self.rows());
        Place { column: cell % columns, row: cell / columns % rows, seed_place: cell / (columns * rows) }
    }

    /// The cell at a place.
    #[must_use]
    pub fn cell(&self, place: Place) -> usize {
        (place.seed_place * self.rows() + place.row) * self.columns() + place.column
    }

    /// Values of the axes' fields in a cell.
    #[must_use]
    pub fn values(&self, cell: usize) -> Vec<(&'static Field, AxisValue)> {
        let place = self.place(cell);
        self.axes.iter().zip([place.column, place.row]).map(|(axis, at)| (axis.field, axis.value(at))).collect()
    }

    /// Whether an axis goes over values that are no numbers.
    #[must_use]
    pub fn has_categories(&self) -> bool {
        self.axes.iter().any(SweepAxis::is_category)
    }

    /// A cell for each combination of values that are no numbers: all else that cells differ in is numbers and seeds.
    #[must_use]
    pub fn representatives(&self) -> Vec<usize> {
        let kinds =
            |axis: Option<&SweepAxis>| axis.filter(|axis| axis.is_category()).map_or(1, |axis| axis.values.len());
        let (columns, rows) = (kinds(Some(self.x())), kinds(self.y()));
        let at = |kind: usize| Place { column: kind % columns, row: kind / columns, seed_place: 0 };
        (0..columns * rows).map(|kind| self.cell(at(kind))).collect()
    }

    /// Which combination of values that are no numbers a cell has.
    fn kind(&self, cell: usize) -> usize {
        let place = self.place(cell);
        let along = self.axes.iter().zip([place.column, place.row]).filter(|(axis, _)| axis.is_category());
        along.rev().fold(0, |kind, (axis, at)| kind * axis.values.len() + at)
    }

    /// Seed of a cell.
    #[must_use]
    pub fn seed(&self, cell: usize) -> u64 {
        self.seeds[self.place(cell).seed_place]
    }

    /// What a cell trains, as an experiment of its own: `hebbscope train` of it comes to the same numbers.
    ///
    /// # Errors
    /// When the values do not fit the rest of the experiment.
    pub fn experiment_of(&self, cell: usize) -> Result<Experiment, ConfigError> {
        self.experiment.cell(&self.values(cell), self.seed(cell))
    }

    /// A cell in words.
    #[must_use]
    pub fn describe(&self, cell: usize) -> String {
        let values: Vec<_> =
            self.values(cell).iter().map(|(field, value)| format!("{} = {value}", field.path)).collect();
        format!("cell {cell}: {}, seed {}", values.join(", "), self.seed(cell))
    }

    /// The key of a cell: what it trains and records, whatever grid it is part of. Two grids that share a cell share its
    /// key, so that a larger grid takes over what a smaller one has.
    #[must_use]
    pub fn key(&self, cell: usize) -> u64 {
        let mut hash = Sha256::new_with_prefix(self.bases[self.kind(cell)]);
        let mut values = self.values(cell);
        values.sort_by_key(|(field, _)| field.path);
        // What is no number is in the hash of what cells have in common.
        for (field, value) in values.iter().filter_map(|(field, value)| Some((field, value.number()?))) {
            hash.update(field.path.as_bytes());
            hash.update(value.to_bits().to_le_bytes());
        }
        hash.update(self.seed(cell).to_le_bytes());
        let digest = hash.finalize();
        // A digest has 32 bytes.
        u64::from_be_bytes(std::array::from_fn(|at| digest[at]))
    }

    /// Hash of the whole configuration, as `summary.json` has it of a run.
    #[must_use]
    pub fn config_hash(&self) -> String {
        self.experiment.config_hash()
    }

    /// What of the axes' fields in a cell is compiled into its program, as bits; cells of equal ones share it. Of live
    /// fields it is whether they are 0, in which case a program may do without what they scale.
    #[must_use]
    pub fn program_key(&self, cell: usize) -> Vec<u64> {
        let place = self.place(cell);
        let bits = |(axis, at): (&SweepAxis, usize)| match axis.is_category() || axis.field.change != Change::Live {
            true => axis.values[at].to_bits(),
            false => u64::from(axis.values[at] != 0.0),
        };
        self.axes.iter().zip([place.column, place.row]).map(bits).collect()
    }
}

/// Names of the values, with the layer that each is of.
fn names(experiment: &Experiment, sweep: &Sweep, has_classes: bool) -> Vec<(String, Option<usize>)> {
    let (layers, maps) = (experiment.measured_layers(), experiment.maps());
    let of_layer = |name: &str, layer: usize| (format!("{name}_{}", maps[layer - 1].label), Some(layer));
    let of_layers = |name: &str| layers.iter().map(|layer| of_layer(name, *layer)).collect::<Vec<_>>();
    let records = |what: Recorded| sweep.record.contains(&what);
    let mut names = Vec::new();
    if records(Recorded::Signal) {
        names.extend(of_layers("signal"));
    }
    if records(Recorded::Full) {
        names.extend(of_layers("full"));
    }
    if records(Recorded::ValidationLoss) {
        names.push(("validation_loss".into(), None));
    }
    if records(Recorded::Accuracy) && has_classes {
        names.push(("validation_accuracy".into(), None));
    }
    if records(Recorded::Norms) {
        names.extend(["weight_norm", "signal_norm", "hebbian_norm"].iter().flat_map(|name| of_layers(name)));
    }
    names
}

/// Refuses what would leave every cell empty.
fn check_recorded(experiment: &Experiment, sweep: &Sweep, names: &[String]) -> Result<(), ConfigError> {
    let records = |what: Recorded| sweep.record.contains(&what);
    let recorded = || format!("{:?}", sweep.record.iter().map(|what| what.name()).collect::<Vec<_>>());
    if names.is_empty() {
        let message = "there is no accuracy without classes, so that nothing would be recorded; add signal, full, \
                       validation_loss or norms";
        return Err(ConfigError::value("sweep.record", recorded(), message));
    }
    if experiment.measure.alignment == AlignmentReading::PerExample {
        if records(Recorded::Signal)
            && let Some(reason) = experiment.unread_alignment()
        {
            return Err(ConfigError::value("measure.alignment", "\"per_example\"", reason));
        }
        if sweep.record == [Recorded::Full] {
            let message = "there is no full update of single examples, which measure.alignment = \"per_example\" asks \
                           for, so that nothing would be recorded; add signal, validation_loss or norms";
            return Err(ConfigError::value("sweep.record", recorded(), message));
        }
    }
    Ok(())
}

/// Hash of all that cells have in common which differ in numbers alone: the experiment without names, seeds and the fields
/// of axes of numbers, the stop rule, and what is recorded.
fn base_hash(experiment: &Experiment, sweep: &Sweep, axes: &[SweepAxis]) -> [u8; 32] {
    let mut plain = experiment.without_place();
    plain.sweep = None;
    plain.name = String::new();
    plain.description = String::new();
    (plain.training.seed, plain.training.seeds) = (0, 1);
    let mut fields = plain.differing_fields();
    // Cells leave no snapshots.
    fields.remove("measure.snapshot_seeds");
    for axis in axes.iter().filter(|axis| !axis.is_category()) {
        fields.remove(axis.field.path);
    }
    let Sweep { stop, tolerance, gap_tolerance, min_steps, max_steps, record, .. } = sweep;
    let rule = format!("{stop:?} {tolerance:?} {gap_tolerance:?} {min_steps} {max_steps} {record:?}");
    let mut hash = Sha256::new();
    for (path, value) in &fields {
        hash.update(format!("{path} = {value}\n"));
    }
    hash.update(rule.as_bytes());
    hash.finalize().into()
}
