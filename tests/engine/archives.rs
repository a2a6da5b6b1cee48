//! An archive and the folder that is unpacked from it are the same data, whatever made the archive; what cannot be read
//! is refused by name. `tar` on this machine is what unpacks.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;
use hebbscope::data::{Inputs, Split, Targets, load};
use hebbscope::experiment::{DataKind, Experiment};
use tempfile::TempDir;

const FOLDER: &str = "cifar-10-batches-bin";
const NAMES: [&str; 6] = [
    "data_batch_1.bin",
    "data_batch_2.bin",
    "data_batch_3.bin",
    "data_batch_4.bin",
    "data_batch_5.bin",
    "test_batch.bin",
];

type Data = (Vec<u8>, Vec<u8>);

/// A batch file of `records` records with black runs, which file systems and archives may leave out. Of `pieces` runs
/// that are not black each record has that many.
fn batch(file: usize, records: usize, pieces: usize) -> Vec<u8> {
    let record = |number: usize| {
        let mut bytes = vec![0; 3073];
        bytes[0] = ((file + number) % 10) as u8;
        for piece in 0..pieces {
            let at = 1 + piece * (3000 / pieces);
            bytes[at] = (1 + file * 20 + number * 3 + piece) as u8;
        }
        bytes
    };
    (0..records).flat_map(record).collect()
}

fn temporary() -> TempDir {
    TempDir::new().expect("a temporary folder")
}

/// The six files with that many records each, in `folder`.
fn write_batches(folder: &Path, records: usize, pieces: usize) {
    fs::create_dir_all(folder).expect("a folder");
    for (file, name) in NAMES.iter().enumerate() {
        fs::write(folder.join(name), batch(file, records, pieces)).expect("a file");
    }
}

fn read(path: &Path, per_file: usize) -> Result<Data, String> {
    let mut experiment = Experiment::default();
    experiment.data.kind = DataKind::Cifar10;
    experiment.data.path = path.display().to_string();
    experiment.data.train_examples = 5 * per_file;
    experiment.data.validation_examples = per_file;
    let sets = load(&experiment, &[0]).map_err(|error| error.to_string())?;
    let of = |split: &Split| match (&split.inputs, &split.targets) {
        (Inputs::Bytes { pixels, .. }, Targets::Classes { labels, .. }) => {
            (pixels.iter().copied().collect::<Vec<u8>>(), labels.clone())
        }
        _ => panic!("images are bytes with classes"),
    };
    let (train, validation) = (of(&sets[0].train), of(&sets[0].validation));
    Ok(([train.0, validation.0].concat(), [train.1, validation.1].concat()))
}

#[track_caller]
fn tar(folder: &Path, arguments: &[&str]) {
    let output = Command::new("tar").args(arguments).current_dir(folder).output().expect("tar is there");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// What `tar` makes of an archive. That it complains is no matter here.
fn unpacked(archive: &Path) -> TempDir {
    let folder = temporary();
    let tar = Command::new("tar").arg("-xf").arg(archive).current_dir(folder.path()).output();
    tar.expect("tar is there");
    folder
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).expect("in memory");
    encoder.finish().expect("in memory")
}

/// Archive and unpacked folder give the same; the data.
#[track_caller]
fn same(archive: &Path, per_file: usize) -> Data {
    let of_archive = read(archive, per_file).unwrap_or_else(|e| panic!("{e}"));
    let folder = unpacked(archive);
    let of_folder = read(folder.path(), per_file).unwrap_or_else(|e| panic!("{e}"));
    assert!(of_archive == of_folder, "{} and what is unpacked from it differ", archive.display());
    of_archive
}

#[track_caller]
fn refused(archive: &Path, words: &[&str]) {
    let error = read(archive, 1).expect_err("refused");
    let name = archive.file_name().expect("a name").to_string_lossy().into_owned();
    assert!(words.iter().chain([&name.as_str()]).all(|word| error.contains(word)), "{error:?} must say {words:?}");
}

