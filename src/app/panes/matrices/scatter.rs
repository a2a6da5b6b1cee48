//! Elements of two matrices against each other.

use eframe::egui::{Button, FontId, Rect, RichText, Stroke, TextStyle, Ui, UiBuilder};
use egui_plot::{AxisHints, Line, Plot, PlotPoints, Points};

use super::quantity::MatrixQuantity;
use super::sheet::Sheet;
use crate::app::look::numbers;
use crate::app::look::spoken::Picture;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::plot::chart;

/// Draws the plot into its room; the line through zero has the cosine as its slope, as both axes are in units of the
/// root mean square. `frozen` lies pale behind.
pub fn draw(ui: &mut Ui, room: Rect, sheet: &Sheet, frozen: Option<&Sheet>, chosen: &mut MatrixQuantity) {
    ui.scope_builder(UiBuilder::new().max_rect(room).id_salt("matrices scatter"), |ui| {
        choices(ui, chosen);
        plot(ui, sheet, frozen, *chosen);
    });
}

fn choices(ui: &mut Ui, chosen: &mut MatrixQuantity) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 3.0;
        ui.spacing_mut().button_padding.x = 6.0;
        for quantity in [MatrixQuantity::Signal, MatrixQuantity::Update] {
            let text = RichText::new(format!("{} against H", quantity.symbol())).size(12.5);
            let hint = format!(
                "Elements of the {} against the same elements of the Hebbian update, each divided by its matrix's root \
                 mean square. The least-squares line through zero has the cosine as its slope.",
                quantity.name()
            );
            let button = ui.add(Button::selectable(*chosen == quantity, text)).on_hover_text(words::say(&hint));
            if button.accessible_name(format!("Scatter of {}", quantity.name())).clicked() {
                *chosen = quantity;
            }
        }
    });
}

fn plot(ui: &mut Ui, sheet: &Sheet, frozen: Option<&Sheet>, chosen: MatrixQuantity) {
    let palette = Palette::of(ui.ctx().theme());
    let ink = ui.visuals().weak_text_color();
    let font = FontId::monospace(11.0);
    let axis = |hints: AxisHints<'static>, symbol: &str| {
        let name = RichText::new(format!("{symbol} / RMS({symbol})")).size(11.0).color(ink);
        hints
            .label(name)
            .formatter(|mark, _| chart::plain_tick(mark.value))
            .tick_label_font(font.clone())
            .tick_label_color(ink)
    };
    let cosine = sheet.hebbian_cosines[chosen.index()];
    let sample = |sheet: &Sheet| -> Vec<[f64; 2]> {
        let (x, y) = (&sheet.sample[MatrixQuantity::Hebbian.index()], &sheet.sample[chosen.index()]);
        x.iter().zip(y).map(|(x, y)| [f64::from(*x), f64::from(*y)]).collect()
    };
    let points = sample(sheet);
    let extent = |at: usize| points.iter().map(|point| point[at].abs()).filter(|v| v.is_finite()).fold(1.0, f64::max);
    let (width, height) = (extent(0) * 1.06, extent(1) * 1.06);
    let text = format!("cos {}", cosine.map_or_else(|| "undefined".into(), numbers::cosine));
    let frozen = frozen.map(sample);
    let color = palette.layer(sheet.layer);
    let zero = Stroke::new(1.0, palette.zero.gamma_multiply(0.4));
    let strong = Stroke::new(1.8, palette.warning);
    let plot = Plot::new("matrices scatter plot")
        .custom_x_axes(vec![axis(AxisHints::new_x().label_spacing(24.0..=36.0), "H")])
        .custom_y_axes(vec![axis(AxisHints::new_y(), chosen.symbol()).min_thickness(34.0)])
        .x_grid_spacer(|input| chart::ladder(&input, 0.8, 1e-9))
        .y_grid_spacer(|input| chart::ladder(&input, 0.8, 1e-9))
        .grid_color(ui.visuals().widgets.noninteractive.bg_stroke.color)
        .allow_scroll(false)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_boxed_zoom(false)
        .show_x(false)
        .show_y(false);
    let response = plot.show(ui, move |plot| {
        plot.set_plot_bounds_x(-width..=width);
        plot.set_plot_bounds_y(-height..=height);
        for ends in [[[-width, 0.0], [width, 0.0]], [[0.0, -height], [0.0, height]]] {
            plot.line(Line::new("", PlotPoints::from(ends.to_vec())).stroke(zero).allow_hover(false));
        }
        if let Some(frozen) = frozen {
            plot.points(Points::new("", frozen).radius(1.2).color(ink.gamma_multiply(0.45)).allow_hover(false));
        }
        plot.points(Points::new("", points).radius(1.4).color(color.gamma_multiply(0.75)).allow_hover(false));
        if let Some(slope) = cosine {
            let ends = vec![[-width, -width * slope], [width, width * slope]];
            plot.line(Line::new("", PlotPoints::from(ends)).stroke(strong).allow_hover(false));
        }
    });
    let name = format!("Scatter plot of {} against Hebbian update", chosen.name());
    Picture::new(name, &|| text.clone()).tell(&response.response);
    let frame = *response.transform.frame();
    let font = TextStyle::Monospace.resolve(ui.style());
    let galley = ui.painter().layout_no_wrap(text.clone(), font, palette.warning);
    let at = frame.left_top() + eframe::egui::vec2(6.0, 4.0);
    let ground = Rect::from_min_size(at, galley.size()).expand(2.0);
    ui.painter().rect_filled(ground, 3.0, palette.plot.gamma_multiply(0.85));
    ui.painter().galley(at, galley, palette.warning);
}
