//! What of the commands to the trainer stands in the report of a fault.

use super::messages::Command;
use crate::record::{remember, remember_setting};

impl Command {
    /// Remembers a command that somebody gave; what panes ask for by themselves tells nothing.
    pub(super) fn remember(&self) {
        match self {
            Self::Watch(_) | Self::Expect { .. } | Self::WatchNeurons(_) | Self::Stop | Self::Leave(_) => {}
            // Words of a person are nobody else's.
            Self::Annotate { .. } => {}
            Self::Set { field, value, target } => remember_setting(|| match target {
                Some(target) => format!("{field} = {value} ({target:?})"),
                None => format!("{field} = {value}"),
            }),
            Self::Load(experiment) => remember("command", || format!("load {}", experiment.name)),
            Self::Replay { experiment, interventions } => {
                remember("command", || format!("load {} with {} changes", experiment.name, interventions.len()));
            }
            Self::TakeUp(_) => remember("command", || "go on with the run that was left".into()),
            Self::ShelveLeft(left) => remember("command", || format!("{} runs that were left", left.len())),
            other => remember("command", || format!("{other:?}")),
        }
    }
}
