//! Entries of a tar archive: V7, ustar, GNU and PAX, with long names, links and files with holes.
//!
//! Everything that an entry says of itself is read within a limit, whatever length it claims.

use std::collections::BTreeMap;
use std::io::{self, Read};

use super::sparse::{self, Piece};

const BLOCK: usize = 512;
/// Most bytes of a long name or an extended header.
const MOST_WORDS: u64 = 1 << 20;
/// Most entries.
const MOST_ENTRIES: usize = 1 << 20;
/// Longest path, and longest target of a link, as systems have it.
const MOST_PATH: usize = 4096;
/// Most bytes of all paths and targets together.
const MOST_PATHS: usize = 64 << 20;

/// What an entry makes of its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    /// Another name of what lies at that path.
    HardLink(Vec<u8>),
    SymbolicLink(Vec<u8>),
    /// Something that has no content here, in words.
    Other(&'static str),
}

/// One entry.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) path: Vec<u8>,
    pub(super) kind: Kind,
    /// Bytes of the file, holes included.
    pub(super) size: u64,
    /// Where the bytes that are stored belong, of a file with holes.
    pieces: Option<Vec<Piece>>,
}

/// Goes through an archive, entry by entry.
pub(super) struct Entries<R> {
    inner: R,
    /// Bytes of the present entry that were not read yet, and of the padding behind them.
    data: u64,
    padding: u64,
    global: Extended,
    count: usize,
    /// Bytes of the paths and targets so far.
    paths: usize,
}

/// Records of an extended header, and the pieces that the oldest form of sparse files spreads over several of one name.
#[derive(Clone, Debug, Default)]
struct Extended {
    records: BTreeMap<String, Vec<u8>>,
    pieces: Vec<Piece>,
}

/// Whether a block can be the first of a tar archive.
pub(super) fn is_header(block: &[u8]) -> bool {
    block.len() == BLOCK && block.iter().any(|byte| *byte != 0) && checksum_is_right(block)
}

pub(super) fn damaged(message: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message.into())
}

