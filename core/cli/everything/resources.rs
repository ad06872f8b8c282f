//! Resources.

use mcp_engine_proto::model::{self, BlobResourceContents, ResourceContents, TextResourceContents};
use mcp_engine_runtime::Error;
use mcp_engine_runtime::server::{Changes, Resource, ResourceTemplate, ServerBuilder};

use super::content::PIXEL;

pub(super) fn add(server: ServerBuilder, _: &Changes) -> Result<ServerBuilder, Error> {
    let resource = |uri: &'static str, name: &'static str, kind: &'static str| {
        model::Resource::new(uri, name).mime_type(kind)
    };
    let binary = BlobResourceContents::new("test://static-binary", PIXEL).mime_type("image/png");
    let family = model::ResourceTemplate::new("test://template/{id}/data", "template")
        .description("Data by its id.")
        .mime_type("application/json");
    Ok(server
        .resource(Resource::text(
            resource("test://static-text", "static-text", "text/plain"),
            "This is the content of the static text resource.",
        ))
        .resource(Resource::fixed(
            resource("test://static-binary", "static-binary", "image/png"),
            ResourceContents::Blob(binary),
        ))
        .resource(Resource::text(
            resource("test://watched-resource", "watched-resource", "text/plain"),
            "Somebody may be watching this.",
        ))
        .resource_template(ResourceTemplate::immediate(family, |uri, values| {
            let id = values.get("id").unwrap_or_default();
            let json = serde_json::json!({ "id": id, "templateTest": true });
            let contents = TextResourceContents::new(uri.to_owned(), json.to_string());
            ResourceContents::Text(contents.mime_type("application/json"))
        })?))
}
