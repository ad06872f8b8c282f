//! rmcp's client and server over its in-memory duplex, on one thread.

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ServerCapabilities,
};
use rmcp::service::{RequestContext, RoleClient, RoleServer, RunningService};
use rmcp::{ErrorData, ServerHandler, ServiceExt};
use tokio::runtime::{Builder, Runtime};

/// A server with one tool, and its client.
pub(crate) struct RmcpTurns {
    runtime: Runtime,
    client: RunningService<RoleClient, ()>,
}

struct Echo;

impl ServerHandler for Echo {
    fn get_info(&self) -> rmcp::model::ServerConfig {
        rmcp::model::ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn call_tool(
        &self,
        _request: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        Ok(CallToolResult::success(vec![ContentBlock::text(crate::ours::ANSWER)]).into())
    }
}

impl RmcpTurns {
    pub(crate) fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let client = runtime.block_on(async {
            let (near, far) = tokio::io::duplex(64 << 10);
            tokio::spawn(async move {
                let server = Echo.serve(far).await.expect("a handshake");
                server.waiting().await
            });
            ().serve(near).await.expect("a handshake")
        });
        Self { runtime, client }
    }

    /// Makes that many calls, one after the other, and counts the answers.
    pub(crate) fn calls(&mut self, calls: usize) -> u64 {
        let client = &self.client;
        self.runtime.block_on(async {
            let mut answers = 0;
            for _ in 0..calls {
                let mut params = CallToolRequestParams::new("echo");
                params.arguments = serde_json::json!({"text": "hello"}).as_object().cloned();
                let result = client.call_tool(params).await.expect("an answer");
                answers += u64::from(result.is_error != Some(true));
            }
            answers
        })
    }
}
