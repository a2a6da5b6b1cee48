//! CIFAR-10 in its binary version, from a folder or a tar archive, compressed or not: what is unpacked from an archive
//! and the archive are the same data.
//!
//! Six files, each a run of records of 3,073 bytes: a label, then 1,024 red, 1,024 green and 1,024 blue pixels.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::DataSet;
use super::archive::Archive;
use super::channels::{IMAGE, Images, normalized};
use super::content::content_of;
use super::error::DataError;
use crate::experiment::Experiment;
use crate::input_file;

/// Classes of CIFAR-10.
pub(super) const CLASSES: u8 = 10;
/// A label and an image.
pub(super) const RECORD_BYTES: usize = 1 + IMAGE;
/// Records of each file as published.
pub(super) const RECORDS_PER_FILE: usize = 10_000;

const FOLDER: &str = "cifar-10-batches-bin";
/// Training files in their order, then the validation file.
const FILES: [&str; 6] = [
    "data_batch_1.bin",
    "data_batch_2.bin",
    "data_batch_3.bin",
    "data_batch_4.bin",
    "data_batch_5.bin",
    "test_batch.bin",
];
const TRAIN_FILES: usize = 5;

/// Folders that are looked through for batch files, where they do not lie in the one that was named.
const MOST_FOLDERS: usize = 10_000;

/// What was read of each file, in the order of `FILES`; `None` where it is absent.
type Found = [Option<Images>; 6];

/// The first training and validation records, normalised channel by channel over the training records used.
pub(super) fn load(experiment: &Experiment) -> Result<DataSet, DataError> {
    let data = &experiment.data;
    let path = Path::new(&data.path);
    let wanted = |file: usize| if file < TRAIN_FILES { data.train_examples } else { data.validation_examples };
    let kind = std::fs::metadata(path).map_err(DataError::read(path))?;
    let found = if kind.is_dir() { read_folder(path, wanted)? } else { read_archive(path, wanted)? };
    if found.iter().all(Option::is_none) {
        return Err(DataError::NoBatches { path: path.to_path_buf() });
    }
    let (mut train, mut validation) = (Images::default(), Images::default());
    for (index, (images, file)) in found.into_iter().zip(FILES).enumerate() {
        let images = images.ok_or_else(|| DataError::MissingFile { path: path.to_path_buf(), file })?;
        let whole = if index < TRAIN_FILES { &mut train } else { &mut validation };
        let count = images.labels.len().min(wanted(index) - whole.labels.len());
        whole.labels.extend_from_slice(&images.labels[..count]);
        whole.pixels.extend_from_slice(&images.pixels[..count * IMAGE]);
    }
    for (field, asked, images) in [
        ("data.train_examples", data.train_examples, &train),
        ("data.validation_examples", data.validation_examples, &validation),
    ] {
        let available = images.labels.len();
        if available < asked {
            return Err(DataError::Examples { field, asked, available, place: path.display().to_string() });
        }
    }
    let content = content_of(&train, &validation);
    if let Some(asked) = data.content.as_ref().filter(|asked| asked.is_other(&content)) {
        let (path, asked) = (path.to_path_buf(), asked.clone());
        return Err(DataError::Content { path, asked, found: content });
    }
    let (train, validation) = normalized(train, validation, usize::from(CLASSES));
    let source = format!("CIFAR-10, binary version, {}", path.display());
    Ok(DataSet { train, validation, source, notice: None, content: Some(content) })
}

fn read_folder(path: &Path, wanted: impl Fn(usize) -> usize) -> Result<Found, DataError> {
    let mut found = Found::default();
    let Some(folder) = folder_of(path)? else { return Ok(found) };
    for (index, name) in FILES.iter().enumerate() {
        let file = folder.join(name);
        let reader = match input_file::open(&file) {
            Ok(reader) => reader,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(source) => return Err(DataError::Read { path: file, source }),
        };
        let size = reader.metadata().map_err(DataError::read(&file))?.len();
        let length = bytes_of(size, wanted(index), &file)?;
        let mut bytes = Vec::new();
        let read = reader.take(length).read_to_end(&mut bytes).map_err(DataError::read(&file))?;
        if (read as u64) < length {
            return Err(DataError::Read { path: file, source: io::ErrorKind::UnexpectedEof.into() });
        }
        found[index] = Some(labelled(&bytes, &file)?);
    }
    Ok(found)
}

/// The folder that holds batch files: the published one within, the one that was named, or the only one below it.
fn folder_of(path: &Path) -> Result<Option<PathBuf>, DataError> {
    let holds = |folder: &Path| FILES.iter().any(|name| folder.join(name).symlink_metadata().is_ok());
    let inner = path.join(FOLDER);
    if holds(&inner) {
        return Ok(Some(inner));
    }
    if holds(path) {
        return Ok(Some(path.to_path_buf()));
    }
    let (mut open, mut found, mut looked) = (vec![path.to_path_buf()], Vec::new(), 0);
    while let Some(folder) = open.pop().filter(|_| looked < MOST_FOLDERS) {
        looked += 1;
        // Of folders that may not be looked into nothing is read either.
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                open.push(entry.path());
            }
        }
        if holds(&folder) {
            found.push(folder);
        }
    }
    found.sort();
    match found.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(only.clone())),
        several => {
            let names = several.iter().map(|folder| folder.strip_prefix(path).unwrap_or(folder).display().to_string());
            let folders = names.collect::<Vec<_>>().join(", ");
            Err(DataError::Ambiguous { path: path.to_path_buf(), folders })
        }
    }
}

fn read_archive(path: &Path, wanted: impl Fn(usize) -> usize) -> Result<Found, DataError> {
    let archive = Archive::open(path)?;
    let mut found = Found::default();
    let Some(folder) = archive.folder_of(FOLDER, &FILES)? else { return Ok(found) };
    let (mut places, mut members) = (Vec::new(), Vec::new());
    for (index, name) in FILES.iter().enumerate() {
        if let Some(member) = archive.member(&folder, name)? {
            let length = bytes_of(member.size, wanted(index), &member.shown)?;
            places.push((index, member.shown.clone()));
            members.push((member, length));
        }
    }
    for ((index, shown), bytes) in places.into_iter().zip(archive.read(&members)?) {
        found[index] = Some(labelled(&bytes, &shown)?);
    }
    Ok(found)
}

/// Bytes of the first `wanted` records of a file of `size` bytes.
fn bytes_of(size: u64, wanted: usize, file: &Path) -> Result<u64, DataError> {
    if !size.is_multiple_of(RECORD_BYTES as u64) {
        return Err(DataError::Size { path: file.to_path_buf(), found: size });
    }
    Ok(size.min((wanted as u64).saturating_mul(RECORD_BYTES as u64)))
}

fn labelled(bytes: &[u8], file: &Path) -> Result<Images, DataError> {
    let records = bytes.len() / RECORD_BYTES;
    let mut images = Images { pixels: Vec::with_capacity(records * IMAGE), labels: Vec::with_capacity(records) };
    for (record, content) in bytes.chunks_exact(RECORD_BYTES).enumerate() {
        let value = content[0];
        if value >= CLASSES {
            return Err(DataError::Label { path: file.to_path_buf(), record, value });
        }
        images.labels.push(value);
        images.pixels.extend_from_slice(&content[1..]);
    }
    Ok(images)
}
