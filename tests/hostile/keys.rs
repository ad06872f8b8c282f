//! Rows 18 to 22, 24 and 25: keys that are nearly right, keys that come twice, and very many keys.

use mcp_engine_proto::internal;

use crate::stream::read;
use crate::verdict::{
    INVALID_PARAMS, INVALID_REQUEST, NEXT, PARSE_ERROR, Streams, accept, json, limit, message,
    place, refuse,
};
use mcp_engine::{Duplicates, Error, JsonRule, Kind, Limit, Limits, MessageRule, Method, Pool};

#[test]
fn row_18_a_key_with_a_nul_behind_its_name_is_another_key() {
    let line = r#"{"jsonrpc":"2.0","id":1,"method\u0000":"ping"}"#;
    let error = message(MessageRule::Shapeless, 0);
    refuse(line, error, INVALID_REQUEST, Some("1"));
    let line = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\0\":\"ping\"}";
    let error = json(JsonRule::ControlCharacter, place(line, "\0"));
    refuse(line, error, PARSE_ERROR, None);
}

#[test]
fn row_19_keys_are_compared_exactly() {
    for key in ["Method", "METHOD", "method ", " method", "metho", "methods", "m\u{435}thod"] {
        let line = format!(r#"{{"jsonrpc":"2.0","id":1,"{key}":"ping"}}"#);
        let error = message(MessageRule::Shapeless, 0);
        refuse(line, error, INVALID_REQUEST, Some("1"));
    }
    for key in ["JSONRPC", "jsonRpc", "jsonrpc2", "json-rpc", "j\u{17f}onrpc"] {
        let line = format!(r#"{{"{key}":"2.0","id":1,"method":"ping"}}"#);
        let error = message(MessageRule::VersionMissing, 0);
        refuse(line, error, INVALID_REQUEST, Some("1"));
    }
    for key in ["ID", "Id", "iD", "\u{131}d", "id_", "\u{ff49}\u{ff44}"] {
        let line = format!(r#"{{"jsonrpc":"2.0","{key}":1,"result":{{}}}}"#);
        let error = message(MessageRule::IdMissing, 0);
        refuse(line, error, INVALID_REQUEST, None);
    }
}

#[test]
fn row_19_keys_that_fold_to_a_known_one_are_unknown_members() {
    for key in ["Params", "param\u{17f}", "PARAMS"] {
        let line = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"ping","{key}":7}}"#);
        accept(line, |message| assert!(message.params().is_none()));
    }
    let line = r#"{"jsonrpc":"2.0","ID":1,"method":"ping"}"#;
    accept(line, |message| {
        assert_eq!((message.kind(), message.id().is_some()), (Kind::Notification, false));
    });
}

#[test]
fn row_20_keys_and_methods_may_be_spelled_with_escapes() {
    let line = r#"{"\u006asonrpc":"2\u002e0","\u0069d":1,"\u006dethod":"tools\/call","p\u0061rams":{"n\u0061me":"echo","argument\u0073":{"a":1}}}"#;
    accept(line, |message| {
        assert_eq!((message.kind(), message.method()), (Kind::Request, Some(Method::CallTool)));
        assert_eq!(message.id().expect("an id").as_i64(), Some(1));
        assert!(message.method_name().expect("a method") == "tools/call");
        let params = message.call_params().expect("a call");
        assert!(params.name == "echo");
        assert_eq!(params.arguments.expect("arguments").spelling(), r#"{"a":1}"#);
    });
}

#[test]
fn row_20_members_of_results_and_errors_may_be_spelled_with_escapes() {
    let line = r#"{"jsonrpc":"2.0","id":1,"\u0072esult":{"\u0063ontent":[{"typ\u0065":"te\u0078t","t\u0065xt":"a"}],"isErro\u0072":true}}"#;
    accept(line, |message| {
        let result = message.call_tool_result().expect("a result");
        assert!(result.is_error);
        assert_eq!(result.len(), 1);
    });
    let line = r#"{"jsonrpc":"2.0","id":1,"\u0065rror":{"cod\u0065":-1,"messag\u0065":"m"}}"#;
    accept(line, |message| {
        let error = message.error().expect("an error");
        assert_eq!(error.code, -1);
        assert!(error.message == "m");
    });
}

#[test]
fn row_21_a_key_of_the_envelope_must_not_come_twice() {
    for (line, id) in [
        (r#"{"jsonrpc":"2.0","jsonrpc":"2.0","id":1,"method":"a"}"#, "1"),
        (r#"{"jsonrpc":"2.0","id":1,"id":1,"method":"a"}"#, "1"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"a","method":"b"}"#, "1"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"a","params":{},"params":{}}"#, "1"),
        (r#"{"jsonrpc":"2.0","id":1,"result":{},"result":{}}"#, "1"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"a","x":0,"x":0}"#, "1"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"a","":0,"":0}"#, "1"),
    ] {
        let error = message(MessageRule::DuplicateKey, second_key(line));
        refuse(line, error, INVALID_REQUEST, Some(id));
    }
}

#[test]
fn row_21_a_key_that_comes_twice_is_seen_in_any_spelling() {
    for (line, second) in [
        (r#"{"jsonrpc":"2.0","id":1,"\u0069d":1,"method":"a"}"#, r"\u0069d"),
        (r#"{"jsonrpc":"2.0","\u0069d":1,"id":1,"method":"a"}"#, r#"id":1,"method"#),
        (r#"{"jsonrpc":"2.0","id":1,"method":"a","m\u0065thod":"a"}"#, r"m\u0065thod"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"a","xy":0,"x\u0079":0}"#, r"x\u0079"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"a","x\u0079":0,"xy":0}"#, "xy"),
    ] {
        let error = message(MessageRule::DuplicateKey, place(line, second));
        refuse(line, error, INVALID_REQUEST, Some("1"));
    }
}

#[test]
fn row_21_reserved_keys_must_not_come_twice_in_the_lenient_mode_either() {
    let lenient = Streams::with(Duplicates::Reserved);
    let line = br#"{"jsonrpc":"2.0","id":1,"method":"a","method":"b"}"#;
    let error = message(MessageRule::DuplicateKey, place(line, r#"method":"b""#));
    lenient.refuse(line, error, INVALID_REQUEST, Some("1"));
    let line = br#"{"jsonrpc":"2.0","id":1,"method":"a","x":0,"x":0}"#;
    lenient.accept(line, |message| assert!(message.params().is_none()));
}

#[test]
fn row_22_a_key_below_the_envelope_must_not_come_twice() {
    for line in [
        r#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"name":"a","name":"b"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"x":1,"x":1}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"arguments":{"x":1,"x":1}}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":{"x":1,"x":1}}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"v":[{"x":1},{"x":1,"x":1}]}}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","type":"text"}]}}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{},{"x":1,"y":2,"x":1}]}}"#,
        r#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"code":1,"message":""}}"#,
    ] {
        let error = message(MessageRule::DuplicateParam, second_key(line));
        refuse(line, error, INVALID_PARAMS, Some("1"));
    }
}

#[test]
fn row_22_the_check_can_be_left_to_the_keys_of_the_protocol() {
    let lenient = Streams::with(Duplicates::Reserved);
    for line in [
        r#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"x":1,"x":1}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"arguments":{"x":1,"x":1}}}"#,
    ] {
        lenient.accept(line.as_bytes(), |message| assert!(message.params().is_some()));
    }
    let line = r#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"name":"a","name":"b"}}"#;
    let error = message(MessageRule::DuplicateParam, second_key(line));
    lenient.refuse(line.as_bytes(), error, INVALID_PARAMS, Some("1"));
}

#[test]
fn row_22_equal_keys_of_different_objects_are_no_duplicates() {
    let line = r#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"id":{"id":{"id":[{"id":1},{"id":1}]}},"method":1}}"#;
    accept(line, |message| assert_eq!(message.index().max_depth, 6));
}

#[test]
fn row_24_a_million_elements_or_keys_are_refused_at_the_limit() {
    let head = r#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"v":"#;
    // Four members of the envelope and one of the parameters come first.
    let allowed = Limits::default().items as usize - 5;
    let elements = format!("{head}[{}1]}}}}", "1,".repeat(1_000_000));
    let keys: String = (0..1_000_000).map(|n| format!("\"{n:06}\":1,")).collect();
    let keys = format!("{head}{{{keys}\"last\":1}}}}}}");
    for (line, item) in [(elements, 2), (keys, 11)] {
        let at = head.len() + 1 + allowed * item;
        refuse(line, limit(Limit::Items, at), INVALID_PARAMS, None);
    }
}

#[test]
fn row_24_the_last_allowed_value_is_read_and_one_more_is_not() {
    let line = br#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"v":[1,{"k":[]},3],"w":4}}"#;
    let items = |items| Streams::within(Limits { items, ..Limits::default() });
    items(10).accept(line, |message| assert!(message.params().is_some()));
    let error = limit(Limit::Items, place(line, r#""w""#));
    items(9).refuse(line, error, INVALID_PARAMS, None);
    let error = limit(Limit::Items, place(line, r#""params""#));
    items(3).refuse(line, error, INVALID_PARAMS, None);
}

#[test]
fn row_25_keys_that_collide_take_no_more_than_linear_time() {
    // The quick hash sees the first and the last eight bytes and the length, and so sees one key; a
    // quadratic check of them would take minutes.
    let keys: String = (0..100_000).map(|n| format!("\"collides{n:06}collides\":1,")).collect();
    let head = r#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"v":{"#;
    let line = format!("{head}{keys}\"last\":1}}}}}}\n");
    let again = "collides099999collides\":1}}}";
    let twice = format!("{head}{keys}\"{again}\n");
    for backend in internal::backends() {
        let limits = Limits::default();
        let mut decoder = internal::decoder(backend, &limits, Duplicates::Deep, Pool::default());
        let verdicts = read(&mut decoder, [line.as_bytes(), twice.as_bytes(), NEXT]);
        let [Ok(_), Err(refusal), Ok(_)] = &verdicts[..] else { panic!("{verdicts:?}") };
        let at = line.len() + twice.len() - 1 - again.len();
        let error = Error::InvalidMessage { rule: MessageRule::DuplicateParam, offset: at as u64 };
        assert_eq!(refusal.error(), error, "{backend}");
    }
}

/// Where the name of the key that comes twice begins the last time, behind its quote.
fn second_key(line: &str) -> usize {
    let keys = ["jsonrpc", "id", "method", "params", "result", "code", "name", "type", "x", ""];
    let second = |key: &str| {
        let quoted = format!("\"{key}\":");
        let last = line.rfind(&quoted)?;
        (line.find(&quoted) != Some(last)).then_some(last + 1)
    };
    keys.into_iter().find_map(second).expect("a key that comes twice")
}
