//! A pane as a moving picture: its frames are taken one by one while the window goes on, and drawn and written beside it.
//!
//! What shows matrices gets those of each step from a walk through the run's past, which neither the run nor what is looked
//! at knows of. Where colours, axes or lines are scaled by what a step shows, all frames are looked at before the first is
//! drawn, and have the scales of all: a frame can be compared with the next.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};
use eframe::egui::Context;

use super::dress;
use crate::app::link::selection::Selection;
use crate::app::look::words;
use crate::app::look::words::Vocabulary;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::plot::time_axis::TimeAxis;
use crate::record::{Drawn, Exhibit, FigureLook, FilmScales, Motion, MovingForm, MovingPicture, RecordError};
use crate::training::{Branch, Moment, Walk, caught};

/// Frames that wait to be drawn, and moments that wait to be shown: few, as each may be large.
const WAITING: usize = 2;

/// What is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Whose picture.
    pub kind: PaneKind,
    /// First step.
    pub from: u64,
    /// Last step.
    pub to: u64,
    /// Frames in all; the first shows the first step, the last one the last.
    pub frames: u32,
    /// Frames a second.
    pub per_second: f64,
    /// Pixels across.
    pub width: u32,
    /// Kind of the file.
    pub form: MovingForm,
    /// Type, ground and colours.
    pub look: FigureLook,
}

impl Plan {
    /// The step of each frame, rising; a step that is there twice is a frame that rests.
    #[must_use]
    pub fn steps(&self) -> Vec<u64> {
        let last = u64::from(self.frames.max(2) - 1);
        let span = self.to.saturating_sub(self.from);
        (0..=last).map(|frame| self.from + (u128::from(span) * u128::from(frame) / u128::from(last)) as u64).collect()
    }
}

/// A moving picture under way. Dropped, it is given up and leaves no file.
pub struct Animation {
    plan: Plan,
    whole: Arc<Exhibit>,
    /// Frames that are still to be taken; those that are looked at first come twice.
    steps: VecDeque<u64>,
    scales: FilmScales,
    moments: Option<Receiver<Result<Moment, String>>>,
    subject: Subject,
    frames: Option<Sender<Exhibit>>,
    is_given_up: Arc<AtomicBool>,
    written: Arc<AtomicU32>,
    outcome: Receiver<Result<String, String>>,
    failure: Option<String>,
    writer: Option<JoinHandle<()>>,
}

/// What an animation is of.
pub struct Subject {
    /// The steps in sight when it began.
    pub time: TimeAxis,
    /// Layer, neuron and seed that were picked then.
    pub selection: Selection,
    /// The run.
    pub run_id: u64,
    /// Tells it from other animations.
    pub film: u64,
    /// Whether the pane wants the matrices of each step.
    pub needs_moments: bool,
    /// Whether the pane shows of one step something else than of another, beside curves over steps.
    pub changes_with_steps: bool,
}

/// How far an animation is.
pub struct Progress {
    /// Frames that are looked at or written.
    pub done: u32,
    /// Frames in all.
    pub all: u32,
    /// Whether they are looked at, before the first is drawn.
    pub is_first_look: bool,
}

/// What a pane is to be asked for next.
pub struct Wanted {
    /// The step.
    pub step: u64,
    /// Its matrices, where the pane shows some.
    pub moment: Option<Arc<Moment>>,
}

/// What the window looked at when an animation began.
pub struct Sight<'a> {
    /// The steps in sight.
    pub time: &'a mut TimeAxis,
    /// Layer, neuron and seed.
    pub selection: &'a mut Selection,
    /// The animation that a frame is wanted for.
    pub film: Option<u64>,
}

