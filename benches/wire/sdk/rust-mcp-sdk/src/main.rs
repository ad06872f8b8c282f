//! An echo server with rust-mcp-sdk, as its documentation has it. It speaks 2026-07-28 only.

use std::sync::Arc;

use async_trait::async_trait;
use rust_mcp_sdk::error::SdkResult;
use rust_mcp_sdk::mcp_server::{McpServerOptions, ServerHandler, server_runtime};
use rust_mcp_sdk::schema::{
    CallToolError, CallToolRequestParams, CallToolResult, ContentBlock, Implementation,
    ListToolsResult, ListToolsResultCacheScope, PaginatedRequestParams, RpcError,
    ServerCapabilities, ServerCapabilitiesTools, ServerResult, TextContent,
};
use rust_mcp_sdk::{
    McpServer, RequestContext, ServerDetails, StdioTransport, ToMcpServerHandler, TransportOptions,
    macros,
};

/// What is said.
#[macros::mcp_tool(name = "echo", description = "Says it back.")]
#[derive(Debug, serde::Deserialize, serde::Serialize, macros::JsonSchema)]
struct Echo {
    /// What to say.
    text: String,
}

#[derive(Default)]
struct Handler;

#[async_trait]
impl ServerHandler for Handler {
    async fn handle_list_tools_request(
        &self,
        _: Option<PaginatedRequestParams>,
        _: &RequestContext,
        _: Arc<dyn McpServer>,
    ) -> Result<ListToolsResult, RpcError> {
        Ok(ListToolsResult {
            tools: vec![Echo::tool()],
            meta: None,
            next_cursor: None,
            cache_scope: ListToolsResultCacheScope::Private,
            result_type: "complete".to_owned(),
            ttl_ms: 0,
        })
    }

    async fn handle_call_tool_request(
        &self,
        params: CallToolRequestParams,
        _: &RequestContext,
        _: Arc<dyn McpServer>,
    ) -> Result<ServerResult, CallToolError> {
        let arguments = serde_json::Value::Object(params.arguments.unwrap_or_default());
        let Echo { text } = serde_json::from_value(arguments).map_err(CallToolError::new)?;
        Ok(ServerResult::CallToolResult(CallToolResult {
            content: vec![ContentBlock::TextContent(TextContent::new(text, None, None))],
            is_error: None,
            meta: None,
            result_type: "complete".to_owned(),
            structured_content: None,
        }))
    }
}

#[tokio::main]
async fn main() -> SdkResult<()> {
    let server_details = ServerDetails {
        server_info: Implementation {
            name: "echo".into(),
            version: "1.0".into(),
            title: None,
            description: None,
            icons: Vec::new(),
            website_url: None,
        },
        capabilities: ServerCapabilities {
            tools: Some(ServerCapabilitiesTools { list_changed: None }),
            ..ServerCapabilities::default()
        },
        instructions: None,
        meta: None,
    };
    let server = server_runtime::create_server(McpServerOptions {
        server_details,
        transport: StdioTransport::new(TransportOptions::default())?,
        handler: Handler.to_mcp_server_handler(),
        message_observer: None,
    });
    server.start().await
}
