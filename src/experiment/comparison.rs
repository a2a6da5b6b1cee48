//! In which fields two experiments differ, in words.

use std::collections::{BTreeMap, BTreeSet};

use super::config::Experiment;
use super::paths::PATHS;

/// Fields that are named, at most.
const MOST_NAMED: usize = 5;

/// Fields in which what was found differs from what is wanted, with both values; `None` where in none. Names and
/// descriptions change nothing of what is trained.
#[must_use]
pub fn differing(found: &Experiment, wanted: &Experiment) -> Option<String> {
    let all = all_differing(found, wanted);
    let more = all.len().saturating_sub(MOST_NAMED);
    let mut named = all[..all.len() - more].join(", ");
    if more > 0 {
        named.push_str(&format!(", and {more} more"));
    }
    (!all.is_empty()).then_some(named)
}

fn all_differing(found_experiment: &Experiment, wanted_experiment: &Experiment) -> Vec<String> {
    let fields = |experiment: &Experiment| {
        let mut fields = BTreeMap::new();
        // Plain structs of numbers, strings and lists have a TOML form.
        let table = toml::Table::try_from(experiment).unwrap_or_default();
        for (section, value) in table {
            match value {
                toml::Value::Table(inner) => {
                    fields
                        .extend(inner.into_iter().map(|(key, value)| (format!("{section}.{key}"), value.to_string())));
                }
                _ if section == "name" || section == "description" => {}
                value => drop(fields.insert(section, value.to_string())),
            }
        }
        fields
    };
    let (found, wanted) = (fields(found_experiment), fields(wanted_experiment));
    let paths: BTreeSet<&String> = found.keys().chain(wanted.keys()).collect();
    let shown = |value: Option<&String>| value.map_or("not given", String::as_str).to_owned();
    { paths.into_iter() }
        .filter(|path| found.get(*path) != wanted.get(*path))
        // One that was written by hand takes any data.
        .filter(|path| *path != "data.content" || found.contains_key(*path))
        .filter(|path| !PATHS.contains(&path.as_str()) || !is_same_place(path, found_experiment, wanted_experiment))
        .map(|path| format!("{path} is {} there and {} here", shown(found.get(path)), shown(wanted.get(path))))
        .collect()
}

/// Whether both take their data from one place, by whichever way it is named, or the same data from two.
fn is_same_place(path: &str, a: &Experiment, b: &Experiment) -> bool {
    if a.data.content.is_some() && a.data.content == b.data.content {
        return true;
    }
    let place = |experiment: &Experiment| {
        let data = &experiment.data;
        std::fs::canonicalize(match path {
            "data.targets_path" => &data.targets_path,
            "data.labels_path" => &data.labels_path,
            _ => &data.path,
        })
        .ok()
    };
    place(a).is_some() && place(a) == place(b)
}
