//! The title, by which a taskbar shows how a run behind other windows gets on.

use std::time::{Duration, Instant};

use eframe::egui::{Context, ViewportCommand};

use super::Window;
use crate::app::look::{numbers, titles, words};
use crate::training::{RunState, Status};

/// Time between two titles of a run that goes on.
const TITLE_INTERVAL: Duration = Duration::from_secs(1);

impl Window {
    /// Gives the window the title that the run has now.
    pub(super) fn tell_title(&mut self, ctx: &Context) {
        let status = self.link.status();
        // Only the step changes while a run goes on; titles that flicker ten times a second distract.
        let state = (status.run_id, status.state);
        let due = status.state != RunState::Running || self.titled.is_none_or(|at| at.elapsed() >= TITLE_INTERVAL);
        if state == self.titled_state && !due {
            return;
        }
        self.titled_state = state;
        let title = title(status);
        if title != self.title {
            ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.title = title;
            self.titled = Some(Instant::now());
        }
    }
}

/// `Hebbscope - Regression with gradient descent - seeds 0-3 - step 1,200`.
fn title(status: &Status) -> String {
    let name = titles::title(&status.experiment);
    let name = words::plain(&name);
    let step = numbers::count(status.step);
    let state = match status.state {
        RunState::Preparing => return format!("Hebbscope - {name} - preparing"),
        RunState::Running => format!("step {step}"),
        RunState::Paused => format!("paused at step {step}"),
        RunState::AtRest => format!("at rest at step {step}"),
        RunState::Failed => format!("stopped at step {step}"),
    };
    format!("Hebbscope - {name} - {} - {}", numbers::seeds(&status.seeds), words::say(&state))
}
