//! Own data from files: what is read is what is trained on, in every command; and files that cannot be used.

use std::fs;
use std::path::Path;
use std::process::Command;

use hebbscope::data::{DataSet, Inputs, Targets, load};
use hebbscope::experiment::{Experiment, from_toml_file};
use hebbscope::share::{OpenError, command_line, decode, encode, open_path};

use super::bad_input::{check, files};

/// Ten rows of two inputs, a value and a class.
pub(super) const TABLE: &str = "first,\"second, quoted\",value,kind\n1,10,0.5,b\n2,20,-1e-1,a\n3,30,0.25,c\n4,40,1,a\n5,50,2,b\n\
                                6,60,3,c\n7,70,4,a\n8,80,5,b\n9,90,6,c\n10,100,7,a\n";
const SHORT: &str = "[model]\nhidden = [4]\n[training]\nbatch_size = 2\nsteps = 6\nseeds = 2\n";

/// An array of NumPy of that type and shape.
pub(super) fn npy(kind: &str, shape: &str, is_fortran: bool, values: &[u8]) -> Vec<u8> {
    let order = if is_fortran { "True" } else { "False" };
    let mut header = format!("{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}");
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(values);
    bytes
}

fn doubles(values: impl IntoIterator<Item = f64>) -> Vec<u8> {
    values.into_iter().flat_map(f64::to_le_bytes).collect()
}

fn experiment(folder: &Path, data: &str) -> Experiment {
    let text = format!("[data]\nkind = \"file\"\n{data}{SHORT}");
    let path = folder.join("own.toml");
    fs::write(&path, &text).expect("written");
    let resolved = from_toml_file(&path, &text).unwrap_or_else(|error| panic!("{data}: {error}"));
    assert!(resolved.warnings.is_empty(), "{:?}", resolved.warnings);
    resolved.experiment
}

/// Rows of both splits as they lie in memory, training first: inputs, and what is learnt.
fn rows(set: &DataSet) -> Vec<(Vec<f32>, Vec<f32>)> {
    let mut all = Vec::new();
    for split in [&set.train, &set.validation] {
        let (inputs, targets) = (split.input_matrix(), split.target_matrix());
        all.extend(inputs.rows().into_iter().zip(targets.rows()).map(|(x, y)| (x.to_vec(), y.to_vec())));
    }
    all
}

fn sorted(mut rows: Vec<(Vec<f32>, Vec<f32>)>) -> Vec<(Vec<f32>, Vec<f32>)> {
    rows.sort_by(|a, b| a.0[0].total_cmp(&b.0[0]));
    rows
}

#[test]
fn a_table_is_read_by_its_columns() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("t.csv"), format!("\u{feff}{TABLE}")).expect("written");
    let one = experiment(
        folder.path(),
        "path = \"t.csv\"\nlabel_column = \"kind\"\ninput_columns = [\"second, quoted\", \"first\"]\n",
    );
    let sizes = [one.data.input_size, one.data.output_size, one.data.train_examples, one.data.validation_examples];
    assert_eq!(sizes, [2, 3, 8, 2]);
    assert!(one.is_classification());
    let sets = load(&one, &[0, 7]).expect("sound");
    assert!(std::sync::Arc::ptr_eq(&sets[0], &sets[1]), "all seeds have the same split");
    let kinds = [1, 0, 2, 0, 1, 2, 0, 1, 2, 0];
    for (row, (inputs, target)) in
        (1..).zip(sorted(rows(&sets[0]).into_iter().map(|(x, y)| (vec![x[1], x[0]], y)).collect()))
    {
        assert_eq!(inputs, [row as f32, 10.0 * row as f32]);
        let class = kinds[row - 1];
        assert_eq!(target, (0..3).map(|at| f32::from(u8::from(at == class))).collect::<Vec<_>>(), "row {row}");
    }
    let order = |experiment: &Experiment| rows(&load(experiment, &[0]).expect("sound")[0]);
    let mut other = one.clone();
    other.data.split_seed = 5;
    assert_ne!(order(&one), order(&other), "another split");
    assert_eq!(sorted(order(&one)), sorted(order(&other)), "of the same rows");
    // Values, and inputs that are all that is left.
    let data = "path = \"t.csv\"\ntarget_columns = [\"value\"]\ninput_columns = [\"first\"]\ntrain_examples = 6\n";
    let values = experiment(folder.path(), data);
    assert_eq!((values.data.train_examples, values.data.validation_examples), (6, 4));
    let read = sorted(order(&values));
    assert_eq!(
        read.iter().map(|(x, y)| (x[0], y[0])).take(4).collect::<Vec<_>>(),
        [(1.0, 0.5), (2.0, -0.1), (3.0, 0.25), (4.0, 1.0)]
    );
}

