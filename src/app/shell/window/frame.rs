//! The course of a frame: news are taken up, everything is drawn, and what was ordered is obeyed at its end.

use eframe::egui::{Context, Key, Modifiers, Ui, Visuals};

use super::Window;
use super::placing::take_place;
use crate::app::link::DATA_INTERVAL;
use crate::app::look::stage;
use crate::app::look::theme::Palette;
use crate::app::look::{focus, reading_order};
use crate::app::orders::AppCommand;
use crate::app::orders::past::Past;
use crate::app::shell::ending::PATIENCE;
use crate::app::shell::lost_display;

impl eframe::App for Window {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.guarded(|window| window.prepare(ctx));
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.guarded(|window| window.draw(ui));
    }

    fn clear_color(&self, visuals: &Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        self.keep(storage);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        // Nobody has closed it: the libraries that draw have given up.
        if !self.closes {
            lost_display::end_if_gone();
            self.link.leave(PATIENCE);
        }
    }
}

impl Window {
    /// What a frame begins with, whether it is drawn or not.
    fn prepare(&mut self, ctx: &Context) {
        if let Some(pace) = &mut self.pace {
            pace.begin();
        }
        // A thread may draw several windows in turn.
        self.vocabulary.speak();
        take_place(ctx, &mut self.placing);
        self.link.begin_frame();
        self.tell_glossary(ctx);
        self.tell_of_faults();
        self.watch_closing(ctx);
        self.timeline.go_on(ctx, &mut self.link);
        self.take_up_run(ctx);
        if let (Some(touring), mut room) = self.tour_and_room() {
            touring.observe(&mut room);
        }
    }

    fn draw(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        if let Some(each_frame) = self.each_frame {
            each_frame();
        }
        reading_order::go(&ctx);
        let mut commands = if self.palette.is_some() { Vec::new() } else { AppCommand::pressed(&ctx) };
        if self.link.shown_step().is_some() {
            // One key for what moves: of a past step that is shown, the play.
            let keys = commands.iter_mut().filter(|command| **command == AppCommand::RunOrPause);
            keys.for_each(|command| *command = AppCommand::Past(Past::Play));
        }
        if ctx.input(|input| input.pointer.any_pressed() || !input.pointer.any_down()) {
            self.link.begin_gesture();
        }
        let mut orders = Vec::new();
        self.panels(ui, &mut commands, &mut orders);
        self.overlays(&ctx, &mut commands, &mut orders);
        focus::ring(&ctx);
        if self.presenting.is_some() {
            stage::ring(&ctx, Palette::of(ctx.theme()).warning);
            let is_free = self.palette.is_none() && ctx.memory(|memory| memory.top_modal_layer().is_none());
            if is_free && ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
                commands.push(AppCommand::Present);
            }
        }
        let obeyed = !commands.is_empty() || !orders.is_empty();
        for command in commands {
            self.obey(&ctx, command);
        }
        for order in orders {
            self.order(order);
        }
        self.link.end_frame();
        if obeyed {
            ui.ctx().request_repaint();
        } else if self.link.is_moving() {
            // The trainer asks for frames at the pace of data; this one is for when it has nothing to say for a while.
            ui.ctx().request_repaint_after(3 * DATA_INTERVAL);
        }
        if let Some(pace) = &mut self.pace {
            pace.end();
        }
    }

    /// Lets everything know of the run as it is now.
    fn take_up_run(&mut self, ctx: &Context) {
        let status = self.link.status();
        if self.link.has_news() {
            self.time.reach(status.step);
        }
        self.time.plan(status.planned_steps);
        self.time.show_step(self.link.shown_step());
        self.selection.fit(status.experiment.layer_count(), status.seeds.len());
        if status.run_id != self.run_id {
            self.run_id = status.run_id;
            self.time.follow();
            self.panes.on_new_run(status);
        }
        self.tell_title(ctx);
    }
}
