//! Log messages: of a session, at the level that was set; of a modern request, at the level that it asks for.

use mcp_engine::connection::{Call, Delivery, Event, LoggingLevel};
use mcp_engine::version::{Role, Version};
use mcp_engine::{Error, Method, Misuse, RequestId};

use crate::stage::{
    LEGACY, NOTHING, Scene, answered, call, client, code, echo, json, last, line, open, raw,
    request, requested, server,
};

fn log(
    scene: &mut Scene,
    level: LoggingLevel,
    related: Option<&RequestId>,
) -> Result<Delivery, Error> {
    let said = scene.server.connection.log(level, Some("db"), raw(r#"{"a":1}"#), related);
    scene.settle();
    said
}

fn set_level(scene: &mut Scene, level: LoggingLevel) {
    let params = format!(r#"{{"level":"{level}"}}"#);
    request(scene, Role::Client, Call::new(Method::SetLevel).params(raw(&params)));
    answered(&mut scene.client);
}

#[test]
fn a_log_message_says_its_level_its_logger_and_its_data() {
    for version in LEGACY {
        let mut scene = open(version);
        assert_eq!(log(&mut scene, LoggingLevel::Warning, None), Ok(Delivery::Queued));
        let expected = r#"{"level":"warning","logger":"db","data":{"a":1}}"#;
        assert_eq!(last(&scene, Role::Server)["params"], json(expected));
        assert!(matches!(scene.client.event(), Some(Event::Notification { .. })));
    }
}

#[test]
fn a_session_gets_messages_at_and_above_the_level_that_it_has_set() {
    for version in LEGACY {
        for set in LoggingLevel::ALL {
            let mut scene = open(version);
            set_level(&mut scene, set);
            for level in LoggingLevel::ALL {
                let expected = if level >= set { Delivery::Queued } else { Delivery::Dropped };
                assert_eq!(log(&mut scene, level, None), Ok(expected), "{level} {set}");
            }
        }
    }
}

#[test]
fn the_level_of_a_session_holds_for_requests_that_came_before_it_was_set() {
    for version in LEGACY {
        let mut scene = open(version);
        let (_, theirs) = call(&mut scene);
        set_level(&mut scene, LoggingLevel::Error);
        assert_eq!(log(&mut scene, LoggingLevel::Info, Some(&theirs)), Ok(Delivery::Dropped));
        set_level(&mut scene, LoggingLevel::Debug);
        assert_eq!(log(&mut scene, LoggingLevel::Info, Some(&theirs)), Ok(Delivery::Queued));
    }
}

#[test]
fn a_level_that_there_is_not_is_refused() {
    for version in LEGACY {
        for params in ["", r#""level":"loud""#, r#""level":5"#, r#""level":"Info""#] {
            let mut scene = open(version);
            scene.hear(Role::Server, &line(version, "9", "logging/setLevel", params));
            assert_eq!(code(&last(&scene, Role::Server)), -32602, "{params}");
            assert_eq!(log(&mut scene, LoggingLevel::Debug, None), Ok(Delivery::Queued));
        }
    }
}

#[test]
fn a_level_cannot_be_set_without_the_capability() {
    for version in LEGACY {
        let bare = server().versions([version]).capabilities(raw(r#"{"tools":{}}"#));
        let mut scene = Scene::open(client().versions([version]), bare);
        let params = r#""level":"info""#;
        scene.hear(Role::Server, &line(version, "9", "logging/setLevel", params));
        assert_eq!(code(&last(&scene, Role::Server)), -32601);
        let refused = log(&mut scene, LoggingLevel::Info, None);
        assert_eq!(refused, Err(Error::ApiMisuse(Misuse::NotOffered)));
    }
}

#[test]
fn a_modern_request_gets_log_messages_only_when_it_asks_for_them() {
    let mut scene = open(Version::LATEST);
    let (_, theirs) = call(&mut scene);
    for level in LoggingLevel::ALL {
        assert_eq!(log(&mut scene, level, Some(&theirs)), Ok(Delivery::Dropped));
    }
}

#[test]
fn a_modern_request_gets_messages_at_and_above_the_level_that_it_asks_for() {
    for asked in LoggingLevel::ALL {
        let mut scene = open(Version::LATEST);
        request(&mut scene, Role::Client, echo().level(asked));
        let meta = last(&scene, Role::Client)["params"]["_meta"].clone();
        assert_eq!(meta["io.modelcontextprotocol/logLevel"], asked.name());
        let (theirs, _) = requested(&mut scene.server);
        for level in LoggingLevel::ALL {
            let expected = if level >= asked { Delivery::Queued } else { Delivery::Dropped };
            assert_eq!(log(&mut scene, level, Some(&theirs)), Ok(expected), "{level} {asked}");
        }
    }
}

#[test]
fn a_modern_request_asks_for_itself_alone() {
    let mut scene = open(Version::LATEST);
    request(&mut scene, Role::Client, echo().level(LoggingLevel::Debug));
    let (chatty, _) = requested(&mut scene.server);
    let (_, quiet) = call(&mut scene);
    assert_eq!(log(&mut scene, LoggingLevel::Alert, Some(&quiet)), Ok(Delivery::Dropped));
    assert_eq!(log(&mut scene, LoggingLevel::Debug, Some(&chatty)), Ok(Delivery::Queued));
    assert_eq!(log(&mut scene, LoggingLevel::Alert, None), Ok(Delivery::Dropped));
}

#[test]
fn nothing_is_logged_for_a_request_that_is_over() {
    let mut scene = open(Version::LATEST);
    request(&mut scene, Role::Client, echo().level(LoggingLevel::Debug));
    let (theirs, _) = requested(&mut scene.server);
    scene.result(Role::Server, &theirs, NOTHING);
    let late = log(&mut scene, LoggingLevel::Alert, Some(&theirs));
    assert_eq!(late, Err(Error::ApiMisuse(Misuse::UnknownRequest)));
}

#[test]
fn nothing_is_logged_for_a_request_that_was_cancelled() {
    for version in Version::ALL {
        let mut scene = open(version);
        let ours = request(&mut scene, Role::Client, echo().level(LoggingLevel::Debug));
        let (theirs, _) = requested(&mut scene.server);
        scene.cancel(Role::Client, &ours);
        let late = log(&mut scene, LoggingLevel::Alert, Some(&theirs));
        assert_eq!(late, Ok(Delivery::Dropped), "{version}");
    }
}

#[test]
fn a_level_in_a_legacy_request_is_not_sent() {
    for version in LEGACY {
        let mut scene = open(version);
        request(&mut scene, Role::Client, echo().level(LoggingLevel::Debug));
        assert!(last(&scene, Role::Client)["params"].get("_meta").is_none());
    }
}

#[test]
fn a_level_in_meta_that_there_is_not_asks_for_nothing() {
    let mut scene = open(Version::LATEST);
    let text = line(Version::LATEST, "9", "tools/call", r#""name":"a""#);
    let key = r#""_meta":{"io.modelcontextprotocol/logLevel":"loud","#;
    scene.hear(Role::Server, &text.replace(r#""_meta":{"#, key));
    let (id, _) = requested(&mut scene.server);
    assert_eq!(log(&mut scene, LoggingLevel::Emergency, Some(&id)), Ok(Delivery::Dropped));
}

#[test]
fn data_of_every_type_can_be_logged() {
    for content in ["null", "5", "\"x\"", "[1.0]", "{}", "true"] {
        let mut scene = open(Version::V2025_06_18);
        let connection = &mut scene.server.connection;
        connection.log(LoggingLevel::Info, None, raw(content), None).expect("open");
        scene.settle();
        assert_eq!(last(&scene, Role::Server)["params"]["data"], json(content));
        assert!(last(&scene, Role::Server)["params"].get("logger").is_none());
    }
}