#[test]
fn inputs_are_standardized_over_the_training_examples() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let table: String = (0..40).map(|row| format!("{},7.25,{}\n", f64::from(row) * 1e3 + 5e6, row % 5)).collect();
    fs::write(folder.path().join("t.csv"), format!("a,same,y\n{table}")).expect("written");
    let data = "path = \"t.csv\"\ntarget_columns = [\"y\"]\nstandardize = true\n";
    let set = load(&experiment(folder.path(), data), &[0]).expect("sound").remove(0);
    let Inputs::Real(train) = &set.train.inputs else { panic!("numbers are real") };
    let column = train.column(0).mapv(f64::from);
    // f32 of numbers up to 2.
    assert!(column.mean().expect("some").abs() < 1e-6 && (column.std(0.0) - 1.0).abs() < 1e-6);
    assert!(train.column(1).iter().all(|value| *value == 0.0), "what is the same throughout says nothing");
    let Targets::Values(targets) = &set.train.targets else { panic!("values") };
    assert!(targets.iter().any(|value| *value == 4.0), "targets stay as they are");
}

#[test]
fn arrays_are_read_in_either_order_and_any_type() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, bytes: Vec<u8>| fs::write(folder.path().join(name), bytes).expect("written");
    // Four rows of 2 x 3, row by row; element (r, i, j) is 100 r + 10 i + j.
    let value = |r: usize, i: usize, j: usize| (100 * r + 10 * i + j) as f64;
    let by_rows = (0..4).flat_map(|r| (0..2).flat_map(move |i| (0..3).map(move |j| value(r, i, j))));
    write("c.npy", npy("<f8", "(4, 2, 3)", false, &doubles(by_rows)));
    let by_columns = (0..3).flat_map(|j| (0..2).flat_map(move |i| (0..4).map(move |r| value(r, i, j))));
    let big: Vec<u8> = by_columns.flat_map(|value| (value as f32).to_be_bytes()).collect();
    write("f.npy", npy(">f4", "(4, 2, 3)", true, &big));
    write(
        "y.npy",
        npy("<i8", "(4,)", false, &[7_i64, -2, 7, 3].into_iter().flat_map(i64::to_le_bytes).collect::<Vec<_>>()),
    );
    write("v.npy", npy("|u1", "(4, 2)", false, &[1, 2, 3, 4, 5, 6, 7, 8]));
    let of = |inputs: &str, answers: &str| {
        let data = format!("path = \"{inputs}\"\n{answers}\n");
        sorted(rows(&load(&experiment(folder.path(), &data), &[0]).expect("sound")[0]))
    };
    let labelled = of("c.npy", "labels_path = \"y.npy\"\ntrain_examples = 3");
    assert_eq!(labelled, of("f.npy", "labels_path = \"y.npy\"\ntrain_examples = 3"));
    assert_eq!(labelled[1].0, [100.0, 101.0, 102.0, 110.0, 111.0, 112.0]);
    // -2, 3 and 7 are the classes 0, 1 and 2.
    let classes: Vec<Vec<f32>> = labelled.into_iter().map(|(_, y)| y).collect();
    assert_eq!(classes, [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]);
    let values = of("c.npy", "targets_path = \"v.npy\"\ntrain_examples = 3");
    assert_eq!(values[2].1, [5.0, 6.0]);
}

