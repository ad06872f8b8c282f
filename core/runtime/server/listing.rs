//! Listings: written once for each revision, cut into pages.

use mcp_engine_proto::connection::Reply;
use mcp_engine_proto::json::{Raw, write};
use mcp_engine_proto::model::{JsonObject, Value};
use mcp_engine_proto::version::Version;

use crate::answer::{Responder, Served};
use crate::handler::Request;

/// The pages of a listing, by revision.
#[derive(Debug)]
pub(crate) struct Listing {
    pages: Vec<Vec<JsonObject<'static>>>,
}

impl Listing {
    /// Lists items as the member `name` of each page, so many on each.
    pub(crate) fn new<'v, T: Value<'v>>(name: &str, items: &[&T], page: usize) -> Self {
        let pages = Version::ALL.iter().map(|version| pages_of(name, items, page, *version));
        Self { pages: pages.collect() }
    }

    pub(crate) fn serve(&self, request: &Request, responder: Responder<'_>) -> Served {
        let cursor = request.message().params().and_then(|params| params.get("cursor"));
        let version = request.context().version();
        match self.page(version, cursor) {
            Some(page) => responder.send(Reply::Result(page.raw())),
            None => responder.send(Reply::error(INVALID_PARAMS, "there is no page of that cursor")),
        }
    }

    fn page(&self, version: Version, cursor: Option<Raw<'_>>) -> Option<&JsonObject<'static>> {
        let place = Version::ALL.iter().position(|own| *own == version)?;
        let number = match cursor.filter(|cursor| !cursor.is_null()) {
            None => 0,
            Some(cursor) => cursor.string()?.decode().strip_prefix(CURSOR)?.parse().ok()?,
        };
        self.pages.get(place)?.get::<usize>(number)
    }
}

fn pages_of<'v, T: Value<'v>>(
    name: &str,
    items: &[&T],
    page: usize,
    version: Version,
) -> Vec<JsonObject<'static>> {
    let mut pages: Vec<_> = items.chunks(page.max(1)).collect();
    if pages.is_empty() {
        pages.push(&[]);
    }
    let last = pages.len().saturating_sub(1);
    let page = |(number, items): (usize, &&[&T])| {
        let next = (number < last).then(|| number.saturating_add(1));
        page_of(name, items, next, version)
    };
    pages.iter().enumerate().map(page).collect()
}

fn page_of<'v, T: Value<'v>>(
    name: &str,
    items: &[&T],
    next: Option<usize>,
    version: Version,
) -> JsonObject<'static> {
    let mut out = Vec::from(*b"{");
    write::string(&mut out, name);
    out.extend_from_slice(b":[");
    for (number, item) in items.iter().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        item.write(&mut out, version);
    }
    out.push(b']');
    if let Some(next) = next {
        out.extend_from_slice(format!(r#","nextCursor":"{CURSOR}{next}""#).as_bytes());
    }
    out.push(b'}');
    let text = String::from_utf8(out).unwrap_or_default();
    JsonObject::parse(text).unwrap_or(JsonObject::EMPTY)
}

/// What every cursor begins with.
const CURSOR: &str = "page-";
pub(crate) const INVALID_PARAMS: i64 = -32602;
