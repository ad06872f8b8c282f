//! What a server has: tools, prompts and resources, each with a callback.

use core::ffi::c_char;
use std::sync::Arc;

use mcp_engine::json::{Raw, write};
use mcp_engine::model::{self, Mismatch};
use mcp_engine::server::{Prompt, Resource, ResourceTemplate, Tool};
use mcp_engine::{Request, Responder, Served};
use mcp_engine_c::config::{Care, mcpe_destructor};
use mcp_engine_c::pointer::{Out, Ptr, Userdata};
use mcp_engine_c::status::{Failure, MCPE_ERR_ANSWER, mcpe_status};
use mcp_engine_c::text::{mcpe_str, text};

use super::{mcpe_server, site_of};
use crate::callee::{Callee, mcpe_serve_callback};
use crate::responder::Asked;
use crate::{DONE, Error, boundary};

/// Something that a server has, and who answers for it.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_part {
    /// `sizeof(mcpe_part)`.
    pub size: usize,
    /// The name of a tool or a prompt, the URI of a resource, or the URI template of a family.
    pub name: mcpe_str,
    /// What it is, for a model to read; none where nothing is said.
    pub description: mcpe_str,
    /// JSON Schema of the arguments of a tool. Default `{"type":"object"}`.
    pub input_schema: mcpe_str,
    /// JSON Schema of the structured result of a tool; none where nothing is said.
    pub output_schema: mcpe_str,
    /// Any further members of its definition as in the schema, such as `title`, `annotations`, `mimeType` or the `arguments` of a prompt: an object.
    pub definition: mcpe_str,
    /// How many calls of a tool may run at a time; 0 for no limit of its own.
    pub concurrency: u32,
    /// Whether calls of a tool run as tasks, on a server whose options say `tasks`: one of `MCPE_TASK_SUPPORT_…`.
    pub task: u32,
    /// Answers for it: with a `CallToolResult`, a `GetPromptResult`, or a `ReadResourceResult`. Its arguments are those of the call, or the values of
    /// the variables of a template.
    pub serve: mcpe_serve_callback,
    /// What it is called with.
    pub userdata: Userdata,
    /// Is called with `userdata` when the last call has returned and it was removed, or could not be added; may be `NULL`.
    pub destroy: mcpe_destructor,
    /// What is asked of the client before a call becomes a task (MCP 2026-07-28): an object like the `inputRequests` of a result. When the callback wants the
    /// same by the same keys, it is known already. None is nothing.
    pub ask_first: mcpe_str,
}

/// Adds a tool. Reads the server. `destroy` is called also when this fails.
///
/// Once the server is served, only one whose options say `MCPE_CHANGES_CONTENTS` takes more. Of two with the same name, the server says so when it is
/// served first: `MCPE_ERR_ANSWER`.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_server_add_tool(server: mcpe_server, part: Ptr<mcpe_part>) -> mcpe_status {
    boundary(|| {
        let (part, care) = taken(part)?;
        let (site, serve_call) = (site_of(server)?, required(&part)?);
        let definition = part.spelled("name")?;
        let definition = model::Tool::read(Raw::parse(&definition)?).map_err(unlike)?;
        let callee = Callee::new(serve_call, &care, &site.room);
        let for_tasks = Callee::new(serve_call, &care, &site.task_room);
        let tool = Tool::new(definition.into_owned(), move |request, responder| {
            let (name, arguments) = call_of(&request);
            let callee = if request.context().task().is_some() { &for_tasks } else { &callee };
            serve(callee, request, name, arguments, responder)
        });
        let mut tool = part.with_tasks(tool)?;
        if part.concurrency != 0 {
            tool = tool.concurrency(part.concurrency);
        }
        let again = tool.clone();
        site.add(|builder| builder.tool(tool), |edit| edit.add_tool(again))?;
        DONE
    })
}

/// Adds a prompt. Reads the server; as `mcpe_server_add_tool`.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_server_add_prompt(server: mcpe_server, part: Ptr<mcpe_part>) -> mcpe_status {
    boundary(|| {
        let (part, care) = taken(part)?;
        let (site, serve_call) = (site_of(server)?, required(&part)?);
        let definition = part.spelled("name")?;
        let definition = model::Prompt::read(Raw::parse(&definition)?).map_err(unlike)?;
        let callee = Callee::new(serve_call, &care, &site.room);
        let prompt = Prompt::new(definition.into_owned(), move |request, responder| {
            let (name, arguments) = call_of(&request);
            serve(&callee, request, name, arguments, responder)
        });
        let again = prompt.clone();
        site.add(|builder| builder.prompt(prompt), |edit| edit.add_prompt(again))?;
        DONE
    })
}

/// Adds a resource. Reads the server; as `mcpe_server_add_tool`.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_server_add_resource(
    server: mcpe_server,
    part: Ptr<mcpe_part>,
) -> mcpe_status {
    boundary(|| {
        let (part, care) = taken(part)?;
        let (site, serve_call) = (site_of(server)?, required(&part)?);
        let definition = part.spelled("uri")?;
        let definition = model::Resource::read(Raw::parse(&definition)?).map_err(unlike)?;
        let callee = Callee::new(serve_call, &care, &site.room);
        let resource = Resource::new(definition.into_owned(), move |request, responder| {
            let uri = member(&request, "uri");
            serve(&callee, request, uri, "{}".into(), responder)
        });
        let again = resource.clone();
        site.add(|builder| builder.resource(resource), |edit| edit.add_resource(again))?;
        DONE
    })
}

