//! `words!`: enumerations of strings.

/// Declares an enumeration of strings. One without a lifetime is closed, as in the schema: another word is refused. One
/// with a lifetime is open: another word is kept.
macro_rules! words {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$doc])* #[doc = ""] #[doc = concat!("Spelled `", $word, "`.")] $variant,)+
        }

        impl $name {
            /// Every one, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The one of that exact name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// The name on the wire.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl $crate::model::Value<'_> for $name {
            type Owned = Self;

            fn read(raw: $crate::json::Raw<'_>) -> Result<Self, $crate::model::Mismatch> {
                let word = raw.string().and_then(|word| Self::from_name(&word.decode()));
                word.ok_or($crate::model::Mismatch::expected(concat!("one of", $(" ", $word),+)))
            }

            fn write(&self, out: &mut Vec<u8>, _: $crate::version::Version) {
                $crate::json::write::string(out, self.name());
            }

            fn into_owned(self) -> Self {
                self
            }
        }
    };
    (
        $(#[$meta:meta])*
        pub enum $name:ident<'a> { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum $name<'a> {
            $($(#[$doc])* #[doc = ""] #[doc = concat!("Spelled `", $word, "`.")] $variant,)+
            /// Another word.
            Other(std::borrow::Cow<'a, str>),
        }

        impl<'a> $name<'a> {
            /// The name on the wire.
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(word) => word,
                }
            }

            /// Copies what is borrowed.
            pub fn into_owned(self) -> $name<'static> {
                match self {
                    $(Self::$variant => $name::$variant,)+
                    Self::Other(word) => $name::Other(std::borrow::Cow::Owned(word.into_owned())),
                }
            }
        }

        impl<'a> From<std::borrow::Cow<'a, str>> for $name<'a> {
            fn from(word: std::borrow::Cow<'a, str>) -> Self {
                match &*word {
                    $($word => Self::$variant,)+
                    _ => Self::Other(word),
                }
            }
        }

        impl<'a> From<&'a str> for $name<'a> {
            fn from(word: &'a str) -> Self {
                Self::from(std::borrow::Cow::Borrowed(word))
            }
        }

        impl core::fmt::Display for $name<'_> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl<'a> $crate::model::Value<'a> for $name<'a> {
            type Owned = $name<'static>;

            fn read(raw: $crate::json::Raw<'a>) -> Result<Self, $crate::model::Mismatch> {
                <std::borrow::Cow<'a, str> as $crate::model::Value>::read(raw).map(Self::from)
            }

            fn write(&self, out: &mut Vec<u8>, _: $crate::version::Version) {
                $crate::json::write::string(out, self.name());
            }

            fn into_owned(self) -> $name<'static> {
                self.into_owned()
            }
        }
    };
}
pub(in crate::model) use words;
