//! Faults of this program while it trains: what is left of a run, and what is said of it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::run::Run;

/// Does `work`; a panic becomes its message. The runtime has printed it with its place then.
///
/// # Errors
/// The message of the panic. What `work` has changed may be half done, and is not to be used.
pub fn caught<R>(work: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| message(&*payload))
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str).or(payload.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without a message").lines().collect::<Vec<_>>().join(" ")
}

impl Run {
    /// The fault of this program that ended the run, in its own words. Its last steps, up to [`Run::step`], are those of
    /// before; its matrices may be half way through a step, and are neither used nor shown.
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Ends the run where something that it did has panicked.
    pub(super) fn break_down(&mut self, words: String) {
        self.fault.get_or_insert(words);
    }

    /// Does something with the executor; a panic ends the run.
    pub(super) fn guarded<R>(&mut self, work: impl FnOnce(&mut Self) -> R) -> Option<R> {
        if self.fault.is_some() {
            return None;
        }
        match caught(|| work(self)) {
            Ok(done) => Some(done),
            Err(words) => {
                self.break_down(words);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::data::{self, Targets};
    use crate::experiment::resolve;
    use crate::training::Branch;

    #[test]
    fn a_message_is_a_line() {
        assert_eq!(caught(|| -> u8 { panic!("lost\n{}", 3) }), Err("lost 3".to_owned()));
        assert_eq!(caught(|| 4), Ok(4));
    }

    /// Two seeds, of which the second lacks the target of its last example: the step that draws it reads beyond the end.
    fn run_without_a_target(threads: usize) -> Run {
        let set = ["model.hidden=[6]", "data.train_examples=400", "training.batch_size=20", "training.seeds=2"];
        let experiment = resolve("sre", &set.map(str::to_owned)).expect("valid");
        let mut data = data::load(&experiment, &experiment.seeds()).expect("made");
        let broken = Arc::make_mut(&mut data[1]);
        let Targets::Values(targets) = &mut broken.train.targets else { panic!("a regression has values") };
        *targets = targets.slice(ndarray::s![..399, ..]).to_owned();
        Run::with_data(experiment, threads, data).expect("started")
    }

    #[test]
    fn a_panic_of_a_worker_ends_the_run_and_leaves_its_rows() {
        for threads in [1, 2] {
            let mut run = run_without_a_target(threads);
            let mut rows = Vec::new();
            for _ in 0..20 {
                run.advance(1, false, |row| rows.push((row.step, row.seed)));
            }
            assert!(!run.is_alive());
            assert!(run.fault().is_some_and(|words| !words.is_empty()));
            // The step of the panic is not among them, and nothing follows it.
            let whole: Vec<(u64, u64)> = (0..run.step()).flat_map(|step| [(step, 0), (step, 1)]).collect();
            assert!(run.step() > 0 && run.step() < 20, "step {}", run.step());
            assert_eq!(rows, whole);
            assert!(run.snapshot(2).seeds.is_empty() && run.moment(Branch::A, 0, true).is_none());
        }
    }
}
