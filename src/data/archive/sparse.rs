//! Maps of files with holes: where the bytes that are stored belong.

use std::io;

use super::tar::{damaged, number};

/// Most pieces of a file.
const MOST_PIECES: usize = 1 << 18;

/// A run of bytes that is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) offset: u64,
    pub(super) length: u64,
}

/// Whether the pieces come in order, lie within a file of `size` bytes, and are the bytes that are `stored`.
pub(super) fn fits(pieces: &[Piece], size: u64, stored: u64) -> bool {
    let end = pieces.iter().try_fold(0_u64, |end, piece| {
        let next = piece.offset.checked_add(piece.length)?;
        (piece.offset >= end && next <= size).then_some(next)
    });
    end.is_some() && pieces.iter().map(|piece| piece.length).sum::<u64>() == stored
}

pub(super) fn check_count(count: usize) -> io::Result<()> {
    if count > MOST_PIECES { Err(damaged(format!("a sparse file of {count} pieces"))) } else { Ok(()) }
}

/// Pieces from offset and length in turns.
pub(super) fn pairs(numbers: &[u64]) -> io::Result<Vec<Piece>> {
    let (pairs, rest) = numbers.as_chunks::<2>();
    check_count(pairs.len())?;
    if !rest.is_empty() {
        return Err(damaged("a sparse file whose map ends early"));
    }
    Ok(pairs.iter().map(|[offset, length]| Piece { offset: *offset, length: *length }).collect())
}

/// Pieces of a table of GNU tar's headers, in which an empty place is the end.
pub(super) fn table(bytes: &[u8]) -> io::Result<Vec<Piece>> {
    let places = bytes.chunks_exact(24).take_while(|place| place[12] != 0);
    places.map(|place| Ok(Piece { offset: number(&place[..12])?, length: number(&place[12..])? })).collect()
}
