//! What all plots over time have in common: shared steps, zoom, ticks and cursor.

use std::ops::RangeInclusive;
use std::sync::Arc;

use eframe::egui::{Align2, Color32, FontId, Galley, Id, Rect, Response, Stroke, TextStyle, Ui, pos2, vec2};
use egui_plot::{AxisHints, GridInput, GridMark, Plot, PlotTransform, PlotUi};

use super::time_axis::TimeAxis;
use crate::app::look::numbers;
use crate::app::look::spoken::Picture;
use crate::app::look::theme::Palette;
use crate::app::look::words;

/// Width kept for the numbers of the vertical axis, so that plots above each other align.
const VERTICAL_AXIS_WIDTH: f32 = 68.0;

/// Points between grid lines.
const LINE_DISTANCE: f64 = 34.0;

/// Points of egui's own minimum distance between grid lines, which the input's base step stands for.
const BASE_DISTANCE: f64 = 8.0;

/// Heights that a plot shows: its own choice until a person zooms.
#[derive(Debug, Default)]
pub struct Heights {
    chosen: Option<(f64, f64)>,
    follows: u32,
    seen: Option<(f64, f64)>,
}

impl Heights {
    /// The heights that were seen last, if any were.
    #[must_use]
    pub fn seen(&self) -> Option<(f64, f64)> {
        self.seen
    }

    /// The same of an axis whose heights are decimal logarithms, as values.
    #[must_use]
    pub fn seen_values(&self) -> Option<(f64, f64)> {
        self.seen.map(|(low, high)| (10f64.powf(low), 10f64.powf(high)))
    }
}

/// A plot without items, with the looks that all plots share.
#[must_use]
pub fn plot<'a>(
    ui: &Ui,
    id: &'a str,
    vertical_label: &'a str,
    time: &TimeAxis,
    tick: impl Fn(f64) -> String + 'a,
) -> Plot<'a> {
    let font = FontId::monospace(11.0);
    let ink = ui.visuals().weak_text_color();
    let logarithmic = time.is_logarithmic();
    let steps = AxisHints::new_x()
        .label(eframe::egui::RichText::new(words::say("step")).size(11.5).color(ink))
        .formatter(move |mark, _| if logarithmic { log_step_tick(mark.value) } else { step_tick(mark.value) })
        .tick_label_font(font.clone())
        .tick_label_color(ink);
    let heights = AxisHints::new_y()
        .label(eframe::egui::RichText::new(words::say(vertical_label)).size(11.5).color(ink))
        .formatter(move |mark, _| tick(mark.value))
        .min_thickness(VERTICAL_AXIS_WIDTH)
        .label_spacing(16.0..=24.0)
        .tick_label_font(font)
        .tick_label_color(ink);
    Plot::new(id)
        .custom_x_axes(vec![steps])
        .custom_y_axes(vec![heights])
        .x_grid_spacer(move |input| if logarithmic { step_decades(&input) } else { ladder(&input, 2.6, 1.0) })
        .allow_scroll(false)
        .allow_double_click_reset(false)
        .show_x(true)
        .show_y(false)
        .grid_color(grid_color(ui))
        .grid_fade(0.25)
        .link_cursor(Id::unique("steps"), [true, false])
        .cursor_color(ink.gamma_multiply(0.8))
}

/// Shows a plot, told to screen readers, over the shared steps and takes up what a person zooms, pans or resets; what the
/// pointer does, and where values stand.
pub fn show<'a>(
    ui: &mut Ui,
    picture: &Picture<'_>,
    plot: Plot<'a>,
    time: &mut TimeAxis,
    heights: &mut Heights,
    usual: (f64, f64),
    build: impl FnOnce(&mut PlotUi<'a>) + 'a,
) -> (Response, PlotTransform) {
    if heights.follows != time.follows() {
        *heights = Heights { follows: time.follows(), ..Heights::default() };
    }
    let steps = time.places();
    let (low, high) = heights.chosen.unwrap_or(usual);
    let asked = (steps.clone(), low..=high);
    let response = plot.show(ui, move |plot| {
        plot.set_plot_bounds_x(asked.0);
        plot.set_plot_bounds_y(asked.1);
        build(plot);
        wheel_zoom(plot)
    });
    picture.tell(&response.response);
    mark_plan(ui, &response.transform, time);
    if let Some(step) = time.shown_step() {
        let color = Palette::of(ui.ctx().theme()).warning;
        mark_step(ui, &response.transform, time, step, Stroke::new(1.6, color));
    }
    let bounds = response.transform.bounds();
    let (seen_steps, seen_heights) = (bounds.range_x(), bounds.range_y());
    heights.seen = Some((*seen_heights.start(), *seen_heights.end()));
    if response.response.double_clicked() {
        time.follow();
    } else if let Some((factor, center)) = response.inner {
        let (from, to) = (*steps.start(), *steps.end());
        time.choose_places(center + (from - center) * factor..=center + (to - center) * factor);
    } else {
        if differ(&seen_steps, &steps) {
            time.choose_places(seen_steps);
        }
        if differ(&seen_heights, &(low..=high)) {
            heights.chosen = Some((*seen_heights.start(), *seen_heights.end()));
        }
    }
    (response.response, response.transform)
}

