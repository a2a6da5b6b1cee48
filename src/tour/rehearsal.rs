//! A tour without a window: every stage in turn, with the right answers, on a real run.

use super::condition::Wait;
use super::directive::Action;
use super::experiment::value_of;
use super::guide::{Guide, Reading};
use super::observation::StoreObservation;
use super::parse::Tour;
use crate::experiment::fields::{Allowed, field};
use crate::record::MetricStore;
use crate::training::{Run, TrainError};

/// Steps between two looks at the run.
const CHUNK: u64 = 25;

/// Where sliders end that are not limited before.
const SLIDER_END: f64 = 1.0;

/// What a rehearsal found.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    /// Titles of the stages, steps run in each, and their claims as measured.
    pub stages: Vec<(String, u64, Vec<Reading>)>,
}

/// Why a tour does not do what it says.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// The run could not be started or changed.
    #[error("{file}: stage '{stage}': {source}")]
    Run {
        /// The tour.
        file: String,
        /// The stage.
        stage: String,
        /// What the run said.
        source: Box<TrainError>,
    },
    /// A wait did not come true.
    #[error("{file}:{line}: '{condition}' did not come true {why}; measured {measured:?}")]
    Wait {
        /// The tour.
        file: String,
        /// Line of the wait.
        line: usize,
        /// The condition.
        condition: String,
        /// In which time, or what stood in its way.
        why: String,
        /// The number when it was given up.
        measured: Option<f64>,
    },
    /// A setting beside what is asked for lets the stage go on.
    #[error("{file}:{line}: with {value}, '{condition}' counts as fulfilled")]
    Astray {
        /// The tour.
        file: String,
        /// Line of the wait.
        line: usize,
        /// The condition.
        condition: String,
        /// The setting.
        value: f64,
    },
    /// A claim is false.
    #[error("{file}:{line}: the claim '{condition}' is false; measured {measured:?}")]
    Claim {
        /// The tour.
        file: String,
        /// Line of the claim.
        line: usize,
        /// The claim.
        condition: String,
        /// The number at the end of the stage.
        measured: Option<f64>,
    },
}

/// Walks through `tour`, answering rightly and making the settings that it asks for; every wait must come true within
/// its steps, and every claim must hold when its stage ends.
///
/// # Errors
/// The first thing that does not come out as the tour says.
pub fn rehearse(tour: &Tour, threads: usize) -> Result<Rehearsal, RehearsalError> {
    let mut guide = Guide::new(tour.clone());
    let mut stand = Stand { threads, shown: None, runs: false, astray: Vec::new() };
    let mut stages = Vec::new();
    let mut actions = guide.enter();
    while !guide.is_finished() {
        let title = guide.stage().title.clone();
        let failed =
            |source| RehearsalError::Run { file: tour.file.clone(), stage: title.clone(), source: Box::new(source) };
        stand.apply(actions).map_err(failed)?;
        if let Some(question) = &guide.stage().question {
            let right = question.right();
            stand.apply(guide.answer(right)).map_err(failed)?;
        }
        let steps = stand.play(&mut guide)?;
        if let Some(claim) = guide.claims().iter().find(|claim| !claim.holds) {
            return Err(RehearsalError::Claim {
                file: tour.file.clone(),
                line: claim.line,
                condition: claim.condition.to_string(),
                measured: claim.measured,
            });
        }
        stages.push((title.clone(), steps, guide.claims().to_vec()));
        actions = guide.next();
    }
    Ok(Rehearsal { stages })
}

/// The run on show and its curves.
struct Stand {
    threads: usize,
    shown: Option<(Run, MetricStore)>,
    runs: bool,
    /// Lines of the waits at which hands went astray: once each.
    astray: Vec<usize>,
}

impl Stand {
    fn apply(&mut self, actions: Vec<Action>) -> Result<(), TrainError> {
        for action in actions {
            match action {
                Action::LoadExperiment { experiment, .. } => {
                    self.runs = false;
                    self.show(Run::live(*experiment, self.threads, None)?);
                }
                Action::Reset => {
                    let Some((run, _)) = &self.shown else { continue };
                    let data = Some(run.data().to_vec());
                    let anew = Run::live(run.experiment().clone(), self.threads, data)?;
                    self.show(anew);
                }
                Action::Set { field, value } => self.set(field, value)?,
                Action::Run => self.runs = true,
                Action::Pause => self.runs = false,
                Action::Rate(_)
                | Action::Layout(_)
                | Action::Pane(_)
                | Action::Highlight(_)
                | Action::Hide(_)
                | Action::SelectLayer(_) => {}
            }
        }
        Ok(())
    }

