//! What an earlier start has stored, looked through before the window library reads it: a zoom that no screen has room
//! for has brought down drivers, and what is damaged should be said.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use eframe::Storage;
use eframe::egui::Memory;

/// Under this key egui keeps its memory, with the zoom.
const MEMORY: &str = "egui";

/// Under this key the library keeps size and position of the window.
const GEOMETRY: &str = "window";

/// Least and largest zoom that is taken up; by keys a person gets further, and back.
const ZOOMS: std::ops::RangeInclusive<f32> = 0.5..=4.0;

/// Largest file that is read: the state of a window has some ten kilobytes.
const MOST_BYTES: u64 = 16 << 20;

/// Values by key, as the window library keeps them.
#[derive(Debug, Default)]
struct Values(HashMap<String, String>);

impl Storage for Values {
    fn get_string(&self, key: &str) -> Option<String> {
        self.0.get(key).cloned()
    }

    fn set_string(&mut self, key: &str, value: String) {
        self.0.insert(key.to_owned(), value);
    }

    fn remove_string(&mut self, key: &str) {
        self.0.remove(key);
    }

    fn flush(&mut self) {}
}

/// Where the state lies, as the window library has it.
pub(in crate::app) fn path() -> Option<PathBuf> {
    eframe::storage_dir("hebbscope").map(|folder| folder.join("app.ron"))
}

/// Mends a file of stored state where it would do harm; what there is to say, a line each. A file that is not there is
/// well.
pub(in crate::app) fn mend(path: &Path) -> Vec<String> {
    let Ok(about) = std::fs::metadata(path) else { return Vec::new() };
    let text = (about.len() <= MOST_BYTES).then(|| std::fs::read_to_string(path).ok()).flatten();
    let Some(mut values) = text.and_then(values_of) else {
        let aside = path.with_extension("damaged.ron");
        // What cannot be moved is left alone: the library ignores it as well.
        let kept = match std::fs::rename(path, &aside) {
            Ok(()) => format!("; it is kept as {}", aside.display()),
            Err(_) => String::new(),
        };
        return vec![format!("{}: the stored window is damaged and is ignored{kept}", path.display())];
    };
    let said = mend_values(&mut values);
    if said.is_empty() {
        return said;
    }
    match crate::record::write_file(path, whole(values).as_bytes()) {
        Ok(()) => said,
        Err(error) => vec![format!("the stored window cannot be mended: {error}")],
    }
}

/// A whole file is one value in the form of each of its values.
fn values_of(text: String) -> Option<Values> {
    let file = Values(HashMap::from([(String::new(), text)]));
    eframe::get_value(&file, "").map(Values)
}

fn whole(values: Values) -> String {
    let mut file = Values::default();
    eframe::set_value(&mut file, "", &values.0);
    file.0.remove("").unwrap_or_default()
}

fn mend_values(values: &mut Values) -> Vec<String> {
    let mut said = Vec::new();
    if values.0.contains_key(MEMORY) {
        match eframe::get_value::<Memory>(values, MEMORY) {
            Some(mut memory) => {
                let zoom = memory.options.zoom_factor;
                if !ZOOMS.contains(&zoom) {
                    memory.options.zoom_factor =
                        if zoom.is_finite() { zoom.clamp(*ZOOMS.start(), *ZOOMS.end()) } else { 1.0 };
                    said.push(format!("the stored zoom of {zoom} is set to {}", memory.options.zoom_factor));
                    eframe::set_value(values, MEMORY, &memory);
                    // Sizes in points of that zoom are no sizes.
                    values.0.remove(GEOMETRY);
                }
            }
            None => {
                values.0.remove(MEMORY);
                said.push("the stored zoom and theme are damaged and are ignored".into());
            }
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_zoom(zoom: f32) -> Values {
        let mut memory = Memory::default();
        memory.options.zoom_factor = zoom;
        let mut values = Values::default();
        eframe::set_value(&mut values, MEMORY, &memory);
        values.set_string(GEOMETRY, "(size: anything)".into());
        values.set_string("desk", "(panes: anything)".into());
        values
    }

    fn zoom_in(path: &Path) -> Option<f32> {
        let values = values_of(std::fs::read_to_string(path).ok()?)?;
        Some(eframe::get_value::<Memory>(&values, MEMORY)?.options.zoom_factor)
    }

    #[test]
    fn a_zoom_that_no_screen_has_room_for_is_clamped_and_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("app.ron");
        for (stored, wanted) in [(50.0, 4.0), (0.001, 0.5), (-3.0, 0.5), (f32::NAN, 1.0), (f32::INFINITY, 1.0)] {
            std::fs::write(&path, whole(with_zoom(stored))).expect("written");
            let said = mend(&path);
            assert!(said.len() == 1 && said[0].contains("stored zoom"), "{stored}: {said:?}");
            assert_eq!(zoom_in(&path), Some(wanted), "{stored}");
            let left = values_of(std::fs::read_to_string(&path).expect("there")).expect("whole");
            assert!(!left.0.contains_key(GEOMETRY) && left.0.contains_key("desk"));
            assert!(mend(&path).is_empty(), "once");
        }
        std::fs::write(&path, whole(with_zoom(1.5))).expect("written");
        assert!(mend(&path).is_empty());
        assert_eq!(zoom_in(&path), Some(1.5));
    }

    #[test]
    fn damaged_state_is_put_aside_with_words() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("app.ron");
        assert!(mend(&path).is_empty(), "nothing stored");
        for text in [&b"{\"egui\": "[..], b"\xff\xfe\x00", b"[1, 2]", b"(a: 1)"] {
            std::fs::write(&path, text).expect("written");
            let said = mend(&path);
            assert!(said.len() == 1 && said[0].contains("damaged"), "{said:?}");
            assert!(!path.exists() && folder.path().join("app.damaged.ron").exists());
        }
        let mut values = with_zoom(1.0);
        values.set_string(MEMORY, "(options: 7".into());
        std::fs::write(&path, whole(values)).expect("written");
        assert!(mend(&path).concat().contains("zoom and theme are damaged"));
        assert!(mend(&path).is_empty());
    }
}
