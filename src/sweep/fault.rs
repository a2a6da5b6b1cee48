//! What fails in threads that train and is no fault of the input, in words.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What ended a session.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// Cells that were in training.
    pub cells: Vec<usize>,
    /// What happened.
    pub words: String,
    /// Whether it was a panic, which these cells would cause again.
    pub is_panic: bool,
}

/// Does `work`; a panic becomes its message. The runtime has printed it with its place then.
///
/// # Errors
/// The message of the panic. What `work` has changed may be half done, and is not to be used.
pub(super) fn caught<R>(work: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| message(&*payload))
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str).or(payload.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without a message").lines().collect::<Vec<_>>().join(" ")
}
