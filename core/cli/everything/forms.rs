//! The forms that users are asked to fill in.

use mcp_engine_proto::json::Raw;
use mcp_engine_proto::model::{
    CreateMessageRequestParams, ElicitRequestFormParams, ElicitRequestParams, RequestedSchema,
    Role, SamplingContent, SamplingMessage,
};
use mcp_engine_runtime::Error;

/// A form with that schema.
pub(super) fn form(message: &str, schema: &str) -> Result<ElicitRequestParams<'static>, Error> {
    let schema = RequestedSchema::read(Raw::parse(schema)?)
        .map_err(|_| mcp_engine_proto::Error::ApiMisuse(mcp_engine_proto::Misuse::InputRequest))?;
    let form = ElicitRequestFormParams::new(message.to_owned(), schema.into_owned());
    Ok(ElicitRequestParams::Form(form))
}

/// A question for a language model.
pub(super) fn question(prompt: &str) -> CreateMessageRequestParams<'static> {
    let content = SamplingContent::text(prompt.to_owned());
    CreateMessageRequestParams::new([SamplingMessage::new(Role::User, content)], 100)
}

pub(super) const NAME: &str =
    r#"{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}"#;
pub(super) const OK: &str =
    r#"{"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"]}"#;
pub(super) const ACCOUNT: &str = r#"{"type":"object","properties":{"username":{"type":"string","description":"User's response"},"email":{"type":"string","description":"User's email address"}},"required":["username","email"]}"#;
pub(super) const DEFAULTS: &str = r#"{"type":"object","properties":{"name":{"type":"string","default":"John Doe"},"age":{"type":"integer","default":30},"score":{"type":"number","default":95.5},"status":{"type":"string","enum":["active","inactive","pending"],"default":"active"},"verified":{"type":"boolean","default":true}},"required":[]}"#;
pub(super) const CHOICES: &str = r#"{"type":"object","properties":{"untitledSingle":{"type":"string","enum":["option1","option2","option3"]},"titledSingle":{"type":"string","oneOf":[{"const":"value1","title":"First Option"},{"const":"value2","title":"Second Option"}]},"legacyEnum":{"type":"string","enum":["opt1","opt2"],"enumNames":["Option One","Option Two"]},"untitledMulti":{"type":"array","items":{"type":"string","enum":["option1","option2","option3"]}},"titledMulti":{"type":"array","items":{"anyOf":[{"const":"value1","title":"First Choice"},{"const":"value2","title":"Second Choice"}]}}},"required":[]}"#;
