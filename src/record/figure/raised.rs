//! Raised digits for typefaces that have poor ones or none: a typeface's own digits, smaller and higher, are added to it, so
//! that 10⁻³ is set as it should be wherever text is drawn.
//!
//! The format is that of TrueType (ISO/IEC 14496-22): the new glyphs are composites, which refer to the digits.

use std::collections::BTreeMap;

/// Raised characters, and what each is made of; of the minus, the hyphen where there is no other.
const RAISED: [(char, char, char); 13] = [
    ('\u{2070}', '0', '0'),
    ('\u{b9}', '1', '1'),
    ('\u{b2}', '2', '2'),
    ('\u{b3}', '3', '3'),
    ('\u{2074}', '4', '4'),
    ('\u{2075}', '5', '5'),
    ('\u{2076}', '6', '6'),
    ('\u{2077}', '7', '7'),
    ('\u{2078}', '8', '8'),
    ('\u{2079}', '9', '9'),
    ('\u{207b}', '\u{2212}', '-'),
    // An exponent that is not known yet.
    ('\u{1d56}', 'p', 'p'),
    // A matrix with its rows and columns turned round.
    ('\u{1d40}', 'T', 'T'),
];

/// Height of a raised digit beside that of a digit, and how far it is raised, in ems.
const SIZE: f64 = 0.7;
const RISE: f64 = 0.33;
/// Width beside that of a digit where all characters are equally wide: as wide as leaves no gap.
const WIDE: f64 = 0.9;

/// Tables that would contradict more glyphs, and that nobody needs.
const DROPPED: [&[u8; 4]; 5] = [b"hdmx", b"LTSH", b"VDMX", b"DSIG", b"post"];

/// A number as printed, with its power of ten in raised digits: 1.2e-5 as 1.2×10⁻⁵.
#[must_use]
pub fn with_raised_power(printed: &str) -> String {
    let Some((mantissa, exponent)) = printed.split_once('e') else { return printed.to_owned() };
    let found = |c: char| RAISED.iter().find(|(_, of, otherwise)| c == *of || c == *otherwise);
    let exponent: String = exponent.chars().filter_map(|c| found(c).map(|(raised, ..)| *raised)).collect();
    if matches!(mantissa, "1" | "1.0") { format!("10{exponent}") } else { format!("{mantissa}×10{exponent}") }
}

