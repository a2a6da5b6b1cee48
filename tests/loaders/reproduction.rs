//! Folders of reproductions: the manifest, or the record of a run.

use std::fs;
use std::sync::OnceLock;

use hebbscope::reproduce::{
    CourseRecord, CurveBin, MatrixRecord, NeuronRecord, PhaseRecord, Reproduction, Settings, Work, choose,
};
use hebbscope::sweep::Shard;
use hebbscope::training::COMPUTATION;

use super::{Loader, emptied, in_mode, mode};

pub const REPRODUCTION: Loader = Loader { name: "reproduction", load, seeds, claims };

const MANIFEST: &str = r#"{"items":["fig2","fig19"],"quick":true,"seeds":1,"steps":5,"cifar":null}"#;

/// Names of runs, and records that fit them.
fn records() -> &'static [(String, Vec<u8>)] {
    static RECORDS: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
    RECORDS.get_or_init(|| {
        let items = choose(&["fig2".to_owned(), "fig19".to_owned()]).expect("known");
        let settings = Settings { quick: true, seeds: Some(1), steps: Some(5), cifar: None };
        let work = Work::new(&items, &settings, Shard::ALL, 1).expect("a plan");
        let record = |plan: &hebbscope::reproduce::CoursePlan| {
            let bin = CurveBin { step: 2.0, mean: 0.5, sd: 0.1, n: 5 };
            let neurons = NeuronRecord {
                first_step: 0,
                bin_width: 1,
                bins: 2,
                values: vec![Some(0.1), None, Some(-0.2), Some(0.3)],
                statistics: vec![PhaseRecord { mean: Some(0.1), hebbian_share: Some(0.5), flips: 1, defined: 4 }; 2],
                late_size: Some(0.1),
                late_together: None,
            };
            let matrix = MatrixRecord {
                step: 1,
                rows: 1,
                columns: 2,
                signal: vec![0.1, 0.2],
                hebbian: vec![0.3, -0.1],
                cosine: Some(0.2),
                size_correlation: None,
                row_cosine: Some(0.1),
                entries: (2, 2),
            };
            let record = CourseRecord {
                key: plan.key(),
                computation: COMPUTATION,
                backend: "CPU".into(),
                steps: 5,
                curves: vec![vec![bin; 3]; plan.keep.columns.len()],
                neurons: plan.keep.neurons.map(|_| neurons),
                matrices: if plan.keep.matrices.is_some() { vec![matrix; 3] } else { Vec::new() },
                ..CourseRecord::default()
            };
            (plan.name.clone(), serde_json::to_vec(&record).expect("JSON"))
        };
        work.plan().courses.iter().map(record).collect()
    })
}

fn load(input: &[u8]) -> bool {
    let runs = records();
    let (mode, rest) = mode(input, 3);
    // A run with matrices, and one with neurons.
    let damaged = [None, Some(0), Some(runs.len() - 1)][mode];
    let folder = emptied("reproduction");
    fs::create_dir(folder.join("runs")).expect("made");
    fs::write(folder.join("reproduce.json"), if mode == 0 { rest } else { MANIFEST.as_bytes() }).expect("written");
    for (place, (name, record)) in runs.iter().enumerate() {
        let bytes = if damaged == Some(place) { rest } else { record };
        fs::write(folder.join("runs").join(format!("{name}.json")), bytes).expect("written");
    }
    let Ok(reproduction) = Reproduction::read(&folder) else { return false };
    for exhibit in reproduction.items.iter().flat_map(|item| &item.exhibits) {
        let _ = (exhibit.tables().len(), exhibit.svg().is_ok());
    }
    let _ = reproduction.manifest.command();
    true
}

fn seeds() -> Vec<Vec<u8>> {
    let runs = records();
    let (first, last) = (&runs[0].1, &runs[runs.len() - 1].1);
    vec![in_mode(0, MANIFEST.as_bytes()), in_mode(1, first), in_mode(2, last)]
}

/// Manifests and records of more than their files hold.
fn claims() -> Vec<Vec<u8>> {
    let runs = records();
    let other = |mode: u8, bytes: &[u8], place: &str, value: u64| {
        let mut record: serde_json::Value = serde_json::from_slice(bytes).expect("JSON");
        *record.pointer_mut(place).unwrap_or_else(|| panic!("there is {place}")) = value.into();
        in_mode(mode, &serde_json::to_vec(&record).expect("JSON"))
    };
    let (first, last) = (&runs[0].1, &runs[runs.len() - 1].1);
    vec![
        other(0, MANIFEST.as_bytes(), "/seeds", 1_000_000_000_000),
        other(0, MANIFEST.as_bytes(), "/steps", u64::MAX),
        other(1, first, "/matrices/0/rows", 1_000_000_000_000),
        other(1, first, "/matrices/0/columns", u64::MAX),
        other(2, last, "/neurons/bins", 1_000_000_000_000),
        other(2, last, "/neurons/bins", u64::MAX),
    ]
}
