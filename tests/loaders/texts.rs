//! Texts: configurations, share strings, rules, tours, lists of changes.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use hebbscope::experiment::{Experiment, PRESETS, Purpose, from_toml, resolve, resolve_for};
use hebbscope::expression::library::KNOWN;
use hebbscope::expression::{Rule, RuleText, parse};
use hebbscope::record::read_interventions;
use hebbscope::share::{decode, encode, parse_intervention};
use hebbscope::sweep::Grid;
use hebbscope::tour::{TOURS, Tour};
use hebbscope::training::{measured_columns, rehearse};
use sha2::Digest;

use super::{Loader, in_mode, is_small, mode, no_claims, tiny, written};

/// A configuration, whole; or assignments to a preset's, one a line.
pub const CONFIGURATION: Loader =
    Loader { name: "configuration", load: configuration, seeds: configurations, claims: sizes };

fn configuration(input: &[u8]) -> bool {
    let (mode, rest) = mode(input, 2);
    let Ok(text) = std::str::from_utf8(rest) else { return false };
    let resolved = if mode == 0 {
        from_toml("input", text)
    } else {
        let (preset, lines) = text.split_once('\n').unwrap_or((text, ""));
        // What is no preset is a file, and files have a mode of their own.
        if PRESETS.iter().all(|known| known.name != preset) {
            return false;
        }
        let lines: Vec<String> = lines.lines().map(str::to_owned).collect();
        resolve(preset, &lines)
    };
    let Ok(experiment) = resolved else { return false };
    used(&experiment);
    true
}

/// What a program does with an experiment before it trains it.
fn used(experiment: &Experiment) {
    let again = from_toml("its own form", &experiment.to_toml()).expect("what was read is written so that it is read");
    assert_eq!(&again, experiment);
    assert_eq!(experiment.config_hash(), again.config_hash());
    let _ = (experiment.to_commented_toml(), experiment.total_steps(), experiment.sizes());
    if is_small(experiment) {
        let _ = measured_columns(experiment);
    }
    if experiment.sweep.is_some()
        && let Ok(grid) = Grid::new(experiment)
    {
        let last = grid.cells() - 1;
        let _ = (grid.describe(last), grid.key(last), grid.names().len());
    }
}

fn configurations() -> Vec<Vec<u8>> {
    let names = ["sre", "fig4-quick", "rule-bcm", "cnn", "sre-transformer", "sre-random-nn", "mlp-1m", "resnet-18"];
    let presets = PRESETS.iter().filter(|preset| names.contains(&preset.name));
    let mut seeds: Vec<_> = presets.map(|preset| in_mode(0, preset.toml.as_bytes())).collect();
    let whole = resolve_for(Purpose::Grid, "fig4-quick", &[]).expect("a preset").experiment.to_toml();
    seeds.push(in_mode(0, whole.as_bytes()));
    for lines in [
        "sre\nmodel.hidden=[3, 5]\nrule.kind=hebb\ntraining.steps=100\nregularizer.weight_decay=5e-3",
        "sre\nrule.kind=custom\nrule.signal=k * post * pre\nrule.parameters.k=0.5\nrule.state.t.of=act\nrule.state.t.rate=0.1",
        "fig4-quick\nsweep.x=rule.kind\nsweep.x_values=[\"sgd\", \"hebb\"]\nsweep.y_points=3",
        "digits\nmodel.parameters=1e5\nmodel.depth_layers=4",
        "cnn\nmodel.channels=[4, 8]\nmodel.kernel=5\nmodel.padding=2\ndata.image=[3, 32, 32]",
    ] {
        seeds.push(in_mode(1, lines.as_bytes()));
    }
    seeds
}

