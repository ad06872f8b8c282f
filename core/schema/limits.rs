//! Every bound on schemas and on judging values by them, by name.
//!
//! A schema comes from a peer, and so does the value. Neither may cost more than these limits allow: what a schema can cost is
//! reckoned when it is compiled, what a value does cost is counted while it is judged, and whichever limit is met has a
//! [`SchemaLimit`](mcp_engine_proto::schema::SchemaLimit) of its own.

/// Bounds on what schemas and values may cost.
///
/// ```
/// use mcp_engine_schema::Limits;
///
/// let limits = Limits { schema_bytes: 64 * 1024, ..Limits::default() };
/// assert_eq!(limits.schema_depth, 64);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest schema, in bytes. Default 1 MiB.
    pub schema_bytes: u32,
    /// Deepest nesting of a schema's own text, at most 128. Default 64.
    pub schema_depth: u8,
    /// Most sub-schemas, those of the documents that it refers to included. Default 10,000.
    pub sub_schemas: u32,
    /// Most sub-schemas that may have to be looked at for one value, each as often as references and unevaluated properties
    /// and items lead to it. A small schema can reach any number here. Default 20,000.
    pub expansion: u32,
    /// Most different patterns. Default 128.
    pub patterns: u32,
    /// Longest text of all patterns together, in bytes. Default 16 KiB.
    pub pattern_text: u32,
    /// Largest compiled pattern, in bytes, and as much again for its cache. Default 256 KiB.
    pub pattern_bytes: u32,
    /// Most parameters of a tool that are mirrored into headers. Default 64.
    pub headers: u32,
    /// Most tools of a server whose mirrored parameters are remembered. Default 10,000.
    pub header_tools: u32,
    /// Most values in one instance (elements and members, at all depths). Default 500,000.
    pub values: u32,
    /// Deepest nesting of sub-schemas while an instance is judged. Each takes up to 700 bytes of stack in an optimised build,
    /// and 4 KiB in another. Default 400.
    pub nesting: u32,
    /// Most steps for one instance. A step is some 10 ns of work: one value that one keyword descends into, one name that is
    /// looked up, 64 bytes that are compared, or a byte that a pattern of 16 states reads. Default 20 million.
    pub steps: u64,
    /// Most violations that are listed; what is more is left out. Default 16.
    pub violations: u32,
    /// Longest path or message of a violation, in bytes; what is longer is cut. Default 256.
    pub message_bytes: u32,
    /// Most schemas that are kept compiled; the least useful go first. Default 256.
    pub cached: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            schema_bytes: 1 << 20,
            schema_depth: 64,
            sub_schemas: 10_000,
            expansion: 20_000,
            patterns: 128,
            pattern_text: 16 << 10,
            pattern_bytes: 256 << 10,
            headers: 64,
            header_tools: 10_000,
            values: 500_000,
            nesting: 400,
            steps: 20_000_000,
            violations: 16,
            message_bytes: 256,
            cached: 256,
        }
    }
}
