//! Every limit is reached by something, is refused by its own name, and lets through what is just within it.

use mcp_engine_schema::{
    Compiler, Completeness, HeaderTable, Limits, Raw, Rejection, Schema, SchemaError, SchemaLimit,
};

fn compile(schema: &str, limits: Limits) -> Result<Schema, SchemaError> {
    Compiler::new(limits).compile(raw(schema))
}

fn raw(text: &str) -> Raw<'_> {
    Raw::parse(text).expect("the test is JSON")
}

fn judge(schema: &str, instance: &str, limits: Limits) -> Result<(), Rejection> {
    compile(schema, limits).expect("the schema is within the limits").validate(raw(instance))
}

/// The limit that a schema is refused by.
fn refused(schema: &str, limits: Limits) -> Option<SchemaLimit> {
    match compile(schema, limits) {
        Err(SchemaError::LimitExceeded(limit)) => Some(limit),
        _ => None,
    }
}

#[test]
fn a_schema_one_byte_too_long_is_refused() {
    let limits = Limits { schema_bytes: 16, ..Limits::default() };
    assert!(compile(r#"{"title":"1234"}"#, limits).is_ok());
    assert_eq!(refused(r#"{"title":"12345"}"#, limits), Some(SchemaLimit::SchemaBytes));
}

#[test]
fn a_schema_one_level_too_deep_is_refused_and_the_deepest_compiles() {
    let nested =
        |levels: usize| format!("{}{{}}{}", r#"{"not":"#.repeat(levels), "}".repeat(levels));
    let limits = Limits::default();
    assert!(compile(&nested(63), limits).is_ok());
    assert_eq!(refused(&nested(64), limits), Some(SchemaLimit::SchemaDepth));
    // Deeper than JSON itself may be nested, the limit is that of JSON.
    assert!(compile(&nested(126), Limits { schema_depth: 128, ..limits }).is_ok());
}

#[test]
fn one_sub_schema_more_than_the_limit_is_refused() {
    let limits = Limits { sub_schemas: 4, ..Limits::default() };
    assert!(compile(r#"{"allOf":[{},{},true]}"#, limits).is_ok());
    assert_eq!(refused(r#"{"allOf":[{},{},true,true]}"#, limits), Some(SchemaLimit::SubSchemas));
}

#[test]
fn sub_schemas_of_documents_count_for_those_who_refer_to_them() {
    let limits = Limits { sub_schemas: 4, ..Limits::default() };
    let document = r#"{"$defs":{"a":true,"b":true,"c":true}}"#;
    let compiler = Compiler::new(limits).with_documents([("http://a/b", raw(document))]);
    let compiler = compiler.expect("the document can be registered");
    assert!(compiler.compile(raw(r#"{"items":true}"#)).is_ok());
    let found = compiler.compile(raw(r#"{"$ref":"http://a/b"}"#)).err();
    assert_eq!(found, Some(SchemaError::LimitExceeded(SchemaLimit::SubSchemas)));
}

/// Levels of sub-schemas that each refer twice to the next.
fn doubling(levels: usize, keyword: &str, more: &str) -> String {
    let level = |at: usize| {
        let next = at + 1;
        format!(
            r##""a{at}":{{"{keyword}":[{{"$ref":"#/$defs/a{next}"}},{{"$ref":"#/$defs/a{next}"}}]}}"##
        )
    };
    let levels: Vec<_> = (0..levels).map(level).chain([format!(r#""a{levels}":true"#)]).collect();
    format!(r##"{{"$ref":"#/$defs/a0",{more}"$defs":{{{}}}}}"##, levels.join(","))
}

#[test]
fn references_that_multiply_are_refused_before_they_are_followed() {
    let limits = Limits::default();
    for keyword in ["allOf", "anyOf", "oneOf"] {
        assert!(compile(&doubling(8, keyword, ""), limits).is_ok());
        let bomb = doubling(40, keyword, "");
        assert_eq!(refused(&bomb, limits), Some(SchemaLimit::Expansion), "{keyword}");
        let bomb = doubling(40, keyword, r#""unevaluatedProperties":false,"#);
        assert_eq!(refused(&bomb, limits), Some(SchemaLimit::Expansion), "{keyword}");
    }
}

#[test]
fn unevaluated_properties_in_one_another_are_refused_before_they_explode() {
    let nested = |levels: usize| {
        (0..levels).fold("true".to_owned(), |inner, _| {
            format!(r#"{{"anyOf":[{inner}],"unevaluatedProperties":false}}"#)
        })
    };
    assert!(compile(&nested(4), Limits::default()).is_ok());
    assert_eq!(refused(&nested(24), Limits::default()), Some(SchemaLimit::Expansion));
}

#[test]
fn one_pattern_more_than_the_limit_is_refused() {
    let limits = Limits { patterns: 3, ..Limits::default() };
    assert!(
        compile(r#"{"pattern":"a","patternProperties":{"a":{},"b":{},"c":{}}}"#, limits).is_ok()
    );
    let four = r#"{"pattern":"d","patternProperties":{"a":{},"b":{},"c":{}}}"#;
    assert_eq!(refused(four, limits), Some(SchemaLimit::Patterns));
}

#[test]
fn patterns_that_are_too_long_together_are_refused() {
    let limits = Limits { pattern_text: 8, ..Limits::default() };
    assert!(compile(r#"{"pattern":"abcd","propertyNames":{"pattern":"efgh"}}"#, limits).is_ok());
    let longer = r#"{"pattern":"abcd","propertyNames":{"pattern":"efghi"}}"#;
    assert_eq!(refused(longer, limits), Some(SchemaLimit::PatternText));
}

#[test]
fn a_pattern_that_compiles_to_too_much_is_refused() {
    let limits = Limits { pattern_bytes: 4 << 10, ..Limits::default() };
    assert!(compile(r#"{"pattern":"^(ab){10}$"}"#, limits).is_ok());
    let bomb = r#"{"pattern":"((a{9}){9}){9}"}"#;
    assert_eq!(refused(bomb, limits), Some(SchemaLimit::PatternBytes));
}

#[test]
fn one_mirrored_parameter_more_than_the_limit_is_refused() {
    let schema = r#"{"properties":{"a":{"type":"string","x-mcp-header":"A"},"b":{"type":"string","x-mcp-header":"B"}}}"#;
    let table = |headers| HeaderTable::of(raw(schema), &Limits { headers, ..Limits::default() });
    assert!(table(2).is_ok());
    assert_eq!(table(1), Err(SchemaError::LimitExceeded(SchemaLimit::Headers)));
}

#[test]
fn one_value_more_than_the_limit_is_refused() {
    let limits = Limits { values: 4, ..Limits::default() };
    assert_eq!(judge("true", "[1,2,3]", limits), Ok(()));
    let refused = judge("true", "[1,2,3,4]", limits);
    assert_eq!(refused, Err(Rejection::LimitExceeded(SchemaLimit::Values)));
}

#[test]
fn what_would_nest_too_deep_is_refused_and_the_deepest_is_judged() {
    // Two sub-schemas for each level: the items, and what they refer to.
    let list = r##"{"items":{"$ref":"#"}}"##;
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let limits = Limits { nesting: 20, ..Limits::default() };
    assert_eq!(judge(list, &nested(9), limits), Ok(()));
    let refused = judge(list, &nested(10), limits);
    assert_eq!(refused, Err(Rejection::LimitExceeded(SchemaLimit::Nesting)));
    // A schema that is not recursive never nests deeper than itself.
    assert_eq!(judge(r#"{"items":{"items":true}}"#, &nested(100), limits), Ok(()));
    assert_eq!(judge(list, &nested(127), Limits::default()), Ok(()));
}

#[test]
fn the_stack_holds_the_deepest_nesting() {
    // The heaviest frames known: a choice of choices, all of which fail and are listed.
    let chosen = (0..6)
        .fold(r##"{"items":{"$ref":"#"},"type":"array"}"##.to_owned(), |inner, _| {
            format!(r#"{{"oneOf":[{inner},false]}}"#)
        });
    let schema = compile(&chosen, Limits::default()).expect("the schema is within the limits");
    let judge = |levels: usize| {
        schema.validate(raw(&format!("{}1{}", "[".repeat(levels), "]".repeat(levels))))
    };
    let deepest = (0..128)
        .rev()
        .map(judge)
        .find(|verdict| *verdict != Err(Rejection::LimitExceeded(SchemaLimit::Nesting)));
    assert!(matches!(deepest, Some(Err(Rejection::Violations(_)))), "{deepest:?}");
}

#[test]
fn one_step_more_than_the_limit_is_refused() {
    let of = |steps| Limits { steps, ..Limits::default() };
    assert_eq!(judge(r#"{"items":{"type":"integer"}}"#, "[1,2,3]", of(3)), Ok(()));
    let refused = judge(r#"{"items":{"type":"integer"}}"#, "[1,2,3]", of(2));
    assert_eq!(refused, Err(Rejection::LimitExceeded(SchemaLimit::Steps)));
    assert!(refused.unwrap_err().to_string().contains("Limits::steps"));
}

#[test]
fn violations_are_cut_in_number_and_in_length() {
    let limits = Limits { violations: 3, message_bytes: 40, ..Limits::default() };
    let key = "k".repeat(100);
    let instance = format!(r#"{{"{key}":1,"b":"{key}","c":null,"d":1}}"#);
    let Err(Rejection::Violations(violations)) =
        judge(r#"{"additionalProperties":{"type":"boolean"}}"#, &instance, limits)
    else {
        panic!("it does not match");
    };
    assert_eq!((violations.iter().len(), violations.completeness()), (3, Completeness::Cut));
    for violation in violations.iter() {
        assert!(violation.instance_path.len() <= 40 && violation.message.len() <= 40);
    }
    let three = judge(r#"{"items":false}"#, "[1,2,3]", limits);
    let Err(Rejection::Violations(three)) = three else { panic!("it does not match") };
    assert_eq!((three.iter().len(), three.completeness()), (3, Completeness::Complete));
}

#[test]
fn errors_of_schemas_are_cut_in_length() {
    let limits = Limits { message_bytes: 40, ..Limits::default() };
    let schema = format!(r#"{{"properties":{{"{0}":{{"type":"{0}"}}}}}}"#, "k".repeat(1_000));
    let Err(SchemaError::Invalid { path, detail, .. }) = compile(&schema, limits) else {
        panic!("there is no such type");
    };
    assert!(path.len() <= 40 && detail.len() <= 40 && detail.ends_with('…'));
}
