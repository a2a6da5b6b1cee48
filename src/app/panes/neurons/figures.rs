//! What is counted of a neuron, beside the same averaged over its layer.

use eframe::egui::{FontId, Grid, RichText, Ui};

use crate::app::look::numbers;
use crate::app::look::words;
use crate::record::{Dwell, NeuronStatistics};

/// Numbers of one neuron, or means over the neurons of a layer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// Mean of the cosine.
    pub mean: Option<f64>,
    /// Share of the defined steps with a positive cosine.
    pub hebbian: Option<f64>,
    /// Changes of sign in 1,000 steps.
    pub flips: Option<f64>,
    /// Mean and longest Hebbian phase in steps.
    pub hebbian_phase: [Option<f64>; 2],
    /// Mean and longest anti-Hebbian phase in steps.
    pub anti_hebbian_phase: [Option<f64>; 2],
}

impl Figures {
    /// Of one neuron, counted until `last_step`.
    #[must_use]
    pub fn of(statistics: &NeuronStatistics, last_step: u64) -> Self {
        let steps = last_step.saturating_sub(statistics.first_step) + 1;
        let phase = |dwell: &Dwell| [dwell.mean(), (dwell.count > 0).then_some(dwell.max as f64)];
        Self {
            mean: statistics.mean,
            hebbian: statistics.hebbian_fraction,
            flips: (statistics.defined > 0).then(|| 1000.0 * statistics.flips as f64 / steps as f64),
            hebbian_phase: phase(&statistics.hebbian),
            anti_hebbian_phase: phase(&statistics.anti_hebbian),
        }
    }

    /// Means over neurons, each leaving out those without a value.
    #[must_use]
    pub fn over(neurons: &[NeuronStatistics], last_step: u64) -> Self {
        let all: Vec<Self> = neurons.iter().map(|statistics| Self::of(statistics, last_step)).collect();
        let mean = |value: fn(&Self) -> Option<f64>| {
            let values = all.iter().filter_map(value);
            let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
            (count > 0).then(|| sum / f64::from(count))
        };
        Self {
            mean: mean(|f| f.mean),
            hebbian: mean(|f| f.hebbian),
            flips: mean(|f| f.flips),
            hebbian_phase: [mean(|f| f.hebbian_phase[0]), mean(|f| f.hebbian_phase[1])],
            anti_hebbian_phase: [mean(|f| f.anti_hebbian_phase[0]), mean(|f| f.anti_hebbian_phase[1])],
        }
    }

    /// Names, values and what they mean, in the order in which they are shown.
    #[must_use]
    pub fn lines(&self) -> [Line; 7] {
        let cosine = |value: f64| numbers::cosine(value);
        let steps = |name, value, explanation| Line { name, unit: "steps", text: text(value, length), explanation };
        [
            Line {
                name: "Mean cosine",
                unit: "",
                text: text(self.mean, cosine),
                explanation: "Mean of cos θ_i over all steps at which it is defined.",
            },
            Line {
                name: "Hebbian steps",
                unit: "",
                text: text(self.hebbian, |share| format!("{:.1} %", 100.0 * share)),
                explanation: "Share of the defined steps with cos θ_i > 0.",
            },
            Line {
                name: "Flips in 1,000",
                unit: "",
                text: text(self.flips, |flips| format!("{flips:.1}")),
                explanation: "Changes of the sign of cos θ_i in 1,000 steps; changes between two measured steps are \
                              missed.",
            },
            steps(
                "Hebbian, mean",
                self.hebbian_phase[0],
                "Mean length of Hebbian phases in steps: from the step at which cos θ_i becomes positive to that at \
                 which it becomes negative. The present phase does not count.",
            ),
            steps("Hebbian, longest", self.hebbian_phase[1], "The longest Hebbian phase that has ended, in steps."),
            steps(
                "Anti-Heb., mean",
                self.anti_hebbian_phase[0],
                "Mean length of anti-Hebbian phases in steps: from the step at which cos θ_i becomes negative to that \
                 at which it becomes positive. The present phase does not count.",
            ),
            steps(
                "Anti-Heb., longest",
                self.anti_hebbian_phase[1],
                "The longest anti-Hebbian phase that has ended, in steps.",
            ),
        ]
    }
}

