//! `hebbscope reproduce`: killed and gone on with it comes to the same report, which keeps to its schema; what cannot be
//! used is refused before anything is written.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::html;

/// As little as there is of an item that is quick: runs of 30 steps, two seeds.
const SMALLEST: [&str; 7] = ["reproduce", "penalty", "--quick", "--steps", "30", "--seeds", "2"];
/// Its cells.
const CELLS: usize = 20;

fn hebbscope(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hebbscope"));
    command.args(args).current_dir(folder);
    command
}

fn run(folder: &Path, args: &[&str]) -> Output {
    hebbscope(folder, args).output().expect("the binary starts")
}

fn expect(folder: &Path, args: &[&str], code: i32) -> String {
    let output = run(folder, args);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
    said
}

fn smallest<'a>(more: &[&'a str]) -> Vec<&'a str> {
    SMALLEST.iter().copied().chain(more.iter().copied()).collect()
}

fn cells(folder: &Path) -> usize {
    let Ok(grids) = fs::read_dir(folder.join("grids")) else { return 0 };
    let journals =
        grids.flatten().filter_map(|grid| fs::read_dir(grid.path().join("journal")).ok()).flatten().flatten();
    journals.filter_map(|file| fs::read_to_string(file.path()).ok()).map(|text| text.matches("\ndone\t").count()).sum()
}

#[test]
fn killed_and_gone_on_with_the_report_is_the_same_and_keeps_to_its_schema() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let root = scratch.path();
    expect(root, &smallest(&["--out", "whole"]), 0);
    let said = expect(root, &smallest(&["--out", "whole"]), 2);
    assert!(said.contains("--resume") && said.contains("--force") && said.lines().count() == 1, "{said}");

    // Killed when a few cells are there.
    let args = smallest(&["--out", "killed", "--threads", "1"]);
    let mut child =
        hebbscope(root, &args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary starts");
    let began = Instant::now();
    while cells(&root.join("killed")) < 3 && began.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().expect("a child of ours");
    child.wait().expect("a child of ours");
    let before = cells(&root.join("killed"));
    assert!((3..CELLS).contains(&before), "{before} cells were done before the kill");
    // What there is can be reported, and nothing of it counts as tested.
    expect(root, &["reproduce", "--report", "--out", "killed"], 0);
    let partial = report(root, "killed");
    assert_eq!(partial["complete"], false);
    assert!(claims(&partial).iter().all(|claim| claim["verdict"] == "not tested"));
    // Other options are another reproduction.
    let said = expect(root, &["reproduce", "penalty", "--quick", "--out", "killed", "--resume"], 2);
    assert!(said.contains("--steps 30 ") || said.contains("--steps 30'"), "{said}");
    // Two shards complete it, the second of which writes the report.
    expect(root, &smallest(&["--out", "killed", "--resume", "--shard", "0/2"]), 0);
    assert_eq!(report(root, "killed")["complete"], false);
    expect(root, &smallest(&["--out", "killed", "--resume", "--shard", "1/2"]), 0);
    let written = [
        "report.json",
        "report.html",
        "figures/penalty.svg",
        "figures/penalty.csv",
        "gallery/penalty.png",
        "gallery/gallery.json",
    ];
    for name in written {
        let read = |folder: &str| fs::read(root.join(folder).join(name)).expect("there");
        assert!(read("whole") == read("killed"), "{name}");
    }
    assert_eq!(cells(&root.join("killed")), CELLS, "no cell was trained twice");

    let whole = report(root, "whole");
    check_schema(&root.join("whole/report.json"), &whole);
    assert_eq!(whole["complete"], true);
    for claim in claims(&whole) {
        assert_eq!(claim["verdict"], "not tested", "{claim}");
        assert!(claim["why"].as_str().is_some_and(|why| why.contains("--steps 30")), "{claim}");
    }
    let ids: BTreeSet<&str> = claims(&whole).iter().filter_map(|claim| claim["id"].as_str()).collect();
    assert_eq!(ids, BTreeSet::from(["penalty.decay", "penalty.no_decay"]));
    check_page(&root.join("whole/report.html"), &ids, "hebbscope reproduce penalty --quick");

    // Only what the lists name is removed.
    fs::write(root.join("killed/mine.txt"), "mine").expect("written");
    expect(root, &smallest(&["--out", "killed", "--force"]), 0);
    assert_eq!(cells(&root.join("killed")), CELLS);
    assert!(root.join("killed/mine.txt").is_file());
}

