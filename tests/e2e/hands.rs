//! A mouse, a keyboard and eyes in front of the real window.

use std::path::Path;
use std::time::Duration;

use eframe::egui::Pos2;

use super::app::{App, PATIENCE};
use super::screen::{Pixel, wait_for};

/// An experiment as a file: small enough to train quickly, and deep enough to have a second layer.
pub fn experiment(name: &str) -> String {
    format!(
        "name = \"{name}\"\n[data]\ntrain_examples = 2048\nvalidation_examples = 64\n\
         [model]\nhidden = [32, 32]\n[rule]\nlearning_rate = 0.1\n\
         [training]\nbatch_size = 64\nsteps = 1000000\nseeds = 2\n"
    )
}

/// The window with hands.
pub struct Session {
    pub app: App,
}

impl Session {
    pub fn point(&mut self, at: Pos2) {
        let (x, y) = (self.app.origin.0 + at.x as usize, self.app.origin.1 + at.y as usize);
        self.app.screen.input(&format!("mousemove {x} {y}"));
        pause();
    }

    pub fn click(&mut self, at: Pos2) {
        self.point(at);
        // The window draws a frame between press and release, as it does between those of a hand.
        self.app.screen.input("mousedown 1");
        pause();
        self.app.screen.input("mouseup 1");
        pause();
    }

    pub fn key(&mut self, key: &str) {
        self.app.screen.input(&format!("key {key}"));
        pause();
    }

    pub fn write(&mut self, text: &str) {
        self.app.screen.input(&format!("type --delay 8 {text}"));
        pause();
    }

    /// Where the palette and questions appear, over panes that stand still while the run waits.
    pub fn middle(&self) -> Vec<Pixel> {
        let (x, y) = self.app.origin;
        self.app.screen.look(x + 400, y + 60, 480, 400)
    }

    /// Waits until something else than `before` stands in the middle.
    #[track_caller]
    pub fn changed(&self, before: &[Pixel]) {
        let mut last = before.to_vec();
        wait_for("change in the middle of the window", PATIENCE, || {
            // Longer than a frame: two looks within one would be the same.
            std::thread::sleep(Duration::from_millis(300));
            let now = self.middle();
            let stands = now != before && now == last;
            last = now;
            stands.then_some(())
        });
    }

    /// Picks a command by its name.
    pub fn palette(&mut self, words: &str) {
        let before = self.middle();
        self.key("ctrl+p");
        self.changed(&before);
        self.write(&format!("\"{words}\""));
        let palette = self.middle();
        self.key("Return");
        self.changed(&palette);
    }

    /// A command that asks for a path, answered in the window's own field, as no desktop answers here.
    pub fn path(&mut self, path: &Path, command: impl FnOnce(&mut Self)) {
        let before = self.middle();
        command(self);
        self.changed(&before);
        self.key("ctrl+a");
        self.write(path.to_str().expect("a plain path"));
        let question = self.middle();
        self.key("Return");
        self.changed(&question);
    }

    /// As [`Self::path`], for a figure, whose looks are asked for before its path.
    #[track_caller]
    pub fn figure(&mut self, path: &Path, command: impl FnOnce(&mut Self)) {
        let before = self.middle();
        command(self);
        self.changed(&before);
        // Its small picture is drawn beside the window's thread.
        std::thread::sleep(Duration::from_secs(2));
        self.path(path, |session| session.key("Return"));
    }

    /// Waits for a file or folder to be there, whole.
    #[track_caller]
    pub fn written(&self, path: &Path) {
        wait_for(&format!("{}", path.display()), PATIENCE, || path.exists().then_some(()));
    }

    pub fn paused_step(&mut self) -> u64 {
        self.key("space");
        wait_for("pause", PATIENCE, || self.app.title().contains("paused at step").then_some(()));
        self.app.step().expect("a step in the title")
    }

    /// Presses at one place and lets go at another, with a stop between.
    pub fn drag(&mut self, from: Pos2, to: Pos2) {
        self.point(from);
        self.app.screen.input("mousedown 1");
        pause();
        self.point(from.lerp(to, 0.5));
        self.point(to);
        self.app.screen.input("mouseup 1");
        pause();
    }

    /// Waits for that many steps more of a run that trains, and pauses it; its step.
    pub fn run_until_paused_after(&mut self, steps: u64) -> u64 {
        let from = self.app.step().expect("a step in the title");
        wait_for("further steps", PATIENCE, || self.app.step().filter(|&step| step > from + steps));
        self.paused_step()
    }

    pub fn run_on(&mut self, steps: u64) {
        let from = self.app.step().expect("a step in the title");
        self.key("space");
        wait_for("further steps", PATIENCE, || self.app.step().filter(|&step| step > from + steps));
    }
}

/// Longer than a frame drawn in software on a busy machine.
pub fn pause() {
    std::thread::sleep(Duration::from_millis(220));
}
