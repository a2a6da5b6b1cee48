//! The window, driven through its accessible names without a display, with the real trainer behind it.

mod commands;
mod forces;
mod gallery;
mod guard;
mod matrices;
mod neurons;
mod phase;
mod rule;
mod stage;
mod tours;
mod twins;
mod typing;
