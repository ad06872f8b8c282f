//! The backend for processors with AVX-512 VBMI2: as AVX2 for short strings, and loops of its own for long
//! strings, strings with escapes, and escaping.
//!
//! One table of 128 entries, looked up for 64 bytes at once, says what each byte is. The table does
//! not see a byte's top bit, so that bytes above 0x7f alias others; they are told apart by that bit.

use core::arch::x86_64::{
    __m256i, __m512i, _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_min_epu8,
    _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm256_setzero_si256,
    _mm256_shuffle_epi8, _mm256_srli_epi16, _mm256_sub_epi8, _mm512_add_epi8, _mm512_and_si512,
    _mm512_castsi512_si256, _mm512_cmpeq_epi8_mask, _mm512_cmplt_epu8_mask, _mm512_cvtepu8_epi16,
    _mm512_extracti64x4_epi64, _mm512_loadu_si512, _mm512_mask_mov_epi8,
    _mm512_maskz_compress_epi8, _mm512_maskz_loadu_epi8, _mm512_movepi8_mask, _mm512_or_si512,
    _mm512_permutex2var_epi8, _mm512_set1_epi8, _mm512_set1_epi16, _mm512_setzero_si512,
    _mm512_slli_epi16, _mm512_storeu_si512, _mm512_ternarylogic_epi64, _pdep_u64,
};

use super::avx2::vectors;
use super::marks::marks;
use super::pos::Pos;
use super::prelude::*;
use super::tables::{ESCAPED_LETTER, ILLEGAL_LETTER, SPECIAL, Table};
use crate::json::scratch::MARKS;

/// Loads 64 bytes.
#[inline]
#[target_feature(
    enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2"
)]
fn load512(bytes: &[u8; 64]) -> __m512i {
    // SAFETY: the array is 64 bytes long, and the load needs no alignment.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
}

/// Looks each byte up by its lower seven bits.
#[inline]
#[target_feature(
    enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2"
)]
fn look_up(table: &Table, v: __m512i) -> __m512i {
    _mm512_permutex2var_epi8(load512(&table.0), v, load512(&table.1))
}

/// Sets the top bit of each byte that is special, whatever was in `found` before.
#[inline]
#[target_feature(
    enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2"
)]
fn find(found: __m512i, v: __m512i) -> __m512i {
    // found | (table[v] & !v)
    _mm512_ternarylogic_epi64::<0b1111_0100>(found, look_up(&SPECIAL, v), v)
}

/// Moves to the next special byte: over the first 64, and from there, aligned, 256 in one step.
#[inline]
#[target_feature(
    enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2"
)]
fn plain_512<'a>(s: &mut Scan<'a, '_>, mut p: Pos<'a>) -> Pos<'a> {
    let first = load512(p.bytes());
    let special = _mm512_movepi8_mask(find(_mm512_setzero_si512(), first));
    if special != 0 {
        s.high |= _mm512_movepi8_mask(first);
        // SAFETY: every sentinel is special, and the bytes before the first special one are not.
        return unsafe { p.ahead(special.trailing_zeros() as usize) };
    }
    // SAFETY: none of the first 64 bytes is special, and so none is a sentinel.
    p = unsafe { p.ahead(p.to_aligned_64()) };
    let mut high = first;
    loop {
        let (chunks, _) = p.bytes::<256>().as_chunks::<64>();
        let mut found = _mm512_setzero_si512();
        let mut all = high;
        for chunk in chunks {
            let v = load512(chunk);
            found = find(found, v);
            all = _mm512_or_si512(all, v);
        }
        high = all;
        if _mm512_movepi8_mask(found) != 0 {
            s.high |= _mm512_movepi8_mask(high);
            return first_special(p, chunks);
        }
        // SAFETY: every sentinel is special, and none of the 256 bytes is.
        p = unsafe { p.ahead(256) };
    }
}

/// The place of the first special byte in `chunks`, which begin at `p` and have one.
#[inline]
#[target_feature(
    enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2"
)]
fn first_special<'a>(mut p: Pos<'a>, chunks: &[[u8; 64]]) -> Pos<'a> {
    for chunk in chunks {
        let special = _mm512_movepi8_mask(find(_mm512_setzero_si512(), load512(chunk)));
        if special != 0 {
            // SAFETY: every sentinel is special, and the bytes before the first special one are not.
            return unsafe { p.ahead(special.trailing_zeros() as usize) };
        }
        // SAFETY: every sentinel is special, and none of the 64 bytes is.
        p = unsafe { p.ahead(64) };
    }
    p
}

