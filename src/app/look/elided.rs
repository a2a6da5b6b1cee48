//! Names that are longer than the place where they stand.

/// Letters at the end that stay: what tells two runs of one experiment apart stands there.
const END: usize = 8;

/// A name of `most` letters at most, with what is left out of its middle.
#[must_use]
pub fn elided(name: &str, most: usize) -> String {
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= most {
        return name.to_owned();
    }
    let end = END.min(most / 2);
    let begin: String = letters[..most.saturating_sub(end + 1)].iter().collect();
    let end: String = letters[letters.len() - end..].iter().collect();
    format!("{}…{}", begin.trim_end(), end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_what_tells_them_apart() {
        let name = |number: usize| format!("A regression whose name is longer than any list ({number})");
        for most in [12, 20, 30] {
            let (one, other) = (elided(&name(11), most), elided(&name(12), most));
            assert!(one != other && one.chars().count() <= most && one.starts_with("A reg"), "{one}");
        }
        assert_eq!(elided("sre (3)", 30), "sre (3)");
        assert_eq!(elided("ééééééééééééééééé", 9).chars().count(), 9);
    }
}
