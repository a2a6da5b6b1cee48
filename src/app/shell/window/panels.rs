//! What a frame shows around and between the panes.

use eframe::egui::{Align, CentralPanel, Frame, Layout, Margin, Panel, Rect, Ui, UiBuilder};

use super::Window;
use crate::app::figures::exhibits;
use crate::app::link::guard::Order;
use crate::app::link::settings::told;
use crate::app::link::undo::Way;
use crate::app::orders::AppCommand;
use crate::app::shell::menu_bar;
use crate::app::shell::menu_bar::MenuState;
use crate::app::shell::presenting::Presenting;
use crate::app::shell::status_bar;
use crate::app::shell::timeline;
use crate::app::shell::top_bar;
use crate::app::tours::panel;
use crate::app::tours::touring::Touring;
use crate::app::view::{View, Wants};

impl Window {
    /// Bars, timeline and tour at the edges, panes in the room that they leave.
    pub(super) fn panels(&mut self, ui: &mut Ui, commands: &mut Vec<AppCommand>, orders: &mut Vec<Order>) {
        let fill = ui.visuals().panel_fill;
        let frame = |x: i8, y: i8| Frame::new().fill(fill).inner_margin(Margin::symmetric(x, y));
        // Room at the lower edge is taken first and drawn last, as it is read: keys go from one to the next in that order.
        let reserve = |ui: &mut Ui, name: &'static str, height: f32, (x, y): (i8, i8)| {
            let panel = Panel::bottom(name).exact_size(height).resizable(false).frame(frame(x, y));
            panel.show(ui, |ui| ui.max_rect()).inner
        };
        let status = self.presenting.is_none().then(|| {
            self.bars_above(ui, commands, orders, &frame);
            reserve(ui, "status_bar", 28.0, (12, 2))
        });
        let strip = self.presenting.as_ref().filter(|presenting| presenting.shows_strip).map(|_| {
            let height = Presenting::strip_height(ui, ui.available_width() - 24.0);
            reserve(ui, "strip", height + 12.0, (12, 6))
        });
        // Who looks back sees where.
        let has_timeline = match &self.presenting {
            Some(presenting) => presenting.shows_timeline || self.link.shown_step().is_some(),
            None => self.timeline.is_shown(ui.ctx()),
        };
        let rail = has_timeline.then(|| reserve(ui, "timeline", timeline::HEIGHT, (12, 2)));
        let made = self
            .touring
            .as_ref()
            .and_then(|touring| panel::panel(ui, touring, &self.link, touring.missing(&self.desk), commands));
        let marks = self.touring.as_ref().map(Touring::marks).unwrap_or_default();
        let mut wants = Wants::default();
        let mut view = View {
            moment: self.link.moment(),
            shown_step: self.link.shown_step(),
            link: &mut self.link,
            time: &mut self.time,
            selection: &mut self.selection,
            hidden: &self.hidden,
            highlighted: marks,
            points: exhibits::POINTS,
            film: None,
            wants: &mut wants,
            commands: &mut *commands,
            orders: &mut *orders,
        };
        let room = if self.presenting.is_some() { frame(10, 6) } else { Frame::new().fill(fill) };
        CentralPanel::default_margins().frame(room).show(ui, |ui| match &self.presenting {
            Some(presenting) => self.panes.get(presenting.pane).ui(ui, &mut view),
            None => self.desk.ui(ui, &mut self.panes, &mut view),
        });
        self.link.watch(wants.moment, self.selection.seed_index);
        if let Some(made) = made {
            self.move_in_tour(made);
        }
        self.link.expect(wants.expectations, self.selection.seed_index);
        let within = |ui: &mut Ui, room: Rect, name: &str, draw: &mut dyn FnMut(&mut Ui)| {
            ui.scope_builder(UiBuilder::new().max_rect(room).id_salt(name), draw);
        };
        if let Some(room) = rail {
            let before = self.link.shown_step();
            within(ui, room, "timeline", &mut |ui| self.timeline.ui(ui, &mut self.link, commands));
            if self.link.shown_step() != before {
                ui.ctx().request_repaint();
            }
        }
        if let (Some(room), Some(presenting)) = (strip, &mut self.presenting) {
            within(ui, room, "strip", &mut |ui| presenting.strip(ui, &mut self.link, commands));
        }
        if let Some(room) = status {
            let (journal, status) = (self.link.journal(), self.link.status());
            within(ui, room, "status bar", &mut |ui| status_bar::bar(ui, journal, status, commands));
        }
    }

    /// Menus and the run.
    fn bars_above(
        &mut self,
        ui: &mut Ui,
        commands: &mut Vec<AppCommand>,
        orders: &mut Vec<Order>,
        frame: &dyn Fn(i8, i8) -> Frame,
    ) {
        Panel::top("menus").resizable(false).show_separator_line(false).frame(frame(8, 2)).show(ui, |ui| {
            self.menus(ui, commands);
        });
        Panel::top("top_bar").resizable(false).frame(frame(12, 5)).show(ui, |ui| {
            self.top_bar.ui(ui, &mut self.link, commands, orders);
        });
    }

    fn menus(&self, ui: &mut Ui, commands: &mut Vec<AppCommand>) {
        let theme = ui.ctx().options(|options| options.theme_preference);
        let has_timeline = self.timeline.is_shown(ui.ctx());
        let state = MenuState {
            is_enabled: &|command| self.is_enabled(command),
            is_on: &|command| match command {
                AppCommand::Theme(preference) => preference == theme,
                AppCommand::Speak(vocabulary) => vocabulary == self.vocabulary,
                AppCommand::Layout(preset) => preset == self.desk.preset(),
                AppCommand::TogglePane(kind) => self.desk.has(kind),
                AppCommand::ToggleLogTime => self.time.is_logarithmic(),
                AppCommand::Timeline => has_timeline,
                AppCommand::StartTour(place) => self.touring.as_ref().and_then(Touring::place) == Some(place),
                _ => false,
            },
            named: &|command| match command {
                AppCommand::RunOrPause => Some(if self.link.is_running() { "Pause" } else { "Run" }.into()),
                AppCommand::Undo => self.link.deeds().next(Way::Back).map(|deed| format!("Undo: {}", told(deed))),
                AppCommand::Redo => self.link.deeds().next(Way::Again).map(|deed| format!("Redo: {}", told(deed))),
                _ => None,
            },
            front: self.desk.front().title(),
        };
        ui.horizontal(|ui| {
            let width = ui.max_rect().x_range();
            menu_bar::ui(ui, &state, commands);
            // The menus take the whole width, and would push what follows over the edge of the window.
            let row = Rect::from_x_y_ranges(width, ui.min_rect().y_range());
            let builder = UiBuilder::new().max_rect(row).layout(Layout::right_to_left(Align::Center));
            ui.scope_builder(builder, top_bar::theme_switch);
        });
    }
}
