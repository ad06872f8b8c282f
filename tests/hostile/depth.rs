//! Row 23: nesting without end.

use std::thread;

use crate::verdict::{PARSE_ERROR, Streams, accept, limit, refuse};
use mcp_engine::{Limit, Limits};

#[test]
fn row_23_endless_nesting_is_refused_at_the_limit() {
    let brackets = "[".repeat(100_000);
    refuse(&brackets, limit(Limit::Depth, 128), PARSE_ERROR, None);
    let braces = r#"{"a":"#.repeat(100_000);
    refuse(&braces, limit(Limit::Depth, 128 * 5), PARSE_ERROR, None);
    let params = format!("{HEAD}{brackets}");
    let error = limit(Limit::Depth, HEAD.len() + 126);
    refuse(params, error, PARSE_ERROR, None);
    let meta = r#"{"jsonrpc":"2.0","method":"a","params":{"_meta":"#;
    let error = limit(Limit::Depth, meta.len() + 126 * 5);
    refuse(format!("{meta}{braces}"), error, PARSE_ERROR, None);
}

#[test]
fn row_23_nesting_takes_no_stack() {
    let deep = || {
        let line = format!("{HEAD}{}", r#"[{"a":"#.repeat(50_000));
        let error = limit(Limit::Depth, HEAD.len() + 63 * 6);
        refuse(line, error, PARSE_ERROR, None);
    };
    let small = thread::Builder::new().stack_size(256 << 10);
    small.spawn(deep).expect("a thread").join().expect("no overflow");
}

#[test]
fn row_23_the_deepest_allowed_message_is_read_and_one_level_more_is_not() {
    let nested = |levels| format!("{HEAD}{}{}}}}}", "[".repeat(levels), "]".repeat(levels));
    accept(nested(126), |message| {
        assert_eq!(message.index().max_depth, 128);
    });
    let error = limit(Limit::Depth, HEAD.len() + 126);
    refuse(nested(127), error, PARSE_ERROR, None);
}

#[test]
fn row_23_mixed_nesting_keeps_arrays_and_objects_apart() {
    let open = r#"[{"a":[[{"b":"#;
    let nested = format!("{HEAD}{}0{}}}}}", open.repeat(25), "}]]}]".repeat(25));
    accept(nested, |message| assert_eq!(message.index().max_depth, 127));
    let wrong = format!("{HEAD}{}0{}", open.repeat(25), "}]]]]".repeat(25));
    let at = HEAD.len() + open.len() * 25 + 1 + 3;
    let error = crate::verdict::json(mcp_engine::JsonRule::ExpectedCommaOrEnd, at);
    refuse(wrong, error, PARSE_ERROR, None);
}

#[test]
fn row_23_a_lower_limit_is_kept_at_the_bracket_of_every_level() {
    let within = |depth| Streams::within(Limits { depth, ..Limits::default() });
    let meta = r#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":{"x":{}}}}"#;
    let content = r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"x":{}}]}}"#;
    let error = r#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m","data":[[[]]]}}"#;
    for (line, id) in [(meta, None), (content, Some("1")), (error, Some("1"))] {
        let opens = |c| matches!(c, '{' | '[');
        let brackets: Vec<_> = line.match_indices(opens).map(|(at, _)| at).collect();
        for (depth, at) in (0u8..).zip(&brackets).skip(1) {
            let error = limit(Limit::Depth, *at);
            within(depth).refuse(line.as_bytes(), error, PARSE_ERROR, id);
        }
        let depth = brackets.len() as u8;
        within(depth).accept(line.as_bytes(), |message| {
            assert_eq!(message.index().max_depth, depth);
        });
    }
}

const HEAD: &str = r#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"v":"#;
