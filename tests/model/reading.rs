//! What reading a type gives: what is kept, what is refused and how that is said, and what it costs.

use std::borrow::Cow;

use mcp_engine::json::Raw;
use mcp_engine::model::{
    Annotations, CallToolRequestParams, CallToolResult, CompletionReference, ContentBlock,
    ElicitResult, ElicitValue, GetPromptRequestParams, InputResponse, InputResponses, JsonObject,
    ListToolsResult, LoggingLevel, MetaObject, Millis, Mismatch, PrimitiveSchemaDefinition,
    ProgressNotificationParams, RelatedTaskMetadata, RequestMetaObject, RequestParams, Resource,
    ResourceContents, ResultType, Role, SamplingContent, SamplingMessage, StopReason, Task,
    TaskStatus, TextContent, Tool, Value,
};
use mcp_engine::version::Version;

#[test]
fn members_that_no_revision_knows_are_kept_and_written_behind_the_others() {
    let text = r#"{"x":[1.0, "\u00e9"],"name":"add","y z\"":{},"inputSchema":{"a":1e2}}"#;
    let tool = Tool::read(raw(text)).unwrap();
    let names: Vec<_> = tool.extra.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["x", "y z\""]);
    assert_eq!(
        written(&tool, Version::V2024_11_05),
        r#"{"name":"add","inputSchema":{"a":1e2},"x":[1.0, "\u00e9"],"y z\"":{}}"#
    );
}

