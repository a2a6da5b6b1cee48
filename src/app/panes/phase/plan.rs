//! Which grid to train: fields, ends, spacing and number of values.

use eframe::egui::{ComboBox, Grid, Popup, PopupCloseBehavior, Response, RichText, Ui, vec2};

use crate::app::look::numbers;
use crate::app::look::titles;
use crate::app::look::words::say;
use crate::app::panes::parts::number_field::{NumberField, Taken};
use crate::experiment::fields::{Allowed, FIELDS, Field, field};
use crate::experiment::{AxisValue, Experiment, RuleKind, Spacing, Sweep, alternatives, enumerated};
use crate::sweep;

/// A grid over the plane of Figure 4, for an experiment that names none; ends as in the presets, points chosen here so
/// that the plane is full within minutes on two cores.
pub fn standard() -> Sweep {
    Sweep {
        x: "noise.weight_sd".into(),
        x_spacing: Spacing::Squared,
        x_to: 3e-3,
        x_points: 12,
        x_squared: true,
        y: "regularizer.weight_decay".into(),
        y_spacing: Spacing::Log,
        y_from: 1e-4,
        y_to: 5e-3,
        y_points: 12,
        ..Sweep::default()
    }
}

/// Runs of a grid in the window, of which all are in each of its pictures; chosen here.
pub const MOST_RUNS: usize = 20_000;

/// Checks the plan; the grid itself, or why not.
pub fn grid(experiment: &Experiment, sweep: &Sweep) -> Result<sweep::Grid, String> {
    let grid = sweep::Grid::new(&experiment.planned(sweep.clone())).map_err(|error| error.to_string())?;
    if grid.cells() <= MOST_RUNS {
        return Ok(grid);
    }
    Err(format!(
        "{} runs are more than the {} that the window trains; hebbscope sweep takes any number",
        numbers::count(grid.cells() as u64),
        numbers::count(MOST_RUNS as u64),
    ))
}

/// A typed number of the plan: its name, and why it is refused if it is.
pub type Heard = (String, Option<String>);

/// Lets the user change the plan of a grid of this experiment; what became of typed numbers.
pub fn ui(ui: &mut Ui, plan: &mut Sweep, experiment: &Experiment) -> Vec<Heard> {
    let mut heard = Vec::new();
    Grid::new("plan of the grid").num_columns(6).min_col_width(0.0).spacing([7.0, 4.0]).show(ui, |ui| {
        for heading in ["", "Field", "from", "to", "values", "spacing"] {
            ui.label(RichText::new(heading).weak());
        }
        ui.end_row();
        let Sweep { x, x_spacing, x_from, x_to, x_points, x_values, x_squared, .. } = plan;
        ui.label("x").on_hover_text("Across.");
        axis(ui, "across", x, x_spacing, (x_from, x_to), (x_points, x_values), x_squared, experiment, &mut heard);
        let Sweep { y, y_spacing, y_from, y_to, y_points, y_values, y_squared, .. } = plan;
        ui.label("y").on_hover_text("Up.");
        axis(ui, "up", y, y_spacing, (y_from, y_to), (y_points, y_values), y_squared, experiment, &mut heard);
    });
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let label = ui.label("Seeds a point");
        whole(ui, &mut plan.seeds, (1, 100), "Seeds a point", &mut heard).labelled_by(label.id);
        ui.add_space(12.0);
        for (squared, label) in [(&mut plan.x_squared, "show x squared"), (&mut plan.y_squared, "show y squared")] {
            ui.checkbox(squared, label).on_hover_text("The axis shows the square, as σ² where the field is σ.");
        }
    });
    heard
}

