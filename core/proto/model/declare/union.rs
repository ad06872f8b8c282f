//! `union!`: alternatives that a member tells apart.

/// Declares alternatives by the member that tells them apart. A closed union refuses an alternative that it does not
/// know; an open one keeps it as JSON, and may say which function writes an alternative that the revision lacks.
macro_rules! union {
    (
        $(#[$meta:meta])*
        pub enum $name:ident<'a> $([$($span:tt)+])? by $tag:literal closed {
            $($(#[$doc:meta])* $variant:ident($ty:ident) = $word:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $name<'a> {
            $($(#[$doc])* $variant($ty<'a>),)+
        }

        impl<'a> $name<'a> {
            /// Copies what is borrowed.
            pub fn into_owned(self) -> $name<'static> {
                match self { $(Self::$variant(it) => $name::$variant(it.into_owned()),)+ }
            }

            fn read_as(tag: &str, front: &mut $crate::model::Front<'a>) -> Result<Self, $crate::model::Mismatch> {
                let unknown = $crate::model::Mismatch::expected(concat!("one of", $(" ", $word),+));
                match tag {
                    $($word => $crate::model::Value::read_front(front).map(Self::$variant),)+
                    _ => Err(unknown.within(Self::NAME, $tag)),
                }
            }

            fn write_as(&self, out: &mut Vec<u8>, version: $crate::version::Version) {
                match self { $(Self::$variant(it) => it.write(out, version),)+ }
            }
        }

        $crate::model::declare::union!(shared $name [$($($span)+)?] by $tag { $($variant($ty)),+ });
    };
    (
        $(#[$meta:meta])*
        pub enum $name:ident<'a> $([$($span:tt)+])? by $tag:literal open $(else $substitute:path)? {
            $($(#[$doc:meta])* $variant:ident($ty:ident) = $word:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $name<'a> {
            $($(#[$doc])* $variant($ty<'a>),)+
            /// One that this library does not know, written as it was read.
            Other($crate::model::Json<'a>),
        }

        impl<'a> $name<'a> {
            /// Copies what is borrowed.
            pub fn into_owned(self) -> $name<'static> {
                match self {
                    $(Self::$variant(it) => $name::$variant(it.into_owned()),)+
                    Self::Other(json) => $name::Other(json.into_owned()),
                }
            }

            fn read_as(tag: &str, front: &mut $crate::model::Front<'a>) -> Result<Self, $crate::model::Mismatch> {
                match tag {
                    $($word => $crate::model::Value::read_front(front).map(Self::$variant),)+
                    _ => Ok(Self::Other(front.value().into())),
                }
            }

            fn write_as(&self, out: &mut Vec<u8>, version: $crate::version::Version) {
                $(if !self.exists(version) {
                    return $substitute(self, out, version);
                })?
                match self {
                    $(Self::$variant(it) => it.write(out, version),)+
                    Self::Other(json) => json.write(out),
                }
            }

            /// Whether `version` has this alternative. One that this library does not know is taken to exist.
            pub fn exists(&self, version: $crate::version::Version) -> bool {
                match self {
                    $(Self::$variant(_) => $ty::REVISIONS.contains(version),)+
                    Self::Other(_) => true,
                }
            }
        }

        $crate::model::declare::union!(shared $name [$($($span)+)?] by $tag { $($variant($ty)),+ });
    };
    (shared $name:ident [$($span:tt)*] by $tag:literal { $($variant:ident($ty:ident)),+ }) => {
        impl<'a> $name<'a> {
            /// The name in the schema, or the one it would have there.
            pub const NAME: &'static str = stringify!($name);

            /// The revisions that have the type.
            pub const REVISIONS: $crate::version::Revisions = $crate::model::declare::span!($($span)*);

            /// Reads whichever it is.
            ///
            /// # Errors
            ///
            /// A [`Mismatch`](crate::model::Mismatch) when it is not what it says it is.
            pub fn read(raw: $crate::json::Raw<'a>) -> Result<Self, $crate::model::Mismatch> {
                <Self as $crate::model::Value>::read(raw).map_err(|mismatch| mismatch.within(Self::NAME, ""))
            }

            /// Appends it as `version` has it.
            pub fn write(&self, out: &mut Vec<u8>, version: $crate::version::Version) {
                self.write_as(out, version);
            }
        }

        $(
            impl<'a> From<$ty<'a>> for $name<'a> {
                fn from(it: $ty<'a>) -> Self {
                    Self::$variant(it)
                }
            }
        )+

        impl<'a> $crate::model::Value<'a> for $name<'a> {
            type Owned = $name<'static>;

            fn read(raw: $crate::json::Raw<'a>) -> Result<Self, $crate::model::Mismatch> {
                Self::read_front(&mut $crate::model::Front::new(raw))
            }

            fn read_front(front: &mut $crate::model::Front<'a>) -> Result<Self, $crate::model::Mismatch> {
                Self::read_as(&$crate::model::object::tag(front, Self::NAME, $tag)?, front)
            }

            fn write(&self, out: &mut Vec<u8>, version: $crate::version::Version) {
                self.write_as(out, version);
            }

            fn into_owned(self) -> $name<'static> {
                self.into_owned()
            }
        }
    };
}
pub(in crate::model) use union;