/// Validates the rest of a string, from its first backslash on, in blocks of 64 bytes.
#[inline(never)]
#[target_feature(
    enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2"
)]
fn escaped_string_512<'a>(s: &mut Scan<'a, '_>, mut p: Pos<'a>) -> Option<Pos<'a>> {
    let mut carry = 0;
    let mut low = None;
    let mut high = _mm512_setzero_si512();
    loop {
        let v = load512(p.bytes());
        let backslash = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(b'\\' as i8));
        // A block seldom ends with half an escape. Guessing that keeps the blocks independent of each other.
        let escaped = if carry == 0 {
            escaped_bytes(backslash, &mut carry)
        } else {
            escaped_bytes_behind_half(backslash, &mut carry)
        };
        let quotes = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(b'"' as i8)) & !escaped;
        let control = _mm512_cmplt_epu8_mask(v, _mm512_set1_epi8(0x20));
        let illegal = _mm512_or_si512(look_up(&ILLEGAL_LETTER, v), v);
        let bad = control | (_mm512_movepi8_mask(illegal) & escaped);
        high = _mm512_or_si512(high, v);
        if (bad | quotes) != 0 {
            let inside = below(quotes);
            if bad & inside != 0 {
                check_escapes(s, p, control & inside, escaped & inside, &mut low)?;
            }
            if quotes != 0 {
                s.high |= _mm512_movepi8_mask(high);
                // SAFETY: no control character, and so no sentinel, stands before the closing quote, which
                // is none either.
                return Some(unsafe { p.ahead(quotes.trailing_zeros() as usize + 1) });
            }
        }
        // SAFETY: none of the 64 bytes is a control character, and so none is the sentinel.
        p = unsafe { p.ahead(64) };
    }
}

/// [`escaped_bytes`] for a block whose first byte is escaped.
#[cold]
fn escaped_bytes_behind_half(backslash: u64, carry: &mut u64) -> u64 {
    escaped_bytes(backslash, carry)
}

/// Appends the bytes of a text, escaped as in a JSON string.
#[target_feature(
    enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2"
)]
pub(super) fn escape_all(out: &mut Vec<u8>, text: &[u8]) {
    let mut left = text.len();
    for block in text.chunks(64) {
        // SAFETY: the mask lets only the bytes of `block` be loaded.
        let v = unsafe { _mm512_maskz_loadu_epi8(first(block.len()), block.as_ptr().cast()) };
        escape_64(out, v, block, left);
        left -= block.len();
    }
}

/// Appends a block of at most 64 bytes, also held by `v`, escaped. `left` is how much is still to come, and is
/// reserved at once when room runs out.
#[inline]
#[target_feature(
    enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2"
)]
fn escape_64(out: &mut Vec<u8>, v: __m512i, block: &[u8], left: usize) {
    let len = block.len();
    if out.capacity() - out.len() < LONGEST_BLOCK {
        out.reserve(left + LONGEST_BLOCK);
    }
    let special = _mm512_movepi8_mask(find(_mm512_setzero_si512(), v)) & first(len);
    let letters = look_up(&ESCAPED_LETTER, v);
    if special == 0 {
        // SAFETY: room for 64 bytes was reserved.
        unsafe { store(out, v, len) };
    } else if special & !_mm512_movepi8_mask(letters) == 0 {
        let letters = _mm512_and_si512(letters, _mm512_set1_epi8(0x7f));
        let v = _mm512_mask_mov_epi8(v, special, letters);
        let (low, high) = (_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64::<1>(v));
        // SAFETY: room for `LONGEST_BLOCK` bytes was reserved, of which the first call takes 64 at most.
        unsafe {
            widen(out, low, special as u32, len.min(32));
            widen(out, high, (special >> 32) as u32, len.saturating_sub(32));
        }
    } else {
        escape(out, block);
    }
}

/// A mask of the first `len` of 64 bytes; `len` is not 0.
#[inline(always)]
fn first(len: usize) -> u64 {
    u64::MAX >> (64 - len)
}

