//! The notifications that belong to no topic of their own: that something changed, how far something is, that it is off.

use std::borrow::Cow;

use super::declare::object;
use super::meta::{NotificationMetaObject, ProgressToken};
use crate::message::RequestId;

object! {
    /// Parameters of a notification that says all by its name.
    #[derive(Default)]
    pub struct NotificationParams<'a> {
        optional {
            /// See [`NotificationMetaObject`].
            meta: NotificationMetaObject<'a> = "_meta",
        }
    }
}

object! {
    /// Parameters of `notifications/cancelled`.
    #[derive(Default)]
    pub struct CancelledNotificationParams<'a> {
        optional {
            /// Which request is off. Only 2025-11-25 does not require it.
            request_id: RequestId = "requestId",
            /// Why, for people.
            reason: Cow<'a, str> = "reason",
            /// See [`NotificationMetaObject`].
            meta: NotificationMetaObject<'a> = "_meta",
        }
    }
}

object! {
    /// Parameters of `notifications/progress`.
    pub struct ProgressNotificationParams<'a> {
        required {
            /// The token of the request.
            progress_token: ProgressToken = "progressToken",
            /// How much is done; more each time.
            progress: f64 = "progress",
        }
        optional {
            /// How much there is to do, when that is known.
            total: f64 = "total",
            /// What is being done, for people.
            message: Cow<'a, str> = "message" [since V2025_03_26],
            /// See [`NotificationMetaObject`].
            meta: NotificationMetaObject<'a> = "_meta",
        }
    }
}
