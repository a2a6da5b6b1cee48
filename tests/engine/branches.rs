//! Twins: what is shared stays shared, what differs is exactly what was changed.

use hebbscope::experiment::{Experiment, RuleKind, with_assignment};
use hebbscope::record::{Intervention, Row, Snapshot, SnapshotWriter, Target};
use hebbscope::training::{Branch, Run};

fn experiment(rule: RuleKind) -> Experiment {
    let mut experiment = Experiment::default();
    experiment.data.train_examples = 120;
    experiment.data.validation_examples = 20;
    experiment.data.input_size = 8;
    experiment.data.output_size = 4;
    experiment.model.hidden = vec![6];
    experiment.rule.kind = rule;
    experiment.rule.learning_rate = 0.01;
    experiment.training.batch_size = 10;
    experiment.training.steps = Some(400);
    experiment.training.seeds = 2;
    experiment.noise.weight_sd = 1e-3;
    experiment.measure.window = 10;
    experiment
}

fn advance_to(run: &mut Run, step: u64, rows: &mut [Vec<Row>; 2]) {
    while run.step() < step {
        let left = step - run.step();
        run.advance_branches(left.min(7), false, |branch, row| rows[usize::from(branch == Branch::B)].push(row));
    }
}

fn set(run: &mut Run, field: &str, value: impl Into<toml::Value>, twin: Option<&str>) {
    let target = twin.map(|name| Target { layer: None, twin: Some(name.into()) });
    run.set(field, value.into(), target).expect("allowed").expect("another value");
}

/// Text tells all bits of an f32 apart, and NaN equals NaN.
fn text(rows: &[Row]) -> String {
    rows.iter().map(|row| format!("{row:?}\n")).collect()
}

fn weights(run: &mut Run, branch: Branch) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a.npz");
    run.write_snapshot(branch, 9, SnapshotWriter::create(&path).expect("created")).expect("written");
    format!("{:?}", Snapshot::read(&path).expect("read").seeds)
}

#[test]
fn a_twin_without_a_change_follows_its_original_bit_for_bit() {
    for rule in [RuleKind::Sgd, RuleKind::Adam] {
        let mut run = Run::new(experiment(rule), 2).expect("valid");
        let mut rows = [Vec::new(), Vec::new()];
        advance_to(&mut run, 33, &mut rows);
        rows = [Vec::new(), Vec::new()];
        run.fork(&[]).expect("a fork");
        advance_to(&mut run, 150, &mut rows);
        set(&mut run, "training.batch_size", 24, None);
        advance_to(&mut run, 200, &mut rows);
        set(&mut run, "rule.learning_rate", 0.02, None);
        advance_to(&mut run, 333, &mut rows);
        assert_eq!(rows[0].len(), 600);
        assert!(text(&rows[0]) == text(&rows[1]), "{rule:?}");
        assert!(weights(&mut run, Branch::A) == weights(&mut run, Branch::B), "{rule:?}");
        assert_eq!(run.interventions_of(Branch::A), run.interventions_of(Branch::B));

        // And the original is as it would have been alone.
        let mut alone = Run::new(experiment(rule), 1).expect("valid");
        let mut expected = [Vec::new(), Vec::new()];
        advance_to(&mut alone, 150, &mut expected);
        set(&mut alone, "training.batch_size", 24, None);
        advance_to(&mut alone, 200, &mut expected);
        set(&mut alone, "rule.learning_rate", 0.02, None);
        advance_to(&mut alone, 333, &mut expected);
        assert!(text(&expected[0][66..]) == text(&rows[0]), "{rule:?}");
    }
}