/// The typeface with raised digits of its own; `None` where its form is not understood, and it is best left as it is.
#[must_use]
pub fn with_raised_digits(font: &[u8]) -> Option<Vec<u8>> {
    let tables = tables(font)?;
    let table = |tag: &[u8; 4]| tables.get(tag).copied();
    let (head, maxp, hhea) = (table(b"head")?, table(b"maxp")?, table(b"hhea")?);
    let (hmtx, loca, glyf, cmap) = (table(b"hmtx")?, table(b"loca")?, table(b"glyf")?, table(b"cmap")?);
    let glyphs = u16_at(maxp, 4)?;
    let em = f64::from(u16_at(head, 18)?);
    let offsets = offsets(loca, i16_at(head, 50)? != 0, glyphs)?;
    let mut metrics = metrics(hmtx, u16_at(hhea, 34)?, glyphs)?;
    let mut map = characters(cmap)?;

    let advance = |c: char| map.get(&u32::from(c)).and_then(|&glyph| metrics.get(usize::from(glyph))).map(|m| m.0);
    let is_monospaced = advance('i')? == advance('m')?;
    let mut outlines = glyf.to_vec();
    let mut ends = offsets.clone();
    for (place, (raised, of, otherwise)) in RAISED.into_iter().enumerate() {
        let source = *map.get(&u32::from(of)).or_else(|| map.get(&u32::from(otherwise)))?;
        let (from, to) = (*offsets.get(usize::from(source))?, *offsets.get(usize::from(source) + 1)?);
        let outline = glyf.get(from as usize..to as usize)?;
        let edges = [2, 4, 6, 8].map(|at| i16_at(outline, at).map(f64::from));
        let [left, bottom, right, top] = [edges[0]?, edges[1]?, edges[2]?, edges[3]?];
        let width = f64::from(metrics.get(usize::from(source))?.0);
        let (across, advance) = if is_monospaced { (WIDE, width) } else { (SIZE, width * SIZE) };
        let (right_by, up_by) = ((advance - across * width) / 2.0, RISE * em);
        let edge = |value: f64, scale: f64, by: f64| (value * scale + by).round() as i16;
        let (x_min, x_max) = (edge(left, across, right_by), edge(right, across, right_by));
        let mut glyph = Vec::new();
        // A composite has no outlines of its own.
        for value in [-1, x_min, edge(bottom, SIZE, up_by), x_max, edge(top, SIZE, up_by)] {
            glyph.extend(value.to_be_bytes());
        }
        // Words for offsets, which are offsets and not points, and a scale for each direction, before which they count.
        const FLAGS: u16 = 0x0001 | 0x0002 | 0x0040 | 0x1000;
        glyph.extend(FLAGS.to_be_bytes());
        glyph.extend(source.to_be_bytes());
        for value in [right_by.round() as i16, up_by.round() as i16, fraction(across), fraction(SIZE)] {
            glyph.extend(value.to_be_bytes());
        }
        while outlines.len() % 4 != 0 {
            outlines.push(0);
        }
        *ends.last_mut()? = outlines.len() as u32;
        outlines.extend(&glyph);
        ends.push(outlines.len() as u32);
        metrics.push((advance.round() as u16, x_min));
        map.insert(u32::from(raised), glyphs.checked_add(place as u16)?);
    }

    let count = glyphs.checked_add(RAISED.len() as u16)?;
    let mut head = head.to_vec();
    // Offsets of four bytes, and no sum over the whole file, which nobody checks.
    put(&mut head, 50, 1);
    put(&mut head, 8, 0);
    put(&mut head, 10, 0);
    let mut maxp = maxp.to_vec();
    put(&mut maxp, 4, count);
    if maxp.len() >= 32 {
        for (of_composites, of_glyphs) in [(10, 6), (12, 8)] {
            let most = u16_at(&maxp, of_composites)?.max(u16_at(&maxp, of_glyphs)?);
            put(&mut maxp, of_composites, most);
        }
        let (parts, depth) = (u16_at(&maxp, 28)?.max(1), u16_at(&maxp, 30)?.saturating_add(1));
        put(&mut maxp, 28, parts);
        put(&mut maxp, 30, depth);
    }
    let mut hhea = hhea.to_vec();
    put(&mut hhea, 34, count);
    let hmtx = metrics.iter().flat_map(|(advance, left)| [advance.to_be_bytes(), left.to_be_bytes()]).flatten();
    let loca = ends.iter().flat_map(|end| end.to_be_bytes());
    let mut all: BTreeMap<[u8; 4], Vec<u8>> =
        tables.iter().filter(|(tag, _)| !DROPPED.contains(tag)).map(|(tag, bytes)| (*tag, bytes.to_vec())).collect();
    all.extend([
        (*b"head", head),
        (*b"maxp", maxp),
        (*b"hhea", hhea),
        (*b"hmtx", hmtx.collect()),
        (*b"loca", loca.collect()),
        (*b"glyf", outlines),
        (*b"cmap", written(&map)),
        // Version 3: glyphs without names.
        (*b"post", [&[0, 3, 0, 0][..], &[0; 28]].concat()),
    ]);
    Some(file(font.get(..4)?, &all))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn i16_at(bytes: &[u8], at: usize) -> Option<i16> {
    u16_at(bytes, at).map(u16::cast_signed)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn put(bytes: &mut [u8], at: usize, value: u16) {
    if let Some(there) = bytes.get_mut(at..at + 2) {
        there.copy_from_slice(&value.to_be_bytes());
    }
}

/// A number below 2 in 14 binary places.
fn fraction(value: f64) -> i16 {
    (value * f64::from(1 << 14)).round() as i16
}

fn tables(font: &[u8]) -> Option<BTreeMap<[u8; 4], &[u8]>> {
    // Typefaces with outlines of another kind have other tables.
    if u32_at(font, 0)? != 0x0001_0000 {
        return None;
    }
    let entry = |place: usize| {
        let at = 12 + 16 * place;
        let (offset, length) = (u32_at(font, at + 8)? as usize, u32_at(font, at + 12)? as usize);
        let tag: [u8; 4] = font.get(at..at + 4)?.try_into().ok()?;
        Some((tag, font.get(offset..offset.checked_add(length)?)?))
    };
    (0..usize::from(u16_at(font, 4)?)).map(entry).collect()
}

/// Where each glyph begins, and the last one ends.
fn offsets(loca: &[u8], is_long: bool, glyphs: u16) -> Option<Vec<u32>> {
    let at = |place: usize| {
        if is_long { u32_at(loca, 4 * place) } else { u16_at(loca, 2 * place).map(|half| 2 * u32::from(half)) }
    };
    (0..=usize::from(glyphs)).map(at).collect()
}

/// Advance and left bearing of each glyph; the last ones share an advance.
fn metrics(hmtx: &[u8], full: u16, glyphs: u16) -> Option<Vec<(u16, i16)>> {
    let full = usize::from(full);
    let last = u16_at(hmtx, 4 * full.checked_sub(1)?)?;
    let metric = |glyph: usize| {
        if glyph < full {
            Some((u16_at(hmtx, 4 * glyph)?, i16_at(hmtx, 4 * glyph + 2)?))
        } else {
            Some((last, i16_at(hmtx, 4 * full + 2 * (glyph - full))?))
        }
    };
    (0..usize::from(glyphs)).map(metric).collect()
}

/// The glyph of each character, from the best of the maps that are understood.
fn characters(cmap: &[u8]) -> Option<BTreeMap<u32, u16>> {
    let records = (0..usize::from(u16_at(cmap, 2)?)).filter_map(|place| {
        let at = 4 + 8 * place;
        let subtable = cmap.get(u32_at(cmap, at + 4)? as usize..)?;
        let rank = match (u16_at(cmap, at)?, u16_at(cmap, at + 2)?, u16_at(subtable, 0)?) {
            (3, 10, 12) | (0, _, 12) => 2,
            (3, 1, 4) | (0, _, 4) => 1,
            _ => return None,
        };
        Some((rank, subtable))
    });
    let (rank, subtable) = records.max_by_key(|(rank, _)| *rank)?;
    let mut map = BTreeMap::new();
    if rank == 2 {
        for group in 0..u32_at(subtable, 12)? as usize {
            let at = 16 + 12 * group;
            let (first, last, glyph) = (u32_at(subtable, at)?, u32_at(subtable, at + 4)?, u32_at(subtable, at + 8)?);
            for c in first..=last.min(first.saturating_add(0xffff)) {
                map.insert(c, u16::try_from(glyph + (c - first)).ok()?);
            }
        }
        return Some(map);
    }
    let twice = usize::from(u16_at(subtable, 6)?);
    for segment in (0..twice).step_by(2) {
        let (last, first) = (u16_at(subtable, 14 + segment)?, u16_at(subtable, 16 + twice + segment)?);
        let (delta, range) = (u16_at(subtable, 16 + 2 * twice + segment)?, 16 + 3 * twice + segment);
        let offset = usize::from(u16_at(subtable, range)?);
        for c in first..=last {
            let glyph = if offset == 0 {
                c.wrapping_add(delta)
            } else {
                match u16_at(subtable, range + offset + 2 * usize::from(c - first)).unwrap_or(0) {
                    0 => 0,
                    glyph => glyph.wrapping_add(delta),
                }
            };
            if glyph != 0 && c != 0xffff {
                map.insert(u32::from(c), glyph);
            }
        }
    }
    Some(map)
}

/// A map in format 12, under both names that readers look for.
fn written(map: &BTreeMap<u32, u16>) -> Vec<u8> {
    let mut groups: Vec<(u32, u32, u32)> = Vec::new();
    for (&c, &glyph) in map {
        match groups.last_mut() {
            Some((first, last, of_first)) if *last + 1 == c && *of_first + (c - *first) == u32::from(glyph) => {
                *last = c
            }
            _ => groups.push((c, c, u32::from(glyph))),
        }
    }
    let mut out: Vec<u8> = Vec::new();
    let words = |out: &mut Vec<u8>, values: &[u16]| values.iter().for_each(|value| out.extend(value.to_be_bytes()));
    words(&mut out, &[0, 2, 0, 4]);
    out.extend(20_u32.to_be_bytes());
    words(&mut out, &[3, 10]);
    out.extend(20_u32.to_be_bytes());
    words(&mut out, &[12, 0]);
    for value in [16 + 12 * groups.len() as u32, 0, groups.len() as u32] {
        out.extend(value.to_be_bytes());
    }
    groups
        .iter()
        .flat_map(|(first, last, glyph)| [first, last, glyph])
        .for_each(|value| out.extend(value.to_be_bytes()));
    out
}

/// A file of tables.
fn file(version: &[u8], tables: &BTreeMap<[u8; 4], Vec<u8>>) -> Vec<u8> {
    let count = tables.len() as u16;
    let log = count.max(1).ilog2();
    let mut out = version.to_vec();
    for value in [count, 16 << log, log as u16, 16 * count - (16 << log)] {
        out.extend(value.to_be_bytes());
    }
    let mut at = 12 + 16 * tables.len();
    for (tag, bytes) in tables {
        let (words, rest) = bytes.as_chunks::<4>();
        let mut last = [0; 4];
        last[..rest.len()].copy_from_slice(rest);
        let sum = words.iter().chain([&last]).fold(0_u32, |sum, word| sum.wrapping_add(u32::from_be_bytes(*word)));
        out.extend(tag);
        for value in [sum, at as u32, bytes.len() as u32] {
            out.extend(value.to_be_bytes());
        }
        at += bytes.len().next_multiple_of(4);
    }
    for bytes in tables.values() {
        out.extend(bytes);
        out.resize(out.len().next_multiple_of(4), 0);
    }
    out
}

#[cfg(test)]
mod tests {
    use eframe::egui::FontDefinitions;

    use super::*;

    fn bundled(name: &str) -> Vec<u8> {
        (*FontDefinitions::default().font_data[name].font).as_ref().to_vec()
    }

    #[test]
    fn raised_digits_are_the_digits_smaller_and_higher() {
        for name in ["Ubuntu-Light", "Hack"] {
            let font = bundled(name);
            let raised = with_raised_digits(&font).expect("a typeface of outlines");
            let (before, after) = (tables(&font).expect("tables"), tables(&raised).expect("tables"));
            let map = characters(after[b"cmap"]).expect("a map");
            let old = characters(before[b"cmap"]).expect("a map");
            assert!(old.iter().all(|(c, glyph)| map[c] == *glyph || RAISED.iter().any(|r| u32::from(r.0) == *c)));
            let count = u16_at(after[b"maxp"], 4).expect("a count");
            let ends = offsets(after[b"loca"], true, count).expect("offsets");
            let em = f64::from(u16_at(after[b"head"], 18).expect("an em"));
            let edges = |c: char| {
                let glyph = usize::from(map[&u32::from(c)]);
                let outline = &after[b"glyf"][ends[glyph] as usize..ends[glyph + 1] as usize];
                [2, 4, 6, 8].map(|at| f64::from(i16_at(outline, at).expect("an edge")))
            };
            let metrics =
                metrics(after[b"hmtx"], u16_at(after[b"hhea"], 34).expect("a count"), count).expect("metrics");
            let advance = |c: char| f64::from(metrics[usize::from(map[&u32::from(c)])].0);
            for (c, of, _) in RAISED.into_iter().take(10) {
                let ([left, bottom, right, top], [.., height]) = (edges(c), edges(of));
                assert!(bottom > 0.25 * em && top > height && top < 0.95 * em, "{name} {c}: {bottom} to {top}");
                assert!(left >= -0.05 * em && right <= advance(c) + 0.05 * em, "{name} {c}");
                // No gap: what is left free between two is a fraction of a digit.
                assert!(advance(c) - (right - left) < 0.3 * em, "{name} {c}");
            }
            assert_eq!(advance('\u{2074}') == advance('4'), name == "Hack");
        }
    }

    #[test]
    fn what_is_no_typeface_of_outlines_is_left_alone() {
        assert_eq!(with_raised_digits(b"OTTO and more"), None);
        assert_eq!(with_raised_digits(&[]), None);
        let font = bundled("Hack");
        assert_eq!(with_raised_digits(&font[..200]), None);
    }

    #[test]
    fn powers_of_ten_are_raised() {
        for (printed, shown) in [("1.2e-5", "1.2×10⁻⁵"), ("1e12", "10¹²"), ("0.25", "0.25")] {
            assert_eq!(with_raised_power(printed), shown);
        }
    }
}
