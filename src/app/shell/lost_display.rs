//! A display that goes away under the window, as when its server ends: no fault of this program. The run is left for the next
//! start, and the process ends with a line.
//!
//! The libraries that draw know three ends then: Xlib ends the process by itself, others panic in the middle of a call, after
//! which nothing that belongs to the display may be touched, not even to be given back, and with Wayland they take the window
//! down as if it had been closed.

use std::panic::PanicHookInfo;

use super::display;
use super::ending::Ending;
#[cfg(unix)]
use crate::training::NotLeft;

/// What panics of the libraries that draw say where their connection has broken.
const BROKEN: [&str; 5] = ["Connection(", "ConnectionError", "IoError", "BrokenPipe", "Broken pipe"];

/// Whether a panic is the end of the display and no fault of this program.
pub(super) fn is_end_of_display(fault: &PanicHookInfo<'_>) -> bool {
    let place = fault.location().map_or("", |place| place.file());
    let words = fault.payload_as_str().unwrap_or_default();
    is_elsewhere(place) && (BROKEN.iter().any(|part| words.contains(part)) || !display::is_there())
}

/// Whether a source lies outside of this program, and is not the printing of the standard library: whose output is read no
/// more has a broken pipe too.
fn is_elsewhere(file: &str) -> bool {
    let is_printing = file.ends_with("library/std/src/io/stdio.rs");
    !file.is_empty() && !file.starts_with("src/") && !file.starts_with("src\\") && !is_printing
}

/// Leaves the run, says what has happened, and ends the process with this code.
#[cfg(unix)]
pub(super) fn end(ending: &Ending, code: u8) -> ! {
    say_and_end(ending.leave(), code)
}

#[cfg(unix)]
fn say_and_end(left: Result<(), NotLeft>, code: u8) -> ! {
    use std::io::Write as _;
    let words = match left {
        Ok(()) => "the run is left for the next start".to_owned(),
        Err(error) => error.to_string(),
    };
    let _ = writeln!(std::io::stderr(), "error: the display has gone away under the window; {words}");
    // SAFETY: it takes any number and touches nothing of this process. What drivers have registered for an ordinary end asks the
    // display, which does not answer any more.
    unsafe { nix::libc::_exit(code.into()) }
}

/// What there is to leave, and the exit code, once there is a window.
#[cfg(target_os = "linux")]
static WATCHED: std::sync::OnceLock<(Ending, u8)> = std::sync::OnceLock::new();

/// As [`end`] where the display of the window has gone away, and nothing where it has not. The run is left in any case.
#[cfg(target_os = "linux")]
pub(in crate::app::shell) fn end_if_gone() {
    let Some((ending, code)) = WATCHED.get() else { return };
    // First, as a compositor that ends may still be listening for a moment.
    let left = ending.leave();
    if !display::is_there() {
        say_and_end(left, *code);
    }
}

/// Elsewhere no display goes away by itself.
#[cfg(not(target_os = "linux"))]
pub(in crate::app::shell) fn end_if_gone() {}

/// Has Xlib, which ends the process where its connection breaks, do that in the way of [`end`]. Called once there is a window, and
/// so the library.
#[cfg(target_os = "linux")]
pub(super) fn watch(ending: &Ending, code: u8) {
    use nix::libc::{self, c_int, c_void};

    type Handler = unsafe extern "C" fn(*mut c_void) -> c_int;

    extern "C" fn gone(_display: *mut c_void) -> c_int {
        match WATCHED.get() {
            Some((ending, code)) => end(ending, *code),
            None => 0,
        }
    }

    if WATCHED.set((ending.clone(), code)).is_err() {
        return;
    }
    // SAFETY: a library that is open already is looked up and nothing loaded; it stays open as long as the process. The function
    // has the type that Xlib documents, and the handler that of its handlers; it does not return, as Xlib wants it.
    unsafe {
        let library = libc::dlopen(c"libX11.so.6".as_ptr(), libc::RTLD_LAZY | libc::RTLD_NOLOAD);
        if library.is_null() {
            return;
        }
        let set = libc::dlsym(library, c"XSetIOErrorHandler".as_ptr());
        if !set.is_null() {
            let set: unsafe extern "C" fn(Option<Handler>) -> Option<Handler> = std::mem::transmute(set);
            set(Some(gone));
        }
    }
}

/// Elsewhere no window is drawn through Xlib.
#[cfg(not(target_os = "linux"))]
pub(super) fn watch(_ending: &Ending, _code: u8) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_of_this_program_are_its_own() {
        assert!(is_elsewhere("/root/.cargo/registry/src/index/winit-0.30/src/platform_impl/linux/x11/window.rs"));
        assert!(!is_elsewhere("/rustc/59807616/library/std/src/io/stdio.rs"));
        assert!(
            !is_elsewhere("src/app/shell/window/frame.rs") && !is_elsewhere("src\\app\\mod.rs") && !is_elsewhere("")
        );
    }
}
