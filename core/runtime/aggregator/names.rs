//! Public names of tools: which server and which of its tools one means.

use std::fmt;

/// A server, by name.
pub(super) struct Name<'a, S> {
    pub(super) server: &'a str,
    pub(super) has: S,
}

/// What a public name means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Resolved<'n, S> {
    /// The tool of that name of a server.
    One(S, &'n str),
    /// Several could be meant.
    Many(Ambiguous),
    None,
}

/// A name that several tools could be meant by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ambiguous {
    /// The servers that have such a tool.
    pub servers: Vec<String>,
}

impl fmt::Display for Ambiguous {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it could be a tool of any of these servers: {}", self.servers.join(", "))
    }
}

impl std::error::Error for Ambiguous {}

/// The public name of a tool.
pub(super) fn public(server: &str, tool: &str) -> String {
    format!("{server}_{tool}")
}

/// Finds out what a name means. The longest server that it begins with wins, of those that have such a tool; without any, it is the name of
/// a tool itself, of just one server.
pub(super) fn resolve<'n, 's, S>(
    name: &'n str,
    servers: impl Iterator<Item = Name<'s, S>>,
    has: impl Fn(&S, &str) -> bool,
) -> Resolved<'n, S> {
    let (mut longest, mut bare) = (None::<(usize, S, &'n str)>, Vec::new());
    for Name { server, has: own } in servers {
        let behind = name.strip_prefix(server).and_then(|rest| rest.strip_prefix('_'));
        if let Some(tool) = behind.filter(|tool| has(&own, tool)) {
            if longest.as_ref().is_none_or(|(len, ..)| server.len() > *len) {
                longest = Some((server.len(), own, tool));
            }
        } else if has(&own, name) {
            bare.push((server, own));
        }
    }
    if let Some((_, own, tool)) = longest {
        return Resolved::One(own, tool);
    }
    match bare.len() {
        0 => Resolved::None,
        1 => bare.pop().map_or(Resolved::None, |(_, own)| Resolved::One(own, name)),
        _ => Resolved::Many(Ambiguous {
            servers: bare.into_iter().map(|(server, _)| server.to_owned()).collect(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Server = (&'static str, &'static [&'static str]);

    fn resolved<'n>(name: &'n str, servers: &[Server]) -> Resolved<'n, Server> {
        let named = servers.iter().map(|server| Name { server: server.0, has: *server });
        resolve(name, named, |(_, tools), tool| tools.contains(&tool))
    }

    #[test]
    fn the_longest_server_that_has_the_tool_is_meant() {
        let servers: [Server; 2] = [("a", &["b_c", "d"]), ("a_b", &["c"])];
        assert_eq!(resolved("a_b_c", &servers), Resolved::One(servers[1], "c"));
        assert_eq!(resolved("a_d", &servers), Resolved::One(servers[0], "d"));
        assert_eq!(resolved("a_x", &servers), Resolved::None);
        assert_eq!(resolved("a_b_d", &servers), Resolved::None);
    }

    #[test]
    fn a_bare_name_is_good_for_one_server_only() {
        let servers: [Server; 2] = [("files", &["read", "list"]), ("web", &["read"])];
        assert_eq!(resolved("list", &servers), Resolved::One(servers[0], "list"));
        let both = Ambiguous { servers: vec!["files".into(), "web".into()] };
        assert_eq!(resolved("read", &servers), Resolved::Many(both));
        assert_eq!(resolved("web_read", &servers), Resolved::One(servers[1], "read"));
    }
}
