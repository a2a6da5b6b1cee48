//! The stretch of steps that every plot over time shows.

use std::ops::RangeInclusive;

/// Steps that an empty or very young run shows: few, as there are networks with a step a second.
const LEAST_SPAN: f64 = 10.0;

/// Space to the right of the newest step, as a part of the span.
const MARGIN: f64 = 1.0 / 64.0;

/// One axis for all plots: it follows the run until a person zooms or pans.
///
/// A run that goes beyond its planned steps moves along under as many of them: were the whole of it shown, what a slider
/// does now would become ever narrower. A logarithmic axis begins at the start of the run in any case.
#[derive(Clone, Debug, Default)]
pub struct TimeAxis {
    chosen: Option<(f64, f64)>,
    last_step: f64,
    planned: Option<u64>,
    /// The whole run is followed, however long it has become.
    shows_whole: bool,
    follows: u32,
    logarithmic: bool,
    shown: Option<u64>,
}

impl TimeAxis {
    /// The steps to show.
    #[must_use]
    pub fn range(&self) -> RangeInclusive<f64> {
        let (from, to) = self.chosen.unwrap_or_else(|| {
            let last = self.last_step.max(LEAST_SPAN);
            let span = if self.shows_whole || self.logarithmic { last } else { last.min(self.planned_span()) };
            // A step of the past stands where it stands in the whole run, so that nothing jumps on the way to it.
            let share = self.shown.map_or(1.0, |step| (step as f64 / last).min(1.0));
            let from = share * (last - span);
            (from, from + span + span * MARGIN)
        });
        from..=to
    }

    fn planned_span(&self) -> f64 {
        self.planned.map_or(f64::INFINITY, |planned| (planned as f64).max(LEAST_SPAN))
    }

    /// Whether steps stand on a logarithmic axis.
    #[must_use]
    pub fn is_logarithmic(&self) -> bool {
        self.logarithmic
    }

    /// Puts steps on a logarithmic axis, or back on a linear one.
    pub fn toggle_logarithmic(&mut self) {
        self.logarithmic = !self.logarithmic;
        self.follows = self.follows.wrapping_add(1);
    }

    /// Place of a step on the axis: the step itself, or the decimal logarithm of its count from 1.
    #[must_use]
    pub fn place(&self, step: f64) -> f64 {
        if self.logarithmic { (step.max(0.0) + 1.0).log10() } else { step }
    }

    /// The step at a place on the axis.
    #[must_use]
    pub fn step_at(&self, place: f64) -> f64 {
        self.inverse()(place)
    }

    /// What tells the step at a place, without the axis.
    pub fn reader(&self) -> impl Fn(f64) -> u64 + Copy + use<> {
        let step_at = self.inverse();
        move |place| step_at(place).max(0.0).round() as u64
    }

    /// What [`Self::step_at`] tells, without the axis.
    pub fn inverse(&self) -> impl Fn(f64) -> f64 + Copy + use<> {
        let logarithmic = self.logarithmic;
        move |place| if logarithmic { 10f64.powf(place) - 1.0 } else { place }
    }

    /// The places to show.
    #[must_use]
    pub fn places(&self) -> RangeInclusive<f64> {
        let range = self.range();
        self.place(*range.start())..=self.place(*range.end())
    }

    /// The first and last whole step in sight.
    #[must_use]
    pub fn steps(&self) -> (u64, u64) {
        let range = self.range();
        (range.start().max(0.0).floor() as u64, range.end().max(0.0).ceil() as u64)
    }

    /// Whether the axis follows the run.
    #[must_use]
    pub fn is_following(&self) -> bool {
        self.chosen.is_none()
    }

    /// Follows the run again, at its newest steps.
    pub fn follow(&mut self) {
        self.chosen = None;
        self.shows_whole = false;
        self.follows = self.follows.wrapping_add(1);
    }

    /// Follows the run again or, where that is done already, the whole of it and its newest steps by turns.
    pub fn follow_or_show_whole(&mut self) {
        let shows_whole = self.is_following() && !self.shows_whole;
        self.follow();
        self.shows_whole = shows_whole;
    }

