//! Resources: single ones, and families of them by a template.

use std::fmt;
use std::sync::Arc;

use mcp_engine_proto::model::{self, ReadResourceResult, ResourceContents, TextResourceContents};
use mcp_engine_proto::uri::{Template, UriLimits, Values};

use super::outcome::{Reading, ResourceOutput, typed};
use super::state::{Serve, States, unbound};
use crate::answer::{Responder, Served};
use crate::error::Error;
use crate::handler::Request;

/// A resource of a server.
///
/// ```
/// use mcp_engine_proto::model;
/// use mcp_engine_runtime::server::Resource;
///
/// let definition = model::Resource::new("notes://today", "today").mime_type("text/plain");
/// let resource = Resource::text(definition, "Buy milk.");
/// assert_eq!(resource.uri(), "notes://today");
/// ```
#[derive(Clone)]
pub struct Resource {
    definition: model::Resource<'static>,
    serve: Serve<dyn Fn(Request, Responder<'_>) -> Served + Send + Sync>,
}

/// A family of resources of a server, by a URI template.
///
/// ```
/// use mcp_engine_proto::model::{self, TextResourceContents};
/// use mcp_engine_runtime::server::ResourceTemplate;
///
/// let definition = model::ResourceTemplate::new("notes://{day}", "notes");
/// let template = ResourceTemplate::immediate(definition, |uri, values| {
///     let text = format!("Nothing on {}.", values.get("day").unwrap_or_default());
///     mcp_engine_proto::model::ResourceContents::from(TextResourceContents::new(uri.to_owned(), text))
/// })?;
/// assert_eq!(template.definition().name, "notes");
/// # Ok::<(), mcp_engine_runtime::Error>(())
/// ```
#[derive(Clone)]
pub struct ResourceTemplate {
    definition: model::ResourceTemplate<'static>,
    pub(super) template: Arc<Template>,
    serve: Serve<ServeFamily>,
}

type ServeFamily = dyn Fn(Request, &Values<'_, '_>, Responder<'_>) -> Served + Send + Sync;

/// Something that is a resource: one, or a function that makes one, as the attribute `#[resource]` writes them.
pub trait IntoResource {
    /// The resource.
    fn into_resource(self) -> Resource;
}

impl IntoResource for Resource {
    fn into_resource(self) -> Self {
        self
    }
}

impl<F: FnOnce() -> Resource> IntoResource for F {
    fn into_resource(self) -> Resource {
        self()
    }
}

/// Something that is a family of resources: one, or a function that makes one, as the attribute `#[resource]` writes them.
pub trait IntoResourceTemplate {
    /// The family.
    ///
    /// # Errors
    ///
    /// Its template is none.
    fn into_resource_template(self) -> Result<ResourceTemplate, Error>;
}

impl IntoResourceTemplate for ResourceTemplate {
    fn into_resource_template(self) -> Result<Self, Error> {
        Ok(self)
    }
}

impl<F: FnOnce() -> Result<ResourceTemplate, Error>> IntoResourceTemplate for F {
    fn into_resource_template(self) -> Result<ResourceTemplate, Error> {
        self()
    }
}

impl Resource {
    /// A resource with a function that answers at once or [later](Responder::later).
    pub fn new(
        definition: model::Resource<'_>,
        serve: impl Fn(Request, Responder<'_>) -> Served + Send + Sync + 'static,
    ) -> Self {
        Self { definition: definition.into_owned(), serve: Serve::Ready(Arc::new(serve)) }
    }

    /// A resource that needs [`State`](super::State): `bind` makes it anew from its definition, with the values of the server that it is
    /// added to.
    pub fn with_state(
        definition: model::Resource<'_>,
        bind: impl Fn(model::Resource<'static>, &States) -> Result<Self, Error> + Send + Sync + 'static,
    ) -> Self {
        let definition = definition.into_owned();
        let again = definition.clone();
        let bind = move |states: &States| Ok(bind(again.clone(), states)?.serve);
        Self { definition, serve: Serve::Unbound(Arc::new(bind)) }
    }

    /// A resource with a function that answers at once.
    pub fn immediate<T: ResourceOutput<'static>>(
        definition: model::Resource<'_>,
        read: impl Fn(&Request) -> T + Send + Sync + 'static,
    ) -> Self {
        let definition = definition.into_owned();
        let own = definition.clone();
        Self::new(definition, move |request, responder| {
            let version = request.context().version();
            let reading = Reading::new(&own.uri, own.mime_type.as_deref(), version);
            responder.answer(&read(&request).into_answer(reading))
        })
    }

    /// A resource that is always the same text.
    pub fn text(definition: model::Resource<'_>, text: impl Into<String>) -> Self {
        let mut contents = TextResourceContents::new(definition.uri.to_string(), text.into());
        contents.mime_type = definition.mime_type.clone().map(|own| own.into_owned().into());
        Self::fixed(definition, ResourceContents::from(contents))
    }

    /// A resource whose contents are always the same.
    pub fn fixed(definition: model::Resource<'_>, contents: ResourceContents<'static>) -> Self {
        let result = ReadResourceResult::new([contents]);
        Self::new(definition, move |request, responder| {
            responder.answer(&typed(&result, request.context().version()))
        })
    }

    /// Where it is.
    pub fn uri(&self) -> &str {
        &self.definition.uri
    }

    /// What it says of itself.
    pub fn definition(&self) -> &model::Resource<'static> {
        &self.definition
    }

    /// Gets hold of the state that it needs.
    pub(super) fn bind(&mut self, states: &States) -> Result<(), Error> {
        self.serve.bind(states)
    }

    pub(super) fn read(&self, request: Request, responder: Responder<'_>) -> Served {
        match self.serve.ready() {
            Some(serve) => serve(request, responder),
            None => responder.answer(&unbound()),
        }
    }
}

impl ResourceTemplate {
    /// A family with a function that gets the values of the template's variables, and answers at once or [later](Responder::later).
    ///
    /// # Errors
    ///
    /// The template is none of `{name}` and `{+name}` (RFC 6570), or is too long.
    pub fn new(
        definition: model::ResourceTemplate<'_>,
        serve: impl Fn(Request, &Values<'_, '_>, Responder<'_>) -> Served + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        Self::with(definition.into_owned(), Serve::Ready(Arc::new(serve)))
    }

    /// A family that needs [`State`](super::State): `bind` makes it anew from its definition, with the values of the server that it is
    /// added to.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub fn with_state(
        definition: model::ResourceTemplate<'_>,
        bind: impl Fn(model::ResourceTemplate<'static>, &States) -> Result<Self, Error>
        + Send
        + Sync
        + 'static,
    ) -> Result<Self, Error> {
        let definition = definition.into_owned();
        let again = definition.clone();
        let bind = move |states: &States| Ok(bind(again.clone(), states)?.serve);
        Self::with(definition, Serve::Unbound(Arc::new(bind)))
    }

    fn with(
        definition: model::ResourceTemplate<'static>,
        serve: Serve<ServeFamily>,
    ) -> Result<Self, Error> {
        let template = Template::parse(&definition.uri_template, &UriLimits::default())
            .map_err(|rule| Error::unexpected("the URI template", rule))?;
        Ok(Self { definition, template: Arc::new(template), serve })
    }

    /// A family with a function that answers at once, from the URI and the values in it.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub fn immediate<T: ResourceOutput<'static>>(
        definition: model::ResourceTemplate<'_>,
        read: impl Fn(&str, &Values<'_, '_>) -> T + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let definition = definition.into_owned();
        let mime_type = definition.mime_type.clone();
        Self::new(definition, move |request, values, responder| {
            let uri = uri_of(&request).unwrap_or_default();
            let reading = Reading::new(&uri, mime_type.as_deref(), request.context().version());
            responder.answer(&read(&uri, values).into_answer(reading))
        })
    }

    /// What it says of itself.
    pub fn definition(&self) -> &model::ResourceTemplate<'static> {
        &self.definition
    }

    /// Gets hold of the state that it needs.
    pub(super) fn bind(&mut self, states: &States) -> Result<(), Error> {
        self.serve.bind(states)
    }

    pub(super) fn read(
        &self,
        request: Request,
        values: &Values<'_, '_>,
        responder: Responder<'_>,
    ) -> Served {
        match self.serve.ready() {
            Some(serve) => serve(request, values, responder),
            None => responder.answer(&unbound()),
        }
    }
}

/// The URI that a request is about.
pub(super) fn uri_of(request: &Request) -> Option<String> {
    let uri = request.message().params()?.get("uri")?.string()?;
    Some(uri.decode().into_owned())
}

impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resource").field("definition", &self.definition).finish_non_exhaustive()
    }
}

impl fmt::Debug for ResourceTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("ResourceTemplate");
        debug.field("definition", &self.definition).finish_non_exhaustive()
    }
}
