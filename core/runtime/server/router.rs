//! The router: from the method and the name of a request to whoever serves it.

use std::sync::Arc;

use hashbrown::HashMap;
use mcp_engine_proto::Method;
use mcp_engine_proto::connection::Reply;
use mcp_engine_proto::model::{self, Json};
use mcp_engine_proto::uri::{UriPolicy, UriRule};

use super::completion::Completions;
use super::listing::{INVALID_PARAMS, Listing};
use super::prompt::Prompt;
use super::resource::{Resource, ResourceTemplate, uri_of};
use super::state::States;
use super::tasks::TaskHost;
use super::tool::Tool;
use crate::answer::{Answer, Responder, Served};
use crate::error::Error;
use crate::handler::{Handler, Request};

/// Everything that a server has, by name.
#[derive(Debug)]
pub(crate) struct Router {
    tools: Table<Tool>,
    prompts: Table<Prompt>,
    resources: Table<Resource>,
    templates: Vec<ResourceTemplate>,
    template_list: Listing,
    uris: UriPolicy,
    completions: Completions,
    tasks: Option<Arc<TaskHost>>,
}

/// Things with names, and the list of them. Peers look names up and cannot add any.
#[derive(Debug)]
struct Table<T> {
    by_name: HashMap<Box<str>, T>,
    list: Listing,
}

/// What a router is made of.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    pub(crate) tools: Vec<Tool>,
    pub(crate) prompts: Vec<Prompt>,
    pub(crate) resources: Vec<Resource>,
    pub(crate) templates: Vec<ResourceTemplate>,
    pub(crate) completions: Completions,
    pub(crate) tasks: Option<Arc<TaskHost>>,
    pub(crate) page: usize,
}

impl Parts {
    /// Gives each part the state that it needs.
    ///
    /// # Errors
    ///
    /// One needs a state that is not there.
    pub(crate) fn bind(&mut self, states: &States) -> Result<(), Error> {
        self.tools.iter_mut().try_for_each(|tool| tool.bind(states))?;
        self.prompts.iter_mut().try_for_each(|prompt| prompt.bind(states))?;
        self.resources.iter_mut().try_for_each(|resource| resource.bind(states))?;
        self.templates.iter_mut().try_for_each(|template| template.bind(states))
    }
}

impl Router {
    /// # Errors
    ///
    /// The URI of a resource or template has no scheme.
    pub(crate) fn new(parts: Parts) -> Result<Self, UriRule> {
        let Parts { tools, prompts, resources, templates, completions, tasks, page } = parts;
        let uris = resources.iter().map(|resource| resource.uri());
        let families = templates.iter().map(|template| template.template.as_str());
        let uris = uris.chain(families).try_fold(UriPolicy::default(), |policy, uri| {
            policy.allow(uri.split(':').next().unwrap_or_default())
        })?;
        let definitions: Vec<&model::ResourceTemplate<'_>> =
            templates.iter().map(ResourceTemplate::definition).collect();
        Ok(Self {
            template_list: Listing::new("resourceTemplates", &definitions, page),
            tools: Table::new("tools", tools, page, Tool::name, Tool::definition),
            prompts: Table::new("prompts", prompts, page, Prompt::name, Prompt::definition),
            resources: Table::new(
                "resources",
                resources,
                page,
                Resource::uri,
                Resource::definition,
            ),
            templates,
            uris,
            completions,
            tasks,
        })
    }

    fn call_tool(&self, request: Request, responder: Responder<'_>) -> Served {
        let name = request.message().call_params().map(|call| call.name);
        let plain = name.and_then(|name| name.plain());
        let tool = match (plain, name) {
            (Some(name), _) => self.tools.by_name.get(name),
            (None, Some(name)) => self.tools.by_name.get(&*name.decode()),
            (None, None) => None,
        };
        match (tool, &self.tasks) {
            (Some(tool), Some(tasks)) => tasks.call(tool, request, responder),
            (Some(tool), None) => tool.call(request, responder),
            (None, _) => {
                responder.send(Reply::error(INVALID_PARAMS, "there is no tool of that name"))
            }
        }
    }

    fn get_prompt(&self, request: Request, responder: Responder<'_>) -> Served {
        let name = request.message().params().and_then(|params| params.get("name")?.string());
        let prompt = name.and_then(|name| self.prompts.by_name.get(&*name.decode()));
        let Some(prompt) = prompt else {
            return responder.send(Reply::error(INVALID_PARAMS, "there is no prompt of that name"));
        };
        if let Some(missing) = prompt.missing(&request) {
            let text = format!("the prompt needs the argument `{missing}`");
            return responder.send(Reply::error(INVALID_PARAMS, &text));
        }
        prompt.fill(request, responder)
    }

    fn read_resource(&self, request: Request, responder: Responder<'_>) -> Served {
        let Some(uri) = uri_of(&request) else {
            return responder.send(Reply::error(INVALID_PARAMS, "the URI must be a string"));
        };
        if let Some(resource) = self.resources.by_name.get(&*uri) {
            return resource.read(request, responder);
        }
        let Ok(judged) = self.uris.check(&uri) else { return responder.answer(&unknown(&uri)) };
        for family in &self.templates {
            if let Some(values) = family.template.matches(judged) {
                return family.read(request, &values, responder);
            }
        }
        responder.answer(&unknown(&uri))
    }
}

impl Handler for Router {
    fn request(&self, request: Request, responder: Responder<'_>) -> Served {
        match request.message().method() {
            Some(Method::CallTool) => self.call_tool(request, responder),
            Some(Method::ListTools) => self.tools.list.serve(&request, responder),
            Some(Method::ListPrompts) => self.prompts.list.serve(&request, responder),
            Some(Method::GetPrompt) => self.get_prompt(request, responder),
            Some(Method::ListResources) => self.resources.list.serve(&request, responder),
            Some(Method::ListResourceTemplates) => self.template_list.serve(&request, responder),
            Some(Method::ReadResource) => self.read_resource(request, responder),
            Some(Method::Complete) => self.completions.serve(request, responder),
            _ => match &self.tasks {
                Some(tasks) => tasks.serve(&request, responder),
                None => {
                    responder.send(Reply::error(METHOD_NOT_FOUND, "the server has no such method"))
                }
            },
        }
    }
}

impl<T> Table<T> {
    fn new<'v, D: model::Value<'v>>(
        list: &str,
        things: Vec<T>,
        page: usize,
        name: impl Fn(&T) -> &str,
        definition: impl Fn(&T) -> &D,
    ) -> Self {
        let definitions: Vec<_> = things.iter().map(definition).collect();
        let list = Listing::new(list, &definitions, page);
        let by_name = things.into_iter().map(|thing| (Box::from(name(&thing)), thing)).collect();
        Self { by_name, list }
    }
}

/// The answer to a request for a resource that is not there: the code of the revision, with the URI (MCP 2026-07-28, Resources).
pub(super) fn unknown(uri: &str) -> Answer<'static> {
    let mut data = Vec::from(*br#"{"uri":"#);
    mcp_engine_proto::json::write::string(&mut data, uri);
    data.push(b'}');
    let data = String::from_utf8(data).ok().and_then(|text| Json::parse(text).ok());
    let message = "there is no resource of that URI".into();
    Answer::Error { code: RESOURCE_NOT_FOUND, message, data }
}

const METHOD_NOT_FOUND: i64 = -32601;
/// Told as invalid parameters since MCP 2026-07-28.
const RESOURCE_NOT_FOUND: i64 = -32002;
