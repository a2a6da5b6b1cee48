//! Exit codes, and which of them an error has.

use std::fmt;
use std::io::ErrorKind;

/// Done.
pub(crate) const DONE: u8 = 0;
/// All seeds diverged, or a check failed.
pub(crate) const FAILED: u8 = 1;
/// Refused before the start; nothing was written.
pub(crate) const REFUSED: u8 = 2;
/// The machine failed after the start: disk, memory, device or thread. What was computed is kept.
pub(crate) const BROKEN: u8 = 3;
/// Interrupted, as shells have it.
pub(crate) const INTERRUPTED: u8 = 130;

/// An error after the start.
#[derive(Debug)]
struct AfterStart(anyhow::Error);

impl fmt::Display for AfterStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for AfterStart {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

/// Says of a result that what failed was not the input.
pub(crate) trait Started<T> {
    /// The same result; its error ends the process with [`BROKEN`].
    fn after_start(self) -> anyhow::Result<T>;
}

impl<T, E: Into<anyhow::Error>> Started<T> for Result<T, E> {
    fn after_start(self) -> anyhow::Result<T> {
        self.map_err(|error| anyhow::Error::new(AfterStart(error.into())))
    }
}

/// Whether an error is that something has gone which was there: a folder that is being removed goes file by file, and with its
/// journal or rows goes what could be gone on with.
pub(crate) fn is_of_what_has_gone(error: &(dyn std::error::Error + 'static)) -> bool {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let mut kinds = causes.filter_map(|cause| cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind));
    kinds.any(|kind| kind == ErrorKind::NotFound)
}

/// The exit code of an error. A full disk, or a limit on files, is nobody's input, whenever it is met.
pub(crate) fn code_of(error: &anyhow::Error) -> u8 {
    // What is too large to be read is input, and nothing that the system has said.
    let is_full = |cause: &(dyn std::error::Error + 'static)| {
        let Some(error) = cause.downcast_ref::<std::io::Error>() else { return false };
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => true,
            ErrorKind::FileTooLarge => error.raw_os_error().is_some(),
            _ => false,
        }
    };
    if error.is::<AfterStart>() || error.chain().any(is_full) { BROKEN } else { REFUSED }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_gone_is_told_from_what_is_full() {
        let after_start = |kind: ErrorKind| {
            let path = "a".into();
            let error = hebbscope::record::RecordError::Io { path, action: "cannot be written", source: kind.into() };
            let outcome: Result<(), _> = Err(error).after_start();
            outcome.expect_err("failed").context("the folder is not whole")
        };
        assert!(is_of_what_has_gone(after_start(ErrorKind::NotFound).as_ref()));
        assert!(!is_of_what_has_gone(after_start(ErrorKind::StorageFull).as_ref()));
    }
}
