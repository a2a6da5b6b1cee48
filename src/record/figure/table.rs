//! Text and numbers.

use super::plot::{HEADING, SMALLEST, heading};
use super::raised::with_raised_power;
use super::sheet::{Anchor, Area, FAINT, GREY, INK, Sheet, shortened, text_width};
use crate::record::exhibit::Table;

const SIZE: f64 = 12.5;
const ROW: f64 = SIZE * 1.7;
const GAP: f64 = 18.0;
const NARROW_GAP: f64 = 9.0;
/// Rows that are drawn; the numbers hold them all.
const MAX_ROWS: usize = 40;

pub(super) fn preferred_height(table: &Table) -> f64 {
    let rows = 1 + table.rows.len().min(MAX_ROWS) + usize::from(table.rows.len() > MAX_ROWS);
    rows as f64 * ROW + 14.0 + if table.title.is_empty() { 0.0 } else { HEADING * 1.5 }
}

pub(super) fn draw(sheet: &mut Sheet, area: Area, table: &Table) {
    let area = heading(sheet, area, &table.title);
    let drawn = table.rows.iter().take(MAX_ROWS).map(|row| row.iter().map(|cell| rounded(cell)).collect());
    let shown: &[Vec<String>] = &drawn.collect::<Vec<_>>();
    let cells = |column: usize| std::iter::once(&table.header).chain(shown).filter_map(move |row| row.get(column));
    let widest = |size: f64| -> Vec<f64> {
        (0..table.header.len()).map(|c| cells(c).fold(0.0_f64, |w, cell| w.max(text_width(cell, size)))).collect()
    };
    let between = table.header.len().saturating_sub(1) as f64;
    let natural: f64 = widest(SIZE).iter().sum();
    // Type and gaps get smaller before words are shortened.
    let gap = if natural + GAP * between > area.width() { NARROW_GAP } else { GAP };
    let room = area.width() - gap * between;
    let size = if natural > room { (SIZE * room / natural).clamp(SMALLEST, SIZE) } else { SIZE };
    let widths = shared(&widest(size), room);
    let mut y = area.top + ROW;
    let row_of = |sheet: &mut Sheet, row: &[String], y: f64| {
        let mut x = area.left;
        for (column, width) in widths.iter().enumerate() {
            let text = shortened(row.get(column).map_or("", String::as_str), size, *width);
            if is_numeric(table, column) {
                sheet.text(&text, (x + width, y), size, Anchor::End, INK);
            } else {
                sheet.text(&text, (x, y), size, Anchor::Start, INK);
            }
            x += width + gap;
        }
    };
    let right = area.left + widths.iter().sum::<f64>() + gap * between;
    let rule = |sheet: &mut Sheet, y: f64, color, width| sheet.line(vec![(area.left, y), (right, y)], color, width);
    rule(sheet, y - ROW * 0.85, INK, 1.4);
    row_of(sheet, &table.header, y);
    rule(sheet, y + ROW * 0.35, INK, 1.0);
    for (index, row) in shown.iter().enumerate() {
        y += ROW;
        row_of(sheet, row, y + 3.0);
        if index + 1 < shown.len() {
            rule(sheet, y + 3.0 + ROW * 0.33, FAINT, 0.6);
        }
    }
    rule(sheet, y + 3.0 + ROW * 0.38, INK, 1.4);
    if table.rows.len() > MAX_ROWS {
        let text = format!("and {} more rows in the CSV", table.rows.len() - MAX_ROWS);
        sheet.text(&text, (area.left, y + 5.0 + ROW), SIZE, Anchor::Start, GREY);
    }
}

/// Digits that a number has in print; the CSV has them all.
const DIGITS: usize = 4;

/// A number with as many digits as are read; other words as they are.
fn rounded(cell: &str) -> String {
    let digits = cell.chars().filter(char::is_ascii_digit).skip_while(|digit| *digit == '0').count();
    match cell.parse::<f64>() {
        Ok(value) if digits > DIGITS + 1 && cell.contains(['.', 'e']) && value.is_finite() => {
            let power = value.abs().max(f64::MIN_POSITIVE).log10().floor() as i32;
            if (-3..6).contains(&power) {
                format!("{value:.*}", (DIGITS as i32 - 1 - power).max(0) as usize)
            } else {
                with_raised_power(&format!("{value:.*e}", DIGITS - 1))
            }
        }
        _ => cell.to_owned(),
    }
}

/// Numbers are set flush right.
fn is_numeric(table: &Table, column: usize) -> bool {
    let mut cells = table.rows.iter().filter_map(|row| row.get(column)).filter(|cell| !cell.is_empty()).peekable();
    cells.peek().is_some()
        && cells.all(|cell| cell.chars().next().is_some_and(|c| c.is_ascii_digit() || "+-\u{2212}.".contains(c)))
}

/// Widths that keep within `room`: narrow columns keep theirs, wide ones share what is left.
fn shared(natural: &[f64], room: f64) -> Vec<f64> {
    let mut limit = room;
    let mut sorted = natural.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut left = room;
    for (index, width) in sorted.iter().enumerate() {
        limit = left / (sorted.len() - index) as f64;
        if *width > limit {
            break;
        }
        left -= width;
        limit = f64::INFINITY;
    }
    natural.iter().map(|width| width.min(limit).max(0.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::{rounded, shared};

    #[test]
    fn numbers_in_print_have_the_digits_that_are_read() {
        for (cell, wanted) in [
            ("0.00762361231", "0.007624"),
            ("1437", "1437"),
            ("100000000", "100000000"),
            ("-0.5170", "-0.5170"),
            ("12345.678", "12346"),
            ("small (1)", "small (1)"),
        ] {
            assert_eq!(rounded(cell), wanted);
        }
        assert!(rounded("1.2345678e-9").starts_with("1.235"));
    }

    #[test]
    fn wide_columns_give_way_to_narrow_ones() {
        assert_eq!(shared(&[10.0, 20.0], 100.0), [10.0, 20.0]);
        assert_eq!(shared(&[10.0, 200.0, 80.0], 100.0), [10.0, 45.0, 45.0]);
        assert_eq!(shared(&[], 100.0), Vec::<f64>::new());
    }
}
