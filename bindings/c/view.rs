//! Typed readers of the messages that are read most often.

use mcp_engine::ContentBlock;
use mcp_engine::json::{Raw, Str};

use crate::boundary;
use crate::boundary::DONE;
use crate::message::mcpe_message;
use crate::pointer::Out;
use crate::status::{MCPE_NOTHING, mcpe_status};
use crate::text::{mcpe_id, mcpe_str};

/// The parameters of `tools/call`. Texts are the insides of JSON strings: `mcpe_json_unescape` where they are escaped.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_call {
    /// Name of the tool.
    pub name: mcpe_str,
    /// The arguments: an object, or whatever the peer sent instead. None when there are none.
    pub arguments: mcpe_str,
    /// The member `_meta`, if there is one.
    pub meta: mcpe_str,
    /// The progress token in `_meta`, if there is one.
    pub token: mcpe_id,
    /// Whether the name has escapes.
    pub name_escaped: u32,
    /// 0.
    pub reserved: u32,
}

/// The result of `tools/call`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_call_result {
    /// The member `content`: an array. None when there is none.
    pub content: mcpe_str,
    /// The member `structuredContent`, if there is one.
    pub structured: mcpe_str,
    /// The member `_meta`, if there is one.
    pub meta: mcpe_str,
    /// The member `resultType`, if there is one: the inside of a JSON string.
    pub result_type: mcpe_str,
    /// The number of content blocks, at most 65,535.
    pub blocks: u32,
    /// Whether the tool failed.
    pub is_error: u32,
}

/// One block of content. Texts are the insides of JSON strings.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_block {
    /// One of `MCPE_BLOCK_…`.
    pub kind: u32,
    /// Whether the text has escapes.
    pub escaped: u32,
    /// The text; the data of an image or a sound, in base64; else the block, or the resource in it, as JSON.
    pub text: mcpe_str,
    /// The media type of an image or a sound, if it has one.
    pub mime_type: mcpe_str,
}

/// The parameters of `notifications/progress`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_progress {
    /// The token of the request.
    pub token: mcpe_id,
    /// How much is done.
    pub progress: f64,
    /// How much there is, when `has_total`.
    pub total: f64,
    /// What is being done, if it was told: the inside of a JSON string.
    pub message: mcpe_str,
    /// Whether it was told how much there is.
    pub has_total: u32,
    /// Whether the message has escapes.
    pub message_escaped: u32,
}

/// The error of an error response.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_error_object {
    /// The error code.
    pub code: i64,
    /// A short description: the inside of a JSON string.
    pub message: mcpe_str,
    /// The member `data`, if there is one.
    pub content: mcpe_str,
    /// Whether the message has escapes.
    pub message_escaped: u32,
    /// 0.
    pub reserved: u32,
}

/// A block of another type, or one that lacks what its type needs.
pub const MCPE_BLOCK_OTHER: u32 = 0;
/// `text`
pub const MCPE_BLOCK_TEXT: u32 = 1;
/// `image`
pub const MCPE_BLOCK_IMAGE: u32 = 2;
/// `audio`
pub const MCPE_BLOCK_AUDIO: u32 = 3;
/// `resource_link`
pub const MCPE_BLOCK_RESOURCE_LINK: u32 = 4;
/// `resource`
pub const MCPE_BLOCK_RESOURCE: u32 = 5;

/// The parameters of a `tools/call` request that names a tool; `MCPE_NOTHING` for other messages. Reads the message; valid until it is freed.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_message_call(message: mcpe_message, call: Out<mcpe_call>) -> mcpe_status {
    boundary(|| {
        let call = call.required("call")?;
        message.whole(|message| {
            let Some(found) = message.call_params() else { return Ok(MCPE_NOTHING) };
            call.put(mcpe_call {
                name: text(Some(found.name)),
                arguments: json(found.arguments),
                meta: json(found.meta),
                token: mcpe_id::to(found.progress_token),
                name_escaped: escaped(Some(found.name)),
                reserved: 0,
            });
            DONE
        })
    })
}

