//! The bounds of a decoder or a connection.

use mcp_engine::Limits as Bounds;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt};

/// Declares the class with one keyword and one attribute for each bound.
macro_rules! limits {
    ($($(#[doc = $doc:literal])+ $name:ident: $type:ty,)+) => {
        /// Bounds on what one stream may make the engine hold or do. Every argument is optional.
        ///
        /// Raises ValueError for a number that is out of its range.
        #[pyclass(frozen, module = "mcp_engine", eq)]
        #[derive(Clone, Copy, PartialEq)]
        pub(crate) struct Limits {
            pub(crate) bounds: Bounds,
        }

        #[pymethods]
        impl Limits {
            #[new]
            #[pyo3(signature = (*, $($name = None),+))]
            #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
            fn new($($name: Option<&Bound<'_, PyAny>>),+) -> PyResult<Self> {
                let mut bounds = Bounds::default();
                $(if let Some(value) = $name {
                    bounds.$name = bound(stringify!($name), value, u64::from(<$type>::MAX))?;
                })+
                Ok(Self { bounds })
            }

            /// What makes the same in another process.
            fn __getnewargs_ex__<'py>(&self, py: Python<'py>) -> PyResult<((), Bound<'py, PyDict>)> {
                let own = PyDict::new(py);
                $(own.set_item(stringify!($name), self.bounds.$name)?;)+
                Ok(((), own))
            }

            $($(#[doc = $doc])+
            #[getter]
            fn $name(&self) -> $type {
                self.bounds.$name
            })+

            fn __repr__(&self) -> String {
                let fields: Vec<String> =
                    vec![$(format!("{}={}", stringify!($name), self.bounds.$name)),+];
                format!("Limits({})", fields.join(", "))
            }
        }
    };
}

limits! {
    /// Longest message, in bytes. Default 16 MiB, at most 1 GiB.
    message_bytes: u32,
    /// Longest server-sent event, in bytes. Default 16 MiB, at most 1 GiB.
    event_bytes: u32,
    /// Deepest nesting of arrays and objects. Default and at most 128.
    depth: u8,
    /// Most values in one message. Default 500,000.
    items: u32,
    /// Most messages in one batch (MCP 2025-03-26). Default 1,000.
    batch: u32,
    /// Longest id or progress token, in bytes. Default 1 KiB.
    id_bytes: u32,
    /// Most bytes that messages which are kept may pin. Default 16 MiB.
    retained: u32,
    /// Most requests of the peer that wait for an answer. Default 1,024.
    peer_requests: u32,
    /// Most requests of our own that wait for an answer. Default 65,536.
    own_requests: u32,
    /// Most bytes that wait to be sent. Default 64 MiB.
    outbox_bytes: u32,
    /// Most events that wait to be polled. Default 4,096.
    events: u32,
    /// Most subscriptions of one peer. Default 1,024.
    subscriptions: u32,
    /// Longest URI that is subscribed to, in bytes. Default 8 KiB.
    uri_bytes: u32,
    /// Most pages of one listing. Default 1,000.
    pages: u32,
    /// Most tools of one server. Default 10,000.
    tools: u32,
}

/// One bound. Raises ValueError, which names it, for a number that is out of its range, and TypeError for what is none.
fn bound<T: TryFrom<u64>>(name: &str, value: &Bound<'_, PyAny>, most: u64) -> PyResult<T> {
    let number = value.cast::<PyInt>()?;
    let own = number.extract::<u64>().ok().and_then(|number| T::try_from(number).ok());
    own.ok_or_else(|| {
        PyValueError::new_err(format!("{name} is a number from 0 to {most}, and not {number}"))
    })
}

/// The bounds that were given, or the default ones.
pub(crate) fn bounds(limits: Option<&Limits>) -> Bounds {
    limits.map_or_else(Bounds::default, |limits| limits.bounds)
}