#[expect(clippy::too_many_arguments, reason = "the parts of one axis, which lie side by side in the plan")]
fn axis(
    ui: &mut Ui,
    name: &str,
    path: &mut String,
    spacing: &mut Spacing,
    (from, to): (&mut f64, &mut f64),
    (points, values): (&mut usize, &mut Vec<AxisValue>),
    squared: &mut bool,
    experiment: &Experiment,
    heard: &mut Vec<Heard>,
) {
    // A symbol such as g is that of a signal, and not of the name of a rule.
    let label = |field: &Field| match alternatives(field.path) {
        Some(_) => titles::of_field(field).to_owned(),
        None => title(titles::of_field(field), field.symbol),
    };
    let shown = |path: &str| field(path).map_or_else(|| path.to_owned(), label);
    let combo = ComboBox::from_id_salt(("sweep field", name)).width(138.0).selected_text(say(&shown(path)));
    let combo = combo.show_ui(ui, |ui| {
        let numeric = FIELDS.iter().filter(|field| can_be_swept(field.path, field.allowed));
        for field in enumerated().chain(numeric) {
            let entry = ui.selectable_label(path == field.path, say(&label(field)));
            if entry.on_hover_text(say(field.doc)).clicked() && path != field.path {
                field.path.clone_into(path);
                *squared = false;
                *values = choices(field.path, experiment).into_iter().map(|(value, _)| value).collect();
                if *spacing == Spacing::Squared {
                    *spacing = Spacing::Linear;
                }
            }
        }
    });
    combo.response.accessible_name(format!("Field {name}"));
    let all = choices(path, experiment);
    if !all.is_empty() {
        names(ui, name, &all, values);
    } else if values.is_empty() {
        number(ui, from, path, format!("First value {name}"), heard);
        number(ui, to, path, format!("Last value {name}"), heard);
        let of_values = format!("Number of values {name}");
        whole(ui, points, (2, 200), &of_values, heard).accessible_name(&of_values);
        let words = |spacing| match spacing {
            Spacing::Linear => "linear",
            Spacing::Log => "logarithmic",
            Spacing::Squared => "even squares",
        };
        let combo = ComboBox::from_id_salt(("sweep spacing", name)).width(104.0).selected_text(words(*spacing));
        let combo = combo.show_ui(ui, |ui| {
            for choice in [Spacing::Linear, Spacing::Log, Spacing::Squared] {
                ui.selectable_value(spacing, choice, words(choice));
            }
        });
        combo.response.accessible_name(format!("Spacing {name}"));
    } else {
        ui.label(RichText::new(values.iter().map(numbers::axis_value).collect::<Vec<_>>().join(", ")).monospace());
        let given: Option<Vec<f64>> = values.iter().map(AxisValue::number).collect();
        if let Some(given) = given
            && ui.button("Ends instead").on_hover_text("From a first to a last value, in place of the list.").clicked()
        {
            let ends = given.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
            (*from, *to) = ends;
            *points = values.len();
            values.clear();
        }
    }
    ui.end_row();
}

/// The values of a field that takes names or true and false, as the axis and as the pane have them, that an axis may go
/// through; none of other fields.
fn choices(path: &str, experiment: &Experiment) -> Vec<(AxisValue, &'static str)> {
    let names = alternatives(path).unwrap_or_default();
    // Without an expression there is no written rule.
    let is_there = |name: &&&str| **name != "custom" || experiment.rule.kind == RuleKind::Custom;
    let value = |name: &&'static str| match *name {
        "true" => (AxisValue::Switch(true), "on"),
        "false" => (AxisValue::Switch(false), "off"),
        name => (AxisValue::Text(name.to_owned()), name),
    };
    names.iter().filter(is_there).map(value).collect()
}

/// Lets values be picked, which are in the order of the list then.
fn names(ui: &mut Ui, axis: &str, all: &[(AxisValue, &'static str)], values: &mut Vec<AxisValue>) {
    let picked: Vec<_> = all.iter().filter(|(value, _)| values.contains(value)).map(|(_, name)| *name).collect();
    let shown = if picked.is_empty() { "none".to_owned() } else { picked.join(", ") };
    let button =
        ui.button(format!("{shown} ▼")).on_hover_text("Which values the axis has: a column or row of runs each.");
    let button = button.accessible_name(format!("Values {axis}"));
    Popup::menu(&button).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        for (value, name) in all {
            let mut is_picked = values.contains(value);
            if ui.checkbox(&mut is_picked, *name).changed() {
                let stays = |other: &AxisValue| if other == value { is_picked } else { values.contains(other) };
                *values = all.iter().map(|(other, _)| other).filter(|other| stays(other)).cloned().collect();
            }
        }
    });
}

