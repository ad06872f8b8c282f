//! What the typed views of a message say, also about members that try to mislead them.

use mcp_engine::{
    CallToolResult, ContentBlock, Decoder, Kind, Message, Method, RequestId, encode, json::Raw,
    json::Str,
};

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

#[test]
fn content_blocks_of_every_type_are_read() {
    let content = r#"[{"type":"text","text":"plain"},{"type":"text","text":"t\u0061b\t"},{"type":"image","data":"aGk=","mimeType":"image/png"},{"data":"aG8=","type":"audio"},{"type":"resource_link","uri":"a:b"},{"type":"resource","resource":{"uri":"c:d"}},{"type":"hologram"},{"type":"image"},{"type":7},5]"#;
    let message = result(&format!(r#"{{"content":{content},"isError":true,"_meta":{{"a":1}}}}"#));
    let view = message.call_tool_result().expect("a result");
    assert!(view.is_error && !view.is_empty());
    assert_eq!(
        (spelling(view.content()), spelling(view.meta)),
        (Some(content), Some(r#"{"a":1}"#))
    );
    let blocks: Vec<String> = view.blocks().map(|block| describe(&block)).collect();
    let expected = [
        "text plain",
        "text tab\t",
        "image aGk= image/png",
        "audio aG8= -",
        r#"link {"type":"resource_link","uri":"a:b"}"#,
        r#"resource {"uri":"c:d"}"#,
        r#"other {"type":"hologram"}"#,
        r#"other {"type":"image"}"#,
        r#"other {"type":7}"#,
        "other 5",
    ];
    assert_eq!(blocks, expected);
    assert_eq!(view.len(), expected.len());
}

#[test]
fn every_block_reads_the_same_as_the_first_and_as_a_later_one() {
    for block in [
        r#"{"type":"text","text":"a"}"#,
        r#"{"text":"a\n","type":"t\u0065xt"}"#,
        r#"{"type":"text","text":"a","data":"b"}"#,
        r#"{"type":"text","data":"b","text":"a"}"#,
        r#"{"type":"text","data":"b"}"#,
        r#"{"type":"text","text":5}"#,
        r#"{"type":"text"}"#,
        r#"{"text":"a"}"#,
        r#"{"type":"image","data":"b","mimeType":"m","text":"a"}"#,
        r#"{"type":"audio","data":"b"}"#,
        r#"{"type":"resource","resource":{"uri":"u","text":"t"},"text":"a"}"#,
        r#"{"type":"resource_link","uri":"u","data":"d"}"#,
        r#"{"type":null,"text":"a"}"#,
        r#"{"\u0074ext":"a","type":"text"}"#,
        r#"[{"type":"text","text":"a"}]"#,
        "{}",
        "null",
    ] {
        let message = result(&format!(r#"{{"content":[{block}]}}"#));
        let alone = blocks(&message);
        let message = result(&format!(r#"{{"content":[{block},{block}]}}"#));
        let [first, second] = &blocks(&message)[..] else { panic!("{block}") };
        assert_eq!((first, &alone[0]), (second, second), "{block}");
    }
}

#[test]
fn results_without_blocks_have_none() {
    for result_value in [
        "{}",
        r#"{"content":[]}"#,
        r#"{"content":null}"#,
        r#"{"content":{"type":"text","text":"a"}}"#,
        r#"{"content":"text"}"#,
        r#"{"structuredContent":{"content":[1]}}"#,
    ] {
        let message = result(result_value);
        let view = message.call_tool_result().expect("a result");
        assert_eq!((view.len(), view.blocks().count()), (0, 0), "{result_value}");
        assert!(view.is_empty() && !view.is_error);
    }
}

#[test]
fn a_result_has_structured_content_a_type_and_a_flag() {
    let message =
        result(r#"{"isError":false,"structuredContent":[1],"resultType":"compl\u0065te"}"#);
    let view = message.call_tool_result().expect("a result");
    assert_eq!(spelling(view.structured), Some("[1]"));
    assert!(view.result_type.expect("a type") == "complete");
    assert!(!view.is_error);
    for flag in ["null", "1", "\"true\"", "[true]", "{}"] {
        let message = result(&format!(r#"{{"isError":{flag}}}"#));
        assert!(!message.call_tool_result().expect("a result").is_error, "{flag}");
    }
}

fn try_decode(line: &str) -> Option<Message> {
    let mut decoder = Decoder::default();
    decoder.feed(line.as_bytes()).expect("a short line");
    decoder.feed(b"\n").expect("a short line");
    decoder.poll().expect("a verdict").ok()
}

fn decode(line: &str) -> Message {
    try_decode(line).unwrap_or_else(|| panic!("{:?} for {line}", rule(line)))
}

/// The rule for which a line is refused.
fn rule(line: &str) -> Option<&'static str> {
    let mut decoder = Decoder::default();
    decoder.feed(line.as_bytes()).expect("a short line");
    decoder.feed(b"\n").expect("a short line");
    let verdict = decoder.poll().expect("a verdict");
    verdict.err().map(|refusal| refusal.error().rule())
}

fn request(method: &str, params: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#)
}

fn ping(id: &str) -> Message {
    decode(&format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#))
}

fn progress(members: &str) -> Message {
    decode(&format!(
        r#"{{"jsonrpc":"2.0","method":"notifications/progress","params":{{{members}}}}}"#
    ))
}

fn result(value: &str) -> Message {
    decode(&format!(r#"{{"jsonrpc":"2.0","id":1,"result":{value}}}"#))
}

fn spelling(raw: Option<Raw<'_>>) -> Option<&str> {
    raw.map(Raw::spelling)
}

fn blocks(message: &Message) -> Vec<String> {
    let view = message.call_tool_result().expect("a result");
    view.blocks().map(|block| describe(&block)).collect()
}

fn texts(view: &CallToolResult<'_>) -> Vec<String> {
    let text = |block| match block {
        ContentBlock::Text(text) => Some(text.decode().into_owned()),
        _ => None,
    };
    view.blocks().filter_map(text).collect()
}

fn describe(block: &ContentBlock<'_>) -> String {
    let mime = |mime: &Option<Str<'_>>| mime.map_or("-".to_owned(), |mime| mime.to_string());
    match block {
        ContentBlock::Text(text) => format!("text {text}"),
        ContentBlock::Image { data, mime_type } => format!("image {data} {}", mime(mime_type)),
        ContentBlock::Audio { data, mime_type } => format!("audio {data} {}", mime(mime_type)),
        ContentBlock::ResourceLink(raw) => format!("link {raw}"),
        ContentBlock::Resource(raw) => format!("resource {raw}"),
        ContentBlock::Other(raw) => format!("other {raw}"),
    }
}
