//! Schemas last used, by their whole text.
//!
//! A server sends the same schemas again with every listing, and a hostile one sends new ones without end. Which schemas stay
//! is decided by a policy (S3-FIFO) that such a flood does not sweep clean; two threads that ask for the same new schema
//! compile it once.

use std::convert::Infallible;
use std::hash::RandomState;

use mcp_engine_proto::schema::SchemaError;
use quick_cache::sync::{Cache as Entries, DefaultLifecycle};
use quick_cache::{OptionsBuilder, UnitWeighter};

use crate::limits::Limits;
use crate::schema::Schema;

/// What became of a schema.
type Outcome = Result<Schema, SchemaError>;

/// A bounded map from the text of schemas to what became of them; none where nothing is to be kept.
pub(crate) struct Cache(Option<Entries<String, Outcome, UnitWeighter, RandomState>>);

impl Cache {
    pub(crate) fn new(limits: &Limits) -> Self {
        // One shard, so that the limit is exact; what is found here is then held by whoever uses it.
        let options = OptionsBuilder::new()
            .shards(1)
            .estimated_items_capacity(limits.cached as usize)
            .weight_capacity(u64::from(limits.cached))
            .build();
        let entries = options.ok().filter(|_| limits.cached > 0).map(|options| {
            let lifecycle = DefaultLifecycle::default();
            Entries::with_options(options, UnitWeighter, RandomState::new(), lifecycle)
        });
        Self(entries)
    }

    pub(crate) fn find_or_insert(&self, text: &str, compile: impl FnOnce() -> Outcome) -> Outcome {
        let Some(entries) = &self.0 else { return compile() };
        match entries.get_or_insert_with(text, || Ok::<_, Infallible>(compile())) {
            Ok(outcome) => outcome,
            Err(never) => match never {},
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mcp_engine_proto::schema::SchemaLimit;

    const REFUSED: Outcome = Err(SchemaError::LimitExceeded(SchemaLimit::Expansion));

    fn compiled(cache: &Cache, text: &str) -> bool {
        let mut compiled = false;
        let _ = cache.find_or_insert(text, || {
            compiled = true;
            REFUSED
        });
        compiled
    }

    #[test]
    fn the_same_text_is_compiled_once_and_refusals_are_kept() {
        let cache = Cache::new(&Limits::default());
        assert!(compiled(&cache, "{}"));
        assert!(!compiled(&cache, "{}"));
        assert!(compiled(&cache, "{} "));
    }

    #[test]
    fn no_more_are_kept_than_the_limit_allows() {
        let cache = Cache::new(&Limits { cached: 4, ..Limits::default() });
        for at in 0..100 {
            assert!(compiled(&cache, &at.to_string()));
        }
        assert!(cache.0.as_ref().unwrap().len() <= 4);
        let none = Cache::new(&Limits { cached: 0, ..Limits::default() });
        assert!(compiled(&none, "{}") && compiled(&none, "{}"));
    }

    #[test]
    fn a_flood_of_new_schemas_does_not_push_out_one_that_is_in_use() {
        let cache = Cache::new(&Limits { cached: 16, ..Limits::default() });
        compiled(&cache, "ours");
        let mut lost = 0;
        for at in 0..1_000 {
            compiled(&cache, &at.to_string());
            lost += usize::from(compiled(&cache, "ours"));
        }
        assert_eq!(lost, 0);
    }
}
