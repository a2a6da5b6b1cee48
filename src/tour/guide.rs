//! Walking through a tour: what is done, what is waited for, what may be seen.

use super::condition::{Condition, Quantity, Wait};
use super::directive::{Action, Mark};
use super::experiment::value_of;
use super::observation::Observation;
use super::parse::{Stage, Tour};
use super::text::Block;
use crate::experiment::Experiment;
use crate::experiment::fields::{Change, FIELDS};

/// A condition as it was last seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The condition; its `Display` is as in the tour.
    pub condition: Condition,
    /// Line in the tour's file.
    pub line: usize,
    /// Whether it holds; a wait that has come true stays true, but for a setting, which must stay until the stage is done.
    pub holds: bool,
    /// The number that it speaks of; `None` while there is none.
    pub measured: Option<f64>,
}

impl Reading {
    fn new(condition: &Condition, line: usize) -> Self {
        Self { condition: condition.clone(), line, holds: false, measured: None }
    }
}

/// From where values count.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Since {
    /// From the next step seen.
    Next,
    /// From this step.
    Step(u64),
}

/// What has happened in a stage.
#[derive(Clone, Debug)]
struct Progress {
    answer: Option<usize>,
    waits: Vec<Reading>,
    claims: Vec<Reading>,
    /// Steps of the stage are counted from here.
    steps_since: Since,
    /// Columns are read from here: the start of the run if the stage changes nothing.
    values_since: Since,
    /// Whether everything that the stage waits for has come true.
    done: bool,
}

impl Progress {
    fn new(stage: &Stage) -> Self {
        Self {
            answer: None,
            waits: stage.waits.iter().map(|wait| Reading::new(&wait.condition, wait.line)).collect(),
            claims: stage.claims.iter().map(|(condition, line)| Reading::new(condition, *line)).collect(),
            steps_since: Since::Next,
            values_since: Since::Step(0),
            done: false,
        }
    }

    /// The stage's actions were handed out.
    fn acted(&mut self, actions: &[Action]) {
        let anew = |action: &Action| matches!(action, Action::LoadExperiment { .. } | Action::Reset);
        self.steps_since = if actions.iter().any(anew) { Since::Step(0) } else { Since::Next };
        if actions.iter().any(Action::changes_run) {
            self.values_since = self.steps_since;
        }
    }
}

/// A person's way through a tour.
///
/// The host carries out the actions it is handed, in their order, and calls [`Guide::observe`] now and then; only once
/// the run that it shows is the one that the actions asked for.
#[derive(Clone, Debug)]
pub struct Guide {
    tour: Tour,
    at: usize,
    progress: Vec<Progress>,
    finished: bool,
}

impl Guide {
    /// Before the first stage's actions; [`Guide::enter`] comes next.
    #[must_use]
    pub fn new(tour: Tour) -> Self {
        let progress = tour.stages.iter().map(Progress::new).collect();
        Self { tour, at: 0, progress, finished: false }
    }

    /// The tour.
    #[must_use]
    pub fn tour(&self) -> &Tour {
        &self.tour
    }

    /// The stage that is shown.
    #[must_use]
    pub fn stage(&self) -> &Stage {
        &self.tour.stages[self.at]
    }

    /// Its number, counted from 1, and how many there are.
    #[must_use]
    pub fn place(&self) -> (usize, usize) {
        (self.at + 1, self.tour.stages.len())
    }

    /// Whether the last stage has been left.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// The answer that was chosen in this stage.
    #[must_use]
    pub fn chosen(&self) -> Option<usize> {
        self.progress[self.at].answer
    }

    /// Questions answered rightly, and questions answered.
    #[must_use]
    pub fn score(&self) -> (usize, usize) {
        let answers = self.tour.stages.iter().zip(&self.progress).filter_map(|(stage, progress)| {
            let question = stage.question.as_ref()?;
            Some(progress.answer? == question.right())
        });
        answers.fold((0, 0), |(right, all), good| (right + usize::from(good), all + 1))
    }

    /// The text below the question; `None` as long as the answer is due.
    #[must_use]
    pub fn revealed(&self) -> Option<&[Block]> {
        self.answer_is_in().then_some(&self.stage().revealed.blocks)
    }

    /// What the stage waits for, as last seen.
    #[must_use]
    pub fn waits(&self) -> &[Reading] {
        &self.progress[self.at].waits
    }

