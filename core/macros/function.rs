//! The function below an attribute: what it is made of, and what it must not have.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{
    Attribute, Error, GenericParam, Ident, ItemFn, LitStr, Result, ReturnType, Safety, Type,
    Visibility,
};

use crate::docs;
use crate::options::Options;
use crate::parameter::{Argument, Parameter, Source};

/// A function that is to be a tool, a prompt or a resource.
pub(crate) struct Function {
    /// The attributes that stay outside: documentation and conditions.
    pub(crate) outside: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) ident: Ident,
    pub(crate) description: Option<String>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) output: ReturnType,
    pub(crate) way: Way,
    /// What moves inside.
    pub(crate) item: ItemFn,
}

/// How it is called.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// At once.
    Inline,
    /// As a future.
    Later,
    /// On a thread that may block.
    Blocking,
}

impl Function {
    pub(crate) fn parse(tokens: TokenStream, options: &Options) -> Result<Self> {
        let mut item: ItemFn = syn::parse2(tokens).map_err(|error| {
            Error::new(error.span(), format!("this must be a function: {error}"))
        })?;
        refuse_forms(&item)?;
        let way = match (options.blocking, &item.sig.asyncness) {
            (Some(span), Some(_)) => {
                return Err(Error::new(
                    span,
                    "an async function must not block: remove one of both",
                ));
            }
            (Some(_), None) => Way::Blocking,
            (None, Some(_)) => Way::Later,
            (None, None) => Way::Inline,
        };
        let parameters = item.sig.inputs.iter_mut().map(Parameter::take);
        let parameters = parameters.collect::<Result<Vec<_>>>()?;
        let description = options.description.as_ref().map(LitStr::value);
        let description = description.or_else(|| docs::text_of(&item.attrs));
        let outside = ["doc", "cfg", "deprecated"];
        let (outside, inside) = std::mem::take(&mut item.attrs)
            .into_iter()
            .partition(|own| outside.iter().any(|name| own.path().is_ident(name)));
        item.attrs = inside;
        let visibility = std::mem::replace(&mut item.vis, Visibility::Inherited);
        let (ident, output) = (item.sig.ident.clone(), item.sig.output.clone());
        Ok(Self { outside, visibility, ident, description, parameters, output, way, item })
    }

    /// The name for clients, and where it stands.
    pub(crate) fn name(&self, options: &Options) -> (String, Span) {
        match &options.name {
            Some(name) => (name.value(), name.span()),
            None => (self.ident.unraw().to_string(), self.ident.span()),
        }
    }

    /// The parameters that are arguments, with their places.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = (usize, &Parameter, &Argument)> {
        self.parameters.iter().enumerate().filter_map(|(place, parameter)| {
            match &parameter.source {
                Source::Argument(argument) => Some((place, parameter, argument)),
                _ => None,
            }
        })
    }

    /// Refuses what only the arguments of tools can have.
    pub(crate) fn refuse_headers(&self) -> Result<()> {
        let mut headers = self.arguments().filter_map(|(.., argument)| argument.header.as_ref());
        match headers.next() {
            Some(header) => refuse(header, "only arguments of tools are mirrored into headers"),
            None => Ok(()),
        }
    }

    /// The function of that name that makes a `kind` of thing instead, with this body.
    pub(crate) fn becomes(&self, kind: &TokenStream, body: &TokenStream) -> TokenStream {
        let Self { outside, visibility, ident, item, .. } = self;
        quote! {
            #(#outside)*
            #visibility fn #ident() -> #kind {
                #item
                #body
            }
        }
    }

    /// The type that is returned, if one is written.
    pub(crate) fn returned(&self) -> Option<&Type> {
        match &self.output {
            ReturnType::Type(_, ty) => Some(ty),
            ReturnType::Default => None,
        }
    }
}

/// Refuses what a function cannot have whose caller is a client.
fn refuse_forms(item: &ItemFn) -> Result<()> {
    let signature = &item.sig;
    let typed = |own: &&GenericParam| !matches!(own, GenericParam::Lifetime(_));
    if let Some(parameter) = signature.generics.params.iter().find(typed) {
        return refuse(parameter, "clients know one form of it: it must not be generic");
    }
    if let Safety::Unsafe(token) = &signature.safety {
        return refuse(token, "clients keep no promises: it must not be unsafe");
    }
    if let Some(abi) = &signature.abi {
        return refuse(abi, "it is called from Rust: remove the ABI");
    }
    if let Some(variadic) = &signature.variadic {
        return refuse(variadic, "it has as many parameters as are written");
    }
    Ok(())
}

fn refuse(tokens: impl ToTokens, text: &str) -> Result<()> {
    Err(Error::new_spanned(tokens, text))
}
