//! What is measured: one load each.

/// A load, or another question.
#[derive(Debug)]
pub(crate) struct Cell {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// Bytes of the text that is echoed.
    pub(crate) bytes: usize,
    /// Calls outstanding.
    pub(crate) window: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Calls of a server over its standard input and output.
    Stdio,
    /// The same over HTTP, on as many connections.
    Http,
    /// From its start to its first list of tools.
    Start,
    /// How often it allocates.
    Mallocs,
    /// Calls by a client.
    Client,
}

pub(crate) const ALL: &[Cell] = &[
    Cell::new("start", Kind::Start, 100, 1),
    Cell::new("mallocs", Kind::Mallocs, 100, 16),
    Cell::new("stdio-100B-w1", Kind::Stdio, 100, 1),
    Cell::new("stdio-100B-w16", Kind::Stdio, 100, 16),
    Cell::new("stdio-100B-w256", Kind::Stdio, 100, 256),
    Cell::new("stdio-64KB-w1", Kind::Stdio, 64 << 10, 1),
    Cell::new("stdio-64KB-w16", Kind::Stdio, 64 << 10, 16),
    Cell::new("stdio-64KB-w256", Kind::Stdio, 64 << 10, 256),
    Cell::new("stdio-1MB-w1", Kind::Stdio, 1 << 20, 1),
    Cell::new("http-100B-w1", Kind::Http, 100, 1),
    Cell::new("http-100B-w64", Kind::Http, 100, 64),
    Cell::new("http-64KB-w1", Kind::Http, 64 << 10, 1),
    Cell::new("http-64KB-w64", Kind::Http, 64 << 10, 64),
    Cell::new("client-100B-w1", Kind::Client, 100, 1),
    Cell::new("client-100B-w64", Kind::Client, 100, 64),
    Cell::new("client-64KB-w1", Kind::Client, 64 << 10, 1),
    Cell::new("client-64KB-w64", Kind::Client, 64 << 10, 64),
];

impl Cell {
    const fn new(name: &'static str, kind: Kind, bytes: usize, window: usize) -> Self {
        Self { name, kind, bytes, window }
    }
}
