//! Everything that a server has, by name, and the lists of it.

use std::sync::Arc;

use hashbrown::HashMap;
use mcp_engine_proto::BodyDecoder;
use mcp_engine_proto::http::ToolHeaders;
use mcp_engine_proto::model::{self, ListToolsResult, ServerResult};
use mcp_engine_proto::task::TaskSupport;
use mcp_engine_proto::uri::UriPolicy;
use mcp_engine_proto::version::Version;

use super::catalogue::Touched;
use super::listing::Listing;
use super::prompt::Prompt;
use super::resource::{Resource, ResourceTemplate};
use super::state::States;
use super::tool::Tool;
use crate::error::Error;

/// Everything that a server has, by name. What changes is made anew, and shares the rest.
#[derive(Clone, Debug)]
pub(crate) struct Contents {
    pub(super) tools: Arc<Table<Tool>>,
    pub(super) prompts: Arc<Table<Prompt>>,
    pub(super) resources: Arc<Table<Resource>>,
    pub(super) families: Arc<Families>,
    terms: Terms,
}

/// Things with names, and the list of them. Peers look names up and cannot add any.
#[derive(Debug)]
pub(super) struct Table<T> {
    pub(super) by_name: HashMap<Box<str>, Arc<T>>,
    pub(super) list: Listing,
    things: Vec<Arc<T>>,
}

/// Families of resources, and which URIs can be of any resource at all.
#[derive(Debug)]
pub(super) struct Families {
    pub(super) all: Vec<Arc<ResourceTemplate>>,
    pub(super) list: Listing,
    pub(super) uris: UriPolicy,
}

/// What holds for all that a server may have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// Entries on a page of a list.
    pub(super) page: usize,
    pub(super) tasks: Tasks,
}

/// Whether a server has tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tasks {
    None,
    Some,
}

/// What contents are made of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parts {
    pub(crate) tools: Vec<Arc<Tool>>,
    pub(crate) prompts: Vec<Arc<Prompt>>,
    pub(crate) resources: Vec<Arc<Resource>>,
    pub(crate) templates: Vec<Arc<ResourceTemplate>>,
}

impl Parts {
    /// Gives each part the state that it needs.
    ///
    /// # Errors
    ///
    /// One needs a state that is not there.
    pub(super) fn bind(&mut self, states: &States) -> Result<(), Error> {
        self.tools.iter_mut().try_for_each(|tool| Arc::make_mut(tool).bind(states))?;
        self.prompts.iter_mut().try_for_each(|prompt| Arc::make_mut(prompt).bind(states))?;
        self.resources.iter_mut().try_for_each(|own| Arc::make_mut(own).bind(states))?;
        self.templates.iter_mut().try_for_each(|own| Arc::make_mut(own).bind(states))
    }

    pub(super) fn has_resources(&self) -> bool {
        !self.resources.is_empty() || !self.templates.is_empty()
    }
}

impl Contents {
    /// # Errors
    ///
    /// Two things have the same name; a tool needs tasks that the server does not have; the URI of a resource or template has no scheme.
    pub(super) fn new(parts: Parts, terms: Terms) -> Result<Self, Error> {
        Ok(Self {
            families: Arc::new(Families::new(&parts.resources, parts.templates, terms)?),
            tools: Arc::new(tools(parts.tools, terms)?),
            prompts: Arc::new(prompts(parts.prompts, terms)?),
            resources: Arc::new(resources(parts.resources, terms)?),
            terms,
        })
    }

