//! JSON values as texts: read without a tree, one member at a time.

use core::ffi::{c_char, c_int};

use mcp_engine::json::{Raw, ValueKind, write};

use crate::boundary;
use crate::boundary::DONE;
use crate::buffer::{ENVELOPE, escaped, mcpe_target};
use crate::pointer::{Out, Place, Ptr, Userdata};
use crate::status::{Failure, MCPE_NOTHING, mcpe_status};
use crate::text::{json, mcpe_str, parse, text};

/// `null`
pub const MCPE_JSON_NULL: u32 = 0;
/// `true` or `false`
pub const MCPE_JSON_BOOLEAN: u32 = 1;
/// A number.
pub const MCPE_JSON_NUMBER: u32 = 2;
/// A string.
pub const MCPE_JSON_STRING: u32 = 3;
/// An array.
pub const MCPE_JSON_ARRAY: u32 = 4;
/// An object.
pub const MCPE_JSON_OBJECT: u32 = 5;

/// Is handed one member of an object, or one element of an array, whose key is none, and returns 0 to go on. Both texts are parts of the value
/// that is walked; the key is the inside of a JSON string.
pub type mcpe_json_callback =
    Option<unsafe extern "C" fn(userdata: Userdata, key: mcpe_str, value: mcpe_str) -> c_int>;

/// Says what kind of JSON value a text is, one of `MCPE_JSON_…`. `MCPE_ERR_JSON` when it is none: then `mcpe_error_last` has the offset.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_json_kind(
    json: Ptr<c_char>,
    json_len: usize,
    kind: Out<u32>,
) -> mcpe_status {
    boundary(|| {
        let kind = kind.required("kind")?;
        let value = json!(json, json_len)?;
        kind.put(match value.kind() {
            ValueKind::Null => MCPE_JSON_NULL,
            ValueKind::Boolean => MCPE_JSON_BOOLEAN,
            ValueKind::Number => MCPE_JSON_NUMBER,
            ValueKind::String => MCPE_JSON_STRING,
            ValueKind::Array => MCPE_JSON_ARRAY,
            ValueKind::Object => MCPE_JSON_OBJECT,
        });
        DONE
    })
}

/// The member of an object. `MCPE_NOTHING` when it has none of that name, or is no object. The value is part of `json`.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_json_member(
    json: Ptr<c_char>,
    json_len: usize,
    name: Ptr<c_char>,
    name_len: usize,
    value: Out<mcpe_str>,
) -> mcpe_status {
    boundary(|| {
        let value = value.required("value")?;
        let found = json!(json, json_len)?.get(text!(name, name_len)?);
        put(found, value)
    })
}

/// The element of an array, from 0 on. `MCPE_NOTHING` when there are not so many, or it is no array. The value is part of `json`.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_json_element(
    json: Ptr<c_char>,
    json_len: usize,
    at: usize,
    value: Out<mcpe_str>,
) -> mcpe_status {
    boundary(|| {
        let value = value.required("value")?;
        let elements = json!(json, json_len)?.elements();
        put(elements.and_then(|mut elements| elements.nth(at)), value)
    })
}

/// Hands each member or element to `callback`, until that returns something else than 0, and says how many it was. A value that has none
/// gives 0.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_json_visit(
    json: Ptr<c_char>,
    json_len: usize,
    callback: mcpe_json_callback,
    userdata: Userdata,
    count: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let count = count.required("count")?;
        let callback = callback.ok_or(Failure::Null("callback"))?;
        let value = json!(json, json_len)?;
        let members = value.members().into_iter().flatten();
        let members = members.map(|(key, value)| (mcpe_str::to(key.spelling()), value));
        let elements = value.elements().into_iter().flatten();
        let elements = elements.map(|value| (mcpe_str::NONE, value));
        let mut visited = 0usize;
        for (key, value) in members.chain(elements) {
            visited = visited.saturating_add(1);
            let value = mcpe_str::to(value.spelling());
            // SAFETY: the caller has promised a function of this type that returns.
            if unsafe { callback(userdata, key, value) } != 0 {
                break;
            }
        }
        count.put(visited);
        DONE
    })
}

/// The integer, when the value is written as one and fits; else `MCPE_NOTHING`.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_json_integer(
    json: Ptr<c_char>,
    json_len: usize,
    integer: Out<i64>,
) -> mcpe_status {
    boundary(|| {
        let integer = integer.required("integer")?;
        let Some(found) = json!(json, json_len)?.as_i64() else { return Ok(MCPE_NOTHING) };
        integer.put(found);
        DONE
    })
}

/// The nearest floating-point number, when the value is a number and that is finite; else `MCPE_NOTHING`.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_json_number(
    json: Ptr<c_char>,
    json_len: usize,
    number: Out<f64>,
) -> mcpe_status {
    boundary(|| {
        let number = number.required("number")?;
        let Some(found) = json!(json, json_len)?.as_f64() else { return Ok(MCPE_NOTHING) };
        number.put(found);
        DONE
    })
}

/// 1 or 0, when the value is a boolean; else `MCPE_NOTHING`.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_json_boolean(
    json: Ptr<c_char>,
    json_len: usize,
    boolean: Out<u32>,
) -> mcpe_status {
    boundary(|| {
        let boolean = boolean.required("boolean")?;
        let Some(found) = json!(json, json_len)?.as_bool() else { return Ok(MCPE_NOTHING) };
        boolean.put(u32::from(found));
        DONE
    })
}

/// Appends the text of a string, given with its quotes; `MCPE_NOTHING` when the value is none. No zero is put behind it, and there may be some in it.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_json_text(
    json: Ptr<c_char>,
    json_len: usize,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let written = written.required("written")?;
        decode(json!(json, json_len)?, to, written)
    })
}

/// Appends the text that the inside of a JSON string stands for: what the typed readers give.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_json_unescape(
    inside: Ptr<c_char>,
    inside_len: usize,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let written = written.required("written")?;
        let inside = text!(inside, inside_len)?;
        let mut string = String::new();
        let wanted = inside.len().saturating_add(2);
        string.try_reserve_exact(wanted).map_err(|_| Failure::Memory)?;
        ["\"", inside, "\""].into_iter().for_each(|part| string.push_str(part));
        decode(parse(&string, "inside")?, to, written)
    })
}

/// Appends a text as a JSON string, quotes and escapes and all.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_json_escape(
    text: Ptr<c_char>,
    text_len: usize,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let written = written.required("written")?;
        let text = text!(text, text_len)?;
        to.write(written, escaped(text).saturating_add(ENVELOPE), |out| {
            write::string(out, text);
        })?;
        DONE
    })
}

/// Appends the text of a string.
fn decode(value: Raw<'_>, to: mcpe_target, written: Place<usize>) -> Result<mcpe_status, Failure> {
    let Some(found) = value.string() else { return Ok(MCPE_NOTHING) };
    let most = found.spelling().len();
    to.append(written, most, |out| Ok(found.append_to(out)?))?;
    DONE
}

fn put(found: Option<Raw<'_>>, value: Place<mcpe_str>) -> Result<mcpe_status, Failure> {
    let Some(found) = found else { return Ok(MCPE_NOTHING) };
    value.put(mcpe_str::to(found.spelling()));
    DONE
}
