//! Prompts.

use mcp_engine_proto::model::{
    self, CompleteRequestParams, ContentBlock, EmbeddedResource, ImageContent, PromptArgument,
    PromptMessage, ResourceContents, Role, TextResourceContents,
};
use mcp_engine_runtime::server::{
    Changes, Inputs, Prompt, PromptOutput, ServerBuilder, argument_of,
};
use mcp_engine_runtime::{Answer, Error, Request};

use super::content::PIXEL;
use super::forms::{NAME, form};

pub(super) fn add(server: ServerBuilder, _: &Changes) -> Result<ServerBuilder, Error> {
    let prompt = |name: &'static str, description: &'static str| {
        model::Prompt::new(name).description(description)
    };
    let argument = |name: &'static str| PromptArgument::new(name).required(true);
    let two = prompt("test_prompt_with_arguments", "Has two arguments.");
    let embedded = prompt("test_prompt_with_embedded_resource", "Holds a resource.");
    Ok(server
        .prompt(Prompt::immediate(
            prompt("test_simple_prompt", "Has no arguments."),
            |_| "This is a simple prompt for testing.",
        ))
        .prompt(Prompt::immediate(two.arguments([argument("arg1"), argument("arg2")]), |request| {
            let (one, two) = (argument_of(request, "arg1"), argument_of(request, "arg2"));
            let (one, two) = (one.unwrap_or_default(), two.unwrap_or_default());
            format!("Prompt with arguments: arg1='{one}', arg2='{two}'")
        }))
        .prompt(Prompt::immediate(embedded.arguments([argument("resourceUri")]), with_resource))
        .prompt(Prompt::immediate(prompt("test_prompt_with_image", "Holds a picture."), |_| {
            let image = ContentBlock::Image(ImageContent::new(PIXEL, "image/png"));
            let text = ContentBlock::text("Please analyze the image above.");
            vec![PromptMessage::new(Role::User, image), PromptMessage::new(Role::User, text)]
        }))
        .prompt(asking()))
}

/// Values for every argument.
pub(super) fn complete(asked: &CompleteRequestParams<'_>) -> Vec<String> {
    let known = ["paris", "park", "party", "test1", "test2"];
    let fitting = known.iter().filter(|known| known.starts_with(&*asked.argument.value));
    fitting.map(|known| (*known).to_owned()).collect()
}

fn with_resource(request: &Request) -> Vec<PromptMessage<'static>> {
    let uri = argument_of(request, "resourceUri").unwrap_or_default().into_owned();
    let contents = TextResourceContents::new(uri, "Embedded resource content for testing.");
    let contents = ResourceContents::Text(contents.mime_type("text/plain"));
    let resource = ContentBlock::Resource(EmbeddedResource::new(contents));
    let text = ContentBlock::text("Please process the embedded resource above.");
    vec![PromptMessage::new(Role::User, resource), PromptMessage::new(Role::User, text)]
}

fn asking() -> Prompt {
    let definition = model::Prompt::new("test_input_required_result_prompt")
        .description("Asks for its context first.");
    Prompt::new(definition, |request, responder| {
        responder.later(async move { context(&request).await.unwrap_or_else(|answer| answer) })
    })
}

async fn context(request: &Request) -> Result<Answer<'static>, Answer<'static>> {
    let form = form("What is your context?", NAME)
        .map_err(|error| Answer::error(-32603, error.to_string()))?;
    let said = Inputs::of(request)?.elicit("user_context", &form).await?;
    Ok(format!("The user has said: {:?}", said.action).into_answer(request.context().version()))
}
