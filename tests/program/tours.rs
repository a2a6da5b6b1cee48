//! Guided tours: each one does what it says, and a file that does not follow the format is refused by its line.

use hebbscope::tour::{
    Action, Block, Guide, LAYOUTS, Observation, PANES, RehearsalError, Statistic, TOURS, Tour, TourError, rehearse,
};
use hebbscope::training::Run;

/// Front matter of the tours below: six lines.
const FRONT: &str = "---\ntitle: T\nshows: S\npaper: P\nminutes: 1\n---\n";

/// An experiment small enough that hundreds of steps take no time.
const SMALL: &str = "::experiment sre model.hidden=[8,8] data.train_examples=200 data.validation_examples=20 \
                     data.input_size=4 data.output_size=3 training.batch_size=20 training.seeds=2 training.steps=5000";

fn parse(stages: &str) -> Result<Tour, TourError> {
    Tour::parse("inline", &format!("{FRONT}{stages}"))
}

fn rehearse_built_in(name: &str) {
    let built_in = TOURS.iter().find(|tour| tour.name == name).expect("a built-in tour");
    let tour = built_in.tour().unwrap_or_else(|e| panic!("{e}"));
    assert!((5..=8).contains(&tour.stages.len()), "{} stages", tour.stages.len());
    let claims: usize = tour.stages.iter().map(|stage| stage.claims.len()).sum();
    assert!(claims >= 4, "only {claims} claims");
    let rehearsal = rehearse(&tour, 1).unwrap_or_else(|e| panic!("{e}"));
    for (title, steps, claims) in &rehearsal.stages {
        println!("{name}: {title}: {steps} steps");
        for claim in claims {
            println!("    {}: {:?}", claim.condition, claim.measured);
        }
    }
}

#[test]
fn weight_decay_does_what_it_says() {
    rehearse_built_in("weight-decay");
}

#[test]
fn noise_does_what_it_says() {
    rehearse_built_in("noise");
}

#[test]
fn oscillations_do_what_they_say() {
    rehearse_built_in("oscillations");
}

#[test]
fn other_rules_do_what_they_say() {
    rehearse_built_in("other-rules");
}

#[test]
fn a_rule_of_one_s_own_does_what_it_says() {
    rehearse_built_in("own-rule");
}

#[test]
fn every_file_of_the_folder_is_built_in_and_has_a_test() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/tours");
    let mut files: Vec<String> = std::fs::read_dir(&folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("readable").path())
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .filter(|name| name != "README")
        .collect();
    files.sort();
    let mut built_in: Vec<&str> = TOURS.iter().map(|tour| tour.name).collect();
    built_in.sort_unstable();
    assert_eq!(files, built_in);
    assert_eq!(
        built_in,
        ["noise", "oscillations", "other-rules", "own-rule", "weight-decay"],
        "one test above for each"
    );
}

/// Figure 19: at stationarity under decay, single neurons of layer 2 turn between Hebbian and anti-Hebbian from one
/// step to the next, and many turn together; in the first hundred steps they do not.
#[test]
fn neurons_turn_at_stationarity_and_not_before() {
    let assignments = ["rule.learning_rate=1", "regularizer.weight_decay=5e-3", "training.seeds=1"].map(str::to_owned);
    let experiment = hebbscope::experiment::resolve("sre", &assignments).expect("valid");
    let mut run = Run::new(experiment, 1).expect("it starts");
    let early = turns(&mut run, 40, 40);
    let late = turns(&mut run, 1000, 40);
    println!("a neuron's sign changes in 40 steps: early {early}, late {late}");
    // Independent signs would change every other step, 20 times.
    assert!(early < 2.0, "{early}");
    assert!(late > 8.0, "{late}");
}

