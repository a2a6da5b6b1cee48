//! The window, driven through its accessible names without a display, with the real trainer behind it.

mod alternation;
mod animation;
mod commands;
mod convolutions;
mod dialogs;
mod experiments;
mod exports;
mod first_use;
mod forces;
mod gallery;
mod glossary;
mod guard;
mod heard;
mod left;
mod matrices;
mod network;
mod neurons;
mod numbers;
mod outgoing;
mod phase;
mod presenting;
mod reading_order;
mod rest;
mod ring;
mod rule;
mod runs;
mod schedule;
mod setup;
#[path = "../small_disk/mod.rs"]
mod small_disk;
mod stage;
mod tabs;
mod taken_out;
mod timeline;
mod tours;
mod twins;
mod typing;
#[path = "../well_formed/mod.rs"]
mod well_formed;
mod words;
