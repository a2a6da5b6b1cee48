//! What this program writes of a fault of its own: where it was, what had happened, and with which settings.
//!
//! Written by the hook of panics, on whichever thread one happens and whatever that thread holds: nothing here waits for a lock
//! or can panic itself, which would abort.

use std::backtrace::Backtrace;
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::Write as _;
use std::panic::{self, PanicHookInfo};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant, SystemTime};

use super::atomic;
use super::cache::cache_folder;
use super::file_list::{FileList, ListedFiles};
use super::without_paths::WithoutPaths;
use crate::experiment::Experiment;

/// Names in turns: of more reports, the oldest goes.
const NAMES: [&str; 3] = ["panic.txt", "panic-2.txt", "panic-3.txt"];

/// Reports of one process: what fails in each frame fails in the same way.
const MOST_WRITTEN: usize = NAMES.len();

/// Events that are remembered: what somebody did in the last minute.
const MOST_EVENTS: usize = 60;

/// Bytes of an event, of the settings and of the calls that led to the fault: a report can be sent by mail.
const MOST_OF_EVENT: usize = 240;
const MOST_OF_PART: usize = 64 << 10;

static IS_ON: AtomicBool = AtomicBool::new(false);
/// Reports written so far, and those among them that were told of.
static WRITTEN: AtomicUsize = AtomicUsize::new(0);
static TOLD: AtomicUsize = AtomicUsize::new(0);
static MEMORY: Mutex<Memory> = Mutex::new(Memory::new());

/// What a report is made of beside the fault itself.
struct Memory {
    began: Option<Instant>,
    events: VecDeque<Remembered>,
    configuration: String,
    folder: Option<PathBuf>,
    reports: Vec<PathBuf>,
}

struct Remembered {
    at: Duration,
    topic: &'static str,
    words: String,
}

impl Memory {
    const fn new() -> Self {
        Self { began: None, events: VecDeque::new(), configuration: String::new(), folder: None, reports: Vec::new() }
    }

    fn remember(&mut self, topic: &'static str, mut words: String) {
        let at = self.began.map(|began| began.elapsed()).unwrap_or_default();
        shorten(&mut words, MOST_OF_EVENT);
        let field = |words: &str| words.split(" = ").next().map(str::to_owned);
        let is_same = |last: &&mut Remembered| last.topic == topic && field(&last.words) == field(&words);
        match self.events.back_mut().filter(|last| topic == SETTING && is_same(last)) {
            // A drag of a slider is one event.
            Some(last) => *last = Remembered { at, topic, words },
            None => {
                if self.events.len() == MOST_EVENTS {
                    self.events.pop_front();
                }
                self.events.push_back(Remembered { at, topic, words });
            }
        }
    }
}

/// The topic of changed settings, of which the last one in a row is kept.
const SETTING: &str = "setting";

/// From now on a fault of this program on any thread leaves a report, beside what is printed of it.
pub fn report_faults() {
    if IS_ON.swap(true, Ordering::SeqCst) {
        return;
    }
    MEMORY.lock().unwrap_or_else(PoisonError::into_inner).began = Some(Instant::now());
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |fault| {
        usual(fault);
        report(fault);
    }));
}

/// Remembers something that happened, for the report of a fault that may come; `words` are asked for only where there will be one.
pub fn remember(topic: &'static str, words: impl FnOnce() -> String) {
    if IS_ON.load(Ordering::Relaxed) {
        let words = words();
        MEMORY.lock().unwrap_or_else(PoisonError::into_inner).remember(topic, words);
    }
}

/// As [`remember`], of a changed setting: of several in a row the last one stays.
pub fn remember_setting(words: impl FnOnce() -> String) {
    remember(SETTING, words);
}

/// What was remembered since a moment, in words; nothing where there will be no report.
#[must_use]
pub fn remembered_since(moment: Instant) -> Vec<String> {
    let memory = MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(began) = memory.began else { return Vec::new() };
    let from = moment.saturating_duration_since(began);
    let since = memory.events.iter().filter(|event| event.at >= from);
    since.map(|event| format!("{}: {}", event.topic, event.words.replace('\n', " "))).collect()
}

/// Remembers with which settings the present work began.
pub fn remember_configuration(experiment: &Experiment) {
    if IS_ON.load(Ordering::Relaxed) {
        let toml = experiment.to_toml();
        MEMORY.lock().unwrap_or_else(PoisonError::into_inner).configuration = toml;
    }
}

