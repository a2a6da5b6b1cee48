//! `hebbscope sweep`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::Context;
use clap::{Args, Subcommand};
use hebbscope::experiment::{AlignmentReading, KeptOfCell, Purpose, Recorded, resolve_for};
use hebbscope::record::{Place, make_folder, remember_configuration, report_beside};
use hebbscope::share::{path_word, shell_line};
use hebbscope::sweep::{
    CellStates, Existing, Gathered, Grid, Header, Journal, Order, Outcome, Session, Shard, SweepError, SweepFolder,
    Workshop, choose, gather, merge, sbatch, status, train_into,
};

use hebbscope::training::COMPUTATION;

use super::again::Words;
use super::exit::{DONE, FAILED, INTERRUPTED, Started, is_of_what_has_gone};
use super::interrupt::Interrupts;
use super::print::{remark, say};
use super::progress::{SweepProgress, duration};
use super::{Backend, Format, all_threads};

/// Of `sweep`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct SweepArgs {
    #[command(subcommand)]
    command: Option<SweepCommand>,
    #[command(flatten)]
    run: RunArgs,
}

/// What to do with a sweep besides training it.
#[derive(Debug, Subcommand)]
enum SweepCommand {
    /// Check that every cell is there, and write cells.csv, sweep.json and the figures.
    Merge(MergeArgs),
    /// Say how far a sweep is.
    Status {
        /// The sweep's folder.
        #[arg(value_parser = super::path())]
        folder: PathBuf,
    },
    /// Write sweep.sbatch for Slurm: an array of shards, and a merge that checks them.
    Slurm(SlurmArgs),
}

#[derive(Debug, Args)]
struct RunArgs {
    /// A preset with a grid (fig4, ...; see `hebbscope presets`), or a TOML file with [sweep].
    #[arg(required = true)]
    experiment: Option<String>,
    /// Override a field, such as sweep.x_points=40; repeatable.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Folder of the sweep; by default runs/NAME-TIME.
    #[arg(long, value_name = "DIR", value_parser = super::path())]
    out: Option<PathBuf>,
    /// Train every N-th cell only, from the I-th on (0 to N-1); `sweep merge` puts shards together.
    #[arg(long, value_name = "I/N")]
    shard: Option<String>,
    /// Go on with what is missing in the folder; an empty one is begun.
    #[arg(long, conflicts_with = "force", requires = "out")]
    resume: bool,
    /// Remove the results of an earlier sweep in the folder.
    #[arg(long)]
    force: bool,
    /// Worker threads; by default one a core.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Executor.
    #[arg(long, value_enum, default_value_t = Backend::Auto)]
    backend: Backend,
    /// Form of the cells; parquet is written beside the CSV.
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
}

#[derive(Debug, Args)]
struct MergeArgs {
    /// Folders with shards of one sweep; results go to the first.
    #[arg(required = true, value_name = "DIR", value_parser = super::path())]
    folders: Vec<PathBuf>,
    /// Form of the cells; parquet is written beside the CSV.
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
}

#[derive(Debug, Args)]
struct SlurmArgs {
    /// A preset with a grid, or a TOML file with [sweep].
    experiment: String,
    /// Override a field; repeatable.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Folder of the sweep, which all nodes see.
    #[arg(long, value_name = "DIR", value_parser = super::path())]
    out: PathBuf,
    /// Tasks of the array.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    shards: u32,
    /// Cores of a task.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: u16,
}

/// Trains a sweep, or what else is asked for.
pub(super) fn run(args: &SweepArgs) -> anyhow::Result<u8> {
    match &args.command {
        None => train(&args.run),
        Some(SweepCommand::Merge(args)) => merge_folders(&args.folders, args.format),
        Some(SweepCommand::Status { folder }) => show_status(folder),
        Some(SweepCommand::Slurm(args)) => write_sbatch(args),
    }
}

