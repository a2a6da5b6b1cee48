//! Threads to make data with, where the system gives any.

use std::error::Error;
use std::sync::LazyLock;

/// Whether rayon's own pool is there. It is asked for here, as rayon panics where its first use finds no threads.
static IS_POOLED: LazyLock<bool> =
    LazyLock::new(|| match rayon::ThreadPoolBuilder::new().num_threads(crate::cores::available()).build_global() {
        Ok(()) => true,
        // Without a cause it was there already; with one, the system refused threads.
        Err(error) => error.source().is_none(),
    });

/// Does `work` with the threads that there are: those of the current pool, else of rayon's own, else this one alone.
pub(super) fn with_threads<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    if rayon::current_thread_index().is_some() || *IS_POOLED {
        return work();
    }
    alone(work)
}

/// In a pool that is the current thread and no other.
fn alone<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    match rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build() {
        Ok(pool) => pool.install(work),
        // Needs no thread, so that it can only fail where this thread is in a pool already.
        Err(_) => work(),
    }
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::alone;

    #[test]
    fn one_thread_alone_does_the_same_more_than_once() {
        let squares = || (0..50_u64).into_par_iter().map(|i| (i * i, std::thread::current().id())).collect::<Vec<_>>();
        let made = std::thread::spawn(move || {
            let here = std::thread::current().id();
            (0..2)
                .map(|_| alone(squares))
                .all(|made| made.iter().enumerate().all(|(i, (square, id))| *square == (i * i) as u64 && *id == here))
        });
        assert!(made.join().expect("no panic"));
    }
}
