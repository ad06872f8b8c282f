//! Pointers of C become values and slices of Rust, here and nowhere else.
//!
//! The types have no constructor that takes a pointer: one that an exported function gets was passed by its caller, who has promised what
//! `docs/C_API.md` says under "Arguments". `NULL`, lengths that no memory has, and sizes that no struct has are found out.

use core::ffi::c_void;
use core::mem::MaybeUninit;

use crate::status::Failure;

/// A pointer to what a caller lets us read, or `NULL`.
///
/// # Invariant
///
/// It was passed by a caller, who has promised that as many elements as the length beside it says, or one where there is none, can be
/// read until the call is over; or it is for a caller to read.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Ptr<T>(*const T);

/// A pointer to where a caller lets us write, or `NULL`.
///
/// # Invariant
///
/// It was passed by a caller, who has promised that one element, or as many as the capacity beside it says, can be written until the
/// call is over, and that nobody else looks there meanwhile.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Out<T>(*mut T);

/// An output that is not `NULL`.
#[derive(Debug)]
pub struct Place<T>(core::ptr::NonNull<T>);

/// A table of the caller's, to be filled from its first row on.
#[derive(Debug)]
pub struct Rows<T> {
    first: core::ptr::NonNull<T>,
    capacity: usize,
    stride: usize,
    filled: usize,
}

/// A pointer of the caller's that is handed back and never followed.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Userdata(*mut c_void);

/// A struct of options, which begins with its size.
///
/// # Safety
///
/// The type has the layout of C, begins with a `usize`, has no padding, a size that is a multiple of eight, and is valid whatever its bytes
/// are.
pub unsafe trait Options: Copy {
    /// What the caller knows the struct as.
    const NAME: &'static str;

    /// The member that means nothing yet, where there is one.
    fn reserved(&self) -> u32 {
        0
    }
}

// SAFETY: it is never followed here; that it may be used on every thread is what the caller promises with each callback.
unsafe impl Send for Userdata {}
// SAFETY: as for `Send`.
unsafe impl Sync for Userdata {}

/// The slice of a pointer and the length that goes with it: both are parameters of an exported function, or members of one struct.
#[macro_export]
#[doc(hidden)]
macro_rules! input {
    ($pointer:expr, $len:expr) => {
        // SAFETY: the length is the one that its caller has passed with this pointer, and the slice is gone when the call is over.
        unsafe { $pointer.slice($len, stringify!($pointer)) }
    };
}
pub use input;

impl Userdata {
    /// `NULL`.
    pub(crate) const NULL: Self = Self(core::ptr::null_mut());
}

impl<T> Ptr<T> {
    /// `NULL`.
    pub(crate) const NULL: Self = Self(core::ptr::null());

    /// For a caller to read, as long as what is borrowed here stays where it is.
    pub fn to(slice: &[T]) -> Self {
        Self(slice.as_ptr())
    }

    /// Whether there is nothing.
    pub fn is_null(&self) -> bool {
        self.0.is_null()
    }

    /// The same pointer, to elements of another type and the same size.
    pub const fn cast<U>(self) -> Ptr<U> {
        const { assert!(size_of::<T>() == size_of::<U>() && align_of::<T>() == align_of::<U>()) };
        Ptr(self.0.cast())
    }

    /// So many elements.
    ///
    /// # Safety
    ///
    /// `len` is the length that goes with the pointer.
    pub unsafe fn slice(&self, len: usize, name: &'static str) -> Result<&[T], Failure> {
        if len == 0 {
            return Ok(&[]);
        }
        if self.0.is_null() {
            return Err(Failure::Null(name));
        }
        match len.checked_mul(size_of::<T>()) {
            Some(bytes) if bytes <= LONGEST => {
                // SAFETY: not null, no longer than memory can be, and readable by the invariant.
                Ok(unsafe { core::slice::from_raw_parts(self.0, len) })
            }
            _ => Err(Failure::Length(name)),
        }
    }
}

