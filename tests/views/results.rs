//! Results of tools and their content.

use mcp_engine::{ContentBlock, Message, json::Str};

use crate::lines::{result, spelling};

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

fn blocks(message: &Message) -> Vec<String> {
    let view = message.call_tool_result().expect("a result");
    view.blocks().map(|block| describe(&block)).collect()
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
