//! Frames as a PNG file that moves, with every colour as it is.

use super::{Encoder, Motion, changed, cut};
use crate::record::atomic::AtomicFile;

pub(super) struct Apng {
    writer: png::Writer<Shared>,
    file: Shared,
    motion: Motion,
    before: Option<Vec<u8>>,
}

/// The file, which the library's writer does not give back.
#[derive(Clone)]
struct Shared(std::sync::Arc<std::sync::Mutex<Option<AtomicFile>>>);

impl Shared {
    fn with<R>(&self, f: impl FnOnce(&mut AtomicFile) -> std::io::Result<R>) -> std::io::Result<R> {
        let mut file = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // It is taken away at the end only.
        file.as_mut().map_or_else(|| Err(std::io::ErrorKind::BrokenPipe.into()), f)
    }
}

impl std::io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.with(|file| file.write(bytes))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.with(std::io::Write::flush)
    }
}

impl Apng {
    pub(super) fn begin(file: AtomicFile, motion: Motion) -> Result<Self, String> {
        let file = Shared(std::sync::Arc::new(std::sync::Mutex::new(Some(file))));
        let words = |error: png::EncodingError| error.to_string();
        let mut encoder = png::Encoder::new(file.clone(), motion.width, motion.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        // Without an end, as a film of a process is watched more than once.
        encoder.set_animated(motion.frames, 0).map_err(words)?;
        // In hundredths of a frame a second, as finely as halves of a frame ask for.
        let per_hundred_seconds = (motion.per_second * 100.0).round().clamp(1.0, f64::from(u16::MAX)) as u16;
        encoder.set_frame_delay(100, per_hundred_seconds).map_err(words)?;
        let writer = encoder.write_header().map_err(words)?;
        Ok(Self { writer, file, motion, before: None })
    }
}

impl Encoder for Apng {
    fn push(&mut self, pixels: &[u8]) -> Result<(), String> {
        let words = |error: png::EncodingError| error.to_string();
        let written = match &self.before {
            None => self.writer.write_image_data(pixels),
            Some(before) => {
                let area = changed(before, pixels, self.motion.width);
                let (left, top, width, height) = area;
                // A position is refused that the size of the frame before would not allow.
                self.writer.reset_frame_position().map_err(words)?;
                self.writer.set_frame_dimension(width, height).map_err(words)?;
                self.writer.set_frame_position(left, top).map_err(words)?;
                self.writer.write_image_data(&cut(pixels, self.motion.width, 3, area))
            }
        };
        self.before = Some(pixels.to_vec());
        written.map_err(words)
    }

    fn finish(self: Box<Self>) -> Result<AtomicFile, String> {
        self.writer.finish().map_err(|error| error.to_string())?;
        let mut file = self.file.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.take().ok_or_else(|| "the file is gone".to_owned())
    }
}