    /// The same with other parts, where they were touched.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub(super) fn with(&self, parts: Parts, touched: Touched) -> Result<Self, Error> {
        let (mut contents, terms) = (self.clone(), self.terms);
        if touched.tools {
            contents.tools = Arc::new(tools(parts.tools, terms)?);
        }
        if touched.prompts {
            contents.prompts = Arc::new(prompts(parts.prompts, terms)?);
        }
        if touched.resources {
            let families = Families::new(&parts.resources, parts.templates, terms)?;
            contents.families = Arc::new(families);
            contents.resources = Arc::new(resources(parts.resources, terms)?);
        }
        Ok(contents)
    }

    pub(super) fn parts(&self) -> Parts {
        Parts {
            tools: self.tools.things.clone(),
            prompts: self.prompts.things.clone(),
            resources: self.resources.things.clone(),
            templates: self.families.all.clone(),
        }
    }

    pub(super) fn tools(&self) -> &[Arc<Tool>] {
        &self.tools.things
    }
}

impl<T> Table<T> {
    /// # Errors
    ///
    /// Two things have the same name.
    fn new<'v, D: model::Value<'v>>(
        list: &'static str,
        things: Vec<Arc<T>>,
        page: usize,
        name: impl Fn(&T) -> &str,
        definition: impl Fn(&T) -> &D,
    ) -> Result<Self, Error> {
        let mut by_name = HashMap::with_capacity(things.len());
        for thing in &things {
            if by_name.insert(Box::from(name(thing)), Arc::clone(thing)).is_some() {
                let text = format!("two have the name {}", name(thing));
                return Err(Error::unexpected(list, text));
            }
        }
        let definitions: Vec<_> = things.iter().map(|thing| definition(thing)).collect();
        let list = Listing::new(list, &definitions, page);
        Ok(Self { by_name, list, things })
    }
}

impl Families {
    fn new(
        resources: &[Arc<Resource>],
        all: Vec<Arc<ResourceTemplate>>,
        terms: Terms,
    ) -> Result<Self, Error> {
        let uris = resources.iter().map(|resource| resource.uri());
        let families = all.iter().map(|family| family.template.as_str());
        let uris = uris.chain(families).try_fold(UriPolicy::default(), |policy, uri| {
            let allowed = policy.allow(uri.split(':').next().unwrap_or_default());
            allowed.map_err(|rule| (uri, rule))
        });
        let uris = uris.map_err(|(uri, rule)| {
            Error::unexpected("the URI of a resource", format!("{uri:?}: {rule}"))
        })?;
        let definitions: Vec<_> = all.iter().map(|family| family.definition()).collect();
        let list = Listing::new("resourceTemplates", &definitions, terms.page);
        Ok(Self { all, list, uris })
    }
}

fn tools(tools: Vec<Arc<Tool>>, terms: Terms) -> Result<Table<Tool>, Error> {
    let needs_tasks = |tool: &&Arc<Tool>| tool.task_support() == TaskSupport::Required;
    if let Some(tool) = tools.iter().find(needs_tasks).filter(|_| terms.tasks == Tasks::None) {
        let text = format!("{} runs as a task only, and the server has no tasks", tool.name());
        return Err(Error::unexpected("the tools", text));
    }
    Table::new("tools", tools, terms.page, Tool::name, Tool::definition)
}

fn prompts(prompts: Vec<Arc<Prompt>>, terms: Terms) -> Result<Table<Prompt>, Error> {
    Table::new("prompts", prompts, terms.page, Prompt::name, Prompt::definition)
}

fn resources(resources: Vec<Arc<Resource>>, terms: Terms) -> Result<Table<Resource>, Error> {
    Table::new("resources", resources, terms.page, Resource::uri, Resource::definition)
}

/// Shows the tools as the answer to `tools/list` that a client would see.
pub(super) fn show_tools(tools: &[Arc<Tool>], tool_headers: &dyn ToolHeaders) -> Result<(), Error> {
    let tools = tools.iter().map(|tool| tool.definition().clone()).collect::<Vec<_>>();
    let result = ServerResult::ListTools(ListToolsResult::new(tools));
    let mut text = Vec::new();
    result.encode(&mut text, &0.into(), Version::LATEST);
    let mut body = BodyDecoder::default();
    body.feed(&text)?;
    body.end();
    if let Some(Ok(message)) = body.poll() {
        tool_headers.listed(message.as_ref());
    }
    Ok(())
}
