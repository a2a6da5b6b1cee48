//! What a person can tell the window to do: one list that feeds buttons, tooltips and keyboard.

use eframe::egui::{Context, Key, KeyboardShortcut, Modifiers};

/// An order to the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppCommand {
    /// Trains, or pauses a run that is training.
    RunOrPause,
    /// Trains the chosen number of steps, then pauses.
    Step,
    /// Starts anew from the same initial weights.
    Reset,
    /// Starts anew from other initial weights.
    NewSeed,
    /// Shows the whole run again and follows it.
    FollowRun,
    /// Writes what is needed to repeat the run.
    Save,
    /// Opens or closes the list of messages.
    ToggleLog,
}

impl AppCommand {
    /// Every command, in the order in which shortcuts are tried.
    pub const ALL: [Self; 7] =
        [Self::RunOrPause, Self::Step, Self::Reset, Self::NewSeed, Self::FollowRun, Self::Save, Self::ToggleLog];

    /// Name on buttons.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::RunOrPause => "Run",
            Self::Step => "Step",
            Self::Reset => "Reset",
            Self::NewSeed => "New seed",
            Self::FollowRun => "Follow run",
            Self::Save => "Save settings",
            Self::ToggleLog => "Messages",
        }
    }

    /// What it does, in a sentence.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::RunOrPause => "Train, or pause at the next step.",
            Self::Step => "Train the chosen number of steps, then pause.",
            Self::Reset => "Start again from the same initial weights, with the present settings.",
            Self::NewSeed => "Start again with seeds not used so far: other teacher, data, initial weights and noise.",
            Self::FollowRun => "Show the whole run and follow it as it grows. Double-clicking a plot does the same.",
            Self::Save => {
                "Write the configuration and every change made on the way to a folder under runs, and say the command \
                 that repeats this run without the window, number for number."
            }
            Self::ToggleLog => "What happened so far: changed settings, refusals, seeds that diverged.",
        }
    }

    /// Its key.
    #[must_use]
    pub fn shortcut(self) -> KeyboardShortcut {
        let key = match self {
            Self::RunOrPause => Key::Space,
            Self::Step => Key::S,
            Self::Reset => Key::R,
            Self::NewSeed => Key::N,
            Self::FollowRun => Key::F,
            Self::Save => return KeyboardShortcut::new(Modifiers::COMMAND, Key::S),
            Self::ToggleLog => Key::L,
        };
        KeyboardShortcut::new(Modifiers::NONE, key)
    }

    /// Description and key, for tooltips.
    #[must_use]
    pub fn tooltip(self) -> String {
        let shortcut = self.shortcut();
        let control = if shortcut.modifiers.command { "Ctrl " } else { "" };
        format!("{}\nKey: {control}{}", self.description(), shortcut.logical_key.name())
    }

    /// Takes the commands whose keys were pressed out of this frame's input.
    ///
    /// A text being edited keeps every key, and a widget that holds the keyboard's focus keeps Space, which presses it.
    #[must_use]
    pub fn pressed(ctx: &Context) -> Vec<Self> {
        if ctx.text_edit_focused() {
            return Vec::new();
        }
        let focused = ctx.memory(|memory| memory.focused().is_some());
        Self::ALL
            .into_iter()
            .filter(|command| !(focused && command.shortcut().logical_key == Key::Space))
            .filter(|command| ctx.input_mut(|input| input.consume_shortcut(&command.shortcut())))
            .collect()
    }
}
