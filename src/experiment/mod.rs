//! What an experiment is: typed configuration, presets, validation. Computes nothing.

mod config;
mod error;
pub mod fields;
mod load;
mod presets;
mod show;
mod validate;

pub use config::{
    Activation, AlignmentReading, Coupling, Data, DataKind, Experiment, HebbActivity, Init, Loss, Measure, Model,
    ModelKind, Noise, Normalization, OjaForm, Regularizer, Rule, RuleKind, Training, WeightNoiseMode,
};
pub use error::ConfigError;
pub use load::{from_toml, resolve, with_assignment};
pub use presets::{PRESETS, Preset, preset, preset_of_rule};
pub use validate::check_number;
