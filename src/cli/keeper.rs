//! Checkpoints of a headless run: when they are made, and the thread that writes them.

use std::str::FromStr;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use hebbscope::record::{CHECKPOINT_SLOTS, FolderMark, Intervention, MetricsCsv, RecordError, RunFolder};
use hebbscope::training::Run;
use serde::{Deserialize, Serialize};

use super::print::remark;

/// Seconds between checkpoints where nobody says.
const USUAL_SECONDS: u64 = 60;

/// How often checkpoints are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CheckpointEvery {
    /// After so many steps.
    Steps(u64),
    /// After so much time.
    Time(Duration),
    /// Not at all.
    Never,
}

impl Default for CheckpointEvery {
    fn default() -> Self {
        Self::Time(Duration::from_secs(USUAL_SECONDS))
    }
}

impl FromStr for CheckpointEvery {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "steps (500), a time (30s, 5m, 1h) or 'never' are allowed".to_owned();
        if text == "never" {
            return Ok(Self::Never);
        }
        let (number, unit) = match text.char_indices().next_back() {
            Some((at, unit)) if unit.is_ascii_alphabetic() => (&text[..at], Some(unit)),
            _ => (text, None),
        };
        let number: u64 = number.parse().ok().filter(|number| *number > 0).ok_or_else(wrong)?;
        let seconds = match unit {
            None => return Ok(Self::Steps(number)),
            Some('s') => 1,
            Some('m') => 60,
            Some('h') => 3600,
            Some(_) => return Err(wrong()),
        };
        number.checked_mul(seconds).map(|seconds| Self::Time(Duration::from_secs(seconds))).ok_or_else(wrong)
    }
}

impl std::fmt::Display for CheckpointEvery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Steps(steps) => write!(f, "{steps}"),
            Self::Time(time) => write!(f, "{}s", time.as_secs()),
            Self::Never => f.write_str("never"),
        }
    }
}

/// What a headless run needs beside what the run knows itself, to go on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Going {
    /// How much of the folder is of the steps so far.
    pub(super) mark: FolderMark,
    /// All changes that were asked for, without what they change from: a record says that, and a command line does not.
    pub(super) scheduled: Vec<Intervention>,
    /// How many of them are still to be made.
    pub(super) pending: usize,
    /// Whether the rows are written as Parquet too.
    pub(super) parquet: bool,
    /// Seconds of training; none of a run that has ended, whose checkpoint says nothing of clocks.
    pub(super) seconds: Option<f64>,
}

/// Makes checkpoints on the way; each is written by a thread of its own while the run goes on.
pub(super) struct Keeper {
    every: CheckpointEvery,
    turn: usize,
    last: Instant,
    writing: Option<JoinHandle<Result<u64, RecordError>>>,
    /// Whether the last one failed: said once.
    has_failed: bool,
}

impl Keeper {
    /// `turn` is that of the next checkpoint.
    pub(super) fn new(every: CheckpointEvery, turn: usize) -> Self {
        Self { every, turn, last: Instant::now(), writing: None, has_failed: false }
    }

    /// Steps up to the next checkpoint, where steps count.
    pub(super) fn steps_left(&self, step: u64) -> u64 {
        match self.every {
            CheckpointEvery::Steps(every) => every - step % every,
            CheckpointEvery::Time(_) | CheckpointEvery::Never => u64::MAX,
        }
    }

    /// Whether one is to be made before the update of `step`, and the one before is written.
    pub(super) fn is_due(&mut self, step: u64) -> bool {
        let is_due = match self.every {
            CheckpointEvery::Steps(every) => step > 0 && step.is_multiple_of(every),
            CheckpointEvery::Time(time) => self.last.elapsed() >= time,
            CheckpointEvery::Never => false,
        };
        if !is_due {
            return false;
        }
        match self.every {
            // A disk that is slower than the steps must not be outrun.
            CheckpointEvery::Steps(_) => self.wait(),
            _ if self.writing.as_ref().is_some_and(|writing| !writing.is_finished()) => return false,
            _ => self.wait(),
        }
        true
    }

    /// Whether checkpoints are made at all.
    pub(super) fn keeps(&self) -> bool {
        self.every != CheckpointEvery::Never
    }

    /// Makes one. What fails is said, and the run goes on: earlier ones stay.
    pub(super) fn keep(&mut self, run: &mut Run, folder: &RunFolder, rows: &mut MetricsCsv, mut going: Going) {
        self.wait();
        self.last = Instant::now();
        match folder.mark(rows) {
            Ok(mark) => going.mark = mark,
            Err(error) => return self.fail(&error),
        }
        let (stored, path) = (run.stored(), folder.checkpoint(self.turn));
        self.turn = (self.turn + 1) % CHECKPOINT_SLOTS;
        let write = move || stored.write(&path, &going);
        match std::thread::Builder::new().name("checkpoint".into()).spawn(write) {
            Ok(writing) => self.writing = Some(writing),
            Err(error) => remark!("warning: no checkpoint at step {}: {error}", run.step()),
        }
    }

    /// Waits for the one that is being written.
    pub(super) fn wait(&mut self) {
        match self.writing.take().map(JoinHandle::join) {
            Some(Ok(Ok(_))) => self.has_failed = false,
            // The next is made in the next place: this one may be what cannot be written, and what lies there has not been touched.
            Some(Ok(Err(error))) => self.fail(&error),
            // The hook has told of the panic.
            Some(Err(_)) => self.has_failed = true,
            None => {}
        }
    }

    fn fail(&mut self, error: &RecordError) {
        if !std::mem::replace(&mut self.has_failed, true) {
            remark!("warning: no checkpoint could be written, the run goes on: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_says_nothing_has_a_checkpoint_a_minute() {
        use clap::Parser;
        let cli = super::super::Cli::try_parse_from(["hebbscope", "train", "sre"]).expect("nothing is missing");
        let Some(super::super::Command::Train(args)) = cli.command else { panic!("another command") };
        let mut keeper = Keeper::new(args.checkpoint_every, 0);
        let ago = |seconds| Instant::now().checked_sub(Duration::from_secs(seconds)).expect("the machine runs longer");
        keeper.last = ago(59);
        assert!(!keeper.is_due(7));
        keeper.last = ago(60);
        assert!(keeper.is_due(7));
    }

    #[test]
    fn distances_are_steps_times_or_never() {
        let read = |text: &str| text.parse::<CheckpointEvery>();
        assert_eq!(read("500"), Ok(CheckpointEvery::Steps(500)));
        assert_eq!(read("30s"), Ok(CheckpointEvery::Time(Duration::from_secs(30))));
        assert_eq!(read("5m"), Ok(CheckpointEvery::Time(Duration::from_secs(300))));
        assert_eq!(read("never"), Ok(CheckpointEvery::Never));
        for wrong in ["", "0", "0s", "s", "-1", "3d", "1.5s", "3é", "99999999999999999999", "9999999999999999999h"] {
            assert!(read(wrong).expect_err(wrong).contains("are allowed"), "{wrong}");
        }
        for text in ["500", "30s", "never"] {
            assert_eq!(read(text).expect("known").to_string(), text);
        }
    }
}
