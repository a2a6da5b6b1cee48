//! A drawing as a list of shapes in points, which both renderers follow: what the SVG shows, the PNG shows.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock};

use eframe::egui::FontDefinitions;
use plotters::style::{FontFamily, FontStyle, IntoFont};

use super::look::Tones;
use super::raised::with_raised_digits;
use crate::record::signs;

/// Family under which the bundled typeface is registered with the drawing library.
pub(super) const FAMILY: &str = "sans-serif";
/// Family for what the first lacks, such as arrows.
const SYMBOLS: &str = "monospace";
/// The drawing library sizes type by its ascent and descent together, everybody else by the em.
pub(super) const LIBRARY_SIZE_PER_EM: f64 = 1.121;

pub(super) type Rgb = [u8; 3];
pub(super) type Point = (f64, f64);

pub(super) const INK: Rgb = [40, 40, 40];
pub(super) const GREY: Rgb = [110, 110, 110];
pub(super) const FAINT: Rgb = [226, 226, 226];

/// A rectangle, y downwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Area {
    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f64 {
        self.bottom - self.top
    }

    pub(super) fn middle(&self) -> Point {
        ((self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0)
    }
}

/// Where a text lies with respect to its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// One shape; later ones cover earlier ones.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// Joined points; `dash` alternates lengths drawn and left out.
    Line {
        points: Vec<Point>,
        color: Rgb,
        width: f64,
        dash: &'static [f64],
    },
    Polygon {
        points: Vec<Point>,
        color: Rgb,
        opacity: f64,
    },
    Dot {
        at: Point,
        radius: f64,
        color: Rgb,
    },
    /// A text whose baseline begins, is centred or ends at `at`; `upwards` turns it a quarter.
    Text {
        text: String,
        at: Point,
        size: f64,
        anchor: Anchor,
        upwards: bool,
        color: Rgb,
    },
    /// Cells of one colour each, row by row.
    Cells {
        area: Area,
        columns: usize,
        colors: Vec<Rgb>,
    },
}

/// The whole drawing.
#[derive(Clone, Debug, Default)]
pub(super) struct Sheet {
    pub width: f64,
    pub height: f64,
    /// Lines, areas and text have the colours that they have on white, cells those of this.
    pub tones: Tones,
    pub shapes: Vec<Shape>,
    /// Places of shapes whose colours are those of the ground already.
    pub exact: Vec<usize>,
}

impl Sheet {
    /// The shapes in the colours of the ground.
    pub(super) fn toned(mut self) -> Self {
        let tones = self.tones;
        let mut exact = self.exact.iter().peekable();
        for (place, shape) in self.shapes.iter_mut().enumerate() {
            if exact.next_if_eq(&&place).is_some() {
                continue;
            }
            match shape {
                Shape::Line { color, .. }
                | Shape::Polygon { color, .. }
                | Shape::Dot { color, .. }
                | Shape::Text { color, .. } => *color = tones.shown(*color),
                Shape::Cells { .. } => {}
            }
        }
        self
    }

    /// Adds a minus to a cell or dot of that size and colour, if there is room for it.
    pub(super) fn minus(&mut self, (x, y): Point, size: f64, color: Rgb) {
        if let Some([length, width]) = signs::minus_on(size as f32) {
            let half = f64::from(length) / 2.0;
            let points = vec![(x - half, y), (x + half, y)];
            self.exact(Shape::Line { points, color: signs::ink_on(color), width: width.into(), dash: &[] });
        }
    }

    /// Adds a shape whose colour is one of the ground already.
    pub(super) fn exact(&mut self, shape: Shape) {
        self.exact.push(self.shapes.len());
        self.shapes.push(shape);
    }

    pub(super) fn line(&mut self, points: Vec<Point>, color: Rgb, width: f64) {
        self.shapes.push(Shape::Line { points, color, width, dash: &[] });
    }

    pub(super) fn rectangle(&mut self, area: Area, color: Rgb, opacity: f64) {
        let Area { left, top, right, bottom } = area;
        let points = vec![(left, top), (right, top), (right, bottom), (left, bottom)];
        self.shapes.push(Shape::Polygon { points, color, opacity });
    }

    pub(super) fn text(&mut self, text: &str, at: Point, size: f64, anchor: Anchor, color: Rgb) {
        if !text.is_empty() {
            self.shapes.push(Shape::Text { text: text.to_owned(), at, size, anchor, upwards: false, color });
        }
    }