/// Mean over the neurons of layer 2 of how often the sign of the full update's alignment changes in `steps` steps.
fn turns(run: &mut Run, from: u64, steps: usize) -> f32 {
    while run.step() < from {
        run.advance(from - run.step(), false, |_| {});
    }
    let mut signs = Vec::new();
    for _ in 0..=steps {
        let layer = &run.snapshot(1).seeds[0].layers[1];
        let rows = layer.full_update.rows().into_iter().zip(layer.hebbian.rows());
        signs.push(rows.map(|(update, hebbian)| update.dot(&hebbian) > 0.0).collect::<Vec<_>>());
        run.advance(1, false, |_| {});
    }
    let changes = signs.windows(2).flat_map(|pair| pair[0].iter().zip(&pair[1])).filter(|(a, b)| a != b).count();
    changes as f32 / signs[0].len() as f32
}

#[test]
fn mistakes_are_named_with_their_line() {
    let load = format!("## A\ntext\n{SMALL}\n");
    // The stage begins at line 7 of the file, so that what follows `load` stands at line 10.
    let cases = [
        (10, "::dance", "unknown directive '::dance'"),
        (10, "::set regularizer.decay = 1", "unknown field 'regularizer.decay'"),
        (10, "::set regularizer.weight_decay = -1", "weight_decay"),
        (10, "::set regularizer.weight_decay 1", "expected '::set FIELD = VALUE'"),
        (10, "::set model.hidden = [9]", "needs a new run"),
        (10, "::hide noise.sd", "unknown field 'noise.sd'"),
        (10, "::highlight brain", "one of the panes"),
        (10, "::pane brain", "unknown pane 'brain'"),
        (10, "::layout wide", "unknown layout 'wide'"),
        (10, "::rate fast", "must be 'full' or steps a second"),
        (10, "::select layer 4", "K from 1 to 3"),
        (10, "::run now", "takes nothing behind it"),
        (10, "::experiment tre", "unknown experiment 'tre'"),
        (10, "::wait signal_4 > 0.1", "unknown column 'signal_4'"),
        (10, "::expect signall_2 > 0.1 over 10", "unknown column 'signall_2'"),
        (10, "::wait signal_2 = 0.1", "expected 'step >= 600'"),
        (10, "::wait signal_2 > high", "must be a finite number"),
        (10, "::wait steps >= 5 within soon", "within soon"),
        (10, "::wait field model.activation >= 1", "is not a number"),
        (10, "::wait field regularizer.weight_decay >= -1 over 3", "expected 'step >= 600'"),
        (10, "::expect signal_2 between 1 and 0", "must not be the greater"),
        (10, "::expect sd signal_2 > 0", "sd needs the steps"),
        (10, "::ask Which?\n- a\n- b", "exactly one of them"),
        (10, "::ask Which?\n- [x] a", "2 to 9 answers"),
        (10, "::reveal", "below its ::ask"),
        (11, "\n**bold", "not closed"),
        (10, "# Heading", "headings are '## Title'"),
        (10, "## B\n::run", "has no text"),
    ];
    for (line, text, message) in cases {
        let error = parse(&format!("{load}{text}\n")).expect_err(text).to_string();
        assert!(error.starts_with(&format!("inline:{line}: ")), "{text}: {error}");
        assert!(error.contains(message), "{text}: {error}");
    }
    let without = parse("## A\ntext\n::run\n").expect_err("no experiment").to_string();
    assert!(without.starts_with("inline:9: there is no experiment yet"), "{without}");
}

#[test]
fn the_front_matter_is_checked() {
    let cases = [
        ("## A\n", "1: a tour begins with '---'"),
        ("---\ntitle: T\ncolour: red\n---\n", "3: unknown key 'colour'"),
        ("---\ntitle: T\n---\n", "3: 'shows:' is missing"),
        ("---\ntitle:\n---\n", "2: 'title:' has no value"),
        ("---\ntitle: T\nshows: S\npaper: P\nminutes: few\n---\n## A\nb\n", "5: minutes: few"),
        ("---\ntitle: T\nshows: S\npaper: P\nminutes: 1\n---\nlost\n", "7: 'lost' stands before the first stage"),
        ("---\ntitle: T\nshows: S\npaper: P\nminutes: 1\n---\n", "1: the tour has no stage"),
    ];
    for (text, message) in cases {
        let error = Tour::parse("f", text).expect_err(message).to_string();
        assert!(error.starts_with(&format!("f:{message}")), "{error}");
    }
}

