//! What a client asks its server, and waits for.

use core::ffi::c_char;
use std::sync::Arc;

use mcp_engine::connection::Call;
use mcp_engine::json::{Raw, write};
use mcp_engine::model::{Json, Value};
use mcp_engine::{Message, Method};
use mcp_engine_c::buffer::mcpe_target;
use mcp_engine_c::connection::level_of;
use mcp_engine_c::encode::object;
use mcp_engine_c::pointer::{Out, Ptr};
use mcp_engine_c::status::mcpe_status;
use mcp_engine_c::text::{json, optional_json, text};

use super::running::Terms;
use super::{Session, mcpe_call_options, mcpe_client, session_of};
use crate::output::{Output, array};
use crate::runtime::wait;
use crate::{DONE, Error, boundary};

/// Appends all tools, of all pages: an array. Waits. Reads the client.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_list_tools(
    client: mcpe_client,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    list(client, to, written, |session| async move {
        let all = session.client.list_tools().await?;
        Ok(session.spelled(&all))
    })
}

/// Appends all prompts, of all pages: an array. Waits. Reads the client.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_list_prompts(
    client: mcpe_client,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    list(client, to, written, |session| async move {
        let all = session.client.list_prompts().await?;
        Ok(session.spelled(&all))
    })
}

/// Appends all resources, of all pages: an array. Waits. Reads the client.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_list_resources(
    client: mcpe_client,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    list(client, to, written, |session| async move {
        let all = session.client.list_resources().await?;
        Ok(session.spelled(&all))
    })
}

/// Appends all families of resources, of all pages: an array. Waits. Reads the client.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_list_resource_templates(
    client: mcpe_client,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    list(client, to, written, |session| async move {
        let all = session.client.list_resource_templates().await?;
        Ok(session.spelled(&all))
    })
}

/// Appends what a resource holds: a `ReadResourceResult`. Waits. Reads the client.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_read_resource(
    client: mcpe_client,
    uri: Ptr<c_char>,
    uri_len: usize,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let params = members(&[("uri", Member::Text(text!(uri, uri_len)?))]);
        ask(client, Method::ReadResource, Some(params), to, written)
    })
}

/// Appends a prompt, filled in: a `GetPromptResult`. `arguments` is an object of strings, or `NULL`. Waits. Reads the client.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_get_prompt(
    client: mcpe_client,
    name: Ptr<c_char>,
    name_len: usize,
    arguments: Ptr<c_char>,
    arguments_len: usize,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let name = text!(name, name_len)?;
        let arguments = object(optional_json!(arguments, arguments_len)?, "arguments")?;
        let arguments = arguments.map_or("{}", Raw::spelling);
        let named = ("name", Member::Text(name));
        let params = members(&[named, ("arguments", Member::Json(arguments))]);
        ask(client, Method::GetPrompt, Some(params), to, written)
    })
}

/// Appends what could stand in an argument: a `CompleteResult`. `params` are those of `completion/complete`. Waits. Reads the client.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_complete(
    client: mcpe_client,
    params: Ptr<c_char>,
    params_len: usize,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let params = object(Some(json!(params, params_len)?), "params")?;
        let params = params.map(|params| params.spelling().to_owned());
        ask(client, Method::Complete, params, to, written)
    })
}

/// Asks anything, and appends the result: an object. `params` is an object or `NULL`; `options` may be `NULL`, and their `progress` is not called. Waits.
/// Reads the client.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_request(
    client: mcpe_client,
    method: Ptr<c_char>,
    method_len: usize,
    params: Ptr<c_char>,
    params_len: usize,
    options: Ptr<mcpe_call_options>,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let (method, output) = (text!(method, method_len)?, Output::new(to, written)?);
        let params = object(optional_json!(params, params_len)?, "params")?;
        let params = params.map(|params| params.spelling().to_owned());
        let (terms, session) = (options.options()?.terms()?, session_of(client)?);
        let asking = Asking { method: method.to_owned(), params, terms };
        output.put(&wait(asking.ask(session))?)
    })
}

