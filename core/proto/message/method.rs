//! The methods of all revisions of MCP, found by a perfect hash that is built at compile time.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "the table is built at compile time, where a mistake is an error"
)]

use core::fmt;

/// Declares the methods, their names and their table.
macro_rules! methods {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// A method or notification that some revision of MCP knows.
        ///
        /// Which revision knows which is not decided here: the table is the union of all.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum Method {
            $(#[doc = concat!("`", $name, "`")] $(#[$doc])* $variant,)+
        }

        impl Method {
            /// Every known method.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            const NAMES: &'static [&'static str] = &[$($name),+];
        }
    };
}

methods! {
    Initialize = "initialize",
    Ping = "ping",
    Discover = "server/discover",
    ListTools = "tools/list",
    CallTool = "tools/call",
    ListPrompts = "prompts/list",
    GetPrompt = "prompts/get",
    ListResources = "resources/list",
    ListResourceTemplates = "resources/templates/list",
    ReadResource = "resources/read",
    Subscribe = "resources/subscribe",
    Unsubscribe = "resources/unsubscribe",
    Listen = "subscriptions/listen",
    Complete = "completion/complete",
    SetLevel = "logging/setLevel",
    CreateMessage = "sampling/createMessage",
    ListRoots = "roots/list",
    Elicit = "elicitation/create",
    GetTask = "tasks/get",
    UpdateTask = "tasks/update",
    CancelTask = "tasks/cancel",
    TaskResult = "tasks/result",
    ListTasks = "tasks/list",
    Initialized = "notifications/initialized",
    Cancelled = "notifications/cancelled",
    Progress = "notifications/progress",
    LoggingMessage = "notifications/message",
    ToolListChanged = "notifications/tools/list_changed",
    PromptListChanged = "notifications/prompts/list_changed",
    ResourceListChanged = "notifications/resources/list_changed",
    ResourceUpdated = "notifications/resources/updated",
    RootsListChanged = "notifications/roots/list_changed",
    ElicitationComplete = "notifications/elicitation/complete",
    TaskStatus = "notifications/tasks/status",
    SubscriptionsAcknowledged = "notifications/subscriptions/acknowledged",
    TaskNotification = "notifications/tasks",
}

impl Method {
    /// The method of that exact name.
    ///
    /// ```
    /// use mcp_engine_proto::Method;
    ///
    /// assert_eq!(Method::from_name("tools/call"), Some(Method::CallTool));
    /// assert_eq!(Method::from_name("Tools/Call"), None);
    /// ```
    pub fn from_name(name: &str) -> Option<Self> {
        Self::from_id(Self::lookup(name.as_bytes()))
    }

    /// The name in the schema of MCP.
    pub fn name(self) -> &'static str {
        Self::NAMES.get(self as usize).copied().unwrap_or_default()
    }

    /// Whether it is a notification: it has no id and is never answered.
    pub fn is_notification(self) -> bool {
        self >= Self::Initialized
    }

    /// The number that [`MsgIndex::method_id`](super::MsgIndex::method_id) stores; never 0.
    pub const fn id(self) -> u8 {
        self as u8 + 1
    }

    /// The method with that number.
    pub fn from_id(id: u8) -> Option<Self> {
        Self::ALL.get(usize::from(id.checked_sub(1)?)).copied()
    }

    /// The number of the method of that name, or 0.
    #[inline]
    pub(crate) fn lookup(name: &[u8]) -> u8 {
        let slot = slot(name, SEED);
        let id = TABLE.get(slot).copied().unwrap_or_default();
        let known = id.checked_sub(1).and_then(|at| Self::NAMES.get(usize::from(at)));
        if known.is_some_and(|known| known.as_bytes() == name) { id } else { 0 }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The place of a name in the table. The first, the middle and the last bytes and the length tell
/// all methods apart.
#[inline]
const fn slot(name: &[u8], seed: u64) -> usize {
    let len = name.len();
    let (Some((first, _)), Some((_, last))) =
        (name.split_first_chunk::<4>(), name.split_last_chunk::<4>())
    else {
        return 0;
    };
    let (_, tail) = name.split_at((len - 4) / 2 + 2);
    let middle = match tail.first_chunk::<2>() {
        Some(middle) => u16::from_le_bytes(*middle) as u64,
        None => 0,
    };
    let word = u32::from_le_bytes(*first) as u64 | (u32::from_le_bytes(*last) as u64) << 32;
    let mixed = (word ^ middle << 24 ^ (len as u64) << 56).wrapping_mul(seed);
    (mixed >> (64 - TABLE_BITS)) as usize
}

/// The smallest odd multiplier, counting in steps of the golden ratio, that gives every name its own slot.
const SEED: u64 = {
    let mut seed = 0x9e37_79b9_7f4a_7c15u64;
    while !is_perfect(seed) {
        seed = seed.wrapping_add(0x3c6e_f372_fe94_f82a);
    }
    seed
};

const fn is_perfect(seed: u64) -> bool {
    let mut taken = [false; 1 << TABLE_BITS];
    let mut i = 0;
    while i < Method::NAMES.len() {
        let slot = slot(Method::NAMES[i].as_bytes(), seed);
        if taken[slot] {
            return false;
        }
        taken[slot] = true;
        i += 1;
    }
    true
}

const TABLE_BITS: u32 = 8;
const TABLE: [u8; 1 << TABLE_BITS] = {
    let mut table = [0; 1 << TABLE_BITS];
    let mut i = 0;
    while i < Method::NAMES.len() {
        table[slot(Method::NAMES[i].as_bytes(), SEED)] = i as u8 + 1;
        i += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::Method;

    #[test]
    fn every_method_is_found_by_its_name_and_by_no_other() {
        for method in Method::ALL {
            assert_eq!(Method::from_name(method.name()), Some(*method));
            assert_eq!(Method::from_id(method.id()), Some(*method));
            assert_eq!(Method::from_name(&method.name().to_uppercase()), None);
            assert_eq!(Method::from_name(&format!("{method} ")), None);
        }
        assert_eq!(Method::from_name(""), None);
        assert_eq!(Method::from_id(0), None);
    }

    #[test]
    fn names_of_notifications_say_so() {
        for method in Method::ALL {
            assert_eq!(method.is_notification(), method.name().starts_with("notifications/"));
        }
    }
}
