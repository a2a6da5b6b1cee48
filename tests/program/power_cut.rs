//! What would outlive a power cut: nothing has its name before its contents are on disk, and no name is relied on before its folder
//! is. And training goes on while a disk takes its time.

#![cfg(target_os = "linux")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::TINY;

/// A library between the program and the system that notes what is made durable, and when: a file by its name, node, length and time of
/// its last change; a folder by all that it holds then. Where it is asked to, a file under way takes three seconds.
const DISK: &str = r#"
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
static void key(FILE *log, struct stat *about) {
    fprintf(log, "%lu:%ld:%ld.%09ld", (unsigned long)about->st_ino, (long)about->st_size,
            (long)about->st_mtim.tv_sec, (long)about->st_mtim.tv_nsec);
}
static long rows_beside(const char *path) {
    char rows[PATH_MAX];
    struct stat about;
    snprintf(rows, sizeof rows, "%s", path);
    char *last = strrchr(rows, '/');
    if (!last) return -1;
    snprintf(last, sizeof rows - (last - rows), "/metrics.partial.csv");
    return stat(rows, &about) ? -1 : (long)about.st_size;
}
static int note(int fd, int result) {
    char link[64], path[PATH_MAX];
    struct stat about;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    const char *to = getenv("NOTES");
    if (result || length < 0 || !to || fstat(fd, &about)) return result;
    path[length] = 0;
    pthread_mutex_lock(&one);
    FILE *log = fopen(to, "a");
    if (S_ISDIR(about.st_mode)) {
        fprintf(log, "folder\t%s", path);
        DIR *all = opendir(path);
        for (struct dirent *entry; all && (entry = readdir(all));)
            if (!fstatat(dirfd(all), entry->d_name, &about, 0) && S_ISREG(about.st_mode)) {
                fprintf(log, "\t%s\t", entry->d_name);
                key(log, &about);
            }
        if (all) closedir(all);
    } else {
        fprintf(log, "file\t%s\t", path);
        key(log, &about);
    }
    if (getenv("SLOW") && strstr(path, ".hebbscope-unfinished-")) {
        long before = rows_beside(path);
        usleep(3000000);
        fprintf(log, "\t%ld\t%ld", before, rows_beside(path));
    }
    fprintf(log, "\n");
    fclose(log);
    pthread_mutex_unlock(&one);
    return result;
}
int fsync(int fd) { return note(fd, (int)syscall(SYS_fsync, fd)); }
int fdatasync(int fd) { return note(fd, (int)syscall(SYS_fdatasync, fd)); }
"#;

/// Longest that a run may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

struct Watched {
    scratch: tempfile::TempDir,
}

impl Watched {
    fn new() -> Self {
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let [source, library] = ["disk.c", "disk.so"].map(|name| scratch.path().join(name));
        std::fs::write(&source, DISK).expect("written");
        std::fs::write(scratch.path().join("tiny.toml"), TINY).expect("written");
        let compiled = Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &source]).status();
        assert!(compiled.expect("a C compiler, which the program is built with").success());
        Self { scratch }
    }

    fn root(&self) -> &Path {
        self.scratch.path()
    }

    fn train(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hebbscope"));
        command.args(["train", "tiny.toml", "--backend", "cpu", "--threads", "1", "--out", "run"]);
        command.args(words.split(' ')).current_dir(self.root()).stdin(Stdio::null()).stdout(Stdio::null());
        command.env("LD_PRELOAD", self.root().join("disk.so")).env("NOTES", self.root().join("notes"));
        command
    }

    /// What was noted, line by line.
    fn notes(&self) -> Vec<Vec<String>> {
        let text = std::fs::read_to_string(self.root().join("notes")).unwrap_or_default();
        let whole = text.lines().map(|line| line.split('\t').map(str::to_owned).collect());
        whole.collect()
    }
}

/// The list of files and the rows grow under their own names, and what follows a torn line is known to be none.
fn grows(name: &str) -> bool {
    [".hebbscope.jsonl", "metrics.partial.csv"].contains(&name)
}

#[test]
fn a_name_is_given_to_what_is_on_disk_and_its_folder_follows() {
    let watched = Watched::new();
    let output = watched.train("--checkpoint-every 20 --set measure.snapshot_every=30").output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // Contents that were made durable under another name than their last.
    let mut durable = BTreeMap::new();
    let mut named: BTreeSet<(PathBuf, String)> = BTreeSet::new();
    for line in watched.notes() {
        match &line[..] {
            [kind, path, key] if kind == "file" => {
                durable.insert(key.clone(), PathBuf::from(path));
            }
            [kind, folder, names @ ..] if kind == "folder" => {
                for one in names.chunks(2) {
                    let path = Path::new(folder).join(&one[0]);
                    if one[0].starts_with(".hebbscope-unfinished-") || grows(&one[0]) {
                        continue;
                    }
                    let before = durable.get(&one[1]);
                    let before = before.unwrap_or_else(|| panic!("{} has its name and is not on disk", path.display()));
                    assert_ne!(*before, path, "it had its name before it was on disk");
                    named.insert((path, one[1].clone()));
                }
            }
            _ => panic!("{line:?}"),
        }
    }
    let mut folders = vec![watched.root().join("run").canonicalize().expect("there")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(&folder).expect("a folder").flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if !grows(&path.file_name().expect("named").to_string_lossy()) {
                files.push(path);
            }
        }
    }
    let is_named = |path: &PathBuf| named.iter().any(|(name, _)| name == path);
    for path in &files {
        assert!(is_named(path), "the folder of {} was not made durable after it", path.display());
    }
    let of = |name: &str| named.iter().filter(|(path, _)| path.ends_with(Path::new("run").join(name))).count();
    assert!(files.len() >= 8 && of("checkpoint.end") == 1 && of("metrics.csv") == 1, "{files:?}");
    // Two on the way, of steps 20 and 40.
    assert_eq!([of("checkpoint.0"), of("checkpoint.1")], [1, 1]);
}

#[test]
fn training_goes_on_while_a_checkpoint_is_written() {
    let watched = Watched::new();
    let mut command = watched.train("--set training.steps=100000000 --set measure.every=11 --checkpoint-every 1s");
    let mut child = command.env("SLOW", "1").stderr(Stdio::null()).spawn().expect("it starts");
    let began = Instant::now();
    // Lines of checkpoints: the rows beside are there from the first step on.
    let rows = || -> Option<[i64; 2]> {
        let lines = watched.notes().into_iter().filter(|line| line.len() == 5 && line[3] != "-1");
        let read = |text: &String| text.parse().expect("a number");
        lines.map(|line| [read(&line[3]), read(&line[4])]).find(|[before, _]| *before > 0)
    };
    while rows().is_none() && began.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().expect("it runs");
    child.wait().expect("a child of ours");
    let [before, after] = rows().expect("a checkpoint beside its rows");
    assert!(after > before, "no row came in the three seconds that it took: {before} bytes, then {after}");
}