#[test]
fn a_changed_twin_is_the_run_with_that_intervention() {
    let mut run = Run::new(experiment(RuleKind::Adam), 2).expect("valid");
    let mut rows = [Vec::new(), Vec::new()];
    advance_to(&mut run, 40, &mut rows);
    let made = run.fork(&[("regularizer.weight_decay".into(), 0.3.into())]).expect("a fork");
    assert_eq!(made[0].target.as_ref().and_then(|t| t.twin.as_deref()), Some("B"));
    advance_to(&mut run, 60, &mut rows);
    set(&mut run, "noise.weight_sd", 0.01, Some("B"));
    set(&mut run, "rule.learning_rate", 0.02, Some("A"));
    set(&mut run, "training.batch_size", 12, Some("A"));
    advance_to(&mut run, 100, &mut rows);
    assert_eq!(run.experiment_of(Branch::B).training.batch_size, 12, "what is compiled is shared");

    for (branch, found) in [Branch::A, Branch::B].into_iter().zip(&rows) {
        let record = run.interventions_of(branch).to_vec();
        assert!(record.iter().all(|i| i.target.is_none()), "it repeats by itself");
        assert_eq!(record.len(), if branch == Branch::A { 2 } else { 3 });
        let mut alone = Run::new(experiment(RuleKind::Adam), 1).expect("valid");
        let mut expected = [Vec::new(), Vec::new()];
        for change in record {
            advance_to(&mut alone, change.step, &mut expected);
            let value = toml::Value::try_from(&change.new).expect("a number");
            alone.set(&change.field, value, change.target).expect("allowed").expect("another value");
        }
        advance_to(&mut alone, 100, &mut expected);
        let from = if branch == Branch::A { 0 } else { 80 };
        assert!(text(&expected[0][from..]) == text(found), "{branch:?}");
        assert!(weights(&mut alone, Branch::A) == weights(&mut run, branch), "{branch:?}");
    }
    assert!(text(&rows[0][80..]) != text(&rows[1]), "the change does something");

    // Either may go on alone.
    let kept = weights(&mut run, Branch::B);
    let settings = run.experiment_of(Branch::B).clone();
    assert!(run.end_twin(Branch::B));
    assert_eq!((*run.experiment() == settings, run.twin().is_none(), run.interventions().len()), (true, true, 3));
    assert_eq!(weights(&mut run, Branch::A), kept);
    assert!(!run.end_twin(Branch::A));
}

#[test]
fn what_is_common_to_twins_cannot_differ() {
    let mut run = Run::new(experiment(RuleKind::Sgd), 1).expect("valid");
    let decay = ("regularizer.weight_decay".to_owned(), toml::Value::from(0.3));
    for (field, value) in [
        ("training.batch_size", 20.into()),
        ("model.hidden", toml::Value::Array(vec![3.into()])),
        ("measure.every", 2.into()),
        ("data.target_noise_sd", 0.1.into()),
    ] {
        let error = run.fork(&[decay.clone(), (field.into(), value)]).expect_err("refused").to_string();
        assert!(error.contains(field) && error.contains("the same data, batches and columns"), "{error}");
    }
    // Each by itself is allowed, and both together are not a rule.
    let fields = toml::Table::from_iter([("kind".to_owned(), "custom".into()), ("signal".to_owned(), "pre *".into())]);
    let error = run.fork(&[decay.clone(), ("rule".into(), fields.into())]).expect_err("refused").to_string();
    assert!(error.contains("rule.signal"), "{error}");
    let error = run.fork(&[("rule.learning_rate".into(), (-1.0).into())]).expect_err("refused").to_string();
    assert!(error.contains("rule.learning_rate = -1"), "{error}");
    assert!(run.twin().is_none() && run.interventions().is_empty());
    let target = Some(Target { layer: None, twin: Some("B".into()) });
    let error = run.set("rule.learning_rate", 0.5.into(), target).expect_err("refused").to_string();
    assert!(error.contains("no twin 'B'"), "{error}");

    run.fork(&[decay]).expect("a fork");
    run.advance(5, false, |_| {});
    run.fork(&[]).expect("another in its place");
    assert_eq!(run.executor().replicas().len(), 4);
    assert_eq!(run.twin().map(|twin| (twin.forked_at, twin.experiment == *run.experiment())), Some((5, true)));
    run.set("training.seeds", 1.into(), None).expect("allowed");
    assert_eq!(run.executor().replicas().iter().map(|r| r.seed).collect::<Vec<_>>(), [0, 0]);
}