#[test]
fn shipped_archives_are_the_same_data() {
    let archive = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/archives").join(name);
    let sound = same(&archive("sound.tar.gz"), 3);
    for name in ["multi-member.tar.gz", "hard-links.tar.gz", "tar-without-gzip.tar.gz"] {
        assert!(same(&archive(name), 3) == sound, "{name}");
    }
}

#[test]
fn every_format_of_tar() {
    let scratch = temporary();
    let top = scratch.path();
    // Beyond the hundred characters that the oldest headers have, and the 21 pieces that one more block has.
    let deep = format!("{}/{}", "a".repeat(70), "b".repeat(60));
    for (place, inner, pieces) in
        [("plain", FOLDER.to_owned(), 3), ("deep", format!("{deep}/{FOLDER}"), 3), ("holes", FOLDER.to_owned(), 3)]
    {
        write_batches(&top.join(place).join(inner), if place == "holes" { 40 } else { 2 }, pieces);
    }
    // Files with holes that the file system knows of.
    for (file, name) in NAMES.iter().enumerate() {
        let path = top.join("holes").join(FOLDER).join(name);
        let content = batch(file, 200, 1);
        fs::write(&path, &content).expect("a file");
        let status = Command::new("cp").args(["--sparse=always"]).arg(&path).arg(path.with_extension("holes")).status();
        assert!(status.expect("cp is there").success());
        fs::rename(path.with_extension("holes"), &path).expect("renamed");
    }
    let sparse = ["--sparse", "--hole-detection=raw"];
    let mut checked = 0;
    for (place, per_file) in [("plain", 2), ("deep", 2), ("holes", 200)] {
        let expected = read(&top.join(place), per_file).unwrap_or_else(|e| panic!("{place}: {e}"));
        for format in ["v7", "oldgnu", "gnu", "ustar", "pax"] {
            if place == "deep" && format == "v7" {
                continue;
            }
            let versions: &[&str] = match (format, place) {
                ("v7" | "ustar", _) => &[""],
                ("pax", _) => &["", "0.0", "0.1", "1.0"],
                _ => &["", "own"],
            };
            for version in versions {
                for (ending, compress) in [("tar", "--no-auto-compress"), ("tar.gz", "--gzip")] {
                    for what in [".", "*"] {
                        let archive = top.join(format!("{place}-{format}-{version}-{checked}.{ending}"));
                        let archive = archive.to_str().expect("a plain path");
                        let format = format!("--format={format}");
                        let mut arguments = vec!["-c", "-f", archive, &format, compress];
                        let of_version = format!("--sparse-version={version}");
                        if !version.is_empty() {
                            arguments.extend(sparse);
                        }
                        if version.contains('.') {
                            arguments.push(&of_version);
                        }
                        arguments.push(if what == "." {
                            "."
                        } else if place == "deep" {
                            &deep[..70]
                        } else {
                            FOLDER
                        });
                        tar(&top.join(place), &arguments);
                        assert!(same(Path::new(archive), per_file) == expected, "{arguments:?}");
                        checked += 1;
                    }
                }
            }
        }
    }
    assert!(checked > 60, "{checked}");
}

/// Builds an archive entry by entry.
struct Built(tar::Builder<Vec<u8>>);

impl Built {
    fn new() -> Self {
        Self(tar::Builder::new(Vec::new()))
    }

    /// The six files.
    fn sound() -> Self {
        let mut built = Self::new();
        for (file, name) in NAMES.iter().enumerate() {
            built.file(&format!("{FOLDER}/{name}"), &batch(file, 1, 3));
        }
        built
    }

    fn entry(&mut self, kind: tar::EntryType, path: &str, content: &[u8], link: &str) -> &mut Self {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(if kind == tar::EntryType::Directory { 0o755 } else { 0o644 });
        header.set_size(content.len() as u64);
        // As bytes: the builder refuses some paths that archives have.
        let old = header.as_old_mut();
        old.name[..path.len()].copy_from_slice(path.as_bytes());
        old.linkname[..link.len()].copy_from_slice(link.as_bytes());
        header.set_cksum();
        self.0.append(&header, content).expect("in memory");
        self
    }

