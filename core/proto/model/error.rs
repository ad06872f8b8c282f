//! Errors on the wire: a code, a message, and for some codes data of a type of their own.

use std::borrow::Cow;

use super::Json;
use super::capability::ClientCapabilities;
use super::declare::object;
use super::elicitation::ElicitRequestURLParams;
use crate::message::{RequestId, encode};
use crate::version::{Era, Version};

object! {
    /// The error of an error response: `Error` in the schema.
    pub struct ErrorObject<'a> {
        required {
            /// What kind of error it is.
            code: i64 = "code",
            /// What happened, in one sentence.
            message: Cow<'a, str> = "message",
        }
        optional {
            /// More about it: any JSON.
            data: Json<'a> = "data",
        }
    }
}

impl<'a> ErrorObject<'a> {
    /// Not JSON.
    pub const PARSE_ERROR: i64 = -32700;
    /// Not a request.
    pub const INVALID_REQUEST: i64 = -32600;
    /// A method that is not there, or whose capability was not declared.
    pub const METHOD_NOT_FOUND: i64 = -32601;
    /// Parameters that are wrong: also an unknown tool or prompt, a bad cursor, and since 2026-07-28 an unknown resource.
    pub const INVALID_PARAMS: i64 = -32602;
    /// Anything else that went wrong inside.
    pub const INTERNAL_ERROR: i64 = -32603;
    /// A resource that is not there, until 2025-11-25.
    pub const RESOURCE_NOT_FOUND: i64 = -32002;
    /// The user has to go to a URL first, only in 2025-11-25.
    pub const URL_ELICITATION_REQUIRED: i64 = -32042;
    /// HTTP headers that do not repeat the body, since 2026-07-28.
    pub const HEADER_MISMATCH: i64 = -32020;
    /// A capability that the client did not declare, since 2026-07-28.
    pub const MISSING_REQUIRED_CLIENT_CAPABILITY: i64 = -32021;
    /// A revision that the server does not speak, since 2026-07-28.
    pub const UNSUPPORTED_PROTOCOL_VERSION: i64 = -32022;
    /// The user refused, until 2025-11-25.
    pub const USER_REJECTED: i64 = -1;

    /// A resource that is not there, with the code that the revision has for it.
    pub fn resource_not_found(uri: impl Into<Cow<'a, str>>, version: Version) -> Self {
        let code = match version.era() {
            Era::Legacy => Self::RESOURCE_NOT_FOUND,
            Era::Modern => Self::INVALID_PARAMS,
        };
        let data = Json::of(&ResourceNotFound::new(uri), version);
        Self::new(code, "Resource not found").data(data)
    }

    /// A revision that the server does not speak.
    pub fn unsupported_protocol_version(data: &UnsupportedProtocolVersion<'_>) -> Self {
        let data = Json::of(data, Version::LATEST);
        Self::new(Self::UNSUPPORTED_PROTOCOL_VERSION, "Unsupported protocol version").data(data)
    }

    /// Capabilities that the client did not declare.
    pub fn missing_required_client_capability(required: ClientCapabilities<'_>) -> Self {
        let data = Json::of(&MissingRequiredClientCapability::new(required), Version::LATEST);
        let message = "Missing required client capability";
        Self::new(Self::MISSING_REQUIRED_CLIENT_CAPABILITY, message).data(data)
    }

    /// The user has to go to these URLs first.
    pub fn url_elicitation_required(elicitations: Vec<ElicitRequestURLParams<'_>>) -> Self {
        let data = Json::of(&URLElicitationRequired::new(elicitations), Version::V2025_11_25);
        Self::new(Self::URL_ELICITATION_REQUIRED, "URL elicitation required").data(data)
    }
}

impl ErrorObject<'_> {
    /// Appends the whole error response, without a line end. Without an id none is written: that of the request could
    /// not be read, and `null` is no id in MCP.
    pub fn encode(&self, out: &mut Vec<u8>, id: Option<&RequestId>) {
        encode::error_with(out, id, |out| self.write(out, Version::LATEST));
    }
}

object! {
    /// The data of [`ErrorObject::UNSUPPORTED_PROTOCOL_VERSION`].
    pub struct UnsupportedProtocolVersion<'a> [since V2026_07_28] {
        required {
            /// The revisions that the server speaks.
            supported: Vec<Cow<'a, str>> = "supported",
            /// The one that was asked for.
            requested: Cow<'a, str> = "requested",
        }
    }
}

object! {
    /// The data of [`ErrorObject::MISSING_REQUIRED_CLIENT_CAPABILITY`].
    pub struct MissingRequiredClientCapability<'a> [since V2026_07_28] {
        required {
            /// What the client would have to declare.
            required_capabilities: ClientCapabilities<'a> = "requiredCapabilities",
        }
    }
}

object! {
    /// The data of [`ErrorObject::URL_ELICITATION_REQUIRED`].
    pub struct URLElicitationRequired<'a> [only V2025_11_25] {
        required {
            /// Where the user has to go.
            elicitations: Vec<ElicitRequestURLParams<'a>> = "elicitations",
        }
    }
}

object! {
    /// The data of the error about a resource that is not there.
    pub struct ResourceNotFound<'a> {
        required {
            /// Which resource.
            uri: Cow<'a, str> = "uri",
        }
    }
}