fn report(root: &Path, folder: &str) -> Value {
    let text = fs::read_to_string(root.join(folder).join("report.json")).expect("there");
    serde_json::from_str(&text).expect("JSON")
}

fn claims(report: &Value) -> Vec<&Value> {
    { report["items"].as_array().into_iter().flatten() }
        .flat_map(|item| item["claims"].as_array().into_iter().flatten())
        .collect()
}

/// By an independent validator, which tests/run.sh installs, where there is one, and the part of JSON Schema that the schema uses in any case.
fn check_schema(path: &Path, report: &Value) {
    let schema_path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/reproduce/report.schema.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(&schema_path).expect("there")).expect("JSON");
    assert_eq!(violation(&schema, &schema, report), None);
    let mut broken = report.clone();
    broken["items"][0]["claims"][0]["verdict"] = "maybe".into();
    assert!(violation(&schema, &schema, &broken).is_some_and(|words| words.contains("maybe")), "the check can fail");
    let code = "import json; jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))";
    by_python("jsonschema", code, &[path, &schema_path]);
}

/// Lets a Python package check files, where there is one.
fn by_python(package: &str, code: &str, files: &[&Path]) {
    let script = format!("import sys\ntry:\n    import {package}\nexcept ImportError:\n    sys.exit(77)\n{code}");
    let output = Command::new("python3").args(["-c", &script]).args(files).output();
    if let Ok(output) = output
        && output.status.code() != Some(77)
    {
        assert!(output.status.success(), "{package}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// What of a value is not as a schema has it.
fn violation(root: &Value, schema: &Value, value: &Value) -> Option<String> {
    if let Some(path) = schema["$ref"].as_str() {
        return violation(root, root.pointer(path.trim_start_matches('#'))?, value);
    }
    let wrong = |what: &str| Some(format!("{value} against {what} of {schema}"));
    let is_type = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("the test does not know the type {other}"),
    };
    let fits = match &schema["type"] {
        Value::String(name) => is_type(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(is_type),
        _ => true,
    };
    if !fits {
        return wrong("type");
    }
    if schema["enum"].as_array().is_some_and(|all| !all.contains(value)) {
        return wrong("enum");
    }
    if value.as_f64().zip(schema["minimum"].as_f64()).is_some_and(|(value, least)| value < least) {
        return wrong("minimum");
    }
    let length = value.as_str().map(str::len).or_else(|| value.as_array().map(Vec::len)).map(|length| length as u64);
    for name in ["minLength", "minItems"] {
        if length.zip(schema[name].as_u64()).is_some_and(|(length, least)| length < least) {
            return wrong(name);
        }
    }
    if let Some(fields) = value.as_object() {
        let known = &schema["properties"];
        let missing = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .find(|name| !fields.contains_key(*name));
        if let Some(missing) = missing {
            return wrong(missing);
        }
        for (name, inner) in fields {
            match known.get(name) {
                Some(one) => {
                    if let Some(words) = violation(root, one, inner) {
                        return Some(words);
                    }
                }
                None if schema["additionalProperties"] == false => return wrong(name),
                None => {}
            }
        }
    }
    { value.as_array().into_iter().flatten() }.find_map(|one| violation(root, schema.get("items")?, one))
}

/// An independent parser finds no error in the page, which is one file whose names are each one's own, and whose links lead
/// to one.
fn check_page(path: &Path, claims: &BTreeSet<&str>, command: &str) {
    let text = fs::read_to_string(path).expect("there");
    let page = html::read(&text);
    assert_eq!(page.errors, Vec::<String>::new());
    for outside in ["http", "url(", "@import"] {
        assert!(!text.replace("http://www.w3.org/", "").contains(outside), "{outside} leads out of the file");
    }
    let foreign = ["script", "link", "img", "iframe", "object", "image", "use", "foreignObject"];
    let found = page.elements.iter().find(|(name, _)| foreign.contains(&name.as_str()));
    assert!(found.is_none(), "{found:?} is no part of one file");
    assert_eq!(page.values("lang"), ["en"]);
    let all = page.values("id");
    let ids: BTreeSet<&str> = all.iter().copied().collect();
    assert_eq!(ids.len(), all.len(), "a name twice");
    let links = page.values("href");
    assert!(!links.is_empty());
    assert!(links.iter().all(|link| link.strip_prefix('#').is_some_and(|id| ids.contains(id))), "{links:?}");
    assert!(claims.iter().all(|claim| ids.contains(claim)), "every claim has a place");
    for words in ["prefers-color-scheme: dark", "@media print", command, "not tested", "Configuration of"] {
        assert!(text.contains(words), "{words}");
    }
}

#[test]
fn table_1_and_a_figure_of_each_network_run_at_their_smallest_and_are_labelled() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let root = scratch.path();
    let items = ["table1", "fig3", "fig4", "fig9", "fig10", "fig11"];
    let args: Vec<&str> = { ["reproduce"].into_iter().chain(items) }
        .chain(["--quick", "--steps", "2", "--seeds", "1", "--out", "all"])
        .collect();
    let said = expect(root, &args, 0);
    assert!(said.contains("cells and runs") && said.contains("of memory"), "{said}");
    let found = report(root, "all");
    assert_eq!(found["complete"], true);
    check_schema(&root.join("all/report.json"), &found);
    let ids: BTreeSet<&str> = claims(&found).iter().filter_map(|claim| claim["id"].as_str()).collect();
    check_page(&root.join("all/report.html"), &ids, "hebbscope reproduce table1 fig3 fig4 fig9 fig10 fig11 --quick");
    for id in [
        "table1.mlp.random_nn.cell4",
        "table1.transformer.adam.order",
        "table1.transformer.random_nn.cell4",
        "fig3.deep",
        "fig4.exponent",
        "fig9.mlp_50m",
        "fig10.cnn",
        "fig11.resnet_50",
    ] {
        assert!(ids.contains(id), "{id}: {ids:?}");
    }
    for item in found["items"].as_array().into_iter().flatten() {
        let id = item["id"].as_str().unwrap_or_default();
        let is_of_images = ["fig3", "fig9", "fig10", "fig11"].contains(&id);
        for claim in item["claims"].as_array().into_iter().flatten() {
            let why = claim["why"].as_str().unwrap_or_default();
            assert_eq!(claim["verdict"], "not tested", "{claim}");
            assert!(why.contains("--steps 2"), "{claim}");
            assert_eq!(why.contains("the 8 x 8 digits stand in for it"), is_of_images, "{claim}");
        }
        for figure in item["figures"].as_array().into_iter().flatten() {
            let drawing =
                fs::read_to_string(root.join("all").join(figure.as_str().unwrap_or_default())).expect("there");
            assert_eq!(drawing.contains("8 x 8 digits in place of CIFAR-10"), is_of_images, "{figure}");
        }
        let reduced = item["reductions"].as_array().expect("a list");
        assert_eq!(reduced.iter().any(|words| words.as_str().is_some_and(|one| one.contains("digits"))), is_of_images);
    }
}

#[test]
fn what_cannot_be_used_is_refused_and_nothing_is_written() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let root = scratch.path();
    fs::create_dir(root.join("foreign")).expect("created");
    fs::write(root.join("foreign/thesis.txt"), "years of work").expect("written");
    fs::write(root.join("file"), "x").expect("written");
    let cases: &[(&[&str], &[&str])] = &[
        (&["table2", "--out", "new"], &["table2", "table1", "fig4"]),
        (&["fig99", "table1", "--out", "new"], &["fig99", "there are all"]),
        (&["table1", "--out", "foreign"], &["foreign", "not empty"]),
        (&["table1", "--out", "foreign", "--force"], &["foreign", "not empty"]),
        (&["table1", "--out", "foreign", "--resume"], &["foreign", "not empty"]),
        (&["table1", "--out", "file"], &["file", "not a folder"]),
        (&["table1", "--out", "new", "--shard", "2/2"], &["--shard 2/2", "I/N"]),
        (&["table1", "--out", "new", "--shard", "x"], &["--shard x", "I/N"]),
        (&["table1", "--out", "new", "--shard", "0/90000"], &["0/90000", "cells and runs"]),
        (&["table1", "--out", "new", "--shard", "0/2", "--force"], &["--force", "shard"]),
        (&["fig15", "--out", "new", "--cifar", "no/such/place"], &["no/such/place"]),
        (&["--report", "--out", "new"], &["new", "not the folder of a reproduction"]),
        (&["--report", "--out", "foreign"], &["foreign", "not the folder of a reproduction"]),
    ];
    for (args, words) in cases {
        let args: Vec<&str> = std::iter::once("reproduce").chain(args.iter().copied()).collect();
        let said = expect(root, &args, 2);
        assert!(said.starts_with("error: ") && said.lines().count() == 1, "{args:?}: {said}");
        for word in *words {
            assert!(said.contains(word), "{args:?} must say {word:?}: {said}");
        }
        assert!(!root.join("new").exists(), "{args:?} left a folder");
    }
    // The parser of arguments adds its usage.
    let usage: &[(&[&str], &str)] = &[
        (&["table1"], "--out"),
        (&["table1", "--out", "new", "--seeds", "0"], "--seeds"),
        (&["table1", "--out", "new", "--seeds", "many"], "--seeds"),
        (&["table1", "--out", "new", "--steps", "0"], "--steps"),
        (&["table1", "--out", "new", "--threads", "0"], "--threads"),
        (&["table1", "--out", "new", "--force", "--resume"], "--resume"),
        (&["table1", "--out", "new", "--report"], "--report"),
    ];
    for (args, word) in usage {
        let args: Vec<&str> = std::iter::once("reproduce").chain(args.iter().copied()).collect();
        let said = expect(root, &args, 2);
        assert!(said.contains(word), "{args:?} must say {word:?}: {said}");
        assert!(!root.join("new").exists(), "{args:?} left a folder");
    }
    let left: BTreeSet<_> =
        fs::read_dir(root).expect("there").map(|entry| entry.expect("readable").file_name()).collect();
    assert_eq!(left, ["file", "foreign"].map(Into::into).into());
    assert_eq!(fs::read_dir(root.join("foreign")).expect("there").count(), 1);
}

/// Runs are planned for every seed before anything of a folder is shown.
#[test]
fn a_manifest_of_endless_seeds_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("reproduce.json");
    for (seeds, steps, words) in [
        ("1000000000000000", "null", "seeds = 1000000000000000: must be a whole number from 1 to 1000"),
        ("0", "null", "seeds = 0"),
        ("3", "18446744073709551615", "steps = 18446744073709551615: must be a whole number from 1 to 1000000"),
    ] {
        let text = format!(r#"{{"items":["fig2"],"quick":true,"seeds":{seeds},"steps":{steps},"cifar":null}}"#);
        fs::write(&path, text).expect("written");
        let said = hebbscope::reproduce::Reproduction::read(folder.path()).err().expect("refused").to_string();
        assert!(said.contains("reproduce.json") && said.contains(words), "{said}");
    }
}