/// Adds a family of resources. A URI is looked up among single resources first, then in the order in which families were added. Reads the server; as
/// `mcpe_server_add_tool`.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_server_add_resource_template(
    server: mcpe_server,
    part: Ptr<mcpe_part>,
) -> mcpe_status {
    boundary(|| {
        let (part, care) = taken(part)?;
        let (site, serve_call) = (site_of(server)?, required(&part)?);
        let definition = part.spelled("uriTemplate")?;
        let definition = model::ResourceTemplate::read(Raw::parse(&definition)?).map_err(unlike)?;
        let callee = Callee::new(serve_call, &care, &site.room);
        let family = ResourceTemplate::new(definition, move |request, values, responder| {
            let mut found = Vec::from(*b"{");
            for (name, value) in values.iter() {
                if found.len() > 1 {
                    found.push(b',');
                }
                write::string(&mut found, name);
                found.push(b':');
                write::string(&mut found, value);
            }
            found.push(b'}');
            let values = String::from_utf8_lossy(&found).into_owned();
            let uri = member(&request, "uri");
            serve(&callee, request, uri, values, responder)
        })?;
        let again = family.clone();
        site.add(
            |builder| builder.resource_template(family),
            |edit| edit.add_resource_template(again),
        )?;
        DONE
    })
}

/// Removes a tool; calls that have begun go on. `is_removed` is 1 when there was one. Reads the server. `MCPE_ERR_MISUSE` unless it is served and its options
/// say `MCPE_CHANGES_CONTENTS`.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_server_remove_tool(
    server: mcpe_server,
    name: Ptr<c_char>,
    name_len: usize,
    is_removed: Out<u32>,
) -> mcpe_status {
    boundary(|| {
        let (is_removed, name) = (is_removed.required("is_removed")?, text!(name, name_len)?);
        is_removed.put(u32::from(site_of(server)?.catalogue()?.remove_tool(name)));
        DONE
    })
}

/// What was passed, and what was given in our care with it.
fn taken(part: Ptr<mcpe_part>) -> Result<(mcpe_part, Arc<Care>), Error> {
    if part.is_null() {
        return Err(Failure::Null("part").into());
    }
    let part = part.options()?;
    Ok((part, Arc::new(Care::new(part.userdata, part.destroy))))
}

fn required(part: &mcpe_part) -> Result<crate::callee::Serve, Error> {
    Ok(part.serve.ok_or(Failure::Null("serve"))?)
}

impl mcpe_part {
    /// The definition, with the name under that member.
    fn spelled(&self, named: &str) -> Result<String, Error> {
        let mut out = Vec::from(*b"{");
        let mut member = |name: &str, json: &str| {
            if out.len() > 1 {
                out.push(b',');
            }
            write::string(&mut out, name);
            out.push(b':');
            out.extend_from_slice(json.as_bytes());
        };
        let quoted = |text: &str| model::Json::string(text).as_str().to_owned();
        let name = quoted(self.name.text("name")?);
        member(named, &name);
        if named == "name" {
            let schema = self.input_schema.json("input_schema")?;
            member("inputSchema", schema.map_or(r#"{"type":"object"}"#, Raw::spelling));
        }
        if let Some(schema) = self.output_schema.json("output_schema")? {
            member("outputSchema", schema.spelling());
        }
        if let Some(description) = self.description.optional("description")? {
            member("description", &quoted(description));
        }
        let further = self.definition.json("definition")?;
        let mut is_named = named == "name";
        if let Some(further) = further {
            for (key, value) in further.members().ok_or(Failure::Value("definition"))? {
                is_named |= key == "name";
                member(&key.decode(), value.spelling());
            }
        }
        if !is_named {
            member("name", &name);
        }
        out.push(b'}');
        Ok(String::from_utf8_lossy(&out).into_owned())
    }
}

/// Leaves a request to a callback.
pub(super) fn serve(
    callee: &Callee,
    request: Request,
    name: String,
    arguments: String,
    responder: Responder<'_>,
) -> Served {
    let answer = callee.clone().call(Asked::ByClient(request), name, arguments);
    responder.later(answer)
}

/// The name and the arguments of a call.
fn call_of(request: &Request) -> (String, String) {
    let arguments = request.message().params().and_then(|params| params.get("arguments"));
    (member(request, "name"), arguments.map_or("{}", Raw::spelling).to_owned())
}

/// A member of the parameters that is a text.
fn member(request: &Request, name: &str) -> String {
    let found = request.message().params().and_then(|params| params.get(name)?.string());
    found.map(|text| text.decode().into_owned()).unwrap_or_default()
}

fn unlike(mismatch: Mismatch) -> Error {
    Error::told(MCPE_ERR_ANSWER, "caller", "schema", mismatch.to_string())
}