fn train(args: &RunArgs) -> anyhow::Result<u8> {
    let interrupts = Interrupts::watch();
    // Required by the parser where there is no subcommand.
    let name = args.experiment.as_deref().context("EXPERIMENT is missing")?;
    let experiment = super::warned(resolve_for(Purpose::Grid, name, &args.set)?);
    let shard = args.shard.as_deref().map_or(Ok(Shard::ALL), str::parse)?;
    if args.force && shard.count > 1 {
        return Err(SweepError::ForcedShard.into());
    }
    let grid = Arc::new(Grid::new(&experiment)?);
    let shard = shard.of(&grid)?;
    let existing = match (args.resume, args.force) {
        (true, _) => Existing::Resume,
        (_, true) => Existing::Remove,
        _ => Existing::Refuse,
    };
    let threads = args.threads.map_or_else(all_threads, usize::from);
    if let Some(reason) = experiment.unread_full_update()
        && grid.sweep().record.contains(&Recorded::Full)
    {
        remark!("warning: measure.alignment = \"per_example\": {reason}");
    }
    // Everything that can be refused is, before anything is written.
    let mut workshop = Workshop::new(grid, false);
    workshop.pin()?;
    let grid = Arc::clone(workshop.grid());
    let (device, backend) = choose(args.backend.into(), &workshop, threads);
    let device = device?;
    let interrupted = interrupts.flag();
    let path = args.out.clone().map_or_else(|| make_folder(&experiment.name), Ok)?;
    let folder = SweepFolder::create(&path, &grid, shard, existing)?;
    let place = Place::of(&path);
    report_beside(&path);
    remember_configuration(&experiment);
    if folder.went_by_names() {
        remark!(
            "note: {}: has no list of its files; those with the names that every sweep's folder has were removed",
            path.display()
        );
    }
    let before = gather(&grid, std::slice::from_ref(&path)).after_start()?;
    before.check_computation(&path)?;
    let known: Vec<(usize, Outcome)> =
        before.outcomes.iter().enumerate().filter_map(|(cell, known)| Some((cell, known.clone()?))).collect();
    let is_wanted = |cell: usize| shard.has(cell) && before.outcomes[cell].is_none();
    let session = Session::in_workshop(workshop, Order::OneByOne, is_wanted, &known, Arc::clone(&interrupted));
    let wanted = session.left();
    let header = Header {
        config_hash: grid.config_hash(),
        shard: (shard.index, shard.count),
        backend,
        computation: COMPUTATION,
    };
    let keeps_weights = grid.sweep().keep == KeptOfCell::Weights;
    let session = session.keeping(CellStates::new(folder.clone(), header.backend.clone(), keeps_weights));
    if wanted > 0 {
        let of_shard =
            if shard.count > 1 { format!(" of shard {}/{}", shard.index, shard.count) } else { String::new() };
        let there = (0..grid.cells()).filter(|cell| shard.has(*cell)).count() - wanted;
        remark!(
            "{}: {wanted} cells{of_shard} to train on {}{}",
            experiment.name,
            header.backend,
            if there > 0 { format!(", {there} are there already") } else { String::new() }
        );
        let journal = folder.journal(&header).after_start()?;
        let failed = work(&grid, &session, device, threads, journal, wanted)
            .inspect_err(|error| {
                if place.is_there() && !is_of_what_has_gone(error) {
                    remark!("what is finished is kept; go on with: {}", resumption(args, name, &path));
                }
            })
            .after_start()?;
        // Who is stopped between two lines of the journal has not looked since the last one.
        place.check().after_start()?;
        if interrupted.load(Ordering::SeqCst) && session.left() > 0 {
            remark!("interrupted; go on with: {}", resumption(args, name, &path));
            return Ok(INTERRUPTED);
        }
        if failed > 0 {
            let status = Words::of(&["sweep", "status"]).path(&path).line();
            remark!("{failed} cells could not be trained; what is wrong with them: {status}");
            return Ok(FAILED);
        }
    }
    if wanted == 0 {
        let what = if shard.count > 1 { format!("shard {}/{}", shard.index, shard.count) } else { "the sweep".into() };
        remark!("{}: {what} is finished: every cell is there already", path.display());
    }
    let gathered = gather(&grid, std::slice::from_ref(&path)).after_start()?;
    if interrupted.load(Ordering::SeqCst) && gathered.missing().any(|cell| shard.has(cell)) {
        return Ok(INTERRUPTED);
    }
    if shard.count == 1 {
        return finish(&folder, &grid, &gathered, args.format);
    }
    let own: Vec<(usize, Outcome)> = gathered
        .outcomes
        .iter()
        .enumerate()
        .filter(|(cell, _)| shard.has(*cell))
        .filter_map(|(cell, outcome)| Some((cell, outcome.clone()?)))
        .collect();
    folder.write_shard(&grid, &header, &own).after_start()?;
    say!("shard {}/{}: {} cells in {}", shard.index, shard.count, own.len(), path.display());
    Ok(DONE)
}

/// The command that goes on with a sweep: the one that was given, with all its options.
fn resumption(args: &RunArgs, name: &str, out: &Path) -> String {
    Words::of(&["sweep"])
        .word(name)
        .each("--set", &args.set)
        .option("--out", Some(path_word(out)))
        .option("--shard", args.shard.as_ref())
        .option("--threads", args.threads)
        .usual(args.backend, args.format)
        .word("--resume")
        .line()
}

/// Trains the cells of the session and keeps the journal; how many could not be trained.
fn work(
    grid: &Grid,
    session: &Session,
    device: Option<hebbscope::backend::gpu::GpuDevice>,
    threads: usize,
    journal: Journal,
    wanted: usize,
) -> Result<usize, SweepError> {
    let mut progress = SweepProgress::new(wanted);
    let failed = train_into(session, device, threads, journal, &mut |news| {
        progress.hear(grid, news);
        progress.show();
    });
    progress.finish();
    failed
}

