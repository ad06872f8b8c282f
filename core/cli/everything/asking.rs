//! Tools that need something from the client: its user, its language model, its roots.

use mcp_engine_proto::connection::Capabilities;
use mcp_engine_proto::model::{ElicitResult, ElicitValue, Json, Value};
use mcp_engine_runtime::server::{Arguments, Changes, Inputs, ServerBuilder, Tool};
use mcp_engine_runtime::{Answer, Error, Request};

use super::forms::{ACCOUNT, CHOICES, DEFAULTS, NAME, OK, form, question};
use super::{NOTHING, tool};

/// What a tool here comes to; an `Err` is an answer as well, often that input is required.
pub(super) type Asked = Result<Answer<'static>, Answer<'static>>;

pub(super) fn add(server: ServerBuilder, _: &Changes) -> Result<ServerBuilder, Error> {
    const PROMPT: &str =
        r#"{"type":"object","properties":{"prompt":{"type":"string"}},"required":["prompt"]}"#;
    const MESSAGE: &str =
        r#"{"type":"object","properties":{"message":{"type":"string"}},"required":["message"]}"#;
    let server = server
        .tool(asks("test_sampling", "Asks the language model.", PROMPT, sampling)?)
        .tool(asks("test_elicitation", "Asks the user.", MESSAGE, elicitation)?)
        .tool(asks("test_elicitation_sep1034_defaults", "Asks with defaults.", NOTHING, defaults)?)
        .tool(asks("test_elicitation_sep1330_enums", "Asks for choices.", NOTHING, choices)?)
        .tool(asks("test_missing_capability", "Needs a language model.", NOTHING, missing)?)
        .tool(asks("test_streaming_elicitation", "Asks the user.", NOTHING, user_name)?);
    let rounds: [(&str, Ask); 7] = [
        ("test_input_required_result_elicitation", |request| Box::pin(user_name(request))),
        ("test_input_required_result_sampling", |request| Box::pin(capital(request))),
        ("test_input_required_result_list_roots", |request| Box::pin(roots(request))),
        ("test_input_required_result_request_state", |request| Box::pin(confirm(request))),
        ("test_input_required_result_multiple_inputs", |request| Box::pin(several(request))),
        ("test_input_required_result_multi_round", |request| Box::pin(two_rounds(request))),
        ("test_input_required_result_tampered_state", |request| Box::pin(confirm(request))),
    ];
    let server = rounds.into_iter().try_fold(server, |server, (name, ask)| {
        Ok::<_, Error>(server.tool(asks(name, "Asks before it answers.", NOTHING, ask)?))
    })?;
    let by_capability = asks(
        "test_input_required_result_capabilities",
        "Asks for what the client can do.",
        NOTHING,
        whatever_is_there,
    )?;
    Ok(server.tool(by_capability))
}

type Ask = fn(Request) -> Asking;
type Asking = std::pin::Pin<Box<dyn Future<Output = Asked> + Send>>;

pub(super) fn asks<W: Future<Output = Asked> + Send + 'static>(
    name: &'static str,
    description: &'static str,
    schema: &'static str,
    ask: impl Fn(Request) -> W + Send + Sync + 'static,
) -> Result<Tool, Error> {
    Ok(Tool::new(tool(name, description, schema)?, move |request, responder| {
        let asked = ask(request);
        responder.later(async move { asked.await.unwrap_or_else(|answer| answer) })
    }))
}

async fn sampling(request: Request) -> Asked {
    let prompt = Arguments::of(&request).get::<String>("prompt")?;
    let said = Inputs::of(&request)?.sample("answer", &question(&prompt)).await?;
    Ok(Answer::text(format!("LLM response: {}", spelled(&said, &request))))
}

async fn elicitation(request: Request) -> Asked {
    let message = Arguments::of(&request).get::<String>("message")?;
    let said = Inputs::of(&request)?.elicit("user", &asked(&message, ACCOUNT)?).await?;
    Ok(Answer::text(format!("User response: {}", spelled(&said, &request))))
}

async fn defaults(request: Request) -> Asked {
    let form = asked("Please review and update the form fields with defaults", DEFAULTS)?;
    let said = Inputs::of(&request)?.elicit("user", &form).await?;
    Ok(Answer::text(format!("Elicitation completed: {}", spelled(&said, &request))))
}

