//! The plane of noise and weight decay: where this run has been, and a ring and a click that take it elsewhere.

use eframe::egui::{Align2, Color32, Painter, Pos2, RichText, Stroke, TextStyle, Theme, Ui, pos2, vec2};
use egui_plot::{AxisHints, GridInput, GridMark, HoverPosition, Line, Plot, PlotPoint, PlotPoints, PlotTransform};

use super::ring;
use super::ring::Moved;
use crate::app::figures::exhibits;
use crate::app::link::visited::{Stay, Visited};
use crate::app::look::glossary;
use crate::app::look::glossary::Term;
use crate::app::look::numbers;
use crate::app::look::spoken::Picture;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::panes::parts::color_bar::gradient;
use crate::app::panes::parts::measured::measured_layers;
use crate::app::plot::markers;
use crate::app::view::View;
use crate::record::{Axis, AxisScale, Exhibit, Marker, Panel, PlacedRing, PlacedStay, Places, Table};
use crate::training::Branch;

/// Decades shown of the noise's variance, and of the weight decay.
const VARIANCE: (i32, i32) = (-8, -1);
const DECAY: (i32, i32) = (-5, 0);

/// Decades beyond those in sight.
const AIR_X: f64 = 1.4;
const AIR_Y: f64 = 0.4;
/// Names of the axes.
const VARIANCE_LABEL: &str = "variance of the weight noise σ²";
const DECAY_LABEL: &str = "weight decay γ";

/// Decades that an arrow key moves the run by.
const KEY_STEP: f64 = 0.1;
/// Width of a decade in which a guide has room for its own name.
const NAMED_GUIDE: f32 = 74.0;

/// Radius of the ring of a run that is laid over.
const OVERLAID: f32 = 10.5;

const NOISE: &str = "noise.weight_sd";
const DECAY_FIELD: &str = "regularizer.weight_decay";

/// The plane with where runs have been.
#[derive(Default)]
pub struct Trail {
    visited: Visited,
    /// Where the twin has been since the two parted.
    twin: Visited,
}

/// A logarithmic axis with a place for zero to the left of its decades.
#[derive(Clone, Copy)]
struct ZeroLog {
    least: i32,
}

impl ZeroLog {
    fn place(self, value: f64) -> f64 {
        let least = f64::from(self.least);
        if value <= 0.0 { least - 1.0 } else { value.log10().max(least - 0.5) }
    }

    fn value(self, place: f64) -> f64 {
        if place < f64::from(self.least) - 0.5 { 0.0 } else { 10f64.powf(place) }
    }

    /// The value so many decades further; zero lies below all of them.
    fn moved(self, value: f64, by: f64) -> f64 {
        match (value <= 0.0, by) {
            (_, 0.0) => value,
            (true, by) if by > 0.0 => 10f64.powi(self.least),
            _ => self.value(self.place(value) + by),
        }
    }

    fn marks(self, input: &GridInput) -> Vec<GridMark> {
        let (from, to) = input.bounds;
        let places = (self.least - 1..=4).map(f64::from).filter(|place| (from..=to).contains(place));
        places.map(|value| GridMark { value, step_size: 1.0 }).collect()
    }

    fn tick(self, place: f64) -> String {
        if place < f64::from(self.least) - 0.5 {
            "0".into()
        } else {
            format!("10{}", numbers::superscript(place.round() as i32))
        }
    }
}

const X: ZeroLog = ZeroLog { least: VARIANCE.0 };
const Y: ZeroLog = ZeroLog { least: DECAY.0 };

impl Trail {
    /// Reads what is new of the run.
    pub fn update(&mut self, view: &View<'_>) {
        self.visited.update(view.link);
        self.twin.update_twin(view.link);
    }

