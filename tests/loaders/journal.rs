//! Folders of sweeps: a journal as it is; or lines that get right sums; or the configuration.

use std::fs;
use std::path::Path;

use hebbscope::experiment::from_toml;
use hebbscope::sweep::{
    CollapsedLayers, Entry, Grid, Header, Outcome, Plane, SweepFolder, cell_exhibits, cells_csv, fit_boundary, gather,
    status,
};
use hebbscope::training::COMPUTATION;

use super::{Loader, emptied, in_mode, mode};

pub const JOURNAL: Loader = Loader { name: "journal", load, seeds, claims };

const CONFIG: &str = "name = \"grid\"\n[data]\ntrain_examples = 40\nvalidation_examples = 8\ninput_size = 4\n\
                      output_size = 3\n[model]\nhidden = [6]\n[training]\nbatch_size = 8\nsteps = 60\nseeds = 1\n\
                      [measure]\nwindow = 20\n[sweep]\nx = \"noise.weight_sd\"\nx_from = 0.0\nx_to = 0.3\nx_points = 4\n\
                      y = \"regularizer.weight_decay\"\ny_spacing = \"log\"\ny_from = 1e-4\ny_to = 1e-1\ny_points = 3\n\
                      seeds = 2\n";

fn load(input: &[u8]) -> bool {
    let (mode, rest) = mode(input, 3);
    let folder = emptied("sweep");
    fs::create_dir(folder.join("journal")).expect("made");
    let journal = match mode {
        0 => rest.to_vec(),
        1 => rest.split(|byte| *byte == b'\n').flat_map(sealed).collect(),
        _ => journal(),
    };
    fs::write(folder.join("journal/a.journal"), journal).expect("written");
    fs::write(folder.join("config.toml"), if mode == 2 { rest } else { CONFIG.as_bytes() }).expect("written");
    read(&folder)
}

fn read(folder: &Path) -> bool {
    let Ok((_, grid)) = SweepFolder::open(folder) else { return false };
    // Something is held of every cell; a grid of millions is allowed, and too much for one input among thousands.
    if grid.cells() > 20_000 {
        return false;
    }
    let Ok(gathered) = gather(&grid, &[folder.to_path_buf()]) else { return false };
    let status = status(&gathered);
    assert_eq!(status.total, grid.cells());
    let value_of = |cell: usize| gathered.outcomes[cell].as_ref().map(|outcome| (outcome.values.as_slice(), true));
    let _ = cells_csv(&grid, |cell| gathered.outcomes[cell].as_ref());
    if grid.cells() <= 100 {
        for name in grid.names() {
            let plane = Plane::new(&grid, name, value_of);
            let _ = fit_boundary(&grid, &plane);
        }
        let _ = cell_exhibits(&grid, "", &value_of).len();
    }
    gathered.done() > 0
}

/// A line with its sum.
fn sealed(line: &[u8]) -> Vec<u8> {
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let sum = line.iter().fold(0xcbf2_9ce4_8422_2325, mix);
    [line, format!("\t{sum:016x}\n").as_bytes()].concat()
}

fn journal() -> Vec<u8> {
    let grid = Grid::new(&from_toml("grid", CONFIG).expect("valid")).expect("a grid");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let header = Header {
        config_hash: grid.config_hash(),
        shard: (0, 1),
        backend: "cpu avx512".into(),
        computation: COMPUTATION,
    };
    let mut journal = hebbscope::sweep::Journal::create(folder.path(), &header, |_| Ok(())).expect("created");
    let mut entries = Vec::new();
    for cell in 0..grid.cells() - 1 {
        let place = grid.place(cell);
        let height = place.row as f64 * 0.3 - place.column as f64 * 0.2;
        let key = grid.key(cell);
        let values = vec![Some(height); grid.names().len()];
        let outcome = Outcome { values, steps: 60, collapsed: CollapsedLayers::None, diverged: cell == 3 };
        entries.extend([Entry::Started { cell, key }, Entry::Done { cell, key, outcome, seconds: 0.5 }]);
    }
    let cell = grid.cells() - 1;
    entries.push(Entry::Failed { cell, key: grid.key(cell), words: "no room".into() });
    journal.write(&entries).expect("written");
    fs::read(journal.path()).expect("there")
}

/// Cells and layers that no sweep has, and grids that nobody trains.
fn claims() -> Vec<Vec<u8>> {
    let header = lines().swap_remove(0);
    let line = |line: &str| in_mode(1, format!("{header}\n{line}").as_bytes());
    let grid = |from: &str, to: &str| {
        assert!(CONFIG.contains(from));
        in_mode(2, CONFIG.replace(from, to).as_bytes())
    };
    vec![
        line("done\t18446744073709551615\t0000000000000000\t60\t\t0.5\t0.1"),
        line("done\t1000000000000\t0000000000000000\t18446744073709551615\tcollapsed:1000000000000\t0.5\t0.1"),
        line("started\t1000000000000\tffffffffffffffff"),
        line("failed\t1000000000000\tffffffffffffffff\twords"),
        grid("x_points = 4", "x_points = 1000000000000"),
        grid("seeds = 2", "seeds = 1000000000000"),
        grid("hidden = [6]", "hidden = [1000000000000]"),
    ]
}

/// The lines of a journal, without their sums.
fn lines() -> Vec<String> {
    let text = String::from_utf8(journal()).expect("text");
    text.lines().map(|line| line.rsplit_once('\t').expect("a sum").0.to_owned()).collect()
}

fn seeds() -> Vec<Vec<u8>> {
    let whole = journal();
    let over_rules = CONFIG.replace(
        "x = \"noise.weight_sd\"\nx_from = 0.0\nx_to = 0.3\nx_points = 4",
        "x = \"rule.kind\"\nx_values = [\"sgd\", \"hebb\"]",
    );
    let _ = Grid::new(&from_toml("grid", &over_rules).expect("valid")).expect("a grid");
    vec![in_mode(0, &whole), in_mode(1, lines().join("\n").as_bytes()), in_mode(2, CONFIG.as_bytes())]
}
