//! An experiment and its interventions as one short text without spaces.
//!
//! `hebbscope1:` and base64url of one byte that tells how the body is packed, the body, and the first three bytes of the
//! body's SHA-256. The body has a line with a preset's name (empty: the defaults), a line a field that differs from it,
//! and a line an intervention.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use sha2::{Digest, Sha256};
use toml::Table;

use super::ShareError;
use super::difference::{Edit, bases, edits, table_of};
use super::value::{from_text, json_from_text, json_to_text, to_text};
use crate::experiment::fields::field;
use crate::experiment::{Experiment, from_toml, preset, resolve};
use crate::record::base64::{self, URL_SAFE};
use crate::record::{Intervention, Target};

/// Beginning of every share string.
pub(super) const PREFIX: &str = "hebbscope1:";
const NAME: &str = "hebbscope";
/// Longest text, and longest body: full decay matrices of a wide network take some megabytes.
const MAX_BYTES: usize = 16 << 20;
const CHECKSUM_BYTES: usize = 3;
const PLAIN: u8 = 0;
const DEFLATED: u8 = 1;
/// One letter a section; part of the format.
const SECTIONS: [(char, &str); 8] = [
    ('d', "data."),
    ('m', "model."),
    ('r', "rule."),
    ('z', "regularizer."),
    ('n', "noise."),
    ('t', "training."),
    ('s', "measure."),
    ('w', "sweep."),
];
/// Stands before fields outside sections.
const TOP: char = '.';

/// A short text for mail and papers from which [`decode`] makes the same experiment and interventions.
///
/// A teacher that is given like the model comes back as one that follows it, as every reader of configurations has it.
#[must_use]
pub fn encode(experiment: &Experiment, interventions: &[Intervention]) -> String {
    let wanted = table_of(experiment);
    let defaults = std::iter::once(("", Experiment::default()));
    let body = bases()
        .chain(defaults)
        .map(|(name, base)| lines(name, &edits(&table_of(&base), &wanted)))
        .min_by_key(String::len)
        .unwrap_or_default();
    let body =
        interventions.iter().filter(|one| !one.is_of_backend()).fold(body, |body, one| body + "\n" + &line_of(one));
    let mut bytes = vec![PLAIN];
    bytes.extend_from_slice(body.as_bytes());
    if let Some(small) = deflated(body.as_bytes()).filter(|small| small.len() < body.len()) {
        bytes.truncate(0);
        bytes.push(DEFLATED);
        bytes.extend(small);
    }
    bytes.extend(checksum(body.as_bytes()));
    format!("{PREFIX}{}", base64::encode(URL_SAFE, &bytes))
}

/// Reads a share string; spaces, line breaks, quotation marks and a full stop that came along are ignored.
///
/// # Errors
/// When the text is none, is cut off or changed, or holds what this version does not allow.
pub fn decode(text: &str) -> Result<(Experiment, Vec<Intervention>), ShareError> {
    if text.len() > MAX_BYTES {
        return Err(ShareError::TooLarge(MAX_BYTES >> 20));
    }
    let body = unpacked(text)?;
    let mut lines = body.split('\n');
    let name = lines.next().unwrap_or_default();
    let base = match name {
        "" => Experiment::default(),
        _ if preset(name).is_some() => resolve(name, &[])?,
        _ => return Err(ShareError::Content(format!("there is no preset '{name}'"))),
    };
    let mut table = table_of(&base);
    let mut interventions: Vec<Intervention> = Vec::new();
    for line in lines {
        if let Some(rest) = line.strip_prefix('@') {
            let next = intervention(rest).ok_or_else(|| content(line))?;
            if interventions.last().is_some_and(|before| before.step > next.step) {
                return Err(ShareError::Content(format!("step {} comes after a later one", next.step)));
            }
            interventions.push(next);
        } else {
            apply(&mut table, line)?;
        }
    }
    let text = toml::to_string(&table).map_err(|error| ShareError::Content(error.to_string()))?;
    Ok((from_toml("share string", &text)?, interventions))
}

fn content(line: &str) -> ShareError {
    let line: String = line.chars().take(60).collect();
    ShareError::Content(format!("'{}' has no meaning here", line.replace('\t', " ")))
}

