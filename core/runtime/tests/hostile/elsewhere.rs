//! The rows that other tests play, and those that there is no way to meet.

use crate::table::Cell::{Gap, Test};
use crate::table::{Cell, Row};
use crate::way::Way;

pub(crate) const ROWS: &[Row] = &[
    ("row_11", |_| Test(CLIENT, "row_11_what_is_no_message_is_passed_over")),
    ("row_12", |way| match way {
        Way::Stdio => Test(CHILD, "a_flood_of_errors_is_drained_and_its_end_is_kept"),
        _ => Gap("only a child has a standard error that somebody has to read"),
    }),
    ("row_13", |way| match way {
        way if way.is_http() => Test(HTTP_HOSTILE, "a_client_that_reads_nothing_is_let_go"),
        _ => Test(TALKING, "row_13_a_client_that_reads_nothing_is_not_read_either"),
    }),
    ("row_13", |_| Test(CLIENT, "row_13_a_server_that_reads_nothing_is_given_up")),
    ("row_40", |_| Test(CLIENT, "row_40_an_answer_that_is_both_or_neither_fails_its_call")),
    ("row_41", |_| Test(CLIENT, "row_41_unknown_members_of_an_answer_are_passed_over")),
    ("row_42", |_| Test(CLIENT, "row_42_an_error_that_is_none_fails_its_call")),
    ("row_43", |_| Test(CLIENT, "row_43_answers_to_nothing_are_passed_over")),
    ("row_44", |_| Test(CLIENT, "row_44_a_second_answer_is_passed_over")),
    ("row_45", |_| Test(CLIENT, "row_45_an_answer_to_a_cancelled_call_is_passed_over")),
    ("row_47", |_| Test("tests/connection/cancellation.rs", "row_47_every_interleaving")),
    ("row_48", |_| Test(CLIENT, "row_48_progress_of_nothing_is_passed_over")),
    ("row_49", |_| Test(CLIENT, "row_49_progress_that_does_not_increase_is_dropped")),
    ("row_53", |_| Test(CLIENT, "row_53_a_server_that_never_answers_is_given_up")),
    ("row_54", |_| Test(CLIENT, "row_54_listings_have_an_end")),
    ("row_55", |_| Test(SCHEMA, "row_55_references_to_elsewhere_are_never_followed")),
    ("row_56", |_| Test(SCHEMA, "row_56_a_hundred_thousand_branches_are_refused")),
    ("row_57", |_| Test("tests/connection/tools.rs", "row_57_two_tools_of_the_same_name")),
    ("row_57", |_| Test("core/cli/escape.rs", "row_57_only_what_is_harmless_is_shown_as_it_is")),
    ("row_58", |_| Test("core/runtime/tests/aggregator.rs", "a_tool_whose_definition_changes")),
    ("row_59", |_| Test("tests/uri.rs", "row_59_paths_that_lead_up_are_refused")),
    ("row_60", |_| Test("tests/uri.rs", "row_60_schemes_that_were_not_allowed_are_refused")),
    ("row_61", |way| events(way, EVENTS, "row_61_every_line_end_ends_a_line")),
    ("row_62", |way| events(way, EVENTS, "row_62_an_event_without_an_end_is_not_held")),
    ("row_63", |way| events(way, EVENTS, "row_63_fields_are_read_as_the_standard_has_them")),
    ("row_64", |way| events(way, EVENTS, "row_64_waits_that_are_none_are_passed_over")),
    ("row_64", |way| events(way, "tests/http/client.rs", "row_64_waits_that_a_server_asks_for")),
    ("row_65", |way| match way {
        Way::PostLegacy => Test(SESSIONS, "a_reply_that_broke_without_an_id_is_lost"),
        Way::PostModern => Test(SESSIONS, "a_modern_reply_that_broke_is_lost"),
        way => events(way, FALLBACK, "a_server_of_2024_is_spoken_to_over_http_and_sse"),
    }),
    ("row_65", |way| match way {
        Way::PostLegacy => Test(HTTP_LEGACY, "a_stream_that_broke_is_resumed_without_a_gap"),
        way if way.is_http() => Gap("streams of this revision have no ids of events to forge"),
        way => events(way, "", ""),
    }),
    ("row_66", |way| events(way, EVENTS, "row_66_events_may_come_byte_by_byte")),
    ("row_66", |way| http(way, HTTP_HOSTILE, "a_flood_of_chunk_extensions_ends_its_connection")),
    ("row_67", |way| http(way, HTTP_HOSTILE, "nothing_is_smuggled")),
    ("row_68", |way| http(way, HTTP_HOSTILE, "nothing_is_smuggled")),
    ("row_69", |way| pages(way)),
    ("row_70", |way| pages(way)),
    ("row_71", |way| http(way, HTTP_HOSTILE, "bodies_of_other_kinds_are_refused")),
    ("row_72", |way| http(way, HTTP_HOSTILE, "bodies_that_are_too_long_are_refused")),
    ("row_73", |way| match way {
        way if way.is_http() => {
            Test(HTTP_HOSTILE, "a_head_that_takes_too_long_ends_its_connection")
        }
        Way::Unix | Way::Tcp => Test(SOCKET, "a_connection_above_the_limit_is_closed_at_once"),
        Way::WebSocket => {
            Test("core/runtime/tests/websocket.rs", "a_handshake_that_takes_too_long")
        }
        _ => Gap("a pipe and a pair in memory have one peer, which can only keep itself waiting"),
    }),
    ("row_74", |way| http(way, HTTP_LEGACY, "requests_that_are_refused_leave_no_session")),
    ("row_75", |way| sessions(way, HTTP_LEGACY, "there_are_no_more_sessions_than_may_be")),
    ("row_75", |way| {
        sessions(way, HTTP_LEGACY, "a_session_that_nobody_uses_is_gone_after_a_while")
    }),
    ("row_76", |way| sessions(way, HTTP_HOSTILE, "sessions_of_others_are_not_there")),
    ("row_77", |way| sessions(way, HTTP_LEGACY, "what_belongs_to_no_request_comes_on_the_stream")),
    ("row_78", |way| match way {
        Way::PostModern => Test(HTTP_MODERN, "a_client_that_goes_takes_its_request_along"),
        way => sessions(way, HTTP_LEGACY, "what_was_said_meanwhile_is_heard"),
    }),
    ("row_79", |way| {
        modern(way, "tests/http/mirror.rs", "row_79_a_header_that_says_something_else")
    }),
    ("row_80", |way| modern(way, "tests/http/params.rs", "row_80_")),
    ("row_81", |way| match way.is_modern() {
        true => Test("core/proto/state.rs", "row_81_every_altered_byte_is_noticed"),
        false => Gap("clients carry no state of the server in the legacy era"),
    }),
    ("row_82", |_| Gap("HTTP/2 is not offered: the server speaks HTTP/1.1 alone")),
    ("row_83", |way| frames(way, "row_83_frames_that_are_none")),
    ("row_84", |way| frames(way, "row_84_a_message_above_the_limit")),
    ("row_94", |_| {
        Gap("no header of a proxy is trusted anywhere: who a peer is comes from its socket")
    }),
    ("row_95", |way| match way {
        way if way.is_http() => Test(SECURITY, "a_redirection_to_another_origin_is_not_followed"),
        Way::WebSocket => Test(WEBSOCKET, "row_95_a_handshake_follows_no_redirection"),
        _ => Gap("there is nothing to follow without URLs"),
    }),
    ("row_98", |way| match way {
        Way::Stdio => Test(CHILD, "arguments_mean_nothing_to_a_shell"),
        _ => Gap("nothing is started to reach this server"),
    }),
    ("row_98", |way| match way {
        Way::Stdio => Test(CHILD, "a_child_that_ignores_sigterm_is_killed"),
        _ => Gap("nothing is started to reach this server"),
    }),
    ("row_102", |_| Test("core/runtime/tests/tracing.rs", "row_102_")),
];

