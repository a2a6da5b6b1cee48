//! CIFAR-10 read from fabricated files, sound ones and broken ones: each error must name the file and what is wrong.

use std::fs;
use std::path::{Path, PathBuf};

use super::watched::{run_to, spawn, wait_for};
use flate2::Compression;
use flate2::write::GzEncoder;
use hebbscope::data::{DataSet, Inputs, Split, Targets, load};
use hebbscope::experiment::{DataKind, Experiment};
use hebbscope::training::{Command, Event};
use tempfile::TempDir;

const RECORD: usize = 3073;
const NAMES: [&str; 6] = [
    "data_batch_1.bin",
    "data_batch_2.bin",
    "data_batch_3.bin",
    "data_batch_4.bin",
    "data_batch_5.bin",
    "test_batch.bin",
];

/// Record `number` of file `file`: its label, and pixels by which record and channel can be told.
fn record(file: usize, number: usize) -> Vec<u8> {
    let mut record = vec![((file + number) % 10) as u8];
    for channel in 0..3 {
        record.extend((0..1024).map(|i| (file * 40 + number * 10 + channel * 3 + i % 2) as u8));
    }
    record
}

/// The six files with three records each.
fn sound_files() -> Vec<(String, Vec<u8>)> {
    let content = |file| (0..3).flat_map(|number| record(file, number)).collect();
    NAMES.iter().enumerate().map(|(file, name)| ((*name).to_owned(), content(file))).collect()
}

fn folder(files: &[(String, Vec<u8>)], inner: &str) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    fs::create_dir_all(folder.path().join(inner)).expect("a folder inside");
    for (name, content) in files {
        fs::write(folder.path().join(inner).join(name), content).expect("a file");
    }
    folder
}

fn tar_of(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        let path = format!("cifar-10-batches-bin/{name}");
        tar.append_data(&mut header, path, content.as_slice()).expect("an entry");
    }
    tar.into_inner().expect("a tar archive")
}

fn gzip(content: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).expect("in memory");
    encoder.finish().expect("in memory")
}

/// A file of that content; the folder must outlive its use.
fn file(content: &[u8], name: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::new().expect("a temporary folder");
    let path = folder.path().join(name);
    fs::write(&path, content).expect("a file");
    (folder, path)
}

fn experiment(path: &Path, train: usize, validation: usize) -> Experiment {
    let mut experiment = Experiment::default();
    experiment.data.kind = DataKind::Cifar10;
    experiment.data.path = path.display().to_string();
    experiment.data.train_examples = train;
    experiment.data.validation_examples = validation;
    experiment
}

fn error(path: &Path, train: usize, validation: usize) -> String {
    load(&experiment(path, train, validation), &[0]).expect_err("must be refused").to_string()
}

#[track_caller]
fn assert_says(error: &str, parts: &[&str]) {
    for part in parts {
        assert!(error.contains(part), "{error:?} does not say {part:?}");
    }
}

fn bytes(split: &Split) -> (Vec<u8>, Vec<u8>) {
    match (&split.inputs, &split.targets) {
        (Inputs::Bytes { pixels, .. }, Targets::Classes { labels, .. }) => {
            (pixels.iter().copied().collect(), labels.clone())
        }
        _ => panic!("images are bytes with classes"),
    }
}

/// The first 7 training records are files 1 and 2 whole and one record of file 3.
fn check_first_records(set: &DataSet) {
    let expected: Vec<Vec<u8>> = (0..7).map(|i| record(i / 3, i % 3)).collect();
    let (pixels, labels) = bytes(&set.train);
    assert_eq!(labels, expected.iter().map(|r| r[0]).collect::<Vec<_>>());
    assert!(pixels == expected.iter().flat_map(|r| r[1..].to_vec()).collect::<Vec<_>>());
    let (pixels, labels) = bytes(&set.validation);
    assert_eq!(labels, [5, 6]);
    assert!(pixels == [record(5, 0)[1..].to_vec(), record(5, 1)[1..].to_vec()].concat());
    assert!(set.notice.is_none());
}

