//! Frames as a GIF file, whose colours are chosen once for all of them, so that none flickers.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use super::palette::Seen;
use super::{Encoder, Motion, changed, cut};
use crate::record::atomic::AtomicFile;

/// Least hundredths of a second of a frame: programs take less for ten.
const LEAST_DELAY: u64 = 2;

pub(super) struct Gif {
    file: AtomicFile,
    motion: Motion,
    seen: Seen,
    /// Frames, packed, until all colours are known.
    frames: Vec<Vec<u8>>,
}

impl Gif {
    pub(super) fn new(file: AtomicFile, motion: Motion) -> Self {
        Self { file, motion, seen: Seen::default(), frames: Vec::new() }
    }
}

impl Encoder for Gif {
    fn push(&mut self, pixels: &[u8]) -> Result<(), String> {
        self.seen.add(pixels);
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(pixels).map_err(|error| error.to_string())?;
        self.frames.push(packed.finish().map_err(|error| error.to_string())?);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<AtomicFile, String> {
        let Self { mut file, motion, seen, frames } = *self;
        let mut palette = seen.palette();
        // What is too large for the format has been refused before.
        let narrow = |value: u32| u16::try_from(value).map_err(|_| format!("{value} pixels are too many"));
        let (width, height) = (narrow(motion.width)?, narrow(motion.height)?);
        {
            let buffered = std::io::BufWriter::new(&mut file);
            let words = |error: gif::EncodingError| error.to_string();
            let mut encoder = gif::Encoder::new(buffered, width, height, &palette.bytes()).map_err(words)?;
            encoder.set_repeat(gif::Repeat::Infinite).map_err(words)?;
            let mut before: Option<Vec<u8>> = None;
            for (place, packed) in frames.iter().enumerate() {
                let mut pixels = Vec::new();
                DeflateDecoder::new(packed.as_slice()).read_to_end(&mut pixels).map_err(|error| error.to_string())?;
                let whole = (0, 0, motion.width, motion.height);
                let area = before.as_ref().map_or(whole, |before| changed(before, &pixels, motion.width));
                let places = palette.places(&cut(&pixels, motion.width, 3, area));
                let (left, top, across, down) = area;
                // Rounding of hundredths does not add up.
                let until = |frame: usize| (frame as f64 * 100.0 / motion.per_second).round() as u64;
                let delay = (until(place + 1) - until(place)).max(LEAST_DELAY);
                let frame = gif::Frame {
                    delay: u16::try_from(delay).unwrap_or(u16::MAX),
                    dispose: gif::DisposalMethod::Keep,
                    left: narrow(left)?,
                    top: narrow(top)?,
                    width: narrow(across)?,
                    height: narrow(down)?,
                    buffer: places.into(),
                    ..gif::Frame::default()
                };
                encoder.write_frame(&frame).map_err(words)?;
                before = Some(pixels);
            }
            let mut buffered = encoder.into_inner().map_err(|error| error.to_string())?;
            buffered.flush().map_err(|error| error.to_string())?;
        }
        Ok(file)
    }
}
