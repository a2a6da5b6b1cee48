//! Images of others: an archive of batch files, and the files themselves.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use hebbscope::data::load;
use hebbscope::experiment::{DataKind, Experiment};

use super::{Loader, emptied, in_mode, mode, no_claims, root};

const NAMES: [&str; 6] = [
    "data_batch_1.bin",
    "data_batch_2.bin",
    "data_batch_3.bin",
    "data_batch_4.bin",
    "data_batch_5.bin",
    "test_batch.bin",
];
/// Bytes of a label and an image.
const RECORD: usize = 3073;
const BLOCK: usize = 512;

fn images(path: &Path) -> bool {
    let mut experiment = Experiment::default();
    experiment.data.kind = DataKind::Cifar10;
    experiment.data.path = path.display().to_string();
    (experiment.data.train_examples, experiment.data.validation_examples) = (5, 1);
    load(&experiment, &[0]).is_ok()
}

/// An archive as it is; or one whose headers get right sums; or that, compressed.
pub const ARCHIVE: Loader = Loader { name: "archive", load: archive, seeds: archives, claims: lengths };

fn archive(input: &[u8]) -> bool {
    let (mode, rest) = mode(input, 3);
    let mut bytes = rest.to_vec();
    if mode > 0 {
        mend_sums(&mut bytes);
    }
    if mode == 2 {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&bytes).expect("in memory");
        bytes = encoder.finish().expect("in memory");
    }
    let top = emptied("archive");
    let inner = top.join("one/two");
    fs::create_dir_all(&inner).expect("made");
    fs::write(top.join("outside"), "mine").expect("written");
    let path = inner.join("images.tar");
    fs::write(&path, &bytes).expect("written");
    let is_read = images(&path);
    let there = |folder: &Path| fs::read_dir(folder).expect("readable").count();
    assert_eq!([there(&top), there(&top.join("one")), there(&inner)], [2, 1, 1], "nothing is unpacked");
    assert_eq!(fs::read(top.join("outside")).expect("there"), b"mine");
    assert_eq!(fs::read(&path).expect("there"), bytes);
    is_read
}

/// Puts the sum of each block that is a header into it.
fn mend_sums(bytes: &mut [u8]) {
    let mut at = 0;
    while let Some(block) = bytes.get_mut(at..at + BLOCK) {
        if block.iter().all(|byte| *byte == 0) {
            return;
        }
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let size = std::str::from_utf8(&block[124..135]).ok();
        let size = size.and_then(|size| usize::from_str_radix(size.trim_matches(['\0', ' ']), 8).ok()).unwrap_or(0);
        at = at.saturating_add(BLOCK).saturating_add(size.saturating_add(BLOCK - 1) / BLOCK * BLOCK);
    }
}

fn archives() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for name in ["hard-links.tar.gz", "multi-member.tar.gz", "sound.tar.gz"] {
        let bytes = fs::read(root().join("tests/archives").join(name)).expect("shipped");
        seeds.push(in_mode(0, &bytes));
    }
    seeds.push(in_mode(1, &tar(links)));
    seeds.push(in_mode(2, &tar(long_names)));
    seeds
}

/// Archives that begin with a name, a record or images of four gigabytes, as they say; and one that unpacks to 512 MiB of images.
fn lengths() -> Vec<Vec<u8>> {
    let of = |kind: u8, bytes: u64| {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::new(kind));
        header.set_size(bytes);
        header.as_old_mut().name[..NAMES[0].len()].copy_from_slice(NAMES[0].as_bytes());
        in_mode(1, header.as_bytes())
    };
    let mut claims: Vec<_> = [b'L', b'K', b'x', b'g', b'0'].map(|kind| of(kind, 4 << 30)).into();
    let mut images = of(b'0', 512 << 20)[1..].to_vec();
    mend_sums(&mut images);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&images).expect("in memory");
    let piece = vec![0; 1 << 20];
    (0..512).for_each(|_| encoder.write_all(&piece).expect("in memory"));
    claims.push(in_mode(0, &encoder.finish().expect("in memory")));
    claims
}

type Builder = tar::Builder<Vec<u8>>;

fn entry(builder: &mut Builder, kind: u8, path: &str, link: &str, content: &[u8]) {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::new(kind));
    header.set_mode(0o644);
    header.set_size(content.len() as u64);
    let old = header.as_old_mut();
    old.name[..path.len()].copy_from_slice(path.as_bytes());
    old.linkname[..link.len()].copy_from_slice(link.as_bytes());
    header.set_cksum();
    builder.append(&header, content).expect("in memory");
}

fn tar(more: impl FnOnce(&mut Builder)) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (number, name) in NAMES.iter().enumerate() {
        entry(&mut builder, b'0', &format!("cifar-10-batches-bin/{name}"), "", &record(number as u8));
    }
    more(&mut builder);
    builder.into_inner().expect("in memory")
}

fn links(builder: &mut Builder) {
    entry(builder, b'5', "folder", "", b"");
    entry(builder, b'2', "folder/up", "../..", b"");
    entry(builder, b'0', "folder/up/outside", "", b"theirs");
    entry(builder, b'0', "../outside", "", b"theirs");
    entry(builder, b'1', "hard", "cifar-10-batches-bin/test_batch.bin", b"");
    entry(builder, b'2', "loop", "loop", b"");
}

fn long_names(builder: &mut Builder) {
    entry(builder, b'L', "././@LongLink", "", format!("{}/x\0", "a".repeat(200)).as_bytes());
    entry(builder, b'0', "short", "", b"x");
    entry(builder, b'x', "pax", "", b"20 path=of/a/record\n31 GNU.sparse.map=0,512,1024,0\n24 GNU.sparse.size=1024\n");
    entry(builder, b'0', "sparse", "", &[1; BLOCK]);
}

fn record(label: u8) -> Vec<u8> {
    let mut bytes = vec![label; RECORD];
    bytes[1..].iter_mut().enumerate().for_each(|(at, pixel)| *pixel = (at % 251) as u8);
    bytes
}

/// Batch files: the input is the first of them.
pub const BATCHES: Loader = Loader { name: "batches", load: batches, seeds: records, claims: no_claims };

fn batches(input: &[u8]) -> bool {
    let folder = emptied("batches");
    for (number, name) in NAMES.iter().enumerate() {
        let bytes = if number == 0 { input.to_vec() } else { record(number as u8) };
        fs::write(folder.join(name), bytes).expect("written");
    }
    images(&folder)
}

fn records() -> Vec<Vec<u8>> {
    vec![record(3), [record(9), record(0)].concat()]
}
