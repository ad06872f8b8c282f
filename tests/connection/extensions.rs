//! Extensions are spoken when both sides have declared them.

use mcp_engine::connection::Connection;
use mcp_engine::version::{Role, Version};
use mcp_engine::{Error, Incompatible, Message, Misuse};

use crate::stage::{LEGACY, Scene, client, echo, raw, request, requested, server};

const NAME: &str = "com.example/colours";

fn declaring(settings: &str) -> String {
    format!(r#"{{"tools":{{}},"extensions":{{"{NAME}":{settings}}}}}"#)
}

/// A call between sides that have declared these.
fn called(client_has: &str, server_has: &str, versions: &[Version]) -> (Scene, Message) {
    let client = client().capabilities(raw(client_has)).versions(versions.iter().copied());
    let server = server().capabilities(raw(server_has)).versions(versions.iter().copied());
    let mut scene = Scene::open(client, server);
    request(&mut scene, Role::Client, echo());
    let (_, message) = requested(&mut scene.server);
    (scene, message)
}

fn settings(side: &Connection, request: Option<&Message>) -> Result<String, Error> {
    side.extension(NAME, request).map(|settings| settings.spelling().to_owned())
}

#[test]
fn each_side_learns_the_settings_of_the_other() {
    let (scene, message) =
        called(&declaring(r#"{"depth":8}"#), &declaring("{ }"), &[Version::LATEST]);
    assert_eq!(settings(&scene.client.connection, None), Ok("{ }".to_owned()));
    let theirs = settings(&scene.server.connection, Some(&message));
    assert_eq!(theirs, Ok(r#"{"depth":8}"#.to_owned()));
}

#[test]
fn what_one_side_alone_has_declared_is_not_spoken() {
    let (with, without) = (declaring("{}"), r#"{"tools":{}}"#);
    let missing = Err(Error::PeerIncompatible(Incompatible::Extension));
    let own = Err(Error::ApiMisuse(Misuse::NotOffered));
    for (client_has, server_has, at_client, at_server) in
        [(&with[..], without, &missing, &own), (without, &with[..], &own, &missing)]
    {
        let (scene, message) = called(client_has, server_has, &[Version::LATEST]);
        assert_eq!(settings(&scene.client.connection, None), *at_client);
        assert_eq!(settings(&scene.server.connection, Some(&message)), *at_server);
    }
}

#[test]
fn a_server_infers_nothing_from_earlier_requests() {
    let (scene, _) = called(&declaring("{}"), &declaring("{}"), &[Version::LATEST]);
    let missing = Err(Error::PeerIncompatible(Incompatible::Extension));
    assert_eq!(settings(&scene.server.connection, None), missing);
}

#[test]
fn earlier_revisions_have_no_extensions() {
    let missing = Err(Error::PeerIncompatible(Incompatible::Extension));
    for version in LEGACY {
        let (scene, message) = called(&declaring("{}"), &declaring("{}"), &[version]);
        assert_eq!(settings(&scene.client.connection, None), missing);
        assert_eq!(settings(&scene.server.connection, Some(&message)), missing);
    }
}
