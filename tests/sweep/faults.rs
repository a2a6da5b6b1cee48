//! What the machine refuses is said, and never a panic.

use std::process::Command;

use super::TINY;

/// A system that gives a user one process, which is this one, and not a single thread more.
#[cfg(target_os = "linux")]
#[test]
fn a_refused_thread_is_an_error_in_words() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path();
    let everyone = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a folder of ours");
    };
    everyone(root, 0o777);
    std::fs::write(root.join("tiny.toml"), TINY).expect("written");
    // Whoever runs this may read no folder above the binary's.
    let binary = root.join("hebbscope");
    if std::fs::hard_link(env!("CARGO_BIN_EXE_hebbscope"), &binary).is_err() {
        std::fs::copy(env!("CARGO_BIN_EXE_hebbscope"), &binary).expect("copied");
    }
    everyone(&binary, 0o755);
    // The limit is nothing to root: another user then, who has no other process.
    let is_root = Command::new("id").arg("-u").output().expect("id is there").stdout.trim_ascii() == b"0";
    for threads in ["1", "4"] {
        let mut command = match is_root {
            true => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid=61234", "--regid=61234", "--clear-groups", "prlimit"]);
                command
            }
            false => Command::new("prlimit"),
        };
        command.arg("--nproc=1").arg(&binary);
        command.args(["sweep", "tiny.toml", "--backend", "cpu", "--out", "out", "--resume", "--threads", threads]);
        let output = command.current_dir(root).output().expect("util-linux is there");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{said}");
        assert!(said.contains("cannot start a thread") && !said.contains("panicked"), "{said}");
    }
}

#[test]
fn a_share_of_a_node_is_the_default_number_of_threads() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("tiny.toml"), TINY).expect("written");
    let threads = |share: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_hebbscope"))
            .args(["train", "tiny.toml", "--seeds", "2", "--backend", "cpu", "--out", "out", "--force"])
            .env("SLURM_CPUS_PER_TASK", share)
            .current_dir(folder.path())
            .output()
            .expect("the binary starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let summary = std::fs::read_to_string(folder.path().join("out/summary.json")).expect("there");
        serde_json::from_str::<serde_json::Value>(&summary).expect("JSON")["threads"].as_u64().expect("a number")
    };
    assert_eq!(threads("1"), 1);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get) as u64;
    assert_eq!(threads("1000"), threads("no number"), "no more than there are");
    assert!(threads("1000") <= cores);
}
