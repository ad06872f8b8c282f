//! The client that the conformance suite of MCP plays with: each scenario wants it to do something else. The suite names the scenario in
//! the environment, and gives the URL of its server as the last argument. `scripts/conformance.sh` runs it.

use std::env;
use std::error::Error;

use mcp_engine::Method;
use mcp_engine::client::{Client, ClientBuilder, Refusal};
use mcp_engine::connection::{Call, Capabilities};
use mcp_engine::http_client::{HttpOptions, HttpTransport, StandaloneStream};
use mcp_engine::json::Raw;
use mcp_engine::model::{
    CreateMessageRequestParams, CreateMessageResult, ElicitAction, ElicitRequestParams,
    ElicitResult, ElicitValue, Map, PrimitiveSchemaDefinition, Role, Root, SamplingContent,
};
use mcp_engine::schema::{HeaderTables, Limits};
use mcp_engine::version::Version;
use serde_json::{Value, json};

type Outcome = Result<(), Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let url = env::args().next_back().ok_or("the URL of the server is missing")?;
    let scenario = env::var("MCP_CONFORMANCE_SCENARIO")?;
    // The server of this one takes any stream for the one that is resumed.
    let standalone = match scenario.as_str() {
        "sse-retry" => StandaloneStream::Never,
        _ => StandaloneStream::Open,
    };
    let client = connect(&url, standalone).await?;
    match scenario.as_str() {
        "tools_call" => {
            client.list_tools().await?;
            client.call_tool("add_numbers", &json!({"a": 5, "b": 3})).await?;
        }
        "elicitation-sep1034-client-defaults" => {
            client.list_tools().await?;
            client.call_tool("test_client_elicitation_defaults", &json!({})).await?;
        }
        "sse-retry" => {
            client.list_tools().await?;
            client.call_tool("test_reconnection", &json!({})).await?;
        }
        "sep-2322-client-request-state" => several_rounds(&client).await?,
        "http-standard-headers" => one_of_each(&client).await?,
        "http-custom-headers" => context_calls(&client).await?,
        "http-invalid-tool-headers" => {
            client.list_tools().await?;
            client.call_tool("valid_tool", &json!({"region": "us-west1"})).await?;
        }
        "json-schema-2020-12-preservation" => preserve(&client).await?,
        // What a server has not declared is not asked for.
        _ if !has_tools(&client) => {}
        _ => drop(client.list_tools().await?),
    }
    client.close().await;
    Ok(())
}

async fn connect(url: &str, standalone: StandaloneStream) -> Result<Client, Box<dyn Error>> {
    let tables = HeaderTables::new(Limits::default());
    let options = HttpOptions::default().standalone(standalone).tool_headers(tables);
    let transport = HttpTransport::new(url, options)?;
    let client = Client::builder("mcp-engine-conformance", env!("CARGO_PKG_VERSION"))
        .roots([Root::new("file:///work")])
        .sampling(sample)
        .elicitation(|asked| async move { Ok(fill_in(&asked)) });
    Ok(of_version(client).connect(transport).await?)
}

fn has_tools(client: &Client) -> bool {
    client.peer().capabilities().is_some_and(|has| has.has(Capabilities::TOOLS))
}

/// Speaks what the scenario is about, and everything before it where that is the legacy era.
fn of_version(client: ClientBuilder) -> ClientBuilder {
    let wanted = env::var("MCP_CONFORMANCE_PROTOCOL_VERSION").ok();
    match wanted.as_deref().and_then(Version::from_name) {
        Some(wanted) => client.versions(Version::ALL.into_iter().filter(|own| *own <= wanted)),
        None => client,
    }
}

async fn sample(
    _: CreateMessageRequestParams<'static>,
) -> Result<CreateMessageResult<'static>, Refusal> {
    let content = SamplingContent::text("This is what a model would say.");
    Ok(CreateMessageResult::new(Role::Assistant, content, "none"))
}

/// Agrees to everything, with what the form is filled in with already.
fn fill_in(asked: &ElicitRequestParams<'_>) -> ElicitResult<'static> {
    let ElicitRequestParams::Form(form) = asked else {
        return ElicitResult::new(ElicitAction::Accept);
    };
    let mut content = Map::new();
    for (name, property) in form.requested_schema.properties.iter() {
        if let Some(value) = filled_in(property) {
            content.insert(name.to_owned(), value);
        }
    }
    ElicitResult::new(ElicitAction::Accept).content(content)
}

fn filled_in(property: &PrimitiveSchemaDefinition<'_>) -> Option<ElicitValue<'static>> {
    use PrimitiveSchemaDefinition as Property;
    let json = mcp_engine::model::Json::of(property, Version::LATEST);
    let value: Value = serde_json::from_str(json.as_str()).ok()?;
    match (&value["default"], property) {
        (Value::String(text), _) => Some(ElicitValue::String(text.clone().into())),
        (Value::Bool(yes), _) => Some(ElicitValue::Boolean(*yes)),
        (Value::Number(number), _) => match number.as_i64() {
            Some(number) => Some(ElicitValue::Integer(number)),
            None => number.as_f64().map(ElicitValue::Number),
        },
        (_, Property::Boolean(_)) => Some(ElicitValue::Boolean(true)),
        (_, Property::String(_)) => Some(ElicitValue::String("Ada".into())),
        (_, Property::Number(_)) => Some(ElicitValue::Integer(1)),
        _ => None,
    }
}

/// Between the two rounds of one call, another one must carry nothing of it.
async fn several_rounds(client: &Client) -> Outcome {
    client.list_tools().await?;
    let params = Raw::parse(r#"{"name":"test_mrtr_echo_state","arguments":{}}"#)?;
    let call = Call::new(Method::CallTool).params(params);
    let input = client.peer().request(call)?.await?;
    client.call_tool("test_mrtr_unrelated", &json!({})).await?;
    let responses = r#"{"confirm":{"action":"accept","content":{"confirmed":true}}}"#;
    client.peer().retry(call, &input, Some(Raw::parse(responses)?))?.await?;
    client.call_tool("test_mrtr_no_state", &json!({})).await?;
    client.call_tool("test_mrtr_no_result_type", &json!({})).await?;
    Ok(())
}

async fn one_of_each(client: &Client) -> Outcome {
    if let Some(tool) = client.list_tools().await?.first() {
        client.call_tool(&tool.name, &json!({})).await?;
    }
    if let Some(resource) = client.list_resources().await?.first() {
        client.read_resource(&resource.uri).await?;
    }
    if let Some(prompt) = client.list_prompts().await?.first() {
        client.get_prompt(&prompt.name, []).await?;
    }
    Ok(())
}

/// Makes the calls that the suite names.
async fn context_calls(client: &Client) -> Outcome {
    client.list_tools().await?;
    let context: Value = serde_json::from_str(&env::var("MCP_CONFORMANCE_CONTEXT")?)?;
    for call in context["toolCalls"].as_array().into_iter().flatten() {
        let name = call["name"].as_str().ok_or("a call without a name")?;
        client.call_tool(name, &call["arguments"]).await?;
    }
    Ok(())
}

/// Sends the schema of a tool back as it came.
async fn preserve(client: &Client) -> Outcome {
    let tools = client.list_tools().await?;
    let tool = tools.iter().find(|tool| tool.name == "json_schema_2020_12_tool");
    let schema = tool.ok_or("the tool is missing")?.input_schema.as_str();
    let schema: Value = serde_json::from_str(schema)?;
    client.call_tool("json_schema_echo", &json!({ "schema": schema })).await?;
    Ok(())
}
