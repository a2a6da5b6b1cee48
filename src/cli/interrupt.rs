//! Ctrl-C and the signals that batch systems send: INT, TERM, HUP, USR1.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

#[cfg(unix)]
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

use super::exit::INTERRUPTED;
use super::print::remark;

/// Interrupts that come so soon after the first are the same one: of a terminal that closes, of its shell, of a service manager and
/// of whatever has passed it on, each sends its own. Chosen here: longer than they take, and hardly longer than a hand.
const ECHO: Duration = Duration::from_millis(500);

/// What watches for interrupts, from the beginning of a command on.
pub(super) struct Interrupts {
    seen: Arc<AtomicBool>,
    has_work: Arc<AtomicBool>,
    first: Arc<Mutex<Option<Answer>>>,
}

/// What an interrupt sets off.
type Answer = Box<dyn FnOnce() + Send>;

impl Interrupts {
    /// Begins to watch. Until [`Self::flag`] is asked for, an interrupt ends the process at once: there is nothing to lose.
    pub(super) fn watch() -> Self {
        let (seen, has_work) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let first = Arc::new(Mutex::new(None::<Answer>));
        let (has_come, waits, answer) = (Arc::clone(&seen), Arc::clone(&has_work), Arc::clone(&first));
        let is_detached = ignores_hangup();
        let mut came = None::<Instant>;
        let handler = ctrlc::set_handler(move || {
            let is_second = came.is_some_and(|came| came.elapsed() >= ECHO);
            if is_second || !waits.load(Ordering::SeqCst) {
                std::process::exit(INTERRUPTED.into());
            }
            came.get_or_insert_with(Instant::now);
            has_come.store(true, Ordering::SeqCst);
            if let Some(answer) = answer.lock().unwrap_or_else(PoisonError::into_inner).take() {
                // This thread waits for the second one.
                // Where there is no thread to be had, the second one is answered all the same.
                let _ = std::thread::Builder::new().name("interrupted".into()).spawn(answer);
            }
        });
        match handler {
            Ok(()) => take_other_signals(is_detached),
            Err(error) => remark!("warning: Ctrl-C will lose what is unfinished: {error}"),
        }
        Self { seen, has_work, first }
    }

    /// Has an interrupt from now on do something, once, on a thread of its own; a second one ends the process at once.
    pub(super) fn answer(&self, answer: impl FnOnce() + Send + 'static) {
        *self.first.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(answer));
        self.has_work.store(true, Ordering::SeqCst);
    }

    /// From now on an interrupt ends the process at once, as in the beginning: what there was to lose has not come about.
    pub(super) fn stand_down(&self) {
        self.has_work.store(false, Ordering::SeqCst);
        *self.first.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether there was an interrupt.
    pub(super) fn has_come(&self) -> bool {
        self.seen.load(Ordering::SeqCst)
    }

    /// Set by an interrupt from now on; a second one ends the process at once.
    pub(super) fn flag(&self) -> Arc<AtomicBool> {
        *self.first.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.has_work.store(true, Ordering::SeqCst);
        Arc::clone(&self.seen)
    }
}

/// Whether this process was told to outlive its terminal, as `nohup` does.
#[cfg(unix)]
fn ignores_hangup() -> bool {
    let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    // SAFETY: the default action runs no code of this program.
    let before = unsafe { sigaction(Signal::SIGHUP, &default) };
    before.is_ok_and(|action| matches!(action.handler(), SigHandler::SigIgn))
}

#[cfg(not(unix))]
fn ignores_hangup() -> bool {
    false
}

/// Takes SIGUSR1, which batch systems send some time before the end (`sbatch --signal=USR1@60`), for SIGTERM, and leaves
/// SIGHUP to `nohup`.
#[cfg(unix)]
fn take_other_signals(is_detached: bool) {
    extern "C" fn pass_on(_: nix::libc::c_int) {
        let _ = nix::sys::signal::raise(Signal::SIGTERM);
    }

    let action = SigAction::new(SigHandler::Handler(pass_on), SaFlags::SA_RESTART, SigSet::empty());
    // SAFETY: the handler calls nothing but raise, which may be called from a handler.
    if let Err(error) = unsafe { sigaction(Signal::SIGUSR1, &action) } {
        remark!("warning: SIGUSR1 will lose what is unfinished: {error}");
    }
    if is_detached {
        let ignored = SigAction::new(SigHandler::SigIgn, SaFlags::empty(), SigSet::empty());
        // SAFETY: an ignored signal runs no code.
        let _ = unsafe { sigaction(Signal::SIGHUP, &ignored) };
    }
}

#[cfg(not(unix))]
fn take_other_signals(_: bool) {}

/// Ends the process as it is, without what libraries do at the end: a driver that hangs would hang there again.
pub(super) fn end_now() -> ! {
    #[cfg(unix)]
    // SAFETY: the call ends the process and touches no memory of it.
    unsafe {
        nix::libc::_exit(INTERRUPTED.into())
    }
    #[cfg(not(unix))]
    std::process::exit(INTERRUPTED.into())
}
