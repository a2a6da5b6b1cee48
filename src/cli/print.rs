//! The only way to the terminal.
//!
//! What is printed tells of the work and is not the work: a reader that has gone (`| head`, `| grep -m1`, `less` that was
//! left, `| tee` that the same Ctrl-C ended), a full disk behind `>`, a terminal that was closed. So nothing here fails.

use std::fmt::Arguments;
use std::io::Write;

/// A line on standard output: what was asked for.
macro_rules! say {
    ($($argument:tt)*) => { $crate::cli::print::on_stdout(format_args!($($argument)*)) };
}

/// A line on standard error: what happens on the way.
macro_rules! remark {
    ($($argument:tt)*) => { $crate::cli::print::on_stderr(format_args!($($argument)*)) };
}

pub(crate) use {remark, say};

/// See [`say`].
pub(crate) fn on_stdout(words: Arguments<'_>) {
    let _ = std::io::stdout().lock().write_all(line(words).as_bytes());
}

/// See [`remark`].
pub(crate) fn on_stderr(words: Arguments<'_>) {
    let _ = std::io::stderr().lock().write_all(line(words).as_bytes());
}

/// In one piece, as standard error has no buffer and several processes may share it.
fn line(words: Arguments<'_>) -> String {
    format!("{words}\n")
}

/// Writes what is itself the work, such as a file to start from, to standard output.
///
/// # Errors
/// When it could not be written whole, unless the reader has closed the pipe: it had enough.
pub(crate) fn deliver(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
