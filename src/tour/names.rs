//! Names of the window's parts that a tour may use.

use crate::pane_table::for_each_pane;

macro_rules! ids {
    ($($kind:ident, $module:ident :: $pane:ident, $home:ident, $column:literal, $title:literal, $about:literal;)*) => {
        /// Ids of the panes.
        pub const PANES: &[&str] = &[$(stringify!($module)),*];
    };
}

for_each_pane!(ids);

/// Names of the arrangements of panes.
pub const LAYOUTS: &[&str] = &["explore", "teach", "neurons", "matrices", "phase", "everything"];

/// The entry of `list` with that name, or what there is instead.
pub(super) fn known(what: &str, name: &str, list: &[&'static str]) -> Result<&'static str, String> {
    let found = list.iter().find(|known| **known == name);
    found.copied().ok_or_else(|| format!("unknown {what} '{name}'; there are {}", list.join(", ")))
}
