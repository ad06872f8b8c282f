//! The 35 `i_` cases, which RFC 8259 leaves to the parser, pinned with the reason of each choice.

use super::{Case, Json, Verdict};

const fn accept(name: &'static str, reason: &'static str, json: Json) -> Case {
    Case { name, verdict: Verdict::Accept, reason, json }
}

const fn refuse(name: &'static str, reason: &'static str, json: Json) -> Case {
    Case { name, verdict: Verdict::Refuse, reason, json }
}

pub(super) static CASES: [Case; 35] = [
    accept(
        "i_number_double_huge_neg_exp",
        "numbers are kept as written: a tiny exponent is not computed",
        Json::Bytes(b"[123.456e-789]"),
    ),
    accept(
        "i_number_huge_exp",
        "numbers are kept as written: the exponent may have any length",
        Json::Runs(&[(b"[0.4e0066", 1), (b"9", 116), (b"69999999006]", 1)]),
    ),
    accept(
        "i_number_neg_int_huge_exp",
        "numbers are kept as written: overflow of a double is no matter",
        Json::Bytes(b"[-1e+9999]"),
    ),
    accept(
        "i_number_pos_double_huge_exp",
        "numbers are kept as written: overflow of a double is no matter",
        Json::Bytes(b"[1.5e+9999]"),
    ),
    accept(
        "i_number_real_neg_overflow",
        "numbers are kept as written: overflow of a double is no matter",
        Json::Bytes(b"[-123123e100000]"),
    ),
    accept(
        "i_number_real_pos_overflow",
        "numbers are kept as written: overflow of a double is no matter",
        Json::Bytes(b"[123123e100000]"),
    ),
    accept(
        "i_number_real_underflow",
        "numbers are kept as written: underflow of a double is no matter",
        Json::Bytes(b"[123e-10000000]"),
    ),
    accept(
        "i_number_too_big_neg_int",
        "numbers are kept as written: beyond i64 is no matter",
        Json::Bytes(b"[-123123123123123123123123123123]"),
    ),
    accept(
        "i_number_too_big_pos_int",
        "numbers are kept as written: beyond u64 is no matter",
        Json::Bytes(b"[100000000000000000000]"),
    ),
    accept(
        "i_number_very_big_negative_int",
        "numbers are kept as written: beyond i128 is no matter",
        Json::Bytes(b"[-237462374673276894279832749832423479823246327846]"),
    ),
    refuse(
        "i_object_key_lone_2nd_surrogate",
        "a lone low surrogate escape, in a key, is no character",
        Json::Bytes(br#"{"\uDFAA":0}"#),
    ),
    refuse(
        "i_string_1st_surrogate_but_2nd_missing",
        "a lone high surrogate escape is no character",
        Json::Bytes(br#"["\uDADA"]"#),
    ),
    refuse(
        "i_string_1st_valid_surrogate_2nd_invalid",
        "a high surrogate escape followed by an escape that is no surrogate",
        Json::Bytes(br#"["\uD888\u1234"]"#),
    ),
    refuse(
        "i_string_UTF-16LE_with_BOM",
        "UTF-16 is not UTF-8, and neither is its byte order mark",
        Json::Bytes(b"\xff\xfe[\x00\"\x00\xe9\x00\"\x00]\x00"),
    ),
    refuse(
        "i_string_UTF-8_invalid_sequence",
        "the byte FA never occurs in UTF-8",
        Json::Bytes(b"[\"\xe6\x97\xa5\xd1\x88\xfa\"]"),
    ),
    refuse(
        "i_string_UTF8_surrogate_U+D800",
        "a surrogate encoded as UTF-8 is not valid UTF-8",
        Json::Bytes(b"[\"\xed\xa0\x80\"]"),
    ),
    refuse(
        "i_string_incomplete_surrogate_and_escape_valid",
        "a high surrogate escape followed by another kind of escape",
        Json::Bytes(br#"["\uD800\n"]"#),
    ),
    refuse(
        "i_string_incomplete_surrogate_pair",
        "a lone low surrogate escape followed by a letter",
        Json::Bytes(br#"["\uDd1ea"]"#),
    ),
    refuse(
        "i_string_incomplete_surrogates_escape_valid",
        "two high surrogate escapes make no pair",
        Json::Bytes(br#"["\uD800\uD800\n"]"#),
    ),
    refuse(
        "i_string_invalid_lonely_surrogate",
        "a lone high surrogate escape is no character",
        Json::Bytes(br#"["\ud800"]"#),
    ),
    refuse(
        "i_string_invalid_surrogate",
        "a high surrogate escape followed by plain letters",
        Json::Bytes(br#"["\ud800abc"]"#),
    ),
    refuse(
        "i_string_invalid_utf-8",
        "the byte FF never occurs in UTF-8",
        Json::Bytes(b"[\"\xff\"]"),
    ),
    refuse(
        "i_string_inverted_surrogates_U+1D11E",
        "a surrogate pair in the wrong order, low before high",
        Json::Bytes(br#"["\uDd1e\uD834"]"#),
    ),
    refuse("i_string_iso_latin_1", "ISO Latin 1 is not UTF-8", Json::Bytes(b"[\"\xe9\"]")),
    refuse(
        "i_string_lone_second_surrogate",
        "a lone low surrogate escape is no character",
        Json::Bytes(br#"["\uDFAA"]"#),
    ),
    refuse(
        "i_string_lone_utf8_continuation_byte",
        "a continuation byte without its lead byte is not valid UTF-8",
        Json::Bytes(b"[\"\x81\"]"),
    ),
    refuse(
        "i_string_not_in_unicode_range",
        "an encoding above U+10FFFF is not valid UTF-8",
        Json::Bytes(b"[\"\xf4\xbf\xbf\xbf\"]"),
    ),
    refuse(
        "i_string_overlong_sequence_2_bytes",
        "an overlong encoding (2 bytes for U+002F) is not valid UTF-8",
        Json::Bytes(b"[\"\xc0\xaf\"]"),
    ),
    refuse(
        "i_string_overlong_sequence_6_bytes",
        "an overlong encoding (6 bytes) is not valid UTF-8",
        Json::Bytes(b"[\"\xfc\x83\xbf\xbf\xbf\xbf\"]"),
    ),
    refuse(
        "i_string_overlong_sequence_6_bytes_null",
        "an overlong encoding (6 bytes for U+0000) is not valid UTF-8",
        Json::Bytes(b"[\"\xfc\x80\x80\x80\x80\x80\"]"),
    ),
    refuse(
        "i_string_truncated-utf-8",
        "a 3-byte sequence cut short is not valid UTF-8",
        Json::Bytes(b"[\"\xe0\xff\"]"),
    ),
    refuse(
        "i_string_utf16BE_no_BOM",
        "UTF-16 is refused: a null byte opens the text",
        Json::Bytes(b"\x00[\x00\"\x00\xe9\x00\"\x00]"),
    ),
    refuse(
        "i_string_utf16LE_no_BOM",
        "UTF-16 is refused: a null byte follows the bracket",
        Json::Bytes(b"[\x00\"\x00\xe9\x00\"\x00]\x00"),
    ),
    refuse(
        "i_structure_500_nested_arrays",
        "nesting goes above 128 levels",
        Json::Runs(&[(b"[", 500), (b"]", 500)]),
    ),
    refuse(
        "i_structure_UTF-8_BOM_empty_object",
        "a byte order mark is not part of the JSON grammar",
        Json::Bytes(b"\xef\xbb\xbf{}"),
    ),
];
