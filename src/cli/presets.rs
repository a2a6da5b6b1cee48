//! `hebbscope presets`.

use std::io::Write;

use hebbscope::experiment::{PRESETS, preset, resolve};

/// Names with one line each.
pub(super) fn list() -> anyhow::Result<u8> {
    let mut out = std::io::stdout().lock();
    let width = PRESETS.iter().map(|p| p.name.len()).max().unwrap_or(0);
    for known in PRESETS {
        let experiment = resolve(known.name, &[])?;
        write_or_stop(&mut out, &format!("{:width$}  {}\n", known.name, experiment.description))?;
    }
    Ok(0)
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
    let mut out = std::io::stdout().lock();
    write_or_stop(&mut out, &format!("# {source}\n\n{}", experiment.to_commented_toml()))?;
    Ok(0)
}

/// A reader that closes the pipe early (`| head`) is no error.
fn write_or_stop(out: &mut impl Write, text: &str) -> std::io::Result<()> {
    match out.write_all(text.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
