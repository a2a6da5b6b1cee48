//! The machine, in words.

/// Processor, cores, memory and system.
pub(super) fn words() -> String {
    let mut parts = vec![processor().unwrap_or_else(|| std::env::consts::ARCH.to_owned())];
    let cores = crate::cores::available();
    parts.push(format!("{cores} core{}", if cores == 1 { "" } else { "s" }));
    parts.extend(memory().map(|bytes| format!("{:.0} GiB of memory", bytes / f64::from(1 << 30))));
    parts.push(std::env::consts::OS.to_owned());
    parts.join(", ")
}

/// Name of the processor, where the system tells it in a file.
fn processor() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|name| !name.is_empty())
}

/// Bytes of memory, where the system tells it in a file.
pub(super) fn memory() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? * 1024.0)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_machine_has_a_name_and_cores() {
        let words = super::words();
        assert!(words.contains("core") && words.ends_with(std::env::consts::OS), "{words}");
    }
}