impl Animation {
    /// Begins a file; `whole` is the pane at the last step. The walk is to be sent to the trainer, where there is one.
    ///
    /// # Errors
    /// In words, when the system refuses a thread.
    pub fn begin(
        ctx: &Context,
        plan: Plan,
        path: PathBuf,
        whole: Exhibit,
        subject: Subject,
    ) -> Result<(Self, Option<Walk>), String> {
        let whole = Arc::new(whole);
        let mut steps = plan.steps();
        let count = steps.len() as u32;
        if subject.changes_with_steps && FilmScales::are_needed_by(&whole) {
            steps.extend_from_within(..);
        }
        let is_given_up = Arc::new(AtomicBool::new(false));
        let written = Arc::new(AtomicU32::new(0));
        let (frames, to_draw) = bounded::<Exhibit>(WAITING);
        let (sender, outcome) = bounded(1);
        let (moments, walk) = if subject.needs_moments {
            let (sender, moments) = bounded(WAITING);
            let is_given_up = Arc::clone(&is_given_up);
            let (steps, seed_index) = (steps.clone(), subject.selection.seed_index);
            (Some(moments), Some(Walk { steps, seed_index, branch: Branch::A, moments: sender, is_given_up }))
        } else {
            (None, None)
        };
        let writing = Writing {
            plan: plan.clone(),
            path,
            whole: Arc::clone(&whole),
            frames: count,
            to_draw,
            written: Arc::clone(&written),
            is_given_up: Arc::clone(&is_given_up),
            repaint: ctx.clone(),
        };
        let repaint = ctx.clone();
        let vocabulary = Vocabulary::spoken();
        let writer = std::thread::Builder::new().name("animation".into()).spawn(move || {
            vocabulary.speak();
            let fault = |words| Err(format!("no animation by a fault of this program: {words}"));
            let outcome = caught(|| writing.write()).unwrap_or_else(fault);
            // The window may have been closed.
            let _ = sender.send(outcome);
            repaint.request_repaint();
        });
        let writer = writer.map_err(|error| format!("no animation: {error}"))?;
        let steps = steps.into();
        let frames = Some(frames);
        let (failure, writer) = (None, Some(writer));
        let animation = Self {
            plan,
            whole,
            steps,
            scales: FilmScales::default(),
            moments,
            subject,
            frames,
            is_given_up,
            written,
            outcome,
            failure,
            writer,
        };
        Ok((animation, walk))
    }

    /// Whose picture it is.
    #[must_use]
    pub fn kind(&self) -> PaneKind {
        self.plan.kind
    }

    /// The run whose past it shows.
    #[must_use]
    pub fn run_id(&self) -> u64 {
        self.subject.run_id
    }

    /// What the window looked at when it began.
    pub fn sight(&mut self) -> Sight<'_> {
        let Subject { time, selection, film, .. } = &mut self.subject;
        Sight { time, selection, film: Some(*film) }
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let all = self.plan.frames.max(2);
        match self.still_to_look_at() {
            0 => Progress { done: self.written.load(Ordering::Relaxed), all, is_first_look: false },
            ahead => Progress { done: all - ahead, all, is_first_look: true },
        }
    }

    /// Frames that are still to be looked at before the first is drawn.
    fn still_to_look_at(&self) -> u32 {
        (self.steps.len() as u32).saturating_sub(self.plan.frames.max(2))
    }

    /// The next frame to be taken, if there is one and whoever draws has room for it.
    pub fn wanted(&mut self) -> Option<Wanted> {
        if self.frames.as_ref().is_none_or(Sender::is_full) {
            return None;
        }
        let Some(&step) = self.steps.front() else {
            // The writer ends with its last frame.
            self.frames = None;
            return None;
        };
        let moment = match self.moments.as_ref().map(Receiver::try_recv) {
            None => None,
            Some(Ok(Ok(moment))) => Some(Arc::new(moment)),
            Some(Ok(Err(why))) => {
                self.fail(format!("step {step} cannot be shown: {why}"));
                return None;
            }
            Some(Err(TryRecvError::Empty)) => return None,
            Some(Err(TryRecvError::Disconnected)) => {
                self.fail(format!("step {step} cannot be shown: the walk through the past has ended"));
                return None;
            }
        };
        Some(Wanted { step, moment })
    }

    /// Takes what the pane shows of the frame that was wanted.
    pub fn give(&mut self, then: Option<Exhibit>) {
        let is_first_look = self.still_to_look_at() > 0;
        let Some(step) = self.steps.pop_front() else { return };
        if let (true, Some(then)) = (is_first_look, &then) {
            return self.scales.take(then);
        }
        let frame = then.and_then(|then| match self.subject.changes_with_steps {
            true => self.whole.frame(step, then, &self.scales),
            false => Some(self.whole.frame_of_curves(step, then)),
        });
        match (frame, &self.frames) {
            // There is room, as was asked before; a writer that failed says so itself.
            (Some(frame), Some(frames)) => drop(frames.try_send(frame)),
            (None, _) => {
                self.fail("the pane was changed while its animation was made; leave it as it is until then".into());
            }
            (_, None) => {}
        }
    }

    /// Ends it without a file.
    pub fn fail(&mut self, why: String) {
        self.failure.get_or_insert(why);
        self.is_given_up.store(true, Ordering::Relaxed);
        self.frames = None;
        self.moments = None;
    }

    /// What came of it, once it is at its end.
    pub fn outcome(&mut self) -> Option<Result<String, String>> {
        let outcome = match self.outcome.try_recv() {
            Ok(outcome) => outcome,
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => Err("no animation: its thread has ended".into()),
        };
        Some(self.failure.take().map_or(outcome, Err))
    }
}

