//! Rows 14 to 17 and 22 to 28: JSON that is none, or more than it may be.

use crate::framing::no_text;
use crate::table::Cell::Cases;
use crate::table::{Case, Expect, INVALID_PARAMS, PARSE_ERROR, case, refused, rows};

rows! {
    row_14_what_is_no_utf_8_is_refused_wherever_it_stands => |way| {
        let texts: [&[u8]; 3] = [
            b"{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"tools/call\",\"params\":{\"k\xff\":1,META}}",
            b"{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"tools/call\",\"params\":{\"k\":\"\xff\",META}}",
            b"{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"tools/call\",\"x\":[{\"y\":\"\xff\"}]}",
        ];
        Cases(texts.map(|text| case(text, no_text(way))).into())
    };
    row_15_overlong_forms_and_surrogates_are_no_utf_8 => |way| {
        let forms: [&[u8]; 4] = [b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"];
        Cases(forms.map(|form| {
            let text = [&b"{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"ping\",\"x\":\""[..], form, b"\"}"];
            case(text.concat(), no_text(way))
        }).into())
    };
    row_16_lone_surrogates_are_refused => |_| values(&[r#""\ud800""#, r#""\udc00\ud800""#, r#""\x41""#], &refuse);
    row_17_control_characters_must_be_escaped => |_| values(&["\"\0\"", "\"\u{1}\"", "\"\u{1b}[31m\""], &refuse);
    row_22_keys_must_not_come_twice_anywhere => |_| Cases(vec![
        refused(r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"echo","name":"never",META}}"#, INVALID_PARAMS, Some("5")),
        refused(r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"echo","arguments":{"text":"a","te\u0078t":"b"},META}}"#, INVALID_PARAMS, Some("5")),
    ]);
    row_23_nesting_without_end_is_refused => |_| {
        let texts = ["[".repeat(20_000), r#"{"a":"#.repeat(10_000), format!(r#"{{"jsonrpc":"2.0","id":5,"method":"ping","params":{{"v":{}"#, "[".repeat(20_000))];
        Cases(texts.map(|text| refused(text, PARSE_ERROR, None)).into())
    };
    row_24_values_without_end_are_refused => |_| {
        let elements = format!("[{}1]", "1,".repeat(2_000));
        let keys: String = (0..2_000).map(|n| format!("\"{n}\":1,")).collect();
        values(&[&elements, &format!("{{{keys}\"x\":1}}")], &|text| refused(text, INVALID_PARAMS, None))
    };
    row_25_keys_that_collide_are_read => |_| {
        let keys: String = (0..900).map(|n| format!("\"collides{n:06}collides\":1,")).collect();
        values(&[&format!("{{{keys}\"x\":1}}")], &answered)
    };
    row_26_numbers_beyond_a_double_harm_nobody => |_| values(&["1e999", "-1e999", "[1e400]"], &answered);
    row_27_zeros_and_tiny_numbers_are_taken => |_| values(&["-0", "-0.0", "1e-400"], &answered);
    row_28_what_is_no_number_is_refused => |_| {
        values(&["NaN", "Infinity", "01", "+1", ".5", "1.", "0x1", "-", "1e"], &refuse)
    };
}

/// Each value among the arguments of a call.
fn values(values: &[&str], case: &dyn Fn(String) -> Case) -> crate::table::Cell {
    let with = |value: &&str| {
        format!(
            r#"{{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{{"name":"echo","arguments":{{"text":"x","v":{value}}},META}}}}"#
        )
    };
    Cases(values.iter().map(with).map(case).collect())
}

fn refuse(text: String) -> Case {
    refused(text, PARSE_ERROR, None)
}

fn answered(text: String) -> Case {
    case(text, Expect::Answered("5".into()))
}
