//! Who can talk to whom: every kind of client with every kind of server, whatever that makes of the probe.

use mcp_engine::Incompatible;
use mcp_engine::connection::{Closing, Config};
use mcp_engine::version::{Era, Version};

use crate::stage::{LEGACY, SECOND, Solo, client, json};

/// What a client does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// It is open, in the modern era.
    Modern,
    /// It asks to initialize.
    Initialize,
    /// It is over.
    Over(Closing),
}

const NOTHING_IN_COMMON: Next = Next::Over(Closing::Incompatible(Incompatible::NoCommonVersion));

/// The kinds of clients that probe.
fn dual() -> Config {
    client()
}

fn modern() -> Config {
    client().versions([Version::LATEST])
}

/// What a client does when the server answers its probe with this, or not at all.
fn after_probe(config: Config, answer: Option<&str>) -> Next {
    let mut solo = Solo::new(config);
    solo.connection.start(solo.now).expect("a fresh client");
    let probe = json(&solo.said()[0].line);
    assert_eq!(probe["method"], "server/discover");
    match answer {
        Some(answer) => {
            solo.hear(0, answer);
        }
        None => solo.connection.handle_timeout(solo.now.after(5 * SECOND)),
    }
    next(&mut solo)
}

fn next(solo: &mut Solo) -> Next {
    if let Some(closing) = solo.connection.closing() {
        return Next::Over(closing);
    }
    if solo.connection.era() == Some(Era::Modern) {
        return Next::Modern;
    }
    let said = solo.said();
    assert_eq!(said.len(), 1, "before the result of initialize nothing else is said: {said:?}");
    assert_eq!(json(&said[0].line)["method"], "initialize", "{said:?}");
    Next::Initialize
}

