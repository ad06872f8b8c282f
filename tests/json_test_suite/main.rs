//! The cases of `JSONTestSuite` through every backend, through the decoders, and through the cursors.

mod cases;
#[path = "../shared/value.rs"]
mod value;

use cases::{Case, Verdict, all};
use mcp_engine::{BodyDecoder, Decoder, Duplicates, Error, Limits, MessageRule, Pool, json::Raw};
use mcp_engine_proto::internal::{backends, decoder, validate_with};
use serde_json::Value;
use value::materialise;

#[test]
fn the_suite_has_318_cases() {
    let count = |letter| all().filter(|case| case.name.starts_with(letter)).count();
    assert_eq!((count("y_"), count("n_"), count("i_")), (95, 188, 35));
    assert_eq!(all().count(), 318);
}

#[test]
fn every_case_has_its_verdict_with_every_backend() {
    for case in all() {
        let must_accept = case.name.starts_with("y_");
        let must_refuse = case.name.starts_with("n_");
        assert!(!must_accept || case.verdict == Verdict::Accept, "{case}");
        assert!(!must_refuse || case.verdict == Verdict::Refuse, "{case}");
        let text = case.json.to_vec();
        let portable = validate_with("portable", &text, Duplicates::Reserved);
        assert_eq!(portable.is_ok(), case.verdict == Verdict::Accept, "{case}");
        for backend in backends() {
            let verdict = validate_with(backend, &text, Duplicates::Reserved);
            assert_eq!(verdict, portable, "{backend}: {case}");
        }
        let raw = Raw::parse_bytes(&text);
        assert_eq!(raw.map(|_| ()), portable, "{case}");
    }
}

#[test]
fn every_case_has_its_verdict_inside_a_message() {
    for case in all() {
        let message = wrapped(case);
        let accepted = case.verdict == Verdict::Accept;
        if !message.contains(&b'\n') {
            for backend in backends() {
                let (limits, pool) = (Limits::default(), Pool::default());
                let decoder = decoder(backend, &limits, Duplicates::Reserved, pool);
                assert_eq!(read_line(decoder, &message).is_ok(), accepted, "{backend}: {case}");
            }
        }
        let verdict = read_body(&message, Duplicates::Reserved);
        assert_eq!(verdict.is_ok(), accepted, "{case}");
    }
}

#[test]
fn keys_that_come_twice_are_the_only_policy_above_the_grammar() {
    let mut twice = Vec::new();
    for case in all().filter(|case| case.verdict == Verdict::Accept) {
        match read_body(&wrapped(case), Duplicates::Deep) {
            Ok(()) => {}
            Err(Error::InvalidMessage { rule: MessageRule::DuplicateParam, .. }) => {
                twice.push(case.name)
            }
            Err(error) => panic!("{error}: {case}"),
        }
    }
    assert_eq!(twice, ["y_object_duplicated_key", "y_object_duplicated_key_and_value"]);
}

#[test]
fn what_is_accepted_can_be_read_to_its_last_value() {
    let mut compared = 0;
    for case in all().filter(|case| case.verdict == Verdict::Accept) {
        let text = case.json.to_vec();
        let raw = Raw::parse_bytes(&text).unwrap_or_else(|error| panic!("{error}: {case}"));
        let read = materialise(raw);
        match serde_json::from_slice::<Value>(&text) {
            Ok(value) => {
                assert_eq!(read, value, "{case}");
                compared += 1;
            }
            Err(error) => assert!(error.to_string().starts_with("number out of range"), "{case}"),
        }
    }
    assert!(compared > 95, "only {compared} cases were compared");
}

#[test]
fn what_is_accepted_in_a_message_is_read_as_it_was_written() {
    for case in all().filter(|case| case.verdict == Verdict::Accept) {
        let mut decoder =
            BodyDecoder::new(&Limits::default(), Duplicates::Reserved, Pool::default());
        decoder.feed(&wrapped(case)).expect("a short body");
        decoder.end();
        let message = decoder.poll().expect("a verdict").expect("accepted");
        let value = message.params().and_then(|params| params.get("v"));
        let text = case.json.to_vec();
        let alone = Raw::parse_bytes(&text).expect("accepted");
        assert_eq!(value, Some(alone), "{case}");
    }
}

fn wrapped(case: &Case) -> Vec<u8> {
    let head = br#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"v":"#;
    [&head[..], &case.json.to_vec(), b"}}"].concat()
}

fn read_line(mut decoder: Decoder, line: &[u8]) -> Result<(), Error> {
    let mut rest = &[line, b"\n"].concat()[..];
    while !rest.is_empty() {
        let spare = decoder.spare().expect("everything was polled");
        let n = spare.len().min(rest.len());
        spare[..n].copy_from_slice(&rest[..n]);
        decoder.commit(n).expect("within the spare room");
        rest = &rest[n..];
        if let Some(verdict) = decoder.poll() {
            return verdict.map(|_| ()).map_err(|refusal| refusal.error());
        }
    }
    panic!("a line gives a verdict");
}

fn read_body(body: &[u8], duplicates: Duplicates) -> Result<(), Error> {
    let mut decoder = BodyDecoder::new(&Limits::default(), duplicates, Pool::default());
    decoder.feed(body).expect("a short body");
    decoder.end();
    let verdict = decoder.poll().expect("a verdict");
    verdict.map(|_| ()).map_err(|refusal| refusal.error())
}
