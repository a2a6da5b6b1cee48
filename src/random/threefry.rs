//! Threefry-4x32-20 (Salmon et al. 2011, 'Parallel random numbers: as easy as 1, 2, 3'): additions, rotations and
//! exclusive-ors of 32-bit words only, so that a GPU without 64-bit integers draws the same bits.

const ROTATIONS: [[u32; 2]; 8] = [[10, 26], [11, 21], [13, 27], [23, 5], [6, 20], [17, 11], [25, 10], [18, 20]];
const PARITY: u32 = 0x1BD1_1BDA;

/// Counters handled side by side, one a vector lane.
pub(super) const LANES: usize = 16;

/// Encrypts `LANES` counters that differ in their first word only: `first`, `first + 1`, ...
/// Returns the four output words, each for all lanes.
#[inline(always)]
pub(super) fn blocks(key: [u32; 4], first: u32, rest: [u32; 3]) -> [[u32; LANES]; 4] {
    let schedule = [key[0], key[1], key[2], key[3], PARITY ^ key[0] ^ key[1] ^ key[2] ^ key[3]];
    let mut x = [[0_u32; LANES]; 4];
    for lane in 0..LANES {
        x[0][lane] = first.wrapping_add(lane as u32).wrapping_add(schedule[0]);
        x[1][lane] = rest[0].wrapping_add(schedule[1]);
        x[2][lane] = rest[1].wrapping_add(schedule[2]);
        x[3][lane] = rest[2].wrapping_add(schedule[3]);
    }
    for round in 0..20 {
        let [r0, r1] = ROTATIONS[round % 8];
        let (b, d) = if round % 2 == 0 { (1, 3) } else { (3, 1) };
        for lane in 0..LANES {
            x[0][lane] = x[0][lane].wrapping_add(x[b][lane]);
            x[b][lane] = x[b][lane].rotate_left(r0) ^ x[0][lane];
            x[2][lane] = x[2][lane].wrapping_add(x[d][lane]);
            x[d][lane] = x[d][lane].rotate_left(r1) ^ x[2][lane];
        }
        if round % 4 == 3 {
            let s = round / 4 + 1;
            for (i, word) in x.iter_mut().enumerate() {
                let add = schedule[(s + i) % 5].wrapping_add(if i == 3 { s as u32 } else { 0 });
                for value in word.iter_mut() {
                    *value = value.wrapping_add(add);
                }
            }
        }
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(counter: [u32; 4], key: [u32; 4]) -> [u32; 4] {
        let out = blocks(key, counter[0], [counter[1], counter[2], counter[3]]);
        [out[0][0], out[1][0], out[2][0], out[3][0]]
    }

    /// Known answers of the Random123 distribution (`kat_vectors`, threefry4x32 with 20 rounds).
    #[test]
    fn known_answers() {
        assert_eq!(one([0; 4], [0; 4]), [0x9c6c_a96a, 0xe17e_ae66, 0xfc10_ecd4, 0x5256_a7d8]);
        assert_eq!(one([u32::MAX; 4], [u32::MAX; 4]), [0x2a88_1696, 0x5701_2287, 0xf6c7_446e, 0xa16a_6732]);
        let counter = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];
        let key = [0xa409_3822, 0x299f_31d0, 0x082e_fa98, 0xec4e_6c89];
        assert_eq!(one(counter, key), [0x59cd_1dbb, 0xb887_9579, 0x86b5_d00c, 0xac8b_6d84]);
    }
}
