//! How many threads a process starts where nobody says.

use std::num::NonZero;

/// Cores that Slurm has given to a task, also where nothing holds the task to them.
const SLURM: &str = "SLURM_CPUS_PER_TASK";

/// Cores that this process may use: what the system lets it have (affinity, quota of its group), and no more than its
/// share of a node that Slurm has given out.
#[must_use]
pub fn available() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    within(cores, std::env::var(SLURM).ok().as_deref())
}

fn within(cores: usize, share: Option<&str>) -> usize {
    // Whatever is no number above 0 was not written by Slurm.
    match share.and_then(|share| share.trim().parse().ok()) {
        Some(share @ 1..) => cores.min(share),
        _ => cores,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_a_node_is_heeded() {
        assert_eq!(within(64, Some("4")), 4);
        assert_eq!(within(2, Some("64")), 2);
        for strange in [None, Some(""), Some("0"), Some("-3"), Some("four")] {
            assert_eq!(within(8, strange), 8, "{strange:?}");
        }
    }
}