impl<R: Read> Entries<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, data: 0, padding: 0, global: Extended::default(), count: 0, paths: 0 }
    }

    /// The next entry that makes something; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Entry>> {
        let (mut name, mut link, mut own) = (None, None, Extended::default());
        while let Some(block) = self.header()? {
            match block[156] {
                b'L' => name = Some(until_zero(&self.words()?).to_vec()),
                b'K' => link = Some(until_zero(&self.words()?).to_vec()),
                b'x' | b'X' => own = extended(&self.words()?)?,
                b'g' => {
                    let all = extended(&self.words()?)?;
                    self.global.records.extend(all.records);
                    let bytes: usize = self.global.records.iter().map(|(key, value)| key.len() + value.len()).sum();
                    // Every entry has a copy of them.
                    if bytes as u64 > MOST_WORDS {
                        return Err(damaged("extended headers for all entries of more than 1 MB"));
                    }
                }
                // Labels of volumes, and lists of names by the oldest versions of GNU tar.
                b'V' | b'N' => {}
                _ => return self.entry(&block, name, link, own).map(Some),
            }
        }
        Ok(None)
    }

    /// The first `limit` bytes of the entry that came last, holes filled with zeros.
    pub(super) fn read(&mut self, entry: &Entry, limit: u64) -> io::Result<Vec<u8>> {
        let wanted = entry.size.min(limit);
        let mut bytes = Vec::new();
        let Some(pieces) = &entry.pieces else {
            self.take(wanted, &mut bytes)?;
            return Ok(bytes);
        };
        for piece in pieces {
            bytes.resize(piece.offset.min(wanted) as usize, 0);
            self.take(piece.length.min(wanted - bytes.len() as u64), &mut bytes)?;
            if bytes.len() as u64 == wanted {
                break;
            }
        }
        bytes.resize(wanted as usize, 0);
        Ok(bytes)
    }

    fn take(&mut self, length: u64, to: &mut Vec<u8>) -> io::Result<()> {
        let read = (&mut self.inner).take(length.min(self.data)).read_to_end(to)? as u64;
        self.data -= read;
        if read == length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    /// Passes over what is left of the present entry, and reads the next header; `None` at the end.
    fn header(&mut self) -> io::Result<Option<[u8; BLOCK]>> {
        let left = self.data + self.padding;
        let passed = io::copy(&mut (&mut self.inner).take(left), &mut io::sink())?;
        if passed < left {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        (self.data, self.padding) = (0, 0);
        let mut block = Vec::with_capacity(BLOCK);
        (&mut self.inner).take(BLOCK as u64).read_to_end(&mut block)?;
        // Archives that were cut off between two entries lack their end, and no more.
        if block.is_empty() || block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        self.count += 1;
        if self.count > MOST_ENTRIES {
            return Err(damaged(format!("more than {MOST_ENTRIES} entries")));
        }
        let block: [u8; BLOCK] = block.try_into().map_err(|_| io::Error::from(io::ErrorKind::UnexpectedEof))?;
        if !checksum_is_right(&block) {
            return Err(damaged(format!("the header of entry {} has a wrong checksum", self.count)));
        }
        // Links have no content, whatever size they name.
        let size = if block[156] == b'1' { 0 } else { number(&block[124..136])? };
        self.set_size(size)?;
        Ok(Some(block))
    }

    fn set_size(&mut self, size: u64) -> io::Result<()> {
        let blocks = size.div_ceil(BLOCK as u64).checked_mul(BLOCK as u64);
        self.padding = blocks.ok_or_else(|| damaged(format!("an entry of {size} bytes")))? - size;
        self.data = size;
        Ok(())
    }

    /// The content of an entry that speaks of the next one.
    fn words(&mut self) -> io::Result<Vec<u8>> {
        if self.data > MOST_WORDS {
            return Err(damaged(format!("a name or extended header of {} bytes", self.data)));
        }
        let mut bytes = Vec::new();
        self.take(self.data, &mut bytes)?;
        Ok(bytes)
    }

    fn entry(
        &mut self,
        block: &[u8; BLOCK],
        name: Option<Vec<u8>>,
        link: Option<Vec<u8>>,
        own: Extended,
    ) -> io::Result<Entry> {
        let Extended { mut records, pieces } = self.global.clone();
        let pieces = if own.pieces.is_empty() { pieces } else { own.pieces };
        records.extend(own.records);
        // An empty value takes one back.
        records.retain(|_, value| !value.is_empty());
        let kind = block[156];
        if let Some(size) = records.get("size").filter(|_| kind != b'1') {
            self.set_size(decimal(size)?)?;
        }
        let is_sparse = kind == b'S' || records.keys().any(|key| key.starts_with("GNU.sparse."));
        let (size, pieces) = if is_sparse {
            let (size, pieces) = self.sparse(block, &records, pieces)?;
            if !sparse::fits(&pieces, size, self.data) {
                return Err(damaged("a sparse file whose map contradicts itself"));
            }
            (size, Some(pieces))
        } else {
            (self.data, None)
        };
        let of_sparse = records.get("GNU.sparse.name");
        let path = of_sparse.or(records.get("path")).cloned().or(name).unwrap_or_else(|| name_of(block));
        let to = records.get("linkpath").cloned().or(link).unwrap_or_else(|| until_zero(&block[157..257]).to_vec());
        let kind = match kind {
            b'1' => Kind::HardLink(to),
            b'2' => Kind::SymbolicLink(to),
            b'3' | b'4' => Kind::Other("is a device"),
            b'6' => Kind::Other("is a pipe"),
            b'M' => Kind::Other("goes on from another volume"),
            b'5' | b'D' => Kind::Folder,
            // Before there was a kind for folders, a slash at the end told them; kinds of other programs are files.
            b'0' | 0 if path.ends_with(b"/") => Kind::Folder,
            _ => Kind::File,
        };
        let target = match &kind {
            Kind::HardLink(to) | Kind::SymbolicLink(to) => to.len(),
            _ => 0,
        };
        if path.len().max(target) > MOST_PATH {
            return Err(damaged(format!("a path of {} bytes, longer than systems have", path.len().max(target))));
        }
        self.paths += path.len() + target;
        if self.paths > MOST_PATHS {
            return Err(damaged(format!("paths of more than {} MB", MOST_PATHS >> 20)));
        }
        Ok(Entry { path, kind, size, pieces })
    }

    /// Size and map of a file with holes.
    fn sparse(
        &mut self,
        block: &[u8; BLOCK],
        records: &BTreeMap<String, Vec<u8>>,
        oldest: Vec<Piece>,
    ) -> io::Result<(u64, Vec<Piece>)> {
        let record = |key: &str| records.get(key).map(|value| decimal(value)).transpose();
        let real = record("GNU.sparse.realsize")?.or(record("GNU.sparse.size")?);
        if record("GNU.sparse.major")? == Some(1) {
            let pieces = self.map_before_data()?;
            let size = real.ok_or_else(|| damaged("a sparse file without a size"))?;
            return Ok((size, pieces));
        }
        if let Some(map) = records.get("GNU.sparse.map") {
            let numbers = map.split(|byte| *byte == b',').map(decimal).collect::<io::Result<Vec<_>>>()?;
            return Ok((real.ok_or_else(|| damaged("a sparse file without a size"))?, sparse::pairs(&numbers)?));
        }
        if block[156] != b'S' {
            return Ok((real.ok_or_else(|| damaged("a sparse file without a size"))?, oldest));
        }
        if &block[257..265] != b"ustar  \0" {
            return Err(damaged("a sparse file in a form that is not GNU tar's"));
        }
        let mut pieces = sparse::table(&block[386..482])?;
        let mut goes_on = block[482] != 0;
        while goes_on {
            let mut more = Vec::with_capacity(BLOCK);
            (&mut self.inner).take(BLOCK as u64).read_to_end(&mut more)?;
            if more.len() < BLOCK {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            pieces.extend(sparse::table(&more[..504])?);
            sparse::check_count(pieces.len())?;
            goes_on = more[504] != 0;
        }
        Ok((number(&block[483..495])?, pieces))
    }

    /// The map that stands before the data: a number of pieces, then offset and length of each, line by line.
    fn map_before_data(&mut self) -> io::Result<Vec<Piece>> {
        let mut text = Vec::new();
        let (mut numbers, mut expected) = (Vec::new(), 1);
        while numbers.len() < expected {
            let Some(end) = text.iter().position(|byte| *byte == b'\n') else {
                if text.len() > BLOCK {
                    return Err(damaged("a sparse file without a map"));
                }
                self.take(BLOCK as u64, &mut text)?;
                continue;
            };
            numbers.push(decimal(&text[..end])?);
            text.drain(..=end);
            if numbers.len() == 1 {
                sparse::check_count(numbers[0] as usize)?;
                expected = 1 + 2 * numbers[0] as usize;
            }
        }
        sparse::pairs(&numbers[1..])
    }
}

fn until_zero(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

fn name_of(block: &[u8; BLOCK]) -> Vec<u8> {
    let name = until_zero(&block[..100]);
    let prefix = match &block[257..263] {
        // What follows the prefix of star's form are times.
        b"ustar\0" if &block[508..] == b"tar\0" => until_zero(&block[345..476]),
        b"ustar\0" => until_zero(&block[345..500]),
        _ => &[],
    };
    if prefix.is_empty() { name.to_vec() } else { [prefix, b"/", name].concat() }
}

fn checksum_is_right(block: &[u8]) -> bool {
    let Ok(stored) = number(&block[148..156]) else { return false };
    let others = || block[..148].iter().chain(&[b' '; 8]).chain(&block[156..]);
    let unsigned: u64 = others().map(|byte| u64::from(*byte)).sum();
    // Some old systems summed signed characters.
    let signed: i64 = others().map(|byte| i64::from(byte.cast_signed())).sum();
    stored == unsigned || i64::try_from(stored) == Ok(signed)
}

/// A number in octal digits, or in base 256 where the first bit says so.
pub(super) fn number(field: &[u8]) -> io::Result<u64> {
    let wrong = || damaged("a header with a field that is no number");
    if field.first().is_some_and(|byte| byte & 0x80 != 0) {
        let bytes = std::iter::once(field[0] & 0x7f).chain(field[1..].iter().copied());
        return bytes
            .map(u64::from)
            .try_fold(0_u64, |sum, byte| sum.checked_mul(256).and_then(|sum| sum.checked_add(byte)).ok_or_else(wrong));
    }
    let text = std::str::from_utf8(until_zero(field)).map_err(|_| wrong())?.trim();
    if text.is_empty() { Ok(0) } else { u64::from_str_radix(text, 8).map_err(|_| wrong()) }
}

fn decimal(text: &[u8]) -> io::Result<u64> {
    let text = std::str::from_utf8(text).ok();
    text.and_then(|text| text.parse().ok()).ok_or_else(|| damaged("an extended header with a value that is no number"))
}

/// Records of the form `LENGTH KEY=VALUE`, each with a line feed at its end.
fn extended(mut bytes: &[u8]) -> io::Result<Extended> {
    let wrong = || damaged("an extended header that cannot be read");
    let mut all = Extended::default();
    let mut offset = None;
    while !bytes.is_empty() && bytes[0] != 0 {
        let space = bytes.iter().position(|byte| *byte == b' ').ok_or_else(wrong)?;
        let length = decimal(&bytes[..space])? as usize;
        let record = bytes.get(space + 1..length).and_then(|record| record.strip_suffix(b"\n")).ok_or_else(wrong)?;
        bytes = &bytes[length..];
        let equals = record.iter().position(|byte| *byte == b'=').ok_or_else(wrong)?;
        let key = String::from_utf8_lossy(&record[..equals]).into_owned();
        let value = record[equals + 1..].to_vec();
        match (key.as_str(), offset) {
            ("GNU.sparse.offset", _) => offset = Some(decimal(&value)?),
            ("GNU.sparse.numbytes", Some(from)) => {
                all.pieces.push(Piece { offset: from, length: decimal(&value)? });
                offset = None;
            }
            _ => {}
        }
        all.records.insert(key, value);
    }
    Ok(all)
}
