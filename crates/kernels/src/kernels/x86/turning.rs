//! Samples turned round by AVX-512.

use crate::kernels::BLOCK;
use crate::kernels::turn::Turn;
use pulp::cast;
use pulp::x86::V4;
use std::arch::x86_64::__m512d;

/// Samples that are turned round together: a vector of complex f32.
const POINTS: usize = 8;

/// Adds whole groups of samples and says how many: each is a matrix of complex numbers `[sample][loop]`, which is transposed in
/// registers.
#[inline(always)]
pub(super) fn add_groups(proof: V4, turn: Turn<'_>) -> usize {
    let (f, dq) = (proof.avx512f, proof.avx512dq);
    // Real and imaginary parts of eight loops side by side, from sixteen of both.
    let halves = [
        f._mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23),
        f._mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31),
    ];
    let groups = turn.samples.as_chunks::<POINTS>().0;
    for (group, points) in groups.iter().enumerate() {
        for (half, choice) in halves.iter().enumerate() {
            let mut rows = [f._mm512_setzero_pd(); POINTS];
            for (row, [re, im]) in rows.iter_mut().zip(points) {
                *row = f._mm512_castps_pd(f._mm512_permutex2var_ps(cast(*re), *choice, cast(*im)));
            }
            for (i, row) in transposed(proof, rows).into_iter().enumerate() {
                let lane = half * BLOCK / 2 + i;
                if lane >= turn.loops {
                    break;
                }
                let first = lane * turn.stride + group * POINTS;
                let to = &mut turn.out[first..first + POINTS];
                let row = f._mm512_castpd_ps(row);
                let low = f._mm512_cvtps_pd(f._mm512_castps512_ps256(row));
                let high = f._mm512_cvtps_pd(dq._mm512_extractf32x8_ps::<1>(row));
                for (to, more) in to.as_chunks_mut::<{ POINTS / 2 }>().0.iter_mut().zip([low, high]) {
                    *to = cast(f._mm512_add_pd(cast(*to), more));
                }
            }
        }
    }
    groups.len() * POINTS
}

/// The transpose of a matrix of eight by eight.
#[inline(always)]
fn transposed(proof: V4, rows: [__m512d; 8]) -> [__m512d; 8] {
    let f = proof.avx512f;
    let (mut even, mut odd) = ([rows[0]; 4], [rows[0]; 4]);
    for i in 0..4 {
        even[i] = f._mm512_unpacklo_pd(rows[2 * i], rows[2 * i + 1]);
        odd[i] = f._mm512_unpackhi_pd(rows[2 * i], rows[2 * i + 1]);
    }
    let [a, c, e, g] = quartered(proof, even);
    let [b, d, f, h] = quartered(proof, odd);
    [a, b, c, d, e, f, g, h]
}

/// The transpose of four by four pairs of numbers.
#[inline(always)]
fn quartered(proof: V4, [a, b, c, d]: [__m512d; 4]) -> [__m512d; 4] {
    let f = proof.avx512f;
    let (ab, cd) = (f._mm512_shuffle_f64x2::<0x44>(a, b), f._mm512_shuffle_f64x2::<0x44>(c, d));
    let (ab_high, cd_high) = (f._mm512_shuffle_f64x2::<0xee>(a, b), f._mm512_shuffle_f64x2::<0xee>(c, d));
    [
        f._mm512_shuffle_f64x2::<0x88>(ab, cd),
        f._mm512_shuffle_f64x2::<0xdd>(ab, cd),
        f._mm512_shuffle_f64x2::<0x88>(ab_high, cd_high),
        f._mm512_shuffle_f64x2::<0xdd>(ab_high, cd_high),
    ]
}
