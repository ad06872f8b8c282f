//! Going through a listing page by page without going round in circles.

use std::collections::BTreeSet;

use siphasher::sip128::SipHasher13;

use crate::error::Error;
use crate::json::Raw;
use crate::limits::{Limit, Limits};
use crate::message::Message;

/// The pages of one listing: which were seen, and where to go on.
///
/// ```
/// use mcp_engine_proto::connection::Pages;
/// use mcp_engine_proto::{Decoder, Limits};
///
/// let mut decoder = Decoder::default();
/// decoder.feed(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"tools\":[],\"nextCursor\":\"p2\"}}\n")?;
/// let page = decoder.poll().unwrap()?;
///
/// let mut pages = Pages::new(&Limits::default());
/// assert_eq!(pages.next(&page)?.as_deref(), Some(r#"{"cursor":"p2"}"#));
/// assert!(pages.next(&page).is_err(), "the same page again");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pages {
    limit: usize,
    /// Hashes of the cursors, which a server may make as long as it likes. One that makes two of the same hash ends nothing but
    /// its own listing.
    seen: BTreeSet<u128>,
}

impl Pages {
    /// A listing of which no page was seen.
    pub fn new(limits: &Limits) -> Self {
        Self { limit: limits.pages as usize, seen: BTreeSet::new() }
    }

    /// The parameters of the request for the page behind `page`; `None` behind the last one. An empty cursor is one (MCP,
    /// pagination).
    ///
    /// # Errors
    ///
    /// [`Limit::Pages`] when the server names a cursor for the second time, or has more pages than are allowed.
    pub fn next(&mut self, page: &Message) -> Result<Option<String>, Error> {
        let cursor = page.result().and_then(|result| result.get("nextCursor"));
        let Some(cursor) = cursor.filter(|cursor| cursor.string().is_some()) else {
            return Ok(None);
        };
        let text = cursor.string().map(|text| text.decode()).unwrap_or_default();
        let is_new = self.seen.len() < self.limit && self.seen.insert(hash(&text));
        if !is_new {
            return Err(Error::LimitExceeded { limit: Limit::Pages, offset: page.index().base });
        }
        Ok(Some(params(cursor)))
    }
}

fn hash(cursor: &str) -> u128 {
    SipHasher13::new().hash(cursor.as_bytes()).as_u128()
}

fn params(cursor: Raw<'_>) -> String {
    [r#"{"cursor":"#, cursor.spelling(), "}"].concat()
}
