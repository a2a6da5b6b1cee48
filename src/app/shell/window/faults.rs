//! What the window does about faults of this program: those of other threads are told of, and its own costs no training.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::Window;
use crate::app::link::journal::Weight;
use crate::app::shell::ending::PATIENCE;
use crate::record::new_fault_reports;

impl Window {
    /// Does a part of a frame. Where it panics, the run is left for the next start before the panic goes its way through the
    /// libraries that draw, which may not survive it.
    pub(super) fn guarded(&mut self, work: impl FnOnce(&mut Self)) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| work(self))) {
            self.link.leave(PATIENCE);
            resume_unwind(panic);
        }
    }

    /// Says where the reports of faults lie, on whichever thread they were.
    pub(super) fn tell_of_faults(&mut self) {
        for report in new_fault_reports() {
            let text = format!(
                "A fault of this program was caught. A report without personal paths, for whoever mends it: {}",
                report.display()
            );
            self.link.journal_mut().say(Weight::Warning, text);
        }
    }
}
