//! `calls!` and `results!`: what is sent in one direction, by method.

/// Declares the requests or notifications of one side, each with its parameters.
macro_rules! calls {
    (
        $(#[$meta:meta])*
        pub enum $name:ident<'a> { $($variant:ident($params:ident),)+ }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $name<'a> {
            $(
                #[doc = concat!("[`Method::", stringify!($variant), "`] with its parameters.")]
                $variant($params<'a>),
            )+
        }

        impl<'a> $name<'a> {
            /// The name in the schema.
            pub const NAME: &'static str = stringify!($name);

            /// Reads the parameters of a method; none at all are read as an empty object.
            ///
            /// # Errors
            ///
            /// A [`Mismatch`] when this side has no such method in any revision, or the parameters are not those of
            /// the method.
            pub fn read(method: Method, params: Option<Raw<'a>>) -> Result<Self, Mismatch> {
                let params = params.unwrap_or(Raw::new("{}"));
                match method {
                    $(Method::$variant => $params::read(params).map(Self::$variant),)+
                    _ => Err(Mismatch::expected("one of this side").within(Self::NAME, "method")),
                }
            }

            /// The method.
            pub const fn method(&self) -> Method {
                match self { $(Self::$variant(_) => Method::$variant,)+ }
            }

            /// Appends the parameters as `version` has them.
            pub fn write(&self, out: &mut Vec<u8>, version: Version) {
                match self { $(Self::$variant(params) => params.write(out, version),)+ }
            }

            /// Copies what is borrowed.
            pub fn into_owned(self) -> $name<'static> {
                match self { $(Self::$variant(params) => $name::$variant(params.into_owned()),)+ }
            }
        }
    };
}
pub(in crate::model) use calls;

/// Declares the results of one side, each with the methods that it answers.
macro_rules! results {
    (
        $(#[$meta:meta])*
        pub enum $name:ident<'a> {
            $($(#[$doc:meta])* $variant:ident($result:ident) $(= $($method:ident)|+)?,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $name<'a> {
            $($(#[$doc])* $variant($result<'a>),)+
        }

        impl<'a> $name<'a> {
            /// The name in the schema.
            pub const NAME: &'static str = stringify!($name);

            /// Appends the result as `version` has it.
            pub fn write(&self, out: &mut Vec<u8>, version: Version) {
                match self { $(Self::$variant(result) => result.write(out, version),)+ }
            }

            /// Copies what is borrowed.
            pub fn into_owned(self) -> $name<'static> {
                match self { $(Self::$variant(result) => $name::$variant(result.into_owned()),)+ }
            }

            fn read_by_method(method: Method, result: Raw<'a>) -> Result<Self, Mismatch> {
                match method {
                    $($($(Method::$method)|+ => $result::read(result).map(Self::$variant),)?)+
                    _ => Err(Mismatch::expected("one of the other side").within(Self::NAME, "method")),
                }
            }
        }

        $(
            impl<'a> From<$result<'a>> for $name<'a> {
                fn from(result: $result<'a>) -> Self {
                    Self::$variant(result)
                }
            }
        )+
    };
}
pub(in crate::model) use results;