    /// Draws the plane; a click takes the run elsewhere.
    pub fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let palette = Palette::of(ui.ctx().theme());
        let how =
            "Drag the ring through the plane, or click where the run is to go. Lines: γ proportional to σ² (eq. 18).";
        glossary::label(ui, RichText::new(words::say(how)).weak(), Term::Boundary);
        if view.link.status().twin.is_some() {
            let whose = match view.link.steer() {
                None => "The ring is A, and takes both twins along, as the sliders do.",
                Some(Branch::A) => "The ring is twin A, on which the sliders act.",
                Some(Branch::B) => "The ring is twin B, on which the sliders act.",
            };
            ui.label(RichText::new(words::say(whose)).weak());
        }
        color_bar(ui);
        if let Some((noise, decay)) = self.plane(ui, view, &palette) {
            ring::set(view.link, NOISE, noise);
            ring::set(view.link, DECAY_FIELD, decay);
        }
    }

    /// What is shown, for figures and files; `None` while there is nothing.
    pub fn exhibit(&self, view: &View<'_>) -> Option<Exhibit> {
        let layers = measured_layers(&view.link.status().columns);
        let layer = view.selection.layer;
        let until = view.shown_step.unwrap_or(u64::MAX);
        let twin = view.link.status().twin.as_ref();
        let stays: Vec<(Branch, &Stay)> = self.all().filter(|(_, stay)| stay.from <= until).collect();
        if stays.is_empty() {
            return None;
        }
        let place = |noise: f64, decay: f64| (noise.powi(2), decay);
        let at = |stay: &Stay| place(stay.noise, stay.decay);
        let placed = stays.iter().map(|(_, stay)| PlacedStay {
            at: at(stay),
            value: cosine(stay, layer).map_or(f32::NAN, |value| value as f32),
            is_long: stay.is_long,
        });
        let along = stays.windows(2).filter(|pair| pair[0].0 == pair[1].0).map(|pair| [at(pair[0].1), at(pair[1].1)]);
        let parted = twin.and_then(|twin| self.visited.at(twin.forked_at));
        let fork = parted.zip(self.twin.all().next()).map(|(from, to)| [at(from), at(to)]);
        let value = |exponent: f64| 10_f64.powf(exponent);
        let guides = guides().map(|(shift, ends)| (guide_name(shift), ends.map(|[x, y]| (value(x), value(y)))));
        let palette = Palette::of(Theme::Light);
        let ring = |name: String, at, color| PlacedRing { name, at, color, marker: None };
        let mut rings: Vec<PlacedRing> = { view.link.overlaid() }
            .map(|run| {
                let (noise, decay) = (run.experiment.noise.weight_sd, run.experiment.regularizer.weight_decay);
                let place_of_run = view.link.note_of(run.run_id).color;
                let color = exhibits::rgb(palette.run(place_of_run));
                let ring = ring(view.link.name_of(run), place(noise, decay), Some(color));
                PlacedRing { marker: Some(Marker::of_run(place_of_run)), ..ring }
            })
            .collect();
        let live = view.link.number(NOISE).zip(view.link.number(DECAY_FIELD)).map(|(noise, decay)| place(noise, decay));
        let shown = view.shown_step.and_then(|step| Some((step, at(self.visited.at(step)?))));
        rings.extend(
            live.filter(|live| shown.is_none_or(|(_, at)| at != *live)).map(|at| ring("the run now".into(), at, None)),
        );
        rings.extend(shown.map(|(step, at)| ring(format!("step {}", numbers::count(step)), at, None)));
        let axis = |label: &str, least: i32, high: f64| Axis {
            label: label.into(),
            scale: AxisScale::LogBesideZero { least },
            range: Some((0.0, value(high))),
        };
        let places = Places {
            title: format!("Mean cosine of layer {layer} where the run has been"),
            x: axis(VARIANCE_LABEL, VARIANCE.0, f64::from(VARIANCE.1) + AIR_X),
            y: axis(DECAY_LABEL, DECAY.0, f64::from(DECAY.1) + AIR_Y),
            stays: placed.collect(),
            ways: along.chain(fork).collect(),
            guides: guides.collect(),
            rings,
            color_label: "cosine".into(),
            numbers: self.table(&layers, twin.is_some(), until),
        };
        Some(exhibits::exhibit(PaneKind::Phase, "Noise against weight decay", view, vec![Panel::Places(places)], 1))
    }

    /// Stays of the run, then those of its twin.
    fn all(&self) -> impl Iterator<Item = (Branch, &Stay)> {
        let run = self.visited.all().map(|stay| (Branch::A, stay));
        run.chain(self.twin.all().map(|stay| (Branch::B, stay)))
    }

    fn table(&self, layers: &[usize], has_twin: bool, until: u64) -> Table {
        let names = ["twin", "noise σ", "σ²", "weight decay γ", "first step", "last step"];
        let mut header: Vec<String> = names.into_iter().skip(usize::from(!has_twin)).map(ToOwned::to_owned).collect();
        header.extend(layers.iter().map(|layer| format!("cosine of layer {layer}")));
        let rows = self.all().filter(|(_, stay)| stay.from <= until).map(|(branch, stay)| {
            let mut row: Vec<String> = has_twin.then(|| branch.name().to_owned()).into_iter().collect();
            row.extend([
                stay.noise.to_string(),
                stay.noise.powi(2).to_string(),
                stay.decay.to_string(),
                stay.from.to_string(),
                stay.to.saturating_sub(1).to_string(),
            ]);
            row.extend(
                layers.iter().map(|layer| cosine(stay, *layer).map_or_else(String::new, |value| format!("{value:.4}"))),
            );
            row
        });
        Table { title: "Where runs have been".into(), header, rows: rows.collect() }
    }

    /// Draws the plane; returns noise SD and weight decay where the run is to go.
    fn plane(&self, ui: &mut Ui, view: &View<'_>, palette: &Palette) -> Option<(f64, f64)> {
        let layer = view.selection.layer;
        let dark = ui.visuals().dark_mode;
        let ink = ui.visuals().weak_text_color();
        let font = eframe::egui::FontId::monospace(11.0);
        let axis = |hints: AxisHints<'static>, name: &str| {
            let name = RichText::new(words::say(name)).size(11.5).color(ink);
            hints.label(name).tick_label_font(font.clone()).tick_label_color(ink)
        };
        let stays: Vec<(Branch, Stay)> = self.all().map(|(branch, stay)| (branch, stay.clone())).collect();
        let live = view.link.number(NOISE).zip(view.link.number(DECAY_FIELD));
        let texts: Vec<(f64, f64, String)> = stays
            .iter()
            .map(|(_, stay)| (X.place(stay.noise.powi(2)), Y.place(stay.decay), describe(stay, layer)))
            .collect();
        let plot = crate::app::panes::phase::fixed_axes::fixed(Plot::new("phase"))
            .custom_x_axes(vec![
                axis(AxisHints::new_x(), VARIANCE_LABEL)
                    .formatter(|mark, _| X.tick(mark.value))
                    .label_spacing(26.0..=34.0),
            ])
            .custom_y_axes(vec![
                axis(AxisHints::new_y(), DECAY_LABEL).formatter(|mark, _| Y.tick(mark.value)).min_thickness(56.0),
            ])
            .x_grid_spacer(|input| X.marks(&input))
            .y_grid_spacer(|input| Y.marks(&input))
            .grid_color(ui.visuals().widgets.noninteractive.bg_stroke.color)
            .label_formatter(move |position| nearest(position, &texts));
        let response = plot.show(ui, |plot| {
            plot.set_plot_bounds_x(f64::from(VARIANCE.0) - 1.6..=f64::from(VARIANCE.1) + AIR_X);
            plot.set_plot_bounds_y(f64::from(DECAY.0) - 1.6..=f64::from(DECAY.1) + AIR_Y);
            for (shift, ends) in guides() {
                let line = Line::new("", PlotPoints::from(ends.to_vec())).allow_hover(false);
                plot.line(line.stroke(Stroke::new(0.8, ink.gamma_multiply(0.35))).id(("guide", shift)));
            }
            plot.pointer_coordinate()
        });
        Picture::new("Plot of phase diagram", &|| told(&stays, live, layer)).tell(&response.response);
        let transform = response.transform;
        let painter = ui.painter().with_clip_rect(*transform.frame());
        let place = |noise: f64, decay: f64| {
            transform.position_from_point(&PlotPoint::new(X.place(noise.powi(2)), Y.place(decay)))
        };
        // Piece by piece: a way that turns sharply has no corners to fill.
        let way = Stroke::new(1.0, ink.gamma_multiply(0.6));
        for pair in stays.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            let ends = [&pair[0], &pair[1]].map(|(_, stay)| place(stay.noise, stay.decay));
            painter.line_segment(ends, way);
        }
        let parted = view.link.status().twin.as_ref().and_then(|twin| self.visited.at(twin.forked_at));
        if let (Some(from), Some(to)) = (parted, self.twin.all().next()) {
            painter.line_segment([from, to].map(|stay| place(stay.noise, stay.decay)), way);
        }
        for (_, stay) in &stays {
            let at = transform.position_from_point(&PlotPoint::new(X.place(stay.noise.powi(2)), Y.place(stay.decay)));
            let value = cosine(stay, layer);
            let radius = if stay.is_long { 8.0 } else { 5.0 };
            match value {
                Some(value) => painter.circle_filled(at, radius, diverging(value, dark)),
                None => painter.circle_stroke(at, radius, Stroke::new(1.0, ink)),
            };
            painter.circle_stroke(at, radius, Stroke::new(1.0, palette.zero.gamma_multiply(0.7)));
        }
        for run in view.link.overlaid() {
            let (noise, decay) = (run.experiment.noise.weight_sd, run.experiment.regularizer.weight_decay);
            let at = transform.position_from_point(&PlotPoint::new(X.place(noise.powi(2)), Y.place(decay)));
            let place_of_run = view.link.note_of(run.run_id).color;
            let color = palette.run(place_of_run);
            painter.circle_stroke(at, OVERLAID, Stroke::new(2.5, color));
            let rim = at + OVERLAID * std::f32::consts::FRAC_1_SQRT_2 * vec2(1.0, -1.0);
            painter.extend(markers::filled(Marker::of_run(place_of_run), rim, 6.0, palette.plot));
            painter.extend(markers::filled(Marker::of_run(place_of_run), rim, 4.0, color));
        }
        name_guides(&painter, &transform, ui, ink, palette);
        if let Some((step, stay)) = view.shown_step.and_then(|step| Some((step, self.visited.at(step)?))) {
            let at = place(stay.noise, stay.decay);
            // Where that is where the run is now, the ring is there already.
            if live.is_none_or(|(noise, decay)| place(noise, decay).distance(at) > 4.0) {
                ring::outline(&painter, at, 8.0, 0.7);
            }
            let font = TextStyle::Small.resolve(ui.style());
            let galley = painter.layout_no_wrap(
                words::say(&format!("step {}", numbers::count(step))).into_owned(),
                font,
                palette.warning,
            );
            let rect = Align2::LEFT_CENTER.anchor_size(at + vec2(20.0, 0.0), galley.size());
            painter.rect_filled(rect.expand2(vec2(3.0, 1.0)), 3.0, palette.plot.gamma_multiply(0.88));
            painter.galley(rect.min, galley, palette.warning);
        }
        let branch = view.link.steer().unwrap_or(Branch::A);
        if let (Some((noise, decay)), Some(twin)) = (live, &view.link.status().twin) {
            let (other, beside) = match branch {
                Branch::A => (&*twin.experiment, Branch::B),
                Branch::B => (&*view.link.status().experiment, Branch::A),
            };
            let there = place(other.noise.weight_sd, other.regularizer.weight_decay);
            let here = place(noise, decay);
            if there.distance(here) > 4.0 {
                ring::outline(&painter, there, 8.0, 0.7);
                name_twin(&painter, there, beside.name(), ui, palette);
                name_twin(&painter, here, branch.name(), ui, palette);
            } else {
                name_twin(&painter, here, "A, B", ui, palette);
            }
        }
        if let Some((noise, decay)) = live {
            let whose = match view.link.status().twin {
                Some(_) => format!("twin {}, ", branch.name()),
                None => String::new(),
            };
            let here = format!("{whose}σ = {}, γ = {}", numbers::scientific(noise), numbers::scientific(decay));
            match ring::show(ui, place(noise, decay), *transform.frame(), &here, None) {
                Some(Moved::To(at)) => {
                    let to = transform.value_from_position(at);
                    return Some((X.value(to.x).sqrt(), Y.value(to.y)));
                }
                Some(Moved::By(right, up)) => {
                    let variance = X.moved(noise.powi(2), KEY_STEP * right);
                    let noise = if right == 0.0 { noise } else { variance.sqrt() };
                    return Some((noise, Y.moved(decay, KEY_STEP * up)));
                }
                None => {}
            }
        }
        let at = response.inner.filter(|_| response.response.clicked())?;
        let (variance, decay) = (X.value(at.x), Y.value(at.y));
        Some((numbers::round_significant(variance.sqrt()), numbers::round_significant(decay)))
    }
}

