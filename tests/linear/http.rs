//! Requests whose heads are long in every way that costs something to read.

use super::Case;

const ROOMY: &[&str] = &["--fields", "1000000", "--header-bytes", "100000000"];

/// Every size is far above the limits that servers have, so that the cost of one more byte shows.
pub(super) const CASES: &[Case] = &[
    Case {
        name: "http: a long name of a tool",
        arguments: ROOMY,
        make: |size| named(&"x".repeat(size), &"x".repeat(size)),
        size: 500_000,
        expect: ROUTED,
    },
    Case {
        name: "http: a long name of a tool in base64",
        arguments: ROOMY,
        make: |size| named(&format!("=?base64?{}?=", "w6l4".repeat(size)), &"éx".repeat(size)),
        size: 200_000,
        expect: ROUTED,
    },
    Case {
        name: "http: base64 that is none at its end",
        arguments: ROOMY,
        make: |size| named(&format!("=?base64?{}!?=", "eHh4".repeat(size)), &"xxx".repeat(size)),
        size: 200_000,
        expect: "400 header-encoding",
    },
    Case {
        name: "http: white space around a value",
        arguments: ROOMY,
        make: |size| named(&format!("{}x\t{}", " \t".repeat(size), "\t ".repeat(size)), "x"),
        size: 200_000,
        expect: ROUTED,
    },
    Case {
        name: "http: fields that nobody knows",
        arguments: ROOMY,
        make: |size| with(&many(size, |at| format!("x-{at}: 1\n")), "\"name\":\"x\"", "x"),
        size: 20_000,
        expect: ROUTED,
    },
    Case {
        name: "http: one field again and again",
        arguments: ROOMY,
        make: |size| with(&"mcp-param-a: 1\n".repeat(size), "\"name\":\"x\"", "x"),
        size: 50_000,
        expect: ROUTED,
    },
    Case {
        name: "http: ranges of media types",
        arguments: ROOMY,
        make: |size| {
            let ranges = "text/*;q=0.5;level=\"1\",".repeat(size);
            with(&format!("accept: {ranges} */*\n"), "\"name\":\"x\"", "x")
        },
        size: 20_000,
        expect: ROUTED,
    },
    Case {
        name: "http: lines of media types",
        arguments: ROOMY,
        make: |size| with(&"accept: text/*;q=0.5\n".repeat(size), "\"name\":\"x\"", "x"),
        size: 20_000,
        expect: ROUTED,
    },
    Case {
        name: "http: an argument of many digits",
        arguments: ROOMY,
        make: |size| {
            let digits = "1".repeat(size);
            with(&format!("mcp-param-a: {digits}.0\n"), &argument(&digits), "x")
        },
        size: 200_000,
        expect: REPEATED,
    },
    Case {
        name: "http: an argument of many zeros",
        arguments: ROOMY,
        make: |size| {
            let zeros = "0".repeat(size);
            let header = format!("mcp-param-a: 1{zeros}.{zeros}\n");
            with(&header, &argument(&format!("1{zeros}.0")), "x")
        },
        size: 200_000,
        expect: REPEATED,
    },
    Case {
        name: "http: many arguments that are repeated",
        arguments: ROOMY,
        make: |size| {
            let headers = many(size, |at| format!("mcp-param-a{at:06}: {at}\n"));
            let arguments = many(size, |at| format!("\"a{at:06}\":{at},"));
            let arguments = arguments.trim_end_matches(',');
            with(&headers, &format!("\"name\":\"x\",\"arguments\":{{{arguments}}}"), "x")
        },
        size: 10_000,
        expect: "exchange, N arguments repeated",
    },
];

/// A call of a tool, with the header that repeats its name.
fn named(header: &str, name: &str) -> String {
    with("", &format!("\"name\":\"{name}\""), header)
}

fn argument(spelling: &str) -> String {
    format!("\"name\":\"x\",\"arguments\":{{\"a\":{spelling}}}")
}

fn many(size: usize, line: impl Fn(usize) -> String) -> String {
    (0..size).map(line).collect()
}

/// A call with these fields beside those that it must have.
fn with(fields: &str, params: &str, name: &str) -> String {
    let meta = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#;
    let body =
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{{params},{meta}}}}}"#);
    format!(
        "host: localhost\ncontent-type: application/json\nmcp-protocol-version: 2026-07-28\nmcp-method: tools/call\nmcp-name: {name}\n{fields}\n{body}"
    )
}

const ROUTED: &str = "exchange, 0 arguments repeated";
const REPEATED: &str = "exchange, 1 arguments repeated";
