//! The graph of a schema → the most that it can cost to judge one value.
//!
//! The validator looks at a sub-schema as often as a way leads to it: a reference that is used twice by a schema that is
//! used twice counts four times, and `unevaluatedProperties` looks at its neighbours again to learn what they have seen. Both
//! grow exponentially in small schemas. What applies to one value is therefore counted here, once, from the leaves up; ways
//! from a value into its members are counted while values are judged.

use mcp_engine_proto::schema::{SchemaError, SchemaLimit, SchemaRule};

use crate::graph::{Graph, Node};
use crate::limits::Limits;
use crate::pointer;

/// The most that a schema can cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cost {
    /// Most sub-schemas looked at for the root of an instance, violations included.
    pub(crate) expansion: u64,
    /// Most sub-schemas looked at for one value that is reached from the one around it.
    pub(crate) each: u64,
    /// Longest way through sub-schemas that apply to one value.
    pub(crate) height: u64,
    /// Longest way through all sub-schemas; none when the schema is recursive.
    pub(crate) longest: Option<u64>,
    /// Weight of the patterns with which one name is matched, in units of `weight`.
    pub(crate) name_weight: u64,
    /// Length of the longest way to a sub-schema, as a JSON Pointer.
    pub(crate) longest_path: u64,
    /// Whether numbers are divided.
    pub(crate) divides: bool,
}

/// What it costs to look at one value with one sub-schema and all that apply with it.
#[derive(Clone, Copy, Default)]
struct Reach {
    /// To tell whether it matches.
    verdict: u64,
    /// To learn which members or elements it has seen.
    marking: u64,
    /// To list what does not match.
    listing: u64,
    height: u64,
    name_weight: u64,
}

/// Which ways from a sub-schema are followed.
#[derive(Clone, Copy)]
enum Ways {
    /// Those to sub-schemas that apply to the same value.
    Here,
    All,
}

impl Cost {
    /// Reckons the cost, where `weights` are those of the patterns.
    ///
    /// # Errors
    ///
    /// [`SchemaRule::Recursion`] or [`SchemaLimit::Expansion`].
    pub(crate) fn reckon(
        graph: &Graph,
        weights: &[u64],
        limits: &Limits,
    ) -> Result<Self, SchemaError> {
        let reaches =
            from_the_leaves(graph, Ways::Here, |node, reaches| Reach::of(node, reaches, weights));
        let reaches = reaches.map_err(|number| SchemaError::Invalid {
            rule: SchemaRule::Recursion,
            path: pointer::cut(graph.path(number), limits.message_bytes),
            detail: String::new(),
        })?;
        let lengths = from_the_leaves(graph, Ways::All, |node, lengths| {
            Ways::All
                .from(node)
                .map(|next| at(lengths, next))
                .max()
                .unwrap_or(0u64)
                .saturating_add(1)
        });
        let below = graph.nodes.iter().flat_map(|node| node.below.iter().copied());
        let cost = Self {
            expansion: largest(reaches.iter().map(Reach::most)),
            each: largest(below.map(|number| at(&reaches, number).most())),
            height: largest(reaches.iter().map(|reach| reach.height)),
            longest: lengths.ok().map(|lengths| largest(lengths.into_iter())),
            name_weight: largest(reaches.iter().map(|reach| reach.name_weight)),
            longest_path: graph.longest_path(),
            divides: graph.divides,
        };
        if cost.expansion > u64::from(limits.expansion) {
            return Err(SchemaError::LimitExceeded(SchemaLimit::Expansion));
        }
        Ok(cost)
    }

    /// How deep sub-schemas nest at most while an instance of that depth is judged.
    pub(crate) fn nesting(&self, depth: u64) -> u64 {
        let nesting = self.height.saturating_mul(depth.saturating_add(1));
        self.longest.map_or(nesting, |longest| longest.min(nesting))
    }
}