    fn file(&mut self, path: &str, content: &[u8]) -> &mut Self {
        self.entry(tar::EntryType::Regular, path, content, "")
    }

    fn folder(&mut self, path: &str) -> &mut Self {
        self.entry(tar::EntryType::Directory, path, &[], "")
    }

    fn hard(&mut self, path: &str, to: &str) -> &mut Self {
        self.entry(tar::EntryType::Link, path, &[], to)
    }

    fn soft(&mut self, path: &str, to: &str) -> &mut Self {
        self.entry(tar::EntryType::Symlink, path, &[], to)
    }

    fn bytes(self) -> Vec<u8> {
        self.0.into_inner().expect("in memory")
    }
}

fn written(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).expect("a file");
    path
}

fn batches() -> Data {
    let folder = temporary();
    write_batches(folder.path(), 1, 3);
    read(folder.path(), 1).expect("sound files")
}

/// The six files, the first of which is made by `first`.
fn with_first(first: impl FnOnce(&mut Built, &str)) -> Vec<u8> {
    let mut built = Built::new();
    let place = format!("{FOLDER}/{}", NAMES[0]);
    first(&mut built, &place);
    for (file, name) in NAMES.iter().enumerate().skip(1) {
        built.file(&format!("{FOLDER}/{name}"), &batch(file, 1, 3));
    }
    built.bytes()
}

#[test]
fn links_lead_to_what_they_name() {
    let scratch = temporary();
    let expected = batches();
    let content = batch(0, 1, 3);
    let cases: Vec<(&str, Vec<u8>)> = vec![
        (
            "soft",
            with_first(|built, place| {
                built.soft(place, "../elsewhere/a").file("elsewhere/a", &content);
            }),
        ),
        (
            "chain",
            with_first(|built, place| {
                built.soft(place, "b").soft(&format!("{FOLDER}/b"), "./c").soft(&format!("{FOLDER}/c"), "../d/e");
                built.soft("d", "f").folder("f").file("f/e", &content);
            }),
        ),
        (
            "hard link to a soft one",
            with_first(|built, place| {
                built.file(&format!("{FOLDER}/x"), &content).soft(&format!("{FOLDER}/y"), "x");
                built.hard(place, &format!("{FOLDER}/y"));
            }),
        ),
        (
            "hard link before its target is replaced",
            with_first(|built, place| {
                built.file("x", &content).hard(place, "x").file("x", &batch(5, 1, 2));
            }),
        ),
        (
            "hard link under an absolute name",
            with_first(|built, place| {
                built.file("/x", &content).hard(place, "/x");
            }),
        ),
    ];
    for (name, bytes) in cases {
        let archive = written(scratch.path(), &format!("{name}.tar"), &bytes);
        assert!(same(&archive, 1) == expected, "{name}");
    }
    // The whole folder by another name.
    let mut built = Built::new();
    for (file, name) in NAMES.iter().enumerate() {
        built.file(&format!("real/{name}"), &batch(file, 1, 3));
    }
    built.soft(FOLDER, "real");
    assert!(same(&written(scratch.path(), "folder.tar", &built.bytes()), 1) == expected);
}

#[test]
fn links_that_lead_nowhere_are_named() {
    let scratch = temporary();
    for (name, first, words) in [
        ("loop", &[(true, "a"), (true, NAMES[0])][..], "leads back to itself"),
        ("out", &[(true, "../../outside")], "leads out of the archive"),
        ("absolute", &[(true, "/etc/hostname")], "leads out of the archive"),
        ("missing", &[(true, "nothing")], "is a link to 'nothing', which is not in the archive"),
        ("hard", &[(false, "nothing")], "is a hard link to 'nothing'"),
    ] {
        let bytes = with_first(|built, place| {
            let places = [place.to_owned(), format!("{FOLDER}/a")];
            for ((is_soft, to), place) in first.iter().zip(&places) {
                if *is_soft {
                    built.soft(place, to)
                } else {
                    built.hard(place, to)
                };
            }
        });
        refused(&written(scratch.path(), &format!("{name}.tar"), &bytes), &[NAMES[0], words]);
    }
    let folder = with_first(|built, place| {
        built.folder(place);
    });
    refused(&written(scratch.path(), "folder.tar", &folder), &[NAMES[0], "is a folder"]);
    let pipe = with_first(|built, place| {
        built.entry(tar::EntryType::Fifo, place, &[], "");
    });
    refused(&written(scratch.path(), "pipe.tar", &pipe), &[NAMES[0], "is a pipe"]);
}

