//! `#[tool]`

use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned;
use syn::{Error, Result, Type};

use crate::body::{Body, Read, Stage, held, hidden, sound};
use crate::function::{Function, Way};
use crate::options::Options;
use crate::parameter::{Argument, Parameter};
use crate::simple::{self, Simple};

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let options = Options::parse(attribute, OPTIONS)?;
    let function = Function::parse(item, &options)?;
    let server = options.server();
    check_headers(&function)?;
    let definition = definition(&function, &options, &server)?;
    let body = body(&function, &server);
    let (own, request, responder) = (hidden("definition"), hidden("request"), hidden("responder"));
    let made = if function.way == Way::Blocking {
        let answered = body.answered();
        quote!(#server::Tool::blocking(#own, move |#request| { #answered }))
    } else {
        let closure = body.closure(&quote!(#request, #responder));
        quote!(#server::Tool::new(#own, #closure))
    };
    let made = match options.concurrency {
        Some(calls) => quote!(#made.concurrency(#calls)),
        None => made,
    };
    let made = match &options.task {
        Some(support) => quote!(#made.task(#server::expansion::TaskSupport::#support)),
        None => made,
    };
    let kind = quote!(Tool);
    let registered = body.registered(&kind, &definition, &made, &sound(&made));
    Ok(function.becomes(&quote!(#server::Tool), &registered))
}

fn body<'a>(function: &'a Function, server: &'a TokenStream) -> Body<'a> {
    let (request, output) = (hidden("request"), hidden("output"));
    let reads = function.arguments().map(|(place, parameter, argument)| {
        let (held, name) = (held(place), &argument.name);
        let arguments = quote!(#server::Arguments::of(&#request));
        match Simple::of(&parameter.ty) {
            Some(simple) => Read {
                place,
                ty: simple.held(),
                value: quote!(#arguments.get(#name)),
                passed: simple.passed(&held),
            },
            None => {
                let ty = &parameter.ty;
                let value = quote!(#arguments.deserialize(#name));
                Read { place, ty: quote!(#ty), value, passed: quote!(#held) }
            }
        }
    });
    let version = quote!(#request.context().version());
    let answer = quote!(#server::ToolOutput::into_answer(#output, #version));
    Body { function, server, reads: reads.collect(), stage: Stage::Call, answer }
}

fn definition(function: &Function, options: &Options, server: &TokenStream) -> Result<TokenStream> {
    let (name, span) = function.name(options);
    if let Some(error) = name_error(&name) {
        return Err(Error::new(span, error));
    }
    let input = input_schema(function, server)?;
    let title = options.title.iter();
    let description = function.description.iter();
    let output = options.output.as_ref().or_else(|| structured(function.returned()?)).into_iter();
    let hints = options.hints.iter().map(|(setter, value)| quote!(.#setter(#value)));
    let annotations = (!options.hints.is_empty()).then(|| {
        let default = quote!(<#server::expansion::ToolAnnotations<'_> as ::core::default::Default>);
        quote!(.annotations(#default::default()#(#hints)*))
    });
    Ok(quote! {
        #server::expansion::ToolDefinition::new(#name, #input)
            #(.title(#title))*
            #(.description(#description))*
            #(.output_schema(#server::expansion::output_schema::<#output>()))*
            #annotations
    })
}

fn input_schema(function: &Function, server: &TokenStream) -> Result<TokenStream> {
    let mut properties = Vec::new();
    for (_, Parameter { ty, .. }, argument) in function.arguments() {
        let Argument { name, description, header, .. } = argument;
        let required = simple::optional(ty).is_none();
        let description = description.iter();
        let header = header.iter();
        let property = quote! {
            #server::expansion::Property::new(#name, #required)
                #(.description(#description))*
                #(.header(#header))*
        };
        properties.push(match Simple::of(ty) {
            Some(simple) => {
                let members = simple.schema();
                quote!(.literal(&#property, #members))
            }
            None => {
                let ty = deserialized(ty)?;
                quote!(.typed::<#ty>(&#property))
            }
        });
    }
    Ok(quote!(#server::expansion::InputSchema::new()#(#properties)*.finish()))
}

/// The type whose schema a parameter has that is read by serde.
fn deserialized(ty: &Type) -> Result<&Type> {
    match ty {
        Type::Reference(_) | Type::Slice(_) | Type::Ptr(_) | Type::ImplTrait(_) => {
            Err(Error::new(ty.span(), NOT_OWNED))
        }
        _ => Ok(simple::optional(ty).unwrap_or(ty)),
    }
}

fn check_headers(function: &Function) -> Result<()> {
    let mut seen = Vec::new();
    for (_, Parameter { ty, .. }, Argument { header, .. }) in function.arguments() {
        let Some(header) = header else { continue };
        if !Simple::of(ty).is_some_and(|simple| simple.fits_header()) {
            let text = "only strings, integers and booleans can be mirrored into a header";
            return Err(Error::new(ty.span(), text));
        }
        let name = header.value().to_ascii_lowercase();
        if seen.contains(&name) {
            return Err(Error::new(header.span(), "two arguments are mirrored into this header"));
        }
        seen.push(name);
    }
    Ok(())
}

/// The type inside of `Structured<…>`, also where it may fail.
fn structured(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    match &*last.ident.to_string() {
        "Structured" => simple::argument(path),
        "Result" => structured(simple::arguments(path)?.next()?),
        _ => None,
    }
}

/// Why clients would not accept a name (MCP 2025-11-25, Tools, tool names).
fn name_error(name: &str) -> Option<&'static str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    let sound = (1..=128).contains(&name.len()) && name.bytes().all(allowed);
    (!sound).then_some("the name of a tool is 1 to 128 of the characters a-z A-Z 0-9 _ - .")
}

const OPTIONS: &[&str] = &[
    "name",
    "title",
    "description",
    "read_only",
    "destructive",
    "idempotent",
    "open_world",
    "blocking",
    "concurrency",
    "task",
    "output",
    "crate",
];

const NOT_OWNED: &str = "an argument is `&str`, `&[…]` of numbers, booleans or `String`, or a type that owns what it holds";
