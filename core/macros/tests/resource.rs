//! Functions that are resources.

mod shared;

use mcp_engine::model::ResourceContents;
use mcp_engine::server::{Server, ServerBuilder, State, resource};
use mcp_engine::version::{Era, Version};
use shared::{caller, connect};

/// What is to be done.
#[resource(uri = "notes://today", mime_type = "text/plain", title = "Today")]
fn today() -> &'static str {
    "Buy milk."
}

#[resource(uri = "notes://logo", mime_type = "image/png", name = "logo.png")]
async fn logo(pixels: State<Vec<u8>>) -> Vec<u8> {
    tokio::task::yield_now().await;
    pixels.to_vec()
}

/// Notes by folder.
#[resource(template = "notes://{folder}/{+path}", mime_type = "text/markdown")]
fn notes(folder: &str, path: String) -> Result<String, std::fmt::Error> {
    if folder == "broken" { Err(std::fmt::Error) } else { Ok(format!("{folder}: {path}")) }
}

#[resource(template = "page://{number}/{name}")]
async fn page(number: u32, name: &str, pixels: &State<Vec<u8>>) -> String {
    tokio::task::yield_now().await;
    format!("{number} {name} {}", pixels.len())
}

#[resource(template = "slow://{name}", blocking)]
fn slow(name: &str) -> String {
    name.to_uppercase()
}

fn server() -> ServerBuilder {
    let server = Server::builder("notes", "1.0").resource(today).resource(logo);
    let server = server.resource_template(notes).resource_template(page).resource_template(slow);
    server.state(vec![1u8, 2, 3])
}

#[tokio::test]
async fn resources_are_read_in_every_revision() {
    for version in Version::ALL {
        let client = connect(server(), caller(version)).await;
        let texts = [
            ("notes://today", "Buy milk.", Some("text/plain")),
            ("notes://work/a/b", "work: a/b", Some("text/markdown")),
            ("page://7/x%20y", "7 x y 3", None),
            ("slow://quiet", "QUIET", None),
        ];
        for (uri, expected, mime_type) in texts {
            let read = client.read_resource(uri).await.expect("a resource");
            let ResourceContents::Text(contents) = &read.contents[0] else { panic!("no text") };
            assert_eq!((&*contents.uri, &*contents.text), (uri, expected));
            assert_eq!(contents.mime_type.as_deref(), mime_type);
        }
        let read = client.read_resource("notes://logo").await.expect("a resource");
        let ResourceContents::Blob(contents) = &read.contents[0] else { panic!("no bytes") };
        assert_eq!((&*contents.blob, contents.mime_type.as_deref()), ("AQID", Some("image/png")));
    }
}

#[tokio::test]
async fn a_value_that_cannot_be_one_is_no_resource() {
    for version in Version::ALL {
        let client = connect(server(), caller(version)).await;
        let gone = client.read_resource("page://seven/x").await.expect_err("no number");
        let expected = if version.era() == Era::Modern { -32602 } else { -32002 };
        assert_eq!(gone.peer().map(|error| error.code), Some(expected));
        let broken = client.read_resource("notes://broken/x").await.expect_err("an error");
        assert_eq!(broken.peer().map(|error| error.code), Some(-32603));
    }
}

#[tokio::test]
async fn resources_are_listed() {
    let client = connect(server(), caller(Version::V2026_07_28)).await;
    let resources = client.list_resources().await.expect("resources");
    assert_eq!((&*resources[0].name, &*resources[0].uri), ("today", "notes://today"));
    assert_eq!(resources[0].description.as_deref(), Some("What is to be done."));
    assert_eq!(resources[0].title.as_deref(), Some("Today"));
    assert_eq!(resources[1].name, "logo.png");
    let templates = client.list_resource_templates().await.expect("templates");
    assert_eq!(templates[0].uri_template, "notes://{folder}/{+path}");
    assert_eq!((&*templates[0].name, templates.len()), ("notes", 3));
}
