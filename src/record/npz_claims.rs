//! What the arrays of an `.npz` file claim to hold, looked at before any of them is given memory.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use flate2::read::DeflateDecoder;

/// Most bytes that compressed arrays may unpack to; what is stored as it is has the size of the file.
const MOST_UNPACKED: u64 = 1 << 30;
/// Most bytes of the directory of an archive.
const MOST_DIRECTORY: u64 = 256 << 20;
/// Most bytes of an array's header.
const MOST_HEADER: u64 = 1 << 16;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// Stands for a number that is in the extra field, as it does not fit.
const ELSEWHERE: u64 = 0xffff_ffff;

struct Claim {
    name: String,
    method: u16,
    packed: u64,
    unpacked: u64,
    offset: u64,
}

/// Checks that every array has the bytes that its shape asks for, and that these are not too many.
///
/// # Errors
/// In words, the first array that claims more than the file can hold.
pub(super) fn check(file: &mut File) -> Result<(), String> {
    let unreadable = |error: io::Error| error.to_string();
    let length = file.metadata().map_err(unreadable)?.len();
    let mut unpacked = 0_u64;
    for claim in directory(file, length).map_err(unreadable)? {
        let name = &claim.name;
        let Claim { method, packed, .. } = claim;
        if method != STORED && method != DEFLATED {
            return Err(format!("array '{name}' is packed in a way that is not read (method {method})"));
        }
        if claim.offset.checked_add(packed).is_none_or(|end| end > length) {
            return Err(format!("array '{name}' ends beyond the file"));
        }
        if method == DEFLATED {
            unpacked = unpacked.saturating_add(claim.unpacked);
        } else if claim.unpacked != packed {
            return Err(format!("array '{name}' contradicts itself in its size"));
        }
        if unpacked > MOST_UNPACKED {
            return Err(format!("its arrays unpack to more than {} MB", MOST_UNPACKED >> 20));
        }
        let needs = bytes_of_shape(file, &claim).map_err(|error| format!("array '{name}': {error}"))?;
        if needs > claim.unpacked {
            let has = claim.unpacked;
            return Err(format!("array '{name}' claims a shape of {needs} bytes, but has {has} bytes"));
        }
    }
    Ok(())
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn small(bytes: &[u8], at: usize, count: usize) -> u64 {
    let field = bytes.get(at..at + count).unwrap_or_default();
    field.iter().rev().fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

fn read_at(file: &mut File, offset: u64, count: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.take(count).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == count { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// The entries of the directory at the end of a ZIP archive.
fn directory(file: &mut File, length: u64) -> io::Result<Vec<Claim>> {
    // 22 bytes, and a comment of 65,535 at most.
    let tail_length = length.min(22 + 65_535);
    let tail = read_at(file, length - tail_length, tail_length)?;
    let end = tail.windows(4).rposition(|four| four == b"PK\x05\x06").ok_or_else(|| wrong("no ZIP archive"))?;
    let (mut size, mut offset) = (small(&tail, end + 12, 4), small(&tail, end + 16, 4));
    if let Some(locator) = end.checked_sub(20).filter(|at| tail[*at..].starts_with(b"PK\x06\x07")) {
        let record = read_at(file, small(&tail, locator + 8, 8), 56)?;
        (size, offset) = (small(&record, 40, 8), small(&record, 48, 8));
    }
    if size > MOST_DIRECTORY {
        return Err(wrong("a directory that is too long"));
    }
    let directory = read_at(file, offset, size)?;
    let mut claims = Vec::new();
    let mut rest = directory.as_slice();
    while rest.starts_with(b"PK\x01\x02") {
        let (name, extra, comment) =
            (small(rest, 28, 2) as usize, small(rest, 30, 2) as usize, small(rest, 32, 2) as usize);
        let whole = 46 + name + extra + comment;
        let entry = rest.get(..whole).ok_or_else(|| wrong("a directory that ends early"))?;
        let mut numbers = [small(entry, 24, 4), small(entry, 20, 4), small(entry, 42, 4)];
        large(&entry[46 + name..46 + name + extra], &mut numbers);
        let [unpacked, packed, header] = numbers;
        let local = read_at(file, header, 30)?;
        let offset = header + 30 + small(&local, 26, 2) + small(&local, 28, 2);
        let name = String::from_utf8_lossy(&entry[46..46 + name]).into_owned();
        claims.push(Claim { name, method: small(entry, 10, 2) as u16, packed, unpacked, offset });
        rest = &rest[whole..];
    }
    Ok(claims)
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

/// Bytes of the header of an array, and of the elements that it speaks of.
fn bytes_of_shape(file: &mut File, claim: &Claim) -> io::Result<u64> {
    file.seek(SeekFrom::Start(claim.offset))?;
    let packed = file.take(claim.packed);
    let mut content: Box<dyn Read + '_> =
        if claim.method == DEFLATED { Box::new(DeflateDecoder::new(packed)) } else { Box::new(packed) };
    let mut start = [0; 8];
    content.read_exact(&mut start)?;
    if !start.starts_with(b"\x93NUMPY") {
        return Err(wrong("no array of NumPy"));
    }
    let mut length = vec![0; if start[6] == 1 { 2 } else { 4 }];
    content.read_exact(&mut length)?;
    let header = small(&length, 0, length.len());
    if header > MOST_HEADER {
        return Err(wrong("a header that is too long"));
    }
    let mut text = String::new();
    content.take(header).read_to_string(&mut text)?;
    let after = |key: &str| text.split_once(key).map(|(_, rest)| rest.trim_start());
    let unread = || wrong("a header that cannot be read");
    let kind = after("'descr':").and_then(|rest| rest.strip_prefix('\'')?.split_once('\'')).ok_or_else(unread)?.0;
    let element: u64 = kind.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().map_err(|_| unread())?;
    let shape = after("'shape':").and_then(|rest| rest.strip_prefix('(')?.split_once(')')).ok_or_else(unread)?.0;
    let mut bytes = element;
    for part in shape.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let count: u64 = part.trim_end_matches('L').parse().map_err(|_| unread())?;
        bytes = bytes.checked_mul(count).ok_or_else(|| wrong("a shape that no memory holds"))?;
    }
    Ok(bytes.saturating_add(header + 8 + length.len() as u64))
}