#[test]
fn a_folder_gives_its_first_records_in_the_order_of_the_files() {
    for inner in ["", "cifar-10-batches-bin"] {
        let folder = folder(&sound_files(), inner);
        check_first_records(&load(&experiment(folder.path(), 7, 2), &[0, 1]).expect("sound files")[1]);
    }
}

/// A run takes over the examples that another one holds, but not where it names others.
#[test]
fn held_images_are_not_taken_for_others() {
    let files = folder(&sound_files(), "");
    let mut first = experiment(files.path(), 7, 2);
    first.model.hidden = vec![3];
    first.training.batch_size = 2;
    first.training.seeds = 1;
    let trainer = spawn(first.clone());
    run_to(&trainer, 3);
    let failed = |content: &str| {
        let mut next = first.clone();
        next.data.content = Some(content.parse().expect("of that form"));
        trainer.send(Command::Load(Box::new(next)));
        wait_for(&trainer, |event| match event {
            Event::Failed(message) => Some(Some(message)),
            Event::Started { .. } => Some(None),
            _ => None,
        })
    };
    let content = load(&first, &[0]).expect("sound files")[0].content.clone().expect("they are files");
    wait_for(&trainer, |event| matches!(event, Event::Started { .. }).then_some(()));
    let message = failed("7+2:0123456789abcdef").expect("other examples");
    assert_says(&message, &["data.content = \"7+2:0123456789abcdef\"", "holds other examples", &content.to_string()]);
    assert_eq!(failed(&content.to_string()), None);
}

#[test]
fn an_archive_gives_the_same_in_any_order_of_its_entries() {
    let mut files = sound_files();
    // The published archive is out of order too, and has two more files.
    files.swap(0, 4);
    files.insert(2, ("readme.html".to_owned(), b"<html>".to_vec()));
    let (_folder, path) = file(&gzip(&tar_of(&files)), "cifar-10-binary.tar.gz");
    check_first_records(&load(&experiment(&path, 7, 2), &[0]).expect("a sound archive")[0]);
}

#[test]
fn gathered_training_images_have_mean_0_and_sd_1_a_channel() {
    let folder = folder(&sound_files(), "");
    let sets = load(&experiment(folder.path(), 15, 3), &[0]).expect("sound files");
    let (mut x, mut y) = (vec![0.0_f64; 15 * 3072], vec![0.0; 150]);
    sets[0].train.gather(&(0..15).collect::<Vec<_>>(), &mut x, &mut y);
    for channel in 0..3 {
        let values: Vec<f64> = x.chunks(3072).flat_map(|image| image[channel * 1024..][..1024].to_vec()).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let square = values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64;
        // Scale and offset are f32: 6e-8 of values up to 3.
        assert!(mean.abs() < 1e-6 && (square - 1.0).abs() < 1e-6, "channel {channel}: {mean}, {square}");
    }
}

#[test]
fn a_path_that_is_not_there() {
    assert_says(&error(Path::new("/nowhere/cifar"), 1, 1), &["/nowhere/cifar: cannot be read"]);
}

#[test]
fn a_missing_file_is_named() {
    let mut files = sound_files();
    files.remove(3);
    let folder = folder(&files, "");
    let shown = folder.path().display().to_string();
    // It is needed even where the first files would do: an incomplete copy is better known at once.
    assert_says(&error(folder.path(), 2, 1), &[&shown, "data_batch_4.bin is missing"]);
    files.pop();
    files.insert(3, sound_files().swap_remove(3));
    let (_folder, path) = file(&gzip(&tar_of(&files)), "cifar.tar.gz");
    assert_says(&error(&path, 2, 1), &["cifar.tar.gz", "test_batch.bin is missing"]);
}

