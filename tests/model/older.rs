//! What an older revision gets of a type that a newer one has more of: valid under its schema, and as much as it can carry.

use std::borrow::Cow;

use mcp_engine::model::{
    AudioContent, CallToolResult, CompleteResult, Completion, ContentBlock,
    CreateMessageRequestParams, CreateMessageResult, CreateTaskResult, ElicitRequestFormParams,
    ElicitResult, ElicitValue, EnumOption, EnumSchema, Icon, Implementation, InputRequiredResult,
    Json, JsonObject, ListToolsResult, Map, NumberSchema, NumberType, PrimitiveSchemaDefinition,
    PromptMessage, RequestedSchema, Resource, ResourceLink, Role, SamplingContent, SamplingMessage,
    SamplingMessageContentBlock, StringSchema, Task, TaskStatus, TextContent, TitledItems,
    TitledMultiSelectEnumSchema, TitledSingleSelectEnumSchema, Tool, ToolUseContent, UntitledItems,
    UntitledMultiSelectEnumSchema, Value,
};
use mcp_engine::version::Version;
use serde_json::json;

const A: Version = Version::V2024_11_05;
const B: Version = Version::V2025_03_26;
const C: Version = Version::V2025_06_18;
const D: Version = Version::V2025_11_25;
const E: Version = Version::V2026_07_28;

#[test]
fn members_come_with_their_revision() {
    let server = Implementation::new("a", "1")
        .title("A")
        .description("b")
        .website_url("https://example.com")
        .icons([Icon::new("data:,")]);
    assert_eq!(written(&server, A), json!({ "name": "a", "version": "1" }));
    assert_eq!(written(&server, C), json!({ "name": "a", "version": "1", "title": "A" }));
    assert_eq!(written(&server, D)["icons"], json!([{ "src": "data:," }]));
}

