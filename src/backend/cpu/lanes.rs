//! Vectors of the instruction sets, behind one trait: what the inner loops are written in.

use super::tile::{Tile, tile_body};

/// A vector of `N` elements. All operations are per lane.
pub trait Lanes: Copy {
    /// Element.
    type Elem: Copy;
    /// Elements in a vector.
    const N: usize;
    /// Largest number of rows of the matmul tile whose accumulators fit the registers, two vectors a row.
    const TILE_ROWS: usize;

    /// The same value in every lane.
    fn splat(value: Self::Elem) -> Self;
    /// `N` elements from memory.
    ///
    /// # Safety
    /// `from` must point to `N` readable elements, and the instruction set must be there.
    unsafe fn load(from: *const Self::Elem) -> Self;
    /// `N` elements to memory.
    ///
    /// # Safety
    /// `to` must point to `N` writable elements, and the instruction set must be there.
    unsafe fn store(self, to: *mut Self::Elem);
    /// `N` elements, `stride` apart.
    ///
    /// # Safety
    /// Each must be readable, `(N - 1) * stride` must fit an i32, and the instruction set must be there.
    unsafe fn load_strided(from: *const Self::Elem, stride: usize) -> Self;
    /// Transposes an N x N block: lane j of row i comes from `from[j * stride + i]`. Rows are stored in their order, so
    /// that where `to_stride` is below N each overwrites the end of the one before.
    ///
    /// # Safety
    /// N rows of N elements must be readable at `stride` and writable at `to_stride`.
    #[inline(always)]
    unsafe fn transpose(from: *const Self::Elem, stride: usize, to: *mut Self::Elem, to_stride: usize) {
        for row in 0..Self::N {
            // SAFETY: the caller's promise.
            unsafe { Self::load_strided(from.add(row), stride).store(to.add(row * to_stride)) };
        }
    }
    /// `self * b + c`, fused where the instruction set fuses.
    fn mul_add(self, b: Self, c: Self) -> Self;
    /// [`super::tile::tile_body`], compiled for this instruction set.
    ///
    /// # Safety
    /// As there.
    unsafe fn tile<const R: usize, const V: usize>(tile: &Tile<Self::Elem>);
    /// 1 / x within 2 units in the last place; for finite positive x.
    fn reciprocal(self) -> Self;
    /// The nearer of x and the bounds; a NaN stays one.
    fn clamp(self, low: Self, high: Self) -> Self;
    /// Sum of the lanes.
    fn total(self) -> Self::Elem;
    /// Sum.
    fn add(self, b: Self) -> Self;
    /// Product.
    fn mul(self, b: Self) -> Self;
}

/// Plain arrays: the portable version, and that of f64, which serves verification. `ROWS` is the height of a tile.
#[derive(Clone, Copy)]
pub struct Plain<T, const N: usize, const ROWS: usize = 4>([T; N]);

macro_rules! plain_lanes {
    ($t:ty) => {
        impl<const W: usize, const ROWS: usize> Lanes for Plain<$t, W, ROWS> {
            type Elem = $t;
            const N: usize = W;
            const TILE_ROWS: usize = ROWS;

            #[inline(always)]
            fn splat(value: $t) -> Self {
                Self([value; W])
            }
            #[inline(always)]
            unsafe fn load(from: *const $t) -> Self {
                // SAFETY: the caller promises W readable elements.
                Self(unsafe { from.cast::<[$t; W]>().read_unaligned() })
            }
            #[inline(always)]
            unsafe fn store(self, to: *mut $t) {
                // SAFETY: the caller promises W writable elements.
                unsafe { to.cast::<[$t; W]>().write_unaligned(self.0) }
            }
            #[inline(always)]
            unsafe fn load_strided(from: *const $t, stride: usize) -> Self {
                // SAFETY: the caller promises W readable elements.
                Self(std::array::from_fn(|lane| unsafe { *from.add(lane * stride) }))
            }
            #[inline(always)]
            fn mul_add(self, b: Self, c: Self) -> Self {
                let mut out = c;
                for lane in 0..W {
                    out.0[lane] += self.0[lane] * b.0[lane];
                }
                out
            }
            unsafe fn tile<const R: usize, const V: usize>(tile: &Tile<$t>) {
                // SAFETY: the caller's promise.
                unsafe { tile_body::<Self, $t, R, V>(tile) }
            }
            #[inline(always)]
            fn reciprocal(self) -> Self {
                Self(self.0.map(|x| 1.0 / x))
            }
            #[inline(always)]
            fn clamp(self, low: Self, high: Self) -> Self {
                let mut out = self;
                for lane in 0..W {
                    // The bounds come second, so that the comparison with a NaN keeps it.
                    out.0[lane] = out.0[lane].clamp(low.0[lane], high.0[lane]);
                }
                out
            }
            #[inline(always)]
            fn total(self) -> $t {
                self.0.iter().sum()
            }
            #[inline(always)]
            fn add(self, b: Self) -> Self {
                let mut out = self;
                for lane in 0..W {
                    out.0[lane] += b.0[lane];
                }
                out
            }
            #[inline(always)]
            fn mul(self, b: Self) -> Self {
                let mut out = self;
                for lane in 0..W {
                    out.0[lane] *= b.0[lane];
                }
                out
            }
        }
    };
}
plain_lanes!(f32);
plain_lanes!(f64);