/// Reports lie in this folder from now on, beside the checkpoints of what is trained there, and no longer in the cache folder.
pub fn report_beside(folder: &Path) {
    MEMORY.lock().unwrap_or_else(PoisonError::into_inner).folder = Some(folder.to_path_buf());
}

/// Reports that were written since this was asked last.
#[must_use]
pub fn new_fault_reports() -> Vec<PathBuf> {
    if TOLD.load(Ordering::Relaxed) == WRITTEN.load(Ordering::Relaxed) {
        return Vec::new();
    }
    let memory = MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
    let told = TOLD.swap(memory.reports.len(), Ordering::Relaxed);
    memory.reports.iter().skip(told).cloned().collect()
}

/// Writes the report of a fault, and says where it lies.
fn report(fault: &PanicHookInfo<'_>) {
    if WRITTEN.load(Ordering::SeqCst) >= MOST_WRITTEN {
        return;
    }
    let calls = Backtrace::force_capture().to_string();
    let memory = in_memory();
    let text = text(fault, calls, memory.as_deref());
    let chosen = memory.as_ref().and_then(|memory| memory.folder.clone());
    drop(memory);
    let text = WithoutPaths::of_this_process().of(&text);
    // The cache folder may have to be made; one that was chosen is there, or was removed and is not made again.
    let cache = cache_folder().and_then(|folder| std::fs::create_dir_all(&folder).map(|()| folder));
    let mut refusal = None;
    for folder in chosen.into_iter().chain(cache) {
        match write(&folder, &text) {
            Ok(path) => {
                say(&format!("note: a report without personal paths, for whoever mends it: {}", path.display()));
                keep(path);
                return;
            }
            Err(error) => refusal = refusal.or(Some(error)),
        }
    }
    let why = refusal.unwrap_or_else(|| "there is no folder for it".into());
    say(&format!("note: no report of it could be written: {why}"));
}

fn keep(path: PathBuf) {
    if let Some(mut memory) = in_memory() {
        memory.reports.push(path);
        WRITTEN.store(memory.reports.len(), Ordering::SeqCst);
    }
}

