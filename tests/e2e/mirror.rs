//! The same window without a display, from which one learns where things are.

use eframe::egui::{Event, Key, Modifiers, Pos2, Rect, Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use hebbscope::app::{PaneKind, Window, WindowSetup};
use hebbscope::experiment::resolve;

/// A window of the size of the real one.
pub struct Mirror {
    pub harness: Harness<'static, Window>,
}

impl Mirror {
    /// Of an experiment: a preset or a file.
    pub fn of(experiment: &str) -> Self {
        let experiment = resolve(experiment, &[]).expect("the file is an experiment");
        let mut harness = Harness::builder()
            .with_size(vec2(1280.0, 720.0))
            .build_eframe(|cc| Window::new(&cc.egui_ctx, experiment, WindowSetup::default()).expect("a thread"));
        harness.run_steps(5);
        Self { harness }
    }

    /// Where a thing lies.
    pub fn rect(&self, role: Role, name: &str) -> Rect {
        self.harness.get_by_role_and_label(role, name).rect()
    }

    /// Its middle.
    pub fn at(&self, role: Role, name: &str) -> Pos2 {
        self.rect(role, name).center()
    }

    /// A place on a slider, as a part of its way.
    pub fn on_slider(&self, name: &str, part: f32) -> Pos2 {
        let rect = self.rect(Role::Slider, name);
        Pos2::new(rect.left() + part * rect.width(), rect.center().y)
    }

    /// Brings a pane to the front, here.
    pub fn show(&mut self, pane: PaneKind) {
        self.harness.state_mut().show_pane(pane);
        self.harness.run_steps(5);
    }

    /// Presses something, here; where it is.
    pub fn click(&mut self, role: Role, name: &str) -> Pos2 {
        let at = self.at(role, name);
        self.harness.get_by_role_and_label(role, name).click();
        self.harness.run_steps(5);
        at
    }

    /// Writes into a field, here; where it is.
    pub fn write(&mut self, field: &str, text: &str) -> Pos2 {
        let at = self.at(Role::TextInput, field);
        self.harness.get_by_role_and_label(Role::TextInput, field).focus();
        self.harness.run_steps(2);
        self.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
        self.harness.run_steps(2);
        self.harness.event(Event::Text(text.into()));
        self.harness.run_steps(2);
        self.harness.key_press(Key::Enter);
        self.harness.run_steps(5);
        at
    }
}
