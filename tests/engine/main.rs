//! The engine: its numbers beside golden ones, by hand and by theory, its bits, and the thread that trains.

mod archives;
mod autosave;
mod bits;
mod branches;
mod collapse;
mod data_files;
mod ends;
mod fault_reports;
mod final_weights;
mod force_balance;
mod golden;
mod gradients;
mod history;
#[path = "../narrower/mod.rs"]
mod narrower;
mod networks;
mod one_batch;
mod returning;
mod scales;
mod schedules;
mod science;
mod session;
mod shelf;
#[path = "../small_disk/mod.rs"]
mod small_disk;
mod theory;
mod trainer;
mod undefined;
mod watched;
mod written_rules;
