//! What a server says by itself reaches the clients that want to know, and no other.

use mcp_engine_proto::connection::Change;
use mcp_engine_proto::model::SubscriptionFilter;
use mcp_engine_proto::version::{Era, Version};
use mcp_engine_proto::{LoggingLevel, Method};
use mcp_engine_runtime::client::Client;
use serde_json::json;

use crate::stage::{Behind, Heard, Lone, ask_raw, client, text_of, through};

const BOTH: [Version; 2] = [Version::V2025_11_25, Version::V2026_07_28];

fn filter() -> SubscriptionFilter<'static> {
    SubscriptionFilter::new()
        .tools_list_changed(true)
        .resource_subscriptions(["notes://today".into()])
}

/// Wants to be told of the tools and of a resource, in the way of its era.
async fn want(client: &Client) -> Option<mcp_engine_runtime::client::Listening> {
    match client.version().era() {
        Era::Legacy => {
            client.subscribe("notes://today").await.expect("a subscription");
            None
        }
        Era::Modern => Some(client.listen(&filter()).await.expect("a subscription")),
    }
}

/// Publishes until somebody has heard it: the server may not have been told yet who wants to know.
async fn publish(behind: &Behind, change: Change<'_>, heard: &Heard) {
    loop {
        behind.changes.publish(change);
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        let heard = heard.take();
        if !heard.is_empty() {
            let method = match change {
                Change::Resource(_) => Method::ResourceUpdated,
                _ => Method::ToolListChanged,
            };
            assert!(heard.iter().all(|one| *one == method), "{heard:?}");
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn changes_are_told_in_the_way_of_the_client() {
    for up in BOTH {
        for down in BOTH {
            let (behind, heard) = (Behind::new(up), Heard::default());
            let client = behind.client(heard.by(client(down))).await;
            let listening = want(&client).await;
            publish(&behind, Change::Tools, &heard).await;
            publish(&behind, Change::Resource("notes://today"), &heard).await;
            behind.changes.publish(Change::Resource("notes://tomorrow"));
            client.ping().await.expect("the answer comes behind the notifications");
            assert_eq!(heard.take(), [], "{up} {down}");
            match listening {
                Some(listening) => drop(listening),
                None => client.unsubscribe("notes://today").await.expect("it was subscribed"),
            }
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            behind.changes.publish(Change::Resource("notes://today"));
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            assert_eq!(heard.take(), [], "{up} {down}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_connected_anew_is_told_again_what_is_wanted() {
    for up in BOTH {
        let (behind, heard) = (Behind::new(up), Heard::default());
        let client = behind.client(heard.by(client(Version::V2026_07_28))).await;
        let _listening = want(&client).await;
        publish(&behind, Change::Tools, &heard).await;
        behind.die();
        let missed = heard.await_some(2).await;
        assert_eq!(missed, [Method::ToolListChanged, Method::ResourceUpdated], "{up}");
        publish(&behind, Change::Resource("notes://today"), &heard).await;
        assert_eq!(behind.connections(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn log_messages_are_for_whoever_asked_and_of_the_level_that_was_asked_for() {
    for up in BOTH {
        for down in BOTH {
            let (behind, heard) = (Behind::new(up), Heard::default());
            let proxy = behind.proxy().build().expect("a runtime");
            let client = through(&proxy, heard.by(client(down))).await;
            let call = client.call_tool("log", &json!({}));
            let expected = match down.era() {
                Era::Legacy => 2,
                Era::Modern => 0,
            };
            call.await.expect("a result");
            client.ping().await.expect("the answer comes behind the notifications");
            assert_eq!(heard.take().len(), expected, "{up} {down}");
            let call = client.call_tool("log", &json!({}));
            match down.era() {
                Era::Legacy => {
                    client.set_level(LoggingLevel::Warning).await.expect("it may");
                    call.await.expect("a result");
                }
                Era::Modern => {
                    call.log_level(LoggingLevel::Warning).await.expect("a result");
                }
            }
            client.ping().await.expect("the answer comes behind the notifications");
            assert_eq!(heard.take(), [Method::LoggingMessage], "{up} {down}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_server_says_to_a_session_is_its_own_business() {
    let behind = Behind::new(Version::V2025_11_25);
    let client = behind.client(client(Version::V2025_11_25)).await;
    let answer = ask_raw(&client, "resources/subscribe", r#"{"uri":"notes://today"}"#).await;
    assert_eq!(answer.expect("a result")["result"], json!({}));
    let refused = ask_raw(&client, "logging/setLevel", r#"{"level":"shout"}"#).await;
    let refused = refused.expect_err("no such level");
    assert_eq!(refused.peer().map(|error| error.code), Some(-32602));
}

#[tokio::test(start_paused = true)]
async fn a_principal_is_told_of_the_changes_of_its_own_connection_alone() {
    for up in BOTH {
        let behind = Behind::new(up);
        let proxy = behind.proxy().build().expect("a runtime");
        let lone = Lone::new(&proxy).await;
        let wanted = json!({"toolsListChanged": true});
        let mut alice = lone.listen(Some("alice"), wanted.clone()).await;
        let mut bob = lone.listen(Some("bob"), wanted).await;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        let touch = json!({"name": "touch", "arguments": {}});
        let touched = lone.ask_with(Some("alice"), "tools/call", touch, json!({})).await;
        assert_eq!(text_of(&touched), "touched", "{touched}");
        assert_eq!(alice.next().await["method"], "notifications/tools/list_changed", "{up}");
        let silent = tokio::time::timeout(std::time::Duration::from_secs(5), bob.next()).await;
        assert!(silent.is_err(), "{up}: bob heard {silent:?}");
        drop((alice, bob));
        tokio::time::sleep(std::time::Duration::from_secs(400)).await;
        assert_eq!((behind.connections(), proxy.upstreams()), (2, 0), "{up}");
    }
}
