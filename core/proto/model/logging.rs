//! Log messages of a server, by severity.

use std::borrow::Cow;

use super::Json;
use super::declare::{object, words};
use super::meta::{NotificationMetaObject, RequestMetaObject, required};

words! {
    /// How severe a log message is, the least severe first (RFC 5424).
    pub enum LoggingLevel {
        Debug = "debug",
        Info = "info",
        Notice = "notice",
        Warning = "warning",
        Error = "error",
        Critical = "critical",
        Alert = "alert",
        Emergency = "emergency",
    }
}

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
