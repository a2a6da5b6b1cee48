//! Hebbscope's binary: the window, or a subcommand in the terminal.
//!
//! Threads: the main thread draws the window (or drives a headless run); `trainer` trains for the window and owns the
//! replicas; `replicas-N` are its workers; the Ctrl-C handler of a headless run only sets a flag.
//! Channels: commands to the trainer (unbounded, tiny), events from it (bounded; news only), and two shared slots, the
//! newest status and the curves, which the window reads at its own pace.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod cli;

use std::process::ExitCode;

use clap::Parser;

use cli::print::remark;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let outcome = match cli.command {
        Some(command) => cli::run(command),
        None => {
            keep_software_drawing_small();
            cli::open_window(&cli.window)
        }
    };
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
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        // SAFETY: called from `main` before anything that starts a thread, so nobody reads the environment meanwhile.
        // The driver has no other switch.
        unsafe { std::env::set_var(NAME, (cores / 4).to_string()) };
    }
}

/// The error with its causes; most errors of the library name theirs already.
fn in_one_line(error: &anyhow::Error) -> String {
    error
        .chain()
        .skip(1)
        .map(ToString::to_string)
        .fold(error.to_string(), |text, cause| if text.contains(&cause) { text } else { format!("{text}: {cause}") })
}