impl Reach {
    fn of(node: &Node, reaches: &[Self], weights: &[u64]) -> Self {
        let reach = |number: &u32| at(reaches, *number);
        let every = node.here.iter().map(reach).fold(Self::default(), Self::with);
        let one = node.one_of_here.iter().map(reach).fold(Self::default(), Self::or);
        let sum = every.with(one);
        let own = node.name_patterns.iter().map(|pattern| at(weights, *pattern));
        let own = own.fold(0, u64::saturating_add);
        let marking = sum.verdict.saturating_add(sum.marking).saturating_add(1);
        let again = marking.saturating_mul(node.unevaluated);
        Self {
            verdict: sum.verdict.saturating_add(again).saturating_add(1),
            marking,
            listing: sum
                .verdict
                .saturating_add(sum.listing)
                .saturating_add(again)
                .saturating_add(node.required)
                .saturating_add(1),
            height: sum.height.saturating_add(1),
            name_weight: sum.name_weight.saturating_add(own),
        }
    }

    /// Both apply.
    fn with(self, other: Self) -> Self {
        Self {
            verdict: self.verdict.saturating_add(other.verdict),
            marking: self.marking.saturating_add(other.marking),
            listing: self.listing.saturating_add(other.listing),
            height: self.height.max(other.height),
            name_weight: self.name_weight.saturating_add(other.name_weight),
        }
    }

    /// One of the two applies.
    fn or(self, other: Self) -> Self {
        Self {
            verdict: self.verdict.max(other.verdict),
            marking: self.marking.max(other.marking),
            listing: self.listing.max(other.listing),
            height: self.height.max(other.height),
            name_weight: self.name_weight.max(other.name_weight),
        }
    }

    fn most(&self) -> u64 {
        self.verdict.max(self.listing)
    }
}

/// Computes something of every sub-schema from what was computed of those it leads to.
///
/// # Errors
///
/// The number of a sub-schema that leads to itself.
fn from_the_leaves<T: Copy + Default>(
    graph: &Graph,
    ways: Ways,
    compute: impl Fn(&Node, &[T]) -> T,
) -> Result<Vec<T>, u32> {
    let mut computed = vec![T::default(); graph.nodes.len()];
    let mut before = vec![Vec::new(); graph.nodes.len()];
    let mut open: Vec<usize> = Vec::with_capacity(graph.nodes.len());
    for (number, node) in (0u32..).zip(&graph.nodes) {
        open.push(ways.from(node).count());
        for to in ways.from(node) {
            slot(&mut before, to).into_iter().for_each(|to: &mut Vec<u32>| to.push(number));
        }
    }
    let mut ready: Vec<u32> =
        (0u32..).zip(&open).filter(|(_, open)| **open == 0).map(|(number, _)| number).collect();
    while let Some(number) = ready.pop() {
        if let Some(node) = graph.nodes.get(number as usize) {
            let result = compute(node, &computed);
            slot(&mut computed, number).into_iter().for_each(|slot| *slot = result);
        }
        for number in slot(&mut before, number).map(std::mem::take).unwrap_or_default() {
            let Some(open) = slot(&mut open, number) else { continue };
            *open = open.saturating_sub(1);
            if *open == 0 {
                ready.push(number);
            }
        }
    }
    match (0u32..).zip(&open).find(|(_, open)| **open > 0) {
        Some((left, _)) => Err(on_a_cycle(graph, ways, &open, left)),
        None => Ok(computed),
    }
}

/// From a sub-schema that was left over, steps to others that were, until one comes again.
fn on_a_cycle(graph: &Graph, ways: Ways, open: &[usize], from: u32) -> u32 {
    let mut seen = vec![false; open.len()];
    let mut number = from;
    while slot(&mut seen, number).is_some_and(|seen| !std::mem::replace(seen, true)) {
        let node = graph.nodes.get(number as usize);
        let left = node.and_then(|node| ways.from(node).find(|next| at(open, *next) > 0));
        number = left.unwrap_or(number);
    }
    number
}

impl Ways {
    fn from(self, node: &Node) -> impl Iterator<Item = u32> {
        let below: &[u32] = match self {
            Self::Here => &[],
            Self::All => &node.below,
        };
        node.here.iter().chain(&node.one_of_here).chain(below).copied()
    }
}

fn at<T: Copy + Default>(list: &[T], number: u32) -> T {
    list.get(number as usize).copied().unwrap_or_default()
}

fn slot<T>(list: &mut [T], number: u32) -> Option<&mut T> {
    list.get_mut(number as usize)
}

fn largest(numbers: impl Iterator<Item = u64>) -> u64 {
    numbers.max().unwrap_or(0)
}

#[cfg(test)]
mod tests;
