//! Guided tours: a text that sets up experiments, asks for predictions and checks its own claims.
//!
//! A tour is a Markdown file with directives; the format is described in `assets/tours/README.md`. [`Tour::parse`] reads
//! and checks it, [`Guide`] walks through it for whoever shows it, and [`rehearse`] walks through it without a window, so
//! that a tour whose claims no longer hold is found by a test. Nothing here draws.

mod condition;
mod directive;
mod error;
mod experiment;
mod guide;
mod names;
mod observation;
mod parse;
mod rehearsal;
mod text;
mod tours;

pub use condition::{Condition, Quantity, Relation, Statistic, Wait};
pub use directive::{Action, Mark};
pub use error::TourError;
pub use guide::{Guide, Reading};
pub use names::{LAYOUTS, PANES};
pub use observation::{Observation, StoreObservation};
pub use parse::{Choice, Part, Question, Stage, Tour};
pub use rehearsal::{Rehearsal, RehearsalError, rehearse};
pub use text::{Block, Span, Style};
pub use tours::{BuiltIn, TOURS};
