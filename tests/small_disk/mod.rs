//! A test in a process of its own, with a small disk that can be filled.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Tells a test that it is that process: where the disk is.
const DISK: &str = "HEBBSCOPE_TEST_DISK";

/// Runs this test alone in a process with a small disk, of which nothing is left afterwards; where that is, in that process.
/// `None` also where this system lets nobody have one, which is said. Names of `folders` stand for it in the environment.
pub fn on_small_disk(name: &str, size: &str, folders: &[&str]) -> Option<PathBuf> {
    if let Some(disk) = std::env::var_os(DISK) {
        return Some(disk.into());
    }
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let disk = scratch.path().join("disk");
    std::fs::create_dir(&disk).expect("made");
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    let run = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(if is_root { &["-m"][..] } else { &["-rm"] }).args(["sh", "-c", script]);
        command.env("binary", std::env::current_exe().expect("this binary")).env("name", name);
        command.env("XDG_CACHE_HOME", scratch.path().join("cache")).env(DISK, &disk);
        command.envs(folders.iter().map(|folder| (folder, &disk))).output().ok()
    };
    let mount = format!("mount -t tmpfs -o size={size} tmpfs \"${DISK}\" || exit 99");
    if run(&mount).is_none_or(|output| output.status.code() != Some(0)) {
        println!("skipped: no small disk can be had here");
        return None;
    }
    let output = run(&format!("{mount}\nexec \"$binary\" --exact \"$name\" --nocapture")).expect("this binary starts");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    None
}

/// Leaves no room on a disk; the file that has it.
pub fn fill(disk: &Path) -> PathBuf {
    let path = disk.join("filler");
    let mut filler = std::fs::File::create(&path).expect("there is room");
    while filler.write_all(&[0; 4096]).is_ok() {}
    path
}

/// Lets a disk take nothing more that is not open for writing yet.
pub fn make_read_only(disk: &Path) {
    // What is open keeps a disk from being read-only; a bind mount in its place is.
    mount(disk, &["bind", "remount,bind,ro"]);
}

/// Takes [`make_read_only`] back.
pub fn make_writable(disk: &Path) {
    mount(disk, &["remount,bind,rw"]);
}

fn mount(disk: &Path, ways: &[&str]) {
    for options in ways {
        let mounted = Command::new("mount").args(["-o", options]).args([disk, disk]).status();
        assert!(mounted.expect("mount").success(), "{options}");
    }
}
