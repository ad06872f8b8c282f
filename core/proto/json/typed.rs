//! One payload into types of the application's own, with simd-json.
//!
//! For payloads with much escaped or non-ASCII text, which simd-json unescapes faster than a generic reader. It works
//! in place and destroys what it reads, so the payload is copied first: the message, its spans and
//! whoever else holds it see none of it. The envelope never comes this way.

use serde::de::DeserializeOwned;

use super::raw::Raw;

/// Reads values into types that derive `serde::Deserialize`. Keep one for many values: its memory is used again, and grows to
/// the longest value read.
///
/// ```
/// use mcp_engine_proto::json::{Raw, typed::Typed};
///
/// #[derive(serde::Deserialize)]
/// struct Weather { city: String, days: Vec<u8> }
///
/// let mut typed = Typed::default();
/// let weather: Weather = typed.read(Raw::parse(r#"{"city": "Z\u00fcrich", "days": [1, 2]}"#)?)?;
/// assert_eq!((weather.city.as_str(), weather.days.len()), ("Zürich", 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct Typed {
    text: Vec<u8>,
    buffers: simd_json::Buffers,
}

impl Typed {
    /// Reads one value. Takes time and memory proportional to its spelling.
    ///
    /// # Errors
    ///
    /// When the value is not what `T` asks for, or holds a number that is beyond 64 bits.
    pub fn read<T: DeserializeOwned>(&mut self, raw: Raw<'_>) -> Result<T, simd_json::Error> {
        self.text.clear();
        self.text.extend_from_slice(raw.spelling().as_bytes());
        simd_json::serde::from_slice_with_buffers(&mut self.text, &mut self.buffers)
    }
}

impl core::fmt::Debug for Typed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Typed").field("capacity", &self.text.capacity()).finish()
    }
}
