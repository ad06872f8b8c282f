//! A client that calls `fastecho` for a while. `rmcp-client FASTECHO CORE BYTES WINDOW MILLIS`

use std::error::Error;
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use rmcp::model::CallToolRequestParams;
use rmcp::service::{Peer, RoleClient, ServiceError};
use rmcp::transport::TokioChildProcess;
use rmcp::{ServiceExt, serde_json};
use tokio::process::Command;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [fastecho, core, bytes, window, millis] = &arguments[..] else {
        return Err("usage: rmcp-client FASTECHO CORE BYTES WINDOW MILLIS".into());
    };
    let text = "x".repeat(bytes.parse()?);
    let (window, millis) = (window.parse()?, millis.parse()?);
    let mut command = Command::new(fastecho);
    command.args(["--core", core]);
    let client = ().serve(TokioChildProcess::new(command)?).await?;
    call(client.peer(), &text, window, millis / 4).await?;
    let (began, used) = (Instant::now(), ProcessTime::now());
    let calls = call(client.peer(), &text, window, millis).await?;
    println!("{calls} {} {}", began.elapsed().as_secs_f64(), used.elapsed().as_secs_f64());
    client.cancel().await?;
    Ok(())
}

async fn call(
    client: &Peer<RoleClient>,
    text: &str,
    window: usize,
    millis: u64,
) -> Result<u64, Box<dyn Error>> {
    let until = Instant::now() + Duration::from_millis(millis);
    let callers: Vec<_> = (0..window)
        .map(|_| {
            let (client, text) = (client.clone(), text.to_owned());
            tokio::spawn(async move {
                let mut calls = 0;
                while Instant::now() < until {
                    let arguments =
                        serde_json::Map::from_iter([("text".to_owned(), text.as_str().into())]);
                    client
                        .call_tool(CallToolRequestParams::new("echo").with_arguments(arguments))
                        .await?;
                    calls += 1;
                }
                Ok::<u64, ServiceError>(calls)
            })
        })
        .collect();
    let mut calls = 0;
    for caller in callers {
        calls += caller.await??;
    }
    Ok(calls)
}
