//! Hebbscope's binary: the window, or a subcommand in the terminal.
//!
//! Threads: the main thread draws the window (or drives a headless run); `trainer` trains for the window and owns the
//! replicas; `replicas-N` are its workers; the Ctrl-C handler of a headless run only sets a flag.
//! Channels: commands to the trainer (unbounded, tiny), events from it (bounded; news only), and two shared slots, the
//! newest status and the curves, which the window reads at its own pace.

mod cli;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let outcome = match cli.command {
        Some(command) => cli::run(command),
        None => cli::open_window(&cli.window),
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("error: {}", in_one_line(&error));
            ExitCode::from(cli::BAD_INPUT)
        }
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
