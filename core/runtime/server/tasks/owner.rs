//! Whose a task is.

use mcp_engine_proto::version::Era;

use crate::context::Context;

/// The principal of a task.
///
/// Who has said who they are have their tasks over every connection. For whoever has not, in MCP 2025-11-25 a connection is a principal, since
/// tasks are listed there; later only who knows the id of a task, which cannot be guessed, can ask about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner(Vec<u8>);

impl Owner {
    /// Of the tasks of a request.
    pub(super) fn of(context: &Context) -> Self {
        let connection = match context.version().era() {
            Era::Legacy => context.connection(),
            Era::Modern => None,
        };
        Self::named(context.principal(), connection)
    }

    /// Whether tasks of that owner are those of a principal, or of a connection without one.
    pub(crate) fn may_be(principal: Option<&str>, connection: Option<u64>, owner: &[u8]) -> bool {
        let is = |own: Self| *own.0 == *owner;
        is(Self::named(principal, connection)) || is(Self::named(principal, None))
    }

    /// Whether it is anybody.
    pub(super) fn is_anonymous(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The spelling, in which no principal can take the name of a connection.
    fn named(principal: Option<&str>, connection: Option<u64>) -> Self {
        Self(match (principal, connection) {
            (Some(principal), _) => [b"p", principal.as_bytes()].concat(),
            (None, Some(number)) => [b"c".as_slice(), &number.to_le_bytes()].concat(),
            (None, None) => Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_principal_owns_its_tasks_on_every_connection_and_a_connection_only_its_own() {
        let alice = Owner::named(Some("alice"), Some(1));
        assert!(Owner::may_be(Some("alice"), Some(2), alice.as_bytes()));
        assert!(!Owner::may_be(Some("bob"), Some(1), alice.as_bytes()));
        assert!(!Owner::may_be(None, Some(1), alice.as_bytes()));
        let nobody = Owner::named(None, Some(1));
        assert!(Owner::may_be(None, Some(1), nobody.as_bytes()));
        assert!(!Owner::may_be(None, Some(2), nobody.as_bytes()));
        assert!(!Owner::may_be(None, None, nobody.as_bytes()));
        let name = String::from_utf8(nobody.as_bytes().to_vec()).expect("small numbers are text");
        assert!(!Owner::may_be(Some(&name[1..]), None, nobody.as_bytes()));
    }
}
