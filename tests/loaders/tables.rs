//! Own data: a CSV file; or an array of inputs beside a sound one of targets; or an array of classes beside sound inputs.

use std::fs;
use std::path::Path;

use hebbscope::data::load;
use hebbscope::experiment::from_toml_file;

use super::arrays::{array_of, long_header};
use super::{Loader, emptied, in_mode, mode};

pub const TABLES: Loader = Loader { name: "tables", load: tables, seeds, claims };

fn tables(input: &[u8]) -> bool {
    let (mode, rest) = mode(input, 4);
    let folder = emptied("tables");
    let write = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).expect("written");
    let inputs = array_of("<f4", "(4, 2)", &[0; 32]);
    let answers = match mode {
        0 => "path = \"t.csv\"\nlabel_column = \"kind\"\n",
        1 => "path = \"t.csv\"\ntarget_columns = [\"y\"]\n",
        2 => "path = \"x.npy\"\ntargets_path = \"y.npy\"\n",
        _ => "path = \"x.npy\"\nlabels_path = \"y.npy\"\n",
    };
    match mode {
        0 | 1 => write("t.csv", rest),
        2 => {
            write("x.npy", rest);
            write("y.npy", &inputs);
        }
        _ => {
            write("x.npy", &inputs);
            write("y.npy", rest);
        }
    }
    let text = format!("[data]\nkind = \"file\"\nstandardize = true\n{answers}[training]\nbatch_size = 1\n");
    read(&folder.join("own.toml"), &text)
}

/// As the program does: sizes first, then the examples.
fn read(path: &Path, text: &str) -> bool {
    let Ok(resolved) = from_toml_file(path, text) else { return false };
    let experiment = resolved.experiment;
    let Ok(sets) = load(&experiment, &[0]) else { return false };
    for (split, examples) in
        [(&sets[0].train, experiment.data.train_examples), (&sets[0].validation, experiment.data.validation_examples)]
    {
        assert_eq!(split.examples(), examples);
        assert_eq!([split.input_width(), split.output_width()], [experiment.input_width(), experiment.output_width()]);
        assert!(split.input_matrix().iter().chain(split.target_matrix().iter()).all(|value| value.is_finite()));
    }
    true
}

/// Arrays that say of themselves that they are longer than any file.
fn claims() -> Vec<Vec<u8>> {
    let shaped = array_of("<f4", "(1000000, 16384)", &[0; 8]);
    let classes = array_of("<i8", "(1000000000,)", &[0; 8]);
    vec![in_mode(2, &shaped), in_mode(2, &long_header()), in_mode(3, &classes), in_mode(3, &long_header())]
}

fn seeds() -> Vec<Vec<u8>> {
    let table = "a,\"b, c\",kind,y\n1,-0.5,x,3\n1e3,\"2\",y,4\n5,6,x,1e-3\n7,8,z,9\n2,2,z,0\n";
    let labelled = "a,kind\n1,x\n2,y\n3,\"x\"\n\n4,zz\n";
    let numbers: Vec<u8> = (0..8_u8).flat_map(|value| f32::from(value).to_le_bytes()).collect();
    let classes: Vec<u8> = [3_i64, 9, 3, -1].into_iter().flat_map(i64::to_le_bytes).collect();
    vec![
        in_mode(0, labelled.as_bytes()),
        in_mode(
            1,
            table
                .replace(",kind", ",other")
                .replace(",x,", ",1,")
                .replace(",y,", ",2,")
                .replace(",z,", ",3,")
                .as_bytes(),
        ),
        in_mode(2, &array_of("<f4", "(4, 2)", &numbers)),
        in_mode(2, &array_of(">f8", "(4, 1, 1)", &numbers)),
        in_mode(3, &array_of("<i8", "(4,)", &classes)),
        in_mode(3, &array_of("|u1", "(4, 1)", &[1, 2, 255, 1])),
    ]
}