/// What both have in any case is refused where one of both cannot take it, and changes neither.
#[test]
fn what_one_of_both_cannot_take_is_not_made_the_other_s_where_it_is_common() {
    for (fork, kept) in [("true", "false"), ("false", "true")] {
        let mut e = experiment(RuleKind::Sgd);
        e.model.batch_norm = kept == "true";
        let mut run = Run::new(e, 1).expect("valid");
        run.advance(5, false, |_| {});
        run.fork(&parsed(&[("model.batch_norm", fork)])).expect("a fork");
        let before = [Branch::A, Branch::B].map(|branch| run.interventions_of(branch).clone());
        let error = run.set("training.batch_size", 1.into(), None).expect_err("of one of both").to_string();
        assert!(error.contains("training.batch_size = 1") && error.contains("batch_norm"), "{error}");
        for (branch, before) in [Branch::A, Branch::B].into_iter().zip(before) {
            assert_eq!(run.experiment_of(branch).training.batch_size, 10);
            assert_eq!(run.interventions_of(branch), &before);
        }
        run.advance(5, false, |_| {});
    }
}

#[test]
fn a_checkpoint_goes_back_bit_for_bit() {
    for rule in [RuleKind::Sgd, RuleKind::Adam, RuleKind::RandomNn] {
        let mut run = Run::new(experiment(rule), 2).expect("valid");
        let mut rows = [Vec::new(), Vec::new()];
        advance_to(&mut run, 25, &mut rows);
        run.fork(&[("noise.weight_sd".into(), 0.02.into())]).expect("a fork");
        advance_to(&mut run, 57, &mut rows);
        let checkpoint = run.checkpoint();
        assert!(checkpoint.bytes() > 4 * 4 * (6 * 8 + 4 * 6), "{}", checkpoint.bytes());
        let course = |run: &mut Run| {
            let mut rows = [Vec::new(), Vec::new()];
            advance_to(run, 70, &mut rows);
            set(run, "training.batch_size", 17, None);
            set(run, "model.activation", "relu", None);
            advance_to(run, 90, &mut rows);
            set(run, "training.seeds", 1, None);
            set(run, "rule.learning_rate", 0.03, Some("B"));
            advance_to(run, 120, &mut rows);
            [text(&rows[0]), text(&rows[1]), weights(run, Branch::A), weights(run, Branch::B)]
        };
        let first = course(&mut run);
        let done = run.course();
        let (experiment, interventions) = (run.experiment().clone(), run.interventions().to_vec());
        run.restore(&checkpoint).expect("threads");
        assert_eq!((run.step(), run.seeds().len(), run.interventions().len()), (57, 2, 0));
        assert!(course(&mut run) == first, "{rule:?}: run again by hand");

        run.restore(&checkpoint).expect("threads");
        assert!(run.follow(&done, 120, || true).expect("it went before"));
        assert_eq!((run.experiment(), run.interventions().to_vec()), (&experiment, interventions));
        assert!([weights(&mut run, Branch::A), weights(&mut run, Branch::B)] == first[2..], "{rule:?}: repeated");

        // A restoration without a change of the program, in place.
        run.restore(&checkpoint).expect("threads");
        run.advance(3, false, |_| {});
        run.restore(&checkpoint).expect("threads");
        assert!(course(&mut run) == first, "{rule:?}: in place");
    }
}

