//! What is encoded is decoded as what it was.

use std::collections::BTreeMap;

use mcp_engine::encode::{self, Outcome};
use mcp_engine::{
    BodyDecoder, ContentBlock, Decoder, Flags, Kind, Message, Method, RequestId, json::Raw,
};
use proptest::prelude::*;
use serde_json::value::RawValue;

use crate::inputs::{cases, id, message, object, text, value};
use crate::stream::read;

proptest! {
    #![proptest_config(cases(120))]

    #[test]
    fn requests_and_notifications_are_read_as_they_were_written(
        id in id(), method in text(), params in prop::option::of(object()),
    ) {
        let params = params.map(|params| params.to_string());
        let raw = params.as_deref().map(|params| Raw::parse(params).expect("valid"));
        let kept = kept(&id);
        let mut out = Vec::new();
        encode::request(&mut out, &kept, &method, raw);
        let message = decode(&out);
        prop_assert_eq!(message.kind(), Kind::Request);
        prop_assert_eq!(message.id().expect("an id").token(), &id);
        check_method(&message, &method, raw)?;

        let mut out = Vec::new();
        encode::notification(&mut out, &method, raw);
        let message = decode(&out);
        prop_assert_eq!((message.kind(), message.id().is_none()), (Kind::Notification, true));
        check_method(&message, &method, raw)?;
    }

    #[test]
    fn responses_are_read_as_they_were_written(id in id(), result in object()) {
        let result = result.to_string();
        let raw = Raw::parse(&result).expect("valid");
        let mut out = Vec::new();
        encode::response(&mut out, &kept(&id), raw);
        let message = decode(&out);
        prop_assert_eq!(message.kind(), Kind::Response);
        prop_assert_eq!(message.id().expect("an id").token(), &id);
        prop_assert_eq!(message.result(), Some(raw));
    }

    #[test]
    fn errors_are_read_as_they_were_written(
        id in prop::option::of(id()), code in any::<i64>(), text in text(),
        data in prop::option::of(value()),
    ) {
        let data = data.map(|data| data.to_string());
        let raw = data.as_deref().map(|data| Raw::parse(data).expect("valid"));
        let mut out = Vec::new();
        encode::error(&mut out, id.as_deref().map(kept).as_ref(), code, &text, raw);
        let message = decode(&out);
        prop_assert_eq!(message.kind(), Kind::ErrorResponse);
        prop_assert_eq!(message.id().map(|id| id.token()), id.as_deref());
        let error = message.error().expect("an error");
        prop_assert_eq!((error.code, error.data), (code, raw));
        prop_assert_eq!(error.message.decode(), text);
    }

    #[test]
    fn text_results_are_read_as_they_were_written(id in id(), text in text(), failed in any::<bool>()) {
        let outcome = if failed { Outcome::Failure } else { Outcome::Success };
        let mut out = Vec::new();
        encode::text_result(&mut out, &kept(&id), &text, outcome);
        let message = decode(&out);
        prop_assert_eq!(message.id().expect("an id").token(), &id);
        let result = message.call_tool_result().expect("a result");
        prop_assert_eq!((result.is_error, result.len()), (failed, 1));
        let blocks: Vec<_> = result.blocks().collect();
        let [ContentBlock::Text(read)] = &blocks[..] else {
            return Err(TestCaseError::fail(format!("{blocks:?}")));
        };
        prop_assert_eq!(read.decode().into_owned(), text);
    }

    #[test]
    fn ids_of_our_own_are_equal_to_what_comes_back(int in any::<i64>(), string in text()) {
        for id in [RequestId::from(int), RequestId::from(string.as_str())] {
            let mut out = Vec::new();
            encode::response(&mut out, &id, Raw::parse("{}").expect("valid"));
            let message = decode(&out);
            let read = message.id().expect("an id");
            prop_assert!(read == id, "{} and {}", read, id);
            prop_assert_eq!(read.to_owned().to_string(), id.to_string());
            let other = RequestId::from(format!("{string}x").as_str());
            prop_assert!(read != other);
        }
    }

    #[test]
    fn batches_give_their_messages_as_if_they_came_alone(
        messages in prop::collection::vec(message(), 1..6),
        space in "[ \t]{0,3}",
    ) {
        let alone: Vec<Message> = messages.iter().map(|message| decode(message.as_bytes())).collect();
        let spaced: Vec<String> = messages.iter().map(|message| format!("{space}{message}{space}")).collect();
        let mut line = space.clone().into_bytes();
        encode::batch(&mut line, spaced.iter().map(String::as_bytes));
        let mut decoder = Decoder::default();
        let verdicts = read(&mut decoder, [&line[..], b"\n"]);
        prop_assert_eq!(verdicts.len(), alone.len());
        prop_assert_eq!(decoder.counters().batches, 1);
        for (at, (verdict, alone)) in verdicts.iter().zip(&alone).enumerate() {
            let message = verdict.as_ref().expect("valid");
            prop_assert_eq!(message.as_str(), alone.as_str());
            let mut index = *message.index();
            let start = index.base as usize;
            prop_assert_eq!(&line[start..start + index.len as usize], message.as_str().as_bytes());
            let last = if at + 1 == messages.len() { Flags::BATCH_LAST } else { 0 };
            prop_assert_eq!(index.flags, alone.index().flags | Flags::BATCH | last);
            (index.base, index.flags) = (0, alone.index().flags);
            prop_assert_eq!(&index, alone.index());
        }
    }

    #[test]
    fn bodies_may_be_spread_over_many_lines(message in message()) {
        let members: BTreeMap<String, &RawValue> = serde_json::from_str(&message).expect("valid");
        let spread = |(key, value): (&String, &&RawValue)| format!("\n\t\"{key}\"\r\n:\n{value}\n");
        let members: Vec<String> = members.iter().map(spread).collect();
        let body = format!("\n{{{}}}\n", members.join(","));
        let mut decoder = BodyDecoder::default();
        decoder.feed(body.as_bytes()).expect("a short body");
        decoder.end();
        let read = decoder.poll().expect("a verdict").expect("valid");
        let alone = decode(message.as_bytes());
        prop_assert_eq!(read.as_str(), body.trim());
        prop_assert_eq!((read.kind(), read.payload()), (alone.kind(), alone.payload()));
        prop_assert_eq!(read.id().map(|id| id.token()), alone.id().map(|id| id.token()));
    }
}

fn check_method(
    message: &Message,
    method: &str,
    params: Option<Raw<'_>>,
) -> Result<(), TestCaseError> {
    prop_assert_eq!(message.method_name().expect("a method").decode(), method);
    prop_assert_eq!(message.method(), Method::from_name(method));
    prop_assert_eq!(message.params(), params);
    Ok(())
}

fn decode(line: &[u8]) -> Message {
    let mut verdicts = read(&mut Decoder::default(), [line, b"\n"]);
    assert_eq!(verdicts.len(), 1);
    let verdict = verdicts.remove(0);
    verdict.unwrap_or_else(|refusal| panic!("{refusal}: {}", line.escape_ascii()))
}

/// An id that was read from a message and is kept.
fn kept(token: &str) -> RequestId {
    let line = format!(r#"{{"jsonrpc":"2.0","id":{token},"method":"ping"}}"#);
    let message = decode(line.as_bytes());
    message.id().expect("an id").to_owned()
}
