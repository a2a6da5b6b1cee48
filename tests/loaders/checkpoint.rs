//! Checkpoints: a file as it is; or one whose sums are right, of which the description or the arrays are damaged.

use std::fs;
use std::sync::OnceLock;

use hebbscope::experiment::{Experiment, with_assignment};
use hebbscope::training::{FoundRun, Run};

use super::{Loader, in_mode, is_small, mode, tiny, written};

pub const CHECKPOINT: Loader = Loader { name: "checkpoint", load, seeds, claims };

/// Bytes of the head: what it begins with, the version of the form, the sum and the length of the description, length and
/// sum of the arrays, and a sum of itself.
const HEAD: usize = 48;

/// The description and the arrays of a file.
fn parts(file: &[u8]) -> (&[u8], &[u8]) {
    let length = u64::from_le_bytes(file[24..32].try_into().expect("eight bytes"));
    file[HEAD..].split_at(length as usize)
}

/// A file of two parts, with right lengths and sums.
fn sealed(description: &[u8], arrays: &[u8]) -> Vec<u8> {
    claimed(description, arrays, [description.len() as u64, arrays.len() as u64])
}

/// A file of two parts that says of each how long it is, with right sums.
fn claimed(description: &[u8], arrays: &[u8], lengths: [u64; 2]) -> Vec<u8> {
    let mut file = b"hebbscope state\n".to_vec();
    file.extend(1_u32.to_le_bytes());
    file.extend(crc32fast::hash(description).to_le_bytes());
    lengths.into_iter().for_each(|length| file.extend(length.to_le_bytes()));
    file.extend(crc32fast::hash(arrays).to_le_bytes());
    file.extend(crc32fast::hash(&file).to_le_bytes());
    file.extend_from_slice(description);
    file.extend_from_slice(arrays);
    file
}

/// Files of a plain run, and of one with a twin and a written rule, each between two steps.
fn files() -> &'static [Vec<u8>; 2] {
    static FILES: OnceLock<[Vec<u8>; 2]> = OnceLock::new();
    FILES.get_or_init(|| {
        let stored = |experiment: Experiment, has_twin: bool| {
            let mut run = Run::new(experiment, 1).expect("a small, valid experiment");
            run.advance(7, false, |_| {});
            run.set("regularizer.weight_decay", 3e-3.into(), None).expect("a live setting");
            if has_twin {
                run.fork(&[("noise.weight_sd".to_owned(), 1e-3.into())]).expect("there is room for a twin");
            }
            run.advance(4, false, |_| {});
            let path = written("checkpoint.0", b"");
            run.stored().write(&path, &serde_json::json!({ "rows": 3 })).expect("written");
            fs::read(path).expect("there")
        };
        let rule = toml::toml! {
            kind = "custom"
            signal = "act * (act - theta) * pre"
            state = { theta = { of = "act^2", rate = 0.1, start = 0.1 } }
        };
        let written_rule = with_assignment(&tiny(), "rule", rule.into()).expect("a valid rule");
        [stored(tiny(), false), stored(written_rule, true)]
    })
}

fn load(input: &[u8]) -> bool {
    let (mode, rest) = mode(input, 5);
    let file = match mode {
        0 => rest.to_vec(),
        1 | 2 => sealed(rest, parts(&files()[mode - 1]).1),
        _ => sealed(parts(&files()[mode - 3]).0, rest),
    };
    let path = written("checkpoint.1", &file);
    let Ok(mut found) = FoundRun::open(&path) else { return false };
    let _ = (found.step(), found.has_twin(), found.interventions().len(), found.driver::<serde_json::Value>());
    let (initial, now) = (found.initial().clone(), found.experiment().clone());
    let _ = (initial.maps().len(), initial.total_steps(), now.to_toml(), now.config_hash());
    if found.check_arrays().is_err() || !is_small(&now) || !is_small(&initial) {
        return false;
    }
    let Ok(mut run) = found.resume(1, None) else { return false };
    run.advance(3, false, |_| {});
    let _ = run.stored().step();
    true
}

/// The plain run, with other values at some places of its description.
pub fn described(changes: &[(&str, serde_json::Value)]) -> Vec<u8> {
    let mut description: serde_json::Value = serde_json::from_slice(parts(&files()[0]).0).expect("JSON");
    for (place, value) in changes {
        *description.pointer_mut(place).unwrap_or_else(|| panic!("a description has {place}")) = value.clone();
    }
    in_mode(1, &serde_json::to_vec(&description).expect("JSON"))
}

/// Bytes before the arrays of the plain run.
pub fn before_arrays() -> u64 {
    (HEAD + parts(&files()[0]).0.len()) as u64
}

/// The plain run, whose file says something else of the lengths of its parts.
pub fn of_lengths(description: Option<u64>, arrays: Option<u64>) -> Vec<u8> {
    let (own, values) = parts(&files()[0]);
    let lengths = [description.unwrap_or(own.len() as u64), arrays.unwrap_or(values.len() as u64)];
    in_mode(0, &claimed(own, values, lengths))
}

/// Right sums of parts that are longer than any file, as they say.
fn claims() -> Vec<Vec<u8>> {
    const LONG: u64 = 8 << 30;
    vec![of_lengths(Some(LONG), None), of_lengths(None, Some(LONG)), of_lengths(Some(u64::MAX), Some(LONG))]
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<_> = files().iter().map(|file| in_mode(0, file)).collect();
    for (place, file) in files().iter().enumerate() {
        let (description, arrays) = parts(file);
        seeds.push(in_mode(1 + place as u8, description));
        seeds.push(in_mode(3 + place as u8, arrays));
    }
    seeds
}
