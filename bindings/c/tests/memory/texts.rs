//! What is said.

use std::fmt::Write as _;

pub(super) fn line(text: &str) -> Vec<u8> {
    format!("{text}\n").into_bytes()
}

pub(super) fn ping(id: usize) -> String {
    format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"ping\"}}")
}

/// A call whose argument is a text, or the object that it is.
pub(super) fn call(id: usize, argument: &str) -> String {
    let value =
        if argument.starts_with('{') { argument.to_owned() } else { format!("\"{argument}\"") };
    format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"tools/call\",\"params\":{{\"name\":\"x\",\"arguments\":{{\"a\":{value}}}}}}}"
    )
}

pub(super) fn modern(method: &str, value: &str) -> String {
    let meta = "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io.modelcontextprotocol/clientCapabilities\":{},\"io.modelcontextprotocol/clientInfo\":{\"name\":\"x\",\"version\":\"1\"},\"io.modelcontextprotocol/logLevel\":\"debug\",\"progressToken\":1}";
    format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"{method}\",\"params\":{{\"name\":\"x\",\"arguments\":{{\"a\":{value}}},\"notifications\":{value},{meta}}}}}"
    )
}

pub(super) fn long(len: usize) -> String {
    "abcdefghij".repeat(len.div_ceil(10))
}

pub(super) fn list(count: usize, each: impl Fn(usize) -> String) -> String {
    (0..count).map(each).collect::<Vec<_>>().join(",")
}

/// An object with so many members.
pub(super) fn keys(count: usize) -> String {
    let mut object = String::from("{");
    for at in 0..count {
        let comma = if at == 0 { "" } else { "," };
        write!(object, "{comma}\"key_{at}\":{at}").expect("text");
    }
    object + "}"
}

/// Objects inside of one another, with so many members each.
pub(super) fn nested(depth: usize, members: usize) -> String {
    (0..depth).fold("{}".to_owned(), |inner, _| {
        let members = list(members, |at| format!("\"k{at}\":{at}"));
        format!("{{{members},\"in\":{inner}}}")
    })
}