/// Lines of gamma proportional to sigma squared, which have slope one here: the boundary that eq. 18 expects. By the power of
/// ten of their factor; where a value is zero there is no such line.
fn guides() -> impl Iterator<Item = (i32, [[f64; 2]; 2])> {
    (-1..=6).map(|shift| {
        let lowest = f64::from(DECAY.0) - 0.5 - f64::from(shift);
        let ends = [lowest.max(f64::from(VARIANCE.0) - 0.5), 0.4].map(|x| [x, x + f64::from(shift)]);
        (shift, ends)
    })
}

/// What the guide of a factor says.
fn guide_name(shift: i32) -> String {
    match shift {
        0 => "γ = σ²".to_owned(),
        1 => "γ = 10 σ²".to_owned(),
        _ => format!("γ = 10{} σ²", numbers::superscript(shift)),
    }
}

/// Alignment of a layer during a stay.
fn cosine(stay: &Stay, layer: usize) -> Option<f64> {
    stay.alignment.iter().find(|(l, _)| *l == layer).and_then(|(_, value)| *value)
}

/// Names where guides leave the plane above: each its factor, or one for all where there is less room.
fn name_guides(painter: &Painter, transform: &PlotTransform, ui: &Ui, ink: Color32, palette: &Palette) {
    let frame = *transform.frame();
    let decade = transform.position_from_point_x(1.0) - transform.position_from_point_x(0.0);
    let font = TextStyle::Small.resolve(ui.style());
    let top = transform.value_from_position(frame.left_top()).y;
    for (shift, _) in guides() {
        let text = match (decade >= NAMED_GUIDE, shift) {
            (true, _) => guide_name(shift),
            (false, 3) => "γ ∝ σ²".to_owned(),
            (false, _) => continue,
        };
        let galley = painter.layout_no_wrap(text, font.clone(), ink);
        let at = pos2(transform.position_from_point_x(top - f64::from(shift)) - 8.0, frame.top() + 3.0);
        let rect = Align2::RIGHT_TOP.anchor_size(at, galley.size());
        if rect.left() > frame.left() && rect.right() < frame.right() {
            painter.rect_filled(rect.expand2(vec2(2.0, 0.0)), 3.0, palette.plot.gamma_multiply(0.8));
            painter.galley(rect.min, galley, ink);
        }
    }
}