#[test]
fn an_extra_member_of_a_known_name_is_never_written_twice() {
    let mut tool = Tool::new("add", JsonObject::EMPTY).title("Addition");
    tool.extra.insert("title", true.into());
    tool.extra.insert("name", true.into());
    tool.extra.insert("other", true.into());
    let text = written(&tool, Version::LATEST);
    assert_eq!(text, r#"{"name":"add","inputSchema":{},"title":"Addition","other":true}"#);
}

#[test]
fn strings_are_borrowed_unless_they_have_escapes() {
    let text = r#"{"type":"text","text":"plain","annotations":{"lastModified":"a\tb"}}"#;
    let content = TextContent::read(raw(text)).unwrap();
    assert!(matches!(content.text, Cow::Borrowed("plain")));
    let modified = content.annotations.and_then(|it| it.last_modified);
    assert!(matches!(modified, Some(Cow::Owned(text)) if text == "a\tb"));
}

#[test]
fn names_are_compared_without_their_escapes() {
    let tool = Tool::read(raw(r#"{"n\u0061me":"\u0061dd","input\u0053chema":{}}"#)).unwrap();
    assert_eq!((&*tool.name, tool.input_schema.as_str()), ("add", "{}"));
    assert!(tool.extra.is_empty());
    let block = ContentBlock::read(raw(r#"{"t\u0079pe":"te\u0078t","text":"a"}"#)).unwrap();
    assert_eq!(block, ContentBlock::text("a"));
}

#[test]
fn a_mismatch_names_the_type_the_member_and_what_was_expected() {
    let said = |mismatch: Mismatch| mismatch.to_string();
    let cases = [
        (said(Tool::read(raw("[]")).unwrap_err()), "Tool must be an object"),
        (said(Tool::read(raw(r#"{"name":1}"#)).unwrap_err()), "Tool.name must be a string"),
        (said(Tool::read(raw(r#"{"name":""}"#)).unwrap_err()), "Tool.inputSchema must be present"),
        (
            said(ListToolsResult::read(raw(r#"{"tools":{}}"#)).unwrap_err()),
            "ListToolsResult.tools must be an array",
        ),
        (
            said(ListToolsResult::read(raw(r#"{"tools":[7]}"#)).unwrap_err()),
            "every element of ListToolsResult.tools must be an object",
        ),
        (
            said(ListToolsResult::read(raw(r#"{"tools":[{"name":null}]}"#)).unwrap_err()),
            "Tool.name must be a string",
        ),
        (
            said(
                GetPromptRequestParams::read(raw(r#"{"name":"a","arguments":{"b":1}}"#))
                    .unwrap_err(),
            ),
            "every value in GetPromptRequestParams.arguments must be a string",
        ),
        (
            said(Annotations::read(raw(r#"{"audience":["system"]}"#)).unwrap_err()),
            "every element of Annotations.audience must be one of user assistant",
        ),
        (said(ContentBlock::read(raw("{}")).unwrap_err()), "ContentBlock.type must be present"),
        (
            said(TextContent::read(raw(r#"{"type":"image","text":""}"#)).unwrap_err()),
            r#"TextContent.type must be "text""#,
        ),
        (
            said(TextContent::read(raw(r#"{"text":""}"#)).unwrap_err()),
            "TextContent.type must be present",
        ),
        (
            said(CompletionReference::read(raw(r#"{"type":"ref/tool"}"#)).unwrap_err()),
            "CompletionReference.type must be one of ref/prompt ref/resource",
        ),
        (
            said(ResourceContents::read(raw(r#"{"uri":"a"}"#)).unwrap_err()),
            "ResourceContents.text or blob must be present",
        ),
        (said(LoggingLevel::read(raw("\"loud\"")).unwrap_err()), LEVELS),
    ];
    for (said, expected) in cases {
        assert_eq!(said, expected);
    }
    assert_eq!(Tool::read(raw("1")).unwrap_err().code(), -32602);
}

#[test]
fn null_is_taken_for_nothing_where_it_has_no_meaning() {
    let text = r#"{"name":"a","inputSchema":{},"title":null,"annotations":null}"#;
    let tool = Tool::read(raw(text)).unwrap();
    assert_eq!((tool.title, tool.annotations), (None, None));
    let result = CallToolResult::read(raw(r#"{"content":[],"structuredContent":null}"#)).unwrap();
    assert!(written(&result, Version::LATEST).contains(r#""structuredContent":null"#));
    assert!(Tool::read(raw(r#"{"name":null,"inputSchema":{}}"#)).is_err());
}

#[test]
fn a_block_of_a_type_that_nobody_knows_is_passed_on_as_it_was_written() {
    let text = r#"{"content":[{"type":"video","frames":[1.50]}]}"#;
    let result = CallToolResult::read(raw(text)).unwrap();
    assert!(matches!(&result.content[..], [ContentBlock::Other(_)]));
    assert_eq!(written(&result, Version::V2024_11_05), text);
}

#[test]
fn what_a_block_calls_itself_is_what_it_has_to_be() {
    let image = ContentBlock::read(raw(r#"{"type":"image","data":"AA=="}"#));
    assert_eq!(image.unwrap_err().member(), "mimeType");
}

#[test]
fn numbers_are_read_by_value_and_refused_when_they_do_not_fit() {
    let size = |size: &str| {
        let text = format!(r#"{{"uri":"a","name":"b","size":{size}}}"#);
        Resource::read(raw(&text)).map(|resource| resource.size)
    };
    assert_eq!(size("5"), Ok(Some(5)));
    assert_eq!(size("5.0"), Ok(Some(5)));
    assert_eq!(size("5e3"), Ok(Some(5000)));
    assert_eq!(size("-9223372036854775808"), Ok(Some(i64::MIN)));
    for wrong in ["5.5", "9223372036854775808", "1e300", "\"5\"", "[]"] {
        assert_eq!(size(wrong).unwrap_err().member(), "size", "{wrong}");
    }
    let progress = |text: &str| {
        let text = format!(r#"{{"progressToken":1,"progress":{text}}}"#);
        ProgressNotificationParams::read(raw(&text)).map(|it| written(&it, Version::LATEST))
    };
    for (number, written) in
        [("1", "1"), ("1.0", "1"), ("0.1", "0.1"), ("1E+22", "1e22"), ("-0.0", "0")]
    {
        let text = format!(r#"{{"progressToken":1,"progress":{written}}}"#);
        assert_eq!(progress(number).unwrap(), text);
    }
    assert!(progress("1e400").is_err());
}

#[test]
fn a_number_that_json_cannot_say_is_left_out_or_nothing() {
    let annotations = Annotations::default().priority(f64::NAN);
    assert_eq!(written(&annotations, Version::LATEST), "{}");
    let progress = ProgressNotificationParams::new(7, f64::INFINITY).total(f64::NEG_INFINITY);
    assert_eq!(written(&progress, Version::LATEST), r#"{"progressToken":7,"progress":0}"#);
}

#[test]
fn a_time_to_live_below_zero_is_none_at_all() {
    let text = r#"{"tools":[],"ttlMs":-5,"cacheScope":"public"}"#;
    let result = ListToolsResult::read(raw(text)).unwrap();
    assert_eq!(result.ttl_ms, Some(Millis(0)));
    assert_eq!(result.result_type, None);
}

#[test]
fn tokens_keep_their_type_and_their_spelling() {
    for token in ["1", "\"1\"", "\"\\u0031\"", "-0", "123456789012345678901234567890"] {
        let text = format!(r#"{{"progressToken":{token}}}"#);
        let meta = RequestMetaObject::read(raw(&text)).unwrap();
        assert_eq!(written(&meta, Version::V2025_11_25), text);
    }
    let (one, text) = (RequestMetaObject::default(), RequestMetaObject::default());
    assert_ne!(one.progress_token(1), text.progress_token("1"));
    for wrong in ["1.5", "true", "{}"] {
        let text = format!(r#"{{"progressToken":{wrong}}}"#);
        assert_eq!(RequestMetaObject::read(raw(&text)).unwrap_err().member(), "progressToken");
    }
}

#[test]
fn a_request_state_comes_back_as_it_was_sent() {
    let state = "a\"b\\c\u{7f}\u{0}/é\u{2028}";
    let params = CallToolRequestParams::new("a").request_state(state);
    let text = written(&params, Version::LATEST);
    let again = CallToolRequestParams::read(raw(&text)).unwrap();
    assert_eq!(again.request_state.as_deref(), Some(state));
}

#[test]
fn requests_for_input_keep_their_order_and_bad_answers_spoil_no_others() {
    let text =
        r#"{"b":{"action":"accept","content":{"n":1}},"a":{"action":5},"c":{"roots":[]},"d":{}}"#;
    let answers = InputResponses::read(raw(text)).unwrap();
    let keys: Vec<_> = answers.iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["b", "a", "c", "d"]);
    assert!(matches!(answers.get("b"), Some(InputResponse::Elicit(_))));
    assert!(matches!(answers.get("a"), Some(InputResponse::Other(_))));
    assert!(matches!(answers.get("c"), Some(InputResponse::ListRoots(_))));
    assert_eq!(Value::into_owned(answers.clone()), answers);
    let mut out = Vec::new();
    answers.write(&mut out, Version::LATEST);
    assert_eq!(out, text.as_bytes());
}

#[test]
fn open_words_are_kept_and_levels_are_in_order() {
    assert_eq!(StopReason::from("bored"), StopReason::Other("bored".into()));
    assert_eq!(ResultType::from("complete"), ResultType::Complete);
    assert!(LoggingLevel::ALL.is_sorted());
    assert!(LoggingLevel::Debug < LoggingLevel::Emergency);
    assert!(TaskStatus::Failed.is_terminal() && !TaskStatus::InputRequired.is_terminal());
}

#[test]
fn keys_of_meta_are_found_by_name() {
    let text = r#"{"traceparent":"00-1","tracestate":"a=b","baggage":7,
        "io.modelcontextprotocol/related-task":{"taskId":"t"}}"#;
    let mut meta = MetaObject::read(raw(text)).unwrap();
    assert_eq!(meta.traceparent().as_deref(), Some("00-1"));
    assert_eq!(meta.tracestate().as_deref(), Some("a=b"));
    assert_eq!(meta.baggage(), None);
    assert_eq!(meta.related_task().unwrap().task_id, "t");
    meta.relate_to(&RelatedTaskMetadata::new("u"));
    assert_eq!(meta.related_task().unwrap().task_id, "u");
    assert_eq!(meta.len(), 4);
    let meta = RequestMetaObject::read(raw(text)).unwrap();
    assert_eq!(meta.extra.traceparent().as_deref(), Some("00-1"));
}

#[test]
fn a_task_is_read_in_either_form() {
    let times = r#""taskId":"t","status":"working","createdAt":"a","lastUpdatedAt":"b""#;
    let old = format!(r#"{{{times},"ttl":5,"pollInterval":6}}"#);
    let new = format!(r#"{{{times},"ttlMs":5,"pollIntervalMs":6}}"#);
    let (old_task, new_task) = (Task::read(raw(&old)).unwrap(), Task::read(raw(&new)).unwrap());
    assert_eq!(old_task, new_task);
    assert_eq!(written(&old_task, Version::V2026_07_28), new);
    assert_eq!(written(&new_task, Version::V2025_11_25), old);
}

#[test]
fn forms_are_told_apart_by_their_members() {
    use PrimitiveSchemaDefinition as Definition;
    let read = |text: &'static str| Definition::read(raw(text)).unwrap();
    assert!(matches!(read(r#"{"type":"string"}"#), Definition::String(_)));
    assert!(matches!(read(r#"{"type":"integer"}"#), Definition::Number(_)));
    assert!(matches!(read(r#"{"enum":["a"],"type":"string"}"#), Definition::Enum(_)));
    assert!(matches!(read(r#"{"type":"array","items":{"anyOf":[]}}"#), Definition::Enum(_)));
    assert!(matches!(read(r#"{"type":"object"}"#), Definition::Other(_)));
    assert!(matches!(read("{}"), Definition::Other(_)));
    assert!(Definition::read(raw(r#"{"type":"string","enum":[1]}"#)).is_err());
}

#[test]
fn what_a_user_filled_in_keeps_its_type() {
    let text = r#"{"action":"accept","content":{"a":"1","b":1,"c":1.5,"d":true,"e":["x"]}}"#;
    let result = ElicitResult::read(raw(text)).unwrap();
    let content = result.content.as_ref().unwrap();
    assert_eq!(content.get("b"), Some(&ElicitValue::Integer(1)));
    assert_eq!(content.get("c"), Some(&ElicitValue::Number(1.5)));
    assert_eq!(written(&result, Version::LATEST), text);
    assert!(ElicitResult::read(raw(r#"{"action":"accept","content":{"a":{}}}"#)).is_err());
}

#[test]
fn one_block_and_a_list_of_one_are_not_the_same() {
    for content in [r#"{"type":"text","text":"a"}"#, r#"[{"type":"text","text":"a"}]"#] {
        let text = format!(r#"{{"role":"user","content":{content}}}"#);
        let message = SamplingMessage::read(raw(&text)).unwrap();
        assert_eq!(message.content.blocks().len(), 1);
        assert_eq!(written(&message, Version::LATEST), text);
    }
    let message = SamplingMessage::new(Role::User, SamplingContent::text("a"));
    assert!(matches!(message.content, SamplingContent::One(_)));
}

#[test]
fn open_values_bring_no_line_breaks_into_a_message() {
    let text =
        "{\"name\":\"a\",\"inputSchema\":{\r\n \"a\":\n1,\n\"b\\n\": [\n]\n}\n,\"x\":\n[1,\n2]}";
    let tool = Tool::read(raw(text)).unwrap();
    let text = written(&tool, Version::LATEST);
    assert_eq!(text, r#"{"name":"a","inputSchema":{ "a":1,"b\n": []},"x":[1,2]}"#);
}

#[test]
fn reading_borrows_and_owning_changes_nothing() {
    let text = r#"{"content":[{"type":"text","text":"a\nb","x":1}],"structuredContent":{"a":[]}}"#;
    let owned = {
        let text = text.to_owned();
        CallToolResult::read(raw(&text)).unwrap().into_owned()
    };
    assert_eq!(owned, CallToolResult::read(raw(text)).unwrap());
}

#[test]
fn parameters_without_a_meta_get_the_one_they_need() {
    let params = RequestParams::default();
    assert_eq!(written(&params, Version::V2025_11_25), "{}");
    let meta = RequestMetaObject::default();
    let with_meta = RequestParams::default().meta(meta);
    assert_eq!(written(&params, Version::LATEST), written(&with_meta, Version::LATEST));
    assert!(written(&params, Version::LATEST).contains(r#"protocolVersion":"2026-07-28""#));
}

fn raw(text: &str) -> Raw<'_> {
    Raw::parse(text).expect("JSON")
}

fn written<'a>(value: &impl Value<'a>, version: Version) -> String {
    let mut out = Vec::new();
    value.write(&mut out, version);
    String::from_utf8(out).expect("UTF-8")
}

const LEVELS: &str =
    "the value must be one of debug info notice warning error critical alert emergency";
