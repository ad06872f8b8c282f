//! The types of parameters that are read where they stand, without serde: strings, numbers, booleans, and options and lists of these.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{GenericArgument, Ident, PathArguments, Type, TypePath};

/// Such a type.
#[derive(Debug, PartialEq)]
pub(crate) enum Simple {
    /// `&str`
    Str,
    /// `String`
    String,
    /// `Cow<'_, str>`
    Cow,
    Bool,
    Integer(Ident),
    Float(Ident),
    Option(Box<Self>),
    Vec(Box<Self>),
    /// `&[T]`, of what is owned.
    Slice(Box<Self>),
}

impl Simple {
    /// The type, if it is one of them.
    pub(crate) fn of(ty: &Type) -> Option<Self> {
        match ty {
            Type::Reference(reference) if reference.mutability.is_none() => {
                match &*reference.elem {
                    Type::Path(path) if path.path.is_ident("str") => Some(Self::Str),
                    Type::Slice(slice) => {
                        let element = Self::of(&slice.elem)?;
                        (!element.borrows()).then(|| Self::Slice(Box::new(element)))
                    }
                    _ => None,
                }
            }
            Type::Path(path) => Self::of_path(path),
            _ => None,
        }
    }

    fn of_path(path: &TypePath) -> Option<Self> {
        let name = standard(path)?;
        if let Some(inner) = argument(path) {
            return match &*name.to_string() {
                "Option" => Self::of(inner).map(|inner| Self::Option(Box::new(inner))),
                "Vec" => Self::of(inner).map(|inner| Self::Vec(Box::new(inner))),
                "Cow" => is_str(inner).then_some(Self::Cow),
                _ => None,
            };
        }
        match &*name.to_string() {
            "String" => Some(Self::String),
            "bool" => Some(Self::Bool),
            "f32" | "f64" => Some(Self::Float(name.clone())),
            "i8" | "i16" | "i32" | "i64" | "isize" | "u8" | "u16" | "u32" | "u64" | "usize" => {
                Some(Self::Integer(name.clone()))
            }
            _ => None,
        }
    }

    /// Whether what is passed borrows from what was read.
    fn borrows(&self) -> bool {
        match self {
            Self::Str | Self::Slice(_) => true,
            Self::Option(inner) | Self::Vec(inner) => inner.borrows(),
            _ => false,
        }
    }

    /// Whether it is text, or may be.
    pub(crate) fn is_text(&self) -> bool {
        match self {
            Self::Str | Self::String | Self::Cow => true,
            Self::Option(inner) => matches!(**inner, Self::Str | Self::String | Self::Cow),
            _ => false,
        }
    }

