//! Whatever is read of others, damaged: it is accepted or refused, in bounded memory and time, and nothing panics.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use hebbscope::training::FoundRun;

use super::counting::most_bytes;
use super::damage::Damage;
use super::loaders::checkpoint::described;
use super::loaders::{LOADERS, Loader, checkpoint, named};

/// Tells a test that it is the process with a cache folder of its own: the folder.
const INNER: &str = "HEBBSCOPE_TEST_DAMAGE";
/// Multiplies the rounds, for a longer look than a test suite has time for.
const FACTOR: &str = "HEBBSCOPE_TEST_ROUNDS";

/// Memory that an input may take. Inputs are of some hundred kilobytes at most; a small network and its replay take some
/// megabytes, and a share string unpacks to 16 MB, which is then text, lines and a table.
const MOST_BYTES: usize = 192 << 20;
/// Time that an input may take on a machine that has other work.
const PATIENCE: Duration = Duration::from_secs(20);

/// Damaged inputs of a loader: more of those that take microseconds.
fn rounds(loader: &Loader) -> usize {
    let rounds = match loader.name {
        "golden" | "checkpoint" => 150,
        "tour" | "reproduction" => 60,
        "configuration" | "journal" | "run_folder" | "share" => 300,
        _ => 800,
    };
    rounds * std::env::var(FACTOR).ok().and_then(|factor| factor.parse::<usize>().ok()).unwrap_or(1)
}

/// Where the last input of a loader lies, should it end the process.
fn last(folder: &Path, name: &str) -> std::path::PathBuf {
    folder.join(format!("last-{name}"))
}

/// Runs in a process of its own, as one input may end it, and as it has a cache folder of its own.
fn damaged(name: &str) {
    let Some(folder) = std::env::var_os(INNER) else { return alone(name) };
    let (loader, folder) = (named(name), Path::new(&folder));
    let seeds = (loader.seeds)();
    for (number, seed) in seeds.iter().enumerate() {
        fs::write(last(folder, name), seed).expect("written");
        assert!((loader.load)(seed), "seed {number} of {name} is refused");
    }
    let mut damage = Damage::new(seeds.len() as u64);
    let (rounds, mut accepted, mut most, mut longest) = (rounds(loader), 0, 0, Duration::ZERO);
    for round in 0..rounds {
        let input = damage.input(&seeds);
        fs::write(last(folder, name), &input).expect("written");
        let began = Instant::now();
        let (bytes, is_accepted) = most_bytes(|| (loader.load)(&input));
        accepted += usize::from(is_accepted);
        (most, longest) = (most.max(bytes), longest.max(began.elapsed()));
        assert!(bytes <= MOST_BYTES, "{name}, round {round}: {bytes} bytes for an input of {}", input.len());
        assert!(began.elapsed() < PATIENCE, "{name}, round {round}: took {:?}", began.elapsed());
    }
    println!("{name}: {rounds} inputs, {accepted} accepted, at most {} KB, {longest:.1?}", most >> 10);
    assert!(accepted < rounds, "nothing was damaged");
}

/// Runs a test in a process of its own.
fn alone(name: &str) {
    let test = format!("reading::{name}");
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let mut inner = Command::new(std::env::current_exe().expect("this binary"));
    inner.args(["--exact", &test, "--nocapture"]).env(INNER, scratch.path());
    let output = inner.env("XDG_CACHE_HOME", scratch.path()).output().expect("this binary starts");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if !output.status.success() || !said.contains("1 passed") {
        let input = fs::read(last(scratch.path(), name)).unwrap_or_default();
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("damaged-{name}"));
        fs::write(&kept, &input).expect("written");
        panic!("{said}\nthe input is kept as {}", kept.display());
    }
    for line in said.lines().filter(|line| line.contains(" inputs, ") || line.contains(", claim ")) {
        println!("{line}");
    }
}

