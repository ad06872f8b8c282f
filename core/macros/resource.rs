//! `#[resource]`

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, LitStr, Result, Type};

use crate::body::{Body, Read, Stage, held, hidden, sound};
use crate::function::{Function, Way};
use crate::options::Options;
use crate::simple::Simple;

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let options = Options::parse(attribute, OPTIONS)?;
    let function = Function::parse(item, &options)?;
    function.refuse_headers()?;
    match (&options.uri, &options.template) {
        (Some(uri), None) => single(&function, &options, uri),
        (None, Some(template)) => family(&function, &options, template),
        (Some(_), Some(template)) => {
            Err(Error::new(template.span(), "a resource has a `uri` or a `template`, not both"))
        }
        (None, None) => {
            let text = "a resource needs `uri = \"…\"`, a family of them `template = \"…\"`";
            Err(Error::new(Span::call_site(), text))
        }
    }
}

/// One resource.
fn single(function: &Function, options: &Options, uri: &LitStr) -> Result<TokenStream> {
    if let Some((_, parameter, _)) = function.arguments().next() {
        let text = "one resource has no arguments: a family of them has, by its `template`";
        return Err(Error::new(parameter.ty.span(), text));
    }
    check_scheme(uri)?;
    let server = options.server();
    let definition = definition(function, options, uri, &quote!(ResourceDefinition));
    let (own, request, responder) = (hidden("definition"), hidden("request"), hidden("responder"));
    let answer = answer(options, &quote!(#uri));
    let body = Body { function, server: &server, reads: Vec::new(), stage: Stage::Call, answer };
    let closure = body.closure(&quote!(#request, #responder));
    let made = quote!(#server::Resource::new(#own, #closure));
    let kind = quote!(Resource);
    let registered = body.registered(&kind, &definition, &made, &sound(&made));
    Ok(function.becomes(&quote!(#server::Resource), &registered))
}

/// A family of resources.
fn family(function: &Function, options: &Options, template: &LitStr) -> Result<TokenStream> {
    check_scheme(template)?;
    let variables = variables(template)?;
    let server = options.server();
    let mut reads = Vec::new();
    for (place, parameter, argument) in function.arguments() {
        if !variables.contains(&argument.name) {
            let text = format!("the template has no variable `{}`", argument.name);
            return Err(Error::new(parameter.ty.span(), text));
        }
        reads.push(read(place, &parameter.ty, &argument.name, function, &server)?);
    }
    let definition = definition(function, options, template, &quote!(TemplateDefinition));
    let (own, request, responder) = (hidden("definition"), hidden("request"), hidden("responder"));
    let values = hidden("values");
    let answer = answer(options, &quote!(&#server::expansion::uri_of(&#request)));
    let body = Body { function, server: &server, reads, stage: Stage::Before, answer };
    let closure = body.closure(&quote!(#request, #values, #responder));
    let made = quote!(#server::ResourceTemplate::new(#own, #closure));
    let kind = quote!(ResourceTemplate);
    let registered = body.registered(&kind, &definition, &made, &made);
    let kind = quote! {
        ::core::result::Result<#server::ResourceTemplate, #server::Error>
    };
    Ok(function.becomes(&kind, &registered))
}

/// How a variable is read, before its value is gone.
fn read(
    place: usize,
    ty: &Type,
    name: &str,
    function: &Function,
    server: &TokenStream,
) -> Result<Read> {
    let (held, request, values) = (held(place), hidden("request"), hidden("values"));
    let from = quote!((#values.get(#name), &#request));
    if Simple::of(ty) == Some(Simple::Str) {
        if function.way == Way::Inline {
            let value = quote!(#server::expansion::text #from);
            let ty = quote!(&::core::primitive::str);
            return Ok(Read { place, ty, value, passed: quote!(#held) });
        }
        let ty = quote!(::std::string::String);
        let value = quote!(#server::expansion::variable::<#ty> #from);
        return Ok(Read { place, ty, value, passed: quote!(&#held) });
    }
    if let Type::Reference(reference) = ty {
        let text = "a variable is `&str`, `String`, or a type that can be parsed";
        return Err(Error::new(reference.span(), text));
    }
    let variable = quote_spanned!(ty.span()=> #server::expansion::variable::<#ty>);
    let value = quote!(#variable #from);
    Ok(Read { place, ty: quote!(#ty), value, passed: quote!(#held) })
}

fn answer(options: &Options, uri: &TokenStream) -> TokenStream {
    let (server, request, output) = (options.server(), hidden("request"), hidden("output"));
    let mime_type = match &options.mime_type {
        Some(own) => quote!(::core::option::Option::Some(#own)),
        None => quote!(::core::option::Option::None),
    };
    let reading = quote!(#server::Reading::new(#uri, #mime_type, #request.context().version()));
    quote!(#server::ResourceOutput::into_answer(#output, #reading))
}

fn definition(
    function: &Function,
    options: &Options,
    place: &LitStr,
    kind: &TokenStream,
) -> TokenStream {
    let (server, (name, _)) = (options.server(), function.name(options));
    let title = options.title.iter();
    let description = function.description.iter();
    let mime_type = options.mime_type.iter();
    quote! {
        #server::expansion::#kind::new(#place, #name)
            #(.title(#title))*
            #(.description(#description))*
            #(.mime_type(#mime_type))*
    }
}

fn check_scheme(uri: &LitStr) -> Result<()> {
    let text = uri.value();
    let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
    let of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let begins = scheme.starts_with(|letter: char| letter.is_ascii_alphabetic());
    if begins && scheme.bytes().all(of_scheme) {
        return Ok(());
    }
    Err(Error::new(uri.span(), "a URI begins with a scheme and a colon"))
}

/// The variables of a template, which are `{name}` and `{+name}` (RFC 6570).
fn variables(template: &LitStr) -> Result<Vec<String>> {
    let refuse = |text: &str| Err(Error::new(template.span(), text));
    let (text, mut variables) = (template.value(), Vec::new());
    let mut rest = &*text;
    while let Some(brace) = rest.find(['{', '}']) {
        let inside = rest[brace..].strip_prefix('{').and_then(|inside| inside.split_once('}'));
        let Some((name, behind)) = inside else {
            return refuse("a brace of the template has no other one");
        };
        let name = name.strip_prefix('+').unwrap_or(name);
        let of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_.".contains(&byte);
        if name.is_empty() || !name.bytes().all(of_name) {
            return refuse("an expression of the template must be {name} or {+name}");
        }
        if variables.iter().any(|other| other == name) {
            return refuse("a variable must not stand in the template twice");
        }
        variables.push(name.to_owned());
        rest = behind;
    }
    Ok(variables)
}

const OPTIONS: &[&str] =
    &["uri", "template", "mime_type", "name", "title", "description", "blocking", "crate"];

#[cfg(test)]
mod tests {
    use super::*;

    fn of(template: &str) -> std::result::Result<Vec<String>, String> {
        let template = LitStr::new(template, Span::call_site());
        variables(&template).map_err(|error| error.to_string())
    }

    #[test]
    fn variables_of_a_template_are_found() {
        assert_eq!(of("notes://{folder}/{+path}"), Ok(vec!["folder".into(), "path".into()]));
        assert_eq!(of("notes://today"), Ok(vec![]));
    }

    #[test]
    fn templates_that_the_engine_would_refuse_are_refused_before() {
        assert_eq!(of("notes://{a"), Err("a brace of the template has no other one".into()));
        assert_eq!(of("notes://a}"), Err("a brace of the template has no other one".into()));
        let expression = "an expression of the template must be {name} or {+name}";
        assert_eq!(of("notes://{?a}"), Err(expression.into()));
        assert_eq!(of("notes://{}"), Err(expression.into()));
        let twice = "a variable must not stand in the template twice";
        assert_eq!(of("notes://{a}/{a}"), Err(twice.into()));
    }
}