    /// The type of what is read, from which the parameter borrows.
    pub(crate) fn held(&self) -> TokenStream {
        match self {
            Self::Str | Self::Cow => quote!(::std::borrow::Cow<'_, ::core::primitive::str>),
            Self::String => quote!(::std::string::String),
            Self::Bool => quote!(::core::primitive::bool),
            Self::Integer(name) | Self::Float(name) => quote!(::core::primitive::#name),
            Self::Option(inner) => {
                let inner = inner.held();
                quote!(::core::option::Option<#inner>)
            }
            Self::Vec(inner) | Self::Slice(inner) => {
                let inner = inner.held();
                quote!(::std::vec::Vec<#inner>)
            }
        }
    }

    /// What is passed, of a variable that holds what was read.
    pub(crate) fn passed(&self, held: &Ident) -> TokenStream {
        if self.borrows() { self.lent(&quote!(&#held)) } else { quote!(#held) }
    }

    /// What is passed, of a reference to what was read.
    fn lent(&self, held: &TokenStream) -> TokenStream {
        let each = |inner: &Self| {
            let inner = inner.lent(&quote!(held));
            quote!(|held| #inner)
        };
        match self {
            Self::Str => quote!(&**(#held)),
            Self::Slice(_) => quote!((#held).as_slice()),
            Self::Option(inner) => {
                let each = each(inner);
                quote!((#held).as_ref().map(#each))
            }
            Self::Vec(inner) => {
                let each = each(inner);
                quote!((#held).iter().map(#each).collect::<::std::vec::Vec<_>>())
            }
            _ => quote!(*(#held)),
        }
    }

    /// The members of its JSON Schema.
    pub(crate) fn schema(&self) -> String {
        match self {
            Self::Option(inner) => inner.schema(),
            Self::Vec(inner) | Self::Slice(inner) => {
                format!(r#""type":"array","items":{{{}}}"#, inner.element_schema())
            }
            Self::Integer(name) => {
                let bounds = bounds(name);
                format!(r#""type":"integer"{bounds}"#)
            }
            _ => format!(r#""type":"{}""#, self.type_name()),
        }
    }

    /// The same where `null` is not as good as nothing.
    fn element_schema(&self) -> String {
        match self {
            Self::Option(inner) => {
                format!(r#""anyOf":[{{{}}},{{"type":"null"}}]"#, inner.element_schema())
            }
            _ => self.schema(),
        }
    }

    fn type_name(&self) -> &'static str {
        match self {
            Self::Bool => "boolean",
            Self::Float(_) => "number",
            _ => "string",
        }
    }

    /// Whether a value can be mirrored into a header: a string, an integer or a boolean (MCP 2026-07-28, Streamable HTTP, custom headers).
    pub(crate) fn fits_header(&self) -> bool {
        match self {
            Self::Option(inner) => !matches!(**inner, Self::Option(_)) && inner.fits_header(),
            Self::Float(_) | Self::Vec(_) | Self::Slice(_) => false,
            _ => true,
        }
    }
}

/// The type inside `Option<…>`, if a type is one.
pub(crate) fn optional(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    (*standard(path)? == "Option").then(|| argument(path)).flatten()
}

/// The last name of a path, if the path may lead to the standard library: a name by itself, or one that begins there.
fn standard(path: &TypePath) -> Option<&Ident> {
    if path.qself.is_some() {
        return None;
    }
    let (first, last) = (path.path.segments.first()?, path.path.segments.last()?);
    let roots = ["std", "core", "alloc"];
    let reaches = path.path.segments.len() == 1 || roots.iter().any(|root| first.ident == root);
    reaches.then_some(&last.ident)
}

/// The one type in the angle brackets of a path.
pub(crate) fn argument(path: &TypePath) -> Option<&Type> {
    let mut types = arguments(path)?;
    types.next().filter(|_| types.next().is_none())
}

/// The types in the angle brackets of a path.
pub(crate) fn arguments(path: &TypePath) -> Option<impl Iterator<Item = &Type>> {
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else {
        return None;
    };
    Some(arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }))
}

fn is_str(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.is_ident("str"))
}

/// The bounds of an integer, where every reader of JSON can tell them apart.
fn bounds(name: &Ident) -> String {
    let text = name.to_string();
    let bits = text.get(1..).and_then(|bits| bits.parse::<u32>().ok());
    match (text.starts_with('u'), bits.filter(|bits| *bits <= 32)) {
        (true, Some(bits)) => format!(r#","minimum":0,"maximum":{}"#, (1u64 << bits) - 1),
        (true, None) => r#","minimum":0"#.to_owned(),
        (false, Some(bits)) => {
            let most = (1i64 << (bits - 1)) - 1;
            format!(r#","minimum":{},"maximum":{most}"#, -most - 1)
        }
        (false, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    fn schema(ty: &Type) -> Option<String> {
        Simple::of(ty).map(|simple| simple.schema())
    }

    #[test]
    fn types_of_the_standard_library_have_literal_schemas() {
        let string = Some(r#""type":"string""#.to_owned());
        assert_eq!(schema(&parse_quote!(&str)), string);
        assert_eq!(schema(&parse_quote!(std::string::String)), string);
        assert_eq!(schema(&parse_quote!(Option<Cow<'_, str>>)), string);
        let byte = r#""type":"integer","minimum":0,"maximum":255"#;
        assert_eq!(schema(&parse_quote!(u8)).as_deref(), Some(byte));
        let int = r#""type":"integer","minimum":-2147483648,"maximum":2147483647"#;
        assert_eq!(schema(&parse_quote!(i32)).as_deref(), Some(int));
        assert_eq!(schema(&parse_quote!(i64)).as_deref(), Some(r#""type":"integer""#));
        let list = r#""type":"array","items":{"type":"number"}"#;
        assert_eq!(schema(&parse_quote!(&[f64])).as_deref(), Some(list));
        let list = r#""type":"array","items":{"anyOf":[{"type":"boolean"},{"type":"null"}]}"#;
        assert_eq!(schema(&parse_quote!(Vec<Option<bool>>)).as_deref(), Some(list));
    }

    #[test]
    fn other_types_are_left_to_serde() {
        for ty in ["Place", "mine::String", "Vec<Place>", "char", "&[&str]", "Cow<'_, [u8]>"] {
            assert_eq!(Simple::of(&syn::parse_str(ty).expect("a type")), None, "{ty}");
        }
    }
}
