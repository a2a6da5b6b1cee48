//! Classes by the names that rows have for them.

use std::collections::HashMap;

/// Most classes: a row's is held in a byte.
pub const MOST_CLASSES: usize = 256;

/// The classes that were met so far, in the order in which they first appeared.
#[derive(Default)]
pub(super) struct Labels {
    numbers: HashMap<String, u8>,
    names: Vec<String>,
}

impl Labels {
    /// The number of a class; `None` where it would be one too many.
    pub(super) fn number(&mut self, name: &str) -> Option<u8> {
        if let Some(number) = self.numbers.get(name) {
            return Some(*number);
        }
        let number = u8::try_from(self.names.len()).ok()?;
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        Some(number)
    }

    /// Names in their order, whole numbers by their size and else by the alphabet, and the place of each class there.
    pub(super) fn sorted(self) -> (Vec<String>, Vec<u8>) {
        let numbers: Option<Vec<i128>> = self.names.iter().map(|name| name.parse().ok()).collect();
        // As many as fit into a byte.
        let mut order: Vec<u8> = (0..=u8::MAX).take(self.names.len()).collect();
        match &numbers {
            Some(numbers) => order.sort_by_key(|at| numbers[usize::from(*at)]),
            None => order.sort_by_key(|at| &self.names[usize::from(*at)]),
        }
        let mut ranks = vec![0; order.len()];
        for (rank, at) in (0..=u8::MAX).zip(&order) {
            ranks[usize::from(*at)] = rank;
        }
        let names = order.iter().map(|at| self.names[usize::from(*at)].clone()).collect();
        (names, ranks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(names: &[&str]) -> (Vec<String>, Vec<u8>) {
        let mut labels = Labels::default();
        for name in names {
            labels.number(name).expect("few");
        }
        labels.sorted()
    }

    #[test]
    fn numbers_are_sorted_by_size_and_words_by_the_alphabet() {
        assert_eq!(sorted(&["10", "9", "-1", "9"]), (vec!["-1".into(), "9".into(), "10".into()], vec![2, 1, 0]));
        assert_eq!(sorted(&["b", "10", "9"]), (vec!["10".into(), "9".into(), "b".into()], vec![2, 0, 1]));
    }

    #[test]
    fn there_are_as_many_as_fit_into_a_byte() {
        let mut labels = Labels::default();
        assert!((0..MOST_CLASSES).all(|name| labels.number(&name.to_string()).is_some()));
        assert_eq!(labels.number("one more"), None);
        assert_eq!(labels.number("255"), Some(255));
        assert_eq!(labels.sorted().1.len(), MOST_CLASSES);
    }
}
