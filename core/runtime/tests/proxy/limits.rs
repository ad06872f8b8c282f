//! Every bound of the proxy is reached.

use std::time::Duration;

use mcp_engine_proto::version::Version;
use mcp_engine_runtime::client::Client;
use mcp_engine_runtime::proxy::{Proxy, ProxyLimit, ProxyLimits};
use serde_json::{Value, json};

use crate::stage::{Behind, Lone, client, limited, text_of, through};

fn proxy(change: impl FnOnce(&mut ProxyLimits)) -> (Behind, Proxy) {
    let behind = Behind::new(Version::V2025_11_25);
    let proxy = behind.proxy().limits(limited(change)).build().expect("a runtime");
    (behind, proxy)
}

async fn echo(lone: &Lone, who: Option<&str>, capabilities: Value) -> Value {
    let params = json!({"name": "echo", "arguments": {"text": "hi"}});
    lone.ask_with(who, "tools/call", params, capabilities).await
}

#[tokio::test(start_paused = true)]
async fn a_request_takes_no_longer_than_the_server_is_silent() {
    let (behind, proxy) = proxy(|limits| limits.silence = Duration::from_secs(30));
    let lone = Lone::new(&proxy).await;
    let began = tokio::time::Instant::now();
    let late = lone.call(None, "never").await;
    assert_eq!(late["error"]["code"], -32603, "{late}");
    assert!(late["error"]["message"].as_str().expect("text").contains("silence"), "{late}");
    assert_eq!(began.elapsed().as_secs(), 30);
    assert_eq!(proxy.counters().limit(ProxyLimit::Silence), 1);
    while behind.dropped.load(std::sync::atomic::Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_takes_no_longer_than_the_total_whatever_progress_there_is() {
    let (_behind, proxy) = proxy(|limits| limits.total = Duration::from_secs(100));
    let client = through(&proxy, client(Version::V2026_07_28)).await;
    let steps = client.call_tool("steps", &json!({})).on_progress(|_| {});
    let late = steps.timeout(Duration::from_secs(1000)).await.expect_err("it takes 120 seconds");
    assert!(late.to_string().contains("total"), "{late}");
    assert_eq!(proxy.counters().limit(ProxyLimit::Total), 1);
}

#[tokio::test(start_paused = true)]
async fn requests_that_stand_alone_share_a_connection_for_each_principal_and_declaration() {
    let (behind, proxy) = proxy(|_| {});
    let lone = Lone::new(&proxy).await;
    for (who, capabilities) in [
        (None, json!({})),
        (Some("alice"), json!({})),
        (Some("alice"), json!({"roots": {}})),
        (Some("bob"), json!({})),
    ] {
        for _ in 0..2 {
            assert_eq!(text_of(&echo(&lone, who, capabilities.clone()).await), "hi");
        }
    }
    assert_eq!((behind.connections(), proxy.upstreams()), (4, 4));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_nobody_uses_makes_room_for_another() {
    let (behind, proxy) = proxy(|limits| (limits.upstreams, limits.upstreams_each) = (3, 2));
    let lone = Lone::new(&proxy).await;
    for number in 0..5 {
        let answer = echo(&lone, Some("alice"), json!({"experimental": {"n": number}})).await;
        assert_eq!(text_of(&answer), "hi", "{answer}");
    }
    assert_eq!((behind.connections(), proxy.upstreams()), (6, 2));
    for who in ["bob", "carol", "dave"] {
        assert_eq!(text_of(&echo(&lone, Some(who), json!({})).await), "hi");
    }
    assert_eq!(proxy.upstreams(), 3);
}

#[tokio::test(start_paused = true)]
async fn there_are_so_many_connections_in_use_and_no_more() {
    let (_behind, proxy) = proxy(|limits| (limits.upstreams, limits.upstreams_each) = (2, 1));
    let lone = Lone::new(&proxy).await;
    for who in ["alice", "bob"] {
        let lone = lone.clone();
        tokio::spawn(async move { lone.call(Some(who), "never").await });
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let refused = echo(&lone, Some("alice"), json!({})).await;
    assert_eq!(refused["error"]["code"], -32603, "{refused}");
    let refused = echo(&lone, Some("carol"), json!({})).await;
    assert_eq!(refused["error"]["code"], -32603, "{refused}");
    let counters = proxy.counters();
    assert_eq!(counters.limit(ProxyLimit::UpstreamsEach), 1);
    assert_eq!(counters.limit(ProxyLimit::Upstreams), 1);
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_kept_for_a_while() {
    let (behind, proxy) = proxy(|limits| limits.idle_time = Duration::from_secs(60));
    let lone = Lone::new(&proxy).await;
    let client = through(&proxy, client(Version::V2025_11_25)).await;
    client.call_tool("echo", &json!({"text": "hi"})).await.expect("a result");
    for _ in 0..3 {
        assert_eq!(text_of(&echo(&lone, None, json!({})).await), "hi");
        tokio::time::sleep(Duration::from_secs(40)).await;
    }
    assert_eq!((behind.connections(), proxy.upstreams()), (2, 2));
    tokio::time::sleep(Duration::from_secs(121)).await;
    assert_eq!((proxy.upstreams(), proxy.counters().limit(ProxyLimit::IdleTime)), (1, 1));
    client.call_tool("echo", &json!({"text": "hi"})).await.expect("a session has its own");
    client.close().await;
    while proxy.upstreams() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn connecting_takes_no_longer_than_the_limit() {
    let proxy = Proxy::builder("proxy", "1.0", |_| {
        std::future::pending::<Result<Client, std::io::Error>>()
    });
    let proxy = proxy.limits(limited(|limits| limits.connect_time = Duration::from_secs(5)));
    let proxy = proxy.build().expect("a runtime");
    let late = proxy.server().await.expect_err("it never comes up");
    assert!(late.to_string().contains("connect_time"), "{late}");
    assert_eq!(proxy.counters().limit(ProxyLimit::ConnectTime), 1);
}

#[tokio::test(start_paused = true)]
async fn a_declaration_has_a_bound() {
    let (_behind, proxy) = proxy(|limits| limits.declared_bytes = 50);
    let lone = Lone::new(&proxy).await;
    let long = json!({"experimental": {"x": "y".repeat(50)}});
    let refused = echo(&lone, None, long).await;
    assert_eq!(refused["error"]["code"], -32602, "{refused}");
    assert_eq!(proxy.counters().limit(ProxyLimit::DeclaredBytes), 1);
}

#[tokio::test(start_paused = true)]
async fn calls_that_are_too_many_wait_for_their_turn() {
    let (_behind, proxy) = proxy(|limits| limits.calls = 1);
    let client = through(&proxy, client(Version::V2026_07_28)).await;
    let slow = client.clone();
    let slow = tokio::spawn(async move {
        let call = slow.call_tool("steps", &json!({})).timeout(Duration::from_secs(500));
        call.on_progress(|_| {}).await.map(|result| result.text())
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    let began = tokio::time::Instant::now();
    let patient =
        client.call_tool("echo", &json!({"text": "hi"})).timeout(Duration::from_secs(500));
    assert_eq!(patient.await.expect("a result").text(), "hi");
    assert_eq!(began.elapsed().as_secs(), 119);
    assert_eq!(slow.await.expect("no panic").expect("a result"), "done");
}
