//! Rows of runs: tables whole and under way, and the files in which the window keeps them.

use std::fs;
use std::path::Path;

use hebbscope::record::{Columns, MetricStore, MetricsReader, Row, Spool, SpoolRecord, read_metrics};

use super::{Loader, in_mode, mode, no_claims, written};

/// A table; or the part of one under way.
pub const ROWS: Loader = Loader { name: "rows", load: rows, seeds: tables, claims: wide };

fn rows(input: &[u8]) -> bool {
    let (mode, rest) = mode(input, 2);
    let path = written(["metrics.csv", "metrics.partial.csv"][mode], rest);
    let Ok(store) = read_metrics(&path) else { return false };
    looked_at(&store);
    let mut reader = MetricsReader::open(&path).expect("it was read before");
    while let Some(row) = reader.next_row().expect("it was read before") {
        assert_eq!(row.values.len(), reader.names().len());
    }
    true
}

/// Everything that is drawn of curves.
pub fn looked_at(store: &MetricStore) {
    let last = store.last_step().unwrap_or(0);
    let columns = store.columns().names().len();
    for column in (0..columns.min(3)).chain([columns]) {
        for (from, to) in [(0, u64::MAX), (0, last), (last / 2, last.saturating_add(7)), (last, last), (last, 0)] {
            for bins in [0, 1, 7, 10_000] {
                let band = store.band(column, from, to, bins);
                let envelope = store.envelope(column, 0, from, to, bins);
                assert!(band.len() <= bins && envelope.len() <= bins);
            }
            let _ = (store.mean_over(column, 0, from, to), store.has_rows_between(from, to));
            let _ = store.difference(store, column, from, to, 5);
        }
        let _ = (store.latest(column, 0), store.latest_defined(column, 0), store.recent_mean(column, 0, usize::MAX));
    }
    assert!(store.bytes() <= MetricStore::max_bytes(columns, store.seeds().len().max(1)) + 1024, "{}", store.bytes());
}

fn tables() -> Vec<Vec<u8>> {
    let mut table = "step,epoch,seed,train_loss,validation_loss,signal_1\n".to_owned();
    for step in 0..40 {
        for seed in [3, 4] {
            let value = f64::from(step) * 0.01 + f64::from(seed);
            let validation = if step % 10 == 9 { format!("{value}") } else { String::new() };
            table.push_str(&format!("{step},{},{seed},{value},{validation},-{value}e-2\n", step / 10));
        }
    }
    let far = "step,epoch,seed,a\n0,0,0,1\n4096,0,0,\n1000000000000,5,0,3\n1152921504606846976,9,0,inf\n";
    vec![in_mode(0, table.as_bytes()), in_mode(1, &table.as_bytes()[..table.len() - 5]), in_mode(0, far.as_bytes())]
}

/// Curves of which there is no value, more than there is memory allowed for.
fn wide() -> Vec<Vec<u8>> {
    let columns = 400_000;
    let header = format!("step,epoch,seed{}", ",a".repeat(columns));
    let row = ",".repeat(columns);
    let table = (0..20).fold(header, |table, seed| table + &format!("\n0,0,{seed}{row}")) + "\n";
    vec![in_mode(0, table.as_bytes()), in_mode(1, table.as_bytes())]
}

/// Where the rows of a window lie, as JSON; or these rows.
pub const SPOOL: Loader = Loader { name: "spool", load: spool, seeds: records, claims: no_claims };

const RECORD: &str = r#"{"stretches":[{"file":"rows-1-0.spool","columns":{"names":["a","validation_loss"],"labels":[]}}],
"missing_from":null,"thinned":{"before":4,"every":2}}"#;

fn spool(input: &[u8]) -> bool {
    let (mode, rest) = mode(input, 2);
    let (record, bytes) = if mode == 0 { (rest, &rows_of_spool()[..]) } else { (RECORD.as_bytes(), rest) };
    let Ok(record) = serde_json::from_slice::<SpoolRecord>(record) else { return false };
    let cache = std::env::var_os("XDG_CACHE_HOME").expect("a cache folder of its own");
    let folder = Path::new(&cache).join("hebbscope");
    fs::create_dir_all(&folder).expect("made");
    fs::write(folder.join("rows-1-0.spool"), bytes).expect("written");
    let Ok(mut spool) = Spool::take_up(&record, 1000) else { return false };
    let columns = spool.columns();
    let mut last = 0;
    let read = spool.for_each(&columns, u64::MAX, |Row { step, values, .. }| {
        assert!(step < 1000 && values.len() == columns.names().len());
        last = step;
        Ok(())
    });
    if read.is_err() {
        return false;
    }
    let added = std::sync::Arc::new(Columns::new(vec!["a".into()]));
    spool.push(&added, &Row { step: last + 1, epoch: 0, seed: 0, values: vec![Some(1.0)] }).expect("written");
    spool.truncate_from(last / 2).expect("cut");
    let _ = (spool.thinned(), spool.missing_from(), spool.bytes());
    true
}

fn rows_of_spool() -> Vec<u8> {
    let mut bytes = Vec::new();
    for step in 0..20_u64 {
        for number in [step, step / 7, 3] {
            bytes.extend(number.to_le_bytes());
        }
        for value in [step as f32, f32::NAN] {
            bytes.extend(value.to_le_bytes());
        }
    }
    bytes
}

fn records() -> Vec<Vec<u8>> {
    vec![in_mode(0, RECORD.as_bytes()), in_mode(1, &rows_of_spool())]
}
