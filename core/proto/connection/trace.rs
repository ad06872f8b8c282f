//! What a connection tells a tracer: a span for each request, from the first byte of it to its outcome, and an event for
//! each refusal. Without the feature `tracing` all of this is empty.

#[cfg(feature = "tracing")]
mod on {
    use tracing::{Level, Span, event, span};

    use crate::connection::{Closing, Failure};
    use crate::error::Error;
    use crate::shown::Shown;
    use crate::version::{Role, Version};

    /// The span of one request.
    #[derive(Clone, Debug)]
    pub(in crate::connection) struct Trace(Span);

    impl Trace {
        /// A request of ours.
        pub(in crate::connection) fn asked(id: i64, method: &str) -> Self {
            Self(span!(Level::DEBUG, "mcp.request", id, method))
        }

        /// A request of the peer.
        pub(in crate::connection) fn served(
            id: &crate::message::RequestId,
            method: Option<crate::message::Method>,
            version: Version,
        ) -> Self {
            let method = method.map_or("", crate::message::Method::name);
            // What stands among the fields is worked out only if somebody hears it.
            Self(span!(
                Level::DEBUG,
                "mcp.serve",
                id = %Shown::new(&id.to_string()),
                method,
                %version
            ))
        }

        /// The request has come to its end.
        pub(in crate::connection) fn end(&self, outcome: &'static str) {
            event!(parent: &self.0, Level::DEBUG, outcome);
        }

        /// The request has no answer.
        pub(in crate::connection) fn failed(&self, failure: &Failure) {
            event!(parent: &self.0, Level::WARN, %failure);
        }
    }

    /// A message was refused.
    pub(in crate::connection) fn refused(role: Role, error: Error) {
        event!(Level::WARN, ?role, rule = error.rule(), %error, "refused");
    }

    /// The handshake is finished.
    pub(in crate::connection) fn opened(role: Role, version: Version) {
        event!(Level::INFO, ?role, %version, "open");
    }

    /// The conversation is over.
    pub(in crate::connection) fn closed(role: Role, closing: Closing) {
        event!(Level::INFO, ?role, %closing, "closed");
    }
}

#[cfg(not(feature = "tracing"))]
mod off {
    use crate::connection::{Closing, Failure};
    use crate::error::Error;
    use crate::version::{Role, Version};

    #[derive(Clone, Debug)]
    pub(in crate::connection) struct Trace;

    impl Trace {
        #[inline(always)]
        pub(in crate::connection) fn asked(_: i64, _: &str) -> Self {
            Self
        }

        #[inline(always)]
        pub(in crate::connection) fn served(
            _: &crate::message::RequestId,
            _: Option<crate::message::Method>,
            _: Version,
        ) -> Self {
            Self
        }

        #[inline(always)]
        pub(in crate::connection) fn end(&self, _: &'static str) {}

        #[inline(always)]
        pub(in crate::connection) fn failed(&self, _: &Failure) {}
    }

    #[inline(always)]
    pub(in crate::connection) fn refused(_: Role, _: Error) {}

    #[inline(always)]
    pub(in crate::connection) fn opened(_: Role, _: Version) {}

    #[inline(always)]
    pub(in crate::connection) fn closed(_: Role, _: Closing) {}
}

#[cfg(not(feature = "tracing"))]
pub(super) use off::*;
#[cfg(feature = "tracing")]
pub(super) use on::*;
