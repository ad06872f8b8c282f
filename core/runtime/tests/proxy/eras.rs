//! Whatever revision a client and its server speak, each sees what the other one has.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use mcp_engine_proto::model::{self, CreateMessageResult, Root, SamplingContent};
use mcp_engine_proto::version::{Era, Version};
use serde_json::json;

use crate::stage::{Behind, ELICITING, ada, ask_raw, client};

#[tokio::test(start_paused = true)]
async fn every_revision_reaches_every_revision() {
    for (up, down) in pairs(&Version::ALL) {
        let behind = Behind::new(up);
        let client = behind.client(client(down)).await;
        assert_eq!(client.version(), down);
        assert_eq!(client.peer().instructions().as_deref(), Some("Be kind."), "{up} {down}");
        let implementation = client.peer().implementation().expect("a name");
        assert!(implementation.contains("behind"), "{implementation}");
        let tools = client.list_tools().await.expect("tools");
        let names: Vec<_> = tools.iter().map(|tool| &*tool.name).collect();
        assert_eq!(names, ["echo", "ask", "sample", "steps", "log", "never", "touch"]);
        let result = client.call_tool("echo", &json!({"text": "hi"})).await.expect("a result");
        assert_eq!((result.text().as_str(), result.is_error()), ("hi", false), "{up} {down}");
        assert_eq!(client.list_prompts().await.expect("prompts")[0].name, "greet");
        assert_eq!(client.get_prompt("greet", []).await.expect("a prompt").messages.len(), 1);
        assert_eq!(client.list_resources().await.expect("resources")[0].uri, "notes://today");
        let read = client.read_resource("notes://today").await.expect("a resource");
        assert_eq!(read.contents.len(), 1);
        assert_eq!(behind.connections(), 1, "what was learned is used");
    }
}

#[tokio::test(start_paused = true)]
async fn errors_are_those_of_the_server_in_the_code_of_the_client() {
    for (up, down) in pairs(&Version::ALL) {
        let client = Behind::new(up).client(client(down)).await;
        let code = |error: mcp_engine_runtime::Error| error.peer().map(|error| error.code);
        let none = client.call_tool("none", &json!({})).await.expect_err("no such tool");
        assert_eq!(code(none), Some(-32602));
        let gone = client.read_resource("notes://gone").await.expect_err("no such resource");
        let is_old = up.era() == Era::Legacy && down.era() == Era::Legacy;
        assert_eq!(code(gone), Some(if is_old { -32002 } else { -32602 }), "{up} {down}");
        let unknown = ask_raw(&client, "vendor/unknown", "{}").await.expect_err("no such method");
        assert_eq!(code(unknown), Some(-32601), "{up} {down}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_user_is_asked_in_the_way_of_the_client() {
    for (up, down) in pairs(&ELICITING) {
        let client = Behind::new(up).client(ada(down)).await;
        let result = client.call_tool("ask", &json!({})).await.expect("a result");
        assert_eq!(result.text(), "Hello Ada Lovelace", "{up} {down}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_model_and_the_roots_are_asked_for_in_the_way_of_the_client() {
    for (up, down) in pairs(&Version::ALL) {
        let client = client(down).roots([Root::new("file:///work")]).sampling(|_| async {
            let content = SamplingContent::text("42");
            Ok(CreateMessageResult::new(model::Role::Assistant, content, "deep-thought"))
        });
        let client = Behind::new(up).client(client).await;
        let result = client.call_tool("sample", &json!({})).await.expect("a result");
        assert_eq!(result.text(), "deep-thought 1", "{up} {down}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_is_told_what_the_client_can_do_and_no_more() {
    for (up, down) in pairs(&ELICITING) {
        let client = Behind::new(up).client(client(down)).await;
        let refused = client.call_tool("ask", &json!({})).await.expect_err("nobody can be asked");
        assert!(refused.to_string().contains("capability"), "{refused}");
    }
}

#[tokio::test(start_paused = true)]
async fn progress_is_told_to_whoever_asked_and_gives_time() {
    for (up, down) in pairs(&Version::ALL) {
        let client = Behind::new(up).client(client(down)).await;
        let heard = Arc::new(Mutex::new(Vec::new()));
        let listener = Arc::clone(&heard);
        let call = client.call_tool("steps", &json!({}));
        let call = call.on_progress(move |said| {
            let text = said.message.map(|text| text.decode().into_owned());
            listener.lock().expect("no panic").push((said.progress, said.total, text));
        });
        assert_eq!(call.await.expect("a result").text(), "done", "{up} {down}");
        let is_first = up == Version::V2024_11_05 || down == Version::V2024_11_05;
        let text = (!is_first).then(|| "on it".to_owned());
        let expected = [1.0, 2.0, 3.0].map(|step| (step, Some(3.0), text.clone()));
        assert_eq!(*heard.lock().expect("no panic"), expected, "{up} {down}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_cancelled_is_cancelled_at_the_server() {
    for (up, down) in pairs(&Version::ALL) {
        let behind = Behind::new(up);
        let client = behind.client(client(down)).await;
        let patience = std::time::Duration::from_secs(1);
        let call = client.call_tool("never", &json!({})).timeout(patience);
        assert!(call.await.expect_err("it takes too long").is_timeout());
        while behind.dropped.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
    }
}

fn pairs(versions: &[Version]) -> impl Iterator<Item = (Version, Version)> + '_ {
    versions.iter().flat_map(|up| versions.iter().map(|down| (*up, *down)))
}