/// A number with its name.
pub struct Line {
    /// Name.
    pub name: &'static str,
    /// Unit; empty where the value has its own or needs none.
    pub unit: &'static str,
    /// Value, or a dash.
    pub text: String,
    /// Definition.
    pub explanation: &'static str,
}

fn text(value: Option<f64>, write: impl Fn(f64) -> String) -> String {
    value.map_or_else(|| "–".into(), write)
}

fn length(steps: f64) -> String {
    if steps < 1000.0 {
        format!("{steps:.1}")
    } else if steps < 999_999.5 {
        numbers::count(steps.round() as u64)
    } else {
        format!("{:.1}M", steps / 1e6)
    }
}

/// Columns of numbers that do not move.
pub fn table(ui: &mut Ui, columns: &[(&str, Figures)]) {
    let ink = ui.visuals().weak_text_color();
    let small = |text: &str| RichText::new(text.to_owned()).font(FontId::proportional(11.0)).color(ink);
    Grid::new("figures")
        .num_columns(columns.len() + 1)
        .min_col_width(0.0)
        .min_row_height(14.0)
        .spacing([4.0, 1.0])
        .show(ui, |ui| {
            ui.label("");
            for (name, _) in columns {
                ui.label(small(&format!("{:>7}", words::say(name))).monospace().size(11.0));
            }
            ui.end_row();
            let lines: Vec<[Line; 7]> = columns.iter().map(|(_, figures)| figures.lines()).collect();
            let mut unit = "";
            for i in 0..7 {
                // What is counted in one unit stands below its name.
                if lines[0][i].unit != unit {
                    unit = lines[0][i].unit;
                    ui.label(small(&words::say(&format!("Phases, in {unit}"))));
                    ui.end_row();
                }
                for (column, line) in lines.iter().map(|lines| &lines[i]).enumerate() {
                    if column == 0 {
                        ui.label(small(&words::say(line.name))).on_hover_text(words::say(line.explanation));
                    }
                    let number = RichText::new(format!("{:>7}", line.text)).font(FontId::monospace(11.0));
                    let number = if column == 0 { number.strong() } else { number };
                    ui.label(number).on_hover_text(words::say(line.explanation));
                }
                ui.end_row();
            }
        });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{NeuronReading, NeuronRows, NeuronStore};

    #[test]
    fn figures_of_a_known_signal() {
        let mut store = NeuronStore::new(&[(1, 2)], 0, 10);
        // The first neuron: three steps Hebbian, one anti-Hebbian, again and again; the second has no cosine.
        for step in 0..2000_u64 {
            let rows = [if step % 4 == 3 { -0.5 } else { 0.5 }, f32::NAN];
            store.push(step, NeuronRows { signal: &rows, full: &rows, forces: None });
        }
        let all: Vec<_> = (0..2).filter_map(|n| store.statistics(1, n, NeuronReading::Signal)).collect();
        let first = Figures::of(&all[0], 1999);
        // 500 phases of either sign; the last one goes on. 999 flips in 2,000 steps.
        assert_eq!(first.hebbian, Some(0.75));
        assert_eq!(first.flips, Some(499.5));
        assert_eq!((first.hebbian_phase, first.anti_hebbian_phase), ([Some(3.0); 2], [Some(1.0); 2]));
        assert_eq!(Figures::of(&all[1], 1999), Figures::default());
        assert_eq!(Figures::over(&all, 1999), first, "neurons without a value do not count");
        let texts = first.lines().map(|line| line.text);
        assert_eq!(texts, ["+0.250", "75.0 %", "499.5", "3.0", "3.0", "1.0", "1.0"]);
        assert!(Figures::default().lines().iter().all(|line| line.text == "–"));
    }
}