fn sizes() -> Vec<Vec<u8>> {
    let assigned = |lines: &str| in_mode(1, lines.as_bytes());
    vec![
        assigned("sre\nmodel.hidden=[1000000000000, 1000000000000]"),
        assigned("sre\nmodel.parameters=1e15\nmodel.depth_layers=1000000000000"),
        assigned("sre\ntraining.seeds=1000000000000"),
        assigned("sre\ndata.train_examples=1000000000000"),
        assigned("sre-transformer\ndata.vocabulary=1000000000000"),
        assigned("cnn\ndata.image=[3, 1000000000, 1000000000]"),
        assigned("resnet-18\nmodel.blocks=[1000000000000, 2, 2, 2]"),
        assigned("fig4-quick\nsweep.x_points=1000000000000"),
        assigned("fig4-quick\nsweep.x_points=100000\nsweep.y_points=100000"),
    ]
}

/// A share string; or what is inside one.
pub const SHARE: Loader = Loader { name: "share", load: share, seeds: shares, claims: shared_sizes };

fn share(input: &[u8]) -> bool {
    let (mode, rest) = mode(input, 2);
    let Ok(text) = std::str::from_utf8(rest) else { return false };
    let text = if mode == 0 { text.to_owned() } else { shared(text) };
    let Ok((experiment, interventions)) = decode(&text) else { return false };
    let again = decode(&encode(&experiment, &interventions)).expect("its own form");
    let kept: Vec<_> = interventions.into_iter().filter(|one| !one.is_of_backend()).collect();
    assert_eq!(again, (experiment, kept));
    true
}

/// The share string that holds a text.
fn shared(body: &str) -> String {
    let mut bytes = vec![0];
    bytes.extend_from_slice(body.as_bytes());
    bytes.extend(sha2::Sha256::digest(body.as_bytes()).iter().take(3));
    in_letters(&bytes)
}

/// Strings of an experiment of endless sizes, and one of a few hundred kilobytes that unpacks to 512 MiB.
fn shared_sizes() -> Vec<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(vec![1], Compression::fast());
    let piece = vec![b'a'; 1 << 20];
    (0..512).for_each(|_| encoder.write_all(&piece).expect("in memory"));
    let mut packed = encoder.finish().expect("in memory");
    packed.extend([0; 3]);
    let bomb = in_mode(0, in_letters(&packed).as_bytes());
    vec![bomb, in_mode(1, b"sre\nmhidden=[1000000000000,1000000000000]"), in_mode(1, b"sre\ntseeds=1000000000000")]
}

fn in_letters(bytes: &[u8]) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = "hebbscope1:".to_owned();
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..=three.len() {
            text.push(char::from(alphabet[(bits >> (18 - 6 * digit) & 63) as usize]));
        }
    }
    text
}

fn shares() -> Vec<Vec<u8>> {
    let bodies = [
        "sre\nzweight_decay=5e-3\nmhidden=[64,64]\n@120\tzweight_decay\t2\t\t5e-3\t1e-2\n@400\trclip\t\t\"B\"\tnull\t1.0",
        "fig4-quick\nwx_points=3\nwy=\"\"\n-wy_points",
        "\n.name=\"mine\"\nrkind=\"custom\"\nrsignal=\"k * post * pre\"\nrparameters.k=0.5",
    ];
    let mut seeds: Vec<_> = bodies.iter().take(1).map(|body| in_mode(0, shared(body).as_bytes())).collect();
    seeds.extend(bodies.iter().map(|body| in_mode(1, body.as_bytes())));
    let deflated = encode(&resolve("rule-three-factor", &[]).expect("a preset"), &[]);
    seeds.push(in_mode(0, deflated.as_bytes()));
    seeds
}

/// An expression; or a rule as TOML.
pub const RULES: Loader = Loader { name: "rules", load: rules, seeds: known_rules, claims: no_claims };

