//! Tools that say something while they work: progress, log messages, changes.

use std::time::Duration;

use mcp_engine_proto::LoggingLevel;
use mcp_engine_proto::connection::Change;
use mcp_engine_proto::model::Json;
use mcp_engine_runtime::server::{Arguments, Changes, ServerBuilder, Tool};
use mcp_engine_runtime::{Answer, Context, Error};
use tokio::time::sleep;

use super::{NOTHING, tool};

pub(super) fn add(server: ServerBuilder, changes: &Changes) -> Result<ServerBuilder, Error> {
    Ok(server
        .tool(progressing()?)
        .tool(counting()?)
        .tool(sleeping()?)
        .tool(reconnecting()?)
        .tool(logging("test_tool_with_logging", Duration::from_millis(50))?)
        .tool(logging("test_logging_tool", Duration::ZERO)?)
        .tool(changing("test_trigger_tool_change", changes, Change::Tools)?)
        .tool(changing("test_trigger_prompt_change", changes, Change::Prompts)?))
}

fn progressing() -> Result<Tool, Error> {
    let definition = tool("test_tool_with_progress", "Tells how far it is.", NOTHING)?;
    Ok(Tool::new(definition, |request, responder| {
        let context = request.context().clone();
        responder.later(async move {
            for percent in [0.0, 50.0, 100.0] {
                report(&context, percent, 100.0);
                sleep(Duration::from_millis(50)).await;
            }
            Answer::text("The work is done.")
        })
    }))
}

fn counting() -> Result<Tool, Error> {
    const SCHEMA: &str = r#"{"type":"object","properties":{"to":{"type":"integer","minimum":1,"maximum":1000},"ms":{"type":"integer","minimum":0,"maximum":10000,"description":"Milliseconds for each number."}},"required":["to"]}"#;
    Ok(Tool::new(
        tool("count", "Counts, and tells how far it is.", SCHEMA)?,
        |request, responder| {
            let arguments = Arguments::of(&request);
            let (to, ms) = (arguments.get::<u16>("to"), arguments.get::<Option<u16>>("ms"));
            let (to, ms) = match (to, ms) {
                (Ok(to), Ok(ms)) => (to.min(1_000), ms.unwrap_or(10).min(10_000)),
                (Err(error), _) | (_, Err(error)) => return responder.answer(&error.into()),
            };
            let context = request.context().clone();
            responder.later(async move {
                for number in 1..=to {
                    sleep(Duration::from_millis(ms.into())).await;
                    report(&context, f64::from(number), f64::from(to));
                }
                Answer::text(format!("Counted to {to}."))
            })
        },
    ))
}

fn sleeping() -> Result<Tool, Error> {
    const SCHEMA: &str = r#"{"type":"object","properties":{"seconds":{"type":"number","minimum":0,"maximum":3600}},"required":["seconds"]}"#;
    let definition = tool("sleep", "Takes its time; cancel it.", SCHEMA)?;
    Ok(Tool::new(definition, |request, responder| {
        let seconds = match Arguments::of(&request).get::<f64>("seconds") {
            Ok(seconds) => seconds.clamp(0.0, 3600.0),
            Err(error) => return responder.answer(&error.into()),
        };
        responder.later(async move {
            sleep(Duration::from_secs_f64(seconds)).await;
            Answer::text(format!("Slept for {seconds} s."))
        })
    }))
}

fn reconnecting() -> Result<Tool, Error> {
    const AWAY: Duration = Duration::from_millis(100);
    let definition = tool("test_reconnection", "Closes its stream, and goes on.", NOTHING)?;
    Ok(Tool::new(definition, |request, responder| {
        let context = request.context().clone();
        responder.later(async move {
            let closing = context.close_stream(Some(AWAY));
            sleep(AWAY * 2).await;
            Answer::text(format!("The stream was {closing:?} meanwhile."))
        })
    }))
}

fn logging(name: &'static str, pause: Duration) -> Result<Tool, Error> {
    let definition = tool(name, "Sends log messages, to who wants them.", NOTHING)?;
    Ok(Tool::new(definition, move |request, responder| {
        let context = request.context().clone();
        responder.later(async move {
            for text in
                ["Tool execution started", "Tool processing data", "Tool execution completed"]
            {
                let text = Json::string(text);
                // Who does not want log messages is sent none.
                let _ = context.log(LoggingLevel::Info, Some("everything"), text.raw());
                sleep(pause).await;
            }
            Answer::text("The log messages are sent.")
        })
    }))
}

fn changing(name: &'static str, changes: &Changes, change: Change<'static>) -> Result<Tool, Error> {
    let changes = changes.clone();
    Ok(Tool::new(tool(name, "Tells that a list has changed.", NOTHING)?, move |_, responder| {
        let served = responder.answer(&Answer::text("Whoever wants to know is told."));
        changes.publish(change);
        served
    }))
}

/// Tells how far it is, to who asked for it.
fn report(context: &Context, done: f64, total: f64) {
    let message = format!("{done} of {total}");
    // It increases, and it is before the answer.
    let _ = context.progress(done, Some(total), Some(&message));
}
