//! `#[prompt]`

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Result, Type};

use crate::body::{Body, Read, Stage, held, hidden, sound};
use crate::function::Function;
use crate::options::Options;
use crate::parameter::{Argument, Parameter};
use crate::simple::{self, Simple};

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let options = Options::parse(attribute, OPTIONS)?;
    let function = Function::parse(item, &options)?;
    function.refuse_headers()?;
    let server = options.server();
    let definition = definition(&function, &options, &server);
    let (own, request, responder) = (hidden("definition"), hidden("request"), hidden("responder"));
    let output = hidden("output");
    let reads = function
        .arguments()
        .map(|(place, parameter, argument)| read(place, &parameter.ty, &argument.name, &server));
    let reads = reads.collect::<Result<_>>()?;
    let version = quote!(#request.context().version());
    let answer = quote!(#server::PromptOutput::into_answer(#output, #version));
    let body = Body { function: &function, server: &server, reads, stage: Stage::Call, answer };
    let closure = body.closure(&quote!(#request, #responder));
    let kind = quote!(Prompt);
    let made = quote!(#server::Prompt::new(#own, #closure));
    let registered = body.registered(&kind, &definition, &made, &sound(&made));
    Ok(function.becomes(&quote!(#server::Prompt), &registered))
}

/// How an argument is read: text as it is, everything else by `FromStr`.
fn read(place: usize, ty: &Type, name: &str, server: &TokenStream) -> Result<Read> {
    let (held, request) = (held(place), hidden("request"));
    let (way, inner) = match simple::optional(ty) {
        Some(inner) => (quote!(optional), inner),
        None => (quote!(required), ty),
    };
    let text = quote!(#server::expansion::#way(&#request, #name));
    let simple = Simple::of(ty).filter(Simple::is_text);
    if let Some(simple) = simple {
        let (ty, passed) = (simple.held(), simple.passed(&held));
        let owned = quote!(::std::borrow::Cow::into_owned);
        let value = match &simple {
            Simple::String => quote!(#text.map(#owned)),
            Simple::Option(inner) if **inner == Simple::String => {
                quote!(#text.map(|text| text.map(#owned)))
            }
            _ => text,
        };
        return Ok(Read { place, ty, value, passed });
    }
    if let Type::Reference(reference) = inner {
        return Err(Error::new(reference.span(), NOT_TEXT));
    }
    let parse = quote_spanned!(inner.span()=> #server::expansion::parse::<#inner>);
    let value = if simple::optional(ty).is_some() {
        quote!(#text.and_then(|text| text.map(|text| #parse(#name, &text)).transpose()))
    } else {
        quote!(#text.and_then(|text| #parse(#name, &text)))
    };
    Ok(Read { place, ty: quote!(#ty), value, passed: quote!(#held) })
}

fn definition(function: &Function, options: &Options, server: &TokenStream) -> TokenStream {
    let (name, _) = function.name(options);
    let title = options.title.iter();
    let description = function.description.iter();
    let arguments = function.arguments().map(|(_, Parameter { ty, .. }, argument)| {
        let Argument { name, description, .. } = argument;
        let required = simple::optional(ty).is_none();
        let description = description.iter();
        quote! {
            #server::expansion::PromptArgument::new(#name)
                .required(#required)
                #(.description(#description))*
        }
    });
    let arguments: Vec<_> = arguments.collect();
    let arguments = (!arguments.is_empty()).then(|| quote!(.arguments([#(#arguments),*])));
    quote! {
        #server::expansion::PromptDefinition::new(#name)
            #(.title(#title))*
            #(.description(#description))*
            #arguments
    }
}

const OPTIONS: &[&str] = &["name", "title", "description", "blocking", "crate"];
const NOT_TEXT: &str = "an argument of a prompt is text: `&str`, `String`, a type that can be parsed, or an `Option` of these";
