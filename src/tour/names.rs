//! Names of the window's parts that a tour may use.

/// Ids of the panes.
pub const PANES: &[&str] = &[
    "controls",
    "alignment",
    "loss",
    "neurons",
    "matrices",
    "forces",
    "norms",
    "twins",
    "phase",
    "rule",
    "history",
    "log",
];

/// Names of the arrangements of panes.
pub const LAYOUTS: &[&str] = &["explore", "teach", "neurons", "matrices", "phase", "everything"];

/// The entry of `list` with that name, or what there is instead.
pub(super) fn known(what: &str, name: &str, list: &[&'static str]) -> Result<&'static str, String> {
    let found = list.iter().find(|known| **known == name);
    found.copied().ok_or_else(|| format!("unknown {what} '{name}'; there are {}", list.join(", ")))
}