/// Which twin a ring is, beside it.
fn name_twin(painter: &Painter, at: Pos2, name: &str, ui: &Ui, palette: &Palette) {
    let font = TextStyle::Small.resolve(ui.style());
    let galley = painter.layout_no_wrap(name.to_owned(), font, ui.visuals().strong_text_color());
    let beside = Align2::RIGHT_CENTER.anchor_size(at - vec2(16.0, 0.0), galley.size());
    // At the edge, where there is no noise, the name stands on the other side.
    let rect = if beside.left() > painter.clip_rect().left() + 3.0 {
        beside
    } else {
        Align2::LEFT_CENTER.anchor_size(at + vec2(16.0, 0.0), galley.size())
    };
    painter.rect_filled(rect.expand2(vec2(3.0, 1.0)), 3.0, palette.plot.gamma_multiply(0.88));
    painter.galley(rect.min, galley, ui.visuals().strong_text_color());
}

fn describe(stay: &Stay, layer: usize) -> String {
    let value = cosine(stay, layer);
    format!(
        "σ = {}, γ = {}\nsteps {} to {}\ncosine of layer {layer}: {}",
        numbers::scientific(stay.noise),
        numbers::scientific(stay.decay),
        numbers::count(stay.from),
        numbers::count(stay.to),
        value.map_or_else(|| "undefined".into(), numbers::cosine)
    )
}

