//! Tools that run as tasks, where a client can poll them.

use std::time::Duration;

use mcp_engine_proto::task::{TaskLimits, TaskSupport};
use mcp_engine_runtime::server::{Arguments, Changes, Inputs, ServerBuilder, Tool};
use mcp_engine_runtime::{Answer, Error, Request};
use tokio::time::sleep;

use super::asking::{Asked, asked, asks, name_in};
use super::forms::NAME;
use super::{NOTHING, tool};

pub(super) fn add(server: ServerBuilder, _: &Changes) -> Result<ServerBuilder, Error> {
    const FILE: &str =
        r#"{"type":"object","properties":{"filename":{"type":"string"}},"required":["filename"]}"#;
    let with_name = asks("test_tool_with_task", "Asks, and then takes its time.", NOTHING, named)?;
    Ok(server
        .tasks(TaskLimits::default())
        .tool(greeting()?)
        .tool(
            asks("slow_compute", "Takes its time.", SECONDS, computed)?.task(TaskSupport::Optional),
        )
        .tool(asks("failing_job", "Fails.", NOTHING, failed)?.task(TaskSupport::Required))
        .tool(
            asks("protocol_error_job", "Is broken.", NOTHING, broken)?.task(TaskSupport::Optional),
        )
        .tool(asks("confirm_delete", "Asks first.", FILE, confirmed)?.task(TaskSupport::Optional))
        .tool(asks("multi_input", "Asks two things.", NOTHING, two)?.task(TaskSupport::Optional))
        .tool(with_name.task(TaskSupport::Required).ask_first(|inputs| {
            if let Ok(form) = asked("What is your name?", NAME) {
                inputs.want_elicited("user_name", &form);
            }
        })))
}

fn greeting() -> Result<Tool, Error> {
    const SCHEMA: &str =
        r#"{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}"#;
    Ok(Tool::new(tool("greet", "Says hello.", SCHEMA)?, |request, responder| {
        let name = Arguments::of(&request).get::<String>("name");
        match name {
            Ok(name) => responder.answer(&Answer::text(format!("Hello, {name}!"))),
            Err(error) => responder.answer(&error.into()),
        }
    }))
}

async fn computed(request: Request) -> Asked {
    let seconds = Arguments::of(&request).get::<f64>("seconds")?.clamp(0.0, 3600.0);
    let label = Arguments::of(&request).get::<Option<String>>("label")?.unwrap_or_default();
    sleep(Duration::from_secs_f64(seconds)).await;
    Ok(Answer::text(format!("Computed {label} in {seconds} s.")))
}

async fn failed(_: Request) -> Asked {
    sleep(Duration::from_secs(1)).await;
    Ok(Answer::failure("The job has failed, as it always does."))
}

async fn broken(_: Request) -> Asked {
    Err(Answer::error(-32603, "the job is broken"))
}

async fn confirmed(request: Request) -> Asked {
    let name = Arguments::of(&request).get::<String>("filename")?;
    let form = asked(&format!("Delete {name}?"), CONFIRM)?;
    let said = Inputs::of(&request)?.elicit("confirm", &form).await?;
    Ok(Answer::text(format!("{name}: the user has said {:?}.", said.action)))
}

async fn two(request: Request) -> Asked {
    let mut inputs = Inputs::of(&request)?;
    inputs.want_elicited("name", &asked("What is your name?", NAME)?);
    inputs.want_elicited("confirm", &asked("Is that all right?", CONFIRM)?);
    inputs.gather().await?;
    let (name, sure) = (inputs.elicited("name")?, inputs.elicited("confirm")?);
    Ok(Answer::text(format!("{}: {:?}.", name_in(&name), sure.action)))
}

async fn named(request: Request) -> Asked {
    let form = asked("What is your name?", NAME)?;
    let said = Inputs::of(&request)?.elicit("user_name", &form).await?;
    sleep(Duration::from_millis(500)).await;
    Ok(Answer::text(format!("It has taken a while, {}.", name_in(&said))))
}

const SECONDS: &str = r#"{"type":"object","properties":{"seconds":{"type":"number","minimum":0,"maximum":3600},"label":{"type":"string"}},"required":["seconds"]}"#;
const CONFIRM: &str =
    r#"{"type":"object","properties":{"confirm":{"type":"boolean"}},"required":["confirm"]}"#;
