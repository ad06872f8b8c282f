//! The rules of HTTP, and of MCP over HTTP, about one request; with the status and the error code that go with each.

use super::status::{HEADER_MISMATCH, Status, UNSUPPORTED_VERSION};
use crate::error::{INVALID_PARAMS, INVALID_REQUEST, rules};

rules! {
    /// Rules of HTTP and of MCP over HTTP about one request.
    HttpRule {
        FieldName = "field-name": "the name of a header must be a token",
        FieldValue = "field-value": "a header must not hold a line break or NUL",
        FieldRepeated = "field-repeated": "the header must not appear twice",
        ContentLength = "content-length": "Content-Length must be one number and stand without Transfer-Encoding",
        HostMissing = "host-missing": "the header Host must be present once",
        HostMalformed = "host-malformed": "the header Host must be a name or an address, and a port",
        HostForeign = "host-foreign": "the header Host names a host that is not served here",
        OriginForeign = "origin-foreign": "the header Origin names an origin that is not allowed here",
        HttpMethod = "http-method": "the HTTP method is not offered at this endpoint",
        ContentType = "content-type": "the media type of the body must be application/json",
        ContentEncoding = "content-encoding": "the body must not be compressed",
        NotAcceptable = "not-acceptable": "the header Accept must list both application/json and text/event-stream",
        StreamNotAcceptable = "stream-not-acceptable": "the header Accept must list text/event-stream",
        VersionMissing = "version-missing": "the header MCP-Protocol-Version must be present",
        VersionMismatch = "version-mismatch": "the header MCP-Protocol-Version differs from the protocolVersion in _meta",
        VersionUnsupported = "version-unsupported": "the protocol version is not served here",
        VersionInvalid = "version-invalid": "the header MCP-Protocol-Version names no version that is served here",
        MetaVersion = "meta-version": "_meta must have io.modelcontextprotocol/protocolVersion, a string",
        MetaCapabilities = "meta-capabilities": "_meta must have io.modelcontextprotocol/clientCapabilities, an object",
        HeaderMissing = "header-missing": "the header must be present, for the body has the value it repeats",
        HeaderMismatch = "header-mismatch": "the header differs from the value in the body",
        HeaderRepeated = "header-repeated": "the header must not appear twice",
        HeaderCharacters = "header-characters": "the header holds a character other than visible ASCII, space and tab",
        HeaderEncoding = "header-encoding": "the header is not the strict base64 of a UTF-8 text",
        MethodRemoved = "method-removed": "the method does not exist in this protocol version",
        NotFromClient = "not-from-client": "a client sends requests and notifications only",
        Batch = "batch": "batches exist in protocol version 2025-03-26 only",
        InitializeInBatch = "initialize-in-batch": "initialize must not stand in a batch",
        SessionMissing = "session-missing": "the header Mcp-Session-Id must be present",
        SessionUnknown = "session-unknown": "there is no such session",
        EntropyReused = "entropy-reused": "the server was given the same random bytes twice",
        StreamTaken = "stream-taken": "the session has a standalone stream already",
        EventIdMalformed = "event-id-malformed": "the header Last-Event-ID is no event id of this server",
        EventUnknown = "event-unknown": "the session has no stream with that event",
    }
}

impl HttpRule {
    /// The status with which a server refuses what breaks the rule.
    pub const fn status(self) -> Status {
        match self {
            Self::HostForeign | Self::OriginForeign => Status::FORBIDDEN,
            Self::MethodRemoved | Self::SessionUnknown => Status::NOT_FOUND,
            Self::HttpMethod => Status::METHOD_NOT_ALLOWED,
            Self::NotAcceptable | Self::StreamNotAcceptable => Status::NOT_ACCEPTABLE,
            Self::StreamTaken => Status::CONFLICT,
            Self::EntropyReused => Status::INTERNAL_ERROR,
            Self::ContentType | Self::ContentEncoding => Status::UNSUPPORTED_MEDIA_TYPE,
            _ => Status::BAD_REQUEST,
        }
    }

    /// The JSON-RPC error code that goes with it (MCP 2026-07-28, error codes).
    pub const fn code(self) -> i32 {
        match self {
            Self::VersionMissing
            | Self::VersionMismatch
            | Self::HeaderMissing
            | Self::HeaderMismatch
            | Self::HeaderRepeated
            | Self::HeaderCharacters
            | Self::HeaderEncoding => HEADER_MISMATCH,
            Self::VersionUnsupported => UNSUPPORTED_VERSION,
            Self::MetaVersion | Self::MetaCapabilities => INVALID_PARAMS,
            Self::MethodRemoved => METHOD_NOT_FOUND,
            Self::EntropyReused => INTERNAL_ERROR,
            _ => INVALID_REQUEST,
        }
    }
}

const METHOD_NOT_FOUND: i32 = -32601;
const INTERNAL_ERROR: i32 = -32603;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{HttpLimit, Rejection};

    #[test]
    fn every_rule_has_a_status_and_a_code_of_an_error() {
        for rule in HttpRule::ALL {
            let rejection = Rejection::from(*rule);
            assert!((400..=500).contains(&rejection.status().code()), "{rejection}");
            assert!((-32_700..=-32_000).contains(&rejection.code()), "{rejection}");
            assert_eq!(rejection.name(), rule.name());
        }
        for limit in HttpLimit::ALL {
            assert!((400..=503).contains(&Rejection::from(*limit).status().code()), "{limit:?}");
        }
    }
}