    /// What it claims, as last seen; to be shown once the answer is in.
    #[must_use]
    pub fn claims(&self) -> &[Reading] {
        &self.progress[self.at].claims
    }

    /// The wait that is due, if the answer is in.
    #[must_use]
    pub fn awaited(&self) -> Option<&Wait> {
        let due = self.waits().iter().position(|reading| !reading.holds)?;
        self.answer_is_in().then(|| &self.stage().waits[due])
    }

    /// The actions of the stage, to be carried out when it is shown.
    pub fn enter(&mut self) -> Vec<Action> {
        let stage = &self.tour.stages[self.at];
        let mut actions = stage.opening.actions.clone();
        if self.progress[self.at].answer.is_some() {
            actions.extend_from_slice(&stage.revealed.actions);
        }
        self.progress[self.at].acted(&actions);
        actions
    }

    /// Takes an answer by its place; the first one counts. Hands out the actions that follow it.
    pub fn answer(&mut self, choice: usize) -> Vec<Action> {
        let stage = &self.tour.stages[self.at];
        let known = stage.question.as_ref().is_some_and(|question| choice < question.choices.len());
        let progress = &mut self.progress[self.at];
        if !known || progress.answer.is_some() {
            return Vec::new();
        }
        progress.answer = Some(choice);
        let actions = stage.revealed.actions.clone();
        progress.steps_since = Since::Next;
        if !actions.is_empty() {
            progress.acted(&actions);
        }
        actions
    }

    /// Looks at the run: waits come true one after the other, and claims are measured. Hands out what follows from it.
    pub fn observe(&mut self, run: &dyn Observation) -> Vec<Action> {
        if !self.answer_is_in() {
            return Vec::new();
        }
        let stage = &self.tour.stages[self.at];
        let progress = &mut self.progress[self.at];
        let now = run.step();
        for since in [&mut progress.steps_since, &mut progress.values_since] {
            // A person may have started the run anew.
            let passed = match *since {
                Since::Next => now,
                Since::Step(step) => step.min(now),
            };
            *since = Since::Step(passed);
        }
        for place in 0..progress.waits.len() {
            let reading = &mut progress.waits[place];
            let is_setting = matches!(reading.condition.quantity, Quantity::Field(_));
            // A slider on its way to its end passes what is asked for.
            if reading.holds && is_setting && !progress.done {
                reading.measured = reading.condition.measure(run, 0);
                reading.holds = reading.measured.is_some_and(|value| reading.condition.relation.holds(value));
                if !reading.holds {
                    progress.waits[place + 1..]
                        .iter_mut()
                        .for_each(|later| (later.holds, later.measured) = (false, None));
                    break;
                }
            }
            if reading.holds {
                continue;
            }
            let since = match reading.condition.quantity {
                Quantity::Steps => progress.steps_since,
                _ => progress.values_since,
            };
            let Since::Step(since) = since else { break };
            reading.measured = reading.condition.measure(run, since);
            reading.holds = reading.measured.is_some_and(|value| reading.condition.relation.holds(value));
            if !reading.holds {
                break;
            }
            if is_setting {
                // A setting made by hand: what follows is its effect.
                (progress.steps_since, progress.values_since) = (Since::Step(now), Since::Step(now));
            }
        }
        if let Since::Step(since) = progress.values_since {
            for claim in &mut progress.claims {
                claim.measured = claim.condition.measure(run, since);
                claim.holds = claim.measured.is_some_and(|value| claim.condition.relation.holds(value));
            }
        }
        let all = progress.waits.iter().all(|reading| reading.holds);
        let is_new = all && !progress.done;
        progress.done |= all;
        if is_new && stage.waits.iter().any(|wait| wait.then_pause) { vec![Action::Pause] } else { Vec::new() }
    }

    /// Whether the question is answered and everything waited for has come true.
    #[must_use]
    pub fn can_go_on(&self) -> bool {
        self.answer_is_in() && self.waits().iter().all(|reading| reading.holds)
    }

    /// Begins the stage anew, with its answer; hands out what brings its settings back from those of `now` and its actions.
    /// The host has brought the run back to the step at which the stage was entered.
    pub fn again(&mut self, now: &Experiment) -> Vec<Action> {
        let answer = self.progress[self.at].answer;
        self.progress[self.at] = Progress { answer, ..Progress::new(self.stage()) };
        let mut actions = match self.at.checked_sub(1).and_then(|before| self.tour.stages[before].setup.as_ref()) {
            Some((_, then)) if !self.loads_experiment() => settings_from(now, then),
            _ => Vec::new(),
        };
        actions.extend(self.enter());
        actions
    }

