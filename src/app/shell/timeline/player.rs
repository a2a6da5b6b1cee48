//! Playing the past: which step is looked at next, and whether that keeps pace.
//!
//! A step is shown once the trainer has repeated it, and only then is the next one asked for: what is played never piles up,
//! and a machine that is too slow for a speed shows fewer steps and says so.

use std::time::{Duration, Instant};

/// Steps a second that can be chosen; chosen here.
pub const SPEEDS: [f64; 9] = [1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1_000.0, 3_000.0, 10_000.0];

/// Seconds in which the whole past is played where nobody has chosen a speed; chosen here.
const WHOLE: f64 = 20.0;

/// Most time between two pictures that is made up for; a longer wait slows the play down.
const MOST: Duration = Duration::from_millis(250);

/// Time over which the pace is measured.
const MEASURED: Duration = Duration::from_millis(1_500);

/// Share of the speed below which it is said not to be kept.
const KEPT: f64 = 0.8;

/// Which way the past is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// As it was.
    Forwards,
    /// From the present to the beginning.
    Backwards,
}

/// What is to be shown next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// A step of the past.
    Step(u64),
    /// The present: the play has come to its end.
    Present,
}

/// Where the window is in the run.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// The step of the past that is shown; `None` for the present.
    pub shown: Option<u64>,
    /// The newest step.
    pub last: u64,
    /// Whether what was asked for last is shown.
    pub has_arrived: bool,
}

/// Plays the past.
#[derive(Debug, Default)]
pub struct Player {
    speed: Option<f64>,
    playing: Option<Playing>,
}

#[derive(Debug)]
struct Playing {
    direction: Direction,
    /// Where the play is, between steps.
    at: f64,
    /// The step that was asked for last.
    asked: u64,
    since: Instant,
    pace: Pace,
}

/// What part of the time is made up for.
#[derive(Debug)]
struct Pace {
    from: Instant,
    played: Duration,
    /// Of the last time that was measured.
    share: f64,
}

impl Player {
    /// Steps a second, of a past of `last` steps.
    #[must_use]
    pub fn speed(&self, last: u64) -> f64 {
        let wanted = (last as f64 / WHOLE).max(SPEEDS[0]);
        let near = |speed: &f64| (speed / wanted).ln().abs();
        let usual = SPEEDS.into_iter().min_by(|a, b| near(a).total_cmp(&near(b)));
        self.speed.or(usual).unwrap_or(SPEEDS[0])
    }

    /// Plays at that many steps a second from here on.
    pub fn set_speed(&mut self, speed: f64) {
        self.speed = Some(speed);
    }

    /// Which way is played; `None` while nothing is.
    #[must_use]
    pub fn direction(&self) -> Option<Direction> {
        self.playing.as_ref().map(|playing| playing.direction)
    }

    /// Steps a second that are reached, where the speed is not kept.
    #[must_use]
    pub fn slower(&self, last: u64) -> Option<f64> {
        let share = self.playing.as_ref()?.pace.share;
        (share < KEPT).then(|| share * self.speed(last))
    }

    /// Stays at the step that is shown.
    pub fn stop(&mut self) {
        self.playing = None;
    }

    /// Begins to play, from the step that is shown; from the present forwards the whole past again. The step to show first,
    /// if there is any way to go.
    pub fn start(&mut self, direction: Direction, seen: Seen, now: Instant) -> Option<u64> {
        let shown = seen.shown.filter(|&step| step < seen.last);
        let from = match direction {
            Direction::Forwards => shown.unwrap_or(0),
            Direction::Backwards => seen.shown.unwrap_or(seen.last).min(seen.last),
        };
        self.playing = None;
        if seen.last == 0 || (direction == Direction::Backwards && from == 0) {
            return None;
        }
        let pace = Pace { from: now, played: Duration::ZERO, share: 1.0 };
        self.playing = Some(Playing { direction, at: from as f64, asked: from, since: now, pace });
        Some(from)
    }

    /// What is to be shown at `now`, if it is something else than what is.
    pub fn next(&mut self, seen: Seen, now: Instant) -> Option<Next> {
        let speed = self.speed(seen.last);
        let playing = self.playing.as_mut()?;
        // Somebody went elsewhere, or trains.
        if seen.shown != Some(playing.asked) {
            self.playing = None;
            return None;
        }
        if !seen.has_arrived {
            return None;
        }
        let waited = now.saturating_duration_since(playing.since);
        let played = waited.min(MOST);
        playing.since = now;
        playing.pace.add(played, now);
        let way = speed * played.as_secs_f64();
        let step = match playing.direction {
            Direction::Forwards => {
                playing.at += way;
                playing.at.floor()
            }
            Direction::Backwards => {
                playing.at -= way;
                playing.at.ceil()
            }
        };
        if playing.direction == Direction::Forwards && step >= seen.last as f64 {
            self.playing = None;
            return Some(Next::Present);
        }
        let step = step.max(0.0) as u64;
        let moved = step != playing.asked;
        playing.asked = step;
        if playing.direction == Direction::Backwards && step == 0 {
            self.playing = None;
        }
        moved.then_some(Next::Step(step))
    }
}