/// A faint line where the planned steps are done, with that word.
fn mark_plan(ui: &Ui, transform: &PlotTransform, time: &TimeAxis) {
    let Some(planned) = time.planned() else { return };
    let color = ui.visuals().weak_text_color();
    let x = mark_step(ui, transform, time, planned, Stroke::new(1.0, color.gamma_multiply(0.5)));
    let frame = *transform.frame();
    if !frame.x_range().contains(x) {
        return;
    }
    name_at_foot(ui, transform, (x, PLAN_IS_LEFT), 0, PLANNED, color);
}

/// The word at the line where the planned steps are done. It stands left of the line, as that is at the right edge while the
/// planned steps are being done; later on it nears the left one.
const PLANNED: &str = "planned";
const PLAN_IS_LEFT: bool = true;

/// Where that word stands, if it is in sight.
#[must_use]
pub fn name_of_plan(ui: &Ui, transform: &PlotTransform, time: &TimeAxis) -> Option<Rect> {
    let x = transform.position_from_point_x(time.place(time.planned()? as f64));
    let is_seen = transform.frame().x_range().contains(x);
    is_seen.then(|| at_foot(ui, transform, (x, PLAN_IS_LEFT), 0, PLANNED, Color32::PLACEHOLDER).1)
}

/// The name of a line from top to bottom, at the foot of the plot: left or right of the line, on the other side where there is no
/// room, so many lines of text above the lowest. It has a ground, as it may stand on curves or on a map.
pub fn name_at_foot(
    ui: &Ui,
    transform: &PlotTransform,
    (x, is_left): (f32, bool),
    row: usize,
    name: &str,
    color: Color32,
) {
    let (galley, rect) = at_foot(ui, transform, (x, is_left), row, name, color);
    let painter = ui.painter().with_clip_rect(transform.frame().intersect(ui.clip_rect()));
    let ground = Palette::of(ui.ctx().theme()).plot.gamma_multiply(0.85);
    painter.rect_filled(rect.expand2(vec2(2.0, 0.0)), 3.0, ground);
    painter.galley(rect.min, galley, color);
}

fn at_foot(
    ui: &Ui,
    transform: &PlotTransform,
    (x, is_left): (f32, bool),
    row: usize,
    name: &str,
    color: Color32,
) -> (Arc<Galley>, Rect) {
    let frame = *transform.frame();
    let font = TextStyle::Small.resolve(ui.style());
    let galley = ui.painter().layout_no_wrap(words::say(name).into_owned(), font, color);
    let needed = galley.size().x + 8.0;
    let is_left = if is_left { x - needed > frame.left() } else { x + needed > frame.right() };
    let (side, anchor) = if is_left { (-4.0, Align2::RIGHT_BOTTOM) } else { (4.0, Align2::LEFT_BOTTOM) };
    let bottom = frame.bottom() - 4.0 - row as f32 * (galley.size().y + 2.0);
    let rect = anchor.anchor_size(pos2(x + side, bottom), galley.size());
    (galley, rect)
}

/// A line from top to bottom at a step; where it stands on the screen.
pub fn mark_step(ui: &Ui, transform: &PlotTransform, time: &TimeAxis, step: u64, stroke: Stroke) -> f32 {
    let frame = *transform.frame();
    let x = transform.position_from_point_x(time.place(step as f64));
    ui.painter().with_clip_rect(frame.intersect(ui.clip_rect())).vline(x, frame.y_range(), stroke);
    x
}

/// Size of the names of axes.
pub const AXIS_NAME: f32 = 11.5;

/// The first of some names of an axis, from the longest to the shortest, that has room along it; the last where none has.
#[must_use]
pub fn name_within(ui: &Ui, names: &[&str], room: f32) -> String {
    let said = |name: &&str| words::say(name).into_owned();
    let fits = |name: &String| {
        let font = FontId::proportional(AXIS_NAME);
        ui.painter().layout_no_wrap(name.clone(), font, Color32::PLACEHOLDER).size().x <= room
    };
    names.iter().map(said).find(fits).or_else(|| names.last().map(said)).unwrap_or_default()
}

