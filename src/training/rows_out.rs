//! The rows of a run at full rate, handed out to be read beside the trainer.

use crossbeam_channel::Sender;

use super::run::Run;
use super::worker::Worker;
use crate::record::{RecordError, SpoolReader};

/// The rows of a run, and of its twin.
pub struct RunRows {
    /// The run whose rows they are.
    pub run_id: u64,
    /// Those of the run, or of twin A.
    pub run: SpoolReader,
    /// Those of twin B, while there is one.
    pub twin: Option<TwinRows>,
}

/// The rows of twin B.
pub struct TwinRows {
    /// Step before whose update the twins parted: of earlier steps the rows are those of the run.
    pub forked_at: u64,
    /// The rows from there on.
    pub rows: SpoolReader,
}

impl Worker<'_> {
    /// Hands out the rows that there are.
    pub(super) fn read_rows(&mut self, to: &Sender<Result<RunRows, String>>) {
        let rows = self.shared_rows().map_err(|error| error.to_string());
        // Whoever asked may have left.
        let _ = to.send(rows);
        (self.waker)();
    }

    fn shared_rows(&mut self) -> Result<RunRows, RecordError> {
        let run = self.keeping.spool.reader()?;
        let twin = match self.run.as_ref().and_then(Run::twin).map(|twin| twin.forked_at) {
            Some(forked_at) => Some(TwinRows { forked_at, rows: self.keeping.twin_spool.reader()? }),
            None => None,
        };
        Ok(RunRows { run_id: self.run_id, run, twin })
    }
}

#[cfg(test)]
mod tests {
    use crate::experiment::{AlignmentReading, resolve};
    use crate::training::measured_columns;

    #[test]
    fn every_column_of_a_run_has_a_meaning_and_a_heading_of_its_own() {
        let set = ["measure.loss_gradient=true", "measure.post_activation=true", "measure.per_example=true"];
        let set = set.into_iter().chain(["measure.force_balance=true"]).map(str::to_owned);
        let experiment = resolve("sre", &set.collect::<Vec<_>>()).expect("valid");
        let columns = measured_columns(&experiment).expect("compiles");
        let all: Vec<_> = { columns.names() }.iter().map(|n| columns.meaning(n, AlignmentReading::Batch)).collect();
        assert!(all.len() > 40 && all.iter().all(|one| !one.unit.is_empty()), "{all:?}");
        let headings: std::collections::BTreeSet<_> = all.iter().map(|one| &one.heading).collect();
        assert_eq!(headings.len(), all.len());
    }
}
