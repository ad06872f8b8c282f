//! What the handlers of a server share: values by their types, given once and looked up once.

use std::any::{Any, TypeId, type_name};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::answer::{Answer, INTERNAL_ERROR};
use crate::error::Error;

/// A value that a server was given by [`ServerBuilder::state`](super::ServerBuilder::state). Clones are the same value.
///
/// ```
/// use mcp_engine_proto::model::{self, JsonObject};
/// use mcp_engine_runtime::server::{Server, State, Tool};
///
/// let definition = model::Tool::new("greet", JsonObject::parse(r#"{"type":"object"}"#)?);
/// let greet = Tool::with_state(definition, |definition, states| {
///     let name: State<String> = states.get()?;
///     Ok(Tool::blocking(definition, move |_| format!("Hello, {}", *name)))
/// });
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// assert!(Server::builder("greeter", "1.0").tool(greet.clone()).build().is_err());
/// assert!(Server::builder("greeter", "1.0").tool(greet).state("Ada".to_owned()).build().is_ok());
/// # });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct State<T>(pub Arc<T>);

/// The values that a server was given.
#[derive(Default)]
pub struct States(Vec<(TypeId, &'static str, Arc<dyn Any + Send + Sync>)>);

impl<T> Clone for State<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Deref for State<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl States {
    /// The value of a type.
    ///
    /// # Errors
    ///
    /// The server was given none.
    pub fn get<T: Send + Sync + 'static>(&self) -> Result<State<T>, Error> {
        let own = self.0.iter().find(|(id, ..)| *id == TypeId::of::<T>());
        let value = own.and_then(|(.., value)| Arc::clone(value).downcast::<T>().ok());
        let missing = || format!("there is no value of the type {}", type_name::<T>());
        value.map(State).ok_or_else(|| Error::unexpected("the state", missing()))
    }

    pub(super) fn add<T: Send + Sync + 'static>(&mut self, value: T) {
        self.0.push((TypeId::of::<T>(), type_name::<T>(), Arc::new(value)));
    }

    /// The name of a type of which there are two values.
    pub(super) fn duplicate(&self) -> Option<&'static str> {
        let twice = |place: usize, id: &TypeId| self.0.iter().take(place).any(|own| own.0 == *id);
        let mut each = self.0.iter().enumerate();
        each.find(|(place, own)| twice(*place, &own.0)).map(|(_, own)| own.1)
    }
}

impl fmt::Debug for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|own| own.1)).finish()
    }
}

/// Makes something, with the values of a server.
pub(super) type Bind<T> = Arc<dyn Fn(&States) -> Result<T, Error> + Send + Sync>;

/// Who serves requests: somebody who is known, or will be when there is a server.
pub(super) enum Serve<F: ?Sized> {
    Ready(Arc<F>),
    Unbound(Bind<Self>),
}

impl<F: ?Sized> Serve<F> {
    /// Gets hold of the state that is needed.
    pub(super) fn bind(&mut self, states: &States) -> Result<(), Error> {
        if let Self::Unbound(bind) = self {
            *self = bind(states)?;
        }
        Ok(())
    }

    /// Who serves, after [`bind`](Self::bind).
    pub(super) fn ready(&self) -> Option<&F> {
        match self {
            Self::Ready(serve) => Some(serve),
            Self::Unbound(_) => None,
        }
    }
}

impl<F: ?Sized> Clone for Serve<F> {
    fn clone(&self) -> Self {
        match self {
            Self::Ready(serve) => Self::Ready(Arc::clone(serve)),
            Self::Unbound(bind) => Self::Unbound(Arc::clone(bind)),
        }
    }
}

/// The answer of what was never added to a server.
pub(super) fn unbound() -> Answer<'static> {
    Answer::error(INTERNAL_ERROR, "it belongs to no server")
}
