//! Functions that are prompts.

mod shared;

use mcp_engine::Context;
use mcp_engine::model::{ContentBlock, GetPromptResult, PromptMessage, Role};
use mcp_engine::server::{Server, ServerBuilder, State, prompt};
use mcp_engine::version::Version;
use shared::{caller, connect};

/// Greets somebody.
#[prompt(title = "Greeting")]
fn greet(
    /// Whom to greet.
    who: &str,
    style: Option<String>,
    times: Option<u8>,
) -> String {
    let style = style.as_deref().unwrap_or("kindly");
    format!("Greet {who} {style}, {} times.", times.unwrap_or(1))
}

#[prompt(name = "explain.it")]
async fn explain(topic: &str, depth: u8, tone: Option<&str>, house: State<String>) -> String {
    tokio::task::yield_now().await;
    format!("{topic} {depth} {tone:?} {}", house.as_str())
}

#[prompt(blocking)]
fn review(code: String, context: &Context) -> Vec<PromptMessage<'static>> {
    let text = |text| ContentBlock::text(text);
    vec![
        PromptMessage::new(Role::User, text(code)),
        PromptMessage::new(Role::Assistant, text(context.version().to_string())),
    ]
}

fn server() -> ServerBuilder {
    let server = Server::builder("prompts", "1.0").prompt(greet).prompt(explain).prompt(review);
    server.state("of Usher".to_owned())
}

fn texts(result: &GetPromptResult<'_>) -> Vec<String> {
    let text = |own: &PromptMessage<'_>| match &own.content {
        ContentBlock::Text(text) => text.text.to_string(),
        _ => panic!("no text"),
    };
    result.messages.iter().map(text).collect()
}

#[tokio::test]
async fn prompts_are_filled_in_in_every_revision() {
    for version in Version::ALL {
        let client = connect(server(), caller(version)).await;
        let filled = client.get_prompt("greet", [("who", "Ada"), ("times", "3")]).await;
        assert_eq!(texts(&filled.expect("a prompt")), ["Greet Ada kindly, 3 times."]);
        let filled = client.get_prompt("explain.it", [("topic", "tides"), ("depth", "2")]).await;
        assert_eq!(texts(&filled.expect("a prompt")), ["tides 2 None of Usher"]);
        let filled = client.get_prompt("review", [("code", "1 + 1")]).await;
        assert_eq!(texts(&filled.expect("a prompt")), ["1 + 1".to_owned(), version.to_string()]);
    }
}

#[tokio::test]
async fn arguments_of_prompts_are_listed() {
    let client = connect(server(), caller(Version::V2026_07_28)).await;
    let prompts = client.list_prompts().await.expect("prompts");
    assert_eq!(prompts[0].description.as_deref(), Some("Greets somebody."));
    assert_eq!(prompts[0].title.as_deref(), Some("Greeting"));
    let arguments = prompts[0].arguments.as_deref().expect("arguments");
    let each = arguments.iter().map(|own| (&*own.name, own.description.as_deref(), own.required));
    let expected = [
        ("who", Some("Whom to greet."), Some(true)),
        ("style", None, Some(false)),
        ("times", None, Some(false)),
    ];
    assert_eq!(each.collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn arguments_of_prompts_that_are_wrong_are_errors() {
    let client = connect(server(), caller(Version::V2026_07_28)).await;
    let wrong = client.get_prompt("greet", [("who", "Ada"), ("times", "often")]).await;
    let wrong = wrong.expect_err("no number");
    assert_eq!(wrong.peer().map(|error| error.code), Some(-32602));
    assert!(wrong.to_string().contains("the argument `times` is not right: invalid digit"));
    let missing = client.get_prompt("explain.it", [("depth", "1")]).await.expect_err("no topic");
    assert!(missing.to_string().contains("topic"), "{missing}");
}
