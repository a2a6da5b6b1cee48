//! How much memory this process can still have.

use std::path::{Path, PathBuf};

/// Memory that can be had, and what bounds it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Free {
    pub(super) bytes: f64,
    /// In words, to follow 'bytes are free'.
    pub(super) bound: &'static str,
}

/// The least that the machine, this process's control groups and its limit of address space leave; `None` where the
/// system says nothing of any.
pub(super) fn free() -> Option<Free> {
    let found = [
        (available(), "on this machine"),
        (left_of_groups(), "in this control group"),
        (left_of_addresses(), "of address space (ulimit -v)"),
    ];
    let found = found.into_iter().filter_map(|(bytes, bound)| Some(Free { bytes: bytes?, bound }));
    found.min_by(|a, b| a.bytes.total_cmp(&b.bytes))
}

/// Bytes that can be had without swapping.
fn available() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<f64>().ok()? * 1024.0)
}

/// What the control groups that the process is in leave: a job of a cluster, or a container, has less than its machine.
fn left_of_groups() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    let groups = text.lines().filter_map(|line| {
        let (_, rest) = line.split_once(':')?;
        let (controllers, path) = rest.split_once(':')?;
        let second = ("/sys/fs/cgroup", ["memory.max", "memory.current", "inactive_file"]);
        let first =
            ("/sys/fs/cgroup/memory", ["memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"]);
        let (root, files) = match controllers {
            "" => second,
            _ if controllers.split(',').any(|one| one == "memory") => first,
            _ => return None,
        };
        let below = Path::new(root).join(path.trim_start_matches('/'));
        // A container sees its own group at the root, whatever it is called outside.
        let all = below.ancestors().take_while(|group| group.starts_with(root)).map(PathBuf::from).collect::<Vec<_>>();
        all.iter().filter_map(|group| left_of_group(group, files)).min_by(f64::total_cmp)
    });
    groups.min_by(f64::total_cmp)
}

fn left_of_group(group: &Path, [limit, usage, reclaimable]: [&str; 3]) -> Option<f64> {
    let number = |name: &str| std::fs::read_to_string(group.join(name)).ok()?.trim().parse::<f64>().ok();
    let statistics = std::fs::read_to_string(group.join("memory.stat")).unwrap_or_default();
    // Pages of files count as used until somebody needs their place.
    let cached = statistics.lines().find_map(|line| line.strip_prefix(reclaimable)?.trim().parse::<f64>().ok());
    Some((number(limit)? - number(usage)? + cached.unwrap_or(0.0)).max(0.0))
}

/// What the limit of address space leaves; threads and mapped files take of it, too.
fn left_of_addresses() -> Option<f64> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    let limit: f64 = line.split_whitespace().next()?.parse().ok()?;
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmSize:"))?;
    let used: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some((limit - used * 1024.0).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn something_is_free() {
        let found = free().expect("Linux says it");
        // This test runs, in less than a petabyte.
        assert!(found.bytes > 1e6 && found.bytes < 1e15, "{found:?}");
    }

    #[test]
    fn a_group_leaves_its_limit_less_what_cannot_be_taken_back() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
        let files = ["memory.max", "memory.current", "inactive_file"];
        assert_eq!(left_of_group(folder.path(), files), None);
        write("memory.max", "max\n");
        write("memory.current", "700\n");
        assert_eq!(left_of_group(folder.path(), files), None);
        write("memory.max", "1000\n");
        assert_eq!(left_of_group(folder.path(), files), Some(300.0));
        write("memory.stat", "anon 5\ninactive_file 150\nactive_file 9\n");
        assert_eq!(left_of_group(folder.path(), files), Some(450.0));
        write("memory.current", "2000\n");
        assert_eq!(left_of_group(folder.path(), files), Some(0.0));
    }
}