fn hebbscope(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_hebbscope")).args(arguments).current_dir(folder).output().expect("it starts");
    (
        output.status.code(),
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)),
    )
}

#[track_caller]
fn works(folder: &Path, arguments: &[&str]) -> String {
    let (code, said) = hebbscope(folder, arguments);
    assert_eq!(code, Some(0), "{arguments:?}: {said}");
    said
}

/// Training, resuming, replaying, a sweep, and a run folder that moves with its data.
#[test]
fn every_command_takes_own_data() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let (top, old) = (scratch.path(), scratch.path().join("old"));
    fs::create_dir(&old).expect("a folder");
    fs::write(old.join("t.csv"), TABLE).expect("written");
    let text = "name = \"own\"\n[data]\nkind = \"file\"\npath = \"t.csv\"\nlabel_column = \"kind\"\nstandardize = true\n\
                [model]\nhidden = [5]\n[training]\nloss = \"cross_entropy\"\nbatch_size = 4\nsteps = 12\nseeds = 2\n\
                [sweep]\nx = \"regularizer.weight_decay\"\nx_values = [0.0, 1e-2]\nx_squared = false\ny = \"\"\nseeds = 1\n\
                record = [\"signal\", \"accuracy\"]\n";
    fs::write(old.join("own.toml"), text).expect("written");
    let said = works(top, &["train", "old/own.toml", "--out", "old/run", "--checkpoint-every", "5"]);
    assert!(said.contains("3 classes of kind (a, b, c), 8 + 2 of 10 rows"), "{said}");
    assert!(said.contains("validation accuracy"), "{said}");
    let config = fs::read_to_string(old.join("run/config.toml")).expect("written");
    assert!(config.contains("path = \"../t.csv\"") && config.contains("content = \"8+2:"), "{config}");
    works(top, &["sweep", "old/own.toml", "--out", "old/sweep", "--threads", "1"]);
    works(top, &["sweep", "old/own.toml", "--out", "old/sweep", "--threads", "1", "--resume"]);
    // The folder moves; what is in it still works.
    fs::rename(&old, top.join("new")).expect("moved");
    works(top, &["replay", "new/run"]);
    works(top, &["train", "new/run", "--out", "again"]);
    let metrics = |run: &str| fs::read(top.join(run).join("metrics.csv")).expect("written");
    assert!(metrics("again") == metrics("new/run"));
    works(top, &["data", "new/run", "--out", "x.npz"]);
    // Other values under the same name are not the run's own.
    fs::write(top.join("new/t.csv"), TABLE.replace("7,70", "7,71")).expect("written");
    let (code, said) = hebbscope(top, &["replay", "new/run"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("data.content") && said.contains("holds other examples"), "{said}");
    let (code, said) = hebbscope(top, &["sweep", "new/own.toml", "--out", "new/sweep", "--resume"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("data.content"), "{said}");
}

#[test]
fn settings_on_the_command_line_take_sizes_from_the_file() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let folder = scratch.path();
    fs::write(folder.join("t.csv"), TABLE).expect("written");
    let own = ["train", "sre", "--set", "data.kind=file", "--set", "data.path=t.csv", "--set", "training.batch_size=2"];
    let rest = ["--set", "training.steps=3", "--seeds", "1"];
    let targets = ["--set", "data.target_columns=[\"value\"]", "--set", "data.input_columns=[\"first\"]"];
    works(folder, &[&own[..], &targets, &rest, &["--out", "values"]].concat());
    let config = fs::read_to_string(folder.join("values/config.toml")).expect("written");
    for line in ["input_size = 1", "output_size = 1", "train_examples = 8", "validation_examples = 2"] {
        assert!(config.contains(line), "{line}: {config}");
    }
    // Another column of the same run has other sizes, and the user's own numbers of examples stay.
    let more =
        ["--set", "data.target_columns=[\"value\", \"first\"]", "--set", "data.input_columns=[\"second, quoted\"]"];
    let mut again = vec!["train", "values", "--set", "data.train_examples=5", "--out", "more"];
    again.extend(more);
    let (code, said) = hebbscope(folder, &again);
    // Its content is another, which a run folder's configuration does not take for its own.
    assert_eq!(code, Some(0), "{said}");
    let config = fs::read_to_string(folder.join("more/config.toml")).expect("written");
    for line in ["output_size = 2", "train_examples = 5", "validation_examples = 2"] {
        assert!(config.contains(line), "{line}: {config}");
    }
}