#[test]
fn a_result_says_how_it_ended_and_how_long_it_stays_fresh_only_in_the_modern_era() {
    let empty: [Tool<'_>; 0] = [];
    let list = ListToolsResult::new(empty);
    for version in [A, B, C, D] {
        assert_eq!(written(&list, version), json!({ "tools": [] }));
    }
    let modern =
        json!({ "tools": [], "resultType": "complete", "ttlMs": 0, "cacheScope": "private" });
    assert_eq!(written(&list, E), modern);
    assert_eq!(written(&list.ttl_ms(60_000), E)["ttlMs"], 60_000);
    let asks = InputRequiredResult::default().request_state("s");
    assert_eq!(written(&asks, E), json!({ "resultType": "input_required", "requestState": "s" }));
}

#[test]
fn a_sound_is_named_in_text_where_there_are_none() {
    let sound = ContentBlock::Audio(AudioContent::new("AAAA", "audio/wav"));
    let message = PromptMessage::new(Role::User, sound);
    let text = json!({ "type": "text", "text": "[audio/wav: not in MCP 2024-11-05]" });
    assert_eq!(written(&message, A)["content"], text);
    assert_eq!(written(&message, B)["content"]["type"], "audio");
}

#[test]
fn a_link_becomes_a_text_with_its_uri() {
    let link = ResourceLink::new(Resource::new("file:///a.rs", "a.rs"));
    let result = CallToolResult::new([ContentBlock::from(link)]);
    let text = json!([{ "type": "text", "text": "a.rs: file:///a.rs" }]);
    assert_eq!(written(&result, B)["content"], text);
    assert_eq!(written(&result, C)["content"][0]["type"], "resource_link");
}

#[test]
fn structured_content_is_left_out_where_it_cannot_be() {
    let of = |text: &'static str| CallToolResult::structured(Json::parse(text).unwrap());
    let (object, list) = (of(r#"{"a":1}"#), of("[1]"));
    assert_eq!(written(&object, B).get("structuredContent"), None);
    assert_eq!(written(&object, C)["structuredContent"], json!({ "a": 1 }));
    assert_eq!(written(&list, D).get("structuredContent"), None);
    assert_eq!(written(&list, D)["content"][0]["text"], "[1]");
    assert_eq!(written(&list, E)["structuredContent"], json!([1]));
}

#[test]
fn an_output_schema_that_is_not_about_an_object_is_left_out_before_2026() {
    let schema = |text: &'static str| JsonObject::parse(text).unwrap();
    let tool = |text| Tool::new("a", schema(r#"{"type":"object"}"#)).output_schema(schema(text));
    let list = tool(r#"{"type":"array"}"#);
    assert_eq!(written(&list, D).get("outputSchema"), None);
    assert_eq!(written(&list, E)["outputSchema"], json!({ "type": "array" }));
    let object = tool(r#"{"type":"object"}"#);
    assert_eq!(written(&object, C)["outputSchema"], json!({ "type": "object" }));
    assert_eq!(written(&object, B).get("outputSchema"), None);
}

#[test]
fn a_message_of_several_blocks_becomes_several_messages() {
    let blocks = ["a", "b"].map(|text| SamplingMessageContentBlock::from(TextContent::new(text)));
    let mut several = SamplingMessage::new(Role::User, SamplingContent::Many(blocks.into()));
    several.extra.insert("x", true.into());
    let one = SamplingMessage::new(Role::Assistant, SamplingContent::text("c"));
    let params = CreateMessageRequestParams::new([several, one], 100);
    let messages = json!([
        { "role": "user", "content": { "type": "text", "text": "a" }, "x": true },
        { "role": "user", "content": { "type": "text", "text": "b" }, "x": true },
        { "role": "assistant", "content": { "type": "text", "text": "c" } },
    ]);
    assert_eq!(written(&params, C)["messages"], messages);
    assert_eq!(written(&params, D)["messages"].as_array().unwrap().len(), 2);
}

#[test]
fn a_message_of_no_blocks_is_no_message_where_it_needs_one() {
    let none = SamplingMessage::new(Role::User, SamplingContent::Many(Vec::new()));
    assert_eq!(written(&none, C)["content"], json!({ "type": "text", "text": "" }));
    let params = CreateMessageRequestParams::new([none], 100);
    assert_eq!(written(&params, A)["messages"], json!([]));
    assert_eq!(written(&params, D)["messages"], json!([{ "role": "user", "content": [] }]));
}

#[test]
fn of_an_answer_of_several_blocks_the_first_is_written_that_the_revision_has() {
    let tool = ToolUseContent::new("1", "add", JsonObject::EMPTY);
    let blocks = vec![tool.clone().into(), TextContent::new("a").into()];
    let answer = CreateMessageResult::new(Role::Assistant, SamplingContent::Many(blocks), "m");
    assert_eq!(written(&answer, C)["content"], json!({ "type": "text", "text": "a" }));
    let answer = CreateMessageResult::new(Role::Assistant, tool, "m");
    let text = json!({ "type": "text", "text": "[use of add: not in MCP 2025-06-18]" });
    assert_eq!(written(&answer, C)["content"], text);
    assert_eq!(written(&answer, D)["content"]["type"], "tool_use");
}

#[test]
fn every_choice_takes_the_one_form_of_2025_06_18() {
    let options = || [EnumOption::new("#f00", "Red"), EnumOption::new("#00f", "Blue")];
    let titled = TitledSingleSelectEnumSchema::new(options()).title("Colour").default_value("#f00");
    let several = TitledMultiSelectEnumSchema::new(TitledItems::new(options())).min_items(1);
    let plain = UntitledMultiSelectEnumSchema::new(UntitledItems::new(["a".into(), "b".into()]));
    let choices = [
        (
            EnumSchema::TitledSingleSelect(titled),
            json!({ "type": "string", "title": "Colour", "enum": ["#f00", "#00f"], "enumNames": ["Red", "Blue"] }),
        ),
        (
            EnumSchema::TitledMultiSelect(several),
            json!({ "type": "string", "enum": ["#f00", "#00f"], "enumNames": ["Red", "Blue"] }),
        ),
        (EnumSchema::UntitledMultiSelect(plain), json!({ "type": "string", "enum": ["a", "b"] })),
    ];
    for (choice, expected) in choices {
        assert_eq!(written(&PrimitiveSchemaDefinition::from(choice), C), expected);
    }
}

#[test]
fn a_form_loses_what_is_filled_in_already_and_its_mode() {
    let name = StringSchema::default().default_value("me").max_length(9);
    let age = NumberSchema::new(NumberType::Integer).default_value(7.0).minimum(0.0);
    let properties = [("name", name.into()), ("age", PrimitiveSchemaDefinition::from(age))];
    let schema = RequestedSchema::new(properties.into_iter().collect::<Map<'_, _>>());
    let form = ElicitRequestFormParams::new("Who?", schema.schema("https://example.com"));
    let form = form.mode(mcp_engine::model::FormMode::Form);
    let properties = json!({
        "name": { "type": "string", "maxLength": 9 },
        "age": { "type": "integer", "minimum": 0 },
    });
    let expected = json!({
        "message": "Who?",
        "requestedSchema": { "type": "object", "properties": properties },
    });
    assert_eq!(written(&form, C), expected);
    assert_eq!(written(&form, D)["mode"], "form");
    assert_eq!(written(&form, E)["requestedSchema"]["properties"]["age"]["default"], 7);
}

#[test]
fn several_choices_are_no_answer_in_2025_06_18() {
    let content = [
        ("a", ElicitValue::Strings(vec!["x".into()])),
        ("b", ElicitValue::Boolean(true)),
        ("c", ElicitValue::Number(f64::NAN)),
    ];
    let result = ElicitResult::new(mcp_engine::model::ElicitAction::Accept);
    let result = result.content(content.into_iter().collect::<Map<'_, _>>());
    assert_eq!(written(&result, C)["content"], json!({ "b": true }));
    assert_eq!(written(&result, D)["content"], json!({ "a": ["x"], "b": true }));
}

#[test]
fn a_new_task_is_a_member_or_the_whole() {
    let mut task = Task::new("t", TaskStatus::Working, "a", "b").poll_interval(5);
    task.extra.insert("x", 1.into());
    let result = CreateTaskResult::new(task);
    let times = |ttl: &str, poll: &str| {
        json!({ "taskId": "t", "status": "working", "createdAt": "a", "lastUpdatedAt": "b",
                ttl: null, poll: 5, "x": 1 })
    };
    assert_eq!(written(&result, D), json!({ "task": times("ttl", "pollInterval") }));
    let mut flat = times("ttlMs", "pollIntervalMs");
    flat["resultType"] = json!("task");
    assert_eq!(written(&result, E), flat);
}

fn written<'a>(value: &impl Value<'a>, version: Version) -> serde_json::Value {
    let mut out = Vec::new();
    value.write(&mut out, version);
    serde_json::from_slice(&out).expect("the model writes JSON")
}

#[test]
fn a_completion_has_no_more_values_than_the_protocol_allows() {
    let values: Vec<_> = (0..150).map(|n| Cow::Owned(n.to_string())).collect();
    for version in Version::ALL {
        let own = written(&CompleteResult::new(Completion::new(values.clone())), version);
        let counted = written(&CompleteResult::new(Completion::of(values.clone())), version);
        for result in [&own, &counted] {
            let written = result["completion"]["values"].as_array().expect("values");
            assert_eq!((written.len(), &written[99]), (100, &json!("99")), "{version}");
        }
        let completion = &counted["completion"];
        assert_eq!((&completion["total"], &completion["hasMore"]), (&json!(150), &json!(true)));
    }
}