/// Something to be found beside the data, and how it comes into the archive.
type Beside<'a> = (&'static str, &'a dyn Fn(&mut Built));

#[test]
fn what_else_is_in_the_archive_does_not_matter() {
    let scratch = temporary();
    let expected = batches();
    let first = format!("{FOLDER}/{}", NAMES[0]);
    let other = batch(7, 1, 2);
    let cases: [Beside<'_>; 8] = [
        ("copies elsewhere", &|built| {
            built
                .file("old/data_batch_1.bin", &other)
                .file("test_batch.bin", &other)
                .file("z/test_batch.bin", b"short");
        }),
        ("folders named like files", &|built| {
            built.folder("x/data_batch_1.bin").folder("data_batch_2.bin").file("data_batch_2.bin/readme", b"text");
        }),
        ("a broken copy first", &|built| {
            built.file(&first, b"torn").file(&first, &batch(0, 1, 3));
        }),
        ("through ..", &|built| {
            built.file(&format!("{FOLDER}/../{FOLDER}/{}", NAMES[1]), &other);
        }),
        ("below a file", &|built| {
            built.file(&format!("{first}/inside"), &other);
        }),
        ("a link beside it", &|built| {
            built.soft(&format!("{FOLDER}/latest"), "../../../nowhere").soft("loop", "loop");
        }),
        ("a dot before it", &|built| {
            built.file(&format!("./{first}"), &batch(0, 1, 3)).folder(&format!("././{FOLDER}//"));
        }),
        ("a kind that nobody knows", &|built| {
            built.entry(tar::EntryType::new(b'Q'), &format!("{FOLDER}/q"), &other, "");
            // As a file, which it is to tar.
            built.entry(tar::EntryType::new(b'Q'), &first, &batch(0, 1, 3), "");
        }),
    ];
    for (name, more) in cases {
        let mut built = Built::sound();
        more(&mut built);
        let bytes = built.bytes();
        for (ending, bytes) in [("tar", bytes.clone()), ("gz", gzip(&bytes))] {
            let archive = written(scratch.path(), &format!("{name}.{ending}"), &bytes);
            assert!(same(&archive, 1) == expected, "{name}.{ending}");
        }
    }
}

#[test]
fn several_folders_without_a_name_of_their_own_are_refused() {
    let scratch = temporary();
    let mut built = Built::new();
    for folder in ["one", "two"] {
        for (file, name) in NAMES.iter().enumerate() {
            built.file(&format!("{folder}/{name}"), &batch(file, 1, 3));
        }
    }
    let archive = written(scratch.path(), "two.tar", &built.bytes());
    refused(&archive, &["several folders (one, two)"]);
    let error = read(unpacked(&archive).path(), 1).expect_err("refused");
    assert!(error.contains("several folders (one, two)"), "{error}");
}

