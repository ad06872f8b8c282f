//! Doc comments: what people read in the source, models read in the description.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The text of the doc comments among these attributes.
pub(crate) fn text_of(attributes: &[Attribute]) -> Option<String> {
    let lines = attributes.iter().filter(|own| own.path().is_ident("doc")).filter_map(line_of);
    let lines: Vec<_> = lines.map(|line| unindented(&line)).collect();
    let text = lines.join("\n").trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// What one attribute says; a block comment says several lines at once.
fn line_of(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(meta) = &attribute.meta else { return None };
    let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &meta.value else { return None };
    Some(text.value())
}

fn unindented(text: &str) -> String {
    let lines = text.lines().map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end());
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[test]
    fn lines_become_one_text_without_what_comments_begin_with() {
        let attributes: Vec<Attribute> = vec![
            parse_quote!(#[doc = " Says it back."]),
            parse_quote!(#[inline]),
            parse_quote!(#[doc = ""]),
            parse_quote!(#[doc = "  - indented "]),
        ];
        assert_eq!(text_of(&attributes).as_deref(), Some("Says it back.\n\n - indented"));
        assert_eq!(text_of(&attributes[1..3]), None);
    }
}
