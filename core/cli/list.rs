//! `mcp-engine list`: what a server has.

use mcp_engine_proto::connection::Capabilities;
use mcp_engine_proto::model::{Json, Prompt, Resource, ResourceTemplate, Tool, Value};
use mcp_engine_proto::version::Version;
use mcp_engine_runtime::client::Client;

use crate::escape::shown;
use crate::failure::Failure;
use crate::screen::{self, FAINT, STRONG};
use crate::target::Target;

/// List the tools, prompts and resources of a server
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print one JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Everything that a server lists.
#[derive(Default)]
pub(crate) struct Catalogue {
    pub(crate) tools: Vec<Tool<'static>>,
    pub(crate) prompts: Vec<Prompt<'static>>,
    pub(crate) resources: Vec<Resource<'static>>,
    pub(crate) templates: Vec<ResourceTemplate<'static>>,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let connected = args.target.connect(crate::client()).await?;
    let catalogue = Catalogue::of(&connected.client).await?;
    match args.json {
        true => screen::line(catalogue.json(&connected.client)),
        false => {
            introduce(&connected.client);
            catalogue.print();
        }
    }
    connected.close().await
}

/// Says who the server is.
pub(crate) fn introduce(client: &Client) {
    let said = client.peer().implementation().and_then(|text| Json::parse(text).ok());
    let member = |name| {
        let value = said.as_ref().and_then(|said| said.raw().get(name)?.string());
        value.map(|value| value.decode().into_owned()).unwrap_or_default()
    };
    let (name, version) = (member("name"), member("version"));
    screen::line(format_args!(
        "{STRONG}{}{STRONG:#} {} {FAINT}speaks MCP {}{FAINT:#}",
        shown(&name),
        shown(&version),
        client.version().name(),
    ));
    if let Some(instructions) = client.peer().instructions() {
        screen::text(&instructions);
    }
}

impl Catalogue {
    pub(crate) async fn of(client: &Client) -> Result<Self, Failure> {
        let has = client.peer().capabilities().unwrap_or(Capabilities::NONE);
        let mut catalogue = Self::default();
        if has.has(Capabilities::TOOLS) {
            catalogue.tools = client.list_tools().await?;
        }
        if has.has(Capabilities::PROMPTS) {
            catalogue.prompts = client.list_prompts().await?;
        }
        if has.has(Capabilities::RESOURCES) {
            catalogue.resources = client.list_resources().await?;
            catalogue.templates = client.list_resource_templates().await?;
        }
        Ok(catalogue)
    }

    pub(crate) fn print(&self) {
        section("Tools", &self.tools, |tool| (&tool.name, tool.description.as_deref()));
        section("Prompts", &self.prompts, |prompt| (&prompt.name, prompt.description.as_deref()));
        section("Resources", &self.resources, |resource| (&resource.uri, Some(&resource.name)));
        section("Resource templates", &self.templates, |template| {
            (&template.uri_template, Some(&template.name))
        });
    }

    fn json(&self, client: &Client) -> String {
        let server = client.peer().implementation().unwrap_or_else(|| "null".into());
        let version = client.version();
        format!(
            r#"{{"server":{server},"version":"{}","tools":{},"prompts":{},"resources":{},"resourceTemplates":{}}}"#,
            version.name(),
            array(&self.tools, version),
            array(&self.prompts, version),
            array(&self.resources, version),
            array(&self.templates, version),
        )
    }
}

fn section<'a, T>(title: &str, entries: &'a [T], of: impl Fn(&'a T) -> (&'a str, Option<&'a str>)) {
    if entries.is_empty() {
        return;
    }
    screen::title(&format!("{title} ({})", entries.len()));
    for entry in entries {
        let (name, description) = of(entry);
        screen::entry(name, description);
    }
}

fn array<'v>(values: &[impl Value<'v>], version: Version) -> String {
    let values = values.iter().map(|value| Json::of(value, version).as_str().to_owned());
    format!("[{}]", values.collect::<Vec<_>>().join(","))
}