    /// How often the run was asked for again: plots forget their own zoom when this changes.
    #[must_use]
    pub fn follows(&self) -> u32 {
        self.follows
    }

    /// Shows what a person has chosen.
    pub fn choose(&mut self, range: RangeInclusive<f64>) {
        let (from, to) = (*range.start(), *range.end());
        // Narrower than a few steps there is nothing to see, and rounding would show.
        if from.is_finite() && to.is_finite() && to - from >= 4.0 {
            self.chosen = Some((from, to));
        }
    }

    /// Shows what a person has chosen, in places.
    pub fn choose_places(&mut self, places: RangeInclusive<f64>) {
        self.choose(self.step_at(*places.start())..=self.step_at(*places.end()));
    }

    /// The step of the past that is shown instead of the present, for a mark in every plot.
    #[must_use]
    pub fn shown_step(&self) -> Option<u64> {
        self.shown
    }

    /// Tells the axis which step of the past is shown.
    pub fn show_step(&mut self, step: Option<u64>) {
        self.shown = step;
    }

    /// Steps that the experiment asks for, for a mark in every plot.
    #[must_use]
    pub fn planned(&self) -> Option<u64> {
        self.planned
    }

    /// Tells the axis how many steps are planned.
    pub fn plan(&mut self, steps: u64) {
        self.planned = Some(steps).filter(|steps| *steps > 0);
    }

    /// Tells the axis how far the run has come.
    pub fn reach(&mut self, step: u64) {
        self.last_step = step as f64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_steps_are_each_others_inverse() {
        let mut axis = TimeAxis::default();
        axis.reach(99_999);
        axis.toggle_logarithmic();
        for step in [0.0, 1.0, 37.0, 1e5] {
            assert!((axis.step_at(axis.place(step)) - step).abs() < 1e-6 * (step + 1.0));
        }
        axis.choose_places(1.0..=2.0);
        assert_eq!(axis.steps(), (9, 99));
    }

    #[test]
    fn follows_until_chosen_and_again_after() {
        let mut axis = TimeAxis::default();
        axis.reach(1000);
        assert_eq!(axis.range(), 0.0..=1015.625);
        axis.choose(100.0..=200.0);
        axis.reach(2000);
        assert_eq!(axis.steps(), (100, 200));
        axis.choose(100.0..=101.0);
        assert_eq!(axis.steps(), (100, 200));
        axis.follow();
        assert!(axis.is_following());
        assert_eq!(axis.range(), 0.0..=2031.25);
    }

    #[test]
    fn a_step_of_the_past_is_in_sight_however_long_the_run_is() {
        let mut axis = TimeAxis::default();
        axis.plan(1_000);
        axis.reach(50_000);
        for step in [0, 10, 25_000, 49_990, 50_000] {
            axis.show_step(Some(step));
            assert!(axis.range().contains(&(step as f64)), "{step} {:?}", axis.range());
        }
        assert_eq!(axis.range(), 49_000.0..=50_015.625, "as the present");
        axis.show_step(Some(25_000));
        assert_eq!(axis.range(), 24_500.0..=25_515.625);
    }

    #[test]
    fn a_run_beyond_its_plan_is_not_compressed() {
        let mut axis = TimeAxis::default();
        axis.plan(1000);
        axis.reach(640);
        assert_eq!(axis.range(), 0.0..=650.0, "what is planned takes no room beforehand");
        axis.reach(50_000);
        assert_eq!(axis.range(), 49_000.0..=50_015.625);
        axis.follow_or_show_whole();
        assert_eq!(axis.range(), 0.0..=50_781.25);
        axis.follow_or_show_whole();
        assert_eq!(axis.range(), 49_000.0..=50_015.625);
        axis.choose(10.0..=20.0);
        axis.follow_or_show_whole();
        assert_eq!(axis.range(), 49_000.0..=50_015.625);
        axis.toggle_logarithmic();
        assert_eq!(axis.range(), 0.0..=50_781.25);
    }
}
