//! Texts that are given out.

use mcp_engine_c::buffer::mcpe_target;
use mcp_engine_c::pointer::{Out, Place};
use mcp_engine_c::status::{MCPE_NOTHING, mcpe_status};

use crate::{DONE, Error};

/// Where a text goes: looked at before the work is done that leads to it.
pub(crate) struct Output {
    to: mcpe_target,
    written: Place<usize>,
}

impl Output {
    pub(crate) fn new(to: mcpe_target, written: Out<usize>) -> Result<Self, Error> {
        let written = written.required("written")?;
        to.check()?;
        Ok(Self { to, written })
    }

    pub(crate) fn put(self, text: &str) -> Result<mcpe_status, Error> {
        self.to.write(self.written, text.len(), |out| out.extend_from_slice(text.as_bytes()))?;
        DONE
    }

    /// `MCPE_NOTHING` where there is none.
    pub(crate) fn put_some(self, text: Option<&str>) -> Result<mcpe_status, Error> {
        text.map_or(Ok(MCPE_NOTHING), |text| self.put(text))
    }
}

/// An array of JSON values.
pub(crate) fn array<'t>(values: impl IntoIterator<Item = impl AsRef<str> + 't>) -> String {
    let mut out = String::from("[");
    for value in values {
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str(value.as_ref());
    }
    out.push(']');
    out
}
