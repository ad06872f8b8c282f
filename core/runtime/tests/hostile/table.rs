//! The table: what each row comes to on each way, and the test that no cell is missing.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use crate::played::relay;
use crate::talk::{Talk, meta};
use crate::way::{Way, serve_stdio};

/// What a row comes to on a way.
pub(crate) enum Cell {
    /// Each is said to a server, with a good call behind it.
    Cases(Vec<Case>),
    /// Another test plays it: the function in the file below the root of the repository.
    Test(&'static str, &'static str),
    /// It cannot be met here, and why.
    Gap(&'static str),
}

/// Something to say, and what is to come of it.
pub(crate) struct Case {
    pub(crate) bytes: Vec<u8>,
    pub(crate) expect: Expect,
    /// What the headers of a modern POST say.
    pub(crate) method: &'static str,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expect {
    /// One error of that code, with that id, or without one.
    Refused(i64, Option<&'static str>),
    /// One result, with the id as it was spelled.
    Answered(String),
    /// Nothing at all.
    Silence,
    /// The other side says good-bye with that code of a WebSocket.
    Closed(u16),
    /// That status of HTTP.
    Status(u16),
}

pub(crate) const PARSE_ERROR: i64 = -32700;
pub(crate) const INVALID_REQUEST: i64 = -32600;
pub(crate) const INVALID_PARAMS: i64 = -32602;
pub(crate) const METHOD_NOT_FOUND: i64 = -32601;

/// `META` in a text stands for what every request says about itself.
pub(crate) fn case(text: impl AsRef<[u8]>, expect: Expect) -> Case {
    Case { bytes: text.as_ref().to_vec(), expect, method: "tools/call" }
}

pub(crate) fn refused(text: impl AsRef<[u8]>, code: i64, id: Option<&'static str>) -> Case {
    case(text, Expect::Refused(code, id))
}

impl Case {
    pub(crate) fn method(self, method: &'static str) -> Self {
        Self { method, ..self }
    }
}

/// A row, by the name of its test.
pub(crate) type Row = (&'static str, fn(Way) -> Cell);

/// Makes a test of each row, and a table of them all.
macro_rules! rows {
    ($($name:ident => $cells:expr;)*) => {
        pub(crate) const ROWS: &[crate::table::Row] = &[$((stringify!($name), $cells)),*];
        $(
            #[tokio::test]
            async fn $name() {
                crate::table::play($cells).await;
            }
        )*
    };
}
pub(crate) use rows;

/// Plays a row on every way.
pub(crate) async fn play(cells: fn(Way) -> Cell) {
    for way in Way::ALL {
        let Cell::Cases(cases) = cells(way) else { continue };
        assert!(!cases.is_empty());
        let played = timeout(PATIENCE, play_on(way, cases)).await;
        assert!(played.is_ok(), "{way:?}: nothing has come");
    }
}

async fn play_on(way: Way, cases: Vec<Case>) {
    let mut talk = Talk::open(way).await;
    for case in cases {
        let bytes = replaced(&case.bytes, b"META", meta(way).as_bytes());
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
        let about = format!("{way:?}: {shown}");
        if let Expect::Closed(code) = case.expect {
            talk.say(&bytes, case.method).await;
            let last = talk.hear().await;
            assert_eq!(last.as_deref(), Some(format!("close {code}").as_str()), "{about}");
            talk = Talk::open(way).await;
            assert!(talk.call().await.is_empty());
            continue;
        }
        let heard = talk.try_on(&bytes, case.method).await;
        if let Expect::Status(status) = case.expect {
            assert_eq!(heard.status, Some(status), "{about}");
            continue;
        }
        judge(&case.expect, &heard.messages, &about);
        if matches!(case.expect, Expect::Refused(..)) && way == Way::PostModern {
            assert!(heard.status.is_some_and(|status| status >= 400), "{about}: {heard:?}");
        }
    }
}

fn judge(expect: &Expect, messages: &[String], about: &str) {
    match expect {
        Expect::Silence => assert!(messages.is_empty(), "{about}: {messages:?}"),
        Expect::Answered(id) => {
            let [answer] = messages else { panic!("{about}: {messages:?}") };
            assert!(answer.contains(&format!("\"id\":{id},")), "{about}: {answer}");
            assert!(answer.contains("\"result\":"), "{about}: {answer}");
        }
        Expect::Refused(code, id) => {
            let [answer] = messages else { panic!("{about}: {messages:?}") };
            let parsed: Value = serde_json::from_str(answer).expect("JSON");
            assert_eq!(parsed["error"]["code"], *code, "{about}: {answer}");
            let own = parsed.get("id").filter(|id| !id.is_null()).map(ToString::to_string);
            assert_eq!(own.as_deref(), *id, "{about}: {answer}");
        }
        Expect::Closed(_) | Expect::Status(_) => {}
    }
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    match bytes.windows(from.len()).position(|window| window == from) {
        Some(at) => [&bytes[..at], to, &bytes[at + from.len()..]].concat(),
        None => bytes.to_vec(),
    }
}

#[test]
fn no_cell_is_missing() {
    let played = [
        crate::elsewhere::ROWS,
        crate::envelope::ROWS,
        crate::framing::ROWS,
        crate::json::ROWS,
        crate::talking::ROWS,
    ];
    let mut rows = BTreeMap::<u8, Vec<fn(Way) -> Cell>>::new();
    for (name, cells) in played.into_iter().flatten() {
        let number = name.split('_').nth(1).and_then(|number| number.parse().ok());
        rows.entry(number.expect("a row in the name")).or_default().push(*cells);
    }
    for number in (1..=84).chain([94, 95, 98, 102]) {
        let cells = rows.get(&number).unwrap_or_else(|| panic!("row {number} is missing"));
        for (way, cell) in
            Way::ALL.iter().flat_map(|way| cells.iter().map(move |cell| (way, cell(*way))))
        {
            check(number, *way, &cell);
        }
    }
}

fn check(number: u8, way: Way, cell: &Cell) {
    let about = format!("row {number} on {way:?}");
    match cell {
        Cell::Cases(cases) => assert!(!cases.is_empty(), "{about}"),
        Cell::Gap(reason) => assert!(reason.len() > 10, "{about}"),
        Cell::Test(file, test) => {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
            let source = std::fs::read(path);
            let source = source.unwrap_or_else(|error| panic!("{about}: {file}: {error}"));
            let source = String::from_utf8(source).expect("text");
            assert!(source.contains(&format!("fn {test}")), "{about}: {file} has no {test}");
        }
    }
}

/// What this program does when it is started as another one.
#[test]
fn role() {
    match std::env::var(ROLE).as_deref() {
        Ok("serve") => serve_stdio(),
        Ok("relay") => relay(),
        _ => {}
    }
}

pub(crate) const ROLE: &str = "MCP_ENGINE_ROLE";

/// When a row has failed that waits for something.
const PATIENCE: Duration = Duration::from_secs(20);
