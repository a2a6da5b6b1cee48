//! What lies above the panes, and what becomes of the answers.

use eframe::egui::Context;

use super::Window;
use crate::app::link::guard::{Answer, Loaded, Order};
use crate::app::orders::AppCommand;
use crate::app::shell::finder;
use crate::app::shell::finder::Outcome;
use crate::app::shell::glossary::Sheet;
use crate::app::shell::opening;
use crate::app::shell::opening::Opening;
use crate::app::shell::paste::Pasted;
use crate::app::shell::top_bar;

impl Window {
    /// What lies above the panes.
    pub(super) fn overlays(&mut self, ctx: &Context, commands: &mut Vec<AppCommand>, orders: &mut Vec<Order>) {
        if let Some(question) = self.question.take() {
            match question.ui(ctx) {
                Answer::Waiting(question) => self.question = Some(question),
                Answer::Keep => {}
                Answer::Save { grid } => commands.push(if grid { AppCommand::SaveCells } else { AppCommand::Save }),
                Answer::GoOn(order, never) => {
                    self.asks &= !never;
                    self.carry_out(order);
                }
            }
        }
        if self.gallery.shows_first() {
            self.first_page(ctx, commands, orders);
        } else if let Some(left) = self.left.take() {
            self.ask_about(left.ui(ctx));
        }
        // Behind a question it would take the keys that answer it.
        if self.question.is_none() && self.left.is_none() {
            self.gallery.ui(ctx, commands, orders);
        }
        if let Some(mut palette) = self.palette.take() {
            match palette.ui(ctx, &|command| self.is_enabled(command)) {
                Outcome::Open => self.palette = Some(palette),
                Outcome::Closed => {}
                Outcome::Chosen(command) => commands.push(command),
                Outcome::Term(term) => self.glossary = Some(Sheet::new(Some(term))),
                Outcome::Field(field) => self.show_field(field),
                Outcome::Experiment(preset) => orders.extend(top_bar::order_for(preset, &mut self.link)),
            }
        }
        if self.shows_keys {
            self.shows_keys = finder::shortcut_sheet(ctx);
        }
        self.explain(ctx);
        self.take_exports(ctx);
        self.choose_look(ctx);
        self.choose_numbers(ctx);
        self.animate(ctx);
        if let Some((purpose, path)) = self.dialogs.ui(ctx) {
            self.take_path(ctx, purpose, path);
        }
        if let Some(mut paste) = self.paste.take() {
            match paste.ui(ctx) {
                Pasted::Waiting => self.paste = Some(paste),
                Pasted::GivenUp => {}
                Pasted::Experiment(experiment, interventions) => {
                    orders.push(Order::Load(Box::new(Loaded { interventions, ..Loaded::new(*experiment) })));
                }
            }
        }
        // One after the other, in the order in which they were let go: each run goes on the shelf when the next takes its place.
        self.to_open.extend(opening::dropped(ctx));
        if self.opening.is_none()
            && self.question.is_none()
            && self.link.is_settled()
            && let Some(path) = self.to_open.pop_front()
        {
            self.opening = Some(Opening::new(ctx, path));
        }
        if let Some((path, read)) = self.opening.as_ref().and_then(|o| Some((o.path().to_path_buf(), o.poll()?))) {
            self.opening = None;
            orders.extend(self.take_up(&path, read));
        }
    }
}
