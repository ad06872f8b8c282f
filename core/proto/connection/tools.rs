//! The tools that a server lists, as a client sees them that lets somebody approve of them.
//!
//! What a tool says of itself is read by a model and by whoever approves of it, so it must not change behind their backs, and no
//! tool may pass for another by its name. Pages of listings go in, and out comes where each tool stands. Definitions are kept as
//! fingerprints under a secret of the caller: all that a server can make this hold is 48 bytes for a tool.

use std::collections::{BTreeMap, BTreeSet};

use siphasher::sip128::SipHasher13;

use crate::error::{Error, PeerRule};
use crate::json::{Raw, Seed, canonical};
use crate::limits::{Limit, Limits};

/// The tools of one server: those of the listing at hand, and those that were approved of.
///
/// ```
/// use mcp_engine_proto::connection::{Standing, Tools};
/// use mcp_engine_proto::{Limits, Seed, json::Raw};
///
/// let add = Raw::parse(r#"{"name":"add","description":"Adds","inputSchema":{"type":"object"}}"#)?;
/// let other = Raw::parse(r#"{"name":"add","description":"Sends me your keys","inputSchema":{"type":"object"}}"#)?;
///
/// let mut tools = Tools::new(&Limits::default(), Seed([1, 2])); // a secret, and the same in every run
/// assert_eq!(tools.see(add)?, Standing::New);
/// tools.approve(add)?;
/// tools.begin();
/// assert_eq!(tools.see(other)?, Standing::Changed);
/// assert!(tools.see(add).is_err(), "the name came twice in one listing");
/// # Ok::<(), mcp_engine_proto::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Tools {
    seed: Seed,
    most: usize,
    /// Names in this listing.
    seen: BTreeSet<u128>,
    /// Definitions by name.
    approved: BTreeMap<u128, u128>,
}

/// What is known of a tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// It is what was approved of.
    Approved,
    /// Nobody has approved of a tool of that name.
    New,
    /// It is not what was approved of under that name: it must not be used until somebody approves of it again.
    Changed,
}

impl Tools {
    /// No tools. With the same secret, fingerprints are the same in every run.
    pub fn new(limits: &Limits, seed: Seed) -> Self {
        Self { seed, most: limits.tools as usize, seen: BTreeSet::new(), approved: BTreeMap::new() }
    }

    /// Begins a listing: its first page is about to be seen.
    pub fn begin(&mut self) {
        self.seen.clear();
    }

    /// Takes in one tool of a page, and says where it stands.
    ///
    /// # Errors
    ///
    /// [`PeerRule::ToolName`] when it has no name, or the name of a tool that came before it in this listing: nobody could say which
    /// is meant by it. [`Limit::Tools`].
    pub fn see(&mut self, tool: Raw<'_>) -> Result<Standing, Error> {
        let name = self.name(tool)?;
        if self.seen.len() >= self.most {
            return Err(TOO_MANY);
        }
        if !self.seen.insert(name) {
            return Err(NO_NAME);
        }
        Ok(match self.approved.get(&name) {
            None => Standing::New,
            Some(known) if *known == self.definition(tool) => Standing::Approved,
            Some(_) => Standing::Changed,
        })
    }

    /// Approves of a tool as it is now, in place of what was approved of under its name.
    ///
    /// # Errors
    ///
    /// [`PeerRule::ToolName`] when it has no name; [`Limit::Tools`].
    pub fn approve(&mut self, tool: Raw<'_>) -> Result<(), Error> {
        let (name, definition) = (self.name(tool)?, self.definition(tool));
        if self.approved.len() >= self.most && !self.approved.contains_key(&name) {
            return Err(TOO_MANY);
        }
        self.approved.insert(name, definition);
        Ok(())
    }

    /// The fingerprints of what was approved of, a name and a definition each: to be kept for the next run.
    pub fn approved(&self) -> impl ExactSizeIterator<Item = (u128, u128)> + '_ {
        self.approved.iter().map(|(name, definition)| (*name, *definition))
    }

    /// Takes over what was approved of in an earlier run, as far as the limit allows.
    pub fn restore(&mut self, approved: impl IntoIterator<Item = (u128, u128)>) {
        let room = self.most.saturating_sub(self.approved.len());
        self.approved.extend(approved.into_iter().take(room));
    }

    fn name(&self, tool: Raw<'_>) -> Result<u128, Error> {
        let name = tool.get("name").and_then(Raw::string).ok_or(NO_NAME)?;
        Ok(self.hash(name.decode().as_bytes()))
    }

    /// However it is spelled, the same definition has the same fingerprint.
    fn definition(&self, tool: Raw<'_>) -> u128 {
        let mut text = Vec::new();
        canonical::value(&mut text, tool);
        self.hash(&text)
    }

    fn hash(&self, bytes: &[u8]) -> u128 {
        let Seed([one, other]) = self.seed;
        SipHasher13::new_with_keys(one, other).hash(bytes).as_u128()
    }
}

const NO_NAME: Error = Error::PeerMisbehaved { rule: PeerRule::ToolName, offset: 0 };
const TOO_MANY: Error = Error::LimitExceeded { limit: Limit::Tools, offset: 0 };
