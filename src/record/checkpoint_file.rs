//! A file of named arrays behind a description, whole or not there: what a run goes on from.
//!
//! A head of fixed length, the description (JSON), and the arrays in the form of
//! [safetensors](https://huggingface.co/docs/safetensors). The head has the version of the form, the lengths of both parts,
//! and a sum (CRC-32) of each and of itself, so that a file that is torn, damaged or of a later program is told before
//! anything of it is believed.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, Metadata, TensorInfo};

use super::atomic::AtomicFile;
use super::error::RecordError;
use crate::input_file;

/// Version of the form of the file.
const FORMAT: u32 = 1;
const MAGIC: &[u8; 16] = b"hebbscope state\n";
const HEAD_BYTES: usize = 48;
/// Most bytes of a description: hours of dragged sliders take some megabytes.
const MOST_DESCRIPTION: u64 = 128 << 20;
/// Bytes that are read at once, of arrays that are only looked through.
const PIECE: usize = 1 << 20;
/// Bytes that arrays are aligned to in their part.
const ALIGNMENT: usize = 8;

// Numbers are written as they lie in memory, which the form wants little-endian.
const _: () = assert!(cfg!(target_endian = "little"), "checkpoints are little-endian");

/// An array to write.
#[derive(Clone, Debug)]
pub struct StoredArray<'a> {
    /// Its name, unlike all others.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its values, row by row.
    pub values: StoredValues<'a>,
}

/// Values of an array.
#[derive(Clone, Copy, Debug)]
pub enum StoredValues<'a> {
    /// Single precision.
    F32(&'a [f32]),
    /// Double precision.
    F64(&'a [f64]),
}

impl StoredValues<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::F32(values) => bytemuck::cast_slice(values),
            Self::F64(values) => bytemuck::cast_slice(values),
        }
    }

    fn dtype(&self) -> Dtype {
        match self {
            Self::F32(_) => Dtype::F32,
            Self::F64(_) => Dtype::F64,
        }
    }
}

/// What stands in the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Head {
    format: u32,
    description_sum: u32,
    description: u64,
    arrays: u64,
    arrays_sum: u32,
}

