//! Which vector instructions this processor offers, found out once at run time.

use std::ffi::OsStr;
use std::sync::OnceLock;

/// The variable of the environment that narrows the instruction set.
const VARIABLE: &str = "HEBBSCOPE_INSTRUCTION_SET";

/// The variable names no instruction set.
#[derive(Debug, thiserror::Error)]
#[error("{VARIABLE} = {0:?} names no instruction set; allowed: portable, avx2, avx512")]
pub struct UnknownInstructionSet(String);

/// Vector instruction sets that the inner loops are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InstructionSet {
    /// What every processor of the architecture has.
    Portable,
    /// AVX2 with fused multiply-add: 8 f32 lanes.
    Avx2,
    /// AVX-512 F, BW, DQ, VL: 16 f32 lanes.
    Avx512,
}

impl InstructionSet {
    /// The widest one of this machine; `HEBBSCOPE_INSTRUCTION_SET` (portable, avx2) can narrow it.
    #[must_use]
    pub fn detect() -> Self {
        static FOUND: OnceLock<InstructionSet> = OnceLock::new();
        // Where the name is wrong, the program has said so and not come here.
        *FOUND.get_or_init(|| Self::offered().min(Self::asked().unwrap_or(Self::Avx512)))
    }

    /// The widest one that `HEBBSCOPE_INSTRUCTION_SET` allows, whatever this machine offers.
    ///
    /// # Errors
    /// When the variable has another value than the names of instruction sets.
    pub fn asked() -> Result<Self, UnknownInstructionSet> {
        Self::named(std::env::var_os(VARIABLE).as_deref())
    }

    fn named(name: Option<&OsStr>) -> Result<Self, UnknownInstructionSet> {
        let Some(name) = name else { return Ok(Self::Avx512) };
        match name.to_str() {
            Some("portable") => Ok(Self::Portable),
            Some("avx2") => Ok(Self::Avx2),
            Some("avx512" | "") => Ok(Self::Avx512),
            _ => Err(UnknownInstructionSet(name.to_string_lossy().into_owned())),
        }
    }

    #[cfg(target_arch = "x86_64")]
    fn offered() -> Self {
        let avx512 = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        match (avx512 && avx2, avx2) {
            (true, _) => Self::Avx512,
            (false, true) => Self::Avx2,
            (false, false) => Self::Portable,
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn offered() -> Self {
        Self::Portable
    }

    /// Name for `summary.json`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2+fma",
            Self::Avx512 => "avx512",
        }
    }
}

/// Defines a function that runs `$body` compiled for the instruction set found at run time.
///
/// `$body` must be `#[inline(always)]`, so that it is compiled anew inside each version.
#[macro_export]
macro_rules! dispatched {
    ($(#[$meta:meta])* $vis:vis fn $name:ident $(<$t:ident : $bound:path>)? ($($arg:ident : $ty:ty),* $(,)?) = $body:path) => {
        $(#[$meta])*
        $vis fn $name $(<$t: $bound>)? ($($arg: $ty),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
                fn avx512 $(<$t: $bound>)? ($($arg: $ty),*) { $body($($arg),*) }
                #[target_feature(enable = "avx2,fma")]
                fn avx2 $(<$t: $bound>)? ($($arg: $ty),*) { $body($($arg),*) }
                match $crate::instruction_set::InstructionSet::detect() {
                    // SAFETY: detect() found the instructions; elementwise loops run about four times as fast with them.
                    $crate::instruction_set::InstructionSet::Avx512 => return unsafe { avx512($($arg),*) },
                    // SAFETY: as above.
                    $crate::instruction_set::InstructionSet::Avx2 => return unsafe { avx2($($arg),*) },
                    $crate::instruction_set::InstructionSet::Portable => {}
                }
            }
            $body($($arg),*)
        }
    };
}

#[cfg(test)]
mod tests {
    use super::InstructionSet;
    use crate::narrower;

    #[test]
    fn a_name_that_is_none_is_refused() {
        let named = |name: &str| InstructionSet::named(Some(name.as_ref()));
        assert_eq!(InstructionSet::named(None).ok(), Some(InstructionSet::Avx512));
        assert_eq!(named("avx2").ok(), Some(InstructionSet::Avx2));
        let error = named("AVX2").expect_err("another name").to_string();
        assert_eq!(
            error,
            "HEBBSCOPE_INSTRUCTION_SET = \"AVX2\" names no instruction set; allowed: portable, avx2, avx512"
        );
    }

    /// The loops that are compiled for each set, with their tests: kernels, random numbers, activity of teachers.
    #[test]
    fn narrower_sets_pass_the_same_tests() {
        narrower::run("narrower_sets_pass_the_same_tests", &["backend::cpu::", "random::", "data::"], 40);
    }
}
