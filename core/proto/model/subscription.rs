//! Subscriptions: what a server tells without being asked, since 2026-07-28 only to those who subscribed.

use std::borrow::Cow;

use super::declare::object;
use super::implementation::Implementation;
use super::meta::{NotificationMetaObject, RequestMetaObject, required};
use super::result::{ResultType, complete};
use crate::message::RequestId;

object! {
    /// What a client wants to hear of.
    #[derive(Default)]
    pub struct SubscriptionFilter<'a> [since V2026_07_28] {
        optional {
            /// That the list of tools changed.
            tools_list_changed: bool = "toolsListChanged",
            /// That the list of prompts changed.
            prompts_list_changed: bool = "promptsListChanged",
            /// That the list of resources changed.
            resources_list_changed: bool = "resourcesListChanged",
            /// That one of these resources changed, by URI.
            resource_subscriptions: Vec<Cow<'a, str>> = "resourceSubscriptions",
            /// How these tasks are getting on; for the tasks extension.
            task_ids: Vec<Cow<'a, str>> = "taskIds",
        }
    }
}

object! {
    /// Parameters of `subscriptions/listen`.
    pub struct SubscriptionsListenRequestParams<'a> [since V2026_07_28] {
        required {
            /// What the client wants to hear of.
            notifications: SubscriptionFilter<'a> = "notifications",
        }
        optional {
            /// See [`RequestMetaObject`].
            meta: Box<RequestMetaObject<'a>> = "_meta" [else required],
        }
    }
}

object! {
    /// Parameters of `notifications/subscriptions/acknowledged`.
    pub struct SubscriptionsAcknowledgedNotificationParams<'a> [since V2026_07_28] {
        required {
            /// What the server will tell of what was asked for.
            notifications: SubscriptionFilter<'a> = "notifications",
        }
        optional {
            /// See [`NotificationMetaObject`].
            meta: NotificationMetaObject<'a> = "_meta",
        }
    }
}

object! {
    /// Result of `subscriptions/listen`: it is over.
    pub struct SubscriptionsListenResult<'a> [since V2026_07_28] {
        required {
            /// Which subscription it was.
            meta: SubscriptionsListenResultMetaObject<'a> = "_meta",
        }
        optional {
            /// How it ended.
            result_type: ResultType<'a> = "resultType" [else complete],
        }
    }
}

object! {
    /// `_meta` of the result of `subscriptions/listen`.
    pub struct SubscriptionsListenResultMetaObject<'a> [since V2026_07_28] {
        required {
            /// Which subscription it was: the id of the request that opened it.
            subscription_id: RequestId = "io.modelcontextprotocol/subscriptionId",
        }
        optional {
            /// Who answers.
            server_info: Implementation<'a> = "io.modelcontextprotocol/serverInfo",
        }
    }
}
