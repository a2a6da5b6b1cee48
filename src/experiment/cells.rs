//! The cells of a sweep as experiments of their own, and the check that they are allowed.

use toml::Table;

use super::axis::{AxisValue, SweepAxis};
use super::config::Experiment;
use super::error::ConfigError;
use super::fields::Field;
use super::given::{self, ACTIVATION, RULE, TEACHER_ACTIVATION};
use super::load::{from_table, insert, take_rule};

/// Values of the axes' fields in a cell.
type Values = Vec<(&'static Field, AxisValue)>;

impl Experiment {
    /// The experiment of one cell, which is what these settings would come to if they were given with all others: without
    /// `[sweep]`, a single seed, the axes' fields set. Another rule brings its own defaults, over all but what somebody
    /// gave; a teacher that follows the network's activation does so in each cell.
    ///
    /// # Errors
    /// When the values do not fit the rest of the experiment.
    pub fn cell(&self, values: &[(&'static Field, AxisValue)], seed: u64) -> Result<Self, ConfigError> {
        let mut cell = self.clone();
        let sweep = cell.sweep.take();
        cell.training.seeds = 1;
        cell.training.seed = seed;
        let mut table = Table::try_from(&cell)
            .map_err(|e| ConfigError::value("sweep", "a cell", format!("cannot be written as TOML: {e}")))?;
        let given = sweep.and_then(|sweep| sweep.given);
        let of = |path: &str| values.iter().find(|(field, _)| field.path == path);
        // The rule first: it brings other fields with it, which may be swept too.
        if let Some((_, AxisValue::Text(rule))) = of(RULE) {
            let kept = given::parsed(given.as_deref().unwrap_or_default())?;
            take_rule(&mut table, rule, kept.into_iter().filter(|(path, _)| given::is_of_rule(path)))?;
        }
        if of(ACTIVATION).is_some() {
            let follows = match &given {
                Some(given) => !given::parsed(given)?.contains_key(TEACHER_ACTIVATION),
                None => self.data.teacher_activation == Some(self.model.activation),
            };
            if follows && let Some(data) = table.get_mut("data").and_then(toml::Value::as_table_mut) {
                data.remove("teacher_activation");
            }
        }
        for (field, value) in values {
            insert(&mut table, field.path, value.to_toml(field))?;
        }
        let cell = from_table("setting", table)?;
        cell.validate()?;
        Ok(cell)
    }

    /// For each combination of the axes' values that are no numbers the cell in which numbers have their first value: all
    /// else that cells can differ in is numbers. The experiment itself where there are only numbers.
    ///
    /// # Errors
    /// As [`Self::cell`].
    pub fn cells_of_categories(&self, axes: &[SweepAxis]) -> Result<Vec<Self>, ConfigError> {
        if !axes.iter().any(SweepAxis::is_category) {
            return Ok(vec![self.clone()]);
        }
        let values = |axis: &SweepAxis| {
            let count = if axis.is_category() { axis.values.len() } else { 1 };
            (0..count).map(|at| axis.value(at)).collect()
        };
        combinations(axes, values).iter().map(|values| self.cell(values, self.training.seed)).collect()
    }

    /// Checks `[sweep]`: the axes, and that the experiments at the ends of the axes are allowed, with each of the values
    /// that are no numbers.
    pub(super) fn check_sweep(&self) -> Result<(), ConfigError> {
        let Some(sweep) = &self.sweep else { return Ok(()) };
        let axes = sweep.axes()?;
        let mut recorded = sweep.record.clone();
        recorded.sort_by_key(|one| *one as u8);
        recorded.dedup();
        if recorded.len() != sweep.record.len() || recorded.is_empty() {
            let allowed = "one or more of signal, full, validation_loss, accuracy, norms, each at most once";
            return Err(ConfigError::value("sweep.record", format!("{:?}", sweep.record), allowed));
        }
        if sweep.max_steps != 0 && sweep.min_steps > sweep.max_steps {
            let allowed = format!("at most sweep.max_steps = {}", sweep.max_steps);
            return Err(ConfigError::value("sweep.min_steps", sweep.min_steps, allowed));
        }
        given::check(sweep)?;
        let has_categories = axes.iter().any(SweepAxis::is_category);
        // Reasons why an axis changes nothing, a list an axis.
        let mut reasons: Vec<Vec<&'static str>> = vec![Vec::new(); axes.len()];
        let corners = combinations(&axes, ends);
        for corner in &corners {
            let cell = self.cell(corner, self.training.seed).map_err(|error| blamed(corner, error))?;
            for ((axis, name), reasons) in axes.iter().zip(["sweep.x", "sweep.y"]).zip(&mut reasons) {
                let reason = self.without_effect_in(&cell, axis.field.path);
                reasons.extend(reason);
                // Beside a rule that does not read the field there may be one that does.
                let is_vain = if has_categories { reasons.len() == corners.len() } else { !reasons.is_empty() };
                if let Some(reason) = reasons.first().filter(|_| is_vain) {
                    let message = format!("would make cells that are all the same: {reason}");
                    return Err(ConfigError::value(name, format!("{:?}", axis.field.path), message));
                }
            }
        }
        Ok(())
    }
}

/// Least and greatest number of an axis, or all of its values that are none.
fn ends(axis: &SweepAxis) -> Vec<AxisValue> {
    if axis.is_category() {
        return axis.categories.clone();
    }
    let (low, high) =
        axis.values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)));
    [low, high].map(AxisValue::Number).to_vec()
}

/// Every value of the first axis with every one of the second; the first changes fastest.
fn combinations(axes: &[SweepAxis], values: impl Fn(&SweepAxis) -> Vec<AxisValue>) -> Vec<Values> {
    axes.iter().fold(vec![Vec::new()], |all, axis| {
        let with = |value: AxisValue| {
            all.iter().map(move |before| {
                let mut longer: Values = before.clone();
                longer.push((axis.field, value.clone()));
                longer
            })
        };
        values(axis).into_iter().flat_map(with).collect()
    })
}

/// The error of a cell as one of the list that holds the value, or of the cell where no value is to blame by itself.
fn blamed(values: &[(&'static Field, AxisValue)], error: ConfigError) -> ConfigError {
    let (ConfigError::Field { field: of, message, .. } | ConfigError::Value { field: of, message, .. }) = &error else {
        return error;
    };
    for (name, (field, value)) in ["sweep.x_values", "sweep.y_values"].iter().zip(values) {
        if value.number().is_none() && field.path == of {
            return ConfigError::value(*name, value, format!("{of}: {message}"));
        }
    }
    let at: Vec<_> = values.iter().map(|(field, value)| format!("{} = {value}", field.path)).collect();
    ConfigError::value("sweep", at.join(", "), error.to_string())
}