/// Sums that are right say nothing of what is summed: counts that overflow, and experiments that are none.
#[test]
fn descriptions_that_no_run_has() {
    use serde_json::json;
    let most = json!(u64::MAX);
    assert!((named("checkpoint").load)(&described(&[])));
    for changes in [
        vec![("/epoch/number", most.clone())],
        vec![("/epoch/steps", most.clone())],
        vec![("/last_epoch", most.clone())],
        vec![("/total_steps", most.clone()), ("/epoch/steps", json!(1_u64 << 62))],
        vec![("/run/counters/0/cursor", most.clone())],
        vec![("/run/counters/1/step", most.clone())],
        vec![("/run/counters/1/optimizer_steps", most.clone())],
        vec![("/initial/model/hidden", json!([0]))],
        vec![("/initial/model/hidden", json!(vec![1; 100_000]))],
        vec![("/initial/model/hidden", json!([1_u64 << 62, 1_u64 << 62]))],
        vec![("/run/experiment/model/dropout", json!(0.5))],
        vec![("/run/experiment/data/input_size", most.clone())],
    ] {
        let (bytes, is_accepted) = most_bytes(|| (named("checkpoint").load)(&described(&changes)));
        assert!(!is_accepted && bytes <= MOST_BYTES, "{changes:?}: {bytes} bytes");
    }
}

/// Forms that say nothing of how much there is of anything: an expression, a text, images by the length of their file, and rows
/// by that of theirs.
const WITHOUT_SIZES: [&str; 4] = ["rules", "tour", "batches", "spool"];

/// Sizes that a file says, sound in all else, are compared with its own before there is memory for them.
#[test]
fn claims_of_sizes_that_no_file_has() {
    if std::env::var_os(INNER).is_none() {
        return alone("claims_of_sizes_that_no_file_has");
    }
    let mut faults = Vec::new();
    for loader in LOADERS {
        let claims = (loader.claims)();
        assert_eq!(claims.is_empty(), WITHOUT_SIZES.contains(&loader.name), "{}", loader.name);
        for (place, input) in claims.iter().enumerate() {
            assert!(input.len() < 16 << 20, "{}, claim {place}: as long as it says", loader.name);
            let (bytes, is_accepted) = most_bytes(|| (loader.load)(input));
            println!("{}, claim {place} of {} bytes: {} KB", loader.name, input.len(), bytes >> 10);
            // A list of changes is sound without a run.
            if bytes > MOST_BYTES || is_accepted != (loader.name == "interventions") {
                faults.push(format!("{}, claim {place}: {bytes} bytes, accepted: {is_accepted}", loader.name));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// A checkpoint with right lengths and more arrays than its run has: they are not read.
#[test]
fn arrays_that_are_longer_than_those_of_the_run() {
    const LONG: u64 = 2 * MOST_BYTES as u64;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("checkpoint.0");
    fs::write(&path, &checkpoint::of_lengths(None, Some(LONG))[1..]).expect("written");
    assert!(FoundRun::open(&path).is_err(), "shorter than it says");
    let file = fs::File::options().write(true).open(&path).expect("there");
    file.set_len(checkpoint::before_arrays() + LONG).expect("a hole");
    let found = FoundRun::open(&path).expect("as long as it says");
    let (bytes, resumed) = most_bytes(|| found.resume(1, None).map(drop));
    let said = resumed.expect_err("refused").to_string();
    assert!(said.contains("longer than those of the run") && bytes <= MOST_BYTES, "{bytes} bytes: {said}");
}

macro_rules! tests {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                damaged(stringify!($name));
            }
        )*

        #[test]
        fn every_loader_has_a_test() {
            let names: Vec<&str> = LOADERS.iter().map(|loader| loader.name).collect();
            assert_eq!(names, [$(stringify!($name)),*]);
        }
    };
}

tests! {
    configuration share rules tour interventions archive batches checkpoint run_folder rows spool journal arrays tables golden
    reproduction
}

/// The fuzz targets are no part of the tests' build.
#[test]
fn every_loader_has_a_fuzz_target() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = fs::read_to_string(fuzz.join("Cargo.toml")).expect("there");
    for Loader { name, .. } in LOADERS {
        let target = fs::read_to_string(fuzz.join(format!("targets/{name}.rs"))).unwrap_or_default();
        assert!(target.contains(&format!("target::fuzz!(\"{name}\");")), "fuzz/targets/{name}.rs");
        assert!(manifest.contains(&format!("name = \"{name}\"\npath = \"targets/{name}.rs\"")), "{name}");
    }
    assert_eq!(fs::read_dir(fuzz.join("targets")).expect("there").count(), LOADERS.len());
}