#[test]
fn a_truncated_batch_file() {
    let mut files = sound_files();
    files[1].1.truncate(2 * RECORD + 100);
    let parts = ["data_batch_2.bin", "6246 bytes", "truncated", "multiple of 3073", "30730000 bytes"];
    assert_says(&error(folder(&files, "").path(), 15, 3), &parts);
    let (_folder, path) = file(&gzip(&tar_of(&files)), "cifar.tar.gz");
    assert_says(&error(&path, 15, 3), &parts);
}

#[test]
fn a_label_beyond_nine() {
    let mut files = sound_files();
    files[2].1[2 * RECORD] = 10;
    let folder = folder(&files, "");
    assert_says(&error(folder.path(), 9, 3), &["data_batch_3.bin", "record 2", "label 10", "0 to 9"]);
    // Only records in use are read: of each file at most as many as training takes in all.
    assert!(load(&experiment(folder.path(), 2, 3), &[0]).is_ok());
}

#[test]
fn the_python_version_is_not_it() {
    let files: Vec<(String, Vec<u8>)> = (1..=5).map(|i| (format!("data_batch_{i}"), b"\x80\x02}q".to_vec())).collect();
    let parts = ["holds no batch file", "data_batch_1.bin to data_batch_5.bin and test_batch.bin", "Python version"];
    assert_says(&error(folder(&files, "").path(), 1, 1), &parts);
    let (_folder, path) = file(&gzip(&tar_of(&files)), "cifar-10-python.tar.gz");
    assert_says(&error(&path, 1, 1), &parts);
}

#[test]
fn a_file_that_is_not_gzip() {
    let (_folder, path) = file(b"PK\x03\x04 and so on", "cifar.zip");
    assert_says(&error(&path, 1, 1), &["cifar.zip: not a gzip file", "[50 4b]", "[1f 8b]", "folder or a .tar.gz"]);
    let (_folder, path) = file(b"", "empty.tar.gz");
    assert_says(&error(&path, 1, 1), &["empty.tar.gz: not a gzip file", "bytes []"]);
}

#[test]
fn a_truncated_or_damaged_gzip_file() {
    let whole = gzip(&tar_of(&sound_files()));
    // From within the header of gzip to within its checksum at the end.
    for length in [5, whole.len() / 2, whole.len() - 3] {
        let (_folder, path) = file(&whole[..length], "cifar.tar.gz");
        assert_says(&error(&path, 1, 1), &["cifar.tar.gz: gzip data truncated or damaged"]);
    }
    let mut damaged = whole;
    let checksum = damaged.len() - 6;
    damaged[checksum] ^= 1;
    let (_folder, path) = file(&damaged, "cifar.tar.gz");
    assert_says(&error(&path, 1, 1), &["cifar.tar.gz: gzip data truncated or damaged"]);
}

#[test]
fn gzip_of_something_else_and_a_tar_that_ends_early() {
    let (_folder, path) = file(&gzip(&record(0, 0)), "data_batch_1.bin.gz");
    assert_says(&error(&path, 1, 1), &["data_batch_1.bin.gz", "without a readable tar archive inside"]);
    let tar = tar_of(&sound_files());
    let (_folder, path) = file(&gzip(&tar[..512 + 2 * RECORD]), "short.tar.gz");
    assert_says(&error(&path, 15, 1), &["short.tar.gz", "without a readable tar archive inside"]);
}

#[test]
fn more_examples_than_the_files_hold() {
    let folder = folder(&sound_files(), "");
    let shown = folder.path().display().to_string();
    assert_says(&error(folder.path(), 16, 3), &["data.train_examples = 16", "from 1 to 15", &shown]);
    assert_says(&error(folder.path(), 15, 4), &["data.validation_examples = 4", "from 1 to 3", &shown]);
    assert!(load(&experiment(folder.path(), 15, 3), &[0]).is_ok());
}
