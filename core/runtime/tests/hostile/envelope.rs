//! Rows 18 to 21 and 29 to 39: envelopes that are nearly JSON-RPC, and ids of every size and type.

use crate::table::Cell::{Cases, Test};
use crate::table::{
    Case, Cell, Expect, INVALID_REQUEST, METHOD_NOT_FOUND, PARSE_ERROR, case, refused, rows,
};
use crate::way::Way;

rows! {
    row_18_a_key_with_a_nul_is_another_key => |way| Cases(vec![
        refused(r#"{"jsonrpc":"2.0","id":5,"method\u0000":"tools/call","params":{META}}"#, INVALID_REQUEST, shapeless(way)),
        refused("{\"jsonrpc\":\"2.0\",\"id\":5,\"method\0\":\"tools/call\"}", PARSE_ERROR, None),
    ]);
    row_19_keys_are_compared_exactly => |way| Cases(vec![
        refused(r#"{"jsonrpc":"2.0","id":5,"Method":"tools/call","params":{META}}"#, INVALID_REQUEST, shapeless(way)),
        refused("{\"j\u{17f}onrpc\":\"2.0\",\"id\":5,\"method\":\"tools/call\"}", INVALID_REQUEST, Some("5")),
    ]);
    row_20_keys_and_methods_may_be_spelled_with_escapes => |_| Cases(vec![
        case(r#"{"jsonrpc":"2.0","id":5,"\u006dethod":"tools\/call","params":{"n\u0061me":"echo","arguments":{"text":"x"},META}}"#, Expect::Answered("5".into())),
    ]);
    row_21_keys_of_the_envelope_must_not_come_twice => |_| Cases(vec![
        refused(r#"{"jsonrpc":"2.0","jsonrpc":"2.0","id":5,"method":"tools/call","params":{META}}"#, INVALID_REQUEST, Some("5")),
        refused(r#"{"jsonrpc":"2.0","id":5,"id":6,"method":"tools/call","params":{META}}"#, INVALID_REQUEST, Some("6")),
        refused(r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","m\u0065thod":"ping","params":{META}}"#, INVALID_REQUEST, Some("5")),
        refused(r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{META},"params":{}}"#, INVALID_REQUEST, Some("5")),
    ]);
    row_29_ids_of_64_bits_are_echoed_exactly => |_| Cases(
        ["9007199254740993", "9223372036854775807", "-9223372036854775808", "18446744073709551615", "-0"]
            .map(echoed).into(),
    );
    row_30_ids_beyond_64_bits_are_refused => |_| Cases(vec![
        without_id("18446744073709551616"),
        without_id(&"7".repeat(60_000)),
    ]);
    row_31_ids_with_a_fraction_or_an_exponent_are_refused => |_| {
        Cases(["1.5", "1e2", "1.0"].map(without_id).into())
    };
    row_32_a_null_id_makes_no_notification => |_| Cases(vec![without_id("null")]);
    row_33_strings_are_ids_within_their_limit => |_| Cases(vec![
        echoed(r#""""#),
        echoed(r#""1""#),
        echoed("1"),
        echoed(&format!("\"{}\"", "x".repeat(1_000))),
        without_id(&format!("\"{}\"", "x".repeat(60_000))),
    ]);
    row_34_ids_of_other_types_are_refused => |_| {
        Cases(["true", "{}", "[]", "[1]"].map(without_id).into())
    };
    row_35_of_the_table => |way| match way {
        Way::PostModern => Cell::Gap("every request stands alone in the modern era: ids of two exchanges never meet"),
        _ => Test("core/runtime/tests/hostile/talking.rs", "row_35_the_id_of_a_request_in_flight_is_refused"),
    };
    row_36_the_version_must_be_2_0 => |_| Cases(vec![
        refused(r#"{"id":5,"method":"tools/call","params":{META}}"#, INVALID_REQUEST, Some("5")),
        refused(r#"{"jsonrpc":2.0,"id":5,"method":"tools/call","params":{META}}"#, INVALID_REQUEST, Some("5")),
        refused(r#"{"jsonrpc":"1.0","id":5,"method":"tools/call","params":{META}}"#, INVALID_REQUEST, Some("5")),
    ]);
    row_37_methods_are_strings_and_known => |way| {
        let mut cases = vec![
            refused(r#"{"jsonrpc":"2.0","id":5,"params":{META}}"#, INVALID_REQUEST, shapeless(way)),
            refused(r#"{"jsonrpc":"2.0","id":5,"method":1,"params":{META}}"#, INVALID_REQUEST, shapeless(way)),
            refused(r#"{"jsonrpc":"2.0","id":5,"method":"rpc.x","params":{META}}"#, METHOD_NOT_FOUND, Some("5")).method("rpc.x"),
        ];
        if way != Way::PostModern {
            // A header has to repeat the method, and cannot be nothing.
            cases.push(refused(r#"{"jsonrpc":"2.0","id":5,"method":"","params":{META}}"#, METHOD_NOT_FOUND, Some("5")));
        }
        Cases(cases)
    };
    row_38_parameters_are_an_object => |_| Cases(["\"x\"", "1", "[]"].map(|params| {
        let text = format!(r#"{{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{params}}}"#);
        refused(text, INVALID_REQUEST, Some("5"))
    }).into());
    row_39_there_are_no_batches => |_| Cases(vec![
        refused(r#"[{"jsonrpc":"2.0","id":5,"method":"ping"},{"jsonrpc":"2.0","id":6,"method":"ping"}]"#, INVALID_REQUEST, None),
        refused("[]", INVALID_REQUEST, None),
        refused("[1]", INVALID_REQUEST, None),
    ]);
}

fn with_id(id: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"echo","arguments":{{"text":"x"}},META}}}}"#
    )
}

fn echoed(id: &str) -> Case {
    case(with_id(id), Expect::Answered(id.into()))
}

fn without_id(id: &str) -> Case {
    refused(with_id(id), INVALID_REQUEST, None)
}

/// The id in the refusal of what may be a broken response. On a stream that both sides ask on, it would be taken for the answer to a request
/// of that id; over HTTP the refusal belongs to its POST.
fn shapeless(way: Way) -> Option<&'static str> {
    way.is_http().then_some("5")
}
