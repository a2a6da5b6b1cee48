//! Where the trainer leaves what others look at while it goes on.
//!
//! The curves of a long run take more than a hundred megabytes, and copying them, or giving them back to the system, takes longer than
//! a frame has. A slot does either while nobody waits: its lock is held as long as a reader reads or the trainer adds rows.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A value that the trainer changes and others read.
#[derive(Debug, Default)]
pub struct Slot<T>(Arc<Mutex<Arc<T>>>);

/// The value of a [`Slot`], to be read.
pub struct Read<'a, T>(MutexGuard<'a, Arc<T>>);

/// The value of a [`Slot`], to be changed in place.
pub(super) struct Change<'a, T>(MutexGuard<'a, Arc<T>>);

impl<T> Slot<T> {
    /// A slot that holds `value`.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(Arc::new(Mutex::new(Arc::new(value))))
    }

    /// The value, which the trainer does not change until it is let go.
    #[must_use]
    pub fn lock(&self) -> Read<'_, T> {
        Read(self.locked())
    }

    /// Puts another value in its place.
    pub(super) fn put(&self, value: T) {
        drop(self.exchange(value));
    }

    /// The value, which cannot change: as long as it is held, a change in place copies it, with the slot locked. To be let go
    /// before the next one.
    pub(super) fn share(&self) -> Arc<T> {
        Arc::clone(&self.locked())
    }

    fn exchange(&self, value: T) -> Arc<T> {
        let value = Arc::new(value);
        std::mem::replace(&mut *self.locked(), value)
    }

    fn locked(&self) -> MutexGuard<'_, Arc<T>> {
        // A value is whole between two changes, of which one that panicked has made a part at most of the rows of a run that has ended.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Clone> Slot<T> {
    /// Puts another value in its place, and gives the one that was there.
    pub(super) fn replace(&self, value: T) -> T {
        Arc::unwrap_or_clone(self.exchange(value))
    }

    /// A copy of its own.
    pub(super) fn copy(&self) -> T {
        (*self.share()).clone()
    }

    /// The value, to be changed in place.
    pub(super) fn change(&self) -> Change<'_, T> {
        Change(self.locked())
    }
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Deref for Read<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Deref for Change<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for Change<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A value whose copying and end notice whether somebody can look at the slot meanwhile.
    struct Watched {
        slot: Option<Slot<Watched>>,
        told: Arc<Mutex<Vec<(&'static str, bool)>>>,
    }

    impl Watched {
        fn tell(&self, what: &'static str) {
            let is_free = self.slot.as_ref().is_some_and(|slot| slot.0.try_lock().is_ok());
            self.told.lock().expect("free").push((what, is_free));
        }
    }

    impl Clone for Watched {
        fn clone(&self) -> Self {
            self.tell("copied");
            Self { slot: None, told: Arc::clone(&self.told) }
        }
    }

    impl Drop for Watched {
        fn drop(&mut self) {
            if self.slot.is_some() {
                self.tell("ended");
            }
        }
    }

    #[test]
    fn nobody_waits_for_a_copy_or_for_the_end_of_a_value() {
        let told = Arc::default();
        let plain = || Watched { slot: None, told: Arc::clone(&told) };
        let slot = Slot::new(plain());
        slot.change().slot = Some(slot.clone());
        drop(slot.copy());
        slot.put(plain());
        assert_eq!(*told.lock().expect("free"), [("copied", true), ("ended", true)]);
        // One that is taken out is no copy.
        slot.change().slot = Some(slot.clone());
        drop(slot.replace(plain()));
        assert_eq!(told.lock().expect("free")[2..], [("ended", true)]);
    }

    #[test]
    fn what_is_shared_stays_as_it_is() {
        let slot = Slot::new(1);
        let shared = slot.share();
        *slot.change() = 2;
        assert_eq!((*shared, *slot.lock()), (1, 2));
    }
}
