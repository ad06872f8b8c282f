//! The proxy as a user runs it: processes before processes, over every transport.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_mcp-engine");
const LEGACY: &[&str] = &["--", PROGRAM, "serve", "--stdio", "--revision", "2025-11-25"];
const MODERN: &[&str] = &["--", PROGRAM, "serve", "--stdio", "--revision", "2026-07-28"];

/// A program that listens. It ends with this.
struct Listening {
    child: Child,
    address: String,
}

impl Listening {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(PROGRAM);
        let mut child = command.args(arguments).stderr(Stdio::piped()).spawn().expect("it starts");
        let stderr = BufReader::new(child.stderr.take().expect("piped"));
        let line = stderr.lines().next().expect("a line").expect("UTF-8");
        let address = line.split_whitespace().last().expect("an address").to_owned();
        Self { child, address }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).output().expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

#[test]
fn a_server_of_either_era_is_served_again_on_every_transport() {
    for server in [LEGACY, MODERN] {
        for kind in ["http", "ws", "unix", "tcp"] {
            let path =
                std::env::temp_dir().join(format!("mcp-engine-proxy-{}", std::process::id()));
            let place = if kind == "unix" { path.to_str().expect("UTF-8") } else { "127.0.0.1:0" };
            let front = format!("--{kind}");
            let proxy = Listening::start(&[&["proxy", &front, place][..], server].concat());
            for said in ["one", "two"] {
                let echo = run(&["call", "echo", "-a", &format!("text={said}"), &proxy.address]);
                assert_eq!(text(&echo.stdout).trim_end(), said, "{}", text(&echo.stderr));
            }
            let listed = run(&["list", "--json", &proxy.address]);
            let listed: Value = serde_json::from_slice(&listed.stdout).expect("JSON");
            assert_eq!(listed["version"], "2026-07-28", "the proxy speaks the newest revision");
            assert_eq!(listed["server"]["name"], "mcp-engine everything");
        }
    }
}

#[test]
fn a_proxy_reaches_a_server_over_every_transport() {
    for kind in ["http", "ws", "tcp"] {
        let server = Listening::start(&[
            "serve",
            &format!("--{kind}"),
            "127.0.0.1:0",
            "--revision",
            "2025-06-18",
        ]);
        let proxy = ["--", PROGRAM, "proxy", &server.address];
        let echo = run(&[&["call", "echo", "-a", "text=hi"][..], &proxy].concat());
        assert_eq!(text(&echo.stdout), "hi\n", "{kind}: {}", text(&echo.stderr));
    }
}

#[test]
fn the_headers_that_repeat_arguments_are_learned_when_a_server_misses_them() {
    let server = Listening::start(&["serve", "--http", "127.0.0.1:0"]);
    let proxy = ["--", PROGRAM, "proxy", &server.address];
    let call = run(&[&["call", "test_region_header", "-a", "region=eu"][..], &proxy].concat());
    assert_eq!(call.status.code(), Some(0), "{}", text(&call.stderr));
    assert!(text(&call.stdout).contains("eu"), "{}", text(&call.stdout));
}

/// Talks to a program in lines.
struct Talk {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Talk {
    fn start(server: &[&str]) -> Self {
        let mut command = Command::new(PROGRAM);
        command.arg("proxy").args(server);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self { child, lines }
    }

    fn say(&mut self, message: &Value) {
        let stdin = self.child.stdin.as_mut().expect("piped");
        writeln!(stdin, "{message}").expect("open");
    }

    fn hear(&mut self) -> Value {
        let line = self.lines.next().expect("a line").expect("UTF-8");
        serde_json::from_str(&line).expect("JSON")
    }

    fn initialize(&mut self, capabilities: Value) {
        let params = json!({
            "protocolVersion": "2025-11-25", "capabilities": capabilities,
            "clientInfo": {"name": "test", "version": "1"},
        });
        self.say(&json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}));
        assert_eq!(self.hear()["result"]["serverInfo"]["name"], "mcp-engine everything");
        self.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    }

    /// Ends the conversation, and hears with which code and with what on standard error the program ends.
    fn end(mut self) -> (Option<i32>, String) {
        drop(self.child.stdin.take());
        let status = self.child.wait().expect("it ends");
        let mut said = vec![0; 1 << 16];
        let read = self.child.stderr.take().expect("piped").read(&mut said).expect("open");
        (status.code(), text(&said[..read]))
    }
}

#[test]
fn a_legacy_client_is_asked_what_a_server_of_either_era_wants_to_know() {
    for server in [LEGACY, MODERN] {
        let mut talk = Talk::start(server);
        talk.initialize(json!({"elicitation": {}}));
        let params = json!({"name": "test_input_required_result_elicitation", "arguments": {}});
        talk.say(&json!({"jsonrpc": "2.0", "id": "c", "method": "tools/call", "params": params}));
        let asked = talk.hear();
        assert_eq!(asked["method"], "elicitation/create", "{asked}");
        let result = json!({"action": "accept", "content": {"name": "Ada"}});
        talk.say(&json!({"jsonrpc": "2.0", "id": asked["id"], "result": result}));
        let answer = talk.hear();
        assert_eq!(answer["id"], "c");
        assert_eq!(answer["result"]["content"][0]["text"], "Hello, Ada!", "{answer}");
        assert_eq!(talk.end(), (Some(0), String::new()));
    }
}

#[test]
fn progress_comes_with_the_token_of_the_client() {
    for server in [LEGACY, MODERN] {
        let mut talk = Talk::start(server);
        talk.initialize(json!({}));
        let params = json!({
            "name": "count", "arguments": {"to": 2}, "_meta": {"progressToken": "mine"},
        });
        talk.say(&json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}));
        for number in [1.0, 2.0] {
            let said = talk.hear();
            assert_eq!(said["params"]["progressToken"], "mine", "{said}");
            assert_eq!(said["params"]["progress"].as_f64(), Some(number));
        }
        assert_eq!(talk.hear()["result"]["content"][0]["text"], "Counted to 2.");
    }
}

#[test]
fn the_proxy_ends_with_a_server_that_dies() {
    let mut talk = Talk::start(&["--", "sh", "-c", DYING]);
    let params = json!({
        "protocolVersion": "2025-11-25", "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    });
    talk.say(&json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}));
    assert_eq!(talk.hear()["result"]["serverInfo"]["name"], "dying");
    talk.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    talk.say(&json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}));
    assert_eq!(talk.hear()["error"]["code"], -32603);
    assert!(talk.lines.next().is_none(), "nothing comes behind that");
    let (code, said) = talk.end();
    assert_eq!(code, Some(2));
    assert!(said.contains("the server is gone"), "{said}");
}

/// A server that answers the handshake and dies with the first request.
const DYING: &str = r#"
read probe; echo '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}'
read hello; echo '{"jsonrpc":"2.0","id":2,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"dying","version":"0"}}}'
read ready; read request; exit 1"#;

#[test]
fn a_server_that_does_not_come_up_is_told_with_what_it_said() {
    let mut talk = Talk::start(&["--", "sh", "-c", "echo no such luck >&2; exit 3"]);
    talk.say(&json!({"jsonrpc": "2.0", "id": 0, "method": "ping"}));
    assert!(talk.lines.next().is_none());
    let (code, said) = talk.end();
    assert_eq!(code, Some(2));
    assert!(said.contains("no such luck"), "{said}");
    let nothing = run(&["proxy"]);
    assert_eq!(nothing.status.code(), Some(2));
    assert!(text(&nothing.stderr).contains("server"), "{}", text(&nothing.stderr));
}