fn can_be_swept(path: &str, allowed: Allowed) -> bool {
    !path.starts_with("sweep.")
        && !path.starts_with("measure.")
        && !matches!(path, "training.seed" | "training.seeds" | "training.steps" | "training.epochs")
        && matches!(allowed, Allowed::Number { .. } | Allowed::Whole { .. })
}

fn title(label: &str, symbol: &str) -> String {
    if symbol.is_empty() { label.to_owned() } else { format!("{label} {symbol}") }
}

fn number(ui: &mut Ui, value: &mut f64, path: &str, name: String, heard: &mut Vec<Heard>) {
    let speed = (value.abs() * 0.01).max(1e-6);
    let allowed = field(path).map_or(Allowed::Any, |field| field.allowed);
    let taken = NumberField { speed, allowed, zero: None, size: vec2(70.0, 20.0) }.ui(ui, *value);
    if let Some(taken) = taken.value {
        *value = taken;
    }
    let response = hear(taken, &name, heard);
    response.accessible_name(name);
}

fn whole(ui: &mut Ui, value: &mut usize, ends: (u64, u64), name: &str, heard: &mut Vec<Heard>) -> Response {
    let allowed = Allowed::Whole { min: ends.0, max: ends.1 };
    let taken = NumberField { speed: 0.1, allowed, zero: None, size: vec2(48.0, 20.0) }.ui(ui, *value as f64);
    if let Some(taken) = taken.value {
        // A drag goes on beyond the ends.
        *value = taken.round().clamp(ends.0 as f64, ends.1 as f64) as usize;
    }
    hear(taken, name, heard)
}

fn hear(taken: Taken, name: &str, heard: &mut Vec<Heard>) -> Response {
    if taken.value.is_some() || taken.refused.is_some() {
        heard.push((name.to_owned(), taken.refused));
    }
    taken.response
}

/// The same grid with a point between every two; `None` where the values are listed.
pub fn finer(sweep: &Sweep, across: bool) -> Option<Sweep> {
    let mut finer = sweep.clone();
    let (points, values) = match across {
        true => (&mut finer.x_points, &finer.x_values),
        false => (&mut finer.y_points, &finer.y_values),
    };
    (values.is_empty() && *points >= 2).then(|| *points = 2 * *points - 1)?;
    Some(finer)
}

/// The same grid, half as wide again in its own spacing; `None` where the values are listed.
pub fn wider(sweep: &Sweep, across: bool) -> Option<Sweep> {
    let mut wider = sweep.clone();
    let (points, values, spacing, from, to) = match across {
        true => (&mut wider.x_points, &wider.x_values, wider.x_spacing, wider.x_from, &mut wider.x_to),
        false => (&mut wider.y_points, &wider.y_values, wider.y_spacing, wider.y_from, &mut wider.y_to),
    };
    if !values.is_empty() || *points < 2 {
        return None;
    }
    let more = (*points - 1).div_ceil(2);
    let share = 1.0 + more as f64 / (*points - 1) as f64;
    *to = match spacing {
        Spacing::Linear => from + (*to - from) * share,
        Spacing::Log => from * (*to / from).powf(share),
        Spacing::Squared => (from * from + (*to * *to - from * from) * share).sqrt(),
    };
    *points += more;
    Some(wider)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_been_trained_is_a_part_of_what_is_extended() {
        let before = standard();
        let values = |sweep: &Sweep| {
            let grid = grid(&Experiment::default(), sweep).expect("allowed");
            [grid.x().values.clone(), grid.y().expect("there").values.clone()]
        };
        for across in [true, false] {
            for after in [finer(&before, across), wider(&before, across)] {
                let after = after.expect("has ends");
                let (old, new) = (values(&before), values(&after));
                for (old, new) in old.iter().zip(&new) {
                    let missing: Vec<_> = old.iter().filter(|value| !new.contains(value)).collect();
                    assert!(missing.is_empty(), "{missing:?} of {old:?} in {new:?}");
                }
                assert!(new[usize::from(!across)].len() > old[usize::from(!across)].len());
            }
        }
        let listed = Sweep { x_values: vec![1.0.into(), 2.0.into()], ..before };
        assert!(finer(&listed, true).is_none() && wider(&listed, true).is_none());
    }
}
