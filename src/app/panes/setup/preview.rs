//! The beginning of own data, so that one sees what will be learnt from what.

use eframe::egui::{Grid, RichText, ScrollArea, Ui};

use crate::app::look::numbers;
use crate::app::look::words;
use crate::experiment::Experiment;
use crate::tables::{Answer, Sample};

/// Classes that are named, with their rows.
const NAMED: usize = 8;

/// How much there is, and the first rows.
pub fn ui(ui: &mut Ui, experiment: &Experiment, sample: &Sample) {
    ui.add_space(4.0);
    ui.label(RichText::new("The data").strong()).on_hover_text(&experiment.data.path);
    ui.label(words::say(&extent(experiment, sample)));
    ui.weak(ranges(sample));
    ScrollArea::horizontal().id_salt("preview of the data").show(ui, |ui| {
        Grid::new("preview of the data").striped(true).spacing([12.0, 2.0]).show(ui, |ui| {
            let columns = sample.inputs.first().map_or(0, Vec::len);
            let is_cut = columns < sample.shape.inputs;
            ui.weak("row");
            for column in 1..=columns {
                ui.weak(format!("input {column}"));
            }
            if is_cut {
                ui.weak("…");
            }
            ui.weak(if sample.shape.classes.is_empty() { "→ target" } else { "→ class" });
            ui.end_row();
            for (row, (inputs, answer)) in sample.inputs.iter().zip(&sample.answers).enumerate() {
                ui.weak((row + 1).to_string());
                for value in inputs {
                    ui.monospace(numbers::measured(f64::from(*value)));
                }
                if is_cut {
                    ui.label("…");
                }
                ui.monospace(answered(answer, sample));
                ui.end_row();
            }
        });
    });
    ui.separator();
}

fn extent(experiment: &Experiment, sample: &Sample) -> String {
    let count = |count: usize| numbers::count(count as u64);
    let shape = &sample.shape;
    let learnt = match shape.classes.len() {
        0 => format!("{} {}", count(shape.outputs), if shape.outputs == 1 { "target" } else { "targets" }),
        classes => format!("{} classes", count(classes)),
    };
    let data = &experiment.data;
    format!(
        "{} rows of {} {} and {learnt}: {} for training, {} for validation",
        count(shape.rows),
        count(shape.inputs),
        if shape.inputs == 1 { "input" } else { "inputs" },
        count(data.train_examples),
        count(data.validation_examples),
    )
}

fn ranges(sample: &Sample) -> String {
    let range = |(low, high): (f32, f32)| {
        format!("{} to {}", numbers::measured(f64::from(low)), numbers::measured(f64::from(high)))
    };
    let mut text = format!("Inputs from {}", range(sample.input_range));
    if let Some(targets) = sample.target_range {
        text.push_str(&format!(", targets from {}", range(targets)));
    }
    let classes = sample.shape.classes.iter().zip(&sample.class_counts);
    let named: Vec<_> =
        classes.take(NAMED).map(|(name, rows)| format!("{name} ({})", numbers::count(*rows as u64))).collect();
    if !named.is_empty() {
        let more = if sample.shape.classes.len() > NAMED { ", …" } else { "" };
        text.push_str(&format!("; rows of each class: {}{more}", named.join(", ")));
    }
    text
}

fn answered(answer: &Answer, sample: &Sample) -> String {
    match answer {
        Answer::Class(place) => sample.shape.classes.get(*place).cloned().unwrap_or_default(),
        Answer::Values(values) => {
            let shown: Vec<_> = values.iter().map(|value| numbers::measured(f64::from(*value))).collect();
            let more = if values.len() < sample.shape.outputs { " …" } else { "" };
            format!("{}{more}", shown.join("  "))
        }
    }
}
