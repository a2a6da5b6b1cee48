//! What all targets share: a loader of `tests/loaders/`, by its name.

#[path = "../tests/loaders/mod.rs"]
pub mod loaders;

/// Gives the process a cache folder of its own, before there is another thread.
pub fn begin() {
    let folder = tempfile::tempdir().expect("a temporary folder").keep();
    // SAFETY: nothing else runs yet.
    unsafe { std::env::set_var("XDG_CACHE_HOME", folder) };
}

macro_rules! fuzz {
    ($name:literal) => {
        libfuzzer_sys::fuzz_target!(
            init: $crate::target::begin(),
            |input: &[u8]| {
                ($crate::target::loaders::named($name).load)(input);
            }
        );
    };
}
pub(crate) use fuzz;
