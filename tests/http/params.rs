//! Row 80: the headers that repeat the arguments of a tool call.

use mcp_engine::http::{Gate, HttpRule, Param, ParamValue, check_params, mirror};
use mcp_engine::json::Raw;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::request::{Fields, cases, head, message, modern};

/// What becomes of a call whose argument is this, with these headers.
fn checked(argument: &str, fields: Fields<'_>) -> &'static str {
    let gate = Gate::default();
    let head = head(&gate, fields).expect("a sound head");
    let value = match argument {
        "" => ParamValue::Absent,
        argument => ParamValue::new(Some(Raw::parse(argument).expect("JSON"))),
    };
    match check_params(&head, &[Param { header: "Region", value }]) {
        Ok(()) => "ok",
        Err(rejection) => {
            assert_eq!((rejection.status().code(), rejection.code()), (400, -32020));
            assert!(rejection.to_string().ends_with("(Mcp-Param-Region)"));
            rejection.name()
        }
    }
}

#[test]
fn row_80_an_argument_is_repeated_in_its_header() {
    for (argument, header) in [
        (r#""us-west1""#, "us-west1"),
        (r#""us-west1""#, " us-west1\t"),
        (r#""Hello""#, "=?base64?SGVsbG8=?="),
        (r#""""#, ""),
        (r#""""#, "=?base64??="),
        ("true", "true"),
        ("false", "false"),
        ("42", "42"),
        ("42", "42.0"),
        ("42.0", "42"),
        ("-7", "-7"),
        ("9007199254740993", "9007199254740993.000"),
        (r#""=?BASE64?SGVsbG8=?=""#, "=?BASE64?SGVsbG8=?="),
        (r#""=?base64?SGVsbG8=""#, "=?base64?SGVsbG8="),
    ] {
        let outcome = checked(argument, &[("MCP-PARAM-REGION", header)]);
        assert_eq!(outcome, "ok", "{argument} {header}");
    }
}

#[test]
fn row_80_a_header_that_does_not_repeat_its_argument_is_refused() {
    for (argument, header) in [
        (r#""us-west1""#, "us-east1"),
        (r#""us-west1""#, "US-WEST1"),
        (r#""us-west1""#, ""),
        (r#""true""#, "True"),
        ("true", "1"),
        ("42", "43"),
        ("42", "42.5"),
        ("42", "042"),
        ("42", "0x2a"),
        ("9007199254740993", "9007199254740992"),
        ("null", "null"),
        ("null", ""),
        ("", "x"),
        ("[1]", "[1]"),
        ("{}", "{}"),
    ] {
        let outcome = checked(argument, &[("mcp-param-region", header)]);
        assert_eq!(outcome, "header-mismatch", "{argument} {header}");
    }
}

#[test]
fn row_80_an_argument_without_its_header_is_refused_and_none_needs_none() {
    for argument in [r#""x""#, r#""""#, "0", "false"] {
        assert_eq!(checked(argument, &[("mcp-param-other", "x")]), "header-missing", "{argument}");
    }
    for argument in ["", "null", "[]", "{}"] {
        assert_eq!(checked(argument, &[("mcp-param-other", "x")]), "ok", "{argument}");
    }
}

#[test]
fn row_80_a_header_that_came_twice_or_is_malformed_is_refused() {
    let twice: Fields<'_> = &[("mcp-param-region", "Hello"), ("Mcp-Param-Region", "Hello")];
    assert_eq!(checked(r#""Hello""#, twice), "header-repeated");
    for value in ["=?base64?SGVsbG8?=", "=?base64?SGVs!!!bG8=?=", "=?base64?SGVsbG9=?="] {
        assert_eq!(checked(r#""Hello""#, &[("mcp-param-region", value)]), "header-encoding");
    }
    for value in ["Héllo", "Hel\u{8}lo"] {
        assert_eq!(checked(r#""Hello""#, &[("mcp-param-region", value)]), "header-characters");
    }
}

#[test]
fn row_80_line_breaks_never_reach_a_header_in_either_direction() {
    let gate = Gate::default();
    let smuggled: Fields<'_> = &[("mcp-param-region", "x\r\nx-admin: 1")];
    let rejection = head(&gate, smuggled).expect_err("refused");
    assert_eq!((rejection.status().code(), rejection.code()), (400, -32020));
    let value = ParamValue::new(Some(Raw::parse(r#""x\r\nx-admin: 1""#).expect("JSON")));
    let call = message(&modern("tools/call", r#""name":"x""#));
    mirror(call.as_ref(), &[Param { header: "Region", value }], |_, value| {
        assert!(!value.contains(['\r', '\n']));
    })
    .expect("sent encoded");
    for header in ["", "a b", "a:b", "a\r\nb", "é"] {
        let refused = mirror(call.as_ref(), &[Param { header, value }], |_, _| {});
        assert_eq!(refused, Err(HttpRule::FieldName.into()), "{header}");
    }
}

#[test]
fn headers_are_written_as_the_specification_says() {
    let call = message(&modern("tools/call", r#""name":"t""#));
    let arguments = json!({
        "text": "a", "empty": "", "tab": "a\tb", "lead": " a", "int": 42, "whole": 42.0,
        "negative": -7, "yes": true, "no": false, "none": null, "list": [1], "object": {},
    });
    let spelled: Vec<_> = arguments
        .as_object()
        .expect("an object")
        .iter()
        .map(|(key, value)| (key.as_str(), value.to_string()))
        .collect();
    let params: Vec<_> = spelled
        .iter()
        .map(|(header, value)| {
            let value = ParamValue::new(Some(Raw::parse(value).expect("JSON")));
            Param { header, value }
        })
        .collect();
    let mut seen = Vec::new();
    mirror(call.as_ref(), &params, |name, value| seen.push(format!("{name}: {value}")))
        .expect("it can be sent");
    seen.sort();
    assert_eq!(
        seen,
        [
            "mcp-method: tools/call",
            "mcp-name: t",
            "mcp-param-empty: ",
            "mcp-param-int: 42",
            "mcp-param-lead: =?base64?IGE=?=",
            "mcp-param-negative: -7",
            "mcp-param-no: false",
            "mcp-param-tab: =?base64?YQli?=",
            "mcp-param-text: a",
            "mcp-param-whole: 42",
            "mcp-param-yes: true",
        ]
    );
}

/// A value as a header would say it.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn primitive() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<String>().prop_map(Value::from),
        (-(1i64 << 53)..(1i64 << 53)).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
        any::<f64>().prop_filter_map("finite", |number| {
            serde_json::Number::from_f64(number).map(Value::Number)
        }),
    ]
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn what_a_client_makes_of_any_arguments_a_server_takes_and_no_others(
        arguments in prop::collection::btree_map("[a-z-]{1,6}", primitive(), 0..6),
        other in primitive(),
    ) {
        let spelled: Vec<_> =
            arguments.iter().map(|(key, value)| (key.as_str(), value.to_string())).collect();
        let mut params: Vec<_> = spelled
            .iter()
            .map(|(header, value)| {
                Param { header, value: ParamValue::new(Some(Raw::parse(value).expect("JSON"))) }
            })
            .collect();
        let call = message(&modern("tools/call", r#""name":"t""#));
        let mut sent = Vec::new();
        mirror(call.as_ref(), &params, |name, value| sent.extend([name.to_owned(), value.to_owned()]))
            .expect("it can be sent");
        let fields: Vec<_> = sent.chunks(2).map(|pair| (&*pair[0], &*pair[1])).collect();
        let gate = Gate::default();
        let head = head(&gate, &fields).expect("sound");
        prop_assert_eq!(check_params(&head, &params), Ok(()));
        // Another value in the body is noticed.
        let spelled = other.to_string();
        if let Some(first) = params.first_mut() {
            let before = arguments.values().next().expect("the first");
            first.value = ParamValue::new(Some(Raw::parse(&spelled).expect("JSON")));
            let same = before.as_f64().is_some() && before.as_f64() == other.as_f64()
                || text(before) == text(&other);
            prop_assert!(same || check_params(&head, &params).is_err());
        }
    }
}
