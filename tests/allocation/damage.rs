//! Inputs that were sound: cut, spliced, repeated, with other bits and other numbers; from a seed, so that they are the same
//! ones everywhere.

/// Numbers that somebody has not thought of.
const NUMBERS: [&str; 16] = [
    "0",
    "-1",
    "1e308",
    "-1e308",
    "1e-310",
    "1e18",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "99999999999999999999999999",
    "1000000000000",
    "0.5",
    "65537",
    "nan",
    "inf",
];
/// Bytes that mean something somewhere.
const BYTES: &[u8] = b"\0\xff\x80\x7f\n\t\"'[]{}().,:;=#-+*/^@_ \\eE\xc3\xe2";
/// What is nested.
const NESTED: [&str; 7] = ["[", "(", "{\"a\":", "{a=", "-", "a.", "2^"];

/// Draws damaged inputs.
pub struct Damage {
    state: u64,
}

impl Damage {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// splitmix64
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        if bound == 0 { 0 } else { (self.next() % bound as u64) as usize }
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// The next input.
    pub fn input(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        if self.below(20) == 0 {
            let length = self.below(400);
            let is_text = self.below(2) == 0;
            let byte = |damage: &mut Self| {
                let byte = damage.next() as u8;
                if is_text { byte % 95 + 32 } else { byte }
            };
            return (0..length).map(|_| byte(self)).collect();
        }
        let mut input = self.one(seeds).clone();
        for _ in 0..1 + self.below(3) {
            self.hurt(&mut input, seeds);
        }
        input
    }

    /// A stretch of an input, short more often than long.
    fn stretch(&mut self, length: usize) -> std::ops::Range<usize> {
        let from = self.below(length);
        let longest = 1 << self.below(10);
        from..(from + 1 + self.below(longest)).min(length)
    }

    fn hurt(&mut self, input: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        if input.is_empty() {
            return;
        }
        let at = self.below(input.len());
        match self.below(12) {
            0 => input[at] ^= 1 << self.below(8),
            1 => input[at] = *self.one(BYTES),
            2 => input.truncate(at),
            3 => drop(input.drain(self.stretch(input.len()))),
            4 => {
                let part = input[self.stretch(input.len())].to_vec();
                let times = 1 + self.below(20);
                input.splice(at..at, part.repeat(times));
            }
            5 => {
                let other = self.one(seeds).clone();
                let part = other[self.stretch(other.len())].to_vec();
                input.splice(at..at, part);
            }
            6..=8 => self.other_number(input, at),
            9 => {
                let (what, times) = (*self.one(&NESTED), 1 << self.below(13));
                input.splice(at..at, what.repeat(times).into_bytes());
            }
            10 => {
                let number = *self.one(&[0, 1, u64::MAX, u64::MAX >> 1, 1 << 63, 1 << 40, 0xffff_ffff, 0x7fff_ffff]);
                let width = *self.one(&[2, 4, 8]);
                let end = (at + width).min(input.len());
                input[at..end].copy_from_slice(&number.to_le_bytes()[..end - at]);
            }
            _ => {
                let part = self.stretch(input.len());
                let kept = input[part.clone()].to_vec();
                input.drain(part);
                let at = self.below(input.len() + 1);
                input.splice(at..at, kept);
            }
        }
    }

    /// Another number in the place of the first one from a place on.
    fn other_number(&mut self, input: &mut Vec<u8>, at: usize) {
        let Some(from) = input[at..].iter().position(u8::is_ascii_digit) else { return };
        let from = at + from;
        let is_part = |byte: &u8| byte.is_ascii_digit() || b".eE-+_".contains(byte);
        let length = input[from..].iter().position(|byte| !is_part(byte)).unwrap_or(input.len() - from);
        let number = self.one(&NUMBERS).bytes();
        input.splice(from..from + length, number);
    }
}