/// Round numbers a comfortable distance apart: 1, 2 and 5 times powers of ten, no finer than `least`.
#[must_use]
pub fn ladder(input: &GridInput, distance: f64, least: f64) -> Vec<GridMark> {
    let wanted = input.base_step_size * LINE_DISTANCE * distance / BASE_DISTANCE;
    if !wanted.is_finite() || wanted <= 0.0 {
        return Vec::new();
    }
    let power = 10f64.powf(wanted.log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|step| *step >= wanted).unwrap_or(10.0 * power);
    let step = step.max(least);
    let (from, to) = input.bounds;
    let (first, last) = ((from / step).ceil() as i64, (to / step).floor() as i64);
    (first..=last).map(|i| GridMark { value: i as f64 * step, step_size: step }).collect()
}

/// The number at a mark of a linear axis, with as many places as it needs: the interface library's own writes 0.5 as 0.
#[must_use]
pub fn plain_tick(value: f64) -> String {
    // What is left of sums of steps is no number.
    if value.abs() < 1e-9 { "0".into() } else { numbers::scientific(value).replace('-', "−") }
}

/// Decades of a logarithmic axis, with their 2 to 9 fold where there is room. At least two of them have numbers, as one alone
/// says nothing of the scale: where the axis shows less, multiples of decades get theirs, or round values between them.
#[must_use]
pub fn decades(input: &GridInput) -> Vec<GridMark> {
    let (from, to) = input.bounds;
    let decade = 1.0 / (input.base_step_size / BASE_DISTANCE).max(f64::MIN_POSITIVE);
    let apart = (22.0 / decade).ceil().max(1.0) as i64;
    let powers = from.floor() as i64..=(to.ceil() as i64).min(from.floor() as i64 + 400);
    let is_seen = |value: &f64| (from..=to).contains(value);
    let folds = |factors: &[u32]| -> Vec<f64> {
        let of_power = |power: i64| factors.iter().map(move |factor| power as f64 + f64::from(*factor).log10());
        powers.clone().filter(|power| power.rem_euclid(apart) == 0).flat_map(of_power).filter(is_seen).collect()
    };
    let mut named = folds(&[1]);
    let is_roomy = decade > ROOMY_DECADE;
    if is_roomy {
        named = folds(&[1, 2, 5]);
    }
    // Further apart than the text is high, if the decade is.
    for (factors, least) in [(&[1, 3][..], 0.47), (&[1, 2, 5], 0.3), (&[1, 2, 3, 4, 5, 6, 7, 8, 9], 0.045)] {
        if named.len() < 2 && apart == 1 && decade * least >= TEXT_HEIGHT {
            named = folds(factors);
        }
    }
    let is_between = named.len() < 2 && to - from < 1.0 && to > from;
    if is_between {
        named = between(from, to);
    }
    // What has a number keeps it at any distance that was found good enough here.
    let mut marks: Vec<GridMark> = { named.iter() }.map(|&value| GridMark { value, step_size: to - from }).collect();
    if is_roomy && !is_between {
        let others = folds(&[3, 4, 6, 7, 8, 9]).into_iter().filter(|value| !named.contains(value));
        // They claim so little that their numbers show where the closest of them have room.
        marks.extend(others.map(|value| GridMark { value, step_size: 0.05 }));
    }
    marks
}

/// Points that a decade needs for its 2 and 5 fold to have numbers.
const ROOMY_DECADE: f64 = 90.0;
/// Points between two numbers above each other.
const TEXT_HEIGHT: f64 = 13.0;

/// Round values, as logarithms, of an axis that shows less than a decade.
fn between(from: f64, to: f64) -> Vec<f64> {
    let (low, high) = (10f64.powf(from), 10f64.powf(to));
    let power = 10f64.powf(((high - low) / 2.0).log10().floor());
    let step =
        [5.0, 2.0, 1.0].map(|m| m * power).into_iter().find(|step| (high / step).floor() - (low / step).ceil() >= 1.0);
    let Some(step) = step else { return Vec::new() };
    let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
    (first..=last.min(first + 20)).map(|at| (at as f64 * step).log10()).collect()
}

/// A tick of a logarithmic axis: `10⁻³`, `2×10⁻³`.
#[must_use]
pub fn decade_tick(log: f64) -> String {
    let power = (log + 1e-9).floor();
    let factor = 10f64.powf(log - power);
    if (factor - factor.round()).abs() > 1e-6 {
        // As many digits as tell neighbours apart at a close look.
        let digits = format!("{factor:.5}");
        let digits = digits.trim_end_matches('0');
        let plain = (-2.0..=3.0).contains(&power);
        return if plain { plain_number(log) } else { format!("{digits}×10{}", numbers::superscript(power as i32)) };
    }
    match factor.round() as i64 {
        1 => format!("10{}", numbers::superscript(power as i32)),
        factor => format!("{factor}×10{}", numbers::superscript(power as i32)),
    }
}

