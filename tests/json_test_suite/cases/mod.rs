//! The 318 parsing cases of `JSONTestSuite` (`nst/JSONTestSuite`, directory `test_parsing`), byte
//! for byte: 95 that every parser must accept (`y_`), 188 that every parser must refuse (`n_`) and
//! 35 that RFC 8259 leaves to the parser (`i_`), each of which is pinned here with its reason.
//!
//! The table supposes a parser that allows duplicate keys and takes a newline as white space.
//! Names are the file names of the suite without `.json`.
//!
//! The cases are under the licence of the suite:
//!
//! MIT License
//!
//! Copyright (c) 2016 Nicolas Seriot
//!
//! Permission is hereby granted, free of charge, to any person obtaining a copy
//! of this software and associated documentation files (the "Software"), to deal
//! in the Software without restriction, including without limitation the rights
//! to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
//! copies of the Software, and to permit persons to whom the Software is
//! furnished to do so, subject to the following conditions:
//!
//! The above copyright notice and this permission notice shall be included in all
//! copies or substantial portions of the Software.
//!
//! THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
//! IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
//! FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
//! AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
//! LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
//! OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
//! SOFTWARE.

mod accepted;
mod pinned;
mod refused;

use std::fmt;

/// What the parser must do with a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Accept,
    Refuse,
}

/// The bytes of a case.
pub(crate) enum Json {
    /// The bytes as they are.
    Bytes(&'static [u8]),
    /// Each part repeated as many times as it says, one after the other.
    Runs(&'static [(&'static [u8], usize)]),
}

impl Json {
    /// The whole text.
    pub(crate) fn to_vec(&self) -> Vec<u8> {
        match self {
            Self::Bytes(bytes) => bytes.to_vec(),
            Self::Runs(runs) => runs.iter().flat_map(|(part, times)| part.repeat(*times)).collect(),
        }
    }
}

/// One case of the suite.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) verdict: Verdict,
    pub(crate) reason: &'static str,
    pub(crate) json: Json,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?} ({})", self.name, self.verdict, self.reason)
    }
}

/// All the cases: the accepted ones, the refused ones, then the pinned ones.
pub(crate) fn all() -> impl Iterator<Item = &'static Case> {
    accepted::CASES.iter().chain(&refused::CASES).chain(&pinned::CASES)
}
