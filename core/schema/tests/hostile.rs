//! Schemas and values made to harm whoever uses them: each is refused, or judged in bounded time, and nothing is fetched.

use std::fmt::Write;

use mcp_engine_schema::{
    Compiler, Dialect, Limits, Raw, Rejection, Schema, SchemaError, SchemaLimit, SchemaRule,
};

fn compile(schema: &str) -> Result<Schema, SchemaError> {
    Compiler::default().compile(raw(schema))
}

fn raw(text: &str) -> Raw<'_> {
    Raw::parse(text).expect("the test is JSON")
}

fn rule(schema: &str) -> Option<SchemaRule> {
    match compile(schema) {
        Err(SchemaError::Invalid { rule, .. }) => Some(rule),
        _ => None,
    }
}

#[test]
fn row_55_references_to_elsewhere_are_never_followed() {
    for uri in [
        "http://127.0.0.1:9/schema.json",
        "https://example.com/schema",
        "file:///etc/passwd",
        "ftp://example.com/a",
        "other.json",
        "//example.com/a",
        "/etc/passwd",
        "data:application/json,true",
        "urn:uuid:deadbeef-4321-1234-aaaa-bbbbccccdddd",
        "#/$defs/missing",
        "#missing",
        "::",
    ] {
        for keyword in ["$ref", "$dynamicRef"] {
            let schema = format!(r#"{{"properties":{{"a":{{"{keyword}":"{uri}"}}}}}}"#);
            assert_eq!(rule(&schema), Some(SchemaRule::Reference), "{schema}");
        }
    }
    let id = r#"{"$id":"https://example.com/root","items":{"$ref":"other"}}"#;
    assert_eq!(rule(id), Some(SchemaRule::Reference));
    assert_eq!(rule(r#"{"$schema":"https://example.com/meta"}"#), Some(SchemaRule::Dialect));
}

#[test]
fn row_55_schemas_that_lead_to_themselves_for_the_same_value_are_refused() {
    for schema in [
        r##"{"$ref":"#"}"##,
        r##"{"allOf":[{"$ref":"#"},{"$ref":"#"}]}"##,
        r##"{"properties":{"a":{"not":{"$ref":"#/properties/a"}}}}"##,
        r##"{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"anyOf":[{"$ref":"#/$defs/a"}]}}}"##,
        r##"{"$dynamicAnchor":"a","if":{"$dynamicRef":"#a"}}"##,
        r##"{"$anchor":"a","dependentSchemas":{"x":{"$ref":"#a"}}}"##,
        r##"{"$schema":"http://json-schema.org/draft-07/schema#","allOf":[{"$ref":"#"}]}"##,
    ] {
        assert_eq!(rule(schema), Some(SchemaRule::Recursion), "{schema}");
    }
    assert_eq!(rule(r#"{"properties":{"a":{"$ref":""}}}"#), Some(SchemaRule::Reference));
}

#[test]
fn schemas_that_lead_to_themselves_through_their_members_are_fine() {
    let tree = r##"{"$ref":"#/$defs/node","$defs":{"node":{
        "type":"object","required":["value"],"additionalProperties":false,
        "properties":{"value":{"type":"integer"},"left":{"$ref":"#/$defs/node"},"right":{"$ref":"#/$defs/node"}}}}}"##;
    let schema = compile(tree).expect("trees are common");
    let mut text = r#"{"value":1}"#.to_owned();
    for _ in 0..12 {
        text = format!(r#"{{"value":1,"left":{text},"right":{text}}}"#);
    }
    assert_eq!(schema.validate(raw(&text)), Ok(()));
    assert!(schema.validate(raw(&text.replacen("1}", "null}", 1))).is_err());
}

#[test]
fn row_56_a_hundred_thousand_branches_are_refused() {
    let branches = vec!["true"; 100_000].join(",");
    let limit = Err(SchemaError::LimitExceeded(SchemaLimit::SubSchemas));
    assert_eq!(compile(&format!(r#"{{"allOf":[{branches}]}}"#)).map(|_| ()), limit);
}

#[test]
fn row_56_patterns_take_linear_time() {
    for pattern in ["(a+)+$", "^(a|aa)+$", "(a|a?)+b", "(.*)*x", "^(([a-z])+.)+[A-Z]([a-z])+$"] {
        let schema = compile(&format!(r#"{{"pattern":"{pattern}"}}"#)).expect(pattern);
        let _ = schema.validate(raw(&format!("\"{}!\"", "a".repeat(50_000))));
    }
    for pattern in ["(?=a)", "(?<!a)b", r"(a)\\1"] {
        assert_eq!(rule(&format!(r#"{{"pattern":"{pattern}"}}"#)), Some(SchemaRule::Pattern));
    }
}

#[test]
fn row_56_nesting_without_end_is_refused() {
    let text = format!("{}{{}}{}", r#"{"not":"#.repeat(10_000), "}".repeat(10_000));
    assert!(Raw::parse(&text).is_err());
    let text = format!("{}{{}}{}", r#"{"not":"#.repeat(120), "}".repeat(120));
    let limit = Err(SchemaError::LimitExceeded(SchemaLimit::SchemaDepth));
    assert_eq!(compile(&text).map(|_| ()), limit);
}

#[test]
fn long_chains_of_deep_schemas_compile_within_the_stack() {
    let mut definitions = String::new();
    for at in 0..100 {
        let next = format!(r##"{{"$ref":"#/$defs/d{}"}}"##, at + 1);
        let deep = (0..28).fold(next, |inner, _| format!(r#"{{"properties":{{"a":{inner}}}}}"#));
        write!(definitions, r#""d{at}":{deep},"#).expect("text can be written");
    }
    let schema = format!(r##"{{"$ref":"#/$defs/d0","$defs":{{{definitions}"d100":true}}}}"##);
    let schema = compile(&schema).expect("it is within the limits");
    let nested = format!("{}1{}", r#"{"a":"#.repeat(120), "}".repeat(120));
    assert_eq!(schema.validate(raw(&nested)), Ok(()));
}

#[test]
fn values_that_make_a_recursive_schema_branch_are_cut_short() {
    // Each level is judged twice by each of two branches: 4^60 ways if they were all followed.
    let schema = r##"{"$defs":{"n":{"anyOf":[
        {"properties":{"x":{"$ref":"#/$defs/n"}},"required":["y"]},
        {"properties":{"x":{"$ref":"#/$defs/n"}},"required":["z"]}],
        "unevaluatedProperties":false}},"$ref":"#/$defs/n"}"##;
    let schema = compile(schema).expect("it is within the limits");
    let nested = format!("{}{{}}{}", r#"{"x":"#.repeat(60), "}".repeat(60));
    assert!(schema.validate(raw(&nested)).is_err());
}

#[test]
fn a_value_with_very_many_faults_is_refused_with_the_first_of_them() {
    let schema = compile(r#"{"items":{"anyOf":[{"type":"string"},{"type":"null"}]}}"#);
    let text = format!("[{}]", vec!["1"; 200_000].join(","));
    let verdict = schema.expect("it is a schema").validate(raw(&text));
    let Err(Rejection::Violations(violations)) = verdict else { panic!("it does not match") };
    assert_eq!(violations.iter().next().map(|first| first.instance_path.as_str()), Some("/0"));
}

#[test]
fn long_keys_do_not_multiply_into_long_paths() {
    let required: Vec<_> = (0..3_000).map(|at| format!(r#""k{at}""#)).collect();
    let schema = format!(r#"{{"additionalProperties":{{"required":[{}]}}}}"#, required.join(","));
    let schema = compile(&schema).expect("it is a schema");
    let text = format!(r#"{{"{}":{{}}}}"#, "k".repeat(4 << 20));
    let Err(Rejection::Violations(violations)) = schema.validate(raw(&text)) else {
        panic!("it does not match");
    };
    assert!(violations.to_string().len() < 1_000);
}

#[test]
fn numbers_beyond_every_type_are_judged_by_their_spelling() {
    let schema = |text: &str| compile(text).expect("it is a schema");
    let digits = "9".repeat(100_000);
    for (of, instance, valid) in [
        (r#"{"type":"integer"}"#, digits.as_str(), true),
        (r#"{"type":"integer"}"#, "1e400", true),
        (r#"{"type":"integer"}"#, "1e-400", false),
        (r#"{"maximum":1}"#, "1e400", false),
        (r#"{"maximum":1}"#, "-1e400", true),
        (r#"{"minimum":1}"#, "1e400", true),
        (r#"{"minimum":1}"#, "-1e400", false),
        (r#"{"multipleOf":3}"#, digits.as_str(), true),
        (r#"{"const":9007199254740993}"#, "9007199254740992", false),
        (r#"{"enum":[1e2]}"#, "100", true),
        (r#"{"uniqueItems":true}"#, "[1e400,1e400]", false),
    ] {
        assert_eq!(
            schema(of).validate(raw(instance)).is_ok(),
            valid,
            "{of} {}",
            &instance[..9.min(instance.len())]
        );
    }
}

#[test]
fn keys_that_appear_twice_are_refused_on_both_sides() {
    assert_eq!(rule(r#"{"type":"object","type":"array"}"#), Some(SchemaRule::DuplicateKey));
    let schema = compile(r#"{"properties":{"a":{"type":"integer"}}}"#).expect("it is a schema");
    let Err(Rejection::Violations(found)) = schema.validate(raw(r#"{"b":[{"a":1,"\u0061":"x"}]}"#))
    else {
        panic!("it must not be judged");
    };
    assert_eq!(found.to_string(), "/b/0/a: the key appears twice in its object; and more");
}

#[test]
fn malformed_schemas_are_refused_with_their_place() {
    for (schema, rule, place) in [
        (r#"{"type":1}"#, SchemaRule::Keyword, "/type"),
        (
            r#"{"properties":{"a":{"minLength":-1}}}"#,
            SchemaRule::Keyword,
            "/properties/a/minLength",
        ),
        (r#"{"properties":{"a":{"$ref":1}}}"#, SchemaRule::Keyword, "/properties/a/$ref"),
        (r#"{"enum":1}"#, SchemaRule::Keyword, "/enum"),
        (r#"{"required":[1]}"#, SchemaRule::Keyword, "/required/0"),
        ("1", SchemaRule::Keyword, ""),
        ("null", SchemaRule::Keyword, ""),
        (r#"{"$id":"http://a b"}"#, SchemaRule::Reference, ""),
        (r##"{"items":{"$ref":"#/$defs/a"}}"##, SchemaRule::Reference, "/items/$ref"),
        (r#"{"items":{"pattern":"(?=a)"}}"#, SchemaRule::Pattern, "/items"),
        (r#"{"maximum":1e999}"#, SchemaRule::Keyword, "/maximum"),
    ] {
        match compile(schema) {
            Err(SchemaError::Invalid { rule: found, path, .. }) => {
                assert_eq!((found, path.as_str()), (rule, place), "{schema}");
            }
            other => panic!("{schema}: {other:?}"),
        }
    }
}

#[test]
fn dialects_are_told_apart_and_others_refused() {
    let tuple = r#""items":[{"type":"integer"}]"#;
    let draft7 = format!(r#"{{"$schema":"http://json-schema.org/draft-07/schema#",{tuple}}}"#);
    let schema = compile(&draft7).expect("draft-07 has tuples in items");
    assert_eq!(schema.dialect(), Dialect::Draft7);
    assert!(schema.validate(raw(r#"["a"]"#)).is_err());
    assert_eq!(rule(&format!("{{{tuple}}}")), Some(SchemaRule::Keyword));
    for uri in [
        "http://json-schema.org/draft-04/schema#",
        "http://json-schema.org/draft-06/schema#",
        "https://json-schema.org/draft/2019-09/schema",
        "https://json-schema.org/draft/next/schema",
        "",
        "nonsense",
    ] {
        assert_eq!(rule(&format!(r#"{{"$schema":"{uri}"}}"#)), Some(SchemaRule::Dialect), "{uri}");
        let inside = format!(r#"{{"items":{{"$id":"http://a/b","$schema":"{uri}"}}}}"#);
        assert!(compile(&inside).is_err(), "{uri}");
    }
    let meta = r#"{"$ref":"https://json-schema.org/draft/2019-09/schema"}"#;
    assert!(compile(meta).is_err());
}

#[test]
fn meta_schemas_can_be_referred_to() {
    let schema = compile(r#"{"$ref":"https://json-schema.org/draft/2020-12/schema"}"#);
    let schema = schema.expect("it is known");
    assert_eq!(schema.validate(raw(r#"{"properties":{"a":{"type":"string"}}}"#)), Ok(()));
    assert!(schema.validate(raw(r#"{"properties":{"a":{"type":"text"}}}"#)).is_err());
}

#[test]
fn registered_documents_are_found_and_their_own_references_too() {
    let documents = [
        ("https://example.com/a", raw(r#"{"items":{"$ref":"b#/$defs/c"}}"#)),
        ("https://example.com/b", raw(r#"{"$defs":{"c":{"type":"integer"}}}"#)),
    ];
    let compiler = Compiler::new(Limits::default()).with_documents(documents);
    let compiler = compiler.expect("they refer to each other alone");
    let schema = compiler.compile(raw(r#"{"$ref":"https://example.com/a"}"#));
    let schema = schema.expect("it is registered");
    assert_eq!(schema.validate(raw("[1]")), Ok(()));
    assert!(schema.validate(raw(r#"["a"]"#)).is_err());
    let alone = [("https://example.com/a", raw(r#"{"$ref":"b"}"#))];
    assert!(Compiler::default().with_documents(alone).is_err());
}