/// The memory, unless somebody holds it for longer than anybody should: the panicking thread itself may.
fn in_memory() -> Option<MutexGuard<'static, Memory>> {
    for _ in 0..20 {
        match MEMORY.try_lock() {
            Ok(memory) => return Some(memory),
            Err(TryLockError::Poisoned(memory)) => return Some(memory.into_inner()),
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    None
}

/// The library prints nothing; this is said where the runtime has told of the panic.
fn say(words: &str) {
    let _ = std::io::stderr().write_all(format!("{words}\n").as_bytes());
}

/// Writes a report into a folder, in the place of the oldest of several. Where the folder has a list of its files it is listed, so
/// that whoever removes these, or goes on from before the fault, removes it too.
fn write(folder: &Path, text: &str) -> Result<PathBuf, String> {
    let words = |error: super::error::RecordError| error.to_string();
    let age = |name: &&str| std::fs::metadata(folder.join(name)).and_then(|about| about.modified()).ok();
    let free = NAMES.iter().find(|name| age(name).is_none());
    let name = free.or_else(|| NAMES.iter().min_by_key(|name| age(name))).unwrap_or(&NAMES[0]);
    if let Some(listed) = ListedFiles::read(folder).map_err(words)? {
        FileList::open(folder, listed.kind).and_then(|list| list.add(name)).map_err(words)?;
    }
    let path = folder.join(name);
    atomic::write(path.clone(), text.as_bytes()).map_err(words)?;
    Ok(path)
}

/// The commit that the program was built from, where whoever built it says so. To ask git would build it anew after every
/// commit.
const COMMIT: Option<&str> = option_env!("HEBBSCOPE_COMMIT");

fn version(commit: Option<&str>) -> String {
    let number = env!("CARGO_PKG_VERSION");
    commit.filter(|commit| !commit.is_empty()).map_or(number.into(), |commit| format!("{number} (commit {commit})"))
}

fn text(fault: &PanicHookInfo<'_>, mut calls: String, memory: Option<&Memory>) -> String {
    let message = fault.payload_as_str().unwrap_or("a panic without a message");
    let place = fault.location().map(ToString::to_string).unwrap_or_default();
    let now = chrono::DateTime::<chrono::Utc>::from(SystemTime::now()).format("%Y-%m-%d %H:%M:%S UTC");
    let thread = std::thread::current();
    let mut text = format!(
        "Hebbscope {} has met a fault of its own.\n\nmessage: {message}\nplace: {place}\nthread: {}\ntime: {now}\nsystem: {} {}, \
         {} cores\narguments: {}\n",
        version(COMMIT),
        thread.name().unwrap_or("without a name"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        crate::cores::available(),
        std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" "),
    );
    let mut configuration = String::new();
    match memory {
        Some(memory) => {
            if let Some(began) = memory.began {
                let _ = writeln!(text, "seconds after the start: {:.1}", began.elapsed().as_secs_f64());
            }
            text.push_str("\nWhat happened last (seconds after the start)\n\n");
            for Remembered { at, topic, words } in &memory.events {
                let _ = writeln!(text, "{:10.1}  {topic}: {}", at.as_secs_f64(), words.replace('\n', " "));
            }
            configuration.clone_from(&memory.configuration);
        }
        None => text.push_str("\nWhat happened last is not known: the fault came while it was being noted.\n"),
    }
    shorten(&mut configuration, MOST_OF_PART);
    shorten(&mut calls, MOST_OF_PART);
    let _ = write!(text, "\nConfiguration at the beginning of the run\n\n{configuration}\n\nCalls\n\n{calls}\n");
    text
}

/// Cuts a text to so many bytes, at the end of a letter.
fn shorten(text: &mut String, most: usize) {
    if text.len() > most {
        let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
        text.push_str(" …");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::FolderKind;

    #[test]
    fn few_events_are_kept_and_a_drag_is_one() {
        let mut memory = Memory::new();
        for value in 0..1000 {
            memory.remember(SETTING, format!("noise.weight_sd = {value}"));
        }
        assert_eq!(memory.events.len(), 1);
        for number in 0..1000 {
            memory.remember("command", format!("{number} {}", "é".repeat(1000)));
        }
        assert_eq!(memory.events.len(), MOST_EVENTS);
        let last = memory.events.back().expect("there are some");
        assert!(last.words.starts_with("999 é") && last.words.len() <= MOST_OF_EVENT + 4, "{}", last.words.len());
    }

    #[test]
    fn the_commit_is_named_where_it_is_known() {
        let number = env!("CARGO_PKG_VERSION");
        assert_eq!(version(Some("0a1b2c3")), format!("{number} (commit 0a1b2c3)"));
        assert_eq!(version(Some("")), number);
        assert_eq!(version(None), number);
    }

    #[test]
    fn reports_are_few_whole_and_listed_where_there_is_a_list() {
        let folder = tempfile::tempdir().expect("a folder");
        let plain = folder.path().join("cache");
        assert!(write(&plain, "report").is_err() && !plain.exists(), "a folder that was removed stays away");
        std::fs::create_dir(&plain).expect("made");
        for number in 0..5 {
            let path = write(&plain, &format!("report {number}")).expect("written");
            // Of files of one moment nobody is the oldest.
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(number);
            std::fs::File::options().write(true).open(path).and_then(|file| file.set_modified(at)).expect("set");
        }
        let read = |name: &str| std::fs::read_to_string(plain.join(name)).expect("there");
        assert_eq!(NAMES.map(read), ["report 3", "report 4", "report 2"]);
        assert_eq!(std::fs::read_dir(&plain).expect("there").count(), NAMES.len());
        let run = folder.path().join("run");
        std::fs::create_dir(&run).expect("made");
        let list = FileList::open(&run, FolderKind::Run).expect("begun");
        let before = list.bytes().expect("there");
        write(&run, "report").expect("written");
        let listed = ListedFiles::read(&run).expect("readable").expect("there");
        assert!(listed.files.contains(NAMES[0]) && run.join(NAMES[0]).is_file());
        FileList::open(&run, FolderKind::Run).and_then(|list| list.forget_after(before)).expect("forgotten");
        assert!(!run.join(NAMES[0]).exists(), "who goes on from before the fault removes its report");
        std::fs::write(folder.path().join("file"), "").expect("written");
        assert!(write(&folder.path().join("file"), "report").is_err());
    }
}
