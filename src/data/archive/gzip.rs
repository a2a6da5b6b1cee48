//! Gzip files of one member or several, as `cat`, `pigz` and parallel downloads make them.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

/// First bytes of a member.
pub(in crate::data) const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// What the members hold, one after another. What follows the last one and is no member is ignored, as gzip does.
pub(super) struct Members<R> {
    member: Option<GzDecoder<Returned<R>>>,
}

impl<R: BufRead> Members<R> {
    pub(super) fn new(file: R) -> Self {
        Self { member: Some(GzDecoder::new(Returned { bytes: Vec::new(), inner: file })) }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let length = member.read(out)?;
            if length > 0 || out.is_empty() {
                return Ok(length);
            }
            let Some(ended) = self.member.take() else { break };
            let mut file = ended.into_inner();
            let mut next = Vec::new();
            file.by_ref().take(MAGIC.len() as u64).read_to_end(&mut next)?;
            if next == MAGIC {
                file.bytes = next;
                self.member = Some(GzDecoder::new(file));
            }
        }
        Ok(0)
    }
}

/// A reader with some bytes before it that were read too early.
struct Returned<R> {
    bytes: Vec<u8>,
    inner: R,
}

impl<R: BufRead> Read for Returned<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(out)?;
        self.consume(length);
        Ok(length)
    }
}

impl<R: BufRead> BufRead for Returned<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.bytes.is_empty() { self.inner.fill_buf() } else { Ok(&self.bytes) }
    }

    fn consume(&mut self, amount: usize) {
        if self.bytes.is_empty() {
            self.inner.consume(amount);
        } else {
            self.bytes.drain(..amount);
        }
    }
}
