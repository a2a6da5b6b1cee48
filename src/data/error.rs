//! What can be wrong with a source of data, in words that name the file or field, the value and what is allowed.

use std::path::{Path, PathBuf};

use crate::experiment::{ConfigError, DataContent};
use crate::tables::TableError;

use super::cifar10::{CLASSES, RECORD_BYTES, RECORDS_PER_FILE};

/// Data that cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A file or folder could not be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Nothing of CIFAR-10's binary version is there.
    #[error(
        "{}: holds no batch file; expected CIFAR-10's binary version (cifar-10-binary.tar.gz or its folder) with \
         data_batch_1.bin to data_batch_5.bin and test_batch.bin; the Python version (data_batch_1 without .bin) is \
         not it",
        path.display()
    )]
    NoBatches {
        /// The folder or archive.
        path: PathBuf,
    },
    /// Some of the six files are there, but not this one.
    #[error("{}: {file} is missing; data_batch_1.bin to data_batch_5.bin and test_batch.bin must all be there", path.display())]
    MissingFile {
        /// The folder or archive.
        path: PathBuf,
        /// The absent file.
        file: &'static str,
    },
    /// The examples are others than those that were asked for.
    #[error(
        "data.content = \"{asked}\": {} holds other examples, \"{found}\"; give the data that were read before, or these \
         with data.content = \"{found}\"",
        path.display()
    )]
    Content {
        /// The folder or archive.
        path: PathBuf,
        /// What the configuration names.
        asked: DataContent,
        /// What was found.
        found: DataContent,
    },
    /// A batch file is not a whole number of records long.
    #[error(
        "{}: {found} bytes, truncated or not a batch file; expected a multiple of {RECORD_BYTES} bytes a record, {} \
         bytes for the usual {RECORDS_PER_FILE} records",
        path.display(), RECORDS_PER_FILE * RECORD_BYTES
    )]
    Size {
        /// The file, after its archive where it is in one.
        path: PathBuf,
        /// Its size in bytes.
        found: u64,
    },
    /// A record's label is no class.
    #[error("{}: record {record} (counted from 0) has label {value}; allowed are 0 to {}", path.display(), CLASSES - 1)]
    Label {
        /// The file.
        path: PathBuf,
        /// Number of the record in the file, from 0.
        record: usize,
        /// The label found.
        value: u8,
    },
    /// `data.path` is a file, but neither compressed with gzip nor a tar archive.
    #[error(
        "{}: not a gzip file and no tar archive: begins with bytes [{found}], expected [1f 8b]; data.path must be a \
         folder or a .tar.gz (or .tar)",
        path.display()
    )]
    NotGzip {
        /// The file.
        path: PathBuf,
        /// Its first two bytes in hexadecimal.
        found: String,
    },
    /// The compressed stream ends too early or fails its checksum.
    #[error("{}: gzip data truncated or damaged ({source}); expected the whole cifar-10-binary.tar.gz", path.display())]
    Gzip {
        /// The archive.
        path: PathBuf,
        /// What the decoder said.
        source: std::io::Error,
    },
    /// The compressed stream is sound but holds no readable tar archive.
    #[error("{}: gzip data without a readable tar archive inside ({source}); expected a .tar.gz", path.display())]
    Tar {
        /// The archive.
        path: PathBuf,
        /// What the reader said.
        source: std::io::Error,
    },
    /// A tar archive that is not compressed ends too early or is damaged.
    #[error("{}: tar archive truncated or damaged ({source}); expected the whole archive of CIFAR-10's binary version", path.display())]
    PlainTar {
        /// The archive.
        path: PathBuf,
        /// What the reader said.
        source: std::io::Error,
    },
    /// A file in an archive has no content that can be read.
    #[error("{}: {message}; expected a file with records", path.display())]
    Member {
        /// The file, after its archive.
        path: PathBuf,
        /// What it is.
        message: String,
    },
    /// Several folders hold batch files.
    #[error(
        "{}: holds batch files in several folders ({folders}), and which are meant is not known; name one folder, or use \
         an archive with one",
        path.display()
    )]
    Ambiguous {
        /// The folder or archive.
        path: PathBuf,
        /// The folders in it.
        folders: String,
    },
    /// More examples are asked for than there are, or none.
    #[error("{field} = {asked}: must be from 1 to {available}, the examples that {place} has for it")]
    Examples {
        /// Dotted path of the configuration.
        field: &'static str,
        /// The refused number.
        asked: usize,
        /// How many there are.
        available: usize,
        /// Where they were looked for.
        place: String,
    },
    /// The examples do not fit into memory.
    #[error("{field} = {examples}: {width} values an example need more memory than there is; use fewer examples")]
    Memory {
        /// Dotted path of the configuration.
        field: &'static str,
        /// The refused number of examples.
        examples: usize,
        /// Values an example.
        width: usize,
    },
    /// Own data that cannot be used.
    #[error(transparent)]
    Table(TableError),
    /// What is read of own data is not said, or not allowed.
    #[error(transparent)]
    Config(ConfigError),
    /// The widths of own data are others than the configuration has.
    #[error("{field} = {asked}: {} has {found}; leave the field out, and it follows from the file", path.display())]
    Width {
        /// Dotted path of the configuration.
        field: &'static str,
        /// What the configuration says.
        asked: usize,
        /// What the file has.
        found: usize,
        /// The file.
        path: PathBuf,
    },
    /// The file of digits inside the program is not what it should be.
    #[error("{place}: {found}; allowed: {allowed}")]
    Digits {
        /// File, and line where there is one.
        place: String,
        /// What was found.
        found: String,
        /// What is allowed.
        allowed: String,
    },
}

impl DataError {
    /// A system error on `path`.
    pub(super) fn read(path: &Path) -> impl Fn(std::io::Error) -> Self + use<'_> {
        move |source| Self::Read { path: path.to_path_buf(), source }
    }
}
