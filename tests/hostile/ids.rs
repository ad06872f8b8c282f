//! Rows 29 to 34: ids of every size and type.

use crate::stream::read;
use crate::verdict::{INVALID_REQUEST, NEXT, accept, limit, message, refuse};
use mcp_engine::{Decoder, Kind, Limit, Limits, MessageRule, encode, json::Raw};

#[test]
fn row_27_a_negative_zero_is_echoed_as_it_was_written() {
    echoes("-0", Some(0));
}

#[test]
fn row_29_ids_of_64_bits_are_echoed_exactly() {
    echoes("9007199254740993", Some(9_007_199_254_740_993));
    echoes("-9007199254740993", Some(-9_007_199_254_740_993));
    echoes("9223372036854775807", Some(i64::MAX));
    echoes("-9223372036854775808", Some(i64::MIN));
    echoes("9223372036854775808", None);
    echoes("18446744073709551615", None);
    for digits in 1..=18 {
        let id: i64 = "123456789012345678"[..digits].parse().expect("an integer");
        echoes(&id.to_string(), Some(id));
        echoes(&(-id).to_string(), Some(-id));
    }
}

#[test]
fn row_30_ids_beyond_64_bits_are_refused_without_an_id() {
    for id in ["18446744073709551616", "-9223372036854775809", "1".repeat(400).as_str()] {
        refuse(request(id), message(MessageRule::IdRange, ID), INVALID_REQUEST, None);
        refuse(response(id), message(MessageRule::IdRange, ID), INVALID_REQUEST, None);
    }
}

#[test]
fn row_30_ids_of_a_hundred_thousand_digits_are_above_the_limit() {
    let id = "7".repeat(100_000);
    refuse(request(&id), limit(Limit::IdBytes, ID), INVALID_REQUEST, None);
}

#[test]
fn row_31_ids_with_a_fraction_or_an_exponent_are_refused() {
    for id in ["1.5", "1e2", "1.0", "1E2", "-0.0", "1e999", "18446744073709551616.0"] {
        let error = message(MessageRule::IdFraction, ID);
        refuse(request(id), error, INVALID_REQUEST, None);
        refuse(response(id), error, INVALID_REQUEST, None);
    }
}

#[test]
fn row_32_a_null_id_is_refused_and_never_makes_a_notification() {
    let error = message(MessageRule::IdNull, ID);
    refuse(request("null"), error, INVALID_REQUEST, None);
    refuse(response("null"), error, INVALID_REQUEST, None);
    let line = request("null");
    let verdicts = read(&mut Decoder::default(), [line.as_bytes(), b"\n", NEXT]);
    let refusal = verdicts[0].as_ref().expect_err("null id");
    assert_eq!(refusal.message().expect("sound JSON").kind(), Kind::Request);
}

#[test]
fn row_32_an_error_may_have_a_null_id_or_none() {
    for id in ["\"id\":null,", ""] {
        let line = format!(r#"{{"jsonrpc":"2.0",{id}"error":{{"code":-32700,"message":"m"}}}}"#);
        accept(line, |message| {
            assert_eq!(message.kind(), Kind::ErrorResponse);
            assert!(message.id().is_none());
        });
    }
}

#[test]
fn row_33_an_empty_string_is_an_id() {
    echoes(r#""""#, None);
}

#[test]
fn row_33_strings_and_integers_of_the_same_digits_are_distinct() {
    let line = [request("1"), request("\"1\"")].join("\n");
    let verdicts = read(&mut Decoder::default(), [line.as_bytes(), b"\n"]);
    let messages: Vec<_> =
        verdicts.iter().map(|verdict| verdict.as_ref().expect("valid")).collect();
    let [one, two] = [messages[0], messages[1]].map(|message| message.id().expect("an id"));
    assert!(one != two && one == one && two == two);
    assert!(one != two.to_owned() && two != one.to_owned());
}

#[test]
fn row_33_an_id_at_the_limit_is_read_and_one_byte_more_is_not() {
    let most = Limits::default().id_bytes as usize;
    echoes(&format!("\"{}\"", "x".repeat(most - 2)), None);
    for length in [most - 1, 1 << 20] {
        let id = format!("\"{}\"", "x".repeat(length));
        refuse(request(&id), limit(Limit::IdBytes, ID), INVALID_REQUEST, None);
    }
}

#[test]
fn row_34_ids_of_other_types_are_refused_without_an_id() {
    for id in ["true", "false", "{}", "[]", "[1]", r#"{"id":1}"#] {
        let error = message(MessageRule::IdType, ID);
        refuse(request(id), error, INVALID_REQUEST, None);
        refuse(response(id), error, INVALID_REQUEST, None);
    }
}

/// Checks that the id is read from a request and written into its response byte for byte.
fn echoes(id: &str, int: Option<i64>) {
    accept(request(id), |message| {
        assert_eq!(message.kind(), Kind::Request);
        let read = message.id().expect("an id");
        assert_eq!((read.token(), read.as_i64()), (id, int));
        let owned = read.to_owned();
        assert!(read == owned);
        let mut out = Vec::new();
        encode::response(&mut out, &owned, Raw::parse("{}").expect("valid"));
        assert_eq!(out, response(id).into_bytes());
    });
}

fn request(id: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#)
}

fn response(id: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{}}}}"#)
}

/// Where the id stands in both.
const ID: usize = r#"{"jsonrpc":"2.0","id":"#.len();