impl<T: Copy> Ptr<T> {
    /// What it points to; `None` for `NULL`.
    pub fn read(self) -> Option<T> {
        // SAFETY: not null, and one element is readable by the invariant.
        (!self.0.is_null()).then(|| unsafe { self.0.read() })
    }
}

impl<T: Options> Ptr<T> {
    /// The options, of whichever size they are; all zero for `NULL`.
    pub fn options(self) -> Result<T, Failure> {
        let mut options = MaybeUninit::<T>::zeroed();
        if !self.0.is_null() {
            let (from, bytes) = (self.0.cast::<u8>(), self.known()?);
            // SAFETY: the caller has promised as many bytes as the size says, of which `known` are as many as there are of ours.
            unsafe { core::ptr::copy_nonoverlapping(from, options.as_mut_ptr().cast(), bytes) };
        }
        // SAFETY: zeros with bytes of the caller before them, and every such value is valid.
        let options = unsafe { options.assume_init() };
        if options.reserved() == 0 { Ok(options) } else { Err(Failure::Struct(T::NAME)) }
    }

    /// How many bytes of the options are known here; the others must be zero.
    fn known(self) -> Result<usize, Failure> {
        // SAFETY: every struct of options begins with its size.
        let size = unsafe { self.0.cast::<usize>().read() };
        let is_whole = size >= size_of::<usize>() && size.is_multiple_of(8);
        if !is_whole || size > LARGEST_OPTIONS {
            return Err(Failure::Size(T::NAME));
        }
        // SAFETY: the caller has promised as many bytes as the size says.
        let bytes = unsafe { core::slice::from_raw_parts(self.0.cast::<u8>(), size) };
        let newer = bytes.get(size_of::<T>()..).unwrap_or_default();
        if newer.iter().any(|byte| *byte != 0) {
            return Err(Failure::Struct(T::NAME));
        }
        Ok(size.min(size_of::<T>()))
    }
}

impl<T> Out<T> {
    /// The output, which must be there.
    pub fn required(self, name: &'static str) -> Result<Place<T>, Failure> {
        core::ptr::NonNull::new(self.0).map(Place).ok_or(Failure::Null(name))
    }

    /// Whether there is nothing.
    pub fn is_null(&self) -> bool {
        self.0.is_null()
    }

    /// A table of so many rows, one every `stride` bytes.
    pub fn rows(self, capacity: usize, stride: usize) -> Result<Rows<T>, Failure> {
        let first = core::ptr::NonNull::new(self.0).ok_or(Failure::Null("table"))?;
        if capacity == 0 {
            return Err(Failure::Value("capacity"));
        }
        if stride < size_of::<T>() {
            return Err(Failure::Value("stride"));
        }
        match capacity.checked_mul(stride) {
            Some(bytes) if bytes <= LONGEST => Ok(Rows { first, capacity, stride, filled: 0 }),
            _ => Err(Failure::Length("capacity")),
        }
    }
}

impl Out<u8> {
    /// Memory for a caller to write to, as long as what is borrowed here stays where it is.
    pub fn to(slice: &mut [u8]) -> Self {
        Self(slice.as_mut_ptr())
    }

    /// Writes bytes, if there is room for all of them.
    pub fn fill(self, capacity: usize, bytes: &[u8]) -> Result<(), Failure> {
        if self.0.is_null() {
            return Err(Failure::Null("ptr"));
        }
        if capacity > LONGEST {
            return Err(Failure::Length("capacity"));
        }
        if bytes.len() > capacity {
            return Err(Failure::Capacity(bytes.len()));
        }
        // SAFETY: not null, and the caller has promised `capacity` bytes to be written, which nobody else looks at.
        unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), self.0, bytes.len()) };
        Ok(())
    }
}

impl<T> Place<T> {
    /// Writes the output.
    pub fn put(self, value: T) {
        // SAFETY: not null, and one element can be written by the invariant of `Out`.
        unsafe { self.0.as_ptr().write(value) };
    }
}

impl<T> Rows<T> {
    /// Whether there is no further row.
    pub fn is_full(&self) -> bool {
        self.filled >= self.capacity
    }

    /// How many rows there are.
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// How many rows were filled.
    pub fn filled(&self) -> usize {
        self.filled
    }

