//! What following a run costs: curves in memory, CSV and Parquet; `items/s` are values or rows.

use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use hebbscope::record::{Columns, MetricStore, Overwrite, Row, RunFolder};

const COLUMNS: usize = 25;
const SEEDS: u64 = 8;

fn main() {
    divan::main();
}

fn columns() -> Columns {
    Columns::new((0..COLUMNS).map(|column| format!("c{column}")).collect())
}

fn rows(first: u64, steps: u64) -> Vec<Row> {
    let row = |at: u64| Row {
        step: first + at / SEEDS,
        epoch: at / SEEDS / 79,
        seed: at % SEEDS,
        values: (0..COLUMNS as u64).map(|column| Some(((at * 31 + column) as f32 * 0.618).sin())).collect(),
    };
    (0..steps * SEEDS).map(row).collect()
}

/// Values a second into the curves, once their bins are merged from time to time.
#[divan::bench]
fn store_push(bencher: Bencher) {
    let seeds: Vec<u64> = (0..SEEDS).collect();
    let mut store = MetricStore::new(Arc::new(columns()), &seeds);
    rows(0, 30_000).iter().for_each(|row| store.push(row));
    let mut next = 30_000;
    bencher
        .counter(ItemsCount::new(100 * SEEDS as usize * COLUMNS))
        .with_inputs(|| {
            next += 100;
            rows(next, 100)
        })
        .bench_local_refs(|rows| rows.iter().for_each(|row| store.push(row)));
}

/// One curve of eight seeds as the window draws it.
#[divan::bench]
fn store_band(bencher: Bencher) {
    let seeds: Vec<u64> = (0..SEEDS).collect();
    let mut store = MetricStore::new(Arc::new(columns()), &seeds);
    rows(0, 30_000).iter().for_each(|row| store.push(row));
    bencher.bench_local(|| store.band(0, 0, u64::MAX, 1_000));
}

#[divan::bench(args = ["csv", "parquet"], sample_count = 10, sample_size = 1)]
fn file(bencher: Bencher, format: &str) {
    let rows = rows(0, 5_000);
    bencher.counter(ItemsCount::new(rows.len())).bench_local(|| {
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let folder = RunFolder::create(scratch.path(), Overwrite::Refuse).expect("created");
        if format == "csv" {
            let mut csv = folder.metrics_csv(&columns()).expect("csv");
            rows.iter().for_each(|row| csv.push(row).expect("csv"));
            csv.finish().expect("csv");
        } else {
            let mut parquet = folder.metrics_parquet(&columns()).expect("parquet");
            rows.iter().for_each(|row| parquet.push(row).expect("parquet"));
            parquet.finish().expect("parquet");
        }
    });
}
