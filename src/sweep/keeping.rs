//! A session whose cells go into a journal.

use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, unbounded};

use super::error::SweepError;
use super::grid::Grid;
use super::journal::{Entry, Journal};
use super::scheduler::{Progress, Session};
use crate::backend::gpu::GpuDevice;

/// Time between two calls of who shows how far it is.
const LOOK: Duration = Duration::from_millis(100);

/// Trains the cells of a session, on a device where there is one, and keeps each in the journal before it is told. `told`
/// is called with every news, and without any when there was none for a while; how many cells could not be trained.
///
/// # Errors
/// When the journal cannot be written, the system gives no thread, or something has failed that is no fault of the input.
pub fn train_into(
    session: &Session,
    device: Option<GpuDevice>,
    threads: usize,
    mut journal: Journal,
    told: &mut dyn FnMut(Option<&Progress>),
) -> Result<usize, SweepError> {
    let grid = session.workshop().grid();
    let (sink, news) = unbounded();
    let mut failed = 0;
    std::thread::scope(|scope| {
        let work = move || match device {
            Some(device) => session.train_on(device, threads, &sink),
            None => session.train(threads, &sink),
        };
        let worker = std::thread::Builder::new().name("sweep".into()).spawn_scoped(scope, work);
        let worker = worker.map_err(SweepError::Thread)?;
        let mut outcome = Ok(());
        loop {
            let first = match news.recv_timeout(LOOK) {
                Ok(first) => first,
                Err(RecvTimeoutError::Timeout) => {
                    told(None);
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            };
            // All that waits becomes durable at once.
            let all: Vec<Progress> = std::iter::once(first).chain(news.try_iter()).collect();
            let entries: Vec<Entry> = all.iter().filter_map(|one| entry(grid, one)).collect();
            failed += entries.iter().filter(|entry| matches!(entry, Entry::Failed { .. })).count();
            // What cannot be kept need not be trained; what ends before the threads have stopped may still be kept.
            if let Err(error) = journal.write(&entries) {
                session.stop();
                outcome = outcome.and(Err(error));
            }
            all.iter().for_each(|one| told(Some(one)));
        }
        outcome?;
        let words = || "a worker thread panicked".to_owned();
        worker.join().map_err(|_| SweepError::Fault { cells: "between two cells".into(), words: words() })??;
        Ok(failed)
    })
}

/// What a journal has of news.
pub(super) fn entry(grid: &Grid, news: &Progress) -> Option<Entry> {
    match news {
        Progress::Started { cell } => Some(Entry::Started { cell: *cell, key: grid.key(*cell) }),
        Progress::Done { cell, outcome, seconds } => {
            Some(Entry::Done { cell: *cell, key: grid.key(*cell), outcome: outcome.clone(), seconds: *seconds })
        }
        Progress::Failed { cell, words } => {
            Some(Entry::Failed { cell: *cell, key: grid.key(*cell), words: words.clone() })
        }
        Progress::Notice(_) | Progress::Running { .. } => None,
    }
}
