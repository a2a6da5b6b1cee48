//! Uniform and normal deviates from blocks of random words.
//!
//! Element `e` of a stream takes word `(e % 64) / 16` of block `(e / 64) * 16 + e % 16`: a layout in which a vector of
//! blocks yields four vectors of neighbouring elements. No fused multiply-add is used, so every instruction set gives
//! the same bits.

use super::threefry::{LANES, blocks};

/// Elements that one call of the block function yields: a stream can be drawn from any multiple of it on.
pub const CHUNK: usize = 4 * LANES;

/// Random words of chunk `chunk` at `step`.
#[inline(always)]
pub(super) fn chunk_words(key: [u32; 4], step: u64, chunk: usize) -> [[u32; LANES]; 4] {
    blocks(key, (chunk * LANES) as u32, [step as u32, (step >> 32) as u32, 0])
}

/// U[0, 1) with 24 random bits.
#[inline(always)]
pub(super) fn unit(word: u32) -> f32 {
    (word >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// Two independent N(0, 1) deviates by Box and Muller's transform.
#[inline(always)]
fn normal_pair(a: u32, b: u32) -> (f32, f32) {
    let radius = (-2.0 * ln_unit(a)).sqrt();
    let (sin, cos) = sin_cos_turn(b);
    (radius * cos, radius * sin)
}

/// ln((word + 1/2) / 2^32), from 2^-33 upwards; error below 3e-7 absolute.
#[inline(always)]
fn ln_unit(word: u32) -> f32 {
    // The conversion of u32 to f32 goes through i32 halves, which every vector unit has.
    let value = (word >> 8) as i32 as f32 * 256.0 + ((word & 255) as i32 as f32 + 0.5);
    let bits = value.to_bits();
    // Splits into 2^e * m with m in [sqrt(1/2), sqrt(2)), where ln's series around 1 converges fast.
    let shifted = bits.wrapping_sub(0x3f35_04f3);
    let exponent = (shifted as i32 >> 23) as f32;
    let mantissa = f32::from_bits((shifted & 0x007f_ffff).wrapping_add(0x3f35_04f3));
    let t = mantissa - 1.0;
    // Minimax polynomial of Cephes' logf.
    let p = ((((((((7.037_683_6e-2 * t - 1.151_461e-1) * t + 1.167_699_9e-1) * t - 1.242_014_1e-1) * t
        + 1.424_932_3e-1)
        * t
        - 1.666_805_8e-1)
        * t
        + 2.000_071_5e-1)
        * t
        - 2.499_999_4e-1)
        * t
        + 3.333_333e-1)
        * t
        * t
        * t;
    p - 0.5 * t * t + t + (exponent - 32.0) * std::f32::consts::LN_2
}

/// Sine and cosine of 2 pi word / 2^32; error below 2e-7.
#[inline(always)]
fn sin_cos_turn(word: u32) -> (f32, f32) {
    // Nearest quarter turn, and the rest in [-1/8, 1/8) of a turn.
    let quarter = word.wrapping_add(0x2000_0000) >> 30;
    let rest = word.wrapping_sub(quarter << 30) as i32;
    let x = rest as f32 * (std::f32::consts::TAU / 4_294_967_296.0);
    let z = x * x;
    // Cephes' sinf and cosf on [-pi/4, pi/4].
    let sin = ((-1.951_529_6e-4 * z + 8.332_161e-3) * z - 1.666_665_5e-1) * z * x + x;
    let cos = ((2.443_315_7e-5 * z - 1.388_731_6e-3) * z + 4.166_664_6e-2) * z * z - 0.5 * z + 1.0;
    let swap = quarter & 1 == 1;
    let (s, c) = if swap { (cos, sin) } else { (sin, cos) };
    let sin_sign = (quarter & 2) << 30;
    let cos_sign = (quarter.wrapping_add(1) & 2) << 30;
    (f32::from_bits(s.to_bits() ^ sin_sign), f32::from_bits(c.to_bits() ^ cos_sign))
}

/// One chunk of N(0, 1) deviates.
#[inline(always)]
pub(super) fn normal_chunk(key: [u32; 4], step: u64, chunk: usize) -> [f32; CHUNK] {
    let words = chunk_words(key, step, chunk);
    let mut out = [0.0; CHUNK];
    for lane in 0..LANES {
        let (a, b) = normal_pair(words[0][lane], words[1][lane]);
        out[lane] = a;
        out[LANES + lane] = b;
    }
    for lane in 0..LANES {
        let (a, b) = normal_pair(words[2][lane], words[3][lane]);
        out[2 * LANES + lane] = a;
        out[3 * LANES + lane] = b;
    }
    out
}

#[inline(always)]
pub(super) fn fill_normal_body(key: [u32; 4], step: u64, first: usize, out: &mut [f32]) {
    for (chunk, slots) in out.chunks_mut(CHUNK).enumerate() {
        let values = normal_chunk(key, step, first + chunk);
        slots.copy_from_slice(&values[..slots.len()]);
    }
}

#[inline(always)]
pub(super) fn fill_unit_body(key: [u32; 4], step: u64, first: usize, out: &mut [f32]) {
    for (chunk, slots) in out.chunks_mut(CHUNK).enumerate() {
        let words = chunk_words(key, step, first + chunk);
        let mut values = [0.0; CHUNK];
        for (group, word) in values.chunks_exact_mut(LANES).zip(&words) {
            for (value, &w) in group.iter_mut().zip(word) {
                *value = unit(w);
            }
        }
        slots.copy_from_slice(&values[..slots.len()]);
    }
}