    /// Fills the next row, if there is one.
    pub fn push(&mut self, value: T) {
        if self.is_full() {
            return;
        }
        let offset = self.filled.saturating_mul(self.stride);
        // SAFETY: the row is one of `capacity`, which all together are no longer than memory can be, and all can be written.
        let row = unsafe { self.first.as_ptr().cast::<u8>().add(offset) };
        // SAFETY: a row is as long as a `T` at least; a stride need not keep the alignment of one.
        unsafe { row.cast::<T>().write_unaligned(value) };
        self.filled = self.filled.saturating_add(1);
    }
}

/// What each element of a caller's stands for, in a list that is as long as it.
pub(crate) fn list<'a, T, U>(
    from: &'a [T],
    read: impl Fn(&'a T) -> Result<U, Failure>,
) -> Result<Vec<U>, Failure> {
    let mut list = Vec::new();
    list.try_reserve_exact(from.len()).map_err(|_| Failure::Memory)?;
    for one in from {
        list.push(read(one)?);
    }
    Ok(list)
}

/// A text of a caller's, to keep.
pub(crate) fn kept(text: &str) -> Result<Box<str>, Failure> {
    let mut kept = String::new();
    kept.try_reserve_exact(text.len()).map_err(|_| Failure::Memory)?;
    kept.push_str(text);
    Ok(kept.into_boxed_str())
}

/// Characters of C, which are bytes.
pub fn bytes_of(text: &[core::ffi::c_char]) -> &[u8] {
    // SAFETY: the same memory, of the same length, in which every byte is valid.
    unsafe { core::slice::from_raw_parts(text.as_ptr().cast(), text.len()) }
}

/// The longest memory that there is: `PTRDIFF_MAX`.
const LONGEST: usize = isize::MAX as usize;
/// No struct of options will ever be larger.
const LARGEST_OPTIONS: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy)]
    #[repr(C)]
    struct Pair {
        size: usize,
        first: u64,
        second: u64,
    }

    // SAFETY: three integers of eight bytes.
    unsafe impl Options for Pair {
        const NAME: &'static str = "Pair";

        fn reserved(&self) -> u32 {
            u32::from(self.second == u64::MAX)
        }
    }

    fn read(bytes: &[usize; 5]) -> Result<(u64, u64), Failure> {
        Ptr::<Pair>(bytes.as_ptr().cast()).options().map(|pair| (pair.first, pair.second))
    }

    #[test]
    fn older_and_newer_options_are_read() {
        assert_eq!(read(&[24, 1, 2, 9, 9]), Ok((1, 2)));
        assert_eq!(read(&[16, 1, 2, 9, 9]), Ok((1, 0)), "an older header");
        assert_eq!(read(&[8, 1, 2, 9, 9]), Ok((0, 0)));
        assert_eq!(read(&[40, 1, 2, 0, 0]), Ok((1, 2)), "a newer header, which says nothing new");
    }

    #[test]
    fn options_that_cannot_be_are_refused() {
        let refused = Err(Failure::Struct("Pair"));
        assert_eq!(read(&[40, 1, 2, 0, 9]), refused, "a newer header, which says something new");
        assert_eq!(
            read(&[24, 1, usize::MAX, 0, 0]),
            refused,
            "a member that means nothing says something"
        );
        for size in [0, 4, 7, 9, 23, 4104, usize::MAX] {
            assert_eq!(read(&[size, 1, 2, 0, 0]), Err(Failure::Size("Pair")), "{size}");
        }
    }

    #[test]
    fn a_table_is_filled_row_by_row() {
        let mut table = [[0u8; 3]; 4];
        let mut rows = Out::<u16>(table.as_mut_ptr().cast()).rows(3, 3).expect("a table");
        for value in 1..=9 {
            rows.push(u16::from_le_bytes([value, value]));
        }
        assert!(rows.is_full() && rows.filled() == 3);
        assert_eq!(table, [[1, 1, 0], [2, 2, 0], [3, 3, 0], [0, 0, 0]]);
    }
}
