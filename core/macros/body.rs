//! The body of what is registered: reads the arguments, calls the function, and answers.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, Type};

use crate::function::{Function, Way};
use crate::parameter::{Parameter, Passing, Source};
use crate::simple;

/// What differs between tools, prompts and resources.
pub(crate) struct Body<'a> {
    pub(crate) function: &'a Function,
    pub(crate) server: &'a TokenStream,
    /// How each argument is read.
    pub(crate) reads: Vec<Read>,
    /// When they are read.
    pub(crate) stage: Stage,
    /// The answer, of the variable `output`.
    pub(crate) answer: TokenStream,
}

/// When arguments are read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// By the one who calls the function: they borrow from the request, which is kept.
    Call,
    /// Before, from what is only borrowed.
    Before,
}

/// How one argument is read.
pub(crate) struct Read {
    /// The place of the parameter.
    pub(crate) place: usize,
    /// The type of what is read.
    pub(crate) ty: TokenStream,
    /// The value, or what becomes the answer.
    pub(crate) value: TokenStream,
    /// What is passed for it.
    pub(crate) passed: TokenStream,
}

/// A variable that no code of the user sees.
pub(crate) fn hidden(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// The variable that holds what a parameter is made of.
pub(crate) fn held(place: usize) -> Ident {
    format_ident!("held_{place}", span = Span::mixed_site())
}

impl Body<'_> {
    /// What is called with `inputs`, among them the request and the responder.
    pub(crate) fn closure(&self, inputs: &TokenStream) -> TokenStream {
        let (kept, responder, answer) = (self.kept(), hidden("responder"), hidden("answer"));
        let refusal = quote!(return #responder.answer(&#answer););
        let before = (self.stage == Stage::Before).then(|| self.read(&refusal));
        let body = match self.function.way {
            Way::Inline => {
                let called = self.called(&refusal);
                quote!(#called #responder.answer(&#answer))
            }
            Way::Later => {
                let answered = self.answered();
                quote!(#kept #responder.later(async move { #answered }))
            }
            Way::Blocking => {
                let answered = self.answered();
                quote!(#kept #responder.blocking(move || { #answered }))
            }
        };
        quote!(move |#inputs| { #before #body })
    }

    /// The statements that end with an answer that is owned.
    pub(crate) fn answered(&self) -> TokenStream {
        let (server, answer) = (self.server, hidden("answer"));
        let called = self.called(&quote!(return #answer;));
        quote!(#called #server::expansion::Answer::into_owned(#answer))
    }

    /// The statements that lead to the variable `answer`, but for a `refusal`.
    fn called(&self, refusal: &TokenStream) -> TokenStream {
        let (output, own, name) = (hidden("output"), hidden("answer"), &self.function.ident);
        let reads = (self.stage == Stage::Call).then(|| self.read(refusal));
        let inputs = self.inputs(refusal);
        let passed = self.passed();
        let waits = (self.function.way == Way::Later).then(|| quote!(.await));
        let answer = self.answer();
        quote! {
            #reads
            #inputs
            let #output = #name(#(#passed),*) #waits;
            let #own = #answer;
        }
    }

    /// The answer, of the variable `output`.
    fn answer(&self) -> TokenStream {
        let (output, own, answer) = (hidden("output"), hidden("answer"), &self.answer);
        let returned = self.function.returned();
        // What is said of a type that cannot be answered with stands below the type.
        let span = returned.map_or(self.function.ident.span(), Spanned::span);
        let answer = quote_spanned!(span.resolved_at(Span::mixed_site())=> #answer);
        if !returned.is_some_and(fails_with_answer) {
            return answer;
        }
        quote! {
            match #output {
                ::core::result::Result::Ok(#output) => #answer,
                ::core::result::Result::Err(#own) => #own,
            }
        }
    }

    /// The statements that read the arguments.
    fn read(&self, refusal: &TokenStream) -> TokenStream {
        let reads = self.reads.iter();
        let reads =
            reads.map(|Read { place, ty, value, .. }| self.read_one(*place, ty, value, refusal));
        quote!(#(#reads)*)
    }

    /// The statements that take what the client has brought along.
    fn inputs(&self, refusal: &TokenStream) -> TokenStream {
        let (server, request) = (self.server, hidden("request"));
        let parameters = self.function.parameters.iter().enumerate();
        let inputs = parameters.filter(|(_, own)| matches!(own.source, Source::Inputs));
        let reads = inputs.map(|(place, _)| {
            let (ty, value) = (quote!(#server::Inputs), quote!(#server::Inputs::of(&#request)));
            self.read_one(place, &ty, &value, refusal)
        });
        quote!(#(#reads)*)
    }

    fn read_one(
        &self,
        place: usize,
        ty: &TokenStream,
        value: &TokenStream,
        refusal: &TokenStream,
    ) -> TokenStream {
        let (server, held, own) = (self.server, held(place), hidden("answer"));
        let (sound, error) = (hidden("value"), hidden("error"));
        quote! {
            let #held: #ty = match #value {
                ::core::result::Result::Ok(#sound) => #sound,
                ::core::result::Result::Err(#error) => {
                    let #own = #server::expansion::Answer::from(#error);
                    #refusal
                }
            };
        }
    }

    /// What is passed for each parameter.
    fn passed(&self) -> impl Iterator<Item = TokenStream> {
        let request = hidden("request");
        let parameters = self.function.parameters.iter().enumerate();
        parameters.map(move |(place, Parameter { source, .. })| {
            let state = held(place);
            let owned = |value: TokenStream| quote!(::core::clone::Clone::clone(#value));
            match source {
                Source::Context(Passing::Borrowed) => quote!(#request.context()),
                Source::Context(Passing::Owned) => owned(quote!(#request.context())),
                Source::Request => quote!(&#request),
                Source::State(_, Passing::Borrowed) => quote!(&#state),
                Source::State(_, Passing::Owned) => owned(quote!(&#state)),
                Source::Inputs => quote!(#state),
                Source::Argument(_) => {
                    let mut reads = self.reads.iter();
                    let read = reads.find(|read| read.place == place);
                    read.map(|read| read.passed.clone()).unwrap_or_default()
                }
            }
        })
    }

    /// The states that the function takes, and their types.
    fn states(&self) -> impl Iterator<Item = (Ident, &Type)> {
        let parameters = self.function.parameters.iter().enumerate();
        parameters.filter_map(|(place, parameter)| match &parameter.source {
            Source::State(ty, _) => Some((held(place), &**ty)),
            _ => None,
        })
    }

    /// The states, for a future or a thread to keep.
    fn kept(&self) -> TokenStream {
        let states = self
            .states()
            .map(|(state, _)| quote!(let #state = ::core::clone::Clone::clone(&#state);));
        quote!(#(#states)*)
    }

    /// What is registered: `made` of the variable `definition`. If there are states it waits for them, and is `bound` then.
    pub(crate) fn registered(
        &self,
        kind: &TokenStream,
        definition: &TokenStream,
        made: &TokenStream,
        bound: &TokenStream,
    ) -> TokenStream {
        let (server, own, states) = (self.server, hidden("definition"), hidden("states"));
        if self.states().next().is_none() {
            return quote!(let #own = #definition; #made);
        }
        let found = self
            .states()
            .map(|(state, ty)| quote!(let #state: #server::State<#ty> = #states.get()?;));
        quote!(#server::#kind::with_state(#definition, |#own, #states| { #(#found)* #bound }))
    }
}

/// A value as the result that it is.
pub(crate) fn sound(value: &TokenStream) -> TokenStream {
    quote!(::core::result::Result::Ok(#value))
}

/// Whether a type is `Result<…, Answer>`, whose error is the answer.
fn fails_with_answer(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let last = |path: &syn::TypePath| path.path.segments.last().map(|own| own.ident.to_string());
    let error = simple::arguments(path).and_then(|mut own| own.nth(1));
    let answer = matches!(error, Some(Type::Path(path)) if last(path).as_deref() == Some("Answer"));
    answer && last(path).as_deref() == Some("Result")
}