/// From the very start, through the fork and what was done to each twin.
#[test]
fn a_course_repeats_a_fork() {
    let mut run = Run::new(experiment(RuleKind::Adam), 2).expect("valid");
    let start = run.checkpoint();
    let mut rows = [Vec::new(), Vec::new()];
    set(&mut run, "noise.weight_sd", 0.002, None);
    advance_to(&mut run, 20, &mut rows);
    set(&mut run, "rule.learning_rate", 0.02, None);
    run.fork(&[("regularizer.weight_decay".into(), 0.1.into())]).expect("a fork");
    set(&mut run, "rule.learning_rate", 0.03, Some("A"));
    set(&mut run, "training.batch_size", 15, None);
    set(&mut run, "rule.learning_rate", 0.04, Some("B"));
    advance_to(&mut run, 44, &mut rows);
    let [a, b] = [Branch::A, Branch::B].map(|branch| weights(&mut run, branch));
    let (course, twin) = (run.course(), format!("{:?}", run.twin()));
    run.restore(&start).expect("threads");
    assert!(run.follow(&course, 44, || true).expect("it went before"));
    assert!([Branch::A, Branch::B].map(|branch| weights(&mut run, branch)) == [a, b]);
    assert_eq!(format!("{:?}", run.twin()).len(), twin.len());
}

/// What gives a twin a compiled step of its own: another rule, memories of Adam, gains and shifts, fewer connections,
/// running averages of a written rule.
const APART: [&[(&str, &str)]; 5] = [
    &[("rule.kind", "'hebb'")],
    &[("regularizer.weight_decay", "0.02"), ("rule.optimizer", "'adam'")],
    &[("model.batch_norm", "true"), ("model.activation", "'relu'")],
    &[("model.sparsity", "0.5"), ("rule.optimizer", "'adam'"), ("noise.weight_mode", "'transient'")],
    &[("rule", WRITTEN)],
];

const WRITTEN: &str = "{ kind = 'custom', signal = 'k * act * (act - theta) * pre', parameters = { k = 0.5 }, \
                       state = { theta = { of = 'act^2', rate = 0.05, start = 0.1 } } }";

fn parsed(changes: &[(&str, &str)]) -> Vec<(String, toml::Value)> {
    let value = |text: &str| format!("v = {text}").parse::<toml::Table>().expect("TOML")["v"].clone();
    changes.iter().map(|(path, text)| ((*path).to_owned(), value(text))).collect()
}

/// A run that does by itself what a twin's record has, and its rows.
fn repeated(rule: RuleKind, record: &[Intervention], until: u64) -> (Run, Vec<Row>) {
    let mut alone = Run::new(experiment(rule), 1).expect("valid");
    let mut rows = [Vec::new(), Vec::new()];
    for change in record {
        advance_to(&mut alone, change.step, &mut rows);
        let value = toml::Value::try_from(&change.new).expect("a value");
        alone.set(&change.field, value, change.target.clone()).expect("allowed").expect("another value");
    }
    advance_to(&mut alone, until, &mut rows);
    let [rows, _] = rows;
    (alone, rows)
}