#[test]
fn what_follows_the_end_is_ignored_and_a_missing_end_is_not() {
    let scratch = temporary();
    let expected = batches();
    let tar = Built::sound().bytes();
    let half = tar.len() / 1024 * 512;
    for (name, bytes) in [
        ("garbage.tar", [tar.as_slice(), b"garbage of some length"].concat()),
        ("another.tar", [tar.as_slice(), &Built::sound().bytes()].concat()),
        ("padded.tar.gz", [gzip(&tar), vec![0; 700]].concat()),
        ("garbage.tar.gz", [gzip(&tar), b"garbage".to_vec()].concat()),
        ("members.tar.gz", [gzip(&tar[..half]), gzip(&[]), gzip(&tar[half..])].concat()),
        // All six are whole; only the two empty blocks at the end are missing.
        ("no-end.tar", tar[..tar.len() - 1024].to_vec()),
    ] {
        let archive = written(scratch.path(), name, &bytes);
        assert!(read(&archive, 1).unwrap_or_else(|e| panic!("{name}: {e}")) == expected, "{name}");
    }
    for length in [600, half + 100, tar.len() - 1024 - 600] {
        refused(&written(scratch.path(), "cut.tar", &tar[..length]), &["tar archive truncated or damaged"]);
        refused(&written(scratch.path(), "cut.tar.gz", &gzip(&tar[..length])), &["without a readable tar archive"]);
    }
    let mut damaged = tar;
    damaged[3] ^= 1;
    refused(&written(scratch.path(), "damaged.tar", &damaged), &["not a gzip file and no tar archive"]);
    damaged[3] ^= 1;
    let second = 512 + 3073_usize.next_multiple_of(512);
    damaged[second + 3] ^= 1;
    refused(&written(scratch.path(), "damaged.tar", &damaged), &["wrong checksum"]);
}

#[test]
fn claims_are_not_believed() {
    let scratch = temporary();
    // A name of gigabytes, a sparse file that contradicts itself, and a size that no file has.
    for kind in [b'L', b'K', b'x', b'g'] {
        let mut built = Built::new();
        built.entry(tar::EntryType::new(kind), "words", &vec![b'a'; (1 << 20) + 1], "");
        let archive = written(scratch.path(), "words.tar", &built.bytes());
        refused(&archive, &["a name or extended header of 1048577 bytes"]);
    }
    let record = |key: &str, value: &str| {
        let length = key.len() + value.len() + 3;
        let digits = (length + 2).to_string().len();
        format!("{} {key}={value}\n", length + digits)
    };
    for (map, words) in [
        ([("GNU.sparse.size", "3073"), ("GNU.sparse.map", "0,9999999999999")], "contradicts itself"),
        ([("GNU.sparse.size", "3073"), ("GNU.sparse.map", "10,5,0,5")], "contradicts itself"),
        ([("GNU.sparse.size", "3073"), ("GNU.sparse.map", "1,2,3")], "ends early"),
        ([("size", "18446744073709551615"), ("comment", "none")], "bytes"),
    ] {
        let mut built = Built::new();
        let words_of: String = map.iter().map(|(key, value)| record(key, value)).collect();
        built.entry(tar::EntryType::XHeader, "words", words_of.as_bytes(), "");
        built.file(&format!("{FOLDER}/{}", NAMES[0]), &batch(0, 1, 3));
        let archive = written(scratch.path(), "map.tar", &built.bytes());
        refused(&archive, &["tar archive truncated or damaged", words]);
    }
}

/// What an archive says of itself is kept in mind while it is gone through: a few kilobytes of gzip say gigabytes.
#[test]
fn names_are_bounded() {
    let scratch = temporary();
    let refuses = |built: Built, words: &str| {
        let archive = written(scratch.path(), "names.tar.gz", &gzip(&built.bytes()));
        refused(&archive, &["without a readable tar archive inside", words]);
    };
    let long = |kind: u8, built: &mut Built, name: &[u8]| {
        built.entry(tar::EntryType::new(kind), "words", name, "");
    };
    for (kind, length) in [(b'L', 4097), (b'K', 4097), (b'L', 1 << 20)] {
        let mut built = Built::sound();
        long(kind, &mut built, &vec![b'a'; length]);
        built.soft("link", "x");
        refuses(built, &format!("a path of {length} bytes, longer than systems have"));
    }
    let mut built = Built::sound();
    for number in 0..40 {
        // Two thousand folders one below the other, which no other entry has.
        long(b'L', &mut built, format!("{number}/{}f", "a/".repeat(2000)).as_bytes());
        built.file("short", b"");
    }
    refuses(built, "more than 65536 folders");
    let mut built = Built::sound();
    for number in 0..300 {
        let key = format!("comment{number}");
        let value = "a".repeat(10_000);
        let length = key.len() + value.len() + 3;
        let digits = (length + 5).to_string().len();
        long(b'g', &mut built, format!("{} {key}={value}\n", length + digits).as_bytes());
    }
    refuses(built, "extended headers for all entries of more than 1 MB");
}