impl Pace {
    fn add(&mut self, played: Duration, now: Instant) {
        self.played += played;
        let whole = now.saturating_duration_since(self.from);
        if whole >= MEASURED {
            self.share = self.played.as_secs_f64() / whole.as_secs_f64();
            (self.from, self.played) = (now, Duration::ZERO);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAST: u64 = 1_000;

    /// Plays for `seconds`, each picture taking `picture`; the steps that were shown, and whether the present was reached.
    fn play(player: &mut Player, from: Option<u64>, direction: Direction, picture: f64, seconds: f64) -> Vec<Next> {
        let begin = Instant::now();
        let mut shown = from;
        let seen = |shown, has_arrived| Seen { shown, last: LAST, has_arrived };
        shown = player.start(direction, seen(shown, true), begin).map_or(shown, Some);
        let mut all = Vec::new();
        let mut time = 0.0;
        while time < seconds {
            // Frames come while a picture is under way, and nothing more is asked for.
            assert_eq!(player.next(seen(shown, false), begin + Duration::from_secs_f64(time + picture / 2.0)), None);
            time += picture;
            if let Some(next) = player.next(seen(shown, true), begin + Duration::from_secs_f64(time)) {
                shown = match next {
                    Next::Step(step) => Some(step),
                    Next::Present => None,
                };
                all.push(next);
            }
        }
        all
    }

    #[test]
    fn a_second_of_play_is_as_many_steps_as_its_speed_says() {
        let mut player = Player::default();
        player.set_speed(100.0);
        for (direction, end) in [(Direction::Forwards, 500), (Direction::Backwards, 300)] {
            let shown = play(&mut player, Some(400), direction, 0.05, 1.0);
            assert_eq!(shown.len(), 20, "{shown:?}");
            // Times add up to a second but for their rounding, which may be that of a step.
            assert!(matches!(shown.last(), Some(Next::Step(step)) if step.abs_diff(end) <= 1), "{shown:?}");
        }
        assert_eq!(player.slower(LAST), None);
    }

    #[test]
    fn play_ends_at_both_ends_and_from_the_present_it_is_the_whole_past() {
        let mut player = Player::default();
        player.set_speed(1_000.0);
        let shown = play(&mut player, None, Direction::Forwards, 0.1, 2.0);
        assert!(matches!(shown.first(), Some(Next::Step(99..=101))), "{shown:?}");
        assert_eq!((shown.last(), player.direction()), (Some(&Next::Present), None));
        let shown = play(&mut player, None, Direction::Backwards, 0.1, 2.0);
        assert_eq!((shown.last(), player.direction()), (Some(&Next::Step(0)), None));
        let seen = Seen { shown: Some(0), last: LAST, has_arrived: true };
        assert_eq!(player.start(Direction::Backwards, seen, Instant::now()), None, "there is nothing before");
    }

    #[test]
    fn pictures_that_take_long_slow_it_down_and_that_is_said() {
        let mut player = Player::default();
        player.set_speed(100.0);
        let shown = play(&mut player, Some(0), Direction::Forwards, 1.0, 4.0);
        // Of each second a quarter is made up for.
        assert_eq!(shown, [25, 50, 75, 100].map(Next::Step));
        assert!(player.slower(LAST).is_some_and(|speed| (speed - 25.0).abs() < 1e-6), "{:?}", player.slower(LAST));
    }

    #[test]
    fn whoever_goes_elsewhere_ends_it() {
        let mut player = Player::default();
        let begin = Instant::now();
        let seen = |shown| Seen { shown, last: LAST, has_arrived: true };
        for elsewhere in [Some(900), None] {
            player.start(Direction::Forwards, seen(Some(10)), begin);
            assert_eq!(player.next(seen(elsewhere), begin), None);
            assert_eq!(player.direction(), None);
        }
    }

    #[test]
    fn a_long_past_is_played_faster() {
        let player = Player::default();
        assert_eq!([0, 200, 2_000, 60_000].map(|last| player.speed(last)), [1.0, 10.0, 100.0, 3_000.0]);
    }
}