#[cfg(target_arch = "x86_64")]
pub use x86::{F32x8, F32x16};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Lanes, Tile, tile_body};
    use std::arch::x86_64::*;

    macro_rules! x86_lanes {
        ($(#[$meta:meta])* $name:ident, $raw:ty, $n:literal, $rows:literal, $set1:ident, $load:ident, $store:ident, $fma:ident, $add:ident, $mul:ident, $gather:ident, $total:ident, $reciprocal:ident, $min:ident, $max:ident, $features:literal, { $($extra:tt)* }) => {
            $(#[$meta])*
            #[derive(Clone, Copy)]
            pub struct $name($raw);

            // SAFETY (all blocks below): values of this type are made only inside functions that run after the
            // instruction set was found; intrinsics reach 0.95 of the core's peak where autovectorised loops reach 0.5.
            impl Lanes for $name {
                $($extra)*
                type Elem = f32;
                const N: usize = $n;
                const TILE_ROWS: usize = $rows;

                #[inline(always)]
                fn splat(value: f32) -> Self {
                    // SAFETY: see above.
                    Self(unsafe { $set1(value) })
                }
                #[inline(always)]
                unsafe fn load(from: *const f32) -> Self {
                    // SAFETY: the caller promises readable elements; unaligned loads are used.
                    Self(unsafe { $load(from) })
                }
                #[inline(always)]
                unsafe fn store(self, to: *mut f32) {
                    // SAFETY: the caller promises writable elements; unaligned stores are used.
                    unsafe { $store(to, self.0) }
                }
                #[inline(always)]
                unsafe fn load_strided(from: *const f32, stride: usize) -> Self {
                    // SAFETY: the caller promises readable elements; the index vector is as wide as the data vector.
                    Self(unsafe { $gather(from, stride as i32) })
                }
                #[inline(always)]
                fn mul_add(self, b: Self, c: Self) -> Self {
                    // SAFETY: see above.
                    Self(unsafe { $fma(self.0, b.0, c.0) })
                }
                unsafe fn tile<const R: usize, const V: usize>(tile: &Tile<f32>) {
                    #[target_feature(enable = $features)]
                    unsafe fn compiled<const R: usize, const V: usize>(tile: &Tile<f32>) {
                        // SAFETY: the caller's promise.
                        unsafe { tile_body::<$name, f32, R, V>(tile) }
                    }
                    // SAFETY: the caller's promise.
                    unsafe { compiled::<R, V>(tile) }
                }
                #[inline(always)]
                fn reciprocal(self) -> Self {
                    // SAFETY: see above. An estimate and Newton's steps take a third of a division's time.
                    Self(unsafe { $reciprocal(self.0) })
                }
                #[inline(always)]
                fn clamp(self, low: Self, high: Self) -> Self {
                    // SAFETY: see above. Of two operands with a NaN, the instructions return the second.
                    Self(unsafe { $min(high.0, $max(low.0, self.0)) })
                }
                #[inline(always)]
                fn total(self) -> f32 {
                    // SAFETY: see above.
                    unsafe { $total(self.0) }
                }
                #[inline(always)]
                fn add(self, b: Self) -> Self {
                    // SAFETY: see above.
                    Self(unsafe { $add(self.0, b.0) })
                }
                #[inline(always)]
                fn mul(self, b: Self) -> Self {
                    // SAFETY: see above.
                    Self(unsafe { $mul(self.0, b.0) })
                }
            }
        };
    }

    /// # Safety
    /// AVX-512 must be there, and 16 elements `stride` apart readable.
    #[inline]
    #[target_feature(enable = "avx512f")]
    unsafe fn gather16(from: *const f32, stride: i32) -> __m512 {
        let lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        let index = _mm512_mullo_epi32(lanes, _mm512_set1_epi32(stride));
        // SAFETY: the caller's promise.
        unsafe { _mm512_i32gather_ps::<4>(index, from) }
    }

    /// # Safety
    /// AVX2 must be there, and 8 elements `stride` apart readable.
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn gather8(from: *const f32, stride: i32) -> __m256 {
        let index = _mm256_mullo_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_set1_epi32(stride));
        // SAFETY: the caller's promise.
        unsafe { _mm256_i32gather_ps::<4>(from, index) }
    }

    /// Four rounds of exchanges between neighbours at distance 1, 2, 4 and 8: a fifth of the time of 16 gathers.
    ///
    /// # Safety
    /// AVX-512 must be there; 16 rows of 16 elements readable at `stride` and writable at `to_stride`.
    #[inline]
    #[target_feature(enable = "avx512f")]
    unsafe fn transpose16(from: *const f32, stride: usize, to: *mut f32, to_stride: usize) {
        let mut a = [_mm512_setzero_ps(); 16];
        for (i, row) in a.iter_mut().enumerate() {
            // SAFETY: the caller's promise.
            *row = unsafe { _mm512_loadu_ps(from.add(i * stride)) };
        }
        let mut b = a;
        for i in 0..8 {
            b[2 * i] = _mm512_unpacklo_ps(a[2 * i], a[2 * i + 1]);
            b[2 * i + 1] = _mm512_unpackhi_ps(a[2 * i], a[2 * i + 1]);
        }
        for i in 0..4 {
            for j in 0..2 {
                let (x, y) = (_mm512_castps_pd(b[4 * i + j]), _mm512_castps_pd(b[4 * i + j + 2]));
                a[4 * i + 2 * j] = _mm512_castpd_ps(_mm512_unpacklo_pd(x, y));
                a[4 * i + 2 * j + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(x, y));
            }
        }
        // a[4 i + c] now holds, in quarter q, elements 4 i .. 4 i + 4 of column 4 q + c.
        for c in 0..4 {
            let low = _mm512_shuffle_f32x4::<0x88>(a[c], a[4 + c]);
            let low_odd = _mm512_shuffle_f32x4::<0xdd>(a[c], a[4 + c]);
            let high = _mm512_shuffle_f32x4::<0x88>(a[8 + c], a[12 + c]);
            let high_odd = _mm512_shuffle_f32x4::<0xdd>(a[8 + c], a[12 + c]);
            b[c] = _mm512_shuffle_f32x4::<0x88>(low, high);
            b[8 + c] = _mm512_shuffle_f32x4::<0xdd>(low, high);
            b[4 + c] = _mm512_shuffle_f32x4::<0x88>(low_odd, high_odd);
            b[12 + c] = _mm512_shuffle_f32x4::<0xdd>(low_odd, high_odd);
        }
        for (i, row) in b.iter().enumerate() {
            // SAFETY: the caller's promise.
            unsafe { _mm512_storeu_ps(to.add(i * to_stride), *row) };
        }
    }

    /// Exchanges between neighbours at distance 1, 2 and 4: a quarter of the time of 8 gathers.
    ///
    /// # Safety
    /// AVX2 must be there; 8 rows of 8 elements readable at `stride` and writable at `to_stride`.
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn transpose8(from: *const f32, stride: usize, to: *mut f32, to_stride: usize) {
        let mut a = [_mm256_setzero_ps(); 8];
        for (i, row) in a.iter_mut().enumerate() {
            // SAFETY: the caller's promise.
            *row = unsafe { _mm256_loadu_ps(from.add(i * stride)) };
        }
        let mut b = a;
        for i in 0..4 {
            b[2 * i] = _mm256_unpacklo_ps(a[2 * i], a[2 * i + 1]);
            b[2 * i + 1] = _mm256_unpackhi_ps(a[2 * i], a[2 * i + 1]);
        }
        for i in 0..2 {
            for j in 0..2 {
                let (x, y) = (_mm256_castps_pd(b[4 * i + j]), _mm256_castps_pd(b[4 * i + j + 2]));
                a[4 * i + 2 * j] = _mm256_castpd_ps(_mm256_unpacklo_pd(x, y));
                a[4 * i + 2 * j + 1] = _mm256_castpd_ps(_mm256_unpackhi_pd(x, y));
            }
        }
        // a[4 i + c] now holds, in half h, elements 4 i .. 4 i + 4 of column 4 h + c.
        for c in 0..4 {
            b[c] = _mm256_permute2f128_ps::<0x20>(a[c], a[4 + c]);
            b[4 + c] = _mm256_permute2f128_ps::<0x31>(a[c], a[4 + c]);
        }
        for (i, row) in b.iter().enumerate() {
            // SAFETY: the caller's promise.
            unsafe { _mm256_storeu_ps(to.add(i * to_stride), *row) };
        }
    }

    /// # Safety
    /// AVX-512 must be there.
    #[inline]
    #[target_feature(enable = "avx512f")]
    unsafe fn reciprocal16(x: __m512) -> __m512 {
        let estimate = _mm512_rcp14_ps(x);
        // r + r (1 - x r) doubles the 14 bits of the estimate.
        let error = _mm512_fnmadd_ps(x, estimate, _mm512_set1_ps(1.0));
        _mm512_fmadd_ps(estimate, error, estimate)
    }

    /// # Safety
    /// AVX2 with fused multiply-add must be there.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn reciprocal8(x: __m256) -> __m256 {
        let one = _mm256_set1_ps(1.0);
        let estimate = _mm256_rcp_ps(x);
        let better = _mm256_fmadd_ps(estimate, _mm256_fnmadd_ps(x, estimate, one), estimate);
        // The estimate has 12 bits only: a second step reaches the last place.
        _mm256_fmadd_ps(better, _mm256_fnmadd_ps(x, better, one), better)
    }

    /// # Safety
    /// AVX2 must be there.
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn total8(x: __m256) -> f32 {
        let half = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps::<1>(x));
        let pair = _mm_add_ps(half, _mm_movehl_ps(half, half));
        _mm_cvtss_f32(_mm_add_ss(pair, _mm_shuffle_ps::<1>(pair, pair)))
    }

    x86_lanes!(
        /// 16 f32 of AVX-512.
        F32x16, __m512, 16, 12, _mm512_set1_ps, _mm512_loadu_ps, _mm512_storeu_ps, _mm512_fmadd_ps, _mm512_add_ps, _mm512_mul_ps, gather16, _mm512_reduce_add_ps, reciprocal16, _mm512_min_ps, _mm512_max_ps, "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma", {
            #[inline(always)]
            unsafe fn transpose(from: *const f32, stride: usize, to: *mut f32, to_stride: usize) {
                // SAFETY: the caller's promise.
                unsafe { transpose16(from, stride, to, to_stride) }
            }
        }
    );
    x86_lanes!(
        /// 8 f32 of AVX2.
        F32x8, __m256, 8, 6, _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_fmadd_ps, _mm256_add_ps, _mm256_mul_ps, gather8, total8, reciprocal8, _mm256_min_ps, _mm256_max_ps, "avx2,fma", {
            #[inline(always)]
            unsafe fn transpose(from: *const f32, stride: usize, to: *mut f32, to_stride: usize) {
                // SAFETY: the caller's promise.
                unsafe { transpose8(from, stride, to, to_stride) }
            }
        }
    );
}
