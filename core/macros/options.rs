//! The options of an attribute: what stands in its parentheses.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::parse::Parser;
use syn::{Error, Ident, LitBool, LitInt, LitStr, Path, Result, Token, Type};

/// What the options of the three attributes may say.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) krate: Option<Path>,
    pub(crate) name: Option<LitStr>,
    pub(crate) title: Option<LitStr>,
    pub(crate) description: Option<LitStr>,
    pub(crate) blocking: Option<Span>,
    /// The hints of a tool, by the setter of each.
    pub(crate) hints: Vec<(Ident, bool)>,
    pub(crate) concurrency: Option<u32>,
    /// How a tool runs as a task: the variant of `TaskSupport`.
    pub(crate) task: Option<Ident>,
    pub(crate) output: Option<Type>,
    pub(crate) uri: Option<LitStr>,
    pub(crate) template: Option<LitStr>,
    pub(crate) mime_type: Option<LitStr>,
}

impl Options {
    /// Reads the options, of which an attribute knows those that are `known`.
    pub(crate) fn parse(tokens: TokenStream, known: &[&str]) -> Result<Self> {
        let (mut options, mut seen) = (Self::default(), Vec::new());
        let each = |meta: ParseNestedMeta<'_>| {
            let name = meta.path.require_ident()?.unraw().to_string();
            if !known.contains(&&*name) {
                let known = known.join("`, `");
                return Err(meta.error(format!("there is no such option; there are `{known}`")));
            }
            if seen.contains(&name) {
                return Err(meta.error("the option is given twice"));
            }
            options.read(&name, &meta)?;
            seen.push(name);
            Ok(())
        };
        syn::meta::parser(each).parse2(tokens)?;
        Ok(options)
    }

    fn read(&mut self, name: &str, meta: &ParseNestedMeta<'_>) -> Result<()> {
        match name {
            "crate" => self.krate = Some(meta.value()?.call(Path::parse_mod_style)?),
            "name" => self.name = Some(meta.value()?.parse()?),
            "title" => self.title = Some(meta.value()?.parse()?),
            "description" => self.description = Some(meta.value()?.parse()?),
            "uri" => self.uri = Some(meta.value()?.parse()?),
            "template" => self.template = Some(meta.value()?.parse()?),
            "mime_type" => self.mime_type = Some(meta.value()?.parse()?),
            "output" => self.output = Some(meta.value()?.parse()?),
            "concurrency" => self.concurrency = Some(at_least_one(&meta.value()?.parse()?)?),
            "task" => self.task = Some(task_support(&meta.value()?.parse()?)?),
            "blocking" => {
                let span = meta.path.require_ident()?.span();
                self.blocking = flag(meta)?.then_some(span);
            }
            hint => {
                let setter = Ident::new(&format!("{hint}_hint"), Span::call_site());
                self.hints.push((setter, flag(meta)?));
            }
        }
        Ok(())
    }

    /// The crate that the expansion names: the engine, unless the options say otherwise.
    pub(crate) fn server(&self) -> TokenStream {
        match &self.krate {
            Some(krate) => quote!(#krate::server),
            None => quote!(::mcp_engine::server),
        }
    }
}

/// `option` or `option = false`.
fn flag(meta: &ParseNestedMeta<'_>) -> Result<bool> {
    if meta.input.peek(Token![=]) {
        return Ok(meta.value()?.parse::<LitBool>()?.value);
    }
    Ok(true)
}

fn task_support(text: &LitStr) -> Result<Ident> {
    let variant = match &*text.value() {
        "forbidden" => "Forbidden",
        "optional" => "Optional",
        "required" => "Required",
        _ => {
            return Err(Error::new(text.span(), "a task is `forbidden`, `optional` or `required`"));
        }
    };
    Ok(Ident::new(variant, text.span()))
}

fn at_least_one(number: &LitInt) -> Result<u32> {
    let value = number.base10_parse::<u32>()?;
    if value == 0 {
        return Err(Error::new(number.span(), "no call would ever run"));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(tokens: TokenStream) -> String {
        let known = ["name", "blocking", "concurrency", "read_only", "task"];
        let options = Options::parse(tokens, &known);
        options.err().expect("an error").to_string()
    }

    #[test]
    fn options_are_read() {
        let tokens = quote!(name = "a", read_only, blocking = false, concurrency = 2);
        let known = ["name", "blocking", "concurrency", "read_only"];
        let options = Options::parse(tokens, &known).expect("options");
        assert_eq!(options.name.map(|name| name.value()).as_deref(), Some("a"));
        assert_eq!(options.hints[0].0, "read_only_hint");
        assert!(options.hints[0].1 && options.blocking.is_none());
        assert_eq!(options.concurrency, Some(2));
    }

    #[test]
    fn options_that_are_none_are_refused_with_those_that_are() {
        let known = "`name`, `blocking`, `concurrency`, `read_only`, `task`";
        let expected = format!("there is no such option; there are {known}");
        assert_eq!(refusal(quote!(nmae = "a")), expected);
        assert_eq!(refusal(quote!(blocking, blocking)), "the option is given twice");
        assert_eq!(refusal(quote!(concurrency = 0)), "no call would ever run");
        let refused = "a task is `forbidden`, `optional` or `required`";
        assert_eq!(refusal(quote!(task = "maybe")), refused);
        assert_eq!(refusal(quote!(name = 1)), "expected string literal");
        assert_eq!(refusal(quote!(read_only = 1)), "expected boolean literal");
    }
}
