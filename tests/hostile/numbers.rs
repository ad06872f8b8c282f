//! Rows 26 to 28: numbers too large, too small, and no numbers at all.

use crate::verdict::{PARSE_ERROR, Streams, accept, json, refuse};
use mcp_engine::{JsonRule, Method};

#[test]
fn row_26_numbers_beyond_a_double_are_kept_as_they_are_and_never_become_infinite() {
    for number in ["1e999", "-1e999", "1e400", "-17e+308", "9".repeat(400).as_str()] {
        accept(with_number(number), |message| {
            let value = message.params().and_then(|params| params.get("v"));
            let value = value.expect("a value");
            assert_eq!(value.spelling(), number);
            assert_eq!(value.as_f64(), None);
            assert_eq!((value.as_i64(), value.as_u64()), (None, None));
        });
    }
}

#[test]
fn row_26_progress_that_is_infinite_is_no_progress() {
    for number in ["1e999", "-1e999"] {
        let line = format!(
            r#"{{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":1,"progress":{number}}}}}"#
        );
        accept(line, |message| {
            assert_eq!(message.method(), Some(Method::Progress));
            assert!(message.progress().is_none());
        });
    }
}

#[test]
fn row_27_zeros_and_tiny_numbers_are_kept_as_they_are() {
    for (number, value) in [
        ("-0", -0.0),
        ("-0.0", -0.0),
        ("0", 0.0),
        ("0e0", 0.0),
        ("-0E-0", -0.0),
        ("1e-400", 0.0),
        ("5e-324", 5e-324),
        ("0.1000", 0.1),
        ("1E+2", 100.0),
    ] {
        accept(with_number(number), |message| {
            let read = message.params().and_then(|params| params.get("v"));
            let read = read.expect("a value");
            assert_eq!(read.spelling(), number);
            let double = read.as_f64().expect("finite");
            assert_eq!(double.to_bits(), f64::to_bits(value), "{number}");
        });
    }
}

#[test]
fn row_28_what_is_no_number_is_refused_at_the_place_where_it_ends_to_be_one() {
    for (number, rule, at) in [
        ("NaN", JsonRule::ExpectedValue, 0),
        ("Infinity", JsonRule::ExpectedValue, 0),
        ("-Infinity", JsonRule::Number, 1),
        ("-NaN", JsonRule::Number, 1),
        ("nan", JsonRule::Literal, 0),
        ("01", JsonRule::Number, 1),
        ("-01", JsonRule::Number, 2),
        ("00", JsonRule::Number, 1),
        ("007", JsonRule::Number, 1),
        ("+1", JsonRule::Number, 0),
        (".5", JsonRule::Number, 0),
        ("-.5", JsonRule::Number, 1),
        ("1.", JsonRule::Number, 2),
        ("1.e5", JsonRule::Number, 2),
        ("0x1", JsonRule::ExpectedCommaOrEnd, 1),
        ("1e", JsonRule::Number, 2),
        ("1e+", JsonRule::Number, 3),
        ("1E-", JsonRule::Number, 3),
        ("1.5.5", JsonRule::ExpectedCommaOrEnd, 3),
        ("1e5.5", JsonRule::ExpectedCommaOrEnd, 3),
        ("-", JsonRule::Number, 1),
        ("--1", JsonRule::Number, 1),
        ("1 2", JsonRule::ExpectedCommaOrEnd, 2),
        ("1_000", JsonRule::ExpectedCommaOrEnd, 1),
        ("1f", JsonRule::ExpectedCommaOrEnd, 1),
        ("True", JsonRule::ExpectedValue, 0),
        ("tru", JsonRule::Literal, 0),
        ("nul", JsonRule::Literal, 0),
        ("falsé", JsonRule::Literal, 0),
        ("nulll", JsonRule::ExpectedCommaOrEnd, 4),
    ] {
        let error = json(rule, HEAD.len() + at);
        refuse(with_number(number), error, PARSE_ERROR, None);
    }
}

#[test]
fn row_28_long_numbers_are_checked_to_their_last_digit() {
    let streams = Streams::default();
    for digits in 1..40 {
        let digits = "7".repeat(digits);
        for number in [digits.clone(), format!("-{digits}.{digits}e-{digits}")] {
            streams.accept(with_number(&number).as_bytes(), |message| {
                let params = message.params().expect("params");
                assert_eq!(params.get("v").expect("a value").spelling(), number);
            });
            let broken = format!("{number}x");
            let error = json(JsonRule::ExpectedCommaOrEnd, HEAD.len() + number.len());
            streams.refuse(with_number(&broken).as_bytes(), error, PARSE_ERROR, None);
        }
    }
}

const HEAD: &str = r#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"v":"#;

fn with_number(number: &str) -> String {
    format!("{HEAD}{number}}}}}")
}