    /// Whether the stage begins with a run of its own.
    #[must_use]
    pub fn loads_experiment(&self) -> bool {
        actions_of(self.stage()).any(|action| matches!(action, Action::LoadExperiment { .. }))
    }

    /// Panes that the stage asks to look at, by their ids; those behind the question once it is answered.
    #[must_use]
    pub fn panes(&self) -> Vec<&'static str> {
        let stage = self.stage();
        let revealed = if self.answer_is_in() { &stage.revealed.actions[..] } else { &[] };
        let named = |action: &Action| match action {
            Action::Pane(name) | Action::Highlight(Mark::Pane(name)) => Some(*name),
            _ => None,
        };
        let mut panes = Vec::new();
        for name in stage.opening.actions.iter().chain(revealed).filter_map(named) {
            if !panes.contains(&name) {
                panes.push(name);
            }
        }
        panes
    }

    /// Goes to the next stage and enters it, if [`Guide::can_go_on`]; from the last one, ends the tour.
    #[expect(clippy::should_implement_trait, reason = "a step of the tour; there is nothing to iterate over")]
    pub fn next(&mut self) -> Vec<Action> {
        if self.can_go_on() { self.skip() } else { Vec::new() }
    }

    /// As [`Guide::next`], whether or not the stage is done.
    pub fn skip(&mut self) -> Vec<Action> {
        if self.at + 1 == self.tour.stages.len() {
            self.finished = true;
            return Vec::new();
        }
        self.at += 1;
        self.enter()
    }

    /// Goes to the stage before and hands out what brings its settings and view back; from the first, does nothing.
    pub fn back(&mut self) -> Vec<Action> {
        let Some(before) = self.at.checked_sub(1) else { return Vec::new() };
        let mut actions = self.restore(before);
        actions.extend(self.view_of(before));
        self.at = before;
        self.finished = false;
        self.progress[before].acted(&actions);
        actions
    }

    /// From the settings of this stage to those at the end of `before`.
    fn restore(&self, before: usize) -> Vec<Action> {
        let stage = &self.tour.stages[before];
        let (Some((_, now)), Some((preset, then))) = (&self.stage().setup, &stage.setup) else { return Vec::new() };
        if self.loads_experiment() {
            let load = Action::LoadExperiment { preset: preset.clone(), experiment: Box::new(then.clone()) };
            let runs = actions_of(stage).any(|action| *action == Action::Run);
            return std::iter::once(load).chain(runs.then_some(Action::Run)).collect();
        }
        settings_from(now, then)
    }

    /// Layout, rate, layer and panes as they were at the end of a stage.
    fn view_of(&self, before: usize) -> Vec<Action> {
        let earlier = || self.tour.stages[..=before].iter().flat_map(actions_of);
        let last = |kind: fn(&Action) -> bool| earlier().filter(|action| kind(action)).last().cloned();
        let mut actions: Vec<Action> = [
            last(|action| matches!(action, Action::Layout(_))),
            last(|action| matches!(action, Action::Rate(_))),
            last(|action| matches!(action, Action::SelectLayer(_))),
        ]
        .into_iter()
        .flatten()
        .collect();
        let of_stage = actions_of(&self.tour.stages[before]);
        actions.extend(of_stage.filter(|action| matches!(action, Action::Pane(_) | Action::Highlight(_))).cloned());
        actions
    }

    fn answer_is_in(&self) -> bool {
        self.stage().question.is_none() || self.progress[self.at].answer.is_some()
    }
}

fn actions_of(stage: &Stage) -> impl Iterator<Item = &Action> {
    stage.opening.actions.iter().chain(&stage.revealed.actions)
}

/// What brings the settings of a run from those of `now` to those of `then`, as far as they change without a new run.
fn settings_from(now: &Experiment, then: &Experiment) -> Vec<Action> {
    let changed = FIELDS.iter().filter(|field| field.change != Change::Reset).filter_map(|field| {
        let value = value_of(then, field.path)?;
        (value_of(now, field.path).as_ref() != Some(&value)).then_some(Action::Set { field: field.path, value })
    });
    changed.collect()
}