fn error(code: i64, data: &str) -> String {
    let data = if data.is_empty() { String::new() } else { format!(r#","data":{data}"#) };
    format!(r#"{{"jsonrpc":"2.0","id":1,"error":{{"code":{code},"message":"no"{data}}}}}"#)
}

fn result(result: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":1,"result":{result}}}"#)
}

#[test]
fn a_result_of_the_probe_opens_the_modern_era() {
    let found = r#"{"supportedVersions":["2026-07-28"],"capabilities":{},"resultType":"complete","ttlMs":0,"cacheScope":"private"}"#;
    for config in [dual(), modern()] {
        assert_eq!(after_probe(config, Some(&result(found))), Next::Modern);
    }
}

#[test]
fn a_result_that_names_newer_revisions_too_opens_the_one_in_common() {
    let found =
        r#"{"supportedVersions":["2031-01-01","2026-07-28","2025-06-18"],"capabilities":{}}"#;
    assert_eq!(after_probe(dual(), Some(&result(found))), Next::Modern);
}

#[test]
fn a_result_that_names_only_earlier_revisions_leads_to_initialize() {
    let found = r#"{"supportedVersions":["2025-11-25"],"capabilities":{}}"#;
    assert_eq!(after_probe(dual(), Some(&result(found))), Next::Initialize);
    assert_eq!(after_probe(modern(), Some(&result(found))), NOTHING_IN_COMMON);
}

#[test]
fn a_result_without_a_revision_in_common_ends_it() {
    let found = r#"{"supportedVersions":["2031-01-01"],"capabilities":{}}"#;
    assert_eq!(after_probe(dual(), Some(&result(found))), NOTHING_IN_COMMON);
}

#[test]
fn a_result_that_is_no_discover_result_is_that_of_an_earlier_server() {
    for odd in [
        "{}",
        r#"{"capabilities":{}}"#,
        r#"{"supportedVersions":["2026-07-28"]}"#,
        r#"{"supportedVersions":"2026-07-28","capabilities":{}}"#,
        r#"{"supportedVersions":{},"capabilities":{}}"#,
        r#"{"supportedVersions":["2026-07-28"],"capabilities":[]}"#,
        r#"{"protocolVersion":"2025-11-25","capabilities":{}}"#,
    ] {
        assert_eq!(after_probe(dual(), Some(&result(odd))), Next::Initialize, "{odd}");
        assert_eq!(after_probe(modern(), Some(&result(odd))), NOTHING_IN_COMMON, "{odd}");
    }
}

#[test]
fn any_error_but_those_of_the_modern_era_leads_to_initialize() {
    let codes = [
        -32700, -32600, -32601, -32602, -32603, -32000, -32001, -32002, -32003, -32004, -32019,
        -32023, -32042, -32099, -1, 0, 1, 404, 500,
    ];
    for code in codes {
        assert_eq!(after_probe(dual(), Some(&error(code, ""))), Next::Initialize, "{code}");
        assert_eq!(after_probe(modern(), Some(&error(code, ""))), NOTHING_IN_COMMON, "{code}");
    }
}

#[test]
fn silence_leads_to_initialize() {
    assert_eq!(after_probe(dual(), None), Next::Initialize);
    assert_eq!(after_probe(modern(), None), NOTHING_IN_COMMON);
}

#[test]
fn an_error_without_an_id_answers_the_probe() {
    for id in ["", r#""id":null,"#] {
        let line = format!(r#"{{"jsonrpc":"2.0",{id}"error":{{"code":-32600,"message":"?"}}}}"#);
        assert_eq!(after_probe(dual(), Some(&line)), Next::Initialize, "{line}");
    }
}

#[test]
fn an_answer_to_the_probe_that_is_not_valid_leads_to_initialize() {
    for odd in [
        r#"{"jsonrpc":"2.0","id":1,"result":5}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}}"#,
        r#"{"jsonrpc":"2.0","id":1,"error":"no"}"#,
        r#"{"jsonrpc":"2.0","id":1,"error":{"code":"-32601","message":"no"}}"#,
        r#"{"jsonrpc":"2.0","id":1}"#,
    ] {
        assert_eq!(after_probe(dual(), Some(odd)), Next::Initialize, "{odd}");
    }
}

#[test]
fn an_answer_to_something_else_does_not_settle_the_era() {
    let mut solo = Solo::new(dual());
    solo.connection.start(solo.now).expect("a fresh client");
    solo.said();
    for odd in [
        r#"{"jsonrpc":"2.0","id":"1","result":{}}"#,
        r#"{"jsonrpc":"2.0","id":2,"error":{"code":-32601,"message":"no"}}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}}"#,
        "Listening on stdio",
    ] {
        solo.hear(0, odd);
        assert_eq!(solo.said(), [], "{odd}");
        assert_eq!(solo.connection.closing(), None, "{odd}");
    }
}

#[test]
fn an_unsupported_revision_is_never_a_reason_to_fall_back_unless_earlier_ones_are_named() {
    let rows = [
        (r#"{"supported":["2025-11-25"],"requested":"2026-07-28"}"#, Next::Initialize),
        (r#"{"supported":["2024-11-05","2031-01-01"],"requested":"x"}"#, Next::Initialize),
        (r#"{"supported":["2031-01-01"],"requested":"2026-07-28"}"#, NOTHING_IN_COMMON),
        (r#"{"supported":["2026-07-28"],"requested":"2026-07-28"}"#, NOTHING_IN_COMMON),
        (r#"{"supported":[]}"#, NOTHING_IN_COMMON),
        (r#"{"supported":"2025-11-25"}"#, NOTHING_IN_COMMON),
        ("5", NOTHING_IN_COMMON),
        ("", NOTHING_IN_COMMON),
    ];
    for (data, expected) in rows {
        assert_eq!(after_probe(dual(), Some(&error(-32022, data))), expected, "{data}");
        assert_eq!(after_probe(modern(), Some(&error(-32022, data))), NOTHING_IN_COMMON, "{data}");
    }
}

#[test]
fn the_other_errors_of_the_modern_era_do_not_lead_to_initialize() {
    let required = r#"{"requiredCapabilities":{"sampling":{}}}"#;
    for config in [dual(), modern()] {
        let lacking = after_probe(config.clone(), Some(&error(-32021, required)));
        assert_eq!(lacking, Next::Over(Closing::Incompatible(Incompatible::Capability)));
        let mismatch = after_probe(config, Some(&error(-32020, "")));
        assert_eq!(mismatch, Next::Over(Closing::HandshakeRefused));
    }
}

#[test]
fn a_client_without_the_modern_era_does_not_probe() {
    for version in LEGACY {
        let mut solo = Solo::new(client().versions([version]));
        solo.connection.start(solo.now).expect("a fresh client");
        assert_eq!(next(&mut solo), Next::Initialize);
    }
}

#[test]
fn a_client_that_knows_its_server_goes_the_known_way_at_once() {
    for known in Version::ALL {
        let mut config = client();
        config.known = Some(known);
        let mut solo = Solo::new(config);
        solo.connection.start(solo.now).expect("a fresh client");
        let expected = if known.era() == Era::Modern { "server/discover" } else { "initialize" };
        assert_eq!(json(&solo.said()[0].line)["method"], expected);
    }
}

#[test]
fn a_status_that_tells_the_driver_leads_to_initialize() {
    let mut solo = Solo::new(dual());
    solo.connection.start(solo.now).expect("a fresh client");
    solo.said();
    solo.connection.fall_back(solo.now).expect("a probe in flight");
    assert_eq!(next(&mut solo), Next::Initialize);
    assert!(solo.connection.fall_back(solo.now).is_err(), "there is no probe any more");
}

/// A client that has asked to initialize, because its probe was not answered in time.
fn impatient() -> Solo {
    let mut solo = Solo::new(dual());
    solo.connection.start(solo.now).expect("a fresh client");
    solo.said();
    solo.connection.handle_timeout(solo.now.after(5 * SECOND));
    assert_eq!(next(&mut solo), Next::Initialize);
    solo
}

fn unsupported(id: i64, supported: &str) -> String {
    let data = format!(r#"{{"supported":{supported},"requested":"2025-11-25"}}"#);
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":-32022,"message":"no","data":{data}}}}}"#
    )
}

#[test]
fn a_modern_server_that_starts_slowly_is_found_by_its_error_for_initialize() {
    let mut solo = impatient();
    solo.hear(0, &unsupported(2, r#"["2026-07-28"]"#));
    assert_eq!(json(&solo.said()[0].line)["method"], "server/discover");
    let found = r#"{"supportedVersions":["2026-07-28"],"capabilities":{}}"#;
    solo.hear(0, &format!(r#"{{"jsonrpc":"2.0","id":3,"result":{found}}}"#));
    assert_eq!(next(&mut solo), Next::Modern);
}

#[test]
fn a_server_that_goes_round_in_circles_is_left() {
    let mut solo = impatient();
    for id in 2..20 {
        if solo.connection.closing().is_some() {
            break;
        }
        solo.hear(0, &unsupported(id, r#"["2026-07-28"]"#));
        solo.hear(0, &error(-32601, "").replace(r#""id":1"#, &format!(r#""id":{id}"#)));
    }
    assert!(solo.connection.closing().is_some());
    assert!(solo.said().len() < 8);
}

#[test]
fn an_unsupported_revision_for_initialize_without_one_in_common_ends_it() {
    for supported in [r#"["2031-01-01"]"#, "[]", "5", r#"["2025-11-25"]"#] {
        let mut solo = impatient();
        solo.hear(0, &unsupported(2, supported));
        assert_eq!(next(&mut solo), NOTHING_IN_COMMON, "{supported}");
    }
}

#[test]
fn a_late_answer_to_the_probe_is_ignored() {
    let mut solo = Solo::new(dual());
    solo.connection.start(solo.now).expect("a fresh client");
    solo.said();
    solo.connection.handle_timeout(solo.now.after(5 * SECOND));
    assert_eq!(next(&mut solo), Next::Initialize);
    solo.hear(0, &error(-32601, ""));
    assert_eq!(solo.said(), []);
    assert_eq!(solo.connection.closing(), None);
}
