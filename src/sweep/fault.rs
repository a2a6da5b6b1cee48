//! What ends a session and is no fault of the input.

/// What ended a session.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// Cells that it happened with.
    pub cells: Vec<usize>,
    /// What happened.
    pub words: String,
    /// Of which kind it is.
    pub kind: FaultKind,
}

/// What sort of thing has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FaultKind {
    /// A thread has panicked, which the same cells would cause again.
    Panic,
    /// The system gave no threads.
    Threads,
    /// A cell is trained, and what it came to cannot be written.
    Unkept,
}
