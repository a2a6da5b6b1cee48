//! Threads that share the work of one replica.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long a helper looks for more work before it sleeps: about as long as a step's work of one thread lasts between
/// two products, and some times what waking up costs.
const PATIENCE: Duration = Duration::from_micros(200);

thread_local! {
    /// Whether this thread leads or computes a part, so that it has no time to look for work.
    static IS_BUSY: Cell<bool> = const { Cell::new(false) };
}

/// Threads of which one leads and the others help while there is work to share.
///
/// The leader is a thread of the pool itself: it does what no other has begun, so that a helper whose core is taken
/// costs nothing but its help, and nobody waits for it to wake up. A thread outside that waits for the pool pays for
/// two wake-ups each time.
pub struct Team {
    pool: rayon::ThreadPool,
    /// Helpers that look for work, or were asked to.
    awake: Arc<AtomicUsize>,
}

impl std::fmt::Debug for Team {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Team").field("threads", &self.threads()).finish()
    }
}

impl Team {
    /// A team of `threads`, the leader among them.
    ///
    /// # Errors
    /// When the system gives no more threads.
    pub fn new(threads: usize) -> Result<Self, rayon::ThreadPoolBuildError> {
        let builder = rayon::ThreadPoolBuilder::new().num_threads(threads.max(1));
        let pool = builder.thread_name(|i| format!("team-{i}")).build()?;
        Ok(Self { pool, awake: Arc::default() })
    }

    /// Number of threads.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// Runs `f` on the leading thread. Work that is shared within `f`, as in many steps of training, finds the helpers
    /// awake where the last was not long ago.
    pub fn lead<R: Send>(&self, f: impl FnOnce() -> R + Send) -> R {
        self.pool.install(|| busy(f))
    }

    /// As [`Self::lead`], for an `f` that shares work by [`join`] at once.
    pub(super) fn gather<R: Send>(&self, f: impl FnOnce() -> R + Send) -> R {
        self.lead(|| {
            self.rouse();
            f()
        })
    }

    /// Asks the helpers that sleep to stay awake.
    fn rouse(&self) {
        let helpers = self.threads() - 1;
        for _ in self.awake.load(Ordering::Relaxed)..helpers {
            self.awake.fetch_add(1, Ordering::Relaxed);
            let awake = Arc::clone(&self.awake);
            self.pool.spawn(move || {
                look_for_work();
                awake.fetch_sub(1, Ordering::Relaxed);
            });
        }
    }
}

/// Runs both, the second wherever a thread of the team is free; on a thread of the team.
pub(super) fn join(first: impl FnOnce() + Send, second: impl FnOnce() + Send) {
    rayon::join(|| busy(first), || busy(second));
}

fn busy<R>(f: impl FnOnce() -> R) -> R {
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            IS_BUSY.set(self.0);
        }
    }
    let _before = Before(IS_BUSY.replace(true));
    f()
}

/// Keeps a helper from sleeping, which takes tens of microseconds to be ended, while there may soon be more to do.
fn look_for_work() {
    // A thread that waits for another's part may be given this to do: its own part would have to wait for it.
    if IS_BUSY.get() {
        return;
    }
    let mut last = Instant::now();
    while last.elapsed() < PATIENCE {
        if matches!(rayon::yield_now(), Some(rayon::Yield::Executed)) {
            last = Instant::now();
        } else {
            std::hint::spin_loop();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::{Team, join};

    #[test]
    fn both_parts_run_and_at_the_same_time() {
        let team = Team::new(2).expect("two threads");
        for _ in 0..3 {
            let barrier = Barrier::new(2);
            let (mut first, mut second) = (0, 0);
            // Neither part returns before the other has begun.
            let part = |value: &mut i32| {
                barrier.wait();
                *value += 1;
            };
            team.lead(|| team.gather(|| join(|| part(&mut first), || part(&mut second))));
            assert_eq!((first, second), (1, 1));
        }
    }
}
