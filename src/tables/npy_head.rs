//! The header of an array of NumPy, in a file of its own or in an archive. It is read as NumPy writes it, and what could be
//! understood in two ways is not.

use std::io::{self, Read};

/// Most bytes of a header.
const MOST_HEADER: u64 = 1 << 16;

/// What the header of an array says.
#[derive(Debug, PartialEq)]
pub struct NpyHead {
    /// Name of the type of its elements, with the order of their bytes, such as `<f4`.
    pub kind: String,
    /// Whether the first index is the fastest.
    pub is_fortran: bool,
    /// Sides.
    pub shape: Vec<usize>,
}

/// How the bytes of a number follow each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NpyOrder {
    /// The least first.
    LittleEndian,
    /// The greatest first.
    BigEndian,
}

/// Most sides of an array, as NumPy has it.
const MOST_SIDES: usize = 64;

impl NpyHead {
    /// Reads it, and says how many bytes it had.
    ///
    /// # Errors
    /// Of the system, and when it is none, or too long, or ambiguous.
    pub fn read(content: &mut impl Read) -> io::Result<(Self, u64)> {
        let mut start = [0; 8];
        content.read_exact(&mut start)?;
        if !start.starts_with(b"\x93NUMPY") {
            return Err(damaged("no array of NumPy"));
        }
        let mut length = vec![0; if start[6] == 1 { 2 } else { 4 }];
        content.read_exact(&mut length)?;
        let bytes = length.iter().rev().fold(0, |number, byte| (number << 8) | u64::from(*byte));
        if bytes > MOST_HEADER {
            return Err(damaged("a header that is too long"));
        }
        let mut text = String::new();
        content.take(bytes).read_to_string(&mut text)?;
        let head = Self::parse(&text).ok_or_else(|| damaged("a header that cannot be read"))?;
        Ok((head, bytes + (start.len() + length.len()) as u64))
    }

    /// `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`, each key once, in any order.
    fn parse(text: &str) -> Option<Self> {
        let (mut kind, mut is_fortran, mut shape) = (None, None, None);
        let mut rest = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
        while !rest.is_empty() {
            let (key, value) = quoted(rest)?;
            rest = value.trim_start().strip_prefix(':')?.trim_start();
            match key {
                "descr" if kind.is_none() => {
                    let (found, behind) = quoted(rest)?;
                    (kind, rest) = (Some(found.to_owned()), behind);
                }
                "fortran_order" if is_fortran.is_none() => {
                    let word = if rest.starts_with("True") { "True" } else { "False" };
                    (is_fortran, rest) = (Some(word == "True"), rest.strip_prefix(word)?);
                }
                "shape" if shape.is_none() => {
                    let (found, behind) = rest.strip_prefix('(')?.split_once(')')?;
                    (shape, rest) = (Some(sides(found)?), behind);
                }
                _ => return None,
            }
            rest = rest.trim_start();
            rest = match rest.strip_prefix(',') {
                Some(behind) => behind.trim_start(),
                None if rest.is_empty() => rest,
                None => return None,
            };
        }
        Some(Self { kind: kind?, is_fortran: is_fortran?, shape: shape? })
    }

    /// How bytes follow each other in elements of the type that NumPy calls `kind`, of so many bytes; `None` where the
    /// array is of another type.
    #[must_use]
    pub fn order(&self, kind: &str, bytes: usize) -> Option<NpyOrder> {
        match self.kind.strip_suffix(kind) {
            Some("<" | "=" | "") => Some(NpyOrder::LittleEndian),
            Some("|") if bytes == 1 => Some(NpyOrder::LittleEndian),
            Some(">") => Some(NpyOrder::BigEndian),
            _ => None,
        }
    }
}

/// A short text in quotation marks, and what follows it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    let (inner, behind) = text[1..].split_once(quote)?;
    (!inner.contains('\\') && inner.len() < 32).then_some((inner, behind))
}

fn sides(text: &str) -> Option<Vec<usize>> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    let (last, first) = parts.split_last()?;
    // `(3,)` and `(2, 3)`; `()` is that of a single number.
    let all = if last.is_empty() { first } else { &parts[..] };
    if all.len() > MOST_SIDES {
        return None;
    }
    all.iter().map(|part| part.trim_end_matches('L').parse().ok()).collect()
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_numpy_are_read_and_ambiguous_ones_are_not() {
        let head = |text: &str| NpyHead::parse(text).map(|head| (head.kind, head.is_fortran, head.shape));
        let plain = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }          \n";
        assert_eq!(head(plain), Some(("<f4".into(), false, vec![2, 3])));
        assert_eq!(
            head("{\"shape\":(3,),\"fortran_order\":True,\"descr\":\"|u1\"}"),
            Some(("|u1".into(), true, vec![3]))
        );
        assert_eq!(head("{'descr': '<i8', 'fortran_order': False, 'shape': ()}"), Some(("<i8".into(), false, vec![])));
        for wrong in [
            // Whoever takes the last of two sees another shape than whoever takes the first.
            "{'shape': (1,), 'descr': '<f4', 'fortran_order': False, 'shape': (999999999999,)}",
            "{'descr': '<f4', 'fortran_order': False, 'sh\\x61pe': (2, 3)}",
            "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2, 3)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2, -3)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': ((2, 3))}",
            "{'descr': '<f4', 'fortran_order': False 'shape': (2, 3)}",
            "{'descr': '<f4', 'fortran_order': False}",
            "{}",
            "",
        ] {
            assert_eq!(head(wrong), None, "{wrong}");
        }
        let deep = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {}", "(".repeat(60_000));
        assert_eq!(head(&deep), None);
    }
}
