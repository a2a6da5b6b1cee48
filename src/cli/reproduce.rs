//! `hebbscope reproduce`.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use clap::Args;
use hebbscope::record::{Place, remember, report_beside};
use hebbscope::reproduce::{
    Estimate, MOST_SEEDS, MOST_STEPS, Manifest, News, ReproduceError, ReproductionFolder, Results, Settings, Work,
    Written, choose, write_report,
};
use hebbscope::share::path_word;
use hebbscope::sweep::{Existing, Shard, SweepError};

use super::again::Words;
use super::all_threads;
use super::exit::{DONE, FAILED, INTERRUPTED, Started, is_of_what_has_gone};
use super::interrupt::Interrupts;
use super::print::{remark, say};
use super::progress::{SweepProgress, duration};

/// Of `reproduce`.
#[derive(Debug, Args)]
pub(crate) struct ReproduceArgs {
    /// table1, fig2 to fig20, several of them, or all; without any, all.
    items: Vec<String>,
    /// Fewer seeds, cells and steps; the report names each reduction, and what it leaves undecided is not tested.
    #[arg(long)]
    quick: bool,
    /// Seeds of everything that has several.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MOST_SEEDS))]
    seeds: Option<u64>,
    /// Steps of every run, to try the way and not the paper: nothing counts as tested then.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MOST_STEPS))]
    steps: Option<u64>,
    /// CIFAR-10's folder or .tar.gz (binary version), for what the paper trains on it; without it the 8x8 digits stand in.
    #[arg(long, value_name = "PATH", value_parser = super::path())]
    cifar: Option<PathBuf>,
    /// Folder of the reproduction.
    #[arg(long, value_name = "DIR", value_parser = super::path())]
    out: PathBuf,
    /// Go on with what is missing in the folder; an empty one is begun.
    #[arg(long, conflicts_with_all = ["force", "report"])]
    resume: bool,
    /// Remove the results of an earlier reproduction in the folder.
    #[arg(long)]
    force: bool,
    /// Train every N-th cell or run only, from the I-th on (0 to N-1), into a folder that all shards see.
    #[arg(long, value_name = "I/N")]
    shard: Option<String>,
    /// Train nothing, and write the report of what the folder holds.
    #[arg(long, conflicts_with_all = ["items", "quick", "seeds", "steps", "cifar", "force", "shard"])]
    report: bool,
    /// Worker threads; by default one a core.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// Trains what is missing and writes the report.
pub(super) fn run(args: &ReproduceArgs) -> anyhow::Result<u8> {
    let interrupts = Interrupts::watch();
    if args.report {
        let (folder, manifest) = ReproductionFolder::open(&args.out)?;
        return told(&write_report(&folder, &manifest).after_start()?);
    }
    let items = choose(&args.items)?;
    let cifar = args.cifar.as_deref().map(std::path::absolute).transpose()?;
    let settings = Settings { quick: args.quick, seeds: args.seeds, steps: args.steps, cifar };
    let shard = args.shard.as_deref().map_or(Ok(Shard::ALL), str::parse)?;
    if args.force && shard.count > 1 {
        return Err(SweepError::ForcedShard.into());
    }
    let existing = match (args.resume, args.force) {
        (true, _) => Existing::Resume,
        (_, true) => Existing::Remove,
        _ if shard.count > 1 => Existing::Resume,
        _ => Existing::Refuse,
    };
    let names: Vec<&str> = items.iter().map(|item| item.id).collect();
    let manifest = Manifest::new(&names, &settings);
    let threads = args.threads.map_or_else(all_threads, usize::from);
    // Everything that can be refused is, before anything is written.
    ReproductionFolder::check(&args.out, &manifest, existing)?;
    let work = Work::new(&items, &settings, shard, threads)?;
    let interrupted = interrupts.flag();
    let folder = ReproductionFolder::create(&args.out, &manifest, existing)?;
    let place = Place::of(&args.out);
    report_beside(&args.out);
    announce(&work, items.len(), &work.results(&folder).after_start()?).after_start()?;
    train(&work, &folder, &place, &interrupted)
        .inspect_err(|error| {
            if place.is_there() && !is_of_what_has_gone(error.as_ref()) {
                remark!("what is finished is kept; go on with: {}", resumption(args));
            }
        })
        .after_start()?;
    if interrupted.load(Ordering::SeqCst) {
        remark!("interrupted; go on with: {}", resumption(args));
        return Ok(INTERRUPTED);
    }
    let (done, units) = work.results(&folder).after_start()?.progress();
    if done < units && shard.count > 1 {
        say!("shard {}/{}: done; {} of {units} cells and runs are there", shard.index, shard.count, done);
        say!(
            "whoever completes them writes the report, as does: {}",
            Words::of(&["reproduce", "--report", "--out"]).path(&args.out).line()
        );
        return Ok(DONE);
    }
    told(&write_report(&folder, &manifest).after_start()?)
}

/// Between two looks at whether the folder is still there.
const LOOK: Duration = Duration::from_secs(1);

/// Seconds from which on it is said what most of the time goes to.
const LONG: f64 = 3600.0;

/// Says what is to be trained and what it will take.
fn announce(work: &Work, items: usize, results: &Results) -> Result<(), ReproduceError> {
    let (done, units) = results.progress();
    let there = if done > 0 { format!(", of which {done} are there") } else { String::new() };
    let what = if items == 1 { "item" } else { "items" };
    remark!("{items} {what}: {units} cells and runs{there}, {} steps in all", work.steps()?);
    let Estimate { seconds, memory, machine, disk, parts } = work.estimate(items, results)?;
    let threads = work.threads();
    let megabytes = |bytes: f64| format!("{:.0} MB", (bytes / 1e6).ceil());
    remark!(
        "about {} on {threads} thread{}, {} of memory, {} on the disk",
        duration(seconds.max(1.0)),
        if threads == 1 { "" } else { "s" },
        megabytes(memory),
        megabytes(disk)
    );
    if let Some(machine) = machine.filter(|machine| memory > *machine) {
        remark!("that is more than the machine's {}; with fewer --threads it takes less", megabytes(machine));
    }
    if seconds > LONG {
        let longest: Vec<String> =
            parts.iter().take(4).map(|(name, seconds)| format!("{name} {}", duration(*seconds))).collect();
        remark!("most of it: {}", longest.join(", "));
    }
    Ok(())
}

fn train(
    work: &Work,
    folder: &ReproductionFolder,
    place: &Place,
    stop: &std::sync::Arc<std::sync::atomic::AtomicBool>,
) -> anyhow::Result<()> {
    let mut progress: Option<SweepProgress> = None;
    let mut looked = Instant::now();
    let trained = work.train(folder, stop, &mut |news| {
        // A run of hours writes nothing before its end.
        if looked.elapsed() >= LOOK {
            looked = Instant::now();
            if !place.is_there() {
                stop.store(true, Ordering::SeqCst);
            }
        }
        match news {
            News::Begins { name, wanted, known } => {
                remember("grid", || name.to_string());
                let there = if known > 0 { format!(", {known} are there already") } else { String::new() };
                remark!("{name}: {wanted} to train{there}");
                progress = Some(SweepProgress::new(wanted));
            }
            News::Cell(grid, news) => progress.iter_mut().for_each(|progress| progress.hear(grid, news)),
            News::Run(steps) => progress.iter_mut().for_each(|progress| progress.done(steps)),
            News::Nothing => {}
            News::Ends => progress.take().iter().for_each(SweepProgress::finish),
        }
        progress.iter_mut().for_each(SweepProgress::show);
    });
    // Whatever else has failed without it has for that reason. Who is stopped has not looked for a while.
    place.check()?;
    Ok(trained?)
}

/// Says what the report came to.
fn told(written: &Written) -> anyhow::Result<u8> {
    for line in written.failed.iter().take(10) {
        remark!("failed: {line}");
    }
    let (done, units) = written.progress;
    if done < units {
        say!("{done} of {units} cells and runs are there; claims whose cells are missing are not tested");
    }
    let [reproduces, differs, not_tested] = written.verdicts;
    say!("{reproduces} claims reproduce, {differs} differ, {not_tested} are not tested");
    say!("report: {}", written.page.display());
    Ok(if written.failed.is_empty() { DONE } else { FAILED })
}

/// The command that goes on: the one that was given, with all its options.
fn resumption(args: &ReproduceArgs) -> String {
    let flag = |words: Words, name: &str, is_given: bool| if is_given { words.word(name) } else { words };
    let words = args.items.iter().fold(Words::of(&["reproduce"]), |words, item| words.word(item));
    let path = |path: &PathBuf| path_word(Path::new(path));
    flag(words, "--quick", args.quick)
        .option("--seeds", args.seeds)
        .option("--steps", args.steps)
        .option("--cifar", args.cifar.as_ref().map(path))
        .option("--out", Some(path(&args.out)))
        .option("--shard", args.shard.as_ref())
        .option("--threads", args.threads)
        .word("--resume")
        .line()
}
