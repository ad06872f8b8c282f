//! What a server has, as it is at one moment, and how that changes while the server runs.
//!
//! Requests see one whole state or another: a change makes a new one beside the old one and puts it in its place. Nobody waits for a change,
//! and a call that has begun goes on with what it has found.

use std::fmt;
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use mcp_engine_proto::connection::Change;
use mcp_engine_proto::http::ToolHeaders;

use super::Changes;
use super::contents::{Contents, Parts, show_tools};
use super::prompt::IntoPrompt;
use super::resource::{IntoResource, IntoResourceTemplate};
use super::state::States;
use super::tool::IntoTool;
use crate::error::Error;
use crate::host::Host;
use crate::workers::lock;

/// Adds and removes what a running server has. Clones are of the same server, and its clients hear of each change.
///
/// ```
/// use mcp_engine_proto::model::{self, JsonObject};
/// use mcp_engine_runtime::Answer;
/// use mcp_engine_runtime::server::{Server, Tool};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let server = Server::builder("plugins", "1.0").changeable().build()?;
/// let catalogue = server.catalogue().expect("it is changeable").clone();
/// let definition = model::Tool::new("hello", JsonObject::parse(r#"{"type":"object"}"#)?);
/// catalogue.add_tool(Tool::new(definition, |_, responder| responder.answer(&Answer::text("hi"))))?;
/// assert!(catalogue.remove_tool("hello") && !catalogue.remove_tool("hello"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Catalogue {
    shelf: Arc<Shelf>,
}

/// What a server has, and what is needed to change it.
struct Shelf {
    contents: ArcSwap<Contents>,
    /// Held by whoever makes a new state: one after the other.
    edit: Mutex<()>,
    supplies: Supplies,
}

/// What parts of a server need of it.
pub(super) struct Supplies {
    pub(super) states: States,
    pub(super) host: Arc<Host>,
    pub(super) changes: Changes,
    pub(super) tool_headers: Option<Arc<dyn ToolHeaders>>,
}

/// Several changes that become one: see [`Catalogue::change`].
pub struct Edit<'c> {
    parts: Parts,
    supplies: &'c Supplies,
    touched: Touched,
}

/// Which lists have changed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Touched {
    pub(super) tools: bool,
    pub(super) prompts: bool,
    pub(super) resources: bool,
}

impl Catalogue {
    pub(super) fn new(contents: Contents, supplies: Supplies) -> Self {
        let contents = ArcSwap::from_pointee(contents);
        Self { shelf: Arc::new(Shelf { contents, edit: Mutex::default(), supplies }) }
    }

    /// What there is now.
    pub(super) fn contents(&self) -> arc_swap::Guard<Arc<Contents>> {
        self.shelf.contents.load()
    }

    /// Makes several changes at once: requests see all of them or none, and clients are told once. What the function returns an error for changes
    /// nothing. It must not make another change itself: one waits for the other.
    ///
    /// ```
    /// # use mcp_engine_proto::model;
    /// # use mcp_engine_runtime::server::{Catalogue, Resource};
    /// # fn change(catalogue: &Catalogue) -> Result<(), mcp_engine_runtime::Error> {
    /// catalogue.change(|edit| {
    ///     edit.remove_resource("notes://yesterday");
    ///     edit.add_resource(Resource::text(model::Resource::new("notes://today", "today"), "Buy milk."))
    /// })
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// What the function returns; two things have the same name, or a URI has no scheme.
    pub fn change<R>(
        &self,
        change: impl FnOnce(&mut Edit<'_>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let Shelf { contents, edit, supplies } = &*self.shelf;
        let editing = lock(edit);
        let before = contents.load_full();
        let mut edit = Edit { parts: before.parts(), supplies, touched: Touched::default() };
        let result = change(&mut edit)?;
        let Edit { parts, touched, .. } = edit;
        let after = before.with(parts, touched)?;
        if let (true, Some(tool_headers)) = (touched.tools, &supplies.tool_headers) {
            show_tools(after.tools(), &**tool_headers)?;
        }
        contents.store(Arc::new(after));
        drop(editing);
        touched.tell(&supplies.changes);
        Ok(result)
    }

    /// Adds a tool.
    ///
    /// # Errors
    ///
    /// There is one of that name, it needs a state that is not there, or tasks on a server that has none.
    pub fn add_tool(&self, tool: impl IntoTool) -> Result<(), Error> {
        self.change(|edit| edit.add_tool(tool))
    }

    /// Removes a tool. Calls of it that have begun go on. Says whether there was one.
    pub fn remove_tool(&self, name: &str) -> bool {
        self.change(|edit| Ok(edit.remove_tool(name))).unwrap_or_default()
    }

    /// Adds a prompt.
    ///
    /// # Errors
    ///
    /// There is one of that name, or it needs a state that is not there.
    pub fn add_prompt(&self, prompt: impl IntoPrompt) -> Result<(), Error> {
        self.change(|edit| edit.add_prompt(prompt))
    }

    /// Removes a prompt. Says whether there was one.
    pub fn remove_prompt(&self, name: &str) -> bool {
        self.change(|edit| Ok(edit.remove_prompt(name))).unwrap_or_default()
    }

    /// Adds a resource.
    ///
    /// # Errors
    ///
    /// There is one of that URI, the URI has no scheme, or it needs a state that is not there.
    pub fn add_resource(&self, resource: impl IntoResource) -> Result<(), Error> {
        self.change(|edit| edit.add_resource(resource))
    }

    /// Removes a resource. Says whether there was one.
    pub fn remove_resource(&self, uri: &str) -> bool {
        self.change(|edit| Ok(edit.remove_resource(uri))).unwrap_or_default()
    }
}

impl Edit<'_> {
    /// Adds a tool.
    ///
    /// # Errors
    ///
    /// As for [`Catalogue::add_tool`], but for the name: that is looked at in the end, so that another one may be removed later on.
    pub fn add_tool(&mut self, tool: impl IntoTool) -> Result<(), Error> {
        let mut tool = tool.into_tool();
        tool.bind(&self.supplies.states)?;
        tool.open(&self.supplies.host)?;
        self.parts.tools.push(Arc::new(tool));
        self.touched.tools = true;
        Ok(())
    }

