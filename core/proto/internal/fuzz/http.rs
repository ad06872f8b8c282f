//! Requests over HTTP: a method, lines of headers, a blank line, a body.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::http::{
    Admitted, Body, EventId, Expects, Field, Gate, Head, HostPolicy, HttpLimits, Param, ParamValue,
    ResponseHead, Route, Sent, SessionMode, Status, Url, Verb, Versions, check_mirror,
    check_params, classify, decode_value, encode_value, equal_decimals, mirror,
};
use crate::message::{BodyDecoder, Kind, Message, MessageRef, Refusal};

pub(super) fn check(input: &[u8]) {
    let request = Request::read(input);
    let mut decoder = BodyDecoder::default();
    decoder.feed(request.body).expect("the input is below the limit");
    decoder.end();
    let verdicts: Vec<_> = core::iter::from_fn(|| decoder.poll()).collect();
    for gate in gates() {
        serve(&gate, &request, &verdicts);
    }
    for message in verdicts.iter().filter_map(|verdict| verdict.as_ref().ok()) {
        call(message.as_ref());
    }
    respond(&request, verdicts.first());
    for (_, value) in &request.fields {
        values(value);
    }
    for pair in request.fields.windows(2) {
        let [(_, one), (_, other)] = pair else { continue };
        numbers(&String::from_utf8_lossy(one), &String::from_utf8_lossy(other));
    }
}

struct Request<'a> {
    verb: Verb,
    fields: Vec<(&'a [u8], &'a [u8])>,
    body: &'a [u8],
}

impl<'a> Request<'a> {
    fn read(input: &'a [u8]) -> Self {
        let (head, body) = match memchr::memmem::find(input, b"\n\n") {
            Some(at) => (&input[..at], &input[at + 2..]),
            None => (input, &b""[..]),
        };
        let mut lines = head.split(|byte| *byte == b'\n');
        let verb = lines.next().and_then(|verb| core::str::from_utf8(verb).ok());
        let fields = lines.map(|line| {
            let at = memchr::memchr(b':', line).unwrap_or(line.len());
            (&line[..at], line.get(at + 1..).unwrap_or_default())
        });
        Self { verb: Verb::from_name(verb.unwrap_or("POST")), fields: fields.collect(), body }
    }

    /// The only value of a header, without white space, when there is exactly one.
    fn only(&self, name: &str) -> Option<&'a str> {
        let own = |field: &&(&[u8], &[u8])| field.0.eq_ignore_ascii_case(name.as_bytes());
        let mut values = self.fields.iter().filter(own).map(|(_, value)| *value);
        let value = core::str::from_utf8(values.next()?).ok()?;
        values.next().is_none().then(|| value.trim_matches([' ', '\t']))
    }
}

fn gates() -> [Gate; 4] {
    let tight = HttpLimits { header_bytes: 64, header_fields: 3, ..HttpLimits::default() };
    [
        Gate::default(),
        Gate { versions: Versions::MODERN, ..Gate::default() },
        Gate {
            versions: Versions::LEGACY,
            sessions: SessionMode::Stateless,
            hosts: HostPolicy::nothing().any_host().any_origin(),
            ..Gate::default()
        },
        Gate { limits: tight, ..Gate::default() },
    ]
}

fn serve(gate: &Gate, request: &Request<'_>, verdicts: &[Result<Message, Refusal>]) {
    let Ok(head) = Head::read(request.fields.iter().copied(), &gate.limits) else { return };
    if HostPolicy::default().check(&head).is_ok() {
        let host = request.only("host").expect("there is one").to_ascii_lowercase();
        let name = host.rsplit_once(':').map_or(&*host, |(name, _)| name);
        let known = ["localhost", "127.0.0.1", "[::1]"].contains(&name);
        assert!(known || host.starts_with('['), "{host} is not of this machine");
    }
    match gate.admit(request.verb, &head) {
        Ok(Admitted::Post(post)) => {
            let body = Body::of(verdicts).expect("a body has a verdict");
            match post.route(body) {
                Ok(Route::Exchange(exchange)) if exchange.expects == Expects::Reply => {
                    let version = exchange.version.name();
                    mirrored(request, version);
                }
                Ok(Route::Session(post)) => drop(post.settle(None)),
                Ok(_) => {}
                Err(rejection) => {
                    assert!((400..600).contains(&rejection.status().code()));
                    let mut out = Vec::new();
                    rejection.write(&mut out, None);
                    serde_json::from_slice::<Value>(&out).expect("a rejection is JSON");
                }
            }
        }
        Ok(Admitted::Stream(stream)) => {
            let id = stream.last_event_id.map(EventId::parse);
            if let Some(Ok(id)) = id {
                assert_eq!(Some(&*id.to_string()), request.only("last-event-id"));
            }
        }
        Ok(Admitted::Close { .. }) | Err(_) => {}
    }
}

/// What was accepted says in its headers what `serde_json` reads in its body.
fn mirrored(request: &Request<'_>, version: &str) {
    let body: Value = serde_json::from_slice(request.body).expect("it was accepted");
    let method = body["method"].as_str().expect("a request has a method");
    assert_eq!(request.only("mcp-method"), Some(method));
    assert_eq!(request.only("mcp-protocol-version"), Some(version));
    let meta = &body["params"]["_meta"];
    assert_eq!(meta["io.modelcontextprotocol/protocolVersion"], version);
    assert!(meta["io.modelcontextprotocol/clientCapabilities"].is_object());
    let source = match method {
        "tools/call" | "prompts/get" => "name",
        "resources/read" => "uri",
        "tasks/get" | "tasks/update" | "tasks/cancel" => "taskId",
        _ => return,
    };
    if let Some(name) = body["params"][source].as_str() {
        let header = request.only("mcp-name").expect("it was accepted");
        assert_eq!(decode(header.as_bytes()).as_deref(), Some(name));
    }
}

