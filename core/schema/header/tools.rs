//! The tables of all tools that a server has listed: what a client that speaks HTTP has to know of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mcp_engine_proto::MessageRef;
use mcp_engine_proto::http::{Param, ParamValue, ToolHeaders};
use mcp_engine_proto::json::Raw;
use mcp_engine_proto::schema::SchemaError;

use super::{HeaderTable, Mirrored};
use crate::limits::Limits;

/// The mirrored parameters of the tools of one server, learned from its answers to `tools/list`.
///
/// ```
/// use mcp_engine_proto::BodyDecoder;
/// use mcp_engine_proto::http::ToolHeaders;
/// use mcp_engine_schema::{HeaderTables, Limits};
///
/// let mut decoder = BodyDecoder::default();
/// decoder.feed(br#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"query","inputSchema":
///     {"type":"object","properties":{"rows":{"type":"array","x-mcp-header":"Rows"}}}}]}}"#)?;
/// decoder.end();
/// let answer = decoder.poll().unwrap()?;
/// let tables = HeaderTables::new(Limits::default());
/// tables.listed(answer.as_ref());
/// assert!(tables.refusal("query").is_some(), "an array cannot be mirrored: the tool is not to be called");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct HeaderTables {
    limits: Limits,
    /// Those that mirror something, or should not have been listed.
    tools: Mutex<HashMap<String, Found>>,
}

/// What the schema of a tool says.
type Found = Result<Arc<HeaderTable>, SchemaError>;

impl HeaderTables {
    /// Nothing is known yet. Of the limits, [`Limits::header_tools`] and those of a [`HeaderTable`] count.
    pub fn new(limits: Limits) -> Self {
        Self { limits, tools: Mutex::default() }
    }

    /// Why a tool is to be left out of the list, and not to be called over HTTP (MCP 2026-07-28, custom headers); none when it may be
    /// called.
    pub fn refusal(&self, tool: &str) -> Option<SchemaError> {
        self.tools().get(tool)?.as_ref().err().cloned()
    }

    /// The table of a tool, when it mirrors something.
    pub fn table(&self, tool: &str) -> Option<Arc<HeaderTable>> {
        self.tools().get(tool)?.as_ref().ok().cloned()
    }

    fn learn(&self, tool: Raw<'_>) {
        let (Some(name), Some(schema)) =
            (tool.get("name").and_then(Raw::string), tool.get("inputSchema"))
        else {
            return;
        };
        let (name, found) = (name.decode(), HeaderTable::of(schema, &self.limits));
        let mut tools = self.tools();
        if found.as_ref().is_ok_and(HeaderTable::is_empty) {
            tools.remove(&*name);
        } else if tools.contains_key(&*name) || tools.len() < self.limits.header_tools as usize {
            tools.insert(name.into_owned(), found.map(Arc::new));
        }
    }

    fn tools(&self) -> MutexGuard<'_, HashMap<String, Found>> {
        self.tools.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ToolHeaders for HeaderTables {
    fn listed(&self, answer: MessageRef<'_>) {
        let tools = answer.result().and_then(|result| result.get("tools")?.elements());
        tools.into_iter().flatten().for_each(|tool| self.learn(tool));
    }

    fn of_call(&self, call: MessageRef<'_>, see: &mut dyn FnMut(&[Param<'_>])) {
        let Some(params) = call.call_params() else { return };
        let Some(table) = self.table(&params.name.decode()) else { return };
        let value = |one: &Mirrored| match params.arguments {
            Some(arguments) => ParamValue::new(one.find(arguments)),
            None => ParamValue::Absent,
        };
        let params: Vec<_> =
            table.iter().map(|one| Param { header: one.name(), value: value(one) }).collect();
        see(&params);
    }
}

#[cfg(test)]
mod tests {
    use mcp_engine_proto::{BodyDecoder, Message};

    use super::*;

    fn message(text: &str) -> Message {
        let mut decoder = BodyDecoder::default();
        decoder.feed(text.as_bytes()).unwrap();
        decoder.end();
        decoder.poll().unwrap().unwrap()
    }

    fn listed(tables: &HeaderTables, tools: &str) {
        let answer = format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{"tools":[{tools}]}}}}"#);
        tables.listed(message(&answer).as_ref());
    }

    fn headers(tables: &HeaderTables, params: &str) -> Vec<String> {
        let call = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{params}}}"#);
        let (call, mut seen) = (message(&call), Vec::new());
        tables.of_call(call.as_ref(), &mut |params| {
            mcp_engine_proto::http::mirror(call.as_ref(), params, |name, value| {
                if let Some(name) = name.strip_prefix("mcp-param-") {
                    seen.push(format!("{name}: {value}"));
                }
            })
            .unwrap();
        });
        seen
    }

    const QUERY: &str = r#"{"name":"query","inputSchema":{"type":"object","properties":{
        "region":{"type":"string","x-mcp-header":"Region"},
        "page":{"type":"object","properties":{"size":{"type":"integer","x-mcp-header":"Size"}}}}}}"#;

    #[test]
    fn the_arguments_of_a_listed_tool_are_repeated() {
        let tables = HeaderTables::new(Limits::default());
        let call = r#"{"name":"query","arguments":{"region":"é","page":{"size":50}}}"#;
        assert_eq!(headers(&tables, call), [""; 0], "nothing was listed yet");
        listed(&tables, QUERY);
        assert_eq!(headers(&tables, call), ["Region: =?base64?w6k=?=", "Size: 50"]);
        assert_eq!(headers(&tables, r#"{"name":"query","arguments":{"region":null}}"#), [""; 0]);
        assert_eq!(headers(&tables, r#"{"name":"query"}"#), [""; 0]);
        assert_eq!(headers(&tables, r#"{"name":"other","arguments":{"region":"x"}}"#), [""; 0]);
    }

    #[test]
    fn a_tool_that_is_listed_otherwise_later_is_known_otherwise() {
        let tables = HeaderTables::new(Limits::default());
        listed(&tables, QUERY);
        listed(&tables, r#"{"name":"query","inputSchema":{"type":"object"}}"#);
        assert!(tables.table("query").is_none());
        let wrong = r#"{"properties":{"a":{"type":"number","x-mcp-header":"A"}}}"#;
        listed(&tables, &format!(r#"{{"name":"query","inputSchema":{wrong}}}"#));
        assert!(tables.refusal("query").is_some());
        listed(&tables, QUERY);
        assert!(tables.refusal("query").is_none() && tables.table("query").is_some());
    }

    #[test]
    fn what_is_no_list_of_tools_teaches_nothing() {
        let tables = HeaderTables::new(Limits::default());
        for tools in ["5", r#"{"name":"a"}"#, r#"{"name":5,"inputSchema":{}}"#, "[]"] {
            listed(&tables, tools);
        }
        assert!(tables.tools().is_empty());
    }

    #[test]
    fn no_more_tools_are_remembered_than_the_limit_allows() {
        let tables = HeaderTables::new(Limits { header_tools: 1, ..Limits::default() });
        listed(&tables, QUERY);
        listed(&tables, &QUERY.replace(r#""query""#, r#""second""#));
        assert!(tables.table("query").is_some() && tables.table("second").is_none());
    }
}
