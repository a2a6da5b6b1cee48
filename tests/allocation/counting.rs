//! The system's allocator, counted.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

thread_local! {
    static CALLS: Cell<u64> = const { Cell::new(0) };
}

/// Bytes that are held, and the most that were since somebody asked.
static HELD: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

/// Counts what the calling thread asks for, so that the harness's other threads do not disturb; and the bytes of all.
struct Counting;

fn count() {
    // A thread that is ending has no counter any more, and nothing of it is measured.
    let _ = CALLS.try_with(|calls| calls.set(calls.get() + 1));
}

fn take(bytes: usize) {
    let held = HELD.fetch_add(bytes, Ordering::Relaxed) + bytes;
    MOST.fetch_max(held, Ordering::Relaxed);
}

fn give(bytes: usize) {
    HELD.fetch_sub(bytes, Ordering::Relaxed);
}

// SAFETY: every call goes on to the system's allocator unchanged; the counters allocate nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        take(layout.size());
        // SAFETY: the caller's promises hold for the system's allocator.
        unsafe { System.alloc(layout) }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        take(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        take(size);
        give(layout.size());
        // SAFETY: as above.
        unsafe { System.realloc(block, layout, size) }
    }
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        give(layout.size());
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Calls of the allocator by this thread.
pub fn calls() -> u64 {
    CALLS.with(Cell::get)
}

/// Most bytes that all threads held at once while `f` ran, beyond those that they held before; and what `f` gave.
pub fn most_bytes<T>(f: impl FnOnce() -> T) -> (usize, T) {
    let before = HELD.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    let given = f();
    (MOST.load(Ordering::Relaxed).saturating_sub(before), given)
}

/// Otherwise the bounds could be those of a counter that does not count.
#[test]
fn the_counter_counts() {
    let before = calls();
    drop(std::hint::black_box(vec![0_u8; 100]));
    assert_eq!(calls() - before, 1);
    let (most, ()) = most_bytes(|| drop(std::hint::black_box(vec![1_u8; 64 << 20])));
    // Tests beside this one take a little, and give a little back.
    assert!((32 << 20..256 << 20).contains(&most), "{most}");
}