/// Says something to the server. `params` is an object or `NULL`. Reads the client.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_notify(
    client: mcpe_client,
    method: Ptr<c_char>,
    method_len: usize,
    params: Ptr<c_char>,
    params_len: usize,
) -> mcpe_status {
    boundary(|| {
        let method = text!(method, method_len)?;
        let params = object(optional_json!(params, params_len)?, "params")?;
        session_of(client)?.client.peer().notify(method, params)?;
        DONE
    })
}

/// Tells the server that the roots are others now, so that it asks for them again (until MCP 2025-11-25; later it asks whenever it needs them, and this does
/// nothing). Reads the client.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_roots_changed(client: mcpe_client) -> mcpe_status {
    boundary(|| {
        session_of(client)?.client.roots_changed()?;
        DONE
    })
}

/// Finds out whether the server is there. Waits. Reads the client.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_ping(client: mcpe_client) -> mcpe_status {
    boundary(|| {
        let session = session_of(client)?;
        wait(async move { Ok(session.client.ping().await?) })?;
        DONE
    })
}

/// Wants log messages of that `MCPE_LEVEL_…` and above, for the rest of the connection (until MCP 2025-11-25; later each call says it). Waits. Reads the
/// client.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_set_level(client: mcpe_client, level: u32) -> mcpe_status {
    boundary(|| {
        let (level, session) = (level_of(level)?, session_of(client)?);
        wait(async move { Ok(session.client.set_level(level).await?) })?;
        DONE
    })
}

/// A request that is to be made.
pub(super) struct Asking {
    pub(super) method: String,
    pub(super) params: Option<String>,
    pub(super) terms: Terms,
}

impl Asking {
    /// Asks, and yields the result as it is spelled.
    pub(super) async fn ask(self, session: Arc<Session>) -> Result<String, Error> {
        let entry = session.running.enter(self.terms);
        entry.bounded(self.send(&session)).await
    }

    pub(super) async fn send(&self, session: &Session) -> Result<String, Error> {
        let known = Method::from_name(&self.method);
        let mut call = known.map_or_else(|| Call::named(&self.method), Call::new);
        if let Some(params) = &self.params {
            call = call.params(Raw::parse(params)?);
        }
        if let Some(patience) = self.terms.patience() {
            call = call.patience(patience);
        }
        if let Some(level) = self.terms.level {
            call = call.level(level);
        }
        Ok(result_of(&session.client.request(call).await?))
    }
}

impl Session {
    /// Values of the schema, in the revision that is spoken: an array.
    fn spelled<'v>(&self, values: &[impl Value<'v>]) -> String {
        let version = self.client.version();
        array(values.iter().map(|value| Json::of(value, version).as_str().to_owned()))
    }
}

/// The result of a message, as it is spelled.
pub(super) fn result_of(message: &Message) -> String {
    message.result().map_or("{}", |result| result.spelling()).to_owned()
}

fn ask(
    client: mcpe_client,
    method: Method,
    params: Option<String>,
    to: mcpe_target,
    written: Out<usize>,
) -> Result<mcpe_status, Error> {
    let (output, session) = (Output::new(to, written)?, session_of(client)?);
    let asking = Asking { method: method.name().to_owned(), params, terms: Terms::default() };
    output.put(&wait(asking.ask(session))?)
}

fn list<W>(
    client: mcpe_client,
    to: mcpe_target,
    written: Out<usize>,
    list: impl FnOnce(Arc<Session>) -> W,
) -> mcpe_status
where
    W: Future<Output = Result<String, Error>> + Send + 'static,
{
    boundary(|| {
        let (output, session) = (Output::new(to, written)?, session_of(client)?);
        output.put(&wait(list(session))?)
    })
}

/// A member of parameters.
pub(super) enum Member<'a> {
    Text(&'a str),
    Json(&'a str),
}

pub(super) fn members(members: &[(&str, Member<'_>)]) -> String {
    let mut out = Vec::from(*b"{");
    for (name, member) in members {
        if out.len() > 1 {
            out.push(b',');
        }
        write::string(&mut out, name);
        out.push(b':');
        match member {
            Member::Text(text) => {
                write::string(&mut out, text);
            }
            Member::Json(json) => out.extend_from_slice(json.as_bytes()),
        }
    }
    out.push(b'}');
    String::from_utf8_lossy(&out).into_owned()
}
