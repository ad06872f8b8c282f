//! Servers that die, never come up, or do not behave.

use std::io;

use mcp_engine_proto::version::Version;
use mcp_engine_proto::{Limits, Method};
use mcp_engine_runtime::client::Client;
use mcp_engine_runtime::proxy::{Proxy, ProxyLimit};
use mcp_engine_runtime::transport::{ByteStream, Memory};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use crate::stage::{Behind, Heard, Lone, client, limited, serving, text_of, through};

#[tokio::test(start_paused = true)]
async fn a_session_ends_with_its_server_and_what_is_in_flight_is_told() {
    for up in [Version::V2025_11_25, Version::V2026_07_28] {
        let behind = Behind::new(up);
        let proxy = behind.proxy().build().expect("a runtime");
        let (client, serving) = serving(&proxy, client(Version::V2025_11_25)).await;
        client.call_tool("echo", &json!({"text": "hi"})).await.expect("a result");
        let (pending, dying) = (client.clone(), behind.clone());
        let pending =
            tokio::spawn(async move { pending.call_tool("never", &json!({})).await.map(drop) });
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        dying.die();
        let told = pending.await.expect("no panic").expect_err("the server is gone");
        assert_eq!(told.peer().map(|error| error.code), Some(-32603), "{told}");
        let ended = serving.await.expect("no panic").expect_err("it was not the client's doing");
        assert!(ended.to_string().contains("gone"), "{ended}");
        assert_eq!(proxy.upstreams(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn requests_that_stand_alone_find_a_server_that_is_connected_anew() {
    let behind = Behind::new(Version::V2025_11_25);
    let proxy = behind.proxy().build().expect("a runtime");
    let lone = Lone::new(&proxy).await;
    let client = through(&proxy, client(Version::V2026_07_28)).await;
    for round in 0..3 {
        assert_eq!(text_of(&lone.call(None, "echo").await), "hi", "round {round}");
        let called = client.call_tool("echo", &json!({"text": "ho"})).await.expect("a result");
        assert_eq!(called.text(), "ho", "round {round}");
        behind.die();
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_server_dies_while_it_is_parked_is_told_so() {
    let behind = Behind::new(Version::V2025_11_25);
    let lone = Lone::new(&behind.proxy().build().expect("a runtime")).await;
    let asked = lone.call(None, "ask").await;
    behind.die();
    let gone = lone.come_again(None, "ask", &asked).await;
    assert_eq!(gone["error"]["code"], -32603, "{gone}");
    assert_eq!(text_of(&lone.call(None, "echo").await), "hi");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_come_up_is_told_and_left_alone_for_a_while() {
    let attempts = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let (counter, behind) = (std::sync::Arc::clone(&attempts), Behind::new(Version::LATEST));
    let up = behind.proxy().build().expect("a runtime").server().await.expect("it comes up");
    drop(up);
    let proxy = Proxy::builder("proxy", "1.0", move |_| {
        counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        std::future::ready(Err::<Client, _>(io::Error::other("no such luck")))
    });
    let proxy = proxy.build().expect("a runtime");
    let refused = proxy.server().await.expect_err("it does not come up");
    assert!(refused.to_string().contains("no such luck"), "{refused}");
    let (near, far) = Memory::pair(1 << 10);
    let serving =
        tokio::spawn(async move { proxy.serve(ByteStream::new(far, &Limits::default())).await });
    let client = Client::builder("test", "1.0").connect(ByteStream::new(near, &Limits::default()));
    assert!(client.await.expect_err("nobody is there").is_closed());
    let refused = serving.await.expect("no panic").expect_err("it does not come up");
    assert!(refused.to_string().contains("no such luck"), "{refused}");
    assert_eq!(attempts.load(std::sync::atomic::Ordering::SeqCst), 2);
}

/// A server of the legacy era that plays a part: it gets each request, and writes what it wants.
fn playing(
    play: impl Fn(&Value) -> Vec<String> + Clone + Send + Sync + 'static,
) -> mcp_engine_runtime::proxy::ProxyBuilder {
    Proxy::builder("proxy", "1.0", move |upstream| {
        let ((near, far), play) = (Memory::pair(1 << 16), play.clone());
        tokio::spawn(async move {
            let (read, mut write) = tokio::io::split(far);
            let mut lines = BufReader::new(read).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                let said: Value = serde_json::from_str(&line).expect("JSON");
                for line in answers(&said).unwrap_or_else(|| play(&said)) {
                    write.write_all(line.as_bytes()).await.expect("open");
                    write.write_all(b"\n").await.expect("open");
                }
            }
        });
        upstream.connect(ByteStream::new(near, &Limits::default()))
    })
}

fn answers(said: &Value) -> Option<Vec<String>> {
    let id = &said["id"];
    let answer = match said["method"].as_str()? {
        "server/discover" => {
            json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32601, "message": ""}})
        }
        "initialize" => json!({"jsonrpc": "2.0", "id": id, "result": {
            "protocolVersion": "2025-11-25", "serverInfo": {"name": "played", "version": "0"},
            "capabilities": {"tools": {}, "logging": {}},
        }}),
        "notifications/initialized" => return Some(vec![]),
        _ => return None,
    };
    Some(vec![answer.to_string()])
}

fn result(said: &Value, text: &str) -> String {
    let content = json!([{"type": "text", "text": text}]);
    json!({"jsonrpc": "2.0", "id": said["id"], "result": {"content": content}}).to_string()
}

#[tokio::test(start_paused = true)]
async fn what_a_server_writes_is_not_trusted() {
    let proxy = playing(|said| {
        if said["method"] != "tools/call" {
            return vec![];
        }
        vec![
            "no JSON at all".into(),
            r#"{"jsonrpc":"2.0","id":"nobody's","result":{}}"#.into(),
            r#"{"jsonrpc":"2.0","id":99999,"result":{}}"#.into(),
            r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"shout","data":1}}"#.into(),
            r#"{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":5}}"#.into(),
            r#"{"jsonrpc":"2.0","id":7,"method":"elicitation/create","params":{"message":"Your password?"}}"#.into(),
            r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":2,"progress":-1e999}}"#.into(),
            r#"{"jsonrpc":"2.0","id":8,"method":"vendor/exec","params":{}}"#.into(),
            result(said, "\u{1b}[2J"),
            result(said, "twice"),
        ]
    });
    let lone = Lone::new(&proxy.build().expect("a runtime")).await;
    for _ in 0..3 {
        let answer = lone.ask_with(None, "tools/call", json!({"name": "any"}), json!({})).await;
        assert_eq!(text_of(&answer), "\u{1b}[2J", "{answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_has_so_many_questions_and_no_more() {
    let (refused, mut refusals) = tokio::sync::mpsc::channel(64);
    let proxy = playing(move |said| {
        if said["method"] != "tools/call" {
            if said["error"]["code"] == -32603 {
                refused.try_send(said["id"].as_i64()).expect("room");
            }
            return vec![];
        }
        let ask = |id: i64| {
            let params =
                json!({"message": "?", "requestedSchema": {"type": "object", "properties": {}}});
            json!({"jsonrpc": "2.0", "id": id, "method": "elicitation/create", "params": params})
        };
        (0..5).map(|id| ask(id).to_string()).collect()
    });
    let proxy = proxy.limits(limited(|limits| limits.questions = 3)).build().expect("a runtime");
    let lone = Lone::new(&proxy).await;
    let asked = lone.call(None, "any").await;
    assert!(asked["result"]["inputRequests"].is_object(), "{asked}");
    assert_eq!([refusals.recv().await, refusals.recv().await], [Some(Some(3)), Some(Some(4))]);
    assert_eq!(proxy.counters().limit(ProxyLimit::Questions), 2);
}

#[tokio::test(start_paused = true)]
async fn a_legacy_server_cannot_pass_for_a_modern_one() {
    for result in [
        r#"{"resultType":"input_required","inputRequests":{"k":{"method":"roots/list"}}}"#,
        r#"{"resultType":"task","taskId":"t"}"#,
        r#"{"resultType":5}"#,
    ] {
        let proxy = playing(move |said| {
            vec![format!(r#"{{"jsonrpc":"2.0","id":{},"result":{result}}}"#, said["id"])]
        });
        let lone = Lone::new(&proxy.build().expect("a runtime")).await;
        let refused = lone.call(None, "any").await;
        assert_eq!(refused["error"]["code"], -32603, "{refused}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_message_that_belongs_to_no_request_reaches_a_session() {
    let proxy = playing(|said| {
        match said["method"].as_str() {
        Some("tools/call") => vec![
            result(said, "done"),
            r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"error","data":"behind"}}"#.into(),
        ],
        _ => vec![],
    }
    });
    let (proxy, heard) = (proxy.build().expect("a runtime"), Heard::default());
    let client = through(&proxy, heard.by(client(Version::V2025_11_25))).await;
    client.call_tool("any", &json!({})).await.expect("a result");
    assert_eq!(heard.await_some(1).await, [Method::LoggingMessage]);
}