/// Nothing of an archive is unpacked, wherever its paths and links lead.
#[test]
fn archives_write_nothing() {
    let scratch = temporary();
    let top = scratch.path();
    fs::create_dir_all(top.join("images/inner")).expect("folders");
    fs::write(top.join("outside"), b"mine").expect("a file");
    let outside = top.join("outside");
    let outside = outside.to_str().expect("a plain path");
    let everything = |folder: &Path| {
        let mut found = Vec::new();
        let mut open = vec![folder.to_path_buf()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).expect("readable") {
                let path = entry.expect("readable").path();
                if path.is_dir() && !path.is_symlink() {
                    open.push(path.clone());
                }
                found.push((path.clone(), fs::read(&path).unwrap_or_default()));
            }
        }
        found.sort();
        found
    };
    let mut built = Built::sound();
    built.file("../outside", b"theirs").file("../../new", b"theirs").folder("../made");
    built.file(outside, b"theirs").soft("way", "../..").file("way/new", b"theirs").file("way/outside", b"theirs");
    built.soft("out", outside).file("out", b"theirs").hard("hard", "../outside").hard("same", outside);
    let archive = written(&top.join("images/inner"), "a.tar", &built.bytes());
    let before = everything(top);
    assert!(read(&archive, 1).is_ok_and(|data| data == batches()), "the six files are there");
    assert!(everything(top) == before, "something was written");
}

/// Random archives of a few paths, as `tar` unpacks them.
#[test]
fn random_archives_are_what_tar_makes_of_them() {
    let mut state = 7_u64;
    let mut roll = |sides: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % sides
    };
    let scratch = temporary();
    let (mut read_alike, mut refused_alike) = (0, 0);
    for round in 0..120 {
        let mut built = Built::new();
        let mut paths: Vec<String> = NAMES.iter().map(|name| format!("{FOLDER}/{name}")).collect();
        for (file, path) in paths.iter().enumerate() {
            built.file(path, &batch(file, 1, 3));
        }
        paths.extend(["x", "x/a", "y", "y/b", FOLDER, "y/data_batch_1.bin"].map(str::to_owned));
        for number in 0..8 {
            let (path, to) = (paths[roll(paths.len())].clone(), paths[roll(paths.len())].clone());
            match roll(6) {
                0 => built.folder(&path),
                1 => built.hard(&path, &to),
                // Links upwards are left out: tar makes these last of all, in place of what has come since.
                2 | 3 if path.contains('/') => built.soft(&path, to.rsplit('/').next().unwrap_or_default()),
                2 | 3 => built.soft(&path, &to),
                _ => built.file(&path, &batch(10 + number, 1, 2)),
            };
        }
        let archive = written(scratch.path(), "random.tar", &built.bytes());
        let folder = unpacked(&archive);
        match (read(&archive, 1), read(folder.path(), 1)) {
            (Ok(archive), Ok(folder)) => {
                assert!(archive == folder, "round {round}");
                read_alike += 1;
            }
            (Err(_), Err(_)) => refused_alike += 1,
            // What leads out of an archive may be there on this machine.
            (Err(error), Ok(_)) => assert!(error.contains("leads out of the archive"), "round {round}: {error}"),
            (Ok(_), Err(error)) => panic!("round {round}: tar leaves what cannot be read: {error}"),
        }
    }
    assert!(read_alike > 10 && refused_alike > 10, "{read_alike} read, {refused_alike} refused");
}
