//! A real Slurm: an array of eight, a task killed and put back, the merge after it.
//!
//! `tests/slurm/up.sh` starts two nodes on loopback. Where Slurm is not installed the test says so, unless
//! `HEBBSCOPE_REQUIRE_SLURM=1` wants it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use super::{TINY, expect};

const SHARDS: usize = 8;
/// Ports 16917 and following, beside those that a cluster of somebody else's test may have.
const PORT: &str = "16917";

struct Cluster {
    base: PathBuf,
}

impl Cluster {
    /// `None` where Slurm is not installed.
    fn start() -> Option<Self> {
        let is_there = |program: &str| {
            let found =
                Command::new("sh").args(["-c", &format!("PATH=$PATH:/usr/sbin:/sbin command -v {program}")]).output();
            found.is_ok_and(|output| output.status.success())
        };
        let is_required = std::env::var_os("HEBBSCOPE_REQUIRE_SLURM").is_some_and(|value| value == "1");
        let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.starts_with(b"0"));
        if !is_root || !["slurmctld", "slurmd", "sbatch", "munged"].into_iter().all(is_there) {
            assert!(
                !is_required,
                "HEBBSCOPE_REQUIRE_SLURM=1, but slurmctld, slurmd, sbatch, munged or root are missing"
            );
            println!("skipped: no Slurm");
            return None;
        }
        // Sockets have short paths: not below the target folder.
        let base = PathBuf::from(format!("/tmp/hebbscope-slurm-{}", std::process::id()));
        let cluster = Self { base };
        let output = cluster.script("up.sh", &[]);
        assert!(output.status.success(), "up.sh: {}", String::from_utf8_lossy(&output.stderr));
        Some(cluster)
    }

    fn script(&self, name: &str, args: &[&str]) -> Output {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slurm").join(name);
        let mut command = Command::new("bash");
        command.arg(script).args(args).env("SLURM_BASE", &self.base).env("SLURM_PORT_BASE", PORT);
        command.output().expect("bash is there")
    }

    /// Runs a command of Slurm's, or a script that does.
    fn run(&self, folder: &Path, command: &[&str]) -> String {
        let output = Command::new(command[0])
            .args(&command[1..])
            .current_dir(folder)
            .env("SLURM_CONF", self.base.join("etc/slurm.conf"))
            .output()
            .expect("it starts");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{command:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
        said
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.script("down.sh", &["--wipe"]);
    }
}

/// Waits up to a minute and a half.
fn wait_for<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(90), "{what} did not happen");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The process that trains a shard, by its arguments.
fn trainer(out: &Path, shard: usize) -> Option<String> {
    let wanted = format!("{shard}/{SHARDS}");
    let entries = std::fs::read_dir("/proc").ok()?;
    entries.flatten().find_map(|entry| {
        let bytes = std::fs::read(entry.path().join("cmdline")).ok()?;
        let arguments: Vec<_> = bytes.split(|byte| *byte == 0).map(String::from_utf8_lossy).collect();
        let is_ours = arguments.get(1).is_some_and(|one| one == "sweep")
            && arguments.iter().any(|one| one == out.to_string_lossy().as_ref())
            && arguments.iter().any(|one| *one == wanted);
        is_ours.then(|| entry.file_name().to_string_lossy().into_owned())
    })
}

#[test]
fn an_array_with_a_killed_task_merges_to_the_bytes_of_one_process() {
    let Some(cluster) = Cluster::start() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path();
    // A shard takes some seconds, so that one can be killed in its middle.
    let text = TINY.replace("steps = 120", "steps = 20000");
    std::fs::write(root.join("tiny.toml"), text).expect("written");
    let out = root.join("array");
    let said = expect(root, &["sweep", "slurm", "tiny.toml", "--out", "array", "--shards", &SHARDS.to_string()], 0);
    assert!(said.contains("bash ") && said.contains("sweep.sbatch"), "{said}");
    let script = out.join("sweep.sbatch");
    cluster.run(root, &["bash", script.to_str().expect("text")]);

    let victim = 2;
    let pid = wait_for("the training of a shard", || trainer(&out, victim));
    // Some of its cells are done, others are not.
    wait_for("a finished cell", || {
        let entries = std::fs::read_dir(out.join("journal")).ok()?;
        let is_its = |name: &str| name.starts_with(&format!("shard-{victim}-of-"));
        let mut own = entries.flatten().filter(|entry| is_its(&entry.file_name().to_string_lossy()));
        own.any(|entry| std::fs::read_to_string(entry.path()).unwrap_or_default().contains("\ndone\t")).then_some(())
    });
    assert!(Command::new("kill").args(["-9", &pid]).status().expect("kill is there").success());

    wait_for("the merge", || out.join("sweep.json").exists().then_some(()));
    let journals = std::fs::read_dir(out.join("journal")).expect("there").flatten();
    let own = journals.filter(|e| e.file_name().to_string_lossy().starts_with(&format!("shard-{victim}-of-"))).count();
    assert_eq!(own, 2, "the killed task was put back into the queue");
    expect(root, &["sweep", "tiny.toml", "--out", "single", "--backend", "cpu"], 0);
    for name in ["cells.csv", "sweep.json"] {
        let read = |sweep: &str| std::fs::read(root.join(sweep).join(name)).expect("there");
        assert!(read("single") == read("array"), "{name}");
    }
    assert_eq!(std::fs::read_dir(out.join("shards")).expect("there").count(), SHARDS);
}
