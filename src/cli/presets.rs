//! `hebbscope presets`.

use anyhow::Context;
use hebbscope::experiment::{PRESETS, preset, resolve};

use super::exit::{DONE, Started};
use super::print::deliver;

/// Names with one line each.
pub(super) fn list() -> anyhow::Result<u8> {
    let width = PRESETS.iter().map(|p| p.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for known in PRESETS {
        let experiment = resolve(known.name, &[])?;
        text.push_str(&format!("{:width$}  {}\n", known.name, experiment.description));
    }
    deliver(&text).context("standard output cannot be written").after_start()?;
    Ok(DONE)
}

/// One preset as TOML to start from.
pub(super) fn show(name: &str) -> anyhow::Result<u8> {
    let experiment = match preset(name) {
        Some(known) => resolve(known.name, &[])?,
        None => {
            let names: Vec<_> = PRESETS.iter().map(|p| p.name).collect();
            anyhow::bail!("no preset '{name}'; there are {}", names.join(", "));
        }
    };
    let source = preset(name).map(|p| p.source()).unwrap_or_default();
    let text = format!("# {source}\n\n{}", experiment.to_commented_toml());
    deliver(&text).context("standard output cannot be written").after_start()?;
    Ok(DONE)
}
