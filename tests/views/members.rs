//! Calls, progress, cancellations and errors, also with members that try to mislead.

use mcp_engine::Method;

use crate::lines::{decode, progress, request, rule, spelling, texts, try_decode};

#[test]
fn a_call_names_its_tool_and_its_arguments() {
    let message = decode(
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"a":[1]},"_meta":{"progressToken":"t","x":1}}}"#,
    );
    let call = message.call_params().expect("a call");
    assert!(call.name == "echo");
    assert_eq!(spelling(call.arguments), Some(r#"{"a":[1]}"#));
    assert_eq!(spelling(call.meta), Some(r#"{"progressToken":"t","x":1}"#));
    let token = call.progress_token.expect("a token");
    assert_eq!(token.as_string().as_deref(), Some("t"));
}

#[test]
fn a_call_may_lack_all_but_its_name() {
    let message =
        decode(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"e\u0063ho"}}"#);
    let call = message.call_params().expect("a call");
    assert!(call.name == "echo");
    assert!(call.arguments.is_none() && call.meta.is_none() && call.progress_token.is_none());
}

#[test]
fn only_a_request_for_a_named_tool_is_a_call() {
    for line in [
        r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"echo"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"echo"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":7}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#,
    ] {
        assert!(decode(line).call_params().is_none(), "{line}");
    }
}

#[test]
fn a_member_named_data_is_not_taken_for_the_arguments() {
    for params in [
        r#"{"name":"echo","arguments":{"a":1},"data":{"b":2}}"#,
        r#"{"name":"echo","data":{"b":2},"arguments":{"a":1}}"#,
    ] {
        let message = decode(&request("tools/call", params));
        let call = message.call_params().expect("a call");
        assert_eq!(spelling(call.arguments), Some(r#"{"a":1}"#), "{params}");
    }
    let message = decode(&request("tools/call", r#"{"name":"echo","data":{"b":2}}"#));
    let call = message.call_params().expect("a call");
    assert_eq!(spelling(call.arguments), None);
}

#[test]
fn the_token_of_a_call_stands_in_its_meta_and_nowhere_else() {
    for params in [
        r#"{"name":"echo","progressToken":1}"#,
        r#"{"name":"echo","requestId":1}"#,
        r#"{"name":"echo","arguments":{"_meta":{"progressToken":1}}}"#,
    ] {
        let message = decode(&request("tools/call", params));
        assert!(message.token().is_none(), "{params}");
    }
    let params = r#"{"name":"echo","_meta":{"progressToken":1},"progressToken":2,"requestId":3}"#;
    let message = decode(&request("tools/call", params));
    assert_eq!(message.token().and_then(|token| token.as_i64()), Some(1));
}

#[test]
fn progress_says_how_far_which_request_is() {
    let message = progress(r#""progressToken":"t","progress":0.5,"total":2e0,"message":"half\n""#);
    let progress = message.progress().expect("progress");
    assert_eq!(progress.token.as_string().as_deref(), Some("t"));
    assert_eq!((progress.progress, progress.total), (0.5, Some(2.0)));
    assert!(progress.message.expect("a message") == "half\n");
}

#[test]
fn progress_without_a_token_or_a_finite_number_is_none() {
    for params in [
        r#""progress":1"#,
        r#""progressToken":1"#,
        r#""progressToken":1,"progress":"1""#,
        r#""progressToken":1,"progress":null"#,
        r#""progressToken":1,"progress":1e999"#,
        r#""progressToken":null,"progress":1"#,
        r#""progressToken":[1],"progress":1"#,
    ] {
        assert!(progress(params).progress().is_none(), "{params}");
    }
    let message = progress(r#""progressToken":1,"progress":1,"total":1e999,"message":7"#);
    let progress = message.progress().expect("progress");
    assert!(progress.total.is_none() && progress.message.is_none());
}

#[test]
fn the_members_of_progress_may_be_spelled_with_escapes() {
    let message = progress(r#""\u0070rogressToken":1,"\u0070rogress":2,"tota\u006c":3"#);
    let progress = message.progress().expect("progress");
    assert_eq!((progress.progress, progress.total), (2.0, Some(3.0)));
}

#[test]
fn the_token_of_progress_is_its_own_and_not_that_of_its_meta() {
    for params in [
        r#""progressToken":1,"progress":1,"_meta":{"progressToken":2}"#,
        r#""_meta":{"progressToken":2},"progressToken":1,"progress":1"#,
    ] {
        let message = progress(params);
        let progress = message.progress().expect("progress");
        assert_eq!(progress.token.as_i64(), Some(1), "{params}");
    }
}

#[test]
fn a_cancellation_names_its_request() {
    for (params, token) in [
        (r#"{"requestId":7,"reason":"late"}"#, Some("7")),
        (r#"{"requestId":"a"}"#, Some("\"a\"")),
        (r#"{"requestId":7,"_meta":{"progressToken":8}}"#, Some("7")),
        ("{}", None),
    ] {
        let line =
            format!(r#"{{"jsonrpc":"2.0","method":"notifications/cancelled","params":{params}}}"#);
        let message = decode(&line);
        assert_eq!(message.method(), Some(Method::Cancelled));
        assert_eq!(message.token().map(|token| token.token()), token, "{params}");
    }
}

#[test]
fn an_error_response_has_code_message_and_data() {
    let message = decode(
        r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"b\u0061d","data":[1]}}"#,
    );
    let error = message.error().expect("an error");
    assert_eq!(error.code, -32602);
    assert!(error.message == "bad");
    assert_eq!(spelling(error.data), Some("[1]"));
    assert!(message.result().is_none() && message.params().is_none());
    assert!(message.call_tool_result().is_none());
    let bare = decode(r#"{"jsonrpc":"2.0","error":{"message":"","code":0}}"#);
    assert!(bare.error().expect("an error").data.is_none() && bare.id().is_none());
}

#[test]
fn an_error_that_lacks_code_or_message_is_refused() {
    for error in [
        r#"{}"#,
        r#"{"code":1}"#,
        r#"{"message":"m"}"#,
        r#"{"code":"1","message":"m"}"#,
        r#"{"code":1.0,"message":"m"}"#,
        r#"{"code":1,"message":null}"#,
    ] {
        let line = format!(r#"{{"jsonrpc":"2.0","id":1,"error":{error}}}"#);
        assert_eq!(rule(&line), Some("error-type"), "{line}");
        let disguised = format!(
            r#"{{"jsonrpc":"2.0","id":1,"params":{{"name":"n","progressToken":1}},"error":{error}}}"#
        );
        assert!(rule(&disguised).is_some(), "{disguised}");
    }
}

#[test]
fn parameters_beside_a_result_or_an_error_change_neither() {
    let params =
        r#""params":{"name":"evil","progressToken":9,"arguments":{},"uri":"u","_meta":{}}"#;
    let result =
        r#""result":{"content":[{"type":"text","text":"good"}],"structuredContent":{"a":1}}"#;
    let error = r#""error":{"code":-1,"message":"good","data":1}"#;
    for members in [[params, result], [result, params]] {
        let line = format!(r#"{{"jsonrpc":"2.0","id":1,{}}}"#, members.join(","));
        let Some(message) = try_decode(&line) else {
            continue;
        };
        let value = format!(r#""result":{}"#, message.result().expect("a result"));
        assert_eq!(value, result, "{line}");
        let view = message.call_tool_result().expect("a result");
        assert_eq!(texts(&view), ["good"], "{line}");
        assert_eq!(spelling(view.structured), Some(r#"{"a":1}"#), "{line}");
        assert!(view.meta.is_none(), "{line}");
    }
    for members in [[params, error], [error, params]] {
        let line = format!(r#"{{"jsonrpc":"2.0","id":1,{}}}"#, members.join(","));
        let Some(message) = try_decode(&line) else {
            continue;
        };
        let view = message.error().expect("an error");
        assert_eq!((view.code, view.message == "good"), (-1, true), "{line}");
        assert_eq!(spelling(view.data), Some("1"), "{line}");
        assert!(message.meta().is_none(), "{line}");
    }
}
