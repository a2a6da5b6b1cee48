//! The small part of Markdown that a tour's text is written in.

/// How a piece of text is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// As the paragraph.
    Plain,
    /// `**bold**`.
    Bold,
    /// `*italics*`.
    Italic,
    /// `` `code` ``: names of fields, values, commands.
    Code,
}

/// A piece of text of one style.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The text, without marks.
    pub text: String,
    /// Its style.
    pub style: Style,
}

/// A piece of a stage's text, in the order of reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Paragraph(Vec<Span>),
    /// An item of a list.
    Item {
        /// Its number in a numbered list; `None` in a list of points.
        number: Option<u32>,
        /// Its text.
        text: Vec<Span>,
    },
}

impl Block {
    /// Its text without styles.
    #[must_use]
    pub fn plain(&self) -> String {
        let (Self::Paragraph(spans) | Self::Item { text: spans, .. }) = self;
        spans.iter().map(|span| span.text.as_str()).collect()
    }
}

/// Splits a text into spans. A backslash takes the next character as it is.
pub(super) fn spans(text: &str) -> Result<Vec<Span>, String> {
    let mut spans = Vec::new();
    let mut open = Style::Plain;
    let mut current = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let mark = match character {
            '\\' if open != Style::Code => {
                current.extend(characters.next());
                continue;
            }
            '`' => Style::Code,
            '*' if open != Style::Code && characters.next_if_eq(&'*').is_some() => Style::Bold,
            '*' if open != Style::Code => Style::Italic,
            other => {
                current.push(other);
                continue;
            }
        };
        if open != Style::Plain && open != mark {
            return Err(format!("{} opens inside {}; styles cannot be nested", sign(mark), sign(open)));
        }
        close(&mut spans, &mut current, open);
        open = if open == mark { Style::Plain } else { mark };
    }
    if open != Style::Plain {
        return Err(format!("{} is not closed in this paragraph; write \\* for an asterisk", sign(open)));
    }
    close(&mut spans, &mut current, open);
    Ok(spans)
}

fn close(spans: &mut Vec<Span>, current: &mut String, style: Style) {
    if !current.is_empty() {
        spans.push(Span { text: std::mem::take(current), style });
    }
}

fn sign(style: Style) -> &'static str {
    match style {
        Style::Bold => "**",
        Style::Italic => "*",
        Style::Code => "`",
        Style::Plain => "text",
    }
}

/// Text and number of a list's item; `None` for other lines.
pub(super) fn list_item(line: &str) -> Option<(Option<u32>, &str)> {
    if let Some(text) = line.strip_prefix("- ") {
        return Some((None, text));
    }
    let (number, text) = line.split_once(". ")?;
    Some((Some(number.parse().ok()?), text))
}

#[cfg(test)]
mod tests {
    use super::{Style, list_item, spans};

    #[test]
    fn styles_are_found_and_marks_taken_out() {
        let found = spans("a **b c** *d* `e*f` \\*g").expect("well formed");
        let found: Vec<_> = found.iter().map(|s| (s.text.as_str(), s.style)).collect();
        let expected = [
            ("a ", Style::Plain),
            ("b c", Style::Bold),
            (" ", Style::Plain),
            ("d", Style::Italic),
            (" ", Style::Plain),
            ("e*f", Style::Code),
            (" *g", Style::Plain),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn marks_that_do_not_close_are_refused() {
        assert!(spans("a **b").is_err_and(|e| e.contains("not closed")));
        assert!(spans("*a **b** c*").is_err_and(|e| e.contains("nested")));
    }

    #[test]
    fn items_have_a_number_or_none() {
        assert_eq!(list_item("- a"), Some((None, "a")));
        assert_eq!(list_item("12. a"), Some((Some(12), "a")));
        assert_eq!(list_item("Figure. a"), None);
    }
}
