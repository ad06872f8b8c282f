//! A parameter: where its value comes from, and what is said of it.

use syn::ext::IdentExt;
use syn::{Attribute, Error, FnArg, Ident, LitStr, Pat, PatType, Result, Type, TypePath};

use crate::docs;
use crate::simple;

/// A parameter of a function.
pub(crate) struct Parameter {
    pub(crate) ty: Type,
    pub(crate) source: Source,
}

/// Where the value of a parameter comes from.
pub(crate) enum Source {
    /// The context of the request, borrowed or not.
    Context(Passing),
    /// The request itself.
    Request,
    /// What the client has brought along, and may be asked for.
    Inputs,
    /// A value that the server was given.
    State(Box<Type>, Passing),
    /// An argument of the request.
    Argument(Argument),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passing {
    Borrowed,
    Owned,
}

/// What is said of a parameter that is an argument.
pub(crate) struct Argument {
    /// The name of the argument for clients.
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) header: Option<LitStr>,
}

impl Parameter {
    /// Reads a parameter, and takes away the attributes that only we understand.
    pub(crate) fn take(input: &mut FnArg) -> Result<Self> {
        match input {
            FnArg::Receiver(receiver) => {
                let text =
                    "there is no `self`: what a server shares comes as a parameter `State<T>`";
                Err(Error::new_spanned(receiver, text))
            }
            FnArg::Typed(typed) => Self::of(typed),
        }
    }

    fn of(typed: &mut PatType) -> Result<Self> {
        let description = docs::text_of(&typed.attrs);
        let header = header_of(&typed.attrs)?;
        typed.attrs.retain(|own| !own.path().is_ident("doc") && !own.path().is_ident("header"));
        let ty = (*typed.ty).clone();
        let source = match special(&ty) {
            Some(source) => source,
            None => Source::Argument(argument(typed, description, header.clone())?),
        };
        if let (Some(header), false) = (header, matches!(source, Source::Argument(_))) {
            return Err(Error::new(
                header.span(),
                "only an argument can be mirrored into a header",
            ));
        }
        Ok(Self { ty, source })
    }
}

fn argument(
    typed: &PatType,
    description: Option<String>,
    header: Option<LitStr>,
) -> Result<Argument> {
    let Pat::Ident(pattern) = &*typed.pat else {
        let text = "an argument needs a name: take it apart inside of the function";
        return Err(Error::new_spanned(&typed.pat, text));
    };
    if let Type::Reference(reference) = &*typed.ty {
        let forever = reference.lifetime.as_ref().filter(|own| own.ident == "static");
        if let Some(lifetime) = forever {
            return Err(Error::new_spanned(
                lifetime,
                "an argument does not live longer than its request",
            ));
        }
    }
    let name = pattern.ident.unraw().to_string();
    Ok(Argument { name, description, header })
}

/// The source of a parameter that is no argument, by the name of its type.
fn special(ty: &Type) -> Option<Source> {
    let (path, passing) = match ty {
        Type::Reference(reference) if reference.mutability.is_none() => match &*reference.elem {
            Type::Path(path) => (path, Passing::Borrowed),
            _ => return None,
        },
        Type::Path(path) => (path, Passing::Owned),
        _ => return None,
    };
    let inner = simple::argument(path);
    match (&*last(path)?.to_string(), passing, inner) {
        ("Context", passing, None) => Some(Source::Context(passing)),
        ("Request", Passing::Borrowed, None) => Some(Source::Request),
        ("Inputs", Passing::Owned, None) => Some(Source::Inputs),
        ("State", passing, Some(inner)) => Some(Source::State(Box::new(inner.clone()), passing)),
        _ => None,
    }
}

fn last(path: &TypePath) -> Option<&Ident> {
    path.path.segments.last().map(|segment| &segment.ident)
}

/// The name in `#[header("…")]`.
fn header_of(attributes: &[Attribute]) -> Result<Option<LitStr>> {
    let mut headers = attributes.iter().filter(|own| own.path().is_ident("header"));
    let Some(header) = headers.next() else { return Ok(None) };
    if let Some(second) = headers.next() {
        return Err(Error::new_spanned(second, "an argument is mirrored into one header"));
    }
    let name: LitStr = header.parse_args()?;
    let text = name.value();
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if text.is_empty() || !text.bytes().all(token) {
        return Err(Error::new(name.span(), "the name of a header is a token (RFC 9110)"));
    }
    Ok(Some(name))
}
