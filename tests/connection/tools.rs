//! Rows 57 and 58 of the hostile inputs: tools that pass for others, and tools that change once somebody has approved of them.

use mcp_engine::connection::{Call, Standing, Tools};
use mcp_engine::version::{Role, Version};
use mcp_engine::{Error, Limit, Limits, Message, Method, PeerRule, Seed};

use crate::stage::{Scene, answered, open, raw, request, requested};

const SEED: Seed = Seed([0x5eed, 2]);
const TWICE: Error = Error::PeerMisbehaved { rule: PeerRule::ToolName, offset: 0 };

fn tools() -> Tools {
    Tools::new(&Limits::default(), SEED)
}

/// Lets a server list its tools.
fn listed(scene: &mut Scene, tools: &str) -> Message {
    request(scene, Role::Client, Call::new(Method::ListTools));
    let (theirs, _) = requested(&mut scene.server);
    scene.result(Role::Server, &theirs, &format!(r#"{{"tools":[{tools}]}}"#));
    answered(&mut scene.client).1
}

fn seen(tools: &mut Tools, page: &Message) -> Vec<Result<Standing, Error>> {
    let listed = page.result().and_then(|result| result.get("tools")?.elements());
    listed.into_iter().flatten().map(|tool| tools.see(tool)).collect()
}

const A: &str = r#"{"name":"a","description":"x","inputSchema":{"type":"object"}}"#;
const B: &str = r#"{"name":"b","inputSchema":{"type":"object"}}"#;

#[test]
fn row_57_two_tools_of_the_same_name_are_refused() {
    for version in Version::ALL {
        let (mut scene, mut tools) = (open(version), tools());
        let escaped = A.replace("\"a\"", "\"\\u0061\"").replace("\"x\"", "\"y\"");
        let page = listed(&mut scene, &[A, B, &escaped].join(","));
        assert_eq!(seen(&mut tools, &page), [Ok(Standing::New), Ok(Standing::New), Err(TWICE)]);
        let next = listed(&mut scene, B);
        assert_eq!(seen(&mut tools, &next), [Err(TWICE)], "on the next page");
        tools.begin();
        assert_eq!(seen(&mut tools, &next), [Ok(Standing::New)], "in another listing");
    }
}

#[test]
fn row_57_names_are_told_apart_exactly() {
    let mut tools = tools();
    for name in ["a", "A", "a ", "\u{430}", "a\u{200b}", "\u{202e}a", "a\\u0000", ""] {
        let tool = format!(r#"{{"name":"{name}"}}"#);
        assert_eq!(tools.see(raw(&tool)), Ok(Standing::New), "{name}");
    }
    for nameless in ["{}", "[]", r#"{"name":1}"#, r#"{"Name":"b"}"#, "null"] {
        assert_eq!(tools.see(raw(nameless)), Err(TWICE), "{nameless}");
    }
}

#[test]
fn row_58_a_tool_that_has_changed_has_to_be_approved_of_again() {
    let mut tools = tools();
    tools.approve(raw(A)).expect("a name");
    for (tool, standing) in [
        (A, Standing::Approved),
        (B, Standing::New),
        (
            r#"{ "inputSchema": {"type":"object"}, "description":"\u0078","name":"a" }"#,
            Standing::Approved,
        ),
        (r#"{"name":"a","description":"y","inputSchema":{"type":"object"}}"#, Standing::Changed),
        (
            r#"{"name":"a","description":"x","inputSchema":{"type":"object","properties":{}}}"#,
            Standing::Changed,
        ),
        (
            r#"{"name":"a","description":"x","inputSchema":{"type":"object"},"annotations":{}}"#,
            Standing::Changed,
        ),
        (r#"{"name":"a","inputSchema":{"type":"object"}}"#, Standing::Changed),
    ] {
        tools.begin();
        assert_eq!(tools.see(raw(tool)), Ok(standing), "{tool}");
    }
    let other = r#"{"name":"a","description":"y"}"#;
    tools.approve(raw(other)).expect("a name");
    tools.begin();
    assert_eq!(tools.see(raw(other)), Ok(Standing::Approved));
}

#[test]
fn row_58_what_was_approved_of_outlives_a_run() {
    let mut first = tools();
    first.approve(raw(A)).expect("a name");
    let kept: Vec<_> = first.approved().collect();
    let (mut next, mut stranger) = (tools(), Tools::new(&Limits::default(), Seed([1, 1])));
    next.restore(kept.clone());
    stranger.restore(kept);
    assert_eq!(next.see(raw(A)), Ok(Standing::Approved));
    assert_eq!(stranger.see(raw(A)), Ok(Standing::New), "under another secret");
}

#[test]
fn so_many_tools_and_no_more() {
    let mut tools = Tools::new(&Limits { tools: 1, ..Limits::default() }, SEED);
    let too_many = Err(Error::LimitExceeded { limit: Limit::Tools, offset: 0 });
    assert_eq!(tools.see(raw(A)), Ok(Standing::New));
    assert_eq!(tools.see(raw(B)).map(drop), too_many);
    tools.approve(raw(A)).expect("room");
    tools.approve(raw(A)).expect("the same again");
    assert_eq!(tools.approve(raw(B)), too_many);
    tools.restore([(1, 2)]);
    assert_eq!(tools.approved().len(), 1);
}
