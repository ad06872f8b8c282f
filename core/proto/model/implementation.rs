//! Who speaks: the name and version of a client or server, and icons to show for it.

use std::borrow::Cow;

use super::declare::{object, words};

object! {
    /// A client or a server, as it describes itself. None of it is verified.
    pub struct Implementation<'a> {
        required {
            /// Name for programs.
            name: Cow<'a, str> = "name",
            /// Version, in whatever form the implementation uses.
            version: Cow<'a, str> = "version",
        }
        optional {
            /// Name for people.
            title: Cow<'a, str> = "title" [since V2025_06_18],
            /// What it does.
            description: Cow<'a, str> = "description" [since V2025_11_25],
            /// Pictures of it.
            icons: Vec<Icon<'a>> = "icons" [since V2025_11_25],
            /// Where people find out more: a URI.
            website_url: Cow<'a, str> = "websiteUrl" [since V2025_11_25],
        }
    }
}

object! {
    /// A picture to show for something.
    pub struct Icon<'a> [since V2025_11_25] {
        required {
            /// Where it is: an `https` or `data` URI.
            src: Cow<'a, str> = "src",
        }
        optional {
            /// Its media type.
            mime_type: Cow<'a, str> = "mimeType",
            /// The sizes it is good for: `48x48`, or `any`.
            sizes: Vec<Cow<'a, str>> = "sizes",
            /// The background it is made for.
            theme: Theme = "theme",
        }
    }
}

words! {
    /// The background that an icon is made for.
    pub enum Theme {
        Light = "light",
        Dark = "dark",
    }
}
