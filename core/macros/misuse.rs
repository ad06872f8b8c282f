//! What a user may get wrong, and what is said about it.

use proc_macro2::TokenStream;
use quote::quote;

fn of<T>(result: syn::Result<T>) -> String {
    result.err().expect("an error").to_string()
}

fn tool(options: TokenStream, function: TokenStream) -> String {
    of(crate::tool::expand(options, function))
}

fn prompt(function: TokenStream) -> String {
    of(crate::prompt::expand(quote!(), function))
}

fn resource(options: TokenStream, function: TokenStream) -> String {
    of(crate::resource::expand(options, function))
}

#[test]
fn functions_that_no_client_could_call_are_refused() {
    let none = quote!();
    let message = tool(
        none.clone(),
        quote!(
            struct Echo;
        ),
    );
    assert!(message.starts_with("this must be a function: "), "{message}");
    let message = tool(
        none.clone(),
        quote!(
            fn echo<T>(text: T) {}
        ),
    );
    assert_eq!(message, "clients know one form of it: it must not be generic");
    let message = tool(
        none.clone(),
        quote!(
            fn echo<const N: usize>() {}
        ),
    );
    assert_eq!(message, "clients know one form of it: it must not be generic");
    let message = tool(
        none.clone(),
        quote!(
            fn echo(&self) {}
        ),
    );
    assert_eq!(message, "there is no `self`: what a server shares comes as a parameter `State<T>`");
    let message = tool(none.clone(), concat!("un", "safe fn echo() {}").parse().expect("tokens"));
    assert_eq!(message, "clients keep no promises: it must not be unsafe");
    let message = tool(
        none,
        quote!(
            extern "C" fn echo() {}
        ),
    );
    assert_eq!(message, "it is called from Rust: remove the ABI");
    let message = tool(
        quote!(blocking),
        quote!(
            async fn echo() {}
        ),
    );
    assert_eq!(message, "an async function must not block: remove one of both");
}

#[test]
fn parameters_that_no_argument_fits_are_refused() {
    let none = quote!();
    for ty in [quote!(&Place), quote!(&[&str]), quote!(&mut String), quote!(impl Sized)] {
        let message = tool(none.clone(), quote!(fn echo(place: #ty) {}));
        assert!(message.starts_with("an argument is `&str`, `&[…]` of"), "{message}");
    }
    let message = tool(
        none.clone(),
        quote!(
            fn echo((a, b): (u8, u8)) {}
        ),
    );
    assert_eq!(message, "an argument needs a name: take it apart inside of the function");
    let message = tool(
        none,
        quote!(
            fn echo(text: &'static str) {}
        ),
    );
    assert_eq!(message, "an argument does not live longer than its request");
    assert!(
        prompt(quote!(
            fn greet(who: &[u8]) {}
        ))
        .starts_with("an argument of a prompt is text")
    );
}

#[test]
fn headers_that_no_client_could_send_are_refused() {
    let none = quote!();
    let message = tool(
        none.clone(),
        quote!(
            fn echo(#[header("X Y")] text: &str) {}
        ),
    );
    assert_eq!(message, "the name of a header is a token (RFC 9110)");
    for ty in [quote!(f64), quote!(Vec<u8>), quote!(Place)] {
        let message = tool(none.clone(), quote!(fn echo(#[header("X")] text: #ty) {}));
        assert_eq!(message, "only strings, integers and booleans can be mirrored into a header");
    }
    let twice = quote!(
        fn echo(#[header("x")] a: u8, #[header("X")] b: u8) {}
    );
    assert_eq!(tool(none.clone(), twice), "two arguments are mirrored into this header");
    let message = tool(
        none,
        quote!(
            fn echo(#[header("X")] context: &Context) {}
        ),
    );
    assert_eq!(message, "only an argument can be mirrored into a header");
    let message = prompt(quote!(
        fn greet(#[header("X")] who: &str) {}
    ));
    assert_eq!(message, "only arguments of tools are mirrored into headers");
}

#[test]
fn names_that_clients_would_not_accept_are_refused() {
    let expected = "the name of a tool is 1 to 128 of the characters a-z A-Z 0-9 _ - .";
    assert_eq!(
        tool(
            quote!(name = "say it"),
            quote!(
                fn echo() {}
            )
        ),
        expected
    );
    assert_eq!(
        tool(
            quote!(name = ""),
            quote!(
                fn echo() {}
            )
        ),
        expected
    );
}

#[test]
fn resources_without_a_place_are_refused() {
    let message = resource(
        quote!(),
        quote!(
            fn notes() -> String {}
        ),
    );
    assert!(message.starts_with("a resource needs `uri = \"…\"`"), "{message}");
    let both = quote!(uri = "a:b", template = "a:{b}");
    let message = resource(
        both,
        quote!(
            fn notes() -> String {}
        ),
    );
    assert_eq!(message, "a resource has a `uri` or a `template`, not both");
    let message = resource(
        quote!(uri = "today"),
        quote!(
            fn notes() -> String {}
        ),
    );
    assert_eq!(message, "a URI begins with a scheme and a colon");
    let message = resource(
        quote!(uri = "a:b"),
        quote!(
            fn notes(b: &str) -> String {}
        ),
    );
    assert!(message.starts_with("one resource has no arguments"), "{message}");
    let message = resource(
        quote!(template = "a:{b}"),
        quote!(
            fn notes(c: &str) -> String {}
        ),
    );
    assert_eq!(message, "the template has no variable `c`");
    let message = resource(
        quote!(template = "a:{b}"),
        quote!(
            fn notes(b: &[u8]) -> String {}
        ),
    );
    assert_eq!(message, "a variable is `&str`, `String`, or a type that can be parsed");
}
