//! Messages that are taken from a decoder many at a time, in places that are used again and again.
//!
//! Each is written where it stays. One that is handed from caller to caller is copied for each of them, which costs a good part of what it
//! costs to find it.

use super::reader::Verdict;
use super::{Message, MsgIndex, Refusal};
use crate::error::Error;
use crate::json::Text;
use crate::room;

/// Messages of one stream, taken many at a time: see [`Decoder::poll_into`](super::Decoder::poll_into).
///
/// They keep their arenas alive until the table is [`clear`](Self::clear)ed.
#[derive(Debug, Default)]
pub struct Table {
    /// As many as there ever were at a time; those behind the filled ones are messages of nothing.
    places: Vec<Verdict>,
    filled: usize,
}

impl Table {
    /// What was taken, and what was refused, in its order.
    pub fn rows(&self) -> &[Result<Message, Refusal>] {
        self.places.get(..self.filled).unwrap_or_default()
    }

    /// Forgets all rows.
    pub fn clear(&mut self) {
        for place in self.places.iter_mut().take(self.filled) {
            match place {
                Ok(message) => message.text = Text::default(),
                Err(_) => *place = Ok(nothing()),
            }
        }
        self.filled = 0;
    }

    /// Makes room for another row.
    ///
    /// # Errors
    ///
    /// [`Error::LimitExceeded`] when the system refuses memory.
    #[inline]
    pub fn reserve(&mut self) -> Result<(), Error> {
        if self.filled < self.places.len() { Ok(()) } else { self.grow() }
    }

    /// Adds a row, for which there is room: else it is dropped.
    pub fn push(&mut self, verdict: Result<Message, Refusal>) {
        if let Some(place) = self.places.get_mut(self.filled) {
            *place = verdict;
            self.filled = self.filled.saturating_add(1);
        }
    }

    /// Adds a message in its parts: a whole one would be put together elsewhere.
    #[inline]
    pub(super) fn put(&mut self, text: Text, index: &MsgIndex) {
        if let Some(Ok(message)) = self.places.get_mut(self.filled) {
            message.text = text;
            message.index = *index;
            self.filled = self.filled.saturating_add(1);
        }
    }

    #[cold]
    fn grow(&mut self) -> Result<(), Error> {
        self.places.try_reserve(1).map_err(|_| room::REFUSED)?;
        self.places.push(Ok(nothing()));
        Ok(())
    }
}

fn nothing() -> Message {
    Message { text: Text::default(), index: MsgIndex::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Decoder, Flags};

    const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

    fn filled(decoder: &mut Decoder, table: &mut Table) -> Vec<Option<String>> {
        table.clear();
        while decoder.poll_into(table).expect("memory") {}
        let rows = table.rows().iter();
        rows.map(|row| row.as_ref().ok().map(|message| message.as_str().to_owned())).collect()
    }

    #[test]
    fn a_table_has_what_would_have_been_polled() {
        let stream = format!("{PING}\n{{]\n[{PING},{{}},{PING}]\n{PING}\n");
        let (mut decoder, mut table) = (Decoder::default(), Table::default());
        let ping = || Some(PING.to_owned());
        for _ in 0..3 {
            decoder.feed(stream.as_bytes()).expect("room");
            let rows = filled(&mut decoder, &mut table);
            assert_eq!(rows, [ping(), None, ping(), None, ping(), ping()]);
            let last = table.rows()[4].as_ref().expect("a message");
            assert_eq!(last.index().flags & Flags::BATCH_LAST, Flags::BATCH_LAST);
        }
        assert_eq!(decoder.counters().all_messages(), 12);
        assert!(filled(&mut decoder, &mut table).is_empty());
    }

    #[test]
    fn a_table_that_is_cleared_keeps_no_bytes() {
        let (mut decoder, mut table) = (Decoder::default(), Table::default());
        decoder.feed(format!("{PING}\n").as_bytes()).expect("room");
        assert!(decoder.poll_into(&mut table).expect("memory"));
        let kept = table.rows()[0].as_ref().expect("a message").bytes().clone();
        table.clear();
        drop(decoder);
        assert!(table.rows().is_empty() && kept.is_unique());
    }
}
