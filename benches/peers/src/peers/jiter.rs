//! `jiter`: its pull parser, skipping each value, after `simdutf8` has checked the line.
//!
//! Skipping checks grammar and escapes but not UTF-8, hence the pass before it.

use jiter::Jiter;

use crate::contender::Contender;
use crate::seen::{Members, Seen};
use crate::stream::Stream;

pub(super) fn skip(stream: &Stream) -> Contender<'_> {
    let mut unescaped = Vec::with_capacity(stream.longest());
    Contender::each("jiter skip + simdutf8", stream, move |message| {
        see(message.line, &mut unescaped).fold()
    })
}

/// The envelope of one line; `unescaped` is jiter's scratch.
pub(super) fn see(line: &[u8], unescaped: &mut Vec<u8>) -> Seen {
    simdutf8::basic::from_utf8(line).expect("the corpus is UTF-8");
    let mut parser = Jiter::with_tape(line, std::mem::take(unescaped));
    let members = walk(&mut parser).expect("jiter reads the corpus");
    *unescaped = parser.into_tape();
    members.seen()
}

fn walk(parser: &mut Jiter<'_>) -> jiter::JiterResult<Members> {
    let mut members = Members::default();
    let mut key = parser.next_object_bytes()?.and_then(member);
    while let Some(name) = key {
        let start = parser.current_index();
        let length = if name == b"method" {
            parser.next_str()?.len()
        } else {
            parser.next_skip()?;
            parser.current_index() - start
        };
        members.note(name, length);
        key = parser.next_key_bytes()?.and_then(member);
    }
    parser.finish()?;
    Ok(members)
}

/// The member's name out of the parser's hands; the corpus has no other.
fn member(key: &[u8]) -> Option<&'static [u8]> {
    const NAMES: [&[u8]; 6] = [b"jsonrpc", b"id", b"method", b"params", b"result", b"error"];
    NAMES.into_iter().find(|name| *name == key)
}