fn rules(input: &[u8]) -> bool {
    let (mode, rest) = mode(input, 2);
    let Ok(text) = std::str::from_utf8(rest) else { return false };
    let rule = if mode == 0 {
        if let Ok(ast) = parse(text) {
            let printed = ast.to_string();
            // Parentheses that could be left out may lead beyond what may be read.
            if let Ok(again) = parse(&printed) {
                assert_eq!(again.to_string(), printed, "{text}");
            }
        }
        let parameters = vec![("k".to_owned(), 0.5)];
        RuleText { signal: text.to_owned(), parameters, ..RuleText::default() }
    } else {
        let Ok(rule) = RuleText::from_toml(text) else { return false };
        // NaN is not equal to itself, its text is.
        let again = RuleText::from_toml(&rule.to_toml()).expect("its own form");
        assert_eq!(format!("{again:?}"), format!("{rule:?}"));
        rule
    };
    let Ok(checked) = Rule::check(&rule) else { return false };
    let mut words = String::new();
    write!(words, "{}", checked.explain()).expect("a string takes everything");
    true
}

fn known_rules() -> Vec<Vec<u8>> {
    let signals = KNOWN.iter().filter(|rule| rule.states.is_empty() && rule.parameters.is_empty());
    let signals = signals.map(|rule| in_mode(0, rule.signal.as_bytes()));
    signals.chain(KNOWN.iter().map(|rule| in_mode(1, rule.text().to_toml().as_bytes()))).collect()
}

/// A tour.
pub const TOUR: Loader = Loader { name: "tour", load: tour, seeds: tours, claims: no_claims };

fn tour(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else { return false };
    let Ok(tour) = Tour::parse("input", text) else { return false };
    assert!(!tour.stages.is_empty());
    for wait in tour.stages.iter().flat_map(|stage| &stage.waits) {
        let _ = (wait.by_hand(), wait.condition.to_string());
    }
    true
}

fn tours() -> Vec<Vec<u8>> {
    TOURS.iter().map(|tour| tour.text.as_bytes().to_vec()).collect()
}

/// A list of changes; or changes as arguments, one a line.
pub const INTERVENTIONS: Loader =
    Loader { name: "interventions", load: interventions, seeds: changes, claims: changed_sizes };

fn interventions(input: &[u8]) -> bool {
    let (mode, rest) = mode(input, 2);
    let changes = if mode == 0 {
        let Ok(changes) = read_interventions(&written("interventions.jsonl", rest)) else { return false };
        changes
    } else {
        let Ok(text) = std::str::from_utf8(rest) else { return false };
        let Ok(changes) = text.lines().map(parse_intervention).collect::<Result<Vec<_>, _>>() else { return false };
        changes
    };
    // Each of them compiles a network.
    if changes.len() <= 20 {
        let _ = rehearse(&tiny(), &changes);
    }
    true
}

fn changes() -> Vec<Vec<u8>> {
    let lines = concat!(
        "{\"step\":3,\"field\":\"noise.weight_sd\",\"old\":0.0,\"new\":0.1}\n",
        "{\"step\":12,\"field\":\"regularizer.weight_decay\",\"old\":0.0,\"new\":0.005,\"target\":{\"layer\":2}}\n",
        "{\"step\":12,\"field\":\"training.batch_size\",\"old\":8,\"new\":5}\n",
        "{\"step\":20,\"field\":\"rule\",\"old\":{\"kind\":\"sgd\"},\"new\":{\"kind\":\"hebb\"}}\n",
    );
    let arguments = "0:rule.learning_rate=0.05\n12:regularizer.weight_decay@2=5e-3\n3:model.activation=\"relu\"";
    vec![in_mode(0, lines.as_bytes()), in_mode(1, arguments.as_bytes())]
}

/// Changes that are sound as a list, and that no run makes.
fn changed_sizes() -> Vec<Vec<u8>> {
    let change = |field: &str, value: &str| {
        in_mode(0, format!("{{\"step\":3,\"field\":\"{field}\",\"old\":1,\"new\":{value}}}\n").as_bytes())
    };
    vec![
        change("training.seeds", "1000000000000"),
        change("training.batch_size", "1000000000000"),
        change("measure.window", "18446744073709551615"),
        change("regularizer.weight_decay", "0.5,\"target\":{\"layer\":1000000000000}"),
    ]
}
