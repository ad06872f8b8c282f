//! What a parser must have read of a message before its time counts.
//!
//! Every parser that yields slices fills one `Seen` per line, from the shape down to the length of
//! the payload; the sum over a stream is its checksum. Parsers that yield slices must agree on it
//! exactly, which the tests check kind by kind, so that none is fast because it looked away.

/// The four JSON-RPC messages, told apart by the members that are present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Request = 1,
    Notification,
    Result,
    Error,
}

/// Byte lengths of the members as they stand in the line, quotes of the id included, quotes of the
/// method excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) shape: Shape,
    pub(crate) id: usize,
    pub(crate) method: usize,
    pub(crate) payload: usize,
}

impl Seen {
    /// A line as its members were met: `id` and `method` are 0 when absent.
    pub(crate) fn new(id: usize, method: usize, payload: usize, failed: bool) -> Self {
        let shape = match (method > 0, id > 0, failed) {
            (true, true, _) => Shape::Request,
            (true, false, _) => Shape::Notification,
            (false, _, false) => Shape::Result,
            (false, _, true) => Shape::Error,
        };
        Self { shape, id, method, payload }
    }

    /// One number that depends on every field.
    pub(crate) fn fold(self) -> u64 {
        let lengths = self.payload + (self.method << 24) + (self.id << 32);
        (lengths as u64) ^ ((self.shape as u64) << 60)
    }
}

/// Members gathered one by one, for parsers that hand out keys in the order of the line.
#[derive(Clone, Copy, Default)]
pub(crate) struct Members {
    id: usize,
    method: usize,
    payload: usize,
    failed: bool,
}

impl Members {
    /// Notes the byte length of the value of `key`; members that are not JSON-RPC's are ignored.
    pub(crate) fn note(&mut self, key: &[u8], length: usize) {
        match key {
            b"id" => self.id = length,
            b"method" => self.method = length,
            b"params" | b"result" => self.payload = length,
            b"error" => (self.payload, self.failed) = (length, true),
            _ => {}
        }
    }

    pub(crate) fn seen(self) -> Seen {
        Seen::new(self.id, self.method, self.payload, self.failed)
    }
}
