//! Values made up from the official schemas: each is read as its type and written again as it was, and what is written
//! for any other revision is what the schema of that revision allows.

use mcp_engine::json::Raw;
use mcp_engine::version::Version;
use mcp_engine_proto::internal::model::{TYPES, Type};
use serde_json::Value;

use crate::instances::{Fill, Instances};
use crate::same::same;
use crate::spec::{Schema, schemas};

#[test]
fn what_a_schema_allows_is_read_and_written_again_as_it_was() {
    for schema in &schemas() {
        for (kind, place) in types_of(schema) {
            let validator = schema.validator(&place);
            for (value, seed) in values(schema, &place) {
                assert!(validator.is_valid(&value), "not made up well: {value:#}");
                let written = rewrite(kind, &value, schema.version);
                assert!(
                    same(&written, &value),
                    "{} {} {seed}: {value:#} became {written:#}",
                    schema.version,
                    kind.name
                );
            }
        }
    }
}

#[test]
fn what_is_written_for_a_revision_is_what_its_schema_allows_and_has_no_members_of_another() {
    let schemas = schemas();
    for to in &schemas {
        for (kind, target) in types_of(to) {
            let validator = to.closed(&target);
            for from in &schemas {
                check_written(kind, from, to.version, &validator);
            }
        }
    }
}

/// Writes values that one schema allows for a revision, and holds them against the schema of that.
fn check_written(kind: &Type, from: &Schema, to: Version, validator: &jsonschema::Validator) {
    let Some((_, place)) = types_of(from).find(|(known, _)| known.name == kind.name) else {
        return;
    };
    for (value, seed) in values(from, &place) {
        let written = rewrite(kind, &value, to);
        let errors: Vec<_> = validator.iter_errors(&written).collect();
        assert!(
            errors.is_empty() || cannot_be_said(kind.name, &written, to),
            "{} → {to} {} {seed}: {written:#}: {errors:#?}",
            from.version,
            kind.name
        );
    }
}

/// The types that a schema defines, and where.
fn types_of(schema: &Schema) -> impl Iterator<Item = (&'static Type, String)> {
    let defined = |kind: &&Type| {
        kind.revisions.contains(schema.version) && !is_something_else(kind.name, schema.version)
    };
    TYPES.iter().filter(defined).filter_map(|kind| Some((kind, schema.place_of(kind.name)?)))
}

/// Definitions that are not what the type of that name is.
fn is_something_else(name: &str, version: Version) -> bool {
    match name {
        // What its two kinds have in common, which stands nowhere by itself.
        "ResourceContents" => true,
        // In 2025-11-25 whole messages, with an id; `encoded` has them.
        "CreateMessageRequest" | "ListRootsRequest" | "ElicitRequest" => {
            version == Version::V2025_11_25
        }
        _ => false,
    }
}

/// Values of a definition, with the seed of each.
fn values(schema: &Schema, place: &str) -> impl Iterator<Item = (Value, u64)> {
    (0..SEEDS).map(move |seed| {
        let fill = match seed {
            0 => Fill::Least,
            1..4 => Fill::All,
            _ => Fill::Some,
        };
        (Instances::new(schema, seed, fill).of(place), seed)
    })
}

fn rewrite(kind: &Type, value: &Value, version: Version) -> Value {
    // With white space wherever it may stand; no string of the instances looks like this.
    let text = format!("{value:#}").replace('\n', "\r\n").replace("\": ", "\" :\t");
    let raw = Raw::parse(&text).expect("serde_json writes JSON");
    let written = kind.rewrite(raw, version);
    let written = written.unwrap_or_else(|mismatch| panic!("{mismatch}: {value:#}"));
    assert!(written.owned_is_equal, "{}: {value:#}", kind.name);
    serde_json::from_str(&written.text).expect("the model writes JSON")
}

/// What a revision requires and no writer can make up: the request that a cancellation is about, what the completion of
/// an elicitation refers to, and any form of a visit to a URL in 2025-06-18.
fn cannot_be_said(name: &str, written: &Value, version: Version) -> bool {
    let params = written.get("params").unwrap_or(written);
    match name {
        "CancelledNotificationParams" => params.get("requestId").is_none(),
        "ElicitRequest" | "ElicitRequestParams" | "ElicitRequestURLParams" => {
            let known = version != Version::V2025_06_18 && params.get("elicitationId").is_some();
            params["mode"] == "url" && !known
        }
        _ => false,
    }
}

const SEEDS: u64 = 24;
