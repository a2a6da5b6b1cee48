//! CIFAR-10 in its binary version, from a folder or a `.tar.gz`.
//!
//! Six files, each a run of records of 3,073 bytes: a label, then 1,024 red, 1,024 green and 1,024 blue pixels.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

use super::DataSet;
use super::channels::{IMAGE, Images, normalized};
use super::error::DataError;
use crate::experiment::Experiment;

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
    let (train, validation) = normalized(train, validation, usize::from(CLASSES));
    let source = format!("CIFAR-10, binary version, {}", path.display());
    Ok(DataSet { train, validation, source, notice: None })
}

fn read_folder(path: &Path, wanted: impl Fn(usize) -> usize) -> Result<Found, DataError> {
    let inner = path.join(FOLDER);
    let folder = if inner.is_dir() { inner } else { path.to_path_buf() };
    let mut found = Found::default();
    for (index, name) in FILES.iter().enumerate() {
        let file = folder.join(name);
        let mut reader = match File::open(&file) {
            Ok(reader) => reader,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(source) => return Err(DataError::Read { path: file, source }),
        };
        let size = reader.metadata().map_err(DataError::read(&file))?.len();
        let bytes = read_records(&mut reader, size, wanted(index), &file)?.map_err(DataError::read(&file))?;
        found[index] = Some(labelled(&bytes, &file)?);
    }
    Ok(found)
}

fn read_archive(path: &Path, wanted: impl Fn(usize) -> usize) -> Result<Found, DataError> {
    let mut file = File::open(path).map_err(DataError::read(path))?;
    check_magic(&mut file, path)?;
    let mut decoder = Watched { inner: GzDecoder::new(io::BufReader::new(file)), failed: None };
    let result = read_entries(&mut decoder, path, wanted);
    // Reading on to the end has the decoder check the length and the checksum of the whole stream.
    let drained = if result.is_ok() { io::copy(&mut decoder, &mut io::sink()) } else { Ok(0) };
    match (decoder.failed, result) {
        (Some(source), _) => Err(DataError::Gzip { path: path.to_path_buf(), source }),
        (None, result) => result.and_then(|found| drained.map(|_| found).map_err(DataError::read(path))),
    }
}

fn check_magic(file: &mut File, path: &Path) -> Result<(), DataError> {
    let mut magic = Vec::new();
    file.by_ref().take(2).read_to_end(&mut magic).map_err(DataError::read(path))?;
    if magic != [0x1f, 0x8b] {
        let found = magic.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
        return Err(DataError::NotGzip { path: path.to_path_buf(), found });
    }
    file.rewind().map_err(DataError::read(path))
}

fn read_entries(decoder: impl Read, path: &Path, wanted: impl Fn(usize) -> usize) -> Result<Found, DataError> {
    let tar_error = |source| DataError::Tar { path: path.to_path_buf(), source };
    let mut found = Found::default();
    for entry in tar::Archive::new(decoder).entries().map_err(tar_error)? {
        let mut entry = entry.map_err(tar_error)?;
        let inside = entry.path().map_err(tar_error)?.into_owned();
        let index = FILES.iter().position(|name| inside.file_name().is_some_and(|found| found == *name));
        let Some(index) = index.filter(|_| entry.header().entry_type().is_file()) else { continue };
        let file = path.join(inside);
        let size = entry.size();
        let bytes = read_records(&mut entry, size, wanted(index), &file)?.map_err(tar_error)?;
        found[index] = Some(labelled(&bytes, &file)?);
    }
    Ok(found)
}

/// The first `wanted` records of a file of `size` bytes. The outer error refuses the size, the inner one is the
/// reader's.
fn read_records(
    reader: &mut impl Read,
    size: u64,
    wanted: usize,
    file: &Path,
) -> Result<io::Result<Vec<u8>>, DataError> {
    if !size.is_multiple_of(RECORD_BYTES as u64) {
        return Err(DataError::Size { path: PathBuf::from(file), found: size });
    }
    let length = size.min((wanted as u64).saturating_mul(RECORD_BYTES as u64));
    let mut bytes = Vec::new();
    Ok(reader
        .take(length)
        .read_to_end(&mut bytes)
        .and_then(|read| if read as u64 == length { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }))
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

/// Remembers the decoder's own error, which the archive reader would pass off as its own.
struct Watched<R> {
    inner: R,
    failed: Option<io::Error>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.inner.read(out).inspect_err(|error| {
            if error.kind() != io::ErrorKind::Interrupted {
                self.failed = Some(io::Error::new(error.kind(), error.to_string()));
            }
        })
    }
}
