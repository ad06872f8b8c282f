//! What a server has: tools, prompts and resources, each with a callback.

use core::ffi::c_char;
use std::borrow::Cow;
use std::sync::Arc;

use mcp_engine::json::{Raw, ValueKind, write};
use mcp_engine::model::{self, JsonObject, Mismatch};
use mcp_engine::server::{Prompt, Resource, ResourceTemplate, Tool};
use mcp_engine::{Answer, Duplicates, Limits, Request, Responder, Served};
use mcp_engine_c::config::{Care, mcpe_destructor};
use mcp_engine_c::pointer::{Out, Ptr, Userdata};
use mcp_engine_c::status::{Failure, MCPE_ERR_ANSWER, MCPE_ERR_VALUE, mcpe_status};
use mcp_engine_c::text::{mcpe_str, text};

use super::{Site, mcpe_server, site_of};
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
    /// JSON Schema of the arguments of a tool, whose `type` is `object`. Default `{"type":"object"}`.
    pub input_schema: mcpe_str,
    /// JSON Schema of the structured result of a tool; none where nothing is said.
    pub output_schema: mcpe_str,
    /// Any further members of its definition as in the schema, such as `title`, `annotations`, `mimeType` or the `arguments` of a prompt: an object. One that
    /// a member of this struct has said already is `MCPE_ERR_VALUE`.
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
/// served first: `MCPE_ERR_ANSWER`. A call whose arguments are no object is answered with an error, and does not come to `serve`.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_server_add_tool(server: mcpe_server, part: Ptr<mcpe_part>) -> mcpe_status {
    boundary(|| {
        let Prepared { part, site, callee, definition } = prepared(server, part, Kind::Tool)?;
        let definition = model::Tool::read(definition.raw()).map_err(unlike)?.into_owned();
        let root = definition.input_schema.raw().get("type").and_then(Raw::string);
        if root.is_none_or(|root| root.decode() != "object") {
            return Err(Error::told(MCPE_ERR_ANSWER, "caller", "schema", NO_OBJECTS));
        }
        let for_tasks = callee.within(&site.task_room);
        let tool = Tool::new(definition, move |request, responder| {
            let is_task = request.context().task().is_some();
            serve_call(if is_task { &for_tasks } else { &callee }, request, responder)
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
        let Prepared { site, callee, definition, .. } = prepared(server, part, Kind::Prompt)?;
        let definition = model::Prompt::read(definition.raw()).map_err(unlike)?.into_owned();
        let prompt = Prompt::new(definition, move |request, responder| {
            serve_call(&callee, request, responder)
        });
        let again = prompt.clone();
        site.add(|builder| builder.prompt(prompt), |edit| edit.add_prompt(again))?;
        DONE
    })
}

/// Adds a resource. Reads the server; as `mcpe_server_add_tool`. Of a URI without a scheme, the server says so when it is served first: `MCPE_ERR_ANSWER`.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_server_add_resource(
    server: mcpe_server,
    part: Ptr<mcpe_part>,
) -> mcpe_status {
    boundary(|| {
        let Prepared { site, callee, definition, .. } = prepared(server, part, Kind::Resource)?;
        let definition = model::Resource::read(definition.raw()).map_err(unlike)?.into_owned();
        let resource = Resource::new(definition, move |request, responder| {
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
        let Prepared { site, callee, definition, .. } = prepared(server, part, Kind::Template)?;
        let definition = model::ResourceTemplate::read(definition.raw()).map_err(unlike)?;
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
        })
        .map_err(Error::by_caller)?;
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

/// What a part is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Tool,
    Prompt,
    Resource,
    Template,
}

impl Kind {
    /// The member of the definition that what it is added by stands under.
    fn named(self) -> &'static str {
        match self {
            Self::Tool | Self::Prompt => "name",
            Self::Resource => "uri",
            Self::Template => "uriTemplate",
        }
    }
}

/// What is to be added, with whoever answers for it.
struct Prepared {
    part: mcpe_part,
    site: Arc<Site>,
    callee: Callee,
    definition: JsonObject<'static>,
}

/// Reads what was passed, and takes what was given in our care with it.
fn prepared(server: mcpe_server, part: Ptr<mcpe_part>, kind: Kind) -> Result<Prepared, Error> {
    if part.is_null() {
        return Err(Failure::Null("part").into());
    }
    let part = part.options()?;
    let care = Arc::new(Care::new(part.userdata, part.destroy));
    let (site, serve) = (site_of(server)?, part.serve.ok_or(Failure::Null("serve"))?);
    let definition = part.spelled(kind)?;
    // A key that comes twice would be refused by every client, with all else of the listing.
    Raw::parse_within(&definition, &Limits::default(), Duplicates::Deep)?;
    let (callee, definition) =
        (Callee::new(serve, &care, &site.room), JsonObject::parse(definition)?);
    Ok(Prepared { part, site, callee, definition })
}

impl mcpe_part {
    /// The definition. Schemas are those of tools: nothing else has any.
    fn spelled(&self, kind: Kind) -> Result<String, Error> {
        let quoted = |text: &str| model::Json::string(text).as_str().to_owned();
        let name = quoted(self.name.text("name")?);
        let description = self.description.optional("description")?.map(quoted);
        let is_tool = kind == Kind::Tool;
        let input_schema = self.input_schema.json("input_schema")?.filter(|_| is_tool);
        let output_schema = self.output_schema.json("output_schema")?.filter(|_| is_tool);
        let given = [
            (kind.named(), Some(name.as_str())),
            ("inputSchema", input_schema.map(Raw::spelling)),
            ("outputSchema", output_schema.map(Raw::spelling)),
            ("description", description.as_deref()),
        ];
        let given = given.into_iter().filter_map(|(key, json)| Some((Cow::Borrowed(key), json?)));
        let mut members: Vec<_> = given.collect();
        let further = self.definition.json("definition")?;
        let further = further.map(|further| further.members().ok_or(Failure::Object("definition")));
        for (key, json) in further.transpose()?.into_iter().flatten() {
            let key = key.decode();
            if members.iter().any(|(said, _)| *said == key) {
                return Err(said_twice(&key));
            }
            members.push((key, json.spelling()));
        }
        let mut usually = |key: &'static str, json| {
            if !members.iter().any(|(said, _)| *said == key) {
                members.push((key.into(), json));
            }
        };
        usually("name", name.as_str());
        if is_tool {
            usually("inputSchema", r#"{"type":"object"}"#);
        }
        Ok(object(&members))
    }
}

/// An object with these members, each a key and JSON.
fn object(members: &[(Cow<'_, str>, &str)]) -> String {
    let mut out = Vec::from(*b"{");
    for (key, json) in members {
        if out.len() > 1 {
            out.push(b',');
        }
        write::string(&mut out, key);
        out.push(b':');
        out.extend_from_slice(json.as_bytes());
    }
    out.push(b'}');
    String::from_utf8_lossy(&out).into_owned()
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

/// Leaves a call to a callback, which gets an object.
fn serve_call(callee: &Callee, request: Request, responder: Responder<'_>) -> Served {
    let arguments = request.message().params().and_then(|params| params.get("arguments"));
    if arguments.is_some_and(|arguments| arguments.kind() != ValueKind::Object) {
        return responder.answer(&Answer::error(INVALID_PARAMS, "the arguments must be an object"));
    }
    let arguments = arguments.map_or("{}", Raw::spelling).to_owned();
    let name = member(&request, "name");
    serve(callee, request, name, arguments, responder)
}

/// A member of the parameters that is a text.
fn member(request: &Request, name: &str) -> String {
    let found = request.message().params().and_then(|params| params.get(name)?.string());
    found.map(|text| text.decode().into_owned()).unwrap_or_default()
}

fn unlike(mismatch: Mismatch) -> Error {
    Error::told(MCPE_ERR_ANSWER, "caller", "schema", mismatch.to_string())
}

fn said_twice(key: &str) -> Error {
    let words = format!("`definition` has the member `{key}` twice, or the part says it already");
    Error::told(MCPE_ERR_VALUE, "caller", "definition", words)
}

/// Clients that check it would refuse the whole list.
const NO_OBJECTS: &str = "Tool.inputSchema.type must be `object`";
/// JSON-RPC 2.0: invalid params.
const INVALID_PARAMS: i64 = -32602;