impl Head {
    fn to_bytes(self) -> [u8; HEAD_BYTES] {
        let mut bytes = [0; HEAD_BYTES];
        let mut at = 0;
        let mut put = |part: &[u8]| {
            bytes[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        };
        put(MAGIC);
        put(&self.format.to_le_bytes());
        put(&self.description_sum.to_le_bytes());
        put(&self.description.to_le_bytes());
        put(&self.arrays.to_le_bytes());
        put(&self.arrays_sum.to_le_bytes());
        let sum = crc32fast::hash(&bytes[..HEAD_BYTES - 4]);
        bytes[HEAD_BYTES - 4..].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    fn read(bytes: &[u8; HEAD_BYTES]) -> Result<Self, String> {
        if &bytes[..16] != MAGIC {
            return Err("does not begin as one".into());
        }
        let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let long = |at: usize| u64::from(word(at)) | u64::from(word(at + 4)) << 32;
        let format = word(16);
        if format > FORMAT {
            return Err(format!(
                "was written by a later version of this program (form {format}, known are 1 to {FORMAT})"
            ));
        }
        if word(HEAD_BYTES - 4) != crc32fast::hash(&bytes[..HEAD_BYTES - 4]) || format == 0 {
            return Err("its first bytes are damaged".into());
        }
        Ok(Self { format, description_sum: word(20), description: long(24), arrays: long(32), arrays_sum: word(40) })
    }
}

/// Writes a checkpoint, durably, in place of an older one of that name; its bytes.
///
/// # Errors
/// When the system refuses, or two arrays have one name; an older file stays then.
pub fn write_checkpoint(path: &Path, description: &[u8], arrays: &[StoredArray<'_>]) -> Result<u64, RecordError> {
    let mut file = AtomicFile::create(path.to_path_buf())?;
    let written = write_parts(&mut file, description, arrays);
    let length =
        written.map_err(|source| RecordError::Io { path: path.to_path_buf(), action: "cannot be written", source })?;
    file.commit()?;
    Ok(length)
}

fn write_parts(file: &mut AtomicFile, description: &[u8], arrays: &[StoredArray<'_>]) -> io::Result<u64> {
    // Wider numbers first, so that each array lies at a multiple of its own.
    let mut order: Vec<&StoredArray<'_>> = arrays.iter().collect();
    order.sort_by(|a, b| {
        let width = |one: &StoredArray<'_>| matches!(one.values, StoredValues::F32(_));
        width(a).cmp(&width(b)).then_with(|| a.name.cmp(&b.name))
    });
    let mut from = 0;
    let infos = order.iter().map(|array| {
        let bytes = array.values.bytes().len();
        let offsets = (from, from + bytes);
        from += bytes;
        let info = TensorInfo { dtype: array.values.dtype(), shape: array.shape.clone(), data_offsets: offsets };
        (array.name.clone(), info)
    });
    let metadata = Metadata::new(None, infos.collect()).map_err(io::Error::other)?;
    let mut table = serde_json::to_vec(&metadata).map_err(io::Error::other)?;
    table.resize(table.len().next_multiple_of(ALIGNMENT), b' ');
    let mut head = Head {
        format: FORMAT,
        description_sum: crc32fast::hash(description),
        description: description.len() as u64,
        arrays: (ALIGNMENT + table.len() + from) as u64,
        arrays_sum: 0,
    };
    file.write_all(&head.to_bytes())?;
    file.write_all(description)?;
    let mut sum = crc32fast::Hasher::new();
    let mut put = |bytes: &[u8]| {
        sum.update(bytes);
        file.write_all(bytes)
    };
    put(&(table.len() as u64).to_le_bytes())?;
    put(&table)?;
    for array in order {
        put(array.values.bytes())?;
    }
    head.arrays_sum = sum.finalize();
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&head.to_bytes())?;
    Ok(HEAD_BYTES as u64 + head.description + head.arrays)
}

/// A checkpoint whose description has been read.
#[derive(Debug)]
pub struct CheckpointFile {
    path: PathBuf,
    file: File,
    head: Head,
    description: Vec<u8>,
}

impl CheckpointFile {
    /// Opens a file and reads its description, and nothing of its arrays.
    ///
    /// # Errors
    /// When it cannot be read, is none, is of a later version, shorter or longer than it says, or its description is damaged.
    pub fn open(path: &Path) -> Result<Self, RecordError> {
        let unusable = |message: String| RecordError::NoCheckpoint { path: path.to_path_buf(), message };
        let mut file = input_file::open(path).map_err(RecordError::io(path, "cannot be read"))?;
        let length = file.metadata().map_err(RecordError::io(path, "cannot be read"))?.len();
        let mut bytes = [0; HEAD_BYTES];
        if length < HEAD_BYTES as u64 {
            return Err(unusable(format!("has {length} bytes")));
        }
        file.read_exact(&mut bytes).map_err(RecordError::io(path, "cannot be read"))?;
        let head = Head::read(&bytes).map_err(unusable)?;
        let whole = head.description.checked_add(head.arrays).and_then(|rest| rest.checked_add(HEAD_BYTES as u64));
        if whole != Some(length) || head.description > MOST_DESCRIPTION {
            return Err(unusable(format!("has {length} bytes, and not as many as it says")));
        }
        let mut description = vec![0; head.description as usize];
        file.read_exact(&mut description).map_err(RecordError::io(path, "cannot be read"))?;
        if crc32fast::hash(&description) != head.description_sum {
            return Err(unusable("its description is damaged".into()));
        }
        Ok(Self { path: path.to_path_buf(), file, head, description })
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What describes the run.
    #[must_use]
    pub fn description(&self) -> &[u8] {
        &self.description
    }

    /// Bytes of the arrays.
    #[must_use]
    pub fn array_bytes(&self) -> u64 {
        self.head.arrays
    }

    /// Reads through the arrays once, a piece at a time, to know that they are whole.
    ///
    /// # Errors
    /// When they cannot be read or are damaged.
    pub fn check_arrays(&mut self) -> Result<(), RecordError> {
        let unreadable = RecordError::io(&self.path, "cannot be read");
        let mut sum = crc32fast::Hasher::new();
        let mut piece = vec![0; PIECE];
        let begin = SeekFrom::Start(HEAD_BYTES as u64 + self.head.description);
        let read = self.file.seek(begin).and_then(|_| {
            loop {
                match self.file.read(&mut piece) {
                    Ok(0) => return Ok(()),
                    Ok(length) => sum.update(&piece[..length]),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
        });
        read.map_err(unreadable)?;
        if sum.finalize() == self.head.arrays_sum { Ok(()) } else { Err(damaged_arrays(&self.path)) }
    }

    /// Reads the arrays: as many bytes as the file says, which whoever has no use for so many looks at before.
    ///
    /// # Errors
    /// When they cannot be read or are damaged.
    pub fn arrays(mut self) -> Result<StoredArrays, RecordError> {
        let mut bytes = Vec::new();
        let read = bytes.try_reserve_exact(self.head.arrays as usize).map_err(|_| io::ErrorKind::OutOfMemory.into());
        let begin = SeekFrom::Start(HEAD_BYTES as u64 + self.head.description);
        let read = read.and_then(|()| self.file.seek(begin));
        let read = read.and_then(|_| (&mut self.file).take(self.head.arrays).read_to_end(&mut bytes));
        read.map_err(RecordError::io(&self.path, "cannot be read"))?;
        let damaged = |message: String| RecordError::NoCheckpoint { path: self.path.clone(), message };
        if crc32fast::hash(&bytes) != self.head.arrays_sum {
            return Err(damaged_arrays(&self.path));
        }
        let (begin, places) = {
            let (table, metadata) = SafeTensors::read_metadata(&bytes).map_err(|e| damaged(e.to_string()))?;
            let places = metadata.tensors().into_iter().map(|(name, info)| (name, info.clone())).collect();
            (ALIGNMENT + table, places)
        };
        Ok(StoredArrays { path: self.path, bytes, begin, places })
    }
}

fn damaged_arrays(path: &Path) -> RecordError {
    RecordError::NoCheckpoint { path: path.to_path_buf(), message: "its arrays are damaged".into() }
}

/// Arrays of a checkpoint.
pub struct StoredArrays {
    path: PathBuf,
    bytes: Vec<u8>,
    begin: usize,
    places: HashMap<String, TensorInfo>,
}

impl StoredArrays {
    /// Copies single-precision values out.
    ///
    /// # Errors
    /// When there is no array of that name, precision and number of values.
    pub fn read_f32(&self, name: &str, out: &mut [f32]) -> Result<(), RecordError> {
        let bytes = self.find(name, Dtype::F32, out.len())?;
        for (value, bytes) in out.iter_mut().zip(bytes.as_chunks().0) {
            *value = f32::from_le_bytes(*bytes);
        }
        Ok(())
    }

    /// Copies double-precision values out.
    ///
    /// # Errors
    /// As [`Self::read_f32`].
    pub fn read_f64(&self, name: &str, out: &mut [f64]) -> Result<(), RecordError> {
        let bytes = self.find(name, Dtype::F64, out.len())?;
        for (value, bytes) in out.iter_mut().zip(bytes.as_chunks().0) {
            *value = f64::from_le_bytes(*bytes);
        }
        Ok(())
    }

    fn find(&self, name: &str, dtype: Dtype, values: usize) -> Result<&[u8], RecordError> {
        let missing = |message: String| RecordError::NoCheckpoint { path: self.path.clone(), message };
        let info = self.places.get(name).ok_or_else(|| missing(format!("has no array '{name}'")))?;
        let (from, to) = info.data_offsets;
        let bytes = self.bytes.get(self.begin + from..self.begin + to);
        match bytes {
            Some(bytes) if info.dtype == dtype && bytes.len() == values * (dtype.bitsize() / 8) => Ok(bytes),
            _ => Err(missing(format!("its array '{name}' does not have the {values} numbers that the run needs"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrays<'a>(weights: &'a [f32], sums: &'a [f64]) -> Vec<StoredArray<'a>> {
        let array = |name: &str, shape: Vec<usize>, values| StoredArray { name: name.into(), shape, values };
        vec![
            array("run/0/W", vec![2, 3], StoredValues::F32(weights)),
            array("run/0/sums", vec![1], StoredValues::F64(sums)),
            array("run/0/empty", vec![0], StoredValues::F32(&[])),
        ]
    }

    const WEIGHTS: [f32; 6] = [0.1, -0.0, f32::MIN_POSITIVE, 1e-42, f32::NAN, 3.0];

    fn written(folder: &Path) -> PathBuf {
        let path = folder.join("checkpoint.0");
        let length = write_checkpoint(&path, b"{\"step\":3}", &arrays(&WEIGHTS, &[1.0 / 3.0])).expect("written");
        assert_eq!(length, std::fs::metadata(&path).expect("there").len());
        path
    }

    #[test]
    fn arrays_and_description_read_back_bit_for_bit_and_as_safetensors() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = written(folder.path());
        let mut file = CheckpointFile::open(&path).expect("whole");
        file.check_arrays().expect("whole");
        assert_eq!(file.description(), b"{\"step\":3}");
        let read = file.arrays().expect("whole");
        let (mut weights, mut sums) = ([0.0; 6], [0.0; 1]);
        read.read_f32("run/0/W", &mut weights).expect("there");
        read.read_f64("run/0/sums", &mut sums).expect("there");
        assert_eq!((weights.map(f32::to_bits), sums), (WEIGHTS.map(f32::to_bits), [1.0 / 3.0]));
        let said = |outcome: Result<(), RecordError>| outcome.expect_err("refused").to_string();
        assert!(said(read.read_f32("run/1/W", &mut weights)).contains("no array 'run/1/W'"));
        assert!(said(read.read_f32("run/0/W", &mut weights[..5])).contains("the 5 numbers"));
        assert!(said(read.read_f32("run/0/sums", &mut weights[..2])).contains("the 2 numbers"));
        let bytes = std::fs::read(&path).expect("there");
        let others = SafeTensors::deserialize(&bytes[HEAD_BYTES + 10..]).expect("what other tools read");
        assert_eq!(others.tensor("run/0/W").expect("there").shape(), [2, 3]);
    }

    #[test]
    fn every_damaged_byte_and_every_cut_is_told() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = written(folder.path());
        let whole = std::fs::read(&path).expect("there");
        let told = |bytes: &[u8]| {
            std::fs::write(&path, bytes).expect("written");
            let read = CheckpointFile::open(&path).and_then(CheckpointFile::arrays).err().expect("told");
            let looked = CheckpointFile::open(&path).and_then(|mut file| file.check_arrays()).expect_err("told");
            for error in [read, looked] {
                assert!(error.to_string().contains("checkpoint.0"), "{error}");
            }
        };
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            told(&bytes);
            told(&whole[..at]);
        }
        let mut longer = whole.clone();
        longer.push(0);
        told(&longer);
    }

    #[test]
    fn a_later_form_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = written(folder.path());
        let mut bytes = std::fs::read(&path).expect("there");
        bytes[16] = 9;
        std::fs::write(&path, &bytes).expect("written");
        let error = CheckpointFile::open(&path).expect_err("later").to_string();
        assert!(error.contains("a later version") && error.contains("form 9"), "{error}");
    }

    #[test]
    fn a_description_that_says_it_is_huge_is_not_believed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("checkpoint.0");
        let head = Head { format: 1, description_sum: 0, description: u64::MAX, arrays: 49, arrays_sum: 0 };
        std::fs::write(&path, head.to_bytes()).expect("written");
        let error = CheckpointFile::open(&path).expect_err("no such length").to_string();
        assert!(error.contains("not as many as it says"), "{error}");
    }
}