    pub(super) fn upwards(&mut self, text: &str, at: Point, size: f64, anchor: Anchor, color: Rgb) {
        if !text.is_empty() {
            self.shapes.push(Shape::Text { text: text.to_owned(), at, size, anchor, upwards: true, color });
        }
    }
}

/// The bundled typefaces: family and bytes.
pub(super) type Typefaces = [(&'static str, &'static [u8]); 2];

/// Makes the bundled typefaces known to the drawing library, which has no fonts of its own.
pub(super) fn register_typeface() -> Result<(), String> {
    typefaces().map(drop)
}

/// The bundled typefaces, which the drawing library knows from then on.
pub(super) fn typefaces() -> Result<Typefaces, String> {
    static DONE: OnceLock<Result<Typefaces, String>> = OnceLock::new();
    DONE.get_or_init(|| {
        let mut fonts = FontDefinitions::default();
        let mut faces: Typefaces = [(FAMILY, &[]), (SYMBOLS, &[])];
        for ((family, bytes), name) in faces.iter_mut().zip(["Ubuntu-Light", "Hack"]) {
            let font = fonts.font_data.remove(name).ok_or("a bundled typeface is missing")?;
            // Registered fonts live as long as the program, and each is registered once.
            let own: &[u8] = (*font.font).as_ref();
            *bytes = with_raised_digits(own).unwrap_or_else(|| own.to_vec()).leak();
            plotters::style::register_font(family, FontStyle::Normal, bytes)
                .map_err(|_| "a bundled typeface cannot be read".to_owned())?;
        }
        Ok(faces)
    })
    .clone()
}

/// What is known of a character: its width in ems, and the family that has it; `None` for spaces.
#[derive(Clone, Copy)]
struct Glyph {
    advance: f64,
    family: Option<&'static str>,
}

fn glyph(c: char) -> Glyph {
    static GLYPHS: OnceLock<Mutex<HashMap<char, Glyph>>> = OnceLock::new();
    let mut glyphs = match GLYPHS.get_or_init(Mutex::default).lock() {
        Ok(glyphs) => glyphs,
        Err(poisoned) => poisoned.into_inner(),
    };
    *glyphs.entry(c).or_insert_with(|| {
        // Few typefaces have the thin spaces.
        if matches!(c, '\u{2009}' | '\u{200a}' | '\u{202f}') {
            return Glyph { advance: 0.2, family: None };
        }
        let family = if is_missing(FAMILY, c) && !is_missing(SYMBOLS, c) { SYMBOLS } else { FAMILY };
        // The library rounds widths to whole pixels: measured large, the error vanishes.
        const LARGE: f64 = 2000.0;
        let font = (FontFamily::Name(family), LARGE * LIBRARY_SIZE_PER_EM).into_font();
        let advance = font.box_size(&c.to_string()).map_or(0.0, |(width, _)| f64::from(width) / LARGE);
        Glyph { advance, family: (!c.is_whitespace()).then_some(family) }
    })
}

/// Whether a family draws a character as it draws what no typeface has.
fn is_missing(family: &str, c: char) -> bool {
    let drawn = |c: char| {
        let mut pixels: Vec<(i32, i32, u8)> = Vec::new();
        let font = (FontFamily::Name(family), 40.0).into_font();
        let push = |x, y, share: f32| {
            pixels.push((x, y, (share * 255.0) as u8));
            Ok::<(), std::convert::Infallible>(())
        };
        let _ = font.draw(&c.to_string(), (0, 0), push);
        pixels
    };
    !c.is_whitespace() && drawn(c) == drawn('\u{fffe}')
}

/// Width of a text in points; 0 while the typeface is not registered.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    text.chars().map(|c| glyph(c).advance).sum::<f64>() * size
}

