//! Log messages of a server, by severity.

use std::borrow::Cow;

use super::declare::object;
use super::meta::{NotificationMetaObject, RequestMetaObject, required};
use super::{Json, Mismatch, Value};
use crate::json::{Raw, write};
pub use crate::level::LoggingLevel;
use crate::version::Version;

object! {
    /// Parameters of `logging/setLevel`.
    pub struct SetLevelRequestParams<'a> [until V2025_11_25] {
        required {
            /// The least severe level that the server is to send.
            level: LoggingLevel = "level",
        }
        optional {
            /// See [`RequestMetaObject`].
            meta: Box<RequestMetaObject<'a>> = "_meta" [else required],
        }
    }
}

object! {
    /// Parameters of `notifications/message`.
    pub struct LoggingMessageNotificationParams<'a> {
        required {
            /// How severe it is.
            level: LoggingLevel = "level",
            /// What happened: any JSON.
            data: Json<'a> = "data",
        }
        optional {
            /// Name of the logger.
            logger: Cow<'a, str> = "logger",
            /// See [`NotificationMetaObject`].
            meta: NotificationMetaObject<'a> = "_meta",
        }
    }
}

impl Value<'_> for LoggingLevel {
    type Owned = Self;

    fn read(raw: Raw<'_>) -> Result<Self, Mismatch> {
        let word = raw.string().and_then(|word| Self::from_name(&word.decode()));
        word.ok_or(Mismatch::expected(LEVELS))
    }

    fn write(&self, out: &mut Vec<u8>, _: Version) {
        write::string(out, self.name());
    }

    fn into_owned(self) -> Self {
        self
    }
}

const LEVELS: &str = "one of debug info notice warning error critical alert emergency";