#[test]
fn a_false_claim_fails() {
    let tour = parse(&format!("## A\ntext\n{SMALL}\n::run\n::wait steps >= 60\n::expect signal_2 > 0.999 over 50\n"));
    let error = rehearse(&tour.expect("well formed"), 1).expect_err("the claim is false");
    assert!(matches!(error, RehearsalError::Claim { line: 12, measured: Some(_), .. }), "{error}");
}

#[test]
fn a_wait_that_cannot_come_true_fails() {
    let rehearsed = |rest: &str| {
        let tour = parse(&format!("## A\ntext\n{SMALL}\n{rest}")).expect("well formed");
        rehearse(&tour, 1).expect_err("the wait does not come true").to_string()
    };
    let late = rehearsed("::run\n::wait signal_2 > 2 over 10 within 100\n");
    assert!(late.starts_with("inline:11: 'signal_2 > 2 over 10' did not come true within 100 steps"), "{late}");
    let paused = rehearsed("::wait steps >= 5\n");
    assert!(paused.contains("nothing is training"), "{paused}");
    let lost = rehearsed("::set rule.learning_rate = 1e3\n::run\n::wait signal_2 > 2\n");
    assert!(lost.contains("before every seed diverged"), "{lost}");
}

#[test]
fn a_file_is_read_and_a_missing_one_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mine.md");
    std::fs::write(&path, format!("{FRONT}## A\ntext\n::dance\n")).expect("written");
    let error = Tour::read(&path).expect_err("wrong directive").to_string();
    assert!(error.starts_with(&format!("{}:9: ", path.display())), "{error}");
    std::fs::write(&path, format!("{FRONT}## A\ntext\n")).expect("written");
    assert_eq!(Tour::read(&path).expect("well formed").title, "T");
    let missing = Tour::read(&folder.path().join("none.md")).expect_err("missing").to_string();
    assert!(missing.contains("none.md: cannot be read"), "{missing}");
}

/// A run that is whatever the test says.
struct Fake {
    step: u64,
    signal: f64,
    decay: f64,
}

impl Observation for Fake {
    fn step(&self) -> u64 {
        self.step
    }
    fn value_of(&self, _: &str, _: Statistic, _: u64) -> Option<f64> {
        Some(self.signal)
    }
    fn field(&self, _: &str) -> Option<f64> {
        Some(self.decay)
    }
}

fn guide() -> Guide {
    let text = format!(
        "## A\nfirst\n{SMALL} regularizer.weight_decay=0\n::layout teach\n::ask Which?\n- [x] this :: Yes.\n- that\n\
         ::reveal\nhidden\n::run\n::wait signal_2 > 0.5 over 100 then pause\n\
         ## B\nsecond\n- item\n::set noise.weight_sd = 0.1\n::wait field regularizer.weight_decay >= 5e-3\n\
         ::wait signal_2 > 0.5 over 100\n::expect signal_2 > 0.6 over 100\n"
    );
    Guide::new(parse(&text).expect("well formed"))
}

#[test]
fn nothing_is_revealed_or_run_before_the_answer() {
    let mut guide = guide();
    let actions = guide.enter();
    assert!(matches!(&actions[..], [Action::LoadExperiment { .. }, Action::Layout("teach")]), "{actions:?}");
    assert!(guide.revealed().is_none());
    let good = Fake { step: 500, signal: 0.9, decay: 0.0 };
    assert!(guide.observe(&good).is_empty() && !guide.can_go_on());
    assert!(guide.next().is_empty() && guide.place() == (1, 2), "no way on without an answer");
    assert!(guide.answer(2).is_empty() && guide.chosen().is_none(), "there are two answers");
    assert_eq!(guide.answer(1), [Action::Run]);
    assert!(guide.answer(0).is_empty() && guide.chosen() == Some(1), "the first answer counts");
    assert_eq!(guide.score(), (0, 1));
    assert_eq!(
        guide.revealed().map(|blocks| blocks.iter().map(Block::plain).collect()),
        Some(vec!["hidden".to_owned()])
    );
    assert_eq!(guide.observe(&good), [Action::Pause]);
    assert!(guide.observe(&good).is_empty(), "it pauses once");
    assert!(guide.can_go_on());
}

