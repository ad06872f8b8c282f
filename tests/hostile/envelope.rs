//! Rows 36 to 38: envelopes that are no JSON-RPC 2.0.

use crate::verdict::{INVALID_REQUEST, accept, message, place, refuse};
use mcp_engine::{Kind, MessageRule};

#[test]
fn row_36_the_version_must_be_there() {
    let line = r#"{"id":1,"method":"ping"}"#;
    refuse(line, message(MessageRule::VersionMissing, 0), INVALID_REQUEST, Some("1"));
    let line = r#"  {"id":1,"method":"ping"}"#;
    refuse(line, message(MessageRule::VersionMissing, 2), INVALID_REQUEST, Some("1"));
    let line = r#"{}"#;
    refuse(line, message(MessageRule::VersionMissing, 0), INVALID_REQUEST, None);
}

#[test]
fn row_36_the_version_must_be_the_string_2_0() {
    for version in [
        "2.0",
        "2",
        "null",
        "true",
        "{}",
        "[\"2.0\"]",
        r#""1.0""#,
        r#""2""#,
        r#""2.00""#,
        r#"" 2.0""#,
        r#""2.0 ""#,
        r#""2\u002e1""#,
        r#""2.0\u0000""#,
    ] {
        let line = format!(r#"{{"jsonrpc":{version},"id":1,"method":"ping"}}"#);
        let error = message(MessageRule::Version, place(&line, version));
        refuse(line, error, INVALID_REQUEST, Some("1"));
    }
    let line = r#"{"jsonrpc":"","id":1,"method":"ping"}"#;
    let error = message(MessageRule::Version, place(line, r#""","#));
    refuse(line, error, INVALID_REQUEST, Some("1"));
}

#[test]
fn row_37_a_message_without_method_result_or_error_is_refused() {
    for line in [
        r#"{"jsonrpc":"2.0","id":1}"#,
        r#"{"jsonrpc":"2.0","id":1,"params":{}}"#,
        r#"{"jsonrpc":"2.0","id":1,"m":"method","x":{"method":"a"}}"#,
    ] {
        let error = message(MessageRule::Shapeless, 0);
        refuse(line, error, INVALID_REQUEST, Some("1"));
    }
}

#[test]
fn row_37_the_method_must_be_a_string() {
    for method in ["1", "null", "true", "{}", r#"["ping"]"#] {
        let line = format!(r#"{{"jsonrpc":"2.0","id":7,"method":{method}}}"#);
        let error = message(MessageRule::MethodType, place(&line, format!("{method}}}")));
        refuse(line, error, INVALID_REQUEST, Some("7"));
    }
}

#[test]
fn row_37_methods_without_a_meaning_are_left_to_the_application() {
    for name in ["", "rpc.x", "Ping", "ping ", "tools/Call", "методы", "a\u{0}b"] {
        let escaped = serde_json::Value::from(name);
        let line = format!(r#"{{"jsonrpc":"2.0","id":1,"method":{escaped}}}"#);
        accept(line, |message| {
            assert_eq!((message.kind(), message.method()), (Kind::Request, None));
            assert!(message.method_name().expect("a method") == name);
        });
    }
}

#[test]
fn row_38_the_parameters_must_be_an_object() {
    for params in [r#""x""#, "1", "null", "false", "[]", "[{}]"] {
        let line = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"ping","params":{params}}}"#);
        let error = message(MessageRule::ParamsType, place(&line, format!("{params}}}")));
        refuse(line, error, INVALID_REQUEST, Some("1"));
    }
}

#[test]
fn row_38_results_and_errors_must_be_objects_too() {
    for value in [r#""x""#, "1", "null", "[]"] {
        let line = format!(r#"{{"jsonrpc":"2.0","id":1,"result":{value}}}"#);
        let error = message(MessageRule::ResultType, place(&line, format!("{value}}}")));
        refuse(line, error, INVALID_REQUEST, Some("1"));
        let line = format!(r#"{{"jsonrpc":"2.0","id":1,"error":{value}}}"#);
        let error = message(MessageRule::ErrorType, place(&line, format!("{value}}}")));
        refuse(line, error, INVALID_REQUEST, Some("1"));
    }
}

#[test]
fn row_38_the_first_fault_of_a_message_is_the_one_that_is_told() {
    let line = r#"{"jsonrpc":"1.0","id":1,"method":2,"params":3}"#;
    let error = message(MessageRule::Version, place(line, r#""1.0""#));
    refuse(line, error, INVALID_REQUEST, Some("1"));
}