/// The result of a response, read as one of `tools/call`: the caller knows which request it answers. `MCPE_NOTHING` for other messages. Reads
/// the message; valid until it is freed.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_message_call_result(
    message: mcpe_message,
    result: Out<mcpe_call_result>,
) -> mcpe_status {
    boundary(|| {
        let result = result.required("result")?;
        message.whole(|message| {
            let Some(found) = message.call_tool_result() else { return Ok(MCPE_NOTHING) };
            result.put(mcpe_call_result {
                content: json(found.content()),
                structured: json(found.structured),
                meta: json(found.meta),
                result_type: text(found.result_type),
                blocks: found.len() as u32,
                is_error: u32::from(found.is_error),
            });
            DONE
        })
    })
}

/// Content blocks of the result of a tool, from number `from` on, as many as there are rows; `MCPE_NOTHING` when there are no more. Reads the
/// message; valid until it is freed.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_message_blocks(
    message: mcpe_message,
    from: usize,
    table: Out<mcpe_block>,
    capacity: usize,
    stride: usize,
    count: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let (count, mut rows) = (count.required("count")?, table.rows(capacity, stride)?);
        message.whole(|message| {
            let Some(result) = message.call_tool_result() else { return Ok(()) };
            let blocks = result.blocks().skip(from).take(capacity);
            blocks.for_each(|block| rows.push(mcpe_block::of(block)));
            Ok(())
        })?;
        if rows.filled() == 0 {
            return Ok(MCPE_NOTHING);
        }
        count.put(rows.filled());
        DONE
    })
}

/// The parameters of a progress notification whose token and progress are sound; `MCPE_NOTHING` for other messages. Reads the message; valid until
/// it is freed.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_message_progress(
    message: mcpe_message,
    progress: Out<mcpe_progress>,
) -> mcpe_status {
    boundary(|| {
        let progress = progress.required("progress")?;
        message.whole(|message| {
            let Some(found) = message.progress() else { return Ok(MCPE_NOTHING) };
            progress.put(mcpe_progress {
                token: mcpe_id::to(Some(found.token)),
                progress: found.progress,
                total: found.total.unwrap_or_default(),
                message: text(found.message),
                has_total: u32::from(found.total.is_some()),
                message_escaped: escaped(found.message),
            });
            DONE
        })
    })
}

/// The error of an error response; `MCPE_NOTHING` for other messages. Reads the message; valid until it is freed.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_message_error(
    message: mcpe_message,
    error: Out<mcpe_error_object>,
) -> mcpe_status {
    boundary(|| {
        let error = error.required("error")?;
        message.whole(|message| {
            let Some(found) = message.error() else { return Ok(MCPE_NOTHING) };
            error.put(mcpe_error_object {
                code: found.code,
                message: text(Some(found.message)),
                content: json(found.data),
                message_escaped: escaped(Some(found.message)),
                reserved: 0,
            });
            DONE
        })
    })
}

impl mcpe_block {
    fn of(block: ContentBlock<'_>) -> Self {
        let string = |kind, content: Str<'_>, mime_type| Self {
            kind,
            escaped: escaped(Some(content)),
            text: text(Some(content)),
            mime_type: text(mime_type),
        };
        let value = |kind, content| Self {
            kind,
            escaped: 0,
            text: json(Some(content)),
            mime_type: mcpe_str::NONE,
        };
        match block {
            ContentBlock::Text(content) => string(MCPE_BLOCK_TEXT, content, None),
            ContentBlock::Image { data, mime_type } => string(MCPE_BLOCK_IMAGE, data, mime_type),
            ContentBlock::Audio { data, mime_type } => string(MCPE_BLOCK_AUDIO, data, mime_type),
            ContentBlock::ResourceLink(block) => value(MCPE_BLOCK_RESOURCE_LINK, block),
            ContentBlock::Resource(resource) => value(MCPE_BLOCK_RESOURCE, resource),
            ContentBlock::Other(block) => value(MCPE_BLOCK_OTHER, block),
        }
    }
}

fn text(text: Option<Str<'_>>) -> mcpe_str {
    text.map_or(mcpe_str::NONE, |text| mcpe_str::to(text.spelling()))
}

fn json(value: Option<Raw<'_>>) -> mcpe_str {
    value.map_or(mcpe_str::NONE, |value| mcpe_str::to(value.spelling()))
}

fn escaped(text: Option<Str<'_>>) -> u32 {
    u32::from(text.is_some_and(|text| text.plain().is_none()))
}