    /// Removes a tool. Says whether there was one.
    pub fn remove_tool(&mut self, name: &str) -> bool {
        let was_there = remove(&mut self.parts.tools, |tool| tool.name() == name);
        self.touched.tools |= was_there;
        was_there
    }

    /// Adds a prompt.
    ///
    /// # Errors
    ///
    /// It needs a state that is not there.
    pub fn add_prompt(&mut self, prompt: impl IntoPrompt) -> Result<(), Error> {
        let mut prompt = prompt.into_prompt();
        prompt.bind(&self.supplies.states)?;
        self.parts.prompts.push(Arc::new(prompt));
        self.touched.prompts = true;
        Ok(())
    }

    /// Removes a prompt. Says whether there was one.
    pub fn remove_prompt(&mut self, name: &str) -> bool {
        let was_there = remove(&mut self.parts.prompts, |prompt| prompt.name() == name);
        self.touched.prompts |= was_there;
        was_there
    }

    /// Adds a resource.
    ///
    /// # Errors
    ///
    /// It needs a state that is not there.
    pub fn add_resource(&mut self, resource: impl IntoResource) -> Result<(), Error> {
        let mut resource = resource.into_resource();
        resource.bind(&self.supplies.states)?;
        self.parts.resources.push(Arc::new(resource));
        self.touched.resources = true;
        Ok(())
    }

    /// Removes a resource. Says whether there was one.
    pub fn remove_resource(&mut self, uri: &str) -> bool {
        let was_there = remove(&mut self.parts.resources, |resource| resource.uri() == uri);
        self.touched.resources |= was_there;
        was_there
    }

    /// Adds a family of resources.
    ///
    /// # Errors
    ///
    /// Its template is none, or it needs a state that is not there.
    pub fn add_resource_template(
        &mut self,
        template: impl IntoResourceTemplate,
    ) -> Result<(), Error> {
        let mut template = template.into_resource_template()?;
        template.bind(&self.supplies.states)?;
        self.parts.templates.push(Arc::new(template));
        self.touched.resources = true;
        Ok(())
    }

    /// Removes a family of resources, by its template. Says whether there was one.
    pub fn remove_resource_template(&mut self, template: &str) -> bool {
        let has = |own: &super::ResourceTemplate| own.definition().uri_template == template;
        let was_there = remove(&mut self.parts.templates, has);
        self.touched.resources |= was_there;
        was_there
    }
}

impl Touched {
    fn tell(self, changes: &Changes) {
        let lists = [
            (self.tools, Change::Tools),
            (self.prompts, Change::Prompts),
            (self.resources, Change::Resources),
        ];
        for (_, change) in lists.into_iter().filter(|(is_touched, _)| *is_touched) {
            changes.publish(change);
        }
    }
}

fn remove<T>(things: &mut Vec<Arc<T>>, is_it: impl Fn(&T) -> bool) -> bool {
    let before = things.len();
    things.retain(|thing| !is_it(thing));
    things.len() < before
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Catalogue").field(&*self.contents()).finish()
    }
}

impl fmt::Debug for Edit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edit").field("parts", &self.parts).finish_non_exhaustive()
    }
}