fn lines(name: &str, edits: &[Edit]) -> String {
    edits.iter().fold(name.to_owned(), |text, (path, value)| match value {
        Some(value) => format!("{text}\n{}={}", short_path(path), to_text(value)),
        None => format!("{text}\n-{}", short_path(path)),
    })
}

fn short_path(path: &str) -> String {
    let in_section = SECTIONS.iter().find_map(|(letter, section)| Some((letter, path.strip_prefix(section)?)));
    in_section.map_or_else(|| format!("{TOP}{path}"), |(letter, key)| format!("{letter}{key}"))
}

fn long_path(short: &str) -> Option<&'static str> {
    let mut chars = short.chars();
    let letter = chars.next()?;
    let section = match letter {
        TOP => "",
        letter => SECTIONS.iter().find(|(known, _)| *known == letter)?.1,
    };
    Some(field(&format!("{section}{}", chars.as_str()))?.path)
}

fn apply(table: &mut Table, line: &str) -> Result<(), ShareError> {
    let (short, value) = match line.strip_prefix('-') {
        Some(short) => (short, None),
        None => line.split_once('=').map(|(short, value)| (short, Some(value))).ok_or_else(|| content(line))?,
    };
    let path = long_path(short).ok_or_else(|| content(line))?;
    let value = value.map(|text| from_text(text).ok_or_else(|| content(line))).transpose()?;
    put(table, path, value).ok_or_else(|| content(line))
}

/// Sets a field or takes it out; `None` where something else than a section stands in its way.
fn put(table: &mut Table, path: &str, value: Option<toml::Value>) -> Option<()> {
    let Some((section, rest)) = path.split_once('.') else {
        match value {
            Some(value) => table.insert(path.to_owned(), value),
            None => table.remove(path),
        };
        return Some(());
    };
    let inner = table.entry(section.to_owned()).or_insert_with(|| Table::new().into()).as_table_mut()?;
    put(inner, rest, value)?;
    // Without its last field, an optional section is absent.
    if inner.is_empty() {
        table.remove(section);
    }
    Some(())
}

/// Step, field, layer, twin, old and new value, between tabs.
fn line_of(one: &Intervention) -> String {
    let target = one.target.clone().unwrap_or_default();
    let layer = target.layer.map(|layer| layer.to_string()).unwrap_or_default();
    let twin = target.twin.map(|twin| to_text(&toml::Value::String(twin))).unwrap_or_default();
    let (old, new) = (json_to_text(&one.old), json_to_text(&one.new));
    format!("@{}\t{}\t{layer}\t{twin}\t{old}\t{new}", one.step, short_path(&one.field))
}

fn intervention(line: &str) -> Option<Intervention> {
    let [step, path, layer, twin, old, new] = line.split('\t').collect::<Vec<_>>().try_into().ok()?;
    let layer = if layer.is_empty() { None } else { Some(layer.parse().ok()?) };
    let twin = if twin.is_empty() { None } else { Some(from_text(twin)?.as_str()?.to_owned()) };
    let target = Some(Target { layer, twin }).filter(|target| *target != Target::default());
    let field = field(long_path(path)?)?.path.to_owned();
    let step = step.parse().ok().filter(|step| *step <= Intervention::MOST_STEP)?;
    Some(Intervention { step, field, old: json_from_text(old)?, new: json_from_text(new)?, target })
}

fn deflated(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

fn checksum(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).iter().take(CHECKSUM_BYTES).copied().collect()
}

