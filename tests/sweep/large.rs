//! A hundred thousand cells: status and merge stay within seconds and megabytes.

use std::process::{Command, Stdio};
use std::time::Duration;

use hebbscope::sweep::{CollapsedLayers, Entry, Existing, Grid, Header, Outcome, Shard, SweepFolder};
use hebbscope::training::COMPUTATION;

use super::tiny;

/// Peak resident memory of a child in bytes, and what it took of a processor: how long it waited for one is the machine's affair.
fn measured(args: &[&str]) -> (u64, Duration) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hebbscope"))
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("the binary starts");
    let child_id = child.id();
    let about = |file: &str| std::fs::read_to_string(format!("/proc/{child_id}/{file}")).unwrap_or_default();
    let (mut peak, mut took) = (0, Duration::ZERO);
    loop {
        let text = about("status");
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        peak = peak.max(kilobytes.unwrap_or(0) * 1024);
        took = took.max(of_a_processor(&about("stat")));
        if let Some(status) = child.try_wait().expect("a child of ours") {
            assert!(status.success(), "{args:?}");
            assert!(took > Duration::ZERO, "nothing was measured");
            return (peak, took);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// User and system time in a line of `/proc/PID/stat`, whose second field is a name in brackets; ticks are hundredths of a second.
fn of_a_processor(stat: &str) -> Duration {
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok());
    Duration::from_millis(10 * ticks.sum::<u64>())
}

#[test]
fn a_hundred_thousand_cells() {
    let experiment = tiny(&[
        ("x_points = 5", "x_points = 250"),
        ("y_points = 4", "y_points = 200"),
        ("hidden = [6]", "hidden = [6, 6]"),
    ]);
    let grid = Grid::new(&experiment).expect("a grid");
    assert_eq!(grid.cells(), 100_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("large");
    let sweep = SweepFolder::create(&path, &grid, Shard::ALL, Existing::Refuse).expect("a folder");
    // Eight processes, each with a journal of its own; a boundary between the signs, so that there is something to fit.
    for shard in 0..8 {
        let header = Header {
            config_hash: grid.config_hash(),
            shard: (shard, 8),
            backend: "cpu avx512".into(),
            computation: COMPUTATION,
        };
        let mut journal = sweep.journal(&header).expect("a journal");
        let mut entries = Vec::new();
        let mut outcomes = Vec::new();
        for cell in (shard..grid.cells()).step_by(8) {
            let place = grid.place(cell);
            let height = (place.row as f64 / 200.0).powi(2) - place.column as f64 / 250.0;
            let values =
                grid.names().iter().enumerate().map(|(at, _)| Some(height / (at + 1) as f64 + 1e-9 * cell as f64));
            let outcome =
                Outcome { values: values.collect(), steps: 120, collapsed: CollapsedLayers::None, diverged: false };
            let key = grid.key(cell);
            entries.push(Entry::Started { cell, key });
            entries.push(Entry::Done { cell, key, outcome: outcome.clone(), seconds: 0.5 });
            outcomes.push((cell, outcome));
        }
        journal.write(&entries).expect("written");
        if shard < 4 {
            sweep.write_shard(&grid, &header, &outcomes).expect("written");
        }
    }
    let text = path.to_str().expect("text");
    for args in [&["sweep", "status", text][..], &["sweep", "merge", text]] {
        let (peak, took) = measured(args);
        println!("{}: {:.2} s, {} MB", args[1], took.as_secs_f64(), peak / 1_000_000);
        assert!(took < Duration::from_secs(10), "{args:?} took {took:?}");
        assert!(peak < 500_000_000, "{args:?} took {peak} bytes");
    }
    let csv = std::fs::read_to_string(path.join("cells.csv")).expect("there");
    assert_eq!(csv.lines().count(), 100_001);
}
