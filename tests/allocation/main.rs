//! What is allocated: nothing by training under way, and nothing beyond what it is worth by whatever reads files of others.

mod counting;
mod damage;
#[path = "../loaders/mod.rs"]
mod loaders;
mod reading;
mod training;
