//! The program as its users meet it: the command line, files in and out, what it says, what it refuses.

mod at_once;
mod bad_input;
mod bad_networks;
mod bad_trajectories;
mod checkpoints;
mod clocks;
mod closed_output;
mod common_changes;
mod effects;
mod exhibit;
mod figure_looks;
mod full_disk;
mod html;
mod interventions;
mod limits;
mod own_data;
mod paths;
mod power_cut;
mod promises;
mod replay;
mod reproduce;
mod rules;
mod run_folder;
mod said;
mod sessions;
mod share;
mod tours;
#[path = "../well_formed/mod.rs"]
mod well_formed;

/// Two seeds of a network whose steps take microseconds.
const TINY: &str = r#"
name = "tiny"
[data]
train_examples = 320
validation_examples = 64
input_size = 4
output_size = 3
[model]
hidden = [6]
[training]
batch_size = 32
steps = 60
seeds = 2
[measure]
window = 20
"#;