/// Appends the first `len` of 32 bytes with a backslash before those of `special`: each byte is paired
/// with a backslash, and the backslashes not needed are squeezed out.
///
/// # Safety
///
/// There is room for 64 more bytes, and `len` is at most 32.
#[inline]
#[target_feature(
    enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2"
)]
unsafe fn widen(out: &mut Vec<u8>, v: __m256i, special: u32, len: usize) {
    let pairs = _mm512_slli_epi16::<8>(_mm512_cvtepu8_epi16(v));
    let pairs = _mm512_or_si512(pairs, _mm512_set1_epi16(b'\\' as i16));
    let keep = _pdep_u64(u64::from(special), EVEN) | !EVEN;
    let len = len + special.count_ones() as usize;
    // SAFETY: the caller has reserved 64 bytes; at most 32 are kept, and as many backslashes.
    unsafe { store(out, _mm512_maskz_compress_epi8(keep, pairs), len) };
}

/// Appends the first `len` bytes of a vector.
///
/// # Safety
///
/// There is room for 64 more bytes, and `len` is at most 64.
#[inline]
#[target_feature(
    enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2"
)]
unsafe fn store(out: &mut Vec<u8>, v: __m512i, len: usize) {
    debug_assert!(out.capacity() - out.len() >= 64 && len <= 64);
    // SAFETY: by the contract 64 bytes can be written behind the end, of which the first `len` are taken.
    unsafe {
        _mm512_storeu_si512(out.as_mut_ptr().add(out.len()).cast(), v);
        out.set_len(out.len() + len);
    }
}

/// Moves to the next special byte.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn plain<'a>(s: &mut Scan<'a, '_>, p: Pos<'a>) -> Pos<'a> {
    // SAFETY: this backend is picked only after all its features were detected.
    unsafe { plain_512(s, p) }
}

/// Validates the rest of a string, from its first backslash on.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn escaped_string<'a>(s: &mut Scan<'a, '_>, p: Pos<'a>) -> Option<Pos<'a>> {
    // SAFETY: this backend is picked only after all its features were detected.
    unsafe { escaped_string_512(s, p) }
}

/// Lists where the special bytes stand among the next 256; see `marks`.
#[inline(never)]
#[target_feature(
    enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2"
)]
fn list_512<'a>(s: &mut Scan<'a, '_>, p: Pos<'a>) {
    let (chunks, _) = p.bytes::<256>().as_chunks::<64>();
    let mut high = _mm512_setzero_si512();
    let mut places = load512(&PLACES);
    let mut len = 0;
    s.scratch.marks = [0; MARKS];
    for chunk in chunks {
        let v = load512(chunk);
        let special = _mm512_movepi8_mask(find(_mm512_setzero_si512(), v));
        let marks = _mm512_maskz_compress_epi8(special, places);
        if let Some(room) = s.scratch.marks.get_mut(len..).and_then(<[u8]>::first_chunk_mut) {
            store512(room, marks);
        }
        len += special.count_ones() as usize;
        high = _mm512_or_si512(high, v);
        places = _mm512_add_epi8(places, _mm512_set1_epi8(64));
    }
    (s.window, s.mark) = (p, 0);
    s.high |= _mm512_movepi8_mask(high);
}

/// Stores 64 bytes.
#[inline]
#[target_feature(
    enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2"
)]
fn store512(bytes: &mut [u8; 64], v: __m512i) {
    // SAFETY: the array is 64 bytes long, and the store needs no alignment.
    unsafe { _mm512_storeu_si512(bytes.as_mut_ptr().cast(), v) }
}

/// [`list_512`], for the loops that are compiled for fewer instructions.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn list<'a>(s: &mut Scan<'a, '_>, p: Pos<'a>) {
    // SAFETY: this backend is picked only after all its features were detected.
    unsafe { list_512(s, p) }
}

vectors!(#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]);
marks!(#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]);
strings!(#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]);
check_escapes!(#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]);
values!(#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]);
envelope!(#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]);
escape_text!(#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]);

/// What 64 bytes can become, and a store of 64 bytes beyond it.
const LONGEST_BLOCK: usize = 7 * 64;
const WIDTH: usize = 32;
const EVEN: u64 = 0x5555_5555_5555_5555;
/// The number of each byte.
const PLACES: [u8; 64] = {
    let mut places = [0; 64];
    let mut i = 0;
    while i < 64 {
        places[i] = i as u8;
        i += 1;
    }
    places
};
