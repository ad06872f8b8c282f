//! A client that calls `fastecho` for a while. `ours-client FASTECHO CORE BYTES WINDOW MILLIS`

use std::error::Error;
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use mcp_engine::Limits;
use mcp_engine::client::Client;
use mcp_engine::transport::{ByteStream, Command};

/// The arguments of `echo`.
#[derive(serde::Serialize)]
struct Echo<'a> {
    text: &'a str,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [fastecho, core, bytes, window, millis] = &arguments[..] else {
        return Err("usage: ours-client FASTECHO CORE BYTES WINDOW MILLIS".into());
    };
    let text = "x".repeat(bytes.parse()?);
    let (window, millis) = (window.parse()?, millis.parse()?);
    let (stream, child) = Command::new(fastecho).args(["--core", core]).spawn()?;
    let client =
        Client::builder("wire", "0").connect(ByteStream::new(stream, &Limits::default())).await?;
    call(&client, &text, window, millis / 4).await?;
    let (began, used) = (Instant::now(), ProcessTime::now());
    let calls = call(&client, &text, window, millis).await?;
    println!("{calls} {} {}", began.elapsed().as_secs_f64(), used.elapsed().as_secs_f64());
    drop(client);
    child.shutdown().await?;
    Ok(())
}

async fn call(
    client: &Client,
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
                    client.call_tool("echo", &Echo { text: &text }).await?;
                    calls += 1;
                }
                Ok::<u64, mcp_engine::server::Error>(calls)
            })
        })
        .collect();
    let mut calls = 0;
    for caller in callers {
        calls += caller.await??;
    }
    Ok(calls)
}
