//! Arrays of an `.npz` file. What its directory and its headers claim is compared with the bytes that there are before
//! anything is given memory for it, and nobody else reads them, who might understand them otherwise.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use flate2::read::DeflateDecoder;

use crate::tables::{NpyHead, NpyOrder};

/// Most bytes that compressed arrays may unpack to; what is stored as it is has the size of the file.
const MOST_UNPACKED: u64 = 1 << 30;
/// Most bytes of the directory of an archive.
const MOST_DIRECTORY: u64 = 256 << 20;
/// Most arrays: no run of Hebbscope leaves so many.
const MOST_ARRAYS: usize = 1 << 20;
/// Bytes that are read at once.
const PIECE: usize = 1 << 16;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// Stands for a number that is in the extra field, as it does not fit.
const ELSEWHERE: u64 = 0xffff_ffff;

/// What the directory says of an array.
#[derive(Debug)]
struct Claim {
    method: u16,
    is_encrypted: bool,
    sum: u32,
    packed: u64,
    unpacked: u64,
    header: u64,
}

/// An array, row by row.
#[derive(Debug, PartialEq)]
pub(super) struct Values<E> {
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<E>,
}

/// A number that arrays are made of.
pub(super) trait Element: Copy {
    /// NumPy's name of the type, without the order of its bytes.
    const KIND: &str;
    const BYTES: usize;

    /// From as many bytes, the least first.
    fn of(bytes: &[u8]) -> Self;
}

macro_rules! element {
    ($($number:ident $kind:literal;)*) => {$(
        impl Element for $number {
            const KIND: &str = $kind;
            const BYTES: usize = size_of::<Self>();

            fn of(bytes: &[u8]) -> Self {
                let mut own = [0; size_of::<Self>()];
                own.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
                Self::from_le_bytes(own)
            }
        }
    )*};
}

element!(f32 "f4"; i64 "i8"; u64 "u8"; u8 "u1";);

/// The arrays of a file by their names.
#[derive(Debug)]
pub(super) struct Arrays {
    file: BufReader<File>,
    claims: BTreeMap<String, Claim>,
}

impl Arrays {
    /// Reads the directory of a file.
    ///
    /// # Errors
    /// In words, when it is no archive, or an array claims more than the file can hold.
    pub(super) fn open(file: File) -> Result<Self, String> {
        let unreadable = |error: io::Error| error.to_string();
        let length = file.metadata().map_err(unreadable)?.len();
        let mut arrays = Self { file: BufReader::with_capacity(PIECE, file), claims: BTreeMap::new() };
        let mut unpacked = 0_u64;
        for (name, claim) in arrays.directory(length).map_err(unreadable)? {
            if claim.is_encrypted || ![STORED, DEFLATED].contains(&claim.method) {
                return Err(format!("array '{name}' is packed in a way that is not read (method {})", claim.method));
            }
            if claim.header.checked_add(claim.packed).is_none_or(|end| end > length) {
                return Err(format!("array '{name}' ends beyond the file"));
            }
            if claim.method == DEFLATED {
                unpacked = unpacked.saturating_add(claim.unpacked);
            } else if claim.unpacked != claim.packed {
                return Err(format!("array '{name}' contradicts itself in its size"));
            }
            if unpacked > MOST_UNPACKED {
                return Err(format!("its arrays unpack to more than {} MB", MOST_UNPACKED >> 20));
            }
            if arrays.claims.contains_key(&name) {
                return Err(format!("array '{name}' is there twice"));
            }
            arrays.claims.insert(name, claim);
        }
        Ok(arrays)
    }