#[test]
fn only_steps_after_a_change_count() {
    let mut guide = guide();
    guide.enter();
    guide.answer(0);
    let at = |step, decay| Fake { step, signal: 0.55, decay };
    guide.observe(&at(99, 0.0));
    assert!(!guide.can_go_on(), "a mean over 100 steps needs 100 steps");
    guide.observe(&at(100, 0.0));
    assert!(guide.can_go_on());
    let actions = guide.next();
    assert!(matches!(&actions[..], [Action::Set { field: "noise.weight_sd", .. }]), "{actions:?}");
    guide.observe(&at(300, 1e-3));
    assert_eq!(
        guide.awaited().and_then(|wait| wait.by_hand()).map(|(field, _)| field),
        Some("regularizer.weight_decay")
    );
    guide.observe(&at(400, 5e-3));
    assert!(guide.waits()[0].holds && !guide.waits()[1].holds, "columns count from the setting on");
    guide.observe(&at(500, 5e-3));
    assert!(guide.can_go_on());
    let claim = &guide.claims()[0];
    assert_eq!((claim.holds, claim.measured), (false, Some(0.55)));
    assert!(guide.next().is_empty() && guide.is_finished());
}

#[test]
fn a_setting_must_stay_until_the_stage_is_done() {
    let mut guide = guide();
    guide.enter();
    guide.skip();
    let at = |step, decay| Fake { step, signal: 0.9, decay };
    guide.observe(&at(10, 5e-3));
    assert!(guide.waits()[0].holds);
    guide.observe(&at(60, 1e-3));
    assert!(!guide.waits()[0].holds, "it was taken back");
    guide.observe(&at(300, 5e-3));
    guide.observe(&at(350, 5e-3));
    assert!(!guide.can_go_on(), "steps count from the setting that stayed");
    guide.observe(&at(400, 5e-3));
    assert!(guide.can_go_on());
    guide.observe(&at(450, 0.0));
    assert!(guide.can_go_on(), "what is done stays done");
}

#[test]
fn a_wait_that_too_much_fulfils_fails_its_rehearsal() {
    let rehearsed = |wait: &str| {
        let stage =
            format!("{SMALL} regularizer.weight_decay=0\n::run\n::wait steps >= 10\n## B\ntext\n::run\n{wait}\n");
        let tour = parse(&format!("## A\ntext\n{stage}")).expect("well formed");
        rehearse(&tour, 1).map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(rehearsed("::wait field regularizer.weight_decay between 5e-3 and 8e-3\n::wait steps >= 20"), Ok(()));
    // The first wait comes true under way and is not taken back by what follows.
    let error =
        rehearsed("::wait field regularizer.weight_decay >= 5e-3\n::wait signal_2 > 2 within 50").expect_err("never");
    assert!(error.contains("signal_2 > 2"), "{error}");
}

#[test]
fn going_back_restores_the_settings() {
    let mut guide = guide();
    assert!(guide.back().is_empty(), "there is no stage before the first");
    guide.enter();
    guide.skip();
    let actions = guide.back();
    let noise = Action::Set { field: "noise.weight_sd", value: toml::Value::Float(0.0) };
    assert!(actions.contains(&noise) && actions.contains(&Action::Layout("teach")), "{actions:?}");
    assert!(!actions.iter().any(|action| matches!(action, Action::LoadExperiment { .. })), "the run goes on");
    assert_eq!(guide.place(), (1, 2));
}

#[test]
fn names_are_told_to_the_window_once() {
    for list in [PANES, LAYOUTS] {
        let mut names = list.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), list.len());
    }
}