    fn show(&mut self, run: Run) {
        let store = MetricStore::new(run.columns().clone(), run.seeds());
        self.shown = Some((run, store));
    }

    fn set(&mut self, field: &str, value: toml::Value) -> Result<(), TrainError> {
        let Some((run, store)) = &mut self.shown else { return Ok(()) };
        run.set(field, value, None)?;
        if run.columns() != store.columns() || run.seeds() != store.seeds() {
            *store = MetricStore::new(run.columns().clone(), run.seeds());
        }
        Ok(())
    }

    /// Trains until the stage can be left, and counts the steps.
    fn play(&mut self, guide: &mut Guide) -> Result<u64, RehearsalError> {
        let file = guide.tour().file.clone();
        let stage = guide.stage().title.clone();
        let failed =
            |source| RehearsalError::Run { file: file.clone(), stage: stage.clone(), source: Box::new(source) };
        let (mut steps, mut of_wait, mut line) = (0, 0, 0);
        loop {
            let actions = self.look(guide);
            self.apply(actions).map_err(failed)?;
            let Some(wait) = guide.awaited().cloned() else { return Ok(steps) };
            if wait.line != line {
                (line, of_wait) = (wait.line, 0);
                if let Some((field, value)) = wait.by_hand() {
                    self.go_astray(guide, &wait, field, &value).map_err(failed)??;
                    self.set(field, value).map_err(failed)?;
                    continue;
                }
            }
            let given_up = |why: String| RehearsalError::Wait {
                file: file.clone(),
                line,
                condition: wait.condition.to_string(),
                why,
                measured: guide.waits().iter().find(|reading| !reading.holds).and_then(|reading| reading.measured),
            };
            self.can_train().map_err(given_up)?;
            if of_wait >= wait.within {
                return Err(given_up(format!("within {} steps", wait.within)));
            }
            let done = self.train(CHUNK.min(wait.within - of_wait));
            (steps, of_wait) = (steps + done, of_wait + done);
        }
    }

    /// What hands do before they find the value: none of it may fulfil the wait for good, and beginning the stage anew must
    /// leave the run as it was found.
    fn go_astray(
        &mut self,
        guide: &mut Guide,
        wait: &Wait,
        path: &'static str,
        value: &toml::Value,
    ) -> Result<Result<(), RehearsalError>, TrainError> {
        let is_new = !self.astray.contains(&wait.line);
        self.astray.push(wait.line);
        let right = value.as_float().filter(|_| is_new);
        let (Some((run, store)), Some(right)) = (&mut self.shown, right) else { return Ok(Ok(())) };
        let (entry, curves) = (run.checkpoint(), store.clone());
        let now = value_of(run.experiment(), path);
        let (least, most) = match field(path).map(|known| known.allowed) {
            Some(Allowed::Number { min, max, .. }) => (min, max.min(SLIDER_END)),
            _ => (right, right),
        };
        let before = now.and_then(|now| now.as_float()).unwrap_or(least);
        // Over the right value to the slider's end; half the way there; to the other end.
        let courses: [&[f64]; 3] = [&[right, most], &[before + (right - before) / 2.0], &[least]];
        for course in courses {
            for passed in course {
                let outside = !wait.condition.relation.holds(*passed);
                self.set(path, toml::Value::Float(*passed))?;
                self.look(guide);
                self.train(CHUNK);
                self.look(guide);
                if outside && guide.awaited().is_none_or(|still| still.line != wait.line) {
                    return Ok(Err(RehearsalError::Astray {
                        file: guide.tour().file.clone(),
                        line: wait.line,
                        condition: wait.condition.to_string(),
                        value: *passed,
                    }));
                }
            }
            let Some((run, store)) = &mut self.shown else { return Ok(Ok(())) };
            run.restore(&entry)?;
            store.clone_from(&curves);
            let actions = guide.again(run.experiment());
            self.apply(actions)?;
            self.look(guide);
        }
        Ok(Ok(()))
    }

    fn look(&self, guide: &mut Guide) -> Vec<Action> {
        let Some((run, store)) = &self.shown else { return Vec::new() };
        guide.observe(&StoreObservation { metrics: store, experiment: run.experiment(), step: run.step() })
    }

    fn can_train(&self) -> Result<(), String> {
        match &self.shown {
            Some((run, _)) if !run.is_alive() => Err(format!("before every seed diverged, at step {}", run.step())),
            Some(_) if self.runs => Ok(()),
            _ => Err("as nothing is training".into()),
        }
    }

    fn train(&mut self, steps: u64) -> u64 {
        let Some((run, store)) = &mut self.shown else { return 0 };
        let from = run.step();
        run.advance(steps, false, |row| store.push(&row));
        run.step() - from
    }
}