    /// Their names.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.claims.keys().map(String::as_str)
    }

    /// Whether there is one of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.claims.contains_key(name)
    }

    /// Reads an array.
    ///
    /// # Errors
    /// In words, when there is none of that name, or it is not whole, or of another type.
    pub(super) fn read<E: Element>(&mut self, name: &str) -> Result<Values<E>, String> {
        let wrong = |message: &str| format!("array '{name}': {message}");
        let Some(claim) = self.claims.get(name) else { return Err(wrong("is missing")) };
        read_array(&mut self.file, claim).map_err(|error| wrong(&error.to_string()))
    }

    /// The entries of the directory at the end of a ZIP archive.
    fn directory(&mut self, length: u64) -> io::Result<Vec<(String, Claim)>> {
        // 22 bytes, and a comment of 65,535 at most.
        let tail_length = length.min(22 + 65_535);
        let tail = self.read_at(length - tail_length, tail_length)?;
        let end = tail.windows(4).rposition(|four| four == b"PK\x05\x06").ok_or_else(|| damaged("no ZIP archive"))?;
        let (mut size, mut offset) = (small(&tail, end + 12, 4), small(&tail, end + 16, 4));
        if let Some(locator) = end.checked_sub(20).filter(|at| tail[*at..].starts_with(b"PK\x06\x07")) {
            let record = self.read_at(small(&tail, locator + 8, 8), 56)?;
            (size, offset) = (small(&record, 40, 8), small(&record, 48, 8));
        }
        if size > MOST_DIRECTORY {
            return Err(damaged("a directory that is too long"));
        }
        let directory = self.read_at(offset, size)?;
        let mut claims = Vec::new();
        let mut rest = directory.as_slice();
        while rest.starts_with(b"PK\x01\x02") {
            let [name, extra, comment] = [28, 30, 32].map(|at| small(rest, at, 2) as usize);
            let whole = 46 + name + extra + comment;
            let entry = rest.get(..whole).ok_or_else(|| damaged("a directory that ends early"))?;
            let mut numbers = [24, 20, 42].map(|at| small(entry, at, 4));
            large(&entry[46 + name..46 + name + extra], &mut numbers);
            let [unpacked, packed, header] = numbers;
            let claim = Claim {
                method: small(entry, 10, 2) as u16,
                is_encrypted: small(entry, 8, 2) & 1 == 1,
                sum: small(entry, 16, 4) as u32,
                packed,
                unpacked,
                header,
            };
            let name = String::from_utf8_lossy(&entry[46..46 + name]).into_owned();
            claims.push((name.strip_suffix(".npy").map(str::to_owned).unwrap_or(name), claim));
            if claims.len() > MOST_ARRAYS {
                return Err(damaged("more arrays than any run leaves"));
            }
            rest = &rest[whole..];
        }
        Ok(claims)
    }

    /// `count` bytes, no more of which are held than there are.
    fn read_at(&mut self, offset: u64, count: u64) -> io::Result<Vec<u8>> {
        self.file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        (&mut self.file).take(count).read_to_end(&mut bytes)?;
        if bytes.len() as u64 == count { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// A number of `count` bytes, the least first; what is not there counts as 0.
fn small(bytes: &[u8], at: usize, count: usize) -> u64 {
    let field = bytes.get(at..at + count).unwrap_or_default();
    field.iter().rev().fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// Takes numbers of 64 bits from the extra field, in the order in which they are missing.
fn large(mut extra: &[u8], numbers: &mut [u64; 3]) {
    while extra.len() >= 4 {
        let length = small(extra, 2, 2) as usize;
        let field = extra.get(4..4 + length).unwrap_or_default();
        if small(extra, 0, 2) == 1 {
            let missing = numbers.iter_mut().filter(|number| **number == ELSEWHERE);
            missing.zip(field.chunks_exact(8)).for_each(|(number, bytes)| *number = small(bytes, 0, 8));
        }
        extra = extra.get(4 + length..).unwrap_or_default();
    }
}

/// The content of an entry, whose sum is taken as it is read.
struct Content<R> {
    inner: R,
    sum: crc32fast::Hasher,
}

impl<R: Read> Read for Content<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(out)?;
        self.sum.update(&out[..length]);
        Ok(length)
    }
}

fn read_array<E: Element>(file: &mut BufReader<File>, claim: &Claim) -> io::Result<Values<E>> {
    file.seek(SeekFrom::Start(claim.header))?;
    let mut local = [0; 30];
    file.read_exact(&mut local)?;
    if !local.starts_with(b"PK\x03\x04") {
        return Err(damaged("does not begin where the directory says"));
    }
    file.seek_relative((small(&local, 26, 2) + small(&local, 28, 2)) as i64)?;
    let packed = file.take(claim.packed);
    let inner: Box<dyn Read + '_> =
        if claim.method == DEFLATED { Box::new(DeflateDecoder::new(packed)) } else { Box::new(packed) };
    let mut content = Content { inner: inner.take(claim.unpacked), sum: crc32fast::Hasher::new() };
    let (head, begin) = NpyHead::read(&mut content)?;
    let order = order_of::<E>(&head)?;
    let count = head.shape.iter().try_fold(1_u64, |count, side| count.checked_mul(*side as u64));
    let needs = count.and_then(|count| count.checked_mul(E::BYTES as u64)?.checked_add(begin));
    if needs != Some(claim.unpacked) {
        let needs = needs.map_or_else(|| "more bytes than there are numbers for".to_owned(), |n| format!("{n} bytes"));
        return Err(damaged(&format!("claims a shape of {needs}, but has {} bytes", claim.unpacked)));
    }
    let mut values = Vec::new();
    let mut piece = vec![0; PIECE];
    let mut left = (claim.unpacked - begin) as usize;
    while left > 0 {
        // A piece is a whole number of elements.
        let piece = &mut piece[..left.min(PIECE)];
        content.read_exact(piece)?;
        left -= piece.len();
        values.extend(piece.chunks_exact_mut(E::BYTES).map(|bytes| {
            if order == NpyOrder::BigEndian {
                bytes.reverse();
            }
            E::of(bytes)
        }));
    }
    // What is packed may go on behind it.
    if content.inner.into_inner().read(&mut [0])? > 0 {
        return Err(damaged("goes on behind its end"));
    }
    if content.sum.finalize() != claim.sum {
        return Err(damaged("its sum is wrong"));
    }
    let values = if head.is_fortran { by_rows(&head.shape, &values) } else { values };
    Ok(Values { shape: head.shape, values })
}

/// From column by column, the first index the fastest, to row by row.
fn by_rows<E: Copy>(shape: &[usize], values: &[E]) -> Vec<E> {
    if values.is_empty() {
        return Vec::new();
    }
    let mut strides = Vec::with_capacity(shape.len());
    let mut stride = 1;
    for side in shape {
        strides.push(stride);
        stride *= side;
    }
    let place = |mut index: usize| {
        let mut at = 0;
        for (side, stride) in shape.iter().zip(&strides).rev() {
            at += index % side * stride;
            index /= side;
        }
        at
    };
    (0..values.len()).map(|index| values[place(index)]).collect()
}

/// How bytes follow each other in elements of a type.
fn order_of<E: Element>(head: &NpyHead) -> io::Result<NpyOrder> {
    let order = head.order(E::KIND, E::BYTES);
    order.ok_or_else(|| damaged(&format!("is of the type '{}', and not '<{}'", head.kind, E::KIND)))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// The directory of an archive, and nothing else but 64 bytes: method, packed and unpacked size of each array.
    fn opened(names: &[&str], arrays: &[(u16, u32, u32)]) -> Result<Arrays, String> {
        let mut bytes = vec![0; 64];
        for (name, (method, packed, unpacked)) in names.iter().zip(arrays) {
            let mut entry = [0; 46];
            entry[..4].copy_from_slice(b"PK\x01\x02");
            entry[10..12].copy_from_slice(&method.to_le_bytes());
            entry[20..24].copy_from_slice(&packed.to_le_bytes());
            entry[24..28].copy_from_slice(&unpacked.to_le_bytes());
            entry[28..30].copy_from_slice(&(name.len() as u16).to_le_bytes());
            bytes.extend_from_slice(&entry);
            bytes.extend_from_slice(name.as_bytes());
        }
        let size = bytes.len() as u32 - 64;
        let mut end = [0; 22];
        end[..4].copy_from_slice(b"PK\x05\x06");
        end[12..16].copy_from_slice(&size.to_le_bytes());
        end[16..20].copy_from_slice(&64_u32.to_le_bytes());
        bytes.extend_from_slice(&end);
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(&bytes).expect("written");
        Arrays::open(file)
    }

    /// Before there is memory for any of it.
    #[test]
    fn a_directory_that_claims_too_much_is_refused() {
        let names = ["a.npy", "b.npy"];
        let refused = |arrays: &[(u16, u32, u32)], why: &str| {
            let said = opened(&names, arrays).err().unwrap_or_else(|| panic!("not refused: {why}"));
            assert!(said.contains(why), "{said}, not {why}");
        };
        assert_eq!(opened(&names, &[(8, 64, 1 << 30), (0, 64, 64)]).expect("sound").names().count(), 2);
        refused(&[(8, 64, (1 << 30) + 1)], "unpack to more than 1024 MB");
        refused(&[(8, 64, 3 << 28), (8, 64, 3 << 28)], "unpack to more than 1024 MB");
        refused(&[(0, 4096, 4096)], "array 'a' ends beyond the file");
        refused(&[(0, 64, 4096)], "array 'a' contradicts itself in its size");
        refused(&[(12, 64, 64)], "packed in a way that is not read (method 12)");
        let twice = opened(&["a.npy", "a.npy"], &[(0, 64, 64), (0, 64, 64)]).expect_err("refused");
        assert!(twice.contains("is there twice"), "{twice}");
    }

    #[test]
    fn columns_become_rows() {
        // [[1, 2, 3], [4, 5, 6]] column by column.
        assert_eq!(by_rows(&[2, 3], &[1, 4, 2, 5, 3, 6]), [1, 2, 3, 4, 5, 6]);
        assert_eq!(by_rows(&[], &[7]), [7]);
        assert_eq!(by_rows(&[0, usize::MAX, 3], &[0; 0]), [0; 0]);
    }
}
