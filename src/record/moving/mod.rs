//! Moving pictures: frames of one size, one after the other, into a file that is there whole or not at all.

mod apng;
mod gif;
mod mp4;
mod palette;

use std::path::Path;

use super::atomic::AtomicFile;
use super::error::RecordError;

/// Kinds of files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MovingForm {
    /// PNG with frames: every colour, for pages and browsers.
    #[default]
    Apng,
    /// GIF: 256 colours, which every program shows.
    Gif,
    /// Video, by ffmpeg, for slides.
    Mp4,
}

impl MovingForm {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Apng, Self::Gif, Self::Mp4];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Apng => "APNG",
            Self::Gif => "GIF",
            Self::Mp4 => "MP4",
        }
    }

    /// Ending of its files.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            // What shows no movement shows the first frame.
            Self::Apng => "png",
            Self::Gif => "gif",
            Self::Mp4 => "mp4",
        }
    }

    /// Why it cannot be written on this machine, in words; `None` where it can.
    #[must_use]
    pub fn lacks(self) -> Option<String> {
        (self == Self::Mp4 && !mp4::is_there()).then(|| mp4::MISSING.to_owned())
    }
}

/// Size and time of a moving picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Motion {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Frames in all.
    pub frames: u32,
    /// Frames a second.
    pub per_second: f64,
}

/// What takes frames, in the order of time.
trait Encoder: Send {
    /// Takes red, green and blue of every pixel.
    fn push(&mut self, pixels: &[u8]) -> Result<(), String>;
    /// Writes what is left, and gives the file back.
    fn finish(self: Box<Self>) -> Result<AtomicFile, String>;
}

/// A file under way. Dropped before its end, it leaves nothing.
pub struct MovingPicture {
    encoder: Box<dyn Encoder>,
    motion: Motion,
    pushed: u32,
    title: String,
}

impl MovingPicture {
    /// Begins a file; folders above it are made where they are missing.
    ///
    /// # Errors
    /// When the system refuses, or there is no program that writes this kind.
    pub fn begin(path: &Path, form: MovingForm, motion: Motion) -> Result<Self, RecordError> {
        let title = path.display().to_string();
        let failure = |message: String| RecordError::Figure { title: title.clone(), message };
        let most = if form == MovingForm::Gif { u32::from(u16::MAX) } else { 16_384 };
        if motion.width == 0 || motion.height == 0 || motion.width > most || motion.height > most {
            let (width, height) = (motion.width, motion.height);
            return Err(failure(format!("{width} x {height} pixels, but must be 1 to {most} in both directions")));
        }
        if let Some(lacks) = form.lacks() {
            return Err(failure(lacks));
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(RecordError::io(folder, "cannot be created"))?;
        }
        let file = AtomicFile::create(path.to_path_buf())?;
        let encoder: Box<dyn Encoder> = match form {
            MovingForm::Apng => Box::new(apng::Apng::begin(file, motion).map_err(failure)?),
            MovingForm::Gif => Box::new(gif::Gif::new(file, motion)),
            MovingForm::Mp4 => Box::new(mp4::Mp4::begin(file, motion).map_err(failure)?),
        };
        Ok(Self { encoder, motion, pushed: 0, title })
    }

    /// Takes the next frame: red, green and blue of every pixel, row by row.
    ///
    /// # Errors
    /// When it has another size, or the system refuses.
    pub fn push(&mut self, pixels: &[u8]) -> Result<(), RecordError> {
        let expected = self.motion.width as usize * self.motion.height as usize * 3;
        if pixels.len() != expected {
            return Err(self.failure(format!("a frame of {} bytes among those of {expected}", pixels.len())));
        }
        self.pushed += 1;
        self.encoder.push(pixels).map_err(|message| self.failure(message))
    }

    /// Writes the file; it takes its name.
    ///
    /// # Errors
    /// When frames are missing, or the system refuses.
    pub fn finish(self) -> Result<(), RecordError> {
        if self.pushed != self.motion.frames {
            return Err(self.failure(format!("{} frames of {}", self.pushed, self.motion.frames)));
        }
        let title = self.title;
        self.encoder.finish().map_err(|message| RecordError::Figure { title, message })?.commit()
    }

    fn failure(&self, message: String) -> RecordError {
        RecordError::Figure { title: self.title.clone(), message }
    }
}