#[test]
fn a_twin_with_a_step_of_its_own_is_the_run_that_changed_there() {
    for changes in APART {
        let mut run = Run::new(experiment(RuleKind::Sgd), 2).expect("valid");
        let mut rows = [Vec::new(), Vec::new()];
        advance_to(&mut run, 33, &mut rows);
        let made = run.fork(&parsed(changes)).unwrap_or_else(|error| panic!("{changes:?}: {error}"));
        assert_eq!((made.len(), run.executor().replicas().len()), (changes.len(), 2), "{changes:?}");
        assert!(!std::sync::Arc::ptr_eq(run.program_of(Branch::A), run.program_of(Branch::B)));
        advance_to(&mut run, 60, &mut rows);
        set(&mut run, "rule.learning_rate", 0.02, None);
        set(&mut run, "regularizer.weight_decay", 0.1, Some("B"));
        advance_to(&mut run, 75, &mut rows);
        set(&mut run, "noise.weight_sd", 0.01, Some("A"));
        set(&mut run, "training.batch_size", 24, None);
        advance_to(&mut run, 100, &mut rows);
        assert_eq!(rows[1].len(), 2 * 67);
        for (branch, found) in [Branch::A, Branch::B].into_iter().zip(&rows) {
            let (mut alone, expected) = repeated(RuleKind::Sgd, run.interventions_of(branch), 100);
            assert!(text(&expected[expected.len() - found.len()..]) == text(found), "{changes:?}: {branch:?}");
            assert!(weights(&mut alone, Branch::A) == weights(&mut run, branch), "{changes:?}: {branch:?}");
            assert!(alone.experiment() == run.experiment_of(branch), "{changes:?}: {branch:?}");
        }
        assert!(text(&rows[0][66..]) != text(&rows[1]), "{changes:?} does something");
        // It may go on alone, and loses seeds like any run.
        let kept = weights(&mut run, Branch::B);
        assert!(run.end_twin(Branch::B) && run.twin().is_none());
        assert_eq!(weights(&mut run, Branch::A), kept);
        let (_, expected) = repeated(RuleKind::Sgd, run.interventions(), 130);
        let mut further = [Vec::new(), Vec::new()];
        advance_to(&mut run, 130, &mut further);
        assert!(text(&expected[200..]) == text(&further[0]), "{changes:?}: alone");
    }
}

/// Weights that have not moved are the same under every rule: the twin of a run that has learnt nothing is a run that was
/// like the twin from the first step on, with its constants: feedback weights, rates of decay, what is missing and frozen.
#[test]
fn a_twin_of_a_run_that_stood_still_is_a_run_of_its_own() {
    let hebb = ("rule.kind", "'hebb'");
    for (of_both, change) in [
        (("model.bias", "true"), hebb),
        (("rule.kind", "'dfa'"), ("rule.feedback_scale", "3.0")),
        (("model.frozen", "0.2"), ("model.frozen", "0.6")),
        (("regularizer.decay_spread", "2.0"), ("regularizer.decay_spread", "4.0")),
        (("rule.kind", "'dfa'"), ("model.sparsity", "0.5")),
        (("rule.kind", "'random_nn'"), ("rule.random_nn_outputs", "3")),
        (("model.batch_norm", "true"), ("training.loss_scale", "0.5")),
    ] {
        let start = |changes: &[(&str, &str)]| {
            let mut still = experiment(RuleKind::Sgd);
            (still.rule.learning_rate, still.noise.weight_sd) = (0.0, 0.0);
            let set = |now, (path, value): (String, toml::Value)| with_assignment(&now, &path, value).expect("valid");
            Run::new(parsed(changes).into_iter().fold(still, set), 1).expect("valid")
        };
        let (mut run, mut alone) = (start(&[of_both]), start(&[of_both, change]));
        let (mut rows, mut expected) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
        advance_to(&mut run, 30, &mut rows);
        advance_to(&mut alone, 30, &mut expected);
        run.fork(&parsed(&[change])).expect("a fork");
        for run in [&mut run, &mut alone] {
            set(run, "rule.learning_rate", 0.01, None);
            set(run, "noise.weight_sd", 0.01, None);
            set(run, "noise.input_sd", 0.1, None);
        }
        advance_to(&mut run, 120, &mut rows);
        advance_to(&mut alone, 120, &mut expected);
        assert!(text(&expected[0][60..]) == text(&rows[1]), "{change:?}");
        assert!(weights(&mut alone, Branch::A) == weights(&mut run, Branch::B), "{change:?}");
        assert!(text(&rows[0][60..]) != text(&rows[1]), "{change:?} does something");
    }
}

