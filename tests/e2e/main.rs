//! The real binary in a real window: mouse and keyboard events go in through the X server, pixels, titles and files come
//! out.
#![cfg(target_os = "linux")]

mod app;
mod bus;
mod ended;
mod hands;
mod judging;
mod mirror;
mod rude;
mod screen;
mod session;
mod soak;
mod steering;
mod visits;
mod wayland;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Held by a test while its window is open: two windows at once would share the processor that is being timed.
static SCREEN: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    // A test that failed leaves nothing behind that the next one minds.
    SCREEN.lock().unwrap_or_else(PoisonError::into_inner)
}