fn http(way: Way, file: &'static str, test: &'static str) -> Cell {
    if way.is_http() { Test(file, test) } else { Gap("there are no requests of HTTP here") }
}

fn events(way: Way, file: &'static str, test: &'static str) -> Cell {
    if way.is_http() { Test(file, test) } else { Gap("there are no server-sent events here") }
}

fn sessions(way: Way, file: &'static str, test: &'static str) -> Cell {
    match way {
        Way::PostLegacy | Way::HttpSse => Test(file, test),
        _ => Gap("a conversation is its connection here, and the modern era has none at all"),
    }
}

fn modern(way: Way, file: &'static str, test: &'static str) -> Cell {
    match way {
        Way::PostModern => Test(file, test),
        _ => Gap("headers repeat the message over HTTP in the modern era alone"),
    }
}

/// Pages of others, which reach every server that listens for HTTP.
fn pages(way: Way) -> Cell {
    match way {
        Way::WebSocket => {
            Test("core/runtime/tests/websocket.rs", "pages_of_others_and_other_hosts_are_refused")
        }
        way => http(way, HTTP_HOSTILE, "foreign_hosts_and_origins_are_refused"),
    }
}

fn frames(way: Way, test: &'static str) -> Cell {
    match way {
        Way::WebSocket => Test(WEBSOCKET, test),
        _ => Gap("there are no frames of a WebSocket here"),
    }
}

const CLIENT: &str = "core/runtime/tests/hostile/client.rs";
const TALKING: &str = "core/runtime/tests/hostile/talking.rs";
const WEBSOCKET: &str = "core/runtime/tests/hostile/websocket.rs";
const CHILD: &str = "core/runtime/tests/transport_child.rs";
const SOCKET: &str = "core/runtime/tests/transport_socket.rs";
const HTTP_HOSTILE: &str = "core/runtime/tests/http_server/hostile.rs";
const HTTP_LEGACY: &str = "core/runtime/tests/http_server/legacy.rs";
const HTTP_MODERN: &str = "core/runtime/tests/http_server/modern.rs";
const EVENTS: &str = "core/runtime/tests/hostile/events.rs";
const SESSIONS: &str = "core/runtime/tests/http_client/sessions.rs";
const FALLBACK: &str = "core/runtime/tests/http_client/fallback.rs";
const SECURITY: &str = "core/runtime/tests/http_client/security.rs";
const SCHEMA: &str = "core/schema/tests/hostile.rs";