/// A number of a rule that one twin has, beside one that both have; and a rule that both come to have in the end.
#[test]
fn what_one_of_both_can_take_is_set_there() {
    let mut run = Run::new(experiment(RuleKind::Sgd), 1).expect("valid");
    run.advance(5, false, |_| {});
    run.fork(&parsed(&[("rule", WRITTEN)])).expect("a fork");
    let made = run.set("rule.parameters.k", 0.25.into(), None).expect("allowed").expect("another value");
    assert_eq!(made.target.and_then(|target| target.twin).as_deref(), Some("B"));
    assert_eq!([Branch::A, Branch::B].map(|branch| run.interventions_of(branch).len()), [0, 2]);
    let error = run.set("rule.parameters.q", 0.25.into(), None).expect_err("neither has it").to_string();
    assert!(error.contains("rule.parameters.q"), "{error}");
    run.set("training.batch_size", 12.into(), None).expect("allowed");
    assert_eq!(run.experiment_of(Branch::B).training.batch_size, 12);
    for branch in [Branch::A, Branch::B] {
        run.advance(5, false, |_| {});
        set(&mut run, "rule.kind", "oja", Some(branch.name()));
    }
    let [a, b] = [Branch::A, Branch::B].map(|branch| run.experiment_of(branch).clone());
    assert!(a.rule.parameters.is_empty() && !b.rule.parameters.is_empty());
    set(&mut run, "rule", toml::Value::Table(a.rule.fields()), Some("B"));
    // One compiled step serves both again.
    assert_eq!(run.experiment_of(Branch::A), run.experiment_of(Branch::B));
    assert_eq!(run.executor().replicas().len(), 4);
}

#[test]
fn going_back_repeats_twins_with_steps_of_their_own() {
    for changes in APART {
        let mut run = Run::new(experiment(RuleKind::Adam), 2).expect("valid");
        let start = run.checkpoint();
        let mut rows = [Vec::new(), Vec::new()];
        advance_to(&mut run, 25, &mut rows);
        if let Err(error) = run.fork(&parsed(changes)) {
            // Adam goes through Adam already.
            assert!(error.to_string().contains("rule.optimizer"), "{changes:?}: {error}");
            run.fork(&parsed(&[("rule.kind", "'oja'")])).expect("a fork");
        }
        advance_to(&mut run, 41, &mut rows);
        let checkpoint = run.checkpoint();
        let course = |run: &mut Run| {
            let mut rows = [Vec::new(), Vec::new()];
            advance_to(run, 50, &mut rows);
            set(run, "training.batch_size", 17, None);
            set(run, "model.batch_norm", true, Some("A"));
            advance_to(run, 63, &mut rows);
            set(run, "training.seeds", 1, None);
            set(run, "rule.kind", "dfa", Some("B"));
            set(run, "rule.learning_rate", 0.03, None);
            advance_to(run, 80, &mut rows);
            [text(&rows[0]), text(&rows[1]), weights(run, Branch::A), weights(run, Branch::B)]
        };
        let first = course(&mut run);
        let (done, settings) = (run.course(), [Branch::A, Branch::B].map(|branch| run.experiment_of(branch).clone()));
        run.restore(&checkpoint).expect("threads");
        assert!(course(&mut run) == first, "{changes:?}: run again by hand");
        for (from, step) in [(&checkpoint, 41), (&start, 0)] {
            run.restore(from).expect("threads");
            assert_eq!((run.step(), run.seeds().len(), run.twin().is_some()), (step, 2, step > 0));
            assert!(run.follow(&done, 80, || true).expect("it went before"));
            let again = [Branch::A, Branch::B].map(|branch| weights(&mut run, branch));
            assert!(again == first[2..], "{changes:?}: repeated from step {step}");
            assert!([Branch::A, Branch::B].map(|branch| run.experiment_of(branch).clone()) == settings);
        }
        // In place, without a change of the programs.
        run.restore(&checkpoint).expect("threads");
        run.advance(3, false, |_| {});
        run.restore(&checkpoint).expect("threads");
        assert!(course(&mut run) == first, "{changes:?}: in place");
    }
}