/// Merges what is there; the exit code.
fn finish(folder: &SweepFolder, grid: &Grid, gathered: &Gathered, format: Format) -> anyhow::Result<u8> {
    if !gathered.differing.is_empty() {
        remark!(
            "note: {} cells were trained more than once with results that differ in their last digits, as machines with \
             other vector instructions do; one of each is taken",
            gathered.differing.len()
        );
    }
    match merge(folder, grid, gathered, format == Format::Parquet).after_start()? {
        Ok(()) => {
            print_summary(folder.path()).after_start()?;
            Ok(DONE)
        }
        Err(complaints) => {
            for line in &complaints {
                remark!("{line}");
            }
            remark!("error: {} of {} cells are wrong; nothing was merged", complaints.len(), grid.cells());
            Ok(FAILED)
        }
    }
}

fn merge_folders(folders: &[PathBuf], format: Format) -> anyhow::Result<u8> {
    let (first, grid) = SweepFolder::open(&folders[0])?;
    for other in &folders[1..] {
        SweepFolder::open(other)?;
    }
    let gathered = gather(&grid, folders)?;
    finish(&first, &grid, &gathered, format)
}

fn print_summary(folder: &Path) -> anyhow::Result<()> {
    let path = folder.join("sweep.json");
    let report: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path)?)?;
    say!("{} cells, {} collapsed, {} diverged", report["cells"], report["collapsed"], report["diverged"]);
    let reading = serde_json::from_value::<AlignmentReading>(report["alignment_reading"].clone());
    if let Some(note) = reading.ok().and_then(AlignmentReading::note) {
        say!("note: {note}");
    }
    for layer in report["layers"].as_array().into_iter().flatten() {
        say!("layer {}: {}", layer["layer"], layer["in_words"].as_str().unwrap_or_default());
    }
    say!("sweep folder: {}", folder.display());
    Ok(())
}

fn show_status(folder: &Path) -> anyhow::Result<u8> {
    let (_, grid) = SweepFolder::open(folder)?;
    let gathered = gather(&grid, &[folder.to_path_buf()])?;
    let status = status(&gathered);
    let eta = match (status.seconds_left, status.processes) {
        _ if status.done == status.total => "all cells are done".to_owned(),
        (Some(seconds), _) => format!("ETA {}", duration(seconds)),
        (None, 0) => "nothing is running; go on with --resume".to_owned(),
        (None, _) => "ETA not known yet".to_owned(),
    };
    say!(
        "{} of {} cells done, {} running in {} process{}, {} failed, {} missing; {eta}",
        status.done,
        status.total,
        status.running,
        status.processes,
        if status.processes == 1 { "" } else { "es" },
        status.failed,
        status.missing
    );
    for (cell, words) in gathered.failed.iter().take(10) {
        say!("failed: {}: {words}", grid.describe(*cell));
    }
    if !gathered.foreign.is_empty() {
        say!("{} results are not of this sweep; `hebbscope sweep merge` names them", gathered.foreign.len());
    }
    Ok(DONE)
}

fn write_sbatch(args: &SlurmArgs) -> anyhow::Result<u8> {
    let experiment = super::warned(resolve_for(Purpose::Grid, &args.experiment, &args.set)?);
    let mut workshop = Workshop::new(Arc::new(Grid::new(&experiment)?), false);
    // Where this machine sees the data, the script is for these; it may be another that trains.
    let _ = workshop.pin();
    let grid = Arc::clone(workshop.grid());
    Shard { index: 0, count: args.shards as usize }.of(&grid)?;
    let program = std::env::current_exe().context("the path of this program is not known")?;
    let out = std::path::absolute(&args.out).with_context(|| args.out.display().to_string())?;
    let script = out.join("sweep.sbatch");
    if out.exists() && !out.is_dir() {
        return Err(hebbscope::record::RecordError::NotAFolder(out).into());
    }
    // The folder's own configuration: what --set or a file said when the script was written is what is trained.
    let folder = SweepFolder::create(&out, &grid, Shard::ALL, Existing::Resume)?;
    let config = folder.path().join("config.toml");
    let text = sbatch(&grid, &program, &config.to_string_lossy(), &out, args.shards as usize, args.threads.into());
    folder.write("sweep.sbatch", text.as_bytes())?;
    say!("{} cells in {} shards; submit with:", grid.cells(), args.shards);
    say!("  {}", shell_line(&["bash", &path_word(&script)]));
    say!("then: {}", Words::of(&["sweep", "status"]).path(&out).line());
    Ok(DONE)
}
