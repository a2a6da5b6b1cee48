//! Snapshots: an archive as it is; or a sound one, of which one array is damaged.

use std::fs;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use hebbscope::record::{LayerSnapshot, SeedSnapshot, Snapshot, write_snapshot};
use ndarray::{Array2, array};

use super::{Loader, emptied, in_mode, mode, written};

pub const ARRAYS: Loader = Loader { name: "arrays", load, seeds, claims };

fn load(input: &[u8]) -> bool {
    let (mode, rest) = mode(input, 3);
    let bytes = match mode {
        0 => rest.to_vec(),
        1 => archive(rest, false),
        _ => archive(rest, true),
    };
    let Ok(snapshot) = Snapshot::read(&written("a.npz", &bytes)) else { return false };
    let again = emptied("again").join("a.npz");
    write_snapshot(&again, &snapshot).expect("written");
    let back = Snapshot::read(&again).expect("its own form");
    // NaN is not equal to itself, its text is.
    assert_eq!(format!("{back:?}"), format!("{snapshot:?}"));
    true
}

/// An array of NumPy.
pub fn array_of(kind: &str, shape: &str, values: &[u8]) -> Vec<u8> {
    let mut header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}");
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(values);
    bytes
}

/// The archive of a layer whose weights are `weights`, with right sums and lengths.
fn archive(weights: &[u8], packed: bool) -> Vec<u8> {
    let matrix = array_of("<f4", "(1, 2)", &[0, 0, 128, 63, 0, 0, 0, 64]);
    let entries = [
        ("step", array_of("<i8", "()", &12_i64.to_le_bytes())),
        ("seeds", array_of("<u8", "(1,)", &7_u64.to_le_bytes())),
        ("config_toml", array_of("|u1", "(3,)", b"a=1")),
        ("W_1_seed7", weights.to_vec()),
        ("signal_1_seed7", matrix.clone()),
        ("hebbian_1_seed7", matrix.clone()),
        ("full_update_1_seed7", matrix),
    ];
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in &entries {
        let name = format!("{name}.npy");
        let stored = if packed { deflated(content) } else { content.clone() };
        // Version, flags, method, time and date; then sum, lengths, and those of name and extra field.
        let mut head = vec![20, 0, 0, 0, if packed { 8 } else { 0 }, 0, 0, 0, 0, 0];
        head.extend(crc32fast::hash(content).to_le_bytes());
        head.extend((stored.len() as u32).to_le_bytes());
        head.extend((content.len() as u32).to_le_bytes());
        head.extend((name.len() as u16).to_le_bytes());
        head.extend([0, 0]);
        let offset = file.len() as u32;
        file.extend_from_slice(b"PK\x03\x04");
        file.extend_from_slice(&head);
        file.extend_from_slice(name.as_bytes());
        file.extend_from_slice(&stored);
        directory.extend_from_slice(b"PK\x01\x02\x14\x00");
        directory.extend_from_slice(&head);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let count = (entries.len() as u16).to_le_bytes();
    let (length, offset) = (directory.len() as u32, file.len() as u32);
    file.extend_from_slice(&directory);
    file.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    file.extend([count, count].concat());
    file.extend(length.to_le_bytes());
    file.extend(offset.to_le_bytes());
    file.extend([0, 0]);
    file
}

/// Arrays, and a directory of them, that say of themselves that they are longer than any file.
fn claims() -> Vec<Vec<u8>> {
    let weights = array_of("<f4", "(1, 2)", &[0; 8]);
    let mut listed = archive(&weights, false);
    let entry = listed.windows(4).position(|four| four == b"PK\x01\x02").expect("a directory");
    listed[entry + 20..entry + 28].copy_from_slice(&[0, 255, 255, 255, 0, 255, 255, 255]);
    let shaped = array_of("<f4", "(99999999, 99)", &[0; 8]);
    vec![in_mode(0, &listed), in_mode(1, &shaped), in_mode(1, &long_header()), in_mode(2, &long_header())]
}

/// The beginning of an array whose header has four gigabytes, as it says.
pub fn long_header() -> Vec<u8> {
    [b"\x93NUMPY\x02\x00", &[0, 255, 255, 255][..]].concat()
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    std::io::Write::write_all(&mut encoder, bytes).expect("in memory");
    encoder.finish().expect("in memory")
}

fn seeds() -> Vec<Vec<u8>> {
    let matrix: Array2<f32> = array![[1.0, f32::NAN, 2.0], [3.0, -0.0, 1e-40]];
    let layer = |layer: usize| LayerSnapshot {
        layer,
        weights: matrix.clone(),
        bias: (layer > 1).then(|| array![0.5, -0.0]),
        signal: matrix.clone(),
        hebbian: matrix.clone(),
        full_update: matrix.clone(),
    };
    let seeds = vec![SeedSnapshot { seed: 7, layers: vec![layer(1), layer(2)] }];
    let path = emptied("seed").join("a.npz");
    write_snapshot(&path, &Snapshot { step: 12, config: "name = \"a\"\n".into(), seeds }).expect("written");
    let whole = fs::read(&path).expect("there");
    let weights = array_of("<f4", "(1, 2)", &[0, 0, 128, 63, 0, 0, 0, 64]);
    vec![in_mode(0, &whole), in_mode(1, &weights), in_mode(2, &weights)]
}
