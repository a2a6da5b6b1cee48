//! How the followed neuron oscillates: the power spectrum of its cosine over the newest steps.

use eframe::egui::{FontId, RichText, Stroke, Ui};
use egui_plot::{AxisHints, HoverPosition, Line, Plot};

use crate::app::look::numbers;
use crate::app::look::spoken::Picture;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::plot::chart;

/// Decades of power below the greatest that are shown.
const DECADES: f64 = 6.0;

/// Least number of cycles within the steps of the spectrum that makes an oscillation rather than a drift.
const LEAST_CYCLES: usize = 4;

/// The strongest oscillation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Peak {
    /// Cycles per step.
    pub frequency: f64,
    /// Share of the variance at that frequency and its two neighbours on either side, over which the window spreads it.
    pub share: f64,
}

/// The frequency with the greatest power, drifts left out.
#[must_use]
pub fn strongest(spectrum: &[(f64, f64)]) -> Option<Peak> {
    let total: f64 = spectrum.iter().map(|(_, power)| power).sum();
    let candidates = spectrum.iter().enumerate().skip(LEAST_CYCLES - 1);
    let (at, (frequency, power)) = candidates.max_by(|a, b| a.1.1.total_cmp(&b.1.1))?;
    let near = &spectrum[at.saturating_sub(2)..(at + 3).min(spectrum.len())];
    let share = near.iter().map(|(_, power)| power).sum::<f64>() / total;
    (*power > 0.0).then_some(Peak { frequency: *frequency, share })
}

/// At most `points` points, of which each has the greatest power of those it stands for.
#[must_use]
pub fn thinned(spectrum: &[(f64, f64)], points: usize) -> Vec<(f64, f64)> {
    let size = spectrum.len().div_ceil(points.max(1)).max(1);
    let greatest = |group: &[(f64, f64)]| group.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1));
    spectrum.chunks(size).filter_map(greatest).collect()
}

/// Draws the spectrum, `height` high, and names the strongest period.
pub fn ui(ui: &mut Ui, spectrum: &[(f64, f64)], layer: usize, height: f32) {
    let palette = Palette::of(ui.ctx().theme());
    let ink = ui.visuals().weak_text_color();
    let small = |text: &str| RichText::new(text.to_owned()).font(FontId::proportional(11.5)).color(ink);
    let Some(peak) = strongest(spectrum) else {
        ui.label(small(&words::say("The spectrum needs 16 steps in which the cosine changes.")));
        return;
    };
    let text = format!("Strongest period: {} steps", period(peak.frequency));
    ui.label(RichText::new(words::say(&text)).font(FontId::proportional(12.0))).on_hover_text(words::say(&format!(
        "{:.4} cycles per step. This frequency and its neighbours make up {:.0} % of the variance of cos θ_i over the \
         newest steps. Drifts of fewer than {LEAST_CYCLES} cycles are left out.",
        peak.frequency,
        100.0 * peak.share
    )));
    let log = |power: f64| power.max(f64::MIN_POSITIVE).log10();
    let top = spectrum.iter().map(|(_, power)| log(*power)).fold(f64::NEG_INFINITY, f64::max);
    // Whole decades, so that the axis rests.
    let top = (top + 0.2).ceil();
    let bottom = top - DECADES;
    let highest = spectrum.last().map_or(0.5, |(frequency, _)| *frequency);
    let points = thinned(spectrum, ui.available_width() as usize);
    let line: Vec<[f64; 2]> = points.iter().map(|(f, power)| [*f, log(*power).max(bottom)]).collect();
    let font = FontId::monospace(11.0);
    let axis = |hints: AxisHints<'static>, name: &str| {
        let hints = hints.label(RichText::new(words::say(name)).size(11.0).color(ink));
        hints.tick_label_font(font.clone()).tick_label_color(ink)
    };
    let plot = Plot::new("spectrum")
        .height(height)
        .custom_x_axes(vec![
            axis(AxisHints::new_x(), "cycles per step").formatter(|mark, _| numbers::scientific(mark.value)),
        ])
        .custom_y_axes(vec![
            axis(AxisHints::new_y(), "power")
                .formatter(|mark, _| chart::decade_tick(mark.value))
                .label_spacing(14.0..=18.0)
                .min_thickness(30.0),
        ])
        .x_grid_spacer(|input| chart::ladder(&input, 1.4, 1e-9))
        .y_grid_spacer(|input| chart::decades(&input))
        .grid_color(ui.visuals().widgets.noninteractive.bg_stroke.color)
        .allow_scroll(false)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .show_y(false)
        .cursor_color(ink.gamma_multiply(0.8))
        .label_formatter(hover_label);
    let color = palette.layer(layer);
    let response = plot.show(ui, move |plot| {
        plot.set_plot_bounds_x(0.0..=highest);
        plot.set_plot_bounds_y(bottom..=top);
        plot.line(Line::new("Power", line).stroke(Stroke::new(1.2, color)));
    });
    Picture::new("Plot of the oscillation spectrum", &|| text.clone()).tell(&response.response);
}

/// Steps of one cycle.
#[must_use]
pub fn period(frequency: f64) -> String {
    let steps = 1.0 / frequency;
    if steps < 100.0 { format!("{steps:.1}") } else { numbers::count(steps.round() as u64) }
}

fn hover_label(position: &HoverPosition<'_>) -> Option<String> {
    let HoverPosition::NearDataPoint { position, .. } = position else { return None };
    (position.x > 0.0).then(|| {
        format!(
            "{:.4} cycles per step\nperiod {} steps\npower {}",
            position.x,
            period(position.x),
            numbers::measured(10f64.powf(position.y))
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spectrum() -> Vec<(f64, f64)> {
        let power = |k: usize| match k {
            1 => 50.0,
            40 => 10.0,
            _ => 0.1,
        };
        (1..=128).map(|k| (k as f64 / 256.0, power(k))).collect()
    }

    #[test]
    fn the_strongest_oscillation_is_no_drift() {
        let peak = strongest(&spectrum()).expect("some power");
        assert_eq!(peak.frequency, 40.0 / 256.0);
        let total = 50.0 + 10.0 + 126.0 * 0.1;
        assert!((peak.share - 10.4 / total).abs() < 1e-12);
        assert_eq!(period(peak.frequency), "6.4");
        assert_eq!(strongest(&[]), None);
        assert_eq!(strongest(&[(0.1, 0.0); 16]), None);
    }

    #[test]
    fn thinning_keeps_peaks() {
        let few = thinned(&spectrum(), 20);
        assert!(few.len() <= 20 && few.contains(&(40.0 / 256.0, 10.0)) && few.contains(&(1.0 / 256.0, 50.0)));
        assert_eq!(thinned(&spectrum(), 1000), spectrum());
    }
}