/// A rectangle of pixels: left, top, width, height.
type Changed = (u32, u32, u32, u32);

/// The least rectangle outside of which two frames are the same; one pixel where they are the same everywhere.
fn changed(before: &[u8], after: &[u8], width: u32) -> Changed {
    let line = width as usize * 3;
    let rows = before.chunks_exact(line).zip(after.chunks_exact(line)).enumerate();
    let (mut top, mut bottom, mut left, mut right) = (usize::MAX, 0, usize::MAX, 0);
    for (row, (a, b)) in rows.filter(|(_, (a, b))| a != b) {
        let differs = |(x, y): (&u8, &u8)| x != y;
        let first = a.iter().zip(b).position(differs).unwrap_or(0) / 3;
        let last = a.iter().zip(b).rposition(differs).unwrap_or(0) / 3;
        (top, bottom) = (top.min(row), row);
        (left, right) = (left.min(first), right.max(last));
    }
    if top == usize::MAX {
        return (0, 0, 1, 1);
    }
    (left as u32, top as u32, (right - left + 1) as u32, (bottom - top + 1) as u32)
}

/// The pixels of a rectangle, row by row; `depth` bytes each.
fn cut(pixels: &[u8], width: u32, depth: usize, (left, top, across, down): Changed) -> Vec<u8> {
    let line = width as usize * depth;
    let rows = pixels.chunks_exact(line).skip(top as usize).take(down as usize);
    let (from, to) = (left as usize * depth, (left + across) as usize * depth);
    rows.flat_map(|row| &row[from..to]).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_written() {
        let before = vec![0; 4 * 3 * 3];
        let mut after = before.clone();
        assert_eq!(changed(&before, &after, 4), (0, 0, 1, 1));
        after[(4 + 2) * 3 + 1] = 9;
        after[(2 * 4 + 1) * 3] = 7;
        let area = changed(&before, &after, 4);
        assert_eq!(area, (1, 1, 2, 2));
        assert_eq!(cut(&after, 4, 3, area), [0, 0, 0, 0, 9, 0, 7, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn what_is_not_finished_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        for form in [MovingForm::Apng, MovingForm::Gif] {
            let path = folder.path().join("a").with_extension(form.extension());
            let motion = Motion { width: 2, height: 2, frames: 2, per_second: 5.0 };
            let mut picture = MovingPicture::begin(&path, form, motion).expect("begun");
            picture.push(&[0; 12]).expect("taken");
            assert!(picture.push(&[0; 9]).expect_err("smaller").to_string().contains("a frame of 9 bytes"));
            drop(picture);
            let mut picture = MovingPicture::begin(&path, form, motion).expect("begun");
            picture.push(&[0; 12]).expect("taken");
            assert!(picture.finish().expect_err("one is missing").to_string().contains("1 frames of 2"));
            assert_eq!(std::fs::read_dir(folder.path()).expect("there").count(), 0, "{form:?}");
        }
    }

    #[test]
    fn a_video_has_every_frame_where_there_is_a_program_for_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.mp4");
        let motion = Motion { width: 101, height: 51, frames: 7, per_second: 12.5 };
        let begun = MovingPicture::begin(&path, MovingForm::Mp4, motion);
        if let Some(lacks) = MovingForm::Mp4.lacks() {
            assert!(begun.err().expect("refused").to_string().contains(&lacks));
            return;
        }
        let mut picture = begun.expect("begun");
        for frame in 0..7_u8 {
            picture.push(&vec![30 * frame; 101 * 51 * 3]).expect("taken");
        }
        picture.finish().expect("written");
        let asked =
            ["-v", "error", "-count_frames", "-show_entries", "stream=width,height,nb_read_frames,avg_frame_rate"];
        let about = std::process::Command::new("ffprobe").args(asked).args(["-of", "csv=p=0"]).arg(&path).output();
        let about = String::from_utf8(about.expect("it comes with ffmpeg").stdout).expect("text");
        // Sizes are made even.
        assert_eq!(about.trim(), "102,52,25/2,7");
        // Given up on its way, it leaves nothing.
        let mut picture = MovingPicture::begin(&folder.path().join("b.mp4"), MovingForm::Mp4, motion).expect("begun");
        picture.push(&vec![0; 101 * 51 * 3]).expect("taken");
        drop(picture);
        assert_eq!(std::fs::read_dir(folder.path()).expect("there").count(), 1);
    }
}
