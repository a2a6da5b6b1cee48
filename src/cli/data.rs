//! `hebbscope data`: the examples of an experiment as arrays, to compute with elsewhere.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use clap::Args;
use hebbscope::data::{DataSet, Split, load};
use hebbscope::experiment::{Purpose, resolve_for};
use hebbscope::record::{ArrayArchive, RecordError};
use ndarray::ArrayView1;

use super::exit::{DONE, INTERRUPTED, Started};
use super::interrupt::Interrupts;
use super::print::{remark, say};

/// Data that all seeds share are repeated under every seed's name up to so many bytes in all.
const SMALL: usize = 64 << 20;

/// Of `data`.
#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    /// A preset's name, a TOML file or a run folder.
    experiment: String,
    /// Override a field; repeatable.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Seeds whose data are written (training.seeds).
    #[arg(long, value_name = "N")]
    seeds: Option<u64>,
    /// The archive, for NumPy's load: train_inputs_seed0, train_targets_seed0, validation_inputs_seed0, ... (float32,
    /// examples x width, as the network gets them; classes are one-hot).
    #[arg(long, value_name = "FILE.npz", value_parser = super::path())]
    out: PathBuf,
    /// Overwrite the file.
    #[arg(long)]
    force: bool,
}

/// Writes the archive.
pub(super) fn run(args: &DataArgs) -> anyhow::Result<u8> {
    let interrupts = Interrupts::watch();
    let mut assignments = args.set.clone();
    assignments.extend(args.seeds.map(|seeds| format!("training.seeds={seeds}")));
    let experiment = super::warned(resolve_for(Purpose::Run, &args.experiment, &assignments)?);
    if args.out.is_dir() {
        anyhow::bail!("--out {}: is a folder; give the name of a file that ends in .npz", args.out.display());
    }
    if args.out.exists() && !args.out.is_file() {
        anyhow::bail!("--out {}: is no file, and nothing is put in its place; choose another name", args.out.display());
    }
    if args.out.exists() && !args.force {
        anyhow::bail!("--out {}: exists already; choose another name or overwrite it with --force", args.out.display());
    }
    let seeds = experiment.seeds();
    let first = load(&experiment, &seeds[..1])?.remove(0);
    if let Some(notice) = &first.notice {
        remark!("note: {notice}");
    }
    // Generated regressions are drawn from each seed; files and images are the same for all.
    let is_shared = !experiment.draws_data();
    let stands_once = is_shared && bytes(&first).saturating_mul(seeds.len()) > SMALL;
    let interrupted = interrupts.flag();
    let mut archive = ArrayArchive::create(&args.out)?;
    for (place, seed) in seeds.iter().enumerate().take(if stands_once { 1 } else { seeds.len() }) {
        let set = if is_shared || place == 0 { Arc::clone(&first) } else { load(&experiment, &[*seed])?.remove(0) };
        for (purpose, split) in [("train", &set.train), ("validation", &set.validation)] {
            if interrupted.load(Ordering::SeqCst) {
                return Ok(INTERRUPTED);
            }
            add(&mut archive, purpose, *seed, split).after_start()?;
        }
    }
    archive.add("seeds", ArrayView1::from(&seeds)).after_start()?;
    archive.add("config_toml", ArrayView1::from(experiment.to_toml().as_bytes())).after_start()?;
    archive.finish().after_start()?;
    tell(&args.out, &first, &seeds, stands_once);
    Ok(DONE)
}

fn tell(out: &Path, set: &DataSet, seeds: &[u64], stands_once: bool) {
    say!("data: {}", set.source);
    if stands_once {
        let first = seeds[0];
        say!("all seeds share it: it stands under the first one's name, train_inputs_seed{first} and so on");
    }
    say!("array archive: {}", out.display());
}

fn add(archive: &mut ArrayArchive, purpose: &str, seed: u64, split: &Split) -> Result<(), RecordError> {
    archive.add(&format!("{purpose}_inputs_seed{seed}"), split.input_matrix().view())?;
    archive.add(&format!("{purpose}_targets_seed{seed}"), split.target_matrix().view())
}

fn bytes(set: &DataSet) -> usize {
    let of = |split: &Split| split.examples() * (split.input_width() + split.output_width()) * size_of::<f32>();
    of(&set.train) + of(&set.validation)
}