/// Where the run is and has been, in a sentence.
fn told(stays: &[(Branch, Stay)], live: Option<(f64, f64)>, layer: usize) -> String {
    let values: Vec<f64> = stays.iter().filter_map(|(_, stay)| cosine(stay, layer)).collect();
    let hebbian = values.iter().filter(|value| **value > 0.0).count();
    let [all, hebbian] = [stays.len(), hebbian].map(|n| numbers::count(n as u64));
    let here = live.map_or_else(String::new, |(noise, decay)| {
        let newest = stays.iter().rev().find(|(branch, _)| *branch == Branch::A).and_then(|(_, s)| cosine(s, layer));
        let newest = newest.map_or_else(|| "undefined".to_owned(), |value| numbers::cosine(value).trim().to_owned());
        let (noise, decay) = (numbers::scientific(noise), numbers::scientific(decay));
        format!("the run is at noise σ = {noise}, weight decay γ = {decay}, cosine of layer {layer} {newest}; ")
    });
    format!("{here}it has been at {all} places, Hebbian at {hebbian} of them")
}

/// The stay next to the pointer, or the values under it.
fn nearest(position: &HoverPosition<'_>, texts: &[(f64, f64, String)]) -> Option<String> {
    let (HoverPosition::NearDataPoint { position: at, .. } | HoverPosition::Elsewhere { position: at }) = position;
    let distance = |x: f64, y: f64| (x - at.x).hypot(y - at.y);
    let near = texts.iter().rev().min_by(|a, b| distance(a.0, a.1).total_cmp(&distance(b.0, b.1)));
    match near {
        Some((x, y, text)) if distance(*x, *y) < 0.25 => Some(words::say(text).into_owned()),
        _ => Some(format!(
            "σ = {}, γ = {}",
            numbers::scientific(X.value(at.x).sqrt()),
            numbers::scientific(Y.value(at.y))
        )),
    }
}

