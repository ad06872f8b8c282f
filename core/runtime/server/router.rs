//! The router: from the method and the name of a request to whoever serves it.

use std::sync::Arc;

use mcp_engine_proto::Method;
use mcp_engine_proto::connection::Reply;
use mcp_engine_proto::model::Json;

use super::catalogue::Catalogue;
use super::completion::Completions;
use super::contents::Contents;
use super::listing::INVALID_PARAMS;
use super::resource::uri_of;
use super::tasks::TaskHost;
use crate::answer::{Answer, Responder, Served};
use crate::handler::{Handler, Request};

/// From the method and the name of a request to whoever serves it.
#[derive(Debug)]
pub(crate) struct Router {
    held: Held,
    completions: Completions,
    tasks: Option<Arc<TaskHost>>,
}

/// What a server has: always the same, which costs nothing to look at, or what its catalogue says.
#[derive(Debug)]
pub(super) enum Held {
    Fixed(Contents),
    Changing(Catalogue),
}

impl Held {
    /// Looks at what there is now.
    fn with<R>(&self, look: impl FnOnce(&Contents) -> R) -> R {
        match self {
            Self::Fixed(contents) => look(contents),
            Self::Changing(catalogue) => look(&catalogue.contents()),
        }
    }
}

impl Router {
    pub(super) fn new(held: Held, completions: Completions, tasks: Option<Arc<TaskHost>>) -> Self {
        Self { held, completions, tasks }
    }

    fn route(&self, contents: &Contents, request: Request, responder: Responder<'_>) -> Served {
        match request.message().method() {
            Some(Method::CallTool) => self.call_tool(contents, request, responder),
            Some(Method::ListTools) => contents.tools.list.serve(&request, responder),
            Some(Method::ListPrompts) => contents.prompts.list.serve(&request, responder),
            Some(Method::GetPrompt) => Self::get_prompt(contents, request, responder),
            Some(Method::ListResources) => contents.resources.list.serve(&request, responder),
            Some(Method::ListResourceTemplates) => {
                contents.families.list.serve(&request, responder)
            }
            Some(Method::ReadResource) => Self::read_resource(contents, request, responder),
            Some(Method::Complete) => self.completions.serve(request, responder),
            _ => match &self.tasks {
                Some(tasks) => tasks.serve(&request, responder),
                None => {
                    responder.send(Reply::error(METHOD_NOT_FOUND, "the server has no such method"))
                }
            },
        }
    }

    fn call_tool(&self, contents: &Contents, request: Request, responder: Responder<'_>) -> Served {
        let name = request.message().call_params().map(|call| call.name);
        let plain = name.and_then(|name| name.plain());
        let tool = match (plain, name) {
            (Some(name), _) => contents.tools.by_name.get(name),
            (None, Some(name)) => contents.tools.by_name.get(&*name.decode()),
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

    fn get_prompt(contents: &Contents, request: Request, responder: Responder<'_>) -> Served {
        let name = request.message().params().and_then(|params| params.get("name")?.string());
        let prompt = name.and_then(|name| contents.prompts.by_name.get(&*name.decode()));
        let Some(prompt) = prompt else {
            return responder.send(Reply::error(INVALID_PARAMS, "there is no prompt of that name"));
        };
        if let Some(missing) = prompt.missing(&request) {
            let text = format!("the prompt needs the argument `{missing}`, a string");
            return responder.send(Reply::error(INVALID_PARAMS, &text));
        }
        prompt.fill(request, responder)
    }

    fn read_resource(contents: &Contents, request: Request, responder: Responder<'_>) -> Served {
        let Some(uri) = uri_of(&request) else {
            return responder.send(Reply::error(INVALID_PARAMS, "the URI must be a string"));
        };
        if let Some(resource) = contents.resources.by_name.get(&*uri) {
            return resource.read(request, responder);
        }
        let Ok(judged) = contents.families.uris.check(&uri) else {
            return responder.answer(&unknown(&uri));
        };
        for family in &contents.families.all {
            if let Some(values) = family.template.matches(judged) {
                return family.read(request, &values, responder);
            }
        }
        responder.answer(&unknown(&uri))
    }
}

impl Handler for Router {
    fn request(&self, request: Request, responder: Responder<'_>) -> Served {
        self.held.with(|contents| self.route(contents, request, responder))
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
