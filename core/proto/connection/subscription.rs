//! Whom to tell about changes: the subscriptions of a client.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{Capabilities, StreamId};
use crate::error::Error;
use crate::json::{Raw, write};
use crate::limits::{Limit, Limits};
use crate::message::{Id, RequestId};
use crate::room;

/// The subscriptions of one client.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    open: Vec<Subscription>,
    /// Of a session: `resources/subscribe`.
    uris: BTreeSet<Box<str>>,
}

/// One `subscriptions/listen`.
#[derive(Debug)]
pub(super) struct Subscription {
    pub(super) id: RequestId,
    pub(super) stream: StreamId,
    pub(super) filter: Filter,
}

/// What a subscription is for, as far as the server can do it (MCP 2026-07-28, subscriptions).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The list of tools.
    pub tools: Watch,
    /// The list of prompts.
    pub prompts: Watch,
    /// The list of resources.
    pub resources: Watch,
    /// These resources.
    pub uris: BTreeSet<Box<str>>,
    /// The tasks of these ids (the extension `io.modelcontextprotocol/tasks`). Whether they exist, and whose they are, is not
    /// told here: what is published about a task is for its owner alone.
    pub tasks: BTreeSet<Box<str>>,
}

/// Whether something is watched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Watch {
    /// It is.
    On,
    /// It is not.
    #[default]
    Off,
}

impl Subscriptions {
    /// Adds one, for which there is room.
    pub(super) fn open(&mut self, id: RequestId, stream: StreamId, filter: Filter) {
        self.open.push(Subscription { id, stream, filter });
    }

    /// Makes room for one more.
    pub(super) fn reserve(&mut self) -> Result<(), Error> {
        room::behind(&mut self.open, 1)
    }

    pub(super) fn close(&mut self, id: &RequestId) -> Option<Subscription> {
        let at = self.open.iter().position(|one| one.id == *id)?;
        Some(self.open.remove(at))
    }

    /// Whether there is an open one of that id.
    pub(super) fn has(&self, id: &RequestId) -> bool {
        self.open.iter().any(|one| one.id == *id)
    }

    /// Whether the id of a message names an open one.
    #[inline]
    pub(super) fn has_id(&self, id: Id<'_>) -> bool {
        self.open.iter().any(|one| id == one.id)
    }

    /// Those on a stream.
    pub(super) fn on(&self, stream: StreamId) -> Vec<RequestId> {
        self.open.iter().filter(|one| one.stream == stream).map(|one| one.id.clone()).collect()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Subscription> {
        self.open.iter()
    }

    pub(super) fn add_uri(&mut self, uri: Cow<'_, str>, limits: &Limits) -> Result<(), Limit> {
        if uri.len() > limits.uri_bytes as usize {
            return Err(Limit::UriBytes);
        }
        if !self.uris.contains(&*uri) {
            self.room(1, limits)?;
            self.uris.insert(uri.into());
        }
        Ok(())
    }

    pub(super) fn remove_uri(&mut self, uri: &str) -> bool {
        self.uris.remove(uri)
    }

    /// Whether the session is subscribed to a resource.
    pub(super) fn has_uri(&self, uri: &str) -> bool {
        self.uris.contains(uri)
    }

    /// Whether there may be so many more.
    pub(super) fn room(&self, more: usize, limits: &Limits) -> Result<(), Limit> {
        let of_filters = self.open.iter().map(|one| one.filter.size());
        let all = of_filters.sum::<usize>().saturating_add(self.uris.len()).saturating_add(more);
        if all > limits.subscriptions as usize { Err(Limit::Subscriptions) } else { Ok(()) }
    }
}

impl Filter {
    /// Reads what a client wants, as in the schema, and keeps what the server offers.
    ///
    /// # Errors
    ///
    /// [`Limit::Subscriptions`], [`Limit::UriBytes`] and [`Limit::IdBytes`].
    pub fn read(wanted: Raw<'_>, offered: Capabilities, limits: &Limits) -> Result<Self, Limit> {
        let watch = |name: &str, needed: Capabilities| {
            let is_wanted = wanted.get(name).and_then(Raw::as_bool) == Some(true);
            if is_wanted && offered.has(needed) { Watch::On } else { Watch::Off }
        };
        let mut filter = Self {
            tools: watch("toolsListChanged", Capabilities::TOOLS_LIST_CHANGED),
            prompts: watch("promptsListChanged", Capabilities::PROMPTS_LIST_CHANGED),
            resources: watch("resourcesListChanged", Capabilities::RESOURCES_LIST_CHANGED),
            ..Self::default()
        };
        let most = limits.subscriptions as usize;
        if offered.has(Capabilities::RESOURCES_SUBSCRIBE) {
            let longest = (limits.uri_bytes, Limit::UriBytes);
            filter.uris = strings(wanted.get("resourceSubscriptions"), longest, most)?;
        }
        if offered.has(Capabilities::TASKS_EXTENSION) {
            let longest = (limits.id_bytes, Limit::IdBytes);
            filter.tasks = strings(wanted.get("taskIds"), longest, most)?;
        }
        Ok(filter)
    }