/// What the second of the words beside the bar of colours takes.
const WORDS: f32 = 84.0;

/// What the colours mean.
fn color_bar(ui: &mut Ui) {
    let dark = ui.visuals().dark_mode;
    ui.horizontal(|ui| {
        let mono = |text: &str| RichText::new(text).text_style(TextStyle::Monospace).size(11.0);
        glossary::label(ui, mono("anti-Hebbian −1"), Term::AntiHebbian);
        // Both words fit beside it.
        let width = (ui.available_width() - WORDS).clamp(40.0, 160.0);
        let (rect, _) = ui.allocate_exact_size(vec2(width, 12.0), eframe::egui::Sense::hover());
        ui.painter().add(gradient(rect, |value| diverging(f64::from(value), dark)));
        glossary::label(ui, mono("+1 Hebbian"), Term::Hebbian);
    });
}

fn diverging(value: f64, dark: bool) -> Color32 {
    let [r, g, b] = crate::record::colormap::diverging(value as f32, dark);
    Color32::from_rgb(r, g, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_has_a_place_of_its_own() {
        assert_eq!(X.value(X.place(0.0)), 0.0);
        for value in [1e-7, 3e-3, 0.5] {
            assert!((X.value(X.place(value)) / value - 1.0).abs() < 1e-12);
        }
        assert_eq!(X.tick(X.place(0.0)), "0");
        assert_eq!([X.moved(0.0, 0.1), X.moved(1e-8, -0.6), X.moved(1e-3, 0.0)], [1e-8, 0.0, 1e-3]);
        assert!((X.moved(1e-3, 0.1) / 10f64.powf(-2.9) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn guides_end_where_a_value_is_zero() {
        for (shift, ends) in guides() {
            for [x, y] in ends {
                assert!(X.value(x) > 0.0 && Y.value(y) > 0.0 && (y - x - f64::from(shift)).abs() < 1e-12, "{ends:?}");
            }
        }
        assert_eq!(X.tick(-4.0), "10⁻⁴");
    }
}
