//! Hebbscope's binary: the window, or a subcommand in the terminal.
//!
//! Threads: the main thread draws the window (or drives a headless run); `trainer` trains for the window and owns the
//! replicas; `replicas-N` are its workers; that of Ctrl-C sets a flag for a headless run, and has the window's run left.
//! Channels: commands to the trainer (unbounded, tiny), events from it (bounded; news only), and two shared slots, the
//! newest status and the curves, which the window reads at its own pace.

#![cfg_attr(not(test), deny(clippy::print_stdout, clippy::print_stderr))]

mod cli;

use std::process::ExitCode;

use clap::Parser;
use hebbscope::training::caught;

use cli::print::remark;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    hebbscope::record::report_faults();
    hebbscope::heap::keep_little();
    keep_drivers_quiet();
    outlive_limits();
    if let Err(error) = hebbscope::instruction_set::InstructionSet::asked() {
        remark!("error: {error}");
        return ExitCode::from(cli::exit::REFUSED);
    }
    let outcome = caught(|| match cli.command {
        Some(command) => cli::run(command),
        None => {
            keep_software_drawing_small();
            pass_over_stale_wayland();
            start_no_bus();
            cli::open_window(&cli.window)
        }
    });
    let outcome = outcome.unwrap_or_else(|words| {
        remark!("error: a fault of this program has stopped it: {words}");
        Ok(cli::exit::BROKEN)
    });
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            remark!("error: {}", in_one_line(&error));
            ExitCode::from(cli::exit::code_of(&error))
        }
    }
}

/// Mesa's software renderer starts a thread for every core, and those take the cores that train: with none beside the
/// main thread, training beside a window under the mouse was 1.3 to 1.8 times as fast on two cores, and frames came as
/// often. A value that the user has set stands.
fn keep_software_drawing_small() {
    const NAME: &str = "LP_NUM_THREADS";
    if std::env::var_os(NAME).is_none() {
        let cores = hebbscope::cores::available();
        // SAFETY: called from `main` before anything that starts a thread, so nobody reads the environment meanwhile.
        // The driver has no other switch.
        unsafe { std::env::set_var(NAME, (cores / 4).to_string()) };
    }
}

/// A file that may not become so large ends the process by a signal, unless that is ignored: then it is refused as on a full disk.
fn outlive_limits() {
    #[cfg(unix)]
    {
        use nix::sys::signal::{SigHandler, Signal, signal};
        // SAFETY: an ignored signal runs no code. The only failure is that of an unknown signal.
        let _ = unsafe { signal(Signal::SIGXFSZ, SigHandler::SigIgn) };
    }
}

/// Mesa's layer that puts graphics processors in the order of a desktop asks for a compositor first, and writes an error
/// of its own where there is no session, as on a server.
fn keep_drivers_quiet() {
    const NAME: &str = "NODEVICE_SELECT";
    if asks_in_vain(|name| std::env::var_os(name)) && std::env::var_os(NAME).is_none() {
        // SAFETY: called from `main` before anything that starts a thread, so nobody reads the environment meanwhile.
        // The driver has no other switch.
        unsafe { std::env::set_var(NAME, "1") };
    }
}

/// Whether there is no session to ask, nor an order that somebody has chosen.
fn asks_in_vain(variable: impl Fn(&str) -> Option<std::ffi::OsString>) -> bool {
    let has = |name| variable(name).is_some_and(|value| !value.is_empty());
    let runtime = variable("XDG_RUNTIME_DIR").is_some_and(|path| std::path::Path::new(&path).is_dir());
    !runtime && !has("MESA_VK_DEVICE_SELECT") && !has("DRI_PRIME")
}

/// The window library takes the compositor that is named, even where that one is gone and an X server is there.
fn pass_over_stale_wayland() {
    if hebbscope::app::has_stale_wayland() {
        remark!("note: no compositor answers at WAYLAND_DISPLAY; the X display is taken");
        // SAFETY: called from `main` before anything that starts a thread, so nobody reads the environment meanwhile.
        // The library has no other switch.
        unsafe { std::env::remove_var("WAYLAND_DISPLAY") };
    }
}

/// The dialogs of a desktop are asked for over its bus. Where there is none, the C library of D-Bus splits this process in two to
/// start one. To copy the pages of a large process that is training held the window for 150 to 550 ms.
fn start_no_bus() {
    if lacks_bus(|name| std::env::var_os(name)) {
        // SAFETY: called from `main` before anything that starts a thread, so nobody reads the environment meanwhile.
        // The library has no other switch.
        unsafe { std::env::set_var(BUS, "disabled:") };
    }
}

const BUS: &str = "DBUS_SESSION_BUS_ADDRESS";

/// Whether neither an address of the session's bus is given, nor its socket lies where it is looked for.
fn lacks_bus(variable: impl Fn(&str) -> Option<std::ffi::OsString>) -> bool {
    let socket = variable("XDG_RUNTIME_DIR").map(|path| std::path::Path::new(&path).join("bus"));
    variable(BUS).is_none_or(|address| address.is_empty()) && socket.is_none_or(|socket| !socket.exists())
}

/// The error with its causes; most errors of the library name theirs already.
fn in_one_line(error: &anyhow::Error) -> String {
    error
        .chain()
        .skip(1)
        .map(ToString::to_string)
        .fold(error.to_string(), |text, cause| if text.contains(&cause) { text } else { format!("{text}: {cause}") })
}

#[cfg(test)]
mod tests {
    use super::{BUS, asks_in_vain, lacks_bus};

    #[test]
    fn a_bus_that_there_is_is_asked() {
        let runtime = tempfile::tempdir().expect("a temporary folder");
        let lacks = |address: Option<&str>| {
            lacks_bus(|name| match name {
                BUS => address.map(Into::into),
                _ => Some(runtime.path().into()),
            })
        };
        assert!(lacks(None) && lacks(Some("")) && lacks_bus(|_| None));
        assert!(!lacks(Some("unix:path=/run/user/1000/bus")));
        std::fs::write(runtime.path().join("bus"), "").expect("written");
        assert!(!lacks(None));
    }

    #[test]
    fn the_order_of_graphics_processors_is_left_alone_where_somebody_has_one() {
        let with = |set: &[(&str, &str)]| {
            asks_in_vain(|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).into()))
        };
        assert!(with(&[]) && with(&[("XDG_RUNTIME_DIR", "/no/such/folder")]) && with(&[("DRI_PRIME", "")]));
        assert!(!with(&[("XDG_RUNTIME_DIR", "/")]));
        assert!(!with(&[("DRI_PRIME", "1")]) && !with(&[("MESA_VK_DEVICE_SELECT", "10de:2204")]));
    }
}
