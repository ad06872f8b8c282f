//! The tools of one server, as far as it has listed them: which may be called.

use std::collections::BTreeMap;

use mcp_engine_proto::connection::{Standing, Tools};
use mcp_engine_proto::model::{Json, Tool};
use mcp_engine_proto::version::Version;
use mcp_engine_proto::{Limits, Seed};

use crate::error::Error;

/// What is known of the tools of a server.
#[derive(Debug)]
pub(super) struct Known {
    pinned: Tools,
    listed: BTreeMap<String, (Tool<'static>, Verdict)>,
    is_first: bool,
}

/// Whether a tool may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Callable,
    /// Its definition is not the one that was approved of.
    Changed,
    /// It is not on the allow-list.
    NotAllowed,
}

impl Known {
    pub(super) fn new() -> Self {
        let pinned = Tools::new(&Limits::default(), Seed::default());
        Self { pinned, listed: BTreeMap::new(), is_first: true }
    }

    /// Takes in a listing. What a server lists first is taken to be approved of; so is a tool that comes later, but not one that
    /// changes.
    pub(super) fn take_in(
        &mut self,
        tools: Vec<Tool<'static>>,
        allowed: impl Fn(&str) -> bool,
    ) -> Result<(), Error> {
        self.pinned.begin();
        let mut listed = BTreeMap::new();
        for tool in tools {
            let definition = Json::of(&tool, Version::LATEST);
            let standing = self.pinned.see(definition.raw())?;
            if standing == Standing::New {
                self.pinned.approve(definition.raw())?;
            }
            let verdict = match standing {
                _ if !allowed(&tool.name) => Verdict::NotAllowed,
                Standing::Changed => Verdict::Changed,
                Standing::New | Standing::Approved => Verdict::Callable,
            };
            listed.insert(tool.name.to_string(), (tool, verdict));
        }
        (self.listed, self.is_first) = (listed, false);
        Ok(())
    }

    /// Whether there was no listing yet.
    pub(super) fn is_empty(&self) -> bool {
        self.is_first
    }

    pub(super) fn verdict(&self, tool: &str) -> Option<Verdict> {
        self.listed.get(tool).map(|(_, verdict)| *verdict)
    }

    /// Those that may be called.
    pub(super) fn callable(&self) -> Vec<Tool<'static>> {
        let callable = self.listed.values().filter(|(_, verdict)| *verdict == Verdict::Callable);
        callable.map(|(tool, _)| tool.clone()).collect()
    }

    pub(super) fn approve(&mut self, name: &str) -> Result<(), Error> {
        let unknown = || Error::unsupported("there is no tool of that name");
        let (tool, verdict) = self.listed.get_mut(name).ok_or_else(unknown)?;
        self.pinned.approve(Json::of(tool, Version::LATEST).raw())?;
        if *verdict == Verdict::Changed {
            *verdict = Verdict::Callable;
        }
        Ok(())
    }
}
