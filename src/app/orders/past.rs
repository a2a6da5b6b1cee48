//! Ways through the run's past.

use eframe::egui::{Key, KeyboardShortcut, Modifiers};

/// An order about the step that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// Plays the past as it was, or stays where it is.
    Play,
    /// Plays it from its end.
    PlayBackwards,
    /// Shows the step before.
    StepBack,
    /// Shows the step after.
    StepOn,
    /// Shows the step before whose whole state is held.
    HeldBack,
    /// Shows the one after.
    HeldOn,
}

impl Past {
    /// Every one.
    pub const ALL: [Self; 6] =
        [Self::Play, Self::PlayBackwards, Self::StepBack, Self::StepOn, Self::HeldBack, Self::HeldOn];

    /// Name on buttons and in menus.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Play => "Play the past",
            Self::PlayBackwards => "Play the past backwards",
            Self::StepBack => "Look one step back",
            Self::StepOn => "Look one step on",
            Self::HeldBack => "Look back to a held step",
            Self::HeldOn => "Look on to a held step",
        }
    }

    /// What it does, in a sentence.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::Play => {
                "Play what was trained, in every pane, from the step that is shown; from the present, the whole past. Space does \
                 it too while a past step is shown, and stays at a step."
            }
            Self::PlayBackwards => "Play what was trained backwards, in every pane, from the step that is shown.",
            Self::StepBack => "Show the step before the one that is shown.",
            Self::StepOn => "Show the step after the one that is shown.",
            Self::HeldBack => {
                "Show the step before whose whole state is held, as the small ticks below the timeline mark it."
            }
            Self::HeldOn => {
                "Show the next step whose whole state is held, as the small ticks below the timeline mark it."
            }
        }
    }

    /// Its key.
    #[must_use]
    pub fn shortcut(self) -> Option<KeyboardShortcut> {
        let (modifiers, key) = match self {
            Self::Play | Self::PlayBackwards => return None,
            Self::StepBack => (Modifiers::NONE, Key::ArrowLeft),
            Self::StepOn => (Modifiers::NONE, Key::ArrowRight),
            Self::HeldBack => (Modifiers::SHIFT, Key::ArrowLeft),
            Self::HeldOn => (Modifiers::SHIFT, Key::ArrowRight),
        };
        Some(KeyboardShortcut::new(modifiers, key))
    }
}
