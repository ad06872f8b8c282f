//! `mcp-engine call`, `read` and `prompt`: one request, and what it was answered with.

use mcp_engine_proto::model::{ContentBlock, Json, PromptMessage, ResourceContents};
use mcp_engine_proto::{ContentBlock as Block, Progress};
use mcp_engine_runtime::client::ToolResult;
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::screen::{self, BAD, FAINT};
use crate::target::Target;

/// Call a tool
#[derive(Debug, clap::Args)]
pub(crate) struct Call {
    /// The tool
    tool: String,

    /// An argument; a value that is JSON is taken as such, another one as text
    #[arg(short, long = "arg", value_name = "NAME=VALUE")]
    arguments: Vec<String>,

    /// All arguments, as a JSON object
    #[arg(long, value_name = "JSON", conflicts_with = "arguments")]
    args: Option<String>,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Read a resource
#[derive(Debug, clap::Args)]
pub(crate) struct Read {
    /// The URI of the resource
    uri: String,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Fill in a prompt
#[derive(Debug, clap::Args)]
pub(crate) struct Prompt {
    /// The prompt
    prompt: String,

    /// An argument
    #[arg(short, long = "arg", value_name = "NAME=VALUE")]
    arguments: Vec<String>,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

impl Call {
    /// Says whether the tool did what it was asked for.
    pub(crate) async fn run(self) -> Result<bool, Failure> {
        let arguments = arguments(&self.arguments, self.args.as_deref())?;
        let connected = self.target.connect(crate::client()).await?;
        let bar = screen::bar();
        let shown = bar.clone();
        let call = connected.client.call_tool(&self.tool, &arguments);
        let result = call.on_progress(move |progress| show(&shown, progress)).await;
        bar.finish_and_clear();
        let result = result?;
        print(&result, self.json);
        let succeeded = !result.is_error();
        connected.close().await?;
        Ok(succeeded)
    }
}

impl Read {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let connected = self.target.connect(crate::client()).await?;
        let result = connected.client.read_resource(&self.uri).await?;
        if self.json {
            screen::line(Json::of(&result, connected.client.version()).as_str());
        } else {
            result.contents.iter().for_each(contents);
        }
        connected.close().await
    }
}

impl Prompt {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let pairs = self.arguments.iter().map(|argument| split(argument));
        let arguments = pairs.collect::<Result<Vec<_>, _>>()?;
        let connected = self.target.connect(crate::client()).await?;
        let result = connected.client.get_prompt(&self.prompt, arguments).await?;
        if self.json {
            screen::line(Json::of(&result, connected.client.version()).as_str());
        } else {
            result.messages.iter().for_each(message);
        }
        connected.close().await
    }
}

/// The arguments of a tool: pairs, or one JSON object.
pub(crate) fn arguments(
    pairs: &[String],
    object: Option<&str>,
) -> Result<Map<String, Value>, Failure> {
    if let Some(text) = object {
        return serde_json::from_str(text)
            .map_err(|error| Failure::usage(format!("--args takes a JSON object: {error}")));
    }
    let pairs = pairs.iter().map(|argument| {
        let (name, value) = split(argument)?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.into()));
        Ok((name.to_owned(), value))
    });
    pairs.collect()
}

fn split(argument: &str) -> Result<(&str, &str), Failure> {
    argument.split_once('=').ok_or(Failure::usage("--arg takes NAME=VALUE"))
}

fn show(bar: &indicatif::ProgressBar, progress: Progress<'_>) {
    bar.set_length(progress.total.unwrap_or_default() as u64);
    bar.set_position(progress.progress as u64);
    if let Some(message) = progress.message {
        bar.set_message(crate::escape::shown(&message.decode()).into_owned());
    }
}

/// Prints what a tool has answered.
pub(crate) fn print(result: &ToolResult, json: bool) {
    if json {
        let result = result.message().result().map_or("null", |result| result.spelling());
        return screen::line(result);
    }
    if result.is_error() {
        screen::line(format_args!("{BAD}the tool has failed{BAD:#}"));
    }
    for block in result.content() {
        match block {
            Block::Text(text) => screen::text(&text.decode()),
            Block::Image { .. } => aside("a picture"),
            Block::Audio { .. } => aside("a sound"),
            Block::ResourceLink(_) => aside("a link to a resource"),
            Block::Resource(_) => aside("a resource"),
            _ => aside("something else"),
        }
    }
}

fn contents(contents: &ResourceContents<'_>) {
    match contents {
        ResourceContents::Text(text) => screen::text(&text.text),
        ResourceContents::Blob(blob) => aside(&format!("{} characters of base64", blob.blob.len())),
    }
}

fn message(message: &PromptMessage<'_>) {
    screen::line(format_args!("{FAINT}{:?}:{FAINT:#}", message.role));
    match &message.content {
        ContentBlock::Text(text) => screen::text(&text.text),
        ContentBlock::Image(_) => aside("a picture"),
        ContentBlock::Audio(_) => aside("a sound"),
        ContentBlock::Resource(_) => aside("a resource"),
        _ => aside("something else"),
    }
}

/// Says what cannot be shown; with `--json` it is all there.
fn aside(what: &str) {
    screen::line(format_args!("{FAINT}({what}){FAINT:#}"));
}