async fn choices(request: Request) -> Asked {
    let form = asked("Please select options from the enum fields", CHOICES)?;
    let said = Inputs::of(&request)?.elicit("user", &form).await?;
    Ok(Answer::text(format!("Elicitation completed: {}", spelled(&said, &request))))
}

async fn missing(request: Request) -> Asked {
    if !request.context().capabilities().has(Capabilities::SAMPLING) {
        return Err(Answer::CapabilityRequired(Capabilities::SAMPLING));
    }
    Ok(Answer::text("The client has a language model."))
}

async fn user_name(request: Request) -> Asked {
    let said =
        Inputs::of(&request)?.elicit("user_name", &asked("What is your name?", NAME)?).await?;
    Ok(Answer::text(format!("Hello, {}!", name_in(&said))))
}

async fn capital(request: Request) -> Asked {
    let mut inputs = Inputs::of(&request)?;
    let said =
        inputs.sample("capital_question", &question("What is the capital of France?")).await?;
    Ok(Answer::text(format!("The model says: {}", spelled(&said, &request))))
}

async fn roots(request: Request) -> Asked {
    let roots = Inputs::of(&request)?.list_roots("client_roots").await?;
    Ok(Answer::text(format!("The client has {} roots.", roots.roots.len())))
}

async fn confirm(request: Request) -> Asked {
    let mut inputs = Inputs::of(&request)?;
    inputs.remember("asked", Json::string("confirm"));
    inputs.elicit("confirm", &asked("Is that all right?", OK)?).await?;
    // The state has come back, or this would not have been reached.
    Ok(Answer::text("Confirmed: state-ok"))
}

async fn several(request: Request) -> Asked {
    let mut inputs = Inputs::of(&request)?;
    inputs.remember("asked", Json::string("all"));
    inputs.want_elicited("user_name", &asked("What is your name?", NAME)?);
    inputs.want_sampled("greeting", &question("Say hello."));
    inputs.want_roots("client_roots");
    inputs.gather().await?;
    let name = name_in(&inputs.elicited("user_name")?).to_owned();
    let greeting = spelled(&inputs.sampled("greeting")?, &request);
    let roots = inputs.roots("client_roots")?.roots.len();
    Ok(Answer::text(format!("{name}, {roots} roots: {greeting}")))
}

async fn two_rounds(request: Request) -> Asked {
    let mut inputs = Inputs::of(&request)?;
    inputs.remember("asked", Json::string("rounds"));
    let name = inputs.elicit("step1", &asked("What is your name?", NAME)?).await?;
    inputs.elicit("step2", &asked("Is that all right?", OK)?).await?;
    Ok(Answer::text(format!("Both rounds are done, {}.", name_in(&name))))
}

async fn whatever_is_there(request: Request) -> Asked {
    let has = request.context().capabilities();
    let mut inputs = Inputs::of(&request)?;
    if has.has(Capabilities::SAMPLING) {
        inputs.want_sampled("greeting", &question("Say hello."));
    }
    if has.has(Capabilities::ELICITATION_FORM) {
        inputs.want_elicited("user_name", &asked("What is your name?", NAME)?);
    }
    if has.has(Capabilities::ROOTS) {
        inputs.want_roots("client_roots");
    }
    inputs.gather().await?;
    Ok(Answer::text("The client has answered all that it can."))
}

/// A form, as a handler wants it.
pub(super) fn asked(
    message: &str,
    schema: &str,
) -> Result<mcp_engine_proto::model::ElicitRequestParams<'static>, Answer<'static>> {
    form(message, schema).map_err(|error| Answer::error(-32603, error.to_string()))
}

pub(super) fn name_in<'r>(said: &'r ElicitResult<'_>) -> &'r str {
    match said.content.as_ref().and_then(|content| content.get("name")) {
        Some(ElicitValue::String(name)) => name,
        _ => "whoever you are",
    }
}

fn spelled<'v>(said: &impl Value<'v>, request: &Request) -> String {
    Json::of(said, request.context().version()).as_str().to_owned()
}