impl Drop for Animation {
    fn drop(&mut self) {
        self.is_given_up.store(true, Ordering::Relaxed);
        (self.frames, self.moments) = (None, None);
        if let Some(writer) = self.writer.take() {
            // What went wrong there has been caught; it ends with the frame that it draws.
            let _ = writer.join();
        }
    }
}

/// What the writing thread has.
struct Writing {
    plan: Plan,
    path: PathBuf,
    whole: Arc<Exhibit>,
    frames: u32,
    to_draw: Receiver<Exhibit>,
    written: Arc<AtomicU32>,
    is_given_up: Arc<AtomicBool>,
    repaint: Context,
}

impl Writing {
    fn write(self) -> Result<String, String> {
        let said = |error: RecordError| error.to_string();
        let Plan { look, form, per_second, .. } = &self.plan;
        let drawn = dress::drawn(&self.whole, look).map_err(said)?;
        let (width, height, last) = self.pixels(&drawn).map_err(said)?;
        let motion = Motion { width, height, frames: self.frames, per_second: *per_second };
        let mut picture = MovingPicture::begin(&self.path, *form, motion).map_err(said)?;
        let paper = [last[0], last[1], last[2]];
        while let Ok(frame) = self.to_draw.recv() {
            if self.is_given_up.load(Ordering::Relaxed) {
                break;
            }
            let pixels = if frame == *self.whole {
                last.clone()
            } else {
                let (w, h, pixels) = self.pixels(&dress::drawn(&frame, look).map_err(said)?).map_err(said)?;
                on_canvas(pixels, (w, h), (width, height), paper)
            };
            picture.push(&pixels).map_err(said)?;
            self.written.fetch_add(1, Ordering::Relaxed);
            self.repaint.request_repaint();
        }
        if self.is_given_up.load(Ordering::Relaxed) {
            return Err("the animation was cancelled; no file was written".into());
        }
        picture.finish().map_err(said)?;
        let seconds = f64::from(self.frames) / per_second;
        let path = words::path(&self.path);
        Ok(format!("Wrote {path}: {} frames of {width}×{height} pixels, {seconds:.1} s", self.frames))
    }

    fn pixels(&self, drawn: &Drawn) -> Result<(u32, u32, Vec<u8>), RecordError> {
        drawn.rgb(self.plan.width)
    }
}

/// A picture in the upper left corner of another size.
fn on_canvas(pixels: Vec<u8>, (w, h): (u32, u32), (width, height): (u32, u32), paper: [u8; 3]) -> Vec<u8> {
    if (w, h) == (width, height) {
        return pixels;
    }
    let mut canvas = paper.repeat((width * height) as usize);
    let taken = w.min(width) as usize * 3;
    let lines = pixels.chunks_exact(w as usize * 3).zip(canvas.chunks_exact_mut(width as usize * 3));
    lines.for_each(|(from, to)| to[..taken].copy_from_slice(&from[..taken]));
    canvas
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_reach_from_the_first_step_to_the_last() {
        let plan = |from, to, frames| Plan {
            kind: PaneKind::Loss,
            from,
            to,
            frames,
            per_second: 10.0,
            width: 100,
            form: MovingForm::Apng,
            look: FigureLook::default(),
        };
        assert_eq!(plan(0, 100, 5).steps(), [0, 25, 50, 75, 100]);
        assert_eq!(plan(7, 9, 5).steps(), [7, 7, 8, 8, 9]);
        let long = plan(0, u64::MAX, 3).steps();
        assert_eq!((long[0], long[2]), (0, u64::MAX));
    }

    #[test]
    fn a_smaller_picture_lies_on_the_ground() {
        let canvas = on_canvas(vec![1; 2 * 3], (2, 1), (3, 2), [9, 9, 9]);
        assert_eq!(canvas, [1, 1, 1, 1, 1, 1, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]);
    }
}