/// From the pasted text to the body, whose checksum is right.
fn unpacked(text: &str) -> Result<String, ShareError> {
    // Mail programs break lines and mark quotations with '>'.
    let is_noise = |c: &char| {
        c.is_whitespace()
            || c.is_control()
            || "\"'`<>\u{201c}\u{201d}\u{201e}\u{2018}\u{2019}\u{ab}\u{bb}\u{200b}\u{feff}".contains(*c)
    };
    let plain: String = text.chars().filter(|c| !is_noise(c)).collect();
    let Some(code) = plain.strip_prefix(PREFIX) else {
        let version = plain.split_once(':').map(|(version, _)| version);
        let is_later = |version: &&str| {
            version
                .strip_prefix(NAME)
                .is_some_and(|n| !n.is_empty() && n.len() < 6 && n.chars().all(|c| c.is_ascii_digit()))
        };
        return Err(version.filter(is_later).map_or(ShareError::Foreign, |v| ShareError::Newer(format!("{v}:"))));
    };
    let code = code.trim_end_matches(['.', ',', ';', ')', ']', '=']);
    let damaged = |why: &str| ShareError::Damaged(why.to_owned());
    let bytes = base64::decode_url_safe(code).map_err(|wrong| match wrong {
        Some(c) => ShareError::Damaged(format!("'{c}' cannot be part of it")),
        None => damaged("its end is missing"),
    })?;
    let [packing, rest @ ..] = bytes.as_slice() else { return Err(damaged("nothing follows the beginning")) };
    let at = rest.len().checked_sub(CHECKSUM_BYTES).ok_or_else(|| damaged("its end is missing"))?;
    let (packed, sum) = rest.split_at(at);
    let body = match *packing {
        PLAIN => packed.to_vec(),
        DEFLATED => {
            let mut body = Vec::new();
            let mut reader = DeflateDecoder::new(packed).take(MAX_BYTES as u64 + 1);
            reader.read_to_end(&mut body).map_err(|_| damaged("it cannot be unpacked"))?;
            if body.len() > MAX_BYTES {
                return Err(ShareError::TooLarge(MAX_BYTES >> 20));
            }
            body
        }
        _ => return Err(damaged("it is packed in an unknown way")),
    };
    if checksum(&body) != sum {
        return Err(damaged("its checksum is wrong"));
    }
    String::from_utf8(body).map_err(|_| damaged("it is not text"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::fields::FIELDS;

    #[test]
    fn a_written_rule_comes_back() {
        let given = [
            "rule.kind=custom",
            "rule.signal=act * (act - theta)\n  * pre - k * w",
            "rule.parameters.k=-0.5",
            "rule.state.theta.of=act^2",
            "rule.state.theta.rate=0.05",
        ]
        .map(str::to_owned);
        let experiment = resolve("sre", &given).expect("valid");
        let (back, _) = decode(&encode(&experiment, &[])).expect("its own form");
        assert_eq!(back, experiment);
        let (mine, other) = (resolve("rule-bcm", &[]).expect("valid"), resolve("sre", &[]).expect("valid"));
        let mut table = table_of(&mine);
        let changes = lines("", &edits(&table, &table_of(&other)));
        changes.lines().skip(1).try_for_each(|line| apply(&mut table, line)).expect("its own lines");
        assert_eq!(table, table_of(&other), "states that are not there any more go");
    }

    #[test]
    fn every_section_has_its_letter() {
        for field in FIELDS {
            assert_eq!(long_path(&short_path(field.path)), Some(field.path));
        }
    }

    #[test]
    fn bombs_are_refused() {
        let body = vec![b'a'; MAX_BYTES + 10];
        let mut bytes = vec![DEFLATED];
        bytes.extend(deflated(&body).expect("packed"));
        bytes.extend(checksum(&body));
        let text = format!("{PREFIX}{}", base64::encode(URL_SAFE, &bytes));
        assert!(text.len() < 1 << 16, "small outside");
        assert!(matches!(decode(&text), Err(ShareError::TooLarge(16))));
        assert!(matches!(decode(&" ".repeat(MAX_BYTES + 1)), Err(ShareError::TooLarge(16))));
    }

    #[test]
    fn bodies_that_say_nonsense_are_refused() {
        let decoded = |body: &str| {
            let mut bytes = vec![PLAIN];
            bytes.extend(body.as_bytes());
            bytes.extend(checksum(body.as_bytes()));
            decode(&format!("{PREFIX}{}", base64::encode(URL_SAFE, &bytes))).map(drop)
        };
        decoded("sre").expect("a preset alone");
        for body in [
            "nix",
            "sre\nzweight",
            "sre\nqx=1",
            "sre\nzweight_decay=",
            "sre\nzweight_decay=-1.0",
            "sre\n@3\tx",
            "sre\n\n",
            "sre\nzweight_decay=1\nmodel = 3",
            "sre\nmhidden=[0]",
            "sre\n@5\tzl1\t\t\t0.0\t1.0\n@4\tzl1\t\t\t0.0\t1.0",
        ] {
            let message = decoded(body).expect_err(body).to_string();
            assert!(message.starts_with("this share string cannot be used: ") && !message.contains('\n'), "{message}");
        }
    }
}