/// A share string and a command line lead to the same experiment.
#[test]
fn own_data_can_be_shared() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("t.csv"), TABLE).expect("written");
    let one = experiment(folder.path(), "path = \"t.csv\"\nlabel_column = \"kind\"\ninput_columns = [\"first\"]\n");
    let (back, _) = decode(&encode(&one, &[])).expect("its own form");
    assert_eq!(back, one);
    let command = command_line(&one, &[], None);
    for word in ["data.kind=file", "data.label_column=kind", "data.input_size=1", "data.train_examples=8"] {
        assert!(command.contains(word), "{word}: {command}");
    }
}

#[test]
fn a_table_that_is_opened_says_what_it_is_good_for() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, words) in [("t.csv", "label_column"), ("t.npy", "labels_path")] {
        let path = folder.path().join(name);
        fs::write(&path, TABLE).expect("written");
        let error = open_path(&path).expect_err("no experiment");
        assert!(matches!(error, OpenError::Data { .. }), "{error}");
        let said = error.to_string();
        assert!(said.contains("kind = \"file\"") && said.contains(words) && said.contains(name), "{said}");
    }
}

/// A CSV file with what its experiment says of it, and what the error must say.
fn table(content: &str, data: &str, words: &[&'static str]) -> super::bad_input::Case {
    let text = format!("[data]\nkind = \"file\"\npath = \"t.csv\"\n{data}{SHORT}");
    files(vec![("t.csv", content.as_bytes().to_vec()), ("own.toml", text.into_bytes())], "own.toml", words)
}

#[test]
fn tables_that_cannot_be_used() {
    let label = "label_column = \"kind\"\n";
    let value = "target_columns = [\"value\"]\ninput_columns = [\"first\"]\n";
    let after = |from: &str, to: &str| TABLE.replace(from, to);
    check(vec![
        table("", label, &["t.csv: is empty", "columns' names"]),
        table("first,kind\n", label, &["t.csv: has 0 rows", "at least 2"]),
        table("first,kind\n1,a\n", label, &["t.csv: has 1 rows", "at least 2"]),
        table("1,2\n3,4\n5,6\n", label, &["t.csv: the first line has numbers", "columns' names"]),
        table("kind\na\nb\n", label, &["t.csv: has 0 columns of inputs"]),
        table(
            TABLE,
            "label_column = \"sort\"\n",
            &["t.csv: column \"sort\" is not there", "\"first\", \"second, quoted\""],
        ),
        table(&TABLE.replace(',', ";"), label, &["column \"kind\" is not there", "set apart by commas"]),
        table(TABLE, "label_column = \"kind\"\ninput_columns = [\"third\"]\n", &["column \"third\" is not there"]),
        table(
            TABLE,
            "label_column = \"kind\"\ninput_columns = [\"kind\"]\n",
            &["column \"kind\" cannot be input and target"],
        ),
        table(TABLE, "target_columns = [\"value\", \"value\"]\n", &["column \"value\" is named twice"]),
        table("a,a,kind\n1,2,x\n3,4,y\n", label, &["column 1 has a name that another one has too"]),
        table("a,kind,kind\n1,2,x\n3,4,y\n", label, &["column \"kind\" is there more than once"]),
        table(",a,kind\n0,1,x\n1,2,y\n", label, &["column 1 has no name", "data.input_columns"]),
        table(
            TABLE,
            "target_columns = [\"value\"]\n",
            &["row 1 (line 2), column \"kind\": found \"b\"; must be a number"],
        ),
        table(&after("0.25", ""), value, &["row 3 (line 4), column \"value\": is empty; must be a number"]),
        table(&after("0.25", "NaN"), value, &["row 3 (line 4), column \"value\": found \"NaN\"; must be finite"]),
        table(&after("0.25", "1e39"), value, &["row 3 (line 4), column \"value\": found \"1e39\"", "at most 3.4e38"]),
        table(&after("0.25", "\"0,25\""), value, &["row 3 (line 4), column \"value\": found \"0,25\"", "such as 0.25"]),
        table(&after("0.25", "0,25"), value, &["row 3 (line 4): 5 values", "names 4 columns"]),
        table(&after("3,30,0.25,c", "3,30,0.25"), value, &["row 3 (line 4): 3 values"]),
        table(
            &after("5,b\n", "5,\n"),
            label,
            &["column \"kind\": is empty; must be the name or the number of a class"],
        ),
        table("a,kind\n1,x\n2,x\n", label, &["column \"kind\" has the class \"x\" in all rows", "at least 2"]),
        table(
            &format!("a,kind\n{}", (0..300).map(|row| format!("1,{row}\n")).collect::<String>()),
            label,
            &["row 257 (line 258), column \"kind\": found \"256\"", "256 allowed", "data.target_columns"],
        ),
        table(
            &format!("a,kind\n\"{}", "1,\n".repeat(800_000)),
            label,
            &["line 2: more than 1 MB in one row", "quotation mark"],
        ),
        table("a\u{0},kind\n1,x\n", label, &["the name of column 1 is not text"]),
        table(
            TABLE,
            "label_column = \"kind\"\ninput_columns = [\"first\"]\ninput_size = 7\n",
            &["data.input_size = 7: t.csv has 1", "leave the field out"],
        ),
        table(
            TABLE,
            "label_column = \"kind\"\ninput_columns = [\"first\"]\ntrain_examples = 10\n",
            &["data.train_examples = 10: t.csv has 10 rows", "at least one each"],
        ),
        table(
            TABLE,
            "label_column = \"kind\"\ninput_columns = [\"first\"]\ntrain_examples = 9\nvalidation_examples = 2\n",
            &["data.train_examples = 9: must be from 1 to 8", "beside 2 validation examples"],
        ),
        table(TABLE, "", &["data.target_columns = []", "data.label_column"]),
        table(
            TABLE,
            "label_column = \"kind\"\ntarget_columns = [\"value\"]\n",
            &["data.label_column = \"kind\"", "give one of them"],
        ),
        table(TABLE, "labels_path = \"y.npy\"\n", &["data.labels_path = \"y.npy\"", "belongs to arrays"]),
    ]);
}

/// Arrays with what their experiment says of them.
fn arrays(content: Vec<(&'static str, Vec<u8>)>, data: &str, words: &[&'static str]) -> super::bad_input::Case {
    let text = format!("[data]\nkind = \"file\"\n{data}{SHORT}");
    let mut all = content;
    all.push(("own.toml", text.into_bytes()));
    files(all, "own.toml", words)
}

#[test]
fn arrays_that_cannot_be_used() {
    let two = "path = \"x.npy\"\nlabels_path = \"y.npy\"\n";
    let sound_x = || ("x.npy", npy("<f8", "(3, 2)", false, &doubles([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])));
    let labels = |values: [i64; 3]| {
        ("y.npy", npy("<i8", "(3,)", false, &values.into_iter().flat_map(i64::to_le_bytes).collect::<Vec<_>>()))
    };
    let x = |bytes: Vec<u8>| vec![("x.npy", bytes), labels([0, 1, 0])];
    let y = |bytes: Vec<u8>| vec![sound_x(), ("y.npy", bytes)];
    let six = doubles([0.0; 6]);
    check(vec![
        arrays(x(b"a,b\n1,2\n".to_vec()), two, &["x.npy: no array of NumPy", "numpy.save"]),
        arrays(x(b"\x93NUM".to_vec()), two, &["x.npy: ends within its header"]),
        arrays(
            x(npy("<f8", "(3, 2)", false, &six[..40])),
            two,
            &["x.npy: is 3 x 2, which takes 176 bytes, but the file has 168"],
        ),
        arrays(x(npy("<f8", "(3, 2)", false, &[&six[..], &[0]].concat())), two, &["x.npy: is 3 x 2", "177"]),
        arrays(x(npy("<f8", "(999999999999, 2)", false, &six)), two, &["x.npy: is 999999999999 x 2", "11000000 rows"]),
        arrays(
            x(npy("<f8", "(3, 4611686018427387904, 8)", false, &six)),
            two,
            &["x.npy: is 3 x 4611686018427387904 x 8", "16384 values"],
        ),
        arrays(x(npy("<f8", "()", false, &six[..8])), two, &["x.npy: is a single number"]),
        arrays(x(npy("<f8", "(6, 0)", false, &[])), two, &["x.npy: is 6 x 0", "from 1"]),
        arrays(x(npy("<c16", "(3, 1)", false, &six)), two, &["x.npy: has numbers of the type '<c16'", "f8"]),
        arrays(x(npy("|O", "(3, 2)", false, &six)), two, &["x.npy: has numbers of the type '|O'"]),
        arrays(
            x(npy("<f8", "(3, 2)", false, &doubles([1.0, 2.0, 3.0, f64::NAN, 5.0, 6.0]))),
            two,
            &["x.npy: row 2, column 2: found NaN; must be finite"],
        ),
        arrays(
            x(npy("<f8", "(3, 2)", true, &doubles([1.0, 2.0, 3.0, 1e39, 5.0, 6.0]))),
            two,
            &["x.npy: row 1, column 2: found inf"],
        ),
        arrays(y(npy("<i8", "(2,)", false, &six[..16])), two, &["y.npy: has 2 rows, and x.npy has 3"]),
        arrays(y(npy("<f8", "(3,)", false, &six[..24])), two, &["y.npy: has fractions", "data.targets_path"]),
        arrays(y(npy("<i8", "(3, 2)", false, &six)), two, &["y.npy: has 2 numbers a row", "data.targets_path"]),
        arrays(vec![sound_x(), labels([4, 4, 4])], two, &["y.npy: has the class 4 in all rows", "at least 2"]),
        arrays(vec![sound_x()], two, &["y.npy: cannot be read"]),
        arrays(vec![sound_x()], "path = \"x.npy\"\n", &["data.targets_path = \"\"", "data.labels_path"]),
        arrays(
            vec![sound_x()],
            "path = \"x.npy\"\nlabels_path = \"y.csv\"\n",
            &["data.labels_path = \"y.csv\"", ".npy"],
        ),
        arrays(
            vec![sound_x()],
            "path = \"x.npy\"\nlabel_column = \"y\"\n",
            &["data.label_column = \"y\"", "belongs to CSV"],
        ),
        arrays(
            vec![sound_x()],
            "path = \"x.npy\"\nlabels_path = \"y.npy\"\ntargets_path = \"z.npy\"\n",
            &["data.labels_path = \"y.npy\"", "give one of them"],
        ),
        arrays(vec![], "path = \"x.parquet\"\n", &["data.path = \"x.parquet\"", ".csv", ".npy"]),
        arrays(vec![], "", &["data.path = \"\"", ".csv", ".npy"]),
        arrays(vec![], "path = \"t.csv\"\nlabel_column = \"y\"\n", &["t.csv: cannot be read"]),
    ]);
}