/// Parts of a text that one family draws: the family, the distance from the text's beginning, and the part.
pub(super) fn runs(text: &str, size: f64) -> Vec<(&'static str, f64, String)> {
    let mut runs: Vec<(&'static str, f64, String)> = Vec::new();
    let (mut at, mut gap) = (0.0, true);
    for c in text.chars() {
        let Glyph { advance, family } = glyph(c);
        match (family, runs.last_mut()) {
            (Some(family), Some((last, _, part))) if *last == family && !gap => part.push(c),
            (Some(family), _) => runs.push((family, at, c.to_string())),
            (None, _) => {}
        }
        gap = family.is_none();
        at += advance * size;
    }
    runs
}

/// The text, or as much of its beginning as fits with an ellipsis.
pub(super) fn shortened(text: &str, size: f64, width: f64) -> String {
    if text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut kept: Vec<char> = text.chars().collect();
    while kept.pop().is_some() {
        let short = format!("{}\u{2026}", kept.iter().collect::<String>().trim_end());
        if text_width(&short, size) <= width {
            return short;
        }
    }
    String::new()
}

/// Lines of at most `width`, broken at spaces, or within words that are longer; the last of `most` is shortened.
pub(super) fn wrapped(text: &str, size: f64, width: f64, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    let mut words: Vec<String> = text.split_whitespace().rev().map(str::to_owned).collect();
    while let Some(word) = words.pop() {
        let longer = if line.is_empty() { word.clone() } else { format!("{line} {word}") };
        if text_width(&longer, size) <= width {
            line = longer;
        } else if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
            words.push(word);
        } else {
            let fits = (1..word.chars().count())
                .take_while(|count| text_width(&word.chars().take(*count).collect::<String>(), size) <= width)
                .last()
                .unwrap_or(1);
            let rest: String = word.chars().skip(fits).collect();
            lines.push(word.chars().take(fits).collect());
            if !rest.is_empty() {
                words.push(rest);
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    if lines.len() > most {
        let rest = lines.split_off(most.saturating_sub(1)).join(" ");
        lines.push(shortened(&rest, size, width));
    }
    lines
}

/// A font size at which the text has `width`, between `least` and `size`, and the text, shortened if it must be: what it says in
/// brackets at its end, such as a unit, goes before any of its words.
pub(super) fn fitted(text: &str, size: f64, least: f64, width: f64) -> (String, f64) {
    let at = |text: &str| {
        let natural = text_width(text, size);
        if natural <= width { size } else { (size * width / natural).max(least) }
    };
    if text_width(text, least) > width
        && let Some((words, _)) = text.strip_suffix(')').and_then(|text| text.rsplit_once(" ("))
    {
        return (shortened(words, at(words), width), at(words));
    }
    (shortened(text, at(text), width), at(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_loses_its_unit_before_its_words() {
        register_typeface().expect("bundled");
        let name = "Weight decay \u{3b3} (per unit of learning rate)";
        assert_eq!(fitted(name, 15.0, 9.0, 400.0), (name.to_owned(), 15.0));
        let (short, size) = fitted(name, 15.0, 9.0, 110.0);
        assert!(short == "Weight decay \u{3b3}" && size > 9.0 && text_width(&short, size) <= 110.0, "{short} {size}");
        let (cut, _) = fitted(name, 15.0, 9.0, 40.0);
        assert!(cut.starts_with("Weig") && cut.ends_with('\u{2026}'), "{cut}");
    }

    #[test]
    fn symbols_of_the_interface_can_be_drawn() {
        register_typeface().expect("bundled");
        for c in "\u{3b7}\u{3b2}\u{3b5}\u{3b3}\u{3c3}\u{2113}\u{3b8}\u{394}\u{2081}\u{2082}\u{b1}\u{2192}\u{2212}\u{d7}\u{2026}\u{b7}".chars() {
            let family = glyph(c).family.expect("no space");
            assert!(!is_missing(family, c), "{c} is in neither typeface");
        }
        assert!(is_missing(FAMILY, '\u{2192}'), "the second typeface is needed");
        let parts = runs("a\u{2192}b\u{2009}c", 10.0);
        assert_eq!(parts.iter().map(|(_, _, part)| part.as_str()).collect::<Vec<_>>(), ["a", "\u{2192}", "b", "c"]);
        assert!(parts.windows(2).all(|pair| pair[0].1 < pair[1].1));
    }

    #[test]
    fn lines_keep_to_their_width_and_lose_nothing() {
        register_typeface().expect("bundled");
        let text = "A long title of many words and one_word_that_is_longer_than_any_line_of_this_width here";
        let lines = wrapped(text, 12.0, 120.0, 99);
        assert!(lines.len() > 3 && lines.iter().all(|line| text_width(line, 12.0) <= 120.0), "{lines:?}");
        let squeezed = |text: &str| text.replace(' ', "");
        assert_eq!(squeezed(&lines.concat()), squeezed(text));
        let short = wrapped(text, 12.0, 120.0, 2);
        assert!(
            short.len() == 2 && short[1].ends_with('\u{2026}') && text_width(&short[1], 12.0) <= 120.0,
            "{short:?}"
        );
        assert!(wrapped("", 12.0, 100.0, 2).is_empty());
    }
}
