//! Beside the map: numbers, phases and oscillation of the followed neuron, or how the layer's neurons are spread.

use eframe::egui::{Color32, FontId, RichText, Ui};

use super::bars;
use super::bars::Group;
use super::figures;
use super::figures::Figures;
use super::sight::Sight;
use super::{picture, spectrum};
use crate::app::look::numbers;
use crate::app::look::words;
use crate::record::NeuronStatistics;

/// Groups of the histogram of means; even, so that none lies on both sides of zero.
const MEAN_GROUPS: usize = 20;

/// Fewest groups of the histogram of phases, so that it does not begin as one thick bar.
const LEAST_PHASE_GROUPS: usize = 6;

/// Colours of Hebbian and anti-Hebbian phases, as the map has them.
#[must_use]
pub fn phase_colors(dark: bool) -> [Color32; 2] {
    [picture::color(0.85, dark), picture::color(-0.85, dark)]
}

/// Everything about the followed neuron below its name; returns whether it is to be let go.
pub fn followed(ui: &mut Ui, sight: &Sight, neuron: usize) -> bool {
    let dark = ui.visuals().dark_mode;
    let mut let_go = false;
    ui.horizontal(|ui| {
        ui.strong(sight.name(neuron));
        let button = ui.small_button("×").on_hover_text("Stops following this neuron.");
        let_go = button.accessible_name("Stop following the neuron").clicked();
    });
    let last = sight.counted.unwrap_or(0);
    let Some(own) = sight.statistics.get(neuron) else { return let_go };
    let layer = Figures::over(&sight.statistics, last);
    figures::table(ui, &[(sight.subject.unit, Figures::of(own, last)), ("layer", layer)]);
    ui.add_space(4.0);
    heading(ui, "Lengths of phases in steps");
    legend(ui, phase_colors(dark));
    bars::show(ui, "Histogram of phase lengths", &phases(own, phase_colors(dark)), 84.0);
    ui.add_space(4.0);
    heading(ui, "Oscillation");
    spectrum::ui(ui, &sight.spectrum, sight.subject.layer, 120.0);
    let_go
}

/// How the layer's neurons are spread.
pub fn layer(ui: &mut Ui, sight: &Sight) {
    let dark = ui.visuals().dark_mode;
    ui.label(format!("Click a {} to follow it.", sight.subject.unit));
    ui.add_space(2.0);
    let last = sight.counted.unwrap_or(0);
    figures::table(ui, &[("layer", Figures::over(&sight.statistics, last))]);
    ui.add_space(4.0);
    let text = format!("Mean cosines of the {} {}s", numbers::count(sight.neurons as u64), sight.subject.unit);
    heading(ui, &text);
    let means: Vec<f64> = sight.statistics.iter().filter_map(|s| s.mean).collect();
    bars::show(ui, "Histogram of mean cosines", &spread(&means, dark), 96.0);
}

fn heading(ui: &mut Ui, text: &str) {
    let ink = ui.visuals().weak_text_color();
    ui.label(RichText::new(words::say(text)).font(FontId::proportional(11.5)).color(ink));
}

fn legend(ui: &mut Ui, colors: [Color32; 2]) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (color, name) in colors.into_iter().zip(["Hebbian", "anti-Hebbian"]) {
            ui.label(RichText::new("■").font(FontId::monospace(11.0)).color(color));
            ui.label(RichText::new(name).font(FontId::proportional(11.0)));
        }
    });
}

/// Phases of either sign by their length, each group twice as long as the one before.
#[must_use]
pub fn phases(statistics: &NeuronStatistics, colors: [Color32; 2]) -> Vec<Group> {
    let counts = [&statistics.hebbian.histogram, &statistics.anti_hebbian.histogram];
    let used = (0..counts[0].len()).rev().find(|&i| counts.iter().any(|c| c[i] > 0)).map_or(0, |i| i + 1);
    let groups = used.max(LEAST_PHASE_GROUPS).min(counts[0].len());
    // A number below every group would be crowded where there are many.
    let every = groups.div_ceil(7);
    (0..groups)
        .map(|i| {
            let (from, to) = (1_u64 << i, (2_u64 << i) - 1);
            let steps = match i {
                0 => "1 step".to_owned(),
                _ if i + 1 == counts[0].len() => format!("{} steps or more", numbers::count(from)),
                _ => format!("{} to {} steps", numbers::count(from), numbers::count(to)),
            };
            let [hebbian, anti] = counts.map(|c| numbers::count(u64::from(c[i])));
            Group {
                tick: if i.is_multiple_of(every) { short(from) } else { String::new() },
                hover: format!("{steps}\n{hebbian} Hebbian, {anti} anti-Hebbian phases"),
                bars: vec![(f64::from(counts[0][i]), colors[0]), (f64::from(counts[1][i]), colors[1])],
            }
        })
        .collect()
}

/// A power of two in few characters.
fn short(value: u64) -> String {
    match value.ilog2() / 10 {
        0 => value.to_string(),
        1 => format!("{}k", value >> 10),
        2 => format!("{}M", value >> 20),
        _ => format!("{}G", value >> 30),
    }
}

/// How many means lie where, over a range around zero that holds them all.
#[must_use]
pub fn spread(means: &[f64], dark: bool) -> Vec<Group> {
    let most = means.iter().fold(0.0_f64, |most, mean| most.max(mean.abs()));
    let range = [0.02, 0.05, 0.1, 0.2, 0.5].into_iter().find(|range| *range >= most).unwrap_or(1.0);
    let width = 2.0 * range / MEAN_GROUPS as f64;
    let mut counts = [0_u32; MEAN_GROUPS];
    for mean in means {
        counts[(((mean + range) / width) as usize).min(MEAN_GROUPS - 1)] += 1;
    }
    let edge = |i: usize| (i as f64 - MEAN_GROUPS as f64 / 2.0) * width;
    (0..MEAN_GROUPS)
        .map(|i| {
            let middle = f64::midpoint(edge(i), edge(i + 1));
            let tick = match i {
                1 => format!("−{range}"),
                _ if i == MEAN_GROUPS / 2 => "0".into(),
                _ if i == MEAN_GROUPS - 2 => format!("+{range}"),
                _ => String::new(),
            };
            let hover = format!(
                "{} neurons with means from {} to {}",
                counts[i],
                numbers::cosine(edge(i)).trim(),
                numbers::cosine(edge(i + 1)).trim()
            );
            // Colours say the sign; near zero they would not stand out of the ground.
            let color = picture::color(if middle < 0.0 { -0.7 } else { 0.7 }, dark);
            Group { tick, hover, bars: vec![(f64::from(counts[i]), color)] }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_fall_on_their_side_of_zero() {
        let groups = spread(&[-0.44, -1e-6, 1e-6, 0.05, 0.5], true);
        let count = |i: usize| groups[i].bars[0].0;
        // Groups are 0.05 wide from -0.5 on; the last one holds its right edge.
        let filled: Vec<(usize, f64)> = (0..MEAN_GROUPS).filter(|&i| count(i) > 0.0).map(|i| (i, count(i))).collect();
        assert_eq!(filled, [(1, 1.0), (9, 1.0), (10, 1.0), (11, 1.0), (19, 1.0)]);
        assert_eq!(spread(&[], true).len(), MEAN_GROUPS);
    }
}