/// What a client makes of a message, a server accepts.
fn call(message: MessageRef<'_>) {
    let arguments = message.params().and_then(|params| params.get("arguments"));
    let members = arguments.and_then(|arguments| arguments.members()).into_iter().flatten();
    let named: BTreeMap<String, _> = members
        .map(|(key, value)| (key.decode().to_ascii_lowercase(), ParamValue::new(Some(value))))
        .collect();
    let params: Vec<_> =
        named.iter().map(|(header, value)| Param { header, value: *value }).collect();
    let mut fields = Vec::new();
    let see = |name: &str, value: &str| fields.push((name.to_owned(), value.to_owned()));
    if !matches!(message.kind(), Kind::Request | Kind::Notification)
        || mirror(message, &params, see).is_err()
    {
        return;
    }
    assert!(fields.iter().all(|(_, value)| value.bytes().all(|byte| matches!(byte, b' '..=b'~'))));
    let fields = fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    let limits =
        HttpLimits { header_fields: 1 << 20, header_bytes: 1 << 24, ..HttpLimits::default() };
    let head = Head::read(fields, &limits).expect("what is sent is sound");
    check_mirror(&head, message).expect("what is sent repeats the body");
    check_params(&head, &params).expect("what is sent repeats the arguments");
}

/// Any response means something, and a redirection never leads away.
fn respond(request: &Request<'_>, verdict: Option<&Result<Message, Refusal>>) {
    let head = ResponseHead::read(request.fields.iter().copied());
    let message = verdict.and_then(|verdict| verdict.as_ref().ok()).map(Message::as_ref);
    for sent in [Sent::Discover, Sent::Initialize, Sent::SessionRequest, Sent::Stream] {
        for status in [200, 202, 301, 400, 401, 404, 405, 429, 500] {
            classify(sent, Status::new(status), &head, message);
        }
    }
    let here = Url::parse("http://localhost:8080/a/b?c").expect("a URL");
    if let Field::One(location) = head.location {
        let to = core::str::from_utf8(location).ok().and_then(|location| here.join(location));
        if let Some(to) = to {
            let text = to.to_string();
            assert_eq!(Url::parse(&text).as_ref(), Some(&to));
            assert_eq!(to.is_same_origin(&here), text.starts_with("http://localhost:8080/"));
        }
    }
}

/// A value means what a plain reading of it means, and comes back from every text.
fn values(value: &[u8]) {
    assert_eq!(decode_value(value).ok().map(Cow::into_owned), decode(value));
    let text = String::from_utf8_lossy(value);
    assert_eq!(decode_value(encode_value(&text).as_bytes()).expect("sound"), text);
}

/// The specification's value encoding, read digit by digit.
fn decode(value: &[u8]) -> Option<String> {
    let inside = value.strip_prefix(b"=?base64?").and_then(|value| value.strip_suffix(b"?="));
    let Some(encoded) = inside else {
        let sound = value.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
        return sound.then(|| String::from_utf8_lossy(value).into_owned());
    };
    let mut bytes = Vec::new();
    let groups = encoded.chunks(4);
    let last = groups.len().wrapping_sub(1);
    for (at, group) in groups.enumerate() {
        let digits = group.iter().take_while(|digit| **digit != b'=').count();
        let padded = group.len() == 4 && group[digits..].iter().all(|digit| *digit == b'=');
        if !padded || digits < 2 || (digits < 4 && at != last) {
            return None;
        }
        let bits = group[..digits].iter().try_fold(0u32, |bits, digit| {
            Some(bits << 6 | DIGITS.iter().position(|known| known == digit)? as u32)
        })?;
        let word = (bits << (6 * (4 - digits) + 8)).to_be_bytes();
        if word[digits - 1..].iter().any(|byte| *byte != 0) {
            return None;
        }
        bytes.extend_from_slice(&word[..digits - 1]);
    }
    String::from_utf8(bytes).ok()
}

/// Numbers are equal when they are when written out.
fn numbers(one: &str, other: &str) {
    if let (Some(a), Some(b)) = (written_out(one), written_out(other)) {
        assert_eq!(equal_decimals(one, other), a == b, "{one} {other}");
    }
    let number = serde_json::from_str::<serde_json::Number>(one).is_ok();
    let spaced = one.contains(|letter: char| letter.is_ascii_whitespace());
    let huge = one.contains(['e', 'E']);
    assert!(equal_decimals(one, one) == (number && !spaced) || huge, "{one}");
}

/// A number of JSON with its exponent applied, in a spelling of its own; only where that is not long.
fn written_out(number: &str) -> Option<String> {
    serde_json::from_str::<f64>(number).ok().filter(|_| number.trim() == number)?;
    let (sign, rest) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
    let exponent: i32 = exponent.parse().ok().filter(|exponent| (-99..=99).contains(exponent))?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let zeros = "0".repeat(100);
    let digits = format!("{zeros}{whole}{fraction}{zeros}");
    let point = (zeros.len() + whole.len()) as i32 + exponent;
    let (before, behind) = digits.split_at(point as usize);
    let (before, behind) = (before.trim_start_matches('0'), behind.trim_end_matches('0'));
    let sign = if before.is_empty() && behind.is_empty() { "" } else { sign };
    Some(format!("{sign}{before}.{behind}"))
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