fn plain_number(log: f64) -> String {
    let text = format!("{:.*}", (5.0 - log.floor()).max(0.0) as usize, 10f64.powf(log));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn step_tick(step: f64) -> String {
    if step < 0.0 { String::new() } else { numbers::count(step.round() as u64) }
}

/// Powers of ten of a logarithmic axis of steps, where step s stands at log10(s + 1), with their 2 and 5 fold.
fn step_decades(input: &GridInput) -> Vec<GridMark> {
    let (from, to) = input.bounds;
    let place = |step: f64| (step + 1.0).log10();
    let mut marks = vec![GridMark { value: 0.0, step_size: 1.0 }];
    for power in 0..=12 {
        for (factor, step_size) in [(1.0, 1.0), (2.0, 0.3), (5.0, 0.3)] {
            marks.push(GridMark { value: place(factor * 10f64.powi(power)), step_size });
        }
    }
    marks.retain(|mark| (from..=to).contains(&mark.value));
    marks
}

fn log_step_tick(place: f64) -> String {
    let step = (10f64.powf(place) - 1.0).round();
    let power = if step >= 1.0 { (step.log10() + 1e-9).floor() } else { 0.0 };
    // Between the powers there is no room for names.
    if step == 0.0 || (step - 10f64.powf(power)).abs() < 0.5 { step_tick(step) } else { String::new() }
}

fn grid_color(ui: &Ui) -> Color32 {
    ui.visuals().widgets.noninteractive.bg_stroke.color
}

/// The wheel zooms the steps around the pointer; dragging pans.
fn wheel_zoom(plot: &PlotUi<'_>) -> Option<(f64, f64)> {
    let scroll = plot.ctx().input(|input| input.smooth_scroll_delta.y);
    let center = plot.pointer_coordinate()?.x;
    (scroll != 0.0 && plot.response().contains_pointer()).then(|| (f64::from(-scroll / 240.0).exp(), center))
}

fn differ(a: &RangeInclusive<f64>, b: &RangeInclusive<f64>) -> bool {
    let tolerance = 1e-6 * (b.end() - b.start()).abs();
    (a.start() - b.start()).abs() > tolerance || (a.end() - b.end()).abs() > tolerance
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_a_linear_axis_have_numbers_of_their_own() {
        for span in [0.03, 0.4, 1.3, 2.0, 7.0, 90.0, 4e4] {
            let input = GridInput { bounds: (-0.4 * span, 0.6 * span), base_step_size: span / 200.0 * BASE_DISTANCE };
            let marks = ladder(&input, 1.0, 1e-30);
            let numbers: std::collections::BTreeSet<String> = marks.iter().map(|mark| plain_tick(mark.value)).collect();
            assert!(marks.len() > 1 && numbers.len() == marks.len(), "{span}: {numbers:?}");
        }
        assert_eq!([-0.5, 0.0, 0.5, 1e-17].map(plain_tick), ["−0.5", "0", "0.5", "0"]);
    }

    #[test]
    fn decades_are_named_and_crowded_ones_are_not() {
        assert_eq!(decade_tick(-3.0), "10⁻³");
        assert_eq!(decade_tick(-3.0 + 2f64.log10()), "2×10⁻³");
        assert_eq!(decade_tick(0.0), "10⁰");
    }

    /// Numbers that an axis of that height shows, as the plot decides it.
    fn numbered(bounds: (f64, f64), height: f64) -> Vec<String> {
        let points = height / (bounds.1 - bounds.0);
        let marks = decades(&GridInput { bounds, base_step_size: BASE_DISTANCE / points });
        marks.iter().filter(|mark| mark.step_size * points > 16.0).map(|mark| decade_tick(mark.value)).collect()
    }

    #[test]
    fn a_logarithmic_axis_has_at_least_two_numbers_at_any_zoom() {
        for height in [70.0, 150.0, 400.0, 1200.0] {
            for from in [-7.3, -1.05, -0.9, 0.31, 2.0] {
                for span in [0.004, 0.03, 0.2, 0.6, 0.99, 1.4, 3.0, 9.0, 40.0] {
                    let texts = numbered((from, from + span), height);
                    assert!(texts.len() >= 2, "{from} + {span} at {height}: {texts:?}");
                    let different: std::collections::HashSet<_> = texts.iter().collect();
                    assert_eq!(different.len(), texts.len(), "{from} + {span} at {height}: {texts:?}");
                    assert!(texts.len() as f64 <= height / 12.0, "{from} + {span} at {height}: {texts:?}");
                }
            }
        }
    }

    #[test]
    fn ticks_are_round_and_not_crowded() {
        let input = GridInput { bounds: (0.0, 3950.0), base_step_size: 3950.0 / 800.0 * BASE_DISTANCE };
        let marks = ladder(&input, 2.6, 1.0);
        assert!((3..=10).contains(&marks.len()), "{marks:?}");
        assert_eq!(marks[0].value, 0.0);
        assert_eq!(marks[1].value % 100.0, 0.0);
    }
}
