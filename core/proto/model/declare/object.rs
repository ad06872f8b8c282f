//! `object!`: the objects of the schema.

/// Declares an object: a fixed member (`tag`), types whose members stand among its own (`flatten`), members that every
/// revision of the type requires, and optional ones. An optional member may say which revisions have it (`since`,
/// `until`, `only`), which JSON stands for nothing where a revision requires it (`else`), and which values a revision
/// has a form for (`if`); a required one may be written by a function of its own (`via`).
macro_rules! object {
    (
        $(#[$meta:meta])*
        pub struct $name:ident<'a> $([$($span:tt)+])? {
            $(tag { $tag:literal: $word:literal })?
            $(flatten { $($(#[$flat_doc:meta])* $flat:ident: $flat_ty:ident,)+ })?
            $(required { $(
                $(#[$req_doc:meta])* $req:ident: $req_ty:ty = $req_name:literal $(via $via:ident)?,
            )+ })?
            $(optional { $(
                $(#[$opt_doc:meta])* $opt:ident: $opt_ty:ty = $opt_name:literal
                $(| $later:literal from $from:ident)?
                $([
                    $(since $since:ident)? $(until $until:ident)? $(only $only:ident)?
                    $(else $otherwise:ident)? $(if $fits:ident)?
                ])?,
            )+ })?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub struct $name<'a> {
            $($($(#[$flat_doc])* pub $flat: $flat_ty<'a>,)+)?
            $($(
                $(#[$req_doc])* #[doc = ""] #[doc = concat!("Member `", $req_name, "`.")]
                pub $req: $req_ty,
            )+)?
            $($(
                $(#[$opt_doc])*
                #[doc = ""]
                #[doc = concat!(
                    "Member `", $opt_name, "`" $(, ", `", $later, "` from [`", stringify!($from), "`](crate::version::Version::", stringify!($from), ") on")?
                    $($(, ", since [`", stringify!($since), "`](crate::version::Version::", stringify!($since), ")")?
                    $(, ", until [`", stringify!($until), "`](crate::version::Version::", stringify!($until), ")")?
                    $(, ", only in [`", stringify!($only), "`](crate::version::Version::", stringify!($only), ")")?)?
                    , "."
                )]
                pub $opt: Option<$opt_ty>,
            )+)?
            /// Members that no revision knows, kept for whoever the object is passed on to.
            pub extra: $crate::model::Extra<'a>,
        }

        impl<'a> $name<'a> {
            /// The name in the schema, or the one it would have there.
            pub const NAME: &'static str = stringify!($name);

            /// The revisions that have the type. Under another one it is written all the same, for an extension
            /// that the peers have agreed upon.
            pub const REVISIONS: $crate::version::Revisions = $crate::model::declare::span!($($($span)+)?);

            /// The type with what it requires, and nothing else.
            pub fn new(
                $($($flat: $flat_ty<'a>,)+)?
                $($($req: impl Into<$req_ty>,)+)?
            ) -> Self {
                Self {
                    $($($flat,)+)?
                    $($($req: $req.into(),)+)?
                    $($($opt: None,)+)?
                    extra: $crate::model::Extra::new(),
                }
            }

            $($(
                #[doc = concat!("Sets [`", stringify!($opt), "`](field@Self::", stringify!($opt), ").")]
                #[must_use]
                pub fn $opt(mut self, $opt: impl Into<$opt_ty>) -> Self {
                    self.$opt = Some($opt.into());
                    self
                }
            )+)?

            /// Reads the type. Members of all revisions are read, others are kept in [`extra`](field@Self::extra).
            ///
            /// # Errors
            ///
            /// A [`Mismatch`](crate::model::Mismatch) when the value is not of this type.
            pub fn read(raw: $crate::json::Raw<'a>) -> Result<Self, $crate::model::Mismatch> {
                <Self as $crate::model::Value>::read(raw).map_err(|mismatch| mismatch.within(Self::NAME, ""))
            }

            /// Appends the type as `version` has it; members that it lacks are left out.
            pub fn write(&self, out: &mut Vec<u8>, version: $crate::version::Version) {
                $crate::model::object::write(self, out, version);
            }

            /// Copies what is borrowed.
            pub fn into_owned(self) -> $name<'static> {
                $name {
                    $($($flat: self.$flat.into_owned(),)+)?
                    $($($req: $crate::model::Value::into_owned(self.$req),)+)?
                    $($($opt: self.$opt.map($crate::model::Value::into_owned),)+)?
                    extra: self.extra.into_owned(),
                }
            }
        }

        const _: () = {
            use $crate::json::Raw;
            use $crate::model::object::{self, Object, ObjectWriter};
            use $crate::model::{Extra, Front, Mismatch, Value};
            use $crate::version::Version;

            #[derive(Default)]
            pub(crate) struct Parts<'a> {
                $(#[doc = $tag] tag: bool,)?
                $($($flat: <$flat_ty<'a> as Object<'a>>::Parts,)+)?
                $($($req: Option<$req_ty>,)+)?
                $($($opt: Option<$opt_ty>,)+)?
                lifetime: core::marker::PhantomData<&'a ()>,
            }

            impl<'a> Object<'a> for $name<'a> {
                type Parts = Parts<'a>;

                fn take(parts: &mut Parts<'a>, name: &str, front: &mut Front<'a>) -> Result<bool, Mismatch> {
                    match name {
                        $($tag => {
                            let word = object::word(front.value(), $word, concat!("\"", $word, "\""));
                            parts.tag = word.map_err(|mismatch| mismatch.within(Self::NAME, $tag))?;
                        })?
                        $($($req_name => {
                            let read = Value::read_front(front);
                            let read = read.map_err(|mismatch: Mismatch| mismatch.within(Self::NAME, $req_name));
                            parts.$req = Some(read?);
                        })+)?
                        $($($opt_name $(| $later)? => {
                            let read = object::optional(front);
                            parts.$opt = read.map_err(|mismatch| mismatch.within(Self::NAME, $opt_name))?;
                        })+)?
                        _ => return Ok(
                            false $($(|| <$flat_ty<'a> as Object<'a>>::take(&mut parts.$flat, name, front)?)+)?
                        ),
                    }
                    Ok(true)
                }

                fn build(parts: Parts<'a>, extra: Extra<'a>) -> Result<Self, Mismatch> {
                    $(if !parts.tag {
                        return Err(Mismatch::missing(Self::NAME, $tag));
                    })?
                    Ok(Self {
                        $($($flat: Object::build(parts.$flat, Extra::new())?,)+)?
                        $($($req: parts.$req.ok_or(Mismatch::missing(Self::NAME, $req_name))?,)+)?
                        $($($opt: parts.$opt,)+)?
                        extra,
                    })
                }

                fn knows(name: &str) -> bool {
                    match name {
                        $($tag => true,)?
                        $($($req_name => true,)+)?
                        $($($opt_name $(| $later)? => true,)+)?
                        _ => false $($(|| <$flat_ty<'a> as Object<'a>>::knows(name))+)?,
                    }
                }

                fn write_members(&self, object: &mut ObjectWriter<'_>) {
                    $(object.word($tag, $word);)?
                    $($(self.$flat.write_members(object);)+)?
                    $($(object.required($req_name, &self.$req, $crate::model::declare::or!(Value::write, $($via)?));)+)?
                    $($({
                        let name = $crate::model::declare::name!(object, $opt_name $(, $later, Version::$from)?);
                        let revisions = $crate::model::declare::span!($($(since $since)? $(until $until)? $(only $only)?)?);
                        let otherwise = $crate::model::declare::or!(object::nothing, $($($otherwise)?)?);
                        let fits = $crate::model::declare::or!(Value::fits, $($($fits)?)?);
                        object.optional(name, self.$opt.as_ref(), object::Rule { revisions, fits, otherwise });
                    })+)?
                }

                fn write_extra(&self, object: &mut ObjectWriter<'_>) {
                    object.extra(&self.extra, Self::knows);
                    $($(object.extra_beside(&self.$flat.extra, &self.extra, Self::knows);)+)?
                }
            }

            impl<'a> Value<'a> for $name<'a> {
                type Owned = $name<'static>;

                fn read(raw: Raw<'a>) -> Result<Self, Mismatch> {
                    object::read(&mut Front::new(raw))
                }

                fn read_front(front: &mut Front<'a>) -> Result<Self, Mismatch> {
                    object::read(front)
                }

                fn write(&self, out: &mut Vec<u8>, version: Version) {
                    object::write(self, out, version);
                }

                fn into_owned(self) -> $name<'static> {
                    self.into_owned()
                }
            }
        };
    };
}
pub(in crate::model) use object;