    /// What it counts for against [`Limits::subscriptions`].
    pub(super) fn size(&self) -> usize {
        self.uris.len().saturating_add(self.tasks.len()).saturating_add(1)
    }

    /// How many bytes it takes as in the schema at most.
    pub(crate) fn most(&self) -> usize {
        let texts = self.uris.iter().chain(&self.tasks);
        let texts = texts.map(|text| room::escaped(text).saturating_add(QUOTES_AND_COMMA));
        texts.fold(room::ENVELOPE, usize::saturating_add)
    }

    /// Takes in what another one is for.
    pub fn join(&mut self, other: &Self) {
        for (own, others) in [
            (&mut self.tools, other.tools),
            (&mut self.prompts, other.prompts),
            (&mut self.resources, other.resources),
        ] {
            if others == Watch::On {
                *own = Watch::On;
            }
        }
        self.uris.extend(other.uris.iter().cloned());
        self.tasks.extend(other.tasks.iter().cloned());
    }

    /// Appends it as in the schema.
    pub fn write(&self, out: &mut Vec<u8>) {
        let start = out.len();
        for (name, watch) in [
            ("toolsListChanged", self.tools),
            ("promptsListChanged", self.prompts),
            ("resourcesListChanged", self.resources),
        ] {
            if watch == Watch::On {
                out.push(if out.len() == start { b'{' } else { b',' });
                write::string(out, name);
                out.extend_from_slice(b":true");
            }
        }
        for (name, strings) in [("resourceSubscriptions", &self.uris), ("taskIds", &self.tasks)] {
            if !strings.is_empty() {
                out.push(if out.len() == start { b'{' } else { b',' });
                write_strings(out, name, strings);
            }
        }
        if out.len() == start {
            out.push(b'{');
        }
        out.push(b'}');
    }
}

const QUOTES_AND_COMMA: usize = 3;

/// The strings of an array.
fn strings(
    array: Option<Raw<'_>>,
    (longest, too_long): (u32, Limit),
    most: usize,
) -> Result<BTreeSet<Box<str>>, Limit> {
    let mut strings = BTreeSet::new();
    for text in array.and_then(Raw::elements).into_iter().flatten().filter_map(Raw::string) {
        let text = text.decode();
        if text.len() > longest as usize {
            return Err(too_long);
        }
        if strings.len() >= most {
            return Err(Limit::Subscriptions);
        }
        strings.insert(text.into());
    }
    Ok(strings)
}

/// Appends a member that is an array of strings.
fn write_strings(out: &mut Vec<u8>, name: &str, strings: &BTreeSet<Box<str>>) {
    write::string(out, name);
    out.extend_from_slice(b":[");
    for (at, text) in strings.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write::string(out, text);
    }
    out.push(b']');
}
