//! Ids, method names, and messages that are kept.

use mcp_engine::{Kind, Method, RequestId, encode};

use crate::lines::{decode, ping, request, spelling};

#[test]
fn methods_that_are_not_known_keep_their_name() {
    let message = decode(r#"{"jsonrpc":"2.0","id":1,"method":"x\/\u00e9","params":{"a":1}}"#);
    assert_eq!(message.method(), None);
    assert!(message.method_name().expect("a method") == "x/é");
    assert_eq!(spelling(message.params()), Some(r#"{"a":1}"#));
    for method in Method::ALL {
        let line = format!(r#"{{"jsonrpc":"2.0","method":"{method}"}}"#);
        assert_eq!(decode(&line).method(), Some(*method));
    }
}

#[test]
fn ids_are_equal_when_type_and_value_are() {
    for (one, two, equal) in [
        ("1", "1", true),
        ("1", "\"1\"", false),
        ("0", "-0", true),
        ("\"a\"", r#""\u0061""#, true),
        (r#""\/""#, "\"/\"", true),
        (r#""\u0061""#, r#""\u0062""#, false),
        ("\"\"", "0", false),
        ("18446744073709551615", "18446744073709551615", true),
        ("18446744073709551615", "18446744073709551614", false),
        ("18446744073709551615", "\"18446744073709551615\"", false),
    ] {
        let messages = [ping(one), ping(two)];
        let [one, two] = [0, 1].map(|at: usize| messages[at].id().expect("an id"));
        assert_eq!((one == two, two == one), (equal, equal), "{one} {two}");
        assert_eq!(one == two.to_owned(), equal, "{one} {two}");
        assert_eq!(two == one.to_owned(), equal, "{one} {two}");
    }
}

#[test]
fn ids_that_are_kept_are_echoed_as_they_were_written() {
    for token in [
        "0",
        "-0",
        "-1",
        "9223372036854775807",
        "18446744073709551615",
        "\"\"",
        "\"1\"",
        r#""\u0061\/\n""#,
        "\"é\"",
        r#""\ud83d\ude00""#,
    ] {
        let message = ping(token);
        let id = message.id().expect("an id");
        assert_eq!((id.token(), id.to_string().as_str()), (token, token));
        let kept = id.to_owned();
        assert_eq!(kept.to_string(), token);
        let mut out = Vec::new();
        encode::request(&mut out, &kept, "ping", None);
        assert_eq!(out, message.as_str().as_bytes());
    }
    assert_eq!(RequestId::from(-5).as_i64(), Some(-5));
    assert_eq!(RequestId::from("a\"b\n").to_string(), r#""a\"b\n""#);
    assert!(ping(r#""a\u0022b\u000a""#).id().expect("an id") == RequestId::from("a\"b\n"));
}

#[test]
fn a_detached_message_says_the_same() {
    let line = request("tools/call", r#"{"name":"echo","_meta":{"progressToken":"t"}}"#);
    let message = decode(&line);
    let copy = message.detach();
    drop(message);
    assert_eq!((copy.as_str(), copy.kind()), (line.as_str(), Kind::Request));
    assert!(copy.call_params().expect("a call").name == "echo");
    assert_eq!(copy.token().expect("a token").token(), "\"t\"");
    assert_eq!(copy.bytes(), line.as_bytes());
}
