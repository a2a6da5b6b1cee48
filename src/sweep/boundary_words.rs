//! The boundary of zero alignment in words.

use super::crossing::Crossing;
use super::fit::{Boundary, CategoryCrossings, PowerLaw, brief, theory_exponent};
use super::grid::Grid;

/// Changes of sign along a field, in words.
fn places(path: &str, crossings: &[Crossing]) -> String {
    let place = |crossing: &Crossing| {
        let (from, to) = (brief(crossing.from), brief(crossing.to));
        match crossing.coarse {
            true => format!("somewhere between {path} = {from} and {to}, too steeply to say where"),
            false => format!("at {path} = {} (between {from} and {to})", brief(crossing.x)),
        }
    };
    crossings.iter().map(place).collect::<Vec<_>>().join(", ")
}

/// The boundary beside values that are no numbers, one after the other.
fn category_words(boundary: &Boundary) -> String {
    let of_value = |one: &CategoryCrossings| {
        let CategoryCrossings { field, value, along, crossings } = one;
        match crossings.is_empty() {
            true => format!("{field} = {value}: alignment does not change its sign"),
            false => format!("{field} = {value}: alignment changes its sign {}", places(along, crossings)),
        }
    };
    let words: Vec<String> = boundary.categories.iter().map(of_value).collect();
    match &boundary.raw_reason {
        Some(reason) if words.is_empty() => format!("boundary of zero alignment {reason}"),
        _ => words.join("; "),
    }
}

/// The boundary of a layer in a line of words.
#[must_use]
pub fn boundary_words(grid: &Grid, boundary: &Boundary) -> String {
    let coarse = boundary.coarse();
    let path = grid.x().field.path;
    if grid.has_categories() {
        return category_words(boundary);
    }
    if boundary.crossings.is_empty() {
        return "alignment does not change its sign".into();
    }
    if grid.y().is_none() {
        return format!("alignment changes its sign {}", places(path, &boundary.crossings));
    }
    let told = |law: PowerLaw| format!("{:.2} \u{b1} {:.2}", law.exponent, law.exponent_se);
    let mut words = match (boundary.raw, boundary.subtracted) {
        (Some(raw), None) => format!("exponent of the zero-alignment boundary {}", told(raw)),
        (Some(raw), Some(subtracted)) => format!(
            "exponent of the zero-alignment boundary {}, {} with the offset subtracted",
            told(raw),
            told(subtracted)
        ),
        (None, Some(subtracted)) => {
            format!("exponent of the zero-alignment boundary {} with the offset subtracted", told(subtracted))
        }
        (None, None) => format!(
            "alignment changes its sign at {} of {} values of the vertical axis; exponent {}",
            boundary.crossings.len(),
            grid.rows(),
            boundary.raw_reason.as_deref().unwrap_or("not determined")
        ),
    };
    if boundary.law_and_offset().is_some()
        && let Ok(theory) = theory_exponent(grid)
    {
        words.push_str(&format!("; theory {theory}"));
    }
    // Where there is no law, its reason has said so.
    if coarse > 0 && boundary.law_and_offset().is_some() {
        let all = boundary.crossings.len();
        words.push_str(&format!(
            "; without {coarse} of {all} points, which lie somewhere between two neighbours (a finer grid tells)"
        ));
    }
    words
}
