//! The backend for processors with AVX-512BW: as AVX2, but strings with escapes are read in whole
//! blocks of 64 bytes, whose comparisons yield bit masks directly.

use core::arch::x86_64::{
    __m256i, __m512i, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_min_epu8, _mm256_movemask_epi8,
    _mm256_or_si256, _mm256_set1_epi8, _mm256_setzero_si256, _mm512_and_si512,
    _mm512_broadcast_i64x4, _mm512_cmpeq_epi8_mask, _mm512_cmplt_epu8_mask, _mm512_loadu_si512,
    _mm512_movepi8_mask, _mm512_set1_epi8, _mm512_shuffle_epi8, _mm512_srli_epi16,
    _mm512_test_epi8_mask,
};

use super::avx2::short_strings;
use super::pos::Pos;
use super::prelude::*;

short_strings!(#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl")]);

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl")]
fn load512(p: Pos<'_>) -> __m512i {
    // SAFETY: the array is 64 bytes long, and the load needs no alignment.
    unsafe { _mm512_loadu_si512(p.bytes::<64>().as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl")]
fn block(p: Pos<'_>) -> Block {
    let v = load512(p);
    Block {
        quote: _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(b'"' as i8)),
        backslash: _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(b'\\' as i8)),
        control: _mm512_cmplt_epu8_mask(v, _mm512_set1_epi8(0x20)),
        high: _mm512_movepi8_mask(v),
    }
}

/// Which bytes may follow a backslash, and which of them are `u`.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl")]
fn legal(p: Pos<'_>) -> (u64, u64) {
    let v = load512(p);
    let nibble = _mm512_set1_epi8(0x0f);
    let low = _mm512_broadcast_i64x4(load32(&LOW_NIBBLE));
    let low = _mm512_shuffle_epi8(low, _mm512_and_si512(v, nibble));
    let high = _mm512_broadcast_i64x4(load32(&HIGH_NIBBLE));
    let high = _mm512_shuffle_epi8(high, _mm512_and_si512(_mm512_srli_epi16::<4>(v), nibble));
    let legal = _mm512_test_epi8_mask(low, high);
    (
        legal,
        _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(b'u' as i8)),
    )
}

strings!(#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl")]);
escapes!(#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl")]);
values!(#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl")]);
envelope!(#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl")]);
escape_text!(#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl")]);

const WIDTH: usize = 32;
