//! A replica that is larger than what a kernel sees in one binding lies in several: shaders, which are written for one array,
//! then get at their elements through functions.

use std::fmt::Write as _;

/// First binding of the pieces behind the first one.
pub(super) const SECOND_PIECE: u32 = 5;

/// A shader whose `arena` is in `pieces` arrays of `piece` elements: `arena[i]` becomes `arena_get(i)`, and an assignment to it
/// `arena_set(i, ...)`.
pub(super) fn in_pieces(text: &str, piece: u32, pieces: u32) -> String {
    let mut to = String::with_capacity(text.len() + 2048);
    rewrite(text, &mut to);
    // Writing to a string does not fail.
    let _ = writeln!(to, "\nconst PIECE = {piece}u;");
    let mut read = String::new();
    let mut write = String::new();
    for place in 1..pieces {
        let binding = SECOND_PIECE + place - 1;
        let _ = writeln!(to, "@group(0) @binding({binding}) var<storage, read_write> arena_{place}: array<Element>;");
    }
    for place in 0..pieces {
        let name = if place == 0 { "arena".to_owned() } else { format!("arena_{place}") };
        let from = format!("{name}[i - {place}u * PIECE]");
        let is_last = place + 1 == pieces;
        // The end of the last but one may be beyond 32 bits only where there is no such element.
        let condition = if is_last { String::new() } else { format!("if i / PIECE == {place}u ") };
        let _ = writeln!(read, "    {condition}{{ return {from}; }}");
        let _ = writeln!(write, "    {condition}{{ {from} = value; return; }}");
    }
    let _ = write!(
        to,
        "fn arena_get(i: u32) -> Element {{\n{read}}}\nfn arena_set(i: u32, value: Element) {{\n{write}}}\n"
    );
    to
}

const NAME: &str = "arena[";

fn rewrite(text: &str, to: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find(NAME) {
        let is_whole = !rest[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let inside = &rest[at + NAME.len()..];
        let Some(end) = is_whole.then(|| closing(inside)).flatten() else {
            to.push_str(&rest[..at + NAME.len()]);
            rest = inside;
            continue;
        };
        to.push_str(&rest[..at]);
        let (place, behind) = (&inside[..end], &inside[end + 1..]);
        rest = match assignment(behind) {
            Some((operator, value, behind)) => {
                to.push_str("arena_set(");
                rewrite(place, to);
                to.push_str(", ");
                if !operator.is_empty() {
                    to.push_str("arena_get(");
                    rewrite(place, to);
                    to.push_str(") ");
                    to.push_str(operator);
                    to.push(' ');
                }
                to.push('(');
                rewrite(value, to);
                to.push_str("))");
                behind
            }
            None => {
                to.push_str("arena_get(");
                rewrite(place, to);
                to.push(')');
                behind
            }
        };
    }
    to.push_str(rest);
}

/// Where the bracket ends that `text` is inside of.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '[' => depth += 1,
            ']' if depth == 0 => return Some(at),
            ']' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The operator of an assignment, of which `=` has none, its value, and what follows, from the semicolon on.
fn assignment(behind: &str) -> Option<(&str, &str, &str)> {
    let text = behind.trim_start();
    let operator = &text[..text.find('=').filter(|&at| at <= 1)?];
    let value = &text[operator.len() + 1..];
    if value.starts_with('=') || !["", "+", "-", "*", "/"].contains(&operator) {
        return None;
    }
    let end = value.find(';')?;
    Some((operator, value[..end].trim(), &value[end..]))
}

#[cfg(test)]
mod tests {
    use super::rewrite;

    #[test]
    fn elements_are_read_and_written_by_functions() {
        for (text, expected) in [
            ("let x = arena[i];", "let x = arena_get(i);"),
            ("if arena[a + i] == arena[b[i]] {", "if arena_get(a + i) == arena_get(b[i]) {"),
            ("arena[to] = arena[arena[i]] + 1.0;", "arena_set(to, (arena_get(arena_get(i)) + 1.0));"),
            (
                "arena[f(to)] += x;\narena[j] *= y - z;",
                "arena_set(f(to), arena_get(f(to)) + (x));\narena_set(j, arena_get(j) * (y - z));",
            ),
            ("my_arena[i] = arena_2[i];", "my_arena[i] = arena_2[i];"),
            ("arena[i] <= 1.0 && arena[j] != 2.0", "arena_get(i) <= 1.0 && arena_get(j) != 2.0"),
            ("// arena[", "// arena["),
        ] {
            let mut found = String::new();
            rewrite(text, &mut found);
            assert_eq!(found, expected);
        }
    }
}
