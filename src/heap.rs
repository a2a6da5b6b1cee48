//! What the allocator keeps of memory that is free.
//!
//! The C library's allocator on Linux learns: the largest block that was ever given back, up to 32 MiB, becomes the size from
//! which blocks are mapped one by one, and each of its arenas, up to eight a core, keeps twice as much at its end. One look
//! at a large network thus leaves some hundred megabytes with a process that has long gone on to a small one.

/// Blocks from this size on are the system's own, and go back to it at once; as much stays at an arena's end. Chosen here:
/// below the buffers of networks that are worth giving back, above what a frame allocates again and again.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const KEPT: i32 = 1 << 20;

/// Lets the allocator keep little for later, for the rest of the process. What is free between blocks that are in use stays: to
/// hand it back holds every arena for as long as a second, in which no thread has memory and the window stands still.
pub fn keep_little() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    for setting in [nix::libc::M_MMAP_THRESHOLD, nix::libc::M_TRIM_THRESHOLD] {
        // SAFETY: it sets a number of the allocator, under the allocator's own lock.
        // One that is refused leaves the usual value, which costs memory alone.
        let _ = unsafe { nix::libc::mallopt(setting, KEPT) };
    }
}
